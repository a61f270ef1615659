//! A filled form read again as facts, without the record beside it: its tables row by row, and what it
//! says of itself. The reverse of `fill`; it judges nothing and adds nothing up.
//!
//! Tables with a row for each label alone are read back. A list with a row for each record is sent up as
//! the prescribed report of the same content.

use std::collections::BTreeMap;

use super::bind::{Bound, bind};
use super::facts::{Fact, FactValue, Record};
use super::spec::{BuiltIn, Spec};
use crate::model::text::match_key;
use crate::model::{CellRef, Decimal, SheetCells};
use crate::report::patch::look;

/// A blank form with its parts found, ready to recognise filled ones.
pub struct Reader {
    spec: Spec,
    bound: Bound,
    /// Texts that a filled form has where the blank one has them.
    fixed: Vec<(CellRef, String)>,
}

/// What a filled form holds.
#[derive(Debug, Clone, Default)]
pub struct ReadBack {
    /// Its tables, by list; each fact is from its cell.
    pub lists: BTreeMap<String, Vec<Record>>,
    /// Rows that sum up, by list: the numbers as they were sent, with their cells.
    pub totals: BTreeMap<String, Vec<(CellRef, String, String)>>,
    /// What stands behind a label, such as who fills it in: the fact, the cell, the text.
    pub behind: Vec<(String, CellRef, String)>,
    /// Numbers in the blanks of texts, such as year and month: the fact, the cell, the number.
    pub blanks: Vec<(String, CellRef, String)>,
    /// Cells of tables that should hold a number and do not: cell, text.
    pub odd: Vec<(CellRef, String)>,
}

impl Reader {
    /// A reader of a form that has tables. Errors: `None` where it has none, or is not as specified.
    pub fn new(form: &BuiltIn) -> Option<Self> {
        if form.spec.grid.is_empty() || !form.spec.block.is_empty() {
            return None;
        }
        let bound = bind(&form.spec, &look(form.form).ok()?).ok()?;
        let cells = bound.sheet.cells.iter();
        let fixed = cells
            .filter(|(at, stands)| {
                stands.formula.is_none() && !stands.text.trim().is_empty() && !bound.cells.contains(at)
            })
            .map(|(at, stands)| (*at, match_key(&stands.text)))
            .collect();
        Some(Self { spec: form.spec.clone(), bound, fixed })
    }

    /// Reads a filled form. Errors: `None` where the sheet is not this form.
    pub fn read(&self, (_, cells): &SheetCells, place: &dyn Fn(CellRef) -> String) -> Option<ReadBack> {
        let texts: BTreeMap<CellRef, &str> = cells.iter().map(|(at, text)| (*at, text.trim())).collect();
        let text = |at: CellRef| texts.get(&at).copied().unwrap_or_default();
        if !self.fixed.iter().all(|(at, wanted)| match_key(text(*at)) == *wanted) {
            return None;
        }
        let mut read = ReadBack::default();
        for (cell, at) in self.spec.cell.iter().zip(&self.bound.cells) {
            let blank = self.bound.sheet.at(*at).text;
            if let Some(key) = &cell.behind {
                let behind = text(*at).strip_prefix(blank.trim()).unwrap_or_default();
                read.behind.push((key.clone(), *at, behind.trim().to_owned()));
            }
            let numbers = text(*at).split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty());
            read.blanks.extend(
                cell.blanks.iter().zip(numbers).map(|(key, digits)| (key.clone(), *at, digits.to_owned())),
            );
        }
        for (grid, bound) in self.spec.grid.iter().zip(&self.bound.grids) {
            let total = grid.total.as_deref().map(match_key);
            let mut rows: Vec<_> =
                bound.rows.iter().flat_map(|(key, rows)| rows.iter().map(move |row0| (*row0, key))).collect();
            rows.sort();
            for (row0, key) in rows {
                let mut record = Record::new();
                let mut any = false;
                for (column, col0) in grid.columns.iter().zip(&bound.cols) {
                    let at = CellRef::new(row0, *col0);
                    let stands = text(at);
                    if total.as_ref() == Some(key) {
                        let sent = (at, column.put.clone(), stands.to_owned());
                        read.totals.entry(grid.list.clone()).or_default().push(sent);
                        continue;
                    }
                    // Differences and rates are worked out again.
                    if column.put.contains([' ', '(', '#']) {
                        continue;
                    }
                    let number = match_key(stands)
                        .parse::<Decimal>()
                        .ok()
                        .filter(|number| !number.is_sign_negative() || number.is_zero());
                    any |= number.is_some();
                    if number.is_none() && !stands.is_empty() {
                        read.odd.push((at, stands.to_owned()));
                    }
                    let value = number.map_or(FactValue::Absent, FactValue::Number);
                    record.insert(column.put.clone(), Fact { value, from: place(at) });
                }
                if any {
                    let label = text(CellRef::new(row0, bound.label_col0)).to_owned();
                    record.insert(grid.key.clone(), FactValue::Text(label).into());
                    read.lists.entry(grid.list.clone()).or_default().push(record);
                }
            }
        }
        Some(read)
    }
}
