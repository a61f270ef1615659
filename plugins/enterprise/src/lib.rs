//! 企业主体责任: the checklist of what an enterprise itself must do, and what its table cannot say.
//! Keeps no threshold of the law: those stand in `data/` with clause and mark.

mod thresholds;

use anping_sdk::{
    Assessed, Checklist, Context, Failure, Param, Reason, Sector, Subject, compare_records,
    rule_major_hazards,
};

anping_sdk::include_checklist!();

/// The sector.
pub struct Enterprise;

impl Sector for Enterprise {
    fn checklist() -> &'static Checklist {
        &CHECKLIST
    }

    fn cases() -> &'static [&'static str] {
        CASES
    }

    fn rules(_: &Context, subject: &Subject, assessed: &mut Assessed) -> Result<(), Failure> {
        rule_major_hazards(&CHECKLIST, subject, assessed);
        compare_records(&CHECKLIST, subject, assessed, RECORDS, "record-differs");
        thresholds::staff(subject, assessed);
        thresholds::hours(subject, assessed);
        thresholds::fee(subject, assessed)
    }
}

anping_sdk::plugin!(Enterprise);

/// A sentence of this checklist.
fn reason(phrase: &str, params: Vec<Param>) -> Reason {
    let phrase = CHECKLIST.phrase_index(phrase).expect("the golden cases ask for every phrase");
    Reason { phrase, params }
}
