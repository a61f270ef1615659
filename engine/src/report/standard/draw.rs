//! Draws a finished report: title, headings in levels, units, rows, signature, notes, paper, and the
//! sheet 溯源 that says for each number what it rests on.

mod pages;
mod trace;

use std::collections::BTreeMap;

use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, IgnoreError, XlsxError};

pub(super) use pages::place;

use super::layout::{Expression, Font, Layout, Show, Size};
use super::{ByHand, Cell, Line, Sheet, Working};
use crate::model::{CellRef, Date};
use crate::report::fit;
use crate::report::grid::{self, Canvas, Drawn, Look, Shown};

/// The sheet that says what each number rests on.
pub const TRACE: &str = "溯源";

/// The column of 溯源, from 0, where the names of the report's origin stand; values beside them.
pub const ORIGIN_COLUMN: u16 = 5;

/// The most ranges that Excel takes in one SUM.
const MAX_RANGES: usize = 255;
/// The most a row may be high, in points.
const MAX_HEIGHT: f64 = 409.0;
/// The most notes on what was entered by hand: 溯源 has them all.
const MAX_NOTES: usize = 30;
/// Height of a line in font sizes.
const LINE: f64 = 1.4;

/// Makes the workbook of a report: the report itself, and 溯源.
///
/// Shape: `words` are the places of the layout's texts; what is not among them stays empty. `origin` says
/// from what the report was made, as names and values; without them there is no 溯源. The bytes depend on nothing but the arguments.
/// Errors: what the writer refuses: a report beyond Excel's limits.
pub fn workbook(
    layout: &Layout,
    sheet: &Sheet,
    words: &BTreeMap<&str, String>,
    origin: &[(&str, String)],
    as_of: Date,
) -> Result<Vec<u8>, XlsxError> {
    let drawing = Drawing::new(layout, sheet, words, origin);
    let title = fill(&layout.title, words);
    let styles = Styles::new(layout);
    let mut sheets = vec![drawing.report(&styles)?];
    if !origin.is_empty() {
        sheets.push(drawing.trace(&styles)?);
    }
    grid::workbook_of(&styles.formats, sheets, &title, as_of)
}

/// The name of the report's file.
pub fn file_name(layout: &Layout, words: &BTreeMap<&str, String>) -> String {
    fill(&layout.file, words)
}

/// A layout's text with words in their places.
pub(in crate::report) fn fill(text: &str, words: &BTreeMap<&str, String>) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let Some(close) = rest[open..].find('}') else { break };
        filled.push_str(&rest[..open]);
        filled.push_str(words.get(&rest[open + 1..open + close]).map_or("", String::as_str));
        rest = &rest[open + close + 1..];
    }
    filled.push_str(rest);
    filled
}

/// The row, from 0, of the first heading.
fn first_heading(layout: &Layout) -> u32 {
    let has_line = layout.line.iter().any(|half| !half.is_empty());
    1 + u32::from(!layout.attachment.is_empty()) + u32::from(has_line)
}

/// The row, from 0, of a report's first line.
pub(super) fn first_row(layout: &Layout) -> u32 {
    first_heading(layout) + layout.n_levels() as u32 + u32::from(layout.has_units())
}

struct Drawing<'a> {
    layout: &'a Layout,
    sheet: &'a Sheet,
    words: &'a BTreeMap<&'a str, String>,
    origin: &'a [(&'a str, String)],
    /// The row, from 0, of the first heading.
    head0: u32,
    /// The row, from 0, of the first line.
    body0: u32,
}

impl<'a> Drawing<'a> {
    fn new(
        layout: &'a Layout,
        sheet: &'a Sheet,
        words: &'a BTreeMap<&'a str, String>,
        origin: &'a [(&'a str, String)],
    ) -> Self {
        let (head0, body0) = (first_heading(layout), first_row(layout));
        Self { layout, sheet, words, origin, head0, body0 }
    }

    fn last_column(&self) -> u16 {
        (self.layout.columns.len() - 1) as u16
    }

    fn cell(&self, line: usize, column: usize) -> CellRef {
        if let Some(card) = &self.layout.card {
            return pages::place(self.layout, card, line, column);
        }
        CellRef::new(self.body0 + line as u32, column as u32)
    }

    fn report(&self, styles: &Styles) -> Result<Drawn, XlsxError> {
        let layout = self.layout;
        let mut sheet = Canvas::new(&styles.formats);
        sheet.frame().set_name(if layout.form.is_empty() { "报表" } else { &layout.form })?;
        if let Some(card) = &layout.card {
            self.pages(&mut sheet, card)?;
            return Ok(sheet.finish());
        }
        for (column, of) in (0..).zip(&layout.columns) {
            sheet.frame().set_column_width(column, of.width)?;
        }
        self.above(&mut sheet)?;
        self.headings(&mut sheet)?;
        self.lines(&mut sheet, styles)?;
        self.below(&mut sheet)?;
        self.paper(&mut sheet)?;
        Ok(sheet.finish())
    }

    fn above(&self, sheet: &mut Canvas<'_>) -> Result<(), XlsxError> {
        let layout = self.layout;
        let mut row = 0;
        if !layout.attachment.is_empty() {
            self.across(sheet, row, &layout.attachment, HEADER, layout.fonts.header.size)?;
            row += 1;
        }
        let title = fill(&layout.title, self.words);
        self.across(sheet, row, &title, TITLE, layout.fonts.title.size)?;
        row += 1;
        let [left, right] = layout.line.each_ref().map(|half| fill(half, self.words));
        if row < self.head0 {
            // 70 to 30, as the forms have it.
            let total: f64 = layout.columns.iter().map(|column| column.width).sum();
            let mut split = 0_u16;
            let mut width = 0.0;
            while split < self.last_column() && width < total * 0.7 {
                width += layout.columns[usize::from(split)].width;
                split += 1;
            }
            // The right note moves to the left as far as it needs room, and the left one leaves it.
            let size = layout.fonts.body.size;
            let fits = |text: &str, from: u16, to: u16| {
                let columns = &layout.columns[usize::from(from)..usize::from(to)];
                let width: f64 = columns.iter().map(|column| column.width).sum();
                fit::lines(text, width * 10.5 / size - 1.0) == 1
            };
            while split > 1 && !fits(&right, split, self.last_column() + 1) && fits(&left, 0, split - 1) {
                split -= 1;
            }
            if split == 0 {
                let both = format!("{left} {right}");
                sheet.merge((row, 0, row, 0), &grid::Entry::text(both), LEFT)?;
            } else {
                sheet.merge((row, 0, row, split - 1), &grid::Entry::text(left), LEFT)?;
                sheet.merge((row, split, row, self.last_column()), &grid::Entry::text(right), RIGHT)?;
            }
            sheet.set_row_height(row, layout.fonts.body.size * LINE + 6.0)?;
        }
        Ok(())
    }

    fn headings(&self, sheet: &mut Canvas<'_>) -> Result<(), XlsxError> {
        let layout = self.layout;
        let size = layout.fonts.header.size;
        let mut heights = vec![size * LINE + 4.0; (self.body0 - self.head0) as usize];
        if layout.has_units() {
            let row = self.body0 - 1;
            for (column, of) in (0..).zip(&layout.columns) {
                if !of.unit.is_empty() {
                    sheet.write(row, column, &grid::Entry::text(format!("({})", of.unit)), HEADING)?;
                }
            }
        }
        for (first_row, first_column, last_row, last_column, text) in layout.headings() {
            let range = (self.head0 + first_row, first_column, self.head0 + last_row, last_column);
            let text = &fill(text, self.words);
            sheet.merge(range, &grid::Entry::text(text), HEADING)?;
            let columns = &layout.columns[usize::from(first_column)..=usize::from(last_column)];
            let width: f64 = columns.iter().map(|column| column.width).sum();
            let wanted = fit::lines(text, width * 10.5 / size - 0.6) as f64 * size * LINE + 4.0;
            // A heading over several rows needs of each its share only.
            let share = wanted / f64::from(last_row - first_row + 1);
            for height in &mut heights[first_row as usize..=last_row as usize] {
                *height = height.max(share.min(MAX_HEIGHT));
            }
        }
        for (row, height) in (self.head0..).zip(heights) {
            sheet.set_row_height(row, height)?;
        }
        Ok(())
    }

    fn lines(&self, sheet: &mut Canvas<'_>, styles: &Styles) -> Result<(), XlsxError> {
        let layout = self.layout;
        let joined = self.joined();
        // On several pages a label in the middle of joined cells may lie where a page ends, and is cut.
        let heights: f64 = (0..self.sheet.lines.len()).map(|index| self.height(index)).sum();
        let is_long = heights * self.scale() > self.page_height();
        let mut number = 0_usize;
        for (index, line) in self.sheet.lines.iter().enumerate() {
            let row = self.body0 + index as u32;
            number += usize::from(!line.is_sum);
            for (position, cell) in line.cells.iter().enumerate() {
                let column = position as u16;
                if let Some((first, last, _)) = joined
                    .iter()
                    .find(|(first, last, at)| *at == position && (*first..=*last).contains(&index))
                {
                    if *first == index {
                        let range = (row, column, self.body0 + *last as u32, column);
                        let entry = match cell {
                            Cell::Number(number) => grid::Entry::Number(*number, Shown::Points),
                            _ => grid::Entry::text(self.text(cell, line, position)),
                        };
                        sheet.merge(range, &entry, styles.of(layout, line, position, is_long))?;
                    }
                    continue;
                }
                let entry = match cell {
                    _ if layout.columns[position].show == Show::Number && !line.is_sum => {
                        grid::Entry::count(number)
                    }
                    Cell::Empty => grid::Entry::Empty,
                    Cell::Day(day) => grid::Entry::Day(*day),
                    Cell::Number(number) => grid::Entry::Number(*number, Shown::Points),
                    Cell::Worked(result, working) => match self.formula(index, position, working) {
                        Some(formula) => grid::Entry::Formula(formula, *result, Shown::Points),
                        None => grid::Entry::Number(*result, Shown::Points),
                    },
                    Cell::Text(_) | Cell::Rate(_) => grid::Entry::text(self.text(cell, line, position)),
                };
                sheet.write(row, column, &entry, styles.of(layout, line, position, false))?;
            }
            sheet.set_row_height(row, self.height(index))?;
        }
        Ok(())
    }

    /// Height of a line in points: of its longest text outside of joined cells.
    fn height(&self, index: usize) -> f64 {
        let (line, size) = (&self.sheet.lines[index], self.layout.fonts.body.size);
        let lines = line.cells.iter().enumerate().filter_map(|(position, cell)| {
            let is_joined = self.layout.grouped.contains(&position) && self.is_joined(index, position);
            let shows = matches!(cell, Cell::Text(_) | Cell::Rate(_)) && !is_joined;
            let capacity = self.layout.columns[position].width * 10.5 / size - 0.6;
            shows.then(|| fit::lines(&self.text(cell, line, position), capacity))
        });
        let n_lines = lines.max().unwrap_or(1);
        (n_lines as f64 * size * LINE + 4.0).clamp(18.0, MAX_HEIGHT)
    }

    /// Whether a cell is drawn as one with that above or below it.
    fn is_joined(&self, index: usize, column: usize) -> bool {
        let lines = &self.sheet.lines;
        let nth = self.layout.grouped.iter().position(|at| *at == column).unwrap_or(0);
        let same = |other: Option<usize>| {
            other.and_then(|other| lines.get(other)).is_some_and(|other| {
                let owners = &self.layout.grouped[..=nth];
                let line = &lines[index];
                !line.is_sum && !other.is_sum && owners.iter().all(|at| line.cells[*at] == other.cells[*at])
            })
        };
        same(index.checked_sub(1)) || same(Some(index + 1))
    }

    /// By how much the report is made smaller so that its columns fit the paper.
    fn scale(&self) -> f64 {
        // A character is 7 pixels of 1/96 inch, and a column has 5 beside them.
        let pixels: f64 = self.layout.columns.iter().map(|column| column.width * 7.0 + 5.0).sum();
        let [_, _, left, right] = self.layout.paper.margins_mm;
        let (width, _) = self.layout.paper.size_mm();
        ((width - left - right) / (pixels * 25.4 / 96.0)).min(1.0)
    }

    /// How much of a page rows may take, in points.
    fn page_height(&self) -> f64 {
        let [top, bottom, ..] = self.layout.paper.margins_mm;
        let (_, height) = self.layout.paper.size_mm();
        // Title, headings, signature and notes take about a quarter of it.
        (height - top - bottom) / 25.4 * 72.0 * 0.75
    }

    /// The text of a cell: the label of a row that somebody entered carries a star.
    fn text(&self, cell: &Cell, line: &Line, position: usize) -> String {
        match cell {
            Cell::Text(text) if position == self.layout.label && line.is_typed_in => format!("{text}*"),
            Cell::Text(text) | Cell::Rate(text) => text.clone(),
            _ => String::new(),
        }
    }

    /// Runs of equal neighbours: first and last line, and column.
    fn joined(&self) -> Vec<(usize, usize, usize)> {
        let lines = &self.sheet.lines;
        let mut runs = Vec::new();
        for (nth, &column) in self.layout.grouped.iter().enumerate() {
            let owners = &self.layout.grouped[..=nth];
            let same = |a: &Line, b: &Line| {
                !a.is_sum && !b.is_sum && owners.iter().all(|at| a.cells[*at] == b.cells[*at])
            };
            let mut first = 0;
            for index in 1..=lines.len() {
                if index < lines.len() && same(&lines[first], &lines[index]) {
                    continue;
                }
                if index - first > 1 && matches!(lines[first].cells[column], Cell::Text(_) | Cell::Number(_))
                {
                    runs.push((first, index - 1, column));
                }
                first = index;
            }
        }
        runs
    }

    /// The formula by which a number was worked out. Errors: `None` where it would be beyond Excel.
    fn formula(&self, line: usize, column: usize, working: &Working) -> Option<String> {
        match working {
            Working::Row => {
                let Some(Expression::Sum(terms)) = &self.layout.columns[column].expression else {
                    return None;
                };
                let mut formula = String::from("=");
                for (nth, (sign, at)) in terms.iter().enumerate() {
                    if nth > 0 || !sign {
                        formula.push(if *sign { '+' } else { '-' });
                    }
                    formula.push_str(&self.cell(line, *at).to_string());
                }
                Some(formula)
            }
            Working::Leaves(leaves) => {
                let mut ranges: Vec<(usize, usize)> = Vec::new();
                for &leaf in leaves {
                    match ranges.last_mut() {
                        Some((_, last)) if *last + 1 == leaf => *last = leaf,
                        _ => ranges.push((leaf, leaf)),
                    }
                }
                if ranges.is_empty() || ranges.len() > MAX_RANGES {
                    return None;
                }
                let ranges: Vec<_> = ranges
                    .into_iter()
                    .map(|(first, last)| match first == last {
                        true => self.cell(first, column).to_string(),
                        false => format!("{}:{}", self.cell(first, column), self.cell(last, column)),
                    })
                    .collect();
                Some(format!("=SUM({})", ranges.join(",")))
            }
        }
    }

    fn below(&self, sheet: &mut Canvas<'_>) -> Result<(), XlsxError> {
        let layout = self.layout;
        let mut row = self.body0 + self.sheet.lines.len() as u32;
        if !layout.signature.is_empty() {
            let signature = fill(&layout.signature, self.words);
            self.across(sheet, row, &signature, LEFT, layout.fonts.body.size)?;
            sheet.set_row_height(row, layout.fonts.body.size * LINE + 14.0)?;
            row += 1;
        }
        let by_hand = self.by_hand();
        for note in layout.notes.iter().map(|note| fill(note, self.words)).chain(by_hand) {
            self.across(sheet, row, &note, NOTE, layout.fonts.note.size)?;
            row += 1;
        }
        Ok(())
    }

    /// What the stars mean: a note for each row, or for each who entered some of its numbers.
    fn by_hand(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for line in self.sheet.lines.iter().filter(|line| !line.by_hand.is_empty()) {
            let label = match line.cells.get(self.layout.label) {
                Some(Cell::Text(label)) => label,
                _ => "",
            };
            let mut entered: Vec<(&ByHand, Vec<String>)> = Vec::new();
            for (position, by_hand) in &line.by_hand {
                let head = self.layout.columns[*position].head.last().map_or("", String::as_str);
                let head = format!("“{}”", fill(head, self.words));
                match entered.iter_mut().find(|(known, _)| *known == by_hand) {
                    Some((_, heads)) => heads.push(head),
                    None => entered.push((by_hand, vec![head])),
                }
            }
            let is_whole = line.is_typed_in && entered.len() == 1;
            for (by_hand, heads) in entered {
                let what = if is_whole { "(整行)".to_owned() } else { heads.concat() };
                notes.push(format!("*{label}{what}:手工补录,{}。", by_hand.told()));
            }
        }
        if notes.len() > MAX_NOTES {
            let n_notes = notes.len();
            notes.truncate(MAX_NOTES);
            notes.push(format!("*手工补录共 {n_notes} 条,其余见“{TRACE}”表。"));
        }
        notes
    }

    fn paper_and_margins(&self, sheet: &mut Canvas<'_>) {
        let sheet = sheet.frame();
        let paper = &self.layout.paper;
        sheet.set_paper_size(match paper.size {
            Size::A3 => 8,
            Size::A4 => 9,
        });
        if paper.landscape {
            sheet.set_landscape()
        } else {
            sheet.set_portrait()
        };
        let [top, bottom, left, right] = paper.margins_mm.map(|mm| mm / 25.4);
        sheet.set_margins(left, right, top, bottom, 0.3, 0.3);
    }

    fn paper(&self, sheet: &mut Canvas<'_>) -> Result<(), XlsxError> {
        self.paper_and_margins(sheet);
        let sheet = sheet.frame();
        sheet.set_print_fit_to_pages(1, 0);
        sheet.set_print_center_horizontally(true);
        sheet.set_footer("&C第 &P 页 共 &N 页");
        sheet.set_repeat_rows(self.head0, self.body0 - 1)?;
        if !self.sheet.lines.is_empty() {
            let last = self.body0 + self.sheet.lines.len() as u32 - 1;
            sheet.ignore_error_range(
                self.body0,
                0,
                last,
                self.last_column(),
                IgnoreError::NumberStoredAsText,
            )?;
        }
        sheet.set_freeze_panes(self.body0, 0)?;
        Ok(())
    }

    fn across(
        &self,
        sheet: &mut Canvas<'_>,
        row: u32,
        text: &str,
        look: Look,
        size: f64,
    ) -> Result<(), XlsxError> {
        let total: f64 = self.layout.columns.iter().map(|column| column.width).sum();
        sheet.merge((row, 0, row, self.last_column()), &grid::Entry::text(text), look)?;
        let height = fit::lines(text, total * 10.5 / size - 1.0) as f64 * size * LINE + 4.0;
        sheet.set_row_height(row, height.clamp(15.0, MAX_HEIGHT))
    }
}

/// The looks that every report has.
const HEADER: Look = Look::nth(0);
const TITLE: Look = Look::nth(1);
const LEFT: Look = Look::nth(2);
const RIGHT: Look = Look::nth(3);
const HEADING: Look = Look::nth(4);
const NOTE: Look = Look::nth(5);
/// The heads of 溯源.
const TRACE_HEAD: Look = Look::nth(6);
/// What has no format of its own.
const PLAIN: Look = Look::nth(7);
/// The first of the cells of pages, see [`Styles::framed`].
const FRAMED: usize = 8;
/// The first of the lines, see [`Styles::of`].
const LINES: usize = FRAMED + 8;

/// The formats of a report, made once: by looks, then those of the lines.
struct Styles {
    formats: Vec<Format>,
    n_columns: usize,
}

/// The deepest indent that is drawn.
const MAX_DEPTH: u8 = 5;

impl Styles {
    fn new(layout: &Layout) -> Self {
        let fonts = &layout.fonts;
        let (left, centre, right) = (FormatAlign::Left, FormatAlign::Center, FormatAlign::Right);
        let mut formats = vec![
            font(&fonts.header),
            font(&fonts.title).set_align(centre),
            font(&fonts.body),
            font(&fonts.body).set_align(right),
            bordered(font(&fonts.header)).set_align(centre),
            font(&fonts.note),
            Format::new().set_bold().set_border(FormatBorder::Thin),
            Format::new(),
        ];
        for align in [centre, left] {
            for low in [false, true] {
                let framed = bordered(font(&fonts.body)).set_align(align);
                let framed = if low { framed.set_align(FormatAlign::Bottom) } else { framed };
                formats.extend([framed.clone(), framed.set_num_format("yyyy-mm-dd")]);
            }
        }
        let look = |column: &super::layout::Column| {
            let cell = bordered(font(&layout.fonts.body));
            let centred = cell.clone().set_align(FormatAlign::Center);
            match column.show {
                Show::Text => cell.set_align(FormatAlign::Left),
                Show::Word | Show::Rate | Show::Points => centred,
                Show::Code => centred.set_num_format("@"),
                Show::Day => centred.set_num_format("yyyy-mm-dd"),
                Show::Number | Show::Count => centred.set_num_format("0"),
                Show::Amount if column.digits == 0 => centred.set_num_format("0"),
                Show::Amount => centred.set_num_format(format!("0.{}", "0".repeat(column.digits.into()))),
            }
        };
        let rows: Vec<_> = layout.columns.iter().map(look).collect();
        // The star of numbers that were entered by hand is the format's, so that the cell holds a number.
        let entered = layout.columns.iter().map(|column| {
            let digits = match column.show {
                Show::Points => "General".to_owned(),
                Show::Amount if column.digits > 0 => format!("0.{}", "0".repeat(column.digits.into())),
                _ => "0".to_owned(),
            };
            look(column).set_num_format(format!("{digits}\"*\""))
        });
        let sums = rows.iter().map(|format| format.clone().set_bold());
        let label = layout.columns.get(layout.label).map_or_else(Format::new, look);
        let labels = (0..=MAX_DEPTH).map(|depth| label.clone().set_indent(depth));
        let lines = rows.iter().cloned().chain(sums).chain(entered).chain(labels);
        formats.extend(lines.flat_map(|format| [format.clone(), format.set_align(FormatAlign::Top)]));
        Self { formats, n_columns: layout.columns.len() }
    }

    /// How a cell of a line looks: of its column, of sums, of numbers entered by hand, or of indented labels;
    /// each also from the top.
    fn of(&self, layout: &Layout, line: &Line, column: usize, at_top: bool) -> Look {
        let position = if line.is_sum {
            self.n_columns + column
        } else if line.by_hand.contains_key(&column) && !line.is_typed_in {
            2 * self.n_columns + column
        } else if line.depth > 0 && column == layout.label {
            3 * self.n_columns + usize::from(line.depth.min(MAX_DEPTH))
        } else {
            column
        };
        Look::nth(LINES + 2 * position + usize::from(at_top))
    }

    /// How a cell of a page looks.
    const fn framed(left: bool, low: bool, day: bool) -> Look {
        Look::nth(FRAMED + 4 * left as usize + 2 * low as usize + day as usize)
    }
}

fn font(font: &Font) -> Format {
    Format::new()
        .set_font_name(&*font.name)
        .set_font_size(font.size)
        .set_align(FormatAlign::VerticalCenter)
        .set_text_wrap()
}

fn bordered(format: Format) -> Format {
    format.set_border(FormatBorder::Thin)
}
