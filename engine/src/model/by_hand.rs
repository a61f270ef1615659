//! Numbers that somebody entered for a report by hand (手工补录), because no workbook has them.
//! Knows no report: whether a number is taken is for the report to say.

use super::{Date, Decimal, Provenance};

/// A number entered by hand, complete: who, when and why are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandEntry {
    /// The report, as written: its number or its title.
    pub report: (String, Provenance),
    /// The row, as written.
    pub row: (String, Provenance),
    /// Whether the row is one that the report lacks.
    pub is_new_row: bool,
    /// The column, as written.
    pub column: (String, Provenance),
    /// The number.
    pub number: (Decimal, Provenance),
    /// Who entered it.
    pub author: String,
    /// When.
    pub day: Date,
    /// Why.
    pub reason: String,
    /// The document it rests on; empty where none is named.
    pub document: String,
}
