//! Walks over the tags and texts of an XML part that is in memory, without building anything.
//! Strict on purpose: markup that another tokeniser could cut differently is refused, so that what
//! was counted here is what the reader will meet. Expands no entities but the five of XML.

use std::borrow::Cow;

use super::Refusal;
use super::limits::MAX_PIECE_BYTES;

/// Why a part is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Not UTF-8.
    Encoding,
    /// Not well-formed, or with a document type.
    Malformed,
    /// A piece is longer than [`MAX_PIECE_BYTES`].
    Long,
}

impl Fault {
    /// The refusal of the part of this name.
    pub fn refuse(self, name: &str) -> Refusal {
        match self {
            Self::Encoding => Refusal::damaged(format!("{name} 不是 UTF-8 编码")),
            Self::Malformed => Refusal::damaged(format!("{name} 不是完整的 XML")),
            Self::Long => {
                Refusal::limit("单元格文字不超过 32767 字".to_owned(), format!("{name} 内有超长内容"))
            }
        }
    }
}

/// A tag, or text between tags.
#[derive(Debug)]
pub enum Piece<'a> {
    /// A tag.
    Tag(Tag<'a>),
    /// Text, with entities resolved. Never empty; text in pieces is possible.
    Text(Cow<'a, str>),
}

/// One tag.
#[derive(Debug, Clone, Copy)]
pub struct Tag<'a> {
    /// Name without its prefix.
    pub name: &'a str,
    /// What follows the name, up to the end of the tag.
    pub attrs: &'a str,
    /// Whether it closes an element.
    pub closes: bool,
}

impl<'a> Tag<'a> {
    /// The attribute with this name (a prefix is ignored), as it stands: entities are not resolved.
    pub fn attr(&self, name: &str) -> Option<&'a str> {
        self.attrs().find(|attr| attr.local() == name).map(|attr| attr.value)
    }

    /// The attribute with this name, prefix and all.
    pub fn attr_full(&self, name: &str) -> Option<&'a str> {
        self.attrs().find(|attr| attr.name == name).map(|attr| attr.value)
    }

    /// The attributes, in order, as they stand. Ends where they are no longer well-formed.
    pub const fn attrs(&self) -> Attrs<'a> {
        Attrs { text: self.attrs, at: 0 }
    }

    /// The attribute as a number from 1; 1 where there is none.
    pub fn count(&self, name: &str) -> u64 {
        self.attr(name).and_then(|count| count.trim().parse().ok()).unwrap_or(1).max(1)
    }

    /// Whether it opens an element that has no end of its own.
    pub fn is_empty(&self) -> bool {
        self.attrs.ends_with('/')
    }

    /// Whether an attribute says yes.
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.attr(name), Some("1" | "true"))
    }
}

/// An attribute.
#[derive(Debug, Clone, Copy)]
pub struct Attr<'a> {
    /// Name with its prefix.
    pub name: &'a str,
    /// The value; entities are not resolved.
    pub value: &'a str,
}

impl<'a> Attr<'a> {
    /// The name without its prefix.
    pub fn local(&self) -> &'a str {
        let colon = self.name.bytes().rposition(|byte| byte == b':');
        colon.map_or(self.name, |colon| &self.name[colon + 1..])
    }
}

/// The attributes of a tag.
pub struct Attrs<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Iterator for Attrs<'a> {
    type Item = Attr<'a>;

    fn next(&mut self) -> Option<Attr<'a>> {
        let bytes = self.text.as_bytes();
        let mut at = self.at;
        while bytes.get(at).is_some_and(|byte| byte.is_ascii_whitespace() || *byte == b'/') {
            at += 1;
        }
        let mut end = at;
        while bytes.get(end).is_some_and(|byte| *byte != b'=' && !byte.is_ascii_whitespace()) {
            end += 1;
        }
        let mut open = end;
        while bytes.get(open).is_some_and(|byte| *byte == b'=' || byte.is_ascii_whitespace()) {
            open += 1;
        }
        let quote = *bytes.get(open).filter(|byte| matches!(byte, b'"' | b'\''))?;
        let value = open + 1;
        let close = value + bytes[value..].iter().position(|byte| *byte == quote)?;
        self.at = close + 1;
        Some(Attr { name: &self.text[at..end], value: &self.text[value..close] })
    }
}

/// The tags of a part, in order.
pub struct Tags<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Tags<'a> {
    /// Starts at the beginning. Errors: `Encoding` when the bytes are not UTF-8.
    pub fn new(bytes: &'a [u8]) -> Result<Self, Fault> {
        let text = std::str::from_utf8(bytes).map_err(|_| Fault::Encoding)?;
        Ok(Self::of_text(text))
    }

    /// The same for text.
    pub const fn of_text(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The next tag; `None` at the end.
    pub fn next_tag(&mut self) -> Result<Option<Tag<'a>>, Fault> {
        loop {
            match self.next_piece()? {
                Some(Piece::Tag(tag)) => return Ok(Some(tag)),
                Some(Piece::Text(_)) => {}
                None => return Ok(None),
            }
        }
    }

    /// The next tag or text; `None` at the end.
    pub fn next_piece(&mut self) -> Result<Option<Piece<'a>>, Fault> {
        loop {
            let rest = &self.text[self.at..];
            // Most texts are short: a plain loop is done before a search has begun.
            let open = rest.bytes().position(|byte| byte == b'<').unwrap_or(rest.len());
            within(open)?;
            if open > 0 {
                self.at += open;
                return Ok(Some(Piece::Text(resolve(&rest[..open]))));
            }
            if rest.is_empty() {
                return Ok(None);
            }
            let start = self.at + 1;
            let markup = &self.text[start..];
            let skip = match markup.as_bytes().first() {
                Some(b'?') => ("?>", 1),
                Some(b'!') if markup.starts_with("!--") => ("-->", 3),
                Some(b'!') if markup.starts_with("![CDATA[") => ("]]>", 8),
                Some(b'!') | None => return Err(Fault::Malformed),
                Some(_) => return self.tag(start).map(|tag| Some(Piece::Tag(tag))),
            };
            let close = markup.get(skip.1..).and_then(|body| body.find(skip.0)).ok_or(Fault::Malformed)?;
            within(close)?;
            let body = start + skip.1;
            self.at = body + close + skip.0.len();
            if skip.1 == 8 && close > 0 {
                return Ok(Some(Piece::Text(Cow::Borrowed(&self.text[body..body + close]))));
            }
        }
    }

    /// Takes an element without attributes that holds plain text and ends its parent, if that is
    /// what comes next: its text. `open` and `close` are the markup before and behind the text.
    /// Nearly all cells of long sheets are such; in pieces they would take twice the time.
    pub fn take_last(&mut self, open: &str, close: &str) -> Option<&'a str> {
        let body = self.text[self.at..].strip_prefix(open)?;
        let len = body.bytes().position(|byte| matches!(byte, b'<' | b'&'))?;
        if len > MAX_PIECE_BYTES || !body[len..].starts_with(close) {
            return None;
        }
        self.at += open.len() + len + close.len();
        Some(&body[..len])
    }

    fn tag(&mut self, start: usize) -> Result<Tag<'a>, Fault> {
        let bytes = self.text.as_bytes();
        let mut rest = bytes[start..].iter().enumerate();
        let end = loop {
            match rest.next().ok_or(Fault::Malformed)? {
                (at, b'>') => break start + at,
                (_, b'<') => return Err(Fault::Malformed),
                (_, quote @ (b'"' | b'\'')) => loop {
                    match rest.next().ok_or(Fault::Malformed)?.1 {
                        b'<' => return Err(Fault::Malformed),
                        byte if byte == quote => break,
                        _ => {}
                    }
                },
                _ => {}
            }
        };
        within(end - start)?;
        self.at = end + 1;
        let closes = bytes[start] == b'/';
        let start = start + usize::from(closes);
        let body = &self.text[start..end];
        let ends = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'/';
        let name_end = body.bytes().position(|byte| ends(&byte)).unwrap_or(body.len());
        let name_start =
            body.as_bytes()[..name_end].iter().rposition(|byte| *byte == b':').map_or(0, |at| at + 1);
        if name_start == name_end {
            return Err(Fault::Malformed);
        }
        Ok(Tag { name: &body[name_start..name_end], attrs: &body[name_end..], closes })
    }
}

const fn within(len: usize) -> Result<(), Fault> {
    if len > MAX_PIECE_BYTES { Err(Fault::Long) } else { Ok(()) }
}

/// A text with its entities resolved. Unknown ones stay as they are.
fn resolve(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| byte == b'&') {
        return Cow::Borrowed(text);
    }
    quick_xml::escape::unescape(text).unwrap_or(Cow::Borrowed(text))
}

/// An attribute's value with its entities resolved. Unknown entities stay as they are.
pub fn unescape(value: &str) -> String {
    resolve(value).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Result<Vec<String>, Fault> {
        let mut tags = Tags::new(text.as_bytes())?;
        let mut names = Vec::new();
        while let Some(tag) = tags.next_tag()? {
            names.push(format!("{}{}", if tag.closes { "/" } else { "" }, tag.name));
        }
        Ok(names)
    }

    #[test]
    fn tags_are_found_where_a_parser_finds_them() {
        for (text, found) in [
            ("<?xml version='1.0'?><a><x:b c='>'/></a>", Ok(vec!["a", "b", "/a"])),
            ("<!-- <a> --><b/><![CDATA[<c>]]>", Ok(vec!["b"])),
            ("<a b='<!--'/>", Err(Fault::Malformed)),
            ("<!DOCTYPE a []><a/>", Err(Fault::Malformed)),
            ("<a", Err(Fault::Malformed)),
            ("<a b='>", Err(Fault::Malformed)),
            ("<!-- ", Err(Fault::Malformed)),
            ("< a>", Err(Fault::Malformed)),
            ("text", Ok(vec![])),
        ] {
            let found = found.map(|names| names.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(names(text), found, "{text}");
        }
        assert_eq!(names(&"x".repeat(MAX_PIECE_BYTES + 1)), Err(Fault::Long));
    }

    #[test]
    fn a_plain_element_is_taken_whole() {
        for (text, taken, left) in [
            ("<v>12</v></c><d>", Some("12"), vec!["d"]),
            ("<v></v></c>", Some(""), vec![]),
            ("<v>1&lt;</v></c>", None, vec!["v", "/v", "/c"]),
            ("<v a='1'>1</v></c>", None, vec!["v", "/v", "/c"]),
            ("<v>1</v><f/></c>", None, vec!["v", "/v", "f", "/c"]),
            ("<v>1", None, vec!["v"]),
        ] {
            let mut tags = Tags::of_text(text);
            assert_eq!(tags.take_last("<v>", "</v></c>"), taken, "{text}");
            let mut names = Vec::new();
            while let Some(tag) = tags.next_tag().expect("is well-formed") {
                names.push(format!("{}{}", if tag.closes { "/" } else { "" }, tag.name));
            }
            assert_eq!(names, left, "{text}");
        }
    }

    #[test]
    fn attributes_are_found_by_local_name() {
        let mut tags = Tags::new(b"<row  r = '3' x:hidden=\"1\" s=\"a='b'\" />").expect("is UTF-8");
        let tag = tags.next_tag().expect("is well-formed").expect("has a tag");
        assert_eq!(tag.attr("r"), Some("3"));
        assert!(tag.flag("hidden"));
        assert_eq!(tag.attr("s"), Some("a='b'"));
        assert_eq!(tag.attr("t"), None);
    }
}
