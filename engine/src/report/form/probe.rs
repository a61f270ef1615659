//! Proposes a specification for a form: its labels, blank cells and lists, for a person to complete.
//! Guesses no fact: every `put` it writes names the header it belongs to.

use std::collections::BTreeMap;

use super::{Fault, digest};
use crate::model::CellRef;
use crate::report::patch::{Region, SheetView, look};

/// Proposes `form.toml` for a form, sheet by sheet the one with most blank cells.
///
/// Errors: what is no workbook, or has no sheet.
pub fn probe(file: &str, form: &[u8]) -> Result<String, Fault> {
    let book = look(form).map_err(Fault::Refused)?;
    let blank = |sheet: &&SheetView| sheet.cells.values().filter(|cell| cell.text.is_empty()).count();
    let best = book.sheets.iter().rev().max_by_key(blank);
    let sheet = best.ok_or_else(|| Fault::NoSheet { sheet: String::new() })?;
    let mut text = String::new();
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    text.push_str("# 由 form probe 拟出,请核对后使用:put 右侧改为数据项的名称。\n");
    for (key, value) in
        [("title", stem), ("source", ""), ("form", file), ("sha256", &*digest(form)), ("sheet", &*sheet.name)]
    {
        text.push_str(&format!("{key} = {}\n", quoted(value)));
    }
    if sheet.protected {
        text.push_str("# 工作表受保护:只能填写未锁定的单元格,不能增行。\n");
    }
    let merged: Vec<String> =
        sheet.merges.iter().map(|region| format!("{}:{}", region.first, region.last)).collect();
    text.push_str(&format!("# 合并单元格 {} 处:{}\n", merged.len(), merged.join(" ")));
    let formulas: Vec<String> =
        sheet.cells.iter().filter(|(_, cell)| cell.formula.is_some()).map(|(at, _)| at.to_string()).collect();
    text.push_str(&format!("# 公式 {} 处:{}\n", formulas.len(), formulas.join(" ")));
    for (name, on, at) in book.names.iter().filter(|(_, on, _)| *on == sheet.name) {
        text.push_str(&format!("# 名称 {name}:{on} {at}\n"));
    }
    for (label, how) in labels(sheet) {
        text.push_str(&format!("\n[[cell]]\nlabel = {}\n{how}\n", quoted(&label)));
    }
    table(sheet, &mut text);
    Ok(text)
}

/// Texts with blanks for a date, and texts that end with a colon.
fn labels(sheet: &SheetView) -> Vec<(String, String)> {
    let blank = |c: char| c.is_whitespace() || c == '_';
    let mut found = Vec::new();
    for cell in sheet.cells.values().filter(|cell| cell.formula.is_none()) {
        let text = cell.text.trim_end();
        let mut keys = Vec::new();
        for (at, unit) in text.match_indices(['年', '月', '日']) {
            if text[..at].ends_with(blank) {
                keys.push(quoted(match unit {
                    "年" => "year",
                    "月" => "month",
                    _ => "day",
                }));
            }
        }
        // A line of signatures is for the pen.
        let n_colons = text.matches([':', '\u{ff1a}']).count();
        if !keys.is_empty() && n_colons == 0 {
            found.push((cell.text.trim().to_owned(), format!("blanks = [{}]", keys.join(", "))));
        } else if n_colons == 1 && text.ends_with([':', '\u{ff1a}']) {
            found.push((text.trim().to_owned(), format!("behind = {}", quoted(text.trim()))));
        }
    }
    found
}

/// The rows of blank cells below headers: a list where there are no labels in front, else a table.
fn table(sheet: &SheetView, text: &mut String) {
    let mut blank: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (at, cell) in &sheet.cells {
        if cell.text.is_empty() && cell.formula.is_none() && sheet.region(*at).first == *at {
            blank.entry(at.row0).or_default().push(at.col0);
        }
    }
    let is_header = |at: CellRef| sheet.region(at).first != at;
    let Some(widest) = blank.values().map(Vec::len).max().filter(|n| *n >= 2) else { return };
    let rows: Vec<u32> = blank
        .iter()
        .filter(|(row0, cols)| {
            cols.len() * 2 > widest && !cols.iter().any(|col| is_header(CellRef::new(**row0, *col)))
        })
        .map(|(row0, _)| *row0)
        .collect();
    let Some(first0) = rows.first().copied() else { return };
    let cols = &blank[&first0];
    let n_rows = rows.iter().zip(first0..).take_while(|(row, wanted)| **row == *wanted).count();
    let left = cols.first().copied().unwrap_or(0);
    let labelled = left > 0
        && sheet.cells.get(&CellRef::new(first0, left - 1)).is_some_and(|cell| !cell.text.is_empty());
    let mut columns = String::new();
    for col0 in cols {
        let path = path(sheet, first0, *col0);
        if !path.is_empty() {
            columns.push_str(&format!("    {{ header = {}, put = {} }},\n", quoted(&path), quoted(&path)));
        }
    }
    if labelled {
        let head = path(sheet, first0, left - 1);
        text.push_str(&format!(
            "\n[[grid]]\nrows = {}\nlist = \"rows\"\nkey = \"label\"\ncolumns = [\n{columns}]\n",
            quoted(&head)
        ));
    } else {
        text.push_str(&format!(
            "\n[[block]]\nlist = \"rows\"\nrows = {n_rows}\noverflow = [\"insert\"]\ncolumns = [\n{columns}]\n"
        ));
    }
}

/// The headers above a cell, from the outermost that is needed; a line of units is none.
fn path(sheet: &SheetView, row0: u32, col0: u32) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut above = row0;
    while above > 0 {
        let Region { first, last } = sheet.region(CellRef::new(above - 1, col0));
        let words = sheet.cells.get(&first).map(|cell| cell.text.trim().to_owned()).unwrap_or_default();
        let unit = words.starts_with(['(', '\u{ff08}']);
        // A title spans the sheet.
        let title = last.col0 - first.col0 >= 12 && first.row0 < 2;
        if title {
            break;
        }
        if !words.is_empty() && !unit && !words.contains('/') {
            parts.push(words);
        }
        above = first.row0;
    }
    parts.reverse();
    // Only what tells it from the others is needed.
    let count = |text: &str| sheet.cells.values().filter(|cell| cell.text.trim() == text).count();
    let from = parts.iter().rposition(|part| count(part) == 1).unwrap_or(0);
    parts[from.min(parts.len())..].join("/")
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut shown = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => shown.extend(['\\', c]),
            c if c.is_control() => shown.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => shown.push(c),
        }
    }
    shown.push('"');
    shown
}
