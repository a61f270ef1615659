//! The cells of a sheet as a sparse grid, whatever the format.
//! Knows no format and no table: it says what stands where.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::Refusal;
use super::book::{Book, Sheet};
use super::package::{Package, Region};
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
pub enum Workbook {
    /// Reads each sheet when it is asked for.
    Package(Box<Package>),
    /// Lies in memory already.
    Book(Book),
}

impl Workbook {
    /// The sheets: name, and whether a person sees it.
    pub fn sheets(&self) -> Vec<(String, bool)> {
        match self {
            Self::Package(package) => package.sheets(),
            Self::Book(book) => book.sheets.iter().map(|sheet| (sheet.name.clone(), sheet.visible)).collect(),
        }
    }

    /// Reads a sheet, by its position. It is handed over, and empty if it is asked for again.
    ///
    /// Errors: `FileDamaged`, `FileBeyondLimit`.
    pub fn grid(&mut self, sheet: usize) -> Result<Grid<'_>, Refusal> {
        let mut grid = match self {
            Self::Package(package) => package.grid(sheet)?,
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

/// The cells of the first row among cells in their order, and the rest. A row is short and near;
/// a search by halves would look all over a long sheet for each of its rows.
pub fn first_row<'c, 'a>(cells: &'c [GridCell<'a>]) -> (&'c [GridCell<'a>], &'c [GridCell<'a>]) {
    let Some(first) = cells.first() else { return (cells, cells) };
    let len = cells.iter().take_while(|cell| cell.at.row0 == first.at.row0).count();
    cells.split_at(len)
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
                day_of_serial(*serial, epoch_1904).map_or_else(|| show_number(*serial), show_day)
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

/// A day as year-month-day. By hand, because long lists are full of them.
fn show_day(day: Date) -> String {
    let digit = |number: i16| char::from(b'0' + (number % 10) as u8);
    let (year, month, day) = (day.year(), i16::from(day.month()), i16::from(day.day()));
    let two = |number: i16| [digit(number / 10), digit(number)];
    let mut text = String::with_capacity(10);
    text.extend(two(year / 100).into_iter().chain(two(year)));
    text.push('-');
    text.extend(two(month));
    text.push('-');
    text.extend(two(day));
    text
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
    fn days_are_shown_as_the_calendar_writes_them() {
        for day in [Date::constant(1900, 1, 1), Date::constant(2026, 12, 31), Date::constant(9999, 10, 9)] {
            assert_eq!(show_day(day), day.to_string());
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
