//! Finds a table on a sheet: binds the header to a layout, and reads titles and the information
//! block above it. Reads no data rows and judges no value.

use std::collections::HashMap;
use std::ops::Range;

use super::grid::{Grid, GridCell, first_row};
use super::layout::{Layout, Name};
use super::names::{has_key, looks_like_code, normal_key, without_brackets};
use crate::model::{CellRef, Role};

/// Headers are looked for in the first rows only: titles and information blocks are short, and a
/// table that begins lower is not what these forms look like.
const HEADER_ROWS: u32 = 40;
/// … and in the first columns; the widest known form has some 60.
const HEADER_COLS: u32 = 256;
/// Rows with a known column name that are tried as the last of a header; honest sheets have three
/// or four. Without an end, a sheet of nothing but names would take minutes.
const HEADER_TRIES: usize = 12;
/// A header has at most this many rows.
const HEADER_HEIGHT: u32 = 5;
/// A longer text is no column name or label.
const NAME_CHARS: usize = 40;

/// The layouts, indexed by the names they know.
pub struct Catalogue<'l> {
    /// The layouts.
    pub layouts: &'l [Layout],
    columns: HashMap<&'l str, Vec<Hit<'l>>>,
    infos: HashMap<&'l str, Vec<(usize, usize)>>,
}

/// A name of a column of a layout.
#[derive(Clone, Copy)]
struct Hit<'l> {
    layout: usize,
    field: usize,
    /// Position among the field's names; the lower is preferred.
    rank: usize,
    name: &'l Name,
    like_code: bool,
}

impl<'l> Catalogue<'l> {
    /// Indexes the layouts.
    pub fn new(layouts: &'l [Layout]) -> Self {
        let mut columns: HashMap<&str, Vec<Hit<'_>>> = HashMap::new();
        let mut infos: HashMap<&str, Vec<(usize, usize)>> = HashMap::new();
        for (layout, known) in layouts.iter().enumerate() {
            for (field, column) in known.columns.iter().enumerate() {
                for (rank, name) in column.names.iter().chain(&column.like_codes).enumerate() {
                    let like_code = rank >= column.names.len();
                    let hit = Hit { layout, field, rank, name, like_code };
                    columns.entry(name.last.as_str()).or_default().push(hit);
                }
            }
            for (field, info) in known.infos.iter().enumerate() {
                for name in &info.names {
                    infos.entry(name.last.as_str()).or_default().push((layout, field));
                }
            }
        }
        Self { layouts, columns, infos }
    }

    /// The information field of a layout with this label.
    pub fn info(&self, layout: usize, label: &str) -> Option<usize> {
        let fields = self.infos.get(label)?;
        fields.iter().find(|(known, _)| *known == layout).map(|(_, field)| *field)
    }
}

/// A column of the sheet that a field was found in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundColumn {
    /// Position in the layout's columns; their number for an item of a matrix.
    pub field: usize,
    /// Column of the sheet, from 0.
    pub col0: u32,
    /// The header's text.
    pub header: String,
    /// The cell of that text.
    pub header_at: CellRef,
    /// What stands in brackets in the header, e.g. `t`; empty where nothing.
    pub bracket: String,
    /// Another column of the same name.
    pub twice: Option<CellRef>,
}

/// A header, bound to a layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Position in the layouts.
    pub layout: usize,
    /// First row of the header.
    pub top0: u32,
    /// Last row of the header.
    pub bottom0: u32,
    /// The row where another table begins, where one does.
    pub end0: Option<u32>,
    /// Columns, in the order of the sheet.
    pub columns: Vec<BoundColumn>,
}

/// What came of looking for a header.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// One layout fits.
    Bound(Binding),
    /// Two fit equally well.
    Ambiguous(usize, usize),
    /// None fits; the nearest, with the names of what is missing.
    Near(usize, Vec<String>),
    /// None is near.
    Unknown,
}

/// A value of the information block.
#[derive(Debug)]
pub struct Pair<'w> {
    /// The label as it stands, without its colon.
    pub label: String,
    /// The value's cell; for text behind a colon, the label's own.
    pub at: CellRef,
    /// The value.
    pub value: PairValue<'w>,
}

/// Where a value of the information block comes from.
#[derive(Debug)]
pub enum PairValue<'w> {
    /// Nothing stands there.
    Empty,
    /// A cell of its own.
    Cell(&'w GridCell<'w>),
    /// Text behind the label, in one cell with it.
    Inline(String),
}

/// A cell or merged region of the sheet's top.
struct Slot<'w> {
    first: CellRef,
    last: CellRef,
    cell: Option<&'w GridCell<'w>>,
    /// Its text as a name; empty where it has none that could be one.
    key: String,
}

/// The top of a sheet, or of a part of one, with merged regions resolved. Addresses are the
/// sheet's own.
pub struct Top<'w> {
    /// The first row and column that belong to it …
    base: CellRef,
    /// … and the first that no longer do.
    rows: u32,
    cols: u32,
    /// Where the part of the sheet ends.
    end0: u32,
    slots: Vec<Slot<'w>>,
    /// For each cell of the top, its slot from 1; 0 where it is empty.
    owners: Vec<u32>,
}

impl<'w> Top<'w> {
    /// Takes the top of a grid.
    pub fn new(grid: &'w Grid<'w>) -> Self {
        Self::within(grid, CellRef::new(0, 0))
    }

    /// Takes the top of what lies below and to the right of a cell.
    pub fn within(grid: &'w Grid<'w>, base: CellRef) -> Self {
        Self::between(grid, base, u32::MAX)
    }

    /// The same, ending before a row.
    pub fn between(grid: &'w Grid<'w>, base: CellRef, end0: u32) -> Self {
        let columns = base.col0..HEADER_COLS.max(base.col0);
        let cells: Vec<_> = grid
            .below(base.row0)
            .iter()
            .take_while(|cell| cell.at.row0 - base.row0 < HEADER_ROWS && cell.at.row0 < end0)
            .filter(|cell| columns.contains(&cell.at.col0))
            .collect();
        let rows = cells.last().map_or(base.row0, |cell| cell.at.row0 + 1);
        let cols = cells.iter().map(|cell| cell.at.col0 + 1).max().unwrap_or(base.col0);
        let mut top = Self {
            base,
            rows,
            cols,
            end0,
            slots: Vec::with_capacity(cells.len()),
            owners: vec![0; ((rows - base.row0) * (cols - base.col0)) as usize],
        };
        for cell in cells {
            let key = cell
                .text()
                .filter(|text| text.chars().nth(NAME_CHARS).is_none())
                .map_or_else(String::new, normal_key);
            top.slots.push(Slot { first: cell.at, last: cell.at, cell: Some(cell), key });
            let place = top.place(cell.at.row0, cell.at.col0);
            top.owners[place] = top.slots.len() as u32;
        }
        // Honest regions do not overlap, so together they fill the top at most once; the budget
        // stops a file that stacks thousands of them.
        let mut budget = 2 * top.owners.len();
        for region in &grid.merges {
            let outside = region.first.row0 < base.row0 || region.first.col0 < base.col0;
            if outside || region.first.row0 >= rows || region.first.col0 >= cols {
                continue;
            }
            let place = top.place(region.first.row0, region.first.col0);
            if top.owners[place] == 0 {
                let slot = Slot { first: region.first, last: region.last, cell: None, key: String::new() };
                top.slots.push(slot);
                top.owners[place] = top.slots.len() as u32;
            }
            let owner = top.owners[place];
            top.slots[owner as usize - 1].last = region.last;
            for row0 in region.first.row0..=region.last.row0.min(rows - 1) {
                for col0 in region.first.col0..=region.last.col0.min(cols - 1) {
                    let Some(left) = budget.checked_sub(1) else { return top };
                    budget = left;
                    let place = top.place(row0, col0);
                    top.owners[place] = owner;
                }
            }
        }
        top
    }

    const fn place(&self, row0: u32, col0: u32) -> usize {
        ((row0 - self.base.row0) * (self.cols - self.base.col0) + col0 - self.base.col0) as usize
    }

    fn slot(&self, row0: u32, col0: u32) -> Option<&Slot<'w>> {
        let outside = row0 < self.base.row0 || col0 < self.base.col0;
        if outside || row0 >= self.rows || col0 >= self.cols {
            return None;
        }
        let owner = self.owners[self.place(row0, col0)] as usize;
        owner.checked_sub(1).map(|index| &self.slots[index])
    }

    /// Looks for the header that binds the most columns of a layout.
    pub fn find(&self, catalogue: &Catalogue<'_>, grid: &Grid<'_>) -> Found {
        let mut best: Option<Binding> = None;
        let mut rival = None;
        let mut near: Option<(usize, usize, Vec<String>)> = None;
        let named = (self.base.row0..self.rows).filter(|row0| self.has_name(*row0, catalogue));
        for bottom0 in named.take(HEADER_TRIES) {
            // Whether the cells below look like item codes, by column; asked for every height.
            let mut codes: HashMap<u32, bool> = HashMap::new();
            for top0 in (bottom0.saturating_sub(HEADER_HEIGHT - 1).max(self.base.row0)..=bottom0).rev() {
                let hits = self.hits(top0, bottom0, catalogue, |col0| {
                    *codes.entry(col0).or_insert_with(|| codes_below(grid, bottom0 + 1..self.end0, col0))
                });
                for (layout, known) in catalogue.layouts.iter().enumerate() {
                    let columns = bind(&hits, layout);
                    if columns.is_empty() {
                        continue;
                    }
                    let missing: Vec<_> = known
                        .columns
                        .iter()
                        .enumerate()
                        .filter(|(field, column)| {
                            column.required && !columns.iter().any(|bound| bound.field == *field)
                        })
                        .map(|(_, column)| {
                            let name = column.like_codes.first().or(column.names.first());
                            name.map_or_else(String::new, |name| name.last.clone())
                        })
                        .collect();
                    if !missing.is_empty() {
                        let required = known.columns.iter().filter(|column| column.required).count();
                        if required > 2 * missing.len()
                            && near.as_ref().is_none_or(|(count, ..)| columns.len() > *count)
                        {
                            near = Some((columns.len(), layout, missing));
                        }
                        continue;
                    }
                    let mut columns = columns;
                    if known.role == Role::Matrix {
                        let items = self.items(top0, bottom0, &columns, known.columns.len());
                        if items.is_empty() {
                            continue;
                        }
                        columns.extend(items);
                        columns.sort_by_key(|column| column.col0);
                    }
                    let count = columns.len();
                    let known = best.as_ref().map_or(0, |best| best.columns.len());
                    if count > known {
                        best = Some(Binding { layout, top0, bottom0, end0: None, columns });
                        rival = None;
                    } else if count == known
                        && let Some(held) = best.as_ref().filter(|best| best.layout != layout)
                    {
                        // Who gives a layout for this run means it, where another fits as well.
                        match (catalogue.layouts[held.layout].given, catalogue.layouts[layout].given) {
                            (true, false) => {}
                            (false, true) => {
                                best = Some(Binding { layout, top0, bottom0, end0: None, columns });
                                rival = None;
                            }
                            _ => rival = Some(layout),
                        }
                    }
                }
            }
        }
        match (best, rival, near) {
            (Some(best), Some(rival), _) => Found::Ambiguous(best.layout, rival),
            (Some(best), None, _) => Found::Bound(best),
            (None, _, Some((_, layout, missing))) => Found::Near(layout, missing),
            (None, _, None) => Found::Unknown,
        }
    }

    fn has_name(&self, row0: u32, catalogue: &Catalogue<'_>) -> bool {
        (self.base.col0..self.cols).any(|col0| {
            self.slot(row0, col0).is_some_and(|slot| {
                !slot.key.is_empty()
                    && (catalogue.columns.contains_key(slot.key.as_str())
                        || without_brackets(&slot.key)
                            .is_some_and(|(key, _)| catalogue.columns.contains_key(key.as_str())))
            })
        })
    }

    /// Every name of a layout that a block of rows carries. Shape: by column, from left to right.
    fn hits<'l>(
        &self,
        top0: u32,
        bottom0: u32,
        catalogue: &Catalogue<'l>,
        mut has_codes: impl FnMut(u32) -> bool,
    ) -> Vec<(BoundColumn, Hit<'l>)> {
        let mut found = Vec::new();
        for col0 in self.base.col0..self.cols {
            // From the lowest text upwards.
            let mut path: Vec<&Slot<'_>> = Vec::new();
            for row0 in (top0..=bottom0).rev() {
                if let Some(slot) = self.slot(row0, col0)
                    && !slot.key.is_empty()
                    && slot.first.row0 >= top0
                    && path.last().is_none_or(|last| last.first != slot.first)
                {
                    path.push(slot);
                }
            }
            // A name that reaches below the block says that the header does.
            let Some(name) = path.first().filter(|name| name.last.row0 <= bottom0) else { continue };
            let bare = without_brackets(&name.key);
            let mut keys: Vec<&str> = path.iter().rev().map(|slot| slot.key.as_str()).collect();
            let mut known: Vec<Hit<'l>> = Vec::new();
            known.extend(catalogue.columns.get(keys[keys.len() - 1]).into_iter().flatten());
            known.retain(|hit| hit.name.matches(&keys));
            if let Some((bare, _)) = &bare {
                let last = keys.len() - 1;
                keys[last] = bare;
                known.extend(catalogue.columns.get(bare.as_str()).into_iter().flatten());
                known.retain(|hit| hit.name.last != *bare || hit.name.matches(&keys));
            }
            for hit in known {
                if hit.like_code && !has_codes(col0) {
                    continue;
                }
                let header: String = name
                    .cell
                    .and_then(GridCell::text)
                    .unwrap_or_default()
                    .chars()
                    .filter(|c| !c.is_whitespace())
                    .collect();
                let bracket = bare.as_ref().map_or("", |(_, bracket)| bracket).to_owned();
                let column = BoundColumn {
                    field: hit.field,
                    col0,
                    header,
                    header_at: name.first,
                    bracket,
                    twice: None,
                };
                found.push((column, hit));
            }
        }
        found
    }

    /// The texts of a block of rows as a header: for each column with a text of its own the column,
    /// and its texts as they stand, the outermost first.
    pub fn block(&self, top0: u32, bottom0: u32) -> Vec<(u32, Vec<String>)> {
        let shown = |slot: &&Slot<'_>| slot.cell.and_then(GridCell::text).map(|text| text.trim().to_owned());
        let mut found: Vec<(u32, Vec<String>)> = Vec::new();
        for col0 in self.base.col0..self.cols {
            let mut path: Vec<&Slot<'_>> = (top0..=bottom0)
                .filter_map(|row0| self.slot(row0, col0))
                .filter(|slot| !slot.key.is_empty() && slot.first.row0 >= top0)
                .collect();
            path.dedup_by_key(|slot| slot.first);
            // A column without a text of its own is the rest of a merged one.
            if path.last().is_some_and(|last| last.first.col0 == col0 && last.last.row0 <= bottom0) {
                found.push((col0, path.iter().filter_map(shown).collect()));
            }
        }
        found
    }

    /// Rows that may be headers.
    pub const fn rows(&self) -> u32 {
        self.rows
    }

    /// The columns of a header whose text is an item's code.
    fn items(&self, top0: u32, bottom0: u32, bound: &[BoundColumn], field: usize) -> Vec<BoundColumn> {
        let free = |col0: &u32| !bound.iter().any(|column| column.col0 == *col0);
        (self.base.col0..self.cols)
            .filter(free)
            .filter_map(|col0| {
                let slot = (top0..=bottom0)
                    .filter_map(|row0| self.slot(row0, col0))
                    .find(|slot| slot.first.col0 == col0 && looks_like_code(&slot.key))?;
                Some(BoundColumn {
                    field,
                    col0,
                    header: slot.key.clone(),
                    header_at: slot.first,
                    bracket: String::new(),
                    twice: None,
                })
            })
            .collect()
    }

    /// The title: the first text above the header that stands alone in its row, and its cell.
    pub fn title(&self, binding: &Binding) -> Option<(String, CellRef)> {
        for row0 in self.base.row0..binding.top0 {
            let mut texts = self
                .row(row0)
                .filter_map(|slot| slot.cell)
                .filter_map(|cell| cell.text().map(|text| (text, cell.at)));
            if let (Some((text, at)), None) = (texts.next(), texts.next())
                && inline_pairs(text).is_empty()
                && !is_annex(text)
            {
                return Some((text.trim().to_owned(), at));
            }
        }
        None
    }

    /// The slots that begin in a row, from left to right.
    fn row(&self, row0: u32) -> impl Iterator<Item = &Slot<'w>> {
        (self.base.col0..self.cols).filter_map(move |col0| {
            self.slot(row0, col0).filter(|slot| slot.first == CellRef::new(row0, col0))
        })
    }

    /// The labelled values above the header, in the order of the sheet.
    pub fn pairs(&self, binding: &Binding, catalogue: &Catalogue<'_>) -> Vec<Pair<'w>> {
        let mut pairs = Vec::new();
        for row0 in self.base.row0..binding.top0 {
            let texts: Vec<_> = self.row(row0).filter(|slot| slot.cell.is_some()).collect();
            let mut next_col0 = 0;
            for (index, slot) in texts.iter().enumerate() {
                let Some(text) = slot.cell.and_then(GridCell::text) else { continue };
                if slot.first.col0 < next_col0 {
                    continue;
                }
                let inline = inline_pairs(text);
                let open = matches!(inline.as_slice(), [(_, value)] if value.is_empty());
                if !inline.is_empty() && !open {
                    pairs.extend(inline.into_iter().map(|(label, value)| Pair {
                        label,
                        at: slot.first,
                        value: if value.is_empty() { PairValue::Empty } else { PairValue::Inline(value) },
                    }));
                    continue;
                }
                // A text alone in its row is a title or a note, not a label.
                let is_info = |key: &str| catalogue.info(binding.layout, key).is_some();
                if texts.len() == 1 && !open && !is_info(&slot.key) {
                    continue;
                }
                let label = text.trim().trim_end_matches([':', '：']).to_owned();
                let at = CellRef::new(row0, slot.last.col0 + 1);
                let beside = self.slot(row0, at.col0).filter(|beside| beside.cell.is_some());
                // Known labels may stand some blank cells before their value; but what is followed by
                // something that is no known label may itself be one.
                let beside = beside.or_else(|| {
                    let next =
                        texts.get(index + 1).filter(|next| is_info(&slot.key) && !is_info(&next.key))?;
                    texts.get(index + 2).is_none_or(|after| is_info(&after.key)).then_some(*next)
                });
                let value = beside.filter(|beside| !is_info(&beside.key)).and_then(|beside| {
                    next_col0 = beside.last.col0 + 1;
                    beside.cell
                });
                pairs.push(Pair {
                    label,
                    at: value.map_or(at, |cell| cell.at),
                    value: value.map_or(PairValue::Empty, PairValue::Cell),
                });
            }
        }
        pairs
    }
}

/// Where a further table begins below a bound one: the first row of its titles. `None` where the
/// first goes on to the end of the sheet; its own header printed again is no further table.
///
/// Rows with a number or a day in them are no headers, so that long lists are hardly looked at.
pub fn next_table(grid: &Grid<'_>, binding: &Binding, catalogue: &Catalogue<'_>) -> Option<u32> {
    let is_name = |cell: &GridCell<'_>| {
        cell.text().is_some_and(|text| {
            text.chars().nth(NAME_CHARS).is_none() && {
                let key = normal_key(text);
                let bare = without_brackets(&key).map(|(bare, _)| bare);
                catalogue.columns.contains_key(key.as_str())
                    || bare.is_some_and(|bare| catalogue.columns.contains_key(bare.as_str()))
            }
        })
    };
    let names: Vec<String> = binding.columns.iter().map(|column| normal_key(&column.header)).collect();
    let own =
        |cell: &GridCell<'_>| cell.text().is_some_and(|text| names.iter().any(|name| has_key(text, name)));
    let mut tries = 0;
    let mut rest = grid.below(binding.bottom0 + 1);
    while let Some(first) = rest.first() {
        let row0 = first.at.row0;
        let (row, after) = first_row(rest);
        rest = after;
        let only_text = row.len() >= 3 && row.iter().all(|cell| cell.text().is_some());
        if !only_text || row.iter().filter(|cell| is_name(cell)).count() * 2 < row.len().max(6) {
            continue;
        }
        if row.iter().filter(|cell| own(cell)).count() * 2 > binding.columns.len() {
            continue;
        }
        tries += 1;
        if tries > HEADER_TRIES {
            return None;
        }
        let base = titles_above(grid, binding.bottom0 + 1, row0);
        if let Found::Bound(next) = Top::within(grid, CellRef::new(base, 0)).find(catalogue, grid)
            && (next.top0..=next.bottom0).contains(&row0)
        {
            return Some(base);
        }
    }
    None
}

/// The first of the rows above a header that are its titles: blank, with a text or two, or merged.
pub fn titles_above(grid: &Grid<'_>, from: u32, header: u32) -> u32 {
    let mut base = header;
    while base > from && header - base < HEADER_HEIGHT + 3 {
        let above = base - 1;
        let row = grid.below(above);
        let row = &row[..row.partition_point(|cell| cell.at.row0 == above)];
        let starts = grid.merges.partition_point(|region| region.first.row0 < above);
        let merged = grid.merges.get(starts).is_some_and(|region| region.first.row0 == above);
        let is_title = row.iter().all(|cell| cell.text().is_some()) && (row.len() <= 2 || merged);
        if !is_title {
            break;
        }
        base = above;
    }
    base
}

/// Whether a text is the number of an annex, which may stand above the title: 附件3.
fn is_annex(text: &str) -> bool {
    let text = text.trim();
    ["附件", "附表", "附"].iter().find_map(|word| text.strip_prefix(word)).is_some_and(|number| {
        number.chars().all(|c| c.is_numeric() || "一二三四五六七八九十-—:： ".contains(c))
    })
}

/// Picks a column for each field of a layout: the preferred name, then the leftmost.
fn bind(hits: &[(BoundColumn, Hit<'_>)], layout: usize) -> Vec<BoundColumn> {
    let mut columns: Vec<(BoundColumn, usize)> = Vec::new();
    for (column, hit) in hits.iter().filter(|(_, hit)| hit.layout == layout) {
        match columns.iter_mut().find(|(bound, _)| bound.field == hit.field) {
            None => columns.push((column.clone(), hit.rank)),
            Some((bound, rank)) if hit.rank < *rank => {
                *bound = column.clone();
                *rank = hit.rank;
            }
            // The same text merged over two columns names the first of them.
            Some((bound, rank)) if hit.rank == *rank && bound.header_at != column.header_at => {
                bound.twice = bound.twice.or(Some(column.header_at));
            }
            Some(_) => {}
        }
    }
    let mut columns: Vec<_> = columns.into_iter().map(|(column, _)| column).collect();
    columns.sort_by_key(|column| column.col0);
    columns
}

/// Whether the first cells below a header hold item codes, and not running numbers. Headings and
/// totals between them say nothing.
fn codes_below(grid: &Grid<'_>, rows: Range<u32>, col0: u32) -> bool {
    let (mut codes, mut numbers) = (0, 0);
    let below = grid.below(rows.start).iter().take_while(|cell| cell.at.row0 < rows.end);
    for cell in below.take(2_000).filter(|cell| cell.at.col0 == col0).take(20) {
        match cell.text() {
            Some(text) if looks_like_code(text) => codes += 1,
            Some(text) if !normal_key(text).bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') => {}
            _ => numbers += 1,
        }
    }
    codes > numbers
}

/// The `label:value` pairs of one text. A word with a colon begins a pair; words without one
/// belong to the value before them, unless a wide gap stands between. Empty when the text does not
/// begin with a pair.
pub fn inline_pairs(text: &str) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let (mut gap, mut aside) = (0, false);
    for word in text.split(char::is_whitespace) {
        if word.is_empty() {
            gap += 1;
            continue;
        }
        let wide = gap > 0;
        gap = 0;
        let pair = word.split_once([':', '：']).filter(|(label, _)| {
            !label.is_empty() && label.chars().count() <= 20 && label.chars().any(|c| !c.is_ascii_digit())
        });
        match (pair, pairs.last_mut()) {
            (Some((label, value)), _) => {
                pairs.push((label.to_owned(), value.to_owned()));
                aside = false;
            }
            // A remark beside the pairs, up to the next of them.
            (None, Some((_, value))) if aside || (wide && !value.is_empty()) => aside = true,
            (None, Some((_, value))) => {
                if !value.is_empty() {
                    value.push(' ');
                }
                value.push_str(word);
            }
            (None, None) => return Vec::new(),
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_annex_number_is_no_title() {
        for (text, is) in [
            ("附件3", true),
            ("附件 3：", true),
            ("附表一", true),
            ("附属设施检查表", false),
            ("检查表", false),
        ] {
            assert_eq!(is_annex(text), is, "{text}");
        }
    }

    #[test]
    fn pairs_in_one_cell_are_split() {
        for (text, pairs) in [
            ("单位名称:甲厂    检查日期:2026-07-16", vec![("单位名称", "甲厂"), ("检查日期", "2026-07-16")]),
            (
                "检查时间： 2026-07-16 10:30 检查人:张三 李四",
                vec![("检查时间", "2026-07-16 10:30"), ("检查人", "张三 李四")],
            ),
            ("单位名称:", vec![("单位名称", "")]),
            ("单位名称:    甲厂", vec![("单位名称", "甲厂")]),
            ("检查日期:2026年9月10日    √符合 ×不符合", vec![("检查日期", "2026年9月10日")]),
            ("检查评分表", vec![]),
            ("说明 一:二", vec![]),
        ] {
            let pairs: Vec<_> = pairs.into_iter().map(|(l, v)| (l.to_owned(), v.to_owned())).collect();
            assert_eq!(inline_pairs(text), pairs, "{text}");
        }
    }
}
