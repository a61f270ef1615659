//! `anping explain`: how a score came about, in sentences that can be pasted into a reply; and what a
//! number of a report rests on, from the report alone.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use clap::{Arg, ArgMatches, Command, value_parser};

use super::{Exit, Unreadable, World};
use crate::intake;
use crate::model::{Lang, SheetCells};
use crate::report::yearend::explain as yearend;
use crate::report::{explain, papers, results, standard};

/// The command line.
pub fn command(lang: Lang) -> Command {
    Command::new("explain")
        .about(lang.of(
            "说明得分由来,可直接粘贴到答复中;说明上报报表中一个数字的来源",
            "say how a score came about, or what a number of a report rests on",
        ))
        .arg(
            Arg::new("results")
                .value_name(lang.of("发件文件夹", "RESULTS"))
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help(lang.of(
                    "发件文件夹,或其中的 results.json;或一张上报报表、文书(.xlsx)",
                    "the outbox, or the results.json in it; or a report (.xlsx)",
                )),
        )
        .arg(Arg::new("subject").value_name(lang.of("对象", "SUBJECT")).required(true).help(lang.of(
            "单位名称、企业编号或信用代码;隐患编号如 H0013;或 月报、季报、累计;专项行动名称;报表则为单元格,如 C8 或 工作表!C8",
            "name, number or credit code; a hazard such as H0013; or 月报, 季报, 累计; a campaign; of a report, a cell, e.g. C8",
        )))
        .arg(Arg::new("item").value_name(lang.of("检查项", "ITEM")).help(lang.of(
            "只说明一个检查项,如 HC-A01;统计则为期次,如 2026-07、2026-Q3、2026;专项行动则为 已查、未查、家次、隐患 等",
            "only this item, e.g. HC-A01; of statistics the period, e.g. 2026-07, 2026-Q3, 2026",
        )))
        .arg(Arg::new("line").value_name(lang.of("行和栏", "LINE")).num_args(0..=2).help(lang.of(
            "统计的行(行业、村、部门、来源,默认合计)和栏(found、closed、open、overdue …)",
            "line of the statistics (sector, village, department, source) and field (found, closed …)",
        )))
        .arg(
            Arg::new("inbox")
                .long("inbox")
                .value_name(lang.of("收件", "INBOX"))
                .action(clap::ArgAction::Append)
                .value_parser(value_parser!(PathBuf))
                .help(lang.of(
                    "汇总报表所依据的收件文件夹(可写多个:本级、下级),据以逐级追到下级报表的单元格",
                    "folders that a rolled-up report was made from (own and lower levels): follows a number down",
                )),
        )
}

/// Runs it.
pub fn run(matches: &ArgMatches, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let given = matches.get_one::<PathBuf>("results").cloned().unwrap_or_default();
    let argument = |id: &str| matches.get_one::<String>(id).map(String::as_str);
    let subject = argument("subject").unwrap_or_default();
    if given.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xlsx")) {
        let inboxes: Vec<PathBuf> = matches.get_many("inbox").into_iter().flatten().cloned().collect();
        return explain_cell(&given, subject, &inboxes, lang, world);
    }
    // Villages and departments stand in the sealed record of the year-end assessment.
    let sealed = if given.is_dir() { given.join(yearend::FILE) } else { given.clone() };
    let record = fs::read(sealed).unwrap_or_default();
    if let Some(sentences) = yearend::explain(&record, subject, argument("item")) {
        write!(world.out, "{sentences}")?;
        return Ok(Exit::Done);
    }
    let path = if given.is_dir() { given.join("results.json") } else { given };
    let text = fs::read(&path).map_err(|source| Unreadable::File { path: path.clone(), source })?;
    let results = results::Results::read(&text)
        .map_err(|wrong| Unreadable::Content(format!("{}: {wrong}", path.display())))?;
    let line = matches.get_many::<String>("line").into_iter().flatten().map(String::as_str);
    let words: Vec<_> = argument("subject").into_iter().chain(argument("item")).chain(line).collect();
    let explained = explain::ledger::explain(&results, &words)
        .or_else(|| explain::frequency::explain(&results, &words))
        .or_else(|| explain::campaign::explain(&results, &words));
    if let Some(explained) = explained {
        return tell(explained.map_err(|(zh, en)| lang.of(&zh, &en).to_owned()), world);
    }
    // An enterprise has its checks in the results, and its year in the sealed record.
    let year = yearend::explain_enterprise(&record, subject, argument("item"));
    let explained = match (explain::explain(&results, subject, argument("item")), year) {
        (Ok(checks), Some(year)) => Ok(format!("{checks}\n{year}")),
        (Ok(sentences), None) | (Err(_), Some(sentences)) => Ok(sentences),
        (Err(wrong), None) => Err(wrong.message(lang)),
    };
    tell(explained, world)
}

/// Explains a cell of a report.
fn explain_cell(
    file: &Path,
    address: &str,
    inboxes: &[PathBuf],
    lang: Lang,
    world: &mut World<'_>,
) -> anyhow::Result<Exit> {
    if let Err(source) = fs::metadata(file) {
        return Err(Unreadable::File { path: file.to_owned(), source }.into());
    }
    // A form of an authority has no sheet of ours: what it rests on is kept beside it.
    if let Some(kept) = super::form::kept(file) {
        return super::form::explain(file, &kept, address, lang, world);
    }
    let sheets = intake::read_workbook_cells(file, None).ok_or_else(|| {
        let why = lang.of("不是可以读取的工作簿", "not a workbook that can be read");
        Unreadable::Content(format!("{}: {why}", file.display()))
    })?;
    let is_paper = standard::Origin::read(&sheets).is_some_and(|(which, _)| papers::is_paper(&which));
    if is_paper {
        let explained = explain::paper::explain(&sheets, address);
        return tell(explained.map_err(|wrong| wrong.message(lang)), world);
    }
    // A total leads to one workbook many times.
    let opened: RefCell<BTreeMap<String, Option<Rc<Vec<SheetCells>>>>> = RefCell::default();
    let open = |path: &str| {
        // A report is somebody's file: what it names must lie in the inbox.
        let plain = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
        if !plain {
            return None;
        }
        let known = opened.borrow().get(path).cloned();
        known.unwrap_or_else(|| {
            let mut files = inboxes.iter().map(|inbox| inbox.join(path));
            let sheets = files.find_map(|file| intake::read_workbook_cells(&file, None)).map(Rc::new);
            opened.borrow_mut().insert(path.to_owned(), sheets.clone());
            sheets
        })
    };
    let explained = standard::explain::explain(&sheets, address, &open);
    tell(explained.map_err(|wrong| wrong.message(lang)), world)
}

/// Prints sentences, or why there are none. Errors: the stream is closed.
fn tell(explained: Result<String, String>, world: &mut World<'_>) -> anyhow::Result<Exit> {
    match explained {
        Ok(sentences) => {
            write!(world.out, "{sentences}")?;
            Ok(Exit::Done)
        }
        Err(why) => {
            writeln!(world.err, "{why}")?;
            Ok(Exit::Usage)
        }
    }
}
