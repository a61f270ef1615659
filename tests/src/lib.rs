//! What whole-run tests share: commands run in memory, folders filled, workbooks read back.
//! Holds no expectation; those stand in the tests and in `expected/`.

pub mod county;
pub mod hostile;
pub mod sandbox;

use std::ffi::OsString;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use anping::cli::{self, Exit, World};
use anping::model::{Date, Lang, Run};
use anping::pipeline::{self, Settings, Step, Watch};
use calamine::{Data, Reader as _, Xlsx};
use tempfile::TempDir;

/// The workspace.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The inbox of the sample town.
pub fn town() -> PathBuf {
    workspace().join("templates/demo/qingshi")
}

/// The whole inbox of the sample town: what the demo shows, and the rest that offices sent.
///
/// # Panics
///
/// When the temporary folder cannot be written.
pub fn whole_town() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder for the test");
    fill(folder.path(), &files_below(&town()));
    fill(folder.path(), &files_below(&workspace().join("tests/town")));
    folder
}

/// The day on which the sample town is assessed.
pub const AS_OF: Date = Date::constant(2026, 12, 31);

/// Where compiled plugins are kept for all tests: without, each run would compile eight of them anew.
/// What must hold without a cache, or with a spoilt one, has tests of its own.
pub fn compiled() -> PathBuf {
    workspace().join("target/tests-compiled")
}

/// Settings without plugins beside the built-in ones.
pub fn settings() -> Settings {
    Settings {
        as_of: AS_OF,
        issuer: String::new(),
        plugins: Vec::new(),
        trust: None,
        layouts: Vec::new(),
        cache: Some(compiled()),
        kept: None,
        year_end: None,
        year: None,
        filing: None,
        register: None,
        tailoring: Vec::new(),
        plans: pipeline::Plans::built_in(),
    }
}

/// Watches nothing and never stops.
pub struct Unwatched;

impl Watch for Unwatched {
    fn progress(&self, _: Step, _: usize, _: usize) {}
    fn cancelled(&self) -> bool {
        false
    }
}

/// Assesses an inbox.
///
/// # Panics
///
/// When the run ends without a result.
pub fn assess(inbox: &Path, settings: &Settings) -> Run {
    pipeline::assess(inbox, settings, &Unwatched).expect("the run ends with a result")
}

/// What a command printed and how it ended.
#[must_use = "compare what was printed, or how it ended"]
#[derive(Debug)]
pub struct Ran {
    /// How it ended.
    pub exit: Exit,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// Runs a command in memory, on the day of the sample town.
pub fn anping(args: &[&str]) -> Ran {
    anping_with(Some(&compiled()), args)
}

/// The same with another cache of compiled plugins, or none.
pub fn anping_with(cache: Option<&Path>, args: &[&str]) -> Ran {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let cancelled = AtomicBool::new(false);
    let mut world = World {
        today: AS_OF,
        lang: Lang::Zh,
        cache: cache.map(Path::to_owned),
        program: None,
        terminal: false,
        out: &mut out,
        err: &mut err,
        cancelled: &cancelled,
    };
    let args = std::iter::once("anping").chain(args.iter().copied()).map(OsString::from);
    let exit = cli::run(args, &mut world);
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ran { exit, out: text(out), err: text(err) }
}

/// All files below a folder: path with `/`, and bytes; sorted.
pub fn files_below(root: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the test") {
            let path = entry.expect("a file of the test").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name =
                    path.strip_prefix(root).expect("below the root").to_string_lossy().replace('\\', "/");
                found.push((name, fs::read(&path).expect("a file of the test")));
            }
        }
    }
    found.sort();
    found
}

/// Writes files below a folder, in the order given.
pub fn fill(root: &Path, files: &[(String, Vec<u8>)]) {
    for (name, bytes) in files {
        let path = root.join(name);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder of the test");
        fs::write(path, bytes).expect("a file of the test");
    }
}

/// The sheets of a workbook: name, and cells as text by row.
pub fn sheets(bytes: &[u8]) -> Vec<(String, Vec<Vec<String>>)> {
    let mut workbook: Xlsx<_> =
        calamine::open_workbook_from_rs(Cursor::new(bytes)).expect("a workbook of ours");
    workbook
        .sheet_names()
        .into_iter()
        .map(|name| {
            let range = workbook.worksheet_range(&name).expect("a sheet of ours");
            let rows = range.rows().map(|row| row.iter().map(cell).collect()).collect();
            (name, rows)
        })
        .collect()
}

fn cell(data: &Data) -> String {
    match data {
        Data::Empty => String::new(),
        other => other.to_string(),
    }
}
