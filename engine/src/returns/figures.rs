//! The typed numbers of returns as figures, for the cross-checks. Knows no rule.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::RoundingStrategy;

use super::MOST_DIGITS;
use crate::model::text::match_key;
use crate::model::{
    Amount, Cell, Decimal, Figure, FigureGroup, FigureLine, Period, Record, Role, Sources, Spot, Table, Value,
};

/// The figures of the returns whose kind is wanted.
///
/// Shape: a group for each table, in their order; rows, then totals. A total adds up the rows since the one
/// before it (小计: since the sum before it); where several totals follow each other, what all but the first
/// and the last add up is not known. Rows with a day that does not exist are left out, as in totals.
/// A group's `before` is the return of the same sender and year for the period before it that came in.
pub fn figures(sources: &Sources, tables: &[Table], wanted: &BTreeSet<&str>) -> Vec<FigureGroup> {
    let mut groups = Vec::new();
    let mut periods: BTreeMap<(&str, String, i16), BTreeMap<Period, Vec<usize>>> = BTreeMap::new();
    for table in tables {
        let Role::Rows { kind } = &table.role else { continue };
        if !wanted.contains(kind.as_str()) {
            continue;
        }
        let path = &sources.get(table.at.source).path;
        if let Some(period) = Period::in_text(&table.title).or_else(|| Period::in_path(path)) {
            let same = periods.entry((kind, sender(&table.title), period.year())).or_default();
            same.entry(period).or_default().push(groups.len());
        }
        groups.push(group(kind, table));
    }
    for same in periods.values() {
        let mut before = None;
        for at in same.values() {
            // Two returns of one period: nobody knows which of them is meant.
            let [at] = at.as_slice() else {
                before = None;
                continue;
            };
            groups[*at].before = before;
            before = Some(*at);
        }
    }
    groups
}

/// What a title says beside its year and month or quarter: the same sender writes the same.
fn sender(title: &str) -> String {
    let key = match_key(title);
    let Some((before, after)) = key.split_once('年') else { return key };
    let before = before.trim_end_matches(|c: char| c.is_ascii_digit());
    let after = after.trim_start_matches(|c: char| c.is_ascii_digit() || "第一二三四季度月份".contains(c));
    format!("{before} {after}")
}

fn group(kind: &str, table: &Table) -> FigureGroup {
    let date = table.field("date");
    let counts = |row: &&Record| !date.is_some_and(|date| matches!(row.cells[date].value, Value::Fault(_)));
    let rows: Vec<&Record> = table.rows.iter().filter(counts).collect();
    let mut lines: Vec<_> = rows.iter().map(|row| line(table, row, Vec::new(), false)).collect();
    let at = |row0: u32| rows.partition_point(|row| row.row0 < row0);
    let on_top = |row0: u32| rows.first().is_some_and(|first| first.row0 > row0);
    let is_sub = |total: &Record| total.cells.iter().any(|cell| match_key(&cell.raw).contains("小计"));
    let n_totals = table.totals.iter().filter(|total| !is_sub(total)).count();
    let (mut since_any, mut nth_total) = (0, 0);
    for total in &table.totals {
        let own = at(total.row0);
        let parts = if is_sub(total) {
            // A subtotal on top of its rows adds up what follows, and nobody says how far.
            since_any..own
        } else {
            nth_total += 1;
            match (on_top(total.row0), nth_total) {
                (true, 1) => 0..rows.len(),
                (false, 1) => 0..own,
                (false, last) if last == n_totals => 0..own,
                _ => 0..0,
            }
        };
        since_any = own;
        lines.push(line(table, total, parts.collect(), true));
    }
    FigureGroup { form: kind.to_owned(), name: table.title.clone(), lines, ..FigureGroup::default() }
}

fn line(table: &Table, row: &Record, parts: Vec<usize>, is_sum: bool) -> FigureLine {
    let figures = table.fields.iter().zip(&row.cells).filter_map(|(key, cell)| {
        let amount = amount(key, cell)?;
        Some((key.clone(), Figure { amount, spot: Spot::Cell(cell.at) }))
    });
    let label = row.cells.first().map_or_else(String::new, |cell| match_key(&cell.shown()));
    FigureLine { label, is_sum, parts, figures: figures.collect() }
}

/// What a cell says. Errors: `None` for an empty cell, for what cannot be read, and for a rate of which nobody
/// can tell whether it is a share or a percentage.
fn amount(key: &str, cell: &Cell) -> Option<Amount> {
    let is_rate = key == "rate" || key.ends_with("_rate");
    match &cell.value {
        Value::Number(number) if is_rate => {
            let marked = cell.raw.contains(['%', '\u{FF05}']);
            let sure = marked || *number > Decimal::ONE || number.is_zero();
            // What a spreadsheet has divided holds more digits than a rate is compared with.
            let cut = number.round_dp_with_strategy(MOST_DIGITS, RoundingStrategy::MidpointAwayFromZero);
            sure.then_some(Amount::Rate(cut))
        }
        Value::Number(number) => Some(Amount::Number(*number)),
        Value::Absent if is_rate && !cell.raw.trim().is_empty() => Some(Amount::NoRate),
        Value::Text(text) => Some(Amount::Text(text.into())),
        _ => None,
    }
}
