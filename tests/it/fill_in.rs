//! Forms that inspectors fill: made, filled as a person would, and assessed without a mapping card.

use std::fmt::Write as _;
use std::fs;
use std::io::{Cursor, Read as _, Write as _};
use std::path::Path;

use acceptance::{anping, assess, fill, settings, sheets, workspace};
use anping::cli::Exit;
use anping::model::{ProblemCode, Run};

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).to_string_lossy().into_owned()
}

fn register() -> String {
    path(&workspace(), "templates/demo/qingshi/基础/企业名录.xlsx")
}

/// Makes a form and gives its bytes.
fn form(folder: &Path, args: &[&str]) -> Vec<u8> {
    let output = path(folder, "表.xlsx");
    let made = anping(&[&["form", "new"], args, &["-o", &output]].concat());
    assert_eq!(made.exit, Exit::Done, "{args:?}: {}", made.err);
    fs::read(output).expect("written")
}

/// The parts of a package, by name.
fn parts(bytes: &[u8]) -> Vec<(String, String)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a package");
    (0..archive.len())
        .map(|index| {
            let mut file = archive.by_index(index).expect("an entry");
            let mut text = String::new();
            file.read_to_string(&mut text).expect("parts of ours are XML");
            (file.name().expect("a name").into_owned(), text)
        })
        .collect()
}

/// Types into blank cells of the first sheet: a number, or a text. Only cells that are blank can be
/// typed into, so a form that prefilled one of them fails here.
pub fn typed(bytes: &[u8], cells: &[(String, String)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, mut text) in parts(bytes) {
        if name == "xl/worksheets/sheet1.xml" {
            for (address, value) in cells {
                let head = format!("<c r=\"{address}\" s=\"");
                let at = text.find(&head).unwrap_or_else(|| panic!("no cell {address}"));
                let end = at + text[at..].find("/>").expect("the cell ends");
                assert!(!text[at..end].contains('>'), "{address} is not blank");
                let style = text[at..end].to_owned();
                let mut cell = String::new();
                if value.parse::<i64>().is_ok() {
                    write!(cell, "{style}><v>{value}</v></c>").expect("a String takes it");
                } else {
                    write!(cell, "{style} t=\"inlineStr\"><is><t>{value}</t></is></c>")
                        .expect("a String takes it");
                }
                text.replace_range(at..end + 2, &cell);
            }
        }
        writer.start_file(name, zip::write::SimpleFileOptions::default()).expect("an entry");
        writer.write_all(text.as_bytes()).expect("memory takes it");
    }
    writer.finish().expect("a package").into_inner()
}

/// The lines of the form that hold items: line from 1, and code.
fn items(bytes: &[u8]) -> Vec<(usize, String)> {
    let sheet = sheets(bytes).swap_remove(0).1;
    let is_code = |cell: &str| cell.contains('-') && cell.starts_with(|c: char| c.is_ascii_uppercase());
    let lines = (1..).zip(&sheet).filter(|(_, row)| row.first().is_some_and(|cell| is_code(cell)));
    lines.map(|(line, row)| (line, row[0].clone())).collect()
}

/// 2026-11-18 as the file format counts days.
const DAY: &str = "46344";

/// Everything is met but the first item, which loses points.
pub fn answered(bytes: &[u8], lost: &str, is_assessment: bool) -> Vec<u8> {
    let mut cells = Vec::new();
    let mut put = |address: String, value: &str| cells.push((address, value.to_owned()));
    if !is_assessment {
        put("C3".to_owned(), DAY);
    }
    for (index, (line, _)) in items(bytes).into_iter().enumerate() {
        let points = if index == 0 { lost } else { "0" };
        if is_assessment {
            put(format!("G{line}"), points);
        } else {
            put(format!("G{line}"), if index == 0 { "部分符合" } else { "符合" });
            put(format!("H{line}"), points);
        }
    }
    typed(bytes, &cells)
}

fn score(run: &Run) -> Vec<(String, String)> {
    let main = |check: &anping::model::Check| {
        let score = check.scored.as_ref()?.schemes.first()?.score?;
        Some((run.plugins[check.subject.plugin].manifest.id.clone(), score.to_string()))
    };
    run.checks.iter().filter_map(main).collect()
}

/// Points of all items stand in the guide of each checklist; one is lost on the first item.
#[test]
fn forms_of_all_built_in_checklists_are_read_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut files = Vec::new();
    let mut wanted = Vec::new();
    let mut check = |plugin: &str, expected: &str| {
        let is_assessment = ["village", "department"].contains(&plugin);
        let blank = form(folder.path(), &[plugin]);
        let who = [("C2".to_owned(), "某单位".to_owned())];
        let filled = answered(&typed(&blank, &who), "1", is_assessment);
        files.push((format!("{plugin}.xlsx"), filled));
        wanted.push((plugin.to_owned(), expected.to_owned()));
    };
    check("hazchem", "99.5"); // 204÷205
    check("fireworks", "99.5"); // 190÷191
    check("crowded", "99.4"); // 178÷179
    check("standardization", "99.9"); // 999÷1000
    check("enterprise", "99.2"); // 121÷122
    check("department", "99.00"); // 99÷100, two digits
    check("village", "99.00"); // 99÷100, two digits
    check("emergency", "99.0"); // 99÷100
    let inbox = folder.path().join("收件");
    fill(&inbox, &files);
    let run = assess(&inbox, &settings());
    wanted.sort();
    assert_eq!(score(&run), wanted, "{:#?}", run.problems);
    let unread = [ProblemCode::ColumnMissing, ProblemCode::UnknownItem, ProblemCode::LayoutUnknown];
    let told: Vec<_> = run.problems.iter().filter(|problem| unread.contains(&problem.code)).collect();
    assert!(told.is_empty(), "{told:#?}");
}

/// What a rule wants to know of a storage unit is not asked on the sheet of a check; what it wants to
/// know of the check is.
#[test]
fn a_form_asks_what_its_kind_of_subject_needs() {
    let folder = tempfile::tempdir().expect("a folder");
    let check = |plugin: &str, title: &str, asked: bool| {
        let form = form(folder.path(), &[plugin]);
        let mut cells = sheets(&form).into_iter().take(1).flat_map(|(_, rows)| rows).flatten();
        assert_eq!(cells.any(|cell| cell == title), asked, "{plugin} {title}");
    };
    check("hazchem", "厂界外500m常住人口(人)", false);
    check("hazchem", "单元类型", false);
    check("fireworks", "实际存放量(kg)", true);
    check("enterprise", "从业人员", true);
}

/// 青石镇盛益加油站 is a filling station: what only producers and stores need is not asked.
#[test]
fn what_does_not_apply_leaves_with_its_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let register = register();
    let args = ["hazchem", "--register", &register, "--subject", "E001"];
    let blank = form(folder.path(), &args);
    assert!(blank == form(folder.path(), &args), "the same bytes each time");
    let listed = sheets(&blank);
    let names: Vec<_> = listed.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["检查评分", "不适用项", "_meta"]);
    assert_eq!(items(&blank).len() + listed[1].1.len() - 2, 66, "each item is on one of the two sheets");
    let reasons: Vec<_> = listed[1].1.iter().skip(2).map(|row| row[4].clone()).collect();
    assert!(
        reasons.iter().all(|reason| reason.contains("只适用于") && reason.contains("加油站")),
        "{reasons:?}"
    );
    // Nothing is missing and nothing is asked in vain: no problem names an item.
    let filled = answered(&blank, "1", false);
    let inbox = folder.path().join("收件");
    let known = fs::read(&register).expect("the demo has a register");
    fill(&inbox, &[("表.xlsx".to_owned(), filled), ("企业名录.xlsx".to_owned(), known)]);
    let run = assess(&inbox, &settings());
    let of_form: Vec<_> = run
        .problems
        .iter()
        .filter(|problem| [ProblemCode::ItemMissing, ProblemCode::ItemNotApplicable].contains(&problem.code))
        .collect();
    assert!(of_form.is_empty(), "{of_form:#?}");
    assert_eq!(run.checks.len(), 1);
    let nobody =
        anping(&["form", "new", "hazchem", "--register", &register, "--subject", "E999", "-o", "x.xlsx"]);
    assert_eq!(nobody.exit, Exit::Input);
    assert!(nobody.err.contains("名录中没有“E999”"), "{}", nobody.err);
}

#[test]
fn a_form_guards_what_is_typed() {
    let folder = tempfile::tempdir().expect("a folder");
    let blank = form(folder.path(), &["emergency"]);
    let parts = parts(&blank);
    let part = |name: &str| &parts.iter().find(|(known, _)| known == name).expect("a part").1;
    let sheet = part("xl/worksheets/sheet1.xml");
    for wanted in [
        "<sheetProtection sheet=\"1\"",
        "<formula1>\"符合,部分符合,不符合,不涉及,未查\"</formula1>",
        "<formula1>\"一般,重大\"</formula1>",
        "<dataValidation type=\"decimal\"",
        "<dataValidation type=\"date\"",
        "SUBTOTAL(9,I",
        "paperSize=\"9\"",
        "&amp;P",
    ] {
        assert!(sheet.contains(wanted), "{wanted}");
    }
    assert!(!sheet.contains("password"));
    let book = part("xl/workbook.xml");
    assert!(book.contains("_xlnm.Print_Titles") && book.contains("state=\"veryHidden\""), "{book}");
    let meta = sheets(&blank).pop().expect("the last sheet").1;
    assert_eq!((meta[0][0].as_str(), meta[0][1].as_str()), ("form", "emergency"));
}

#[test]
fn open_hazards_are_put_in_for_a_re_check() {
    let folder = tempfile::tempdir().expect("a folder");
    let town = acceptance::whole_town();
    let inbox = town.path().to_string_lossy().into_owned();
    let run = assess(town.path(), &settings());
    // Whoever has most open hazards.
    let n_open = |id: u32| {
        let own = |hazard: &&anping::model::ledger::Hazard| hazard.enterprise.is_some_and(|of| of.0 == id);
        run.ledger.open(run.as_of).filter(own).count()
    };
    let most = (0..run.register.enterprises.len() as u32).max_by_key(|id| n_open(*id)).expect("a register");
    let number = &run.register.enterprises[most as usize].number;
    let blank = form(folder.path(), &["enterprise", "--subject", number, "--open-hazards", &inbox]);
    let listed = sheets(&blank);
    let (_, rows) = listed.iter().find(|(name, _)| name == "复查隐患").expect("it has open hazards");
    assert!(n_open(most) > 0);
    assert_eq!(rows.len() - 2, n_open(most), "one row a hazard");
}
