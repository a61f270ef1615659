//! Blank forms that an authority issues, filled without disturbing anything else.
//! Computes no indicator: it takes named facts, finds the cells they belong to by the form's own labels,
//! and hands the edits to `patch`, which proves that nothing else changed.

mod agree;
mod annex;
mod bind;
mod expr;
mod facts;
mod fault;
mod fill;
mod from_run;
mod kept;
mod probe;
mod proof;
mod read_back;
mod spec;
#[cfg(test)]
mod tests;

use sha2::{Digest as _, Sha256};

pub use agree::figures;
pub use annex::Annex;
pub use bind::{Bound, Checked, check};
pub use facts::{Fact, FactValue, Facts, Record, WrongFacts};
pub use fault::Fault;
pub use fill::{Filled, FilledCell, fill};
pub use from_run::{facts as facts_of_run, figures as figures_of_run};
pub use kept::{FromRun, Kept};
pub use probe::probe;
pub use proof::{proof, proof_of_annex, summary};
pub use read_back::{ReadBack, Reader};
pub use spec::{BuiltIn, Spec, WrongSpec, built_in};

/// The digest by which a form is pinned: SHA-256 in hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
