//! The result of a unit, or of an enterprise, as named values: what the sealed record holds, and by which two results are
//! compared. Knows no workbook.

use serde_json::{Map, Value as Json, json};

use crate::model::yearend::enterprises::{EnterpriseResult, EnterpriseVeto};
use crate::model::yearend::{Rate, UnitInputs, UnitKind, UnitResult, rounded, shown};
use crate::model::{Decimal, Evaluation, Provenance, Ratio, Run, YearEnd, YearEndRules};

/// A unit's result by name. Rounded numbers are text with their digits; `null` is what does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Village or department.
    pub kind: UnitKind,
    /// Its number.
    pub number: String,
    /// Its name.
    pub name: String,
    /// Name and value, in the order of the report.
    pub fields: Vec<(&'static str, Json)>,
}

/// An enterprise's result by name, as [`Record`] has a unit's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnterpriseRecord {
    /// The office's number; empty where it has none.
    pub number: String,
    /// Its name.
    pub name: String,
    /// Name and value, in the order of the report.
    pub fields: Vec<(&'static str, Json)>,
}

/// A value that differs between two results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Position of the unit.
    pub unit: usize,
    /// Which value.
    pub field: &'static str,
    /// What it was.
    pub before: Json,
    /// What it is.
    pub after: Json,
}

/// What a reader calls a field.
pub fn title(field: &str) -> &'static str {
    match field {
        "quarter_mean" => "平时考核平均分",
        "year_end" => "年终考核得分",
        "bonus_raw" => "加分(封顶前)",
        "bonus" => "加分",
        "penalty" => "扣分",
        "final" => "最终得分",
        "grade" => "等级",
        "veto" => "一票否决",
        "rectification" => "整改数/排查数",
        "rectification_rate" => "整改率(%)",
        "self_score" => "自评得分",
        "self_minus_final" => "自评与最终得分之差",
        "self_gap_flag" => "自评差异大",
        "rank" => "名次",
        "rank_without_breaker" => "名次(不比整改率)",
        "group" => "考核类别",
        "got" => "核查得分",
        "possible" => "应得分",
        "by_check" => "检查得分",
        "class" => "考核类别",
        _ => "名称",
    }
}

/// The results of all units, in their order.
pub fn records(year_end: &YearEnd, rules: &YearEndRules, results: &[UnitResult]) -> Vec<Record> {
    let units = year_end.units.iter().zip(results);
    units.map(|(unit, result)| record(unit, rules, result)).collect()
}

fn record(unit: &UnitInputs, rules: &YearEndRules, result: &UnitResult) -> Record {
    let decimal = |number: Decimal| json!(number.normalize().to_string());
    let exact = |number: Option<Ratio>| number.map_or(Json::Null, |number| json!(shown(number)));
    let score = |score: Option<Decimal>| score.map_or(Json::Null, |score| json!(score.to_string()));
    let rank = |rank: Option<u32>| rank.map_or(Json::Null, |rank| json!(rank));
    let fields = match unit.unit.kind {
        UnitKind::Village => {
            // Four digits hold the mean of four quarters of two digits.
            let mean = result.quarter_mean.and_then(|mean| rounded(mean, 4));
            vec![
                ("quarter_mean", score(mean)),
                ("year_end", exact(result.year_end)),
                ("bonus_raw", decimal(result.bonus_raw)),
                ("bonus", decimal(result.bonus)),
                ("penalty", decimal(result.penalty)),
                ("final", score(result.score)),
                ("grade", json!(result.grade)),
                ("veto", veto(unit, result).map_or(Json::Null, Json::String)),
                (
                    "rectification",
                    unit.rate.map_or(Json::Null, |one| json!(format!("{}/{}", one.closed, one.found))),
                ),
                ("rectification_rate", rate(unit.rate, rules.rate_digits).map_or(Json::Null, Json::String)),
                ("self_score", exact(result.own)),
                ("self_minus_final", score(result.gap)),
                ("self_gap_flag", json!(result.gap_flagged)),
                ("rank", rank(result.rank)),
                ("rank_without_breaker", rank(result.rank_without_breaker)),
            ]
        }
        UnitKind::Department => {
            let mut fields = vec![
                ("name", json!(unit.unit.name)),
                ("group", json!(unit.unit.class)),
                ("got", result.got.map_or(Json::Null, |(got, _)| decimal(got))),
                ("possible", result.got.map_or(Json::Null, |(_, possible)| decimal(possible))),
                ("final", score(result.score)),
                ("grade", json!(result.grade)),
                ("rank", rank(result.rank)),
            ];
            // Departments have a veto only where a control indicator was exceeded.
            fields.extend(veto(unit, result).map(|veto| ("veto", Json::String(veto))));
            fields
        }
    };
    Record { kind: unit.unit.kind, number: unit.unit.number.clone(), name: unit.unit.name.clone(), fields }
}

/// The accidents and exceeded control indicators that disqualify, in one clause; none where there are none.
pub fn veto(unit: &UnitInputs, result: &UnitResult) -> Option<String> {
    let accidents = result.vetoes.iter().map(|index| unit.accidents[*index].shown());
    let breaches = result.breaches.iter().map(|index| unit.breaches[*index].shown.clone());
    let shown: Vec<_> = accidents.chain(breaches).collect();
    (!shown.is_empty()).then(|| shown.join("、"))
}

/// A rate in percent; `/` where nothing was found.
pub fn rate(rate: Option<Rate>, digits: u8) -> Option<String> {
    let rate = rate?;
    let percent = rate.exact().and_then(|exact| exact.times(Ratio::whole(100)));
    Some(
        percent
            .and_then(|exact| rounded(exact, digits))
            .map_or_else(|| "/".to_owned(), |one| one.to_string()),
    )
}

/// The results of enterprises, in their order.
pub fn enterprise_records(run: &Run, results: &[EnterpriseResult]) -> Vec<EnterpriseRecord> {
    results.iter().map(|result| enterprise_record(run, result)).collect()
}

fn enterprise_record(run: &Run, result: &EnterpriseResult) -> EnterpriseRecord {
    let enterprise = run.register.get(result.enterprise);
    let text = |text: Option<String>| text.map_or(Json::Null, Json::String);
    let check = result.check.map(|at| &run.checks[at]);
    let manifest = check.map(|check| &run.plugins[check.subject.plugin].manifest);
    let reasons: Vec<_> = enterprise_vetoes(run, result).into_iter().map(|(why, _)| why).collect();
    let fields = vec![
        ("class", json!(result.class)),
        ("checklist", text(manifest.map(|manifest| format!("{} {}", manifest.id, manifest.version)))),
        ("date", text(check.map(|check| check.subject.date.to_string()))),
        ("by_check", text(result.by_check.map(|score| score.to_string()))),
        ("bonus", json!(result.bonus.normalize().to_string())),
        ("penalty", json!(result.penalty.normalize().to_string())),
        ("final", text(result.score.map(|score| score.to_string()))),
        ("grade", json!(result.grade)),
        ("self_score", text(result.own.map(shown))),
        ("self_minus_final", text(result.gap.map(|gap| gap.to_string()))),
        ("self_gap_flag", json!(result.gap_flagged)),
        ("veto", text((!reasons.is_empty()).then(|| reasons.join("、")))),
        ("rectification", text(result.rate.map(|one| format!("{}/{}", one.closed, one.found)))),
        ("rank", json!(result.rank)),
        ("rank_without_breaker", json!(result.rank_without_breaker)),
    ];
    EnterpriseRecord { number: enterprise.number.clone(), name: enterprise.name.clone(), fields }
}

/// Each veto of an enterprise in words, with the cell of the accident; none for a ruling of the check.
pub fn enterprise_vetoes(run: &Run, result: &EnterpriseResult) -> Vec<(String, Option<Provenance>)> {
    let one = |veto: &EnterpriseVeto| match veto {
        EnterpriseVeto::Accident(what, at) => Some((what.clone(), Some(*at))),
        EnterpriseVeto::Ruling(ruling) => {
            let check = &run.checks[result.check?];
            let Evaluation::Assessed(assessed) = &check.evaluation else { return None };
            let manifest = &run.plugins[check.subject.plugin].manifest;
            Some((assessed.rulings.get(*ruling)?.reason.render(manifest), None))
        }
    };
    result.vetoes.iter().filter_map(one).collect()
}

/// What differs between two results of the same units, by unit and field.
pub fn changes(before: &[Record], after: &[Record]) -> Vec<Change> {
    differences(before.iter().map(|one| &one.fields).zip(after.iter().map(|one| &one.fields)))
}

/// What differs between two results of the same enterprises; `unit` is a position in the results.
pub fn enterprise_changes(before: &[EnterpriseRecord], after: &[EnterpriseRecord]) -> Vec<Change> {
    differences(before.iter().map(|one| &one.fields).zip(after.iter().map(|one| &one.fields)))
}

/// Names and values of one result.
type Fields = Vec<(&'static str, Json)>;

fn differences<'f>(results: impl Iterator<Item = (&'f Fields, &'f Fields)>) -> Vec<Change> {
    let mut changes = Vec::new();
    for (unit, (before, after)) in results.enumerate() {
        for ((field, old), (_, new)) in before.iter().zip(after) {
            if old != new {
                changes.push(Change { unit, field, before: old.clone(), after: new.clone() });
            }
        }
    }
    changes
}

impl Record {
    /// As an object.
    pub fn json(&self) -> Json {
        object(&self.fields)
    }
}

impl EnterpriseRecord {
    /// As an object.
    pub fn json(&self) -> Json {
        object(&self.fields)
    }
}

fn object(fields: &[(&str, Json)]) -> Json {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    Json::Object(fields.collect::<Map<_, _>>())
}
