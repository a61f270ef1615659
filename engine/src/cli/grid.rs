//! `anping grid`: one sheet as it was read, before anything is understood.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::{Exit, Unreadable, World};
use crate::intake::{self, NotExported};
use crate::model::Lang;

/// The command line.
pub fn command(lang: Lang) -> Command {
    Command::new("grid")
        .about(lang.of("把一张工作表按读到的值输出", "print a sheet as the values that were read"))
        .arg(
            Arg::new("file")
                .value_name(lang.of("文件", "FILE"))
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help(lang.of("工作簿或文本表格", "a workbook, or a table as text")),
        )
        .arg(
            Arg::new("csv")
                .long("csv")
                .required(true)
                .action(ArgAction::SetTrue)
                .help(lang.of("以 CSV(UTF-8)输出", "print CSV (UTF-8)")),
        )
        .arg(
            Arg::new("sheet")
                .long("sheet")
                .value_name(lang.of("工作表", "SHEET"))
                .help(lang.of("工作表名;默认第一张可见的", "name of the sheet; default the first visible")),
        )
        .arg(
            Arg::new("no-cache")
                .long("no-cache")
                .action(ArgAction::SetTrue)
                .help(lang.of("不使用编译缓存", "do not use the cache of compiled guests")),
        )
}

/// Runs it.
pub fn run(matches: &ArgMatches, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let file = matches.get_one::<PathBuf>("file").cloned().unwrap_or_default();
    let sheet = matches.get_one::<String>("sheet").map(String::as_str);
    let cache =
        world.cache.as_ref().filter(|_| !matches.get_flag("no-cache")).map(|cache| cache.join("anping"));
    let exported = intake::export(&file, sheet, cache.as_deref()).map_err(|wrong| {
        let why = match wrong {
            NotExported::Refused(code, arg) => {
                let expected = if arg.is_empty() { String::new() } else { format!(" → {arg}") };
                format!("{}{expected}", code.title(lang))
            }
            NotExported::NoSheet(names) => {
                format!("{}: {}", lang.of("没有这张工作表,只有", "no such sheet, only"), names.join(", "))
            }
        };
        Unreadable::Content(format!("{}: {why}", file.display()))
    })?;
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(&mut *world.out);
    for row in &exported.rows {
        // A row of one empty field must not look like no row at all; the writer sees to that.
        writer.write_record(row).map_err(std::io::Error::from).context("csv")?;
    }
    writer.flush()?;
    Ok(Exit::Done)
}
