//! The matrix round and the standardization reviews of the sample town, against values that were
//! worked out independently of this program.

use acceptance::{assess, settings, whole_town};
use anping::model::{Check, Decimal, Run};
use anping::report::results::Results;
use serde_json::{Value as Json, json};

use crate::sample_town::expected;

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
    let results = Results::from(run);
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
    let results = Results::from(&assess(inbox.path(), &settings()));
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
