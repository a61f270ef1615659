//! What guest and host say to each other: a workbook as bytes, little-endian, without claims.
//! Knows no format of files. The host reads an answer as it reads a file: nothing in it is believed.

/// What the bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The binary format of 1997–2003 in a compound file; also WPS `.et`.
    Xls = 1,
    /// The binary format in a zip package.
    Xlsb = 2,
}

impl Format {
    /// The number that the host passes.
    pub const fn number(self) -> u32 {
        self as u32
    }

    /// The format with this number.
    pub fn from_number(number: u32) -> Option<Self> {
        [Self::Xls, Self::Xlsb].into_iter().find(|format| format.number() == number)
    }
}

/// Why a file is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A password is needed.
    Password,
    /// The file is not as its format wants it; what the parser says.
    Damaged(String),
    /// The answer would be longer than [`MAX_ANSWER`].
    TooLong,
}

/// A workbook.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Book {
    /// Whether serial numbers of days count from 1904.
    pub epoch_1904: bool,
    /// Sheets, in the order of the workbook.
    pub sheets: Vec<Sheet>,
}

/// A sheet. Rows and columns count from 0.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Sheet {
    /// Its name.
    pub name: String,
    /// Whether a person sees it.
    pub visible: bool,
    /// Merged regions: first row and column, last row and column.
    pub merges: Vec<[u32; 4]>,
    /// Hidden rows.
    pub hidden_rows: Vec<u32>,
    /// Hidden columns: first and last.
    pub hidden_cols: Vec<[u32; 2]>,
    /// Cells whose number is shown as a percentage: row and column.
    pub percents: Vec<[u32; 2]>,
    /// Remarks: row and column of the cell each hangs on, and its text.
    pub comments: Vec<([u32; 2], String)>,
    /// Pictures: row and column of the cell each begins at, and the SHA-256 of its bytes.
    pub pictures: Vec<([u32; 2], [u8; 32])>,
    /// The part of the package that holds the sheet; empty where there is no package.
    pub part: String,
    /// Cells that are not empty.
    pub cells: Vec<Cell>,
}

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Row.
    pub row0: u32,
    /// Column.
    pub col0: u32,
    /// Whether a formula made it.
    pub formula: bool,
    /// What stands there.
    pub value: Value,
}

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text.
    Text(String),
    /// A number.
    Number(f64),
    /// A number that the cell's format shows as a day or a time.
    Serial(f64),
    /// A day or time written out.
    IsoDate(String),
    /// Yes or no.
    Flag(bool),
    /// An error value, e.g. `#N/A`.
    Error(String),
    /// A formula without a value.
    Uncalculated,
}

/// Longest answer. A cell takes 9 bytes and its value.
pub const MAX_ANSWER: usize = 96 << 20;

const READ: u8 = 0;
const PASSWORD: u8 = 1;
const DAMAGED: u8 = 2;
const TOO_LONG: u8 = 3;
/// Between sheets: one follows, or none.
const SHEET: u8 = 1;
const END: u8 = 0;
/// Added to a cell's kind when a formula made it.
const FORMULA: u8 = 0x80;

/// The answer as bytes.
pub fn encode(book: Result<Book, Fault>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let fault = match book {
        Ok(book) => match put_book(&mut bytes, &book) {
            Ok(()) => return bytes,
            Err(fault) => fault,
        },
        Err(fault) => fault,
    };
    bytes.clear();
    match fault {
        Fault::Password => bytes.push(PASSWORD),
        Fault::TooLong => bytes.push(TOO_LONG),
        Fault::Damaged(why) => {
            bytes.push(DAMAGED);
            put_text(&mut bytes, &why.chars().take(200).collect::<String>());
        }
    }
    bytes
}

fn put_book(bytes: &mut Vec<u8>, book: &Book) -> Result<(), Fault> {
    bytes.extend([READ, u8::from(book.epoch_1904)]);
    for sheet in &book.sheets {
        bytes.extend([SHEET, u8::from(sheet.visible)]);
        put_text(bytes, &sheet.name);
        put_numbers(bytes, sheet.merges.as_flattened());
        put_numbers(bytes, &sheet.hidden_rows);
        put_numbers(bytes, sheet.hidden_cols.as_flattened());
        put_numbers(bytes, sheet.percents.as_flattened());
        bytes.extend((sheet.comments.len() as u32).to_le_bytes());
        for (cell, text) in &sheet.comments {
            put_cell_place(bytes, *cell);
            put_text(bytes, text);
        }
        bytes.extend((sheet.pictures.len() as u32).to_le_bytes());
        for (cell, digest) in &sheet.pictures {
            put_cell_place(bytes, *cell);
            bytes.extend(digest);
        }
        put_text(bytes, &sheet.part);
        for cell in &sheet.cells {
            put_cell(bytes, cell);
            if bytes.len() > MAX_ANSWER {
                return Err(Fault::TooLong);
            }
        }
        bytes.push(END);
    }
    bytes.push(END);
    if bytes.len() > MAX_ANSWER { Err(Fault::TooLong) } else { Ok(()) }
}

fn put_cell(bytes: &mut Vec<u8>, cell: &Cell) {
    let kind = match &cell.value {
        Value::Text(_) => 1,
        Value::Number(_) => 2,
        Value::Serial(_) => 3,
        Value::IsoDate(_) => 4,
        Value::Flag(false) => 5,
        Value::Flag(true) => 6,
        Value::Error(_) => 7,
        Value::Uncalculated => 8,
    };
    bytes.push(kind | if cell.formula { FORMULA } else { 0 });
    bytes.extend(cell.row0.to_le_bytes());
    bytes.extend(cell.col0.to_le_bytes());
    match &cell.value {
        Value::Text(text) | Value::IsoDate(text) | Value::Error(text) => put_text(bytes, text),
        Value::Number(number) | Value::Serial(number) => bytes.extend(number.to_bits().to_le_bytes()),
        Value::Flag(_) | Value::Uncalculated => {}
    }
}

fn put_cell_place(bytes: &mut Vec<u8>, cell: [u32; 2]) {
    bytes.extend(cell.iter().flat_map(|number| number.to_le_bytes()));
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend((text.len() as u32).to_le_bytes());
    bytes.extend(text.as_bytes());
}

fn put_numbers(bytes: &mut Vec<u8>, numbers: &[u32]) {
    bytes.extend((numbers.len() as u32).to_le_bytes());
    bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
}

/// An answer from its bytes. Reserves no memory by a count in it.
///
/// Errors: the fault it tells; `None` when it is no answer at all.
pub fn decode(bytes: &[u8]) -> Option<Result<Book, Fault>> {
    let mut rest = bytes;
    Some(match byte(&mut rest)? {
        READ => Ok(book(&mut rest)?),
        PASSWORD => Err(Fault::Password),
        DAMAGED => Err(Fault::Damaged(text(&mut rest)?.to_owned())),
        TOO_LONG => Err(Fault::TooLong),
        _ => return None,
    })
}

fn book(rest: &mut &[u8]) -> Option<Book> {
    let mut book = Book { epoch_1904: byte(rest)? == 1, sheets: Vec::new() };
    while byte(rest)? == SHEET {
        let visible = byte(rest)? == 1;
        let name = text(rest)?.to_owned();
        let merges = numbers(rest)?.as_chunks().0.to_vec();
        let hidden_rows = numbers(rest)?;
        let hidden_cols = numbers(rest)?.as_chunks().0.to_vec();
        let percents = numbers(rest)?.as_chunks().0.to_vec();
        let mut comments = Vec::new();
        for _ in 0..number(rest)? {
            comments.push(([number(rest)?, number(rest)?], text(rest)?.to_owned()));
        }
        let mut pictures = Vec::new();
        for _ in 0..number(rest)? {
            pictures.push(([number(rest)?, number(rest)?], take(rest)?));
        }
        let part = text(rest)?.to_owned();
        let mut cells = Vec::new();
        while let Some(cell) = cell(rest)? {
            cells.push(cell);
        }
        book.sheets.push(Sheet {
            name,
            visible,
            merges,
            hidden_rows,
            hidden_cols,
            percents,
            comments,
            pictures,
            part,
            cells,
        });
    }
    rest.is_empty().then_some(book)
}

/// The next cell, or the end of the sheet.
fn cell(rest: &mut &[u8]) -> Option<Option<Cell>> {
    let kind = byte(rest)?;
    if kind == END {
        return Some(None);
    }
    let (row0, col0) = (number(rest)?, number(rest)?);
    let value = match kind & !FORMULA {
        1 => Value::Text(text(rest)?.to_owned()),
        2 => Value::Number(f64::from_le_bytes(take(rest)?)),
        3 => Value::Serial(f64::from_le_bytes(take(rest)?)),
        4 => Value::IsoDate(text(rest)?.to_owned()),
        5 => Value::Flag(false),
        6 => Value::Flag(true),
        7 => Value::Error(text(rest)?.to_owned()),
        8 => Value::Uncalculated,
        _ => return None,
    };
    Some(Some(Cell { row0, col0, formula: kind & FORMULA != 0, value }))
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*taken)
}

fn byte(rest: &mut &[u8]) -> Option<u8> {
    take(rest).map(|[byte]| byte)
}

fn number(rest: &mut &[u8]) -> Option<u32> {
    take(rest).map(u32::from_le_bytes)
}

fn text<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let len = number(rest)? as usize;
    let (taken, after) = rest.split_at_checked(len)?;
    *rest = after;
    std::str::from_utf8(taken).ok()
}

fn numbers(rest: &mut &[u8]) -> Option<Vec<u32>> {
    let len = (number(rest)? as usize).checked_mul(4)?;
    let (taken, after) = rest.split_at_checked(len)?;
    *rest = after;
    Some(taken.as_chunks().0.iter().map(|number| u32::from_le_bytes(*number)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book() -> Book {
        let cell = |row0, value| Cell { row0, col0: 3, formula: row0 == 1, value };
        let cells = vec![
            cell(0, Value::Text("隐患".to_owned())),
            cell(1, Value::Number(1.15)),
            cell(2, Value::Serial(46_246.0)),
            cell(3, Value::IsoDate("2026-08-12".to_owned())),
            cell(4, Value::Flag(true)),
            cell(5, Value::Error("#N/A".to_owned())),
            cell(6, Value::Uncalculated),
        ];
        let sheet = Sheet {
            name: "月报".to_owned(),
            visible: true,
            merges: vec![[0, 0, 0, 5], [1, 0, 2, 0]],
            hidden_rows: vec![7],
            hidden_cols: vec![[2, 3]],
            percents: vec![[1, 3]],
            comments: vec![([1, 2], "请附照片".to_owned())],
            pictures: vec![([3, 1], [7; 32])],
            part: "xl/worksheets/sheet1.bin".to_owned(),
            cells,
        };
        Book { epoch_1904: true, sheets: vec![sheet, Sheet::default()] }
    }

    #[test]
    fn what_is_said_is_heard() {
        for answer in
            [Ok(book()), Err(Fault::Password), Err(Fault::Damaged("x".to_owned())), Err(Fault::TooLong)]
        {
            assert_eq!(decode(&encode(answer.clone())), Some(answer));
        }
    }

    #[test]
    fn half_an_answer_is_none() {
        let whole = encode(Ok(book()));
        for len in 0..whole.len() {
            assert_eq!(decode(&whole[..len]), None, "{len}");
        }
    }
}
