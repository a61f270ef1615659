//! A department's typed monthly counts against the ledger (条). The ledger prevails.
//! Corrects nothing.

use std::collections::BTreeMap;

use super::plain;
use crate::model::text::{match_key, year_in};
use crate::model::{Decimal, HazardLevel, Ledger, Period, Problem, ProblemCode, Table};

/// So many hazards stand in the note of a month that differs; a month of a county has thousands, and the
/// ledger has them all.
const MOST_NOTED: usize = 100;

/// Compares each typed month of a department with the general hazards that the ledger has for it.
/// A table whose title names no department of `departments`, or no year, says nothing.
pub fn compare(tables: &[Table], ledger: &Ledger) -> Vec<Problem> {
    let rows = tables.iter().filter(|table| table.is("departments"));
    let departments: Vec<String> = rows
        .flat_map(|table| table.rows.iter().filter_map(|row| table.cell(row, "name")))
        .map(|cell| match_key(&cell.shown()))
        .filter(|name| !name.is_empty())
        .collect();
    // Counted once: a county has thousands of typed months, and each is a look-up.
    let mut as_written: BTreeMap<(&str, Period), Vec<&str>> = BTreeMap::new();
    for hazard in ledger.hazards.iter().filter(|hazard| hazard.level == HazardLevel::General) {
        let Some(found) = hazard.found else { continue };
        let month = (hazard.department.as_str(), Period::month_of(found));
        as_written.entry(month).or_default().push(&hazard.id);
    }
    let mut listed: BTreeMap<(String, Period), Vec<&str>> = BTreeMap::new();
    for ((department, month), ids) in as_written {
        listed.entry((match_key(department), month)).or_default().extend(ids);
    }
    let mut problems = Vec::new();
    for table in tables.iter().filter(|table| table.is("department-summary")) {
        let title = match_key(&table.title);
        // The longest name: one may be a part of another.
        let named = departments.iter().filter(|name| title.contains(name.as_str()));
        let (Some(department), Some(year)) = (named.max_by_key(|name| name.len()), year_in(&table.title))
        else {
            continue;
        };
        for row in &table.rows {
            let (Some(month), Some(found)) = (table.cell(row, "month"), table.cell(row, "found")) else {
                continue;
            };
            let digits: String = match_key(&month.shown()).chars().take_while(char::is_ascii_digit).collect();
            let month = digits.parse().ok().filter(|month| (1..=12).contains(month));
            let (Some(month), Some(typed)) = (month, found.value.number()) else { continue };
            let period = Period::Month(year, month);
            let ids = listed.get(&(department.clone(), period)).map_or(&[][..], Vec::as_slice);
            let counted = Decimal::from(ids.len());
            if typed != counted {
                let problem = Problem::new(ProblemCode::DeptTotalMismatch, found.at).found(found.raw.trim());
                problems.push(problem.arg(plain(counted)).note(noted(ids)));
            }
        }
    }
    problems
}

/// The hazards of a month as a note names them, by their numbers.
fn noted(ids: &[&str]) -> String {
    match ids.get(..MOST_NOTED).filter(|first| first.len() < ids.len()) {
        Some(first) => format!("台账:{}等{}条", first.join("、"), ids.len()),
        None => format!("台账:{}", ids.join("、")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_names_so_many_hazards_and_counts_the_rest() {
        assert_eq!(noted(&[]), "台账:");
        assert_eq!(noted(&["H1", "H2"]), "台账:H1、H2");
        assert_eq!(noted(&["H"; MOST_NOTED]).matches('H').count(), MOST_NOTED);
        assert!(noted(&["H"; MOST_NOTED]).ends_with('H'));
        let more = noted(&["H"; MOST_NOTED + 1]);
        assert_eq!(more.matches('H').count(), MOST_NOTED);
        assert!(more.ends_with("H等101条"), "{more}");
    }
}
