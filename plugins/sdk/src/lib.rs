//! All that the author of an anping plugin depends on: the checklist as data, subjects, results,
//! and the trait [`Sector`] whose defaults judge by the checklist alone.
//!
//! A sector is `checklist.toml`, a build script of one line, and
//!
//! ```text
//! anping_sdk::include_checklist!();
//!
//! /// 烟花爆竹.
//! pub struct Fireworks;
//!
//! impl anping_sdk::Sector for Fireworks {
//!     fn checklist() -> &'static anping_sdk::Checklist { &CHECKLIST }
//!     fn cases() -> &'static [&'static str] { CASES }
//! }
//!
//! anping_sdk::plugin!(Fireworks);
//! ```
//!
//! Knows nothing of workbooks, scores or reports: those are the host's.

pub mod assessed;
#[cfg(feature = "build")]
pub mod build;
pub mod case;
pub mod checklist;
pub mod counted;
#[cfg(feature = "definition")]
pub mod definition;
pub mod exact;
#[cfg(feature = "guest")]
#[doc(hidden)]
pub mod guest;
pub mod records;
pub mod sector;
pub mod subject;
pub mod tailored;
pub mod yearly;

pub use assessed::{
    Assessed, Deduction, Effect, Failure, Hazard, Indicator, Listed, NamedScore, Note, Outcome, Param,
    Reason, Ruling,
};
pub use checklist::{
    Band, Case, Category, Charge, Checklist, Citation, Date, Document, Edition, Fact, Gives, HazardLevel,
    Item, MajorBasis, MajorMark, Mark, Method, Need, Phrase, Rounding, Scheme, Scope, Table, Term, Unchecked,
    ValueKind,
};
pub use counted::{Counted, counted};
pub use exact::{Decimal, Ratio};
pub use records::compare_records;
pub use sector::{InForce, Sector, assess, bases_in_force, judge_answer, mark_words, rule_major_hazards};
pub use subject::{
    Answer, Context, KnownFact, KnownIndicator, KnownTable, Row, Subject, VERDICT_WORDS, Value, Verdict,
};
pub use tailored::{Rows, Tailorable, in_force};
pub use yearly::Yearly;

/// Brings in what the build script made of `checklist.toml` and `cases/`: `CHECKLIST` and `CASES`.
#[macro_export]
macro_rules! include_checklist {
    () => {
        include!(concat!(env!("OUT_DIR"), "/checklist.rs"));
    };
}
