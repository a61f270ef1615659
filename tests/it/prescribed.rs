//! Reports in prescribed forms: from the report alone a number leads to its cell, and the report is
//! made again from its inbox.

use std::fs;

use acceptance::{Ran, anping, whole_town};
use anping::cli::Exit;

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
