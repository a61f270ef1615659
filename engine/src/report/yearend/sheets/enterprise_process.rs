//! What was told of enterprises on the sheets of the process: bonuses, objections and changes.
//! Decides nothing: results arrive as they are.

use super::super::super::grid::{Entry, Grid};
use super::super::record::enterprise_changes;
use super::super::seal::cell;
use super::{Drawing, Named, fixed, plain};
use crate::model::yearend::Sense;
use crate::model::yearend::enterprises::{EnterpriseInputs, EnterpriseResult};
use crate::model::{Decimal, EnterpriseId};

impl<'a> Drawing<'a> {
    /// E012 and the name below or beside it.
    pub(super) fn called(&self, id: EnterpriseId, between: &str) -> String {
        let enterprise = self.publication.run.register.get(id);
        format!("{}{between}{}", enterprise.number, enterprise.name).trim().to_owned()
    }

    /// Those of whom something was told, with their first result.
    pub(super) fn told(&self) -> impl Iterator<Item = (&'a EnterpriseResult, &'a EnterpriseInputs)> {
        let year_end = &self.publication.run.year_end;
        year_end
            .enterprises
            .iter()
            .filter_map(|result| Some((result, year_end.told.get(&result.enterprise)?)))
    }

    pub(super) fn digits(&self, result: &EnterpriseResult) -> u8 {
        let run = self.publication.run;
        let check = result.check.map(|at| &run.checks[at]);
        let scheme = check.and_then(|check| run.plugins[check.subject.plugin].manifest.schemes.first());
        scheme.map_or(0, |scheme| scheme.digits)
    }

    pub(super) fn enterprise_entries(&self, grid: &mut Grid<'_>, block: &Named) {
        for (result, told) in self.told() {
            for (index, one) in told.entries.iter().enumerate() {
                let counts = one.sense == Sense::Penalty || result.counted.contains(&index);
                let number = grid.n_rows() + 1;
                let entry = |key: &str| match key {
                    "number" => Entry::count(number),
                    "unit" => Entry::text(self.called(result.enterprise, " ")),
                    "sense" => Entry::text(if one.sense == Sense::Bonus { "加分" } else { "扣分" }),
                    "matter" => Entry::text(one.matter.clone()),
                    "level" => Entry::text(one.level.clone()),
                    "points" => Entry::points(one.points),
                    "counted" => Entry::points(if counts { one.points } else { Decimal::ZERO }),
                    "remark" => Entry::text(match (counts, one.document.is_empty()) {
                        (true, _) => format!("本单位加分计{}", plain(result.bonus)),
                        (false, true) => "无依据文号,不计分".to_owned(),
                        (false, false) => "同一事项取最高分,本条不计".to_owned(),
                    }),
                    "document" => Entry::text(one.document.clone()),
                    _ => Entry::text(cell(self.publication.run, one.at)),
                };
                self.row(grid, block, &entry);
            }
        }
    }

    pub(super) fn enterprise_objections(&self, grid: &mut Grid<'_>, block: &Named) {
        for (result, told) in self.told() {
            for one in &told.objections {
                let number = grid.n_rows() + 1;
                let entry = |key: &str| match key {
                    "number" => Entry::count(number),
                    "unit" => Entry::text(self.called(result.enterprise, " ")),
                    "item" => Entry::code(one.item.clone()),
                    "before" => Entry::text(one.before.clone()),
                    "points" => one.points.map_or(Entry::Empty, Entry::points),
                    "old" => fixed(result.by_check, self.digits(result)),
                    "new" => Entry::points(one.score),
                    "reason" => Entry::text(one.reason.clone()),
                    "who" => Entry::text(one.approved_by.clone()),
                    "when" => Entry::day(one.date),
                    _ => Entry::text(cell(self.publication.run, one.at)),
                };
                self.row(grid, block, &entry);
            }
        }
    }

    pub(super) fn enterprise_changes(&self, grid: &mut Grid<'_>, block: &Named) {
        let results = &self.publication.run.year_end.enterprises;
        for change in enterprise_changes(&self.sealed.enterprises_before, &self.sealed.enterprises_after) {
            let whose = self.called(results[change.unit].enterprise, " ");
            self.change(grid, block, &whose, &change);
        }
    }
}
