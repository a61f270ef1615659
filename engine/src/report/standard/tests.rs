//! What layouts say, and what comes out of them. Expected values are those of the forms' own rules.

use std::collections::BTreeMap;

use super::*;
use crate::model::CellRef;

const SECTOR_HAZARDS: &str = include_str!("../../../../templates/standard/sector-hazards/layout.toml");

fn layout() -> Layout {
    Layout::read("sector-hazards", SECTOR_HAZARDS).expect("the layout is right")
}

/// The lines of a report, as they print.
fn printed(sheet: &Sheet) -> Vec<String> {
    let cell = |cell: &Cell| match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) | Cell::Rate(text) => text.clone(),
        Cell::Day(day) => day.to_string(),
        Cell::Number(number) | Cell::Worked(number, _) => number.to_string(),
    };
    sheet.lines.iter().map(|line| line.cells.iter().map(cell).collect::<Vec<_>>().join(" ")).collect()
}

fn row(label: &str, numbers: &[(&str, &str)], below: Vec<Entry>) -> Entry {
    let mut given = BTreeMap::from([("sector".to_owned(), Given::Text(label.to_owned()))]);
    for (key, number) in numbers {
        given.insert((*key).to_owned(), Given::Number(number.parse().expect("a number of the test")));
    }
    Entry { given, below, ..Entry::default() }
}

#[test]
fn sums_and_rates_come_from_the_leaves() {
    let numbers = [
        ("units", "2"),
        ("general_found", "7"),
        ("general_closed", "6"),
        ("major_found", "1"),
        ("with_goal", "1"),
        ("with_funds", "1"),
        ("with_deadline", "1"),
        ("fund", "3.5"),
    ];
    let producers = row("危化生产", &numbers, Vec::new());
    let retail = row("零售", &[("units", "3"), ("general_found", "8"), ("general_closed", "8")], Vec::new());
    let sheet = layout().fill(&[
        row("危险化学品企业", &[], vec![producers]),
        row("烟花爆竹企业", &[], vec![retail]),
        row("尾矿库", &[], Vec::new()),
    ]);
    // 6/7 = 85.714…; 14/15 = 93.333…, and not the mean of the two.
    assert_eq!(
        printed(&sheet),
        [
            "危险化学品企业 2 7 6 85.7% 1 0 0.0% 1 1 1 0 1 0 3.5",
            "危化生产 2 7 6 85.7% 1 0 0.0% 1 1 1 0 1 0 3.5",
            "烟花爆竹企业 3 8 8 100.0% 0 0 / 0 0 0 0 0 0 0",
            "零售 3 8 8 100.0% 0 0 / 0 0 0 0 0 0 0",
            "尾矿库 0 0 0 / 0 0 / 0 0 0 0 0 0 0",
            "合计 5 15 14 93.3% 1 0 0.0% 1 1 1 0 1 0 3.5",
        ]
    );
}

#[test]
fn headings_merge_as_in_the_form() {
    let place = |(row, column, last_row, last_column, text): (u32, u16, u32, u16, &str)| {
        // The form's first heading stands in row 3.
        let first = CellRef::new(row + 2, column.into());
        let last = CellRef::new(last_row + 2, last_column.into());
        if first == last { format!("{first} {text}") } else { format!("{first}:{last} {text}") }
    };
    let layout = layout();
    let mut found: Vec<_> = layout.headings().into_iter().map(place).collect();
    let mut expected = [
        "A3:A7 行业和领域",
        "B3 ",
        "C3:E3 一般隐患",
        "F3:O3 重大隐患",
        "B4:B6 排查单位数",
        "C4:C6 隐患数",
        "D4:D6 已经整改数",
        "E4:E6 整改率",
        "F4:H4 排查治理重大隐患",
        "I4:O4 列入治理计划的重大隐患",
        "F5:F6 重大隐患数",
        "G5:G6 已整改销号数",
        "H5:H6 整改率",
        "I5:I6 重大隐患数",
        "J5:N5 其中",
        "O5:O6 累计落实治理资金",
        "J6 落实治理目标任务",
        "K6 落实治理经费物资",
        "L6 落实治理机构人员",
        "M6 落实治理时间要求",
        "N6 落实安全措施应急预案",
    ];
    found.sort();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn rates_round_half_up_once() {
    for (part, whole, digits, expected) in [
        ("6", "7", 1, "85.7%"),
        ("1", "0", 1, "/"),
        ("0", "3", 1, "0.0%"),
        ("7495", "10000", 1, "75.0%"),
        ("1", "3", 2, "33.33%"),
        ("2", "3", 0, "67%"),
        ("749499999999999999999999", "1000000000000000000000000", 1, "74.9%"),
    ] {
        let [part, whole]: [Decimal; 2] =
            [part, whole].map(|text| text.parse().expect("a number of the test"));
        assert_eq!(percent(part, whole, digits), expected, "{part}/{whole}");
    }
}

/// What is wrong with the layout after `from` became `to`.
fn check_fault(from: &str, to: &str, at: &str, what: &str) {
    let text = SECTOR_HAZARDS.replacen(from, to, 1);
    assert_ne!(text, SECTOR_HAZARDS, "{from}");
    let faults = Layout::read("x", &text).expect_err(to);
    let told = faults.iter().any(|fault| fault.at == at && fault.what.contains(what));
    assert!(told, "{to}: {faults:?}");
}

#[test]
fn every_built_in_layout_is_read_and_draws() {
    let layouts = Layout::built_in();
    let folders = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../templates/standard"));
    assert_eq!(layouts.len(), folders.expect("the folder of the layouts").count());
    for layout in layouts {
        let sheet = layout.fill(&[Entry::default(), Entry::default()]);
        let drawn = workbook(&layout, &sheet, &BTreeMap::new(), &[], Date::constant(2026, 12, 31));
        drawn.unwrap_or_else(|wrong| panic!("{}: {wrong}", layout.name));
    }
}

#[test]
fn faults_of_layouts_are_told() {
    check_fault(
        "pct(general_closed,general_found)",
        "pct(nope,general_found)",
        "general_rate",
        "expected pct",
    );
    check_fault("major_found-major_closed", "major_found*2", "planned", "expected pct");
    check_fault("key = \"units\"", "key = \"sector\"", "sector", "twice");
    check_fault("width = 26", "width = 0", "sector", "width");
    check_fault("show = \"count\"", "show = \"pieces\"", "layout.toml", "pieces");
    check_fault("form = \"R1\"", "form = \"R1\"\nvalid_to = \"2026-02-30\"", "valid_to", "date");
}

/// What is wrong with the page whose rows are these.
fn check_page(rows: &str, what: &str) {
    let text = format!("{SECTOR_HAZARDS}\n[card]\nwidths = [10, 10]\n{rows}");
    let text = text.replace("total = \"last\"\n", "");
    let faults = Layout::read("x", &text).expect_err(rows);
    let told = faults.iter().any(|fault| fault.at == "card" && fault.what.contains(what));
    assert!(told, "{rows}: {faults:?}");
}

#[test]
fn faults_of_pages_are_told() {
    let row = |cells: &str| format!("[[card.row]]\nheight = 20\ncells = [{cells}]\n");
    check_page(&row("{ text = \"a\" }"), "do not fill");
    check_page(&row("{ text = \"a\", columns = 3 }"), "beyond the page");
    check_page(&row("{ text = \"a\", columns = 2 }, { text = \"b\" }"), "no place is left");
    check_page(&row("{ text = \"a\", columns = 2, rows = 2 }"), "beyond the page");
    check_page(&row("{ text = \"a\", columns = 0 }"), "beyond the page");
    check_page("[[card.row]]\nheight = 0\ncells = [{ text = \"a\", columns = 2 }]\n", "1 to 400");
    // The second row's first place is taken from above; its cell would run into the next.
    let rows = [row("{ text = \"a\" }, { text = \"b\", rows = 2 }"), row("{ text = \"c\", columns = 2 }")];
    check_page(&rows.concat(), "covers another");
}

/// What `explain` says of a cell of a small report.
fn explained(address: &str) -> Result<String, explain::Unexplained> {
    let cell = |address: &str, text: &str| (CellRef::parse(address).expect("an address"), text.to_owned());
    let traced = [
        ("A1", "单元格"),
        ("B1", "行"),
        ("C1", "栏目"),
        ("D1", "依据"),
        ("A2", "C8"),
        ("B2", "生产"),
        ("C2", "隐患数"),
        ("D2", "村月报.xlsx › 隐患清单 › B4"),
        ("A3", "C8"),
        ("B3", "生产"),
        ("C3", "隐患数"),
        ("D3", "村月报.xlsx › 隐患清单 › B5"),
        ("A4", "C9"),
        ("B4", "零售"),
        ("C4", "隐患数"),
        ("D4", "村月报.xlsx › 隐患清单 › B9"),
        ("A5", "C10"),
        ("B5", "合计"),
        ("C5", "隐患数"),
        ("D5", "SUM(C8:C9)"),
        ("A6", "E10"),
        ("B6", "合计"),
        ("C6", "整改率"),
        ("D6", "E10 ÷ C10 × 100%"),
    ];
    let report = [("C8", "2"), ("C9", "1"), ("C10", "3"), ("E10", "66.7%")];
    let sheets = [
        ("R1".to_owned(), report.map(|(at, text)| cell(at, text)).to_vec()),
        ("溯源".to_owned(), traced.map(|(at, text)| cell(at, text)).to_vec()),
    ];
    explain::explain(&sheets, address, &|_| None)
}

#[test]
fn a_number_is_followed_to_its_sources() {
    let text = explained("R1!$c$10").expect("the number has sources");
    assert_eq!(
        text,
        "C10 合计 · 隐患数 = 3\n  依据:SUM(C8:C9)\n    C8 生产 · 隐患数 = 2\n      依据:村月报.xlsx › 隐患清单 › B4\n      \
         依据:村月报.xlsx › 隐患清单 › B5\n    C9 零售 · 隐患数 = 1\n      依据:村月报.xlsx › 隐患清单 › B9\n"
    );
    // A report that was made to refer to itself ends.
    assert!(explained("E10").expect("the number has a source").contains("C10 合计"));
    let a1 = CellRef::parse("A1").expect("an address");
    assert_eq!(explained("A1"), Err(explain::Unexplained::NoNumber(a1)));
    assert_eq!(explained("合计"), Err(explain::Unexplained::NotACell("合计".to_owned())));
    assert_eq!(explain::explain(&[], "A1", &|_| None), Err(explain::Unexplained::NoTrace));
}
