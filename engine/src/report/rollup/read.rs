//! Reads a report back by the layout that draws it: headings, rows, subtotals and totals as they were
//! sent. Adds nothing up, and repairs nothing: what is not a number is told and counts as not known.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::super::standard::rows::groups;
use super::super::standard::{BELOW, Layout, ORIGIN_COLUMN, Show, TRACE};
use crate::model::rollup::Book;
use crate::model::text::{match_key, without_brackets};
use crate::model::{CellRef, Date, Decimal, Problem, ProblemCode, Provenance, SourceId, Sources};

/// Rows among which headings are looked for, and columns that may stand before them.
const MAX_HEAD_ROW: u32 = 40;
const MAX_HEAD_COL: u32 = 16;
/// Rows that headings may have.
const MAX_LEVELS: u32 = 5;

/// The longest text, in bytes, that can be a heading.
const MAX_HEADING: usize = 600;

/// Words that offices write on every kind of table, folded.
#[derive(Debug, Deserialize)]
struct Words {
    totals: Vec<String>,
    notes: Vec<String>,
}

const WORDS: &str = include_str!("../../../../templates/intake/words.toml");

/// Below the rows, what begins so says why numbers do not agree.
const REMARK: &str = "差异说明";

/// What a cell of a row holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stands {
    /// Nothing.
    Empty,
    /// Text; in a column of numbers, what is no number and has been told.
    Text(String),
    /// A number.
    Number(Decimal),
    /// A day.
    Day(Date),
}

impl Stands {
    /// The number, if it is one.
    pub(super) const fn number(&self) -> Option<Decimal> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }
}

/// What a row is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RowKind {
    /// A row that is added up.
    Leaf {
        /// The label of the group it belongs to.
        group: Option<String>,
    },
    /// The row of a group whose rows stand below it, by their positions.
    Group(Vec<usize>),
    /// A total, of the rows at these positions.
    Total(Vec<usize>),
}

/// A row as it was sent.
#[derive(Debug, Clone)]
pub(super) struct SentRow {
    pub(super) row0: u32,
    pub(super) kind: RowKind,
    /// Its label, without indent and star.
    pub(super) label: String,
    /// One for each column of the layout.
    pub(super) cells: Vec<Stands>,
    /// What stands there as text, where it stands: rates among it.
    pub(super) shown: Vec<String>,
}

impl SentRow {
    /// Whether the whole row was entered by hand (手工补录): its label carries a star.
    pub(super) fn is_typed_in(&self, layout: &Layout) -> bool {
        self.shown[layout.label].trim_end().ends_with('*')
    }
}

/// A report as it was sent.
#[derive(Debug, Clone)]
pub(super) struct Sent<'r> {
    /// Position of the layout.
    pub(super) layout: usize,
    /// Of what it is, where a unit has several of one layout: the campaign.
    pub(super) of: String,
    /// Where its first heading stands.
    pub(super) at: Provenance,
    /// Path, and name of the sheet.
    pub(super) place: (&'r str, &'r str),
    /// Who sent it, as written, and where.
    pub(super) issuer: (String, Provenance),
    /// Up to which day it counts, and where that stands.
    pub(super) as_of: Option<(Date, Provenance)>,
    /// What stands in the places of title and headings, by place.
    pub(super) words: BTreeMap<String, String>,
    /// Why numbers do not agree, as the unit and those below it say, and where that stands.
    pub(super) remarks: Vec<(String, Provenance)>,
    pub(super) rows: Vec<SentRow>,
}

impl Sent<'_> {
    /// The rows that are added up.
    pub(super) fn leaves(&self) -> impl Iterator<Item = &SentRow> {
        self.rows.iter().filter(|row| matches!(row.kind, RowKind::Leaf { .. }))
    }

    /// The cell of a row in a column of the layout.
    pub(super) const fn cell(&self, row0: u32, column: usize) -> CellRef {
        CellRef::new(row0, self.at.cell.col0 + column as u32)
    }

    /// The same as a place.
    pub(super) const fn at(&self, row0: u32, column: usize) -> Provenance {
        Provenance { cell: self.cell(row0, column), ..self.at }
    }

    /// `file › sheet › cell`.
    pub(super) fn show(&self, row0: u32, column: usize) -> String {
        format!("{} › {} › {}", self.place.0, self.place.1, self.cell(row0, column))
    }
}

/// Reads reports of any of the layouts that roll up.
pub(super) struct Reader<'l> {
    layouts: &'l [Layout],
    /// The layouts that roll up; those with more headings first, which those with fewer may be part of.
    known: Vec<Known<'l>>,
    words: Words,
}

/// A layout with its headings, folded.
struct Known<'l> {
    position: usize,
    layout: &'l Layout,
    headings: Vec<Heading<'l>>,
}

struct Heading<'l> {
    row: u32,
    column: u32,
    text: &'l str,
    key: Key,
}

/// A text as headings are compared: folded, and the same without what stands in brackets, which is a unit.
struct Key {
    whole: String,
    bare: String,
}

impl Key {
    fn of(text: &str) -> Self {
        Self { whole: match_key(text), bare: match_key(&without_brackets(text)) }
    }

    /// Whether a heading is the one wanted, its unit in brackets aside.
    fn is(&self, wanted: &Self) -> bool {
        !self.whole.is_empty() && (self.whole == wanted.whole || self.bare == wanted.bare)
    }
}

/// How many headings agreed, fewer of the layout before more of it, and the first that does not agree.
type Miss = ((usize, Reverse<usize>), Box<Problem>);

impl<'l> Reader<'l> {
    pub(super) fn new(layouts: &'l [Layout]) -> Self {
        let known = layouts.iter().enumerate().filter(|(_, layout)| layout.roll_up.is_some());
        let known = known.map(|(position, layout)| {
            let headings = layout.headings().into_iter().filter(|(.., text)| !text.is_empty());
            let headings = headings.map(|(row, column, _, _, text)| Heading {
                row,
                column: column.into(),
                text,
                key: Key::of(text),
            });
            Known { position, layout, headings: headings.collect() }
        });
        let mut known: Vec<_> = known.collect();
        known.sort_by_key(|known| (Reverse(known.headings.len()), known.position));
        let mut words: Words = toml::from_str(WORDS).expect("a test reads the common words");
        for word in words.totals.iter_mut().chain(&mut words.notes) {
            *word = match_key(word);
        }
        Self { layouts, known, words }
    }

    /// The reports that a workbook holds. What is wrong with it goes to the problems.
    pub(super) fn reports<'r>(
        &self,
        book: &'r Book,
        sources: &'r Sources,
        problems: &mut Vec<Problem>,
    ) -> Vec<Sent<'r>> {
        let about = sources.get(book.source);
        let mut found = Vec::new();
        let mut nearest: Option<Miss> = None;
        for (name, cells) in book.sheets.iter().filter(|(name, _)| name != TRACE) {
            let sheet = about.sheets.iter().position(|known| known == name);
            let sheet = u16::try_from(sheet.unwrap_or(0)).unwrap_or(u16::MAX);
            let page = Page::new(book.source, sheet, cells, &self.words);
            let mut of_sheet = None;
            for known in &self.known {
                match page.heading(known) {
                    Ok(at) => {
                        of_sheet = Some((known, at));
                        break;
                    }
                    Err(Some(miss)) if nearest.as_ref().is_none_or(|best| miss.0 > best.0) => {
                        nearest = Some(miss);
                    }
                    Err(_) => {}
                }
            }
            let Some((known, at)) = of_sheet else { continue };
            let layout = &self.layouts[known.position];
            let (rows, end) = page.rows(layout, at, problems);
            let words = page.words_at(known, at);
            let of = places(&layout.title).into_iter().filter(|place| *place != "year");
            let of =
                of.filter_map(|place| words.get(place).map(String::as_str)).collect::<Vec<_>>().join(" ");
            let mut remarks = page.remarks(end);
            remarks.extend(remarks_below(book, sources));
            found.push(Sent {
                layout: known.position,
                of,
                at: Provenance { source: book.source, sheet, cell: at },
                place: (&about.path, name),
                issuer: page.issuer(at),
                as_of: page.day(at).or_else(|| day_of_trace(book, sheet)),
                words,
                remarks,
                rows,
            });
        }
        if found.is_empty() {
            // A form that is nearly ours was meant to be one; anything else just lies in the folder.
            problems.push(match nearest {
                Some((_, problem)) => *problem,
                None => Problem::new(ProblemCode::LayoutUnknown, book.source).arg("可汇总的上报报表"),
            });
        }
        found
    }
}

/// What the units below the sender said, as its report's 溯源 keeps it.
fn remarks_below(book: &Book, sources: &Sources) -> Vec<(String, Provenance)> {
    let Some((_, cells)) = book.sheets.iter().find(|(name, _)| name == TRACE) else { return Vec::new() };
    let sheet = sources.get(book.source).sheets.iter().position(|name| name == TRACE);
    let sheet = u16::try_from(sheet.unwrap_or(0)).unwrap_or(u16::MAX);
    let (names, values) = (u32::from(ORIGIN_COLUMN), u32::from(ORIGIN_COLUMN) + 1);
    let rows: BTreeSet<u32> =
        cells.iter().filter(|(at, text)| at.col0 == names && text == BELOW).map(|(at, _)| at.row0).collect();
    let values = cells.iter().filter(|(at, _)| at.col0 == values && rows.contains(&at.row0));
    values.map(|(at, text)| (text.clone(), Provenance { source: book.source, sheet, cell: *at })).collect()
}

/// The day on a report's sheet 溯源, where the report itself has none.
fn day_of_trace(book: &Book, sheet: u16) -> Option<(Date, Provenance)> {
    let (_, origin) = super::Origin::read(&book.sheets)?;
    let at = Provenance { source: book.source, sheet, cell: CellRef::new(0, 0) };
    Some((origin.as_of, at))
}

/// A sheet's cells by place.
struct Page<'r, 'w> {
    source: SourceId,
    sheet: u16,
    cells: BTreeMap<CellRef, &'r str>,
    /// Those of the rows in which headings may stand, folded.
    top: BTreeMap<CellRef, Key>,
    words: &'w Words,
}

impl<'r, 'w> Page<'r, 'w> {
    fn new(source: SourceId, sheet: u16, cells: &'r Cells, words: &'w Words) -> Self {
        let cells: BTreeMap<CellRef, &str> = cells.iter().map(|(at, text)| (*at, &**text)).collect();
        let top = cells.range(..CellRef::new(MAX_HEAD_ROW + MAX_LEVELS, 0));
        let top = top.filter(|(_, text)| text.len() <= MAX_HEADING).map(|(at, text)| (*at, Key::of(text)));
        Self { source, sheet, top: top.collect(), cells, words }
    }

    fn text(&self, at: CellRef) -> &'r str {
        self.cells.get(&at).copied().unwrap_or_default()
    }

    fn place(&self, cell: CellRef) -> Provenance {
        Provenance { source: self.source, sheet: self.sheet, cell }
    }

    /// Where the first heading of a layout stands.
    ///
    /// Errors: how many headings agreed, and the first that does not, where more than half of them do.
    fn heading(&self, known: &Known<'_>) -> Result<CellRef, Option<Miss>> {
        let headings = &known.headings;
        let Some(first) = headings.first() else { return Err(None) };
        let mut nearest: Option<Miss> = None;
        let top = self.top.range(..CellRef::new(MAX_HEAD_ROW, 0));
        for (at, key) in top.filter(|(at, _)| at.col0 <= MAX_HEAD_COL) {
            if !key.is(&first.key) || at.row0 < first.row || at.col0 < first.column {
                continue;
            }
            let base = CellRef::new(at.row0 - first.row, at.col0 - first.column);
            let mut agree = 0;
            let mut differs = None;
            for heading in headings {
                let cell = CellRef::new(base.row0 + heading.row, base.col0 + heading.column);
                if self.top.get(&cell).is_some_and(|key| key.is(&heading.key)) {
                    agree += 1;
                } else {
                    differs = differs.or(Some((cell, heading.text)));
                }
            }
            let Some((cell, wanted)) = differs else { return Ok(base) };
            if 2 * agree > headings.len()
                && agree > 2
                && nearest.as_ref().is_none_or(|((best, _), _)| agree > *best)
            {
                let what = format!("表头“{wanted}”({} {})", known.layout.form, super::title(known.layout));
                let problem = Problem::new(ProblemCode::RollupUnknown, self.place(cell));
                let problem = problem.column("表头").found(self.text(cell)).arg(what);
                nearest = Some(((agree, Reverse(headings.len())), Box::new(problem)));
            }
        }
        Err(nearest)
    }

    /// Texts above the headings.
    fn above(&self, at: CellRef) -> impl Iterator<Item = (CellRef, &'r str)> + '_ {
        self.cells.range(..CellRef::new(at.row0, 0)).map(|(at, text)| (*at, *text))
    }

    /// Who sent it: what stands behind 填报单位.
    fn issuer(&self, at: CellRef) -> (String, Provenance) {
        for (cell, text) in self.above(at) {
            let Some(start) = text.find("填报单位").or_else(|| text.find("填报机关")) else {
                continue;
            };
            let rest = &text[start..];
            let Some((_, name)) = rest.split_once([':', ':']) else { continue };
            // On one line with the day, where the sheet has one column for both.
            let name = name.split("截止").next().unwrap_or_default().trim();
            // A label may stand alone, with the name in the cell beside it.
            let name = if name.is_empty() {
                let beside = self.cells.range(CellRef::new(cell.row0, cell.col0 + 1)..).next();
                let beside = beside.filter(|(at, text)| at.row0 == cell.row0 && !text.contains("截止"));
                beside.map_or("", |(_, text)| text.trim())
            } else {
                name
            };
            return (name.trim_matches('_').to_owned(), self.place(cell));
        }
        (String::new(), self.place(at))
    }

    /// The day up to which it counts: 截止到2026年12月31日为止.
    fn day(&self, at: CellRef) -> Option<(Date, Provenance)> {
        self.above(at).find_map(|(cell, text)| {
            let key = match_key(text);
            Some((day_in(&key[key.find("截止")?..])?, self.place(cell)))
        })
    }

    /// What stands in the places of title and headings.
    fn words_at(&self, known: &Known<'_>, at: CellRef) -> BTreeMap<String, String> {
        let title = &known.layout.title;
        let mut words = self.above(at).find_map(|(_, text)| captured(title, text)).unwrap_or_default();
        words.remove("year");
        for heading in known.headings.iter().filter(|heading| heading.text.contains('{')) {
            let cell = CellRef::new(at.row0 + heading.row, at.col0 + heading.column);
            words.extend(captured(heading.text, self.text(cell)).unwrap_or_default());
        }
        words
    }

    /// Why numbers do not agree, as it stands below the rows.
    fn remarks(&self, end0: u32) -> Vec<(String, Provenance)> {
        let below = self.cells.range(CellRef::new(end0, 0)..).filter(|(_, text)| text.contains(REMARK));
        below.map(|(at, text)| (text.trim().to_owned(), self.place(*at))).collect()
    }

    /// The rows, and the row from 0 at which they are over.
    fn rows(&self, layout: &Layout, head: CellRef, problems: &mut Vec<Problem>) -> (Vec<SentRow>, u32) {
        let n_columns = layout.columns.len() as u32;
        let own = |at: &CellRef| (head.col0..head.col0 + n_columns).contains(&at.col0);
        let mut first0 = head.row0 + layout.n_levels() as u32;
        if layout.has_units() && self.is_units(first0, head.col0, n_columns) {
            first0 += 1;
        }
        let mut by_row: BTreeMap<u32, Vec<(usize, &str)>> = BTreeMap::new();
        for (at, text) in self.cells.range(CellRef::new(first0, 0)..).filter(|(at, _)| own(at)) {
            by_row.entry(at.row0).or_default().push(((at.col0 - head.col0) as usize, text));
        }
        let mut grouping = Grouping::new(layout);
        let mut rows: Vec<SentRow> = Vec::new();
        let mut end0 = first0;
        for (row0, cells) in by_row {
            if cells.iter().all(|(_, text)| text.trim().is_empty()) && !cells.is_empty() {
                continue;
            }
            if self.is_footer(layout, &cells) {
                break;
            }
            end0 = row0 + 1;
            let mut shown = vec![String::new(); layout.columns.len()];
            for (column, text) in &cells {
                text.trim().clone_into(&mut shown[*column]);
            }
            let total =
                shown[..=layout.label].iter().map(|text| match_key(text)).find(|key| self.is_total(key));
            let is_total = total.is_some();
            if !is_total {
                fill_down(layout, &mut shown, rows.iter().rev().find(|row| is_leaf(row)));
            }
            let label = match total {
                Some(total) => total,
                None => shown[layout.label].trim_end_matches('*').trim().to_owned(),
            };
            let stands = self.stands(layout, (head, row0), &shown, is_total, problems);
            let position = rows.len();
            let kind = grouping.kind(&label, is_total, position, &mut rows);
            if label.is_empty() {
                let at = self.place(CellRef::new(row0, head.col0 + layout.label as u32));
                let what = format!("“{}”不能为空", layout.columns[layout.label].head.join("/"));
                problems.push(Problem::new(ProblemCode::RollupLine, at).arg(what));
            }
            rows.push(SentRow { row0, kind, label, cells: stands, shown });
        }
        (rows, end0)
    }

    /// What the cells of a row hold; what they should not is told, except on totals, which are only compared.
    fn stands(
        &self,
        layout: &Layout,
        (head, row0): (CellRef, u32),
        shown: &[String],
        is_total: bool,
        problems: &mut Vec<Problem>,
    ) -> Vec<Stands> {
        let mut stands = Vec::with_capacity(shown.len());
        for (position, (column, text)) in layout.columns.iter().zip(shown).enumerate() {
            let at = CellRef::new(row0, head.col0 + position as u32);
            let mut tell = |code: ProblemCode| {
                if !is_total && column.expression.is_none() {
                    let heading = column.head.join("/");
                    problems.push(Problem::new(code, self.place(at)).column(heading).found(text));
                }
            };
            if text.is_empty() {
                // A cell that is there and shows nothing is a formula without a result.
                if column.show.is_summed() && self.cells.contains_key(&at) {
                    tell(ProblemCode::FormulaUncalculated);
                }
                stands.push(Stands::Empty);
                continue;
            }
            stands.push(match column.show {
                Show::Count | Show::Amount => match match_key(text).parse::<Decimal>() {
                    Ok(number) if number.is_sign_negative() && !number.is_zero() => {
                        tell(ProblemCode::NumberNegative);
                        Stands::Text(text.clone())
                    }
                    Ok(number) if column.show == Show::Count && !number.fract().is_zero() => {
                        tell(ProblemCode::NumberInvalid);
                        Stands::Text(text.clone())
                    }
                    Ok(number) => Stands::Number(number.normalize()),
                    Err(_) => {
                        tell(ProblemCode::NumberInvalid);
                        Stands::Text(text.clone())
                    }
                },
                Show::Points => match match_key(text).parse::<Decimal>() {
                    Ok(number) => Stands::Number(number.normalize()),
                    Err(_) => Stands::Text(text.clone()),
                },
                Show::Day => text
                    .parse()
                    .ok()
                    .or_else(|| day_in(&match_key(text)))
                    .map_or_else(|| Stands::Text(text.clone()), Stands::Day),
                Show::Text | Show::Word | Show::Code | Show::Number | Show::Rate => {
                    Stands::Text(text.clone())
                }
            });
        }
        stands
    }

    /// Whether a row is that of the units: nothing but `(家)`, `(项)`.
    fn is_units(&self, row0: u32, col0: u32, n_columns: u32) -> bool {
        let row = self.cells.range(CellRef::new(row0, col0)..CellRef::new(row0, col0 + n_columns));
        let mut texts = row.map(|(_, text)| match_key(text)).filter(|key| !key.is_empty()).peekable();
        texts.peek().is_some() && texts.all(|key| key.starts_with('(') && key.ends_with(')'))
    }

    fn is_total(&self, key: &str) -> bool {
        self.words.totals.iter().any(|word| word == key)
    }

    /// Whether the rows are over: a signature or a note, and no number beside it.
    fn is_footer(&self, layout: &Layout, cells: &[(usize, &str)]) -> bool {
        let Some((_, text)) = cells.iter().find(|(_, text)| !text.trim().is_empty()) else { return false };
        let key = match_key(text);
        let begins = |word: &str| {
            let word = word.trim_end_matches(':');
            key.strip_prefix(word)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '(', '1', '.']))
        };
        let signature = layout.signature.split([':', ':']).next().unwrap_or_default();
        let is_note = key.starts_with('*')
            || begins(&match_key(&without_brackets(signature)))
            || self
                .words
                .notes
                .iter()
                .any(|word| begins(word) || word.ends_with('签') && key.starts_with(word));
        let has_number = cells.iter().any(|(column, text)| {
            layout.columns.get(*column).is_some_and(|column| column.show.is_summed())
                && match_key(text).parse::<Decimal>().is_ok()
        });
        is_note && !has_number
    }
}

/// The cells of a sheet.
type Cells = Vec<(CellRef, String)>;

const fn is_leaf(row: &SentRow) -> bool {
    matches!(row.kind, RowKind::Leaf { .. })
}

/// What a merged region leaves empty in the rows below its first: columns that the layout groups, as
/// long as the column before them goes on too.
fn fill_down(layout: &Layout, shown: &mut [String], above: Option<&SentRow>) {
    let Some(above) = above else { return };
    for column in &layout.grouped {
        if !shown[*column].is_empty() {
            return;
        }
        shown[*column].clone_from(&above.shown[*column]);
    }
}

/// Follows the groups of a form: a line with the name of a group holds the lines below it that belong
/// to it. Where none of them stand there, the line itself is a row.
struct Grouping {
    groups: Vec<(String, Vec<String>)>,
    /// The group whose lines may come: its position, and its row.
    open: Option<(usize, usize)>,
    /// Leaves since the last subtotal.
    since: Vec<usize>,
    /// All leaves.
    leaves: Vec<usize>,
}

impl Grouping {
    fn new(layout: &Layout) -> Self {
        let groups = groups(layout.base_name());
        let key = |(label, below): (String, Vec<String>)| {
            (match_key(&label), below.iter().map(|label| match_key(label)).collect())
        };
        Self {
            groups: groups.into_iter().map(key).collect(),
            open: None,
            since: Vec::new(),
            leaves: Vec::new(),
        }
    }

    fn kind(&mut self, label: &str, is_total: bool, position: usize, rows: &mut [SentRow]) -> RowKind {
        if is_total {
            self.open = None;
            // A subtotal is that of the rows since the last one.
            let of =
                if matches!(label, "合计" | "总计") { self.leaves.clone() } else { self.since.clone() };
            self.since.clear();
            return RowKind::Total(of);
        }
        let key = match_key(label);
        if let Some((group, row)) = self.open
            && self.groups[group].1.contains(&key)
        {
            let head = &mut rows[row];
            match &mut head.kind {
                RowKind::Group(below) => below.push(position),
                kind => {
                    *kind = RowKind::Group(vec![position]);
                    self.leaves.retain(|leaf| *leaf != row);
                    self.since.retain(|leaf| *leaf != row);
                }
            }
            let group = head.label.clone();
            self.leaves.push(position);
            self.since.push(position);
            return RowKind::Leaf { group: Some(group) };
        }
        let group = self.groups.iter().position(|(known, below)| *known == key && !below.is_empty());
        self.open = group.map(|group| (group, position));
        self.leaves.push(position);
        self.since.push(position);
        RowKind::Leaf { group: None }
    }
}

/// The places of a text: `{year}年` has year.
pub(super) fn places(text: &str) -> Vec<&str> {
    let mut places = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('{') {
        let Some((place, after)) = after.split_once('}') else { break };
        places.push(place);
        rest = after;
    }
    places
}

/// What stands in the places of a pattern, folded. Errors: `None` where the text is not of this pattern.
fn captured(pattern: &str, text: &str) -> Option<BTreeMap<String, String>> {
    let key = match_key(text);
    let mut parts = pattern.split('{');
    let mut rest = key.strip_prefix(&*match_key(parts.next()?))?;
    let mut words = BTreeMap::new();
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        let (place, literal) = part.split_once('}')?;
        let literal = match_key(literal);
        // The last text of the pattern is the end of the text.
        let found = match parts.peek() {
            None => rest.strip_suffix(&*literal).map(|value| (value, "")),
            Some(_) => rest.split_once(&*literal),
        };
        let (value, after) = found?;
        words.insert(place.to_owned(), value.to_owned());
        rest = after;
    }
    Some(words)
}

/// The first day that a folded text names: 2026年12月31日, 2026-12-31.
fn day_in(key: &str) -> Option<Date> {
    let mut numbers = key.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty());
    let (year, month, day) = (numbers.next()?, numbers.next()?, numbers.next()?);
    let year = year.parse::<i16>().ok().filter(|year| (1900..=2200).contains(year))?;
    Date::new(year, month.parse().ok()?, day.parse().ok()?).ok()
}

#[cfg(test)]
mod texts {
    use super::*;

    #[test]
    fn places_of_a_pattern_are_read_back() {
        for (pattern, text, expected) in [
            (
                "{assessed_year}年度{unit_kind}考核汇总表",
                "2026年度村(居) 考核汇总表",
                "assessed_year=2026 unit_kind=村(居)",
            ),
            ("平时考核(×{weight}%)", "平时考核(×40%)", "weight=40"),
            ("{campaign}隐患汇总表", "国庆节前隐患汇总表", "campaign=国庆节前"),
            ("{campaign}隐患汇总表", "国庆节前隐患清单", "-"),
            ("无处", "无处", ""),
            ("无处", "别处", "-"),
        ] {
            let found = captured(pattern, text).map(|words| {
                words.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ")
            });
            assert_eq!(found.as_deref().unwrap_or("-"), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_text_names_its_day() {
        for (text, day) in [
            ("截止到2026年12月31日为止", Some("2026-12-31")),
            ("2026.2.3", Some("2026-02-03")),
            ("截止到年月日为止", None),
            ("2026年2月30日", None),
            ("12月31日", None),
        ] {
            assert_eq!(day_in(text).map(|day| day.to_string()).as_deref(), day, "{text}");
        }
    }
}
