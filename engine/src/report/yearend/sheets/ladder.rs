//! The sheet of standardization: levels with those who stand on them, each enterprise with its certificate,
//! and the reviews of the year. Counts nothing that the model has not counted.

use super::super::super::grid::{Entry, Grid};
use super::super::seal::cell;
use super::{Drawing, Named, fixed};
use crate::model::yearend::ladder::Below;
use crate::model::yearend::rounded;
use crate::model::{EnterpriseId, Ratio};

impl Drawing<'_> {
    /// Each level with how many stand on it, and all of them together.
    pub(super) fn levels(&self, grid: &mut Grid<'_>, block: &Named) {
        let run = self.publication.run;
        let digits = self.publication.rules.rate_digits;
        let ladder = &run.year_end.ladder;
        let all: Vec<_> = ladder.footings.iter().map(|footing| footing.enterprise).collect();
        let n_all = all.len();
        let of_n = |n: usize| {
            let exact = Ratio::new(i128::try_from(n).ok()? * 100, i128::try_from(n_all).ok()?)?;
            rounded(exact, digits)
        };
        let called = |ids: &[EnterpriseId]| {
            ids.iter().map(|id| run.register.get(*id).called()).collect::<Vec<_>>().join("、")
        };
        let rungs = ladder.rungs();
        let rows = rungs.into_iter().map(|(level, ids)| (level, ids.len(), called(&ids)));
        for (level, n, who) in rows.chain([("合计", n_all, String::new())]) {
            let entry = |key: &str| match key {
                "level" => Entry::text(level.to_owned()),
                "count" => Entry::count(n),
                "share" => fixed(of_n(n), digits),
                _ => Entry::text(who.clone()),
            };
            self.row(grid, block, &entry);
        }
    }

    /// Each enterprise of the ladder, with what the register says of it.
    pub(super) fn footings(&self, grid: &mut Grid<'_>, block: &Named) {
        let run = self.publication.run;
        let ladder = &run.year_end.ladder;
        for footing in &ladder.footings {
            let enterprise = run.register.get(footing.enterprise);
            let standard = &enterprise.standard;
            let remark = match footing.level {
                Ok(_) => String::new(),
                Err(Below::NoLevel) => "未创建".to_owned(),
                Err(Below::UnknownLevel) => format!("级别“{}”不在等级阶梯中,不计", standard.level),
                Err(Below::NoDay) => "缺证书有效期,不计".to_owned(),
                Err(Below::Expired(until)) => format!("证书{until}到期,不计"),
            };
            let entry = |key: &str| match key {
                "number" => Entry::code(enterprise.number.clone()),
                "name" => Entry::text(enterprise.name.clone()),
                "village" => Entry::text(enterprise.village.clone()),
                "sector" => Entry::text(enterprise.sector.clone()),
                "written" => Entry::text(standard.level.clone()),
                "until" => Entry::day(standard.until),
                "level" => {
                    let level = footing.level.ok().and_then(|at| ladder.levels.get(at));
                    Entry::text(level.unwrap_or(&ladder.below).clone())
                }
                "remark" => Entry::text(remark.clone()),
                _ => footing.at.map_or(Entry::Empty, |at| Entry::text(cell(run, at))),
            };
            self.row(grid, block, &entry);
        }
    }

    /// The reviews of the year: points, score, and which of score and performance decides.
    pub(super) fn reviews(&self, grid: &mut Grid<'_>, block: &Named) {
        let run = self.publication.run;
        for review in &run.year_end.reviews {
            let check = &run.checks[review.check];
            let subject = &check.subject;
            let enterprise = subject.enterprise.map(|id| run.register.get(id));
            let Some(main) = check.scored.as_ref().and_then(|scored| scored.schemes.first()) else {
                continue;
            };
            let digits = run.plugins[subject.plugin].manifest.schemes[main.scheme as usize].digits;
            let entry = |key: &str| match key {
                "number" => Entry::code(enterprise.map_or_else(String::new, |one| one.number.clone())),
                "name" => {
                    Entry::text(enterprise.map_or_else(|| subject.name.clone(), |one| one.name.clone()))
                }
                "date" => Entry::Day(subject.date),
                // What nobody checked has earned nothing and lost nothing.
                "got" if main.score.is_none() => Entry::text("/"),
                "got" => Entry::points(main.got.normalize()),
                "possible" => Entry::points(main.possible.normalize()),
                "not-applicable" => Entry::points(main.not_applicable.normalize()),
                "score" => fixed(main.score, digits),
                "by-score" => Entry::text(review.level_by_score.clone()),
                "performance" => Entry::text(review.performance.clone().unwrap_or_else(|| "/".to_owned())),
                "level" => Entry::text(review.level.clone()),
                "binding" => Entry::text(match (&review.binding, &review.performance) {
                    _ if main.score.is_none() => "/".to_owned(),
                    (Some(binding), _) => binding.clone(),
                    (None, Some(_)) => "两者一致".to_owned(),
                    (None, None) => "评分(安全绩效未填)".to_owned(),
                }),
                _ => {
                    let at = subject.evidence.first();
                    at.map_or(Entry::Empty, |at| Entry::text(cell(run, *at)))
                }
            };
            self.row(grid, block, &entry);
        }
    }
}
