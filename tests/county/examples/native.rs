//! The rules of the measured checklist called natively: nothing crosses a border and nothing is checked.
//! `.ci/peers.py` holds what the sandbox costs against it.
//!
//! Prints microseconds of a subject with 60 answers, the least of many rounds.

use std::hint::black_box;
use std::time::Instant;

use anping_sdk::{Answer, Context, Date, HazardLevel, Subject, Verdict};
use county::County;

/// Subjects of a round, rounds, and answers of a subject.
const SUBJECTS: u32 = 512;
const ROUNDS: u32 = 400;
const ITEMS: u32 = 60;

/// What the inspector found: about as many answers pass, fail and do not apply as in the measured lists, where
/// 13.6 of 100 fail and every fifteenth item is a major hazard as long as it is open.
fn found(subject: u32, item: u32) -> (Verdict, Option<HazardLevel>) {
    match (subject * 31 + item * 17) % 22 {
        0..3 if item % 15 == 7 => (Verdict::Fail, Some(HazardLevel::Major)),
        0..3 => (Verdict::Fail, Some(HazardLevel::General)),
        3 => (Verdict::NotApplicable, None),
        _ => (Verdict::Pass, None),
    }
}

fn subject(number: u32) -> Subject {
    let answer = |item| {
        let (verdict, level) = found(number, item);
        Answer { item, verdict, number: None, level, remark: None, evidence: item }
    };
    let mut subject = Subject::checked_on(Date::new(2026, 7, 16));
    subject.answers = (0..ITEMS).map(answer).collect();
    subject.evidence_count = ITEMS;
    subject
}

#[allow(clippy::print_stdout, reason = "it prints what it measures")]
fn main() {
    let subjects: Vec<_> = (0..SUBJECTS).map(subject).collect();
    let context = Context { as_of: Date::new(2026, 12, 31), parameters: Vec::new() };
    let mut least = f64::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for subject in &subjects {
            black_box(anping_sdk::assess::<County>(&context, black_box(subject)).expect("it is assessed"));
        }
        least = least.min(start.elapsed().as_secs_f64());
    }
    println!("{:.3}", least * 1e6 / f64::from(SUBJECTS));
}
