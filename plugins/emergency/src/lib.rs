//! 应急管理: the checklist of plans, drills, teams and reports, and what its table cannot say.
//! Keeps no numbers: those stand in `checklist.toml`.

use anping_sdk::{
    Assessed, Checklist, Context, Decimal, Effect, Failure, Note, Param, Reason, Ruling, Scope, Sector,
    Subject, compare_records,
};

anping_sdk::include_checklist!();

/// The sector.
pub struct Emergency;

/// The item that a hidden accident vetoes and a late report does not.
const REPORTS: &str = "EM-D2";

impl Sector for Emergency {
    fn checklist() -> &'static Checklist {
        &CHECKLIST
    }

    fn cases() -> &'static [&'static str] {
        CASES
    }

    fn rules(_: &Context, subject: &Subject, assessed: &mut Assessed) -> Result<(), Failure> {
        compare_records(&CHECKLIST, subject, assessed, RECORDS, "record-differs");
        for (answer, outcome) in subject.answers.iter().zip(&assessed.outcomes) {
            let Some(item) = CHECKLIST.item(answer.item).filter(|item| item.code == REPORTS) else {
                continue;
            };
            if !outcome.verdict.fails() {
                continue;
            }
            let lost = outcome.points_taken().unwrap_or(Decimal::ZERO);
            let evidence = vec![answer.evidence];
            if lost >= item.points {
                assessed.rulings.push(Ruling {
                    effect: Effect::Veto(Scope::Total),
                    items: vec![answer.item],
                    reason: Reason {
                        phrase: anping_sdk::sector::PHRASE_VETO_ITEM,
                        params: vec![Param::Item(answer.item)],
                    },
                    edition: None,
                    evidence,
                });
            } else {
                let phrase = CHECKLIST.phrase_index("late-or-hidden").expect("a golden case asks for it");
                let reason = Reason { phrase, params: vec![Param::Item(answer.item), lost.into()] };
                assessed.notes.push(Note { reason, item: Some(answer.item), evidence });
            }
        }
        Ok(())
    }
}

anping_sdk::plugin!(Emergency);
