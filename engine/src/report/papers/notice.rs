//! 整改通知单: what one subject has to put right, by when, on which clause.
//! Sets no deadline and names no clause that the lists do not have.

use super::super::grid::{Entry, Grid};
use super::super::ledger;
use super::super::template::Words;
use super::super::template::keys::{Key as _, LedgerKey};
use super::subjects::Subject;
use super::{Named, Volume, row};
use crate::model::ledger::Hazard;

/// Printed where no list says on which clause a hazard rests.
const NO_CLAUSE: &str = "来源清单未列条款";

pub(super) fn lay_out<'a>(
    grid: &mut Grid<'a>,
    volume: &'a Volume<'a>,
    subject: &Subject<'a>,
    blocks: &'a [Named],
    words: &Words,
) {
    if let [block] = blocks {
        grid.table(block, words);
        hazards(grid, volume, block, subject.open(volume.papers.run));
    }
}

/// A row for each hazard.
pub(super) fn hazards<'a>(
    grid: &mut Grid<'a>,
    volume: &'a Volume<'a>,
    block: &Named,
    hazards: impl Iterator<Item = &'a Hazard>,
) {
    for (number, hazard) in (1..).zip(hazards) {
        let entry = |key: &str| match LedgerKey::parse(key) {
            Some(key) => ledger::hazard_entry(volume.papers.run, hazard, key, number),
            None => {
                let basis = volume.subjects.basis(hazard);
                Entry::text(if basis.is_empty() { NO_CLAUSE.to_owned() } else { basis })
            }
        };
        row(grid, block, &entry);
    }
    grid.or_none("无");
}
