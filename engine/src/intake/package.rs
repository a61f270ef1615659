//! The guard: opens a zip package within limits, and writes the package that the reader will see.
//! Knows no cells: it counts them, and keeps what the reader does not tell.
//!
//! The reader never meets the sender's bytes as they came. Parts that it needs are inflated while
//! counting, walked over once, and written into a new, uncompressed package with names of our own:
//!
//! - no count that a file claims is left for the reader to reserve memory by;
//! - style sheets are reduced to the number formats, the theme is left out;
//! - error values keep their text (the reader knows seven and stops at an eighth);
//! - which entry a name means is decided once, here.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::Refusal;
use super::limits::{
    MAX_CELLS, MAX_COLS, MAX_ENTRIES, MAX_FORMAT_BYTES, MAX_MERGES, MAX_ROWS, MAX_SHEETS, MAX_STRINGS,
    MAX_STYLES,
};
use super::markup::{Fault, Tag, Tags, unescape};
use super::sniff::find;
use crate::model::CellRef;

/// A rectangle of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// Upper left cell: the one that holds the value.
    pub first: CellRef,
    /// Lower right cell.
    pub last: CellRef,
}

/// A sheet, and what the reader does not tell of it.
#[derive(Debug)]
pub struct SheetPart {
    /// Its name.
    pub name: String,
    /// Whether a person sees it.
    pub visible: bool,
    /// Its name in [`Package::bytes`]; none for a sheet without cells, e.g. a chart.
    pub key: Option<String>,
    /// Merged regions, in the order of the file.
    pub merges: Vec<Region>,
    /// Hidden rows, from 0, in the order of the file.
    pub hidden_rows: Vec<u32>,
}

/// A workbook that the reader may open.
#[derive(Debug)]
pub struct Package {
    /// A package of our own writing.
    pub bytes: Vec<u8>,
    /// Whether serial numbers of dates count from 1904.
    pub epoch_1904: bool,
    /// Sheets, in the order of the workbook.
    pub sheets: Vec<SheetPart>,
}

/// What a zip package is.
#[derive(Debug)]
pub enum Opened {
    /// A workbook of ours.
    Xlsx(Package),
    /// A workbook of another format; its name.
    Workbook(&'static str),
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
    let mut parts = Parts { archive, names: BTreeMap::new(), left: budget };
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
            return Ok(Some(if kind.starts_with(b"application/vnd.oasis.opendocument.spreadsheet") {
                Opened::Workbook("ods")
            } else {
                Opened::Foreign("OpenDocument 文档")
            }));
        }
        Ok(Some(Opened::Foreign("zip 压缩包")))
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
            return Ok(Opened::Workbook("xlsb"));
        }
        let (folder, file) =
            path.rsplit_once('/').map_or(("", path.as_str()), |(folder, file)| (folder, file));
        let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let relations = self.relations(&format!("{folder}_rels/{file}.rels"))?;
        let part = |kind: &str| {
            relations
                .iter()
                .find(|relation| relation.kind.ends_with(kind))
                .map(|relation| resolve(&folder, &relation.target))
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
                        return Err(Refusal::limit(format!("不超过 {MAX_SHEETS} 张工作表"), "更多"));
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

        let mut writer = Writer::new();
        if let Some(path) = part("/sharedStrings").filter(|path| self.names.contains_key(path)) {
            let mut bytes = self.inflate(&path)?;
            check_strings(&path, &mut bytes)?;
            writer.add("xl/sharedStrings.xml", &bytes)?;
        }
        if let Some(path) = part("/styles").filter(|path| self.names.contains_key(path)) {
            let bytes = self.inflate(&path)?;
            writer.add("xl/styles.xml", reduced_styles(&path, &bytes)?.as_bytes())?;
        }
        let mut sheets = Vec::new();
        let mut n_cells = 0;
        for (index, (name, id, visible)) in listed.into_iter().enumerate() {
            let relation = relations
                .iter()
                .find(|relation| relation.id == id)
                .ok_or_else(|| Refusal::damaged(format!("工作表“{name}”没有内容")))?;
            let mut sheet =
                SheetPart { name, visible, key: None, merges: Vec::new(), hidden_rows: Vec::new() };
            if relation.kind.ends_with("/worksheet") {
                let path = resolve(&folder, &relation.target);
                let mut bytes = self.inflate(&path)?;
                n_cells = check_sheet(&path, &mut bytes, &mut sheet, n_cells)?;
                let key = format!("s{index}");
                writer.add(&format!("xl/{key}.xml"), &bytes)?;
                sheet.key = Some(key);
            }
            sheets.push(sheet);
        }
        let bytes = writer.finish(epoch_1904, &sheets)?;
        Ok(Opened::Xlsx(Package { bytes, epoch_1904, sheets }))
    }
}

/// Calls `each` for every tag of a part.
fn walk<'a>(
    name: &str,
    bytes: &'a [u8],
    mut each: impl FnMut(Tag<'a>) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let refuse = |fault| match fault {
        Fault::Encoding => Refusal::damaged(format!("{name} 不是 UTF-8 编码")),
        Fault::Malformed => Refusal::damaged(format!("{name} 不是完整的 XML")),
        Fault::Long => Refusal::limit("单元格文字不超过 32767 字".to_owned(), format!("{name} 内有超长内容")),
    };
    let mut tags = Tags::new(bytes).map_err(refuse)?;
    while let Some(tag) = tags.next_tag().map_err(refuse)? {
        each(tag)?;
    }
    Ok(())
}

/// Counts the shared texts and makes the reader blind to how many they claim to be: it reserves
/// memory by the claim.
fn check_strings(name: &str, bytes: &mut [u8]) -> Result<(), Refusal> {
    let mut n_strings = 0;
    let mut blind = Vec::new();
    walk(name, bytes, |tag| {
        match tag.name {
            "si" => {
                n_strings += usize::from(!tag.closes);
                if n_strings > MAX_STRINGS {
                    return Err(Refusal::limit(format!("共享文字不超过 {MAX_STRINGS} 条"), "更多"));
                }
            }
            "sst" => {
                let attrs_at = tag.name_at + tag.name.len();
                blind.extend(tag.attrs.match_indices("uniqueCount").map(|(at, _)| attrs_at + at));
            }
            _ => {}
        }
        Ok(())
    })?;
    for at in blind {
        bytes[at] = b'x';
    }
    Ok(())
}

/// The number formats of a style sheet as a style sheet of its own. Everything else in it is for
/// the eye, and the reader would copy it into each of up to 65,000 cell formats.
fn reduced_styles(name: &str, bytes: &[u8]) -> Result<String, Refusal> {
    let mut formats = String::new();
    let mut cells = String::new();
    let mut n_cells = 0;
    let mut in_cells = false;
    walk(name, bytes, |tag| {
        match (tag.name, tag.closes) {
            ("numFmt", false) => {
                if let (Some(id), Some(code)) = (tag.attr("numFmtId"), tag.attr("formatCode")) {
                    if code.len() > MAX_FORMAT_BYTES || id.len() > 10 {
                        return Err(Refusal::limit("数字格式不超过 255 字".to_owned(), "更长"));
                    }
                    let (id, code) = (id.replace('"', "&quot;"), code.replace('"', "&quot;"));
                    formats.push_str(&format!("<numFmt numFmtId=\"{id}\" formatCode=\"{code}\"/>"));
                }
            }
            ("cellXfs", closes) => in_cells = !closes && !tag.attrs.ends_with('/'),
            ("xf", false) if in_cells => {
                n_cells += 1;
                if n_cells > MAX_STYLES {
                    return Err(Refusal::limit(format!("单元格格式不超过 {MAX_STYLES} 种"), "更多"));
                }
                let id = tag.attr("numFmtId").filter(|id| id.len() <= 10).unwrap_or("0");
                cells.push_str(&format!("<xf numFmtId=\"{}\"/>", id.replace('"', "&quot;")));
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(format!("<styleSheet><numFmts>{formats}</numFmts><cellXfs>{cells}</cellXfs></styleSheet>"))
}

/// Counts the cells, checks their addresses, keeps merged regions and hidden rows, and makes the
/// reader blind to the extent that the sheet claims. Returns the number of cells so far.
fn check_sheet(
    name: &str,
    bytes: &mut [u8],
    sheet: &mut SheetPart,
    mut n_cells: usize,
) -> Result<usize, Refusal> {
    let mut patches = Vec::new();
    let mut next_row0 = 0;
    walk(name, bytes, |tag| {
        if tag.closes {
            next_row0 += u32::from(tag.name == "row");
            return Ok(());
        }
        let attrs_at = tag.name_at + tag.name.len();
        match tag.name {
            "c" => {
                n_cells += 1;
                if n_cells > MAX_CELLS {
                    return Err(Refusal::limit(format!("不超过 {MAX_CELLS} 个单元格"), "更多"));
                }
                if let Some(address) = tag.attr("r")
                    && parse_address(address).is_none()
                {
                    return Err(Refusal::damaged(format!("{name} 内有单元格地址 {}", cut(address))));
                }
                // The reader stops at an error value that it does not know; as a text of type `d`
                // it hands over whatever stands there, and `grid` knows it by its `#`.
                if let Some((at, "e")) = tag.attr_at("t") {
                    let value = tag.attrs[at..].find('e').map_or(at, |value| at + value);
                    patches.push((attrs_at + value, b'd'));
                }
            }
            "row" => {
                if let Some(row) = tag.attr("r") {
                    let row = row.parse::<u32>().ok().filter(|row| (1..=MAX_ROWS).contains(row));
                    next_row0 =
                        row.ok_or_else(|| Refusal::damaged(format!("{name} 内有超出范围的行号")))? - 1;
                }
                if tag.flag("hidden") {
                    sheet.hidden_rows.push(next_row0);
                }
                next_row0 += u32::from(tag.attrs.ends_with('/'));
            }
            "mergeCell" => {
                if let Some(region) = tag.attr("ref").and_then(parse_region) {
                    if sheet.merges.len() == MAX_MERGES {
                        return Err(Refusal::limit(format!("每张表不超过 {MAX_MERGES} 处合并"), "更多"));
                    }
                    sheet.merges.push(region);
                }
            }
            // The reader computes with these rectangles without checking them.
            "dimension" => patches.push((tag.name_at, b'x')),
            "f" => {
                if let Some((at, _)) = tag.attr_at("ref") {
                    patches.push((attrs_at + at, b'x'));
                }
            }
            _ => {}
        }
        Ok(())
    })?;
    for (at, byte) in patches {
        bytes[at] = byte;
    }
    Ok(n_cells)
}

fn cut(text: &str) -> String {
    text.chars().take(20).collect()
}

/// A cell's address as the reader takes it: letters of either case, then a row from 1.
fn parse_address(text: &str) -> Option<CellRef> {
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

fn parse_region(text: &str) -> Option<Region> {
    let (first, last) = text.split_once(':')?;
    let (first, last) = (parse_address(first)?, parse_address(last)?);
    (first.row0 <= last.row0 && first.col0 <= last.col0 && first != last).then_some(Region { first, last })
}

/// Writes the package for the reader.
struct Writer(ZipWriter<Cursor<Vec<u8>>>);

impl Writer {
    fn new() -> Self {
        Self(ZipWriter::new(Cursor::new(Vec::new())))
    }

    fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), Refusal> {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        let refuse = |error: String| Refusal::damaged(format!("无法整理工作簿:{error}"));
        self.0.start_file(name, options).map_err(|error| refuse(error.to_string()))?;
        self.0.write_all(bytes).map_err(|error| refuse(error.to_string()))
    }

    fn finish(mut self, epoch_1904: bool, sheets: &[SheetPart]) -> Result<Vec<u8>, Refusal> {
        const RELATION: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let mut listed = String::new();
        let mut relations = String::new();
        for (index, key) in sheets.iter().filter_map(|sheet| sheet.key.as_ref()).enumerate() {
            listed.push_str(&format!("<sheet name=\"{key}\" sheetId=\"{}\" r:id=\"{key}\"/>", index + 1));
            relations.push_str(&format!(
                "<Relationship Id=\"{key}\" Type=\"{RELATION}/worksheet\" Target=\"{key}.xml\"/>"
            ));
        }
        let epoch = u8::from(epoch_1904);
        self.add(
            "xl/workbook.xml",
            format!("<workbook><workbookPr date1904=\"{epoch}\"/><sheets>{listed}</sheets></workbook>")
                .as_bytes(),
        )?;
        self.add(
            "xl/_rels/workbook.xml.rels",
            format!("<Relationships>{relations}</Relationships>").as_bytes(),
        )?;
        self.add(
            "_rels/.rels",
            format!(
                "<Relationships><Relationship Id=\"r\" Type=\"{RELATION}/officeDocument\" \
                 Target=\"xl/workbook.xml\"/></Relationships>"
            )
            .as_bytes(),
        )?;
        let bytes = self.0.finish().map_err(|error| Refusal::damaged(format!("无法整理工作簿:{error}")))?;
        Ok(bytes.into_inner())
    }
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

    #[test]
    fn styles_keep_number_formats_only() {
        let styles = "<styleSheet><numFmts><numFmt numFmtId='164' formatCode='yyyy\"年\"'/></numFmts>\
                      <fonts><font><name val='x'/></font></fonts><cellStyleXfs><xf numFmtId='9'/></cellStyleXfs>\
                      <cellXfs><xf numFmtId='164' fontId='0'><alignment/></xf><xf/></cellXfs></styleSheet>";
        assert_eq!(
            reduced_styles("styles", styles.as_bytes()).expect("is well-formed"),
            "<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"yyyy&quot;年&quot;\"/></numFmts>\
             <cellXfs><xf numFmtId=\"164\"/><xf numFmtId=\"0\"/></cellXfs></styleSheet>"
        );
    }
}
