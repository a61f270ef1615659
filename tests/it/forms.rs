//! Forms of an authority, filled: equal to the filled ones cell by cell, and theirs in all else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Cursor, Read as _, Write as _};
use std::path::PathBuf;

use acceptance::{anping, whole_town, workspace};
use anping::cli::Exit;
use anping::report::form::{Facts, built_in, fill as fill_form};
use anping::report::patch::look;

const FORMS: [(&str, &str); 3] = [
    ("monthly-report", "隐患排查治理情况月报表.xlsx"),
    ("major-hazards", "重大隐患清单.xlsx"),
    ("assessment-summary", "年度考核结果汇总表.xlsx"),
];

fn template(name: &str, file: &str) -> PathBuf {
    workspace().join("templates/report").join(name).join(file)
}

fn facts(name: &str) -> PathBuf {
    workspace().join(format!("tests/expected/forms/facts/{name}.json"))
}

fn text(path: &std::path::Path) -> String {
    path.to_str().expect("a plain path").to_owned()
}

/// Fills a form by the command line; gives back the workbook and its proof.
fn fill(name: &str, file: &str) -> (Vec<u8>, serde_json::Value) {
    let outbox = tempfile::tempdir().expect("a folder");
    let output = outbox.path().join(file);
    let (form, spec) = (text(&template(name, file)), text(&template(name, "")));
    let ran = anping(&[
        "form",
        "fill",
        &form,
        "--spec",
        &spec,
        "--facts",
        &text(&facts(name)),
        "-o",
        &text(&output),
    ]);
    assert_eq!(ran.exit, Exit::Done, "{name}: {}", ran.err);
    let proof = outbox.path().join(file.replace(".xlsx", ".核对.json"));
    let proof = serde_json::from_slice(&fs::read(proof).expect("the proof")).expect("JSON");
    (fs::read(output).expect("the filled form"), proof)
}

fn parts(bytes: &[u8]) -> BTreeMap<String, String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a package");
    (0..archive.len())
        .map(|index| {
            let mut entry = archive.by_index(index).expect("an entry");
            let mut text = String::new();
            entry.read_to_string(&mut text).expect("its text");
            (entry.name().expect("a name").into_owned(), text)
        })
        .collect()
}

/// The tags of a part with a name, as they stand.
fn tags(part: &str, name: &str) -> BTreeSet<String> {
    let open = format!("<{name} ");
    part.match_indices(&open)
        .map(|(at, _)| part[at..=at + part[at..].find('>').expect("a tag")].replace('/', ""))
        .map(|tag| tag.replace(" t=\"n\"", "").replace(" t=\"inlineStr\"", "").replace(" t=\"str\"", ""))
        .map(|tag| tag.replace(" >", ">"))
        .collect()
}

/// The same text, or the same number: the other writer shows 97.4 as the float next to it.
fn same(our: &str, their: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().ok();
    match (number(our), number(their)) {
        (Some(one), Some(other)) => (one - other).abs() < 1e-9,
        _ => our == their,
    }
}

#[test]
fn filled_forms_are_the_expected_ones() {
    let expected: serde_json::Value = serde_json::from_slice(
        &fs::read(workspace().join("tests/expected/forms/forms.json")).expect("expected values"),
    )
    .expect("JSON");
    for (name, file) in FORMS {
        let (bytes, proof) = fill(name, file);
        let (ours, theirs) = (look(&bytes).expect("a workbook"), {
            let theirs = workspace().join("tests/expected/forms").join(file);
            look(&fs::read(theirs).expect("an expected form")).expect("a workbook")
        });
        let (ours, theirs) = (&ours.sheets[0], &theirs.sheets[0]);
        assert_eq!(ours.merges, theirs.merges, "{name}");
        let mut n_cells = 0;
        for (at, their) in &theirs.cells {
            let our = ours.cells.get(at).unwrap_or_else(|| panic!("{name} {at}"));
            assert_eq!(our.formula, their.formula, "{name} {at}");
            if their.formula.is_some() {
                // The filled form has no results; what formulas must compute to is told apart.
                let value = &expected[file]["values"][at.to_string()];
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                assert_eq!(our.text, value.trim_end_matches(".0"), "{name} {at}");
            } else {
                assert!(same(&our.text, &their.text), "{name} {at}: {} and {}", our.text, their.text);
            }
            n_cells += 1;
        }
        assert_eq!(ours.cells.len(), n_cells, "{name}: no cell too many");
        assert!(n_cells > 60, "{name}");
        assert!(proof["statement"].as_str().is_some_and(|line| line.contains("逐字节一致")), "{proof}");
    }
}

#[test]
fn filled_forms_look_as_they_did() {
    for (name, file) in FORMS {
        let (bytes, _) = fill(name, file);
        let ours = parts(&bytes);
        let blank = parts(&fs::read(template(name, file)).expect("a form"));
        let theirs = parts(&fs::read(workspace().join("tests/expected/forms").join(file)).expect("a form"));
        let sheet = "xl/worksheets/sheet1.xml";
        assert!(blank.keys().eq(ours.keys()));
        let differing: Vec<_> = ours.iter().filter(|(part, text)| blank.get(*part) != Some(text)).collect();
        assert_eq!(differing.len(), 1, "{name}: only the sheet");
        // Formats of cells, heights of rows, merged cells: as in the form filled by hand.
        for tag in ["c", "row", "mergeCell", "mergeCells", "dimension", "col", "pageSetup", "pageMargins"] {
            assert_eq!(tags(&ours[sheet], tag), tags(&theirs[sheet], tag), "{name} {tag}");
        }
    }
}

/// A sheet of which every row stands one lower, as when next year's form has a line more on top.
fn one_row_lower(sheet: &str) -> String {
    let mut done = String::new();
    let mut place = false;
    for (index, piece) in sheet.split('"').enumerate() {
        if index > 0 {
            done.push('"');
        }
        if index % 2 == 1 && place {
            let shown = piece.split(':').map(|cell| {
                let (letters, row) = cell.split_at(cell.find(|c: char| c.is_ascii_digit()).expect("a row"));
                format!("{letters}{}", row.parse::<u32>().expect("a row") + 1)
            });
            done.push_str(&shown.collect::<Vec<_>>().join(":"));
        } else {
            done.push_str(piece);
        }
        place = piece.ends_with(" r=") || piece.ends_with(" ref=");
    }
    done
}

#[test]
fn a_form_that_has_moved_is_bound_anew_and_not_filled() {
    let (name, file) = FORMS[1];
    let mut moved = parts(&fs::read(template(name, file)).expect("a form"));
    let sheet = moved.get_mut("xl/worksheets/sheet1.xml").expect("a sheet");
    *sheet = one_row_lower(sheet);
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in &moved {
        writer.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).expect("an entry");
        writer.write_all(text.as_bytes()).expect("its bytes");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(file);
    fs::write(&path, writer.finish().expect("a package").into_inner()).expect("a file");
    let spec = text(&template(name, ""));
    let ran = anping(&["form", "check", &text(&path), "--spec", &spec]);
    assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
    for line in [
        "年度重大事故隐患清单: A2 → A3\n",
        "填报单位(章):: A3 → A4\n",
        "major_hazards: 6:6 → 7:7\n",
        "备注: N\n",
    ] {
        assert!(ran.out.contains(line), "{line} in {}", ran.out);
    }
    // Until a person has confirmed it, it is not filled.
    let output = folder.path().join("out.xlsx");
    let args = ["form", "fill", &text(&path), "--spec", &spec, "--facts", &text(&facts(name)), "-o"];
    let ran = anping(&[&args[..], &[&text(&output)]].concat());
    assert_eq!(ran.exit, Exit::Template);
    assert!(ran.err.contains("不是同一份"), "{}", ran.err);
    assert!(!output.exists());
    // Confirmed, the specification is for the new form, and it is filled one row lower.
    let own = tempfile::tempdir().expect("a folder");
    for known in [file, "form.toml"] {
        fs::copy(template(name, known), own.path().join(known)).expect("a copy");
    }
    let (own_spec, remark) = (text(own.path()), "# 名次");
    let toml = own.path().join("form.toml");
    let before = fs::read_to_string(&toml).expect("a specification") + remark;
    fs::write(&toml, &before).expect("a file");
    let ran = anping(&["form", "check", &text(&path), "--spec", &own_spec, "--write"]);
    assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
    let after = fs::read_to_string(&toml).expect("a specification");
    assert!(after.ends_with(remark) && after.len() == before.len() && after != before, "{after}");
    assert!(!anping(&["form", "check", &text(&path), "--spec", &own_spec]).out.contains("不是同一份"));
    let args = ["form", "fill", &text(&path), "--spec", &own_spec, "--facts", &text(&facts(name)), "-o"];
    let ran = anping(&[&args[..], &[&text(&output)]].concat());
    assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
    let book = look(&fs::read(&output).expect("the filled form")).expect("a workbook");
    let first = book.sheets[0].cells.iter().find(|(_, cell)| cell.text == "青石镇盛诚加油站");
    assert_eq!(first.map(|(at, _)| at.to_string()).as_deref(), Some("B7"));
}

#[test]
fn no_form_that_cannot_be_edited_is_damaged() {
    let (name, file) = FORMS[1];
    let folder = tempfile::tempdir().expect("a folder");
    let blank = fs::read(template(name, file)).expect("a form");
    let compound = [&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1][..], &[0; 600]].concat();
    for (what, bytes) in [
        ("nothing", Vec::new()),
        ("no package", b"PK\x03\x04 nothing".to_vec()),
        ("a password", compound),
        ("half", blank[..blank.len() / 2].to_vec()),
        ("a page", "<html>隐患</html>".into()),
    ] {
        let path = folder.path().join("form.xlsx");
        fs::write(&path, &bytes).expect("a file");
        let output = folder.path().join("out.xlsx");
        // The specification is made to fit, so that the package itself is the reason.
        let spec = fs::read_to_string(template(name, "form.toml")).expect("a specification");
        let pinned = anping::report::form::built_in()
            .into_iter()
            .find(|form| form.name == name)
            .map(|form| form.spec.sha256)
            .expect("a form");
        let spec = spec.replace(&pinned, &anping::report::form::digest(&bytes));
        fs::write(folder.path().join("form.toml"), spec).expect("a file");
        fs::write(folder.path().join(file), &bytes).expect("a file");
        let ran = anping(&[
            "form",
            "fill",
            &text(&path),
            "--spec",
            &text(folder.path()),
            "--facts",
            &text(&facts(name)),
            "-o",
            &text(&output),
        ]);
        assert_eq!(ran.exit, Exit::Template, "{what}: {}", ran.err);
        assert!(!output.exists() && !ran.err.is_empty(), "{what}");
    }
}

#[test]
fn a_hundred_major_hazards_print_on_with_their_footer_below() {
    let (name, file) = FORMS[1];
    let mut given: serde_json::Value =
        serde_json::from_slice(&fs::read(facts(name)).expect("facts")).expect("JSON");
    let records = given["lists"]["major_hazards"].as_array_mut().expect("a list");
    let first = records[0].clone();
    records.extend(std::iter::repeat_n(first, 98));
    let given = Facts::from_json(&given.to_string()).expect("facts");
    let form = built_in().into_iter().find(|form| form.name == name).expect("a form");
    let filled = fill_form(form.form, &form.spec, &given).expect("can be filled");
    let book = look(&filled[0].bytes).expect("a workbook");
    let footer = book.sheets[0].cells.iter().find(|(_, cell)| cell.text.starts_with("单位负责人"));
    assert_eq!(footer.map(|(at, _)| at.to_string()).as_deref(), Some("A106"), "{file}");
    let title = &parts(&filled[0].bytes)["xl/workbook.xml"];
    assert!(title.contains("'重大隐患清单'!$4:$5"), "the header is repeated on every page");
}

#[test]
fn built_in_forms_fit_their_specifications() {
    let names: Vec<_> = built_in().into_iter().map(|form| form.name).collect();
    assert_eq!(names, ["assessment-summary", "major-hazards", "monthly-report"]);
    for form in built_in() {
        let checked = anping::report::form::check(form.form, &form.spec).expect("a workbook");
        assert!(checked.pinned && checked.faults.is_empty(), "{}: {:?}", form.name, checked.faults);
    }
}

#[test]
fn an_unknown_fact_or_spec_is_told() {
    let (name, file) = FORMS[1];
    let folder = tempfile::tempdir().expect("a folder");
    let wrong = folder.path().join("facts.json");
    fs::write(&wrong, "{\"facts\": {\"year\": 1.5}}").expect("a file");
    let (form, spec) = (text(&template(name, file)), text(&template(name, "")));
    let output = text(&folder.path().join("out.xlsx"));
    let run = |facts: &str, spec: &str| {
        anping(&["form", "fill", &form, "--spec", spec, "--facts", facts, "-o", &output]).exit
    };
    assert_eq!(run(&text(&wrong), &spec), Exit::Input);
    fs::write(&wrong, "{}").expect("a file");
    assert_eq!(run(&text(&wrong), &spec), Exit::Template);
    assert_eq!(run(&text(&facts(name)), &text(folder.path())), Exit::Template);
}

/// Cells of 重大隐患清单 that the expected form has and no workbook of the inbox holds.
///
/// FIXME: H0008 stands on a score sheet alone, which has no column for a responsible person, money, plan or
/// acceptance; the list that has H0013 has no column for a plan. It goes when the sample says where they
/// come from.
const NOT_IN_THE_INBOX: [&str; 5] = ["G6", "I6", "J6", "L6", "J7"];

#[test]
fn forms_are_filled_from_the_inbox_alone_explained_and_verified() {
    let inbox = whole_town();
    let inbox = text(inbox.path());
    let outbox = tempfile::tempdir().expect("a folder");
    for (name, file) in FORMS {
        let output = text(&outbox.path().join(file));
        let form = text(&template(name, file));
        let month = if name == "monthly-report" { "2026-07" } else { "2026-12" };
        let fill = ["form", "fill", &form, "--inbox", &inbox, "--month", month, "-o", &output];
        let ran = anping(&fill);
        assert_eq!(ran.exit, Exit::Done, "{name}: {}", ran.err);
        let ours = look(&fs::read(&output).expect("the filled form")).expect("a workbook");
        let theirs = fs::read(workspace().join("tests/expected/forms").join(file)).expect("a form");
        let (ours, theirs) = (&ours.sheets[0], &look(&theirs).expect("a workbook").sheets[0]);
        assert_eq!(ours.merges, theirs.merges, "{name}");
        let mut lacking = Vec::new();
        for (at, their) in &theirs.cells {
            let our = ours.cells.get(at).unwrap_or_else(|| panic!("{name} {at}"));
            assert_eq!(our.formula, their.formula, "{name} {at}");
            if our.text.is_empty() && !their.text.is_empty() {
                lacking.push(at.to_string());
            } else if their.formula.is_none() {
                assert!(same(&our.text, &their.text), "{name} {at}: {} and {}", our.text, their.text);
            }
        }
        assert_eq!(ours.cells.len(), theirs.cells.len(), "{name}");
        let expected: &[&str] = if name == "major-hazards" { &NOT_IN_THE_INBOX } else { &[] };
        assert_eq!(lacking, expected, "{name}");
    }
    let monthly = text(&outbox.path().join(FORMS[0].1));
    let ran = anping(&["explain", &monthly, "f8"]);
    assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
    assert!(ran.out.contains("F8 = 1\n"), "{}", ran.out);
    assert!(ran.out.contains("H0008(行业检查/危化/E001_2026-07-16.xlsx"), "{}", ran.out);
    assert_eq!(anping(&["explain", &monthly, "A8"]).exit, Exit::Usage, "a label is the authority's");
    // A month that has not begun, and a list of another year than its title.
    let fill = |form: usize, month: &str| {
        let (form, out) =
            (text(&template(FORMS[form].0, FORMS[form].1)), text(&outbox.path().join("no.xlsx")));
        anping(&["form", "fill", &form, "--inbox", &inbox, "--month", month, "-o", &out])
    };
    assert_eq!(fill(0, "2027-01").exit, Exit::Input);
    assert_eq!(fill(0, "2026-13").exit, Exit::Usage);
    let ran = fill(1, "2025-12");
    assert_eq!(ran.exit, Exit::Template, "{}", ran.out);
    assert!(ran.err.contains("年度"), "{}", ran.err);
    assert!(!outbox.path().join("no.xlsx").exists());
    let verify = |file: &str| anping(&["verify", file, "--inbox", &inbox]);
    let ran = verify(&monthly);
    assert_eq!(ran.exit, Exit::Done, "{} {}", ran.out, ran.err);
    assert!(ran.out.contains("逐字节相同"), "{}", ran.out);
    // One number changed by hand.
    let bytes = fs::read(&monthly).expect("the filled form");
    let mut changed = parts(&bytes);
    let sheet = changed.get_mut("xl/worksheets/sheet1.xml").expect("a sheet");
    let at = sheet.find("r=\"B8\"").expect("the cell");
    let value = at + sheet[at..].find("<v>3</v>").expect("its value");
    sheet.replace_range(value..value + 8, "<v>4</v>");
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in &changed {
        writer.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).expect("an entry");
        writer.write_all(text.as_bytes()).expect("its bytes");
    }
    fs::write(&monthly, writer.finish().expect("a package").into_inner()).expect("a file");
    let ran = verify(&monthly);
    assert_eq!(ran.exit, Exit::Findings, "{}", ran.out);
    assert!(ran.out.contains("B8: 报表为“4”,重算为“3”"), "{}", ran.out);
    assert!(anping(&["explain", &monthly, "B8"]).out.contains("又被改动"));
}

#[test]
fn numbers_that_do_not_agree_block_or_travel_with_their_note() {
    let (name, file) = FORMS[0];
    let folder = tempfile::tempdir().expect("a folder");
    let given = fs::read_to_string(facts(name)).expect("facts");
    let mut wrong: serde_json::Value = serde_json::from_str(&given).expect("JSON");
    wrong["lists"]["sectors"][0]["fixed"]["number"] = "3".into();
    wrong["lists"]["sectors"][1]["planned_means"]["number"] = "1".into();
    wrong["lists"]["sectors"][2]["planned"]["number"] = "1".into();
    let path = text(&folder.path().join("facts.json"));
    fs::write(&path, wrong.to_string()).expect("a file");
    let output = folder.path().join("out.xlsx");
    let (form, out) = (text(&template(name, file)), text(&output));
    let fill = ["form", "fill", &form, "--facts", &path, "-o", &out];
    let ran = anping(&fill);
    assert_eq!(ran.exit, Exit::Template, "{}", ran.out);
    for rule in ["X1", "X2", "X3"] {
        assert_eq!(ran.err.matches(&format!("校验 {rule} 不符")).count(), 1, "{rule}: {}", ran.err);
    }
    assert!(!output.exists());
    let ran = anping(&[&fill[..], &["--note", "上月漏报一项"]].concat());
    assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
    assert!(ran.out.contains("差异说明: 上月漏报一项"), "{}", ran.out);
    let kept = fs::read(folder.path().join("out.核对.json")).expect("the record");
    let kept: serde_json::Value = serde_json::from_slice(&kept).expect("JSON");
    assert_eq!(kept["note"], "上月漏报一项");
    assert_eq!(kept["disagreements"].as_array().map(Vec::len), Some(3));
    assert!(anping(&["explain", &out, "D8"]).out.contains("差异说明:上月漏报一项"));
}
