//! 村居: the yearly responsibility checklist of villages, and which of its items the town's
//! records bear on.
//! Keeps no number: points stand in `checklist.toml`, what a late filing costs in `data/`.

use anping_sdk::{Assessed, Checklist, Context, Failure, Sector, Subject, Yearly};

anping_sdk::include_checklist!();

/// The sector.
pub struct Village;

/// What its records bear on.
const YEARLY: Yearly =
    Yearly { checklist: &CHECKLIST, filings: "VL-61", rates: &FILING, accidents: "VL-71", records: RECORDS };

impl Sector for Village {
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

anping_sdk::plugin!(Village);
