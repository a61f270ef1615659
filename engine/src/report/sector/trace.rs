//! 溯源: digests of the inputs, of the plugin and of its rules, and the cell of every deduction.
//! Knows no scores: what a deduction cost in the end stands on the score sheet.

use std::collections::{BTreeMap, BTreeSet};

use super::super::grid::{self, Entry, Grid, Row, Shown};
use super::super::template::{Block, EvidenceKey, InputKey, RuleKey, Sheet, Words};
use super::super::wording;
use super::{Checked, Line, Links, Sector};
use crate::model::{Decimal, Deduction, Provenance};

type Blocks<'a> = (&'a Block<InputKey>, &'a Block<RuleKey>, &'a Block<EvidenceKey>);

/// The most links that lead from here to score sheets: Excel takes 65,530 on a sheet.
const MAX_LINKS: usize = 60_000;

/// The sheet, and the place of the first evidence of each line that lost points.
pub(super) fn lay_out<'a>(
    sector: &'a Sector<'a>,
    name: String,
    sheet: &'a Sheet,
    (inputs, rules, evidence): Blocks<'a>,
    words: &Words,
    links: &Links,
) -> (Grid<'a>, BTreeMap<(usize, usize), String>) {
    let run = sector.run;
    let mut grid = Grid::new(name.clone(), sheet, words);
    let mut places = BTreeMap::new();

    let mut used: BTreeSet<_> = sector
        .checks
        .iter()
        .flat_map(|checked| checked.check.subject.evidence.iter().map(|at| at.source))
        .collect();
    used.extend(sector.checks.iter().filter_map(|checked| checked.enterprise.map(|known| known.at.source)));
    grid.table(inputs, words);
    for id in used {
        let source = run.sources.get(id);
        let number = grid.n_rows() + 1;
        let entry = |key| match key {
            InputKey::Number => Entry::count(number),
            InputKey::File => Entry::text(&*source.path),
            InputKey::Bytes => Entry::Number(source.len.into(), Shown::Integer),
            InputKey::Digest => Entry::text(&*source.digest),
        };
        grid.row(Row::body(inputs.columns.iter().map(|column| entry(column.key)).collect()));
    }
    grid.or_none("无");

    grid.table(rules, words);
    let plugin = sector.plugin;
    let manifest = sector.manifest;
    let edition = |key| match key {
        RuleKey::Id => Entry::text(&*manifest.id),
        RuleKey::Title => Entry::text(&*manifest.title),
        RuleKey::Version => Entry::text(&*manifest.version),
        RuleKey::Edition => Entry::text(words.get("editions").cloned().unwrap_or_default()),
        RuleKey::Origin => Entry::text(match &*plugin.origin {
            "built-in" => "随程序内置",
            origin => origin,
        }),
        RuleKey::Digest => Entry::text(&*plugin.digest),
    };
    grid.row(Row::body(rules.columns.iter().map(|column| edition(column.key)).collect()));
    let program = |key| match key {
        RuleKey::Id => Entry::text("anping"),
        RuleKey::Title => Entry::text("安评(本程序)"),
        RuleKey::Version => Entry::text(&*run.program),
        RuleKey::Edition | RuleKey::Origin | RuleKey::Digest => Entry::Empty,
    };
    grid.row(Row::body(rules.columns.iter().map(|column| program(column.key)).collect()));

    grid.table(evidence, words);
    let mut number = 0;
    for (position, checked) in sector.checks.iter().enumerate() {
        for (at, line) in checked.lines.iter().enumerate().filter(|(_, line)| line.lost()) {
            places.insert((position, at), grid::place(&name, grid.next_row0(), 0));
            let none: [Option<&Deduction>; 1] = [None];
            let deductions: Vec<Option<&Deduction>> = line.outcome.deductions().iter().map(Some).collect();
            let deductions = if deductions.is_empty() { &none[..] } else { &deductions };
            for deduction in deductions {
                number += 1;
                let back = links.line(position, at).filter(|_| number <= MAX_LINKS);
                let entry = |key| evidence_entry(sector, checked, line, *deduction, (key, number), &back);
                grid.row(Row::body(evidence.columns.iter().map(|column| entry(column.key)).collect()));
            }
        }
    }
    grid.or_none("没有扣分");
    (grid, places)
}

fn evidence_entry<'a>(
    sector: &Sector<'a>,
    checked: &Checked<'a>,
    line: &Line<'a>,
    deduction: Option<&Deduction>,
    (key, number): (EvidenceKey, usize),
    back: &Option<String>,
) -> Entry<'a> {
    // The inspector's number stands in a cell of its own; a case is read off the verdict.
    let position = match deduction {
        Some(Deduction { case: None, .. }) => {
            line.answer.written().number_evidence.unwrap_or(line.answer.evidence)
        }
        _ => line.answer.evidence,
    };
    let cell: Option<Provenance> = checked.cell(position);
    match key {
        EvidenceKey::Number => Entry::count(number),
        EvidenceKey::Name => Entry::text(checked.name()),
        EvidenceKey::Date => Entry::Day(checked.check.subject.date),
        EvidenceKey::Item => Entry::link(&*line.item.code, back.clone()),
        EvidenceKey::Case => Entry::text(match deduction {
            Some(deduction) => wording::deduction(sector.manifest, line.item, deduction),
            None => format!("{},未扣分", line.score.verdict.title()),
        }),
        EvidenceKey::Points => Entry::points(deduction.map_or(Decimal::ZERO, |deduction| deduction.points)),
        EvidenceKey::File => {
            cell.map_or(Entry::Empty, |at| Entry::text(&*sector.run.sources.get(at.source).path))
        }
        EvidenceKey::Sheet => {
            cell.map_or(Entry::Empty, |at| Entry::text(sector.run.sources.sheet(at.source, at.sheet)))
        }
        EvidenceKey::Cell => cell.map_or(Entry::Empty, |at| Entry::text(at.cell.to_string())),
    }
}
