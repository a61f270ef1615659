//! What is left when a run is stopped or cannot write: the outbox as it was, and one line that says
//! why. Kills, full disks and a thousand runs are tried by `.ci/strength.py`, with the program itself.

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use acceptance::{AS_OF, anping, files_below, settings, town};
use anping::cli::{self, Exit, World};
use anping::model::Lang;
use anping::pipeline::{self, Error, Step, Watch};

/// Stops a run when it has asked so many times whether to go on.
struct Stops(AtomicUsize);

impl Watch for Stops {
    fn progress(&self, _: Step, _: usize, _: usize) {}

    fn cancelled(&self) -> bool {
        let left = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        left.is_err()
    }
}

#[test]
fn a_run_that_is_stopped_says_so_wherever_it_was() {
    let mut n_stopped = 0;
    for asks in 0.. {
        match pipeline::assess(&town(), &settings(), &Stops(AtomicUsize::new(asks))) {
            Err(Error::Cancelled) => n_stopped += 1,
            Err(wrong) => panic!("stopped at question {asks}: {wrong}"),
            Ok(_) => break,
        }
    }
    assert!(n_stopped >= 3, "it asks before each file and between steps: {n_stopped}");
}

#[test]
fn what_is_interrupted_writes_nothing() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let outbox = folder.path().join("out");
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let cancelled = AtomicBool::new(true);
    let mut world = World {
        today: AS_OF,
        lang: Lang::Zh,
        cache: None,
        program: None,
        terminal: false,
        out: &mut out,
        err: &mut err,
        cancelled: &cancelled,
    };
    let (inbox, place) = (town(), outbox.clone());
    let args = ["anping".as_ref(), "assess".as_ref(), inbox.as_os_str(), "-o".as_ref(), place.as_os_str()];
    let exit = cli::run(args.map(ToOwned::to_owned), &mut world);
    assert_eq!(exit, Exit::Interrupted);
    assert_eq!(String::from_utf8_lossy(&err), "中断: 已中断,未写出任何文件\n");
    assert!(out.is_empty() && !outbox.exists());
}

#[test]
fn an_outbox_that_cannot_be_written_stays_as_it_was() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let outbox = folder.path().join("out");
    // A folder has the name of a report, so that not every file can be put.
    fs::create_dir_all(outbox.join("results.json")).expect("the folder is ours");
    fs::write(outbox.join("问题清单.xlsx"), "old").expect("the folder is ours");
    let before = files_below(&outbox);
    let (inbox, place) = (town(), outbox.display().to_string());
    let ran = anping(&["assess", &inbox.display().to_string(), "-o", &place]);
    assert_eq!(ran.exit, Exit::Output, "{}", ran.err);
    assert_eq!(ran.err.lines().count(), 2, "a line and a hint: {}", ran.err);
    assert_eq!(files_below(&outbox), before);
}
