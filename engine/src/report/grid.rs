//! Draws a sheet: title, lines, tables, signature and notes, with widths, heights and page set-up.
//! Knows nothing of checks: what stands in the cells is the affair of the sheets' own modules.

use std::borrow::Cow;

use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Formula, IgnoreError, Url,
    Workbook, Worksheet, XlsxError,
};

use super::fit;
use super::template::{Align, Block, Font, Orientation, PaperSize, Pattern, Report, Sheet, Words};
use crate::model::{CellRef, Date, Decimal};

/// What stands in a cell.
#[derive(Debug, Clone)]
pub(super) enum Entry<'a> {
    /// Nothing, within the borders.
    Empty,
    /// Text. Never a formula, whatever it begins with.
    Text(Cow<'a, str>),
    /// A code that must not become a number.
    Code(Cow<'a, str>),
    /// A number.
    Number(Decimal, Shown),
    /// A day.
    Day(Date),
    /// A formula with its result: without one, readers that do not calculate show 0.
    Formula(String, Decimal, Shown),
    /// Text that leads to a place in the workbook, `'sheet'!A1`.
    Link(Cow<'a, str>, String),
}

impl<'a> Entry<'a> {
    /// Text; empty text is an empty cell.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }

    /// A code; an empty one is an empty cell.
    pub fn code(code: impl Into<Cow<'a, str>>) -> Self {
        let code = code.into();
        if code.is_empty() { Self::Empty } else { Self::Code(code) }
    }

    /// A count.
    pub fn count(count: usize) -> Self {
        Self::Number(Decimal::from(count), Shown::Integer)
    }

    /// Points, exact.
    pub fn points(points: Decimal) -> Self {
        Self::Number(points, Shown::Points)
    }

    /// A day, where there is one.
    pub fn day(day: Option<Date>) -> Self {
        day.map_or(Self::Empty, Self::Day)
    }

    /// Text with a link, or text alone where there is nowhere to lead to.
    pub fn link(text: impl Into<Cow<'a, str>>, to: Option<String>) -> Self {
        let text = text.into();
        match to {
            Some(to) if !text.is_empty() => Self::Link(text, to),
            _ => Self::text(text),
        }
    }
}

/// How a number is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// Without digits after the point.
    Integer,
    /// With the digits it has.
    Points,
    /// With so many digits after the point, at most 9.
    Fixed(u8),
    /// As a rate.
    Percent,
}

/// How a row looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Body,
    Total,
}

/// A row of a table.
#[derive(Debug, Clone)]
pub(super) struct Row<'a> {
    pub entries: Vec<Entry<'a>>,
    pub tone: Tone,
    /// First and last position of entries that are drawn as one; the first one's counts.
    pub spans: Vec<(u16, u16)>,
}

impl<'a> Row<'a> {
    pub fn body(entries: Vec<Entry<'a>>) -> Self {
        Self { entries, tone: Tone::Body, spans: Vec::new() }
    }

    pub fn total(entries: Vec<Entry<'a>>) -> Self {
        Self { entries, tone: Tone::Total, spans: Vec::new() }
    }

    /// A label over the first positions and a text over the others.
    pub fn labelled(label: &'a str, text: impl Into<Cow<'a, str>>, split: u16, n_columns: u16) -> Self {
        if n_columns < 2 {
            return Self::body(vec![Entry::text(format!("{label}:{}", text.into()))]);
        }
        let mut entries = vec![Entry::Empty; usize::from(n_columns)];
        let split = split.clamp(1, n_columns - 1);
        if let Some(first) = entries.first_mut() {
            *first = Entry::text(label);
        }
        if let Some(value) = entries.get_mut(usize::from(split)) {
            *value = Entry::text(text);
        }
        let spans = vec![(0, split - 1), (split, n_columns.saturating_sub(1))];
        Self { entries, tone: Tone::Body, spans }
    }
}

/// The heading of a column.
#[derive(Debug, Clone)]
pub(super) struct Heading<'a> {
    pub text: Cow<'a, str>,
    pub min: f64,
    pub max: f64,
    pub align: Align,
}

/// A table.
#[derive(Debug, Clone)]
struct Part<'a> {
    caption: String,
    headings: Vec<Heading<'a>>,
    rows: Vec<Row<'a>>,
    /// First and last row (positions in `rows`) and column that are drawn as one cell.
    tall: Vec<(usize, usize, u16)>,
}

/// A sheet before it is drawn.
#[derive(Debug, Clone)]
pub(super) struct Grid<'a> {
    name: String,
    orientation: Orientation,
    title: String,
    lines: Vec<[String; 2]>,
    parts: Vec<Part<'a>>,
    signature: String,
    notes: Vec<String>,
}

impl<'a> Grid<'a> {
    /// A sheet with the texts of its template.
    pub fn new(name: String, sheet: &Sheet, words: &Words) -> Self {
        let fill = |pattern: &Pattern| pattern.fill(words);
        Self {
            name,
            orientation: sheet.orientation,
            title: fill(&sheet.title),
            lines: sheet.lines.iter().map(|[left, right]| [fill(left), fill(right)]).collect(),
            parts: Vec::new(),
            signature: fill(&sheet.signature),
            notes: sheet.notes.iter().map(fill).filter(|note| !note.is_empty()).collect(),
        }
    }

    /// Name of the sheet.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Begins a table with the columns of its template.
    pub fn table<K: Copy>(&mut self, block: &'a Block<K>, words: &Words) {
        let headings = block.columns.iter().map(|column| Heading {
            text: Cow::Borrowed(&*column.header),
            min: column.min,
            max: column.max,
            align: column.align,
        });
        self.table_with(block.caption.fill(words), headings.collect());
    }

    /// Begins a table with columns that depend on the data.
    pub fn table_with(&mut self, caption: String, headings: Vec<Heading<'a>>) {
        self.parts.push(Part { caption, headings, rows: Vec::new(), tall: Vec::new() });
    }

    /// The row, from 0, at which the next row of the last table will stand.
    pub fn next_row0(&self) -> u32 {
        let above: usize =
            self.parts.iter().map(|part| usize::from(!part.caption.is_empty()) + 1 + part.rows.len()).sum();
        (1 + self.lines.len() + above) as u32
    }

    /// Adds a row to the last table.
    pub fn row(&mut self, row: Row<'a>) {
        self.last().rows.push(row);
    }

    /// How many rows the last table has.
    pub fn n_rows(&self) -> usize {
        self.parts.last().map_or(0, |part| part.rows.len())
    }

    /// How many rows follow the last table: signature and notes.
    pub fn n_below(&self) -> u32 {
        u32::from(!self.signature.is_empty()) + self.notes.len() as u32
    }

    /// How many columns the last table has.
    pub fn n_columns(&self) -> u16 {
        self.parts.last().map_or(0, |part| part.headings.len() as u16)
    }

    /// Draws the cells of one column of the last table, from row to row, as one.
    pub fn tall(&mut self, first: usize, last: usize, column: u16) {
        if first < last {
            self.last().tall.push((first, last, column));
        }
    }

    /// Says so where the last table has no rows.
    pub fn or_none(&mut self, text: &'a str) {
        if self.n_rows() == 0 {
            self.across(text);
        }
    }

    /// Adds a row with one text across all columns.
    pub fn across(&mut self, text: impl Into<Cow<'a, str>>) {
        let n_columns = self.n_columns();
        let mut entries = vec![Entry::Empty; usize::from(n_columns)];
        if let Some(first) = entries.first_mut() {
            *first = Entry::text(text);
        }
        self.row(Row { entries, tone: Tone::Body, spans: vec![(0, n_columns.saturating_sub(1))] });
    }

    fn last(&mut self) -> &mut Part<'a> {
        self.parts.last_mut().expect("rows are only added after `table`")
    }
}

/// The formats of one report, made once.
pub(super) struct Styles {
    title: Format,
    line: [Format; 2],
    caption: Format,
    heading: Format,
    signature: Format,
    note: Format,
    /// A cell over so many rows that a page may end within it.
    tall: Format,
    /// By look, then tone, then alignment.
    cells: Vec<[[Format; 3]; 2]>,
    /// How wide the body's glyphs are against those of 10.5 points.
    scale: f64,
    sizes: Sizes,
    paper: super::template::Paper,
}

/// Font sizes in points.
struct Sizes {
    title: f64,
    header: f64,
    body: f64,
    note: f64,
}

/// Looks of cells, in the order of [`Styles::cells`].
const TEXT: usize = 0;
const CODE: usize = 1;
const DAY: usize = 2;
const LINK: usize = 3;
const POINTS: usize = 4;
const PERCENT: usize = 5;
const FIXED: usize = 6;
const N_LOOKS: usize = FIXED + 10;

impl Styles {
    pub fn new(report: &Report) -> Self {
        let font = |font: &Font| Format::new().set_font_name(&*font.name).set_font_size(font.size);
        let fonts = &report.fonts;
        let middle = |format: Format| format.set_align(FormatAlign::VerticalCenter).set_text_wrap();
        let cell = middle(font(&fonts.body)).set_border(FormatBorder::Thin);
        let look = |look: usize| match look {
            CODE => cell.clone().set_num_format("@"),
            DAY => cell.clone().set_num_format(&report.formats.day),
            LINK => cell.clone().set_font_color(Color::RGB(0x0005_63C1)),
            POINTS => cell.clone().set_num_format(&report.formats.points),
            PERCENT => cell.clone().set_num_format(&report.formats.percent),
            FIXED => cell.clone().set_num_format("0"),
            _ if look > FIXED => cell.clone().set_num_format(format!("0.{}", "0".repeat(look - FIXED))),
            _ => cell.clone(),
        };
        let tones = |format: Format| {
            let aligned = |format: &Format| {
                [FormatAlign::Left, FormatAlign::Center, FormatAlign::Right]
                    .map(|align| format.clone().set_align(align))
            };
            let total = format.clone().set_bold().set_background_color(Color::RGB(0x00F2_F2F2));
            [aligned(&format), aligned(&total)]
        };
        Self {
            title: middle(font(&fonts.title)).set_align(FormatAlign::Center),
            line: [FormatAlign::Left, FormatAlign::Right]
                .map(|align| middle(font(&fonts.body)).set_align(align)),
            caption: middle(font(&fonts.header)).set_align(FormatAlign::Left),
            heading: middle(font(&fonts.header))
                .set_align(FormatAlign::Center)
                .set_border(FormatBorder::Thin)
                .set_background_color(Color::RGB(0x00E7_EDF5)),
            signature: middle(font(&fonts.body)).set_align(FormatAlign::Left),
            note: middle(font(&fonts.note)).set_align(FormatAlign::Left),
            tall: cell.clone().set_align(FormatAlign::Center).set_align(FormatAlign::Top),
            cells: (0..N_LOOKS).map(|n| tones(look(n))).collect(),
            scale: fonts.body.size / 10.5,
            sizes: Sizes {
                title: fonts.title.size,
                header: fonts.header.size,
                body: fonts.body.size,
                note: fonts.note.size,
            },
            paper: report.paper.clone(),
        }
    }

    fn cell(&self, entry: &Entry<'_>, tone: Tone, align: Align) -> &Format {
        let shown = |shown: Shown| match shown {
            Shown::Integer => FIXED,
            Shown::Points => POINTS,
            Shown::Percent => PERCENT,
            Shown::Fixed(digits) => FIXED + usize::from(digits.min(9)),
        };
        let look = match entry {
            Entry::Empty | Entry::Text(_) => TEXT,
            Entry::Code(_) => CODE,
            Entry::Day(_) => DAY,
            Entry::Link(..) => LINK,
            Entry::Number(_, how) | Entry::Formula(_, _, how) => shown(*how),
        };
        &self.cells[look][tone as usize][align as usize]
    }
}

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

/// Widths of all columns of the sheet, in Excel's units.
fn widths(grid: &Grid<'_>, styles: &Styles) -> Vec<f64> {
    let n_columns = grid.parts.iter().map(|part| part.headings.len()).max().unwrap_or(1).max(1);
    let mut widths = vec![3.0_f64; n_columns];
    for part in &grid.parts {
        for (position, heading) in part.headings.iter().enumerate() {
            let mut soft = fit::heading_width(&heading.text) as f64;
            let mut rigid = 0_usize;
            let mut longest = 0_usize;
            for row in &part.rows {
                let within = |span: &&(u16, u16)| (span.0..=span.1).contains(&(position as u16));
                if row.spans.iter().any(|span| span.0 < span.1 && within(&span)) {
                    continue;
                }
                let Some(entry) = row.entries.get(position) else { continue };
                rigid = rigid.max(rigid_width(entry).unwrap_or(0));
                if let Some(text) = entry_text(entry) {
                    // A glyph has at least as many bytes as it is wide; past the limit nothing changes.
                    if text.len() as f64 > soft && soft < heading.max {
                        soft = soft.max(fit::width(text) as f64);
                    }
                    longest = longest.max(text.len());
                }
            }
            let mut width = (soft + 1.0).clamp(heading.min, heading.max);
            // Three bytes are two glyphs wide.
            let least = longest as f64 * 2.0 / 3.0 / MAX_LINES as f64;
            if least > width {
                width = least.min(200.0);
            }
            let width = width.max(rigid as f64 + 1.2) * styles.scale;
            widths[position] = widths[position].max(width);
        }
    }
    widths
}

/// Text as a cell can hold it: without code points that XML lacks, and within Excel's 32,767.
pub(super) fn cell_text(text: &str) -> Cow<'_, str> {
    const MARK: &str = "…(过长,已截断)";
    let invalid = |c: char| matches!(c, '\u{fffe}' | '\u{ffff}');
    if text.len() <= 32_767 && !text.contains(invalid) {
        return Cow::Borrowed(text);
    }
    let mut units = 0;
    let mut kept = String::with_capacity(text.len().min(100_000));
    for c in text.chars() {
        let c = if invalid(c) { '\u{fffd}' } else { c };
        units += c.len_utf16();
        if units > 32_700 {
            kept.push_str(MARK);
            break;
        }
        kept.push(c);
    }
    Cow::Owned(kept)
}

/// The float nearest to an exact number: the one that typing it would store.
fn float(number: Decimal) -> f64 {
    number.to_string().parse().expect("a decimal's digits are a number")
}

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
pub(super) fn pixels(grid: &Grid<'_>, styles: &Styles) -> u32 {
    widths(grid, styles).iter().map(|width| (width * 7.0) as u32 + 5).sum()
}

fn millimetres(mm: f64) -> f64 {
    mm / 25.4
}

/// Draws a sheet.
///
/// Errors: what the writer refuses; names and texts were made fit for it, so that is a bug or a
/// sheet beyond Excel's own limits.
pub(super) fn draw(grid: &Grid<'_>, styles: &Styles) -> Result<Worksheet, XlsxError> {
    let mut sheet = Worksheet::new();
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
    let across = |sheet: &mut Worksheet, row: u32, text: &str, size: f64, format: &Format, least: f64| {
        let n_lines = fit::lines(text, total * 10.5 / size - 1.0);
        merge(sheet, (row, 0, row, last_column), &Entry::text(text), format)?;
        let height = (n_lines as f64 * size * LINE + 4.0).clamp(least, MAX_HEIGHT);
        sheet.set_row_height(row, height).map(|_| ())
    };
    across(&mut sheet, row, &grid.title, styles.sizes.title, &styles.title, 34.0)?;
    row += 1;
    // One line has its ends at the margins, as forms do; a block of several has two columns.
    let right = if grid.lines.len() == 1 { &styles.line[1] } else { &styles.line[0] };
    for [left_text, right_text] in &grid.lines {
        if right_text.is_empty() || last_column == 0 {
            let text = if last_column == 0 { format!("{left_text} {right_text}") } else { left_text.clone() };
            across(&mut sheet, row, text.trim_end(), styles.sizes.body, &styles.line[0], 20.0)?;
        } else {
            let wanted = total * 0.55;
            let mut split = 1;
            while split < last_column && width_of(0, split - 1) < wanted {
                split += 1;
            }
            merge(&mut sheet, (row, 0, row, split - 1), &Entry::text(&**left_text), &styles.line[0])?;
            merge(&mut sheet, (row, split, row, last_column), &Entry::text(&**right_text), right)?;
            let capacity = |first, last| width_of(first, last) * 10.5 / styles.sizes.body - 1.0;
            let n_lines = fit::lines(left_text, capacity(0, split - 1))
                .max(fit::lines(right_text, capacity(split, last_column)));
            let height = (n_lines as f64 * styles.sizes.body * LINE + 4.0).clamp(20.0, MAX_HEIGHT);
            sheet.set_row_height(row, height)?;
        }
        row += 1;
    }

    // Pages repeat the headings of the longest table; those of another one would mislead.
    let longest =
        (0..grid.parts.len()).max_by_key(|index| (grid.parts[*index].rows.len(), std::cmp::Reverse(*index)));
    let first_header = row;
    let mut repeated = None;
    let mut last_body = row;
    for (index, part) in grid.parts.iter().enumerate() {
        if !part.caption.is_empty() {
            across(&mut sheet, row, &part.caption, styles.sizes.header, &styles.caption, 24.0)?;
            row += 1;
        }
        if longest == Some(index) {
            repeated = Some((index, row));
        }
        let mut n_lines = 1;
        for (position, heading) in part.headings.iter().enumerate() {
            sheet.write_string_with_format(
                row,
                position as u16,
                cell_text(&heading.text),
                &styles.heading,
            )?;
            let capacity = widths[position] * 10.5 / styles.sizes.header - 0.6;
            n_lines = n_lines.max(fit::lines(&heading.text, capacity));
        }
        let height = n_lines as f64 * styles.sizes.header * LINE + 6.0;
        sheet.set_row_height(row, height.clamp(20.0, MAX_HEIGHT))?;
        row += 1;
        draw_rows(&mut sheet, row, part, &widths, styles)?;
        row += part.rows.len() as u32;
        last_body = row.saturating_sub(1);
    }

    if !grid.signature.is_empty() {
        across(&mut sheet, row, &grid.signature, styles.sizes.body, &styles.signature, 32.0)?;
        row += 1;
    }
    for note in &grid.notes {
        across(&mut sheet, row, note, styles.sizes.note, &styles.note, 15.0)?;
        row += 1;
    }

    if let Some((index, header)) = repeated {
        sheet.set_repeat_rows(header, header)?;
        // Further down, headings that stay would leave no room for the rows.
        if index == 0 {
            sheet.set_freeze_panes(header + 1, 0)?;
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
    Ok(sheet)
}

fn draw_rows(
    sheet: &mut Worksheet,
    top: u32,
    part: &Part<'_>,
    widths: &[f64],
    styles: &Styles,
) -> Result<(), XlsxError> {
    let body = styles.sizes.body;
    let line = body * LINE;
    let capacity = |first: usize, last: usize| widths[first..=last].iter().sum::<f64>() * 10.5 / body - 0.6;
    let mut heights = Vec::with_capacity(part.rows.len());
    for (index, row) in part.rows.iter().enumerate() {
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
            let format = styles.cell(entry, row.tone, align);
            if last > position {
                merge(sheet, (row0, column, row0, last as u16), entry, format)?;
            } else {
                write(sheet, row0, column, entry, format)?;
            }
            if let Some(text) = entry_text(entry) {
                n_lines = n_lines.max(fit::lines(text, capacity(position, last)));
            }
        }
        heights.push((n_lines as f64 * line + 4.0).clamp(20.0, MAX_HEIGHT));
    }
    for &(first, last, column) in &part.tall {
        let position = usize::from(column);
        let Some(row) = part.rows.get(first) else { continue };
        let entry = &row.entries[position];
        let centred = last - first < MAX_CENTRED_ROWS;
        let format =
            if centred { styles.cell(entry, row.tone, part.headings[position].align) } else { &styles.tall };
        merge(sheet, (top + first as u32, column, top + last as u32, column), entry, format)?;
        let n_lines = entry_text(entry).map_or(1, |text| fit::lines(text, capacity(position, position)));
        let wanted = n_lines as f64 * line + 4.0;
        let given: f64 = heights[first..=last].iter().sum();
        if wanted > given {
            heights[last] = (heights[last] + wanted - given).min(MAX_HEIGHT);
        }
    }
    for (index, height) in heights.into_iter().enumerate() {
        sheet.set_row_height(top + index as u32, height)?;
    }
    Ok(())
}

/// Writes an entry over a range: first row, first column, last row, last column. One cell is not
/// a range.
fn merge(
    sheet: &mut Worksheet,
    (row, column, last_row, last_column): (u32, u16, u32, u16),
    entry: &Entry<'_>,
    format: &Format,
) -> Result<(), XlsxError> {
    if row < last_row || column < last_column {
        sheet.merge_range(row, column, last_row, last_column, "", format)?;
    }
    write(sheet, row, column, entry, format)
}

/// `=SUM(D6:D9)`; rows from 0.
pub(super) fn sum(column: u16, first_row0: u32, last_row0: u32) -> String {
    let cell = |row0| CellRef::new(row0, column.into());
    format!("=SUM({}:{})", cell(first_row0), cell(last_row0))
}

/// `'sheet'!A5`: where a link leads to.
pub(super) fn place(sheet: &str, row0: u32, column: u16) -> String {
    format!("'{sheet}'!{}", CellRef::new(row0, column.into()))
}

/// A workbook whose bytes depend on nothing but its sheets and the day.
///
/// Errors: what the writer refuses.
pub(super) fn workbook(sheets: Vec<Worksheet>, title: &str, as_of: Date) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    // Without a fixed time two saves of one workbook differ.
    let made = ExcelDateTime::from_ymd(
        as_of.year().unsigned_abs().clamp(1900, 9999),
        as_of.month().unsigned_abs(),
        as_of.day().unsigned_abs(),
    )?;
    workbook.set_properties(
        &DocProperties::new().set_title(title).set_author("anping").set_creation_datetime(&made),
    );
    // Deflate at level 2 takes a third of the time of level 6; the files are a quarter larger.
    workbook.set_zip_compression_level(2);
    for sheet in sheets {
        workbook.push_worksheet(sheet);
    }
    workbook.save_to_buffer()
}
