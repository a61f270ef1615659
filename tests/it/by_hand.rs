//! 手工补录: numbers that no workbook has stand in a report with who entered them, when and why, and override
//! nothing that the program knows.

use std::fs;
use std::path::Path;

use acceptance::{anping, assess, settings, sheets, whole_town};
use anping::cli::Exit;
use anping::model::{Lang, Run};
use anping::{intake, report};

const WHO: &str = "不归镇里统计,王芳,2026-12-30,青石站函3号";

/// Puts a table of entries into an inbox: each line without who entered it.
fn enter(inbox: &Path, lines: &[&str]) {
    let mut text = "手工补录表\n报表,行(项目),方式,栏目,数值,原因,录入人,录入日期,依据文件\n".to_owned();
    for line in lines {
        // A line that says itself who entered it has all its commas.
        let whole = if line.matches(',').count() < 8 { format!("{line},{WHO}") } else { (*line).to_owned() };
        text.push_str(&whole);
        text.push('\n');
    }
    fs::write(inbox.join("手工补录.csv"), text).expect("a file of the test");
}

/// A whole line of 表R1: a sector that no workbook of the town knows.
const RAILWAY: [&str; 11] = [
    "R1,铁路运输企业,新增行,排查单位数,2",
    "R1,铁路运输企业,新增行,一般隐患/隐患数(项),3",
    "表R1,铁路运输企业,新增行,已经整改数,3",
    "R1,铁路运输企业,新增行,排查治理重大隐患/重大隐患数,0",
    "R1,铁路运输企业,新增行,已整改销号数,0",
    "R1,铁路运输企业,新增行,落实治理目标任务,0",
    "R1,铁路运输企业,新增行,落实治理经费物资,0",
    "R1,铁路运输企业,新增行,落实治理机构人员,0",
    "R1,铁路运输企业,新增行,落实治理时间要求,0",
    "R1,铁路运输企业,新增行,落实安全措施应急预案,0",
    "R1,铁路运输企业,新增行,累计落实治理资金,0.55",
];

/// The rows of a report: its label, then its other cells, joined.
fn rows(run: &Run, layout: &str) -> Vec<String> {
    let made = report::prescribed(run).expect("nothing that the writer refuses");
    let (_, file) = made.into_iter().find(|(name, _)| name == layout).expect(layout);
    sheets(&file.bytes).remove(0).1.into_iter().map(|row| row.join(" ").trim().to_owned()).collect()
}

fn row<'r>(rows: &'r [String], label: &str) -> &'r str {
    rows.iter().find(|row| row.contains(label)).expect(label)
}

#[test]
fn a_row_and_cells_entered_by_hand_are_marked_summed_explained_and_verified() {
    let (inbox, out) = (whole_town(), tempfile::tempdir().expect("a folder"));
    let cells = [
        "R1,规模以上企业,,落实治理目标任务,1",
        "R1,规模以上企业,,落实安全措施应急预案,1",
        "R3,上庄村,补数,检查组,2",
    ];
    enter(inbox.path(), &[&RAILWAY[..], &cells[..]].concat());
    let made = anping(&["assess", path(inbox.path()), "-o", path(out.path()), "--as-of", "2026-12-31"]);
    assert_eq!(made.exit, Exit::Findings, "{}", made.err);
    // The ledger lacks the three hazards of the railway, and the cross-check knows why.
    assert!(!made.err.contains("校验"), "{}", made.err);
    let file = out.path().join("上报/2026年隐患排查治理情况报表(截止2026年12月31日).xlsx");
    let bytes = fs::read(&file).expect("the report was written");
    let rows: Vec<String> = sheets(&bytes).remove(0).1.into_iter().map(|row| row.join(" ")).collect();
    // By the ledger 45 found, 39 closed, in 36 units; the two numbers that no list had are known now, and so are their sums.
    assert_eq!(row(&rows, "铁路运输企业*"), "铁路运输企业* 2 3 3 100.0% 0 0 / 0 0 0 0 0 0 0.55");
    assert_eq!(row(&rows, "合计")[7..], *"38 48 42 87.5% 2 1 50.0% 1 1 1 1 1 1 13.35");
    assert!(row(&rows, "*铁路运输企业(整行)").contains("录入人 王芳,2026年12月30日,原因:不归镇里统计"));
    assert!(row(&rows, "*规模以上企业").contains("“落实治理目标任务”“落实安全措施应急预案”:手工补录"));
    // It stands before what the form has last.
    let at = |label: &str| rows.iter().position(|row| row.starts_with(label)).expect(label);
    assert!(at("人员密集场所") < at("铁路运输企业") && at("铁路运输企业") < at("其他单位"));

    for (cell, expected) in
        [("C22", "手工补录 手工补录.csv › Sheet1 › E4"), ("C24", "手工补录 手工补录.csv"), ("J19", "E14")]
    {
        let told = anping(&["explain", path(&file), cell]);
        assert_eq!(told.exit, Exit::Done, "{}", told.err);
        assert!(told.out.contains(expected), "{cell}: {}", told.out);
    }
    let verified = anping(&["verify", path(&file), "--inbox", path(inbox.path())]);
    assert_eq!(verified.exit, Exit::Done, "{}{}", verified.out, verified.err);
    assert!(verified.out.contains("逐字节相同"), "{}", verified.out);
}

fn path(path: &Path) -> &str {
    path.to_str().expect("paths of the test are text")
}

#[test]
fn cross_checks_see_what_was_entered_by_hand() {
    let (inbox, out) = (whole_town(), tempfile::tempdir().expect("a folder"));
    // More put right than found.
    let wrong = RAILWAY.map(|line| line.replace("已经整改数,3", "已经整改数,4"));
    enter(inbox.path(), &wrong.each_ref().map(String::as_str));
    let made = anping(&["assess", path(inbox.path()), "-o", path(out.path()), "--as-of", "2026-12-31"]);
    assert!(made.err.contains("X1") && made.err.contains("表R1 D22"), "{}", made.err);
    assert!(!out.path().join("上报/2026年隐患排查治理情况报表(截止2026年12月31日).xlsx").exists());
}

#[test]
fn what_is_known_or_unclear_is_told_and_changes_nothing() {
    let inbox = whole_town();
    let before = assess(inbox.path(), &settings());
    let lines: [(&str, &str); 17] = [
        ("R1,人员密集场所,,一般隐患/隐患数,9", "E by_hand_known 按收件算得 7,补录 9"),
        ("R1,合计,,落实治理目标任务,9", "B by_hand_unused 小计和合计由各行相加"),
        ("R1,危险化学品企业,,落实治理目标任务,9", "B by_hand_unused 小计和合计由各行相加"),
        ("R1,生产企业,,落实治理目标任务,9", "B by_hand_unused 有 2 行都叫这个名称"),
        ("R1,渔业,,排查单位数,9", "B by_hand_unused 人员密集场所、其他单位;要新增一行的"),
        ("R1,规模以上企业,新增行,落实治理目标任务,1", "B by_hand_unused 报表已有这一行"),
        ("R1,规模以上企业,,整改率,50", "D by_hand_unused 不补录;可补录:排查单位数、一般隐患/隐患数"),
        ("R1,规模以上企业,,重大隐患数,1", "D by_hand_unused 几栏都叫这个名称"),
        ("R1,规模以上企业,,打击数,1", "D by_hand_unused 没有这一栏"),
        ("R1,规模以上企业,,落实治理目标任务,0.5", "E by_hand_unused 应为整数"),
        ("R99,规模以上企业,,落实治理目标任务,1", "A by_hand_unused 本次没有这张报表;可补录:"),
        ("R6,规模以上企业,,得分,1", "A by_hand_unused 这张报表不接受手工补录"),
        ("R12,新厂,新增行,从业人数,1", "B by_hand_unused 不能新增行"),
        ("R3,上庄村,,检查组,1,原因,,2026-12-30,", "G by_hand_incomplete 应填写录入人"),
        ("R3,上庄村,,检查组,1,,王芳,2026-12-30,", "F by_hand_incomplete 应填写原因"),
        ("R3,上庄村,,检查组,1,原因,王芳,,", "H by_hand_incomplete 应填写录入日期"),
        ("R3,上庄村,,检查组,1,原因,王芳,2025-12-30,", "H by_hand_unused 录入日期应在当年或次年"),
    ];
    enter(inbox.path(), &lines.map(|(line, _)| line));
    let run = assess(inbox.path(), &settings());
    for (row, (line, expected)) in (3..).zip(lines) {
        let (column, rest) = expected.split_once(' ').expect("a column");
        let (code, what) = rest.split_once(' ').expect("a code");
        let cell = format!("{column}{row}");
        let told = run.problems.iter().filter(|one| {
            one.at.cell.is_some_and(|at| at.to_string() == cell)
                && run.sources.get(one.at.source).path == "手工补录.csv"
        });
        let told: Vec<_> = told.map(|one| format!("{} {}", one.code.key(), one.expected(Lang::Zh))).collect();
        assert!(told.iter().any(|one| one.starts_with(code) && one.contains(what)), "{line}: {told:?}");
    }
    for layout in ["sector-hazards", "inspection"] {
        assert_eq!(rows(&run, layout), rows(&before, layout), "{layout}");
    }
}

#[test]
fn entries_of_one_cell_count_once_and_not_at_all_where_they_differ() {
    let inbox = whole_town();
    enter(
        inbox.path(),
        &[
            "R3,上庄村,,检查组,2",
            "R3,上庄村,,检查组,2",
            "R3,桥头村,,检查组,2",
            "R3,桥头村,,检查组,3",
            "R3,县安全组,新增行,检查组,1",
        ],
    );
    let run = assess(inbox.path(), &settings());
    let rows = rows(&run, "inspection");
    assert!(row(&rows, "上庄村").starts_with("1 上庄村 2 "), "{rows:?}");
    assert!(row(&rows, "桥头村").starts_with("2 桥头村  "), "{rows:?}");
    let told = run.problems.iter().filter(|one| one.code.key().starts_with("by_hand"));
    let mut told: Vec<_> =
        told.filter_map(|one| Some(format!("{} {}", one.code.key(), one.at.cell?))).collect();
    told.sort();
    assert_eq!(told, ["by_hand_blank B7", "by_hand_unused E4", "by_hand_unused E5", "by_hand_unused E6"]);
    // What nobody entered of the new row is not 0: its sums are not known.
    let blank = run.problems.iter().find(|one| one.code.key() == "by_hand_blank").expect("told above");
    let missing = "缺:检查单位、排查一般隐患、排查一般隐患/其中已整改、排查重大隐患、排查重大隐患/其中已整改";
    assert_eq!(blank.expected(Lang::Zh), missing);
    // Nobody gives the three columns of the county: they are 0 as the form wants.
    let sums: Vec<_> = row(&rows, "合计").split_whitespace().collect();
    assert_eq!(sums, ["合计", "0", "0", "0"]);
}

#[test]
fn a_number_entered_by_hand_stays_a_number_for_whoever_adds_it_up() {
    let inbox = whole_town();
    enter(inbox.path(), &["R3,上庄村,,检查组,2"]);
    let run = assess(inbox.path(), &settings());
    let made = report::prescribed(&run).expect("nothing that the writer refuses");
    let (_, file) = made.into_iter().find(|(name, _)| name == "inspection").expect("the report");
    let cells = intake::cells_of(&file.bytes, None).expect("a workbook");
    let cell = cells[0].1.iter().find(|(at, _)| at.to_string() == "C5").expect("the number");
    assert_eq!(cell.1, "2");
}
