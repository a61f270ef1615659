//! Standardization in `results.json`: the ladder at the year's end, and the reviews of the year.
//! Serialisable form only: it counts nothing that the model has not counted.

use serde::{Deserialize, Serialize};

use super::Cell;
use crate::model::yearend::ladder::Below;
use crate::model::{EnterpriseId, Run};

/// The ladder of a town, and its reviews.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standardization {
    /// The year at whose end the ladder stands.
    pub year: i16,
    /// Levels, highest first, those without one last.
    pub ladder: Vec<Rung>,
    /// Enterprises on the ladder.
    pub total: usize,
    /// Those whose certificate ended before the year did.
    pub expired: Vec<String>,
    /// Why the others have no level.
    pub without: Vec<Without>,
    /// Reviews, in the order of the checks.
    pub checks: Vec<Review>,
}

/// A level and who stands on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    /// Level.
    pub level: String,
    /// The office's numbers, or names of those without one, in the order of the register.
    pub enterprises: Vec<String>,
}

/// An enterprise without a level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Without {
    /// The office's number, or the name.
    pub enterprise: String,
    /// `no-level`, `unknown-level`, `no-day` or `expired`.
    pub why: String,
    /// Where the certificate stands.
    pub at: Option<Cell>,
}

/// A review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// The office's number of the enterprise; none where nobody knows it.
    pub enterprise: Option<String>,
    /// Position of the file in `sources`.
    pub source: Option<u32>,
    /// Points earned, exact; none where nothing was checked.
    pub got: Option<String>,
    /// Points possible.
    pub possible: String,
    /// Points of what does not apply.
    pub na_points: String,
    /// Score.
    pub score: Option<String>,
    /// Level that the score earns.
    pub level_by_score: String,
    /// Level of safety performance, as written.
    pub performance: Option<String>,
    /// Level: the lower of the two.
    pub level: String,
    /// `score` or `performance`, whichever is the lower; another word as its plugin gives it.
    pub binding: Option<String>,
}

/// The standardization of a run; none where there is none.
pub fn standardization(run: &Run) -> Option<Standardization> {
    let year_end = &run.year_end;
    let ladder = &year_end.ladder;
    if ladder.footings.is_empty() && year_end.reviews.is_empty() {
        return None;
    }
    let called = |id: EnterpriseId| run.register.get(id).called().to_owned();
    let rung = |(level, ids): (&str, Vec<EnterpriseId>)| Rung {
        level: level.to_owned(),
        enterprises: ids.into_iter().map(called).collect(),
    };
    let without = ladder.footings.iter().filter_map(|footing| {
        let why = match footing.level.err()? {
            Below::NoLevel => "no-level",
            Below::UnknownLevel => "unknown-level",
            Below::NoDay => "no-day",
            Below::Expired(_) => "expired",
        };
        let at = footing.at.map(|at| super::cell(&run.sources, at));
        Some(Without { enterprise: called(footing.enterprise), why: why.to_owned(), at })
    });
    let checks = year_end.reviews.iter().filter_map(|review| {
        let check = run.checks.get(review.check)?;
        let main = check.scored.as_ref()?.schemes.first()?;
        Some(Review {
            enterprise: check.subject.enterprise.map(called),
            source: check.subject.evidence.first().map(|at| at.source.0),
            got: main.score.is_some().then(|| main.got.normalize().to_string()),
            possible: main.possible.normalize().to_string(),
            na_points: main.not_applicable.normalize().to_string(),
            score: main.score.map(|score| score.to_string()),
            level_by_score: review.level_by_score.clone(),
            performance: review.performance.clone(),
            level: review.level.clone(),
            binding: review.binding.as_deref().map(|binding| match binding {
                "评分" => "score".to_owned(),
                "安全绩效" => "performance".to_owned(),
                other => other.to_owned(),
            }),
        })
    });
    Some(Standardization {
        year: year_end.year,
        ladder: ladder.rungs().into_iter().map(rung).collect(),
        total: ladder.footings.len(),
        expired: ladder.expired().map(called).collect(),
        without: without.collect(),
        checks: checks.collect(),
    })
}
