//! What intake made of a file, as bytes that can be kept and read again in the next run.
//! Knows no folder. What comes back is met with the mistrust that a workbook meets: whatever could not
//! have come of reading one is as nothing kept, and the file is read.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Layout;
use super::limits::{MAX_COLS, MAX_ROWS, MAX_SHEETS};
use crate::kept::{Kept, Key};
use crate::model::{
    Cell, CellRef, Date, Decimal, HazardLevel, LatelyMet, Place, Problem, ProblemCode, Provenance, Record,
    Role, Source, SourceId, Table, Text, Value, Verdict,
};

/// Where things are kept, for the layouts of one run.
pub(super) struct Keeping<'k> {
    kept: &'k Kept,
    /// Digest of the layouts, in their order.
    layouts: [u8; 32],
}

impl<'k> Keeping<'k> {
    pub fn new(kept: &'k Kept, layouts: &[Layout]) -> Self {
        // All that a layout holds is in its debug form; which build wrote it is part of every key.
        Self { kept, layouts: Sha256::digest(format!("{layouts:?}")).into() }
    }

    /// What reading follows from: the bytes, the extension that they came under, and the layouts.
    pub fn key(&self, digest: &str, extension: &str) -> Key {
        self.kept.key("read", &[digest.as_bytes(), extension.as_bytes(), &self.layouts])
    }

    /// What was made of a file: names of its sheets, tables, problems.
    pub fn get(&self, key: Key, id: SourceId) -> Option<(Vec<String>, Vec<Table>, Vec<Problem>)> {
        decode(&self.kept.get(key)?, id)
    }

    pub fn put(&self, key: Key, source: &Source, tables: &[Table], problems: &[Problem]) {
        if let Some(bytes) = encode(source, tables, problems) {
            self.kept.put(key, &bytes);
        }
    }
}

/// A file; whose it is says the caller.
#[derive(Serialize, Deserialize)]
struct File<'a> {
    #[serde(borrow)]
    sheets: Vec<&'a str>,
    tables: Vec<FileTable<'a>>,
    problems: Vec<FileProblem<'a>>,
}

/// Sheet, row, column.
type At = (u16, u32, u32);

#[derive(Serialize, Deserialize)]
enum FileRole<'a> {
    CheckSheet,
    ProblemList,
    Matrix,
    Register,
    Units(&'a str, &'a str),
    Rows(&'a str),
    Aliases,
    ReturnList,
}

#[derive(Serialize, Deserialize)]
enum FileValue<'a> {
    Absent,
    Text(&'a str),
    /// Digits without their point, how many stand after it, and whether it is negative: a negative zero
    /// is one as well.
    Number(u128, u32, bool),
    Flag(bool),
    Day(i16, i8, i8),
    /// Position in [`Verdict::ALL`].
    Verdict(u8),
    /// Whether it is major.
    Level(bool),
    Fault(&'a str),
}

#[derive(Serialize, Deserialize)]
struct FileCell<'a> {
    #[serde(borrow)]
    value: FileValue<'a>,
    raw: &'a str,
    at: At,
}

#[derive(Serialize, Deserialize)]
struct FileRecord<'a> {
    row0: u32,
    #[serde(borrow)]
    cells: Vec<FileCell<'a>>,
}

#[derive(Serialize, Deserialize)]
struct FileTable<'a> {
    #[serde(borrow)]
    role: FileRole<'a>,
    layout: &'a str,
    at: At,
    title: &'a str,
    title_at: At,
    form: &'a str,
    info: Vec<(&'a str, FileCell<'a>)>,
    facts: Vec<(&'a str, FileCell<'a>)>,
    fields: Vec<&'a str>,
    rows: Vec<FileRecord<'a>>,
    totals: Vec<FileRecord<'a>>,
    sums: Vec<u32>,
    items: Vec<(u32, FileCell<'a>)>,
    pictures: Vec<((u32, u32), Vec<&'a str>)>,
    comments: Vec<((u32, u32), &'a str)>,
}

#[derive(Serialize, Deserialize)]
struct FileProblem<'a> {
    sheet: Option<u16>,
    cell: Option<(u32, u32)>,
    /// Position in [`ProblemCode::ALL`].
    code: u16,
    column: &'a str,
    found: &'a str,
    #[serde(borrow)]
    args: Vec<&'a str>,
    note: &'a str,
    explanation: &'a str,
}

/// Errors: `None` for what this form does not hold; it is read again.
fn encode(source: &Source, tables: &[Table], problems: &[Problem]) -> Option<Vec<u8>> {
    let file = File {
        sheets: strs(&source.sheets),
        tables: tables.iter().map(of_table).collect::<Option<_>>()?,
        problems: problems.iter().map(of_problem).collect::<Option<_>>()?,
    };
    postcard::to_allocvec(&file).ok()
}

fn strs(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

fn of_at(at: Provenance) -> At {
    (at.sheet, at.cell.row0, at.cell.col0)
}

fn of_table(table: &Table) -> Option<FileTable<'_>> {
    let position = |position: usize| u32::try_from(position).ok();
    Some(FileTable {
        role: of_role(&table.role),
        layout: &table.layout,
        at: of_at(table.at),
        title: &table.title,
        title_at: of_at(table.title_at),
        form: &table.form,
        info: of_named(&table.info)?,
        facts: of_named(&table.facts)?,
        fields: strs(&table.fields),
        rows: of_records(&table.rows)?,
        totals: of_records(&table.totals)?,
        sums: table.sums.iter().map(|sum| position(*sum)).collect::<Option<_>>()?,
        items: table
            .items
            .iter()
            .map(|(field, cell)| Some((position(*field)?, of_cell(cell)?)))
            .collect::<Option<_>>()?,
        pictures: table.pictures.iter().map(|(at, found)| ((at.row0, at.col0), strs(found))).collect(),
        comments: table.comments.iter().map(|(at, text)| ((at.row0, at.col0), text.as_str())).collect(),
    })
}

fn of_named(cells: &[(String, Cell)]) -> Option<Vec<(&str, FileCell<'_>)>> {
    cells.iter().map(|(key, cell)| Some((key.as_str(), of_cell(cell)?))).collect()
}

fn of_records(rows: &[Record]) -> Option<Vec<FileRecord<'_>>> {
    let mut records = Vec::with_capacity(rows.len());
    for row in rows {
        let cells = row.cells.iter().map(of_cell).collect::<Option<_>>()?;
        records.push(FileRecord { row0: row.row0, cells });
    }
    Some(records)
}

fn of_role(role: &Role) -> FileRole<'_> {
    match role {
        Role::CheckSheet => FileRole::CheckSheet,
        Role::ProblemList => FileRole::ProblemList,
        Role::Matrix => FileRole::Matrix,
        Role::Register => FileRole::Register,
        Role::Units { table, kind } => FileRole::Units(table, kind),
        Role::Rows { kind } => FileRole::Rows(kind),
        Role::Aliases => FileRole::Aliases,
        Role::ReturnList => FileRole::ReturnList,
    }
}

fn of_cell(cell: &Cell) -> Option<FileCell<'_>> {
    let value = match &cell.value {
        Value::Absent => FileValue::Absent,
        Value::Text(text) => FileValue::Text(text),
        Value::Number(number) => {
            FileValue::Number(number.mantissa().unsigned_abs(), number.scale(), number.is_sign_negative())
        }
        Value::Flag(flag) => FileValue::Flag(*flag),
        Value::Day(day) => FileValue::Day(day.year(), day.month(), day.day()),
        Value::Verdict(verdict) => {
            let position = Verdict::ALL.iter().position(|known| known == verdict)?;
            FileValue::Verdict(u8::try_from(position).ok()?)
        }
        Value::Level(level) => FileValue::Level(*level == HazardLevel::Major),
        Value::Fault(text) => FileValue::Fault(text),
    };
    Some(FileCell { value, raw: &cell.raw, at: of_at(cell.at) })
}

fn of_problem(problem: &Problem) -> Option<FileProblem<'_>> {
    let code = ProblemCode::ALL.iter().position(|known| *known == problem.code)?;
    Some(FileProblem {
        sheet: problem.at.sheet,
        cell: problem.at.cell.map(|cell| (cell.row0, cell.col0)),
        code: u16::try_from(code).ok()?,
        column: &problem.column,
        found: &problem.found,
        args: strs(&problem.args),
        note: &problem.note,
        explanation: &problem.explanation,
    })
}

/// Errors: `None` for bytes that [`encode`] does not make.
fn decode(bytes: &[u8], id: SourceId) -> Option<(Vec<String>, Vec<Table>, Vec<Problem>)> {
    let (file, rest) = postcard::take_from_bytes::<File<'_>>(bytes).ok()?;
    if !rest.is_empty() || file.sheets.len() > MAX_SHEETS {
        return None;
    }
    let places = Places { id, n_sheets: file.sheets.len(), texts: RefCell::default() };
    let tables = file.tables.into_iter().map(|table| places.table(table)).collect::<Option<_>>()?;
    let problems = file.problems.into_iter().map(|problem| places.problem(problem)).collect::<Option<_>>()?;
    Some((strings(file.sheets), tables, problems))
}

fn strings(texts: Vec<&str>) -> Vec<String> {
    texts.into_iter().map(str::to_owned).collect()
}

/// What places in the file can be.
struct Places {
    id: SourceId,
    n_sheets: usize,
    texts: RefCell<LatelyMet>,
}

impl Places {
    fn sheet(&self, sheet: u16) -> Option<u16> {
        (usize::from(sheet) < self.n_sheets).then_some(sheet)
    }

    fn cell_ref((row0, col0): (u32, u32)) -> Option<CellRef> {
        (row0 < MAX_ROWS && col0 < MAX_COLS).then(|| CellRef::new(row0, col0))
    }

    fn at(&self, (sheet, row0, col0): At) -> Option<Provenance> {
        Some(Provenance { source: self.id, sheet: self.sheet(sheet)?, cell: Self::cell_ref((row0, col0))? })
    }

    fn table(&self, table: FileTable<'_>) -> Option<Table> {
        let n_fields = table.fields.len();
        let named = |cells: Vec<(&str, FileCell<'_>)>| -> Option<Vec<(String, Cell)>> {
            cells.into_iter().map(|(key, cell)| Some((key.to_owned(), self.cell(cell)?))).collect()
        };
        let records = |rows: Vec<FileRecord<'_>>| -> Option<Vec<Record>> {
            rows.into_iter().map(|row| self.record(row, n_fields)).collect()
        };
        let field = |position: u32| usize::try_from(position).ok().filter(|position| *position < n_fields);
        Some(Table {
            role: role(table.role),
            layout: table.layout.to_owned(),
            at: self.at(table.at)?,
            title: table.title.to_owned(),
            title_at: self.at(table.title_at)?,
            form: table.form.to_owned(),
            info: named(table.info)?,
            facts: named(table.facts)?,
            fields: strings(table.fields),
            rows: records(table.rows)?,
            totals: records(table.totals)?,
            sums: table.sums.into_iter().map(field).collect::<Option<_>>()?,
            items: table
                .items
                .into_iter()
                .map(|(position, cell)| Some((field(position)?, self.cell(cell)?)))
                .collect::<Option<_>>()?,
            pictures: table
                .pictures
                .into_iter()
                .map(|(at, found)| Some((Self::cell_ref(at)?, strings(found))))
                .collect::<Option<BTreeMap<_, _>>>()?,
            comments: table
                .comments
                .into_iter()
                .map(|(at, text)| Some((Self::cell_ref(at)?, text.to_owned())))
                .collect::<Option<BTreeMap<_, _>>>()?,
        })
    }

    fn record(&self, row: FileRecord<'_>, n_fields: usize) -> Option<Record> {
        if row.row0 >= MAX_ROWS || row.cells.len() != n_fields {
            return None;
        }
        let cells = row.cells.into_iter().map(|cell| self.cell(cell)).collect::<Option<_>>()?;
        Some(Record { row0: row.row0, cells })
    }

    fn cell(&self, cell: FileCell<'_>) -> Option<Cell> {
        let value = match cell.value {
            FileValue::Absent => Value::Absent,
            FileValue::Text(text) => Value::Text(self.text(text)),
            FileValue::Number(digits, scale, negative) => {
                let digits = i128::try_from(digits).ok()?;
                let mut number = Decimal::try_from_i128_with_scale(digits, scale).ok()?;
                number.set_sign_negative(negative);
                Value::Number(number)
            }
            FileValue::Flag(flag) => Value::Flag(flag),
            FileValue::Day(year, month, day) => Value::Day(Date::new(year, month, day).ok()?),
            FileValue::Verdict(position) => Value::Verdict(*Verdict::ALL.get(usize::from(position))?),
            FileValue::Level(true) => Value::Level(HazardLevel::Major),
            FileValue::Level(false) => Value::Level(HazardLevel::General),
            FileValue::Fault("") => return None,
            FileValue::Fault(text) => Value::Fault(self.text(text)),
        };
        Some(Cell { value, raw: self.text(cell.raw), at: self.at(cell.at)? })
    }

    fn text(&self, text: &str) -> Text {
        self.texts.borrow_mut().keep(text)
    }

    fn problem(&self, problem: FileProblem<'_>) -> Option<Problem> {
        let sheet = match problem.sheet {
            Some(sheet) => Some(self.sheet(sheet)?),
            None => None,
        };
        let cell = match problem.cell {
            Some(cell) => Some(Self::cell_ref(cell)?),
            None => None,
        };
        Some(Problem {
            at: Place { source: self.id, sheet, cell },
            code: *ProblemCode::ALL.get(usize::from(problem.code))?,
            column: problem.column.to_owned(),
            found: problem.found.to_owned(),
            args: strings(problem.args),
            note: problem.note.to_owned(),
            explanation: problem.explanation.to_owned(),
        })
    }
}

fn role(role: FileRole<'_>) -> Role {
    match role {
        FileRole::CheckSheet => Role::CheckSheet,
        FileRole::ProblemList => Role::ProblemList,
        FileRole::Matrix => Role::Matrix,
        FileRole::Register => Role::Register,
        FileRole::Units(table, kind) => Role::Units { table: table.to_owned(), kind: kind.to_owned() },
        FileRole::Rows(kind) => Role::Rows { kind: kind.to_owned() },
        FileRole::Aliases => Role::Aliases,
        FileRole::ReturnList => Role::ReturnList,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::intake::{Intake, built_in_layouts, read_inbox};

    const HERE: SourceId = SourceId(7);

    /// What intake makes of the sample town, file by file.
    fn town() -> Vec<(Source, Vec<Table>, Vec<Problem>)> {
        let town = Path::new(env!("CARGO_MANIFEST_DIR")).join("../templates/demo/qingshi");
        let read = read_inbox(&town, &built_in_layouts(), None, &|_, _| (), &|| false);
        let Intake { sources, tables, problems } = read.expect("the sample is there");
        let of = |(id, source): (SourceId, &Source)| {
            let tables = tables.iter().filter(|table| table.at.source == id).cloned().collect();
            let problems = problems.iter().filter(|problem| problem.at.source == id).cloned().collect();
            (source.clone(), tables, problems)
        };
        sources.came_in().map(of).collect()
    }

    #[test]
    fn what_was_read_comes_back_as_it_was() {
        let town = town();
        assert!(town.iter().any(|(_, tables, _)| !tables.is_empty()));
        assert!(town.iter().any(|(_, _, problems)| !problems.is_empty()));
        for (id, (source, tables, problems)) in (0..).map(SourceId).zip(town) {
            let bytes = encode(&source, &tables, &problems).expect("every table has this form");
            let back = decode(&bytes, id).expect("what was encoded");
            let whole = format!("{:?}", (&source.sheets, &tables, &problems));
            assert!(format!("{:?}", (&back.0, &back.1, &back.2)) == whole, "{}", source.path);
        }
    }

    #[test]
    fn numbers_come_back_with_their_digits() {
        for text in [
            "0",
            "-0",
            "0.00",
            "1.10",
            "-74.950",
            "79228162514264337593543950335",
            "0.0000000000000000000000000001",
        ] {
            let mut number: Decimal = text.parse().expect("a number");
            number.set_sign_negative(text.starts_with('-'));
            let at = Provenance { source: HERE, sheet: 0, cell: CellRef::new(1, 2) };
            let cell = Cell { value: Value::Number(number), raw: text.into(), at };
            let places = Places { id: HERE, n_sheets: 1, texts: RefCell::default() };
            let back = places.cell(of_cell(&cell).expect("a number has this form")).expect("a number");
            assert_eq!(format!("{back:?}"), format!("{cell:?}"), "{text}");
        }
    }

    #[test]
    fn other_bytes_are_as_nothing_kept_and_never_a_panic() {
        let encoded = town().into_iter().filter(|(_, tables, _)| !tables.is_empty()).map(
            |(source, tables, problems)| {
                encode(&source, &tables, &problems).expect("every table has this form")
            },
        );
        let whole = encoded.min_by_key(Vec::len).expect("a table");
        for cut in (0..whole.len()).step_by(7) {
            assert!(decode(&whole[..cut], HERE).is_none(), "{cut} bytes");
        }
        let mut longer = whole.clone();
        longer.push(0);
        assert!(decode(&longer, HERE).is_none());
        // Whatever still decodes points into this file.
        for at in (0..whole.len()).step_by(5) {
            for bits in [1, 0x80, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] ^= bits;
                let Some((sheets, tables, _)) = decode(&bytes, HERE) else { continue };
                for table in &tables {
                    assert!(table.at.source == HERE && usize::from(table.at.sheet) < sheets.len());
                    assert!(table.rows.iter().all(|row| row.cells.len() == table.fields.len()));
                }
            }
        }
    }
}
