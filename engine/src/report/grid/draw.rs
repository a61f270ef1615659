//! Writes a sheet: how wide columns and how high rows are, what repeats on each page.
//! Knows nothing of what the texts mean.

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, IgnoreError, Url, Worksheet, XlsxError};

use super::super::fit;
use super::super::template::{Align, Orientation, PaperSize};
use super::cells::{Area, Cells};
use super::styles::{Look, Styles};
use super::{Entry, Grid, Part, Shown, cell_text};
use crate::model::Decimal;
use crate::report::float;

/// The most a row may be high, in points: Excel's limit.
const MAX_HEIGHT: f64 = 409.0;
/// The most lines a cell may take before its column grows beyond the template's `max`, so that
/// nothing is cut off at the limit of the height.
const MAX_LINES: usize = 24;
/// A cell over more rows than this has its text at the top: in the middle, the end of a page
/// would cut through it.
const MAX_CENTRED_ROWS: usize = 6;
/// Height of a line in font sizes: with room for renderers whose Chinese fonts are tall.
const LINE: f64 = 1.4;

/// A table of more rows than this is written as it is made: the writer keeps some 3 KiB for a row.
const LONG: usize = 20_000;

/// How wide the characters of a value are that must not wrap; none for text.
fn rigid_width(entry: &Entry<'_>) -> Option<usize> {
    match entry {
        Entry::Number(number, shown) | Entry::Formula(_, number, shown) => {
            let digits = match shown {
                Shown::Points => number.normalize().to_string().len(),
                Shown::Integer => number.trunc().to_string().len(),
                Shown::Fixed(digits) => number.trunc().to_string().len() + 1 + usize::from(*digits),
                Shown::Percent => (number * Decimal::ONE_HUNDRED).trunc().to_string().len() + 3,
            };
            Some(digits)
        }
        Entry::Day(_) => Some(10),
        Entry::Code(code) => Some(fit::width(code)),
        Entry::Empty | Entry::Text(_) | Entry::Link(..) => None,
    }
}

fn entry_text<'e>(entry: &'e Entry<'_>) -> Option<&'e str> {
    match entry {
        Entry::Text(text) | Entry::Link(text, _) => Some(text),
        _ => None,
    }
}

/// What the entries of a column ask of its width.
#[derive(Clone, Copy)]
struct Asked {
    /// The widest text, and the heading.
    soft: f64,
    /// The widest value that must not wrap.
    rigid: usize,
    /// Bytes of the longest text.
    longest: usize,
}

/// Widths of all columns of the sheet, in Excel's units.
fn widths(grid: &Grid<'_>, styles: &Styles) -> Vec<f64> {
    let n_columns = grid.parts.iter().map(|part| part.headings.len()).max().unwrap_or(1).max(1);
    let mut widths = vec![3.0_f64; n_columns];
    for part in &grid.parts {
        let mut asked: Vec<_> = part
            .headings
            .iter()
            .map(|heading| Asked { soft: fit::heading_width(&heading.text) as f64, rigid: 0, longest: 0 })
            .collect();
        // Each row once: those of a long list are made for it.
        for row in part.all_rows() {
            for (position, entry) in row.entries.iter().enumerate().take(asked.len()) {
                let within = |span: &&(u16, u16)| (span.0..=span.1).contains(&(position as u16));
                if row.spans.iter().any(|span| span.0 < span.1 && within(&span)) {
                    continue;
                }
                let asked = &mut asked[position];
                asked.rigid = asked.rigid.max(rigid_width(entry).unwrap_or(0));
                if let Some(text) = entry_text(entry) {
                    // A glyph has at least as many bytes as it is wide; past the limit nothing changes.
                    if text.len() as f64 > asked.soft && asked.soft < part.headings[position].max {
                        asked.soft = asked.soft.max(fit::width(text) as f64);
                    }
                    asked.longest = asked.longest.max(text.len());
                }
            }
        }
        for (position, (heading, asked)) in part.headings.iter().zip(asked).enumerate() {
            let mut width = (asked.soft + 1.0).clamp(heading.min, heading.max);
            // Three bytes are two glyphs wide.
            let least = asked.longest as f64 * 2.0 / 3.0 / MAX_LINES as f64;
            if least > width {
                width = least.min(200.0);
            }
            let width = width.max(asked.rigid as f64 + 1.2) * styles.scale;
            widths[position] = widths[position].max(width);
        }
    }
    widths
}

/// Writes an entry into a sheet that is the writer's own in all.
fn write(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    entry: &Entry<'_>,
    format: &Format,
) -> Result<(), XlsxError> {
    match entry {
        Entry::Empty => sheet.write_blank(row, column, format)?,
        Entry::Text(text) | Entry::Code(text) => {
            sheet.write_string_with_format(row, column, cell_text(text), format)?
        }
        Entry::Number(number, _) => sheet.write_number_with_format(row, column, float(*number), format)?,
        Entry::Day(day) => {
            // Years from 1900: intake refuses others. A date that Excel cannot hold stays text.
            match ExcelDateTime::from_ymd(
                day.year().unsigned_abs(),
                day.month().unsigned_abs(),
                day.day().unsigned_abs(),
            ) {
                Ok(date) => sheet.write_datetime_with_format(row, column, date, format)?,
                Err(_) => sheet.write_string_with_format(row, column, day.to_string(), format)?,
            }
        }
        Entry::Formula(formula, result, _) => {
            let formula = Formula::new(formula).set_result(result.normalize().to_string());
            sheet.write_formula_with_format(row, column, formula, format)?
        }
        Entry::Link(text, to) => {
            let url = Url::new(format!("internal:{to}")).set_text(cell_text(text));
            sheet.write_url_with_format(row, column, url, format)?
        }
    };
    Ok(())
}

/// Width of the whole sheet in pixels.
pub(in crate::report) fn pixels(grid: &Grid<'_>, styles: &Styles) -> u32 {
    widths(grid, styles).iter().map(|width| (width * 7.0) as u32 + 5).sum()
}

fn millimetres(mm: f64) -> f64 {
    mm / 25.4
}

/// A sheet that is drawn: its frame, and the cells unless they stand in it.
pub(in crate::report) struct Drawn {
    /// Name, widths, paper, and whatever is put on top of cells.
    pub frame: Worksheet,
    pub(super) cells: Option<Cells>,
}

impl From<Worksheet> for Drawn {
    fn from(frame: Worksheet) -> Self {
        Self { frame, cells: None }
    }
}

/// Where cells are put while a sheet is drawn.
pub(in crate::report) struct Canvas<'f> {
    drawn: Drawn,
    /// In the order of looks.
    formats: &'f [Format],
}

impl<'f> Canvas<'f> {
    /// An empty sheet.
    pub fn new(formats: &'f [Format]) -> Self {
        let drawn = Drawn { frame: Worksheet::new(), cells: Some(Cells::default()) };
        Self { drawn, formats }
    }

    /// What the sheet has beside its cells: name, widths, paper.
    pub fn frame(&mut self) -> &mut Worksheet {
        &mut self.drawn.frame
    }

    /// The sheet.
    pub fn finish(mut self) -> Drawn {
        if let Some(cells) = &mut self.drawn.cells {
            cells.settle();
        }
        self.drawn
    }

    /// Writes an entry into a cell.
    ///
    /// Errors: what the writer refuses, a cell beyond Excel's limits.
    pub fn write(&mut self, row: u32, column: u16, entry: &Entry<'_>, look: Look) -> Result<(), XlsxError> {
        match &mut self.drawn.cells {
            Some(cells) => cells.put(row, column, entry, look),
            None => write(&mut self.drawn.frame, row, column, entry, look.format(self.formats)),
        }
    }

    /// Writes an entry over a range: first row, first column, last row, last column. One cell is not
    /// a range.
    ///
    /// Errors: as [`Canvas::write`].
    pub fn merge(&mut self, area: Area, entry: &Entry<'_>, look: Look) -> Result<(), XlsxError> {
        let (row, column, last_row, last_column) = area;
        if row < last_row || column < last_column {
            match &mut self.drawn.cells {
                Some(cells) => cells.merge(area, look)?,
                None => {
                    let format = look.format(self.formats);
                    self.drawn.frame.merge_range(row, column, last_row, last_column, "", format)?;
                }
            }
        }
        self.write(row, column, entry, look)
    }

    /// Sets how high a row is, in points.
    ///
    /// Errors: as [`Canvas::write`].
    pub fn set_row_height(&mut self, row: u32, height: f64) -> Result<(), XlsxError> {
        match &mut self.drawn.cells {
            Some(cells) => cells.set_height(row, height),
            None => {
                self.drawn.frame.set_row_height(row, height)?;
            }
        }
        Ok(())
    }
}

/// Draws a sheet.
///
/// Errors: what the writer refuses; names and texts were made fit for it, so that is a bug or a
/// sheet beyond Excel's own limits.
pub(in crate::report) fn draw(grid: &Grid<'_>, styles: &Styles) -> Result<Drawn, XlsxError> {
    // A cell over several rows needs the rows above it again.
    let is_long = grid.parts.iter().any(|part| part.made.n > LONG)
        && grid.parts.iter().all(|part| part.tall.is_empty());
    let canvas = if is_long {
        Canvas { drawn: styles.long_sheet()?.into(), formats: styles.formats() }
    } else {
        Canvas::new(styles.formats())
    };
    draw_on(canvas, grid, styles)
}

/// Draws a sheet whose cells are the writer's own: charts look their values up in them.
///
/// Errors: as [`draw`].
pub(in crate::report) fn draw_for_chart(grid: &Grid<'_>, styles: &Styles) -> Result<Worksheet, XlsxError> {
    let canvas = Canvas { drawn: Worksheet::new().into(), formats: styles.formats() };
    draw_on(canvas, grid, styles).map(|drawn| drawn.frame)
}

fn draw_on(mut canvas: Canvas<'_>, grid: &Grid<'_>, styles: &Styles) -> Result<Drawn, XlsxError> {
    let sheet = &mut canvas.drawn.frame;
    sheet.set_name(&grid.name)?;
    let widths = widths(grid, styles);
    let last_column = (widths.len() - 1) as u16;
    for (position, width) in widths.iter().enumerate() {
        sheet.set_column_width(position as u16, *width)?;
    }
    let total: f64 = widths.iter().sum();
    let width_of = |first: u16, last: u16| widths[usize::from(first)..=usize::from(last)].iter().sum::<f64>();

    let mut row = 0;
    // A line across the sheet.
    let across = |canvas: &mut Canvas<'_>, row: u32, text: &str, size: f64, look: Look, least: f64| {
        let n_lines = fit::lines(text, total * 10.5 / size - 1.0);
        canvas.merge((row, 0, row, last_column), &Entry::text(text), look)?;
        let height = (n_lines as f64 * size * LINE + 4.0).clamp(least, MAX_HEIGHT);
        canvas.set_row_height(row, height)
    };
    across(&mut canvas, row, &grid.title, styles.sizes.title, Look::TITLE, 34.0)?;
    row += 1;
    // One line has its ends at the margins, as forms do; a block of several has two columns.
    let right = if grid.lines.len() == 1 { Look::RIGHT } else { Look::LEFT };
    for [left_text, right_text] in &grid.lines {
        if right_text.is_empty() || last_column == 0 {
            let text = if last_column == 0 { format!("{left_text} {right_text}") } else { left_text.clone() };
            across(&mut canvas, row, text.trim_end(), styles.sizes.body, Look::LEFT, 20.0)?;
        } else {
            let wanted = total * 0.55;
            let mut split = 1;
            while split < last_column && width_of(0, split - 1) < wanted {
                split += 1;
            }
            canvas.merge((row, 0, row, split - 1), &Entry::text(&**left_text), Look::LEFT)?;
            canvas.merge((row, split, row, last_column), &Entry::text(&**right_text), right)?;
            let capacity = |first, last| width_of(first, last) * 10.5 / styles.sizes.body - 1.0;
            let n_lines = fit::lines(left_text, capacity(0, split - 1))
                .max(fit::lines(right_text, capacity(split, last_column)));
            let height = (n_lines as f64 * styles.sizes.body * LINE + 4.0).clamp(20.0, MAX_HEIGHT);
            canvas.set_row_height(row, height)?;
        }
        row += 1;
    }

    // Pages repeat the headings of the longest table; those of another one would mislead.
    let longest =
        (0..grid.parts.len()).max_by_key(|index| (grid.parts[*index].n_rows(), std::cmp::Reverse(*index)));
    let first_header = row;
    let mut repeated = None;
    let mut last_body = row;
    for (index, part) in grid.parts.iter().enumerate() {
        if !part.caption.is_empty() {
            across(&mut canvas, row, &part.caption, styles.sizes.header, Look::CAPTION, 24.0)?;
            row += 1;
        }
        if longest == Some(index) {
            repeated = Some((index, row));
        }
        let mut n_lines = 1;
        for (position, heading) in part.headings.iter().enumerate() {
            canvas.write(row, position as u16, &Entry::text(&*heading.text), Look::HEADING)?;
            let capacity = widths[position] * 10.5 / styles.sizes.header - 0.6;
            n_lines = n_lines.max(fit::lines(&heading.text, capacity));
        }
        let height = n_lines as f64 * styles.sizes.header * LINE + 6.0;
        canvas.set_row_height(row, height.clamp(20.0, MAX_HEIGHT))?;
        row += 1;
        draw_rows(&mut canvas, row, part, &widths, styles.sizes.body)?;
        row += part.n_rows() as u32;
        last_body = row.saturating_sub(1);
    }

    if !grid.signature.is_empty() {
        across(&mut canvas, row, &grid.signature, styles.sizes.body, Look::SIGNATURE, 32.0)?;
        row += 1;
    }
    for note in &grid.notes {
        across(&mut canvas, row, note, styles.sizes.note, Look::NOTE, 15.0)?;
        row += 1;
    }

    let sheet = &mut canvas.drawn.frame;
    if let Some((index, header)) = repeated {
        if grid.parts[index].n_rows() >= grid.repeated_from {
            sheet.set_repeat_rows(header, header)?;
            // Further down, headings that stay would leave no room for the rows.
            if index == 0 {
                sheet.set_freeze_panes(header + 1, 0)?;
            }
        }
        sheet.ignore_error_range(
            first_header,
            0,
            last_body.max(first_header),
            last_column,
            IgnoreError::NumberStoredAsText,
        )?;
    }
    let paper = &styles.paper;
    sheet.set_paper_size(match paper.size {
        PaperSize::A3 => 8,
        PaperSize::A4 => 9,
    });
    match grid.orientation {
        Orientation::Portrait => sheet.set_portrait(),
        Orientation::Landscape => sheet.set_landscape(),
    };
    let margins = paper.margins_mm;
    sheet.set_margins(
        millimetres(margins.left),
        millimetres(margins.right),
        millimetres(margins.top),
        millimetres(margins.bottom),
        0.3,
        0.3,
    );
    sheet.set_print_fit_to_pages(1, 0);
    sheet.set_print_center_horizontally(true);
    sheet.set_footer(format!("&C{}", paper.footer));
    Ok(canvas.finish())
}

fn draw_rows(
    canvas: &mut Canvas<'_>,
    top: u32,
    part: &Part<'_>,
    widths: &[f64],
    body: f64,
) -> Result<(), XlsxError> {
    let line = body * LINE;
    let capacity = |first: usize, last: usize| widths[first..=last].iter().sum::<f64>() * 10.5 / body - 0.6;
    let mut heights = Vec::new();
    for (index, row) in part.all_rows().enumerate() {
        let row0 = top + index as u32;
        let mut n_lines = 1;
        for (position, entry) in row.entries.iter().enumerate() {
            let column = position as u16;
            if part.tall.iter().any(|&(first, last, tall)| tall == column && (first..=last).contains(&index))
            {
                continue;
            }
            let align = part.headings[position].align;
            let span = row.spans.iter().find(|span| span.0 < span.1 && (span.0..=span.1).contains(&column));
            let last = match span {
                Some(span) if span.0 == column => usize::from(span.1),
                Some(_) => continue,
                None => position,
            };
            // Text beside a label reads from the left; a label, and a line across all, is centred.
            let align = match span {
                Some(span) if span.0 == 0 => Align::Center,
                Some(_) => Align::Left,
                None => align,
            };
            let look = Look::of(entry, row.tone, align);
            canvas.merge((row0, column, row0, last as u16), entry, look)?;
            if let Some(text) = entry_text(entry) {
                n_lines = n_lines.max(fit::lines(text, capacity(position, last)));
            }
        }
        let height = (n_lines as f64 * line + 4.0).clamp(20.0, MAX_HEIGHT);
        if part.tall.is_empty() {
            // While the row is the last one written: a long sheet cannot go back.
            canvas.set_row_height(row0, height)?;
        } else {
            heights.push(height);
        }
    }
    for &(first, last, column) in &part.tall {
        let position = usize::from(column);
        let Some(row) = part.rows.get(first) else { continue };
        let entry = &row.entries[position];
        let centred = last - first < MAX_CENTRED_ROWS;
        let look =
            if centred { Look::of(entry, row.tone, part.headings[position].align) } else { Look::TALL };
        canvas.merge((top + first as u32, column, top + last as u32, column), entry, look)?;
        let n_lines = entry_text(entry).map_or(1, |text| fit::lines(text, capacity(position, position)));
        let wanted = n_lines as f64 * line + 4.0;
        let given: f64 = heights[first..=last].iter().sum();
        if wanted > given {
            heights[last] = (heights[last] + wanted - given).min(MAX_HEIGHT);
        }
    }
    for (index, height) in heights.into_iter().enumerate() {
        canvas.set_row_height(top + index as u32, height)?;
    }
    Ok(())
}
