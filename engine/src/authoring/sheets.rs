//! A definition workbook as rows of text, read within the limits of intake and written back.
//! Knows no column.

use std::path::Path;

use rust_xlsxwriter::{Format, Workbook, XlsxError};

use crate::intake;

/// Sheets in the order of the workbook: name, and rows of cells as a person sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheets(pub Vec<(String, Vec<Vec<String>>)>);

/// Reads a workbook, once: a file that is saved meanwhile cannot give sheets of two states.
///
/// Shape: every sheet that holds something; those that nobody knows are told by whoever reads them.
/// Errors: why it is refused.
pub fn read(file: &Path) -> Result<Sheets, String> {
    let exported = intake::export_all(file, None).map_err(|wrong| match wrong {
        intake::NotExported::Refused(code, arg) => {
            format!("{}: {} {arg}", file.display(), code.title(crate::model::Lang::Zh))
        }
        intake::NotExported::NoSheet(names) => format!("{}: {}", file.display(), names.join("、")),
    })?;
    let sheets = exported.into_iter().map(|exported| (exported.sheet, trimmed(exported.rows)));
    Ok(Sheets(sheets.filter(|(_, rows)| !rows.is_empty()).collect()))
}

/// Without spaces around, and without the empty cells and rows at the end, which no one sees.
fn trimmed(rows: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = rows
        .into_iter()
        .map(|row| {
            let mut row: Vec<_> = row.into_iter().map(|cell| cell.trim().to_owned()).collect();
            while row.last().is_some_and(String::is_empty) {
                row.pop();
            }
            row
        })
        .collect();
    while rows.last().is_some_and(Vec::is_empty) {
        rows.pop();
    }
    rows
}

/// Writes the workbook: every cell as text, so that what is read back is what was read.
///
/// Errors: a name or text that no workbook can hold.
pub fn write(sheets: &Sheets) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let head = Format::new().set_bold().set_text_wrap();
    let body = Format::new().set_text_wrap().set_num_format("@");
    for (name, rows) in &sheets.0 {
        let sheet = workbook.add_worksheet().set_name(name)?;
        for (row0, row) in (0_u32..).zip(rows) {
            for (col0, cell) in (0_u16..).zip(row).filter(|(_, cell)| !cell.is_empty()) {
                let format = if row0 == 0 { &head } else { &body };
                sheet.write_string_with_format(row0, col0, cell, format)?;
            }
        }
        sheet.set_freeze_panes(1, 0)?;
        sheet.set_autofit_max_width(360);
        sheet.autofit();
    }
    workbook.save_to_buffer()
}
