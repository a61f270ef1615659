//! The guard: opens a zip package within limits, and writes the package that the reader will see.
//! Knows no cells: it counts them, and keeps what the reader does not tell (merged regions, hidden
//! lines, percentages, remarks, pictures).
//!
//! The reader never meets the sender's bytes as they came. Parts that it needs are inflated while
//! counting, walked over once, and written into a new, uncompressed package with names of our own:
//!
//! - no count that a file claims is left for the reader to reserve memory by;
//! - style sheets are reduced to the number formats, the theme is left out;
//! - error values keep their text (the reader knows seven and stops at an eighth);
//! - which entry a name means is decided once, here.
//!
//! Pictures are never kept: what is kept of one is its digest.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read, Write};

use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::Refusal;
use super::limits::{
    MAX_CELLS, MAX_COLS, MAX_ENTRIES, MAX_FORMAT_BYTES, MAX_MERGES, MAX_PICTURE_BYTES, MAX_ROWS, MAX_SHEETS,
    MAX_STRINGS, MAX_STYLES, MAX_VALUES,
};
use super::markup::{Fault, Piece, Tag, Tags, unescape};
use super::sniff::find;
use crate::model::{CellRef, ProblemCode};

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

/// A sheet, and what the reader does not tell of it.
#[derive(Debug, Default)]
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
    /// Hidden columns, from 0, in the order of the file.
    pub hidden_cols: Vec<u32>,
    /// Cells whose number is shown as a percentage, in the order of the file.
    pub percents: Vec<CellRef>,
    /// Remarks that hang on cells.
    pub comments: BTreeMap<CellRef, String>,
    /// Digests of the pictures that stand in, or begin at, cells.
    pub pictures: BTreeMap<CellRef, Vec<String>>,
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
    /// Digests of the pictures that WPS puts into cells, by the name that cells call them by.
    pub cell_images: BTreeMap<String, String>,
}

/// What a zip package is.
#[derive(Debug)]
pub enum Opened {
    /// A workbook of ours.
    Xlsx(Package),
    /// An OpenDocument workbook: its content, and the digests of its pictures by path.
    Ods(Vec<u8>, BTreeMap<String, String>),
    /// A workbook of the binary format.
    Xlsb,
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

fn hex(bytes: &[u8]) -> String {
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
                Refusal::limit(format!("图片合计不超过 {} MB", MAX_PICTURE_BYTES >> 20), "更多")
            })?;
        }
        let digest = hex(&hasher.finalize());
        self.digests.insert(name.to_owned(), digest.clone());
        Ok(Some(digest))
    }

    /// What hangs on the cells of a sheet: remarks and pictures.
    fn hangings(&mut self, path: &str, sheet: &mut SheetPart) -> Result<(), Refusal> {
        for relation in self.relations_of(path)? {
            let target = resolve(folder_of(path), &relation.target);
            if !self.names.contains_key(&target) {
                continue;
            }
            if relation.kind.ends_with("/comments") {
                let bytes = self.inflate(&target)?;
                comments(&target, &bytes, &mut sheet.comments)?;
            } else if relation.kind.ends_with("/drawing") {
                let images = self.images_of(&target)?;
                let bytes = self.inflate(&target)?;
                anchors(&target, &bytes, &images, &mut sheet.pictures)?;
            }
        }
        Ok(())
    }

    /// The digests of a part's pictures, by the id that the part calls them by.
    fn images_of(&mut self, path: &str) -> Result<BTreeMap<String, String>, Refusal> {
        let mut images = BTreeMap::new();
        for relation in self.relations_of(path)? {
            if relation.kind.ends_with("/image")
                && let Some(digest) = self.digest(&resolve(folder_of(path), &relation.target))?
            {
                images.insert(relation.id, digest);
            }
        }
        Ok(images)
    }

    /// The relations of a part; none when it has none.
    fn relations_of(&mut self, path: &str) -> Result<Vec<Relation>, Refusal> {
        let folder = folder_of(path);
        let name = format!("{folder}_rels/{}.rels", &path[folder.len()..]);
        if self.names.contains_key(&name) { self.relations(&name) } else { Ok(Vec::new()) }
    }

    /// The pictures that WPS puts into cells.
    fn cell_images(&mut self, path: &str) -> Result<BTreeMap<String, String>, Refusal> {
        let images = self.images_of(path)?;
        let bytes = self.inflate(path)?;
        let mut named = BTreeMap::new();
        let mut name = String::new();
        walk(path, &bytes, |tag| {
            match (tag.name, tag.closes) {
                ("cNvPr", false) => name = tag.attr("name").map(unescape).unwrap_or_default(),
                ("blip", false) => {
                    if let Some(digest) = tag.attr("embed").and_then(|id| images.get(id)) {
                        named.insert(std::mem::take(&mut name), digest.clone());
                    }
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(named)
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
            return Ok(Opened::Xlsb);
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
        let mut percents = Vec::new();
        if let Some(path) = part("/styles").filter(|path| self.names.contains_key(path)) {
            let bytes = self.inflate(&path)?;
            let styles = reduced_styles(&path, &bytes)?;
            writer.add("xl/styles.xml", styles.xml.as_bytes())?;
            percents = styles.percents;
        }
        let cell_images = match relations.iter().find(|relation| relation.kind.ends_with("/cellImage")) {
            Some(relation) => self.cell_images(&resolve(folder, &relation.target))?,
            None => BTreeMap::new(),
        };
        let mut sheets = Vec::new();
        let mut n_cells = 0;
        for (index, (name, id, visible)) in listed.into_iter().enumerate() {
            let relation = relations
                .iter()
                .find(|relation| relation.id == id)
                .ok_or_else(|| Refusal::damaged(format!("工作表“{name}”没有内容")))?;
            let mut sheet = SheetPart { name, visible, ..SheetPart::default() };
            if relation.kind.ends_with("/worksheet") {
                let path = resolve(folder, &relation.target);
                let mut bytes = self.inflate(&path)?;
                n_cells = check_sheet(&path, &mut bytes, &mut sheet, &percents, n_cells)?;
                let key = format!("s{index}");
                writer.add(&format!("xl/{key}.xml"), &bytes)?;
                drop(bytes);
                sheet.key = Some(key);
                self.hangings(&path, &mut sheet)?;
            }
            sheets.push(sheet);
        }
        let bytes = writer.finish(epoch_1904, &sheets)?;
        Ok(Opened::Xlsx(Package { bytes, epoch_1904, sheets, cell_images }))
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

/// What is left of a style sheet.
#[derive(Debug, PartialEq, Eq)]
struct Styles {
    /// For the reader.
    xml: String,
    /// Which cell formats show a percentage.
    percents: Vec<bool>,
}

/// The number formats of a style sheet as a style sheet of its own. Everything else in it is for
/// the eye, and the reader would copy it into each of up to 65,000 cell formats.
fn reduced_styles(name: &str, bytes: &[u8]) -> Result<Styles, Refusal> {
    let mut formats = String::new();
    // Of the formats that a workbook comes with, these show a percentage.
    let mut percent_ids = BTreeSet::from(["9".to_owned(), "10".to_owned()]);
    let mut cells = String::new();
    let mut ids = Vec::new();
    let mut in_cells = false;
    walk(name, bytes, |tag| {
        match (tag.name, tag.closes) {
            ("numFmt", false) => {
                if let (Some(id), Some(code)) = (tag.attr("numFmtId"), tag.attr("formatCode")) {
                    if code.len() > MAX_FORMAT_BYTES || id.len() > 10 {
                        return Err(Refusal::limit("数字格式不超过 255 字".to_owned(), "更长"));
                    }
                    let shown = bare_format(&unescape(code));
                    if shown.contains('%') {
                        percent_ids.insert(id.to_owned());
                    }
                    // A format that shows the day of the week only: the reader does not know it for
                    // a date.
                    let code = if shown.contains("aaa") { "yyyy-mm-dd" } else { code };
                    let (id, code) = (id.replace('"', "&quot;"), code.replace('"', "&quot;"));
                    formats.push_str(&format!("<numFmt numFmtId=\"{id}\" formatCode=\"{code}\"/>"));
                }
            }
            ("cellXfs", closes) => in_cells = !closes && !tag.is_empty(),
            ("xf", false) if in_cells => {
                if ids.len() == MAX_STYLES {
                    return Err(Refusal::limit(format!("单元格格式不超过 {MAX_STYLES} 种"), "更多"));
                }
                let id = tag.attr("numFmtId").filter(|id| id.len() <= 10).unwrap_or("0");
                ids.push(id.to_owned());
                cells.push_str(&format!("<xf numFmtId=\"{}\"/>", id.replace('"', "&quot;")));
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(Styles {
        xml: format!("<styleSheet><numFmts>{formats}</numFmts><cellXfs>{cells}</cellXfs></styleSheet>"),
        percents: ids.iter().map(|id| percent_ids.contains(id)).collect(),
    })
}

/// A number format without its literal texts, locales and conditions.
fn bare_format(code: &str) -> String {
    let mut bare = String::with_capacity(code.len());
    let mut chars = code.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => drop(chars.find(|c| *c == '"')),
            '[' => drop(chars.find(|c| *c == ']')),
            '\\' | '_' | '*' => drop(chars.next()),
            c => bare.push(c.to_ascii_lowercase()),
        }
    }
    bare
}

/// Reads the remarks of a sheet.
fn comments(name: &str, bytes: &[u8], comments: &mut BTreeMap<CellRef, String>) -> Result<(), Refusal> {
    let mut tags = Tags::new(bytes).map_err(|fault| fault.refuse(name))?;
    let mut at = None;
    let mut in_text = false;
    while let Some(piece) = tags.next_piece().map_err(|fault| fault.refuse(name))? {
        match piece {
            Piece::Tag(tag) if tag.name == "comment" => {
                at = tag.attr("ref").filter(|_| !tag.closes).and_then(parse_address);
            }
            Piece::Tag(tag) if tag.name == "t" => in_text = !tag.closes && !tag.is_empty(),
            Piece::Tag(_) => {}
            Piece::Text(text) => {
                if let (Some(at), true) = (at, in_text) {
                    comments.entry(at).or_default().push_str(&text);
                }
            }
        }
    }
    Ok(())
}

/// Reads where the pictures of a drawing begin.
fn anchors(
    name: &str,
    bytes: &[u8],
    images: &BTreeMap<String, String>,
    pictures: &mut BTreeMap<CellRef, Vec<String>>,
) -> Result<(), Refusal> {
    let mut tags = Tags::new(bytes).map_err(|fault| fault.refuse(name))?;
    let (mut row0, mut col0) = (None, None);
    let (mut in_from, mut element) = (false, "");
    while let Some(piece) = tags.next_piece().map_err(|fault| fault.refuse(name))? {
        match piece {
            Piece::Tag(tag) => {
                element = if tag.closes { "" } else { tag.name };
                match tag.name {
                    "from" => in_from = !tag.closes,
                    "twoCellAnchor" | "oneCellAnchor" | "absoluteAnchor" => (row0, col0) = (None, None),
                    "blip" if !tag.closes => {
                        let digest = tag.attr("embed").and_then(|id| images.get(id));
                        let at = row0.zip(col0).filter(|(row0, col0)| *row0 < MAX_ROWS && *col0 < MAX_COLS);
                        if let (Some(digest), Some((row0, col0))) = (digest, at) {
                            pictures.entry(CellRef::new(row0, col0)).or_default().push(digest.clone());
                        }
                    }
                    _ => {}
                }
            }
            Piece::Text(text) if in_from => match element {
                "row" => row0 = text.trim().parse().ok(),
                "col" => col0 = text.trim().parse().ok(),
                _ => {}
            },
            Piece::Text(_) => {}
        }
    }
    Ok(())
}

/// Counts the cells, checks their addresses, keeps merged regions and hidden rows, and makes the
/// reader blind to the extent that the sheet claims. Returns the number of cells so far.
fn check_sheet(
    name: &str,
    bytes: &mut [u8],
    sheet: &mut SheetPart,
    percents: &[bool],
    mut n_cells: usize,
) -> Result<usize, Refusal> {
    let mut patches = Vec::new();
    let mut next_row0 = 0;
    let mut next_col0 = 0;
    let mut hidden_cols = BTreeSet::new();
    walk(name, bytes, |tag| {
        if tag.closes {
            if tag.name == "row" {
                next_row0 += 1;
                next_col0 = 0;
            }
            return Ok(());
        }
        let attrs_at = tag.name_at + tag.name.len();
        match tag.name {
            "c" => {
                n_cells += 1;
                if n_cells > MAX_CELLS {
                    return Err(Refusal::limit(format!("不超过 {MAX_CELLS} 个单元格"), "更多"));
                }
                let mut at = CellRef::new(next_row0, next_col0);
                if let Some(address) = tag.attr("r") {
                    at = parse_address(address)
                        .ok_or_else(|| Refusal::damaged(format!("{name} 内有单元格地址 {}", cut(address))))?;
                }
                next_col0 = at.col0 + 1;
                let style = tag.attr("s").and_then(|style| style.parse::<usize>().ok());
                if style.and_then(|style| percents.get(style)) == Some(&true)
                    && !tag.is_empty()
                    && sheet.percents.len() < MAX_VALUES
                {
                    sheet.percents.push(at);
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
                next_row0 += u32::from(tag.is_empty());
                next_col0 = 0;
            }
            "col" if tag.flag("hidden") => {
                let line = |name| tag.attr(name).and_then(|line| line.parse::<u32>().ok());
                if let (Some(first @ 1..), Some(last)) = (line("min"), line("max")) {
                    hidden_cols.extend(first - 1..last.min(MAX_COLS));
                }
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
    sheet.hidden_cols = hidden_cols.into_iter().collect();
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
    Region::new(parse_address(first)?, parse_address(last)?)
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
            reduced_styles("styles", styles.as_bytes()).expect("is well-formed").xml,
            "<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"yyyy&quot;年&quot;\"/></numFmts>\
             <cellXfs><xf numFmtId=\"164\"/><xf numFmtId=\"0\"/></cellXfs></styleSheet>"
        );
    }
}
