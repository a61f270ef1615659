//! A sheet beside what the town's records say of the same unit: the ledger, letters, drills, accidents.
//! Knows no item and no record by name: which record bears on which item is the sector's data.
//! Changes no score: a contradiction is for a person to look at.

use crate::assessed::{Assessed, Note, Param, Reason};
use crate::checklist::Checklist;
use crate::subject::{Subject, Verdict};

/// Notes every item that lost nothing on the sheet although a record speaks against it.
///
/// A row of `rows` is an item's code, the source and code of an indicator, 有 where a count above 0
/// contradicts full points or 无 where a count of 0 does, and what was counted. The sentence of `phrase`
/// has three places: the item, what was counted, the count.
///
/// Shape: one note for each row that contradicts, at the item's answer and at the record. A record that
/// is not known contradicts nothing, and neither does an item that does not apply or was not checked.
/// Errors: none; a row or phrase that names nothing of the checklist is left out, and a test of the
/// sector sees it.
pub fn compare_records(
    checklist: &Checklist,
    subject: &Subject,
    assessed: &mut Assessed,
    rows: &'static [[&'static str; 5]],
    phrase: &str,
) {
    let Some(phrase) = checklist.phrase_index(phrase) else { return };
    for [item, source, indicator, when, what] in rows {
        let Some(item) = checklist.item_index(item) else { continue };
        let Some(known) = subject.indicator_from(checklist, source, indicator) else { continue };
        let Some(count) = known.value.number() else { continue };
        let contradicts = match *when {
            "有" => count.is_positive(),
            _ => count.mantissa == 0,
        };
        let answers = subject.answers.iter().zip(&assessed.outcomes);
        let full = answers.filter(|(answer, _)| answer.item == item).find(|(_, outcome)| {
            outcome.verdict == Verdict::Pass && outcome.deductions().all(|taken| !taken.points.is_positive())
        });
        let Some((answer, _)) = full.filter(|_| contradicts) else { continue };
        let reason = Reason { phrase, params: vec![Param::Item(item), (*what).into(), count.into()] };
        let evidence = vec![answer.evidence, known.evidence];
        assessed.notes.push(Note { reason, item: Some(item), evidence });
    }
}
