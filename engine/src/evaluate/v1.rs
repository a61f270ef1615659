//! Version 1 of the contract: generated types and their conversion to and from the model.
//! With its children the only module that sees a generated type. Decides nothing beyond what a type can hold:
//! positions and bounds are for `recheck`.

#[allow(missing_docs, clippy::all, reason = "generated")]
pub(super) mod bindings {
    wasmtime::component::bindgen!({
        path: ["../plugins/sdk/wit/v1", "../plugins/sdk/wit/columns-v1"],
        world: "anping:columns/plugin",
    });
}

pub(super) mod columns;
mod doors;

pub(super) use bindings::exports::anping::plugin::assessor as wire;
pub(super) use doors::{COLUMNS, Door, Guest, GuestPre, OtherTypes};

use super::limits;
use super::recheck::{Breach, Violation, Within};
use crate::model as m;
use crate::model::{CellRef, Date, Decimal, Provenance, SourceId, Value};

type Read<T> = Result<T, Violation>;

// ---- from the guest -------------------------------------------------------------------------

fn list<T, U>(name: &str, elements: Vec<T>, read: impl Fn(T) -> Read<U>) -> Read<Vec<U>> {
    elements.into_iter().enumerate().map(|(index, element)| read(element).at(name, index)).collect()
}

fn maybe<T, U>(element: Option<T>, read: impl Fn(T) -> Read<U>) -> Read<Option<U>> {
    element.map(read).transpose()
}

fn decimal(d: wire::Decimal) -> Read<Decimal> {
    if d.scale > limits::SCALE {
        return Err(Breach::Digits { found: d.scale, limit: limits::SCALE }.into());
    }
    Ok(Decimal::new(d.mantissa, d.scale.into()))
}

fn day(d: wire::Date) -> Read<Date> {
    let found = match (i16::try_from(d.year), i8::try_from(d.month), i8::try_from(d.day)) {
        (Ok(year @ 1900..=9999), Ok(month), Ok(day)) => Date::new(year, month, day).ok(),
        _ => None,
    };
    found.ok_or_else(|| Breach::Day { year: d.year, month: d.month, day: d.day }.into())
}

fn period(from: Option<wire::Date>, to: Option<wire::Date>) -> Read<(Option<Date>, Option<Date>)> {
    Ok((maybe(from, day).within("effective-from")?, maybe(to, day).within("effective-to")?))
}

fn value(v: wire::Value) -> Read<Value> {
    Ok(match v {
        wire::Value::Absent => Value::Absent,
        wire::Value::Text(text) => Value::Text(text.into()),
        wire::Value::Number(number) => Value::Number(decimal(number)?),
        wire::Value::Flag(flag) => Value::Flag(flag),
        wire::Value::Day(d) => Value::Day(day(d)?),
        wire::Value::Fault(text) => Value::Fault(text.into()),
    })
}

fn mark(mark: wire::Mark) -> m::Mark {
    match mark {
        wire::Mark::Clause => m::Mark::Clause,
        wire::Mark::Secondary => m::Mark::Secondary,
        wire::Mark::Memory => m::Mark::Memory,
    }
}

fn scope(scope: wire::Scope) -> m::Scope {
    match scope {
        wire::Scope::Item => m::Scope::Item,
        wire::Scope::Category => m::Scope::Category,
        wire::Scope::Total => m::Scope::Total,
    }
}

fn level(level: wire::HazardLevel) -> m::HazardLevel {
    match level {
        wire::HazardLevel::General => m::HazardLevel::General,
        wire::HazardLevel::Major => m::HazardLevel::Major,
    }
}

fn major(mark: wire::MajorMark) -> m::MajorMark {
    match mark {
        wire::MajorMark::None => m::MajorMark::None,
        wire::MajorMark::Direct => m::MajorMark::Direct,
        wire::MajorMark::Element => m::MajorMark::Element,
    }
}

fn verdict(verdict: wire::Verdict) -> m::Verdict {
    match verdict {
        wire::Verdict::Pass => m::Verdict::Pass,
        wire::Verdict::Partial => m::Verdict::Partial,
        wire::Verdict::Fail => m::Verdict::Fail,
        wire::Verdict::NotApplicable => m::Verdict::NotApplicable,
        wire::Verdict::NotChecked => m::Verdict::NotChecked,
        wire::Verdict::NotSelected => m::Verdict::NotSelected,
        wire::Verdict::Informational => m::Verdict::Informational,
        wire::Verdict::Waived => m::Verdict::Waived,
        wire::Verdict::Error => m::Verdict::Error,
    }
}

/// Reads what a plugin says about itself.
///
/// Errors: the first number or day that no type of the model can hold.
pub(super) fn manifest(w: wire::Manifest) -> Read<m::Manifest> {
    let kinds: Vec<_> = w.kinds.into_iter().map(term).collect();
    Ok(m::Manifest {
        id: w.id,
        version: w.version,
        title: w.title,
        checklist_title: w.checklist_title,
        editions: list("editions", w.editions, |e| {
            let effective = period(e.effective_from, e.effective_to)?;
            Ok(m::Edition { id: e.id, title: e.title, effective, note: e.note })
        })?,
        tags: w.tags.into_iter().map(term).collect(),
        documents: list("documents", w.documents, |d| {
            let effective = period(d.effective_from, d.effective_to)?;
            Ok(m::Document { key: d.key, title: d.title, number: d.number, effective })
        })?,
        categories: list("categories", w.categories, |c| {
            let weight = maybe(c.weight, decimal).within("weight")?;
            Ok(m::Category { code: c.code, title: c.title, weight })
        })?,
        items: list("items", w.items, item)?,
        facts: w.facts.into_iter().map(|f| of_kind(fact(f), &kinds)).collect(),
        tables: w
            .tables
            .into_iter()
            .map(|t| m::TableSpec {
                code: t.code,
                title: t.title,
                columns: t.columns.into_iter().map(fact).collect(),
            })
            .collect(),
        needs: w.needs.into_iter().map(|n| m::Need { source: n.source, indicator: n.indicator }).collect(),
        gives: w.gives.into_iter().map(|g| m::Gives { code: g.code, title: g.title, unit: g.unit }).collect(),
        phrases: w.phrases.into_iter().map(|p| m::Phrase { code: p.code, text: p.text }).collect(),
        schemes: list("schemes", w.schemes, scheme)?,
        wants_remarks: w.wants_remarks,
        kinds,
    })
}

/// A fact whose code begins with that of a kind and a point is asked of that kind alone; the rest is
/// its code in layouts.
fn of_kind(mut fact: m::Fact, kinds: &[m::Term]) -> m::Fact {
    let Some((kind, code)) = fact.code.split_once('.') else { return fact };
    if let Some((at, _)) = (0..).zip(kinds).find(|(_, known)| known.code == kind) {
        fact.asked_of = Some(at);
        fact.code = code.to_owned();
    }
    fact
}

fn term(t: wire::Term) -> m::Term {
    m::Term { code: t.code, title: t.title }
}

fn fact(f: wire::Fact) -> m::Fact {
    m::Fact {
        code: f.code,
        title: f.title,
        aliases: f.aliases,
        kind: match f.kind {
            wire::ValueKind::Text => m::ValueKind::Text,
            wire::ValueKind::Number => m::ValueKind::Number,
            wire::ValueKind::Flag => m::ValueKind::Flag,
            wire::ValueKind::Day => m::ValueKind::Day,
        },
        unit: f.unit,
        asked_of: None,
    }
}

fn item(i: wire::Item) -> Read<m::Item> {
    Ok(m::Item {
        code: i.code,
        category: i.category,
        requirement: i.requirement,
        method: i.method,
        points: decimal(i.points).within("points")?,
        scored: i.scored,
        rule_text: i.rule_text,
        cases: list("cases", i.cases, |c| {
            Ok(m::Case {
                code: c.code,
                text: c.text,
                charge: match c.charge {
                    wire::Charge::Once(points) => m::Charge::Once(decimal(points).within("charge")?),
                    wire::Charge::Each(points) => m::Charge::Each(decimal(points).within("charge")?),
                    wire::Charge::AllPoints => m::Charge::AllPoints,
                    wire::Charge::RulingOnly => m::Charge::RulingOnly,
                },
                limit: maybe(c.limit, decimal).within("limit")?,
                scope: scope(c.scope),
                hazard: c.hazard.map(level),
                veto: c.veto,
            })
        })?,
        citations: list("citations", i.citations, |c| {
            let effective = period(c.effective_from, c.effective_to)?;
            Ok(m::Citation { document: c.document, clause: c.clause, effective, mark: mark(c.mark) })
        })?,
        major: major(i.major),
        major_bases: i
            .major_bases
            .into_iter()
            .map(|b| m::MajorBasis {
                edition: b.edition,
                clause: b.clause,
                major: major(b.major),
                mark: mark(b.mark),
            })
            .collect(),
        veto: i.veto.map(scope),
        applies: i.applies,
        mark: mark(i.mark),
    })
}

fn scheme(s: wire::Scheme) -> Read<m::Scheme> {
    Ok(m::Scheme {
        code: s.code,
        title: s.title,
        method: match s.method {
            wire::Method::Deduct => m::Method::Deduct,
            wire::Method::Weighted => m::Method::Weighted,
            wire::Method::Given => m::Method::Given,
        },
        full_marks: decimal(s.full_marks).within("full-marks")?,
        digits: s.digits,
        rounding: match s.rounding {
            wire::Rounding::ThenGrade => m::Rounding::ThenGrade,
            wire::Rounding::AfterGrade => m::Rounding::AfterGrade,
        },
        unchecked: match s.unchecked {
            wire::Unchecked::Zero => m::Unchecked::Zero,
            wire::Unchecked::Exclude => m::Unchecked::Exclude,
        },
        convert_not_applicable: s.convert_not_applicable,
        bands: list("bands", s.bands, |b| {
            Ok(m::Band { grade: b.grade, lower: decimal(b.lower).within("lower")? })
        })?,
        veto_grade: s.veto_grade,
        source: s.source,
    })
}

fn reason(r: wire::Reason) -> Read<m::Reason> {
    let params = list("params", r.params, |param| {
        Ok(match param {
            wire::Param::Number(number) => m::Param::Number(decimal(number)?),
            wire::Param::Text(text) => m::Param::Text(text),
            wire::Param::Day(d) => m::Param::Day(day(d)?),
            wire::Param::Item(item) => m::Param::Item(item),
        })
    })?;
    Ok(m::Reason { phrase: r.phrase, params })
}

fn deduction(d: wire::Deduction) -> Read<m::Deduction> {
    Ok(m::Deduction {
        case: d.deduction_case,
        points: decimal(d.points).within("points")?,
        scope: scope(d.scope),
        times: d.times,
        reason: maybe(d.reason, reason).within("reason")?,
    })
}

/// Reads the result for one subject.
///
/// Errors: the first number or day that no type of the model can hold.
pub(super) fn assessed(a: wire::Assessed) -> Read<m::Assessed> {
    Ok(m::Assessed {
        edition: a.edition,
        outcomes: list("outcomes", a.outcomes, |o| {
            let deductions = list("deductions", o.deductions, deduction)?;
            let beside = m::Beside { deductions, evidence: o.evidence };
            Ok(m::Outcome::with(o.item, verdict(o.verdict), beside))
        })?,
        rulings: list("rulings", a.rulings, |r| {
            Ok(m::Ruling {
                effect: match r.effect {
                    wire::Effect::Veto(on) => m::Effect::Veto(scope(on)),
                    wire::Effect::Cap(band) => m::Effect::Cap(band),
                    wire::Effect::Referral => m::Effect::Referral,
                },
                items: r.items,
                reason: reason(r.reason).within("reason")?,
                edition: r.edition,
                evidence: r.evidence,
            })
        })?,
        indicators: list("indicators", a.indicators, |i| {
            Ok(m::Indicator {
                indicator: i.indicator,
                value: value(i.value).within("value")?,
                working: list("working", i.working, reason)?,
                evidence: i.evidence,
            })
        })?,
        hazards: list("hazards", a.hazards, |h| {
            Ok(m::Hazard {
                level: level(h.level),
                item: h.item,
                reason: reason(h.reason).within("reason")?,
                edition: h.edition,
                clause: h.clause,
                evidence: h.evidence,
            })
        })?,
        scores: list("scores", a.scores, |s| {
            Ok(m::NamedScore {
                scheme: s.scheme,
                value: maybe(s.value, decimal).within("value")?,
                working: list("working", s.working, reason)?,
            })
        })?,
        notes: list("notes", a.notes, |n| {
            Ok(m::Note { reason: reason(n.reason).within("reason")?, item: n.item, evidence: n.evidence })
        })?,
    })
}

/// A golden case as the host keeps it; see [`super::Example`].
pub(super) fn example(e: wire::Example) -> Read<super::Example> {
    let as_of = day(e.context.as_of).within("context.as-of")?;
    let parameters = list("context.parameters", e.context.parameters, |p| Ok((p.name, value(p.value)?)))?;
    let subject = subject_in(&e.name, e.subject).within("subject")?;
    Ok(super::Example { name: e.name, as_of, parameters, subject, expected: e.expected })
}

fn subject_in(name: &str, s: wire::Subject) -> Read<m::Subject> {
    if s.evidence_count as usize > limits::EXAMPLE_ROWS {
        let breach = Breach::TooMany { found: s.evidence_count as usize, limit: limits::EXAMPLE_ROWS };
        return Err(Violation::from(breach)).within("evidence-count");
    }
    // A golden case stands in no workbook. Its evidence has addresses all the same, a row each, so
    // that what cites it can be printed.
    let cell = |row0| Provenance { source: SourceId(0), sheet: 0, cell: CellRef::new(row0, 0) };
    Ok(m::Subject {
        enterprise: None,
        name: name.to_owned(),
        code: String::new(),
        unit: String::new(),
        office: String::new(),
        inspectors: String::new(),
        plugin: 0,
        kind: s.kind,
        date: day(s.date).within("date")?,
        tags: s.tags,
        facts: list("facts", s.facts, |f| {
            Ok(m::KnownFact { fact: f.fact, value: value(f.value).within("value")?, evidence: f.evidence })
        })?,
        tables: list("tables", s.tables, |t| {
            Ok(m::KnownTable {
                table: t.table,
                rows: list("rows", t.rows, |r| {
                    Ok(m::TableRow { cells: list("cells", r.cells, value)?, evidence: r.evidence })
                })?,
            })
        })?,
        indicators: list("indicators", s.indicators, |i| {
            Ok(m::KnownIndicator {
                need: i.need,
                value: value(i.value).within("value")?,
                evidence: i.evidence,
            })
        })?,
        answers: list("answers", s.answers, |a| {
            let number = maybe(a.number, decimal).within("number")?;
            let written = m::Written { number, remark: a.remark.unwrap_or_default(), ..m::Written::NOTHING };
            let plain = m::Answer::plain(a.item, verdict(a.verdict), a.evidence);
            Ok(plain.with_level(a.level.map(level)).with(written))
        })?,
        evidence: (0..s.evidence_count).map(cell).collect(),
    })
}

// ---- to the guest ---------------------------------------------------------------------------

/// Why a subject cannot be put to a plugin: a deduction or a date that the contract cannot carry.
/// Facts that it cannot carry cross as faults; these two decide points and must not be bent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unsayable {
    /// What is wrong, in Chinese, in one clause.
    pub(super) message: String,
    /// Position in the subject's evidence.
    pub(super) evidence: Option<u32>,
}

fn decimal_out(d: Decimal) -> Option<wire::Decimal> {
    let d = d.normalize();
    let scale = u8::try_from(d.scale()).ok().filter(|&scale| scale <= limits::SCALE)?;
    Some(wire::Decimal { mantissa: d.mantissa().try_into().ok()?, scale })
}

fn day_out(d: Date) -> Option<wire::Date> {
    let year = u16::try_from(d.year()).ok().filter(|year| (1900..=9999).contains(year))?;
    Some(wire::Date { year, month: d.month().unsigned_abs(), day: d.day().unsigned_abs() })
}

/// Values that the contract cannot carry become faults with what stands there: never empty, never
/// another number.
fn value_out(v: &Value) -> wire::Value {
    match v {
        Value::Absent => wire::Value::Absent,
        Value::Text(text) => wire::Value::Text(text.into()),
        Value::Number(number) => {
            decimal_out(*number).map_or_else(|| wire::Value::Fault(number.to_string()), wire::Value::Number)
        }
        Value::Flag(flag) => wire::Value::Flag(*flag),
        Value::Day(day) => {
            day_out(*day).map_or_else(|| wire::Value::Fault(day.to_string()), wire::Value::Day)
        }
        Value::Verdict(verdict) => wire::Value::Text(verdict.title().to_owned()),
        Value::Level(level) => wire::Value::Text(level.title().to_owned()),
        Value::Fault(text) => wire::Value::Fault(text.into()),
    }
}

pub(super) fn verdict_out(verdict: m::Verdict) -> wire::Verdict {
    match verdict {
        m::Verdict::Pass => wire::Verdict::Pass,
        m::Verdict::Partial => wire::Verdict::Partial,
        m::Verdict::Fail => wire::Verdict::Fail,
        m::Verdict::NotApplicable => wire::Verdict::NotApplicable,
        m::Verdict::NotChecked => wire::Verdict::NotChecked,
        m::Verdict::NotSelected => wire::Verdict::NotSelected,
        m::Verdict::Informational => wire::Verdict::Informational,
        m::Verdict::Waived => wire::Verdict::Waived,
        m::Verdict::Error => wire::Verdict::Error,
    }
}

fn level_out(level: m::HazardLevel) -> wire::HazardLevel {
    match level {
        m::HazardLevel::General => wire::HazardLevel::General,
        m::HazardLevel::Major => wire::HazardLevel::Major,
    }
}

/// What is the same for all subjects of a run.
pub(super) fn context(as_of: Date, parameters: &[(String, Value)]) -> Result<wire::Context, Unsayable> {
    let as_of = day_out(as_of).ok_or_else(|| Unsayable {
        message: format!("评估日期 {as_of} 不在 1900 年至 9999 年之间"),
        evidence: None,
    })?;
    let parameters = parameters
        .iter()
        .map(|(name, value)| wire::Parameter { name: name.clone(), value: value_out(value) })
        .collect();
    Ok(wire::Context { as_of, parameters })
}

/// A subject as a plugin sees it: positions, no names. Remarks cross only where the plugin wants
/// them.
pub(super) fn subject(s: &m::Subject, wants_remarks: bool) -> Result<wire::Subject, Unsayable> {
    let answer = |a: &m::Answer| {
        Ok(wire::Answer {
            item: a.item,
            verdict: verdict_out(a.verdict),
            number: a.written().number.map(|number| number_out(a, number)).transpose()?,
            level: a.level.map(level_out),
            remark: (wants_remarks && !a.written().remark.is_empty()).then(|| a.written().remark.clone()),
            evidence: a.evidence,
        })
    };
    Ok(wire::Subject {
        kind: s.kind,
        date: inspected_out(s)?,
        tags: s.tags.clone(),
        facts: s.facts.iter().map(fact_out).collect(),
        tables: s.tables.iter().map(table_out).collect(),
        indicators: s.indicators.iter().map(indicator_out).collect(),
        answers: s.answers.iter().map(answer).collect::<Result<_, _>>()?,
        evidence_count: evidence_count(s),
    })
}

fn inspected_out(s: &m::Subject) -> Result<wire::Date, Unsayable> {
    day_out(s.date).ok_or_else(|| Unsayable {
        message: format!("检查日期 {} 不在 1900 年至 9999 年之间", s.date),
        evidence: None,
    })
}

fn number_out(a: &m::Answer, number: Decimal) -> Result<wire::Decimal, Unsayable> {
    decimal_out(number).ok_or_else(|| Unsayable {
        message: format!("扣分 {number} 的位数过多"),
        evidence: a.written().number_evidence.or(Some(a.evidence)),
    })
}

fn fact_out(f: &m::KnownFact) -> wire::KnownFact {
    wire::KnownFact { fact: f.fact, value: value_out(&f.value), evidence: f.evidence }
}

fn table_out(t: &m::KnownTable) -> wire::KnownTable {
    let row =
        |r: &m::TableRow| wire::Row { cells: r.cells.iter().map(value_out).collect(), evidence: r.evidence };
    wire::KnownTable { table: t.table, rows: t.rows.iter().map(row).collect() }
}

fn indicator_out(i: &m::KnownIndicator) -> wire::KnownIndicator {
    wire::KnownIndicator { need: i.need, value: value_out(&i.value), evidence: i.evidence }
}

fn evidence_count(s: &m::Subject) -> u32 {
    u32::try_from(s.evidence.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Decimal {
        text.parse().expect("the row holds a number")
    }

    #[test]
    fn decimals_cross_exactly_or_not_at_all() {
        for (text, crossed) in [
            ("0", Some((0, 0))),
            ("0.05", Some((5, 2))),
            ("2.50", Some((25, 1))),
            ("-3", Some((-3, 0))),
            ("0.123456789", Some((123_456_789, 9))),
            ("0.1234567891", None),
            ("9223372036854775807", Some((i64::MAX, 0))),
            ("9223372036854775808", None),
        ] {
            let out = decimal_out(number(text));
            assert_eq!(out.map(|d| (d.mantissa, d.scale)), crossed, "{text}");
            if let Some(out) = out {
                assert_eq!(decimal(out), Ok(number(text)), "{text}");
            }
        }
    }

    #[test]
    fn a_scale_beyond_nine_is_refused() {
        for scale in [10, 28, 29, 255] {
            let refused = decimal(wire::Decimal { mantissa: 1, scale });
            assert_eq!(refused, Err(Breach::Digits { found: scale, limit: 9 }.into()));
        }
        let least = decimal(wire::Decimal { mantissa: i64::MIN, scale: 9 });
        assert_eq!(least, Ok(number("-9223372036.854775808")));
    }

    #[test]
    fn only_days_of_the_calendar_are_read() {
        for (year, month, day_of_month, good) in [
            (2026, 2, 28, true),
            (2028, 2, 29, true),
            (2026, 2, 29, false),
            (2026, 13, 1, false),
            (2026, 0, 1, false),
            (2026, 1, 0, false),
            (2026, 1, 255, false),
            (1899, 12, 31, false),
            (10_000, 1, 1, false),
            (u16::MAX, 1, 1, false),
        ] {
            let read = day(wire::Date { year, month, day: day_of_month });
            assert_eq!(read.is_ok(), good, "{year}-{month}-{day_of_month}");
        }
    }

    #[test]
    fn what_cannot_cross_is_a_fault_and_never_empty() {
        for (value, crossed) in [
            (Value::Number(number("0.12345678901")), "0.12345678901"),
            (Value::Day(Date::new(1899, 12, 31).expect("a day")), "1899-12-31"),
        ] {
            match value_out(&value) {
                wire::Value::Fault(text) => assert_eq!(text, crossed),
                other => panic!("{other:?}"),
            }
        }
    }
}
