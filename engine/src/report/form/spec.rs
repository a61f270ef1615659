//! Specifications of forms: `form.toml` outside the form says which fact belongs to which label.
//! Reads and checks them; finds no cells.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use include_dir::{Dir, include_dir};
use serde::Deserialize;

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../templates/report");

/// The longest `form.toml`.
const MAX_SPEC_BYTES: usize = 1 << 20;

/// The specification of one form.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// What the form is called.
    pub title: String,
    /// Who issued it, and when.
    #[serde(default)]
    pub source: String,
    /// The file of the blank form beside the specification.
    pub form: String,
    /// SHA-256 of that file in hexadecimal.
    pub sha256: String,
    /// The sheet.
    pub sheet: String,
    /// Facts that are words of the locality, e.g. `{town}人民政府`; where the facts have them already, theirs
    /// count.
    #[serde(default)]
    pub words: BTreeMap<String, String>,
    /// Cells that stand alone.
    #[serde(default)]
    pub cell: Vec<CellSpec>,
    /// Tables with a row for each label.
    #[serde(default)]
    pub grid: Vec<GridSpec>,
    /// Lists with a row for each record.
    #[serde(default)]
    pub block: Vec<BlockSpec>,
}

/// A cell that stands alone. One anchor, and one way to be filled.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct CellSpec {
    /// Anchor: a defined name of the workbook.
    pub name: Option<String>,
    /// Anchor: the cell with this text; white space does not count.
    pub label: Option<String>,
    /// Anchor: the cell to the right of the one with this text.
    pub right_of: Option<String>,
    /// Anchor: the cell below the one with this text.
    pub below: Option<String>,
    /// The fact that is put into the blank cell.
    pub put: Option<String>,
    /// The fact that is put behind the text that stands there.
    pub behind: Option<String>,
    /// Facts for the blanks before 年, 月 and 日 in the text that stands there, in their order.
    #[serde(default)]
    pub blanks: Vec<String>,
}

/// A column of a table or list.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct ColumnSpec {
    /// Its header, with headers above it where needed: `一般隐患/整改率`.
    pub header: String,
    /// An expression over the record's facts; `#` is the record's number.
    pub put: String,
}

/// A table with a row for each label.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct GridSpec {
    /// Header of the column with the labels of rows.
    pub rows: String,
    /// The list of records.
    pub list: String,
    /// The fact that says which row a record belongs to.
    pub key: String,
    /// The label of the row that sums up the records: its formulas stay and get their results.
    pub total: Option<String>,
    /// Its columns.
    pub columns: Vec<ColumnSpec>,
}

/// What happens where records are more than rows.
#[derive(Debug, Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Overflow {
    /// Rows are put in.
    Insert,
    /// The form is filled again for what is left.
    Copies,
    /// What is left stands on a sheet behind those of the form.
    Sheet,
    /// What is left stands in a workbook beside the form.
    Annex,
    /// The form is refused; the same as nothing, said aloud.
    Refuse,
}

/// What the last row of a list says where the list goes on elsewhere.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Continued {
    /// The header of the column in which it stands.
    pub header: String,
    /// What it says.
    #[serde(default = "continued")]
    pub text: String,
}

fn continued() -> String {
    "续附页".to_owned()
}

/// One policy, or several in the order in which they are tried.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(Overflow),
    More(Vec<Overflow>),
}

fn one_or_more<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<Overflow>, D::Error> {
    Ok(match OneOrMore::deserialize(from)? {
        OneOrMore::One(one) => vec![one],
        OneOrMore::More(more) => more,
    })
}

/// A list with a row for each record.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct BlockSpec {
    /// The list of records.
    pub list: String,
    /// Blank rows that the form has below the headers.
    pub rows: u32,
    /// Rows between the headers and the first blank row, e.g. of units.
    #[serde(default)]
    pub skip: u32,
    /// Facts by which records are sorted; numbers before days before texts, absent last.
    #[serde(default)]
    pub order: Vec<String>,
    /// What is tried where records are more than rows, in this order; nothing: the form is refused.
    #[serde(default, deserialize_with = "one_or_more")]
    pub overflow: Vec<Overflow>,
    /// What the last row says where the rest stands on a sheet or in a workbook of its own; that row then
    /// holds no record.
    pub continued: Option<Continued>,
    /// Its columns.
    pub columns: Vec<ColumnSpec>,
}

/// A specification that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongSpec {
    /// Its name.
    pub spec: String,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for WrongSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "form {}: {}", self.spec, self.what)
    }
}

impl std::error::Error for WrongSpec {}

/// A form that comes with the program.
#[derive(Debug, Clone)]
pub struct BuiltIn {
    /// Its name: that of its folder.
    pub name: String,
    /// Its specification.
    pub spec: Spec,
    /// The blank form.
    pub form: &'static [u8],
}

impl Spec {
    /// Reads a specification.
    ///
    /// Errors: unknown keys, and what no cell could be filled by.
    pub fn parse(name: &str, text: &str) -> Result<Self, WrongSpec> {
        let wrong = |what: String| WrongSpec { spec: name.to_owned(), what };
        if text.len() > MAX_SPEC_BYTES {
            return Err(wrong("too large".to_owned()));
        }
        let spec: Self = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
        for (index, cell) in spec.cell.iter().enumerate() {
            let anchors = [&cell.name, &cell.label, &cell.right_of, &cell.below];
            let ways = [cell.put.is_some(), cell.behind.is_some(), !cell.blanks.is_empty()];
            if anchors.iter().filter(|anchor| anchor.is_some()).count() != 1 {
                return Err(wrong(format!(
                    "cell {}: expected one of name, label, right_of, below",
                    index + 1
                )));
            }
            if ways.iter().filter(|way| **way).count() != 1 {
                return Err(wrong(format!("cell {}: expected one of put, behind, blanks", index + 1)));
            }
        }
        if let Some(block) = spec.block.iter().find(|block| block.rows == 0 || block.columns.is_empty()) {
            return Err(wrong(format!("block {}: expected rows and columns", block.list)));
        }
        for block in &spec.block {
            let refuse = block.overflow.iter().position(|policy| *policy == Overflow::Refuse);
            if refuse.is_some_and(|at| at + 1 < block.overflow.len()) {
                return Err(wrong(format!("block {}: nothing can follow \"refuse\"", block.list)));
            }
            if let Some(continued) = &block.continued {
                if !block.columns.iter().any(|column| column.header == continued.header) {
                    let header = &continued.header;
                    return Err(wrong(format!("block {}: continued: no column \"{header}\"", block.list)));
                }
                if !block.overflow.iter().any(|policy| matches!(policy, Overflow::Sheet | Overflow::Annex)) {
                    return Err(wrong(format!(
                        "block {}: continued goes with overflow \"sheet\" or \"annex\"",
                        block.list
                    )));
                }
            }
        }
        Ok(spec)
    }

    /// Reads `form.toml` of a folder, and the blank form beside it.
    ///
    /// Errors: a file that cannot be read, or [`Spec::parse`].
    pub fn read(folder: &Path) -> Result<(Self, Option<Vec<u8>>), WrongSpec> {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let path = folder.join("form.toml");
        let wrong = |what: String| WrongSpec { spec: name.clone(), what };
        let text =
            std::fs::read_to_string(&path).map_err(|error| wrong(format!("{}: {error}", path.display())))?;
        let spec = Self::parse(&name, &text)?;
        // A name, not a path: a specification must not lead out of its folder.
        let plain = Path::new(&spec.form).file_name().is_some_and(|file| file == &*spec.form);
        let form = if plain { std::fs::read(folder.join(&spec.form)).ok() } else { None };
        Ok((spec, form))
    }
}

impl Spec {
    /// The lists that the form takes.
    pub fn lists(&self) -> Vec<&str> {
        let grids = self.grid.iter().map(|grid| grid.list.as_str());
        grids.chain(self.block.iter().map(|block| block.list.as_str())).collect()
    }
}

/// The forms that come with the program, sorted by name.
pub fn built_in() -> Vec<BuiltIn> {
    let mut found: Vec<_> = BUILT_IN
        .dirs()
        .filter_map(|dir| {
            let name = dir.path().file_name()?.to_str()?;
            let text = dir.get_file(dir.path().join("form.toml"))?.contents_utf8()?;
            let spec = Spec::parse(name, text).expect("the built-in forms are valid: a test reads them");
            let form = dir.get_file(dir.path().join(&spec.form))?.contents();
            Some(BuiltIn { name: name.to_owned(), spec, form })
        })
        .collect();
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}
