//! `anping assess`: the main job.

use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, Command, value_parser};

use super::progress::Bars;
use super::{Exit, World, summary};
use crate::model::Lang;
use crate::pipeline::{self, Settings};
use crate::report::{self, Templates};

/// The command line.
pub fn command(lang: Lang) -> Command {
    Command::new("assess")
        .about(lang.of(
            "评分并写出报表:收件文件夹里的检查表 → 发件文件夹",
            "score the check sheets of an inbox and write the reports",
        ))
        .arg(super::inbox_arg(lang))
        .arg(
            Arg::new("outbox")
                .short('o')
                .long("outbox")
                .value_name(lang.of("发件文件夹", "OUTBOX"))
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help(lang.of("报表写到哪里;没有则新建", "where the reports go; created if missing")),
        )
        .arg(super::as_of_arg(lang))
        .arg(
            Arg::new("issuer")
                .long("issuer")
                .value_name(lang.of("单位", "UNIT"))
                .help(lang.of("报表的填报单位;默认取名录标题中的镇名", "unit that issues the reports")),
        )
        .args(super::plugin_args(lang))
        .arg(super::json_arg(lang))
}

/// Runs it.
pub fn run(matches: &ArgMatches, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let settings = super::settings(matches, world, world.today)?;
    let path = |id: &str| matches.get_one::<PathBuf>(id).cloned().unwrap_or_default();
    assess(&path("inbox"), &path("outbox"), &settings, matches.get_flag("json"), lang, world)
}

/// Assesses an inbox and writes the reports.
///
/// Errors: what stops a run; bad data and failing plugins are in the reports and in the exit.
pub fn assess(
    inbox: &Path,
    outbox: &Path,
    settings: &Settings,
    json: bool,
    lang: Lang,
    world: &mut World<'_>,
) -> anyhow::Result<Exit> {
    let bars = Bars::new(world.terminal, lang, world.cancelled);
    let run = pipeline::assess(inbox, settings, &bars);
    bars.finish();
    let run = run?;
    let files = report::make(&run, &Templates::built_in())?;
    if world.cancelled.load(std::sync::atomic::Ordering::Relaxed) {
        return Err(pipeline::Error::Cancelled.into());
    }
    report::put(outbox, &files)?;
    let names: Vec<_> = files.iter().map(|file| file.name.as_str()).collect();
    summary::faults(&run, lang, world.err)?;
    if json {
        summary::json(&run, &names, world.out)?;
    } else {
        summary::text(&run, lang, world.out)?;
        writeln!(world.out, "{} {}:", lang.of("已写出到", "written to"), outbox.display())?;
        for name in names {
            writeln!(world.out, "  {name}")?;
        }
    }
    Ok(super::exit_of(&run))
}
