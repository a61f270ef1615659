//! `anping init`: writes a workspace file and a tailoring file with comments.

use std::fs;
use std::path::PathBuf;

use clap::{Arg, ArgMatches, Command, value_parser};

use super::{Exit, World};
use crate::model::Lang;
use crate::report::{self, Written};
use crate::tailoring::{TEMPLATE, WORKSPACE};

/// The command line.
pub fn command(lang: Lang) -> Command {
    Command::new("init")
        .about(lang.of(
            "写出带说明的工作区设置 anping.toml 和 调整单.toml",
            "write a workspace file and a tailoring file with comments",
        ))
        .arg(
            Arg::new("folder")
                .value_name(lang.of("文件夹", "FOLDER"))
                .default_value(".")
                .value_parser(value_parser!(PathBuf))
                .help(lang.of("写到哪里", "where to write them")),
        )
}

/// Runs it. Files that are there already are never replaced.
pub fn run(matches: &ArgMatches, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let folder = matches.get_one::<PathBuf>("folder").cloned().unwrap_or_default();
    let files = [("anping.toml", WORKSPACE), ("调整单.toml", TEMPLATE)];
    for (name, _) in files {
        let path = folder.join(name);
        if fs::symlink_metadata(&path).is_ok() {
            let line = lang.of("已存在,未覆盖", "exists and was not replaced");
            writeln!(world.err, "{}: {} {line}", lang.of("错误", "error"), path.display())?;
            return Ok(Exit::Output);
        }
    }
    let files = files.map(|(name, text)| Written { name: name.to_owned(), bytes: text.as_bytes().to_vec() });
    report::put(&folder, &files)?;
    for file in &files {
        writeln!(world.out, "{}", folder.join(&file.name).display())?;
    }
    Ok(Exit::Done)
}
