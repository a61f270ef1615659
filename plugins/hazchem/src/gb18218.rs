//! GB 18218-2018: whether a unit is a major hazard source (重大危险源), and of which level.
//! Knows no checklist items; the tables of the standard are data, and nothing here is rounded
//! before it is compared.

mod lookup;

use anping_sdk::{Assessed, Decimal, Failure, Indicator, Note, Ratio, Reason, Row, Subject, Value};

use crate::{CHECKLIST, TABLE5, TABLE6, reason};
use lookup::{Cas, find, number};

/// S from which a unit is a major hazard source, inclusive.
/// Source: GB 18218-2018, S = q1/Q1 + … + qn/Qn ≥ 1.
const THRESHOLD: Ratio = Ratio::whole(1);

/// Digits that are shown of S, R and their parts.
const SHOWN: u8 = 4;

/// Characters of a name that are read. The longest in table 1 has 39.
const LONGEST_NAME: usize = 80;

/// Lines of a list. Each may give three notes and a step of working, of which the host takes a
/// thousand; a real unit has a dozen.
const MOST_LINES: usize = 300;

/// The columns of the table `substances`, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Name,
    Cas,
    Quantity,
    Symbol,
}

impl Column {
    /// Where the cell of this column stands.
    fn of(self, row: &Row) -> u32 {
        row.evidence.saturating_add(self as u32)
    }
}

/// Identifies and grades one unit.
///
/// Shape: indicators S and major_hazard_source; alpha where the population is known; R and level
/// where S ≥ 1. Notes for all that a person should look at.
/// Units: tonnes, people; S and R have none.
/// Errors: a substance or a quantity that cannot be read, naming its line (from 1); a unit that is
/// a major hazard source while the population is not known.
/// Source: GB 18218-2018, tables 1 to 6.
pub fn identify(subject: &Subject, assessed: &mut Assessed) -> Result<(), Failure> {
    assessed.edition =
        CHECKLIST.editions.iter().position(|e| e.id == "GB18218-2018").map(|index| index as u32);
    let rows = subject.rows(&CHECKLIST, "substances");
    if rows.is_empty() {
        return Err(Failure::new("单元没有物质清单,无法辨识重大危险源"));
    }
    if let Some(row) = rows.get(MOST_LINES) {
        let what = format!("物质清单有 {} 行,最多 {MOST_LINES} 行,请核对单元划分", rows.len());
        return Err(Failure::at(what, row.evidence));
    }
    let mut substances = Vec::with_capacity(rows.len());
    for (index, row) in rows.iter().enumerate() {
        substances.push(Substance::read(index + 1, row, &mut assessed.notes)?);
    }
    let cells: Vec<_> = substances.iter().map(|substance| substance.quantity_cell).collect();

    let s = sum(substances.iter().map(|substance| substance.ratio))?;
    let is_source = s.at_least(THRESHOLD).ok_or_else(too_large)?;
    let verdict = if is_source { "S≥1,构成重大危险源" } else { "S<1,不构成重大危险源" };
    let mut working = substances.iter().map(Substance::working).collect::<Result<Vec<_>, _>>()?;
    working.push(reason("working-sum", vec![shown(s)?.into(), verdict.into()]));
    give(assessed, "S", Value::Number(shown(s)?), working, cells.clone());

    let population = Population::of(subject);
    if let Population::Known { people, alpha, cell } = &population {
        let working = vec![reason("working-alpha", vec![(*people).into(), (*alpha).into()])];
        give(assessed, "alpha", Value::Number(*alpha), working, vec![*cell]);
    }
    if is_source {
        grade(s, &substances, &population, cells.clone(), assessed)?;
        assessed.notes.extend(substances.iter().filter_map(Substance::derived_beta));
    }
    give(assessed, "major_hazard_source", Value::Flag(is_source), Vec::new(), cells);
    Ok(())
}

/// Adds R and the level of a unit with S ≥ 1.
fn grade(
    s: Ratio,
    substances: &[Substance],
    population: &Population,
    mut cells: Vec<u32>,
    assessed: &mut Assessed,
) -> Result<(), Failure> {
    let alpha = match population {
        Population::Known { alpha, cell, .. } => {
            cells.push(*cell);
            *alpha
        }
        Population::Missing => {
            let what = format!("S={},构成重大危险源,但缺少厂界外500m常住人口(人),无法分级", shown(s)?);
            return Err(Failure::new(what));
        }
        Population::Unusable { text, cell } => {
            let s = shown(s)?;
            let what = format!("S={s},构成重大危险源,但厂界外500m常住人口(人)“{text}”不是非负整数,无法分级");
            return Err(Failure::at(what, *cell));
        }
    };
    let weighted = sum(substances.iter().map(|substance| substance.weighted))?;
    let r = weighted.times(alpha.ratio()).ok_or_else(too_large)?;
    let mut working = substances.iter().map(Substance::weighted_working).collect::<Result<Vec<_>, _>>()?;
    working.push(reason("working-r", vec![alpha.into(), shown(weighted)?.into(), shown(r)?.into()]));
    give(assessed, "R", Value::Number(shown(r)?), working, cells.clone());

    let level = level_of(r).ok_or_else(too_large)?;
    let working = vec![reason("working-level", vec![shown(r)?.into(), level.into()])];
    give(assessed, "level", Value::Text(level.to_owned()), working, cells);
    Ok(())
}

fn give(assessed: &mut Assessed, code: &str, value: Value, working: Vec<Reason>, evidence: Vec<u32>) {
    let indicator = CHECKLIST.gives_index(code).expect("every code of an indicator is used by a golden case");
    assessed.indicators.push(Indicator { indicator, value, working, evidence });
}

/// People who live within 500 m of the fence.
enum Population {
    Known {
        people: Decimal,
        alpha: Decimal,
        cell: u32,
    },
    Missing,
    /// Not a whole number from 0; what stands there.
    Unusable {
        text: String,
        cell: u32,
    },
}

impl Population {
    fn of(subject: &Subject) -> Self {
        let Some(known) = subject.known(&CHECKLIST, "population") else { return Self::Missing };
        let cell = known.evidence;
        match &known.value {
            Value::Absent => Self::Missing,
            Value::Number(people) => match alpha_of(*people) {
                Some(alpha) => Self::Known { people: *people, alpha, cell },
                None => Self::Unusable { text: people.to_string(), cell },
            },
            other => Self::Unusable { text: as_it_stands(other), cell },
        }
    }
}

/// α by the people within 500 m. Errors: `None` for anything but a whole number from 0.
fn alpha_of(people: Decimal) -> Option<Decimal> {
    let people = people.ratio();
    if people != Ratio::whole(people.ceiling()) {
        return None;
    }
    TABLE5.iter().find_map(|[at_least, alpha]| {
        let reached = people.at_least(number(at_least).ratio())?;
        reached.then(|| number(alpha))
    })
}

/// The level by R. Errors: `None` when R is too large to compare.
fn level_of(r: Ratio) -> Option<&'static str> {
    TABLE6.iter().find_map(|[at_least, level]| {
        let reached = r.at_least(number(at_least).ratio())?;
        reached.then_some(*level)
    })
}

/// One line of the list of substances, found in the standard.
struct Substance {
    name: String,
    quantity: Decimal,
    critical: Decimal,
    beta: Decimal,
    /// How β was derived; `None`: it is the standard's own.
    derived: Option<&'static str>,
    /// Where in the standard it was found.
    place: String,
    /// q/Q
    ratio: Ratio,
    /// β·q/Q
    weighted: Ratio,
    name_cell: u32,
    quantity_cell: u32,
}

impl Substance {
    /// Reads a line; `line` counts from 1.
    fn read(line: usize, row: &Row, notes: &mut Vec<Note>) -> Result<Self, Failure> {
        let fail = |name: &str, column: Column, what: &str| {
            Failure::at(format!("物质清单第 {line} 行“{name}”:{what}"), column.of(row))
        };
        let [substance, cas, quantity, symbol] = row.cells.as_slice() else {
            return Err(fail("", Column::Name, "列数不符"));
        };
        let name = as_it_stands(substance);
        let found =
            find(&name, &Cas::read(cas), symbol).map_err(|(column, what)| fail(&name, column, &what))?;
        let name = if name.is_empty() { found.name.to_owned() } else { name };
        let fail = |what: &str| fail(&name, Column::Quantity, what);
        let quantity = match quantity {
            Value::Number(quantity) if quantity.mantissa >= 0 => *quantity,
            Value::Number(quantity) => return Err(fail(&format!("设计最大量(t) {quantity} 为负数"))),
            Value::Absent => return Err(fail("设计最大量(t)未填")),
            other => return Err(fail(&format!("设计最大量(t)“{}”不是数量", as_it_stands(other)))),
        };
        for (column, reason) in found.notes {
            notes.push(Note { reason, item: None, evidence: vec![column.of(row)] });
        }
        let ratio = quantity.ratio().over(found.critical.ratio()).ok_or_else(too_large)?;
        let weighted = ratio.times(found.beta.ratio()).ok_or_else(too_large)?;
        Ok(Self {
            name,
            quantity,
            critical: found.critical,
            beta: found.beta,
            derived: found.derived,
            place: found.place,
            ratio,
            weighted,
            name_cell: Column::Name.of(row),
            quantity_cell: Column::Quantity.of(row),
        })
    }

    fn working(&self) -> Result<Reason, Failure> {
        let params = vec![
            self.name.as_str().into(),
            self.quantity.into(),
            self.critical.into(),
            self.beta.into(),
            shown(self.ratio)?.into(),
            self.place.as_str().into(),
        ];
        Ok(reason("working-substance", params))
    }

    fn weighted_working(&self) -> Result<Reason, Failure> {
        let params = vec![
            self.name.as_str().into(),
            self.beta.into(),
            shown(self.ratio)?.into(),
            shown(self.weighted)?.into(),
        ];
        Ok(reason("working-beta", params))
    }

    fn derived_beta(&self) -> Option<Note> {
        let params = vec![self.name.as_str().into(), self.beta.into(), self.derived?.into()];
        Some(Note { reason: reason("beta-derived", params), item: None, evidence: vec![self.name_cell] })
    }
}

fn sum(parts: impl Iterator<Item = Ratio>) -> Result<Ratio, Failure> {
    let mut sum = Ratio::ZERO;
    for part in parts {
        sum = sum.plus(part).ok_or_else(too_large)?;
    }
    Ok(sum)
}

fn shown(ratio: Ratio) -> Result<Decimal, Failure> {
    ratio.rounded(SHOWN).ok_or_else(too_large)
}

fn too_large() -> Failure {
    Failure::new("数量过大或位数过多,无法精确计算 S 和 R")
}

/// A cell as a person sees it, fit for a sentence: one line, not longer than the longest name in
/// table 1 by far, without characters that steer a terminal or a line's direction.
fn as_it_stands(value: &Value) -> String {
    let text = match value {
        Value::Absent => return String::new(),
        Value::Text(text) | Value::Fault(text) => text,
        Value::Number(number) => return number.to_string(),
        Value::Flag(flag) => return (if *flag { "是" } else { "否" }).to_owned(),
        Value::Day(day) => return format!("{:04}-{:02}-{:02}", day.year, day.month, day.day),
    };
    let printable = |c: char| {
        let steers = matches!(c, '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}');
        if c.is_control() || steers { ' ' } else { c }
    };
    let text: String = text.chars().map(printable).take(LONGEST_NAME).collect();
    text.trim().to_owned()
}

#[cfg(test)]
mod tests;
