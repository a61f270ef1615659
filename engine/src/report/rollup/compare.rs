//! Compares what a unit sent as subtotal, total and rate with what its own rows give, cell against cell.
//! Changes no number: the rows hold.

use super::super::standard::{Expression, Layout, percent};
use super::read::{RowKind, Sent, SentRow};
use crate::model::text::match_key;
use crate::model::{Decimal, Problem, ProblemCode};

/// What does not agree, and which numbers are empty.
pub(super) fn problems(layout: &Layout, sent: &Sent<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for row in &sent.rows {
        match &row.kind {
            RowKind::Leaf { .. } => {
                blanks(layout, sent, row, &mut problems);
                let numbers: Vec<_> = row.cells.iter().map(|cell| cell.number()).collect();
                worked_out(layout, sent, row, &numbers, &mut problems);
            }
            RowKind::Group(below) | RowKind::Total(below) => {
                let sums = sums(layout, sent, row, below, &mut problems);
                worked_out(layout, sent, row, &sums, &mut problems);
            }
        }
    }
    if sent.leaves().next().is_none() && !sent.rows.is_empty() {
        problems.push(Problem::new(ProblemCode::RollupLine, sent.at).arg("只有合计,没有明细行"));
    }
    problems
}

/// Numbers that are empty where the form wants one.
fn blanks(layout: &Layout, sent: &Sent<'_>, row: &SentRow, problems: &mut Vec<Problem>) {
    // Rows that stand below each other are not summed over units; their money may well not be known.
    if layout.roll_up == Some(super::super::standard::RollUp::Rows) {
        return;
    }
    for (position, column) in layout.columns.iter().enumerate() {
        if column.show.is_summed() && column.expression.is_none() && row.shown[position].is_empty() {
            let problem = Problem::new(ProblemCode::RollupBlank, sent.at(row.row0, position));
            problems.push(problem.column(column.head.join("/")).arg("数字"));
        }
    }
}

/// The sums of rows by column, each compared with the one that was sent.
fn sums(
    layout: &Layout,
    sent: &Sent<'_>,
    row: &SentRow,
    below: &[usize],
    problems: &mut Vec<Problem>,
) -> Vec<Option<Decimal>> {
    let mut sums = vec![None; layout.columns.len()];
    for (position, column) in layout.columns.iter().enumerate() {
        if !column.show.is_summed() || column.expression.is_some() {
            continue;
        }
        let mut numbers = below.iter().map(|at| sent.rows[*at].cells[position].number());
        let sum = numbers.try_fold(Decimal::ZERO, |sum, number| sum.checked_add(number?));
        sums[position] = sum;
        let Some(sum) = sum else { continue };
        if row.shown[position].is_empty() || row.cells[position].number() == Some(sum) {
            continue;
        }
        let problem = Problem::new(ProblemCode::TotalMismatch, sent.at(row.row0, position));
        let what = format!("{} = SUM({})", sum.normalize(), span(sent, below, position));
        problems.push(problem.column(column.head.join("/")).found(&row.shown[position]).arg(what));
    }
    sums
}

/// The cells of rows in a column, as a formula writes them.
fn span(sent: &Sent<'_>, below: &[usize], column: usize) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for at in below {
        let row0 = sent.rows[*at].row0;
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == row0 => *last = row0,
            _ => ranges.push((row0, row0)),
        }
    }
    let more = ranges.len() > 8;
    let ranges = ranges.into_iter().take(8).map(|(first, last)| {
        let (first, last) = (sent.cell(first, column), sent.cell(last, column));
        if first == last { first.to_string() } else { format!("{first}:{last}") }
    });
    let mut text = ranges.collect::<Vec<_>>().join(",");
    if more {
        text.push_str(",…");
    }
    text
}

/// Compares differences and rates of a row with those that its numbers give.
fn worked_out(
    layout: &Layout,
    sent: &Sent<'_>,
    row: &SentRow,
    numbers: &[Option<Decimal>],
    problems: &mut Vec<Problem>,
) {
    for (position, column) in layout.columns.iter().enumerate() {
        let (Some(expression), shown) = (&column.expression, &row.shown[position]) else { continue };
        if shown.is_empty() {
            continue;
        }
        let cell = |at: usize| sent.cell(row.row0, at).to_string();
        let (code, expected, by) = match expression {
            Expression::Sum(terms) => {
                let sum = terms.iter().try_fold(Decimal::ZERO, |sum, (sign, at)| {
                    let term = (*numbers.get(*at)?)?;
                    if *sign { sum.checked_add(term) } else { sum.checked_sub(term) }
                });
                let Some(sum) = sum else { continue };
                if match_key(shown).parse::<Decimal>().ok() == Some(sum) {
                    continue;
                }
                let by = terms.iter().enumerate().map(|(nth, (sign, at))| match (nth, sign) {
                    (0, true) => cell(*at),
                    (_, true) => format!("+{}", cell(*at)),
                    (_, false) => format!("-{}", cell(*at)),
                });
                (ProblemCode::TotalMismatch, sum.normalize().to_string(), by.collect::<String>())
            }
            Expression::Percent(part, whole) => {
                let (Some(Some(top)), Some(Some(base))) = (numbers.get(*part), numbers.get(*whole)) else {
                    continue;
                };
                let rate = percent(*top, *base, column.digits);
                if same_rate(shown, &rate) {
                    continue;
                }
                (ProblemCode::RateMismatch, rate, format!("{} ÷ {}", cell(*part), cell(*whole)))
            }
        };
        let problem = Problem::new(code, sent.at(row.row0, position)).column(column.head.join("/"));
        problems.push(problem.found(shown).arg(format!("{expected} = {by}")));
    }
}

/// Whether a rate as it was sent is the one that was worked out: `85.7%`, `85.7`, or the fraction that a
/// cell in the format of a percentage holds, which must round to it.
pub(super) fn same_rate(shown: &str, rate: &str) -> bool {
    let key = match_key(shown);
    if key == rate {
        return true;
    }
    let Some(wanted) = rate.strip_suffix('%').and_then(|rate| rate.parse::<Decimal>().ok()) else {
        // There is none: a stroke of any kind, and 0 is not one.
        return ["-", "—", "–", "\\"].contains(&&*key);
    };
    let rounds = |number: Decimal| {
        use rust_decimal::RoundingStrategy::MidpointAwayFromZero;
        number.round_dp_with_strategy(wanted.scale(), MidpointAwayFromZero) == wanted
    };
    if let Some(number) = key.strip_suffix('%') {
        return number.parse().is_ok_and(rounds);
    }
    let Ok(number) = key.parse::<Decimal>() else { return false };
    rounds(number) || number <= Decimal::ONE && number.checked_mul(Decimal::ONE_HUNDRED).is_some_and(rounds)
}

#[cfg(test)]
mod rates {
    use super::*;

    #[test]
    fn a_rate_may_be_written_in_several_ways() {
        for (shown, rate, same) in [
            ("85.7%", "85.7%", true),
            ("85.7", "85.7%", true),
            ("0.857142857142857", "85.7%", true),
            ("85.71%", "85.7%", true),
            ("85.8%", "85.7%", false),
            ("1", "100.0%", true),
            ("0", "0.0%", true),
            ("/", "/", true),
            ("—", "/", true),
            ("0.0%", "/", false),
            ("无", "85.7%", false),
        ] {
            assert_eq!(same_rate(shown, rate), same, "{shown} {rate}");
        }
    }
}
