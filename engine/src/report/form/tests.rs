//! Forms that nobody has seen before: filled, or refused with the reason.

mod annex;

use std::collections::BTreeMap;

use rust_xlsxwriter::{DataValidation, Format, Formula, Workbook, Worksheet};

use super::*;
use crate::model::Decimal;
use crate::report::patch::{Change, look};

fn number(number: &str) -> Fact {
    FactValue::Number(Decimal::from_str_exact(number).expect("a decimal")).into()
}

fn text(text: &str) -> Fact {
    FactValue::Text(text.to_owned()).into()
}

/// A sheet with a title, headers in rows 2 and 3, and so many blank rows.
fn headed(book: &mut Workbook, n_rows: u32) -> &mut Worksheet {
    let sheet = book.add_worksheet().set_name("清单").expect("a name");
    let edge = Format::new().set_border(rust_xlsxwriter::FormatBorder::Thin);
    sheet.merge_range(0, 0, 0, 2, "    年度清单", &edge).expect("a title");
    sheet.merge_range(1, 0, 2, 0, "序号", &edge).expect("a header");
    sheet.merge_range(1, 1, 1, 2, "隐患", &edge).expect("a header");
    sheet.write_with_format(2, 1, "描述", &edge).expect("a header");
    sheet.write_with_format(2, 2, "资金", &edge).expect("a header");
    for (row, col) in (3..3 + n_rows).flat_map(|row| (0..3).map(move |col| (row, col))) {
        sheet.write_blank(row, col, &edge).expect("a blank");
    }
    sheet
}

/// Headers in rows 2 and 3, one blank row, a total, a line for signatures.
fn list(more: impl Fn(&mut Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = headed(&mut book, 1);
    sheet.write(4, 0, "合计").expect("a label");
    sheet.write_formula(4, 2, Formula::new("SUM(C4:C4)").set_result("77")).expect("a total");
    sheet.write(5, 0, "负责人:").expect("a label");
    more(sheet);
    book.save_to_buffer().expect("a workbook")
}

fn spec(form: &[u8], overflow: &str) -> Spec {
    let text = format!(
        "title = \"清单\"\nform = \"清单.xlsx\"\nsha256 = \"{}\"\nsheet = \"清单\"\n\
         [[cell]]\nlabel = \"年度清单\"\nblanks = [\"year\"]\n\
         [[block]]\nlist = \"rows\"\nrows = 1\norder = [\"fund\"]\noverflow = [{overflow}]\n\
         columns = [{{ header = \"序号\", put = \"#\" }}, {{ header = \"隐患/描述\", put = \"what\" }}, \
         {{ header = \"资金\", put = \"fund\" }}]\n",
        digest(form)
    );
    Spec::parse("list", &text).expect("a specification")
}

fn facts(records: &[(&str, &str)]) -> Facts {
    let records = records
        .iter()
        .map(|(what, fund)| {
            BTreeMap::from([("what".to_owned(), text(what)), ("fund".to_owned(), number(fund))])
        })
        .collect();
    Facts {
        one: BTreeMap::from([("year".to_owned(), number("2026"))]),
        lists: BTreeMap::from([("rows".to_owned(), records)]),
    }
}

/// Fills the list and gives back what stands in each copy: `A4=1 B4=甲 …`, or the reasons why not.
fn filled(form: &[u8], overflow: &str, records: &[(&str, &str)]) -> String {
    match fill(form, &spec(form, overflow), &facts(records)) {
        Ok(pages) => {
            let pages = pages.iter().map(|page| {
                let book = look(&page.bytes).expect("can be read");
                let cells = book.sheets[0].cells.iter().filter(|(at, _)| at.row0 >= 3);
                let shown = cells.filter(|(_, cell)| !cell.text.is_empty() || cell.formula.is_some()).map(
                    |(at, cell)| match &cell.formula {
                        Some(formula) => format!("{at}={{{formula}}}{}", cell.text),
                        None => format!("{at}={}", cell.text),
                    },
                );
                shown.collect::<Vec<_>>().join(" ")
            });
            pages.collect::<Vec<_>>().join(" | ")
        }
        Err(faults) => faults.iter().map(Fault::zh).collect::<Vec<_>>().join(";"),
    }
}

#[test]
fn a_list_grows_and_its_footer_stays_below() {
    let form = list(|_| ());
    let two = [("乙", "2.5"), ("甲", "1.50")];
    assert_eq!(
        filled(&form, "\"insert\"", &two),
        "A4=1 B4=甲 C4=1.5 A5=2 B5=乙 C5=2.5 A6=合计 C6={SUM(C4:C5)} A7=负责人:"
    );
    assert_eq!(
        filled(&form, "\"insert\"", &two[..1]),
        "A4=1 B4=乙 C4=2.5 A5=合计 C5={SUM(C4:C4)} A6=负责人:"
    );
    // Without records no cell changes that the total reads, and its result stays.
    assert_eq!(filled(&form, "\"insert\"", &[]), "A5=合计 C5={SUM(C4:C4)}77 A6=负责人:");
}

#[test]
fn more_records_than_rows_follow_the_declared_policy() {
    let form = list(|_| ());
    let two = [("乙", "2.5"), ("甲", "1.50")];
    assert_eq!(filled(&form, "", &two), "共 2 条,表样只有 1 行,说明不允许增行");
    let copies = "A4=1 B4=甲 C4=1.5 A5=合计 C5={SUM(C4:C4)} A6=负责人: | \
                  A4=2 B4=乙 C4=2.5 A5=合计 C5={SUM(C4:C4)} A6=负责人:";
    assert_eq!(filled(&form, "\"copies\"", &two), copies);
    // A cell below that means one row of the list: rows cannot be put in, so the next policy applies.
    let picks = list(|sheet| {
        sheet.write_formula(6, 2, "C4*2").expect("a formula");
    });
    assert_eq!(
        filled(&picks, "\"insert\"", &two),
        "共 2 条,表样只有 1 行:不能增加明细行:C7 的公式只引用明细行的一个单元格"
    );
    assert_eq!(filled(&picks, "\"insert\", \"copies\"", &two).matches(" | ").count(), 1);
}

#[test]
fn a_form_guards_its_cells() {
    let one = [("甲", "1")];
    for (form, why) in [
        (
            list(|sheet| {
                sheet.write(3, 1, "示例").expect("a cell");
            }),
            "B4 已有内容“示例”,不能填写",
        ),
        (
            list(sheet_protect),
            "A1 被工作表保护锁定;A4 被工作表保护锁定;B4 被工作表保护锁定;C4 被工作表保护锁定",
        ),
        (
            list(|sheet| {
                let rule = DataValidation::new().allow_list_strings(&["有", "无"]).expect("a list");
                sheet.add_data_validation(3, 1, 3, 1, &rule).expect("a validation");
            }),
            "B4 只能填 有、无,不能填“甲”",
        ),
        (
            list(|sheet| {
                sheet.write(8, 0, "描述").expect("a cell");
            }),
            "A4=1 B4=甲 C4=1 A5=合计 C5={SUM(C4:C4)} A6=负责人: A9=描述",
        ),
        (
            list(|sheet| {
                sheet.write(1, 3, "资金").expect("a cell");
            }),
            "“资金”对应多个单元格:D2 C3",
        ),
        (
            list(|sheet| {
                sheet.write(0, 0, "年度清单").expect("a cell");
            }),
            "A1 有 0 处空白,说明中有 1 项内容",
        ),
    ] {
        assert_eq!(filled(&form, "\"insert\"", &one), why);
    }
    // Unlocked cells of a protected sheet are there to be filled; rows are not.
    let open = list(|sheet| {
        let free = Format::new().set_unlocked();
        sheet.write_with_format(0, 0, "    年度清单", &free).expect("a title");
        for col in 0..3 {
            sheet.write_blank(3, col, &free).expect("a blank");
        }
        sheet_protect(sheet);
    });
    assert!(
        filled(&open, "\"insert\"", &one).starts_with("A4=1 B4=甲"),
        "{}",
        filled(&open, "\"insert\"", &one)
    );
    assert_eq!(
        filled(&open, "\"insert\"", &[("甲", "1"), ("乙", "2")]),
        "共 2 条,表样只有 1 行:不能增加明细行:工作表受保护"
    );
}

fn sheet_protect(sheet: &mut Worksheet) {
    sheet.protect();
}

#[test]
fn values_a_cell_cannot_hold_are_refused() {
    let form = list(|_| ());
    assert_eq!(
        filled(&form, "", &[("甲", "0.1234567890123456")]),
        "C4 的值“0.1234567890123456”不能填入:数字超过 15 位"
    );
    let long = "长".repeat(32_768);
    assert!(filled(&form, "", &[(&long, "1")]).ends_with("不能填入:文字过长"));
    // What looks like a formula stays text.
    assert_eq!(filled(&form, "", &[("=1+1", "1")]), "A4=1 B4==1+1 C4=1 A5=合计 C5={SUM(C4:C4)} A6=负责人:");
}

#[test]
fn another_form_is_not_filled_but_can_be_checked() {
    let form = list(|_| ());
    let spec = spec(&form, "");
    let moved = list(|sheet| {
        sheet.write(9, 0, "附注").expect("a cell");
    });
    let refused = fill(&moved, &spec, &facts(&[("甲", "1")])).expect_err("another form");
    assert!(matches!(refused.as_slice(), [Fault::OtherForm { .. }]), "{refused:?}");
    let checked = check(&moved, &spec).expect("can be read");
    assert!(!checked.pinned && checked.faults.is_empty());
    assert_eq!(checked.places.last(), Some(&("rows".to_owned(), "4:4".to_owned())));
}

#[test]
fn what_is_no_workbook_is_refused() {
    let spec = spec(b"", "");
    for (bytes, why) in [
        (&b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 encrypted"[..], "工作簿已加密,或为旧版 xls 格式"),
        (&b"not a zip"[..], "不是 xlsx 工作簿"),
        (&b""[..], "不是 xlsx 工作簿"),
    ] {
        assert_eq!(check(bytes, &spec).expect_err("no workbook").zh(), why);
        assert_eq!(probe("x.xlsx", bytes).expect_err("no workbook").zh(), why);
    }
    // Cut anywhere, a form is refused and nothing panics.
    let form = list(|_| ());
    for end in (0..form.len()).step_by(97) {
        assert!(look(&form[..end]).is_err(), "{end}");
    }
}

#[test]
fn a_probed_form_can_be_filled() {
    let form = list(|_| ());
    let proposed = probe("清单.xlsx", &form).expect("can be probed");
    let spec = Spec::parse("probed", &proposed).unwrap_or_else(|wrong| panic!("{wrong}\n{proposed}"));
    assert_eq!(spec.block.len(), 1, "{proposed}");
    let headers: Vec<_> = spec.block[0].columns.iter().map(|column| &*column.header).collect();
    assert_eq!(headers, ["序号", "描述", "资金"]);
    let checked = check(&form, &spec).expect("can be read");
    assert!(checked.pinned && checked.faults.is_empty(), "{:?}\n{proposed}", checked.faults);
}

#[test]
fn the_proof_lists_every_change() {
    let form = list(|_| ());
    let spec = spec(&form, "\"insert\"");
    let pages = fill(&form, &spec, &facts(&[("甲", "1"), ("乙", "2")])).expect("can be filled");
    let page = &pages[0];
    let listed: Vec<_> = page.cells.iter().map(|cell| cell.cell.to_string()).collect();
    assert_eq!(listed, ["A1", "A4", "B4", "C4", "A5", "B5", "C5"]);
    // Cells of new rows are part of the rows; the others are changes of their own.
    for change in &page.changes {
        let expected = match change {
            Change::Value { cell, .. } => listed.contains(&cell.to_string()),
            Change::Result { cell, .. } => cell.to_string() == "C6",
            Change::Rows { first_row0, n_rows, .. } => (*first_row0, *n_rows) == (4, 1),
            Change::Appended { part } => part == "xl/sharedstrings.xml",
            Change::Recalculation => true,
            _ => false,
        };
        assert!(expected, "{change:?}");
    }
    let again = fill(&form, &spec, &facts(&[("甲", "1"), ("乙", "2")])).expect("can be filled");
    assert_eq!(again[0].bytes, page.bytes);
}

/// The golden case of the monthly report by industry: hazards of a chemical works, three shops with
/// fireworks, and no tailings pond. Rates with one digit, the total from the leaves, not from rates.
#[test]
fn the_monthly_report_by_industry() {
    let keys = [
        "units",
        "found",
        "fixed",
        "major_found",
        "major_fixed",
        "target",
        "means",
        "people",
        "deadline",
        "measures",
        "fund",
    ];
    let leaf = |values: [&str; 11]| -> Record {
        keys.iter().zip(values).map(|(key, value)| ((*key).to_owned(), number(value))).collect()
    };
    let chemicals = leaf(["2", "7", "6", "1", "0", "1", "1", "0", "1", "0", "3.50"]);
    let fireworks = leaf(["3", "8", "8", "0", "0", "0", "0", "0", "0", "0", "0.00"]);
    let pond = leaf(["0", "0", "0", "0", "0", "0", "0", "0", "0", "0", "0.00"]);
    let total = expr::total(&[&chemicals, &fireworks, &pond]);
    let row = |record: &Record| -> String {
        let columns = [
            "units",
            "found",
            "fixed",
            "rate(fixed, found, 1)",
            "major_found",
            "major_fixed",
            "rate(major_fixed, major_found, 1)",
            "major_found - major_fixed",
            "target",
            "means",
            "people",
            "deadline",
            "measures",
            "fund",
        ];
        let shown = columns.map(|column| expr::value(column, record).expect("a value").value.shown());
        shown.join(" ")
    };
    assert_eq!(row(&chemicals), "2 7 6 85.7% 1 0 0.0% 1 1 1 0 1 0 3.50");
    assert_eq!(row(&fireworks), "3 8 8 100.0% 0 0 / 0 0 0 0 0 0 0.00");
    assert_eq!(row(&pond), "0 0 0 / 0 0 / 0 0 0 0 0 0 0.00");
    assert_eq!(row(&total), "5 15 14 93.3% 1 0 0.0% 1 1 1 0 1 0 3.50");
}

#[test]
fn a_chart_keeps_no_point_of_before() {
    let form = list(|sheet| {
        let mut chart = rust_xlsxwriter::Chart::new(rust_xlsxwriter::ChartType::Column);
        chart.add_series().set_values(("清单", 2, 1, 4, 1)).set_categories(("清单", 2, 0, 4, 0));
        sheet.insert_chart(20, 0, &chart).expect("a chart");
    });
    let given = facts(&[("甲", "1"), ("乙", "2")]);
    let filled = fill(&form, &spec(&form, "\"insert\""), &given).expect("can be filled");
    let part = "xl/charts/chart1.xml".to_owned();
    assert!(filled[0].changes.contains(&Change::ChartPoints { part }), "{:?}", filled[0].changes);
}

#[test]
fn cells_are_found_by_name_and_beside_or_below_their_labels() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("表").expect("a name");
    sheet.merge_range(0, 0, 1, 1, "单位名称", &Format::new()).expect("a label");
    sheet.merge_range(0, 2, 0, 3, "", &Format::new()).expect("a blank");
    sheet.write(3, 0, "负责人").expect("a label");
    book.define_name("报出日期", "=表!$F$9").expect("a name");
    book.define_name("别处", "=Sheet2!$A$1").expect("a name");
    book.add_worksheet().set_name("Sheet2").expect("a name");
    let form = book.save_to_buffer().expect("a workbook");
    let check = |anchor: &str, expected: &str| {
        let toml = format!(
            "title = \"表\"\nform = \"表.xlsx\"\nsha256 = \"{}\"\nsheet = \"表\"\n\
             [[cell]]\n{anchor}\nput = \"what\"\n",
            digest(&form)
        );
        let spec = Spec::parse("anchors", &toml).expect("a specification");
        let facts = Facts { one: BTreeMap::from([("what".to_owned(), text("甲"))]), ..Facts::default() };
        let found = match fill(&form, &spec, &facts) {
            Ok(pages) => pages[0].cells[0].cell.to_string(),
            Err(faults) => faults.iter().map(Fault::zh).collect(),
        };
        assert_eq!(found, expected, "{anchor}");
    };
    // From a merged label the cell lies beyond the whole region; of a merged blank it is the first.
    check("right_of = \"单位名称\"", "C1");
    check("below = \"单位名称\"", "A3");
    check("right_of = \"负责人\"", "B4");
    check("below = \"负责人\"", "A5");
    check("name = \"报出日期\"", "F9");
    check("name = \"别处\"", "表样内找不到“别处”");
    check("below = \"没有\"", "表样内找不到“没有”");
}

/// A form with formulas around the blanks of its list, on two sheets, each with the result 7: which
/// still have it after a list of `records`, and what stands in a cell that an array formula fills.
fn results(records: &[(&str, &str)]) -> String {
    let mut book = Workbook::new();
    let list = list_sheet(&mut book);
    for (row, formula) in [
        (10, "A6&\"\""),
        (11, "SUM(C4:C5)"),
        (12, "A12+0"),
        (13, "SUM(B:B)"),
        (14, "SUM(D:D)"),
        (15, "资金"),
        (16, "税率*2"),
        (17, "INDIRECT(\"D1\")"),
        (18, "附表!A2+1"),
        (19, "附表!A3+1"),
        (20, "\u{672a}\u{5b9a}\u{4e49}+1"),
        (21, "SUM(6:6)"),
    ] {
        list.write_formula(row, 0, Formula::new(formula).set_result("7")).expect("a formula");
    }
    let other = book.add_worksheet().set_name("附表").expect("a name");
    other.write_formula(1, 0, Formula::new("清单!C4").set_result("7")).expect("a formula");
    other.write_formula(2, 0, Formula::new("清单!E1*2").set_result("7")).expect("a formula");
    other
        .write_array_formula(4, 0, 6, 0, Formula::new("清单!C4:C4*{1;2;3}").set_result("7"))
        .expect("a formula");
    book.define_name("资金", "=清单!$C$4").expect("a name");
    book.define_name("税率", "=清单!$E$1").expect("a name");
    let form = book.save_to_buffer().expect("a workbook");
    let pages = fill(&form, &spec(&form, "\"insert\""), &facts(records)).expect("can be filled");
    let book = look(&pages[0].bytes).expect("can be read");
    let kept = |sheet: usize| {
        let cells =
            book.sheets[sheet].cells.iter().filter(|(_, cell)| cell.formula.is_some() && cell.text == "7");
        cells.map(|(at, _)| at.to_string()).collect::<Vec<_>>().join(" ")
    };
    let spilled = book.sheets[1].at(crate::model::CellRef::new(5, 0)).text;
    format!("{} | {} | {spilled}", kept(0), kept(1))
}

fn list_sheet(book: &mut Workbook) -> &mut Worksheet {
    let sheet = book.add_worksheet().set_name("清单").expect("a name");
    sheet.write(0, 0, "    年度清单").expect("a title");
    sheet.write(1, 1, "隐患").expect("a header");
    for (col, title) in (0..).zip(["序号", "描述", "资金"]) {
        sheet.write(2, col, title).expect("a header");
    }
    sheet
}

#[test]
fn only_results_that_depend_on_what_was_filled_are_dropped() {
    // Of the title nothing depends, and what cannot be told is computed again.
    assert_eq!(results(&[]), "A11 A12 A13 A14 A15 A16 A17 A19 A20 A22 | A2 A3 A5 | 0");
    assert_eq!(results(&[("甲", "1")]), "A11 A15 A17 A20 A22 | A3 | ");
}

#[test]
fn a_list_of_permitted_values_may_stand_in_cells() {
    let form = |rule: &str| {
        let mut book = Workbook::new();
        let sheet = list_sheet(&mut book);
        let rule = DataValidation::new().allow_list_formula(Formula::new(rule));
        sheet.add_data_validation(3, 1, 3, 1, &rule).expect("a validation");
        let other = book.add_worksheet().set_name("选项").expect("a name");
        for (row, word) in (0..).zip(["甲", "", "乙"]) {
            other.write(row, 0, word).expect("a cell");
        }
        book.define_name("种类", "=选项!$A$1:$A$3").expect("a name");
        book.save_to_buffer().expect("a workbook")
    };
    let check = |rule: &str, what: &str, expected: &str| {
        assert_eq!(filled(&form(rule), "", &[(what, "1")]), expected, "{rule}");
    };
    let (yes, no) = ("A4=1 B4=甲 C4=1", "B4 只能填 甲、乙,不能填“丙”");
    for rule in ["=选项!$A$1:$A$3", "=种类", "=选项!$A:$A", "=选项!A1:A3"] {
        check(rule, "甲", yes);
        check(rule, "丙", no);
    }
    // What is computed cannot be told; the form's own check is left to the form.
    check("=OFFSET(选项!$A$1,0,0,3,1)", "丙", "A4=1 B4=丙 C4=1");
}
