//! `anping verify`: whether a report follows from these inputs and these rules.

use std::fs;
use std::path::PathBuf;

use clap::{Arg, ArgMatches, Command, value_parser};

use super::progress::Bars;
use super::yearend::Announced;
use super::{Exit, Unreadable, World};
use crate::model::{CellChange, Lang, SheetCells};
use crate::report::papers::Papers;
use crate::report::standard::{Origin, YEAR_END_RULES};
use crate::report::{Basis, Choices, YearEndResults};
use crate::{filing, intake, pipeline, report, yearend};

/// The command line.
pub fn command(lang: Lang) -> Command {
    Command::new("verify")
        .about(lang.of(
            "用收件重算一张上报报表或文书,核对每一格",
            "make a report or paper again from the inbox and compare every cell",
        ))
        .arg(
            Arg::new("report")
                .value_name(lang.of("报表", "REPORT"))
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help(lang.of(
                    "上报文件夹里的报表,或文书(.xlsx)",
                    "a report (.xlsx) of the folder 上报, or a paper",
                )),
        )
        .arg(
            Arg::new("inbox")
                .long("inbox")
                .value_name(lang.of("收件", "INBOX"))
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help(lang.of("报表所依据的收件文件夹", "the inbox that the report rests on")),
        )
        .arg(super::yearend::workspace_arg(lang))
        .args(super::plugin_args(lang))
}

/// Runs it.
pub fn run(matches: &ArgMatches, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let file = matches.get_one::<PathBuf>("report").cloned().unwrap_or_default();
    let inbox = matches.get_one::<PathBuf>("inbox").cloned().unwrap_or_default();
    let bytes = fs::read(&file).map_err(|source| Unreadable::File { path: file.clone(), source })?;
    let content = |why: &str| Unreadable::Content(format!("{}: {why}", file.display()));
    // A form of an authority has no sheet of ours: what it was filled from is kept beside it.
    if let Some(kept) = super::form::kept(&file) {
        return super::form::verify(&file, &kept, matches, lang, world);
    }
    let sheets = intake::read_workbook_cells(&file, None)
        .ok_or_else(|| content(lang.of("不是可以读取的工作簿", "not a workbook that can be read")))?;
    let (layout, origin) = Origin::read(&sheets).ok_or_else(|| {
        content(lang.of(
            "没有完整的“溯源”表,不是本程序写出的上报报表或文书",
            "has no complete sheet 溯源: not a report of ours",
        ))
    })?;
    let mut settings = super::settings(matches, world, origin.as_of)?;
    settings.as_of = origin.as_of;
    settings.issuer.clone_from(&origin.issuer);
    // What was made with the results of the year-end assessment follows from its rules as well.
    let by_rules = Origin::value_of(&sheets, YEAR_END_RULES);
    let local = super::yearend::local(matches, &inbox)?;
    settings.tailoring.clone_from(&local.tailoring);
    let local = Some(local).filter(|_| !by_rules.is_empty());
    if let Some(local) = &local {
        settings.year = local.workspace.year;
        settings.year_end = Some(local.rules.clone());
        settings.filing = Some(local.filing.clone());
        settings.register = Some(local.workspace.register.clone()).filter(|register| !register.is_empty());
    }
    let bars = Bars::new(world.terminal, lang, world.cancelled);
    let (now, reports) = if origin.is_added_up() {
        let received = pipeline::rollup::received(
            &inbox,
            (origin.as_of, &origin.issuer),
            settings.cache.as_deref(),
            &bars,
        );
        bars.finish();
        let received = received?;
        let added = pipeline::rollup::added(&received)?.write(&remarks(&layout, &sheets))?;
        (Origin::added_up(&received), added.files)
    } else {
        let run = pipeline::assess(&inbox, &settings, &bars);
        bars.finish();
        let run = run?;
        let choices = Choices::read(&sheets);
        let results = local
            .as_ref()
            .map(|local| yearend::assess(&run.year_end, &local.rules, yearend::Objections::After));
        let year_end = local.as_ref().zip(results.as_deref());
        let year_end = year_end.map(|(local, results)| YearEndResults { rules: &local.rules, results });
        let basis = Basis { run: &run, year_end, choices: choices.as_ref() };
        let made = if report::papers::is_paper(&layout) {
            let announced = local.as_ref().map(|local| (local, Announced::of(&run, &local.rules)));
            let publication = announced
                .as_ref()
                .map(|(local, announced)| announced.publication(&run, &local.rules, &local.workspace, None));
            let papers = Papers { run: &run, year_end: publication.as_ref(), wanted: &[] };
            let again = report::papers::again(&papers, &layout)?;
            again.map(|file| (layout.clone(), file)).into_iter().collect()
        } else {
            report::prescribed_with(basis, &remarks(&layout, &sheets))?
        };
        (Origin::of(&run), made)
    };
    let assessed_by = local.map_or_else(String::new, |local| local.rules.digest);
    for (zh, en, before, after) in [
        ("程序版本", "program", &origin.program, &now.program),
        ("输入文件", "inputs", &origin.inputs, &now.inputs),
        ("规则(插件)", "rules (plugins)", &origin.rules, &now.rules),
        ("考核规则", "rules of the assessment", &by_rules, &assessed_by),
    ] {
        if before.is_empty() && after.is_empty() {
            continue;
        }
        let same =
            if before == after { lang.of("相同", "the same") } else { lang.of("不同", "different") };
        writeln!(world.out, "{}: {same}", lang.of(zh, en))?;
    }
    let Some((_, again)) = reports.into_iter().find(|(name, _)| *name == layout) else {
        let line = lang.of("这些输入得不出这张报表", "these inputs do not give this report");
        writeln!(world.out, "{line}")?;
        return Ok(Exit::Findings);
    };
    if again.bytes == bytes {
        let line = lang.of("报表由这些输入和规则得出,逐字节相同", "the report follows, byte for byte");
        writeln!(world.out, "{line}")?;
        return Ok(Exit::Done);
    }
    let again = intake::cells_of(&again.bytes, None).unwrap_or_default();
    let without_origin = |sheets: &[SheetCells]| -> Vec<SheetCells> {
        let report = |(name, _): &&SheetCells| name != report::standard::TRACE;
        sheets.iter().filter(report).cloned().collect()
    };
    let differences = filing::differences(&without_origin(&sheets), &without_origin(&again));
    tell(&differences, lang, world)
}

/// What cross-checks said of a report, as it keeps it.
fn remarks(which: &str, sheets: &[SheetCells]) -> report::Remarks {
    let (lines, note) = Origin::remarks(sheets);
    let mut remarks = report::Remarks { note, ..report::Remarks::default() };
    if !lines.is_empty() {
        remarks.lines.insert(which.to_owned(), lines);
    }
    remarks
}

/// Says in which cells a report differs from the one that was made again.
///
/// Errors: the stream is closed.
pub(super) fn tell(differences: &[CellChange], lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    for change in differences {
        let (sheet, cell) = (&change.sheet, change.cell);
        match lang {
            Lang::Zh => {
                writeln!(world.out, "{sheet} › {cell}: 报表为“{}”,重算为“{}”", change.before, change.after)?
            }
            Lang::En => writeln!(
                world.out,
                "{sheet} › {cell}: \"{}\" in the report, \"{}\" made again",
                change.before, change.after
            )?,
        }
    }
    if differences.is_empty() {
        let line = lang.of(
            "各格的值与重算相同;文件另有改动(样式、属性等)",
            "every cell is as made again; the file was changed elsewhere (styles, properties …)",
        );
        writeln!(world.out, "{line}")?;
        return Ok(Exit::Done);
    }
    match lang {
        Lang::Zh => writeln!(world.out, "共 {} 处不同:报表不是由这些输入和规则得出", differences.len())?,
        Lang::En => writeln!(world.out, "{} differences: the report does not follow", differences.len())?,
    }
    Ok(Exit::Findings)
}
