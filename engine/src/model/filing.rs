//! Filings: which reports were due for which periods, which came in and when, and which version counts.
//! Knows no files beyond their positions, and no rules of a sector.

use std::fmt;

use super::{CellRef, Date, Decimal, SourceId};

/// How often a report is filed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Every {
    /// Each month.
    Month,
    /// Each quarter.
    Quarter,
}

/// A month or a quarter, shown as `2026-07` or `2026-Q3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    /// How long it is.
    pub every: Every,
    /// The year.
    pub year: i16,
    /// The month or quarter, from 1.
    pub number: i8,
}

impl Period {
    /// Reads `2026-07` or `2026-Q3`. Errors: `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, rest) = text.trim().split_once('-')?;
        let year: i16 = year.parse().ok().filter(|year| (1900..=9998).contains(year))?;
        let (every, digits, last) = match rest.strip_prefix(['Q', 'q']) {
            Some(quarter) => (Every::Quarter, quarter, 4),
            None => (Every::Month, rest, 12),
        };
        let number: i8 = digits.parse().ok().filter(|number| (1..=last).contains(number))?;
        Some(Self { every, year, number })
    }

    /// The one after it.
    #[must_use]
    pub const fn next(self) -> Self {
        let last = match self.every {
            Every::Month => 12,
            Every::Quarter => 4,
        };
        if self.number == last {
            Self { year: self.year + 1, number: 1, ..self }
        } else {
            Self { number: self.number + 1, ..self }
        }
    }

    /// The day of the month after it. Errors: `None` when that month lacks the day.
    pub fn due(self, day: i8) -> Option<Date> {
        let after = self.next();
        let month = match self.every {
            Every::Month => after.number,
            Every::Quarter => after.number * 3 - 2,
        };
        Date::new(after.year, month, day).ok()
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.every {
            Every::Month => write!(f, "{}-{:02}", self.year, self.number),
            Every::Quarter => write!(f, "{}-Q{}", self.year, self.number),
        }
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_and_due_days() {
        for (text, day, due) in [
            ("2026-07", 5, Some("2026-08-05")),
            ("2026-12", 5, Some("2027-01-05")),
            ("2026-Q3", 15, Some("2026-10-15")),
            ("2026-Q4", 15, Some("2027-01-15")),
            ("2026-01", 30, None),
        ] {
            let period = Period::parse(text).expect("a period");
            assert_eq!(period.to_string(), text);
            assert_eq!(period.due(day).map(|due| due.to_string()).as_deref(), due, "{text}");
        }
        for text in ["2026", "2026-13", "2026-Q5", "2026-Q0", "26-07", "2026-", "2026年7月"] {
            assert_eq!(Period::parse(text), None, "{text}");
        }
    }
}
