//! The reports that go up, for the commands that write them: `--note`, `--previous`, and what is said of
//! mismatches. What must agree is not its affair.

use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, value_parser};

use super::{Exit, Unreadable, World};
use crate::checks::Rules;
use crate::model::{Date, FigureGroup, Lang};
use crate::pipeline::upward::{Upward, upward};
use crate::report::{Basis, Written};
use crate::{intake, report};

/// The most files of a folder of reports: a year of months has a hundred.
const MAX_FILES: usize = 5_000;

/// What the command line says of the reports that go up.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// Why numbers do not agree; empty: nobody says.
    pub note: String,
    /// The folder with the reports of before; none: nothing to compare with.
    pub previous: Option<PathBuf>,
}

impl Told {
    /// The reports of before. Errors: the folder cannot be listed.
    pub fn before(&self) -> anyhow::Result<Vec<(String, Date, FigureGroup)>> {
        Ok(self.previous.as_deref().map(filed).transpose()?.unwrap_or_default())
    }
}

/// The arguments.
pub fn args(lang: Lang) -> [Arg; 2] {
    [
        Arg::new("note").long("note").value_name(lang.of("差异说明", "NOTE")).help(lang.of(
            "上报报表跨表校验不符时的说明,随表留存;没有说明则不写出该表",
            "why cross-checks of the reports that go up do not agree; kept with them, without it they are not written",
        )),
        Arg::new("previous")
            .long("previous")
            .value_name(lang.of("上期上报", "FOLDER"))
            .value_parser(value_parser!(PathBuf))
            .help(lang.of(
                "以前各期的上报报表所在的文件夹,据以核对累计数只增不减",
                "folder of the reports of earlier days: cumulative numbers must not have fallen",
            )),
    ]
}

/// Reads the arguments.
pub fn told(matches: &ArgMatches) -> Told {
    Told {
        note: matches.get_one::<String>("note").cloned().unwrap_or_default(),
        previous: matches.get_one::<PathBuf>("previous").cloned(),
    }
}

/// The reports, and whether some are held back; says on the error stream what does not agree.
///
/// Errors: a report that cannot be made, the folder of before cannot be listed, or the stream is closed.
pub fn reports(
    basis: Basis<'_>,
    told: &Told,
    lang: Lang,
    world: &mut World<'_>,
) -> anyhow::Result<(Vec<Written>, bool)> {
    let Upward { written, held, mismatches } = upward(basis, &told.note, &told.before()?)?;
    tell(&mismatches, &held, lang, world)?;
    Ok((written.into_iter().map(|(_, file)| file).collect(), !held.is_empty()))
}

/// Says on the error stream what does not agree, and what is held back.
///
/// Errors: the stream is closed.
pub fn tell(mismatches: &[String], held: &[String], lang: Lang, world: &mut World<'_>) -> anyhow::Result<()> {
    for line in mismatches {
        writeln!(world.err, "{line}")?;
    }
    if !held.is_empty() {
        let line = lang.of(
            "上述校验不符,未写出的上报报表(核对更正,或用 --note 说明差异)",
            "held back because numbers do not agree (put them right, or explain with --note)",
        );
        writeln!(world.err, "{line}: {}", held.join("、"))?;
    }
    Ok(())
}

/// The reports of ours in a folder, by name of the file; whatever else lies there is passed over.
fn filed(folder: &Path) -> anyhow::Result<Vec<(String, Date, FigureGroup)>> {
    let wanted = Rules::built_in().wanted();
    let unreadable = |source| Unreadable::File { path: folder.to_owned(), source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)?.take(MAX_FILES) {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "xlsx") && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    let read = files.iter().filter_map(|path| {
        let sheets = intake::read_workbook_cells(path, None)?;
        let name = path.file_name()?.to_string_lossy().into_owned();
        report::filed_before(&name, &sheets, &wanted)
    });
    Ok(read.collect())
}

/// The exit of a command that wrote such reports: done, with findings, where some are held back.
pub fn exit(exit: Exit, held: bool) -> Exit {
    if held && exit == Exit::Done { Exit::Findings } else { exit }
}
