//! What cells hold, and the values and remarks that come of it.

use std::borrow::Cow;

use super::*;
use crate::model::CellRef;

fn wanted(kind: Kind) -> Wanted<'static> {
    Wanted::plain(kind)
}

fn check(content: Content<'_>, wanted: &Wanted<'_>, expected: &str) {
    let cell = GridCell { at: CellRef::new(0, 0), content, formula: false };
    let context =
        Context { year: Some(2026), check_date: Some(Date::constant(2026, 7, 16)), epoch_1904: false };
    let (value, remarks) = read(&cell, wanted, &context);
    let mut found = match value {
        Value::Absent => "absent".to_owned(),
        Value::Text(text) => text.into(),
        Value::Number(number) => number.to_string(),
        Value::Day(day) => day.to_string(),
        Value::Fault(text) => format!("fault {text}"),
        Value::Verdict(verdict) => verdict.key().to_owned(),
        Value::Level(level) => level.key().to_owned(),
        Value::Flag(flag) => flag.to_string(),
    };
    for remark in remarks {
        found.push_str(&format!(" ! {} {}", remark.code.key(), remark.arg));
    }
    assert_eq!(found.trim_end(), expected, "{:?}", cell.content);
}

fn text(text: &str) -> Content<'_> {
    Content::Text(Cow::Borrowed(text))
}

#[test]
fn verdict_words_and_marks() {
    for (word, verdict) in [
        ("符合", "pass"),
        (" √ ", "pass"),
        ("✓", "pass"),
        ("是", "pass"),
        ("合格", "pass"),
        ("部分符合", "partial"),
        ("基本符合", "partial"),
        ("不 符 合", "fail"),
        ("×", "fail"),
        ("✗", "fail"),
        ("否", "fail"),
        ("不合格", "fail"),
        ("不涉及", "not-applicable"),
        ("缺项", "not-applicable"),
        ("不适用", "not-applicable"),
        ("空项", "not-applicable"),
        ("/", "not-applicable"),
        ("／", "not-applicable"),
        ("—", "not-applicable"),
        ("未查", "not-checked"),
        ("未检查", "not-checked"),
        ("待查", "not-checked"),
        ("大概", "fault 大概 ! verdict_unknown"),
        ("   ", "absent"),
    ] {
        check(text(word), &wanted(Kind::Verdict), verdict);
    }
    check(Content::Number(1.0), &wanted(Kind::Verdict), "fault 1 ! verdict_unknown");
}

#[test]
fn levels() {
    for (word, level) in [
        ("重大", "major"),
        ("重大隐患(消防)", "major"),
        ("一般", "general"),
        ("一般隐患", "general"),
        ("较大", "fault 较大 ! level_unknown"),
        ("—", "absent"),
    ] {
        check(text(word), &wanted(Kind::Level), level);
    }
}

#[test]
fn dates_in_every_spelling() {
    let date =
        Wanted { same_day: &["立即整改".to_owned(), "立行立改".to_owned()], ..wanted(Kind::Date) };
    for (word, day) in [
        ("2026-10-21", "2026-10-21 ! date_text 2026-10-21"),
        ("2026/1/2", "2026-01-02 ! date_text 2026-01-02"),
        ("2026.9.15", "2026-09-15 ! date_text 2026-09-15"),
        ("2026年7月16日", "2026-07-16 ! date_text 2026-07-16"),
        ("2026 年 7 月 16 日", "2026-07-16 ! date_text 2026-07-16"),
        ("20261021", "2026-10-21 ! date_text 2026-10-21"),
        ("２０２６．３．７", "2026-03-07 ! date_text 2026-03-07"),
        ("2026-07-16 10:30", "2026-07-16 ! date_text 2026-07-16"),
        ("10月21日", "2026-10-21 ! date_no_year 2026-10-21"),
        ("2026年9月31日", "fault 2026年9月31日 ! date_invalid 日历上的日期"),
        ("20260230", "fault 20260230 ! date_invalid 日历上的日期"),
        ("2月30日", "fault 2月30日 ! date_invalid 日历上的日期"),
        ("31-12-26", "absent ! date_ambiguous 日、月、年次序不明,不猜测"),
        ("12/31/2026", "absent ! date_ambiguous 日、月、年次序不明,不猜测"),
        ("2026年9月", "absent ! date_ambiguous 年-月-日"),
        ("长期", "absent ! date_ambiguous 年-月-日"),
        ("2026-10.21", "absent ! date_ambiguous 年-月-日"),
        ("立即整改", "2026-07-16"),
        ("立行立改", "2026-07-16"),
        ("/", "absent"),
        ("—", "absent"),
    ] {
        check(text(word), &date, day);
    }
    for (content, day) in [
        (Content::Serial(46_246.0), "2026-08-12"),
        (Content::Number(46_246.0), "2026-08-12 ! date_serial 2026-08-12"),
        (Content::Number(20_261_021.0), "2026-10-21 ! date_text 2026-10-21"),
        (Content::Number(20_260_931.0), "fault 20260931 ! date_invalid 日历上的日期"),
        (Content::Number(39_999.0), "absent ! date_ambiguous 年-月-日"),
        (Content::Number(60_001.0), "absent ! date_ambiguous 年-月-日"),
        (Content::Serial(0.5), "fault 0.5 ! date_invalid 日历上的日期"),
        (Content::IsoDate("2026-03-05T00:00:00".to_owned()), "2026-03-05"),
        (Content::Flag(true), "fault TRUE ! date_invalid 日历上的日期"),
        (Content::Error("#N/A".to_owned()), "absent ! cell_error"),
        (Content::Uncalculated, "absent ! formula_uncalculated"),
    ] {
        check(content, &date, day);
    }
}

#[test]
fn numbers_and_units() {
    let tonnes = Wanted { unit: "t", header_unit: "t", ..wanted(Kind::Number) };
    for (word, number) in [
        ("9", "9"),
        ("９", "9 ! full_width_digits 9"),
        ("１５", "15 ! full_width_digits 15"),
        ("350000kg", "350 ! unit_kg_in_t 350"),
        ("350 千克", "0.35 ! unit_kg_in_t 0.35"),
        ("５ＫＧ", "0.005 ! unit_kg_in_t 0.005 ! full_width_digits 0.005"),
        ("12.5t", "12.5"),
        ("12.5吨", "12.5"),
        ("1,234.5", "1234.5"),
        ("12,34", "fault 12,34 ! number_invalid"),
        ("约5", "fault 约5 ! number_invalid"),
        ("5m", "fault 5m ! number_invalid"),
        ("1.2.3", "fault 1.2.3 ! number_invalid"),
        ("5.", "fault 5. ! number_invalid"),
        ("-5", "fault -5 ! number_negative"),
        ("-0", "0"),
        ("/", "absent"),
        ("", "absent"),
        ("99999999999999999999999999999999", "fault 99999999999999999999999999999999 ! number_invalid"),
    ] {
        check(text(word), &tonnes, number);
    }
    let kilograms = Wanted { header_unit: "kg", ..tonnes };
    check(Content::Number(350_000.0), &kilograms, "350 ! unit_kg_in_t 350");
    check(text("3t"), &kilograms, "3");
    let money = Wanted {
        unit: "万元",
        header_unit: "万元",
        yuan_above: Some(Decimal::from(500)),
        ..wanted(Kind::Number)
    };
    for (word, number) in [
        ("3500元", "0.35 ! unit_text_converted 0.35"),
        ("0.3万元", "0.3"),
        ("2万", "2"),
        ("500", "500"),
        ("18000", "fault 18000 ! unit_yuan_in_wan 1.8"),
    ] {
        check(text(word), &money, number);
    }
    check(Content::Number(18_000.0), &money, "fault 18000 ! unit_yuan_in_wan 1.8");
    check(text("500"), &Wanted { header_unit: "元", ..money }, "0.05 ! unit_text_converted 0.05");
    let excused = ["缺项".to_owned()];
    let points = Wanted { excused: &excused, ..wanted(Kind::Number) };
    check(text("缺 项"), &points, "not-applicable");
    for (word, number) in [
        ("三", "3 ! chinese_numeral 3"),
        ("十二", "12 ! chinese_numeral 12"),
        ("两千零五", "2005 ! chinese_numeral 2005"),
        ("一百三十万", "1300000 ! chinese_numeral 1300000"),
        ("零", "0 ! chinese_numeral 0"),
        ("二百零五", "205 ! chinese_numeral 205"),
        ("二百五十", "250 ! chinese_numeral 250"),
        ("二百五", "fault 二百五 ! number_invalid"),
        ("三万五", "fault 三万五 ! number_invalid"),
        ("万", "fault 万 ! number_invalid"),
        ("二〇二六", "fault 二〇二六 ! number_invalid"),
        ("十二项", "fault 十二项 ! number_invalid"),
        ("三五个", "fault 三五个 ! number_invalid"),
    ] {
        check(text(word), &points, number);
    }
    check(text("十二项"), &Wanted { unit: "项", ..points }, "12 ! chinese_numeral 12");
    for (word, number) in
        [("88.89%", "88.89"), ("１００％", "100"), ("/", "absent"), ("约80%", "fault 约80% ! number_invalid")]
    {
        check(text(word), &wanted(Kind::Percent), number);
    }
    check(Content::Number(1.15), &wanted(Kind::Number), "1.15");
    check(Content::Number(-2.0), &wanted(Kind::Number), "fault -2 ! number_negative");
    check(Content::Number(1e300), &wanted(Kind::Number), "fault 1e300 ! number_invalid");
    check(Content::Serial(46_246.0), &wanted(Kind::Number), "fault 2026-08-12 ! number_invalid");
}

#[test]
fn codes_keep_their_form() {
    for (content, kind, code) in [
        (text("001234"), Kind::Code, "001234"),
        (Content::Number(13_800_000_001.0), Kind::Code, "13800000001"),
        (Content::Number(110_101_199_003_071_234.0), Kind::Code, "fault 110101199003071230 ! digits_lost"),
        (
            text("91370998ma3fake0ak "),
            Kind::CreditCode,
            "91370998MA3FAKE0AK ! code_case_space 91370998MA3FAKE0AK",
        ),
        (text("91370998MA3FAKE01P"), Kind::CreditCode, "91370998MA3FAKE01P"),
        (text("/"), Kind::CreditCode, "absent"),
        (text("/"), Kind::Code, "/"),
        (text("无"), Kind::Text, "无"),
        (text("=1+1"), Kind::Text, "=1+1 ! formula_text 按文本处理"),
    ] {
        check(content, &wanted(kind), code);
    }
}

#[test]
fn undeclared_values_are_read_by_what_they_hold() {
    for (word, value) in [
        ("35", Value::Number(Decimal::from(35))),
        ("0.5", Value::Number(Decimal::new(5, 1))),
        ("007", Value::Text("007".into())),
        ("13800000001", Value::Text("13800000001".into())),
        ("2026.9.1", Value::Day(Date::constant(2026, 9, 1))),
        ("加油站", Value::Text("加油站".into())),
        (" ", Value::Absent),
    ] {
        assert_eq!(free_text(word), value);
    }
}
