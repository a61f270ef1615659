//! Rows of data for statements, and what the built-in rules say. Expected values are worked out by hand.

use std::collections::BTreeSet;

use super::*;
use crate::model::{CellRef, Provenance, Source, SourceId};

/// `97.28%` is a rate as printed, `/` one without a denominator, `12` a number, anything else text.
fn amount(text: &str) -> Amount {
    if text == "/" {
        return Amount::NoRate;
    }
    let number = Decimal::from_str_exact(text.trim_end_matches('%'));
    match (number, text.ends_with('%')) {
        (Ok(number), true) => Amount::Rate(number),
        (Ok(number), false) => Amount::Number(number),
        (Err(_), _) => Amount::Text(text.to_owned()),
    }
}

/// A group: one line of text a line, `label: key=value key=value`; a label with `*` is a sum of all lines
/// before it that are none. Row n of the text is row n of the sheet, columns from B.
fn group(form: &str, source: u32, text: &str) -> FigureGroup {
    let mut lines: Vec<FigureLine> = Vec::new();
    for (row0, line) in (0..).zip(text.lines()) {
        let (label, figures) = line.split_once(':').expect("a label and figures");
        let is_sum = label.ends_with('*');
        let figure = |(nth, figure): (u32, &str)| {
            let (key, value) = figure.split_once('=').expect("a key and a value");
            let at = Provenance { source: SourceId(source), sheet: 0, cell: CellRef::new(row0, nth + 1) };
            (key.to_owned(), Figure { amount: amount(value), spot: Spot::Cell(at) })
        };
        let leaves = lines.iter().enumerate().filter(|(_, line)| !line.is_sum).map(|(at, _)| at);
        let parts = if is_sum { leaves.collect() } else { Vec::new() };
        lines.push(FigureLine {
            label: label.trim_end_matches('*').trim().to_owned(),
            is_sum,
            parts,
            figures: (0..).zip(figures.split_whitespace()).map(figure).collect(),
        });
    }
    FigureGroup { form: form.to_owned(), name: form.to_owned(), lines, ..FigureGroup::default() }
}

fn sources() -> Sources {
    let source = |path: &str| Source {
        path: path.to_owned(),
        digest: String::new(),
        len: 0,
        sheets: vec!["报表".to_owned()],
        missing: false,
    };
    Sources(vec![source("甲.xlsx"), source("乙.xlsx")])
}

fn rule(forms: &str, says: &str) -> Rules {
    let text = format!(
        "[[check]]\nid = \"T\"\ntitle = \"t\"\nin = [{forms}]\nsays = ['{says}']\nseverity = \"verify\"\nsource = \"C\""
    );
    Rules::read(&text).expect("a rule")
}

/// What a statement finds wrong in a form: cell, what stands there, what should.
fn check(says: &str, lines: &str, expected: &[&str]) {
    let found = judge(&rule("\"f\"", says), &[group("f", 0, lines)]);
    let shown: Vec<_> = problems(&found, &sources(), &[]).iter().map(shown).collect();
    assert_eq!(shown, expected, "{says} over {lines}");
}

fn shown(problem: &Problem) -> String {
    let cell = problem.at.cell.expect("a cell");
    format!("{cell} {} {}", problem.found, problem.expected(crate::model::Lang::Zh))
}

#[test]
fn both_sides_are_compared_and_both_are_named() {
    check("a <= b", "x: a=2 b=2", &[]);
    check("a <= b", "x: a=3 b=2", &["B1 3 不大于b 2(C1)"]);
    check("a >= b", "x: a=1.5 b=2", &["B1 1.5 不小于b 2(C1)"]);
    check("a = b - c", "x: a=1 b=3 c=2", &[]);
    check("a = b - c", "x: a=1.10 b=3 c=2", &["B1 1.1 等于b−c 1(C1、D1)"]);
    check("a = b + 1", "x: a=3 b=2", &[]);
    check("a = parts(a)", "x: a=1\ny: a=2\n合计*: a=3", &[]);
    check("a = parts(a)", "x: a=1\ny: a=2\n合计*: a=4", &["B3 4 等于各行a之和 3(B1、B2)"]);
    check(
        "a is a count",
        "x: a=2\ny: a=0\nz: a=2.5\nw: a=-1",
        &["B3 2.5 为不小于0的整数", "B4 -1 为不小于0的整数"],
    );
}

#[test]
fn what_is_missing_or_no_number_is_no_mismatch() {
    for lines in ["x: a=3", "x: b=1", "x: a=约3 b=2", "x: a=/ b=2"] {
        check("a <= b", lines, &[]);
    }
    check("a = parts(a)", "x: a=1\ny: b=2\n合计*: a=4", &[]);
    check("a <= or0(b)", "x: a=3", &["B1 3 不大于b 0"]);
    // Too large to be exact: nothing is said, and nothing panics.
    let large = "79228162514264337593543950335";
    check("a <= b", &format!("x: a={large} b=1.000000000000000000000000001"), &[]);
}

#[test]
fn a_printed_rate_is_the_rounded_one() {
    check("r prints pct(a, b)", "x: r=66.67% a=2 b=3\ny: r=66.7% a=2 b=3\nz: r=/ a=0 b=0", &[]);
    // 2 ÷ 16 is 12.5 %: half-up at no digits.
    check("r prints pct(a, b)", "x: r=13% a=2 b=16\ny: r=12% a=2 b=16", &["B2 12% 等于a÷b×100% 13%(C2、D2)"]);
    check("r prints pct(a, b)", "x: r=0.0% a=0 b=0", &["B1 0.0% 等于a÷b×100% /(C1、D1)"]);
    check("r prints pct(a, b)", "x: r=/ a=1 b=2", &["B1 / 等于a÷b×100% 50.00%(C1、D1)"]);
}

#[test]
fn a_total_rate_lies_between_those_of_its_parts() {
    let rows = "x: r=96.61%\ny: r=96.93%\nz: r=/\n";
    check("r among parts(r)", &format!("{rows}合计*: r=96.79%"), &[]);
    check("r among parts(r)", &format!("{rows}合计*: r=96.61%"), &[]);
    check(
        "r among parts(r)",
        &format!("{rows}合计*: r=97.28%"),
        &["B4 97.28% 介于各行r 96.61%—96.93%(B1、B2)"],
    );
    check(
        "r among parts(r)",
        &format!("{rows}合计*: r=96.60%"),
        &["B4 96.60% 介于各行r 96.61%—96.93%(B1、B2)"],
    );
    // With fewer digits 96.93 % prints as 96.9 %, and 97.0 % cannot be.
    check("r among parts(r)", &format!("{rows}合计*: r=97%"), &[]);
    check(
        "r among parts(r)",
        &format!("{rows}合计*: r=97.0%"),
        &["B4 97.0% 介于各行r 96.61%—96.93%(B1、B2)"],
    );
    // A part that nobody filled in may be anything.
    check("r among parts(r)", "x: r=90%\ny: a=1\n合计*: r=95%", &[]);
}

#[test]
fn a_percentage_comes_from_whole_numbers() {
    // Of 3: 0, 33.33, 66.67, 100.
    check("r counted of n", "x: r=33.33% n=3\ny: r=67% n=3\nz: r=0.00% n=3\nw: r=100% n=3", &[]);
    check("r counted of n", "x: r=50.0% n=3", &["B1 50.0% 能由整数算出,分母为n 3(C1)"]);
    check(
        "r counted of n",
        "x: r=33.34% n=3\ny: r=101% n=3",
        &["B1 33.34% 能由整数算出,分母为n 3(C1)", "B2 101% 能由整数算出,分母为n 3(C2)"],
    );
    // 1 of 8 is 12.5 and prints as 13 and never as 12.
    check("r counted of n", "x: r=13% n=8\ny: r=12% n=8", &["B2 12% 能由整数算出,分母为n 8(C2)"]);
    // Any percentage with two digits comes from 10,000.
    check("r counted of n", "x: r=97.28% n=10000", &[]);
    check("r counted of n", "x: r=97.28% n=0", &[]);
}

#[test]
fn periods_and_forms_are_compared() {
    let (july, mut august) = (group("f", 0, "x: a=5\ny: a=2"), group("f", 1, "y: a=2\nx: a=4\nz: a=1"));
    august.before = Some(0);
    let found = judge(&rule("\"f\"", "a >= before(a)"), &[july, august]);
    let told: Vec<_> = problems(&found, &sources(), &[]).iter().map(shown).collect();
    assert_eq!(told, ["B2 4 不小于上期a 5(甲.xlsx › 报表 › B1)"]);

    let one = group("R1", 0, "x: p=1\n其中: p=1\n合计*: p=2");
    for (says, list, expected) in [
        ("count(R5, closed = \"\") = R1.p", "x: closed=\ny: n=1\nz: closed=是", ""),
        ("count(R5, closed = \"\") = R1.p", "x: closed=\nz: closed=是", "R5“closed”为“”的行数"),
        ("count(R5) = R1.p - R1[\"其中\"].p", "x: n=1", ""),
        ("count(R5) = R1.p - or0(R1[\"别的\"].p)", "x: n=1\ny: n=1", ""),
        ("count(R6) = R1.p", "x: n=1", ""),
    ] {
        let list = list.replace("closed=\n", "n=1\n");
        let found = judge(&rule("", says), &[one.clone(), group("R5", 1, &list)]);
        assert_eq!(found.is_empty(), expected.is_empty(), "{says} {list}: {found:?}");
    }
}

#[test]
fn pages_of_a_form_are_added_up() {
    let total = group("R1", 0, "合计*: p=5");
    let pages = |one: &str, other: &str| [total.clone(), group("R2", 1, one), group("R2", 2, other)];
    for (one, other, agrees) in [
        ("x: n=2", "y: n=1\nz: n=2", true),
        ("x: n=2", "y: n=1\nz: n=3", false),
        // A page that leaves the number empty: the sum is not known, and no mismatch.
        ("x: n=2", "y: m=1\nz: n=9", true),
        ("x: n=2", "y: n=3\n合计*: n=3", true),
    ] {
        let found = judge(&rule("", "sum(R2, n) = R1.p"), &pages(one, other));
        assert_eq!(found.is_empty(), agrees, "{one} {other}: {found:?}");
    }
    assert!(judge(&rule("", "sum(R2, n) = R1.p"), &[total]).is_empty(), "without a page nothing is said");
}

#[test]
fn one_cell_is_told_once() {
    let found = judge(&rule("\"f\"", "a <= b"), &[group("f", 0, "x: a=3 b=2")]);
    let known = problems(&found, &sources(), &[]);
    assert_eq!(known.len(), 1);
    assert!(problems(&found, &sources(), &known).is_empty());
}

#[test]
fn wrong_rules_are_refused_with_their_place() {
    for (says, source, fault) in [
        ("a < b", "C", "expected a relation"),
        ("a = ", "C", "expected a key"),
        ("a = é", "C", "expected a key"),
        ("a among b", "C", "among wants parts"),
        ("a is a count of", "C", "nothing stands after"),
        ("a = pct(b)", "C", "expected a key"),
        ("a = or0(or0(or0(or0(or0(or0(or0(or0(or0(or0(b))))))))))", "C", "nested too deep"),
        ("a = b", "", "expected a mark"),
    ] {
        let text = format!(
            "[[check]]\nid = \"T\"\ntitle = \"t\"\nsays = ['{says}']\nseverity = \"hint\"\nsource = \"{source}\""
        );
        let faults = Rules::read(&text).expect_err(says);
        assert!(faults[0].starts_with("T: ") && faults[0].contains(fault), "{says}: {faults:?}");
    }
}

/// A key that no form has would make a rule that never speaks.
#[test]
fn built_in_rules_ask_for_what_forms_have() {
    let rules = Rules::built_in();
    let known = known_keys();
    for rule in rules.rules.iter().filter(|rule| rule.awaits.is_empty()) {
        for form in &rule.forms {
            assert!(known.contains(&(form.clone(), String::new())), "{}: no form {form}", rule.id);
        }
        for (form, key) in rule.keys() {
            let own: Vec<&String> = if form.is_empty() { rule.forms.iter().collect() } else { vec![&form] };
            let has = own.iter().any(|form| known.contains(&((*form).clone(), key.clone())));
            assert!(has, "{}: {own:?} has no {key:?}", rule.id);
        }
    }
}

/// Forms and their keys, by the layouts that read or draw them; the empty key stands for the form itself.
fn known_keys() -> BTreeSet<(String, String)> {
    let mut known: BTreeSet<(String, String)> = BTreeSet::new();
    // What `statistics` counts; a test of the whole town sees that none of it is missing.
    let statistics = [
        (
            "ledger",
            "general_found major_found general_left major_left major_open general_elsewhere major_elsewhere",
        ),
        ("register", "known active"),
        ("campaign", "due covered visits known"),
        ("assessment", "villages excused"),
        ("organisation", "villages"),
        // What forms are filled with.
        ("form", "title_year year assessed_year"),
        ("statistics", "general_found major_found"),
        ("major_hazards", "done"),
        ("villages", ""),
        (
            "sectors",
            "found fixed major_found major_fixed planned planned_target planned_means planned_people",
        ),
        ("sectors", "planned_deadline planned_measures"),
    ];
    for (form, keys) in statistics {
        known.extend(std::iter::once("").chain(keys.split(' ')).map(|key| (form.to_owned(), key.to_owned())));
    }
    let mut put = |form: &str, key: &str| known.insert((form.to_owned(), key.to_owned()));
    let templates = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../templates");
    for (folder, name) in [("intake", "kind"), ("standard", "form")] {
        for layout in std::fs::read_dir(templates.join(folder)).expect("a folder") {
            let path = layout.expect("an entry").path().join("layout.toml");
            let Ok(text) = std::fs::read_to_string(path) else { continue };
            let layout: toml::Table = text.parse().expect("a layout");
            // A variant has the columns of the form in whose place it stands, and more.
            let Some(form) = layout.get(name).and_then(toml::Value::as_str) else { continue };
            let is_variant = layout.contains_key("instead_of");
            let form = if is_variant { form.split('-').next().unwrap_or(form) } else { form };
            put(form, "");
            for column in layout.get("column").and_then(toml::Value::as_array).into_iter().flatten() {
                put(form, column["key"].as_str().expect("a key"));
            }
        }
    }
    known
}

/// The cases of a published total that cannot be true, each judged by a statement of the same kind.
#[test]
fn published_totals_that_cannot_be_true() {
    let text = include_str!("../../../tests/expected/goldens.json");
    let all: serde_json::Value = serde_json::from_str(text).expect("JSON");
    let cases = all["aggregate"]["checks"].as_array().expect("a list");
    assert_eq!(cases.len(), 6);
    for case in cases {
        let case = case.as_str().expect("text");
        let (says, verdict) = case.rsplit_once(' ').expect("a verdict");
        let number = |text: &str| text.trim_matches(['[', ']']).to_owned();
        let (statement, lines) = if let Some((left, sum)) =
            says.split_once('=').filter(|_| says.contains('+'))
        {
            let (a, b) = left.split_once('+').expect("two parts");
            ("a = parts(a)", format!("x: a={a}\ny: a={b}\n合计*: a={sum}"))
        } else if let Some((left, rate)) = says.split_once('=').filter(|_| says.contains('/')) {
            let (a, b) = left.split_once('/').expect("part and whole");
            ("r prints pct(a, b)", format!("x: r={rate}% a={a} b={b}"))
        } else if let Some((rate, right)) = says.split_once("!=") {
            // The counts behind the true rate stand in the source.
            assert_eq!(right, all["aggregate"]["true_rate"], "{case}");
            ("r prints pct(a, b)", format!("x: r={rate}% a=137354 b=141911"))
        } else {
            let mut words = says.split(' ');
            let rate = words.next().expect("a rate");
            let range = words.next_back().expect("a range");
            let (low, high) = range.split_once(',').expect("two ends");
            ("r among parts(r)", format!("x: r={}%\ny: r={}%\n合计*: r={rate}%", number(low), number(high)))
        };
        let found = judge(&rule("\"f\"", statement), &[group("f", 0, &lines)]);
        assert_eq!(if found.is_empty() { "ok" } else { "fail" }, verdict, "{case}");
        if case.contains("!=") {
            assert_eq!(found[0].right.shown, "96.79%", "{case}");
        }
    }
}
