//! 得分式: a review sheet on which every line earns points, instead of losing them.
//! Knows no line of it: the points stand on the sheet itself.

use anping_sdk::{
    Assessed, Decimal, Failure, Indicator, NamedScore, Note, Ratio, Reason, Row, Subject, Value,
};

use crate::{CHECKLIST, own};

/// How the host writes that a line does not apply.
const NOT_APPLICABLE: &str = "不涉及";

/// The columns of the table `review`, in its order.
#[derive(Debug, Clone, Copy)]
enum Column {
    Points = 2,
    Got = 3,
}

impl Column {
    fn value(self, row: &Row) -> &Value {
        row.cells.get(self as usize).unwrap_or(&Value::Absent)
    }

    const fn place(self, row: &Row) -> u32 {
        row.evidence + self as u32
    }
}

/// Scores one sheet: what was earned ÷ what could be, × 100.
///
/// Shape: the score of the scheme `review`, rounded once, and indicators of its parts; no score
/// where nothing could be earned. Notes for lines without points, and for points beyond the line's.
/// Errors: points of a line, or points earned, that are no number from 0.
/// Source: scheme `review` of the checklist.
pub fn score(subject: &Subject, assessed: &mut Assessed) -> Result<(), Failure> {
    let rows = subject.rows(&CHECKLIST, "review");
    if rows.is_empty() {
        return Err(Failure::new("得分表没有检查内容,无法评分"));
    }
    let (mut full, mut excused, mut got) = (Ratio::ZERO, Ratio::ZERO, Ratio::ZERO);
    for (index, row) in rows.iter().enumerate() {
        let line = Decimal::new(index as i64 + 1, 0);
        let points = number(Column::Points, row, "标准得分", line)?;
        full = sum(full, points.ratio())?;
        let mut note = |phrase: &str, params| {
            let reason = Reason { phrase: own(CHECKLIST.phrase_index(phrase)), params };
            assessed.notes.push(Note { reason, item: None, evidence: vec![Column::Got.place(row)] });
        };
        match Column::Got.value(row) {
            Value::Fault(text) if text == NOT_APPLICABLE => excused = sum(excused, points.ratio())?,
            Value::Absent => note("review-blank", vec![line.into()]),
            _ => {
                let earned = number(Column::Got, row, "实得分", line)?;
                if earned > points {
                    note("review-over", vec![line.into(), earned.into(), points.into()]);
                }
                got = sum(got, earned.min(points).ratio())?;
            }
        }
    }
    let possible = sum(full, excused.times(Ratio::whole(-1)).ok_or_else(too_large)?)?;
    let scheme = own(CHECKLIST.schemes.iter().position(|s| s.code == "review").map(|index| index as u32));
    let digits = CHECKLIST.schemes[scheme as usize].digits;
    let value = got.over(possible).and_then(|rate| rate.times(Ratio::whole(100)));
    let value = value.map(|score| shown(score, digits)).transpose()?;
    let evidence: Vec<_> = rows.iter().map(|row| Column::Got.place(row)).collect();
    let mut give = |code: &str, number: Decimal, working| {
        let (indicator, value) = (own(CHECKLIST.gives_index(code)), Value::Number(number));
        assessed.indicators.push(Indicator { indicator, value, working, evidence: evidence.clone() });
    };
    give("review_got", plain(got)?, Vec::new());
    give("review_possible", plain(possible)?, Vec::new());
    if let Some(value) = value {
        let params = vec![plain(got)?.into(), plain(full)?.into(), plain(excused)?.into(), value.into()];
        let working = Reason { phrase: own(CHECKLIST.phrase_index("review-score")), params };
        give("review_score", value, vec![working]);
    }
    assessed.scores.push(NamedScore { scheme, value, working: Vec::new() });
    Ok(())
}

fn number(column: Column, row: &Row, title: &str, line: Decimal) -> Result<Decimal, Failure> {
    match column.value(row) {
        Value::Number(number) if number.mantissa >= 0 => Ok(*number),
        other => {
            let written = match other {
                Value::Fault(text) => format!("“{text}”"),
                Value::Number(number) => format!("“{number}”"),
                _ => "空白".to_owned(),
            };
            let what = format!("得分表第 {line} 行{title}为{written},不是不小于 0 的数");
            Err(Failure::at(what, column.place(row)))
        }
    }
}

fn sum(one: Ratio, other: Ratio) -> Result<Ratio, Failure> {
    one.plus(other).ok_or_else(too_large)
}

fn shown(number: Ratio, digits: u8) -> Result<Decimal, Failure> {
    number.rounded(digits).ok_or_else(too_large)
}

/// Points have few digits; what the sheet types is shown as it is.
fn plain(points: Ratio) -> Result<Decimal, Failure> {
    (0..9)
        .filter_map(|digits| points.rounded(digits))
        .find(|short| short.ratio() == points)
        .map_or_else(|| shown(points, 9), Ok)
}

fn too_large() -> Failure {
    Failure::new("得分表的数字过大,无法精确计算")
}
