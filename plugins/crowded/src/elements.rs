//! Counts the elements of a major fire hazard (综合判定): failing items whose part is an element,
//! against the thresholds of the kind of place. Knows no clause and no threshold: clauses stand
//! with the items, thresholds in `data/fire_counting.toml`.

use anping_sdk::{
    Assessed, Decimal, Effect, InForce, MajorMark, Param, Ruling, Subject, Value, bases_in_force, mark_words,
};

use crate::{CHECKLIST, FIRE_COUNTING, Standing, indicator, mark};

/// One failing item that is an element.
struct Element {
    item: u32,
    bases: InForce,
    evidence: u32,
}

impl Element {
    /// Whether one of its clauses is in `clauses`; `*` holds every clause.
    fn is_in(&self, clauses: &str) -> bool {
        clauses == "*"
            || self.bases.bases.iter().any(|basis| clauses.split(' ').any(|clause| clause == basis.clause))
    }
}

/// Gives the number of elements, and refers the subject when they reach a threshold.
///
/// Shape: the indicator `fire_elements` whenever something was checked, its working one sentence
/// an element; at most one referral, on all elements. One item counts once, however many clauses
/// it breaks.
/// Source: GB 35181-2017 5.3 (memory).
pub fn count(subject: &Subject, assessed: &mut Assessed) {
    let (Some(edition), Some(standing)) = (assessed.edition, Standing::on(assessed.edition)) else { return };
    let mut is_checked = false;
    let mut elements = Vec::new();
    for (answer, outcome) in subject.answers.iter().zip(&assessed.outcomes) {
        is_checked |= outcome.verdict == anping_sdk::Verdict::Pass || outcome.verdict.fails();
        let Some(item) = CHECKLIST.item(outcome.item) else { continue };
        if item.major != MajorMark::Element || !outcome.verdict.fails() {
            continue;
        }
        let Some(bases) = bases_in_force(&CHECKLIST, item, edition, MajorMark::Element) else { continue };
        elements.push(Element { item: outcome.item, bases, evidence: answer.evidence });
    }
    if !is_checked {
        return;
    }
    let working = elements.iter().map(|element| {
        let mut params: Vec<Param> = vec![Param::Item(element.item), standing.cited.into()];
        params.push(element.bases.clauses().as_str().into());
        if !element.bases.is_lead() {
            params.push(mark_words(element.bases.mark()).into());
        }
        standing.reason("fire-element", params)
    });
    let working = working.collect();
    let evidence: Vec<_> = elements.iter().map(|element| element.evidence).collect();
    let n_elements = Decimal::new(elements.len() as i64, 0);
    assessed.indicators.push(indicator(
        "fire_elements",
        Value::Number(n_elements),
        working,
        evidence.clone(),
    ));

    let place = place_of(subject);
    for [its_place, _, clauses, words, least, its_mark] in FIRE_COUNTING {
        if Some(*its_place) != place {
            continue;
        }
        let n_counted =
            Decimal::new(elements.iter().filter(|element| element.is_in(clauses)).count() as i64, 0);
        let least = Decimal::parse(least).expect("a test reads each threshold");
        if n_counted < least {
            continue;
        }
        let params = vec![
            (*its_place).into(),
            n_elements.into(),
            standing.cited.into(),
            (*words).into(),
            n_counted.into(),
            least.into(),
            mark_words(mark(its_mark)).into(),
            list(&elements).as_str().into(),
        ];
        assessed.rulings.push(Ruling {
            effect: Effect::Referral,
            items: elements.iter().map(|element| element.item).collect(),
            reason: standing.reason("suspected-major-fire", params),
            edition: Some(edition),
            evidence,
        });
        return;
    }
}

/// The kind of place, by the subject's tags: the first that shares one; else the one that asks
/// for none.
fn place_of(subject: &Subject) -> Option<&'static str> {
    let has = |tag: &str| CHECKLIST.tag_index(tag).is_some_and(|tag| subject.tags.contains(&tag));
    let by_tags = FIRE_COUNTING.iter().find(|row| row[1].split(' ').any(has));
    by_tags.or_else(|| FIRE_COUNTING.iter().find(|row| row[1].is_empty())).map(|row| row[0])
}

/// CR-C02 7.3.3、CR-C05 7.3.2/7.3.7
fn list(elements: &[Element]) -> String {
    let one = |element: &Element| {
        let code = CHECKLIST.item(element.item).map_or("", |item| item.code);
        format!("{code} {}", element.bases.clauses().replace('、', "/"))
    };
    elements.iter().map(one).collect::<Vec<_>>().join("、")
}
