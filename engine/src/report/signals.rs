//! The sheet of signals: what rows have in common, with every row that shows it.
//! Accuses nobody: it prints facts, and what to look at.

use super::grid::{Entry, Grid, Row};
use super::template::{Block, Words};
use crate::model::signal::Signal;
use crate::model::{Lang, Place, Run};

/// The most signals that are listed, and the most rows of one: `results.json` has all.
const MAX_LISTED: usize = 20_000;
const MAX_ROWS: usize = 50;

/// Lays out the signals.
pub(super) fn lay_out<'a>(
    grid: &mut Grid<'a>,
    run: &'a Run,
    blocks: &'a [Block<&'static str>],
    words: &Words,
) {
    let Some(block) = blocks.first() else { return };
    grid.table(block, words);
    let signals = &run.supervision.signals;
    for signal in signals.iter().take(MAX_LISTED) {
        let number = grid.n_rows() + 1;
        grid.row(Row::body(
            block.columns.iter().map(|column| entry(run, signal, column.key, number)).collect(),
        ));
    }
    if signals.len() > MAX_LISTED {
        grid.across(format!("其余{}条未逐条列出,明细见 results.json", signals.len() - MAX_LISTED));
    }
}

fn entry<'a>(run: &'a Run, signal: &'a Signal, key: &str, number: usize) -> Entry<'a> {
    match key {
        "number" => Entry::count(number),
        "kind" => Entry::text(signal.code.title(Lang::Zh)),
        "severity" => Entry::text(signal.code.severity().title(Lang::Zh)),
        "who" => Entry::text(&*signal.who),
        "fact" => Entry::text(&*signal.fact),
        "rows" => {
            let rows = signal.rows.iter().take(MAX_ROWS);
            let mut shown: Vec<_> = rows.map(|at| run.sources.show(Place::from(*at))).collect();
            if signal.rows.len() > MAX_ROWS {
                shown.push(format!("另{}处", signal.rows.len() - MAX_ROWS));
            }
            Entry::text(shown.join("\n"))
        }
        "remedy" => Entry::text(signal.code.remedy(Lang::Zh)),
        _ => Entry::text(&*signal.basis),
    }
}
