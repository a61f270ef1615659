//! What is read of a unit, and what is odd about it, from tables put together by hand.

use super::*;
use crate::model::{CellRef, Role, Source, SourceId};
use crate::yearend::built_in_rules;

/// A value as intake makes it.
fn value(text: &str) -> Value {
    if text.is_empty() {
        Value::Absent
    } else if text == "缺项" {
        Value::Verdict(Verdict::NotApplicable)
    } else if let Ok(day) = text.parse() {
        Value::Day(day)
    } else if let Ok(number) = text.parse() {
        Value::Number(number)
    } else if let Some(rest) = text.strip_prefix('!') {
        Value::Fault(rest.into())
    } else {
        Value::Text(text.into())
    }
}

/// A table of one source: kind, title, unit of its information block, columns, rows with `|` between.
fn table(source: u32, kind: &str, title: &str, unit: &str, fields: &str, rows: &[&str]) -> Table {
    let at = |row0, col0| Provenance { source: SourceId(source), sheet: 0, cell: CellRef::new(row0, col0) };
    let cell = |text: &str, row0, col0| Cell { value: value(text), raw: text.into(), at: at(row0, col0) };
    let fields: Vec<_> = fields.split_whitespace().map(str::to_owned).collect();
    let record = |(row0, row): (u32, &&str)| Record {
        row0,
        cells: (0..).zip(row.split('|')).map(|(col0, text)| cell(text.trim(), row0, col0)).collect(),
    };
    Table {
        role: Role::Rows { kind: kind.to_owned() },
        layout: kind.to_owned(),
        at: at(1, 0),
        title: title.to_owned(),
        title_at: at(0, 0),
        form: String::new(),
        info: if unit.is_empty() { Vec::new() } else { vec![("unit".to_owned(), cell(unit, 0, 9))] },
        facts: Vec::new(),
        fields,
        rows: (2..).zip(rows).map(record).collect(),
        totals: Vec::new(),
        sums: Vec::new(),
        items: Vec::new(),
        pictures: BTreeMap::new(),
        comments: BTreeMap::new(),
    }
}

const LINES: &str = "code category requirement points deduction reason got";

fn villages() -> Table {
    table(
        0,
        "villages",
        "",
        "",
        "number name assessed",
        &["V01 | 上庄村 | 是", "V02 | 桥头村 |", "V03 | 古井村 | 否"],
    )
}

fn departments() -> Table {
    let rows = ["D01 | 派出所 | 一类", "D02 | 上庄村 | 二类", "D00 | 应急办 | 组织单位", "D04 | 学校 |"];
    table(0, "departments", "", "", "number name class", &rows)
}

/// What is read of the tables, and the problems: code, cell, what is expected.
fn read_all(tables: &[Table]) -> (YearEnd, Vec<String>) {
    let source = |name: &str| Source {
        path: format!("考核/{name}.xlsx"),
        digest: String::new(),
        len: 0,
        sheets: vec!["表".to_owned()],
        missing: false,
    };
    let sources = Sources(["组织机构", "村_V01_核查", "三"].map(source).to_vec());
    let register =
        Register { enterprises: Vec::new(), county: "平川县".to_owned(), town: "青石镇".to_owned() };
    let (year_end, problems) =
        read(&sources, tables, (&register, &Resolver::new(&register)), &built_in_rules(), 2026);
    let shown = |problem: &Problem| {
        let cell = problem.at.cell.map_or_else(String::new, |cell| cell.to_string());
        format!("{} {cell} {}", problem.code.key(), problem.args.join(" "))
    };
    (year_end, problems.iter().map(shown).collect())
}

fn check(tables: &[Table], problems: &[&str]) -> YearEnd {
    let (year_end, found) = read_all(tables);
    let found: Vec<_> = found.iter().map(|line| line.trim_end()).collect();
    assert_eq!(found, problems);
    year_end
}

#[test]
fn units_are_those_of_the_organisation() {
    let year_end = check(&[villages()], &[]);
    let numbers: Vec<_> = year_end.units.iter().map(|unit| &*unit.unit.number).collect();
    assert_eq!(numbers, ["V01", "V02"]);
    // Once an assessment has begun a department without a class is asked about.
    let quarters = table(1, "quarter-scores", "", "", "number unit q3", &["V01 | 上庄村 | 90"]);
    let year_end = check(&[departments(), quarters], &["assessment_incomplete A6 填写考核类别"]);
    let classes: Vec<_> = year_end.units.iter().map(|unit| (&*unit.unit.number, &*unit.unit.class)).collect();
    assert_eq!(classes, [("D01", "一"), ("D02", "二")]);
}

#[test]
fn names_are_written_in_many_ways() {
    for (number, name, problems, owner) in [
        ("V02", "桥头村", &[][..], Some(1)),
        ("v02", "乔头村", &[], Some(1)),
        ("", "平川县青石镇桥头村村民委员会", &[], Some(1)),
        ("", "青石镇桥头村委会", &[], Some(1)),
        ("", "桥头村(居)", &[], Some(1)),
        ("", "桥头 V02", &[], Some(1)),
        ("V09", "桥头村", &[], Some(1)),
        ("V01", "桥头村", &["assessed_unit_unclear A3 V01为上庄村、V02为桥头村"], None),
        ("V09", "不认识", &["assessed_unit_unknown A3"], None),
    ] {
        let row = format!("{number} | {name} | 90");
        let quarters = table(1, "quarter-scores", "", "", "number unit q3", &[&row]);
        let (year_end, found) = read_all(&[villages(), quarters]);
        let found: Vec<_> = found.iter().map(|line| line.trim_end()).collect();
        assert_eq!(found, problems, "{number} {name}");
        let with: Vec<_> =
            (0..year_end.units.len()).filter(|at| !year_end.units[*at].quarters.is_empty()).collect();
        assert_eq!(with, owner.into_iter().collect::<Vec<_>>(), "{number} {name}");
    }
}

#[test]
fn a_name_of_two_units_is_decided_by_the_file_or_by_nobody() {
    let sheet =
        |source| table(source, "assessment-verified", "", "上庄村", LINES, &["VL-11 | | | 4 | 1 | | 3"]);
    let year_end = check(
        &[villages(), departments(), sheet(1)],
        &[
            "assessment_incomplete A6 填写考核类别",
            "assessment_incomplete A3 缺平时考核季度得分",
            "assessment_incomplete A4 缺核查评分表,或其中有无法采用的分值;缺平时考核季度得分",
        ],
    );
    assert!(year_end.units[0].verified.is_some());
    check(
        &[villages(), departments(), sheet(2)],
        &[
            "assessment_incomplete A6 填写考核类别",
            "assessed_unit_unclear J1 组织机构中不止一个同名单位,填写编号",
        ],
    );
}

#[test]
fn lines_of_a_sheet_are_read_or_told() {
    let quarters = || table(1, "quarter-scores", "", "", "number unit q3", &["V01||90", "V02||90"]);
    let other = || table(2, "assessment-verified", "", "桥头村", LINES, &["VL-11 | | | 4 | | | 4"]);
    for (rows, problems, total) in [
        (&["VL-11 | | | 4 | 1 | | 3", "VL-12 | | | 2 | 缺项 | | 缺项"][..], &[][..], Some("3/4")),
        (&["VL-11 | | | 4 | 5 | | 0"], &["deduct_over_points E3 4"], Some("0/4")),
        (&["VL-11 | | | 4 | 1 | | 4"], &["line_mismatch G3 3"], Some("3/4")),
        (&["VL-11 | | | 4 | | | 3"], &["line_mismatch G3 4"], Some("4/4")),
        (&["VL-11 | | | 4 | 1 | | 3", "vl-11 | | | 4 | 1 | | 3"], &["item_twice A4 A3"], Some("3/4")),
        (
            &["VL-11 | | | 40000 | 1 | | 3"],
            &[
                "assessment_range D3 0—10000,小数不超过9位",
                "assessment_incomplete A3 缺核查评分表,或其中有无法采用的分值",
            ],
            None,
        ),
        // What cannot be read is told by intake.
        (
            &["VL-11 | | | 4 | !一点 | | 3"],
            &["assessment_incomplete A3 缺核查评分表,或其中有无法采用的分值"],
            None,
        ),
    ] {
        let sheet = table(1, "assessment-verified", "", "上庄村", LINES, rows);
        let year_end = check(&[villages(), quarters(), sheet, other()], problems);
        let found =
            year_end.units[0].verified.as_ref().map(|sheet| format!("{}/{}", sheet.got, sheet.possible));
        assert_eq!(found.as_deref(), total, "{rows:?}");
    }
}

#[test]
fn bonuses_accidents_and_objections_say_what_they_lack() {
    let bonus =
        |row: &str| table(2, "bonus", "", "", "number unit sense matter rank points evidence", &[row]);
    for (row, problems) in [
        ("V01|上庄村|加分|甲|县级|1|1号", &[][..]),
        ("V01|上庄村|加分|甲|县级|1|", &["bonus_no_evidence G3"]),
        ("V01|上庄村|加分|甲|县级|1|无", &["bonus_no_evidence G3"]),
        ("V01|上庄村|奖励|甲|县级|1|1号", &["bonus_unclear C3 类型填 加分 或 扣分"]),
        ("V01|上庄村|加分|甲|县级||1号", &["bonus_unclear F3 填写分值"]),
        ("V01|上庄村|加分|甲|县级|500|1号", &["assessment_range F3 0—100,小数不超过9位"]),
        ("V01|上庄村|加分|甲|县级|4|1号", &["bonus_cap F3 3"]),
        ("E001|某厂|加分|甲|县级|1|1号", &["assessed_unit_unknown A3"]),
    ] {
        check(&[villages(), bonus(row)], problems);
    }
    let accidents = |row: &str| {
        table(2, "accidents", "", "", "date village number unit type deaths injured liability", &[row])
    };
    for (row, problems, vetoes) in [
        ("2026-10-14|上庄村||||1|0|是", &[][..], 1),
        ("2026-10-14|青石镇上庄村委会||||1|0|是", &[], 1),
        ("2026-10-14|上庄村||||0|0|是", &[], 0),
        ("2026-10-14|上庄村||||1|0|否", &[], 0),
        ("2026-10-14|上庄村||||1|0|待定", &["accident_unclear H3 是否责任事故填 是 或 否"], 0),
        ("2026-10-14|上庄村|||||0|是", &["accident_unclear F3 填写死亡人数,没有的填0"], 0),
        ("2025-10-14|上庄村||||1|0|是", &[], 0),
        // A day that does not exist does not undo a death.
        ("!10月32日|上庄村||||1|0|是", &[], 1),
        ("2026-10-14|不认识||||1|0|是", &["assessed_unit_unknown B3"], 0),
    ] {
        let year_end = check(&[villages(), accidents(row)], problems);
        let results =
            crate::yearend::assess(&year_end, &built_in_rules(), crate::yearend::Objections::Before);
        assert_eq!(results[0].vetoes.len(), vetoes, "{row}");
    }
    let objections = |row: &str| {
        table(2, "objections", "", "", "number unit item before points score reason approved_by date", &[row])
    };
    let sheet = || table(1, "assessment-verified", "", "上庄村", LINES, &["VL-11 | | | 100 | 1 | | 99"]);
    for (row, problem) in [
        ("V01|上庄村|VL-11|甲|0.5|99.5|补证|主任|2027-01-08", None),
        ("V01|上庄村|VL-12|甲|0.5|99.5|补证|主任|2027-01-08", Some("objection_unclear C3 核查表中的考核项")),
        ("V01|上庄村|VL-11|甲|0.5||补证|主任|2027-01-08", Some("objection_unclear F3 填写调整后年终得分")),
        ("V01|上庄村|VL-11|甲|0.5|99.5||主任|2027-01-08", Some("objection_unclear G3 填写理由及证据")),
        ("V01|上庄村|VL-11|甲|0.5|99.5|补证||2027-01-08", Some("objection_unclear H3 填写批准人")),
        ("V01|上庄村|VL-11|甲|0.5|99.5|补证|主任|", Some("objection_unclear I3 填写批准日期")),
        ("V01|上庄村|VL-11|甲|0.5|100|补证|主任|2027-01-08", Some("objection_mismatch F3 99+0.5=99.5")),
        ("V01|上庄村|VL-11|甲|2|101|补证|主任|2027-01-08", Some("assessment_range F3 0—100,小数不超过9位")),
        ("V01|上庄村|VL-11|甲|1.5|99|补证|主任|2027-01-08", Some("objection_mismatch F3 VL-11 只扣了1分")),
    ] {
        let (_, found) = read_all(&[villages(), sheet(), objections(row)]);
        let found: Vec<_> = found.iter().filter(|line| !line.starts_with("assessment_incomplete")).collect();
        let first = found.first().map(|line| line.as_str());
        assert_eq!(first, problem, "{row}: {found:?}");
    }
}

#[test]
fn tables_of_another_year_are_left_aside_where_there_is_a_right_one() {
    let quarters = |title: &str, score: &str| {
        table(1, "quarter-scores", title, "", "number unit q3", &[&format!("V01||{score}")])
    };
    let tables = [villages(), quarters("2025年季度得分", "80"), quarters("2026年季度得分", "90")];
    let year_end = check(&tables, &["old_template A1 2026年"]);
    assert_eq!(year_end.units[0].quarters[0].score, Some(Decimal::from(90)));
    let year_end = check(&tables[..2], &["old_template A1 2026年"]);
    assert_eq!(year_end.units[0].quarters[0].score, Some(Decimal::from(80)));
    assert_eq!(year_of(&tables), Some(2026));
    assert_eq!(year_of(&tables[..1]), None);
}

/// An enterprise of the register, by number and name.
fn enterprise(number: &str, name: &str) -> crate::model::Enterprise {
    crate::model::Enterprise {
        number: number.to_owned(),
        name: name.to_owned(),
        former_name: String::new(),
        code: String::new(),
        code_valid: false,
        village: "桥头村".to_owned(),
        sector: String::new(),
        kind: String::new(),
        venues: Vec::new(),
        department: String::new(),
        risk: String::new(),
        entered: None,
        left: None,
        standard: crate::model::Certificate::default(),
        at: Provenance { source: SourceId(0), sheet: 0, cell: CellRef::new(9, 0) },
    }
}

#[test]
fn what_names_an_enterprise_is_told_of_it() {
    let enterprises = ["兴捷机械制造有限公司", "桥头村鑫达加油站"];
    let numbered = (1..).zip(enterprises).map(|(number, name)| enterprise(&format!("E{number:03}"), name));
    let register =
        Register {
            enterprises: numbered.collect(), county: "平川县".to_owned(), town: "青石镇".to_owned()
        };
    let columns = "number unit item points score reason approved_by date";
    for (number, name, problems, owner) in [
        ("E001", "兴捷机械制造有限公司", &[][..], Some(0)),
        ("e001", "", &[], Some(0)),
        ("", "平川县青石镇兴捷机械制造有限公司", &[], Some(0)),
        ("E001", "桥头村鑫达加油站", &["assessed_unit_unclear A3"], None),
        // A village is not the enterprise that its name is a part of, nor is half a name enough.
        ("", "桥头村", &["objection_unclear C3"], None),
        ("", "兴捷机械", &["assessed_unit_unknown A3"], None),
        ("E009", "不认识", &["assessed_unit_unknown A3"], None),
    ] {
        let row = format!("{number} | {name} | ER-101 | 1 | 90 | 补证 | 主任 | 2027-01-08");
        let objections = table(1, "objections", "", "", columns, &[&row]);
        let self_rows = ["ER-101 | | | 5 | | | 4", "ER-102 | | | 5 | | | 缺项"];
        let own = table(2, "assessment-self", "", name, LINES, &self_rows);
        let source = |name: &str| Source {
            path: format!("考核/{name}.xlsx"),
            digest: String::new(),
            len: 0,
            sheets: vec!["表".to_owned()],
            missing: false,
        };
        let sources = Sources(["组织机构", "异议", "自评"].map(source).to_vec());
        let resolver = Resolver::new(&register);
        let tables = [villages(), objections, own];
        let (year_end, found) = read(&sources, &tables, (&register, &resolver), &built_in_rules(), 2026);
        let shown = |problem: &Problem| {
            let cell = problem.at.cell.map_or_else(String::new, |cell| cell.to_string());
            format!("{} {cell}", problem.code.key())
        };
        let of_objections = found.iter().filter(|problem| problem.at.source == SourceId(1));
        let found: Vec<_> = of_objections.map(shown).collect();
        assert_eq!(found, problems, "{number} {name}");
        let with = |id: usize| year_end.told.get(&EnterpriseId(id as u32));
        let objected: Vec<_> =
            (0..2).filter(|id| with(*id).is_some_and(|told| !told.objections.is_empty())).collect();
        assert_eq!(objected, owner.into_iter().collect::<Vec<_>>(), "{number} {name}");
        if owner.is_some() && !name.is_empty() {
            let own = with(0).and_then(|told| told.own.as_ref()).expect("its self-assessment");
            assert_eq!((own.got, own.possible), (Decimal::from(4), Decimal::from(5)), "{name}");
        }
    }
}

#[test]
fn who_is_not_assessed_is_kept_with_the_reason() {
    let fields = "number name assessed reason";
    let rows = [
        "V01 | 上庄村 | 是 |",
        "V09 | 荒山村 | 否 | 整村搬迁",
        "V08 | 新村 | 否 |",
        "V09 | 荒山村 | 否 | 再次",
    ];
    let year_end = check(&[table(0, "villages", "", "", fields, &rows)], &[]);
    let excused = year_end.excused.iter().map(|one| format!("{} {}", one.unit.number, one.reason));
    assert_eq!(excused.collect::<Vec<_>>(), ["V08 ", "V09 整村搬迁"]);
}

#[test]
fn ranks_of_the_year_before_come_from_its_own_report() {
    let ranking = |source, year: &str, rows: &[&str]| {
        table(source, "ranking", &format!("{year}年度村(居)得分汇总表"), "", "rank unit", rows)
    };
    let ranks = |tables: &[Table], problems: &[&str]| {
        let year_end = check(&[&[villages()], tables].concat(), problems);
        let ranks = year_end.before.units.iter().map(|(unit, (rank, _))| format!("{unit} {rank}"));
        ranks.collect::<Vec<_>>()
    };
    let rows = ["1 | 桥头村委会", "— | 上庄村", "2 | 撤并村", "3 |", "| 上庄村"];
    assert_eq!(ranks(&[ranking(1, "2025", &rows)], &[]), ["V01 —", "V02 1"]);
    // This year's report, as it went up, and that of two years ago say nothing about last year.
    assert_eq!(ranks(&[ranking(1, "2026", &rows), ranking(2, "2024", &rows)], &[]), [""; 0]);
    // The same twice is harmless; two ranks of one unit are not.
    assert_eq!(ranks(&[ranking(1, "2025", &rows), ranking(2, "2025", &rows[..1])], &[]), ["V01 —", "V02 1"]);
    let other = ranking(2, "2025", &["2 | 桥头村"]);
    let told = "assessment_twice A3 考核/村_V01_核查.xlsx › 表 › A3";
    assert_eq!(ranks(&[ranking(1, "2025", &rows), other], &[told]), ["V01 —"]);
}
