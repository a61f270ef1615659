//! Says what a file is, by its bytes.
//! Never looks at the name: `report.xls` may be anything.

/// What the bytes of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// No bytes.
    Empty,
    /// A zip package; what kind, `package` finds out.
    Zip,
    /// A workbook (or another document) behind a password.
    Encrypted,
    /// A workbook of the binary format of 1997–2003, also WPS `.et`.
    Xls,
    /// A workbook from before compound files.
    OldXls,
    /// An OpenDocument workbook as one XML file.
    FlatOds,
    /// A web page that calls itself a workbook.
    Html,
    /// The XML spreadsheet format of 2003.
    SpreadsheetMl,
    /// Text: perhaps a table with separators.
    Text,
    /// A placeholder of a version control or synchronisation program, instead of the file.
    Pointer,
    /// Something else; the name is for the reader.
    Foreign(&'static str),
}

/// First bytes of formats that are sent by mistake.
const SIGNATURES: &[(&[u8], &str)] = &[
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG 图片"),
    (b"\xff\xd8\xff", "JPEG 图片"),
    (b"GIF8", "GIF 图片"),
    (b"BM", "BMP 图片"),
    (b"Rar!", "RAR 压缩包"),
    (b"7z\xbc\xaf\x27\x1c", "7z 压缩包"),
    (b"\x1f\x8b", "gzip 压缩包"),
    (b"{\\rtf", "RTF 文档"),
    (b"MZ", "程序"),
    (b"\x7fELF", "程序"),
];

/// Says what the bytes are.
pub fn sniff(bytes: &[u8]) -> Content {
    if bytes.is_empty() {
        return Content::Empty;
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return Content::Zip;
    }
    if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]) {
        return compound(bytes);
    }
    // Git's placeholder, a shortcut of the web, a shortcut of Windows.
    let pointers: [&[u8]; 4] =
        [b"version https://git-lfs", b"[InternetShortcut]", b"L\0\0\0\x01\x14\x02\0", b"[{000214A0"];
    if pointers.iter().any(|start| bytes.starts_with(start)) {
        return Content::Pointer;
    }
    // BIFF 2–4, from before compound files.
    if bytes.len() > 4 && bytes[0] == 0x09 && matches!(bytes[1], 0 | 2 | 4) && bytes[2] <= 8 && bytes[3] == 0
    {
        return Content::OldXls;
    }
    let head = &bytes[..bytes.len().min(4096)];
    let wide = head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]);
    // Markup may be in a wide encoding; dropping the zeros leaves its ASCII part.
    let plain: Vec<u8> =
        head.iter().copied().filter(|byte| *byte != 0).map(|b| b.to_ascii_lowercase()).collect();
    let plain = plain.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(&plain);
    let plain = if wide { plain.get(2..).unwrap_or_default() } else { plain };
    let markup = plain.trim_ascii_start();
    if markup.starts_with(b"<") {
        return if find(markup, b"urn:schemas-microsoft-com:office:spreadsheet") && !find(markup, b"<html") {
            Content::SpreadsheetMl
        } else if find(markup, b"urn:oasis:names:tc:opendocument:xmlns:office") {
            if find(head, b"opendocument.spreadsheet") {
                Content::FlatOds
            } else {
                Content::Foreign("OpenDocument 文档")
            }
        } else if [&b"<html"[..], b"<table", b"<!doctype html", b"<head", b"<body", b"<meta"]
            .iter()
            .any(|tag| find(markup, tag))
        {
            Content::Html
        } else {
            Content::Foreign("XML 文件")
        };
    }
    if let Some((_, name)) = SIGNATURES.iter().find(|(signature, _)| bytes.starts_with(signature)) {
        return Content::Foreign(name);
    }
    if wide || !head.iter().any(|byte| *byte == 0 || (*byte < 0x20 && !b"\t\r\n\x0c\x1a".contains(byte))) {
        return Content::Text;
    }
    Content::Foreign("未知的二进制文件")
}

/// What a compound file is, by the names in its top folder: a letter may hold a workbook and a
/// workbook a letter, further down.
fn compound(bytes: &[u8]) -> Content {
    let names = anping_reader::top_names(bytes).unwrap_or_default();
    let named = |name: &str| names.iter().any(|found| found == name);
    // Where the folder is broken, a name may still stand somewhere, in two-byte letters. The short
    // one is also the beginning of other words.
    let written = |name: &str| {
        let end = (name == "Book").then_some(0);
        let wide: Vec<u8> = name.bytes().chain(end).flat_map(|letter| [letter, 0]).collect();
        find(bytes, &wide)
    };
    let known: [(&str, Content); 5] = [
        ("EncryptedPackage", Content::Encrypted),
        ("Workbook", Content::Xls),
        ("Book", Content::Xls),
        ("WordDocument", Content::Foreign("Word 文档")),
        ("PowerPoint Document", Content::Foreign("PowerPoint 演示文稿")),
    ];
    let first = |has: &dyn Fn(&str) -> bool| known.iter().find(|(name, _)| has(name)).map(|(_, kind)| *kind);
    first(&named).or_else(|| first(&written)).unwrap_or(Content::Foreign("OLE 复合文档"))
}

/// Whether `needle` occurs in `bytes`.
pub fn find(bytes: &[u8], needle: &[u8]) -> bool {
    let Some((first, rest)) = needle.split_first() else { return true };
    let mut at = 0;
    while let Some(next) = bytes[at..].iter().position(|byte| byte == first) {
        at += next + 1;
        if bytes[at..].starts_with(rest) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides() {
        let ole = |name: &str| {
            let mut bytes = vec![0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
            bytes.resize(512, 0);
            bytes.extend(name.bytes().chain([0]).flat_map(|letter| [letter, 0]));
            bytes
        };
        for (bytes, content) in [
            (b"".to_vec(), Content::Empty),
            (b"PK\x03\x04rest".to_vec(), Content::Zip),
            (ole("EncryptedPackage"), Content::Encrypted),
            (ole("Workbook"), Content::Xls),
            (ole("WordDocument"), Content::Foreign("Word 文档")),
            (b"\xef\xbb\xbf <HTML><table>".to_vec(), Content::Html),
            (b"<table border=1>".to_vec(), Content::Html),
            (
                b"<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'>"
                    .to_vec(),
                Content::SpreadsheetMl,
            ),
            (b"<?xml version='1.0'?><data/>".to_vec(), Content::Foreign("XML 文件")),
            (b"[InternetShortcut]\r\nURL=x".to_vec(), Content::Pointer),
            (vec![9, 4, 6, 0, 0, 0], Content::OldXls),
            (b"\xff\xfe<\0h\0t\0m\0l\0>\0".to_vec(), Content::Html),
            ("编号,检查结果\n".as_bytes().to_vec(), Content::Text),
            (vec![0xb1, 0xe0, 0xba, 0xc5, b',', 0xbd, 0xe1], Content::Text),
            (b"version https://git-lfs.github.com/spec/v1\n".to_vec(), Content::Pointer),
            (b"%PDF-1.7".to_vec(), Content::Foreign("PDF")),
            (vec![0, 1, 2, 3], Content::Foreign("未知的二进制文件")),
        ] {
            assert_eq!(sniff(&bytes), content, "{bytes:?}");
        }
    }
}
