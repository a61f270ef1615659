//! The numbers of returns, reports and forms as cross-checks see them: lines of named figures, each with the
//! place where it stands.
//! Knows no rule: what must agree with what is data of `checks`.

use std::collections::BTreeMap;

use super::{Decimal, Provenance};

/// Where a figure stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spot {
    /// A cell of a file that came in.
    Cell(Provenance),
    /// A place in words: a cell of a report that is being made (`R1 › F9`), a statistic of the ledger.
    Named(String),
}

/// What stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Amount {
    /// A number: pieces, 万元, points.
    Number(Decimal),
    /// A rate in percent as it is printed: its scale is the number of digits that are shown.
    Rate(Decimal),
    /// A rate without a denominator: `/`.
    NoRate,
    /// Anything else, as it reads; empty for an empty cell.
    Text(String),
}

/// A number with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// What stands there.
    pub amount: Amount,
    /// Where.
    pub spot: Spot,
}

/// A line of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FigureLine {
    /// What it is called: a sector, a month, 合计. Lines of two periods are compared by it.
    pub label: String,
    /// Whether it is a subtotal or a total.
    pub is_sum: bool,
    /// Of a sum: positions of the lines that it adds up; empty where that is not known.
    pub parts: Vec<usize>,
    /// By key. What a form has no column for is missing.
    pub figures: BTreeMap<String, Figure>,
}

/// One return, report, list of a form, or statistic.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FigureGroup {
    /// What it is, as the checks name it: the kind of a return, the number of a report's form.
    pub form: String,
    /// Which one, for a reader.
    pub name: String,
    /// Headings by key, where they are known.
    pub titles: BTreeMap<String, String>,
    /// Its lines, in order. The last sum is its total; a single line is a total, too.
    pub lines: Vec<FigureLine>,
    /// The same of the period before: position among the groups.
    pub before: Option<usize>,
}

impl FigureGroup {
    /// A group of one line, such as a statistic.
    pub fn of_one(form: &str, name: &str, figures: impl IntoIterator<Item = (String, Figure)>) -> Self {
        let line = FigureLine {
            label: name.to_owned(),
            is_sum: true,
            figures: figures.into_iter().collect(),
            ..FigureLine::default()
        };
        Self { form: form.to_owned(), name: name.to_owned(), lines: vec![line], ..Self::default() }
    }

    /// The line that stands for the whole. Errors: `None` where there are several lines and no total.
    pub fn total(&self) -> Option<&FigureLine> {
        match self.lines.as_slice() {
            [only] => Some(only),
            lines => lines.iter().rev().find(|line| line.is_sum),
        }
    }
}
