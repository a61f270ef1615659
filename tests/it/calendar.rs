//! The reporting calendar: what is due on which day, and a locality's own days in place of ours.

use std::fs;
use std::path::Path;

use acceptance::{anping, sheets};
use anping::calendar::Calendar;
use anping::cli::Exit;
use anping::report;

fn path(path: &Path) -> &str {
    path.to_str().expect("paths of the test are text")
}

#[test]
fn the_built_in_calendar_names_reports_that_there_are() {
    let names = report::names_of_reports();
    let unknown = Calendar::built_in().unknown_reports(&|name| names.contains(name));
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn what_is_next_and_how_many_days_are_left() {
    let told = anping(&["calendar", "--as-of", "2026-10-10"]);
    assert_eq!(told.exit, Exit::Done, "{}", told.err);
    for line in [
        "下一项:2026-10-15 还有5天 企业隐患排查治理统计分析表(季报)(2026-Q3,2026-10-01起可报) ← 表R2",
        "2026-10-02 已过8天 安全生产控制指标情况(季)(2026-Q3)",
        "2026-01-31 已过252天 企业隐患排查治理统计分析表(年报)(2025年度,未核实)",
        "2026-12-20 还有71天 安全生产大检查总结(2026年度) ← 表R3安全生产大检查情况统计表",
        "无日期 生产安全事故报告:随时,1小时内",
        "无日期 隐患排查治理情况月报:期限由所在地规定,尚未设定 ← 隐患排查治理情况月报表",
    ] {
        assert!(told.out.lines().any(|known| known.starts_with(line)), "{line}\n{}", told.out);
    }
    let today = anping(&["calendar", "--as-of", "2026-12-31", "--year", "2027"]);
    assert!(today.out.contains("下一项:2026-12-31 今天 村(居)、部门、企业年度考核"), "{}", today.out);
    assert!(today.out.contains("2027-01-31 还有31天"), "{}", today.out);
}

#[test]
fn a_locality_sets_its_days_and_gets_them_as_a_workbook() {
    let (plans, out) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let folder = plans.path().join("calendar");
    fs::create_dir(&folder).expect("a folder of the test");
    let own = "schema = 1\n[[matter]]\nid = \"hazards-month\"\ntitle = \"隐患月报\"\nevery = \"month\"\nmonths = 1\n\
               day = 5\nmark = \"C\"\nbasis = \"县安委办通知\"\nreports = [\"monthly-report\"]\n";
    fs::write(folder.join("county.toml"), own).expect("a file of the test");
    let args = ["calendar", "--as-of", "2026-12-31", "--plans", path(plans.path()), "-o", path(out.path())];
    let told = anping(&args);
    assert_eq!(told.exit, Exit::Done, "{}", told.err);
    assert!(
        told.out.contains("2026-03-05 已过301天 隐患月报(2026-02) ← 隐患排查治理情况月报表"),
        "{}",
        told.out
    );
    let bytes = fs::read(out.path().join("报送日历(2026年).xlsx")).expect("the workbook");
    let rows = sheets(&bytes).remove(0).1;
    let months = rows.iter().filter(|row| row.get(3).is_some_and(|title| title == "隐患月报")).count();
    assert_eq!(months, 12, "{rows:?}");
    assert!(rows.iter().any(|row| row[0].contains("生产安全事故报告:随时,1小时内")), "{rows:?}");

    fs::write(folder.join("county.toml"), own.replace("day = 5", "day = 30")).expect("a file of the test");
    let told = anping(&args);
    assert_eq!(told.exit, Exit::Template, "{}", told.out);
    assert!(told.err.contains("hazards-month:day:2月没有30日"), "{}", told.err);
}
