//! A table that intake understood: the layout it has, its information block, its rows.
//! Knows no checklist: what a row means is for `subjects` and `register` to say.

use std::collections::BTreeMap;

use super::{CellRef, Provenance, Text, Value};

/// A cell of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The value, of the type the layout wants.
    pub value: Value,
    /// What stands in the cell, as a person sees it; empty for an empty cell.
    pub raw: Text,
    /// Where it stands. For a value that a merged region spreads over rows: the region's first cell.
    pub at: Provenance,
}

impl Cell {
    /// The value as text: of a text the trimmed text, of anything else what stands in the cell.
    pub fn shown(&self) -> String {
        self.text().into()
    }

    /// The same, sharing the letters with the cell.
    pub fn text(&self) -> Text {
        match &self.value {
            Value::Text(text) => text.clone(),
            Value::Absent => Text::EMPTY,
            _ => self.raw.trimmed(),
        }
    }
}

/// A row of a table.
#[derive(Debug, Clone)]
pub struct Record {
    /// Row of the sheet, from 0.
    pub row0: u32,
    /// One cell for each field in [`Table::fields`].
    pub cells: Vec<Cell>,
}

/// What the rows of a table are; the layout says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// 一企一表: the answers of one check of one enterprise, a row an item.
    CheckSheet,
    /// 问题清单式: what was found at checks of whole checklists, a row a problem. What is not
    /// listed was met.
    ProblemList,
    /// 一表多企: a row an enterprise, a column an item.
    Matrix,
    /// 企业名录: a row an enterprise.
    Register,
    /// A list of units within enterprises, each with the rows of a plugin's table, e.g. tanks
    /// with their substances.
    Units {
        /// Code of the manifest's table that the rows fill; its columns are found by their codes.
        table: String,
        /// Code of the manifest's kind of subject that a unit is.
        kind: String,
    },
    /// Rows that a later step knows by what they are called, e.g. the hazards of a village's
    /// monthly return. Several layouts may read the same kind.
    Rows {
        /// What they are: `village-hazards`, `visits` …
        kind: String,
    },
    /// 归属确认表: whom a name means, as a person decided; a row a name.
    Aliases,
    /// The list in front of a workbook that was returned and came back: a row a problem.
    ReturnList,
}

/// A table on a sheet, read by one layout.
#[derive(Debug, Clone)]
pub struct Table {
    /// What the rows are.
    pub role: Role,
    /// Id of the layout, the name of its folder under `templates/intake/`.
    pub layout: String,
    /// Where the table begins: the first cell of its header.
    pub at: Provenance,
    /// The title above the table; empty where there is none.
    pub title: String,
    /// Where the title stands; where the table begins when it has none.
    pub title_at: Provenance,
    /// The form's identity, where the workbook carries one (`_meta`); empty otherwise.
    pub form: String,
    /// Fields of the information block that were found: key and cell.
    pub info: Vec<(String, Cell)>,
    /// Other labelled values of the information block: label as it stands, and cell. A plugin may
    /// want them as facts.
    pub facts: Vec<(String, Cell)>,
    /// Keys of the columns that were found, in the order of the sheet.
    pub fields: Vec<String>,
    /// The data rows, in the order of the sheet; titles, subtotals, notes and signatures are not
    /// among them.
    pub rows: Vec<Record>,
    /// Subtotals and totals, in the order of the sheet, as they stand: nothing in them is a problem
    /// by itself.
    pub totals: Vec<Record>,
    /// Positions of the fields whose totals must add up.
    pub sums: Vec<usize>,
    /// Of a matrix, the columns that are items: position in the fields, and the cell of the code.
    pub items: Vec<(usize, Cell)>,
    /// Digests (SHA-256, lower-case hexadecimal) of the pictures on the sheet, by the cell that they
    /// stand in or begin at.
    pub pictures: BTreeMap<CellRef, Vec<String>>,
    /// Remarks on the sheet, by the cell that they hang on.
    pub comments: BTreeMap<CellRef, String>,
}

impl Table {
    /// Whether its rows are of this kind.
    pub fn is(&self, wanted: &str) -> bool {
        matches!(&self.role, Role::Rows { kind } if kind == wanted)
    }

    /// The position of a field. Errors: `None` when the table lacks the column.
    pub fn field(&self, key: &str) -> Option<usize> {
        self.fields.iter().position(|field| field == key)
    }

    /// A cell of the information block.
    pub fn info(&self, key: &str) -> Option<&Cell> {
        self.info.iter().find(|(known, _)| known == key).map(|(_, cell)| cell)
    }

    /// The cell of a row in a column. Errors: `None` when the table lacks the column.
    pub fn cell<'r>(&self, row: &'r Record, key: &str) -> Option<&'r Cell> {
        row.cells.get(self.field(key)?)
    }

    /// The same place with another cell.
    pub fn at_cell(&self, cell: CellRef) -> Provenance {
        Provenance { cell, ..self.at }
    }
}
