//! Forms that are a page for each row (一家一页) instead of a line: labelled cells in a grid, read from
//! the layout and placed. Knows no numbers and draws nothing.

use serde::Deserialize;

/// The most cells across a page.
const MAX_WIDTHS: usize = 32;
/// The most rows of a page.
const MAX_ROWS: usize = 60;

/// A page.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// Widths of its columns, in Latin characters.
    pub widths: Vec<f64>,
    /// Heights of its rows, in points.
    pub heights: Vec<f64>,
    /// Its cells, by row and column.
    pub cells: Vec<CardCell>,
}

/// A cell of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardCell {
    /// First row and column, last row and column, from 0 at the page's first row.
    pub range: (u32, u16, u32, u16),
    /// What stands in it, with places: `发现: {general_found} 项`.
    pub text: String,
    /// Whether it is written at the left, and not in the middle.
    pub left: bool,
    /// Whether it is written at the bottom.
    pub low: bool,
}

impl CardCell {
    /// Whether the value of a column stands in it.
    pub fn shows(&self, key: &str) -> bool {
        self.text.contains(&format!("{{{key}}}"))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCard {
    widths: Vec<f64>,
    row: Vec<RawRow>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRow {
    height: f64,
    cells: Vec<RawCell>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCell {
    text: String,
    #[serde(default = "one")]
    columns: u16,
    #[serde(default = "one")]
    rows: u16,
    #[serde(default)]
    left: bool,
    #[serde(default)]
    low: bool,
}

const fn one() -> u16 {
    1
}

impl RawCard {
    /// Places the cells: from left to right, past those that reach down from rows above.
    ///
    /// Errors: what is wrong, in one clause: cells that do not fill a row, or reach beyond the page.
    pub(super) fn placed(self) -> Result<Card, String> {
        let (n_rows, n_columns) = (self.row.len(), self.widths.len());
        if !(1..=MAX_WIDTHS).contains(&n_columns) || !(1..=MAX_ROWS).contains(&n_rows) {
            return Err(format!("expected 1 to {MAX_WIDTHS} widths and 1 to {MAX_ROWS} rows"));
        }
        let sizes = self.widths.iter().chain(self.row.iter().map(|row| &row.height));
        if sizes.into_iter().any(|size| !(1.0..=400.0).contains(size)) {
            return Err("expected widths and heights of 1 to 400".to_owned());
        }
        let mut taken = vec![vec![false; n_columns]; n_rows];
        let mut cells = Vec::new();
        let heights = self.row.iter().map(|row| row.height).collect();
        for (row, raw) in self.row.into_iter().enumerate() {
            for cell in raw.cells {
                let Some(column) = taken[row].iter().position(|taken| !taken) else {
                    return Err(format!("row {}: no place is left for {:?}", row + 1, cell.text));
                };
                let (columns, rows) = (usize::from(cell.columns), usize::from(cell.rows));
                if columns == 0 || rows == 0 || column + columns > n_columns || row + rows > n_rows {
                    return Err(format!("row {}: {:?} reaches beyond the page", row + 1, cell.text));
                }
                for line in &mut taken[row..row + rows] {
                    for place in &mut line[column..column + columns] {
                        if std::mem::replace(place, true) {
                            return Err(format!("row {}: {:?} covers another cell", row + 1, cell.text));
                        }
                    }
                }
                let range =
                    (row as u32, column as u16, (row + rows - 1) as u32, (column + columns - 1) as u16);
                cells.push(CardCell { range, text: cell.text, left: cell.left, low: cell.low });
            }
            if taken[row].contains(&false) {
                return Err(format!("row {}: the cells do not fill it", row + 1));
            }
        }
        Ok(Card { widths: self.widths, heights, cells })
    }
}
