//! Final scores, grades and ranks against values worked out by hand from the rules.

use super::*;
use crate::model::yearend::{Accident, Line, Quarter, Signed, Unit, UnitKind};
use crate::model::{CellRef, Provenance, SourceId};

fn at() -> Provenance {
    Provenance { source: SourceId(0), sheet: 0, cell: CellRef::new(0, 0) }
}

fn number(text: &str) -> Decimal {
    text.parse().expect("a number of the test")
}

/// A sheet of one line: `91.5/100`.
fn sheet(text: &str) -> Sheet {
    let (got, possible) = text.split_once('/').expect("got/possible");
    let line = Line {
        code: "VL-71".to_owned(),
        category: String::new(),
        requirement: String::new(),
        points: number(possible),
        got: Some(number(got)),
        reason: String::new(),
        signed: Signed::default(),
        at: at(),
        got_at: at(),
    };
    Sheet::of(at(), vec![line]).expect("it fits")
}

/// A unit as one line of words: `V01 quarters 93,94 sheet 95/100 self 98/100 rate 13/15 deaths 1
/// bonus matter:3:document penalty 1 objection 0.5:92`.
fn unit(text: &str) -> UnitInputs {
    let mut words = text.split_whitespace();
    let name = words.next().expect("a number").to_owned();
    let kind = if name.starts_with('D') { UnitKind::Department } else { UnitKind::Village };
    let class = if kind == UnitKind::Department { "一" } else { "" };
    let mut unit = UnitInputs {
        unit: Unit { kind, number: name.clone(), name, class: class.to_owned(), at: at() },
        quarters: Vec::new(),
        own: None,
        verified: None,
        entries: Vec::new(),
        accidents: Vec::new(),
        breaches: Vec::new(),
        objections: Vec::new(),
        rate: None,
    };
    while let Some(word) = words.next() {
        let value = words.next().expect("a value");
        let entry = |sense, matter: &str, points: &str, document: &str| Entry {
            sense,
            matter: matter.to_owned(),
            level: String::new(),
            points: number(points),
            document: document.to_owned(),
            at: at(),
            document_at: at(),
        };
        match word {
            "quarters" => {
                let scores = (1..).zip(value.split(','));
                let score = |text: &str| (text != "-").then(|| number(text));
                unit.quarters =
                    scores.map(|(number, text)| Quarter { number, score: score(text), at: at() }).collect();
            }
            "sheet" => unit.verified = Some(sheet(value)),
            "self" => unit.own = Some(sheet(value)),
            "rate" => {
                let (closed, found) = value.split_once('/').expect("closed/found");
                let count = |text: &str| text.parse().expect("a count");
                unit.rate = Some(Rate { closed: count(closed), found: count(found) });
            }
            "deaths" | "other-deaths" => unit.accidents.push(Accident {
                day: "2026-10-14".to_owned(),
                deaths: value.parse().expect("a count"),
                liability: word == "deaths",
                at: at(),
            }),
            "control" => unit.breaches.push(crate::model::yearend::Breach {
                measure: crate::model::yearend::controls::Measure::ALL
                    .into_iter()
                    .find_map(|(measure, key, _)| (key == value).then_some(measure))
                    .expect("a measure"),
                shown: value.to_owned(),
                at: at(),
            }),
            "bonus" => {
                let parts: Vec<_> = value.split(':').collect();
                unit.entries.push(entry(Sense::Bonus, parts[0], parts[1], parts[2]));
            }
            "penalty" => unit.entries.push(entry(Sense::Penalty, "", value, "")),
            "objection" => {
                let (points, score) = value.split_once(':').expect("points:score");
                unit.objections.push(Objection {
                    item: "VL-71".to_owned(),
                    before: String::new(),
                    points: (points != "-").then(|| number(points)),
                    score: number(score),
                    reason: "补证".to_owned(),
                    approved_by: "镇安委会".to_owned(),
                    date: Some(crate::model::Date::constant(2027, 1, 8)),
                    at: at(),
                });
            }
            other => panic!("{other} is no word of the test"),
        }
    }
    unit
}

fn one_line(unit: &UnitInputs, result: &UnitResult) -> String {
    let rank = |rank: Option<u32>| rank.map_or_else(|| "-".to_owned(), |rank| rank.to_string());
    format!(
        "{} {} {} {}/{}",
        unit.unit.number,
        result.score.map_or_else(|| "-".to_owned(), |score| score.to_string()),
        result.grade,
        rank(result.rank),
        rank(result.rank_without_breaker),
    )
}

fn assessed(units: &[&str], objections: Objections) -> (YearEnd, Vec<UnitResult>) {
    let year_end =
        YearEnd { year: 2026, units: units.iter().map(|text| unit(text)).collect(), ..YearEnd::default() };
    let results = assess(&year_end, &built_in_rules(), objections);
    (year_end, results)
}

/// Units in, one line each out.
fn check(units: &[&str], objections: Objections, expected: &[&str]) {
    let (year_end, results) = assessed(units, objections);
    let found: Vec<_> =
        year_end.units.iter().zip(&results).map(|(unit, result)| one_line(unit, result)).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_final_score_is_exact_until_the_end() {
    // 0.4×90.0125 + 0.6×91.5 = 90.905, half-up 90.91.
    check(&["V1 quarters 90,90,90,90.05 sheet 91.5/100"], Objections::Before, &["V1 90.91 良好 1/1"]);
    // Rounded before, 90.01×0.4 + 54.9 would be 90.904.
    check(&["V1 quarters 90.0125 sheet 91.5/100"], Objections::Before, &["V1 90.91 良好 1/1"]);
    // Items that do not apply: 90 of 95 is 94.7368…, 0.4×90 + 0.6×94.7368… = 92.8421….
    check(&["V1 quarters 90 sheet 90/95"], Objections::Before, &["V1 92.84 良好 1/1"]);
    // Nothing is below zero.
    check(&["V1 quarters 0 sheet 1/100 penalty 5"], Objections::Before, &["V1 0.00 不达标 1/1"]);
    // 77.5 of 90 is 86.111….
    check(&["D01 sheet 77.5/90"], Objections::Before, &["D01 86.11 达标 1/1"]);
}

#[test]
fn what_is_missing_leaves_no_score() {
    for text in [
        "V1 quarters 90,-,90,90 sheet 90/100",
        "V1 quarters 90",
        "V1 sheet 90/100",
        "V1 quarters 90 sheet 0/0",
    ] {
        check(&[text], Objections::Before, &["V1 - 未评定 -/-"]);
    }
}

/// At every boundary the rounded score decides: half a hundredth below is up, anything less is down.
#[test]
fn every_boundary_is_decided_by_the_rounded_score() {
    let rules = built_in_rules();
    for (index, band) in rules.village.bands.iter().enumerate() {
        let Some(low) = band.low.filter(|low| low.value > Decimal::ZERO) else { continue };
        let below = &rules.village.bands[index + 1].grade;
        for (distance, grade) in [
            ("0", &band.grade),
            ("0.01", &band.grade),
            ("-0.004", &band.grade),
            ("-0.005", &band.grade),
            ("-0.0050000001", below),
            ("-0.006", below),
            ("-0.01", below),
        ] {
            let score = low.value + number(distance);
            let text = format!("V1 quarters {score} sheet {score}/100");
            let (_, results) = assessed(&[&text], Objections::Before);
            assert_eq!(&results[0].grade, grade, "{score}");
        }
    }
}

/// The same for departments, whose score is converted: at `band × possible ÷ 100` of any possible points.
#[test]
fn converted_scores_meet_their_boundaries_exactly() {
    let rules = built_in_rules();
    for (index, band) in rules.department.bands.iter().enumerate() {
        let Some(low) = band.low.filter(|low| low.value > Decimal::ZERO) else { continue };
        let below = &rules.department.bands[index + 1].grade;
        for possible in ["100", "90", "88", "73", "7"] {
            let possible = number(possible);
            // Points that are just enough for half a hundredth below the bound, and a little less.
            let enough = (low.value - number("0.005")) * possible / Decimal::ONE_HUNDRED;
            for (got, grade) in [(enough, &band.grade), (enough - number("0.0000001"), below)] {
                let (_, results) = assessed(&[&format!("D01 sheet {got}/{possible}")], Objections::Before);
                assert_eq!(&results[0].grade, grade, "{got}/{possible}");
            }
        }
    }
}

/// Against whole-number arithmetic in hundredths: 40 q + 60 s, half-up.
#[test]
fn finals_agree_with_whole_numbers() {
    let mut seed = 20_261_231_u64;
    let mut next = |bound: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % bound
    };
    for _ in 0..3_000 {
        let (quarters, sheet) = (next(10_001), next(10_001));
        let hundredths = (40 * quarters + 60 * sheet + 50) / 100;
        let decimal = |hundredths: u64| Decimal::new(i64::try_from(hundredths).expect("small"), 2);
        let text = format!("V1 quarters {0},{0},{0} sheet {1}/100", decimal(quarters), decimal(sheet));
        let (_, results) = assessed(&[&text], Objections::Before);
        assert_eq!(results[0].score, Some(decimal(hundredths)), "{text}");
    }
}

/// Every score of two digits has exactly one grade, and no higher score has a lower one.
#[test]
fn every_score_has_one_grade() {
    for rules in [built_in_rules().village, built_in_rules().department] {
        let mut last = rules.bands.len();
        for hundredths in 0..=10_300 {
            let score = Decimal::new(hundredths, 2);
            let held: Vec<_> =
                (0..rules.bands.len()).filter(|index| rules.bands[*index].holds(score)).collect();
            assert_eq!(held.len(), 1, "{score}");
            assert!(held[0] <= last, "{score}");
            last = held[0];
        }
    }
}

/// 659.56 of 880 is 74.95 exactly, which one digit shows as 75.0 and a float as 74.9.
#[test]
fn halves_are_rounded_up_from_exact_quotients() {
    for (got, possible, digits, shown) in [
        ("659.56", "880", 1, "75.0"),
        ("659.55", "880", 1, "74.9"),
        ("77.5", "90", 2, "86.11"),
        ("0.05", "100", 1, "0.1"),
        ("1.005", "100", 2, "1.01"),
        ("1.0049999", "100", 2, "1.00"),
    ] {
        let mut rules = built_in_rules().department;
        rules.digits = digits;
        let exact = on_scale(&rules, number(got), number(possible)).expect("it fits");
        assert_eq!(
            rounded(exact, digits).map(|score| score.to_string()).as_deref(),
            Some(shown),
            "{got}/{possible}"
        );
    }
}

#[test]
fn bonuses_need_a_document_count_once_and_have_a_limit() {
    for (entries, raw, bonus) in [
        ("bonus 甲:2:1号 bonus 甲:3:2号 bonus 乙:2:3号", "5", "3"),
        ("bonus 甲:1:", "0", "0"),
        ("bonus 甲:1: bonus 甲:0.5:1号", "0.5", "0.5"),
        ("bonus 甲:1:1号 bonus 甲:1:2号", "1", "1"),
        ("bonus 甲:3:1号 bonus 甲:1:2号 penalty 4", "3", "3"),
    ] {
        let (_, results) = assessed(&[&format!("V1 quarters 90 sheet 90/100 {entries}")], Objections::Before);
        assert_eq!((results[0].bonus_raw, results[0].bonus), (number(raw), number(bonus)), "{entries}");
    }
}

#[test]
fn equals_are_ordered_by_rectification_or_share_a_rank() {
    let all = |rate: &str| format!("quarters 90 sheet 90/100 {rate}");
    let units = [
        format!("V1 {}", all("rate 2/3")),
        format!("V2 {}", all("rate 20/30")),
        format!("V3 {}", all("rate 3/4")),
        format!("V4 {}", all("rate 0/0")),
        "V5 quarters 80 sheet 80/100".to_owned(),
        "V6 quarters 95 sheet 95/100 deaths 1".to_owned(),
        format!("V7 {}", all("rate 5/9 other-deaths 2")),
    ];
    let units: Vec<_> = units.iter().map(String::as_str).collect();
    check(
        &units,
        Objections::Before,
        &[
            "V1 90.00 良好 2/1",
            "V2 90.00 良好 2/1",
            "V3 90.00 良好 1/1",
            "V4 90.00 良好 5/1",
            "V5 80.00 达标 6/6",
            "V6 95.00 一票否决 -/-",
            "V7 90.00 良好 4/1",
        ],
    );
}

#[test]
fn an_objection_replaces_the_verified_score() {
    let unit = "V1 quarters 90,90,90,90.05 sheet 91.5/100 self 93/100 objection 0.5:92";
    check(&[unit], Objections::Before, &["V1 90.91 良好 1/1"]);
    check(&[unit], Objections::After, &["V1 91.21 良好 1/1"]);
    // A score on the scale of the full marks: 78 of 90 is 86.67.
    check(&["D01 sheet 77.5/90 objection 0.5:86.67"], Objections::After, &["D01 86.67 达标 1/1"]);
    check(&["D01 sheet 77.5/90 objection 0.5:78"], Objections::After, &["D01 86.67 达标 1/1"]);
    // What does not add up holds as it is written, and is asked about.
    check(&["V1 quarters 90 sheet 90/100 objection 0.5:95"], Objections::After, &["V1 93.00 良好 1/1"]);
    let year_end = YearEnd {
        year: 2026,
        units: vec![self::unit("V1 quarters 90 sheet 90/100 objection 0.5:95")],
        ..YearEnd::default()
    };
    let codes: Vec<_> = super::check(&year_end, &built_in_rules()).iter().map(|one| one.code).collect();
    assert_eq!(codes, [ProblemCode::ObjectionMismatch]);
}

#[test]
fn what_would_help_is_recomputed() {
    let year_end = YearEnd {
        year: 2026,
        units: vec![
            unit("V1 quarters 91 sheet 90/100 rate 5/6"),
            unit("V2 quarters 90 sheet 89/100 rate 6/7 bonus 甲:1:"),
        ],
        ..YearEnd::default()
    };
    let steps = what_if(&year_end, &built_in_rules());
    let shown: Vec<_> = steps
        .iter()
        .map(|step| {
            let rank = step.rank.map_or(0, |rank| rank);
            format!("{} {} +{} {} {} {rank}", step.unit, step.what, step.gain, step.score, step.grade)
        })
        .collect();
    assert_eq!(
        shown,
        ["0 VL-71 +6.00 96.40 优秀 1", "1 VL-71 +6.60 96.00 优秀 1", "1 补依据文号:甲 +1.00 90.40 良好 1",]
    );
}

#[test]
fn a_grade_that_flips_under_other_rules_is_told() {
    let year_end = YearEnd {
        year: 2026,
        units: vec![unit("V1 quarters 91 sheet 90/100"), unit("V2 quarters 80 sheet 80/100")],
        ..YearEnd::default()
    };
    let tailoring = crate::tailoring::Tailoring::read(
        "schema = 1\ntitle = \"\"\n[[change]]\nkey = \"village.bands\"\nvalue = [{ grade = \"好\", from = \"91\" }, { grade = \"达标\", from = \"0\" }]\nremark = \"因\"\ndate = \"2026-03-01\"\napprover = \"镇\"\n",
    )
    .expect("it is right");
    let other = YearEndRules::tailored(&[tailoring]).expect("it is right");
    let flips = replay(&year_end, &built_in_rules(), &other);
    let shown: Vec<_> =
        flips.iter().map(|flip| (flip.unit, &*flip.before.grade, &*flip.after.grade)).collect();
    assert_eq!(shown, [(0, "良好", "达标")]);
}

#[test]
fn deaths_beyond_the_control_figure_disqualify_a_department() {
    let before = Objections::Before;
    check(
        &["D01 sheet 99/100 control deaths", "D02 sheet 90/100"],
        before,
        &["D01 99.00 一票否决 -/-", "D02 90.00 良好 1/1"],
    );
    // Other figures are told on their sheet only; villages have the veto by accidents.
    check(&["D01 sheet 99/100 control accidents"], before, &["D01 99.00 优秀 1/1"]);
    check(&["V01 quarters 99 sheet 99/100 control deaths"], before, &["V01 99.00 优秀 1/1"]);
}
