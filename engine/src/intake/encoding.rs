//! Bytes of a text file to text. Loses nothing silently: what no encoding explains becomes U+FFFD,
//! and the cell that holds one is reported.
//! Knows no tables.

use encoding_rs::{Encoding, GB18030, UTF_8};

/// The text. A byte order mark decides; then what the file says of itself (`declared`); then
/// whether it is UTF-8; what is not, is GB18030, which GBK and GB 2312 are parts of.
pub fn decode(bytes: &[u8], declared: Option<&str>) -> String {
    let encoding =
        match (Encoding::for_bom(bytes), declared.and_then(|label| Encoding::for_label(label.as_bytes()))) {
            (Some((encoding, _)), _) => encoding,
            (None, _) if std::str::from_utf8(bytes).is_ok() => UTF_8,
            // A page that calls itself UTF-8 and is not was saved by a program that did not look.
            (None, Some(encoding)) if encoding != UTF_8 => encoding,
            (None, _) => GB18030,
        };
    encoding.decode(bytes).0.into_owned()
}

/// What a page (`charset=…`) or an XML file (`encoding="…"`) says of its encoding, near its start.
pub fn declared(bytes: &[u8]) -> Option<String> {
    let head: String = bytes.iter().take(2_048).map(|byte| char::from(byte.to_ascii_lowercase())).collect();
    let after = ["charset=", "encoding="].into_iter().find_map(|name| Some(head.split_once(name)?.1))?;
    let label = after.trim_start_matches(['"', '\'', ' ']);
    let end = label.find(|c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c))).unwrap_or(label.len());
    Some(label[..end].to_owned()).filter(|label| !label.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_what_was_written() {
        let (gbk, _, _) = GB18030.encode("隐患，已整改㐀");
        for (bytes, label, text) in [
            (b"\xef\xbb\xbfa,\xe4\xb8\x80".to_vec(), None, "a,一"),
            (b"\xff\xfea\0\0\x4e".to_vec(), None, "a一"),
            (b"\xfe\xff\0a\x4e\0".to_vec(), None, "a一"),
            ("隐患".as_bytes().to_vec(), None, "隐患"),
            (gbk.to_vec(), None, "隐患，已整改㐀"),
            (gbk.to_vec(), Some("gb2312"), "隐患，已整改㐀"),
            (gbk.to_vec(), Some("utf-8"), "隐患，已整改㐀"),
            (b"\xa4\xa4".to_vec(), Some("big5"), "中"),
            (b"a\xff\xff,b".to_vec(), None, "a\u{FFFD}\u{FFFD},b"),
        ] {
            assert_eq!(decode(&bytes, label), text, "{bytes:?}");
        }
        let page = b"<html><META http-equiv='x' content='text/html; Charset=GB2312'>";
        assert_eq!(declared(page).as_deref(), Some("gb2312"));
        assert_eq!(declared(b"<?xml version='1.0' encoding='GBK'?>").as_deref(), Some("gbk"));
        assert_eq!(declared(b"<html>"), None);
    }
}
