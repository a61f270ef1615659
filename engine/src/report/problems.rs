//! 问题清单: every problem of the run with its cell and its remedy, and how many there are of each kind.
//! Knows no plugins; what stands in a cell of a sender is printed as text, never as a formula.

use std::collections::{BTreeMap, BTreeSet};

use rust_xlsxwriter::XlsxError;

use super::grid::{self, Entry, Grid, Row, Shown, Styles};
use super::sheet_name::SheetNames;
use super::template::{Block, Content, CountKey, FaultKey, ProblemKey, Report, Words};
use crate::model::{Decimal, Lang, Problem, ProblemCode, Run, Severity, SourceId};

/// The most problems that are listed one by one: a list that nobody can read to its end serves
/// nobody, and Excel has a last row. The counts and `results.json` have all.
const MAX_LISTED: usize = 50_000;

/// Makes the problem workbook by one template: name of the file, and its bytes.
///
/// Errors: what the writer refuses.
pub(super) fn make(run: &Run, report: &Report, words: &Words) -> Result<(String, Vec<u8>), XlsxError> {
    let styles = Styles::new(report);
    let mut problems: Vec<&Problem> = run.problems.iter().collect();
    problems.sort_by_key(|problem| (problem.severity(), *problem));
    let mut words = words.clone();
    let of = |severity| problems.iter().filter(|problem| problem.severity() == severity).count().to_string();
    words.insert("n_problems", problems.len().to_string());
    words.insert("n_mandatory", of(Severity::Mandatory));
    words.insert("n_verify", of(Severity::Verify));
    words.insert("n_hint", of(Severity::Hint));
    words.insert("n_sources", run.sources.0.len().to_string());

    let mut names = SheetNames::default();
    let mut sheets = Vec::new();
    for sheet in &report.sheets {
        let name = names.take(&sheet.name.fill(&words), "");
        let mut grid = Grid::new(name, sheet, &words);
        match &sheet.content {
            Content::Problems { problems: block } => {
                grid.table(block, &words);
                for problem in problems.iter().take(MAX_LISTED) {
                    let number = grid.n_rows() + 1;
                    let entry = |key| problem_entry(run, problem, key, number);
                    grid.row(Row::body(block.columns.iter().map(|column| entry(column.key)).collect()));
                }
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
            _ => continue,
        }
        sheets.push(grid::draw(&grid, &styles)?);
    }
    let file = report.file.fill(&words);
    let bytes = grid::workbook(sheets, &file, run.as_of)?;
    Ok((file, bytes))
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
