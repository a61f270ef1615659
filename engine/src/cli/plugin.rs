//! `anping plugin`: checklists written in Excel become plugins and come back (`authoring`); plugins are
//! begun and built (`plugin_new`) and looked at (`plugin_tools`). Prints only.

use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::{Exit, Unreadable, World, plugin_new, plugin_tools};
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
    let looked_at = |name: &'static str, zh, en| {
        Command::new(name).about(lang.of(zh, en)).arg(
            Arg::new("which").value_name(lang.of("插件", "PLUGIN")).required(true).help(
                lang.of("插件文件(.wasm),或内置插件的编号", "a plugin's file, or the id of a built-in one"),
            ),
        )
    };
    let path = |id: &'static str, name, zh, en| {
        Arg::new(id).value_name(name).value_parser(value_parser!(PathBuf)).help(lang.of(zh, en))
    };
    Command::new("plugin")
        .about(lang.of("编写、检验和查看检查表插件", "write, test and look at checklist plugins"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(
            Command::new("new")
                .about(
                    lang.of(
                        "开始一个插件:Excel 工作簿,或 Rust 工程",
                        "begin a plugin: a workbook, or a crate",
                    ),
                )
                .arg(
                    path(
                        "name",
                        lang.of("名称", "NAME"),
                        "插件编号,可带路径",
                        "the id, with or without a path",
                    )
                    .required(true),
                )
                .arg(
                    Arg::new("rust")
                        .long("rust")
                        .action(ArgAction::SetTrue)
                        .help(lang.of("Rust 工程(文件夹)", "a crate (a folder)")),
                )
                .arg(
                    Arg::new("excel")
                        .long("excel")
                        .action(ArgAction::SetTrue)
                        .conflicts_with("rust")
                        .help(lang.of("检查表工作簿(默认)", "a definition workbook (the default)")),
                )
                .arg(
                    path(
                        "sdk",
                        lang.of("文件夹", "FOLDER"),
                        "SDK 所在的文件夹(Rust 工程用)",
                        "folder of the SDK, for a crate",
                    )
                    .long("sdk")
                    .requires("rust"),
                ),
        )
        .subcommand(
            Command::new("build")
                .about(lang.of("编译 Rust 工程 → 插件(.wasm)", "compile a crate to a plugin (.wasm)"))
                .arg(
                    path("folder", lang.of("文件夹", "FOLDER"), "工程所在的文件夹", "the crate's folder")
                        .required(true),
                )
                .arg(output()),
        )
        .subcommand(looked_at(
            "test",
            "运行自带算例和一致性检查",
            "run golden cases and the conformance suite",
        ))
        .subcommand(looked_at("lint", "规则体检", "health check of the rules"))
        .subcommand(looked_at("bench", "测一张检查表在沙箱中的用时", "measure one sheet in the sandbox"))
        .subcommand(looked_at(
            "show",
            "列出检查项、依据、计分和指纹",
            "show items, clauses, schemes and digest",
        ))
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
    match action {
        "new" => return plugin_new::new(matches, lang, world),
        "build" => return plugin_new::build(matches, lang, world),
        "test" | "lint" | "bench" | "show" => return plugin_tools::run(action, matches, lang, world),
        _ => {}
    }
    let file = matches.get_one::<PathBuf>("file").cloned().unwrap_or_default();
    let host = Host::new(None)?;
    let given = matches.get_one::<PathBuf>("output").cloned();
    let mut told = Vec::new();
    let (made, output) = if action == "pack" {
        let packed = authoring::pack(&file, &host, world.today).map(|packed| {
            told.extend(
                packed.findings.iter().map(|finding| format!("{} {finding}", lang.of("体检", "lint"))),
            );
            let why = lang.of("已保存,但没有规则读取", "is kept, but no rule reads it");
            told.extend(packed.unread.iter().map(|(sheet, column)| format!("“{sheet}” {column}: {why}")));
            packed.bytes
        });
        (packed, given.unwrap_or_else(|| file.with_extension("wasm")))
    } else {
        let (_, bytes) = super::plugin_file(&file)?;
        let workbook = authoring::unpack(&bytes, &host).and_then(|unpacked| {
            if !unpacked.same_bytes {
                told.push(
                    lang.of(
                        "由另一版本的程序打包;检查表和规则与所带工作簿相同",
                        "packed by another version of the program; checklist and rules are the workbook's",
                    )
                    .to_owned(),
                );
            }
            let written = authoring::write(&unpacked.sheets);
            written.map_err(|wrong| authoring::Error::Unreadable(wrong.to_string()))
        });
        (workbook, given.unwrap_or_else(|| file.with_extension("xlsx")))
    };
    for line in &told {
        writeln!(world.err, "{} {}: {line}", lang.of("注意", "note"), file.display())?;
    }
    let bytes = match made {
        Ok(bytes) => bytes,
        Err(authoring::Error::Faults(faults)) => {
            for fault in &faults {
                writeln!(world.err, "{} {fault}", file.display())?;
            }
            return Ok(Exit::Input);
        }
        Err(authoring::Error::Unsound(findings)) => {
            for finding in &findings {
                writeln!(world.err, "{} {finding}", file.display())?;
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
