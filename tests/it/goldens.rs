//! The cases of `goldens.json`, which have no workbook, through the real path: the plugin in its sandbox,
//! the engine's scores, the engine's rules. What a summary's numbers imply (`aggregate`) is for the
//! checks between returns, and bands with holes (`band_lint`) for the tests of the year-end.

use acceptance::anping;
use acceptance::sandbox::{Sandbox, answer, fact, row, sheet, worth};
use anping::cli::Exit;
use anping::model::text::credit_code_valid;
use anping::model::{Decimal, Value, Verdict};
use rust_xlsxwriter::Workbook;
use serde_json::{Value as Json, json};

use crate::sample_town::expected;

fn golden(name: &str) -> Json {
    let case = expected("goldens.json")[name].clone();
    assert!(!case.is_null(), "no case {name}");
    case
}

fn number(value: &Json) -> Decimal {
    value.as_str().expect("a number as text").parse().expect("a number")
}

fn list<'j>(value: &'j Json, key: &str) -> &'j Vec<Json> {
    value[key].as_array().expect("a list")
}

fn value(number: Decimal) -> Value {
    Value::Number(number)
}

#[test]
fn reviews_of_standardization_round_before_they_grade() {
    let sandbox = Sandbox::with(Vec::new());
    let manifest = sandbox.manifest("standardization");
    let full: Decimal = manifest.items.iter().map(|item| item.points).sum();
    let cases = golden("standardization");
    let cases = cases.as_array().expect("a list");
    let subjects: Vec<_> = cases
        .iter()
        .map(|case| {
            let (got, possible) = (number(&case["got"]), number(&case["possible"]));
            let mut subject = sandbox.subject("standardization", "review");
            // The best performance, so that the score decides.
            fact(manifest, &mut subject, "performance", Value::Text("一级".into()));
            sheet(manifest, &mut subject, &worth(manifest, full - possible), possible - got);
            subject
        })
        .collect();
    for (case, (_, scored)) in cases.iter().zip(sandbox.run(&subjects)) {
        let main = &scored.schemes[0];
        let found = json!({
            "got": main.got.normalize().to_string(),
            "possible": main.possible.normalize().to_string(),
            "score": main.score.map(|score| score.to_string()),
            "level": main.grade,
        });
        assert_eq!(&found, case);
    }
}

#[test]
fn weighted_elements_are_not_rounded_between() {
    let sandbox = Sandbox::with(Vec::new());
    let manifest = sandbox.manifest("hazchem");
    let case = golden("weighted");
    let scheme = manifest.schemes.iter().position(|scheme| scheme.code == "elements").expect("a scheme");
    let of = |with_major: bool| {
        let mut subject = sandbox.subject("hazchem", "elements");
        let parts = list(&case, "weights").iter().zip(list(&case, "got")).zip(list(&case, "possible"));
        for (at, ((weight, got), possible)) in parts.enumerate() {
            let excused = Decimal::ONE_HUNDRED - number(possible);
            let cells = vec![
                Value::Text(at.to_string().into()),
                Value::Absent,
                value(number(weight)),
                value(Decimal::ONE_HUNDRED),
                value(excused),
                value(number(got)),
                Value::Flag(with_major && at == 0),
            ];
            row(manifest, &mut subject, "elements", cells);
        }
        let (_, scored) = sandbox.run(&[subject]).remove(0);
        let given =
            scored.schemes.iter().find(|one| one.scheme as usize == scheme).expect("its score").clone();
        (given.score.map(|score| score.to_string()), given.grade)
    };
    assert_eq!(json!(of(false).0), case["score"]);
    let (score, grade) = of(true);
    assert_eq!(
        json!(format!("{} {grade}", score.expect("the score is shown all the same"))),
        case["with_major"]
    );
}

#[test]
fn a_points_sheet_leaves_out_what_does_not_apply() {
    let sandbox = Sandbox::with(Vec::new());
    let manifest = sandbox.manifest("fireworks");
    let case = golden("fireworks");
    let mut subject = sandbox.subject("fireworks", "review");
    let mut line = |points: Decimal, got: Value| {
        row(manifest, &mut subject, "review", vec![Value::Absent, Value::Absent, value(points), got]);
    };
    let excused = number(&case["na"]);
    line(excused, Value::Fault("不涉及".into()));
    let mut rest = number(&case["points"]) - excused;
    for lost in list(&case, "deductions") {
        line(Decimal::TEN, value(Decimal::TEN - number(lost)));
        rest -= Decimal::TEN;
    }
    line(rest, value(rest));
    let (_, scored) = sandbox.run(&[subject]).remove(0);
    let scheme = manifest.schemes.iter().position(|scheme| scheme.code == "review").expect("a scheme");
    let given = scored.schemes.iter().find(|one| one.scheme as usize == scheme).expect("its score");
    assert_eq!(json!(given.score.map(|score| score.to_string())), case["score"]);
}

#[test]
fn a_departments_score_has_two_digits() {
    let sandbox = Sandbox::with(Vec::new());
    let manifest = sandbox.manifest("department");
    let case = golden("department");
    let (points, excused) = (number(&case["points"]), number(&case["na"]));
    let mut subject = sandbox.subject("department", "verified");
    let lost = points - excused - number(&case["got"]);
    sheet(manifest, &mut subject, &worth(manifest, excused), lost);
    let (_, scored) = sandbox.run(&[subject]).remove(0);
    let main = &scored.schemes[0];
    assert_eq!(main.full, points);
    assert_eq!(json!(main.score.map(|score| score.to_string())), case["score"]);
}

#[test]
fn nothing_checked_is_not_assessed_by_any_checklist() {
    let sandbox = Sandbox::with(Vec::new());
    let subjects: Vec<_> = sandbox
        .manifests()
        .map(|manifest| {
            let mut subject = sandbox.subject(&manifest.id, &manifest.kinds[0].code);
            for item in 0..manifest.items.len() {
                answer(&mut subject, item, Verdict::NotChecked, None);
            }
            subject
        })
        .collect();
    let expected = golden("nothing_checked");
    for (manifest, (_, scored)) in sandbox.manifests().zip(sandbox.run(&subjects)) {
        let main = &scored.schemes[0];
        assert_eq!(main.score, None, "{}", manifest.id);
        // Villages are graded by the year-end rules, where a unit without a score is 未评定 too.
        let grade = if manifest.schemes[0].bands.is_empty() { json!("") } else { expected.clone() };
        assert_eq!(json!(main.grade), grade, "{}", manifest.id);
    }
    assert_eq!(subjects.len(), 8);
    assert_eq!(json!(anping::yearend::NOT_ASSESSED), expected);
}

/// A sheet of a definition: its rows, cells separated by ` | `.
fn definition(sheets: &[(&str, String)]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    for (name, rows) in sheets {
        let sheet = workbook.add_worksheet().set_name(*name).expect("a name");
        for (row0, line) in (0..).zip(rows.lines()) {
            for (column, cell) in (0..).zip(line.split(" | ")) {
                sheet.write_string(row0, column, cell.trim()).expect("a cell");
            }
        }
    }
    workbook.save_to_buffer().expect("a workbook")
}

/// The case has a checklist of its own: written in Excel, packed, and run like any other.
#[test]
fn what_was_not_checked_earns_nothing_and_leaves_the_interim_score() {
    let case = golden("not_checked");
    let groups = case["groups"].as_object().expect("groups");
    let mut items = "编号* | 要素 | 检查内容 | 检查方式 | 标准分 | 关键项\n".to_owned();
    for (group, points) in groups {
        for (at, points) in (1..).zip(points.as_array().expect("points")) {
            let points = number(points);
            items.push_str(&format!(
                "{group}{at} | {group} | {group}{at}符合要求 | 看现场 | {points} | 普通\n"
            ));
        }
    }
    let settings = format!(
        "项目 | 内容\n表单编号 | golden\n名称 | 算例\n版本 | 1.0.0\n依据文件 | 算例\n总分 | 100\n计分模式 | 扣分\n取整位数 | {}\n取整阶段 | 先取整后定等次\n未查策略 | 按0分\n缺项折算 | 是\n等次区间 | 合格≥60、不合格≥0",
        case["digits"]
    );
    let cases = "样例 | 检查日期 | 检查项 | 判定 | 扣分 | 应得分 | 应得等次\n全部合格 | 2026-05-01 | 其余 | 合格 |  | 100.00 | 合格";
    let charges = "检查项编号 | 情形 | 扣分 | 单位 | 上限 | 作用范围 | 是否生成隐患 | 隐患级别";
    let workbook = definition(&[
        ("设置", settings),
        ("检查项", items),
        ("扣分规则", charges.to_owned()),
        ("样例", cases.to_owned()),
        ("版本记录", "版本 | 日期 | 修改人 | 修改说明\n1.0.0 | 2026-05-01 | 某 | 首版".to_owned()),
    ]);
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    std::fs::write(path("算例.xlsx"), workbook).expect("ours");
    let packed = anping(&["plugin", "pack", &path("算例.xlsx")]);
    assert_eq!(packed.exit, Exit::Done, "{}", packed.err);
    let bytes = std::fs::read(path("算例.wasm")).expect("packed");
    let sandbox = Sandbox::with(vec![("算例.wasm".to_owned(), bytes)]);
    let manifest = sandbox.manifest("golden");
    let mut subject = sandbox.subject("golden", &manifest.kinds[0].code);
    let is_in = |key: &str, code: &str| list(&case, key).iter().any(|one| one == code);
    for (index, item) in manifest.items.iter().enumerate() {
        let code = item.code.as_str();
        let (verdict, lost) = if is_in("fail", code) {
            (Verdict::Fail, Some(item.points))
        } else if is_in("na", code) {
            (Verdict::NotApplicable, None)
        } else if is_in("not_checked", code) {
            (Verdict::NotChecked, None)
        } else if let Some(lost) = case["partial"].get(code) {
            (Verdict::Partial, Some(number(lost)))
        } else {
            (Verdict::Pass, None)
        };
        answer(&mut subject, index, verdict, lost);
    }
    let (_, scored) = sandbox.run(&[subject]).remove(0);
    let main = &scored.schemes[0];
    assert_eq!(json!(main.score.map(|score| score.to_string())), case["final"]);
    assert_eq!(json!(main.interim.map(|score| score.to_string())), case["interim"]);
}

#[test]
fn credit_codes_are_told_by_their_check_character() {
    let case = golden("uscc");
    for (key, valid) in [("valid", true), ("invalid", false)] {
        for code in list(&case, key) {
            assert_eq!(credit_code_valid(code.as_str().expect("a code")), valid, "{code}");
        }
    }
}

#[test]
fn a_sum_of_exactly_one_is_a_major_hazard_source() {
    let sandbox = Sandbox::with(Vec::new());
    let manifest = sandbox.manifest("hazchem");
    // Substances of the standard's table 1 with the critical quantities of the case.
    let substances = [("50", "苯", "71-43-2"), ("500", "甲醇", "67-56-1"), ("200", "汽油", "86290-81-5")];
    for case in golden("gb18218").as_array().expect("a list") {
        let mut subject = sandbox.subject("hazchem", "unit");
        fact(manifest, &mut subject, "population", value(Decimal::ZERO));
        for (quantity, critical) in list(case, "q").iter().zip(list(case, "Q")) {
            let known =
                substances.iter().find(|known| critical == known.0).expect("a substance of this quantity");
            let cells =
                vec![Value::Text(known.1.into()), Value::Text(known.2.into()), value(number(quantity))];
            row(manifest, &mut subject, "substances", cells);
        }
        let (assessed, _) = sandbox.run(&[subject]).remove(0);
        let indicator = |code: &str| {
            let at = manifest.gives.iter().position(|one| one.code == code).expect("an indicator");
            let found = assessed.indicators.iter().find(|one| one.indicator as usize == at);
            found.expect("given").value.clone()
        };
        let sum = indicator("S").number().expect("a number");
        assert_eq!(json!(format!("{sum:.4}")), case["S"]);
        assert_eq!(indicator("major_hazard_source"), Value::Flag(case["major"] == true));
    }
}
