//! What the yearly checklists of a town's own units (villages, departments) share: filings counted by
//! the log, records beside the sheet, and a veto that only the record of accidents can found.
//! Knows no item by name: which items these are, and what a late filing costs, is the sector's.

use crate::assessed::{Assessed, Indicator, Note, Param, Reason};
use crate::counted::{Counted, counted};
use crate::exact::Decimal;
use crate::records::compare_records;
use crate::subject::{Subject, Value, Verdict};
use crate::tailored::{Rows, Tailorable};

/// The rules of a yearly checklist, as its sector names their items and data.
///
/// The checklist has a kind `verified`, an indicator `filing_lost`, and the phrases `filing-lost`,
/// `filing-differs`, `record-differs` and `veto-to-check`.
#[derive(Debug, Clone, Copy)]
pub struct Yearly {
    /// The checklist.
    pub checklist: &'static Tailorable,
    /// The item that filings count for (报表报送).
    pub filings: &'static str,
    /// What each late, missing or returned filing costs: see [`counted`].
    pub rates: &'static Rows<2>,
    /// The item whose rule ends in a veto that only the record of accidents can found: points lost
    /// there may be an injury.
    pub accidents: &'static str,
    /// Records that may speak against full points: see [`compare_records`].
    pub records: &'static [[&'static str; 5]],
}

impl Yearly {
    /// Notes what the town's records say otherwise than a verified sheet, and gives what filings cost.
    ///
    /// A sheet that a unit fills in for itself is compared with nothing. Changes no score.
    /// Errors: none; panics where the checklist lacks one of the names above, which a golden case sees.
    pub fn rules(&self, subject: &Subject, assessed: &mut Assessed) {
        if self.checklist.kind_index("verified") != Some(subject.kind) {
            return;
        }
        if let Some(counted) = counted(self.checklist, subject, "filings", self.rates) {
            self.compare_filings(&counted, subject, assessed);
        }
        compare_records(self.checklist, subject, assessed, self.records, "record-differs");
        self.ask_for_veto(subject, assessed);
    }

    /// Says what filings cost by the log; a sheet that took something else keeps what it took.
    fn compare_filings(&self, counted: &Counted, subject: &Subject, assessed: &mut Assessed) {
        let indicator =
            self.checklist.gives_index("filing_lost").expect("a golden case asks for the indicator");
        assessed.indicators.push(Indicator {
            indicator,
            value: Value::Number(counted.lost),
            working: vec![self.reason("filing-lost", counted.params())],
            evidence: counted.evidence.clone(),
        });
        for (answer, outcome) in subject.answers.iter().zip(&assessed.outcomes) {
            let Some(item) = self.checklist.item(answer.item).filter(|item| item.code == self.filings) else {
                continue;
            };
            let typed = outcome.points_taken().unwrap_or(Decimal::ZERO);
            let due = counted.lost.min(item.points);
            if matches!(outcome.verdict, Verdict::Pass | Verdict::Partial | Verdict::Fail)
                && typed.min(item.points) != due
            {
                let params = vec![Param::Item(answer.item), typed.into(), due.into()];
                let mut evidence = vec![answer.evidence];
                evidence.extend(&counted.evidence);
                let reason = self.reason("filing-differs", params);
                assessed.notes.push(Note { reason, item: Some(answer.item), evidence });
            }
        }
    }

    /// Asks a person whether points lost for accidents are the accident that vetoes.
    fn ask_for_veto(&self, subject: &Subject, assessed: &mut Assessed) {
        for (answer, outcome) in subject.answers.iter().zip(&assessed.outcomes) {
            let Some(item) = self.checklist.item(answer.item).filter(|item| item.code == self.accidents)
            else {
                continue;
            };
            if outcome.verdict.fails() {
                let rule = item.cases.iter().find(|case| case.veto).map_or("", |case| case.text);
                let reason = self.reason("veto-to-check", vec![Param::Item(answer.item), rule.into()]);
                assessed.notes.push(Note {
                    reason,
                    item: Some(answer.item),
                    evidence: vec![answer.evidence],
                });
            }
        }
    }

    /// A sentence of the checklist.
    fn reason(&self, phrase: &str, params: Vec<Param>) -> Reason {
        let phrase = self.checklist.phrase_index(phrase).expect("the golden cases ask for every phrase");
        Reason { phrase, params }
    }
}
