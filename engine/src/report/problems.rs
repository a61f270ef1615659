//! 问题清单: every problem of the run with its cell and its remedy, and how many there are of each kind.
//! Knows no plugins; what stands in a cell of a sender is printed as text, never as a formula.

use std::collections::{BTreeMap, BTreeSet};

use rust_xlsxwriter::XlsxError;

use super::frequency;
use super::grid::{self, Entry, Grid, Row, Shown, Styles};
use super::ledger;
use super::names;
use super::sheet_name::SheetNames;
use super::signals;
use super::standard::Origin;
use super::template::keys::{Key as _, LedgerKey};
use super::template::{
    Block, Content, CountKey, DifferenceKey, FaultKey, FilingKey, ProblemKey, Report, UnitFilingKey, Words,
};
use crate::model::{Decimal, Lang, Lapse, Problem, ProblemCode, Run, Severity, SourceId};

/// The most problems that are listed one by one: a list that nobody can read to its end serves
/// nobody, and Excel has a last row. The counts and `results.json` have all.
const MAX_LISTED: usize = 50_000;

/// Makes a workbook of the run by one template: name of the file, and its bytes; none where nothing
/// would stand in it.
///
/// Errors: what the writer refuses.
pub(super) fn make(
    run: &Run,
    report: &Report,
    words: &Words,
) -> Result<Option<(String, Vec<u8>)>, XlsxError> {
    let styles = Styles::new(report);
    let mut problems: Vec<&Problem> = run.problems.iter().collect();
    problems.sort_by_key(|problem| (problem.severity(), *problem));
    let mut words = words.clone();
    let of = |severity| problems.iter().filter(|problem| problem.severity() == severity).count().to_string();
    words.insert("n_problems", problems.len().to_string());
    words.insert("n_mandatory", of(Severity::Mandatory));
    words.insert("n_verify", of(Severity::Verify));
    words.insert("n_hint", of(Severity::Hint));
    words.insert("n_sources", run.sources.came_in().count().to_string());

    let mut names = SheetNames::default();
    let mut sheets = Vec::new();
    for sheet in &report.sheets {
        let name = names.take(&sheet.name.fill(&words), "");
        let mut grid = Grid::new(name, sheet, &words);
        match &sheet.content {
            Content::Problems { problems: block } => {
                grid.table(block, &words);
                let problems = &problems;
                grid.made_rows(problems.len().min(MAX_LISTED), move |index| {
                    let entry = |key| problem_entry(run, problems[index], key, index + 1);
                    Row::body(block.columns.iter().map(|column| entry(column.key)).collect())
                });
                if problems.len() > MAX_LISTED {
                    let more = problems.len() - MAX_LISTED;
                    grid.across(format!("其余{more}个问题未逐条列出,个数见分类汇总,明细见 results.json"));
                }
                grid.or_none("未发现问题");
            }
            Content::ProblemCounts { counts, total } => {
                grid.table(counts, &words);
                lay_out_counts(&mut grid, counts, &problems, total);
            }
            // A sheet that is there only when something is wrong is seen.
            Content::PluginFaults { .. } if run.faults.is_empty() => continue,
            Content::PluginFaults { faults } => {
                grid.table(faults, &words);
                for fault in &run.faults {
                    let entry = |key| match key {
                        FaultKey::Plugin => Entry::text(&*fault.plugin),
                        FaultKey::Message => Entry::text(&*fault.zh),
                    };
                    grid.row(Row::body(faults.columns.iter().map(|column| entry(column.key)).collect()));
                }
            }
            Content::Names { names } => {
                sheets.extend(names::draw(run, grid.name().to_owned(), sheet, names, &words, &styles)?);
                continue;
            }
            Content::Filings { .. } if run.filings.reports.is_empty() => continue,
            Content::Filings { reports, units } => lay_out_filings(&mut grid, run, (reports, units), &words),
            Content::VersionDifferences { .. } if run.filings.superseded.is_empty() => continue,
            Content::VersionDifferences { differences } => {
                grid.table(differences, &words);
                lay_out_differences(&mut grid, run, differences);
            }
            Content::Named { kind: "frequency", .. } if run.supervision.visits.is_empty() => continue,
            Content::Named { kind: "frequency", blocks } => {
                frequency::lay_out(&mut grid, run, blocks, &words)
            }
            // From what the sheets before were made; without one there is nothing to trace.
            Content::Named { kind: "run-trace", .. } if sheets.is_empty() => continue,
            Content::Named { kind: "run-trace", blocks } => {
                lay_out_trace(&mut grid, run, (&report.name, blocks), &words);
            }
            Content::Named { .. } if run.supervision.signals.is_empty() => continue,
            Content::Named { blocks, .. } => signals::lay_out(&mut grid, run, blocks, &words),
            Content::Ledger { .. } | Content::MergeReview { .. } | Content::LedgerStatistics { .. } => {
                sheets.extend(ledger::draw(run, grid.name().to_owned(), sheet, &words, &styles)?);
                continue;
            }
            _ => continue,
        }
        sheets.push(grid::draw(&grid, &styles)?);
    }
    let file = report.file.fill(&words);
    if sheets.is_empty() {
        return Ok(None);
    }
    let bytes = grid::workbook(&styles, sheets, &file, run.as_of)?;
    Ok(Some((file, bytes)))
}

/// From what the workbook was made, and the cells that each open hazard rests on.
fn lay_out_trace<'a>(
    grid: &mut Grid<'a>,
    run: &'a Run,
    (which, blocks): (&str, &'a [Block<&'static str>]),
    words: &Words,
) {
    let [origin, hazards] = blocks else { return };
    let row = |block: &Block<&'static str>, entry: &dyn Fn(&str) -> Entry<'a>| {
        Row::body(block.columns.iter().map(|column| entry(column.key)).collect())
    };
    grid.table(origin, words);
    for (what, value) in Origin::of(run).named(which) {
        let entry = |key: &str| match key {
            "what" => Entry::text(what),
            _ => Entry::text(value.clone()),
        };
        grid.row(row(origin, &entry));
    }
    grid.table(hazards, words);
    for (number, hazard) in (1..).zip(run.ledger.open(run.as_of)) {
        let entry = |key: &str| match LedgerKey::parse(key) {
            Some(key) => ledger::hazard_entry(run, hazard, key, number),
            None => Entry::Empty,
        };
        grid.row(row(hazards, &entry));
    }
    grid.or_none("无");
}

fn problem_entry<'a>(run: &'a Run, problem: &'a Problem, key: ProblemKey, number: usize) -> Entry<'a> {
    let at = problem.at;
    match key {
        ProblemKey::Number => Entry::count(number),
        ProblemKey::Severity => Entry::text(problem.severity().title(Lang::Zh)),
        ProblemKey::File => Entry::text(&*run.sources.get(at.source).path),
        ProblemKey::Sheet => Entry::text(at.sheet.map_or("", |sheet| run.sources.sheet(at.source, sheet))),
        ProblemKey::Cell => at.cell.map_or(Entry::Empty, |cell| Entry::text(cell.to_string())),
        ProblemKey::Column => Entry::text(&*problem.column),
        ProblemKey::Found => Entry::text(&*problem.found),
        ProblemKey::Problem => Entry::text(problem.code.title(Lang::Zh)),
        ProblemKey::Expected => Entry::text(problem.expected(Lang::Zh)),
        ProblemKey::Remedy => Entry::text(problem.code.remedy(Lang::Zh)),
        ProblemKey::Note => Entry::text(problem.remark()),
    }
}

fn lay_out_filings<'a>(
    grid: &mut Grid<'a>,
    run: &'a Run,
    (reports, units): (&'a Block<FilingKey>, &'a Block<UnitFilingKey>),
    words: &Words,
) {
    let lapses = |lapses: &[Lapse]| {
        let shown: Vec<_> = lapses.iter().map(ToString::to_string).collect();
        Entry::text(shown.join("、"))
    };
    let rate = |rate: Option<Decimal>| match rate {
        Some(rate) => Entry::Number(rate, Shown::Fixed(2)),
        None => Entry::text("/"),
    };
    grid.table(reports, words);
    for filed in &run.filings.reports {
        let entry = |key| match key {
            FilingKey::Report => Entry::text(&*filed.report),
            FilingKey::Due => Entry::count(filed.due),
            FilingKey::Received => Entry::count(filed.received),
            FilingKey::OnTime => Entry::count(filed.on_time),
            FilingKey::Late => lapses(&filed.late),
            FilingKey::Missing => lapses(&filed.missing),
            FilingKey::Completeness => rate(filed.completeness()),
            FilingKey::Timeliness => rate(filed.timeliness()),
        };
        grid.row(Row::body(reports.columns.iter().map(|column| entry(column.key)).collect()));
    }
    grid.table(units, words);
    for filed in &run.filings.units {
        let entry = |key| match key {
            UnitFilingKey::Unit => Entry::text(&*filed.unit),
            UnitFilingKey::Late => Entry::count(filed.late),
            UnitFilingKey::Missing => Entry::count(filed.missing),
            UnitFilingKey::Returned => Entry::count(filed.returned),
            UnitFilingKey::Points => Entry::points(filed.points),
        };
        grid.row(Row::body(units.columns.iter().map(|column| entry(column.key)).collect()));
    }
    grid.or_none("无");
}

fn lay_out_differences<'a>(grid: &mut Grid<'a>, run: &'a Run, block: &'a Block<DifferenceKey>) {
    for superseded in &run.filings.superseded {
        let path = |id| &*run.sources.get(id).path;
        let (older, newer) = (path(superseded.older), path(superseded.newer));
        let mut row = |sheet: &'a str, cell: String, before: &'a str, after: &'a str| {
            let number = grid.n_rows() + 1;
            let entry = |key| match key {
                DifferenceKey::Number => Entry::count(number),
                DifferenceKey::Older => Entry::text(older),
                DifferenceKey::Newer => Entry::text(newer),
                DifferenceKey::Sheet => Entry::text(sheet),
                DifferenceKey::Cell => Entry::text(cell.clone()),
                DifferenceKey::Before => Entry::text(before),
                DifferenceKey::After => Entry::text(after),
            };
            grid.row(Row::body(block.columns.iter().map(|column| entry(column.key)).collect()));
        };
        match &superseded.cells {
            None => row("", String::new(), "", "未能逐格比对"),
            Some(cells) if cells.is_empty() => row("", String::new(), "", "单元格内容相同"),
            Some(cells) => {
                for change in cells {
                    row(&change.sheet, change.cell.to_string(), &change.before, &change.after);
                }
            }
        }
    }
}

fn lay_out_counts<'a>(
    grid: &mut Grid<'a>,
    block: &'a Block<CountKey>,
    problems: &[&Problem],
    total: &'a str,
) {
    let mut counts: BTreeMap<(Severity, ProblemCode), (usize, BTreeSet<SourceId>)> = BTreeMap::new();
    for problem in problems {
        let entry = counts.entry((problem.severity(), problem.code)).or_default();
        entry.0 += 1;
        entry.1.insert(problem.at.source);
    }
    let first = grid.next_row0();
    for ((severity, code), (count, files)) in &counts {
        let number = grid.n_rows() + 1;
        let entry = |key| match key {
            CountKey::Number => Entry::count(number),
            CountKey::Severity => Entry::text(severity.title(Lang::Zh)),
            CountKey::Problem => Entry::text(code.title(Lang::Zh)),
            CountKey::Code => Entry::text(code.key()),
            CountKey::Count => Entry::count(*count),
            CountKey::Files => Entry::count(files.len()),
            CountKey::Remedy => Entry::text(code.remedy(Lang::Zh)),
        };
        grid.row(Row::body(block.columns.iter().map(|column| entry(column.key)).collect()));
    }
    if counts.is_empty() {
        grid.or_none("未发现问题");
        return;
    }
    let last = grid.next_row0() - 1;
    let mut entries: Vec<Entry<'a>> = vec![Entry::Empty; block.columns.len()];
    if let Some(column) = block.position(CountKey::Count) {
        let sum = grid::sum(column, first, last);
        entries[usize::from(column)] = Entry::Formula(sum, Decimal::from(problems.len()), Shown::Integer);
        if column > 0 {
            entries[0] = Entry::text(total);
        }
        let mut row = Row::total(entries);
        row.spans.push((0, column.saturating_sub(1)));
        grid.row(row);
    }
}
