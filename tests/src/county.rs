//! A county's lists of hazards, in memory or as workbooks, with duplicates, as large as one asks: for measuring.
//! Measures nothing itself.

use std::collections::BTreeMap;

use anping::model::{
    Cell, CellRef, Date, Enterprise, HazardLevel, LatelyMet, Provenance, Record, Register, Role, Source,
    SourceId, Sources, Table, Text, Value,
};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use tempfile::TempDir;

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

/// So many rows as workbooks: a register, and the office's lists, one after the other, with the rows that
/// [`County`] has.
///
/// Errors: the folder cannot be written, or what the writer refuses.
pub fn inbox(n_rows: usize) -> Result<TempDir, XlsxError> {
    let county = County::of(n_rows);
    let folder = tempfile::tempdir()?;
    let save = |path: &str, fill: &dyn Fn(&mut Worksheet, &Format) -> Result<(), XlsxError>| {
        let path = folder.path().join(path);
        path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
        let day = Format::new().set_num_format("yyyy-mm-dd");
        let mut workbook = Workbook::new();
        fill(workbook.add_worksheet(), &day)?;
        workbook.save(path)
    };
    save("基础/企业名录.xlsx", &|sheet, _| {
        sheet.write(0, 0, "青石镇2026年企业名录")?;
        sheet.write_row(
            1,
            0,
            ["企业编号", "企业名称", "统一社会信用代码", "所属村(居)", "行业领域", "监管部门"],
        )?;
        for (row, one) in (2..).zip(&county.register.enterprises) {
            sheet.write_row(
                row,
                0,
                [&one.number, &one.name, "", &one.village, &one.sector, &one.department],
            )?;
        }
        Ok(())
    })?;
    for (number, lists) in (1..).zip(county.tables.chunks(ROWS_A_WORKBOOK / ROWS_A_FILE)) {
        save(&format!("应急办检查/批次{number:03}.xlsx"), &|sheet, format| {
            sheet.write(0, 0, "2026年检查发现隐患清单")?;
            sheet.write_row(1, 0, HEADINGS)?;
            for (row, record) in (2..).zip(lists.iter().flat_map(|list| &list.rows)) {
                for (column, cell) in (0..).zip(&record.cells) {
                    match &cell.value {
                        Value::Text(text) => sheet.write(row, column, &**text)?,
                        Value::Level(level) => sheet.write(row, column, level.title())?,
                        Value::Day(day) => {
                            let day = ExcelDateTime::parse_from_str(&day.to_string())?;
                            sheet.write_with_format(row, column, &day, format)?
                        }
                        _ => continue,
                    };
                }
            }
            Ok(())
        })?;
    }
    Ok(folder)
}

/// The first day of the lists.
pub const START: Date = Date::constant(2026, 1, 1);

/// Rows of one list.
const ROWS_A_FILE: usize = 500;
/// Rows of one workbook, of several lists.
const ROWS_A_WORKBOOK: usize = 10_000;
/// What the columns are called in a workbook.
const HEADINGS: [&str; 10] = [
    "检查时间",
    "单位",
    "属地村(居)",
    "位置",
    "存在问题",
    "隐患级别",
    "监管部门",
    "整改时限",
    "完成时间",
    "整改后照片",
];
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
    let row = |row: usize| {
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
        let cell = |(column, field): (usize, &&str)| Cell {
            value: value(field),
            raw: Text::EMPTY,
            at: place(file, row + 2, column),
        };
        Record {
            row0: u32::try_from(row + 2).unwrap_or(u32::MAX),
            cells: FIELDS.iter().enumerate().map(cell).collect(),
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
