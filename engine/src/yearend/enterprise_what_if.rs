//! What would raise an enterprise's score, grade or rank: each item of its check put right by itself, the
//! check scored again, and what is told beside it added. Changes nothing that is published.

use std::collections::BTreeMap;

use super::Standing;
use super::enterprises::{Rescore, standings};
use super::told::{Objected, objected, told};
use crate::model::yearend::Step;
use crate::model::yearend::enterprises::{EnterpriseInputs, EnterpriseResult, EnterpriseVeto};
use crate::model::{Assessed, Check, Decimal, Plugin, Scope, Verdict, YearEnd, YearEndRules};

/// What would help each enterprise that has a score, the most helpful first: by places, then grade, then score.
///
/// A ruling that rests on the item alone goes with it; an accident stays.
/// Shape: by result with objections, in their order. Errors: none.
pub fn what_if_enterprises(
    year_end: &YearEnd,
    rules: &YearEndRules,
    (plugins, checks): (&[Plugin], &[Check]),
    rescore: Rescore<'_>,
) -> Vec<Step> {
    let rules = &rules.enterprise;
    let results = &year_end.enterprises_after;
    let compare = |a: Standing, b: Standing| a.compare_by(b, &rules.ties, rules.without_hazards_first);
    let mut groups: BTreeMap<String, Vec<Standing>> = BTreeMap::new();
    for (class, group) in standings(results) {
        let mut group: Vec<_> = group.into_iter().map(|(_, standing)| standing).collect();
        group.sort_by(|a, b| compare(*b, *a));
        groups.insert(class, group);
    }
    let nothing = EnterpriseInputs::default();
    let mut steps = Vec::new();
    for (index, now) in results.iter().enumerate() {
        let (Some(score), Some(check)) = (now.score, now.check.map(|at| &checks[at])) else { continue };
        let manifest = &plugins[check.subject.plugin].manifest;
        let inputs = year_end.told.get(&now.enterprise).unwrap_or(&nothing);
        let known = objected(check, manifest, &inputs.objections, rescore, &mut Vec::new());
        let Some(known) = known else { continue };
        let by_accident = now.vetoes.iter().any(|veto| matches!(veto, EnterpriseVeto::Accident(..)));
        let mut of_result = Vec::new();
        for (position, changed) in put_right(&known.assessed) {
            let Some(scored) = rescore(check, &changed) else { continue };
            let Some(main) = scored.schemes.first().cloned() else { continue };
            let Some(scheme) = manifest.schemes.get(main.scheme as usize) else { continue };
            let item = &manifest.items[known.assessed.outcomes[position].item as usize];
            let points = main.got - known.main.got;
            let then = told(&Objected { assessed: changed, main, written: None }, scheme, inputs, rules);
            let Some(new_score) = then.score else { continue };
            let grade = if by_accident { now.grade.clone() } else { then.grade };
            let is_ranked = then.veto.is_none() && !by_accident;
            let rank = is_ranked.then(|| place(now, new_score, groups.get(&now.class), &compare)).flatten();
            let places = now.rank.zip(rank).map_or(0, |(now, then)| now.saturating_sub(then));
            let step = Step {
                unit: index,
                what: item.code.clone(),
                points,
                score: new_score,
                gain: new_score - score,
                grade_changes: grade != now.grade,
                grade,
                rank,
                places,
            };
            if step.helps() {
                of_result.push(step);
            }
        }
        of_result.sort_by(Step::most_helpful_first);
        steps.extend(of_result);
    }
    steps
}

/// The rank that a score would have: after all of the class that are above it.
fn place(
    now: &EnterpriseResult,
    score: Decimal,
    group: Option<&Vec<Standing>>,
    compare: &dyn Fn(Standing, Standing) -> std::cmp::Ordering,
) -> Option<u32> {
    let standing = Standing { score, rate: now.rate };
    // Nothing put right makes it worse, so its own old standing is never above the new one.
    let above = group.map_or(0, |group| group.partition_point(|other| compare(*other, standing).is_gt()));
    u32::try_from(above + 1).ok()
}

/// Each item that lost points or that a ruling rests on, with what was judged as it would be without it.
fn put_right(assessed: &Assessed) -> impl Iterator<Item = (usize, Assessed)> {
    let open = assessed.outcomes.iter().enumerate().filter(|(_, outcome)| {
        let ruled = assessed.rulings.iter().any(|ruling| ruling.items == [outcome.item]);
        ruled || outcome.deductions().iter().any(|one| !one.points.is_zero() || one.scope != Scope::Item)
    });
    open.map(|(position, outcome)| {
        let mut changed = assessed.clone();
        changed.outcomes[position].edit(|beside| beside.deductions.clear());
        if matches!(outcome.verdict, Verdict::Fail | Verdict::Partial) {
            changed.outcomes[position].verdict = Verdict::Pass;
        }
        changed.rulings.retain(|ruling| ruling.items != [outcome.item]);
        (position, changed)
    })
}
