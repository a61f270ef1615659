//! Values as they come out of cells, and the words for verdicts.
//! Knows no cells: where a value stands is the affair of `table`.

use std::fmt;

use super::{Date, Decimal, Text};

/// A typed value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Value {
    /// The cell is empty, or the fact is not known.
    #[default]
    Absent,
    /// Text, trimmed, otherwise as it stands.
    Text(Text),
    /// A number, exact.
    Number(Decimal),
    /// Yes or no.
    Flag(bool),
    /// A calendar day.
    Day(Date),
    /// A verdict.
    Verdict(Verdict),
    /// A level of hazard.
    Level(HazardLevel),
    /// Something that is not of the wanted type; the text is what stands there. Never empty.
    Fault(Text),
}

impl Value {
    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn number(&self) -> Option<Decimal> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The day, if it is one.
    pub fn day(&self) -> Option<Date> {
        match self {
            Self::Day(day) => Some(*day),
            _ => None,
        }
    }
}

/// The answer on one item. Blank, excused and unchecked are never the same thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// 合格
    Pass,
    /// 扣分
    Partial,
    /// 不合格
    Fail,
    /// 不涉及
    NotApplicable,
    /// 未查
    NotChecked,
    /// 未纳入
    NotSelected,
    /// 仅记录
    Informational,
    /// 豁免
    Waived,
    /// 数据错误
    Error,
}

impl Verdict {
    /// All verdicts, in the order of the contract.
    pub const ALL: [Self; 9] = [
        Self::Pass,
        Self::Partial,
        Self::Fail,
        Self::NotApplicable,
        Self::NotChecked,
        Self::NotSelected,
        Self::Informational,
        Self::Waived,
        Self::Error,
    ];

    /// Whether points are lost under it.
    pub const fn fails(self) -> bool {
        matches!(self, Self::Partial | Self::Fail)
    }

    /// Whether the item was looked at.
    pub const fn checked(self) -> bool {
        matches!(self, Self::Pass | Self::Partial | Self::Fail | Self::Informational)
    }

    /// The key in `results.json`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Partial => "partial",
            Self::Fail => "fail",
            Self::NotApplicable => "not-applicable",
            Self::NotChecked => "not-checked",
            Self::NotSelected => "not-selected",
            Self::Informational => "informational",
            Self::Waived => "waived",
            Self::Error => "error",
        }
    }

    /// What a report's reader sees.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Pass => "合格",
            Self::Partial => "扣分",
            Self::Fail => "不合格",
            Self::NotApplicable => "不涉及",
            Self::NotChecked => "未查",
            Self::NotSelected => "未纳入",
            Self::Informational => "仅记录",
            Self::Waived => "豁免",
            Self::Error => "数据错误",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}

/// How serious a hazard is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HazardLevel {
    /// 一般
    General,
    /// 重大
    Major,
}

impl HazardLevel {
    /// The key in `results.json`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::General => "general",
            Self::Major => "major",
        }
    }

    /// What a report's reader sees.
    pub const fn title(self) -> &'static str {
        match self {
            Self::General => "一般",
            Self::Major => "重大",
        }
    }
}
