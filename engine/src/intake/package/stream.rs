//! Streams the rows of a plain sheet, never holding the sheet: for lists of a million rows.
//! Reads only what spreadsheet programs and exporters write for a list; whatever else a sheet may
//! hold makes it [`NotPlain::Odd`], and the caller takes the ordinary road.
//!
//! A row is cut out of the inflated bytes where they lie. Texts are numbers into one table, so that
//! a text that stands in a thousand cells is kept, compared and looked up once. The values are those
//! of `xlsx` on the same file: a test compares the two.

use std::collections::HashMap;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use zip::ZipArchive;

use super::super::Refusal;
use super::super::limits::{
    MAX_BOOK_TEXT_BYTES, MAX_COLS, MAX_ENTRIES, MAX_FILE_BYTES, MAX_INFLATED_BYTES, MAX_MERGES,
    MAX_PIECE_BYTES, MAX_ROWS, MAX_STREAMED_BYTES,
};
use super::super::markup::Tags;
use super::super::sniff::find;
use super::super::xlsx::Strings;
use super::{Region, Shows, folder_of, formats, normal_name, parse_region, resolve, walk};

/// What stands in a cell of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// Nothing.
    Empty,
    /// A text, by its number in [`Texts`].
    Text(u32),
    /// A number.
    Number(f64),
    /// A number that the cell's format shows as a day or a time.
    Serial(f64),
}

/// One row.
#[derive(Debug)]
pub struct Row<'r> {
    /// Its position, from 0.
    pub row0: u32,
    /// The cells that are not empty, by column from 0.
    pub cells: &'r [(u32, Value)],
    /// The texts so far.
    pub texts: &'r Texts,
}

/// The texts of a workbook, by number: the shared ones, then those that stand in cells.
#[derive(Debug, Default)]
pub struct Texts {
    shared: Strings,
    own: Vec<String>,
    by_text: HashMap<String, u32>,
    own_bytes: usize,
}

impl Texts {
    /// A text. Numbers come from the same table, so it exists.
    pub fn get(&self, number: u32) -> &str {
        let number = number as usize;
        match number.checked_sub(self.shared.len()) {
            Some(own) => self.own.get(own).map_or("", String::as_str),
            None => self.shared.get(number).unwrap_or(""),
        }
    }

    fn put(&mut self, text: &str) -> Result<u32, Refusal> {
        if let Some(number) = self.by_text.get(text) {
            return Ok(*number);
        }
        self.own_bytes += 2 * text.len();
        if self.own_bytes > MAX_BOOK_TEXT_BYTES {
            return Err(Refusal::limit(format!("文字不超过 {} MB", MAX_BOOK_TEXT_BYTES >> 20), "更多"));
        }
        let number = (self.shared.len() + self.own.len()) as u32;
        self.own.push(text.to_owned());
        self.by_text.insert(text.to_owned(), number);
        Ok(number)
    }
}

/// Why a sheet is not streamed.
#[derive(Debug, PartialEq, Eq)]
pub enum NotPlain {
    /// It holds what this reader does not know; the ordinary one may.
    Odd(&'static str),
    /// Nobody reads it; what is wrong with it.
    Refused(String),
}

impl std::fmt::Display for NotPlain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Odd(what) => write!(f, "不是普通的清单:{what}"),
            Self::Refused(wrong) => f.write_str(wrong),
        }
    }
}

impl std::error::Error for NotPlain {}

impl From<Refusal> for NotPlain {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(format!("{}(应为{})", refusal.found, refusal.arg))
    }
}

/// What a sheet holds beside its rows.
#[derive(Debug, Default)]
pub struct Streamed {
    /// The texts of its cells.
    pub texts: Texts,
    /// Whether serial numbers of days count from 1904.
    pub epoch_1904: bool,
    /// Merged regions, in the order of the file.
    pub merges: Vec<Region>,
    /// Hidden rows, from 0.
    pub hidden_rows: Vec<u32>,
}

/// Streams the rows of a sheet, by its position in the workbook: `each` is called for every row
/// that has a cell, from the top. `apart`: whether a thread of its own inflates, which pays for
/// sheets of many megabytes.
///
/// Errors: as in [`NotPlain`]; what `each` returned. Rows told before the error mean nothing.
pub fn stream<E: From<NotPlain>>(
    file: impl Read + Seek + Send,
    sheet: usize,
    apart: bool,
    mut each: impl FnMut(&Row<'_>) -> Result<(), E>,
) -> Result<Streamed, E> {
    let mut list = List::open(file)?;
    let (path, mut out) = list.prepare(sheet)?;
    let mut scan = Scan::new(std::mem::take(&mut list.shows));
    let entry = list.entry(&path)?;
    if apart {
        let (send, receive) = sync_channel(4);
        std::thread::scope(|scope| {
            scope.spawn(move || inflate(entry, &path, &send));
            scan.rows(&mut Chunks::<std::io::Empty>::Sent(receive), &mut out, &mut each)
        })?;
    } else {
        scan.rows(&mut Chunks::Own { entry, path, left: MAX_STREAMED_BYTES }, &mut out, &mut each)?;
    }
    Ok(out)
}

/// A package whose parts are taken as they are needed.
struct List<R> {
    archive: ZipArchive<BufReader<R>>,
    names: HashMap<String, usize>,
    shows: Vec<Shows>,
    left: u64,
}

impl<R: Read + Seek> List<R> {
    fn open(mut file: R) -> Result<Self, NotPlain> {
        let unread = |error: std::io::Error| Refusal::damaged(error.to_string());
        let len = file.seek(SeekFrom::End(0)).map_err(unread)?;
        if len > MAX_FILE_BYTES {
            return Err(NotPlain::Odd("文件过大"));
        }
        file.rewind().map_err(unread)?;
        if headers(&mut file).map_err(unread)? > MAX_ENTRIES {
            return Err(NotPlain::Odd("压缩包内文件过多"));
        }
        file.rewind().map_err(unread)?;
        let archive = ZipArchive::new(BufReader::with_capacity(1 << 16, file))
            .map_err(|_| NotPlain::Odd("压缩包目录有误"))?;
        let mut names = HashMap::new();
        for index in 0..archive.len() {
            if let Some(Ok(name)) = archive.name_for_index(index)
                && names.insert(normal_name(&name), index).is_some()
            {
                return Err(NotPlain::Odd("压缩包内有同名文件"));
            }
        }
        Ok(Self { archive, names, shows: Vec::new(), left: MAX_INFLATED_BYTES })
    }

    fn entry(&mut self, path: &str) -> Result<zip::read::ZipFile<'_, BufReader<R>>, NotPlain> {
        let index = *self.names.get(path).ok_or(NotPlain::Odd("缺少部件"))?;
        self.archive.by_index(index).map_err(|_| NotPlain::Odd("部件无法解压"))
    }

    /// A part that is small or must be whole.
    fn part(&mut self, path: &str) -> Result<Vec<u8>, NotPlain> {
        let left = self.left;
        let mut bytes = Vec::new();
        self.entry(path)?
            .take(left + 1)
            .read_to_end(&mut bytes)
            .map_err(|_| NotPlain::Odd("部件解压出错"))?;
        self.left = left.checked_sub(bytes.len() as u64).ok_or_else(Refusal::spent)?;
        Ok(bytes)
    }

    /// Reads what a sheet needs: where its part is, and the texts and formats of the workbook.
    fn prepare(&mut self, sheet: usize) -> Result<(String, Streamed), NotPlain> {
        let roots = self.relations("_rels/.rels")?;
        let workbook = roots
            .iter()
            .find(|(_, kind, _)| kind.ends_with("/officeDocument"))
            .map(|(_, _, target)| resolve("", target))
            .filter(|path| !path.ends_with(".bin"))
            .ok_or(NotPlain::Odd("没有工作簿"))?;
        let folder = folder_of(&workbook);
        let relations = self.relations(&format!("{folder}_rels/{}.rels", &workbook[folder.len()..]))?;
        let mut out = Streamed::default();
        let mut ids = Vec::new();
        walk(&workbook, &self.part(&workbook)?, |tag| {
            match (tag.name, tag.closes) {
                ("sheet", false) => ids.push(tag.attr("id").unwrap_or_default().to_owned()),
                ("workbookPr", false) => out.epoch_1904 |= tag.flag("date1904"),
                _ => {}
            }
            Ok(())
        })?;
        let of_kind = |kind: &str| {
            let found = relations.iter().find(|(_, its, _)| its.ends_with(kind));
            found.map(|(_, _, target)| resolve(folder, target))
        };
        let id = ids.get(sheet).ok_or(NotPlain::Odd("没有这张工作表"))?;
        let path = relations
            .iter()
            .find(|(its, kind, _)| its == id && kind.ends_with("/worksheet"))
            .map(|(_, _, target)| resolve(folder, target))
            .ok_or(NotPlain::Odd("工作表没有内容"))?;
        if let Some(path) = of_kind("/sharedStrings").filter(|path| self.names.contains_key(path)) {
            out.texts.shared = Strings::read(&path, &self.part(&path)?)?;
        }
        if let Some(path) = of_kind("/styles").filter(|path| self.names.contains_key(path)) {
            self.shows = formats::read(&path, &self.part(&path)?)?;
        }
        Ok((path, out))
    }

    /// Relations of a part: id, kind, target.
    fn relations(&mut self, name: &str) -> Result<Vec<(String, String, String)>, NotPlain> {
        let bytes = self.part(name)?;
        let mut relations = Vec::new();
        walk(name, &bytes, |tag| {
            if tag.name == "Relationship" && !tag.closes {
                let attr = |name| tag.attr(name).unwrap_or_default().to_owned();
                relations.push((attr("Id"), attr("Type"), attr("Target")));
            }
            Ok(())
        })?;
        Ok(relations)
    }
}

/// How many entries the package's directory can have at most, as the guard counts them.
fn headers(file: &mut impl Read) -> std::io::Result<usize> {
    let mut piece = vec![0; 1 << 16];
    let (mut count, mut kept) = (0, 0);
    loop {
        let len = file.read(&mut piece[kept..])?;
        if len == 0 {
            return Ok(count);
        }
        let filled = kept + len;
        count += super::central_headers(&piece[..filled]);
        // A signature may stand across two pieces; three bytes of one cannot hold it twice.
        kept = filled.min(3);
        piece.copy_within(filled - kept..filled, 0);
    }
}

/// Bytes that are inflated at a time.
const CHUNK: usize = 1 << 18;

/// Longest row. 16,384 columns of short cells; longer ones take the ordinary road.
const MAX_ROW_BYTES: usize = 2 << 20;

/// Where inflated bytes come from.
enum Chunks<R> {
    /// From the entry, in this thread.
    Own { entry: R, path: String, left: u64 },
    /// From a thread that inflates.
    Sent(Receiver<Result<Vec<u8>, NotPlain>>),
}

impl<R: Read> Chunks<R> {
    /// Appends the next bytes; whether there were any.
    fn more(&mut self, out: &mut Vec<u8>) -> Result<bool, NotPlain> {
        match self {
            Self::Own { entry, path, left } => {
                let len = take(entry, path, left, out)?;
                Ok(len > 0)
            }
            Self::Sent(receive) => match receive.recv() {
                Ok(chunk) => {
                    out.extend_from_slice(&chunk?);
                    Ok(true)
                }
                // The sender is done.
                Err(_) => Ok(false),
            },
        }
    }
}

/// Inflates a chunk behind `out`. The end checks the part's checksum.
fn take(entry: &mut impl Read, path: &str, left: &mut u64, out: &mut Vec<u8>) -> Result<usize, NotPlain> {
    let len = entry
        .take(CHUNK as u64)
        .read_to_end(out)
        .map_err(|error| Refusal::damaged(format!("{path} 解压出错:{error}")))?;
    *left = left
        .checked_sub(len as u64)
        .ok_or_else(|| Refusal::limit(format!("解压后不超过 {} MB", MAX_STREAMED_BYTES >> 20), "更大"))?;
    Ok(len)
}

fn inflate(mut entry: impl Read, path: &str, send: &SyncSender<Result<Vec<u8>, NotPlain>>) {
    let mut left = MAX_STREAMED_BYTES;
    loop {
        let mut chunk = Vec::with_capacity(CHUNK);
        let taken = take(&mut entry, path, &mut left, &mut chunk);
        let ends = !matches!(taken, Ok(len) if len > 0);
        // The scan may have given up: then nobody listens.
        if matches!(taken, Ok(0)) || send.send(taken.map(|_| chunk)).is_err() || ends {
            return;
        }
    }
}

/// Why a row ends early.
enum Stop {
    /// The bytes end within it.
    More,
    /// As in [`NotPlain`].
    Not(NotPlain),
}

impl From<NotPlain> for Stop {
    fn from(not: NotPlain) -> Self {
        Self::Not(not)
    }
}

const fn odd<T>(what: &'static str) -> Result<T, Stop> {
    Err(Stop::Not(NotPlain::Odd(what)))
}

struct Scan {
    shows: Vec<Shows>,
    cells: Vec<(u32, Value)>,
    /// The least row that may follow.
    next: u32,
    /// The number of the row that is being read, as addresses have it.
    digits: Vec<u8>,
}

impl Scan {
    const fn new(shows: Vec<Shows>) -> Self {
        Self { shows, cells: Vec::new(), next: 0, digits: Vec::new() }
    }

    fn rows<E: From<NotPlain>>(
        &mut self,
        chunks: &mut Chunks<impl Read>,
        out: &mut Streamed,
        each: &mut impl FnMut(&Row<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut bytes = Vec::with_capacity(2 * CHUNK);
        let mut at = head(chunks, &mut bytes)?;
        loop {
            match self.row(&bytes, at, out) {
                Ok((end, Some(row0))) => {
                    at = end;
                    if !self.cells.is_empty() {
                        each(&Row { row0, cells: &self.cells, texts: &out.texts })?;
                    }
                }
                Ok((end, None)) => {
                    at = end;
                    break;
                }
                Err(Stop::Not(not)) => return Err(not.into()),
                Err(Stop::More) => {
                    bytes.drain(..at);
                    at = 0;
                    if bytes.len() > MAX_ROW_BYTES {
                        return Err(NotPlain::Odd("有过长的行").into());
                    }
                    if !chunks.more(&mut bytes)? {
                        return Err(NotPlain::Odd("工作表不完整").into());
                    }
                }
            }
        }
        bytes.drain(..at);
        tail(chunks, &mut bytes, out)?;
        Ok(())
    }

    /// Reads the row that begins at `at` into `cells`: where it ends, and its position; no position
    /// at the end of the rows.
    fn row(&mut self, bytes: &[u8], at: usize, out: &mut Streamed) -> Result<(usize, Option<u32>), Stop> {
        self.cells.clear();
        let at = blank(bytes, at);
        if let Some(end) = starts(bytes, at, b"</sheetData>")? {
            return Ok((end, None));
        }
        let Some(mut at) = starts(bytes, at, b"<row")? else { return odd("行以外的内容") };
        let (mut row0, mut hidden) = (None, false);
        let empty = loop {
            match attribute(bytes, &mut at)? {
                Part::Attr(b"r", value) => {
                    self.digits.clear();
                    self.digits.extend_from_slice(&bytes[value.clone()]);
                    let row = number(&bytes[value]).filter(|row| (1..=MAX_ROWS).contains(row));
                    row0 = row.map(|row| row - 1);
                }
                Part::Attr(b"hidden", value) => hidden = matches!(&bytes[value], b"1" | b"true"),
                Part::Attr(..) => {}
                Part::End(empty) => break empty,
            }
        };
        let Some(row0) = row0.filter(|row0| *row0 >= self.next) else {
            return odd("行号缺失或不递增");
        };
        if !empty {
            let mut least = 0;
            loop {
                if let Some(end) = starts(bytes, at, b"</row>")? {
                    at = end;
                    break;
                }
                let Some(inside) = starts(bytes, at, b"<c")? else { return odd("单元格以外的内容") };
                let (col0, value, end) = self.cell(bytes, inside, row0, &mut out.texts)?;
                if col0 < least {
                    return odd("单元格次序颠倒");
                }
                least = col0 + 1;
                at = end;
                if value != Value::Empty {
                    self.cells.push((col0, value));
                }
            }
        }
        // Only now is the row whole; what was cut off is read again.
        self.next = row0 + 1;
        if hidden {
            out.hidden_rows.push(row0);
        }
        Ok((at, Some(row0)))
    }

    /// The column of ` r="F14"` in the row that is being read, and where it ends; `None` for
    /// anything else, which [`attribute`] then reads.
    #[inline]
    fn usual_address(&self, bytes: &[u8], at: usize) -> Option<(u32, usize)> {
        let rest = bytes.get(at..)?.strip_prefix(b" r=\"")?;
        let letter = |at: usize| rest.get(at).filter(|byte| byte.is_ascii_uppercase());
        let (first, second) = (letter(0)?, letter(1));
        let (col0, len) = match second {
            None => (u32::from(first - b'A'), 1),
            Some(second) => (u32::from(first - b'A' + 1) * 26 + u32::from(second - b'A'), 2),
        };
        rest[len..].strip_prefix(self.digits.as_slice())?.starts_with(b"\"").then_some(())?;
        Some((col0, at + 4 + len + self.digits.len() + 1))
    }

    fn cell(
        &self,
        bytes: &[u8],
        mut at: usize,
        row0: u32,
        texts: &mut Texts,
    ) -> Result<(u32, Value, usize), Stop> {
        let (mut col0, mut kind, mut style) = (None, Kind::Number, None);
        // Most cells begin with their address, and most of these are written alike.
        if let Some((col, end)) = self.usual_address(bytes, at) {
            (col0, at) = (Some(col), end);
            if let Some((usual, end)) = usual_value(bytes, at) {
                return Ok((col, self.value(usual, texts)?, end));
            }
        }
        let empty = loop {
            match attribute(bytes, &mut at)? {
                Part::Attr(b"r", value) => col0 = column(&bytes[value], row0),
                Part::Attr(b"s", value) => style = number(&bytes[value]),
                Part::Attr(b"t", value) => {
                    kind = match &bytes[value] {
                        b"s" => Kind::Shared,
                        b"n" => Kind::Number,
                        b"inlineStr" => Kind::Inline,
                        _ => return odd("其他类型的单元格"),
                    };
                }
                Part::Attr(..) => return odd("单元格有其他属性"),
                Part::End(empty) => break empty,
            }
        };
        let Some(col0) = col0 else { return odd("单元格地址缺失或有误") };
        if empty {
            return Ok((col0, Value::Empty, at));
        }
        if let Some(end) = starts(bytes, at, b"</c>")? {
            return Ok((col0, Value::Empty, end));
        }
        let (value, end) = match kind {
            Kind::Inline => {
                let Some(open) = starts(bytes, at, b"<is><t")? else { return odd("带格式的文字") };
                let preserved = starts(bytes, open, b" xml:space=\"preserve\"")?;
                let Some(start) = starts(bytes, preserved.unwrap_or(open), b">")? else {
                    return odd("带格式的文字");
                };
                let end = value_end(bytes, start)?;
                let text = plain(&bytes[start..end], preserved.is_some())?;
                let value = if text.is_empty() {
                    Value::Empty
                } else {
                    Value::Text(texts.put(text).map_err(NotPlain::from)?)
                };
                let Some(end) = starts(bytes, end, b"</t></is></c>")? else {
                    return odd("带格式的文字");
                };
                (value, end)
            }
            Kind::Shared | Kind::Number => {
                let Some(start) = starts(bytes, at, b"<v>")? else { return odd("公式") };
                let end = value_end(bytes, start)?;
                let value = self.value(Written { kind, style, text: &bytes[start..end] }, texts)?;
                let Some(end) = starts(bytes, end, b"</v></c>")? else {
                    return odd("单元格有其他内容");
                };
                (value, end)
            }
        };
        Ok((col0, value, end))
    }

    /// What a number, or the number of a text, stands for.
    #[inline]
    fn value(&self, written: Written<'_>, texts: &Texts) -> Result<Value, Stop> {
        if written.kind == Kind::Shared {
            return match number(written.text).filter(|number| (*number as usize) < texts.shared.len()) {
                Some(number) if texts.shared.is_blank(number as usize) => Ok(Value::Empty),
                Some(number) => Ok(Value::Text(number)),
                None => odd("文字编号有误"),
            };
        }
        let Some(number) = float(written.text) else { return odd("数值有误") };
        Ok(match written.style.and_then(|style| self.shows.get(style as usize)) {
            Some(Shows::Day) => Value::Serial(number),
            _ => Value::Number(number),
        })
    }
}

/// A number, or the number of a text, as a cell has it.
struct Written<'b> {
    kind: Kind,
    style: Option<u32>,
    text: &'b [u8],
}

/// The rest of most cells behind their address, ` s="2" t="s"><v>17</v></c>` with or without either
/// attribute, and where it ends; `None` for anything else, which is then read piece by piece.
#[inline]
fn usual_value(bytes: &[u8], at: usize) -> Option<(Written<'_>, usize)> {
    const END: &[u8] = b"</v></c>";
    let mut rest = bytes.get(at..)?;
    let mut style = None;
    if let Some(styled) = rest.strip_prefix(b" s=\"") {
        let len = styled.iter().take(9).position(|byte| *byte == b'"')?;
        style = Some(number(&styled[..len])?);
        rest = &styled[len + 1..];
    }
    let kind = match rest.strip_prefix(b" t=\"s\"") {
        Some(typed) => {
            rest = typed;
            Kind::Shared
        }
        None => Kind::Number,
    };
    let rest = rest.strip_prefix(b"><v>")?;
    let len = rest.iter().position(|byte| *byte == b'<')?;
    let end = bytes.len() - rest.len() + len + END.len();
    rest[len..].starts_with(END).then_some((Written { kind, style, text: &rest[..len] }, end))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Shared,
    Inline,
}

/// Passes over what stands before the rows: where they begin.
fn head(chunks: &mut Chunks<impl Read>, bytes: &mut Vec<u8>) -> Result<usize, NotPlain> {
    const OPEN: &[u8] = b"<sheetData>";
    loop {
        if let Some(at) = bytes.windows(OPEN.len()).position(|window| window == OPEN) {
            let mut tags = Tags::new(&bytes[..at]).map_err(|_| NotPlain::Odd("工作表开头有误"))?;
            while let Some(tag) = tags.next_tag().map_err(|_| NotPlain::Odd("工作表开头有误"))? {
                if tag.name == "sheetData" || (tag.name == "col" && tag.flag("hidden")) {
                    return Err(NotPlain::Odd("有隐藏的列"));
                }
            }
            return Ok(at + OPEN.len());
        }
        if bytes.len() > MAX_PIECE_BYTES || !chunks.more(bytes)? {
            return Err(NotPlain::Odd("没有单元格"));
        }
    }
}

/// Reads what stands behind the rows, to the end of the part.
fn tail(chunks: &mut Chunks<impl Read>, bytes: &mut Vec<u8>, out: &mut Streamed) -> Result<(), NotPlain> {
    while chunks.more(bytes)? {
        if bytes.len() > MAX_PIECE_BYTES {
            return Err(NotPlain::Odd("工作表末尾过长"));
        }
    }
    if find(bytes, b"sheetData") {
        return Err(NotPlain::Odd("单元格分在两处"));
    }
    let mut tags = Tags::new(bytes).map_err(|_| NotPlain::Odd("工作表末尾有误"))?;
    while let Some(tag) = tags.next_tag().map_err(|_| NotPlain::Odd("工作表末尾有误"))? {
        if tag.name == "mergeCell" && !tag.closes {
            if out.merges.len() == MAX_MERGES {
                return Err(Refusal::limit(format!("每张表不超过 {MAX_MERGES} 处合并"), "更多").into());
            }
            out.merges.extend(tag.attr("ref").and_then(parse_region));
        }
    }
    Ok(())
}

fn blank(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    at
}

/// Whether the bytes go on like this: then where it ends.
#[inline]
fn starts(bytes: &[u8], at: usize, with: &[u8]) -> Result<Option<usize>, Stop> {
    let rest = bytes.get(at..).unwrap_or_default();
    if rest.len() >= with.len() {
        Ok(rest.starts_with(with).then_some(at + with.len()))
    } else if with.starts_with(rest) {
        Err(Stop::More)
    } else {
        Ok(None)
    }
}

/// A piece of a tag behind its name.
enum Part<'b> {
    /// An attribute: name, and where its value stands.
    Attr(&'b [u8], Range<usize>),
    /// The end of the tag; whether the element is empty.
    End(bool),
}

/// The next piece of a tag; moves behind it. Only what machines write: one blank, no blanks around
/// the sign, ASCII values.
#[inline]
fn attribute<'b>(bytes: &'b [u8], at: &mut usize) -> Result<Part<'b>, Stop> {
    let byte = |at: usize| bytes.get(at).copied().ok_or(Stop::More);
    match byte(*at)? {
        b'>' => {
            *at += 1;
            return Ok(Part::End(false));
        }
        b'/' if byte(*at + 1)? == b'>' => {
            *at += 2;
            return Ok(Part::End(true));
        }
        b' ' => {}
        _ => return odd("标记的写法"),
    }
    let name = *at + 1;
    let mut end = name;
    while matches!(byte(end)?, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b':' | b'_') {
        end += 1;
    }
    if end == name || byte(end)? != b'=' {
        return odd("标记的写法");
    }
    let quote = byte(end + 1)?;
    if quote != b'"' && quote != b'\'' {
        return odd("标记的写法");
    }
    let value = end + 2;
    let mut close = value;
    loop {
        match byte(close)? {
            byte if byte == quote => break,
            b'<' | b'&' | 0x80.. => return odd("标记的写法"),
            _ => close += 1,
        }
    }
    *at = close + 1;
    Ok(Part::Attr(&bytes[name..end], value..close))
}

/// Where the text at `at` ends.
#[inline]
fn value_end(bytes: &[u8], at: usize) -> Result<usize, Stop> {
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter().position(|byte| *byte == b'<').map(|len| at + len).ok_or(Stop::More)
}

/// A number without sign, of at most nine digits.
#[inline]
fn number(text: &[u8]) -> Option<u32> {
    if text.is_empty() || text.len() > 9 {
        return None;
    }
    text.iter()
        .try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0')))
}

/// A number as sheets have it.
fn float(text: &[u8]) -> Option<f64> {
    if let Some(number) = number(text) {
        return Some(f64::from(number));
    }
    let plain = |byte: &u8| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E');
    if text.is_empty() || text.len() > 64 || !text.iter().all(plain) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// The column of an address whose row is known.
#[inline]
fn column(address: &[u8], row0: u32) -> Option<u32> {
    let letters = address.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    if !(1..=3).contains(&letters) || number(&address[letters..]) != Some(row0 + 1) {
        return None;
    }
    let col = address[..letters].iter().fold(0, |col, letter| col * 26 + u32::from(letter - b'A') + 1);
    (col <= MAX_COLS).then(|| col - 1)
}

/// A text that stands as it is: without entities, escapes, or white space that does not count.
fn plain(text: &[u8], preserved: bool) -> Result<&str, Stop> {
    if text.iter().any(|byte| matches!(byte, b'&' | b'\r')) || find(text, b"_x") {
        return odd("文字带转义");
    }
    let Ok(text) = std::str::from_utf8(text) else { return odd("文字编码有误") };
    const BLANK: [char; 3] = [' ', '\t', '\n'];
    if !preserved && (text.starts_with(BLANK) || text.ends_with(BLANK)) {
        return odd("文字首尾有空白");
    }
    Ok(text)
}
