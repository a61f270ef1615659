//! What would raise a unit's score, grade or rank: each open item put right by itself, everything
//! recomputed exactly. And the same inputs under other rules. Changes nothing that is published.

use std::collections::BTreeMap;

use super::{Objections, Standing, assess, is_ranked, result};
use crate::model::yearend::{Flip, Rate, Sense, Step, UnitInputs, UnitKind};
use crate::model::{Decimal, YearEnd, YearEndRules};

/// What would help each unit, the most helpful first: by places, then grade, then score.
///
/// Shape: by unit, in their order. Errors: none.
pub fn what_if(year_end: &YearEnd, rules: &YearEndRules) -> Vec<Step> {
    let results = assess(year_end, rules, Objections::After);
    let mut groups: BTreeMap<(UnitKind, &str), Vec<Standing>> = BTreeMap::new();
    for (unit, now) in year_end.units.iter().zip(&results) {
        let own = rules.of(unit.unit.kind);
        if let Some(score) = now.score.filter(|_| is_ranked(unit, own, now)) {
            let standing = Standing { score, rate: unit.rate };
            groups.entry((unit.unit.kind, &unit.unit.class)).or_default().push(standing);
        }
    }
    for ((kind, _), group) in &mut groups {
        group.sort_by(|a, b| b.compare(*a, rules.of(*kind)));
    }
    let mut steps = Vec::new();
    for (index, (unit, now)) in year_end.units.iter().zip(&results).enumerate() {
        let Some(score) = now.score else { continue };
        let own = rules.of(unit.unit.kind);
        let group = groups.get(&(unit.unit.kind, unit.unit.class.as_str()));
        let mut of_unit = Vec::new();
        for (what, points, changed) in changes(unit) {
            let then = result(&changed, rules, Objections::After);
            let Some(new_score) = then.score else { continue };
            let standing = Standing { score: new_score, rate: changed.rate };
            // Nothing put right makes a unit worse, so its own old standing is never above the new one.
            let rank = group.filter(|_| now.rank.is_some()).and_then(|group| {
                let above = group.partition_point(|other| other.compare(standing, own).is_gt());
                u32::try_from(above + 1).ok()
            });
            let places = now.rank.zip(rank).map_or(0, |(now, then)| now.saturating_sub(then));
            let step = Step {
                unit: index,
                what,
                points,
                score: new_score,
                gain: new_score - score,
                grade_changes: then.grade != now.grade,
                grade: then.grade,
                rank,
                places,
            };
            if step.helps() {
                of_unit.push(step);
            }
        }
        of_unit.sort_by(Step::most_helpful_first);
        steps.extend(of_unit);
    }
    steps
}

/// Each thing that is open, with the unit as it would be without it.
fn changes(unit: &UnitInputs) -> Vec<(String, Decimal, UnitInputs)> {
    let mut changes = Vec::new();
    for (index, line) in unit.verified.iter().flat_map(|sheet| sheet.lines.iter().enumerate()) {
        // What an objection gave back is not open any more.
        let back: Decimal = unit
            .objections
            .iter()
            .filter(|objection| objection.item == line.code)
            .filter_map(|objection| objection.points)
            .sum();
        let Some(lost) = line.lost().map(|lost| lost - back).filter(|lost| *lost > Decimal::ZERO) else {
            continue;
        };
        let mut changed = unit.clone();
        if let Some(sheet) = &mut changed.verified {
            let line = &mut sheet.lines[index];
            line.got = line.got.map(|got| got + lost);
            sheet.got += lost;
        }
        for objection in &mut changed.objections {
            objection.score += lost;
        }
        changes.push((line.code.clone(), lost, changed));
    }
    for (index, entry) in unit.entries.iter().enumerate() {
        if entry.sense == Sense::Bonus && entry.document.is_empty() {
            let mut changed = unit.clone();
            changed.entries[index].document = "补".to_owned();
            changes.push((format!("补依据文号:{}", entry.matter), entry.points, changed));
        }
    }
    if let Some(rate) = unit.rate.filter(|rate| rate.closed < rate.found) {
        let mut changed = unit.clone();
        changed.rate = Some(Rate { closed: rate.found, ..rate });
        changes.push((format!("未整改的{}条隐患全部整改", rate.found - rate.closed), Decimal::ZERO, changed));
    }
    changes
}

/// The same inputs under other rules: the units whose grade flips.
///
/// Shape: in the order of the units. Errors: none.
pub fn replay(year_end: &YearEnd, rules: &YearEndRules, other: &YearEndRules) -> Vec<Flip> {
    let before = assess(year_end, rules, Objections::After);
    let after = assess(year_end, other, Objections::After);
    before
        .into_iter()
        .zip(after)
        .enumerate()
        .filter(|(_, (before, after))| before.grade != after.grade)
        .map(|(unit, (before, after))| Flip { unit, before, after })
        .collect()
}
