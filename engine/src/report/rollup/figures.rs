//! A report as a unit sent it, as figures with their cells, for the cross-checks. Knows no rule.

use std::collections::BTreeSet;

use super::super::standard::{Column, Expression, Layout, Show};
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
        let figures = columns.iter().filter_map(|(at, column)| {
            let sum = match &column.expression {
                None if column.show.is_summed() => sum(sent, *at)?,
                Some(Expression::Sum(terms)) => {
                    terms.iter().try_fold(Decimal::ZERO, |known, (sign, at)| {
                        let term = sum(sent, *at)?;
                        if *sign { known.checked_add(term) } else { known.checked_sub(term) }
                    })?
                }
                _ => return None,
            };
            Some((column.key.clone(), figure(row, *at, Amount::Number(sum))))
        });
        lines.push(FigureLine { is_sum: true, figures: figures.collect(), ..FigureLine::default() });
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

/// What the rows of a column come to. Errors: `None` where one of them is not known.
fn sum(sent: &Sent<'_>, at: usize) -> Option<Decimal> {
    sent.leaves().try_fold(Decimal::ZERO, |sum, row| sum.checked_add(row.cells[at].number()?))
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
