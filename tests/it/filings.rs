//! Filings of the sample town against values that were worked out independently of this program.

use std::collections::BTreeMap;
use std::fs;

use acceptance::{assess, settings, sheets, whole_town};
use anping::model::{Decimal, Lang, Lapse, ProblemCode, Run};
use anping::report::{self, Templates};
use serde_json::json;

use crate::sample_town::expected;

fn run() -> Run {
    assess(whole_town().path(), &settings())
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
    let is_of_filings = |kind: &str| kind.starts_with("filing_") || kind.contains("version");
    let of_filings: Vec<_> = run
        .problems
        .iter()
        .filter(|problem| is_of_filings(problem.code.key()))
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
    let expected = expected("problems.json");
    let expected = expected.as_array().expect("a list").iter();
    let expected: Vec<_> =
        expected.filter(|one| is_of_filings(one["kind"].as_str().expect("text"))).collect();
    for one in &expected {
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
        of("版本差异").iter().any(|row| row[1..] == [older, newer, "", "", "", "单元格内容相同"]),
        "{:?}",
        of("版本差异")
    );
    assert!(of("报送情况").iter().any(|row| row[0] == "村月报" && row[6] == "95.83"));
    // A filing that is missing cannot be returned, and one that was replaced need not.
    let returned = report::returns(&run, &Templates::built_in(), None, &|_| None).expect("returns");
    let is_returned = |file: &str| {
        returned.iter().any(|one| one.name == format!("退回/村月报/{file}_隐患月报_退回单.xlsx"))
    };
    for (file, expected) in [
        ("2026-08/V01", true),
        ("2026-08/V04", true),
        ("2026-09/V02", true),
        ("2026-08/V02", false),
        ("2026-11/V04", false),
    ] {
        assert_eq!(is_returned(file), expected, "{file}");
    }
}

#[test]
fn two_files_that_differ_by_a_mark_of_versions_are_asked_about() {
    let inbox = whole_town();
    let folder = inbox.path().join("行业检查/危化");
    // Another sheet of the same layout stands in for a changed version.
    let other = folder.join("E001_2026-07-16_最终版(2).xlsx");
    fs::copy(folder.join("E002_2026-07-17.xlsx"), &other).expect("a file of the test");
    let run = assess(inbox.path(), &settings());
    let asked: Vec<_> = run
        .problems
        .iter()
        .filter(|problem| problem.code == ProblemCode::VersionUnclear)
        .map(|problem| (run.sources.get(problem.at.source).path.as_str(), problem.expected(Lang::Zh)))
        .filter(|(path, _)| path.starts_with("行业检查"))
        .collect();
    let expected = "暂以E001_2026-07-16.xlsx为准".to_owned();
    assert_eq!(asked, [("行业检查/危化/E001_2026-07-16_最终版(2).xlsx", expected)]);
}
