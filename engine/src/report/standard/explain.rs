//! Says what a number of a report rests on, from the report alone: its sheet 溯源 names for each cell
//! how it was worked out, or where it comes from. Opens no file: whoever calls it may.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fmt::Write as _;
use std::rc::Rc;

use super::draw::TRACE;
use crate::model::{CellRef, Lang, SheetCells};

/// Why there is no explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unexplained {
    /// The text is not an address such as `C8`.
    NotACell(String),
    /// The workbook has no sheet 溯源, or one that is not ours.
    NoTrace,
    /// The cell is empty, or a heading, or text that nobody worked out.
    NoNumber(CellRef),
}

impl Unexplained {
    /// The message in a language.
    pub fn message(&self, lang: Lang) -> String {
        if lang == Lang::En {
            return self.to_string();
        }
        match self {
            Self::NotACell(text) => format!("“{text}”不是单元格地址\n提示: 写法如 C8"),
            Self::NoTrace => {
                format!("该工作簿没有“{TRACE}”表,不是本程序写出的上报报表,或该表已被删除")
            }
            Self::NoNumber(cell) => format!("{cell} 没有可以说明来源的数字"),
        }
    }
}

impl fmt::Display for Unexplained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotACell(text) => write!(f, "\"{text}\" is not an address such as C8"),
            Self::NoTrace => write!(f, "the workbook has no sheet {TRACE} of ours"),
            Self::NoNumber(cell) => write!(f, "{cell} holds no number whose source is known"),
        }
    }
}

impl std::error::Error for Unexplained {}

/// What 溯源 says of a cell.
struct Traced {
    row: String,
    column: String,
    grounds: Vec<String>,
}

/// The most lines an explanation has: a total may rest on a hundred thousand rows.
const MAX_LINES: usize = 10_000;

/// The most reports that an explanation goes down through: village, township, county, city, province.
const MAX_REPORTS: usize = 5;

/// Opens a workbook by its path below an inbox. Errors: `None` where there is none.
pub type Open<'o> = dyn Fn(&str) -> Option<Rc<Vec<SheetCells>>> + 'o;

/// Explains a cell of the workbook's report. `open`: opens the workbooks that it was made from, as far as they are
/// at hand; a number that comes from a report is then followed into that report.
///
/// Shape: the cell with its row, column and value, then what it rests on, further in by two for each
/// step; a number that was worked out is followed to the cells it was worked out from.
/// Errors: no such cell, or no 溯源.
pub fn explain(sheets: &[SheetCells], address: &str, open: &Open<'_>) -> Result<String, Unexplained> {
    let bare = address.rsplit_once('!').map_or(address, |(_, cell)| cell).replace('$', "").to_uppercase();
    let wanted = CellRef::parse(&bare).ok_or_else(|| Unexplained::NotACell(address.to_owned()))?;
    let (report, _) = sheets.iter().find(|(name, _)| name != TRACE).ok_or(Unexplained::NoTrace)?;
    let book = Book::read(sheets, report).ok_or(Unexplained::NoTrace)?;
    let mut writer = Writer { open, lines: Vec::new() };
    writer.cell(&book, &mut BTreeSet::new(), wanted, (0, 1));
    if writer.lines.is_empty() {
        return Err(Unexplained::NoNumber(wanted));
    }
    Ok(writer.lines.iter().fold(String::new(), |mut text, line| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{line}");
        text
    }))
}

/// A report's cells, and what its 溯源 says of them.
struct Book<'s> {
    traced: BTreeMap<CellRef, Traced>,
    values: BTreeMap<CellRef, &'s str>,
}

impl<'s> Book<'s> {
    /// Errors: `None` without the sheet, or without a 溯源 of ours.
    fn read(sheets: &'s [SheetCells], report: &str) -> Option<Self> {
        let (_, trace) = sheets.iter().find(|(name, _)| name == TRACE)?;
        let (_, report) = sheets.iter().find(|(name, _)| name == report)?;
        let values = report.iter().map(|(at, text)| (*at, &**text)).collect();
        let mut by_row: BTreeMap<u32, [&str; 4]> = BTreeMap::new();
        for (at, text) in trace {
            if let Some(cell) = by_row.entry(at.row0).or_default().get_mut(at.col0 as usize) {
                *cell = text;
            }
        }
        let mut traced: BTreeMap<CellRef, Traced> = BTreeMap::new();
        for [cell, row, column, ground] in by_row.into_values() {
            let Some(cell) = CellRef::parse(cell) else { continue };
            let known = traced.entry(cell).or_insert_with(|| Traced {
                row: row.to_owned(),
                column: column.to_owned(),
                grounds: Vec::new(),
            });
            known.grounds.push(ground.to_owned());
        }
        (!traced.is_empty()).then_some(Self { traced, values })
    }

    fn value(&self, at: CellRef) -> &'s str {
        self.values.get(&at).copied().unwrap_or_default()
    }
}

struct Writer<'a> {
    open: &'a Open<'a>,
    lines: Vec<String>,
}

impl Writer<'_> {
    /// `told`: cells of the book that were told already, for somebody may have made a report that refers to
    /// itself. `depth`: steps so far, and reports.
    fn cell(&mut self, book: &Book<'_>, told: &mut BTreeSet<CellRef>, at: CellRef, depth: (usize, usize)) {
        let Some(traced) = book.traced.get(&at) else { return };
        if self.lines.len() >= MAX_LINES || !told.insert(at) {
            return;
        }
        let indent = "  ".repeat(depth.0.min(20));
        self.lines.push(format!("{indent}{at} {} · {} = {}", traced.row, traced.column, book.value(at)));
        for ground in &traced.grounds {
            if self.lines.len() >= MAX_LINES {
                self.lines.push("…(其余从略)".to_owned());
                return;
            }
            self.lines.push(format!("{indent}  依据:{ground}"));
            for below in cells_in(ground) {
                self.cell(book, told, below, (depth.0 + 2, depth.1));
            }
            self.follow(ground, depth);
        }
    }

    /// Goes on in the report that a number comes from: `unit path › sheet › C9 = 7`. Where another number stands
    /// there now, that is said.
    fn follow(&mut self, ground: &str, depth: (usize, usize)) {
        if depth.1 >= MAX_REPORTS {
            return;
        }
        let mut parts = ground.rsplitn(3, " › ");
        let (Some(cell), Some(sheet), Some(named)) = (parts.next(), parts.next(), parts.next()) else {
            return;
        };
        let (cell, wanted) = cell.split_once(" = ").map_or((cell, None), |(cell, value)| (cell, Some(value)));
        let Some(at) = CellRef::parse(cell) else { return };
        // Whose report it is stands before the path; names and paths may have blanks.
        let starts = std::iter::once(0).chain(named.match_indices(' ').map(|(at, _)| at + 1));
        let Some(sheets) = starts.take(MAX_REPORTS).find_map(|start| (self.open)(&named[start..])) else {
            return;
        };
        let Some(book) = Book::read(&sheets, sheet) else { return };
        let found = book.value(at);
        if let Some(wanted) = wanted.filter(|wanted| *wanted != found) {
            let indent = "  ".repeat((depth.0 + 2).min(20));
            self.lines.push(format!("{indent}收件中该格现为“{found}”,与报表所据的“{wanted}”不符"));
            return;
        }
        self.cell(&book, &mut BTreeSet::new(), at, (depth.0 + 2, depth.1 + 1));
    }
}

/// The cells that a working names: `SUM(C8:C9,C11)`, `F8-G8`, `D8 ÷ C8 × 100%…`. A place in a source
/// workbook names none of this report's.
fn cells_in(ground: &str) -> Vec<CellRef> {
    let mut cells = Vec::new();
    if ground.contains('›') {
        return cells;
    }
    let is_address = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == ':';
    for word in ground.split(|c: char| !is_address(c)) {
        let (first, last) = word.split_once(':').unwrap_or((word, word));
        let (Some(first), Some(last)) = (CellRef::parse(first), CellRef::parse(last)) else { continue };
        let rows = first.row0..=last.row0.min(first.row0.saturating_add(MAX_LINES as u32));
        cells.extend(rows.map(|row0| CellRef { row0, ..first }));
    }
    cells
}
