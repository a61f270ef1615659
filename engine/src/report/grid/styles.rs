//! The formats of a report's cells, made once from its template.
//! Knows no rows.

use std::sync::{Mutex, PoisonError};

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

use super::super::template::{Align, Font, Paper, Report};
use super::{Entry, Shown, Tone};

/// The formats of one report, made once.
pub(in crate::report) struct Styles {
    /// In the order of looks: those of single lines, then of cells by kind, tone and alignment.
    formats: Vec<Format>,
    /// How wide the body's glyphs are against those of 10.5 points.
    pub(super) scale: f64,
    pub(super) sizes: Sizes,
    pub(super) paper: Paper,
    /// The workbook that long sheets are written for: their cells hold its numbers of formats.
    book: Mutex<Workbook>,
}

/// How a cell looks: which of the formats it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::report) struct Look(u16);

impl Look {
    /// The one at a position among the formats of a report that has others than ours.
    pub const fn nth(position: usize) -> Self {
        Self(position as u16)
    }

    /// Its format.
    pub(super) fn format(self, formats: &[Format]) -> &Format {
        &formats[usize::from(self.0)]
    }

    pub(super) const TITLE: Self = Self(0);
    /// A line under the title, from the left.
    pub(super) const LEFT: Self = Self(1);
    /// The same, from the right.
    pub(super) const RIGHT: Self = Self(2);
    pub(super) const CAPTION: Self = Self(3);
    pub(super) const HEADING: Self = Self(4);
    pub(super) const SIGNATURE: Self = Self(5);
    pub(super) const NOTE: Self = Self(6);
    /// A cell over so many rows that a page may end within it.
    pub(super) const TALL: Self = Self(7);
    /// The first of the cells.
    const CELLS: u16 = 8;
}

/// Font sizes in points.
pub(super) struct Sizes {
    pub(super) title: f64,
    pub(super) header: f64,
    pub(super) body: f64,
    pub(super) note: f64,
}

/// Kinds of cells, in the order of their looks.
const TEXT: u16 = 0;
const CODE: u16 = 1;
const DAY: u16 = 2;
const LINK: u16 = 3;
const POINTS: u16 = 4;
const PERCENT: u16 = 5;
const FIXED: u16 = 6;
const N_KINDS: u16 = FIXED + 10;

impl Styles {
    pub fn new(report: &Report) -> Self {
        let font = |font: &Font| Format::new().set_font_name(&*font.name).set_font_size(font.size);
        let fonts = &report.fonts;
        let middle = |format: Format| format.set_align(FormatAlign::VerticalCenter).set_text_wrap();
        let cell = middle(font(&fonts.body)).set_border(FormatBorder::Thin);
        let kind = |kind: u16| match kind {
            CODE => cell.clone().set_num_format("@"),
            DAY => cell.clone().set_num_format(&report.formats.day),
            LINK => cell.clone().set_font_color(Color::RGB(0x0005_63C1)),
            POINTS => cell.clone().set_num_format(&report.formats.points),
            PERCENT => cell.clone().set_num_format(&report.formats.percent),
            FIXED => cell.clone().set_num_format("0"),
            _ if kind > FIXED => {
                cell.clone().set_num_format(format!("0.{}", "0".repeat(usize::from(kind - FIXED))))
            }
            _ => cell.clone(),
        };
        let tones = |format: Format| {
            let total = format.clone().set_bold().set_background_color(Color::RGB(0x00F2_F2F2));
            [format, total]
        };
        let aligned = |format: Format| {
            [FormatAlign::Left, FormatAlign::Center, FormatAlign::Right]
                .map(|align| format.clone().set_align(align))
        };
        let line = |font_of: &Font, align| middle(font(font_of)).set_align(align);
        let mut formats = vec![
            line(&fonts.title, FormatAlign::Center),
            line(&fonts.body, FormatAlign::Left),
            line(&fonts.body, FormatAlign::Right),
            line(&fonts.header, FormatAlign::Left),
            line(&fonts.header, FormatAlign::Center)
                .set_border(FormatBorder::Thin)
                .set_background_color(Color::RGB(0x00E7_EDF5)),
            line(&fonts.body, FormatAlign::Left),
            line(&fonts.note, FormatAlign::Left),
            cell.clone().set_align(FormatAlign::Center).set_align(FormatAlign::Top),
        ];
        formats.extend((0..N_KINDS).flat_map(|n| tones(kind(n))).flat_map(aligned));
        Self {
            formats,
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

    /// The workbook of the long sheets; another one takes its place. Where one set of styles draws several
    /// workbooks at a time, no sheet may be long.
    pub(super) fn take_book(&self) -> Workbook {
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *book)
    }

    /// The formats, in the order of looks.
    pub(super) fn formats(&self) -> &[Format] {
        &self.formats
    }
}

impl Look {
    /// How an entry of a table looks.
    pub(super) fn of(entry: &Entry<'_>, tone: Tone, align: Align) -> Self {
        let shown = |shown: Shown| match shown {
            Shown::Integer => FIXED,
            Shown::Points => POINTS,
            Shown::Percent => PERCENT,
            Shown::Fixed(digits) => FIXED + u16::from(digits.min(9)),
        };
        let kind = match entry {
            Entry::Empty | Entry::Text(_) => TEXT,
            Entry::Code(_) => CODE,
            Entry::Day(_) => DAY,
            Entry::Link(..) => LINK,
            Entry::Number(_, how) | Entry::Formula(_, _, how) => shown(*how),
        };
        Self(Self::CELLS + (kind * 2 + tone as u16) * 3 + align as u16)
    }
}
