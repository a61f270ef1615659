//! The steps of `plugins/README.md`, run as they stand there.

use std::fs;

use acceptance::{anping, workspace};
use anping::cli::Exit;

/// The commands of the guide's blocks, in their order; a line that begins with # says something.
fn steps(guide: &str) -> Vec<&str> {
    let blocks = guide.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.flat_map(str::lines).filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

/// In the guide the reader works in `mine/`; here it is a folder of the test. The rest of the
/// paths begin at the root of the sources.
#[test]
fn every_step_of_the_guide_does_what_it_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let guide = fs::read_to_string(workspace().join("plugins/README.md")).expect("the guide");
    let steps = steps(&guide);
    assert!(steps.len() >= 10, "the guide has its steps: {steps:?}");
    let place = |word: &str| match word.strip_prefix("mine/") {
        Some(own) => folder.path().join(own).to_string_lossy().into_owned(),
        None if ["plugins/", "templates/"].iter().any(|root| word.starts_with(root)) => {
            workspace().join(word).to_string_lossy().into_owned()
        }
        None => word.to_owned(),
    };
    for step in steps {
        let mut words = step.split_whitespace();
        assert_eq!(words.next(), Some("anping"), "{step}");
        let args: Vec<_> = words.map(place).collect();
        let ran = anping(&args.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(ran.exit, Exit::Done, "{step}: {}{}", ran.out, ran.err);
    }
    for made in ["stairs.wasm", "stairs-form.xlsx", "stairs-back.xlsx", "ladders/ladders.wasm"] {
        assert!(folder.path().join(made).is_file(), "{made}");
    }
}
