//! The command line: the only place that prints. The outside world comes in as one argument,
//! [`World`], so that tests run whole commands in memory.

mod assess;
mod bench_job;
mod bundle;
mod calendar;
mod campaign;
mod check;
mod demo;
mod draw;
mod explain;
mod form;
mod form_new;
mod grid;
mod init;
mod layout;
mod ledger;
mod lint;
mod plans;
mod plugin;
mod plugin_new;
mod plugin_tools;
mod plugins;
mod progress;
mod rollup;
mod summary;
mod trust;
mod upward;
mod usage;
mod verify;
mod yearend;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::kept::Kept;
use crate::model::{Date, Lang, Run, Severity};
use crate::pipeline::{self, Settings};
use crate::report::{Templates, Written};
use crate::{evaluate, intake, report};

/// Everything from outside that a command may see.
pub struct World<'a> {
    /// Today, where the office is.
    pub today: Date,
    /// Language by the locale.
    pub lang: Lang,
    /// Folder for the user's caches, where the system has one.
    pub cache: Option<PathBuf>,
    /// What tells this build of the program from every other; none: nothing is kept for the next run
    /// but compiled plugins.
    pub program: Option<String>,
    /// Whether `err` is a terminal, so that progress may be drawn.
    pub terminal: bool,
    /// Results.
    pub out: &'a mut (dyn Write + Send),
    /// Messages and progress.
    pub err: &'a mut (dyn Write + Send),
    /// Set when the user wants the run to stop.
    pub cancelled: &'a AtomicBool,
}

/// How a command ended. The README's table of exit codes is compared with this list by a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All done.
    Done,
    /// Done; some subject failed, was vetoed, or some input must be put right.
    Findings,
    /// The command line is wrong.
    Usage,
    /// The input cannot be read.
    Input,
    /// A plugin failed; the results of the others are complete.
    Plugin,
    /// A layout or report template is wrong.
    Template,
    /// The outbox cannot be written.
    Output,
    /// A fault of this program.
    Bug,
    /// Stopped by the user; nothing was written.
    Interrupted,
}

impl Exit {
    /// All ends, with their codes and what they mean.
    pub const TABLE: [(Self, u8, &'static str); 9] = [
        (Self::Done, 0, "完成"),
        (Self::Findings, 1, "完成,但有一票否决、无法评定或强制问题"),
        (Self::Usage, 2, "命令行有误"),
        (Self::Input, 3, "收件无法读取"),
        (Self::Plugin, 4, "有插件故障;其余插件的结果完整"),
        (Self::Template, 5, "表式或报表模板有误"),
        (Self::Output, 6, "发件文件夹无法写入"),
        (Self::Bug, 70, "程序自身的错误"),
        (Self::Interrupted, 130, "用户中断,未写出任何文件"),
    ];

    /// The code the process ends with.
    pub fn code(self) -> u8 {
        let row = Self::TABLE.iter().find(|(exit, _, _)| *exit == self);
        row.map_or(70, |(_, code, _)| *code)
    }
}

/// Runs a command. Never panics on input; every message goes to the world's streams.
pub fn run(args: impl IntoIterator<Item = OsString>, world: &mut World<'_>) -> Exit {
    let args: Vec<_> = args.into_iter().collect();
    let lang = usage::lang_in(&args).unwrap_or(world.lang);
    let matches = match command(lang).try_get_matches_from(args) {
        Ok(matches) => matches,
        Err(wrong) => return usage::explain(&wrong, lang, world),
    };
    let ended = match matches.subcommand() {
        Some(("assess", matches)) => assess::run(matches, lang, world),
        Some(("bench-job", matches)) => bench_job::run(matches, world),
        Some(("bundle", matches)) => bundle::run(matches, lang, world),
        Some(("calendar", matches)) => calendar::run(matches, lang, world),
        Some(("campaign", matches)) => campaign::run(matches, lang, world),
        Some(("check", matches)) => check::run(matches, lang, world),
        Some(("demo", matches)) => demo::run(matches, lang, world),
        Some(("draw", matches)) => draw::run(matches, lang, world),
        Some(("explain", matches)) => explain::run(matches, lang, world),
        Some(("form", matches)) => form::run(matches, lang, world),
        Some(("grid", matches)) => grid::run(matches, lang, world),
        Some(("init", matches)) => init::run(matches, lang, world),
        Some(("layout", matches)) => layout::run(matches, lang, world),
        Some(("ledger", matches)) => ledger::run(matches, lang, world),
        Some(("plugin", matches)) => plugin::run(matches, lang, world),
        Some(("plugins", matches)) => plugins::run(matches, lang, world),
        Some(("rollup", matches)) => rollup::run(matches, lang, world),
        Some(("verify", matches)) => verify::run(matches, lang, world),
        Some(("lint", matches)) => lint::run(matches, lang, world),
        Some(("yearend", matches)) => yearend::run(matches, lang, world),
        _ => Ok(Exit::Usage),
    };
    ended.unwrap_or_else(|wrong| {
        // A closed pipe is the reader's choice (`anping check … | head`), not a failure.
        if wrong.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == io::ErrorKind::BrokenPipe) {
            return Exit::Done;
        }
        let exit = exit_for(&wrong);
        let head = match exit {
            Exit::Interrupted => lang.of("中断", "stopped"),
            _ => lang.of("错误", "error"),
        };
        let message = message(&wrong, lang);
        // Nothing can be done where even the error stream is closed.
        let _ = writeln!(world.err, "{head}: {message}");
        exit
    })
}

/// What ended a command, in the reader's language where we know it.
fn message(wrong: &anyhow::Error, lang: Lang) -> String {
    if let Some(wrong) = wrong.downcast_ref::<report::Error>() {
        return wrong.message(lang);
    }
    if let Some(wrong) = wrong.downcast_ref::<Unreadable>() {
        return wrong.message(lang);
    }
    match wrong.downcast_ref::<pipeline::Error>() {
        Some(pipeline::Error::Intake(intake::Error::Unlisted { root, source })) if lang == Lang::Zh => {
            let why = match source.kind() {
                io::ErrorKind::NotFound => "不存在".to_owned(),
                io::ErrorKind::PermissionDenied => "没有读取权限".to_owned(),
                _ => source.to_string(),
            };
            format!("收件 {} 无法读取: {why}\n提示: 第一个参数是收件文件夹,或单个工作簿", root.display())
        }
        Some(pipeline::Error::Cancelled) => {
            lang.of("已中断,未写出任何文件", "stopped, nothing was written").to_owned()
        }
        _ => format!("{wrong:#}"),
    }
}

fn exit_for(wrong: &anyhow::Error) -> Exit {
    if let Some(wrong) = wrong.downcast_ref::<pipeline::Error>() {
        return match wrong {
            pipeline::Error::Intake(_) => Exit::Input,
            pipeline::Error::Evaluate(_) => Exit::Plugin,
            pipeline::Error::Cancelled => Exit::Interrupted,
            pipeline::Error::Tailoring(_) => Exit::Template,
        };
    }
    if wrong.downcast_ref::<intake::Error>().is_some() || wrong.downcast_ref::<Unreadable>().is_some() {
        return Exit::Input;
    }
    if wrong.downcast_ref::<UnknownPaper>().is_some() {
        return Exit::Usage;
    }
    if wrong.downcast_ref::<evaluate::Error>().is_some() {
        return Exit::Plugin;
    }
    if wrong.downcast_ref::<assess::WrongTemplates>().is_some()
        || wrong.downcast_ref::<WrongLayouts>().is_some()
        || wrong.downcast_ref::<plans::WrongPlans>().is_some()
        || wrong.downcast_ref::<yearend::WrongRules>().is_some()
        || wrong.downcast_ref::<WrongForm>().is_some()
    {
        return Exit::Template;
    }
    if let Some(wrong) = wrong.downcast_ref::<report::Error>() {
        return match wrong {
            report::Error::Outbox { .. } | report::Error::Name { .. } => Exit::Output,
            report::Error::Workbook { .. } | report::Error::Results(_) => Exit::Bug,
        };
    }
    Exit::Bug
}

/// A file named on the command line cannot be read.
#[derive(Debug)]
pub(crate) enum Unreadable {
    /// The system does not give its bytes.
    File {
        /// As named.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Its bytes are not what was wanted; in the reader's language.
    Content(String),
}

impl Unreadable {
    fn message(&self, lang: Lang) -> String {
        match self {
            Self::File { path, source } => {
                // The system speaks the language of the machine, or English.
                let why = match source.kind() {
                    io::ErrorKind::NotFound => lang.of("没有这个文件", "there is no such file"),
                    io::ErrorKind::PermissionDenied => lang.of("没有读取权限", "no permission to read it"),
                    io::ErrorKind::IsADirectory => lang.of("这是文件夹,不是文件", "a folder, not a file"),
                    _ => &source.to_string(),
                };
                format!("{}: {why}", path.display())
            }
            Self::Content(why) => why.clone(),
        }
    }
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

impl std::error::Error for Unreadable {}

/// The whole command line in one language.
pub fn command(lang: Lang) -> Command {
    let root = Command::new("anping")
        .version(env!("CARGO_PKG_VERSION"))
        .about(lang.of(
            "安评:读收件文件夹里的检查表,按检查表插件评分,写出上级要的报表",
            "anping: check workbooks in, sandboxed checklists, scored Excel reports out",
        ))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .arg(
            Arg::new("lang").long("lang").global(true).value_name("zh|en").value_parser(["zh", "en"]).help(
                lang.of("提示语言;报表始终为中文", "language of messages; reports are always in Chinese"),
            ),
        )
        .subcommand(assess::command(lang))
        .subcommand(bench_job::command(lang))
        .subcommand(bundle::command(lang))
        .subcommand(calendar::command(lang))
        .subcommand(campaign::command(lang))
        .subcommand(check::command(lang))
        .subcommand(demo::command(lang))
        .subcommand(draw::command(lang))
        .subcommand(explain::command(lang))
        .subcommand(form::command(lang))
        .subcommand(grid::command(lang))
        .subcommand(init::command(lang))
        .subcommand(layout::command(lang))
        .subcommand(ledger::command(lang))
        .subcommand(plugins::command(lang))
        .subcommand(rollup::command(lang))
        .subcommand(verify::command(lang))
        .subcommand(lint::command(lang))
        .subcommand(plugin::command(lang))
        .subcommand(yearend::command(lang));
    usage::localised(root, lang)
}

fn inbox_arg(lang: Lang) -> Arg {
    Arg::new("inbox")
        .value_name(lang.of("收件文件夹", "INBOX"))
        .required(true)
        .value_parser(value_parser!(PathBuf))
        .help(lang.of("收件文件夹,或单个工作簿", "folder of workbooks, or one workbook"))
}

fn outbox_arg(lang: Lang) -> Arg {
    Arg::new("outbox")
        .short('o')
        .long("outbox")
        .value_name(lang.of("发件文件夹", "OUTBOX"))
        .required(true)
        .value_parser(value_parser!(PathBuf))
        .help(lang.of("报表写到哪里;没有则新建", "where the reports go; created if missing"))
}

fn json_arg(lang: Lang) -> Arg {
    Arg::new("json")
        .long("json")
        .action(ArgAction::SetTrue)
        .help(lang.of("输出供程序读取的 JSON", "print JSON for programs"))
}

fn as_of_arg(lang: Lang) -> Arg {
    Arg::new("as-of")
        .long("as-of")
        .value_name(lang.of("日期", "DATE"))
        .value_parser(value_parser!(Date))
        .help(
            lang.of(
                "评定日期,如 2026-12-31;默认今天",
                "day of the assessment, e.g. 2026-12-31; default today",
            ),
        )
}

fn plugin_args(lang: Lang) -> [Arg; 5] {
    let [folder, lock, bundle] = trust::args(lang);
    [
        folder,
        lock,
        bundle,
        Arg::new("plugin")
            .long("plugin")
            .value_name(lang.of("文件", "FILE"))
            .action(ArgAction::Append)
            .value_parser(value_parser!(PathBuf))
            .help(lang.of("另加一个插件(.wasm);可重复", "add a plugin (.wasm); repeatable")),
        Arg::new("no-cache").long("no-cache").action(ArgAction::SetTrue).help(lang.of(
            "不用缓存:插件重新编译,工作簿全部重读",
            "use no cache: compile plugins and read every workbook again",
        )),
    ]
}

fn layouts_arg(lang: Lang) -> Arg {
    Arg::new("layouts")
        .long("layouts")
        .value_name(lang.of("文件夹", "FOLDER"))
        .value_parser(value_parser!(PathBuf))
        .help(lang.of("另加的表式文件夹,如核对过的对照卡", "folder of further layouts, e.g. corrected cards"))
}

/// The layouts that the command line gives.
fn layouts(matches: &ArgMatches) -> anyhow::Result<Vec<intake::Layout>> {
    match matches.try_get_one::<PathBuf>("layouts").ok().flatten() {
        Some(folder) => Ok(intake::read_layouts(folder).map_err(WrongLayouts)?),
        None => bundle::layouts(trust::bundle_given(matches)?.as_ref()),
    }
}

/// Layouts that cannot be used; every fault on a line of its own.
#[derive(Debug)]
struct WrongLayouts(Vec<String>);

impl std::fmt::Display for WrongLayouts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for WrongLayouts {}

/// The specification of a form that cannot be used.
#[derive(Debug)]
struct WrongForm(report::form::WrongSpec);

impl std::fmt::Display for WrongForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for WrongForm {}

/// The settings of a run from its arguments. `fallback`: the day where `--as-of` is not given.
fn settings(matches: &ArgMatches, world: &World<'_>, fallback: Date) -> anyhow::Result<Settings> {
    let trust::Given { plugins, trust } = trust::given(matches)?;
    let argument = |id: &str| matches.try_get_one::<Date>(id).ok().flatten().copied();
    let issuer = matches.try_get_one::<String>("issuer").ok().flatten().cloned();
    let cache =
        world.cache.as_ref().filter(|_| !matches.get_flag("no-cache")).map(|cache| cache.join("anping"));
    let kept = cache.as_ref().zip(world.program.as_ref());
    let kept = kept.and_then(|(cache, program)| Kept::open(cache, program)).map(Arc::new);
    Ok(Settings {
        as_of: argument("as-of").unwrap_or(fallback),
        issuer: issuer.unwrap_or_default(),
        plugins,
        trust: Some(trust),
        layouts: layouts(matches)?,
        cache,
        kept,
        year_end: None,
        year: None,
        filing: None,
        register: None,
        tailoring: Vec::new(),
        plans: plans::plans(matches)?,
    })
}

fn plugin_file(path: &Path) -> anyhow::Result<(String, Vec<u8>)> {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let bytes =
        evaluate::read_plugin(path).map_err(|source| Unreadable::File { path: path.to_owned(), source })?;
    Ok((name, bytes))
}

/// Says so where an inbox holds nothing to score. Errors: the stream is closed.
fn nothing_to_score(run: &Run, lang: Lang, err: &mut dyn Write) -> io::Result<()> {
    let line = if run.sources.0.is_empty() {
        lang.of("收件里没有工作簿", "the inbox holds no workbook")
    } else if run.checks.is_empty() {
        lang.of(
            "收件里没有可评分的检查表;原因见问题清单",
            "the inbox holds no check sheet that could be scored; the problems say why",
        )
    } else {
        return Ok(());
    };
    writeln!(err, "{}: {line}", lang.of("注意", "note"))
}

fn papers_arg(lang: Lang) -> Arg {
    Arg::new("papers").long("papers").value_name(lang.of("文书", "PAPERS")).value_delimiter(',').help(
        lang.of(
            "写出哪些文书:整改通知单、一企一档、通报、排名图,用逗号分开;或 全部、无",
            "papers to write: 整改通知单, 一企一档, 通报, 排名图, with commas; or 全部 (all), 无 (none)",
        ),
    )
}

/// The names of the papers that are wanted; `fallback` where the command line does not say.
///
/// Errors: a name that no template has.
fn wanted_papers(
    matches: &ArgMatches,
    templates: &Templates,
    fallback: &[&str],
) -> Result<Vec<String>, UnknownPaper> {
    let known = report::papers::names(templates);
    let Some(given) = matches.get_many::<String>("papers") else {
        return Ok(fallback.iter().map(|name| (*name).to_owned()).collect());
    };
    let mut wanted = Vec::new();
    for name in given.map(|name| name.trim()) {
        match name {
            "全部" => wanted.extend(known.iter().cloned()),
            "无" | "" => {}
            name if known.iter().any(|one| one == name) => wanted.push(name.to_owned()),
            name => return Err(UnknownPaper { name: name.to_owned(), known }),
        }
    }
    Ok(wanted)
}

/// A paper that no template makes.
#[derive(Debug)]
struct UnknownPaper {
    name: String,
    known: Vec<String>,
}

impl std::fmt::Display for UnknownPaper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "--papers: 没有“{}”,可用:{}、全部、无", self.name, self.known.join("、"))
    }
}

impl std::error::Error for UnknownPaper {}

/// The workbooks that go back to their senders.
fn returns(
    run: &Run,
    templates: &Templates,
    inbox: &Path,
    settings: &Settings,
) -> Result<Vec<Written>, report::Error> {
    let load = |source: &_| intake::load_again(inbox, source);
    report::returns(run, templates, settings.kept.as_deref(), &load)
}

/// The end of a run that has a result.
fn exit_of(run: &Run) -> Exit {
    use crate::model::{Evaluation, GradeBasis};
    if run.sources.0.is_empty() {
        return Exit::Input;
    }
    let fault = |check: &crate::model::Check| matches!(check.evaluation, Evaluation::Fault(_));
    if !run.faults.is_empty() || run.checks.iter().any(fault) {
        return Exit::Plugin;
    }
    let vetoed = |check: &crate::model::Check| {
        check.scored.as_ref().is_none_or(|scored| {
            scored.schemes.first().is_some_and(|main| matches!(main.basis, GradeBasis::Veto(_)))
        })
    };
    let mandatory = run.problems.iter().any(|problem| problem.severity() == Severity::Mandatory);
    if mandatory || run.checks.iter().any(vetoed) { Exit::Findings } else { Exit::Done }
}
