//! An authority's form, filled by several units, becomes the same form filled for the level above.
//! Which cell is which is the affair of `form`; here facts are added.

use std::collections::BTreeMap;

use super::sender::Senders;
use super::{Error, Written, other};
use crate::model::rollup::Received;
use crate::model::text::match_key;
use crate::model::{CellRef, Decimal, Place, Problem, ProblemCode, Provenance, SourceId};
use crate::report::form::{self, Fact, FactValue, Facts, ReadBack, Reader, Record};
use crate::report::standard::percent;

/// Behind the name of a filled form, the record of what it was filled by.
const KEPT: &str = ".核对.json";

/// The filled forms and the records beside them, and the sources that hold one.
type Filled = (Vec<(String, Written)>, Vec<SourceId>);

/// A form that was sent, and whose it is.
struct Sent {
    unit: String,
    at: Provenance,
    read: ReadBack,
}

/// Adds up the forms that come with the program. `used`: the sources that hold one of them.
///
/// Shape: the filled form and the record beside it, for each form that somebody sent.
/// Errors: none of the writer's; a form that cannot be filled is a problem.
pub(super) fn roll_up(
    received: &Received,
    senders: &Senders,
    problems: &mut Vec<Problem>,
    counted: &mut BTreeMap<String, usize>,
) -> Result<Filled, Error> {
    let (mut files, mut used) = (Vec::new(), Vec::new());
    for blank in form::built_in() {
        let Some(reader) = Reader::new(&blank) else { continue };
        let mut units: BTreeMap<(usize, String), Sent> = BTreeMap::new();
        for book in &received.books {
            let about = received.sources.get(book.source);
            for sheet in &book.sheets {
                let position = about.sheets.iter().position(|name| *name == sheet.0).unwrap_or(0);
                let position = u16::try_from(position).unwrap_or(u16::MAX);
                let place = |cell: CellRef| Provenance { source: book.source, sheet: position, cell };
                let shown = |cell: CellRef| received.sources.show(Place::from(place(cell)));
                let Some(read) = reader.read(sheet, &shown) else { continue };
                used.push(book.source);
                let at = place(CellRef::new(0, 0));
                let issuer = read.behind.first().map(|(_, at, text)| (text.clone(), place(*at)));
                let issuer = issuer.unwrap_or((String::new(), at));
                let (rank, unit) = match senders.of(book.source, &issuer, received) {
                    Ok(known) => known,
                    Err(problem) => {
                        problems.push(*problem);
                        continue;
                    }
                };
                if let Some((key, cell, found)) = read.blanks.iter().find(|(key, _, found)| {
                    expected(key, received).is_some_and(|expected| found.parse() != Ok(expected))
                }) {
                    let problem = Problem::new(ProblemCode::RollupDay, place(*cell)).column("截止日期");
                    let wanted = expected(key, received).unwrap_or_default();
                    problems.push(problem.found(found).arg(format!("{wanted}({})", received.as_of)));
                    continue;
                }
                match units.get(&(rank, unit.clone())) {
                    Some(first) => problems.extend(other(first.at, at, received)),
                    None => {
                        compare(&read, at, problems);
                        units.insert((rank, unit.clone()), Sent { unit, at, read });
                    }
                }
            }
        }
        if units.is_empty() {
            continue;
        }
        for (rank, unit, at) in senders.owed(received) {
            if !units.keys().any(|(known, _)| *known == rank) {
                problems
                    .push(Problem::new(ProblemCode::RollupMissing, at).found(unit).arg(&*blank.spec.title));
            }
        }
        let facts = facts(&blank, received, units.values());
        match form::fill(blank.form, &blank.spec, &facts) {
            Ok(pages) => {
                let stem =
                    format!("上报/{}(截止{})", blank.spec.title, crate::report::wording::day(received.as_of));
                for page in pages {
                    let proof = serde_json::to_string_pretty(&form::proof(&page)).map_err(Error::Results)?;
                    let bytes = format!("{proof}\n").into_bytes();
                    files.push((
                        blank.name.clone(),
                        Written { name: format!("{stem}.xlsx"), bytes: page.bytes },
                    ));
                    files.push((
                        format!("{} 核对", blank.name),
                        Written { name: format!("{stem}{KEPT}"), bytes },
                    ));
                }
                counted.insert(blank.name.clone(), units.len());
            }
            Err(faults) => {
                let Some(first) = units.values().next() else { continue };
                let why: Vec<_> = faults.iter().map(form::Fault::zh).collect();
                problems.push(Problem::new(ProblemCode::RollupLine, first.at).arg(why.join(";")));
            }
        }
    }
    Ok((files, used))
}

/// What a number of the day should be.
fn expected(key: &str, received: &Received) -> Option<i64> {
    let day = received.as_of;
    match key {
        "year" | "until_year" => Some(day.year().into()),
        "month" | "until_month" => Some(day.month().into()),
        "until_day" => Some(day.day().into()),
        _ => None,
    }
}

/// The sums of the units' rows, each number with the cells it comes from.
fn facts<'a>(blank: &form::BuiltIn, received: &Received, units: impl Iterator<Item = &'a Sent>) -> Facts {
    let mut one = Record::new();
    for key in ["year", "month", "until_year", "until_month", "until_day"] {
        let number = Decimal::from(expected(key, received).unwrap_or_default());
        one.insert(key.to_owned(), Fact { value: FactValue::Number(number), from: "汇总日期".to_owned() });
    }
    for (key, word) in &blank.spec.words {
        let value = match received.issuer.as_str() {
            "" => FactValue::Absent,
            issuer => FactValue::Text(word.replace("{town}", issuer)),
        };
        one.insert(key.clone(), Fact { value, from: "汇总单位".to_owned() });
    }
    let mut lists: BTreeMap<String, Vec<Record>> = BTreeMap::new();
    let mut places: BTreeMap<(String, String), usize> = BTreeMap::new();
    let keys: BTreeMap<&str, &str> = blank.spec.grid.iter().map(|grid| (&*grid.list, &*grid.key)).collect();
    for unit in units {
        for (list, records) in &unit.read.lists {
            let key = keys.get(list.as_str()).copied().unwrap_or_default();
            for record in records {
                let label = record.get(key).map_or_else(String::new, |fact| fact.value.shown());
                let sums = lists.entry(list.clone()).or_default();
                let at = *places.entry((list.clone(), match_key(&label))).or_insert_with(|| {
                    sums.push(BTreeMap::from([(key.to_owned(), FactValue::Text(label).into())]));
                    sums.len() - 1
                });
                for (name, fact) in record.iter().filter(|(name, _)| *name != key) {
                    let from = format!("{} {} = {}", unit.unit, fact.from, fact.value.shown());
                    match sums[at].get_mut(name) {
                        None => {
                            sums[at].insert(name.clone(), Fact { value: fact.value.clone(), from });
                        }
                        Some(sum) => {
                            sum.from = format!("{};{from}", sum.from);
                            sum.value = match (&sum.value, &fact.value) {
                                (FactValue::Number(a), FactValue::Number(b)) => {
                                    a.checked_add(*b).map_or(FactValue::Absent, FactValue::Number)
                                }
                                // A number that is not known leaves the sum unknown.
                                _ => FactValue::Absent,
                            };
                        }
                    }
                }
            }
        }
    }
    for grid in &blank.spec.grid {
        lists.entry(grid.list.clone()).or_default();
    }
    Facts { one, lists }
}

/// The total as it was sent, held against the rows, and cells that hold no number.
fn compare(read: &ReadBack, at: Provenance, problems: &mut Vec<Problem>) {
    let place = |cell: CellRef| Provenance { cell, ..at };
    for (cell, found) in &read.odd {
        problems.push(Problem::new(ProblemCode::NumberInvalid, place(*cell)).found(found));
    }
    for (list, sent) in &read.totals {
        let records = read.lists.get(list).map_or(&[][..], Vec::as_slice);
        let sum = |key: &str| {
            records.iter().try_fold(Decimal::ZERO, |sum, record| match record.get(key.trim())?.value {
                FactValue::Number(number) => sum.checked_add(number),
                _ => None,
            })
        };
        for (cell, put, found) in sent.iter().filter(|(.., found)| !found.is_empty()) {
            let rate = put.strip_prefix("rate(").and_then(|rest| rest.strip_suffix(')'));
            let (code, expected) = if let Some(parts) = rate {
                let parts: Vec<_> = parts.split(',').collect();
                let [part, whole, digits] = parts.as_slice() else { continue };
                let (Some(part), Some(whole), Ok(digits)) = (sum(part), sum(whole), digits.trim().parse())
                else {
                    continue;
                };
                (ProblemCode::RateMismatch, percent(part, whole, digits))
            } else {
                let Some(sum) = sum(put) else { continue };
                (ProblemCode::TotalMismatch, sum.normalize().to_string())
            };
            let same = match code {
                ProblemCode::RateMismatch => super::compare::same_rate(found, &expected),
                _ => match_key(found).parse::<Decimal>().ok() == expected.parse().ok(),
            };
            if !same {
                problems.push(Problem::new(code, place(*cell)).found(found).arg(expected));
            }
        }
    }
}
