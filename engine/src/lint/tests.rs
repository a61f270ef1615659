//! Holes in rules, each with the counter-example that shows it.

use super::*;
use crate::tailoring::Tailoring;
use crate::yearend::built_in_rules;

/// Rules with one change; what the health check says.
fn check(changes: &[(&str, &str)], expected: &[&str]) {
    let mut text = "schema = 1\ntitle = \"\"\n".to_owned();
    for (key, value) in changes {
        text.push_str(&format!(
            "[[change]]\nkey = \"{key}\"\nvalue = {value}\nremark = \"因\"\ndate = \"2026-03-01\"\napprover = \"镇\"\n"
        ));
    }
    let tailoring = Tailoring::read(&text).expect("it is right");
    let rules = YearEndRules::tailored(&[tailoring]).expect("it is right");
    let found: Vec<_> = lint_rules(&rules).iter().map(ToString::to_string).collect();
    assert_eq!(found, expected);
}

/// Bands worded as in local documents.
fn bands(ranges: &[(&str, &str)]) -> String {
    let bands: Vec<_> = ranges
        .iter()
        .map(|(grade, range)| format!("{{ grade = \"{grade}\", range = \"{range}\" }}"))
        .collect();
    format!("[{}]", bands.join(", "))
}

#[test]
fn the_built_in_rules_are_sound() {
    assert_eq!(lint_rules(&built_in_rules()), []);
}

#[test]
fn a_score_between_whole_bands_has_no_grade() {
    let bands = bands(&[("优秀", "95+"), ("良好", "90-94"), ("合格", "80-89"), ("不合格", "<80")]);
    check(
        &[("village.bands", &bands)],
        &[
            "等次有缺口 village.bands: (94,95) 没有等次,如 94.5 分",
            "等次有缺口 village.bands: (89,90) 没有等次,如 89.5 分",
        ],
    );
    // Whole scores cannot fall between them.
    check(&[("village.bands", &bands), ("village.digits", "0")], &[]);
}

#[test]
fn bands_are_swept_from_nothing_to_the_most() {
    for (ranges, expected) in [
        (&[("优秀", "95(含)以上"), ("良好", "90(含)-95"), ("合格", "90以下")][..], &[][..]),
        (
            &[("优秀", "90以上"), ("合格", "90(含)以下")],
            &["等次重叠 village.bands: [90,90] 既是合格又是优秀,如 90 分"],
        ),
        (
            &[("特优", "95以上"), ("优秀", "90以上"), ("合格", "90以下")],
            &["等次重叠 village.bands: [95,103] 既是优秀又是特优,如 99 分"],
        ),
        (
            &[("优秀", "80-100"), ("合格", "0-85")],
            &[
                "等次有缺口 village.bands: (100,103] 没有等次,如 101.5 分",
                "等次重叠 village.bands: [80,85] 既是合格又是优秀,如 82.5 分",
            ],
        ),
        (
            &[("优秀", "90以上"), ("合格", "60-90")],
            &[
                "等次有缺口 village.bands: [0,60) 没有等次,如 30 分",
                "等次重叠 village.bands: [90,90] 既是合格又是优秀,如 90 分",
            ],
        ),
        (
            &[("特优", "104以上"), ("优秀", "[90,104)"), ("合格", "<90")],
            &["永不适用 village.bands: 特优(104以上)高于最高得分103"],
        ),
    ] {
        check(&[("village.bands", &bands(ranges))], expected);
    }
}

#[test]
fn weights_limits_and_vetoes_are_checked() {
    check(
        &[("village.weights.quarters", "\"0.3\"")],
        &["合计不符 village.weights: 0.3+0.6=0.9,应为1;各部分都得100分的单位只得90分"],
    );
    check(&[("village.bonus.cap", "\"0\"")], &["永不适用 village.bonus.cap: 上限为0,加分永不计入"]);
    check(
        &[("village.veto.grade", "\"不达标\"")],
        &["重名 village.veto.grade: “不达标”同时是等次,看不出是否否决"],
    );
    check(
        &[(
            "village.bands",
            "[{ grade = \"差\", from = \"80\" }, { grade = \"好\", from = \"90\" }, { grade = \"末\", from = \"0\" }]",
        )],
        &[
            "等次重叠 village.bands: [80,90) 既是末又是差,如 85 分",
            "永不适用 village.bands: 好(≥90)没有任何分数",
        ],
    );
}

#[test]
fn rules_for_enterprises_and_the_ladder_are_checked() {
    check(&[("enterprise.plugins", "[]")], &["永不适用 enterprise.plugins: 没有检查表,每家企业都是未评定"]);
    check(&[("enterprise.plugins", "[\"a\", \"a\"]")], &["重名 enterprise.plugins: “a”有两处"]);
    check(
        &[("enterprise.veto.grade", "\"\"")],
        &["等次有缺口 enterprise.veto.grade: 为空,发生死亡1人责任事故的企业没有等次"],
    );
    // Without a veto nobody needs its grade.
    check(&[("enterprise.veto.grade", "\"\""), ("enterprise.veto.deaths", "0")], &[]);
    let levels = |levels: &[(&str, &[&str])]| {
        let one = |(level, words): &(&str, &[&str])| format!("{{ level = {level:?}, words = {words:?} }}");
        format!("[{}]", levels.iter().map(one).collect::<Vec<_>>().join(", "))
    };
    let check_levels = |rules: &[(&str, &[&str])], expected: &[&str]| {
        check(&[("standardization.levels", &levels(rules))], expected)
    };
    check_levels(&[("一级", &["一级"]), ("二级", &["二级", "贰级"])], &[]);
    check_levels(
        &[("一级", &["甲级"]), ("二级", &["二级"])],
        &["等次有缺口 standardization.levels: 名录写“一级”的企业计为“未达标”"],
    );
    check_levels(
        &[("一级", &["甲级"]), ("二级", &["二级", "一级"])],
        &["等次重叠 standardization.levels: 名录写“一级”的企业计为“二级”"],
    );
    check_levels(
        &[("一级", &["一级"]), ("二级", &[])],
        &["永不适用 standardization.levels: “二级”没有写法 words,名录无论怎么写都到不了这一级"],
    );
    check_levels(
        &[("一级", &["一级"]), ("一级", &["甲级"])],
        &["重名 standardization.levels: 等级“一级”有两处"],
    );
    check(
        &[("standardization.below", "\"镇\"")],
        &["重名 standardization.below: “镇”同时是等级,看不出有没有达标"],
    );
    check(
        &[("standardization.sectors", "[]")],
        &["永不适用 standardization.sectors: 没有行业领域,没有企业计入标准化"],
    );
    check(
        &[("department.control_veto.grade", "\"达标\"")],
        &["重名 department.control_veto.grade: “达标”同时是等次,看不出是否否决"],
    );
}
