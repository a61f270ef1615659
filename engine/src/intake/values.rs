//! Turns what stands in a cell into a typed value, and says what was odd about it.
//! Knows no table: the caller says what is wanted.

use rust_decimal::Decimal;
use unicode_normalization::UnicodeNormalization;

use super::grid::{Content, GridCell, day_of_serial, decimal};
use super::layout::Kind;
use super::names::normal_key;
use crate::model::{Date, HazardLevel, ProblemCode, Value, Verdict};

/// What a cell should hold.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Its type.
    pub kind: Kind,
    /// Unit of a number; empty where none.
    pub unit: &'a str,
    /// Unit that the header writes in brackets; empty where none.
    pub header_unit: &'a str,
    /// Words in a date's place that mean the day of the check.
    pub same_day: &'a [String],
    /// Words in a number's place that mean the line does not apply.
    pub excused: &'a [String],
    /// Words that mean there is nothing to say.
    pub nothing: &'a [String],
    /// A bare number above this, in a column of 万元, is taken for 元.
    pub yuan_above: Option<Decimal>,
    /// Whether it stands in a row of a list, which a day that does not exist leaves out of totals.
    pub listed: bool,
    /// Whether nothing is counted by it.
    pub aside: bool,
}

impl Wanted<'_> {
    /// A value of this type and nothing more.
    pub const fn plain(kind: Kind) -> Self {
        Self {
            kind,
            unit: "",
            header_unit: "",
            same_day: &[],
            excused: &[],
            nothing: &[],
            yuan_above: None,
            listed: false,
            aside: false,
        }
    }

    fn date_invalid(&self) -> Remark {
        let arg =
            if self.listed { "日历上没有的日期,本行不计入汇总" } else { "日历上的日期" };
        remark(ProblemCode::DateInvalid, arg)
    }

    fn date_ambiguous(&self, text: &str) -> Remark {
        let arg =
            if is_without_order(text) { "日、月、年次序不明,不猜测" } else { "年-月-日" };
        let aside = if self.aside { "(不影响统计)" } else { "" };
        remark(ProblemCode::DateAmbiguous, format!("{arg}{aside}"))
    }
}

/// What a cell's value may depend on beside the cell.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context {
    /// Whether serial numbers of dates count from 1904.
    pub epoch_1904: bool,
    /// Year for dates that have none.
    pub year: Option<i16>,
    /// Day of the check.
    pub check_date: Option<Date>,
}

/// Something odd about a cell: what, and what goes into the problem's sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// What kind.
    pub code: ProblemCode,
    /// The sentence's parameter; empty where it has none.
    pub arg: String,
}

fn remark(code: ProblemCode, arg: impl Into<String>) -> Remark {
    Remark { code, arg: arg.into() }
}

/// Reads a cell that is not empty.
///
/// Shape: the value and everything odd about the cell. `Absent` when it holds nothing that counts,
/// `Fault` when it holds something else than wanted.
pub fn read(cell: &GridCell<'_>, wanted: &Wanted<'_>, context: &Context) -> (Value, Vec<Remark>) {
    let mut remarks = Vec::new();
    let value = match &cell.content {
        Content::Uncalculated => {
            remarks.push(remark(ProblemCode::FormulaUncalculated, ""));
            return (Value::Absent, remarks);
        }
        Content::Error(_) => {
            remarks.push(remark(ProblemCode::CellError, ""));
            return (Value::Absent, remarks);
        }
        Content::Text(shown) => {
            let text = shown.trim();
            if text.is_empty() {
                return (Value::Absent, remarks);
            }
            // A stored result may begin with "=" (pictures in cells do); only typed text is odd.
            if text.starts_with(['=', '＝']) && !cell.formula {
                remarks.push(remark(ProblemCode::FormulaText, "按文本处理"));
            }
            return (read_text(text, shown, wanted, context, &mut remarks), remarks);
        }
        other => other,
    };
    let day = match value {
        Content::Serial(serial) => day_of_serial(*serial, context.epoch_1904),
        Content::IsoDate(text) => text.get(..10).and_then(|day| match parse_day(day) {
            Written::Day(day) => Some(day),
            _ => None,
        }),
        _ => None,
    };
    let number = match value {
        Content::Number(number) => Some(*number),
        _ => None,
    };
    if let (Kind::Date, Some(day)) = (wanted.kind, day) {
        return (Value::Day(day), remarks);
    }
    let shown = cell.shown(context.epoch_1904);
    let value = match wanted.kind {
        Kind::Text => Value::Text(shown),
        Kind::Code | Kind::CreditCode => match number {
            // A float holds 15 digits; the rest of a longer number is gone from the file.
            Some(number) if number.abs() >= 1e15 => {
                remarks.push(remark(ProblemCode::DigitsLost, ""));
                Value::Fault(shown)
            }
            _ => Value::Text(shown),
        },
        Kind::Number => match number.and_then(decimal) {
            Some(number) => own_unit(number, wanted, &shown, &mut remarks),
            None => {
                remarks.push(remark(ProblemCode::NumberInvalid, ""));
                Value::Fault(shown)
            }
        },
        Kind::Percent => match number.and_then(decimal) {
            Some(number) => not_negative(number, &shown, &mut remarks),
            None => {
                remarks.push(remark(ProblemCode::NumberInvalid, ""));
                Value::Fault(shown)
            }
        },
        Kind::Date => match number {
            Some(number) => read_bare_number(number, &shown, wanted, context, &mut remarks),
            None => {
                remarks.push(wanted.date_invalid());
                Value::Fault(shown)
            }
        },
        Kind::Verdict => {
            remarks.push(remark(ProblemCode::VerdictUnknown, ""));
            Value::Fault(shown)
        }
        Kind::Level => {
            remarks.push(remark(ProblemCode::LevelUnknown, ""));
            Value::Fault(shown)
        }
    };
    (value, remarks)
}

/// Reads text that is not a cell of its own: what stands behind a label. Being text is not odd.
pub fn read_inline(text: &str, wanted: &Wanted<'_>, context: &Context) -> (Value, Vec<Remark>) {
    let mut remarks = Vec::new();
    let value = read_text(text.trim(), text, wanted, context, &mut remarks);
    remarks.retain(|remark| remark.code != ProblemCode::DateText);
    (value, remarks)
}

/// Reads a cell whose type nobody declared: by what it holds. Text becomes a day or a number only
/// where it can be nothing else; identifiers stay text.
pub fn read_free(cell: &GridCell<'_>, context: &Context) -> (Value, Vec<Remark>) {
    let wanted = Wanted::plain;
    let kind = match &cell.content {
        Content::Number(_) => Kind::Number,
        Content::Serial(_) | Content::IsoDate(_) => Kind::Date,
        Content::Flag(flag) => return (Value::Flag(*flag), Vec::new()),
        Content::Text(text) => return (free_text(text), read(cell, &wanted(Kind::Text), context).1),
        _ => Kind::Text,
    };
    let (value, remarks) = read(cell, &wanted(kind), context);
    match value {
        // A number beyond our digits, or a time of day, is still something that stands there.
        Value::Fault(shown) => (Value::Text(shown), Vec::new()),
        value => (value, remarks),
    }
}

/// The same for text.
pub fn free_text(text: &str) -> Value {
    let text = text.trim();
    if text.is_empty() {
        return Value::Absent;
    }
    if let Written::Day(day) = parse_day(text) {
        return Value::Day(day);
    }
    let folded = fold(text);
    let plain = folded.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let id = folded.len() > 10 || (folded.starts_with('0') && !folded.starts_with("0.") && folded != "0");
    match folded.parse() {
        Ok(number) if plain && !id => Value::Number(number),
        _ => Value::Text(text.to_owned()),
    }
}

fn read_text(
    text: &str,
    shown: &str,
    wanted: &Wanted<'_>,
    context: &Context,
    remarks: &mut Vec<Remark>,
) -> Value {
    let fault = || Value::Fault(shown.to_owned());
    if !wanted.nothing.is_empty() && wanted.nothing.contains(&normal_key(text)) {
        return Value::Absent;
    }
    match wanted.kind {
        Kind::Text | Kind::Code => Value::Text(text.to_owned()),
        Kind::CreditCode | Kind::Level if is_dash(text) => Value::Absent,
        Kind::CreditCode => {
            let code: String = text.nfkc().filter(|c| !c.is_whitespace()).collect::<String>().to_uppercase();
            if code != shown {
                remarks.push(remark(ProblemCode::CodeCaseSpace, code.clone()));
            }
            Value::Text(code)
        }
        Kind::Number if wanted.excused.contains(&normal_key(text)) => Value::Verdict(Verdict::NotApplicable),
        Kind::Number => read_number(text, shown, wanted, remarks),
        Kind::Percent if is_dash(text) => Value::Absent,
        Kind::Percent => {
            let folded = fold(text);
            match plain_percent(&folded).or_else(|| plain_number(folded.trim())) {
                Some(number) => not_negative(number, shown, remarks),
                None => {
                    remarks.push(remark(ProblemCode::NumberInvalid, ""));
                    fault()
                }
            }
        }
        Kind::Date => read_date(text, shown, wanted, context, remarks),
        Kind::Verdict => match verdict(text) {
            Some(verdict) => Value::Verdict(verdict),
            None => {
                remarks.push(remark(ProblemCode::VerdictUnknown, ""));
                fault()
            }
        },
        Kind::Level => match level(text) {
            Some(level) => Value::Level(level),
            None => {
                remarks.push(remark(ProblemCode::LevelUnknown, ""));
                fault()
            }
        },
    }
}

/// Marks that stand for an empty cell where a number, a day, a level or a credit code is wanted.
fn is_dash(text: &str) -> bool {
    matches!(text, "/" | "／" | "-" | "－" | "—" | "——")
}

/// The words and marks of a verdict.
/// Source: the offices' check sheets; a word that is not here is asked about, never guessed.
const VERDICTS: &[(&str, Verdict)] = &[
    ("符合", Verdict::Pass),
    ("√", Verdict::Pass),
    ("✓", Verdict::Pass),
    ("是", Verdict::Pass),
    ("合格", Verdict::Pass),
    ("部分符合", Verdict::Partial),
    ("基本符合", Verdict::Partial),
    ("不符合", Verdict::Fail),
    ("×", Verdict::Fail),
    ("✗", Verdict::Fail),
    ("否", Verdict::Fail),
    ("不合格", Verdict::Fail),
    ("不涉及", Verdict::NotApplicable),
    ("缺项", Verdict::NotApplicable),
    ("不适用", Verdict::NotApplicable),
    ("空项", Verdict::NotApplicable),
    ("/", Verdict::NotApplicable),
    ("—", Verdict::NotApplicable),
    ("未查", Verdict::NotChecked),
    ("未检查", Verdict::NotChecked),
    ("待查", Verdict::NotChecked),
];

/// The verdict a word or mark stands for.
pub fn verdict(text: &str) -> Option<Verdict> {
    let of = |key: &str| VERDICTS.iter().find(|(word, _)| *word == key).map(|(_, verdict)| *verdict);
    of(text).or_else(|| of(&normal_key(text)))
}

/// The level of hazard a word stands for: 重大 and whatever begins with it, or 一般.
pub fn level(text: &str) -> Option<HazardLevel> {
    let key = normal_key(text);
    if key.starts_with("重大") {
        Some(HazardLevel::Major)
    } else if matches!(key.as_str(), "一般" | "一般隐患") {
        Some(HazardLevel::General)
    } else {
        None
    }
}

/// Full-width digits, letters and signs as their half-width forms; nothing else is touched.
fn fold(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            '\u{3000}' => ' ',
            c => c,
        })
        .collect()
}

fn has_full_width_digits(text: &str) -> bool {
    text.chars().any(|c| ('０'..='９').contains(&c))
}

/// Ways to write kilograms.
const KILOGRAMS: &[&str] = &["kg", "千克", "公斤"];

fn is_unit(word: &str, unit: &str) -> bool {
    !unit.is_empty() && (word.eq_ignore_ascii_case(unit) || (unit == "t" && word == "吨"))
}

fn read_number(text: &str, shown: &str, wanted: &Wanted<'_>, remarks: &mut Vec<Remark>) -> Value {
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
        return Value::Fault(shown.to_owned());
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
fn own_unit(number: Decimal, wanted: &Wanted<'_>, shown: &str, remarks: &mut Vec<Remark>) -> Value {
    if wanted.unit == "t" && KILOGRAMS.iter().any(|kg| wanted.header_unit.eq_ignore_ascii_case(kg)) {
        tonnes(number, shown, remarks)
    } else if wanted.unit == WAN && wanted.header_unit == YUAN {
        ten_thousands(number, shown, remarks)
    } else if wanted.unit == WAN && wanted.yuan_above.is_some_and(|most| number > most) {
        // Nobody spends that much: the cell was filled in 元. It counts for nothing until a person
        // has put it right.
        let meant = number.checked_mul(Decimal::new(1, 4)).unwrap_or(number);
        remarks.push(remark(ProblemCode::UnitYuanInWan, meant.normalize().to_string()));
        Value::Fault(shown.to_owned())
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
        return Value::Fault(shown.to_owned());
    };
    let value = not_negative(number.normalize(), shown, remarks);
    if let Value::Number(number) = &value {
        remarks.push(remark(code, number.to_string()));
    }
    value
}

fn not_negative(number: Decimal, shown: &str, remarks: &mut Vec<Remark>) -> Value {
    if number.is_sign_negative() && !number.is_zero() {
        remarks.push(remark(ProblemCode::NumberNegative, ""));
        return Value::Fault(shown.to_owned());
    }
    Value::Number(number)
}

/// The number before a percent sign.
fn plain_percent(text: &str) -> Option<Decimal> {
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
fn plain_number(text: &str) -> Option<Decimal> {
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

/// A bare number where a day is wanted: a serial number, or a day written without separators.
fn read_bare_number(
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
            Value::Fault(shown.to_owned())
        }
        _ => {
            remarks.push(wanted.date_ambiguous(shown));
            Value::Absent
        }
    }
}

fn read_date(
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
                return Value::Fault(shown.to_owned());
            }
            None => None,
        },
        Written::NoSuchDay => {
            remarks.push(wanted.date_invalid());
            return Value::Fault(shown.to_owned());
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
enum Written {
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
fn parse_day(text: &str) -> Written {
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
fn is_without_order(text: &str) -> bool {
    let folded = fold(text);
    let parts: Vec<_> = folded.trim().split(['-', '/', '.']).collect();
    parts.len() == 3
        && parts[0].len() <= 2
        && parts
            .iter()
            .all(|part| (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::model::CellRef;

    fn wanted(kind: Kind) -> Wanted<'static> {
        Wanted::plain(kind)
    }

    fn check(content: Content<'_>, wanted: &Wanted<'_>, expected: &str) {
        let cell = GridCell { at: CellRef::new(0, 0), content, formula: false };
        let context =
            Context { year: Some(2026), check_date: Some(Date::constant(2026, 7, 16)), epoch_1904: false };
        let (value, remarks) = read(&cell, wanted, &context);
        let mut found = match value {
            Value::Absent => "absent".to_owned(),
            Value::Text(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Day(day) => day.to_string(),
            Value::Fault(text) => format!("fault {text}"),
            Value::Verdict(verdict) => verdict.key().to_owned(),
            Value::Level(level) => level.key().to_owned(),
            Value::Flag(flag) => flag.to_string(),
        };
        for remark in remarks {
            found.push_str(&format!(" ! {} {}", remark.code.key(), remark.arg));
        }
        assert_eq!(found.trim_end(), expected, "{:?}", cell.content);
    }

    fn text(text: &str) -> Content<'_> {
        Content::Text(Cow::Borrowed(text))
    }

    #[test]
    fn verdict_words_and_marks() {
        for (word, verdict) in [
            ("符合", "pass"),
            (" √ ", "pass"),
            ("✓", "pass"),
            ("是", "pass"),
            ("合格", "pass"),
            ("部分符合", "partial"),
            ("基本符合", "partial"),
            ("不 符 合", "fail"),
            ("×", "fail"),
            ("✗", "fail"),
            ("否", "fail"),
            ("不合格", "fail"),
            ("不涉及", "not-applicable"),
            ("缺项", "not-applicable"),
            ("不适用", "not-applicable"),
            ("空项", "not-applicable"),
            ("/", "not-applicable"),
            ("／", "not-applicable"),
            ("—", "not-applicable"),
            ("未查", "not-checked"),
            ("未检查", "not-checked"),
            ("待查", "not-checked"),
            ("大概", "fault 大概 ! verdict_unknown"),
            ("   ", "absent"),
        ] {
            check(text(word), &wanted(Kind::Verdict), verdict);
        }
        check(Content::Number(1.0), &wanted(Kind::Verdict), "fault 1 ! verdict_unknown");
    }

    #[test]
    fn levels() {
        for (word, level) in [
            ("重大", "major"),
            ("重大隐患(消防)", "major"),
            ("一般", "general"),
            ("一般隐患", "general"),
            ("较大", "fault 较大 ! level_unknown"),
            ("—", "absent"),
        ] {
            check(text(word), &wanted(Kind::Level), level);
        }
    }

    #[test]
    fn dates_in_every_spelling() {
        let date = Wanted {
            same_day: &["立即整改".to_owned(), "立行立改".to_owned()], ..wanted(Kind::Date)
        };
        for (word, day) in [
            ("2026-10-21", "2026-10-21 ! date_text 2026-10-21"),
            ("2026/1/2", "2026-01-02 ! date_text 2026-01-02"),
            ("2026.9.15", "2026-09-15 ! date_text 2026-09-15"),
            ("2026年7月16日", "2026-07-16 ! date_text 2026-07-16"),
            ("2026 年 7 月 16 日", "2026-07-16 ! date_text 2026-07-16"),
            ("20261021", "2026-10-21 ! date_text 2026-10-21"),
            ("２０２６．３．７", "2026-03-07 ! date_text 2026-03-07"),
            ("2026-07-16 10:30", "2026-07-16 ! date_text 2026-07-16"),
            ("10月21日", "2026-10-21 ! date_no_year 2026-10-21"),
            ("2026年9月31日", "fault 2026年9月31日 ! date_invalid 日历上的日期"),
            ("20260230", "fault 20260230 ! date_invalid 日历上的日期"),
            ("2月30日", "fault 2月30日 ! date_invalid 日历上的日期"),
            ("31-12-26", "absent ! date_ambiguous 日、月、年次序不明,不猜测"),
            ("12/31/2026", "absent ! date_ambiguous 日、月、年次序不明,不猜测"),
            ("2026年9月", "absent ! date_ambiguous 年-月-日"),
            ("长期", "absent ! date_ambiguous 年-月-日"),
            ("2026-10.21", "absent ! date_ambiguous 年-月-日"),
            ("立即整改", "2026-07-16"),
            ("立行立改", "2026-07-16"),
            ("/", "absent"),
            ("—", "absent"),
        ] {
            check(text(word), &date, day);
        }
        for (content, day) in [
            (Content::Serial(46_246.0), "2026-08-12"),
            (Content::Number(46_246.0), "2026-08-12 ! date_serial 2026-08-12"),
            (Content::Number(20_261_021.0), "2026-10-21 ! date_text 2026-10-21"),
            (Content::Number(20_260_931.0), "fault 20260931 ! date_invalid 日历上的日期"),
            (Content::Number(39_999.0), "absent ! date_ambiguous 年-月-日"),
            (Content::Number(60_001.0), "absent ! date_ambiguous 年-月-日"),
            (Content::Serial(0.5), "fault 0.5 ! date_invalid 日历上的日期"),
            (Content::IsoDate("2026-03-05T00:00:00".to_owned()), "2026-03-05"),
            (Content::Flag(true), "fault TRUE ! date_invalid 日历上的日期"),
            (Content::Error("#N/A".to_owned()), "absent ! cell_error"),
            (Content::Uncalculated, "absent ! formula_uncalculated"),
        ] {
            check(content, &date, day);
        }
    }

    #[test]
    fn numbers_and_units() {
        let tonnes = Wanted { unit: "t", header_unit: "t", ..wanted(Kind::Number) };
        for (word, number) in [
            ("9", "9"),
            ("９", "9 ! full_width_digits 9"),
            ("１５", "15 ! full_width_digits 15"),
            ("350000kg", "350 ! unit_kg_in_t 350"),
            ("350 千克", "0.35 ! unit_kg_in_t 0.35"),
            ("５ＫＧ", "0.005 ! unit_kg_in_t 0.005 ! full_width_digits 0.005"),
            ("12.5t", "12.5"),
            ("12.5吨", "12.5"),
            ("1,234.5", "1234.5"),
            ("12,34", "fault 12,34 ! number_invalid"),
            ("约5", "fault 约5 ! number_invalid"),
            ("5m", "fault 5m ! number_invalid"),
            ("1.2.3", "fault 1.2.3 ! number_invalid"),
            ("5.", "fault 5. ! number_invalid"),
            ("-5", "fault -5 ! number_negative"),
            ("-0", "0"),
            ("/", "absent"),
            ("", "absent"),
            ("99999999999999999999999999999999", "fault 99999999999999999999999999999999 ! number_invalid"),
        ] {
            check(text(word), &tonnes, number);
        }
        let kilograms = Wanted { header_unit: "kg", ..tonnes };
        check(Content::Number(350_000.0), &kilograms, "350 ! unit_kg_in_t 350");
        check(text("3t"), &kilograms, "3");
        let money = Wanted {
            unit: "万元",
            header_unit: "万元",
            yuan_above: Some(Decimal::from(500)),
            ..wanted(Kind::Number)
        };
        for (word, number) in [
            ("3500元", "0.35 ! unit_text_converted 0.35"),
            ("0.3万元", "0.3"),
            ("2万", "2"),
            ("500", "500"),
            ("18000", "fault 18000 ! unit_yuan_in_wan 1.8"),
        ] {
            check(text(word), &money, number);
        }
        check(Content::Number(18_000.0), &money, "fault 18000 ! unit_yuan_in_wan 1.8");
        check(text("500"), &Wanted { header_unit: "元", ..money }, "0.05 ! unit_text_converted 0.05");
        let excused = ["缺项".to_owned()];
        let points = Wanted { excused: &excused, ..wanted(Kind::Number) };
        check(text("缺 项"), &points, "not-applicable");
        for (word, number) in [
            ("三", "3 ! chinese_numeral 3"),
            ("十二", "12 ! chinese_numeral 12"),
            ("两千零五", "2005 ! chinese_numeral 2005"),
            ("一百三十万", "1300000 ! chinese_numeral 1300000"),
            ("零", "0 ! chinese_numeral 0"),
            ("二百零五", "205 ! chinese_numeral 205"),
            ("二百五十", "250 ! chinese_numeral 250"),
            ("二百五", "fault 二百五 ! number_invalid"),
            ("三万五", "fault 三万五 ! number_invalid"),
            ("万", "fault 万 ! number_invalid"),
            ("二〇二六", "fault 二〇二六 ! number_invalid"),
            ("十二项", "fault 十二项 ! number_invalid"),
            ("三五个", "fault 三五个 ! number_invalid"),
        ] {
            check(text(word), &points, number);
        }
        check(text("十二项"), &Wanted { unit: "项", ..points }, "12 ! chinese_numeral 12");
        for (word, number) in [
            ("88.89%", "88.89"),
            ("１００％", "100"),
            ("/", "absent"),
            ("约80%", "fault 约80% ! number_invalid"),
        ] {
            check(text(word), &wanted(Kind::Percent), number);
        }
        check(Content::Number(1.15), &wanted(Kind::Number), "1.15");
        check(Content::Number(-2.0), &wanted(Kind::Number), "fault -2 ! number_negative");
        check(Content::Number(1e300), &wanted(Kind::Number), "fault 1e300 ! number_invalid");
        check(Content::Serial(46_246.0), &wanted(Kind::Number), "fault 2026-08-12 ! number_invalid");
    }

    #[test]
    fn codes_keep_their_form() {
        for (content, kind, code) in [
            (text("001234"), Kind::Code, "001234"),
            (Content::Number(13_800_000_001.0), Kind::Code, "13800000001"),
            (
                Content::Number(110_101_199_003_071_234.0),
                Kind::Code,
                "fault 110101199003071230 ! digits_lost",
            ),
            (
                text("91370998ma3fake0ak "),
                Kind::CreditCode,
                "91370998MA3FAKE0AK ! code_case_space 91370998MA3FAKE0AK",
            ),
            (text("91370998MA3FAKE01P"), Kind::CreditCode, "91370998MA3FAKE01P"),
            (text("/"), Kind::CreditCode, "absent"),
            (text("/"), Kind::Code, "/"),
            (text("无"), Kind::Text, "无"),
            (text("=1+1"), Kind::Text, "=1+1 ! formula_text 按文本处理"),
        ] {
            check(content, &wanted(kind), code);
        }
    }

    #[test]
    fn undeclared_values_are_read_by_what_they_hold() {
        for (word, value) in [
            ("35", Value::Number(Decimal::from(35))),
            ("0.5", Value::Number(Decimal::new(5, 1))),
            ("007", Value::Text("007".to_owned())),
            ("13800000001", Value::Text("13800000001".to_owned())),
            ("2026.9.1", Value::Day(Date::constant(2026, 9, 1))),
            ("加油站", Value::Text("加油站".to_owned())),
            (" ", Value::Absent),
        ] {
            assert_eq!(free_text(word), value);
        }
    }
}
