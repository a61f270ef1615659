//! The year-end assessment of the sample town against values that were worked out independently.

use std::collections::BTreeMap;

use acceptance::{assess, settings, whole_town};
use anping::model::YearEnd;
use anping::model::yearend::{Rate, UnitKind};
use anping::report::yearend::record::{Record, changes, records};
use anping::yearend::{self, Objections, built_in_rules};
use serde_json::{Value as Json, json};

use crate::sample_town::expected;

/// What is known of the town's units, with the rates that the ledger gives.
fn inputs() -> YearEnd {
    let inbox = whole_town();
    let mut year_end = assess(inbox.path(), &settings()).year_end;
    let rate = |closed, found| Rate { closed, found };
    let rates = [("V01", rate(13, 15)), ("V02", rate(10, 11)), ("V03", rate(7, 8)), ("V04", rate(6, 7))];
    let rates: BTreeMap<_, _> = rates.into_iter().map(|(unit, rate)| (unit.to_owned(), rate)).collect();
    yearend::with_rates(&mut year_end, &rates);
    year_end
}

fn result(year_end: &YearEnd, objections: Objections) -> Vec<Record> {
    let rules = built_in_rules();
    records(year_end, &rules, &yearend::assess(year_end, &rules, objections))
}

/// Records of one kind by number.
fn by_number(records: &[Record], kind: UnitKind) -> Json {
    let of_kind = records.iter().filter(|record| record.kind == kind);
    json!(of_kind.map(|record| (record.number.clone(), record.json())).collect::<BTreeMap<_, _>>())
}

#[test]
fn every_unit_is_assessed_as_expected() {
    let year_end = inputs();
    let found = result(&year_end, Objections::Before);
    let expected = expected("assessment.json");
    assert_eq!(by_number(&found, UnitKind::Village), expected["villages"]);
    assert_eq!(by_number(&found, UnitKind::Department), expected["departments"]);
}

#[test]
fn an_objection_changes_what_is_expected_and_nothing_else() {
    let year_end = inputs();
    let (before, after) = (result(&year_end, Objections::Before), result(&year_end, Objections::After));
    let expected = &expected("assessment.json")["after_objection"];
    let village =
        after.iter().find(|record| json!(record.number) == expected["village"]).expect("the village");
    assert_eq!(village.json(), expected["result"]);
    let found: Vec<_> = changes(&before, &after)
        .into_iter()
        .map(|change| {
            json!({
                "village": after[change.unit].number,
                "field": change.field,
                "before": change.before,
                "after": change.after,
            })
        })
        .collect();
    assert_eq!(json!(found), expected["changed_cells"]);
    let unit =
        year_end.units.iter().find(|unit| json!(unit.unit.number) == expected["village"]).expect("a unit");
    let [objection] = unit.objections.as_slice() else { panic!("one objection") };
    assert_eq!(json!(objection.item), expected["item"]);
    assert_eq!(json!(objection.points.map(|points| points.to_string())), expected["plus"]);
}

#[test]
fn the_bands_are_those_of_the_town() {
    let rules = built_in_rules();
    let found: Vec<_> = rules
        .village
        .bands
        .iter()
        .map(|band| {
            let low = band.low.expect("every band of the base has a lower end");
            assert!(low.inclusive, "{}", band.grade);
            json!({ "name": band.grade, "lower_inclusive": low.value.to_string().parse::<i64>().expect("whole") })
        })
        .collect();
    assert_eq!(json!(found), expected("assessment.json")["bands"]);
}
