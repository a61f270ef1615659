//! A checklist as it is written, in `checklist.toml` or in a workbook, and the one set of checks
//! that turns it into a [`Checklist`]. Knows no file: others read and print.
//!
//! Also what a workbook says beside its checklist: [`Rule`]s, [`Bonus`]es and cases, which the
//! data-driven guest carries as bytes.

#![allow(
    missing_docs,
    reason = "fields are the keys of checklist.toml, explained by the Checklist they become"
)]

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::checklist::{
    Band, Case, Category, Charge, Checklist, Citation, Date, Document, Edition, Fact, Gives, HazardLevel,
    Item, MajorBasis, MajorMark, Mark, Method, Need, Phrase, Rounding, Scheme, Scope, Table, Term, Unchecked,
    ValueKind,
};
use crate::exact::Decimal;
use crate::sector::SDK_PHRASES;
use crate::tailored::{HONOURED, PARAMETERS};

/// `checklist.toml` as written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ChecklistFile {
    pub id: String,
    pub title: String,
    pub checklist_title: String,
    #[serde(default)]
    pub edition: Vec<EditionFile>,
    pub kind: Vec<TermFile>,
    #[serde(default)]
    pub tag: Vec<TermFile>,
    pub document: Vec<DocumentFile>,
    pub category: Vec<CategoryFile>,
    #[serde(default)]
    pub fact: Vec<FactFile>,
    #[serde(default)]
    pub table: Vec<TableFile>,
    #[serde(default)]
    pub need: Vec<NeedFile>,
    #[serde(default)]
    pub gives: Vec<GivesFile>,
    #[serde(default)]
    pub phrase: Vec<PhraseFile>,
    pub scheme: Vec<SchemeFile>,
    pub item: Vec<ItemFile>,
    #[serde(default)]
    pub wants_remarks: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EditionFile {
    pub id: String,
    pub title: String,
    pub from: Option<String>,
    pub to: Option<String>,
    #[serde(default)]
    pub note: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TermFile {
    pub code: String,
    pub title: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentFile {
    pub key: String,
    pub title: String,
    #[serde(default)]
    pub number: String,
    pub from: Option<String>,
    pub to: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryFile {
    pub code: String,
    pub title: String,
    pub weight: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactFile {
    pub code: String,
    pub title: String,
    #[serde(default)]
    pub aliases: Vec<String>,
    pub kind: String,
    #[serde(default)]
    pub unit: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableFile {
    pub code: String,
    pub title: String,
    pub column: Vec<FactFile>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NeedFile {
    pub source: String,
    pub indicator: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivesFile {
    pub code: String,
    pub title: String,
    #[serde(default)]
    pub unit: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhraseFile {
    pub code: String,
    pub text: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SchemeFile {
    pub code: String,
    pub title: String,
    pub method: String,
    pub full_marks: String,
    pub digits: u8,
    pub rounding: String,
    pub unchecked: String,
    pub convert_not_applicable: bool,
    #[serde(default)]
    pub veto_grade: String,
    pub source: String,
    #[serde(default)]
    pub bands: Vec<BandFile>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BandFile {
    pub grade: String,
    pub lower: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ItemFile {
    pub code: String,
    pub category: String,
    pub requirement: String,
    pub method: String,
    pub points: String,
    pub rule: String,
    pub mark: String,
    #[serde(default = "yes")]
    pub scored: bool,
    #[serde(default)]
    pub applies: Vec<String>,
    pub veto: Option<String>,
    #[serde(default)]
    pub major: Option<String>,
    #[serde(default)]
    pub citations: Vec<CitationFile>,
    #[serde(default)]
    pub major_bases: Vec<MajorBasisFile>,
    #[serde(default)]
    pub case: Vec<CaseFile>,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CitationFile {
    pub document: String,
    #[serde(default)]
    pub clause: String,
    pub from: Option<String>,
    pub to: Option<String>,
    pub mark: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MajorBasisFile {
    pub edition: String,
    pub clause: String,
    pub major: Option<String>,
    pub mark: Option<String>,
}

/// A deduction case: one of `once`, `each` (points), `all = true`, or none of them where the
/// consequence is a ruling.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseFile {
    pub code: String,
    pub text: String,
    pub once: Option<String>,
    pub each: Option<String>,
    #[serde(default)]
    pub all: bool,
    pub limit: Option<String>,
    pub scope: Option<String>,
    pub hazard: Option<String>,
    #[serde(default)]
    pub veto: bool,
}

/// What a workbook's plugin is made of: the checklist, and what is judged beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    pub version: String,
    pub checklist: ChecklistFile,
    /// Class of each item (A, B …), in the order of the items; empty where it has none.
    pub classes: Vec<String>,
    pub rules: Vec<Rule>,
    pub bonuses: Vec<Bonus>,
    /// The most that all additions together may give; none: no bound.
    pub bonus_limit: Option<String>,
    /// Golden cases, as text; see [`crate::case`].
    pub cases: Vec<String>,
}

/// A condition and what follows where it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    pub left: Left,
    pub test: Test,
    pub right: String,
    pub then: Then,
    /// What follows where the left side is not known.
    pub missing: Missing,
    /// Code of the phrase; {0} is what the left side was, {1} the right side.
    pub phrase: String,
}

/// The left side of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Left {
    /// A fact, by code.
    Fact(String),
    /// How many items of a class lost points; of any class where it is empty.
    Failed(String),
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Test {
    Less,
    AtMost,
    Equal,
    NotEqual,
    AtLeast,
    More,
    /// Between two numbers, both inclusive; the right side is `LEAST~MOST`.
    Near,
    /// Below the one or above the other of two numbers; the right side is `LEAST~MOST`.
    Far,
}

/// What follows from a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Then {
    /// A note.
    Note,
    /// The subject cannot be assessed.
    Refuse,
    /// The grade is at most this one.
    Cap(String),
    /// 一票否决
    Veto,
    /// 移送
    Refer,
}

/// What a rule does where its left side is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Missing {
    /// Nothing.
    Pass,
    /// As if it held.
    Hold,
    /// A note says so.
    Note,
}

/// Points added or taken for each of a number of things, e.g. commendations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bonus {
    /// Fact that says how many, by code.
    pub fact: String,
    /// Whether it takes.
    pub takes: bool,
    pub each: String,
    /// The most of it; none: no bound.
    pub limit: Option<String>,
}

impl Definition {
    /// As bytes for the guest.
    ///
    /// Errors: none that memory does not make; `None` then.
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        postcard::to_allocvec(self).ok()
    }

    /// From [`Definition::to_bytes`].
    ///
    /// Errors: `None` for other bytes, or those of another version of the guest.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        postcard::from_bytes(bytes).ok()
    }
}

/// What should have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// Not empty, and no other of its list the same.
    Unique,
    /// One of these words.
    OneOf(Vec<&'static str>),
    /// A code of the list of this name.
    Known(&'static str),
    /// A decimal.
    Decimal,
    /// A decimal above zero.
    Positive,
    /// A day, 2026-05-01.
    Day,
    /// Lower bounds from the highest down to 0.
    Bands,
    /// One of once, each, all.
    Charge,
    /// At least one entry.
    Some,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unique => f.write_str("a code that is not empty and stands once"),
            Self::OneOf(words) => write!(f, "one of {}", words.join(", ")),
            Self::Known(list) => write!(f, "a known {list}"),
            Self::Decimal => f.write_str("a decimal"),
            Self::Positive => f.write_str("a decimal above zero"),
            Self::Day => f.write_str("a day like 2026-05-01"),
            Self::Bands => f.write_str("bands from the highest lower bound down to 0"),
            Self::Charge => f.write_str("one of once, each, all"),
            Self::Some => f.write_str("at least one"),
        }
    }
}

/// What is wrong with a checklist, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The list: `item`, `scheme` …
    pub list: &'static str,
    /// Position of the entry in it.
    pub index: usize,
    /// Position in the entry's own list (cases, citations), where the fault is there.
    pub part: usize,
    /// Code of the entry.
    pub code: String,
    /// The key.
    pub field: &'static str,
    /// What stands there.
    pub found: String,
    /// What should.
    pub expected: Expected,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { list, code, field, found, expected, .. } = self;
        write!(f, "{list} {code}: {field}: expected {expected}, found {found:?}")
    }
}

/// Checks a checklist as written and resolves its codes to positions.
///
/// Shape: everything in it lives as long as the program; call it once for a checklist.
/// Errors: every fault.
pub fn resolve(file: &ChecklistFile, version: &str) -> Result<Checklist, Vec<Fault>> {
    let mut resolver = Resolver { file, faults: Vec::new(), at: ("checklist", 0, 0, String::new()) };
    let checklist = resolver.checklist(version);
    if resolver.faults.is_empty() { Ok(checklist) } else { Err(resolver.faults) }
}

struct Resolver<'a> {
    file: &'a ChecklistFile,
    faults: Vec<Fault>,
    /// List, index, part and code of the entry that is being resolved.
    at: (&'static str, usize, usize, String),
}

/// What is wanted from elsewhere; then, where the checklist does not say it itself, what of it may be set
/// otherwise.
fn needs(file: &ChecklistFile) -> Vec<Need> {
    let own = file.need.iter().map(|n| Need { source: text(&n.source), indicator: text(&n.indicator) });
    let mut needs: Vec<_> = own.collect();
    if !needs.iter().any(|need| need.source == PARAMETERS) {
        needs.extend(HONOURED.map(|indicator| Need { source: PARAMETERS, indicator }));
    }
    needs
}

fn text(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

impl Resolver<'_> {
    fn checklist(&mut self, version: &str) -> Checklist {
        let file = self.file;
        for (list, is_empty) in [
            ("kind", file.kind.is_empty()),
            ("scheme", file.scheme.is_empty()),
            ("item", file.item.is_empty()),
        ] {
            if is_empty {
                self.at = (list, 0, 0, String::new());
                self.fault("code", "", Expected::Some);
            }
        }
        let phrases: Vec<_> = SDK_PHRASES
            .iter()
            .map(|&(code, text)| Phrase { code, text })
            .chain(file.phrase.iter().map(|p| Phrase { code: text(&p.code), text: text(&p.text) }))
            .collect();
        Checklist {
            id: text(&file.id),
            version: text(version),
            title: text(&file.title),
            checklist_title: text(&file.checklist_title),
            editions: self.coded("edition", &file.edition, |e| &e.id, Self::edition),
            kinds: self.coded("kind", &file.kind, |t| &t.code, |_, t| term(t)),
            tags: self.coded("tag", &file.tag, |t| &t.code, |_, t| term(t)),
            documents: self.coded("document", &file.document, |d| &d.key, Self::document),
            categories: self.coded("category", &file.category, |c| &c.code, Self::category),
            facts: self.coded("fact", &file.fact, |f| &f.code, Self::fact),
            tables: self.coded("table", &file.table, |t| &t.code, Self::table),
            needs: needs(file).leak(),
            gives: self.coded(
                "gives",
                &file.gives,
                |g| &g.code,
                |_, g| Gives { code: text(&g.code), title: text(&g.title), unit: text(&g.unit) },
            ),
            phrases: {
                self.coded("phrase", &file.phrase, |p| &p.code, |_, _| ());
                phrases.leak()
            },
            schemes: self.coded("scheme", &file.scheme, |s| &s.code, Self::scheme),
            items: self.coded("item", &file.item, |i| &i.code, Self::item),
            wants_remarks: file.wants_remarks,
        }
    }

    /// Resolves a list whose entries have codes.
    fn coded<T, U>(
        &mut self,
        list: &'static str,
        entries: &[T],
        code: impl Fn(&T) -> &String,
        mut resolve: impl FnMut(&mut Self, &T) -> U,
    ) -> &'static [U] {
        let mut seen = BTreeSet::new();
        let mut resolved = Vec::with_capacity(entries.len());
        for (index, entry) in entries.iter().enumerate() {
            let code = code(entry);
            self.at = (list, index, 0, code.clone());
            if code.is_empty() || !seen.insert(code) {
                self.fault("code", code, Expected::Unique);
            }
            resolved.push(resolve(self, entry));
        }
        resolved.leak()
    }

    /// Resolves a list inside an entry.
    fn parts<T, U>(&mut self, parts: &[T], mut resolve: impl FnMut(&mut Self, &T) -> U) -> &'static [U] {
        let mut resolved = Vec::with_capacity(parts.len());
        for (part, entry) in parts.iter().enumerate() {
            self.at.2 = part;
            resolved.push(resolve(self, entry));
        }
        self.at.2 = 0;
        resolved.leak()
    }

    fn edition(&mut self, e: &EditionFile) -> Edition {
        let effective = self.days(e.from.as_ref(), e.to.as_ref());
        Edition { id: text(&e.id), title: text(&e.title), effective, note: text(&e.note) }
    }

    fn document(&mut self, d: &DocumentFile) -> Document {
        let effective = self.days(d.from.as_ref(), d.to.as_ref());
        Document { key: text(&d.key), title: text(&d.title), number: text(&d.number), effective }
    }

    fn category(&mut self, c: &CategoryFile) -> Category {
        let weight = c.weight.as_ref().map(|weight| self.decimal("weight", weight));
        Category { code: text(&c.code), title: text(&c.title), weight }
    }

    fn fact(&mut self, f: &FactFile) -> Fact {
        let known = [
            ("text", ValueKind::Text),
            ("number", ValueKind::Number),
            ("flag", ValueKind::Flag),
            ("day", ValueKind::Day),
        ];
        let kind = self.word("kind", &f.kind, &known);
        let aliases = f.aliases.iter().map(|alias| text(alias)).collect::<Vec<_>>().leak();
        Fact { code: text(&f.code), title: text(&f.title), aliases, kind, unit: text(&f.unit) }
    }

    fn table(&mut self, t: &TableFile) -> Table {
        let columns = self.parts(&t.column, Self::fact);
        Table { code: text(&t.code), title: text(&t.title), columns }
    }

    fn scheme(&mut self, s: &SchemeFile) -> Scheme {
        let lowers: Vec<_> = s.bands.iter().filter_map(|b| Decimal::parse(&b.lower)).collect();
        let falls = lowers.windows(2).all(|pair| pair[0] > pair[1]);
        if !falls || lowers.last().is_some_and(|last| !last.is_zero()) {
            let found: Vec<_> = s.bands.iter().map(|b| b.lower.as_str()).collect();
            self.fault("bands", &found.join(" "), Expected::Bands);
        }
        let methods = [("deduct", Method::Deduct), ("weighted", Method::Weighted), ("given", Method::Given)];
        let roundings = [("then-grade", Rounding::ThenGrade), ("after-grade", Rounding::AfterGrade)];
        let unchecked = [("zero", Unchecked::Zero), ("exclude", Unchecked::Exclude)];
        Scheme {
            code: text(&s.code),
            title: text(&s.title),
            method: self.word("method", &s.method, &methods),
            full_marks: self.decimal("full-marks", &s.full_marks),
            digits: s.digits,
            rounding: self.word("rounding", &s.rounding, &roundings),
            unchecked: self.word("unchecked", &s.unchecked, &unchecked),
            convert_not_applicable: s.convert_not_applicable,
            bands: self
                .parts(&s.bands, |r, b| Band { grade: text(&b.grade), lower: r.decimal("lower", &b.lower) }),
            veto_grade: text(&s.veto_grade),
            source: text(&s.source),
        }
    }

    fn item(&mut self, i: &ItemFile) -> Item {
        let points = self.decimal("points", &i.points);
        if Decimal::parse(&i.points).is_some_and(|points| !points.is_positive()) {
            self.fault("points", &i.points, Expected::Positive);
        }
        let own_mark = Some(&i.mark);
        let mut seen = BTreeSet::new();
        for (part, case) in i.case.iter().enumerate() {
            if case.code.is_empty() || !seen.insert(&case.code) {
                self.at.2 = part;
                self.fault("case", &case.code, Expected::Unique);
            }
        }
        Item {
            code: text(&i.code),
            category: self.position("category", &i.category, self.file.category.iter().map(|c| &c.code)),
            requirement: text(&i.requirement),
            method: text(&i.method),
            points,
            scored: i.scored,
            rule_text: text(&i.rule),
            cases: self.parts(&i.case, Self::case),
            citations: self.parts(&i.citations, |r, c| Citation {
                document: r.position("document", &c.document, r.file.document.iter().map(|d| &d.key)),
                clause: text(&c.clause),
                effective: r.days(c.from.as_ref(), c.to.as_ref()),
                mark: r.mark(c.mark.as_ref().or(own_mark)),
            }),
            major: self.major(i.major.as_ref()),
            major_bases: self.parts(&i.major_bases, |r, b| MajorBasis {
                edition: r.position("edition", &b.edition, r.file.edition.iter().map(|e| &e.id)),
                clause: text(&b.clause),
                major: r.major(b.major.as_ref().or(i.major.as_ref())),
                mark: r.mark(b.mark.as_ref().or(own_mark)),
            }),
            veto: i.veto.as_ref().map(|scope| self.scope(Some(scope))),
            applies: self
                .parts(&i.applies, |r, tag| r.position("tag", tag, r.file.tag.iter().map(|t| &t.code))),
            mark: self.mark(own_mark),
        }
    }

    fn case(&mut self, c: &CaseFile) -> Case {
        let charge = match (&c.once, &c.each, c.all) {
            (Some(points), None, false) => Charge::Once(self.decimal("once", points)),
            (None, Some(points), false) => Charge::Each(self.decimal("each", points)),
            (None, None, true) => Charge::AllPoints,
            (None, None, false) => Charge::RulingOnly,
            _ => {
                self.fault("once", &c.code, Expected::Charge);
                Charge::RulingOnly
            }
        };
        let levels = [("general", HazardLevel::General), ("major", HazardLevel::Major)];
        Case {
            code: text(&c.code),
            text: text(&c.text),
            charge,
            limit: c.limit.as_ref().map(|limit| self.decimal("limit", limit)),
            scope: self.scope(c.scope.as_ref()),
            hazard: c.hazard.as_ref().map(|level| self.word("hazard", level, &levels)),
            veto: c.veto,
        }
    }

    fn fault(&mut self, field: &'static str, found: &str, expected: Expected) {
        let (list, index, part, code) = self.at.clone();
        self.faults.push(Fault { list, index, part, code, field, found: found.to_owned(), expected });
    }

    fn position<'s>(
        &mut self,
        list: &'static str,
        code: &str,
        mut known: impl Iterator<Item = &'s String>,
    ) -> u32 {
        let found = known.position(|known| known == code);
        if found.is_none() {
            self.fault(list, code, Expected::Known(list));
        }
        found.map_or(0, |index| index as u32)
    }

    fn word<T: Copy>(&mut self, field: &'static str, word: &str, known: &[(&'static str, T)]) -> T {
        known.iter().find(|(name, _)| *name == word).map_or_else(
            || {
                self.fault(field, word, Expected::OneOf(known.iter().map(|(name, _)| *name).collect()));
                known[0].1
            },
            |(_, value)| *value,
        )
    }

    fn mark(&mut self, mark: Option<&String>) -> Mark {
        let known = [("C", Mark::Clause), ("S", Mark::Secondary), ("M", Mark::Memory)];
        self.word("mark", mark.map_or("", String::as_str), &known)
    }

    fn major(&mut self, major: Option<&String>) -> MajorMark {
        let known =
            [("none", MajorMark::None), ("direct", MajorMark::Direct), ("element", MajorMark::Element)];
        self.word("major", major.map_or("none", String::as_str), &known)
    }

    fn scope(&mut self, scope: Option<&String>) -> Scope {
        let known = [("item", Scope::Item), ("category", Scope::Category), ("total", Scope::Total)];
        self.word("scope", scope.map_or("item", String::as_str), &known)
    }

    fn decimal(&mut self, field: &'static str, text: &str) -> Decimal {
        Decimal::parse(text).unwrap_or_else(|| {
            self.fault(field, text, Expected::Decimal);
            Decimal::ZERO
        })
    }

    fn days(&mut self, from: Option<&String>, to: Option<&String>) -> (Option<Date>, Option<Date>) {
        let mut one = |field, text: Option<&String>| {
            let text = text?;
            let day = Date::parse(text);
            if day.is_none() {
                self.fault(field, text, Expected::Day);
            }
            day
        };
        (one("from", from), one("to", to))
    }
}

fn term(t: &TermFile) -> Term {
    Term { code: text(&t.code), title: text(&t.title) }
}
