//! Conditions of the sheet 校验: a left side, a comparison, and what follows.
//! Knows no points.

use std::cmp::Ordering;

use anping_sdk::definition::{Definition, Left, Missing, Rule, Test, Then};
use anping_sdk::{
    Assessed, Checklist, Date, Decimal, Effect, Failure, Note, Param, Reason, Ruling, Scope, Subject, Value,
    Verdict,
};

/// The phrase for a left side that is not known.
const UNKNOWN: &str = "rule-unknown";

/// A left side that is known.
struct Known {
    value: Value,
    items: Vec<u32>,
    evidence: Vec<u32>,
}

/// Applies every rule, in order.
///
/// Errors: a rule that refuses the subject holds.
pub fn apply(
    definition: &Definition,
    checklist: &Checklist,
    subject: &Subject,
    assessed: &mut Assessed,
) -> Result<(), Failure> {
    for rule in &definition.rules {
        let known = left(definition, rule, checklist, subject, assessed);
        let holds = match &known {
            Some(known) => compare(&known.value, rule),
            None => None,
        };
        match (holds, rule.missing) {
            (Some(false), _) | (None, Missing::Pass) => {}
            (Some(true), _) | (None, Missing::Hold) => follow(rule, known, checklist, assessed)?,
            (None, Missing::Note) => {
                let Some(phrase) = checklist.phrase_index(UNKNOWN) else { continue };
                let title = match &rule.left {
                    Left::Fact(code) => {
                        checklist.facts.iter().find(|fact| fact.code == code).map_or("", |fact| fact.title)
                    }
                    Left::Failed(class) => class,
                };
                let reason = Reason { phrase, params: vec![title.into()] };
                let evidence = known.map_or_else(Vec::new, |known| known.evidence);
                assessed.notes.push(Note { reason, item: None, evidence });
            }
        }
    }
    Ok(())
}

/// The left side. `None` where nothing is known of it.
fn left(
    definition: &Definition,
    rule: &Rule,
    checklist: &Checklist,
    subject: &Subject,
    assessed: &Assessed,
) -> Option<Known> {
    match &rule.left {
        Left::Fact(code) => {
            let known = subject.known(checklist, code)?;
            if known.value == Value::Absent {
                return None;
            }
            Some(Known { value: known.value.clone(), items: Vec::new(), evidence: vec![known.evidence] })
        }
        Left::Failed(class) => {
            let is_of_class = |item: u32| {
                class.is_empty() || definition.classes.get(item as usize).is_some_and(|of| of == class)
            };
            let of_class = || {
                let pairs = assessed.outcomes.iter().zip(&subject.answers);
                pairs.filter(|(outcome, _)| is_of_class(outcome.item))
            };
            let is_checked = |verdict: Verdict| verdict == Verdict::Pass || verdict.fails();
            if !of_class().any(|(outcome, _)| is_checked(outcome.verdict)) {
                return None;
            }
            let failed: Vec<_> = of_class().filter(|(outcome, _)| outcome.verdict.fails()).collect();
            Some(Known {
                value: Value::Number(Decimal::new(failed.len() as i64, 0)),
                items: failed.iter().map(|(outcome, _)| outcome.item).collect(),
                evidence: failed.iter().map(|(_, answer)| answer.evidence).collect(),
            })
        }
    }
}

/// Whether the comparison holds. `None` where the left side is not of the right side's type.
fn compare(left: &Value, rule: &Rule) -> Option<bool> {
    if let Test::Near | Test::Far = rule.test {
        let Value::Number(number) = left else { return None };
        let (least, most) = rule.right.split_once('~')?;
        let (least, most) = (Decimal::parse(least)?.ratio(), Decimal::parse(most)?.ratio());
        let is_near = number.ratio().at_least(least)? && most.at_least(number.ratio())?;
        return Some(is_near == (rule.test == Test::Near));
    }
    let order = match left {
        Value::Number(number) => number.ratio().compare(Decimal::parse(&rule.right)?.ratio())?,
        Value::Day(day) => day.cmp(&Date::parse(&rule.right)?),
        Value::Flag(flag) => flag.cmp(&match rule.right.as_str() {
            "是" => true,
            "否" => false,
            _ => return None,
        }),
        Value::Text(text) => text.as_str().cmp(&rule.right),
        Value::Absent | Value::Fault(_) => return None,
    };
    Some(match rule.test {
        Test::Less => order == Ordering::Less,
        Test::AtMost => order != Ordering::Greater,
        Test::Equal => order == Ordering::Equal,
        Test::NotEqual => order != Ordering::Equal,
        Test::AtLeast => order != Ordering::Less,
        Test::More => order == Ordering::Greater,
        // Compared above.
        Test::Near | Test::Far => return None,
    })
}

fn follow(
    rule: &Rule,
    known: Option<Known>,
    checklist: &Checklist,
    assessed: &mut Assessed,
) -> Result<(), Failure> {
    let phrase = checklist.phrase_index(&rule.phrase).ok_or_else(|| Failure::new("规则没有提示语"))?;
    let known =
        known.unwrap_or_else(|| Known { value: Value::Absent, items: Vec::new(), evidence: Vec::new() });
    let found = match &known.value {
        Value::Number(number) => Param::Number(*number),
        Value::Day(day) => Param::Day(*day),
        Value::Flag(flag) => if *flag { "是" } else { "否" }.into(),
        Value::Text(text) | Value::Fault(text) => Param::quote(text),
        Value::Absent => "未填".into(),
    };
    let Known { items, evidence, .. } = known;
    let reason = Reason { phrase, params: vec![found] };
    let effect = match &rule.then {
        Then::Note => {
            assessed.notes.push(Note { reason, item: None, evidence });
            return Ok(());
        }
        Then::Refuse => {
            let text = checklist.phrases.get(phrase as usize).map_or("", |phrase| phrase.text);
            let shown = match &reason.params[0] {
                Param::Number(number) => number.to_string(),
                Param::Day(day) => format!("{:04}-{:02}-{:02}", day.year, day.month, day.day),
                Param::Text(text) => text.clone(),
                Param::Item(_) => String::new(),
            };
            let message = text.replace("{0}", &shown);
            return Err(Failure { message, evidence: evidence.first().copied() });
        }
        Then::Cap(grade) => {
            let bands = checklist.schemes.first().map_or(&[][..], |scheme| scheme.bands);
            let Some(band) = bands.iter().position(|band| band.grade == grade) else {
                return Err(Failure::new("规则封顶的等次不在等次区间内"));
            };
            Effect::Cap(band as u32)
        }
        Then::Veto => Effect::Veto(Scope::Total),
        Then::Refer => Effect::Referral,
    };
    assessed.rulings.push(Ruling { effect, items, reason, edition: assessed.edition, evidence });
    Ok(())
}
