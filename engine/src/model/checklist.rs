//! What a plugin says about itself: the host's owned form of the contract's `manifest`.
//! Every position in it was checked when the plugin was loaded.

use super::tailored::LocalRule;
use super::{Date, Decimal};

/// A loaded plugin, as the other steps see it.
#[derive(Debug, Clone)]
pub struct Plugin {
    /// What it says about itself.
    pub manifest: Manifest,
    /// SHA-256 of the component's bytes, lower-case hexadecimal.
    pub digest: String,
    /// Where it came from: `built-in`, or the file's name.
    pub origin: String,
    /// What a locality set otherwise in the manifest, and what it added to it; empty: it is the plugin's.
    pub local: Vec<LocalRule>,
}

/// All that a plugin says about itself.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// Id, e.g. hazchem.
    pub id: String,
    /// Version of the plugin.
    pub version: String,
    /// What a reader sees, e.g. 危险化学品.
    pub title: String,
    /// The title of the sheet in print.
    pub checklist_title: String,
    /// Rule sets.
    pub editions: Vec<Edition>,
    /// Kinds of subject; the first is the ordinary check.
    pub kinds: Vec<Term>,
    /// Tags by which items apply.
    pub tags: Vec<Term>,
    /// Documents cited.
    pub documents: Vec<Document>,
    /// Categories in the order of the sheet.
    pub categories: Vec<Category>,
    /// Items in the order of the sheet.
    pub items: Vec<Item>,
    /// Facts wanted.
    pub facts: Vec<Fact>,
    /// Tables wanted.
    pub tables: Vec<TableSpec>,
    /// Indicators wanted from elsewhere.
    pub needs: Vec<Need>,
    /// Indicators given.
    pub gives: Vec<Gives>,
    /// Sentences for codes.
    pub phrases: Vec<Phrase>,
    /// Schemes; the first is the main one. At least one.
    pub schemes: Vec<Scheme>,
    /// Whether the rules read remarks; otherwise none cross the border.
    pub wants_remarks: bool,
}

/// How well a statement's source is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// C: the clause itself was read.
    Clause,
    /// S: known from a secondary source.
    Secondary,
    /// M: from memory; printed as 未核实 and never as a quotation.
    Memory,
}

impl Mark {
    /// C, S or M.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Clause => "C",
            Self::Secondary => "S",
            Self::Memory => "M",
        }
    }
}

/// A law, regulation, standard or notice.
#[derive(Debug, Clone)]
pub struct Document {
    /// Short key.
    pub key: String,
    /// Full title with its marks.
    pub title: String,
    /// Number; may be empty.
    pub number: String,
    /// First and last day in force, where known.
    pub effective: (Option<Date>, Option<Date>),
}

/// A place in a document.
#[derive(Debug, Clone)]
pub struct Citation {
    /// Position in the documents.
    pub document: u32,
    /// Clause; empty for the whole document.
    pub clause: String,
    /// First and last day on which it applies; none: as the document.
    pub effective: (Option<Date>, Option<Date>),
    /// How well it is known.
    pub mark: Mark,
}

/// A set of rules with dates.
#[derive(Debug, Clone)]
pub struct Edition {
    /// Id kept with every finding.
    pub id: String,
    /// What a reader sees.
    pub title: String,
    /// First and last day on which it applies.
    pub effective: (Option<Date>, Option<Date>),
    /// What a reader must know about it; may be empty.
    pub note: String,
}

/// A named code.
#[derive(Debug, Clone)]
pub struct Term {
    /// Code.
    pub code: String,
    /// What a reader sees.
    pub title: String,
}

/// A group of items.
#[derive(Debug, Clone)]
pub struct Category {
    /// Code.
    pub code: String,
    /// What a reader sees.
    pub title: String,
    /// Weight, in schemes that weigh.
    pub weight: Option<Decimal>,
}

/// On what a deduction or a veto acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The item.
    Item,
    /// Its category.
    Category,
    /// The sheet.
    Total,
}

/// What a case costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charge {
    /// Points, once.
    Once(Decimal),
    /// Points for each occurrence.
    Each(Decimal),
    /// All points of the item.
    AllPoints,
    /// Nothing by itself: the consequence is a ruling.
    RulingOnly,
}

/// One way in which an item can fail (扣分情形).
#[derive(Debug, Clone)]
pub struct Case {
    /// Code.
    pub code: String,
    /// As the checklist words it.
    pub text: String,
    /// What it costs.
    pub charge: Charge,
    /// The most it may take; none: the item's points.
    pub limit: Option<Decimal>,
    /// On what it acts.
    pub scope: Scope,
    /// The hazard that opens with it.
    pub hazard: Option<super::HazardLevel>,
    /// Whether it disqualifies.
    pub veto: bool,
}

/// What failing an item has to do with major hazards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MajorMark {
    /// Nothing.
    None,
    /// A major hazard by itself (直接判定).
    Direct,
    /// One element of several (综合判定).
    Element,
}

/// The clause by which failing an item is a major hazard, under one edition.
#[derive(Debug, Clone)]
pub struct MajorBasis {
    /// Position in the editions.
    pub edition: u32,
    /// Clause in that edition.
    pub clause: String,
    /// Direct or element.
    pub major: MajorMark,
    /// How well it is known.
    pub mark: Mark,
}

/// One line of the checklist (检查项).
#[derive(Debug, Clone)]
pub struct Item {
    /// Code.
    pub code: String,
    /// Position in the categories.
    pub category: u32,
    /// What must be so.
    pub requirement: String,
    /// How to check it.
    pub method: String,
    /// Points, above zero.
    pub points: Decimal,
    /// Whether it counts towards the score.
    pub scored: bool,
    /// The deduction rule in print.
    pub rule_text: String,
    /// The ways to fail it.
    pub cases: Vec<Case>,
    /// What it rests on.
    pub citations: Vec<Citation>,
    /// Its part in judging major hazards.
    pub major: MajorMark,
    /// The clauses for that, by edition.
    pub major_bases: Vec<MajorBasis>,
    /// Set where failing disqualifies; on what.
    pub veto: Option<Scope>,
    /// Positions in the tags; empty: applies to all.
    pub applies: Vec<u32>,
    /// How well the line is known.
    pub mark: Mark,
}

/// The type of a fact or column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// Text.
    Text,
    /// Number.
    Number,
    /// Yes or no.
    Flag,
    /// Day.
    Day,
}

/// A fact about a subject, or a column of a table.
#[derive(Debug, Clone)]
pub struct Fact {
    /// Code.
    pub code: String,
    /// What a reader sees; also the label under which it is looked for.
    pub title: String,
    /// Other labels.
    pub aliases: Vec<String>,
    /// Type.
    pub kind: ValueKind,
    /// Unit; may be empty.
    pub unit: String,
    /// The kind of subject that alone is asked for it, by position; none: every kind. Columns have none.
    pub asked_of: Option<u32>,
}

/// A list that belongs to a subject.
#[derive(Debug, Clone)]
pub struct TableSpec {
    /// Code.
    pub code: String,
    /// What a reader sees.
    pub title: String,
    /// Columns.
    pub columns: Vec<Fact>,
}

/// An indicator wanted from elsewhere.
#[derive(Debug, Clone)]
pub struct Need {
    /// Plugin id, `ledger`, `filings` or `register`.
    pub source: String,
    /// Its code there.
    pub indicator: String,
}

/// An indicator given.
#[derive(Debug, Clone)]
pub struct Gives {
    /// Code.
    pub code: String,
    /// What a reader sees.
    pub title: String,
    /// Unit; may be empty.
    pub unit: String,
}

/// A sentence with places {0}, {1} …
#[derive(Debug, Clone)]
pub struct Phrase {
    /// Code.
    pub code: String,
    /// Sentence.
    pub text: String,
}

/// How a score comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Points less deductions.
    Deduct,
    /// Weighted categories.
    Weighted,
    /// Given by the plugin.
    Given,
}

/// When a score is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// Before grading.
    ThenGrade,
    /// After grading.
    AfterGrade,
}

/// What is done with unchecked items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unchecked {
    /// They stay in what is possible and earn nothing.
    Zero,
    /// They leave what is possible.
    Exclude,
}

/// A grade and its least score.
#[derive(Debug, Clone)]
pub struct Band {
    /// Grade.
    pub grade: String,
    /// Lower bound, inclusive.
    pub lower: Decimal,
}

/// A scheme that yields one named score.
#[derive(Debug, Clone)]
pub struct Scheme {
    /// Code.
    pub code: String,
    /// What a reader sees.
    pub title: String,
    /// Method.
    pub method: Method,
    /// Score of a subject that lost nothing.
    pub full_marks: Decimal,
    /// Digits after the point.
    pub digits: u8,
    /// When it is rounded.
    pub rounding: Rounding,
    /// Unchecked items.
    pub unchecked: Unchecked,
    /// Whether not-applicable items leave what is possible.
    pub convert_not_applicable: bool,
    /// Grades, highest first; the last lower bound is 0. Empty: no grades.
    pub bands: Vec<Band>,
    /// Grade under a veto.
    pub veto_grade: String,
    /// Where it is written down.
    pub source: String,
}
