//! What hangs on the cells of a sheet and is in parts of its own: remarks, and pictures, of which
//! there are three kinds: drawings, WPS's pictures in cells, and pictures as rich values of cells.
//! Keeps no picture: only its digest.

use std::collections::BTreeMap;

use super::super::Refusal;
use super::super::limits::{MAX_COLS, MAX_ROWS, MAX_SHEETS, MAX_VALUES};
use super::super::markup::{Piece, Tags, unescape};
use super::{Drawn, Parts, Relation, SheetPart, folder_of, parse_address, resolve, walk};
use crate::model::CellRef;

impl Parts<'_> {
    /// What hangs on the cells of a sheet: remarks and pictures.
    pub(super) fn hangings(&mut self, path: &str, sheet: &mut SheetPart) -> Result<(), Refusal> {
        for relation in self.relations_of(path)? {
            let target = resolve(folder_of(path), &relation.target);
            if !self.names.contains_key(&target) {
                continue;
            }
            if relation.kind.ends_with("/comments") && !target.ends_with(".bin") {
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

    /// The pictures of the sheets of a binary workbook: its drawings are XML like any other's. Its
    /// remarks are not, and are left to its reader.
    pub(super) fn drawn(&mut self, workbook: &str) -> Result<Drawn, Refusal> {
        let mut drawn = Drawn::new();
        for relation in self.relations_of(workbook)? {
            if relation.kind.ends_with("/worksheet") && drawn.len() < MAX_SHEETS {
                let path = resolve(folder_of(workbook), &relation.target);
                let mut sheet = SheetPart::default();
                self.hangings(&path, &mut sheet)?;
                drawn.insert(path, sheet.pictures);
            }
        }
        Ok(drawn)
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
    pub(super) fn relations_of(&mut self, path: &str) -> Result<Vec<Relation>, Refusal> {
        let folder = folder_of(path);
        let name = format!("{folder}_rels/{}.rels", &path[folder.len()..]);
        if self.names.contains_key(&name) { self.relations(&name) } else { Ok(Vec::new()) }
    }

    /// The pictures that WPS puts into cells.
    pub(super) fn cell_images(&mut self, path: &str) -> Result<BTreeMap<String, String>, Refusal> {
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

    /// The pictures that Excel, and WPS after it, keep as rich values of cells; by the number that
    /// cells call a rich value by, from 1. `part`: the workbook's part of a kind.
    pub(super) fn rich_images(
        &mut self,
        part: &dyn Fn(&str) -> Option<String>,
    ) -> Result<BTreeMap<usize, String>, Refusal> {
        let mut found = BTreeMap::new();
        let mut bytes_of = |kind: &str| -> Result<Option<(String, Vec<u8>)>, Refusal> {
            let Some(path) = part(kind).filter(|path| self.names.contains_key(path)) else { return Ok(None) };
            let bytes = self.inflate(&path)?;
            Ok(Some((path, bytes)))
        };
        let metadata = bytes_of("/sheetMetadata")?;
        let values = bytes_of("/rdRichValue")?;
        let structures = bytes_of("/rdRichValueStructure")?;
        let listed = bytes_of("/richValueRel")?;
        let (Some(metadata), Some(values), Some(structures), Some(listed)) =
            (metadata, values, structures, listed)
        else {
            return Ok(found);
        };
        let images = self.images_of(&listed.0)?;
        let mut digests: Vec<Option<&String>> = Vec::new();
        walk(&listed.0, &listed.1, |tag| {
            if tag.name == "rel" && !tag.closes {
                digests.push(tag.attr("id").and_then(|id| images.get(id)));
            }
            Ok(())
        })?;
        let values = rich_values(&values, &image_keys(&structures)?)?;
        for (index, value) in metadata_values(&metadata)?.into_iter().enumerate() {
            let image = values.get(value).copied().flatten();
            if let Some(Some(digest)) = image.and_then(|image| digests.get(image)) {
                found.insert(index + 1, (*digest).clone());
            }
        }
        Ok(found)
    }
}

/// The name of the picture that WPS shows in a cell with this text, `=DISPIMG("ID_…",1)`.
pub fn cell_image(text: &str) -> Option<&str> {
    text.strip_prefix("=DISPIMG(\"")?.split('"').next()
}

type NamedPart = (String, Vec<u8>);

/// Of each structure of rich values, the position of the key that names a picture.
fn image_keys((name, bytes): &NamedPart) -> Result<Vec<Option<usize>>, Refusal> {
    let mut keys: Vec<Option<usize>> = Vec::new();
    let mut position = 0;
    walk(name, bytes, |tag| {
        match (tag.name, tag.closes) {
            ("s", false) => {
                keys.push(None);
                position = 0;
            }
            ("k", false) => {
                if let (Some("_rvRel:LocalImageIdentifier"), Some(key)) = (tag.attr("n"), keys.last_mut()) {
                    *key = Some(position);
                }
                position += 1;
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(keys)
}

/// Of each rich value, the position of its picture in the list of pictures.
fn rich_values((name, bytes): &NamedPart, keys: &[Option<usize>]) -> Result<Vec<Option<usize>>, Refusal> {
    let mut tags = Tags::new(bytes).map_err(|fault| fault.refuse(name))?;
    let mut values = Vec::new();
    let (mut wanted, mut position, mut in_value) = (None, 0, false);
    while let Some(piece) = tags.next_piece().map_err(|fault| fault.refuse(name))? {
        match piece {
            Piece::Tag(tag) if tag.name == "rv" && !tag.closes => {
                if values.len() == MAX_VALUES {
                    return Err(Refusal::limit(
                        format!("不超过 {MAX_VALUES} 个单元格图片"),
                        format!("超过 {MAX_VALUES}"),
                    ));
                }
                let structure = tag.attr("s").and_then(|structure| structure.parse::<usize>().ok());
                wanted = structure.and_then(|structure| keys.get(structure).copied().flatten());
                position = 0;
                values.push(None);
            }
            Piece::Tag(tag) if tag.name == "v" => {
                in_value = !tag.closes && !tag.is_empty();
                position += usize::from(tag.closes || tag.is_empty());
            }
            Piece::Tag(_) => {}
            Piece::Text(text) => {
                if let (true, Some(value)) = (in_value && wanted == Some(position), values.last_mut()) {
                    *value = text.trim().parse().ok();
                }
            }
        }
    }
    Ok(values)
}

/// Of each value's metadata, the position of the rich value that it means.
fn metadata_values((name, bytes): &NamedPart) -> Result<Vec<usize>, Refusal> {
    let (mut types, mut future, mut values) = (Vec::new(), Vec::new(), Vec::new());
    let (mut in_future, mut in_values) = (false, false);
    walk(name, bytes, |tag| {
        let number = |name| tag.attr(name).and_then(|number| number.parse::<usize>().ok());
        match (tag.name, tag.closes) {
            ("metadataType", false) => types.push(tag.attr("name").map(unescape)),
            ("futureMetadata", closes) => in_future = !closes && tag.attr("name") == Some("XLRICHVALUE"),
            ("valueMetadata", closes) => in_values = !closes && !tag.is_empty(),
            ("bk", false) if in_future => future.push(None),
            ("rvb", false) if in_future => {
                if let Some(last) = future.last_mut() {
                    *last = number("i");
                }
            }
            ("bk", false) if in_values => values.push(None),
            ("rc", false) if in_values => {
                // Types are counted from 1, their values from 0.
                let kind = number("t").and_then(|kind| types.get(kind.checked_sub(1)?)?.as_deref());
                if let (Some("XLRICHVALUE"), Some(last)) = (kind, values.last_mut()) {
                    *last = number("v");
                }
            }
            _ => {}
        }
        Ok(())
    })?;
    let meant = |value: Option<usize>| value.and_then(|value| future.get(value).copied().flatten());
    Ok(values.into_iter().map(|value| meant(value).unwrap_or(usize::MAX)).collect())
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
