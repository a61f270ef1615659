//! `anping check`: what is wrong with an inbox, without scoring it.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Arg, ArgMatches, Command, value_parser};
use serde::Serialize;

use super::progress::Bars;
use super::{Exit, World, summary};
use crate::model::{Lang, Problem, Run, Severity};
use crate::pipeline;
use crate::report::{self, Templates};

/// The command line.
pub fn command(lang: Lang) -> Command {
    Command::new("check")
        .about(lang.of("只检查收件,列出全部问题,不评分", "list what is wrong with an inbox, without scoring"))
        .arg(super::inbox_arg(lang))
        .arg(
            Arg::new("return")
                .long("return")
                .value_name(lang.of("发件文件夹", "OUTBOX"))
                .value_parser(value_parser!(PathBuf))
                .help(lang.of(
                    "把有问题的工作簿标注后写到该文件夹的“退回”(须改正)和“核实”(须说明)下",
                    "write the workbooks that have problems, marked, below 退回 (to be put right) and 核实 (to be explained)",
                )),
        )
        .arg(super::as_of_arg(lang))
        .arg(super::plans::plans_arg(lang))
        .arg(super::yearend::workspace_arg(lang))
        .arg(super::layouts_arg(lang))
        .args(super::plugin_args(lang))
        .arg(super::json_arg(lang))
}

/// Runs it.
pub fn run(matches: &ArgMatches, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let mut settings = super::settings(matches, world, world.today)?;
    let inbox = matches.get_one::<PathBuf>("inbox").cloned().unwrap_or_default();
    settings.tailoring = super::yearend::local(matches, &inbox)?.tailoring;
    let bars = Bars::new(world.terminal, lang, world.cancelled);
    let run = pipeline::check(&inbox, &settings, &bars);
    bars.finish();
    let run = run?;
    let mut returned = Vec::new();
    if let Some(outbox) = matches.get_one::<PathBuf>("return") {
        returned = super::returns(&run, &Templates::built_in(), &inbox, &settings)?;
        report::put(outbox, &returned)?;
    }
    summary::faults(&run, lang, world.err)?;
    if run.sources.0.is_empty() {
        super::nothing_to_score(&run, lang, world.err)?;
    }
    if matches.get_flag("json") {
        json(&run, lang, world.out)?;
    } else {
        text(&run, lang, world.out)?;
        for file in &returned {
            writeln!(world.out, "{}: {}", lang.of("退回", "returned"), file.name)?;
        }
    }
    Ok(super::exit_of(&run))
}

/// One problem as JSON; the fields are those of the problem workbook.
#[derive(Serialize)]
struct Row<'a> {
    code: &'a str,
    severity: &'a str,
    file: &'a str,
    sheet: &'a str,
    cell: String,
    column: &'a str,
    found: &'a str,
    problem: &'a str,
    expected: String,
    remedy: &'a str,
    note: String,
}

fn json(run: &Run, lang: Lang, out: &mut dyn Write) -> anyhow::Result<()> {
    let rows: Vec<_> = run
        .problems
        .iter()
        .map(|problem| Row {
            code: problem.code.key(),
            severity: problem.severity().key(),
            file: &run.sources.get(problem.at.source).path,
            sheet: problem.at.sheet.map_or("", |sheet| run.sources.sheet(problem.at.source, sheet)),
            cell: problem.at.cell.map_or_else(String::new, |cell| cell.to_string()),
            column: &problem.column,
            found: &problem.found,
            problem: problem.code.title(lang),
            expected: problem.expected(lang),
            remedy: problem.code.remedy(lang),
            note: problem.remark(),
        })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &rows)?;
    writeln!(out)?;
    Ok(())
}

/// The serious first, then by place; the same kind of problem once with its remedy.
fn text(run: &Run, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    for severity in [Severity::Mandatory, Severity::Verify, Severity::Hint] {
        let mut own: Vec<&Problem> =
            run.problems.iter().filter(|problem| problem.severity() == severity).collect();
        own.sort_by_key(|problem| problem.code);
        for group in own.chunk_by(|a, b| a.code == b.code) {
            let code = group[0].code;
            writeln!(out, "[{}] {} ({})", severity.title(lang), code.title(lang), group.len())?;
            for problem in group {
                writeln!(out, "  {}", line(run, problem, lang))?;
            }
            writeln!(out, "  {}: {}", lang.of("改正", "remedy"), code.remedy(lang))?;
        }
    }
    summary::text(run, lang, out)
}

fn line(run: &Run, problem: &Problem, lang: Lang) -> String {
    let mut line = run.sources.show(problem.at);
    if !problem.column.is_empty() {
        line.push_str(&format!(" [{}]", problem.column));
    }
    if !problem.found.is_empty() {
        line.push_str(&format!(": {}“{}”", lang.of("现为", "found "), one_line(&problem.found)));
    }
    line.push_str(&format!(" → {}", one_line(&problem.expected(lang))));
    let remark = problem.remark();
    if !remark.is_empty() {
        line.push_str(&format!(" ({})", one_line(&remark)));
    }
    line
}

/// Text of a workbook on one line of a terminal: control characters could move the cursor or
/// recolour the screen.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
