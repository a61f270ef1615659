//! Puts the cells of sheets into a package whose sheets have everything but these.
//! Knows neither grids nor formats.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io::{Cursor, Read as _, Write as _};

use rayon::prelude::*;
use rust_xlsxwriter::{Format, Worksheet, XlsxError};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::cells::{Cells, Numbers, PLAIN, write_text};
use super::styles::Look;

/// Deflate at level 2 takes a third of the time of level 6; the files are a quarter larger.
pub(super) const LEVEL: u8 = 2;

const TEXTS: &str = "xl/sharedStrings.xml";

/// What stands in the frame of a sheet without texts of its own.
const NO_TEXT: &str = "-";

type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

/// Makes sheets the frames of cells: in their first rows stand the looks that no frame before has, for the
/// writer to give them their numbers; and one text in the first frame, for the workbook to have a table of texts.
#[derive(Default)]
pub(super) struct Frames {
    known: Vec<Look>,
    sheets: Vec<(usize, Cells)>,
}

impl Frames {
    /// Adds the cells of the sheet at a place in the workbook, from 0.
    ///
    /// Errors: what the writer refuses.
    pub fn add(
        &mut self,
        position: usize,
        sheet: &mut Worksheet,
        cells: Cells,
        formats: &[Format],
    ) -> Result<(), XlsxError> {
        let mut column = 0;
        for look in cells.looks() {
            if !self.known.contains(look) {
                // Of blank cells the writer passes over those that look as all cells do.
                sheet.write_number_with_format(0, column, 0, look.format(formats))?;
                self.known.push(*look);
                column += 1;
            }
        }
        if self.sheets.is_empty() {
            sheet.write_string(0, column, cells.first_text().unwrap_or(NO_TEXT))?;
        }
        self.sheets.push((position, cells));
        Ok(())
    }

    /// Puts the cells into the package of their frames.
    ///
    /// Errors: a package that our own writer does not write.
    pub fn fill(self, package: Vec<u8>) -> Result<Vec<u8>, XlsxError> {
        if self.sheets.is_empty() { Ok(package) } else { fill(&package, self.sheets) }
    }
}

/// A frame as it was written, cut where its cells belong.
struct Frame {
    /// Up to the area of the cells, from there to `sheetData`, from there to the links, and the rest.
    pieces: [String; 4],
    /// The numbers of its looks.
    looks: Vec<u32>,
    /// The number of its text.
    text: Option<u32>,
}

impl Frame {
    /// Errors: what our own writer does not write.
    fn read(xml: &str) -> Option<Self> {
        let (head, rest) = xml.split_once("<dimension ref=\"")?;
        let (_, rest) = rest.split_once('"')?;
        let (above, row, rest) = match rest.split_once("<sheetData/>") {
            Some((above, rest)) => (above, "", rest),
            None => {
                let (above, rest) = rest.split_once("<sheetData>")?;
                let (row, rest) = rest.split_once("</sheetData>")?;
                (above, row, rest)
            }
        };
        // What is said of printing follows the links, and margins are always said.
        let at = rest.find("<printOptions").or_else(|| rest.find("<pageMargins"))?;
        let (between, end) = rest.split_at(at);
        let value = |cell: &str, before: &str, after: &str| -> Option<u32> {
            cell.split_once(before)?.1.split_once(after)?.0.parse().ok()
        };
        let (mut looks, mut text) = (Vec::new(), None);
        for cell in row.split("<c ").skip(1) {
            if cell.contains(" t=\"s\"") {
                text = Some(value(cell, "<v>", "</v>")?);
            } else if cell.contains(" s=\"") {
                looks.push(value(cell, " s=\"", "\"")?);
            } else {
                looks.push(PLAIN);
            }
        }
        Some(Self { pieces: [head, above, between, end].map(str::to_owned), looks, text })
    }

    fn with(&self, cells: &Cells, numbers: &Numbers) -> Vec<u8> {
        let [head, above, between, end] = &self.pieces;
        let mut xml = Vec::with_capacity(head.len() + cells.n_bytes());
        xml.extend_from_slice(head.as_bytes());
        xml.extend_from_slice(b"<dimension ref=\"");
        xml.extend_from_slice(cells.dimension().as_bytes());
        xml.push(b'"');
        xml.extend_from_slice(above.as_bytes());
        cells.write(&mut xml, numbers);
        xml.extend_from_slice(between.as_bytes());
        cells.write_links(&mut xml);
        xml.extend_from_slice(end.as_bytes());
        xml
    }
}

/// The workbook's table of texts.
struct Texts {
    /// What the frames brought along.
    own: String,
    /// What the cells add to it.
    added: Vec<u8>,
    known: HashMap<Box<str>, u32>,
    n: u32,
    /// How many cells of the workbook refer to it.
    n_cells: usize,
}

impl Texts {
    /// The table of a package, with the texts of its frames.
    ///
    /// Errors: what our own writer does not write.
    fn read(xml: String, frames: &[(String, Frame, Cells)]) -> Option<Self> {
        let value =
            |before: &str| -> Option<usize> { xml.split_once(before)?.1.split_once('"')?.0.parse().ok() };
        let n = u32::try_from(value(" uniqueCount=\"")?).ok()?;
        // The cell of the first frame is not there any more.
        let n_cells = value(" count=\"")?.checked_sub(1)?;
        let known =
            frames.iter().filter_map(|(_, frame, cells)| Some((cells.first_text()?.into(), frame.text?)));
        Some(Self { n, n_cells, known: known.collect(), added: Vec::new(), own: xml })
    }

    /// Gives the texts of a sheet their numbers.
    fn add(&mut self, texts: Vec<Box<str>>, n_cells: usize) -> Vec<u32> {
        self.n_cells += n_cells;
        let number = |text: Box<str>| match self.known.entry(text) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(place) => {
                write_text(&mut self.added, place.key());
                self.n += 1;
                *place.insert(self.n - 1)
            }
        };
        texts.into_iter().map(number).collect()
    }

    /// Errors: what our own writer does not write.
    fn write(self) -> Option<Vec<u8>> {
        let (head, rest) = self.own.split_once(" count=\"")?;
        let own = rest.split_once('>')?.1.strip_suffix("</sst>")?;
        let counts = format!(" count=\"{}\" uniqueCount=\"{}\">", self.n_cells, self.n);
        Some([head.as_bytes(), counts.as_bytes(), own.as_bytes(), &self.added, b"</sst>"].concat())
    }
}

fn fill(package: &[u8], sheets: Vec<(usize, Cells)>) -> Result<Vec<u8>, XlsxError> {
    let mut archive = ZipArchive::new(Cursor::new(package))?;
    let mut frames = Vec::with_capacity(sheets.len());
    for (position, cells) in sheets {
        let name = format!("xl/worksheets/sheet{}.xml", position + 1);
        let frame = Frame::read(&read(&mut archive, &name)?).ok_or_else(|| strange(&name))?;
        frames.push((name, frame, cells));
    }
    let mut texts = Texts::read(read(&mut archive, TEXTS)?, &frames).ok_or_else(|| strange(TEXTS))?;
    let mut looks: HashMap<Look, u32> = HashMap::new();
    let mut numbered = Vec::with_capacity(frames.len());
    for (name, frame, mut cells) in frames {
        let mut new = frame.looks.iter();
        let mut number = |look: &Look| match looks.entry(*look) {
            Entry::Occupied(known) => Some(*known.get()),
            Entry::Vacant(place) => Some(*place.insert(*new.next()?)),
        };
        let looks = cells.looks().iter().map(&mut number).collect::<Option<_>>();
        let looks = looks.ok_or_else(|| strange(&name))?;
        let texts = texts.add(cells.take_texts(), cells.n_text_cells());
        numbered.push((name, frame, cells, Numbers { looks, texts }));
    }
    let mut parts: HashMap<String, Vec<u8>> = numbered
        .into_par_iter()
        .map(|(name, frame, cells, numbers)| {
            let part = packed(&name, &frame.with(&cells, &numbers))?;
            Ok((name, part))
        })
        .collect::<Result<_, XlsxError>>()?;
    parts.insert(TEXTS.to_owned(), packed(TEXTS, &texts.write().ok_or_else(|| strange(TEXTS))?)?);

    let mut writer = ZipWriter::new(Cursor::new(Vec::with_capacity(package.len())));
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index)?;
        match parts.remove(&*entry.name()?) {
            Some(part) => writer.raw_copy_file(ZipArchive::new(Cursor::new(part))?.by_index_raw(0)?)?,
            None => writer.raw_copy_file(entry)?,
        }
    }
    Ok(writer.finish()?.into_inner())
}

fn read(archive: &mut Archive<'_>, name: &str) -> Result<String, XlsxError> {
    let mut text = String::new();
    archive.by_name(name)?.read_to_string(&mut text)?;
    Ok(text)
}

/// A package of one part: compressed by several threads, parts are copied from such as they are.
fn packed(name: &str, bytes: &[u8]) -> Result<Vec<u8>, XlsxError> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::with_capacity(bytes.len() / 4)));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(LEVEL.into()))
        .last_modified_time(DateTime::default());
    writer.start_file(name, options)?;
    writer.write_all(bytes)?;
    Ok(writer.finish()?.into_inner())
}

fn strange(part: &str) -> XlsxError {
    XlsxError::ParameterError(format!("{part} is not as the writer writes it"))
}
