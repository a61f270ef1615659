//! Files that are not what they seem: each is refused with its reason or read right, and none
//! brings the process down.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::limits::{
    MAX_ENTRIES, MAX_FILE_BYTES, MAX_INFLATED_BYTES, MAX_MERGES, MAX_SHEETS, MAX_STYLES,
};
use super::super::{Error, built_in_layouts, read_inbox};
use super::book::{Book, grid, sheet};
use super::{read, read_bytes};

/// What came of a file: the number of tables, and the problems' keys.
pub fn outcome(name: &str, bytes: &[u8]) -> String {
    let intake = read_bytes(name, bytes);
    let mut found = format!("{} tables", intake.tables.len());
    for problem in &intake.problems {
        found.push_str(&format!(", {}", problem.code.key()));
    }
    found
}

pub fn check(name: &str, bytes: &[u8], expected: &str) {
    assert_eq!(outcome(name, bytes), expected, "{name}");
}

/// An honest check sheet.
fn honest() -> Book {
    Book::one(&grid(
        "检查评分表\n单位名称|甲厂|检查日期|@46219\n编号|检查结果|标准分|扣分\nHC-A01|√|#5|\nHC-A02|×|#5|#2",
        &["A1:D1"],
    ))
}

const SHEET: &str = "xl/worksheets/sheet1.xml";
const READ: &str = "1 tables";
pub const UNKNOWN: &str = "0 tables, layout_unknown";
pub const DAMAGED: &str = "0 tables, file_damaged";
pub const LIMIT: &str = "0 tables, file_beyond_limit";
const FOREIGN: &str = "0 tables, file_foreign";
const OTHERWISE: &str = "0 tables, wrong_extension, layout_unknown";

#[test]
fn files_that_are_no_workbooks_of_ours() {
    let compound = |name: &str| {
        let mut bytes = vec![0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
        bytes.resize(512, 0xff);
        bytes.extend(name.bytes().flat_map(|letter| [letter, 0]));
        bytes
    };
    let package = |name: &str, content: &str| Book { parts: Vec::new() }.with(name, content).bytes();
    let ods = "application/vnd.oasis.opendocument.spreadsheet";
    for (name, bytes, expected) in [
        ("a.xlsx", Vec::new(), "0 tables, file_empty"),
        ("b.xlsx", compound("EncryptedPackage"), "0 tables, file_encrypted"),
        ("c.xls", compound("Workbook"), DAMAGED),
        ("d.xlsx", compound("Workbook"), DAMAGED),
        ("e.xls", compound("WordDocument"), FOREIGN),
        ("f.xls", b"<html><table><tr><td>1</td></tr></table></html>".to_vec(), OTHERWISE),
        ("g.csv", "编号,检查结果\n".as_bytes().to_vec(), UNKNOWN),
        ("h.xlsx", "编号\t检查结果\n".as_bytes().to_vec(), OTHERWISE),
        ("i.xlsx", b"%PDF-1.7".to_vec(), FOREIGN),
        ("j.xlsx", b"version https://git-lfs.github.com/spec/v1\noid sha256:0".to_vec(), FOREIGN),
        ("k.xlsx", package("word/document.xml", "<a/>"), FOREIGN),
        (
            "l.xlsx",
            Book { parts: Vec::new() }.with("_rels/.rels", "<a/>").with("word/x", "").bytes(),
            FOREIGN,
        ),
        ("m.xlsx", package("mimetype", ods), DAMAGED),
        ("n.xlsx", package("mimetype", "application/epub+zip"), FOREIGN),
        ("o.xlsx", honest().change("_rels/.rels", "workbook.xml", "workbook.bin").bytes(), DAMAGED),
        ("u.xls", vec![9, 4, 6, 0, 0, 0, 0, 0], "0 tables, file_format"),
        ("p.xlsx", b"PK\x03\x04".to_vec(), DAMAGED),
        ("q.xlsx", vec![0; 1_000], FOREIGN),
        ("r.xls", honest().bytes(), "1 tables, wrong_extension"),
        ("s", honest().bytes(), "1 tables, wrong_extension"),
        ("t.XLSM", honest().bytes(), READ),
    ] {
        check(name, &bytes, expected);
    }
}

#[test]
fn whatever_is_missing_or_broken_inside() {
    let whole = honest();
    let cell = "<c r='A9'";
    for (what, book, expected) in [
        ("nothing", whole.clone(), READ),
        ("the root", whole.clone().without("_rels/.rels"), FOREIGN),
        ("the workbook", whole.clone().without("xl/workbook.xml"), DAMAGED),
        ("its relations", whole.clone().without("xl/_rels/workbook.xml.rels"), DAMAGED),
        ("the sheet", whole.clone().without(SHEET), DAMAGED),
        ("the styles", whole.clone().without("xl/styles.xml"), "1 tables, date_serial"),
        ("every sheet", whole.clone().with("xl/workbook.xml", "<workbook><sheets/></workbook>"), DAMAGED),
        ("the end of the sheet", whole.clone().change(SHEET, "</row></sheetData>", "<row"), DAMAGED),
        ("the end of its data", whole.clone().change(SHEET, "</sheetData>", ""), DAMAGED),
        ("a text", Book::one(&sheet("<row><c t='s'><v>7</v></c></row>", "")), DAMAGED),
        ("the type of a cell", Book::one(&sheet("<row><c t='zz'><v>7</v></c></row>", "")), DAMAGED),
        (
            "a sheet's place",
            whole.clone().change("xl/_rels/workbook.xml.rels", "worksheets/sheet1", "workbook"),
            DAMAGED,
        ),
        ("its encoding", whole.clone().with(SHEET, [0xff, 0xfe, b'<', 0, b'a', 0, b'>', 0]), DAMAGED),
        (
            "a document type",
            whole.clone().with(SHEET, "<!DOCTYPE a [<!ENTITY b 'ha'><!ENTITY c '&b;&b;'>]><worksheet/>"),
            DAMAGED,
        ),
        ("a name twice", whole.clone().with("XL\\Workbook.xml", "<workbook/>"), DAMAGED),
        ("rows beyond the sheet", Book::one(&sheet("<row r='1048577'/>", "")), DAMAGED),
        ("columns beyond the sheet", Book::one(&sheet("<row><c r='XFE1'><v>1</v></c></row>", "")), DAMAGED),
        ("an address", Book::one(&sheet(&format!("<row>{cell}999999999'><v>1</v></c></row>"), "")), DAMAGED),
    ] {
        check(&format!("{what}.xlsx"), &book.bytes(), expected);
    }
}

#[test]
fn claims_are_not_believed() {
    let far = "<row r='1'><c r='A1'><v>1</v></c></row><row r='1048576'><c r='XFD1048576'><v>1</v></c></row>";
    let shared =
        "<sst uniqueCount='4000000000000' count='9' uniqueCount='4000000000000'><si><t>√</t></si></sst>";
    let formula = "<c r='Z9'><f t='shared' si='4000000000' ref='B9:A1'>1</f><v>1</v></c>";
    let pile: String = "<mergeCell ref='A1:XFD1048576'/>".repeat(MAX_MERGES - 1);
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    for (what, book, expected) in [
        ("17 billion cells", honest().change(SHEET, "ref='A1'", "ref='A1:XFD1048576'"), READ),
        ("an extent the wrong way round", honest().change(SHEET, "ref='A1'", "ref='C9:A1'"), READ),
        ("two corners", Book::one(&sheet(far, "")), UNKNOWN),
        ("shared texts", honest().with("xl/sharedStrings.xml", shared), READ),
        (
            "a shared formula",
            honest().change(SHEET, "</sheetData>", &format!("<row r='9'>{formula}</row></sheetData>")),
            READ,
        ),
        (
            "merged regions in a pile",
            honest().change(SHEET, "<mergeCells>", &format!("<mergeCells>{pile}")),
            UNKNOWN,
        ),
        ("depth", honest().change(SHEET, "<mergeCells>", &format!("{deep}<mergeCells>")), READ),
        ("depth in a cell", honest().change(SHEET, "<v>5</v>", &format!("<v>{deep}</v>")), "1 tables"),
    ] {
        check(&format!("{what}.xlsx"), &book.bytes(), expected);
    }
}

#[test]
fn limits_are_kept() {
    let blanks = " ".repeat(1 << 20);
    let bomb: String = (0..=MAX_INFLATED_BYTES >> 20).map(|_| format!("{blanks}<a/>")).collect();
    let merges: String =
        (1..=MAX_MERGES + 1).map(|row| format!("<mergeCell ref='A{row}:B{row}'/>")).collect();
    let sheets: String = (0..=MAX_SHEETS).map(|index| format!("<sheet name='{index}' r:id='r1'/>")).collect();
    let styles = |formats: &str, count| {
        format!("<styleSheet>{formats}<cellXfs>{}</cellXfs></styleSheet>", "<xf/>".repeat(count))
    };
    let format = format!("<numFmt numFmtId='164' formatCode='{}'/>", "0".repeat(2_000));
    let long = "字".repeat(500_000);
    let entries = (0..=MAX_ENTRIES).fold(honest(), |mut book, index| {
        book.parts.push((index.to_string(), Vec::new()));
        book
    });
    // One shared text in ever so many cells, and rows in which everything is wrong.
    let header =
        "<row><c t='s'><v>0</v></c><c t='s'><v>1</v></c><c t='s'><v>2</v></c><c t='s'><v>3</v></c></row>";
    let texts = |last: &str| {
        let texts = ["编号", "检查结果", "标准分", "扣分", last];
        format!("<sst>{}</sst>", texts.map(|text| format!("<si><t>{text}</t></si>")).concat())
    };
    let row = "<row><c t='inlineStr'><is><t>A-1</t></is></c><c t='s'><v>4</v></c><c t='s'><v>4</v></c><c t='s'><v>4</v></c></row>";
    let repeated = |count: usize, last: &str| {
        Book::one(&sheet(&format!("{header}{}", row.repeat(count)), ""))
            .with("xl/sharedStrings.xml", texts(last))
    };
    for (what, book) in [
        ("text in a table", repeated(60, &"字".repeat(300_000))),
        ("problems", repeated(7_000, "乱")),
        ("inflated bytes", honest().with(SHEET, sheet("", &bomb))),
        ("merged regions", honest().change(SHEET, "<mergeCells>", &format!("<mergeCells>{merges}"))),
        (
            "sheets",
            honest().with("xl/workbook.xml", format!("<workbook><sheets>{sheets}</sheets></workbook>")),
        ),
        ("styles", honest().with("xl/styles.xml", styles("", MAX_STYLES + 1))),
        ("number formats", honest().with("xl/styles.xml", styles(&format, 1))),
        ("text in a cell", honest().change(SHEET, "甲厂", &long)),
        ("entries", entries),
    ] {
        check(&format!("{what}.xlsx"), &book.bytes(), LIMIT);
    }
    let folder = tempfile::tempdir().expect("a folder for the test");
    let file = fs::File::create(folder.path().join("long.xlsx")).expect("can be written");
    file.set_len(MAX_FILE_BYTES + 1).expect("can be made long");
    assert_eq!(read(folder.path()).problems[0].code.key(), "file_too_large");
}

#[test]
fn cells_out_of_order_and_twice() {
    let rows = "<row r='5'><c r='B5' t='inlineStr'><is><t>√</t></is></c><c r='A5' t='inlineStr'><is><t>HC-A02</t></is></c></row>\
        <row r='3'><c r='A3' t='inlineStr'><is><t>编号</t></is></c><c r='B3' t='inlineStr'><is><t>检查结果</t></is></c>\
        <c r='C3' t='inlineStr'><is><t>标准分</t></is></c><c r='D3' t='inlineStr'><is><t>扣分</t></is></c></row>\
        <row><c t='inlineStr'><is><t>HC-A01</t></is></c><c t='inlineStr'><is><t>×</t></is></c></row>\
        <row r='5'><c r='B5' t='inlineStr'><is><t>×</t></is></c></row>";
    let intake = read_bytes("order.xlsx", &Book::one(&sheet(rows, "")).bytes());
    let rows: Vec<_> = intake.tables[0]
        .rows
        .iter()
        .map(|row| (row.row0, row.cells[0].raw.as_str(), row.cells[1].raw.as_str()))
        .collect();
    assert_eq!(rows, [(3, "HC-A01", "×"), (4, "HC-A02", "×")]);
}

#[test]
fn other_producers_write_otherwise() {
    let prefixed = |book: Book, name: &str| {
        let (_, content) =
            book.parts.iter().find(|(known, _)| known == name).expect("the part is there").clone();
        let text = String::from_utf8(content).expect("parts are text");
        let text = text.replace("</", "\u{1}").replace('<', "<x:").replace('\u{1}', "</x:");
        book.with(name, text)
    };
    let mut slashes = honest();
    for (name, _) in &mut slashes.parts {
        *name = name.replace('/', "\\").to_uppercase();
    }
    check("slashes.xlsx", &slashes.bytes(), READ);
    check("prefix.xlsx", &prefixed(prefixed(honest(), SHEET), "xl/workbook.xml").bytes(), READ);
    let mut bom = "\u{feff}".as_bytes().to_vec();
    bom.extend(honest().parts.iter().find(|(name, _)| name == SHEET).expect("the part is there").1.clone());
    check("bom.xlsx", &honest().with(SHEET, bom).bytes(), READ);
}

/// A generator of numbers that is the same everywhere: xorshift.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}

#[test]
fn damaged_bytes_never_bring_it_down() {
    let layouts = built_in_layouts();
    let catalogue = super::super::Catalogue::new(&layouts);
    let readers = super::super::Readers::new(None);
    let reader = super::super::FileReader {
        keeping: None,
        id: crate::model::SourceId(0),
        catalogue: &catalogue,
        readers: &readers,
        cards: None,
    };
    let understand = |bytes: &[u8]| {
        let mut source = crate::model::Source {
            path: "a.xlsx".to_owned(),
            digest: String::new(),
            len: 0,
            sheets: Vec::new(),
            missing: false,
        };
        reader.understand(bytes, &mut source).is_ok()
    };
    let whole = honest().bytes();
    let mut dice = Dice(20_260_716);
    let mut n_read = 0;
    // The package as a whole: headers, directory, compressed data.
    for _ in 0..1_500 {
        let mut bytes = whole.clone();
        for _ in 0..=dice.below(3) {
            let at = dice.below(bytes.len());
            bytes[at] = dice.below(256) as u8;
        }
        if dice.below(4) == 0 {
            bytes.truncate(dice.below(bytes.len()));
        }
        n_read += usize::from(understand(&bytes));
    }
    // The parts: what a valid package may hold.
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
        "e",
        "<c>",
        "</row>",
    ];
    for _ in 0..1_500 {
        let mut book = honest();
        let part = dice.below(book.parts.len());
        let (_, content) = &mut book.parts[part];
        for _ in 0..=dice.below(3) {
            let at = dice.below(content.len());
            let to = (at + dice.below(8)).min(content.len());
            content.splice(at..to, words[dice.below(words.len())].bytes());
        }
        n_read += usize::from(understand(&book.bytes()));
    }
    assert!(n_read > 100, "the damage is too great to test anything: {n_read}");
}

#[test]
fn an_inbox_is_read_whatever_its_order() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let put = |name: &str, bytes: &[u8]| {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().expect("below the folder")).expect("can be made");
        fs::write(file, bytes).expect("can be written");
    };
    put("b/2.xlsx", &honest().bytes());
    put("b.xlsx", &honest().change(SHEET, "甲厂", "乙厂").bytes());
    put("a/9.xlsx", &honest().bytes());
    put("a/~$9.xlsx", b"lock");
    put("a/.~9.xlsx", b"lock");
    put(".git/x.xlsx", &honest().bytes());
    put("readme.txt", b"read me");
    put("photo.jpg", b"\xff\xd8\xff");
    put("broken.xlsx", b"PK\x03\x04");
    let seen = AtomicUsize::new(0);
    let progress = |done: usize, total: usize| {
        assert!(done <= total && total == 4, "{done} of {total}");
        seen.fetch_add(1, Ordering::Relaxed);
    };
    let intake =
        read_inbox(folder.path(), &built_in_layouts(), None, &progress, &|| false).expect("can be listed");
    let paths: Vec<_> = intake.sources.0.iter().map(|source| source.path.as_str()).collect();
    assert_eq!(paths, ["a/9.xlsx", "b.xlsx", "b/2.xlsx", "broken.xlsx"]);
    assert_eq!(seen.load(Ordering::Relaxed), 4);
    let tables: Vec<_> = intake.tables.iter().map(|table| table.at.source.0).collect();
    assert_eq!(tables, [0, 1]);
    let problems: Vec<_> = intake
        .problems
        .iter()
        .map(|problem| (problem.at.source.0, problem.code.key(), problem.args.join(" ")))
        .collect();
    assert_eq!(problems[0], (2, "duplicate_file", "a/9.xlsx".to_owned()));
    assert_eq!((problems[1].0, problems[1].1), (3, "file_damaged"));
    assert_eq!(intake.sources.0[0].digest, intake.sources.0[2].digest);

    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool of one");
    let again = one.install(|| read(folder.path()));
    assert_eq!(format!("{again:?}"), format!("{intake:?}"));
}

#[test]
fn a_root_that_is_not_there_is_an_error_and_a_stop_is_one() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let missing = folder.path().join("missing");
    let error = read_inbox(&missing, &[], None, &|_, _| (), &|| false).expect_err("is not there");
    assert!(matches!(&error, Error::Unlisted { root, .. } if *root == missing));
    fs::write(folder.path().join("a.xlsx"), honest().bytes()).expect("can be written");
    let error = read_inbox(folder.path(), &[], None, &|_, _| (), &|| true).expect_err("was cancelled");
    assert!(matches!(error, Error::Cancelled));
}
