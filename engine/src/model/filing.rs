//! Filings: which reports were due for which periods, which came in and when, and which version counts.
//! Knows no files beyond their positions, and no rules of a sector.

use std::fmt;

use super::{CellRef, Decimal, Period, SourceId};

/// A filing that was late or is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lapse {
    /// Number of the unit that owes it.
    pub unit: String,
    /// For which period.
    pub period: Period,
}

impl fmt::Display for Lapse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.unit, self.period)
    }
}

/// How complete and how timely one report was filed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilingReport {
    /// What the log calls it.
    pub report: String,
    /// Filings that were due.
    pub due: usize,
    /// Those that came in.
    pub received: usize,
    /// Those whose first version came in by the due day.
    pub on_time: usize,
    /// Those that came in later, by unit and period.
    pub late: Vec<Lapse>,
    /// Those that did not come in.
    pub missing: Vec<Lapse>,
}

impl FilingReport {
    /// Received of due in percent, half-up to 2 digits; none where nothing was due.
    pub fn completeness(&self) -> Option<Decimal> {
        percent(self.received, self.due)
    }

    /// On time of due in percent, half-up to 2 digits; none where nothing was due.
    pub fn timeliness(&self) -> Option<Decimal> {
        percent(self.on_time, self.due)
    }
}

fn percent(part: usize, whole: usize) -> Option<Decimal> {
    // Multiplied first, so that a half stays exactly a half.
    let percent = Decimal::from(part).checked_mul(Decimal::ONE_HUNDRED)?.checked_div(Decimal::from(whole))?;
    Some(percent.round_dp_with_strategy(2, rust_decimal::RoundingStrategy::MidpointAwayFromZero))
}

/// What a unit's filings cost it in the assessment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitFilings {
    /// Its number.
    pub unit: String,
    /// Filings that were late.
    pub late: usize,
    /// Filings that are missing.
    pub missing: usize,
    /// Filings that must be returned: the version in force has something to put right.
    pub returned: usize,
    /// Points that are left, not below 0.
    pub points: Decimal,
}

/// A sheet's name and its cells, as a person sees them.
pub type SheetCells = (String, Vec<(CellRef, String)>);

/// A cell in which two versions differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellChange {
    /// Name of the sheet.
    pub sheet: String,
    /// The cell.
    pub cell: CellRef,
    /// What stood there; empty for an empty cell.
    pub before: String,
    /// What stands there now.
    pub after: String,
}

/// A version that a later one replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Superseded {
    /// The version that no longer counts.
    pub older: SourceId,
    /// The version in force.
    pub newer: SourceId,
    /// Whether both have the same bytes: then they are one file, read under the first of its paths.
    pub same: bool,
    /// In what they differ, by sheet and cell; none where one of them cannot be compared.
    pub cells: Option<Vec<CellChange>>,
}

/// A version in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    /// What the log calls the report.
    pub report: String,
    /// Who filed it.
    pub unit: String,
    /// For which period.
    pub period: Period,
    /// The file; of several with the same bytes the one that was read.
    pub source: SourceId,
}

impl Filings {
    /// Whether another file takes the place of this one.
    pub fn replaced(&self, source: SourceId) -> bool {
        self.superseded.iter().any(|superseded| superseded.older == source && !superseded.same)
    }
}

/// The filings of a town. Empty when nothing tells when they came in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filings {
    /// By report, in the order of the rules.
    pub reports: Vec<FilingReport>,
    /// By unit: the assessment's item.
    pub units: Vec<UnitFilings>,
    /// Versions that were replaced, by place.
    pub superseded: Vec<Superseded>,
    /// The versions that count, by report, unit and period.
    pub in_force: Vec<InForce>,
}
