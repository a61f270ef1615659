//! Every built-in plugin passes its own golden cases, through the sandbox.

use acceptance::settings;
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
