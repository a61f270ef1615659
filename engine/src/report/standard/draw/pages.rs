//! Draws a report that is a page for each row: pages below each other on one sheet, so that a cell's
//! address names it, with a page break between them.

use std::collections::BTreeMap;

use rust_xlsxwriter::XlsxError;

use super::{Drawing, HEADER, LEFT, LINE, MAX_HEIGHT, NOTE, RIGHT, Styles, TITLE, fill};
use crate::model::CellRef;
use crate::report::grid::{Canvas, Entry, Look, Shown};
use crate::report::standard::card::Card;
use crate::report::standard::{Cell, Layout, Line};
use crate::report::{fit, wording};

/// Rows of a page above its cells, and below them.
fn around(layout: &Layout) -> (u32, u32) {
    let above = super::first_heading(layout);
    (above, u32::from(!layout.signature.is_empty()) + layout.notes.len() as u32)
}

/// The row, from 0, where the page of a line begins.
fn first_row(layout: &Layout, card: &Card, line: usize) -> u32 {
    let (above, below) = around(layout);
    (above + card.heights.len() as u32 + below) * line as u32
}

/// Where the value of a column stands on the page of a line; the page's first cell where it stands nowhere.
pub(in crate::report::standard) fn place(
    layout: &Layout,
    card: &Card,
    line: usize,
    column: usize,
) -> CellRef {
    let first = first_row(layout, card, line);
    let key = layout.columns.get(column).map_or("", |column| &*column.key);
    let found = card.cells.iter().find(|cell| cell.shows(key));
    found.map_or_else(
        // The name of the unit may stand in the line above the cells alone.
        || CellRef::new(first + u32::from(!layout.attachment.is_empty()), 0),
        |cell| CellRef::new(first + around(layout).0 + cell.range.0, cell.range.1.into()),
    )
}

impl Drawing<'_> {
    pub(super) fn pages(&self, sheet: &mut Canvas<'_>, card: &Card) -> Result<(), XlsxError> {
        for (column, width) in (0..).zip(&card.widths) {
            sheet.frame().set_column_width(column, *width)?;
        }
        let mut breaks = Vec::new();
        for (index, line) in self.sheet.lines.iter().enumerate() {
            let first = first_row(self.layout, card, index);
            if index > 0 {
                breaks.push(first);
            }
            self.page(sheet, card, line, first)?;
        }
        sheet.frame().set_page_breaks(&breaks)?;
        self.page_setup(sheet);
        Ok(())
    }

    fn page(&self, sheet: &mut Canvas<'_>, card: &Card, line: &Line, first: u32) -> Result<(), XlsxError> {
        let layout = self.layout;
        let words = self.words_of(line);
        let last_column = (card.widths.len() - 1) as u16;
        let total: f64 = card.widths.iter().sum();
        let mut row = first;
        let across = |sheet: &mut Canvas<'_>, row: u32, text: &str, of: &super::Font, look: Look| {
            sheet.merge((row, 0, row, last_column), &Entry::text(text), look)?;
            let height = fit::lines(text, total * 10.5 / of.size - 1.0) as f64 * of.size * LINE + 6.0;
            sheet.set_row_height(row, height.clamp(15.0, MAX_HEIGHT))
        };
        if !layout.attachment.is_empty() {
            across(sheet, row, &layout.attachment, &layout.fonts.header, HEADER)?;
            row += 1;
        }
        across(sheet, row, &fill(&layout.title, &words), &layout.fonts.title, TITLE)?;
        row += 1;
        if row < first + around(layout).0 {
            let [left, right] = layout.line.each_ref().map(|half| fill(half, &words));
            let middle = last_column / 2;
            sheet.merge((row, 0, row, middle), &Entry::text(&*left), LEFT)?;
            sheet.merge((row, middle + 1, row, last_column), &Entry::text(&*right), RIGHT)?;
            let lines = fit::lines(&left, total / 2.0 - 1.0).max(fit::lines(&right, total / 2.0 - 1.0));
            sheet
                .set_row_height(row, (lines as f64 * layout.fonts.body.size * LINE + 6.0).min(MAX_HEIGHT))?;
            row += 1;
        }
        for (at, height) in (0..).zip(&card.heights) {
            sheet.set_row_height(row + at, *height)?;
        }
        for cell in &card.cells {
            let (top, left, bottom, right) = cell.range;
            let range = (row + top, left, row + bottom, right);
            let own = layout.columns.iter().position(|column| cell.text == format!("{{{}}}", column.key));
            let entry = match own.and_then(|position| line.cells.get(position)) {
                Some(Cell::Number(number)) => Entry::Number(*number, Shown::Points),
                Some(Cell::Day(day)) => Entry::Day(*day),
                _ => Entry::text(fill(&cell.text, &words)),
            };
            let look = Styles::framed(cell.left, cell.low, matches!(entry, Entry::Day(_)));
            sheet.merge(range, &entry, look)?;
        }
        row += card.heights.len() as u32;
        if !layout.signature.is_empty() {
            across(sheet, row, &fill(&layout.signature, &words), &layout.fonts.body, LEFT)?;
            row += 1;
        }
        for note in &layout.notes {
            across(sheet, row, &fill(note, &words), &layout.fonts.note, NOTE)?;
            row += 1;
        }
        Ok(())
    }

    /// The words of the report, and the values of a line by their columns' keys.
    fn words_of(&self, line: &Line) -> BTreeMap<&str, String> {
        let mut words: BTreeMap<&str, String> =
            self.words.iter().map(|(key, word)| (*key, word.clone())).collect();
        for (column, cell) in self.layout.columns.iter().zip(&line.cells) {
            let text = match cell {
                Cell::Empty => String::new(),
                Cell::Text(text) | Cell::Rate(text) => text.clone(),
                Cell::Day(day) => wording::day(*day),
                Cell::Number(number) | Cell::Worked(number, _) => wording::number(*number),
            };
            words.insert(&column.key, text);
        }
        words
    }

    /// Paper of pages: Excel passes over page breaks where a sheet is fitted to a page, so the widths must fit.
    fn page_setup(&self, sheet: &mut Canvas<'_>) {
        self.paper_and_margins(sheet);
        let sheet = sheet.frame();
        sheet.set_print_center_horizontally(true);
        sheet.set_footer("&C第 &P 页 共 &N 页");
    }
}
