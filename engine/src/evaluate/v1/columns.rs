//! A batch in columns: what is asked of the subjects, and what came back cut into their results.
//! Decides nothing beyond whose a row of a column is: positions and bounds are for `recheck`.

use std::iter::Peekable;
use std::vec::IntoIter;

use super::bindings::exports::anping::columns::assessor as wire;
use super::{
    Read, Unsayable, assessed, deduction, evidence_count, fact_out, indicator_out, inspected_out, number_out,
    table_out,
};
use crate::evaluate::recheck::{Bounds, Breach, Violation, Within};
use crate::model as m;

pub(in super::super) use super::bindings::exports::anping::columns::assessor::Assessed;

/// The verdicts in the order of the contract's enumeration.
const VERDICTS: [m::Verdict; 9] = [
    m::Verdict::Pass,
    m::Verdict::Partial,
    m::Verdict::Fail,
    m::Verdict::NotApplicable,
    m::Verdict::NotChecked,
    m::Verdict::NotSelected,
    m::Verdict::Informational,
    m::Verdict::Waived,
    m::Verdict::Error,
];

/// The code for [`m::Verdict::Fail`] with all points of the item ([`Bounds::all_points`]).
const ALL_POINTS: usize = VERDICTS.len();

/// What is asked of a batch.
pub(in super::super) struct Question {
    pub(super) subjects: Vec<wire::About>,
    pub(super) answers: wire::Answers,
    pub(super) known: wire::Known,
}

impl Question {
    /// An empty one, with room for so many subjects and answers.
    pub(in super::super) fn with_room(subjects: usize, answers: usize) -> Self {
        Self {
            subjects: Vec::with_capacity(subjects),
            answers: wire::Answers {
                items: Vec::with_capacity(answers),
                verdicts: Vec::with_capacity(answers),
                levels: Vec::with_capacity(answers),
                evidence: Vec::with_capacity(answers),
                numbers: Vec::new(),
                remarks: Vec::new(),
            },
            known: wire::Known {
                tags: Vec::new(),
                facts: Vec::new(),
                tables: Vec::new(),
                indicators: Vec::new(),
            },
        }
    }

    /// Whether there is no subject in it.
    pub(in super::super) const fn is_empty(&self) -> bool {
        self.subjects.is_empty()
    }

    /// Adds a subject as a plugin sees it, like [`super::subject`].
    ///
    /// Errors: as there; nothing is added.
    pub(in super::super) fn add(&mut self, s: &m::Subject, wants_remarks: bool) -> Result<(), Unsayable> {
        let date = inspected_out(s)?;
        let columns = &mut self.answers;
        let (subject, first) = (self.subjects.len() as u32, columns.items.len() as u32);
        // The numbers first: they are all that can make a subject unsayable.
        let n_numbers = columns.numbers.len();
        for (answer, a) in (first..).zip(&s.answers) {
            let Some(number) = a.written().number else { continue };
            match number_out(a, number) {
                Ok(number) => columns.numbers.push(wire::NumberOf { answer, number }),
                Err(unsayable) => {
                    columns.numbers.truncate(n_numbers);
                    return Err(unsayable);
                }
            }
        }
        columns.items.extend(s.answers.iter().map(|a| a.item));
        columns.verdicts.extend(s.answers.iter().map(|a| super::verdict_out(a.verdict) as u8));
        columns.levels.extend(s.answers.iter().map(|a| a.level.map_or(0, |l| 1 + super::level_out(l) as u8)));
        columns.evidence.extend(s.answers.iter().map(|a| a.evidence));
        if wants_remarks {
            let remarks = (first..).zip(&s.answers).filter(|(_, a)| !a.written().remark.is_empty());
            columns.remarks.extend(
                remarks.map(|(answer, a)| wire::RemarkOf { answer, remark: a.written().remark.clone() }),
            );
        }
        let known = &mut self.known;
        known.tags.extend(s.tags.iter().map(|&tag| wire::TagOf { subject, tag }));
        known.facts.extend(s.facts.iter().map(|f| wire::FactOf { subject, fact: fact_out(f) }));
        known.tables.extend(s.tables.iter().map(|t| wire::TableOf { subject, table: table_out(t) }));
        known
            .indicators
            .extend(s.indicators.iter().map(|i| wire::IndicatorOf { subject, indicator: indicator_out(i) }));
        self.subjects.push(wire::About {
            kind: s.kind,
            date,
            answers: s.answers.len() as u32,
            evidence_count: evidence_count(s),
        });
        Ok(())
    }
}

/// Cuts what came back into the results of the subjects that were asked about, in their order.
///
/// Errors: columns that do not fit the question, so that nobody can say whose a row is. Within a subject:
/// the first number or day that no type of the model can hold.
pub(in super::super) fn results<'s>(
    asked: impl ExactSizeIterator<Item = &'s m::Subject>,
    came: Assessed,
    bounds: &Bounds,
) -> Read<Vec<Result<Read<m::Assessed>, super::wire::Failure>>> {
    if came.subjects.len() != asked.len() {
        let breach = Breach::Count { found: came.subjects.len(), expected: asked.len() };
        return Err(Violation { at: "assess".to_owned(), breach });
    }
    let mut rows = Rows {
        verdicts: came.verdicts,
        deductions: came.deductions.into_iter().peekable(),
        evidence: came.evidence.into_iter().peekable(),
    };
    let mut results = Vec::with_capacity(asked.len());
    let mut first = 0;
    for (subject, decided) in asked.zip(came.subjects) {
        let end = first + subject.answers.len();
        results.push(match decided {
            Ok(decided) => Ok(rows
                .outcomes(&subject.answers, first, bounds)?
                .and_then(|outcomes| with_outcomes(decided, outcomes))),
            // A row of its own would be the next subject's first, and out of order.
            Err(failure) => Err(failure),
        });
        first = end;
    }
    rows.end(first)?;
    Ok(results)
}

/// The columns, read from their beginning to their end.
struct Rows {
    verdicts: Vec<u8>,
    deductions: Peekable<IntoIter<wire::DeductionOf>>,
    evidence: Peekable<IntoIter<wire::EvidenceOf>>,
}

impl Rows {
    /// The outcomes for the answers of one subject, the first of which is at `first`.
    ///
    /// Errors: outside, a row that is no longer due; inside, what the subject's rows hold.
    fn outcomes(
        &mut self,
        answers: &[m::Answer],
        first: usize,
        bounds: &Bounds,
    ) -> Read<Read<Vec<m::Outcome>>> {
        let end = first + answers.len();
        let Some(verdicts) = self.verdicts.get(first..end) else {
            let breach = Breach::Count { found: self.verdicts.len(), expected: end };
            return Err(Violation::from(breach)).within("verdicts");
        };
        let mut wrong = None;
        let outcome = |((index, answer), &code): ((usize, &m::Answer), &u8)| {
            let code = usize::from(code);
            if let Some(verdict) = VERDICTS.get(code) {
                return m::Outcome::plain(answer.item, *verdict);
            }
            if let Some(all) = bounds.all_points(answer.item).filter(|_| code == ALL_POINTS) {
                return all.clone();
            }
            wrong.get_or_insert_with(|| no_verdict(code, index));
            m::Outcome::plain(answer.item, m::Verdict::Error)
        };
        let mut outcomes: Vec<_> = answers.iter().enumerate().zip(verdicts).map(outcome).collect();
        let mut least = first;
        while let Some(row) = self.deductions.next_if(|row| (row.answer as usize) < end) {
            least = due(row.answer, least).within("deductions")?;
            let index = least - first;
            let rows = std::iter::successors(Some(row), |_| {
                self.deductions.next_if(|row| row.answer as usize == least)
            });
            outcomes[index].edit(|beside| {
                for row in rows {
                    let read = deduction(row.deduction).at("deductions", beside.deductions.len());
                    match read.at("outcomes", index) {
                        Ok(deduction) => beside.deductions.push(deduction),
                        Err(violation) => wrong = wrong.take().or(Some(violation)),
                    }
                }
            });
        }
        let mut least = first;
        while let Some(row) = self.evidence.next_if(|row| (row.answer as usize) < end) {
            least = due(row.answer, least).within("evidence")?;
            let rows = std::iter::successors(Some(row), |_| {
                self.evidence.next_if(|row| row.answer as usize == least)
            });
            outcomes[least - first].edit(|beside| beside.evidence.extend(rows.map(|row| row.evidence)));
        }
        Ok(wrong.map_or(Ok(outcomes), Err))
    }

    /// Errors: rows that belong to no answer of a subject that was assessed.
    fn end(&mut self, n_answers: usize) -> Read<()> {
        let past = |answer: u32| {
            let beyond = Breach::Position { found: answer.into(), len: n_answers };
            let breach = if (answer as usize) < n_answers { Breach::Order(answer) } else { beyond };
            Violation::from(breach)
        };
        if self.verdicts.len() != n_answers {
            let breach = Breach::Count { found: self.verdicts.len(), expected: n_answers };
            return Err(Violation::from(breach)).within("verdicts");
        }
        if let Some(row) = self.deductions.next() {
            return Err(past(row.answer)).within("deductions");
        }
        match self.evidence.next() {
            Some(row) => Err(past(row.answer)).within("evidence"),
            None => Ok(()),
        }
    }
}

fn no_verdict(code: usize, index: usize) -> Violation {
    Violation {
        at: format!("outcomes[{index}].verdict"),
        breach: Breach::Position { found: code as u64, len: VERDICTS.len() },
    }
}

/// The position of a row that is due: at `least` or after it.
///
/// Errors: a row that stands behind a later one, or belongs to a subject that failed.
fn due(answer: u32, least: usize) -> Read<usize> {
    if (answer as usize) < least { Err(Breach::Order(answer).into()) } else { Ok(answer as usize) }
}

fn with_outcomes(decided: wire::Decided, outcomes: Vec<m::Outcome>) -> Read<m::Assessed> {
    let wire::Decided { edition, rulings, indicators, hazards, scores, notes } = decided;
    let beside =
        super::wire::Assessed { edition, outcomes: Vec::new(), rulings, indicators, hazards, scores, notes };
    Ok(m::Assessed { outcomes, ..assessed(beside)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Answer, Date, Verdict};

    /// A subject with so many answers on the first items.
    fn subject(n_answers: u32) -> m::Subject {
        let answer = |item| Answer::plain(item, Verdict::Pass, item);
        m::Subject {
            enterprise: None,
            name: String::new(),
            code: String::new(),
            unit: String::new(),
            office: String::new(),
            inspectors: String::new(),
            plugin: 0,
            kind: 0,
            date: Date::constant(2026, 7, 16),
            tags: Vec::new(),
            facts: Vec::new(),
            tables: Vec::new(),
            indicators: Vec::new(),
            answers: (0..n_answers).map(answer).collect(),
            evidence: Vec::new(),
        }
    }

    /// Three subjects of 2, 0 and 1 answers, of which those in `failed` failed. `deductions` and
    /// `evidence`: answers of the rows. What comes out for each: points taken and cells cited by answer;
    /// or the violation. Only of the first item it is known what all its points are: 9.
    fn check(verdicts: &[u8], failed: &[usize], deductions: &[u32], evidence: &[u32], expected: &str) {
        let subjects = [2, 0, 1].map(subject);
        let decided = |index: usize| {
            if failed.contains(&index) {
                return Err(super::super::wire::Failure { message: "x".to_owned(), evidence: None });
            }
            Ok(wire::Decided {
                edition: None,
                rulings: Vec::new(),
                indicators: Vec::new(),
                hazards: Vec::new(),
                scores: Vec::new(),
                notes: Vec::new(),
            })
        };
        let deduction = |(times, &answer): (u32, &u32)| wire::DeductionOf {
            answer,
            deduction: super::super::wire::Deduction {
                deduction_case: None,
                points: super::super::wire::Decimal { mantissa: 1, scale: 0 },
                scope: super::super::wire::Scope::Item,
                times,
                reason: None,
            },
        };
        let came = Assessed {
            subjects: (0..3).map(decided).collect(),
            verdicts: verdicts.to_vec(),
            deductions: (1..).zip(deductions).map(deduction).collect(),
            evidence: (10..)
                .zip(evidence)
                .map(|(evidence, &answer)| wire::EvidenceOf { answer, evidence })
                .collect(),
        };
        let outcome = |o: &m::Outcome| {
            let times: Vec<_> = o.deductions().iter().map(|d| d.times).collect();
            format!("{}{times:?}{:?}", o.verdict.key(), o.evidence())
        };
        let bounds = Bounds::with_all_points(vec![m::Outcome::with(
            0,
            Verdict::Fail,
            m::Beside { deductions: vec![taken(9)], evidence: Vec::new() },
        )]);
        let shown = match results(subjects.iter(), came, &bounds) {
            Err(violation) => violation.en(),
            Ok(results) => {
                let shown = results.iter().map(|result| match result {
                    Ok(Ok(assessed)) => assessed.outcomes.iter().map(outcome).collect::<Vec<_>>().join(" "),
                    Ok(Err(violation)) => violation.en(),
                    Err(failure) => failure.message.clone(),
                });
                shown.collect::<Vec<_>>().join(" | ")
            }
        };
        assert_eq!(shown, expected, "{verdicts:?} {failed:?} {deductions:?} {evidence:?}");
    }

    fn taken(times: u32) -> m::Deduction {
        m::Deduction { case: None, points: m::Decimal::ONE, scope: m::Scope::Item, times, reason: None }
    }

    #[test]
    fn all_points_are_those_of_the_item() {
        check(&[9, 0, 9], &[], &[], &[2], "fail[9][] pass[][] |  | fail[9][10]");
        check(&[9, 2, 2], &[], &[0, 0], &[], "fail[9, 1, 2][] fail[][] |  | fail[][]");
        let none = "outcomes[1].verdict: position 9 of 9, counted from 0 |  | fail[9][]";
        check(&[9, 9, 9], &[], &[], &[], none);
    }

    #[test]
    fn each_row_is_given_to_its_answer_or_to_nobody() {
        check(&[0, 2, 1], &[], &[], &[], "pass[][] fail[][] |  | partial[][]");
        check(&[2, 2, 2], &[], &[0, 0, 1, 2], &[1, 2], "fail[1, 2][] fail[3][10] |  | fail[4][11]");
        check(&[2, 2, 2], &[0], &[2], &[], "x |  | fail[1][]");
        check(&[2, 2, 2], &[1, 2], &[1], &[], "fail[][] fail[1][] | x | x");
        let order = |column: &str, answer: u32| {
            format!("{column}: a row of answer {answer}, counted from 0, out of order or of a failed subject")
        };
        check(&[2, 2, 2], &[], &[1, 0], &[], &order("deductions", 0));
        check(&[2, 2, 2], &[], &[2, 1], &[], &order("deductions", 1));
        check(&[2, 2, 2], &[], &[], &[2, 1], &order("evidence", 1));
        check(&[2, 2, 2], &[0], &[1], &[], &order("deductions", 1));
        check(&[2, 2, 2], &[2], &[2], &[], &order("deductions", 2));
        check(&[2, 2, 2], &[], &[3], &[], "deductions: position 3 of 3, counted from 0");
        check(&[2, 2, 2], &[], &[], &[u32::MAX], "evidence: position 4294967295 of 3, counted from 0");
        check(&[2, 2], &[], &[], &[], "verdicts: expected 3, found 2");
        check(&[2, 2, 2, 2], &[], &[], &[], "verdicts: expected 3, found 4");
        let none = "outcomes[1].verdict: position 10 of 9, counted from 0 |  | partial[][]";
        check(&[0, 10, 1], &[], &[], &[], none);
    }
}
