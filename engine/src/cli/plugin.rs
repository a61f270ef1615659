//! `anping plugin pack|unpack`: checklists written in Excel become plugins, and come back.
//! Prints only; the work is in `authoring`.

use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, Command, value_parser};

use super::{Exit, Unreadable, World};
use crate::authoring;
use crate::evaluate::Host;
use crate::model::Lang;
use crate::report::{self, Written};

/// The command line.
pub fn command(lang: Lang) -> Command {
    let file = |help: &'static str| {
        Arg::new("file")
            .value_name(lang.of("文件", "FILE"))
            .required(true)
            .value_parser(value_parser!(PathBuf))
            .help(help)
    };
    let output = || {
        Arg::new("output")
            .short('o')
            .long("output")
            .value_name(lang.of("输出文件", "OUTPUT"))
            .value_parser(value_parser!(PathBuf))
            .help(lang.of("写到哪里;默认在同一文件夹", "where to write; default beside the file"))
    };
    Command::new("plugin")
        .about(lang.of("用 Excel 编写检查表插件", "write checklist plugins in Excel"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(
            Command::new("pack")
                .about(lang.of("检查表工作簿 → 插件(.wasm)", "definition workbook to plugin (.wasm)"))
                .arg(file(lang.of("检查表工作簿", "definition workbook")))
                .arg(output()),
        )
        .subcommand(
            Command::new("unpack")
                .about(lang.of("插件(.wasm) → 检查表工作簿", "plugin (.wasm) to definition workbook"))
                .arg(file(lang.of("由工作簿打包的插件", "a plugin packed from a workbook")))
                .arg(output()),
        )
        .subcommands(super::trust::commands(lang))
}

/// Runs it.
pub fn run(matches: &ArgMatches, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let Some((action, matches)) = matches.subcommand() else { return Ok(Exit::Usage) };
    if let Some(ended) = super::trust::run(action, matches, lang, world) {
        return ended;
    }
    let file = matches.get_one::<PathBuf>("file").cloned().unwrap_or_default();
    let host = Host::new(None)?;
    let given = matches.get_one::<PathBuf>("output").cloned();
    let (made, output) = if action == "pack" {
        (authoring::pack(&file, &host), given.unwrap_or_else(|| file.with_extension("wasm")))
    } else {
        let (_, bytes) = super::plugin_file(&file)?;
        let workbook = authoring::unpack(&bytes, &host).and_then(|sheets| {
            authoring::write(&sheets).map_err(|wrong| authoring::Error::Unreadable(wrong.to_string()))
        });
        (workbook, given.unwrap_or_else(|| file.with_extension("xlsx")))
    };
    let bytes = match made {
        Ok(bytes) => bytes,
        Err(authoring::Error::Faults(faults)) => {
            for fault in &faults {
                writeln!(world.err, "{} {fault}", file.display())?;
            }
            return Ok(Exit::Input);
        }
        Err(wrong) => return Err(Unreadable::Content(format!("{}: {wrong}", file.display())).into()),
    };
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = output.file_name().unwrap_or_default().to_string_lossy().into_owned();
    report::put(folder, &[Written { name, bytes }])?;
    writeln!(world.out, "{} {}", lang.of("已写出", "written"), output.display())?;
    Ok(Exit::Done)
}
