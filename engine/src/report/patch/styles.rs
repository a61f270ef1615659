//! The style sheet of a package: cell formats are appended, never changed or taken away.
//! Knows no cells: who uses a format is the affair of `cells` and `graft`.

use std::collections::BTreeMap;
use std::ops::Range;

use super::markup::{Kind, Splices, attr, walk, with_attr};
use super::package::{MAIN, damaged, prefix};
use super::{Colour, Refusal};
use crate::model::Date;

/// Most cell formats: Excel takes 65,490, less is safe.
const MAX_FORMATS: usize = 64_000;

/// The lists of a style sheet that cell formats refer to, in the order of the format's definition.
pub(super) const LISTS: [&str; 5] = ["numFmts", "fonts", "fills", "borders", "cellXfs"];
const NUM_FMTS: usize = 0;
const FONTS: usize = 1;
const FILLS: usize = 2;
const BORDERS: usize = 3;
const FORMATS: usize = 4;

/// A list: its own tags, and its children.
#[derive(Debug, Clone, Default)]
pub(super) struct List {
    open: Range<usize>,
    alone: bool,
    close: usize,
    pub items: Vec<Range<usize>>,
}

/// Finds the lists of a style sheet; `None` for one that is not there.
pub(super) fn lists(part: &str, text: &str) -> Result<[Option<List>; 5], Refusal> {
    let mut found: [Option<List>; 5] = Default::default();
    let mut current = None;
    let mut item = 0;
    walk(part, text, |piece| {
        match (piece.kind, piece.depth) {
            (Kind::Open | Kind::Alone, 1) => {
                current = LISTS.iter().position(|name| *name == piece.name);
                if let Some(index) = current {
                    let alone = piece.kind == Kind::Alone;
                    let (open, close) = (piece.span.clone(), piece.span.end);
                    found[index] = Some(List { open, alone, close, items: Vec::new() });
                    if alone {
                        current = None;
                    }
                }
            }
            (Kind::Close, 1) => {
                if let Some(list) = current.take().and_then(|index| found[index].as_mut()) {
                    list.close = piece.span.start;
                }
            }
            (Kind::Open, 2) => item = piece.span.start,
            (Kind::Alone, 2) => {
                if let Some(list) = current.and_then(|index| found[index].as_mut()) {
                    list.items.push(piece.span);
                }
            }
            (Kind::Close, 2) => {
                if let Some(list) = current.and_then(|index| found[index].as_mut()) {
                    list.items.push(item..piece.span.end);
                }
            }
            _ => {}
        }
        Ok(true)
    })?;
    Ok(found)
}

/// A style sheet that grows.
pub(super) struct Styles {
    part: String,
    text: String,
    lists: [Option<List>; 5],
    added: [Vec<String>; 5],
    /// Fills by colour, formats by the one they are made from and the colour.
    fills: BTreeMap<Colour, usize>,
    filled: BTreeMap<(usize, Option<Colour>), usize>,
    next_num_fmt: u32,
    /// Whether days count from 1904.
    pub from_1904: bool,
}

impl Styles {
    /// Reads the style sheet of a package.
    pub fn new(part: &str, text: String) -> Result<Self, Refusal> {
        let lists = lists(part, &text)?;
        for index in [FONTS, FILLS, BORDERS, FORMATS] {
            if lists[index].as_ref().is_none_or(|list| list.items.is_empty()) {
                return Err(damaged(part, format!("no {}", LISTS[index])));
            }
        }
        let ids = lists[NUM_FMTS].iter().flat_map(|list| &list.items);
        let next_num_fmt = ids
            .filter_map(|span| attr(&text[span.clone()], "numFmtId")?.parse::<u32>().ok())
            .max()
            .map_or(164, |id| id.saturating_add(1).max(164));
        Ok(Self {
            part: part.to_owned(),
            text,
            lists,
            added: Default::default(),
            fills: BTreeMap::new(),
            filled: BTreeMap::new(),
            next_num_fmt,
            from_1904: false,
        })
    }

    fn len(&self, list: usize) -> usize {
        self.lists[list].as_ref().map_or(0, |list| list.items.len()) + self.added[list].len()
    }

    fn add(&mut self, list: usize, item: String) -> usize {
        self.added[list].push(item);
        self.len(list) - 1
    }

    fn format(&self, index: usize) -> Result<&str, Refusal> {
        let list = self.lists[FORMATS].as_ref().map_or(&[][..], |list| &list.items);
        match list.get(index) {
            Some(span) => Ok(&self.text[span.clone()]),
            None => {
                let added = index.checked_sub(list.len()).and_then(|index| self.added[FORMATS].get(index));
                let beyond = || damaged(&self.part, format!("no cell format {index}"));
                added.map(String::as_str).ok_or_else(beyond)
            }
        }
    }

    /// The format that is like another, with a fill; without one where `colour` is none.
    ///
    /// Errors: there is no such format, or the limit of formats is reached.
    pub fn filled(&mut self, like: usize, colour: Option<Colour>) -> Result<usize, Refusal> {
        if let Some(&known) = self.filled.get(&(like, colour)) {
            return Ok(known);
        }
        let format = self.format(like)?.to_owned();
        let fill = match colour {
            None => 0,
            Some(colour) => match self.fills.get(&colour) {
                Some(fill) => *fill,
                None => {
                    let fill = format!(
                        "<fill xmlns=\"{MAIN}\"><patternFill patternType=\"solid\"><fgColor rgb=\"{}\"/>\
                         <bgColor indexed=\"64\"/></patternFill></fill>",
                        colour.argb()
                    );
                    let fill = self.own(&fill);
                    let fill = self.add(FILLS, fill);
                    self.fills.insert(colour, fill);
                    fill
                }
            },
        };
        let end = format.find('>').map_or(format.len(), |end| end + 1);
        let tag = with_attr(&with_attr(&format[..end], "fillId", &fill.to_string()), "applyFill", "1");
        let index = self.add_format(format!("{tag}{}", &format[end..]))?;
        self.filled.insert((like, colour), index);
        Ok(index)
    }

    /// Whether a format shows its number as a day.
    pub fn is_date(&self, format: usize) -> bool {
        let id = self.format(format).ok().and_then(|tag| attr(tag, "numFmtId")?.parse::<u32>().ok());
        let Some(id) = id else { return false };
        // Built-in ones, with those of Chinese systems.
        if matches!(id, 14..=17 | 22 | 27..=31 | 36 | 50..=54 | 57 | 58) {
            return true;
        }
        let ours = self.lists[NUM_FMTS].iter().flat_map(|list| &list.items).map(|at| &self.text[at.clone()]);
        let code = ours
            .filter(|tag| attr(tag, "numFmtId").and_then(|known| known.parse().ok()) == Some(id))
            .find_map(|tag| attr(tag, "formatCode"))
            .unwrap_or_default();
        // What stands in quotes, in brackets or behind a backslash is no placeholder.
        let (mut quoted, mut bracket, mut skip) = (false, false, false);
        code.to_lowercase().replace("general", "").chars().any(|c| {
            if std::mem::take(&mut skip) {
                return false;
            }
            match c {
                '"' => quoted = !quoted,
                '\\' | '_' | '*' => skip = true,
                '[' => bracket = true,
                ']' => bracket = false,
                'y' | 'd' | 'e' => return !quoted && !bracket && !code.contains("E+"),
                _ => {}
            }
            false
        })
    }

    /// Whether a protected sheet keeps cells of a format from being changed.
    pub fn locked(&self, format: usize) -> bool {
        let text = self.format(format).unwrap_or_default();
        let at = text.find("protection").and_then(|at| Some((text[..at].rfind('<')?, at)));
        let tag = at.and_then(|(start, at)| Some(&text[start..=at + text[at..].find('>')?]));
        tag.and_then(|tag| attr(tag, "locked")).is_none_or(|locked| !matches!(&*locked, "0" | "false"))
    }

    /// A day as cells hold it.
    pub fn serial(&self, day: Date) -> i32 {
        let first = if self.from_1904 { Date::constant(1904, 1, 1) } else { Date::constant(1899, 12, 30) };
        let days = (day - first).get_days();
        // The calendar of 1900 has a 29th of February that never was.
        if !self.from_1904 && day < Date::constant(1900, 3, 1) { days - 1 } else { days }
    }

    /// The colour of a format's fill, as eight hexadecimal digits, where it is a plain one.
    pub fn fill_of(&self, format: usize) -> Option<String> {
        let format = self.format(format).ok()?;
        let id: usize = attr(format, "fillId")?.parse().ok()?;
        let fill = &self.text[self.lists[FILLS].as_ref()?.items.get(id)?.clone()];
        let at = fill.find("fgColor")?;
        let tag = &fill[fill[..at].rfind('<')?..];
        attr(&tag[..tag.find('>')? + 1], "rgb")
    }

    fn add_format(&mut self, format: String) -> Result<usize, Refusal> {
        if self.len(FORMATS) >= MAX_FORMATS {
            return Err(Refusal::TooManyFormats);
        }
        Ok(self.add(FORMATS, format))
    }

    /// A fragment under the root's own prefix needs no namespace where the root has none.
    fn own(&self, fragment: &str) -> String {
        let root = self.text.find(":styleSheet").is_some();
        if root { fragment.to_owned() } else { fragment.replacen(&format!(" xmlns=\"{MAIN}\""), "", 1) }
    }

    /// Takes over all cell formats of another style sheet, with the fonts, fills, borders and
    /// number formats they refer to. Returns what is added to the number of a format.
    pub fn graft(&mut self, donor: &str) -> Result<usize, Refusal> {
        let theirs = lists("graft", donor)?;
        let items =
            |list: usize| theirs[list].iter().flat_map(|list| &list.items).map(|at| &donor[at.clone()]);
        let named = |item: &str| {
            let end = item.find(['>', '/', ' ']).unwrap_or(item.len());
            format!("{} xmlns=\"{MAIN}\"{}", &item[..end], &item[end..])
        };
        let offsets = [0, self.len(FONTS), self.len(FILLS), self.len(BORDERS)];
        let mut num_fmts = BTreeMap::new();
        for item in items(NUM_FMTS) {
            let fresh = self.next_num_fmt.to_string();
            self.next_num_fmt += 1;
            num_fmts.insert(attr(item, "numFmtId").unwrap_or_default(), fresh.clone());
            let item = self.own(&named(&with_attr(item, "numFmtId", &fresh)));
            self.add(NUM_FMTS, item);
        }
        for list in [FONTS, FILLS, BORDERS] {
            for item in items(list) {
                let item = self.own(&named(item));
                self.add(list, item);
            }
        }
        let first = self.len(FORMATS);
        for item in items(FORMATS) {
            let end = item.find('>').map_or(item.len(), |end| end + 1);
            let mut tag = item[..end].to_owned();
            for (list, name) in [(FONTS, "fontId"), (FILLS, "fillId"), (BORDERS, "borderId")] {
                let id: usize = attr(&tag, name).and_then(|id| id.parse().ok()).unwrap_or(0);
                tag = with_attr(&tag, name, &(id + offsets[list]).to_string());
            }
            if let Some(fresh) = attr(&tag, "numFmtId").and_then(|id| num_fmts.get(&id)) {
                tag = with_attr(&tag, "numFmtId", fresh);
            }
            let item = self.own(&named(&format!("{}{}", with_attr(&tag, "xfId", "0"), &item[end..])));
            self.add_format(item)?;
        }
        Ok(first)
    }

    /// The style sheet with what was added; none where nothing was.
    pub fn finish(self) -> Option<(String, String)> {
        if self.added.iter().all(Vec::is_empty) {
            return None;
        }
        let mut splices = Splices::default();
        for (index, added) in self.added.iter().enumerate().filter(|(_, added)| !added.is_empty()) {
            let added_text = added.concat();
            match &self.lists[index] {
                Some(list) => {
                    let open = &self.text[list.open.clone()];
                    let count = (list.items.len() + added.len()).to_string();
                    let open = with_attr(open, "count", &count);
                    if list.alone {
                        let name = format!("{}{}", prefix(&open), LISTS[index]);
                        let open = open.trim_end_matches("/>").to_owned();
                        splices.replace(list.open.clone(), format!("{open}>{added_text}</{name}>"));
                    } else {
                        splices.replace(list.open.clone(), open);
                        splices.insert(list.close, added_text);
                    }
                }
                // Only number formats may be missing; they come first under the root.
                None => {
                    let fonts = self.lists[FONTS].as_ref().map_or(0, |list| list.open.start);
                    let prefix = prefix(&self.text[fonts..]);
                    let name = format!("{prefix}{}", LISTS[index]);
                    let count = added.len();
                    splices.insert(fonts, format!("<{name} count=\"{count}\">{added_text}</{name}>"));
                }
            }
        }
        Some((self.part, splices.apply(&self.text)))
    }
}
