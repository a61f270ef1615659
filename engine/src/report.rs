//! Makes reports from a run: workbooks by templates, the problem workbook, `results.json`, explanations.
//! The only home of `rust_xlsxwriter`. Decides nothing: verdicts, scores and ranks come as they are.

pub mod annex;
pub mod explain;
mod fit;
#[cfg(test)]
mod fixture;
pub mod form;
mod grid;
mod ledger;
mod names;
mod outbox;
pub mod patch;
mod problems;
pub mod results;
mod returns;
pub mod rollup;
mod sector;
mod sheet_name;
pub mod standard;
mod template;
#[cfg(test)]
mod tests;
mod wording;
pub mod yearend;

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::path::PathBuf;

use rayon::prelude::*;
use rust_xlsxwriter::XlsxError;

pub use outbox::put;
pub use returns::returns;
pub use template::{TemplateFault, Templates};

use crate::model::{Lang, Run, Subject};
use results::Results;
use template::{Per, Words};

/// What one report file holds, ready to be put into the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Path below the outbox, with `/` between its parts.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Why reports could not be made or put into the outbox.
#[derive(Debug)]
pub enum Error {
    /// The writer refused a workbook: a sheet beyond Excel's limits, or a bug.
    Workbook {
        /// Template and plugin.
        report: String,
        /// What it said.
        source: XlsxError,
    },
    /// The serialiser failed: our bug.
    Results(serde_json::Error),
    /// A name that would leave the outbox, or that a file system refuses.
    Name {
        /// The name.
        name: String,
    },
    /// A file or folder that cannot be written. The outbox is as it was.
    Outbox {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Error {
    /// The message in a language, with a hint on a second line where there is something to do.
    pub fn message(&self, lang: Lang) -> String {
        if lang == Lang::En {
            return self.to_string();
        }
        match self {
            Self::Workbook { report, source } => format!("报表 {report} 无法生成: {source}"),
            Self::Results(source) => format!("results.json 无法生成: {source}"),
            Self::Name { name } => format!("输出文件名“{name}”不可用"),
            Self::Outbox { path, source } => {
                let (what, hint) = match source.kind() {
                    io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                        ("磁盘已满", "清理磁盘或换一个输出目录")
                    }
                    io::ErrorKind::PermissionDenied => {
                        ("没有写入权限,或文件正被打开", "关闭已打开的报表,或换一个输出目录")
                    }
                    io::ErrorKind::ReadOnlyFilesystem => ("磁盘只读", "换一个输出目录"),
                    io::ErrorKind::IsADirectory => ("同名的是一个文件夹", "移走该文件夹,或换一个输出目录"),
                    io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
                        ("不是文件夹", "换一个输出目录")
                    }
                    _ => return format!("{} 无法写入,输出目录未改动: {source}", path.display()),
                };
                format!("{} 无法写入,输出目录未改动: {what}\n提示: {hint}", path.display())
            }
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workbook { report, source } => write!(f, "report {report}: {source}"),
            Self::Results(source) => write!(f, "results.json: {source}"),
            Self::Name { name } => write!(f, "\"{name}\" is not a name for a file in the outbox"),
            Self::Outbox { path, source } => {
                write!(f, "cannot write {}, the outbox is unchanged: {source}", path.display())
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Workbook { source, .. } => Some(source),
            Self::Results(source) => Some(source),
            Self::Name { .. } => None,
            Self::Outbox { source, .. } => Some(source),
        }
    }
}

/// Makes all reports of a run.
///
/// Shape: for each template, in the order of their names, one workbook for each plugin that has
/// checks, or one for the run; `results.json` last. Names are unique.
/// Errors: a workbook that the writer refuses.
pub fn make(run: &Run, templates: &Templates) -> Result<Vec<Written>, Error> {
    let words = words(run);
    let mut jobs = Vec::new();
    for report in &templates.reports {
        match report.per {
            Per::Plugin => jobs.extend((0..run.plugins.len()).map(|plugin| (report, Some(plugin)))),
            Per::Run => jobs.push((report, None)),
            // Returns need the senders' workbooks: see `returns`.
            Per::Source => {}
            // Rules and objections come with it: see `yearend`.
            Per::YearEnd => {}
        }
    }
    let made: Vec<_> = jobs
        .into_par_iter()
        .map(|(report, plugin)| {
            let made = match plugin {
                Some(plugin) => sector::make(run, plugin, report, &words),
                None => problems::make(run, report, &words),
            };
            let id = plugin.map_or("", |plugin| &*run.plugins[plugin].manifest.id);
            made.map(|made| (id, made)).map_err(|source| Error::Workbook {
                report: format!("{} {id}", report.name).trim_end().to_owned(),
                source,
            })
        })
        .collect::<Result<_, _>>()?;
    let mut taken = BTreeSet::new();
    let mut written = Vec::new();
    for (id, made) in made {
        let Some((name, bytes)) = made else { continue };
        written.push(Written { name: free_name(&name, id, &mut taken), bytes });
    }
    let bytes = Results::from(run).write().map_err(Error::Results)?;
    written.push(Written { name: free_name("results.json", "", &mut taken), bytes });
    Ok(written)
}

/// Makes the reports that go up in a prescribed form, below `上报/`.
///
/// Shape: one workbook for each form that is in force on the day of the run and that the run has rows
/// for, with the name of its layout and of what it is, in the order of those names.
/// Errors: a workbook that the writer refuses.
pub fn prescribed(run: &Run) -> Result<Vec<(String, Written)>, Error> {
    let layouts = standard::Layout::built_in();
    let origin = standard::Origin::of(run);
    let mut taken = BTreeSet::new();
    let mut written = Vec::new();
    for content in standard::rows::contents(run) {
        let Some(layout) = layouts.iter().find(|layout| layout.name == content.layout) else { continue };
        if !layout.is_valid(run.as_of) {
            continue;
        }
        let mut words = words(run);
        words.extend(content.words);
        let sheet = layout.fill(&content.entries);
        let which = format!("{} {}", layout.name, content.of).trim_end().to_owned();
        let bytes = standard::workbook(layout, &sheet, &words, &origin.named(&which), run.as_of)
            .map_err(|source| Error::Workbook { report: layout.form.clone(), source })?;
        let name = free_name(&standard::file_name(layout, &words), "", &mut taken);
        written.push((which, Written { name: format!("上报/{name}"), bytes }));
    }
    Ok(written)
}

/// A name that file systems accept and that is free ignoring case: titles come from plugins.
fn free_name(name: &str, id: &str, taken: &mut BTreeSet<String>) -> String {
    let clean: String = name
        .chars()
        .map(|c| match c {
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '-',
            c if c.is_control() => '-',
            c => c,
        })
        .collect();
    let clean = clean.trim_start_matches('.');
    let (stem, extension) = clean.rsplit_once('.').unwrap_or((clean, "xlsx"));
    // 255 bytes is what file systems take; a title has no such limit.
    let stem: String = stem.chars().take(60).collect();
    let mut name = format!("{stem}.{extension}");
    let mut attempt = 1;
    while !taken.insert(name.to_lowercase()) {
        attempt += 1;
        name = if attempt == 2 && !id.is_empty() {
            format!("{stem}({id}).{extension}")
        } else {
            format!("{stem}({attempt}).{extension}")
        };
    }
    name
}

/// What every template may use.
fn words(run: &Run) -> Words {
    let blank = || "_".repeat(20);
    Words::from([
        ("town", run.register.town.clone()),
        ("year", run.as_of.year().to_string()),
        ("issuer", if run.issuer.is_empty() { blank() } else { run.issuer.clone() }),
        ("as_of", wording::day(run.as_of)),
        ("program", run.program.clone()),
    ])
}

/// The name of the enterprise of a subject, where the register lacks it: as it stands in the
/// workbook, without the unit behind it.
fn owner_name(subject: &Subject) -> &str {
    let unit = &*subject.unit;
    match subject.name.strip_suffix(unit) {
        Some(owner) if !unit.is_empty() => owner.strip_suffix(" · ").unwrap_or(&subject.name),
        _ => &subject.name,
    }
}
