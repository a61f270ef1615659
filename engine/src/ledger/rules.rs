//! The numbers and words of the ledger that a locality may set otherwise.
//! Decides nothing: the other files ask it.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::model::ledger::MajorStandard;
use crate::model::text::match_key;
use crate::model::{Date, Decimal, HazardLevel, HazardSource, Ratio};

/// The rules of the ledger.
#[derive(Debug, Clone)]
pub struct Rules {
    pub(super) certain_days: i32,
    pub(super) suspected_days: i32,
    pub(super) likeness: Ratio,
    pub(super) most_compared: usize,
    pub(super) most_pairs: usize,
    /// Digits of a rate in percent.
    pub(super) rate_digits: u8,
    /// The highest first; whether closings are tested by pictures and persons.
    sources: Vec<(HazardSource, bool)>,
    levels: BTreeMap<String, HazardLevel>,
    deadline_days: BTreeMap<&'static str, i32>,
    sectors: Vec<String>,
    pub(super) other_sector: String,
    pub(super) blocks: Vec<(String, String)>,
    filed_report: String,
    /// Days between reports on an open major hazard.
    pub(super) report_days: Option<i32>,
    /// Documents by which major hazards are judged.
    pub(super) major_standards: Vec<MajorStandard>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    schema: u32,
    certain_days: u16,
    suspected_days: u16,
    suspected_likeness: String,
    most_compared: usize,
    most_pairs: usize,
    rate_digits: u8,
    source: Vec<RawSource>,
    levels: BTreeMap<String, String>,
    deadline_days: BTreeMap<String, u16>,
    sectors: RawSectors,
    block: Vec<RawBlock>,
    filed: RawFiled,
    #[serde(default)]
    major: RawMajor,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawMajor {
    report_days: Option<u16>,
    #[serde(default)]
    standard: Vec<RawStandard>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStandard {
    title: String,
    sectors: Vec<String>,
    from: Option<String>,
    to: Option<String>,
    mark: Mark,
}

/// How sure it is when a document holds: a text in force, second hand, from memory.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
enum Mark {
    C,
    S,
    M,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSource {
    key: String,
    evidence: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSectors {
    order: Vec<String>,
    other: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBlock {
    number: String,
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFiled {
    report: String,
}

impl Rules {
    /// The rules inside the program.
    pub fn built_in() -> Self {
        const TEXT: &str = include_str!("../../../templates/ledger/rules.toml");
        Self::read(TEXT).expect("the built-in rules are valid: a test reads them")
    }

    /// Reads rules. Errors: what is wrong with them.
    pub fn read(text: &str) -> Result<Self, String> {
        let raw: Raw = toml::from_str(text).map_err(|error| error.to_string())?;
        if raw.schema != 1 {
            return Err(format!("expected schema 1, found {}", raw.schema));
        }
        let likeness = raw
            .suspected_likeness
            .parse::<Decimal>()
            .ok()
            .filter(|likeness| {
                *likeness > Decimal::ZERO && *likeness <= Decimal::ONE && likeness.scale() <= 9
            })
            .and_then(|likeness| Ratio::new(likeness.mantissa(), 10_i128.pow(likeness.scale())))
            .ok_or_else(|| {
                format!(
                    "suspected_likeness: expected above 0 and up to 1, found {:?}",
                    raw.suspected_likeness
                )
            })?;
        if raw.rate_digits > 6 {
            return Err(format!("rate_digits: expected up to 6, found {}", raw.rate_digits));
        }
        if raw.most_compared == 0 || raw.most_compared > 10_000 {
            return Err(format!("most_compared: expected 1 to 10000, found {}", raw.most_compared));
        }
        let mut sources = Vec::new();
        for source in &raw.source {
            let known = HazardSource::ALL.into_iter().find(|known| known.key() == source.key);
            let known = known.ok_or_else(|| format!("source: {:?} is not known", source.key))?;
            if sources.iter().any(|(other, _)| *other == known) {
                return Err(format!("source: {:?} stands twice", source.key));
            }
            sources.push((known, source.evidence));
        }
        if sources.len() != HazardSource::ALL.len() {
            return Err(format!("source: expected {}, found {}", HazardSource::ALL.len(), sources.len()));
        }
        let mut levels = BTreeMap::new();
        for (word, level) in &raw.levels {
            levels.insert(match_key(word), level_of(level)?);
        }
        let mut deadline_days = BTreeMap::new();
        for (level, days) in &raw.deadline_days {
            deadline_days.insert(level_of(level)?.key(), i32::from(*days));
        }
        let standards = raw.major.standard.iter().map(standard_of).collect::<Result<_, _>>()?;
        Ok(Self {
            certain_days: raw.certain_days.into(),
            suspected_days: raw.suspected_days.into(),
            likeness,
            most_compared: raw.most_compared,
            most_pairs: raw.most_pairs,
            rate_digits: raw.rate_digits,
            sources,
            levels,
            deadline_days,
            sectors: raw.sectors.order,
            other_sector: raw.sectors.other,
            blocks: raw.block.into_iter().map(|block| (block.number, block.name)).collect(),
            filed_report: raw.filed.report,
            report_days: raw.major.report_days.map(i32::from),
            major_standards: standards,
        })
    }

    /// The rank of a source, from 0: the lower leads.
    pub(super) fn rank(&self, source: HazardSource) -> usize {
        self.sources.iter().position(|(known, _)| *known == source).unwrap_or(usize::MAX)
    }

    /// Whether closings of a source are tested by pictures and persons.
    pub(super) fn has_evidence(&self, source: HazardSource) -> bool {
        self.sources.iter().any(|(known, evidence)| *known == source && *evidence)
    }

    /// The level that a local word stands for.
    pub(super) fn level(&self, word: &str) -> Option<HazardLevel> {
        self.levels.get(&match_key(word)).copied()
    }

    /// Days from discovery to the deadline, where a row gives none.
    pub(super) fn deadline_days(&self, level: HazardLevel) -> Option<i32> {
        self.deadline_days.get(level.key()).copied()
    }

    /// Sectors in the order of the statistics; the last is where places belong.
    pub(super) fn sector_order(&self) -> Vec<String> {
        self.sectors.iter().chain([&self.other_sector]).cloned().collect()
    }

    /// What the filing log calls the report whose lists are counted as filed.
    pub fn filed_report(&self) -> &str {
        &self.filed_report
    }
}

fn standard_of(raw: &RawStandard) -> Result<MajorStandard, String> {
    let wrong = |what: &str| format!("major.standard {:?}: {what}", raw.title);
    let day = |text: &Option<String>| -> Result<Option<Date>, String> {
        let Some(text) = text else { return Ok(None) };
        let day =
            text.parse().map_err(|_| wrong(&format!("expected a day as 2026-09-30, found {text:?}")))?;
        Ok(Some(day))
    };
    let (from, to) = (day(&raw.from)?, day(&raw.to)?);
    if from.zip(to).is_some_and(|(from, to)| to < from) {
        return Err(wrong("expected from before to"));
    }
    if raw.title.trim().is_empty() || raw.sectors.iter().all(|sector| sector.trim().is_empty()) {
        return Err(wrong("expected a title and sectors"));
    }
    Ok(MajorStandard {
        title: raw.title.trim().to_owned(),
        sectors: raw.sectors.iter().map(|sector| match_key(sector)).collect(),
        from,
        to,
        is_unverified: raw.mark == Mark::M,
    })
}

fn level_of(key: &str) -> Result<HazardLevel, String> {
    let known = [HazardLevel::General, HazardLevel::Major].into_iter().find(|level| level.key() == key);
    known.ok_or_else(|| format!("level: expected general or major, found {key:?}"))
}
