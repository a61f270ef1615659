//! `anping explain`: how a score came about, in sentences that can be pasted into a reply.

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Arg, ArgMatches, Command, value_parser};

use super::{Exit, Unreadable, World};
use crate::model::Lang;
use crate::report::yearend::explain as yearend;
use crate::report::{explain, results};

/// The command line.
pub fn command(lang: Lang) -> Command {
    Command::new("explain")
        .about(lang.of("说明得分由来,可直接粘贴到答复中", "say how a score came about"))
        .arg(
            Arg::new("results")
                .value_name(lang.of("发件文件夹", "RESULTS"))
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help(lang.of("发件文件夹,或其中的 results.json", "the outbox, or the results.json in it")),
        )
        .arg(
            Arg::new("subject")
                .value_name(lang.of("对象", "SUBJECT"))
                .required(true)
                .help(lang.of("单位名称、企业编号或信用代码", "name, number or credit code")),
        )
        .arg(
            Arg::new("item")
                .value_name(lang.of("检查项", "ITEM"))
                .help(lang.of("只说明一个检查项,如 HC-A01", "only this item, e.g. HC-A01")),
        )
}

/// Runs it.
pub fn run(matches: &ArgMatches, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let given = matches.get_one::<PathBuf>("results").cloned().unwrap_or_default();
    let text = |id: &str| matches.get_one::<String>(id).map(String::as_str);
    // Villages and departments stand in the sealed record of the year-end assessment.
    let sealed = if given.is_dir() { given.join(yearend::FILE) } else { given.clone() };
    let record = fs::read(sealed).unwrap_or_default();
    if let Some(sentences) = yearend::explain(&record, text("subject").unwrap_or_default(), text("item")) {
        write!(world.out, "{sentences}")?;
        return Ok(Exit::Done);
    }
    let path = if given.is_dir() { given.join("results.json") } else { given };
    let text =
        fs::read(&path).map_err(|wrong| Unreadable(wrong.to_string())).context(path.display().to_string())?;
    let results = results::Results::read(&text)
        .map_err(|wrong| Unreadable(wrong.to_string()))
        .with_context(|| path.display().to_string())?;
    let text = |id: &str| matches.get_one::<String>(id).map(String::as_str);
    match explain::explain(&results, text("subject").unwrap_or_default(), text("item")) {
        Ok(sentences) => {
            write!(world.out, "{sentences}")?;
            Ok(Exit::Done)
        }
        Err(wrong) => {
            writeln!(world.err, "{}", wrong.message(lang))?;
            Ok(Exit::Usage)
        }
    }
}
