//! `anping demo`: the built-in sample town, and everything run on it.

use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::{Context as _, bail};
use clap::{Arg, ArgMatches, Command, value_parser};
use include_dir::{Dir, include_dir};

use super::{Exit, World, assess};
use crate::model::{Date, Lang};
use crate::pipeline::Settings;
use crate::report::{self, Templates, Written};

/// The inbox of the sample town.
static TOWN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../templates/demo/qingshi");

/// The day on which the sample town is assessed, so that every run writes the same bytes.
const AS_OF: Date = Date::constant(2026, 12, 31);

/// The command line.
pub fn command(lang: Lang) -> Command {
    Command::new("demo")
        .about(
            lang.of(
                "写出内置的样例镇并完整运行一遍",
                "write the built-in sample town and run everything on it",
            ),
        )
        .arg(
            Arg::new("folder")
                .value_name(lang.of("文件夹", "FOLDER"))
                .default_value("anping-demo")
                .value_parser(value_parser!(PathBuf))
                .help(lang.of("写到哪里", "where to write it")),
        )
        .args(super::plugin_args(lang))
        .arg(super::json_arg(lang))
}

/// Runs it.
pub fn run(matches: &ArgMatches, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let folder = matches.get_one::<PathBuf>("folder").cloned().unwrap_or_default();
    let inbox = folder.join("收件");
    let files = town_files(&TOWN);
    for file in &files {
        let path = inbox.join(&file.name);
        match fs::read(&path) {
            Ok(known) if known == file.bytes => {}
            Ok(_) => bail!("{}", differs(&path, lang)),
            Err(wrong) if wrong.kind() == io::ErrorKind::NotFound => {}
            Err(wrong) => return Err(wrong).context(path.display().to_string()),
        }
    }
    report::put(&inbox, &files)?;
    if !matches.get_flag("json") {
        writeln!(world.out, "{} {}", lang.of("样例镇已写到", "the sample town is in"), inbox.display())?;
    }
    let settings = Settings { as_of: AS_OF, ..super::settings(matches, world, AS_OF)? };
    let outbox = folder.join("发件");
    let json = matches.get_flag("json");
    let templates = Templates::built_in();
    let job = assess::Job {
        inbox,
        outbox,
        settings,
        templates,
        json,
        timings: false,
        returns: true,
        upward: super::upward::Told::default(),
        choices: crate::report::Choices::default(),
        papers: Vec::new(),
    };
    let exit = assess::assess(&job, lang, world)?;
    // The sample town has vetoes and planted mistakes; showing them is what the demo is for.
    Ok(if exit == Exit::Findings { Exit::Done } else { exit })
}

fn differs(path: &Path, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("{} 已存在且内容不同,未覆盖;请换一个文件夹", path.display()),
        Lang::En => format!(
            "{} exists with other content and was not overwritten; choose another folder",
            path.display()
        ),
    }
}

fn town_files(dir: &Dir<'_>) -> Vec<Written> {
    let own = dir.files().map(|file| Written {
        name: file.path().to_string_lossy().replace('\\', "/"),
        bytes: file.contents().to_vec(),
    });
    own.chain(dir.dirs().flat_map(town_files)).collect()
}
