//! The rules of a sector: a trait whose defaults judge by the checklist alone.
//! A sector overrides only what a table cannot say. Knows no wire format.

use crate::assessed::{Assessed, Deduction, Effect, Failure, Outcome, Param, Reason, Ruling};
use crate::checklist::{Charge, Checklist, Item, Scope};
use crate::exact::Decimal;
use crate::subject::{Answer, Context, Subject, Verdict};

/// The sentences every checklist starts with; `build` puts them before the sector's own.
pub const SDK_PHRASES: [(&str, &str); 2] =
    [("veto-item", "{0} 为一票否决项,检查不符合"), ("all-points", "不符合而未填扣分,按标准分 {0} 分全扣")];

/// Position of `veto-item` in every checklist.
pub const PHRASE_VETO_ITEM: u32 = 0;
/// Position of `all-points` in every checklist.
pub const PHRASE_ALL_POINTS: u32 = 1;

/// A sector: its checklist, and the rules a table cannot say.
pub trait Sector {
    /// The checklist.
    fn checklist() -> &'static Checklist;

    /// The golden cases, as text; see [`crate::case`].
    fn cases() -> &'static [&'static str] {
        &[]
    }

    /// Judges one answer. The default is [`judge_answer`].
    fn judge(item: &Item, answer: &Answer) -> Outcome {
        judge_answer(item, answer)
    }

    /// Adds what a table cannot say: rulings, indicators, hazards, notes. Called once for each
    /// subject, after all its answers were judged.
    ///
    /// Errors: a [`Failure`] spoils this subject and no other.
    fn rules(context: &Context, subject: &Subject, assessed: &mut Assessed) -> Result<(), Failure> {
        let _ = (context, subject, assessed);
        Ok(())
    }
}

/// Assesses one subject: judges each answer, rules the vetoes of the checklist, then asks
/// [`Sector::rules`].
///
/// Errors: what the sector's rules report; an answer on an item that the checklist lacks.
pub fn assess<S: Sector + ?Sized>(context: &Context, subject: &Subject) -> Result<Assessed, Failure> {
    let checklist = S::checklist();
    let mut assessed = Assessed { edition: checklist.edition_on(subject.date), ..Assessed::default() };
    assessed.outcomes.reserve_exact(subject.answers.len());
    for answer in &subject.answers {
        let item = checklist
            .item(answer.item)
            .ok_or_else(|| Failure::at("检查项序号超出检查表", answer.evidence))?;
        let outcome = S::judge(item, answer);
        if outcome.verdict.fails() {
            assessed.rulings.extend(veto(item, answer, &outcome));
        }
        assessed.outcomes.push(outcome);
    }
    S::rules(context, subject, &mut assessed)?;
    Ok(assessed)
}

/// Judges one answer by the general rule of deduction sheets:
///
/// - passed without a deduction: full points; passed *with* one: that deduction counts;
/// - failed with a number: that many points; failed without one: all points;
/// - anything else keeps its verdict and costs nothing.
///
/// Units: points, exact. What exceeds the item's points is cut off by the host (扣完为止).
pub fn judge_answer(item: &Item, answer: &Answer) -> Outcome {
    let entered = answer.number.filter(|number| number.mantissa >= 0);
    let deduction = match (answer.verdict, entered) {
        (Verdict::Pass, Some(points)) if points.is_positive() => Some(as_entered(item, points)),
        (Verdict::Partial | Verdict::Fail, Some(points)) if points.is_positive() => {
            Some(as_entered(item, points))
        }
        (Verdict::Partial | Verdict::Fail, None) => Some(all_points(item)),
        _ => None,
    };
    let fails = answer.verdict.fails() || deduction.is_some();
    let verdict = match &deduction {
        _ if !fails => answer.verdict,
        Some(deduction) if deduction.points >= item.points => Verdict::Fail,
        _ => Verdict::Partial,
    };
    Outcome { item: answer.item, verdict, deductions: deduction.into_iter().collect(), evidence: Vec::new() }
}

/// The deduction an inspector entered, with its case where the entry leaves no doubt which one
/// it is: the item has a single case, and the points are a whole number of its charges.
fn as_entered(item: &Item, points: Decimal) -> Deduction {
    let entered = Deduction { case: None, points, scope: Scope::Item, times: 1, reason: None };
    let [case] = item.cases else { return entered };
    let times = match case.charge {
        Charge::Once(charge) if charge == points => Some(1),
        Charge::Each(charge) => (1..=99).find(|&times| charge.times(times) == Some(points)),
        _ => None,
    };
    match times {
        Some(times) => Deduction { case: Some(0), scope: case.scope, times, ..entered },
        None => entered,
    }
}

fn all_points(item: &Item) -> Deduction {
    Deduction {
        case: None,
        points: item.points,
        scope: Scope::Item,
        times: 1,
        reason: Some(Reason { phrase: PHRASE_ALL_POINTS, params: vec![item.points.into()] }),
    }
}

fn veto(item: &Item, answer: &Answer, outcome: &Outcome) -> Option<Ruling> {
    let by_case = |deduction: &Deduction| {
        let case = item.cases.get(deduction.case? as usize)?;
        case.veto.then_some(Scope::Total)
    };
    let scope = item.veto.or_else(|| outcome.deductions.iter().find_map(by_case))?;
    Some(Ruling {
        effect: Effect::Veto(scope),
        items: vec![answer.item],
        reason: Reason { phrase: PHRASE_VETO_ITEM, params: vec![Param::Item(answer.item)] },
        edition: None,
        evidence: vec![answer.evidence],
    })
}
