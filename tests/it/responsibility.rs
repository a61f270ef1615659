//! The matrix round and the standardization reviews of the sample town, against values that were
//! worked out independently of this program.

use acceptance::{assess, settings, whole_town};
use anping::model::{Check, Run};
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
    let reviews = expected("standardization.json");
    let reviews = reviews["checks"].as_array().expect("a list");
    let found = checks(&run, "standardization", "review");
    assert_eq!(found.len(), reviews.len());
    for (number, one) in found {
        let expected = reviews.iter().find(|one| one["enterprise"] == number).expect("the review");
        check(one, number, expected);
        let main = &one.scored.as_ref().expect("scored").schemes[0];
        assert_eq!(json!(main.grade), expected["level"], "{number}");
    }
}
