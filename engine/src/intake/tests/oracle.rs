//! Every cell of every sample as another reader has it: `calamine`, cell by cell, on workbooks that
//! several programs wrote.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use calamine::{DataRef, Xlsx, open_workbook};

use super::super::grid::Content;
use super::readers;

/// What calamine says of a cell, as ours; `None` for an empty one.
fn content(value: DataRef<'_>, formula: bool) -> Option<Content<'static>> {
    Some(match value {
        DataRef::Empty if formula => Content::Uncalculated,
        DataRef::Empty | DataRef::SharedString("") => return None,
        DataRef::SharedString(text) => Content::Text(text.to_owned().into()),
        DataRef::String(text) if text.is_empty() => return None,
        DataRef::String(text) => Content::Text(text.into()),
        DataRef::Int(number) => Content::Number(number as f64),
        DataRef::Float(number) => Content::Number(number),
        DataRef::DateTime(stamp) if stamp.is_datetime() => Content::Serial(stamp.as_f64()),
        DataRef::DateTime(stamp) => Content::Number(stamp.as_f64()),
        DataRef::DateTimeIso(day) | DataRef::DurationIso(day) => Content::IsoDate(day),
        DataRef::Bool(flag) => Content::Flag(flag),
        DataRef::Error(error) => Content::Error(error.to_string()),
    })
}

fn workbooks(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("can be listed").path();
        if path.is_dir() {
            workbooks(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "xlsx") {
            found.push(path);
        }
    }
}

#[test]
fn cells_are_those_of_another_reader() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    for folder in ["templates", "tests/town", "engine/src/intake/tests/formats"] {
        workbooks(&root.join(folder), &mut found);
    }
    found.sort();
    let (mut n_cells, mut wrong) = (0, Vec::new());
    for path in found {
        let mut other: Xlsx<BufReader<File>> = open_workbook(&path).expect("a sample is a workbook");
        let bytes = fs::read(&path).expect("can be read");
        let ours = readers().workbook(&bytes, &mut |_, workbook| {
            let mut sheets = Vec::new();
            for (index, (name, _)) in workbook.sheets().into_iter().enumerate() {
                let grid = workbook.grid(index)?;
                let cells = grid.cells.iter().map(|cell| {
                    let content = match &cell.content {
                        Content::Text(text) => Content::Text(text.to_string().into()),
                        Content::Number(number) => Content::Number(*number),
                        Content::Serial(serial) => Content::Serial(*serial),
                        Content::IsoDate(day) => Content::IsoDate(day.clone()),
                        Content::Flag(flag) => Content::Flag(*flag),
                        Content::Error(error) => Content::Error(error.clone()),
                        Content::Uncalculated => Content::Uncalculated,
                    };
                    ((cell.at.row0, cell.at.col0), content, cell.formula)
                });
                sheets.push((name, cells.collect::<Vec<_>>()));
            }
            Ok(sheets)
        });
        for (name, ours) in ours.expect("a sample is read") {
            let Ok(mut reader) = other.worksheet_cells_reader(&name) else { continue };
            let mut theirs = Vec::new();
            while let Some(cell) = reader.next_cell_with_formula_metadata().expect("a sample is sound") {
                let formula = cell.formula.is_some();
                theirs.extend(content(cell.value, formula).map(|content| (cell.pos, content, formula)));
            }
            theirs.sort_by_key(|(at, ..)| *at);
            n_cells += ours.len();
            if ours != theirs {
                let differs = ours.iter().zip(&theirs).find(|(ours, theirs)| ours != theirs);
                wrong.push(format!(
                    "{} {name}: {} and {} cells, {differs:?}",
                    path.display(),
                    ours.len(),
                    theirs.len()
                ));
            }
        }
    }
    assert!(n_cells > 10_000, "only {n_cells} cells were compared");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
