//! Returns: the sender's own workbook with the cells marked and the list of problems in front, or a
//! note of its own where the workbook cannot be marked.
//! Knows nothing of how a workbook is patched, and reads no file: its bytes are handed in.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::prelude::*;
use rust_xlsxwriter::XlsxError;

use super::grid::{self, Entry, Grid, Row, Styles};
use super::patch::{self, Colour, Edit, Edits, Front};
use super::sheet_name::SheetNames;
use super::template::{Block, Content, Per, Report, ReturnKey, Templates, Words};
use super::{Error, Written, wording};
use crate::kept::Kept;
use crate::model::{CellRef, Lang, Place, Problem, ProblemCode, Returned, Run, Severity, Source, SourceId};

/// What becomes of a workbook: it goes back, or its sender is asked.
///
/// Only what must be put right (强制) sends a workbook back; what is to be verified (核实), a note of a
/// plugin among it, is asked about and leaves the filing accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Purpose {
    Returned,
    Asked,
}

impl Purpose {
    fn of(problems: &[&Problem]) -> Self {
        let mandatory = problems.iter().any(|problem| problem.severity() == Severity::Mandatory);
        if mandatory { Self::Returned } else { Self::Asked }
    }

    /// What a reader sees, and the folder of the outbox.
    const fn title(self) -> &'static str {
        match self {
            Self::Returned => "退回",
            Self::Asked => "核实",
        }
    }
}

/// Must be put right.
const RED: Colour = Colour(0xff, 0xc7, 0xce);
/// To be verified.
const AMBER: Colour = Colour(0xff, 0xeb, 0x9c);
/// The most problems that are listed one by one; a workbook with more is sent back as a whole.
const MAX_LISTED: usize = 5_000;

const fn colour(severity: Severity) -> Option<Colour> {
    match severity {
        Severity::Mandatory => Some(RED),
        Severity::Verify => Some(AMBER),
        Severity::Hint => None,
    }
}

/// Whether the sender can do something about it; the rest is between the office and its plugins, or
/// its own log.
const fn concerns_sender(code: ProblemCode) -> bool {
    !matches!(
        code,
        ProblemCode::NoPlugin
            | ProblemCode::PluginFailed
            | ProblemCode::FilingUnlogged
            | ProblemCode::FilingAbsent
            | ProblemCode::VersionUnclear
    )
}

/// Makes a return for every file with something to put right or to verify.
///
/// `load` hands in the bytes of a file as it was read; none where it is no longer there or no longer
/// the same. `kept`: what earlier runs made of the same bytes, which need not be there any more; none:
/// everything is made anew.
/// Shape: what goes back first, each by the files' paths; names are unique and stand below 退回/, or below 核实/ where nothing must be
/// put right.
/// Errors: a note that the writer refuses.
pub fn returns(
    run: &Run,
    templates: &Templates,
    kept: Option<&Kept>,
    load: &(dyn Fn(&Source) -> Option<Vec<u8>> + Sync),
) -> Result<Vec<Written>, Error> {
    let Some(report) = templates.reports.iter().find(|report| report.per == Per::Source) else {
        return Ok(Vec::new());
    };
    // Nothing goes back that did not come in, or that a later version replaced.
    let mut by_source: BTreeMap<SourceId, Vec<&Problem>> = BTreeMap::new();
    for problem in run.problems.iter().filter(|problem| concerns_sender(problem.code)) {
        let source = problem.at.source;
        if !run.sources.get(source).missing && !run.filings.replaced(source) {
            by_source.entry(source).or_default().push(problem);
        }
    }
    let styles = Styles::new(report);
    let template = format!("{report:?}");
    let mut made: Vec<_> = by_source
        .into_par_iter()
        .filter(|(_, problems)| problems.iter().any(|problem| problem.is_open()))
        .map(|(id, mut problems)| {
            problems.sort_by_key(|problem| (problem.severity(), *problem));
            let purpose = Purpose::of(&problems);
            let one = Return { run, report, styles: &styles, id, purpose, problems };
            let (path, bytes) = one.make_once(kept, &template, load)?;
            Ok((purpose, path, bytes))
        })
        .collect::<Result<_, XlsxError>>()
        .map_err(|source| Error::Workbook { report: report.name.clone(), source })?;
    made.sort_by_key(|(purpose, ..)| *purpose);
    let mut taken = BTreeSet::new();
    let named = made.into_iter().map(|(purpose, path, bytes)| {
        let path = format!("{}/{path}", purpose.title());
        Written { name: free_path(&path, &mut taken), bytes }
    });
    Ok(named.collect())
}

/// One return.
struct Return<'r> {
    run: &'r Run,
    report: &'r Report,
    styles: &'r Styles,
    id: SourceId,
    purpose: Purpose,
    /// The serious first.
    problems: Vec<&'r Problem>,
}

impl Return<'_> {
    /// Makes it unless an earlier run made it of the same file, problems, template and words.
    fn make_once(
        &self,
        kept: Option<&Kept>,
        template: &str,
        load: &dyn Fn(&Source) -> Option<Vec<u8>>,
    ) -> Result<(String, Vec<u8>), XlsxError> {
        let source = self.run.sources.get(self.id);
        let Some(kept) = kept else { return self.make(load(source)) };
        // Where the file stands among the others follows from the others, and is no part of it.
        let here = |problem: &&Problem| Problem {
            at: Place { source: SourceId(0), ..problem.at },
            ..(*problem).clone()
        };
        let problems: Vec<_> = self.problems.iter().map(here).collect();
        let earlier = self.earlier().map(|earlier| (earlier.at.sheet, &earlier.points));
        let from = (template, self.purpose, source, problems, earlier, self.words(""), self.run.as_of);
        let key = kept.key_of("returned", &from);
        if let Some(made) = kept.get(key).and_then(unpack) {
            return Ok(made);
        }
        let loaded = load(source);
        let is_there = loaded.is_some();
        let made = self.make(loaded)?;
        // What is said of a file that is gone is not what follows from its bytes.
        if is_there {
            kept.put(key, &pack(&made));
        }
        Ok(made)
    }

    /// Path below the folder of its purpose, and bytes.
    fn make(&self, loaded: Option<Vec<u8>>) -> Result<(String, Vec<u8>), XlsxError> {
        let source = self.run.sources.get(self.id);
        let reason = match loaded {
            None => "原文件已不在收件文件夹".to_owned(),
            Some(bytes) => match self.marked(source, &bytes)? {
                Ok(marked) => return Ok((xlsx_path(&source.path), marked)),
                Err(refusal) => refusal.zh(),
            },
        };
        let (stem, _) = split(&source.path);
        let mut words = self.words(&reason);
        let name = SheetNames::default().take("问题清单", "");
        let drawn = self.list(name, false, &words)?;
        let folder = stem.rfind('/').map_or(0, |slash| slash + 1);
        words.insert("file", stem[folder..].to_owned());
        Ok((format!("{}{}", &stem[..folder], self.report.file.fill(&words)), drawn))
    }

    /// The sender's workbook, marked; or why not.
    fn marked(&self, source: &Source, bytes: &[u8]) -> Result<Result<Vec<u8>, patch::Refusal>, XlsxError> {
        let earlier = self.earlier();
        let replaces = earlier.map(|earlier| self.run.sources.sheet(self.id, earlier.at.sheet).to_owned());
        let name = match &replaces {
            Some(name) => name.clone(),
            None => {
                let mut names = SheetNames::default();
                for name in &source.sheets {
                    names.take(name, "");
                }
                names.take("问题清单", "")
            }
        };
        let workbook = self.list(name.clone(), true, &self.words(""))?;
        let edits = Edits {
            cells: self.marks(source, earlier),
            front: Some(Front { name, workbook, replaces, behind: false }),
            ..Edits::default()
        };
        // The second wall: a panic would end the run, and with it everybody else's return.
        let patched = catch_unwind(AssertUnwindSafe(|| patch::patch(bytes, &edits)));
        let broken = || patch::Refusal::Damaged { part: "zip".to_owned(), what: "panic".to_owned() };
        Ok(patched.unwrap_or_else(|_| Err(broken())).map(|patched| patched.bytes))
    }

    /// The list that came back with the workbook, where it was returned before.
    fn earlier(&self) -> Option<&Returned> {
        self.run.returned.iter().find(|returned| returned.at.source == self.id)
    }

    /// The cells to be marked; and those that an earlier return marked and that are right now.
    fn marks(
        &self,
        source: &Source,
        earlier: Option<&Returned>,
    ) -> BTreeMap<String, BTreeMap<CellRef, Edit>> {
        let mut marks: BTreeMap<String, BTreeMap<CellRef, Edit>> = BTreeMap::new();
        for point in earlier.iter().flat_map(|earlier| &earlier.points) {
            if let Some(cell) = point.cell.filter(|_| source.sheets.contains(&point.sheet)) {
                let edit = Edit { unfill: colour(point.severity), ..Edit::default() };
                marks.entry(point.sheet.clone()).or_default().insert(cell, edit);
            }
        }
        // The serious come first: a cell has the colour of the worst.
        for problem in self.problems.iter().rev().filter(|problem| problem.is_open()) {
            if let (Some(sheet), Some(cell)) = (problem.at.sheet, problem.at.cell) {
                let sheet = self.run.sources.sheet(self.id, sheet).to_owned();
                let edit = Edit { fill: colour(problem.severity()), ..Edit::default() };
                marks.entry(sheet).or_default().insert(cell, edit);
            }
        }
        marks
    }

    fn words(&self, reason: &str) -> Words {
        let mut words = super::words(self.run);
        let source = self.run.sources.get(self.id);
        let of = |severity| self.problems.iter().filter(|problem| problem.severity() == severity).count();
        words.insert("path", source.path.clone());
        words.insert("purpose", self.purpose.title().to_owned());
        words.insert("n_mandatory", of(Severity::Mandatory).to_string());
        words.insert("n_verify", of(Severity::Verify).to_string());
        words.insert("as_of", wording::day(self.run.as_of));
        let hints = match of(Severity::Hint) {
            0 => String::new(),
            n => format!("另有提示 {n} 处,已按规则处理,不必改正。"),
        };
        words.insert("hints", hints);
        let reason = match reason {
            "" => String::new(),
            reason => format!("原文件未能直接标注:{reason};请对照本单在原文件中改正。"),
        };
        words.insert("reason", reason);
        words
    }

    /// The list as a workbook of one sheet. `links`: whether the cells stand in the same workbook.
    fn list(&self, name: String, links: bool, words: &Words) -> Result<Vec<u8>, XlsxError> {
        let sheets = self.report.sheets.iter();
        let found = sheets.filter_map(|sheet| match &sheet.content {
            Content::ReturnList { problems } => Some((sheet, problems)),
            _ => None,
        });
        let mut drawn = Vec::new();
        for (sheet, block) in found.take(1) {
            let mut grid = Grid::new(name.clone(), sheet, words);
            grid.table(block, words);
            self.lay_out(&mut grid, block, links);
            drawn.push(grid::draw(&grid, self.styles)?);
        }
        grid::workbook(self.styles, drawn, &name, self.run.as_of)
    }

    fn lay_out<'g>(&'g self, grid: &mut Grid<'g>, block: &'g Block<ReturnKey>, links: bool) {
        let listed = || self.problems.iter().filter(|problem| problem.severity() != Severity::Hint);
        for problem in listed().take(MAX_LISTED) {
            let number = grid.n_rows() + 1;
            let sheet = problem.at.sheet.map_or("", |sheet| self.run.sources.sheet(self.id, sheet));
            let entry = |key| match key {
                ReturnKey::Number => Entry::count(number),
                ReturnKey::Severity => Entry::text(problem.severity().title(Lang::Zh)),
                ReturnKey::Sheet => Entry::text(sheet),
                ReturnKey::Cell => problem.at.cell.map_or(Entry::Empty, |cell| {
                    let place = grid::place(&sheet.replace('\'', "''"), cell.row0, cell.col0 as u16);
                    Entry::link(cell.to_string(), links.then_some(place))
                }),
                ReturnKey::Column => Entry::text(&*problem.column),
                ReturnKey::Found => Entry::text(&*problem.found),
                ReturnKey::Problem => Entry::text(problem.code.title(Lang::Zh)),
                ReturnKey::Expected => Entry::text(problem.expected(Lang::Zh)),
                ReturnKey::Remedy => Entry::text(problem.code.remedy(Lang::Zh)),
                ReturnKey::Explanation => Entry::text(&*problem.explanation),
                ReturnKey::Code => Entry::text(problem.code.key()),
            };
            grid.row(Row::body(block.columns.iter().map(|column| entry(column.key)).collect()));
        }
        let more = listed().count().saturating_sub(MAX_LISTED);
        if more > 0 {
            grid.across(format!("其余 {more} 处未逐条列出,均已在原表中标注"));
        }
    }
}

/// A path and bytes as what is kept: the path on a line of its own, which it cannot leave.
fn pack((path, bytes): &(String, Vec<u8>)) -> Vec<u8> {
    [path.replace('\n', "-").as_bytes(), b"\n", bytes].concat()
}

/// Errors: `None` for what [`pack`] does not make.
fn unpack(mut packed: Vec<u8>) -> Option<(String, Vec<u8>)> {
    let end = packed.iter().position(|byte| *byte == b'\n')?;
    let bytes = packed.split_off(end + 1);
    packed.truncate(end);
    Some((String::from_utf8(packed).ok()?, bytes))
}

/// A path without its extension, and the extension.
fn split(path: &str) -> (&str, &str) {
    let name = path.rfind('/').map_or(0, |slash| slash + 1);
    match path[name..].rfind('.') {
        Some(dot) if dot > 0 => (&path[..name + dot], &path[name + dot + 1..]),
        _ => (path, ""),
    }
}

/// The path that a marked workbook has: its own, unless its extension lies about what it is.
fn xlsx_path(path: &str) -> String {
    let (stem, extension) = split(path);
    match extension.to_ascii_lowercase().as_str() {
        "xlsx" | "xlsm" => path.to_owned(),
        _ => format!("{stem}.xlsx"),
    }
}

/// A path whose parts file systems accept, and that is free ignoring case.
fn free_path(path: &str, taken: &mut BTreeSet<String>) -> String {
    let clean = |part: &str| -> String {
        let strange = |c: char| c.is_control() || matches!(c, '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
        let part: String = part.chars().map(|c| if strange(c) { '-' } else { c }).collect();
        let part = part.trim_start_matches('.');
        if part.is_empty() { "-".to_owned() } else { part.to_owned() }
    };
    let path: Vec<_> = path.split('/').filter(|part| !part.is_empty()).map(clean).collect();
    let path = path.join("/");
    let (stem, extension) = split(&path);
    let mut free = path.clone();
    let mut attempt = 1;
    while !taken.insert(free.to_lowercase()) {
        attempt += 1;
        free = format!("{stem}({attempt}).{extension}");
    }
    free
}
