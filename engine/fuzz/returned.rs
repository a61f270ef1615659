//! What must be true of a result that the re-check accepts, whatever bytes spelled it. Written from the
//! contract and not from the re-check, so that the two can disagree.
//! Part of the fuzz target and of the test that reads its corpus.

use anping::evaluate::{self, Host, LoadedPlugin};
use anping::model::{Assessed, Decimal, Evaluation, Manifest, Method, Param, Reason, Subject, Value};
use anping::pipeline::golden;
use anping::score::score;

/// The built-in plugins with the subjects of their golden cases.
pub struct Plugins {
    // Its clock must run as long as its plugins are there.
    _host: Host,
    loaded: Vec<(LoadedPlugin, Vec<Subject>)>,
}

/// How a result ended.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// It was accepted, and is what it must be.
    Accepted,
    /// It is a failure of the plugin's own, accepted.
    Failed,
    /// It was refused with a reason.
    Refused,
}

impl Plugins {
    pub fn load() -> Self {
        let host = Host::new(None).expect("the sandbox runs here");
        let load = |bytes| {
            let plugin = host.load("built-in", bytes).expect("it is one of ours");
            let cases = host.examples(&plugin).expect("it has golden cases");
            (plugin, cases.into_iter().map(|case| case.subject).collect())
        };
        let loaded = evaluate::built_in().iter().map(|(_, bytes)| load(bytes)).collect();
        Self { _host: host, loaded }
    }

    /// Holds one result against what must be true: the first byte chooses the plugin, the second the
    /// subject, the others spell the result.
    pub fn check(&self, bytes: &[u8]) -> End {
        let (plugin, subject, spelled) = match bytes {
            [plugin, subject, spelled @ ..] => (*plugin, *subject, spelled),
            _ => (0, 0, &[][..]),
        };
        let (plugin, subjects) = &self.loaded[usize::from(plugin) % self.loaded.len()];
        let subject = &subjects[usize::from(subject) % subjects.len()];
        let manifest = &plugin.plugin.manifest;
        let judged = evaluate::judge_spelled(plugin, subject, spelled);
        // As the workbooks and `explain` would print it.
        let printed = golden::print(manifest, subject, &judged);
        assert!(!printed.chars().any(|c| c.is_control() && c != '\n'), "{printed:?}");
        match judged {
            Evaluation::Assessed(assessed) => {
                sound(manifest, subject, &assessed);
                scored(manifest, subject, &assessed);
                End::Accepted
            }
            Evaluation::Failed { message, evidence } => {
                assert!(!message.trim().is_empty());
                assert!(evidence.is_none_or(|at| (at as usize) < subject.evidence.len()));
                End::Failed
            }
            Evaluation::Fault(fault) => {
                assert!(!fault.zh.is_empty() && !fault.en.is_empty(), "refused without a reason");
                End::Refused
            }
        }
    }
}

/// Every position exists, every sentence is whole, nothing is taken or given that may not be.
fn sound(manifest: &Manifest, subject: &Subject, assessed: &Assessed) {
    let cell = |at: &u32| assert!((*at as usize) < subject.evidence.len(), "evidence {at}");
    let item = |at: u32| assert!((at as usize) < manifest.items.len(), "item {at}");
    let edition = |at: Option<u32>| {
        assert!(at.is_none_or(|at| (at as usize) < manifest.editions.len()), "edition {at:?}");
    };
    edition(assessed.edition);
    assert_eq!(assessed.outcomes.len(), subject.answers.len());
    for (outcome, answer) in assessed.outcomes.iter().zip(&subject.answers) {
        assert_eq!(outcome.item, answer.item);
        assert!(outcome.verdict.title() != "合格" || answer.verdict.checked(), "passed unseen");
        assert!(outcome.deductions().is_empty() || outcome.verdict.fails(), "points taken for nothing");
        outcome.evidence().iter().for_each(cell);
        for deduction in outcome.deductions() {
            assert!(deduction.points >= Decimal::ZERO && deduction.times > 0, "{deduction:?}");
            let cases = manifest.items[outcome.item as usize].cases.len();
            assert!(deduction.case.is_none_or(|case| (case as usize) < cases), "{deduction:?}");
            deduction.reason.iter().for_each(|reason| whole(manifest, reason));
        }
    }
    for ruling in &assessed.rulings {
        ruling.items.iter().copied().for_each(item);
        ruling.evidence.iter().for_each(cell);
        edition(ruling.edition);
        whole(manifest, &ruling.reason);
    }
    for indicator in &assessed.indicators {
        assert!((indicator.indicator as usize) < manifest.gives.len());
        indicator.evidence.iter().for_each(cell);
        indicator.working.iter().for_each(|reason| whole(manifest, reason));
        if let Value::Text(text) | Value::Fault(text) = &indicator.value {
            assert!(!text.chars().any(char::is_control), "{text:?}");
        }
    }
    for hazard in &assessed.hazards {
        hazard.item.into_iter().for_each(item);
        hazard.evidence.iter().for_each(cell);
        edition(hazard.edition);
        whole(manifest, &hazard.reason);
        assert!(!hazard.clause.chars().any(char::is_control), "{:?}", hazard.clause);
    }
    for given in &assessed.scores {
        assert_eq!(manifest.schemes[given.scheme as usize].method, Method::Given);
        assert!(given.value.is_none_or(|value| value >= Decimal::ZERO), "{given:?}");
        given.working.iter().for_each(|reason| whole(manifest, reason));
    }
    for note in &assessed.notes {
        note.item.into_iter().for_each(item);
        note.evidence.iter().for_each(cell);
        whole(manifest, &note.reason);
    }
}

/// A sentence has a parameter for each place and a place for the last parameter, and can be printed.
fn whole(manifest: &Manifest, reason: &Reason) {
    let text = &manifest.phrases[reason.phrase as usize].text;
    let place = |index: usize| text.contains(&format!("{{{index}}}"));
    let n = reason.params.len();
    assert!(n == 0 || place(n - 1), "{n} parameters for {text}");
    // No sentence has more places than 64.
    assert!((n..64).all(|index| !place(index)), "{n} parameters for {text}");
    for param in &reason.params {
        if let Param::Item(at) = param {
            assert!((*at as usize) < manifest.items.len(), "item {at}");
        }
    }
    let printed = reason.render(manifest);
    assert!(!printed.chars().any(char::is_control), "{printed:?}");
}

/// What is accepted can be scored, and the score is one.
fn scored(manifest: &Manifest, subject: &Subject, assessed: &Assessed) {
    let scored = score(manifest, subject, assessed).expect("what is accepted can be scored");
    for item in &scored.items {
        assert!(Decimal::ZERO <= item.deducted && item.deducted <= item.points, "{item:?}");
        assert!(Decimal::ZERO <= item.got && item.got <= item.points, "{item:?}");
    }
    for one in &scored.schemes {
        let scheme = &manifest.schemes[one.scheme as usize];
        let computed = scheme.method != Method::Given;
        for shown in [one.score, one.interim].into_iter().flatten().filter(|_| computed) {
            assert!(Decimal::ZERO <= shown && shown <= scheme.full_marks, "{one:?}");
        }
        assert!(one.got <= one.possible || !computed, "{one:?}");
    }
}
