//! Every built-in plugin passes its own golden cases, through the sandbox.

use acceptance::settings;
use anping::evaluate::Host;
use anping::pipeline::{self, golden};

#[test]
fn every_plugin_passes_its_golden_cases() {
    let (host, loaded, faults) = pipeline::load_plugins(&settings()).expect("a sandbox");
    assert_eq!(faults, []);
    let ids: Vec<_> = loaded.iter().map(|plugin| plugin.plugin.manifest.id.as_str()).collect();
    let built_in = [
        "crowded",
        "department",
        "emergency",
        "enterprise",
        "fireworks",
        "hazchem",
        "standardization",
        "village",
    ];
    assert_eq!(ids, built_in);
    for plugin in &loaded {
        let (cases, mismatches) = golden::check(&host, plugin).expect("the plugin gives its cases");
        assert!(cases > 0, "{} has no golden case", plugin.plugin.manifest.id);
        let differences: Vec<_> = mismatches
            .iter()
            .map(|wrong| format!("{}\nexpected\n{}\nfound\n{}", wrong.name, wrong.expected, wrong.found))
            .collect();
        assert!(differences.is_empty(), "{}: {}", plugin.plugin.manifest.id, differences.join("\n"));
    }
}

/// The same answers when asked again, beside another subject, and under an engine that compiles
/// otherwise: what differed would depend on the machine.
#[test]
fn golden_cases_come_out_the_same_whenever_and_however_they_are_compiled() {
    let (host, loaded, _) = pipeline::load_plugins(&settings()).expect("a sandbox");
    let other = Host::to_compare().expect("a sandbox");
    let mut cases = 0;
    for plugin in &loaded {
        let (_, bytes) = anping::evaluate::built_in()
            .iter()
            .find(|(id, _)| *id == plugin.plugin.manifest.id)
            .expect("it is built in");
        let again = other.load("built-in", bytes).expect("it loads there as well");
        cases +=
            golden::is_steady([&host, &other], [plugin, &again]).unwrap_or_else(|fault| panic!("{fault:?}"));
    }
    assert!(cases > 50, "{cases}");
}
