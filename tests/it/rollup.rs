//! Reports of townships become those of a county, and those of counties that of a city. Totals are
//! worked by hand; the townships' reports are made by the program, or typed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use acceptance::{AS_OF, Ran, anping, files_below, fill, sheets};
use anping::cli::Exit;
use anping::model::Date;
use anping::report::form::{self, Fact, FactValue, Facts};
use anping::report::standard::{Entry, Given, Layout, Origin, workbook};
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};

pub(super) type File = (String, Vec<u8>);

/// Columns of the report by sector that are counted, in the order of the rows below.
const KEYS: [&str; 5] = ["units", "general_found", "general_closed", "major_found", "fund"];

/// A row: group, label, numbers; an empty number is not known.
pub(super) type Line<'t> = (&'t str, &'t str, [&'t str; 5]);

fn entry(key: &str, (_, label, numbers): &Line<'_>) -> Entry {
    let mut given = BTreeMap::from([(key.to_owned(), Given::Text((*label).to_owned()))]);
    for (key, number) in KEYS.iter().zip(numbers) {
        let number = number.parse().map_or(Given::Unknown, Given::Number);
        given.insert((*key).to_owned(), number);
    }
    Entry { given, ..Entry::default() }
}

/// A report as the program makes it.
pub(super) fn made(layout: &str, label: &str, issuer: &str, day: Date, lines: &[Line<'_>]) -> Vec<u8> {
    let layouts = Layout::built_in();
    let layout = layouts.iter().find(|known| known.name == layout).expect("a built-in layout");
    let mut entries: Vec<Entry> = Vec::new();
    let mut open = "";
    for line in lines {
        let one = entry(label, line);
        match (line.0, entries.last_mut()) {
            ("", _) => entries.push(one),
            (group, Some(last)) if group == open => last.below.push(one),
            (group, _) => {
                let given = BTreeMap::from([(label.to_owned(), Given::Text(group.to_owned()))]);
                entries.push(Entry { given, below: vec![one], ..Entry::default() });
            }
        }
        open = line.0;
    }
    let origin = Origin {
        program: "1".to_owned(),
        as_of: day,
        issuer: issuer.to_owned(),
        inputs: String::new(),
        rules: String::new(),
    };
    let as_of = format!("{}年{}月{}日", day.year(), day.month(), day.day());
    let words =
        BTreeMap::from([("year", day.year().to_string()), ("issuer", issuer.to_owned()), ("as_of", as_of)]);
    workbook(layout, &layout.fill(&entries), &words, &origin.named(&layout.name), day).expect("a report")
}

pub(super) fn sector(issuer: &str, lines: &[Line<'_>]) -> Vec<u8> {
    made("sector-hazards", "sector", issuer, AS_OF, lines)
}

/// 组织机构: name, other names, first and last day.
pub(super) fn organisation(units: &[(&str, &str, &str, &str)]) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("组织机构").expect("a name");
    let day = Format::new().set_num_format("yyyy-mm-dd");
    for (column, title) in (0..).zip(["下级单位", "别称", "有效期起", "有效期止"]) {
        sheet.write(0, column, title).expect("a cell");
    }
    for (row, (name, alias, from, until)) in (1..).zip(units) {
        sheet.write(row, 0, *name).expect("a cell");
        sheet.write(row, 1, *alias).expect("a cell");
        for (column, text) in (2..).zip([from, until]).filter(|(_, text)| !text.is_empty()) {
            let date = ExcelDateTime::parse_from_str(text).expect("a day");
            sheet.write_with_format(row, column, &date, &day).expect("a cell");
        }
    }
    book.save_to_buffer().expect("a workbook")
}

pub(super) const UNITS: [(&str, &str, &str, &str); 4] = [
    ("青石镇", "青石街道", "2020-01-01", ""),
    ("白沙镇", "", "2020-01-01", ""),
    ("红河乡", "", "2021-01-01", ""),
    // Became part of 红河乡.
    ("黑山乡", "", "2020-01-01", "2026-06-30"),
];

/// Three townships. 6/7, 5/8 and 0/1 closed: together 11/16, and not a mean of rates.
pub(super) fn townships() -> Vec<File> {
    let qingshi = sector(
        "青石镇人民政府",
        &[
            ("危险化学品企业", "生产企业", ["2", "7", "6", "1", "3.5"]),
            ("危险化学品企业", "加油站", ["1", "0", "0", "0", "0"]),
            ("烟花爆竹企业", "零售点", ["3", "8", "5", "0", "0"]),
            ("", "其他单位", ["1", "1", "1", "0", ""]),
        ],
    );
    let baisha = sector(
        "白沙镇",
        &[
            ("危险化学品企业", "生产企业", ["1", "8", "5", "2", "1.25"]),
            ("烟花爆竹企业", "零售点", ["2", "2", "2", "0", "0"]),
            // A line that this township has of its own.
            ("", "尾矿库", ["1", "1", "0", "0", "0"]),
            ("", "其他单位", ["0", "0", "0", "0", "0"]),
        ],
    );
    let honghe = sector(
        "红河乡",
        &[
            ("危险化学品企业", "生产企业", ["1", "1", "0", "0", "0"]),
            ("", "其他单位", ["4", "2", "2", "0", "0"]),
        ],
    );
    vec![
        ("组织机构.xlsx".to_owned(), organisation(&UNITS)),
        ("青石镇/R1.xlsx".to_owned(), qingshi),
        ("白沙镇/上报/月报.xlsx".to_owned(), baisha),
        ("红河乡报表.xlsx".to_owned(), honghe),
    ]
}

/// Adds up files as a level of this name.
pub(super) fn rolled(files: &[File], issuer: &str) -> (Ran, Vec<File>) {
    let (inbox, outbox) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    fill(inbox.path(), files);
    let ran = anping(&[
        "rollup",
        text(inbox.path()),
        "-o",
        text(outbox.path()),
        "--as-of",
        "2026-12-31",
        "--issuer",
        issuer,
    ]);
    (ran, files_below(outbox.path()))
}

pub(super) fn text(path: &Path) -> &str {
    path.to_str().expect("paths of the test are text")
}

pub(super) const R1: &str = "上报/2026年隐患排查治理情况报表(截止2026年12月31日).xlsx";
const R3: &str = "上报/安全生产大检查情况统计表(截止2026年12月31日).xlsx";
pub(super) const CHECK: &str = "汇总核对表(截止2026年12月31日).xlsx";

pub(super) fn file<'f>(files: &'f [File], name: &str) -> &'f [u8] {
    let found = files.iter().find(|(known, _)| known == name);
    &found.unwrap_or_else(|| panic!("no {name} among {:?}", files.iter().map(|f| &f.0).collect::<Vec<_>>())).1
}

/// The rows of a report below its headings: label, then the columns that are wanted, as they print.
pub(super) fn rows(files: &[File], name: &str, columns: &[usize]) -> Vec<String> {
    let report = &sheets(file(files, name))[0].1;
    let body = report.iter().position(|row| row.iter().any(|cell| cell == "(家)" || cell == "(个)"));
    let body = report[body.expect("a row of units") + 1..].iter();
    let body = body.take_while(|row| !row[0].starts_with("单位负责人"));
    body.map(|row| columns.iter().map(|at| row[*at].as_str()).collect::<Vec<_>>().join(" ")).collect()
}

/// What the list of problems says: severity, cell, what was found, what is expected.
pub(super) fn problems(files: &[File]) -> Vec<String> {
    let check = &sheets(file(files, CHECK))[0].1;
    let rows = check.iter().filter(|row| ["强制", "核实"].contains(&row[1].as_str()));
    rows.map(|row| format!("{} {} {} {} → {}", row[2], row[3], row[5], row[6], row[7])).collect()
}

/// Label, units, general hazards, closed, rate, major hazards, money.
pub(super) const COLUMNS: [usize; 7] = [0, 1, 2, 3, 4, 5, 14];

#[test]
fn townships_become_a_county_and_counties_a_city() {
    let (ran, county) = rolled(&townships(), "平川县");
    assert_eq!(ran.exit, Exit::Done, "{}{}", ran.out, ran.err);
    assert_eq!(problems(&county), [""; 0]);
    let expected = [
        "危险化学品企业 5 16 11 68.8% 3 4.75",
        "生产企业 4 16 11 68.8% 3 4.75",
        "加油站 1 0 0 / 0 0",
        "烟花爆竹企业 5 10 7 70.0% 0 0",
        "零售点 5 10 7 70.0% 0 0",
        "尾矿库 1 1 0 0.0% 0 0",
        // 青石镇 left the money of this line empty: the sum is not known, and neither is the total.
        "其他单位 5 3 3 100.0% 0 ",
        "合计 16 30 21 70.0% 3 ",
    ];
    assert_eq!(rows(&county, R1, &COLUMNS), expected);

    // Another county with a single township; the first county's report is an input as it is.
    let east = [(
        "东河镇/a.xlsx".to_owned(),
        sector("东河镇", &[("危险化学品企业", "加油站", ["1", "4", "3", "0", "2"])]),
    )];
    let (_, east) = rolled(&east, "东河县");
    let below = |county: &str, files: &[File]| -> Vec<File> {
        files.iter().map(|(name, bytes)| (format!("{county}/{name}"), bytes.clone())).collect()
    };
    let units = [("平川县", "", "2020-01-01", ""), ("东河县", "", "2020-01-01", "")];
    let mut inbox = below("平川县", &county);
    inbox.extend(below("东河县", &east));
    inbox.push(("市/组织机构.xlsx".to_owned(), organisation(&units)));
    let (ran, city) = rolled(&inbox, "滨海市");
    assert_eq!(ran.exit, Exit::Done, "{}{}", ran.out, ran.err);
    let expected = [
        "危险化学品企业 6 20 14 70.0% 3 6.75",
        "生产企业 4 16 11 68.8% 3 4.75",
        "加油站 2 4 3 75.0% 0 2",
        "烟花爆竹企业 5 10 7 70.0% 0 0",
        "零售点 5 10 7 70.0% 0 0",
        "尾矿库 1 1 0 0.0% 0 0",
        "其他单位 5 3 3 100.0% 0 ",
        "合计 17 34 24 70.6% 3 ",
    ];
    assert_eq!(rows(&city, R1, &COLUMNS), expected);
}

#[test]
fn the_order_of_files_does_not_matter() {
    let mut files = townships();
    let (_, one) = rolled(&files, "平川县");
    files.reverse();
    let (_, other) = rolled(&files, "平川县");
    assert!(one == other, "the bytes differ");
}

#[test]
fn a_report_of_units_has_a_row_for_each() {
    let inspection = |issuer: &str, lines: &[Line<'_>]| made("inspection", "unit", issuer, AS_OF, lines);
    let files = [
        ("组织机构.xlsx".to_owned(), organisation(&UNITS[..2])),
        (
            "白沙镇/R3.xlsx".to_owned(),
            inspection(
                "白沙镇",
                &[("", "上庄村", ["", "4", "1", "1", ""]), ("", "下庄村", ["", "3", "1", "0", ""])],
            ),
        ),
        ("青石镇/R3.xlsx".to_owned(), inspection("青石街道", &[("", "上庄村", ["", "1", "1", "0", ""])])),
    ];
    let (ran, county) = rolled(&files, "平川县");
    assert_eq!(ran.exit, Exit::Done, "{}", ran.out);
    // In the order of the organisation, and not of the files.
    let expected = ["青石镇 1 1 100.0% 0", "白沙镇 7 2 28.6% 1", "合计 8 3 37.5% 1"];
    assert_eq!(rows(&county, R3, &[1, 5, 6, 7, 8]), expected);
}

#[test]
fn a_number_leads_to_the_cell_of_the_township_and_is_verified() {
    let (inbox, outbox) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    fill(inbox.path(), &townships());
    let args = ["rollup", text(inbox.path()), "-o", text(outbox.path()), "--issuer", "平川县"];
    assert_eq!(anping(&args).exit, Exit::Done);
    let report = outbox.path().join(R1);
    let told = anping(&["explain", text(&report), "C9"]);
    for line in [
        "C9 生产企业 · 一般隐患/隐患数 = 16",
        "青石镇 青石镇/R1.xlsx › R1 › C9 = 7",
        "白沙镇 白沙镇/上报/月报.xlsx › R1 › C9 = 8",
        "红河乡 红河乡报表.xlsx › R1 › C9 = 1",
    ] {
        assert!(told.out.contains(line), "{line}: {}{}", told.out, told.err);
    }
    let verify = || anping(&["verify", text(&report), "--inbox", text(inbox.path())]);
    let verified = verify();
    assert_eq!(verified.exit, Exit::Done, "{}{}", verified.out, verified.err);
    assert!(verified.out.contains("逐字节相同"), "{}", verified.out);
    fs::remove_file(inbox.path().join("红河乡报表.xlsx")).expect("a file of the test");
    let verified = verify();
    assert_eq!(verified.exit, Exit::Findings, "{}", verified.out);
    assert!(verified.out.contains("C9: 报表为“16”,重算为“15”"), "{}", verified.out);
}

/// What is told when the townships' files are changed.
fn check(change: impl FnOnce(&mut Vec<File>), expected: &[&str]) {
    let mut files = townships();
    change(&mut files);
    let (ran, county) = rolled(&files, "平川县");
    assert_eq!(ran.exit, Exit::Findings, "{}", ran.out);
    assert_eq!(problems(&county), expected);
}

#[test]
fn who_is_missing_sent_twice_or_does_not_belong_is_told() {
    let line: [Line<'_>; 1] = [("", "其他单位", ["1", "1", "1", "0", "0"])];
    check(
        |files| files.retain(|(name, _)| !name.starts_with("白沙镇")),
        &["组织机构.xlsx 组织机构 › A3 应报单位未报送,汇总缺该单位 白沙镇 → R1 \
           矿山、危化、烟花爆竹、冶金等行业和领域安全生产隐患排查治理情况报表"],
    );
    check(
        |files| files.push(("青石镇/再报.xlsx".to_owned(), sector("青石镇", &line))),
        &["青石镇/再报.xlsx R1 › A3 同一单位的同一报表有两份,未计入本份  → 只计 青石镇/R1.xlsx › R1 › A3"],
    );
    // In the wrong folder, of a unit that is no longer one, of nobody.
    check(
        |files| files.push(("白沙镇/错放.xlsx".to_owned(), sector("红河乡", &line))),
        &[
            "白沙镇/错放.xlsx R1 › A2 报送单位无法确认,或截止日不属于本级,未计入 红河乡 → 所在文件夹为“白沙镇”",
        ],
    );
    check(
        |files| files.push(("黑山乡/R1.xlsx".to_owned(), sector("黑山乡", &line))),
        &[
            "黑山乡/R1.xlsx R1 › A2 报送单位无法确认,或截止日不属于本级,未计入 黑山乡 → “黑山乡”有效期 2020-01-01 至 \
           2026-06-30",
        ],
    );
    check(
        |files| files.push(("R1.xlsx".to_owned(), sector("邻县某镇", &line))),
        &["R1.xlsx R1 › A2 报送单位无法确认,或截止日不属于本级,未计入 邻县某镇 → 组织机构中的一个单位"],
    );
    let november = Date::constant(2026, 11, 30);
    check(
        |files| {
            files.retain(|(name, _)| !name.starts_with("红河乡"));
            let bytes = made("sector-hazards", "sector", "红河乡", november, &line);
            files.push(("红河乡/R1.xlsx".to_owned(), bytes));
        },
        &[
            "红河乡/R1.xlsx R1 › L2 截止日期与汇总日期不同,未计入 2026-11-30 → 2026-12-31",
            "组织机构.xlsx 组织机构 › A4 应报单位未报送,汇总缺该单位 红河乡 → R1 \
             矿山、危化、烟花爆竹、冶金等行业和领域安全生产隐患排查治理情况报表",
        ],
    );
}

/// The report by sector as a township types it: no 溯源, blanks before the table, numbers as it likes.
/// `rows`: label, then units, found, closed, rate, major ones, closed, rate, planned, and the five and
/// the money as `rest`.
fn typed(rows: &[(&str, [&str; 8], &str)]) -> Vec<u8> {
    let layouts = Layout::built_in();
    let layout = layouts.iter().find(|known| known.name == "sector-hazards").expect("a built-in layout");
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("Sheet1").expect("a name");
    sheet.write(1, 1, "2026年某某报表").expect("a cell");
    sheet.write(2, 1, "填报单位(章):红河乡应急办").expect("a cell");
    sheet.write(2, 9, "截止到 2026 年 12 月 31 日为止").expect("a cell");
    for (row, column, .., text) in layout.headings() {
        sheet.write(4 + row, 1 + column, text).expect("a cell");
    }
    for (row, (label, numbers, rest)) in (9..).zip(rows) {
        sheet.write(row, 1, *label).expect("a cell");
        let rest = [*rest; 6];
        for (column, text) in (2..).zip(numbers.iter().chain(&rest)).filter(|(_, text)| !text.is_empty()) {
            match (text.parse::<f64>(), text.strip_prefix('=')) {
                (Ok(number), _) => sheet.write(row, column, number),
                (_, Some(_)) => sheet.write_formula(row, column, Formula::new(*text).set_result("")),
                _ => sheet.write(row, column, *text),
            }
            .expect("a cell");
        }
    }
    let below = 9 + rows.len() as u32;
    sheet.write(below, 1, "单位负责人(签字):张三  填表人(签字):李四").expect("a cell");
    sheet.write(below + 1, 1, "备注:附件另送").expect("a cell");
    book.save_to_buffer().expect("a workbook")
}

fn with_typed(rows: &[(&str, [&str; 8], &str)]) -> (Ran, Vec<File>) {
    let mut files = townships();
    files.retain(|(name, _)| !name.starts_with("红河乡"));
    files.push(("红河乡/手工.xlsx".to_owned(), typed(rows)));
    rolled(&files, "平川县")
}

#[test]
fn a_typed_form_is_read_like_one_of_ours() {
    let (ran, county) = with_typed(&[
        ("危险化学品企业", ["1", "1", "0", "0", "0", "0", "/", "0"], "0"),
        ("  生产企业*", ["1", "1", "0", "0.0%", "0", "0", "—", "0"], "0"),
        ("其他单位", ["4", "2", "2", "1", "0", "0", "/", "0"], "0"),
        ("合  计", ["5", "3", "2", "66.7", "0", "0", "/", "0"], "0"),
    ]);
    assert_eq!(ran.exit, Exit::Done, "{}", ran.out);
    let (_, ours) = rolled(&townships(), "平川县");
    assert_eq!(rows(&county, R1, &COLUMNS), rows(&ours, R1, &COLUMNS));
}

#[test]
fn totals_and_rates_as_sent_are_only_compared() {
    let (ran, county) = with_typed(&[
        // The group says 2; its one row says 1, and holds.
        ("危险化学品企业", ["2", "1", "0", "0.0%", "0", "0", "/", "0"], "0"),
        ("生产企业", ["1", "1", "0", "0.0%", "0", "0", "/", "1"], "0"),
        // A group's line with nothing below it is a row.
        ("烟花爆竹企业", ["1", "4", "1", "30.0%", "0", "0", "/", "0"], "0"),
        ("其他单位", ["四", "-2", "2", "/", "0", "0", "/", "0"], "0"),
        ("合计", ["9", "7", "3", "60.0%", "0", "0", "/", "0"], "0"),
    ]);
    assert_eq!(ran.exit, Exit::Findings, "{}", ran.out);
    let told = problems(&county);
    let of_total = |cell: &str, found: &str, expected: &str| {
        format!("红河乡/手工.xlsx Sheet1 › {cell} 合计与各项之和不符,以各项为准 {found} → {expected}")
    };
    assert_eq!(
        told,
        [
            of_total("C10", "2", "1 = SUM(C11)"),
            of_total("J11", "1", "0 = G11-H11"),
            "红河乡/手工.xlsx Sheet1 › F12 整改率与重算结果不符 30.0% → 25.0% = E12 ÷ D12".to_owned(),
            "红河乡/手工.xlsx Sheet1 › C13 不是数字 四 → 数字".to_owned(),
            "红河乡/手工.xlsx Sheet1 › D13 数字为负 -2 → 不小于 0".to_owned(),
        ]
    );
    // Closed: 6+5+0, 5+2+1, 0, 1+0+2; units and found are not known where no number stands.
    let expected = [
        "危险化学品企业 5 16 11 68.8% 3 4.75",
        "生产企业 4 16 11 68.8% 3 4.75",
        "加油站 1 0 0 / 0 0",
        "烟花爆竹企业 6 14 8 57.1% 0 0",
        "零售点 5 10 7 70.0% 0 0",
        "未分项 1 4 1 25.0% 0 0",
        "尾矿库 1 1 0 0.0% 0 0",
        "其他单位   3  0 ",
        "合计   22  3 ",
    ];
    assert_eq!(rows(&county, R1, &COLUMNS), expected);
}

#[test]
fn a_form_whose_headings_have_changed_is_told_and_other_files_are_left_alone() {
    let mut files = townships();
    let mut book = Workbook::new();
    book.add_worksheet().write(0, 0, "会议签到").expect("a cell");
    files.push(("青石镇/签到.xlsx".to_owned(), book.save_to_buffer().expect("a workbook")));
    files.push(("青石镇/破.xlsx".to_owned(), b"PK\x03\x04 broken".to_vec()));
    let (ran, county) = rolled(&files, "平川县");
    assert_eq!(ran.exit, Exit::Findings, "{}", ran.out);
    let told = problems(&county);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("青石镇/破.xlsx  工作簿不完整或已损坏"), "{told:?}");
    let (_, without) = rolled(&townships(), "平川县");
    assert_eq!(rows(&county, R1, &COLUMNS), rows(&without, R1, &COLUMNS));
}

/// The authority's monthly form as a township fills it.
fn monthly(town: &str, sectors: &[(&str, i64, i64)]) -> Vec<u8> {
    let blank =
        form::built_in().into_iter().find(|form| form.name == "monthly-report").expect("a built-in form");
    let number = |number: i64| Fact { value: FactValue::Number(number.into()), from: String::new() };
    let text = |text: &str| Fact { value: FactValue::Text(text.to_owned()), from: String::new() };
    let day = [("year", 2026), ("month", 12), ("until_year", 2026), ("until_month", 12), ("until_day", 31)];
    let mut one: BTreeMap<_, _> = day.iter().map(|(key, n)| ((*key).to_owned(), number(*n))).collect();
    one.insert("town_government".to_owned(), text(&format!("{town}人民政府")));
    let keys = ["units", "major_found", "major_fixed", "planned", "planned_target", "planned_means"];
    let more = ["planned_people", "planned_deadline", "planned_measures", "planned_fund_wan"];
    let records = sectors.iter().map(|(sector, found, fixed)| {
        let zeros = keys.iter().chain(&more).map(|key| ((*key).to_owned(), number(0)));
        let mut record: BTreeMap<_, _> = zeros.collect();
        record.insert("sector".to_owned(), text(sector));
        record.insert("found".to_owned(), number(*found));
        record.insert("fixed".to_owned(), number(*fixed));
        record
    });
    let facts = Facts { one, lists: BTreeMap::from([("sectors".to_owned(), records.collect())]) };
    form::fill(blank.form, &blank.spec, &facts).expect("can be filled").remove(0).bytes
}

#[test]
fn an_authoritys_form_is_filled_again_from_the_forms_below() {
    let files = [
        ("组织机构.xlsx".to_owned(), organisation(&UNITS[..2])),
        ("青石镇/月报.xlsx".to_owned(), monthly("青石镇", &[("危险化学品", 7, 6), ("烟花爆竹", 2, 2)])),
        ("白沙镇/月报.xlsx".to_owned(), monthly("白沙镇", &[("危险化学品", 8, 5)])),
    ];
    let (ran, county) = rolled(&files, "平川县");
    assert_eq!(problems(&county), [""; 0], "{}", ran.out);
    assert_eq!(ran.exit, Exit::Done, "{}", ran.out);
    let name = "上报/隐患排查治理情况月报表(截止2026年12月31日).xlsx";
    let rows = &sheets(file(&county, name))[0].1;
    let row = |label: &str| {
        let row = rows.iter().find(|row| row[0].trim() == label).expect("a row of the form");
        row[2..5].join(" ")
    };
    assert_eq!(
        [row("危险化学品"), row("烟花爆竹"), row("合计")],
        ["15 11 73.33%", "2 2 100.00%", "17 13 76.47%"]
    );
    assert!(rows.iter().flatten().any(|cell| cell.contains("平川县人民政府")));
    // The result goes up once more.
    let again = [("平川县/月报.xlsx".to_owned(), file(&county, name).to_vec())];
    let (ran, city) = rolled(&again, "滨海市");
    assert_eq!(ran.exit, Exit::Done, "{}", ran.out);
    assert!(city.iter().any(|(known, _)| known == name), "{}", ran.out);
}
