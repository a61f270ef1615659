//! Filings against the filing log: what was due, what came in and when, which version counts.
//! Reads no file; what is due is data, `templates/filing/filings.toml`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::model::{
    Cell, CellChange, CellRef, Date, Decimal, Every, FilingReport, Filings, InForce, Lapse, Period, Place,
    Problem, ProblemCode, Returned, Severity, SheetCells, Source, SourceId, Sources, Superseded, Table,
    UnitFilings,
};

use crate::model::yearend::Tailored;
use crate::tailoring::{self, Tailoring};

/// What the rows of the filing log are called.
const LOG: &str = "filing-log";

/// What is due.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    schema: u32,
    #[serde(rename = "filing")]
    filings: Vec<Rule>,
    /// What people put at the end of the name of another version.
    version_marks: Vec<String>,
    item: Item,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    report: String,
    path: String,
    every: RawEvery,
    due_day: i8,
    #[serde(default)]
    units: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawEvery {
    Month,
    Quarter,
}

impl From<RawEvery> for Every {
    fn from(every: RawEvery) -> Self {
        match every {
            RawEvery::Month => Self::Month,
            RawEvery::Quarter => Self::Quarter,
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    report: String,
    points: String,
    late: String,
    missing: String,
    returned: String,
}

impl Plan {
    const TEXT: &str = include_str!("../../templates/filing/filings.toml");

    /// The plan inside the program.
    pub fn built_in() -> Self {
        Self::read(Self::TEXT).expect("the built-in plan is valid: a test reads it")
    }

    /// The plan inside the program with what a locality sets otherwise, and the differences.
    /// Errors: every change that is refused, or what is wrong with the plan they make.
    pub fn tailored(layers: &[Tailoring]) -> Result<(Self, Vec<Tailored>), Vec<String>> {
        let mut table: toml::Table =
            Self::TEXT.parse().map_err(|error: toml::de::Error| vec![error.to_string()])?;
        let annex = tailoring::apply(&mut table, layers, "filing", &[])
            .map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>())?;
        let plan = table.try_into().map_err(|error: toml::de::Error| vec![error.to_string()])?;
        Ok((Self::checked(plan).map_err(|wrong| vec![wrong])?, annex))
    }

    /// Reads a plan. Errors: what is wrong with it.
    pub fn read(text: &str) -> Result<Self, String> {
        Self::checked(toml::from_str(text).map_err(|error| error.to_string())?)
    }

    fn checked(plan: Self) -> Result<Self, String> {
        if plan.schema != 1 {
            return Err(format!("expected schema 1, found {}", plan.schema));
        }
        for rule in &plan.filings {
            // Every month has the first 28 days.
            if !(1..=28).contains(&rule.due_day) {
                return Err(format!("{}: due_day {}: expected 1 to 28", rule.report, rule.due_day));
            }
            if !rule.path.contains("{period}/{unit}") {
                return Err(format!("{}: path: expected {{period}}/{{unit}} in it", rule.report));
            }
        }
        for number in [&plan.item.points, &plan.item.late, &plan.item.missing, &plan.item.returned] {
            number.parse::<Decimal>().map_err(|_| format!("item: expected a number, found {number:?}"))?;
        }
        Ok(plan)
    }
}

impl Rule {
    /// Unit and period of a file by its path.
    fn in_path(&self, path: &str) -> Option<(String, Period)> {
        let (folder, name) = self.path.split_once("{period}/{unit}")?;
        let separator = name.trim_end_matches('*');
        let (rest, file) = path.rsplit_once('/')?;
        let (before, period) = rest.rsplit_once('/')?;
        let folder = folder.trim_end_matches('/');
        let fits = before == folder || before.strip_suffix(folder).is_some_and(|rest| rest.ends_with('/'));
        let unit = file.split_once(separator).map_or(file, |(unit, _)| unit);
        let period = Period::in_name(period).filter(|period| period.every() == self.every.into())?;
        (fits && !unit.is_empty()).then(|| (unit.to_owned(), period))
    }
}

/// A file of a filing.
#[derive(Debug, Clone)]
struct Version {
    source: Option<SourceId>,
    received: Option<Date>,
    /// Where the log has it.
    logged: Option<Place>,
    /// Whether it came back from a return of another file of this inbox.
    correction: bool,
}

/// The versions of each filing, in the order of the log.
type Versions = BTreeMap<(usize, String, Period), Vec<Version>>;

/// Most filings of one kind that can be due: a county of 3,000 units sends 36,000 monthly returns a
/// year. Beyond it a log names places or years that nobody has, and each would be told as missing.
const MOST_DUE: usize = 100_000;

/// Works out the filings from the log and the files of the inbox.
///
/// Where there is no log nothing is late or missing: nobody knows. Two versions without a log are
/// asked about all the same. A workbook that came back from a return under another name takes the
/// place of the one that was returned. Missing filings get a place among the sources.
/// Shape: see [`Filings`]; what it costs the units is added by [`tally`].
/// Errors: none; what is wrong is a problem.
pub fn read_filings(
    sources: &mut Sources,
    tables: &[Table],
    returned: &[Returned],
    plan: &Plan,
) -> (Filings, Vec<Problem>) {
    let mut problems = Vec::new();
    let corrections: BTreeMap<SourceId, SourceId> = returned
        .iter()
        .filter_map(|list| Some((list.at.source, find(sources, &list.original)?)))
        .filter(|(newer, older)| newer != older)
        .collect();
    let log = tables.iter().find(|table| table.is(LOG)).map(|table| table.at);
    let versions = versions(sources, tables, plan, &corrections, &mut problems);
    let mut filings = Filings::default();
    for ((rule, unit, period), files) in &versions {
        choose(sources, &plan.filings[*rule], (unit, *period), files, &mut filings, &mut problems);
    }
    for (&newer, &older) in &corrections {
        // Those of filings are done above; a correction of a correction is in force alone.
        let known = filings.superseded.iter().any(|superseded| superseded.older == older);
        if !known && corrections.get(&older) != Some(&newer) {
            supersede(sources, (older, newer), ProblemCode::SupersededVersion, &mut filings, &mut problems);
        }
    }
    let of_filings: BTreeSet<SourceId> = versions.values().flatten().filter_map(|file| file.source).collect();
    for (older, kept) in look_alikes(sources, tables, plan, &of_filings) {
        let known = filings.superseded.iter().any(|superseded| superseded.older == older);
        if !known && !corrections.contains_key(&older) {
            supersede(sources, (older, kept), ProblemCode::VersionUnclear, &mut filings, &mut problems);
        }
    }
    filings.superseded.sort_by_key(|superseded| superseded.older);
    let Some(log) = log else { return (filings, problems) };
    for (index, rule) in plan.filings.iter().enumerate() {
        let own = || versions.iter().filter(move |((rule, ..), _)| *rule == index);
        let mut units: BTreeSet<&str> = rule.units.iter().map(String::as_str).collect();
        units.extend(own().map(|((_, unit, _), _)| unit.as_str()));
        let every = Every::from(rule.every);
        let seen = || versions.keys().map(|(.., period)| *period).filter(|period| period.every() == every);
        let (Some(mut period), Some(last)) = (seen().min(), seen().max()) else { continue };
        let mut report = FilingReport {
            report: rule.report.clone(),
            due: 0,
            received: 0,
            on_time: 0,
            late: Vec::new(),
            missing: Vec::new(),
        };
        let n_periods = std::iter::successors(Some(period), |period| Some(period.next()))
            .take_while(|period| *period <= last)
            .take(MOST_DUE + 1)
            .count();
        if n_periods.saturating_mul(units.len()) > MOST_DUE {
            problems.push(
                Problem::new(ProblemCode::FileBeyondLimit, log)
                    .found(format!("{} 个单位 × {n_periods} 期", units.len()))
                    .arg(format!("{}应报不超过 {MOST_DUE} 份", rule.report)),
            );
            continue;
        }
        while period <= last {
            for unit in &units {
                let files = versions.get(&(index, (*unit).to_owned(), period));
                let due = period.day_after(rule.due_day).expect("every month has the first 28 days");
                report.due += 1;
                let lapse = Lapse { unit: (*unit).to_owned(), period };
                let first = files.and_then(|files| files.iter().filter_map(|file| file.received).min());
                match (files, first) {
                    (None, _) => {
                        let path = likely_path(sources, own(), unit, period, rule);
                        let source = sources.expect_file(path);
                        problems.push(
                            Problem::new(ProblemCode::FilingMissing, source)
                                .found("未报")
                                .arg(due.to_string()),
                        );
                        report.missing.push(lapse);
                    }
                    (Some(files), Some(first)) if first > due => {
                        let file = files.iter().find(|file| file.received == Some(first));
                        let place = file.and_then(|file| file.source.map(Place::from).or(file.logged));
                        if let Some(place) = place {
                            problems.push(
                                Problem::new(ProblemCode::FilingLate, place)
                                    .found(first.to_string())
                                    .arg(due.to_string()),
                            );
                        }
                        report.received += 1;
                        report.late.push(lapse);
                    }
                    (Some(_), first) => {
                        report.received += 1;
                        report.on_time += usize::from(first.is_some());
                    }
                }
            }
            period = period.next();
        }
        report.late.sort_by(|a, b| (&a.unit, a.period).cmp(&(&b.unit, b.period)));
        report.missing.sort_by(|a, b| (&a.unit, a.period).cmp(&(&b.unit, b.period)));
        filings.reports.push(report);
    }
    (filings, problems)
}

/// Collects the files of each filing: those of the log, then those that the log lacks.
fn versions(
    sources: &Sources,
    tables: &[Table],
    plan: &Plan,
    corrections: &BTreeMap<SourceId, SourceId>,
    problems: &mut Vec<Problem>,
) -> Versions {
    let has_log = tables.iter().any(|table| table.is(LOG));
    let mut versions = Versions::new();
    let mut logged = BTreeSet::new();
    for table in tables.iter().filter(|table| table.is(LOG)) {
        for row in &table.rows {
            let cell = |key: &str| table.cell(row, key);
            let text = |key: &str| cell(key).map_or_else(String::new, Cell::shown);
            let rule = plan.filings.iter().position(|rule| rule.report == text("report"));
            let period = Period::in_name(text("period").trim());
            let (Some(rule), Some(period)) = (rule, period) else { continue };
            let path = text("file");
            let source = find(sources, &path);
            let place = cell("file").map(|cell| Place::from(cell.at));
            match (source, place) {
                (Some(source), _) => drop(logged.insert(source)),
                (None, Some(place)) => {
                    problems.push(Problem::new(ProblemCode::FilingAbsent, place).found(&path));
                }
                (None, None) => {}
            }
            let received = cell("date").and_then(|cell| cell.value.day());
            let correction = source.is_some_and(|source| corrections.contains_key(&source));
            let version = Version { source, received, logged: place, correction };
            versions.entry((rule, text("sender"), period)).or_default().push(version);
        }
    }
    for (id, source) in sources.came_in().filter(|(id, _)| !logged.contains(id)) {
        let found = plan.filings.iter().enumerate();
        let found = found.filter_map(|(index, rule)| Some((index, rule.in_path(&source.path)?)));
        let Some((rule, (unit, period))) = found.take(1).next() else { continue };
        let files = versions.entry((rule, unit, period)).or_default();
        // The same bytes again are no other version.
        let same = |file: &Version| file.source.is_some_and(|known| same_bytes(sources.get(known), source));
        if files.iter().any(same) {
            continue;
        }
        if has_log && files.is_empty() {
            problems.push(Problem::new(ProblemCode::FilingUnlogged, id).found(file_name(&source.path)));
        }
        files.push(Version {
            source: Some(id),
            received: None,
            logged: None,
            correction: corrections.contains_key(&id),
        });
    }
    versions
}

/// Files of one folder whose names differ by nothing but marks of versions (最终版, (2), 副本) and that
/// are of the same layouts: whoever sent them knows which one counts. Each with the one to go by.
///
/// Files that a plan of filings knows are not among them: their log tells.
fn look_alikes(
    sources: &Sources,
    tables: &[Table],
    plan: &Plan,
    of_filings: &BTreeSet<SourceId>,
) -> Vec<(SourceId, SourceId)> {
    let mut layouts: BTreeMap<SourceId, BTreeSet<&str>> = BTreeMap::new();
    for table in tables {
        layouts.entry(table.at.source).or_default().insert(&table.layout);
    }
    // By name without marks and layouts: the length of the marks, and the file.
    let mut groups: BTreeMap<(String, _), Vec<(usize, SourceId)>> = BTreeMap::new();
    for (id, source) in sources.came_in().filter(|(id, _)| !of_filings.contains(id)) {
        let Some(own) = layouts.get(&id) else { continue };
        let (folder, name) = source.path.rsplit_once('/').unwrap_or(("", &source.path));
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let bare = without_marks(stem, &plan.version_marks);
        groups.entry((format!("{folder}/{bare}"), own)).or_default().push((stem.len() - bare.len(), id));
    }
    let mut alike = Vec::new();
    for mut files in groups.into_values() {
        // The name with the fewest marks first; of equals, as the files are sorted.
        files.sort_unstable();
        let Some(&(_, kept)) = files.first() else { continue };
        let others = files[1..].iter().map(|(_, other)| *other);
        let differ = others.filter(|other| !same_bytes(sources.get(*other), sources.get(kept)));
        alike.extend(differ.map(|other| (other, kept)));
    }
    alike
}

/// A file's name without the marks of versions at its end.
fn without_marks<'n>(stem: &'n str, marks: &[String]) -> &'n str {
    let mut rest = stem;
    loop {
        let before = rest;
        rest = rest.trim_end_matches([' ', '_', '-', '—', '.']);
        for mark in marks {
            rest = rest.strip_suffix(mark.as_str()).unwrap_or(rest);
        }
        // (2), (2): what a system puts behind the name of a second copy.
        if let Some(open) = rest.strip_suffix([')', ')']).and_then(|inside| inside.rfind(['(', '('])) {
            let inside = rest[open..].trim_matches(['(', ')', '(', ')']);
            if !inside.is_empty() && inside.len() <= 2 && inside.bytes().all(|byte| byte.is_ascii_digit()) {
                rest = &rest[..open];
            }
        }
        if rest == before {
            return rest;
        }
        if rest.is_empty() {
            // A name of nothing but marks is a name.
            return stem;
        }
    }
}

/// The source that a path of the log means: the log may begin the path above the inbox.
fn find(sources: &Sources, path: &str) -> Option<SourceId> {
    let path = path.trim().replace('\\', "/");
    let fits =
        |known: &str| known == path || path.strip_suffix(known).is_some_and(|rest| rest.ends_with('/'));
    sources.came_in().find(|(_, source)| fits(&source.path)).map(|(id, _)| id)
}

fn file_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// Says which version counts, and what becomes of the others.
fn choose(
    sources: &Sources,
    rule: &Rule,
    (unit, period): (&str, Period),
    files: &[Version],
    filings: &mut Filings,
    problems: &mut Vec<Problem>,
) {
    let present: Vec<_> = files.iter().filter_map(|file| Some((file.source?, file))).collect();
    // What came back corrected counts; then the last that came in, of two on one day the later line
    // of the log; and where nothing is known the first.
    let known = present.iter().filter(|(_, file)| file.received.is_some() || file.correction);
    let newest = known.enumerate().max_by_key(|(line, (_, file))| (file.correction, file.received, *line));
    let Some(&(source, newest)) = newest.map(|(_, found)| found).or(present.first()) else { return };
    let twin = sources.came_in().find(|(_, twin)| same_bytes(twin, sources.get(source)));
    filings.in_force.push(InForce {
        report: rule.report.clone(),
        unit: unit.to_owned(),
        period,
        source: twin.map_or(source, |(id, _)| id),
    });
    for &(older, file) in present.iter().filter(|(id, _)| *id != source) {
        let code = match file.received {
            None if !newest.correction => ProblemCode::VersionUnclear,
            _ => ProblemCode::SupersededVersion,
        };
        supersede(sources, (older, source), code, filings, problems);
    }
}

fn same_bytes(one: &Source, other: &Source) -> bool {
    !one.digest.is_empty() && one.digest == other.digest
}

fn supersede(
    sources: &Sources,
    (older, newer): (SourceId, SourceId),
    code: ProblemCode,
    filings: &mut Filings,
    problems: &mut Vec<Problem>,
) {
    let name = |id| file_name(&sources.get(id).path);
    problems.push(Problem::new(code, older).found(name(older)).arg(name(newer)));
    let same = same_bytes(sources.get(older), sources.get(newer));
    filings.superseded.push(Superseded { older, newer, same, cells: None });
}

/// Where a missing filing would stand: as the unit's other files of this report do.
fn likely_path<'v>(
    sources: &Sources,
    own: impl Iterator<Item = (&'v (usize, String, Period), &'v Vec<Version>)>,
    unit: &str,
    period: Period,
    rule: &Rule,
) -> String {
    let mut like = None;
    for ((_, known, at), files) in own {
        let path = files.iter().find_map(|file| Some(&sources.get(file.source?).path));
        if let Some(path) = path.filter(|_| known == unit) {
            like = Some(path.replace(&at.to_string(), &period.to_string()));
            break;
        }
    }
    let plain = || rule.path.replace("{period}", &period.to_string()).replace("{unit}", unit);
    like.unwrap_or_else(|| plain().trim_end_matches(['*', '_']).to_owned())
}

/// Adds what the filings cost the units: once all problems are known.
///
/// A filing is returned when the version in force has something that must be put right.
pub fn tally(filings: &mut Filings, plan: &Plan, problems: &[Problem]) {
    let item = &plan.item;
    let Some(report) = filings.reports.iter().find(|report| report.report == item.report) else { return };
    let mandatory: BTreeSet<SourceId> = problems
        .iter()
        .filter(|problem| problem.severity() == Severity::Mandatory)
        .map(|problem| problem.at.source)
        .collect();
    let mut units: BTreeMap<&str, UnitFilings> = BTreeMap::new();
    let mut add = |unit, [late, missing, returned]: [bool; 3]| {
        let filed = units.entry(unit).or_insert_with(|| UnitFilings {
            unit: unit.to_owned(),
            late: 0,
            missing: 0,
            returned: 0,
            points: Decimal::ZERO,
        });
        filed.late += usize::from(late);
        filed.missing += usize::from(missing);
        filed.returned += usize::from(returned);
    };
    for one in filings.in_force.iter().filter(|one| one.report == item.report) {
        add(&*one.unit, [false, false, mandatory.contains(&one.source)]);
    }
    for lapse in &report.late {
        add(&*lapse.unit, [true, false, false]);
    }
    for lapse in &report.missing {
        add(&*lapse.unit, [false, true, false]);
    }
    let number = |text: &str| text.parse::<Decimal>().expect("numbers of a plan are checked when it is read");
    let cost = |text: &str, n: usize| number(text).checked_mul(Decimal::from(n)).unwrap_or(Decimal::MAX);
    let mut units: Vec<_> = units.into_values().collect();
    for unit in &mut units {
        let costs = [(&item.late, unit.late), (&item.missing, unit.missing), (&item.returned, unit.returned)];
        let lost = costs.iter().fold(Decimal::ZERO, |sum, (text, n)| sum.saturating_add(cost(text, *n)));
        unit.points = number(&item.points).saturating_sub(lost).max(Decimal::ZERO);
    }
    filings.units = units;
}

/// The most cells that are compared one by one; versions that differ in more are two workbooks.
const MAX_CHANGES: usize = 2_000;

/// In what two versions differ: sheets by their names, cells by their addresses.
pub fn differences(before: &[SheetCells], after: &[SheetCells]) -> Vec<CellChange> {
    let cells = |sheets: &[SheetCells], name: &str| -> BTreeMap<CellRef, String> {
        let found = sheets.iter().find(|(known, _)| known == name);
        found.map_or_else(BTreeMap::new, |(_, cells)| cells.iter().cloned().collect())
    };
    let mut names: Vec<&String> = before.iter().chain(after).map(|(name, _)| name).collect();
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(*name));
    let mut changes = Vec::new();
    for name in names {
        let (old, new) = (cells(before, name), cells(after, name));
        let places: BTreeSet<_> = old.keys().chain(new.keys()).copied().collect();
        for cell in places {
            let text = |cells: &BTreeMap<CellRef, String>| cells.get(&cell).cloned().unwrap_or_default();
            let (before, after) = (text(&old), text(&new));
            if before != after && changes.len() < MAX_CHANGES {
                changes.push(CellChange { sheet: name.clone(), cell, before, after });
            }
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Lang, Provenance, Record, Role, Value};

    /// A log as text: report, unit, period, file, day.
    fn log(lines: &[&str]) -> Table {
        let at = |row0, col0| Provenance { source: SourceId(0), sheet: 0, cell: CellRef::new(row0, col0) };
        let rows = (1..).zip(lines).map(|(row0, line)| {
            let cells = (0..).zip(line.split(' ')).map(|(col0, raw)| {
                let value = match raw.parse() {
                    Ok(day) if col0 == 4 => Value::Day(day),
                    _ => Value::Text(raw.into()),
                };
                Cell { value, raw: raw.into(), at: at(row0, col0) }
            });
            Record { row0, cells: cells.collect() }
        });
        Table {
            role: Role::Rows { kind: LOG.to_owned() },
            layout: LOG.to_owned(),
            at: at(0, 0),
            title: String::new(),
            form: String::new(),
            info: Vec::new(),
            facts: Vec::new(),
            fields: ["report", "sender", "period", "file", "date"].map(str::to_owned).into(),
            rows: rows.collect(),
            title_at: at(0, 0),
            totals: Vec::new(),
            sums: Vec::new(),
            items: Vec::new(),
            comments: BTreeMap::new(),
            pictures: BTreeMap::new(),
        }
    }

    fn check(files: &[(&str, &str)], lines: &[&str], problems: &[&str], in_force: &[&str]) {
        let source = |(path, digest): &(&str, &str)| Source {
            path: (*path).to_owned(),
            digest: (*digest).to_owned(),
            len: 1,
            sheets: Vec::new(),
            missing: false,
        };
        let mut sources = Sources(files.iter().map(source).collect());
        let tables = if lines.is_empty() { Vec::new() } else { vec![log(lines)] };
        let (filings, found) = read_filings(&mut sources, &tables, &[], &Plan::built_in());
        let shown: Vec<_> = found
            .iter()
            .map(|problem| {
                let place = sources.show(problem.at);
                format!("{} {place} {} {}", problem.code.key(), problem.found, problem.expected(Lang::Zh))
            })
            .collect();
        assert_eq!(shown, problems);
        let shown: Vec<_> = filings.in_force.iter().map(|one| sources.get(one.source).path.clone()).collect();
        assert_eq!(shown, in_force);
    }

    #[test]
    fn the_built_in_plan_is_valid() {
        assert_eq!(Plan::built_in().filings.len(), 3);
    }

    #[test]
    fn due_days_are_inclusive_and_the_first_version_decides() {
        check(
            &[
                ("村月报/2026-07/V01_a.xlsx", "1"),
                ("村月报/2026-08/V01_a.xlsx", "2"),
                ("村月报/2026-08/V01_b.xlsx", "3"),
            ],
            &[
                "村月报 V01 2026-07 收件/村月报/2026-07/V01_a.xlsx 2026-08-05",
                "村月报 V01 2026-08 收件/村月报/2026-08/V01_b.xlsx 2026-09-09",
                "村月报 V01 2026-08 收件/村月报/2026-08/V01_a.xlsx 2026-09-06",
                "村月报 V01 2026-10 收件/村月报/2026-10/V01_a.xlsx 2026-11-02",
            ],
            &[
                "filing_absent 村月报/2026-07/V01_a.xlsx ›  › D5 收件/村月报/2026-10/V01_a.xlsx 登记的文件在收件文件夹中",
                "superseded_version 村月报/2026-08/V01_a.xlsx V01_a.xlsx 以后收到的V01_b.xlsx为准",
                "filing_late 村月报/2026-08/V01_a.xlsx 2026-09-06 ≤2026-09-05",
                "filing_missing 村月报/2026-09/V01_a.xlsx 未报 应于2026-10-05前报送",
            ],
            &["村月报/2026-07/V01_a.xlsx", "村月报/2026-08/V01_b.xlsx"],
        );
    }

    #[test]
    fn without_a_log_versions_are_asked_about_and_nothing_is_late() {
        check(
            &[
                ("2026/村月报/2026-07/V01_a.xlsx", "1"),
                ("2026/村月报/2026-07/V01_a_最终版(2).xlsx", "2"),
                // The same bytes twice are one.
                ("2026/村月报/2026-07/V01_a副本.xlsx", "1"),
                ("村月报/V01_a.xlsx", "4"),
                ("旧村月报/2026-07/V02_a.xlsx", "5"),
            ],
            &[],
            &[
                "version_unclear 2026/村月报/2026-07/V01_a_最终版(2).xlsx V01_a_最终版(2).xlsx 暂以V01_a.xlsx为准",
            ],
            &["2026/村月报/2026-07/V01_a.xlsx"],
        );
    }

    #[test]
    fn names_are_stripped_of_marks_of_versions() {
        let marks = Plan::built_in().version_marks;
        for (stem, expected) in [
            ("企业名录_最终版(2)", "企业名录"),
            ("企业名录(3)", "企业名录"),
            ("企业名录 - 副本 (2)", "企业名录"),
            ("企业名录", "企业名录"),
            ("E001_2026-07-16", "E001_2026-07-16"),
            ("台账(2026)", "台账(2026)"),
            ("最终版", "最终版"),
            ("(2)", "(2)"),
        ] {
            assert_eq!(without_marks(stem, &marks), expected, "{stem}");
        }
    }

    #[test]
    fn a_filing_logged_twice_is_superseded_though_its_bytes_are_the_same() {
        // It was read under the first path, so that is the file in force.
        check(
            &[("村月报/2026-07/V01_a.xlsx", "1"), ("村月报/2026-07/V01_a_最终版(2).xlsx", "1")],
            &[
                "村月报 V01 2026-07 村月报/2026-07/V01_a.xlsx 2026-08-01",
                "村月报 V01 2026-07 村月报/2026-07/V01_a_最终版(2).xlsx 2026-08-03",
            ],
            &["superseded_version 村月报/2026-07/V01_a.xlsx V01_a.xlsx 以后收到的V01_a_最终版(2).xlsx为准"],
            &["村月报/2026-07/V01_a.xlsx"],
        );
    }

    #[test]
    fn what_the_log_lacks_is_asked_about() {
        check(
            &[
                ("村月报/2026-07/V01_a.xlsx", "1"),
                ("村月报/2026-07/V01_b.xlsx", "2"),
                ("村月报/2026-07/V02_a.xlsx", "3"),
            ],
            &["村月报 V01 2026-07 村月报/2026-07/V01_b.xlsx 2026-08-01"],
            &[
                "filing_unlogged 村月报/2026-07/V02_a.xlsx V02_a.xlsx 登记收到日期",
                "version_unclear 村月报/2026-07/V01_a.xlsx V01_a.xlsx 暂以V01_b.xlsx为准",
            ],
            &["村月报/2026-07/V01_b.xlsx", "村月报/2026-07/V02_a.xlsx"],
        );
    }

    #[test]
    fn versions_are_compared_cell_by_cell() {
        let sheet = |name: &str, cells: &[(&str, &str)]| -> SheetCells {
            let cells =
                cells.iter().map(|(at, text)| (CellRef::parse(at).expect("an address"), (*text).to_owned()));
            (name.to_owned(), cells.collect())
        };
        let changes = differences(
            &[sheet("甲", &[("A1", "1"), ("B2", "2")]), sheet("乙", &[("A1", "x")])],
            &[sheet("甲", &[("A1", "1"), ("B2", "3"), ("C3", "4")])],
        );
        let shown: Vec<_> = changes
            .iter()
            .map(|change| format!("{} {} {}→{}", change.sheet, change.cell, change.before, change.after))
            .collect();
        assert_eq!(shown, ["甲 B2 2→3", "甲 C3 →4", "乙 A1 x→"]);
    }
}
