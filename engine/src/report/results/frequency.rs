//! The frequency plan in `results.json`: by risk colour, and each enterprise below its plan with its visits.
//! Serialisable form only: it counts nothing that the model has not counted.

use serde::{Deserialize, Serialize};

use super::Cell;
use super::campaign::Visit;
use crate::model::campaign::FrequencyLine;
use crate::model::ledger::shown_rate;
use crate::model::{Ratio, Run};

/// The plan of a year as it stands on the day of the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frequency {
    /// The year.
    pub year: i16,
    /// Visits planned.
    pub planned: u64,
    /// Visits that count: of each enterprise at most as many as planned.
    pub done: u64,
    /// Percent; `/` where nothing is planned.
    pub rate: String,
    /// All visits of the year, also those beyond the plan.
    pub visits: usize,
    /// By risk colour, the most planned visits first.
    pub colours: Vec<Colour>,
    /// Enterprises below their plan, in the order of the register.
    pub gaps: Vec<Planned>,
    /// Enterprises whose risk colour the plan does not know.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub unplanned: Vec<Planned>,
}

/// Enterprises of one risk colour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Colour {
    /// As the register has it; may be empty.
    pub colour: String,
    /// Visits that the plan asks of each; none where it does not know the colour.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub plan: Option<u32>,
    /// Enterprises.
    pub units: usize,
    /// Visits planned.
    pub planned: u64,
    /// Visits that count.
    pub done: u64,
    /// Percent; `/` where nothing is planned.
    pub rate: String,
    /// Enterprises below their plan.
    pub gaps: usize,
}

/// What the plan asks of one enterprise, and what was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// Number in the register, or its code.
    pub unit: String,
    /// Name.
    pub name: String,
    /// Risk colour as the register has it; may be empty.
    pub colour: String,
    /// Visits planned; none where the plan does not know the colour.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub plan: Option<u32>,
    /// Visits made.
    pub done: u32,
    /// Where it stands in the register.
    pub at: Cell,
    /// The visits.
    pub visits: Vec<Visit>,
}

/// A part of the planned visits in percent; `/` for nothing.
pub fn rate(done: u64, planned: u64, digits: u8) -> String {
    shown_rate(Ratio::new(i128::from(done), i128::from(planned)), digits)
}

/// The plan of a run; none where no visits are on record: unknown is not zero.
pub fn frequency(run: &Run) -> Option<Frequency> {
    let (supervision, digits) = (&run.supervision, run.ledger.rate_digits);
    if supervision.visits.is_empty() {
        return None;
    }
    let plan = &supervision.frequency;
    let line = |line: &FrequencyLine| {
        let enterprise = run.register.get(line.enterprise);
        let visit = |at: &usize| {
            let visit = &supervision.visits[*at];
            Visit {
                day: visit.day.to_string(),
                unit: enterprise.called().to_owned(),
                name: enterprise.name.clone(),
                rows: visit.at.iter().map(|at| super::cell(&run.sources, *at)).collect(),
            }
        };
        Planned {
            unit: enterprise.called().to_owned(),
            name: enterprise.name.clone(),
            colour: enterprise.risk.trim().to_owned(),
            plan: line.plan,
            done: line.done(),
            at: super::cell(&run.sources, enterprise.at),
            visits: line.visits.iter().map(visit).collect(),
        }
    };
    let colours = plan.by_colour(&run.register).into_iter().map(|(colour, of)| Colour {
        colour: colour.to_owned(),
        plan: of.plan,
        units: of.units,
        planned: of.planned,
        done: of.done,
        rate: rate(of.done, of.planned, digits),
        gaps: of.gaps,
    });
    Some(Frequency {
        year: run.as_of.year(),
        planned: plan.planned(),
        done: plan.done(),
        rate: rate(plan.done(), plan.planned(), digits),
        visits: plan.total_visits,
        colours: colours.collect(),
        gaps: plan.gaps().map(line).collect(),
        unplanned: plan.unplanned().map(line).collect(),
    })
}
