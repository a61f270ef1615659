//! `anping lint`: the health check of the rules, before anybody is assessed by them.

use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

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
                .action(ArgAction::Append)
                .help(lang.of(
                    "体检这份调整单,代替工作区的;可重复,依次叠加",
                    "this tailoring file instead of the workspace's; repeatable, one over the other",
                )),
        )
        .arg(super::as_of_arg(lang))
        .args(super::plugin_args(lang))
}

/// Runs it.
pub fn run(matches: &ArgMatches, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let mut settings = super::settings(matches, world, world.today)?;
    let rules = match matches.get_many::<PathBuf>("tailoring") {
        Some(files) => {
            let files: Vec<_> = files.map(PathBuf::as_path).collect();
            let layers = files.iter().map(|file| yearend::layer_from(file));
            settings.tailoring = layers.collect::<anyhow::Result<Vec<_>>>()?;
            yearend::rules_of(&files, &settings.tailoring)?.0
        }
        None => {
            let local = yearend::local(matches, Path::new("."))?;
            settings.tailoring = local.tailoring;
            local.rules
        }
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
