//! Campaigns in `results.json`: who had to be checked, who was, visits and hazards, each with its cells.
//! Serialisable form only: it counts nothing that the model has not counted.

use serde::{Deserialize, Serialize};

use super::Cell;
use crate::model::campaign;
use crate::model::ledger::shown_rate;
use crate::model::{Provenance, Ratio, Run};

/// A campaign as it stands on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Campaign {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// First day.
    pub first: String,
    /// Last day.
    pub last: String,
    /// Whether the window is from memory.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub unverified: bool,
    /// The day it is judged on: the last day, or that of the run.
    pub until: String,
    /// Members that must be checked.
    pub due: usize,
    /// Of these checked.
    pub covered: usize,
    /// Percent; `/` where nobody is due.
    pub coverage: String,
    /// 家次.
    pub visits: usize,
    /// 一般 hazards found by it.
    pub hazards: usize,
    /// Of these closed by the day.
    pub closed: usize,
    /// Percent; `/` where nothing was found.
    pub rate: String,
    /// By kind of enterprise.
    pub by_kind: Vec<Kind>,
    /// Its scope, in the order of the register.
    pub members: Vec<Member>,
    /// The visits.
    pub visit_list: Vec<Visit>,
    /// Numbers of the hazards.
    pub hazard_ids: Vec<String>,
}

/// Members of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kind {
    /// As the register has it; may be empty.
    pub kind: String,
    /// Must be checked.
    pub due: usize,
    /// Of these checked.
    pub covered: usize,
    /// Excused.
    pub waived: usize,
}

/// A member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Number in the register, or its code.
    pub unit: String,
    /// Name.
    pub name: String,
    /// Where it is excused.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub waived: Option<Cell>,
    /// Where it was checked; empty: not covered.
    pub covered: Vec<Cell>,
}

/// A visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// Day.
    pub day: String,
    /// Number of the enterprise in the register, or its code.
    pub unit: String,
    /// Name.
    pub name: String,
    /// The rows that say so.
    pub rows: Vec<Cell>,
}

/// A part of a whole in percent; `/` for nothing.
pub fn percent(part: usize, whole: usize, digits: u8) -> String {
    let ratio = i128::try_from(part).ok().zip(i128::try_from(whole).ok());
    shown_rate(ratio.and_then(|(part, whole)| Ratio::new(part, whole)), digits)
}

/// The campaigns of a run that have begun and have covered or visited somebody, by id.
pub fn campaigns(run: &Run) -> Vec<Campaign> {
    let known = run.supervision.campaigns.iter();
    known
        .filter(|one| one.window.0 <= run.as_of && (!one.visits.is_empty() || one.covered() > 0))
        .map(|one| campaign(run, one))
        .collect()
}

/// One campaign.
pub fn campaign(run: &Run, one: &campaign::Campaign) -> Campaign {
    let digits = run.ledger.rate_digits;
    let cells = |places: &[Provenance]| places.iter().map(|at| super::cell(&run.sources, *at)).collect();
    let member = |member: &campaign::Member| {
        let enterprise = run.register.get(member.enterprise);
        Member {
            unit: enterprise.called().to_owned(),
            name: enterprise.name.clone(),
            waived: member.waived.map(|at| super::cell(&run.sources, at)),
            covered: cells(&member.covered),
        }
    };
    let visit = |at: &usize| {
        let visit = &run.supervision.visits[*at];
        let enterprise = run.register.get(visit.enterprise);
        Visit {
            day: visit.day.to_string(),
            unit: enterprise.called().to_owned(),
            name: enterprise.name.clone(),
            rows: cells(&visit.at),
        }
    };
    let kinds = one.by_kind(&run.register).into_iter();
    Campaign {
        id: one.id.clone(),
        name: one.name.clone(),
        first: one.window.0.to_string(),
        last: one.window.1.to_string(),
        unverified: one.is_unverified,
        until: one.window.1.min(run.as_of).to_string(),
        due: one.due(),
        covered: one.covered(),
        coverage: percent(one.covered(), one.due(), digits),
        visits: one.visits.len(),
        hazards: one.hazards.len(),
        closed: one.closed,
        rate: percent(one.closed, one.hazards.len(), digits),
        by_kind: kinds
            .map(|(kind, of)| Kind {
                kind: kind.to_owned(),
                due: of.due,
                covered: of.covered,
                waived: of.waived,
            })
            .collect(),
        members: one.members.iter().map(member).collect(),
        visit_list: one.visits.iter().map(visit).collect(),
        hazard_ids: one.hazards.iter().map(|at| run.ledger.hazards[*at].id.clone()).collect(),
    }
}
