//! The cells of one sheet as they will stand in its part. A score sheet for each of hundreds of
//! enterprises has 100,000s: the writer's own would hash a format for each of them.
//! Knows neither grids nor packages; which cell says what is the affair of `draw`.

use std::collections::HashMap;
use std::io::Write as _;

use rust_xlsxwriter::{ExcelDateTime, XlsxError};

use super::styles::Look;
use super::{Entry, cell_text};
use crate::model::{CellRef, Decimal};
use crate::report::float;
use crate::report::xml::{digits, escape};

/// Excel's last row and column, from 0.
const LAST: (u32, u16) = (1_048_575, 16_383);

/// Links that Excel takes on one sheet.
const MOST_LINKS: usize = 65_530;

/// The number of the look that a cell has when nothing is said.
pub(super) const PLAIN: u32 = 0;

/// First row, first column, last row, last column.
pub(super) type Area = (u32, u16, u32, u16);

/// What stands in a cell.
#[derive(Debug, Clone, Copy)]
enum Value {
    Blank,
    /// By its number in the sheet's texts.
    Text(u32),
    Number(Decimal),
    /// By its number in the sheet's formulas, with its result.
    Formula(u32, Decimal),
}

#[derive(Debug, Clone, Copy)]
struct Cell {
    row: u32,
    column: u16,
    /// By its number in the sheet's looks.
    look: u16,
    value: Value,
}

/// The cells of one sheet, with what stands beside them in its part.
#[derive(Debug, Default)]
pub(super) struct Cells {
    cells: Vec<Cell>,
    texts: HashMap<Box<str>, u32>,
    formulas: Vec<String>,
    /// Row, column, what stands there, where it leads.
    links: Vec<(u32, u16, String, String)>,
    merged: Vec<Area>,
    /// In points, by row.
    heights: Vec<Option<f64>>,
    looks: Vec<Look>,
}

/// What the numbers of a sheet's looks and texts are in the workbook.
pub(super) struct Numbers {
    pub looks: Vec<u32>,
    pub texts: Vec<u32>,
}

impl Cells {
    /// Puts an entry into a cell; a later one takes its place.
    ///
    /// Errors: beyond Excel's last row or column.
    pub fn put(&mut self, row: u32, column: u16, entry: &Entry<'_>, look: Look) -> Result<(), XlsxError> {
        if row > LAST.0 || column > LAST.1 {
            return Err(XlsxError::RowColumnLimitError);
        }
        let value = match entry {
            Entry::Empty => Value::Blank,
            Entry::Text(text) | Entry::Code(text) => self.text(&cell_text(text)),
            Entry::Number(number, _) => Value::Number(*number),
            Entry::Day(day) => {
                // Years from 1900: intake refuses others. A date that Excel cannot hold stays text.
                let (year, month, day_of_month) =
                    (day.year().unsigned_abs(), day.month().unsigned_abs(), day.day().unsigned_abs());
                match ExcelDateTime::from_ymd(year, month, day_of_month) {
                    // Whole days.
                    Ok(date) => Value::Number(Decimal::from(date.to_excel() as i64)),
                    Err(_) => self.text(&day.to_string()),
                }
            }
            Entry::Formula(formula, result, _) => {
                self.formulas.push(formula.trim_start_matches('=').to_owned());
                Value::Formula((self.formulas.len() - 1) as u32, *result)
            }
            Entry::Link(text, to) => {
                let text = cell_text(text);
                // Excel repairs a sheet with more and drops them: those beyond are text.
                if self.links.len() < MOST_LINKS {
                    self.links.push((row, column, text.clone().into_owned(), to.clone()));
                }
                self.text(&text)
            }
        };
        let look = self.look(look);
        self.cells.push(Cell { row, column, look, value });
        Ok(())
    }

    /// Draws an area as one cell, which is its first.
    ///
    /// Errors: beyond Excel's last row or column.
    pub fn merge(&mut self, area: Area, look: Look) -> Result<(), XlsxError> {
        let (row, column, last_row, last_column) = area;
        for row in row..=last_row {
            for column in column..=last_column {
                self.put(row, column, &Entry::Empty, look)?;
            }
        }
        self.merged.push(area);
        Ok(())
    }

    /// Sets how high a row is, in points.
    pub fn set_height(&mut self, row: u32, height: f64) {
        let at = row as usize;
        if self.heights.len() <= at {
            self.heights.resize(at + 1, None);
        }
        self.heights[at] = Some(height);
    }

    /// The looks that are used, in the order of their first use.
    pub fn looks(&self) -> &[Look] {
        &self.looks
    }

    /// The first text; none where there is none, or where the writer would take it for marked-up text.
    pub fn first_text(&self) -> Option<&str> {
        let first = self.texts.iter().find(|(_, number)| **number == 0);
        first.map(|(text, _)| &**text).filter(|text| !text.starts_with("<r>"))
    }

    /// The texts, each once, in the order of their first use; they are gone afterwards.
    pub fn take_texts(&mut self) -> Vec<Box<str>> {
        let mut texts: Vec<_> = std::mem::take(&mut self.texts).into_iter().collect();
        texts.sort_unstable_by_key(|(_, number)| *number);
        texts.into_iter().map(|(text, _)| text).collect()
    }

    /// How many cells refer to a text.
    pub fn n_text_cells(&self) -> usize {
        self.cells.iter().filter(|cell| matches!(cell.value, Value::Text(_))).count()
    }

    /// About how many bytes the part takes.
    pub fn n_bytes(&self) -> usize {
        self.cells.len() * 40 + self.links.len() * 100 + self.merged.len() * 32 + 4096
    }

    fn look(&mut self, look: Look) -> u16 {
        // A sheet has a dozen.
        let known = self.looks.iter().position(|known| *known == look);
        let number = known.unwrap_or_else(|| {
            self.looks.push(look);
            self.looks.len() - 1
        });
        number as u16
    }

    fn text(&mut self, text: &str) -> Value {
        if text.is_empty() {
            return Value::Blank;
        }
        if let Some(number) = self.texts.get(text) {
            return Value::Text(*number);
        }
        let number = self.texts.len() as u32;
        self.texts.insert(text.into(), number);
        Value::Text(number)
    }

    /// Later cells in the place of earlier ones, in the order of the part.
    pub fn settle(&mut self) {
        // Stable: of several in one place the last counts.
        self.cells.sort_by_key(|cell| (cell.row, cell.column));
        self.cells.reverse();
        self.cells.dedup_by_key(|cell| (cell.row, cell.column));
        self.cells.reverse();
        self.links.sort_by_key(|(row, column, ..)| (*row, *column));
    }

    /// The area of all cells, as a part's `dimension` says it.
    pub fn dimension(&self) -> String {
        let columns = self.cells.iter().map(|cell| cell.column);
        let (Some(first), Some(last)) = (self.cells.first(), self.cells.last()) else {
            return "A1".to_owned();
        };
        let (left, right) = (columns.clone().min().unwrap_or(0), columns.max().unwrap_or(0));
        area((first.row, left, last.row, right))
    }

    /// Writes `sheetData` and `mergeCells`.
    pub fn write(&self, out: &mut Vec<u8>, numbers: &Numbers) {
        out.extend_from_slice(b"<sheetData>");
        let columns = column_starts(&self.cells);
        let looks: Vec<LookPieces> = numbers.looks.iter().map(LookPieces::of).collect();
        let mut row_digits = Vec::new();
        let mut cells = self.cells.iter().peekable();
        let n_rows = self.cells.last().map_or(0, |cell| cell.row as usize + 1).max(self.heights.len());
        for row in 0..n_rows as u32 {
            let height = self.heights.get(row as usize).copied().flatten();
            if height.is_none() && cells.peek().is_none_or(|cell| cell.row > row) {
                continue;
            }
            row_digits.clear();
            digits(&mut row_digits, u64::from(row) + 1);
            out.extend_from_slice(b"<row r=\"");
            out.extend_from_slice(&row_digits);
            if let Some(height) = height {
                // As a screen draws it: in pixels, of which four are three points.
                let height = (height * 4.0 / 3.0).round() * 0.75;
                print(out, format_args!("\" ht=\"{height}\" customHeight=\"1"));
            }
            if cells.peek().is_none_or(|cell| cell.row > row) {
                out.extend_from_slice(b"\"/>");
                continue;
            }
            out.extend_from_slice(b"\">");
            while let Some(cell) = cells.next_if(|cell| cell.row == row) {
                if matches!(cell.value, Value::Blank) && numbers.looks[usize::from(cell.look)] == PLAIN {
                    continue;
                }
                out.extend_from_slice(&columns[usize::from(cell.column)]);
                out.extend_from_slice(&row_digits);
                self.value(out, cell.value, &looks[usize::from(cell.look)], &numbers.texts);
            }
            out.extend_from_slice(b"</row>");
        }
        out.extend_from_slice(b"</sheetData>");
        if !self.merged.is_empty() {
            print(out, format_args!("<mergeCells count=\"{}\">", self.merged.len()));
            for merged in &self.merged {
                print(out, format_args!("<mergeCell ref=\"{}\"/>", area(*merged)));
            }
            out.extend_from_slice(b"</mergeCells>");
        }
    }

    /// What stands behind a cell's address.
    fn value(&self, out: &mut Vec<u8>, value: Value, look: &LookPieces, texts: &[u32]) {
        match value {
            Value::Blank => out.extend_from_slice(&look.blank),
            Value::Text(text) => {
                out.extend_from_slice(&look.text);
                digits(out, texts[text as usize].into());
                out.extend_from_slice(b"</v></c>");
            }
            Value::Number(value) => {
                out.extend_from_slice(&look.number);
                number(out, value);
                out.extend_from_slice(b"</v></c>");
            }
            Value::Formula(formula, result) => {
                out.extend_from_slice(&look.formula);
                escape(out, &self.formulas[formula as usize], false);
                print(out, format_args!("</f><v>{}</v></c>", result.normalize()));
            }
        }
    }

    /// Writes `hyperlinks`, which have another place in the part than the cells.
    pub fn write_links(&self, out: &mut Vec<u8>) {
        if self.links.is_empty() {
            return;
        }
        out.extend_from_slice(b"<hyperlinks>");
        for (row, column, shown, to) in &self.links {
            let at = CellRef::new(*row, (*column).into());
            print(out, format_args!("<hyperlink ref=\"{at}\" location=\""));
            escape(out, to, true);
            out.extend_from_slice(b"\" display=\"");
            escape(out, shown, true);
            out.extend_from_slice(b"\"/>");
        }
        out.extend_from_slice(b"</hyperlinks>");
    }
}

/// What a cell of each column begins with, as far as the cells go.
fn column_starts(cells: &[Cell]) -> Vec<Vec<u8>> {
    let last = cells.iter().map(|cell| cell.column).max().unwrap_or(0);
    let start = |column: u16| {
        let first_cell = CellRef::new(0, column.into()).to_string();
        format!("<c r=\"{}", first_cell.trim_end_matches('1')).into_bytes()
    };
    (0..=last).map(start).collect()
}

/// What stands between a cell's address and its value, for one look: as few pieces as can be, since a cell
/// takes little longer than its pieces.
struct LookPieces {
    blank: Vec<u8>,
    text: Vec<u8>,
    number: Vec<u8>,
    formula: Vec<u8>,
}

impl LookPieces {
    fn of(number: &u32) -> Self {
        let look = if *number == PLAIN { String::new() } else { format!(" s=\"{number}\"") };
        let with = |rest: &str| format!("\"{look}{rest}").into_bytes();
        Self { blank: with("/>"), text: with(" t=\"s\"><v>"), number: with("><v>"), formula: with("><f>") }
    }
}

/// `A6:B9`, or `A6`.
fn area((row, column, last_row, last_column): Area) -> String {
    let cell = |row, column: u16| CellRef::new(row, column.into());
    if (row, column) == (last_row, last_column) {
        return cell(row, column).to_string();
    }
    format!("{}:{}", cell(row, column), cell(last_row, last_column))
}

/// Writes a number as the float nearest to it reads back, which is what the file format keeps.
fn number(out: &mut Vec<u8>, number: Decimal) {
    // With up to 15 digits that is the number itself: no two of them have one nearest float.
    const EXACT: i128 = 1_000_000_000_000_000;
    let number = number.normalize();
    if number.is_zero() {
        out.push(b'0');
    } else if number.scale() == 0 && (0..EXACT).contains(&number.mantissa()) {
        digits(out, number.mantissa().unsigned_abs() as u64);
    } else if number.mantissa().abs() < EXACT {
        print(out, format_args!("{number}"));
    } else {
        print(out, format_args!("{}", float(number)));
    }
}

fn print(out: &mut Vec<u8>, what: std::fmt::Arguments<'_>) {
    out.write_fmt(what).expect("memory takes what is written to it");
}

/// Writes an entry of the workbook's table of texts.
pub(super) fn write_text(out: &mut Vec<u8>, text: &str) {
    let blank = ['\t', '\n', ' '];
    let kept = text.starts_with(blank) || text.ends_with(blank);
    out.extend_from_slice(if kept { b"<si><t xml:space=\"preserve\">" } else { b"<si><t>" });
    escape(out, text, false);
    out.extend_from_slice(b"</t></si>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_as_the_nearest_float_reads_back() {
        for text in [
            "0",
            "-0",
            "1",
            "5",
            "95.00",
            "0.5",
            "-3.25",
            "100",
            "999999999999999",
            "1000000000000000",
            "123456789012345.6",
            "0.1234567890123456789",
            "79228162514264337593543950335",
            "-12",
            "0.0000000000000000000000000001",
        ] {
            let value: Decimal = text.parse().expect("a number");
            let mut out = Vec::new();
            number(&mut out, value);
            let expected = format!("{}", float(value));
            assert_eq!(String::from_utf8_lossy(&out), expected.trim_start_matches("-0"), "{text}");
        }
    }
}
