//! Workbooks that lie: each gives one clear line, and the rest of the run is complete.

use std::io::{Cursor, Write as _};

use acceptance::{assess, files_below, fill, settings, town};
use zip::write::SimpleFileOptions;

const SHEET: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

/// A workbook of one sheet with these parts.
fn workbook(sheet: &[u8], strings: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let relationships = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006";
    let content_types = format!(
        r#"<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"#
    );
    let root = format!(
        r#"<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" Type="{relationships}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
    );
    let book = format!(
        r#"<workbook xmlns="{SHEET}" xmlns:r="{relationships}"><sheets><sheet name="检查评分" sheetId="1" r:id="rId1"/></sheets></workbook>"#
    );
    let book_rels = format!(
        r#"<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" Type="{relationships}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{relationships}/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#
    );
    for (name, bytes) in [
        ("[Content_Types].xml", content_types.as_bytes()),
        ("_rels/.rels", root.as_bytes()),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", book_rels.as_bytes()),
        ("xl/sharedStrings.xml", strings.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet),
    ] {
        zip.start_file(name, SimpleFileOptions::default()).expect("a part");
        zip.write_all(bytes).expect("a part");
    }
    zip.finish().expect("a package").into_inner()
}

fn rows(dimension: &str, rows: &str) -> Vec<u8> {
    format!(r#"<worksheet xmlns="{SHEET}"><dimension ref="{dimension}"/><sheetData>{rows}</sheetData></worksheet>"#)
        .into_bytes()
}

fn no_strings() -> String {
    format!(r#"<sst xmlns="{SHEET}" count="0" uniqueCount="0"/>"#)
}

/// An OLE file whose directory names the stream in which Office keeps an encrypted workbook.
fn encrypted() -> Vec<u8> {
    let mut bytes = vec![0_u8; 512 * 4];
    bytes[..8].copy_from_slice(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]);
    let header: [(usize, u16); 5] = [(24, 0x3E), (26, 3), (28, 0xFFFE), (30, 9), (32, 6)];
    for (at, value) in header {
        bytes[at..at + 2].copy_from_slice(&value.to_le_bytes());
    }
    // One FAT sector (0), the directory in sector 1.
    bytes[44..48].copy_from_slice(&1_u32.to_le_bytes());
    bytes[48..52].copy_from_slice(&1_u32.to_le_bytes());
    bytes[56..60].copy_from_slice(&4096_u32.to_le_bytes());
    bytes[60..64].copy_from_slice(&0xFFFF_FFFE_u32.to_le_bytes());
    bytes[68..72].copy_from_slice(&0xFFFF_FFFE_u32.to_le_bytes());
    for entry in 0..109 {
        let value = if entry == 0 { 0_u32 } else { 0xFFFF_FFFF };
        bytes[76 + entry * 4..80 + entry * 4].copy_from_slice(&value.to_le_bytes());
    }
    for (entry, value) in [(0, 0xFFFF_FFFD_u32), (1, 0xFFFF_FFFE), (2, 0xFFFF_FFFF), (3, 0xFFFF_FFFF)] {
        bytes[512 + entry * 4..516 + entry * 4].copy_from_slice(&value.to_le_bytes());
    }
    for (entry, (name, kind)) in
        [("Root Entry", 5_u8), ("EncryptedPackage", 2), ("EncryptionInfo", 2)].iter().enumerate()
    {
        let at = 1024 + entry * 128;
        for (index, unit) in name.encode_utf16().enumerate() {
            bytes[at + index * 2..at + index * 2 + 2].copy_from_slice(&unit.to_le_bytes());
        }
        bytes[at + 64..at + 66].copy_from_slice(&(((name.len() + 1) * 2) as u16).to_le_bytes());
        bytes[at + 66] = *kind;
        for link in [68, 72, 76] {
            bytes[at + link..at + link + 4].copy_from_slice(&0xFFFF_FFFF_u32.to_le_bytes());
        }
    }
    bytes
}

/// Name of the file, its bytes, and the code of the one problem it gives.
fn hostile() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let ordinary = files_below(&town()).into_iter().find(|(name, _)| name.contains("E001_2026-07-16"));
    let ordinary = ordinary.expect("a workbook of the sample town").1;
    let mut bomb = format!(r#"<worksheet xmlns="{SHEET}"><sheetData>"#).into_bytes();
    bomb.resize(600 << 20, b' ');
    let far_corner =
        r#"<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>"#;
    let sst = format!(
        r#"<sst xmlns="{SHEET}" count="4000000000000" uniqueCount="4000000000000"><si><t>甲</t></si></sst>"#
    );
    vec![
        ("截断.xlsx", ordinary[..ordinary.len() / 2].to_vec(), "file_damaged"),
        ("加密.xlsx", encrypted(), "file_encrypted"),
        ("空.xlsx", Vec::new(), "file_empty"),
        ("图片.xlsx", [&[0xFF, 0xD8, 0xFF, 0xE0][..], &[7; 4000]].concat(), "file_foreign"),
        ("炸弹.xlsx", workbook(&bomb, &no_strings()), "file_beyond_limit"),
        // A sheet may claim 17 billion cells and hold two: it is read, in the space of two.
        ("远角.xlsx", workbook(&rows("A1:XFD1048576", far_corner), &no_strings()), "layout_unknown"),
        (
            "空话.xlsx",
            workbook(&rows("A1", r#"<row r="1"><c r="A1" t="s"><v>0</v></c></row>"#), &sst),
            "layout_unknown",
        ),
    ]
}

#[test]
fn each_gives_one_clear_line_and_the_rest_is_complete() {
    let hostile = hostile();
    let inbox = tempfile::tempdir().expect("a folder");
    fill(inbox.path(), &files_below(&town()));
    let alone = assess(&town(), &settings());
    for (name, bytes, _) in &hostile {
        fill(inbox.path(), &[((*name).to_owned(), bytes.clone())]);
    }
    let run = assess(inbox.path(), &settings());
    assert_eq!(run.checks.len(), alone.checks.len());
    for (one, other) in run.checks.iter().zip(&alone.checks) {
        assert_eq!(one.scored, other.scored, "{}", one.subject.name);
    }
    for (name, _, code) in &hostile {
        let own: Vec<_> = run
            .problems
            .iter()
            .filter(|problem| run.sources.get(problem.at.source).path == *name)
            .map(|problem| problem.code.key())
            .collect();
        assert_eq!(own, [*code], "{name}");
    }
}
