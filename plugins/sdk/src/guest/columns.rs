//! The second door of the contract: a batch with its answers in columns.
//! Judges nothing: it makes a subject of its rows, has it assessed, and puts the outcomes into columns.

pub use super::bindings::exports::anping::columns::assessor as wire;

use super::{VERDICTS, assessed_out, context_in, date_in, decimal_in, deductions, value_in};
use crate::assessed::{Assessed, Outcome};
use crate::checklist::{Checklist, Date, HazardLevel};
use crate::sector::{self, Sector};
use crate::subject::{Answer, KnownFact, KnownIndicator, Subject, Verdict};
use crate::tailored;

/// Stands for a verdict where an outcome is for another item than its answer. Columns cannot say so;
/// the host refuses this as it refuses such an outcome.
const OTHER_ITEM: u8 = u8::MAX;

/// Stands for a failed item that loses all its points because the inspector entered none: the outcome that
/// most failed answers have.
const ALL_POINTS: u8 = VERDICTS.len() as u8;

/// Assesses a batch.
pub fn assess<S: Sector>(
    context: wire::Context,
    subjects: Vec<wire::About>,
    answers: wire::Answers,
    known: wire::Known,
) -> wire::Assessed {
    let context = context_in(context);
    let mut asked = Asked::of(answers, known);
    let mut out = wire::Assessed {
        subjects: Vec::with_capacity(subjects.len()),
        verdicts: Vec::with_capacity(asked.items.len()),
        deductions: Vec::new(),
        evidence: Vec::new(),
    };
    let in_force = tailored::enter(S::checklist(), &context.parameters);
    let checklist = S::checklist();
    // One subject after the other in the same place: fresh memory is what a call costs beside its rules.
    let mut subject = Subject::checked_on(Date::new(1900, 1, 1));
    for (index, about) in (0..).zip(&subjects) {
        let first = asked.next;
        asked.fill(&mut subject, index, about);
        let result = match &in_force {
            Ok(_) => sector::assess_in_force::<S>(&context, &subject),
            Err(failure) => Err(failure.clone()),
        };
        let result = match result {
            Ok(assessed) => Ok(decided(checklist, assessed, &subject.answers, first as u32, &mut out)),
            Err(failure) => {
                out.verdicts.extend(subject.answers.iter().map(|answer| answer.verdict as u8));
                Err(wire::Failure { message: failure.message, evidence: failure.evidence })
            }
        };
        out.subjects.push(result);
    }
    out
}

/// The columns of a question, and how far they have been read.
struct Asked {
    items: Vec<u32>,
    verdicts: Vec<u8>,
    levels: Vec<u8>,
    evidence: Vec<u32>,
    numbers: std::iter::Peekable<std::vec::IntoIter<wire::NumberOf>>,
    remarks: std::iter::Peekable<std::vec::IntoIter<wire::RemarkOf>>,
    tags: std::iter::Peekable<std::vec::IntoIter<wire::TagOf>>,
    facts: std::iter::Peekable<std::vec::IntoIter<wire::FactOf>>,
    tables: std::iter::Peekable<std::vec::IntoIter<wire::TableOf>>,
    indicators: std::iter::Peekable<std::vec::IntoIter<wire::IndicatorOf>>,
    /// The answer to be read next.
    next: usize,
}

impl Asked {
    fn of(answers: wire::Answers, known: wire::Known) -> Self {
        let wire::Answers { items, verdicts, levels, evidence, numbers, remarks } = answers;
        let wire::Known { tags, facts, tables, indicators } = known;
        Self {
            items,
            verdicts,
            levels,
            evidence,
            numbers: numbers.into_iter().peekable(),
            remarks: remarks.into_iter().peekable(),
            tags: tags.into_iter().peekable(),
            facts: facts.into_iter().peekable(),
            tables: tables.into_iter().peekable(),
            indicators: indicators.into_iter().peekable(),
            next: 0,
        }
    }

    /// Makes `subject` the one at `index`, whose rows come next.
    fn fill(&mut self, subject: &mut Subject, index: u32, about: &wire::About) {
        subject.kind = about.kind;
        subject.date = date_in(about.date);
        subject.evidence_count = about.evidence_count;
        subject.tags.clear();
        while let Some(row) = self.tags.next_if(|row| row.subject == index) {
            subject.tags.push(row.tag);
        }
        subject.facts.clear();
        while let Some(row) = self.facts.next_if(|row| row.subject == index) {
            let fact = row.fact;
            subject.facts.push(KnownFact {
                fact: fact.fact,
                value: value_in(fact.value),
                evidence: fact.evidence,
            });
        }
        subject.tables.clear();
        while let Some(row) = self.tables.next_if(|row| row.subject == index) {
            subject.tables.push(super::table_in(row.table));
        }
        subject.indicators.clear();
        while let Some(row) = self.indicators.next_if(|row| row.subject == index) {
            let known = row.indicator;
            subject.indicators.push(KnownIndicator {
                need: known.need,
                value: value_in(known.value),
                evidence: known.evidence,
            });
        }
        let (first, end) = (self.next, self.next + about.answers as usize);
        self.next = end;
        let items = own(&self.items, first, end);
        let columns = [&self.verdicts, &self.levels].map(|column| own(column, first, end));
        let evidence = own(&self.evidence, first, end);
        let rows = items.iter().zip(columns[0]).zip(columns[1]).zip(evidence);
        subject.answers.clear();
        subject.answers.extend(rows.map(|(((item, verdict), level), evidence)| Answer {
            item: *item,
            verdict: verdict_in(*verdict),
            number: None,
            level: level_in(*level),
            remark: None,
            evidence: *evidence,
        }));
        while let Some(row) = self.numbers.next_if(|row| (row.answer as usize) < end) {
            let answer = (row.answer as usize).checked_sub(first);
            if let Some(answer) = answer.and_then(|answer| subject.answers.get_mut(answer)) {
                answer.number = Some(decimal_in(row.number));
            }
        }
        while let Some(row) = self.remarks.next_if(|row| (row.answer as usize) < end) {
            let answer = (row.answer as usize).checked_sub(first);
            if let Some(answer) = answer.and_then(|answer| subject.answers.get_mut(answer)) {
                answer.remark = Some(row.remark);
            }
        }
    }
}

/// The rows of a column from `first` to before `end`. A host sends as many as it says.
fn own<T>(column: &[T], first: usize, end: usize) -> &[T] {
    column.get(first..end).unwrap_or_default()
}

/// A host sends no other code than a verdict's; one that did would have the answer judged as unreadable.
fn verdict_in(code: u8) -> Verdict {
    VERDICTS.get(usize::from(code)).map_or(Verdict::Error, |(verdict, _)| *verdict)
}

fn level_in(code: u8) -> Option<HazardLevel> {
    match code {
        0 => None,
        1 => Some(HazardLevel::General),
        _ => Some(HazardLevel::Major),
    }
}

/// Puts the outcomes into the columns, and returns the rest.
fn decided(
    checklist: &Checklist,
    mut assessed: Assessed,
    answers: &[Answer],
    first: u32,
    out: &mut wire::Assessed,
) -> wire::Decided {
    let mut outcomes = std::mem::take(&mut assessed.outcomes);
    let wire::Assessed { verdicts, deductions: taken, evidence, .. } = out;
    if outcomes.len() != answers.len() {
        // Nobody could say whose a verdict is. The subject is refused, and none beside it.
        verdicts.extend(answers.iter().map(|_| OTHER_ITEM));
        outcomes.clear();
    }
    verdicts.extend((first..).zip(answers).zip(&outcomes).map(|((answer, asked), outcome)| {
        let code = if asked.item == outcome.item { outcome.verdict as u8 } else { OTHER_ITEM };
        // Most are a verdict and nothing else.
        if outcome.is_plain() {
            return code;
        }
        evidence.extend(outcome.evidence().iter().map(|&evidence| wire::EvidenceOf { answer, evidence }));
        if code == Verdict::Fail as u8 && loses_all(checklist, outcome) {
            return ALL_POINTS;
        }
        taken.extend(deductions(outcome).map(|deduction| wire::DeductionOf { answer, deduction }));
        code
    }));
    let rest = assessed_out(assessed);
    wire::Decided {
        edition: rest.edition,
        rulings: rest.rulings,
        indicators: rest.indicators,
        hazards: rest.hazards,
        scores: rest.scores,
        notes: rest.notes,
    }
}

/// Whether all points of its item are what the outcome costs, as the host knows them too.
fn loses_all(checklist: &Checklist, outcome: &Outcome) -> bool {
    checklist.item(outcome.item).is_some_and(|item| outcome.takes_all_points(item))
}
