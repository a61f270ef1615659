//! What a plugin answers: outcomes, rulings, indicators, hazards.
//! Knows no points beyond deductions: totals, rates and grades are the host's.

use std::borrow::Cow;

use crate::checklist::{Date, HazardLevel, Item, Scope};
use crate::exact::Decimal;
use crate::sector::PHRASE_ALL_POINTS;
use crate::subject::{Value, Verdict};

/// A parameter of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Param {
    /// Exact number.
    Number(Decimal),
    /// Short text.
    Text(String),
    /// Day.
    Day(Date),
    /// Item, by position.
    Item(u32),
}

impl Param {
    /// What a cell holds, to be shown in a sentence: on one line, without characters that cannot be
    /// printed, and cut to 40. A host refuses a longer or unprintable parameter, and then the
    /// whole result; a cell may hold anything.
    pub fn quote(text: &str) -> Self {
        let is_printable = |c: &char| {
            !c.is_control()
                && !matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
                && !matches!(c, '\u{feff}' | '\u{fffe}' | '\u{ffff}')
        };
        let mut printable = text.chars().filter(is_printable);
        let mut quoted: String = printable.by_ref().take(40).collect();
        if printable.next().is_some() {
            quoted.push('…');
        }
        Self::Text(quoted)
    }
}

impl From<Decimal> for Param {
    fn from(number: Decimal) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Param {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// A sentence as a code with parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Position of the phrase.
    pub phrase: u32,
    /// Parameters.
    pub params: Vec<Param>,
}

/// Points taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deduction {
    /// Position in the item's cases; `None`: as entered.
    pub case: Option<u32>,
    /// Points, not negative.
    pub points: Decimal,
    /// On what it acts.
    pub scope: Scope,
    /// Occurrences.
    pub times: u32,
    /// Why, where the case does not say it.
    pub reason: Option<Reason>,
}

/// What came out for one item.
///
/// Most outcomes are a verdict and nothing beside it, and most others take all points of the item,
/// because the inspector entered none: neither takes memory of its own, which is what a failed answer
/// would cost most.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Position of the item.
    pub item: u32,
    /// Verdict by the rules.
    pub verdict: Verdict,
    beside: Beside,
}

#[derive(Debug, Clone)]
enum Beside {
    Nothing,
    AllPoints(&'static Item),
    Listed(Box<Listed>),
}

/// What stands beside a verdict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// Points taken, in order.
    pub deductions: Vec<Deduction>,
    /// Evidence beside the answer's own.
    pub evidence: Vec<u32>,
}

impl Outcome {
    /// A verdict, and nothing beside it.
    pub const fn plain(item: u32, verdict: Verdict) -> Self {
        Self { item, verdict, beside: Beside::Nothing }
    }

    /// A verdict with what stands beside it.
    pub fn with(item: u32, verdict: Verdict, listed: Listed) -> Self {
        let is_empty = listed.deductions.is_empty() && listed.evidence.is_empty();
        let beside = if is_empty { Beside::Nothing } else { Beside::Listed(Box::new(listed)) };
        Self { item, verdict, beside }
    }

    /// A verdict that takes all points of its item, the one at `position`, by the sentence `all-points`.
    pub const fn all_points(position: u32, item: &'static Item, verdict: Verdict) -> Self {
        Self { item: position, verdict, beside: Beside::AllPoints(item) }
    }

    /// Whether it is a verdict and nothing beside it.
    pub const fn is_plain(&self) -> bool {
        matches!(self.beside, Beside::Nothing)
    }

    /// Whether what stands beside it is what [`Self::all_points`] of this item has.
    pub fn takes_all_points(&self, item: &Item) -> bool {
        matches!(self.beside, Beside::AllPoints(of) if of.points == item.points)
    }

    /// Points taken, in order.
    pub fn deductions(&self) -> impl Iterator<Item = Cow<'_, Deduction>> {
        let (all, listed) = match &self.beside {
            Beside::Nothing => (None, [].as_slice()),
            Beside::AllPoints(item) => (Some(Cow::Owned(all_of(item))), [].as_slice()),
            Beside::Listed(listed) => (None, listed.deductions.as_slice()),
        };
        all.into_iter().chain(listed.iter().map(Cow::Borrowed))
    }

    /// Points of the first deduction; none where nothing is taken.
    pub fn points_taken(&self) -> Option<Decimal> {
        match &self.beside {
            Beside::Nothing => None,
            Beside::AllPoints(item) => Some(item.points),
            Beside::Listed(listed) => listed.deductions.first().map(|first| first.points),
        }
    }

    /// Evidence beside the answer's own.
    pub fn evidence(&self) -> &[u32] {
        match &self.beside {
            Beside::Listed(listed) => &listed.evidence,
            Beside::Nothing | Beside::AllPoints(_) => &[],
        }
    }

    /// Changes what stands beside the verdict.
    pub fn edit(&mut self, change: impl FnOnce(&mut Listed)) {
        let mut listed = Listed {
            deductions: self.deductions().map(Cow::into_owned).collect(),
            evidence: self.evidence().to_vec(),
        };
        change(&mut listed);
        *self = Self::with(self.item, self.verdict, listed);
    }
}

fn all_of(item: &Item) -> Deduction {
    let points = item.points;
    let reason = Reason { phrase: PHRASE_ALL_POINTS, params: vec![points.into()] };
    Deduction { case: None, points, scope: Scope::Item, times: 1, reason: Some(reason) }
}

impl PartialEq for Outcome {
    fn eq(&self, other: &Self) -> bool {
        (self.item, self.verdict, self.evidence()) == (other.item, other.verdict, other.evidence())
            && self.deductions().eq(other.deductions())
    }
}

impl Eq for Outcome {}

/// What a ruling does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// 一票否决
    Veto(Scope),
    /// Grade at most this band of the main scheme.
    Cap(u32),
    /// 移送: a suspicion for the competent authority.
    Referral,
}

/// A decision beside the points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling {
    /// What it does.
    pub effect: Effect,
    /// Items it rests on.
    pub items: Vec<u32>,
    /// Why.
    pub reason: Reason,
    /// Edition it was made under.
    pub edition: Option<u32>,
    /// Where to look.
    pub evidence: Vec<u32>,
}

/// A number with its working.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indicator {
    /// Position in the checklist's `gives`.
    pub indicator: u32,
    /// Value.
    pub value: Value,
    /// One sentence a step.
    pub working: Vec<Reason>,
    /// Where its data stand.
    pub evidence: Vec<u32>,
}

/// A hazard that the rules see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hazard {
    /// How serious.
    pub level: HazardLevel,
    /// Item it belongs to.
    pub item: Option<u32>,
    /// What it is.
    pub reason: Reason,
    /// Edition it was judged by.
    pub edition: Option<u32>,
    /// Clause in that edition.
    pub clause: String,
    /// Where to look.
    pub evidence: Vec<u32>,
}

/// A score the plugin gives itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedScore {
    /// Position of the scheme.
    pub scheme: u32,
    /// Exact value; `None`: 未评定.
    pub value: Option<Decimal>,
    /// How it came about.
    pub working: Vec<Reason>,
}

/// Something a person should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What.
    pub reason: Reason,
    /// Item it is about.
    pub item: Option<u32>,
    /// Where to look.
    pub evidence: Vec<u32>,
}

/// The result for one subject.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assessed {
    /// Edition used.
    pub edition: Option<u32>,
    /// One for each answer, in order.
    pub outcomes: Vec<Outcome>,
    /// Decisions beside the points.
    pub rulings: Vec<Ruling>,
    /// Numbers.
    pub indicators: Vec<Indicator>,
    /// Hazards.
    pub hazards: Vec<Hazard>,
    /// Own scores.
    pub scores: Vec<NamedScore>,
    /// Things to look at.
    pub notes: Vec<Note>,
}

/// Why one subject could not be assessed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What is wrong, in Chinese, in one clause.
    pub message: String,
    /// Where.
    pub evidence: Option<u32>,
}

impl Failure {
    /// A failure that no single cell explains.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), evidence: None }
    }

    /// A failure with its place.
    pub fn at(message: impl Into<String>, evidence: u32) -> Self {
        Self { message: message.into(), evidence: Some(evidence) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_cell_holds_is_quoted_short_and_printable() {
        let long = "长".repeat(41);
        let cut = format!("{}…", "长".repeat(40));
        for (text, quoted) in [
            ("约三百", "约三百"),
            ("", ""),
            ("a\nb\u{7}c\u{202e}d\u{feff}", "abcd"),
            (&long[..120], &long[..120]),
            (&long, &cut),
        ] {
            assert_eq!(Param::quote(text), Param::Text(quoted.to_owned()), "{text:?}");
        }
    }
}
