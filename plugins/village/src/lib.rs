//! 村居: the yearly responsibility checklist of villages, and what its table cannot say.
//! Keeps no number: points stand in `checklist.toml`, what a late filing costs in `data/`.

use anping_sdk::{
    Assessed, Checklist, Context, Decimal, Failure, Indicator, Note, Param, Reason, Sector, Subject, Value,
    Verdict, compare_records, counted,
};

anping_sdk::include_checklist!();

/// The sector.
pub struct Village;

/// The item that filings count for.
const FILINGS: &str = "VL-61";

/// The item whose rule ends in a veto that only the record of accidents can found: points lost there
/// may be an injury.
const ACCIDENTS: &str = "VL-71";

impl Sector for Village {
    fn checklist() -> &'static Checklist {
        &CHECKLIST
    }

    fn cases() -> &'static [&'static str] {
        CASES
    }

    fn rules(_: &Context, subject: &Subject, assessed: &mut Assessed) -> Result<(), Failure> {
        let verified = CHECKLIST.kind_index("verified") == Some(subject.kind);
        if verified {
            compare_filings(subject, assessed);
            compare_records(&CHECKLIST, subject, assessed, RECORDS, "record-differs");
        }
        for (answer, outcome) in subject.answers.iter().zip(&assessed.outcomes) {
            let Some(item) = CHECKLIST.item(answer.item).filter(|item| item.code == ACCIDENTS) else {
                continue;
            };
            if verified && outcome.verdict.fails() {
                let rule = item.cases.iter().find(|case| case.veto).map_or("", |case| case.text);
                let reason = reason("veto-to-check", vec![Param::Item(answer.item), rule.into()]);
                assessed.notes.push(Note {
                    reason,
                    item: Some(answer.item),
                    evidence: vec![answer.evidence],
                });
            }
        }
        Ok(())
    }
}

anping_sdk::plugin!(Village);

/// Says what filings cost by the log; a sheet that took something else keeps what it took.
fn compare_filings(subject: &Subject, assessed: &mut Assessed) {
    let Some(counted) = counted(&CHECKLIST, subject, "filings", &FILING) else { return };
    let indicator = CHECKLIST.gives_index("filing_lost").expect("a golden case asks for the indicator");
    assessed.indicators.push(Indicator {
        indicator,
        value: Value::Number(counted.lost),
        working: vec![reason("filing-lost", counted.params())],
        evidence: counted.evidence.clone(),
    });
    for (answer, outcome) in subject.answers.iter().zip(&assessed.outcomes) {
        let Some(item) = CHECKLIST.item(answer.item).filter(|item| item.code == FILINGS) else { continue };
        let typed = outcome.deductions.first().map_or(Decimal::ZERO, |taken| taken.points);
        let due = counted.lost.min(item.points);
        if matches!(outcome.verdict, Verdict::Pass | Verdict::Partial | Verdict::Fail)
            && typed.min(item.points) != due
        {
            let params = vec![Param::Item(answer.item), typed.into(), due.into()];
            let mut evidence = vec![answer.evidence];
            evidence.extend(&counted.evidence);
            let reason = reason("filing-differs", params);
            assessed.notes.push(Note { reason, item: Some(answer.item), evidence });
        }
    }
}

/// A sentence of this checklist.
fn reason(phrase: &str, params: Vec<Param>) -> Reason {
    let phrase = CHECKLIST.phrase_index(phrase).expect("the golden cases ask for every phrase");
    Reason { phrase, params }
}
