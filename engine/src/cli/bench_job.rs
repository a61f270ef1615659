//! `anping bench-job`: the measured job, with the one line that every program in the README's
//! table prints. Not for offices, and not in the help.

use std::io;
use std::path::PathBuf;

use clap::{Arg, ArgMatches, Command, value_parser};

use super::{Exit, World};
use crate::evaluate::Host;
use crate::model::{Lang, Manifest};
use crate::pipeline::county::{self, County, Enterprise};
use crate::report;
use crate::report::annex::{self, Field};

/// The command line.
pub fn command(lang: Lang) -> Command {
    let path = |id: &'static str| Arg::new(id).required(true).value_parser(value_parser!(PathBuf));
    Command::new("bench-job")
        .hide(true)
        .about(lang.of("测量用", "for measuring"))
        .arg(Arg::new("kind").required(true).value_parser(["flat", "dir"]))
        .arg(path("input"))
        .arg(path("items"))
        .arg(path("report"))
        .arg(Arg::new("evaluations").long("evaluations").default_value("1").value_parser(value_parser!(u32)))
        .args(super::plugin_args(lang))
        .arg(super::as_of_arg(lang))
}

/// Runs it.
pub fn run(matches: &ArgMatches, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let settings = super::settings(matches, world, world.today)?;
    let path = |id: &str| matches.get_one::<PathBuf>(id).cloned().unwrap_or_default();
    let [(origin, bytes)] = &settings.plugins[..] else { return Ok(Exit::Usage) };
    let host = Host::new(settings.cache.clone())?;
    let plugin = match host.load(origin, bytes) {
        Ok(plugin) => plugin,
        Err(fault) => anyhow::bail!(county::Error::Plugin(fault)),
    };
    let manifest = plugin.plugin.manifest.clone();
    let items = std::fs::read_to_string(path("items"))?;
    if !same_items(&items, &manifest) {
        anyhow::bail!("items.csv differs from the checklist");
    }
    let mut found = match matches.get_one::<String>("kind").map(String::as_str) {
        Some("dir") => county::read_sheets(&path("input"), &manifest)?,
        _ => county::read_list(&path("input"), &manifest)?,
    };
    let times = matches.get_one("evaluations").copied().unwrap_or(1);
    county::evaluate(&mut found, &host, plugin, settings.as_of, times)?;
    let ranked = found.ranked();
    let target = path("report");
    annex::write(&target, |out| sheets(out, &found, &ranked, &manifest))
        .map_err(|source| report::Error::Outbox { path: target.clone(), source })?;
    writeln!(world.out, "{}", digest(&found, &ranked))?;
    Ok(Exit::Done)
}

/// Whether the list of items is the checklist's: code, category, requirement, points.
fn same_items(csv: &str, manifest: &Manifest) -> bool {
    let listed: Vec<Vec<&str>> = csv.lines().skip(1).map(|line| line.split(',').collect()).collect();
    listed.len() == manifest.items.len()
        && listed.iter().zip(&manifest.items).all(|(row, item)| {
            let points = item.points.normalize().to_string();
            let category = &manifest.categories[item.category as usize].title;
            row.len() == 5 && row[..4] == [&*item.code, &**category, &*item.requirement, &*points]
        })
}

fn digest(county: &County, ranked: &[(u64, &Enterprise)]) -> String {
    let parts: u64 = county.enterprises.iter().flat_map(|one| &one.parts).flatten().sum();
    let grades = ["A", "B", "C", "D"].map(|grade| {
        let n = county.enterprises.iter().filter(|one| one.grade == grade).count();
        format!("{grade}={n}")
    });
    format!(
        "ents={} score={} sub={parts} veto={} {} fails={} ranks={} first={}",
        ranked.len(),
        ranked.iter().map(|(_, one)| one.score).sum::<u64>(),
        ranked.iter().filter(|(_, one)| one.vetoed).count(),
        grades.join(" "),
        county.hazards.len(),
        ranked.iter().map(|(rank, _)| rank).sum::<u64>(),
        ranked.first().map_or("", |(_, one)| county.words.get(one.code)),
    )
}

fn sheets<W: io::Write + io::Seek>(
    out: &mut annex::Annex<W>,
    county: &County,
    ranked: &[(u64, &Enterprise)],
    manifest: &Manifest,
) -> io::Result<()> {
    let word = |number: u32| Field::Text(county.words.get(number));
    let mut header = vec!["名次", "单位编号", "单位名称", "行业", "得分"];
    header.extend(manifest.categories.iter().map(|category| category.title.as_str()));
    header.extend(["适用项数", "不符合项数", "重大隐患未整改", "等级"]);
    out.sheet("排名", &[(2, 36)], &header)?;
    let mut row = Vec::with_capacity(header.len());
    for (rank, one) in ranked {
        row.clear();
        row.extend([Field::Count(*rank), word(one.code), word(one.name), word(one.industry)]);
        row.push(Field::Score(one.score));
        row.extend(one.parts.iter().map(|part| part.map_or(Field::Empty, Field::Score)));
        row.extend([Field::Count(one.n_applicable), Field::Count(one.n_failed)]);
        row.extend([Field::Text(if one.vetoed { "是" } else { "否" }), Field::Text(&one.grade)]);
        out.row(&row)?;
    }
    let header = ["项目编号", "类别", "项目名称", "权重", "符合", "不符合", "不适用", "符合率"];
    out.sheet("项目统计", &[(2, 36)], &header)?;
    for (item, counts) in manifest.items.iter().zip(&county.items) {
        let [met, failed, not_applicable] = *counts;
        let checked = met + failed;
        let points = item.points.normalize();
        out.row(&[
            Field::Text(&item.code),
            Field::Text(&manifest.categories[item.category as usize].title),
            Field::Text(&item.requirement),
            Field::Count(points.mantissa().try_into().unwrap_or(0)),
            Field::Count(met),
            Field::Count(failed),
            Field::Count(not_applicable),
            (met * 1_000_000 + checked / 2).checked_div(checked).map_or(Field::Empty, Field::Score),
        ])?;
    }
    let header = [
        "单位编号",
        "单位名称",
        "行业",
        "检查日期",
        "项目编号",
        "项目名称",
        "问题描述",
        "隐患等级",
        "整改期限",
        "整改完成日期",
        "检查人",
        "备注",
    ];
    out.sheet("隐患台账", &[(1, 36), (6, 48)], &header)?;
    let day = |day: u32| if day > 0 { Field::Day(day) } else { Field::Empty };
    for hazard in &county.hazards {
        let enterprise = &county.enterprises[hazard.enterprise as usize];
        let item = &manifest.items[usize::from(hazard.item)];
        out.row(&[
            word(enterprise.code),
            word(enterprise.name),
            word(enterprise.industry),
            day(hazard.day),
            Field::Text(&item.code),
            Field::Text(&item.requirement),
            word(hazard.problem),
            word(hazard.level),
            day(hazard.deadline),
            day(hazard.done),
            word(hazard.inspector),
            word(hazard.remark),
        ])?;
    }
    Ok(())
}
