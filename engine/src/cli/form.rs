//! `anping form`: blank forms of an authority probed, checked and filled, from an inbox or from facts;
//! forms of our own (`form_new`); and
//! filled forms explained and verified by the record beside them. How a run becomes facts is not its affair.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::progress::Bars;
use super::{Exit, Unreadable, World};
use crate::model::{FigureGroup, Lang, Period, Sources};
use crate::pipeline::{self, Settings};
use crate::report::form::{self, Facts, Fault, FromRun, Kept, Spec};
use crate::report::standard::Origin;
use crate::report::{self, Written};
use crate::yearend::Objections;
use crate::{checks, filing, intake};

/// The longest form or file of facts.
const MAX_BYTES: u64 = 64 << 20;
/// What the record beside a filled form is called, behind the form's own name.
const KEPT: &str = ".核对.json";

/// The command line.
pub fn command(lang: Lang) -> Command {
    let file = |id: &'static str, zh, en| {
        Arg::new(id)
            .value_name(lang.of("文件", "FILE"))
            .required(true)
            .value_parser(value_parser!(PathBuf))
            .help(lang.of(zh, en))
    };
    let spec =
        || {
            Arg::new("spec")
                .long("spec")
                .value_name(lang.of("文件夹", "FOLDER"))
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help(lang.of(
                    "说明所在的文件夹(内有 form.toml)",
                    "folder of the specification, with its form.toml",
                ))
        };
    Command::new("form")
        .about(lang.of(
            "检查填报表;上级表样:拟说明、核对、填写",
            "forms for inspectors; blank forms of an authority: probe, check, fill",
        ))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(super::form_new::command(lang))
        .subcommand(
            Command::new("probe")
                .about(
                    lang.of("为一份空白表样拟出说明,供人工核对", "propose a specification for a blank form"),
                )
                .arg(file("form", "空白表样", "the blank form")),
        )
        .subcommand(
            Command::new("check")
                .about(lang.of("核对表样与说明:各项落在哪一格", "show where a specification lies in a form"))
                .arg(file("form", "空白表样", "the blank form"))
                .arg(spec())
                .arg(Arg::new("write").long("write").action(ArgAction::SetTrue).help(lang.of(
                    "各项均已找到时,把新表样和新的 sha256 写入说明文件夹",
                    "where everything is found, put the form and its digest into the specification",
                ))),
        )
        .subcommand(
            Command::new("fill")
                .about(lang.of("按说明填写表样,并写出核对记录", "fill a form, with the proof beside it"))
                .arg(file("form", "空白表样", "the blank form"))
                .arg(spec().required(false))
                .arg(file("facts", "数据(JSON)", "the facts (JSON)").long("facts").required(false))
                .arg(
                    file("inbox", "收件文件夹,据以计算数据", "the inbox that the facts are computed from")
                        .long("inbox")
                        .required(false)
                        .required_unless_present("facts")
                        .conflicts_with("facts"),
                )
                .arg(super::as_of_arg(lang))
                .arg(super::yearend::workspace_arg(lang))
                .arg(Arg::new("month").long("month").value_name(lang.of("月份", "MONTH")).help(lang.of(
                    "月报的月份,如 2026-09;默认评定日期所在月",
                    "month of a monthly form, e.g. 2026-09; default that of the day",
                )))
                .arg(Arg::new("after-objections").long("after-objections").action(ArgAction::SetTrue).help(
                    lang.of(
                        "考核结果计入已裁定的异议(再发布);默认不计",
                        "year-end results after decided objections (the re-issue); default before",
                    ),
                ))
                .arg(Arg::new("note").long("note").value_name(lang.of("差异说明", "NOTE")).help(lang.of(
                    "跨表校验不符时的说明,随表留存;没有说明则不填写",
                    "why cross-checks do not agree; kept with the form, without it nothing is written",
                )))
                .args(super::plugin_args(lang))
                .arg(
                    file("output", "填好的表写到哪里", "where the filled form goes")
                        .long("output")
                        .short('o'),
                ),
        )
}

/// Runs it.
pub fn run(matches: &ArgMatches, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let Some((what, matches)) = matches.subcommand() else { return Ok(Exit::Usage) };
    if what == "new" {
        return super::form_new::run(matches, lang, world);
    }
    let path = |id: &str| matches.get_one::<PathBuf>(id).cloned().unwrap_or_default();
    let file = path("form");
    let bytes = read(&file, lang)?;
    match what {
        "probe" => {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            match form::probe(&name, &bytes) {
                Ok(text) => write!(world.out, "{text}")?,
                Err(fault) => return refused(&file, &[fault], lang, world),
            }
            Ok(Exit::Done)
        }
        "check" => {
            let write = matches.get_flag("write");
            check((&file, &bytes), (&path("spec"), write), lang, world)
        }
        _ => fill(&bytes, matches, lang, world),
    }
}

fn read(path: &Path, lang: Lang) -> anyhow::Result<Vec<u8>> {
    let unreadable = |why: String| Unreadable::Content(format!("{}: {why}", path.display()));
    let about = path.metadata().map_err(|error| unreadable(error.to_string()))?;
    if about.is_dir() || about.len() > MAX_BYTES {
        bail!(unreadable(lang.of("不是文件,或超过 64 MB", "not a file, or beyond 64 MB").to_owned()));
    }
    Ok(std::fs::read(path).map_err(|error| unreadable(error.to_string()))?)
}

/// Says why a form is not filled; nothing was written.
fn refused(file: &Path, faults: &[Fault], lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    for fault in faults {
        let why = if lang == Lang::Zh { fault.zh() } else { fault.to_string() };
        writeln!(world.err, "{}: {why}", file.display())?;
    }
    Ok(Exit::Template)
}

fn check(
    (file, bytes): (&Path, &[u8]),
    (folder, write): (&Path, bool),
    lang: Lang,
    world: &mut World<'_>,
) -> anyhow::Result<Exit> {
    let (spec, blank) = Spec::read(folder).map_err(super::WrongForm)?;
    let checked = match form::check(bytes, &spec) {
        Ok(checked) => checked,
        Err(fault) => return refused(file, &[fault], lang, world),
    };
    let pinned = if checked.pinned {
        lang.of("与说明登记的是同一份", "the form of the specification")
    } else {
        lang.of("与说明登记的不是同一份", "not the form of the specification")
    };
    writeln!(world.out, "sha256 {} ({pinned})", checked.digest)?;
    // What the form of the specification says, so that what moved can be seen.
    let before = blank.and_then(|blank| form::check(&blank, &spec).ok()).map_or(Vec::new(), |old| old.places);
    for (index, (label, place)) in checked.places.iter().enumerate() {
        match before.get(index).filter(|(known, old)| known == label && old != place) {
            Some((_, old)) => writeln!(world.out, "{label}: {old} → {place}")?,
            None => writeln!(world.out, "{label}: {place}")?,
        }
    }
    if !checked.faults.is_empty() {
        return refused(file, &checked.faults, lang, world);
    }
    if write && !checked.pinned {
        // The digest stands once in the text; everything else, remarks too, stays as a person wrote it.
        let path = folder.join("form.toml");
        let read = String::from_utf8(read(&path, lang)?).context("UTF-8");
        let text = read.map_err(|error| Unreadable::Content(format!("{}: {error:#}", path.display())))?;
        let text = text.replace(&spec.sha256, &checked.digest);
        let written = [
            Written { name: spec.form.clone(), bytes: bytes.to_vec() },
            Written { name: "form.toml".to_owned(), bytes: text.into_bytes() },
        ];
        report::put(folder, &written)?;
        let done = lang.of("说明已改用这份表样", "the specification is now for this form");
        writeln!(world.out, "{done}: {}", path.display())?;
    } else if !checked.pinned {
        let next = lang.of(
            "各项均已找到;确认后把 form.toml 的 sha256 改为上面的值",
            "everything was found; once confirmed, put this digest into form.toml",
        );
        writeln!(world.out, "{next}")?;
    }
    Ok(Exit::Done)
}

/// The form that comes with the program and has this digest.
fn built_in(digest: &str) -> Option<form::BuiltIn> {
    form::built_in().into_iter().find(|form| form.spec.sha256 == digest)
}

/// The facts of a run on an inbox, what they must agree with, and from what run they are.
fn of_inbox(
    matches: &ArgMatches,
    (inbox, settings): (&Path, &Settings),
    (month, objections): (Period, Objections),
    spec: &Spec,
    (lang, world): (Lang, &World<'_>),
) -> anyhow::Result<(Facts, Vec<FigureGroup>, FromRun)> {
    let local = super::yearend::local(matches, inbox)?;
    let mut settings = settings.clone();
    settings.year_end = Some(local.rules.clone());
    settings.filing = Some(local.filing);
    settings.tailoring = local.tailoring;
    let bars = Bars::new(world.terminal, lang, world.cancelled);
    let run = pipeline::assess(inbox, &settings, &bars);
    bars.finish();
    let run = run?;
    let facts =
        form::facts_of_run(&run, &local.rules, (month, objections), &spec.words).ok_or_else(|| {
            let why = lang.of("晚于截止日期,还没有数据", "is after the day of the run");
            Unreadable::Content(format!("--month {month}: {why}"))
        })?;
    let mut groups = form::figures_of_run(&run, month, &spec.lists());
    groups.extend(checks::statistics(&run));
    Ok((facts, groups, FromRun { origin: Origin::of(&run), month, objections }))
}

/// What does not agree in a form, and with what it rests on.
fn disagreements(groups: &[FigureGroup]) -> Vec<Fault> {
    let findings = checks::judge(&checks::Rules::built_in(), groups);
    let findings = findings.iter().filter(|one| one.grade != checks::Grade::Hint);
    let fault = |one: &checks::Finding| Fault::Disagree {
        rule: one.rule.clone(),
        what: one.sentence(&Sources::default()),
    };
    findings.map(fault).collect()
}

fn fill(bytes: &[u8], matches: &ArgMatches, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let path = |id: &str| matches.get_one::<PathBuf>(id).cloned();
    let (file, output) = (path("form").unwrap_or_default(), path("output").unwrap_or_default());
    let spec = match path("spec") {
        Some(folder) => Spec::read(&folder).map_err(super::WrongForm)?.0,
        None => match built_in(&form::digest(bytes)) {
            Some(form) => form.spec,
            None => {
                let line = lang.of(
                    "不是内置表样;请用 --spec 给出说明(form probe 可以拟出)",
                    "not a built-in form; give its specification with --spec (form probe proposes one)",
                );
                writeln!(world.err, "{}: {line}", file.display())?;
                return Ok(Exit::Template);
            }
        },
    };
    let (facts, mut groups, from) = if let Some(facts) = path("facts") {
        let text = String::from_utf8(read(&facts, lang)?).context("UTF-8");
        let read = text.and_then(|text| Ok(Facts::from_json(&text)?));
        let read = read.map_err(|error| Unreadable::Content(format!("{}: {error:#}", facts.display())))?;
        (read, Vec::new(), None)
    } else {
        let settings = super::settings(matches, world, world.today)?;
        let month = match matches.get_one::<String>("month") {
            None => Period::month_of(settings.as_of),
            Some(text) => match Period::in_name(text) {
                Some(month @ Period::Month(..)) => month,
                _ => {
                    let line = lang.of("月份应如 2026-09", "expected a month such as 2026-09");
                    writeln!(world.err, "--month {text}: {line}")?;
                    return Ok(Exit::Usage);
                }
            },
        };
        let inbox = path("inbox").unwrap_or_default();
        let objections =
            if matches.get_flag("after-objections") { Objections::After } else { Objections::Before };
        let (facts, groups, from) =
            of_inbox(matches, (&inbox, &settings), (month, objections), &spec, (lang, &*world))?;
        (facts, groups, Some(from))
    };
    groups.extend(form::figures(&facts, &spec.lists()));
    let faults = disagreements(&groups);
    let note = matches.get_one::<String>("note").filter(|note| !note.trim().is_empty());
    if !faults.is_empty() && note.is_none() {
        return refused(&file, &faults, lang, world);
    }
    let filled = match form::fill(bytes, &spec, &facts) {
        Ok(filled) => filled,
        Err(faults) => return refused(&file, &faults, lang, world),
    };
    let disagreements: Vec<_> = faults.iter().map(Fault::zh).collect();
    let name = output.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (stem, extension) = name.rsplit_once('.').unwrap_or((&name, "xlsx"));
    let (mut written, mut annexes) = (Vec::new(), Vec::new());
    for (index, page) in filled.iter().enumerate() {
        let stem = if index == 0 { stem.to_owned() } else { format!("{stem}(续{index})") };
        let mut proof = form::proof(page);
        proof["page"] = index.into();
        if let Some(from) = &from {
            proof["run"] = from.json();
        }
        if let (Some(note), false) = (note, disagreements.is_empty()) {
            proof["disagreements"] = disagreements.clone().into();
            proof["note"] = note.as_str().into();
        }
        let proof = serde_json::to_string_pretty(&proof).context("proof")?;
        written.push(Written { name: format!("{stem}.{extension}"), bytes: page.bytes.clone() });
        written.push(Written { name: format!("{stem}{KEPT}"), bytes: format!("{proof}\n").into_bytes() });
        if let Some((annex, mut proof)) = page.annex.as_ref().zip(form::proof_of_annex(page)) {
            proof["page"] = index.into();
            if let Some(from) = &from {
                proof["run"] = from.json();
            }
            let proof = serde_json::to_string_pretty(&proof).context("proof")?;
            let stem = format!("{stem}(附页)");
            annexes.push(Written { name: format!("{stem}.{extension}"), bytes: annex.bytes.clone() });
            annexes.push(Written { name: format!("{stem}{KEPT}"), bytes: format!("{proof}\n").into_bytes() });
        }
    }
    let n_forms = written.len();
    written.extend(annexes);
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    report::put(folder, &written)?;
    for (page, file) in filled.iter().zip(written[..n_forms].iter().step_by(2)) {
        writeln!(world.out, "{}: {}", folder.join(&file.name).display(), form::summary(page))?;
    }
    if let (Some(note), false) = (note, disagreements.is_empty()) {
        for line in &disagreements {
            writeln!(world.out, "{line}")?;
        }
        writeln!(world.out, "{}: {note}", lang.of("差异说明", "note"))?;
    }
    Ok(Exit::Done)
}

/// The record beside a filled form; none where there is none.
pub(super) fn kept(filled: &Path) -> Option<Kept> {
    let stem = filled.file_stem()?.to_string_lossy().into_owned();
    let beside = filled.with_file_name(format!("{stem}{KEPT}"));
    beside.metadata().ok().filter(|about| about.is_file() && about.len() <= MAX_BYTES)?;
    Kept::read(&std::fs::read(beside).ok()?)
}

/// Explains a cell of a filled form by the record beside it.
pub(super) fn explain(
    file: &Path,
    kept: &Kept,
    address: &str,
    lang: Lang,
    world: &mut World<'_>,
) -> anyhow::Result<Exit> {
    let Some(sentences) = kept.explain(address) else {
        let line = lang.of("不是填写的单元格,内容属于上级表样", "not a filled cell: it is the authority's");
        writeln!(world.err, "{address}: {line}")?;
        return Ok(Exit::Usage);
    };
    write!(world.out, "{sentences}")?;
    if !kept.is_of(&read(file, lang)?) {
        let line = lang.of(
            "注意:文件在填写后又被改动,以上是填写时的依据",
            "note: the file was changed after it was filled; this is what it was filled by",
        );
        writeln!(world.out, "{line}")?;
    }
    Ok(Exit::Done)
}

/// Fills the form again from an inbox and compares.
pub(super) fn verify(
    file: &Path,
    kept: &Kept,
    matches: &ArgMatches,
    lang: Lang,
    world: &mut World<'_>,
) -> anyhow::Result<Exit> {
    let bytes = read(file, lang)?;
    let content = |why: &str| Unreadable::Content(format!("{}: {why}", file.display()));
    let from = kept.run().ok_or_else(|| {
        content(lang.of("不是由收件计算填写的表,不能重算", "not filled from an inbox, cannot be made again"))
    })?;
    let blank = built_in(kept.form())
        .ok_or_else(|| content(lang.of("表样不是内置表样", "its blank form is not a built-in one")))?;
    let inbox = matches.get_one::<PathBuf>("inbox").cloned().unwrap_or_default();
    let mut settings = super::settings(matches, world, from.origin.as_of)?;
    settings.as_of = from.origin.as_of;
    settings.issuer.clone_from(&from.origin.issuer);
    let (facts, _, now) =
        of_inbox(matches, (&inbox, &settings), (from.month, from.objections), &blank.spec, (lang, &*world))?;
    for (zh, en, same) in [
        ("程序版本", "program", from.origin.program == now.origin.program),
        ("输入文件", "inputs", from.origin.inputs == now.origin.inputs),
        ("规则(插件)", "rules (plugins)", from.origin.rules == now.origin.rules),
    ] {
        let same = if same { lang.of("相同", "the same") } else { lang.of("不同", "different") };
        writeln!(world.out, "{}: {same}", lang.of(zh, en))?;
    }
    let again = match form::fill(blank.form, &blank.spec, &facts) {
        Ok(filled) => filled.into_iter().nth(kept.page()),
        Err(faults) => return refused(file, &faults, lang, world),
    };
    let Some(again) = again else {
        writeln!(world.out, "{}", lang.of("这些输入得不出这张表", "these inputs do not give this form"))?;
        return Ok(Exit::Findings);
    };
    let again = match (&again.annex, kept.is_annex()) {
        (Some(annex), true) => annex.bytes.clone(),
        (_, false) => again.bytes,
        (None, true) => {
            writeln!(world.out, "{}", lang.of("这些输入得不出附页", "these inputs give no annex"))?;
            return Ok(Exit::Findings);
        }
    };
    if again == bytes {
        let line = lang.of("报表由这些输入和规则得出,逐字节相同", "the report follows, byte for byte");
        writeln!(world.out, "{line}")?;
        return Ok(Exit::Done);
    }
    let cells = |bytes: &[u8]| intake::cells_of(bytes, None);
    let before = cells(&bytes)
        .ok_or_else(|| content(lang.of("不是可以读取的工作簿", "not a workbook that can be read")))?;
    let differences = filing::differences(&before, &cells(&again).unwrap_or_default());
    super::verify::tell(&differences, lang, world)
}
