//! Names that mean nobody for certain: listed for a person, whose decision holds from then on.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use acceptance::{anping, assess, fill, settings, sheets, town};
use anping::model::{CellRef, ProblemCode, Run};
use anping::report::patch::{self, Edit, Edits, Put};

const FILE: &str = "行业检查/危化/E001_2026-08-26.xlsx";

fn typed(bytes: &[u8], sheet: &str, texts: &[(&str, &str)]) -> Vec<u8> {
    let edits = texts.iter().map(|(at, text)| {
        let edit = Edit { put: Some(Put::Text((*text).to_owned())), ..Edit::default() };
        (CellRef::parse(at).expect("an address"), edit)
    });
    let cells = BTreeMap::from([(sheet.to_owned(), edits.collect())]);
    patch::patch(bytes, &Edits { cells, front: None, ..Edits::default() }).expect("can be typed into").bytes
}

/// The register, and one check sheet of an enterprise called otherwise.
fn inbox(root: &Path, name: &str) {
    let read = |path: &str| fs::read(town().join(path)).expect("a file of the town");
    let sheet = typed(&read(FILE), "检查评分", &[("C2", name), ("I2", "/")]);
    let register = "基础/企业名录.xlsx";
    fill(root, &[(register.to_owned(), read(register)), (FILE.to_owned(), sheet)]);
}

fn checked(run: &Run) -> Option<&str> {
    let id = run.checks.first().expect("one check").subject.enterprise?;
    Some(&run.register.get(id).number)
}

#[test]
fn a_decision_holds_once_it_is_dropped_back() {
    let root = tempfile::tempdir().expect("a folder");
    let outbox = tempfile::tempdir().expect("a folder");
    inbox(root.path(), "鼎源五金");
    let run = assess(root.path(), &settings());
    assert_eq!(checked(&run), None, "two enterprises have this name: nobody is meant");
    let path = |path: &Path| path.to_str().expect("a plain path").to_owned();
    let _ = anping(&["assess", &path(root.path()), "-o", &path(outbox.path())]);
    let table = fs::read(outbox.path().join("归属确认表.xlsx")).expect("the table of names");
    let (name, rows) = &sheets(&table)[0];
    assert_eq!(name, "归属确认表");
    assert_eq!(rows[3][1], "鼎源五金");
    assert!(rows[3][4].starts_with("E009 青石镇鼎源五金制品厂\nE010 "), "{rows:?}");
    // Left empty, it decides nothing.
    fill(root.path(), &[("归属确认表.xlsx".to_owned(), table.clone())]);
    assert_eq!(checked(&assess(root.path(), &settings())), None);
    for (decision, number, open) in [
        ("E010", Some("E010"), false),
        (rows[3][4].lines().next().expect("a candidate"), Some("E009"), false),
        ("不在名录", None, false),
        ("某某厂", None, true),
    ] {
        let filled = typed(&table, "归属确认表", &[("F4", decision)]);
        fill(root.path(), &[("归属确认表.xlsx".to_owned(), filled)]);
        let run = assess(root.path(), &settings());
        assert_eq!(checked(&run), number, "{decision}");
        let has = |code| run.problems.iter().any(|problem| problem.code == code);
        assert_eq!(has(ProblemCode::NameAmbiguous), open, "{decision}");
        assert_eq!(has(ProblemCode::AliasUnclear), open, "{decision}");
    }
}

#[test]
fn where_every_name_is_known_there_is_no_table() {
    let (root, outbox) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    inbox(root.path(), "青石镇盛诚加油站");
    let path = |path: &Path| path.to_str().expect("a plain path").to_owned();
    let _ = anping(&["assess", &path(root.path()), "-o", &path(outbox.path())]);
    assert!(!outbox.path().join("归属确认表.xlsx").exists());
}
