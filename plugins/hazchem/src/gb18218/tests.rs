//! Worked examples of the standard, as rows of data.

use anping_sdk::{Context, Date, Param, Subject, assess};

use super::*;
use crate::Hazchem;

fn number_of(text: &str) -> Value {
    Value::Number(Decimal::parse(text).expect("a decimal"))
}

fn text_of(text: &str) -> Value {
    if text.is_empty() { Value::Absent } else { Value::Text(text.to_owned()) }
}

/// A unit with its list: name, CAS number, quantity, symbol.
fn unit(population: Option<&str>, list: &[[&str; 4]]) -> Subject {
    let mut subject = Subject::checked_on(Date::new(2026, 7, 16));
    subject.kind = CHECKLIST.kind_index("unit").expect("the kind stands in the checklist");
    if let Some(people) = population {
        subject = subject.fact(&CHECKLIST, "population", number_of(people)).expect("the fact stands there");
    }
    for [name, cas, quantity, symbol] in list {
        let cells = vec![text_of(name), text_of(cas), number_of(quantity), text_of(symbol)];
        subject = subject.row(&CHECKLIST, "substances", cells).expect("the table stands there");
    }
    subject
}

fn identified(subject: &Subject) -> Result<Assessed, Failure> {
    let context = Context { as_of: subject.date, parameters: Vec::new() };
    assess::<Hazchem>(&context, subject)
}

fn shown_indicator(assessed: &Assessed, code: &str) -> String {
    let index = CHECKLIST.gives_index(code).expect("the indicator stands in the checklist");
    let found = assessed.indicators.iter().find(|indicator| indicator.indicator == index);
    found.map_or_else(|| "-".to_owned(), |indicator| as_it_stands(&indicator.value))
}

/// `expected`: α, S, R, whether a source, level; `-` for what does not exist.
/// `lines`: name, q, Q, β, q/Q.
fn check(population: &str, list: &[[&str; 4]], expected: [&str; 5], lines: &[[&str; 5]]) {
    let assessed = identified(&unit(Some(population), list)).expect("nothing is wrong with the unit");
    let found =
        ["alpha", "S", "R", "major_hazard_source", "level"].map(|code| shown_indicator(&assessed, code));
    assert_eq!(found, expected.map(str::to_owned));
    let working = &assessed.indicators[0].working;
    let found: Vec<Vec<String>> = working[..lines.len()]
        .iter()
        .map(|step| {
            let params = step.params.iter().take(5).map(|param| match param {
                Param::Number(number) => number.to_string(),
                Param::Text(text) => text.clone(),
                other => panic!("neither a number nor a text: {other:?}"),
            });
            params.collect()
        })
        .collect();
    assert_eq!(found, lines.iter().map(|line| line.map(str::to_owned).to_vec()).collect::<Vec<_>>());
    assert_eq!(working.len(), list.len() + 1);
}

#[test]
fn the_sample_towns_units_come_out_as_worked_by_hand() {
    check(
        "35",
        &[
            ["苯", "71-43-2", "5", ""],
            ["甲醇", "67-56-1", "350", ""],
            // The check digit is wrong; the name decides.
            ["汽油", "86290-81-8", "40", ""],
        ],
        ["1.2", "1.0000", "1.2000", "是", "四级"],
        &[
            ["苯", "5", "50", "1", "0.1000"],
            ["甲醇", "350", "500", "1", "0.7000"],
            ["汽油", "40", "200", "1", "0.2000"],
        ],
    );
    check(
        "60",
        &[["液氨", "7664-41-7", "15", ""]],
        ["1.5", "1.5000", "4.5000", "是", "四级"],
        &[["液氨", "15", "10", "2", "1.5000"]],
    );
    check(
        "0",
        &[["丙酮", "67-64-1", "120", ""], ["乙酸乙酯", "141-78-6", "80", ""]],
        ["0.5", "0.4000", "-", "否", "-"],
        &[["丙酮", "120", "500", "1", "0.2400"], ["乙酸乙酯", "80", "500", "1", "0.1600"]],
    );
    check(
        "110",
        &[["汽油", "86290-81-5", "30", ""], ["柴油", "", "30", "W5.4"]],
        ["2.0", "0.1560", "-", "否", "-"],
        &[["汽油", "30", "200", "1", "0.1500"], ["柴油", "30", "5000", "1", "0.0060"]],
    );
}

#[test]
fn alpha_follows_table_5() {
    for (people, alpha) in [
        ("0", Some("0.5")),
        ("1", Some("1.0")),
        ("29", Some("1.0")),
        ("30", Some("1.2")),
        ("35.00", Some("1.2")),
        ("49", Some("1.2")),
        ("50", Some("1.5")),
        ("99", Some("1.5")),
        ("100", Some("2.0")),
        ("9223372036854775807", Some("2.0")),
        ("-1", None),
        ("0.5", None),
        ("99.999999999", None),
    ] {
        let found = alpha_of(Decimal::parse(people).expect("a decimal"));
        assert_eq!(found.map(|alpha| alpha.to_string()).as_deref(), alpha, "{people}");
    }
}

#[test]
fn level_follows_table_6() {
    for (r, level) in [
        ("0", "四级"),
        ("9.999999999", "四级"),
        ("10", "三级"),
        ("49.999999999", "三级"),
        ("50", "二级"),
        ("99.999999999", "二级"),
        ("100", "一级"),
        ("9223372036854775807", "一级"),
    ] {
        let found = level_of(Decimal::parse(r).expect("a decimal").ratio());
        assert_eq!(found, Some(level), "{r}");
    }
}

#[test]
fn every_substance_of_table_1_is_a_source_at_its_critical_quantity_and_not_below() {
    for [_, name, _, _, _, critical, ..] in crate::TABLE1 {
        let below = Decimal::parse(critical).expect("a decimal").ratio();
        let below = below.plus(Ratio::new(-1, 1000).expect("not zero")).and_then(|r| r.rounded(3));
        let below = below.expect("a small number").to_string();
        for (quantity, is_source) in [(*critical, "是"), (below.as_str(), "否")] {
            let assessed = identified(&unit(Some("0"), &[[name, "", quantity, ""]])).expect("it is known");
            assert_eq!(shown_indicator(&assessed, "major_hazard_source"), is_source, "{name} {quantity}");
        }
    }
}

/// The unit fails at this piece of evidence; positions count from 0, four to a line.
fn check_fails(subject: &Subject, at: Option<u32>, says: &str) {
    let failure = identified(subject).expect_err("something is wrong with the unit");
    assert!(failure.message.contains(says), "{}", failure.message);
    assert_eq!(failure.evidence, at, "{}", failure.message);
}

#[test]
fn a_failure_points_at_the_cell() {
    let good = ["苯", "71-43-2", "5", ""];
    check_fails(&unit(None, &[good, ["稀释剂", "", "1", ""]]), Some(4), "第 2 行“稀释剂”");
    check_fails(&unit(None, &[good, ["稀释剂", "", "1", "W9"]]), Some(7), "“W9”");
    check_fails(&unit(None, &[good, ["", "", "1", ""]]), Some(4), "第 2 行“”");
    check_fails(&unit(None, &[["苯", "", "-0.1", ""]]), Some(2), "负数");
    check_fails(&unit(None, &[["苯", "", "50", ""]]), None, "缺少厂界外500m常住人口");
    check_fails(&unit(Some("2.5"), &[["苯", "", "50", ""]]), Some(0), "“2.5”不是非负整数");
    let mut short = unit(None, &[good]);
    short.tables[0].rows[0].cells.pop();
    check_fails(&short, Some(0), "列数不符");
    let long: Vec<_> = std::iter::repeat_n(good, MOST_LINES + 1).collect();
    check_fails(&unit(None, &long), Some(4 * MOST_LINES as u32), "最多 300 行");
}

#[test]
fn numbers_that_do_not_fit_are_a_failure_and_never_a_wrong_level() {
    let huge = "9223372036854775807";
    check_fails(&unit(Some("0"), &[["碳酰氯", "", huge, ""]]), None, "数量过大");
    let assessed = identified(&unit(Some("0"), &[["氯", "", "0.000000001", ""]])).expect("small is exact");
    assert_eq!(shown_indicator(&assessed, "S"), "0.0000");
}

#[test]
fn a_name_in_a_sentence_is_one_printable_line() {
    let name = format!("稀\u{202e}释\n剂{}", "x".repeat(500));
    let failure = identified(&unit(None, &[[&name, "", "1", ""]])).expect_err("unknown");
    assert!(failure.message.chars().all(|c| !c.is_control() && c != '\u{202e}'));
    assert!(failure.message.len() < 512);
}

#[test]
fn columns_stand_where_the_code_looks_for_them() {
    let table = CHECKLIST.table_index("substances").expect("the table stands there");
    let codes: Vec<_> = CHECKLIST.tables[table as usize].columns.iter().map(|column| column.code).collect();
    assert_eq!(codes, ["substance", "cas", "quantity", "symbol"]);
    let row = Row { cells: Vec::new(), evidence: 7 };
    let places = [Column::Name, Column::Cas, Column::Quantity, Column::Symbol].map(|column| column.of(&row));
    assert_eq!(places, [7, 8, 9, 10]);
}
