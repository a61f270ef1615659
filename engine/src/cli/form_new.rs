//! `anping form new`: the workbook that inspectors fill, for one checklist and one subject.
//! Prints only; what stands in it is `pipeline::fill_in`'s affair.

use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, Command, value_parser};

use super::progress::Bars;
use super::{Exit, Unreadable, World};
use crate::model::Lang;
use crate::pipeline::fill_in::{self, Error, Wanted};
use crate::report::{self, Written};

/// The command line.
pub fn command(lang: Lang) -> Command {
    let path = |id: &'static str, zh, en| {
        Arg::new(id).long(id).value_parser(value_parser!(PathBuf)).help(lang.of(zh, en))
    };
    Command::new("new")
        .about(lang.of("生成检查填报表(Excel)", "make the workbook that inspectors fill"))
        .arg(
            Arg::new("which")
                .value_name(lang.of("插件", "PLUGIN"))
                .required(true)
                .help(lang.of("插件编号(如 hazchem),或插件文件(.wasm)", "id of a plugin, or its file")),
        )
        .arg(path("register", "企业名录", "the register").value_name(lang.of("文件", "FILE")))
        .arg(Arg::new("subject").long("subject").value_name(lang.of("单位", "SUBJECT")).help(lang.of(
            "名录中的编号、统一社会信用代码或名称;不给则列全部项目",
            "number, credit code or name in the register; without it all items are asked",
        )))
        .arg(
            path("open-hazards", "带出该单位未销号隐患的收件文件夹", "inbox whose open hazards are put in")
                .value_name(lang.of("收件文件夹", "INBOX"))
                .requires("subject"),
        )
        .arg(super::yearend::workspace_arg(lang))
        .arg(super::as_of_arg(lang))
        .args(super::plugin_args(lang))
        .arg(
            Arg::new("output")
                .short('o')
                .long("output")
                .required(true)
                .value_name(lang.of("文件", "OUTPUT"))
                .value_parser(value_parser!(PathBuf))
                .help(lang.of("写到哪里(.xlsx)", "where it goes (.xlsx)")),
        )
}

/// Runs it.
pub fn run(matches: &ArgMatches, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let path = |id: &str| matches.get_one::<PathBuf>(id).cloned();
    let mut settings = super::settings(matches, world, world.today)?;
    settings.tailoring = super::yearend::local(matches, std::path::Path::new("."))?.tailoring;
    let which = matches.get_one::<String>("which").cloned().unwrap_or_default();
    let bars = Bars::new(world.terminal, lang, world.cancelled);
    let made = plugin_id(&which, &mut settings).and_then(|plugin| {
        let subject = matches.get_one::<String>("subject").cloned();
        let wanted = Wanted { plugin, subject, register: path("register"), inbox: path("open-hazards") };
        Ok(fill_in::make(&wanted, &settings, &bars)?)
    });
    bars.finish();
    let bytes = match made {
        Ok(bytes) => bytes,
        Err(wrong) => {
            return Err(match wrong.downcast::<Error>() {
                Ok(Error::Run(wrong)) => wrong.into(),
                Ok(Error::Fault(fault)) => {
                    writeln!(world.err, "{}", fault.line(lang))?;
                    return Ok(Exit::Plugin);
                }
                Ok(wrong) => Unreadable::Content(wrong.line(lang)).into(),
                Err(wrong) => wrong,
            });
        }
    };
    let output = path("output").unwrap_or_default();
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = output.file_name().unwrap_or_default().to_string_lossy().into_owned();
    report::put(folder, &[Written { name, bytes }])?;
    writeln!(world.out, "{} {}", lang.of("已写出", "written"), output.display())?;
    Ok(Exit::Done)
}

/// The id that is meant; a plugin that is named by its file is among the settings' afterwards.
fn plugin_id(which: &str, settings: &mut crate::pipeline::Settings) -> anyhow::Result<String> {
    let file = Path::new(which);
    if file.extension().is_none_or(|extension| !extension.eq_ignore_ascii_case("wasm")) {
        return Ok(which.to_owned());
    }
    let (name, bytes) = super::plugin_file(file)?;
    let id = fill_in::id_of(&name, &bytes, settings)?;
    settings.plugins.push((name, bytes));
    Ok(id)
}
