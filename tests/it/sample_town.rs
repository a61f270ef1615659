//! The sample town against values that were worked out independently of this program.

use std::collections::BTreeMap;
use std::fs;

use acceptance::{AS_OF, assess, settings, town, whole_town, workspace};
use anping::model::{
    Check, Effect, Evaluation, HazardLevel, Lang, MajorMark, Manifest, Run, Scope, Severity, Value, Verdict,
};
use serde_json::{Value as Json, json};

/// A path of the expected files as it stands in the inbox.
pub fn in_inbox(path: &str) -> &str {
    path.strip_prefix("收件/").unwrap_or(path)
}

pub fn expected(name: &str) -> Json {
    let path = workspace().join("tests/expected").join(name);
    let text = fs::read_to_string(&path).expect("an expected file");
    serde_json::from_str(&text).expect("JSON")
}

fn codes(manifest: &Manifest, items: impl Iterator<Item = u32>) -> Vec<String> {
    let mut items: Vec<_> = items.collect();
    items.sort_unstable();
    items.into_iter().map(|item| manifest.items[item as usize].code.clone()).collect()
}

/// One check in the shape of the expected file.
fn shown(run: &Run, check: &Check) -> Json {
    let manifest = &run.plugins[check.subject.plugin].manifest;
    let Evaluation::Assessed(assessed) = &check.evaluation else {
        panic!("assessed: {:?}", check.evaluation)
    };
    let scored = check.scored.as_ref().expect("scored");
    let main = &scored.schemes[0];
    let of = |verdict: Verdict| {
        codes(manifest, scored.items.iter().filter(|item| item.verdict == verdict).map(|item| item.item))
    };
    let deductions: BTreeMap<_, _> = scored
        .items
        .iter()
        .filter(|item| !item.deducted.is_zero())
        .map(|item| {
            (manifest.items[item.item as usize].code.clone(), json!(item.deducted.normalize().to_string()))
        })
        .collect();
    let failing = |wanted: &dyn Fn(usize, u32) -> bool| {
        let failing = scored.items.iter().filter(|item| item.verdict.fails());
        codes(manifest, failing.filter(|item| wanted(item.answer, item.item)).map(|item| item.item))
    };
    let vetoes = assessed.rulings.iter().filter(|ruling| ruling.effect == Effect::Veto(Scope::Total));
    let enterprise = check.subject.enterprise.map(|id| run.register.get(id).number.clone());
    let source = check.subject.evidence[0].source;
    json!({
        "enterprise": enterprise,
        "family": manifest.id,
        "date": check.subject.date.to_string(),
        "file": format!("收件/{}", run.sources.get(source).path),
        "full": main.full.normalize().to_string(),
        "not_applicable": main.not_applicable.normalize().to_string(),
        "possible": main.possible.normalize().to_string(),
        "got": main.got.normalize().to_string(),
        "score": main.score.map(|score| score.to_string()),
        "interim_score": main.interim.map(|score| score.to_string()),
        "items": scored.coverage.items,
        "applicable": scored.coverage.applicable,
        "checked": scored.coverage.checked,
        "deductions": deductions,
        "na_items": of(Verdict::NotApplicable),
        "not_checked": of(Verdict::NotChecked),
        "veto": codes(manifest, vetoes.flat_map(|ruling| ruling.items.iter().copied())),
        "major_items": failing(&|answer, _| check.subject.answers[answer].level == Some(HazardLevel::Major)),
        "fire_elements": failing(&|_, item| manifest.items[item as usize].major == MajorMark::Element),
        "suspected_major_fire": assessed.rulings.iter().any(|ruling| {
            let phrase = &manifest.phrases[ruling.reason.phrase as usize].code;
            ruling.effect == Effect::Referral && phrase.starts_with("suspected-major-fire")
        }),
        "grade": main.grade,
    })
}

#[test]
fn every_sector_score_is_as_expected() {
    let inbox = whole_town();
    let run = assess(inbox.path(), &settings());
    let mut found = BTreeMap::new();
    let key = |one: &Json| format!("{} {}", one["file"], one["enterprise"]);
    let is_sector = |check: &&Check| {
        let id = run.plugins[check.subject.plugin].manifest.id.as_str();
        check.subject.kind == 0 && ["crowded", "enterprise", "fireworks", "hazchem"].contains(&id)
    };
    for check in run.checks.iter().filter(is_sector) {
        let shown = shown(&run, check);
        found.insert(key(&shown), shown);
    }
    let expected = expected("sector_scores.json");
    let expected = expected.as_array().expect("a list");
    assert_eq!(found.len(), expected.len());
    for one in expected {
        let found = &found[&key(one)];
        for (key, value) in found.as_object().expect("an object") {
            assert_eq!(value, &one[key.as_str()], "{} {key}", one["file"]);
        }
    }
}

/// A sheet whose score its own form gives: the score, the grade, and the indicators.
fn own_score(run: &Run, file: &str) -> (Json, Json, BTreeMap<String, String>) {
    let is_of_file =
        |check: &&Check| run.sources.get(check.subject.evidence[0].source).path == in_inbox(file);
    let check = run.checks.iter().find(is_of_file).expect("the sheet is a subject");
    let manifest = &run.plugins[check.subject.plugin].manifest;
    let Evaluation::Assessed(assessed) = &check.evaluation else {
        panic!("assessed: {:?}", check.evaluation)
    };
    let [scheme] = check.scored.as_ref().expect("scored").schemes.as_slice() else { panic!("one score") };
    let mut shown: BTreeMap<_, _> = assessed
        .indicators
        .iter()
        .filter_map(|given| Some((&manifest.gives[given.indicator as usize].code, given.value.number()?)))
        .map(|(code, number)| (code.clone(), number.to_string()))
        .collect();
    let enterprise = check.subject.enterprise.map(|id| run.register.get(id).number.clone());
    shown.insert("enterprise".to_owned(), enterprise.expect("the enterprise is known"));
    (json!(scheme.score.map(|score| score.to_string())), json!(scheme.grade), shown)
}

#[test]
fn sheets_with_a_score_of_their_own_are_scored_as_expected() {
    let inbox = whole_town();
    let run = assess(inbox.path(), &settings());
    let expected = expected("other_scores.json");
    let one = &expected["weighted"];
    let (score, grade, shown) = own_score(&run, one["file"].as_str().expect("text"));
    assert_eq!((&score, &grade), (&one["score"], &one["verdict"]));
    assert_eq!(json!(shown["enterprise"]), one["enterprise"]);
    let one = &expected["legacy"];
    let (score, grade, shown) = own_score(&run, one["file"].as_str().expect("text"));
    assert_eq!((&score, &grade), (&one["score"], &one["grade"]));
    for (key, code) in [("got", "review_got"), ("possible", "review_possible"), ("enterprise", "enterprise")]
    {
        assert_eq!(json!(shown[code]), one[key], "{key}");
    }
}

#[test]
fn every_hazard_source_is_identified_as_expected() {
    let run = assess(&town(), &settings());
    let units: Vec<_> = run.checks.iter().filter(|check| !check.subject.unit.is_empty()).collect();
    let expected = expected("gb18218.json");
    let expected = expected.as_array().expect("a list");
    assert_eq!(units.len(), expected.len());
    for one in expected {
        let unit = one["unit"].as_str().expect("text");
        let check = units.iter().find(|check| check.subject.unit == unit).expect("the unit");
        let manifest = &run.plugins[check.subject.plugin].manifest;
        let Evaluation::Assessed(assessed) = &check.evaluation else {
            panic!("{unit}: {:?}", check.evaluation)
        };
        let given = |code: &str| {
            let found = assessed
                .indicators
                .iter()
                .find(|indicator| manifest.gives[indicator.indicator as usize].code == code)
                .map(|indicator| &indicator.value);
            match found {
                Some(Value::Number(number)) => json!(number.to_string()),
                Some(Value::Text(text)) => json!(&**text),
                Some(Value::Flag(flag)) => json!(flag),
                _ => Json::Null,
            }
        };
        for (code, key) in
            [("S", "S"), ("R", "R"), ("level", "level"), ("major_hazard_source", "major_hazard_source")]
        {
            assert_eq!(given(code), one[key], "{unit} {code}");
        }
        let enterprise = check.subject.enterprise.map(|id| run.register.get(id).number.as_str());
        assert_eq!(enterprise, one["enterprise"].as_str(), "{unit}");
    }
}

#[test]
fn every_planted_problem_is_found_at_its_cell_and_no_other_must_be_fixed() {
    let inbox = whole_town();
    let run = assess(inbox.path(), &settings());
    let found: Vec<_> = run
        .problems
        .iter()
        .map(|problem| {
            let at = problem.at;
            let sheet = at.sheet.map_or("", |sheet| run.sources.sheet(at.source, sheet));
            let cell = at.cell.map_or_else(String::new, |cell| cell.to_string());
            (run.sources.get(at.source).path.as_str(), sheet, cell, problem)
        })
        .collect();
    let expected = expected("problems.json");
    let expected = expected.as_array().expect("a list");
    let text = |one: &Json, key: &str| one[key].as_str().expect("text").to_owned();
    // A hidden row is told at its first cell.
    let cell_of = |one: &Json| text(one, "cell").split(':').next().map(str::to_owned);
    for one in expected {
        let (file, sheet, kind) = (text(one, "file"), text(one, "sheet"), text(one, "kind"));
        let (file, cell) = (in_inbox(&file), cell_of(one).expect("a cell"));
        let problem = found
            .iter()
            .find(|(f, s, c, problem)| *f == file && *s == sheet && *c == cell && problem.code.key() == kind)
            .unwrap_or_else(|| panic!("{kind} at {file} {sheet} {cell} was not found"))
            .3;
        assert_eq!(problem.severity().title(Lang::Zh), text(one, "severity"), "{kind} {file} {cell}");
        assert_eq!(problem.expected(Lang::Zh), text(one, "expected"), "{kind} {file} {cell}");
        assert_eq!(problem.found.trim(), text(one, "found").trim(), "{kind} {file} {cell}");
    }
    for (file, sheet, cell, problem) in &found {
        let planted = expected.iter().any(|one| {
            in_inbox(&text(one, "file")) == *file
                && cell_of(one).as_deref() == Some(cell)
                && text(one, "kind") == problem.code.key()
        });
        let tolerated = problem.severity() != Severity::Mandatory;
        assert!(planted || tolerated, "{} at {file} {sheet} {cell} was not planted", problem.code.key());
    }
    assert_eq!(run.as_of, AS_OF);
}
