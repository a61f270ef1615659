//! `anping plugin show|test|lint|bench`: one plugin looked at, by its file or by its id.
//! Prints only.

use std::path::Path;
use std::time::Instant;

use clap::ArgMatches;

use super::{Exit, Unreadable, World};
use crate::evaluate::{self, Host, LoadedPlugin};
use crate::lint;
use crate::model::{Answer, Decimal, Fact, Lang, Mark, Plugin, Verdict};
use crate::pipeline::conformance;

/// The items that a benchmark asks at the most: a sheet of the usual length.
const BENCH_ITEMS: usize = 60;
/// How often the benchmark asks; the median is told.
const BENCH_ROUNDS: usize = 101;

/// Runs one of the four.
pub fn run(action: &str, matches: &ArgMatches, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let which = matches.get_one::<String>("which").cloned().unwrap_or_default();
    let host = Host::new(world.cache.as_ref().map(|cache| cache.join("anping")))?;
    let Some(plugin) = load(&which, &host, lang, world)? else { return Ok(Exit::Plugin) };
    let (name, on) = (name(&plugin.plugin), world.today);
    match action {
        "show" => show(&plugin.plugin, world),
        "lint" => {
            let findings = lint::lint_manifest(&plugin.plugin.manifest, on);
            for finding in &findings {
                writeln!(world.out, "{name} {finding}")?;
            }
            if findings.is_empty() {
                writeln!(world.out, "{name} {}", lang.of("规则体检通过", "the rules are sound"))?;
                return Ok(Exit::Done);
            }
            Ok(Exit::Findings)
        }
        "bench" => bench(&host, &plugin, lang, world),
        _ => test(&host, &plugin, lang, world),
    }
}

/// The plugin that is meant; none where it does not load, which was told.
fn load(which: &str, host: &Host, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Option<LoadedPlugin>> {
    let built_in = evaluate::built_in().iter().find(|(id, _)| *id == which);
    let loaded = match built_in {
        Some((_, bytes)) => host.load("built-in", bytes),
        None => {
            let path = Path::new(which);
            if !path.exists() {
                let ids: Vec<_> = evaluate::built_in().iter().map(|(id, _)| *id).collect();
                let why = lang.of("既不是文件,也不是内置插件", "neither a file nor a built-in plugin");
                return Err(Unreadable::Content(format!("{which}: {why}({})", ids.join("、"))).into());
            }
            let (name, bytes) = super::plugin_file(path)?;
            host.load(&name, &bytes)
        }
    };
    match loaded {
        Ok(plugin) => Ok(Some(plugin)),
        Err(fault) => {
            writeln!(world.err, "{}", fault.line(lang))?;
            Ok(None)
        }
    }
}

fn name(plugin: &Plugin) -> String {
    format!("{} {}", plugin.manifest.id, plugin.manifest.version)
}

/// Tells whether a plugin does what every plugin must, and what its golden cases say.
pub fn test(host: &Host, plugin: &LoadedPlugin, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let name = name(&plugin.plugin);
    let ended = match conformance::run(host, plugin, world.today, lang) {
        Ok(ended) => ended,
        Err(fault) => {
            writeln!(world.err, "{}", fault.line(lang))?;
            return Ok(Exit::Plugin);
        }
    };
    for line in &ended.wrong {
        writeln!(world.err, "{name} {line}")?;
    }
    let (n, n_wrong) = (ended.cases, ended.wrong.len());
    if n_wrong == 0 {
        let line = lang.of("个算例和一致性检查通过", "golden cases and the conformance suite passed");
        writeln!(world.out, "{name}: {n} {line}")?;
        return Ok(Exit::Done);
    }
    let line = lang.of("处不符", "differences");
    writeln!(world.out, "{name}: {n_wrong} {line}")?;
    Ok(Exit::Plugin)
}

fn show(plugin: &Plugin, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let manifest = &plugin.manifest;
    let out = &mut *world.out;
    let sum = |points: &mut dyn Iterator<Item = Decimal>| points.sum::<Decimal>().normalize().to_string();
    let marked = |mark: Mark| manifest.items.iter().filter(|item| item.mark == mark).count();
    writeln!(out, "{} {} {}({})", manifest.id, manifest.version, manifest.title, manifest.checklist_title)?;
    writeln!(out, "sha256 {} {}", plugin.digest, plugin.origin)?;
    let points = sum(&mut manifest.items.iter().map(|item| item.points));
    let marks = [Mark::Clause, Mark::Secondary, Mark::Memory];
    let marks: Vec<_> = marks.into_iter().map(|mark| format!("{} {}", mark.letter(), marked(mark))).collect();
    writeln!(out, "检查项 {} 项 {points} 分({})", manifest.items.len(), marks.join("、"))?;
    for (index, category) in (0..).zip(&manifest.categories) {
        let own: Vec<_> = manifest.items.iter().filter(|item| item.category == index).collect();
        let points = sum(&mut own.iter().map(|item| item.points));
        writeln!(out, "  {}:{} 项 {points} 分", category.title, own.len())?;
    }
    for edition in &manifest.editions {
        let day = |day: Option<crate::model::Date>| day.map_or_else(String::new, |day| day.to_string());
        writeln!(
            out,
            "版本 {} {}:{}—{}",
            edition.id,
            edition.title,
            day(edition.effective.0),
            day(edition.effective.1)
        )?;
    }
    for document in &manifest.documents {
        writeln!(out, "{}", format!("依据 {} {}", document.title, document.number).trim_end())?;
    }
    for scheme in &manifest.schemes {
        let bands: Vec<_> =
            scheme.bands.iter().map(|band| format!("{}≥{}", band.grade, band.lower.normalize())).collect();
        writeln!(out, "计分 {}:满分 {};{}", scheme.title, scheme.full_marks.normalize(), bands.join("、"))?;
    }
    // With the kind that alone is asked for it.
    let fact = |fact: &Fact| match fact.asked_of.and_then(|kind| manifest.kinds.get(kind as usize)) {
        Some(kind) => format!("{}({})", fact.title, kind.title),
        None => fact.title.clone(),
    };
    for (head, titles) in [
        ("需填数据", manifest.facts.iter().map(fact).collect::<Vec<_>>()),
        ("需报清单", manifest.tables.iter().map(|table| table.title.clone()).collect()),
        ("给出指标", manifest.gives.iter().map(|gives| gives.title.clone()).collect()),
    ] {
        if !titles.is_empty() {
            writeln!(out, "{head} {}", titles.join("、"))?;
        }
    }
    Ok(Exit::Done)
}

/// How long one sheet takes in the sandbox. A measurement, not a test: it says nothing of right or wrong.
fn bench(host: &Host, plugin: &LoadedPlugin, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let n_items = plugin.plugin.manifest.items.len().min(BENCH_ITEMS);
    let subject = conformance::made_up(n_items, 0, Some(Verdict::Pass), world.today);
    let answers = |answer: &Answer| {
        let mut failed = answer.clone();
        failed.verdict = Verdict::Fail;
        failed
    };
    let failed =
        crate::model::Subject { answers: subject.answers.iter().map(answers).collect(), ..subject.clone() };
    let name = name(&plugin.plugin);
    for (what, subject) in
        [(lang.of("全部合格", "all met"), subject), (lang.of("全部不合格", "all failed"), failed)]
    {
        let plugins = std::slice::from_ref(plugin);
        let subjects = std::slice::from_ref(&subject);
        let mut micros: Vec<u128> = (0..BENCH_ROUNDS)
            .map(|_| {
                let start = Instant::now();
                let _ended = host.evaluate(plugins, subjects, world.today, &[], &|_, _| {});
                start.elapsed().as_micros()
            })
            .collect();
        micros.sort_unstable();
        let (least, median) = (micros[0], micros[BENCH_ROUNDS / 2]);
        let head = lang.of("项", "items");
        writeln!(world.out, "{name} {n_items} {head} {what}: {median} µs ({least} µs)")?;
    }
    let line = lang
        .of("中位数(最小值);含新建实例,不含编译", "median (least); with a fresh instance, without compiling");
    writeln!(world.out, "{line}")?;
    Ok(Exit::Done)
}
