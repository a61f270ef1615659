//! Gathers what came from the units below: their workbooks as cells, and the organisation.
//! Adds nothing up: what a report's cells mean is the affair of `report::rollup`.

use std::path::Path;

use super::{Error, Step, Watch};
use crate::intake;
use crate::model::rollup::{Book, Member, Received};
use crate::model::{Date, Problem, ProblemCode, Record, Table, Value};

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
    let mut books = Vec::new();
    for (source, about) in read.sources.came_in() {
        if watch.cancelled() {
            return Err(Error::Cancelled);
        }
        if of_organisation(source) {
            continue;
        }
        // What cannot be read has been told.
        let Some(sheets) = intake::read_cells(inbox, about, cache) else { continue };
        books.push(Book { source, sheets });
    }
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
