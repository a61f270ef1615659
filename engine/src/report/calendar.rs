//! The reporting calendar as a workbook, and its words.
//! Works out no day: that is `calendar`'s.

use std::collections::BTreeMap;

use super::standard::{self, Entry, Given, Layout};
use super::{Error, Written, title_of_report, wording};
use crate::calendar::{Calendar, Matter, When};
use crate::model::Date;

/// The layout of the workbook.
const LAYOUT: &str = "calendar";

/// How long it is from a day to another: 还有 3 天, 今天, 已过 2 天.
pub fn left(from: Date, to: Date) -> String {
    // Days of the calendar from 1 of January -9999 on: both are at most 4 million apart.
    let days = from.until(to).map_or(0, |span| span.get_days());
    match days {
        0 => "今天".to_owned(),
        1.. => format!("还有{days}天"),
        _ => format!("已过{}天", -days),
    }
}

/// The reports that answer a matter; empty where none does.
pub fn answers(matter: &Matter) -> String {
    matter.reports.iter().map(|name| title_of_report(name)).collect::<Vec<_>>().join("、")
}

/// A matter without a day: when it is due all the same.
pub fn undated(matter: &Matter) -> String {
    match &matter.when {
        When::Event(within) => format!("{}:随时,{within}", matter.title),
        _ => format!("{}:期限由所在地规定,尚未设定", matter.title),
    }
}

/// What a matter rests on; 未核实 where it was written from memory.
pub(super) fn basis(matter: &Matter) -> String {
    if matter.is_unverified { format!("{}(未核实)", matter.basis) } else { matter.basis.clone() }
}

/// The workbook of a year.
pub(super) fn workbook(calendar: &Calendar, year: i16, as_of: Date, issuer: &str) -> Result<Written, Error> {
    let layouts = Layout::built_in();
    let layout =
        layouts.iter().find(|layout| layout.name == LAYOUT).expect("a built-in layout, read by a test");
    let (first, last) = (Date::constant(year, 1, 1), Date::constant(year, 12, 31));
    let due = calendar.due_between(first, last);
    let entries: Vec<Entry> = due
        .iter()
        .map(|due| {
            let text = Given::Text;
            let mut given = BTreeMap::from([
                ("due".to_owned(), Given::Day(due.day)),
                ("left".to_owned(), text(left(as_of, due.day))),
                ("title".to_owned(), text(due.matter.title.clone())),
                ("period".to_owned(), text(due.period.clone())),
                ("reports".to_owned(), text(answers(due.matter))),
                ("basis".to_owned(), text(basis(due.matter))),
            ]);
            given.extend(due.from.map(|from| ("from".to_owned(), Given::Day(from))));
            Entry { given, ..Entry::default() }
        })
        .collect();
    let without: Vec<_> = calendar.undated().map(|one| format!("{}({})", undated(one), basis(one))).collect();
    let issuer = if issuer.is_empty() { "_".repeat(20) } else { issuer.to_owned() };
    let words = BTreeMap::from([
        ("year", year.to_string()),
        ("issuer", issuer),
        ("as_of", wording::day(as_of)),
        ("undated", format!("没有日期的事项:{}。", without.join(";"))),
    ]);
    let bytes = standard::workbook(layout, &layout.fill(&entries), &words, &[], as_of)
        .map_err(|source| Error::Workbook { report: LAYOUT.to_owned(), source })?;
    Ok(Written { name: standard::file_name(layout, &words), bytes })
}
