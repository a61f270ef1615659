//! Rows of 表R6: the verified sheet (核查) of each village and department, one report for each.
//! Keeps out the final score: bonuses, vetoes and objections are the year-end assessment's.

use std::collections::BTreeMap;

use super::{Content, Row};
use crate::model::yearend::{Line, UnitInputs};
use crate::model::{Item, Place, Run};
use crate::report::standard::{Entry, percent};
use crate::report::wording;

/// What a sheet prints for an item that does not apply; it is not 0.
const NOT_APPLICABLE: &str = "缺项";

/// 表R6 of every unit whose sheet was verified, in the order of the organisation.
pub(super) fn verified(run: &Run) -> Vec<Content> {
    // A code belongs to one checklist; the first in the order of the plugins' ids is taken.
    let mut items: BTreeMap<&str, &Item> = BTreeMap::new();
    for item in run.plugins.iter().flat_map(|plugin| &plugin.manifest.items) {
        items.entry(&item.code).or_insert(item);
    }
    run.year_end.units.iter().filter_map(|unit| sheet_of(run, unit, &items)).collect()
}

fn sheet_of(run: &Run, unit: &UnitInputs, items: &BTreeMap<&str, &Item>) -> Option<Content> {
    let sheet = unit.verified.as_ref()?;
    let own: BTreeMap<&str, &Line> =
        unit.own.iter().flat_map(|own| &own.lines).map(|line| (line.code.as_str(), line)).collect();
    // Neighbours of one category are a group; its subtotal stands behind them.
    let mut entries: Vec<Entry> = Vec::new();
    let mut last = "";
    let mut of_category: BTreeMap<&str, rust_decimal::Decimal> = BTreeMap::new();
    for line in &sheet.lines {
        let sum = of_category.entry(&line.category).or_default();
        *sum = sum.checked_add(line.points)?;
    }
    for line in &sheet.lines {
        let points = of_category.get(line.category.as_str()).copied().unwrap_or_default();
        let row = row_of(
            run,
            (line, points),
            own.get(line.code.as_str()).copied(),
            items.get(line.code.as_str()).copied(),
        );
        if line.category.is_empty() {
            entries.push(row);
        } else {
            let subtotal = || Row::default().text("category", "小计").text("category_points", "小计");
            match entries.last_mut() {
                Some(group) if last == line.category => group.below.push(row),
                _ => entries.push(Entry { below: vec![row], ..subtotal().0 }),
            }
        }
        last = &line.category;
    }
    let full = sheet
        .lines
        .iter()
        .map(|line| line.points)
        .try_fold(rust_decimal::Decimal::ZERO, |sum, points| sum.checked_add(points))?;
    let excused = full.checked_sub(sheet.possible)?;
    let rate = percent(sheet.got, sheet.possible, 2);
    let score = rate.trim_end_matches('%');
    let number = wording::number;
    let mut summary = format!(
        "合计:满分 {},实得 {};缺项分值 {};折算得分={}÷({}-{})×100={score}。",
        number(full),
        number(sheet.got),
        number(excused),
        number(sheet.got),
        number(full),
        number(excused),
    );
    if !unit.objections.is_empty() {
        summary.push_str("本单位有异议处理,调整后的得分见年终考核结果;本表为核查表所列。");
    }
    Some(Content {
        layout: "score-sheet",
        of: unit.unit.number.clone(),
        entries,
        words: BTreeMap::from([
            ("unit", unit.unit.name.clone()),
            ("unit_kind", unit.unit.kind.title().to_owned()),
            ("assessed_year", run.year_end.year.to_string()),
            ("summary", summary),
        ]),
        ..Content::default()
    })
}

/// A row with all that the variants of the form ask for. `category`: the points of the line's category.
fn row_of(
    run: &Run,
    (line, category): (&Line, rust_decimal::Decimal),
    own: Option<&Line>,
    item: Option<&Item>,
) -> Entry {
    let (rule, method) = item.map_or(("", ""), |item| (&*item.rule_text, &*item.method));
    let with_points = |text: &str, points| format!("{text}({}分)", wording::number(points));
    let with_method =
        if method.is_empty() { rule.to_owned() } else { format!("{rule}\n验证方式:{method}") };
    let place = |at| run.sources.show(Place::from(at));
    let mut row = Row::default()
        .text("code", &*line.code)
        .text("category", &*line.category)
        .text("requirement", &*line.requirement)
        .text("rule", rule)
        .text("method", method)
        .text("rule_method", with_method)
        .text("item_points", with_points(&line.requirement, line.points))
        .number("points", line.points)
        .rests_on("points", place(line.got_at))
        .text("reason", &*line.reason);
    if !line.category.is_empty() {
        row = row.text("category_points", with_points(&line.category, category));
    }
    row = match (own, own.and_then(|own| own.got)) {
        (Some(own), Some(got)) => row.number("own", got).rests_on("own", place(own.got_at)),
        (Some(_), None) => row.text("own", NOT_APPLICABLE),
        (None, _) => row.unknown("own"),
    };
    row = match (line.got, line.lost()) {
        (Some(got), Some(lost)) => row
            .number("lost", lost)
            .number("got", got)
            .rests_on("lost", place(line.at))
            .rests_on("got", place(line.got_at)),
        _ => row.text("lost", "/").text("got", NOT_APPLICABLE),
    };
    row.0
}
