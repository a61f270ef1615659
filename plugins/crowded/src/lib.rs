//! 人员密集场所: the fire-safety checklist of places where people gather, and the rules beside it.
//! Knows no numbers of its own: points stand in `checklist.toml`, densities, widths and thresholds
//! in `data/`, each with its source and how well that source is known.
//!
//! Nothing here concludes that a place has a major fire hazard: the fire and rescue authority
//! does. A suspicion is referred to it; a computed width is a note for whoever stood there.

mod elements;
mod exits;
mod floors;
mod occupancy;

use anping_sdk::{
    Assessed, Checklist, Context, Failure, Indicator, MajorMark, Mark, Param, Reason, Sector, Subject, Value,
    bases_in_force, rule_major_hazards,
};

anping_sdk::include_checklist!();

/// 人员密集场所.
pub struct Crowded;

impl Sector for Crowded {
    fn checklist() -> &'static Checklist {
        &CHECKLIST
    }

    fn cases() -> &'static [&'static str] {
        CASES
    }

    fn rules(_: &Context, subject: &Subject, assessed: &mut Assessed) -> Result<(), Failure> {
        rule_major_hazards(&CHECKLIST, subject, assessed);
        elements::count(subject, assessed);
        exits::check(subject, assessed);
        Ok(())
    }
}

anping_sdk::plugin!(Crowded);

/// Where a clause stands, for whoever reads it on the day of the check.
struct Standing {
    /// Title of the edition whose clauses are cited.
    cited: &'static str,
    /// Title of the edition in force, where the cited one no longer is: then clauses are leads.
    in_force: Option<&'static str>,
}

impl Standing {
    /// The edition of GB 35181 from which clauses are cited under `edition`.
    ///
    /// Errors: `None` when there is none.
    fn on(edition: Option<u32>) -> Option<Self> {
        let edition = edition?;
        // Any item with a direct basis tells which edition's clauses are known.
        let cited = CHECKLIST
            .items
            .iter()
            .find_map(|item| bases_in_force(&CHECKLIST, item, edition, MajorMark::Direct))?
            .cited;
        let title = |edition: u32| CHECKLIST.editions.get(edition as usize).map(|edition| edition.title);
        Some(Self { cited: title(cited)?, in_force: title(edition).filter(|_| cited != edition) })
    }

    /// A sentence about a clause: `code`, or `code-lead` with the edition in force as its last
    /// parameter.
    fn reason(&self, code: &str, mut params: Vec<Param>) -> Reason {
        let Some(in_force) = self.in_force else { return reason(code, params) };
        params.push(in_force.into());
        reason(&format!("{code}-lead"), params)
    }
}

/// A sentence of this checklist.
fn reason(code: &str, params: Vec<Param>) -> Reason {
    Reason { phrase: own(CHECKLIST.phrase_index(code)), params }
}

/// An indicator of this checklist.
fn indicator(code: &str, value: Value, working: Vec<Reason>, evidence: Vec<u32>) -> Indicator {
    Indicator { indicator: own(CHECKLIST.gives_index(code)), value, working, evidence }
}

/// The position of a code that this crate itself wrote into its checklist.
fn own(position: Option<u32>) -> u32 {
    position.expect("codes in src/ and data/ are in checklist.toml: a test asks for each")
}

/// The mark that a row of `data/` carries.
fn mark(letter: &str) -> Mark {
    match letter {
        "C" => Mark::Clause,
        "S" => Mark::Secondary,
        _ => Mark::Memory,
    }
}

/// The one of two marks that is known less well.
fn weaker(a: Mark, b: Mark) -> Mark {
    if (a as u8) < (b as u8) { b } else { a }
}

#[cfg(test)]
mod tests;
