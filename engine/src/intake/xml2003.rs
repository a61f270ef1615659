//! Reads the XML spreadsheet format of 2003 (SpreadsheetML), which web systems send as `.xls`.
//! Knows no zip and no styles beyond whether a number is shown as a percentage.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::Refusal;
use super::book::{Book, Filler};
use super::encoding::{declared, decode};
use super::grid::Content;
use super::markup::{Fault, Piece, Tag, Tags, unescape};

const PART: &str = "XML 表格";

/// Reads a workbook. Errors: `FileDamaged`, `FileBeyondLimit`.
pub fn read(bytes: &[u8]) -> Result<Book, Refusal> {
    let text = decode(bytes, declared(bytes).as_deref());
    let mut tags = Tags::of_text(&text);
    let mut walk = Walk::default();
    let mut complete = false;
    while let Some(piece) = tags.next_piece().map_err(|fault| fault.refuse(PART))? {
        match piece {
            Piece::Tag(tag) if tag.closes => {
                complete |= tag.name == "Workbook";
                walk.end(tag.name)?;
            }
            Piece::Tag(tag) => {
                walk.begin(&tag)?;
                if tag.is_empty() {
                    walk.end(tag.name)?;
                }
            }
            Piece::Text(text) => walk.text(&text),
        }
    }
    if !complete {
        return Err(Fault::Malformed.refuse(PART));
    }
    walk.filler.finish()
}

#[derive(Default)]
struct Walk {
    filler: Filler,
    /// Styles that show a percentage, and the style that is being read.
    percents: BTreeSet<String>,
    style: String,
    /// The next column definition, row, and cell of the row.
    column0: u64,
    row0: u64,
    col0: u64,
    /// Rows that the current one stands for beside itself.
    row_span: u64,
    cell: Option<Cell>,
    in_comment: bool,
    in_data: bool,
    in_visible: bool,
    visible: String,
}

#[derive(Default)]
struct Cell {
    text: String,
    kind: String,
    formula: bool,
    percent: bool,
    comment: String,
    across: u64,
    down: u64,
}

impl Walk {
    fn begin(&mut self, tag: &Tag<'_>) -> Result<(), Refusal> {
        match tag.name {
            "Style" => self.style = tag.attr("ID").map(unescape).unwrap_or_default(),
            "NumberFormat"
                if tag.attr("Format").is_some_and(|format| format.contains('%') || format == "Percent") =>
            {
                self.percents.insert(std::mem::take(&mut self.style));
            }
            "Worksheet" => {
                self.filler.sheet(tag.attr("Name").map(unescape).unwrap_or_default(), true)?;
                (self.row0, self.column0) = (0, 0);
            }
            "Column" if self.filler.has_sheet() => {
                let first = index(tag).unwrap_or(self.column0);
                self.column0 = first.saturating_add(1).saturating_add(zero_or(tag, "Span"));
                if tag.flag("Hidden") {
                    self.filler.hide_cols(first..self.column0)?;
                }
            }
            "Row" if self.filler.has_sheet() => {
                self.row0 = index(tag).unwrap_or(self.row0);
                self.row_span = zero_or(tag, "Span");
                self.col0 = 0;
                if tag.flag("Hidden") {
                    self.filler
                        .hide_rows(self.row0..self.row0.saturating_add(1).saturating_add(self.row_span))?;
                }
            }
            "Cell" if self.filler.has_sheet() => {
                self.col0 = index(tag).unwrap_or(self.col0);
                let style = tag.attr("StyleID").map(unescape).unwrap_or_default();
                self.cell = Some(Cell {
                    formula: tag.attr("Formula").is_some(),
                    percent: self.percents.contains(&style),
                    across: zero_or(tag, "MergeAcross"),
                    down: zero_or(tag, "MergeDown"),
                    ..Cell::default()
                });
            }
            "Comment" => self.in_comment = true,
            "Data" => {
                self.in_data = true;
                if let Some(cell) = self.cell.as_mut().filter(|_| !self.in_comment) {
                    cell.kind = tag.attr("Type").unwrap_or_default().to_owned();
                }
            }
            "Visible" => {
                self.in_visible = true;
                self.visible.clear();
            }
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        if self.in_visible {
            self.visible.push_str(text);
        } else if self.in_data
            && let Some(cell) = &mut self.cell
        {
            if self.in_comment { &mut cell.comment } else { &mut cell.text }.push_str(text);
        }
    }

    fn end(&mut self, name: &str) -> Result<(), Refusal> {
        match name {
            "Visible" => {
                self.in_visible = false;
                if self.filler.has_sheet() && self.visible.trim() != "SheetVisible" {
                    self.filler.current().visible = false;
                }
            }
            "Data" => self.in_data = false,
            "Comment" => self.in_comment = false,
            "Row" => {
                self.row0 = self.row0.saturating_add(1).saturating_add(std::mem::take(&mut self.row_span))
            }
            "Cell" => {
                if let Some(cell) = self.cell.take() {
                    self.put(cell)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn put(&mut self, cell: Cell) -> Result<(), Refusal> {
        let (row0, col0) = (self.row0, self.col0);
        self.col0 = col0.saturating_add(1).saturating_add(cell.across);
        let (merges, percent, formula) = (cell.across > 0 || cell.down > 0, cell.percent, cell.formula);
        let (across, down) = (cell.across, cell.down);
        if !cell.comment.is_empty() {
            let at = self.filler.place(row0, col0)?;
            self.filler.hang(at, &cell.comment, [])?;
        }
        if merges {
            let at = self.filler.place(row0, col0)?;
            self.filler.merge(at, down.saturating_add(1), across.saturating_add(1))?;
        }
        let Some(content) = content(cell) else { return Ok(()) };
        self.filler.put(row0, col0, content, formula)?;
        if percent {
            let at = self.filler.place(row0, col0)?;
            self.filler.current().percents.push(at);
        }
        Ok(())
    }
}

fn content(cell: Cell) -> Option<Content<'static>> {
    match cell.kind.as_str() {
        "Number" => Some(match cell.text.trim().parse::<f64>() {
            Ok(number) => Content::Number(number),
            Err(_) => Content::Text(Cow::Owned(cell.text)),
        }),
        "DateTime" => Some(Content::IsoDate(cell.text.trim().to_owned())),
        "Boolean" => Some(Content::Flag(cell.text.trim() == "1")),
        "Error" => Some(Content::Error(cell.text.trim().to_owned())),
        "" if cell.formula && cell.text.is_empty() => Some(Content::Uncalculated),
        _ if cell.text.is_empty() => None,
        _ => Some(Content::Text(Cow::Owned(cell.text))),
    }
}

/// Where an element says that it stands, from 0.
fn index(tag: &Tag<'_>) -> Option<u64> {
    tag.attr("Index")?.trim().parse::<u64>().ok()?.checked_sub(1)
}

fn zero_or(tag: &Tag<'_>, name: &str) -> u64 {
    tag.attr(name).and_then(|count| count.trim().parse().ok()).unwrap_or(0)
}
