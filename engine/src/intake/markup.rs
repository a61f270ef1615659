//! Walks over the tags of an XML part that is in memory, without building anything.
//! Strict on purpose: markup that another tokeniser could cut differently is refused, so that what
//! was counted here is what the reader will meet.

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

/// One tag.
#[derive(Debug, Clone, Copy)]
pub struct Tag<'a> {
    /// Name without its prefix.
    pub name: &'a str,
    /// What follows the name, up to the end of the tag.
    pub attrs: &'a str,
    /// Whether it closes an element.
    pub closes: bool,
    /// Where its name (without the prefix) begins, in bytes.
    pub name_at: usize,
}

impl<'a> Tag<'a> {
    /// The attribute with this name (a prefix is ignored), as it stands: entities are not resolved.
    /// The position is that of the attribute's name within `attrs`.
    pub fn attr(&self, name: &str) -> Option<&'a str> {
        self.attr_at(name).map(|(_, value)| value)
    }

    /// The same, with the position of its name within `attrs`.
    pub fn attr_at(&self, name: &str) -> Option<(usize, &'a str)> {
        let bytes = self.attrs.as_bytes();
        let mut at = 0;
        loop {
            while at < bytes.len() && (bytes[at].is_ascii_whitespace() || bytes[at] == b'/') {
                at += 1;
            }
            let start = at;
            while at < bytes.len() && bytes[at] != b'=' && !bytes[at].is_ascii_whitespace() {
                at += 1;
            }
            let end = at;
            while at < bytes.len() && (bytes[at] == b'=' || bytes[at].is_ascii_whitespace()) {
                at += 1;
            }
            let quote = *bytes.get(at)?;
            if quote != b'"' && quote != b'\'' {
                return None;
            }
            let value = at + 1;
            let close = value + self.attrs.get(value..)?.find(char::from(quote))?;
            let full = &self.attrs[start..end];
            let local = full.bytes().rposition(|byte| byte == b':').map_or(0, |colon| colon + 1);
            if &full[local..] == name {
                return Some((start + local, &self.attrs[value..close]));
            }
            at = close + 1;
        }
    }

    /// Whether an attribute says yes.
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.attr(name), Some("1" | "true"))
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
        Ok(Self { text, at: 0 })
    }

    /// The next tag; `None` at the end.
    pub fn next_tag(&mut self) -> Result<Option<Tag<'a>>, Fault> {
        loop {
            let rest = &self.text[self.at..];
            let Some(open) = rest.find('<') else { return within(rest.len()).map(|()| None) };
            within(open)?;
            let start = self.at + open + 1;
            let markup = &self.text[start..];
            let skip = match markup.as_bytes().first() {
                Some(b'?') => ("?>", 1),
                Some(b'!') if markup.starts_with("!--") => ("-->", 3),
                Some(b'!') if markup.starts_with("![CDATA[") => ("]]>", 8),
                Some(b'!') | None => return Err(Fault::Malformed),
                Some(_) => return self.tag(start).map(Some),
            };
            let close = markup.get(skip.1..).and_then(|body| body.find(skip.0)).ok_or(Fault::Malformed)?;
            within(close)?;
            self.at = start + skip.1 + close + skip.0.len();
        }
    }

    fn tag(&mut self, start: usize) -> Result<Tag<'a>, Fault> {
        let bytes = self.text.as_bytes();
        let mut quote = 0_u8;
        let mut end = start;
        loop {
            match *bytes.get(end).ok_or(Fault::Malformed)? {
                b'<' => return Err(Fault::Malformed),
                byte if byte == quote => quote = 0,
                _ if quote != 0 => {}
                byte @ (b'"' | b'\'') => quote = byte,
                b'>' => break,
                _ => {}
            }
            end += 1;
        }
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
        Ok(Tag {
            name: &body[name_start..name_end],
            attrs: &body[name_end..],
            closes,
            name_at: start + name_start,
        })
    }
}

const fn within(len: usize) -> Result<(), Fault> {
    if len > MAX_PIECE_BYTES { Err(Fault::Long) } else { Ok(()) }
}

/// An attribute's value with its entities resolved. Unknown entities stay as they are.
pub fn unescape(value: &str) -> String {
    quick_xml::escape::unescape(value).map_or_else(|_| value.to_owned(), |plain| plain.into_owned())
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
    fn attributes_are_found_by_local_name() {
        let mut tags = Tags::new(b"<row  r = '3' x:hidden=\"1\" s=\"a='b'\" />").expect("is UTF-8");
        let tag = tags.next_tag().expect("is well-formed").expect("has a tag");
        assert_eq!(tag.attr("r"), Some("3"));
        assert!(tag.flag("hidden"));
        assert_eq!(tag.attr("s"), Some("a='b'"));
        assert_eq!(tag.attr("t"), None);
    }
}
