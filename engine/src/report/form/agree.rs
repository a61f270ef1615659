//! The facts of a form as figures, for the cross-checks before it is written. Works on facts alone, whoever
//! gave them; what needs the whole run is `from_run`'s. Knows no rule.

use super::facts::{Fact, FactValue, Facts};
use crate::model::{Amount, Figure, FigureGroup, FigureLine, Spot};

/// Of where a fact comes from, so many characters are named.
const NAMED_CHARS: usize = 80;

/// A group for each list, a line for each of its records. What a record has no value for is missing.
pub fn figures(facts: &Facts, lists: &[&str]) -> Vec<FigureGroup> {
    let group = |list: &&str| {
        let records = facts.lists.get(*list)?;
        let line = |(index, record): (usize, &super::Record)| {
            let figures = record.iter().filter_map(|(key, fact)| Some((key.clone(), figure(fact)?)));
            FigureLine {
                label: format!("第 {} 条", index + 1),
                figures: figures.collect(),
                ..FigureLine::default()
            }
        };
        Some(FigureGroup {
            form: (*list).to_owned(),
            name: format!("{list} "),
            lines: records.iter().enumerate().map(line).collect(),
            ..FigureGroup::default()
        })
    };
    lists.iter().filter_map(group).collect()
}

fn figure(fact: &Fact) -> Option<Figure> {
    let amount = match &fact.value {
        FactValue::Absent => return None,
        FactValue::Number(number) => Amount::Number(*number),
        FactValue::Text(text) => Amount::Text(text.clone()),
        FactValue::Day(day) => Amount::Text(day.to_string()),
    };
    let from: String = fact.from.chars().take(NAMED_CHARS).collect();
    let cut = if from.len() < fact.from.len() { "…" } else { "" };
    Some(Figure { amount, spot: Spot::Named(format!("{from}{cut}")) })
}
