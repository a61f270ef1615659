//! Stock against the limit in the licence, and what the deduction rule makes of the excess.
//! Knows no limit: it comes with the subject. Changes no deduction: the inspector's entry stands,
//! and a difference becomes a note with the working.

use anping_sdk::{Assessed, Charge, Decimal, Indicator, Item, Note, Param, Ratio, Reason, Subject, Value};

use crate::{CHECKLIST, OVERSTOCK, outcome_of, own};

/// A quantity that a licence limits.
struct Quantity {
    /// The item that asks for it.
    item: &'static str,
    /// The indicator it gives.
    gives: &'static str,
    /// Facts: what is there, and the limit. A licence may limit kilograms, boxes, or both; the
    /// pair that is further over its limit counts, because keeping one limit does not excuse
    /// breaking the other.
    pairs: &'static [(&'static str, &'static str)],
}

const QUANTITIES: [Quantity; 2] = [
    Quantity {
        item: "FW-R03",
        gives: "stock_rate",
        pairs: &[("stock_kg", "limit_kg"), ("stock_boxes", "limit_boxes")],
    },
    Quantity { item: "FW-W02", gives: "warehouse_rate", pairs: &[("warehouse_kg", "warehouse_limit_kg")] },
];

/// What is there, against what the licence allows.
struct Stock {
    actual: Decimal,
    limit: Decimal,
    unit: &'static str,
    /// Percent of the limit, exact.
    share: Ratio,
    /// Percent above the limit, exact; negative below it.
    excess: Ratio,
    evidence: [u32; 2],
}

/// Gives the share of the limit that is used, and notes where the verdict or the deduction is not
/// what the rule would make of it.
///
/// Shape: nothing where the actual stock or the limit is not known; never a guess.
/// Source: 《烟花爆竹安全管理条例》第19条第3款 (the licence states the limit); deduction rules of
/// FW-R03 and FW-W02.
pub fn check(subject: &Subject, assessed: &mut Assessed) {
    for quantity in &QUANTITIES {
        let item_index = own(CHECKLIST.item_index(quantity.item));
        let stocks = quantity.pairs.iter().filter_map(|pair| compare(subject, assessed, item_index, *pair));
        let stocks: Vec<_> = stocks.collect();
        let Some(stock) = stocks.iter().reduce(|worst, next| {
            if next.share.compare(worst.share).is_some_and(|order| order.is_gt()) { next } else { worst }
        }) else {
            continue;
        };
        let item = &CHECKLIST.items[item_index as usize];
        let expected = expected_deduction(item, stock.excess);
        give(assessed, quantity.gives, item, stock, expected);
        note(subject, assessed, item_index, item, stock, expected);
    }
}

/// Compares one pair of facts; a value that is not a usable number becomes a note.
fn compare(subject: &Subject, assessed: &mut Assessed, item: u32, pair: (&str, &str)) -> Option<Stock> {
    let (actual, limit) = (subject.known(&CHECKLIST, pair.0), subject.known(&CHECKLIST, pair.1));
    let mut usable = true;
    for (known, least) in [(actual, 0), (limit, 1)] {
        let Some(known) = known else { continue };
        let written = match &known.value {
            // A limit of zero allows nothing and is no limit a licence states.
            Value::Number(number) if number.mantissa >= least => continue,
            Value::Number(number) => number.to_string(),
            Value::Fault(text) => text.clone(),
            _ => continue,
        };
        usable = false;
        let title = CHECKLIST.facts[known.fact as usize].title;
        let params = vec![title.into(), Param::quote(&written)];
        let reason = Reason { phrase: own(CHECKLIST.phrase_index("quantity-unusable")), params };
        assessed.notes.push(Note { reason, item: Some(item), evidence: vec![known.evidence] });
    }
    let (actual, limit) = (actual?, limit?);
    let evidence = [actual.evidence, limit.evidence];
    let unit = CHECKLIST.facts[actual.fact as usize].unit;
    let (actual, limit) = (actual.value.number()?, limit.value.number()?);
    let share = actual.ratio().over(limit.ratio())?.times(Ratio::whole(100))?;
    let excess = share.plus(Ratio::whole(-100))?;
    usable.then_some(Stock { actual, limit, unit, share, excess, evidence })
}

/// What the deduction rule takes for stock `excess` percent above its limit: the dearest case that
/// applies, at most the item's points.
///
/// 「每10%」 is read as each full 10 %: 9.99 % costs nothing, 10 % costs one step. 「超50%」 is
/// strictly above: exactly 50 % still counts in steps (which the item's points cut off at 8).
pub fn expected_deduction(item: &Item, excess: Ratio) -> Decimal {
    let mut dearest = Decimal::ZERO;
    for [code, case, percent, counting] in OVERSTOCK {
        if *code != item.code {
            continue;
        }
        let percent = Decimal::parse(percent).expect("a test reads each percentage").ratio();
        let case = item.cases.iter().find(|known| known.code == *case).expect("a test asks for each case");
        let (Charge::Once(points) | Charge::Each(points)) = case.charge else { continue };
        let is_above = excess.compare(percent).is_some_and(|order| order.is_gt());
        let times = match *counting {
            "steps" => full_steps(excess, percent),
            _ => u32::from(is_above),
        };
        dearest = dearest.max(points.times(times).unwrap_or(item.points)).min(item.points);
    }
    dearest
}

/// How many whole steps fit; zero below the first. More than the points can bear is never needed.
fn full_steps(excess: Ratio, step: Ratio) -> u32 {
    let negative = excess.over(step).and_then(|steps| steps.times(Ratio::whole(-1)));
    let floor = negative.map_or(0, |steps| -steps.ceiling());
    floor.clamp(0, 1000) as u32
}

fn give(assessed: &mut Assessed, gives: &str, item: &Item, stock: &Stock, expected: Decimal) {
    let Some(share) = stock.share.rounded(2) else { return };
    let phrase = |code| own(CHECKLIST.phrase_index(code));
    let params = vec![stock.actual.into(), stock.unit.into(), stock.limit.into(), share.into()];
    let mut working = vec![Reason { phrase: phrase("stock-share"), params }];
    if stock.actual > stock.limit {
        let excess = stock.excess.rounded(2).unwrap_or(share);
        let params = vec![excess.into(), item.rule_text.into(), expected.into()];
        working.push(Reason { phrase: phrase("stock-expected"), params });
        if OVERSTOCK.iter().any(|row| row[0] == item.code && row[3] == "steps") {
            working.push(Reason { phrase: phrase("stock-reading"), params: Vec::new() });
        }
    }
    assessed.indicators.push(Indicator {
        indicator: own(CHECKLIST.gives_index(gives)),
        value: Value::Number(share),
        working,
        evidence: stock.evidence.to_vec(),
    });
}

fn note(
    subject: &Subject,
    assessed: &mut Assessed,
    item_index: u32,
    item: &Item,
    stock: &Stock,
    expected: Decimal,
) {
    let Some((outcome, answered)) = outcome_of(subject, assessed, item_index) else { return };
    let taken = outcome.points_taken().map_or(Decimal::ZERO, |taken| taken.min(item.points));
    let is_over = stock.actual > stock.limit;
    let phrase = match (is_over, outcome.verdict.fails()) {
        (true, false) => "stock-over-passed",
        (true, true) if taken != expected => "stock-deduction-differs",
        (false, true) => "stock-within-failed",
        _ => return,
    };
    let mut params: Vec<Param> =
        vec![Param::Item(item_index), stock.actual.into(), stock.unit.into(), stock.limit.into()];
    if is_over {
        params.push(stock.excess.rounded(2).unwrap_or(Decimal::ZERO).into());
        params.extend([item.rule_text.into(), expected.into()]);
    }
    if phrase == "stock-deduction-differs" {
        params.push(taken.into());
    }
    let [actual, limit] = stock.evidence;
    assessed.notes.push(Note {
        reason: Reason { phrase: own(CHECKLIST.phrase_index(phrase)), params },
        item: Some(item_index),
        evidence: vec![answered, actual, limit],
    });
}
