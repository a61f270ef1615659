//! Measured areas and distances against the least the law allows.
//! Changes no verdict: a measurement that contradicts one becomes a note, since both were written
//! by the same hand and only a person can say which is wrong.

use anping_sdk::{Assessed, Decimal, Mark, Note, Param, Reason, Subject, mark_words};

use crate::{CHECKLIST, LIMITS, outcome_of, own};

/// Notes where a measurement contradicts the verdict on its item.
///
/// Source: `data/limits.toml`.
pub fn check(subject: &Subject, assessed: &mut Assessed) {
    for [item, fact, least, document, clause, mark] in LIMITS.iter() {
        let item = own(CHECKLIST.item_index(item));
        let Some((measured, seen)) = subject.number(&CHECKLIST, fact) else { continue };
        let Some((outcome, answered)) = outcome_of(subject, assessed, item) else { continue };
        let least = Decimal::parse(least).expect("a test reads each limit");
        let phrase = match (measured >= least, outcome.verdict.fails()) {
            (true, true) => "measure-meets",
            (false, false) => "measure-below",
            _ => continue,
        };
        let fact = &CHECKLIST.facts[own(CHECKLIST.fact_index(fact)) as usize];
        let name = fact.title.split_once('(').map_or(fact.title, |(name, _)| name);
        let mark = if *mark == "S" { Mark::Secondary } else { Mark::Memory };
        let reason = Reason {
            phrase: own(CHECKLIST.phrase_index(phrase)),
            params: vec![
                Param::Item(item),
                name.into(),
                measured.into(),
                fact.unit.into(),
                least.into(),
                format!("{document} {clause}").as_str().into(),
                mark_words(mark).into(),
            ],
        };
        assessed.notes.push(Note { reason, item: Some(item), evidence: vec![answered, seen] });
    }
}
