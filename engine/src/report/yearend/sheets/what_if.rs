//! 提升空间: what would help each unit and each enterprise most, one way for both.
//! Computes nothing: steps arrive with the score, grade and rank that they lead to.

use super::super::super::grid::{Entry, Grid};
use super::{Drawing, MOST_STEPS, NO_RANK, Named, effects, fixed, standing};
use crate::model::Decimal;
use crate::model::yearend::Step;

/// Whose step it is, and how it stands now.
struct Now<'a> {
    whose: String,
    score: Option<Decimal>,
    grade: &'a str,
    rank: Option<u32>,
    digits: u8,
    /// What must be so; empty where the step is no item.
    requirement: &'a str,
}

impl Drawing<'_> {
    pub(super) fn what_if(&self, grid: &mut Grid<'_>, block: &Named) {
        self.steps(grid, block, self.publication.steps, &|step| {
            let (unit, now) = (&self.units()[step.unit], &self.publication.after[step.unit]);
            let mut lines = unit.verified.iter().flat_map(|sheet| &sheet.lines);
            let line = lines.find(|line| line.code == step.what);
            Now {
                whose: format!("{} {}", unit.unit.number, unit.unit.name),
                score: now.score,
                grade: &now.grade,
                rank: now.rank,
                digits: self.publication.rules.of(unit.unit.kind).digits,
                requirement: line.map_or("", |line| &line.requirement),
            }
        });
        let run = self.publication.run;
        let results = &run.year_end.enterprises_after;
        self.steps(grid, block, self.publication.enterprise_steps, &|step| {
            let now = &results[step.unit];
            let check = now.check.map(|at| &run.checks[at]);
            let items = check.map(|check| &run.plugins[check.subject.plugin].manifest.items);
            let item = items.into_iter().flatten().find(|item| item.code == step.what);
            Now {
                whose: self.called(now.enterprise, " "),
                score: now.score,
                grade: &now.grade,
                rank: now.rank,
                digits: self.digits(now),
                requirement: item.map_or("", |item| &item.requirement),
            }
        });
    }

    fn steps<'n>(
        &self,
        grid: &mut Grid<'_>,
        block: &Named,
        steps: &[Step],
        now_of: &dyn Fn(&Step) -> Now<'n>,
    ) {
        let (mut order, mut last) = (0, None);
        for step in steps {
            order = if last == Some(step.unit) { order + 1 } else { 1 };
            last = Some(step.unit);
            if order > MOST_STEPS {
                continue;
            }
            let now = now_of(step);
            let effects = effects(step.places, step.grade_changes.then_some((now.grade, &step.grade)));
            let entry = |key: &str| match key {
                "unit" => Entry::text(now.whose.clone()),
                "now" => Entry::text(standing(now.score, now.grade, now.rank)),
                "order" => Entry::count(order),
                "what" => Entry::text(format!("{} {}", step.what, now.requirement).trim_end().to_owned()),
                "points" => Entry::points(step.points),
                "gain" => fixed(Some(step.gain), now.digits),
                "score" => fixed(Some(step.score), now.digits),
                "grade" => Entry::text(step.grade.clone()),
                "rank" => step.rank.map_or(Entry::text(NO_RANK), |rank| Entry::count(rank as usize)),
                _ => Entry::text(effects.clone()),
            };
            self.row(grid, block, &entry);
        }
    }
}
