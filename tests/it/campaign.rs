//! Campaigns, the frequency plan, letters and activities of the sample town, against values that were
//! worked out independently of this program.

use std::collections::BTreeMap;

use acceptance::{AS_OF, assess, settings, whole_town};
use anping::model::{Date, Ratio, Run};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use crate::sample_town::expected;

const KINDS: [(&str, &str); 6] = [
    ("加油站", "gas"),
    ("储存", "storage"),
    ("经营(无储存)", "trader"),
    ("零售", "retail"),
    ("人员密集", "crowded"),
    ("规上", "big"),
];

fn run() -> Run {
    let inbox = whole_town();
    assess(inbox.path(), &settings())
}

fn rate(part: usize, whole: usize) -> String {
    let ratio = Ratio::new(part as i128 * 100, whole as i128).expect("not zero");
    let rounded = ratio.rounded(2).expect("a percentage");
    anping::model::Decimal::new(rounded.mantissa, rounded.scale.into()).to_string()
}

#[test]
fn the_campaign_before_the_holidays_is_as_expected() {
    let run = run();
    let found = run.supervision.campaigns.iter().find(|one| one.id == "national-day").expect("the campaign");
    let ids: Vec<_> = found.hazards.iter().map(|at| run.ledger.hazards[*at].id.clone()).collect();
    let expected = expected("campaign.json");
    // The expected file has words of its own for the kinds of the register.
    let by_kind: BTreeMap<_, _> = found
        .by_kind(&run.register)
        .into_iter()
        .map(|(kind, of)| {
            let known = KINDS.iter().find(|(title, _)| *title == kind).expect("a kind of the sample");
            (known.1, json!(of.due))
        })
        .collect();
    let shown = json!({
        "name": found.name,
        "window": [found.window.0.to_string(), found.window.1.to_string()],
        "scope": found.due(), "by_kind": by_kind, "covered": found.covered(), "visits": found.visits.len(),
        "coverage": rate(found.covered(), found.due()),
        "hazards": found.hazards.len(), "closed": found.closed,
        "rate": rate(found.closed, found.hazards.len()), "hazard_ids": ids,
    });
    assert_eq!(shown, expected);
}

#[test]
fn the_great_inspection_has_a_rate_for_either_denominator() {
    let run = run();
    let found =
        run.supervision.campaigns.iter().find(|one| one.id == "great-inspection").expect("the campaign");
    let of_scores = |state: &str| -> Vec<String> {
        let expected = expected("round.json");
        let scores = expected["scores"].as_object().expect("scores").clone();
        scores.into_iter().filter(|(_, one)| one["state"] == state).map(|(number, _)| number).collect()
    };
    let numbers = |is_wanted: &dyn Fn(&anping::model::campaign::Member) -> bool| -> Vec<String> {
        let members = found.members.iter().filter(|member| is_wanted(member));
        members.map(|member| run.register.get(member.enterprise).number.clone()).collect()
    };
    assert_eq!(numbers(&|member| member.waived.is_some()), of_scores("豁免"));
    assert_eq!(numbers(&|member| member.waived.is_none() && member.covered.is_empty()), of_scores("未查"));
    let all = found.members.len();
    let shown = json!({
        "total": all, "done": found.covered(), "closed_down": all - found.due(),
        "unchecked": found.due() - found.covered(), "denominator_excluding": found.due(),
        "rate_excluding_closed": rate(found.covered(), found.due()),
        "rate_of_all": rate(found.covered(), all),
    });
    let mut expected = expected("round.json");
    let expected = expected.as_object_mut().expect("an object");
    expected.retain(|key, _| shown.get(key).is_some());
    assert_eq!(shown, json!(expected));
}

#[test]
fn the_windows_of_the_seasons_are_shown_as_unverified() {
    let run = run();
    let unverified = run.supervision.campaigns.iter().filter(|one| one.is_unverified);
    let ids: Vec<_> = unverified.map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["autumn", "spring", "summer", "winter"]);
}

#[test]
fn the_frequency_plan_has_the_expected_gaps() {
    let run = run();
    let plan = &run.supervision.frequency;
    let gaps: BTreeMap<_, _> = plan
        .gaps()
        .map(|line| {
            (
                run.register.get(line.enterprise).number.clone(),
                json!({"plan": line.plan, "done": line.done()}),
            )
        })
        .collect();
    let shown = json!({
        "planned": plan.planned(), "done": plan.done(), "total_visits": plan.total_visits, "gaps": gaps,
        "rate": rate(plan.done() as usize, plan.planned() as usize),
    });
    assert_eq!(shown, expected("frequency.json"));
}

#[test]
fn each_gap_of_the_frequency_plan_is_named_with_its_cells() {
    let (inbox, out) = (whole_town(), tempfile::tempdir().expect("a folder"));
    let folder = out.path().to_str().expect("a plain path");
    let args =
        ["ledger", inbox.path().to_str().expect("a plain path"), "-o", folder, "--as-of", "2026-12-31"];
    let ran = acceptance::anping(&args);
    let bytes = std::fs::read(out.path().join("隐患台账.xlsx")).unwrap_or_else(|_| panic!("{}", ran.err));
    let sheets: BTreeMap<_, _> = acceptance::sheets(&bytes).into_iter().collect();
    let sheet = &sheets["频次缺口"];
    let expected = expected("frequency.json");
    let [total] = rows_with(sheet, "合计")[..] else { panic!("one total") };
    let counted = |column: usize| total[column].parse::<i64>().expect("a count");
    assert_eq!(
        (json!(counted(3)), json!(counted(4))),
        (expected["planned"].clone(), expected["done"].clone())
    );
    let rate = expected["rate"].as_str().expect("a rate");
    assert_eq!(total[5].parse::<f64>().ok(), rate.parse::<f64>().ok(), "shown with two digits");
    let gaps = expected["gaps"].as_object().expect("gaps");
    assert_eq!(counted(6) as usize, gaps.len());
    let listed: Vec<_> = sheet.iter().filter(|row| gaps.contains_key(&row[1])).collect();
    assert_eq!(listed.len(), gaps.len());
    let told = |words: &[&str]| acceptance::anping(&[&["explain", folder, "频次"], words].concat());
    for row in listed {
        let of = &gaps[&row[1]];
        let (plan, done) = (of["plan"].as_u64().expect("a count"), of["done"].as_u64().expect("a count"));
        assert_eq!(row[7..10], [plan, done, plan - done].map(|n| n.to_string()), "{}", row[1]);
        // Each visit has a day and a cell beside the one in the register.
        assert_eq!(row[10].split('\n').filter(|day| !day.is_empty()).count() as u64, done, "{}", row[1]);
        assert!(row[11].split('\n').count() as u64 > done && row[11].contains("企业名录"), "{}", row[11]);
        let line = format!("计划{plan}次,已查{done}次,还差{}次 ← ", plan - done);
        assert!(told(&[&row[1]]).out.contains(&line), "{}", row[1]);
    }
    let lines = told(&[]).out;
    assert!(lines.contains(&format!("{}÷{}={rate}%", expected["done"], expected["planned"])), "{lines}");
    assert_eq!(told(&["紫"]).exit, anping::cli::Exit::Usage);
}

#[test]
fn letters_are_signed_and_missing_as_expected_on_each_day() {
    let run = run();
    let letters = &run.supervision.letters;
    for (day, expected) in expected("letters.json").as_object().expect("days") {
        let day: Date = day.parse().expect("a day");
        let due: Vec<_> = letters.due(&run.register, day).collect();
        let missing: Vec<_> =
            due.iter().filter(|letter| !letter.is_signed(day)).map(|letter| &letter.unit).collect();
        let mut missing: Vec<_> = missing.into_iter().cloned().collect();
        missing.sort();
        let signed = due.len() - missing.len();
        let shown = json!({
            "due": due.len(), "signed": signed, "rate": rate(signed, due.len()), "missing": missing,
        });
        assert_eq!(&shown, expected, "{day}");
    }
    // Nobody of the leadership answers for fireworks by name.
    assert_eq!(letters.open_fields().collect::<Vec<_>>(), ["烟花爆竹"]);
}

#[test]
fn activities_are_as_expected() {
    let run = run();
    let found = &run.supervision.activities;
    let expected = expected("activities.json");
    let whole = |number: anping::model::Decimal| -> Json { json!(number.to_string().parse::<u64>().ok()) };
    let points = |number: anping::model::Decimal| json!(number.normalize().to_string());
    let groups: Vec<_> = found
        .safety_month
        .iter()
        .map(|(group, all, got)| json!({"group": group, "points": points(*all), "got": points(*got)}))
        .collect();
    let shown = json!({
        "training": {"sessions": found.sessions, "people": whole(found.people),
            "person_hours": whole(found.person_hours)},
        "drills": {"count": found.drills, "people": whole(found.drill_people), "assessed": found.assessed},
        "safety_month": {"groups": groups,
            "points": points(found.safety_month.iter().map(|one| one.1).sum()),
            "got": points(found.safety_month.iter().map(|one| one.2).sum())},
        "accidents": {"count": found.accidents, "deaths": whole(found.deaths)},
    });
    assert_eq!(shown, expected);
    assert_eq!(run.as_of, AS_OF);
}

/// Runs the command on the whole town and returns what was printed and the sheets of its workbook.
fn workbook(name: &str, file: &str, more: &[&str]) -> (String, BTreeMap<String, Vec<Vec<String>>>, TempDir) {
    let inbox = whole_town();
    let out = tempfile::tempdir().expect("a folder");
    let path = |path: &std::path::Path| path.to_str().expect("a plain path").to_owned();
    let (inbox, outbox) = (path(inbox.path()), path(out.path()));
    let args = ["campaign", name, &inbox, "-o", &outbox, "--as-of", "2026-12-31"];
    let ran = acceptance::anping(&[&args[..], more].concat());
    let bytes = std::fs::read(out.path().join(file)).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err));
    (ran.out, acceptance::sheets(&bytes).into_iter().collect(), out)
}

/// The rows of a sheet that hold a text.
fn rows_with<'b>(sheet: &'b [Vec<String>], text: &str) -> Vec<&'b Vec<String>> {
    sheet.iter().filter(|row| row.iter().any(|cell| cell == text)).collect()
}

#[test]
fn the_workbook_of_a_campaign_holds_the_expected_numbers_with_what_they_mean() {
    let (printed, sheets, out) = workbook("national-day", "国庆节前安全检查.xlsx", &[]);
    assert!(printed.contains("国庆节前安全检查.xlsx"), "{printed}");
    let names: Vec<_> = sheets.keys().map(String::as_str).collect();
    assert_eq!(names, ["发现", "未走访名单", "溯源", "覆盖", "走访"]);
    // name, value, part, whole.
    for (name, cells) in [
        ("应查数", ["16", "", ""]),
        ("已查数", ["16", "", ""]),
        ("覆盖率(%)", ["100", "16", "16"]),
        ("检查家次", ["17", "", ""]),
        ("一般隐患数", ["5", "", ""]),
        ("已销号数", ["4", "", ""]),
        ("整改率(%)", ["80", "4", "5"]),
    ] {
        let row = rows_with(&sheets["覆盖"], name).first().copied().expect(name);
        assert_eq!(row[1..4], cells, "{name}");
        assert!(!row[4].is_empty(), "{name} says what it means");
    }
    let expected = expected("campaign.json");
    for id in expected["hazard_ids"].as_array().expect("ids") {
        assert_eq!(rows_with(&sheets["发现"], id.as_str().expect("an id")).len(), 1, "{id}");
    }
    let visits = sheets["走访"].iter().filter(|row| row[0].parse::<u32>().is_ok());
    assert_eq!(json!(visits.count()), expected["visits"]);
    assert_eq!(rows_with(&sheets["未走访名单"], "无").len(), 2, "nobody is left, nobody is excused");
    let folder = out.path().to_str().expect("a plain path");
    for (field, holds, lines) in [
        ("家次", "应急办检查/2026-09.xlsx › 检查登记 › C8", 17),
        ("已查", "E013", 16),
        ("未查", "覆盖率:16÷16=100.00%", 0),
        ("隐患", "H0025", 5),
        ("已销号", "H0017", 4),
    ] {
        let ran = acceptance::anping(&["explain", folder, "国庆节前安全检查", field]);
        assert!(ran.out.contains(holds), "{field}: {}{}", ran.out, ran.err);
        assert_eq!(ran.out.lines().filter(|line| line.starts_with("  ")).count(), lines, "{field}");
    }
    let ran = acceptance::anping(&["explain", folder, "国庆节前安全检查", "得分"]);
    assert_eq!(ran.exit, anping::cli::Exit::Usage);
}

#[test]
fn who_is_left_and_who_is_excused_is_listed_by_name() {
    let (_, sheets, _) = workbook("great-inspection", "企业安全生产主体责任大检查.xlsx", &[]);
    let [all] = rows_with(&sheets["覆盖"], "覆盖率(%,分母含免查)")[..] else { panic!("one row") };
    assert_eq!(all[1..4], ["91.67", "22", "24"]);
    let list = &sheets["未走访名单"];
    let numbers: Vec<_> = list.iter().filter(|row| row[0] == "1").map(|row| row[1].as_str()).collect();
    let state = |wanted: &str| -> String {
        let expected = expected("round.json");
        let scores = expected["scores"].as_object().expect("scores").clone();
        scores.into_iter().find(|(_, one)| one["state"] == wanted).expect("one").0
    };
    assert_eq!(numbers, [state("未查"), state("豁免")]);
}

#[test]
fn a_locality_has_plans_of_its_own() {
    let plans = tempfile::tempdir().expect("a folder");
    let folder = plans.path().to_str().expect("a plain path").to_owned();
    let write = |name: &str, text: &str| {
        let path = plans.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder of the test");
        std::fs::write(path, text).expect("a file of the test");
    };
    let built_in =
        std::fs::read_to_string(acceptance::workspace().join("templates/campaign/national-day.toml"))
            .expect("the built-in plan");
    let own = built_in.replace("国庆节前安全检查", "烟花爆竹专项").replace("\"小微\"", "\"小微\", \"规上\"");
    write("campaign/fireworks.toml", &own);
    let (_, sheets, _) = workbook("fireworks", "烟花爆竹专项.xlsx", &["--plans", &folder]);
    let [due] = rows_with(&sheets["覆盖"], "应查数")[..] else { panic!("one row") };
    // 16 less three of 规上.
    assert_eq!(due[1], "13");
    write("campaign/fireworks.toml", &own.replace("schema = 1", "schema = 9"));
    write("signals/guilt.toml", "schema = 1");
    let inbox = whole_town();
    let inbox = inbox.path().to_str().expect("a plain path");
    let ran = acceptance::anping(&["campaign", "fireworks", inbox, "--plans", &folder]);
    assert_eq!(ran.exit, anping::cli::Exit::Template, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("fireworks.toml") && ran.err.contains("guilt.toml"), "{}", ran.err);
}
