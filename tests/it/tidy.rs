//! What a reader would trip over: files without a module doc, floats where points live, tests that
//! are switched off, printing outside the command line.

use std::fs;

use acceptance::workspace;

/// Rust sources of the workspace: path and text.
fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders =
        vec![workspace().join("engine"), workspace().join("plugins"), workspace().join("tests")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder of the workspace") {
            let path = entry.expect("a file of the workspace").path();
            if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a source");
                found.push((path.to_string_lossy().replace('\\', "/"), text));
            }
        }
    }
    assert!(found.len() > 30, "the walk found the sources");
    found
}

fn check(what: &str, wrong: impl Fn(&str, &str) -> bool) {
    let found: Vec<_> =
        sources().into_iter().filter(|(path, text)| wrong(path, text)).map(|(path, _)| path).collect();
    assert!(found.is_empty(), "{what}: {found:#?}");
}

/// Words are put together here so that this file does not find itself.
fn word(parts: [&str; 2]) -> String {
    parts.concat()
}

#[test]
fn every_module_says_what_it_owns() {
    check("without a module doc", |path, text| {
        let build = path.ends_with("/build.rs");
        !build && !text.starts_with("//!")
    });
}

#[test]
fn no_float_where_points_live() {
    let floats = [word(["f", "32"]), word(["f", "64"])];
    check("floats", |path, text| {
        let points = path.contains("engine/src/model")
            || path.contains("engine/src/score")
            || path.contains("/plugins/");
        let words = || text.split(|c: char| !c.is_alphanumeric() && c != '_');
        points && words().any(|word| floats.iter().any(|float| word == float))
    });
}

#[test]
fn nothing_is_switched_off_or_left_open() {
    let words =
        [word(["#[ign", "ore"]), word(["todo", "!("]), word(["unimplemented", "!("]), word(["dbg", "!("])];
    check("switched off or left open", |_, text| words.iter().any(|word| text.contains(word)));
}

#[test]
fn no_half_of_a_merge_is_left() {
    let marks = [word(["<<<<", "<<< "]), word([">>>>", ">>> "])];
    let mut folders = vec![workspace()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder of the workspace") {
            let path = entry.expect("a file of the workspace").path();
            if path.is_dir() && path.file_name().is_some_and(|name| name != "target" && name != ".git") {
                folders.push(path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                let left = text.lines().any(|line| marks.iter().any(|mark| line.starts_with(mark)));
                assert!(!left, "{}", path.display());
            }
        }
    }
}

#[test]
fn only_the_command_line_prints() {
    let words = [word(["println", "!("]), word(["eprintln", "!("])];
    check("prints", |path, text| {
        let library =
            path.contains("engine/src") && !path.contains("engine/src/cli") && !path.ends_with("main.rs");
        library && words.iter().any(|word| text.contains(word))
    });
}

#[test]
fn parsers_and_sandbox_have_one_home() {
    // Guests are run by two steps and compiled by what they share: plugins by `evaluate`, the
    // parsers of binary workbooks by one file of `intake`.
    let guests = ["engine/src/evaluate", "engine/src/sandbox", "engine/src/intake/walled.rs"];
    for (name, homes) in [
        (word(["cala", "mine::"]), &["engine/src/intake"][..]),
        (word(["wasm", "time::"]), &guests),
        (word(["rust_xlsx", "writer::"]), &["engine/src/report"]),
    ] {
        check(&name, |path, text| {
            let home = homes.iter().any(|home| path.contains(home));
            path.contains("engine/src") && !home && !path.contains("/tests") && text.contains(&name)
        });
    }
}

#[test]
fn steps_never_import_each_other() {
    let steps = [
        "intake", "register", "subjects", "evaluate", "score", "report", "returned", "returns", "filing",
        "ledger", "checks", "signals",
    ];
    check("imports another step", |path, text| {
        let Some(own) = steps.iter().find(|step| {
            path.contains(&format!("engine/src/{step}.rs")) || path.contains(&format!("engine/src/{step}/"))
        }) else {
            return false;
        };
        // A unit test may hold the rules of one step against the figures of another.
        !path.ends_with("/tests.rs")
            && steps.iter().any(|step| step != own && text.contains(&format!("crate::{step}")))
    });
}
