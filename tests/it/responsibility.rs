//! The matrix round and the standardization reviews of the sample town, against values that were
//! worked out independently of this program.

use acceptance::{assess, settings, whole_town};
use anping::model::{Check, Run};
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
