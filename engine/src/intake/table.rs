//! Reads a bound table: information block and rows into typed cells with their problems.
//! Judges no content: what a row means is for later steps to say.

use std::collections::BTreeMap;

use super::Refusal;
use super::grid::{Content, Grid, GridCell, first_row};
use super::header::{Binding, BoundColumn, Catalogue, PairValue, Top, inline_pairs};
use super::layout::{Field, Kind, Layout, note_start};
use super::limits::{MAX_HINTS, MAX_PROBLEMS, MAX_QUOTED_CHARS, MAX_TABLE_CELLS, MAX_TABLE_TEXT_BYTES};
use super::names::{has_key, is_bracketed, normal_key};
use super::package::Region;
use super::values::{Context, Remark, Wanted, free_text, level, read, read_free, read_inline};
use crate::model::text::{numbered, year_in};
use crate::model::{
    Cell, CellRef, Date, Decimal, Lang, LatelyMet, Place, Problem, ProblemCode, Provenance, Record, Role,
    Severity, SourceId, Table, Text, Value,
};

/// Where a sheet is.
#[derive(Debug, Clone, Copy)]
pub struct SheetId {
    /// The source.
    pub source: SourceId,
    /// The sheet, from 0.
    pub sheet: u16,
}

impl SheetId {
    const fn at(self, cell: CellRef) -> Provenance {
        Provenance { source: self.source, sheet: self.sheet, cell }
    }
}

/// What the tables of one file may still take of memory, and what is wrong with them.
#[derive(Debug, Default)]
pub struct Kept {
    /// Problems so far.
    pub problems: Vec<Problem>,
    n_cells: usize,
    n_bytes: usize,
    texts: LatelyMet,
    /// How many hints there are, by sheet and code; those beyond [`MAX_HINTS`] are only counted.
    hints: BTreeMap<(u16, ProblemCode), usize>,
}

impl Kept {
    /// Notes a problem at a cell.
    fn tell(&mut self, problem: Problem) {
        if problem.severity() == Severity::Hint {
            let n_hints = self.hints.entry((problem.at.sheet.unwrap_or_default(), problem.code)).or_default();
            *n_hints += 1;
            if *n_hints > MAX_HINTS {
                return;
            }
        }
        self.problems.push(problem);
    }

    /// All problems; where hints were only counted, one says how many.
    pub fn into_problems(mut self, source: SourceId) -> Vec<Problem> {
        for ((sheet, code), n_hints) in self.hints {
            if n_hints > MAX_HINTS {
                let place = Place { source, sheet: Some(sheet), cell: None };
                self.problems.push(
                    Problem::new(ProblemCode::HintsCut, place)
                        .found(n_hints.to_string())
                        .arg(MAX_HINTS.to_string())
                        .note(code.title(Lang::Zh)),
                );
            }
        }
        self.problems
    }

    /// Counts a cell that will be kept.
    fn keep(&mut self, cell: &Cell) {
        self.n_cells += 1;
        self.n_bytes += match &cell.value {
            Value::Text(text) | Value::Fault(text) => text.len() + cell.raw.len(),
            _ => cell.raw.len(),
        };
    }

    /// Errors: `FileBeyondLimit` once too much has been kept.
    fn check(&self) -> Result<(), Refusal> {
        if self.n_cells > MAX_TABLE_CELLS {
            Err(Refusal::limit(
                format!("表内不超过 {MAX_TABLE_CELLS} 个单元格"),
                format!("超过 {MAX_TABLE_CELLS}"),
            ))
        } else if self.n_bytes > MAX_TABLE_TEXT_BYTES {
            Err(Refusal::limit(
                format!("表内文字不超过 {} MB", MAX_TABLE_TEXT_BYTES >> 20),
                format!("超过 {} MB", MAX_TABLE_TEXT_BYTES >> 20),
            ))
        } else if self.problems.len() > MAX_PROBLEMS {
            Err(Refusal::limit(format!("填报问题不超过 {MAX_PROBLEMS} 处"), format!("超过 {MAX_PROBLEMS}")))
        } else {
            Ok(())
        }
    }
}

/// What a problem quotes of a text.
fn quote(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTED_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Reads the table that a header was found for. Errors: `FileBeyondLimit`.
pub fn read_table(
    sheet: SheetId,
    grid: &Grid<'_>,
    top: &Top<'_>,
    binding: &Binding,
    catalogue: &Catalogue<'_>,
    form: &str,
    kept: &mut Kept,
) -> Result<Table, Refusal> {
    let layout = &catalogue.layouts[binding.layout];
    let first_col0 = binding.columns.first().map_or(0, |column| column.col0);
    let start = CellRef::new(binding.top0, first_col0);
    let (title, title_at) = top.title(binding).unwrap_or((String::new(), start));
    let mut reader = TableReader {
        sheet,
        grid,
        layout,
        context: Context { epoch_1904: grid.epoch_1904, year: year_in(&title), check_date: None },
        kept,
    };
    let (mut info, facts) = reader.information(top, binding, catalogue)?;
    for column in &binding.columns {
        if grid.is_hidden_col(column.col0) {
            let hidden = Problem::new(ProblemCode::HiddenColumn, sheet.at(column.header_at));
            reader.kept.tell(hidden.column(&column.header).found("隐藏列"));
        }
        if let Some(twice) = column.twice {
            reader.kept.tell(
                Problem::new(ProblemCode::ColumnTwice, sheet.at(twice))
                    .column(&column.header)
                    .found(&column.header)
                    .arg(column.header_at.to_string()),
            );
        }
    }
    let (rows, totals) = reader.rows(binding, &mut info)?;
    let item = |column: &BoundColumn| {
        let at = sheet.at(column.header_at);
        let header = Text::from(&column.header);
        Cell { value: Value::Text(header.clone()), raw: header, at }
    };
    let is_item = |column: &BoundColumn| column.field >= layout.columns.len();
    Ok(Table {
        role: layout.role.clone(),
        layout: layout.id.clone(),
        at: sheet.at(start),
        title,
        title_at: sheet.at(title_at),
        form: form.to_owned(),
        info,
        facts,
        fields: binding
            .columns
            .iter()
            .map(|column| if is_item(column) { &column.header } else { &layout.field(column.field).key })
            .cloned()
            .collect(),
        rows,
        totals,
        sums: (0..binding.columns.len())
            .filter(|index| layout.field(binding.columns[*index].field).adds_up)
            .collect(),
        items: binding
            .columns
            .iter()
            .enumerate()
            .filter(|(_, column)| is_item(column))
            .map(|(index, column)| (index, item(column)))
            .collect(),
        pictures: grid.pictures.clone(),
        comments: grid.comments.clone(),
    })
}

type Labelled = Vec<(String, Cell)>;
/// The same, with the position on the sheet.
type Placed = Vec<(usize, String, Cell)>;

struct TableReader<'r, 'g> {
    sheet: SheetId,
    grid: &'r Grid<'g>,
    layout: &'r Layout,
    context: Context,
    kept: &'r mut Kept,
}

impl TableReader<'_, '_> {
    fn report(&mut self, remarks: Vec<Remark>, at: CellRef, column: &str, found: &str, note: &str) {
        for remark in remarks {
            let mut problem = Problem::new(remark.code, self.sheet.at(at))
                .column(column)
                .found(quote(found))
                .note(quote(note));
            if !remark.arg.is_empty() {
                problem = problem.arg(quote(&remark.arg));
            }
            self.kept.tell(problem);
        }
    }

    /// A share that its format shows as a percentage is what it shows.
    fn percent(&self, field: &Field, cell: &GridCell<'_>, value: Value) -> Value {
        match value {
            Value::Number(share) if field.kind == Kind::Percent && self.grid.is_percent(cell.at) => share
                .checked_mul(Decimal::ONE_HUNDRED)
                .map_or(value, |percent| Value::Number(percent.normalize())),
            value => value,
        }
    }

    /// What a field's cells should hold on this table.
    fn wanted<'a>(&self, field: &'a Field, header_unit: &'a str) -> Wanted<'a> {
        Wanted {
            kind: field.kind,
            unit: &field.unit,
            header_unit,
            same_day: &field.same_day,
            excused: &field.excused,
            nothing: &field.nothing,
            yuan_above: field.yuan_above,
            listed: matches!(self.layout.role, Role::Rows { .. }),
            aside: field.aside,
        }
    }

    /// Reads the block above the header. The day of the check comes first, because other dates may
    /// lean on it.
    fn information(
        &mut self,
        top: &Top<'_>,
        binding: &Binding,
        catalogue: &Catalogue<'_>,
    ) -> Result<(Labelled, Labelled), Refusal> {
        let pairs = top.pairs(binding, catalogue);
        let field_of = |label: &str| catalogue.info(binding.layout, &normal_key(label));
        let mut order: Vec<_> = (0..pairs.len()).collect();
        order.sort_by_key(|index| {
            let kind = field_of(&pairs[*index].label).map(|field| self.layout.infos[field].kind);
            (kind != Some(Kind::Date), *index)
        });
        let (mut info, mut facts): (Placed, Placed) = Default::default();
        for index in order {
            let pair = &pairs[index];
            let field = field_of(&pair.label).map(|field| &self.layout.infos[field]);
            // The same label again: the first that holds something counts.
            if let Some(field) = field
                && info.iter().any(|(_, key, cell)| *key == field.key && cell.value != Value::Absent)
            {
                continue;
            }
            let (raw, (value, remarks)) = match (&pair.value, field) {
                (PairValue::Empty, _) => (String::new(), (Value::Absent, Vec::new())),
                (PairValue::Cell(cell), Some(field)) => {
                    (self.grid.shown(cell), read(cell, &self.wanted(field, ""), &self.context))
                }
                (PairValue::Cell(cell), None) => (self.grid.shown(cell), read_free(cell, &self.context)),
                (PairValue::Inline(text), Some(field)) => {
                    (text.clone(), read_inline(text, &self.wanted(field, ""), &self.context))
                }
                (PairValue::Inline(text), None) => (text.clone(), (free_text(text), Vec::new())),
            };
            self.report(remarks, pair.at, &pair.label, &raw, "");
            let cell = self.cell(value, &raw, pair.at);
            self.kept.keep(&cell);
            self.kept.check()?;
            match field {
                Some(field) => {
                    if let (Kind::Date, Value::Day(day)) = (field.kind, &cell.value) {
                        self.context.check_date = Some(*day);
                        self.context.year = Some(day.year());
                    }
                    info.retain(|(_, key, _)| *key != field.key);
                    info.push((index, field.key.clone(), cell));
                }
                None if cell.value == Value::Absent => {}
                None => facts.push((index, pair.label.clone(), cell)),
            }
        }
        self.missing_information(&info, binding);
        for list in [&mut info, &mut facts] {
            list.sort_by_key(|(index, ..)| *index);
        }
        let labelled =
            |list: Placed| list.into_iter().map(|(_, key, cell)| (key, cell)).collect::<Labelled>();
        Ok((labelled(info), labelled(facts)))
    }

    fn missing_information(&mut self, info: &[(usize, String, Cell)], binding: &Binding) {
        let first_col0 = binding.columns.first().map_or(0, |column| column.col0);
        for field in self.layout.infos.iter().filter(|field| field.required) {
            let found = info.iter().find(|(_, key, _)| *key == field.key).map(|(_, _, cell)| cell);
            // A cell that holds something wrong has been reported already.
            if found.is_some_and(|cell| cell.value != Value::Absent || !cell.raw.trim().is_empty()) {
                continue;
            }
            let name = field.names.first().map_or(field.key.as_str(), |name| name.last.as_str());
            let code =
                if field.kind == Kind::Date { ProblemCode::DateMissing } else { ProblemCode::ColumnMissing };
            let at =
                found.map_or_else(|| self.sheet.at(CellRef::new(binding.top0, first_col0)), |cell| cell.at);
            let mut problem = Problem::new(code, at).column(name);
            if code == ProblemCode::ColumnMissing {
                problem = problem.arg(name);
            }
            self.kept.tell(problem);
        }
    }

    /// Reads the rows up to where the next table begins: data, and totals. What signatures say of the
    /// layout's own fields joins the information.
    fn rows(
        &mut self,
        binding: &Binding,
        info: &mut Labelled,
    ) -> Result<(Vec<Record>, Vec<Record>), Refusal> {
        let columns = &binding.columns;
        let mut spreads: Vec<Spread> = columns
            .iter()
            .map(|column| {
                let spread = self.layout.field(column.field).spread;
                Spread::new(if spread { self.grid.merges_in_column(column.col0) } else { Vec::new() })
            })
            .collect();
        let key = columns
            .iter()
            .position(|column| self.layout.field(column.field).key == self.layout.row_key)
            .unwrap_or(0);
        let names: Vec<String> = columns.iter().map(|column| normal_key(&column.header)).collect();
        let grid = self.grid;
        let mut rest = grid.below(binding.bottom0 + 1);
        let (mut records, mut totals) = (Vec::new(), Vec::new());
        while let Some(first) = rest.first() {
            let row0 = first.at.row0;
            if binding.end0.is_some_and(|end0| row0 >= end0) {
                break;
            }
            let (row, after) = first_row(rest);
            rest = after;
            let own: Vec<Option<&GridCell<'_>>> = columns
                .iter()
                .map(|column| row.binary_search_by_key(&column.col0, |cell| cell.at.col0).ok())
                .map(|index| index.map(|index| &row[index]).filter(|cell| !is_blank(cell)))
                .collect();
            if self.is_note(row) {
                self.signatures(row, info)?;
                continue;
            }
            if own.iter().all(Option::is_none) {
                continue;
            }
            let (record, list) = if self.is_total(&own, row, key) {
                (self.total(row0, &own, columns), &mut totals)
            } else if self.is_heading(&own, &names, row0) {
                continue;
            } else {
                (self.row(row0, row, &own, columns, key, &mut spreads), &mut records)
            };
            record.cells.iter().for_each(|cell| self.kept.keep(cell));
            self.kept.check()?;
            list.push(record);
        }
        Ok((records, totals))
    }

    /// Reads what a row of signatures says of the fields that may stand there. The first that holds
    /// something counts, above the table or below it; nothing is told of how it is written.
    fn signatures(&mut self, row: &[GridCell<'_>], info: &mut Labelled) -> Result<(), Refusal> {
        if !self.layout.infos.iter().any(|field| field.below) {
            return Ok(());
        }
        for cell in row {
            for (label, text) in cell.text().map(inline_pairs).unwrap_or_default() {
                let label = normal_key(&label);
                let is_meant =
                    |field: &&Field| field.below && field.names.iter().any(|name| name.last == label);
                let Some(field) = self.layout.infos.iter().find(is_meant) else { continue };
                let is_known =
                    |(key, cell): &(String, Cell)| *key == field.key && cell.value != Value::Absent;
                if text.is_empty() || info.iter().any(is_known) {
                    continue;
                }
                let (value, _) = read_inline(&text, &self.wanted(field, ""), &self.context);
                let cell = self.cell(value, &text, cell.at);
                self.kept.keep(&cell);
                self.kept.check()?;
                info.retain(|(key, _)| *key != field.key);
                info.push((field.key.clone(), cell));
            }
        }
        Ok(())
    }

    /// Reads a total: numbers where it has some, and no problems. A total is only ever compared.
    fn total(&self, row0: u32, own: &[Option<&GridCell<'_>>], columns: &[BoundColumn]) -> Record {
        let cell = |(column, own): (&BoundColumn, &Option<&GridCell<'_>>)| {
            let at = self.sheet.at(CellRef::new(row0, column.col0));
            let Some(cell) = own else { return Cell { value: Value::Absent, raw: Text::EMPTY, at } };
            let field = self.layout.field(column.field);
            let (value, _) = match field.kind {
                Kind::Number | Kind::Percent => {
                    read(cell, &self.wanted(field, &column.bracket), &self.context)
                }
                _ => read_free(cell, &self.context),
            };
            Cell { value: self.percent(field, cell, value), raw: self.grid.shown(cell).into(), at }
        };
        Record { row0, cells: columns.iter().zip(own).map(cell).collect() }
    }

    /// The day of a row, where its layout has one: other dates of the row may lean on it.
    fn day_of_row(&self, own: &[Option<&GridCell<'_>>], columns: &[BoundColumn]) -> Option<Option<Date>> {
        let index = columns.iter().position(|column| self.layout.field(column.field).key == "date")?;
        let field = self.layout.field(columns[index].field);
        let cell = own[index]?;
        Some(read(cell, &self.wanted(field, ""), &self.context).0.day())
    }

    /// A remark that is written across several columns of a row, instead of a value in each.
    fn remark_across(&self, at: CellRef) -> Option<Region> {
        let start = self.grid.merges.partition_point(|region| region.first.row0 < at.row0);
        self.grid.merges[start..].iter().copied().take_while(|region| region.first.row0 == at.row0).find(
            |region| {
                region.last.col0 > region.first.col0
                    && (region.first.col0..=region.last.col0).contains(&at.col0)
            },
        )
    }

    /// A cell that is kept: of texts that come again, and of a value that is what stands there, the letters
    /// once.
    fn cell(&mut self, value: Value, raw: &str, at: CellRef) -> Cell {
        let texts = &mut self.kept.texts;
        let raw = texts.keep(raw);
        let mut keep = |text: Text| if text == raw { raw.clone() } else { texts.keep(&text) };
        let value = match value {
            Value::Text(text) => Value::Text(keep(text)),
            Value::Fault(text) => Value::Fault(keep(text)),
            value => value,
        };
        Cell { value, raw, at: self.sheet.at(at) }
    }

    /// Reads a row of data.
    fn row(
        &mut self,
        row0: u32,
        row: &[GridCell<'_>],
        own: &[Option<&GridCell<'_>>],
        columns: &[BoundColumn],
        key: usize,
        spreads: &mut [Spread],
    ) -> Record {
        let of_sheet = self.context.check_date;
        if let Some(day) = self.day_of_row(own, columns) {
            self.context.check_date = day;
        }
        if self.grid.is_hidden(row0) {
            let at = self.sheet.at(row[0].at);
            self.kept.tell(Problem::new(ProblemCode::HiddenRow, at).found("隐藏行"));
        }
        let note = match (&self.layout.role, own[key]) {
            (Role::CheckSheet, Some(cell)) => cell.shown(self.context.epoch_1904).trim().to_owned(),
            _ => String::new(),
        };
        let layout = self.layout;
        let mut cells = Vec::with_capacity(columns.len());
        for ((column, own), spread) in columns.iter().zip(own).zip(spreads) {
            let field = layout.field(column.field);
            let place = CellRef::new(row0, column.col0);
            let is_item = column.field >= layout.columns.len();
            if is_item && let Some(region) = self.remark_across(place) {
                let raw = self.grid.get(region.first).map(|cell| cell.shown(self.context.epoch_1904));
                cells.push(self.cell(Value::Absent, &raw.unwrap_or_default(), region.first));
                continue;
            }
            let (cell, at) = match own {
                Some(cell) => (Some(*cell), place),
                None => match spread.covering(row0) {
                    Some(region) => {
                        (self.grid.get(region.first).filter(|cell| !is_blank(cell)), region.first)
                    }
                    None => (None, place),
                },
            };
            let Some(cell) = cell else {
                let mut value = Value::Absent;
                if field.kind == Kind::Verdict && (is_item || own_key_is_set(&note)) {
                    let blank = Remark { code: ProblemCode::VerdictBlank, arg: String::new() };
                    let note = if is_item { &column.header } else { &note };
                    self.report(vec![blank], place, &column.header, "", note);
                }
                if field.kind == Kind::Level
                    && let Some(level) = level(&field.blank)
                {
                    let blank = Remark { code: ProblemCode::LevelBlank, arg: field.blank.clone() };
                    self.report(vec![blank], place, &column.header, "", &note);
                    value = Value::Level(level);
                }
                cells.push(Cell { value, raw: Text::EMPTY, at: self.sheet.at(at) });
                continue;
            };
            let raw = self.grid.shown(cell);
            let (value, mut remarks) = read(cell, &self.wanted(field, &column.bracket), &self.context);
            let value = self.percent(field, cell, value);
            if field.entries
                && let entries @ 2.. = value.text().map_or(0, |text| numbered(text).len())
            {
                remarks.push(Remark { code: ProblemCode::MultiHazardCell, arg: entries.to_string() });
            }
            if field.quiet {
                remarks.retain(|remark| remark.code.severity() != Severity::Hint);
            }
            // A value that is spread over rows is reported where it stands, once.
            if at == place {
                self.report(remarks, at, &column.header, &raw, &note);
            }
            cells.push(self.cell(value, &raw, at));
        }
        self.context.check_date = of_sheet;
        Record { row0, cells }
    }

    /// A note or signature: its first text begins like one, and no other columns are filled in
    /// beside it.
    fn is_note(&self, row: &[GridCell<'_>]) -> bool {
        let mut cells = row.iter().filter(|cell| !is_blank(cell));
        let first = cells.next();
        if cells.nth(3).is_some() {
            return false;
        }
        let Some(text) = first.and_then(GridCell::text) else { return false };
        let start: String = text.chars().filter(|c| !c.is_whitespace()).take(20).collect();
        let start = note_start(&start);
        self.layout.notes.iter().any(|note| start.starts_with(note.as_str()))
    }

    /// A subtotal or total: says so, where the row's key or nothing stands.
    fn is_total(&self, own: &[Option<&GridCell<'_>>], row: &[GridCell<'_>], key: usize) -> bool {
        let says = |cell: &GridCell<'_>| {
            cell.text().is_some_and(|text| {
                text.len() <= 40 && self.layout.totals.iter().any(|total| has_key(text, total))
            })
        };
        own[key].is_none_or(says) && row.iter().any(says)
    }

    /// A heading between rows, or a header printed again: one text merged over three columns or
    /// more and nothing beside it, or the names of the columns themselves.
    fn is_heading(&self, own: &[Option<&GridCell<'_>>], names: &[String], row0: u32) -> bool {
        // A row of units below the header: (家), (项), (%).
        if own.iter().flatten().all(|cell| cell.text().is_some_and(is_bracketed)) {
            return true;
        }
        let mut filled = own.iter().flatten();
        let (Some(only), None) = (filled.next(), filled.next()) else {
            // More than half are the names of their columns; on a row of data the first few tell.
            let others = own.iter().zip(names).filter(|(cell, name)| {
                !cell.and_then(GridCell::text).is_some_and(|text| has_key(text, name))
            });
            return others.take(names.len().div_ceil(2)).count() * 2 < names.len();
        };
        let start = self.grid.merges.partition_point(|region| region.first < only.at);
        self.grid.merges.get(start).is_some_and(|region| {
            region.first == only.at && region.last.row0 == row0 && region.last.col0 >= only.at.col0 + 2
        })
    }
}

/// Only check sheets have notes, and only rows with an item's code.
const fn own_key_is_set(note: &str) -> bool {
    !note.is_empty()
}

fn is_blank(cell: &GridCell<'_>) -> bool {
    matches!(&cell.content, Content::Text(text) if text.trim().is_empty())
}

/// Finds the merged region that covers a cell of one column, for rows in rising order.
struct Spread {
    regions: Vec<Region>,
    next: usize,
}

impl Spread {
    const fn new(regions: Vec<Region>) -> Self {
        Self { regions, next: 0 }
    }

    fn covering(&mut self, row0: u32) -> Option<Region> {
        while self.regions.get(self.next).is_some_and(|region| region.last.row0 < row0) {
            self.next += 1;
        }
        self.regions.get(self.next).copied().filter(|region| region.first.row0 <= row0)
    }
}
