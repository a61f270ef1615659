//! `anping calendar`: what is to be reported, when, and what comes next.
//! Reads no inbox: what has come in is for the filing log to say.

use std::path::PathBuf;

use clap::{Arg, ArgMatches, Command, value_parser};

use super::{Exit, World};
use crate::calendar::Due;
use crate::model::{Date, Lang};
use crate::report;

/// The command line.
pub fn command(lang: Lang) -> Command {
    Command::new("calendar")
        .about(
            lang.of(
                "报送日历:什么事项何时报,下一项是什么",
                "what is to be reported when, and what comes next",
            ),
        )
        .arg(
            Arg::new("year")
                .long("year")
                .value_name(lang.of("年份", "YEAR"))
                .value_parser(value_parser!(i16).range(1900..=9000))
                .help(lang.of(
                    "列哪一年的期限;默认为截止日期所在年",
                    "year that is listed; default that of the day",
                )),
        )
        .arg(
            Arg::new("as-of")
                .long("as-of")
                .value_name(lang.of("日期", "DATE"))
                .value_parser(value_parser!(Date))
                .help(lang.of("从哪一天算起,默认今天", "day from which days are counted; default today")),
        )
        .arg(
            Arg::new("outbox")
                .short('o')
                .long("outbox")
                .value_name(lang.of("发件文件夹", "OUTBOX"))
                .value_parser(value_parser!(PathBuf))
                .help(lang.of("写出报送日历工作簿", "write the calendar as a workbook")),
        )
        .arg(
            Arg::new("issuer")
                .long("issuer")
                .value_name(lang.of("单位", "UNIT"))
                .help(lang.of("工作簿上的单位名称", "the unit named on the workbook")),
        )
        .arg(super::plans::plans_arg(lang))
}

/// Runs it. What it prints is in Chinese, whatever the language of messages: its reader is an office.
pub fn run(matches: &ArgMatches, _: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let calendar = super::plans::plans(matches)?.calendar;
    let as_of = matches.get_one::<Date>("as-of").copied().unwrap_or(world.today);
    let year = matches.get_one::<i16>("year").copied().unwrap_or_else(|| as_of.year());
    writeln!(world.out, "{year}年报送日历(截至{as_of};未计法定节假日顺延)")?;
    for due in calendar.next(as_of) {
        writeln!(world.out, "下一项:{}", line(&due, as_of))?;
    }
    for due in calendar.due_between(Date::constant(year, 1, 1), Date::constant(year, 12, 31)) {
        writeln!(world.out, "{}", line(&due, as_of))?;
    }
    for matter in calendar.undated() {
        let answers = report::answers(matter);
        let answers = if answers.is_empty() { answers } else { format!(" ← {answers}") };
        writeln!(world.out, "无日期 {}{answers}", report::undated(matter))?;
    }
    if let Some(outbox) = matches.get_one::<PathBuf>("outbox") {
        let issuer = matches.get_one::<String>("issuer").map_or("", String::as_str);
        let file = report::calendar(&calendar, year, as_of, issuer)?;
        writeln!(world.out, "  {}", file.name)?;
        report::put(outbox, &[file])?;
    }
    Ok(Exit::Done)
}

fn line(due: &Due<'_>, as_of: Date) -> String {
    let matter = due.matter;
    let mark = if matter.is_unverified { ",未核实" } else { "" };
    let from = due.from.map_or_else(String::new, |from| format!(",{from}起可报"));
    let answers = report::answers(matter);
    let answers = if answers.is_empty() { answers } else { format!(" ← {answers}") };
    let left = report::left(as_of, due.day);
    format!("{} {left} {}({}{from}{mark}){answers}", due.day, matter.title, due.period)
}
