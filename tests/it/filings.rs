//! Filings of the sample town against values that were worked out independently of this program.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use acceptance::{assess, fill, settings, sheets, workspace};
use anping::model::{Decimal, Lang, Lapse, Run};
use anping::report::{self, Templates};
use rust_xlsxwriter::Workbook;
use serde_json::{Value as Json, json};

fn expected(name: &str) -> Json {
    let text = fs::read_to_string(workspace().join("tests/expected").join(name)).expect("an expected file");
    serde_json::from_str(&text).expect("JSON")
}

/// Filings with something that must be put right, by the planted problems of the town. Here they
/// are damaged as a whole: what is wrong is not what is tested.
const TO_PUT_RIGHT: [&str; 3] = [
    "村月报/2026-08/V01_隐患月报.xlsx",
    "村月报/2026-08/V04_隐患月报.xlsx",
    "村月报/2026-09/V02_隐患月报.xlsx",
];

fn workbook(text: &str) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name("隐患月报").expect("a name");
    sheet.write_string(0, 0, "月报表").expect("a cell");
    sheet.write_string(3, 1, text).expect("a cell");
    workbook.save_to_buffer().expect("a workbook")
}

/// The town's filing log, and a file for each of its lines.
fn inbox(root: &Path) {
    let log = fs::read(workspace().join("templates/intake/filing-log/log.xlsx")).expect("the sample log");
    let rows = &sheets(&log)[0].1;
    let mut files = vec![("收文登记.xlsx".to_owned(), log.clone())];
    for row in &rows[1..] {
        let path = row[4].strip_prefix("收件/").expect("the log's paths begin with the inbox");
        let bytes = if TO_PUT_RIGHT.contains(&path) {
            format!("PK\u{3}\u{4} cut off {path}").into_bytes()
        } else {
            workbook(path)
        };
        files.push((path.to_owned(), bytes));
    }
    fill(root, &files);
}

fn run() -> Run {
    let root = tempfile::tempdir().expect("a folder");
    inbox(root.path());
    assess(root.path(), &settings())
}

#[test]
fn completeness_timeliness_and_points_are_as_expected() {
    let run = run();
    let mut found = BTreeMap::new();
    let rate = |rate: Option<Decimal>| format!("{:.2}", rate.expect("something was due"));
    for filed in &run.filings.reports {
        let shown = |lapses: &[Lapse]| -> Vec<String> { lapses.iter().map(ToString::to_string).collect() };
        found.insert(
            filed.report.clone(),
            json!({
                "due": filed.due,
                "received": filed.received,
                "on_time": filed.on_time,
                "late": shown(&filed.late),
                "missing": shown(&filed.missing),
                "completeness": rate(filed.completeness()),
                "timeliness": rate(filed.timeliness()),
            }),
        );
    }
    let units: BTreeMap<_, _> = run
        .filings
        .units
        .iter()
        .map(|unit| {
            let shown = json!({
                "late": unit.late,
                "missing": unit.missing,
                "returned": unit.returned,
                "filing_item": unit.points.normalize().to_string(),
            });
            (unit.unit.clone(), shown)
        })
        .collect();
    found.insert("village_filing_item_10".to_owned(), json!(units));
    let superseded = run.filings.superseded.iter();
    let superseded: Vec<_> =
        superseded.map(|one| format!("收件/{}", run.sources.get(one.older).path)).collect();
    found.insert("superseded".to_owned(), json!(superseded));
    assert_eq!(json!(found), expected("filings.json"));
}

#[test]
fn every_planted_lapse_is_a_problem_at_its_file() {
    let run = run();
    let of_filings: Vec<_> = run
        .problems
        .iter()
        .filter(|problem| {
            let key = problem.code.key();
            key.starts_with("filing_") || key.contains("version")
        })
        .map(|problem| {
            json!({
                "file": format!("收件/{}", run.sources.get(problem.at.source).path),
                "sheet": "",
                "cell": problem.at.cell.map_or_else(String::new, |cell| cell.to_string()),
                "kind": problem.code.key(),
                "severity": problem.severity().title(Lang::Zh),
                "found": problem.found,
                "expected": problem.expected(Lang::Zh),
                "note": problem.note,
            })
        })
        .collect();
    let expected = expected("filing_problems.json");
    let expected = expected.as_array().expect("a list");
    for one in expected {
        assert!(of_filings.contains(one), "{one} is not among {of_filings:#?}");
    }
    assert_eq!(of_filings.len(), expected.len(), "{of_filings:#?}");
}

#[test]
fn versions_are_laid_side_by_side() {
    let run = run();
    let files = report::make(&run, &Templates::built_in()).expect("reports");
    let list = files.iter().find(|file| file.name == "问题清单.xlsx").expect("the list of problems");
    let sheets = sheets(&list.bytes);
    let of = |name: &str| &sheets.iter().find(|(known, _)| known == name).expect("the sheet").1;
    let older = "村月报/2026-08/V02_隐患月报.xlsx";
    let newer = "村月报/2026-08/V02_隐患月报_最终版(2).xlsx";
    assert!(
        of("版本差异").iter().any(|row| row[1..] == [older, newer, "隐患月报", "B4", older, newer]),
        "{:?}",
        of("版本差异")
    );
    assert!(of("报送情况").iter().any(|row| row[0] == "村月报" && row[6] == "95.83"));
    // A filing that is missing cannot be returned, and one that was replaced need not.
    let root = tempfile::tempdir().expect("a folder");
    inbox(root.path());
    let returned = report::returns(&run, &Templates::built_in(), &|_| None).expect("returns");
    let names: Vec<_> = returned.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "退回/村月报/2026-08/V01_隐患月报_退回单.xlsx",
            "退回/村月报/2026-08/V04_隐患月报_退回单.xlsx",
            "退回/村月报/2026-09/V02_隐患月报_退回单.xlsx",
        ]
    );
}
