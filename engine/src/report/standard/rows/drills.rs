//! Rows of 表R10: drills of the year, and the enterprises that owe some and held none.
//! Keeps out plans for emergencies: no workbook lists them, so their columns stay empty.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Content, Row};
use crate::model::campaign::Drill;
use crate::model::{Enterprise, EnterpriseId, Place, Run};
use crate::report::standard::{Entry, percent};

/// How many drills a year are owed, the first rule that fits.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    due: Vec<Due>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Due {
    title: String,
    #[serde(default)]
    sectors: Vec<String>,
    #[serde(default)]
    kinds: Vec<String>,
    #[serde(default)]
    venues: Vec<String>,
    times: u32,
}

const RULES: &str = include_str!("../../../../../templates/standard/drills/due.toml");

impl Due {
    /// Whether it is about an enterprise: each list that is not empty has a word that fits.
    fn fits(&self, one: &Enterprise) -> bool {
        let has = |words: &[String], text: &str| words.iter().any(|word| text.contains(word.as_str()));
        (self.sectors.is_empty() || has(&self.sectors, &one.sector))
            && (self.kinds.is_empty() || has(&self.kinds, &one.kind))
            && (self.venues.is_empty() || one.venues.iter().any(|venue| has(&self.venues, venue)))
    }
}

/// 表R10: a row a drill, by unit: those that are no enterprise as they stand, then the register's order.
pub(super) fn of_year(run: &Run) -> Content {
    let rules: Rules = toml::from_str(RULES).expect("a test reads the built-in rules");
    let in_year = |drill: &&Drill| drill.day.year() == run.as_of.year() && drill.day <= run.as_of;
    let mut by_enterprise: BTreeMap<EnterpriseId, Vec<&Drill>> = BTreeMap::new();
    let mut others: Vec<(&str, Vec<&Drill>)> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut drills: Vec<&Drill> = run.supervision.activities.drill_list.iter().filter(in_year).collect();
    drills.sort_by_key(|drill| (drill.day, drill.at));
    if drills.is_empty() {
        return Content { layout: "drills", ..Content::default() };
    }
    for drill in drills {
        match drill.enterprise {
            Some(id) => by_enterprise.entry(id).or_default().push(drill),
            None => {
                let place = *places.entry(&drill.unit).or_insert_with(|| {
                    others.push((&drill.unit, Vec::new()));
                    others.len() - 1
                });
                others[place].1.push(drill);
            }
        }
    }
    let mut entries = Vec::new();
    for (unit, drills) in others {
        rows_of(run, (unit, kind_of(run, unit), None), &drills, &mut entries);
    }
    let (mut n_due, mut n_done) = (0_u64, 0_u64);
    for (id, one) in (0..).map(EnterpriseId).zip(&run.register.enterprises) {
        let drills = by_enterprise.get(&id).map_or(&[][..], Vec::as_slice);
        // Who has left owes nothing more; what it held stays.
        let rule = rules.due.iter().find(|rule| rule.fits(one)).filter(|_| one.is_active(run.as_of));
        if rule.is_none() && drills.is_empty() {
            continue;
        }
        let times = rule.map(|rule| rule.times);
        if let Some(times) = times {
            n_due += u64::from(times);
            n_done += (drills.len() as u64).min(times.into());
        }
        let kind = rule.map_or("企业", |rule| &*rule.title);
        let first = entries.len();
        rows_of(run, (&one.name, kind, times), drills, &mut entries);
        if let Some(entry) = entries.get_mut(first) {
            let at = run.sources.show(Place::from(one.at));
            entry.sources.entry("due".to_owned()).or_default().push(at);
        }
    }
    let rate = percent(n_done.into(), n_due.into(), 1);
    let summary =
        format!("合计:企业全年应演练 {n_due} 次,已完成 {n_done} 次(每家不超过应演练次数),完成率 {rate}。");
    let words = BTreeMap::from([("summary", summary)]);
    Content { layout: "drills", entries, words, ..Content::default() }
}

/// What a unit is that is no enterprise; empty where nobody says it.
fn kind_of<'r>(run: &'r Run, unit: &str) -> &'r str {
    let is_village = run.ledger.villages.iter().any(|block| block.name == unit && !block.beside);
    if unit == run.register.town {
        "政府"
    } else if is_village {
        "村"
    } else if let Some(known) = run.year_end.units.iter().find(|known| known.unit.name == unit) {
        known.unit.kind.title()
    } else {
        ""
    }
}

/// A row for each drill, or one for a unit without any; the unit's own numbers stand in its first.
fn rows_of(
    run: &Run,
    (unit, kind, due): (&str, &str, Option<u32>),
    drills: &[&Drill],
    entries: &mut Vec<Entry>,
) {
    for nth in 0..drills.len().max(1) {
        let mut row = Row::default().text("unit", unit).text("kind", kind);
        if nth == 0 {
            row = row.given_number("due", due.map(Into::into)).count("done", drills.len());
            for drill in drills {
                row = row.rests_on("done", run.sources.show(Place::from(drill.at)));
            }
        }
        if let Some(drill) = drills.get(nth) {
            row = row
                .text("topic", &*drill.topic)
                .day("drilled", Some(drill.day))
                .rests_on("drilled", run.sources.show(Place::from(drill.at)))
                .text("form", &*drill.form)
                .given_number("people", drill.people)
                .text("assessed", if drill.assessed { "有" } else { "无" });
        }
        entries.push(row.0);
    }
}
