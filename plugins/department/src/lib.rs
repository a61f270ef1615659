//! 部门: the yearly responsibility checklist of departments, and which of its items the town's
//! records bear on.
//! Keeps no number: points stand in `checklist.toml`, what a late filing costs in `data/`.

use anping_sdk::{Assessed, Checklist, Context, Failure, Sector, Subject, Yearly};

anping_sdk::include_checklist!();

/// The sector.
pub struct Department;

/// What its records bear on.
const YEARLY: Yearly =
    Yearly { checklist: &CHECKLIST, filings: "DP-71", rates: &FILING, accidents: "DP-81", records: RECORDS };

impl Sector for Department {
    fn checklist() -> &'static Checklist {
        &CHECKLIST
    }

    fn cases() -> &'static [&'static str] {
        CASES
    }

    fn rules(_: &Context, subject: &Subject, assessed: &mut Assessed) -> Result<(), Failure> {
        YEARLY.rules(subject, assessed);
        Ok(())
    }
}

anping_sdk::plugin!(Department);
