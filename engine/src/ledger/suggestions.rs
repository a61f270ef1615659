//! Hazards that plugins see and no list holds: suggestions for a person, never entries by themselves.
//! Changes no hazard: neither its level nor its number.

use std::collections::BTreeSet;

use crate::model::ledger::Suggestion;
use crate::model::{Check, Evaluation, Ledger};

/// Adds what the checks' plugins see beyond the lists.
///
/// Shape: in the order of the checks. A hazard at a row that is an entry is already in the ledger.
pub fn suggest(ledger: &mut Ledger, checks: &[Check]) {
    let listed: BTreeSet<_> =
        ledger.entries.iter().map(|entry| (entry.at.source, entry.at.sheet, entry.at.cell.row0)).collect();
    for (check, one) in checks.iter().enumerate() {
        let Evaluation::Assessed(assessed) = &one.evaluation else { continue };
        for (hazard, seen) in assessed.hazards.iter().enumerate() {
            let at = seen.evidence.iter().filter_map(|at| one.subject.evidence.get(*at as usize));
            let mut places = at.clone();
            if places.any(|at| listed.contains(&(at.source, at.sheet, at.cell.row0))) {
                continue;
            }
            if let Some(at) = at.clone().next().or(one.subject.evidence.first()) {
                ledger.suggestions.push(Suggestion { check, hazard, at: *at });
            }
        }
    }
}
