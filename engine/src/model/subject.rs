//! Who is assessed by a plugin, and what is known of it: the host's side of the contract's
//! `subject`, with names and provenance that never cross the border.

use super::{Date, Decimal, EnterpriseId, HazardLevel, Provenance, Value, Verdict};

/// One subject of one plugin: a check sheet, or a unit of a list.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The enterprise, where it is known who it is.
    pub enterprise: Option<EnterpriseId>,
    /// Name as it stands in the workbook; of a unit: `enterprise · unit`.
    pub name: String,
    /// Credit code as it stands there, upper case; empty where none.
    pub code: String,
    /// Name of the unit within the enterprise, for kinds that have one; empty otherwise.
    pub unit: String,
    /// Number of the village or department that is assessed, e.g. V01; empty for an enterprise, and
    /// where the town's organisation does not know the name.
    pub office: String,
    /// Inspectors, as written.
    pub inspectors: String,
    /// Position of the plugin.
    pub plugin: usize,
    /// Position in the manifest's kinds.
    pub kind: u32,
    /// Day of the inspection.
    pub date: Date,
    /// Positions in the manifest's tags.
    pub tags: Vec<u32>,
    /// Known facts.
    pub facts: Vec<KnownFact>,
    /// Known tables.
    pub tables: Vec<KnownTable>,
    /// Indicators from elsewhere.
    pub indicators: Vec<KnownIndicator>,
    /// Answers in the order of the workbook, at most one for an item.
    pub answers: Vec<Answer>,
    /// Where things stand; a plugin cites positions in this list.
    pub evidence: Vec<Provenance>,
}

/// What the inspector wrote about one item.
///
/// Most answers are a verdict at its cell: what else may be written costs the others no memory.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Position in the manifest's items.
    pub item: u32,
    /// Verdict as written.
    pub verdict: Verdict,
    /// Level of hazard as written.
    pub level: Option<HazardLevel>,
    /// Position in the subject's evidence: the verdict's cell.
    pub evidence: u32,
    /// None where nothing is.
    written: Option<Box<Written>>,
}

/// What is written beside a verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Deduction; never negative.
    pub number: Option<Decimal>,
    /// Position in the subject's evidence: the deduction's cell.
    pub number_evidence: Option<u32>,
    /// Problem found (存在问题), as written; empty where none. Does not cross the border.
    pub finding: String,
    /// Deadline; empty where none.
    pub deadline: Option<Date>,
    /// Day it was put right.
    pub done: Option<Date>,
    /// Remark, as written; empty where none.
    pub remark: String,
}

impl Written {
    /// Nothing.
    pub const NOTHING: Self = Self {
        number: None,
        number_evidence: None,
        finding: String::new(),
        deadline: None,
        done: None,
        remark: String::new(),
    };
}

impl Answer {
    /// A verdict at its cell, and nothing written beside it.
    pub const fn plain(item: u32, verdict: Verdict, evidence: u32) -> Self {
        Self { item, verdict, level: None, evidence, written: None }
    }

    /// The answer with a level of hazard.
    #[must_use]
    pub fn with_level(self, level: Option<HazardLevel>) -> Self {
        Self { level, ..self }
    }

    /// The answer with this written beside it, and nothing else.
    #[must_use]
    pub fn with(self, written: Written) -> Self {
        let written = (written != Written::NOTHING).then(|| Box::new(written));
        Self { written, ..self }
    }

    /// What is written beside the verdict.
    pub fn written(&self) -> &Written {
        static NOTHING: Written = Written::NOTHING;
        self.written.as_deref().unwrap_or(&NOTHING)
    }
}

/// A known fact.
#[derive(Debug, Clone)]
pub struct KnownFact {
    /// Position in the manifest's facts.
    pub fact: u32,
    /// Its value.
    pub value: Value,
    /// Position in the subject's evidence.
    pub evidence: u32,
}

/// The rows of one table.
#[derive(Debug, Clone)]
pub struct KnownTable {
    /// Position in the manifest's tables.
    pub table: u32,
    /// Its rows.
    pub rows: Vec<TableRow>,
}

/// One row of a table.
#[derive(Debug, Clone)]
pub struct TableRow {
    /// One value for each column of the manifest's table.
    pub cells: Vec<Value>,
    /// Position of the first cell in the subject's evidence; cell n stands n positions after it.
    pub evidence: u32,
}

/// An indicator from elsewhere.
#[derive(Debug, Clone)]
pub struct KnownIndicator {
    /// Position in the manifest's needs.
    pub need: u32,
    /// Its value.
    pub value: Value,
    /// Position in the subject's evidence.
    pub evidence: u32,
}
