//! What the law asks by numbers: safety staff by headcount, hours of training, safety fees by revenue.
//! Changes no verdict: where a sheet says 符合 and its own numbers say otherwise, a note asks.

use anping_sdk::{Assessed, Decimal, Failure, Indicator, Note, Param, Ratio, Subject, Value, Verdict};

use crate::{CHECKLIST, FEES, HOURS, STAFF, reason};

/// Whether the subject carries a tag.
fn carries(subject: &Subject, tag: &str) -> bool {
    CHECKLIST.tag_index(tag).is_some_and(|tag| subject.tags.contains(&tag))
}

/// The evidence of an item that was passed without loss.
fn passed(assessed: &Assessed, subject: &Subject, code: &str) -> Option<(u32, u32)> {
    let item = CHECKLIST.item_index(code)?;
    let mut judged = subject.answers.iter().zip(&assessed.outcomes);
    let (answer, _) =
        judged.find(|(answer, outcome)| answer.item == item && outcome.verdict == Verdict::Pass)?;
    Some((item, answer.evidence))
}

fn number(text: &str) -> Decimal {
    Decimal::parse(text).expect("the numbers of data/ are read by a test")
}

/// Compares the safety staff with the headcount (data/staff.toml), where both are on the sheet.
pub(crate) fn staff(subject: &Subject, assessed: &mut Assessed) {
    let known = |code: &str| subject.number(&CHECKLIST, code);
    let Some((staff, staff_at)) = known("staff") else { return };
    if known("dedicated").is_none() && known("part_time").is_none() {
        return;
    }
    let count = |code: &str| known(code).map_or(Decimal::ZERO, |(number, _)| number);
    let (dedicated, part_time) = (count("dedicated"), count("part_time"));
    let institution = subject.known(&CHECKLIST, "department").and_then(|known| known.value.flag());
    for [tag, item, above, allowed, words, clause] in STAFF {
        let applies = if above.is_empty() { true } else { (staff > number(above)) == (*allowed == "专职") };
        let met = institution == Some(true)
            || dedicated.is_positive()
            || (*allowed == "兼职" && part_time.is_positive());
        if !carries(subject, tag) || !applies || met {
            continue;
        }
        if let Some((item, at)) = passed(assessed, subject, item) {
            let params = vec![
                staff.into(),
                (*clause).into(),
                (*words).into(),
                "条文已核".into(),
                dedicated.into(),
                part_time.into(),
            ];
            let reason = reason("staff-short", params);
            assessed.notes.push(Note { reason, item: Some(item), evidence: vec![at, staff_at] });
        }
    }
}

/// Compares hours of training with the least that is asked (data/hours.toml).
pub(crate) fn hours(subject: &Subject, assessed: &mut Assessed) {
    for [fact, tag, item, least, clause, mark] in HOURS.iter() {
        let Some((hours, hours_at)) = subject.number(&CHECKLIST, fact) else { continue };
        let high_risk = carries(subject, "GW");
        if (*tag == "GW") != high_risk || hours >= number(least) {
            continue;
        }
        if let Some((item, at)) = passed(assessed, subject, item) {
            let title =
                CHECKLIST.facts.iter().find(|known| known.code == *fact).map_or("", |known| known.title);
            let params =
                vec![title.into(), hours.into(), number(least).into(), (*clause).into(), (*mark).into()];
            let reason = reason("hours-short", params);
            assessed.notes.push(Note { reason, item: Some(item), evidence: vec![at, hours_at] });
        }
    }
}

/// Works out the safety fee that the revenue of the year before asks for (data/fees.toml), slice by
/// slice, and compares what was set aside.
///
/// Units: 万元. Errors: a revenue too large to be exact.
pub(crate) fn fee(subject: &Subject, assessed: &mut Assessed) -> Result<(), Failure> {
    let Some(industry) = subject.known(&CHECKLIST, "fee_industry") else { return Ok(()) };
    let Some((revenue, revenue_at)) = subject.number(&CHECKLIST, "revenue") else { return Ok(()) };
    let name = industry.value.text().unwrap_or_default();
    let too_large = || Failure::at("营业收入过大,无法精确计算", revenue_at);
    let (mut total, mut working, mut last) = (Ratio::ZERO, Vec::new(), None);
    for row in FEES.iter().filter(|row| row[0] == name) {
        let [_, from, to, percent, clause, mark] = row;
        let (from, rate) = (number(from), number(percent));
        if revenue <= from && !from.is_zero() {
            break;
        }
        let end = if to.is_empty() { revenue } else { revenue.min(number(to)) };
        let below = from.ratio().times(Ratio::whole(-1)).ok_or_else(too_large)?;
        let slice = end.ratio().plus(below).ok_or_else(too_large)?;
        let part =
            slice.times(rate.ratio()).and_then(|part| part.over(Ratio::whole(100))).ok_or_else(too_large)?;
        total = total.plus(part).ok_or_else(too_large)?;
        let shown = |ratio: Ratio| ratio.rounded(4).ok_or_else(too_large);
        let params = vec![from.into(), end.into(), shown(slice)?.into(), rate.into(), shown(part)?.into()];
        working.push(reason("fee-part", params));
        last = Some((*clause, *mark));
    }
    let Some((clause, mark)) = last else { return Ok(()) };
    let required = total.rounded(4).ok_or_else(too_large)?;
    working.push(reason("fee-total", vec![Param::quote(name), required.into(), clause.into(), mark.into()]));
    let indicator = CHECKLIST.gives_index("fee_required").expect("a golden case asks for the indicator");
    let evidence = vec![industry.evidence, revenue_at];
    assessed.indicators.push(Indicator { indicator, value: Value::Number(required), working, evidence });
    if let Some((set_aside, fee_at)) = subject.number(&CHECKLIST, "fee")
        && set_aside < required
        && let Some((item, at)) = passed(assessed, subject, "ER-301")
    {
        let reason = reason("fee-short", vec![set_aside.into(), required.into()]);
        assessed.notes.push(Note { reason, item: Some(item), evidence: vec![at, fee_at] });
    }
    Ok(())
}
