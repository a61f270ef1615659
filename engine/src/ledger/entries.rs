//! Raw entries: the rows of every list that holds hazards, each value with its cell.
//! Merges nothing and judges nothing.

use std::collections::BTreeMap;

use super::blocks::Blocks;
use super::rules::Rules;
use crate::model::ledger::{More, Told};
use crate::model::text::{match_key, numbered};
use crate::model::{
    Cell, CellRef, Date, HazardEntry, HazardLevel, HazardSource, LatelyMet, Problem, ProblemCode, Provenance,
    Record, Register, Resolved, Resolver, Role, Sources, Table, Text, Value,
};

/// Kinds of rows that are hazards, with their source.
///
/// What an earlier year left is not among them: each of its rows says who found it.
const LISTS: [(&str, HazardSource); 3] = [
    ("office-hazards", HazardSource::Office),
    ("village-hazards", HazardSource::Village),
    ("self-check-hazards", HazardSource::SelfCheck),
];

/// The list of what an earlier year left open: the sheet 下年结转 of its ledger, dropped into the inbox.
const CARRIED: &str = "carried-hazards";
/// Who found a hazard of that list where its row does not say.
const CARRIED_BY: HazardSource = HazardSource::Office;
/// What stands in a cell that says no.
const NO: [&str; 12] = ["否", "无", "不", "×", "x", "0", "—", "/", "-", "--", "没有", "暂无"];

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
    supervision_document: Option<usize>,
    extended: Option<usize>,
    extension_approver: Option<usize>,
    reported: Option<usize>,
    rechecked: Option<usize>,
    carried: Option<usize>,
    found_by: Option<usize>,
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
            supervision_document: at("supervision_document"),
            extended: at("extended"),
            extension_approver: at("extension_approver"),
            reported: at("reported"),
            rechecked: at("rechecked"),
            carried: at("carried"),
            found_by: at("found_by"),
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
    let lists = LISTS.iter().chain(&[(CARRIED, CARRIED_BY)]);
    lists.into_iter().find(|(kind, _)| table.is(kind)).map(|(_, source)| *source)
}

/// The source that a word stands for.
fn source_named(word: &str) -> Option<HazardSource> {
    let word = match_key(word);
    HazardSource::ALL.into_iter().find(|source| match_key(source.title()) == word)
}

/// Rows of what an earlier year left that do not say who found the hazard: told, for it decides which
/// row leads.
pub(super) fn unknown_finders(tables: &[Table]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for table in tables.iter().filter(|table| table.is(CARRIED)) {
        let cells = table.rows.iter().filter_map(|row| table.cell(row, "found_by"));
        for cell in cells.filter(|cell| source_named(&cell.text()).is_none()) {
            let known: Vec<_> = HazardSource::ALL.into_iter().map(HazardSource::title).collect();
            problems.push(
                Problem::new(ProblemCode::FinderUnknown, cell.at)
                    .found(cell.raw.trim())
                    .arg(known.join("、"))
                    .arg(CARRIED_BY.title()),
            );
        }
    }
    problems
}

/// A credit code under which enterprises are found.
pub(super) fn code_key(cell: &Cell) -> String {
    match_key(&cell.text()).to_uppercase()
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
    // Of check sheets most rows open no hazard.
    let is_list = |table: &&Table| source_of(table).is_some_and(|source| source != HazardSource::Sector);
    let mut entries = Vec::with_capacity(tables.iter().filter(is_list).map(|table| table.rows.len()).sum());
    let mut met = LatelyMet::default();
    let mut known: BTreeMap<(Text, String), Resolved> = BTreeMap::new();
    for table in tables {
        let Some(source) = source_of(table) else { continue };
        let Some(columns) = Columns::of(table, source) else { continue };
        let filed_by = match source {
            HazardSource::Village | HazardSource::SelfCheck => {
                blocks.of_filing(&sources.get(table.at.source).path, &[&table.title])
            }
            _ => None,
        };
        let filed_by = filed_by.map(Text::from);
        let reader = Reader { table, columns, source, filed_by, register, blocks, rules };
        for row in &table.rows {
            reader.row(row, resolver, (&mut known, &mut met), &mut entries);
        }
    }
    // A check sheet has a row for each item, and opens no hazard for most.
    entries.shrink_to_fit();
    // Files are read in their order, so this seldom has to move anything.
    if !entries.is_sorted_by_key(|entry| (entry.at, entry.part)) {
        entries.sort_by_key(|entry| (entry.at, entry.part));
    }
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
    filed_by: Option<Text>,
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
        (known, met): (&mut BTreeMap<(Text, String), Resolved>, &mut LatelyMet),
        entries: &mut Vec<HazardEntry>,
    ) {
        let columns = &self.columns;
        let Some(text_cell) = row.cells.get(columns.text) else { return };
        let text = text_cell.text();
        let unit = self.cell_or_info(row, columns.unit, "unit");
        let name = unit.map_or(Text::EMPTY, Cell::text);
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
        let village = match (&self.filed_by, village_cell.map(Cell::text)) {
            (Some(filed_by), _) => filed_by.clone(),
            (None, Some(typed)) if !typed.is_empty() => met.keep(&self.blocks.number(&typed)),
            _ => registered.map_or(Text::EMPTY, |one| met.keep(&self.blocks.number(&one.village))),
        };
        let department_cell = self.cell(row, columns.department);
        let department = department_cell
            .map(Cell::text)
            .filter(|typed| !typed.is_empty())
            .or_else(|| registered.map(|one| met.keep(&one.department)))
            .unwrap_or_default();
        let sector = met.keep(registered.map_or(&self.rules.other_sector, |one| &one.sector));
        let is_carried_list = self.table.is(CARRIED);
        let found_by = self.cell(row, columns.found_by).and_then(|cell| source_named(&cell.text()));
        let whole = HazardEntry {
            source: found_by.filter(|_| is_carried_list).unwrap_or(self.source),
            at: text_cell.at,
            part: 1,
            enterprise,
            ambiguous,
            unit: Told::new(key.0, unit.map(|cell| cell.at)),
            village: Told::new(village, village_cell.map(|cell| cell.at)),
            department: Told::new(department, department_cell.map(|cell| cell.at)),
            sector,
            found: day(self.cell_or_info(row, columns.date, "date")),
            place: shown(self.cell(row, columns.place)),
            text: Told::new(text, Some(text_cell.at)),
            level: self.level(self.cell(row, columns.level)),
            responsible: named(self.cell(row, columns.responsible)),
            rechecker: named(self.cell(row, columns.rechecker)),
            deadline: day(self.cell(row, columns.deadline)),
            done: day(self.cell(row, columns.done)),
            fund: {
                let cell = self.cell(row, columns.fund);
                Told::new(cell.and_then(|cell| cell.value.number()), cell.map(|cell| cell.at))
            },
            before: named(self.cell(row, columns.before)),
            after: named(self.cell(row, columns.after)),
            rechecked: day(self.cell(row, columns.rechecked)),
            more: self.more(row),
        };
        let place = Provenance { cell: CellRef::new(row.row0, text_cell.at.cell.col0), ..text_cell.at };
        let parts = numbered(&whole.text.value);
        if parts.len() == 1 && *parts[0] == *whole.text.value {
            entries.push(HazardEntry { at: place, ..whole });
            return;
        }
        for (part, text) in (1..).zip(parts) {
            let mut entry = whole.clone();
            entry.at = place;
            entry.part = part;
            entry.text.value = text.into();
            if part > 1 {
                entry.fund.value = None;
            }
            entries.push(entry);
        }
    }

    /// What few lists have columns for; none where this one has none of them.
    fn more(&self, row: &Record) -> Option<Box<More>> {
        let columns = &self.columns;
        let is_carried_list = self.table.is(CARRIED);
        let carried = self.cell(row, columns.carried);
        let says_carried = carried.is_some_and(|cell| !says_no(&cell.text()));
        let more = More {
            measures: named(self.cell(row, columns.measures)),
            contingency: named(self.cell(row, columns.contingency)),
            supervision: named(self.cell(row, columns.supervision)),
            supervision_document: named(self.cell(row, columns.supervision_document)),
            extended: day(self.cell(row, columns.extended)),
            extension_approver: named(self.cell(row, columns.extension_approver)),
            reported: day(self.cell(row, columns.reported)),
            carried: Told::new(is_carried_list || says_carried, carried.map(|cell| cell.at)),
            before_pictures: self.pictures(self.cell(row, columns.before)),
            after_pictures: self.pictures(self.cell(row, columns.after)),
        };
        (more != More::default()).then(|| Box::new(more))
    }

    fn level(&self, cell: Option<&Cell>) -> Told<HazardLevel> {
        let value = match cell.map(|cell| &cell.value) {
            Some(Value::Level(level)) => *level,
            Some(Value::Fault(word) | Value::Text(word)) => {
                self.rules.level(word).unwrap_or(HazardLevel::General)
            }
            _ => HazardLevel::General,
        };
        Told::new(value, cell.map(|cell| cell.at))
    }
}

/// Whether a cell says no, or nothing.
fn says_no(text: &str) -> bool {
    // No word for no has another ideograph, and folding changes none.
    let other = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c) && !"否无不没有暂".contains(c);
    if text.contains(other) {
        return false;
    }
    let key = match_key(text);
    key.is_empty() || NO.contains(&key.as_str())
}

fn shown(cell: Option<&Cell>) -> Told<Text> {
    Told::new(cell.map_or(Text::EMPTY, Cell::text), cell.map(|cell| cell.at))
}

/// A person, a picture or a document: 无 and the like name none, and are nobody's second person or picture after.
fn named(cell: Option<&Cell>) -> Told<Text> {
    let told = shown(cell);
    if says_no(&told.value) { Told::new(Text::EMPTY, told.at()) } else { told }
}

fn day(cell: Option<&Cell>) -> Told<Option<Date>> {
    Told::new(cell.and_then(|cell| cell.value.day()), cell.map(|cell| cell.at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SourceId;

    #[test]
    fn a_word_for_none_names_nobody() {
        for (raw, expected) in [
            ("无", ""),
            (" 暂无 ", ""),
            ("/", ""),
            ("-", ""),
            ("0", ""),
            ("张三", "张三"),
            ("无锡化工科", "无锡化工科"),
            ("IMG_0", "IMG_0"),
        ] {
            let at = Provenance { source: SourceId(0), sheet: 0, cell: CellRef::new(0, 0) };
            let cell = Cell { value: Value::Text(raw.into()), raw: raw.into(), at };
            let told = named(Some(&cell));
            // The cell is kept: a refusal is told there.
            assert_eq!((told.value.as_str(), told.at()), (expected, Some(at)), "{raw}");
        }
        assert_eq!(named(None), Told::default(), "a sheet without the column");
    }
}
