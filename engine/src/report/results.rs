//! `results.json`: everything a run came to, for programs and for `explain`.
//! The only serialisable form of results; numbers are decimal strings, days are `2026-07-16`.
//!
//! Shape: checks name their plugin and items by code; texts and clauses stand once, with the
//! plugin. A cell is the position of its file in `sources`, the sheet's name and the address.
//! Keys keep their order, and absent values and empty lists of an item are left out.

pub mod campaign;
pub mod frequency;
pub mod ledger;
mod of_run;
pub mod standardization;
mod stream;
pub mod yearend;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use stream::write;

use crate::model::{Provenance, Sources};

/// The schema this version writes and reads.
pub const SCHEMA: u32 = 1;

/// A whole run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Results {
    /// Always [`SCHEMA`].
    pub schema: u32,
    /// Version of the program.
    pub program: String,
    /// Day of the assessment.
    pub as_of: String,
    /// Unit that issues the reports; may be empty.
    pub issuer: String,
    /// Town of the register; may be empty.
    pub town: String,
    /// Plugins, by id.
    pub plugins: Vec<Plugin>,
    /// Checks, by plugin, kind, date and place.
    pub checks: Vec<Check>,
    /// Problems, by place.
    pub problems: Vec<Problem>,
    /// The hazard ledger, where the inbox holds lists of hazards.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ledger: Option<ledger::Ledger>,
    /// Campaigns that have begun and have covered somebody.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub campaigns: Vec<campaign::Campaign>,
    /// Visits of the year against the plan by risk colour, where visits are on record.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub frequency: Option<frequency::Frequency>,
    /// Signals: rows that a person should look at together.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub signals: Vec<Signal>,
    /// Standardization, where an enterprise stands on the ladder or was reviewed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub standardization: Option<standardization::Standardization>,
    /// Letters of responsibility, where any is on record.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub letters: Option<yearend::Letters>,
    /// Enterprises that exist at the year's end, ranked.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub enterprises: Vec<yearend::Enterprise>,
    /// Plugins that could not be loaded.
    pub faults: Vec<Fault>,
    /// Files that came in, by path.
    pub sources: Vec<Source>,
}

/// A plugin with its checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plugin {
    /// Id.
    pub id: String,
    /// Version.
    pub version: String,
    /// What a reader sees.
    pub title: String,
    /// Title of the checklist.
    pub checklist: String,
    /// SHA-256 of its bytes.
    pub digest: String,
    /// `built-in`, or the file's name.
    pub origin: String,
    /// Editions.
    pub editions: Vec<Edition>,
    /// Items, in the order of the checklist.
    pub items: Vec<Item>,
    /// Schemes; the first is the main one.
    pub schemes: Vec<Scheme>,
    /// What a locality set otherwise, and what it added; `items` and their points are what came of it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub local: Vec<LocalRule>,
}

/// What a locality set otherwise in a checklist (调整单).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalRule {
    /// Code of the item that it is about.
    pub item: Option<String>,
    /// Which, e.g. VL-61.points; of an item that was added, its code.
    pub key: String,
    /// What the checklist says; empty for what was added.
    pub base: String,
    /// What holds here.
    pub local: String,
    /// Why.
    pub remark: String,
    /// When it was decided.
    pub date: String,
    /// By whom.
    pub approver: String,
    /// Title of the file that says so.
    pub layer: String,
}

/// An edition of rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edition {
    /// Id.
    pub id: String,
    /// What a reader sees.
    pub title: String,
    /// First day.
    pub from: Option<String>,
    /// Last day.
    pub to: Option<String>,
    /// Note; may be empty.
    pub note: String,
}

/// A line of a checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Code.
    pub code: String,
    /// Title of its category.
    pub category: String,
    /// What must be so.
    pub requirement: String,
    /// How to check it.
    pub method: String,
    /// Points.
    pub points: String,
    /// Whether it counts.
    pub scored: bool,
    /// Whether failing it disqualifies.
    pub veto: bool,
    /// What it rests on.
    pub citations: Vec<Citation>,
    /// Clauses by which failing it is a major hazard.
    pub major: Vec<MajorBasis>,
}

/// A clause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Citation {
    /// Title of the document.
    pub document: String,
    /// Clause; empty for the whole document.
    pub clause: String,
    /// First day.
    pub from: Option<String>,
    /// Last day.
    pub to: Option<String>,
    /// C, S or M.
    pub mark: String,
    /// As it is printed, with its mark.
    pub text: String,
}

/// A clause of an edition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MajorBasis {
    /// Id of the edition.
    pub edition: String,
    /// Clause.
    pub clause: String,
    /// `direct`, `element` or `none`.
    pub kind: String,
    /// C, S or M.
    pub mark: String,
}

/// A scheme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scheme {
    /// Code.
    pub code: String,
    /// What a reader sees.
    pub title: String,
    /// Score of a subject that lost nothing.
    pub full_marks: String,
    /// Bands as they are printed; empty where none.
    pub bands: String,
    /// Grade under a veto.
    pub veto_grade: String,
    /// Where it is written down.
    pub source: String,
}

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// Position of the file in [`Results::sources`].
    pub source: u32,
    /// Name of the sheet.
    pub sheet: String,
    /// Address, e.g. F14.
    pub cell: String,
}

/// How a check's evaluation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// With a result.
    Assessed,
    /// The rules cannot judge it.
    Failed,
    /// The plugin failed on it.
    Fault,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Id of the plugin.
    pub plugin: String,
    /// Code of the kind of subject.
    pub kind: String,
    /// What a reader sees of the kind.
    pub kind_title: String,
    /// Number of the enterprise in the register; empty where unknown.
    pub number: String,
    /// Its name: as registered, else as written.
    pub name: String,
    /// Its name as written in the workbook.
    pub written_name: String,
    /// Credit code; empty where unknown.
    pub code: String,
    /// Village; empty where unknown.
    pub village: String,
    /// Unit within the enterprise; empty where none.
    pub unit: String,
    /// Inspectors.
    pub inspectors: String,
    /// Day of the inspection.
    pub date: String,
    /// Whether it is the latest of its enterprise.
    pub latest: bool,
    /// Rank.
    pub rank: Option<u32>,
    /// How the evaluation ended.
    pub status: Status,
    /// Why there is no result; empty where there is one.
    pub message: String,
    /// Id of the edition used.
    pub edition: Option<String>,
    /// What was looked at; none without a result.
    pub coverage: Option<Coverage>,
    /// Scores, the main one first.
    pub schemes: Vec<SchemeScore>,
    /// Items, in the order of the workbook.
    pub items: Vec<ItemResult>,
    /// Decisions beside the points.
    pub rulings: Vec<Ruling>,
    /// Numbers with their working.
    pub indicators: Vec<Indicator>,
    /// Hazards that the rules see.
    pub hazards: Vec<Hazard>,
    /// Things to look at.
    pub notes: Vec<Note>,
}

/// What was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Items on the sheet.
    pub items: u32,
    /// Items that apply.
    pub applicable: u32,
    /// Items that were looked at.
    pub checked: u32,
}

/// A named score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemeScore {
    /// Code of the scheme.
    pub scheme: String,
    /// Σ points on the sheet.
    pub full: String,
    /// Σ points that do not apply.
    pub not_applicable: String,
    /// What could be earned.
    pub possible: String,
    /// Points taken.
    pub deducted: String,
    /// Points earned.
    pub got: String,
    /// The score as shown; none: 未评定.
    pub score: Option<String>,
    /// The score without the unchecked items.
    pub interim: Option<String>,
    /// How the score came about.
    pub working: String,
    /// The grade.
    pub grade: String,
    /// The grade that the score alone would earn.
    pub grade_by_score: String,
    /// `band`, `veto`, `cap`, `not-assessed` or `none`.
    pub basis: String,
    /// Position of the veto or cap in the check's rulings.
    pub ruling: Option<usize>,
}

/// The result of one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemResult {
    /// Code of the item.
    pub item: String,
    /// Verdict by the rules.
    pub verdict: String,
    /// Verdict as written, where the rules came to another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<String>,
    /// Points of the item.
    pub points: String,
    /// Points taken, after cutting off.
    pub deducted: String,
    /// Points earned.
    pub got: String,
    /// Whether the deductions exceed what the item could lose (扣完为止).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut_off: bool,
    /// Problem found, as written.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub finding: String,
    /// Level of hazard as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// Deadline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<String>,
    /// Day it was put right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<String>,
    /// Remark, as written.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub remark: String,
    /// Points taken, one by one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deductions: Vec<Deduction>,
    /// The verdict's cell, the deduction's, and what the rules cite.
    pub evidence: Vec<Cell>,
}

/// Points taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deduction {
    /// Code of the case; none: as the inspector entered it.
    pub case: Option<String>,
    /// Points, before cutting off.
    pub points: String,
    /// Occurrences.
    pub times: u32,
    /// `item`, `category` or `total`.
    pub scope: String,
    /// The sentence.
    pub text: String,
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruling {
    /// `veto`, `cap` or `referral`.
    pub effect: String,
    /// Of a cap: the best grade it leaves.
    pub cap: Option<String>,
    /// Codes of the items it rests on.
    pub items: Vec<String>,
    /// Why.
    pub text: String,
    /// Id of the edition.
    pub edition: Option<String>,
    /// Where to look.
    pub evidence: Vec<Cell>,
}

/// A number with its working.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Indicator {
    /// Code.
    pub code: String,
    /// What a reader sees.
    pub title: String,
    /// Value; empty where there is none.
    pub value: String,
    /// Unit.
    pub unit: String,
    /// A sentence a step.
    pub working: Vec<String>,
    /// Where its data stand.
    pub evidence: Vec<Cell>,
}

/// A hazard that the rules see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hazard {
    /// `general` or `major`.
    pub level: String,
    /// Code of the item.
    pub item: Option<String>,
    /// What it is.
    pub text: String,
    /// Id of the edition.
    pub edition: Option<String>,
    /// Clause; may be empty.
    pub clause: String,
    /// Where to look.
    pub evidence: Vec<Cell>,
}

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Code of the item.
    pub item: Option<String>,
    /// What.
    pub text: String,
    /// Where to look.
    pub evidence: Vec<Cell>,
}

/// Something wrong with the input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Key of its code.
    pub code: String,
    /// `mandatory`, `verify` or `hint`.
    pub severity: String,
    /// Position of the file in [`Results::sources`].
    pub source: u32,
    /// Name of the sheet.
    pub sheet: Option<String>,
    /// Address.
    pub cell: Option<String>,
    /// Column or field.
    pub column: String,
    /// What stands there.
    pub found: String,
    /// What should, or what follows.
    pub expected: String,
    /// What it is about.
    pub note: String,
    /// What the sender says about it; absent where nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub explanation: String,
}

/// Rows that a person should look at together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    /// Key of its problem code.
    pub code: String,
    /// Whom it concerns.
    pub who: String,
    /// What the rows have in common.
    pub fact: String,
    /// Whose threshold was reached.
    pub basis: String,
    /// The rows, by place.
    pub rows: Vec<Cell>,
}

/// A plugin that could not be loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The plugin.
    pub plugin: String,
    /// What happened.
    pub message: String,
}

/// A file that came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Path below the inbox.
    pub path: String,
    /// SHA-256.
    pub sha256: String,
    /// Length.
    pub bytes: u64,
    /// Whether it should have come in and did not; absent where it came in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub missing: bool,
}

/// Why `results.json` cannot be read.
#[derive(Debug)]
pub enum ReadError {
    /// Not JSON, or not of this shape.
    Shape(serde_json::Error),
    /// Another schema.
    Schema {
        /// The number in the file.
        found: u32,
    },
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape(error) => write!(f, "not a results.json: {error}"),
            Self::Schema { found } => write!(f, "expected results of schema {SCHEMA}, found schema {found}"),
        }
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Shape(error) => Some(error),
            Self::Schema { .. } => None,
        }
    }
}

impl Results {
    /// Reads `results.json`. Positions in it are not to be trusted: look them up with `get`.
    ///
    /// Errors: bytes that are not such a file, and another schema.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        #[derive(Deserialize)]
        struct Head {
            schema: u32,
        }
        let head: Head = serde_json::from_slice(bytes).map_err(ReadError::Shape)?;
        if head.schema != SCHEMA {
            return Err(ReadError::Schema { found: head.schema });
        }
        serde_json::from_slice(bytes).map_err(ReadError::Shape)
    }

    /// The plugin with this id.
    pub fn plugin(&self, id: &str) -> Option<&Plugin> {
        self.plugins.iter().find(|plugin| plugin.id == id)
    }
}

impl Plugin {
    /// The item with this code.
    pub fn item(&self, code: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.code == code)
    }
}

fn cell(sources: &Sources, at: Provenance) -> Cell {
    let sheet = sources.sheet(at.source, at.sheet).to_owned();
    Cell { source: at.source.0, sheet, cell: at.cell.to_string() }
}
