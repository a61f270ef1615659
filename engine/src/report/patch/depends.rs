//! Which results of formulas may have become wrong by an edit: those that lead, over any number of
//! formulas, names and sheets, to a cell that changes. Computes nothing.
//!
//! A result that stays must be right, one that goes is only computed again. So whatever cannot be told
//! counts as dependent: tables, other workbooks, names that are not defined or that move with their
//! cell, functions that look where their text does not say, and a workbook too large to be followed.

use std::collections::{BTreeMap, BTreeSet};

use super::markup::{Kind, attr, unescape, walk};
use super::package::Package;
use super::refs::{self, LAST_ROW0, Reference, Unclear};
use super::{Edits, Grow, Refusal, Region};
use crate::model::CellRef;

/// Steps of following references; beyond, every formula counts as dependent. A form takes thousands.
const MAX_STEPS: usize = 50_000_000;
/// Names within names.
const MAX_DEPTH: usize = 16;
/// Last column of a sheet, from 0.
const LAST_COL0: u32 = 16_383;

/// Functions whose result depends on more than the cells they name: on the clock, on chance, on where
/// they stand, on what a text says. In upper case, sorted.
const ELSEWHERE: [&str; 27] = [
    "ADDRESS",
    "AREAS",
    "CALL",
    "CELL",
    "COLUMN",
    "COLUMNS",
    "EVALUATE",
    "FORMULATEXT",
    "GETPIVOTDATA",
    "INDIRECT",
    "INFO",
    "ISFORMULA",
    "NOW",
    "OFFSET",
    "RAND",
    "RANDARRAY",
    "RANDBETWEEN",
    "REGISTER.ID",
    "ROW",
    "ROWS",
    "RTD",
    "SHEET",
    "SHEETS",
    "SQL.REQUEST",
    "STOCKHISTORY",
    "TODAY",
    "WEBSERVICE",
];

/// Cells with results that may be wrong, by name of the sheet: of formulas, and those that an array
/// formula fills.
#[derive(Debug, Default)]
pub(super) struct Dependents(BTreeMap<String, BTreeSet<CellRef>>);

impl Dependents {
    /// Those of a sheet.
    pub fn of(&self, sheet: &str) -> Option<&BTreeSet<CellRef>> {
        self.0.get(sheet)
    }

    /// Whether a cell is one.
    pub fn has(&self, sheet: &str, cell: CellRef) -> bool {
        self.of(sheet).is_some_and(|cells| cells.contains(&cell))
    }
}

/// A formula with the cells that show its result, and what it reads.
struct Formula {
    sheet: usize,
    cells: Region,
    reads: Result<Vec<(usize, Region)>, Unclear>,
}

/// The formulas that depend on what the edits change. Rows are in already; cells are named by where they
/// stand with them.
///
/// Errors: a damaged part.
pub(super) fn dependents(package: &mut Package<'_>, edits: &Edits) -> Result<Dependents, Refusal> {
    let sheets = package.sheets.clone();
    let names = names(package)?;
    let by_name: BTreeMap<String, usize> =
        sheets.iter().map(|sheet| sheet.name.to_lowercase()).zip(0..).collect();
    let mut formulas = Vec::new();
    for (own, sheet) in sheets.iter().enumerate() {
        let text = package.text(&sheet.part)?;
        let reader = Reads { by_name: &by_name, names: &names };
        formulas.extend(formulas_of((&sheet.part, &text), own, &reader)?);
    }
    let mut changed: Vec<(usize, Region)> = Vec::new();
    for (name, cells) in &edits.cells {
        let Some(sheet) = by_name.get(&name.to_lowercase()) else { continue };
        let put = cells.iter().filter(|(_, edit)| edit.put.is_some());
        changed.extend(put.map(|(at, _)| (*sheet, Region { first: *at, last: *at })));
    }
    changed.extend(new_rows(&edits.rows, &by_name));
    let mut found = Dependents::default();
    for formula in follow(&formulas, changed) {
        let Region { first, last } = formula.cells;
        let cells = found.0.entry(sheets[formula.sheet].name.clone()).or_default();
        for row0 in first.row0..=last.row0 {
            cells.extend((first.col0..=last.col0).map(|col0| CellRef::new(row0, col0)));
        }
    }
    Ok(found)
}

/// The rows that were put in, whole: what stands in them is new.
fn new_rows(rows: &[Grow], by_name: &BTreeMap<String, usize>) -> Vec<(usize, Region)> {
    let mut rows: Vec<&Grow> = rows.iter().filter(|grow| grow.n_rows > 0).collect();
    rows.sort_by_key(|grow| (&grow.sheet, grow.last_row0));
    let mut above: BTreeMap<&str, u32> = BTreeMap::new();
    let mut found = Vec::new();
    for grow in rows {
        let above = above.entry(&grow.sheet).or_default();
        let first0 = grow.last_row0.saturating_add(*above).saturating_add(1);
        *above = above.saturating_add(grow.n_rows);
        let last0 = first0.saturating_add(grow.n_rows - 1);
        if let Some(sheet) = by_name.get(&grow.sheet.to_lowercase()) {
            let region = Region { first: CellRef::new(first0, 0), last: CellRef::new(last0, LAST_COL0) };
            found.push((*sheet, region));
        }
    }
    found
}

/// The formulas that what is changed leads to.
fn follow(formulas: &[Formula], changed: Vec<(usize, Region)>) -> Vec<&Formula> {
    // What reads single cells is found by the cell; what reads regions is looked through.
    let mut cells: BTreeMap<(usize, CellRef), Vec<usize>> = BTreeMap::new();
    let mut regions: BTreeMap<usize, Vec<(Region, usize)>> = BTreeMap::new();
    let mut is_dependent = vec![false; formulas.len()];
    let mut waiting = changed;
    for (at, formula) in formulas.iter().enumerate() {
        match &formula.reads {
            Ok(reads) => {
                for (sheet, region) in reads {
                    if region.first == region.last {
                        cells.entry((*sheet, region.first)).or_default().push(at);
                    } else {
                        regions.entry(*sheet).or_default().push((*region, at));
                    }
                }
            }
            Err(Unclear) => {
                is_dependent[at] = true;
                waiting.push((formula.sheet, formula.cells));
            }
        }
    }
    let mut steps = 0_usize;
    while let Some((sheet, region)) = waiting.pop() {
        let mut hit = Vec::new();
        for ((_, cell), readers) in cells.range((sheet, region.first)..=(sheet, region.last)) {
            steps += 1;
            if region.has(*cell) {
                hit.extend(readers);
            }
        }
        if let Some(list) = regions.get_mut(&sheet) {
            steps += list.len();
            list.retain(|(read, at)| {
                let meets = meets(*read, region);
                if meets {
                    hit.push(*at);
                }
                !meets && !is_dependent[*at]
            });
        }
        if steps > MAX_STEPS {
            return formulas.iter().collect();
        }
        for at in hit {
            if !std::mem::replace(&mut is_dependent[at], true) {
                waiting.push((formulas[at].sheet, formulas[at].cells));
            }
        }
    }
    formulas.iter().zip(is_dependent).filter(|(_, is)| *is).map(|(formula, _)| formula).collect()
}

const fn meets(one: Region, other: Region) -> bool {
    one.first.row0 <= other.last.row0
        && other.first.row0 <= one.last.row0
        && one.first.col0 <= other.last.col0
        && other.first.col0 <= one.last.col0
}

/// What formulas mean beyond their own text.
struct Reads<'b> {
    by_name: &'b BTreeMap<String, usize>,
    names: &'b BTreeMap<String, Vec<String>>,
}

impl Reads<'_> {
    /// The regions that a formula reads, through names too.
    fn of(&self, formula: &str, own: Option<usize>, depth: usize) -> Result<Vec<(usize, Region)>, Unclear> {
        if depth > MAX_DEPTH || formula.trim().is_empty() {
            return Err(Unclear);
        }
        let references = refs::references(formula)?;
        let mut reads = Vec::new();
        for reference in &references {
            // A name whose references move along means another cell in each.
            if own.is_none() && !is_fixed(reference) || reference.foreign {
                return Err(Unclear);
            }
            let sheet = match &reference.sheet {
                Some(name) => *self.by_name.get(&name.to_lowercase()).ok_or(Unclear)?,
                None => own.ok_or(Unclear)?,
            };
            reads.push((sheet, region(reference)));
        }
        for word in words(formula, &references)? {
            // Names of one sheet and of all are not told apart: whatever either may mean is read.
            let meant = self.names.get(&word.to_lowercase()).ok_or(Unclear)?;
            for formula in meant {
                reads.extend(self.of(formula, None, depth + 1)?);
            }
        }
        Ok(reads)
    }
}

fn is_fixed(reference: &Reference) -> bool {
    let ends = std::iter::once(reference.first).chain(reference.last);
    let mut parts = ends.flat_map(|end| [end.col, end.row]).flatten();
    parts.all(|(fixed, _)| fixed)
}

/// The cells that a reference means; whole columns and rows reach from end to end.
pub(super) fn region(reference: &Reference) -> Region {
    let last = reference.last.unwrap_or(reference.first);
    let side = |one: Option<(bool, u32)>, other: Option<(bool, u32)>, most: u32| match (one, other) {
        (Some((_, one)), Some((_, other))) => (one.min(other), one.max(other)),
        _ => (0, most),
    };
    let (top, bottom) = side(reference.first.row, last.row, LAST_ROW0);
    let (left, right) = side(reference.first.col, last.col, LAST_COL0);
    Region { first: CellRef::new(top, left), last: CellRef::new(bottom, right) }
}

/// The words of a formula that are neither references nor functions nor numbers: names.
///
/// Errors: anything whose meaning is not in its text: tables, spilled regions, computed regions, other
/// workbooks, functions of [`ELSEWHERE`].
fn words<'f>(formula: &'f str, references: &[Reference]) -> Result<Vec<&'f str>, Unclear> {
    let bytes = formula.as_bytes();
    let is_word =
        |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'$' | b'\\' | b'?') || b >= 0x80;
    let mut references = references.iter().peekable();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if let Some(reference) = references.peek()
            && reference.span.start <= at
        {
            at = at.max(reference.span.end);
            references.next();
            continue;
        }
        match bytes[at] {
            b'"' | b'\'' => {
                let quote = bytes[at];
                at += 1;
                // A doubled quote ends one text and begins the next, which comes to the same.
                at += bytes[at..].iter().position(|b| *b == quote).ok_or(Unclear)? + 1;
            }
            b'[' | b']' | b'#' | b':' => return Err(Unclear),
            b if is_word(b) => {
                let start = at;
                at += bytes[at..].iter().take_while(|b| is_word(**b)).count();
                let word = &formula[start..at];
                let upper = word.to_ascii_uppercase();
                match bytes.get(at) {
                    Some(b'!') => at += 1,
                    Some(b'(') => {
                        let bare = upper.trim_start_matches("_XLFN.").trim_start_matches("_XLWS.");
                        if ELSEWHERE.contains(&bare) || bare.starts_with("_XL") || bare.starts_with("CUBE") {
                            return Err(Unclear);
                        }
                    }
                    _ if b.is_ascii_digit() || b == b'.' || upper == "TRUE" || upper == "FALSE" => {}
                    _ => found.push(word),
                }
            }
            _ => at += 1,
        }
    }
    Ok(found)
}

/// The names that the workbook defines, in lower case, with all they may mean.
fn names(package: &mut Package<'_>) -> Result<BTreeMap<String, Vec<String>>, Refusal> {
    let workbook = package.workbook.clone();
    let text = package.text(&workbook)?;
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut open: Option<(String, usize)> = None;
    walk(&workbook, &text, |piece| {
        if piece.name == "definedName" && piece.kind == Kind::Open {
            open = Some((attr(piece.text, "name").unwrap_or_default().to_lowercase(), piece.span.end));
        } else if piece.closes("definedName")
            && let Some((name, start)) = open.take()
        {
            names.entry(name).or_default().push(unescape(&text[start..piece.span.start]));
        }
        Ok(true)
    })?;
    Ok(names)
}

/// The formulas of a sheet.
fn formulas_of((part, text): (&str, &str), own: usize, reader: &Reads<'_>) -> Result<Vec<Formula>, Refusal> {
    // Formulas that cells share: where the first stands, and its text.
    let mut shared: BTreeMap<String, (CellRef, String)> = BTreeMap::new();
    let mut found = Vec::new();
    let mut row0 = 0;
    let mut at = CellRef::new(0, 0);
    let mut open: Option<(String, usize)> = None;
    walk(part, text, |piece| {
        let opens = piece.kind != Kind::Close;
        match piece.name {
            "row" if opens && piece.depth == 2 => {
                let number = attr(piece.text, "r").and_then(|r| r.parse::<u32>().ok());
                let this = number.map_or(row0, |number| number.max(1) - 1);
                at = CellRef::new(this, 0);
                row0 = this.saturating_add(1);
            }
            "c" if piece.depth == 3 => {
                if opens && let Some(cell) = attr(piece.text, "r").and_then(|r| CellRef::parse(&r)) {
                    at = cell;
                }
                if piece.kind != Kind::Open {
                    at.col0 = (at.col0 + 1).min(LAST_COL0);
                }
            }
            "f" if piece.depth == 4 => {
                let (tag, formula) = match piece.kind {
                    Kind::Open => {
                        open = Some((piece.text.to_owned(), piece.span.end));
                        return Ok(true);
                    }
                    Kind::Alone => (piece.text.to_owned(), String::new()),
                    _ => {
                        let Some((tag, start)) = open.take() else { return Ok(true) };
                        (tag, unescape(&text[start..piece.span.start]))
                    }
                };
                found.push(formula_at(&tag, formula, (own, at), &mut shared, reader));
            }
            _ => {}
        }
        Ok(true)
    })?;
    Ok(found)
}

fn formula_at(
    tag: &str,
    text: String,
    (own, at): (usize, CellRef),
    shared: &mut BTreeMap<String, (CellRef, String)>,
    reader: &Reads<'_>,
) -> Formula {
    let kind = attr(tag, "t").unwrap_or_default();
    let alone = Region { first: at, last: at };
    let cells = match kind.as_str() {
        "array" | "dataTable" => attr(tag, "ref").and_then(|region| Region::parse(&region)).unwrap_or(alone),
        _ => alone,
    };
    // More cells than a form can have in one formula: only the first is followed, and all are read anew.
    let cells = if n_cells(cells) > 1_000_000 { alone } else { cells };
    let reads = match kind.as_str() {
        "dataTable" => Err(Unclear),
        "shared" => {
            let index = attr(tag, "si").unwrap_or_default();
            if text.is_empty() {
                shared.get(&index).ok_or(Unclear).and_then(|(from, text)| {
                    let rows = i64::from(at.row0) - i64::from(from.row0);
                    let cols = i64::from(at.col0) - i64::from(from.col0);
                    reader.of(&refs::translated(text, rows, cols)?, Some(own), 0)
                })
            } else {
                let reads = reader.of(&text, Some(own), 0);
                shared.insert(index, (at, text));
                reads
            }
        }
        _ => reader.of(&text, Some(own), 0),
    };
    Formula { sheet: own, cells, reads }
}

const fn n_cells(region: Region) -> u64 {
    let rows = region.last.row0.saturating_sub(region.first.row0) as u64 + 1;
    rows * (region.last.col0.saturating_sub(region.first.col0) as u64 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a formula of sheet 0 (甲; 1 is 乙) reads.
    fn check(formula: &str, expected: Option<&[&str]>) {
        let by_name = BTreeMap::from([("甲".to_owned(), 0), ("乙".to_owned(), 1)]);
        let named = [("总数", "乙!$B$2:$B$4"), ("tax", "0.13"), ("圈", "圈+1"), ("移", "甲!A1")];
        let names = named.map(|(name, formula)| (name.to_owned(), vec![formula.to_owned()]));
        let names = BTreeMap::from(names);
        let reads = Reads { by_name: &by_name, names: &names }.of(formula, Some(0), 0).ok().map(|reads| {
            let shown = |(sheet, Region { first, last }): (usize, Region)| format!("{sheet}!{first}:{last}");
            reads.into_iter().map(shown).collect::<Vec<_>>()
        });
        let expected = expected.map(|cells| cells.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(reads, expected, "{formula}");
    }

    #[test]
    fn what_a_formula_reads_is_in_its_text_or_not_known() {
        for (formula, reads) in [
            ("A1+$B$2", Some(&["0!A1:A1", "0!B2:B2"][..])),
            ("SUM(C4:C9)*tax", Some(&["0!C4:C9"][..])),
            ("SUM(B:B)+SUM(乙!3:4)", Some(&["0!B1:B1048576", "1!A3:XFD4"][..])),
            ("SUM('乙'!B2:A1)", Some(&["1!A1:B2"][..])),
            ("总数+乙!总数", Some(&["1!B2:B4", "1!B2:B4"][..])),
            ("IF(A1=\"B1:\"\"[#\",1.5E3,TRUE)", Some(&["0!A1:A1"][..])),
            ("DISPIMG(\"ID_1\",1)", Some(&[][..])),
            // What is not told by the text.
            ("INDIRECT(\"A1\")", None),
            ("_xlfn.RANDARRAY(2)", None),
            ("SUM(A1:INDEX(B:B,3))", None),
            ("表格[金额]", None),
            ("A1#", None),
            ("[1]甲!A1", None),
            ("丙!A1", None),
            ("没有", None),
            ("圈", None),
            ("移", None),
            ("SUM(甲:乙!A1)", None),
            ("ROW()", None),
            ("", None),
        ] {
            check(formula, reads);
        }
    }

    #[test]
    fn a_chain_is_followed_in_whatever_order_it_stands() {
        // Formula n stands in row n and reads row n + 1; row 100,000 changes.
        let formulas: Vec<Formula> = (0..100_000)
            .map(|row0| {
                let at = |row0| Region { first: CellRef::new(row0, 0), last: CellRef::new(row0, 0) };
                Formula { sheet: 0, cells: at(row0), reads: Ok(vec![(0, at(row0 + 1))]) }
            })
            .collect();
        let changed = |row0| vec![(0, Region { first: CellRef::new(row0, 0), last: CellRef::new(row0, 0) })];
        assert_eq!(follow(&formulas, changed(100_000)).len(), 100_000);
        assert_eq!(follow(&formulas, changed(3)).len(), 3);
        assert_eq!(follow(&formulas, changed(200_000)).len(), 0);
    }
}
