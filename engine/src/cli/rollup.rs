//! `anping rollup`: the reports of the units below become those of this level.

use std::path::PathBuf;

use clap::{Arg, ArgMatches, Command};

use super::progress::Bars;
use super::{Exit, World};
use crate::model::{Date, Lang, Severity};
use crate::{pipeline, report};

/// The command line.
pub fn command(lang: Lang) -> Command {
    Command::new("rollup")
        .about(lang.of(
            "汇总下级报送的上报报表(乡镇→县→市),核对合计,列出未报",
            "add up the reports of the units below (township to county to city), compare totals, list what is missing",
        ))
        .arg(super::inbox_arg(lang))
        .arg(
            super::outbox_arg(lang)
                .help(lang.of("本级的上报报表和汇总核对表", "this level's reports, and what does not agree")),
        )
        .arg(super::as_of_arg(lang))
        .arg(
            Arg::new("issuer")
                .long("issuer")
                .value_name(lang.of("单位", "UNIT"))
                .help(lang.of("汇总单位,写在报表上,如 平川县", "the unit that adds up, as the reports name it")),
        )
        .args(super::upward::args(lang))
        .arg(Arg::new("no-cache").long("no-cache").action(clap::ArgAction::SetTrue).help(
            lang.of("不使用编译缓存", "do not use the cache of compiled plugins"),
        ))
}

/// Runs it.
pub fn run(matches: &ArgMatches, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let path = |id: &str| matches.get_one::<PathBuf>(id).cloned().unwrap_or_default();
    let as_of = matches.get_one::<Date>("as-of").copied().unwrap_or(world.today);
    let issuer = matches.get_one::<String>("issuer").map(String::as_str).unwrap_or_default();
    let cache =
        world.cache.as_ref().filter(|_| !matches.get_flag("no-cache")).map(|cache| cache.join("anping"));
    let bars = Bars::new(world.terminal, lang, world.cancelled);
    let received = pipeline::rollup::received(&path("inbox"), (as_of, issuer), cache.as_deref(), &bars);
    bars.finish();
    let received = received?;
    let told = super::upward::told(matches);
    let rolled = pipeline::rollup::roll_up(&received, &told.note, &told.before()?)?;
    super::upward::tell(&rolled.mismatches, &rolled.held, lang, world)?;
    let held = !rolled.held.is_empty();
    let rolled = rolled.result;
    if world.cancelled.load(std::sync::atomic::Ordering::Relaxed) {
        return Err(pipeline::Error::Cancelled.into());
    }
    let files: Vec<_> = rolled.files.into_iter().map(|(_, file)| file).collect();
    report::put(&path("outbox"), &files)?;
    let out = &mut *world.out;
    match (rolled.members, lang) {
        (Some(n), Lang::Zh) => writeln!(out, "截止{},组织机构应报单位 {n} 个", as_of)?,
        (Some(n), Lang::En) => writeln!(out, "on {} the organisation has {n} units", as_of)?,
        (None, _) => writeln!(out, "{}", lang.of(
            "收件里没有组织机构表(下级单位、有效期起、有效期止),不能判断谁应报而未报",
            "the inbox has no organisation (下级单位, 有效期起, 有效期止): who should have sent is not known",
        ))?,
    }
    for (which, n) in &rolled.counted {
        match lang {
            Lang::Zh => writeln!(out, "{which}: 计入 {n} 个单位")?,
            Lang::En => writeln!(out, "{which}: {n} units counted")?,
        }
    }
    for problem in &rolled.problems {
        if problem.severity() == Severity::Hint {
            continue;
        }
        let place = received.sources.show(problem.at);
        let (severity, title) = (problem.severity().title(lang), problem.code.title(lang));
        let expected = problem.expected(lang);
        writeln!(out, "[{severity}] {place}: {title}: {} → {expected}", problem.found)?;
    }
    writeln!(out, "{} {}:", lang.of("已写出到", "written to"), path("outbox").display())?;
    for file in &files {
        writeln!(out, "  {}", file.name)?;
    }
    if received.books.is_empty() {
        return Ok(Exit::Input);
    }
    let mandatory = rolled.problems.iter().any(|problem| problem.severity() == Severity::Mandatory);
    Ok(super::upward::exit(if mandatory { Exit::Findings } else { Exit::Done }, held))
}
