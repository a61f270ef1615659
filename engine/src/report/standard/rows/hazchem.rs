//! Rows of 表R9: enterprises of dangerous chemicals, their units and substances, with S, R and level.
//! Keeps out GB 18218: what a unit comes to arrives from its plugin, with the working of each substance.

use std::collections::BTreeSet;

use super::{Content, Row};
use crate::model::{Assessed, Check, EnterpriseId, Evaluation, Param, Place, Plugin, Run, Value};
use crate::report::standard::Entry;

/// The table whose rows are a unit's substances, and the columns that the form asks for.
const TABLE: &str = "substances";
/// The phrase of the working of one substance: name, q, Q, β, q/Q, place in the standard.
const WORKING: &str = "working-substance";
/// The sector whose enterprises are listed without a unit as well.
const SECTOR: &str = "危险化学品";

/// 表R9: the units of the last list of each enterprise, in the order of the register.
pub(super) fn units(run: &Run) -> Content {
    let mut entries = Vec::new();
    let mut checks: Vec<&Check> = run.checks.iter().filter(|check| is_unit(run, check)).collect();
    checks.sort_by_key(|check| (check.subject.enterprise.is_none(), check.subject.enterprise));
    let any = !checks.is_empty();
    let mut listed: BTreeSet<EnterpriseId> = BTreeSet::new();
    for check in checks {
        // Of two lists of one unit the later one counts.
        if check.latest {
            listed.extend(check.subject.enterprise);
            unit(run, check, &mut entries);
        }
    }
    for (id, one) in (0..).map(EnterpriseId).zip(&run.register.enterprises) {
        if any && one.sector == SECTOR && one.is_active(run.as_of) && !listed.contains(&id) {
            let row = Row::default().text("name", &*one.name).text("kind", &*one.kind);
            entries.push(row.rests_on("name", run.sources.show(Place::from(one.at))).0);
        }
    }
    Content { layout: "hazchem-units", entries, ..Content::default() }
}

fn is_unit(run: &Run, check: &Check) -> bool {
    let manifest = &run.plugins[check.subject.plugin].manifest;
    let gives_s = manifest.gives.iter().any(|gives| gives.code == "S");
    gives_s && !check.subject.unit.is_empty() && !check.subject.tables.is_empty()
}

/// An indicator of a result, by its code: its position.
fn indicator<'c>(plugin: &Plugin, assessed: &'c Assessed, code: &str) -> Option<&'c crate::model::Indicator> {
    let at = plugin.manifest.gives.iter().position(|gives| gives.code == code)?;
    assessed.indicators.iter().find(|one| one.indicator as usize == at)
}

/// A row for each substance of a unit.
fn unit(run: &Run, check: &Check, entries: &mut Vec<Entry>) {
    let subject = &check.subject;
    let plugin = &run.plugins[subject.plugin];
    let manifest = &plugin.manifest;
    let place = |at: u32| {
        subject.evidence.get(at as usize).map_or_else(String::new, |at| run.sources.show(Place::from(*at)))
    };
    let known = subject.enterprise.map(|id| run.register.get(id));
    let owner = || subject.name.trim_end_matches(&*subject.unit).trim_end_matches(" · ").to_owned();
    let name = known.map_or_else(owner, |one| one.name.clone());
    let assessed = match &check.evaluation {
        Evaluation::Assessed(assessed) => Some(assessed),
        Evaluation::Failed { .. } | Evaluation::Fault(_) => None,
    };
    let given = |code: &str| assessed.and_then(|assessed| indicator(plugin, assessed, code));
    let numbers = |code: &str| given(code).and_then(|one| one.value.number());
    let is_source = given("major_hazard_source").map(|one| one.value == Value::Flag(true));
    let level = match (is_source, given("level").map(|one| &one.value)) {
        (Some(false), _) => "不构成",
        (_, Some(Value::Text(level))) => level,
        _ => "",
    };
    let population =
        subject.facts.iter().find(|fact| manifest.facts[fact.fact as usize].code == "population");
    let Some(table) = subject.tables.iter().find(|table| manifest.tables[table.table as usize].code == TABLE)
    else {
        return;
    };
    let columns = &manifest.tables[table.table as usize].columns;
    // The working has a step for each substance, in their order; where it has not, its numbers are left out.
    let is_step = |reason: &&crate::model::Reason| manifest.phrases[reason.phrase as usize].code == WORKING;
    let steps: Vec<_> = given("S").map_or_else(Vec::new, |s| s.working.iter().filter(is_step).collect());
    let steps = Some(steps).filter(|steps| steps.len() == table.rows.len());
    for (nth, substance) in table.rows.iter().enumerate() {
        let cell = |code: &str| {
            let at = columns.iter().position(|column| column.code == code)?;
            Some((substance.cells.get(at)?, place(substance.evidence + at as u32)))
        };
        let mut row = Row::default()
            .text("name", &*name)
            .text("kind", known.map_or("", |one| &*one.kind))
            .text("unit", &*subject.unit)
            .text("level", level);
        for (key, code) in [("substance", "substance"), ("cas", "cas")] {
            if let Some((Value::Text(text), at)) = cell(code) {
                row = row.text(key, &**text).rests_on(key, at);
            }
        }
        if let Some((value, at)) = cell("quantity") {
            row = row.given_number("quantity", value.number()).rests_on("quantity", at);
        }
        let step = |at: usize| match steps.as_ref()?.get(nth)?.params.get(at)? {
            Param::Number(number) => Some(*number),
            _ => None,
        };
        for (key, at) in [("critical", 2), ("beta", 3), ("ratio", 4)] {
            row = row.given_number(key, step(at));
            if let Some(step) = steps.as_ref().and_then(|steps| steps.get(nth)) {
                row = row.rests_on(key, step.render(manifest));
            }
        }
        for (key, code) in [("s", "S"), ("alpha", "alpha"), ("r", "R")] {
            row = row.given_number(key, numbers(code));
            for reason in given(code).into_iter().flat_map(|one| &one.working) {
                row = row.rests_on(key, reason.render(manifest));
            }
        }
        if is_source == Some(false) {
            row = row.text("r", "/");
        }
        if let Some(fact) = population {
            row = row
                .given_number("population", fact.value.number())
                .rests_on("population", place(fact.evidence));
        }
        entries.push(row.0);
    }
}
