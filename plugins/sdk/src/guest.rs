//! The wasm side of the contract: generated bindings, conversions, and the macro that exports a
//! sector. The only module that sees a generated type.

#![allow(missing_docs)]

use crate::assessed as ours_out;
use crate::case;
use crate::checklist as list;
use crate::exact::Decimal;
use crate::sector::{self, Sector};
use crate::subject as ours_in;

#[allow(unsafe_op_in_unsafe_fn, clippy::all, missing_docs)]
pub mod bindings {
    wit_bindgen::generate!({
        path: ["wit/v1", "wit/columns-v1"],
        world: "anping:columns/plugin",
        pub_export_macro: true,
        default_bindings_module: "anping_sdk::guest::bindings",
    });
}

pub mod columns;

pub use bindings::exports::anping::plugin::assessor as wire;

/// Exports a sector as a plugin.
#[macro_export]
macro_rules! plugin {
    ($sector:ident) => {
        #[cfg(target_arch = "wasm32")]
        mod exported {
            use $crate::guest::{self, columns, wire};

            struct Exported;

            impl wire::Guest for Exported {
                fn describe() -> wire::Manifest {
                    guest::describe::<super::$sector>()
                }

                fn assess(
                    context: wire::Context,
                    subjects: Vec<wire::Subject>,
                ) -> Vec<Result<wire::Assessed, wire::Failure>> {
                    guest::assess::<super::$sector>(context, subjects)
                }

                fn examples() -> Vec<wire::Example> {
                    guest::examples::<super::$sector>()
                }
            }

            impl columns::wire::Guest for Exported {
                fn assess(
                    context: wire::Context,
                    subjects: Vec<columns::wire::About>,
                    answers: columns::wire::Answers,
                    known: columns::wire::Known,
                ) -> columns::wire::Assessed {
                    columns::assess::<super::$sector>(context, subjects, answers, known)
                }
            }

            $crate::guest::bindings::export!(Exported with_types_in $crate::guest::bindings);
        }
    };
}

/// Converts the checklist of a sector.
pub fn describe<S: Sector>() -> wire::Manifest {
    let c = S::checklist();
    wire::Manifest {
        id: c.id.to_owned(),
        version: c.version.to_owned(),
        title: c.title.to_owned(),
        checklist_title: c.checklist_title.to_owned(),
        editions: each(c.editions, |e| wire::Edition {
            id: e.id.to_owned(),
            title: e.title.to_owned(),
            effective_from: e.effective.0.map(date),
            effective_to: e.effective.1.map(date),
            note: e.note.to_owned(),
        }),
        kinds: each(c.kinds, term),
        tags: each(c.tags, term),
        documents: each(c.documents, |d| wire::Document {
            key: d.key.to_owned(),
            title: d.title.to_owned(),
            number: d.number.to_owned(),
            effective_from: d.effective.0.map(date),
            effective_to: d.effective.1.map(date),
        }),
        categories: each(c.categories, |c| wire::Category {
            code: c.code.to_owned(),
            title: c.title.to_owned(),
            weight: c.weight.map(decimal),
        }),
        items: each(c.items, item),
        facts: each(c.facts, fact),
        tables: each(c.tables, |t| wire::Table {
            code: t.code.to_owned(),
            title: t.title.to_owned(),
            columns: each(t.columns, fact),
        }),
        needs: each(c.needs, |n| wire::Need {
            source: n.source.to_owned(),
            indicator: n.indicator.to_owned(),
        }),
        gives: each(c.gives, |g| wire::IndicatorTerm {
            code: g.code.to_owned(),
            title: g.title.to_owned(),
            unit: g.unit.to_owned(),
        }),
        phrases: each(c.phrases, |p| wire::Phrase { code: p.code.to_owned(), text: p.text.to_owned() }),
        schemes: each(c.schemes, scheme),
        wants_remarks: c.wants_remarks,
    }
}

/// Assesses a batch.
pub fn assess<S: Sector>(
    context: wire::Context,
    subjects: Vec<wire::Subject>,
) -> Vec<Result<wire::Assessed, wire::Failure>> {
    let context = context_in(context);
    subjects
        .into_iter()
        .map(|subject| match sector::assess::<S>(&context, &subject_in(subject)) {
            Ok(assessed) => Ok(assessed_out(assessed)),
            Err(failure) => Err(wire::Failure { message: failure.message, evidence: failure.evidence }),
        })
        .collect()
}

/// Converts the golden cases. A case that cannot be read becomes an example that cannot pass, so
/// that the host reports it under its name.
pub fn examples<S: Sector>() -> Vec<wire::Example> {
    let checklist = S::checklist();
    S::cases()
        .iter()
        .map(|text| {
            let case = case::read(checklist, text).unwrap_or_else(|wrong| case::Case {
                name: text.lines().next().unwrap_or_default().to_owned(),
                context: ours_in::Context { as_of: list::Date::new(1900, 1, 1), parameters: Vec::new() },
                subject: ours_in::Subject::checked_on(list::Date::new(1900, 1, 1)),
                expected: wrong,
            });
            wire::Example {
                name: case.name,
                context: wire::Context {
                    as_of: date(case.context.as_of),
                    parameters: case
                        .context
                        .parameters
                        .into_iter()
                        .map(|(name, v)| wire::Parameter { name, value: value(v) })
                        .collect(),
                },
                subject: subject_out(case.subject),
                expected: case.expected,
            }
        })
        .collect()
}

fn each<T, U>(list: &[T], convert: impl Fn(&T) -> U) -> Vec<U> {
    list.iter().map(convert).collect()
}

fn decimal(d: Decimal) -> wire::Decimal {
    wire::Decimal { mantissa: d.mantissa, scale: d.scale }
}

fn decimal_in(d: wire::Decimal) -> Decimal {
    Decimal::new(d.mantissa, d.scale)
}

fn date(d: list::Date) -> wire::Date {
    wire::Date { year: d.year, month: d.month, day: d.day }
}

fn date_in(d: wire::Date) -> list::Date {
    list::Date::new(d.year, d.month, d.day)
}

fn term(t: &list::Term) -> wire::Term {
    wire::Term { code: t.code.to_owned(), title: t.title.to_owned() }
}

fn mark(m: list::Mark) -> wire::Mark {
    match m {
        list::Mark::Clause => wire::Mark::Clause,
        list::Mark::Secondary => wire::Mark::Secondary,
        list::Mark::Memory => wire::Mark::Memory,
    }
}

fn scope(s: list::Scope) -> wire::Scope {
    match s {
        list::Scope::Item => wire::Scope::Item,
        list::Scope::Category => wire::Scope::Category,
        list::Scope::Total => wire::Scope::Total,
    }
}

fn level(l: list::HazardLevel) -> wire::HazardLevel {
    match l {
        list::HazardLevel::General => wire::HazardLevel::General,
        list::HazardLevel::Major => wire::HazardLevel::Major,
    }
}

fn level_in(l: wire::HazardLevel) -> list::HazardLevel {
    match l {
        wire::HazardLevel::General => list::HazardLevel::General,
        wire::HazardLevel::Major => list::HazardLevel::Major,
    }
}

fn major(m: list::MajorMark) -> wire::MajorMark {
    match m {
        list::MajorMark::None => wire::MajorMark::None,
        list::MajorMark::Direct => wire::MajorMark::Direct,
        list::MajorMark::Element => wire::MajorMark::Element,
    }
}

fn fact(f: &list::Fact) -> wire::Fact {
    wire::Fact {
        code: f.code.to_owned(),
        title: f.title.to_owned(),
        aliases: each(f.aliases, |a| (*a).to_owned()),
        kind: match f.kind {
            list::ValueKind::Text => wire::ValueKind::Text,
            list::ValueKind::Number => wire::ValueKind::Number,
            list::ValueKind::Flag => wire::ValueKind::Flag,
            list::ValueKind::Day => wire::ValueKind::Day,
        },
        unit: f.unit.to_owned(),
    }
}

fn item(i: &list::Item) -> wire::Item {
    wire::Item {
        code: i.code.to_owned(),
        category: i.category,
        requirement: i.requirement.to_owned(),
        method: i.method.to_owned(),
        points: decimal(i.points),
        scored: i.scored,
        rule_text: i.rule_text.to_owned(),
        cases: each(i.cases, |c| wire::DeductionCase {
            code: c.code.to_owned(),
            text: c.text.to_owned(),
            charge: match c.charge {
                list::Charge::Once(points) => wire::Charge::Once(decimal(points)),
                list::Charge::Each(points) => wire::Charge::Each(decimal(points)),
                list::Charge::AllPoints => wire::Charge::AllPoints,
                list::Charge::RulingOnly => wire::Charge::RulingOnly,
            },
            limit: c.limit.map(decimal),
            scope: scope(c.scope),
            hazard: c.hazard.map(level),
            veto: c.veto,
        }),
        citations: each(i.citations, |c| wire::Citation {
            document: c.document,
            clause: c.clause.to_owned(),
            effective_from: c.effective.0.map(date),
            effective_to: c.effective.1.map(date),
            mark: mark(c.mark),
        }),
        major: major(i.major),
        major_bases: each(i.major_bases, |b| wire::MajorBasis {
            edition: b.edition,
            clause: b.clause.to_owned(),
            major: major(b.major),
            mark: mark(b.mark),
        }),
        veto: i.veto.map(scope),
        applies: i.applies.to_vec(),
        mark: mark(i.mark),
    }
}

fn scheme(s: &list::Scheme) -> wire::Scheme {
    wire::Scheme {
        code: s.code.to_owned(),
        title: s.title.to_owned(),
        method: match s.method {
            list::Method::Deduct => wire::Method::Deduct,
            list::Method::Weighted => wire::Method::Weighted,
            list::Method::Given => wire::Method::Given,
        },
        full_marks: decimal(s.full_marks),
        digits: s.digits,
        rounding: match s.rounding {
            list::Rounding::ThenGrade => wire::Rounding::ThenGrade,
            list::Rounding::AfterGrade => wire::Rounding::AfterGrade,
        },
        unchecked: match s.unchecked {
            list::Unchecked::Zero => wire::Unchecked::Zero,
            list::Unchecked::Exclude => wire::Unchecked::Exclude,
        },
        convert_not_applicable: s.convert_not_applicable,
        bands: each(s.bands, |b| wire::Band { grade: b.grade.to_owned(), lower: decimal(b.lower) }),
        veto_grade: s.veto_grade.to_owned(),
        source: s.source.to_owned(),
    }
}

const VERDICTS: [(ours_in::Verdict, wire::Verdict); 9] = [
    (ours_in::Verdict::Pass, wire::Verdict::Pass),
    (ours_in::Verdict::Partial, wire::Verdict::Partial),
    (ours_in::Verdict::Fail, wire::Verdict::Fail),
    (ours_in::Verdict::NotApplicable, wire::Verdict::NotApplicable),
    (ours_in::Verdict::NotChecked, wire::Verdict::NotChecked),
    (ours_in::Verdict::NotSelected, wire::Verdict::NotSelected),
    (ours_in::Verdict::Informational, wire::Verdict::Informational),
    (ours_in::Verdict::Waived, wire::Verdict::Waived),
    (ours_in::Verdict::Error, wire::Verdict::Error),
];

fn verdict(v: ours_in::Verdict) -> wire::Verdict {
    VERDICTS[v as usize].1
}

fn verdict_in(v: wire::Verdict) -> ours_in::Verdict {
    VERDICTS[v as usize].0
}

fn value(v: ours_in::Value) -> wire::Value {
    match v {
        ours_in::Value::Absent => wire::Value::Absent,
        ours_in::Value::Text(text) => wire::Value::Text(text),
        ours_in::Value::Number(number) => wire::Value::Number(decimal(number)),
        ours_in::Value::Flag(flag) => wire::Value::Flag(flag),
        ours_in::Value::Day(day) => wire::Value::Day(date(day)),
        ours_in::Value::Fault(text) => wire::Value::Fault(text),
    }
}

fn value_in(v: wire::Value) -> ours_in::Value {
    match v {
        wire::Value::Absent => ours_in::Value::Absent,
        wire::Value::Text(text) => ours_in::Value::Text(text),
        wire::Value::Number(number) => ours_in::Value::Number(decimal_in(number)),
        wire::Value::Flag(flag) => ours_in::Value::Flag(flag),
        wire::Value::Day(day) => ours_in::Value::Day(date_in(day)),
        wire::Value::Fault(text) => ours_in::Value::Fault(text),
    }
}

fn context_in(c: wire::Context) -> ours_in::Context {
    ours_in::Context {
        as_of: date_in(c.as_of),
        parameters: c.parameters.into_iter().map(|p| (p.name, value_in(p.value))).collect(),
    }
}

fn table_in(t: wire::KnownTable) -> ours_in::KnownTable {
    ours_in::KnownTable {
        table: t.table,
        rows: t
            .rows
            .into_iter()
            .map(|r| ours_in::Row {
                cells: r.cells.into_iter().map(value_in).collect(),
                evidence: r.evidence,
            })
            .collect(),
    }
}

fn subject_in(s: wire::Subject) -> ours_in::Subject {
    ours_in::Subject {
        kind: s.kind,
        date: date_in(s.date),
        tags: s.tags,
        facts: s
            .facts
            .into_iter()
            .map(|f| ours_in::KnownFact { fact: f.fact, value: value_in(f.value), evidence: f.evidence })
            .collect(),
        tables: s.tables.into_iter().map(table_in).collect(),
        indicators: s
            .indicators
            .into_iter()
            .map(|i| ours_in::KnownIndicator { need: i.need, value: value_in(i.value), evidence: i.evidence })
            .collect(),
        answers: s
            .answers
            .into_iter()
            .map(|a| ours_in::Answer {
                item: a.item,
                verdict: verdict_in(a.verdict),
                number: a.number.map(decimal_in),
                level: a.level.map(level_in),
                remark: a.remark,
                evidence: a.evidence,
            })
            .collect(),
        evidence_count: s.evidence_count,
    }
}

fn subject_out(s: ours_in::Subject) -> wire::Subject {
    wire::Subject {
        kind: s.kind,
        date: date(s.date),
        tags: s.tags,
        facts: s
            .facts
            .into_iter()
            .map(|f| wire::KnownFact { fact: f.fact, value: value(f.value), evidence: f.evidence })
            .collect(),
        tables: s
            .tables
            .into_iter()
            .map(|t| wire::KnownTable {
                table: t.table,
                rows: t
                    .rows
                    .into_iter()
                    .map(|r| wire::Row {
                        cells: r.cells.into_iter().map(value).collect(),
                        evidence: r.evidence,
                    })
                    .collect(),
            })
            .collect(),
        indicators: s
            .indicators
            .into_iter()
            .map(|i| wire::KnownIndicator { need: i.need, value: value(i.value), evidence: i.evidence })
            .collect(),
        answers: s
            .answers
            .into_iter()
            .map(|a| wire::Answer {
                item: a.item,
                verdict: verdict(a.verdict),
                number: a.number.map(decimal),
                level: a.level.map(level),
                remark: a.remark,
                evidence: a.evidence,
            })
            .collect(),
        evidence_count: s.evidence_count,
    }
}

fn reason(r: ours_out::Reason) -> wire::Reason {
    wire::Reason {
        phrase: r.phrase,
        params: r
            .params
            .into_iter()
            .map(|p| match p {
                ours_out::Param::Number(number) => wire::Param::Number(decimal(number)),
                ours_out::Param::Text(text) => wire::Param::Text(text),
                ours_out::Param::Day(day) => wire::Param::Day(date(day)),
                ours_out::Param::Item(item) => wire::Param::Item(item),
            })
            .collect(),
    }
}

fn reasons(list: Vec<ours_out::Reason>) -> Vec<wire::Reason> {
    list.into_iter().map(reason).collect()
}

fn deductions(outcome: &ours_out::Outcome) -> impl Iterator<Item = wire::Deduction> {
    outcome.deductions().map(|taken| deduction(taken.into_owned()))
}

fn deduction(d: ours_out::Deduction) -> wire::Deduction {
    wire::Deduction {
        deduction_case: d.case,
        points: decimal(d.points),
        scope: scope(d.scope),
        times: d.times,
        reason: d.reason.map(reason),
    }
}

fn assessed_out(a: ours_out::Assessed) -> wire::Assessed {
    wire::Assessed {
        edition: a.edition,
        outcomes: a
            .outcomes
            .into_iter()
            .map(|o| wire::Outcome {
                item: o.item,
                verdict: verdict(o.verdict),
                deductions: deductions(&o).collect(),
                evidence: o.evidence().to_vec(),
            })
            .collect(),
        rulings: a
            .rulings
            .into_iter()
            .map(|r| wire::Ruling {
                effect: match r.effect {
                    ours_out::Effect::Veto(on) => wire::Effect::Veto(scope(on)),
                    ours_out::Effect::Cap(band) => wire::Effect::Cap(band),
                    ours_out::Effect::Referral => wire::Effect::Referral,
                },
                items: r.items,
                reason: reason(r.reason),
                edition: r.edition,
                evidence: r.evidence,
            })
            .collect(),
        indicators: a
            .indicators
            .into_iter()
            .map(|i| wire::Indicator {
                indicator: i.indicator,
                value: value(i.value),
                working: reasons(i.working),
                evidence: i.evidence,
            })
            .collect(),
        hazards: a
            .hazards
            .into_iter()
            .map(|h| wire::Hazard {
                level: level(h.level),
                item: h.item,
                reason: reason(h.reason),
                edition: h.edition,
                clause: h.clause,
                evidence: h.evidence,
            })
            .collect(),
        scores: a
            .scores
            .into_iter()
            .map(|s| wire::NamedScore {
                scheme: s.scheme,
                value: s.value.map(decimal),
                working: reasons(s.working),
            })
            .collect(),
        notes: a
            .notes
            .into_iter()
            .map(|n| wire::Note { reason: reason(n.reason), item: n.item, evidence: n.evidence })
            .collect(),
    }
}
