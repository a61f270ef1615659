//! Points by counts from elsewhere: so many late filings at so many points each.
//! Knows no indicator by name: which are counted, and what each costs, is the sector's data.

use crate::assessed::Param;
use crate::checklist::Checklist;
use crate::exact::{Decimal, Ratio};
use crate::subject::Subject;

/// What counts from elsewhere cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// Points together, exact, not cut off at an item's points.
    pub lost: Decimal,
    /// The counts, in the order of the rates.
    pub counts: Vec<Decimal>,
    /// Where they stand.
    pub evidence: Vec<u32>,
}

impl Counted {
    /// The points, then the counts: the parameters of a sentence about them.
    pub fn params(&self) -> Vec<Param> {
        std::iter::once(self.lost).chain(self.counts.iter().copied()).map(Param::Number).collect()
    }
}

/// Adds up count × points over the indicators of `source`; a row of `rates` is an indicator's code
/// and its points.
///
/// Units: points, exact to 9 digits. Errors: `None` where an indicator is not known, is no number of
/// 0 or more, or the sum does not fit: then nothing can be said.
pub fn counted(
    checklist: &Checklist,
    subject: &Subject,
    source: &str,
    rates: &[[&str; 2]],
) -> Option<Counted> {
    let (mut lost, mut counts, mut evidence) = (Ratio::ZERO, Vec::new(), Vec::new());
    for [indicator, points] in rates {
        let known = subject.indicator_from(checklist, source, indicator)?;
        let count = known.value.number().filter(|count| count.mantissa >= 0)?;
        let cost = count.ratio().times(Decimal::parse(points)?.ratio())?;
        lost = lost.plus(cost)?;
        counts.push(count);
        evidence.push(known.evidence);
    }
    Some(Counted { lost: lost.rounded(9)?, counts, evidence })
}
