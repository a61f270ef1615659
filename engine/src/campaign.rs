//! Visits, the frequency plan, and campaigns: who had to be checked, who was, and what was found.
//! Merges no hazards and reads no file: scope, window and counting of a campaign are data, `templates/campaign/`.

use std::collections::{BTreeMap, BTreeSet};

use include_dir::{Dir, include_dir};
use serde::Deserialize;

use crate::model::campaign::{Campaign, Frequency, FrequencyLine, Member, Visit};
use crate::model::text::match_key;
use crate::model::{
    Date, Enterprise, EnterpriseId, HazardLevel, HazardSource, Ledger, Provenance, Record, Register,
    Resolved, Resolver, Role, Table, Value, Verdict,
};

/// The plans inside the program: a file each, named by its id.
static PLANS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../templates/campaign");

/// What a campaign is.
#[derive(Debug, Clone)]
pub struct Plan {
    id: String,
    name: String,
    /// Whether its window was checked against a text in force; the plans of seasons were not.
    mark: Mark,
    first: String,
    last: String,
    covered_by: CoveredBy,
    /// States of production that excuse a member, folded.
    waived: Vec<String>,
    /// Whether only enterprises active on some end of the window are in its scope; else the whole register.
    active_only: bool,
    hazards: Vec<HazardSource>,
    /// Who is not in its scope: a field of the register, and its folded values.
    without: Vec<(Field, BTreeSet<String>)>,
    phase: Vec<Phase>,
}

/// A campaign as its file says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPlan {
    schema: u32,
    name: String,
    mark: Mark,
    first: String,
    last: String,
    covered_by: CoveredBy,
    waived: Vec<String>,
    active_only: bool,
    hazards: Vec<String>,
    #[serde(default)]
    without: Vec<Without>,
    #[serde(default)]
    phase: Vec<Phase>,
}

/// How sure a plan's window is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Mark {
    /// As a text in force says.
    C,
    /// As the office says.
    S,
    /// From memory: shown as 未核实.
    M,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum CoveredBy {
    Visits,
    Review,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Field {
    Sector,
    Kind,
    Village,
    Risk,
    Department,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Without {
    field: Field,
    values: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Phase {
    name: String,
    first: String,
    last: String,
}

impl Plan {
    /// The plans inside the program, by id.
    pub fn built_in() -> Vec<Self> {
        let mut plans: Vec<_> = texts()
            .map(|(id, text)| Self::read(id, text).expect("the built-in plans are valid: a test reads them"))
            .collect();
        plans.sort_by(|a, b| a.id.cmp(&b.id));
        plans
    }

    /// Reads a plan. Errors: what is wrong with it.
    pub fn read(id: &str, text: &str) -> Result<Self, String> {
        let raw: RawPlan = toml::from_str(text).map_err(|wrong| wrong.to_string().trim_end().to_owned())?;
        if raw.schema != 1 {
            return Err(format!("expected schema 1, found {}", raw.schema));
        }
        if raw.name.trim().is_empty() {
            return Err("name: expected what a reader calls it".to_owned());
        }
        for phase in &raw.phase {
            window(&phase.first, &phase.last, 2026)
                .ok_or_else(|| format!("phase {:?}: no such day", phase.name))?;
        }
        window(&raw.first, &raw.last, 2026).ok_or("first, last: expected a month and a day")?;
        let source = |key: &String| {
            let known = HazardSource::ALL.into_iter().find(|source| source.key() == key);
            known.ok_or_else(|| format!("hazards: {key:?} is not known"))
        };
        let folded = |without: Without| {
            let values = without.values.iter().map(|value| match_key(value)).collect();
            (without.field, values)
        };
        Ok(Self {
            id: id.to_owned(),
            hazards: raw.hazards.iter().map(source).collect::<Result<_, _>>()?,
            name: raw.name,
            mark: raw.mark,
            first: raw.first,
            last: raw.last,
            covered_by: raw.covered_by,
            waived: raw.waived.iter().map(|state| match_key(state)).collect(),
            active_only: raw.active_only,
            without: raw.without.into_iter().map(folded).collect(),
            phase: raw.phase,
        })
    }

    /// The name of its file, without ending.
    pub fn id(&self) -> &str {
        &self.id
    }

    fn holds(&self, enterprise: &Enterprise, first: Date, last: Date) -> bool {
        let is_active = enterprise.is_active(first) || enterprise.is_active(last);
        (is_active || !self.active_only)
            && !self.without.iter().any(|(field, values)| {
                let own = match field {
                    Field::Sector => &enterprise.sector,
                    Field::Kind => &enterprise.kind,
                    Field::Village => &enterprise.village,
                    Field::Risk => &enterprise.risk,
                    Field::Department => &enterprise.department,
                };
                !values.is_empty() && values.contains(&match_key(own))
            })
    }
}

/// Id and text of each plan inside the program.
fn texts() -> impl Iterator<Item = (&'static str, &'static str)> {
    PLANS
        .files()
        .filter(|file| file.path().extension().is_some_and(|end| end == "toml"))
        .filter_map(|file| Some((file.path().file_stem()?.to_str()?, file.contents_utf8()?)))
}

/// First and last day; one that runs over the end of the year begins in this one.
fn window(first: &str, last: &str, year: i16) -> Option<(Date, Date)> {
    let day = |text: &str, year| {
        let (month, day) = text.split_once('-')?;
        Date::new(year, month.parse().ok()?, day.parse().ok()?).ok()
    };
    let first = day(first, year)?;
    let same = day(last, year)?;
    Some((first, if same < first { day(last, year.checked_add(1)?)? } else { same }))
}

/// Reads the visits: an enterprise and a day, each once.
///
/// Shape: by day and enterprise; a row of no enterprise, or of no day, is no visit. Errors: none.
pub fn read_visits(tables: &[Table], resolver: &Resolver<'_>) -> Vec<Visit> {
    let mut visits: BTreeMap<(Date, EnterpriseId), Vec<Provenance>> = BTreeMap::new();
    for table in tables.iter().filter(|table| table.is("visits")) {
        for row in &table.rows {
            let day = table.cell(row, "date").and_then(|cell| cell.value.day());
            if let (Some(day), Some((id, at))) = (day, who(table, row, resolver)) {
                visits.entry((day, id)).or_default().push(at);
            }
        }
    }
    let visit = |((day, enterprise), mut at): (_, Vec<_>)| {
        at.sort_unstable();
        Visit { day, enterprise, at }
    };
    visits.into_iter().map(visit).collect()
}

/// The enterprise of a row, and the cell of its name.
fn who(table: &Table, row: &Record, resolver: &Resolver<'_>) -> Option<(EnterpriseId, Provenance)> {
    let unit = table.cell(row, "unit")?;
    let code = table.cell(row, "credit_code").map(|cell| match_key(&cell.shown()).to_uppercase());
    match resolver.resolve(&unit.shown(), &code.unwrap_or_default()) {
        Resolved::Known { id, .. } => Some((id, unit.at)),
        _ => None,
    }
}

/// Visits in a year by risk colour.
#[derive(Debug, Clone)]
pub struct FrequencyPlan(BTreeMap<String, u32>);

impl FrequencyPlan {
    /// The plan inside the program.
    pub fn built_in() -> Self {
        const TEXT: &str = include_str!("../../templates/frequency/plan.toml");
        Self::read(TEXT).expect("the built-in plan is valid: a test reads it")
    }

    /// Reads a plan. Errors: what is wrong with it.
    pub fn read(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Raw {
            schema: u32,
            visits: BTreeMap<String, u32>,
        }
        let raw: Raw = toml::from_str(text).map_err(|wrong| wrong.to_string().trim_end().to_owned())?;
        if raw.schema != 1 {
            return Err(format!("expected schema 1, found {}", raw.schema));
        }
        if let Some((colour, n)) = raw.visits.iter().find(|(_, n)| **n > 366) {
            return Err(format!("visits.{colour}: expected up to 366, found {n}"));
        }
        Ok(Self(raw.visits.iter().map(|(colour, n)| (match_key(colour), *n)).collect()))
    }
}

/// Holds the visits of a year against the plan by risk colour. `as_of`: visits up to this day count.
pub fn frequency(register: &Register, visits: &[Visit], plan: &FrequencyPlan, as_of: Date) -> Frequency {
    let FrequencyPlan(plan) = plan;
    let year_end = Date::new(as_of.year(), 12, 31).unwrap_or(as_of);
    let mut done: BTreeMap<EnterpriseId, Vec<usize>> = BTreeMap::new();
    let mut total_visits = 0;
    let counts = |visit: &Visit| visit.day.year() == as_of.year() && visit.day <= as_of;
    for (at, visit) in visits.iter().enumerate().filter(|(_, visit)| counts(visit)) {
        total_visits += 1;
        done.entry(visit.enterprise).or_default().push(at);
    }
    let known = (0..).map(EnterpriseId).zip(&register.enterprises);
    let active = known.filter(|(_, enterprise)| enterprise.is_active(year_end));
    let line = |(id, enterprise): (_, &Enterprise)| FrequencyLine {
        enterprise: id,
        plan: plan.get(&match_key(&enterprise.risk)).copied(),
        visits: done.remove(&id).unwrap_or_default(),
    };
    Frequency { lines: active.map(line).collect(), total_visits }
}

/// What sheets of many enterprises (一表多企) say of each: day, where, and whether it was looked at or
/// excused.
struct Reviewed {
    day: Date,
    id: EnterpriseId,
    at: Provenance,
    answered: bool,
    state: String,
}

fn reviews(tables: &[Table], resolver: &Resolver<'_>) -> Vec<Reviewed> {
    let mut found = Vec::new();
    for table in tables.iter().filter(|table| table.role == Role::Matrix) {
        let Some(day) = table.info("date").and_then(|cell| cell.value.day()) else { continue };
        for row in &table.rows {
            let Some((id, at)) = who(table, row, resolver) else { continue };
            let answers = |verdict: Verdict| verdict.checked() || verdict == Verdict::NotApplicable;
            let answered = table.items.iter().any(
                |(item, _)| matches!(&row.cells[*item].value, Value::Verdict(verdict) if answers(*verdict)),
            );
            let state = table.cell(row, "state").map_or_else(String::new, |cell| match_key(&cell.shown()));
            found.push(Reviewed { day, id, at, answered, state });
        }
    }
    found
}

/// Judges each campaign on a day, or on its last day where that is earlier.
///
/// Shape: in the order of the plans; a window over the end of the year is the one that has begun.
pub fn judge(
    plans: &[Plan],
    tables: &[Table],
    register: &Register,
    resolver: &Resolver<'_>,
    visits: &[Visit],
    ledger: &Ledger,
    as_of: Date,
) -> Vec<Campaign> {
    let reviews = reviews(tables, resolver);
    let mut campaigns = Vec::new();
    for plan in plans {
        let Some(mut window_of) = window(&plan.first, &plan.last, as_of.year()) else { continue };
        let mut year = as_of.year();
        if window_of.1.year() > year && as_of < window_of.0 {
            year -= 1;
            window_of = window(&plan.first, &plan.last, year).unwrap_or(window_of);
        }
        let (first, last) = (window_of.0, window_of.1.min(as_of));
        let within = |day: Date| first <= day && day <= last;
        let mut covered: BTreeMap<EnterpriseId, BTreeSet<Provenance>> = BTreeMap::new();
        let mut waived: BTreeMap<EnterpriseId, Provenance> = BTreeMap::new();
        for review in reviews.iter().filter(|review| within(review.day)) {
            if plan.waived.contains(&review.state) {
                waived.entry(review.id).or_insert(review.at);
            } else if plan.covered_by == CoveredBy::Review && review.answered {
                covered.entry(review.id).or_default().insert(review.at);
            }
        }
        let scope: Vec<EnterpriseId> = (0..)
            .map(EnterpriseId)
            .zip(&register.enterprises)
            .filter(|(_, enterprise)| plan.holds(enterprise, first, last))
            .map(|(id, _)| id)
            .collect();
        // Visits are sorted by day, so that a window costs its own and not all of them.
        let from = visits.partition_point(|visit| visit.day < first);
        let to = visits.partition_point(|visit| visit.day <= last).max(from);
        let in_scope = |at: &usize| scope.binary_search(&visits[*at].enterprise).is_ok();
        let own: Vec<usize> = (from..to).filter(in_scope).collect();
        if plan.covered_by == CoveredBy::Visits {
            for visit in own.iter().map(|at| &visits[*at]) {
                covered.entry(visit.enterprise).or_default().extend(visit.at.iter().copied());
            }
        }
        let members = scope.into_iter().map(|id| Member {
            enterprise: id,
            waived: waived.get(&id).copied(),
            covered: covered.get(&id).into_iter().flatten().copied().collect(),
        });
        let found_by_it = |entry: &crate::model::HazardEntry| {
            plan.hazards.contains(&entry.source) && entry.found.value.is_some_and(within)
        };
        // A hazard begins with its first entry, so that none which is found later has one in the window.
        let known = ledger.hazards.partition_point(|hazard| hazard.found.is_some_and(|found| found <= last));
        let hazards: Vec<usize> = (0..if plan.hazards.is_empty() { 0 } else { known })
            .filter(|at| {
                let hazard = &ledger.hazards[*at];
                hazard.level == HazardLevel::General && ledger.entries_of(hazard).any(found_by_it)
            })
            .collect();
        let is_closed = |at: &&usize| ledger.hazards[**at].done.is_some_and(|done| done <= last);
        let closed = hazards.iter().filter(is_closed).count();
        let phase = |phase: &Phase| {
            let (first, last) = window(&phase.first, &phase.last, year)?;
            Some((phase.name.clone(), first, last))
        };
        campaigns.push(Campaign {
            id: plan.id.clone(),
            name: plan.name.clone(),
            is_unverified: plan.mark == Mark::M,
            window: window_of,
            by_review: plan.covered_by == CoveredBy::Review,
            counts: plan.hazards.clone(),
            phases: plan.phase.iter().filter_map(phase).collect(),
            members: members.collect(),
            visits: own,
            hazards,
            closed,
        });
    }
    campaigns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_over_the_end_of_the_year_ends_in_the_next() {
        for (first, last, expected) in [
            ("08-25", "09-30", Some("2026-08-25 2026-09-30")),
            ("12-01", "02-28", Some("2026-12-01 2027-02-28")),
            ("02-30", "03-01", None),
            ("0825", "09-30", None),
        ] {
            let shown = window(first, last, 2026).map(|(first, last)| format!("{first} {last}"));
            assert_eq!(shown.as_deref(), expected, "{first} {last}");
        }
    }

    #[test]
    fn the_built_in_plans_are_read_and_a_wrong_one_is_refused() {
        let ids: Vec<_> = Plan::built_in().into_iter().map(|plan| plan.id).collect();
        assert_eq!(ids, ["autumn", "great-inspection", "national-day", "spring", "summer", "winter"]);
        let (_, right) = texts().find(|(id, _)| *id == "autumn").expect("the battle of autumn");
        for (before, after) in [
            ("schema = 1", "schema = 2"),
            ("\"09-01\"", "\"13-01\""),
            ("first =", "begins ="),
            ("mark = \"M\"", "mark = \"Z\""),
            ("\"sector\"", "\"county\""),
        ] {
            assert!(right.contains(before), "{before}");
            assert!(Plan::read("x", &right.replace(before, after)).is_err(), "{after}");
        }
    }
}
