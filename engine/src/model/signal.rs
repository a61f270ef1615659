//! Signals: rows of the inbox that a person should look at together. They say what is alike, never why.
//! Knows no threshold: `signals` finds them by rules that are data.

use super::{ProblemCode, Provenance};

/// Rows that are worth a look, and why they stand together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signal {
    /// What kind; its title and remedy are what a reader sees.
    pub code: ProblemCode,
    /// Whom it concerns: an enterprise, a village, a person, a list.
    pub who: String,
    /// What the rows have in common, in numbers.
    pub fact: String,
    /// Which threshold was reached and whose it is, with 未核实 where it is from memory.
    pub basis: String,
    /// The rows that show it, by place. Never empty.
    pub rows: Vec<Provenance>,
}

/// When monthly returns without a hazard are asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZeroStreak {
    /// So many in a row, at least 1 …
    pub months: usize,
    /// … from a village with at least so many enterprises that exist on the day of the run.
    pub enterprises: usize,
}
