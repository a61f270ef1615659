//! The year-end ranking of enterprises: the rules, and what comes out. Knows no workbook and no checklist.

use super::super::{Decimal, EnterpriseId, Provenance, Ratio};
use super::{Entry, GradeRange, Objection, Rate, Sheet, Tie};

/// By which column of the register enterprises are put into classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClassBy {
    /// All together.
    None,
    /// 行业领域
    Sector,
    /// 类别
    Kind,
}

/// How enterprises are ranked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnterpriseRules {
    /// Checklists whose latest check of the year is an enterprise's result.
    pub plugins: Vec<String>,
    /// Classes, each ranked apart.
    pub class: ClassBy,
    /// What orders equal scores.
    pub ties: Vec<Tie>,
    /// Whether an enterprise without hazards comes first in that order.
    pub without_hazards_first: bool,
    /// From so many deaths in one liability accident on it has a veto; 0: never.
    pub veto_deaths: u32,
    /// The grade then.
    pub veto_grade: String,
    /// Grades of the locality, by the rounded score, highest first, in place of the checklists' lines; empty:
    /// those of the checklists.
    pub bands: Vec<GradeRange>,
    /// The most that bonus entries of an enterprise add; none: nothing is added or taken.
    pub bonus_cap: Option<Decimal>,
}

/// What workbooks tell of an enterprise beside its check.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EnterpriseInputs {
    /// 自评
    pub own: Option<Sheet>,
    /// 核查, where a sheet of the year's end names it; it is the check of that day as well.
    pub verified: Option<Sheet>,
    /// Bonuses and penalties, in the order of their table.
    pub entries: Vec<Entry>,
    /// Decided objections, in the order of their dates.
    pub objections: Vec<Objection>,
}

/// Why an enterprise has no rank although it has a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnterpriseVeto {
    /// An accident: in one clause, and where it stands.
    Accident(String, Provenance),
    /// A ruling of the check: position in its rulings.
    Ruling(usize),
}

/// What came out for one enterprise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnterpriseResult {
    /// Who.
    pub enterprise: EnterpriseId,
    /// Class within which it is ranked; empty where all are together.
    pub class: String,
    /// The check that counts: position in [`super::super::Run::checks`]; none: not checked in the year.
    pub check: Option<usize>,
    /// The score of the check alone, as shown, objections taken into account; none: 未评定.
    pub by_check: Option<Decimal>,
    /// Bonuses that count: positions in the enterprise's entries.
    pub counted: Vec<usize>,
    /// Bonuses as they count.
    pub bonus: Decimal,
    /// Penalties.
    pub penalty: Decimal,
    /// Score of the self-assessment, exact; none where there is none.
    pub own: Option<Ratio>,
    /// Self-assessment less score, as shown; none where one of them lacks.
    pub gap: Option<Decimal>,
    /// Whether the difference must be explained.
    pub gap_flagged: bool,
    /// Its score, as shown; none: 未评定.
    pub score: Option<Decimal>,
    /// Its grade.
    pub grade: String,
    /// Vetoes, accidents first.
    pub vetoes: Vec<EnterpriseVeto>,
    /// Rectification of general hazards; none where no ledger is known.
    pub rate: Option<Rate>,
    /// Rank within the class, from 1; none: not ranked.
    pub rank: Option<u32>,
    /// The rank if nothing ordered equal scores.
    pub rank_without_breaker: Option<u32>,
}
