//! Cross-checks over a whole run: what agrees goes up, what does not is held back or travels with its reason.

use std::fs;
use std::path::Path;

use acceptance::{anping, assess, settings, sheets, whole_town};
use anping::checks;
use anping::cli::Exit;
use anping::pipeline::upward::upward;

fn path(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

/// The name of the report by sector below the outbox, of a day.
fn by_sector(day: &str) -> String {
    format!("上报/2026年隐患排查治理情况报表(截止{day}).xlsx")
}

#[test]
fn the_sample_town_agrees_with_itself_on_any_day() {
    let inbox = whole_town();
    for day in ["2026-08-15", "2027-01-31"] {
        let run = assess(
            inbox.path(),
            &anping::pipeline::Settings { as_of: day.parse().expect("a day"), ..settings() },
        );
        let made = upward(&run, "", &[]).expect("nothing that the writer refuses");
        assert!(made.mismatches.is_empty(), "{day}: {:?}", made.mismatches);
        assert!(made.held.is_empty());
        // Every statistic that a rule may name is counted.
        let groups = checks::statistics(&run);
        let named: Vec<_> = groups
            .iter()
            .map(|group| {
                let keys: Vec<_> = group.lines[0].figures.keys().map(String::as_str).collect();
                format!("{}: {}", group.form, keys.join(" "))
            })
            .collect();
        for expected in [
            "ledger: general_elsewhere general_found general_left major_elsewhere major_found major_left major_open",
            "register: active known",
            "organisation: villages",
            "campaign: covered due known visits",
            "assessment: excused villages",
        ] {
            assert!(named.iter().any(|one| one == expected), "{expected}: {named:?}");
        }
    }
}

#[test]
fn a_cumulative_number_that_falls_holds_the_report_back_or_travels_with_its_reason() {
    let inbox = whole_town();
    let out = tempfile::tempdir().expect("a folder");
    let before = ["assess", path(inbox.path()), "--no-returns", "-o"];
    let november = [&before[..], &[path(out.path()), "--as-of", "2026-11-30"]].concat();
    assert_eq!(anping(&november).exit, Exit::Findings);
    assert!(out.path().join(by_sector("2026年11月30日")).is_file());
    let filed = out.path().join("上报");

    // The lists of a month are gone: fewer hazards than were filed for November.
    let now = tempfile::tempdir().expect("a folder");
    fs::remove_dir_all(inbox.path().join("村月报/2026-08")).expect("a folder of the town");
    let december =
        [&before[..], &[path(now.path()), "--as-of", "2026-12-31", "--previous", path(&filed)]].concat();
    let ran = anping(&december);
    let report = now.path().join(by_sector("2026年12月31日"));
    assert!(ran.err.contains("校验 X6") && ran.err.contains("上期"), "{}", ran.err);
    assert!(ran.err.contains("sector-hazards") && !report.exists(), "{}", ran.err);
    assert!(now.path().join("上报/生产经营单位基本情况台账(截止2026年12月31日).xlsx").is_file());

    let ran = anping(&[&december[..], &["--note", "八月月报{退回}后更正"]].concat());
    let sheets = sheets(&fs::read(&report).unwrap_or_else(|wrong| panic!("{wrong}: {}", ran.err)));
    let text = format!("{:?}", sheets[0].1);
    assert!(text.contains("跨表校验不符") && text.contains("差异说明:八月月报{退回}后更正"), "{text}");
    let verified = anping(&["verify", path(&report), "--inbox", path(inbox.path())]);
    assert!(verified.out.contains("逐字节相同"), "{}{}", verified.out, verified.err);
}
