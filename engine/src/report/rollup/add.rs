//! Rows of one level up, from the rows of the units below. Adds, and names the cell of every number.

use std::collections::BTreeMap;

use super::super::standard::rows::{groups, is_last};
use super::super::standard::{Column, Entry, Given, Layout, RollUp, Show};
use super::Counted;
use super::read::{RowKind, SentRow, Stands};
use crate::model::Decimal;
use crate::model::text::match_key;

/// The line for what a unit wrote into the line of a group without saying which of its lines it belongs to.
const UNDIVIDED: &str = "未分项";

/// Most sources of one number that 溯源 names: beyond, the units' own reports say more.
const MAX_SOURCES: usize = 2_000;

/// The rows of a report one level up.
pub(super) fn entries(layout: &Layout, units: &[Counted<'_>]) -> Vec<Entry> {
    match layout.roll_up {
        Some(RollUp::Labels) => by_label(layout, units),
        Some(RollUp::Units) => units.iter().map(|unit| of_unit(layout, unit)).collect(),
        Some(RollUp::Rows) => units.iter().flat_map(|unit| each_row(layout, unit)).collect(),
        None => Vec::new(),
    }
}

/// Where a row stands among others: of a known form in its order, what a locality put in behind that,
/// what the form has last behind that.
type Key = (usize, usize, usize, String);

/// Rows on the way to a sum.
struct Adding<'r> {
    group: Option<String>,
    label: String,
    rows: Vec<(&'r Counted<'r>, &'r SentRow)>,
}

fn by_label(layout: &Layout, units: &[Counted<'_>]) -> Vec<Entry> {
    let form: Vec<(String, Vec<String>)> = groups(layout.base_name());
    let group_at = |label: &str| form.iter().position(|(known, _)| match_key(known) == match_key(label));
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut adding: BTreeMap<Key, Adding<'_>> = BTreeMap::new();
    for unit in units {
        for row in unit.sent.leaves() {
            let RowKind::Leaf { group } = &row.kind else { continue };
            // The line of a group with nothing below it: its numbers belong to the group.
            let alone = group.is_none() && group_at(&row.label).is_some_and(|at| !form[at].1.is_empty());
            let (group, label) = match (group, alone) {
                (_, true) => (Some(row.label.clone()), UNDIVIDED.to_owned()),
                (group, false) => (group.clone(), row.label.clone()),
            };
            let n_seen = seen.len();
            let key: Key = match &group {
                Some(group) => {
                    let at = group_at(group).unwrap_or(form.len());
                    let below = form.get(at).map_or(&[][..], |(_, below)| below);
                    let leaf = below.iter().position(|known| match_key(known) == match_key(&label));
                    (at, leaf.unwrap_or(below.len()), 0, match_key(&label))
                }
                None => match (group_at(&label), is_last(&label)) {
                    (Some(at), _) => (at, 0, 0, match_key(&label)),
                    (None, Some(last)) => (form.len() + 1, last, 0, match_key(&label)),
                    (None, None) => {
                        let at = *seen.entry(match_key(&label)).or_insert(n_seen);
                        (form.len(), 0, at, match_key(&label))
                    }
                },
            };
            let one = adding.entry(key).or_insert_with(|| Adding { group, label, rows: Vec::new() });
            one.rows.push((unit, row));
        }
    }
    let mut entries: Vec<Entry> = Vec::new();
    let mut open: Option<String> = None;
    for one in adding.into_values() {
        let mut entry = sum(layout, &one.rows, &one.label, true);
        // What every unit entered by hand (手工补录) stays marked so.
        entry.is_typed_in = one.rows.iter().all(|(_, row)| row.is_typed_in(layout));
        match &one.group {
            Some(group) if open.as_ref() == Some(group) => {
                if let Some(last) = entries.last_mut() {
                    last.below.push(entry);
                }
            }
            Some(group) => {
                let key = layout.columns[layout.label].key.clone();
                let given = BTreeMap::from([(key, Given::Text(group.clone()))]);
                entries.push(Entry { given, below: vec![entry], ..Entry::default() });
            }
            None => entries.push(entry),
        }
        open = one.group;
    }
    entries
}

/// One row for a unit.
fn of_unit(layout: &Layout, unit: &Counted<'_>) -> Entry {
    let rows: Vec<_> = unit.sent.leaves().map(|row| (unit, row)).collect();
    sum(layout, &rows, &unit.unit, false)
}

/// A row with the sums of others. A number that one of them leaves empty is not known. `texts`: whether
/// what they say in words stands in it too, each under its unit.
fn sum(layout: &Layout, rows: &[(&Counted<'_>, &SentRow)], label: &str, texts: bool) -> Entry {
    let mut entry = Entry::default();
    for (position, column) in layout.columns.iter().enumerate() {
        if position == layout.label {
            entry.given.insert(column.key.clone(), Given::Text(label.to_owned()));
            continue;
        }
        if column.show.is_summed() && column.expression.is_none() {
            let numbers = rows.iter().map(|(_, row)| row.cells[position].number());
            let sum = numbers.fold(
                // The sum of no rows at all is not 0: a unit that sent a total alone has told no rows.
                (!rows.is_empty()).then_some(Decimal::ZERO),
                |sum, number| sum.zip(number).and_then(|(sum, number)| sum.checked_add(number)),
            );
            entry.given.insert(column.key.clone(), sum.map_or(Given::Unknown, Given::Number));
            let sources = rows.iter().filter(|(_, row)| row.cells[position].number().is_some());
            let sources = sources.take(MAX_SOURCES).map(|(unit, row)| {
                format!("{} {} = {}", unit.unit, unit.sent.show(row.row0, position), row.shown[position])
            });
            let sources: Vec<_> = sources.collect();
            if !sources.is_empty() {
                entry.sources.insert(column.key.clone(), sources);
            }
        } else if texts && matches!(column.show, Show::Text) {
            let said = rows.iter().filter(|(_, row)| !row.shown[position].is_empty());
            let said = said.map(|(unit, row)| format!("{}:{}", unit.unit, row.shown[position]));
            let said: Vec<_> = said.collect();
            if !said.is_empty() {
                entry.given.insert(column.key.clone(), Given::Text(said.join(";")));
            }
        }
    }
    entry
}

/// The rows of a unit as they are, with its name.
fn each_row<'e>(layout: &'e Layout, unit: &'e Counted<'e>) -> impl Iterator<Item = Entry> + 'e {
    unit.sent.leaves().map(|row| {
        let mut entry = Entry { is_typed_in: row.is_typed_in(layout), ..Entry::default() };
        for (position, column) in layout.columns.iter().enumerate() {
            if let Some(given) = given(layout, position, column, unit, row) {
                entry.given.insert(column.key.clone(), given);
            }
            if position == layout.label || column.show.is_summed() && row.cells[position].number().is_some() {
                let source = format!("{} {}", unit.unit, unit.sent.show(row.row0, position));
                entry.sources.insert(column.key.clone(), vec![source]);
            }
        }
        entry
    })
}

fn given(
    layout: &Layout,
    position: usize,
    column: &Column,
    unit: &Counted<'_>,
    row: &SentRow,
) -> Option<Given> {
    if column.show == Show::Number || column.expression.is_some() {
        return None;
    }
    let in_front = |text: &str| {
        // A village may have its namesake in the next township.
        if layout.sender == Some(position) {
            format!("{} {text}", unit.unit).trim_end().to_owned()
        } else {
            text.to_owned()
        }
    };
    Some(match &row.cells[position] {
        Stands::Empty if layout.sender == Some(position) => Given::Text(in_front("")),
        Stands::Empty if column.show.is_summed() => Given::Unknown,
        Stands::Empty => return None,
        Stands::Text(_) if column.show.is_summed() => Given::Unknown,
        Stands::Text(text) if position == layout.label => Given::Text(in_front(text.trim_end_matches('*'))),
        Stands::Text(text) => Given::Text(in_front(text)),
        Stands::Number(number) => Given::Number(*number),
        Stands::Day(day) => Given::Day(*day),
    })
}
