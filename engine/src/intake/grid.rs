//! Reads the cells of a sheet into a sparse grid, whatever the format. The only place that calls
//! `calamine` outside of the wall, on packages of the guard's own writing.
//! Knows no table: it says what stands where.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{DataRef, Reader as _, Xlsx};
use rust_decimal::Decimal;

use super::Refusal;
use super::book::{Book, Sheet};
use super::limits::{MAX_COLS, MAX_ROWS, MAX_VALUES};
use super::package::{Package, Region, SheetPart};
use crate::model::{CellRef, Date};

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Content<'a> {
    /// Text, as it stands. Never empty.
    Text(Cow<'a, str>),
    /// A number.
    Number(f64),
    /// A number that the cell's format shows as a day or a time.
    Serial(f64),
    /// A day or time written out (ISO 8601).
    IsoDate(String),
    /// Yes or no.
    Flag(bool),
    /// An error value, e.g. `#N/A`.
    Error(String),
    /// A formula whose value was never stored.
    Uncalculated,
}

/// A cell that is not empty.
#[derive(Debug, Clone, PartialEq)]
pub struct GridCell<'a> {
    /// Where it is.
    pub at: CellRef,
    /// What stands there.
    pub content: Content<'a>,
    /// Whether a formula made it.
    pub formula: bool,
}

/// The cells of a sheet.
#[derive(Debug)]
pub struct Grid<'a> {
    /// Cells that are not empty, by row, then column; one for each place.
    pub cells: Vec<GridCell<'a>>,
    /// Merged regions, by first cell.
    pub merges: Vec<Region>,
    /// Hidden rows, sorted.
    pub hidden_rows: Vec<u32>,
    /// Hidden columns, sorted.
    pub hidden_cols: Vec<u32>,
    /// Cells whose number is shown as a percentage, sorted.
    pub percents: Vec<CellRef>,
    /// Remarks that hang on cells.
    pub comments: BTreeMap<CellRef, String>,
    /// Digests of the pictures that stand in, or begin at, cells.
    pub pictures: BTreeMap<CellRef, Vec<String>>,
    /// Whether serial numbers count from 1904.
    pub epoch_1904: bool,
}

/// A workbook whose sheets can be read.
pub enum Workbook<'p> {
    /// Streams out of the package that the guard wrote.
    Package(Box<Streamed<'p>>),
    /// Lies in memory already.
    Book(Book),
}

/// The reader of a package.
pub struct Streamed<'p> {
    package: &'p Package,
    reader: Xlsx<Cursor<&'p [u8]>>,
    /// Cells with a value that may still be read.
    left: usize,
}

impl<'p> Workbook<'p> {
    /// Opens the package that the guard wrote. Errors: `FileDamaged`.
    pub fn open(package: &'p Package) -> Result<Self, Refusal> {
        let reader = Xlsx::new(Cursor::new(package.bytes.as_slice()))
            .map_err(|error| Refusal::damaged(format!("{error}")))?;
        Ok(Self::Package(Box::new(Streamed { package, reader, left: MAX_VALUES })))
    }

    /// The sheets: name, and whether a person sees it.
    pub fn sheets(&self) -> Vec<(String, bool)> {
        match self {
            Self::Package(streamed) => {
                streamed.package.sheets.iter().map(|sheet| (sheet.name.clone(), sheet.visible)).collect()
            }
            Self::Book(book) => book.sheets.iter().map(|sheet| (sheet.name.clone(), sheet.visible)).collect(),
        }
    }

    /// Reads a sheet, by its position. Of a book in memory a sheet is handed over, and empty if it
    /// is asked for again.
    ///
    /// Errors: `FileDamaged`, `FileBeyondLimit`.
    pub fn grid(&mut self, sheet: usize) -> Result<Grid<'_>, Refusal> {
        let mut grid = match self {
            Self::Package(streamed) => streamed.grid(sheet)?,
            Self::Book(book) => {
                let epoch_1904 = book.epoch_1904;
                let Sheet { cells, merges, hidden_rows, hidden_cols, percents, comments, pictures, .. } =
                    book.sheets.get_mut(sheet).map(std::mem::take).unwrap_or_default();
                Grid { cells, merges, hidden_rows, hidden_cols, percents, comments, pictures, epoch_1904 }
            }
        };
        if !grid.cells.is_sorted_by(|one, next| one.at < next.at) {
            // A cell written twice has its last value, as in spreadsheet programs.
            grid.cells.sort_by_key(|cell| cell.at);
            grid.cells.dedup_by(|later, kept| {
                let same = later.at == kept.at;
                if same {
                    std::mem::swap(later, kept);
                }
                same
            });
        }
        grid.merges.sort_by_key(|region| region.first);
        for lines in [&mut grid.hidden_rows, &mut grid.hidden_cols] {
            lines.sort_unstable();
            lines.dedup();
        }
        grid.percents.sort_unstable();
        Ok(grid)
    }
}

impl Streamed<'_> {
    fn grid(&mut self, sheet: usize) -> Result<Grid<'_>, Refusal> {
        let sheet: &SheetPart = &self.package.sheets[sheet];
        let mut cells: Vec<GridCell<'_>> = Vec::new();
        if let Some(key) = &sheet.key {
            let refuse = |error| Refusal::damaged(format!("工作表“{}”:{error}", sheet.name));
            let mut reader = self.reader.worksheet_cells_reader(key).map_err(refuse)?;
            while let Some(cell) = reader.next_cell_with_formula_metadata().map_err(refuse)? {
                let formula = cell.formula.is_some();
                let Some(content) = content(cell.value, formula) else { continue };
                let (row0, col0) = cell.pos;
                if row0 >= MAX_ROWS || col0 >= MAX_COLS {
                    return Err(Refusal::damaged(format!("工作表“{}”有单元格超出表格范围", sheet.name)));
                }
                self.left = self
                    .left
                    .checked_sub(1)
                    .ok_or_else(|| Refusal::limit(format!("不超过 {MAX_VALUES} 个有内容的单元格"), "更多"))?;
                cells.push(GridCell { at: CellRef::new(row0, col0), content, formula });
            }
        }
        let mut pictures = sheet.pictures.clone();
        if !self.package.cell_images.is_empty() {
            for cell in &cells {
                let name = cell.text().and_then(cell_image);
                if let Some(digest) = name.and_then(|name| self.package.cell_images.get(name)) {
                    pictures.entry(cell.at).or_default().push(digest.clone());
                }
            }
        }
        Ok(Grid {
            cells,
            merges: sheet.merges.clone(),
            hidden_rows: sheet.hidden_rows.clone(),
            hidden_cols: sheet.hidden_cols.clone(),
            percents: sheet.percents.clone(),
            comments: sheet.comments.clone(),
            pictures,
            epoch_1904: self.package.epoch_1904,
        })
    }
}

/// The name of the picture that WPS shows in a cell with this text, `=DISPIMG("ID_…",1)`.
fn cell_image(text: &str) -> Option<&str> {
    text.strip_prefix("=DISPIMG(\"")?.split('"').next()
}

fn content(value: DataRef<'_>, formula: bool) -> Option<Content<'_>> {
    let text = |text: Cow<'_, str>| if text.is_empty() { None } else { Some(text.into_owned()) };
    Some(match value {
        DataRef::Empty if formula => Content::Uncalculated,
        DataRef::Empty => return None,
        DataRef::SharedString("") => return None,
        DataRef::SharedString(shared) => Content::Text(Cow::Borrowed(shared)),
        DataRef::String(own) => Content::Text(Cow::Owned(text(Cow::Owned(own))?)),
        DataRef::Int(number) => Content::Number(number as f64),
        DataRef::Float(number) => Content::Number(number),
        DataRef::DateTime(stamp) if stamp.is_datetime() => Content::Serial(stamp.as_f64()),
        DataRef::DateTime(stamp) => Content::Number(stamp.as_f64()),
        DataRef::DateTimeIso(error) if error.starts_with('#') => Content::Error(error),
        DataRef::DateTimeIso(day) | DataRef::DurationIso(day) => Content::IsoDate(text(Cow::Owned(day))?),
        DataRef::Bool(flag) => Content::Flag(flag),
        DataRef::Error(error) => Content::Error(error.to_string()),
    })
}

impl<'a> Grid<'a> {
    /// The cell at a place.
    pub fn get(&self, at: CellRef) -> Option<&GridCell<'a>> {
        self.cells.binary_search_by_key(&at, |cell| cell.at).ok().map(|index| &self.cells[index])
    }

    /// The cells from this row downwards.
    pub fn below(&self, row0: u32) -> &[GridCell<'a>] {
        &self.cells[self.cells.partition_point(|cell| cell.at.row0 < row0)..]
    }

    /// Whether a row is hidden.
    pub fn is_hidden(&self, row0: u32) -> bool {
        self.hidden_rows.binary_search(&row0).is_ok()
    }

    /// Whether a column is hidden.
    pub fn is_hidden_col(&self, col0: u32) -> bool {
        self.hidden_cols.binary_search(&col0).is_ok()
    }

    /// What a person sees in a cell: [`GridCell::shown`], and a percentage where the format says so.
    pub fn shown(&self, cell: &GridCell<'_>) -> String {
        match cell.content {
            Content::Number(number) if self.is_percent(cell.at) => match decimal(number) {
                Some(number) => format!("{}%", (number * Decimal::ONE_HUNDRED).normalize()),
                None => cell.shown(self.epoch_1904),
            },
            _ => cell.shown(self.epoch_1904),
        }
    }

    /// Whether a cell's number is shown as a percentage.
    pub fn is_percent(&self, at: CellRef) -> bool {
        self.percents.binary_search(&at).is_ok()
    }

    /// The merged regions that cover cells of a column, by first row.
    pub fn merges_in_column(&self, col0: u32) -> Vec<Region> {
        self.merges
            .iter()
            .copied()
            .filter(|region| (region.first.col0..=region.last.col0).contains(&col0))
            .collect()
    }
}

impl GridCell<'_> {
    /// What a person sees in the cell; a day without its time as year-month-day.
    pub fn shown(&self, epoch_1904: bool) -> String {
        match &self.content {
            Content::Text(text) => text.clone().into_owned(),
            Content::Number(number) => show_number(*number),
            Content::Serial(serial) => {
                day_of_serial(*serial, epoch_1904).map_or_else(|| show_number(*serial), |day| day.to_string())
            }
            Content::IsoDate(day) => day.clone(),
            Content::Flag(flag) => if *flag { "TRUE" } else { "FALSE" }.to_owned(),
            Content::Error(error) => error.clone(),
            Content::Uncalculated => String::new(),
        }
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }
}

fn show_number(number: f64) -> String {
    let size = number.abs();
    if size == 0.0 {
        "0".to_owned()
    } else if (1e-9..1e21).contains(&size) {
        number.to_string()
    } else {
        format!("{number:e}")
    }
}

/// The decimal that a person typed. Excel stores a typed 1.15 as 1.1499999999999999; the shortest
/// decimal that reads back as the same float is what was typed. `None` beyond 28 digits.
pub fn decimal(number: f64) -> Option<Decimal> {
    if number == 0.0 {
        return Some(Decimal::ZERO);
    }
    if !(1e-20..1e28).contains(&number.abs()) {
        return None;
    }
    Decimal::from_str_exact(&number.to_string()).ok()
}

/// The day of a serial number. `None` outside 1900–9999, and for the 29 February 1900 that
/// spreadsheet programs believe in.
pub fn day_of_serial(serial: f64, epoch_1904: bool) -> Option<Date> {
    if !(0.0..2_958_466.0).contains(&serial) {
        return None;
    }
    let days = serial.floor() as i64;
    let (epoch, days) = if epoch_1904 {
        (Date::constant(1904, 1, 1), days)
    } else {
        match days {
            0 | 60 => return None,
            1..60 => (Date::constant(1899, 12, 31), days),
            _ => (Date::constant(1899, 12, 30), days),
        }
    };
    epoch.checked_add(jiff::Span::new().days(days)).ok().filter(|day| day.year() <= 9999)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_what_was_typed() {
        for (number, typed) in [
            (1.15, Some("1.15")),
            (0.1 + 0.2, Some("0.30000000000000004")),
            (9.0, Some("9")),
            (-0.0, Some("0")),
            (1e27, Some("1000000000000000000000000000")),
            (1e300, None),
            (f64::NAN, None),
            (f64::INFINITY, None),
        ] {
            assert_eq!(decimal(number).map(|number| number.to_string()).as_deref(), typed);
        }
    }

    #[test]
    fn serials_count_from_their_epoch() {
        for (serial, epoch_1904, day) in [
            (46_246.0, false, Some("2026-08-12")),
            (46_246.75, false, Some("2026-08-12")),
            (44_784.0, true, Some("2026-08-12")),
            (1.0, false, Some("1900-01-01")),
            (59.0, false, Some("1900-02-28")),
            (60.0, false, None),
            (61.0, false, Some("1900-03-01")),
            (0.5, false, None),
            (2_958_465.0, false, Some("9999-12-31")),
            (2_958_466.0, false, None),
            (-1.0, false, None),
            (f64::NAN, false, None),
        ] {
            let found = day_of_serial(serial, epoch_1904).map(|day| day.to_string());
            assert_eq!(found.as_deref(), day, "{serial}");
        }
    }
}
