//! A streamed sheet beside the same sheet read as a grid: what the stream tells is what stands there,
//! and what it does not know it leaves to the grid.

use std::io::Cursor;
use std::path::PathBuf;

use walkdir::WalkDir;

use super::super::NotPlain;
use super::super::grid::Content;
use super::super::limits::MAX_INFLATED_BYTES;
use super::super::package::stream::{Row, Value, stream};
use super::super::package::{self, Opened};
use super::book::{Book, grid, sheet};

/// The cells that the grid holds, a line each; `None` where the file is not read.
fn by_grid(bytes: &[u8], index: usize) -> Option<Vec<String>> {
    let Ok(Opened::Xlsx(mut package)) = package::open(bytes, MAX_INFLATED_BYTES) else { return None };
    let grid = package.grid(index).ok()?;
    let cells = grid.cells.iter().map(|cell| {
        let shown = match &cell.content {
            Content::Text(text) => format!("text {text}"),
            Content::Number(number) => format!("number {number:?}"),
            Content::Serial(serial) => format!("serial {serial:?}"),
            other => format!("{other:?}"),
        };
        format!("{} {shown}", cell.at)
    });
    let merges = grid.merges.iter().map(|region| format!("merge {}:{}", region.first, region.last));
    let hidden = grid.hidden_rows.iter().map(|row0| format!("hidden {row0}"));
    Some(cells.chain(merges).chain(hidden).collect())
}

/// The same as the stream tells it.
fn by_stream(bytes: &[u8], index: usize, apart: bool) -> Result<Vec<String>, NotPlain> {
    let mut lines = Vec::new();
    let streamed = stream(Cursor::new(bytes), index, apart, |row: &Row<'_>| -> Result<(), NotPlain> {
        for (col0, value) in row.cells {
            let at = crate::model::CellRef::new(row.row0, *col0);
            lines.push(match value {
                Value::Empty => format!("{at} empty"),
                Value::Text(number) => format!("{at} text {}", row.texts.get(*number)),
                Value::Number(number) => format!("{at} number {number:?}"),
                Value::Serial(serial) => format!("{at} serial {serial:?}"),
            });
        }
        Ok(())
    })?;
    let mut merges = streamed.merges;
    merges.sort_by_key(|region| region.first);
    lines.extend(merges.iter().map(|region| format!("merge {}:{}", region.first, region.last)));
    lines.extend(streamed.hidden_rows.iter().map(|row0| format!("hidden {row0}")));
    Ok(lines)
}

/// Compares both; whether the sheet was streamed.
fn compare(name: &str, bytes: &[u8], index: usize) -> bool {
    let streamed = by_stream(bytes, index, false);
    assert_eq!(streamed, by_stream(bytes, index, true), "{name} {index}: alone and with a thread");
    let Ok(streamed) = streamed else { return false };
    let grid = by_grid(bytes, index).unwrap_or_else(|| panic!("{name} {index}: streamed, and not read"));
    assert_eq!(streamed, grid, "{name} {index}");
    true
}

#[test]
fn the_samples_are_the_same_both_ways() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let (mut n_streamed, mut n_files) = (0, 0);
    for folder in ["templates/demo", "tests/town"] {
        for entry in WalkDir::new(root.join(folder)) {
            let path = entry.expect("a file of the workspace").into_path();
            if path.extension().is_some_and(|extension| extension == "xlsx") {
                let bytes = std::fs::read(&path).expect("a file of the workspace");
                n_files += 1;
                n_streamed +=
                    (0..8).filter(|index| compare(&path.display().to_string(), &bytes, *index)).count();
            }
        }
    }
    assert!(n_files > 20 && n_streamed > 20, "{n_streamed} sheets of {n_files} files");
}

#[test]
fn a_sheet_longer_than_a_chunk_is_cut_nowhere() {
    let line = "甲厂|#1.5|@46219|一段较长的说明文字,使各行跨越读取的边界";
    let lines = vec![line; 20_000].join("\n");
    assert!(compare("long", &Book::one(&grid(&lines, &["A1:B1"])).bytes(), 0));
}

/// A row of cells; whether it is streamed, and what comes of it either way.
fn check(cells: &str, is_streamed: bool) {
    let strings = "<sst><si><t>甲</t></si><si><r><t>乙</t></r></si><si/></sst>";
    let part = sheet(&format!("<row r=\"1\">{cells}</row>"), "");
    let bytes = Book::one(&part).with("xl/sharedStrings.xml", strings).bytes();
    assert_eq!(compare(cells, &bytes, 0), is_streamed, "{cells}");
}

#[test]
fn what_the_stream_does_not_know_it_leaves() {
    for (cells, is_streamed) in [
        (
            "<c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c><c r=\"D1\" t=\"s\"><v>2</v></c>",
            true,
        ),
        ("<c r=\"A1\" s=\"1\"><v>46219</v></c><c r=\"B1\" s=\"1\"/><c r=\"C1\"></c>", true),
        ("<c t=\"n\" r='A1'><v>-1.5E-3</v></c>", true),
        ("<c r=\"A1\" t=\"inlineStr\"><is><t xml:space=\"preserve\"> 甲 </t></is></c>", true),
        ("<c r=\"A1\" t=\"inlineStr\"><is><t></t></is></c>", true),
        ("<c r=\"A1\" t=\"inlineStr\"><is><t> 甲</t></is></c>", false),
        ("<c r=\"A1\" t=\"inlineStr\"><is><t>a&amp;b</t></is></c>", false),
        ("<c r=\"A1\" t=\"inlineStr\"><is><t>_x0041_</t></is></c>", false),
        ("<c r=\"A1\" t=\"inlineStr\"><is><r><t>甲</t></r></is></c>", false),
        ("<c r=\"A1\"><f>B1</f><v>1</v></c>", false),
        ("<c r=\"A1\" t=\"b\"><v>1</v></c>", false),
        ("<c r=\"A1\" t=\"e\"><v>#N/A</v></c>", false),
        ("<c r=\"A1\"><v>甲</v></c>", false),
        ("<c r=\"A1\"><v></v></c>", false),
        ("<c r=\"A1\"><v>1<!-- --></v></c>", false),
        ("<c r=\"A1\" vm=\"1\"><v>1</v></c>", false),
        ("<c><v>1</v></c>", false),
        ("<c r=\"B1\"><v>1</v></c><c r=\"A1\"><v>2</v></c>", false),
        ("<c r=\"A2\"><v>1</v></c>", false),
        ("<c r=\"XFE1\"><v>1</v></c>", false),
        ("<c r=\"A1\" t=\"s\"><v>3</v></c>", false),
        ("<c r=\"A1\" t=\"s\"><v>4294967296</v></c>", false),
        ("<c r=\"A1\"><v>1</v>", false),
        ("<x r=\"A1\"/>", false),
    ] {
        check(cells, is_streamed);
    }
    for rows in ["<row r=\"2\"/><row r=\"1\"/>", "<row/>", "<row r=\"1048577\"/>", "<row r=\"0\"/>"] {
        assert!(!compare(rows, &Book::one(&sheet(rows, "")).bytes(), 0), "{rows}");
    }
    let hidden =
        "<worksheet><cols><col min=\"1\" max=\"1\" hidden=\"1\"/></cols><sheetData></sheetData></worksheet>";
    assert!(!compare("hidden", &Book::one(hidden).bytes(), 0));
}

#[test]
fn whatever_is_cut_off_is_never_half_a_list() {
    let bytes = Book::one(&grid("甲|#1\n乙|#2", &[])).bytes();
    for len in 0..bytes.len() {
        assert!(by_stream(&bytes[..len], 0, len % 2 == 0).is_err(), "{len}");
    }
}
