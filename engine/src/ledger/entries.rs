//! Raw entries: the rows of every list that holds hazards, each value with its cell.
//! Merges nothing and judges nothing.

use std::collections::BTreeMap;

use super::blocks::Blocks;
use super::rules::Rules;
use crate::model::ledger::Told;
use crate::model::text::{match_key, numbered};
use crate::model::{
    Cell, CellRef, Date, HazardEntry, HazardLevel, HazardSource, Problem, ProblemCode, Provenance, Record,
    Register, Resolved, Resolver, Role, Sources, Table, Value,
};

/// Kinds of rows that are hazards, with their source.
const LISTS: [(&str, HazardSource); 3] = [
    ("office-hazards", HazardSource::Office),
    ("village-hazards", HazardSource::Village),
    ("self-check-hazards", HazardSource::SelfCheck),
];

/// The columns of a list; where a sheet lacks one, nothing is told.
struct Columns {
    unit: Option<usize>,
    code: Option<usize>,
    date: Option<usize>,
    village: Option<usize>,
    place: Option<usize>,
    text: usize,
    level: Option<usize>,
    department: Option<usize>,
    responsible: Option<usize>,
    rechecker: Option<usize>,
    deadline: Option<usize>,
    done: Option<usize>,
    fund: Option<usize>,
    before: Option<usize>,
    after: Option<usize>,
    measures: Option<usize>,
    contingency: Option<usize>,
    supervision: Option<usize>,
}

impl Columns {
    /// Errors: `None` where the list has no column for what is wrong.
    fn of(table: &Table, source: HazardSource) -> Option<Self> {
        let text = if source == HazardSource::Sector { "finding" } else { "text" };
        let at = |key: &str| table.field(key);
        Some(Self {
            unit: at("unit"),
            code: at("credit_code"),
            date: at("date"),
            village: at("village"),
            place: at("place"),
            text: at(text)?,
            level: at("level"),
            department: at("department"),
            responsible: at("responsible"),
            rechecker: at("rechecker"),
            deadline: at("deadline"),
            done: at("done"),
            fund: at("fund"),
            before: at("before"),
            after: at("after"),
            measures: at("measures"),
            contingency: at("contingency"),
            supervision: at("supervision"),
        })
    }
}

/// The source of a table's rows, where they are hazards.
fn source_of(table: &Table) -> Option<HazardSource> {
    // A sheet that scores a checklist without a column for what is wrong opens no hazard: that is how
    // standardization is reviewed.
    if matches!(table.role, Role::CheckSheet | Role::ProblemList) {
        return table.field("finding").map(|_| HazardSource::Sector);
    }
    LISTS.iter().find(|(kind, _)| table.is(kind)).map(|(_, source)| *source)
}

/// A credit code under which enterprises are found.
pub(super) fn code_key(cell: &Cell) -> String {
    match_key(&cell.shown()).to_uppercase()
}

/// Reads the entries.
///
/// Shape: by place and part. Errors: none.
pub(super) fn read(
    sources: &Sources,
    tables: &[Table],
    register: &Register,
    resolver: &Resolver<'_>,
    blocks: &Blocks,
    rules: &Rules,
) -> Vec<HazardEntry> {
    let mut entries = Vec::new();
    let mut known: BTreeMap<(String, String), Resolved> = BTreeMap::new();
    for table in tables {
        let Some(source) = source_of(table) else { continue };
        let Some(columns) = Columns::of(table, source) else { continue };
        let filed_by = match source {
            HazardSource::Village | HazardSource::SelfCheck => {
                blocks.of_filing(&sources.get(table.at.source).path, &[&table.title])
            }
            _ => None,
        };
        let reader = Reader { table, columns, source, filed_by, register, blocks, rules };
        for row in &table.rows {
            reader.row(row, resolver, &mut known, &mut entries);
        }
    }
    entries.sort_by_key(|entry| (entry.at, entry.part));
    entries
}

/// Cells with several entries on sheets that score a checklist; of lists intake has told it.
pub(super) fn several_in_a_cell(entries: &[HazardEntry]) -> Vec<Problem> {
    let cells = entries.chunk_by(|one, other| one.at == other.at);
    let several = cells.filter(|cell| cell.len() > 1 && cell[0].source == HazardSource::Sector);
    several
        .map(|cell| {
            let texts: Vec<_> = cell.iter().map(|entry| entry.text.value.as_str()).collect();
            let problem = Problem::new(ProblemCode::MultiHazardCell, cell[0].at);
            problem.found(texts.join(";")).arg(cell.len().to_string())
        })
        .collect()
}

struct Reader<'r> {
    table: &'r Table,
    columns: Columns,
    source: HazardSource,
    filed_by: Option<String>,
    register: &'r Register,
    blocks: &'r Blocks,
    rules: &'r Rules,
}

impl<'r> Reader<'r> {
    fn cell(&self, row: &'r Record, column: Option<usize>) -> Option<&'r Cell> {
        row.cells.get(column?)
    }

    /// A cell of the row, or of the block above the table where one sheet is about one unit.
    fn cell_or_info(&self, row: &'r Record, column: Option<usize>, key: &str) -> Option<&'r Cell> {
        self.cell(row, column).or_else(|| self.table.info(key))
    }

    fn pictures(&self, cell: Option<&Cell>) -> Vec<String> {
        cell.and_then(|cell| self.table.pictures.get(&cell.at.cell)).cloned().unwrap_or_default()
    }

    fn row(
        &self,
        row: &'r Record,
        resolver: &Resolver<'_>,
        known: &mut BTreeMap<(String, String), Resolved>,
        entries: &mut Vec<HazardEntry>,
    ) {
        let columns = &self.columns;
        let Some(text_cell) = row.cells.get(columns.text) else { return };
        let text = text_cell.shown();
        let unit = self.cell_or_info(row, columns.unit, "unit");
        let name = unit.map_or_else(String::new, Cell::shown);
        // A check without a finding opens no hazard; a listed hazard without a description does.
        if text.is_empty() && (self.source == HazardSource::Sector || name.is_empty()) {
            return;
        }
        let code = self.cell_or_info(row, columns.code, "credit_code").map_or_else(String::new, code_key);
        let key = (name, code);
        if !known.contains_key(&key) {
            let resolved = resolver.resolve(&key.0, &key.1);
            known.insert(key.clone(), resolved);
        }
        let (enterprise, ambiguous) = match &known[&key] {
            Resolved::Known { id, .. } => (Some(*id), false),
            Resolved::Ambiguous(_) => (None, true),
            Resolved::NotListed | Resolved::Unknown => (None, false),
        };
        let registered = enterprise.map(|id| self.register.get(id));
        let village_cell = self.cell(row, columns.village);
        let village = match (&self.filed_by, village_cell.map(Cell::shown)) {
            (Some(filed_by), _) => filed_by.clone(),
            (None, Some(typed)) if !typed.is_empty() => self.blocks.number(&typed),
            _ => registered.map_or_else(String::new, |one| self.blocks.number(&one.village)),
        };
        let department_cell = self.cell(row, columns.department);
        let department = department_cell
            .map(Cell::shown)
            .filter(|typed| !typed.is_empty())
            .or_else(|| registered.map(|one| one.department.clone()))
            .unwrap_or_default();
        let sector = registered.map_or(&self.rules.other_sector, |one| &one.sector).clone();
        let (before, after) = (self.cell(row, columns.before), self.cell(row, columns.after));
        let whole = HazardEntry {
            source: self.source,
            at: text_cell.at,
            part: 1,
            enterprise,
            ambiguous,
            unit: Told { value: key.0, at: unit.map(|cell| cell.at) },
            village: Told { value: village, at: village_cell.map(|cell| cell.at) },
            department: Told { value: department, at: department_cell.map(|cell| cell.at) },
            sector,
            found: day(self.cell_or_info(row, columns.date, "date")),
            place: shown(self.cell(row, columns.place)),
            text: Told { value: String::new(), at: Some(text_cell.at) },
            level: self.level(self.cell(row, columns.level)),
            responsible: shown(self.cell(row, columns.responsible)),
            rechecker: shown(self.cell(row, columns.rechecker)),
            deadline: day(self.cell(row, columns.deadline)),
            done: day(self.cell(row, columns.done)),
            fund: {
                let cell = self.cell(row, columns.fund);
                Told { value: cell.and_then(|cell| cell.value.number()), at: cell.map(|cell| cell.at) }
            },
            before: shown(before),
            before_pictures: self.pictures(before),
            after: shown(after),
            after_pictures: self.pictures(after),
            measures: shown(self.cell(row, columns.measures)),
            contingency: shown(self.cell(row, columns.contingency)),
            supervision: shown(self.cell(row, columns.supervision)),
        };
        let place = Provenance { cell: CellRef::new(row.row0, text_cell.at.cell.col0), ..text_cell.at };
        for (part, text) in (1..).zip(numbered(&text)) {
            let mut entry = whole.clone();
            entry.at = place;
            entry.part = part;
            entry.text.value = text.to_owned();
            if part > 1 {
                entry.fund.value = None;
            }
            entries.push(entry);
        }
    }

    fn level(&self, cell: Option<&Cell>) -> Told<HazardLevel> {
        let value = match cell.map(|cell| &cell.value) {
            Some(Value::Level(level)) => *level,
            Some(Value::Fault(word) | Value::Text(word)) => {
                self.rules.level(word).unwrap_or(HazardLevel::General)
            }
            _ => HazardLevel::General,
        };
        Told { value, at: cell.map(|cell| cell.at) }
    }
}

fn shown(cell: Option<&Cell>) -> Told<String> {
    Told { value: cell.map_or_else(String::new, Cell::shown), at: cell.map(|cell| cell.at) }
}

fn day(cell: Option<&Cell>) -> Told<Option<Date>> {
    Told { value: cell.and_then(|cell| cell.value.day()), at: cell.map(|cell| cell.at) }
}
