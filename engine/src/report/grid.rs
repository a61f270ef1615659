//! Draws a sheet: title, lines, tables, signature and notes, with widths, heights and page set-up.
//! Knows nothing of checks: what stands in the cells is the affair of the sheets' own modules.

mod cells;
mod draw;
mod package;
mod styles;

use std::borrow::Cow;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};

pub(super) use draw::{Canvas, Drawn, draw, draw_for_chart, pixels};
pub(super) use styles::{Look, Styles};

use package::{Frames, LEVEL};

use super::template::{Align, Block, Orientation, Pattern, Sheet, Words};
use crate::model::{CellRef, Date, Decimal};

/// Rows that a page holds, at least.
const PAGE: usize = 25;

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

/// Rows that are made again each time they are looked at: so many, and how the one at a position is made.
struct Made<'a> {
    n: usize,
    make: Box<dyn Fn(usize) -> Row<'a> + 'a>,
}

/// A table.
struct Part<'a> {
    caption: String,
    headings: Vec<Heading<'a>>,
    /// Rows that are made when they are drawn; they stand above `rows`.
    made: Made<'a>,
    rows: Vec<Row<'a>>,
    /// First and last row (positions in `rows`) and column that are drawn as one cell.
    tall: Vec<(usize, usize, u16)>,
}

impl<'a> Part<'a> {
    fn n_rows(&self) -> usize {
        self.made.n + self.rows.len()
    }

    fn all_rows(&self) -> impl Iterator<Item = Cow<'_, Row<'a>>> {
        let made = (0..self.made.n).map(|index| Cow::Owned((self.made.make)(index)));
        made.chain(self.rows.iter().map(Cow::Borrowed))
    }
}

/// A sheet before it is drawn.
pub(super) struct Grid<'a> {
    name: String,
    orientation: Orientation,
    title: String,
    lines: Vec<[String; 2]>,
    parts: Vec<Part<'a>>,
    signature: String,
    notes: Vec<String>,
    /// The least rows of a table whose headings repeat on each page.
    repeated_from: usize,
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
            repeated_from: 0,
        }
    }

    /// Name of the sheet.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Repeats headings only where a table is longer than a page: above the short tables of a paper
    /// those of another one would mislead.
    pub fn repeat_long_tables_only(&mut self) {
        self.repeated_from = PAGE;
    }

    /// Leaves out lines under the title that came out empty.
    pub fn drop_blank_lines(&mut self) {
        self.lines.retain(|line| line.iter().any(|half| !half.is_empty()));
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
        let made = Made { n: 0, make: Box::new(|_| Row::body(Vec::new())) };
        self.parts.push(Part { caption, headings, made, rows: Vec::new(), tall: Vec::new() });
    }

    /// The row, from 0, at which the next row of the last table will stand.
    pub fn next_row0(&self) -> u32 {
        let above: usize =
            self.parts.iter().map(|part| usize::from(!part.caption.is_empty()) + 1 + part.n_rows()).sum();
        (1 + self.lines.len() + above) as u32
    }

    /// Adds a row to the last table.
    pub fn row(&mut self, row: Row<'a>) {
        self.last().rows.push(row);
    }

    /// Gives the last table rows that are made when they are drawn, and not kept: a list of a county
    /// has 100,000s. Rows that were added stand below them.
    pub fn made_rows(&mut self, n: usize, make: impl Fn(usize) -> Row<'a> + 'a) {
        self.last().made = Made { n, make: Box::new(make) };
    }

    /// How many rows the last table has.
    pub fn n_rows(&self) -> usize {
        self.parts.last().map_or(0, Part::n_rows)
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

/// Text as a cell can hold it: without code points that XML lacks, within Excel's 32,767, and not of the form
/// that the writer takes for marked-up text and writes as it is: a space behind it is not seen.
pub(super) fn cell_text(text: &str) -> Cow<'_, str> {
    const MARK: &str = "…(过长,已截断)";
    let invalid = |c: char| matches!(c, '\u{fffe}' | '\u{ffff}');
    if text.starts_with("<r>") && text.ends_with("</r>") && text.len() < 32_767 {
        return Cow::Owned(cell_text(&format!("{text} ")).into_owned());
    }
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

/// `=SUM(D6:D9)`; rows from 0.
pub(super) fn sum(column: u16, first_row0: u32, last_row0: u32) -> String {
    let cell = |row0| CellRef::new(row0, column.into());
    format!("=SUM({}:{})", cell(first_row0), cell(last_row0))
}

/// `'sheet'!A5`: where a link leads to.
pub(super) fn place(sheet: &str, row0: u32, column: u16) -> String {
    format!("'{sheet}'!{}", CellRef::new(row0, column.into()))
}

/// A workbook whose bytes depend on nothing but its sheets and the day. `styles`: those that they were drawn with.
///
/// Errors: what the writer refuses.
pub(super) fn workbook(
    styles: &Styles,
    sheets: Vec<Drawn>,
    title: &str,
    as_of: Date,
) -> Result<Vec<u8>, XlsxError> {
    // Long sheets belong to the workbook of their styles.
    assemble(styles.take_book(), styles.formats(), sheets, (title, as_of))
}

/// The same of sheets with formats of their own.
///
/// Errors: what the writer refuses.
pub(super) fn workbook_of(
    formats: &[Format],
    sheets: Vec<impl Into<Drawn>>,
    title: &str,
    as_of: Date,
) -> Result<Vec<u8>, XlsxError> {
    assemble(Workbook::new(), formats, sheets, (title, as_of))
}

fn assemble(
    mut workbook: Workbook,
    formats: &[Format],
    sheets: Vec<impl Into<Drawn>>,
    (title, as_of): (&str, Date),
) -> Result<Vec<u8>, XlsxError> {
    // Without a fixed time two saves of one workbook differ.
    let made = ExcelDateTime::from_ymd(
        as_of.year().unsigned_abs().clamp(1900, 9999),
        as_of.month().unsigned_abs(),
        as_of.day().unsigned_abs(),
    )?;
    workbook.set_properties(
        &DocProperties::new().set_title(title).set_author("anping").set_creation_datetime(&made),
    );
    workbook.set_zip_compression_level(LEVEL);
    let mut frames = Frames::default();
    for (position, sheet) in sheets.into_iter().enumerate() {
        let Drawn { mut frame, cells } = sheet.into();
        if let Some(cells) = cells {
            frames.add(position, &mut frame, cells, formats)?;
        }
        workbook.push_worksheet(frame);
    }
    frames.fill(workbook.save_to_buffer()?)
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read as _};

    use calamine::{Reader as _, Xlsx, open_workbook_from_rs};

    use super::super::Templates;
    use super::super::template::Content;
    use super::*;

    /// A list of so many rows as a workbook; `made`: as they are drawn.
    fn list_of(n: usize, made: bool) -> Vec<u8> {
        let templates = Templates::built_in();
        let report = templates.reports.iter().find(|report| report.name == "problem-list");
        let report = report.expect("a built-in report");
        let styles = Styles::new(report);
        let words = Words::new();
        let mut sheets = Vec::new();
        for sheet in &report.sheets {
            let Content::Problems { problems } = &sheet.content else { continue };
            let mut grid = Grid::new("表".to_owned(), sheet, &words);
            grid.table(problems, &words);
            let columns = problems.columns.len();
            let row = move |index: usize| {
                let mut entries = vec![Entry::count(index + 1), Entry::text(format!("第{index}行\n=1+1"))];
                entries.resize(columns, Entry::Empty);
                Row::body(entries)
            };
            if made {
                grid.made_rows(n, row);
            } else {
                (0..n).for_each(|index| grid.row(row(index)));
            }
            grid.across("其余");
            sheets.push(draw(&grid, &styles).expect("the writer takes it"));
        }
        workbook(&styles, sheets, "表", Date::constant(2026, 12, 31)).expect("the writer takes it")
    }

    fn cells(bytes: &[u8]) -> Vec<(usize, usize, String)> {
        let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes)).expect("our own workbook");
        let range = book.worksheet_range("表").expect("its sheet");
        range.used_cells().map(|(row, column, value)| (row, column, value.to_string())).collect()
    }

    #[test]
    fn a_long_list_holds_what_a_short_one_would() {
        // Below the limit the bytes are the same; above it the cells are.
        assert!(list_of(50, true) == list_of(50, false));
        let (long, kept) = (list_of(20_001, true), list_of(20_001, false));
        assert!(long != kept, "the limit is not reached");
        assert!(cells(&long) == cells(&kept));
        assert!(long == list_of(20_001, true), "the same rows give the same bytes");
    }

    /// A part of a package.
    fn part(bytes: &[u8], name: &str) -> String {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("our own package");
        let mut text = String::new();
        archive.by_name(name).expect("a part").read_to_string(&mut text).expect("text");
        text
    }

    /// The first sheet as it stands in its part, with texts in the place of their numbers, and without what only
    /// spares readers a look.
    fn sheet_of(bytes: &[u8]) -> String {
        let texts = part(bytes, "xl/sharedStrings.xml");
        let texts: Vec<&str> =
            texts.split("<si>").skip(1).map(|text| text.split("</si>").next().expect("a text")).collect();
        let mut sheet = String::new();
        for piece in part(bytes, "xl/worksheets/sheet1.xml").split_inclusive('>') {
            match piece.strip_suffix("</v>").and_then(|number| number.parse::<usize>().ok()) {
                Some(number) if sheet.ends_with("t=\"s\"><v>") => sheet.push_str(texts[number]),
                _ => sheet.push_str(piece),
            }
        }
        let spans = |row: &str| match row.split_once(" spans=\"") {
            Some((head, rest)) => format!("{head}{}", rest.split_once('"').expect("an attribute").1),
            None => row.to_owned(),
        };
        sheet.split_inclusive("<row").map(spans).collect()
    }

    #[test]
    fn cells_stand_in_their_part_as_the_writer_would_have_them() {
        let templates = Templates::built_in();
        let report = templates.reports.iter().find(|report| report.name == "problem-list");
        let report = report.expect("a built-in report");
        let styles = Styles::new(report);
        let sheet = report.sheets.iter().find(|sheet| matches!(sheet.content, Content::Problems { .. }));
        let sheet = sheet.expect("a list");
        let Content::Problems { problems } = &sheet.content else { panic!("a list") };
        let n = problems.columns.len() as u16;
        let decimal = |text: &str| -> Decimal { text.parse().expect("a number") };
        let entries = [
            Entry::Empty,
            Entry::text("一\n二 "),
            Entry::text("<a> & \"b\" _x000D_ \r\u{1}"),
            Entry::code("0012"),
            Entry::count(12),
            Entry::points(decimal("2.50")),
            Entry::points(decimal("-0.1234567890123456789")),
            Entry::Number(decimal("12345678901234567890"), Shown::Fixed(2)),
            Entry::Number(decimal("0.5"), Shown::Percent),
            Entry::Day(Date::constant(2026, 2, 28)),
            Entry::Day(Date::constant(1900, 1, 31)),
            Entry::Day(Date::constant(1850, 1, 31)),
            Entry::Formula(sum(3, 6, 9), decimal("7.50"), Shown::Points),
            Entry::link("E11、<F11>", Some(place("溯源 & \"表\"", 4, 0))),
            Entry::text("字".repeat(40_000)),
        ];
        for seed in 0..entries.len() {
            let mut grid = Grid::new("表 & <1>".to_owned(), sheet, &Words::new());
            grid.table(problems, &Words::new());
            for row in 0..9 {
                let entry = |column: usize| entries[(seed + row * 4 + column) % entries.len()].clone();
                let mut row = Row::body((0..n.into()).map(entry).collect());
                if seed % 3 == 1 {
                    row.spans = vec![(0, 1), (2, n - 1)];
                    row.tone = Tone::Total;
                }
                grid.row(row);
            }
            if seed % 3 == 0 {
                grid.tall(0, 2, 1);
                grid.tall(3, 8, n - 1);
            }
            if seed % 2 == 0 {
                grid.table_with("二".to_owned(), vec![]);
                grid.table(problems, &Words::new());
                grid.or_none("无");
            }
            let day = Date::constant(2026, 12, 31);
            let ours =
                workbook(&styles, vec![draw(&grid, &styles).expect("drawn")], "表", day).expect("written");
            let whole = draw_for_chart(&grid, &styles).expect("drawn");
            let whole = workbook_of(&[], vec![whole], "表", day).expect("written");
            let (found, expected) = (sheet_of(&ours), sheet_of(&whole));
            let wrong = found.split('>').zip(expected.split('>')).find(|(found, expected)| found != expected);
            assert_eq!(wrong, None, "{seed}");
            assert_eq!(found.len(), expected.len());
            for name in ["xl/styles.xml", "xl/workbook.xml", "[Content_Types].xml"] {
                assert_eq!(part(&ours, name), part(&whole, name), "{name}");
            }
        }
    }

    #[test]
    fn sheets_with_charts_and_others_share_their_texts() {
        let templates = Templates::built_in();
        let report = templates.reports.iter().find(|report| report.name == "problem-list");
        let styles = Styles::new(report.expect("a built-in report"));
        let sheet = &report.expect("a built-in report").sheets[0];
        let grid = |name: &str, text: &'static str| {
            let mut grid = Grid::new(name.to_owned(), sheet, &Words::new());
            let heading = Heading { text: "栏".into(), min: 5.0, max: 9.0, align: Align::Left };
            grid.table_with(String::new(), vec![heading]);
            grid.across(text);
            grid
        };
        // The writer would put either into its part as it is, and the second is no XML.
        let marked = "<r><t>甲</t></r>";
        let broken = "<r>&</r>";
        let sheets: Vec<Drawn> = vec![
            draw(&grid("一", "甲"), &styles).expect("drawn"),
            draw_for_chart(&grid("二", broken), &styles).expect("drawn").into(),
            draw(&grid("三", marked), &styles).expect("drawn"),
        ];
        let bytes = workbook(&styles, sheets, "表", Date::constant(2026, 12, 31)).expect("written");
        let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(&bytes[..])).expect("our own workbook");
        for (name, text) in [("一", "甲"), ("二", "<r>&</r> "), ("三", "<r><t>甲</t></r> ")] {
            let range = book.worksheet_range(name).expect("its sheet");
            let found: Vec<_> = range.used_cells().map(|(.., value)| value.to_string()).collect();
            assert!(found.contains(&text.to_owned()), "{name}: {found:?}");
        }
        let texts = part(&bytes, "xl/sharedStrings.xml");
        let n = texts.matches("<si>").count();
        assert!(texts.contains(&format!("uniqueCount=\"{n}\"")), "{texts}");
        let cells: usize = (1..=3)
            .map(|n| part(&bytes, &format!("xl/worksheets/sheet{n}.xml")).matches("t=\"s\"").count())
            .sum();
        assert!(texts.contains(&format!(" count=\"{cells}\"")), "{cells}: {texts}");
    }
}
