//! Pieces of XML with their byte offsets, attributes within a tag, and splices.
//! Builds no tree: what is not touched is never written anew.

use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::Refusal;

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `<a>`
    Open,
    /// `<a/>`
    Alone,
    /// `</a>`
    Close,
    /// Anything between tags.
    Text,
}

/// A tag, or what stands between two.
#[derive(Debug, Clone)]
pub(super) struct Piece<'a> {
    pub kind: Kind,
    /// Name without its prefix; empty for text.
    pub name: &'a str,
    /// The markup as it stands.
    pub text: &'a str,
    /// Where it stands in the part.
    pub span: Range<usize>,
    /// How many elements are around it; a closing tag has the depth of its opening one.
    pub depth: usize,
}

impl Piece<'_> {
    /// Whether an element begins here.
    pub fn begins(&self, name: &str) -> bool {
        matches!(self.kind, Kind::Open | Kind::Alone) && self.name == name
    }

    /// Whether an element of its own ends here.
    pub fn closes(&self, name: &str) -> bool {
        self.kind == Kind::Close && self.name == name
    }
}

/// Calls `each` for every piece of a part, in order, until it says `false`.
///
/// Errors: markup that is not well-formed, or that has a document type.
pub(super) fn walk<'a>(
    part: &str,
    text: &'a str,
    mut each: impl FnMut(Piece<'a>) -> Result<bool, Refusal>,
) -> Result<(), Refusal> {
    let damaged = |what: String| Refusal::Damaged { part: part.to_owned(), what };
    let mut reader = Reader::from_str(text);
    let mut depth = 0_usize;
    loop {
        let start = position(&reader);
        let event = reader.read_event().map_err(|error| damaged(error.to_string()))?;
        let span = start..position(&reader);
        let whole = text.get(span.clone()).unwrap_or_default();
        let (kind, name) = match event {
            Event::Start(_) => (Kind::Open, local_name(whole.get(1..).unwrap_or_default())),
            Event::Empty(_) => (Kind::Alone, local_name(whole.get(1..).unwrap_or_default())),
            Event::End(_) => (Kind::Close, local_name(whole.get(2..).unwrap_or_default())),
            Event::DocType(_) => return Err(damaged("document type".to_owned())),
            Event::Eof if depth > 0 => return Err(damaged("cut off".to_owned())),
            Event::Eof => return Ok(()),
            _ => (Kind::Text, ""),
        };
        if kind == Kind::Close {
            depth = depth.saturating_sub(1);
        }
        if !each(Piece { kind, name, text: whole, span, depth })? {
            return Ok(());
        }
        if kind == Kind::Open {
            depth += 1;
        }
    }
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

fn local_name(rest: &str) -> &str {
    let full = full_name(rest);
    full.rsplit_once(':').map_or(full, |(_, local)| local)
}

fn full_name(rest: &str) -> &str {
    let end = rest.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>')).unwrap_or(rest.len());
    &rest[..end]
}

/// The attributes of a tag: full name, and where the value stands within the tag.
pub(super) fn attrs(tag: &str) -> impl Iterator<Item = (&str, Range<usize>)> {
    let mut at = 1 + full_name(tag.get(1..).unwrap_or_default()).len();
    std::iter::from_fn(move || {
        let rest = tag.get(at..)?;
        let start = at + (rest.len() - rest.trim_ascii_start().len());
        let equals = tag.get(start..)?.find('=')?;
        let name = tag[start..start + equals].trim_ascii_end();
        let after = &tag[start + equals + 1..];
        let open = start + equals + 1 + (after.len() - after.trim_ascii_start().len());
        let quote = tag[open..].chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let len = tag[open + 1..].find(quote)?;
        at = open + 2 + len;
        Some((name, open + 1..open + 1 + len))
    })
}

/// The value of an attribute by its full name, entities resolved.
pub(super) fn attr(tag: &str, name: &str) -> Option<String> {
    attrs(tag).find(|(known, _)| *known == name).map(|(_, value)| unescape(&tag[value]))
}

/// Whether an attribute says yes.
pub(super) fn flag(tag: &str, name: &str) -> bool {
    matches!(attr(tag, name).as_deref(), Some("1" | "true"))
}

/// The tag with an attribute set.
pub(super) fn with_attr(tag: &str, name: &str, value: &str) -> String {
    let value = escape(value);
    if let Some((_, at)) = attrs(tag).find(|(known, _)| *known == name) {
        return format!("{}{value}{}", &tag[..at.start], &tag[at.end..]);
    }
    let end = tag.len() - if tag.ends_with("/>") { 2 } else { 1 };
    let (head, tail) = tag.split_at(end);
    format!("{} {name}=\"{value}\"{tail}", head.trim_ascii_end())
}

/// The tag without an attribute.
pub(super) fn without_attr(tag: &str, name: &str) -> String {
    match attrs(tag).find(|(known, _)| *known == name) {
        None => tag.to_owned(),
        Some((known, value)) => {
            let start = known.as_ptr() as usize - tag.as_ptr() as usize;
            format!("{}{}", tag[..start].trim_ascii_end(), &tag[value.end + 1..])
        }
    }
}

/// Entities resolved; what is no entity stays.
pub(super) fn unescape(text: &str) -> String {
    quick_xml::escape::unescape(text).map_or_else(|_| text.to_owned(), |text| text.into_owned())
}

/// Text as it may stand in an attribute or between tags. Code points that XML lacks are replaced.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' => escaped.push(c),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Replacements within a text; their ranges do not overlap.
#[derive(Debug, Default)]
pub(super) struct Splices(Vec<(Range<usize>, String)>);

impl Splices {
    /// Replaces a range.
    pub fn replace(&mut self, span: Range<usize>, with: impl Into<String>) {
        self.0.push((span, with.into()));
    }

    /// Inserts at a place; several at one place stay in their order.
    pub fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.replace(at..at, text);
    }

    /// Whether nothing is replaced.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text with all replacements.
    pub fn apply(mut self, text: &str) -> String {
        self.0.sort_by_key(|(span, _)| (span.start, span.end));
        let added: usize = self.0.iter().map(|(_, with)| with.len()).sum();
        let mut done = String::with_capacity(text.len() + added);
        let mut at = 0;
        for (span, with) in &self.0 {
            done.push_str(&text[at..span.start]);
            done.push_str(with);
            at = span.end;
        }
        done.push_str(&text[at..]);
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_set_in_their_place() {
        for (tag, name, value, set) in [
            ("<c r=\"A1\" s='2'>", "s", "5", "<c r=\"A1\" s='5'>"),
            ("<c r=\"A1\"/>", "s", "5", "<c r=\"A1\" s=\"5\"/>"),
            ("<x:c  r = \"A>1\" >", "s", "5", "<x:c  r = \"A>1\" s=\"5\">"),
            ("<a/>", "b", "<\"", "<a b=\"&lt;&quot;\"/>"),
        ] {
            assert_eq!(with_attr(tag, name, value), set);
        }
        assert_eq!(without_attr("<row r=\"1\" spans=\"1:3\" ht='9'>", "spans"), "<row r=\"1\" ht='9'>");
        assert_eq!(attr("<sheet name=\"a&amp;b\"/>", "name").as_deref(), Some("a&b"));
    }

    #[test]
    fn pieces_cover_the_part() {
        let text = "<?xml version=\"1.0\"?><a:x b=\"/>\"><!-- <c> --><y/>t &amp; u<![CDATA[<z>]]></a:x>";
        let mut joined = String::new();
        let mut names = Vec::new();
        walk("p", text, |piece| {
            joined.push_str(piece.text);
            names.push((piece.name, piece.depth));
            Ok(true)
        })
        .expect("is well-formed");
        assert_eq!(joined, text);
        names.retain(|(name, _)| !name.is_empty());
        assert_eq!(names, [("x", 0), ("y", 1), ("x", 0)]);
    }

    #[test]
    fn broken_markup_is_refused() {
        for text in ["<a>", "<a></b>", "<!DOCTYPE a><a/>", "<a", "<a><b></a></b>"] {
            assert!(walk("p", text, |_| Ok(true)).is_err(), "{text}");
        }
    }
}
