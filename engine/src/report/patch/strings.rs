//! The shared texts of a package: new ones are appended.
//! Knows no cells: they refer to a text by its number.

use std::collections::BTreeMap;

use super::Refusal;
use super::markup::{Kind, Splices, escape, walk, with_attr};
use super::package::prefix;

/// Shared texts that grow. Without a part for them, texts stand in their cells.
#[derive(Default)]
pub(super) struct Strings {
    part: String,
    text: String,
    n_old: usize,
    /// Number of references, as the part says it.
    added: Vec<String>,
    known: BTreeMap<String, usize>,
    n_references: usize,
}

/// The number of items, and the tags of the list itself.
pub(super) fn count(part: &str, text: &str) -> Result<usize, Refusal> {
    let mut n_items = 0;
    walk(part, text, |piece| {
        n_items += usize::from(piece.depth == 1 && piece.begins("si"));
        Ok(true)
    })?;
    Ok(n_items)
}

impl Strings {
    /// Reads the shared texts of a package.
    pub fn new(part: &str, text: String) -> Result<Self, Refusal> {
        let n_old = count(part, &text)?;
        Ok(Self { part: part.to_owned(), text, n_old, ..Self::default() })
    }

    /// The number of a text; none where the package has no shared texts.
    pub fn add(&mut self, text: &str) -> Option<usize> {
        let item = format!("<t xml:space=\"preserve\">{}</t>", escape(text));
        self.item(item)
    }

    /// The number of an item, by what stands between its tags.
    pub fn item(&mut self, content: String) -> Option<usize> {
        if self.part.is_empty() {
            return None;
        }
        self.n_references += 1;
        if let Some(known) = self.known.get(&content) {
            return Some(*known);
        }
        let index = self.n_old + self.added.len();
        self.known.insert(content.clone(), index);
        self.added.push(content);
        Some(index)
    }

    /// The part with what was added; none where nothing was.
    pub fn finish(self) -> Result<Option<(String, String)>, Refusal> {
        if self.added.is_empty() {
            return Ok(None);
        }
        let mut splices = Splices::default();
        let items = |prefix: &str| -> String {
            // Under a prefix the items name their namespace themselves.
            let space = if prefix.is_empty() { "" } else { NAMESPACE };
            self.added.iter().map(|item| format!("<si{space}>{item}</si>")).collect()
        };
        walk(&self.part, &self.text, |piece| {
            if piece.depth == 0 && piece.name == "sst" {
                let prefix = prefix(piece.text);
                let grown = |tag: &str| {
                    let mut tag = tag.to_owned();
                    for (name, more) in [("count", self.n_references), ("uniqueCount", self.added.len())] {
                        let old = super::markup::attr(&tag, name).and_then(|old| old.parse::<usize>().ok());
                        if let Some(old) = old {
                            tag = with_attr(&tag, name, &old.saturating_add(more).to_string());
                        }
                    }
                    tag
                };
                match piece.kind {
                    Kind::Open => splices.replace(piece.span, grown(piece.text)),
                    Kind::Close => splices.insert(piece.span.start, items(prefix)),
                    Kind::Alone => {
                        let open = grown(piece.text).trim_end_matches("/>").to_owned();
                        splices.replace(piece.span, format!("{open}>{}</{prefix}sst>", items(prefix)));
                    }
                    Kind::Text => {}
                }
            }
            Ok(true)
        })?;
        let text = splices.apply(&self.text);
        Ok(Some((self.part, text)))
    }
}

const NAMESPACE: &str = " xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
