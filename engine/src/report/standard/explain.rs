//! Says what a number of a report rests on, from the report alone: its sheet 溯源 names for each cell
//! how it was worked out, or where it comes from.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fmt::Write as _;

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

/// Explains a cell of the workbook's report.
///
/// Shape: the cell with its row, column and value, then what it rests on, further in by two for each
/// step; a number that was worked out is followed to the cells it was worked out from.
/// Errors: no such cell, or no 溯源.
pub fn explain(sheets: &[SheetCells], address: &str) -> Result<String, Unexplained> {
    let bare = address.rsplit_once('!').map_or(address, |(_, cell)| cell).replace('$', "").to_uppercase();
    let wanted = CellRef::parse(&bare).ok_or_else(|| Unexplained::NotACell(address.to_owned()))?;
    let trace = sheets.iter().find(|(name, _)| name == TRACE).ok_or(Unexplained::NoTrace)?;
    let report = sheets.iter().find(|(name, _)| name != TRACE).ok_or(Unexplained::NoTrace)?;
    let values: BTreeMap<CellRef, &str> = report.1.iter().map(|(at, text)| (*at, &**text)).collect();
    let mut by_row: BTreeMap<u32, [&str; 4]> = BTreeMap::new();
    for (at, text) in &trace.1 {
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
    if traced.is_empty() {
        return Err(Unexplained::NoTrace);
    }
    let mut writer = Writer { traced: &traced, values: &values, told: BTreeSet::new(), lines: Vec::new() };
    writer.cell(wanted, 0);
    if writer.lines.is_empty() {
        return Err(Unexplained::NoNumber(wanted));
    }
    Ok(writer.lines.iter().fold(String::new(), |mut text, line| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{line}");
        text
    }))
}

struct Writer<'a> {
    traced: &'a BTreeMap<CellRef, Traced>,
    values: &'a BTreeMap<CellRef, &'a str>,
    /// Cells that were told already: somebody may have made a report that refers to itself.
    told: BTreeSet<CellRef>,
    lines: Vec<String>,
}

impl Writer<'_> {
    fn cell(&mut self, at: CellRef, depth: usize) {
        let Some(traced) = self.traced.get(&at) else { return };
        if self.lines.len() >= MAX_LINES || !self.told.insert(at) {
            return;
        }
        let value = self.values.get(&at).copied().unwrap_or_default();
        let indent = "  ".repeat(depth.min(20));
        self.lines.push(format!("{indent}{at} {} · {} = {value}", traced.row, traced.column));
        for ground in &traced.grounds {
            if self.lines.len() >= MAX_LINES {
                self.lines.push("…(其余从略)".to_owned());
                return;
            }
            self.lines.push(format!("{indent}  依据:{ground}"));
            for below in cells_in(ground) {
                self.cell(below, depth + 2);
            }
        }
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
