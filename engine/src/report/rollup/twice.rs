//! Rows of one subject in the lists of several units, or twice in one list. Tells of them and merges nothing.

use super::super::standard::Layout;
use super::Counted;
use super::read::{SentRow, Stands};
use crate::model::rollup::Received;
use crate::model::text::{credit_code_valid, match_key};
use crate::model::{Date, Place, Problem, ProblemCode, Provenance};

/// A row, and from when to when it says that the subject belongs to its unit: the first day on which it does,
/// and the first on which it no longer does.
struct Row {
    code: String,
    from: Option<Date>,
    until: Option<Date>,
    at: Provenance,
}

/// Subjects that two rows claim for the same day, each at the later row. A subject that moves from one unit to
/// another stands in both lists: that its days follow each other is how a move is told. A code whose check
/// character is wrong identifies nobody.
pub(super) fn problems(layout: &Layout, units: &[Counted<'_>], received: &Received) -> Vec<Problem> {
    let Some((key, from, until)) = layout.unique else { return Vec::new() };
    let day = |row: &SentRow, at: usize| match row.cells[at] {
        Stands::Day(day) => Some(day),
        _ => None,
    };
    let rows = units.iter().flat_map(|unit| unit.sent.leaves().map(move |row| (unit, row)));
    let rows = rows.map(|(unit, row)| Row {
        code: match_key(&row.shown[key]).to_uppercase(),
        from: day(row, from),
        until: day(row, until),
        at: unit.sent.at(row.row0, key),
    });
    let is_span = |row: &Row| row.from.zip(row.until).is_none_or(|(from, until)| from < until);
    let mut rows: Vec<Row> = rows.filter(|row| credit_code_valid(&row.code) && is_span(row)).collect();
    rows.sort_by(|a, b| (&a.code, a.from, a.at).cmp(&(&b.code, b.from, b.at)));
    let mut problems = Vec::new();
    for same in rows.chunk_by(|a, b| a.code == b.code) {
        // Of the rows so far the one that lasts longest.
        let mut last: Option<&Row> = None;
        for row in same {
            let overlaps = |known: &&Row| match (row.from, known.until) {
                (Some(from), Some(until)) => from < until,
                _ => true,
            };
            if let Some(known) = last.filter(overlaps) {
                let (first, second) = if known.at <= row.at { (known, row) } else { (row, known) };
                problems.push(
                    Problem::new(ProblemCode::RollupSubjectTwice, second.at)
                        .column(layout.columns[key].head.join("/"))
                        .found(&row.code)
                        .arg(received.sources.show(Place::from(first.at))),
                );
            }
            let lasts = |known: &Row| match (known.until, row.until) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(known), Some(own)) => known >= own,
            };
            last = last.filter(|known| lasts(known)).or(Some(row));
        }
    }
    problems
}
