//! Scores with additions and penalties (加减分): what the items give, and so much for each of a
//! number of things, each and all together with a bound.
//! Only for a main scheme whose score the plugin gives; the second scheme is the items' own score,
//! which the host computes, so that a reader can compare.

use anping_sdk::definition::Definition;
use anping_sdk::{
    Assessed, Checklist, Decimal, Failure, Method, NamedScore, Outcome, Ratio, Reason, Scheme, Scope,
    Subject, Unchecked, Value, Verdict,
};

/// The phrases of the working: the items' own score; one addition or penalty.
const BASE: &str = "bonus-base";
const STEP: &str = "bonus-step";

/// Gives the main score where it is the plugin's to give.
///
/// Units: points on the scale of the scheme, exact until rounded once to its digits; at least 0,
/// and without an upper bound but that of the additions.
/// Errors: a number of things that is no number, or numbers too large to be exact.
pub fn score(
    definition: &Definition,
    checklist: &Checklist,
    subject: &Subject,
    assessed: &mut Assessed,
) -> Result<(), Failure> {
    let Some(scheme) = checklist.schemes.first().filter(|scheme| scheme.method == Method::Given) else {
        return Ok(());
    };
    let too_large = || Failure::new("分数超出可精确计算的范围");
    let is_checked = |outcome: &Outcome| outcome.verdict == Verdict::Pass || outcome.verdict.fails();
    let counts_at_all = assessed.outcomes.iter().any(is_checked)
        && !assessed.outcomes.iter().any(|outcome| outcome.verdict == Verdict::Error);
    let base = if counts_at_all { base(scheme, checklist, assessed).ok_or_else(too_large)? } else { None };
    let Some(base) = base else {
        assessed.scores.push(NamedScore { scheme: 0, value: None, working: Vec::new() });
        return Ok(());
    };
    let phrase = |code| checklist.phrase_index(code).unwrap_or_default();
    let shown = base.rounded(scheme.digits).ok_or_else(too_large)?;
    let mut working = vec![Reason { phrase: phrase(BASE), params: vec![shown.into()] }];
    let (mut added, mut taken) = (Ratio::ZERO, Ratio::ZERO);
    for bonus in &definition.bonuses {
        let Some(known) = subject.known(checklist, &bonus.fact) else { continue };
        let title = checklist.facts.iter().find(|fact| fact.code == bonus.fact).map_or("", |fact| fact.title);
        let times = match &known.value {
            Value::Absent => continue,
            Value::Number(times) if times.mantissa >= 0 => times,
            _ => return Err(Failure::at(format!("{title}不是0以上的数"), known.evidence)),
        };
        let each = Decimal::parse(&bonus.each).unwrap_or(Decimal::ZERO);
        let mut points = each.ratio().times(times.ratio()).ok_or_else(too_large)?;
        if let Some(limit) = bonus.limit.as_deref().and_then(Decimal::parse) {
            points = least(points, limit.ratio()).ok_or_else(too_large)?;
        }
        let sum = if bonus.takes { &mut taken } else { &mut added };
        *sum = sum.plus(points).ok_or_else(too_large)?;
        let sign = if bonus.takes { "减" } else { "加" };
        let points = points.rounded(scheme.digits.max(2)).ok_or_else(too_large)?;
        let params = vec![title.into(), (*times).into(), sign.into(), points.into()];
        working.push(Reason { phrase: phrase(STEP), params });
    }
    if let Some(limit) = definition.bonus_limit.as_deref().and_then(Decimal::parse) {
        added = least(added, limit.ratio()).ok_or_else(too_large)?;
    }
    let minus = taken.times(Ratio::whole(-1)).ok_or_else(too_large)?;
    let total = base.plus(added).and_then(|sum| sum.plus(minus)).ok_or_else(too_large)?;
    let is_below = !total.at_least(Ratio::ZERO).ok_or_else(too_large)?;
    let total = if is_below { Ratio::ZERO } else { total };
    let value = Some(total.rounded(scheme.digits).ok_or_else(too_large)?);
    assessed.scores.push(NamedScore { scheme: 0, value, working });
    Ok(())
}

fn least(one: Ratio, other: Ratio) -> Option<Ratio> {
    Some(if one.at_least(other)? { other } else { one })
}

/// What the items give: got ÷ possible × full marks, as the host computes it for `deduct`.
///
/// Errors: outer `None` when a number does not fit; inner where nothing is possible.
fn base(scheme: &Scheme, checklist: &Checklist, assessed: &Assessed) -> Option<Option<Ratio>> {
    let (mut got, mut possible) = (Ratio::ZERO, Ratio::ZERO);
    for (category, _) in (0..).zip(checklist.categories) {
        let of =
            assessed.outcomes.iter().filter_map(|outcome| Some((outcome, checklist.item(outcome.item)?)));
        let of: Vec<_> = of.filter(|(_, item)| item.category == category).collect();
        let is_vetoed = |scope: Scope, items: &dyn Fn(u32) -> bool| {
            let vetoes = assessed.rulings.iter().filter(|r| r.effect == anping_sdk::Effect::Veto(scope));
            vetoes.flat_map(|ruling| &ruling.items).any(|item| items(*item))
        };
        let mut left = Ratio::ZERO;
        for (outcome, item) in &of {
            let counts = match outcome.verdict {
                Verdict::Pass | Verdict::Partial | Verdict::Fail | Verdict::Error => true,
                Verdict::NotChecked => scheme.unchecked == Unchecked::Zero,
                Verdict::NotApplicable => !scheme.convert_not_applicable,
                _ => false,
            };
            if !counts || !item.scored {
                continue;
            }
            let points = item.points.ratio();
            possible = possible.plus(points)?;
            let earns = matches!(
                outcome.verdict,
                Verdict::Pass | Verdict::Partial | Verdict::Fail | Verdict::NotApplicable
            );
            if earns && !is_vetoed(Scope::Item, &|vetoed| vetoed == outcome.item) {
                let taken = own(item, outcome)?;
                left = left.plus(remainder(points, taken)?)?;
            }
        }
        left = remainder(left, sum(of.iter().map(|(outcome, _)| *outcome), Scope::Category)?)?;
        if !is_vetoed(Scope::Category, &|item| {
            checklist.item(item).is_some_and(|item| item.category == category)
        }) {
            got = got.plus(left)?;
        }
    }
    got = remainder(got, sum(assessed.outcomes.iter(), Scope::Total)?)?;
    if possible == Ratio::ZERO {
        return Some(None);
    }
    Some(Some(got.over(possible)?.times(scheme.full_marks.ratio())?))
}

/// Points taken on the item's own scope, for each case at most its limit.
fn own(item: &anping_sdk::Item, outcome: &Outcome) -> Option<Ratio> {
    let mut taken = Ratio::ZERO;
    for deduction in outcome.deductions().filter(|deduction| deduction.scope == Scope::Item) {
        let limit = deduction.case.and_then(|case| item.cases.get(case as usize)?.limit);
        let points = deduction.points.ratio();
        let points = limit.map_or(Some(points), |limit| least(points, limit.ratio()))?;
        taken = taken.plus(points)?;
    }
    Some(taken)
}

fn sum<'a>(outcomes: impl Iterator<Item = &'a Outcome>, scope: Scope) -> Option<Ratio> {
    let deductions =
        outcomes.flat_map(|outcome| outcome.deductions()).filter(|deduction| deduction.scope == scope);
    deductions.map(|deduction| deduction.points.ratio()).try_fold(Ratio::ZERO, Ratio::plus)
}

/// What is left of `points`, never below zero.
fn remainder(points: Ratio, taken: Ratio) -> Option<Ratio> {
    if taken.at_least(points)? {
        return Some(Ratio::ZERO);
    }
    points.plus(taken.times(Ratio::whole(-1))?)
}
