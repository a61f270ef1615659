//! A finished report as figures, for the cross-checks before it goes up. Knows no rule.

use std::collections::{BTreeMap, BTreeSet};

use super::{Cell, Column, Layout, Line, Sheet, Working, draw};
use crate::model::{Amount, CellRef, Decimal, Figure, FigureGroup, FigureLine, Spot};

/// The line of what rows entered by hand add up to, as `templates/checks/` names it.
pub(in crate::report) const BY_HAND: &str = "手工补录行";

/// The figures of a report.
///
/// Shape: a line for each line of the report, with the columns that are `wanted` (form and key): a list of a
/// hundred thousand rows is not copied for a count of them. Places are those of the workbook's cells.
pub(in crate::report) fn figures(
    layout: &Layout,
    sheet: &Sheet,
    name: &str,
    wanted: &BTreeSet<(String, String)>,
) -> FigureGroup {
    let is_wanted = |key: &str| wanted.contains(&(layout.report().to_owned(), key.to_owned()));
    let columns: Vec<_> = layout.columns.iter().enumerate().filter(|(_, one)| is_wanted(&one.key)).collect();
    let first = draw::first_row(layout);
    let line = |(index, line): (u32, &Line)| {
        let figures = columns.iter().filter_map(|(position, column)| {
            let amount = amount(&line.cells[*position])?;
            let cell = match &layout.card {
                Some(card) => draw::place(layout, card, index as usize, *position),
                None => CellRef::new(first + index, *position as u32),
            };
            Some((column.key.clone(), Figure { amount, spot: Spot::Named(format!("{name} {cell}")) }))
        });
        let label = match line.cells.get(layout.label) {
            Some(Cell::Text(label)) => label.clone(),
            _ => String::new(),
        };
        let parts = line.cells.iter().find_map(|cell| match cell {
            Cell::Worked(_, Working::Leaves(leaves)) if line.is_sum => Some(leaves.clone()),
            _ => None,
        });
        FigureLine {
            label,
            is_sum: line.is_sum,
            parts: parts.unwrap_or_default(),
            figures: figures.collect::<BTreeMap<_, _>>(),
        }
    };
    let mut lines: Vec<FigureLine> = (0..).zip(&sheet.lines).map(line).collect();
    if let Some(entered) = entered(layout, sheet, &columns) {
        // In front: the last sum is the total.
        for part in lines.iter_mut().flat_map(|line| &mut line.parts) {
            *part += 1;
        }
        lines.insert(0, entered);
    }
    FigureGroup {
        form: layout.report().to_owned(),
        name: name.to_owned(),
        titles: columns
            .iter()
            .map(|(_, column)| {
                (
                    column.key.clone(),
                    column.head.iter().filter(|head| !head.is_empty()).cloned().collect::<Vec<_>>().join("/"),
                )
            })
            .collect(),
        lines,
        before: None,
    }
}

/// What rows that were entered by hand add up to, as a line of its own: the ledger and other reports do not have
/// it. Errors: `None` where there is no such row.
fn entered(layout: &Layout, sheet: &Sheet, columns: &[(usize, &Column)]) -> Option<FigureLine> {
    let rows: Vec<&Line> = sheet.lines.iter().filter(|line| line.is_typed_in).collect();
    rows.first()?;
    let summed = columns.iter().filter(|(_, column)| column.show.is_summed());
    let figures = summed.filter_map(|(position, column)| {
        // A number that one of them lacks is not known, and neither is their sum.
        let mut numbers = rows.iter().map(|row| match &row.cells[*position] {
            Cell::Number(number) | Cell::Worked(number, _) => Some(*number),
            _ => None,
        });
        let sum = numbers.try_fold(Decimal::ZERO, |sum: Decimal, number| sum.checked_add(number?))?;
        let spot = Spot::Named(format!("表{}{BY_HAND}", layout.form));
        Some((column.key.clone(), Figure { amount: Amount::Number(sum), spot }))
    });
    let figures = figures.collect();
    Some(FigureLine { label: BY_HAND.to_owned(), is_sum: true, figures, ..FigureLine::default() })
}

/// What a cell says. Errors: `None` for an empty one.
fn amount(cell: &Cell) -> Option<Amount> {
    Some(match cell {
        Cell::Empty => return None,
        Cell::Text(text) => Amount::Text(text.clone()),
        Cell::Day(day) => Amount::Text(day.to_string()),
        Cell::Number(number) | Cell::Worked(number, _) => Amount::Number(*number),
        Cell::Rate(shown) => match Decimal::from_str_exact(shown.trim_end_matches('%')) {
            Ok(percent) => Amount::Rate(percent),
            Err(_) => Amount::NoRate,
        },
    })
}

/// The figures of a report as it was filed, from the cells of its sheet; those of the columns that are `wanted`.
///
/// Shape: a line for each row below the headings that has a label; 合计 is a sum.
pub(in crate::report) fn filed(
    layout: &Layout,
    cells: &[(CellRef, String)],
    name: &str,
    wanted: &BTreeSet<(String, String)>,
) -> FigureGroup {
    let first = draw::first_row(layout);
    let mut rows: BTreeMap<u32, FigureLine> = BTreeMap::new();
    for (at, text) in cells.iter().filter(|(at, _)| at.row0 >= first) {
        let line = rows.entry(at.row0).or_default();
        let position = at.col0 as usize;
        if position == layout.label {
            // A row that was entered by hand carries a star.
            line.label = text.trim().trim_end_matches('*').to_owned();
            line.is_sum = line.label == "合计";
        }
        let Some(column) = layout.columns.get(position) else { continue };
        if !wanted.contains(&(layout.report().to_owned(), column.key.clone())) {
            continue;
        }
        let amount = match Decimal::from_str_exact(text.trim()) {
            Ok(number) => Amount::Number(number),
            Err(_) => amount(&Cell::Text(text.clone())).unwrap_or(Amount::NoRate),
        };
        let spot = Spot::Named(format!("{name} {at}"));
        line.figures.insert(column.key.clone(), Figure { amount, spot });
    }
    let lines = rows.into_values().filter(|line| !line.label.is_empty() && !line.figures.is_empty());
    FigureGroup {
        form: layout.report().to_owned(),
        name: name.to_owned(),
        lines: lines.collect(),
        ..FigureGroup::default()
    }
}
