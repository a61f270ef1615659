//! Where something stands: source, sheet, cell.
//! Knows no files: a source is a name and a digest.

use std::fmt;

/// Position of a source in [`Sources`]. Sources are sorted by path, so the position does not
/// depend on the order in which files were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// A cell's address. Both counters start at 0; shown as people write it, `F14`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellRef {
    /// Row from 0.
    pub row0: u32,
    /// Column from 0.
    pub col0: u32,
}

impl CellRef {
    /// Makes an address from counters that start at 0.
    pub const fn new(row0: u32, col0: u32) -> Self {
        Self { row0, col0 }
    }

    /// Reads `F14`. Errors: `None` for anything but letters followed by a row from 1, within
    /// 1,048,576 rows and 16,384 columns.
    pub fn parse(text: &str) -> Option<Self> {
        let split = text.find(|c: char| c.is_ascii_digit())?;
        let (letters, digits) = text.split_at(split);
        if letters.is_empty() || letters.len() > 3 || digits.len() > 7 {
            return None;
        }
        let mut col = 0_u32;
        for letter in letters.bytes() {
            if !letter.is_ascii_uppercase() {
                return None;
            }
            col = col * 26 + u32::from(letter - b'A') + 1;
        }
        let row: u32 = digits.parse().ok()?;
        (1..=1_048_576).contains(&row).then_some(())?;
        (col <= 16_384).then_some(Self { row0: row - 1, col0: col - 1 })
    }
}

impl fmt::Display for CellRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut letters = [0_u8; 7];
        let mut start = letters.len();
        let mut rest = self.col0 + 1;
        while rest > 0 {
            start -= 1;
            letters[start] = b'A' + ((rest - 1) % 26) as u8;
            rest = (rest - 1) / 26;
        }
        for letter in &letters[start..] {
            write!(f, "{}", char::from(*letter))?;
        }
        write!(f, "{}", self.row0 + 1)
    }
}

/// The cell a value was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Provenance {
    /// The source.
    pub source: SourceId,
    /// The sheet: its position from 0 in [`Source::sheets`].
    pub sheet: u16,
    /// The cell.
    pub cell: CellRef,
}

/// A place that may be a whole source or a whole sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The source.
    pub source: SourceId,
    /// The sheet, where it is about one.
    pub sheet: Option<u16>,
    /// The cell, where it is about one.
    pub cell: Option<CellRef>,
}

impl From<Provenance> for Place {
    fn from(at: Provenance) -> Self {
        Self { source: at.source, sheet: Some(at.sheet), cell: Some(at.cell) }
    }
}

impl From<SourceId> for Place {
    fn from(source: SourceId) -> Self {
        Self { source, sheet: None, cell: None }
    }
}

/// A file that came in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Source {
    /// Path below the inbox, with `/` between its parts.
    pub path: String,
    /// SHA-256 of its bytes, lower-case hexadecimal; empty where it could not be read.
    pub digest: String,
    /// Length in bytes.
    pub len: u64,
    /// Names of its sheets, in order.
    pub sheets: Vec<String>,
    /// Whether it should have come in and did not: a place for what is wrong with that.
    pub missing: bool,
}

/// All sources of a run: those that came in, sorted by path, then those that are missing.
#[derive(Debug, Clone, Default)]
pub struct Sources(pub Vec<Source>);

impl Sources {
    /// The source with this position. Positions are only made by intake, so it exists.
    pub fn get(&self, id: SourceId) -> &Source {
        &self.0[id.0 as usize]
    }

    /// The sources that came in, by position.
    pub fn came_in(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        (0..).map(SourceId).zip(&self.0).filter(|(_, source)| !source.missing)
    }

    /// Makes a place for a file that should have come in.
    pub fn expect_file(&mut self, path: String) -> SourceId {
        let id = SourceId(u32::try_from(self.0.len()).unwrap_or(u32::MAX));
        self.0.push(Source { path, digest: String::new(), len: 0, sheets: Vec::new(), missing: true });
        id
    }

    /// The name of a sheet; empty where it is not known.
    pub fn sheet(&self, id: SourceId, sheet: u16) -> &str {
        self.get(id).sheets.get(usize::from(sheet)).map_or("", String::as_str)
    }

    /// `path › sheet › F14`, as far as known.
    pub fn show(&self, place: Place) -> String {
        let mut shown = self.get(place.source).path.clone();
        if let Some(sheet) = place.sheet {
            shown.push_str(" › ");
            shown.push_str(self.sheet(place.source, sheet));
        }
        if let Some(cell) = place.cell {
            shown.push_str(" › ");
            shown.push_str(&cell.to_string());
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_and_print() {
        for (row0, col0, text) in
            [(0, 0, "A1"), (13, 5, "F14"), (0, 25, "Z1"), (0, 26, "AA1"), (1_048_575, 16_383, "XFD1048576")]
        {
            assert_eq!(CellRef::new(row0, col0).to_string(), text);
            assert_eq!(CellRef::parse(text), Some(CellRef::new(row0, col0)));
        }
        for text in ["", "A", "1", "A0", "a1", "XFE1", "A1048577", "A-1", "ABCD1"] {
            assert_eq!(CellRef::parse(text), None, "{text}");
        }
    }
}
