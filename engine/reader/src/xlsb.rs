//! Reads `.xlsb`: values by `calamine`; formulas, merged regions, hidden rows and columns, remarks by a
//! walk of our own over the records of each sheet. Pictures lie in parts of XML, which the host reads.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read as _};

use calamine::{Data, DataRef, Reader as _, SheetType, SheetVisible, Xlsb, XlsbError};
use zip::ZipArchive;

use crate::binary::{is_percent, u16_at, u32_at};
use crate::wire::{Book, Cell, Fault, Sheet, Value};
use crate::xls;

/// Most bytes of a part that the walk looks at.
const MAX_PART: u64 = 96 << 20;

/// Reads a workbook.
pub fn read(bytes: &[u8]) -> Result<Book, Fault> {
    let mut looks = look(bytes).unwrap_or_default();
    let mut xlsb = Xlsb::new(Cursor::new(bytes)).map_err(fault)?;
    let mut book = Book { epoch_1904: xlsb.has_1904_epoch(), sheets: Vec::new() };
    for meta in xlsb.sheets_metadata().to_vec() {
        let look = looks.remove(&meta.name).unwrap_or_default();
        let mut cells = Vec::new();
        if meta.typ == SheetType::WorkSheet {
            let mut reader = xlsb.worksheet_cells_reader(&meta.name).map_err(fault)?;
            while let Some(cell) = reader.next_cell().map_err(fault)? {
                let (row0, col0) = cell.get_position();
                let formula = look.formulas.contains(&(row0, col0));
                let data: Data = DataRef::into(cell.get_value().clone());
                let value = xls::value(data).or_else(|| formula.then_some(Value::Uncalculated));
                cells.extend(value.map(|value| Cell { row0, col0, formula, value }));
            }
        }
        book.sheets.push(Sheet {
            name: meta.name,
            visible: meta.visible == SheetVisible::Visible,
            merges: look.merges,
            hidden_rows: look.hidden_rows,
            hidden_cols: look.hidden_cols,
            percents: look.percents,
            comments: look.comments,
            pictures: Vec::new(),
            part: look.part,
            cells,
        });
    }
    Ok(book)
}

fn fault(wrong: XlsbError) -> Fault {
    match wrong {
        XlsbError::Password => Fault::Password,
        wrong => Fault::Damaged(wrong.to_string()),
    }
}

/// What `calamine` does not tell of a sheet.
#[derive(Default)]
struct Look {
    formulas: BTreeSet<(u32, u32)>,
    merges: Vec<[u32; 4]>,
    hidden_rows: Vec<u32>,
    hidden_cols: Vec<[u32; 2]>,
    percents: Vec<[u32; 2]>,
    comments: Vec<([u32; 2], String)>,
    part: String,
}

const BUNDLE_SHEET: u32 = 0x9C;
const ROW: u32 = 0;
const FORMULAS: std::ops::RangeInclusive<u32> = 8..=11;
const COL_INFO: u32 = 60;
const MERGE: u32 = 176;
/// Cells that hold a number: two ways to write one, and a formula's.
const NUMBERS: [u32; 3] = [2, 5, 9];
const FORMAT: u32 = 44;
const XF: u32 = 47;
const BEGIN_CELL_XFS: u32 = 617;
const END_CELL_XFS: u32 = 618;
const BEGIN_COMMENT: u32 = 635;
const COMMENT_TEXT: u32 = 637;

type Package<'a> = ZipArchive<Cursor<&'a [u8]>>;

/// Walks over all sheets; by name. `None` where the package is not as usual: the reading itself
/// will say so.
fn look(bytes: &[u8]) -> Option<BTreeMap<String, Look>> {
    let mut package = ZipArchive::new(Cursor::new(bytes)).ok()?;
    let relations = String::from_utf8(part(&mut package, "xl/_rels/workbook.bin.rels")?).ok()?;
    let workbook = part(&mut package, "xl/workbook.bin")?;
    let percents =
        part(&mut package, "xl/styles.bin").map_or_else(Vec::new, |styles| percent_styles(&styles));
    let mut looks = BTreeMap::new();
    for (kind, body) in Records(&workbook) {
        if kind == BUNDLE_SHEET {
            let (id, rest) = wide(body.get(8..)?)?;
            let (name, _) = wide(rest)?;
            let target = relation(&relations, "Target", |value| value("Id") == Some(id.as_str()));
            let Some(target) = target else { continue };
            let path = format!("xl/{target}");
            if let Some(sheet) = part(&mut package, &path) {
                let comments = comments_of(&mut package, target).unwrap_or_default();
                looks.insert(name, Look { comments, part: path, ..look_at(&sheet, &percents) });
            }
        }
    }
    Some(looks)
}

/// The remarks of a sheet, whose own relations name their part.
fn comments_of(package: &mut Package<'_>, sheet: &str) -> Option<Vec<([u32; 2], String)>> {
    let (folder, name) = sheet.rsplit_once('/')?;
    let relations = String::from_utf8(part(package, &format!("xl/{folder}/_rels/{name}.rels"))?).ok()?;
    let target = relation(&relations, "Target", |value| {
        value("Type").is_some_and(|kind| kind.ends_with("/comments"))
    })?;
    let path = match (target.strip_prefix('/'), target.strip_prefix("../")) {
        (Some(path), _) => path.to_owned(),
        (None, Some(beside)) => format!("xl/{beside}"),
        (None, None) => format!("xl/{folder}/{target}"),
    };
    let mut comments = Vec::new();
    let mut at = None;
    for (kind, body) in Records(&part(package, &path)?) {
        match kind {
            // Author, then first and last row, first and last column.
            BEGIN_COMMENT => at = u32_at(body, 4).zip(u32_at(body, 12)).map(<[u32; 2]>::from),
            // A byte of flags, then the text.
            COMMENT_TEXT => {
                let text = body.get(1..).and_then(wide).map(|(text, _)| text);
                comments.extend(at.take().zip(text));
            }
            _ => {}
        }
    }
    Some(comments)
}

/// Of each cell format, whether it shows a percentage.
fn percent_styles(styles: &[u8]) -> Vec<bool> {
    // Of the formats that every workbook has, these do.
    let mut formats: BTreeSet<u16> = BTreeSet::from([9, 10]);
    let mut percents = Vec::new();
    let mut in_cells = false;
    for (kind, body) in Records(styles) {
        match kind {
            FORMAT => {
                let text = body.get(2..).and_then(wide);
                if text.is_some_and(|(text, _)| is_percent(text.bytes())) {
                    formats.extend(u16_at(body, 0));
                }
            }
            BEGIN_CELL_XFS => in_cells = true,
            END_CELL_XFS => in_cells = false,
            XF if in_cells => percents.push(u16_at(body, 2).is_some_and(|format| formats.contains(&format))),
            _ => {}
        }
    }
    percents
}

fn look_at(sheet: &[u8], percents: &[bool]) -> Look {
    let mut look = Look::default();
    let mut row0 = 0;
    for (kind, body) in Records(sheet) {
        if FORMULAS.contains(&kind) {
            look.formulas.extend(u32_at(body, 0).map(|col0| (row0, col0)));
        }
        match kind {
            // The style is three bytes behind the column.
            kind if NUMBERS.contains(&kind) => {
                let style = u32_at(body, 4).map(|style| (style & 0xFF_FFFF) as usize);
                if style.and_then(|style| percents.get(style)) == Some(&true) {
                    look.percents.extend(u32_at(body, 0).map(|col0| [row0, col0]));
                }
            }
            ROW => {
                row0 = u32_at(body, 0).unwrap_or(row0);
                // Row, style, height, two bytes of flags: the fifth of the second is "hidden".
                if body.get(11).is_some_and(|flags| flags & 0x10 != 0) {
                    look.hidden_rows.push(row0);
                }
            }
            COL_INFO if u16_at(body, 16).is_some_and(|flags| flags & 1 != 0) => {
                look.hidden_cols.extend(u32_at(body, 0).zip(u32_at(body, 4)).map(<[u32; 2]>::from));
            }
            MERGE => {
                let number = |index: usize| u32_at(body, 4 * index);
                if let (Some(top), Some(bottom), Some(left), Some(right)) =
                    (number(0), number(1), number(2), number(3))
                {
                    look.merges.push([top, left, bottom, right]);
                }
            }
            _ => {}
        }
    }
    look
}

fn part(package: &mut Package<'_>, name: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    package.by_name(name).ok()?.take(MAX_PART).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// A value of the first relation that `is` so; it is asked with a function that gives a relation's values.
fn relation<'a>(
    relations: &'a str,
    wanted: &str,
    is: impl Fn(&dyn Fn(&str) -> Option<&'a str>) -> bool,
) -> Option<&'a str> {
    relations.split("<Relationship ").find_map(|relation| {
        let value = |name: &str| relation.split_once(&format!("{name}=\""))?.1.split('"').next();
        is(&value).then(|| value(wanted)).flatten()
    })
}

/// A text with its length before it, and what follows.
fn wide(bytes: &[u8]) -> Option<(String, &[u8])> {
    let len = (u32_at(bytes, 0)? as usize).checked_mul(2)?;
    let (text, rest) = bytes.get(4..)?.split_at_checked(len)?;
    let units: Vec<u16> = text.as_chunks().0.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
    Some((String::from_utf16_lossy(&units), rest))
}

/// The records of a part: kind and body. Kind and length are numbers of seven bits a byte.
struct Records<'a>(&'a [u8]);

impl Records<'_> {
    fn number(&mut self, most: u32) -> Option<u32> {
        let mut number = 0;
        for index in 0..most {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u32::from(byte & 0x7F) << (7 * index);
            if byte & 0x80 == 0 {
                break;
            }
        }
        Some(number)
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = (u32, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let kind = self.number(2)?;
        let len = self.number(4)?;
        let (body, rest) = self.0.split_at_checked(len as usize)?;
        self.0 = rest;
        Some((kind, body))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn record(kind: u32, body: &[u8]) -> Vec<u8> {
        let mut bytes =
            if kind < 0x80 { vec![kind as u8] } else { vec![(kind & 0x7F) as u8 | 0x80, (kind >> 7) as u8] };
        assert!(body.len() < 0x80, "one byte of length is enough here");
        bytes.push(body.len() as u8);
        bytes.extend_from_slice(body);
        bytes
    }

    fn words(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    fn text(text: &str) -> Vec<u8> {
        let units: Vec<u16> = text.encode_utf16().collect();
        let mut bytes = words(&[units.len() as u32]);
        bytes.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
        bytes
    }

    /// A row's head: row, style, height, flags.
    fn row(row0: u32, flags: u8) -> Vec<u8> {
        record(ROW, &[words(&[row0, 0]), vec![0, 0, 0, flags, 0], words(&[0])].concat())
    }

    fn workbook() -> Vec<u8> {
        let sheet = |state: u32, id: &str, name: &str| {
            record(BUNDLE_SHEET, &[words(&[state, 1]), text(id), text(name)].concat())
        };
        let book =
            [sheet(0, "r1", "清单"), sheet(1, "r2", "码表"), record(0x90, &[]), record(0x9D, &[0; 26])];
        let cell = |kind, col0: u32, value: Vec<u8>| record(kind, &[words(&[col0, 0]), value].concat());
        let number = |number: f64| number.to_le_bytes().to_vec();
        let cells = [
            record(0x94, &words(&[0, u32::MAX, 0, u32::MAX])),
            record(0x91, &[]),
            row(0, 0),
            cell(6, 0, text("标题")),
            row(2, 0x10),
            cell(5, 1, number(1.15)),
            cell(9, 2, [number(2.5), words(&[0, 0])].concat()),
            cell(4, 3, vec![1]),
            record(5, &[words(&[4, 1]), number(0.856)].concat()),
            record(0x92, &[]),
            record(MERGE, &words(&[0, 0, 0, 3])),
        ];
        let half = |one: u16, other: u16| [one.to_le_bytes(), other.to_le_bytes()].concat();
        let styles = [
            record(615, &words(&[1])),
            record(FORMAT, &[166_u16.to_le_bytes().to_vec(), text("0.0%")].concat()),
            record(616, &[]),
            record(626, &words(&[1])),
            record(XF, &half(0, 9)),
            record(BEGIN_CELL_XFS, &words(&[2])),
            record(XF, &half(0, 0)),
            record(XF, &half(0, 166)),
            record(END_CELL_XFS, &[]),
        ];
        let comments = [
            record(BEGIN_COMMENT, &[words(&[0, 2, 2, 1, 1]), vec![0; 16]].concat()),
            record(COMMENT_TEXT, &[vec![0], text("请附照片")].concat()),
            record(636, &[]),
        ];
        let sheet_relations = "<Relationships><Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/\
                               officeDocument/2006/relationships/comments\" Target=\"../comments1.bin\"/></Relationships>";
        let hidden = [record(0x94, &words(&[0; 4])), record(0x91, &[]), record(0x92, &[])];
        let relations = "<Relationships><Relationship Id=\"r1\" Target=\"worksheets/sheet1.bin\"/>\
                         <Relationship Id=\"r2\" Target=\"worksheets/sheet2.bin\"/></Relationships>";
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let root = "<Relationships><Relationship Id=\"a\" Target=\"xl/workbook.bin\" \
                    Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\"/>\
                    </Relationships>";
        for (name, bytes) in [
            ("_rels/.rels", root.as_bytes().to_vec()),
            ("xl/_rels/workbook.bin.rels", relations.as_bytes().to_vec()),
            ("xl/workbook.bin", book.concat()),
            ("xl/styles.bin", styles.concat()),
            ("xl/worksheets/sheet1.bin", cells.concat()),
            ("xl/worksheets/_rels/sheet1.bin.rels", sheet_relations.as_bytes().to_vec()),
            ("xl/comments1.bin", comments.concat()),
            ("xl/worksheets/sheet2.bin", hidden.concat()),
        ] {
            zip.start_file(name, zip::write::SimpleFileOptions::default()).expect("memory can be written");
            zip.write_all(&bytes).expect("memory can be written");
        }
        zip.finish().expect("memory can be written").into_inner()
    }

    #[test]
    fn cells_and_what_hangs_on_them() {
        let book = read(&workbook()).expect("it is a workbook");
        let [sheet, hidden] = book.sheets.as_slice() else { panic!("two sheets") };
        assert_eq!((sheet.name.as_str(), sheet.visible, hidden.visible), ("清单", true, false));
        assert_eq!((&sheet.merges[..], &sheet.hidden_rows[..]), (&[[0, 0, 0, 3]][..], &[2][..]));
        assert_eq!(sheet.percents, [[2, 4]]);
        assert_eq!(sheet.comments, [([2, 1], "请附照片".to_owned())]);
        assert_eq!(sheet.part, "xl/worksheets/sheet1.bin");
        let cell = |row0, col0, formula, value| Cell { row0, col0, formula, value };
        assert_eq!(
            sheet.cells,
            [
                cell(0, 0, false, Value::Text("标题".to_owned())),
                cell(2, 1, false, Value::Number(1.15)),
                cell(2, 2, true, Value::Number(2.5)),
                cell(2, 3, false, Value::Flag(true)),
                cell(2, 4, false, Value::Number(0.856)),
            ]
        );
    }
}
