//! Rows of 表R2: a page for each enterprise about the last quarter that has ended, in volumes by village.
//! Keeps out how a hazard is judged: states and levels are the ledger's.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::hazards::{carried_into, counts_on, named};
use super::{Content, Row};
use crate::model::ledger::{Hazard, HazardState};
use crate::model::{Date, EnterpriseId, HazardLevel, Period, Place, Run};
use crate::report::standard::Entry;
use crate::report::wording;

/// When the form of a quarter is filed, and what it is called before and after.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Window {
    first_day: i8,
    last_day: i8,
    before: String,
    within: String,
    after: String,
}

const WINDOW: &str = include_str!("../../../../../templates/standard/enterprise-quarter/window.toml");

/// The most pages of a volume: Excel takes 1,023 page breaks.
const VOLUME: usize = 200;

/// The last quarter that has ended on a day.
fn last_quarter(day: Date) -> Option<Period> {
    let quarter = (day.month() + 2) / 3;
    let this = Period::Quarter(day.year(), quarter);
    if this.last_day() == Some(day) {
        return Some(this);
    }
    Some(match quarter {
        1 => Period::Quarter(day.year().checked_sub(1)?, 4),
        _ => Period::Quarter(day.year(), quarter - 1),
    })
}

impl Window {
    /// What the form of a quarter that ended on a day is called when it is made on another.
    fn called(&self, end: Date, made: Date) -> &str {
        let (year, month) = match end.month() {
            12 => (end.year().saturating_add(1), 1),
            month => (end.year(), month + 1),
        };
        let day = |day: i8| Date::new(year, month, day).ok();
        match (day(self.first_day), day(self.last_day)) {
            (Some(first), _) if made < first => &self.before,
            (_, Some(last)) if made > last => &self.after,
            _ => &self.within,
        }
    }
}

/// 表R2 of each enterprise that exists at the quarter's end: also of those without a hazard, for nothing
/// found is told as well. A quarter about which no list says anything is left out: unknown is not zero. A hazard that was found before and is open is among those not put right.
pub(super) fn of_enterprises(run: &Run) -> Vec<Content> {
    let window: Window = toml::from_str(WINDOW).expect("a test reads the built-in window");
    let Some(quarter @ Period::Quarter(year, number)) = last_quarter(run.as_of) else { return Vec::new() };
    let Some(end) = quarter.last_day() else { return Vec::new() };
    let mut known: BTreeMap<EnterpriseId, Vec<usize>> = BTreeMap::new();
    for (at, hazard) in run.ledger.hazards.iter().enumerate() {
        if let Some(id) = hazard.enterprise.filter(|_| hazard.found.is_some_and(|found| found <= end)) {
            known.entry(id).or_default().push(at);
        }
    }
    if !run.ledger.hazards.iter().any(|hazard| hazard.found_within(quarter) || carried_into(hazard, end)) {
        return Vec::new();
    }
    let mut blocks: BTreeMap<&str, Vec<Entry>> = BTreeMap::new();
    for (id, one) in (0..).map(EnterpriseId).zip(&run.register.enterprises) {
        if one.is_active(end) {
            let own = known.get(&id).map_or(&[][..], Vec::as_slice);
            blocks.entry(&one.village).or_default().push(page(run, id, own, quarter, end));
        }
    }
    let words = |block: String| {
        BTreeMap::from([
            ("block", block),
            ("quarter_year", year.to_string()),
            ("quarter", number.to_string()),
            ("quarter_end", wording::day(end)),
            ("window", window.called(end, run.as_of).to_owned()),
        ])
    };
    let mut contents = Vec::new();
    for (block, pages) in blocks {
        for (nth, volume) in pages.chunks(VOLUME).enumerate() {
            let of = if nth == 0 { block.to_owned() } else { format!("{block}({})", nth + 1) };
            let entries = volume.to_vec();
            let words = words(of.clone());
            contents.push(Content { layout: "enterprise-quarter", of, entries, words, ..Content::default() });
        }
    }
    contents
}

fn page(run: &Run, id: EnterpriseId, own: &[usize], quarter: Period, end: Date) -> Entry {
    let one = run.register.get(id);
    let hazards = own.iter().map(|at| (*at, &run.ledger.hazards[*at]));
    let is_open = |hazard: &Hazard| !hazard.state(end).is_none_or(HazardState::closed);
    let open: Vec<usize> = hazards.clone().filter(|(_, hazard)| is_open(hazard)).map(|(at, _)| at).collect();
    // Elements of the plans and money: of the major hazards that are open.
    let mut row = Row(counts_on(run, &open, "unit", &one.name, end));
    for key in ["general_found", "major_found", "general_closed", "major_closed", "units"] {
        row.0.given.remove(key);
        row.0.sources.remove(key);
    }
    for (level, found_key, open_key) in [
        (HazardLevel::General, "general_found", "general_open"),
        (HazardLevel::Major, "major_found", "major_open"),
    ] {
        let of_level = hazards.clone().map(|(_, hazard)| hazard).filter(|hazard| hazard.level == level);
        let (mut n_found, mut n_open) = (0, 0);
        for hazard in of_level {
            if hazard.found_within(quarter) {
                n_found += 1;
                row = row.rests_on(found_key, named(run, hazard));
            }
            if is_open(hazard) {
                n_open += 1;
                row = row.rests_on(open_key, named(run, hazard));
            }
        }
        row = row.count(found_key, n_found).count(open_key, n_open);
    }
    let region = format!("{}{}{}", run.register.county, run.register.town, one.village);
    row.rests_on("unit", run.sources.show(Place::from(one.at))).text("region", region).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quarter_that_has_ended_is_filed_in_its_window() {
        let window: Window = toml::from_str(WINDOW).expect("the built-in window is right");
        for (day, quarter, called) in [
            ((2026, 12, 31), Period::Quarter(2026, 4), "预览,非正式报表"),
            ((2027, 1, 1), Period::Quarter(2026, 4), ""),
            ((2027, 1, 15), Period::Quarter(2026, 4), ""),
            ((2027, 1, 16), Period::Quarter(2026, 4), "逾期补报"),
            ((2026, 9, 29), Period::Quarter(2026, 2), "逾期补报"),
            ((2026, 6, 30), Period::Quarter(2026, 2), "预览,非正式报表"),
        ] {
            let day = Date::constant(day.0, day.1, day.2);
            assert_eq!(last_quarter(day), Some(quarter), "{day}");
            let end = quarter.last_day().expect("within the calendar");
            assert_eq!(window.called(end, day), called, "{day}");
        }
    }
}
