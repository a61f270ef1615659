//! Reports are read back: as text grids beside their templates, and counted against the run.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read as _};
use std::path::{Path, PathBuf};

use calamine::{Data, Reader as _, Xlsx, open_workbook_from_rs};
use quick_xml::events::Event;

use super::explain::{ExplainError, explain};
use super::results::{ReadError, Results};
use super::*;
use crate::model::{CellRef, Run};

fn built() -> (Run, Vec<Written>) {
    let run = fixture::run();
    let written =
        make(&run, &Templates::built_in()).expect("the fixture has nothing that the writer refuses");
    (run, written)
}

/// What `results.json` of a run says.
fn results_of(run: &Run) -> Results {
    Results::read(&results(run).expect("our own file").bytes).expect("our own file")
}

/// A sheet read back.
struct Sheet {
    name: String,
    cells: BTreeMap<(u32, u32), Data>,
    formulas: BTreeMap<(u32, u32), String>,
}

fn read(bytes: &[u8]) -> Vec<Sheet> {
    let mut workbook: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes)).expect("our own workbook");
    let mut sheets = Vec::new();
    for name in workbook.sheet_names() {
        let range = workbook.worksheet_range(&name).expect("a sheet of it");
        let (top, left) = range.start().unwrap_or_default();
        let cells = range
            .used_cells()
            .map(|(row, column, value)| ((row as u32 + top, column as u32 + left), value.clone()))
            .collect();
        let formulas = workbook.worksheet_formula(&name).expect("its formulas");
        let (top, left) = formulas.start().unwrap_or_default();
        let formulas = formulas
            .used_cells()
            .map(|(row, column, formula)| ((row as u32 + top, column as u32 + left), formula.clone()))
            .collect();
        sheets.push(Sheet { name, cells, formulas });
    }
    sheets
}

fn show(data: &Data) -> String {
    match data {
        Data::DateTime(day) => {
            let (year, month, day, ..) = day.to_ymd_hms_milli();
            format!("{year}-{month:02}-{day:02}")
        }
        other => other.to_string().replace('\n', "⏎"),
    }
}

/// A workbook as text: a line a row, empty cells at its end left out.
fn as_text(bytes: &[u8]) -> String {
    let mut text = String::new();
    for sheet in read(bytes) {
        text.push_str(&format!("# {}\n", sheet.name));
        let last = sheet.cells.keys().map(|at| at.0).max().unwrap_or(0);
        for row in 0..=last {
            let mut cells = Vec::new();
            for (&(_, column), value) in sheet.cells.range((row, 0)..(row + 1, 0)) {
                cells.resize(column as usize, String::new());
                let formula = sheet.formulas.get(&(row, column)).map(|formula| format!(" ={formula}"));
                cells.push(format!("{}{}", show(value), formula.unwrap_or_default()));
            }
            text.push_str(&format!("{}\n", cells.join(" | ")).replace(" \n", "\n"));
        }
        text.push('\n');
    }
    text
}

fn templates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../templates/report")
}

#[test]
fn workbooks_are_as_expected() {
    let update = std::env::var_os("UPDATE").is_some();
    let run = fixture::run();
    let mut read = BTreeSet::new();
    let built_in = Templates::built_in();
    for report in &built_in.reports {
        let one = Templates { reports: vec![report.clone()] };
        let folder = templates().join(&report.name).join("expected");
        for file in make(&run, &one).expect("the fixture is fine") {
            if file.name == "results.json" {
                continue;
            }
            let path = folder.join(format!("{}.txt", file.name));
            let found = as_text(&file.bytes);
            if update {
                std::fs::create_dir_all(&folder).expect("the templates can be written");
                std::fs::write(&path, &found).expect("the templates can be written");
            }
            let expected = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(found == expected, "{} differs from {}; UPDATE=1 rewrites it", file.name, path.display());
            read.insert(path);
        }
    }
    for entry in walkdir::WalkDir::new(templates()) {
        let path = entry.expect("the templates can be read").into_path();
        if path.parent().is_some_and(|folder| folder.ends_with("expected")) {
            assert!(read.contains(&path), "no report makes {}", path.display());
        }
    }
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    let (_, one) = built();
    let (_, two) = built();
    assert!(one == two);
}

#[test]
fn names_of_files_and_sheets_are_unique_and_allowed() {
    let (_, written) = built();
    let names: Vec<_> = written.iter().map(|file| &*file.name).collect();
    assert_eq!(
        names,
        ["问题清单.xlsx", "人员密集场所检查评分汇总.xlsx", "危险化学品检查评分汇总.xlsx", "results.json"]
    );
    for file in written.iter().filter(|file| file.name.ends_with(".xlsx")) {
        let mut seen = BTreeSet::new();
        for sheet in read(&file.bytes) {
            assert!(sheet.name.encode_utf16().count() <= 31, "{}", sheet.name);
            assert!(!sheet.name.contains(['[', ']', ':', '*', '?', '/', '\\', '\'']), "{}", sheet.name);
            assert!(seen.insert(sheet.name.to_lowercase()), "{} stands twice", sheet.name);
        }
    }
}

/// The sheet of a workbook whose name begins so.
fn sheet<'a>(sheets: &'a [Sheet], name: &str) -> &'a Sheet {
    sheets.iter().find(|sheet| sheet.name.starts_with(name)).expect("the workbook has this sheet")
}

/// The rows below a header that holds a text, until the first row that is not numbered.
fn numbered_rows(sheet: &Sheet, header: &str) -> usize {
    let header =
        sheet.cells.iter().find(|(_, value)| show(value) == header).expect("the header is there").0.0;
    (header + 1..).take_while(|row| matches!(sheet.cells.get(&(*row, 0)), Some(Data::Float(_)))).count()
}

#[test]
fn every_deduction_in_is_a_row_out() {
    let (run, written) = built();
    for (position, plugin) in run.plugins.iter().enumerate() {
        let name = format!("{}检查评分汇总.xlsx", plugin.manifest.title);
        let bytes = &written.iter().find(|file| file.name == name).expect("each plugin has checks").bytes;
        let sheets = read(bytes);
        let checks: Vec<_> = run.checks.iter().filter(|check| check.subject.plugin == position).collect();
        let assessed = checks.iter().filter_map(|check| match &check.evaluation {
            crate::model::Evaluation::Assessed(assessed) => Some(assessed),
            _ => None,
        });
        let deductions: Vec<_> =
            assessed.flat_map(|one| &one.outcomes).flat_map(|outcome| outcome.deductions()).collect();
        assert_eq!(numbered_rows(sheet(&sheets, "溯源"), "扣分情形"), deductions.len(), "{name}");
        // On the score sheets a deduction is a line in brackets.
        let lines: usize = sheets
            .iter()
            .filter(|sheet| sheet.name.contains("2026-"))
            .flat_map(|sheet| sheet.cells.values())
            .map(|value| {
                show(value)
                    .split('⏎')
                    .filter(|line| line.starts_with('[') && !line.contains("扣完为止"))
                    .count()
            })
            .sum();
        assert_eq!(lines, deductions.len(), "{name}");
        let ranked = checks.iter().filter(|check| check.subject.kind == 0).count();
        let rows = sheet(&sheets, "排名")
            .cells
            .iter()
            .filter(|((_, column), value)| *column == 4 && matches!(value, Data::DateTime(_)));
        assert_eq!(rows.count(), ranked, "{name}");
    }
    let problems = read(&written[0].bytes);
    assert_eq!(numbered_rows(sheet(&problems, "问题清单"), "级别"), run.problems.len());
}

/// Calculates the formulas that we write: sums, means and one difference.
fn calculate(sheet: &Sheet, formula: &str) -> f64 {
    let number = |at: CellRef| match sheet.cells.get(&(at.row0, at.col0)) {
        Some(Data::Float(number)) => Some(*number),
        _ => None,
    };
    let at = |text: &str| CellRef::parse(text).expect("an address");
    let listed = |arguments: &str| -> Vec<f64> {
        arguments
            .split(',')
            .flat_map(|argument| match argument.split_once(':') {
                Some((first, last)) => {
                    let (first, last) = (at(first), at(last));
                    (first.row0..=last.row0).map(|row0| CellRef::new(row0, first.col0)).collect()
                }
                None => vec![at(argument)],
            })
            .filter_map(number)
            .collect()
    };
    let arguments = |name: &str| formula.strip_prefix(name)?.strip_suffix(')').map(listed);
    if let Some(numbers) = arguments("SUM(") {
        return numbers.iter().sum();
    }
    if let Some(numbers) = arguments("AVERAGE(") {
        return numbers.iter().sum::<f64>() / numbers.len() as f64;
    }
    let (one, two) = formula.split_once('-').expect("a difference");
    number(at(one)).expect("a number") - number(at(two)).expect("a number")
}

#[test]
fn every_formula_carries_its_result() {
    let (_, written) = built();
    let mut n_formulas = 0;
    for file in written.iter().filter(|file| file.name.ends_with(".xlsx")) {
        for sheet in read(&file.bytes) {
            for (at, formula) in &sheet.formulas {
                let Some(Data::Float(stored)) = sheet.cells.get(at) else {
                    panic!("{formula} has no result")
                };
                let calculated = calculate(&sheet, formula);
                assert!((stored - calculated).abs() < 1e-9, "{} {at:?} {formula}: {stored}", sheet.name);
                n_formulas += 1;
            }
        }
    }
    assert!(n_formulas > 50, "{n_formulas}");
}

/// The XML of the sheets, with their names.
fn sheet_xml(bytes: &[u8]) -> Vec<(String, String)> {
    let names = read(bytes).into_iter().map(|sheet| sheet.name);
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a package");
    let mut parts = Vec::new();
    for (index, name) in names.enumerate() {
        let mut xml = String::new();
        let mut part =
            archive.by_name(&format!("xl/worksheets/sheet{}.xml", index + 1)).expect("a sheet's part");
        part.read_to_string(&mut xml).expect("it is text");
        parts.push((name, xml));
    }
    parts
}

/// The attributes of all elements of a name.
fn elements(xml: &str, name: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut found = Vec::new();
    loop {
        match reader.read_event().expect("our own XML") {
            Event::Eof => return found,
            Event::Start(element) | Event::Empty(element) if element.name().as_ref() == name => {
                let attributes = element.attributes().map(|attribute| {
                    let attribute = attribute.expect("our own XML");
                    (attribute.key.as_ref().to_owned(), attribute.value.into_owned())
                });
                found.push(attributes.collect());
            }
            _ => {}
        }
    }
}

#[test]
fn links_lead_to_cells_that_exist() {
    let (_, written) = built();
    let mut n_links = 0;
    for file in written.iter().filter(|file| file.name.ends_with(".xlsx")) {
        let sheets = read(&file.bytes);
        for (_, xml) in sheet_xml(&file.bytes) {
            for link in elements(&xml, "hyperlink") {
                let location = link["location"].replace("&apos;", "'");
                let (name, cell) = location.rsplit_once('!').expect("a place");
                let name = name.trim_matches('\'');
                let target = sheets.iter().find(|sheet| sheet.name == name).expect("the sheet exists");
                let cell = CellRef::parse(cell).expect("an address");
                assert!(target.cells.contains_key(&(cell.row0, cell.col0)), "{location}");
                n_links += 1;
            }
        }
    }
    assert!(n_links > 40, "{n_links}");
}

#[test]
fn deductions_lead_to_their_clause_and_back_from_their_source() {
    let (_, written) = built();
    let bytes = &written.iter().find(|file| file.name.starts_with("危险化学品")).expect("made").bytes;
    let sheets = read(bytes);
    let score = sheet(&sheets, "宏达加油站 2026-07-16");
    let (row, _) = *score.cells.iter().find(|(_, value)| show(value) == "HC-A02").expect("the item's row").0;
    let xml = sheet_xml(bytes);
    let links = elements(&xml.iter().find(|(name, _)| *name == score.name).expect("its part").1, "hyperlink");
    let target = |column: u32| {
        let cell = CellRef::new(row, column).to_string();
        let link = links.iter().find(|link| link["ref"] == cell).expect("the cell has a link");
        let (name, cell) = link["location"].rsplit_once('!').expect("a place");
        let name = name.replace("&apos;", "'");
        (name.trim_matches('\'').to_owned(), CellRef::parse(cell).expect("an address").row0)
    };
    let (clauses, clause_row) = target(0);
    assert_eq!(clauses, "条款");
    assert_eq!(show(&sheet(&sheets, "条款").cells[&(clause_row, 0)]), "HC-A02");
    let (trace, trace_row) = target(10);
    let evidence = sheet(&sheets, &trace);
    assert_eq!(show(&evidence.cells[&(trace_row, 7)]), "HC-A02");
    assert_eq!(show(&evidence.cells[&(trace_row, 6)]), "F8");
}

#[test]
fn numbers_and_days_fit_their_columns() {
    let (_, written) = built();
    for file in written.iter().filter(|file| file.name.ends_with(".xlsx")) {
        let sheets = read(&file.bytes);
        for (name, xml) in sheet_xml(&file.bytes) {
            let mut widths = BTreeMap::new();
            for column in elements(&xml, "col") {
                let number = |key: &str| column[key].parse::<u32>().expect("a number");
                let width: f64 = column["width"].parse().expect("a width");
                widths.extend((number("min")..=number("max")).map(|column| (column - 1, width)));
            }
            for ((row, column), value) in &sheet(&sheets, &name).cells {
                let needed = match value {
                    // Points have at most a few digits after the point; a mean is shown with one.
                    Data::Float(number) => {
                        format!("{number:.3}").trim_end_matches('0').trim_end_matches('.').len()
                    }
                    Data::DateTime(_) => show(value).len(),
                    _ => continue,
                };
                assert!(widths[column] > needed as f64 + 0.5, "{name} {}", CellRef::new(*row, *column));
            }
        }
    }
}

#[test]
fn results_read_back_as_they_were() {
    let (run, written) = built();
    let bytes = &written.last().expect("results.json is last").bytes;
    let results = Results::read(bytes).expect("our own file");
    // It is written piece by piece; whole, it has the same fields in the same order.
    let mut whole = serde_json::to_vec(&results).expect("it has only text keys");
    whole.push(b'\n');
    assert!(whole == *bytes);
    assert_eq!(results.checks.len(), run.checks.len());
    assert!(matches!(Results::read(b"{\"schema\":2}"), Err(ReadError::Schema { found: 2 })));
    assert!(matches!(Results::read(b"[]"), Err(ReadError::Shape(_))));
}

fn check_explanation(subject: &str, item: Option<&str>, expected: &str) {
    let results = results_of(&fixture::run());
    let found = explain(&results, subject, item).expect("the subject and the item exist");
    assert_eq!(found, expected);
}

#[test]
fn a_veto_is_explained_with_the_score_that_stays() {
    check_explanation(
        "外来化工",
        None,
        "\
外来化工经营部2026年9月1日危险化学品检查
得分:检查表满分20分,不涉及0分,本次检查应得20分,扣2分,实得18分,折算18÷20×100=90.0分。
覆盖:应查5项,已查5项。
等次:因HC-A01一票否决,等次定为不合格(按得分为优秀),得分照列;等次划分:优秀≥90、良好≥80、合格≥60、不合格<60。
扣分共1项:
1. HC-A01 依法取得安全生产许可证/经营许可证/使用许可证,证照在有效期内,实际品种、地址、方式与许可范围一致:不合格,标准分5分,扣2分,得3分。存在问题:超许可品种。扣分情形:检查人员填报,扣2分。依据《危险化学品安全法》第30、48、53条。见“危化/E003_2026-07-18.xlsx”工作表“检查评分表”F7、G7。
一票否决:许可证已过期(HC-A01),见“危化/E003_2026-07-18.xlsx”工作表“检查评分表”F7。
规则:危险化学品插件 hazchem 1.0.0(SHA-256 5f5f5f5f5f5f…),适用安监总管三〔2017〕121号,程序版本 0.1.0。
",
    );
}

#[test]
fn an_item_is_explained_in_full() {
    check_explanation(
        "E004",
        Some("cr-a02"),
        "\
青石镇大世界商场[一期](E004,913300000000000044)2026年7月20日人员密集场所检查 CR-A02
要求:疏散通道保持畅通。
检查方法:查证原件、现场核对。
判定:不合格,标准分10分,扣10分,得0分。
存在问题:通道堆放货物。扣分情形:检查人员填报,扣12分,扣完为止。
依据:《消防法》第28条。
重大隐患判定条款:GB 35181-2017《重大火灾隐患判定方法》 7.3.2。
移送:疑似重大火灾隐患,移送消防救援机构(3项要素)(CR-A01、CR-A02、CR-A03)。
来源:“人员密集/E004_2026-07-20.xlsx”工作表“检查评分表”F8、G8。
",
    );
}

#[test]
fn checks_of_one_subject_follow_their_dates() {
    let results = results_of(&fixture::run());
    for subject in ["E001", "宏达加油站", "91330000000000001x", "青石镇宏达加油站有限公司"] {
        let text = explain(&results, subject, None).expect("E001 is known");
        let first = text.find("2026年7月16日").expect("the first check");
        let second = text.find("2026年8月26日").expect("the second check");
        assert!(first < second, "{subject}");
        assert!(text.contains("6÷18×100=33.3333…→33.3"), "{text}");
        assert!(text.contains("不含未查项的得分为50.0分"), "{text}");
    }
}

#[test]
fn subjects_that_are_not_one_are_refused() {
    let results = results_of(&fixture::run());
    for (subject, item, expected) in [
        ("不存在", None, ExplainError::UnknownSubject { wanted: "不存在".to_owned() }),
        (" ", None, ExplainError::UnknownSubject { wanted: String::new() }),
        (
            "利民仓储",
            Some("HC-Z99"),
            ExplainError::UnknownItem {
                subject: "青石镇利民仓储有限公司".to_owned(),
                item: "HC-Z99".to_owned(),
            },
        ),
    ] {
        assert_eq!(explain(&results, subject, item), Err(expected));
    }
    let several = explain(&results, "青石镇", None).expect_err("there are four");
    assert!(matches!(several, ExplainError::SeveralSubjects { ref candidates, .. } if candidates.len() == 4));
}

/// `results.json` with a position that is not there is no reason to panic.
#[test]
fn explanations_survive_strange_results() {
    let mut results = results_of(&fixture::run());
    results.sources.clear();
    results.plugins.clear();
    for check in &mut results.checks {
        for score in &mut check.schemes {
            score.ruling = Some(99);
        }
    }
    let text = explain(&results, "E001", None).expect("the subject is there");
    assert!(text.contains("“?”工作表“检查评分表”F7"), "{text}");
}

fn check_faults(change: impl Fn(&str) -> String, expected: &[(&str, &str)]) {
    let text = std::fs::read_to_string(templates().join("sector-summary/report.toml")).expect("the template");
    let changed = change(&text);
    assert_ne!(changed, text, "the change finds its place");
    let faults = Templates::read([("x".to_owned(), changed)]).expect_err("it is wrong");
    let found: Vec<_> = faults.iter().map(|fault| (&*fault.at, &*fault.what)).collect();
    for (at, what) in expected {
        assert!(
            found.iter().any(|(a, w)| a == at && w.contains(what)),
            "{at}: {what} is not among {found:?}"
        );
    }
    assert_eq!(found.len(), expected.len(), "{found:?}");
}

#[test]
fn templates_report_all_their_faults() {
    check_faults(
        |text| text.replace("schema = 1", "schema = 1\ncolour = 2"),
        &[("report.toml", "unknown field `colour`")],
    );
    check_faults(
        |text| {
            text.replace("schema = 1", "schema = 3")
                .replacen("{ key = \"rank\",", "{ key = \"rang\",", 1)
                .replacen("{town}{year}", "{twon}{year}", 1)
                .replacen("signature = \"E\"", "signature = \"F\"", 1)
                .replacen("min = 5, align", "min = 500, align", 1)
        },
        &[
            ("report.toml", "schema 1, found 3"),
            ("sheet 排名", "\"rang\": expected one of rank, name"),
            ("sheet 排名", "500 to 500"),
            ("sheet 排名", "{twon}"),
            ("sheet {short_name}", "signature \"F\""),
        ],
    );
    check_faults(
        |text| {
            text.replace("kind = \"trace\"", "kind = \"problems\"")
                .replace("kind = \"units\"", "kind = \"unit\"")
        },
        &[("sheet 溯源", "belongs into a report per run"), ("sheet {kind}", "kind \"unit\"")],
    );
    check_faults(
        |text| {
            text.replace("kind = \"top-items\"", "kind = \"item-statistics\"")
                .replace("chart = {", "total = \"合计\" #")
        },
        &[("sheet 失分前十", "a second sheet of kind item-statistics")],
    );
    check_faults(
        |text| text.replace("{plugin}检查评分汇总.xlsx", "汇总.xlsx"),
        &[("report.toml", "expected {plugin} in it")],
    );
}

#[test]
fn a_folder_of_templates_reads_like_the_built_in_ones() {
    let from_folder = Templates::from_folder(&templates()).expect("our own templates");
    let run = fixture::run();
    assert!(make(&run, &from_folder).expect("made") == make(&run, &Templates::built_in()).expect("made"));
    let empty = tempfile::tempdir().expect("a temporary folder");
    assert_eq!(Templates::from_folder(empty.path()).expect_err("it is empty").len(), 1);
}

/// A template that leaves columns and sheets out is a report as well.
#[test]
fn a_template_may_have_less() {
    let text = r#"
schema = 1
per = "plugin"
file = "{plugin}.xlsx"
fonts.title = { name = "宋体", size = 16 }
fonts.header = { name = "宋体", size = 9 }
fonts.body = { name = "宋体", size = 9 }
fonts.note = { name = "宋体", size = 9 }
formats = { day = "yyyy-mm-dd", points = "General", percent = "0.0%" }
paper = { size = "A3", orientation = "portrait", margins_mm = { top = 5, bottom = 5, left = 5, right = 5 }, footer = "&P" }
[[sheet]]
kind = "ranking"
name = "History"
title = "{plugin}"
total = "合计"
block = [{ columns = [{ key = "score", header = "得分", min = 5 }] }, { columns = [{ key = "name", header = "单位", min = 5 }] }]
[[sheet]]
kind = "score-sheet"
name = "{name}"
title = "{checklist}"
labels = { subtotal = "小计", other_deductions = "其他", total = "合计", not_applicable = "缺项", possible = "应得", score = "得分", interim = "不含未查", grade = "等次", veto = "否决", cap = "封顶", referral = "移送", hazards = "重大", note = "提示", excused = "缺项" }
block = [{ columns = [{ key = "got", header = "实得", min = 5 }] }]
"#;
    let templates = Templates::read([("small".to_owned(), text.to_owned())]).expect("a valid template");
    let written = make(&fixture::run(), &templates).expect("made");
    assert_eq!(written.len(), 3);
    let sheets = read(&written[0].bytes);
    assert_eq!(sheets[0].name, "History(2)");
    assert!(make(&Run { checks: vec![], ..fixture::run() }, &templates).expect("made").len() == 1);
}

/// Twelve checks of four units on one day: each has a sheet, and nothing is lost on the way.
#[test]
fn checks_of_one_unit_and_day_have_sheets_of_their_own() {
    let run = fixture::large(12, 9);
    let written = make(&run, &Templates::built_in()).expect("made");
    let bytes = &written.iter().find(|file| file.name.starts_with("危险化学品")).expect("made").bytes;
    let sheets = read(bytes);
    let score_sheets: Vec<_> = sheets.iter().filter(|sheet| sheet.name.contains("2026-")).collect();
    assert_eq!(score_sheets.len(), 12);
    assert!(score_sheets.iter().any(|sheet| sheet.name == "宏达加油站 2026-07-16(3)"));
    // Three of nine items lose a point in each check.
    assert_eq!(numbered_rows(sheet(&sheets, "溯源"), "扣分情形"), 36);
    assert_eq!(numbered_rows(sheet(&sheets, "项目统计"), "检查内容"), 9);
}

#[test]
fn a_report_is_about_the_years_of_its_checks() {
    for (days, expected) in [
        (["2026-12-30", "2026-12-31"], "青石镇2026年危险化学品检查得分排名表"),
        (["2025-12-30", "2026-01-02"], "青石镇2025—2026年危险化学品检查得分排名表"),
    ] {
        let mut run = fixture::large(2, 1);
        run.as_of = fixture::date("2027-01-05");
        for (check, day) in run.checks.iter_mut().zip(days) {
            check.subject.date = fixture::date(day);
        }
        let written = make(&run, &Templates::built_in()).expect("made");
        let sheets =
            read(&written.iter().find(|file| file.name.starts_with("危险化学品")).expect("made").bytes);
        assert_eq!(show(&sheets[0].cells[&(0, 0)]), expected);
    }
}

/// Names and texts that would break a workbook or leave its sheet.
#[test]
fn strange_texts_are_only_texts() {
    let mut run = fixture::run();
    run.plugins[1].manifest.title = "../危\u{1}险*化学品".to_owned();
    run.register.enterprises[0].name = "'=cmd|' /C calc'!A0\u{ffff}".to_owned();
    run.register.enterprises[1].name = "长".repeat(40_000);
    run.issuer = "&P{year}".to_owned();
    let written = make(&run, &Templates::built_in()).expect("made");
    let outbox = tempfile::tempdir().expect("a temporary folder");
    put(outbox.path(), &written).expect("the names are fit for files");
    let file = written.iter().find(|file| file.name.contains("化学品")).expect("made");
    assert_eq!(file.name, "-危-险-化学品检查评分汇总.xlsx");
    for sheet in read(&file.bytes) {
        assert!(sheet.formulas.values().all(|formula| !formula.contains("cmd")), "{}", sheet.name);
    }
}

/// The words in back quotes of a line.
fn quoted(line: &str) -> Vec<&str> {
    line.split('`').skip(1).step_by(2).collect()
}

#[test]
fn the_readme_of_templates_lists_what_there_is() {
    let text = std::fs::read_to_string(templates().join("README.md")).expect("the readme");
    let (columns, places) = text.split_once("## Places").expect("two tables");
    let mut listed = BTreeMap::new();
    for line in columns.lines().filter(|line| line.starts_with("| ") && line.contains('`')) {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        listed.insert((cells[1], cells[2]), quoted(line));
    }
    let mut known = BTreeMap::new();
    for kind in template::keys::KINDS {
        known.extend(kind.blocks.iter().map(|(block, keys)| ((kind.name, *block), keys.to_vec())));
    }
    assert_eq!(listed, known);

    let listed: Vec<_> =
        places.lines().filter(|line| line.starts_with("| ") && line.contains('`')).map(quoted).collect();
    use template::pattern::{
        CAMPAIGN_WORDS, CHECK_WORDS, CIRCULAR_WORDS, KIND_WORDS, LEDGER_WORDS, PAPER_UNIT_WORDS, PAPER_WORDS,
        PLUGIN_WORDS, PROBLEM_WORDS, RUN_WORDS, SOURCE_WORDS, TABLE_WORDS, YEAR_END_WORDS,
    };
    let known = [
        RUN_WORDS,
        PLUGIN_WORDS,
        CHECK_WORDS,
        KIND_WORDS,
        PROBLEM_WORDS,
        LEDGER_WORDS,
        CAMPAIGN_WORDS,
        TABLE_WORDS,
        SOURCE_WORDS,
        YEAR_END_WORDS,
        PAPER_WORDS,
        PAPER_UNIT_WORDS,
        CIRCULAR_WORDS,
    ];
    assert_eq!(listed, known);
}

#[test]
fn units_are_explained_with_their_working() {
    let results = results_of(&fixture::run());
    let text = explain(&results, "913300000000000022", None).expect("E002 is known");
    let unit = "\
青石镇长江化工储运有限责任公司(E002,913300000000000022)“溶剂罐组”2026年7月16日危险化学品重大危险源辨识
辨识指标S:1.0000。计算过程:苯:q/Q=0.1;S=1,见“危化/重大危险源物质清单.xlsx”工作表“检查评分表”E4。
分级指标R:1.2000,见“危化/重大危险源物质清单.xlsx”工作表“检查评分表”E4。
级别:四级。
";
    assert!(text.starts_with(unit), "{text}");
    assert!(text.contains("折算20÷20×100=100.0分。"), "{text}");
}
