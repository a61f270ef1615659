//! What persons decided about suspected pairs: 合并复核决定, dropped into the inbox.
//! Merges nothing: a decision about entries that are no suspected pair is told and not used.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::ledger::{Decision, SuspectedPair};
use crate::model::text::{match_key, sameness_key as norm};
use crate::model::{Cell, HazardEntry, Problem, ProblemCode, Provenance, Record, SourceId, Sources, Table};

/// Words for the two decisions, as they are compared.
const WORDS: [(&str, Decision); 6] = [
    ("同一隐患", Decision::Same),
    ("同一", Decision::Same),
    ("合并", Decision::Same),
    ("不同隐患", Decision::Different),
    ("不同", Decision::Different),
    ("不合并", Decision::Different),
];

/// Decisions by pair, the lower position first.
#[derive(Default)]
pub(super) struct Decided(BTreeMap<(usize, usize), (Decision, Provenance)>);

impl Decided {
    /// What was decided about a pair.
    pub(super) fn of(&self, pair: (usize, usize)) -> Option<(Decision, Provenance)> {
        self.0.get(&pair).copied()
    }

    /// Decisions to merge what is no suspected pair: nobody was asked, so that it may be the wrong row.
    pub(super) fn unused(&self, pairs: &[SuspectedPair]) -> Vec<Problem> {
        let known: BTreeSet<_> = pairs.iter().map(|pair| pair.entries).collect();
        let unused = self.0.iter().filter(|(pair, _)| !known.contains(pair));
        let same = unused.filter(|(_, (decision, _))| *decision == Decision::Same);
        same.map(|(_, (_, at))| {
            Problem::new(ProblemCode::MergeDecisionUnused, *at).arg("两行不是疑似重复,不合并")
        })
        .collect()
    }
}

/// Reads the decisions.
///
/// Shape: one for each pair; two that differ are none. Errors: none; what cannot be used is told.
pub(super) fn read(sources: &Sources, tables: &[Table], entries: &[HazardEntry]) -> (Decided, Vec<Problem>) {
    let mut decided = Decided::default();
    let mut problems = Vec::new();
    let tables: Vec<_> = tables.iter().filter(|table| table.is("merge-decisions")).collect();
    if tables.is_empty() {
        return (decided, problems);
    }
    let paths: BTreeMap<&str, SourceId> =
        sources.came_in().map(|(id, source)| (source.path.as_str(), id)).collect();
    let mut rows: BTreeMap<(SourceId, u32), Vec<usize>> = BTreeMap::new();
    for (position, entry) in entries.iter().enumerate() {
        rows.entry((entry.at.source, entry.at.cell.row0)).or_default().push(position);
    }
    let mut disputed = BTreeSet::new();
    for table in tables {
        for row in &table.rows {
            let Some(cell) = table.cell(row, "decision") else { continue };
            let word = match_key(&cell.shown());
            if word.is_empty() {
                continue;
            }
            let refuse = |why: &str| {
                Problem::new(ProblemCode::MergeDecisionUnused, cell.at).found(cell.raw.trim()).arg(why)
            };
            let Some((_, decision)) = WORDS.iter().find(|(known, _)| *known == word) else {
                problems.push(refuse("应填“同一隐患”或“不同隐患”"));
                continue;
            };
            let entry = |number: u8| entry_of(table, row, number, &paths, &rows, entries);
            let (Some(one), Some(other)) = (entry(1), entry(2)) else {
                problems.push(refuse("来源文件和行在现行报送件中找不到"));
                continue;
            };
            let pair = (one.min(other), one.max(other));
            match decided.0.get(&pair) {
                Some((known, _)) if known != decision => {
                    problems.push(refuse("同一对隐患有两个不同的决定,均不采用"));
                    disputed.insert(pair);
                }
                _ => {
                    decided.0.insert(pair, (*decision, cell.at));
                }
            }
        }
    }
    decided.0.retain(|pair, _| !disputed.contains(pair));
    (decided, problems)
}

/// The entry that one side of a decision means: by file and row, and by the text where a row holds
/// several. Errors: `None` where it means none for certain.
fn entry_of(
    table: &Table,
    row: &Record,
    side: u8,
    paths: &BTreeMap<&str, SourceId>,
    rows: &BTreeMap<(SourceId, u32), Vec<usize>>,
    entries: &[HazardEntry],
) -> Option<usize> {
    let cell = |key: &str| table.cell(row, &format!("{key}_{side}"));
    let file = cell("file").map(Cell::shown)?.replace('\\', "/");
    let line = cell("row")?.value.number()?;
    let row0 = u32::try_from(i64::try_from(line).ok()?).ok()?.checked_sub(1)?;
    // The path may begin above the inbox, or with the inbox itself.
    let mut path = file.trim().trim_start_matches('/');
    let source = loop {
        if let Some(source) = paths.get(path) {
            break *source;
        }
        path = path.split_once('/')?.1;
    };
    let found = rows.get(&(source, row0))?;
    let text = cell("text").map_or_else(String::new, |cell| norm(&cell.shown()));
    let mut same = found.iter().filter(|entry| norm(&entries[**entry].text.value) == text);
    match (same.next(), same.next(), found.as_slice()) {
        (Some(one), None, _) => Some(*one),
        // Corrected spelling: the row alone says it where it holds one entry.
        (None, _, [one]) => Some(*one),
        _ => None,
    }
}
