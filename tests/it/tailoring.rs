//! Checklists as a locality has them (调整单): points, charges, vetoes, numbers beside the checklist, items
//! of its own; layers over each other; and what is refused. Expected values are worked out by hand.

use std::fs;

use acceptance::sandbox::{Sandbox, answer, fact};
use acceptance::{anping, assess, hostile, settings, sheets, whole_town};
use anping::cli::Exit;
use anping::lint;
use anping::model::{Decimal, Effect, Value, Verdict};
use anping::pipeline::{self, Settings};
use anping::tailoring::Tailoring;
use serde_json::Value as Json;

/// A layer of changes: rules, key and value.
fn layer(title: &str, changes: &[(&str, &str, &str)], rest: &str) -> Tailoring {
    Tailoring::read(&text(title, changes, rest)).expect("the row is a tailoring file")
}

fn text(title: &str, changes: &[(&str, &str, &str)], rest: &str) -> String {
    let mut text = format!("schema = 1\ntitle = \"{title}\"\n");
    for (rules, key, value) in changes {
        text.push_str(&format!(
            "[[change]]\nrules = \"{rules}\"\nkey = \"{key}\"\nvalue = {value}\nremark = \"因\"\n\
             date = \"2026-03-01\"\napprover = \"镇安委会\"\n"
        ));
    }
    text + rest
}

fn under(layers: Vec<Tailoring>) -> Settings {
    Settings { tailoring: layers, ..settings() }
}

/// What a sheet comes to: answers as item, verdict and number; then score, grade, points by item, vetoes.
fn check(
    layers: Vec<Tailoring>,
    (id, kind): (&str, &str),
    answers: &[(&str, Verdict, &str)],
    expected: &[&str],
) {
    let sandbox = Sandbox::under(&under(layers));
    let manifest = sandbox.manifest(id).clone();
    let mut subject = sandbox.subject(id, kind);
    for (code, verdict, number) in answers {
        let item =
            manifest.items.iter().position(|item| item.code == *code).expect("an item of the checklist");
        answer(&mut subject, item, *verdict, number.parse().ok());
    }
    let (assessed, scored) = sandbox.run(&[subject]).remove(0);
    let main = &scored.schemes[0];
    let mut found = vec![format!("{} {}", main.score.expect("scored"), main.grade)];
    for (item, outcome) in scored.items.iter().zip(&assessed.outcomes) {
        let code = &manifest.items[item.item as usize].code;
        let cases: Vec<_> = outcome
            .deductions()
            .iter()
            .filter_map(|taken| {
                let case = &manifest.items[item.item as usize].cases[taken.case? as usize];
                Some(format!(" {}×{}", case.code, taken.times))
            })
            .collect();
        found.push(format!("{code} {}/{}{}", item.got.normalize(), item.points.normalize(), cases.concat()));
    }
    for ruling in assessed.rulings.iter().filter(|ruling| matches!(ruling.effect, Effect::Veto(_))) {
        found.push(format!("veto {}", ruling.reason.render(&manifest)));
    }
    assert_eq!(found, expected);
}

const PASS: Verdict = Verdict::Pass;
const PARTIAL: Verdict = Verdict::Partial;
const FAIL: Verdict = Verdict::Fail;

#[test]
fn points_of_an_item_are_the_locality_s() {
    let sheet = [("VL-11", PASS, ""), ("VL-61", PARTIAL, "4")];
    // 4 of 4, and 4 of 3 points lost: 4÷7.
    check(vec![], ("village", "verified"), &sheet, &["57.14 ", "VL-11 4/4", "VL-61 0/3"]);
    // Of 10 points 6 are left: 10÷14.
    let ten = layer("镇", &[("village", "VL-61.points", "\"10\"")], "");
    check(vec![ten], ("village", "verified"), &sheet, &["71.43 ", "VL-11 4/4", "VL-61 6/10"]);
    // A layer over the other: the later holds.
    let five = layer("县", &[("village", "VL-61.points", "5")], "");
    let eight = layer("镇", &[("village", "VL-61.points", "\"8.5\"")], "");
    // 4 + 4.5 of 12.5.
    check(vec![five, eight], ("village", "verified"), &sheet, &["68.00 ", "VL-11 4/4", "VL-61 4.5/8.5"]);
}

#[test]
fn a_charge_and_a_veto_are_the_locality_s() {
    let sheet = [("FW-Z02", PARTIAL, "4"), ("FW-Z03", FAIL, "")];
    // 4 is no whole number of charges of 5, so the case is not known.
    check(vec![], ("fireworks", "check"), &sheet, &["11.1 不合格", "FW-Z02 1/5", "FW-Z03 0/4"]);
    let local = layer(
        "镇",
        &[("fireworks", "FW-Z02.person.charge", "\"2\""), ("fireworks", "FW-Z03.veto", "\"total\"")],
        "",
    );
    check(
        vec![local],
        ("fireworks", "check"),
        &sheet,
        &["11.1 不合格", "FW-Z02 1/5 person×2", "FW-Z03 0/4", "veto FW-Z03 为一票否决项,检查不符合"],
    );
}

const ITEM: &str = r#"
[[item]]
unit = "fireworks"
category = "Z"
code = "FW-L1"
requirement = "店内张贴镇安委会发布的禁放区域图"
points = "10"
basis = "镇安委〔2026〕3号第五条"
mark = "C"
remark = "镇2026年重点工作"
date = "2026-03-01"
approver = "镇安委会"
case = [{ code = "a", text = "缺1处扣2分", each = "2" }]
"#;

#[test]
fn an_item_of_the_locality_is_judged_beside_the_checklist() {
    let sheet = [("FW-Z02", PASS, ""), ("FW-L1", PARTIAL, "4"), ("FW-Z03", PARTIAL, "1")];
    // 5 + 6 + 3 of 19 points; outcomes in the order of the sheet.
    let expected = ["73.7 合格", "FW-Z02 5/5", "FW-L1 6/10 a×2", "FW-Z03 3/4"];
    check(vec![layer("镇", &[], ITEM)], ("fireworks", "check"), &sheet, &expected);
    let disqualifies = ITEM.replace("mark = \"C\"", "mark = \"C\"\nveto = \"total\"");
    let sheet = [("FW-Z02", PASS, ""), ("FW-L1", FAIL, "")];
    let expected = ["33.3 不合格", "FW-Z02 5/5", "FW-L1 0/10", "veto FW-L1 为一票否决项,检查不符合"];
    check(vec![layer("镇", &[], &disqualifies)], ("fireworks", "check"), &sheet, &expected);
}

#[test]
fn an_item_of_the_town_stands_on_its_villages_sheets() {
    let item = "[[item]]\nunit = \"village\"\ncode = \"VL-91\"\nrequirement = \"充电点全覆盖\"\npoints = \"5\"\n\
                remark = \"因\"\ndate = \"2026-03-01\"\napprover = \"镇安委会\"\n";
    let sheet = [("VL-11", PASS, ""), ("VL-91", PARTIAL, "2")];
    // 4 + 3 of 9 points.
    check(
        vec![layer("镇", &[], item)],
        ("village", "verified"),
        &sheet,
        &["77.78 ", "VL-11 4/4", "VL-91 3/5"],
    );
}

#[test]
fn a_tailored_checklist_says_so_and_is_looked_over_as_any_other() {
    let local = layer("镇2026年调整单", &[("fireworks", "FW-Z02.person.charge", "\"2\"")], ITEM);
    let sandbox = Sandbox::under(&under(vec![local]));
    let plugin = sandbox.plugin("fireworks");
    let told: Vec<_> = plugin
        .local
        .iter()
        .map(|local| {
            let item = local.item.map_or("-", |item| &plugin.manifest.items[item as usize].code);
            let rule = &local.rule;
            format!("{item} {} {}→{} {} {}", rule.key, rule.base, rule.local, rule.approver, rule.layer)
        })
        .collect();
    assert_eq!(
        told,
        [
            "FW-Z02 FW-Z02.person.charge 5→2 镇安委会 镇2026年调整单",
            "FW-L1 FW-L1 →店内张贴镇安委会发布的禁放区域图(10分) 镇安委会 镇2026年调整单",
        ]
    );
    let item = |code: &str| plugin.manifest.items.iter().find(|item| item.code == code).expect("an item");
    assert!(item("FW-Z02").rule_text.ends_with("〔本地调整:扣分5→2(镇安委会 2026-03-01)〕"));
    // On the day of the decision the item rests on something, the day before it did not.
    let on = |day: &str| lint::lint_manifest(&plugin.manifest, day.parse().expect("a day"));
    assert_eq!(on("2026-03-01"), []);
    let early: Vec<_> = on("2026-02-28").iter().map(|finding| finding.at.clone()).collect();
    assert_eq!(early, ["FW-L1"]);
}

/// Why layers are refused.
fn check_refused(layers: Vec<Tailoring>, expected: &str) {
    let Err(wrong) = pipeline::load_plugins(&under(layers)) else { panic!("not refused: {expected}") };
    let said = wrong.to_string();
    assert!(said.contains(expected), "{expected} is not in {said}");
}

#[test]
fn what_cannot_be_set_is_refused_by_name() {
    for (rules, key, value, expected) in [
        (
            "village",
            "VL-71.points",
            "\"5\"",
            "调整单: 调整 village VL-71.points: 已锁定,不得调整(责任书控制指标",
        ),
        ("village", "VL-99.points", "\"5\"", "VL-99.points: 检查表中没有这一项"),
        ("village", "VL-61.points", "\"0\"", "应为大于0的数,现为 0"),
        ("village", "VL-61.points", "0.5", "应为带引号的数,如 \"0.5\",现为 float"),
        ("village", "VL-61.weight", "\"5\"", "检查表中没有这一项"),
        ("village", "VL-61.z.charge", "\"5\"", "检查表中没有这一项"),
        ("villages", "VL-61.points", "\"5\"", "没有检查表 \"villages\""),
        ("fireworks", "FW-Z01.veto", "\"item\"", "只能更严:现为一票否决,不得放宽"),
        ("fireworks", "FW-Z01.no-licence.charge", "\"1\"", "没有可调整的扣分"),
        ("fireworks", "FW-Z03.veto", "\"never\"", "应为 item、category 或 total,现为 never"),
        ("enterprise", "data.hours.leader_hours.最低学时", "\"24\"", "只能更严:不得低于 32"),
        ("enterprise", "data.staff.QT.人数界限", "\"300\"", "插件未声明支持此项调整,调整不会起作用"),
    ] {
        check_refused(vec![layer("镇", &[(rules, key, value)], "")], expected);
    }
    let other = |from: &str, to: &str| vec![layer("镇", &[], &ITEM.replace(from, to))];
    check_refused(other("FW-L1", "fw-z02"), "本地项目 fw-z02: 检查表中已有此编号");
    check_refused(other("category = \"Z\"", "category = \"Q\""), "本地项目 FW-L1: category 应为 ");
    check_refused(other("points = \"10\"", "points = \"十\""), "本地项目 FW-L1: points 的值 \"十\" 不能使用");
    // It reckons its level itself, from its own items.
    check_refused(other("unit = \"fireworks\"", "unit = \"standardization\""), "插件未声明支持此项调整");
}

#[test]
fn a_plugin_that_honours_nothing_is_never_silently_run_by_other_rules() {
    let plugins = vec![("honest.wasm".to_owned(), hostile::plugin("honest"))];
    let item = Sandbox::with(plugins.clone()).manifest("honest").items[0].code.clone();
    let local = layer("镇", &[("honest", &format!("{item}.points"), "\"1\"")], "");
    let Err(wrong) = pipeline::load_plugins(&Settings { plugins, ..under(vec![local]) }) else {
        panic!("the plugin would judge by its own points")
    };
    let expected = format!("调整单: 调整 honest {item}.points: 插件未声明可由当地调整的项,调整不会起作用");
    assert_eq!(wrong.to_string(), expected);
}

#[test]
fn a_province_is_stricter_and_the_town_stays_above_it() {
    let hours = "data.hours.leader_hours.最低学时";
    let province = |rest: &str| layer("省", &[("enterprise", hours, "\"40\"")], rest);
    let town = |value: &str| layer("镇", &[("enterprise", hours, value)], "");
    // The law has 32, the province 40.
    check_refused(vec![province(""), town("\"36\"")], "只能更严:不得低于 40");
    let sandbox = Sandbox::under(&under(vec![province(""), town("\"48\"")]));
    let steps: Vec<_> = sandbox.plugin("enterprise").local.iter().map(|local| &local.rule).collect();
    let steps: Vec<_> = steps.iter().map(|rule| (&*rule.layer, &*rule.base, &*rule.local)).collect();
    assert_eq!(steps, [("省", "32", "40"), ("镇", "40", "48")]);
    // What the province locks is locked for the town, and to one side where it says so.
    let lock = "[[locked]]\nrules = \"village\"\nkey = \"VL-61\"\nwhy = \"省考核办法\"\nonly = \"higher\"\n";
    let points = |value: &str| layer("镇", &[("village", "VL-61.points", value)], "");
    check_refused(vec![province(lock), points("\"2\"")], "VL-61.points: 只能调高(省考核办法)");
    assert!(pipeline::load_plugins(&under(vec![province(lock), points("\"10\"")])).is_ok());
}

#[test]
fn numbers_beside_the_checklist_are_the_locality_s() {
    // Hours on the sheet are enough for the law and too few for the province: a note asks.
    let notes = |layers: Vec<Tailoring>| {
        let sandbox = Sandbox::under(&under(layers));
        let manifest = sandbox.manifest("enterprise").clone();
        let mut subject = sandbox.subject("enterprise", "check");
        let item = manifest.items.iter().position(|item| item.code == "ER-401").expect("an item");
        answer(&mut subject, item, PASS, None);
        fact(&manifest, &mut subject, "leader_hours", Value::Number(Decimal::from(36)));
        let (assessed, _) = sandbox.run(&[subject]).remove(0);
        assessed.notes.iter().map(|note| note.reason.render(&manifest)).collect::<Vec<_>>()
    };
    assert_eq!(notes(vec![]), Vec::<String>::new());
    let hours = "data.hours.leader_hours.最低学时";
    let told = notes(vec![layer("省", &[("enterprise", hours, "\"40\"")], "")]);
    assert!(told.len() == 1 && told[0].contains("36") && told[0].contains("40"), "{told:?}");
}

#[test]
fn a_year_by_local_points_shows_whose_they_are_wherever_a_point_is_shown() {
    let inbox = whole_town();
    let base = assess(inbox.path(), &settings());
    let workspace = tempfile::tempdir().expect("a folder for the test");
    let file = |name: &str| workspace.path().join(name);
    let province = text("县2026年考核办法", &[("village", "VL-61.points", "\"5\"")], "");
    let town = text("镇2026年调整单", &[("village", "VL-61.points", "\"10\"")], "");
    fs::write(file("县.toml"), province).expect("the layer is written");
    fs::write(file("镇.toml"), town).expect("the layer is written");
    fs::write(file("anping.toml"), "schema = 1\ntailoring = [\"县.toml\", \"镇.toml\"]\n").expect("written");
    let path = |file: std::path::PathBuf| file.to_string_lossy().into_owned();
    let (anping_toml, outbox) = (path(file("anping.toml")), path(file("发件")));
    let town = inbox.path().to_string_lossy();
    let ran =
        anping(&["yearend", &town, "-o", &outbox, "--workspace", &anping_toml, "--as-of", "2026-12-31"]);
    assert!(matches!(ran.exit, Exit::Done | Exit::Findings), "{}", ran.err);

    // Seven points more to be earned, and as many earned: what was lost on the item stays lost.
    let record = fs::read(file("发件").join("年终考核_封存.json")).expect("the sealed record");
    let record: Json = serde_json::from_slice(&record).expect("JSON");
    let number = |value: &Json| value.as_str().expect("a number").parse::<Decimal>().expect("a number");
    let seven = Decimal::from(7);
    for unit in base.year_end.units.iter().filter(|unit| unit.unit.number.starts_with('V')) {
        let details = record["details"].as_array().expect("details");
        let found = details.iter().find(|one| one["number"] == *unit.unit.number).expect("the unit");
        let sheet = unit.verified.as_ref().expect("verified");
        let found = &found["verified"];
        let expected = (sheet.got + seven, sheet.possible + seven);
        assert_eq!((number(&found["got"]), number(&found["possible"])), expected, "{}", unit.unit.number);
    }
    let annex: Vec<_> = record["first"]["rules"]["tailored"]
        .as_array()
        .expect("the annex")
        .iter()
        .map(|one| {
            ["key", "base", "local", "layer"].map(|key| one[key].as_str().unwrap_or_default().to_owned())
        })
        .collect();
    let key = "村居 VL-61.points";
    assert_eq!(
        annex,
        [[key, "3", "5", "县2026年考核办法"], [key, "5", "10", "镇2026年调整单"]]
            .map(|row| row.map(str::to_owned))
    );
    let book = fs::read(file("发件").join("年度考核结果.xlsx")).expect("the result");
    let (_, rows) = sheets(&book).into_iter().find(|(name, _)| name == "规则差异附表").expect("the annex");
    let has = |part: &str| rows.iter().any(|row| row.iter().any(|cell| cell == part));
    assert!(has(key) && has("镇2026年调整单"), "{rows:?}");

    let ran = anping(&["explain", &outbox, "V01", "VL-61"]);
    assert!(
        ran.out.contains("本地调整:村居 VL-61.points由5改为10(因;镇安委会2026-03-01批准)"),
        "{}",
        ran.out
    );
    let results = fs::read(file("发件").join("results.json")).expect("results.json");
    let results: Json = serde_json::from_slice(&results).expect("JSON");
    let plugins = results["plugins"].as_array().expect("plugins");
    let village = plugins.iter().find(|plugin| plugin["id"] == "village").expect("the village's checklist");
    assert_eq!(village["local"][1]["item"], "VL-61");
    assert_eq!(village["local"][1]["base"], "5");
    // The sheet was printed with 3 points, and is told so.
    let changed = |problem: &&Json| problem["code"] == "points_changed" && problem["note"] == "VL-61";
    assert!(results["problems"].as_array().expect("problems").iter().any(|one| changed(&one)));
}
