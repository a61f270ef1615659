//! Numbers, quantities and percentages as offices write them.
//! Knows no day and no word of a verdict.

use rust_decimal::Decimal;

use super::{Remark, Wanted, fold, has_full_width_digits, is_dash, remark};
use crate::model::{ProblemCode, Value};

/// Ways to write kilograms.
const KILOGRAMS: &[&str] = &["kg", "千克", "公斤"];

fn is_unit(word: &str, unit: &str) -> bool {
    !unit.is_empty() && (word.eq_ignore_ascii_case(unit) || (unit == "t" && word == "吨"))
}

pub fn read_number(text: &str, shown: &str, wanted: &Wanted<'_>, remarks: &mut Vec<Remark>) -> Value {
    if is_dash(text) {
        return Value::Absent;
    }
    if let Some((number, word)) = chinese_number(text)
        && (word.is_empty() || is_unit(word, wanted.unit) || is_unit(word, wanted.header_unit))
    {
        remarks.push(remark(ProblemCode::ChineseNumeral, number.to_string()));
        return Value::Number(number);
    }
    let folded = fold(text);
    let split = folded
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '+')))
        .unwrap_or(folded.len());
    let (digits, word) = (&folded[..split], folded[split..].trim());
    let number = plain_number(digits).filter(|_| {
        word.is_empty()
            || is_unit(word, wanted.unit)
            || is_unit(word, wanted.header_unit)
            || (wanted.unit == "t" && KILOGRAMS.iter().any(|kg| word.eq_ignore_ascii_case(kg)))
            || (wanted.unit == WAN && matches!(word, YUAN | "万"))
    });
    let Some(number) = number else {
        remarks.push(remark(ProblemCode::NumberInvalid, ""));
        return Value::Fault(shown.into());
    };
    let value = if word.is_empty() {
        own_unit(number, wanted, shown, remarks)
    } else if wanted.unit == "t" && KILOGRAMS.iter().any(|kg| word.eq_ignore_ascii_case(kg)) {
        tonnes(number, shown, remarks)
    } else if wanted.unit == WAN && word == YUAN {
        ten_thousands(number, shown, remarks)
    } else {
        not_negative(number, shown, remarks)
    };
    if let (Value::Number(number), true) = (&value, has_full_width_digits(text)) {
        remarks.push(remark(ProblemCode::FullWidthDigits, number.normalize().to_string()));
    }
    value
}

/// A number without a unit of its own: it has the header's, which may be another than wanted.
pub fn own_unit(number: Decimal, wanted: &Wanted<'_>, shown: &str, remarks: &mut Vec<Remark>) -> Value {
    if wanted.unit == "t" && KILOGRAMS.iter().any(|kg| wanted.header_unit.eq_ignore_ascii_case(kg)) {
        tonnes(number, shown, remarks)
    } else if wanted.unit == WAN && wanted.header_unit == YUAN {
        ten_thousands(number, shown, remarks)
    } else if wanted.unit == WAN && wanted.yuan_above.is_some_and(|most| number > most) {
        // Nobody spends that much: the cell was filled in 元. It counts for nothing until a person
        // has put it right.
        let meant = number.checked_mul(Decimal::new(1, 4)).unwrap_or(number);
        remarks.push(remark(ProblemCode::UnitYuanInWan, meant.normalize().to_string()));
        Value::Fault(shown.into())
    } else {
        not_negative(number, shown, remarks)
    }
}

/// The units of money.
const WAN: &str = "万元";
const YUAN: &str = "元";

/// Yuan as 万元.
fn ten_thousands(yuan: Decimal, shown: &str, remarks: &mut Vec<Remark>) -> Value {
    converted(yuan, 4, ProblemCode::UnitTextConverted, shown, remarks)
}

/// Kilograms as tonnes.
fn tonnes(kilograms: Decimal, shown: &str, remarks: &mut Vec<Remark>) -> Value {
    converted(kilograms, 3, ProblemCode::UnitKgInT, shown, remarks)
}

/// A number of a unit 10^`digits` times smaller than the column's, and a remark that says so.
fn converted(
    number: Decimal,
    digits: u32,
    code: ProblemCode,
    shown: &str,
    remarks: &mut Vec<Remark>,
) -> Value {
    let Some(number) = number.checked_mul(Decimal::new(1, digits)) else {
        return Value::Fault(shown.into());
    };
    let value = not_negative(number.normalize(), shown, remarks);
    if let Value::Number(number) = &value {
        remarks.push(remark(code, number.to_string()));
    }
    value
}

pub fn not_negative(number: Decimal, shown: &str, remarks: &mut Vec<Remark>) -> Value {
    if number.is_sign_negative() && !number.is_zero() {
        remarks.push(remark(ProblemCode::NumberNegative, ""));
        return Value::Fault(shown.into());
    }
    Value::Number(number)
}

/// The number before a percent sign.
pub fn plain_percent(text: &str) -> Option<Decimal> {
    plain_number(text.trim().strip_suffix('%')?.trim())
}

/// A whole number in Chinese numerals, and the word behind it: 十二项, 两千零五, 一百三十万.
/// Errors: `None` for anything that is not one, and for numbers of more than twelve digits.
fn chinese_number(text: &str) -> Option<(Decimal, &str)> {
    const DIGITS: &str = "零一二三四五六七八九";
    let digit = |c: char| match c {
        '〇' => Some(0),
        '两' => Some(2),
        _ => DIGITS.chars().position(|known| known == c).map(|digit| digit as i64),
    };
    let unit = |c: char| match c {
        '十' => Some(10_i64),
        '百' => Some(100),
        '千' => Some(1_000),
        _ => None,
    };
    let is_numeral = |c: char| digit(c).is_some() || unit(c).is_some() || c == '万';
    let end = text.find(|c| !is_numeral(c)).unwrap_or(text.len());
    let (numeral, word) = (&text[..end], text[end..].trim());
    if numeral.is_empty() || numeral.chars().count() > 16 {
        return None;
    }
    let (mut whole, mut part, mut held) = (0_i64, 0_i64, None);
    // The unit spoken last, until a zero is: 二百五 may be 205 or 250.
    let mut spoken = 1;
    for c in numeral.chars() {
        if let Some(digit) = digit(c) {
            // 二〇二六 is a row of digits, and no number that is said.
            if held.is_some_and(|held| held > 0) {
                return None;
            }
            if digit == 0 {
                spoken = 1;
            }
            held = Some(digit);
        } else if let Some(unit) = unit(c) {
            part += held.take().unwrap_or(1) * unit;
            spoken = unit;
        } else {
            let before = part + held.take().unwrap_or(0);
            if whole > 0 || before == 0 {
                return None;
            }
            (whole, part, spoken) = (before * 10_000, 0, 10_000);
        }
    }
    if spoken >= 100 && held.is_some_and(|held| held > 0) {
        return None;
    }
    Some((Decimal::from(whole + part + held.unwrap_or(0)), word))
}

/// Digits with a point, a sign, and commas between groups of three.
pub fn plain_number(text: &str) -> Option<Decimal> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let whole = unsigned.split('.').next().unwrap_or_default();
    if whole.contains(',') {
        let mut groups = whole.split(',');
        let first = groups.next().unwrap_or_default();
        if !(1..=3).contains(&first.len()) || !groups.all(|group| group.len() == 3) {
            return None;
        }
    }
    let fraction = &unsigned[whole.len()..];
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || fraction.contains(',') || !plain(&whole.replace(',', "")) {
        return None;
    }
    if let Some(digits) = fraction.strip_prefix('.')
        && (digits.is_empty() || !plain(digits))
    {
        return None;
    }
    Decimal::from_str_exact(&text.replace([',', '+'], "")).ok()
}
