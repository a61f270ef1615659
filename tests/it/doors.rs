//! Through both doors of a plugin come the same results: on its golden cases, on whatever an inspector may
//! answer, and on all sheets of the sample town.

use acceptance::{AS_OF, assess, settings, whole_town};
use anping::evaluate::{Host, LoadedPlugin};
use anping::model::{Evaluation, Subject, Verdict, Written};
use anping::pipeline::{self, conformance};

/// The built-in plugins, and the same without their second doors.
fn plugins() -> (Host, [Vec<LoadedPlugin>; 2]) {
    let (host, loaded, faults) = pipeline::load_plugins(&settings()).expect("a sandbox");
    assert_eq!(faults, []);
    for plugin in &loaded {
        assert!(plugin.has_columns(), "{}", plugin.plugin.manifest.id);
    }
    let in_records: Vec<_> = loaded.iter().cloned().map(LoadedPlugin::without_columns).collect();
    assert!(in_records.iter().all(|plugin| !plugin.has_columns()));
    (host, [loaded, in_records])
}

/// Evaluates subjects through both doors; what comes out must be one thing. How many were assessed.
fn check(host: &Host, doors: &[Vec<LoadedPlugin>; 2], subjects: &[Subject]) -> usize {
    let [in_columns, in_records] =
        doors.each_ref().map(|plugins| host.evaluate(plugins, subjects, AS_OF, &[], &|_, _| {}));
    for ((subject, left), right) in subjects.iter().zip(&in_columns).zip(&in_records) {
        let id = &doors[0][subject.plugin].plugin.manifest.id;
        assert_eq!(format!("{left:?}"), format!("{right:?}"), "{id} {}", subject.name);
    }
    in_columns.iter().filter(|evaluation| matches!(evaluation, Evaluation::Assessed(_))).count()
}

#[test]
fn golden_cases() {
    let (host, doors) = plugins();
    let mut subjects = Vec::new();
    for (index, plugin) in doors[0].iter().enumerate() {
        let examples = host.examples(plugin).expect("the plugin gives its cases");
        subjects.extend(examples.into_iter().map(|e| Subject { plugin: index, ..e.subject }));
    }
    let assessed = check(&host, &doors, &subjects);
    assert!(assessed > 50 && assessed < subjects.len(), "{assessed} of {}", subjects.len());
}

#[test]
fn every_verdict_with_and_without_points() {
    let (host, doors) = plugins();
    let verdicts = [
        Verdict::Pass,
        Verdict::Partial,
        Verdict::Fail,
        Verdict::NotApplicable,
        Verdict::NotChecked,
        Verdict::NotSelected,
        Verdict::Informational,
        Verdict::Waived,
        Verdict::Error,
    ];
    let mut subjects = Vec::new();
    for (index, plugin) in doors[0].iter().enumerate() {
        let manifest = &plugin.plugin.manifest;
        for kind in 0..manifest.kinds.len() as u32 {
            for points in [None, Some(0), Some(1), Some(1_000)] {
                for (at, verdict) in verdicts.into_iter().enumerate() {
                    let made = conformance::made_up(manifest.items.len(), kind, Some(verdict), AS_OF);
                    let mut subject = Subject { plugin: index, ..made };
                    for (item, answer) in subject.answers.iter_mut().enumerate() {
                        // Each item with another verdict, and some without a number.
                        answer.verdict = verdicts[(at + item) % verdicts.len()];
                        let written = Written {
                            number: points.filter(|_| item % 3 > 0).map(Into::into),
                            remark: if item % 4 == 0 { "见附页".to_owned() } else { String::new() },
                            ..Written::NOTHING
                        };
                        *answer = answer.clone().with(written);
                    }
                    subjects.push(subject);
                }
            }
        }
    }
    assert!(check(&host, &doors, &subjects) > 100);
}

#[test]
fn the_sample_town() {
    let inbox = whole_town();
    let run = assess(inbox.path(), &settings());
    let subjects: Vec<_> = run.checks.iter().map(|check| check.subject.clone()).collect();
    let (host, doors) = plugins();
    assert!(check(&host, &doors, &subjects) > 20);
}
