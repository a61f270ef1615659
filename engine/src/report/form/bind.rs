//! From labels to cells: where in a form each part of its specification lies.
//! Reads the form's own texts and merged regions; knows no facts.

use std::collections::BTreeMap;

use super::fault::Fault;
use super::spec::{BlockSpec, CellSpec, ColumnSpec, GridSpec, Spec};
use super::{digest, spec::Overflow};
use crate::model::CellRef;
use crate::model::text::match_key;
use crate::report::patch::{BookView, Region, SheetView, Stands, look};

/// A specification laid onto a form.
#[derive(Debug, Clone)]
pub struct Bound {
    pub(super) sheet: SheetView,
    /// In the order of the specification.
    pub(super) cells: Vec<CellRef>,
    pub(super) grids: Vec<BoundGrid>,
    pub(super) blocks: Vec<BoundBlock>,
}

#[derive(Debug, Clone)]
pub(super) struct BoundGrid {
    /// Rows by the key of their label.
    pub rows: BTreeMap<String, u32>,
    /// Columns, in the order of the specification.
    pub cols: Vec<u32>,
}

#[derive(Debug, Clone)]
pub(super) struct BoundBlock {
    pub first0: u32,
    pub last0: u32,
    pub cols: Vec<u32>,
}

/// What a form looks like to a specification.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The digest of the form.
    pub digest: String,
    /// Whether it is the form that the specification is pinned to.
    pub pinned: bool,
    /// Each part of the specification, and where it lies.
    pub places: Vec<(String, String)>,
    /// What does not fit.
    pub faults: Vec<Fault>,
}

/// Lays a specification onto a form that may have changed.
///
/// Errors: what is no workbook.
pub fn check(form: &[u8], spec: &Spec) -> Result<Checked, Fault> {
    let book = look(form).map_err(Fault::Refused)?;
    let digest = digest(form);
    let pinned = digest == spec.sha256;
    let (places, faults) = match bind(spec, &book) {
        Ok(bound) => (bound.places(spec), Vec::new()),
        Err(faults) => (Vec::new(), faults),
    };
    Ok(Checked { digest, pinned, places, faults })
}

impl Bound {
    /// Each part of the specification, and where it lies, in words.
    fn places(&self, spec: &Spec) -> Vec<(String, String)> {
        let mut places: Vec<_> =
            spec.cell.iter().zip(&self.cells).map(|(cell, at)| (anchor(cell), at.to_string())).collect();
        let column = |col0: u32| CellRef::new(0, col0).to_string().trim_end_matches('1').to_owned();
        for (grid, bound) in spec.grid.iter().zip(&self.grids) {
            for (header, col0) in grid.columns.iter().zip(&bound.cols) {
                places.push((header.header.clone(), column(*col0)));
            }
            places.extend(bound.rows.iter().map(|(label, row0)| (label.clone(), (row0 + 1).to_string())));
        }
        for (block, bound) in spec.block.iter().zip(&self.blocks) {
            for (header, col0) in block.columns.iter().zip(&bound.cols) {
                places.push((header.header.clone(), column(*col0)));
            }
            places.push((block.list.clone(), format!("{}:{}", bound.first0 + 1, bound.last0 + 1)));
        }
        places
    }
}

/// What a cell is anchored by.
fn anchor(cell: &CellSpec) -> String {
    let anchors = [&cell.name, &cell.label, &cell.right_of, &cell.below];
    anchors.into_iter().flatten().next().cloned().unwrap_or_default()
}

/// Lays a specification onto a form.
///
/// Errors: every anchor that no cell, or more than one, answers to.
pub(super) fn bind(spec: &Spec, book: &BookView) -> Result<Bound, Vec<Fault>> {
    let Some(sheet) = book.sheets.iter().find(|sheet| sheet.name == spec.sheet) else {
        return Err(vec![Fault::NoSheet { sheet: spec.sheet.clone() }]);
    };
    let texts = Texts::new(sheet);
    let mut faults = Vec::new();
    let mut keep = |found: Result<CellRef, Fault>| {
        found.unwrap_or_else(|fault| {
            faults.push(fault);
            CellRef::new(0, 0)
        })
    };
    let cells = spec.cell.iter().map(|cell| keep(texts.cell(cell, book))).collect();
    let mut grids = Vec::new();
    let mut blocks = Vec::new();
    for grid in &spec.grid {
        match texts.grid(grid) {
            Ok(bound) => grids.push(bound),
            Err(more) => faults.extend(more),
        }
    }
    for block in &spec.block {
        match texts.block(block) {
            Ok(bound) => blocks.push(bound),
            Err(more) => faults.extend(more),
        }
    }
    if faults.is_empty() { Ok(Bound { sheet: sheet.clone(), cells, grids, blocks }) } else { Err(faults) }
}

impl BlockSpec {
    pub(super) fn may(&self, overflow: Overflow) -> bool {
        self.overflow.contains(&overflow)
    }
}

/// The texts of a sheet by their keys.
struct Texts<'s> {
    sheet: &'s SheetView,
    by_key: BTreeMap<String, Vec<Region>>,
}

impl<'s> Texts<'s> {
    fn new(sheet: &'s SheetView) -> Self {
        let mut by_key: BTreeMap<String, Vec<Region>> = BTreeMap::new();
        let merged: BTreeMap<CellRef, Region> =
            sheet.merges.iter().map(|region| (region.first, *region)).collect();
        for (at, stands) in &sheet.cells {
            let key = match_key(&stands.text);
            if !key.is_empty() && stands.formula.is_none() {
                let region = merged.get(at).copied().unwrap_or(Region { first: *at, last: *at });
                by_key.entry(key).or_default().push(region);
            }
        }
        Self { sheet, by_key }
    }

    fn all(&self, text: &str) -> &[Region] {
        self.by_key.get(&match_key(text)).map_or(&[], Vec::as_slice)
    }

    /// The one region with a text.
    fn one(&self, text: &str) -> Result<Region, Fault> {
        match self.all(text) {
            [region] => Ok(*region),
            found => Err(Fault::Anchor {
                anchor: text.to_owned(),
                found: found.iter().map(|region| region.first).collect(),
            }),
        }
    }

    fn cell(&self, cell: &CellSpec, book: &BookView) -> Result<CellRef, Fault> {
        let at = if let Some(name) = &cell.name {
            let found: Vec<_> = book
                .names
                .iter()
                .filter(|(known, sheet, _)| known == name && *sheet == self.sheet.name)
                .collect();
            match found.as_slice() {
                [(_, _, at)] => *at,
                found => {
                    let found = found.iter().map(|(_, _, at)| *at).collect();
                    return Err(Fault::Anchor { anchor: name.clone(), found });
                }
            }
        } else if let Some(label) = &cell.label {
            self.one(label)?.first
        } else if let Some(label) = &cell.right_of {
            let label = self.one(label)?;
            CellRef::new(label.first.row0, label.last.col0 + 1)
        } else {
            let label = self.one(cell.below.as_deref().unwrap_or_default())?;
            CellRef::new(label.last.row0 + 1, label.first.col0)
        };
        Ok(self.sheet.region(at).first)
    }

    /// The header at the end of a path: each text below the one before, and within its columns.
    fn header(&self, path: &str) -> Result<Region, Fault> {
        let mut parts = path.split('/');
        let mut found: Vec<Region> = self.all(parts.next().unwrap_or_default()).to_vec();
        for part in parts {
            let below = |inner: &Region| {
                found.iter().any(|outer| {
                    inner.first.row0 > outer.last.row0
                        && inner.first.col0 >= outer.first.col0
                        && inner.last.col0 <= outer.last.col0
                })
            };
            found = self.all(part).iter().filter(|inner| below(inner)).copied().collect();
        }
        match found.as_slice() {
            [region] => Ok(*region),
            found => Err(Fault::Anchor {
                anchor: path.to_owned(),
                found: found.iter().map(|region| region.first).collect(),
            }),
        }
    }

    fn headers(&self, columns: &[ColumnSpec]) -> Result<Vec<Region>, Vec<Fault>> {
        let (mut found, mut faults) = (Vec::new(), Vec::new());
        for column in columns {
            match self.header(&column.header) {
                Ok(region) => found.push(region),
                Err(fault) => faults.push(fault),
            }
        }
        if faults.is_empty() { Ok(found) } else { Err(faults) }
    }

    fn grid(&self, grid: &GridSpec) -> Result<BoundGrid, Vec<Fault>> {
        let columns = self.headers(&grid.columns)?;
        let head = self.header(&grid.rows).map_err(|fault| vec![fault])?;
        let below = columns.iter().map(|region| region.last.row0).max().unwrap_or(0).max(head.last.row0);
        let mut rows = BTreeMap::new();
        let mut twice: Vec<CellRef> = Vec::new();
        for (at, stands) in self.sheet.cells.range(CellRef::new(below + 1, 0)..) {
            let key = match_key(&stands.text);
            if at.col0 != head.first.col0 || key.is_empty() {
                continue;
            }
            if rows.insert(key, at.row0).is_some() {
                twice.push(*at);
            }
        }
        if !twice.is_empty() {
            return Err(vec![Fault::Anchor { anchor: grid.rows.clone(), found: twice }]);
        }
        Ok(BoundGrid { rows, cols: columns.iter().map(|region| region.first.col0).collect() })
    }

    fn block(&self, block: &BlockSpec) -> Result<BoundBlock, Vec<Fault>> {
        let columns = self.headers(&block.columns)?;
        let below = columns.iter().map(|region| region.last.row0).max().unwrap_or(0);
        let first0 = below + 1 + block.skip;
        let last0 = first0 + (block.rows - 1);
        let cols: Vec<u32> = columns.iter().map(|region| region.first.col0).collect();
        let mut faults = Vec::new();
        for row0 in first0..=last0.min(first0 + 10_000) {
            for col0 in &cols {
                let at = CellRef::new(row0, *col0);
                let Stands { text, formula, .. } = self.sheet.at(at);
                if !text.is_empty() && formula.is_none() {
                    faults.push(Fault::Occupied { cell: at, text });
                }
                let region = self.sheet.region(at);
                if region.first != at || region.last.row0 != row0 {
                    faults.push(Fault::Anchor { anchor: block.list.clone(), found: vec![at] });
                }
            }
        }
        faults.truncate(20);
        if faults.is_empty() { Ok(BoundBlock { first0, last0, cols }) } else { Err(faults) }
    }
}
