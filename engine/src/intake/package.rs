//! The guard: opens a zip package within limits, inflates the parts that matter while counting, and
//! says which sheets there are.
//! Knows no cells: `xlsx` and `ods` read the parts.
//!
//! - no count or size that a file claims is believed, and no parser meets more bytes than `limits`;
//! - which entry a name means is decided once, here;
//! - style sheets are read for their number formats only (`formats`), the theme not at all;
//! - pictures are never kept: what is kept of one is its digest (`hangings`).

mod formats;
mod hangings;
pub mod stream;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};

use sha2::{Digest, Sha256};
use zip::ZipArchive;

use super::Refusal;
use super::grid::Grid;
use super::limits::{MAX_COLS, MAX_ENTRIES, MAX_PICTURE_BYTES, MAX_ROWS, MAX_SHEETS};
use super::markup::{Fault, Tag, Tags, unescape};
use super::sniff::find;
use super::xlsx::{self, Counts, Strings};
use crate::model::{CellRef, ProblemCode};

pub use self::formats::Shows;

/// A rectangle of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// Upper left cell: the one that holds the value.
    pub first: CellRef,
    /// Lower right cell.
    pub last: CellRef,
}

impl Region {
    /// A region of more than one cell. Errors: `None` for any other, and outside of a sheet.
    pub fn new(first: CellRef, last: CellRef) -> Option<Self> {
        let right = first.row0 <= last.row0 && first.col0 <= last.col0 && first != last;
        (right && last.row0 < MAX_ROWS && last.col0 < MAX_COLS).then_some(Self { first, last })
    }
}

/// A sheet, before its cells are read.
#[derive(Debug, Default)]
struct SheetPart {
    name: String,
    visible: bool,
    /// The name and the bytes of its part; none for a sheet without cells, e.g. a chart, and none
    /// any more once it has been read.
    part: Option<(String, Vec<u8>)>,
    /// Remarks that hang on cells.
    comments: BTreeMap<CellRef, String>,
    /// Digests of the pictures that begin at cells.
    pictures: BTreeMap<CellRef, Vec<String>>,
}

/// A workbook whose sheets can be read.
#[derive(Debug)]
pub struct Package {
    epoch_1904: bool,
    sheets: Vec<SheetPart>,
    strings: Strings,
    /// What the number format of each cell format shows.
    shows: Vec<Shows>,
    /// Digests of the pictures that WPS puts into cells, by the name that cells call them by.
    cell_images: BTreeMap<String, String>,
    /// Digests of the pictures among the rich values of cells, by their number from 1.
    rich_images: BTreeMap<usize, String>,
    counts: Counts,
}

impl Package {
    /// The sheets, in the order of the workbook: name, and whether a person sees it.
    pub fn sheets(&self) -> Vec<(String, bool)> {
        self.sheets.iter().map(|sheet| (sheet.name.clone(), sheet.visible)).collect()
    }

    /// Reads a sheet, by its position. Once read, it is empty: its bytes are gone.
    ///
    /// Errors: `FileDamaged`, `FileBeyondLimit`.
    pub fn grid(&mut self, sheet: usize) -> Result<Grid<'_>, Refusal> {
        let part = self.sheets.get_mut(sheet).map(std::mem::take).unwrap_or_default();
        if let Some(kept) = self.sheets.get_mut(sheet) {
            (kept.name, kept.visible) = (part.name, part.visible);
        }
        let mut read = match &part.part {
            Some((name, bytes)) => xlsx::read(name, bytes, &self.strings, &self.shows, &mut self.counts)?,
            None => xlsx::Sheet::default(),
        };
        let mut pictures = part.pictures;
        for cell in &read.cells {
            let name = cell.text().filter(|_| !self.cell_images.is_empty()).and_then(hangings::cell_image);
            if let Some(digest) = name.and_then(|name| self.cell_images.get(name)) {
                pictures.entry(cell.at).or_default().push(digest.clone());
            }
        }
        let mut shown: BTreeSet<CellRef> = BTreeSet::new();
        for (at, number) in &read.rich {
            if let Some(digest) = self.rich_images.get(number) {
                pictures.entry(*at).or_default().push(digest.clone());
                shown.insert(*at);
            }
        }
        if !shown.is_empty() {
            read.cells.retain(|cell| !shown.contains(&cell.at));
        }
        Ok(Grid {
            cells: read.cells,
            merges: read.merges,
            hidden_rows: read.hidden_rows,
            hidden_cols: read.hidden_cols,
            percents: read.percents,
            comments: part.comments,
            pictures,
            epoch_1904: self.epoch_1904,
        })
    }
}

/// Digests of pictures by the cells they begin at, by the name of a sheet's part in lower case.
pub type Drawn = BTreeMap<String, BTreeMap<CellRef, Vec<String>>>;

/// What a zip package is.
#[derive(Debug)]
pub enum Opened {
    /// A workbook.
    Xlsx(Package),
    /// An OpenDocument workbook: its content, and the digests of its pictures by path.
    Ods(Vec<u8>, BTreeMap<String, String>),
    /// A workbook of the binary format, and the pictures of its sheets.
    Xlsb(Drawn),
    /// No workbook; its name.
    Foreign(&'static str),
}

/// Opens a zip package.
///
/// `budget` is the number of bytes that may come out of it.
/// Errors: a [`Refusal`] that says what is wrong; `spent` in it when it was the budget.
pub fn open(bytes: &[u8], budget: u64) -> Result<Opened, Refusal> {
    let headers = central_headers(bytes);
    if headers > MAX_ENTRIES {
        return Err(Refusal::limit(format!("压缩包内不超过 {MAX_ENTRIES} 个文件"), headers));
    }
    let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| {
        Refusal::damaged(if find(bytes, b"PK\x05\x06") {
            format!("压缩包目录有误:{error}")
        } else {
            "压缩包没有目录,文件不完整(可能未传完)".to_owned()
        })
    })?;
    let mut parts = Parts {
        archive,
        names: BTreeMap::new(),
        left: budget,
        pictures_left: MAX_PICTURE_BYTES,
        digests: BTreeMap::new(),
    };
    for index in 0..parts.archive.len() {
        let name = match parts.archive.name_for_index(index) {
            Some(Ok(name)) => normal_name(&name),
            _ => continue,
        };
        if parts.names.insert(name.clone(), index).is_some() {
            return Err(Refusal::damaged(format!("压缩包内有两个 {name}")));
        }
    }
    if let Some(kind) = parts.foreign_kind()? {
        return Ok(kind);
    }
    parts.workbook()
}

/// How many entries the package's directory can have at most. Counted before the directory is
/// parsed, because each entry costs the parser memory.
fn central_headers(bytes: &[u8]) -> usize {
    let mut count = 0;
    let mut at = 0;
    while let Some(next) = bytes[at..].iter().position(|byte| *byte == b'P') {
        at += next + 1;
        count += usize::from(bytes[at..].starts_with(b"K\x01\x02"));
    }
    count
}

fn normal_name(name: &str) -> String {
    name.replace('\\', "/").trim_start_matches('/').to_lowercase()
}

/// The path a relationship's target means, seen from a folder (`xl/` or empty).
fn resolve(folder: &str, target: &str) -> String {
    let target = target.replace('\\', "/");
    let full = if target.starts_with('/') { target } else { format!("{folder}{target}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in full.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/").to_lowercase()
}

/// The folder of a part, with its last slash; empty at the top.
fn folder_of(path: &str) -> &str {
    path.rfind('/').map_or("", |slash| &path[..=slash])
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

struct Relation {
    id: String,
    kind: String,
    target: String,
}

struct Parts<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    /// Entries by normalised name.
    names: BTreeMap<String, usize>,
    /// Bytes that may still come out.
    left: u64,
    /// Bytes of pictures that may still be hashed.
    pictures_left: u64,
    /// Digests so far: one picture may stand in many places.
    digests: BTreeMap<String, String>,
}

impl Parts<'_> {
    /// Inflates a part. Errors: it is missing, damaged, encrypted, or longer than what is left.
    fn inflate(&mut self, name: &str) -> Result<Vec<u8>, Refusal> {
        let index = *self.names.get(name).ok_or_else(|| Refusal::damaged(format!("压缩包内缺少 {name}")))?;
        let entry = self
            .archive
            .by_index(index)
            .map_err(|error| Refusal::damaged(format!("{name} 无法解压:{error}")))?;
        // Deflate yields at most 1,032 bytes for one; a larger claim is a lie.
        let likely = entry.size().min(entry.compressed_size().saturating_mul(1_032)).min(self.left);
        let mut bytes = Vec::with_capacity(usize::try_from(likely).unwrap_or(0));
        entry
            .take(self.left + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| Refusal::damaged(format!("{name} 解压出错:{error}")))?;
        if bytes.len() as u64 > self.left {
            return Err(Refusal::spent());
        }
        self.left -= bytes.len() as u64;
        Ok(bytes)
    }

    /// What the package is, if not a workbook of ours.
    fn foreign_kind(&mut self) -> Result<Option<Opened>, Refusal> {
        let has = |prefix: &str| self.names.keys().any(|name| name.starts_with(prefix));
        if has("_rels/.rels") {
            return Ok(if has("word/") {
                Some(Opened::Foreign("Word 文档"))
            } else if has("ppt/") {
                Some(Opened::Foreign("PowerPoint 演示文稿"))
            } else {
                None
            });
        }
        if has("mimetype") {
            let kind = self.inflate("mimetype")?;
            return if kind.starts_with(b"application/vnd.oasis.opendocument.spreadsheet") {
                self.ods().map(Some)
            } else {
                Ok(Some(Opened::Foreign("OpenDocument 文档")))
            };
        }
        Ok(Some(Opened::Foreign("zip 压缩包")))
    }

    fn ods(&mut self) -> Result<Opened, Refusal> {
        if self.names.contains_key("meta-inf/manifest.xml") {
            let manifest = self.inflate("meta-inf/manifest.xml")?;
            let mut encrypted = false;
            walk("manifest.xml", &manifest, |tag| {
                encrypted |= tag.name == "encryption-data";
                Ok(())
            })
            // A document type, which old programs write here, is not worth a refusal.
            .or_else(|refusal| if find(&manifest, b"<!DOCTYPE") { Ok(()) } else { Err(refusal) })?;
            if encrypted {
                return Err(Refusal::new(ProblemCode::FileEncrypted, "", "加密的工作簿"));
            }
        }
        let content = self.inflate("content.xml")?;
        let pictures: Vec<String> =
            self.names.keys().filter(|name| name.starts_with("pictures/")).cloned().collect();
        let mut digests = BTreeMap::new();
        for picture in pictures {
            if let Some(digest) = self.digest(&picture)? {
                digests.insert(picture, digest);
            }
        }
        Ok(Opened::Ods(content, digests))
    }

    /// The digest of a part, which is hashed while it is inflated and never kept. `None` when there
    /// is no such part or it cannot be inflated: a picture is not worth the refusal of a workbook.
    ///
    /// Errors: `FileBeyondLimit`.
    fn digest(&mut self, name: &str) -> Result<Option<String>, Refusal> {
        if let Some(digest) = self.digests.get(name) {
            return Ok(Some(digest.clone()));
        }
        let Some(index) = self.names.get(name) else { return Ok(None) };
        let Ok(entry) = self.archive.by_index(*index) else { return Ok(None) };
        let mut hasher = Sha256::new();
        let mut entry = entry.take(self.pictures_left + 1);
        let mut piece = vec![0; 1 << 16];
        loop {
            let Ok(len) = entry.read(&mut piece) else { return Ok(None) };
            if len == 0 {
                break;
            }
            hasher.update(&piece[..len]);
            self.pictures_left = self.pictures_left.checked_sub(len as u64).ok_or_else(|| {
                Refusal::limit(
                    format!("图片合计不超过 {} MB", MAX_PICTURE_BYTES >> 20),
                    format!("超过 {} MB", MAX_PICTURE_BYTES >> 20),
                )
            })?;
        }
        let digest = hex(&hasher.finalize());
        self.digests.insert(name.to_owned(), digest.clone());
        Ok(Some(digest))
    }

    fn relations(&mut self, name: &str) -> Result<Vec<Relation>, Refusal> {
        let bytes = self.inflate(name)?;
        let mut relations = Vec::new();
        walk(name, &bytes, |tag| {
            if tag.name == "Relationship" && !tag.closes {
                let attr = |name| tag.attr(name).map(unescape).unwrap_or_default();
                relations.push(Relation { id: attr("Id"), kind: attr("Type"), target: attr("Target") });
            }
            Ok(())
        })?;
        Ok(relations)
    }

    fn workbook(mut self) -> Result<Opened, Refusal> {
        let root = self.relations("_rels/.rels")?;
        let Some(document) = root.iter().find(|relation| relation.kind.ends_with("/officeDocument")) else {
            return Err(Refusal::damaged("压缩包内没有工作簿".to_owned()));
        };
        let path = resolve("", &document.target);
        if path.ends_with(".bin") {
            return self.drawn(&path).map(Opened::Xlsb);
        }
        let folder = folder_of(&path);
        let relations = self.relations(&format!("{folder}_rels/{}.rels", &path[folder.len()..]))?;
        let part = |kind: &str| {
            relations
                .iter()
                .find(|relation| relation.kind.ends_with(kind))
                .map(|relation| resolve(folder, &relation.target))
        };

        let mut listed = Vec::new();
        let mut epoch_1904 = false;
        let workbook = self.inflate(&path)?;
        walk(&path, &workbook, |tag| {
            match (tag.name, tag.closes) {
                ("sheet", false) => {
                    let name = tag.attr("name").map(unescape).unwrap_or_default();
                    let id = tag.attr("id").map(unescape).unwrap_or_default();
                    let visible = !matches!(tag.attr("state"), Some("hidden" | "veryHidden"));
                    if listed.len() == MAX_SHEETS {
                        return Err(Refusal::limit(
                            format!("不超过 {MAX_SHEETS} 张工作表"),
                            format!("超过 {MAX_SHEETS}"),
                        ));
                    }
                    listed.push((name, id, visible));
                }
                ("workbookPr", false) => epoch_1904 |= tag.flag("date1904"),
                _ => {}
            }
            Ok(())
        })?;
        drop(workbook);
        if listed.is_empty() {
            return Err(Refusal::damaged("工作簿内没有工作表".to_owned()));
        }

        let strings = match part("/sharedStrings").filter(|path| self.names.contains_key(path)) {
            Some(path) => Strings::read(&path, &self.inflate(&path)?)?,
            None => Strings::default(),
        };
        let shows = match part("/styles").filter(|path| self.names.contains_key(path)) {
            Some(path) => formats::read(&path, &self.inflate(&path)?)?,
            None => Vec::new(),
        };
        let cell_images = match part("/cellImage") {
            Some(path) => self.cell_images(&path)?,
            None => BTreeMap::new(),
        };
        let rich_images = self.rich_images(&part)?;
        let mut sheets = Vec::new();
        for (name, id, visible) in listed {
            let relation = relations
                .iter()
                .find(|relation| relation.id == id)
                .ok_or_else(|| Refusal::damaged(format!("工作表“{name}”没有内容")))?;
            let mut sheet = SheetPart { name, visible, ..SheetPart::default() };
            if relation.kind.ends_with("/worksheet") {
                let path = resolve(folder, &relation.target);
                let bytes = self.inflate(&path)?;
                self.hangings(&path, &mut sheet)?;
                sheet.part = Some((path, bytes));
            }
            sheets.push(sheet);
        }
        let counts = Counts::default();
        Ok(Opened::Xlsx(Package { epoch_1904, sheets, strings, shows, cell_images, rich_images, counts }))
    }
}

/// Calls `each` for every tag of a part.
fn walk<'a>(
    name: &str,
    bytes: &'a [u8],
    mut each: impl FnMut(Tag<'a>) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let refuse = |fault: Fault| fault.refuse(name);
    let mut tags = Tags::new(bytes).map_err(refuse)?;
    while let Some(tag) = tags.next_tag().map_err(refuse)? {
        each(tag)?;
    }
    Ok(())
}

/// A cell's address: letters of either case, then a row from 1. `None` outside of a sheet.
pub fn parse_address(text: &str) -> Option<CellRef> {
    let bytes = text.as_bytes();
    let split = bytes.iter().position(u8::is_ascii_digit)?;
    if !(1..=3).contains(&split) || bytes.len() - split > 7 {
        return None;
    }
    let mut col = 0;
    for letter in &bytes[..split] {
        if !letter.is_ascii_alphabetic() {
            return None;
        }
        col = col * 26 + u32::from(letter.to_ascii_uppercase() - b'A') + 1;
    }
    let mut row = 0;
    for digit in &bytes[split..] {
        if !digit.is_ascii_digit() {
            return None;
        }
        row = row * 10 + u32::from(digit - b'0');
    }
    (col <= MAX_COLS && (1..=MAX_ROWS).contains(&row)).then(|| CellRef::new(row - 1, col - 1))
}

/// Two addresses with a colon between. `None` for one cell, and outside of a sheet.
pub fn parse_region(text: &str) -> Option<Region> {
    let (first, last) = text.split_once(':')?;
    Region::new(parse_address(first)?, parse_address(last)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_beyond_the_sheet_are_refused() {
        for (text, address) in [
            ("A1", Some((0, 0))),
            ("xfd1048576", Some((1_048_575, 16_383))),
            ("XFE1", None),
            ("A1048577", None),
            ("A0", None),
            ("AAAA1", None),
            ("A99999999999", None),
            ("1", None),
            ("A", None),
            ("A1B", None),
        ] {
            assert_eq!(parse_address(text), address.map(|(row0, col0)| CellRef::new(row0, col0)), "{text}");
        }
    }

    #[test]
    fn targets_are_resolved() {
        for (folder, target, path) in [
            ("xl/", "worksheets/Sheet1.xml", "xl/worksheets/sheet1.xml"),
            ("xl/", "/xl/styles.xml", "xl/styles.xml"),
            ("xl/sub/", "../a.xml", "xl/a.xml"),
            ("", "xl\\workbook.xml", "xl/workbook.xml"),
            ("", "../../x", "x"),
        ] {
            assert_eq!(resolve(folder, target), path);
        }
    }
}
