//! `anping form`: blank forms of an authority probed, checked and filled.
//! Takes facts as a file; how the results of a run become facts is not its affair.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{Arg, ArgMatches, Command, value_parser};

use super::{Exit, Unreadable, World};
use crate::model::Lang;
use crate::report::form::{self, Facts, Fault, Spec};
use crate::report::{self, Written};

/// The longest form or file of facts.
const MAX_BYTES: u64 = 64 << 20;

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
        .about(lang.of("上级表样:拟说明、核对、填写", "blank forms of an authority: probe, check, fill"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
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
                .arg(spec()),
        )
        .subcommand(
            Command::new("fill")
                .about(lang.of("按说明填写表样,并写出核对记录", "fill a form, with the proof beside it"))
                .arg(file("form", "空白表样", "the blank form"))
                .arg(spec())
                .arg(file("facts", "数据(JSON)", "the facts (JSON)").long("facts"))
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
        "check" => check(&file, &bytes, &path("spec"), lang, world),
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
    file: &Path,
    bytes: &[u8],
    folder: &Path,
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
    if !checked.pinned {
        let next = lang.of(
            "各项均已找到;确认后把 form.toml 的 sha256 改为上面的值",
            "everything was found; once confirmed, put this digest into form.toml",
        );
        writeln!(world.out, "{next}")?;
    }
    Ok(Exit::Done)
}

fn fill(bytes: &[u8], matches: &ArgMatches, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let path = |id: &str| matches.get_one::<PathBuf>(id).cloned().unwrap_or_default();
    let (file, output) = (path("form"), path("output"));
    let (spec, _) = Spec::read(&path("spec")).map_err(super::WrongForm)?;
    let facts = read(&path("facts"), lang)?;
    let facts = String::from_utf8(facts).context("UTF-8").and_then(|text| Ok(Facts::from_json(&text)?));
    let facts =
        facts.map_err(|error| Unreadable::Content(format!("{}: {error:#}", path("facts").display())))?;
    let filled = match form::fill(bytes, &spec, &facts) {
        Ok(filled) => filled,
        Err(faults) => return refused(&file, &faults, lang, world),
    };
    let name = output.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (stem, extension) = name.rsplit_once('.').unwrap_or((&name, "xlsx"));
    let mut written = Vec::new();
    for (index, page) in filled.iter().enumerate() {
        let stem = if index == 0 { stem.to_owned() } else { format!("{stem}(续{index})") };
        let proof = serde_json::to_string_pretty(&form::proof(page)).context("proof")?;
        written.push(Written { name: format!("{stem}.{extension}"), bytes: page.bytes.clone() });
        written
            .push(Written { name: format!("{stem}.核对.json"), bytes: format!("{proof}\n").into_bytes() });
    }
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    report::put(folder, &written)?;
    for (page, file) in filled.iter().zip(written.iter().step_by(2)) {
        writeln!(world.out, "{}: {}", folder.join(&file.name).display(), form::summary(page))?;
    }
    Ok(Exit::Done)
}
