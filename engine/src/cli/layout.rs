//! `anping layout propose`: mapping cards for workbooks that no layout knows.
//! Proposes only: a card counts once a person has read it and gives it to a run by `--layouts`.

use std::path::PathBuf;

use anyhow::bail;
use clap::{Arg, ArgMatches, Command, value_parser};

use super::{Exit, World};
use crate::intake;
use crate::model::Lang;
use crate::report::{self, Written};

/// The command line.
pub fn command(lang: Lang) -> Command {
    Command::new("layout")
        .about(lang.of("新表式的对照卡", "cards for new layouts"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(
            Command::new("propose")
                .about(lang.of(
                    "为未识别的工作簿拟出对照卡;人工核对后用 --layouts 交给 assess 或 check",
                    "write a mapping card for a workbook that no layout knows; once corrected, give it by --layouts",
                ))
                .arg(
                    Arg::new("file")
                        .value_name(lang.of("文件", "FILE"))
                        .required(true)
                        .value_parser(value_parser!(PathBuf))
                        .help(lang.of("一个工作簿", "one workbook")),
                )
                .arg(
                    Arg::new("into")
                        .long("into")
                        .value_name(lang.of("文件夹", "FOLDER"))
                        .default_value("表式")
                        .value_parser(value_parser!(PathBuf))
                        .help(lang.of("对照卡写到哪里;没有则新建", "where the cards go; created if missing")),
                )
                .arg(super::layouts_arg(lang)),
        )
}

/// Runs it.
pub fn run(matches: &ArgMatches, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let Some(("propose", matches)) = matches.subcommand() else { return Ok(Exit::Usage) };
    let path = |id: &str| matches.get_one::<PathBuf>(id).cloned().unwrap_or_default();
    let (file, folder) = (path("file"), path("into"));
    if file.is_dir() {
        bail!(super::Unreadable::Content(format!(
            "{}: {}",
            file.display(),
            lang.of("是文件夹,请给出一个工作簿", "a folder; name one workbook")
        )));
    }
    let mut layouts = super::layouts(matches)?;
    layouts.extend(intake::built_in_layouts());
    let (read, cards) = intake::propose(&file, &layouts)?;
    if cards.is_empty() {
        for problem in &read.problems {
            writeln!(world.out, "{}: {}", problem.code.title(lang), problem.expected(lang))?;
        }
        let known: Vec<_> = read.tables.iter().map(|table| table.layout.as_str()).collect();
        if known.is_empty() {
            writeln!(
                world.out,
                "{}",
                lang.of("没有相近的表式,未拟出对照卡", "nothing like it is known; no card")
            )?;
        } else {
            let head = lang.of("各工作表均已识别,无须对照卡", "every sheet is known; no card is needed");
            writeln!(world.out, "{head}: {}", known.join("、"))?;
        }
        return Ok(Exit::Done);
    }
    let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut written = Vec::new();
    for card in &cards {
        let safe = |name: &str| -> String {
            name.chars().map(|c| if c.is_alphanumeric() || "-_()".contains(c) { c } else { '_' }).collect()
        };
        let name = format!("{}-{}/layout.toml", safe(&stem), safe(&card.sheet));
        if folder.join(&name).exists() {
            let exists = lang.of("已存在,未覆盖", "exists and was not overwritten");
            bail!(super::Unreadable::Content(format!("{}: {exists}", folder.join(&name).display())));
        }
        written.push(Written { name, bytes: card.text.clone().into_bytes() });
    }
    report::put(&folder, &written)?;
    for (card, file) in cards.iter().zip(&written) {
        let like = lang.of("相近于", "resembles");
        writeln!(world.out, "{} ({like} {})", folder.join(&file.name).display(), card.title)?;
    }
    let next = lang.of("请核对后用 --layouts 交给 assess 或 check", "correct it, then give it by --layouts");
    writeln!(world.out, "{next}")?;
    Ok(Exit::Done)
}
