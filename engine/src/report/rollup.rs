//! One level up: the prescribed reports of several units become the same report of the unit above them.
//! Reads reports by the layouts that draw them, and adds up. Knows no hazards and no rules.
//!
//! Whoever typed a form and whoever made it with this program are read alike: by headings, labels and
//! numbers. Sums and rates are worked out from the rows, never from sums and rates that were sent;
//! those are only compared. 溯源 of the result names the cell of every number that was added.

mod add;
mod compare;
mod figures;
mod forms;
mod read;
mod sender;
mod twice;

use std::collections::{BTreeMap, BTreeSet};

use super::standard::{self, Entry, Given, Layout, Origin, Sheet};
use super::{Error, Remarks, Written, free_name, wording};
use crate::model::rollup::Received;
use crate::model::{FigureGroup, Lang, Place, Problem, ProblemCode, Provenance, Severity, SourceId};
use read::Sent;
use sender::Senders;

/// The layout of the list of what is wrong, and the list's name among the files; it is no report of anybody and is never added up.
pub const CHECK: &str = "rollup-check";

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

/// A report of this level, added up and not yet drawn.
struct Report<'r> {
    /// Its layout and of what it is.
    which: String,
    layout: Layout,
    of: String,
    /// Words of title and headings, as the units sent them.
    words: BTreeMap<String, String>,
    sheet: Sheet,
    /// By the order of the organisation.
    units: Vec<Counted<'r>>,
}

/// What came in, added up and not yet drawn.
pub struct Added<'r> {
    received: &'r Received,
    reports: Vec<Report<'r>>,
    /// The forms of authorities, filled already, and the records beside them.
    forms: Vec<(String, Written)>,
    problems: Vec<Problem>,
    counted: BTreeMap<String, usize>,
    members: Option<usize>,
}

/// Reports by layout and of what they are, then by unit: the first by path counts.
type ByReport<'r> = BTreeMap<(usize, String), BTreeMap<(usize, String), Counted<'r>>>;

/// Adds up what came from the units below.
///
/// Shape: a report for each that somebody has sent, in the order of their layouts. Units stand in the order
/// of the organisation, or of their names.
/// Units: those of the columns, exact; rates are worked out from the sums.
/// Errors: a form that the writer refuses.
pub fn add_up(received: &Received) -> Result<Added<'_>, Error> {
    let layouts = Layout::built_in();
    let reader = read::Reader::new(&layouts);
    let mut problems = received.problems.clone();
    let senders = Senders::new(received);
    let mut by_report = ByReport::new();
    let mut counted = BTreeMap::new();
    let (forms, used) = forms::roll_up(received, &senders, &mut problems, &mut counted)?;
    for book in received.books.iter().filter(|book| !used.contains(&book.source)) {
        for sent in reader.reports(book, &received.sources, &mut problems) {
            let (rank, unit) = match senders.of(book.source, &sent.issuer, received) {
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
            let units = by_report.entry((sent.layout, sent.of.clone())).or_default();
            match units.get(&(rank, unit.clone())) {
                Some(first) => problems.extend(other(first.sent.at, sent.at, received)),
                None => {
                    units.insert((rank, unit.clone()), Counted { unit, rank, sent });
                }
            }
        }
    }
    let mut reports = Vec::new();
    for ((layout, of), units) in by_report {
        let mut layout = layouts[layout].clone();
        problems.extend(missing(&layout, &of, units.values(), &senders, received));
        for counted in units.values() {
            problems.extend(compare::problems(&layout, &counted.sent));
            problems.extend(
                counted.sent.remarks.iter().map(|(text, at)| {
                    Problem::new(ProblemCode::RollupNote, *at).column("差异说明").found(text)
                }),
            );
        }
        let units: Vec<Counted<'_>> = units.into_values().collect();
        problems.extend(twice::problems(&layout, &units, received));
        let which = format!("{} {of}", layout.name).trim_end().to_owned();
        counted.insert(which.clone(), units.len());
        let sheet = layout.fill(&add::entries(&layout, &units));
        layout.set_up(&sheet);
        let words = words_of(&layout, &units);
        reports.push(Report { which, layout, of, words, sheet, units });
    }
    Ok(Added { received, reports, forms, problems, counted, members: senders.n_members() })
}

impl Added<'_> {
    /// The reports of this level as figures, by their names in [`RolledUp::files`], for cross-checks; those of the
    /// columns that are wanted (form and key).
    pub fn figures(&self, wanted: &BTreeSet<(String, String)>) -> Vec<(String, FigureGroup)> {
        let of = |one: &Report<'_>| {
            let name = format!("表{}{}", one.layout.report(), one.of);
            (one.which.clone(), standard::figures(&one.layout, &one.sheet, &name, wanted))
        };
        self.reports.iter().map(of).collect()
    }

    /// The same of what each unit sent, with the cells: a list for each unit.
    pub fn sent_figures(&self, wanted: &BTreeSet<(String, String)>) -> Vec<Vec<FigureGroup>> {
        let mut by_unit: BTreeMap<(usize, &str), Vec<FigureGroup>> = BTreeMap::new();
        for one in &self.reports {
            for unit in &one.units {
                let group = figures::of(&one.layout, &one.of, &unit.sent, wanted);
                by_unit.entry((unit.rank, &unit.unit)).or_default().push(group);
            }
        }
        by_unit.into_values().collect()
    }

    /// How many units are counted in a report.
    pub fn n_units(&self, which: &str) -> usize {
        self.counted.get(which).copied().unwrap_or(0)
    }

    /// What is wrong with what came, so far.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Adds what else is wrong with what came.
    pub fn tell(&mut self, problems: Vec<Problem>) {
        self.problems.extend(problems);
    }

    /// Draws the reports and the list of problems, which comes last. A report that remarks are about is held back
    /// where nobody explains them; with an explanation they travel with it, as [`super::prescribed_with`] has it.
    /// The remarks of all stand on the list, under the name [`CHECK`].
    ///
    /// Errors: a workbook that the writer refuses.
    pub fn write(self, remarks: &Remarks) -> Result<RolledUp, Error> {
        let Self { received, reports, forms, mut problems, counted, members } = self;
        let origin = Origin::added_up(received);
        let mut taken = BTreeSet::new();
        let mut files = forms;
        taken.extend(files.iter().map(|(_, file)| file.name.trim_start_matches("上报/").to_lowercase()));
        for Report { which, mut layout, words: own, sheet, units, .. } in reports {
            if remarks.note.is_empty() && remarks.lines.contains_key(&which) {
                continue;
            }
            let title = layout.title.clone();
            let mut words = words(received, &title);
            words.extend(own.iter().map(|(key, value)| (&**key, value.clone())));
            words.insert("summary", summary(&units));
            let mut named = origin.named(&which).to_vec();
            remarks.put(&which, &mut layout, &mut words, &mut named);
            for unit in &units {
                let below = unit.sent.remarks.iter();
                named.extend(below.map(|(text, at)| {
                    let place = received.sources.show(Place::from(*at));
                    (standard::BELOW, format!("{} {place}:{text}", unit.unit))
                }));
            }
            let bytes = drawn(&layout, &sheet, &words, &named, received)?;
            let name = free_name(&standard::file_name(&layout, &words), "", &mut taken);
            files.push((which, Written { name: format!("上报/{name}"), bytes }));
        }
        problems.sort();
        problems.dedup();
        if let Some(mut layout) = Layout::built_in().into_iter().find(|layout| layout.name == CHECK) {
            let entries: Vec<Entry> = problems.iter().map(|problem| row_of(problem, received)).collect();
            let n = |severity| problems.iter().filter(|problem| problem.severity() == severity).count();
            let summary = format!(
                "强制 {} 条、核实 {} 条、提示 {} 条。报送的小计、合计、率只用来核对,汇总数一律由明细重算。",
                n(Severity::Mandatory),
                n(Severity::Verify),
                n(Severity::Hint)
            );
            let sheet = layout.fill(&entries);
            let title = layout.title.clone();
            let mut words = words(received, &title);
            words.insert("summary", summary);
            let mut named = origin.named(CHECK).to_vec();
            remarks.put(CHECK, &mut layout, &mut words, &mut named);
            let bytes = drawn(&layout, &sheet, &words, &named, received)?;
            let name = free_name(&standard::file_name(&layout, &words), "", &mut taken);
            files.push((CHECK.to_owned(), Written { name, bytes }));
        }
        Ok(RolledUp { files, problems, counted, members })
    }
}

/// Whether a line of [`Added::sent_figures`] is what rows come to, and no row.
pub fn is_sum(label: &str) -> bool {
    label.is_empty() || label == standard::BY_HAND
}

/// Units that a report names one by one; beyond, their number says as much, and 溯源 names them all.
const MAX_NAMED: usize = 30;

/// Whose reports were added up.
fn summary(units: &[Counted<'_>]) -> String {
    let rows: usize = units.iter().map(|unit| unit.sent.leaves().count()).sum();
    let mut names: Vec<_> = units.iter().take(MAX_NAMED).map(|unit| &*unit.unit).collect();
    if units.len() > MAX_NAMED {
        names.push("…");
    }
    format!("由 {} 个单位({})的报表汇总,共 {rows} 行明细;逐格来源见“溯源”表。", units.len(), names.join("、"))
}

/// The words of title and headings: as the units sent them where all agree.
fn words_of(layout: &Layout, units: &[Counted<'_>]) -> BTreeMap<String, String> {
    let mut words: BTreeMap<String, String> = BTreeMap::new();
    for (key, value) in units.iter().flat_map(|unit| &unit.sent.words) {
        words
            .entry(key.clone())
            .and_modify(|known| {
                if known != value {
                    VARIOUS.clone_into(known);
                }
            })
            .or_insert_with(|| value.clone());
    }
    words.retain(|key, _| layout.has_place(key));
    words
}

/// What stands where the units have various words.
const VARIOUS: &str = "各异";

/// What the texts of every report may use. A place of the title that nobody knows is a line to write on.
fn words<'w>(received: &Received, title: &'w str) -> BTreeMap<&'w str, String> {
    let blank = || "_".repeat(20);
    let issuer = if received.issuer.is_empty() { blank() } else { received.issuer.clone() };
    let mut words: BTreeMap<&str, String> =
        read::places(title).into_iter().map(|place| (place, "____".to_owned())).collect();
    words.extend([
        ("year", received.as_of.year().to_string()),
        ("issuer", issuer),
        ("as_of", wording::day(received.as_of)),
        ("program", received.program.clone()),
    ]);
    words
}

fn drawn(
    layout: &Layout,
    sheet: &Sheet,
    words: &BTreeMap<&str, String>,
    origin: &[(&'static str, String)],
    received: &Received,
) -> Result<Vec<u8>, Error> {
    standard::workbook(layout, sheet, words, origin, received.as_of)
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
    if layout.title.contains("{campaign}") {
        return Vec::new();
    }
    let there: BTreeSet<usize> = counted.map(|counted| counted.rank).collect();
    let owed = senders.owed(received).filter(|(rank, ..)| !there.contains(rank));
    owed.map(|(_, unit, at)| {
        Problem::new(ProblemCode::RollupMissing, at)
            .found(unit)
            .arg(format!("{} {} {of}", layout.form, title(layout)).trim_end())
    })
    .collect()
}

/// The title of a layout without its places.
fn title(layout: &Layout) -> String {
    let title = layout.title.replace("{year}年", "").replace("{assessed_year}年度", "");
    read::places(&layout.title).iter().fold(title, |title, place| title.replace(&format!("{{{place}}}"), ""))
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
