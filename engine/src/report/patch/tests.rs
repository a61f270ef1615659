//! Patches of workbooks: what they change, and what they must not.

use std::io::{Cursor, Read as _, Write as _};

use rust_xlsxwriter::{Color, DocProperties, ExcelDateTime, Format, Formula, Workbook};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::*;

const RED: Colour = Colour(0xff, 0xc7, 0xce);
const AMBER: Colour = Colour(0xff, 0xeb, 0x9c);

/// A workbook as a village sends it: merges, print titles, names, a filled cell, a formula.
fn host() -> Vec<u8> {
    let mut workbook = Workbook::new();
    let day = ExcelDateTime::from_ymd(2026, 1, 1).expect("a day");
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&day));
    let yellow = Format::new().set_background_color(Color::Yellow).set_num_format("0.00");
    let sheet = workbook.add_worksheet().set_name("隐患 月报").expect("a name");
    sheet.merge_range(0, 0, 0, 3, "月报表", &Format::new().set_bold()).expect("a range");
    sheet.write_string(1, 0, "排查数").expect("a cell");
    sheet.write_number_with_format(1, 1, 3.5, &yellow).expect("a cell");
    sheet.write_formula(1, 2, Formula::new("B2*2").set_result("7")).expect("a cell");
    sheet.write_string(4, 3, "=1+1").expect("a cell");
    sheet.set_print_area(0, 0, 4, 3).expect("an area");
    sheet.set_repeat_rows(0, 1).expect("rows");
    let second = workbook.add_worksheet().set_name("问题清单").expect("a name");
    second.write_string(0, 0, "我们自己的清单").expect("a cell");
    second.set_print_area(0, 0, 3, 3).expect("an area");
    second.set_active(true);
    workbook.define_name("总数", "='隐患 月报'!$B$2").expect("a name");
    workbook.save_to_buffer().expect("a workbook")
}

/// A sheet as `grid` draws it.
fn front(name: &str) -> Front {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name(name).expect("a name");
    let head = Format::new().set_bold().set_background_color(Color::Silver).set_num_format("yyyy-mm-dd");
    sheet.write_string_with_format(0, 0, "级别", &head).expect("a cell");
    sheet.write_string(1, 0, "a & <b>").expect("a cell");
    sheet.write_url(1, 1, "internal:'隐患 月报'!B2").expect("a cell");
    sheet.set_repeat_rows(0, 0).expect("rows");
    sheet.set_column_width(0, 30).expect("a width");
    let workbook = workbook.save_to_buffer().expect("a workbook");
    Front { name: name.to_owned(), workbook, replaces: None, behind: false }
}

fn cell(text: &str) -> CellRef {
    CellRef::parse(text).expect("an address")
}

fn fills(sheet: &str, cells: &[(&str, Colour)]) -> Edits {
    let edits = cells
        .iter()
        .map(|(at, colour)| (cell(at), Edit { fill: Some(*colour), ..Edit::default() }))
        .collect();
    Edits { cells: BTreeMap::from([(sheet.to_owned(), edits)]), front: None, ..Edits::default() }
}

/// Every part of a package as text.
fn parts(bytes: &[u8]) -> BTreeMap<String, String> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).expect("a package");
    (0..archive.len())
        .map(|index| {
            let mut entry = archive.by_index(index).expect("an entry");
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).expect("its bytes");
            let name = entry.name().expect("a name").into_owned();
            (name, String::from_utf8_lossy(&bytes).into_owned())
        })
        .collect()
}

/// A package from its parts.
fn package(parts: &BTreeMap<String, String>) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        writer.start_file(name.as_str(), SimpleFileOptions::default()).expect("an entry");
        writer.write_all(text.as_bytes()).expect("its bytes");
    }
    writer.finish().expect("a package").into_inner()
}

#[test]
fn only_the_marked_cells_differ() {
    let before = host();
    let edits = fills("隐患 月报", &[("B2", RED), ("A2", AMBER), ("C5", RED), ("F2", RED), ("B9", AMBER)]);
    let patched = patch(&before, &edits).expect("can be patched");
    let format = |at: &str| Change::Format { sheet: "隐患 月报".to_owned(), cell: cell(at) };
    let mut changes = patched.changes.clone();
    changes.sort();
    assert_eq!(
        changes,
        [
            format("A2"),
            format("B2"),
            format("F2"),
            format("C5"),
            format("B9"),
            Change::Appended { part: "xl/styles.xml".to_owned() },
        ]
    );
    let (old, new) = (parts(&before), parts(&patched.bytes));
    let differing: Vec<_> = new.iter().filter(|(name, text)| old.get(*name) != Some(text)).collect();
    let names: Vec<_> = differing.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["xl/styles.xml", "xl/worksheets/sheet1.xml"]);
    // Order of cells and rows.
    let sheet = &new["xl/worksheets/sheet1.xml"];
    let places: Vec<_> =
        ["r=\"A2\"", "r=\"B2\"", "r=\"C2\"", "r=\"F2\"", "r=\"C5\"", "r=\"D5\"", "<row r=\"9\"", "r=\"B9\""]
            .iter()
            .map(|word| sheet.find(word).unwrap_or_else(|| panic!("{word} in {sheet}")))
            .collect();
    assert!(places.is_sorted(), "{places:?}");
    // What the cell had beside its fill stays: the number format and the value.
    assert!(sheet.contains("<v>3.5</v>"));
    assert!(new["xl/styles.xml"].contains("rgb=\"FFFFC7CE\""));
    // The same patch of the same workbook has the same bytes.
    assert_eq!(patch(&before, &edits).expect("can be patched").bytes, patched.bytes);
}

#[test]
fn a_mark_can_be_taken_away_again() {
    let marked = patch(&host(), &fills("隐患 月报", &[("A2", RED)])).expect("can be patched").bytes;
    let unfill = |at: &str| {
        let edit = Edit { unfill: Some(RED), ..Edit::default() };
        Edits {
            cells: BTreeMap::from([("隐患 月报".to_owned(), BTreeMap::from([(cell(at), edit)]))]),
            ..Edits::default()
        }
    };
    let cleared = patch(&marked, &unfill("A2")).expect("can be patched");
    assert_eq!(
        cleared.changes,
        [
            Change::Appended { part: "xl/styles.xml".to_owned() },
            Change::Format { sheet: "隐患 月报".to_owned(), cell: cell("A2") },
        ]
    );
    // A cell with another colour keeps it.
    assert_eq!(patch(&marked, &unfill("B2")).expect("can be patched").bytes, marked);
}

#[test]
fn values_go_in_and_formulas_stay() {
    let put = |at: &str, put: Put| {
        let edit = Edit { put: Some(put), ..Edit::default() };
        Edits {
            cells: BTreeMap::from([("隐患 月报".to_owned(), BTreeMap::from([(cell(at), edit)]))]),
            ..Edits::default()
        }
    };
    let before = host();
    let text = patch(&before, &put("A2", Put::Text("=甲 & 乙 ".to_owned()))).expect("can be patched");
    let new = parts(&text.bytes);
    assert!(new["xl/sharedStrings.xml"].contains("<t xml:space=\"preserve\">=甲 &amp; 乙 </t></si></sst>"));
    let number = Put::Number("12.50".parse().expect("a number"));
    let number = patch(&before, &put("B2", number)).expect("can be patched");
    assert!(parts(&number.bytes)["xl/worksheets/sheet1.xml"].contains("<v>12.5</v>"));
    assert_eq!(
        number.changes,
        [Change::Value { sheet: "隐患 月报".to_owned(), cell: cell("B2") }],
        "its format stays"
    );
    let refusal = patch(&before, &put("C2", Put::Text("x".to_owned()))).expect_err("a formula stands there");
    assert_eq!(refusal, Refusal::Formula { sheet: "隐患 月报".to_owned(), cell: cell("C2") });
    let refusal = patch(&before, &fills("没有", &[("A1", RED)])).expect_err("no such sheet");
    assert_eq!(refusal, Refusal::NoSheet { sheet: "没有".to_owned() });
}

#[test]
fn a_sheet_goes_in_front() {
    let before = host();
    let edits = Edits { front: Some(front("退回 清单")), ..fills("隐患 月报", &[("B2", RED)]) };
    let patched = patch(&before, &edits).expect("can be patched");
    let (old, new) = (parts(&before), parts(&patched.bytes));
    let workbook = &new["xl/workbook.xml"];
    let listed: Vec<_> = workbook.match_indices("<sheet ").map(|(at, _)| &workbook[at..]).collect();
    assert!(listed[0].starts_with("<sheet name=\"退回"), "{workbook}");
    assert_eq!(listed.len(), 3);
    // Names that hold for a sheet moved with it; ours joined them.
    for name in [
        "<definedName name=\"_xlnm.Print_Area\" localSheetId=\"1\">'隐患 月报'!$A$1:$D$5",
        "<definedName name=\"_xlnm.Print_Area\" localSheetId=\"2\">'问题清单'!$A$1:$D$4",
        "<definedName name=\"_xlnm.Print_Titles\" localSheetId=\"1\">",
        "<definedName name=\"总数\">",
        "<definedName name=\"_xlnm.Print_Titles\" localSheetId=\"0\">'退回 清单'!$1:$1",
    ] {
        assert!(workbook.replace("问题清单!", "'问题清单'!").contains(name), "{name} in {workbook}");
    }
    assert!(!workbook.contains("activeTab"), "the workbook opens at the list");
    // One sheet is selected.
    let selected = new.values().filter(|text| text.contains("tabSelected=\"1\"")).count();
    assert_eq!(selected, 1);
    assert!(new["xl/worksheets/sheet3.xml"].contains("tabSelected"));
    assert!(patched.changes.contains(&Change::Selection { sheet: "问题清单".to_owned() }));
    assert!(patched.changes.contains(&Change::Listed { part: "xl/workbook.xml".to_owned() }));
    assert!(!patched.changes.iter().any(|change| matches!(change, Change::Rewritten { .. })));
    assert!(patched.changes.contains(&Change::Added { part: "xl/worksheets/sheet3.xml".to_owned() }));
    // Parts that list no sheets are untouched.
    for name in ["docProps/app.xml", "docProps/core.xml", "xl/theme/theme1.xml", "_rels/.rels"] {
        assert_eq!(old[name], new[name], "{name}");
    }
    // A second time, the sheet takes the place of the first.
    let again = Edits {
        front: Some(Front { replaces: Some("退回 清单".to_owned()), ..front("退回 清单") }),
        ..Edits::default()
    };
    let again = patch(&patched.bytes, &again).expect("can be patched");
    assert_eq!(parts(&again.bytes)["xl/workbook.xml"].matches("<sheet ").count(), 3);
}

/// Another program's package: prefixes, no shared texts, a picture in a cell, short tags.
fn foreign() -> BTreeMap<String, String> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const RELATION: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
    [
        (
            "[Content_Types].xml",
            format!("<Types xmlns=\"{PACKAGE}/content-types\"><Default Extension=\"xml\" ContentType=\"application/xml\"/></Types>"),
        ),
        (
            "_rels/.rels",
            format!("<Relationships xmlns=\"{PACKAGE}/relationships\"><Relationship Id=\"a\" Type=\"{RELATION}/officeDocument\" Target=\"/xl/workbook.xml\"/></Relationships>"),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!("<p:Relationships xmlns:p=\"{PACKAGE}/relationships\"><p:Relationship Id=\"rId1\" Type=\"{RELATION}/worksheet\" Target=\"worksheets/a.xml\"/><p:Relationship Id=\"rId2\" Type=\"{RELATION}/styles\" Target=\"/xl/styles.xml\"/></p:Relationships>"),
        ),
        (
            "xl/workbook.xml",
            format!("<x:workbook xmlns:x=\"{MAIN}\"><x:sheets><x:sheet name=\"表\" sheetId=\"7\" d:id=\"rId1\" xmlns:d=\"{RELATION}\"/></x:sheets></x:workbook>"),
        ),
        (
            "xl/styles.xml",
            format!("<x:styleSheet xmlns:x=\"{MAIN}\"><x:fonts><x:font/></x:fonts><x:fills count='1'><x:fill><x:patternFill/></x:fill></x:fills><x:borders><x:border/></x:borders><x:cellXfs count=\"1\"><x:xf numFmtId=\"0\" fontId=\"0\"><x:alignment wrapText=\"1\"/></x:xf></x:cellXfs></x:styleSheet>"),
        ),
        (
            "xl/worksheets/a.xml",
            format!("<x:worksheet xmlns:x=\"{MAIN}\"><x:cols><x:col min=\"3\" max=\"4\" style=\"0\"/></x:cols><x:sheetData><x:row><x:c><x:v>1</x:v></x:c><x:c/></x:row><x:row r=\"5\" spans=\"1:1\"/></x:sheetData></x:worksheet>"),
        ),
        ("xl/cellimages.xml", "<etc:cellImages/>".to_owned()),
        ("xl/media/image1.png", "\u{1}png".to_owned()),
    ]
    .map(|(name, text)| (name.to_owned(), text))
    .into()
}

#[test]
fn packages_of_other_programs_are_patched_alike() {
    let before = package(&foreign());
    let edits = Edits {
        front: Some(front("问题清单")),
        ..fills("表", &[("A1", RED), ("B1", RED), ("D1", RED), ("C5", AMBER), ("A7", RED)])
    };
    let patched = patch(&before, &edits).expect("can be patched");
    let new = parts(&patched.bytes);
    for part in ["xl/cellimages.xml", "xl/media/image1.png", "_rels/.rels"] {
        assert_eq!(new[part], foreign()[part]);
    }
    let sheet = &new["xl/worksheets/a.xml"];
    assert!(
        sheet.ends_with(
            "<x:row><x:c s=\"1\"><x:v>1</x:v></x:c><x:c s=\"1\"/><x:c r=\"D1\" s=\"1\"/></x:row>\
             <x:row r=\"5\" spans=\"1:3\"><x:c r=\"C5\" s=\"2\"/></x:row>\
             <x:row r=\"7\"><x:c r=\"A7\" s=\"1\"/></x:row></x:sheetData></x:worksheet>"
        ),
        "{sheet}"
    );
    let styles = &new["xl/styles.xml"];
    assert!(styles.contains("fillId=\"1\" applyFill=\"1\"><x:alignment wrapText=\"1\"/></x:xf>"), "{styles}");
    let workbook = &new["xl/workbook.xml"];
    assert!(workbook.contains("<x:sheet xmlns:d="), "{workbook}");
    assert!(new["xl/worksheets/sheet1.xml"].contains("t=\"inlineStr\"><is><t>a &amp; &lt;b&gt;</t></is>"));
}

#[test]
fn what_a_patch_would_break_is_refused() {
    let check = |change: &dyn Fn(&mut BTreeMap<String, String>), refusal: Option<Refusal>| {
        let mut parts = foreign();
        change(&mut parts);
        let patched = patch(&package(&parts), &fills("表", &[("A1", RED)]));
        match refusal {
            Some(refusal) => assert_eq!(patched.expect_err("is refused"), refusal),
            None => assert!(matches!(patched, Err(Refusal::Damaged { .. })), "{patched:?}"),
        }
    };
    let add = |name: &'static str| {
        move |parts: &mut BTreeMap<String, String>| {
            parts.insert(name.to_owned(), String::new());
        }
    };
    let swap = |part: &'static str, from: &'static str, to: &'static str| {
        move |parts: &mut BTreeMap<String, String>| {
            let text = parts[part].replace(from, to);
            parts.insert(part.to_owned(), text);
        }
    };
    check(&add("_xmlsignatures/origin.sigs"), Some(Refusal::Signed));
    check(&add("xl/revisions/revisionHeaders.xml"), Some(Refusal::Shared));
    check(
        &swap(
            "_rels/.rels",
            "http://schemas.openxmlformats.org/officeDocument/2006",
            "http://purl.oclc.org/ooxml/officeDocument",
        ),
        Some(Refusal::Strict),
    );
    check(&swap("xl/styles.xml", "<x:borders><x:border/></x:borders>", ""), None);
    check(&swap("xl/worksheets/a.xml", "</x:worksheet>", ""), None);
    check(&swap("xl/worksheets/a.xml", "<x:c/>", "<x:c r=\"A0\"/>"), None);
    check(&swap("xl/worksheets/a.xml", "<x:c><x:v>", "<x:c s=\"9\"><x:v>"), None);
    assert_eq!(patch(b"PK\x03\x04", &Edits::default()).expect_err("is refused"), Refusal::Foreign);
    assert_eq!(patch(b"", &Edits::default()).expect_err("is refused"), Refusal::Foreign);
}

#[test]
fn no_bytes_make_it_panic() {
    // A linear congruential generator: the same bytes on every run.
    let mut state = 20_261_126_u64;
    let mut dice = |sides: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % sides
    };
    let edits = Edits {
        front: Some(front("问题清单")),
        ..fills("表", &[("A1", RED), ("D1", AMBER), ("C5", RED), ("A7", RED)])
    };
    let honest = foreign();
    let names: Vec<_> =
        honest.keys().filter(|name| name.ends_with(".xml") || name.ends_with(".rels")).collect();
    let words = [
        "<",
        ">",
        "/>",
        "\"",
        "'",
        "&",
        "=",
        " ",
        "<!--",
        "<![CDATA[",
        "</x:c>",
        "<x:c/>",
        "s=\"9\"",
        "汉",
        "\u{feff}",
        "r=\"A0\"",
    ];
    let mut patched = 0;
    for _ in 0..3_000 {
        let mut parts = honest.clone();
        let name = names[dice(names.len())];
        let text = &honest[name];
        let places: Vec<_> = text.char_indices().map(|(at, _)| at).collect();
        let at = places[dice(places.len())];
        let end = places[dice(places.len())].max(at).min(at + dice(12));
        let end = (end..=text.len()).find(|end| text.is_char_boundary(*end)).unwrap_or(text.len());
        let changed = format!("{}{}{}", &text[..at], words[dice(words.len())], &text[end..]);
        parts.insert(name.clone(), changed);
        patched += usize::from(patch(&package(&parts), &edits).is_ok());
    }
    assert!(patched > 100, "some changes do no harm: {patched}");
    let whole = package(&honest);
    for _ in 0..2_000 {
        let mut bytes = whole.clone();
        let at = dice(bytes.len());
        bytes[at] = dice(256) as u8;
        bytes.truncate(bytes.len() - dice(3) * dice(50));
        drop(patch(&bytes, &edits));
    }
}
