//! Letters of responsibility and the ranking of enterprises in `results.json`.
//! Serialisable form only: it counts nothing that the model cannot say.

use serde::{Deserialize, Serialize};

use super::Cell;
use crate::model::campaign::Letter;
use crate::model::ledger::shown_rate;
use crate::model::yearend::enterprises::{EnterpriseResult, EnterpriseVeto};
use crate::model::yearend::{Sense, shown};
use crate::model::{Decimal, Evaluation, Ratio, Run};

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
    /// Score of the check alone; none: 未评定.
    #[serde(default)]
    pub by_check: Option<String>,
    /// Bonuses as they count; absent where none do.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bonus: Option<String>,
    /// Penalties; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub penalty: Option<String>,
    /// Bonuses and penalties as told, in the order of their table.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub entries: Vec<Entry>,
    /// Score of the self-assessment; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub self_score: Option<String>,
    /// Self-assessment less score; absent where one of them lacks.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub self_minus_final: Option<String>,
    /// Whether that difference must be explained.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub self_gap_flag: bool,
    /// The sheet by which it was verified; absent where an ordinary check stands for it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub verified: Option<Verified>,
    /// Decided objections, by date.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub objections: Vec<Objection>,
    /// What came of them; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub after: Option<After>,
}

/// A bonus or penalty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// `bonus` or `penalty`.
    pub sense: String,
    /// For what.
    pub matter: String,
    /// Points, not negative.
    pub points: String,
    /// Number of the document; empty where none.
    pub document: String,
    /// Whether it counts.
    pub counts: bool,
    /// Where the points stand.
    pub at: Cell,
}

/// A verified sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// Who signed it, as written; may be empty.
    pub by: String,
    /// When, as written; may be empty.
    pub on: String,
    /// Where its table begins.
    pub at: Cell,
}

/// A decided objection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objection {
    /// Code of the item.
    pub item: String,
    /// Points given back.
    pub points: Option<String>,
    /// The score as written.
    pub score: String,
    /// Why.
    pub reason: String,
    /// Who approved it.
    pub approved_by: String,
    /// When.
    pub date: Option<String>,
    /// Where the score stands.
    pub at: Cell,
}

/// An enterprise after its objections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct After {
    /// Score; none: 未评定.
    pub score: Option<String>,
    /// Grade.
    pub grade: String,
    /// Rank; none: not ranked.
    pub rank: Option<u32>,
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
    let cell = |at| super::cell(&run.sources, at);
    let some = |points: Decimal| (!points.is_zero()).then(|| points.normalize().to_string());
    let one = |(result, after): (&EnterpriseResult, &EnterpriseResult)| {
        let told = run.year_end.told.get(&result.enterprise);
        let entries = told.into_iter().flat_map(|told| told.entries.iter().enumerate());
        let entries = entries.map(|(index, entry)| {
            let is_bonus = entry.sense == Sense::Bonus;
            Entry {
                sense: if is_bonus { "bonus" } else { "penalty" }.to_owned(),
                matter: entry.matter.clone(),
                points: entry.points.normalize().to_string(),
                document: entry.document.clone(),
                counts: if is_bonus { result.counted.contains(&index) } else { !result.penalty.is_zero() },
                at: cell(entry.at),
            }
        });
        let objections = told.into_iter().flat_map(|told| &told.objections).map(|one| Objection {
            item: one.item.clone(),
            points: one.points.map(|points| points.normalize().to_string()),
            score: one.score.normalize().to_string(),
            reason: one.reason.clone(),
            approved_by: one.approved_by.clone(),
            date: one.date.map(|date| date.to_string()),
            at: cell(one.at),
        });
        let objections: Vec<_> = objections.collect();
        let verified = told.and_then(|told| told.verified.as_ref());
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
            by_check: result.by_check.map(|score| score.to_string()),
            bonus: some(result.bonus),
            penalty: some(result.penalty),
            entries: entries.collect(),
            self_score: result.own.map(shown),
            self_minus_final: result.gap.map(|gap| gap.to_string()),
            self_gap_flag: result.gap_flagged,
            verified: verified.map(|sheet| Verified {
                by: sheet.signed.by.clone(),
                on: sheet.signed.on.clone(),
                at: cell(sheet.at),
            }),
            after: (!objections.is_empty()).then(|| After {
                score: after.score.map(|score| score.to_string()),
                grade: after.grade.clone(),
                rank: after.rank,
            }),
            objections,
        }
    };
    let results = run.year_end.enterprises.iter();
    results.zip(&run.year_end.enterprises_after).map(one).collect()
}
