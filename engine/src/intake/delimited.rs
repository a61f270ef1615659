//! Reads tables as text (csv, tsv). Every cell is a text: what it means is for `values` to say.
//! Knows no encoding beyond asking for the text.

use std::borrow::Cow;

use csv::{ByteRecord, ReaderBuilder};

use super::Refusal;
use super::book::{Book, Filler};
use super::encoding::decode;
use super::grid::Content;
use super::limits::{MAX_COLS, MAX_PIECE_BYTES, MAX_ROWS};

/// Delimiters, the likelier first.
const DELIMITERS: [char; 5] = [',', '\t', ';', '，', '|'];

/// Stands for the delimiter when it has more than a byte: a separator that no text uses.
const UNIT: char = '\u{1f}';

/// Lines that the delimiter is found by.
const LINES: usize = 50;

/// Reads a table. Errors: `FileBeyondLimit`.
pub fn read(bytes: &[u8]) -> Result<Book, Refusal> {
    let text = decode(bytes, None);
    let delimiter = delimiter(&text);
    let (text, delimiter) = if delimiter.is_ascii() {
        (text, delimiter as u8)
    } else {
        (text.replace(delimiter, &UNIT.to_string()), UNIT as u8)
    };
    let mut filler = Filler::default();
    filler.sheet("Sheet1", true)?;
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let mut record = ByteRecord::new();
    let mut row0 = 0_u64;
    loop {
        let from = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
        let more = reader.read_byte_record(&mut record);
        if !more.map_err(|error| Refusal::damaged(format!("无法按行拆分:{error}")))? {
            break;
        }
        row0 += blank_lines(text.as_bytes(), from);
        if row0 >= MAX_ROWS.into() {
            return Err(Refusal::limit(format!("不超过 {MAX_ROWS} 行"), format!("超过 {MAX_ROWS}")));
        }
        if record.len() > MAX_COLS as usize {
            return Err(Refusal::limit(format!("不超过 {MAX_COLS} 列"), record.len()));
        }
        for (col0, field) in record.iter().enumerate().filter(|(_, field)| !field.is_empty()) {
            if field.len() > MAX_PIECE_BYTES {
                return Err(Refusal::limit("单元格文字不超过 32767 字", "更长,引号可能没有成对"));
            }
            let mut field = String::from_utf8_lossy(field).into_owned();
            if delimiter == UNIT as u8 && field.contains(UNIT) {
                field = field.replace(UNIT, "，");
            }
            filler.put(row0, col0 as u64, Content::Text(Cow::Owned(field)), false)?;
        }
        row0 += 1;
    }
    filler.finish()
}

/// The empty lines from a place on: the parser passes them over, and rows would no longer be where a
/// spreadsheet program shows them.
fn blank_lines(text: &[u8], from: usize) -> u64 {
    let mut rest = text.get(from..).unwrap_or_default();
    // The parser ends a row at its `\r`; the `\n` is still to come.
    if from > 0 && text.get(from - 1) == Some(&b'\r') {
        rest = rest.strip_prefix(b"\n").unwrap_or(rest);
    }
    let mut n_lines = 0;
    while let Some(after) =
        rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n")).or_else(|| rest.strip_prefix(b"\r"))
    {
        n_lines += 1;
        rest = after;
    }
    n_lines
}

/// The delimiter: the one that cuts most lines into the same number of fields, outside of quotes.
fn delimiter(text: &str) -> char {
    let mut counts = vec![[0_usize; DELIMITERS.len()]];
    let mut quoted = false;
    for c in text.chars().take(200_000) {
        match c {
            '"' => quoted = !quoted,
            '\n' if !quoted => {
                if counts.len() == LINES {
                    break;
                }
                counts.push([0; DELIMITERS.len()]);
            }
            c if !quoted => {
                if let Some(index) = DELIMITERS.iter().position(|known| *known == c) {
                    counts.last_mut().expect("it begins with a line")[index] += 1;
                }
            }
            _ => {}
        }
    }
    let likely = |index: usize| {
        let mut of_line: Vec<usize> =
            counts.iter().map(|line| line[index]).filter(|count| *count > 0).collect();
        of_line.sort_unstable();
        let same = of_line.chunk_by(usize::eq).map(<[usize]>::len).max().unwrap_or(0);
        (same, of_line.len())
    };
    // Of equals the first: `max_by_key` would take the last.
    let best = (0..DELIMITERS.len()).rev().max_by_key(|index| likely(*index));
    DELIMITERS[best.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_found() {
        for (text, found) in [
            ("单位,数量\n甲,1\n", ','),
            ("单位\t数量\n甲,乙\t1\n", '\t'),
            ("单位;数量\n甲;1,5\n", ';'),
            ("单位，数量\n甲，1\n", '，'),
            ("单位|数量\n甲|1\n", '|'),
            ("说明：一，二，三\n单位,数量\n甲,1\n乙,2\n", ','),
            ("\"a;b\",1\n\"c;d\",2\n", ','),
            ("只有一列\n甲\n", ','),
        ] {
            assert_eq!(delimiter(text), found, "{text}");
        }
    }

    #[test]
    fn rows_stand_where_a_spreadsheet_program_shows_them() {
        let book = read("标题\r\n\r\n\r\n单位,\"说\r\n明\"\r\n,,甲\n".as_bytes()).expect("it is read");
        let cells: Vec<_> = book.sheets[0]
            .cells
            .iter()
            .map(|cell| (cell.at.row0, cell.at.col0, cell.text().unwrap_or_default()))
            .collect();
        assert_eq!(cells, [(0, 0, "标题"), (3, 0, "单位"), (3, 1, "说\r\n明"), (4, 2, "甲")]);
    }

    #[test]
    fn full_width_commas_part_fields() {
        let book = read("单位，数量\n甲，1\n".as_bytes()).expect("it is read");
        assert_eq!(book.sheets[0].cells.len(), 4);
    }
}
