//! 烟花爆竹: the checklist of those who make, store and sell fireworks, and the rules beside it.
//! Knows no numbers of its own: points stand in `checklist.toml`, limits of the law in `data/`,
//! the stock a licence allows comes with the subject.

pub mod measure;
pub mod review;
pub mod stock;

use anping_sdk::{Assessed, Checklist, Context, Failure, Outcome, Sector, Subject, rule_major_hazards};

anping_sdk::include_checklist!();

/// 烟花爆竹.
pub struct Fireworks;

impl Sector for Fireworks {
    fn checklist() -> &'static Checklist {
        &CHECKLIST
    }

    fn cases() -> &'static [&'static str] {
        CASES
    }

    fn rules(_: &Context, subject: &Subject, assessed: &mut Assessed) -> Result<(), Failure> {
        if CHECKLIST.kind_index("review") == Some(subject.kind) {
            return review::score(subject, assessed);
        }
        rule_major_hazards(&CHECKLIST, subject, assessed);
        stock::check(subject, assessed);
        measure::check(subject, assessed);
        Ok(())
    }
}

anping_sdk::plugin!(Fireworks);

/// The outcome of an item with the evidence of its answer; `None` when it is not on the sheet.
fn outcome_of<'a>(subject: &Subject, assessed: &'a Assessed, item: u32) -> Option<(&'a Outcome, u32)> {
    let index = subject.answers.iter().position(|answer| answer.item == item)?;
    Some((assessed.outcomes.get(index)?, subject.answers[index].evidence))
}

/// The position of a code that this crate itself wrote into its checklist.
fn own(position: Option<u32>) -> u32 {
    position.expect("codes in src/ and data/ are in checklist.toml: a test asks for each")
}

#[cfg(test)]
mod tests;
