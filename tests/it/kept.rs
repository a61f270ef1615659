//! What was kept of earlier runs changes how long a run takes, and no byte of what comes out.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use acceptance::{Unwatched, files_below, fill, settings, town, workspace};
use anping::intake::{built_in_layouts, load_again};
use anping::kept::Kept;
use anping::pipeline::{self, Settings};
use anping::report::{self, Templates};
use tempfile::TempDir;

/// A folder of entries, and an inbox that has workbooks of most kinds.
struct Town {
    inbox: TempDir,
    cache: TempDir,
}

impl Town {
    fn new() -> Self {
        let inbox = tempfile::tempdir().expect("a folder for the test");
        fill(inbox.path(), &files_below(&town()));
        let rest = files_below(&workspace().join("tests/town"));
        let some = |path: &str| path.ends_with(".csv") || path.contains("2026-12") || path.contains("V01");
        let rest: Vec<_> = rest.into_iter().filter(|(path, _)| some(path)).collect();
        fill(inbox.path(), &rest);
        Self { inbox, cache: tempfile::tempdir().expect("a folder for the test") }
    }

    /// Everything that a run writes, by name.
    fn outcome(&self, settings: &Settings) -> BTreeMap<String, Vec<u8>> {
        let inbox = self.inbox.path();
        let run = pipeline::assess(inbox, settings, &Unwatched).expect("the inbox is there");
        let templates = Templates::built_in();
        let mut files = report::make(&run, &templates).expect("reports");
        let load = |source: &_| load_again(inbox, source);
        files.extend(report::returns(&run, &templates, settings.kept.as_deref(), &load).expect("returns"));
        files.into_iter().map(|file| (file.name, file.bytes)).collect()
    }

    fn entries(&self) -> Vec<PathBuf> {
        let mut entries: Vec<_> = fs::read_dir(self.cache.path().join("kept"))
            .expect("the folder is made")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        entries.sort();
        entries
    }

    /// What kept entries are and when they were made.
    fn made(&self) -> Vec<(PathBuf, SystemTime)> {
        let when = |path: &Path| fs::metadata(path).and_then(|about| about.modified()).expect("an entry");
        self.entries().into_iter().map(|path| (path.clone(), when(&path))).collect()
    }

    /// A run with what is kept gives what a run without it gives; says how many entries it made.
    fn check(&self, what: &str, settings: &Settings) -> usize {
        let before = if self.cache.path().join("kept").is_dir() { self.made() } else { Vec::new() };
        let kept = Kept::open(self.cache.path(), "this program").map(Arc::new);
        assert!(kept.is_some(), "the folder can be used");
        let with = self.outcome(&Settings { kept, ..settings.clone() });
        let without = self.outcome(settings);
        assert_eq!(with.keys().collect::<Vec<_>>(), without.keys().collect::<Vec<_>>(), "{what}");
        for (name, bytes) in &without {
            assert!(with[name] == *bytes, "{what}: {name} differs");
        }
        self.made().iter().filter(|entry| !before.contains(entry)).count()
    }
}

#[test]
fn no_byte_depends_on_what_is_kept() {
    let town = Town::new();
    let inbox = town.inbox.path();
    let n_files = files_below(inbox).len();
    let as_built = settings();
    let n_cold = town.check("cold", &as_built);
    assert!(n_cold > n_files, "files that were read, and some that go back: {n_cold} of {n_files}");
    assert_eq!(town.check("warm", &as_built), 0, "nothing is made again");

    // What goes back names the day and the office, which no file says.
    let next_day = Settings { as_of: as_built.as_of.tomorrow().expect("a day"), ..as_built.clone() };
    assert!(town.check("another day", &next_day) > 0, "what goes back is made anew");
    let office = Settings { issuer: "平川县应急管理局".to_owned(), ..as_built.clone() };
    assert!(town.check("another office", &office) > 0, "what goes back is made anew");

    let log = inbox.join("收文登记.csv");
    let text = fs::read(&log).expect("the log");
    let cut = text[..text.len() - 1].iter().rposition(|byte| *byte == b'\n').expect("several lines");
    fs::write(&log, &text[..=cut]).expect("the inbox is ours");
    let n_changed = town.check("one file changed", &as_built);
    assert!((1..n_cold / 2).contains(&n_changed), "{n_changed}");
    assert_eq!(town.check("nothing more changed", &as_built), 0);

    let month = |name: &str| inbox.join("村月报/2026-12").join(name);
    let mut months = files_below(&inbox.join("村月报/2026-12")).into_iter().map(|(name, _)| name);
    let (first, last) = (months.next().expect("a month"), months.next_back().expect("another"));
    fs::remove_file(month(&first)).expect("the inbox is ours");
    let n_removed = town.check("one file removed, those after it move up", &as_built);
    assert!(n_removed < n_cold / 2, "{n_removed}");

    fs::rename(month(&last), month("改名.xlsx")).expect("the inbox is ours");
    town.check("one file renamed", &as_built);
    fs::rename(month("改名.xlsx"), month("改名.csv")).expect("the inbox is ours");
    town.check("one file with a wrong extension", &as_built);

    let mut layouts = built_in_layouts();
    layouts.retain(|layout| layout.id == "village-hazards");
    for layout in &mut layouts {
        layout.title.push_str("(本地)");
        layout.given = true;
    }
    assert_eq!(layouts.len(), 1, "the sample's layout of hazards");
    let other_layouts = Settings { layouts, ..settings() };
    assert!(town.check("other layouts", &other_layouts) >= n_files - 2, "everything is read anew");

    for (n, entry) in town.entries().iter().enumerate() {
        let mut bytes = fs::read(entry).expect("an entry");
        match n % 4 {
            0 => bytes.truncate(bytes.len() / 2),
            1 => bytes.clear(),
            2 => *bytes.last_mut().expect("an entry has bytes") ^= 1,
            _ => continue,
        }
        fs::write(entry, bytes).expect("the folder is ours");
    }
    assert!(town.check("damaged entries", &as_built) > 0);
    assert_eq!(town.check("healed", &as_built), 0);
}
