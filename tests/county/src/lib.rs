//! The checklist that whole runs are measured with: the job of the programs that stand beside us in
//! the table. Knows no rule beside its checklist but one: an open major hazard disqualifies.

use anping_sdk::{
    Assessed, Checklist, Context, Effect, Failure, HazardLevel, Param, Reason, Ruling, Scope, Sector,
    Subject, sector::PHRASE_VETO_ITEM,
};

anping_sdk::include_checklist!();

/// The measured job.
pub struct County;

impl Sector for County {
    fn checklist() -> &'static Checklist {
        &CHECKLIST
    }

    fn cases() -> &'static [&'static str] {
        CASES
    }

    fn rules(_: &Context, subject: &Subject, assessed: &mut Assessed) -> Result<(), Failure> {
        for (answer, outcome) in subject.answers.iter().zip(&assessed.outcomes) {
            if outcome.verdict.fails() && answer.level == Some(HazardLevel::Major) {
                assessed.rulings.push(Ruling {
                    effect: Effect::Veto(Scope::Total),
                    items: vec![answer.item],
                    reason: Reason { phrase: PHRASE_VETO_ITEM, params: vec![Param::Item(answer.item)] },
                    edition: None,
                    evidence: vec![answer.evidence],
                });
            }
        }
        Ok(())
    }
}

anping_sdk::plugin!(County);
