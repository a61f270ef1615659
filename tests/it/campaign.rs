//! Campaigns, the frequency plan, letters and activities of the sample town, against values that were
//! worked out independently of this program.

use std::collections::BTreeMap;

use acceptance::{AS_OF, assess, settings, whole_town};
use anping::model::{Date, Ratio, Run};
use serde_json::{Value as Json, json};

use crate::sample_town::expected;

fn run() -> Run {
    let inbox = whole_town();
    assess(inbox.path(), &settings())
}

fn rate(part: usize, whole: usize) -> String {
    let ratio = Ratio::new(part as i128 * 100, whole as i128).expect("not zero");
    let rounded = ratio.rounded(2).expect("a percentage");
    anping::model::Decimal::new(rounded.mantissa, rounded.scale.into()).to_string()
}

#[test]
fn the_campaign_before_the_holidays_is_as_expected() {
    let run = run();
    let found = run.supervision.campaigns.iter().find(|one| one.id == "national-day").expect("the campaign");
    let ids: Vec<_> = found.hazards.iter().map(|at| run.ledger.hazards[*at].id.clone()).collect();
    let mut expected = expected("campaign.json");
    expected.as_object_mut().expect("an object").remove("by_kind");
    let shown = json!({
        "name": found.name,
        "window": [found.window.0.to_string(), found.window.1.to_string()],
        "scope": found.due(), "covered": found.covered(), "visits": found.visits.len(),
        "coverage": rate(found.covered(), found.due()),
        "hazards": found.hazards.len(), "closed": found.closed,
        "rate": rate(found.closed, found.hazards.len()), "hazard_ids": ids,
    });
    assert_eq!(shown, expected);
}

#[test]
fn the_great_inspection_has_a_rate_for_either_denominator() {
    let run = run();
    let found =
        run.supervision.campaigns.iter().find(|one| one.id == "great-inspection").expect("the campaign");
    let of_scores = |state: &str| -> Vec<String> {
        let expected = expected("round.json");
        let scores = expected["scores"].as_object().expect("scores").clone();
        scores.into_iter().filter(|(_, one)| one["state"] == state).map(|(number, _)| number).collect()
    };
    let numbers = |is_wanted: &dyn Fn(&anping::model::campaign::Member) -> bool| -> Vec<String> {
        let members = found.members.iter().filter(|member| is_wanted(member));
        members.map(|member| run.register.get(member.enterprise).number.clone()).collect()
    };
    assert_eq!(numbers(&|member| member.waived.is_some()), of_scores("豁免"));
    assert_eq!(numbers(&|member| member.waived.is_none() && member.covered.is_empty()), of_scores("未查"));
    let all = found.members.len();
    let shown = json!({
        "total": all, "done": found.covered(), "closed_down": all - found.due(),
        "unchecked": found.due() - found.covered(), "denominator_excluding": found.due(),
        "rate_excluding_closed": rate(found.covered(), found.due()),
        "rate_of_all": rate(found.covered(), all),
    });
    let mut expected = expected("round.json");
    let expected = expected.as_object_mut().expect("an object");
    expected.retain(|key, _| shown.get(key).is_some());
    assert_eq!(shown, json!(expected));
}

#[test]
fn the_windows_of_the_seasons_are_shown_as_unverified() {
    let run = run();
    let unverified = run.supervision.campaigns.iter().filter(|one| one.is_unverified);
    let ids: Vec<_> = unverified.map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["autumn", "spring", "summer", "winter"]);
}

#[test]
fn the_frequency_plan_has_the_expected_gaps() {
    let run = run();
    let plan = &run.supervision.frequency;
    let gaps: BTreeMap<_, _> = plan
        .gaps()
        .map(|line| {
            (run.register.get(line.enterprise).number.clone(), json!({"plan": line.plan, "done": line.done}))
        })
        .collect();
    let shown = json!({
        "planned": plan.planned(), "done": plan.done(), "total_visits": plan.total_visits, "gaps": gaps,
        "rate": rate(plan.done() as usize, plan.planned() as usize),
    });
    assert_eq!(shown, expected("frequency.json"));
}

#[test]
fn letters_are_signed_and_missing_as_expected_on_each_day() {
    let run = run();
    let letters = &run.supervision.letters;
    for (day, expected) in expected("letters.json").as_object().expect("days") {
        let day: Date = day.parse().expect("a day");
        let due: Vec<_> = letters.due(&run.register, day).collect();
        let missing: Vec<_> =
            due.iter().filter(|letter| !letter.is_signed(day)).map(|letter| &letter.unit).collect();
        let mut missing: Vec<_> = missing.into_iter().cloned().collect();
        missing.sort();
        let signed = due.len() - missing.len();
        let shown = json!({
            "due": due.len(), "signed": signed, "rate": rate(signed, due.len()), "missing": missing,
        });
        assert_eq!(&shown, expected, "{day}");
    }
    // Nobody of the leadership answers for fireworks by name.
    assert_eq!(letters.open_fields().collect::<Vec<_>>(), ["烟花爆竹"]);
}

#[test]
fn activities_are_as_expected() {
    let run = run();
    let found = &run.supervision.activities;
    let expected = expected("activities.json");
    let whole = |number: anping::model::Decimal| -> Json { json!(number.to_string().parse::<u64>().ok()) };
    let points = |number: anping::model::Decimal| json!(number.normalize().to_string());
    let groups: Vec<_> = found
        .safety_month
        .iter()
        .map(|(group, all, got)| json!({"group": group, "points": points(*all), "got": points(*got)}))
        .collect();
    let shown = json!({
        "training": {"sessions": found.sessions, "people": whole(found.people),
            "person_hours": whole(found.person_hours)},
        "drills": {"count": found.drills, "people": whole(found.drill_people), "assessed": found.assessed},
        "safety_month": {"groups": groups,
            "points": points(found.safety_month.iter().map(|one| one.1).sum()),
            "got": points(found.safety_month.iter().map(|one| one.2).sum())},
        "accidents": {"count": found.accidents, "deaths": whole(found.deaths)},
    });
    assert_eq!(shown, expected);
    assert_eq!(run.as_of, AS_OF);
}
