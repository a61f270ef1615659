//! Workbooks that were returned to their senders and came back: what the list in front of them says.
//! Knows no workbook: `returned` reads the lists from tables.

use super::{CellRef, Provenance, Severity};

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ReturnedPoint {
    /// Key of the problem's code.
    pub code: String,
    /// How serious it was.
    pub severity: Severity,
    /// Name of the sheet; empty where it was about the whole workbook.
    pub sheet: String,
    /// The cell, where it was about one.
    pub cell: Option<CellRef>,
    /// What the sender says about it; empty where nothing.
    pub explanation: String,
}

/// A returned workbook that came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// Where its list stands: the first cell of the header.
    pub at: Provenance,
    /// Path of the file that was returned, below the inbox of that time; empty where it is not told.
    pub original: String,
    /// What was returned.
    pub points: Vec<ReturnedPoint>,
}
