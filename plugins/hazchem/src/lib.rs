//! 危险化学品: the checklist of hazardous-chemical units, and what its table cannot say.
//! Keeps no numbers that decide a grade: those stand in `checklist.toml` and `data/`.

pub mod elements;
pub mod gb18218;

use anping_sdk::{
    Assessed, Checklist, Context, Effect, Failure, Item, Param, Reason, Ruling, Sector, Subject,
    rule_major_hazards,
};

anping_sdk::include_checklist!();

/// The sector.
pub struct Hazchem;

impl Sector for Hazchem {
    fn checklist() -> &'static Checklist {
        &CHECKLIST
    }

    fn cases() -> &'static [&'static str] {
        CASES
    }

    fn rules(_: &Context, subject: &Subject, assessed: &mut Assessed) -> Result<(), Failure> {
        if CHECKLIST.kind_index("unit") == Some(subject.kind) {
            return gb18218::identify(subject, assessed);
        }
        if CHECKLIST.kind_index("elements") == Some(subject.kind) {
            return elements::score(subject, assessed);
        }
        rule_major_hazards(&CHECKLIST, subject, assessed);
        for index in 0..assessed.outcomes.len() {
            let outcome = &assessed.outcomes[index];
            if !outcome.verdict.fails() {
                continue;
            }
            let (Some(item), Some(answer)) = (CHECKLIST.item(outcome.item), subject.answers.get(index))
            else {
                continue;
            };
            assessed.rulings.extend(hand_over(item, outcome.item, answer.evidence));
        }
        Ok(())
    }
}

anping_sdk::plugin!(Hazchem);

/// The item whose rule says 移交执法: a deduction alone does not settle it.
const HAND_OVER: &str = "HC-F11";

fn hand_over(item: &Item, index: u32, evidence: u32) -> Option<Ruling> {
    (item.code == HAND_OVER).then(|| Ruling {
        effect: Effect::Referral,
        items: vec![index],
        reason: reason("hand-over", vec![Param::Item(index)]),
        edition: None,
        evidence: vec![evidence],
    })
}

/// A sentence of this checklist.
fn reason(phrase: &str, params: Vec<Param>) -> Reason {
    let phrase = CHECKLIST.phrase_index(phrase).expect("the codes of phrases in src/ are compared by a test");
    Reason { phrase, params }
}

#[cfg(test)]
mod tests;
