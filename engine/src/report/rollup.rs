//! One level up: the prescribed reports of several units become the same report of the unit above them.
//! Reads reports by the layouts that draw them, and adds up. Knows no hazards and no rules.
//!
//! Whoever typed a form and whoever made it with this program are read alike: by headings, labels and
//! numbers. Sums and rates are worked out from the rows, never from sums and rates that were sent;
//! those are only compared. 溯源 of the result names the cell of every number that was added.

mod add;
mod compare;
mod forms;
mod read;
mod sender;

use std::collections::{BTreeMap, BTreeSet};

use super::standard::{self, Entry, Given, Layout, Origin};
use super::{Error, Written, free_name, wording};
use crate::model::rollup::Received;
use crate::model::{Lang, Place, Problem, ProblemCode, Provenance, Severity, SourceId};
use read::Sent;
use sender::Senders;

/// The layout of the list of what is wrong; it is no report of anybody and is never added up.
const CHECK: &str = "rollup-check";

/// What came of adding up.
#[derive(Debug, Clone)]
pub struct RolledUp {
    /// The reports, each with the name of its layout and of what it is, and the list of problems.
    pub files: Vec<(String, Written)>,
    /// Everything that is wrong with what came, by place.
    pub problems: Vec<Problem>,
    /// For each report, by its layout and of what it is: how many units were counted.
    pub counted: BTreeMap<String, usize>,
    /// How many units belong to the organisation on the day; none: no workbook says so.
    pub members: Option<usize>,
}

/// A report that is counted, and whose it is.
struct Counted<'r> {
    unit: String,
    /// Its position in the order of the organisation.
    rank: usize,
    sent: Sent<'r>,
}

/// Adds up what came from the units below.
///
/// Shape: one workbook for each report that somebody has sent, in the order of their layouts, and the
/// list of problems last. Units stand in the order of the organisation, or of their names.
/// Units: those of the columns, exact; rates are worked out from the sums.
/// Errors: a workbook that the writer refuses.
pub fn roll_up(received: &Received) -> Result<RolledUp, Error> {
    let layouts = Layout::built_in();
    let mut problems = received.problems.clone();
    let senders = Senders::new(received);
    // By report, then by unit: the first by path counts.
    let mut reports: BTreeMap<(usize, String), BTreeMap<(usize, String), Counted<'_>>> = BTreeMap::new();
    let mut counted = BTreeMap::new();
    let (forms, used) = forms::roll_up(received, &senders, &mut problems, &mut counted)?;
    for book in received.books.iter().filter(|book| !used.contains(&book.source)) {
        let sent = read::reports(book, &received.sources, &layouts, &mut problems);
        for sent in sent {
            let (rank, unit) = match senders.of(sent.at.source, &sent.issuer, received) {
                Ok(known) => known,
                Err(problem) => {
                    problems.push(*problem);
                    continue;
                }
            };
            if let Some(problem) = other_day(&sent, received) {
                problems.push(problem);
                continue;
            }
            let units = reports.entry((sent.layout, sent.of.clone())).or_default();
            match units.get(&(rank, unit.clone())) {
                Some(first) => problems.extend(other(first.sent.at, sent.at, received)),
                None => {
                    units.insert((rank, unit.clone()), Counted { unit, rank, sent });
                }
            }
        }
    }
    for ((layout, of), units) in &reports {
        problems.extend(missing(&layouts[*layout], of, units.values(), &senders, received));
        for counted in units.values() {
            problems.extend(compare::problems(&layouts[*layout], &counted.sent));
        }
    }
    let origin = Origin::added_up(received);
    let mut taken = BTreeSet::new();
    let mut files = forms;
    taken.extend(files.iter().map(|(_, file)| file.name.trim_start_matches("上报/").to_lowercase()));
    for ((layout, of), units) in &reports {
        let layout = &layouts[*layout];
        let which = format!("{} {of}", layout.name).trim_end().to_owned();
        counted.insert(which.clone(), units.len());
        let units: Vec<&Counted<'_>> = units.values().collect();
        let entries = add::entries(layout, &units);
        let rows: usize = units.iter().map(|unit| unit.sent.leaves().count()).sum();
        let names: Vec<_> = units.iter().map(|unit| &*unit.unit).collect();
        let summary = format!(
            "由 {} 个单位({})的报表汇总,共 {rows} 行明细;逐格来源见“溯源”表。",
            units.len(),
            names.join("、")
        );
        let more = BTreeMap::from([("summary", summary), ("campaign", of.clone())]);
        let bytes = drawn(layout, &entries, more, &origin.named(&which), received)?;
        let name = free_name(&standard::file_name(layout, &words(received, of)), "", &mut taken);
        files.push((which, Written { name: format!("上报/{name}"), bytes }));
    }
    problems.sort();
    problems.dedup();
    if let Some(layout) = layouts.iter().find(|layout| layout.name == CHECK) {
        let entries: Vec<Entry> = problems.iter().map(|problem| row_of(problem, received)).collect();
        let n = |severity| problems.iter().filter(|problem| problem.severity() == severity).count();
        let summary = format!(
            "强制 {} 条、核实 {} 条、提示 {} 条。报送的小计、合计、率只用来核对,汇总数一律由明细重算。",
            n(Severity::Mandatory),
            n(Severity::Verify),
            n(Severity::Hint)
        );
        let more = BTreeMap::from([("summary", summary)]);
        let bytes = drawn(layout, &entries, more, &origin.named(CHECK), received)?;
        let name = free_name(&standard::file_name(layout, &words(received, "")), "", &mut taken);
        files.push((CHECK.to_owned(), Written { name, bytes }));
    }
    Ok(RolledUp { files, problems, counted, members: senders.n_members() })
}

fn words<'w>(received: &Received, of: &str) -> BTreeMap<&'w str, String> {
    let issuer = if received.issuer.is_empty() { "_".repeat(20) } else { received.issuer.clone() };
    BTreeMap::from([
        ("year", received.as_of.year().to_string()),
        ("issuer", issuer),
        ("as_of", wording::day(received.as_of)),
        ("program", received.program.clone()),
        ("campaign", of.to_owned()),
    ])
}

fn drawn(
    layout: &Layout,
    entries: &[Entry],
    more: BTreeMap<&'static str, String>,
    origin: &[(&'static str, String)],
    received: &Received,
) -> Result<Vec<u8>, Error> {
    let mut words = words(received, "");
    words.extend(more);
    standard::workbook(layout, &layout.fill(entries), &words, origin, received.as_of)
        .map_err(|source| Error::Workbook { report: layout.form.clone(), source })
}

/// A report of another day than the sums: cumulative numbers of different days do not add up.
fn other_day(sent: &Sent<'_>, received: &Received) -> Option<Problem> {
    let (day, at) = sent.as_of?;
    (day != received.as_of).then(|| {
        Problem::new(ProblemCode::RollupDay, at)
            .column("截止日期")
            .found(day.to_string())
            .arg(received.as_of.to_string())
    })
}

/// A second copy of a report. The same bytes again have been told already.
fn other(first: Provenance, second: Provenance, received: &Received) -> Option<Problem> {
    let digest = |at: Provenance| &received.sources.get(at.source).digest;
    let same = digest(first) == digest(second) && first.source != second.source;
    (!same).then(|| {
        Problem::new(ProblemCode::RollupTwice, second).arg(received.sources.show(Place::from(first)))
    })
}

/// The units that belong to the organisation on the day and have not sent a report that others sent. A
/// campaign need not have been everywhere.
fn missing<'a>(
    layout: &Layout,
    of: &str,
    counted: impl Iterator<Item = &'a Counted<'a>>,
    senders: &Senders,
    received: &Received,
) -> Vec<Problem> {
    if !of.is_empty() {
        return Vec::new();
    }
    let there: BTreeSet<usize> = counted.map(|counted| counted.rank).collect();
    let owed = senders.owed(received).filter(|(rank, ..)| !there.contains(rank));
    owed.map(|(_, unit, at)| {
        Problem::new(ProblemCode::RollupMissing, at).found(unit).arg(format!(
            "{} {}",
            layout.form,
            title(layout)
        ))
    })
    .collect()
}

/// The title of a layout without its places.
fn title(layout: &Layout) -> String {
    layout.title.replace("{year}年", "").replace("{campaign}", "")
}

fn row_of(problem: &Problem, received: &Received) -> Entry {
    let source: SourceId = problem.at.source;
    let place = received.sources.show(Place { source, sheet: problem.at.sheet, cell: problem.at.cell });
    let cell = problem.at.cell.map(|cell| cell.to_string());
    let sheet = problem.at.sheet.map(|sheet| received.sources.sheet(source, sheet).to_owned());
    let cell = [sheet, cell].into_iter().flatten().collect::<Vec<_>>().join(" › ");
    let text = |text: &str| Given::Text(text.to_owned());
    let given = [
        ("severity", text(problem.severity().title(Lang::Zh))),
        ("file", text(&received.sources.get(source).path)),
        ("cell", text(&cell)),
        ("column", text(&problem.column)),
        ("problem", text(problem.code.title(Lang::Zh))),
        ("found", text(&problem.found)),
        ("expected", text(&problem.expected(Lang::Zh))),
        ("remedy", text(problem.code.remedy(Lang::Zh))),
    ];
    let given = given.into_iter().filter(|(_, given)| *given != Given::Text(String::new()));
    Entry {
        given: given.map(|(key, given)| (key.to_owned(), given)).collect(),
        sources: BTreeMap::from([("file".to_owned(), vec![place])]),
        ..Entry::default()
    }
}
