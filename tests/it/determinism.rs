//! The same bytes out: of two runs, of inputs found in another order, on one thread or two.

use acceptance::{assess, files_below, fill, settings, town};
use anping::model::Run;
use anping::report::{self, Templates};

fn outputs(run: &Run) -> Vec<(String, Vec<u8>)> {
    let files = report::make(run, &Templates::built_in()).expect("the built-in templates are right");
    files.into_iter().map(|file| (file.name, file.bytes)).collect()
}

fn check_same(left: &[(String, Vec<u8>)], right: &[(String, Vec<u8>)]) {
    let names = |files: &[(String, Vec<u8>)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(left), names(right));
    for ((name, left), (_, right)) in left.iter().zip(right) {
        assert!(left == right, "{name} differs");
    }
}

#[test]
fn two_runs_write_the_same_bytes() {
    let first = outputs(&assess(&town(), &settings()));
    let second = outputs(&assess(&town(), &settings()));
    assert!(first.len() >= 5, "a workbook a sector, the problems, the results");
    check_same(&first, &second);
}

#[test]
fn the_order_in_which_files_arrive_changes_nothing() {
    let mut files = files_below(&town());
    let (forward, backward) =
        (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    fill(forward.path(), &files);
    files.reverse();
    fill(backward.path(), &files);
    check_same(
        &outputs(&assess(forward.path(), &settings())),
        &outputs(&assess(backward.path(), &settings())),
    );
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| outputs(&assess(&town(), &settings())))
    };
    check_same(&on(1), &on(2));
}
