//! The reports that go up, for the commands that write them: `--note`, and what is said of mismatches.

use clap::Arg;

use super::{Exit, World};
use crate::model::{Lang, Run};
use crate::pipeline::upward::{Upward, upward};
use crate::report::Written;

/// Why numbers do not agree.
pub fn note_arg(lang: Lang) -> Arg {
    Arg::new("note").long("note").value_name(lang.of("差异说明", "NOTE")).help(lang.of(
        "上报报表跨表校验不符时的说明,随表留存;没有说明则不写出该表",
        "why cross-checks of the reports that go up do not agree; printed on them, without it they are not written",
    ))
}

/// The reports, and whether some are held back; says on the error stream what does not agree.
///
/// Errors: a report that cannot be made, or the stream is closed.
pub fn reports(
    run: &Run,
    note: &str,
    lang: Lang,
    world: &mut World<'_>,
) -> anyhow::Result<(Vec<Written>, bool)> {
    let Upward { written, held, mismatches } = upward(run, note, Vec::new())?;
    for line in &mismatches {
        writeln!(world.err, "{line}")?;
    }
    if !held.is_empty() {
        let line = lang.of(
            "上述校验不符,未写出的上报报表(核对,或用 --note 说明差异)",
            "held back because numbers do not agree (put them right, or explain with --note)",
        );
        writeln!(world.err, "{line}: {}", held.join("、"))?;
    }
    Ok((written.into_iter().map(|(_, file)| file).collect(), !held.is_empty()))
}

/// The exit of a command that wrote such reports: done, with findings, where some are held back.
pub fn exit(exit: Exit, held: bool) -> Exit {
    if held && exit == Exit::Done { Exit::Findings } else { exit }
}
