//! The matrix round and the standardization reviews of the sample town, against values that were
//! worked out independently of this program.

use acceptance::{assess, settings, whole_town};
use anping::model::{Check, Decimal, ProblemCode, Run};
use anping::report::results::Results;
use serde_json::{Value as Json, json};

use crate::sample_town::expected;

/// What `results.json` of a run says.
fn results_of(run: &Run) -> Results {
    let file = anping::report::results(run).expect("our own file");
    let results = Results::read(&file.bytes).expect("our own file");
    // Written piece by piece, it has the fields of the whole in their order; the town has all sections.
    let mut whole = serde_json::to_vec(&results).expect("it has only text keys");
    whole.push(b'\n');
    assert!(whole == file.bytes);
    assert!(results.ledger.is_some() && !results.signals.is_empty() && !results.campaigns.is_empty());
    results
}

/// The checks of a plugin and kind, with the numbers of their enterprises.
fn checks<'r>(run: &'r Run, plugin: &str, kind: &str) -> Vec<(&'r str, &'r Check)> {
    let is_wanted = |check: &&Check| {
        let manifest = &run.plugins[check.subject.plugin].manifest;
        manifest.id == plugin && manifest.kinds[check.subject.kind as usize].code == kind
    };
    let number = |check: &'r Check| {
        let id = check.subject.enterprise.expect("the sample's enterprises are registered");
        (run.register.get(id).number.as_str(), check)
    };
    run.checks.iter().filter(is_wanted).map(number).collect()
}

fn check(found: &Check, number: &str, one: &Json) {
    let main = &found.scored.as_ref().expect("scored").schemes[0];
    assert_eq!(json!(main.score.map(|score| score.to_string())), one["score"], "{number}");
    if one["score"].is_string() {
        assert_eq!(json!(main.got.normalize().to_string()), one["got"], "{number}");
        assert_eq!(json!(main.possible.normalize().to_string()), one["possible"], "{number}");
    }
}

#[test]
fn the_round_and_the_reviews_are_scored_as_expected() {
    let inbox = whole_town();
    let run = assess(inbox.path(), &settings());
    let round = expected("round.json");
    let found = checks(&run, "enterprise", "matrix");
    assert_eq!(json!(found.len()), round["total"]);
    for (number, one) in found {
        check(one, number, &round["scores"][number]);
    }
    assert_eq!(standardization(&run), expected("standardization.json"));
}

/// Standardization as `results.json` has it, in the shape of the expected file.
fn standardization(run: &Run) -> Json {
    let results = results_of(run);
    let found = results.standardization.as_ref().expect("the town has enterprises on the ladder");
    let ladder = found.ladder.iter().map(|rung| (rung.level.clone(), json!(rung.enterprises.len())));
    let in_order = ["E012", "E013", "E014", "E005"];
    let mut reviews: Vec<_> = found.checks.iter().collect();
    reviews.sort_by_key(|one| in_order.iter().position(|number| one.enterprise.as_deref() == Some(number)));
    let reviews = reviews.into_iter().map(|one| {
        let source = one.source.expect("a review stands on a sheet") as usize;
        json!({
            "enterprise": one.enterprise,
            "file": format!("收件/{}", results.sources[source].path),
            "got": one.got,
            "possible": one.possible,
            "na_points": one.na_points,
            "score": one.score,
            "level_by_score": one.level_by_score,
            "performance": one.performance,
            "level": one.level,
            "binding": one.binding,
        })
    });
    json!({
        "ladder": ladder.collect::<serde_json::Map<_, _>>(),
        "total": found.total,
        "expired": found.expired,
        "checks": reviews.collect::<Vec<_>>(),
    })
}

#[test]
fn enterprises_rank_within_their_sector_and_letters_are_covered_as_expected() {
    let inbox = whole_town();
    let results = results_of(&assess(inbox.path(), &settings()));
    let letters = results.letters.as_ref().expect("the town has letters");
    let coverage = letters.coverage.iter().map(|one| {
        let shown = json!({ "due": one.due, "signed": one.signed, "rate": one.rate, "missing": one.missing });
        (one.day.clone(), shown)
    });
    assert_eq!(json!(coverage.collect::<serde_json::Map<_, _>>()), expected("letters.json"));
    assert_eq!(letters.open_fields, ["烟花爆竹"]);

    // Each enterprise of the round has its score; who disqualified itself, or had a death, has no rank.
    let round = expected("round.json");
    let vetoed = |number: &str| match number {
        "E022" => Some(("不合格", "ER-107 为一票否决项,检查不符合")),
        "E012" => Some(("一票否决", "2026-10-14 死亡1人")),
        _ => None,
    };
    let score_of = |number: &str| {
        let score = round["scores"][number]["score"].as_str()?;
        Some(score.parse::<Decimal>().expect("a number"))
    };
    let numbers: Vec<_> = results.enterprises.iter().map(|one| one.enterprise.as_str()).collect();
    // E015 left in September.
    assert!(!numbers.contains(&"E015"));
    assert_eq!(numbers.len(), 24);
    for one in &results.enterprises {
        let number = one.enterprise.as_str();
        let score = score_of(number);
        assert_eq!(one.score.as_deref().map(|score| score.parse().expect("a number")), score, "{number}");
        let better = results.enterprises.iter().filter(|other| {
            other.class == one.class
                && vetoed(&other.enterprise).is_none()
                && score_of(&other.enterprise) > score
        });
        let rank = better.count() as u32 + 1;
        let expected = (score.is_some() && vetoed(number).is_none()).then_some(rank);
        assert_eq!(one.rank, expected, "{number}");
        let vetoes: Vec<_> = one.vetoes.iter().map(|veto| (&*one.grade, &*veto.why)).collect();
        assert_eq!(vetoes, vetoed(number).into_iter().collect::<Vec<_>>(), "{number}");
        if score.is_none() {
            assert_eq!(one.grade, "未评定", "{number}");
        }
    }
}

#[test]
fn control_indicators_are_split_within_what_is_above_and_held_against_the_accidents() {
    let inbox = whole_town();
    let sample = acceptance::workspace().join("templates/intake/control-indicators/controls.xlsx");
    std::fs::copy(sample, inbox.path().join("基础/控制指标.xlsx")).expect("the sample of the layout");
    let run = assess(inbox.path(), &settings());
    let found: Vec<_> = run
        .year_end
        .controls
        .iter()
        .filter(|one| one.actual != Some(0) || one.name == "派出所")
        .map(|one| {
            let actual = one.actual.map_or(-1, |actual| actual as i64);
            let exceeded = if one.is_exceeded() == Some(true) { " 突破" } else { "" };
            format!("{} {} {actual}/{}{exceeded}", one.name, one.measure.title(), one.target)
        })
        .collect();
    // One accident of liability: a death at 兴捷机械 in 古井村, which 应急办 supervises.
    assert_eq!(
        found,
        [
            "全镇 事故起数 1/2",
            "全镇 死亡人数 1/1",
            "古井村 事故起数 1/1",
            "古井村 死亡人数 1/0 突破",
            "派出所 事故起数 0/0",
            "派出所 死亡人数 0/0",
            "派出所 重伤人数 0/0",
            "兴捷机械制造有限公司 事故起数 1/0 突破",
            "兴捷机械制造有限公司 死亡人数 1/1",
        ]
    );
    // The villages have three accidents of the town's two; 兴捷机械 may have a death, its village none.
    let problems: Vec<_> = run
        .problems
        .iter()
        .filter(|problem| problem.code == ProblemCode::ControlSplit)
        .map(|problem| {
            let cell = problem.at.cell.map_or_else(String::new, |cell| cell.to_string());
            format!("{cell} {} {}", problem.found, problem.args.join(""))
        })
        .collect();
    assert_eq!(problems, ["D4 2 村(居)事故起数之和为3", "E7 0 企业死亡人数之和为1"]);
}

/// The results of one enterprise before and after objections: score, grade, rank.
fn standing(run: &Run, number: &str) -> [(Option<String>, String, Option<u32>); 2] {
    let of = |results: &[anping::model::yearend::enterprises::EnterpriseResult]| {
        let mut known = results.iter().filter(|one| run.register.get(one.enterprise).number == number);
        let one = known.next().expect("a result");
        (one.score.map(|score| score.to_string()), one.grade.clone(), one.rank)
    };
    [of(&run.year_end.enterprises), of(&run.year_end.enterprises_after)]
}

const OBJECTIONS: &str = "青石镇2026年度企业考核异议处理记录\n\
    编号,单位,考核项,原扣分情形,调整分值,调整后年终得分,理由及证据,批准人,批准日期\n";

/// A line of the record, whose it is, and score and grade before and after.
type Objected<'t> = (&'t str, &'t str, [(&'t str, &'t str); 2]);

/// Lines of an objection record; what they come to for their enterprises, and the problems at their cells.
fn check_objections(lines: &[Objected<'_>], problems: &[&str]) {
    let inbox = whole_town();
    let text: String = lines
        .iter()
        .map(|(line, ..)| {
            format!(
                "{line}
"
            )
        })
        .collect();
    std::fs::write(inbox.path().join("考核/异议_企业.csv"), format!("{OBJECTIONS}{text}")).expect("ours");
    let run = assess(inbox.path(), &settings());
    for (line, number, expected) in lines {
        let found = standing(&run, number).map(|(score, grade, _)| (score.unwrap_or_default(), grade));
        assert_eq!(found, expected.map(|(score, grade)| (score.to_owned(), grade.to_owned())), "{line}");
    }
    // A text file has its days as texts, which is told as well.
    let of_file = |source| run.sources.get(source).path.ends_with("异议_企业.csv");
    let told = run
        .problems
        .iter()
        .filter(|problem| of_file(problem.at.source) && problem.code.key().starts_with("objection"));
    let told: Vec<_> = told.map(|one| format!("{} {}", one.code.key(), one.args.join(" "))).collect();
    assert_eq!(told, problems);
}

#[test]
fn an_objection_of_an_enterprise_scores_its_check_again() {
    check_objections(
        &[
            // E005 lost 4 of 43 by ER-802: 39/43 is 90.7; with 2 back 41/43 is 95.3 (95.348…).
            (
                "E005,,ER-802,未建台账,2,95.3,补交台账,镇安委会主任,2027-01-08",
                "E005",
                [("90.7", "优秀"), ("95.3", "优秀")],
            ),
            // Points of the sheet are as good as the score of a hundred: 38/43 is 88.4, 43/43 is 100.0.
            (
                "E019,,ER-101,未考核,5,43,补交考核表,镇安委会主任,2027-01-08",
                "E019",
                [("88.4", "良好"), ("100.0", "优秀")],
            ),
            // A veto is not undone by points: 36/43 is 83.7.
            (
                "E022,,ER-105,未演练,1,83.7,补交记录,镇安委会主任,2027-01-08",
                "E022",
                [("81.4", "不合格"), ("83.7", "不合格")],
            ),
        ],
        &[],
    );
}

#[test]
fn an_objection_that_does_not_fit_the_check_is_told() {
    check_objections(
        &[
            // More than the item lost; an item of another checklist.
            (
                "E005,,ER-802,未建台账,5,100,补交台账,镇安委会主任,2027-01-08",
                "E005",
                [("90.7", "优秀"), ("90.7", "优秀")],
            ),
            (
                "E019,,VL-51,未考核,1,92,补交考核表,镇安委会主任,2027-01-08",
                "E019",
                [("88.4", "良好"), ("88.4", "良好")],
            ),
            // 39/43 with 2 back is 95.3; 89 is neither that nor 41, and holds as it is written.
            (
                "E007,,ER-802,未建台账,2,89,补交台账,镇安委会主任,2027-01-08",
                "E007",
                [("90.7", "优秀"), ("89.0", "良好")],
            ),
            // Nobody approved it.
            ("E020,,ER-302,未培训,2,100,补交记录,,2027-01-08", "E020", [("94.3", "优秀"), ("94.3", "优秀")]),
        ],
        &[
            "objection_unclear ER-802 只扣了4分",
            "objection_unclear 检查表中没有 VL-51",
            "objection_mismatch 39+2=41,得分95.3",
            "objection_unclear 填写批准人",
        ],
    );
}

/// The year's end of an enterprise as of a village: what it gave itself, what was verified, an objection.
#[test]
fn a_verified_sheet_of_an_enterprise_is_its_check_of_the_year() {
    let inbox = whole_town();
    let of_town = assess(inbox.path(), &settings());
    let e005 = of_town.register.enterprises.iter().find(|one| one.number == "E005").expect("registered");
    let head = format!("被考核单位:{}        考核年度:2026\n", e005.name);
    let own = format!(
        "青石镇2026年度企业安全生产目标责任自评表\n{head}编号,考核项目,考核内容,标准分,自评得分,备注\n\
         ER-101,一,责任制,5,5,\nER-102,一,制度,3,3,\nER-105,一,带队检查,4,4,\n"
    );
    let verified = format!(
        "青石镇2026年度企业安全生产目标责任核查评分表\n{head}\
         编号,考核项目,考核内容,标准分,扣分,扣分原因,考核得分,核查人,核查日期,佐证材料\n\
         ER-101,一,责任制,5,2,未考核,3,甲,2026-12-03,考核表第3号\nER-102,一,制度,3,,,3,,,\n\
         ER-105,一,带队检查,4,,,4,,,\nER-302,三,工伤保险,2,缺项,,缺项,,,\n"
    );
    let objection = "E005,,ER-101,未考核,1,91.7,补交考核表,镇安委会主任,2027-01-08\n";
    for (name, text) in [
        ("企业_E005_自评.csv", own),
        ("企业_E005_核查.csv", verified),
        ("异议_企业.csv", format!("{OBJECTIONS}{objection}")),
    ] {
        std::fs::write(inbox.path().join("考核").join(name), text).expect("ours");
    }
    let run = assess(inbox.path(), &settings());
    let unknown = |one: &&anping::model::Problem| one.code == ProblemCode::AssessedUnitUnknown;
    assert_eq!(run.problems.iter().find(unknown), None);
    // 10 of 12 points are 83.3, below 优秀; 11 are 91.7. It gave itself 12: 16.7 more.
    let found = standing(&run, "E005").map(|(score, grade, _)| (score.unwrap_or_default(), grade));
    assert_eq!(
        found,
        [("83.3", "良好"), ("91.7", "优秀")].map(|(score, grade)| (score.to_owned(), grade.to_owned()))
    );
    let results = results_of(&run);
    let one = results.enterprises.iter().find(|one| one.enterprise == "E005").expect("ranked");
    assert_eq!((one.self_minus_final.as_deref(), one.self_gap_flag), (Some("16.7"), true));
    let after = one.after.as_ref().expect("an objection was decided");
    assert_eq!((after.score.as_deref(), &*after.grade), (Some("91.7"), "优秀"));
    assert_eq!(one.objections[0].approved_by, "镇安委会主任");
    assert!(one.verified.is_some());

    let folder = tempfile::tempdir().expect("a folder for the test");
    let (from, to) = (inbox.path().to_string_lossy(), folder.path().to_string_lossy());
    let ran = acceptance::anping(&["yearend", &from, "-o", &to, "--as-of", "2026-12-31"]);
    assert_eq!(ran.exit, anping::cli::Exit::Findings, "{}", ran.err);
    let book = std::fs::read(folder.path().join("年度考核结果.xlsx")).expect("written");
    let (_, rows) =
        acceptance::sheets(&book).into_iter().find(|(name, _)| name == "自评核查异议").expect("the sheet");
    let begin = rows.iter().position(|row| row[0].starts_with("E005")).expect("E005 stands there");
    let row = &rows[begin];
    assert_eq!(row[3..8], ["5", "5", "3", "4", "-2"].map(str::to_owned), "{row:?}");
    assert_eq!(row[8], "未考核\n异议:补交考核表");
    assert_eq!(row[9], "核查:甲\n异议:镇安委会主任");
    assert_eq!(row[10], "核查:2026-12-03\n异议:2027-01-08");
    assert!(row[11].starts_with("考核表第3号\n考核/企业_E005_核查.csv"), "{}", row[11]);
    let total = rows[begin..].iter().find(|row| row[0] == "合计").expect("the last line");
    assert!(total.iter().any(|cell| cell == "自评与最终得分相差16.7,须说明"), "{total:?}");

    let ran = acceptance::anping(&["explain", &to, "E005"]);
    for part in [
        "年度评定:最终得分83.3,良好",
        "得10分,应得12分,得分83.3",
        "自评得分100,与最终得分相差16.7,须说明",
        "异议:ER-101加回1分,理由:补交考核表,镇安委会主任2027-01-08批准",
        "异议后:最终得分91.7,优秀",
        "算式:最终得分即检查得分83.3",
    ] {
        assert!(ran.out.contains(part), "{part} is not in {}", ran.out);
    }
}

#[test]
fn bonuses_of_enterprises_count_where_the_locality_says_so() {
    let inbox = whole_town();
    let bonus = "青石镇2026年度企业考核加减分认定表\n编号,单位,类型,事项,级别,分值,依据文号\n\
        E005,,加分,市级表彰,市级,4,市安〔2026〕3号\nE005,,加分,推广经验,镇级,3,镇发〔2026〕9号\n\
        E019,,扣分,迟报,镇级,9,镇发〔2026〕12号\n";
    std::fs::write(inbox.path().join("考核/企业加减分.csv"), bonus).expect("ours");
    let run = assess(inbox.path(), &settings());
    let unclear = |run: &Run| {
        let of_file =
            run.problems.iter().filter(|one| run.sources.get(one.at.source).path.contains("企业加减分"));
        of_file.map(|one| one.code.key()).collect::<Vec<_>>()
    };
    assert_eq!(unclear(&run), ["bonus_unclear"; 3]);
    assert_eq!(standing(&run, "E005")[0].0.as_deref(), Some("90.7"));
    let text = "schema = 1\ntitle = \"\"\n[[change]]\nkey = \"enterprise.bonus\"\nvalue = { cap = \"5\" }\n\
        remark = \"县办法\"\ndate = \"2026-03-01\"\napprover = \"镇安委会\"\n";
    let tailoring = anping::tailoring::Tailoring::read(text).expect("a tailoring file");
    let rules = anping::model::YearEndRules::tailored(&[tailoring]).expect("rules");
    let mut settings = settings();
    settings.year_end = Some(rules);
    let run = assess(inbox.path(), &settings);
    // 7 are cut to 5: 90.6976… + 5 is 95.7. 88.3720… − 9 is 79.4, below 良好.
    assert_eq!(standing(&run, "E005")[0].0.as_deref(), Some("95.7"));
    let (score, grade, _) = &standing(&run, "E019")[0];
    assert_eq!((score.as_deref(), grade.as_str()), (Some("79.4"), "合格"));
    assert_eq!(unclear(&run), ["bonus_cap"]);
}

#[test]
fn what_is_published_of_enterprises_is_sealed_and_reissued() {
    let inbox = whole_town();
    let line = "E005,,ER-802,未建台账,4,100,补交台账,镇安委会主任,2027-01-08\n";
    std::fs::write(inbox.path().join("考核/异议_企业.csv"), format!("{OBJECTIONS}{line}")).expect("ours");
    let folder = tempfile::tempdir().expect("a folder for the test");
    let (from, to) = (inbox.path().to_string_lossy(), folder.path().to_string_lossy());
    let ran = acceptance::anping(&["yearend", &from, "-o", &to, "--as-of", "2026-12-31", "--no-cache"]);
    assert_eq!(ran.exit, anping::cli::Exit::Findings, "{}", ran.err);
    let read = |name: &str| std::fs::read(folder.path().join(name)).expect("written");
    let sheet = |file: &str, name: &str| {
        let sheets = acceptance::sheets(&read(file));
        sheets.into_iter().find(|(known, _)| known == name).expect("the sheet").1
    };
    let rows = sheet("公示表.xlsx", "企业公示");
    let row = |name: &str| rows.iter().find(|row| row.iter().any(|cell| cell.contains(name))).cloned();
    let death = row("兴捷机械").expect("every enterprise is put up").join("|");
    assert!(death.ends_with("|一票否决|2026-10-14 死亡1人"), "{death}");
    let record: Json = serde_json::from_slice(&read("年终考核_封存.json")).expect("JSON");
    let values = |stage: &str| {
        let known = record[stage]["enterprises"].as_array().expect("a list");
        assert_eq!(known.len(), 24);
        let one = known.iter().find(|one| one["number"] == "E005").expect("E005");
        (one["values"]["final"].clone(), one["values"]["rank"].clone())
    };
    let ((before, rank), (after, new_rank)) = (values("first"), values("reissue"));
    assert_eq!((before, after), (json!("90.7"), json!("100.0")));
    // Only what changed stands on the sheet of changes.
    let changes = sheet("异议处理及再发布.xlsx", "再发布");
    let of_e005: Vec<_> = changes
        .iter()
        .filter(|row| row.iter().any(|cell| cell.starts_with("E005")))
        .map(|row| row[2..].join(" "))
        .collect();
    assert_eq!(of_e005[0], "检查得分 90.7 100.0");
    assert!(of_e005.contains(&"最终得分 90.7 100.0".to_owned()), "{of_e005:?}");
    assert_eq!(of_e005.contains(&format!("名次 {rank} {new_rank}")), rank != new_rank, "{of_e005:?}");
    // E022 put right in ER-107 loses its veto: 43−4 of the points stay lost by ER-105.
    let help = sheet("年度考核结果.xlsx", "提升空间");
    let first = help.iter().find(|row| row[0].starts_with("E022")).expect("E022 can be helped");
    assert!(first.iter().any(|cell| cell.starts_with("ER-107")), "{first:?}");
    assert!(first.iter().any(|cell| cell.contains("等级不合格→")), "{first:?}");
}

#[test]
fn a_locality_may_draw_the_lines_of_a_checklist_more_strictly_and_not_more_laxly() {
    let rules = |lines: &[(&str, &str)]| {
        let bands: Vec<_> = lines
            .iter()
            .map(|(grade, from)| format!("{{ grade = \"{grade}\", from = \"{from}\" }}"))
            .collect();
        let text = format!(
            "schema = 1\ntitle = \"\"\n[[change]]\nkey = \"enterprise.bands\"\nvalue = [{}]\nremark = \"省办法\"\n\
             date = \"2026-03-01\"\napprover = \"镇安委会\"\n",
            bands.join(", ")
        );
        let tailoring = anping::tailoring::Tailoring::read(&text).expect("a tailoring file");
        anping::model::YearEndRules::tailored(&[tailoring]).expect("rules")
    };
    let (_, loaded, _) = anping::pipeline::load_plugins(&settings()).expect("a sandbox");
    let manifests: Vec<_> = loaded.iter().map(|loaded| &loaded.plugin.manifest).collect();
    let found = |lines: &[(&str, &str)]| {
        let found = anping::lint::lint_enterprises(&rules(lines), &manifests);
        found.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let strict = [("优秀", "92"), ("良好", "85"), ("合格", "60"), ("不合格", "0")];
    assert!(found(&strict).is_empty(), "{:?}", found(&strict));
    // The checklist: 优秀 from 90, 良好 from 80, 合格 from 60.
    assert_eq!(
        found(&[("优秀", "85"), ("良好", "80"), ("合格", "60"), ("不合格", "0")]),
        ["放宽要求 enterprise.bands: 85分按本地为优秀,按“enterprise”只是良好"]
    );
    assert_eq!(
        found(&[("优秀", "92"), ("良好", "85"), ("不合格", "0")]),
        ["等次有缺口 enterprise.bands: 没有“enterprise”的等次“合格”"]
    );
    assert_eq!(
        found(&[("优秀", "92"), ("良好", "85"), ("合格", "60")]),
        [
            "等次有缺口 enterprise.bands: [0,60) 没有等次,如 30 分",
            "等次有缺口 enterprise.bands: 没有“enterprise”的等次“不合格”"
        ]
    );
    let mut settings = settings();
    settings.year_end = Some(rules(&strict));
    let run = assess(whole_town().path(), &settings);
    let grade = |number: &str| standing(&run, number)[0].1.clone();
    // 90.7 and 86.0 by the stricter lines; the veto of E022 stays, whatever its score.
    assert_eq!([grade("E005"), grade("E004"), grade("E022")], ["良好", "良好", "不合格"]);
    assert_eq!([grade("E003"), grade("E001")], ["合格", "优秀"]);
    let mut unknown = rules(&strict);
    unknown.enterprise.plugins = vec!["没有的".to_owned()];
    let found = anping::lint::lint_enterprises(&unknown, &manifests);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].fault, anping::lint::Fault::NeverApplies);
}
