//! Control indicators (控制指标): the most accidents and casualties that are allowed to the town and, split
//! downwards, to villages, departments and enterprises. Knows no workbook.

use super::super::{Decimal, EnterpriseId, Provenance};

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// 事故起数
    Accidents,
    /// 死亡人数
    Deaths,
    /// 重伤人数
    Injured,
}

impl Measure {
    /// All of them, with the key of their column and what a reader sees.
    pub const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::Accidents, "accidents", "事故起数"),
        (Self::Deaths, "deaths", "死亡人数"),
        (Self::Injured, "injured", "重伤人数"),
    ];

    /// What a reader sees.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Accidents => "事故起数",
            Self::Deaths => "死亡人数",
            Self::Injured => "重伤人数",
        }
    }
}

/// To whom a limit is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// The town.
    Town,
    /// A village or department: position in [`super::YearEnd::units`].
    Office(usize),
    /// An enterprise.
    Enterprise(EnterpriseId),
}

/// One limit, and what happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    /// To whom.
    pub holder: Holder,
    /// The name as written.
    pub name: String,
    /// Of what.
    pub measure: Measure,
    /// The most that is allowed.
    pub target: Decimal,
    /// Counted from the record of accidents: those of production-safety liability in the year; none where
    /// no record came in.
    pub actual: Option<u64>,
    /// Where the limit stands.
    pub at: Provenance,
}

impl Control {
    /// Whether more happened than is allowed; none where no record came in.
    pub fn is_exceeded(&self) -> Option<bool> {
        self.actual.map(|actual| Decimal::from(actual) > self.target)
    }
}
