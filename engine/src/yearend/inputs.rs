//! Reads what is known of each unit from the tables: organisation, quarters, sheets, bonuses,
//! accidents, objections. Scores nothing: a wrong cell is a problem and its value is not used.

mod units;

use units::Whom;

use std::collections::BTreeMap;

use crate::model::ledger::Tally;
use crate::model::text::{match_key, year_in};
use crate::model::yearend::enterprises::EnterpriseInputs;
use crate::model::yearend::{
    Accident, Entry, Excused, Line, Objection, Quarter, RanksBefore, Rate, Sense, Sheet, Signed, UnitInputs,
    UnitKind,
};
use crate::model::{
    Cell, Decimal, EnterpriseId, Problem, ProblemCode, Provenance, Record, Register, Resolver, Sources,
    Table, Value, Verdict, YearEnd, YearEndRules,
};

/// The highest number of points that is believed. Sums of millions of them stay exact.
const MOST_POINTS: Decimal = Decimal::from_parts(10_000, 0, 0, false, 0);

/// The most digits after the point of a typed score.
const MOST_DIGITS: u32 = 9;

/// Reads everything but the rates of the ledger: [`with_rates`] adds them.
///
/// Shape: villages, then departments, by number; those that the organisation excuses are not among
/// them. `year` is the year that is assessed: accidents of other years are left aside.
/// Errors: none; what is wrong is a problem.
pub fn read(
    sources: &Sources,
    tables: &[Table],
    (register, resolver): (&Register, &Resolver<'_>),
    rules: &YearEndRules,
    year: i16,
) -> (YearEnd, Vec<Problem>) {
    let mut reading = Reading::of(sources, tables, (register, resolver), rules, year);
    reading.quarters(tables);
    reading.sheets(tables);
    reading.entries(tables);
    reading.accidents(tables, register);
    reading.objections(tables);
    reading.ranks_before(tables);
    reading.incomplete();
    reading.excused.sort_by(|a, b| a.unit.number.cmp(&b.unit.number));
    let excused = reading.excused;
    let year_end = YearEnd {
        year,
        units: reading.units,
        excused,
        before: reading.before,
        told: reading.told,
        ..YearEnd::default()
    };
    let mut problems = reading.problems;
    problems.extend(super::check(&year_end, rules));
    (year_end, problems)
}

/// What the tables of an assessment are called.
const KINDS: [&str; 5] = ["quarter-scores", "assessment-self", "assessment-verified", "bonus", "objections"];

/// The year that the titles of an assessment's tables name most often, the later of equals; none where
/// no title names one. An assessment is often finished in the January after its year.
pub fn year_of(tables: &[Table]) -> Option<i16> {
    let mut named: BTreeMap<i16, usize> = BTreeMap::new();
    for table in tables.iter().filter(|table| KINDS.iter().any(|kind| table.is(kind))) {
        if let Some(year) = year_in(&table.title) {
            *named.entry(year).or_default() += 1;
        }
    }
    named.into_iter().max_by_key(|(year, count)| (*count, *year)).map(|(year, _)| year)
}

/// Adds how many general hazards were found and closed by the year's end, by the unit's number.
pub fn with_rates(year_end: &mut YearEnd, closing: &BTreeMap<&str, Tally>) {
    let count = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    for unit in year_end.units.iter_mut().filter(|unit| unit.unit.kind == UnitKind::Village) {
        let tally = closing.get(&*unit.unit.number);
        unit.rate = tally.map(|tally| Rate { closed: count(tally.closed()), found: count(tally.found) });
    }
}

struct Reading<'a> {
    sources: &'a Sources,
    register: &'a Register,
    resolver: &'a Resolver<'a>,
    rules: &'a YearEndRules,
    year: i16,
    /// What is told of enterprises.
    told: BTreeMap<EnterpriseId, EnterpriseInputs>,
    units: Vec<UnitInputs>,
    excused: Vec<Excused>,
    before: RanksBefore,
    by_number: BTreeMap<String, usize>,
    /// By what is left of the name; none where two units share it.
    by_name: BTreeMap<String, Option<usize>>,
    /// Whether anything of an assessment came in at all.
    begun: bool,
    problems: Vec<Problem>,
}

/// A cell's text; empty where the table lacks the column.
pub(super) fn text(table: &Table, row: &Record, key: &str) -> String {
    table.cell(row, key).map_or_else(String::new, Cell::shown)
}

/// The number of a document; empty where the cell says that there is none.
fn document(text: String) -> String {
    let none = matches!(&*match_key(&text), "无" | "暂无" | "待补" | "/" | "\\" | "-" | "—" | "——");
    if none { String::new() } else { text }
}

/// Where a cell stands; where its row begins when the table lacks the column.
pub(super) fn place(table: &Table, row: &Record, key: &str) -> Provenance {
    table.cell(row, key).or(row.cells.first()).map_or(table.at, |cell| cell.at)
}

impl Reading<'_> {
    /// A number of points of a cell, where it can be believed.
    fn points(&mut self, cell: Option<&Cell>, most: Decimal) -> Option<Decimal> {
        let cell = cell?;
        let number = cell.value.number()?;
        if number < Decimal::ZERO || number > most || number.scale() > MOST_DIGITS {
            let expected = format!("0—{},小数不超过{MOST_DIGITS}位", super::plain(most));
            self.problems.push(
                Problem::new(ProblemCode::AssessmentRange, cell.at).found(cell.raw.trim()).arg(expected),
            );
            return None;
        }
        Some(number)
    }

    fn quarters(&mut self, tables: &[Table]) {
        const KEYS: [&str; 4] = ["q1", "q2", "q3", "q4"];
        for table in self.of_year(tables, "quarter-scores") {
            // A town that starts in July has two quarters: those in which nobody has a score are not asked for.
            let given: Vec<(u8, &str)> = (1..)
                .zip(KEYS)
                .filter(|(_, key)| {
                    table.rows.iter().any(|row| {
                        table.cell(row, key).is_some_and(|cell| !matches!(cell.value, Value::Absent))
                    })
                })
                .collect();
            for row in &table.rows {
                let at = place(table, row, "number");
                let (number, name) = (text(table, row, "number"), text(table, row, "unit"));
                let Some(unit) = self.unit(&number, &name, "", at) else { continue };
                let full = self.rules.of(self.units[unit].unit.kind).full;
                let mut quarters = Vec::new();
                for (number, key) in &given {
                    let cell = table.cell(row, key);
                    let at = cell.map_or(at, |cell| cell.at);
                    quarters.push(Quarter { number: *number, score: self.points(cell, full), at });
                }
                if let Some(first) = self.units[unit].quarters.first() {
                    let first = self.sources.show(first.at.into());
                    self.problems.push(
                        Problem::new(ProblemCode::AssessmentTwice, at)
                            .found(name)
                            .arg(first)
                            .note("平时考核"),
                    );
                } else {
                    self.units[unit].quarters = quarters;
                }
            }
        }
    }

    fn sheets(&mut self, tables: &[Table]) {
        for own in [true, false] {
            let kind = if own { "assessment-self" } else { "assessment-verified" };
            let mut sheets: Vec<&Table> = tables.iter().filter(|table| table.is(kind)).collect();
            // Of two sheets that of the year assessed is the one that is meant.
            let year_of = |table: &Table| {
                let info = table.info("year").map_or_else(String::new, Cell::shown);
                match_key(&info).trim_end_matches('年').parse().ok().or_else(|| year_in(&table.title))
            };
            sheets.sort_by_key(|table| (year_of(table).is_some_and(|year: i16| year != self.year), table.at));
            for table in sheets {
                let unit_cell = table.info("unit");
                let name = unit_cell.map_or_else(String::new, Cell::shown);
                let at = unit_cell.map_or(table.at, |cell| cell.at);
                let path = self.sources.get(table.at.source).path.clone();
                let Some(whom) = self.whom("", &name, &path, at) else { continue };
                let (first, kind) = match whom {
                    Whom::Enterprise(id) if own => (&self.told.entry(id).or_default().own, None),
                    Whom::Enterprise(id) => (&self.told.entry(id).or_default().verified, None),
                    Whom::Unit(unit) if own => (&self.units[unit].own, Some(self.units[unit].unit.kind)),
                    Whom::Unit(unit) => (&self.units[unit].verified, Some(self.units[unit].unit.kind)),
                };
                if let Some(first) = first {
                    let first = self.sources.show(first.at.into());
                    self.problems.push(Problem::new(ProblemCode::AssessmentTwice, at).found(name).arg(first));
                    continue;
                }
                if let Some(year) = year_of(table).filter(|year| *year != self.year) {
                    self.other_year(table, Some(year));
                }
                let sheet = self.lines(table, own, kind).and_then(|lines| Sheet::of(table.at, lines));
                let said = |key| table.info(key).map_or_else(String::new, Cell::shown);
                let signed =
                    Signed { by: said("assessor"), on: said("assessed_on"), document: String::new() };
                let sheet = sheet.map(|sheet| Sheet { signed, ..sheet });
                match whom {
                    Whom::Enterprise(id) if own => self.told.entry(id).or_default().own = sheet,
                    Whom::Enterprise(id) => self.told.entry(id).or_default().verified = sheet,
                    Whom::Unit(unit) if own => self.units[unit].own = sheet,
                    Whom::Unit(unit) => self.units[unit].verified = sheet,
                }
            }
        }
    }

    /// The items of a sheet; none where one of them has no number that can be used.
    fn lines(&mut self, table: &Table, own: bool, kind: Option<UnitKind>) -> Option<Vec<Line>> {
        let rules = self.rules;
        let local: Vec<_> = rules.items.iter().filter(|item| Some(item.kind) == kind).collect();
        let mut lines: Vec<Line> = Vec::new();
        let mut known: BTreeMap<String, Provenance> = BTreeMap::new();
        let mut complete = true;
        for row in &table.rows {
            let code = match_key(&text(table, row, "code")).to_uppercase();
            let code_at = place(table, row, "code");
            if let Some(first) = known.get(&code) {
                let first = first.cell.to_string();
                self.problems.push(Problem::new(ProblemCode::ItemTwice, code_at).found(code).arg(first));
                continue;
            }
            known.insert(code.clone(), code_at);
            let Some(points) = self.points(table.cell(row, "points"), MOST_POINTS) else {
                complete = false;
                continue;
            };
            let defined = local.iter().find(|item| item.code == code).map(|item| item.points);
            if let Some(defined) = defined.filter(|defined| *defined != points) {
                let at = place(table, row, "points");
                self.problems.push(
                    Problem::new(ProblemCode::PointsChanged, at)
                        .found(super::plain(points))
                        .arg(super::plain(defined))
                        .note(&code),
                );
            }
            let points = defined.unwrap_or(points);
            let answer = table.cell(row, if own { "got" } else { "deduction" });
            let answer_at = answer.map_or(code_at, |cell| cell.at);
            let got_cell = table.cell(row, "got");
            let got_at = got_cell.map_or(answer_at, |cell| cell.at);
            let got = match answer.map(|cell| &cell.value) {
                Some(Value::Verdict(Verdict::NotApplicable)) => None,
                // Nothing taken is what an empty cell means; a self-assessment has no such default.
                None | Some(Value::Absent) if !own => Some(points),
                Some(Value::Number(_)) => match self.points(answer, MOST_POINTS) {
                    Some(number) if own && number > points => {
                        self.problems.push(
                            Problem::new(ProblemCode::AssessmentRange, answer_at)
                                .found(super::plain(number))
                                .arg(format!("不超过标准分{}", super::plain(points)))
                                .note(&code),
                        );
                        complete = false;
                        continue;
                    }
                    Some(number) if own => Some(number),
                    Some(number) if number > points => {
                        self.problems.push(
                            Problem::new(ProblemCode::DeductOverPoints, answer_at)
                                .found(super::plain(number))
                                .arg(super::plain(points))
                                .note(&code),
                        );
                        Some(Decimal::ZERO)
                    }
                    Some(number) => Some(points - number),
                    None => {
                        complete = false;
                        continue;
                    }
                },
                None | Some(Value::Absent) => {
                    self.problems.push(
                        Problem::new(ProblemCode::AssessmentIncomplete, answer_at)
                            .arg("填写自评得分,不涉及的填缺项")
                            .note(&code),
                    );
                    complete = false;
                    continue;
                }
                Some(_) => {
                    complete = false;
                    continue;
                }
            };
            let typed = got_cell.filter(|_| !own).and_then(|cell| cell.value.number());
            if let Some(typed) = typed.filter(|typed| got.is_some_and(|got| got != *typed)) {
                let got = super::plain(got.unwrap_or_default());
                self.problems.push(
                    Problem::new(ProblemCode::LineMismatch, got_at)
                        .found(super::plain(typed))
                        .arg(got)
                        .note(&code),
                );
            }
            lines.push(Line {
                code,
                category: text(table, row, "category"),
                requirement: text(table, row, "requirement"),
                points,
                got,
                reason: text(table, row, if own { "remark" } else { "reason" }),
                signed: Signed {
                    by: text(table, row, "assessor"),
                    on: text(table, row, "assessed_on"),
                    document: text(table, row, "document"),
                },
                at: answer_at,
                got_at,
            });
        }
        let missing: Vec<_> =
            local.iter().map(|item| &*item.code).filter(|code| !known.contains_key(*code)).collect();
        if !missing.is_empty() {
            self.problems.push(Problem::new(ProblemCode::ItemMissing, table.at).arg(missing.join("、")));
        }
        complete.then_some(lines)
    }

    fn entries(&mut self, tables: &[Table]) {
        for table in self.of_year(tables, "bonus") {
            for row in &table.rows {
                let at = place(table, row, "points");
                let (number, name) = (text(table, row, "number"), text(table, row, "unit"));
                let Some(whom) = self.whom(&number, &name, "", place(table, row, "number")) else { continue };
                let (full, cap) = match whom {
                    Whom::Unit(unit) => {
                        let rules = self.rules.of(self.units[unit].unit.kind);
                        (rules.full, rules.bonus_cap)
                    }
                    Whom::Enterprise(_) => (MOST_POINTS, self.rules.enterprise.bonus_cap),
                };
                let sense = match_key(&text(table, row, "sense"));
                let sense = match (sense.contains('加'), sense.contains('扣') || sense.contains('减')) {
                    (true, false) => Some(Sense::Bonus),
                    (false, true) => Some(Sense::Penalty),
                    _ => None,
                };
                let cell = table.cell(row, "points");
                let before = self.problems.len();
                let points = self.points(cell, full);
                let unclear = match (sense, points) {
                    (None, _) => Some((place(table, row, "sense"), "类型填 加分 或 扣分")),
                    _ if cap.is_none() => Some((at, "该类对象不计加减分")),
                    // What cannot be read, or believed, is told already.
                    (_, None) if cell.is_none_or(|cell| matches!(cell.value, Value::Absent)) => {
                        Some((at, "填写分值"))
                    }
                    _ => None,
                };
                if let Some((at, expected)) = unclear.filter(|_| self.problems.len() == before) {
                    self.problems.push(
                        Problem::new(ProblemCode::BonusUnclear, at)
                            .found(text(table, row, "sense"))
                            .arg(expected)
                            .note(text(table, row, "matter")),
                    );
                    continue;
                }
                let (Some(sense), Some(points)) = (sense, points) else { continue };
                let entry = Entry {
                    sense,
                    matter: text(table, row, "matter"),
                    level: text(table, row, "rank"),
                    points,
                    document: document(text(table, row, "evidence")),
                    at,
                    document_at: place(table, row, "evidence"),
                };
                match whom {
                    Whom::Unit(unit) => self.units[unit].entries.push(entry),
                    Whom::Enterprise(id) => self.told.entry(id).or_default().entries.push(entry),
                }
            }
        }
    }

    fn accidents(&mut self, tables: &[Table], register: &Register) {
        let villages: BTreeMap<&str, &str> = register
            .enterprises
            .iter()
            .filter(|one| !one.number.is_empty())
            .map(|one| (&*one.number, &*one.village))
            .collect();
        for table in tables.iter().filter(|table| table.is("accidents")) {
            for row in &table.rows {
                let day = table.cell(row, "date");
                let at = place(table, row, "date");
                // A day that cannot be read does not undo an accident: the records are of this year.
                let other_year =
                    day.and_then(|day| day.value.day()).is_some_and(|day| day.year() != self.year);
                if other_year {
                    continue;
                }
                let named = text(table, row, "village");
                let number = match_key(&text(table, row, "number")).to_uppercase();
                let village = if named.is_empty() {
                    villages.get(&*number).copied().unwrap_or_default().to_owned()
                } else {
                    named
                };
                let found = self.by_name.get(&self.core(&village)).copied().flatten();
                let found = found.or_else(|| self.number_in(&village));
                let deaths = table.cell(row, "deaths").and_then(|cell| cell.value.number());
                let deaths = deaths.and_then(|deaths| u32::try_from(deaths.trunc()).ok());
                let said = match_key(&text(table, row, "liability"));
                let liability = match &*said {
                    "是" | "√" | "属于" => Some(true),
                    "否" | "×" | "不属于" => Some(false),
                    _ => None,
                };
                let Some(unit) = found else {
                    if deaths.is_some_and(|deaths| deaths > 0) {
                        let problem =
                            Problem::new(ProblemCode::AssessedUnitUnknown, place(table, row, "village"));
                        self.problems.push(problem.found(village));
                    }
                    continue;
                };
                if deaths.is_none() || (liability.is_none() && deaths != Some(0)) {
                    let (key, expected) = if deaths.is_none() {
                        ("deaths", "填写死亡人数,没有的填0")
                    } else {
                        ("liability", "是否责任事故填 是 或 否")
                    };
                    self.problems.push(
                        Problem::new(ProblemCode::AccidentUnclear, place(table, row, key))
                            .found(text(table, row, key))
                            .arg(expected),
                    );
                }
                let day = match day.and_then(|day| day.value.day()) {
                    Some(day) => day.to_string(),
                    None => day.map_or_else(String::new, |day| day.raw.trim().to_owned()),
                };
                self.units[unit].accidents.push(Accident {
                    day,
                    deaths: deaths.unwrap_or(0),
                    liability: liability == Some(true),
                    at,
                });
            }
        }
        for unit in &mut self.units {
            unit.accidents.sort_by(|a, b| (&a.day, a.at).cmp(&(&b.day, b.at)));
        }
    }

    fn objections(&mut self, tables: &[Table]) {
        for table in self.of_year(tables, "objections") {
            for row in &table.rows {
                let (number, name) = (text(table, row, "number"), text(table, row, "unit"));
                let Some(whom) = self.whom(&number, &name, "", place(table, row, "number")) else { continue };
                let item = match_key(&text(table, row, "item")).to_uppercase();
                let (full, known) = match whom {
                    Whom::Unit(unit) => {
                        let unit = &self.units[unit];
                        let mut lines = unit.verified.iter().flat_map(|sheet| &sheet.lines);
                        (self.rules.of(unit.unit.kind).full, lines.any(|line| line.code == item))
                    }
                    // Its check is not judged yet: the item is looked for when it is.
                    Whom::Enterprise(_) => (MOST_POINTS, !item.is_empty()),
                };
                let date = table.cell(row, "date").and_then(|cell| cell.value.day());
                let score = self.points(table.cell(row, "score"), full);
                // Each change has who, when, why and what it changes, or it is none.
                let lacking = [
                    ("item", !known, "核查表中的考核项"),
                    ("score", score.is_none(), "填写调整后年终得分"),
                    ("reason", text(table, row, "reason").is_empty(), "填写理由及证据"),
                    ("approved_by", text(table, row, "approved_by").is_empty(), "填写批准人"),
                    ("date", date.is_none(), "填写批准日期"),
                ];
                let lacking = lacking.into_iter().find(|(_, lacks, _)| *lacks);
                let (Some(score), None) = (score, lacking) else {
                    if let Some((key, _, expected)) = lacking {
                        self.problems.push(
                            Problem::new(ProblemCode::ObjectionUnclear, place(table, row, key))
                                .found(text(table, row, key))
                                .arg(expected)
                                .note(&item),
                        );
                    }
                    continue;
                };
                let points = self.points(table.cell(row, "points"), full);
                let objection = Objection {
                    item,
                    before: text(table, row, "before"),
                    points,
                    score,
                    reason: text(table, row, "reason"),
                    approved_by: text(table, row, "approved_by"),
                    date,
                    at: place(table, row, "score"),
                };
                match whom {
                    Whom::Unit(unit) => self.units[unit].objections.push(objection),
                    Whom::Enterprise(id) => self.told.entry(id).or_default().objections.push(objection),
                }
            }
        }
        let of_units = self.units.iter_mut().map(|unit| &mut unit.objections);
        let of_enterprises = self.told.values_mut().map(|told| &mut told.objections);
        for objections in of_units.chain(of_enterprises) {
            objections.sort_by_key(|objection| (objection.date, objection.at));
        }
    }

    /// Says what a unit lacks for a final score, once any of its kind has been verified.
    fn incomplete(&mut self) {
        let begun = |kind| self.units.iter().any(|unit| unit.unit.kind == kind && unit.verified.is_some());
        let begun = [UnitKind::Village, UnitKind::Department].map(|kind| (kind, begun(kind)));
        for unit in &self.units {
            if begun.contains(&(unit.unit.kind, false)) {
                continue;
            }
            let rules = self.rules.of(unit.unit.kind);
            let mut lacks = Vec::new();
            if !rules.year_end.is_zero() && unit.verified.is_none() {
                lacks.push("缺核查评分表,或其中有无法采用的分值".to_owned());
            }
            if !rules.quarters.is_zero() {
                if unit.quarters.is_empty() {
                    lacks.push("缺平时考核季度得分".to_owned());
                }
                let blank = unit.quarters.iter().find(|quarter| quarter.score.is_none());
                lacks.extend(blank.map(|quarter| format!("缺第{}季度平时考核得分", quarter.number)));
            }
            if !lacks.is_empty() {
                let problem = Problem::new(ProblemCode::AssessmentIncomplete, unit.unit.at);
                self.problems.push(problem.found(&unit.unit.name).arg(lacks.join(";")));
            }
        }
    }
}

#[cfg(test)]
mod tests;
