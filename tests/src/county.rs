//! A county's lists of hazards in memory, with duplicates, as large as one asks: for measuring.
//! Measures nothing itself.

use std::collections::BTreeMap;

use anping::model::{
    Cell, CellRef, Date, Enterprise, HazardLevel, LatelyMet, Provenance, Record, Register, Role, Source,
    SourceId, Sources, Table, Text, Value,
};

/// What intake makes of a county's lists, and its register.
pub struct County {
    /// Files, one a list.
    pub sources: Sources,
    /// Lists of 500 rows.
    pub tables: Vec<Table>,
    /// An enterprise for each forty rows.
    pub register: Register,
}

impl County {
    /// So many rows, duplicates among them.
    pub fn of(n_rows: usize) -> Self {
        let n_files = n_rows.div_ceil(ROWS_A_FILE);
        // A county has an enterprise for some dozens of rows.
        let n_enterprises = (n_rows / 40).max(10);
        let tables = (0..n_files)
            .map(|file| list(file, ROWS_A_FILE.min(n_rows - file * ROWS_A_FILE), n_enterprises, START))
            .collect();
        let source = |file: usize| Source {
            path: format!("村月报/2026-12/V{file:05}.xlsx"),
            digest: String::new(),
            len: 0,
            sheets: vec!["隐患清单".to_owned()],
            missing: false,
        };
        let register = Register {
            enterprises: (0..n_enterprises).map(enterprise).collect(),
            county: String::new(),
            town: "青石镇".to_owned(),
        };
        Self { sources: Sources((0..n_files).map(source).collect()), tables, register }
    }
}

/// The first day of the lists.
pub const START: Date = Date::constant(2026, 1, 1);

/// Rows of one list.
const ROWS_A_FILE: usize = 500;
/// Columns of a list.
const FIELDS: [&str; 10] =
    ["date", "unit", "village", "place", "text", "level", "department", "deadline", "done", "after"];
/// What is wrong at the enterprises of the benchmark.
const TEXTS: [&str; 8] = [
    "灭火器压力不足",
    "配电箱未装漏电保护器",
    "安全出口被杂物堵塞",
    "疏散指示标志损坏",
    "压力表超期未检定",
    "静电接地夹锈蚀接触不良",
    "冲压机双手按钮被短接",
    "货架倾斜未固定",
];

fn enterprise(number: usize) -> Enterprise {
    Enterprise {
        number: format!("E{number:05}"),
        name: format!("青石镇第{number:05}号制造有限公司"),
        former_name: String::new(),
        code: String::new(),
        code_valid: false,
        village: format!("村{}", number % 40),
        sector: "工贸企业".to_owned(),
        kind: String::new(),
        venues: Vec::new(),
        department: "应急办".to_owned(),
        risk: String::new(),
        entered: None,
        left: None,
        standard: anping::model::Certificate::default(),
        at: place(0, number, 0),
    }
}

/// A cell of a list.
pub fn place(source: usize, row: usize, column: usize) -> Provenance {
    let fits = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Provenance { source: SourceId(fits(source)), sheet: 0, cell: CellRef::new(fits(row), fits(column)) }
}

/// One list of a village or of the office. Every fifth row repeats the one before it a day later from
/// the other source; every seventh in other words.
fn list(file: usize, n_rows: usize, n_enterprises: usize, start: Date) -> Table {
    // As intake keeps the texts of a file.
    let mut met = LatelyMet::default();
    let kind = if file.is_multiple_of(2) { "office-hazards" } else { "village-hazards" };
    let mut row = |row: usize| {
        let of = (file / 2) * ROWS_A_FILE + row;
        let day = start.saturating_add(jiff::Span::new().days(i64::try_from(of % 340).unwrap_or(0)));
        let later = |days: i64| Value::Day(day.saturating_add(jiff::Span::new().days(days)));
        // Half of the files report what the other half reports, a fifth of it in the same words.
        let what = match (file % 2, of % 5, of % 7) {
            (0, ..) | (_, 0, _) => TEXTS[of % 8].to_owned(),
            (_, _, 0) => format!("{}需更换", TEXTS[of % 8]),
            _ => format!("{}{}", TEXTS[(of + 3) % 8], of % 11),
        };
        let mut text = |text: &str| Value::Text(met.keep(text));
        let mut value = |field: &str| match field {
            "date" => later(i64::try_from(file % 2).unwrap_or(0)),
            "unit" => text(&format!("青石镇第{:05}号制造有限公司", of % n_enterprises)),
            "village" => text(&format!("村{}", of % n_enterprises % 40)),
            "place" => text(&format!("{}号车间", of % 3)),
            "text" => text(&what),
            "level" => Value::Level(HazardLevel::General),
            "department" => text("应急办"),
            "deadline" => later(15),
            "done" if of.is_multiple_of(9) => Value::Absent,
            "done" => later(10),
            _ => text("IMG_1"),
        };
        let mut cell = |(column, field): (usize, &&str)| Cell {
            value: value(field),
            raw: Text::EMPTY,
            at: place(file, row + 2, column),
        };
        Record {
            row0: u32::try_from(row + 2).unwrap_or(u32::MAX),
            cells: FIELDS.iter().enumerate().map(&mut cell).collect(),
        }
    };
    Table {
        role: Role::Rows { kind: kind.to_owned() },
        layout: kind.to_owned(),
        at: place(file, 0, 0),
        title: String::new(),
        title_at: place(file, 0, 0),
        form: String::new(),
        info: Vec::new(),
        facts: Vec::new(),
        fields: FIELDS.iter().map(|field| (*field).to_owned()).collect(),
        rows: (0..n_rows).map(row).collect(),
        totals: Vec::new(),
        sums: Vec::new(),
        items: Vec::new(),
        pictures: BTreeMap::new(),
        comments: BTreeMap::new(),
    }
}

/// The typed months of departments, one for each thousand rows at least, and the list of departments.
pub fn departments(n_rows: usize) -> Vec<Table> {
    let table = |kind: &str, title: &str, fields: &[&str], rows: Vec<Vec<Value>>| Table {
        role: Role::Rows { kind: kind.to_owned() },
        title: title.to_owned(),
        fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        rows: (0..)
            .zip(rows)
            .map(|(row0, values)| Record {
                row0,
                cells: values
                    .into_iter()
                    .map(|value| Cell {
                        raw: value.text().unwrap_or_default().into(),
                        value,
                        at: place(0, 0, 0),
                    })
                    .collect(),
            })
            .collect(),
        ..list(0, 0, 1, Date::constant(2026, 1, 1))
    };
    let names = vec![vec![Value::Text("应急办".into())]];
    let known = table("departments", "组织机构", &["name"], names);
    let months = || {
        let month = |month: u32| vec![Value::Text(format!("{month}月").into()), Value::Number(month.into())];
        (1..=12).map(month).collect()
    };
    let typed = (0..(n_rows / 12_000).max(1))
        .map(|_| table("department-summary", "应急办2026年季报", &["month", "found"], months()));
    std::iter::once(known).chain(typed).collect()
}
