//! A sheet's values as a spreadsheet program exports them to a table of text.
//! For a person, and for comparing what was read with what another program reads. Understands
//! nothing: no layout, no problem of a cell.

use std::path::Path;

use super::grid::{Content, Grid, GridCell, day_of_serial};
use super::limits::MAX_EXPORT_FIELDS;
use super::{Readers, Refusal, load};
use crate::model::ProblemCode;

/// The values of a sheet.
#[derive(Debug, PartialEq, Eq)]
pub struct Exported {
    /// The sheet's name.
    pub sheet: String,
    /// Rows from the first of the sheet on, each from the first column to the last that is used
    /// anywhere on the sheet.
    pub rows: Vec<Vec<String>>,
}

/// Why a sheet is not exported.
#[derive(Debug)]
pub enum NotExported {
    /// The file is refused: the problem, what should be and what is.
    Refused(ProblemCode, String),
    /// There is no such sheet; the names that there are.
    NoSheet(Vec<String>),
}

/// Reads one sheet of a file: the one of this name, or the first that a person sees.
///
/// `cache`: as for [`super::read_inbox`].
/// Shape: numbers as their shortest decimal, days as 2026-08-12, times as 08:30:00, yes and no as
/// TRUE and FALSE, error values as text, formulas by their stored value.
/// Errors: the file is refused, or has no such sheet.
pub fn export(file: &Path, sheet: Option<&str>, cache: Option<&Path>) -> Result<Exported, NotExported> {
    let bytes = load(file).map_err(refused)?;
    let exported = Readers::new(cache).workbook(&bytes, &mut |_, workbook| {
        let sheets = workbook.sheets();
        let found = match sheet {
            Some(wanted) => sheets.iter().position(|(name, _)| name == wanted),
            None => Some(sheets.iter().position(|(_, visible)| *visible).unwrap_or(0)),
        };
        let Some(index) = found else {
            return Ok(Err(NotExported::NoSheet(sheets.into_iter().map(|(name, _)| name).collect())));
        };
        let rows = rows(&workbook.grid(index)?)?;
        Ok(Ok(Exported { sheet: sheets[index].0.clone(), rows }))
    });
    exported.map_err(refused)?
}

/// Reads all sheets of a file, in their order, hidden ones too; as [`export`].
///
/// Errors: the file is refused.
pub fn export_all(file: &Path, cache: Option<&Path>) -> Result<Vec<Exported>, NotExported> {
    let bytes = load(file).map_err(refused)?;
    let exported = Readers::new(cache).workbook(&bytes, &mut |_, workbook| {
        let sheets = workbook.sheets().into_iter().enumerate();
        let mut exported = Vec::new();
        for (index, (sheet, _)) in sheets {
            exported.push(Exported { sheet, rows: rows(&workbook.grid(index)?)? });
        }
        Ok(exported)
    });
    exported.map_err(refused)
}

fn refused(refusal: Refusal) -> NotExported {
    let told = if refusal.found.is_empty() || refusal.found == refusal.arg {
        refusal.arg
    } else {
        format!("{} {}", refusal.arg, refusal.found)
    };
    NotExported::Refused(refusal.code, told.trim().to_owned())
}

fn rows(grid: &Grid<'_>) -> Result<Vec<Vec<String>>, Refusal> {
    let n_rows = grid.cells.last().map_or(0, |cell| cell.at.row0 as usize + 1);
    let n_cols = grid.cells.iter().map(|cell| cell.at.col0 as usize + 1).max().unwrap_or(0);
    if n_rows.saturating_mul(n_cols) > MAX_EXPORT_FIELDS {
        return Err(Refusal::limit(format!("导出不超过 {MAX_EXPORT_FIELDS} 格"), n_rows * n_cols));
    }
    let mut rows = vec![vec![String::new(); n_cols]; n_rows];
    for cell in &grid.cells {
        rows[cell.at.row0 as usize][cell.at.col0 as usize] = value(cell, grid.epoch_1904);
    }
    Ok(rows)
}

fn value(cell: &GridCell<'_>, epoch_1904: bool) -> String {
    match &cell.content {
        Content::Serial(serial) => stamp(*serial, epoch_1904).unwrap_or_else(|| cell.shown(epoch_1904)),
        Content::IsoDate(day) => match day.split_once('T') {
            Some((day, time)) => {
                let time = time.split('.').next().unwrap_or_default();
                if time.trim_matches(['0', ':']).is_empty() {
                    day.to_owned()
                } else {
                    format!("{day} {time}")
                }
            }
            None => day.clone(),
        },
        _ => cell.shown(epoch_1904),
    }
}

/// A day, a day with a time, or a time alone; to the second. `None` for no such day.
fn stamp(serial: f64, epoch_1904: bool) -> Option<String> {
    const SECONDS: f64 = 86_400.0;
    let total = (serial * SECONDS).round();
    let seconds = total.rem_euclid(SECONDS) as u32;
    let time = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if (0.0..1.0).contains(&serial) && !epoch_1904 {
        return Some(time);
    }
    let day = day_of_serial((total / SECONDS).floor(), epoch_1904)?;
    Some(if seconds == 0 { day.to_string() } else { format!("{day} {time}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_days_and_times() {
        for (serial, shown) in [
            (46_246.0, Some("2026-08-12")),
            (46_246.75, Some("2026-08-12 18:00:00")),
            (46_246.999_999_9, Some("2026-08-13")),
            (0.354_166_666_67, Some("08:30:00")),
            (-1.0, None),
        ] {
            assert_eq!(stamp(serial, false).as_deref(), shown, "{serial}");
        }
    }
}
