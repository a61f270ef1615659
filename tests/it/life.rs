//! The life of a hazard over the end of the year: what a year leaves open is what the next opens with;
//! extensions, supervision, reports. The workbooks of these tests are made here: the sample has no such columns.

use std::collections::BTreeSet;
use std::path::Path;

use acceptance::{AS_OF, assess, files_below, fill, settings, whole_town};
use anping::model::ledger::{Hazard, HazardState};
use anping::model::{Date, ProblemCode, Run};
use anping::pipeline::Settings;
use anping::report::{self, Templates};

fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

fn on(day: Date) -> Settings {
    Settings { as_of: day, ..settings() }
}

/// Writes a sheet: days as days, the rest as text.
fn workbook(sheet: &str, rows: &[Vec<&str>]) -> Vec<u8> {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let drawn = workbook.add_worksheet().set_name(sheet).expect("a name");
    let format = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd");
    for (row0, row) in (0..).zip(rows) {
        for (col0, text) in (0..).zip(row) {
            let date = rust_xlsxwriter::ExcelDateTime::parse_from_str(text).ok().filter(|_| text.len() == 10);
            let written = match date {
                Some(date) => drawn.write_datetime_with_format(row0, col0, &date, &format),
                None => drawn.write_string(row0, col0, *text),
            };
            written.expect("a cell");
        }
    }
    workbook.save_to_buffer().expect("a workbook")
}

/// The list of open hazards that a run writes.
fn closing_list(run: &Run) -> Vec<u8> {
    let files = report::make(run, &Templates::built_in().of_ledger()).expect("reports");
    files.into_iter().find(|file| file.name == "未销号清单.xlsx").expect("the list").bytes
}

/// The inbox of the next year: who exists, and what the last one left.
fn next_year(inbox: &Path, list: Vec<u8>) -> tempfile::TempDir {
    let next = tempfile::tempdir().expect("a folder");
    let base = files_below(inbox).into_iter().filter(|(name, _)| name.starts_with("基础/"));
    let mut files: Vec<_> = base.collect();
    files.push(("上年结转/未销号清单.xlsx".to_owned(), list));
    fill(next.path(), &files);
    next
}

/// What of a hazard must not change over the end of the year.
fn told(run: &Run, hazard: &Hazard) -> String {
    let lead = run.ledger.leading(hazard);
    let text = [
        &hazard.unit,
        &hazard.village,
        &hazard.department,
        &hazard.sector,
        &lead.place.value,
        &lead.text.value,
    ];
    let days = [hazard.found, hazard.first_deadline, hazard.deadline];
    let supervision = [&lead.more().supervision.value, &lead.more().supervision_document.value];
    let (source, level) = (lead.source.key(), hazard.level.key());
    format!("{source} {level} {text:?} {days:?} {:?} {supervision:?}", hazard.fund)
}

/// Compares the end of a year with the beginning of the next.
fn check_carried(inbox: &Path, at: Date) {
    let run = assess(inbox, &on(at));
    let closing = run.ledger.balance(at).closing();
    let open: BTreeSet<_> = run.ledger.open(at).map(|hazard| told(&run, hazard)).collect();
    assert_eq!(usize::try_from(closing).ok(), Some(run.ledger.open(at).count()));
    assert_eq!(run.ledger.all_closed(at), closing == 0);
    let next = next_year(inbox, closing_list(&run));
    for later in ["2027-01-01", "2027-12-31"] {
        let next = assess(next.path(), &on(day(later)));
        assert_eq!(next.ledger.balance(day(later)).opening, closing, "{later}");
        let opening: BTreeSet<_> = next.ledger.open(day(later)).map(|hazard| told(&next, hazard)).collect();
        assert_eq!(opening, open, "{later}");
        assert!(next.ledger.hazards.iter().all(|hazard| hazard.carried));
        let told: Vec<_> =
            next.problems.iter().filter(|one| one.code == ProblemCode::FinderUnknown).collect();
        assert!(told.is_empty(), "{told:?}");
    }
}

#[test]
fn a_year_opens_with_the_list_that_the_last_one_closed_with() {
    let whole = whole_town();
    check_carried(whole.path(), AS_OF);
    // Any town will do: those that lack some of the filings leave other hazards open.
    let mut seed: u64 = 20_261_231;
    for _ in 0..3 {
        let mut random = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            seed >> 33
        };
        let part = tempfile::tempdir().expect("a folder");
        let files = files_below(whole.path());
        let kept: Vec<_> =
            files.into_iter().filter(|(name, _)| name.starts_with("基础/") || random() % 2 == 0).collect();
        fill(part.path(), &kept);
        check_carried(part.path(), AS_OF);
    }
}

#[test]
fn the_list_beside_the_filings_it_was_made_from_changes_nothing() {
    let whole = whole_town();
    let run = assess(whole.path(), &settings());
    fill(whole.path(), &[("上年结转/未销号清单.xlsx".to_owned(), closing_list(&run))]);
    let again = assess(whole.path(), &settings());
    assert_eq!(again.ledger.hazards.len(), run.ledger.hazards.len());
    assert_eq!(again.ledger.balance(AS_OF), run.ledger.balance(AS_OF));
}

const HEADER: [&str; 20] = [
    "序号",
    "排查日期",
    "单位名称",
    "隐患部位",
    "隐患描述",
    "隐患等级",
    "整改责任人",
    "整改期限",
    "延期至",
    "延期审批人",
    "整改完成日期",
    "复查人",
    "整改前照片",
    "整改后照片",
    "挂牌督办级别",
    "督办文号",
    "最近报告日期",
    "上年结转",
    "监管部门",
    "备注",
];

/// A village's list with these rows; the columns from 隐患描述 on.
fn village(rows: &[[&str; 14]]) -> (Run, tempfile::TempDir) {
    let mut sheet = vec![vec!["2026年12月上庄村隐患清单"], HEADER.to_vec()];
    for (number, row) in rows.iter().enumerate() {
        let [
            found,
            text,
            level,
            deadline,
            extended,
            approver,
            done,
            rechecker,
            after,
            supervised,
            document,
            reported,
            carried,
            who,
        ] = *row;
        let number = ["1", "2", "3", "4", "5", "6"][number];
        sheet.push(vec![
            number,
            found,
            "沿街门店",
            "店内",
            text,
            level,
            who,
            deadline,
            extended,
            approver,
            done,
            rechecker,
            "IMG_1",
            after,
            supervised,
            document,
            reported,
            carried,
            "应急办",
            "",
        ]);
    }
    let inbox = tempfile::tempdir().expect("a folder");
    let base = files_below(whole_town().path()).into_iter().filter(|(name, _)| name.starts_with("基础/"));
    let mut files: Vec<_> = base.collect();
    files.push(("村月报/2026-12/V01_隐患月报.xlsx".to_owned(), workbook("隐患清单", &sheet)));
    fill(inbox.path(), &files);
    (assess(inbox.path(), &settings()), inbox)
}

#[test]
fn an_extension_counts_when_somebody_approved_it() {
    let row = |text: &'static str, extended: &'static str, approver: &'static str| {
        ["2026-11-01", text, "一般", "2026-11-20", extended, approver, "", "", "", "", "", "", "", "甲"]
    };
    let (run, _) = village(&[
        row("灭火器压力不足", "2027-01-15", "秦镇长"),
        row("配电箱未接地", "2027-01-15", ""),
        row("安全出口堵塞", "2026-11-10", "秦镇长"),
        row("疏散标志损坏", "", ""),
    ]);
    let shown: Vec<_> =
        run.ledger.hazards.iter().map(|one| (one.deadline, one.first_deadline, one.state(AS_OF))).collect();
    let given = Some(day("2026-11-20"));
    let overdue = (given, None, Some(HazardState::Overdue));
    let extended = (Some(day("2027-01-15")), given, Some(HazardState::NotDue));
    assert_eq!(shown, [extended, overdue, overdue, overdue]);
    let refused: Vec<_> = run
        .problems
        .iter()
        .filter(|one| one.code == ProblemCode::ExtensionRefused)
        .map(|one| (one.at.cell.expect("a cell").to_string(), one.args.concat()))
        .collect();
    assert_eq!(
        refused,
        [
            ("I4".to_owned(), "延期无审批人,仍按原期限".to_owned()),
            ("I5".to_owned(), "延期日期不晚于原期限,仍按原期限".to_owned()),
        ]
    );
}

#[test]
fn supervision_reports_and_an_earlier_year_are_told_down_to_the_cell() {
    let (run, inbox) = village(&[
        [
            "2026-10-01",
            "液氨管线泄漏",
            "重大",
            "2027-03-01",
            "",
            "",
            "",
            "",
            "",
            "县级",
            "平安督〔2026〕7号",
            "2026-11-15",
            "",
            "甲",
        ],
        ["2025-11-01", "安全出口堵塞", "一般", "2025-12-01", "", "", "", "", "", "否", "", "", "是", "甲"],
        ["", "疏散标志损坏", "一般", "", "", "", "", "", "", "", "", "", "是", "甲"],
        [
            "2026-12-01",
            "灭火器压力不足",
            "一般",
            "2026-12-20",
            "",
            "",
            "2026-12-10",
            "乙",
            "IMG_2",
            "",
            "",
            "",
            "否",
            "甲",
        ],
    ]);
    // Opened with two, found two, closed one.
    let balance = run.ledger.balance(AS_OF);
    assert_eq!((balance.opening, balance.found, balance.closed, balance.closing()), (2, 2, 1, 3));
    assert!(!run.ledger.all_closed(AS_OF));
    let major = run.ledger.hazards.iter().find(|one| one.level.key() == "major").expect("the major hazard");
    // From 15 November to 31 December.
    assert_eq!(run.ledger.report_overdue(major, AS_OF), Some(46));
    assert_eq!(run.ledger.report_overdue(major, day("2026-12-15")), None);
    let out = tempfile::tempdir().expect("a folder");
    let path = |path: &Path| path.to_str().expect("a plain path").to_owned();
    let (inbox, out) = (path(inbox.path()), path(out.path()));
    let _ = acceptance::anping(&["ledger", &inbox, "--as-of", "2026-12-31", "-o", &out]);
    let told = acceptance::anping(&["explain", &out, &major.id]).out;
    for part in [
        "挂牌督办:县级;文号:平安督〔2026〕7号",
        "督办文号=平安督〔2026〕7号(P3)",
        "已46天无治理进展报告(间隔要求未核实)",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let carried = run.ledger.hazards.iter().find(|one| one.carried && one.found.is_some()).expect("it");
    let told = acceptance::anping(&["explain", &out, &carried.id]).out;
    assert!(told.contains("上年结转") && !told.contains("挂牌督办:"), "{told}");
}

#[test]
fn a_carried_hazard_is_closed_by_the_same_gate_in_the_list_itself() {
    let whole = whole_town();
    let run = assess(whole.path(), &settings());
    let sheets = acceptance::sheets(&closing_list(&run));
    let (name, mut rows) = sheets.into_iter().find(|(name, _)| name == "下年结转").expect("the sheet");
    let header = rows.iter().position(|row| row.iter().any(|cell| cell == "上年编号")).expect("a header");
    let column = |key: &str| rows[header].iter().position(|cell| cell == key).expect("a column");
    let [done, rechecker, after, source] = ["整改完成日期", "复查人", "整改后照片", "发现来源"].map(column);
    // One with its evidence, one without: only lists with such columns are tested by them.
    let tested: Vec<_> = (header + 1..rows.len())
        .filter(|at| ["村月报", "应急办检查"].contains(&rows[*at][source].as_str()))
        .collect();
    let [first, second, ..] = tested[..] else { panic!("two of them: {rows:#?}") };
    for (at, picture) in [(first, "IMG_9001"), (second, "")] {
        rows[at][done] = "2027-01-20".to_owned();
        rows[at][rechecker] = "另一人".to_owned();
        rows[at][after] = picture.to_owned();
    }
    let rows: Vec<Vec<String>> = rows
        .into_iter()
        .map(|row| {
            let serial = |cell: String| match cell.parse::<i64>() {
                Ok(serial @ 40_000..=60_000) => {
                    day("1899-12-30").saturating_add(jiff::Span::new().days(serial)).to_string()
                }
                _ => cell,
            };
            row.into_iter().map(serial).collect()
        })
        .collect();
    let rows: Vec<Vec<&str>> = rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
    let next = next_year(whole.path(), workbook(&name, &rows));
    let after = assess(next.path(), &on(day("2027-06-30")));
    let balance = after.ledger.balance(day("2027-06-30"));
    assert_eq!((balance.opening, balance.closed), (run.ledger.balance(AS_OF).closing(), 1));
    let refused = after.ledger.hazards.iter().filter(|hazard| hazard.refusal.is_some()).count();
    assert_eq!(refused, 1, "the one without a picture");
}
