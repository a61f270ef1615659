//! 自评, 核查, 异议后 of each item side by side, with who changed the points, when, why and on what document:
//! one way for villages, departments and enterprises. Decides nothing: results arrive as they are.

use std::collections::BTreeMap;

use super::super::super::grid::{Entry, Grid, Row};
use super::super::seal::cell;
use super::{Drawing, Named, UNSAID, joined};
use crate::model::text::match_key;
use crate::model::yearend::enterprises::{EnterpriseInputs, EnterpriseResult};
use crate::model::yearend::{Line, Objection, Sheet, Signed, UnitInputs, UnitResult};
use crate::model::{Check, Decimal, Provenance, Verdict};

/// The items of one unit or enterprise.
struct Stages<'a> {
    /// Number and name, below each other.
    whose: String,
    /// Points that it gave itself by item; none for an item that it excused.
    own: BTreeMap<&'a str, Option<Decimal>>,
    /// What verifying is called: 核查, or 检查 where an ordinary check stands for it.
    stage: &'static str,
    items: Vec<Item<'a>>,
    objections: &'a [Objection],
    total: Total,
}

/// What was verified of an item.
struct Item<'a> {
    code: String,
    shown: &'a str,
    requirement: &'a str,
    points: Decimal,
    /// Points earned; none: it does not apply.
    got: Option<Decimal>,
    reason: &'a str,
    signed: Signed,
    at: Option<Provenance>,
}

/// The last line.
struct Total {
    possible: Decimal,
    own: Option<Decimal>,
    got: Decimal,
    after: Option<Decimal>,
    /// Why the difference must be explained; empty where it need not.
    flag: String,
}

/// What a difference from the self-assessment asks for.
fn flag(flagged: bool, gap: Option<Decimal>) -> String {
    let gap = gap.map_or_else(String::new, |gap| gap.to_string());
    if flagged { format!("自评与最终得分相差{gap},须说明") } else { String::new() }
}

fn points_of(sheet: Option<&Sheet>) -> BTreeMap<&str, Option<Decimal>> {
    let lines = sheet.into_iter().flat_map(|sheet| &sheet.lines);
    lines.map(|line| (&*line.code, line.got)).collect()
}

impl<'a> Drawing<'a> {
    pub(super) fn process(&self, grid: &mut Grid<'_>, block: &Named) {
        for (at, unit) in self.units().iter().enumerate() {
            let results = (&self.publication.first[at], &self.publication.after[at]);
            if let Some(stages) = of_unit(unit, results) {
                self.stages(grid, block, &stages);
            }
        }
        for (result, told) in self.told() {
            if let Some(stages) = self.of_enterprise(result, told) {
                self.stages(grid, block, &stages);
            }
        }
    }

    /// The stages of an enterprise of which more is known than its check.
    fn of_enterprise(&self, result: &EnterpriseResult, told: &'a EnterpriseInputs) -> Option<Stages<'a>> {
        let run = self.publication.run;
        let check = result.check.map(|at| &run.checks[at])?;
        let scored = check.scored.as_ref()?;
        let main = scored.schemes.first()?;
        let verified = told.verified.as_ref().filter(|sheet| stands_on(check, sheet));
        if told.own.is_none() && told.objections.is_empty() && verified.is_none() {
            return None;
        }
        let manifest = &run.plugins[check.subject.plugin].manifest;
        let of_sheet = verified.map(|sheet| &sheet.signed);
        let lines: BTreeMap<&str, &Line> =
            verified.into_iter().flat_map(|sheet| &sheet.lines).map(|line| (&*line.code, line)).collect();
        let by_check = Signed {
            by: check.subject.inspectors.clone(),
            on: check.subject.date.to_string(),
            document: String::new(),
        };
        let items = scored.items.iter().filter(|score| manifest.items[score.item as usize].scored);
        let items = items.map(|score| {
            let item = &manifest.items[score.item as usize];
            let code = match_key(&item.code).to_uppercase();
            let line = lines.get(&*code);
            let answer = check.subject.answers.get(score.answer);
            let applies =
                !matches!(score.verdict, Verdict::NotApplicable | Verdict::NotSelected | Verdict::Waived);
            let at = answer.and_then(|answer| check.subject.evidence.get(answer.evidence as usize));
            Item {
                shown: &item.code,
                requirement: &item.requirement,
                points: score.points,
                got: applies.then_some(score.got),
                reason: match (line, answer) {
                    (Some(line), _) => &line.reason,
                    (None, Some(answer)) => &answer.written().finding,
                    (None, None) => "",
                },
                signed: match (line, of_sheet) {
                    (Some(line), Some(sheet)) => line.signed.or(sheet),
                    _ => by_check.clone(),
                },
                at: at.copied(),
                code,
            }
        });
        let back: Decimal = told.objections.iter().filter_map(|one| one.points).sum();
        Some(Stages {
            whose: self.called(result.enterprise, "\n"),
            own: points_of(told.own.as_ref()),
            stage: if verified.is_some() { "核查" } else { "检查" },
            items: items.collect(),
            objections: &told.objections,
            total: Total {
                possible: main.possible,
                own: told.own.as_ref().map(|sheet| sheet.got),
                got: main.got,
                after: Some((main.got + back).min(main.possible)),
                flag: flag(result.gap_flagged, result.gap),
            },
        })
    }

    fn stages(&self, grid: &mut Grid<'_>, block: &Named, stages: &Stages<'_>) {
        let first_row = grid.n_rows();
        for item in &stages.items {
            self.item(grid, block, stages, item);
        }
        if let Some(column) = block.position("unit").filter(|_| grid.n_rows() > first_row) {
            grid.tall(first_row, grid.n_rows() - 1, column);
        }
        let total = &stages.total;
        let entry = |key: &str| match key {
            "unit" => Entry::text("合计"),
            "points" => Entry::points(total.possible),
            "self" => total.own.map_or(Entry::Empty, Entry::points),
            "verified" => Entry::points(total.got),
            "final" => total.after.map_or(Entry::Empty, Entry::points),
            "difference" => total.own.map_or(Entry::Empty, |own| Entry::points(total.got - own)),
            "reason" => Entry::text(total.flag.clone()),
            _ => Entry::Empty,
        };
        grid.row(Row::total(block.columns.iter().map(|column| entry(column.key)).collect()));
    }

    fn item(&self, grid: &mut Grid<'_>, block: &Named, stages: &Stages<'_>, item: &Item<'_>) {
        let run = self.publication.run;
        let of_item: Vec<_> = stages.objections.iter().filter(|one| one.item == item.code).collect();
        let back: Decimal = of_item.iter().filter_map(|one| one.points).sum();
        let told = stages.own.get(&*item.code).copied();
        // Who changed the points of the self-assessment, as the item's columns or the sheet say.
        let changed = told.is_some_and(|told| told != item.got);
        let stage = format!("{}:", stages.stage);
        let said =
            |stage: &str, what: &str| format!("{stage}{}", if what.is_empty() { UNSAID } else { what });
        let excused = || Entry::text("缺项");
        let entry = |key: &str| match key {
            "unit" => Entry::text(stages.whose.clone()),
            "item" => Entry::code(item.shown.to_owned()),
            "requirement" => Entry::text(item.requirement.to_owned()),
            "points" => Entry::points(item.points),
            "self" => match told {
                Some(Some(got)) => Entry::points(got),
                Some(None) => excused(),
                None => Entry::Empty,
            },
            "verified" => item.got.map_or_else(excused, Entry::points),
            "final" => item.got.map_or_else(excused, |got| Entry::points((got + back).min(item.points))),
            "difference" => match (told.flatten(), item.got) {
                (Some(own), Some(got)) if own != got => Entry::points(got - own),
                _ => Entry::Empty,
            },
            "reason" => {
                let why = if changed && item.reason.is_empty() { UNSAID } else { item.reason };
                let objections = of_item.iter().map(|one| format!("异议:{}", one.reason));
                let reasons = std::iter::once(why.to_owned()).chain(objections);
                Entry::text(joined(reasons.filter(|reason| !reason.is_empty())))
            }
            "who" => {
                let verified = changed.then(|| said(&stage, &item.signed.by));
                let objections = of_item.iter().map(|one| said("异议:", &one.approved_by));
                Entry::text(joined(verified.into_iter().chain(objections)))
            }
            "when" => {
                let verified = changed.then(|| said(&stage, &item.signed.on));
                let dates = of_item.iter().filter_map(|one| one.date);
                let objections = dates.map(|date| said("异议:", &date.to_string()));
                Entry::text(joined(verified.into_iter().chain(objections)))
            }
            _ => {
                let document = Some(&item.signed.document).filter(|text| changed && !text.is_empty());
                let lost = item.got.is_none_or(|got| got != item.points);
                let at = item.at.filter(|_| changed || lost).map(|at| cell(run, at));
                let objections = of_item.iter().map(|one| cell(run, one.at));
                Entry::text(joined(document.cloned().into_iter().chain(at).chain(objections)))
            }
        };
        self.row(grid, block, &entry);
    }
}

/// The stages of a village or department that was verified.
fn of_unit<'a>(unit: &'a UnitInputs, (first, after): (&UnitResult, &UnitResult)) -> Option<Stages<'a>> {
    let verified = unit.verified.as_ref()?;
    let item = |line: &'a Line| Item {
        code: line.code.clone(),
        shown: &line.code,
        requirement: &line.requirement,
        points: line.points,
        got: line.got,
        reason: &line.reason,
        signed: line.signed.or(&verified.signed),
        at: Some(line.at),
    };
    Some(Stages {
        whose: format!("{}\n{}", unit.unit.number, unit.unit.name),
        own: points_of(unit.own.as_ref()),
        stage: "核查",
        items: verified.lines.iter().map(item).collect(),
        objections: &unit.objections,
        total: Total {
            possible: verified.possible,
            own: unit.own.as_ref().map(|own| own.got),
            got: verified.got,
            after: after.got.map(|(got, _)| got),
            flag: flag(first.gap_flagged, first.gap),
        },
    })
}

/// Whether a check was made of a sheet.
fn stands_on(check: &Check, sheet: &Sheet) -> bool {
    let first = check.subject.evidence.first();
    first.is_some_and(|at| (at.source, at.sheet) == (sheet.at.source, sheet.at.sheet))
}
