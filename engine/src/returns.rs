//! What is wrong within and between returns: who is meant in each row, typed summaries against
//! their own numbers and against the lists beside them.
//! Knows no checklist and merges no hazards: the typed numbers are compared, never corrected.
//!
//! One cause is one problem. Where a list stands beside a summary the list prevails, so a total that
//! differs from it is told as that and not a second time as a wrong sum.

pub mod departments;
mod figures;

use std::collections::{BTreeMap, BTreeSet};

pub use figures::figures;
use rust_decimal::RoundingStrategy;
use serde::Deserialize;

use crate::model::signal::ZeroStreak;
use crate::model::text::{match_key, numbered, year_in};
use crate::model::{
    Cell, Date, Decimal, HazardLevel, Period, Problem, ProblemCode, Provenance, Ratio, Record, Register,
    Resolver, Role, Sources, Table, Value,
};

/// Kinds of rows that are hazards.
const HAZARDS: [&str; 3] = ["village-hazards", "office-hazards", "self-check-hazards"];

/// Each kind of summary with the kind of list that stands beside it in the same workbook.
const LISTS: [(&str, &str); 2] =
    [("village-summary", "village-hazards"), ("self-check-summary", "self-check-hazards")];

/// Most digits after the point with which rates are compared.
const MOST_DIGITS: u32 = 9;

/// Checks the returns.
///
/// Shape: problems in the order of the checks; `as_of` is the day on which enterprises are counted, `streak`
/// says when returns without a hazard are asked about.
/// Errors: none.
pub fn check(
    sources: &Sources,
    tables: &[Table],
    register: &Register,
    resolver: &Resolver<'_>,
    as_of: Date,
    streak: ZeroStreak,
) -> Vec<Problem> {
    let criteria = criteria(include_str!("../data/major-words.toml")).expect("a test reads the criteria");
    let mut problems = Vec::new();
    for table in tables {
        identify(table, resolver, &mut problems);
        if HAZARDS.iter().any(|kind| table.is(kind)) {
            resemble_major(table, &criteria, as_of, &mut problems);
        }
        summary(table, list_beside(tables, table), &mut problems);
        if let Role::Rows { .. } = table.role {
            old_form(sources, table, &mut problems);
        }
    }
    zero_streaks(tables, register, as_of, streak, &mut problems);
    problems
}

/// Who is meant in each row that names a unit with its credit code.
fn identify(table: &Table, resolver: &Resolver<'_>, problems: &mut Vec<Problem>) {
    if !matches!(table.role, Role::Rows { .. } | Role::Matrix) || resolver.is_empty() {
        return;
    }
    let (Some(unit), Some(code)) = (table.field("unit"), table.field("credit_code")) else { return };
    for row in &table.rows {
        let (unit, code) = (&row.cells[unit], &row.cells[code]);
        let (_, odd) = resolver.identify((&unit.shown(), unit.at), Some((&code.shown(), code.at)));
        problems.extend(odd);
    }
}

/// The words of one criterion.
struct Criterion {
    /// The document, as a sentence calls it.
    edition: String,
    clause: String,
    /// The first and the last day on which the document holds.
    from: Option<Date>,
    to: Option<Date>,
    words: Vec<Vec<String>>,
}

impl Criterion {
    fn holds(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }

    fn fits(&self, text: &str) -> bool {
        self.words.iter().all(|group| group.iter().any(|word| text.contains(word.as_str())))
    }
}

/// The criteria whose words resemble a major hazard. Errors: what is wrong with them.
fn criteria(text: &str) -> Result<Vec<Criterion>, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Edition {
        from: Option<String>,
        to: Option<String>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct RawCriterion {
        edition: String,
        clause: String,
        words: Vec<Vec<String>>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Raw {
        edition: BTreeMap<String, Edition>,
        criterion: Vec<RawCriterion>,
    }
    let raw: Raw = toml::from_str(text).map_err(|wrong| wrong.to_string())?;
    let day = |text: &Option<String>| -> Result<Option<Date>, String> {
        text.as_ref().map(|text| text.parse().map_err(|_| format!("{text:?} is no day"))).transpose()
    };
    let criterion = |raw_criterion: RawCriterion| {
        let RawCriterion { edition, clause, words } = raw_criterion;
        let known = raw.edition.get(&edition).ok_or_else(|| format!("edition {edition:?} is not known"))?;
        let words = words.iter().map(|group| group.iter().map(|word| match_key(word)).collect()).collect();
        Ok(Criterion { from: day(&known.from)?, to: day(&known.to)?, edition, clause, words })
    };
    raw.criterion.into_iter().map(criterion).collect()
}

/// Asks about hazards that are typed general while their text resembles a major one by a document that holds on
/// the day of discovery; `otherwise`: the day where a row has none.
fn resemble_major(table: &Table, criteria: &[Criterion], otherwise: Date, problems: &mut Vec<Problem>) {
    let (Some(text), Some(level)) = (table.field("text"), table.field("level")) else { return };
    let found = table.field("date");
    for row in &table.rows {
        let (text, level) = (&row.cells[text], &row.cells[level]);
        if level.value != Value::Level(HazardLevel::General) {
            continue;
        }
        let day = found.and_then(|found| row.cells[found].value.day()).unwrap_or(otherwise);
        let key = match_key(&text.shown());
        // Of one document the first clause that fits; of two that hold beside each other one each.
        let mut clauses: Vec<(&str, &str)> = Vec::new();
        for criterion in criteria.iter().filter(|criterion| criterion.holds(day)) {
            let is_told = clauses.iter().any(|(edition, _)| *edition == criterion.edition);
            if !is_told && criterion.fits(&key) {
                clauses.push((&criterion.edition, &criterion.clause));
            }
        }
        if !clauses.is_empty() {
            let clauses: Vec<_> =
                clauses.iter().map(|(edition, clause)| format!("{edition}{clause}")).collect();
            problems.push(
                Problem::new(ProblemCode::LevelKeywordMajor, level.at)
                    .found(level.raw.trim())
                    .arg(clauses.join("、"))
                    .note(text.shown()),
            );
        }
    }
}

/// The list that stands beside a summary.
fn list_beside<'t>(tables: &'t [Table], summary: &Table) -> Option<&'t Table> {
    let (_, list) = LISTS.iter().find(|(kind, _)| summary.is(kind))?;
    tables.iter().find(|table| table.at.source == summary.at.source && table.is(list))
}

/// What a list says of the numbers that its summary types.
struct Listed {
    found: Decimal,
    fixed: Decimal,
}

impl Listed {
    /// Counts the entries of general hazards, and those put right by the end of the period.
    fn of(list: &Table) -> Self {
        let end = Period::in_text(&list.title).and_then(Period::last_day);
        let (mut found, mut fixed) = (0, 0);
        for row in &list.rows {
            let is_major = |cell: &Cell| cell.value == Value::Level(HazardLevel::Major);
            if list.cell(row, "level").is_some_and(is_major) {
                continue;
            }
            let entries = list.cell(row, "text").map_or(1, |text| numbered(&text.shown()).len());
            let done = list.cell(row, "done").and_then(|cell| cell.value.day());
            found += entries;
            fixed += if done.is_some_and(|done| end.is_none_or(|end| done <= end)) { entries } else { 0 };
        }
        Self { found: Decimal::from(found), fixed: Decimal::from(fixed) }
    }
}

/// Compares the numbers of a typed summary with each other and with its list.
fn summary(table: &Table, list: Option<&Table>, problems: &mut Vec<Problem>) {
    let listed = list.map(Listed::of);
    let mut said: BTreeSet<Provenance> = BTreeSet::new();
    let mut say = |problem: Problem, at: Provenance, problems: &mut Vec<Problem>| {
        if said.insert(at) {
            problems.push(problem);
        }
    };
    let header = |key: &str| match key {
        "found" => "排查数",
        "fixed" => "已整改数",
        _ => "整改率",
    };
    let rows = table.rows.iter().map(|row| (row, false));
    for (row, is_total) in rows.chain(table.totals.iter().map(|total| (total, true))) {
        let listed = listed.as_ref().filter(|_| is_total);
        let number = |key: &str| {
            let cell = table.cell(row, key)?;
            Some((cell, cell.value.number()?))
        };
        let (found, fixed) = (number("found"), number("fixed"));
        if let (Some((found, typed)), Some(listed)) = (found, listed)
            && typed != listed.found
        {
            let problem = Problem::new(ProblemCode::CountMismatch, found.at)
                .found(found.raw.trim())
                .arg(plain(listed.found))
                .column(header("found"));
            say(problem, found.at, problems);
        }
        let (Some((_, found)), Some((fixed_at, fixed))) = (found, fixed) else { continue };
        if fixed > found {
            let beside = listed.map_or_else(String::new, |list| format!("(清单为{})", plain(list.fixed)));
            let problem = Problem::new(ProblemCode::FixedGtFound, fixed_at.at)
                .found(fixed_at.raw.trim())
                .arg(format!("{}{beside}", plain(found)))
                .column(header("fixed"));
            say(problem, fixed_at.at, problems);
        }
        if let Some((rate, code, expected)) = wrong_rate(table, row, (found, fixed), listed) {
            let problem =
                Problem::new(code, rate.at).found(rate.raw.trim()).arg(expected).column(header("rate"));
            say(problem, rate.at, problems);
        }
    }
    for (cell, sum, from) in wrong_totals(table) {
        let problem = Problem::new(ProblemCode::TotalMismatch, cell.at)
            .found(cell.raw.trim())
            .arg(plain(sum))
            .note(from);
        say(problem, cell.at, problems);
    }
}

/// A number as a sentence shows it.
fn plain(number: Decimal) -> String {
    number.normalize().to_string()
}

/// The cell of a typed rate that is not the rate of its row, with what should stand there.
fn wrong_rate<'t>(
    table: &'t Table,
    row: &'t Record,
    (found, fixed): (Decimal, Decimal),
    listed: Option<&Listed>,
) -> Option<(&'t Cell, ProblemCode, String)> {
    let cell = table.cell(row, "rate")?;
    if cell.raw.trim().is_empty() || matches!(cell.value, Value::Fault(_)) {
        return None;
    }
    let Some(typed) = cell.value.number() else {
        // A dash says that there was nothing to put right.
        let digits = 2;
        return (!found.is_zero())
            .then(|| (cell, ProblemCode::RateMismatch, shown_rate(fixed, found, digits)));
    };
    if typed > Decimal::ONE_HUNDRED {
        let expected = listed.map_or_else(
            || "不超过100%".to_owned(),
            |list| shown_rate(list.fixed, list.found, typed.scale()),
        );
        return Some((cell, ProblemCode::RateOver100, expected));
    }
    // A bare 0.8333 may be a share that its format shows as a percentage.
    let share = !cell.raw.contains(['%', '\u{FF05}']);
    let as_percent = typed.checked_mul(Decimal::ONE_HUNDRED).filter(|_| share);
    // What a spreadsheet has divided holds more digits than a rate is compared with.
    let agrees = |typed: Decimal, digits: u32| {
        let typed = typed.round_dp_with_strategy(MOST_DIGITS, RoundingStrategy::MidpointAwayFromZero);
        rate(fixed, found, digits) == Some(typed)
    };
    let right = agrees(typed, typed.scale())
        || as_percent.is_some_and(|typed| agrees(typed, typed.normalize().scale()));
    (!right).then(|| (cell, ProblemCode::RateMismatch, shown_rate(fixed, found, typed.scale())))
}

/// Percent, rounded once, half-up. `None` where nothing was found.
fn rate(fixed: Decimal, found: Decimal, digits: u32) -> Option<Decimal> {
    let hundred = Ratio::new(100, 1)?;
    let ratio = |number: Decimal| Ratio::new(number.mantissa(), 10_i128.checked_pow(number.scale())?);
    let exact = ratio(fixed)?.over(ratio(found)?)?.times(hundred)?;
    let rounded = exact.rounded(u8::try_from(digits.min(MOST_DIGITS)).ok()?)?;
    Some(Decimal::new(rounded.mantissa, u32::from(rounded.scale)))
}

fn shown_rate(fixed: Decimal, found: Decimal, digits: u32) -> String {
    rate(fixed, found, digits).map_or_else(|| "/".to_owned(), |rate| format!("{rate}%"))
}

/// The totals that are not the sum of what they add up: their cell, the sum, and the cells that
/// were added. Rows whose day does not exist are left out; a column with something unreadable in it
/// says nothing.
fn wrong_totals(table: &Table) -> Vec<(&Cell, Decimal, String)> {
    let mut wrong = Vec::new();
    let date = table.field("date");
    let counts = |row: &&Record| !date.is_some_and(|date| matches!(row.cells[date].value, Value::Fault(_)));
    let rows: Vec<&Record> = table.rows.iter().filter(counts).collect();
    for &column in &table.sums {
        let Some(added) = Added::of(&rows, column) else { continue };
        let (mut since_any, mut since_total) = (0, 0);
        for total in &table.totals {
            let cell = &total.cells[column];
            let is_sub = total.cells.iter().any(|cell| match_key(&cell.raw).contains("小计"));
            // A total that stands on top adds up what follows.
            let spans: &[(u32, u32)] = if table.rows.first().is_some_and(|first| first.row0 > total.row0) {
                &[(total.row0, u32::MAX)]
            } else if is_sub {
                &[(since_any, total.row0)]
            } else {
                &[(since_total, total.row0), (since_any, total.row0), (0, total.row0)]
            };
            if let Some(typed) = cell.value.number() {
                let sums: Option<Vec<_>> = spans.iter().map(|(from, to)| added.between(*from, *to)).collect();
                if let Some(sums) = sums
                    && sums.iter().all(|(sum, _)| *sum != typed)
                    && let Some((sum, Some((first, last)))) = sums.first()
                {
                    wrong.push((cell, *sum, format!("{}—{}", first.cell, last.cell)));
                }
            }
            since_any = total.row0;
            if !is_sub {
                since_total = total.row0;
            }
        }
    }
    wrong
}

/// The running sums of a column, so that each total costs no walk through all rows.
struct Added<'t> {
    cells: Vec<(u32, &'t Cell)>,
    /// Sums of the cells before each position, and how many of them cannot be read.
    before: Vec<(Decimal, usize)>,
}

impl<'t> Added<'t> {
    /// Errors: `None` when a sum does not fit.
    fn of(rows: &[&'t Record], column: usize) -> Option<Self> {
        let cells: Vec<_> = rows.iter().map(|row| (row.row0, &row.cells[column])).collect();
        let mut before = Vec::with_capacity(cells.len() + 1);
        let (mut sum, mut unread) = (Decimal::ZERO, 0);
        before.push((sum, unread));
        for (_, cell) in &cells {
            match &cell.value {
                Value::Number(number) => sum = sum.checked_add(*number)?,
                Value::Fault(_) => unread += 1,
                _ => {}
            }
            before.push((sum, unread));
        }
        Some(Self { cells, before })
    }

    /// The sum of the rows from one to before another, with its first and last cell. Errors: `None`
    /// when something among them cannot be read.
    fn between(&self, from: u32, to: u32) -> Option<(Decimal, Option<(Provenance, Provenance)>)> {
        let at = |row0: u32| self.cells.partition_point(|(known, _)| *known < row0);
        let (from, to) = (at(from), at(to));
        let ((sum, unread), (sum_to, unread_to)) = (self.before[from], self.before[to]);
        if unread != unread_to {
            return None;
        }
        let ends = (from < to).then(|| (self.cells[from].1.at, self.cells[to - 1].1.at));
        Some((sum_to.checked_sub(sum)?, ends))
    }
}

/// Asks about a form whose title is of another year than the folder it came in.
fn old_form(sources: &Sources, table: &Table, problems: &mut Vec<Problem>) {
    let period = Period::in_path(&sources.get(table.at.source).path);
    let (Some(period), Some(year)) = (period, year_in(&table.title)) else { return };
    if year != period.year() {
        problems.push(
            Problem::new(ProblemCode::OldTemplate, table.title_at)
                .found(format!("{year}年模板"))
                .arg(period.shown())
                .note(&table.title),
        );
    }
}

/// Asks about villages that report nothing month after month although they have enterprises.
fn zero_streaks(
    tables: &[Table],
    register: &Register,
    as_of: Date,
    rule: ZeroStreak,
    problems: &mut Vec<Problem>,
) {
    let mut villages: BTreeMap<String, usize> = BTreeMap::new();
    for enterprise in register.enterprises.iter().filter(|enterprise| enterprise.is_active(as_of)) {
        *villages.entry(match_key(&enterprise.village)).or_default() += 1;
    }
    let enterprises = |village: &str| villages.get(village).copied().unwrap_or(0);
    // Names of the organisation as well: a return of 上河村 is not one of 河村, whoever has enterprises.
    let organised = tables.iter().filter(|table| table.is("villages")).flat_map(|table| {
        let names = table.rows.iter().filter_map(|row| table.cell(row, "name"));
        names.map(|name| match_key(&name.shown()))
    });
    let mut names: Vec<String> = organised.chain(villages.keys().cloned()).collect();
    names.retain(|name| !name.is_empty());
    names.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    names.dedup();
    let mut filed: BTreeMap<&str, BTreeMap<Period, (&Table, bool)>> = BTreeMap::new();
    for table in tables.iter().filter(|table| table.is("village-summary")) {
        let title = match_key(&table.title);
        let village = names.iter().find(|name| title.contains(name.as_str()));
        if let (Some(village), Some(period)) = (village, Period::in_text(&title)) {
            let nothing = list_beside(tables, table).is_some_and(|list| list.rows.is_empty());
            let months = filed.entry(village).or_default();
            months.entry(period).or_insert((table, nothing)).1 &= nothing;
        }
    }
    for (village, months) in filed {
        let enterprises = enterprises(village);
        if enterprises < rule.enterprises {
            continue;
        }
        let mut streak: Vec<Period> = Vec::new();
        for (period, (table, nothing)) in months {
            if streak.last().is_some_and(|last| !last.is_followed_by(period)) || !nothing {
                streak.clear();
            }
            if nothing {
                streak.push(period);
            }
            if nothing && streak.len() == rule.months {
                let numbers: Vec<_> = streak.iter().map(|month| month.number().to_string()).collect();
                let total = table.totals.last().and_then(|total| table.cell(total, "found"));
                problems.push(
                    Problem::new(ProblemCode::ZeroStreak, total.map_or(table.at, |cell| cell.at))
                        .found(format!("{}月连续{}个月零报告", numbers.join("、"), numeral(rule.months)))
                        .note(format!("在册{enterprises}家")),
                );
            }
        }
    }
}

/// A small number as a sentence writes it.
fn numeral(number: usize) -> String {
    const NUMERALS: [&str; 10] = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十"];
    let word = number.checked_sub(1).and_then(|position| NUMERALS.get(position));
    word.map_or_else(|| number.to_string(), |word| (*word).to_owned())
}

#[cfg(test)]
mod tests;
