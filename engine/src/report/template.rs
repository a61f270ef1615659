//! Report templates: what a report's reader sees, as data under `templates/report/<name>/report.toml`.
//! Knows no workbook: titles, columns, fonts, paper and notes come out checked, and nothing is drawn.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use include_dir::{Dir, include_dir};
use serde::Deserialize;

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

macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident { $($variant:ident $key:literal)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq)]
            pub(super) enum $name { $($variant,)* }

            impl Key for $name {
                const KEYS: &'static [&'static str] = &[$($key,)*];

                fn parse(key: &str) -> Option<Self> {
                    match key {
                        $($key => Some(Self::$variant),)*
                        _ => None,
                    }
                }
            }
        )*
    };
}

/// The columns that a kind of table can have.
pub(super) trait Key: Copy + PartialEq {
    /// All keys, in the order of the table.
    const KEYS: &'static [&'static str];

    /// The column with this key.
    fn parse(key: &str) -> Option<Self>;
}

keys! {
    /// A check in the ranking.
    RankingKey {
        Rank "rank" Name "name" Code "code" Village "village" Date "date" Possible "possible"
        Deducted "deducted" Got "got" Score "score" Interim "interim" Coverage "coverage"
        Grade "grade" Ruling "ruling" Majors "majors" Remark "remark" Sheet "sheet"
    }
    /// An item on a score sheet.
    ScoreKey {
        Item "item" Category "category" Requirement "requirement" Method "method" Points "points"
        Verdict "verdict" Deducted "deducted" Got "got" Reason "reason" Basis "basis" Major "major"
        Source "source"
    }
    /// A major hazard.
    HazardKey {
        Number "number" Name "name" Code "code" Village "village" Item "item" Hazard "hazard"
        Basis "basis" Found "found" Deadline "deadline" Done "done" Source "source"
    }
    /// A referral.
    ReferralKey {
        Number "number" Name "name" Code "code" Village "village" Items "items" Statement "statement"
        Basis "basis" Found "found" Source "source"
    }
    /// The statistics of an item.
    StatisticKey {
        Number "number" Item "item" Category "category" Requirement "requirement" Points "points"
        Applicable "applicable" Checked "checked" Passed "passed" Partial "partial" Failed "failed"
        NotApplicable "not-applicable" NotChecked "not-checked" Lost "lost" LostRate "lost-rate"
    }
    /// A unit with its indicators; `indicators` stands for one column each.
    UnitKey {
        Number "number" Name "name" Unit "unit" Date "date" Indicators "indicators" Working "working"
        Remark "remark" Source "source"
    }
    /// A document.
    DocumentKey { Number "number" Document "document" DocumentNumber "document-number" From "from" To "to" Items "items" }
    /// A citation of an item.
    CitationKey { Item "item" Requirement "requirement" Document "document" Clause "clause" From "from" To "to" Mark "mark" }
    /// An edition.
    EditionKey { Id "id" Edition "edition" From "from" To "to" Note "note" }
    /// A clause by which an item is a major hazard.
    MajorKey { Item "item" Requirement "requirement" Edition "edition" Clause "clause" Kind "kind" Mark "mark" }
    /// A file that came in.
    InputKey { Number "number" File "file" Bytes "bytes" Digest "digest" }
    /// The program or a plugin.
    RuleKey { Id "id" Title "title" Version "version" Edition "edition" Origin "origin" Digest "digest" }
    /// A deduction with its cell.
    EvidenceKey {
        Number "number" Name "name" Date "date" Item "item" Case "case" Points "points" File "file"
        Sheet "sheet" Cell "cell"
    }
    /// A problem.
    ProblemKey {
        Number "number" Severity "severity" File "file" Sheet "sheet" Cell "cell" Column "column"
        Found "found" Problem "problem" Expected "expected" Remedy "remedy" Note "note"
    }
    /// Problems of one kind.
    CountKey { Number "number" Severity "severity" Problem "problem" Code "code" Count "count" Files "files" Remedy "remedy" }
    /// A fault of a plugin.
    FaultKey { Plugin "plugin" Message "message" }
    /// A name that means nobody for certain.
    NameKey {
        Number "number" Name "name" Count "count" Place "place" Candidates "candidates" Owner "owner"
    }
    /// How complete and how timely a report was filed.
    FilingKey {
        Report "report" Due "due" Received "received" OnTime "on-time" Late "late" Missing "missing"
        Completeness "completeness" Timeliness "timeliness"
    }
    /// What a unit's filings cost it.
    UnitFilingKey { Unit "unit" Late "late" Missing "missing" Returned "returned" Points "points" }
    /// A cell in which two versions differ.
    DifferenceKey {
        Number "number" Older "older" Newer "newer" Sheet "sheet" Cell "cell" Before "before" After "after"
    }
    /// A hazard of the ledger.
    LedgerKey {
        Number "number" Id "id" Level "level" State "state" Village "village" Department "department"
        Sector "sector" Unit "unit" Place "place" Text "text" Found "found" Deadline "deadline"
        Done "done" Overdue "overdue" Fund "fund" Responsible "responsible" Rechecker "rechecker"
        Finders "finders" Merged "merged" Recurs "recurs" Rows "rows" Refusal "refusal"
        RefusedAt "refused-at" Lacking "lacking" Code "code" Source "source"
        FirstDeadline "first-deadline" Extended "extended" Approver "approver"
        Supervision "supervision" Document "document" Reported "reported" Before "before"
        After "after" Watch "watch"
    }
    /// Two entries that may be one hazard.
    PairKey {
        Number "number" Unit "unit" Place "place" File1 "file-1" Row1 "row-1" Found1 "found-1"
        Text1 "text-1" File2 "file-2" Row2 "row-2" Found2 "found-2" Text2 "text-2"
        Likeness "likeness" Decision "decision"
    }
    /// A line of the ledger's statistics.
    LineKey {
        Name "name" Units "units" Found "found" Closed "closed" Rate "rate" OnTime "on-time"
        OnTimeRate "on-time-rate" Late "late" Open "open" Overdue "overdue" NotDue "not-due"
        MajorFound "major-found" MajorClosed "major-closed" MajorRate "major-rate" Planned "planned"
        PlannedFund "planned-fund"
    }
    /// A problem that is returned to its sender.
    ReturnKey {
        Number "number" Severity "severity" Sheet "sheet" Cell "cell" Column "column" Found "found"
        Problem "problem" Expected "expected" Remedy "remedy" Explanation "explanation" Code "code"
    }
}

/// A kind of sheet: in which reports it stands, and its blocks with the columns they can have.
pub(super) struct Kind {
    pub name: &'static str,
    pub per: Per,
    pub blocks: &'static [(&'static str, &'static [&'static str])],
}

/// All kinds of sheets. `templates/report/README.md` describes them; a test compares the two.
pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "ranking",
        per: Per::Plugin,
        blocks: &[("latest", RankingKey::KEYS), ("earlier", RankingKey::KEYS)],
    },
    Kind {
        name: "major-hazards",
        per: Per::Plugin,
        blocks: &[("hazards", HazardKey::KEYS), ("referrals", ReferralKey::KEYS)],
    },
    Kind { name: "item-statistics", per: Per::Plugin, blocks: &[("items", StatisticKey::KEYS)] },
    Kind { name: "top-items", per: Per::Plugin, blocks: &[("items", StatisticKey::KEYS)] },
    Kind { name: "units", per: Per::Plugin, blocks: &[("units", UnitKey::KEYS)] },
    Kind {
        name: "clauses",
        per: Per::Plugin,
        blocks: &[
            ("documents", DocumentKey::KEYS),
            ("citations", CitationKey::KEYS),
            ("editions", EditionKey::KEYS),
            ("majors", MajorKey::KEYS),
        ],
    },
    Kind {
        name: "trace",
        per: Per::Plugin,
        blocks: &[("inputs", InputKey::KEYS), ("rules", RuleKey::KEYS), ("evidence", EvidenceKey::KEYS)],
    },
    Kind { name: "score-sheet", per: Per::Plugin, blocks: &[("items", ScoreKey::KEYS)] },
    Kind { name: "problems", per: Per::Run, blocks: &[("problems", ProblemKey::KEYS)] },
    Kind { name: "problem-counts", per: Per::Run, blocks: &[("counts", CountKey::KEYS)] },
    Kind { name: "plugin-faults", per: Per::Run, blocks: &[("faults", FaultKey::KEYS)] },
    Kind { name: "names", per: Per::Run, blocks: &[("names", NameKey::KEYS)] },
    Kind {
        name: "filings",
        per: Per::Run,
        blocks: &[("reports", FilingKey::KEYS), ("units", UnitFilingKey::KEYS)],
    },
    Kind { name: "version-differences", per: Per::Run, blocks: &[("differences", DifferenceKey::KEYS)] },
    Kind { name: "ledger", per: Per::Run, blocks: &[("hazards", LedgerKey::KEYS)] },
    Kind { name: "open-hazards", per: Per::Run, blocks: &[("hazards", LedgerKey::KEYS)] },
    Kind { name: "refused-closings", per: Per::Run, blocks: &[("hazards", LedgerKey::KEYS)] },
    Kind { name: "carry-over", per: Per::Run, blocks: &[("hazards", LedgerKey::KEYS)] },
    Kind { name: "merge-review", per: Per::Run, blocks: &[("pairs", PairKey::KEYS)] },
    Kind { name: "ledger-statistics", per: Per::Run, blocks: &[("lines", LineKey::KEYS)] },
    Kind {
        name: "signals",
        per: Per::Run,
        blocks: &[("signals", &["number", "kind", "severity", "who", "fact", "rows", "remedy", "basis"])],
    },
    Kind {
        name: "campaign-coverage",
        per: Per::Campaign,
        blocks: &[
            ("figures", &["name", "value", "part", "whole", "means"]),
            ("kinds", &["kind", "due", "covered", "waived", "rate"]),
            ("phases", &["phase", "from", "to", "visits"]),
        ],
    },
    Kind {
        name: "campaign-visits",
        per: Per::Campaign,
        blocks: &[("visits", &["number", "date", "unit-number", "name", "village", "source"])],
    },
    Kind {
        name: "campaign-hazards",
        per: Per::Campaign,
        blocks: &[(
            "hazards",
            &["number", "id", "unit", "village", "text", "found", "deadline", "done", "state", "source"],
        )],
    },
    Kind {
        name: "campaign-uncovered",
        per: Per::Campaign,
        blocks: &[
            (
                "uncovered",
                &[
                    "number",
                    "unit-number",
                    "name",
                    "village",
                    "sector",
                    "kind",
                    "risk",
                    "department",
                    "source",
                ],
            ),
            (
                "waived",
                &[
                    "number",
                    "unit-number",
                    "name",
                    "village",
                    "sector",
                    "kind",
                    "risk",
                    "department",
                    "source",
                ],
            ),
        ],
    },
    Kind {
        name: "campaign-trace",
        per: Per::Campaign,
        blocks: &[
            ("covered", &["number", "unit-number", "name", "source"]),
            ("inputs", &["number", "file", "bytes", "digest"]),
        ],
    },
    Kind { name: "return-list", per: Per::Source, blocks: &[("problems", ReturnKey::KEYS)] },
    Kind {
        name: "year-end-ranking",
        per: Per::YearEnd,
        blocks: &[("villages", RANKED), ("departments", RANKED)],
    },
    Kind {
        name: "year-end-process",
        per: Per::YearEnd,
        blocks: &[(
            "items",
            &[
                "unit",
                "item",
                "requirement",
                "points",
                "self",
                "verified",
                "final",
                "difference",
                "reason",
                "who",
                "when",
                "document",
            ],
        )],
    },
    Kind {
        name: "year-end-entries",
        per: Per::YearEnd,
        blocks: &[(
            "entries",
            &[
                "number", "unit", "sense", "matter", "level", "points", "counted", "remark", "document",
                "source",
            ],
        )],
    },
    Kind {
        name: "year-end-vetoes",
        per: Per::YearEnd,
        blocks: &[("vetoes", &["number", "unit", "basis", "rule", "effect", "score", "source"])],
    },
    Kind {
        name: "year-end-what-if",
        per: Per::YearEnd,
        blocks: &[(
            "steps",
            &["unit", "now", "order", "what", "points", "gain", "score", "grade", "rank", "effect"],
        )],
    },
    Kind {
        name: "year-end-enterprises",
        per: Per::YearEnd,
        blocks: &[(
            "enterprises",
            &[
                "rank",
                "number",
                "name",
                "class",
                "village",
                "checklist",
                "date",
                "score",
                "grade",
                "veto",
                "rate",
                "remark",
                "source",
            ],
        )],
    },
    Kind {
        name: "year-end-letters",
        per: Per::YearEnd,
        blocks: &[
            ("coverage", &["day", "of", "due", "signed", "missing", "rate"]),
            ("missing", &["number", "of", "unit", "over", "signed", "person", "lacks", "source"]),
            ("duties", &["post", "person", "field", "source"]),
        ],
    },
    Kind {
        name: "year-end-ladder",
        per: Per::YearEnd,
        blocks: &[
            ("levels", &["level", "count", "share", "enterprises"]),
            (
                "footings",
                &["number", "name", "village", "sector", "written", "until", "level", "remark", "source"],
            ),
            (
                "reviews",
                &[
                    "number",
                    "name",
                    "date",
                    "got",
                    "possible",
                    "not-applicable",
                    "score",
                    "by-score",
                    "performance",
                    "level",
                    "binding",
                    "source",
                ],
            ),
        ],
    },
    Kind {
        name: "year-end-tailoring",
        per: Per::YearEnd,
        blocks: &[("differences", &["number", "key", "base", "local", "remark", "date", "approver"])],
    },
    Kind {
        name: "year-end-replay",
        per: Per::YearEnd,
        blocks: &[("flips", &["number", "unit", "score", "grade", "other-score", "other-grade"])],
    },
    Kind {
        name: "year-end-trace",
        per: Per::YearEnd,
        blocks: &[("rules", &["what", "digest"]), ("inputs", &["number", "file", "bytes", "digest"])],
    },
    Kind {
        name: "year-end-objections",
        per: Per::YearEnd,
        blocks: &[(
            "objections",
            &["number", "unit", "item", "before", "points", "old", "new", "reason", "who", "when", "source"],
        )],
    },
    Kind {
        name: "year-end-changes",
        per: Per::YearEnd,
        blocks: &[("changes", &["number", "unit", "field", "before", "after"])],
    },
];

/// A unit in a ranking of the year-end assessment.
const RANKED: &[&str] = &[
    "rank", "number", "name", "class", "quarters", "year-end", "got", "possible", "bonus", "penalty",
    "final", "grade", "veto", "self", "gap", "rate", "remark",
];

// ---- patterns ---------------------------------------------------------------------------

/// Text with places such as `{year}`; every place was checked when the template was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pattern(String);

/// What goes into the places of a pattern.
pub(super) type Words = BTreeMap<&'static str, String>;

/// Places that every report knows.
pub(super) const RUN_WORDS: &[&str] = &["town", "year", "issuer", "as_of", "program"];
/// Places that reports of a plugin know.
pub(super) const PLUGIN_WORDS: &[&str] = &[
    "plugin",
    "checklist",
    "full_marks",
    "digits",
    "unchecked",
    "rounding",
    "bands",
    "veto_grade",
    "scheme_source",
    "n_units",
    "n_checks",
    "grades",
    "editions",
];
/// Places that a score sheet knows.
pub(super) const CHECK_WORDS: &[&str] =
    &["name", "short_name", "code", "village", "date", "date_iso", "inspectors", "source", "edition"];
/// Places that rankings and sheets of units know.
pub(super) const KIND_WORDS: &[&str] = &["kind", "check"];
/// Places that the problem sheets know.
pub(super) const PROBLEM_WORDS: &[&str] = &["n_problems", "n_mandatory", "n_verify", "n_hint", "n_sources"];
/// Places that the sheets of the ledger know.
pub(super) const LEDGER_WORDS: &[&str] = &[
    "n_entries",
    "n_hazards",
    "n_open",
    "n_overdue",
    "n_refused",
    "n_undecided",
    "n_undated",
    "n_suggested",
    "n_signals",
    "opening",
    "found_this_year",
    "closed_this_year",
    "closing",
    "all_closed",
    "reconciled",
    "rate_means",
    "on_time_rate_means",
];
/// Places that the sheets of a campaign know.
pub(super) const CAMPAIGN_WORDS: &[&str] = &[
    "campaign",
    "first",
    "last",
    "until",
    "window_mark",
    "covered_by",
    "counted",
    "rate_means",
    "coverage_means",
];
/// Places that the caption of a table of statistics knows.
pub(super) const TABLE_WORDS: &[&str] = &["table"];
/// Places that a return knows.
pub(super) const SOURCE_WORDS: &[&str] =
    &["file", "path", "purpose", "n_mandatory", "n_verify", "hints", "reason"];
/// Places that the year-end sheets know.
pub(super) const YEAR_END_WORDS: &[&str] =
    &["rules", "formula", "bands", "department_bands", "seal", "reissue", "self_gap", "cap", "veto"];

impl Pattern {
    /// A text without places.
    pub fn literal(text: &str) -> Self {
        // A brace that opens a place would be read again.
        Self(text.replace('{', "("))
    }

    /// The text with the words in their places.
    pub fn fill(&self, words: &Words) -> String {
        let mut filled = String::with_capacity(self.0.len() + 32);
        for piece in pieces(&self.0) {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Place(place) => filled.push_str(words.get(place).map_or("", String::as_str)),
            }
        }
        filled
    }
}

enum Piece<'a> {
    Text(&'a str),
    Place(&'a str),
}

/// Cuts a pattern. A brace without its partner is text.
fn pieces(pattern: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = pattern;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some(after) = rest.strip_prefix('{')
            && let Some(close) = after.find('}')
        {
            rest = &after[close + 1..];
            return Some(Piece::Place(&after[..close]));
        }
        // A brace that opens nothing is text.
        let skip = usize::from(rest.starts_with('{'));
        let end = rest[skip..].find('{').map_or(rest.len(), |at| at + skip);
        let (text, more) = rest.split_at(end);
        rest = more;
        Some(Piece::Text(text))
    })
}

// ---- the file -----------------------------------------------------------------------------

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawReport {
    schema: u32,
    per: Per,
    file: String,
    fonts: Fonts,
    formats: Formats,
    paper: Paper,
    #[serde(default)]
    signatures: BTreeMap<String, String>,
    #[serde(rename = "sheet")]
    sheets: Vec<RawSheet>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSheet {
    kind: String,
    name: String,
    title: String,
    orientation: Option<Orientation>,
    #[serde(default)]
    lines: Vec<[String; 2]>,
    /// Key of `signatures`.
    signature: Option<String>,
    #[serde(default)]
    notes: Vec<String>,
    #[serde(default, rename = "block")]
    blocks: Vec<RawBlock>,
    total: Option<String>,
    labels: Option<ScoreLabels>,
    chart: Option<ChartText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBlock {
    #[serde(default)]
    caption: String,
    columns: Vec<RawColumn>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawColumn {
    key: String,
    header: String,
    min: f64,
    /// None: as `min`.
    max: Option<f64>,
    align: Option<Align>,
}

/// Turns the file's types into ours and collects what is wrong.
struct Check<'a> {
    template: &'a str,
    at: String,
    faults: &'a mut Vec<TemplateFault>,
}

impl Check<'_> {
    fn fault(&mut self, what: impl Into<String>) {
        let at = if self.at.is_empty() { "report.toml".to_owned() } else { self.at.clone() };
        self.faults.push(TemplateFault { template: self.template.to_owned(), at, what: what.into() });
    }

    fn report(&mut self, mut raw: RawReport) -> Option<Report> {
        let before = self.faults.len();
        if raw.schema != 1 {
            self.fault(format!("expected schema 1, found {}", raw.schema));
        }
        let fonts = [&raw.fonts.title, &raw.fonts.header, &raw.fonts.body, &raw.fonts.note];
        for font in fonts {
            if !(6.0..=72.0).contains(&font.size) || font.name.is_empty() || font.name.chars().count() > 31 {
                self.fault(format!(
                    "font \"{}\" of {} points: expected a name and 6 to 72 points",
                    font.name, font.size
                ));
            }
        }
        let margins = raw.paper.margins_mm;
        for margin in [margins.top, margins.bottom, margins.left, margins.right] {
            if !(0.0..=100.0).contains(&margin) {
                self.fault(format!("margin of {margin} mm: expected 0 to 100"));
            }
        }
        // Excel takes no more, and the writer drops a longer one without an error.
        if raw.paper.footer.encode_utf16().count() > 255 {
            self.fault("footer: at most 255 characters");
        }
        if raw.sheets.is_empty() {
            self.fault("no sheet");
        }
        let mut words = RUN_WORDS.to_vec();
        words.extend(match raw.per {
            Per::Plugin => PLUGIN_WORDS,
            Per::Run => PROBLEM_WORDS,
            Per::Source => SOURCE_WORDS,
            Per::YearEnd => YEAR_END_WORDS,
            Per::Campaign => CAMPAIGN_WORDS,
        });
        let file = self.pattern(std::mem::take(&mut raw.file), &words);
        if !file.0.ends_with(".xlsx") || file.0.contains('\\') {
            self.fault(format!("file \"{}\": expected a name that ends in .xlsx", file.0));
        }
        if raw.per == Per::Plugin && !file.0.contains("{plugin}") {
            self.fault(format!(
                "file \"{}\": expected {{plugin}} in it, or plugins overwrite each other",
                file.0
            ));
        }
        let mut sheets = Vec::new();
        let mut kinds = Vec::new();
        for sheet in std::mem::take(&mut raw.sheets) {
            self.at = format!("sheet {}", sheet.name);
            // Links lead to the sheet of a kind.
            if kinds.contains(&sheet.kind) {
                self.fault(format!("a second sheet of kind {}", sheet.kind));
            }
            kinds.push(sheet.kind.clone());
            sheets.extend(self.sheet(sheet, raw.per, raw.paper.orientation, &raw.signatures, &words));
        }
        self.at.clear();
        let RawReport { per, fonts, formats, paper, .. } = raw;
        (self.faults.len() == before).then_some(Report {
            name: self.template.to_owned(),
            per,
            file,
            fonts,
            formats,
            paper,
            sheets,
        })
    }

    fn sheet(
        &mut self,
        raw: RawSheet,
        per: Per,
        orientation: Orientation,
        signatures: &BTreeMap<String, String>,
        words: &[&'static str],
    ) -> Option<Sheet> {
        let RawSheet {
            kind,
            name,
            title,
            orientation: own,
            lines,
            signature,
            notes,
            blocks,
            total,
            labels,
            chart,
        } = raw;
        let Some(known) = KINDS.iter().find(|known| known.name == kind) else {
            let names: Vec<_> = KINDS.iter().map(|known| known.name).collect();
            self.fault(format!("kind \"{kind}\": expected one of {}", names.join(", ")));
            return None;
        };
        if known.per != per {
            self.fault(format!("kind {kind} belongs into a report per {:?}", known.per).to_lowercase());
            return None;
        }
        let mut words = words.to_vec();
        match kind.as_str() {
            "score-sheet" => words.extend(CHECK_WORDS),
            "ranking" | "units" => words.extend(KIND_WORDS),
            "ledger" | "open-hazards" | "refused-closings" | "carry-over" | "merge-review" | "signals" => {
                words.extend(LEDGER_WORDS)
            }
            "ledger-statistics" => {
                words.extend(LEDGER_WORDS);
                words.extend(TABLE_WORDS);
            }
            _ => {}
        }
        let extras = [
            (
                total.is_some(),
                matches!(kind.as_str(), "ranking" | "item-statistics" | "problem-counts"),
                "total",
            ),
            (labels.is_some(), kind == "score-sheet", "labels"),
            (chart.is_some(), kind == "top-items", "chart"),
        ];
        for (given, wanted, key) in extras {
            match (given, wanted) {
                (false, true) => self.fault(format!("{key} is missing")),
                (true, false) => self.fault(format!("{key}: a sheet of kind {kind} has none")),
                _ => {}
            }
        }
        if blocks.len() != known.blocks.len() {
            let names: Vec<_> = known.blocks.iter().map(|block| block.0).collect();
            self.fault(format!("expected the blocks {}, found {} blocks", names.join(", "), blocks.len()));
            return None;
        }
        let mut blocks = blocks.into_iter();
        let content = match kind.as_str() {
            _ if per == Per::YearEnd => Content::YearEnd {
                kind: known.name,
                blocks: blocks
                    .zip(known.blocks)
                    .map(|(raw, (_, keys))| self.named_block(raw, keys, &words))
                    .collect(),
            },
            _ if per == Per::Campaign || kind == "signals" => Content::Named {
                kind: known.name,
                blocks: blocks
                    .zip(known.blocks)
                    .map(|(raw, (_, keys))| self.named_block(raw, keys, &words))
                    .collect(),
            },
            "ranking" => Content::Ranking {
                latest: self.block(blocks.next()?, &words),
                earlier: self.block(blocks.next()?, &words),
                total: total?,
            },
            "score-sheet" => {
                Content::ScoreSheet { items: self.block(blocks.next()?, &words), labels: labels? }
            }
            "major-hazards" => Content::MajorHazards {
                hazards: self.block(blocks.next()?, &words),
                referrals: self.block(blocks.next()?, &words),
            },
            "item-statistics" => {
                Content::ItemStatistics { items: self.block(blocks.next()?, &words), total: total? }
            }
            "top-items" => Content::TopItems { items: self.block(blocks.next()?, &words), chart: chart? },
            "units" => Content::Units { units: self.block(blocks.next()?, &words) },
            "clauses" => Content::Clauses {
                documents: self.block(blocks.next()?, &words),
                citations: self.block(blocks.next()?, &words),
                editions: self.block(blocks.next()?, &words),
                majors: self.block(blocks.next()?, &words),
            },
            "trace" => Content::Trace {
                inputs: self.block(blocks.next()?, &words),
                rules: self.block(blocks.next()?, &words),
                evidence: self.block(blocks.next()?, &words),
            },
            "problems" => Content::Problems { problems: self.block(blocks.next()?, &words) },
            "names" => Content::Names { names: self.block(blocks.next()?, &words) },
            "filings" => Content::Filings {
                reports: self.block(blocks.next()?, &words),
                units: self.block(blocks.next()?, &words),
            },
            "version-differences" => {
                Content::VersionDifferences { differences: self.block(blocks.next()?, &words) }
            }
            "ledger" | "open-hazards" | "refused-closings" | "carry-over" => Content::Ledger {
                part: match kind.as_str() {
                    "open-hazards" => LedgerPart::Open,
                    "refused-closings" => LedgerPart::Refused,
                    "carry-over" => LedgerPart::CarryOver,
                    _ => LedgerPart::Whole,
                },
                hazards: self.block(blocks.next()?, &words),
            },
            "merge-review" => Content::MergeReview { pairs: self.block(blocks.next()?, &words) },
            "ledger-statistics" => Content::LedgerStatistics { lines: self.block(blocks.next()?, &words) },
            "return-list" => Content::ReturnList { problems: self.block(blocks.next()?, &words) },
            "plugin-faults" => Content::PluginFaults { faults: self.block(blocks.next()?, &words) },
            _ => Content::ProblemCounts { counts: self.block(blocks.next()?, &words), total: total? },
        };
        if name.is_empty() {
            self.fault("name is empty");
        }
        let signature = match signature {
            None => Pattern::default(),
            Some(key) => match signatures.get(&key) {
                Some(text) => self.pattern(text.clone(), &words),
                None => {
                    self.fault(format!("signature \"{key}\" is not among the signatures"));
                    Pattern::default()
                }
            },
        };
        Some(Sheet {
            name: self.pattern(name, &words),
            orientation: own.unwrap_or(orientation),
            title: self.pattern(title, &words),
            lines: lines.into_iter().map(|line| line.map(|half| self.pattern(half, &words))).collect(),
            signature,
            notes: notes.into_iter().map(|note| self.pattern(note, &words)).collect(),
            content,
        })
    }

    fn block<K: Key>(&mut self, raw: RawBlock, words: &[&'static str]) -> Block<K> {
        self.block_of(raw, words, K::KEYS, &K::parse)
    }

    /// A block whose columns go by their names.
    fn named_block(
        &mut self,
        raw: RawBlock,
        keys: &'static [&'static str],
        words: &[&'static str],
    ) -> Block<&'static str> {
        self.block_of(raw, words, keys, &|key| keys.iter().copied().find(|known| *known == key))
    }

    fn block_of<K: Copy + PartialEq>(
        &mut self,
        raw: RawBlock,
        words: &[&'static str],
        keys: &[&str],
        parse: &dyn Fn(&str) -> Option<K>,
    ) -> Block<K> {
        let mut columns: Vec<Column<K>> = Vec::new();
        for column in raw.columns {
            let RawColumn { key, header, min, max, align } = column;
            let max = max.unwrap_or(min);
            // 255 is Excel's; below 3 nothing fits.
            if !(3.0..=255.0).contains(&min) || !(min..=255.0).contains(&max) {
                self.fault(format!(
                    "column {key}: widths {min} to {max}: expected 3 to 255, the least first"
                ));
            }
            match parse(&key) {
                Some(known) if columns.iter().any(|column| column.key == known) => {
                    self.fault(format!("column {key} stands twice"));
                }
                Some(key) => {
                    columns.push(Column { key, header, min, max, align: align.unwrap_or(Align::Left) });
                }
                None => self.fault(format!("column \"{key}\": expected one of {}", keys.join(", "))),
            }
        }
        if columns.is_empty() {
            self.fault("a block without columns");
        }
        Block { caption: self.pattern(raw.caption, words), columns }
    }

    fn pattern(&mut self, text: String, words: &[&'static str]) -> Pattern {
        for piece in pieces(&text) {
            if let Piece::Place(place) = piece
                && !words.contains(&place)
            {
                self.fault(format!("{{{place}}} in \"{text}\": expected one of {}", words.join(", ")));
            }
        }
        Pattern(text)
    }
}
