//! What was told of enterprises on the sheets of the process: items of self-assessment, check and objection
//! side by side, bonuses, objections, changes, and what would help.
//! Decides nothing: results arrive as they are.

use std::collections::BTreeMap;

use super::super::super::grid::{Entry, Grid};
use super::super::record::enterprise_changes;
use super::super::seal::cell;
use super::{Drawing, MOST_STEPS, NO_RANK, Named, UNSAID, effects, fixed, joined, plain, standing};
use crate::model::text::match_key;
use crate::model::yearend::Sense;
use crate::model::yearend::enterprises::{EnterpriseInputs, EnterpriseResult};
use crate::model::{Decimal, EnterpriseId};

impl<'a> Drawing<'a> {
    /// E012 and the name below or beside it.
    fn called(&self, id: EnterpriseId, between: &str) -> String {
        let enterprise = self.publication.run.register.get(id);
        format!("{}{between}{}", enterprise.number, enterprise.name).trim().to_owned()
    }

    /// Those of whom something was told, with their first result.
    fn told(&self) -> impl Iterator<Item = (&'a EnterpriseResult, &'a EnterpriseInputs)> {
        let year_end = &self.publication.run.year_end;
        year_end
            .enterprises
            .iter()
            .filter_map(|result| Some((result, year_end.told.get(&result.enterprise)?)))
    }

    fn digits(&self, result: &EnterpriseResult) -> u8 {
        let run = self.publication.run;
        let check = result.check.map(|at| &run.checks[at]);
        let scheme = check.and_then(|check| run.plugins[check.subject.plugin].manifest.schemes.first());
        scheme.map_or(0, |scheme| scheme.digits)
    }

    /// 自评, 检查, 异议后 of each item of a check of which a self-assessment or an objection is known.
    pub(super) fn enterprise_process(&self, grid: &mut Grid<'_>, block: &Named) {
        let run = self.publication.run;
        for (result, told) in self.told() {
            let Some(check) = result.check.map(|at| &run.checks[at]) else { continue };
            let Some(scored) = check.scored.as_ref() else { continue };
            if told.own.is_none() && told.objections.is_empty() {
                continue;
            }
            let items = &run.plugins[check.subject.plugin].manifest.items;
            let own: BTreeMap<&str, Option<Decimal>> =
                told.own.iter().flat_map(|sheet| &sheet.lines).map(|line| (&*line.code, line.got)).collect();
            let first_row = grid.n_rows();
            for score in scored.items.iter().filter(|score| items[score.item as usize].scored) {
                let item = &items[score.item as usize];
                let code = match_key(&item.code).to_uppercase();
                let of_item: Vec<_> = told.objections.iter().filter(|one| one.item == code).collect();
                let back: Decimal = of_item.iter().filter_map(|one| one.points).sum();
                let applies = !matches!(
                    score.verdict,
                    crate::model::Verdict::NotApplicable
                        | crate::model::Verdict::NotSelected
                        | crate::model::Verdict::Waived
                );
                let got = applies.then_some(score.got);
                let said = own.get(&*code).copied();
                let changed = said.is_some_and(|said| said != got);
                let answer = check.subject.answers.get(score.answer);
                let excused = || Entry::text("缺项");
                let who =
                    |stage: &str, who: &str| format!("{stage}{}", if who.is_empty() { UNSAID } else { who });
                let entry = |key: &str| match key {
                    "unit" => Entry::text(self.called(result.enterprise, "\n")),
                    "item" => Entry::code(item.code.clone()),
                    "requirement" => Entry::text(item.requirement.clone()),
                    "points" => Entry::points(score.points),
                    "self" => match said {
                        Some(Some(got)) => Entry::points(got),
                        Some(None) => excused(),
                        None => Entry::Empty,
                    },
                    "verified" => got.map_or_else(excused, Entry::points),
                    "final" => got.map_or_else(excused, |got| Entry::points((got + back).min(score.points))),
                    "difference" => match (said.flatten(), got) {
                        (Some(own), Some(got)) if own != got => Entry::points(got - own),
                        _ => Entry::Empty,
                    },
                    "reason" => {
                        let finding = answer.map(|answer| answer.finding.clone()).unwrap_or_default();
                        let objections = of_item.iter().map(|one| format!("异议:{}", one.reason));
                        let reasons = std::iter::once(finding).chain(objections);
                        Entry::text(joined(reasons.filter(|reason| !reason.is_empty())))
                    }
                    "who" => {
                        let checked = changed.then(|| who("检查:", &check.subject.inspectors));
                        let objections = of_item.iter().map(|one| who("异议:", &one.approved_by));
                        Entry::text(joined(checked.into_iter().chain(objections)))
                    }
                    "when" => {
                        let checked = changed.then(|| format!("检查:{}", check.subject.date));
                        let dates = of_item.iter().filter_map(|one| one.date);
                        Entry::text(joined(
                            checked.into_iter().chain(dates.map(|date| format!("异议:{date}"))),
                        ))
                    }
                    _ => {
                        let at =
                            answer.and_then(|answer| check.subject.evidence.get(answer.evidence as usize));
                        let at = at.filter(|_| changed || !score.deducted.is_zero()).map(|at| cell(run, *at));
                        Entry::text(joined(at.into_iter().chain(of_item.iter().map(|one| cell(run, one.at)))))
                    }
                };
                self.row(grid, block, &entry);
            }
            if let Some(column) = block.position("unit").filter(|_| grid.n_rows() > first_row) {
                grid.tall(first_row, grid.n_rows() - 1, column);
            }
        }
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

    pub(super) fn enterprise_what_if(&self, grid: &mut Grid<'_>, block: &Named) {
        let results = &self.publication.run.year_end.enterprises_after;
        let (mut of_result, mut last) = (0, None);
        for step in self.publication.enterprise_steps {
            of_result = if last == Some(step.result) { of_result + 1 } else { 1 };
            last = Some(step.result);
            if of_result > MOST_STEPS {
                continue;
            }
            let now = &results[step.result];
            let digits = self.digits(now);
            let effects = effects(step.places, step.grade_changes.then_some((&now.grade, &step.grade)));
            let entry = |key: &str| match key {
                "unit" => Entry::text(self.called(now.enterprise, " ")),
                "now" => Entry::text(standing(now.score, &now.grade, now.rank)),
                "order" => Entry::count(of_result),
                "what" => Entry::text(format!("{} {}", step.item, step.requirement)),
                "points" => Entry::points(step.points),
                "gain" => fixed(Some(step.gain), digits),
                "score" => fixed(Some(step.score), digits),
                "grade" => Entry::text(step.grade.clone()),
                "rank" => step.rank.map_or(Entry::text(NO_RANK), |rank| Entry::count(rank as usize)),
                _ => Entry::text(effects.clone()),
            };
            self.row(grid, block, &entry);
        }
    }
}
