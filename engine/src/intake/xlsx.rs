//! Reads the parts of an xlsx package that hold cells: the shared texts, and the sheets.
//! Knows no zip and no other part: the guard inflates, and says what number formats show.
//!
//! One walk over a part both counts and reads it, so that what was counted is what is read; nothing
//! that a file claims (its extent, the number of its texts) is looked at. What a value means here is
//! what it means to spreadsheet programs; where they would ask for a repair, the file is damaged.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::Refusal;
use super::grid::{Content, GridCell};
use super::limits::{MAX_CELLS, MAX_COLS, MAX_MERGES, MAX_ROWS, MAX_STRINGS, MAX_VALUES};
use super::markup::{Piece, Tag, Tags};
use super::package::{Region, Shows, parse_address, parse_region};
use crate::model::CellRef;

/// The shared texts of a workbook.
#[derive(Debug, Default)]
pub struct Strings {
    /// All of them, one behind the other.
    text: String,
    /// Where each ends.
    ends: Vec<usize>,
}

impl Strings {
    /// Reads the part of this name. Errors: `FileDamaged`, `FileBeyondLimit`.
    pub fn read(name: &str, bytes: &[u8]) -> Result<Self, Refusal> {
        let mut tags = Tags::new(bytes).map_err(|fault| fault.refuse(name))?;
        let mut strings = Self::default();
        let mut runs: Option<Runs> = None;
        while let Some(piece) = tags.next_piece().map_err(|fault| fault.refuse(name))? {
            match piece {
                Piece::Tag(tag) if tag.name == "si" => {
                    if tag.closes != runs.is_some() {
                        return Err(Refusal::damaged(format!("{name} 不是完整的 XML")));
                    }
                    runs = (!tag.closes && !tag.is_empty()).then(Runs::default);
                    if runs.is_none() {
                        strings.ends.push(strings.text.len());
                    }
                    if strings.ends.len() > MAX_STRINGS {
                        return Err(Refusal::limit(
                            format!("共享文字不超过 {MAX_STRINGS} 条"),
                            format!("超过 {MAX_STRINGS}"),
                        ));
                    }
                }
                Piece::Tag(tag) => {
                    if let Some(runs) = &mut runs {
                        runs.tag(&tag, &mut strings.text);
                    }
                }
                Piece::Text(text) => {
                    if let Some(runs) = &runs {
                        runs.text(&text, &mut strings.text);
                    }
                }
            }
        }
        if runs.is_some() {
            return Err(Refusal::damaged(format!("{name} 不是完整的 XML")));
        }
        Ok(strings)
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether the text is empty; so is one that does not exist.
    pub fn is_blank(&self, index: usize) -> bool {
        self.get(index).is_none_or(str::is_empty)
    }

    /// A text, by its position.
    pub fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)?;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.text.get(start..end)
    }
}

/// The runs of one text, put together; the readings above them (`rPh`) are left out.
#[derive(Debug, Default)]
struct Runs {
    in_reading: bool,
    /// Where the run begins in what is put together, and whether its outer white space counts.
    run: Option<(usize, bool)>,
}

impl Runs {
    fn tag(&mut self, tag: &Tag<'_>, out: &mut String) {
        match (tag.name, tag.closes) {
            ("rPh", closes) => self.in_reading = !closes && !tag.is_empty(),
            ("t", false) if !self.in_reading && !tag.is_empty() => {
                let preserves = tag.attr_full("xml:space") == Some("preserve");
                self.run = Some((out.len(), preserves));
            }
            ("t", true) => {
                if let Some((start, preserves)) = self.run.take() {
                    if !preserves {
                        const BLANK: [char; 4] = [' ', '\t', '\r', '\n'];
                        out.truncate(start + out[start..].trim_end_matches(BLANK).len());
                        let lead = out[start..].len() - out[start..].trim_start_matches(BLANK).len();
                        out.drain(start..start + lead);
                    }
                    if let Cow::Owned(text) = without_escapes(&out[start..]) {
                        out.truncate(start);
                        out.push_str(&text);
                    }
                }
            }
            _ => {}
        }
    }

    fn text(&self, text: &str, out: &mut String) {
        if self.run.is_some() {
            out.push_str(&with_plain_ends(text));
        }
    }
}

/// A text with the ends of its lines as XML has them: a single line feed.
fn with_plain_ends(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte == b'\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// A text without the escapes of its format: `_x000D_` is a carriage return, by its unit of UTF-16.
fn without_escapes(text: &str) -> Cow<'_, str> {
    let unit = |text: &str| -> Option<u16> {
        let hex = text.strip_prefix("_x")?.get(..4)?;
        let is = text.as_bytes().get(6) == Some(&b'_') && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        is.then(|| u16::from_str_radix(hex, 16).ok()).flatten()
    };
    if !text.contains("_x") {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let mut units = Vec::new();
        while let Some(unit) = unit(rest) {
            units.push(unit);
            rest = &rest[7..];
        }
        if units.is_empty() {
            plain.push_str(&rest[..2]);
            rest = &rest[2..];
        }
        plain.push_str(&String::from_utf16_lossy(&units));
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// What the sheets of a workbook have held so far.
#[derive(Debug, Default)]
pub struct Counts {
    cells: usize,
    values: usize,
}

/// What a sheet's part says.
#[derive(Debug, Default)]
pub struct Sheet<'a> {
    /// Cells that are not empty, in the order of the file.
    pub cells: Vec<GridCell<'a>>,
    /// Merged regions, in the order of the file.
    pub merges: Vec<Region>,
    /// Hidden rows, from 0, in the order of the file.
    pub hidden_rows: Vec<u32>,
    /// Hidden columns, from 0, sorted.
    pub hidden_cols: Vec<u32>,
    /// Cells whose number is shown as a percentage, in the order of the file.
    pub percents: Vec<CellRef>,
    /// Cells that stand for a rich value, and its number from 1.
    pub rich: Vec<(CellRef, usize)>,
}

/// Reads the part of a sheet. `shows`: what the number format of each cell format shows.
///
/// Errors: `FileDamaged`, `FileBeyondLimit`.
pub fn read<'a>(
    name: &str,
    bytes: &[u8],
    strings: &'a Strings,
    shows: &[Shows],
    counts: &mut Counts,
) -> Result<Sheet<'a>, Refusal> {
    let mut tags = Tags::new(bytes).map_err(|fault| fault.refuse(name))?;
    let mut walk = Walk {
        name,
        strings,
        shows,
        counts,
        sheet: Sheet::default(),
        hidden_cols: BTreeSet::new(),
        data: Data::Before,
        next: CellRef::new(0, 0),
        cell: None,
    };
    while let Some(piece) = tags.next_piece().map_err(|fault| fault.refuse(name))? {
        match piece {
            Piece::Tag(tag) => walk.tag(&tag)?,
            Piece::Text(text) => walk.text(text),
        }
        if let Some(cell) = &mut walk.cell
            && cell.is_new()
            && let Some(value) = tags.take_last("<v>", "</v></c>")
        {
            cell.value = Some(Cow::Borrowed(value));
            walk.end_cell()?;
        }
    }
    if walk.data != Data::Behind || walk.cell.is_some() {
        return Err(walk.damaged());
    }
    walk.sheet.hidden_cols = walk.hidden_cols.into_iter().collect();
    Ok(walk.sheet)
}

/// Where the walk is: the rows of a sheet are in one place of its part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Data {
    Before,
    Inside,
    Behind,
}

/// How a cell's value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A number, where another word is a text.
    Plain,
    /// A number.
    Number,
    Shared,
    Text,
    Inline,
    Flag,
    Error,
    Day,
    Unknown,
}

/// What the walk is inside of, in a cell.
#[derive(Debug)]
enum Inside {
    Nothing,
    Value,
    Formula,
    Inline(Runs),
}

/// A cell under construction.
struct Cell<'p> {
    at: CellRef,
    kind: Kind,
    style: Option<usize>,
    rich: Option<usize>,
    formula: bool,
    inside: Inside,
    value: Option<Cow<'p, str>>,
    inline: Option<String>,
}

struct Walk<'w, 'a, 'p> {
    name: &'w str,
    strings: &'a Strings,
    shows: &'w [Shows],
    counts: &'w mut Counts,
    sheet: Sheet<'a>,
    hidden_cols: BTreeSet<u32>,
    data: Data,
    /// Where a cell without an address would stand.
    next: CellRef,
    cell: Option<Cell<'p>>,
}

impl<'p> Walk<'_, '_, 'p> {
    fn damaged(&self) -> Refusal {
        Refusal::damaged(format!("{} 不是完整的工作表", self.name))
    }

    fn tag(&mut self, tag: &Tag<'p>) -> Result<(), Refusal> {
        if let Some(cell) = &mut self.cell {
            if tag.name == "c" || tag.name == "row" || tag.name == "sheetData" {
                return if tag.name == "c" && tag.closes { self.end_cell() } else { Err(self.damaged()) };
            }
            cell.tag(tag);
            return Ok(());
        }
        match (tag.name, tag.closes) {
            ("c", false) if self.data == Data::Inside => self.begin_cell(tag),
            ("row", false) if self.data == Data::Inside => self.begin_row(tag),
            ("row", true) if self.data == Data::Inside => {
                self.next = CellRef::new(self.next.row0 + 1, 0);
                Ok(())
            }
            ("sheetData", closes) => {
                self.data = match (self.data, closes, tag.is_empty()) {
                    (Data::Before, false, false) => Data::Inside,
                    (Data::Before, false, true) | (Data::Inside, true, _) => Data::Behind,
                    _ => return Err(self.damaged()),
                };
                Ok(())
            }
            ("col", false) if tag.flag("hidden") => {
                let line = |name| tag.attr(name).and_then(|line| line.parse::<u32>().ok());
                if let (Some(first @ 1..), Some(last)) = (line("min"), line("max")) {
                    self.hidden_cols.extend(first - 1..last.min(MAX_COLS));
                }
                Ok(())
            }
            ("mergeCell", false) => {
                if let Some(region) = tag.attr("ref").and_then(parse_region) {
                    if self.sheet.merges.len() == MAX_MERGES {
                        return Err(Refusal::limit(
                            format!("每张表不超过 {MAX_MERGES} 处合并"),
                            format!("超过 {MAX_MERGES}"),
                        ));
                    }
                    self.sheet.merges.push(region);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn text(&mut self, text: Cow<'p, str>) {
        if let Some(cell) = &mut self.cell {
            cell.text(text);
        }
    }

    fn begin_row(&mut self, tag: &Tag<'_>) -> Result<(), Refusal> {
        let mut row0 = self.next.row0;
        let mut hidden = false;
        for attr in tag.attrs() {
            match attr.local() {
                "r" => {
                    let row = attr.value.parse::<u32>().ok().filter(|row| (1..=MAX_ROWS).contains(row));
                    row0 =
                        row.ok_or_else(|| Refusal::damaged(format!("{} 内有超出范围的行号", self.name)))? - 1;
                }
                "hidden" => hidden = matches!(attr.value, "1" | "true"),
                _ => {}
            }
        }
        if hidden {
            self.sheet.hidden_rows.push(row0);
        }
        self.next = CellRef::new(row0 + u32::from(tag.is_empty()), 0);
        Ok(())
    }

    fn begin_cell(&mut self, tag: &Tag<'p>) -> Result<(), Refusal> {
        self.counts.cells += 1;
        if self.counts.cells > MAX_CELLS {
            return Err(Refusal::limit(format!("不超过 {MAX_CELLS} 个单元格"), format!("超过 {MAX_CELLS}")));
        }
        let mut cell = Cell {
            at: self.next,
            kind: Kind::Plain,
            style: None,
            rich: None,
            formula: false,
            inside: Inside::Nothing,
            value: None,
            inline: None,
        };
        for attr in tag.attrs() {
            match attr.local() {
                "r" => {
                    cell.at = parse_address(attr.value).ok_or_else(|| {
                        let shown: String = attr.value.chars().take(20).collect();
                        Refusal::damaged(format!("{} 内有单元格地址 {shown}", self.name))
                    })?;
                }
                "s" => cell.style = attr.value.parse().ok(),
                "t" => {
                    cell.kind = match attr.value {
                        "n" => Kind::Number,
                        "s" => Kind::Shared,
                        "str" => Kind::Text,
                        "inlineStr" => Kind::Inline,
                        "b" => Kind::Flag,
                        "e" => Kind::Error,
                        "d" => Kind::Day,
                        _ => Kind::Unknown,
                    };
                }
                "vm" => cell.rich = attr.value.parse().ok(),
                _ => {}
            }
        }
        if cell.at.row0 >= MAX_ROWS || cell.at.col0 >= MAX_COLS {
            return Err(Refusal::damaged(format!("{} 内有单元格超出表格范围", self.name)));
        }
        self.next.col0 = cell.at.col0 + 1;
        if !tag.is_empty() {
            self.cell = Some(cell);
        }
        Ok(())
    }

    fn end_cell(&mut self) -> Result<(), Refusal> {
        let Some(mut cell) = self.cell.take() else { return Ok(()) };
        // A picture in a cell is a rich value; the error beside it is for programs that know none.
        if let (Some(rich), Kind::Error) = (cell.rich, cell.kind) {
            self.sheet.rich.push((cell.at, rich));
        }
        let Some(content) = self.content(&mut cell)? else { return Ok(()) };
        self.counts.values += 1;
        if self.counts.values > MAX_VALUES {
            return Err(Refusal::limit(
                format!("不超过 {MAX_VALUES} 个有内容的单元格"),
                format!("超过 {MAX_VALUES}"),
            ));
        }
        self.sheet.cells.push(GridCell { at: cell.at, content, formula: cell.formula });
        Ok(())
    }
}

impl<'a> Walk<'_, 'a, '_> {
    fn content(&mut self, cell: &mut Cell<'_>) -> Result<Option<Content<'a>>, Refusal> {
        if let Some(text) = cell.inline.take() {
            return Ok(if text.is_empty() { None } else { Some(Content::Text(Cow::Owned(text))) });
        }
        let Some(value) = cell.value.take() else {
            return Ok(cell.formula.then_some(Content::Uncalculated));
        };
        let wrong = |value: &str| {
            let shown: String = value.chars().take(20).collect();
            Refusal::damaged(format!("{} 的 {} 内有无法识别的值 {shown}", self.name, cell.at))
        };
        // A text that a formula made may be empty; of any other kind it has not been calculated.
        if value.is_empty() && !matches!(cell.kind, Kind::Text | Kind::Error | Kind::Day | Kind::Unknown) {
            return Ok(cell.formula.then_some(Content::Uncalculated));
        }
        let own = |text: Cow<'_, str>| Cow::Owned(with_plain_ends(&text).into_owned());
        let content = match cell.kind {
            Kind::Plain | Kind::Number => match value.parse::<f64>() {
                Ok(number) => match cell.style.and_then(|style| self.shows.get(style)) {
                    Some(Shows::Day) => Content::Serial(number),
                    shows => {
                        if shows == Some(&Shows::Percent) {
                            self.sheet.percents.push(cell.at);
                        }
                        Content::Number(number)
                    }
                },
                Err(_) if cell.kind == Kind::Plain => Content::Text(own(value)),
                Err(_) => return Err(wrong(&value)),
            },
            Kind::Shared => {
                let index = value.trim().parse().map_err(|_| wrong(&value))?;
                match self.strings.get(index).ok_or_else(|| wrong(&value))? {
                    "" => return Ok(None),
                    text => Content::Text(Cow::Borrowed(text)),
                }
            }
            Kind::Text => match without_escapes(&with_plain_ends(&value)) {
                text if text.is_empty() => return Ok(None),
                text => Content::Text(Cow::Owned(text.into_owned())),
            },
            Kind::Flag => match value.trim() {
                "" => return Ok(cell.formula.then_some(Content::Uncalculated)),
                "0" => Content::Flag(false),
                "1" => Content::Flag(true),
                word if word.eq_ignore_ascii_case("false") => Content::Flag(false),
                word if word.eq_ignore_ascii_case("true") => Content::Flag(true),
                _ => return Err(wrong(&value)),
            },
            Kind::Error | Kind::Day if value.is_empty() => return Ok(None),
            Kind::Error => Content::Error(value.into_owned()),
            Kind::Day => Content::IsoDate(value.into_owned()),
            // The text of such a cell is in its runs, if anywhere.
            Kind::Inline => return Ok(None),
            Kind::Unknown => return Err(wrong(&value)),
        };
        Ok(Some(content))
    }
}

impl<'p> Cell<'p> {
    /// Whether nothing of what is in it has been read.
    const fn is_new(&self) -> bool {
        matches!(self.inside, Inside::Nothing)
            && !self.formula
            && self.value.is_none()
            && self.inline.is_none()
    }

    fn tag(&mut self, tag: &Tag<'_>) {
        match (&mut self.inside, tag.name, tag.closes) {
            (Inside::Nothing, "v", false) => {
                self.value = Some(Cow::Borrowed(""));
                self.enter(tag, Inside::Value);
            }
            (Inside::Nothing, "f", false) => {
                self.formula = true;
                self.enter(tag, Inside::Formula);
            }
            (Inside::Nothing, "is", false) => {
                self.inline = Some(String::new());
                self.enter(tag, Inside::Inline(Runs::default()));
            }
            (Inside::Value, "v", true) | (Inside::Formula, "f", true) | (Inside::Inline(_), "is", true) => {
                self.inside = Inside::Nothing;
            }
            (Inside::Inline(runs), ..) => {
                if let Some(out) = &mut self.inline {
                    runs.tag(tag, out);
                }
            }
            _ => {}
        }
    }

    fn enter(&mut self, tag: &Tag<'_>, inside: Inside) {
        if !tag.is_empty() {
            self.inside = inside;
        }
    }

    fn text(&mut self, text: Cow<'p, str>) {
        match (&self.inside, &mut self.value, &mut self.inline) {
            (Inside::Value, Some(value), _) if value.is_empty() => *value = text,
            (Inside::Value, Some(value), _) => value.to_mut().push_str(&text),
            (Inside::Inline(runs), _, Some(out)) => runs.text(&text, out),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_texts_are_their_runs() {
        let part = "<sst uniqueCount='99999999999999'><si><t> 甲 </t></si><si/><si><t xml:space='preserve'> 乙\r\n </t></si>\
            <si><r><t>丙</t></r><rPh><t>bing</t></rPh><r><rPr/><t>丁&lt;</t></r></si><si><t>_x000D__xD83D__xDCF7__x_</t></si></sst>";
        let strings = Strings::read("sst", part.as_bytes()).expect("is well-formed");
        let texts: Vec<_> = (0..6).map(|index| strings.get(index)).collect();
        assert_eq!(texts, [Some("甲"), Some(""), Some(" 乙\n "), Some("丙丁<"), Some("\r📷_x_"), None]);
        for broken in ["<sst><si><si></si></si></sst>", "<sst></si></sst>", "<sst><si></sst>"] {
            Strings::read("sst", broken.as_bytes()).expect_err(broken);
        }
    }

    #[test]
    fn a_value_is_what_its_type_says() {
        let strings = Strings::read("sst", b"<sst><si><t>A</t></si><si/></sst>").expect("is well-formed");
        let shows = [Shows::Plain, Shows::Day, Shows::Percent];
        for (cell, shown) in [
            ("<c><v>1.5</v></c>", "Number(1.5)"),
            ("<c t='n'><v>1e3</v></c>", "Number(1000.0)"),
            ("<c><v>x</v></c>", "Text(\"x\")"),
            ("<c t='n'><v>x</v></c>", "damaged"),
            ("<c s='1'><v>46246</v></c>", "Serial(46246.0)"),
            ("<c s='9'><v>46246</v></c>", "Number(46246.0)"),
            ("<c t='s'><v>0</v></c>", "Text(\"A\")"),
            ("<c t='s'><v>1</v></c>", ""),
            ("<c t='s'><v>2</v></c>", "damaged"),
            ("<c t='s'><v>x</v></c>", "damaged"),
            ("<c t='str'><f>A1</f><v>a&amp;b</v></c>", "Text(\"a&b\") formula"),
            ("<c t='str'><f>A1</f><v></v></c>", ""),
            ("<c t='str'><f>A1</f></c>", "Uncalculated formula"),
            ("<c><f>A1</f><v/></c>", "Uncalculated formula"),
            ("<c><f/></c>", "Uncalculated formula"),
            ("<c t='inlineStr'><is><t> a</t><t xml:space='preserve'> b</t></is></c>", "Text(\"a b\")"),
            ("<c t='inlineStr'><v>7</v></c>", ""),
            ("<c t='b'><v>1</v></c>", "Flag(true)"),
            ("<c t='b'><v>FALSE</v></c>", "Flag(false)"),
            ("<c t='b'><v>2</v></c>", "damaged"),
            ("<c t='e'><v>#SPILL!</v></c>", "Error(\"#SPILL!\")"),
            ("<c t='d'><v>2026-08-12</v></c>", "IsoDate(\"2026-08-12\")"),
            ("<c t='zz'><v>7</v></c>", "damaged"),
            ("<c t='zz'/>", ""),
            ("<c><v>1<!-- x -->2</v></c>", "Number(12.0)"),
            ("<c><extLst><ext/></extLst><v>1</v></c>", "Number(1.0)"),
            ("<c><c><v>1</v></c></c>", "damaged"),
            ("<c><v>1</v>", "damaged"),
        ] {
            let part = format!("<worksheet><sheetData><row r='1'>{cell}</row></sheetData></worksheet>");
            let read = read("sheet", part.as_bytes(), &strings, &shows, &mut Counts::default());
            let found = match read.as_ref().map(|sheet| sheet.cells.first()) {
                Err(_) => "damaged".to_owned(),
                Ok(None) => String::new(),
                Ok(Some(cell)) => format!("{:?}{}", cell.content, if cell.formula { " formula" } else { "" }),
            };
            assert_eq!(found, shown, "{cell}");
        }
    }
}
