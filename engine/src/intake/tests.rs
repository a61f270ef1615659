//! Samples beside their layouts, and hostile files made here.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::{Intake, Readers, built_in_layouts, read_with};
use crate::model::{Cell, CellRef, Lang, Provenance, Value};

mod book;
mod formats;
mod hostile;
mod hostile_formats;
mod oracle;
mod reading;
mod streaming;

/// One wall for all tests: to build it takes seconds without optimisation.
fn readers() -> &'static Readers {
    static READERS: OnceLock<Readers> = OnceLock::new();
    READERS.get_or_init(|| Readers::new(None))
}

/// Reads an inbox with the built-in layouts.
fn read(root: &Path) -> Intake {
    read_with((readers(), None), root, &built_in_layouts(), &|_, _| (), &|| false)
        .expect("the inbox can be listed")
}

/// Reads one file of these bytes.
fn read_bytes(name: &str, bytes: &[u8]) -> Intake {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let file = folder.path().join(name);
    fs::write(&file, bytes).expect("can be written");
    read(&file)
}

/// What intake made of a single file, as text that a person can review.
fn show(intake: &Intake) -> String {
    let mut text = String::new();
    for table in &intake.tables {
        let _ = writeln!(
            text,
            "{} · {:?} · {} {}\ntitle {}\nform {}",
            table.layout,
            table.role,
            intake.sources.sheet(table.at.source, table.at.sheet),
            table.at.cell,
            table.title,
            table.form
        );
        for (list, cells) in [("info", &table.info), ("fact", &table.facts)] {
            for (key, cell) in cells {
                let _ = writeln!(text, "{list} {key} {} {}", cell.at.cell, show_value(&cell.value));
            }
        }
        let _ = writeln!(text, "row | {}", table.fields.join(" | "));
        for (mark, rows) in [("", &table.rows), ("total ", &table.totals)] {
            for row in rows {
                let cells: Vec<_> = row.cells.iter().map(|cell| show_cell(cell, row.row0)).collect();
                let _ = writeln!(text, "{mark}{} | {}", row.row0 + 1, cells.join(" | "));
            }
        }
    }
    for problem in &intake.problems {
        let _ = writeln!(
            text,
            "problem {} {} · {} · {:?} → {} · {}",
            problem.at.cell.map_or_else(|| "file".to_owned(), |cell| cell.to_string()),
            problem.code.key(),
            problem.column,
            problem.found,
            problem.expected(Lang::Zh),
            problem.note
        );
    }
    text.lines().flat_map(|line| [line.trim_end(), "\n"]).collect()
}

fn show_value(value: &Value) -> String {
    match value {
        Value::Absent => String::new(),
        Value::Text(text) => text.replace('\n', "⏎"),
        Value::Number(number) => format!("#{number}"),
        Value::Flag(flag) => flag.to_string(),
        Value::Day(day) => day.to_string(),
        Value::Verdict(verdict) => verdict.key().to_owned(),
        Value::Level(level) => level.key().to_owned(),
        Value::Fault(text) => format!("!{text}"),
    }
}

/// A value; with its address where that is another row's.
fn show_cell(cell: &Cell, row0: u32) -> String {
    let value = show_value(&cell.value);
    if cell.at.cell.row0 == row0 { value } else { format!("{value}@{}", cell.at.cell) }
}

#[test]
fn samples_come_out_as_expected() {
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../templates/intake");
    let mut wrong = Vec::new();
    let mut n_samples = 0;
    for layout in built_in_layouts() {
        let mut files: Vec<PathBuf> = fs::read_dir(templates.join(&layout.id))
            .expect("a layout has a folder")
            .map(|entry| entry.expect("can be listed").path())
            .collect();
        files.sort();
        let samples: Vec<_> =
            files.iter().filter(|file| file.extension().is_some_and(|ext| ext == "xlsx")).collect();
        assert!(!samples.is_empty(), "layout {} has no sample", layout.id);
        for sample in samples {
            n_samples += 1;
            let found = show(&read(sample));
            let known = found.lines().any(|line| line.starts_with(&format!("{} · ", layout.id)));
            let counter = sample.file_name().is_some_and(|name| name.to_string_lossy().starts_with("not-"));
            assert_eq!(known, !counter, "{}:\n{found}", sample.display());
            let beside = sample.with_extension("txt");
            if std::env::var_os("UPDATE").is_some() {
                fs::write(&beside, &found).expect("the expected text can be written");
            } else if fs::read_to_string(&beside).unwrap_or_default() != found {
                wrong.push(format!("{}:\n{found}", beside.display()));
            }
        }
        let texts = files.iter().filter(|file| file.extension().is_some_and(|ext| ext == "txt"));
        for text in texts {
            assert!(text.with_extension("xlsx").exists(), "{} belongs to no sample", text.display());
        }
    }
    assert!(n_samples >= 30);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_cell_is_found_where_it_stands() {
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../templates/intake");
    let intake = read(&templates.join("check-sheet/hazchem.xlsx"));
    let table = &intake.tables[0];
    let verdict = table.field("verdict").expect("a check sheet has verdicts");
    let row = table.rows.iter().find(|row| row.row0 == 7).expect("row 8 is data");
    let at = Provenance { cell: CellRef::new(7, 4), ..table.at };
    assert_eq!(row.cells[verdict].at, at);
    assert_eq!(intake.sources.show(at.into()), "hazchem.xlsx › 检查评分 › E8");
    assert_eq!(table.info("unit").map(|cell| cell.at.cell), Some(CellRef::new(1, 2)));
}
