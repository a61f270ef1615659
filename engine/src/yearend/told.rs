//! What workbooks tell of an enterprise on top of its check: objections give points back and the check is
//! scored again, bonuses and penalties are added. Finds no check and ranks nobody.

use super::enterprises::Rescore;
use super::{NOT_ASSESSED, counted_bonuses, plain};
use crate::model::text::match_key;
use crate::model::yearend::enterprises::{EnterpriseInputs, EnterpriseRules};
use crate::model::yearend::{GradeRange, Objection, Sense, exact, rounded};
use crate::model::{
    Assessed, Check, Decimal, Deduction, Effect, Evaluation, GradeBasis, Manifest, Problem, ProblemCode,
    Ratio, Rounding, Scheme, SchemeScore, Scope, Verdict,
};

/// A check's main scheme with what is told beside it.
#[derive(Debug, Clone)]
pub(super) struct Told {
    /// Score of the check, as shown.
    pub by_check: Option<Decimal>,
    /// Bonuses that count.
    pub counted: Vec<usize>,
    /// Bonuses as they count.
    pub bonus: Decimal,
    /// Penalties.
    pub penalty: Decimal,
    /// The score, as shown; none: 未评定.
    pub score: Option<Decimal>,
    /// The grade.
    pub grade: String,
    /// The ruling that is a veto: position in the check's rulings.
    pub veto: Option<usize>,
    /// Self-assessment, exact.
    pub own: Option<Ratio>,
    /// Self-assessment less score, as shown.
    pub gap: Option<Decimal>,
}

/// What objections make of a check.
pub(super) struct Objected {
    /// What was judged, with the points given back.
    pub assessed: Assessed,
    /// Its main scheme.
    pub main: SchemeScore,
    /// A score that holds as it is written; none: what was scored holds.
    pub written: Option<Decimal>,
}

/// The main scheme of a check without objections; none where it has none.
pub(super) fn plain_check(check: &Check) -> Option<Objected> {
    let Evaluation::Assessed(assessed) = &check.evaluation else { return None };
    let main = check.scored.as_ref()?.schemes.first()?.clone();
    Some(Objected { assessed: assessed.clone(), main, written: None })
}

/// Gives back what decided objections say, one after another, each scored again.
///
/// A new score may be written as points of the sheet or on the scale of the full marks; where it is neither
/// the old one with the points given back, it holds as it is written. An objection to an item that the
/// check lacks, or to more than the item lost, changes nothing.
/// Errors: none; what does not fit is a problem.
pub(super) fn objected(
    check: &Check,
    manifest: &Manifest,
    objections: &[Objection],
    rescore: Rescore<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Objected> {
    let mut known = plain_check(check)?;
    let digits = manifest.schemes.get(known.main.scheme as usize)?.digits;
    for objection in objections {
        let mut next = known.assessed.clone();
        let points = objection.points.unwrap_or_default();
        let refused = match give_back(&mut next, manifest, check, &objection.item, points) {
            Ok(()) => None,
            Err(expected) => Some((ProblemCode::ObjectionUnclear, expected)),
        };
        let scored = rescore(check, &next).filter(|_| refused.is_none());
        let main = scored.and_then(|scored| scored.schemes.into_iter().next());
        let mut told = refused;
        if let Some(main) = main {
            let fits = objection.points.is_some()
                && (objection.score == main.got || main.score == Some(objection.score));
            if !fits {
                let shown = main.score.map_or_else(|| NOT_ASSESSED.to_owned(), plain);
                let expected =
                    format!("{}+{}={},得分{shown}", plain(known.main.got), plain(points), plain(main.got));
                told = Some((ProblemCode::ObjectionMismatch, expected));
            }
            let written = rounded(exact(objection.score)?, digits);
            known = Objected { assessed: next, main, written: written.filter(|_| !fits) };
        }
        if let Some((code, expected)) = told {
            let problem = Problem::new(code, objection.at).found(plain(objection.score));
            problems.push(problem.arg(expected).note(&objection.item));
        }
    }
    Some(known)
}

/// Gives points of an item back. Errors: what would be right, where the check has no such item or it lost less.
fn give_back(
    assessed: &mut Assessed,
    manifest: &Manifest,
    check: &Check,
    item: &str,
    points: Decimal,
) -> Result<(), String> {
    let absent = || format!("检查表中没有 {item}");
    let is_item = |at: u32| match_key(&manifest.items[at as usize].code).to_uppercase() == item;
    let position = assessed.outcomes.iter().position(|outcome| is_item(outcome.item)).ok_or_else(absent)?;
    // What is left of the item's deductions after earlier objections, cut off as the score does.
    let first = check.scored.as_ref().and_then(|scored| scored.items.get(position)).ok_or_else(absent)?;
    let outcome = &mut assessed.outcomes[position];
    let own = |deduction: &&Deduction| deduction.scope == Scope::Item;
    let sum: Decimal = outcome.deductions().iter().filter(own).map(|deduction| deduction.points).sum();
    let lost = sum.min(first.deducted);
    if points > lost {
        return Err(format!("{item} 只扣了{}分", plain(lost)));
    }
    let left = lost - points;
    outcome.edit(|beside| {
        let list = &mut beside.deductions;
        list.retain(|deduction| deduction.scope != Scope::Item);
        if !left.is_zero() {
            list.push(Deduction { case: None, points: left, scope: Scope::Item, times: 1, reason: None });
        }
    });
    if outcome.deductions().is_empty() && outcome.verdict == Verdict::Fail {
        outcome.verdict = Verdict::Pass;
    }
    Ok(())
}

/// Adds bonuses and penalties, and grades what comes out as the checklist does.
pub(super) fn told(
    objected: &Objected,
    scheme: &Scheme,
    inputs: &EnterpriseInputs,
    rules: &EnterpriseRules,
) -> Told {
    let main = &objected.main;
    let by_check = objected.written.or(main.score);
    let sum = |sense: Sense, counts: &dyn Fn(usize) -> bool| -> Decimal {
        let entries = inputs.entries.iter().enumerate();
        entries.filter(|(at, entry)| entry.sense == sense && counts(*at)).map(|(_, entry)| entry.points).sum()
    };
    let (counted, bonus, penalty) = match rules.bonus_cap {
        None => (Vec::new(), Decimal::ZERO, Decimal::ZERO),
        Some(cap) => {
            let counted = counted_bonuses(&inputs.entries);
            let bonus = sum(Sense::Bonus, &|at| counted.contains(&at)).min(cap);
            (counted.into_iter().collect(), bonus, sum(Sense::Penalty, &|_| true))
        }
    };
    let base = match objected.written {
        Some(written) => exact(written),
        None => main.exact,
    };
    let changed = objected.written.is_some() || !bonus.is_zero() || !penalty.is_zero();
    let total = base.filter(|_| main.score.is_some()).and_then(|base| {
        let total = base.plus(exact(bonus)?)?.plus(exact(-penalty)?)?;
        if total.at_least(Ratio::ZERO)? { Some(total) } else { Some(Ratio::ZERO) }
    });
    // What nothing was added to is as the check has it.
    let score = if changed { total.and_then(|total| rounded(total, scheme.digits)) } else { main.score };
    let grade = match (changed, score.zip(total)) {
        (_, Some((score, _))) if !rules.bands.is_empty() => {
            local_grade(&objected.assessed, main, scheme, &rules.bands, score)
        }
        (true, Some((score, total))) => grade_of(&objected.assessed, main, scheme, score, total),
        _ if main.grade.is_empty() => NOT_ASSESSED.to_owned(),
        _ => main.grade.clone(),
    };
    let own = inputs
        .own
        .as_ref()
        .and_then(|sheet| exact(sheet.got)?.over(exact(sheet.possible)?)?.times(exact(scheme.full_marks)?));
    let gap = own.zip(score).and_then(|(own, score)| own.plus(exact(-score)?));
    let veto = match main.basis {
        GradeBasis::Veto(ruling) => Some(ruling),
        _ => None,
    };
    let gap = gap.and_then(|gap| rounded(gap, scheme.digits));
    Told { by_check, counted, bonus, penalty, score, grade, veto, own, gap }
}

/// The grade by the locality's lines: vetoes and caps of the check hold, caps by the name of their grade.
fn local_grade(
    assessed: &Assessed,
    main: &SchemeScore,
    scheme: &Scheme,
    bands: &[GradeRange],
    score: Decimal,
) -> String {
    if matches!(main.basis, GradeBasis::Veto(_) | GradeBasis::NotAssessed) {
        return main.grade.clone();
    }
    let Some(band) = bands.iter().position(|band| band.holds(score)) else { return NOT_ASSESSED.to_owned() };
    let caps = assessed.rulings.iter().filter_map(|ruling| match ruling.effect {
        Effect::Cap(at) => {
            let cap = scheme.bands.get(at as usize)?;
            bands.iter().position(|band| band.grade == cap.grade)
        }
        _ => None,
    });
    bands[caps.fold(band, usize::max)].grade.clone()
}

/// The grade of a score that is not the check's own: vetoes and caps of the check hold.
fn grade_of(
    assessed: &Assessed,
    main: &SchemeScore,
    scheme: &Scheme,
    score: Decimal,
    total: Ratio,
) -> String {
    if scheme.bands.is_empty() || matches!(main.basis, GradeBasis::Veto(_) | GradeBasis::NotAssessed) {
        return main.grade.clone();
    }
    let reaches = |lower: Decimal| match scheme.rounding {
        Rounding::ThenGrade => score >= lower,
        Rounding::AfterGrade => exact(lower).and_then(|lower| total.at_least(lower)) == Some(true),
    };
    let Some(band) = scheme.bands.iter().position(|band| reaches(band.lower)) else {
        return NOT_ASSESSED.to_owned();
    };
    let caps = assessed.rulings.iter().filter_map(|ruling| match ruling.effect {
        Effect::Cap(at) => Some(at as usize),
        _ => None,
    });
    let band = caps.fold(band, usize::max).min(scheme.bands.len() - 1);
    scheme.bands[band].grade.clone()
}
