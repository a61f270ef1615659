//! The year-end assessment of the sample town against values that were worked out independently.

use std::collections::BTreeMap;
use std::fs;
use std::sync::LazyLock;

use acceptance::{anping, assess, files_below, settings, sheets, whole_town};
use anping::cli::Exit;
use anping::lint;
use anping::model::yearend::UnitKind;
use anping::model::{
    Assessed, Charge, Check, Coverage, Date, Decimal, Evaluation, GradeBasis, Item, ItemScore, Manifest,
    SchemeScore, Scored, Subject, Verdict, YearEnd, YearEndRules,
};
use anping::report::yearend::record::{Record, changes, records};
use anping::tailoring::Tailoring;
use anping::yearend::{self, Objections, built_in_rules};
use serde_json::{Value as Json, json};

use crate::sample_town::expected;

fn inputs() -> YearEnd {
    assess(whole_town().path(), &settings()).year_end
}

fn result(year_end: &YearEnd, objections: Objections) -> Vec<Record> {
    let rules = built_in_rules();
    records(year_end, &rules, &yearend::assess(year_end, &rules, objections))
}

/// Records of one kind by number.
fn by_number(records: &[Record], kind: UnitKind) -> Json {
    let of_kind = records.iter().filter(|record| record.kind == kind);
    json!(of_kind.map(|record| (record.number.clone(), record.json())).collect::<BTreeMap<_, _>>())
}

#[test]
fn every_unit_is_assessed_as_expected() {
    let year_end = inputs();
    let found = result(&year_end, Objections::Before);
    let expected = expected("assessment.json");
    assert_eq!(by_number(&found, UnitKind::Village), expected["villages"]);
    assert_eq!(by_number(&found, UnitKind::Department), expected["departments"]);
}

#[test]
fn an_objection_changes_what_is_expected_and_nothing_else() {
    let year_end = inputs();
    let (before, after) = (result(&year_end, Objections::Before), result(&year_end, Objections::After));
    let expected = &expected("assessment.json")["after_objection"];
    let village =
        after.iter().find(|record| json!(record.number) == expected["village"]).expect("the village");
    assert_eq!(village.json(), expected["result"]);
    let found: Vec<_> = changes(&before, &after)
        .into_iter()
        .map(|change| {
            json!({
                "village": after[change.unit].number,
                "field": change.field,
                "before": change.before,
                "after": change.after,
            })
        })
        .collect();
    assert_eq!(json!(found), expected["changed_cells"]);
    let unit =
        year_end.units.iter().find(|unit| json!(unit.unit.number) == expected["village"]).expect("a unit");
    let [objection] = unit.objections.as_slice() else { panic!("one objection") };
    assert_eq!(json!(objection.item), expected["item"]);
    assert_eq!(json!(objection.points.map(|points| points.to_string())), expected["plus"]);
}

#[test]
fn the_bands_are_those_of_the_town() {
    let rules = built_in_rules();
    let found: Vec<_> = rules
        .village
        .bands
        .iter()
        .map(|band| {
            let low = band.low.expect("every band of the base has a lower end");
            assert!(low.inclusive, "{}", band.grade);
            json!({ "name": band.grade, "lower_inclusive": low.value.to_string().parse::<i64>().expect("whole") })
        })
        .collect();
    assert_eq!(json!(found), expected("assessment.json")["bands"]);
}

/// Files of a command's outbox, by name.
fn outbox(folder: &std::path::Path) -> BTreeMap<String, Vec<u8>> {
    files_below(folder).into_iter().collect()
}

fn run_year(inbox: &std::path::Path, outbox: &std::path::Path, more: &[&str]) -> acceptance::Ran {
    let (inbox, outbox) = (inbox.to_string_lossy(), outbox.to_string_lossy());
    let args = [&["yearend", &*inbox, "-o", &*outbox, "--as-of", "2026-12-31"][..], more].concat();
    anping(&args)
}

#[test]
fn a_whole_year_in_one_command_twice_has_the_same_bytes() {
    let inbox = whole_town();
    let folder = tempfile::tempdir().expect("a folder for the test");
    let (one, other) = (folder.path().join("一"), folder.path().join("二"));
    for target in [&one, &other] {
        let ran = run_year(inbox.path(), target, &[]);
        // The town has a veto and planted mistakes.
        assert_eq!(ran.exit, Exit::Findings, "{}", ran.err);
        assert!(
            ran.out.starts_with("1 V01 上庄村 97.40 优秀\n2 V02 桥头村 90.91 良好\n3 V04"),
            "{}",
            ran.out
        );
    }
    let (one, other) = (outbox(&one), outbox(&other));
    for name in
        ["年度考核结果.xlsx", "公示表.xlsx", "异议处理及再发布.xlsx", "年终考核_封存.json", "results.json"]
    {
        assert!(one.contains_key(name), "{name} is not among {:?}", one.keys());
    }
    assert!(one == other, "the same inputs give the same bytes");
}

#[test]
fn a_sealed_first_result_is_not_replaced_unasked() {
    let inbox = whole_town();
    let folder = tempfile::tempdir().expect("a folder for the test");
    let target = folder.path().join("发件");
    assert_eq!(run_year(inbox.path(), &target, &[]).exit, Exit::Findings);
    let sealed = outbox(&target);
    let seal = |files: &BTreeMap<String, Vec<u8>>| -> Json {
        serde_json::from_slice(&files["年终考核_封存.json"]).expect("JSON")
    };
    // An objection that is taken away leaves the seal of the first result as it was.
    fs::remove_file(inbox.path().join("考核/异议_V02.xlsx")).expect("a file of the town");
    let ran = run_year(inbox.path(), &target, &[]);
    assert_eq!(ran.exit, Exit::Findings, "{}", ran.err);
    let again = outbox(&target);
    assert_eq!(seal(&again)["digest"], seal(&sealed)["digest"]);
    assert_eq!(seal(&again)["reissue"], Json::Null);
    // Another verified sheet is another result.
    fs::remove_file(inbox.path().join("考核/村_V02_核查.xlsx")).expect("a file of the town");
    let ran = run_year(inbox.path(), &target, &[]);
    assert_eq!(ran.exit, Exit::Template, "{}", ran.err);
    assert!(ran.err.contains("已封存的首次结果与本次不同"), "{}", ran.err);
    assert_eq!(outbox(&target), again);
    assert_eq!(run_year(inbox.path(), &target, &["--reseal"]).exit, Exit::Findings);
    assert_ne!(seal(&outbox(&target))["digest"], seal(&again)["digest"]);
}

#[test]
fn nothing_is_published_by_rules_with_a_hole() {
    let inbox = whole_town();
    let folder = tempfile::tempdir().expect("a folder for the test");
    let at = |name: &str| folder.path().join(name);
    fs::write(at("anping.toml"), "schema = 1\nunit = \"青石镇安委会\"\ntailoring = \"调整单.toml\"\n")
        .expect("ours");
    let tailoring = |value: &str| {
        let text = format!(
            "schema = 1\ntitle = \"调整单\"\n[[change]]\nkey = \"village.bands\"\nvalue = {value}\nremark = \"镇办法\"\ndate = \"2026-03-01\"\napprover = \"镇安委会\"\n"
        );
        fs::write(at("调整单.toml"), text).expect("ours");
    };
    let workspace = at("anping.toml");
    let workspace = ["--workspace", workspace.to_str().expect("a path of text")];
    tailoring(
        "[{ grade = \"优秀\", range = \"95+\" }, { grade = \"良好\", range = \"90-94\" }, { grade = \"达标\", range = \"80-89\" }, { grade = \"不达标\", range = \"<80\" }]",
    );
    let ran = run_year(inbox.path(), &at("发件"), &workspace);
    assert_eq!(ran.exit, Exit::Template, "{}", ran.err);
    assert!(ran.err.contains("(94,95) 没有等次,如 94.5 分"), "{}", ran.err);
    assert!(!at("发件").exists(), "nothing is published");
    tailoring("[{ grade = \"优秀\", from = \"90\" }, { grade = \"达标\", from = \"0\" }]");
    let ran = run_year(inbox.path(), &at("发件"), &workspace);
    assert_eq!(ran.exit, Exit::Findings, "{}", ran.err);
    let files = outbox(&at("发件"));
    let sheets = sheets(&files["年度考核结果.xlsx"]);
    let annex = &sheets.iter().find(|(name, _)| name == "规则差异附表").expect("the annex").1;
    let line = annex.iter().find(|row| row.iter().any(|cell| cell == "village.bands")).expect("the change");
    assert!(line.contains(&"镇办法".to_owned()) && line.contains(&"镇安委会".to_owned()), "{line:?}");
    // The same inputs by the base rules, and what would be otherwise by these.
    let tailoring = at("调整单.toml");
    let ran = run_year(inbox.path(), &at("对比"), &["--replay", tailoring.to_str().expect("a path of text")]);
    assert_eq!(ran.exit, Exit::Findings, "{}", ran.err);
    let sheets = acceptance::sheets(&outbox(&at("对比"))["年度考核结果.xlsx"]);
    let flips = &sheets.iter().find(|(name, _)| name == "规则对比").expect("the comparison").1;
    let flips: Vec<_> =
        flips.iter().filter(|row| row[1].starts_with('V')).map(|row| row[1..].join(" ")).collect();
    assert_eq!(flips, ["V02 桥头村 91.21 良好 91.21 优秀", "V04 松林村 90.91 良好 90.91 优秀"]);
}

#[test]
fn the_gaps_of_bands_are_as_expected() {
    let lint = &expected("goldens.json")["band_lint"];
    let ranges = lint["bands"].as_array().expect("a list");
    let value: Vec<_> =
        (0..).zip(ranges).map(|(n, range)| format!("{{ grade = \"{n}\", range = {range} }}")).collect();
    let text = format!(
        "schema = 1\ntitle = \"\"\n[[change]]\nkey = \"village.bands\"\nvalue = [{}]\nremark = \"因\"\ndate = \"2026-03-01\"\napprover = \"镇\"\n",
        value.join(", ")
    );
    let tailoring = Tailoring::read(&text).expect("a tailoring file");
    let rules = YearEndRules::tailored(&[tailoring]).expect("rules");
    let gaps = lint::uncovered(&rules.village.bands, rules.village.digits, rules.village.full);
    let gaps: Vec<_> = gaps.iter().map(ToString::to_string).collect();
    assert_eq!(json!(gaps), lint["uncovered"]);
}

#[test]
fn a_point_that_was_lost_is_explained() {
    let inbox = whole_town();
    let folder = tempfile::tempdir().expect("a folder for the test");
    assert_eq!(run_year(inbox.path(), folder.path(), &[]).exit, Exit::Findings);
    let folder = folder.path().to_string_lossy();
    let ran = anping(&["explain", &folder, "V02", "VL-51"]);
    assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
    for part in [
        "5−0.5=4.5",
        "方知远2026年12月核查",
        "考核/村_V02_核查.xlsx › 核查 › E22",
        "异议后加回0.5分",
        "镇安委会主任2027-01-08批准",
    ] {
        assert!(ran.out.contains(part), "{part} is not in {}", ran.out);
    }
    let ran = anping(&["explain", &folder, "古井村"]);
    for part in ["85.75×40%+86.5×60%+0−1=85.2→85.20", "一票否决:2026-10-14 死亡1人", "事故台账 › B4"]
    {
        assert!(ran.out.contains(part), "{part} is not in {}", ran.out);
    }
}

/// A built-in checklist. Loading compiles every plugin, so it is done once.
static CHECKLIST: LazyLock<Manifest> = LazyLock::new(|| {
    let (_, loaded, faults) = anping::pipeline::load_plugins(&settings()).expect("a sandbox");
    assert!(faults.is_empty(), "{faults:?}");
    let mut manifests = loaded.into_iter().map(|plugin| plugin.plugin.manifest);
    manifests.find(|manifest| manifest.id == "fireworks").expect("built in")
});

/// A built-in checklist with one thing made wrong; what the health check says of it.
fn check_lint(spoil: impl Fn(&mut Manifest), expected: &[&str]) {
    let mut manifest = CHECKLIST.clone();
    assert_eq!(lint::lint_manifest(&manifest, acceptance::AS_OF), []);
    spoil(&mut manifest);
    let found = lint::lint_manifest(&manifest, acceptance::AS_OF);
    let found: Vec<_> = found.iter().map(ToString::to_string).collect();
    for part in expected {
        assert!(found.iter().any(|line| line.starts_with(part)), "{part} is not in {found:#?}");
    }
    assert!(found.iter().all(|line| expected.iter().any(|part| line.starts_with(part))), "{found:#?}");
}

#[test]
fn holes_of_a_checklist_are_found_with_an_example() {
    let items = |manifest: &mut Manifest| (0..manifest.items.len()).collect::<Vec<_>>();
    check_lint(|_| {}, &[]);
    // A clause that is out of force, and none at all.
    check_lint(|manifest| manifest.items[0].citations.clear(), &["没有依据 FW-"]);
    check_lint(
        |manifest| {
            let past = Some(Date::constant(2020, 1, 1));
            for item in items(manifest) {
                for citation in &mut manifest.items[item].citations {
                    citation.effective = (None, past);
                }
            }
        },
        &["依据失效 FW-"],
    );
    // A violation that costs nothing, and a case that can take nothing.
    let with_case = |manifest: &Manifest| {
        let is_charged = |item: &&Item| {
            item.scored
                && matches!(item.cases.first(), Some(case) if case.charge != Charge::RulingOnly && !case.veto && case.hazard.is_none())
        };
        manifest.items.iter().find(is_charged).map(|item| item.code.clone()).expect("an item with a case")
    };
    check_lint(
        |manifest| {
            let wanted = with_case(manifest);
            let item = manifest.items.iter_mut().find(|item| item.code == wanted).expect("known");
            item.cases[0].charge = Charge::Once(Decimal::ZERO);
        },
        &["违规不失分 FW-"],
    );
    check_lint(
        |manifest| {
            let wanted = with_case(manifest);
            let item = manifest.items.iter_mut().find(|item| item.code == wanted).expect("known");
            item.cases[0].limit = Some(Decimal::ZERO);
        },
        &["永不适用 FW-", "违规不失分 FW-"],
    );
    // Bands without a bottom, and one that is out of reach.
    check_lint(
        |manifest| {
            manifest.schemes[0].bands.pop();
        },
        &["等次有缺口 "],
    );
    check_lint(|manifest| manifest.schemes[0].bands[0].lower = Decimal::from(101), &["永不适用 "]);
    // Where what does not apply counts as met, a sheet that fails everything passes by leaving items out.
    check_lint(
        |manifest| {
            for scheme in &mut manifest.schemes {
                scheme.convert_not_applicable = false;
            }
            let most = manifest.items.iter().map(|item| item.points).sum::<Decimal>();
            manifest.items[0].points = most * Decimal::TEN;
            manifest.items[0].cases.clear();
        },
        &["缺项改变等次 "],
    );
}

/// A sheet that a plugin judged: points by the checklist, an item that nobody defined, one of the town's own.
#[test]
fn what_a_plugin_made_of_a_sheet_takes_the_place_of_its_cells() {
    let (_, loaded, _) = anping::pipeline::load_plugins(&settings()).expect("a sandbox");
    let mut plugin = loaded[0].plugin.clone();
    plugin.manifest.items.truncate(3);
    for (item, code) in plugin.manifest.items.iter_mut().zip(["VL-11", "VL-12", "VL-13"]) {
        code.clone_into(&mut item.code);
    }
    let mut year_end = inputs();
    let at = year_end.units[0].verified.as_ref().expect("V01 was verified").at;
    let scored = |item: u32, verdict: Verdict, points: i64, got: i64| ItemScore {
        item,
        answer: item as usize,
        verdict,
        points: Decimal::from(points),
        deducted: Decimal::from(points - got),
        got: Decimal::from(got),
    };
    let items = vec![
        scored(0, Verdict::Fail, 5, 0),
        scored(1, Verdict::Pass, 4, 4),
        scored(2, Verdict::NotApplicable, 2, 2),
    ];
    let scheme = SchemeScore {
        scheme: 0,
        full: Decimal::from(11),
        not_applicable: Decimal::TWO,
        possible: Decimal::from(9),
        deducted: Decimal::from(5),
        got: Decimal::from(4),
        exact: None,
        score: Some(Decimal::from(44)),
        interim: None,
        grade: String::new(),
        grade_by_score: String::new(),
        basis: GradeBasis::None,
    };
    let subject = Subject {
        office: String::new(),
        enterprise: None,
        name: "上庄村".to_owned(),
        code: String::new(),
        unit: String::new(),
        inspectors: String::new(),
        plugin: 0,
        kind: 0,
        date: acceptance::AS_OF,
        tags: Vec::new(),
        facts: Vec::new(),
        tables: Vec::new(),
        indicators: Vec::new(),
        answers: Vec::new(),
        evidence: vec![at],
    };
    let check = Check {
        subject,
        evaluation: Evaluation::Assessed(Assessed::default()),
        scored: Some(Scored { items, schemes: vec![scheme], coverage: Coverage::default() }),
        rank: None,
        latest: true,
    };
    let tailoring = "schema = 1\ntitle = \"\"\n[[item]]\nunit = \"village\"\ncode = \"VL-21\"\nrequirement = \"本地\"\npoints = \"6\"\nremark = \"因\"\ndate = \"2026-03-01\"\napprover = \"镇\"\n";
    let tailoring = Tailoring::read(tailoring).expect("a tailoring file");
    let rules = YearEndRules::tailored(&[tailoring]).expect("rules");
    let before = year_end.clone();
    yearend::take_scores(&mut year_end, &rules, &[plugin], &[check]);
    let sheet = year_end.units[0].verified.as_ref().expect("still verified");
    let lines: Vec<_> = sheet.lines.iter().map(|line| (&*line.code, line.points, line.got)).collect();
    let number = |number: i64| Decimal::from(number);
    assert_eq!(
        lines,
        [
            ("VL-11", number(5), Some(number(0))),
            ("VL-12", number(4), Some(number(4))),
            ("VL-13", number(2), None),
            ("VL-21", number(6), Some(number(6))),
        ]
    );
    assert_eq!((sheet.got, sheet.possible), (number(10), number(15)));
    assert_eq!(year_end.units[0].own, before.units[0].own);
    assert_eq!(year_end.units[1..], before.units[1..]);
}

#[test]
fn what_init_writes_is_sound_and_never_replaced() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().to_string_lossy();
    assert_eq!(anping(&["init", &path]).exit, Exit::Done);
    let workspace = folder.path().join("anping.toml");
    let ran = anping(&["lint", "--workspace", &workspace.to_string_lossy()]);
    assert_eq!((ran.exit, ran.out.trim()), (Exit::Done, "规则体检通过"), "{}", ran.err);
    fs::write(&workspace, "schema = 1\nunit = \"我们\"\n").expect("ours");
    let ran = anping(&["init", &path]);
    assert_eq!(ran.exit, Exit::Output);
    assert!(ran.err.contains("已存在,未覆盖"), "{}", ran.err);
    assert!(fs::read_to_string(&workspace).expect("ours").contains("我们"));
}

#[test]
fn a_draw_is_repeated_by_its_seed() {
    let inbox = whole_town();
    let path = inbox.path().to_string_lossy();
    let draw = |seed: &str| {
        let args = ["draw", &path, "--count", "5", "--seed", seed, "--inspectors", "甲,乙,丙"];
        let ran = anping(&args);
        assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
        ran.out
    };
    let drawn = draw("2026001");
    assert!(drawn.starts_with("种子 2026001;") && drawn.lines().count() == 6, "{drawn}");
    assert_eq!(drawn, draw("2026001"));
    assert_ne!(
        drawn.lines().skip(1).collect::<Vec<_>>(),
        draw("2026002").lines().skip(1).collect::<Vec<_>>()
    );
}
