//! A zip package of which some parts are replaced or added; the others are copied as they are
//! compressed. Knows what relationships and content types are, and nothing of cells.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read as _, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::Refusal;
use super::markup::{Kind, Piece, Splices, attr, attrs, escape, flag, unescape, walk, with_attr};

/// The namespace of sheets, styles and workbooks.
pub(super) const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
/// What types of relationships begin with.
const RELATION: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const STRICT: &str = "http://purl.oclc.org/ooxml/";
/// What content types begin with.
const CONTENT: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml";

/// Most entries of a package, as for reading.
const MAX_ENTRIES: usize = 4_096;
/// Most bytes that the parts we look into may inflate to together. Reading a workbook has the same
/// limit, and nothing is patched that was not read.
const MAX_INFLATED_BYTES: u64 = 96 << 20;

/// A relationship.
#[derive(Debug, Clone)]
pub(super) struct Relation {
    pub id: String,
    pub kind: String,
    /// The part it leads to, from the package's root.
    pub target: String,
}

/// A sheet of the workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SheetPart {
    pub name: String,
    /// Its part, from the package's root.
    pub part: String,
}

/// A package being patched.
pub(super) struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    /// Entries by their names in lower case with `/`.
    names: BTreeMap<String, usize>,
    left: u64,
    replaced: BTreeMap<usize, String>,
    added: Vec<(String, String)>,
    removed: BTreeSet<usize>,
    /// The workbook's part, and the folder it stands in with its `/`.
    pub workbook: String,
    folder: String,
    pub relations: Vec<Relation>,
    pub sheets: Vec<SheetPart>,
}

impl<'a> Package<'a> {
    /// Opens a package and finds its workbook.
    ///
    /// Errors: what is no workbook of this format, and what a patch would break.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Refusal> {
        // A compound file: a workbook under a password, or one of before 2007.
        if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
            return Err(Refusal::Compound);
        }
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| Refusal::Foreign)?;
        if archive.len() > MAX_ENTRIES {
            return Err(Refusal::TooLarge);
        }
        let mut names = BTreeMap::new();
        for index in 0..archive.len() {
            let entry = archive.by_index_raw(index).map_err(|error| damaged("zip", error))?;
            let name = String::from_utf8_lossy(entry.name_raw()).replace('\\', "/");
            let name = name.trim_start_matches('/').to_lowercase();
            if names.insert(name.clone(), index).is_some() {
                return Err(damaged(&name, "stands twice"));
            }
        }
        let has = |prefix: &str| names.keys().any(|name| name.starts_with(prefix));
        if !names.contains_key("_rels/.rels") {
            return Err(Refusal::Foreign);
        }
        if has("_xmlsignatures/") {
            return Err(Refusal::Signed);
        }
        if has("xl/revisions/") {
            return Err(Refusal::Shared);
        }
        let mut package = Self {
            archive,
            names,
            left: MAX_INFLATED_BYTES,
            replaced: BTreeMap::new(),
            added: Vec::new(),
            removed: BTreeSet::new(),
            workbook: String::new(),
            folder: String::new(),
            relations: Vec::new(),
            sheets: Vec::new(),
        };
        let root = package.relations_of("_rels/.rels", "")?;
        let document = root.iter().find(|relation| relation.kind.ends_with("/officeDocument"));
        let document = document.ok_or(Refusal::Foreign)?;
        if document.kind.starts_with(STRICT) {
            return Err(Refusal::Strict);
        }
        package.workbook.clone_from(&document.target);
        let slash = package.workbook.rfind('/').map_or(0, |slash| slash + 1);
        package.folder = package.workbook[..slash].to_owned();
        let rels = package.rels_part();
        package.relations = package.relations_of(&rels, &package.folder.clone())?;
        let workbook = package.workbook.clone();
        let text = package.text(&workbook)?;
        let mut listed = Vec::new();
        walk(&workbook, &text, |piece| {
            if piece.begins("workbook") && piece.text.contains(STRICT) {
                return Err(Refusal::Strict);
            }
            if piece.begins("sheet") {
                let name = attr(piece.text, "name").unwrap_or_default();
                let id = attrs(piece.text).find(|(key, _)| key.ends_with(":id"));
                listed.push((name, id.map_or_else(String::new, |(_, id)| unescape(&piece.text[id]))));
            }
            Ok(true)
        })?;
        for (name, id) in listed {
            let relation = package.relations.iter().find(|relation| relation.id == id);
            let part = relation.ok_or_else(|| damaged(&workbook, format!("sheet {name}")))?.target.clone();
            package.sheets.push(SheetPart { name, part });
        }
        Ok(package)
    }

    fn rels_part(&self) -> String {
        format!("{}_rels/{}.rels", self.folder, &self.workbook[self.folder.len()..])
    }

    fn relations_of(&mut self, part: &str, folder: &str) -> Result<Vec<Relation>, Refusal> {
        let text = self.text(part)?;
        let mut found = Vec::new();
        walk(part, &text, |piece| {
            if piece.begins("Relationship") {
                let value = |name| attr(piece.text, name).unwrap_or_default();
                let target = resolve(folder, &value("Target"));
                found.push(Relation { id: value("Id"), kind: value("Type"), target });
            }
            Ok(true)
        })?;
        Ok(found)
    }

    /// What a part leads to.
    pub fn relations_from(&mut self, part: &str) -> Result<Vec<Relation>, Refusal> {
        let slash = part.rfind('/').map_or(0, |slash| slash + 1);
        let (folder, name) = part.split_at(slash);
        let rels = format!("{folder}_rels/{name}.rels");
        if !self.has(&rels) {
            return Ok(Vec::new());
        }
        let folder = folder.to_owned();
        self.relations_of(&rels, &folder)
    }

    /// Names in lower case of the parts that `which` wants.
    pub fn parts(&self, which: impl Fn(&str) -> bool) -> Vec<String> {
        self.names.keys().filter(|name| which(name)).cloned().collect()
    }

    /// Takes out a part that the workbook leads to, with all that names it.
    pub fn remove(&mut self, kind: &str) -> Result<(), Refusal> {
        let Some(part) = self.part_of(kind) else { return Ok(()) };
        let rels = self.rels_part();
        let kind = format!("/{kind}");
        self.cut(&rels, |tag| {
            tag.name == "Relationship" && attr(tag.text, "Type").is_some_and(|known| known.ends_with(&kind))
        })?;
        let path = format!("/{}", part.to_lowercase());
        self.cut("[content_types].xml", |tag| {
            tag.name == "Override"
                && attr(tag.text, "PartName").is_some_and(|known| known.to_lowercase() == path)
        })?;
        if let Some(index) = self.names.remove(&part.to_lowercase()) {
            self.removed.insert(index);
        }
        Ok(())
    }

    /// Whether days count from 1904.
    pub fn from_1904(&mut self) -> Result<bool, Refusal> {
        let workbook = self.workbook.clone();
        let text = self.text(&workbook)?;
        let mut found = false;
        walk(&workbook, &text, |piece| {
            found |= piece.begins("workbookPr") && flag(piece.text, "date1904");
            Ok(true)
        })?;
        Ok(found)
    }

    /// Has all formulas computed when the workbook is opened.
    pub fn calculate_on_opening(&mut self) -> Result<(), Refusal> {
        let workbook = self.workbook.clone();
        let text = self.text(&workbook)?;
        let mut splices = Splices::default();
        let mut behind = None;
        walk(&workbook, &text, |piece| {
            if piece.depth == 1 && piece.begins("calcPr") {
                if !flag(piece.text, "fullCalcOnLoad") {
                    splices.replace(piece.span, with_attr(piece.text, "fullCalcOnLoad", "1"));
                }
                behind = None;
                return Ok(false);
            }
            // The settings of calculation come behind these.
            let before =
                matches!(piece.name, "sheets" | "functionGroups" | "externalReferences" | "definedNames");
            if piece.depth == 1 && before && piece.kind != Kind::Open {
                behind = Some((piece.span.end, prefix(piece.text).to_owned()));
            }
            Ok(true)
        })?;
        if let Some((at, prefix)) = behind {
            splices.insert(at, format!("<{prefix}calcPr fullCalcOnLoad=\"1\"/>"));
        }
        if !splices.is_empty() {
            let text = splices.apply(&text);
            self.replace(&workbook, text);
        }
        Ok(())
    }

    fn cut(&mut self, part: &str, which: impl Fn(&Piece<'_>) -> bool) -> Result<(), Refusal> {
        let text = self.text(part)?;
        let mut splices = Splices::default();
        walk(part, &text, |piece| {
            if piece.kind == Kind::Alone && which(&piece) {
                splices.replace(piece.span, "");
            }
            Ok(true)
        })?;
        self.replace(part, splices.apply(&text));
        Ok(())
    }

    /// The part that the workbook has of a kind.
    pub fn part_of(&self, kind: &str) -> Option<String> {
        let kind = format!("/{kind}");
        let relation = self.relations.iter().find(|relation| relation.kind.ends_with(&kind));
        relation.map(|relation| relation.target.clone()).filter(|part| self.has(part))
    }

    /// Whether there is such a part.
    pub fn has(&self, part: &str) -> bool {
        self.names.contains_key(&part.to_lowercase())
    }

    /// A part as text, as patched so far.
    ///
    /// Errors: it is missing, damaged, not UTF-8, or beyond the limit.
    pub fn text(&mut self, part: &str) -> Result<String, Refusal> {
        let index = *self.names.get(&part.to_lowercase()).ok_or_else(|| damaged(part, "missing"))?;
        if let Some(text) = self.replaced.get(&index) {
            return Ok(text.clone());
        }
        let entry = self.archive.by_index(index).map_err(|error| damaged(part, error))?;
        let mut bytes = Vec::new();
        entry.take(self.left + 1).read_to_end(&mut bytes).map_err(|error| damaged(part, error))?;
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or(Refusal::TooLarge)?;
        let text = String::from_utf8(bytes).map_err(|_| damaged(part, "not UTF-8"))?;
        Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
    }

    /// Replaces a part that was read.
    pub fn replace(&mut self, part: &str, text: String) {
        if let Some(index) = self.names.get(&part.to_lowercase()) {
            self.replaced.insert(*index, text);
        }
    }

    /// Adds the part of a worksheet with its content type and relationship, whose id is returned.
    pub fn add_worksheet(&mut self, text: String) -> Result<String, Refusal> {
        let target = (1..)
            .map(|n| format!("worksheets/sheet{n}.xml"))
            .find(|target| !self.has(&format!("{}{target}", self.folder)))
            .expect("numbers are endless, entries are not");
        let part = format!("{}{target}", self.folder);
        let id = (1..)
            .map(|n| format!("rId{n}"))
            .find(|id| self.relations.iter().all(|known| known.id != *id))
            .expect("is endless");

        let rels = self.rels_part();
        let relation =
            format!("<{{p}}Relationship Id=\"{id}\" Type=\"{RELATION}/worksheet\" Target=\"{target}\"/>");
        self.append_to_root(&rels, "Relationships", &relation)?;
        let content = format!(
            "<{{p}}Override PartName=\"/{}\" ContentType=\"{CONTENT}.worksheet+xml\"/>",
            escape(&part)
        );
        self.append_to_root("[content_types].xml", "Types", &content)?;
        self.relations.push(Relation {
            id: id.clone(),
            kind: format!("{RELATION}/worksheet"),
            target: part.clone(),
        });
        self.added.push((part, text));
        Ok(id)
    }

    /// Puts an element last under the root; `{p}` in it stands for the root's prefix.
    fn append_to_root(&mut self, part: &str, root: &str, element: &str) -> Result<(), Refusal> {
        let text = self.text(part)?;
        let mut splices = Splices::default();
        walk(part, &text, |piece| {
            if piece.depth == 0 && piece.name == root {
                let element = element.replacen("{p}", prefix(piece.text), 1);
                match piece.kind {
                    Kind::Close => splices.insert(piece.span.start, element),
                    Kind::Alone => {
                        let open = piece.text[..piece.text.len() - 2].to_owned();
                        let name = format!("{}{root}", prefix(piece.text));
                        splices.replace(piece.span, format!("{open}>{element}</{name}>"));
                    }
                    _ => {}
                }
            }
            Ok(true)
        })?;
        if splices.is_empty() {
            return Err(damaged(part, format!("no {root}")));
        }
        let text = splices.apply(&text);
        self.replace(part, text);
        Ok(())
    }

    /// The patched package. Parts that were not replaced are copied without being inflated.
    pub fn finish(mut self) -> Result<Vec<u8>, Refusal> {
        let failed = |error: zip::result::ZipError| damaged("zip", error);
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer.set_raw_comment(self.archive.comment().into()).map_err(failed)?;
        for index in 0..self.archive.len() {
            if self.removed.contains(&index) {
                continue;
            }
            let entry = self.archive.by_index_raw(index).map_err(failed)?;
            let Some(text) = self.replaced.get(&index) else {
                writer.raw_copy_file(entry).map_err(failed)?;
                continue;
            };
            let name = entry.name().map_err(failed)?.into_owned();
            let mut options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
            if let Some(time) = entry.last_modified() {
                options = options.last_modified_time(time);
            }
            writer.start_file(name, options).map_err(failed)?;
            writer.write_all(text.as_bytes()).map_err(|error| damaged("zip", error))?;
        }
        for (name, text) in &self.added {
            let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
            writer.start_file(name.as_str(), options).map_err(failed)?;
            writer.write_all(text.as_bytes()).map_err(|error| damaged("zip", error))?;
        }
        Ok(writer.finish().map_err(failed)?.into_inner())
    }

    /// Every entry: its name, checksum and length.
    pub fn entries(&mut self) -> Result<BTreeMap<String, (u32, u64)>, Refusal> {
        let mut found = BTreeMap::new();
        for (name, index) in &self.names {
            let entry = self.archive.by_index_raw(*index).map_err(|error| damaged(name, error))?;
            found.insert(name.clone(), (entry.crc32(), entry.size()));
        }
        Ok(found)
    }
}

/// The prefix of a tag's name with its colon; empty where none.
pub(super) fn prefix(tag: &str) -> &str {
    let rest = tag.trim_start_matches(['<', '/']);
    let end = rest.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>')).unwrap_or(rest.len());
    rest[..end].rfind(':').map_or("", |colon| &rest[..=colon])
}

pub(super) fn damaged(part: &str, what: impl std::fmt::Display) -> Refusal {
    Refusal::Damaged { part: part.to_owned(), what: what.to_string() }
}

/// The part a target means, seen from a folder.
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
    parts.join("/")
}
