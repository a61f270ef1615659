//! Help and wrong command lines, in the reader's language. clap itself speaks English only.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command};

use super::{Exit, World};
use crate::model::Lang;

/// The language asked for by `--lang`, before anything else is read.
pub fn lang_in(args: &[OsString]) -> Option<Lang> {
    let args: Vec<_> = args.iter().map(|arg| arg.to_string_lossy()).collect();
    let value = args.iter().enumerate().find_map(|(index, arg)| match arg.strip_prefix("--lang") {
        Some("") => args.get(index + 1).map(AsRef::as_ref),
        Some(rest) => rest.strip_prefix('='),
        None => None,
    })?;
    match value {
        "zh" => Some(Lang::Zh),
        "en" => Some(Lang::En),
        _ => None,
    }
}

/// Gives a command and its subcommands headings and a help option in one language.
pub fn localised(command: Command, lang: Lang) -> Command {
    let names: Vec<_> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    let has_commands = !names.is_empty();
    let help = Arg::new("help")
        .short('h')
        .long("help")
        .action(ArgAction::Help)
        .help(lang.of("显示帮助", "show this help"));
    let mut command = command
        .disable_help_flag(true)
        .arg(help)
        .next_help_heading(lang.of("选项", "Options"))
        .subcommand_help_heading(lang.of("命令", "Commands"))
        .mut_args(|arg| {
            let heading = match arg.is_positional() {
                true => lang.of("参数", "Arguments"),
                false => lang.of("选项", "Options"),
            };
            arg.help_heading(heading)
        });
    if has_commands && command.get_version().is_some() {
        command = command.disable_version_flag(true).arg(
            Arg::new("version")
                .short('V')
                .long("version")
                .action(ArgAction::Version)
                .help_heading(lang.of("选项", "Options"))
                .help(lang.of("显示版本", "show the version")),
        );
    }
    let usage = lang.of("用法:", "Usage:");
    command = command.help_template(format!("{{about}}\n\n{usage} {{usage}}\n\n{{all-args}}\n"));
    for name in names {
        command = command.mut_subcommand(name, |sub| localised(sub, lang));
    }
    command
}

/// Prints help, the version, or what is wrong with a command line.
pub fn explain(wrong: &clap::Error, lang: Lang, world: &mut World<'_>) -> Exit {
    let help = matches!(wrong.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    // Nothing can be done where the stream is closed.
    let rendered = || match lang {
        Lang::Zh => wrong.render().to_string().replace("[OPTIONS]", "[选项]").replace("<COMMAND>", "<命令>"),
        Lang::En => wrong.render().to_string(),
    };
    if help {
        let _ = write!(world.out, "{}", rendered());
        return Exit::Done;
    }
    if wrong.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand || lang == Lang::En {
        let _ = write!(world.err, "{}", rendered());
        return Exit::Usage;
    }
    let shown = |kind: ContextKind| match wrong.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join("、"),
        _ => String::new(),
    };
    let (argument, value) = (shown(ContextKind::InvalidArg), shown(ContextKind::InvalidValue));
    let message = match wrong.kind() {
        ErrorKind::UnknownArgument => format!("没有选项 {argument}"),
        ErrorKind::InvalidSubcommand => format!("没有命令 {}", shown(ContextKind::InvalidSubcommand)),
        ErrorKind::MissingRequiredArgument => format!("缺少 {argument}"),
        ErrorKind::InvalidValue if value.is_empty() => format!("{argument} 后面缺少值"),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let valid = shown(ContextKind::ValidValue);
            let valid = if valid.is_empty() { String::new() } else { format!(",可用:{valid}") };
            format!("{argument} 的值“{value}”无效{valid}")
        }
        ErrorKind::ArgumentConflict => format!("{argument} 重复或与其他选项冲突"),
        ErrorKind::MissingSubcommand => "缺少命令".to_owned(),
        _ => rendered(),
    };
    let _ = writeln!(world.err, "错误: {message}");
    let near = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue]
        .map(shown)
        .concat();
    if !near.is_empty() {
        let _ = writeln!(world.err, "提示: 是否要写 {near}");
    }
    let _ = writeln!(world.err, "提示: anping --help 列出全部命令和选项");
    Exit::Usage
}
