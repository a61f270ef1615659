//! Letters of responsibility and the ranking of enterprises in `results.json`.
//! Serialisable form only: it counts nothing that the model cannot say.

use serde::{Deserialize, Serialize};

use super::Cell;
use crate::model::campaign::Letter;
use crate::model::ledger::shown_rate;
use crate::model::yearend::enterprises::EnterpriseVeto;
use crate::model::{Evaluation, Ratio, Run};

/// Letters of responsibility.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letters {
    /// Coverage on each day that the rules name.
    pub coverage: Vec<Coverage>,
    /// Fields that no post answers for by name.
    pub open_fields: Vec<String>,
}

/// Coverage on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// The day.
    pub day: String,
    /// Letters due.
    pub due: usize,
    /// Those signed.
    pub signed: usize,
    /// Percent; `/` where none is due.
    pub rate: String,
    /// Numbers, or names, of those who have not signed, sorted.
    pub missing: Vec<String>,
}

/// An enterprise of the ranking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enterprise {
    /// The office's number, or the name.
    pub enterprise: String,
    /// Class within which it is ranked.
    pub class: String,
    /// Position of its check in `checks`; none: not checked in the year.
    pub check: Option<usize>,
    /// Score, as shown; none: 未评定.
    pub score: Option<String>,
    /// Grade.
    pub grade: String,
    /// Vetoes, in words.
    pub vetoes: Vec<Veto>,
    /// Closed of found general hazards; none where no ledger is known.
    pub rectification: Option<String>,
    /// Rank within the class; none: not ranked.
    pub rank: Option<u32>,
    /// The rank if nothing ordered equal scores.
    pub rank_without_breaker: Option<u32>,
}

/// A veto of an enterprise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Veto {
    /// Why.
    pub why: String,
    /// The accident; none for a ruling of the check.
    pub at: Option<Cell>,
}

/// The letters of a run; none where no letter is on record.
pub fn letters(run: &Run) -> Option<Letters> {
    let letters = &run.supervision.letters;
    if !letters.letters.iter().any(|letter| letter.signed.is_some()) {
        return None;
    }
    let days = letters.days(run.year_end.year, run.as_of).into_iter();
    let coverage = days.map(|day| {
        let due: Vec<&Letter> = letters.due(&run.register, day).collect();
        let open = due.iter().filter(|letter| !letter.is_signed(day));
        let mut missing: Vec<_> = open.map(|letter| letter.unit.clone()).collect();
        missing.sort();
        let signed = due.len() - missing.len();
        let rate = Ratio::new(signed as i128, due.len() as i128);
        let rate = shown_rate(rate, run.ledger.rate_digits);
        Coverage { day: day.to_string(), due: due.len(), signed, rate, missing }
    });
    Some(Letters {
        coverage: coverage.collect(),
        open_fields: letters.open_fields().map(str::to_owned).collect(),
    })
}

/// The ranking of a run, in the order of the register.
pub fn enterprises(run: &Run) -> Vec<Enterprise> {
    let one = |result: &crate::model::yearend::enterprises::EnterpriseResult| {
        let veto = |veto: &EnterpriseVeto| match veto {
            EnterpriseVeto::Accident(why, at) => {
                Some(Veto { why: why.clone(), at: Some(super::cell(&run.sources, *at)) })
            }
            EnterpriseVeto::Ruling(ruling) => {
                let check = run.checks.get(result.check?)?;
                let Evaluation::Assessed(assessed) = &check.evaluation else { return None };
                let manifest = &run.plugins[check.subject.plugin].manifest;
                Some(Veto { why: assessed.rulings.get(*ruling)?.reason.render(manifest), at: None })
            }
        };
        Enterprise {
            enterprise: run.register.get(result.enterprise).called().to_owned(),
            class: result.class.clone(),
            check: result.check,
            score: result.score.map(|score| score.to_string()),
            grade: result.grade.clone(),
            vetoes: result.vetoes.iter().filter_map(veto).collect(),
            rectification: result.rate.map(|rate| format!("{}/{}", rate.closed, rate.found)),
            rank: result.rank,
            rank_without_breaker: result.rank_without_breaker,
        }
    };
    run.year_end.enterprises.iter().map(one).collect()
}
