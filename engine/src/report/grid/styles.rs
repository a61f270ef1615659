//! The formats of a report's cells, made once from its template.
//! Knows no rows.

use std::sync::{Mutex, PoisonError};

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

use super::super::template::{Align, Font, Paper, Report};
use super::{Entry, Shown, Tone};

/// The formats of one report, made once.
pub(in crate::report) struct Styles {
    pub(super) title: Format,
    pub(super) line: [Format; 2],
    pub(super) caption: Format,
    pub(super) heading: Format,
    pub(super) signature: Format,
    pub(super) note: Format,
    /// A cell over so many rows that a page may end within it.
    pub(super) tall: Format,
    /// By look, then tone, then alignment.
    cells: Vec<[[Format; 3]; 2]>,
    /// How wide the body's glyphs are against those of 10.5 points.
    pub(super) scale: f64,
    pub(super) sizes: Sizes,
    pub(super) paper: Paper,
    /// The workbook that long sheets are written for: their cells hold its numbers of formats.
    book: Mutex<Workbook>,
}

/// Font sizes in points.
pub(super) struct Sizes {
    pub(super) title: f64,
    pub(super) header: f64,
    pub(super) body: f64,
    pub(super) note: f64,
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
            book: Mutex::new(Workbook::new()),
        }
    }

    /// A sheet that keeps no row in memory: rows must be written from top to bottom.
    ///
    /// Errors: there is no room for temporary files.
    pub(super) fn long_sheet(&self) -> Result<Worksheet, XlsxError> {
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        book.new_worksheet_with_constant_memory()
    }

    /// The workbook of the long sheets.
    pub(super) fn into_book(self) -> Workbook {
        self.book.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn cell(&self, entry: &Entry<'_>, tone: Tone, align: Align) -> &Format {
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
