//! What a cell is filled with, computed from the facts of a record: a key, a difference, a rate.
//! Knows no cells. Exact until the one rounding that a rate declares.

use super::facts::{Fact, FactValue, Record};
use super::fault::Fault;
use crate::model::Decimal;

/// Computes an expression over the facts of a record.
///
/// `key`, `a - b`, `a + b`, or `rate(a, b, digits)`: a/b in per cent with that many digits, rounded
/// half-up once, `/` where b is 0. Absent in, absent out; where it comes from is that of its parts.
/// Errors: a key that the record lacks, or a text where a number belongs.
pub(super) fn value(text: &str, record: &Record) -> Result<Fact, Fault> {
    let wrong = |why: String| Fault::Expression { text: text.to_owned(), why };
    let fact = |key: &str| {
        let key = key.trim();
        record.get(key).ok_or_else(|| Fault::NoFact { key: key.to_owned() })
    };
    if let Some(inner) = text.strip_prefix("rate(").and_then(|rest| rest.strip_suffix(')')) {
        let parts: Vec<_> = inner.split(',').collect();
        let [a, b, digits] = parts.as_slice() else { return Err(wrong("rate(a, b, digits)".to_owned())) };
        let digits: u32 = digits.trim().parse().map_err(|_| wrong("digits".to_owned()))?;
        let (of, by) = (fact(a)?, fact(b)?);
        let value = match (number(of), number(by)) {
            (Some(_), Some(by)) if by.is_zero() => FactValue::Text("/".to_owned()),
            (Some(of), Some(by)) => {
                FactValue::Text(percent(of, by, digits).ok_or_else(|| wrong("too large".to_owned()))?)
            }
            _ if of.value == FactValue::Absent || by.value == FactValue::Absent => FactValue::Absent,
            _ => return Err(wrong("not a number".to_owned())),
        };
        return Ok(Fact { value, from: joined(of, by) });
    }
    for (sign, minus) in [(" - ", true), (" + ", false)] {
        let Some((a, b)) = text.split_once(sign) else { continue };
        let (one, other) = (fact(a)?, fact(b)?);
        let value = match (number(one), number(other)) {
            (Some(a), Some(b)) => {
                let sum = if minus { a.checked_sub(b) } else { a.checked_add(b) };
                FactValue::Number(sum.ok_or_else(|| wrong("too large".to_owned()))?)
            }
            _ if one.value == FactValue::Absent || other.value == FactValue::Absent => FactValue::Absent,
            _ => return Err(wrong("not a number".to_owned())),
        };
        return Ok(Fact { value, from: joined(one, other) });
    }
    fact(text).cloned()
}

fn number(fact: &Fact) -> Option<Decimal> {
    match fact.value {
        FactValue::Number(number) => Some(number),
        _ => None,
    }
}

fn joined(one: &Fact, other: &Fact) -> String {
    match (&*one.from, &*other.from) {
        (a, b) if a == b || b.is_empty() => a.to_owned(),
        ("", b) => b.to_owned(),
        (a, b) => format!("{a};{b}"),
    }
}

/// A share in per cent, rounded half-up on the exact quotient.
fn percent(of: Decimal, by: Decimal, digits: u32) -> Option<String> {
    let scale = of.scale().max(by.scale());
    let whole = |mut number: Decimal| -> Option<i128> {
        number.rescale(scale);
        (number.scale() == scale).then(|| number.mantissa())
    };
    let (of, by) = (whole(of)?, whole(by)?);
    if of < 0 || by <= 0 || digits > 10 {
        return None;
    }
    let of = of.checked_mul(100)?.checked_mul(10_i128.checked_pow(digits)?)?;
    let rounded = of.checked_mul(2)?.checked_add(by)?.checked_div(by.checked_mul(2)?)?;
    Some(format!("{}%", Decimal::try_from_i128_with_scale(rounded, digits).ok()?))
}

/// The record that has the sum of each number of some records. What only some of them have as a
/// number, or not all as numbers or absent, it lacks.
pub(super) fn total(records: &[&Record]) -> Record {
    let mut total = Record::new();
    let Some(first) = records.first() else { return total };
    for key in first.keys() {
        let parts: Option<Vec<_>> = records.iter().map(|record| record.get(key).and_then(number)).collect();
        let sum = parts.and_then(|parts| parts.into_iter().try_fold(Decimal::ZERO, Decimal::checked_add));
        if let Some(sum) = sum {
            total.insert(key.clone(), Fact { value: FactValue::Number(sum), from: "合计".to_owned() });
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_rounded_once_half_up() {
        for (of, by, digits, shown) in [
            (6, 7, 1, "85.7%"),
            (14, 15, 1, "93.3%"),
            (1, 8, 1, "12.5%"),
            (1, 16, 1, "6.3%"),
            (5, 6, 2, "83.33%"),
            (0, 1, 1, "0.0%"),
            (8, 8, 2, "100.00%"),
        ] {
            assert_eq!(percent(of.into(), by.into(), digits).as_deref(), Some(shown), "{of}/{by}");
        }
    }
}
