//! Control indicators: who holds which limit, what the record of accidents says of it, and whether what
//! was split downwards is within what was set above.
//! Repairs nothing: a sum that is too large is told at the limit above.

use std::collections::BTreeMap;

use super::inputs::{place, text};
use crate::model::campaign::Incident;
use crate::model::text::match_key;
use crate::model::yearend::controls::{Control, Holder, Measure};
use crate::model::yearend::{Breach, UnitKind};
use crate::model::{
    Decimal, EnterpriseId, Problem, ProblemCode, Record, Register, Resolved, Resolver, Table, YearEnd,
};

/// How a split table calls the town itself, beside its name.
const TOWN: [&str; 5] = ["全镇", "本镇", "镇", "镇下达", "下达指标"];

/// Reads the limits and counts what happened.
///
/// `incidents`: none where no record of accidents came in. What a village or department exceeded is
/// added to its inputs.
/// Shape: in the order of the tables and rows; a total stands for the town where no row does. A row that
/// names nobody is a problem, and so is a limit below what was split from it: villages, departments and
/// enterprises each add up to at most the town's, the enterprises of a village to at most the village's.
/// Errors: none.
pub fn read_controls(
    year_end: &mut YearEnd,
    tables: &[Table],
    register: &Register,
    resolver: &Resolver<'_>,
    incidents: Option<&[Incident]>,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut controls: Vec<Control> = Vec::new();
    for table in tables.iter().filter(|table| table.is("control-indicators")) {
        let mut own = Vec::new();
        for row in &table.rows {
            let (number, name) = (text(table, row, "number"), text(table, row, "unit"));
            let Some(holder) = holder(year_end, register, resolver, &number, &name) else {
                let problem = Problem::new(ProblemCode::AssessedUnitUnknown, place(table, row, "unit"));
                problems.push(problem.found([number, name].join(" ").trim()));
                continue;
            };
            own.extend(limits(table, row, holder, &name));
        }
        let total = table.totals.last().filter(|_| own.iter().all(|one| one.holder != Holder::Town));
        if let Some(total) = total {
            own.extend(limits(table, total, Holder::Town, "合计"));
        }
        controls.extend(own);
    }
    for control in &mut controls {
        control.actual = incidents.map(|incidents| {
            let own = incidents.iter().filter(|one| {
                one.liability == Some(true)
                    && one.day.is_none_or(|day| day.year() == year_end.year)
                    && concerns(one, control.holder, year_end, register)
            });
            own.map(|one| match control.measure {
                Measure::Accidents => 1,
                Measure::Deaths => u64::from(one.deaths),
                Measure::Injured => u64::from(one.injured),
            })
            .sum()
        });
    }
    for control in controls.iter().filter(|control| control.is_exceeded() == Some(true)) {
        if let Holder::Office(at) = control.holder {
            let actual = control.actual.unwrap_or_default();
            let title = control.measure.title();
            let shown = format!("{title}{actual},控制指标{}", super::plain(control.target));
            let breach = Breach { measure: control.measure, shown, at: control.at };
            year_end.units[at].breaches.push(breach);
        }
    }
    problems.extend(split(&controls, year_end, register));
    year_end.controls = controls;
    problems
}

fn holder(
    year_end: &YearEnd,
    register: &Register,
    resolver: &Resolver<'_>,
    number: &str,
    name: &str,
) -> Option<Holder> {
    let (number, key) = (match_key(number).to_uppercase(), match_key(name));
    if number.is_empty() && (TOWN.contains(&&*key) || (!key.is_empty() && key == match_key(&register.town))) {
        return Some(Holder::Town);
    }
    let unit = year_end.units.iter().position(|unit| {
        if number.is_empty() { match_key(&unit.unit.name) == key } else { unit.unit.number == number }
    });
    unit.map(Holder::Office).or_else(|| {
        let by_number = resolver.by_number(&number);
        let id = by_number.or_else(|| match resolver.resolve(name, "") {
            Resolved::Known { id, .. } => Some(id),
            Resolved::Ambiguous(_) | Resolved::NotListed | Resolved::Unknown => None,
        });
        id.map(Holder::Enterprise)
    })
}

/// The limits of one row.
fn limits(table: &Table, row: &Record, holder: Holder, name: &str) -> Vec<Control> {
    let limit = |(measure, key, _): &(Measure, &str, &str)| {
        let cell = table.cell(row, key)?;
        let target = cell.value.number().filter(|target| *target >= Decimal::ZERO)?;
        let (measure, name) = (*measure, name.to_owned());
        Some(Control { holder, name, measure, target, actual: None, at: cell.at })
    };
    Measure::ALL.iter().filter_map(limit).collect()
}

/// Whether an accident counts for a holder: a village's by place, a department's by whom it supervises.
fn concerns(incident: &Incident, holder: Holder, year_end: &YearEnd, register: &Register) -> bool {
    match holder {
        Holder::Town => true,
        Holder::Enterprise(id) => incident.enterprise == Some(id),
        Holder::Office(at) => {
            let unit = &year_end.units[at].unit;
            let place = match unit.kind {
                UnitKind::Village => incident.village.clone(),
                UnitKind::Department => {
                    let supervised = incident.enterprise.map(|id| &register.get(id).department);
                    supervised.cloned().unwrap_or_default()
                }
            };
            match_key(&place) == match_key(&unit.name)
        }
    }
}

/// Where limits add up to: what was set above.
fn split(controls: &[Control], year_end: &YearEnd, register: &Register) -> Vec<Problem> {
    let villages: BTreeMap<String, usize> = (0..)
        .zip(&year_end.units)
        .filter(|(_, unit)| unit.unit.kind == UnitKind::Village)
        .map(|(at, unit)| (match_key(&unit.unit.name), at))
        .collect();
    let village_of = |id: EnterpriseId| villages.get(&match_key(&register.get(id).village)).copied();
    // Sums by what is above, whose they are, and of what.
    let mut sums: BTreeMap<(Holder, &str, Measure), Decimal> = BTreeMap::new();
    for control in controls {
        let mut add = |above: Holder, whose: &'static str| {
            let sum = sums.entry((above, whose, control.measure)).or_default();
            *sum = sum.checked_add(control.target).unwrap_or(Decimal::MAX);
        };
        match control.holder {
            Holder::Town => {}
            Holder::Office(at) => add(Holder::Town, year_end.units[at].unit.kind.title()),
            Holder::Enterprise(id) => {
                add(Holder::Town, "企业");
                if let Some(at) = village_of(id) {
                    add(Holder::Office(at), "企业");
                }
            }
        }
    }
    let mut problems = Vec::new();
    for ((above, whose, measure), sum) in sums {
        let limit = controls.iter().find(|one| one.holder == above && one.measure == measure);
        if let Some(limit) = limit.filter(|limit| sum > limit.target) {
            problems.push(
                Problem::new(ProblemCode::ControlSplit, limit.at)
                    .found(super::plain(limit.target))
                    .arg(format!("{whose}{}之和为{}", measure.title(), super::plain(sum)))
                    .note(&limit.name),
            );
        }
    }
    problems
}
