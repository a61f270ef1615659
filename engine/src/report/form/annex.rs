//! What a form has no rows for: drawn with the headers of its list, as a sheet behind those of the form or as a
//! workbook beside it. Decides nothing: which records are left, and where they go, is for `fill` to say.

use std::collections::{BTreeMap, BTreeSet};

use rust_xlsxwriter::{ExcelDateTime, Format, FormatAlign, FormatBorder, Worksheet, XlsxError};

use super::bind::Bound;
use super::expr;
use super::facts::{Fact, FactValue, Record};
use super::fault::Fault;
use super::fill::{Filled, FilledCell};
use super::spec::{BlockSpec, Spec};
use crate::model::{CellRef, Date, Decimal};
use crate::report::patch::{self, Change, Edit, Edits, Front, Put, Refusal, SheetView};
use crate::report::sheet_name::SheetNames;
use crate::report::{fit, float, grid};

/// The most records of an annex: a sheet has 1,048,576 rows.
const MAX_RECORDS: usize = 1_000_000;
/// A fixed day: a form does not say on which it is filled, and two fills are the same bytes.
const MADE: Date = Date::constant(2000, 1, 1);
/// Widths of columns in Latin characters.
const WIDTHS: std::ops::RangeInclusive<usize> = 8..=40;

/// What a form has no rows for.
#[derive(Debug, Clone)]
pub struct Annex {
    /// A workbook with a sheet for each list; empty where the sheets stand in the form itself.
    pub bytes: Vec<u8>,
    /// The sheets: their names, and their cells in the order of addresses.
    pub sheets: Vec<(String, Vec<FilledCell>)>,
    /// Each sheet as the only one of a workbook.
    alone: Vec<Vec<u8>>,
}

impl Annex {
    /// How many records it holds.
    pub fn n_records(&self) -> usize {
        let rows =
            |cells: &[FilledCell]| cells.iter().map(|cell| cell.cell.row0).collect::<BTreeSet<_>>().len();
        self.sheets.iter().map(|(_, cells)| rows(cells)).sum()
    }

    /// Puts the sheets into the form, behind its own. Each step is compared with the one before it, so what
    /// differs from the blank form is what differs in all of them.
    ///
    /// Errors: what the package or the proof refuses; the form is then as it was.
    pub(super) fn into_form(mut self, filled: &mut Filled) -> Result<(), Refusal> {
        let mut bytes = filled.bytes.clone();
        let mut changes = filled.changes.clone();
        for ((name, _), workbook) in self.sheets.iter().zip(std::mem::take(&mut self.alone)) {
            let front = Front { name: name.clone(), workbook, replaces: None, behind: true };
            let patched = patch::patch(&bytes, &Edits { front: Some(front), ..Edits::default() })?;
            changes.extend(patched.changes);
            bytes = patched.bytes;
        }
        changes.sort();
        changes.dedup();
        filled.bytes = bytes;
        filled.changes = changes;
        self.bytes.clear();
        filled.annex = Some(self);
        Ok(())
    }
}

/// A formula outside of the lists at these positions that is computed from their rows.
///
/// Errors: the package cannot be edited.
pub(super) fn total_of_a_part(
    form: &[u8],
    spec: &Spec,
    (bound, sheets): (&Bound, &[SheetView]),
    over: &[usize],
) -> Result<Option<CellRef>, Fault> {
    let blocks = || over.iter().map(|index| &bound.blocks[*index]);
    let cells = blocks().flat_map(|block| {
        let rows = block.first0..=block.last0;
        rows.flat_map(|row0| block.cols.iter().map(move |col0| CellRef::new(row0, *col0)))
    });
    // Formulas of the list's own rows count for their row only.
    let blank = cells.filter(|at| bound.sheet.at(*at).formula.is_none());
    let put = || Edit { put: Some(Put::Number(Decimal::ONE)), ..Edit::default() };
    let edits = Edits {
        cells: BTreeMap::from([(spec.sheet.clone(), blank.map(|at| (at, put())).collect())]),
        stale: true,
        ..Edits::default()
    };
    let patched = patch::patch(form, &edits).map_err(Fault::Refused)?;
    let of_row = |cell: &CellRef| blocks().any(|block| (block.first0..=block.last0).contains(&cell.row0));
    let total = patched.changes.iter().find_map(|change| match change {
        Change::Result { sheet, cell } if *sheet != spec.sheet || !of_row(cell) => Some(*cell),
        _ => None,
    });
    // A formula that had no result loses none.
    let names_rows = |formula: &str| blocks().any(|block| mentions(formula, block.first0, block.last0));
    let uncomputed = || {
        sheets.iter().find_map(|sheet| {
            let own = sheet.name == spec.sheet;
            let cells = sheet.cells.iter().filter(|(at, _)| !own || !of_row(at));
            let mut formulas = cells.filter_map(|(at, stands)| Some((*at, stands.formula.as_deref()?)));
            let reads = |formula: &str| (own || formula.contains(&spec.sheet)) && names_rows(formula);
            formulas.find(|(_, formula)| reads(formula)).map(|(at, _)| at)
        })
    };
    Ok(total.or_else(uncomputed))
}

/// Whether a formula names a row among some: alone, within a range, or by whole columns.
fn mentions(formula: &str, first0: u32, last0: u32) -> bool {
    let is_address = |c: char| c.is_ascii_alphanumeric() || c == ':';
    let plain = formula.replace('$', "").to_uppercase();
    plain.split(|c: char| !is_address(c)).any(|word| {
        let (first, last) = word.split_once(':').unwrap_or((word, word));
        match (CellRef::parse(first), CellRef::parse(last)) {
            (Some(first), Some(last)) => first.row0 <= last0 && last.row0 >= first0,
            _ => word.contains(':'),
        }
    })
}

/// Draws what is left of each list.
///
/// Errors: more records than a sheet holds, a fact that is missing, or what the writer refuses.
pub(super) fn draw(
    spec: &Spec,
    sheets_of: &[SheetView],
    left: &[(&BlockSpec, Vec<(usize, &Record)>)],
) -> Result<Annex, Fault> {
    let mut names = SheetNames::default();
    for taken in sheets_of {
        names.take(&taken.name, "");
    }
    let (mut sheets, mut drawn, mut alone) = (Vec::new(), Vec::new(), Vec::new());
    for (block, records) in left {
        if records.len() > MAX_RECORDS {
            return Err(Fault::Overflow { records: records.len(), rows: MAX_RECORDS, why: None });
        }
        let name = names.take(&spec.sheet, "附页");
        let wrong =
            |_: XlsxError| Fault::Expression { text: name.clone(), why: "附页无法生成".to_owned() };
        let (sheet, cells) = page(spec, block, records, &name)?;
        let again = page(spec, block, records, &name)?.0;
        alone.push(grid::workbook_of(&[], vec![again.map_err(wrong)?], &spec.title, MADE).map_err(wrong)?);
        drawn.push(sheet.map_err(wrong)?);
        sheets.push((name, cells));
    }
    let wrong =
        |_: XlsxError| Fault::Expression { text: spec.title.clone(), why: "附页无法生成".to_owned() };
    let bytes = grid::workbook_of(&[], drawn, &spec.title, MADE).map_err(wrong)?;
    Ok(Annex { bytes, sheets, alone })
}

type Page = (Result<Worksheet, XlsxError>, Vec<FilledCell>);

fn page(spec: &Spec, block: &BlockSpec, records: &[(usize, &Record)], name: &str) -> Result<Page, Fault> {
    let paths: Vec<Vec<&str>> =
        block.columns.iter().map(|column| column.header.split('/').collect()).collect();
    let n_levels = paths.iter().map(Vec::len).max().unwrap_or(1) as u32;
    let first0 = 2 + n_levels;
    let mut cells = Vec::new();
    for (row0, (number, record)) in (first0..).zip(records) {
        for (col0, column) in (0..).zip(&block.columns) {
            let fact = match &*column.put {
                "#" => Fact::from(FactValue::Number(Decimal::from(*number))),
                put => expr::value(put, record)?,
            };
            if fact.value == FactValue::Absent {
                continue;
            }
            let cell = CellRef::new(row0, col0);
            let (fact, from) = (fact.value, fact.from);
            cells.push(FilledCell { cell, value: fact, fact: column.put.clone(), from, result: false });
        }
    }
    Ok((drawn(spec, &paths, n_levels, (records, &cells), name), cells))
}

fn drawn(
    spec: &Spec,
    paths: &[Vec<&str>],
    n_levels: u32,
    (records, cells): (&[(usize, &Record)], &[FilledCell]),
    name: &str,
) -> Result<Worksheet, XlsxError> {
    let mut sheet = Worksheet::new();
    sheet.set_name(name)?;
    let base = Format::new().set_font_name("宋体").set_font_size(10.5).set_align(FormatAlign::VerticalCenter);
    let title = base.clone().set_bold().set_font_size(16).set_align(FormatAlign::Center).set_text_wrap();
    let edge = base.clone().set_border(FormatBorder::Thin).set_text_wrap();
    let head = edge.clone().set_bold().set_align(FormatAlign::Center);
    let day = edge.clone().set_num_format("yyyy-mm-dd").set_align(FormatAlign::Center);
    let last = (paths.len() - 1) as u16;
    let across = |sheet: &mut Worksheet, row: u32, text: &str, format: &Format| match last {
        0 => sheet.write_string_with_format(row, 0, grid::cell_text(text), format).map(|_| ()),
        last => sheet.merge_range(row, 0, row, last, &grid::cell_text(text), format).map(|_| ()),
    };
    across(&mut sheet, 0, &format!("{}(附页)", spec.title), &title)?;
    sheet.set_row_height(0, 26.0)?;
    let numbers = (records.first().map_or(0, |one| one.0), records.last().map_or(0, |one| one.0));
    across(&mut sheet, 1, &format!("接“{}”,第 {} 至 {} 条", spec.sheet, numbers.0, numbers.1), &base)?;
    let first0 = 2 + n_levels;
    let mut texts: BTreeMap<u32, Vec<(u32, String)>> = BTreeMap::new();
    let mut widths: Vec<usize> =
        paths.iter().map(|path| path.last().map_or(0, |leaf| fit::width(leaf)) + 2).collect();
    for cell in cells {
        let shown = cell.value.shown();
        let width = &mut widths[cell.cell.col0 as usize];
        *width = (*width).max(fit::width(&shown) + 2);
        texts.entry(cell.cell.row0).or_default().push((cell.cell.col0, shown));
    }
    let widths: Vec<f64> =
        widths.into_iter().map(|width| width.clamp(*WIDTHS.start(), *WIDTHS.end()) as f64).collect();
    for (col, width) in (0..).zip(&widths) {
        sheet.set_column_width(col, *width)?;
    }
    for level in 0..n_levels {
        let mut column = 0;
        while column < paths.len() {
            let path = &paths[column];
            let first = column;
            column += 1;
            let at = level as usize;
            if at >= path.len() {
                continue;
            }
            let is_leaf = at + 1 == path.len();
            let same = |other: &Vec<&str>| other.len() > at + 1 && other[..=at] == path[..=at];
            while !is_leaf && paths.get(column).is_some_and(same) {
                column += 1;
            }
            let (row, end) = (2 + level, if is_leaf { 1 + n_levels } else { 2 + level });
            let (from, to) = (first as u16, (column - 1) as u16);
            if row == end && from == to {
                sheet.write_string_with_format(row, from, grid::cell_text(path[at]), &head)?;
            } else {
                sheet.merge_range(row, from, end, to, &grid::cell_text(path[at]), &head)?;
            }
        }
    }
    let mut by_row = cells.iter().peekable();
    for row0 in (first0..).take(records.len()) {
        for col in 0..=last {
            sheet.write_blank(row0, col, &edge)?;
        }
        while let Some(cell) = by_row.next_if(|cell| cell.cell.row0 == row0) {
            let col = cell.cell.col0 as u16;
            match &cell.value {
                FactValue::Absent => sheet.write_blank(row0, col, &edge)?,
                FactValue::Number(number) => {
                    sheet.write_number_with_format(row0, col, float(*number), &edge)?
                }
                FactValue::Day(date) => {
                    let (year, month, of_month) = (date.year(), date.month(), date.day());
                    let parts = (year.unsigned_abs(), month.unsigned_abs(), of_month.unsigned_abs());
                    match ExcelDateTime::from_ymd(parts.0, parts.1, parts.2) {
                        Ok(date) => sheet.write_datetime_with_format(row0, col, date, &day)?,
                        Err(_) => sheet.write_string_with_format(row0, col, date.to_string(), &edge)?,
                    }
                }
                FactValue::Text(text) => {
                    sheet.write_string_with_format(row0, col, grid::cell_text(text), &edge)?
                }
            };
        }
        let lines = texts.get(&row0).into_iter().flatten();
        let lines = lines.map(|(col0, text)| fit::lines(text, widths[*col0 as usize] - 1.0)).max();
        sheet.set_row_height(row0, (lines.unwrap_or(1) as f64 * 14.7 + 4.0).clamp(18.0, 409.0))?;
    }
    sheet.set_paper_size(9);
    sheet.set_landscape();
    sheet.set_print_fit_to_pages(1, 0);
    sheet.set_repeat_rows(2, 1 + n_levels)?;
    sheet.set_footer("&C第 &P 页 共 &N 页");
    Ok(sheet)
}
