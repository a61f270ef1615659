//! Turns what stands in a cell into a typed value, and says what was odd about it.
//! Knows no table: the caller says what is wanted.

mod days;
mod numbers;
#[cfg(test)]
mod tests;

use rust_decimal::Decimal;
use unicode_normalization::UnicodeNormalization;

use self::days::{Written, is_without_order, parse_day, read_bare_number, read_date};
use self::numbers::{not_negative, own_unit, plain_number, plain_percent, read_number};
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
        Kind::Text => Value::Text(shown.into()),
        Kind::Code | Kind::CreditCode => match number {
            // A float holds 15 digits; the rest of a longer number is gone from the file.
            Some(number) if number.abs() >= 1e15 => {
                remarks.push(remark(ProblemCode::DigitsLost, ""));
                Value::Fault(shown.into())
            }
            _ => Value::Text(shown.into()),
        },
        Kind::Number => match number.and_then(decimal) {
            Some(number) => own_unit(number, wanted, &shown, &mut remarks),
            None => {
                remarks.push(remark(ProblemCode::NumberInvalid, ""));
                Value::Fault(shown.into())
            }
        },
        Kind::Percent => match number.and_then(decimal) {
            Some(number) => not_negative(number, &shown, &mut remarks),
            None => {
                remarks.push(remark(ProblemCode::NumberInvalid, ""));
                Value::Fault(shown.into())
            }
        },
        Kind::Date => match number {
            Some(number) => read_bare_number(number, &shown, wanted, context, &mut remarks),
            None => {
                remarks.push(wanted.date_invalid());
                Value::Fault(shown.into())
            }
        },
        Kind::Verdict => {
            remarks.push(remark(ProblemCode::VerdictUnknown, ""));
            Value::Fault(shown.into())
        }
        Kind::Level => {
            remarks.push(remark(ProblemCode::LevelUnknown, ""));
            Value::Fault(shown.into())
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
        _ => Value::Text(text.into()),
    }
}

fn read_text(
    text: &str,
    shown: &str,
    wanted: &Wanted<'_>,
    context: &Context,
    remarks: &mut Vec<Remark>,
) -> Value {
    let fault = || Value::Fault(shown.into());
    if !wanted.nothing.is_empty() && wanted.nothing.contains(&normal_key(text)) {
        return Value::Absent;
    }
    match wanted.kind {
        Kind::Text | Kind::Code => Value::Text(text.into()),
        Kind::CreditCode | Kind::Level if is_dash(text) => Value::Absent,
        Kind::CreditCode => {
            let code: String = text.nfkc().filter(|c| !c.is_whitespace()).collect::<String>().to_uppercase();
            if code != shown {
                remarks.push(remark(ProblemCode::CodeCaseSpace, code.clone()));
            }
            Value::Text(code.into())
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
