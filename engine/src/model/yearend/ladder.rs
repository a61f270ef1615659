//! Standardization (安全生产标准化) of a town's enterprises: the ladder of levels at the year's end, and
//! the reviews of the year. Knows no workbook and no checklist.

use super::super::{Date, EnterpriseId, Provenance};

/// One level of a ladder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LadderLevel {
    /// What a reader sees, e.g. 国家.
    pub level: String,
    /// How the register words it.
    pub words: Vec<String>,
}

/// What the ladder is: 国家、省、市、镇, or 一、二、三级.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LadderRules {
    /// Sectors whose enterprises stand on it.
    pub sectors: Vec<String>,
    /// Levels, highest first.
    pub levels: Vec<LadderLevel>,
    /// What an enterprise without a level is called.
    pub below: String,
    /// How the register says that there is no level.
    pub none: Vec<String>,
}

/// Why an enterprise stands on no level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Below {
    /// The register names no level.
    NoLevel,
    /// It names one that the ladder has not.
    UnknownLevel,
    /// It names a level, but no day until which the certificate holds.
    NoDay,
    /// The certificate ended before the year did.
    Expired(Date),
}

/// Where one enterprise stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Footing {
    /// Who.
    pub enterprise: EnterpriseId,
    /// The level: a position in [`Ladder::levels`]; or why there is none.
    pub level: Result<usize, Below>,
    /// Where level and certificate stand; none where the register lacks both columns.
    pub at: Option<Provenance>,
}

/// The ladder at the year's end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ladder {
    /// Levels, highest first.
    pub levels: Vec<String>,
    /// What those without a level are called.
    pub below: String,
    /// Enterprises of the ladder's sectors that exist at the year's end, in the order of the register.
    pub footings: Vec<Footing>,
}

impl Ladder {
    /// Each level with those who stand on it, highest first, those without one last.
    pub fn rungs(&self) -> Vec<(&str, Vec<EnterpriseId>)> {
        let on = |level: Option<usize>| {
            let own = self.footings.iter().filter(move |footing| footing.level.ok() == level);
            own.map(|footing| footing.enterprise).collect()
        };
        let mut rungs: Vec<_> =
            self.levels.iter().enumerate().map(|(at, level)| (level.as_str(), on(Some(at)))).collect();
        rungs.push((&self.below, on(None)));
        rungs
    }

    /// Those whose certificate ended before the year did.
    pub fn expired(&self) -> impl Iterator<Item = EnterpriseId> {
        let is_expired = |footing: &&Footing| matches!(footing.level, Err(Below::Expired(_)));
        self.footings.iter().filter(is_expired).map(|footing| footing.enterprise)
    }
}

/// What a review came to. The level is the lower of what score and safety performance earn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Position in [`super::super::Run::checks`]: points and score are there.
    pub check: usize,
    /// The level that the score earns; 未评定 where there is no score.
    pub level_by_score: String,
    /// The level of safety performance, as written; none where nothing is.
    pub performance: Option<String>,
    /// The level.
    pub level: String,
    /// Which of the two is the lower one; none where neither is.
    pub binding: Option<String>,
}
