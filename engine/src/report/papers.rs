//! Papers of the office (文书): 整改通知单, 一企一档, 通报, 排名图, in volumes of so many subjects each.
//! Decides nothing and counts nothing twice: hazards, scores and ranks come from the run as they are.

mod charts;
mod circular;
mod enterprise;
mod notice;
mod subjects;

use std::collections::BTreeSet;

use rayon::prelude::*;
use rust_xlsxwriter::XlsxError;

use super::grid::{self, Entry, Grid, Row, Styles};
use super::sheet_name::SheetNames;
use super::standard::{Origin, YEAR_END_RULES};
use super::template::{Block, Content, Per, Report, Sheet, Words};
use super::yearend::Publication;
use super::{Error, Templates, Written, free_name, words};
use crate::model::Run;
use enterprise::Records;
use subjects::{Subject, Subjects};

/// The most subjects of one volume: more sheets than this nobody leafs through, and a county has
/// thousands.
const SUBJECTS_A_VOLUME: usize = 200;

/// All that papers are made from.
#[derive(Debug, Clone, Copy)]
pub struct Papers<'a> {
    /// The run.
    pub run: &'a Run,
    /// The year-end assessment, where there is one: a circular then announces it.
    pub year_end: Option<&'a Publication<'a>>,
    /// Names of the papers that are wanted, see [`names`].
    pub wanted: &'a [String],
}

/// The names under which papers can be asked for, in the order of the templates.
pub fn names(templates: &Templates) -> Vec<String> {
    templates.reports.iter().filter(|report| report.per == Per::Paper).map(name).collect()
}

/// Makes a paper, or another workbook of a template, again as its 溯源 names it: the template, and the volume
/// behind it.
///
/// Errors: none that made the first one; `None` where the run gives no such workbook.
pub fn again(papers: &Papers<'_>, which: &str) -> Result<Option<Written>, Error> {
    let (wanted, volume) = which.split_once(' ').unwrap_or((which, "1"));
    let mut templates = Templates::built_in();
    templates.reports.retain(|report| report.name == wanted);
    let Some(report) = templates.reports.first() else { return Ok(None) };
    let made = match (report.per, papers.year_end) {
        (Per::Paper, _) => make(&Papers { wanted: &[name(report)], ..*papers }, &templates)?,
        (Per::YearEnd, Some(publication)) => super::yearend::make(publication, &templates)?,
        (Per::Run, _) => super::make(papers.run, &templates)?,
        _ => Vec::new(),
    };
    let mut volumes = made.into_iter().filter(|file| file.name.ends_with(".xlsx"));
    let number: usize = volume.parse().unwrap_or(1);
    Ok(volumes.nth(number.saturating_sub(1)))
}

/// Whether 溯源 names a template, and not the layout of a report.
pub fn is_paper(which: &str) -> bool {
    let wanted = which.split(' ').next().unwrap_or_default();
    Templates::built_in().reports.iter().any(|report| report.name == wanted)
}

/// The file's name without its folder, its volume and its extension.
fn name(report: &Report) -> String {
    let file = report.file.fill(&Words::new());
    let name = file.rsplit_once('/').map_or(&*file, |(_, name)| name);
    name.trim_end_matches(".xlsx").to_owned()
}

/// Whom a paper has sheets for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// Whoever has an open hazard.
    Open,
    /// Every enterprise of the register.
    Register,
    /// Nobody by himself: the paper is about all.
    Whole,
}

/// By the kinds of a report's sheets.
fn scope(report: &Report) -> Scope {
    let mut kinds = report.sheets.iter().filter_map(kind);
    kinds
        .find_map(|kind| match kind {
            "notice" | "notice-index" => Some(Scope::Open),
            "enterprise-file" | "file-index" => Some(Scope::Register),
            _ => None,
        })
        .unwrap_or(Scope::Whole)
}

fn kind(sheet: &Sheet) -> Option<&'static str> {
    match sheet.content {
        Content::Paper { kind, .. } => Some(kind),
        _ => None,
    }
}

/// Whether a kind makes a sheet for each subject.
fn is_of_subject(kind: &str) -> bool {
    matches!(kind, "notice" | "enterprise-file")
}

/// Makes the papers that are wanted.
///
/// Shape: by template, then by volume; none of a paper that would have nothing to say. Names are unique.
/// Errors: a workbook that the writer refuses.
pub fn make(papers: &Papers<'_>, templates: &Templates) -> Result<Vec<Written>, Error> {
    let reports: Vec<_> = templates
        .reports
        .iter()
        .filter(|report| report.per == Per::Paper && papers.wanted.contains(&name(report)))
        .collect();
    if reports.is_empty() {
        return Ok(Vec::new());
    }
    let subjects = Subjects::of(papers.run);
    let records = Records::of(papers.run);
    let volume =
        |report, own, part| Volume { papers, subjects: &subjects, records: &records, report, own, part };
    let mut volumes = Vec::new();
    for report in reports {
        let own: Vec<&Subject<'_>> = match scope(report) {
            Scope::Open => subjects.all.iter().filter(|one| one.open(papers.run).next().is_some()).collect(),
            Scope::Register => subjects.all.iter().filter(|one| one.enterprise.is_some()).collect(),
            Scope::Whole => {
                volumes.push(volume(report, Vec::new(), None));
                continue;
            }
        };
        let n_volumes = own.len().div_ceil(SUBJECTS_A_VOLUME);
        for (number, part) in (1..).zip(own.chunks(SUBJECTS_A_VOLUME)) {
            let part_of = (n_volumes > 1).then_some((number, n_volumes));
            volumes.push(volume(report, part.to_vec(), part_of));
        }
    }
    let made: Vec<_> = volumes
        .into_par_iter()
        .map(|volume| {
            volume.make().map_err(|source| Error::Workbook { report: volume.report.name.clone(), source })
        })
        .collect::<Result<_, _>>()?;
    let mut taken = BTreeSet::new();
    let mut written = Vec::new();
    for (name, bytes) in made.into_iter().flatten() {
        let name = match name.rsplit_once('/') {
            Some((folder, file)) => format!("{folder}/{}", free_name(file, "", &mut taken)),
            None => free_name(&name, "", &mut taken),
        };
        written.push(Written { name, bytes });
    }
    Ok(written)
}

/// One workbook of a paper.
struct Volume<'a> {
    papers: &'a Papers<'a>,
    subjects: &'a Subjects<'a>,
    records: &'a Records<'a>,
    report: &'a Report,
    /// Its subjects; empty for a paper about all.
    own: Vec<&'a Subject<'a>>,
    /// Its number from 1, and how many there are; none where it is the only one.
    part: Option<(usize, usize)>,
}

/// A column of a table of a paper goes by its name.
type Named = Block<&'static str>;

impl<'a> Volume<'a> {
    /// Name of the file, and its bytes; none where nothing would stand in it.
    fn make(&self) -> Result<Option<(String, Vec<u8>)>, XlsxError> {
        let run = self.papers.run;
        let words = self.words();
        let styles = Styles::new(self.report);
        let mut names = SheetNames::default();
        // Sheets of the workbook first, so that a subject cannot take their names.
        let fixed: Vec<_> = self
            .report
            .sheets
            .iter()
            .map(|sheet| match kind(sheet) {
                Some(kind) if !is_of_subject(kind) => names.take(&sheet.name.fill(&words), ""),
                _ => String::new(),
            })
            .collect();
        let own_sheet = self.report.sheets.iter().find(|sheet| kind(sheet).is_some_and(is_of_subject));
        let mut own: Vec<(Words, String)> = Vec::new();
        if let Some(sheet) = own_sheet {
            for subject in &self.own {
                let mut words = words.clone();
                words.extend(subject.words(run));
                let name = names.take(&sheet.name.fill(&words), "");
                own.push((words, name));
            }
        }
        let mut says = false;
        let mut sheets: Vec<grid::Drawn> = Vec::new();
        for (sheet, name) in self.report.sheets.iter().zip(fixed) {
            let Content::Paper { kind, blocks, chart } = &sheet.content else { continue };
            match *kind {
                "notice" | "enterprise-file" => {
                    for (subject, (words, name)) in self.own.iter().zip(&own) {
                        let mut grid = Grid::new(name.clone(), sheet, words);
                        if *kind == "enterprise-file" {
                            grid.repeat_long_tables_only();
                        }
                        match *kind {
                            "notice" => notice::lay_out(&mut grid, self, subject, blocks, words),
                            _ => enterprise::lay_out(&mut grid, self, subject, blocks, words),
                        }
                        sheets.push(grid::draw(&grid, &styles)?);
                    }
                    says |= !self.own.is_empty();
                }
                "notice-index" | "file-index" => {
                    let mut grid = Grid::new(name, sheet, &words);
                    if let [block] = blocks.as_slice() {
                        grid.table(block, &words);
                        self.index(&mut grid, block, &own);
                    }
                    sheets.push(grid::draw(&grid, &styles)?);
                }
                "circular" => {
                    let mut words = words.clone();
                    words.extend(circular::words(self));
                    let mut grid = Grid::new(name, sheet, &words);
                    grid.drop_blank_lines();
                    grid.repeat_long_tables_only();
                    says |= circular::lay_out(&mut grid, self, blocks, &words);
                    sheets.push(grid::draw(&grid, &styles)?);
                }
                "paper-trace" => {
                    let mut grid = Grid::new(name, sheet, &words);
                    if let [block] = blocks.as_slice() {
                        grid.table(block, &words);
                        let which = match self.part {
                            Some((number, _)) => format!("{} {number}", self.report.name),
                            None => self.report.name.clone(),
                        };
                        // With the results of the year-end assessment it follows from its rules as well.
                        let rules =
                            self.papers.year_end.map(|one| (YEAR_END_RULES, one.rules.digest.clone()));
                        for (what, value) in Origin::of(run).named(&which).into_iter().chain(rules) {
                            let entry = |key: &str| match key {
                                "what" => Entry::text(what),
                                _ => Entry::text(value.clone()),
                            };
                            row(&mut grid, block, &entry);
                        }
                    }
                    sheets.push(grid::draw(&grid, &styles)?);
                }
                _ => {
                    let (Some(chart), [block]) = (chart, blocks.as_slice()) else { continue };
                    let of = charts::Charted { volume: self, sheet, block, text: chart };
                    if let Some(drawn) = charts::draw(&of, kind, name, &words, &styles)? {
                        says = true;
                        sheets.push(drawn.into());
                    }
                }
            }
        }
        if !says {
            return Ok(None);
        }
        let file = self.report.file.fill(&words);
        let bytes = grid::workbook(&styles, sheets, &file, run.as_of)?;
        Ok(Some((file, bytes)))
    }

    /// What every text of the paper may hold.
    fn words(&self) -> Words {
        let run = self.papers.run;
        let mut words = words(run);
        // The year that is assessed may have ended before the day of the assessment.
        if self.papers.year_end.is_some() {
            words.insert("year", run.year_end.year.to_string());
        }
        let part = self.part.map_or_else(String::new, |(number, of)| {
            let width = of.to_string().len();
            format!("(第{number:0width$}册)")
        });
        words.insert("part", part);
        let ledger = super::ledger::words(run);
        for key in ["n_open", "n_overdue"] {
            words.insert(key, ledger.get(key).cloned().unwrap_or_default());
        }
        let major = run.ledger.open(run.as_of).filter(|one| one.level == crate::model::HazardLevel::Major);
        words.insert("n_major", major.count().to_string());
        words.insert("n_subjects", self.own.len().to_string());
        words
    }

    /// Who is in the volume, with a link to each sheet.
    fn index(&self, grid: &mut Grid<'a>, block: &'a Named, own: &[(Words, String)]) {
        let run = self.papers.run;
        for (number, (subject, (_, sheet))) in (1..).zip(self.own.iter().zip(own)) {
            let entry = |key: &str| match key {
                "number" => Entry::count(number),
                "name" => Entry::text(subject.name),
                "code" => Entry::code(subject.code),
                "village" => Entry::text(subject.village),
                "department" => Entry::text(subject.department),
                "sector" => Entry::text(subject.sector),
                "checks" => Entry::count(subject.checks.len()),
                "hazards" => Entry::count(subject.hazards.len()),
                "open" => Entry::count(subject.open(run).count()),
                "major" => Entry::count(subject.n_major(run)),
                "overdue" => Entry::count(subject.n_overdue(run)),
                "deadline" => Entry::day(subject.open(run).filter_map(|one| one.deadline).min()),
                _ => Entry::link(sheet.clone(), Some(grid::place(sheet, 0, 0))),
            };
            row(grid, block, &entry);
        }
        grid.or_none("无");
    }
}

/// Adds a row, a cell for each column.
fn row<'e>(grid: &mut Grid<'e>, block: &Named, entry: &dyn Fn(&str) -> Entry<'e>) {
    grid.row(Row::body(block.columns.iter().map(|column| entry(column.key)).collect()));
}
