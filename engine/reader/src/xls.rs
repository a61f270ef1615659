//! Reads `.xls` and `.et`: cells and merged regions by `calamine`; hidden rows and columns,
//! percentages, remarks, pictures and the password record by a walk of our own over the records.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use calamine::{Data, Range, Reader as _, SheetVisible, Xls, XlsError};

use crate::binary::{is_percent, u16_at, u32_at};
use crate::compound;
use crate::drawing;
use crate::wire::{Book, Cell, Fault, Sheet, Value};

/// Reads a workbook.
pub fn read(bytes: &[u8]) -> Result<Book, Fault> {
    let stream = compound::stream(bytes, &["Workbook", "Book"]).unwrap_or_default();
    let looks = look(&stream)?;
    let mut xls = Xls::new(Cursor::new(bytes)).map_err(fault)?;
    let mut book = Book { epoch_1904: xls.has_1904_epoch(), sheets: Vec::new() };
    for (index, meta) in xls.sheets_metadata().to_vec().into_iter().enumerate() {
        let range = xls.worksheet_range_at(index).transpose().map_err(fault)?.unwrap_or_default();
        let formulas = xls.worksheet_formula(&meta.name).map_err(fault)?;
        let merges = xls.merge_cells_by_sheet_id(index).map_err(fault)?;
        let look = looks.get(index).cloned().unwrap_or_default();
        book.sheets.push(Sheet {
            visible: meta.visible == SheetVisible::Visible,
            merges: merges.iter().map(|one| [one.start.0, one.start.1, one.end.0, one.end.1]).collect(),
            hidden_rows: look.hidden_rows,
            hidden_cols: look.hidden_cols,
            percents: look.percents,
            comments: look.comments,
            pictures: look.pictures,
            part: String::new(),
            cells: cells(&range, &formulas),
            name: meta.name,
        });
    }
    Ok(book)
}

fn fault(wrong: XlsError) -> Fault {
    match wrong {
        XlsError::Password => Fault::Password,
        wrong => Fault::Damaged(wrong.to_string()),
    }
}

fn cells(range: &Range<Data>, formulas: &Range<String>) -> Vec<Cell> {
    let Some((top, left)) = range.start() else { return Vec::new() };
    let mut cells = Vec::new();
    for (row, col, data) in range.used_cells() {
        let (row0, col0) = (top + row as u32, left + col as u32);
        let formula = formulas.get_value((row0, col0)).is_some_and(|formula| !formula.is_empty());
        if let Some(value) = value(data.clone()) {
            cells.push(Cell { row0, col0, formula, value });
        }
    }
    cells
}

/// The value of a cell; `None` for an empty one.
pub fn value(data: Data) -> Option<Value> {
    Some(match data {
        Data::Empty => return None,
        Data::String(text) if text.is_empty() => return None,
        Data::String(text) => Value::Text(text),
        Data::Int(number) => Value::Number(number as f64),
        Data::Float(number) => Value::Number(number),
        Data::DateTime(stamp) if stamp.is_datetime() => Value::Serial(stamp.as_f64()),
        Data::DateTime(stamp) => Value::Number(stamp.as_f64()),
        Data::DateTimeIso(text) | Data::DurationIso(text) => Value::IsoDate(text),
        Data::Bool(flag) => Value::Flag(flag),
        Data::Error(error) => Value::Error(error.to_string()),
    })
}

/// What `calamine` does not tell of a sheet.
#[derive(Debug, Default, Clone)]
struct Look {
    hidden_rows: Vec<u32>,
    hidden_cols: Vec<[u32; 2]>,
    percents: Vec<[u32; 2]>,
    comments: Vec<([u32; 2], String)>,
    pictures: Vec<([u32; 2], drawing::Digest)>,
}

const BOF: u16 = 0x0809;
const EOF: u16 = 0x000A;
const FILE_PASS: u16 = 0x002F;
const BOUND_SHEET: u16 = 0x0085;
const FORMAT: u16 = 0x041E;
const XF: u16 = 0x00E0;
const ROW: u16 = 0x0208;
const COL_INFO: u16 = 0x007D;
const FORMULA: u16 = 0x0006;
const NUMBER: u16 = 0x0203;
const RK: u16 = 0x027E;
const MUL_RK: u16 = 0x00BD;
const NOTE: u16 = 0x001C;
const OBJECT: u16 = 0x005D;
const TEXT_OBJECT: u16 = 0x01B6;
const DRAWING: u16 = 0x00EC;
const DRAWING_GROUP: u16 = 0x00EB;
const CONTINUE: u16 = 0x003C;

/// What `calamine` does not tell. Errors: `Password`; an older kind of password than the one it
/// knows would have it read scrambled numbers.
fn look(stream: &[u8]) -> Result<Vec<Look>, Fault> {
    let mut sheets = Vec::new();
    // Of the formats that every workbook has, these show a percentage.
    let mut formats: BTreeSet<u16> = BTreeSet::from([9, 10]);
    let mut percents = Vec::new();
    let mut drawn = Vec::new();
    let mut before = EOF;
    for (kind, body) in Records::new(stream, 0) {
        // What follows a record that was too long for one belongs to it.
        let kind = if kind == CONTINUE { before } else { kind };
        before = kind;
        match kind {
            EOF => break,
            DRAWING_GROUP => drawn.extend_from_slice(body),
            FILE_PASS => return Err(Fault::Password),
            BOUND_SHEET => sheets.extend(u32_at(body, 0)),
            // A number, then a length and perhaps flags, which are no letters, and letters of one byte
            // or two.
            FORMAT if is_percent(body.iter().skip(3).copied().filter(|byte| *byte != 0)) => {
                formats.extend(u16_at(body, 0));
            }
            XF => percents.push(u16_at(body, 2).is_some_and(|format| formats.contains(&format))),
            _ => {}
        }
    }
    let stored = drawing::store(&drawn);
    Ok(sheets.into_iter().map(|at| look_at(stream, at as usize, &percents, &stored)).collect())
}

fn look_at(stream: &[u8], at: usize, percents: &[bool], stored: &[Option<drawing::Digest>]) -> Look {
    let mut look = Look::default();
    let mut depth = 0;
    let mut drawn = Vec::new();
    let mut hung = Hung::default();
    let shows_percent =
        |style: Option<u16>| style.is_some_and(|style| percents.get(usize::from(style)) == Some(&true));
    let mut before = BOF;
    for (kind, body) in Records::new(stream, at) {
        match kind {
            BOF => depth += 1,
            EOF if depth <= 1 => break,
            EOF => depth -= 1,
            _ if depth != 1 => {}
            DRAWING => drawn.extend_from_slice(body),
            CONTINUE if before == DRAWING => drawn.extend_from_slice(body),
            NOTE | OBJECT | TEXT_OBJECT | CONTINUE => hung.record(kind, body),
            ROW if body.get(12).is_some_and(|flags| flags & 0x20 != 0) => {
                look.hidden_rows.extend(u16_at(body, 0).map(u32::from));
            }
            COL_INFO if body.get(8).is_some_and(|flags| flags & 1 != 0) => {
                if let (Some(first), Some(last)) = (u16_at(body, 0), u16_at(body, 2)) {
                    look.hidden_cols.push([first.into(), last.into()]);
                }
            }
            FORMULA | NUMBER | RK if shows_percent(u16_at(body, 4)) => {
                if let (Some(row0), Some(col0)) = (u16_at(body, 0), u16_at(body, 2)) {
                    look.percents.push([row0.into(), col0.into()]);
                }
            }
            // Several numbers of a row: style and number of each, in six bytes.
            MUL_RK => {
                if let (Some(row0), Some(first)) = (u16_at(body, 0), u16_at(body, 2)) {
                    let n_cells = body.len().saturating_sub(6) / 6;
                    let shown = (0..n_cells).filter(|index| shows_percent(u16_at(body, 4 + 6 * index)));
                    look.percents.extend(shown.map(|index| [row0.into(), u32::from(first) + index as u32]));
                }
            }
            _ => {}
        }
        before = if kind == CONTINUE { before } else { kind };
    }
    look.comments = hung.comments();
    for (cell, number) in drawing::anchors(&drawn) {
        let stored = (number as usize).checked_sub(1).and_then(|index| stored.get(index));
        look.pictures.extend(stored.copied().flatten().map(|digest| (cell, digest)));
    }
    look
}

/// The remarks of a sheet. An object has a number, its text follows it in pieces, and a note says which
/// object hangs on which cell.
#[derive(Default)]
struct Hung {
    /// The number of the object that was read last.
    object: u16,
    /// Letters of its text that are still to come.
    left: usize,
    texts: BTreeMap<u16, String>,
    notes: Vec<([u32; 2], u16)>,
}

impl Hung {
    fn record(&mut self, kind: u16, body: &[u8]) {
        match kind {
            // Its first part: kind and length of the part, kind of the object, number.
            OBJECT => {
                self.object = u16_at(body, 6).unwrap_or_default();
                self.left = 0;
            }
            TEXT_OBJECT => self.left = u16_at(body, 10).unwrap_or_default().into(),
            CONTINUE if self.left > 0 => {
                let Some((wide, letters)) = body.split_first() else { return };
                let units: Vec<u16> = if wide & 1 == 1 {
                    letters.as_chunks().0.iter().map(|unit| u16::from_le_bytes(*unit)).collect()
                } else {
                    letters.iter().map(|letter| u16::from(*letter)).collect()
                };
                let units = &units[..units.len().min(self.left)];
                self.left -= units.len();
                self.texts.entry(self.object).or_default().push_str(&String::from_utf16_lossy(units));
            }
            NOTE => {
                if let (Some(row0), Some(col0), Some(object)) =
                    (u16_at(body, 0), u16_at(body, 2), u16_at(body, 6))
                {
                    self.notes.push(([row0.into(), col0.into()], object));
                }
            }
            _ => {}
        }
    }

    /// Remarks by cell, in the order of the notes; each text once.
    fn comments(mut self) -> Vec<([u32; 2], String)> {
        let texts = &mut self.texts;
        self.notes.iter().filter_map(|(cell, object)| Some((*cell, texts.remove(object)?))).collect()
    }
}

/// The records of a stream from a place on: kind and body.
struct Records<'a>(&'a [u8]);

impl<'a> Records<'a> {
    fn new(stream: &'a [u8], at: usize) -> Self {
        Self(stream.get(at..).unwrap_or_default())
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (kind, len) = (u16_at(self.0, 0)?, u16_at(self.0, 2)?);
        let (body, rest) = self.0.get(4..)?.split_at_checked(len.into())?;
        self.0 = rest;
        Some((kind, body))
    }
}
