//! One workbook in every format, and what the grid says of it: text beside each file, to be
//! reviewed by a person. The files come from a spreadsheet program; those made of text are written
//! by hand.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::super::export;
use super::super::grid::{Content, Grid};
use super::book::{Book, sheet};
use super::readers;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/intake/tests/formats")
}

/// The files, sorted; expected texts are not among them.
pub fn files() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder())
        .expect("the folder is there")
        .map(|entry| entry.expect("can be listed").path())
        .filter(|path| path.extension().is_none_or(|extension| extension != "txt"))
        .collect();
    files.sort();
    files
}

fn show(grid: &Grid<'_>) -> String {
    let mut text = String::new();
    let merges: Vec<_> =
        grid.merges.iter().map(|region| format!("{}:{}", region.first, region.last)).collect();
    let percents: Vec<_> = grid.percents.iter().map(ToString::to_string).collect();
    let _ = writeln!(
        text,
        "merges {}\nhidden rows {:?} columns {:?}\npercents {}",
        merges.join(" "),
        grid.hidden_rows,
        grid.hidden_cols,
        percents.join(" ")
    );
    for (at, comment) in &grid.comments {
        let _ = writeln!(text, "comment {at} {comment:?}");
    }
    for (at, pictures) in &grid.pictures {
        let short: Vec<_> = pictures.iter().map(|digest| &digest[..8]).collect();
        let _ = writeln!(text, "pictures {at} {}", short.join(" "));
    }
    for cell in &grid.cells {
        let shown = match &cell.content {
            Content::Text(text) => format!("text {text:?}"),
            Content::Number(number) => format!("number {number}"),
            Content::Serial(serial) => format!("serial {serial}"),
            Content::IsoDate(day) => format!("day {day}"),
            Content::Flag(flag) => format!("flag {flag}"),
            Content::Error(error) => format!("error {error}"),
            Content::Uncalculated => "not calculated".to_owned(),
        };
        let _ = writeln!(text, "{}{} {shown}", cell.at, if cell.formula { " formula" } else { "" });
    }
    text
}

#[test]
fn every_format_gives_the_same_grid() {
    let readers = readers();
    let mut wrong = Vec::new();
    for file in files() {
        let bytes = fs::read(&file).expect("can be read");
        let shown = readers.workbook(&bytes, &mut |format, workbook| {
            let mut text = format!("{}\n", format.name);
            for (index, (name, visible)) in workbook.sheets().into_iter().enumerate() {
                let _ = writeln!(text, "sheet {name}{}", if visible { "" } else { " hidden" });
                text.push_str(&show(&workbook.grid(index)?));
            }
            Ok(text)
        });
        let found = shown.unwrap_or_else(|refusal| format!("{refusal:?}\n"));
        let beside = PathBuf::from(format!("{}.txt", file.display()));
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&beside, &found).expect("the expected text can be written");
        } else if fs::read_to_string(&beside).unwrap_or_default() != found {
            wrong.push(format!("{}:\n{found}", beside.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pictures_that_wps_puts_into_cells_are_found() {
    const RELATION: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let sheet = sheet(
        "<row r='4'><c r='B4' t='str'><f>_xlfn.DISPIMG(\"ID_A\",1)</f><v>=DISPIMG(&quot;ID_A&quot;,1)</v></c></row>",
        "",
    );
    let book = Book::one(&sheet)
        .change(
            "xl/_rels/workbook.xml.rels",
            "</Relationships>",
            "<Relationship Id='c' Type='http://www.wps.cn/officeDocument/2020/cellImage' Target='cellimages.xml'/></Relationships>",
        )
        .with(
            "xl/cellimages.xml",
            "<etc:cellImages><etc:cellImage><xdr:pic><xdr:cNvPr id='2' name='ID_A'/><a:blip r:embed='rId1'/></xdr:pic>\
             </etc:cellImage></etc:cellImages>",
        )
        .with(
            "xl/_rels/cellimages.xml.rels",
            format!("<Relationships><Relationship Id='rId1' Type='{RELATION}/image' Target='media/image1.png'/></Relationships>"),
        )
        .with("xl/media/image1.png", "abc");
    let shown = readers().workbook(&book.bytes(), &mut |_, workbook| Ok(show(&workbook.grid(0)?)));
    // The digest of "abc" that the standard itself gives begins like this.
    assert!(shown.expect("it is read").contains("pictures B4 ba7816bf\n"));
}

#[test]
fn pictures_that_excel_puts_into_cells_are_found() {
    // Two PNG files of one point, and the digests that another program gives of them.
    let pictures = [
        (
            "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082",
            "b1ff9c8e",
        ),
        (
            "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c636060f80f00010301000889c2ec0000000049454e44ae426082",
            "fce48193",
        ),
    ];
    let images = pictures.map(|(digits, _)| {
        let bytes: Vec<u8> = (0..digits.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("they are digits"))
            .collect();
        rust_xlsxwriter::Image::new_from_buffer(&bytes).expect("it is a picture")
    });
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.write_string(0, 0, "照片").expect("it can be written");
    for (row, col, index) in [(1, 1, 0), (2, 1, 1), (3, 2, 0)] {
        sheet.embed_image(row, col, &images[index]).expect("it can be written");
    }
    let bytes = workbook.save_to_buffer().expect("it can be written");
    let shown = readers().workbook(&bytes, &mut |_, workbook| Ok(show(&workbook.grid(0)?)));
    let [red, blue] = pictures.map(|(_, digest)| digest);
    let expected = format!("pictures B2 {red}\npictures B3 {blue}\npictures C4 {red}\nA1 text \"照片\"\n");
    let shown = shown.expect("it is read");
    assert!(shown.ends_with(&expected), "{shown}");
}

#[test]
fn a_sheet_is_exported_as_a_spreadsheet_program_does() {
    let expected: &[&[&str]] = &[
        &["青石镇隐患清单", "", "", "", "", ""],
        &["编号", "内容", "排查日期", "整改率", "金额(元)", "已销号"],
        &["001", "堵塞安全出口\n已拍照", "2026-08-12", "0.856", "1234.5", "TRUE"],
        &["002", "√  <&\">", "2026-08-13 08:30:00", "1", "-0.1", "FALSE"],
        &["003", "隐藏行", "2026-08-14", "0", "100000", "TRUE"],
        &["合计", "", "", "", "101234.4", "#N/A"],
    ];
    for name in ["hazards.xlsx", "hazards.xls", "hazards.ods"] {
        let mut exported = export(&folder().join(name), None, None).expect("it is read");
        if name.ends_with(".ods") {
            // The program that made it stores a formula's yes and no as numbers in this format.
            for (row, shown) in [(2, "TRUE"), (3, "FALSE"), (4, "TRUE")] {
                assert_eq!(exported.rows[row][5], if shown == "TRUE" { "1" } else { "0" });
                exported.rows[row][5] = shown.to_owned();
            }
        }
        assert_eq!(exported.rows, expected, "{name}");
        assert_eq!(exported.sheet, "隐患清单");
    }
    let other = export(&folder().join("hazards.ods"), Some("码表"), None).expect("hidden sheets too");
    assert_eq!(other.rows, [["一般"]]);
    export(&folder().join("hazards.ods"), Some("没有"), None).expect_err("no such sheet");
}
