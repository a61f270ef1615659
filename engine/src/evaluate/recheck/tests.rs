//! Lies, one a row: what was changed in an honest manifest or answer, and what must be said.

use super::*;
use crate::model::{
    Band, Beside, Case, Category, CellRef, Citation, Document, Edition, Gives, Hazard, HazardLevel,
    Indicator, KnownTable, MajorBasis, MajorMark, Mark, NamedScore, Need, Note, Phrase, Provenance, Rounding,
    Ruling, SourceId, TableRow, TableSpec, Term, Unchecked, ValueKind, Written,
};

fn number(text: &str) -> Decimal {
    text.parse().expect("the row holds a number")
}

fn day(text: &str) -> Option<Date> {
    Some(text.parse().expect("the row holds a day"))
}

fn term(code: &str) -> Term {
    Term { code: code.to_owned(), title: code.to_owned() }
}

fn honest_fact(code: &str) -> Fact {
    Fact {
        code: code.to_owned(),
        title: "设计最大量".to_owned(),
        aliases: vec!["最大量".to_owned()],
        kind: ValueKind::Number,
        unit: "t".to_owned(),
        asked_of: None,
    }
}

fn honest_item(code: &str, points: i64) -> Item {
    Item {
        code: code.to_owned(),
        category: 0,
        requirement: "有证\n且在有效期内".to_owned(),
        method: "查证照".to_owned(),
        points: Decimal::from(points),
        scored: true,
        rule_text: "一处扣1分".to_owned(),
        cases: vec![Case {
            code: "a".to_owned(),
            text: "一处不符".to_owned(),
            charge: Charge::Each(Decimal::ONE),
            limit: None,
            scope: Scope::Item,
            hazard: Some(HazardLevel::General),
            veto: false,
        }],
        citations: vec![Citation {
            document: 0,
            clause: "第41条".to_owned(),
            effective: (None, None),
            mark: Mark::Clause,
        }],
        major: MajorMark::Direct,
        major_bases: vec![MajorBasis {
            edition: 0,
            clause: "(二)".to_owned(),
            major: MajorMark::Direct,
            mark: Mark::Secondary,
        }],
        veto: Some(Scope::Total),
        applies: vec![0],
        mark: Mark::Clause,
    }
}

fn honest_scheme(code: &str, method: Method) -> Scheme {
    Scheme {
        code: code.to_owned(),
        title: "得分".to_owned(),
        method,
        full_marks: Decimal::ONE_HUNDRED,
        digits: 1,
        rounding: Rounding::ThenGrade,
        unchecked: Unchecked::Zero,
        convert_not_applicable: true,
        bands: [("优秀", 90), ("合格", 60), ("不合格", 0)]
            .map(|(grade, lower)| Band { grade: grade.to_owned(), lower: Decimal::from(lower) })
            .to_vec(),
        veto_grade: "不合格".to_owned(),
        source: "评分说明".to_owned(),
    }
}

fn honest_manifest() -> Manifest {
    Manifest {
        id: "demo-1".to_owned(),
        version: "1.0.0".to_owned(),
        title: "演示".to_owned(),
        checklist_title: "演示检查表".to_owned(),
        editions: vec![Edition {
            id: "D-2026".to_owned(),
            title: "2026版".to_owned(),
            effective: (day("2026-01-01"), None),
            note: String::new(),
        }],
        kinds: vec![term("check")],
        tags: vec![term("G")],
        documents: vec![Document {
            key: "law".to_owned(),
            title: "《安全生产法》".to_owned(),
            number: String::new(),
            effective: (day("2021-09-01"), None),
        }],
        categories: vec![Category { code: "A".to_owned(), title: "证照".to_owned(), weight: None }],
        items: vec![honest_item("A-1", 2), honest_item("A-2", 8)],
        facts: vec![honest_fact("q")],
        tables: vec![TableSpec {
            code: "units".to_owned(),
            title: "单元".to_owned(),
            columns: vec![honest_fact("name"), honest_fact("q")],
        }],
        needs: vec![Need { source: "ledger".to_owned(), indicator: "open".to_owned() }],
        gives: vec![Gives { code: "S".to_owned(), title: "S".to_owned(), unit: String::new() }],
        phrases: vec![
            Phrase { code: "plain".to_owned(), text: "看一看".to_owned() },
            Phrase { code: "two".to_owned(), text: "{1} 超过 {0}".to_owned() },
        ],
        schemes: vec![honest_scheme("score", Method::Deduct), honest_scheme("own", Method::Given)],
        wants_remarks: false,
    }
}

/// Changes an honest manifest and checks what is said: the path and the breach in English; nothing
/// where it stays right.
fn check_manifest(change: impl FnOnce(&mut Manifest), expected: &str) {
    let mut changed = honest_manifest();
    change(&mut changed);
    let found = manifest(&changed).err().map(|violation| violation.en()).unwrap_or_default();
    assert_eq!(found, expected);
}

#[test]
fn an_honest_manifest_passes() {
    check_manifest(|_| {}, "");
}

#[test]
fn a_manifest_that_lies_is_refused() {
    check_manifest(|m| m.id.clear(), "id: empty");
    check_manifest(|m| m.id = "Demo".to_owned(), "id: \"Demo\" is not of the wanted form");
    check_manifest(|m| m.id = "../x".to_owned(), "id: \"../x\" is not of the wanted form");
    check_manifest(|m| m.id = "a".repeat(65), "id: at most 64 bytes, found 65");
    check_manifest(|m| m.version = "v1".to_owned(), "version: \"v1\" is not of the wanted form");
    check_manifest(|m| m.title = "a\nb".to_owned(), "title: character U+000A cannot be printed");
    check_manifest(|m| m.title = "a\u{202e}b".to_owned(), "title: character U+202E cannot be printed");
    check_manifest(|m| m.title = "长".repeat(171), "title: at most 512 bytes, found 513");
    check_manifest(|m| m.kinds.clear(), "kinds: empty");
    check_manifest(|m| m.schemes.clear(), "schemes: empty");
    check_manifest(|m| m.items.clear(), "items: empty");
    check_manifest(|m| m.items = vec![honest_item("A", 1); 2001], "items: at most 2000, found 2001");
    check_manifest(|m| m.kinds.push(term("check")), "kinds[1]: \"check\" occurs twice");
    check_manifest(|m| m.tags[0].code = "a b".to_owned(), "tags[0]: \"a b\" is not of the wanted form");
    check_manifest(|m| m.items[1].code = "A-1".to_owned(), "items[1]: \"A-1\" occurs twice");
    check_manifest(
        |m| m.editions[0].effective = (day("2026-02-01"), day("2026-01-31")),
        "editions[0]: begins on 2026-02-01, after its end on 2026-01-31",
    );
    check_manifest(
        |m| m.categories[0].weight = Some(Decimal::ZERO),
        "categories[0].weight: 0 is not above 0",
    );
    check_manifest(
        |m| m.schemes[0].method = Method::Weighted,
        "categories[0].weight: no weight, and a scheme weighs categories",
    );
    check_manifest(|m| m.gives.push(m.gives[0].clone()), "gives[1]: \"S\" occurs twice");
    check_manifest(
        |m| m.phrases[1].text = "{64}".to_owned(),
        "phrases[1]: \"{64}\" is not of the wanted form",
    );
    check_manifest(|m| m.needs[0].source.clear(), "needs[0].source: empty");
    check_manifest(
        |m| m.tables[0].columns[1].code = "name".to_owned(),
        "tables[0].columns[1]: \"name\" occurs twice",
    );
}

#[test]
fn an_item_that_lies_is_refused() {
    let check = |change: fn(&mut Item), expected: &str| {
        check_manifest(
            |m| change(&mut m.items[1]),
            &if expected.is_empty() { String::new() } else { format!("items[1].{expected}") },
        );
    };
    check(|i| i.category = 1, "category: position 1 of 1, counted from 0");
    check(|i| i.requirement = " ".to_owned(), "requirement: empty");
    check(|i| i.requirement = "a\u{0}".to_owned(), "requirement: character U+0000 cannot be printed");
    check(|i| i.points = Decimal::ZERO, "points: 0 is not above 0");
    check(|i| i.points = number("-2"), "points: -2 is not above 0");
    check(|i| i.points = number("1000000.5"), "points: 1000000.5 is above 1000000");
    check(|i| i.cases.push(i.cases[0].clone()), "cases[1]: \"a\" occurs twice");
    check(|i| i.cases[0].charge = Charge::Once(number("-1")), "cases[0].charge: -1 is not above 0");
    check(|i| i.cases[0].limit = Some(Decimal::ZERO), "cases[0].limit: 0 is not above 0");
    check(|i| i.citations[0].document = 9, "citations[0].document: position 9 of 1, counted from 0");
    check(|i| i.major_bases[0].edition = 1, "major-bases[0].edition: position 1 of 1, counted from 0");
    check(|i| i.applies = vec![0, 1], "applies: position 1 of 1, counted from 0");
}

#[test]
fn a_scheme_that_lies_is_refused() {
    let check = |change: fn(&mut Scheme), expected: &str| {
        check_manifest(
            |m| change(&mut m.schemes[0]),
            &if expected.is_empty() { String::new() } else { format!("schemes[0].{expected}") },
        );
    };
    check(|s| s.full_marks = Decimal::ZERO, "full-marks: 0 is not above 0");
    check(|s| s.digits = 7, "digits: at most 6 digits after the point, found 7");
    check(|s| s.bands.clear(), "");
    check(|s| s.bands.truncate(2), "bands: lower bounds must descend to 0");
    check(|s| s.bands.swap(0, 1), "bands: lower bounds must descend to 0");
    check(|s| s.bands[1].lower = Decimal::from(90), "bands: lower bounds must descend to 0");
    check(|s| s.bands[2].lower = Decimal::from(-1), "bands: lower bounds must descend to 0");
    check(|s| s.bands[1].grade.clear(), "bands[1].grade: empty");
    check(|s| s.veto_grade.clear(), "veto-grade: empty");
}

#[test]
fn a_plugin_that_only_gives_its_own_scores_may_do_without_items() {
    check_manifest(
        |m| {
            m.items.clear();
            m.schemes.remove(0);
        },
        "",
    );
}

#[test]
fn places_are_counted_by_the_highest() {
    for (text, count) in [
        ("", Some(0)),
        ("无参数", Some(0)),
        ("{0}", Some(1)),
        ("{1}", Some(2)),
        ("{0} {0} {2}", Some(3)),
        ("{x} {} {", Some(0)),
        ("{63}", Some(64)),
        ("{64}", None),
        ("{99999999999999999999999}", None),
    ] {
        assert_eq!(places(text), count, "{text}");
    }
}

// ---- answers --------------------------------------------------------------------------------

fn answer(item: u32, verdict: Verdict, entered: Option<&str>) -> Answer {
    Answer::plain(item, verdict, 0).with(Written { number: entered.map(number), ..Written::NOTHING })
}

fn honest_subject() -> Subject {
    let cell = |row0| Provenance { source: SourceId(0), sheet: 0, cell: CellRef::new(row0, 0) };
    Subject {
        enterprise: None,
        name: String::new(),
        code: String::new(),
        unit: String::new(),
        office: String::new(),
        inspectors: String::new(),
        plugin: 0,
        kind: 0,
        date: "2026-07-16".parse().expect("a day"),
        tags: vec![0],
        facts: Vec::new(),
        tables: Vec::new(),
        indicators: Vec::new(),
        answers: vec![answer(0, Verdict::Fail, Some("7")), answer(1, Verdict::NotChecked, None)],
        evidence: (0..4).map(cell).collect(),
    }
}

fn sentence(phrase: u32, params: &[Param]) -> Reason {
    Reason { phrase, params: params.to_vec() }
}

fn two(first: Param) -> Reason {
    sentence(1, &[first, Param::Item(1)])
}

fn honest_answer() -> Assessed {
    let ten = Param::Number(Decimal::TEN);
    Assessed {
        edition: Some(0),
        outcomes: vec![
            Outcome::with(
                0,
                Verdict::Fail,
                Beside {
                    deductions: vec![Deduction {
                        case: Some(0),
                        points: Decimal::TWO,
                        scope: Scope::Item,
                        times: 2,
                        reason: Some(two(ten.clone())),
                    }],
                    evidence: vec![3],
                },
            ),
            Outcome::plain(1, Verdict::NotChecked),
        ],
        rulings: vec![Ruling {
            effect: Effect::Cap(2),
            items: vec![0, 1],
            reason: sentence(0, &[]),
            edition: Some(0),
            evidence: vec![0],
        }],
        indicators: vec![Indicator {
            indicator: 0,
            value: Value::Number(number("1.0000")),
            working: vec![sentence(0, &[]), two(ten)],
            evidence: vec![0, 1, 2, 3],
        }],
        hazards: vec![Hazard {
            level: HazardLevel::Major,
            item: Some(1),
            reason: two(Param::Text("汽油".to_owned())),
            edition: None,
            clause: "5.7.1".to_owned(),
            evidence: vec![1],
        }],
        scores: vec![NamedScore { scheme: 1, value: None, working: Vec::new() }],
        notes: vec![Note { reason: sentence(0, &[]), item: None, evidence: Vec::new() }],
    }
}

/// Changes an honest answer and checks what is said of it.
fn check_answer(change: impl FnOnce(&mut Assessed), expected: &str) {
    let checklist = honest_manifest();
    let mut changed = honest_answer();
    change(&mut changed);
    let found = Bounds::of(&checklist).assessed(&checklist, &honest_subject(), &changed);
    assert_eq!(found.err().map(|violation| violation.en()).unwrap_or_default(), expected);
}

#[test]
fn an_honest_answer_passes() {
    check_answer(|_| {}, "");
}

#[test]
fn points_stay_within_what_the_item_bears_or_the_inspector_entered() {
    // The item has 2 points, 7 were entered; the sheet has 10.
    let at = "outcomes[0].deductions[0].points";
    for (points, scope, expected) in [
        ("0", Scope::Item, String::new()),
        ("2", Scope::Item, String::new()),
        ("7", Scope::Item, String::new()),
        ("7.01", Scope::Item, format!("{at}: 7.01 is above 7")),
        ("-0.5", Scope::Item, format!("{at}: -0.5 is below 0")),
        ("10", Scope::Category, String::new()),
        ("10.5", Scope::Category, format!("{at}: 10.5 is above 10")),
        ("10.5", Scope::Total, format!("{at}: 10.5 is above 10")),
    ] {
        check_answer(
            |a| {
                a.outcomes[0].edit(|beside| {
                    let deduction = &mut beside.deductions[0];
                    deduction.points = number(points);
                    deduction.scope = scope;
                    deduction.case = None;
                });
            },
            &expected,
        );
    }
}

#[test]
fn an_answer_that_lies_is_refused() {
    check_answer(|a| a.edition = Some(1), "edition: position 1 of 1, counted from 0");
    check_answer(|a| a.outcomes.truncate(1), "outcomes: expected 2, found 1");
    check_answer(|a| a.outcomes.push(a.outcomes[0].clone()), "outcomes: expected 2, found 3");
    check_answer(|a| a.outcomes.swap(0, 1), "outcomes[0].item: item 1, expected 0, counted from 0");
    check_answer(|a| a.outcomes[0].item = 2, "outcomes[0].item: position 2 of 2, counted from 0");
    check_answer(
        |a| a.outcomes[1].verdict = Verdict::Pass,
        "outcomes[1].verdict: \"not-checked\" became \"pass\"",
    );
    check_answer(|a| a.outcomes[1].verdict = Verdict::Fail, "");
    check_answer(
        |a| a.outcomes[0].verdict = Verdict::Waived,
        "outcomes[0].deductions: points taken under \"waived\"",
    );
    check_answer(
        |a| a.outcomes[0].edit(|beside| beside.evidence = vec![4]),
        "outcomes[0].evidence: position 4 of 4, counted from 0",
    );
    check_answer(
        |a| a.outcomes[0].edit(|beside| beside.evidence = vec![0; 2001]),
        "outcomes[0].evidence: at most 2000, found 2001",
    );
    check_answer(
        |a| a.outcomes[0].edit(|beside| beside.deductions = vec![beside.deductions[0].clone(); 65]),
        "outcomes[0].deductions: at most 64, found 65",
    );

    let deduction = |change: fn(&mut Deduction), expected: &str| {
        check_answer(
            |a| a.outcomes[0].edit(|beside| change(&mut beside.deductions[0])),
            &format!("outcomes[0].deductions[0].{expected}"),
        );
    };
    deduction(|d| d.case = Some(1), "deduction-case: position 1 of 1, counted from 0");
    deduction(|d| d.scope = Scope::Total, "scope: not the scope of its case");
    deduction(|d| d.times = 0, "times: empty");
    deduction(|d| d.reason = Some(sentence(2, &[])), "reason.phrase: position 2 of 2, counted from 0");
    deduction(|d| d.reason = Some(sentence(1, &[])), "reason.params: expected 2, found 0");
    deduction(|d| d.reason = Some(two(Param::Item(2))), "reason.params[0]: position 2 of 2, counted from 0");

    check_answer(
        |a| a.rulings[0].effect = Effect::Cap(3),
        "rulings[0].effect.cap: position 3 of 3, counted from 0",
    );
    check_answer(|a| a.rulings[0].items = vec![5], "rulings[0].items: position 5 of 2, counted from 0");
    check_answer(|a| a.rulings[0].evidence = vec![9], "rulings[0].evidence: position 9 of 4, counted from 0");
    check_answer(|a| a.rulings = vec![a.rulings[0].clone(); 1001], "rulings: at most 1000, found 1001");
    check_answer(
        |a| a.indicators[0].indicator = 1,
        "indicators[0].indicator: position 1 of 1, counted from 0",
    );
    check_answer(|a| a.indicators.push(a.indicators[0].clone()), "indicators[1]: \"0\" occurs twice");
    check_answer(
        |a| a.indicators[0].working[1].params.clear(),
        "indicators[0].working[1].params: expected 2, found 0",
    );
    check_answer(
        |a| a.indicators[0].value = Value::Text("\u{7}".into()),
        "indicators[0].value: character U+0007 cannot be printed",
    );
    check_answer(
        |a| a.hazards[0].reason = two(Param::Text("a\u{1b}[2J".to_owned())),
        "hazards[0].reason.params[0]: character U+001B cannot be printed",
    );
    check_answer(
        |a| a.hazards[0].clause = "x".repeat(513),
        "hazards[0].clause: at most 512 bytes, found 513",
    );
    check_answer(|a| a.hazards[0].item = Some(2), "hazards[0].item: position 2 of 2, counted from 0");
    check_answer(|a| a.scores[0].scheme = 2, "scores[0].scheme: position 2 of 2, counted from 0");
    check_answer(|a| a.scores[0].scheme = 0, "scores[0].scheme: this score is computed by the program");
    check_answer(|a| a.scores[0].value = Some(number("-1")), "scores[0].value: -1 is below 0");
    check_answer(|a| a.notes[0].item = Some(7), "notes[0].item: position 7 of 2, counted from 0");
}

#[test]
fn a_failure_says_something_about_what_is_there() {
    for (message, evidence, expected) in [
        ("缺少设计最大量", Some(3), ""),
        ("缺少设计最大量", Some(4), "failure.evidence: position 4 of 4, counted from 0"),
        ("", None, "failure.message: empty"),
        ("a\rb", None, "failure.message: character U+000D cannot be printed"),
    ] {
        let found = failure(&honest_subject(), message, evidence);
        assert_eq!(found.err().map(|violation| violation.en()).unwrap_or_default(), expected);
    }
}

#[test]
fn a_golden_case_refers_to_what_is_there() {
    let honest = Example {
        name: "一".to_owned(),
        as_of: "2026-12-31".parse().expect("a day"),
        parameters: vec![("x".to_owned(), Value::Flag(true))],
        subject: Subject {
            tables: vec![KnownTable {
                table: 0,
                rows: vec![TableRow { cells: vec![Value::Absent; 2], evidence: 2 }],
            }],
            ..honest_subject()
        },
        expected: "score 80\ngrade 合格\n".to_owned(),
    };
    let check = |change: fn(&mut Example), expected: &str| {
        let mut changed = honest.clone();
        change(&mut changed);
        let found = example(&honest_manifest(), &changed);
        assert_eq!(found.err().map(|violation| violation.en()).unwrap_or_default(), expected);
    };
    check(|_| {}, "");
    check(|e| e.name.clear(), "name: empty");
    check(|e| e.subject.kind = 1, "subject.kind: position 1 of 1, counted from 0");
    check(|e| e.subject.tags = vec![1], "subject.tags: position 1 of 1, counted from 0");
    check(|e| e.subject.answers[0].item = 9, "subject.answers[0].item: position 9 of 2, counted from 0");
    check(|e| e.subject.answers[1].item = 0, "subject.answers[1]: \"0\" occurs twice");
    check(
        |e| e.subject.answers[0] = answer(0, Verdict::Fail, Some("-1")),
        "subject.answers[0].number: -1 is below 0",
    );
    check(
        |e| e.subject.tables[0].rows[0].cells.truncate(1),
        "subject.tables[0].rows[0].cells: expected 2, found 1",
    );
    // Two cells from the fourth on: the last would be the fifth of four.
    check(
        |e| e.subject.tables[0].rows[0].evidence = 3,
        "subject.tables[0].rows[0].evidence: position 4 of 4, counted from 0",
    );
    check(
        |e| e.subject.tables[0].rows[0].evidence = u32::MAX,
        "subject.tables[0].rows[0].evidence: position 4294967296 of 4, counted from 0",
    );
}

#[test]
fn violations_read_in_both_languages() {
    let violation = Err::<(), _>(Violation::from(Breach::Above { found: number("7"), most: number("2") }))
        .within("points")
        .at("deductions", 0)
        .at("outcomes", 3)
        .expect_err("it is one");
    assert_eq!(violation.zh(), "outcomes[3].deductions[0].points 为 7,大于 2");
    assert_eq!(violation.en(), "outcomes[3].deductions[0].points: 7 is above 2");
}
