//! Makes reports from a run: workbooks by templates, the problem workbook, `results.json`, explanations.
//! The only home of `rust_xlsxwriter`. Decides nothing: verdicts, scores and ranks come as they are.

pub mod annex;
mod calendar;
mod campaign;
pub mod explain;
pub mod fill_in;
mod fit;
#[cfg(test)]
mod fixture;
pub mod form;
mod frequency;
mod grid;
mod ledger;
mod names;
mod outbox;
pub mod papers;
pub mod patch;
mod problems;
pub mod results;
mod returns;
pub mod rollup;
mod sector;
mod sheet_name;
mod signals;
pub mod standard;
mod template;
#[cfg(test)]
mod tests;
mod wording;
mod xml;
pub mod yearend;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use rust_xlsxwriter::XlsxError;

pub use calendar::{answers, left, undated};
pub use campaign::campaign;
pub use outbox::put;
pub use returns::returns;
pub use template::{TemplateFault, Templates};

use crate::calendar::Calendar;
use crate::model::yearend::UnitResult;
use crate::model::{Date, Decimal, FigureGroup, Lang, Problem, Run, SheetCells, Subject, YearEndRules};
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
                    io::ErrorKind::FileTooLarge => {
                        ("超过本机允许的单个文件大小", "请管理员放宽限制,或换一个输出目录")
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
/// Shape: those of [`workbooks`], `results.json` last.
/// Errors: a workbook that the writer refuses.
pub fn make(run: &Run, templates: &Templates) -> Result<Vec<Written>, Error> {
    let mut written = workbooks(run, templates)?;
    written.push(results(run)?);
    Ok(written)
}

/// Makes the workbooks of a run.
///
/// Shape: for each template, in the order of their names, one workbook for each plugin that has
/// checks, or one for the run. Names are unique, and none is that of the results.
/// Errors: a workbook that the writer refuses.
pub fn workbooks(run: &Run, templates: &Templates) -> Result<Vec<Written>, Error> {
    let words = words(run);
    // Counted once, not by each workbook.
    let of_run = if templates.reports.iter().any(|report| report.per == Per::Run) {
        words.clone().into_iter().chain(ledger::words(run)).collect()
    } else {
        Words::new()
    };
    let mut jobs = Vec::new();
    for report in &templates.reports {
        match report.per {
            Per::Plugin => jobs.extend((0..run.plugins.len()).map(|plugin| (report, Some(plugin)))),
            Per::Run => jobs.push((report, None)),
            // Returns need the senders' workbooks: see `returns`.
            Per::Source => {}
            // Rules and objections come with it: see `yearend`.
            Per::YearEnd => {}
            // Made where they are asked for: see `papers`.
            Per::Paper => {}
            // Somebody asks for one of them: see `campaign`.
            Per::Campaign => {}
        }
    }
    let made: Vec<_> = jobs
        .into_par_iter()
        .map(|(report, plugin)| {
            let made = match plugin {
                Some(plugin) => sector::make(run, plugin, report, &words),
                None => problems::make(run, report, &of_run),
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
    Ok(written)
}

/// Puts files into the outbox as [`put`] does, and `results.json` of the run with them, which is written
/// piece by piece and never in memory as a whole.
///
/// Errors: as [`put`].
pub fn put_with_results(outbox: &Path, files: &[Written], run: &Run) -> Result<(), Error> {
    let write = |out: &mut dyn io::Write| results::write(run, out);
    outbox::put_with(outbox, files, &[(RESULTS, &write)])
}

/// The float nearest to an exact number, which is what the file format keeps: the one that typing it would store.
fn float(number: Decimal) -> f64 {
    number.to_string().parse().expect("a decimal's digits are a number")
}

/// What cross-checks found of the reports that go up, and what whoever files them says of that.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remarks {
    /// What does not agree, by name of the report as [`prescribed`] gives it.
    pub lines: BTreeMap<String, Vec<String>>,
    /// Why; printed with it.
    pub note: String,
}

impl Remarks {
    /// Puts what it says of a report below the report's notes and on its 溯源.
    fn put(
        &self,
        which: &str,
        layout: &mut standard::Layout,
        words: &mut BTreeMap<&str, String>,
        named: &mut Vec<(&'static str, String)>,
    ) {
        let Some(lines) = self.lines.get(which) else { return };
        let note = match &*self.note {
            "" => "没有差异说明,有关报表未写出。".to_owned(),
            note => format!("差异说明:{note}"),
        };
        layout.notes.push("{remarks}".to_owned());
        words.insert("remarks", format!("跨表校验不符:{}。{note}", lines.join(";")));
        named.extend(lines.iter().map(|line| (standard::MISMATCH, line.clone())));
        named.push((standard::NOTE, self.note.clone()));
    }
}

/// What a locality chooses of the prescribed reports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices {
    /// Number of the form of the score sheets, e.g. R6-b; empty: the default one.
    pub score_sheet: String,
    /// Number of the form of the report by sector, e.g. R1-2012; empty: the default one.
    pub sector_hazards: String,
    /// Columns that stay empty where nobody gives their number, instead of 0: form and key, e.g. R3.halted.
    pub blank: Vec<String>,
}

impl Choices {
    /// What is wrong with them, a line each: a form that no layout has, a column that no form has.
    pub fn faults(&self) -> Vec<String> {
        let layouts = standard::Layout::built_in();
        let mut faults = Vec::new();
        for (key, of, chosen) in [
            ("score_sheet", SCORE_SHEET, &self.score_sheet),
            ("sector_hazards", SECTOR_HAZARDS, &self.sector_hazards),
        ] {
            let forms: Vec<&str> =
                layouts.iter().filter(|one| one.instead_of == of).map(|one| &*one.form).collect();
            if !chosen.is_empty() && !forms.contains(&&**chosen) {
                faults.push(format!("{key}:没有“{chosen}”,可用:{}", forms.join("、")));
            }
        }
        for blank in &self.blank {
            let known = layouts.iter().any(|one| {
                let mut columns = one.columns.iter();
                columns.any(|column| format!("{}.{}", one.form, column.key) == *blank)
            });
            if !known {
                faults.push(format!("blank:没有栏目“{blank}”,写法如 R3.halted"));
            }
        }
        faults
    }

    /// As a report's 溯源 says them. Errors: `None` for a workbook without it.
    pub fn read(sheets: &[SheetCells]) -> Option<Self> {
        let (which, _) = standard::Origin::read(sheets)?;
        let name = which.split(' ').next().unwrap_or_default();
        let layouts = standard::Layout::built_in();
        let layout = layouts.iter().find(|layout| layout.name == name);
        let variant = |of: &str| {
            let variant = layout.filter(|layout| layout.instead_of == of);
            variant.map_or_else(String::new, |layout| layout.form.clone())
        };
        let blank = standard::Origin::value_of(sheets, standard::BLANK);
        Some(Self {
            score_sheet: variant(SCORE_SHEET),
            sector_hazards: variant(SECTOR_HAZARDS),
            blank: blank.split('、').filter(|one| !one.is_empty()).map(str::to_owned).collect(),
        })
    }
}

/// The layouts whose variants a locality may choose.
const SCORE_SHEET: &str = "score-sheet";
const SECTOR_HAZARDS: &str = "sector-hazards";

/// Results of the year-end assessment, objections taken into account, and the rules they follow.
#[derive(Debug, Clone, Copy)]
pub struct YearEndResults<'a> {
    /// The rules.
    pub rules: &'a YearEndRules,
    /// One for each unit of the run, in their order.
    pub results: &'a [UnitResult],
}

/// What the prescribed reports are made from: a run, and what stands beside it.
#[derive(Debug, Clone, Copy)]
pub struct Basis<'a> {
    /// The run.
    pub run: &'a Run,
    /// The year-end assessment; none: the reports that are about it are not made.
    pub year_end: Option<YearEndResults<'a>>,
    /// What the locality chooses; none: nothing.
    pub choices: Option<&'a Choices>,
}

impl<'a> From<&'a Run> for Basis<'a> {
    fn from(run: &'a Run) -> Self {
        Self { run, year_end: None, choices: None }
    }
}

/// A prescribed report that is filled and not yet drawn.
struct Filled {
    which: String,
    layout: standard::Layout,
    words: Words,
    sheet: standard::Sheet,
}

/// The prescribed reports that are in force on the day of the run and that there are rows for.
fn filled(basis: Basis<'_>) -> Vec<Filled> {
    let layouts = standard::Layout::built_in();
    let nothing = Choices::default();
    let choices = basis.choices.unwrap_or(&nothing);
    let run = basis.run;
    let mut contents = standard::rows::contents(basis);
    let _ = by_hand(run, &mut contents, &layouts);
    let contents = contents.into_iter().filter_map(|content| {
        let chosen = layouts
            .iter()
            .filter(|layout| layout.instead_of == content.layout)
            .find(|layout| [&choices.score_sheet, &choices.sector_hazards].contains(&&layout.form));
        let named = || layouts.iter().find(|layout| layout.name == content.layout);
        let mut layout = chosen.or_else(named)?.clone();
        if !layout.is_valid(run.as_of) {
            return None;
        }
        layout.choose(&choices.blank, &content.digits);
        let mut words = words(run);
        words.extend(content.words);
        let sheet = layout.fill(&content.entries);
        let which = format!("{} {}", layout.name, content.of).trim_end().to_owned();
        Some(Filled { which, layout, words, sheet })
    });
    contents.collect()
}

/// What is wrong with the numbers of a run that were entered by hand: no such report, row or column, or the run
/// gives a number itself.
pub fn by_hand_problems(run: &Run) -> Vec<Problem> {
    if run.by_hand.is_empty() {
        return Vec::new();
    }
    let mut contents = standard::rows::contents(Basis::from(run));
    by_hand(run, &mut contents, &standard::Layout::built_in())
}

/// Puts the numbers that were entered by hand into the rows of the reports. Shape: what is wrong with them.
fn by_hand(
    run: &Run,
    contents: &mut [standard::rows::Content],
    layouts: &[standard::Layout],
) -> Vec<Problem> {
    let of = |content: &standard::rows::Content| {
        let layout = layouts.iter().find(|layout| layout.name == content.layout);
        layout.expect("contents name layouts inside the program, and a test fills each")
    };
    let own: Vec<&standard::Layout> = contents.iter().map(of).collect();
    let title = |(content, layout): (&standard::rows::Content, &&standard::Layout)| {
        let mut words = words(run);
        words.extend(content.words.clone());
        standard::fill(&layout.title, &words)
    };
    let titles: Vec<String> = contents.iter().zip(&own).map(title).collect();
    standard::apply_by_hand(run, contents, &own, &titles)
}

/// The prescribed reports of a run, filled and not yet drawn.
pub struct Prescribed<'a> {
    basis: Basis<'a>,
    filled: Vec<Filled>,
}

impl<'a> Prescribed<'a> {
    /// Fills them.
    pub fn of(basis: Basis<'a>) -> Self {
        Self { basis, filled: filled(basis) }
    }

    /// As figures, for cross-checks.
    ///
    /// Shape: names as of [`prescribed`], and figures of the forms and keys that are wanted.
    pub fn figures(&self, wanted: &BTreeSet<(String, String)>) -> Vec<(String, FigureGroup)> {
        let group = |one: &Filled| {
            let campaign = one.words.get("campaign").map_or("", String::as_str);
            let name = format!("表{}{campaign}", one.layout.form);
            let mut figures = standard::figures(&one.layout, &one.sheet, &name, wanted);
            // The page of a quarter that ended on another day does not agree with what is cumulative to this one.
            if one.words.get("quarter_end").is_some_and(|end| Some(end) != one.words.get("as_of")) {
                figures.form.push_str("-other-day");
            }
            (one.which.clone(), figures)
        };
        self.filled.iter().map(group).collect()
    }

    /// As workbooks; `remarks` as of [`prescribed_with`].
    ///
    /// Errors: as [`prescribed`].
    pub fn workbooks(self, remarks: &Remarks) -> Result<Vec<(String, Written)>, Error> {
        let basis = self.basis;
        let origin = standard::Origin::of(basis.run);
        let draw = |Filled { which, mut layout, mut words, sheet }| {
            let mut named = origin.named(&which).to_vec();
            if let Some(year_end) = basis.year_end {
                named.push((standard::YEAR_END_RULES, year_end.rules.digest.clone()));
            }
            if let Some(choices) = basis.choices.filter(|choices| !choices.blank.is_empty()) {
                named.push((standard::BLANK, choices.blank.join("、")));
            }
            remarks.put(&which, &mut layout, &mut words, &mut named);
            let bytes = standard::workbook(&layout, &sheet, &words, &named, basis.run.as_of)
                .map_err(|source| Error::Workbook { report: layout.form.clone(), source })?;
            Ok((which, standard::file_name(&layout, &words), bytes))
        };
        // All, and only then the first that is wrong: which it is must not depend on the threads.
        let drawn: Vec<_> = self.filled.into_par_iter().map(draw).collect();
        let drawn: Vec<_> = drawn.into_iter().collect::<Result<_, _>>()?;
        let mut taken = BTreeSet::new();
        let named = drawn.into_iter().map(|(which, name, bytes)| {
            let name = free_name(&name, "", &mut taken);
            (which, Written { name: format!("上报/{name}"), bytes })
        });
        Ok(named.collect())
    }
}

/// A prescribed report that was filed before, as figures: what it is, its day, and the columns that are wanted.
///
/// Errors: `None` when the cells are not those of a report of ours, or none of its columns is wanted.
pub fn filed_before(
    file: &str,
    sheets: &[SheetCells],
    wanted: &BTreeSet<(String, String)>,
) -> Option<(String, Date, FigureGroup)> {
    let (which, origin) = standard::Origin::read(sheets)?;
    let name = which.split(' ').next().unwrap_or_default();
    let layout = standard::Layout::built_in().into_iter().find(|layout| layout.name == name)?;
    let (_, cells) = sheets.iter().find(|(sheet, _)| *sheet == layout.form)?;
    let group = standard::filed(&layout, cells, file, wanted);
    (!group.lines.is_empty()).then_some((which, origin.as_of, group))
}

/// The names of all reports: layouts, templates and forms of authorities.
pub fn names_of_reports() -> BTreeSet<String> {
    let layouts = standard::Layout::built_in().into_iter().map(|layout| layout.name);
    let templates = Templates::built_in().reports.into_iter().map(|report| report.name);
    layouts.chain(templates).chain(form::built_in().into_iter().map(|form| form.name)).collect()
}

/// What a report is called, by its name: number and title; the name itself where there is none.
fn title_of_report(name: &str) -> String {
    let period = ["{quarter_year}年第{quarter}季度", "{year}年度", "{year}年"];
    let bare = |title: &str| period.iter().fold(title.to_owned(), |title, part| title.replace(part, ""));
    if let Some(layout) = standard::Layout::built_in().iter().find(|layout| layout.name == name) {
        let title = standard::fill(&bare(&layout.title), &BTreeMap::new());
        return format!("表{}{title}", layout.form);
    }
    let forms = form::built_in();
    let form = forms.iter().find(|form| form.name == name);
    form.map_or_else(|| name.to_owned(), |form| form.spec.form.trim_end_matches(".xlsx").to_owned())
}

/// Makes the workbook of a year's reporting calendar.
///
/// Errors: a workbook that the writer refuses.
pub fn calendar(calendar: &Calendar, year: i16, as_of: Date, issuer: &str) -> Result<Written, Error> {
    calendar::workbook(calendar, year, as_of, issuer)
}

/// Name of the file that programs read, and `explain`.
pub const RESULTS: &str = "results.json";

/// Makes `results.json` in memory. Errors: none that data can cause.
pub fn results(run: &Run) -> Result<Written, Error> {
    let mut bytes = Vec::new();
    let failed = |wrong: io::Error| Error::Results(serde::ser::Error::custom(wrong));
    results::write(run, &mut bytes).map_err(failed)?;
    Ok(Written { name: RESULTS.to_owned(), bytes })
}

/// Makes the reports that go up in a prescribed form, below `上报/`.
///
/// Shape: one workbook for each form that is in force on the day of the run and that the run has rows
/// for, with the name of its layout and of what it is, in the order of those names.
/// Errors: a workbook that the writer refuses.
pub fn prescribed<'a>(of: impl Into<Basis<'a>>) -> Result<Vec<(String, Written)>, Error> {
    prescribed_with(of, &Remarks::default())
}

/// The same with what cross-checks found: it stands below the notes of the reports that it is about, and the
/// explanation on 溯源 as well, so that the report can be made again.
/// Errors: as [`prescribed`].
pub fn prescribed_with<'a>(
    of: impl Into<Basis<'a>>,
    remarks: &Remarks,
) -> Result<Vec<(String, Written)>, Error> {
    Prescribed::of(of.into()).workbooks(remarks)
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
