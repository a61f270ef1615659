//! The documents by which hazards are judged 重大 (判定标准), and which of them hold for a hazard.
//! Knows no document: they are data of `ledger`.

use super::{Hazard, Ledger};
use crate::model::text::match_key;
use crate::model::{Date, HazardLevel};

/// One edition of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MajorStandard {
    /// What it is called, with its number.
    pub title: String,
    /// Sectors that are judged by it, folded.
    pub sectors: Vec<String>,
    /// The first day on which it holds; none: always did.
    pub from: Option<Date>,
    /// The last day; none: still holds.
    pub to: Option<Date>,
    /// Whether its days are from memory: shown as 未核实.
    pub is_unverified: bool,
}

impl MajorStandard {
    /// Whether a day is among those on which it holds.
    pub fn holds(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }

    /// What a reader sees.
    pub fn shown(&self) -> String {
        let mark = if self.is_unverified { "(未核实)" } else { "" };
        format!("{}{mark}", self.title)
    }
}

impl Ledger {
    /// The documents by which a major hazard is judged: those of its sector that hold on the day of its discovery.
    ///
    /// Shape: in the order of the rules; two where editions stand beside each other in a transition; none for a
    /// general hazard, for one without a day, and for a sector that the rules do not name.
    pub fn standards_of(&self, hazard: &Hazard) -> Vec<&MajorStandard> {
        let Some(found) = hazard.found.filter(|_| hazard.level == HazardLevel::Major) else {
            return Vec::new();
        };
        let sector = match_key(&hazard.sector);
        let holds = |standard: &&MajorStandard| standard.sectors.contains(&sector) && standard.holds(found);
        self.major_standards.iter().filter(holds).collect()
    }
}
