//! How many people a storey is taken to hold: area times density, or seats.
//! Knows no exits and no widths.
//!
//! Some densities are ranges, so every count has two ends. The sum over a storey is rounded up
//! once (进一法); what is not counted here is whether people of upper storeys pass through.

use anping_sdk::{Assessed, Decimal, Mark, Note, Param, Ratio, Reason, mark_words};

use crate::floors::{Floor, Space};
use crate::{CHECKLIST, DENSITY, mark, own, reason, weaker};

/// An end of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The least.
    Low,
    /// The most.
    High,
}

/// People of one storey, by one end of the densities.
#[derive(Debug, Clone)]
pub struct People {
    /// Rounded up.
    pub count: i128,
    /// How it came about.
    pub working: Vec<Reason>,
    /// The mark of the number known least well.
    pub mark: Mark,
}

/// Counts the people of a storey at both ends.
///
/// Units: people, whole.
/// Errors: `None`, with a note, where a density is not known or a number does not fit.
/// Source: GB 50016-2014 (2018) table 5.5.21-2 and 5.5.21 (secondary).
pub fn people(floor: &Floor, assessed: &mut Assessed) -> Option<[People; 2]> {
    let missing = floor.spaces.iter().find(|space| rate(space, floor.level, End::Low).is_none());
    if let Some(space) = missing {
        note(floor, assessed, "density-missing", vec![floor.name.as_str().into(), space.usage.name.into()]);
        return None;
    }
    let both = Some([End::Low, End::High]).and_then(|[low, high]| Some([at(floor, low)?, at(floor, high)?]));
    if both.is_none() {
        note(floor, assessed, "number-too-large", vec![floor.name.as_str().into()]);
    }
    both
}

/// Notes something about a storey, at the item on exits.
pub fn note(floor: &Floor, assessed: &mut Assessed, code: &str, params: Vec<Param>) {
    let item = own(CHECKLIST.item_index(crate::exits::ITEM));
    let evidence = floor.evidence.clone();
    assessed.notes.push(Note { reason: reason(code, params), item: Some(item), evidence });
}

fn at(floor: &Floor, end: End) -> Option<People> {
    let mut sum = Ratio::ZERO;
    let mut working = Vec::new();
    let mut weakest = Mark::Clause;
    for space in &floor.spaces {
        let (density, its_mark) = rate(space, floor.level, end)?;
        let percent = space.usage.percent;
        let share = percent.ratio().over(Ratio::whole(100))?;
        let people = space.amount.ratio().times(density.ratio())?.times(share)?;
        sum = sum.plus(people)?;
        weakest = weaker(weakest, its_mark);
        let shown = people.rounded(4)?;
        let (name, words) = (floor.name.as_str().into(), mark_words(its_mark).into());
        working.push(if space.usage.density.is_empty() {
            let params =
                vec![name, space.usage.name.into(), space.amount.into(), percent.into(), shown.into(), words];
            reason("people-by-seats", params)
        } else {
            let (usage, amount) = (space.usage.name.into(), space.amount.into());
            let params = vec![name, usage, amount, density.into(), percent.into(), shown.into(), words];
            reason("people-by-area", params)
        });
    }
    let count = sum.ceiling();
    let whole = Decimal::new(i64::try_from(count).ok()?, 0);
    let params = vec![floor.name.as_str().into(), sum.rounded(4)?.into(), whole.into()];
    working.push(reason("people-of-floor", params));
    Some(People { count, working, mark: weakest })
}

/// People for each m² at one end of the range, with its mark; 1 for each seat.
fn rate(space: &Space, level: i32, end: End) -> Option<(Decimal, Mark)> {
    if space.usage.density.is_empty() {
        return Some((Decimal::new(1, 0), mark(space.usage.mark)));
    }
    let row = DENSITY.iter().find(|[density, from, to, ..]| {
        *density == space.usage.density && within(Decimal::new(level.into(), 0), from, to)
    })?;
    let [_, _, _, low, high, its_mark] = row;
    let text = if end == End::Low { low } else { high };
    let density = Decimal::parse(text).expect("a test reads each density");
    Some((density, weaker(mark(its_mark), mark(space.usage.mark))))
}

/// Whether a number is from `from` to `to`; an empty bound is none.
pub fn within(number: Decimal, from: &str, to: &str) -> bool {
    let bound = |text: &str| Decimal::parse(text).expect("a test reads each bound");
    (from.is_empty() || bound(from) <= number) && (to.is_empty() || number <= bound(to))
}
