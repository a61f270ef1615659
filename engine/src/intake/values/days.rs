//! Days as offices write them.
//! Guesses no order of day, month and year.

use super::super::grid::day_of_serial;
use super::super::names::normal_key;
use super::{Context, Remark, Wanted, fold, is_dash, remark};
use crate::model::{Date, ProblemCode, Value};

/// A bare number where a day is wanted: a serial number, or a day written without separators.
pub fn read_bare_number(
    number: f64,
    shown: &str,
    wanted: &Wanted<'_>,
    context: &Context,
    remarks: &mut Vec<Remark>,
) -> Value {
    let days = if context.epoch_1904 { number + 1_462.0 } else { number };
    if (40_000.0..=60_000.0).contains(&days)
        && let Some(day) = day_of_serial(number, context.epoch_1904)
    {
        remarks.push(remark(ProblemCode::DateSerial, day.to_string()));
        return Value::Day(day);
    }
    match parse_day(shown) {
        Written::Day(day) => {
            remarks.push(remark(ProblemCode::DateText, day.to_string()));
            Value::Day(day)
        }
        Written::NoSuchDay => {
            remarks.push(wanted.date_invalid());
            Value::Fault(shown.into())
        }
        _ => {
            remarks.push(wanted.date_ambiguous(shown));
            Value::Absent
        }
    }
}

pub fn read_date(
    text: &str,
    shown: &str,
    wanted: &Wanted<'_>,
    context: &Context,
    remarks: &mut Vec<Remark>,
) -> Value {
    if is_dash(text) {
        return Value::Absent;
    }
    if wanted.same_day.contains(&normal_key(text)) {
        return context.check_date.map_or(Value::Absent, Value::Day);
    }
    let found = match parse_day(text) {
        Written::Day(day) => Some((ProblemCode::DateText, day)),
        Written::MonthDay(month, day) => match context.year.map(|year| Date::new(year, month, day)) {
            Some(Ok(day)) => Some((ProblemCode::DateNoYear, day)),
            Some(Err(_)) => {
                remarks.push(wanted.date_invalid());
                return Value::Fault(shown.into());
            }
            None => None,
        },
        Written::NoSuchDay => {
            remarks.push(wanted.date_invalid());
            return Value::Fault(shown.into());
        }
        Written::Other => None,
    };
    match found {
        Some((code, day)) => {
            remarks.push(remark(code, day.to_string()));
            Value::Day(day)
        }
        None => {
            remarks.push(wanted.date_ambiguous(text));
            Value::Absent
        }
    }
}

/// What a text says as a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// A day.
    Day(Date),
    /// Month and day.
    MonthDay(i8, i8),
    /// Written as a day, but the calendar has none such.
    NoSuchDay,
    /// Nothing that has one reading.
    Other,
}

/// Reads `2026-10-21 2026/10/21 2026.10.21 2026年10月21日 20261021` and `10月21日`, also full-width
/// and with a time of day behind it.
pub fn parse_day(text: &str) -> Written {
    let folded = fold(text);
    let mut words = folded.trim().split(|c: char| c.is_whitespace() || c == 'T');
    let mut compact = String::new();
    for word in words.by_ref() {
        if word.contains(':') {
            break;
        }
        compact.push_str(word);
    }
    if words.next().is_some() {
        return Written::Other;
    }
    let number = |digits: &str, longest: usize| -> Option<i16> {
        let fits = (1..=longest).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        fits.then(|| digits.parse().ok()).flatten()
    };
    let day = |year: &str, month: &str, day: &str| -> Written {
        let (Some(year), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2)) else {
            return Written::Other;
        };
        if !(1900..=2100).contains(&year) {
            return Written::Other;
        }
        Date::new(year, month as i8, day as i8).map_or(Written::NoSuchDay, Written::Day)
    };
    if let Some((head, tail)) = compact.split_once('月') {
        let tail = tail.strip_suffix(['日', '号']).unwrap_or(tail);
        return match head.split_once('年') {
            Some((year, month)) => day(year, month, tail),
            None => match (number(head, 2), number(tail, 2)) {
                (Some(month), Some(day)) => Written::MonthDay(month as i8, day as i8),
                _ => Written::Other,
            },
        };
    }
    if compact.len() == 8
        && compact.is_ascii()
        && let written @ (Written::Day(_) | Written::NoSuchDay) =
            day(&compact[..4], &compact[4..6], &compact[6..])
    {
        return written;
    }
    for separator in ['-', '/', '.'] {
        let mut parts = compact.split(separator);
        if let (Some(year), Some(month), Some(last), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        {
            return if year.len() == 4 { day(year, month, last) } else { Written::Other };
        }
    }
    Written::Other
}

/// Whether a text is three numbers of which none must be the year.
pub fn is_without_order(text: &str) -> bool {
    let folded = fold(text);
    let parts: Vec<_> = folded.trim().split(['-', '/', '.']).collect();
    parts.len() == 3
        && parts[0].len() <= 2
        && parts
            .iter()
            .all(|part| (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit()))
}
