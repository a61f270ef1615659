//! Edits of a sheet's cells: a format set, a value put in; all else stays byte for byte.
//! Knows no styles: what a format's number means is the affair of `styles`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::markup::{Kind, Splices, attr, escape, flag, walk, with_attr, without_attr};
use super::package::{damaged, prefix};
use super::strings::Strings;
use super::styles::Styles;
use super::{Edit, Put, Refusal};
use crate::model::CellRef;

/// Columns of a sheet, by the format's own definition.
const MAX_COLS: u32 = 16_384;

/// A row on the way.
struct Row {
    row0: u32,
    tag: Range<usize>,
    /// Whether its tag closes itself.
    alone: bool,
    /// Format of its blank cells.
    style: Option<usize>,
    next_col0: u32,
    edits: BTreeMap<u32, Edit>,
    /// Columns that were inserted.
    inserted: Option<(u32, u32)>,
    /// Cells inserted into a row whose tag closes itself.
    cells: String,
}

/// A cell on the way, with its edit.
struct Open {
    tag: Range<usize>,
    edit: Option<Edit>,
    at: CellRef,
    /// The formula, and the result it had.
    formula: Option<Range<usize>>,
    result: Option<Range<usize>>,
}

/// Writes cells, knowing what their styles and strings become.
struct Pen<'p> {
    sheet: &'p str,
    part: &'p str,
    styles: &'p mut Styles,
    strings: &'p mut Strings,
    /// Cells that lose the results they have.
    stale: Option<&'p BTreeSet<CellRef>>,
}

impl Pen<'_> {
    /// The format of a cell after an edit, from the one before.
    fn style(&mut self, edit: &Edit, before: usize) -> Result<Option<usize>, Refusal> {
        Ok(match (edit.fill, edit.unfill) {
            (Some(colour), _) => Some(self.styles.filled(before, Some(colour))?),
            (None, Some(colour)) if self.styles.fill_of(before).as_deref() == Some(&colour.argb()) => {
                Some(self.styles.filled(before, None)?)
            }
            _ => None,
        })
    }

    /// A whole cell that was not there.
    fn new_cell(&mut self, prefix: &str, at: CellRef, edit: &Edit, base: usize) -> Result<String, Refusal> {
        let style = self.style(edit, base)?.unwrap_or(base);
        let tag = format!("<{prefix}c r=\"{at}\" s=\"{style}\"/>");
        self.put(&tag, edit.put.as_ref(), style)
    }

    /// A cell's tag with what is put in; the tag alone where nothing is.
    fn put(&mut self, tag: &str, put: Option<&Put>, style: usize) -> Result<String, Refusal> {
        let Some(put) = put else { return Ok(tag.to_owned()) };
        let prefix = prefix(tag).to_owned();
        let open = without_attr(tag, "t");
        let open = open.trim_end_matches('>').trim_end_matches('/').trim_end();
        let day;
        let put = match put {
            // A cell without a date's format would show the number.
            Put::Day(date) if !self.styles.is_date(style) => {
                day = Put::Text(date.to_string());
                &day
            }
            put => put,
        };
        Ok(match put {
            Put::Day(date) => {
                format!("{open}><{prefix}v>{}</{prefix}v></{prefix}c>", self.styles.serial(*date))
            }
            Put::Text(text) => match self.strings.add(text) {
                Some(index) => {
                    format!("{open} t=\"s\"><{prefix}v>{index}</{prefix}v></{prefix}c>")
                }
                None => format!(
                    "{open} t=\"inlineStr\"><{prefix}is><{prefix}t xml:space=\"preserve\">{}</{prefix}t>\
                     </{prefix}is></{prefix}c>",
                    escape(text)
                ),
            },
            Put::Number(number) => {
                format!("{open}><{prefix}v>{}</{prefix}v></{prefix}c>", number.normalize())
            }
        })
    }
}

/// Edits the cells of a sheet's part.
///
/// Cells and rows that are not there are inserted in their order, with the format of their row or
/// column. Errors: a damaged part; a value for a cell with a formula.
pub(super) fn edit(
    (sheet, part): (&str, &str),
    text: &str,
    edits: &BTreeMap<CellRef, Edit>,
    styles: &mut Styles,
    strings: &mut Strings,
    stale: Option<&BTreeSet<CellRef>>,
) -> Result<String, Refusal> {
    let mut pending: BTreeMap<u32, BTreeMap<u32, Edit>> = BTreeMap::new();
    for (at, edit) in edits {
        pending.entry(at.row0).or_default().insert(at.col0, edit.clone());
    }
    let mut pen = Pen { sheet, part, styles, strings, stale };
    let mut splices = Splices::default();
    let mut columns: Vec<(u32, u32, usize)> = Vec::new();
    let mut root = String::new();
    let mut next_row0 = 0;
    let mut row: Option<Row> = None;
    let mut cell: Option<Open> = None;
    let mut inside = false;
    walk(part, text, |piece| {
        let number = |name| attr(piece.text, name).and_then(|value| value.parse::<usize>().ok());
        if piece.depth == 0 && piece.kind == Kind::Open {
            prefix(piece.text).clone_into(&mut root);
        }
        if piece.begins("col") && !inside {
            if let (Some(min), Some(max), Some(style)) = (number("min"), number("max"), number("style")) {
                columns.push((to_u32(min), to_u32(max), style));
            }
        } else if piece.name == "sheetData" && piece.depth == 1 {
            match piece.kind {
                Kind::Alone => {
                    let rows = new_rows(&mut pen, &mut pending, u32::MAX, &root, &columns)?;
                    if !rows.is_empty() {
                        let open = piece.text[..piece.text.len() - 2].trim_end();
                        splices.replace(piece.span, format!("{open}>{rows}</{root}sheetData>"));
                    }
                }
                Kind::Close => {
                    inside = false;
                    let rows = new_rows(&mut pen, &mut pending, u32::MAX, &root, &columns)?;
                    splices.insert(piece.span.start, rows);
                }
                _ => inside = true,
            }
        } else if !inside {
        } else if piece.name == "row" && piece.depth == 2 {
            if piece.kind == Kind::Close {
                if let Some(row) = row.take() {
                    let rest = Range { start: piece.span.start, end: piece.span.start };
                    end_row(&mut pen, row, rest, text, &columns, &mut splices)?;
                }
                return Ok(true);
            }
            let row0 = match number("r") {
                Some(r) => to_u32(r).checked_sub(1).ok_or_else(|| damaged(part, "row 0"))?,
                None => next_row0,
            };
            next_row0 = row0.saturating_add(1);
            let rows = new_rows(&mut pen, &mut pending, row0, &root, &columns)?;
            if !rows.is_empty() {
                splices.insert(piece.span.start, rows);
            }
            let begun = Row {
                row0,
                tag: piece.span.clone(),
                alone: piece.kind == Kind::Alone,
                style: number("s").filter(|_| flag(piece.text, "customFormat")),
                next_col0: 0,
                edits: pending.remove(&row0).unwrap_or_default(),
                inserted: None,
                cells: String::new(),
            };
            if begun.alone {
                end_row(&mut pen, begun, piece.span, text, &columns, &mut splices)?;
            } else {
                row = Some(begun);
            }
        } else if piece.name == "c" && piece.depth == 3 {
            let Some(row) = row.as_mut() else { return Ok(true) };
            if piece.kind == Kind::Close {
                if let Some(open) = cell.take() {
                    end_cell(&mut pen, open, piece.span.end, text, &mut splices)?;
                }
                return Ok(true);
            }
            let at = match attr(piece.text, "r") {
                Some(r) => CellRef::parse(&r).ok_or_else(|| damaged(part, format!("cell {r}")))?,
                None => CellRef::new(row.row0, row.next_col0),
            };
            row.next_col0 = at.col0.saturating_add(1).min(MAX_COLS);
            let cells = new_cells(&mut pen, row, at.col0, &root, &columns)?;
            if !cells.is_empty() {
                splices.insert(piece.span.start, cells);
            }
            let open = Open {
                tag: piece.span.clone(),
                edit: row.edits.remove(&at.col0),
                at,
                formula: None,
                result: None,
            };
            if piece.kind == Kind::Alone {
                end_cell(&mut pen, open, piece.span.end, text, &mut splices)?;
            } else {
                cell = Some(open);
            }
        } else if matches!(piece.name, "f" | "v")
            && let Some(cell) = cell.as_mut()
        {
            let known = if piece.name == "f" { &mut cell.formula } else { &mut cell.result };
            match known {
                Some(span) => span.end = piece.span.end,
                None => *known = Some(piece.span),
            }
        }
        Ok(true)
    })?;
    if !pending.is_empty() {
        return Err(damaged(part, "no sheetData"));
    }
    Ok(splices.apply(text))
}

fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The format of a blank cell.
fn base_style(row: Option<usize>, columns: &[(u32, u32, usize)], col0: u32) -> usize {
    let column = columns.iter().find(|(min, max, _)| (*min..=*max).contains(&(col0 + 1)));
    row.or(column.map(|(_, _, style)| *style)).unwrap_or(0)
}

/// Rows that are not there and stand before `before`.
fn new_rows(
    pen: &mut Pen<'_>,
    pending: &mut BTreeMap<u32, BTreeMap<u32, Edit>>,
    before: u32,
    prefix: &str,
    columns: &[(u32, u32, usize)],
) -> Result<String, Refusal> {
    let mut rows = String::new();
    while let Some(entry) = pending.first_entry().filter(|entry| *entry.key() < before) {
        let (row0, edits) = entry.remove_entry();
        let mut cells = String::new();
        for (col0, edit) in &edits {
            let at = CellRef::new(row0, *col0);
            cells.push_str(&pen.new_cell(prefix, at, edit, base_style(None, columns, *col0))?);
        }
        rows.push_str(&format!("<{prefix}row r=\"{}\">{cells}</{prefix}row>", row0 + 1));
    }
    Ok(rows)
}

/// Cells of a row that are not there and stand before `before`.
fn new_cells(
    pen: &mut Pen<'_>,
    row: &mut Row,
    before: u32,
    prefix: &str,
    columns: &[(u32, u32, usize)],
) -> Result<String, Refusal> {
    let mut cells = String::new();
    while let Some(entry) = row.edits.first_entry().filter(|entry| *entry.key() < before) {
        let (col0, edit) = entry.remove_entry();
        let at = CellRef::new(row.row0, col0);
        cells.push_str(&pen.new_cell(prefix, at, &edit, base_style(row.style, columns, col0))?);
        row.inserted =
            Some(row.inserted.map_or((col0, col0), |(first, last)| (first.min(col0), last.max(col0))));
    }
    Ok(cells)
}

/// Inserts what is left of a row's edits, and widens the span its tag names.
fn end_row(
    pen: &mut Pen<'_>,
    mut row: Row,
    at: Range<usize>,
    text: &str,
    columns: &[(u32, u32, usize)],
    splices: &mut Splices,
) -> Result<(), Refusal> {
    let tag = &text[row.tag.clone()];
    let prefix = prefix(tag).to_owned();
    row.cells = new_cells(pen, &mut row, u32::MAX, &prefix, columns)?;
    let Some((first, last)) = row.inserted else { return Ok(()) };
    let mut widened = tag.to_owned();
    if let Some(spans) = attr(tag, "spans") {
        let span = spans.split_once(':').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
        widened = match span {
            Some((from, to)) => {
                let span = format!("{}:{}", (first + 1).min(from), (last + 1).max(to));
                with_attr(tag, "spans", &span)
            }
            None => without_attr(tag, "spans"),
        };
    }
    if row.alone {
        let open = widened.trim_end_matches("/>").trim_end().to_owned();
        splices.replace(at, format!("{open}>{}</{prefix}row>", row.cells));
    } else {
        if widened != tag {
            splices.replace(row.tag, widened);
        }
        splices.insert(at.start, row.cells);
    }
    Ok(())
}

fn end_cell(
    pen: &mut Pen<'_>,
    open: Open,
    end: usize,
    text: &str,
    splices: &mut Splices,
) -> Result<(), Refusal> {
    let tag = &text[open.tag.clone()];
    let formula = open.formula.as_ref().map(|at| &text[at.clone()]);
    let had_result = open.result.as_ref().is_some_and(|at| !empty(&text[at.clone()]));
    let Some(edit) = open.edit else {
        if had_result && pen.stale.is_some_and(|stale| stale.contains(&open.at)) {
            let cell = match formula {
                Some(formula) => computed(tag, formula, None),
                // Filled by the array formula of another cell.
                None => emptied(tag),
            };
            splices.replace(open.tag.start..end, cell);
        }
        return Ok(());
    };
    let before = match attr(tag, "s") {
        Some(s) => s.parse().map_err(|_| damaged(pen.part, format!("format {s}")))?,
        None => 0,
    };
    let style = pen.style(&edit, before)?;
    let styled = match style {
        Some(style) => with_attr(tag, "s", &style.to_string()),
        None => tag.to_owned(),
    };
    match (edit.put.as_ref(), formula) {
        (None, _) if styled != tag => splices.replace(open.tag, styled),
        (None, _) => {}
        (Some(put), Some(formula)) if edit.result => {
            splices.replace(open.tag.start..end, computed(&styled, formula, Some(put)));
        }
        (Some(_), Some(_)) => {
            return Err(Refusal::Formula { sheet: pen.sheet.to_owned(), cell: open.at });
        }
        (Some(_), None) if edit.result => {
            return Err(Refusal::NoFormula { sheet: pen.sheet.to_owned(), cell: open.at });
        }
        (Some(put), None) => {
            let whole = pen.put(&styled, Some(put), style.unwrap_or(before))?;
            splices.replace(open.tag.start..end, whole);
        }
    }
    Ok(())
}

/// Whether an element says nothing: `<v/>`, `<v></v>`.
fn empty(element: &str) -> bool {
    element.ends_with("/>") || element.contains("></")
}

/// A cell without content.
fn emptied(tag: &str) -> String {
    let open = without_attr(tag, "t");
    format!("{}/>", open.trim_end_matches('>').trim_end())
}

/// A cell with its formula as it is, and the result it is known to have.
fn computed(tag: &str, formula: &str, result: Option<&Put>) -> String {
    let prefix = prefix(tag);
    let (text, value) = match result {
        None => (false, None),
        Some(Put::Number(number)) => (false, Some(number.normalize().to_string())),
        Some(Put::Text(text)) => (true, Some(escape(text))),
        Some(Put::Day(day)) => (true, Some(day.to_string())),
    };
    let open = without_attr(tag, "t");
    let open = if text { with_attr(&open, "t", "str") } else { open };
    let value = value.map_or_else(String::new, |value| format!("<{prefix}v>{value}</{prefix}v>"));
    format!("{open}{formula}{value}</{prefix}c>")
}
