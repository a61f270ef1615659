//! Every grade boundary of every built-in scheme, and of the year-end rules: just below, at and above each
//! bound, where rounding carries a score over it, and with different items out of what is possible.
//! The expected score is worked out here in whole numbers, not by the engine.

use std::collections::BTreeSet;

use acceptance::sandbox::{Sandbox, fact, row, sheet, worth};
use anping::model::yearend::{Quarter, Sheet, Signed, Unit, UnitInputs, UnitKind};
use anping::model::{
    CellRef, Decimal, Manifest, Method, Provenance, Rounding, Scheme, SourceId, Subject, Value, YearEnd,
};
use anping::yearend::{self, Objections, built_in_rules};

/// Points are counted in hundredths.
const SCALE: u32 = 2;

fn decimal(hundredths: i128) -> Decimal {
    Decimal::from_i128_with_scale(hundredths, SCALE)
}

fn hundredths(points: Decimal) -> i128 {
    let scaled = points * Decimal::ONE_HUNDRED;
    assert!(scaled.is_integer(), "{points} has more than two digits");
    scaled.normalize().to_string().parse().expect("whole")
}

/// got ÷ possible × full marks, half-up, in units of the last digit shown.
fn shown(got: i128, possible: i128, full_marks: i128, digits: u8) -> i128 {
    let unit = 10_i128.pow(digits.into());
    (2 * got * full_marks * unit + possible) / (2 * possible)
}

/// Points around a bound on a sheet of so many possible points: the first that rounding carries up to
/// the bound, the one before it, the bound itself, and its neighbours.
fn around(lower: i128, possible: i128, full_marks: i128, digits: u8) -> BTreeSet<i128> {
    let unit = 10_i128.pow(digits.into());
    // got × full × 2 × unit ≥ possible × (2 × lower × unit − 1)
    let divisor = 2 * full_marks * unit;
    let carried = (possible * (2 * lower * unit - 1) + divisor - 1).div_euclid(divisor);
    let bound = (possible * lower).div_euclid(full_marks);
    let near = [carried - 1, carried, carried + 1, bound - 1, bound, bound + 1];
    near.into_iter().filter(|got| (0..=possible).contains(got)).collect()
}

fn whole(number: Decimal) -> i128 {
    assert!(number.is_integer(), "{number} is not whole");
    number.normalize().to_string().parse().expect("whole")
}

/// The grade of a shown score by the bands as they are declared.
fn grade(scheme: &Scheme, shown: i128) -> &str {
    let score = Decimal::from_i128_with_scale(shown, scheme.digits.into());
    &scheme.bands.iter().find(|band| score >= band.lower).expect("the last band begins at 0").grade
}

/// What must come out for a subject: score and grade of a scheme.
struct Expected {
    subject: Subject,
    scheme: usize,
    shown: i128,
    what: String,
}

/// Sheets of a deduction scheme: with everything, and without each category and each of the first items.
fn deducted(sandbox: &Sandbox, manifest: &Manifest, scheme: usize) -> Vec<Expected> {
    let rules = &manifest.schemes[scheme];
    let positions = 0..manifest.items.len();
    let mut choices: Vec<Vec<usize>> = vec![Vec::new()];
    choices.extend(
        (0..manifest.categories.len() as u32).map(|category| {
            positions.clone().filter(|&at| manifest.items[at].category == category).collect()
        }),
    );
    choices.extend(positions.clone().take(6).map(|at| vec![at]));
    let mut cases = Vec::new();
    for excused in choices {
        let applies = positions.clone().filter(|at| !excused.contains(at));
        let possible: Decimal =
            applies.filter(|&at| manifest.items[at].scored).map(|at| manifest.items[at].points).sum();
        let possible = hundredths(possible);
        for band in rules.bands.iter().filter(|band| !band.lower.is_zero()) {
            for got in around(whole(band.lower), possible, whole(rules.full_marks), rules.digits) {
                let mut subject = sandbox.subject(&manifest.id, &manifest.kinds[0].code);
                if manifest.facts.iter().any(|fact| fact.code == "performance") {
                    let best = Value::Text(rules.bands[0].grade.as_str().into());
                    fact(manifest, &mut subject, "performance", best);
                }
                sheet(manifest, &mut subject, &excused, decimal(possible - got));
                let shown = shown(got, possible, whole(rules.full_marks), rules.digits);
                let what = format!("{} {}/{}", manifest.id, decimal(got), decimal(possible));
                cases.push(Expected { subject, scheme, shown, what });
            }
        }
    }
    cases
}

/// Sheets of a scheme that its plugin scores by a table: one line of so many points.
fn given(sandbox: &Sandbox, manifest: &Manifest, scheme: usize) -> Vec<Expected> {
    let rules = &manifest.schemes[scheme];
    let number = |hundredths: i128| Value::Number(decimal(hundredths));
    let mut cases = Vec::new();
    for possible in [10_000_i128, 9_000, 8_800, 7_700, 33_300] {
        for band in rules.bands.iter().filter(|band| !band.lower.is_zero()) {
            for got in around(whole(band.lower), possible, whole(rules.full_marks), rules.digits) {
                let mut subject = sandbox.subject(&manifest.id, &rules.code);
                let cells = match rules.code.as_str() {
                    "review" => vec![Value::Absent, Value::Absent, number(possible), number(got)],
                    other => panic!("no sheet is known for the scheme {other}"),
                };
                row(manifest, &mut subject, &rules.code, cells);
                let shown = shown(got, possible, whole(rules.full_marks), rules.digits);
                let what = format!("{} {}/{}", manifest.id, decimal(got), decimal(possible));
                cases.push(Expected { subject, scheme, shown, what });
            }
        }
    }
    cases
}

#[test]
fn every_bound_of_every_built_in_scheme_is_exact() {
    let sandbox = Sandbox::with(Vec::new());
    let mut walked = BTreeSet::new();
    for manifest in sandbox.manifests() {
        for (index, scheme) in manifest.schemes.iter().enumerate() {
            assert_eq!(scheme.rounding, Rounding::ThenGrade, "{} {}", manifest.id, scheme.code);
            let cases = match scheme.method {
                Method::Deduct => deducted(&sandbox, manifest, index),
                Method::Given => given(&sandbox, manifest, index),
                Method::Weighted => panic!("no built-in scheme weighs categories"),
            };
            let subjects: Vec<_> = cases.iter().map(|case| case.subject.clone()).collect();
            let mut grades = BTreeSet::new();
            for (case, (_, scored)) in cases.iter().zip(sandbox.run(&subjects)) {
                let found = scored.schemes.iter().find(|one| one.scheme as usize == case.scheme);
                let found = found.expect("a score");
                let score = Decimal::from_i128_with_scale(case.shown, scheme.digits.into());
                let expected = (Some(score.to_string()), grade(scheme, case.shown));
                assert_eq!(
                    (found.score.map(|score| score.to_string()), &*found.grade),
                    expected,
                    "{}",
                    case.what
                );
                grades.insert(found.grade.clone());
            }
            // Each bound was crossed; a scheme of one grade has none.
            assert!(
                scheme.bands.len() == 1 || grades.len() == scheme.bands.len(),
                "{} {grades:?}",
                manifest.id
            );
            walked.insert(format!("{} {}", manifest.id, scheme.code));
        }
    }
    let expected = [
        "crowded main",
        "department main",
        "emergency main",
        "enterprise main",
        "fireworks main",
        "fireworks review",
        "hazchem elements",
        "hazchem main",
        "standardization main",
        "village main",
    ];
    assert_eq!(walked.into_iter().collect::<Vec<_>>(), expected);
}

/// 659.56 of 880 is exactly 74.95: shown as 75.0, and 二级 by what is shown. A hundredth less is not.
#[test]
fn a_score_is_rounded_before_it_is_graded() {
    let sandbox = Sandbox::with(Vec::new());
    let manifest = sandbox.manifest("standardization");
    let excused = worth(manifest, Decimal::from(120));
    let of = |got: i128| {
        let mut subject = sandbox.subject("standardization", "review");
        fact(manifest, &mut subject, "performance", Value::Text("一级".into()));
        sheet(manifest, &mut subject, &excused, decimal(88_000 - got));
        let (_, scored) = sandbox.run(&[subject]).remove(0);
        let main = &scored.schemes[0];
        (main.possible.normalize().to_string(), main.score.map(|one| one.to_string()), main.grade.clone())
    };
    let expected = |score: &str, grade: &str| ("880".to_owned(), Some(score.to_owned()), grade.to_owned());
    assert_eq!(of(65_956), expected("75.0", "二级"));
    assert_eq!(of(65_955), expected("74.9", "三级"));
}

fn place() -> Provenance {
    Provenance { source: SourceId(0), sheet: 0, cell: CellRef::new(0, 0) }
}

/// A unit with the same score in each quarter, and a verified sheet.
fn unit(
    kind: UnitKind,
    class: &str,
    quarter: Option<Decimal>,
    got: Decimal,
    possible: Decimal,
) -> UnitInputs {
    let number = if kind == UnitKind::Village { "V01" } else { "D01" };
    let quarters = quarter.map_or_else(Vec::new, |score| {
        (1..=4).map(|number| Quarter { number, score: Some(score), at: place() }).collect()
    });
    UnitInputs {
        unit: Unit {
            kind,
            number: number.to_owned(),
            name: "某单位".to_owned(),
            class: class.to_owned(),
            at: place(),
        },
        quarters,
        own: None,
        verified: Some(Sheet { at: place(), lines: Vec::new(), got, possible, signed: Signed::default() }),
        entries: Vec::new(),
        accidents: Vec::new(),
        breaches: Vec::new(),
        objections: Vec::new(),
        rate: None,
    }
}

/// Runs units by the built-in rules; each must have its score, in hundredths, and the grade of it.
fn check(units: Vec<(UnitInputs, i128)>) {
    let rules = built_in_rules();
    let (units, expected): (Vec<_>, Vec<_>) = units.into_iter().unzip();
    let year_end = YearEnd { year: 2026, units, ..YearEnd::default() };
    let results = yearend::assess(&year_end, &rules, Objections::Before);
    let mut grades = BTreeSet::new();
    for ((unit, result), expected) in year_end.units.iter().zip(results).zip(expected) {
        // 《镇考核办法》: 优秀 from 95, 良好 from 90, 达标 from 80, by the rounded score.
        let grade = match expected {
            9_500.. => "优秀",
            9_000.. => "良好",
            8_000.. => "达标",
            _ => "不达标",
        };
        assert_eq!((result.score, &*result.grade), (Some(decimal(expected)), grade), "{:?}", unit.verified);
        grades.insert(result.grade);
    }
    assert_eq!(grades.len(), 4);
}

#[test]
fn every_bound_of_departments_is_exact() {
    let mut units = Vec::new();
    for possible in [10_000_i128, 9_000, 8_800, 7_700, 9_999] {
        for lower in [95, 90, 80] {
            for got in around(lower, possible, 100, 2) {
                let inputs = unit(UnitKind::Department, "一", None, decimal(got), decimal(possible));
                units.push((inputs, shown(got, possible, 100, 2)));
            }
        }
    }
    check(units);
}

/// 40 % of the quarters and 60 % of the sheet, rounded once: the sum is exact until then.
#[test]
fn every_bound_of_villages_is_exact() {
    let mut units = Vec::new();
    for lower in [95_i128, 90, 80] {
        // The quarters stand a little beside the bound, the sheet is moved in steps of 0.0001 over the half
        // hundredth below the bound, and over the bound.
        for beside in [-37_i128, 0, 5, 250] {
            let quarter = lower * 100 + beside;
            // Ten-thousandths of the final score: 0.4 × quarter + 0.6 × sheet.
            let sheet_at = |final_: i128| (final_ * 10 - quarter * 100 * 4) / 6;
            for target in [lower * 10_000 - 50, lower * 10_000] {
                for step in -3..=3 {
                    let sheet = sheet_at(target) + step;
                    if !(0..=1_000_000).contains(&sheet) {
                        continue;
                    }
                    // In hundred-thousandths, which are exact; then half-up to hundredths.
                    let exact = quarter * 100 * 4 + sheet * 6;
                    let shown = (exact + 500).div_euclid(1_000);
                    let inputs = unit(
                        UnitKind::Village,
                        "",
                        Some(decimal(quarter)),
                        Decimal::from_i128_with_scale(sheet, 4),
                        Decimal::ONE_HUNDRED,
                    );
                    units.push((inputs, shown));
                }
            }
        }
    }
    check(units);
}
