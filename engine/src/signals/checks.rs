//! Signals of checks and visits: sheets on which everything passed, and many units in little time.
//! Scores nothing: it counts verdicts as they stand.

use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::UnicodeNormalization as _;

use super::rules::Rule;
use super::{Evidence, Unit, Units, signal};
use crate::model::signal::Signal;
use crate::model::text::match_key;
use crate::model::{Cell, Date, Provenance, Record, Role, Table, Value, Verdict};

/// Who stands for a sheet that names no inspector.
const NOBODY: &str = "未注明检查人";

/// The persons of a cell: 沈学文、魏立新. A space divides names, but not the letters of one: 张 三.
fn persons(text: &str) -> BTreeSet<String> {
    let text: String = text.nfkc().collect();
    let mut persons = BTreeSet::new();
    for part in text.split(['、', ',', ';', '/', '\n']) {
        let words: Vec<_> = part.split_whitespace().collect();
        match words.iter().all(|word| word.chars().count() > 1) {
            true => persons.extend(words.into_iter().map(str::to_owned)),
            false => drop(persons.insert(words.concat())),
        }
    }
    persons
}

/// Whether what was looked at passed, without a deduction; none where fewer items than `least` were.
fn passed<'c>(answers: impl Iterator<Item = (&'c Value, Option<&'c Value>)>, least: usize) -> Option<bool> {
    let (mut n_checked, mut all) = (0, true);
    for (verdict, deduction) in answers {
        let Value::Verdict(verdict) = verdict else { continue };
        n_checked += usize::from(verdict.checked());
        let is_free = deduction.and_then(Value::number).is_none_or(|points| points.is_zero());
        all &= !verdict.fails() && is_free && *verdict != Verdict::Error;
    }
    (n_checked >= least).then_some(all)
}

/// Sheets on which everything passed, where they are nearly all of an inspector's, or nearly all rows of
/// a sheet of many enterprises.
pub(super) fn all_pass(evidence: Evidence<'_>, rule: &Rule) -> Vec<Signal> {
    let least = rule.least("items");
    let mut by_person: BTreeMap<String, (usize, BTreeSet<Provenance>)> = BTreeMap::new();
    let mut signals = Vec::new();
    let reaches = |n_all: usize, n_passed: usize| {
        n_passed >= rule.least("sheets") && n_passed * 100 >= rule.least("percent").saturating_mul(n_all)
    };
    for table in evidence.tables {
        match table.role {
            Role::CheckSheet => {
                let Some(verdict) = table.field("verdict") else { continue };
                let deduction = table.field("deduction");
                let answers = table.rows.iter().map(|row| {
                    (&row.cells[verdict].value, deduction.map(|deduction| &row.cells[deduction].value))
                });
                let Some(all) = passed(answers, least) else { continue };
                let inspectors = table.info("inspectors").map_or_else(String::new, Cell::shown);
                let mut persons = persons(&inspectors);
                if persons.is_empty() {
                    persons.insert(NOBODY.to_owned());
                }
                let at = table.info("unit").map_or(table.at, |cell| cell.at);
                for person in persons {
                    let (n_sheets, rows) = by_person.entry(person).or_default();
                    *n_sheets += 1;
                    if all {
                        rows.insert(at);
                    }
                }
            }
            Role::Matrix => {
                let mut n_rows = 0;
                let mut rows = BTreeSet::new();
                for row in &table.rows {
                    let answers = table.items.iter().map(|(item, _)| (&row.cells[*item].value, None));
                    let Some(all) = passed(answers, least) else { continue };
                    n_rows += 1;
                    if let Some(unit) = table.cell(row, "unit").filter(|_| all) {
                        rows.insert(unit.at);
                    }
                }
                if reaches(n_rows, rows.len()) {
                    let fact = format!("{n_rows}行中{}行全部符合", rows.len());
                    signals.extend(signal(rule, &table.title, fact, rows));
                }
            }
            _ => {}
        }
    }
    for (person, (n_sheets, rows)) in by_person {
        if reaches(n_sheets, rows.len()) {
            let fact = format!("{n_sheets}份检查表中{}份全部符合", rows.len());
            signals.extend(signal(rule, person, fact, rows));
        }
    }
    signals
}

/// What one person wrote down of a day: each unit with its rows, and with the minute of the day where
/// one is written.
#[derive(Default)]
struct Day {
    units: BTreeMap<Unit, BTreeSet<Provenance>>,
    minutes: BTreeMap<Unit, (u32, Provenance)>,
}

/// Persons at many units on one day, or within an hour.
pub(super) fn many_places(evidence: Evidence<'_>, rule: &Rule) -> Vec<Signal> {
    let mut units = Units::new(evidence);
    let mut days: BTreeMap<(String, Date), Day> = BTreeMap::new();
    for table in evidence.tables {
        let is_list = table.is("visits") || table.is("office-hazards") || table.role == Role::ProblemList;
        if table.role == Role::CheckSheet {
            note(None, table, &mut units, &mut days);
        } else if is_list {
            for row in &table.rows {
                note(Some(row), table, &mut units, &mut days);
            }
        }
    }
    let mut signals = Vec::new();
    for ((person, date), day) in days {
        if day.units.len() >= rule.least("units_a_day") {
            let fact = format!("{date}一日检查{}个单位", day.units.len());
            signals.extend(signal(rule, &person, fact, day.units.values().flatten().copied().collect()));
        }
        if let Some(rows) =
            busiest(&day, rule.least("minutes")).filter(|rows| rows.len() >= rule.least("units_an_hour"))
        {
            let fact = format!("{date}在{}分钟内检查{}个单位", rule.least("minutes"), rows.len());
            signals.extend(signal(rule, &person, fact, rows.into_iter().collect()));
        }
    }
    signals
}

/// Notes a check: a row of a list, or a sheet about one unit.
fn note(
    row: Option<&Record>,
    table: &Table,
    units: &mut Units<'_>,
    days: &mut BTreeMap<(String, Date), Day>,
) {
    let cell = |key: &str| row.and_then(|row| table.cell(row, key)).or_else(|| table.info(key));
    let (Some(unit), Some(date), Some(inspectors)) = (cell("unit"), cell("date"), cell("inspectors")) else {
        return;
    };
    let Some(day) = date.value.day() else { return };
    let code = cell("credit_code").map_or_else(String::new, |code| match_key(&code.shown()).to_uppercase());
    let Some(who) = units.of(unit.shown(), code) else { return };
    let minute = cell("time").and_then(|time| minute_of(&time.raw)).or_else(|| minute_of(&date.raw));
    for person in persons(&inspectors.shown()) {
        let day = days.entry((person, day)).or_default();
        day.units.entry(who.clone()).or_default().insert(unit.at);
        if let Some(minute) = minute {
            let first = day.minutes.entry(who.clone()).or_insert((minute, unit.at));
            *first = (*first).min((minute, unit.at));
        }
    }
}

/// The most units that begin within so many minutes, by their first row; none without a time.
fn busiest(day: &Day, minutes: usize) -> Option<Vec<Provenance>> {
    let mut times: Vec<(u32, Provenance)> = day.minutes.values().copied().collect();
    times.sort_unstable();
    let window = u32::try_from(minutes).unwrap_or(u32::MAX);
    let (mut first, mut most) = (0, 0..0);
    for last in 0..times.len() {
        while times[last].0 - times[first].0 > window {
            first += 1;
        }
        if last + 1 - first > most.len() {
            most = first..last + 1;
        }
    }
    (!most.is_empty()).then(|| times[most].iter().map(|(_, at)| *at).collect())
}

/// The minute of the day of the first time in a text: `2026-07-02 9:30`, `9时30分`, `09:30—10:10`.
fn minute_of(text: &str) -> Option<u32> {
    let letters: Vec<char> = text.nfkc().collect();
    let at = letters.iter().position(|letter| matches!(letter, ':' | '时' | '点'))?;
    let digits = |letters: &mut dyn Iterator<Item = &char>| -> Option<u32> {
        let taken: String = letters.take_while(|letter| letter.is_ascii_digit()).take(2).collect();
        taken.parse().ok()
    };
    let hour: String =
        letters[..at].iter().rev().take_while(|letter| letter.is_ascii_digit()).take(2).collect();
    let hour: u32 = hour.chars().rev().collect::<String>().parse().ok()?;
    let minute = digits(&mut letters[at + 1..].iter());
    // 9时 is on the hour; 9: is nothing.
    let minute = if letters[at] == ':' { minute? } else { minute.unwrap_or(0) };
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn persons_are_told_apart() {
        for (text, names) in [
            ("沈学文、魏立新", &["沈学文", "魏立新"][..]),
            ("沈学文,魏立新", &["沈学文", "魏立新"]),
            ("沈学文 魏立新", &["沈学文", "魏立新"]),
            ("张 三;李四", &["张三", "李四"]),
            (" ", &[]),
        ] {
            assert!(persons(text).iter().eq(names), "{text}");
        }
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, minute) in [
            ("2026-07-02 09:30", Some(570)),
            ("2026/7/2 9:05:00", Some(545)),
            ("9时30分", Some(570)),
            ("9点", Some(540)),
            ("09:30—10:10", Some(570)),
            ("9:30", Some(570)),
            ("2026-07-02", None),
            ("24:00", None),
            ("9:", None),
            ("上午", None),
            ("", None),
        ] {
            assert_eq!(minute_of(text), minute, "{text}");
        }
    }
}
