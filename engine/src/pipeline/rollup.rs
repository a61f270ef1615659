//! Gathers what came from the units below: their workbooks as cells, and the organisation; and has the sums
//! checked before they are written.
//! Adds nothing up: what a report's cells mean is the affair of `report::rollup`.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::{Error, Step, Watch};
use crate::checks::{self, Finding, Rules};
use crate::intake;
use crate::model::rollup::{Book, Member, Received};
use crate::model::{Date, FigureGroup, Problem, ProblemCode, Record, Source, SourceId, Table, Value};
use crate::report::rollup::Added;
use crate::report::{self, Remarks};

/// The layout, and the kind of rows, that is the organisation.
const MEMBERS: &str = "members";

/// Reads the inbox of a level above, for sums of a day by a unit, which may have no name. `cache` is a folder
/// for the compiled reader of binary workbooks.
///
/// Shape: as in [`Received`]; nothing in it depends on the order in which files are listed.
/// Errors: the inbox cannot be listed, or the user stopped the run. Whatever is wrong with a file is
/// a problem.
pub fn received(
    inbox: &Path,
    (as_of, issuer): (Date, &str),
    cache: Option<&Path>,
    watch: &dyn Watch,
) -> Result<Received, Error> {
    let mut layouts = intake::built_in_layouts();
    layouts.retain(|layout| layout.id == MEMBERS);
    let progress = |done, total| watch.progress(Step::Read, done, total);
    let cancelled = || watch.cancelled();
    let read = intake::read_inbox(inbox, &layouts, cache, &progress, &cancelled)?;
    let organisations: Vec<&Table> = read.tables.iter().filter(|table| table.is(MEMBERS)).collect();
    let of_organisation = |source| organisations.iter().any(|table| table.at.source == source);
    let mut problems: Vec<Problem> = read.problems;
    // Reports are known by their own layouts; what intake says of their sheets is about this one.
    problems.retain(|problem| {
        let of_file = problem.at.sheet.is_none() && problem.code != ProblemCode::LayoutUnknown;
        of_file || of_organisation(problem.at.source)
    });
    let mut members: Vec<Member> = Vec::new();
    for table in &organisations {
        for row in &table.rows {
            match member(table, row) {
                Ok(one) => match members.iter().find(|known| known.name == one.name) {
                    // A unit that left and came back has two spans; the same span twice is harmless.
                    Some(known) if known.from == one.from && known.until == one.until => {}
                    _ => members.push(one),
                },
                Err(problem) => problems.extend(problem.map(|problem| *problem)),
            }
        }
    }
    let reports: Vec<_> = read.sources.came_in().filter(|(source, _)| !of_organisation(*source)).collect();
    let (total, done) = (reports.len(), AtomicUsize::new(0));
    // What cannot be read has been told.
    let books: Vec<Option<Book>> = reports
        .into_par_iter()
        .map(|(source, about)| {
            let book = if watch.cancelled() { None } else { book(inbox, source, about, cache) };
            watch.progress(Step::ReadReports, done.fetch_add(1, Ordering::Relaxed) + 1, total);
            book
        })
        .collect();
    if watch.cancelled() {
        return Err(Error::Cancelled);
    }
    let books = books.into_iter().flatten().collect();
    Ok(Received {
        as_of,
        issuer: issuer.to_owned(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        sources: read.sources,
        members,
        books,
        problems,
    })
}

/// A workbook as cells. Of its sheet 溯源 only what says from what it was made: what each number of a township
/// rests on is most of its cells, and nothing here asks for it.
fn book(inbox: &Path, source: SourceId, about: &Source, cache: Option<&Path>) -> Option<Book> {
    let mut sheets = intake::read_cells(inbox, about, cache)?;
    for (_, cells) in sheets.iter_mut().filter(|(name, _)| name == report::standard::TRACE) {
        cells.retain(|(at, _)| at.col0 >= u32::from(report::standard::ORIGIN_COLUMN));
        cells.shrink_to_fit();
    }
    Some(Book { source, sheets })
}

/// A row of the organisation. Errors: a unit without a name, or with a day that cannot be read, which
/// has been told already.
fn member(table: &Table, row: &Record) -> Result<Member, Option<Box<Problem>>> {
    let text = |key: &str| table.cell(row, key).map(|cell| cell.shown()).unwrap_or_default();
    let day = |key: &str| match table.cell(row, key).map(|cell| &cell.value) {
        None | Some(Value::Absent) => Ok(None),
        Some(Value::Day(day)) => Ok(Some(*day)),
        Some(_) => Err(None),
    };
    let at = table.cell(row, "name").map_or(table.at, |cell| cell.at);
    let name = text("name");
    if name.is_empty() {
        return Err(Some(Box::new(Problem::new(ProblemCode::RollupLine, at).arg("没有单位名称"))));
    }
    let (from, until) = (day("from")?, day("until")?);
    if let (Some(from), Some(until)) = (from, until)
        && until < from
    {
        let what = format!("有效期止不早于有效期起 {from}");
        return Err(Some(Box::new(
            Problem::new(ProblemCode::RollupLine, at).found(until.to_string()).arg(what),
        )));
    }
    let aliases = text("aliases");
    let aliases = aliases.split(['、', ',', ',', ';', ';']).map(str::trim);
    let aliases = aliases.filter(|alias| !alias.is_empty()).map(str::to_owned).collect();
    Ok(Member { name, aliases, from, until, at })
}

/// What came in, added up and not yet drawn; what each unit sent is checked by itself, at its cells.
///
/// Errors: a form that the writer refuses.
pub fn added(received: &Received) -> Result<Added<'_>, report::Error> {
    let rules = Rules::built_in();
    let mut added = report::rollup::add_up(received)?;
    let findings: Vec<Finding> = added
        .sent_figures(&rules.wanted())
        .iter()
        .flat_map(|of_unit| checks::judge(&rules, of_unit))
        // What is wrong with a sum is wrong with one of its rows, which is told.
        .filter(|finding| finding.form.is_empty() || !report::rollup::is_sum(&finding.line))
        .collect();
    let problems = checks::problems(&findings, &received.sources, added.problems());
    added.tell(problems);
    Ok(added)
}

/// What came of a roll-up.
#[derive(Debug)]
pub struct RolledUp {
    /// The reports that may go up, and what is wrong with what came in.
    pub result: report::rollup::RolledUp,
    /// Reports that are held back, because numbers do not agree and nobody has explained why.
    pub held: Vec<String>,
    /// What does not agree on the reports of this level.
    pub mismatches: Vec<String>,
}

/// Adds up what came from below, cross-checked before it is written; `note` and `before` as of
/// [`super::upward::upward`].
///
/// Errors: a workbook that the writer refuses.
pub fn roll_up(
    received: &Received,
    note: &str,
    before: &[(String, Date, FigureGroup)],
) -> Result<RolledUp, report::Error> {
    let rules = Rules::built_in();
    let added = added(received)?;
    let reports = added.figures(&rules.wanted());
    let mut judged =
        super::upward::judge(&rules, &reports, Vec::new(), before, (received.as_of, &received.sources));
    let held: Vec<String> =
        if note.trim().is_empty() { judged.lines.keys().cloned().collect() } else { Vec::new() };
    // Between reports that come from different units numbers differ for that reason alone.
    let n_units: Vec<_> = reports.iter().map(|(which, _)| (which, added.n_units(which))).collect();
    let counts = n_units.iter().map(|(_, n)| n).collect::<std::collections::BTreeSet<_>>();
    if counts.len() > 1 && !judged.lines.is_empty() {
        let counted: Vec<_> = n_units
            .iter()
            .filter(|(which, _)| judged.lines.contains_key(*which))
            .map(|(which, n)| format!("{which} {n} 个"))
            .collect();
        judged.mismatches.push(format!("各表计入的单位数:{}", counted.join("、")));
    }
    if !judged.lines.is_empty() {
        judged.lines.insert(report::rollup::CHECK.to_owned(), judged.mismatches.clone());
    }
    let remarks = Remarks { lines: judged.lines, note: note.trim().to_owned() };
    let result = added.write(&remarks)?;
    Ok(RolledUp { result, held, mismatches: judged.mismatches })
}
