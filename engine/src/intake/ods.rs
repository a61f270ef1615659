//! Reads `.ods`: a walk of our own over `content.xml`, because no reader tells merged regions or
//! hidden lines, and a repeated cell must be counted before it is repeated.
//! Knows no zip: the guard inflates the parts.
//!
//! What is repeated without content costs nothing; what is repeated with content counts against the
//! limits like anything else. Nothing is cut short silently.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::Refusal;
use super::book::{Book, Filler};
use super::grid::Content;
use super::limits::{MAX_CELL_CHARS, MAX_COLS, MAX_ROWS};
use super::markup::{Fault, Piece, Tag, Tags, unescape};

const PART: &str = "content.xml";

/// Elements that hold no cells of the sheet, though some look like it: what was changed or deleted,
/// copies of other files, drawings beside the cells.
const PASSED_OVER: [&str; 6] =
    ["tracked-changes", "dde-links", "forms", "shapes", "table-source", "detective"];

/// Reads `content.xml`. `digests`: of the package's pictures, by path.
///
/// Errors: `FileDamaged`, `FileBeyondLimit`.
pub fn read(content: &[u8], digests: &BTreeMap<String, String>) -> Result<Book, Refusal> {
    let tags = Tags::new(content).map_err(|fault| fault.refuse(PART))?;
    let mut walk = Walk {
        tags,
        digests,
        filler: Filler::default(),
        hidden_styles: BTreeSet::new(),
        row0: 0,
        col0: 0,
        column0: 0,
        repeated: 1,
        row: Vec::new(),
    };
    walk.document()?;
    walk.filler.finish()
}

/// Reads a workbook that is one XML file. Its pictures are inside and are not looked at.
///
/// Errors: `FileDamaged`, `FileBeyondLimit`.
pub fn read_flat(bytes: &[u8]) -> Result<Book, Refusal> {
    read(bytes, &BTreeMap::new())
}

struct Walk<'a> {
    tags: Tags<'a>,
    digests: &'a BTreeMap<String, String>,
    filler: Filler,
    /// Styles of sheets that nobody sees.
    hidden_styles: BTreeSet<&'a str>,
    /// The next row, cell of the row, and column definition.
    row0: u64,
    col0: u64,
    column0: u64,
    /// How often the current row stands.
    repeated: u64,
    /// Its cells.
    row: Vec<Cell>,
}

/// A cell with something in it, perhaps several times in its row.
struct Cell {
    col0: u64,
    repeated: u64,
    content: Option<Content<'static>>,
    formula: bool,
    percent: bool,
    /// Rows and columns that it covers.
    span: (u64, u64),
    comment: String,
    pictures: Vec<String>,
}

impl<'a> Walk<'a> {
    fn next(&mut self) -> Result<Option<Piece<'a>>, Refusal> {
        self.tags.next_piece().map_err(|fault| fault.refuse(PART))
    }

    /// Passes over an element that was opened.
    fn skip(&mut self, tag: &Tag<'_>) -> Result<(), Refusal> {
        let mut depth = usize::from(!tag.is_empty());
        while depth > 0 {
            match self.next()? {
                Some(Piece::Tag(inner)) if inner.closes => depth -= 1,
                Some(Piece::Tag(inner)) => depth += usize::from(!inner.is_empty()),
                Some(Piece::Text(_)) => {}
                None => return Err(Fault::Malformed.refuse(PART)),
            }
        }
        Ok(())
    }

    fn document(&mut self) -> Result<(), Refusal> {
        let mut style = "";
        let mut complete = false;
        while let Some(piece) = self.next()? {
            let Piece::Tag(tag) = piece else { continue };
            match (tag.name, tag.closes) {
                ("document-content" | "document", true) => complete = true,
                ("style", false) => style = tag.attr("name").unwrap_or_default(),
                ("table-properties", false) if tag.attr("display") == Some("false") => {
                    self.hidden_styles.insert(style);
                }
                ("table", false) => {
                    let visible =
                        tag.attr("style-name").is_none_or(|style| !self.hidden_styles.contains(style));
                    self.filler.sheet(tag.attr("name").map(unescape).unwrap_or_default(), visible)?;
                    (self.row0, self.column0) = (0, 0);
                }
                ("table-column", false) => self.column(&tag)?,
                ("table-row", false) => {
                    self.begin_row(&tag)?;
                    if tag.is_empty() {
                        self.end_row()?;
                    }
                }
                ("table-row", true) => self.end_row()?,
                ("table-cell", false) => self.cell(&tag)?,
                ("covered-table-cell", false) => {
                    self.col0 = self.col0.saturating_add(tag.count("number-columns-repeated"));
                    self.skip(&tag)?;
                }
                (name, false) if PASSED_OVER.contains(&name) => self.skip(&tag)?,
                _ => {}
            }
        }
        if complete { Ok(()) } else { Err(Fault::Malformed.refuse(PART)) }
    }

    fn column(&mut self, tag: &Tag<'_>) -> Result<(), Refusal> {
        let next = self.column0.saturating_add(tag.count("number-columns-repeated"));
        if is_hidden(tag) && self.has_sheet() {
            self.filler.hide_cols(self.column0..next)?;
        }
        self.column0 = next;
        Ok(())
    }

    fn begin_row(&mut self, tag: &Tag<'_>) -> Result<(), Refusal> {
        self.col0 = 0;
        self.row.clear();
        self.repeated = tag.count("number-rows-repeated");
        if is_hidden(tag) && self.has_sheet() {
            self.filler.hide_rows(self.row0..self.row0.saturating_add(self.repeated))?;
        }
        Ok(())
    }

    /// Whether there is a sheet: rows may stand anywhere in a damaged file.
    fn has_sheet(&self) -> bool {
        self.filler.has_sheet()
    }

    fn end_row(&mut self) -> Result<(), Refusal> {
        let row = std::mem::take(&mut self.row);
        let first = self.row0;
        self.row0 = self.row0.saturating_add(self.repeated);
        if row.is_empty() {
            return Ok(());
        }
        if !self.has_sheet() {
            return Err(Refusal::damaged(format!("{PART} 的行不在工作表中")));
        }
        if self.row0 > MAX_ROWS.into() {
            return Err(Refusal::limit(format!("有内容的行不超过 {MAX_ROWS} 行"), self.row0));
        }
        for row0 in first..self.row0 {
            for cell in &row {
                let stands = cell.content.is_some() || cell.span != (1, 1);
                if !stands {
                    // A remark or a picture on an empty cell is not repeated with it.
                    if row0 == first {
                        self.put(cell, row0, cell.col0)?;
                    }
                    continue;
                }
                for col0 in cell.col0..cell.col0.saturating_add(cell.repeated) {
                    self.put(cell, row0, col0)?;
                }
            }
        }
        Ok(())
    }

    fn put(&mut self, cell: &Cell, row0: u64, col0: u64) -> Result<(), Refusal> {
        if let Some(content) = &cell.content {
            self.filler.put(row0, col0, content.clone(), cell.formula)?;
        }
        let at = self.filler.place(row0, col0)?;
        if cell.span != (1, 1) {
            self.filler.merge(at, cell.span.0, cell.span.1)?;
        }
        if cell.percent {
            self.filler.current().percents.push(at);
        }
        // What hangs on a cell hangs on the first of its repetitions.
        if row0 == self.row0 - self.repeated && col0 == cell.col0 {
            self.filler.hang(at, &cell.comment, cell.pictures.iter().cloned())?;
        }
        Ok(())
    }

    fn cell(&mut self, tag: &Tag<'a>) -> Result<(), Refusal> {
        let repeated = tag.count("number-columns-repeated");
        let col0 = self.col0;
        self.col0 = self.col0.saturating_add(repeated);
        let mut inside = Inside::default();
        if !tag.is_empty() {
            self.inside(&mut inside)?;
        }
        let formula = tag.attr("formula").is_some();
        let content = content(tag, inside.text, formula);
        let span = (tag.count("number-rows-spanned"), tag.count("number-columns-spanned"));
        if content.is_none() && span == (1, 1) && inside.comment.is_empty() && inside.pictures.is_empty() {
            return Ok(());
        }
        if self.col0 > MAX_COLS.into() {
            return Err(Refusal::limit(format!("有内容的列不超过 {MAX_COLS} 列"), self.col0));
        }
        let percent = tag.attr("value-type") == Some("percentage");
        self.row.push(Cell {
            col0,
            repeated,
            content,
            formula,
            percent,
            span,
            comment: inside.comment,
            pictures: inside.pictures,
        });
        Ok(())
    }

    /// Reads what is in a cell, up to its end: paragraphs, a remark, pictures.
    fn inside(&mut self, inside: &mut Inside) -> Result<(), Refusal> {
        let mut depth = 1_usize;
        // Depths at which a remark or a drawing began.
        let (mut remark, mut frame) = (None, None);
        // Paragraphs of the cell and of the remark, and the depth of the one that is open.
        let mut paragraphs = [0_usize; 2];
        let mut paragraph = None;
        while depth > 0 {
            let Some(piece) = self.next()? else { return Err(Fault::Malformed.refuse(PART)) };
            let text = if remark.is_some() { &mut inside.comment } else { &mut inside.text };
            match piece {
                Piece::Tag(tag) if tag.closes => {
                    depth -= 1;
                    paragraph = paragraph.filter(|began| *began <= depth);
                    remark = remark.filter(|began| *began <= depth);
                    frame = frame.filter(|began| *began <= depth);
                }
                Piece::Tag(tag) => {
                    match tag.name {
                        "p" | "h" if frame.is_none() || remark.is_some() => {
                            let n_before = &mut paragraphs[usize::from(remark.is_some())];
                            if *n_before > 0 {
                                text.push('\n');
                            }
                            *n_before += 1;
                            paragraph = Some(depth + 1);
                        }
                        "s" => {
                            let n_spaces = tag.count("c").min(MAX_CELL_CHARS as u64) as usize;
                            text.extend(std::iter::repeat_n(' ', n_spaces));
                        }
                        "tab" => text.push('\t'),
                        "line-break" => text.push('\n'),
                        "annotation" if remark.is_none() => remark = Some(depth + 1),
                        "frame" | "g" | "custom-shape" if frame.is_none() => frame = Some(depth + 1),
                        "image" if remark.is_none() => {
                            let path = tag.attr("href").map(unescape).unwrap_or_default();
                            let path = path.trim_start_matches("./").to_lowercase();
                            inside.pictures.extend(self.digests.get(&path).cloned());
                        }
                        _ => {}
                    }
                    depth += usize::from(!tag.is_empty());
                    if tag.is_empty() {
                        paragraph = paragraph.filter(|began| *began <= depth);
                        remark = remark.filter(|began| *began <= depth);
                        frame = frame.filter(|began| *began <= depth);
                    }
                }
                // Outside of paragraphs stands the file's own layout, and a remark's author and day.
                Piece::Text(piece) if paragraph.is_some() && (remark.is_some() || frame.is_none()) => {
                    collapse(&piece, text);
                }
                Piece::Text(_) => {}
            }
            if text_len(inside) > 2 * 4 * MAX_CELL_CHARS {
                return Err(Refusal::limit(format!("单元格文字不超过 {MAX_CELL_CHARS} 字"), "更长"));
            }
        }
        Ok(())
    }
}

/// What a cell holds beside its attributes.
#[derive(Default)]
struct Inside {
    text: String,
    comment: String,
    pictures: Vec<String>,
}

/// Adds text of a paragraph: white space is one space, as the format has it.
fn collapse(piece: &str, into: &mut String) {
    for c in piece.chars() {
        if !matches!(c, ' ' | '\t' | '\r' | '\n') {
            into.push(c);
        } else if !into.is_empty() && !into.ends_with([' ', '\n']) {
            into.push(' ');
        }
    }
}

const fn text_len(inside: &Inside) -> usize {
    inside.text.len() + inside.comment.len()
}

fn is_hidden(tag: &Tag<'_>) -> bool {
    matches!(tag.attr("visibility"), Some("collapse" | "filter"))
}

fn content(tag: &Tag<'_>, text: String, formula: bool) -> Option<Content<'static>> {
    let attr = |name: &str| tag.attr(name).map(unescape);
    let number = || attr("value").and_then(|value| value.trim().parse::<f64>().ok());
    // The type in the program's own namespace says what the standard's cannot: an error.
    let own_type = tag.attrs.contains("calcext:value-type=\"error\"");
    match tag.attr_full("office:value-type") {
        _ if own_type => Some(Content::Error(text)),
        Some("float" | "percentage" | "currency") => {
            Some(number().map_or_else(|| Content::Text(Cow::Owned(text)), Content::Number))
        }
        Some("date") => Some(Content::IsoDate(attr("date-value").unwrap_or(text))),
        Some("time") => Some(Content::IsoDate(attr("time-value").map_or(text, |time| clock(&time)))),
        Some("boolean") => Some(Content::Flag(attr("boolean-value").as_deref() == Some("true"))),
        _ => {
            let text = if text.is_empty() { attr("string-value").unwrap_or_default() } else { text };
            match (text.is_empty(), formula) {
                (true, true) if tag.attr_full("office:value-type").is_none() => Some(Content::Uncalculated),
                (true, _) => None,
                (false, _) => Some(Content::Text(Cow::Owned(text))),
            }
        }
    }
}

/// `PT08H30M00S` as `08:30:00`; anything else as it stands.
fn clock(time: &str) -> String {
    let parts = || {
        let (hours, rest) = time.strip_prefix("PT")?.split_once('H')?;
        let (minutes, rest) = rest.split_once('M')?;
        let seconds = rest.strip_suffix('S')?;
        Some(format!("{hours}:{minutes}:{}", seconds.split(['.', ',']).next()?))
    };
    parts().unwrap_or_else(|| time.to_owned())
}
