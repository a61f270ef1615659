//! The checklist as data: what `checklist.toml` becomes. All of it is `'static`.
//! Knows no rules; see `sector` for those.

use crate::exact::Decimal;

/// A civil day. Ordered by calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    /// Year, 1900 to 9999.
    pub year: u16,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day, 1 to 31.
    pub day: u8,
}

impl Date {
    /// Makes a day; does not check the calendar.
    pub const fn new(year: u16, month: u8, day: u8) -> Self {
        Self { year, month, day }
    }

    /// Reads `2026-05-01`.
    ///
    /// Errors: `None` for another shape, or a month or day out of range.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        if year.len() != 4 || month.len() != 2 || day.len() != 2 {
            return None;
        }
        let date = Self::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
        let in_range = date.year >= 1900 && (1..=12).contains(&date.month) && (1..=31).contains(&date.day);
        in_range.then_some(date)
    }
}

/// How well a source is known. See the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// C: the clause was read.
    Clause,
    /// S: secondary source.
    Secondary,
    /// M: memory, not verified.
    Memory,
}

/// A law, regulation, standard or notice.
#[derive(Debug, Clone, Copy)]
pub struct Document {
    /// Short key.
    pub key: &'static str,
    /// Title with its marks.
    pub title: &'static str,
    /// Number; may be empty.
    pub number: &'static str,
    /// First and last day in force, where known.
    pub effective: (Option<Date>, Option<Date>),
}

/// A place in a document.
#[derive(Debug, Clone, Copy)]
pub struct Citation {
    /// Position in [`Checklist::documents`].
    pub document: u32,
    /// Clause; may be empty.
    pub clause: &'static str,
    /// First and last day on which it applies; `None`: as the document.
    pub effective: (Option<Date>, Option<Date>),
    /// How well it is known.
    pub mark: Mark,
}

/// A set of rules with dates.
#[derive(Debug, Clone, Copy)]
pub struct Edition {
    /// Id kept with findings.
    pub id: &'static str,
    /// What a reader sees.
    pub title: &'static str,
    /// First and last day on which it applies.
    pub effective: (Option<Date>, Option<Date>),
    /// What a reader must know; may be empty.
    pub note: &'static str,
}

impl Edition {
    /// Whether it applies on a day.
    pub fn is_in_force(&self, day: Date) -> bool {
        let (from, to) = self.effective;
        from.is_none_or(|from| from <= day) && to.is_none_or(|to| day <= to)
    }
}

/// A code with a title.
#[derive(Debug, Clone, Copy)]
pub struct Term {
    /// Code.
    pub code: &'static str,
    /// What a reader sees.
    pub title: &'static str,
}

/// A group of items.
#[derive(Debug, Clone, Copy)]
pub struct Category {
    /// Code.
    pub code: &'static str,
    /// What a reader sees.
    pub title: &'static str,
    /// Weight, in schemes that weigh.
    pub weight: Option<Decimal>,
}

/// On what a deduction or veto acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The item.
    Item,
    /// Its category.
    Category,
    /// The sheet.
    Total,
}

/// How serious a hazard is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HazardLevel {
    /// 一般
    General,
    /// 重大
    Major,
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
    /// Nothing by itself.
    RulingOnly,
}

/// One way in which an item can fail.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// Code, unique in the item.
    pub code: &'static str,
    /// As the checklist words it.
    pub text: &'static str,
    /// What it costs.
    pub charge: Charge,
    /// The most it may take.
    pub limit: Option<Decimal>,
    /// On what it acts.
    pub scope: Scope,
    /// The hazard that opens with it.
    pub hazard: Option<HazardLevel>,
    /// Whether it disqualifies.
    pub veto: bool,
}

/// What failing has to do with major hazards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MajorMark {
    /// Nothing.
    None,
    /// A major hazard by itself.
    Direct,
    /// One element of several.
    Element,
}

/// The clause for that, under one edition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MajorBasis {
    /// Position in [`Checklist::editions`].
    pub edition: u32,
    /// Clause.
    pub clause: &'static str,
    /// Direct or element.
    pub major: MajorMark,
    /// How well it is known.
    pub mark: Mark,
}

/// One line of the checklist.
#[derive(Debug, Clone, Copy)]
pub struct Item {
    /// Code.
    pub code: &'static str,
    /// Position in [`Checklist::categories`].
    pub category: u32,
    /// What must be so.
    pub requirement: &'static str,
    /// How to check it.
    pub method: &'static str,
    /// Points, above zero.
    pub points: Decimal,
    /// Whether it counts towards the score.
    pub scored: bool,
    /// The deduction rule in print.
    pub rule_text: &'static str,
    /// The ways to fail it.
    pub cases: &'static [Case],
    /// What it rests on.
    pub citations: &'static [Citation],
    /// Its part in judging major hazards.
    pub major: MajorMark,
    /// The clauses for that.
    pub major_bases: &'static [MajorBasis],
    /// Set where failing disqualifies.
    pub veto: Option<Scope>,
    /// Positions in [`Checklist::tags`]; empty: applies to all.
    pub applies: &'static [u32],
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

/// A fact about a subject, or a column.
#[derive(Debug, Clone, Copy)]
pub struct Fact {
    /// Code.
    pub code: &'static str,
    /// What a reader sees.
    pub title: &'static str,
    /// Other names in workbooks.
    pub aliases: &'static [&'static str],
    /// Type.
    pub kind: ValueKind,
    /// Unit; may be empty.
    pub unit: &'static str,
}

/// A list that belongs to a subject.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Code.
    pub code: &'static str,
    /// What a reader sees.
    pub title: &'static str,
    /// Columns.
    pub columns: &'static [Fact],
}

/// An indicator wanted from elsewhere.
#[derive(Debug, Clone, Copy)]
pub struct Need {
    /// Plugin id, `ledger`, `filings` or `register`.
    pub source: &'static str,
    /// Its code there.
    pub indicator: &'static str,
}

/// An indicator given.
#[derive(Debug, Clone, Copy)]
pub struct Gives {
    /// Code.
    pub code: &'static str,
    /// What a reader sees.
    pub title: &'static str,
    /// Unit; may be empty.
    pub unit: &'static str,
}

/// A sentence with places {0}, {1} …
#[derive(Debug, Clone, Copy)]
pub struct Phrase {
    /// Code.
    pub code: &'static str,
    /// Sentence.
    pub text: &'static str,
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
    /// They earn nothing.
    Zero,
    /// They leave what is possible.
    Exclude,
}

/// A grade and its least score.
#[derive(Debug, Clone, Copy)]
pub struct Band {
    /// Grade.
    pub grade: &'static str,
    /// Lower bound, inclusive.
    pub lower: Decimal,
}

/// A scheme that yields one named score.
#[derive(Debug, Clone, Copy)]
pub struct Scheme {
    /// Code.
    pub code: &'static str,
    /// What a reader sees.
    pub title: &'static str,
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
    /// Grades, highest first.
    pub bands: &'static [Band],
    /// Grade under a veto.
    pub veto_grade: &'static str,
    /// Where it is written down.
    pub source: &'static str,
}

/// A whole checklist.
#[derive(Debug, Clone, Copy)]
pub struct Checklist {
    /// Id of the plugin.
    pub id: &'static str,
    /// Version of the plugin.
    pub version: &'static str,
    /// What a reader sees.
    pub title: &'static str,
    /// Title of the sheet.
    pub checklist_title: &'static str,
    /// Rule sets.
    pub editions: &'static [Edition],
    /// Kinds of subject; the first is the ordinary check.
    pub kinds: &'static [Term],
    /// Tags.
    pub tags: &'static [Term],
    /// Documents.
    pub documents: &'static [Document],
    /// Categories.
    pub categories: &'static [Category],
    /// Items.
    pub items: &'static [Item],
    /// Facts wanted.
    pub facts: &'static [Fact],
    /// Tables wanted.
    pub tables: &'static [Table],
    /// Indicators wanted.
    pub needs: &'static [Need],
    /// Indicators given.
    pub gives: &'static [Gives],
    /// Sentences; those of the SDK come first.
    pub phrases: &'static [Phrase],
    /// Scores; the first is the main one.
    pub schemes: &'static [Scheme],
    /// Whether the rules read remarks.
    pub wants_remarks: bool,
}

impl Checklist {
    /// The item with this position.
    ///
    /// Errors: `None` past the end; a host never sends that.
    pub fn item(&self, index: u32) -> Option<&'static Item> {
        self.items.get(index as usize)
    }

    /// The position of the item with this code.
    pub fn item_index(&self, code: &str) -> Option<u32> {
        position(self.items, |item| item.code == code)
    }

    /// The position of a kind, fact, table, indicator or phrase with this code.
    pub fn kind_index(&self, code: &str) -> Option<u32> {
        position(self.kinds, |kind| kind.code == code)
    }

    /// The position of the tag with this code.
    pub fn tag_index(&self, code: &str) -> Option<u32> {
        position(self.tags, |tag| tag.code == code)
    }

    /// The position of the fact with this code. A fact that is asked of one kind of subject alone has
    /// the kind's code and a point before its own, e.g. `unit.population`; it goes by either.
    pub fn fact_index(&self, code: &str) -> Option<u32> {
        let own = |fact: &Fact| fact.code.split_once('.').map_or(fact.code, |(_, own)| own);
        position(self.facts, |fact| fact.code == code || own(fact) == code)
    }

    /// The position of the table with this code.
    pub fn table_index(&self, code: &str) -> Option<u32> {
        position(self.tables, |table| table.code == code)
    }

    /// The position of the wanted indicator.
    pub fn need_index(&self, source: &str, indicator: &str) -> Option<u32> {
        position(self.needs, |need| need.source == source && need.indicator == indicator)
    }

    /// The position of the given indicator with this code.
    pub fn gives_index(&self, code: &str) -> Option<u32> {
        position(self.gives, |gives| gives.code == code)
    }

    /// The position of the phrase with this code.
    pub fn phrase_index(&self, code: &str) -> Option<u32> {
        position(self.phrases, |phrase| phrase.code == code)
    }

    /// The edition in force on a day: the first whose dates include it.
    pub fn edition_on(&self, day: Date) -> Option<u32> {
        position(self.editions, |edition| edition.is_in_force(day))
    }
}

fn position<T>(list: &[T], found: impl Fn(&T) -> bool) -> Option<u32> {
    list.iter().position(found).map(|index| index as u32)
}
