//! `anping campaign`: how a campaign stands on a day: who had to be checked, who was, what was found.
//! Judges nothing: it prints what the run counted, with the cells it rests on.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Arg, ArgMatches, Command, value_parser};

use super::progress::Bars;
use super::{Exit, World, summary};
use crate::model::campaign::{Campaign, Member};
use crate::model::{Lang, Run};
use crate::pipeline;
use crate::report::{self, Templates};

/// The command line.
pub fn command(lang: Lang) -> Command {
    Command::new("campaign")
        .about(lang.of("专项行动:应查、已查、未查、家次和隐患", "how a campaign stands on a day"))
        .arg(Arg::new("name").value_name(lang.of("名称", "NAME")).required(true).help(
            lang.of("专项行动的名称或代号,如 national-day", "id or name of the campaign, e.g. national-day"),
        ))
        .arg(super::inbox_arg(lang))
        .arg(
            Arg::new("outbox")
                .short('o')
                .long("outbox")
                .value_name(lang.of("发件文件夹", "OUTBOX"))
                .value_parser(value_parser!(PathBuf))
                .help(lang.of(
                    "写出工作簿(覆盖、走访、发现、未走访名单、溯源)和 results.json",
                    "write a workbook: coverage, visits, hazards, who is left, sources; and results.json",
                )),
        )
        .arg(super::as_of_arg(lang))
        .arg(super::plans::plans_arg(lang))
        .arg(super::layouts_arg(lang))
        .args(super::plugin_args(lang))
}

/// Runs it.
pub fn run(matches: &ArgMatches, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let settings = super::settings(matches, world, world.today)?;
    let inbox = matches.get_one::<PathBuf>("inbox").cloned().unwrap_or_default();
    let wanted = matches.get_one::<String>("name").map(String::as_str).unwrap_or_default();
    let bars = Bars::new(world.terminal, lang, world.cancelled);
    let run = pipeline::check(&inbox, &settings, &bars);
    bars.finish();
    let run = run?;
    summary::faults(&run, lang, world.err)?;
    let campaigns = &run.supervision.campaigns;
    let Some(found) = campaigns.iter().find(|one| one.id == wanted || one.name == wanted) else {
        let known: Vec<_> = campaigns.iter().map(|one| format!("{} {}", one.id, one.name)).collect();
        let said = lang.of("没有这个专项行动,已有", "no such campaign; there are");
        writeln!(world.err, "{said}: {}", known.join("、"))?;
        return Ok(Exit::Usage);
    };
    print(&run, found, world.out)?;
    if let Some(outbox) = matches.get_one::<PathBuf>("outbox") {
        let files = report::campaign(&run, found, &Templates::built_in())?;
        report::put_with_results(outbox, &files, &run)?;
        for name in files.iter().map(|file| file.name.as_str()).chain([report::RESULTS]) {
            writeln!(world.out, "  {name}")?;
        }
    }
    Ok(super::exit_of(&run))
}

/// What an office reads: in Chinese, whatever the language of messages.
fn print(run: &Run, found: &Campaign, out: &mut dyn Write) -> io::Result<()> {
    let mark = if found.is_unverified { ",起止日期未核实" } else { "" };
    writeln!(out, "{}({} 至 {}{mark})", found.name, found.window.0, found.window.1)?;
    let waived = found.members.iter().filter(|member| member.waived.is_some()).count();
    let visits = found.visits.len();
    writeln!(
        out,
        "应查 {} 家(另有免查 {waived} 家),已查 {} 家,检查 {visits} 家次",
        found.due(),
        found.covered()
    )?;
    writeln!(out, "一般隐患 {} 项,已销号 {} 项", found.hazards.len(), found.closed)?;
    let is_due = |member: &&Member| member.waived.is_none();
    for member in found.members.iter().filter(is_due).filter(|member| member.covered.is_empty()) {
        let enterprise = run.register.get(member.enterprise);
        writeln!(out, "未查: {} {}", enterprise.called(), enterprise.name)?;
    }
    for (member, at) in found.members.iter().filter_map(|member| Some((member, member.waived?))) {
        let enterprise = run.register.get(member.enterprise);
        writeln!(out, "免查: {} {} ← {}", enterprise.called(), enterprise.name, run.sources.show(at.into()))?;
    }
    for member in found.members.iter().filter(is_due).filter(|member| !member.covered.is_empty()) {
        let enterprise = run.register.get(member.enterprise);
        let cells: Vec<_> = member.covered.iter().map(|at| run.sources.show((*at).into())).collect();
        writeln!(out, "已查: {} {} ← {}", enterprise.called(), enterprise.name, cells.join("; "))?;
    }
    for hazard in found.hazards.iter().map(|at| &run.ledger.hazards[*at]) {
        let at = run.ledger.leading(hazard).at;
        writeln!(out, "隐患: {} {} ← {}", hazard.id, hazard.unit, run.sources.show(at.into()))?;
    }
    Ok(())
}
