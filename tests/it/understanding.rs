//! What is understood of the sample town's workbooks before anything is scored: the files, the
//! layouts and their traps, who exists and who is meant.

use std::collections::{BTreeMap, BTreeSet};

use acceptance::{AS_OF, whole_town};
use anping::intake::{Intake, built_in_layouts, read_inbox};
use anping::model::{By, CellRef, Date, ProblemCode, Register, Resolved, Resolver, Role, Table};
use anping::register::read_register;
use serde_json::{Value as Json, json};

use crate::sample_town::{expected, in_inbox};

fn read() -> Intake {
    let inbox = whole_town();
    read_inbox(inbox.path(), &built_in_layouts(), None, &|_, _| (), &|| false)
        .expect("the inbox can be listed")
}

fn text<'j>(one: &'j Json, key: &str) -> &'j str {
    one[key].as_str().expect("text")
}

/// The tables of a sheet.
fn tables<'i>(intake: &'i Intake, file: &str, sheet: &str) -> Vec<&'i Table> {
    let on_sheet = |table: &&Table| {
        intake.sources.get(table.at.source).path == in_inbox(file)
            && intake.sources.sheet(table.at.source, table.at.sheet) == sheet
    };
    intake.tables.iter().filter(on_sheet).collect()
}

#[test]
fn every_workbook_is_understood() {
    let intake = read();
    let files: BTreeSet<_> = intake.sources.0.iter().map(|source| source.path.as_str()).collect();
    let expected = expected("files.json");
    // A corrected return comes in later, in a run of its own.
    let is_later = |file: &&str| file.starts_with("补报/");
    let listed = expected["files"].as_array().expect("a list").iter();
    let known: BTreeSet<_> =
        listed.map(|file| in_inbox(file.as_str().expect("text"))).filter(|file| !is_later(file)).collect();
    assert_eq!(files, known);
    let understood: BTreeSet<_> =
        intake.tables.iter().map(|table| intake.sources.get(table.at.source).path.as_str()).collect();
    let twice = |file: &str| {
        let is_twice = |at: anping::model::Place| intake.sources.get(at.source).path == file;
        intake
            .problems
            .iter()
            .any(|problem| problem.code == ProblemCode::DuplicateFile && is_twice(problem.at))
    };
    for file in files {
        assert!(understood.contains(file) || twice(file), "{file} is not understood");
    }
}

#[test]
fn every_visible_sheet_is_a_table() {
    let intake = read();
    for (index, source) in intake.sources.0.iter().enumerate() {
        let tables: BTreeSet<_> = intake
            .tables
            .iter()
            .filter(|table| table.at.source.0 as usize == index)
            .map(|table| source.sheets[table.at.sheet as usize].as_str())
            .collect();
        // Hidden helpers of the forms.
        let is_helper = |sheet: &&str| ["码表", "参数", "_meta"].contains(sheet);
        let sheets: BTreeSet<_> =
            source.sheets.iter().map(String::as_str).filter(|sheet| !is_helper(sheet)).collect();
        assert!(tables.is_empty() || tables == sheets, "{}: {tables:?} of {sheets:?}", source.path);
    }
}

#[test]
fn every_layout_trap_is_survived() {
    let intake = read();
    let traps = expected("layout_traps.json");
    for trap in traps.as_array().expect("a list") {
        let (file, sheet, place) = (text(trap, "file"), text(trap, "sheet"), text(trap, "where"));
        let tables = tables(&intake, file, sheet);
        let table = || {
            assert_eq!(tables.len(), 1, "{file} {sheet}");
            tables[0]
        };
        let row0 = |text: &str| text.parse::<u32>().expect("a row") - 1;
        match text(trap, "kind") {
            "merged_header" => {
                let (first, last) = place.split_once(':').expect("a range");
                let (first, last) =
                    (CellRef::parse(first).expect("a cell"), CellRef::parse(last).expect("a cell"));
                assert_eq!(table().at.cell.row0, first.row0, "{file}");
                assert!(table().rows.iter().all(|row| row.row0 > last.row0), "{file}");
            }
            "hidden_column" => {
                let col0 = CellRef::parse(&format!("{place}1")).expect("a column").col0;
                let read = table().rows.iter().flat_map(|row| &row.cells);
                assert!(read.into_iter().all(|cell| cell.at.cell.col0 != col0), "{file} {place}");
            }
            "subtotal_row" => {
                assert!(table().rows.iter().all(|row| row.row0 != row0(place)), "{file} {place}");
                assert!(table().totals.iter().any(|row| row.row0 == row0(place)), "{file} {place}");
            }
            "phantom_rows" => {
                let last = row0(place.rsplit('-').next().expect("a row"));
                let data = table().rows.iter().map(|row| row.row0).max().expect("data");
                assert!(data < 60 && data < last, "{file} {place}");
            }
            "hidden_sheet" => assert!(tables.is_empty(), "{file} {sheet}"),
            other => panic!("unknown trap {other}"),
        }
    }
}

fn register(intake: &Intake) -> Register {
    read_register(&intake.sources, &intake.tables, AS_OF).0
}

/// Numbers of the villages by their names.
fn villages(intake: &Intake) -> BTreeMap<String, String> {
    let villages = intake.tables.iter().filter(|table| table.is("villages"));
    let row = |table: &Table| -> Vec<(String, String)> {
        let shown = |row, key| table.cell(row, key).expect("a column").shown();
        table.rows.iter().map(|row| (shown(row, "name"), shown(row, "number"))).collect()
    };
    villages.flat_map(row).collect()
}

fn counted(list: impl Iterator<Item = String>) -> Json {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    list.for_each(|key| *counts.entry(key).or_default() += 1);
    json!(counts)
}

#[test]
fn the_register_is_as_expected() {
    let intake = read();
    let (register, villages) = (register(&intake), villages(&intake));
    let resolver = Resolver::new(&register);
    let expected = expected("register.json");
    assert_eq!(json!(register.enterprises.len()), expected["rows"]);
    for (day, number) in expected["active"].as_object().expect("an object") {
        let day: Date = day.parse().expect("a day");
        assert_eq!(
            json!(register.enterprises.iter().filter(|one| one.is_active(day)).count()),
            *number,
            "{day}"
        );
    }
    let active = || register.enterprises.iter().filter(|one| one.is_active(AS_OF));
    assert_eq!(counted(active().map(|one| villages[&one.village].clone())), expected["by_village"]);
    assert_eq!(counted(active().map(|one| one.sector.clone())), expected["by_sector"]);
    assert_eq!(counted(active().map(|one| one.risk.clone())), expected["by_risk"]);
    assert_eq!(counted(active().map(|one| one.department.clone())), expected["by_dept"]);
    let mut invalid: Vec<_> = register
        .enterprises
        .iter()
        .filter(|one| !one.code.is_empty() && !one.code_valid)
        .map(|one| json!({"enterprise": one.number, "code": one.code}))
        .collect();
    invalid.sort_by_key(|one| one["enterprise"].to_string());
    assert_eq!(json!(invalid), expected["invalid_codes"]);
    let listed = expected["enterprises"].as_array().expect("a list");
    assert_eq!(register.enterprises.len(), listed.len());
    for one in listed {
        let found = resolver.by_number(text(one, "id")).expect("the enterprise is in the register");
        let found = register.get(found);
        let status = match (found.entered, found.left) {
            (Some(_), _) => "新增",
            (None, Some(_)) => "注销",
            (None, None) => "在业",
        };
        let change = found.entered.or(found.left).map(|day| day.to_string());
        for (key, value) in [
            ("id", json!(found.number)),
            ("name", json!(found.name)),
            ("core", json!(resolver.core(&found.name))),
            ("old_name", json!(found.former_name)),
            ("code", json!(found.code)),
            ("code_valid", json!(found.code_valid)),
            ("village", json!(villages[&found.village])),
            ("sector", json!(found.sector)),
            ("dept", json!(found.department)),
            ("risk", json!(found.risk)),
            ("status", json!(status)),
            ("change", json!(change)),
        ] {
            assert_eq!(value, one[key], "{} {key}", found.number);
        }
    }
}

#[test]
fn names_are_resolved_as_expected() {
    let intake = read();
    let register = register(&intake);
    let resolver = Resolver::new(&register);
    let mut spellings = BTreeSet::new();
    let (mut variants, mut ambiguous) = (BTreeMap::new(), Vec::new());
    for table in intake.tables.iter().filter(|table| table.is("self-check-summary")) {
        for row in &table.rows {
            let cell = |key: &str| table.cell(row, key).expect("a column");
            let (name, code) = (cell("unit"), cell("credit_code").shown());
            spellings.insert(name.raw.clone());
            let (resolved, odd) = resolver.identify((&name.shown(), name.at), Some((&code, name.at)));
            let wrong_code = odd.iter().any(|problem| problem.code == ProblemCode::UsccCheckDigit);
            let (number, method) = match resolved {
                Resolved::Known { by: By::Code, variant: false, .. } => continue,
                Resolved::Known { by: By::Name, .. } if !wrong_code => continue,
                Resolved::Known { id, by, .. } => {
                    let method = match by {
                        By::Code => "code",
                        By::Decision => "decision",
                        By::Name => "name",
                        By::Core | By::Part => "core",
                    };
                    (json!(register.get(id).number), method)
                }
                Resolved::Ambiguous(found) => {
                    let numbers: Vec<_> = found.iter().map(|id| &register.get(*id).number).collect();
                    ambiguous.push(json!({"text": name.shown(), "candidates": numbers}));
                    (Json::Null, "ambiguous")
                }
                Resolved::NotListed | Resolved::Unknown => panic!("{} is nobody", name.raw),
            };
            variants
                .insert(name.raw.clone(), json!({"text": &*name.raw, "resolved": number, "method": method}));
        }
    }
    let expected = expected("names.json");
    assert_eq!(json!(spellings.len()), expected["distinct_spellings"]);
    assert_eq!(json!(ambiguous), expected["ambiguous"]);
    let known = expected["variants"].as_array().expect("a list");
    assert_eq!(variants.values().collect::<Vec<_>>(), known.iter().collect::<Vec<_>>());
    assert_eq!(json!(register.enterprises.len()), expected["enterprises"]);
    assert!(intake.tables.iter().any(|table| table.role == Role::Register));
}
