//! A report as a unit sent it, as figures with their cells, for the cross-checks. Knows no rule.

use std::collections::BTreeSet;

use super::super::standard::{BY_HAND, Column, Expression, Layout, Show};
use super::read::{RowKind, Sent, SentRow, Stands};
use crate::model::text::match_key;
use crate::model::{Amount, Decimal, Figure, FigureGroup, FigureLine, Spot};

/// The figures of a report, of the columns that are wanted (form and key).
///
/// Shape: a line for each row that is no sum, in order, and of a form with a total one more, without a label: what
/// the rows come to. Sums as they were sent are compared elsewhere, and nothing follows from them.
pub(super) fn of(
    layout: &Layout,
    of: &str,
    sent: &Sent<'_>,
    wanted: &BTreeSet<(String, String)>,
) -> FigureGroup {
    let form = layout.report();
    let is_wanted = |key: &str| wanted.contains(&(form.to_owned(), key.to_owned()));
    let columns: Vec<_> = layout.columns.iter().enumerate().filter(|(_, one)| is_wanted(&one.key)).collect();
    let figure =
        |row: &SentRow, at: usize, amount: Amount| Figure { amount, spot: Spot::Cell(sent.at(row.row0, at)) };
    let line = |row: &SentRow| {
        let figures = columns.iter().filter_map(|(at, column)| {
            let amount = amount(&row.cells[*at], &row.shown[*at], column.show)?;
            Some((column.key.clone(), figure(row, *at, amount)))
        });
        FigureLine { label: row.label.clone(), figures: figures.collect(), ..FigureLine::default() }
    };
    let mut lines: Vec<FigureLine> = sent.leaves().map(line).collect();
    let last = sent.rows.iter().rev().find(|row| matches!(row.kind, RowKind::Total(_)));
    if let Some(row) = last.or(sent.rows.last()).filter(|_| layout.has_total()) {
        let sum_of = |label: &str, rows: &[&SentRow]| {
            let figures = columns.iter().filter_map(|(at, column)| {
                Some((column.key.clone(), figure(row, *at, Amount::Number(sum(rows, *at, column)?))))
            });
            FigureLine {
                label: label.to_owned(),
                is_sum: true,
                figures: figures.collect(),
                ..FigureLine::default()
            }
        };
        // In front: the last sum is the total.
        let entered: Vec<&SentRow> = sent.leaves().filter(|row| row.is_typed_in(layout)).collect();
        if !entered.is_empty() {
            lines.insert(0, sum_of(BY_HAND, &entered));
        }
        lines.push(sum_of("", &sent.leaves().collect::<Vec<_>>()));
    }
    let title = |column: &Column| {
        column.head.iter().filter(|head| !head.is_empty()).cloned().collect::<Vec<_>>().join("/")
    };
    FigureGroup {
        form: form.to_owned(),
        name: format!("{} › {} 表{form}{of}", sent.place.0, sent.place.1),
        titles: columns.iter().map(|(_, column)| (column.key.clone(), title(column))).collect(),
        lines,
        before: None,
    }
}

/// What rows come to in a column. Errors: `None` where one of them is not known, or the column is not summed.
fn sum(rows: &[&SentRow], at: usize, column: &Column) -> Option<Decimal> {
    let of =
        |at: usize| rows.iter().try_fold(Decimal::ZERO, |sum, row| sum.checked_add(row.cells[at].number()?));
    match &column.expression {
        None if column.show.is_summed() => of(at),
        Some(Expression::Sum(terms)) => terms.iter().try_fold(Decimal::ZERO, |known, (sign, at)| {
            let term = of(*at)?;
            if *sign { known.checked_add(term) } else { known.checked_sub(term) }
        }),
        _ => None,
    }
}

/// What a cell says. A rate that is not written with its sign may be a fraction or a percentage: it is compared
/// elsewhere. Errors: `None` for an empty cell.
fn amount(stands: &Stands, shown: &str, show: Show) -> Option<Amount> {
    if show == Show::Rate && !shown.is_empty() {
        let key = match_key(shown);
        return Some(match key.strip_suffix('%').map(Decimal::from_str_exact) {
            Some(Ok(percent)) => Amount::Rate(percent),
            _ if key == "/" => Amount::NoRate,
            _ => Amount::Text(key),
        });
    }
    Some(match stands {
        Stands::Empty => return None,
        Stands::Number(number) => Amount::Number(*number),
        Stands::Day(day) => Amount::Text(day.to_string()),
        Stands::Text(text) => Amount::Text(text.clone()),
    })
}
