//! Who is assessed and on what: tables become subjects of plugins.
//! Knows no spreadsheet and no rule: it finds the checklist, the enterprise and the items that a
//! sheet is about, and says where the sheet and the checklist disagree.

mod matrix;
mod offices;
mod problem_list;

use std::collections::BTreeMap;

use crate::model::text::match_key;
use crate::model::{
    Answer, Cell, CellRef, Date, Decimal, Enterprise, EnterpriseId, Fact, Item, KnownFact, KnownTable,
    Manifest, Place, Plugin, Problem, ProblemCode, Provenance, Record, Resolved, Resolver, Role, Sources,
    Subject, Table, TableRow, Value, ValueKind, Verdict, Written,
};

/// The tag that every subject carries, where a checklist has it.
const TAG_FOR_ALL: &str = "全部";

/// Makes the subjects of all tables.
///
/// Shape: subjects in the order of tables and rows; `as_of` is the day of subjects whose sheet
/// carries none by its nature (lists of units).
/// Errors: none; what cannot be placed becomes a problem and is left out.
pub fn bind(
    sources: &Sources,
    tables: &[Table],
    plugins: &[Plugin],
    resolver: &Resolver<'_>,
    enterprises: &[Enterprise],
    as_of: Date,
) -> (Vec<Subject>, Vec<Problem>) {
    let items_of = |plugin: &Plugin| {
        (0..).zip(&plugin.manifest.items).map(|(i, item)| (item_key(&item.code), i)).collect()
    };
    let mut binder = Binder {
        items: plugins.iter().map(items_of).collect(),
        sources,
        plugins,
        resolver,
        enterprises,
        as_of,
        offices: offices::numbers(tables),
        subjects: Vec::new(),
        problems: Vec::new(),
    };
    for table in tables {
        match &table.role {
            Role::CheckSheet => binder.check_sheet(table),
            Role::Units { table: rows, kind } => binder.units(table, rows, kind),
            Role::ProblemList => binder.problem_list(table),
            Role::Matrix => binder.matrix(table),
            Role::Rows { kind } => match kind.as_str() {
                "assessment-verified" => binder.assessment(table, "verified"),
                "assessment-self" => binder.assessment(table, "self"),
                _ => {}
            },
            Role::Register | Role::Aliases | Role::ReturnList => {}
        }
    }
    binder.duplicates();
    (binder.subjects, binder.problems)
}

struct Binder<'a> {
    /// For each plugin, its items by [`item_key`].
    items: Vec<BTreeMap<String, u32>>,
    sources: &'a Sources,
    plugins: &'a [Plugin],
    resolver: &'a Resolver<'a>,
    enterprises: &'a [Enterprise],
    as_of: Date,
    /// Numbers of villages and departments by the keys of their names.
    offices: BTreeMap<String, String>,
    subjects: Vec<Subject>,
    problems: Vec<Problem>,
}

impl Binder<'_> {
    fn check_sheet(&mut self, table: &Table) {
        let Some(codes) = table.field("code") else { return };
        let Some(plugin) = self.plugin_for(table, codes) else { return };
        let manifest = &self.plugins[plugin].manifest;
        let Some(date) = self.check_date(table) else { return };
        let shown = |key: &str| table.info(key).map_or_else(String::new, Cell::shown);
        let place = |key: &str| table.info(key).map(|cell| cell.at);
        let code = match_key(&shown("credit_code")).to_uppercase();
        let mut subject = self.subject(
            (shown("unit"), place("unit").unwrap_or(table.at)),
            (code, place("credit_code")),
            plugin,
            date,
        );
        subject.inspectors = shown("inspectors");
        self.facts(&mut subject, manifest, &table.facts);
        let mut seen = BTreeMap::new();
        for row in &table.rows {
            let code = &row.cells[codes];
            let shown = code.shown();
            if shown.is_empty() && table.cell(row, "verdict").is_none_or(|cell| cell.value == Value::Absent) {
                // Neither an item nor an answer: a heading or a remark between the rows.
                continue;
            }
            let Some(index) = self.known_item(plugin, &shown, code.at) else { continue };
            if let Some(first) = seen.get(&index) {
                let first = self.sources.show(Place::from(*first));
                self.problems.push(Problem::new(ProblemCode::ItemTwice, code.at).found(shown).arg(first));
                continue;
            }
            seen.insert(index, code.at);
            let item = &manifest.items[index as usize];
            self.agree(table, row, item, &subject, code.at);
            let answer = self.answer(table, row, index, item, &mut subject);
            subject.answers.push(answer);
        }
        let missing: Vec<_> = (0..)
            .zip(&manifest.items)
            .filter(|(index, item)| {
                let carried = item.applies.iter().any(|tag| subject.tags.contains(tag));
                carried && !seen.contains_key(index)
            })
            .map(|(_, item)| item.code.as_str())
            .collect();
        if !missing.is_empty() {
            self.problems.push(Problem::new(ProblemCode::ItemMissing, table.at).arg(missing.join("、")));
        }
        self.subjects.push(subject);
    }

    /// The plugin that knows most of the sheet's codes; among equals the one the form names.
    fn plugin_for(&mut self, table: &Table, codes: usize) -> Option<usize> {
        let cells: Vec<_> = table.rows.iter().map(|row| &row.cells[codes]).collect();
        self.plugin_of(table, &cells)
    }

    /// The same for the cells that hold the codes.
    fn plugin_of(&mut self, table: &Table, codes: &[&Cell]) -> Option<usize> {
        let keys: Vec<_> = codes.iter().map(|cell| item_key(&cell.shown())).collect();
        let known = |plugin: usize| keys.iter().filter(|key| self.items[plugin].contains_key(*key)).count();
        let best = (0..self.plugins.len())
            .map(|index| (known(index), index))
            .filter(|(known, _)| *known > 0)
            .max_by_key(|&(known, index)| {
                (known, self.plugins[index].manifest.id == table.form, std::cmp::Reverse(index))
            });
        if best.is_none() {
            let first = codes.first().map_or(table.at, |cell| cell.at);
            let code = codes.first().map_or_else(String::new, |cell| cell.shown());
            self.problems.push(Problem::new(ProblemCode::NoPlugin, first).found(code.clone()).arg(code));
        }
        best.map(|(_, index)| index)
    }

    /// The day of the check. Without it no edition of the rules can be chosen, so the sheet is left
    /// out; intake said what is wrong with the day, this says what follows.
    fn check_date(&mut self, table: &Table) -> Option<Date> {
        let cell = table.info("date");
        let day = cell.and_then(|cell| cell.value.day());
        if day.is_none() {
            let at = cell.map_or(table.at, |cell| cell.at);
            let unit = table.info("unit").map_or_else(String::new, Cell::shown);
            self.problems.push(
                Problem::new(ProblemCode::SubjectFailed, at)
                    .arg("没有可用的检查日期,不能选定判定标准,整张检查表未评定")
                    .note(unit),
            );
        }
        day
    }

    /// A subject of an ordinary check, without answers.
    fn subject(
        &mut self,
        (name, name_at): (String, Provenance),
        (code, code_at): (String, Option<Provenance>),
        plugin: usize,
        date: Date,
    ) -> Subject {
        let enterprise = self.resolve(&name, name_at, &code, code_at);
        Subject {
            enterprise,
            tags: self.tags(plugin, enterprise),
            name,
            code,
            unit: String::new(),
            office: String::new(),
            inspectors: String::new(),
            plugin,
            kind: 0,
            date,
            facts: Vec::new(),
            tables: Vec::new(),
            indicators: Vec::new(),
            answers: Vec::new(),
            evidence: Vec::new(),
        }
    }

    fn resolve(
        &mut self,
        name: &str,
        name_at: Provenance,
        code: &str,
        code_at: Option<Provenance>,
    ) -> Option<EnterpriseId> {
        let (resolved, problems) = self.resolver.identify((name, name_at), code_at.map(|at| (code, at)));
        self.problems.extend(problems);
        match resolved {
            Resolved::Known { id, .. } => Some(id),
            Resolved::Ambiguous(_) | Resolved::NotListed => None,
            Resolved::Unknown => {
                if !self.resolver.is_empty() {
                    self.problems.push(Problem::new(ProblemCode::UnitUnknown, name_at).found(name));
                }
                None
            }
        }
    }

    fn tags(&self, plugin: usize, enterprise: Option<EnterpriseId>) -> Vec<u32> {
        let enterprise = enterprise.map(|id| &self.enterprises[id.0 as usize]);
        enterprise.map_or_else(Vec::new, |own| tags_of(&self.plugins[plugin].manifest, own))
    }

    /// Labelled values of the information block that the checklist wants as facts.
    fn facts(&mut self, subject: &mut Subject, manifest: &Manifest, labelled: &[(String, Cell)]) {
        for (label, cell) in labelled {
            let key = match_key(label);
            let fact = manifest.facts.iter().position(|fact| answers_to(fact, &key));
            if let Some(fact) = fact.filter(|_| cell.value != Value::Absent) {
                let value = typed(&cell.value, &cell.raw, manifest.facts[fact].kind);
                let evidence = stand(subject, cell.at);
                subject.facts.push(KnownFact { fact: fact as u32, value, evidence });
            }
        }
    }

    /// Says where the points of a row are not its item's.
    fn agree_on_points(&mut self, table: &Table, row: &Record, item: &Item) {
        if let Some(points) = table.cell(row, "points")
            && points.value.number().is_some_and(|number| number != item.points)
        {
            self.problems.push(
                Problem::new(ProblemCode::PointsChanged, points.at)
                    .found(points.raw.trim())
                    .arg(item.points.normalize().to_string())
                    .column("标准分")
                    .note(&item.code),
            );
        }
    }

    /// Says where a row and its item disagree.
    fn agree(&mut self, table: &Table, row: &Record, item: &Item, subject: &Subject, code_at: Provenance) {
        self.agree_on_points(table, row, item);
        let applies = subject.tags.is_empty()
            || item.applies.is_empty()
            || item.applies.iter().any(|tag| subject.tags.contains(tag));
        let excused = table
            .cell(row, "verdict")
            .is_some_and(|cell| cell.value == Value::Verdict(Verdict::NotApplicable));
        if !applies && !excused {
            let tags = &self.plugins[subject.plugin].manifest.tags;
            let titles: Vec<_> = item.applies.iter().map(|tag| tags[*tag as usize].title.as_str()).collect();
            self.problems.push(
                Problem::new(ProblemCode::ItemNotApplicable, code_at)
                    .found(&item.code)
                    .arg(format!("只适用于 {}", titles.join("、"))),
            );
        }
    }

    fn answer(
        &mut self,
        table: &Table,
        row: &Record,
        index: u32,
        item: &Item,
        subject: &mut Subject,
    ) -> Answer {
        let cell = |key: &str| table.cell(row, key);
        // A list of problems has no verdicts: what stands on it failed.
        let verdict_cell = cell("verdict").or_else(|| cell("code"));
        let verdict = match cell("verdict").map(|cell| &cell.value) {
            Some(Value::Verdict(verdict)) => *verdict,
            None => Verdict::Fail,
            // Blank and unknown words were reported by intake; they count as not checked.
            _ => Verdict::NotChecked,
        };
        let deduction = cell("deduction");
        let number = deduction.and_then(|cell| self.deducted(cell, verdict, item));
        let level = match cell("level").map(|cell| &cell.value) {
            Some(Value::Level(level)) => Some(*level),
            _ => None,
        };
        let evidence = stand(subject, verdict_cell.map_or(table.at, |cell| cell.at));
        let number_evidence =
            deduction.filter(|cell| cell.value != Value::Absent).map(|cell| stand(subject, cell.at));
        let day = |key: &str| cell(key).and_then(|cell| cell.value.day());
        Answer::plain(index, verdict, evidence).with_level(level).with(Written {
            number,
            number_evidence,
            finding: cell("finding").map_or_else(String::new, Cell::shown),
            deadline: day("deadline"),
            done: day("done"),
            remark: cell("remark").map_or_else(String::new, Cell::shown),
        })
    }

    /// The deduction as it counts, and what is odd about it.
    fn deducted(&mut self, cell: &Cell, verdict: Verdict, item: &Item) -> Option<Decimal> {
        let mut say = |code, arg: Decimal, found: String| {
            self.problems.push(
                Problem::new(code, cell.at)
                    .found(found)
                    .arg(arg.normalize().to_string())
                    .column("扣分")
                    .note(&item.code),
            );
        };
        let raw = || cell.raw.trim().to_owned();
        match &cell.value {
            Value::Number(number) if number.is_sign_negative() && !number.is_zero() => {
                say(ProblemCode::NumberNegative, Decimal::ZERO, raw());
                None
            }
            Value::Number(number) => {
                let positive = !number.is_zero();
                match verdict {
                    Verdict::Pass if positive => {
                        let counted = (*number).min(item.points);
                        say(
                            ProblemCode::VerdictContradiction,
                            counted,
                            format!("符合+扣分{}", number.normalize()),
                        );
                    }
                    Verdict::Partial | Verdict::Fail | Verdict::Pass => {}
                    _ if positive => {
                        say(ProblemCode::DeductIgnored, *number, raw());
                        return None;
                    }
                    _ => return None,
                }
                if *number > item.points {
                    say(ProblemCode::DeductOverPoints, item.points, raw());
                }
                Some(*number)
            }
            Value::Absent => {
                if verdict.fails() {
                    say(ProblemCode::DeductBlank, item.points, String::new());
                }
                None
            }
            // Reported by intake as not a number; a failure then costs all points.
            _ => None,
        }
    }

    fn units(&mut self, table: &Table, rows_code: &str, kind_code: &str) {
        let found = self.plugins.iter().enumerate().find_map(|(plugin, loaded)| {
            let manifest = &loaded.manifest;
            let rows = manifest.tables.iter().position(|spec| spec.code == rows_code)?;
            let kind = manifest.kinds.iter().position(|kind| kind.code == kind_code)?;
            Some((plugin, rows, kind))
        });
        let Some((plugin, rows, kind)) = found else {
            self.problems.push(Problem::new(ProblemCode::NoPlugin, table.at).arg(rows_code));
            return;
        };
        // A list of many is as of the day of the run, where it names no other; a sheet of one was
        // filled in on a day.
        let date = match table.field("name") {
            Some(_) => table.info("date").and_then(|cell| cell.value.day()).unwrap_or(self.as_of),
            None => match self.check_date(table) {
                Some(date) => date,
                None => return,
            },
        };
        let mut at = 0;
        while at < table.rows.len() {
            let key = |row: &Record| {
                ["number", "name", "unit"]
                    .map(|key| table.cell(row, key).map_or_else(String::new, Cell::shown))
            };
            let own = key(&table.rows[at]);
            let len = table.rows[at..].iter().take_while(|row| key(row) == own).count();
            self.unit(table, &table.rows[at..at + len], (plugin, rows, kind as u32), date);
            at += len;
        }
    }

    fn unit(&mut self, table: &Table, group: &[Record], of: (usize, usize, u32), date: Date) {
        let (plugin, rows, kind) = of;
        let manifest = &self.plugins[plugin].manifest;
        let first = &group[0];
        let shown = |key: &str| table.cell(first, key).map_or_else(String::new, Cell::shown);
        let (number, name, unit) = (shown("number"), shown("name"), shown("unit"));
        let of_sheet = |key: &str| table.info(key).map_or_else(String::new, Cell::shown);
        let named = table.cell(first, "name").or_else(|| table.info("unit"));
        let name = if name.is_empty() { of_sheet("unit") } else { name };
        let name_at = named.map_or(table.at, |cell| cell.at);
        let code = match_key(&of_sheet("credit_code")).to_uppercase();
        let code_at = table.info("credit_code").map(|cell| cell.at);
        let enterprise = match self.resolver.by_number(&number) {
            Some(id) => Some(id),
            None => self.resolve(&name, name_at, &code, code_at),
        };
        let mut subject = Subject {
            enterprise,
            name,
            code: match enterprise {
                Some(id) if code.is_empty() => self.enterprises[id.0 as usize].code.clone(),
                _ => code,
            },
            unit,
            office: String::new(),
            inspectors: of_sheet("inspectors"),
            plugin,
            kind,
            date,
            tags: Vec::new(),
            facts: Vec::new(),
            tables: Vec::new(),
            indicators: Vec::new(),
            answers: Vec::new(),
            evidence: Vec::new(),
        };
        for (index, fact) in (0..).zip(&manifest.facts) {
            if let Some(cell) = table.cell(first, &fact.code).filter(|cell| cell.value != Value::Absent) {
                let value = typed(&cell.value, &cell.raw, fact.kind);
                let evidence = stand(&mut subject, cell.at);
                subject.facts.push(KnownFact { fact: index, value, evidence });
            }
        }
        let columns = &manifest.tables[rows].columns;
        let rows_of_unit = group
            .iter()
            .map(|row| {
                // The contract: column n of a row stands n positions after the row's evidence.
                let evidence = subject.evidence.len() as u32;
                let cells = columns
                    .iter()
                    .map(|column| {
                        let cell = table.cell(row, &column.code);
                        let at = cell.map_or_else(|| table.at_cell(CellRef::new(row.row0, 0)), |c| c.at);
                        stand(&mut subject, at);
                        cell.map_or(Value::Absent, |cell| typed(&cell.value, &cell.raw, column.kind))
                    })
                    .collect();
                TableRow { cells, evidence }
            })
            .collect();
        subject.tables.push(KnownTable { table: rows as u32, rows: rows_of_unit });
        self.subjects.push(subject);
    }

    /// Two sheets of one enterprise, plugin and day: both are shown, and a person decides.
    fn duplicates(&mut self) {
        let mut seen: BTreeMap<_, Provenance> = BTreeMap::new();
        for subject in self.subjects.iter().filter(|subject| !subject.answers.is_empty()) {
            let Some(enterprise) = subject.enterprise else { continue };
            let key = (subject.plugin, subject.kind, enterprise, subject.date);
            let at = subject.evidence[0];
            if let Some(first) = seen.get(&key) {
                let first = self.sources.show(Place { cell: None, ..(*first).into() });
                let place = Place { cell: None, ..at.into() };
                self.problems
                    .push(Problem::new(ProblemCode::DuplicateCheck, place).found(&subject.name).arg(first));
            } else {
                seen.insert(key, at);
            }
        }
    }
}

/// The tags whose title names the enterprise's kind or one of its kinds of venue. A title may
/// list several words, 加油站、加油加气站.
///
/// Shape: positions in the manifest's tags; empty where the checklist does not know this kind of
/// enterprise, so that nothing can be said of what applies.
pub fn tags_of(manifest: &Manifest, enterprise: &Enterprise) -> Vec<u32> {
    let words: Vec<_> =
        std::iter::once(&enterprise.kind).chain(&enterprise.venues).map(|word| match_key(word)).collect();
    let named = |title: &str| title.split('、').map(match_key).any(|word| words.contains(&word));
    let carried: Vec<u32> =
        (0..).zip(&manifest.tags).filter(|(_, tag)| named(&tag.title)).map(|(index, _)| index).collect();
    if carried.is_empty() {
        return carried;
    }
    (0..)
        .zip(&manifest.tags)
        .filter(|(index, tag)| carried.contains(index) || tag.title == TAG_FOR_ALL)
        .map(|(index, _)| index)
        .collect()
}

/// The key of an item's code: codes are printed in capitals, and hc-a01 means no other item.
fn item_key(code: &str) -> String {
    match_key(code).to_uppercase()
}

/// Adds a place to the subject's evidence and returns its position.
fn stand(subject: &mut Subject, at: Provenance) -> u32 {
    subject.evidence.push(at);
    subject.evidence.len() as u32 - 1
}

/// Whether a fact goes by this label, as a match key.
fn answers_to(fact: &Fact, key: &str) -> bool {
    match_key(&fact.title) == key || fact.aliases.iter().any(|alias| match_key(alias) == key)
}

/// A value as the type a plugin wants; what does not fit is a fault, never silently empty.
fn typed(value: &Value, raw: &str, kind: ValueKind) -> Value {
    let text = || match value {
        Value::Text(text) => text.clone(),
        _ => raw.trim().into(),
    };
    match (kind, value) {
        (_, Value::Absent | Value::Fault(_))
        | (ValueKind::Number, Value::Number(_))
        | (ValueKind::Day, Value::Day(_))
        | (ValueKind::Flag, Value::Flag(_))
        | (ValueKind::Text, Value::Text(_)) => value.clone(),
        (ValueKind::Text, _) => Value::Text(text()),
        (ValueKind::Flag, _) => match match_key(&text()).as_str() {
            "是" | "有" | "√" | "✓" => Value::Flag(true),
            "否" | "无" | "×" | "✗" => Value::Flag(false),
            other => Value::Fault(other.into()),
        },
        // A line that does not apply says so in one word, whatever the sheet's own is.
        (ValueKind::Number, Value::Verdict(Verdict::NotApplicable)) => {
            Value::Fault(Verdict::NotApplicable.title().into())
        }
        (ValueKind::Number | ValueKind::Day, _) => Value::Fault(text()),
    }
}
