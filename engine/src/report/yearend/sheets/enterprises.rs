//! The sheet of enterprises: ranks within classes, with the check that each result rests on.
//! Decides nothing: results arrive as they are.

use super::super::super::grid::{Entry, Grid};
use super::super::record::{enterprise_vetoes, rate};
use super::super::seal::cell;
use super::{Drawing, NO_RANK, Named, fixed, joined};
use crate::model::yearend::enterprises::EnterpriseResult;

impl Drawing<'_> {
    /// Enterprises by class and rank; those without one last, vetoed ones after the others.
    pub(super) fn enterprises(&self, grid: &mut Grid<'_>, block: &Named) {
        let run = self.publication.run;
        let mut order: Vec<&EnterpriseResult> = run.year_end.enterprises.iter().collect();
        order.sort_by_key(|result| {
            let rank = result.rank.unwrap_or(u32::MAX);
            (&result.class, rank, !result.vetoes.is_empty(), result.enterprise)
        });
        for result in order {
            let enterprise = run.register.get(result.enterprise);
            let check = result.check.map(|at| &run.checks[at]);
            let manifest = check.map(|check| &run.plugins[check.subject.plugin].manifest);
            let digits = manifest.and_then(|one| one.schemes.first()).map_or(0, |scheme| scheme.digits);
            let remark = match (check, result.score) {
                (None, _) => "本年未检查",
                (Some(_), None) => "检查未评定(停产、未查或有无法判定的结果)",
                (Some(_), Some(_)) if !result.vetoes.is_empty() => "得分仅供参考",
                _ => "",
            };
            let entry = |key: &str| match key {
                "rank" => {
                    result.rank.map_or_else(|| Entry::text(NO_RANK), |rank| Entry::count(rank as usize))
                }
                "number" => Entry::code(enterprise.number.clone()),
                "name" => Entry::text(enterprise.name.clone()),
                "class" => Entry::text(result.class.clone()),
                "village" => Entry::text(enterprise.village.clone()),
                "checklist" => Entry::text(manifest.map_or_else(String::new, |one| one.title.clone())),
                "date" => Entry::day(check.map(|check| check.subject.date)),
                "score" => fixed(result.score, digits),
                "grade" => Entry::text(result.grade.clone()),
                "veto" => Entry::text(joined(enterprise_vetoes(run, result).into_iter().map(|(why, at)| {
                    at.map_or_else(|| why.clone(), |at| format!("{why}({})", cell(run, at)))
                }))),
                // What is put up for the public names no cell.
                "veto-reason" => {
                    Entry::text(joined(enterprise_vetoes(run, result).into_iter().map(|(why, _)| why)))
                }
                "rate" => {
                    let digits = self.publication.rules.rate_digits;
                    Entry::text(rate(result.rate, digits).unwrap_or_default())
                }
                "remark" => Entry::text(remark),
                _ => {
                    let at = check.and_then(|check| check.subject.evidence.first());
                    at.map_or(Entry::Empty, |at| Entry::text(cell(run, *at)))
                }
            };
            self.row(grid, block, &entry);
        }
    }
}
