//! Papers of the sample town: what stands in 整改通知单, 通报, 排名图 and 一企一档 against values that
//! were worked out independently of this program.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use acceptance::{anping, files_below, sheets, whole_town};
use anping::cli::Exit;
use serde_json::Value as Json;

use crate::sample_town::expected;

/// The sheets of a workbook: name, and cells by row.
type Book = Vec<(String, Vec<Vec<String>>)>;

fn outbox(command: &str, more: &[&str]) -> BTreeMap<String, Vec<u8>> {
    let inbox = whole_town();
    let folder = tempfile::tempdir().expect("a folder for the test");
    let (inbox, target) = (inbox.path().to_string_lossy(), folder.path().to_string_lossy());
    let args = [&[command, &*inbox, "-o", &*target, "--as-of", "2026-12-31"], more].concat();
    let ran = anping(&args);
    // The town has a veto and planted mistakes.
    assert_eq!(ran.exit, Exit::Findings, "{}", ran.err);
    files_below(folder.path()).into_iter().collect()
}

/// All papers of the year's end.
static YEAR: LazyLock<BTreeMap<String, Vec<u8>>> = LazyLock::new(|| outbox("yearend", &["--papers", "全部"]));

fn book(name: &str) -> Book {
    sheets(YEAR.get(name).expect("the paper was asked for"))
}

fn sheet<'b>(book: &'b Book, name: &str) -> &'b [Vec<String>] {
    &book.iter().find(|(known, _)| known == name).expect("the workbook has this sheet").1
}

/// The rows under the header that holds these columns, up to the first row whose first cell is not
/// part of the table: each as column and cell.
fn rows(sheet: &[Vec<String>], columns: &[&str]) -> Vec<BTreeMap<String, String>> {
    let is_header = |row: &&Vec<String>| columns.iter().all(|column| row.iter().any(|cell| cell == column));
    let header = sheet.iter().position(|row| is_header(&row)).expect("the table is there");
    let head = &sheet[header];
    let width = head.iter().filter(|cell| !cell.is_empty()).count();
    sheet[header + 1..]
        .iter()
        .take_while(|row| row.iter().take(width).filter(|cell| !cell.is_empty()).count() > 1)
        .map(|row| head.iter().cloned().zip(row.iter().cloned()).collect())
        .collect()
}

/// Whether a sentence stands on a sheet.
fn says(sheet: &[Vec<String>], text: &str) -> bool {
    sheet.iter().flatten().any(|cell| cell.contains(text))
}

fn text(json: &Json) -> &str {
    json.as_str().expect("a text")
}

/// Open hazards of the expected ledger by unit.
fn open_by_unit() -> BTreeMap<String, BTreeSet<String>> {
    let ledger = expected("ledger.json");
    let open: BTreeSet<_> =
        ledger["open_list"].as_array().expect("a list").iter().map(|one| text(one).to_owned()).collect();
    let mut by_unit: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for hazard in ledger["hazards"].as_array().expect("a list") {
        let id = text(&hazard["id"]).to_owned();
        if open.contains(&id) {
            by_unit.entry(text(&hazard["unit"]).to_owned()).or_default().insert(id);
        }
    }
    by_unit
}

/// Of the name of a sheet what the ledger calls the unit: the number where it has one.
fn unit_of(sheet: &str) -> &str {
    match sheet.split_once(' ') {
        Some((number, _)) if number.starts_with('E') => number,
        _ => sheet,
    }
}

#[test]
fn each_subject_with_open_hazards_has_a_notice_with_these_and_no_others() {
    let book = book("通知单/整改通知单.xlsx");
    let mut found = BTreeMap::new();
    for (name, sheet) in book.iter().filter(|(name, _)| name != "目录" && name != "溯源") {
        let ids: BTreeSet<_> =
            rows(sheet, &["隐患编号", "整改期限"]).into_iter().map(|row| row["隐患编号"].clone()).collect();
        assert!(says(sheet, &format!("尚有 {} 项隐患未整改销号", ids.len())), "{name}");
        assert!(says(sheet, "检查人(签名)") && says(sheet, "被检查单位负责人(签名)"), "{name}");
        found.insert(unit_of(name).to_owned(), ids);
    }
    assert_eq!(found, open_by_unit());
    let index = rows(sheet(&book, "目录"), &["单位名称", "未销号"]);
    assert_eq!(index.len(), found.len());
}

#[test]
fn every_enterprise_has_a_file_with_all_its_hazards() {
    let book = book("档案/一企一档.xlsx");
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, sheet) in book.iter().filter(|(name, _)| name != "目录" && name != "溯源") {
        let table = rows(sheet, &["隐患编号", "销号日期"]);
        let ids: BTreeSet<_> = table.into_iter().map(|row| row["隐患编号"].clone()).collect();
        assert!(found.insert(unit_of(name).to_owned(), ids).is_none(), "{name} stands twice");
    }
    let mut wanted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let ledger = expected("ledger.json");
    for hazard in ledger["hazards"].as_array().expect("a list") {
        wanted.entry(text(&hazard["unit"]).to_owned()).or_default().insert(text(&hazard["id"]).to_owned());
    }
    for (unit, ids) in &found {
        assert_eq!(ids, wanted.get(unit).unwrap_or(&BTreeSet::new()), "{unit}");
    }
    let of_register: BTreeSet<_> = wanted.keys().filter(|unit| is_number(unit)).collect();
    assert!(of_register.iter().all(|unit| found.contains_key(*unit)), "{of_register:?}");
}

/// Whether a unit is an enterprise of the register: E001.
fn is_number(unit: &str) -> bool {
    unit.strip_prefix('E').is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit()))
}

#[test]
fn the_circular_announces_ranks_and_lapses() {
    let book = book("通报.xlsx");
    let circular = sheet(&book, "通报");
    let assessment = expected("assessment.json");
    let mut villages = assessment["villages"].as_object().expect("villages").clone();
    // The circular comes after the objections.
    let after = &assessment["after_objection"];
    villages.insert(text(&after["village"]).to_owned(), after["result"].clone());
    let found = rows(circular, &["编号", "最终得分"]);
    assert_eq!(found.len(), villages.len());
    for row in found {
        let wanted = &villages[&row["编号"]];
        let rank = wanted["rank"].as_u64().map_or("—".to_owned(), |rank| rank.to_string());
        assert_eq!(row["名次"], rank, "{row:?}");
        assert_eq!(row["等级"], text(&wanted["grade"]), "{row:?}");
        assert_eq!(row["整改率(%)"], text(&wanted["rectification_rate"]), "{row:?}");
        assert_eq!(row["一票否决情况"], wanted["veto"].as_str().unwrap_or(""), "{row:?}");
        assert_eq!(number(&row["最终得分"]), number(text(&wanted["final"])), "{row:?}");
    }
    let year_end = &expected("ledger.json")["year_end"];
    let sentence = format!(
        "本年发现一般隐患{}条,已销号{}条,未销号{}条(其中逾期{}条),整改率{}%,按期整改率{}%。",
        year_end["found"],
        year_end["fixed"],
        year_end["open"],
        year_end["overdue"],
        text(&year_end["rate"]),
        text(&year_end["on_time_rate"])
    );
    assert!(says(circular, &sentence), "{sentence}");
    let filings = expected("filings.json");
    let monthly = &filings["村月报"];
    let sentence = format!(
        "村月报应报{}份、已报{}份,完整率{}%、及时率{}%",
        monthly["due"],
        monthly["received"],
        text(&monthly["completeness"]),
        text(&monthly["timeliness"])
    );
    assert!(says(circular, &sentence), "{sentence}");
    // V04 2026-11 did not come in.
    assert!(says(circular, "未报:松林村(村月报 2026年11月)"));
}

fn number(text: &str) -> anping::model::Decimal {
    text.parse::<anping::model::Decimal>().expect("a number").normalize()
}

#[test]
fn charts_stand_on_what_was_found_and_closed() {
    let book = book("排名图.xlsx");
    let by_village = expected("ledger.json")["by_village"].as_object().expect("villages").clone();
    let rates = rows(sheet(&book, "整改率"), &["发现", "整改率(%)"]);
    let shown: BTreeSet<_> = rates
        .iter()
        .map(|row| (row["发现"].clone(), row["已销号"].clone(), number(&row["整改率(%)"])))
        .collect();
    let wanted: BTreeSet<_> = by_village
        .values()
        .map(|one| (one["found"].to_string(), one["fixed"].to_string(), number(text(&one["rate"]))))
        .collect();
    assert_eq!(shown, wanted);
    let bytes = &YEAR["排名图.xlsx"];
    let mut package = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a package");
    let charts = (0..package.len())
        .filter(|index| {
            package.by_index(*index).expect("a part").name().expect("a name").starts_with("xl/charts/chart")
        })
        .count();
    assert_eq!(charts, 3);
}

#[test]
fn papers_are_what_was_asked_for_and_the_same_twice() {
    let is_paper =
        |name: &String| ["通知单/", "档案/", "通报", "排名图"].iter().any(|begin| name.starts_with(begin));
    for (command, papers, wanted) in [
        ("assess", &[][..], &[][..]),
        ("assess", &["--papers", "通报,一企一档"], &["档案/一企一档.xlsx", "通报.xlsx"]),
        ("ledger", &[], &["通知单/整改通知单.xlsx"]),
        ("ledger", &["--papers", "无"], &[]),
    ] {
        let files = outbox(command, papers);
        let names: Vec<_> = files.keys().filter(|name| is_paper(name)).collect();
        assert_eq!(names, wanted, "{command} {papers:?}");
    }
    let again = outbox("yearend", &["--papers", "全部"]);
    for (name, bytes) in again.iter().filter(|(name, _)| is_paper(name)) {
        assert!(YEAR.get(name) == Some(bytes), "{name} has other bytes");
    }
    let ran = anping(&["assess", "nowhere", "-o", "nowhere", "--papers", "奖状"]);
    assert_eq!(ran.exit, Exit::Usage, "{}", ran.err);
}

#[test]
fn papers_explain_their_cells_and_follow_from_their_inbox() {
    let (inbox, out) = (whole_town(), tempfile::tempdir().expect("a folder"));
    acceptance::fill(
        out.path(),
        &YEAR.iter().map(|(name, bytes)| (name.clone(), bytes.clone())).collect::<Vec<_>>(),
    );
    let inbox_path = inbox.path().to_string_lossy().into_owned();
    let file = |name: &str| out.path().join(name).to_string_lossy().into_owned();
    // 97.4 and 85.2 by assessment.json, H0013 the one open major hazard of ledger.json.
    for (paper, cell, told) in [
        ("通知单/整改通知单.xlsx", "C5", "未销号 1,其中重大 1"),
        ("档案/一企一档.xlsx", "目录!C5", "本文书由截至 2026-12-31 的收件生成"),
        ("通报.xlsx", "D15", "最终得分 = 97.4"),
        ("公示表.xlsx", "C8", "依据:2026-10-14 死亡1人 基础/事故台账.xlsx › 事故台账 › B4"),
        ("未销号清单.xlsx", "C4", "应急办检查/2026-08.xlsx › 隐患清单 › H3"),
    ] {
        let explained = anping(&["explain", &file(paper), cell]);
        assert_eq!(explained.exit, Exit::Done, "{paper}: {}", explained.err);
        assert!(explained.out.contains(told), "{paper}: {}", explained.out);
        let verified = anping(&["verify", &file(paper), "--inbox", &inbox_path]);
        assert_eq!(verified.exit, Exit::Done, "{paper}: {}{}", verified.out, verified.err);
        assert!(verified.out.contains("逐字节相同"), "{paper}: {}", verified.out);
    }
    assert_eq!(anping(&["explain", &file("通报.xlsx"), "没有!A1"]).exit, Exit::Usage);
    // Without a list the papers do not follow.
    std::fs::remove_file(inbox.path().join("应急办检查/2026-08.xlsx")).expect("a file of the town");
    let verified = anping(&["verify", &file("未销号清单.xlsx"), "--inbox", &inbox_path]);
    assert_eq!(verified.exit, Exit::Findings, "{}", verified.err);
    assert!(verified.out.contains("输入文件: 不同"), "{}", verified.out);
}
