//! Reads the tables of a web page, which web systems send as `.xls`.
//! Tolerant, unlike `markup`: pages are written carelessly and spreadsheet programs read them. Knows
//! no style sheets and runs nothing; rows of all tables stand below each other, as those programs
//! show them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::Refusal;
use super::book::{Book, Filler};
use super::encoding::{declared, decode};
use super::grid::Content;
use super::limits::MAX_CELL_CHARS;

/// Reads a page. Errors: `FileForeign` when it holds no table; `FileDamaged`, `FileBeyondLimit`.
pub fn read(bytes: &[u8]) -> Result<Book, Refusal> {
    let text = decode(bytes, declared(bytes).as_deref());
    let mut walk = Walk {
        filler: Filler::default(),
        row0: 0,
        in_row: false,
        col0: 0,
        cell: None,
        below: BTreeMap::new(),
    };
    walk.filler.sheet("Sheet1", true)?;
    let mut n_rows = 0_u64;
    let mut rest = text.as_str();
    while let Some(open) = rest.find('<') {
        walk.text(&rest[..open]);
        let markup = &rest[open + 1..];
        if let Some(comment) = markup.strip_prefix("!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
            continue;
        }
        let Some(tag) = Tag::read(markup) else {
            // A sign, not a tag.
            walk.text("<");
            rest = markup;
            continue;
        };
        rest = &markup[tag.len..];
        match (tag.name.as_str(), tag.closes) {
            ("script" | "style" | "xml" | "title" | "comment", false) => rest = after_end(rest, &tag.name),
            ("tr", false) => {
                walk.end_row()?;
                walk.begin_row(&tag)?;
                n_rows += 1;
            }
            ("tr" | "table", true) => walk.end_row()?,
            ("table", false) => walk.end_row()?,
            ("td" | "th", false) => {
                if !walk.in_row {
                    walk.begin_row(&tag)?;
                    n_rows += 1;
                }
                walk.begin_cell(&tag)?;
            }
            ("td" | "th", true) => walk.end_cell()?,
            ("br" | "p" | "div" | "li", _) => walk.line(),
            _ => {}
        }
    }
    walk.text(rest);
    walk.end_row()?;
    if n_rows == 0 {
        return Err(Refusal::new(crate::model::ProblemCode::FileForeign, "网页,其中没有表格", "网页"));
    }
    walk.filler.finish()
}

/// What follows the end of an element whose content is no text of the page.
fn after_end<'a>(text: &'a str, name: &str) -> &'a str {
    let mut from = 0;
    while let Some(at) = text[from..].find("</") {
        let end = from + at + 2;
        if text.get(end..end + name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name)) {
            let tag = &text[end + name.len()..];
            return tag.find('>').map_or("", |close| &tag[close + 1..]);
        }
        from = end;
    }
    ""
}

/// A tag of a page.
struct Tag<'a> {
    /// In lower case.
    name: String,
    closes: bool,
    attrs: &'a str,
    /// Bytes up to its end.
    len: usize,
}

impl<'a> Tag<'a> {
    /// Reads a tag after its `<`. `None` when it is none.
    fn read(markup: &'a str) -> Option<Self> {
        let closes = markup.starts_with('/');
        let body = &markup[usize::from(closes)..];
        if !body.starts_with(|c: char| c.is_ascii_alphabetic() || c == '!' || c == '?') {
            return None;
        }
        let mut quote = 0_u8;
        let mut value = false;
        let end = body.bytes().position(|byte| {
            if quote != 0 {
                if byte == quote {
                    quote = 0;
                }
                return false;
            }
            match byte {
                b'"' | b'\'' if value => quote = byte,
                b'>' => return true,
                _ => {}
            }
            value = byte == b'=' || (value && byte.is_ascii_whitespace());
            false
        });
        // A quote that never ends: the tag ends where a careless reader would end it.
        let end = end.or_else(|| body.find('>'))?;
        let inner = &body[..end];
        let name_end = inner.find(|c: char| c.is_ascii_whitespace() || c == '/').unwrap_or(inner.len());
        Some(Self {
            name: inner[..name_end].to_ascii_lowercase(),
            closes,
            attrs: &inner[name_end..],
            len: usize::from(closes) + end + 1,
        })
    }

    /// The value of an attribute, with or without quotes.
    fn attr(&self, wanted: &str) -> Option<&'a str> {
        let mut rest = self.attrs;
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
            let name_end = rest.find(|c: char| c == '=' || c.is_ascii_whitespace()).unwrap_or(rest.len());
            if rest.is_empty() {
                return None;
            }
            let (name, after) = rest.split_at(name_end);
            let Some(value) = after.trim_start().strip_prefix('=').map(str::trim_start) else {
                // An attribute without a value; a stray `=` cannot be, it would have been taken.
                rest = after.trim_start();
                continue;
            };
            let (value, after) = match value.chars().next() {
                Some(quote @ ('"' | '\'')) => {
                    let inner = &value[1..];
                    inner.split_once(quote).unwrap_or((inner, ""))
                }
                _ => value.split_at(value.find(|c: char| c.is_ascii_whitespace()).unwrap_or(value.len())),
            };
            if name.eq_ignore_ascii_case(wanted) {
                return Some(value);
            }
            rest = after;
        }
    }

    /// How many rows or columns a cell covers. Spreadsheet programs take 0 for 1.
    fn span(&self, name: &str) -> u64 {
        self.attr(name).and_then(|span| span.trim().parse().ok()).unwrap_or(1).max(1)
    }
}

struct Walk {
    filler: Filler,
    row0: u64,
    in_row: bool,
    col0: u64,
    cell: Option<Cell>,
    /// Cells that reach down from earlier rows, by first column: the column after them, and the row
    /// after them.
    below: BTreeMap<u64, (u64, u64)>,
}

struct Cell {
    col0: u64,
    rows: u64,
    cols: u64,
    text: String,
    /// The number behind the text, where the page tells it.
    number: Option<f64>,
}

impl Walk {
    fn begin_row(&mut self, tag: &Tag<'_>) -> Result<(), Refusal> {
        self.in_row = true;
        self.col0 = 0;
        let style: String = tag.attr("style").unwrap_or_default().split_whitespace().collect();
        if tag.name == "tr" && style.to_ascii_lowercase().contains("display:none") {
            self.filler.hide_rows(self.row0..self.row0 + 1)?;
        }
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), Refusal> {
        self.end_cell()?;
        if std::mem::take(&mut self.in_row) {
            self.row0 += 1;
        }
        Ok(())
    }

    fn begin_cell(&mut self, tag: &Tag<'_>) -> Result<(), Refusal> {
        self.end_cell()?;
        self.pass_covered();
        let (rows, cols) = (tag.span("rowspan"), tag.span("colspan"));
        let number = tag.attr("x:num").and_then(|number| number.trim().parse().ok());
        self.cell = Some(Cell { col0: self.col0, rows, cols, text: String::new(), number });
        if rows > 1 {
            let end = self.col0.saturating_add(cols);
            self.below.insert(self.col0, (end, self.row0.saturating_add(rows)));
        }
        self.col0 = self.col0.saturating_add(cols);
        Ok(())
    }

    /// Moves to the next column that no cell from above covers.
    fn pass_covered(&mut self) {
        while let Some((&first, &(end, until))) = self.below.range(..=self.col0).next_back() {
            if until <= self.row0 {
                self.below.remove(&first);
            } else if end > self.col0 {
                self.col0 = end;
            } else {
                break;
            }
        }
    }

    fn end_cell(&mut self) -> Result<(), Refusal> {
        let Some(cell) = self.cell.take() else { return Ok(()) };
        let text = tidy(&cell.text);
        if cell.rows > 1 || cell.cols > 1 {
            let at = self.filler.place(self.row0, cell.col0)?;
            self.filler.merge(at, cell.rows, cell.cols)?;
        }
        let content = match cell.number {
            Some(number) if !text.is_empty() => Content::Number(number),
            _ => Content::Text(Cow::Owned(text)),
        };
        self.filler.put(self.row0, cell.col0, content, false)
    }

    fn text(&mut self, text: &str) {
        if let Some(cell) = &mut self.cell
            && cell.text.len() <= 4 * MAX_CELL_CHARS
        {
            resolve(text, &mut cell.text);
        }
    }

    fn line(&mut self) {
        if let Some(cell) = &mut self.cell {
            cell.text.push('\u{b}');
        }
    }
}

/// The text as a page shows it: white space is one space, breaks are lines.
fn tidy(text: &str) -> String {
    let lines: Vec<String> = text
        .split('\u{b}')
        .map(|line| {
            line.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
        })
        .collect();
    let first = lines.iter().position(|line| !line.is_empty()).unwrap_or(lines.len());
    let last = lines.iter().rposition(|line| !line.is_empty()).map_or(first, |last| last + 1);
    lines[first..last].join("\n").replace('\u{a0}', " ").trim().to_owned()
}

/// Entities that pages of tables use; others stay as they are.
const ENTITIES: [(&str, &str); 12] = [
    ("nbsp", "\u{a0}"),
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("apos", "'"),
    ("middot", "·"),
    ("times", "×"),
    ("radic", "√"),
    ("ldquo", "“"),
    ("rdquo", "”"),
    ("ensp", " "),
];

fn resolve(mut text: &str, into: &mut String) {
    while let Some(at) = text.find('&') {
        into.push_str(&text[..at]);
        let after = &text[at + 1..];
        let end = after.bytes().take(10).position(|byte| byte == b';');
        let meant = end.and_then(|end| {
            let name = &after[..end];
            let number = name.strip_prefix('#').and_then(|number| match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok(),
                None => number.parse().ok(),
            });
            let letter = number.and_then(char::from_u32).filter(|c| !c.is_control() || c.is_whitespace());
            let named = ENTITIES.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
            Some((end, letter.map(String::from).or(named)?))
        });
        match meant {
            Some((end, meant)) => {
                into.push_str(&meant);
                text = &after[end + 1..];
            }
            None => {
                into.push('&');
                text = after;
            }
        }
    }
    into.push_str(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(page: &str) -> Vec<(u32, u32, String)> {
        let book = read(page.as_bytes()).expect("it is read");
        book.sheets[0].cells.iter().map(|cell| (cell.at.row0, cell.at.col0, cell.shown(false))).collect()
    }

    fn at(row0: u32, col0: u32, text: &str) -> (u32, u32, String) {
        (row0, col0, text.to_owned())
    }

    #[test]
    fn tables_are_read_as_a_browser_shows_them() {
        for (page, found) in [
            ("<table><tr><td>甲<td>乙<tr><td>1</table>", vec![at(0, 0, "甲"), at(0, 1, "乙"), at(1, 0, "1")]),
            (
                "<TABLE><TR><TD rowspan=2 colspan='2'>a</TD><TD>b</TD></TR><TR><TD>c</TD></TR><tr><td>d</table>",
                vec![at(0, 0, "a"), at(0, 2, "b"), at(1, 2, "c"), at(2, 0, "d")],
            ),
            ("<table><tr><td> 一&nbsp;&#20108;<br>\n 三&lt; <b>四</b></td>", vec![at(0, 0, "一 二\n三< 四")]),
            (
                "<table><tr><td title='a>b' x:num=\"1.50\">1.5</td><td>a < b & c</td>",
                vec![at(0, 0, "1.5"), at(0, 1, "a < b & c")],
            ),
            ("<style>td{}</style><!-- <td>x --><table><td>y", vec![at(0, 0, "y")]),
            (
                "<table><tr><td>外<table><tr><td>内</table><td>后",
                vec![at(0, 0, "外"), at(1, 0, "内"), at(2, 0, "后")],
            ),
        ] {
            assert_eq!(cells(page), found, "{page}");
        }
    }

    #[test]
    fn a_page_without_a_table_is_no_workbook() {
        assert_eq!(read(b"<html><p>404").expect_err("no table").code.key(), "file_foreign");
    }
}
