//! 溯源 of a workbook of the year-end assessment that is put up or sent out: from what it was made, and the
//! cells that each unit's result rests on. Works nothing out.

use super::{Drawing, Named, cell};
use crate::model::yearend::Sense;
use crate::report::grid::{Entry, Grid};
use crate::report::standard::{Origin, YEAR_END_RULES};

impl Drawing<'_> {
    pub(super) fn origin(&self, grid: &mut Grid<'_>, block: &Named, which: &str) {
        let run = self.publication.run;
        let rules = (YEAR_END_RULES, self.publication.rules.digest.clone());
        for (what, value) in Origin::of(run).named(which).into_iter().chain([rules]) {
            let entry = |key: &str| match key {
                "what" => Entry::text(what),
                _ => Entry::text(value.clone()),
            };
            self.row(grid, block, &entry);
        }
    }

    /// A row for each thing that a unit's result rests on.
    pub(super) fn grounds(&self, grid: &mut Grid<'_>, block: &Named) {
        let run = self.publication.run;
        for unit in self.units() {
            let quarters = unit.quarters.iter().map(|one| (format!("平时考核第{}季度", one.number), one.at));
            let verified = unit.verified.iter().map(|sheet| ("年终考核核查表".to_owned(), sheet.at));
            let entries = unit.entries.iter().map(|one| {
                let sense = if one.sense == Sense::Bonus { "加分" } else { "扣分" };
                (format!("{sense}:{}", one.matter), one.at)
            });
            let accidents = unit.accidents.iter().map(|one| (one.shown(), one.at));
            for (what, at) in quarters.chain(verified).chain(entries).chain(accidents) {
                let entry = |key: &str| match key {
                    "unit" => Entry::text(unit.unit.name.clone()),
                    "what" => Entry::text(what.clone()),
                    _ => Entry::text(cell(run, at)),
                };
                self.row(grid, block, &entry);
            }
        }
    }
}
