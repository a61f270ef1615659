//! `anping ledger`: the hazard ledger of an inbox as of a day, and its workbooks.

use std::io;
use std::path::PathBuf;

use clap::{Arg, ArgMatches, Command, value_parser};

use super::progress::Bars;
use super::{Exit, World, summary};
use crate::model::ledger::{By, Span, shown_rate};
use crate::model::{Lang, Run};
use crate::pipeline;
use crate::report::{self, Templates};

/// The command line.
pub fn command(lang: Lang) -> Command {
    Command::new("ledger")
        .about(lang.of(
            "隐患台账:各来源合并为一,销号把关,统计",
            "the hazard ledger: sources merged, closings judged, counted",
        ))
        .arg(super::inbox_arg(lang))
        .arg(
            Arg::new("outbox")
                .short('o')
                .long("outbox")
                .value_name(lang.of("发件文件夹", "OUTBOX"))
                .value_parser(value_parser!(PathBuf))
                .help(lang.of(
                    "写出台账、未销号清单、合并复核单、销号退回单",
                    "write the ledger, what is open, what to review, and refused closings",
                )),
        )
        .arg(super::as_of_arg(lang))
        .arg(super::papers_arg(lang))
        .arg(super::plans::plans_arg(lang))
        .arg(super::layouts_arg(lang))
        .args(super::plugin_args(lang))
        .arg(super::json_arg(lang))
}

/// Runs it.
pub fn run(matches: &ArgMatches, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let settings = super::settings(matches, world, world.today)?;
    let templates = Templates::built_in();
    let wanted = super::wanted_papers(matches, &templates, &["整改通知单"])?;
    let inbox = matches.get_one::<PathBuf>("inbox").cloned().unwrap_or_default();
    let bars = Bars::new(world.terminal, lang, world.cancelled);
    let run = pipeline::assess(&inbox, &settings, &bars);
    bars.finish();
    let run = run?;
    let mut names = Vec::new();
    if let Some(outbox) = matches.get_one::<PathBuf>("outbox") {
        let papers = report::papers::Papers { run: &run, year_end: None, wanted: &wanted };
        let papers = report::papers::make(&papers, &templates)?;
        let mut files = report::workbooks(&run, &templates.of_ledger())?;
        let n_before = files.len();
        files.extend(papers);
        report::put_with_results(outbox, &files, &run)?;
        names = files.into_iter().map(|file| file.name).collect();
        names.insert(n_before, report::RESULTS.to_owned());
    }
    summary::faults(&run, lang, world.err)?;
    if run.ledger.entries.is_empty() {
        let note = lang.of("收件里没有隐患清单", "the inbox holds no list of hazards");
        writeln!(world.err, "{}: {note}", lang.of("注意", "note"))?;
    }
    if matches.get_flag("json") {
        let ledger = report::results::ledger::ledger(&run);
        serde_json::to_writer_pretty(&mut *world.out, &ledger)?;
        writeln!(world.out)?;
    } else {
        text(&run, lang, world.out)?;
        for name in names {
            writeln!(world.out, "  {name}")?;
        }
    }
    Ok(super::exit_of(&run))
}

/// The totals, and each village's line.
fn text(run: &Run, lang: Lang, out: &mut dyn io::Write) -> io::Result<()> {
    let ledger = &run.ledger;
    let year = Span::year_to(run.as_of);
    let table = ledger.statistics(&run.register, year, By::Village);
    let undecided = ledger.pairs.iter().filter(|pair| pair.decision.is_none()).count();
    let refused = ledger.hazards.iter().filter(|hazard| hazard.refusal.is_some()).count();
    let open = ledger.open(run.as_of).count();
    let (n_entries, n_hazards) = (ledger.entries.len(), ledger.hazards.len());
    match lang {
        Lang::Zh => {
            writeln!(out, "截至{}:{n_entries}条来源记录,合并为{n_hazards}条隐患", run.as_of)?;
            writeln!(out, "未销号{open}条,销号退回{refused}条,疑似重复待复核{undecided}对")?;
        }
        Lang::En => {
            writeln!(out, "as of {}: {n_entries} entries, {n_hazards} hazards", run.as_of)?;
            writeln!(out, "{open} open, {refused} closings refused, {undecided} pairs to review")?;
        }
    }
    for line in table.lines.iter().chain([&table.total]) {
        let (general, major) = (line.general, line.major);
        let rate = match shown_rate(general.rate(), ledger.rate_digits) {
            none if none == "/" => none,
            rate => format!("{rate}%"),
        };
        match lang {
            Lang::Zh => writeln!(
                out,
                "  {}:一般{}条,销号{}条,整改率{rate},逾期未销号{}条;重大{}条,销号{}条",
                line.title,
                general.found,
                general.closed(),
                general.overdue,
                major.found,
                major.closed()
            )?,
            Lang::En => writeln!(
                out,
                "  {}: general {} found, {} closed, {rate}, {} overdue; major {} found, {} closed",
                line.title,
                general.found,
                general.closed(),
                general.overdue,
                major.found,
                major.closed()
            )?,
        }
    }
    Ok(())
}
