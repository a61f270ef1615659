//! Files of the other formats that are not what they seem: one clear problem each, or read right.

use std::fs;

use super::book::Book;
use super::formats::files;
use super::hostile::{DAMAGED, Dice, LIMIT, UNKNOWN, check, outcome};
use super::{read_bytes, readers};

fn ods(content: &str) -> Vec<u8> {
    Book { parts: Vec::new() }
        .with("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        .with("content.xml", content)
        .bytes()
}

/// A sheet of these rows.
fn ods_rows(rows: &str) -> Vec<u8> {
    ods(&format!(
        "<office:document-content><table:table table:name='a'>{rows}</table:table></office:document-content>"
    ))
}

#[test]
fn open_documents() {
    let text = "<table:table-cell office:value-type='string' table:number-columns-repeated='16384'>\
                <text:p>甲</text:p></table:table-cell>";
    let deep = format!("{}{}", "<text:span>".repeat(100_000), "</text:span>".repeat(100_000));
    let far = "<table:table-row table:number-rows-repeated='1048575'/>\
               <table:table-row><table:table-cell table:number-columns-repeated='16383'/>\
               <table:table-cell office:value-type='float' office:value='1'/></table:table-row>";
    let hidden: String = (0..MANY)
        .map(|_| "</table:table><table:table><table:table-row table:visibility='collapse' table:number-rows-repeated='1048576'/>")
        .collect();
    for (what, bytes, expected) in [
        (
            "a cell on every place",
            ods_rows(&format!(
                "<table:table-row table:number-rows-repeated='1048576'>{text}</table:table-row>"
            )),
            LIMIT,
        ),
        (
            "more rows than a number holds",
            ods_rows(&format!(
                "<table:table-row table:number-rows-repeated='18446744073709551615'/>\
                 <table:table-row table:number-rows-repeated='18446744073709551615'>{text}</table:table-row>"
            )),
            LIMIT,
        ),
        ("a far corner", ods_rows(far), UNKNOWN),
        ("beyond the corner", ods_rows(&format!("{far}<table:table-row>{text}</table:table-row>")), LIMIT),
        (
            "spans of everything",
            ods_rows(
                "<table:table-row><table:table-cell table:number-columns-spanned='99999999' \
                 table:number-rows-spanned='99999999'/></table:table-row>",
            ),
            DAMAGED,
        ),
        (
            "merged regions without end",
            ods_rows(
                "<table:table-row table:number-rows-repeated='1000000'>\
                 <table:table-cell table:number-columns-spanned='2'/></table:table-row>",
            ),
            LIMIT,
        ),
        (
            "remarks on every place",
            ods_rows(
                "<table:table-row table:number-rows-repeated='1048576'><table:table-cell \
                 table:number-columns-repeated='16384'><office:annotation><text:p>x</text:p>\
                 </office:annotation></table:table-cell></table:table-row>",
            ),
            UNKNOWN,
        ),
        ("hidden rows of many sheets", ods_rows(&hidden), LIMIT),
        (
            "spaces",
            ods_rows(
                "<table:table-row><table:table-cell office:value-type='string'><text:p>\
                 <text:s text:c='99999999999'/></text:p></table:table-cell></table:table-row>",
            ),
            UNKNOWN,
        ),
        (
            "entities",
            ods("<!DOCTYPE a [<!ENTITY b '&c;&c;'>]><office:document-content>&b;</office:document-content>"),
            DAMAGED,
        ),
        (
            "depth",
            ods_rows(&format!(
                "<table:table-row><table:table-cell office:value-type='string'><text:p>{deep}</text:p>\
                 </table:table-cell></table:table-row>"
            )),
            UNKNOWN,
        ),
        (
            "rows outside of a sheet",
            ods(&format!(
                "<office:document-content><table:table-row>{text}</table:table-row></office:document-content>"
            )),
            DAMAGED,
        ),
        ("half a file", ods("<office:document-content><table:table table:name='a'>"), DAMAGED),
        ("no sheet", ods("<office:document-content></office:document-content>"), DAMAGED),
        (
            "a password",
            Book { parts: Vec::new() }
                .with("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
                .with("META-INF/manifest.xml", "<m><e><manifest:encryption-data/></e></m>")
                .with("content.xml", "\u{1}")
                .bytes(),
            "0 tables, file_encrypted",
        ),
    ] {
        check(&format!("{what}.ods"), &bytes, expected);
    }
}

/// Sheets, fewer than there may be.
const MANY: usize = 200;

#[test]
fn tables_as_text() {
    let wide = format!("{}\n", "a,".repeat(1_000_000));
    let open = format!("a,\"{}\n", "b,c\n".repeat(600_000));
    let tall = "\n".repeat(2_000_000) + "a,b";
    let words = "a,b\n".repeat(1_100_000);
    for (what, bytes, expected) in [
        ("columns", wide.as_bytes(), LIMIT),
        ("a quote without its end", open.as_bytes(), LIMIT),
        ("rows", tall.as_bytes(), LIMIT),
        ("cells", words.as_bytes(), LIMIT),
        ("nothing but lines", b"\n\n\n", UNKNOWN),
        ("no text", b"a,\xff\xff\nb", "0 tables, layout_unknown, text_broken"),
        ("half a letter", b"\xff\xfea\0,\0\0", "0 tables, layout_unknown, text_broken"),
    ] {
        check(&format!("{what}.csv"), bytes, expected);
    }
    let broken = read_bytes(
        "a.csv",
        "编号,\n,".as_bytes().iter().copied().chain([0xff]).collect::<Vec<_>>().as_slice(),
    );
    assert!(broken.problems.iter().any(|problem| problem.code.key() == "text_broken"));
}

#[test]
fn pages_and_xml() {
    let spans = "<table>".to_owned() + &"<tr><td rowspan=65000 colspan=16000>a".repeat(3_000);
    let cols = format!("<table><tr>{}", "<td>a".repeat(20_000));
    let note = "0 tables, wrong_extension, layout_unknown";
    for (what, bytes, expected) in [
        ("spans", spans.as_str(), DAMAGED),
        ("columns", &cols, DAMAGED),
        ("a span beyond numbers", "<table><tr><td colspan=99999999999999999999>a", note),
        ("quotes", "<table><tr><td title=\"a>b</td></table>", note),
        ("an end", "<table><tr><td>a</td><", note),
        ("a script", "<table><tr><td>a<script>while(1){}", note),
    ] {
        check(&format!("{what}.xls"), bytes.as_bytes(), expected);
    }
    let book = |rows: &str| {
        format!(
            "<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'>\
             <Worksheet ss:Name='a'><Table>{rows}</Table></Worksheet></Workbook>"
        )
    };
    let cell = "<Cell><Data ss:Type='String'>a</Data></Cell>";
    for (what, text, expected) in [
        (
            "a row beyond numbers",
            book(&format!("<Row ss:Index='18446744073709551615'>{cell}</Row>")),
            DAMAGED,
        ),
        (
            "a cell beyond numbers",
            book(&format!("<Row><Cell ss:Index='18446744073709551615'/>{cell}</Row>")),
            DAMAGED,
        ),
        (
            "a merge beyond numbers",
            book(
                "<Row><Cell ss:MergeAcross='18446744073709551615'><Data ss:Type='String'>a</Data></Cell></Row>",
            ),
            DAMAGED,
        ),
        ("half", book(cell).replace("</Workbook>", ""), DAMAGED),
        ("hidden rows", book("<Row ss:Hidden='1' ss:Span='99999999999'/>"), note),
    ] {
        check(&format!("{what}.xls"), text.as_bytes(), expected);
    }
}

fn file(extension: &str) -> Vec<u8> {
    let wanted = |path: &std::path::PathBuf| path.extension().is_some_and(|found| found == extension);
    fs::read(files().into_iter().find(wanted).expect("there is one of each")).expect("can be read")
}

/// The first place of a record with this kind and its body's length.
fn record(bytes: &[u8], kind: u16, len: u16) -> usize {
    let [a, b] = kind.to_le_bytes();
    let [c, d] = len.to_le_bytes();
    bytes.windows(4).position(|four| four == [a, b, c, d]).expect("the file has such a record")
}

#[test]
fn binary_workbooks() {
    let honest = file("xls");
    let with = |at: usize, patch: &[u8]| {
        let mut bytes = honest.clone();
        bytes[at..at + patch.len()].copy_from_slice(patch);
        bytes
    };
    let shared = honest.windows(2).position(|two| two == [0xFC, 0]).expect("it has shared texts");
    let fat = 512 * (1 + u32::from_le_bytes(honest[76..80].try_into().expect("four bytes")) as usize);
    let loops: Vec<u8> = (0..128_u32).flat_map(|sector| (sector ^ 1).to_le_bytes()).collect();
    for (what, bytes) in [
        ("chains in a circle", with(fat, &loops)),
        ("a chain into itself", with(fat, &[0; 512])),
        ("tables of tables in a circle", with(68, &[0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff])),
        ("more tables than bytes", with(44, &[0xff; 4])),
        ("directory nowhere", with(48, &[0xff, 0xff, 0xff, 0x7f])),
        ("sectors of no size", with(30, &[0xff, 0xff])),
        ("shared texts that are not there", with(shared + 4, &[0xff; 8])),
        (
            "an extent of everything",
            with(record(&honest, 0x0200, 14) + 4, &[0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0xff, 0xff]),
        ),
        ("half a file", honest[..honest.len() / 2].to_vec()),
        ("a head alone", honest[..512].to_vec()),
        ("a head and noise", [&honest[..512], &[0xa5; 4_096][..]].concat()),
    ] {
        let found = outcome(&format!("{what}.xls"), &bytes);
        assert!(
            [UNKNOWN, DAMAGED, LIMIT].contains(&found.as_str()) || found.contains("file_foreign"),
            "{what}: {found}"
        );
    }
    // Any record may become the one that says that a password is needed.
    let locked = with(record(&honest, 0x0042, 2), &0x002F_u16.to_le_bytes());
    check("locked.xls", &locked, "0 tables, file_encrypted");
}

#[test]
fn damage_of_every_format_never_brings_it_down() {
    let readers = readers();
    let mut dice = Dice(20_261_125);
    for path in files() {
        let whole = fs::read(&path).expect("can be read");
        let package = whole.starts_with(b"PK");
        let mut n_read = 0;
        for _ in 0..120 {
            let mut bytes = whole.clone();
            for _ in 0..=dice.below(4) {
                let at = dice.below(bytes.len());
                match dice.below(4) {
                    0 => bytes[at] = 0xff,
                    1 => bytes[at] = 0,
                    _ => bytes[at] = dice.below(256) as u8,
                }
            }
            if dice.below(6) == 0 {
                bytes.truncate(dice.below(bytes.len()));
            }
            let read = readers.workbook(&bytes, &mut |_, workbook| {
                for index in 0..workbook.sheets().len() {
                    workbook.grid(index)?;
                }
                Ok(())
            });
            n_read += usize::from(read.is_ok());
        }
        // A package finds damage by its own sums; what is inside is damaged below.
        assert!(
            n_read > 5 || package,
            "{}: the damage is too great to test anything: {n_read}",
            path.display()
        );
    }
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(file("ods"))).expect("is a package");
    let mut content = Vec::new();
    let mut part = archive.by_name("content.xml").expect("it has content");
    std::io::copy(&mut part, &mut content).expect("can be inflated");
    let words = [
        "<",
        ">",
        "'",
        "/",
        "&",
        "&#0;",
        "]]>",
        "<!--",
        "-1",
        "99999999999999999999",
        "\0",
        "</table:table>",
    ];
    for _ in 0..200 {
        let mut text = content.clone();
        for _ in 0..=dice.below(3) {
            let at = dice.below(text.len());
            let to = (at + dice.below(8)).min(text.len());
            text.splice(at..to, words[dice.below(words.len())].bytes());
        }
        let _ = super::super::ods::read(&text, &std::collections::BTreeMap::new());
    }
}
