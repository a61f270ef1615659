//! `anping plugins`: which plugins there are, what they hold, and whether their golden cases pass.

use clap::{ArgMatches, Command};
use serde::Serialize;

use super::{Exit, World};
use crate::model::{Decimal, Lang, Mark, Plugin};
use crate::pipeline::{self, golden};

/// The command line.
pub fn command(lang: Lang) -> Command {
    Command::new("plugins")
        .about(lang.of("列出插件并运行其自带算例", "list the plugins and run their golden cases"))
        .args(super::plugin_args(lang))
        .arg(super::json_arg(lang))
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    version: &'a str,
    title: &'a str,
    origin: &'a str,
    digest: &'a str,
    /// Built in, or accepted by the lock.
    accepted: bool,
    items: usize,
    points: String,
    unverified_items: usize,
    editions: Vec<&'a str>,
    cases: usize,
    failed_cases: Vec<String>,
}

/// Runs it.
pub fn run(matches: &ArgMatches, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let settings = super::settings(matches, world, world.today)?;
    let trust = settings.trust.clone().unwrap_or_default();
    let (host, loaded, faults) = pipeline::load_plugins(&settings)?;
    let mut rows = Vec::new();
    let mut bad = !faults.is_empty();
    for fault in &faults {
        writeln!(world.err, "{}", fault.line(lang))?;
    }
    for plugin in &loaded {
        let (cases, mismatches) = match golden::check(&host, plugin) {
            Ok(checked) => checked,
            Err(fault) => {
                writeln!(world.err, "{}", fault.line(lang))?;
                bad = true;
                (0, Vec::new())
            }
        };
        for mismatch in &mismatches {
            bad = true;
            let head = lang.of("算例不符", "golden case differs");
            writeln!(
                world.err,
                "{} {}: {head}: {}",
                plugin.plugin.manifest.id, plugin.plugin.manifest.version, mismatch.name
            )?;
            writeln!(world.err, "{}\n{}", lang.of("应为", "expected"), mismatch.expected.trim_end())?;
            writeln!(world.err, "{}\n{}", lang.of("实为", "found"), mismatch.found.trim_end())?;
        }
        let accepted = plugin.plugin.origin == pipeline::BUILT_IN
            || trust.judge(&plugin.plugin, pipeline::is_built_in(&plugin.plugin.manifest.id)).is_ok();
        rows.push(row(
            &plugin.plugin,
            accepted,
            cases,
            mismatches.into_iter().map(|mismatch| mismatch.name).collect(),
        ));
    }
    if matches.get_flag("json") {
        serde_json::to_writer_pretty(&mut *world.out, &rows)?;
        writeln!(world.out)?;
    } else {
        for row in &rows {
            let passed = row.cases - row.failed_cases.len();
            let editions = row.editions.join("、");
            match lang {
                Lang::Zh => writeln!(
                    world.out,
                    "{} {} {}:{} 项 {} 分(未核实 {} 项),算例 {passed}/{} 通过;版本 {editions};{} {}{}",
                    row.id,
                    row.version,
                    row.title,
                    row.items,
                    row.points,
                    row.unverified_items,
                    row.cases,
                    row.origin,
                    &row.digest[..12],
                    if row.accepted { "" } else { lang.of(",未接受", ", not accepted") },
                )?,
                Lang::En => writeln!(
                    world.out,
                    "{} {} {}: {} items, {} points ({} unverified), golden cases {passed}/{}; editions {editions}; {} {}{}",
                    row.id,
                    row.version,
                    row.title,
                    row.items,
                    row.points,
                    row.unverified_items,
                    row.cases,
                    row.origin,
                    &row.digest[..12],
                    if row.accepted { "" } else { lang.of(",未接受", ", not accepted") },
                )?,
            }
        }
    }
    Ok(if bad { Exit::Plugin } else { Exit::Done })
}

fn row(plugin: &Plugin, accepted: bool, cases: usize, failed_cases: Vec<String>) -> Row<'_> {
    let manifest = &plugin.manifest;
    Row {
        id: &manifest.id,
        version: &manifest.version,
        title: &manifest.title,
        origin: &plugin.origin,
        digest: &plugin.digest,
        accepted,
        items: manifest.items.len(),
        points: manifest.items.iter().map(|item| item.points).sum::<Decimal>().normalize().to_string(),
        unverified_items: manifest.items.iter().filter(|item| item.mark == Mark::Memory).count(),
        editions: manifest.editions.iter().map(|edition| edition.id.as_str()).collect(),
        cases,
        failed_cases,
    }
}
