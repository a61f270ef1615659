//! `anping lint`: the health check of the rules, before anybody is assessed by them.

use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, Command, value_parser};

use super::{Exit, World, yearend};
use crate::model::{Lang, Plugin};
use crate::pipeline;

/// The command line.
pub fn command(lang: Lang) -> Command {
    Command::new("lint")
        .about(lang.of(
            "规则体检:考核规则、调整单和检查表插件有无缺口、重叠和失效依据",
            "health check of rules, tailoring and checklists",
        ))
        .arg(yearend::workspace_arg(lang))
        .arg(
            Arg::new("tailoring")
                .long("tailoring")
                .value_name(lang.of("调整单", "FILE"))
                .value_parser(value_parser!(PathBuf))
                .help(
                    lang.of("体检这份调整单,代替工作区的", "this tailoring file instead of the workspace's"),
                ),
        )
        .arg(super::as_of_arg(lang))
        .args(super::plugin_args(lang))
}

/// Runs it.
pub fn run(matches: &ArgMatches, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let settings = super::settings(matches, world, world.today)?;
    let rules = match matches.get_one::<PathBuf>("tailoring") {
        Some(file) => yearend::rules_from(file)?.0,
        None => yearend::local(matches, Path::new("."))?.rules,
    };
    let (_, loaded, faults) = pipeline::load_plugins(&settings)?;
    for fault in &faults {
        writeln!(world.err, "{}", fault.line(lang))?;
    }
    let plugins: Vec<Plugin> = loaded.into_iter().map(|loaded| loaded.plugin).collect();
    let wrong = yearend::health(&rules, &plugins, settings.as_of);
    for line in &wrong {
        writeln!(world.out, "{line}")?;
    }
    if !faults.is_empty() {
        return Ok(Exit::Plugin);
    }
    if wrong.is_empty() {
        writeln!(world.out, "{}", lang.of("规则体检通过", "the rules are sound"))?;
        return Ok(Exit::Done);
    }
    Ok(Exit::Findings)
}
