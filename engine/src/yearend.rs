//! The year-end assessment: final scores, grades, vetoes and ranks of villages and departments.
//! Pure arithmetic on what is known of each unit (`yearend/inputs.rs` reads it from tables) by rules
//! that are data (`yearend/rules.rs`). Reads no file and knows no report.
//!
//! A final score is exact until the end and rounded once, half-up. Grades and ranks go by the rounded
//! score; a veto leaves the score for information and takes the rank.

mod controls;
mod enterprise_what_if;
mod enterprises;
mod inputs;
mod judged;
mod ladder;
mod rules;
mod told;
mod what_if;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

pub use controls::read_controls;
pub use enterprise_what_if::what_if_enterprises;
pub use enterprises::{Rescore, rank_enterprises};
pub use inputs::{read, with_rates, year_of};
pub use judged::take_scores;
pub use ladder::{climb, take_reviews};
pub use rules::{RulesFault, built_in_rules, read_rules};
pub use what_if::{replay, what_if};

use crate::model::text::match_key;
use crate::model::yearend::{
    Entry, Objection, Rate, Sense, Sheet, Tie, UnitInputs, UnitResult, UnitRules, exact, rounded,
};
use crate::model::{Decimal, Problem, ProblemCode, Ratio, YearEnd, YearEndRules};

/// The grade of a unit without a final score.
pub const NOT_ASSESSED: &str = "未评定";

/// Whether decided objections are taken into account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Objections {
    /// No: the first result.
    Before,
    /// Yes: the re-issue.
    After,
}

/// Assesses all units.
///
/// Shape: one result for each unit, in their order.
/// Units: points on the scale of the rules' full marks.
/// Errors: none; a unit of which something is missing has no score and says 未评定.
/// Source: SEMANTICS of the town's 考核办法, as `templates/yearend/yearend.toml` has it.
pub fn assess(year_end: &YearEnd, rules: &YearEndRules, objections: Objections) -> Vec<UnitResult> {
    let mut results: Vec<_> = year_end.units.iter().map(|unit| result(unit, rules, objections)).collect();
    rank(year_end, rules, &mut results);
    results
}

/// The result of one unit but for its rank.
fn result(unit: &UnitInputs, rules: &YearEndRules, objections: Objections) -> UnitResult {
    let own_rules = rules.of(unit.unit.kind);
    let counted = counted_bonuses(&unit.entries);
    let sum = |sense: Sense, counts: &dyn Fn(usize) -> bool| -> Decimal {
        let entries = unit.entries.iter().enumerate();
        entries.filter(|(index, entry)| entry.sense == sense && counts(*index)).map(|(_, e)| e.points).sum()
    };
    let (bonus_raw, bonus, penalty) = match own_rules.bonus_cap {
        None => (Decimal::ZERO, Decimal::ZERO, Decimal::ZERO),
        Some(cap) => {
            let raw = sum(Sense::Bonus, &|index| counted.contains(&index));
            (raw, raw.min(cap), sum(Sense::Penalty, &|_| true))
        }
    };
    let quarter_mean = mean(unit);
    let verified = verified(unit, own_rules, objections);
    let year_end = verified.map(|(_, score)| score);
    let exact_final = final_score(own_rules, quarter_mean, year_end, bonus, penalty);
    let score = exact_final.and_then(|exact| rounded(exact, own_rules.digits));
    let grade_by_score = score.map_or_else(String::new, |score| grade_of(own_rules, score));
    let vetoes: Vec<usize> = own_rules.veto.as_ref().map_or_else(Vec::new, |veto| {
        let disqualifies =
            |accident: &crate::model::yearend::Accident| accident.liability && accident.deaths >= veto.deaths;
        let accidents = unit.accidents.iter().enumerate();
        accidents.filter(|(_, accident)| disqualifies(accident)).map(|(index, _)| index).collect()
    });
    let breaches: Vec<usize> = own_rules.control_veto.as_ref().map_or_else(Vec::new, |veto| {
        let breaches = unit.breaches.iter().enumerate();
        breaches.filter(|(_, one)| veto.measures.contains(&one.measure)).map(|(index, _)| index).collect()
    });
    let grade = match (&own_rules.veto, &own_rules.control_veto, score) {
        (Some(veto), _, _) if !vetoes.is_empty() => veto.grade.clone(),
        (_, Some(veto), _) if !breaches.is_empty() => veto.grade.clone(),
        (_, _, Some(_)) => grade_by_score.clone(),
        (_, _, None) => NOT_ASSESSED.to_owned(),
    };
    let own = unit.own.as_ref().and_then(|sheet| on_scale(own_rules, sheet.got, sheet.possible));
    let gap_exact = own.zip(score).and_then(|(own, score)| own.plus(exact(-score)?));
    let gap = gap_exact.and_then(|gap| rounded(gap, own_rules.digits));
    UnitResult {
        quarter_mean,
        got: verified.map(|(got, _)| got),
        year_end,
        counted: counted.into_iter().collect(),
        bonus_raw,
        bonus,
        penalty,
        exact: exact_final,
        score,
        grade,
        grade_by_score,
        vetoes,
        breaches,
        own,
        gap,
        gap_flagged: gap.is_some_and(|gap| gap.abs() >= rules.self_gap),
        rank: None,
        rank_without_breaker: None,
    }
}

/// Positions of the bonuses that count: those with a document; of one matter the highest, the first
/// of equals.
fn counted_bonuses(entries: &[Entry]) -> BTreeSet<usize> {
    let mut best: BTreeMap<String, usize> = BTreeMap::new();
    for (index, entry) in entries.iter().enumerate() {
        if entry.sense != Sense::Bonus || entry.document.is_empty() {
            continue;
        }
        let known = best.entry(match_key(&entry.matter)).or_insert(index);
        if entry.points > entries[*known].points {
            *known = index;
        }
    }
    best.into_values().collect()
}

/// The mean of the quarters; none where there is none, or where one of them lacks.
fn mean(unit: &UnitInputs) -> Option<Ratio> {
    let sum = unit.quarters.iter().try_fold(Ratio::ZERO, |sum, quarter| sum.plus(exact(quarter.score?)?))?;
    sum.over(Ratio::whole(i128::try_from(unit.quarters.len()).ok()?))
}

/// Points earned of points possible, on the scale of the full marks (缺项折算).
fn on_scale(rules: &UnitRules, got: Decimal, possible: Decimal) -> Option<Ratio> {
    exact(got)?.over(exact(possible)?)?.times(exact(rules.full)?)
}

/// Points earned and possible on the verified sheet, and its score.
fn verified(
    unit: &UnitInputs,
    rules: &UnitRules,
    objections: Objections,
) -> Option<((Decimal, Decimal), Ratio)> {
    let sheet = unit.verified.as_ref()?;
    let mut got = sheet.got;
    let mut score = on_scale(rules, got, sheet.possible)?;
    if objections == Objections::After {
        for objection in &unit.objections {
            (got, score) = adjusted(rules, sheet, got, objection)?;
        }
    }
    Some(((got, sheet.possible), score))
}

/// What an objection makes of the points earned. The new score may be written as points of the sheet or
/// on the scale of the full marks; where it is neither the old score with the points given back, it
/// holds as it is written.
fn adjusted(
    rules: &UnitRules,
    sheet: &Sheet,
    got: Decimal,
    objection: &Objection,
) -> Option<(Decimal, Ratio)> {
    let next = got.checked_add(objection.points.unwrap_or_default())?;
    let score = on_scale(rules, next, sheet.possible)?;
    let agrees = objection.points.is_some()
        && (objection.score == next || rounded(score, rules.digits) == Some(objection.score));
    if agrees {
        return Some((next, score));
    }
    if sheet.possible == rules.full {
        return Some((objection.score, exact(objection.score)?));
    }
    Some((next, exact(objection.score)?))
}

/// The final score before it is rounded. Never below 0, nor above the rules' highest.
fn final_score(
    rules: &UnitRules,
    quarters: Option<Ratio>,
    year_end: Option<Ratio>,
    bonus: Decimal,
    penalty: Decimal,
) -> Option<Ratio> {
    let part = |weight: Decimal, of: Option<Ratio>| {
        if weight.is_zero() { Some(Ratio::ZERO) } else { of?.times(exact(weight)?) }
    };
    let sum = part(rules.quarters, quarters)?
        .plus(part(rules.year_end, year_end)?)?
        .plus(exact(bonus)?)?
        .plus(exact(-penalty)?)?;
    let sum = if sum.at_least(Ratio::ZERO)? { sum } else { Ratio::ZERO };
    match rules.final_cap {
        Some(cap) if sum.at_least(exact(cap)?)? => exact(cap),
        _ => Some(sum),
    }
}

/// The grade of a rounded score; 未评定 where the bands leave it out, which the health check refuses.
fn grade_of(rules: &UnitRules, score: Decimal) -> String {
    let band = rules.bands.iter().find(|band| band.holds(score));
    band.map_or_else(|| NOT_ASSESSED.to_owned(), |band| band.grade.clone())
}

/// By what a unit is ranked: the higher first.
#[derive(Debug, Clone, Copy)]
struct Standing {
    score: Decimal,
    rate: Option<Rate>,
}

impl Standing {
    fn compare(self, other: Self, rules: &UnitRules) -> Ordering {
        self.compare_by(other, &rules.ties, rules.without_hazards_first)
    }

    fn compare_by(self, other: Self, ties: &[Tie], without_hazards_first: bool) -> Ordering {
        let mut order = self.score.cmp(&other.score);
        for tie in ties {
            order = order.then_with(|| match tie {
                Tie::Rectification => compare_rates(self.rate, other.rate, without_hazards_first),
            });
        }
        order
    }
}

/// Ranks of a group, the highest first; equals share a rank and the next is skipped.
///
/// Shape: position, rank, and the rank if nothing ordered equal scores; by rank.
fn ranks(
    mut group: Vec<(usize, Standing)>,
    ties: &[Tie],
    without_hazards_first: bool,
) -> Vec<(usize, Option<u32>, Option<u32>)> {
    let compare = |a: Standing, b: Standing| a.compare_by(b, ties, without_hazards_first);
    group.sort_by(|(_, a), (_, b)| compare(*b, *a));
    let (mut shared, mut shared_score) = (0, 0);
    let rank = |position: usize| u32::try_from(position + 1).ok();
    let mut ranked = Vec::with_capacity(group.len());
    for position in 0..group.len() {
        let (index, standing) = group[position];
        let before = position.checked_sub(1).map(|before| group[before].1);
        if before.is_none_or(|before| compare(before, standing) != Ordering::Equal) {
            shared = position;
        }
        if before.is_none_or(|before| before.score != standing.score) {
            shared_score = position;
        }
        ranked.push((index, rank(shared), rank(shared_score)));
    }
    ranked
}

/// Rates exactly; a unit without hazards, or without a ledger, as the rules say.
fn compare_rates(one: Option<Rate>, other: Option<Rate>, without_hazards_first: bool) -> Ordering {
    let found = |rate: Option<Rate>| rate.filter(|rate| rate.found > 0);
    match (found(one), found(other)) {
        (Some(one), Some(other)) => one.compare(other).unwrap_or(Ordering::Equal),
        (None, None) => Ordering::Equal,
        (None, Some(_)) if without_hazards_first => Ordering::Greater,
        (Some(_), None) if !without_hazards_first => Ordering::Greater,
        _ => Ordering::Less,
    }
}

/// Whether a unit takes part in the ranking.
fn is_ranked(unit: &UnitInputs, rules: &UnitRules, result: &UnitResult) -> bool {
    let in_class = rules.classes.is_empty() || rules.classes.contains(&unit.unit.class);
    in_class && !result.is_vetoed() && result.score.is_some()
}

/// Ranks within kind and class; equals share a rank and the next is skipped.
fn rank(year_end: &YearEnd, rules: &YearEndRules, results: &mut [UnitResult]) {
    let mut groups: BTreeMap<_, Vec<(usize, Standing)>> = BTreeMap::new();
    for (index, (unit, result)) in year_end.units.iter().zip(&*results).enumerate() {
        let own = rules.of(unit.unit.kind);
        let Some(score) = result.score.filter(|_| is_ranked(unit, own, result)) else { continue };
        let group = groups.entry((unit.unit.kind, unit.unit.class.as_str())).or_default();
        group.push((index, Standing { score, rate: unit.rate }));
    }
    for ((kind, _), group) in groups {
        let own = rules.of(kind);
        for (index, rank, shared) in ranks(group, &own.ties, own.without_hazards_first) {
            results[index].rank = rank;
            results[index].rank_without_breaker = shared;
        }
    }
}

/// What is odd about bonuses, accidents and objections, at their cells.
///
/// Shape: by unit, in their order. Errors: none.
pub fn check(year_end: &YearEnd, rules: &YearEndRules) -> Vec<Problem> {
    let mut problems = Vec::new();
    for unit in &year_end.units {
        let own = rules.of(unit.unit.kind);
        check_entries(&unit.entries, &unit.unit.name, own.bonus_cap, &mut problems);
        check_accidents(unit, own, &mut problems);
        check_objections(unit, own, &mut problems);
    }
    problems
}

fn check_entries(entries: &[Entry], name: &str, cap: Option<Decimal>, problems: &mut Vec<Problem>) {
    let Some(cap) = cap else { return };
    let counted = counted_bonuses(entries);
    let mut sum = Decimal::ZERO;
    for (index, entry) in entries.iter().enumerate().filter(|(_, entry)| entry.sense == Sense::Bonus) {
        if entry.document.is_empty() {
            problems.push(Problem::new(ProblemCode::BonusNoEvidence, entry.document_at).note(&entry.matter));
        } else if counted.contains(&index) {
            sum += entry.points;
        } else {
            problems.push(
                Problem::new(ProblemCode::BonusDuplicate, entry.at)
                    .found(plain(entry.points))
                    .note(&entry.matter),
            );
        }
    }
    let last = entries.iter().enumerate().rev().find(|(index, _)| counted.contains(index));
    if let Some((_, last)) = last.filter(|_| sum > cap) {
        problems
            .push(Problem::new(ProblemCode::BonusCap, last.at).found(plain(sum)).arg(plain(cap)).note(name));
    }
}

fn check_accidents(unit: &UnitInputs, rules: &UnitRules, problems: &mut Vec<Problem>) {
    let Some(veto) = rules.veto.as_ref().filter(|veto| !veto.item.is_empty()) else { return };
    let Some(sheet) = &unit.verified else { return };
    let Some(line) = sheet.lines.iter().find(|line| line.code == veto.item) else { return };
    let deaths: Vec<_> = unit.accidents.iter().filter(|accident| accident.deaths > 0).collect();
    if !deaths.is_empty() && line.lost().is_none_or(|lost| lost.is_zero()) {
        let shown: Vec<_> = deaths.iter().map(|accident| accident.shown().replace(' ', "")).collect();
        problems.push(
            Problem::new(ProblemCode::CrossAccident, line.got_at)
                .found(format!("{}未扣分", line.code))
                .arg(shown.join("、"))
                .note("否决按事故台账认定"),
        );
    }
}

fn check_objections(unit: &UnitInputs, rules: &UnitRules, problems: &mut Vec<Problem>) {
    let Some(sheet) = &unit.verified else { return };
    let mut got = sheet.got;
    let mut given_back: BTreeMap<&str, Decimal> = BTreeMap::new();
    for objection in &unit.objections {
        let back = given_back.entry(&objection.item).or_default();
        *back += objection.points.unwrap_or_default();
        let lost = sheet.lines.iter().find(|line| line.code == objection.item).and_then(|line| line.lost());
        let next = got + objection.points.unwrap_or_default();
        let expected = match (objection.points, lost) {
            (None, _) => Some("填写调整分值".to_owned()),
            (_, None) => Some(format!("核查表中没有 {} 或该项为缺项", objection.item)),
            (_, Some(lost)) if *back > lost => Some(format!("{} 只扣了{}分", objection.item, plain(lost))),
            _ => {
                let score = on_scale(rules, next, sheet.possible);
                let fits = objection.score == next
                    || score.and_then(|score| rounded(score, rules.digits)) == Some(objection.score);
                (!fits).then(|| format!("{}+{}={}", plain(got), plain(next - got), plain(next)))
            }
        };
        if let Some(expected) = expected {
            problems.push(
                Problem::new(ProblemCode::ObjectionMismatch, objection.at)
                    .found(plain(objection.score))
                    .arg(expected)
                    .note(&objection.item),
            );
        }
        got = adjusted(rules, sheet, got, objection).map_or(got, |(got, _)| got);
    }
}

/// A number as a sentence shows it.
fn plain(number: Decimal) -> String {
    number.normalize().to_string()
}

#[cfg(test)]
mod tests;
