//! Facts into a form: edits of its cells, rows put in where a list is longer, and what was written.
//! Leaves the package to `patch`, and where things lie to `bind`.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::annex::{self, Annex};
use super::bind::{Bound, bind};
use super::facts::{Fact, FactValue, Facts, Record};
use super::fault::Fault;
use super::spec::{BlockSpec, Overflow, Spec};
use super::{digest, expr};
use crate::model::text::match_key;
use crate::model::{CellRef, Decimal};
use crate::report::patch::{self, Change, Edit, Edits, Grow, Put, Refusal, SheetView, look};

/// Characters that a cell holds, by the format's definition.
const MAX_TEXT: usize = 32_767;
/// Digits that a spreadsheet program keeps.
const MAX_DIGITS: u32 = 15;
/// Forms that one list may be spread over.
const MAX_COPIES: usize = 1_000;

/// A cell that was filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilledCell {
    /// Where it stands in the filled form.
    pub cell: CellRef,
    /// What stands there now.
    pub value: FactValue,
    /// The expression it was filled by.
    pub fact: String,
    /// Where the fact comes from.
    pub from: String,
    /// Whether it is the result of the form's own formula.
    pub result: bool,
}

/// A filled form, with the proof.
#[derive(Debug, Clone)]
pub struct Filled {
    /// The workbook.
    pub bytes: Vec<u8>,
    /// The sheet that was filled.
    pub sheet: String,
    /// The cells that were filled, in the order of their addresses.
    pub cells: Vec<FilledCell>,
    /// All that differs from the blank form, found by comparing the two.
    pub changes: Vec<Change>,
    /// Digest of the blank form.
    pub form: String,
    /// What the form has no rows for.
    pub annex: Option<Annex>,
}

/// Fills a form.
///
/// Shape: one workbook, or several where a list is spread over copies of the form. Every change of
/// each is accounted for: a cell listed, a result of a formula, rows put in.
/// Errors: every reason why not; nothing is filled in part.
pub fn fill(form: &[u8], spec: &Spec, facts: &Facts) -> Result<Vec<Filled>, Vec<Fault>> {
    let found = digest(form);
    if found != spec.sha256 {
        return Err(vec![Fault::OtherForm { expected: spec.sha256.clone(), found }]);
    }
    let book = look(form).map_err(|refusal| vec![Fault::Refused(refusal)])?;
    let bound = bind(spec, &book)?;
    let mut lists = Vec::new();
    for block in &spec.block {
        lists.push(sorted(block, facts).map_err(|fault| vec![fault])?);
    }
    let over: Vec<_> = spec
        .block
        .iter()
        .zip(&lists)
        .filter(|(block, records)| records.len() > block.rows as usize)
        .collect();
    let refused = |why| {
        let most = over.iter().map(|(block, records)| (records.len(), block.rows as usize)).max();
        let (records, rows) = most.unwrap_or_default();
        Err(vec![Fault::Overflow { records, rows, why }])
    };
    if over.iter().any(|(block, _)| block.overflow.is_empty()) {
        return refused(None);
    }
    let mut why = None;
    if over.iter().all(|(block, _)| block.may(Overflow::Insert)) {
        match one(form, spec, facts, &bound, (&lists, &[]), &found) {
            Err(faults) => match faults.as_slice() {
                [Fault::Refused(refusal @ Refusal::Growth { .. })] => why = Some(refusal.clone()),
                _ => return Err(faults),
            },
            Ok(filled) => return Ok(vec![filled]),
        }
    }
    // All lists that are too long go the same way: the first that each of them permits.
    let next = |block: &BlockSpec| block.overflow.iter().copied().find(|policy| *policy != Overflow::Insert);
    let policies: Vec<_> = over.iter().map(|(block, _)| next(block)).collect();
    match policies.first().copied().flatten().filter(|first| policies.iter().all(|one| *one == Some(*first)))
    {
        Some(Overflow::Copies) => {}
        Some(policy @ (Overflow::Sheet | Overflow::Annex)) => {
            let filled = continued(form, spec, facts, (&bound, &book.sheets), (&lists, policy), &found);
            return filled.map(|filled| vec![filled]);
        }
        Some(Overflow::Insert | Overflow::Refuse) | None => return refused(why),
    }
    let pages = spec.block.iter().zip(&lists).map(|(block, list)| list.len().div_ceil(block.rows as usize));
    let n_pages = pages.max().unwrap_or(1);
    if n_pages > MAX_COPIES {
        let records = lists.iter().map(Vec::len).max().unwrap_or(0);
        return Err(vec![Fault::Overflow { records, rows: MAX_COPIES, why }]);
    }
    (0..n_pages)
        .map(|page| {
            let part: Vec<Vec<(usize, &Record)>> = spec
                .block
                .iter()
                .zip(&lists)
                .map(|(block, list)| {
                    let rows = block.rows as usize;
                    list.iter().skip(page * rows).take(rows).copied().collect()
                })
                .collect();
            one(form, spec, facts, &bound, (&part, &[]), &found)
        })
        .collect()
}

/// The form filled as far as it has rows, and what is left on a sheet or in a workbook of its own.
///
/// Errors: as [`fill`]; and a formula outside the list that is computed from its rows: its total would be that
/// of a part, and nobody would see it.
fn continued(
    form: &[u8],
    spec: &Spec,
    facts: &Facts,
    (bound, sheets): (&Bound, &[SheetView]),
    (lists, policy): (&[Vec<(usize, &Record)>], Overflow),
    form_digest: &str,
) -> Result<Filled, Vec<Fault>> {
    let (mut kept, mut left, mut over) = (Vec::new(), Vec::new(), Vec::new());
    for (index, (block, list)) in spec.block.iter().zip(lists).enumerate() {
        let rows = block.rows as usize;
        if list.len() <= rows {
            kept.push(list.clone());
            continue;
        }
        let (first, rest) = list.split_at(rows - usize::from(block.continued.is_some()));
        kept.push(first.to_vec());
        left.push((block, rest.to_vec()));
        over.push(index);
    }
    let mut filled = one(form, spec, facts, bound, (&kept, &over), form_digest)?;
    if let Some(cell) =
        annex::total_of_a_part(form, spec, (bound, sheets), &over).map_err(|wrong| vec![wrong])?
    {
        let most = over.iter().map(|index| (lists[*index].len(), spec.block[*index].rows as usize)).max();
        let (records, rows) = most.unwrap_or_default();
        return Err(vec![Fault::PartialTotal { records, rows, cell }]);
    }
    let annex = annex::draw(spec, sheets, &left).map_err(|wrong| vec![wrong])?;
    if policy == Overflow::Sheet {
        annex.into_form(&mut filled).map_err(|refusal| vec![Fault::Refused(refusal)])?;
    } else {
        filled.annex = Some(annex);
    }
    Ok(filled)
}

/// Records of a list with their numbers from 1.
type Numbered<'r> = Vec<(usize, &'r Record)>;

/// The records of a list in their order, with their numbers from 1.
fn sorted<'f>(block: &BlockSpec, facts: &'f Facts) -> Result<Vec<(usize, &'f Record)>, Fault> {
    let records = facts.lists.get(&block.list).ok_or_else(|| Fault::NoFact { key: block.list.clone() })?;
    let mut records: Vec<&Record> = records.iter().collect();
    records.sort_by(|one, other| {
        let orders = block.order.iter().map(|key| order(one.get(key), other.get(key)));
        orders.fold(Ordering::Equal, Ordering::then)
    });
    Ok(records.into_iter().enumerate().map(|(index, record)| (index + 1, record)).collect())
}

fn order(one: Option<&Fact>, other: Option<&Fact>) -> Ordering {
    let rank = |value: &FactValue| match value {
        FactValue::Number(_) => 0,
        FactValue::Day(_) => 1,
        FactValue::Text(_) => 2,
        FactValue::Absent => 3,
    };
    let absent = FactValue::Absent;
    let value = |fact: Option<&'_ Fact>| fact.map(|fact| fact.value.clone()).unwrap_or(absent.clone());
    match (value(one), value(other)) {
        (FactValue::Number(a), FactValue::Number(b)) => a.cmp(&b),
        (FactValue::Day(a), FactValue::Day(b)) => a.cmp(&b),
        (FactValue::Text(a), FactValue::Text(b)) => a.cmp(&b),
        (a, b) => rank(&a).cmp(&rank(&b)),
    }
}

/// What is to be written, and where, as the blank form has it.
struct Page<'b> {
    bound: &'b Bound,
    grown: Vec<(u32, u32)>,
    cells: BTreeMap<CellRef, FilledCell>,
    faults: Vec<Fault>,
    /// Cells that were looked up, and whether they lie hidden in a merged region.
    covered: BTreeMap<CellRef, bool>,
}

fn one(
    form: &[u8],
    spec: &Spec,
    facts: &Facts,
    bound: &Bound,
    (lists, continued): (&[Numbered<'_>], &[usize]),
    form_digest: &str,
) -> Result<Filled, Vec<Fault>> {
    let mut page = Page {
        bound,
        grown: Vec::new(),
        cells: BTreeMap::new(),
        faults: Vec::new(),
        covered: BTreeMap::new(),
    };
    for (bound, records) in bound.blocks.iter().zip(lists) {
        let rows = bound.last0 - bound.first0 + 1;
        let more = u32::try_from(records.len()).unwrap_or(u32::MAX).saturating_sub(rows);
        page.grown.push((bound.last0, more));
    }
    page.alone(spec, facts);
    page.grids(spec, facts);
    page.blocks(spec, lists);
    page.continued(spec, continued);
    let Page { cells, grown, mut faults, .. } = page;
    if !faults.is_empty() {
        faults.truncate(50);
        return Err(faults);
    }
    let edits = Edits {
        cells: BTreeMap::from([(
            spec.sheet.clone(),
            cells.iter().map(|(at, cell)| (*at, edit(cell))).collect(),
        )]),
        front: None,
        rows: grown
            .into_iter()
            .map(|(last_row0, n_rows)| Grow { sheet: spec.sheet.clone(), last_row0, n_rows })
            .collect(),
        stale: true,
    };
    let patched = patch::patch(form, &edits).map_err(|refusal| vec![Fault::Refused(refusal)])?;
    Ok(Filled {
        bytes: patched.bytes,
        sheet: spec.sheet.clone(),
        cells: cells.into_values().collect(),
        changes: patched.changes,
        form: form_digest.to_owned(),
        annex: None,
    })
}

fn edit(cell: &FilledCell) -> Edit {
    let put = match &cell.value {
        FactValue::Absent => None,
        FactValue::Text(text) => Some(Put::Text(text.clone())),
        FactValue::Number(number) => Some(Put::Number(*number)),
        FactValue::Day(day) => Some(Put::Day(*day)),
    };
    Edit { put, result: cell.result, ..Edit::default() }
}

/// Whether a list of permitted values has a value. Lists that stand in cells hold numbers and days as
/// numbers.
fn listed(words: &[String], value: &FactValue) -> bool {
    let number = match value {
        FactValue::Number(number) => Some(*number),
        FactValue::Day(day) => crate::model::Date::constant(1899, 12, 30)
            .until(*day)
            .ok()
            .map(|span| Decimal::from(span.get_days())),
        _ => None,
    };
    let shown = value.shown();
    words.iter().any(|word| *word == shown || number.is_some_and(|number| word.parse() == Ok(number)))
}

impl Page<'_> {
    /// Where a row of the blank form stands in the filled one.
    fn row(&self, row0: u32) -> u32 {
        let above = self.grown.iter().filter(|(last0, _)| *last0 < row0);
        row0 + above.map(|(_, more)| more).sum::<u32>()
    }

    /// Notes a value for a cell. `home`: the cell of the blank form that it is, or is copied from.
    fn put(&mut self, home: CellRef, row0: u32, fact: Fact, by: &str, over_text: bool) {
        if fact.value == FactValue::Absent {
            return;
        }
        let sheet = &self.bound.sheet;
        let cell = CellRef::new(row0, home.col0);
        let stands = sheet.at(home);
        let shown = fact.value.shown();
        if *self.covered.entry(home).or_insert_with(|| sheet.region(home).first != home) {
            self.faults.push(Fault::Covered { cell: home });
            return;
        }
        if !over_text && stands.formula.is_none() && !stands.text.trim().is_empty() {
            self.faults.push(Fault::Occupied { cell: home, text: stands.text });
            return;
        }
        if sheet.protected && stands.locked && stands.formula.is_none() {
            self.faults.push(Fault::Locked { cell: home });
            return;
        }
        let list = sheet.lists.iter().find(|(regions, _)| regions.iter().any(|region| region.has(home)));
        if let Some((_, words)) = list.filter(|(_, words)| !listed(words, &fact.value)) {
            self.faults.push(Fault::NotListed { cell: home, value: shown, expected: words.clone() });
            return;
        }
        let why = match &fact.value {
            FactValue::Number(number) if digits(*number) > MAX_DIGITS => Some("数字超过 15 位"),
            FactValue::Text(text) if text.encode_utf16().count() > MAX_TEXT => Some("文字过长"),
            _ => None,
        };
        if let Some(why) = why {
            self.faults.push(Fault::Value { cell: home, value: shown.chars().take(40).collect(), why });
            return;
        }
        let result = stands.formula.is_some();
        let filled = FilledCell { cell, value: fact.value, fact: by.to_owned(), from: fact.from, result };
        if self.cells.insert(cell, filled).is_some() {
            self.faults.push(Fault::Twice { cell });
        }
    }

    fn alone(&mut self, spec: &Spec, facts: &Facts) {
        for (cell, at) in spec.cell.iter().zip(&self.bound.cells) {
            let keys = cell.put.iter().chain(&cell.behind).chain(&cell.blanks);
            let mut found = Vec::new();
            for key in keys {
                match expr::value(key, &facts.one) {
                    Ok(fact) => found.push(fact),
                    Err(fault) => self.faults.push(fault),
                }
            }
            let stands = self.bound.sheet.at(*at);
            let by = cell.put.iter().chain(&cell.behind).chain(&cell.blanks).cloned().collect::<Vec<_>>();
            let by = by.join(", ");
            let froms: Vec<_> =
                found.iter().map(|fact| &*fact.from).filter(|from| !from.is_empty()).collect();
            let from = froms.join(";");
            let row0 = self.row(at.row0);
            if cell.put.is_some() {
                if let Some(fact) = found.pop() {
                    self.put(*at, row0, fact, &by, false);
                }
                continue;
            }
            // What is absent leaves the blank for the pen.
            if found.iter().all(|fact| fact.value == FactValue::Absent) {
                continue;
            }
            if stands.rich {
                self.faults.push(Fault::Rich { cell: *at });
                continue;
            }
            let text = if cell.behind.is_some() {
                let behind: String = found.iter().map(|fact| fact.value.shown()).collect();
                format!("{}{behind}", stands.text.trim_end())
            } else {
                match with_blanks(&stands.text, &found) {
                    Ok(text) => text,
                    Err(n_blanks) => {
                        let (expected, found) = (cell.blanks.len(), n_blanks);
                        self.faults.push(Fault::Blanks { cell: *at, expected, found });
                        continue;
                    }
                }
            };
            self.put(*at, row0, Fact { value: FactValue::Text(text), from }, &by, true);
        }
    }

    fn grids(&mut self, spec: &Spec, facts: &Facts) {
        for (grid, bound) in spec.grid.iter().zip(&self.bound.grids) {
            let Some(records) = facts.lists.get(&grid.list) else {
                self.faults.push(Fault::NoFact { key: grid.list.clone() });
                continue;
            };
            let all: Vec<&Record> = records.iter().collect();
            let mut rows: Vec<(String, Record, bool)> = Vec::new();
            for record in records {
                match record.get(&grid.key) {
                    Some(fact) => rows.push((fact.value.shown(), record.clone(), false)),
                    None => self.faults.push(Fault::NoFact { key: grid.key.clone() }),
                }
            }
            if let Some(label) = &grid.total {
                rows.push((label.clone(), expr::total(&all), true));
            }
            for (label, record, is_total) in rows {
                let found = bound.rows.get(&match_key(&label)).map_or(&[][..], Vec::as_slice);
                let [home_row0] = found else {
                    let found: Vec<_> =
                        found.iter().map(|row0| CellRef::new(*row0, bound.label_col0)).collect();
                    self.faults.push(match found.is_empty() {
                        true => Fault::NoRow { label },
                        false => Fault::Anchor { anchor: label, found },
                    });
                    continue;
                };
                for (column, col0) in grid.columns.iter().zip(&bound.cols) {
                    let home = CellRef::new(*home_row0, *col0);
                    match expr::value(&column.put, &record) {
                        Ok(fact) => self.put(home, self.row(*home_row0), fact, &column.put, false),
                        // What cannot be summed up is left to the form's own formula.
                        Err(Fault::NoFact { .. })
                            if is_total && self.bound.sheet.at(home).formula.is_some() => {}
                        Err(fault) => self.faults.push(fault),
                    }
                }
            }
        }
    }

    fn blocks(&mut self, spec: &Spec, lists: &[Vec<(usize, &Record)>]) {
        for ((block, bound), records) in spec.block.iter().zip(&self.bound.blocks).zip(lists) {
            let first0 = self.row(bound.first0);
            let mut home_row0 = bound.first0;
            for (row0, (number, record)) in (first0..).zip(records) {
                for (column, col0) in block.columns.iter().zip(&bound.cols) {
                    let fact = if column.put == "#" {
                        Ok(FactValue::Number(Decimal::from(*number)).into())
                    } else {
                        expr::value(&column.put, record)
                    };
                    match fact {
                        Ok(fact) => {
                            self.put(CellRef::new(home_row0, *col0), row0, fact, &column.put, false);
                        }
                        Err(fault) => self.faults.push(fault),
                    }
                }
                home_row0 = (home_row0 + 1).min(bound.last0);
            }
        }
    }
}

impl Page<'_> {
    /// Says in the last row of lists that go on elsewhere that they do.
    fn continued(&mut self, spec: &Spec, blocks: &[usize]) {
        for index in blocks {
            let (block, bound) = (&spec.block[*index], &self.bound.blocks[*index]);
            let Some(continued) = &block.continued else { continue };
            let column = block.columns.iter().position(|column| column.header == continued.header);
            let Some(col0) = column.map(|at| bound.cols[at]) else { continue };
            let at = CellRef::new(bound.last0, col0);
            let row0 = self.row(bound.last0);
            self.put(at, row0, FactValue::Text(continued.text.clone()).into(), "continued", false);
        }
    }
}

/// Digits of a number from the first that is not 0 to the last.
fn digits(number: Decimal) -> u32 {
    let mantissa = number.normalize().mantissa().unsigned_abs();
    // Zeros at the end of a whole number are kept as an exponent.
    let text = mantissa.to_string();
    u32::try_from(text.trim_end_matches('0').len()).unwrap_or(u32::MAX)
}

/// A text with facts in its blanks: runs of white space or underscores before 年, 月 and 日.
/// Errors: how many blanks it has, where that is not the number of facts.
fn with_blanks(text: &str, facts: &[Fact]) -> Result<String, usize> {
    let blank = |c: char| c.is_whitespace() || c == '_';
    let mut done = String::new();
    let mut n_blanks = 0;
    let mut rest = text;
    while let Some(start) = rest.find(blank) {
        let len = rest[start..].find(|c| !blank(c)).unwrap_or(rest.len() - start);
        let (run, behind) = rest[start..].split_at(len);
        done.push_str(&rest[..start]);
        if behind.starts_with(['年', '月', '日']) {
            let fact = facts.get(n_blanks).filter(|fact| fact.value != FactValue::Absent);
            done.push_str(&fact.map_or_else(|| run.to_owned(), |fact| fact.value.shown()));
            n_blanks += 1;
        } else {
            done.push_str(run);
        }
        rest = behind;
    }
    done.push_str(rest);
    if n_blanks == facts.len() { Ok(done) } else { Err(n_blanks) }
}
