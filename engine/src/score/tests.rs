//! Rows of data: a scheme and answers in, a score and a grade out. Expected values are worked by
//! hand from the rule beside each row.

use super::*;
use crate::model::{
    Answer, Band, Beside, Category, Check, Date, Deduction, EnterpriseId, Evaluation, MajorMark, Mark,
    NamedScore, Plugin, Reason, Ruling,
};

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a decimal in a test")
}

/// `deduct`, `weighted` or `given`, then settings: `exclude`, `keep-na`, `after-grade`, `digits=N`.
fn scheme(text: &str) -> Scheme {
    let has = |word: &str| text.split_whitespace().any(|part| part == word);
    Scheme {
        code: text.to_owned(),
        title: String::new(),
        method: if has("weighted") {
            Method::Weighted
        } else if has("given") {
            Method::Given
        } else {
            Method::Deduct
        },
        full_marks: decimal("100"),
        digits: if has("digits=2") { 2 } else { 1 },
        rounding: if has("after-grade") { Rounding::AfterGrade } else { Rounding::ThenGrade },
        unchecked: if has("exclude") { Unchecked::Exclude } else { Unchecked::Zero },
        convert_not_applicable: !has("keep-na"),
        bands: [("优秀", "90"), ("良好", "75"), ("合格", "60"), ("不合格", "0")]
            .into_iter()
            .map(|(grade, lower)| Band { grade: grade.to_owned(), lower: decimal(lower) })
            .collect(),
        veto_grade: "不合格".to_owned(),
        source: String::new(),
    }
}

/// One item a word: `category:points=answer`. Answers: `ok`, `-3` (points taken), `fail` (all),
/// `na`, `no` (not checked), `error`; `c-3` and `t-3` take from the category and the total;
/// a trailing `!` is a veto of the sheet, `!i` of the item, `!c` of the category.
fn subject(weights: &[&str], scheme_text: &str, answers: &str) -> (Manifest, Subject, Assessed) {
    let mut manifest = Manifest {
        id: "test".to_owned(),
        version: "1.0.0".to_owned(),
        title: String::new(),
        checklist_title: String::new(),
        editions: Vec::new(),
        kinds: Vec::new(),
        tags: Vec::new(),
        documents: Vec::new(),
        categories: Vec::new(),
        items: Vec::new(),
        facts: Vec::new(),
        tables: Vec::new(),
        needs: Vec::new(),
        gives: Vec::new(),
        phrases: Vec::new(),
        schemes: vec![scheme(scheme_text)],
        wants_remarks: false,
    };
    let mut subject = Subject {
        enterprise: None,
        name: "某企业".to_owned(),
        code: String::new(),
        unit: String::new(),
        office: String::new(),
        inspectors: String::new(),
        plugin: 0,
        kind: 0,
        date: Date::constant(2026, 7, 16),
        tags: Vec::new(),
        facts: Vec::new(),
        tables: Vec::new(),
        indicators: Vec::new(),
        answers: Vec::new(),
        evidence: Vec::new(),
    };
    let mut assessed = Assessed::default();
    for (index, word) in (0..).zip(answers.split_whitespace()) {
        let (category, rest) = word.split_once(':').expect("category:points=answer");
        let (points, answer) = rest.split_once('=').expect("category:points=answer");
        let category = match manifest.categories.iter().position(|known| known.code == category) {
            Some(known) => known,
            None => {
                let weight = weights.get(manifest.categories.len()).map(|weight| decimal(weight));
                manifest.categories.push(Category {
                    code: category.to_owned(),
                    title: String::new(),
                    weight,
                });
                manifest.categories.len() - 1
            }
        };
        manifest.items.push(Item {
            code: format!("X{index}"),
            category: category as u32,
            requirement: String::new(),
            method: String::new(),
            points: decimal(points),
            scored: true,
            rule_text: String::new(),
            cases: Vec::new(),
            citations: Vec::new(),
            major: MajorMark::None,
            major_bases: Vec::new(),
            veto: None,
            applies: Vec::new(),
            mark: Mark::Clause,
        });
        let (answer, veto) = match answer.split_once('!') {
            Some((answer, "i")) => (answer, Some(Scope::Item)),
            Some((answer, "c")) => (answer, Some(Scope::Category)),
            Some((answer, _)) => (answer, Some(Scope::Total)),
            None => (answer, None),
        };
        let take = |scope, points: &str| {
            vec![Deduction { case: None, points: decimal(points), scope, times: 1, reason: None }]
        };
        let (verdict, deductions) = match answer.split_once('-') {
            Some((scope, taken)) => {
                let scope = match scope {
                    "c" => Scope::Category,
                    "t" => Scope::Total,
                    _ => Scope::Item,
                };
                (Verdict::Partial, take(scope, taken))
            }
            None => match answer {
                "ok" => (Verdict::Pass, Vec::new()),
                "fail" => (Verdict::Fail, take(Scope::Item, points)),
                "na" => (Verdict::NotApplicable, Vec::new()),
                "no" => (Verdict::NotChecked, Vec::new()),
                "error" => (Verdict::Error, Vec::new()),
                other => panic!("unknown answer {other}"),
            },
        };
        if let Some(scope) = veto {
            assessed.rulings.push(Ruling {
                effect: Effect::Veto(scope),
                items: vec![index],
                reason: Reason { phrase: 0, params: Vec::new() },
                edition: None,
                evidence: Vec::new(),
            });
        }
        let beside = Beside { deductions, ..Beside::default() };
        assessed.outcomes.push(Outcome::with(index, verdict, beside));
        subject.answers.push(Answer::plain(index, verdict, 0));
    }
    (manifest, subject, assessed)
}

/// `score interim got/possible grade`, with `-` for a score that does not exist.
fn show(scored: &Scored) -> String {
    let main = &scored.schemes[0];
    let or_dash = |score: Option<Decimal>| score.map_or_else(|| "-".to_owned(), |score| score.to_string());
    format!(
        "{} {} {}/{} {}",
        or_dash(main.score),
        or_dash(main.interim),
        main.got.normalize(),
        main.possible.normalize(),
        main.grade
    )
}

fn check(scheme_text: &str, answers: &str, expected: &str) {
    check_weighted(&[], scheme_text, answers, expected);
}

fn check_weighted(weights: &[&str], scheme_text: &str, answers: &str, expected: &str) {
    let (manifest, subject, assessed) = subject(weights, scheme_text, answers);
    let scored = score(&manifest, &subject, &assessed).expect("small numbers");
    assert_eq!(show(&scored), expected, "{scheme_text}: {answers}");
}

#[test]
fn points_are_cut_off_at_the_items_own() {
    check("deduct", "A:5=-7 A:5=ok", "50.0 50.0 5/10 不合格");
    check("deduct", "A:5=-0 A:5=ok", "100.0 100.0 10/10 优秀");
}

#[test]
fn what_does_not_apply_leaves_what_is_possible() {
    check("deduct", "A:10=na A:60=ok A:30=-4 A:10=-2", "94.0 94.0 94/100 优秀");
    // 84 of 90: 93.33…
    check("deduct", "A:10=na A:50=ok A:20=-4 A:20=-2", "93.3 93.3 84/90 优秀");
    check("deduct keep-na", "A:10=na A:90=-9", "91.0 91.0 91/100 优秀");
}

#[test]
fn unchecked_items_earn_nothing_but_are_not_failures() {
    // A: 20, 20, 10; B: 10, 10, 10; C: 10, 10. A2 fails, B2 does not apply, B3 unchecked, C2 loses 4.
    let answers = "A:20=ok A:20=fail A:10=ok B:10=ok B:10=na B:10=no C:10=ok C:10=-4";
    // 56 of 90 is 62.222…; without B3, 56 of 80 is 70.
    check("deduct digits=2", answers, "62.22 70.00 56/90 合格");
    check("deduct digits=2 exclude", answers, "70.00 70.00 56/80 合格");
}

#[test]
fn nothing_checked_is_not_assessed() {
    check("deduct", "A:5=no A:5=no", "- - 0/10 未评定");
    check("deduct", "A:5=na A:5=na", "- - 0/0 未评定");
    check("deduct", "A:5=na A:5=no", "- - 0/5 未评定");
}

#[test]
fn an_answer_that_cannot_be_judged_is_never_silently_zero() {
    check("deduct", "A:5=error A:5=ok", "- - 5/10 未评定");
}

#[test]
fn scores_are_rounded_once_and_graded_as_the_scheme_says() {
    for (possible, taken, then_grade, after_grade) in [
        // 659.56 of 880 is 74.95 exactly: 75.0, and the grade with it.
        ("880", "220.44", "75.0 75.0 659.56/880 良好", "75.0 75.0 659.56/880 合格"),
        // 704.52 of 940 is 74.948…
        ("940", "235.48", "74.9 74.9 704.52/940 合格", "74.9 74.9 704.52/940 合格"),
        // 563.53 of 940 is 59.950…
        ("940", "376.47", "60.0 60.0 563.53/940 合格", "60.0 60.0 563.53/940 不合格"),
        // 827.54 of 920 is 89.95
        ("920", "92.46", "90.0 90.0 827.54/920 优秀", "90.0 90.0 827.54/920 良好"),
        // 689.54 of 920 is 74.95
        ("920", "230.46", "75.0 75.0 689.54/920 良好", "75.0 75.0 689.54/920 合格"),
    ] {
        check("deduct", &format!("A:{possible}=-{taken}"), then_grade);
        check("deduct after-grade", &format!("A:{possible}=-{taken}"), after_grade);
    }
}

#[test]
fn every_lower_bound_is_inclusive() {
    for (taken, expected) in [
        ("10", "90.0 90.0 90/100 优秀"),
        ("10.05", "90.0 90.0 89.95/100 优秀"),
        ("10.06", "89.9 89.9 89.94/100 良好"),
        ("25", "75.0 75.0 75/100 良好"),
        ("40", "60.0 60.0 60/100 合格"),
        ("40.1", "59.9 59.9 59.9/100 不合格"),
        ("100", "0.0 0.0 0/100 不合格"),
    ] {
        check("deduct", &format!("A:100=-{taken}"), expected);
    }
}

#[test]
fn deductions_of_wider_scope_stop_at_what_is_left() {
    // B has 10; the category loses 12 and stops at 0; A keeps its 30.
    check("deduct", "A:30=ok B:5=ok B:5=c-12", "75.0 75.0 30/40 良好");
    check("deduct", "A:30=ok B:10=t-15", "62.5 62.5 25/40 合格");
    check("deduct", "A:30=ok B:10=t-55", "0.0 0.0 0/40 不合格");
}

#[test]
fn a_veto_decides_the_grade_and_leaves_the_score() {
    check("deduct", "A:5=fail! A:95=ok", "95.0 95.0 95/100 不合格");
    check("deduct", "A:5=-1!i A:95=ok", "95.0 95.0 95/100 优秀");
    check("deduct", "A:5=-1!c B:95=ok", "95.0 95.0 95/100 优秀");
    check("deduct", "A:5=-1!c A:25=ok B:70=ok", "70.0 70.0 70/100 合格");
}

#[test]
fn categories_are_weighed_and_missing_ones_converted() {
    let weights = ["0.30", "0.20", "0.20", "0.20", "0.10"];
    // 0.3×90 + 0.2×(72÷80×100) + 0.2×85 + 0.2×88 + 0.1×95 = 27+18+17+17.6+9.5 = 89.1
    check_weighted(
        &weights,
        "weighted",
        "A:100=-10 B:20=na B:80=-8 C:100=-15 D:100=-12 E:100=-5",
        "89.1 89.1 430/480 良好",
    );
    // Without B the weights are 0.8: 71.1 ÷ 0.8 = 88.875
    check_weighted(
        &weights,
        "weighted",
        "A:100=-10 B:80=na C:100=-15 D:100=-12 E:100=-5",
        "88.9 88.9 358/400 良好",
    );
}

#[test]
fn a_given_score_is_only_rounded_and_graded() {
    let (manifest, subject, mut assessed) = subject(&[], "given", "A:5=ok");
    let given =
        |value: Option<&str>| NamedScore { scheme: 0, value: value.map(decimal), working: Vec::new() };
    for (value, shown, grade) in [(Some("89.95"), Some("90.0"), "优秀"), (None, None, "未评定")] {
        assessed.scores = vec![given(value)];
        let scored = score(&manifest, &subject, &assessed).expect("small numbers");
        assert_eq!(scored.schemes[0].score, shown.map(decimal));
        assert_eq!(scored.schemes[0].grade, grade);
    }
}

#[test]
fn the_lowest_cap_holds_and_a_veto_beats_it() {
    let cap = |at| Ruling {
        effect: Effect::Cap(at),
        items: Vec::new(),
        reason: Reason { phrase: 0, params: Vec::new() },
        edition: None,
        evidence: Vec::new(),
    };
    for (caps, grade, basis) in [
        (vec![cap(1)], "良好", GradeBasis::Cap(0)),
        (vec![cap(1), cap(2)], "合格", GradeBasis::Cap(1)),
        (vec![cap(0)], "优秀", GradeBasis::Band),
    ] {
        let (manifest, subject, mut assessed) = subject(&[], "deduct", "A:100=-1");
        assessed.rulings = caps;
        let scored = score(&manifest, &subject, &assessed).expect("small numbers");
        assert_eq!((scored.schemes[0].grade.as_str(), &scored.schemes[0].basis), (grade, &basis));
        assert_eq!(scored.schemes[0].grade_by_score, "优秀");
    }
}

#[test]
fn coverage_is_apart_from_compliance() {
    let (manifest, subject, assessed) = subject(&[], "deduct", "A:5=ok A:5=fail A:5=na A:5=no");
    let scored = score(&manifest, &subject, &assessed).expect("small numbers");
    assert_eq!(scored.coverage, Coverage { items: 4, applicable: 3, checked: 2 });
}

#[test]
fn more_deductions_never_raise_a_score() {
    let mut last = None;
    for tenths in 0..=60 {
        let (manifest, subject, assessed) =
            subject(&[], "deduct", &format!("A:7=ok A:6=-{}.{}", tenths / 10, tenths % 10));
        let scored = score(&manifest, &subject, &assessed).expect("small numbers");
        let exact = scored.schemes[0].exact.expect("checked");
        if let Some(last) = last {
            assert_eq!(exact.at_least(last), Some(false), "{tenths}");
        }
        last = Some(exact);
    }
}

#[test]
fn equal_scores_share_a_rank_and_later_checks_replace_earlier_ones() {
    // (enterprise, day, answers) → rank
    let rows = [
        (0, 1, "A:100=-5", None),
        (0, 9, "A:100=-7", Some(2)),
        (1, 2, "A:100=-7", Some(2)),
        (2, 2, "A:100=-1", Some(1)),
        (3, 2, "A:100=-8", Some(4)),
        (4, 2, "A:5=fail! A:95=ok", None),
        (5, 2, "A:100=no", None),
    ];
    let mut manifest = None;
    let mut checks: Vec<_> = rows
        .iter()
        .map(|&(enterprise, day, answers, _)| {
            let (own, mut subject, assessed) = subject(&[], "deduct", answers);
            subject.enterprise = Some(EnterpriseId(enterprise));
            subject.date = Date::constant(2026, 9, day);
            let scored = score(&own, &subject, &assessed).expect("small numbers");
            manifest = Some(own);
            let evaluation = Evaluation::Assessed(assessed);
            Check { subject, evaluation, scored: Some(scored), rank: None, latest: false }
        })
        .collect();
    let manifest = manifest.expect("there are rows");
    let plugin = Plugin { manifest, digest: String::new(), origin: String::new(), local: Vec::new() };
    rank(&[plugin], &mut checks);
    let ranks: Vec<_> = checks.iter().map(|check| check.rank).collect();
    assert_eq!(ranks, rows.map(|row| row.3));
}
