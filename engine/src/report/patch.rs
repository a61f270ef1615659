//! Patches a sender's own workbook: cells get a colour or a value, a sheet is put in front. What is
//! not asked for stays as it came, byte for byte, and the result says which cells it changed.
//! Knows no problems and no forms: what to change is said by the caller.
//!
//! Going through a model of a workbook loses whatever the model lacks: pictures in cells, charts,
//! validations. So parts are edited where they stand (`markup` gives byte offsets), other parts are
//! copied as they are compressed, and `proof` compares the result with the original.

mod cells;
mod charts;
mod depends;
mod graft;
mod markup;
mod package;
mod proof;
mod refs;
mod rows;
mod sheet;
mod strings;
mod styles;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

pub use proof::changes;
pub use sheet::{BookView, Region, SheetView, Stands, look};

use crate::model::{CellRef, Date, Decimal};
use depends::Dependents;
use package::Package;
use strings::Strings;
use styles::Styles;

/// A colour: red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Colour(pub u8, pub u8, pub u8);

impl Colour {
    /// As style sheets write it.
    fn argb(self) -> String {
        format!("FF{:02X}{:02X}{:02X}", self.0, self.1, self.2)
    }
}

/// What is put into a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Put {
    /// Text; never a formula, whatever it begins with.
    Text(String),
    /// A number.
    Number(Decimal),
    /// A day: a date where the cell's format shows one, else text such as 2026-07-31.
    Day(Date),
}

/// What is done to a cell. Its other looks stay.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edit {
    /// Background.
    pub fill: Option<Colour>,
    /// A background that is taken away where the cell has just this one.
    pub unfill: Option<Colour>,
    /// Content. Formulas elsewhere keep the results they have, unless the results are stale.
    pub put: Option<Put>,
    /// The content is the result of the formula that stands in the cell, and stays.
    pub result: bool,
}

/// Rows put in behind a row, as copies of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grow {
    /// The sheet.
    pub sheet: String,
    /// The row, from 0, as the workbook has it before any are put in.
    pub last_row0: u32,
    /// How many copies.
    pub n_rows: u32,
}

/// A sheet of ours that is put before the others, or behind them.
#[derive(Debug, Clone)]
pub struct Front {
    /// Its name; free in the workbook, and that of the drawn sheet.
    pub name: String,
    /// The sheet, drawn as the only one of a workbook of ours.
    pub workbook: Vec<u8>,
    /// Name of an earlier sheet of ours, whose place it takes.
    pub replaces: Option<String>,
    /// Whether it stands behind the others, and the workbook opens where it did.
    pub behind: bool,
}

/// Everything to be done to a workbook.
#[derive(Debug, Clone, Default)]
pub struct Edits {
    /// By name of the sheet.
    pub cells: BTreeMap<String, BTreeMap<CellRef, Edit>>,
    /// The sheet in front.
    pub front: Option<Front>,
    /// Rows put in; cells are named by where they stand afterwards.
    pub rows: Vec<Grow>,
    /// Whether formulas lose the results that the edits may have made wrong, and are computed on opening.
    pub stale: bool,
}

/// One thing in which a patched workbook differs from the original.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// A cell looks different; its content is the same.
    Format {
        /// The sheet's name.
        sheet: String,
        /// The cell.
        cell: CellRef,
    },
    /// A cell's content is different.
    Value {
        /// The sheet's name.
        sheet: String,
        /// The cell.
        cell: CellRef,
    },
    /// A formula lost the result it had, or got the one it is known to have; the formula is the same.
    Result {
        /// The sheet's name.
        sheet: String,
        /// The cell.
        cell: CellRef,
    },
    /// Rows are new. Without them, and with all references moved back, the workbook is as it was
    /// apart from the other changes.
    Rows {
        /// The sheet's name.
        sheet: String,
        /// The first of them, from 0.
        first_row0: u32,
        /// How many.
        n_rows: u32,
    },
    /// The workbook's formulas are computed when it is opened.
    Recalculation,
    /// A chart lost the points it kept; it is drawn from the cells when the workbook is opened.
    ChartPoints {
        /// The part's name in lower case.
        part: String,
    },
    /// The order in which formulas are computed is left to be found on opening.
    CalculationChain,
    /// The sheet is no longer the selected one.
    Selection {
        /// The sheet's name.
        sheet: String,
    },
    /// A part has more than before; all it had is as it was.
    Appended {
        /// The part's name in lower case.
        part: String,
    },
    /// The workbook lists a sheet before or behind those it had, or opens at another one; those it had, and the
    /// names that hold for them, are as they were.
    Listed {
        /// The part's name in lower case.
        part: String,
    },
    /// A part is new.
    Added {
        /// The part's name in lower case.
        part: String,
    },
    /// A part is different.
    Rewritten {
        /// The part's name in lower case.
        part: String,
    },
    /// A part is gone.
    Removed {
        /// The part's name in lower case.
        part: String,
    },
}

/// A patched workbook with the proof of what was done.
#[derive(Debug, Clone)]
pub struct Patched {
    /// The workbook.
    pub bytes: Vec<u8>,
    /// All that differs from the original, found by comparing the two.
    pub changes: Vec<Change>,
}

/// Why a workbook is not patched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Not a workbook in a zip package.
    Foreign,
    /// Under a password, or in the format of before 2007.
    Compound,
    /// Rows cannot be put in without harm.
    Growth {
        /// Why.
        what: String,
    },
    /// A result is given for a cell that has no formula.
    NoFormula {
        /// The sheet's name.
        sheet: String,
        /// The cell.
        cell: CellRef,
    },
    /// It carries a digital signature, which any change would break.
    Signed,
    /// It is shared for simultaneous editing and keeps a log of its own changes.
    Shared,
    /// It is in the strict variant of the format.
    Strict,
    /// Its parts are beyond the limit.
    TooLarge,
    /// It has as many cell formats as a workbook may have.
    TooManyFormats,
    /// A part is missing or broken.
    Damaged {
        /// Which.
        part: String,
        /// What is wrong.
        what: String,
    },
    /// There is no such sheet.
    NoSheet {
        /// Its name.
        sheet: String,
    },
    /// A value would overwrite a formula.
    Formula {
        /// The sheet's name.
        sheet: String,
        /// The cell.
        cell: CellRef,
    },
    /// The result differs in more than was asked for: our bug, and the reason why it is compared.
    Unproven {
        /// What differs.
        change: Change,
    },
}

impl Refusal {
    /// The reason, for the clerk.
    pub fn zh(&self) -> String {
        match self {
            Self::Foreign => "不是 xlsx 工作簿".to_owned(),
            Self::Compound => "工作簿已加密,或为旧版 xls 格式".to_owned(),
            Self::Growth { what } => format!("不能增加明细行:{what}"),
            Self::NoFormula { sheet, cell } => format!("“{sheet}”{cell} 没有公式"),
            Self::Signed => "工作簿带有数字签名,改动会使签名失效".to_owned(),
            Self::Shared => "工作簿处于共享编辑状态".to_owned(),
            Self::Strict => "工作簿为 Strict Open XML 格式".to_owned(),
            Self::TooLarge => "工作簿过大".to_owned(),
            Self::TooManyFormats => "单元格格式已达上限".to_owned(),
            Self::Damaged { part, what } => format!("工作簿内部 {part} 有误:{what}"),
            Self::NoSheet { sheet } => format!("工作簿内没有工作表“{sheet}”"),
            Self::Formula { sheet, cell } => format!("“{sheet}”{cell} 是公式,不能填写"),
            Self::Unproven { .. } => "标注结果未通过比对".to_owned(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign => f.write_str("not an xlsx workbook"),
            Self::Compound => f.write_str("under a password, or an old xls workbook"),
            Self::Growth { what } => write!(f, "rows cannot be put in: {what}"),
            Self::NoFormula { sheet, cell } => {
                write!(f, "sheet \"{sheet}\", cell {cell}: no formula stands there")
            }
            Self::Signed => f.write_str("the workbook is signed"),
            Self::Shared => f.write_str("the workbook is shared for simultaneous editing"),
            Self::Strict => f.write_str("the workbook is strict Open XML"),
            Self::TooLarge => f.write_str("the workbook is too large"),
            Self::TooManyFormats => f.write_str("the workbook has no room for another cell format"),
            Self::Damaged { part, what } => write!(f, "part {part}: {what}"),
            Self::NoSheet { sheet } => write!(f, "no sheet \"{sheet}\""),
            Self::Formula { sheet, cell } => {
                write!(f, "sheet \"{sheet}\", cell {cell}: a formula stands there")
            }
            Self::Unproven { change } => write!(f, "changed more than it should: {change:?}"),
        }
    }
}

impl std::error::Error for Refusal {}

/// Patches a workbook.
///
/// Shape: the same package with the cells edited and the sheet in front; every part that neither
/// needs is copied as it is compressed.
/// Errors: see [`Refusal`]; nothing is patched in part.
pub fn patch(bytes: &[u8], edits: &Edits) -> Result<Patched, Refusal> {
    let mut package = Package::open(bytes)?;
    let part = package.part_of("styles").ok_or_else(|| package::damaged("styles", "missing"))?;
    let mut styles = Styles::new(&part, package.text(&part)?)?;
    styles.from_1904 = package.counts_from_1904()?;
    let mut grown: Vec<&Grow> = edits.rows.iter().filter(|grow| grow.n_rows > 0).collect();
    // From below, so that rows above keep their numbers.
    grown.sort_by_key(|grow| std::cmp::Reverse((&grow.sheet, grow.last_row0)));
    for grow in &grown {
        rows::shift(&mut package, grow, false)?;
    }
    if !grown.is_empty() {
        package.remove("calcChain")?;
    }
    if edits.stale {
        package.calculate_on_opening()?;
        for part in package.parts(charts::is_chart) {
            let text = package.text(&part)?;
            let bare = charts::without_points(&part, &text)?;
            if bare != text {
                package.replace(&part, bare);
            }
        }
    }
    let dependents =
        if edits.stale { depends::dependents(&mut package, edits)? } else { Dependents::default() };
    let mut strings = match package.part_of("sharedStrings") {
        Some(part) => Strings::new(&part, package.text(&part)?)?,
        None => Strings::default(),
    };
    let none = BTreeMap::new();
    let mut names: Vec<&String> =
        edits.cells.iter().filter(|(_, edits)| !edits.is_empty()).map(|(name, _)| name).collect();
    let sheets = package.sheets.clone();
    if edits.stale {
        names.extend(sheets.iter().map(|sheet| &sheet.name).filter(|name| !edits.cells.contains_key(*name)));
    }
    for name in names {
        let sheet = sheets.iter().find(|sheet| sheet.name == *name);
        let part = sheet.ok_or_else(|| Refusal::NoSheet { sheet: name.clone() })?.part.clone();
        let text = package.text(&part)?;
        let cells = edits.cells.get(name).unwrap_or(&none);
        let edited =
            cells::edit((name, &part), &text, cells, &mut styles, &mut strings, dependents.of(name))?;
        if edited != text {
            package.replace(&part, edited);
        }
    }
    if let Some(front) = &edits.front {
        graft::graft(&mut package, front, &mut styles, &mut strings)?;
    }
    if let Some((part, text)) = styles.finish() {
        package.replace(&part, text);
    }
    if let Some((part, text)) = strings.finish()? {
        package.replace(&part, text);
    }
    let patched = package.finish()?;
    let changes = proof::changes_with_rows(bytes, &patched, &edits.rows)?;
    match changes.iter().find(|change| !asked_for(change, edits, &dependents, bytes)) {
        Some(change) => Err(Refusal::Unproven { change: change.clone() }),
        None => Ok(Patched { bytes: patched, changes }),
    }
}

/// Whether a change is one that the edits ask for.
fn asked_for(change: &Change, edits: &Edits, dependents: &Dependents, before: &[u8]) -> bool {
    let of = |sheet: &str, cell: &CellRef| edits.cells.get(sheet).and_then(|edits| edits.get(cell));
    let front = edits.front.as_ref();
    let replaced = |sheet: &str| front.is_some_and(|front| front.replaces.as_deref() == Some(sheet));
    match change {
        Change::Format { sheet, cell } => replaced(sheet) || of(sheet, cell).is_some(),
        Change::Value { sheet, cell } => {
            // Of the cells that an array formula fills only the first has the formula.
            replaced(sheet)
                || dependents.has(sheet, *cell)
                || of(sheet, cell).is_some_and(|edit| edit.put.is_some())
        }
        Change::Result { sheet, cell } => {
            dependents.has(sheet, *cell)
                || of(sheet, cell).is_some_and(|edit| edit.put.is_some() && edit.result)
        }
        Change::Rows { .. } => true,
        Change::CalculationChain => edits.rows.iter().any(|grow| grow.n_rows > 0),
        Change::Recalculation | Change::ChartPoints { .. } => edits.stale,
        Change::Selection { .. } => front.is_some_and(|front| !front.behind),
        Change::Listed { .. } => front.is_some(),
        Change::Appended { .. } => true,
        Change::Added { part } => front.is_some() && part.contains("worksheets/sheet"),
        Change::Removed { .. } => false,
        // Only the list of an earlier return is written anew.
        Change::Rewritten { part } => replaced_part(before, front).as_ref() == Some(part),
    }
}

/// The part of the sheet that the front sheet takes the place of.
fn replaced_part(before: &[u8], front: Option<&Front>) -> Option<String> {
    let name = front?.replaces.as_ref()?;
    let package = Package::open(before).ok()?;
    package.sheets.iter().find(|sheet| sheet.name == *name).map(|sheet| sheet.part.to_lowercase())
}
