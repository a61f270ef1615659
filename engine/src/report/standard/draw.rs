//! Draws a finished report: title, headings in levels, units, rows, signature, notes, paper, and the
//! sheet 溯源 that says for each number what it rests on.

mod pages;
mod trace;

use std::collections::BTreeMap;

use rust_xlsxwriter::{
    ExcelDateTime, Format, FormatAlign, FormatBorder, Formula, IgnoreError, Worksheet, XlsxError,
};

pub(super) use pages::place;

use super::layout::{Expression, Font, Layout, Show, Size};
use super::{ByHand, Cell, Line, Sheet, Working};
use crate::model::{CellRef, Date};
use crate::report::float;
use crate::report::{fit, grid};

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
    let drawn = Drawing::new(layout, sheet, words, origin);
    let title = fill(&layout.title, words);
    let mut sheets = vec![drawn.report()?];
    if !origin.is_empty() {
        sheets.push(drawn.trace()?);
    }
    grid::workbook_of(sheets, &title, as_of)
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

    fn report(&self) -> Result<Worksheet, XlsxError> {
        let layout = self.layout;
        let mut sheet = Worksheet::new();
        sheet.set_name(if layout.form.is_empty() { "报表" } else { &layout.form })?;
        if let Some(card) = &layout.card {
            self.pages(&mut sheet, card)?;
            return Ok(sheet);
        }
        for (column, of) in (0..).zip(&layout.columns) {
            sheet.set_column_width(column, of.width)?;
        }
        self.above(&mut sheet)?;
        self.headings(&mut sheet)?;
        self.lines(&mut sheet)?;
        self.below(&mut sheet)?;
        self.paper(&mut sheet)?;
        Ok(sheet)
    }

    fn above(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        let layout = self.layout;
        let mut row = 0;
        if !layout.attachment.is_empty() {
            let format = font(&layout.fonts.header);
            self.across(sheet, row, &layout.attachment, &format, layout.fonts.header.size)?;
            row += 1;
        }
        let title = fill(&layout.title, self.words);
        let format = font(&layout.fonts.title).set_align(FormatAlign::Center);
        self.across(sheet, row, &title, &format, layout.fonts.title.size)?;
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
            let body = font(&layout.fonts.body);
            let right_format = body.clone().set_align(FormatAlign::Right);
            if split == 0 {
                merge(sheet, (row, 0, row, 0), &format!("{left} {right}"), &body)?;
            } else {
                merge(sheet, (row, 0, row, split - 1), &left, &body)?;
                merge(sheet, (row, split, row, self.last_column()), &right, &right_format)?;
            }
            sheet.set_row_height(row, layout.fonts.body.size * LINE + 6.0)?;
        }
        Ok(())
    }

    fn headings(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        let layout = self.layout;
        let size = layout.fonts.header.size;
        let format = bordered(font(&layout.fonts.header)).set_align(FormatAlign::Center);
        let mut heights = vec![size * LINE + 4.0; (self.body0 - self.head0) as usize];
        if layout.has_units() {
            let row = self.body0 - 1;
            for (column, of) in (0..).zip(&layout.columns) {
                if !of.unit.is_empty() {
                    sheet.write_string_with_format(row, column, format!("({})", of.unit), &format)?;
                }
            }
        }
        for (first_row, first_column, last_row, last_column, text) in layout.headings() {
            let range = (self.head0 + first_row, first_column, self.head0 + last_row, last_column);
            let text = &fill(text, self.words);
            merge(sheet, range, text, &format)?;
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

    fn lines(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        let layout = self.layout;
        let styles = Styles::new(layout);
        let joined = self.joined();
        // On several pages a label in the middle of joined cells may lie where a page ends, and is cut.
        let heights: f64 = (0..self.sheet.lines.len()).map(|index| self.height(index)).sum();
        let is_long = heights * self.scale() > self.page_height();
        let mut number = 0_u32;
        for (index, line) in self.sheet.lines.iter().enumerate() {
            let row = self.body0 + index as u32;
            number += u32::from(!line.is_sum);
            for (position, cell) in line.cells.iter().enumerate() {
                let column = position as u16;
                if let Some((first, last, _)) = joined
                    .iter()
                    .find(|(first, last, at)| *at == position && (*first..=*last).contains(&index))
                {
                    if *first == index {
                        let range = (row, column, self.body0 + *last as u32, column);
                        let format = styles.of(layout, line, position);
                        let at_top = format.clone().set_align(FormatAlign::Top);
                        let format = if is_long { &at_top } else { format };
                        merge(sheet, range, &self.text(cell, line, position), format)?;
                        if let Cell::Number(number) = cell {
                            sheet.write_number_with_format(row, column, float(*number), format)?;
                        }
                    }
                    continue;
                }
                let format = styles.of(layout, line, position);
                if layout.columns[position].show == Show::Number && !line.is_sum {
                    sheet.write_number_with_format(row, column, number, format)?;
                    continue;
                }
                match cell {
                    Cell::Empty => sheet.write_blank(row, column, format)?,
                    Cell::Day(day) => write_day(sheet, row, column, *day, format)?,
                    Cell::Number(number) => {
                        sheet.write_number_with_format(row, column, float(*number), format)?
                    }
                    Cell::Worked(result, working) => match self.formula(index, position, working) {
                        Some(formula) => {
                            let formula = Formula::new(formula).set_result(result.normalize().to_string());
                            sheet.write_formula_with_format(row, column, formula, format)?
                        }
                        None => sheet.write_number_with_format(row, column, float(*result), format)?,
                    },
                    Cell::Text(_) | Cell::Rate(_) => {
                        let text = self.text(cell, line, position);
                        sheet.write_string_with_format(row, column, grid::cell_text(&text), format)?
                    }
                };
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

    fn below(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        let layout = self.layout;
        let mut row = self.body0 + self.sheet.lines.len() as u32;
        if !layout.signature.is_empty() {
            let signature = fill(&layout.signature, self.words);
            self.across(sheet, row, &signature, &font(&layout.fonts.body), layout.fonts.body.size)?;
            sheet.set_row_height(row, layout.fonts.body.size * LINE + 14.0)?;
            row += 1;
        }
        let by_hand = self.by_hand();
        for note in layout.notes.iter().map(|note| fill(note, self.words)).chain(by_hand) {
            self.across(sheet, row, &note, &font(&layout.fonts.note), layout.fonts.note.size)?;
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

    fn paper_and_margins(&self, sheet: &mut Worksheet) {
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

    fn paper(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        self.paper_and_margins(sheet);
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
        sheet: &mut Worksheet,
        row: u32,
        text: &str,
        format: &Format,
        size: f64,
    ) -> Result<(), XlsxError> {
        let total: f64 = self.layout.columns.iter().map(|column| column.width).sum();
        merge(sheet, (row, 0, row, self.last_column()), text, format)?;
        let height = fit::lines(text, total * 10.5 / size - 1.0) as f64 * size * LINE + 4.0;
        sheet.set_row_height(row, height.clamp(15.0, MAX_HEIGHT)).map(|_| ())
    }
}

/// Formats of the lines, made once: by column, then of rows, indented rows and sums.
struct Styles {
    rows: Vec<Format>,
    sums: Vec<Format>,
    /// Of labels, by depth.
    labels: Vec<Format>,
    /// Of numbers that were entered by hand: the star is the format's, so that the cell holds a number.
    entered: Vec<Format>,
}

/// The deepest indent that is drawn.
const MAX_DEPTH: u8 = 5;

impl Styles {
    fn new(layout: &Layout) -> Self {
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
        let entered = layout.columns.iter().map(|column| {
            let digits = match column.show {
                Show::Points => "General".to_owned(),
                Show::Amount if column.digits > 0 => format!("0.{}", "0".repeat(column.digits.into())),
                _ => "0".to_owned(),
            };
            look(column).set_num_format(format!("{digits}\"*\""))
        });
        let entered = entered.collect();
        let sums = rows.iter().map(|format| format.clone().set_bold()).collect();
        let label = layout.columns.get(layout.label).map_or_else(Format::new, look);
        let labels = (0..=MAX_DEPTH).map(|depth| label.clone().set_indent(depth)).collect();
        Self { rows, sums, labels, entered }
    }

    fn of(&self, layout: &Layout, line: &Line, column: usize) -> &Format {
        if line.is_sum {
            return &self.sums[column];
        }
        if line.by_hand.contains_key(&column) && !line.is_typed_in {
            return &self.entered[column];
        }
        let indented = line.depth > 0 && column == layout.label;
        if indented { &self.labels[usize::from(line.depth.min(MAX_DEPTH))] } else { &self.rows[column] }
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

fn write_day<'s>(
    sheet: &'s mut Worksheet,
    row: u32,
    column: u16,
    day: Date,
    format: &Format,
) -> Result<&'s mut Worksheet, XlsxError> {
    let (year, month, number) =
        (day.year().unsigned_abs(), day.month().unsigned_abs(), day.day().unsigned_abs());
    match ExcelDateTime::from_ymd(year, month, number) {
        Ok(date) => sheet.write_datetime_with_format(row, column, date, format),
        // A day before 1900, which Excel cannot hold, stays text.
        Err(_) => sheet.write_string_with_format(row, column, day.to_string(), format),
    }
}

/// Writes text over a range: first row, first column, last row, last column. One cell is no range.
fn merge(
    sheet: &mut Worksheet,
    (row, column, last_row, last_column): (u32, u16, u32, u16),
    text: &str,
    format: &Format,
) -> Result<(), XlsxError> {
    let text = grid::cell_text(text);
    if row < last_row || column < last_column {
        sheet.merge_range(row, column, last_row, last_column, &text, format)?;
    } else {
        sheet.write_string_with_format(row, column, text, format)?;
    }
    Ok(())
}
