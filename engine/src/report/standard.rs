//! Reports in the forms that superiors prescribe by column names and not by a workbook: layouts are
//! data, numbers are worked out and drawn here. Knows no step: whoever calls it brings the rows.
//!
//! A row is a leaf, or a group of rows: its numbers are then the sum of its leaves. Sums, and what
//! an expression says, are worked out once, exactly; in the workbook they stand as formulas with
//! that result, so that whoever adds again finds the same. A rate is worked out from the sums and
//! never averaged; without a denominator it prints as `/`.

mod by_hand;
mod card;
mod draw;
pub mod explain;
mod figures;
mod layout;
mod origin;
pub(super) mod rows;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub(super) use by_hand::apply as apply_by_hand;
pub(super) use draw::fill;
pub use draw::{ORIGIN_COLUMN, TRACE, file_name, workbook};
pub(super) use figures::{BY_HAND, figures, filed};
pub use layout::{Column, Expression, Layout, LayoutFault, RollUp, Show};
pub use origin::Origin;
pub use origin::YEAR_END_RULES;
pub(super) use origin::{BELOW, BLANK, MISMATCH, NOTE};

use crate::model::{Date, Decimal};

/// What stands in a cell before anything is worked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// A number: pieces, yuan, points.
    Number(Decimal),
    /// Text, a code among it.
    Text(String),
    /// A day.
    Day(Date),
    /// Nothing, and that is known: a count then stays empty and is not 0.
    Unknown,
}

/// Where a given number comes from: keys of the run's own rows (`H0013`), or places
/// (`file › sheet › F14`).
pub type Sources = Vec<String>;

/// A row as it is handed over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// Values by column key. A column that is missing is empty; of a number, see [`Layout::fill`].
    pub given: BTreeMap<String, Given>,
    /// What the numbers rest on, by column key.
    pub sources: BTreeMap<String, Sources>,
    /// The rows below it, where it is a group. Numbers of a group are not given but summed.
    pub below: Vec<Entry>,
    /// Numbers that somebody entered (手工补录), by column key: printed with `*`.
    pub by_hand: BTreeMap<String, ByHand>,
    /// Whether the whole row was entered: then its label is printed with `*`, and not each number.
    pub is_typed_in: bool,
}

/// Who entered a number by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByHand {
    /// Who.
    pub author: String,
    /// When.
    pub day: Date,
    /// Why.
    pub reason: String,
    /// By which document; empty where none is named.
    pub document: String,
}

impl ByHand {
    /// Who, when, why and by what.
    pub(super) fn told(&self) -> String {
        let document =
            if self.document.is_empty() { String::new() } else { format!(",依据{}", self.document) };
        format!("录入人 {},{},原因:{}{document}", self.author, super::wording::day(self.day), self.reason)
    }
}

/// What stands in a cell of the finished report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text.
    Text(String),
    /// A day.
    Day(Date),
    /// A number that was given.
    Number(Decimal),
    /// A number that was worked out: from the cells of the same row, or from the leaves.
    Worked(Decimal, Working),
    /// A rate as printed: `85.7%`, or `/` where its denominator is 0.
    Rate(String),
}

/// How a number was worked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Working {
    /// From the row's own cells, as the column says.
    Row,
    /// From the leaves: their positions among the lines.
    Leaves(Vec<usize>),
}

/// A line of the finished report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// How deep it stands below the top; indented by as much.
    pub depth: u8,
    /// Whether it is a subtotal or the total.
    pub is_sum: bool,
    /// One cell for each column of the layout.
    pub cells: Vec<Cell>,
    /// What its numbers rest on, by position of the column.
    pub sources: BTreeMap<usize, Sources>,
    /// Numbers that were entered by hand, by position of the column.
    pub by_hand: BTreeMap<usize, ByHand>,
    /// Whether the whole line was.
    pub is_typed_in: bool,
}

/// A finished report: what stands in it, before it is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Lines in the order of the sheet, the total among them.
    pub lines: Vec<Line>,
}

impl Layout {
    /// Works out every cell of a report.
    ///
    /// Shape: groups stand before or after their rows, the total first, last or nowhere, as the
    /// layout says. A count that is not given is 0: the forms want zeros written; anything else that
    /// is not given stays empty.
    /// Units: those of the columns; exact, a rate alone is rounded, half-up, once.
    pub fn fill(&self, entries: &[Entry]) -> Sheet {
        let mut lines = Vec::new();
        if self.total.is_some_and(|at| at == layout::At::First) {
            lines.push(self.total_line());
        }
        for entry in entries {
            self.lines_of(entry, 0, &mut lines);
        }
        if self.total.is_some_and(|at| at == layout::At::Last) {
            lines.push(self.total_line());
        }
        let all: Vec<usize> = (0..lines.len()).filter(|at| !lines[*at].is_sum).collect();
        let total = match self.total {
            Some(layout::At::First) => Some(0),
            Some(layout::At::Last) => Some(lines.len() - 1),
            None => None,
        };
        if let Some(total) = total {
            self.sum(&mut lines, total, &all);
        }
        for line in &mut lines {
            self.work_out(line);
        }
        Sheet { lines }
    }

    fn total_line(&self) -> Line {
        let mut cells = vec![Cell::Empty; self.columns.len()];
        if let Some(first) = cells.get_mut(self.label) {
            *first = Cell::Text("合计".to_owned());
        }
        Line {
            depth: 0,
            is_sum: true,
            cells,
            sources: BTreeMap::new(),
            by_hand: BTreeMap::new(),
            is_typed_in: false,
        }
    }

    fn lines_of(&self, entry: &Entry, depth: u8, lines: &mut Vec<Line>) {
        let own = self.line(entry, depth);
        if entry.below.is_empty() {
            lines.push(own);
            return;
        }
        if self.flat {
            for below in &entry.below {
                self.lines_of(below, depth, lines);
            }
            return;
        }
        let place = lines.len();
        if self.subtotal == layout::At::First {
            lines.push(own.clone());
        }
        let first = lines.len();
        for below in &entry.below {
            self.lines_of(below, depth.saturating_add(1), lines);
        }
        let leaves: Vec<usize> = (first..lines.len()).filter(|at| !lines[*at].is_sum).collect();
        let place = if self.subtotal == layout::At::First {
            place
        } else {
            lines.push(own);
            lines.len() - 1
        };
        self.sum(lines, place, &leaves);
    }

    fn line(&self, entry: &Entry, depth: u8) -> Line {
        let is_sum = !entry.below.is_empty();
        let (mut sources, mut by_hand) = (BTreeMap::new(), BTreeMap::new());
        let cells = (0..).zip(&self.columns).map(|(position, column)| {
            if let Some(known) = entry.sources.get(&column.key).filter(|_| !is_sum) {
                sources.insert(position, known.clone());
            }
            if let Some(typed) = entry.by_hand.get(&column.key).filter(|_| !is_sum) {
                by_hand.insert(position, typed.clone());
            }
            match entry.given.get(&column.key) {
                Some(Given::Text(text)) => Cell::Text(text.clone()),
                Some(Given::Day(day)) => Cell::Day(*day),
                Some(Given::Unknown) => Cell::Empty,
                // A group's numbers are its leaves'.
                Some(Given::Number(_)) if is_sum => Cell::Empty,
                Some(Given::Number(number)) => Cell::Number(*number),
                None if column.is_zero_unless_given() && !is_sum => Cell::Number(Decimal::ZERO),
                None => Cell::Empty,
            }
        });
        let cells = cells.collect();
        Line { depth, is_sum, cells, sources, by_hand, is_typed_in: entry.is_typed_in }
    }

    /// Puts the sums of some lines into another.
    fn sum(&self, lines: &mut [Line], into: usize, leaves: &[usize]) {
        for (position, column) in self.columns.iter().enumerate() {
            if !column.show.is_summed() || column.expression.is_some() {
                continue;
            }
            let mut sum = Some(Decimal::ZERO);
            for leaf in leaves {
                sum = match (sum, &lines[*leaf].cells[position]) {
                    (Some(sum), Cell::Number(number)) => sum.checked_add(*number),
                    // A word in a number's place (缺项): what does not apply adds nothing.
                    (sum, Cell::Text(_)) => sum,
                    // The sum of what is not known is not known, and neither is one beyond 28 digits.
                    _ => None,
                };
            }
            let Some(sum) = sum else { continue };
            lines[into].cells[position] = Cell::Worked(sum, Working::Leaves(leaves.to_vec()));
        }
    }

    fn work_out(&self, line: &mut Line) {
        for (position, column) in self.columns.iter().enumerate() {
            let Some(expression) = &column.expression else { continue };
            // What is worked out from a number that is not known is not known.
            let number = |at: &usize| match line.cells.get(*at) {
                Some(Cell::Number(number) | Cell::Worked(number, _)) => Some(*number),
                _ => None,
            };
            line.cells[position] = match expression {
                Expression::Sum(terms) => {
                    let sum = terms.iter().try_fold(Decimal::ZERO, |sum, (sign, at)| {
                        // What rests on a number nobody knows is not known.
                        let term = number(at)?;
                        if *sign { sum.checked_add(term) } else { sum.checked_sub(term) }
                    });
                    sum.map_or(Cell::Empty, |sum| Cell::Worked(sum, Working::Row))
                }
                Expression::Percent(part, whole) => {
                    let both = number(part).zip(number(whole));
                    both.map_or(Cell::Empty, |(part, whole)| Cell::Rate(percent(part, whole, column.digits)))
                }
            };
        }
    }
}

/// A rate as the forms print it: half-up, with `%`; `/` where the whole is 0.
pub(super) fn percent(part: Decimal, whole: Decimal, digits: u8) -> String {
    use rust_decimal::RoundingStrategy::MidpointAwayFromZero;
    let exact = part.checked_mul(Decimal::ONE_HUNDRED).and_then(|part| part.checked_div(whole));
    match exact {
        // A quotient of 28 digits that stands at a tie is a tie: what does not end has other digits.
        Some(exact) => {
            let digits = u32::from(digits);
            let mut rounded = exact.round_dp_with_strategy(digits, MidpointAwayFromZero);
            rounded.rescale(digits);
            format!("{rounded}%")
        }
        None => "/".to_owned(),
    }
}
