//! Reports in prescribed forms: from the report alone a number leads to its cell, and the report is
//! made again from its inbox.

use std::collections::BTreeMap;
use std::fs;

use acceptance::{Ran, anping, assess, settings, whole_town};
use anping::cli::Exit;
use anping::model::{Date, Run};
use anping::pipeline::Settings;
use anping::{intake, report};

/// Runs `verify` on a report of the sample town against an inbox.
fn verify(report: &std::path::Path, inbox: &std::path::Path) -> Ran {
    anping(&["verify", path(report), "--inbox", path(inbox)])
}

#[test]
fn a_report_explains_itself_and_is_verified_against_its_inbox() {
    let inbox = whole_town();
    let out = tempfile::tempdir().expect("a folder");
    let made = anping(&["assess", path(inbox.path()), "-o", path(out.path()), "--as-of", "2026-12-31"]);
    assert_eq!(made.exit, Exit::Findings, "{}", made.err);
    let report = out.path().join("上报/生产经营单位基本情况台账(截止2026年12月31日).xlsx");
    let told = anping(&["explain", path(&report), "C4"]);
    assert_eq!(told.exit, Exit::Done, "{}", told.err);
    assert!(told.out.contains("企业名录.xlsx › 企业名录 › C"), "{}", told.out);
    assert_eq!(anping(&["explain", path(&report), "A1"]).exit, Exit::Usage);

    let verified = verify(&report, inbox.path());
    assert_eq!(verified.exit, Exit::Done, "{}{}", verified.out, verified.err);
    assert!(verified.out.contains("逐字节相同"), "{}", verified.out);

    // Without the checks the report does not follow: the days of the last ones are missing.
    fs::remove_dir_all(inbox.path().join("行业检查")).expect("a folder of the test");
    let verified = verify(&report, inbox.path());
    assert_eq!(verified.exit, Exit::Findings, "{}", verified.err);
    assert!(verified.out.contains("输入文件: 不同") && verified.out.contains("重算为“”"), "{}", verified.out);

    let other = out.path().join("问题清单.xlsx");
    assert_eq!(verify(&other, inbox.path()).exit, Exit::Input);
}

fn path(path: &std::path::Path) -> &str {
    path.to_str().expect("paths of the test are text")
}

/// The rows of a report of the sample town by their label: what stands in their cells, from the left.
fn rows(layout: &str) -> BTreeMap<String, Vec<String>> {
    of(&assess(whole_town().path(), &settings()), layout)
}

/// The same of any run.
fn of(run: &Run, layout: &str) -> BTreeMap<String, Vec<String>> {
    let made = report::prescribed(run).expect("nothing that the writer refuses");
    let (_, file) = made.into_iter().find(|(name, _)| name == layout).expect("the report");
    let sheets = intake::cells_of(&file.bytes, None).expect("a workbook");
    let mut rows: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for (at, text) in &sheets[0].1 {
        let row = rows.entry(at.row0).or_default();
        row.resize(at.col0 as usize + 1, String::new());
        row[at.col0 as usize].clone_from(text);
    }
    rows.into_values().filter(|row| row.len() > 1).map(|row| (row[..2].concat(), row)).collect()
}

/// A row's numbers; counts by hand from the expected ledger of the town, by sector and level.
fn check(rows: &BTreeMap<String, Vec<String>>, label: &str, from: usize, expected: &str) {
    let row = rows.iter().find(|(key, _)| key.contains(label)).expect(label).1;
    let found = row[from..].iter().filter(|cell| !cell.is_empty()).cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(found, expected, "{label}");
}

#[test]
fn the_report_by_sector_adds_up_to_the_ledger() {
    // The one major hazard that is open stands in the office's list: it has columns for the money, the
    // person and the day, none for measures and the contingency plan; those two stay empty.
    let rows = rows("sector-hazards");
    check(&rows, "合计", 2, "45 39 86.7% 2 1 50.0% 1 1 1 1 12.8");
    check(&rows, "危险化学品企业", 2, "6 5 83.3% 1 1 100.0% 0 0 0 0 0 0 0");
    check(&rows, "冶金等工贸企业", 2, "14 14 100.0% 1 0 0.0% 1 1 1 1 12.8");
    check(&rows, "其他单位", 2, "15 11 73.3% 0 0 / 0 0 0 0 0 0 0");
}

#[test]
fn the_report_by_block_adds_up_to_the_ledger() {
    let rows = rows("inspection");
    // Visits of the year: 33 by frequency.json.
    check(&rows, "合计", 4, "33 45 39 86.7% 2 1 50.0% 1");
    check(&rows, "上庄村", 5, "15 13 86.7% 1 1 100.0% 0");
    check(&rows, "镇区直管", 5, "4 3 75.0% 0 0 / 0");
}

#[test]
fn what_last_year_left_is_a_line_of_its_own() {
    let run = assess(whole_town().path(), &Settings { as_of: Date::constant(2027, 1, 31), ..settings() });
    let open: Vec<_> = run.ledger.open(run.as_of).map(|hazard| hazard.id.clone()).collect();
    assert_eq!(open.len(), 7, "{open:?}");
    let (total, majors) = (of(&run, "sector-hazards"), of(&run, "major-hazards"));
    // Six general ones, none closed; the major one is planned, and alone in the list of major hazards.
    check(&total, "上年及以前遗留", 1, "0 6 0 0.0% 1 0 0.0% 1 1 1 1 12.8");
    check(&total, "合计", 2, "6 0 0.0% 1 0 0.0% 1 1 1 1 12.8");
    assert_eq!(majors.values().filter(|row| row[0] == "1" || row[0] == "2").count(), 1, "{majors:?}");
}
