//! Tables as offices lay them out, and what comes of them.

use super::book::{Book, grid};
use super::{read_bytes, show};
use crate::model::ProblemCode;

/// Reads a sheet and compares all that came of it: lines of [`show`], without the first, the title
/// and the form.
fn check(lines: &str, merges: &[&str], expected: &str) {
    let found = show(&read_bytes("book.xlsx", &Book::one(&grid(lines, merges)).bytes()));
    let found: Vec<_> = found
        .lines()
        .filter(|line| {
            !line.starts_with("check-sheet ·") && !line.starts_with("title") && !line.starts_with("form")
        })
        .collect();
    let expected: Vec<_> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(found, expected, "\n{}", found.join("\n"));
}

#[test]
fn a_plain_sheet() {
    check(
        "检查评分表\n单位名称|甲厂|检查日期|@46219\n编号|检查结果|标准分|扣分\nHC-A01|符合|#5|\nHC-A02|不符合|#3|#1.5",
        &["A1:D1"],
        "info unit B2 甲厂
         info date D2 2026-07-16
         row | code | verdict | points | deduction
         4 | HC-A01 | pass | #5 |
         5 | HC-A02 | fail | #3 | #1.5",
    );
}

#[test]
fn headers_of_several_rows() {
    check(
        "单位名称|甲厂|检查日期|@46219\n编号|评分||\n|检查结果|标准分|扣分\nHC-A01|√|#5|",
        &[],
        "info unit B1 甲厂
         info date D1 2026-07-16
         row | code | verdict | points | deduction
         4 | HC-A01 | pass | #5 |",
    );
    check(
        "单位名称|甲厂|检查日期|@46219||\n编号|检查|||存在问题|\n|检查内容|评分|||\n||检查结果|标准分|扣分|隐患等级\n\
         HC-A01|有证|√|#5||",
        &["A2:A4", "B2:E2", "B3:B4", "C3:E3"],
        "info unit B1 甲厂
         info date D1 2026-07-16
         row | code | requirement | verdict | points | deduction | level
         5 | HC-A01 | 有证 | pass | #5 |  |",
    );
}

#[test]
fn totals_notes_headings_and_repeated_headers_are_no_data() {
    check(
        "单位名称:甲厂  检查日期:2026年7月16日\n编号|检查结果|标准分|扣分|检查内容\n一、证照(20分)|||\nHC-A01|√|#5|\n小计||#5|#0\n\n\
         编号|检查结果|标准分|扣分|检查内容\nHC-A02|√|#5||合计\n合计|#10\n检查人员(签名):张三||被检查方签字:\n备注：同一项扣完为止|\n   |",
        &["A3:E3", "A10:C10"],
        "info unit A1 甲厂
         info date A1 2026-07-16
         row | code | verdict | points | deduction | requirement
         4 | HC-A01 | pass | #5 |  |
         8 | HC-A02 | pass | #5 |  | 合计
         total 5 | 小计 |  | #5 | #0 |
         total 9 | 合计 | #10 |  |  |",
    );
}

#[test]
fn spread_values_hold_for_each_row_and_are_reported_once() {
    check(
        "单位名称|甲厂|检查日期|@46219|\n检查项目|编号|检查结果|标准分|扣分\n=A证照|HC-A01|√|#5|\n|HC-A02|√|#5|\n其他|HC-A03|√|#5|",
        &["A3:A4"],
        "info unit B1 甲厂
         info date D1 2026-07-16
         row | category | code | verdict | points | deduction
         3 | =A证照 | HC-A01 | pass | #5 |
         4 | =A证照@A3 | HC-A02 | pass | #5 |
         5 | 其他 | HC-A03 | pass | #5 |
         problem A3 formula_text · 检查项目 · \"=A证照\" → 按文本处理 · HC-A01",
    );
}

#[test]
fn dates_lean_on_the_day_of_the_check() {
    check(
        "2025年检查表\n单位名称|甲厂|检查日期|2026年7月16日|\n编号|检查结果|标准分|扣分|整改期限\nHC-A01|×|#5|#1|10月21日\n\
         HC-A02|×|#5|#1|立即整改\nHC-A03|×|#5|#1|31-12-26",
        &[],
        "info unit B2 甲厂
         info date D2 2026-07-16
         row | code | verdict | points | deduction | deadline
         4 | HC-A01 | fail | #5 | #1 | 2026-10-21
         5 | HC-A02 | fail | #5 | #1 | 2026-07-16
         6 | HC-A03 | fail | #5 | #1 |
         problem D2 date_text · 检查日期 · \"2026年7月16日\" → 2026-07-16 ·
         problem E4 date_no_year · 整改期限 · \"10月21日\" → 2026-10-21 · HC-A01
         problem E6 date_ambiguous · 整改期限 · \"31-12-26\" → 日、月、年次序不明,不猜测 · HC-A03",
    );
}

#[test]
fn what_is_missing_or_odd_is_told_at_its_cell() {
    check(
        "单位名称||检查日期||经营面积(m²)|#120|营业时间|9:00-22:00\n编号|检查结果|标准分|扣分|扣分\n~HC-A01|√|#5|\nHC-A02||#5|=\n\
         HC-A03|!#N/A|#5|\nHC-A04|!#SPILL!|约5|",
        &[],
        "info unit B1
         info date D1
         fact 经营面积(m²) F1 #120
         fact 营业时间 H1 9:00-22:00
         row | code | verdict | points | deduction
         3 | HC-A01 | pass | #5 |
         4 | HC-A02 |  | #5 |
         5 | HC-A03 |  | #5 |
         6 | HC-A04 |  | !约5 |
         problem B1 column_missing · 单位名称 · \"\" → 单位名称 ·
         problem D1 date_missing · 检查日期 · \"\" → 年-月-日 ·
         problem E2 column_twice · 扣分 · \"扣分\" → 只用第一栏 D2 ·
         problem A3 hidden_row ·  · \"隐藏行\" → 照常计入 ·
         problem B4 verdict_blank · 检查结果 · \"\" → 按未查计0分 · HC-A02
         problem D4 formula_uncalculated · 扣分 · \"\" → 计算后的数值 · HC-A02
         problem B5 cell_error · 检查结果 · \"#N/A\" → 正常的值 · HC-A03
         problem B6 cell_error · 检查结果 · \"#SPILL!\" → 正常的值 · HC-A04
         problem C6 number_invalid · 标准分 · \"约5\" → 数字 · HC-A04",
    );
}

#[test]
fn a_long_list_is_read_however_many_hints_there_are() {
    let lines: String = (0..2_501).map(|row| format!("2026-08-12|甲厂|堵塞{row}|一般\n")).collect();
    let sheet = grid(&format!("排查日期|单位名称|隐患描述|隐患等级\n{lines}"), &[]);
    let intake = read_bytes("a.xlsx", &Book::one(&sheet).bytes());
    let rows: Vec<_> = intake.tables.iter().map(|table| table.rows.len()).collect();
    assert_eq!(rows, [2_501]);
    let n_hints = intake.problems.iter().filter(|problem| problem.code == ProblemCode::DateText).count();
    let cut: Vec<_> =
        intake.problems.iter().filter(|problem| problem.code == ProblemCode::HintsCut).collect();
    assert_eq!(n_hints, 2_000);
    assert_eq!(cut.iter().map(|problem| problem.found.as_str()).collect::<Vec<_>>(), ["2501"]);
}

#[test]
fn a_header_without_an_information_block() {
    check(
        "编号|检查结果|标准分|扣分\nHC-A01|√|#5|",
        &[],
        "row | code | verdict | points | deduction
         2 | HC-A01 | pass | #5 |
         problem A1 column_missing · 单位名称 · \"\" → 单位名称 ·
         problem A1 date_missing · 检查日期 · \"\" → 年-月-日 ·",
    );
}

#[test]
fn running_numbers_are_no_item_codes() {
    for (header, first, known) in
        [("编号", "#1", false), ("编号", "1", false), ("编号", "HC-A01", true), ("序号", "HC-A01", true)]
    {
        let lines = format!("{header}|检查结果|标准分|扣分\n{first}|√|#5|\n{first}|√|#5|");
        let intake = read_bytes("book.xlsx", &Book::one(&grid(&lines, &[])).bytes());
        assert_eq!(!intake.tables.is_empty(), known, "{header} {first}");
    }
    // A running number beside the code stays what it is.
    check(
        "单位名称|甲厂|检查日期|@46219|\n序号|编号|检查结果|标准分|扣分\n#1|HC-A01|√|#5|",
        &[],
        "info unit B1 甲厂
         info date D1 2026-07-16
         row | code | verdict | points | deduction
         3 | HC-A01 | pass | #5 |",
    );
}

#[test]
fn hidden_sheets_are_no_data_and_name_the_form() {
    let table = grid("单位名称|甲厂|检查日期|@46219\n编号|检查结果|标准分|扣分\nHC-A01|√|#5|", &[]);
    let meta = grid("form|hazchem\nversion|2026.1", &[]);
    let book = Book::new(&[
        ("旧表", "hidden", &table),
        ("检查评分", "visible", &table),
        ("_meta", "veryHidden", &meta),
    ]);
    let intake = read_bytes("book.xlsx", &book.bytes());
    let found: Vec<_> = intake.tables.iter().map(|table| (table.at.sheet, table.form.as_str())).collect();
    assert_eq!(found, [(1, "hazchem")]);
    assert_eq!(intake.sources.0[0].sheets, ["旧表", "检查评分", "_meta"]);
}

#[test]
fn sheets_of_one_name_are_both_read() {
    let one = grid("单位名称|甲厂|检查日期|@46219\n编号|检查结果|标准分|扣分\nHC-A01|√|#5|", &[]);
    let other = one.replace("甲厂", "乙厂");
    let book = Book::new(&[("表", "visible", &one), ("表", "visible", &other)]);
    let intake = read_bytes("book.xlsx", &book.bytes());
    let units: Vec<_> =
        intake.tables.iter().filter_map(|table| table.info("unit")).map(|cell| cell.raw.as_str()).collect();
    assert_eq!(units, ["甲厂", "乙厂"]);
}

#[test]
fn the_other_epoch() {
    let table = grid(
        "单位名称|甲厂|检查日期|@44757|\n编号|检查结果|标准分|扣分|整改期限\nHC-A01|×|#5|#5|#44784",
        &[],
    );
    let book = Book::one(&table).change("xl/workbook.xml", "<workbookPr/>", "<workbookPr date1904='1'/>");
    let found = show(&read_bytes("book.xlsx", &book.bytes()));
    assert!(found.contains("info date D1 2026-07-16"), "{found}");
    assert!(found.contains("date_serial · 整改期限 · \"44784\" → 2026-08-12"), "{found}");
}

#[test]
fn tables_below_each_other_are_told_apart() {
    check(
        "单位名称:甲厂  检查日期:2026-07-16\n编号|检查结果|标准分|扣分\nHC-A01|√|#5|\n合计||#5|\n\n青石镇2026年应急演练台账\n\
         序号|演练日期|单位|演练名称|参演人数\n#1|2026.7.12|上庄村|疏散演练|#20\n合计||||#20\n说明:略",
        &["A6:E6"],
        "info unit A1 甲厂
         info date A1 2026-07-16
         row | code | verdict | points | deduction
         3 | HC-A01 | pass | #5 |
         total 4 | 合计 |  | #5 |
         drills · Rows { kind: \"drills\" } · 检查评分 B7
         row | date | unit | topic | people
         8 | 2026-07-12 | 上庄村 | 疏散演练 | #20
         total 9 |  |  |  | #20
         problem B8 date_text · 演练日期 · \"2026.7.12\" → 2026-07-12 ·",
    );
}

#[test]
fn tables_beside_each_other_are_both_read() {
    check(
        "单位名称:甲厂  检查日期:2026-07-16\n编号|检查结果|标准分|扣分||演练日期|演练名称|参演人数\n\
         HC-A01|√|#5|||2026-07-12|疏散演练|#20\nHC-A02|√|#5",
        &[],
        "info unit A1 甲厂
         info date A1 2026-07-16
         row | code | verdict | points | deduction
         3 | HC-A01 | pass | #5 |
         4 | HC-A02 | pass | #5 |
         drills · Rows { kind: \"drills\" } · 检查评分 F2
         row | date | topic | people
         3 | 2026-07-12 | 疏散演练 | #20
         problem F3 date_text · 演练日期 · \"2026-07-12\" → 2026-07-12 ·",
    );
}
