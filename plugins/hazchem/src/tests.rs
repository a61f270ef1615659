//! The checklist against its definition, and the golden cases.

use std::collections::BTreeSet;

use anping_sdk::sector::SDK_PHRASES;
use anping_sdk::{Charge, Date, Decimal, MajorMark, Mark, Ratio, Scope, Verdict, assess, case};

use super::*;

/// Code, points, veto, major, tags: the columns of the checklist's definition, one item a line.
const DEFINITION: &str = include_str!("tests/definition.txt");

#[test]
fn items_are_those_of_the_definition() {
    let items: Vec<_> = CHECKLIST
        .items
        .iter()
        .map(|item| {
            let veto = if item.veto == Some(Scope::Total) { "veto" } else { "-" };
            let major = if item.major == MajorMark::Direct { "major" } else { "-" };
            let tags: String = item.applies.iter().map(|&tag| CHECKLIST.tags[tag as usize].code).collect();
            format!("{} {} {veto} {major} {tags}", item.code, item.points)
        })
        .collect();
    assert_eq!(items, DEFINITION.lines().collect::<Vec<_>>());
}

fn full_marks_of(applies: impl Fn(&Item) -> bool) -> (usize, String) {
    let items: Vec<_> = CHECKLIST.items.iter().filter(|item| applies(item)).collect();
    let sum = items.iter().try_fold(Ratio::ZERO, |sum, item| sum.plus(item.points.ratio()));
    (items.len(), sum.and_then(|sum| sum.rounded(0)).map_or_else(String::new, |sum| sum.to_string()))
}

#[test]
fn points_add_up_for_every_kind_of_enterprise() {
    assert_eq!(full_marks_of(|_| true), (66, "205".to_owned()));
    for (code, n_items, points) in
        [("P", 56, "177"), ("S", 50, "161"), ("B", 41, "132"), ("G", 30, "95"), ("U", 37, "120")]
    {
        let tag = CHECKLIST.tag_index(code).expect("a tag of the checklist");
        assert_eq!(full_marks_of(|item| item.applies.contains(&tag)), (n_items, points.to_owned()), "{code}");
    }
}

#[test]
fn cases_say_what_the_rule_says_and_never_take_more_than_the_item_has() {
    for item in CHECKLIST.items {
        let texts: Vec<_> = item.cases.iter().map(|case| case.text).collect();
        assert_eq!(texts.join(";"), item.rule_text, "{}", item.code);
        for case in item.cases {
            let place = format!("{} {}", item.code, case.text);
            match case.charge {
                Charge::Once(points) | Charge::Each(points) => {
                    assert!(points.is_positive() && points <= item.points, "{place}");
                    let says = case.text.split_once('扣').expect("a case with points says 扣").1;
                    let says = &says[..says.find('分').expect("points are 分")];
                    assert_eq!(Decimal::parse(says), Some(points), "{place}");
                    assert_eq!((case.scope, case.veto), (Scope::Item, false), "{place}");
                }
                Charge::RulingOnly => {
                    assert!(case.text.ends_with("本表判不合格"), "{place}");
                    assert_eq!((case.scope, case.veto, item.veto), (Scope::Total, true, Some(Scope::Total)));
                }
                Charge::AllPoints => panic!("no rule says so: {place}"),
            }
        }
    }
    let vetoes = CHECKLIST.items.iter().filter(|item| item.cases.iter().any(|case| case.veto));
    assert_eq!(vetoes.map(|item| item.code).collect::<Vec<_>>(), ["HC-A01", "HC-D05", "HC-E11"]);
}

#[test]
fn every_direct_item_has_its_clauses() {
    let without = |edition: &str| -> Vec<_> {
        let edition = CHECKLIST.editions.iter().position(|e| e.id == edition).expect("an edition") as u32;
        let lacks = |item: &&Item| !item.major_bases.iter().any(|basis| basis.edition == edition);
        let direct = CHECKLIST.items.iter().filter(|item| item.major == MajorMark::Direct);
        direct.filter(lacks).map(|item| item.code).collect()
    };
    assert_eq!(
        without("MH-121-2017"),
        ["HC-B03", "HC-C03", "HC-C06", "HC-D04", "HC-E11", "HC-G02", "HC-J03"]
    );
    assert_eq!(without("MH-AQ3067-2026"), ["HC-E11"]);
    for item in CHECKLIST.items {
        assert_eq!(item.major == MajorMark::Direct, !item.major_bases.is_empty(), "{}", item.code);
        for basis in item.major_bases {
            assert_eq!(basis.major, MajorMark::Direct, "{}", item.code);
        }
    }
}

/// Of 121号, (十六) to (二十) are known from memory and the rest was read; of AQ 3067-2026 only
/// numbers and themes are known, at second hand. A report prints the mark beside the clause.
#[test]
fn clauses_that_were_not_read_are_marked() {
    let from_memory = ["(十六)", "(十七)", "(十八)", "(十九)", "(二十)"];
    let expected = |source: &str, clause: &str| match source {
        "mh-121" | "MH-121-2017" if from_memory.contains(&clause) => Mark::Memory,
        "mh-121" | "MH-121-2017" | "FIRE-2017" => Mark::Clause,
        "aq-3067" | "MH-AQ3067-2026" => Mark::Secondary,
        "gb-50156" | "FIRE-2025" => Mark::Memory,
        other => panic!("{other}"),
    };
    for item in CHECKLIST.items {
        for basis in item.major_bases {
            let edition = CHECKLIST.editions[basis.edition as usize].id;
            assert_eq!(basis.mark, expected(edition, basis.clause), "{} {}", item.code, basis.clause);
        }
        for citation in item.citations {
            let document = CHECKLIST.documents[citation.document as usize].key;
            if ["mh-121", "aq-3067", "gb-50156"].contains(&document) {
                let place = format!("{} {}", item.code, citation.clause);
                assert_eq!(citation.mark, expected(document, citation.clause), "{place}");
            }
        }
    }
}

#[test]
fn documents_have_their_first_day_and_are_cited() {
    for (key, from) in [
        ("hazchem-law", (2026, 5, 1)),
        ("safety-law", (2021, 9, 1)),
        ("order-19", (2026, 6, 1)),
        ("aq-3067", (2026, 9, 30)),
        ("aq-3072", (2026, 9, 30)),
        ("gb-2894", (2026, 3, 1)),
        ("gb-12158", (2026, 1, 1)),
        ("gb-35181-2025", (2025, 11, 1)),
    ] {
        let document = CHECKLIST.documents.iter().find(|document| document.key == key).expect(key);
        assert_eq!(document.effective.0, Some(Date::new(from.0, from.1, from.2)), "{key}");
    }
    let cited: BTreeSet<_> = CHECKLIST
        .items
        .iter()
        .inspect(|item| assert!(!item.citations.is_empty(), "{}", item.code))
        .flat_map(|item| item.citations)
        .map(|citation| CHECKLIST.documents[citation.document as usize].key)
        .collect();
    let uncited: Vec<_> =
        CHECKLIST.documents.iter().map(|document| document.key).filter(|key| !cited.contains(key)).collect();
    // What the rules and requirements speak of without an item that cites it.
    assert_eq!(uncited, ["hazchem-regulation", "gb-18218", "gb-30871", "gb-35181-2017", "gb-35181-2025"]);
}

#[test]
fn the_edition_changes_on_30_september_2026() {
    for (day, edition) in [
        (Date::new(2017, 11, 13), "MH-121-2017"),
        (Date::new(2026, 9, 29), "MH-121-2017"),
        (Date::new(2026, 9, 30), "MH-AQ3067-2026"),
        (Date::new(2027, 1, 1), "MH-AQ3067-2026"),
    ] {
        let found = CHECKLIST.edition_on(day).map(|index| CHECKLIST.editions[index as usize].id);
        assert_eq!(found, Some(edition));
    }
}

#[test]
fn the_item_that_is_handed_over_says_so() {
    let rules = CHECKLIST.items.iter().filter(|item| item.rule_text.contains("移交执法"));
    assert_eq!(rules.map(|item| item.code).collect::<Vec<_>>(), [HAND_OVER]);
}

/// What a subject gives, in the lines of a golden case.
fn run(case: &case::Case) -> Result<Assessed, Failure> {
    assess::<Hazchem>(&case.context, &case.subject)
}

fn cases() -> impl Iterator<Item = case::Case> {
    CASES.iter().map(|text| case::read(&CHECKLIST, text).unwrap_or_else(|wrong| panic!("{text}\n{wrong}")))
}

/// The lines `score` to `deduct`, by the main scheme's own words: deduct to zero, not applicable
/// leaves what is possible, not checked stays and earns nothing, rounded once, then graded.
fn score_lines(case: &case::Case, assessed: &Assessed) -> String {
    if let [given] = assessed.scores.as_slice() {
        let scheme = &CHECKLIST.schemes[given.scheme as usize];
        let value = given.value.map_or_else(|| "未评定".to_owned(), |value| value.to_string());
        let grade = if assessed.rulings.is_empty() { scheme.bands[0].grade } else { scheme.veto_grade };
        return format!("score {} {value}\ngrade {grade}\n", scheme.code);
    }
    if case.subject.answers.is_empty() {
        return String::new();
    }
    let number = |ratio: Ratio| {
        let text = ratio.rounded(2).expect("small").to_string();
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    let minus = |a: Ratio, b: Ratio| Ratio::whole(-1).times(b).and_then(|b| a.plus(b)).expect("small");
    let (mut possible, mut got, mut is_checked) = (Ratio::ZERO, Ratio::ZERO, false);
    let mut deducted = String::new();
    for outcome in &assessed.outcomes {
        let item = &CHECKLIST.items[outcome.item as usize];
        if outcome.verdict == Verdict::NotApplicable {
            continue;
        }
        possible = possible.plus(item.points.ratio()).expect("small");
        if outcome.verdict == Verdict::NotChecked {
            continue;
        }
        is_checked = true;
        let taken = outcome.deductions().map(|deduction| deduction.points).max().unwrap_or(Decimal::ZERO);
        let taken = taken.min(item.points).ratio();
        got = got.plus(minus(item.points.ratio(), taken)).expect("small");
        if taken != Ratio::ZERO {
            deducted += &format!("deduct {} {}\n", item.code, number(taken));
        }
    }
    let scheme = &CHECKLIST.schemes[0];
    let (score, grade) = if is_checked {
        let score = got.over(possible).and_then(|rate| rate.times(scheme.full_marks.ratio()));
        let score = score.and_then(|score| score.rounded(scheme.digits)).expect("small");
        let band = scheme.bands.iter().find(|band| score >= band.lower).expect("the last bound is 0");
        let is_vetoed = assessed.rulings.iter().any(|ruling| matches!(ruling.effect, Effect::Veto(_)));
        (score.to_string(), if is_vetoed { scheme.veto_grade } else { band.grade })
    } else {
        ("未评定".to_owned(), "未评定")
    };
    let (got, possible) = (number(got), number(possible));
    format!("score main {score}\ngrade {grade}\ngot {got}\npossible {possible}\n{deducted}")
}

#[test]
fn golden_cases_come_out_as_worked_by_hand() {
    let mut names = BTreeSet::new();
    for case in cases() {
        let found = match run(&case) {
            Err(failure) => format!("failure {}\n", failure.message),
            Ok(assessed) => {
                let printed = case::print(&CHECKLIST, &assessed);
                let (edition, rest) = printed.split_once('\n').expect("every subject has an edition");
                format!("{edition}\n{}{rest}", score_lines(&case, &assessed))
            }
        };
        assert_eq!(found, case.expected, "{}", case.name);
        assert!(names.insert(case.name.clone()), "two cases are called {}", case.name);
    }
    assert!(names.len() > 40);
}

/// A host refuses a sentence with another number of parameters than places.
#[test]
fn every_sentence_is_said_in_a_golden_case_and_its_places_are_filled() {
    let mut said = BTreeSet::new();
    for assessed in cases().filter_map(|case| run(&case).ok()) {
        let reasons = assessed
            .notes
            .iter()
            .map(|note| &note.reason)
            .chain(assessed.rulings.iter().map(|ruling| &ruling.reason))
            .chain(assessed.hazards.iter().map(|hazard| &hazard.reason))
            .chain(assessed.indicators.iter().flat_map(|indicator| &indicator.working));
        for reason in reasons {
            let phrase = &CHECKLIST.phrases[reason.phrase as usize];
            let places = (0..9).take_while(|place| phrase.text.contains(&format!("{{{place}}}"))).count();
            assert_eq!(reason.params.len(), places, "{}", phrase.code);
            said.insert(phrase.code);
        }
    }
    let own = CHECKLIST.phrases[SDK_PHRASES.len()..].iter().map(|phrase| phrase.code);
    assert_eq!(own.filter(|code| !said.contains(code)).collect::<Vec<_>>(), Vec::<&str>::new());
}
