//! The facts of a finished run: the only file of `form` that knows a run. Each fact says from which
//! hazards and cells it follows. Knows no form; what a locality calls its offices is in the specification.

use std::collections::BTreeMap;

use super::facts::{Fact, FactValue, Facts, Record};
use crate::model::ledger::{By, Hazard, Line, Span, Statistics};
use crate::model::yearend::{UnitInputs, UnitKind, UnitResult, rounded};
use crate::model::{
    Amount, Date, Decimal, Figure, FigureGroup, FigureLine, HazardLevel, Period, Place, Provenance, Ratio,
    Run, Spot, YearEndRules,
};
use crate::report::yearend::record;
use crate::yearend::{self, Objections};

/// Digits that a mean of four quarters of two digits has at most.
const MEAN_DIGITS: u8 = 4;

/// The facts of a run that forms can be filled with.
///
/// Shape: `year`, `month`, `until_year`, `until_month`, `until_day` and the words; the lists `sectors`
/// (the month, closed by its last day or by the day of the run, whichever is earlier), `major_hazards`
/// (of the year of the run, and those of before that were still open when it began) and `villages`
/// (the year-end result, before objections or after). Words may hold `{town}`.
/// Units: money in 万元, points on the scale of the rules.
/// Errors: `None` for a month beyond the calendar, or that begins after the day of the run.
pub fn facts(
    run: &Run,
    rules: &YearEndRules,
    (month, objections): (Period, Objections),
    words: &BTreeMap<String, String>,
) -> Option<Facts> {
    let span = Span::of(month).filter(|span| span.first <= run.as_of)?.up_to(run.as_of);
    let mut one = Record::new();
    for (key, whole) in [
        ("year", i64::from(span.first.year())),
        ("month", i64::from(span.first.month())),
        ("until_year", i64::from(span.as_of.year())),
        ("until_month", i64::from(span.as_of.month())),
        ("until_day", i64::from(span.as_of.day())),
    ] {
        one.insert(key.to_owned(), fact(FactValue::Number(whole.into()), "统计月份"));
    }
    let town = if run.register.town.is_empty() { &run.issuer } else { &run.register.town };
    for (key, word) in words {
        one.insert(key.clone(), text(&word.replace("{town}", town), "企业名录标题中的镇名"));
    }
    let statistics = run.ledger.statistics(&run.register, span, By::Sector);
    let lists = BTreeMap::from([
        ("sectors".to_owned(), sectors(run, month, &statistics)),
        ("major_hazards".to_owned(), major_hazards(run)),
        ("villages".to_owned(), villages(run, rules, objections)),
    ]);
    Some(Facts { one, lists })
}

/// What the lists of a form must agree with: `form`, the years of title and data; `statistics`, the ledger of
/// the month in each of its breakdowns. What the run counts beside that is `checks::statistics`.
pub fn figures(run: &Run, month: Period, lists: &[&str]) -> Vec<FigureGroup> {
    let number = |key: &str, number: i64, what: &str| {
        let spot = Spot::Named(what.to_owned());
        (key.to_owned(), Figure { amount: Amount::Number(number.into()), spot })
    };
    // A title of one year above the list of another would be read as that year's list.
    let mut years = vec![number("title_year", month.year().into(), "表题")];
    if lists.contains(&"major_hazards") || lists.contains(&"villages") {
        years.push(number("year", run.as_of.year().into(), "截止日期"));
    }
    if lists.contains(&"villages") {
        years.push(number("assessed_year", run.year_end.year.into(), "考核材料"));
    }
    let mut groups = vec![FigureGroup::of_one("form", "表题", years)];
    if let (true, Some(span)) = (lists.contains(&"sectors"), Span::of(month)) {
        for by in By::ALL {
            let statistics = run.ledger.statistics(&run.register, span.up_to(run.as_of), by);
            let name = format!("台账按{}", by.title());
            let line = |line: &Line, parts: Vec<usize>, is_sum: bool| {
                let count = |key: &str, count: u64| {
                    let spot = Spot::Named(format!("{name} {}", line.title));
                    (key.to_owned(), Figure { amount: Amount::Number(count.into()), spot })
                };
                FigureLine {
                    label: line.title.clone(),
                    is_sum,
                    parts,
                    figures: BTreeMap::from([
                        count("general_found", line.general.found),
                        count("major_found", line.major.found),
                    ]),
                }
            };
            let mut lines: Vec<_> = statistics.lines.iter().map(|one| line(one, Vec::new(), false)).collect();
            lines.push(line(&statistics.total, (0..lines.len()).collect(), true));
            groups.push(FigureGroup {
                form: "statistics".to_owned(),
                name: name.clone(),
                lines,
                ..FigureGroup::default()
            });
        }
    }
    groups
}

fn fact(value: FactValue, from: &str) -> Fact {
    Fact { value, from: from.to_owned() }
}

fn text(text: &str, from: &str) -> Fact {
    let value = if text.is_empty() { FactValue::Absent } else { FactValue::Text(text.to_owned()) };
    fact(value, from)
}

fn count(number: u64, from: String) -> Fact {
    Fact { value: FactValue::Number(number.into()), from }
}

/// A hazard with the cell of each of its entries.
fn origin(run: &Run, hazard: &Hazard) -> String {
    let cells: Vec<_> =
        run.ledger.entries_of(hazard).map(|entry| run.sources.show(Place::from(entry.at))).collect();
    format!("{}({})", hazard.id, cells.join("、"))
}

/// One record for each sector of the statistics.
fn sectors(run: &Run, month: Period, statistics: &Statistics) -> Vec<Record> {
    let day = statistics.span.as_of;
    let record = |line: &Line| {
        let rests = |what: &str, keep: &dyn Fn(&Hazard) -> bool| {
            let hazards = line.hazards.iter().map(|position| &run.ledger.hazards[*position]);
            let shown: Vec<_> = hazards.filter(|one| keep(one)).map(|one| origin(run, one)).collect();
            format!("台账 {month} {} {what}:{}", line.title, shown.join(";"))
        };
        let is_closed = |one: &Hazard| one.state(day).is_some_and(|state| state.closed());
        let is_general = |one: &Hazard| one.level == HazardLevel::General;
        let planned = || rests("列入治理计划", &|one| !is_general(one) && !is_closed(one));
        let mut record = Record::from([
            ("sector".to_owned(), text(&line.title, "台账的行业领域")),
            ("units".to_owned(), count(line.units, rests("排查单位(并入走访)", &|_| true))),
            ("found".to_owned(), count(line.general.found, rests("一般隐患", &is_general))),
            (
                "fixed".to_owned(),
                count(
                    line.general.closed(),
                    rests("一般隐患已整改", &|one| is_general(one) && is_closed(one)),
                ),
            ),
            ("major_found".to_owned(), count(line.major.found, rests("重大隐患", &|one| !is_general(one)))),
            (
                "major_fixed".to_owned(),
                count(
                    line.major.closed(),
                    rests("重大隐患已销号", &|one| !is_general(one) && is_closed(one)),
                ),
            ),
            ("planned".to_owned(), count(line.planned, planned())),
        ]);
        // The plan of a major hazard names target, means, people, time and measures, or it is no plan.
        for part in ["target", "means", "people", "deadline", "measures"] {
            record.insert(format!("planned_{part}"), count(line.planned, planned()));
        }
        let fund = line.planned_fund.map_or(FactValue::Absent, FactValue::Number);
        record.insert("planned_fund_wan".to_owned(), Fact { value: fund, from: planned() });
        record
    };
    statistics.lines.iter().map(record).collect()
}

/// Major hazards of the year, and of before where they were open when it began.
fn major_hazards(run: &Run) -> Vec<Record> {
    let first = run.as_of.first_of_year();
    let of_year = |hazard: &&Hazard| {
        let is_old = hazard.found.is_some_and(|found| found < first);
        let was_open = hazard.done.is_none_or(|done| done >= first);
        hazard.level == HazardLevel::Major && hazard.state(run.as_of).is_some() && (!is_old || was_open)
    };
    run.ledger.hazards.iter().filter(of_year).map(|hazard| major_hazard(run, hazard)).collect()
}

fn major_hazard(run: &Run, hazard: &Hazard) -> Record {
    let leading = run.ledger.leading(hazard);
    let whole = origin(run, hazard);
    let from = |at: Option<Provenance>| {
        at.map_or_else(|| whole.clone(), |at| format!("{} {}", hazard.id, run.sources.show(Place::from(at))))
    };
    let day = |day: Option<Date>, at| fact(day.map_or(FactValue::Absent, FactValue::Day), &from(at));
    let enterprise = hazard.enterprise.map(|id| run.register.get(id));
    let registered = enterprise.map(|one| one.at);
    let is_closed = hazard.state(run.as_of).is_some_and(|state| state.closed());
    let name = enterprise.map_or(&*leading.unit.value, |one| &one.name);
    let rechecker = if is_closed { &*leading.rechecker.value } else { "" };
    let state = format!("{whole} 截至 {}", run.as_of);
    [
        ("name", text(name, &from(registered.or(leading.unit.at())))),
        ("credit_code", text(enterprise.map_or("", |one| &one.code), &from(registered))),
        ("village", text(run.ledger.village_name(&hazard.village), &from(leading.village.at()))),
        ("what", text(&leading.text.value, &from(leading.text.at()))),
        ("found", day(hazard.found, None)),
        ("responsible", text(&leading.responsible.value, &from(leading.responsible.at()))),
        ("deadline", day(hazard.deadline, leading.deadline.at())),
        (
            "fund_wan",
            fact(hazard.fund.map_or(FactValue::Absent, FactValue::Number), &from(leading.fund.at())),
        ),
        ("plan", text(&leading.more().contingency.value, &from(leading.more().contingency.at()))),
        ("done", day(hazard.done.filter(|_| is_closed), leading.done.at())),
        ("accepted_by", text(rechecker, &from(leading.rechecker.at()))),
        ("closed", text(if is_closed { "是" } else { "否" }, &state)),
        ("remark", text(if is_closed { "" } else { "列入治理计划" }, &state)),
    ]
    .map(|(key, fact)| (key.to_owned(), fact))
    .into()
}

/// The villages of the year-end assessment.
fn villages(run: &Run, rules: &YearEndRules, objections: Objections) -> Vec<Record> {
    let results = yearend::assess(&run.year_end, rules, objections);
    let units = run.year_end.units.iter().zip(&results);
    units
        .filter(|(unit, _)| unit.unit.kind == UnitKind::Village)
        .map(|(unit, result)| village(run, rules, unit, result))
        .collect()
}

fn village(run: &Run, rules: &YearEndRules, unit: &UnitInputs, result: &UnitResult) -> Record {
    let from = |what: &str, cells: &[Provenance]| {
        let shown: Vec<_> = cells.iter().map(|at| run.sources.show(Place::from(*at))).collect();
        format!("年度考核 {} {what}:{}", unit.unit.name, shown.join("、"))
    };
    let number = |value: Option<Decimal>, from: String| Fact {
        value: value.map_or(FactValue::Absent, FactValue::Number),
        from,
    };
    let short =
        |exact: Option<Ratio>| exact.and_then(|one| rounded(one, MEAN_DIGITS)).map(|one| one.normalize());
    let quarters: Vec<_> = unit.quarters.iter().map(|quarter| quarter.at).collect();
    let verified: Vec<_> =
        unit.verified.iter().map(|sheet| sheet.at).chain(unit.objections.iter().map(|one| one.at)).collect();
    let own: Vec<_> = unit.own.iter().map(|sheet| sheet.at).collect();
    let entries: Vec<_> = unit.entries.iter().map(|entry| entry.at).collect();
    let vetoes = result.vetoes.iter().map(|index| unit.accidents[*index].at);
    let accidents: Vec<_> =
        vetoes.chain(result.breaches.iter().map(|index| unit.breaches[*index].at)).collect();
    let all = [&quarters[..], &verified, &entries].concat();
    let rate = record::rate(unit.rate, rules.rate_digits);
    let rate = rate.map_or(FactValue::Absent, |shown| {
        Decimal::from_str_exact(&shown).map_or(FactValue::Text(shown), FactValue::Number)
    });
    let closing =
        unit.rate.map_or_else(String::new, |rate| format!(" 已整改 {} / 排查 {}", rate.closed, rate.found));
    let rank = match result.rank {
        Some(rank) => FactValue::Number(rank.into()),
        None if result.is_vetoed() => FactValue::Text("—".to_owned()),
        None => FactValue::Absent,
    };
    [
        ("rank", fact(rank, &from("名次", &all))),
        ("village", text(&unit.unit.name, &from("单位", &[unit.unit.at]))),
        ("quarter_mean", number(short(result.quarter_mean), from("平时考核", &quarters))),
        ("year_end", number(short(result.year_end), from("年终考核", &verified))),
        ("bonus", number(Some(result.bonus), from("加分", &entries))),
        ("penalty", number(Some(result.penalty), from("扣分", &entries))),
        ("final", number(result.score, from("最终得分", &all))),
        ("grade", text(&result.grade, &from("等级", &[&all[..], &accidents].concat()))),
        ("veto", text(&record::veto(unit, result).unwrap_or_default(), &from("一票否决", &accidents))),
        ("self_score", number(short(result.own), from("自评", &own))),
        ("self_minus_final", number(result.gap, from("自评与最终得分之差", &[&own[..], &all].concat()))),
        ("rectification_rate", fact(rate, &from(&format!("台账整改率{closing}"), &[]))),
        ("remark", text(if result.gap_flagged { "自评差异大" } else { "" }, &from("自评差异", &own))),
    ]
    .map(|(key, fact)| (key.to_owned(), fact))
    .into()
}
