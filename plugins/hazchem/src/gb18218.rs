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

/// Identifies and grades one unit.
///
/// Shape: indicators S, major_hazard_source; alpha where the population is known; R and level
/// where S ≥ 1. Notes for all that a person should look at.
/// Units: tonnes, people; S and R have none.
/// Errors: a substance or a quantity that cannot be read, naming its line (from 1); a unit that is
/// a major hazard source while the population is not known.
/// Source: GB 18218-2018, tables 1 to 6.
pub fn identify(subject: &Subject, assessed: &mut Assessed) -> Result<(), Failure> {
    assessed.edition = CHECKLIST.editions.iter().position(|e| e.id == "GB18218-2018").map(|index| index as u32);
    let rows = subject.rows(&CHECKLIST, "substances");
    if rows.is_empty() {
        return Err(Failure::new("单元没有物质清单,无法辨识重大危险源"));
    }
    let mut substances = Vec::with_capacity(rows.len());
    for (index, row) in rows.iter().enumerate() {
        substances.push(Substance::read(index + 1, row, &mut assessed.notes)?);
    }
    let s = sum(substances.iter().map(|substance| substance.ratio)).ok_or_else(too_large)?;
    let is_source = s.at_least(THRESHOLD).ok_or_else(too_large)?;
    let population = Population::of(subject);
    let grading = if is_source {
        assessed.notes.extend(substances.iter().filter_map(Substance::derived_beta));
        Some(Grading::of(s, &substances, &population)?)
    } else {
        None
    };
    write_indicators(assessed, s, is_source, &substances, &population, grading)
}

/// R, the level, and how they came about.
struct Grading {
    r: Ratio,
    level: &'static str,
    r_working: Vec<Reason>,
    level_working: Reason,
}

impl Grading {
    fn of(s: Ratio, substances: &[Substance], population: &Population) -> Result<Self, Failure> {
        let alpha = match population {
            Population::Known { alpha, .. } => *alpha,
            Population::Missing => {
                let s = shown(s)?;
                return Err(Failure::new(format!(
                    "S={s},构成重大危险源,但缺少厂界外500m常住人口(人),无法分级"
                )));
            }
            Population::Unusable { text, evidence } => {
                let s = shown(s)?;
                let message = format!(
                    "S={s},构成重大危险源,但厂界外500m常住人口(人)“{text}”不是非负整数,无法分级"
                );
                return Err(Failure::at(message, *evidence));
            }
        };
        let mut r_working = Vec::with_capacity(substances.len() + 1);
        for substance in substances {
            let weighted = shown(substance.weighted)?;
            let params = vec![
                substance.name.as_str().into(),
                substance.beta.into(),
                shown(substance.ratio)?.into(),
                weighted.into(),
            ];
            r_working.push(reason("working-beta", params));
        }
        let weighted = sum(substances.iter().map(|substance| substance.weighted)).ok_or_else(too_large)?;
        let r = weighted.times(alpha.ratio()).ok_or_else(too_large)?;
        r_working.push(reason("working-r", vec![alpha.into(), shown(weighted)?.into(), shown(r)?.into()]));
        let (bound, level) = level_of(r).ok_or_else(too_large)?;
        let level_working = reason("working-level", vec![shown(r)?.into(), level.into(), bound.into()]);
        Ok(Self { r, level, r_working, level_working })
    }
}

fn write_indicators(
    assessed: &mut Assessed,
    s: Ratio,
    is_source: bool,
    substances: &[Substance],
    population: &Population,
    grading: Option<Grading>,
) -> Result<(), Failure> {
    let rows: Vec<_> = substances.iter().map(|substance| substance.evidence).collect();
    let mut give = |code: &str, value, working, evidence: &[u32]| {
        let indicator = CHECKLIST.gives_index(code).expect("the codes of indicators in src/ are compared by a test");
        assessed.indicators.push(Indicator { indicator, value, working, evidence: evidence.to_vec() });
    };
    let verdict = if is_source { "S≥1,构成重大危险源" } else { "S<1,不构成重大危险源" };
    let mut s_working = substances.iter().map(Substance::working).collect::<Result<Vec<_>, _>>()?;
    s_working.push(reason("working-sum", vec![shown(s)?.into(), verdict.into()]));
    give("S", Value::Number(shown(s)?), s_working, &rows);
    let level = grading.map(|grading| (shown(grading.r), grading));
    let mut evidence = rows.clone();
    if let Population::Known { evidence: cell, .. } = population {
        evidence.push(*cell);
    }
    let level = match level {
        Some((r, grading)) => {
            give("R", Value::Number(r?), grading.r_working, &evidence);
            Some((grading.level, grading.level_working))
        }
        None => None,
    };
    if let Population::Known { people, alpha, evidence } = population {
        let working = vec![reason("working-alpha", vec![(*people).into(), (*alpha).into()])];
        give("alpha", Value::Number(*alpha), working, &[*evidence]);
    }
    if let Some((level, working)) = level {
        give("level", Value::Text(level.to_owned()), vec![working], &evidence);
    }
    give("major_hazard_source", Value::Flag(is_source), Vec::new(), &rows);
    Ok(())
}

/// People who live within 500 m of the fence.
enum Population {
    Known { people: Decimal, alpha: Decimal, evidence: u32 },
    Missing,
    /// Not a whole number from 0; what stands there.
    Unusable { text: String, evidence: u32 },
}

impl Population {
    fn of(subject: &Subject) -> Self {
        let Some(known) = subject.known(&CHECKLIST, "population") else { return Self::Missing };
        let evidence = known.evidence;
        match &known.value {
            Value::Absent => Self::Missing,
            Value::Number(people) => match alpha_of(*people) {
                Some(alpha) => Self::Known { people: *people, alpha, evidence },
                None => Self::Unusable { text: people.to_string(), evidence },
            },
            other => Self::Unusable { text: as_it_stands(other), evidence },
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
        people.at_least(number(at_least).ratio())?.then(|| number(alpha))
    })
}

/// The level by R, with the bound it reached. Errors: `None` when R does not fit.
fn level_of(r: Ratio) -> Option<(Decimal, &'static str)> {
    TABLE6.iter().find_map(|[at_least, level]| {
        let bound = number(at_least);
        r.at_least(bound.ratio())?.then_some((bound, *level))
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
    evidence: u32,
}

impl Substance {
    /// Reads a line; `line` counts from 1.
    fn read(line: usize, row: &Row, notes: &mut Vec<Note>) -> Result<Self, Failure> {
        let fail =
            |name: &str, what: &str| Failure::at(format!("物质清单第 {line} 行“{name}”:{what}"), row.evidence);
        let [substance, cas, quantity, symbol] = row.cells.as_slice() else {
            return Err(fail("", "列数不符"));
        };
        let name = as_it_stands(substance);
        let cas = Cas::read(cas);
        let found = find(&name, &cas, symbol).map_err(|what| fail(&name, &what))?;
        let name = if name.is_empty() { found.name.to_owned() } else { name };
        let quantity = match quantity {
            Value::Number(quantity) if quantity.mantissa >= 0 => *quantity,
            Value::Number(quantity) => return Err(fail(&name, &format!("设计最大量(t) {quantity} 为负数"))),
            Value::Absent => return Err(fail(&name, "设计最大量(t)未填")),
            other => return Err(fail(&name, &format!("设计最大量(t)“{}”不是数量", as_it_stands(other)))),
        };
        for reason in found.notes {
            notes.push(Note { reason, item: None, evidence: vec![row.evidence] });
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
            evidence: row.evidence,
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

    fn derived_beta(&self) -> Option<Note> {
        let params = vec![self.name.as_str().into(), self.beta.into(), self.derived?.into()];
        Some(Note { reason: reason("beta-derived", params), item: None, evidence: vec![self.evidence] })
    }
}

fn sum(parts: impl Iterator<Item = Ratio>) -> Option<Ratio> {
    let mut sum = Ratio::ZERO;
    for part in parts {
        sum = sum.plus(part)?;
    }
    Some(sum)
}

fn shown(ratio: Ratio) -> Result<Decimal, Failure> {
    ratio.rounded(SHOWN).ok_or_else(too_large)
}

fn too_large() -> Failure {
    Failure::new("数量过大或位数过多,无法精确计算 S 和 R")
}

/// A cell as a person sees it.
fn as_it_stands(value: &Value) -> String {
    match value {
        Value::Absent => String::new(),
        Value::Text(text) | Value::Fault(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Flag(flag) => (if *flag { "是" } else { "否" }).to_owned(),
        Value::Day(day) => format!("{:04}-{:02}-{:02}", day.year, day.month, day.day),
    }
}
