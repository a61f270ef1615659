//! 要素评分: a sheet of a few elements, each with a weight; one major hazard item vetoes it.
//! Knows no element and no weight: both stand on the sheet itself.

use anping_sdk::{
    Assessed, Decimal, Effect, Failure, Indicator, NamedScore, Param, Ratio, Row, Ruling, Scope, Subject,
    Value,
};

use crate::{CHECKLIST, reason};

/// The columns of the table `elements`, in its order.
#[derive(Debug, Clone, Copy)]
enum Column {
    Element = 0,
    Weight = 2,
    Points = 3,
    NotApplicable = 4,
    Got = 5,
    Major = 6,
}

impl Column {
    fn value(self, row: &Row) -> &Value {
        row.cells.get(self as usize).unwrap_or(&Value::Absent)
    }

    const fn place(self, row: &Row) -> u32 {
        row.evidence + self as u32
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Element => "要素",
            Self::Weight => "权重",
            Self::Points => "标准分",
            Self::NotApplicable => "缺项分",
            Self::Got => "实得分",
            Self::Major => "重大隐患项",
        }
    }
}

/// Scores one sheet: Σ weight × got ÷ (points − not applicable) × 100.
///
/// Shape: the score of the scheme `elements`, rounded once, with its working; a veto for each
/// element with a major hazard item. An element of which nothing applies leaves the weights, so that
/// the rest still reach full marks; no score where that is all of them.
/// Errors: a number that cannot be read or is below 0, weights that are not 1 together, more points
/// earned or excused than there are, a major hazard column that says neither 有 nor 无.
/// Source: scheme `elements` of the checklist.
pub fn score(subject: &Subject, assessed: &mut Assessed) -> Result<(), Failure> {
    let rows = subject.rows(&CHECKLIST, "elements");
    if rows.is_empty() {
        return Err(Failure::new("要素评分表没有要素,无法评分"));
    }
    let (mut weights, mut used, mut total) = (Ratio::ZERO, Ratio::ZERO, Ratio::ZERO);
    let mut working = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let name = name(row, index);
        let numbers = [Column::Weight, Column::Points, Column::NotApplicable, Column::Got];
        let [weight, points, excused, got] = numbers.map(|column| number(column, row, &name));
        let (weight, points, excused, got) = (weight?, points?, excused?, got?);
        weights = sum(weights, weight.ratio())?;
        let possible = sum(points.ratio(), negative(excused.ratio())?)?;
        let within = possible.at_least(got.ratio()).ok_or_else(too_large)?;
        if !within {
            let what = format!("要素“{name}”的实得分 {got} 与缺项分 {excused} 之和超过标准分 {points}");
            return Err(Failure::at(what, Column::Got.place(row)));
        }
        match rate(got, possible)? {
            Some(rate) => {
                let part = rate.times(weight.ratio()).ok_or_else(too_large)?;
                used = sum(used, weight.ratio())?;
                total = sum(total, part)?;
                let part = part.rounded(4).ok_or_else(too_large)?;
                let params = vec![
                    quoted(&name),
                    got.into(),
                    points.into(),
                    excused.into(),
                    weight.into(),
                    part.into(),
                ];
                working.push(reason("element-part", params));
            }
            None => working.push(reason("element-excused", vec![quoted(&name), weight.into()])),
        }
        if is_major(row, &name)? {
            assessed.rulings.push(Ruling {
                effect: Effect::Veto(Scope::Total),
                items: Vec::new(),
                reason: reason("element-major", vec![quoted(&name)]),
                edition: None,
                evidence: vec![Column::Major.place(row)],
            });
        }
    }
    if weights != Ratio::whole(1) {
        let shown = weights.rounded(4).ok_or_else(too_large)?;
        let what = format!("权重之和为 {shown},应为 1");
        return Err(Failure::at(what, Column::Weight.place(&rows[0])));
    }
    let scheme = CHECKLIST.schemes.iter().position(|scheme| scheme.code == "elements");
    let scheme = scheme.expect("the scheme is in checklist.toml: a golden case asks for it");
    let value = match total.over(used) {
        Some(score) => Some(score.rounded(CHECKLIST.schemes[scheme].digits).ok_or_else(too_large)?),
        None => None,
    };
    if let Some(value) = value {
        working.push(reason("elements-sum", vec![value.into()]));
        let indicator =
            CHECKLIST.gives_index("elements_score").expect("a golden case asks for the indicator");
        let evidence = rows.iter().map(|row| Column::Got.place(row)).collect();
        assessed.indicators.push(Indicator { indicator, value: Value::Number(value), working, evidence });
    }
    assessed.scores.push(NamedScore { scheme: scheme as u32, value, working: Vec::new() });
    Ok(())
}

/// What a sentence calls an element.
fn name(row: &Row, index: usize) -> String {
    match Column::Element.value(row) {
        Value::Text(text) if !text.is_empty() => text.clone(),
        _ => format!("第{}行", index + 1),
    }
}

fn quoted(name: &str) -> Param {
    Param::quote(name)
}

fn number(column: Column, row: &Row, name: &str) -> Result<Decimal, Failure> {
    match column.value(row) {
        Value::Number(number) if number.mantissa >= 0 => Ok(*number),
        // Nothing written in 缺项分 says that nothing is left out.
        Value::Absent if matches!(column, Column::NotApplicable) => Ok(Decimal::ZERO),
        other => {
            let written = match other {
                Value::Fault(text) | Value::Text(text) => format!("“{text}”"),
                Value::Number(number) => format!("“{number}”"),
                _ => "空白".to_owned(),
            };
            let what = format!("要素“{name}”的{}为{written},不是不小于 0 的数", column.title());
            Err(Failure::at(what, column.place(row)))
        }
    }
}

fn is_major(row: &Row, name: &str) -> Result<bool, Failure> {
    match Column::Major.value(row) {
        Value::Flag(flag) => Ok(*flag),
        _ => {
            let what = format!("要素“{name}”的重大隐患项应填 有 或 无");
            Err(Failure::at(what, Column::Major.place(row)))
        }
    }
}

/// Percent of what was possible; `None` where nothing was.
fn rate(got: Decimal, possible: Ratio) -> Result<Option<Ratio>, Failure> {
    if possible == Ratio::ZERO {
        return Ok(None);
    }
    let share = got.ratio().over(possible).and_then(|share| share.times(Ratio::whole(100)));
    share.map(Some).ok_or_else(too_large)
}

fn sum(one: Ratio, other: Ratio) -> Result<Ratio, Failure> {
    one.plus(other).ok_or_else(too_large)
}

fn negative(number: Ratio) -> Result<Ratio, Failure> {
    number.times(Ratio::whole(-1)).ok_or_else(too_large)
}

fn too_large() -> Failure {
    Failure::new("要素评分表的数字过大,无法精确计算")
}
