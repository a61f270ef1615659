//! What the town's own records say of a unit on a day, as indicators: the ledger, letters of
//! responsibility, visits, campaigns, drills and training, accidents.
//! Counts only; what a count means is for the plugin that wants it to say.
//!
//! A record that the inbox lacks says nothing: an empty ledger is unknown, not a town without hazards.

use std::collections::BTreeMap;

use super::Whom;
use crate::model::campaign::{Letter, Signer};
use crate::model::ledger::{Hazard, HazardState};
use crate::model::text::match_key;
use crate::model::yearend::UnitKind;
use crate::model::{Date, Decimal, EnterpriseId, HazardLevel, Provenance, Run, Value};

/// Sources and their indicators, each with what it counts. A plugin asks for them by these names; all
/// are numbers. For an enterprise they are as of the day of its check, for a village or department as of
/// the last day of the year assessed, but not after the day of the assessment.
pub const RECORDS: &[(&str, &str, &str)] = &[
    ("ledger", "found", "发现的隐患"),
    ("ledger", "open", "未销号的隐患"),
    ("ledger", "overdue", "逾期未销号的隐患"),
    ("ledger", "major_found", "发现的重大隐患"),
    ("ledger", "major_open", "未销号的重大隐患"),
    ("ledger", "major_overdue", "逾期未销号的重大隐患"),
    ("letters", "own", "本单位责任书:已签1,未签0"),
    ("letters", "due", "辖区或监管企业应签责任书"),
    ("letters", "missing", "辖区或监管企业未签责任书"),
    ("visits", "plan", "按风险等级应检查家次(本单位或辖区、监管企业)"),
    ("visits", "done", "计入计划的检查家次"),
    ("visits", "gaps", "未达到检查频次的企业"),
    ("campaigns", "due", "专项行动应检查家次"),
    ("campaigns", "covered", "专项行动已检查家次"),
    ("activities", "drills", "当年应急演练"),
    ("activities", "unassessed", "当年没有评估的应急演练"),
    ("activities", "sessions", "当年面向此类单位的培训"),
    ("accidents", "count", "当年事故"),
    ("accidents", "deaths", "当年事故死亡人数"),
    ("accidents", "injured", "当年事故重伤人数"),
    ("accidents", "liable_deaths", "当年生产安全责任事故死亡人数"),
    ("accidents", "deaths_before", "检查日前一年内事故死亡人数"),
    ("accidents", "injured_before", "检查日前一年内事故重伤人数"),
];

/// A count, and the first thing that was counted.
type Counted = (u64, Option<Provenance>);

/// The records of a run, by whom they are about.
pub struct Records<'r> {
    run: &'r Run,
    /// The day of villages and departments.
    last_day: Date,
    /// Where each unit itself stands.
    places: BTreeMap<Whom, (Kind, Provenance)>,
    hazards: BTreeMap<Whom, Vec<usize>>,
    /// Enterprises of a village, and those that a department supervises.
    below: BTreeMap<Whom, Vec<EnterpriseId>>,
    letters: BTreeMap<Whom, usize>,
    has_letters: bool,
    /// Lines of the frequency plan.
    planned: BTreeMap<EnterpriseId, usize>,
    /// Campaigns with their members: positions.
    members: BTreeMap<EnterpriseId, Vec<(usize, usize)>>,
    drills: BTreeMap<Whom, Vec<usize>>,
    incidents: BTreeMap<Whom, Vec<usize>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Enterprise,
    Village,
    Department,
}

impl<'r> Records<'r> {
    /// Sorts the records of a run by whom they are about.
    pub fn of(run: &'r Run) -> Self {
        let last = Date::new(run.year_end.year, 12, 31);
        let mut records = Self {
            run,
            last_day: last.map_or(run.as_of, |last| last.min(run.as_of)),
            places: BTreeMap::new(),
            hazards: BTreeMap::new(),
            below: BTreeMap::new(),
            letters: BTreeMap::new(),
            has_letters: false,
            planned: BTreeMap::new(),
            members: BTreeMap::new(),
            drills: BTreeMap::new(),
            incidents: BTreeMap::new(),
        };
        let mut by_name: BTreeMap<String, Whom> = BTreeMap::new();
        for unit in run.year_end.units.iter().map(|unit| &unit.unit) {
            let whom = Whom::Office(unit.number.clone());
            let kind = match unit.kind {
                UnitKind::Village => Kind::Village,
                UnitKind::Department => Kind::Department,
            };
            by_name.insert(match_key(&unit.name), whom.clone());
            records.places.insert(whom, (kind, unit.at));
        }
        let office = |name: &str| by_name.get(&match_key(name)).cloned();
        for (id, enterprise) in (0..).map(EnterpriseId).zip(&run.register.enterprises) {
            records.places.insert(Whom::Enterprise(id), (Kind::Enterprise, enterprise.at));
            records.below.entry(Whom::Enterprise(id)).or_default().push(id);
            for over in [office(&enterprise.village), office(&enterprise.department)].into_iter().flatten() {
                records.below.entry(over).or_default().push(id);
            }
        }
        for (index, hazard) in run.ledger.hazards.iter().enumerate() {
            let about = [
                hazard.enterprise.map(Whom::Enterprise),
                Some(Whom::Office((&hazard.village).into())),
                office(&hazard.department),
            ];
            for whom in about.into_iter().flatten() {
                records.hazards.entry(whom).or_default().push(index);
            }
        }
        for (index, letter) in run.supervision.letters.letters.iter().enumerate() {
            let whom = match letter.signer {
                Signer::Enterprise(id) => Whom::Enterprise(id),
                Signer::Village | Signer::Department => Whom::Office(letter.unit.clone()),
            };
            records.letters.entry(whom).or_insert(index);
        }
        records.has_letters = run.supervision.letters.letters.iter().any(|letter| letter.signed.is_some());
        for (index, line) in run.supervision.frequency.lines.iter().enumerate() {
            records.planned.insert(line.enterprise, index);
        }
        for (at, campaign) in run.supervision.campaigns.iter().enumerate() {
            for (index, member) in campaign.members.iter().enumerate() {
                records.members.entry(member.enterprise).or_default().push((at, index));
            }
        }
        let activities = &run.supervision.activities;
        for (index, drill) in activities.drill_list.iter().enumerate() {
            let about = drill.enterprise.map(Whom::Enterprise).or_else(|| office(&drill.unit));
            if let Some(whom) = about {
                records.drills.entry(whom).or_default().push(index);
            }
        }
        for (index, incident) in activities.incidents.iter().enumerate() {
            let about = [incident.enterprise.map(Whom::Enterprise), office(&incident.village)];
            for whom in about.into_iter().flatten() {
                records.incidents.entry(whom).or_default().push(index);
            }
        }
        records
    }

    /// What a record says of a unit; `day`: the day of the check, which counts for enterprises.
    ///
    /// Shape: a number and the cell of the first thing counted, or of the unit itself where nothing was.
    /// Errors: `None` for what is not on record, and for a name that [`RECORDS`] lacks.
    pub fn value(&self, source: &str, code: &str, whom: &Whom, day: Date) -> Option<(Value, Provenance)> {
        let (kind, place) = *self.places.get(whom)?;
        let day = if kind == Kind::Enterprise { day } else { self.last_day };
        let (count, first) = match source {
            "ledger" => self.hazards(code, whom, day),
            "letters" => self.letters(code, whom, day),
            "visits" => self.visits(code, whom),
            "campaigns" => self.campaigns(code, whom, day),
            "activities" => self.activities(code, whom, kind, day),
            "accidents" => self.accidents(code, whom, day),
            _ => None,
        }?;
        Some((Value::Number(Decimal::from(count)), first.unwrap_or(place)))
    }

    fn hazards(&self, code: &str, whom: &Whom, day: Date) -> Option<Counted> {
        let ledger = &self.run.ledger;
        let major = |hazard: &Hazard| hazard.level == HazardLevel::Major;
        let counts: &dyn Fn(&Hazard, HazardState) -> bool = match code {
            "found" => &|_, _| true,
            "open" => &|_, state| !state.closed(),
            "overdue" => &|_, state| state == HazardState::Overdue,
            "major_found" => &|hazard, _| major(hazard),
            "major_open" => &|hazard, state| major(hazard) && !state.closed(),
            "major_overdue" => &|hazard, state| major(hazard) && state == HazardState::Overdue,
            _ => return None,
        };
        if ledger.hazards.is_empty() {
            return None;
        }
        let own = self.hazards.get(whom).into_iter().flatten().map(|at| &ledger.hazards[*at]);
        let counted = own.filter(|hazard| hazard.state(day).is_some_and(|state| counts(hazard, state)));
        Some(count(counted.map(|hazard| ledger.leading(hazard).at)))
    }

    fn letters(&self, code: &str, whom: &Whom, day: Date) -> Option<Counted> {
        let letters = &self.run.supervision.letters.letters;
        if !self.has_letters {
            return None;
        }
        let place = |letter: &Letter| letter.signed.as_ref().map(|(.., at)| *at);
        if code == "own" {
            let own = &letters[*self.letters.get(whom)?];
            return Some((u64::from(own.is_signed(day)), place(own)));
        }
        let below = self.below.get(whom).into_iter().flatten();
        let due = below
            .filter(|id| Whom::Enterprise(**id) != *whom && self.run.register.get(**id).is_active(day))
            .filter_map(|id| self.letters.get(&Whom::Enterprise(*id)))
            .map(|at| &letters[*at]);
        let at = |letter: &Letter| {
            let own = match letter.signer {
                Signer::Enterprise(id) => Some(self.run.register.get(id).at),
                Signer::Village | Signer::Department => None,
            };
            place(letter).or(own)
        };
        match code {
            "due" => Some(count(due.filter_map(at))),
            "missing" => Some(count(due.filter(|letter| !letter.is_signed(day)).filter_map(at))),
            _ => None,
        }
    }

    /// The plan is one of the whole year, so it is offered as it stands.
    fn visits(&self, code: &str, whom: &Whom) -> Option<Counted> {
        let supervision = &self.run.supervision;
        if supervision.visits.is_empty() {
            return None;
        }
        let below = self.below.get(whom)?;
        let own = below.iter().filter_map(|id| self.planned.get(id));
        let own = own.map(|at| &supervision.frequency.lines[*at]);
        let of = |n: u64| Some((n, None));
        match code {
            "plan" => of(own.map(|line| u64::from(line.plan.unwrap_or(0))).sum()),
            "done" => of(own.map(|line| u64::from(line.done().min(line.plan.unwrap_or(0)))).sum()),
            "gaps" => {
                let gaps = own.filter(|line| line.is_gap());
                Some(count(gaps.map(|line| self.run.register.get(line.enterprise).at)))
            }
            _ => None,
        }
    }

    /// Campaigns whose window is over on the day.
    fn campaigns(&self, code: &str, whom: &Whom, day: Date) -> Option<Counted> {
        let below = self.below.get(whom)?;
        let campaigns = &self.run.supervision.campaigns;
        let due = below
            .iter()
            .flat_map(|id| self.members.get(id).into_iter().flatten())
            .filter(|(at, _)| campaigns[*at].window.1 <= day)
            .map(|(at, member)| &campaigns[*at].members[*member])
            .filter(|member| member.waived.is_none());
        let at = |id: EnterpriseId| self.run.register.get(id).at;
        match code {
            "due" => Some(count(due.map(|member| at(member.enterprise)))),
            "covered" => Some(count(due.filter_map(|member| member.covered.first().copied()))),
            _ => None,
        }
    }

    fn activities(&self, code: &str, whom: &Whom, kind: Kind, day: Date) -> Option<Counted> {
        let activities = &self.run.supervision.activities;
        let in_time = |held: Date| held.year() == day.year() && held <= day;
        if code == "sessions" {
            let words: &[&str] = match kind {
                Kind::Enterprise => &["企业"],
                Kind::Village => &["村"],
                Kind::Department => &["部门", "站所"],
            };
            let own = activities.session_list.iter().filter(|session| {
                in_time(session.day) && words.iter().any(|word| session.audience.contains(word))
            });
            return (!activities.session_list.is_empty()).then(|| count(own.map(|session| session.at)));
        }
        if activities.drill_list.is_empty() {
            return None;
        }
        let own = self.drills.get(whom).into_iter().flatten().map(|at| &activities.drill_list[*at]);
        let own = own.filter(|drill| in_time(drill.day));
        match code {
            "drills" => Some(count(own.map(|drill| drill.at))),
            "unassessed" => Some(count(own.filter(|drill| !drill.assessed).map(|drill| drill.at))),
            _ => None,
        }
    }

    fn accidents(&self, code: &str, whom: &Whom, day: Date) -> Option<Counted> {
        let incidents = &self.run.supervision.activities.incidents;
        if incidents.is_empty() {
            return None;
        }
        let own = self.incidents.get(whom).into_iter().flatten().map(|at| &incidents[*at]);
        // An application for a level looks back a year, everything else at the calendar year.
        let (code, back) = match code.strip_suffix("_before") {
            Some(code) => (code, true),
            None => (code, false),
        };
        let from = day.checked_sub(jiff::Span::new().years(1)).unwrap_or(Date::MIN);
        let in_window =
            |held: Date| held <= day && if back { held > from } else { held.year() == day.year() };
        let own = own.filter(|one| one.day.is_none_or(in_window));
        let counted: Vec<_> = own
            .map(|one| match code {
                "count" => (1, one.at),
                "deaths" => (one.deaths, one.at),
                "injured" => (one.injured, one.at),
                _ => (if one.liability == Some(true) { one.deaths } else { 0 }, one.at),
            })
            .filter(|(n, _)| *n > 0)
            .collect();
        let known = matches!((code, back), ("count" | "liable_deaths", false) | ("deaths" | "injured", _));
        let sum = counted.iter().fold(0_u64, |sum, (n, _)| sum.saturating_add(u64::from(*n)));
        known.then(|| (sum, counted.first().map(|(_, at)| *at)))
    }
}

fn count(places: impl Iterator<Item = Provenance>) -> Counted {
    let (mut n, mut first) = (0, None);
    for place in places {
        n += 1;
        first = first.or(Some(place));
    }
    (n, first)
}
