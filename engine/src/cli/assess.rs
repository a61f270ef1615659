//! `anping assess`: the main job.

use std::fmt;
use std::path::PathBuf;
use std::time::Instant;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::progress::Bars;
use super::{Exit, World, summary};
use crate::model::Lang;
use crate::pipeline::{self, Settings};
use crate::report::{self, Basis, Choices, TemplateFault, Templates};

/// The command line.
pub fn command(lang: Lang) -> Command {
    Command::new("assess")
        .about(lang.of(
            "评分并写出报表:收件文件夹里的检查表 → 发件文件夹",
            "score the check sheets of an inbox and write the reports",
        ))
        .arg(super::inbox_arg(lang))
        .arg(super::outbox_arg(lang))
        .arg(super::as_of_arg(lang))
        .arg(super::plans::plans_arg(lang))
        .arg(
            Arg::new("issuer")
                .long("issuer")
                .value_name(lang.of("单位", "UNIT"))
                .help(lang.of("报表的填报单位;默认取名录标题中的镇名", "unit that issues the reports")),
        )
        .arg(
            Arg::new("templates")
                .long("templates")
                .value_name(lang.of("文件夹", "FOLDER"))
                .value_parser(value_parser!(PathBuf))
                .help(lang.of(
                    "自备的报表模板文件夹,代替内置模板",
                    "folder of report templates instead of the built-in",
                )),
        )
        .args(super::upward::args(lang))
        .arg(Arg::new("timings").long("timings").action(ArgAction::SetTrue).hide(true))
        .arg(Arg::new("no-returns").long("no-returns").action(ArgAction::SetTrue).help(
            lang.of("不写出标注后退回的工作簿", "do not write the marked workbooks that go back to senders"),
        ))
        .arg(super::yearend::workspace_arg(lang))
        .arg(super::papers_arg(lang))
        .arg(super::layouts_arg(lang))
        .args(super::plugin_args(lang))
        .arg(super::json_arg(lang))
}

/// Runs it.
pub fn run(matches: &ArgMatches, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let mut settings = super::settings(matches, world, world.today)?;
    let path = |id: &str| matches.get_one::<PathBuf>(id).cloned().unwrap_or_default();
    let templates = match matches.get_one::<PathBuf>("templates") {
        Some(folder) => Templates::from_folder(folder).map_err(WrongTemplates)?,
        None => super::bundle::templates(super::trust::bundle_given(matches)?.as_ref())?,
    };
    settings.tailoring = super::yearend::local(matches, &path("inbox"))?.tailoring;
    // A county would get a sheet for each of its thousands of subjects: who wants them says so.
    let papers = super::wanted_papers(matches, &templates, &[])?;
    let job = Job {
        papers,
        inbox: path("inbox"),
        outbox: path("outbox"),
        settings,
        templates,
        json: matches.get_flag("json"),
        timings: matches.get_flag("timings"),
        returns: !matches.get_flag("no-returns"),
        upward: super::upward::told(matches),
        choices: super::yearend::choices(matches, &path("inbox"))?,
    };
    assess(&job, lang, world)
}

/// What to assess and where to put it.
pub struct Job {
    /// The inbox.
    pub inbox: PathBuf,
    /// Where the reports go.
    pub outbox: PathBuf,
    /// Day, issuer, plugins.
    pub settings: Settings,
    /// How reports look.
    pub templates: Templates,
    /// Whether the summary is for a program.
    pub json: bool,
    /// Whether to say how long each step took, for measuring.
    pub timings: bool,
    /// Names of the papers that are wanted.
    pub papers: Vec<String>,
    /// Whether marked workbooks are written for their senders.
    pub returns: bool,
    /// What is told of the reports that go up.
    pub upward: super::upward::Told,
    /// What the workspace file chooses of them.
    pub choices: Choices,
}

/// Report templates that cannot be used; every fault on a line of its own.
#[derive(Debug)]
pub struct WrongTemplates(pub Vec<TemplateFault>);

impl fmt::Display for WrongTemplates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&faults.join("\n"))
    }
}

impl std::error::Error for WrongTemplates {}

/// Assesses an inbox and writes the reports.
///
/// Errors: what stops a run; bad data and failing plugins are in the reports and in the exit.
pub fn assess(job: &Job, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let Job { inbox, outbox, settings, templates, json, timings, returns, upward, papers, choices } = job;
    let start = Instant::now();
    let bars = Bars::new(world.terminal, lang, world.cancelled);
    let run = pipeline::assess(inbox, settings, &bars);
    bars.finish();
    let run = run?;
    let reporting = Instant::now();
    // Side by side: marking is many small jobs, and a workbook has parts that follow each other.
    let (workbooks, marked) = rayon::join(
        || report::workbooks(&run, templates),
        || if *returns { super::returns(&run, templates, inbox, settings) } else { Ok(Vec::new()) },
    );
    let mut files = workbooks?;
    let n_before = files.len();
    let basis = Basis { choices: Some(choices), ..Basis::from(&run) };
    let (reports, held) = super::upward::reports(basis, upward, lang, world)?;
    files.extend(reports);
    let papers = report::papers::Papers { run: &run, year_end: None, wanted: papers };
    files.extend(report::papers::make(&papers, templates)?);
    files.extend(marked?);
    if world.cancelled.load(std::sync::atomic::Ordering::Relaxed) {
        return Err(pipeline::Error::Cancelled.into());
    }
    report::put_with_results(outbox, &files, &run)?;
    if *timings {
        for (step, time) in bars.times() {
            writeln!(world.err, "{step:?} {:.1} ms", time.as_secs_f64() * 1e3)?;
        }
        writeln!(world.err, "Report {:.1} ms", reporting.elapsed().as_secs_f64() * 1e3)?;
        writeln!(world.err, "all {:.1} ms", start.elapsed().as_secs_f64() * 1e3)?;
    }
    let mut names: Vec<_> = files.iter().map(|file| file.name.as_str()).collect();
    names.insert(n_before, report::RESULTS);
    summary::faults(&run, lang, world.err)?;
    super::nothing_to_score(&run, lang, world.err)?;
    if *json {
        summary::json(&run, &names, world.out)?;
    } else {
        summary::text(&run, lang, world.out)?;
        writeln!(world.out, "{} {}:", lang.of("已写出到", "written to"), outbox.display())?;
        for name in names {
            writeln!(world.out, "  {name}")?;
        }
    }
    Ok(super::upward::exit(super::exit_of(&run), held))
}
