//! Report templates: what a report's reader sees, as data under `templates/report/<name>/report.toml`.
//! Knows no workbook: titles, columns, fonts, paper and notes come out checked, and nothing is drawn.

mod file;
pub(super) mod keys;
pub(super) mod pattern;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use include_dir::{Dir, include_dir};
use serde::Deserialize;

use file::{Check, RawReport};
pub(super) use keys::{
    CitationKey, CountKey, DifferenceKey, DocumentKey, EditionKey, EvidenceKey, FaultKey, FilingKey,
    HazardKey, InputKey, LedgerKey, LineKey, MajorKey, NameKey, PairKey, ProblemKey, RankingKey, ReferralKey,
    ReturnKey, RuleKey, ScoreKey, StatisticKey, UnitFilingKey, UnitKey,
};
pub(super) use pattern::{Pattern, Words};

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../templates/report");

/// The longest `report.toml`: ours are below 20 KiB, and toml builds a tree of several times the text.
const MAX_TEMPLATE_BYTES: u64 = 1 << 20;

/// All report templates of a run, sorted by name.
#[derive(Debug, Clone)]
pub struct Templates {
    pub(super) reports: Vec<Report>,
}

/// What is wrong with a template: which one, where in it, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateFault {
    /// Name of the template: its folder.
    pub template: String,
    /// The place within it, e.g. `sheet 排名, column rank`.
    pub at: String,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for TemplateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "template {}: {}: {}", self.template, self.at, self.what)
    }
}

impl Templates {
    /// The templates inside the program.
    pub fn built_in() -> Self {
        Self::read(BUILT_IN.dirs().filter_map(|dir| {
            let name = dir.path().file_name()?.to_str()?;
            let text = dir.get_file(dir.path().join("report.toml"))?.contents_utf8()?;
            Some((name.to_owned(), text.to_owned()))
        }))
        .expect("the built-in templates are valid: a test reads them")
    }

    /// The templates of a folder: one `<name>/report.toml` each; other files are left alone.
    ///
    /// Errors: every fault of every template, in the order of their names; also a file that
    /// cannot be read, and a folder without templates.
    pub fn from_folder(folder: &Path) -> Result<Self, Vec<TemplateFault>> {
        let fault =
            |at: String, what: String| TemplateFault { template: folder.display().to_string(), at, what };
        let entries =
            std::fs::read_dir(folder).map_err(|error| vec![fault("folder".to_owned(), error.to_string())])?;
        let mut texts = BTreeMap::new();
        let mut faults = Vec::new();
        for entry in entries.flatten() {
            let file = entry.path().join("report.toml");
            let Ok(about) = file.metadata() else { continue };
            let name = entry.file_name().to_string_lossy().into_owned();
            if about.len() > MAX_TEMPLATE_BYTES {
                faults.push(fault(
                    name,
                    format!("report.toml has {} bytes, at most {MAX_TEMPLATE_BYTES}", about.len()),
                ));
                continue;
            }
            match std::fs::read_to_string(&file) {
                Ok(text) => drop(texts.insert(name, text)),
                Err(error) => faults.push(fault(name, error.to_string())),
            }
        }
        if texts.is_empty() && faults.is_empty() {
            faults.push(fault("folder".to_owned(), "no <name>/report.toml in it".to_owned()));
        }
        match Self::read(texts) {
            Ok(templates) if faults.is_empty() => Ok(templates),
            Ok(_) => Err(faults),
            Err(more) => Err(faults.into_iter().chain(more).collect()),
        }
    }

    /// Reads templates from their texts. Errors: as [`Templates::from_folder`].
    pub fn read(texts: impl IntoIterator<Item = (String, String)>) -> Result<Self, Vec<TemplateFault>> {
        let texts: BTreeMap<String, String> = texts.into_iter().collect();
        let mut reports = Vec::new();
        let mut faults = Vec::new();
        for (name, text) in texts {
            let mut check = Check { template: &name, at: String::new(), faults: &mut faults };
            match toml::from_str::<RawReport>(&text) {
                Ok(raw) => reports.extend(check.report(raw)),
                Err(error) => check.fault(error.to_string().trim_end().to_owned()),
            }
        }
        if faults.is_empty() { Ok(Self { reports }) } else { Err(faults) }
    }
}

impl Templates {
    /// Only the reports about the hazard ledger.
    #[must_use]
    pub fn of_ledger(mut self) -> Self {
        let of_ledger = |sheet: &Sheet| {
            matches!(
                sheet.content,
                Content::Ledger { .. }
                    | Content::MergeReview { .. }
                    | Content::LedgerStatistics { .. }
                    | Content::Named { .. }
            )
        };
        self.reports.retain(|report| report.sheets.iter().any(of_ledger));
        self
    }
}

/// One report: a workbook for each plugin, or one for the run.
#[derive(Debug, Clone)]
pub(super) struct Report {
    /// Name of the template: its folder.
    pub name: String,
    pub per: Per,
    /// Name of the file.
    pub file: Pattern,
    pub fonts: Fonts,
    pub formats: Formats,
    pub paper: Paper,
    pub sheets: Vec<Sheet>,
}

/// For what a workbook is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Per {
    /// For each plugin that has checks.
    Plugin,
    /// Once.
    Run,
    /// For each file that is returned to its sender. Only the first such report is used.
    Source,
    /// Once, where units are assessed at the end of the year.
    YearEnd,
    /// Where it is asked for: a paper of the office (文书), perhaps in several volumes.
    Paper,
    /// For a campaign that was asked for.
    Campaign,
}

/// A font: xlsx names one font a cell, and embeds none.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Font {
    pub name: String,
    /// Points.
    pub size: f64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fonts {
    pub title: Font,
    pub header: Font,
    pub body: Font,
    pub note: Font,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum PaperSize {
    A3,
    A4,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Orientation {
    Portrait,
    Landscape,
}

/// Margins in millimetres.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Margins {
    pub top: f64,
    pub bottom: f64,
    pub left: f64,
    pub right: f64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Paper {
    pub size: PaperSize,
    pub orientation: Orientation,
    pub margins_mm: Margins,
    /// Footer in Excel's own code, e.g. `第 &P 页 共 &N 页`.
    pub footer: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Align {
    Left,
    Center,
    Right,
}

/// Number formats in Excel's own code.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Formats {
    /// Days.
    pub day: String,
    /// Points, which are exact and have as many digits as they have.
    pub points: String,
    /// Rates.
    pub percent: String,
}

/// One column. Widths count Latin characters; a Chinese one takes two.
#[derive(Debug, Clone)]
pub(super) struct Column<K> {
    pub key: K,
    pub header: String,
    pub min: f64,
    pub max: f64,
    pub align: Align,
}

/// A table on a sheet.
#[derive(Debug, Clone)]
pub(super) struct Block<K> {
    /// A line above it; empty where none.
    pub caption: Pattern,
    pub columns: Vec<Column<K>>,
}

impl<K: Copy + PartialEq> Block<K> {
    /// The position of a column, where the template has it.
    pub fn position(&self, key: K) -> Option<u16> {
        self.columns.iter().position(|column| column.key == key).map(|position| position as u16)
    }
}

/// One sheet.
#[derive(Debug, Clone)]
pub(super) struct Sheet {
    /// Name of the sheet; of a kind that makes several sheets, how each is named.
    pub name: Pattern,
    pub orientation: Orientation,
    pub title: Pattern,
    /// Lines under the title: left and right half.
    pub lines: Vec<[Pattern; 2]>,
    pub signature: Pattern,
    pub notes: Vec<Pattern>,
    pub content: Content,
}

/// What a sheet holds.
#[derive(Debug, Clone)]
pub(super) enum Content {
    Ranking {
        latest: Block<RankingKey>,
        earlier: Block<RankingKey>,
        total: String,
    },
    ScoreSheet {
        items: Block<ScoreKey>,
        labels: ScoreLabels,
    },
    MajorHazards {
        hazards: Block<HazardKey>,
        referrals: Block<ReferralKey>,
    },
    ItemStatistics {
        items: Block<StatisticKey>,
        total: String,
    },
    TopItems {
        items: Block<StatisticKey>,
        chart: ChartText,
    },
    Units {
        units: Block<UnitKey>,
    },
    Clauses {
        documents: Block<DocumentKey>,
        citations: Block<CitationKey>,
        editions: Block<EditionKey>,
        majors: Block<MajorKey>,
    },
    Trace {
        inputs: Block<InputKey>,
        rules: Block<RuleKey>,
        evidence: Block<EvidenceKey>,
    },
    Problems {
        problems: Block<ProblemKey>,
    },
    ProblemCounts {
        counts: Block<CountKey>,
        total: String,
    },
    PluginFaults {
        faults: Block<FaultKey>,
    },
    ReturnList {
        problems: Block<ReturnKey>,
    },
    Names {
        names: Block<NameKey>,
    },
    Filings {
        reports: Block<FilingKey>,
        units: Block<UnitFilingKey>,
    },
    VersionDifferences {
        differences: Block<DifferenceKey>,
    },
    /// The hazard ledger, or a part of it.
    Ledger {
        part: LedgerPart,
        hazards: Block<LedgerKey>,
    },
    MergeReview {
        pairs: Block<PairKey>,
    },
    LedgerStatistics {
        lines: Block<LineKey>,
    },
    /// Signals, or a sheet of a campaign: its kind, and its blocks with the columns of [`KINDS`].
    Named {
        kind: &'static str,
        blocks: Vec<Block<&'static str>>,
    },
    /// A sheet of the year-end assessment: its kind, and its blocks with the columns of [`KINDS`].
    YearEnd {
        kind: &'static str,
        blocks: Vec<Block<&'static str>>,
    },
    /// A sheet of a paper: its kind, its blocks with the columns of [`keys::KINDS`], and the words of
    /// its charts where it has some.
    Paper {
        kind: &'static str,
        blocks: Vec<Block<&'static str>>,
        chart: Option<ChartText>,
    },
}

/// Which hazards a sheet of the ledger holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LedgerPart {
    /// All.
    Whole,
    /// Those that are open.
    Open,
    /// Those whose closing is refused.
    Refused,
    /// Those that the next year opens with, as a list that its inbox reads.
    CarryOver,
}

/// Labels of the rows under a score sheet.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScoreLabels {
    pub subtotal: String,
    pub other_deductions: String,
    pub total: String,
    pub not_applicable: String,
    pub possible: String,
    pub score: String,
    pub interim: String,
    pub grade: String,
    pub veto: String,
    pub cap: String,
    pub referral: String,
    pub hazards: String,
    pub note: String,
    /// Printed instead of points for an item that does not apply.
    pub excused: String,
}

/// Words of the chart.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChartText {
    pub title: String,
    pub axis: String,
}
