//! The sheet of the frequency plan: by risk colour, who is below the plan, and whose colour no plan knows.
//! Counts nothing that the model has not counted.

use super::grid::{Entry, Grid, Row, Shown};
use super::results::frequency::rate;
use super::template::{Block, Words};
use crate::model::campaign::{ColourCount, FrequencyLine};
use crate::model::{Decimal, Place, Run};

/// The most enterprises of one table: Excel has a last row. `results.json` has all.
const MAX_LISTED: usize = 200_000;

/// Lays out the plan.
pub(super) fn lay_out<'a>(
    grid: &mut Grid<'a>,
    run: &'a Run,
    blocks: &'a [Block<&'static str>],
    words: &Words,
) {
    let [colours, gaps, unplanned] = blocks else { return };
    let plan = &run.supervision.frequency;
    grid.table(colours, words);
    for (colour, count) in plan.by_colour(&run.register) {
        let cells = colours.columns.iter().map(|column| of_colour(run, colour, count, column.key));
        grid.row(Row::body(cells.collect()));
    }
    if !plan.lines.is_empty() {
        let total = ColourCount {
            plan: None,
            units: plan.lines.len(),
            planned: plan.planned(),
            done: plan.done(),
            gaps: plan.gaps().count(),
        };
        let cell = |key| if key == "plan" { Entry::Empty } else { of_colour(run, "合计", total, key) };
        grid.row(Row::total(colours.columns.iter().map(|column| cell(column.key)).collect()));
    }
    grid.or_none("无");
    list(grid, run, gaps, words, plan.gaps().collect());
    list(grid, run, unplanned, words, plan.unplanned().collect());
}

fn list<'a>(
    grid: &mut Grid<'a>,
    run: &'a Run,
    block: &'a Block<&'static str>,
    words: &Words,
    lines: Vec<&'a FrequencyLine>,
) {
    grid.table(block, words);
    for (number, line) in (1..).zip(lines.iter().take(MAX_LISTED)) {
        let cells = block.columns.iter().map(|column| of_line(run, line, column.key, number));
        grid.row(Row::body(cells.collect()));
    }
    if lines.len() > MAX_LISTED {
        grid.across(format!("其余{}家未逐家列出,明细见 results.json", lines.len() - MAX_LISTED));
    }
    grid.or_none("无");
}

fn whole<'a>(number: u64) -> Entry<'a> {
    Entry::Number(Decimal::from(number), Shown::Integer)
}

fn of_colour<'a>(run: &'a Run, colour: &'a str, count: ColourCount, key: &str) -> Entry<'a> {
    match key {
        "colour" => Entry::text(if colour.is_empty() { "未注明" } else { colour }),
        "plan" => count.plan.map_or(Entry::text("未列入计划"), |plan| whole(plan.into())),
        "units" => Entry::count(count.units),
        "planned" => whole(count.planned),
        "done" => whole(count.done),
        "gaps" => Entry::count(count.gaps),
        _ => {
            let digits = run.ledger.rate_digits;
            match rate(count.done, count.planned, digits).parse::<Decimal>() {
                Ok(rate) => Entry::Number(rate, Shown::Fixed(digits)),
                Err(_) => Entry::text("/"),
            }
        }
    }
}

fn of_line<'a>(run: &'a Run, line: &FrequencyLine, key: &str, number: usize) -> Entry<'a> {
    let enterprise = run.register.get(line.enterprise);
    let visits = || line.visits.iter().map(|at| &run.supervision.visits[*at]);
    match key {
        "number" => Entry::count(number),
        "plan" => line.plan.map_or(Entry::Empty, |plan| whole(plan.into())),
        "done" => whole(line.done().into()),
        "lacks" => whole(line.lacks().into()),
        "days" => Entry::text(visits().map(|visit| visit.day.to_string()).collect::<Vec<_>>().join("\n")),
        "source" => {
            let rows = visits().flat_map(|visit| &visit.at);
            let places = std::iter::once(&enterprise.at).chain(rows);
            let shown: Vec<_> = places.map(|at| run.sources.show(Place::from(*at))).collect();
            Entry::text(shown.join("\n"))
        }
        key => super::campaign::of_enterprise(enterprise, key),
    }
}
