//! Points, rates, grades and ranks: pure arithmetic on exact numbers, from the checklist's
//! declared schemes. Knows no workbook and no plugin: what an item is worth and what was taken
//! from it arrives as data.
//!
//! A score is rounded once, half-up, where its scheme says; grades are decided on the rounded or
//! on the exact score, as the scheme says. Every lower bound is inclusive.

mod rank;

use std::fmt;

pub use rank::rank;

use crate::model::{
    Assessed, Coverage, Decimal, Effect, GradeBasis, Item, ItemScore, Manifest, Method, Outcome, Ratio,
    Rounding, Scheme, SchemeScore, Scope, Scored, Subject, Unchecked, Verdict,
};

/// The grade of a subject of which nothing was checked.
pub const NOT_ASSESSED: &str = "未评定";

/// A number does not fit into 128 bits. Manifests are bounded when they are loaded, so only a
/// host that skips that check meets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLarge;

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("分数超出可精确计算的范围")
    }
}

impl std::error::Error for TooLarge {}

/// Scores one subject.
///
/// Shape: one item score for each outcome, in order; one scheme score for each scheme of the
/// manifest, none where the subject has no answers and no scheme is given by the plugin.
/// Units: points, exact; scores on the scale of the scheme's full marks.
/// Errors: [`TooLarge`].
/// Source: the scheme's own `source`; the rules they choose from are in the contract.
pub fn score(manifest: &Manifest, subject: &Subject, assessed: &Assessed) -> Result<Scored, TooLarge> {
    let vetoed = Vetoed::of(manifest, assessed);
    let items: Vec<_> = assessed
        .outcomes
        .iter()
        .enumerate()
        .map(|(answer, outcome)| item_score(manifest, &vetoed, answer, outcome))
        .collect();
    let mut coverage = Coverage::default();
    for item in &items {
        coverage.items += 1;
        coverage.applicable += u32::from(applies(item.verdict));
        coverage.checked += u32::from(item.verdict.checked());
    }
    let answered = !subject.answers.is_empty();
    let schemes = (0..)
        .zip(&manifest.schemes)
        .filter(|(index, scheme)| match scheme.method {
            Method::Given => assessed.scores.iter().any(|given| given.scheme == *index),
            Method::Deduct | Method::Weighted => answered,
        })
        .map(|(index, scheme)| scheme_score(manifest, index, scheme, &items, &vetoed, assessed))
        .collect::<Result<_, _>>()?;
    Ok(Scored { items, schemes, coverage })
}

/// What vetoes of narrow scope take away: single items, whole categories.
struct Vetoed {
    items: Vec<u32>,
    categories: Vec<u32>,
}

impl Vetoed {
    fn of(manifest: &Manifest, assessed: &Assessed) -> Self {
        let mut vetoed = Self { items: Vec::new(), categories: Vec::new() };
        for ruling in &assessed.rulings {
            match ruling.effect {
                Effect::Veto(Scope::Item) => vetoed.items.extend(&ruling.items),
                Effect::Veto(Scope::Category) => {
                    vetoed
                        .categories
                        .extend(ruling.items.iter().map(|&item| manifest.items[item as usize].category));
                }
                Effect::Veto(Scope::Total) | Effect::Cap(_) | Effect::Referral => {}
            }
        }
        vetoed
    }
}

fn item_score(manifest: &Manifest, vetoed: &Vetoed, answer: usize, outcome: &Outcome) -> ItemScore {
    let item = &manifest.items[outcome.item as usize];
    let points = if item.scored { item.points } else { Decimal::ZERO };
    let earns = match outcome.verdict {
        Verdict::Pass | Verdict::Partial | Verdict::Fail => true,
        // An item that does not apply is nobody's fault: where it does not leave what is possible,
        // it counts as met.
        Verdict::NotApplicable => true,
        Verdict::NotChecked
        | Verdict::NotSelected
        | Verdict::Informational
        | Verdict::Waived
        | Verdict::Error => false,
    };
    let deducted = if vetoed.items.contains(&outcome.item) && earns {
        points
    } else {
        taken_from_item(item, outcome).min(points)
    };
    let got = if earns { points - deducted } else { Decimal::ZERO };
    ItemScore { item: outcome.item, answer, verdict: outcome.verdict, points, deducted, got }
}

/// Points taken on the item's own scope: for each case at most its limit, together not yet cut off.
fn taken_from_item(item: &Item, outcome: &Outcome) -> Decimal {
    // Most outcomes: nothing to be counted case by case.
    if outcome.deductions().is_empty() {
        return Decimal::ZERO;
    }
    let own = || outcome.deductions().iter().filter(|deduction| deduction.scope == Scope::Item);
    let entered: Decimal =
        own().filter(|deduction| deduction.case.is_none()).map(|deduction| deduction.points).sum();
    let by_case = (0..).zip(&item.cases).map(|(index, case)| {
        let taken: Decimal =
            own().filter(|deduction| deduction.case == Some(index)).map(|deduction| deduction.points).sum();
        case.limit.map_or(taken, |limit| taken.min(limit))
    });
    entered + by_case.sum::<Decimal>()
}

/// Whether the item is one the subject has to meet.
const fn applies(verdict: Verdict) -> bool {
    !matches!(verdict, Verdict::NotApplicable | Verdict::NotSelected | Verdict::Waived)
}

/// Whether an item stays in what is possible.
fn counts(scheme: &Scheme, verdict: Verdict) -> bool {
    match verdict {
        Verdict::Pass | Verdict::Partial | Verdict::Fail | Verdict::Error => true,
        Verdict::NotChecked => scheme.unchecked == Unchecked::Zero,
        Verdict::NotApplicable => !scheme.convert_not_applicable,
        Verdict::NotSelected | Verdict::Informational | Verdict::Waived => false,
    }
}

/// Points of a group of items: what could be earned, what was, and how much of it nobody checked.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    possible: Decimal,
    got: Decimal,
    unchecked: Decimal,
}

impl Tally {
    fn add(&mut self, item: &ItemScore) {
        self.possible += item.points;
        self.got += item.got;
        if item.verdict == Verdict::NotChecked {
            self.unchecked += item.points;
        }
    }

    /// What could be earned of what was checked.
    fn interim(&self) -> Decimal {
        self.possible - self.unchecked
    }

    /// Takes points from what is left of the group; never below zero.
    fn take(&mut self, points: Decimal) {
        self.got -= points.min(self.got);
    }
}

fn scheme_score(
    manifest: &Manifest,
    index: u32,
    scheme: &Scheme,
    items: &[ItemScore],
    vetoed: &Vetoed,
    assessed: &Assessed,
) -> Result<SchemeScore, TooLarge> {
    let category_of = |item: u32| manifest.items[item as usize].category as usize;
    let mut groups = vec![Tally::default(); manifest.categories.len()];
    for item in items.iter().filter(|item| counts(scheme, item.verdict)) {
        groups[category_of(item.item)].add(item);
    }
    let mut from_groups = vec![Decimal::ZERO; groups.len()];
    let mut from_total = Decimal::ZERO;
    for outcome in &assessed.outcomes {
        for deduction in outcome.deductions() {
            match deduction.scope {
                Scope::Item => {}
                Scope::Category => from_groups[category_of(outcome.item)] += deduction.points,
                Scope::Total => from_total += deduction.points,
            }
        }
    }
    for (group, taken) in groups.iter_mut().zip(from_groups) {
        group.take(taken);
    }
    for category in &vetoed.categories {
        groups[*category as usize].got = Decimal::ZERO;
    }
    let mut whole = groups.iter().fold(Tally::default(), |mut whole, group| {
        whole.possible += group.possible;
        whole.got += group.got;
        whole.unchecked += group.unchecked;
        whole
    });
    whole.take(from_total);

    let full: Decimal = items.iter().map(|item| item.points).sum();
    let not_applicable: Decimal =
        items.iter().filter(|item| item.verdict == Verdict::NotApplicable).map(|item| item.points).sum();
    let lost_unchecked: Decimal = items
        .iter()
        .filter(|item| item.verdict == Verdict::NotChecked && counts(scheme, item.verdict))
        .map(|item| item.points)
        .sum();
    let full_marks = ratio(scheme.full_marks);
    let nothing_checked = !items.iter().any(|item| item.verdict.checked() && !item.points.is_zero());
    // An answer that could not be judged is never silently zero: there is no score until it is
    // put right.
    let unreadable = items.iter().any(|item| item.verdict == Verdict::Error);
    let (exact, interim) = match scheme.method {
        Method::Given => {
            let given =
                assessed.scores.iter().find(|given| given.scheme == index).and_then(|given| given.value);
            (given.map(ratio), given.map(ratio))
        }
        _ if nothing_checked || unreadable => (None, None),
        Method::Deduct => {
            let share = |of: Decimal| -> Result<Option<Ratio>, TooLarge> {
                if of.is_zero() {
                    return Ok(None);
                }
                let rate = ratio(whole.got).over(ratio(of)).ok_or(TooLarge)?;
                rate.times(full_marks).map(Some).ok_or(TooLarge)
            };
            (share(whole.possible)?, share(whole.interim())?)
        }
        Method::Weighted => {
            let sum =
                |of: &dyn Fn(&Tally) -> Decimal| weighted(manifest, &groups, from_total, full_marks, of);
            (sum(&|tally| tally.possible)?, sum(&Tally::interim)?)
        }
    };
    let score = exact.map(|exact| shown(exact, scheme.digits)).transpose()?;
    let interim = interim.map(|interim| shown(interim, scheme.digits)).transpose()?;
    let by_score = match (exact, score) {
        (Some(exact), Some(score)) => band_for(scheme, exact, score)?,
        _ => None,
    };
    let (grade, basis) = grade_for(manifest, scheme, by_score, exact.is_some(), assessed);
    Ok(SchemeScore {
        scheme: index,
        full,
        not_applicable,
        possible: whole.possible,
        deducted: whole.possible - whole.got - lost_unchecked,
        got: whole.got,
        exact,
        score,
        interim,
        grade,
        grade_by_score: by_score.map_or_else(String::new, |band| scheme.bands[band].grade.clone()),
        basis,
    })
}

/// Σ weight × (got ÷ possible × full marks) over categories. A category of which nothing is
/// possible leaves the weights, so that the rest still reach full marks (缺项折算).
fn weighted(
    manifest: &Manifest,
    groups: &[Tally],
    from_total: Decimal,
    full_marks: Ratio,
    of: &dyn Fn(&Tally) -> Decimal,
) -> Result<Option<Ratio>, TooLarge> {
    let mut sum = Ratio::ZERO;
    let mut weights = Ratio::ZERO;
    for (category, tally) in manifest.categories.iter().zip(groups) {
        let Some(weight) = category.weight else { continue };
        let possible = of(tally);
        if possible.is_zero() {
            continue;
        }
        let rate = ratio(tally.got).over(ratio(possible)).ok_or(TooLarge)?;
        let part = rate.times(full_marks).and_then(|part| part.times(ratio(weight))).ok_or(TooLarge)?;
        sum = sum.plus(part).ok_or(TooLarge)?;
        weights = weights.plus(ratio(weight)).ok_or(TooLarge)?;
    }
    if weights == Ratio::ZERO {
        return Ok(None);
    }
    let before = sum.over(weights).ok_or(TooLarge)?;
    let after = before.plus(ratio(-from_total)).ok_or(TooLarge)?;
    let below_zero = !after.at_least(Ratio::ZERO).ok_or(TooLarge)?;
    Ok(Some(if below_zero { Ratio::ZERO } else { after }))
}

/// The position of the band a score falls into: the first, from the highest, whose lower bound
/// it reaches. `None` for a scheme without bands.
fn band_for(scheme: &Scheme, exact: Ratio, score: Decimal) -> Result<Option<usize>, TooLarge> {
    let decisive = match scheme.rounding {
        Rounding::ThenGrade => ratio(score),
        Rounding::AfterGrade => exact,
    };
    for (index, band) in scheme.bands.iter().enumerate() {
        if decisive.at_least(ratio(band.lower)).ok_or(TooLarge)? {
            return Ok(Some(index));
        }
    }
    Ok(None)
}

/// The grade after rulings: a veto before a cap, a cap before the band.
fn grade_for(
    manifest: &Manifest,
    scheme: &Scheme,
    by_score: Option<usize>,
    has_score: bool,
    assessed: &Assessed,
) -> (String, GradeBasis) {
    if scheme.bands.is_empty() {
        return (String::new(), GradeBasis::None);
    }
    let veto = assessed.rulings.iter().position(|ruling| ruling.effect == Effect::Veto(Scope::Total));
    if let Some(ruling) = veto {
        return (scheme.veto_grade.clone(), GradeBasis::Veto(ruling));
    }
    let Some(band) = by_score.filter(|_| has_score) else {
        return (NOT_ASSESSED.to_owned(), GradeBasis::NotAssessed);
    };
    // Caps are positions in the bands of the main scheme; another scheme is not capped by them.
    let main = manifest.schemes.first().is_some_and(|main| main.code == scheme.code);
    let cap = (0..assessed.rulings.len())
        .filter_map(|index| match assessed.rulings[index].effect {
            Effect::Cap(at) if main && at as usize > band => Some((at as usize, index)),
            _ => None,
        })
        .max_by_key(|&(at, index)| (at, std::cmp::Reverse(index)));
    match cap {
        Some((at, ruling)) => (scheme.bands[at].grade.clone(), GradeBasis::Cap(ruling)),
        None => (scheme.bands[band].grade.clone(), GradeBasis::Band),
    }
}

/// The same number as a ratio. `Decimal` has at most 28 digits after the point, so the power of
/// ten fits.
pub fn ratio(decimal: Decimal) -> Ratio {
    Ratio::new(decimal.mantissa(), 10_i128.pow(decimal.scale())).expect("a power of ten is not zero")
}

/// Rounded half-up to `digits`, as a decimal with exactly that many.
pub fn shown(exact: Ratio, digits: u8) -> Result<Decimal, TooLarge> {
    let rounded = exact.rounded(digits).ok_or(TooLarge)?;
    Ok(Decimal::new(rounded.mantissa, u32::from(rounded.scale)))
}

#[cfg(test)]
mod tests;
