//! What the town's records offer to plugins, counted by hand from the town's workbooks.

use std::fs;

use acceptance::{AS_OF, assess, settings, whole_town, workspace};
use anping::indicators::{RECORDS, Records, Whom};
use anping::model::{Date, Decimal, Run, Value};

use crate::sample_town::expected;

fn whom(run: &Run, number: &str) -> Whom {
    let ids = (0..).map(anping::model::EnterpriseId).zip(&run.register.enterprises);
    let mut known = ids.filter(|(_, enterprise)| enterprise.number == number);
    known.next().map_or_else(|| Whom::Office(number.to_owned()), |(id, _)| Whom::Enterprise(id))
}

#[test]
fn the_records_of_the_town_are_counted() {
    let inbox = whole_town();
    let run = assess(inbox.path(), &settings());
    let records = Records::of(&run);
    let count = |source: &str, code: &str, number: &str, day: &str| {
        let day: Date = day.parse().expect("a day");
        let (value, _) = records.value(source, code, &whom(&run, number), day)?;
        value.number().map(|number| number.normalize().to_string())
    };
    for (source, code, number, day, expected) in [
        // 事故台账: one death at E012 in 古井村 on 2026-10-14; a fire without casualties in 上庄村.
        ("accidents", "deaths", "V03", "2026-12-31", Some("1")),
        ("accidents", "liable_deaths", "V03", "2026-12-31", Some("1")),
        ("accidents", "count", "V01", "2026-12-31", Some("1")),
        ("accidents", "deaths", "V01", "2026-12-31", Some("0")),
        ("accidents", "deaths", "E012", "2026-10-13", Some("0")),
        ("accidents", "deaths", "E012", "2026-10-14", Some("1")),
        ("accidents", "injured", "E012", "2026-12-31", Some("0")),
        // By the calendar a new year begins with nobody; a year back it has not passed until October.
        ("accidents", "deaths", "E012", "2027-02-01", Some("0")),
        ("accidents", "deaths_before", "E012", "2027-02-01", Some("1")),
        ("accidents", "deaths_before", "E012", "2027-10-13", Some("1")),
        ("accidents", "deaths_before", "E012", "2027-10-14", Some("0")),
        ("accidents", "count_before", "E012", "2027-02-01", None),
        // 演练台账: each village one; that of 上庄村 was not assessed; 盛诚加油站 on 2026-12-12.
        ("activities", "drills", "V01", "2026-12-31", Some("1")),
        ("activities", "unassessed", "V01", "2026-12-31", Some("1")),
        ("activities", "unassessed", "V02", "2026-12-31", Some("0")),
        ("activities", "drills", "E001", "2026-12-11", Some("0")),
        ("activities", "drills", "E001", "2026-12-12", Some("1")),
        ("activities", "drills", "D01", "2026-12-31", Some("0")),
        // 培训记录: four for villages, one of them on 31 September; four for enterprises.
        ("activities", "sessions", "V01", "2026-12-31", Some("3")),
        ("activities", "sessions", "E002", "2026-12-31", Some("4")),
        ("activities", "sessions", "E002", "2026-07-04", Some("1")),
        // 责任书台账: E007 on 2026-09-04; 上庄村 has eight enterprises, 派出所 supervises two.
        ("letters", "own", "E007", "2026-03-31", Some("0")),
        ("letters", "own", "E007", "2026-09-04", Some("1")),
        ("letters", "own", "V01", "2026-12-31", Some("1")),
        ("letters", "due", "V01", "2026-12-31", Some("8")),
        ("letters", "missing", "V01", "2026-12-31", Some("0")),
        ("letters", "due", "D01", "2026-12-31", Some("2")),
        // E015 left in September.
        ("letters", "due", "V02", "2026-12-31", Some("6")),
        ("ledger", "nothing", "V01", "2026-12-31", None),
        ("nothing", "found", "V01", "2026-12-31", None),
        ("ledger", "found", "V99", "2026-12-31", None),
    ] {
        assert_eq!(count(source, code, number, day).as_deref(), expected, "{source} {code} {number} {day}");
    }
    // The ledger's hazards of each village, and those of 重大 among them.
    let ledger = expected("ledger.json");
    let hazards = ledger["hazards"].as_array().expect("a list");
    for village in ["V01", "V02", "V03", "V04"] {
        let own = || hazards.iter().filter(|hazard| hazard["village"] == village);
        let major = own().filter(|hazard| hazard["level"] == "重大").count();
        let found = count("ledger", "found", village, "2026-12-31");
        assert_eq!(found, Some(own().count().to_string()), "{village}");
        assert_eq!(
            count("ledger", "major_found", village, "2026-12-31"),
            Some(major.to_string()),
            "{village}"
        );
    }
    // Every record that is offered is known of a village.
    for (source, code, _) in RECORDS {
        let found = records.value(source, code, &Whom::Office("V01".to_owned()), AS_OF);
        assert!(
            matches!(found, Some((Value::Number(number), _)) if number >= Decimal::ZERO),
            "{source} {code}"
        );
    }
}

#[test]
fn a_record_that_did_not_come_in_says_nothing() {
    let inbox = tempfile::tempdir().expect("a folder");
    let organisation = whole_town();
    fs::create_dir(inbox.path().join("基础")).expect("ours");
    let file = "基础/组织机构.xlsx";
    fs::copy(organisation.path().join(file), inbox.path().join(file)).expect("ours");
    let run = assess(inbox.path(), &settings());
    let records = Records::of(&run);
    for (source, code, _) in RECORDS {
        let found = records.value(source, code, &Whom::Office("V01".to_owned()), AS_OF);
        assert_eq!(found, None, "{source} {code}");
    }
}

#[test]
fn the_guide_names_every_record() {
    let guide = fs::read_to_string(workspace().join("plugins/README.md")).expect("the guide");
    for (source, code, what) in RECORDS {
        let line = format!("| `{source}` | `{code}` | {what} |");
        assert!(guide.contains(&line), "plugins/README.md lacks: {line}");
    }
}
