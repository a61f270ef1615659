//! Rows of 表R7: the year-end results (年终考核) of villages, of departments and of enterprises, ranked.
//! Keeps out how a score or a rank came about: both arrive as the assessment made them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{Content, Row};
use crate::model::ledger::{Hazard, HazardState};
use crate::model::yearend::enterprises::{EnterpriseResult, EnterpriseVeto};
use crate::model::yearend::{
    Excused, RankBefore, Rate, Sense, Tie, UnitInputs, UnitKind, UnitResult, UnitRules, exact, shown,
};
use crate::model::{Date, Decimal, EnterpriseId, HazardLevel, Place, Provenance, Ratio, Run, YearEndRules};
use crate::report::YearEndResults;
use crate::report::standard::{Entry, percent};
use crate::report::wording;

/// Printed where a unit has no rank.
const NO_RANK: &str = "—";

/// 表R7 of villages and of departments, a report each, by class and rank; who has no rank stands last.
pub(super) fn of_units(run: &Run, year_end: YearEndResults<'_>) -> Vec<Content> {
    let of_kind = |kind: UnitKind| {
        let rules = year_end.rules.of(kind);
        let units = run.year_end.units.iter().zip(year_end.results);
        let mut units: Vec<_> = units.filter(|(unit, _)| unit.unit.kind == kind).collect();
        units.sort_by_key(|(unit, result)| {
            (&unit.unit.class, result.rank.unwrap_or(u32::MAX), Reverse(result.score), &unit.unit.number)
        });
        let weight = |weight: Decimal| wording::number(weight * Decimal::ONE_HUNDRED);
        let number = |one: Option<Decimal>| one.map_or_else(|| "不设".to_owned(), wording::number);
        let words = BTreeMap::from([
            ("assessed_year", run.year_end.year.to_string()),
            ("unit_kind", kind.title().to_owned()),
            ("quarter_weight", weight(rules.quarters)),
            ("year_end_weight", weight(rules.year_end)),
            ("bonus_cap", number(rules.bonus_cap)),
            ("digits", rules.digits.to_string()),
            ("ties", ties(&rules.ties, rules.without_hazards_first)),
        ]);
        let is_any = !units.is_empty();
        let excused = run.year_end.excused.iter().filter(|one| is_any && one.unit.kind == kind);
        Content {
            layout: "assessment-ranking",
            of: kind.title().to_owned(),
            entries: units
                .into_iter()
                .map(|(unit, result)| unit_row(run, rules, unit, result))
                .chain(excused.map(|one| excused_row(run, one)))
                .collect(),
            words,
            digits: BTreeMap::from([("score", rules.digits)]),
        }
    };
    [UnitKind::Village, UnitKind::Department].into_iter().map(of_kind).collect()
}

/// A unit that is not assessed stands in the list, with the reason.
fn excused_row(run: &Run, one: &Excused) -> Entry {
    let row = Row::default()
        .text("rank", NO_RANK)
        .text("unit", &*one.unit.name)
        .rests_on("unit", run.sources.show(Place::from(one.unit.at)))
        .text("class", &*one.unit.class)
        .text("grade", "未参评")
        .text("remark", &*one.reason);
    let empty = ["quarters", "year_end", "base", "bonus", "penalty", "score"];
    empty.into_iter().fold(row, |row, key| row.unknown(key)).0
}

/// How equal scores are ordered, in one clause.
fn ties(ties: &[Tie], without_hazards_first: bool) -> String {
    let rectification = match without_hazards_first {
        true => "同分的按年终一般隐患整改率(未四舍五入)从高到低,没有隐患的列前",
        false => "同分的按年终一般隐患整改率(未四舍五入)从高到低,没有隐患的列后",
    };
    let orders = ties.iter().map(|tie| match tie {
        Tie::Rectification => rectification,
    });
    let orders: Vec<_> = orders.chain(["仍相同的名次相同,其后跳号"]).collect();
    orders.join(";")
}

fn unit_row(run: &Run, rules: &UnitRules, unit: &UnitInputs, result: &UnitResult) -> Entry {
    let place = |at: Provenance| run.sources.show(Place::from(at));
    let mut row = Row::default()
        .text("rank", result.rank.map_or_else(|| NO_RANK.to_owned(), |rank| rank.to_string()))
        .text("unit", &*unit.unit.name)
        .rests_on("unit", place(unit.unit.at))
        .text("class", &*unit.unit.class)
        .text("grade", &*result.grade)
        .exact("year_end", result.year_end)
        .exact("base", base(rules, result));
    // What the rules do not have is no unknown number.
    row = if rules.quarters.is_zero() {
        row.text("quarters", "/")
    } else {
        row.exact("quarters", result.quarter_mean)
    };
    for quarter in &unit.quarters {
        row = row.rests_on("quarters", format!("第{}季度 {}", quarter.number, place(quarter.at)));
    }
    if let Some((got, possible)) = result.got {
        let full = wording::number(rules.full);
        let working = format!("{}÷{}×{full}", wording::number(got), wording::number(possible));
        row = row.rests_on("year_end", working);
    }
    for line in unit.verified.iter().flat_map(|sheet| &sheet.lines) {
        row = row.rests_on("year_end", format!("{} {}", line.code, place(line.got_at)));
    }
    for one in &unit.objections {
        row = row.rests_on("year_end", format!("异议 {} {}", one.item, place(one.at)));
    }
    row = if rules.bonus_cap.is_none() {
        row.text("bonus", "/").text("penalty", "/")
    } else {
        row.number("bonus", result.bonus.normalize()).number("penalty", result.penalty.normalize())
    };
    for (at, entry) in unit.entries.iter().enumerate().filter(|_| rules.bonus_cap.is_some()) {
        let key = match entry.sense {
            Sense::Bonus if result.counted.contains(&at) => "bonus",
            Sense::Bonus => continue,
            Sense::Penalty => "penalty",
        };
        row = row.rests_on(key, format!("{} {}", entry.matter, place(entry.at)));
    }
    row = row.given_number("score", result.score);
    if let Some(exact) = result.exact {
        row = row.rests_on("score", format!("舍入前 {},四舍五入保留 {} 位小数", shown(exact), rules.digits));
    }
    let vetoes: Vec<_> = result.vetoes.iter().map(|at| &unit.accidents[*at]).collect();
    let shown: Vec<_> = vetoes.iter().map(|accident| accident.shown()).collect();
    row = row.text("veto", shown.join("、"));
    for accident in vetoes {
        row = row.rests_on("veto", place(accident.at));
    }
    if let Some(before) = run.year_end.before.units.get(&unit.unit.number) {
        row = ranked_before(run, row, before);
    }
    row.text("remark", remark(unit, result)).0
}

fn ranked_before(run: &Run, row: Row, (rank, at): &RankBefore) -> Row {
    row.text("before", &**rank).rests_on("before", run.sources.show(Place::from(*at)))
}

/// What the two scores come to by their weights, before bonuses and penalties.
fn base(rules: &UnitRules, result: &UnitResult) -> Option<Ratio> {
    let part = |weight: Decimal, of: Option<Ratio>| {
        if weight.is_zero() { Some(Ratio::ZERO) } else { of?.times(exact(weight)?) }
    };
    part(rules.quarters, result.quarter_mean)?.plus(part(rules.year_end, result.year_end)?)
}

fn remark(unit: &UnitInputs, result: &UnitResult) -> String {
    let mut remarks = Vec::new();
    if result.score.is_none() {
        remarks.push("考核材料不全".to_owned());
    }
    if !result.vetoes.is_empty() && !result.grade_by_score.is_empty() {
        remarks.push(format!("得分仅供参考,按得分为{}", result.grade_by_score));
    }
    if result.bonus_raw > result.bonus {
        let number = wording::number;
        remarks.push(format!("加分{}封顶{}", number(result.bonus_raw), number(result.bonus)));
    }
    if !unit.objections.is_empty() {
        remarks.push("已计入异议处理".to_owned());
    }
    remarks.extend(tie(result.rank, result.rank_without_breaker, unit.rate));
    remarks.join(";")
}

/// That others have the same score, where a rate put them in order.
fn tie(rank: Option<u32>, without: Option<u32>, rate: Option<Rate>) -> Option<String> {
    let rate = rate.filter(|_| rank != without)?;
    Some(format!("同分按整改率({}/{})排列", rate.closed, rate.found))
}

/// Hazards of an enterprise in the year.
#[derive(Default)]
struct Found<'a> {
    majors: Vec<&'a Hazard>,
    all: usize,
    on_time: usize,
}

/// 表R7 of enterprises: those that exist at the year's end, by class and rank.
pub(super) fn of_enterprises(run: &Run, rules: &YearEndRules) -> Content {
    let mut results: Vec<&EnterpriseResult> = run.year_end.enterprises.iter().collect();
    results.sort_by_key(|one| (&one.class, one.rank.unwrap_or(u32::MAX), Reverse(one.score), one.enterprise));
    let last = Date::new(run.year_end.year, 12, 31).map_or(run.as_of, |end| end.min(run.as_of));
    let mut found: BTreeMap<EnterpriseId, Found<'_>> = BTreeMap::new();
    for hazard in &run.ledger.hazards {
        let (Some(id), Some(day)) = (hazard.enterprise, hazard.found) else { continue };
        if day.year() != run.year_end.year || day > last {
            continue;
        }
        let one = found.entry(id).or_default();
        one.all += 1;
        one.on_time += usize::from(hazard.state(last) == Some(HazardState::OnTime));
        if hazard.level == HazardLevel::Major {
            one.majors.push(hazard);
        }
    }
    let nothing = Found::default();
    let row = |result: &EnterpriseResult| {
        enterprise_row(run, result, found.get(&result.enterprise).unwrap_or(&nothing))
    };
    let own = &rules.enterprise;
    Content {
        layout: "enterprise-ranking",
        entries: results.into_iter().map(row).collect(),
        words: BTreeMap::from([
            ("assessed_year", run.year_end.year.to_string()),
            ("ties", ties(&own.ties, own.without_hazards_first)),
        ]),
        ..Content::default()
    }
}

fn enterprise_row(run: &Run, result: &EnterpriseResult, found: &Found<'_>) -> Entry {
    let one = run.register.get(result.enterprise);
    let mut row = Row::default()
        .text("rank", result.rank.map_or_else(|| NO_RANK.to_owned(), |rank| rank.to_string()))
        .text("unit", &*one.name)
        .rests_on("unit", run.sources.show(Place::from(one.at)))
        .text("class", &*result.class)
        .text("grade", &*result.grade)
        .text("standard", &*one.standard.level)
        .given_number("score", result.score)
        .count("majors", found.majors.len())
        .text("rate", percent(found.on_time.into(), found.all.into(), 1))
        .rests_on("rate", format!("按期整改 {} 项,发现 {} 项", found.on_time, found.all));
    if let Some(at) = one.standard.at {
        row = row.rests_on("standard", run.sources.show(Place::from(at)));
    }
    for hazard in &found.majors {
        row = row.rests_on("majors", super::hazards::named(run, hazard));
    }
    if let Some(before) = run.year_end.before.enterprises.get(&result.enterprise) {
        row = ranked_before(run, row, before);
    }
    let check = result.check.map(|at| &run.checks[at]);
    if let Some(subject) = check.map(|check| &check.subject) {
        let manifest = &run.plugins[subject.plugin].manifest;
        row = row.text("checklist", &*manifest.title).day("checked", Some(subject.date));
        if let Some(at) = subject.evidence.first() {
            row = row.rests_on("score", run.sources.show(Place::from(*at)));
        }
    }
    let mut vetoes = Vec::new();
    for veto in &result.vetoes {
        match veto {
            EnterpriseVeto::Accident(text, at) => {
                vetoes.push(text.clone());
                row = row.rests_on("veto", run.sources.show(Place::from(*at)));
            }
            EnterpriseVeto::Ruling(at) => {
                let Some(check) = check else { continue };
                let crate::model::Evaluation::Assessed(assessed) = &check.evaluation else { continue };
                let Some(ruling) = assessed.rulings.get(*at) else { continue };
                let subject = &check.subject;
                vetoes.push(ruling.reason.render(&run.plugins[subject.plugin].manifest));
                for at in ruling.evidence.iter().filter_map(|at| subject.evidence.get(*at as usize)) {
                    row = row.rests_on("veto", run.sources.show(Place::from(*at)));
                }
            }
        }
    }
    let mut remarks = Vec::new();
    if result.check.is_none() {
        remarks.push("本年未检查".to_owned());
    }
    remarks.extend(tie(result.rank, result.rank_without_breaker, result.rate));
    row.text("veto", vetoes.join(";")).text("remark", remarks.join(";")).0
}
