//! Returns: the sender's own workbook, marked; corrected or explained and dropped back, it closes.

use std::fs;
use std::io::{Cursor, Read as _};
use std::path::Path;

use acceptance::{anping, assess, files_below, fill, settings, sheets, town};
use anping::model::{CellRef, ProblemCode, Severity};
use anping::report::patch::{self, Change, Edit, Edits, Put};
use anping::report::{self, Templates};
use std::collections::BTreeMap;

const FILE: &str = "行业检查/危化/E001_2026-07-16.xlsx";

fn path(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

/// Checks an inbox of one file and gives back what was returned, and what was printed.
fn check(bytes: &[u8]) -> (Vec<(String, Vec<u8>)>, String) {
    let (inbox, outbox) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    fill(inbox.path(), &[(FILE.to_owned(), bytes.to_vec())]);
    let ran = anping(&["check", path(inbox.path()), "--return", path(outbox.path())]);
    (files_below(outbox.path()), ran.out)
}

/// A workbook with a text in a cell, as its sender would type it.
fn typed(bytes: &[u8], sheet: &str, at: &str, put: Put) -> Vec<u8> {
    let at = CellRef::parse(at).expect("an address");
    let edit = Edit { put: Some(put), ..Edit::default() };
    let cells = BTreeMap::from([(sheet.to_owned(), BTreeMap::from([(at, edit)]))]);
    patch::patch(bytes, &Edits { cells, front: None, ..Edits::default() }).expect("can be typed into").bytes
}

#[test]
fn a_return_is_the_senders_own_workbook() {
    let sent = fs::read(town().join(FILE)).expect("a file of the town");
    let (returned, _) = check(&sent);
    let [(name, bytes)] = returned.as_slice() else { panic!("one return: {}", returned.len()) };
    assert_eq!(name, &format!("核实/{FILE}"));
    let (before, after) = (sheets(&sent), sheets(bytes));
    assert_eq!(after[0].0, "问题清单");
    assert_eq!(after[1..], before, "every cell of the sender is as it was");
    let changes = patch::changes(&sent, bytes).expect("two workbooks");
    let marked: Vec<_> = changes
        .iter()
        .filter_map(|change| match change {
            Change::Format { sheet, cell } => Some(format!("{sheet} {cell}")),
            Change::Value { .. } | Change::Removed { .. } => panic!("{change:?}"),
            _ => None,
        })
        .collect();
    assert_eq!(marked, ["检查评分 F13"]);
    // Parts that need no change are the same to the byte.
    let part = |bytes: &[u8], name: &str| {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes.to_vec())).expect("a package");
        let mut text = Vec::new();
        archive.by_name(name).expect("a part").read_to_end(&mut text).expect("its bytes");
        text
    };
    for name in ["_rels/.rels", "docProps/app.xml", "xl/theme/theme1.xml"] {
        assert_eq!(part(&sent, name), part(bytes, name), "{name}");
    }
}

#[test]
fn what_comes_back_corrected_or_explained_closes_the_return() {
    let sent = fs::read(town().join(FILE)).expect("a file of the town");
    let (returned, _) = check(&sent);
    let bytes = &returned[0].1;

    let (again, out) = check(bytes);
    assert_eq!(again.len(), 1, "nothing was done: {out}");
    assert_eq!(sheets(&again[0].1).len(), sheets(bytes).len(), "the list takes the place of the first one");

    let corrected = typed(bytes, "检查评分", "F13", Put::Number(2.into()));
    let (again, out) = check(&corrected);
    assert!(again.is_empty(), "{out}");
    assert!(out.contains("退回办结;上次退回 1 处"), "{out}");

    let explained = typed(bytes, "问题清单", "J4", Put::Text("两处各扣一次".to_owned()));
    let (again, out) = check(&explained);
    assert!(again.is_empty(), "{out}");
    assert!(out.contains("情况说明:两处各扣一次"), "{out}");
    assert!(out.contains("退回办结"), "{out}");
}

#[test]
fn a_mark_goes_when_its_cell_is_right() {
    // Two problems; one of them is put right.
    let sent = fs::read(town().join(FILE)).expect("a file of the town");
    let two = typed(&sent, "检查评分", "E9", Put::Text("大概".to_owned()));
    let (returned, _) = check(&two);
    let half = typed(&returned[0].1, "检查评分", "F13", Put::Number(2.into()));
    let (again, out) = check(&half);
    assert_eq!(again.len(), 1, "{out}");
    let changes = patch::changes(&half, &again[0].1).expect("two workbooks");
    let format = |at: &str| Change::Format {
        sheet: "检查评分".to_owned(),
        cell: CellRef::parse(at).expect("an address"),
    };
    assert!(changes.contains(&format("F13")), "{changes:?}");
    let (_, list) = &sheets(&again[0].1)[0];
    assert_eq!(list[3][3], "E9");
    assert_eq!(list.iter().filter(|row| row[1] == "强制" || row[1] == "核实").count(), 1);
}

#[test]
fn a_correction_under_another_name_replaces_what_was_returned() {
    let sent = fs::read(town().join(FILE)).expect("a file of the town");
    let (returned, _) = check(&sent);
    let corrected = typed(&returned[0].1, "检查评分", "F13", Put::Number(2.into()));
    let inbox = tempfile::tempdir().expect("a folder");
    fill(inbox.path(), &[(FILE.to_owned(), sent), ("补报/E001_更正.xlsx".to_owned(), corrected)]);
    let ran = anping(&["check", path(inbox.path())]);
    assert!(ran.out.contains("以后收到的E001_更正.xlsx为准"), "{}", ran.out);
    assert!(ran.out.contains("退回办结"), "{}", ran.out);
    // The one that was returned no longer counts: nothing is checked twice, nothing is open.
    assert!(!ran.out.contains("[核实]") && !ran.out.contains("[强制]"), "{}", ran.out);
    assert!(!ran.out.contains("duplicate") && !ran.out.contains("同一单位同日"), "{}", ran.out);
}

#[test]
fn what_cannot_be_marked_gets_a_note() {
    let (returned, _) = check(b"PK\x03\x04 cut off");
    let [(name, bytes)] = returned.as_slice() else { panic!("one note: {}", returned.len()) };
    assert_eq!(name, "退回/行业检查/危化/E001_2026-07-16_退回单.xlsx");
    let (_, list) = &sheets(bytes)[0];
    assert!(list[3].iter().any(|cell| cell == "file_damaged"), "{list:?}");
    assert!(list[4][0].contains("原文件未能直接标注"), "{list:?}");
}

#[test]
fn only_what_must_be_put_right_sends_a_workbook_back() {
    let run = assess(&town(), &settings());
    let made = report::returns(&run, &Templates::built_in(), None, &|_| None).expect("returns");
    let of = |folder: &str| -> Vec<String> {
        let own = made.iter().filter_map(|one| one.name.strip_prefix(&format!("{folder}/")));
        let mut own: Vec<_> = own.map(|name| name.replace(&format!("_{folder}单"), "")).collect();
        own.sort();
        own
    };
    let with = |is_wanted: &dyn Fn(&[&anping::model::Problem]) -> bool| -> Vec<String> {
        let mut paths: Vec<_> = run
            .sources
            .came_in()
            .filter(|(id, _)| {
                let own: Vec<_> = run.problems.iter().filter(|problem| problem.at.source == *id).collect();
                is_wanted(&own)
            })
            .map(|(_, source)| source.path.clone())
            .collect();
        paths.sort();
        paths
    };
    let must = |problems: &[&anping::model::Problem]| {
        problems.iter().any(|problem| problem.severity() == Severity::Mandatory)
    };
    let may = |problems: &[&anping::model::Problem]| {
        problems.iter().any(|problem| problem.severity() == Severity::Verify)
    };
    assert_eq!(of("退回"), with(&must));
    assert_eq!(of("核实"), with(&|problems| may(problems) && !must(problems)));
    // A note of the rules alone asks.
    let noted = with(&|problems| {
        may(problems)
            && problems
                .iter()
                .filter(|one| one.severity() != Severity::Hint)
                .all(|one| matches!(one.code, ProblemCode::PluginNote | ProblemCode::CasCheckDigit))
    });
    assert!(noted.contains(&"行业检查/危化/重大危险源物质清单.xlsx".to_owned()), "{noted:?}");
    assert!(noted.iter().all(|path| of("核实").contains(path)));
}
