//! What goes into the prescribed reports: the rows of each, from a finished run. The only file of
//! `standard` that knows a run.

mod hazards;

pub(in crate::report) use hazards::{groups, is_last};

use std::collections::BTreeMap;

use super::{Entry, Given};
use crate::model::campaign::{Letter, Signer};
use crate::model::{Date, Decimal, Place, Run};
use crate::report::wording;

/// The rows of one report, and the words for its texts.
#[derive(Debug, Clone, Default)]
pub(in crate::report) struct Content {
    /// The layout: its folder's name.
    pub layout: &'static str,
    /// Of what, where a run has several of one layout: the campaign. Empty where there is one.
    pub of: String,
    /// The rows.
    pub entries: Vec<Entry>,
    /// Words beside those every report has.
    pub words: BTreeMap<&'static str, String>,
}

/// The reports that a run has rows for, in the order of their layouts' names.
pub(in crate::report) fn contents(run: &Run) -> Vec<Content> {
    let mut contents = vec![
        register(run),
        letters(run),
        hazards::by_sector(run),
        hazards::by_block(run),
        hazards::majors(run),
    ];
    contents.extend(hazards::campaigns(run));
    contents.retain(|content| !content.entries.is_empty());
    contents.sort_by(|a, b| (a.layout, &a.of).cmp(&(b.layout, &b.of)));
    contents
}

/// A row in the making.
#[derive(Default)]
struct Row(Entry);

impl Row {
    /// Text; empty text leaves the cell empty.
    fn text(mut self, key: &str, text: impl Into<String>) -> Self {
        let text = text.into();
        if !text.is_empty() {
            self.0.given.insert(key.to_owned(), Given::Text(text));
        }
        self
    }

    fn number(mut self, key: &str, number: Decimal) -> Self {
        self.0.given.insert(key.to_owned(), Given::Number(number));
        self
    }

    fn given_number(self, key: &str, number: Option<Decimal>) -> Self {
        match number {
            Some(number) => self.number(key, number),
            None => self.unknown(key),
        }
    }

    fn count(self, key: &str, count: usize) -> Self {
        self.number(key, count.into())
    }

    /// Nobody told it: the cell stays empty, where a count that is not given would be 0.
    fn unknown(mut self, key: &str) -> Self {
        self.0.given.insert(key.to_owned(), Given::Unknown);
        self
    }

    fn day(mut self, key: &str, day: Option<Date>) -> Self {
        if let Some(day) = day {
            self.0.given.insert(key.to_owned(), Given::Day(day));
        }
        self
    }

    fn rests_on(mut self, key: &str, source: String) -> Self {
        self.0.sources.entry(key.to_owned()).or_default().push(source);
        self
    }
}

/// 表R12: every enterprise of the register, in its order.
fn register(run: &Run) -> Content {
    let mut last_checks: BTreeMap<_, Date> = BTreeMap::new();
    for check in &run.checks {
        let Some(enterprise) = check.subject.enterprise else { continue };
        let last = last_checks.entry(enterprise).or_insert(check.subject.date);
        *last = (*last).max(check.subject.date);
    }
    let mut n_active = 0;
    let entries = (0..).map(crate::model::EnterpriseId).zip(&run.register.enterprises).map(|(id, one)| {
        let is_active = one.is_active(run.as_of);
        n_active += usize::from(is_active);
        let not_yet = one.entered.is_some_and(|entered| run.as_of < entered);
        let state = if is_active {
            "在册"
        } else if not_yet {
            "尚未新增"
        } else {
            "已注销"
        };
        Row::default()
            .text("no", &*one.number)
            .text("unit", &*one.name)
            .rests_on("unit", run.sources.show(Place::from(one.at)))
            .text("code", &*one.code)
            .text("village", &*one.village)
            .text("sector", &*one.sector)
            .text("kind", &*one.kind)
            .text("venues", one.venues.join("、"))
            .text("department", &*one.department)
            .text("risk", &*one.risk)
            .day("last_check", last_checks.get(&id).copied())
            .text("state", state)
            .day("entered", one.entered)
            .day("left", one.left)
            .0
    });
    let entries: Vec<_> = entries.collect();
    let summary = format!(
        "名录共 {} 家,{}在册 {n_active} 家;空格为名录未填的内容。",
        entries.len(),
        wording::day(run.as_of)
    );
    Content { layout: "register", of: String::new(), entries, words: BTreeMap::from([("summary", summary)]) }
}

/// 表R11: villages, departments and enterprises that owe a letter on the day of the run.
fn letters(run: &Run) -> Content {
    let mut entries = Vec::new();
    for (title, is_kind) in [
        ("村居", (|signer| matches!(signer, Signer::Village)) as fn(&Signer) -> bool),
        ("部门", |signer| matches!(signer, Signer::Department)),
        ("企业", |signer| matches!(signer, Signer::Enterprise(_))),
    ] {
        let due = run.supervision.letters.due(&run.register, run.as_of);
        let due: Vec<_> = due.filter(|letter| is_kind(&letter.signer)).collect();
        if due.is_empty() {
            continue;
        }
        let (signed, missing): (Vec<&Letter>, Vec<&Letter>) =
            due.iter().copied().partition(|letter| letter.is_signed(run.as_of));
        let missing: Vec<_> = missing.iter().map(|letter| letter.unit.as_str()).collect();
        let mut row = Row::default()
            .text("kind", title)
            .count("due", due.len())
            .count("signed", signed.len())
            .text("missing", missing.join("、"));
        for letter in signed {
            if let Some((.., at)) = &letter.signed {
                row =
                    row.rests_on("signed", format!("{} {}", letter.unit, run.sources.show(Place::from(*at))));
            }
        }
        entries.push(row.0);
    }
    // Without a single signing there is no workbook of letters, and nothing to report.
    let any = run.supervision.letters.letters.iter().any(|letter| letter.signed.is_some());
    Content { layout: "letters", entries: if any { entries } else { Vec::new() }, ..Content::default() }
}
