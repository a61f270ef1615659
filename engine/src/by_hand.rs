//! Reads what was entered for reports by hand (手工补录). An entry without author, day or reason is none.
//! Knows no report: whether there is such a row, and whether its number is known, is for `report` to say.

use crate::model::{CellRef, Date, HandEntry, Problem, ProblemCode, Provenance, Record, Table, Value};

/// The word that says that the report lacks the row.
const NEW_ROW: &str = "新增行";
/// The word that says that it has the row; nothing says the same.
const KNOWN_ROW: &str = "补数";

/// The fields without which an entry is none, and what a person calls them.
const NEEDED: [(&str, &str); 7] = [
    ("report", "报表"),
    ("row", "行"),
    ("column", "栏目"),
    ("value", "数值"),
    ("reason", "原因"),
    ("author", "录入人"),
    ("date", "录入日期"),
];

/// The entries of all tables, in their order, and what is wrong with the others.
///
/// Shape: an entry for each row that is complete and about the day of the run. What a cell holds that cannot
/// be read has been told where it was read.
pub fn read(tables: &[Table], as_of: Date) -> (Vec<HandEntry>, Vec<Problem>) {
    let (mut entries, mut problems) = (Vec::new(), Vec::new());
    for table in tables.iter().filter(|table| table.is("by-hand")) {
        for row in &table.rows {
            match entry(table, row, as_of) {
                Ok(entry) => entries.extend(entry),
                Err(wrong) => problems.extend(wrong),
            }
        }
    }
    (entries, problems)
}

/// The entry of a row; none: one of its cells cannot be read, which has been told.
fn entry(table: &Table, row: &Record, as_of: Date) -> Result<Option<HandEntry>, Vec<Problem>> {
    let text = |key: &str| table.cell(row, key).map_or_else(String::new, |cell| cell.shown());
    let at =
        |key: &str| table.cell(row, key).map_or(Provenance { cell: first(row, table), ..table.at }, |c| c.at);
    let missing = NEEDED.iter().filter(|(key, _)| {
        // A fault is something that stands there and cannot be read.
        table.cell(row, key).is_none_or(|cell| cell.value == Value::Absent || cell.shown().is_empty())
    });
    let missing: Vec<_> = missing
        .map(|(key, title)| Problem::new(ProblemCode::ByHandIncomplete, at(key)).column(*title).arg(*title))
        .collect();
    if !missing.is_empty() {
        return Err(missing);
    }
    let value = |key: &str| table.cell(row, key).map_or(&Value::Absent, |cell| &cell.value);
    let (Some(number), Some(day)) = (value("value").number(), value("date").day()) else { return Ok(None) };
    let unused = |key: &str, title: &str, why: String| {
        Err(vec![Problem::new(ProblemCode::ByHandUnused, at(key)).column(title).found(text(key)).arg(why)])
    };
    let is_new_row = match text("way").as_str() {
        "" | KNOWN_ROW => false,
        NEW_ROW => true,
        _ => return unused("way", "方式", format!("填 {KNOWN_ROW} 或 {NEW_ROW}")),
    };
    match value("until") {
        Value::Day(until) if *until != as_of => {
            return unused("until", "数据截止日期", format!("本次截止日期为 {as_of},该数字不是同一截止日期"));
        }
        Value::Fault(_) => return Ok(None),
        _ => {}
    }
    // Last year's entry in a folder that was carried on would be a number of another year. Those of a year that
    // has ended are entered in the next.
    if !(as_of.year()..=as_of.year() + 1).contains(&day.year()) {
        return unused("date", "录入日期", format!("本次截止日期为 {as_of},录入日期应在当年或次年"));
    }
    Ok(Some(HandEntry {
        report: (text("report"), at("report")),
        row: (text("row"), at("row")),
        is_new_row,
        column: (text("column"), at("column")),
        number: (number, at("value")),
        author: text("author"),
        day,
        reason: text("reason"),
        document: text("document"),
    }))
}

/// The first cell of a row: where a column that the table lacks is told.
fn first(row: &Record, table: &Table) -> CellRef {
    row.cells.first().map_or(table.at.cell, |cell| cell.at.cell)
}
