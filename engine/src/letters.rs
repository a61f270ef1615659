//! Who signed a letter of responsibility (责任书), and which post answers for which field.
//! Counts no points: coverage on a day is a question asked of the result.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::model::campaign::{Letter, Letters, Post, Signer};
use crate::model::text::match_key;
use crate::model::{Date, EnterpriseId, Provenance, Register, Table};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    #[serde(rename = "schema")]
    _schema: u32,
    departments_without: Vec<String>,
    days: Vec<String>,
    field: Vec<Field>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Field {
    name: String,
    words: Vec<String>,
}

type Signed = (Option<Date>, String, Provenance);

/// Reads letters and posts.
///
/// Shape: a letter for each village, department and enterprise that may owe one, signed or not; of
/// several rows of a unit the earliest day counts. Errors: none.
pub fn read(tables: &[Table], register: &Register) -> Letters {
    const TEXT: &str = include_str!("../../templates/letters/rules.toml");
    let rules: Rules = toml::from_str(TEXT).expect("the built-in rules are valid: a test reads them");
    let mut signed: BTreeMap<String, Signed> = BTreeMap::new();
    for table in tables.iter().filter(|table| table.is("letters")) {
        for row in &table.rows {
            let text = |key| table.cell(row, key).map_or_else(String::new, |cell| cell.shown());
            let Some(name) = table.cell(row, "name") else { continue };
            let day = table.cell(row, "date").and_then(|cell| cell.value.day());
            let one = (day, text("signed_by"), name.at);
            for key in [text("number"), name.shown()] {
                let key = match_key(&key);
                if key.is_empty() {
                    continue;
                }
                let known = signed.entry(key).or_insert_with(|| one.clone());
                if day.is_some_and(|day| known.0.is_none_or(|known| day < known)) {
                    *known = one.clone();
                }
            }
        }
    }
    let letter = |signer, number: &str, name: &str| {
        let found = [number, name].into_iter().filter(|key| !key.is_empty());
        let found = found.map(match_key).find_map(|key| signed.get(&key).cloned());
        let unit = if number.is_empty() { name } else { number };
        Letter { signer, unit: unit.to_owned(), signed: found }
    };
    let mut letters = Vec::new();
    for (kind, signer) in [("villages", Signer::Village), ("departments", Signer::Department)] {
        for table in tables.iter().filter(|table| table.is(kind)) {
            for row in &table.rows {
                let text = |key| table.cell(row, key).map_or_else(String::new, |cell| cell.shown());
                if signer == Signer::Village || !rules.departments_without.contains(&text("class")) {
                    letters.push(letter(signer, &text("number"), &text("name")));
                }
            }
        }
    }
    for (id, enterprise) in (0..).map(EnterpriseId).zip(&register.enterprises) {
        letters.push(letter(Signer::Enterprise(id), &enterprise.number, &enterprise.name));
    }
    let mut posts = Vec::new();
    for table in tables.iter().filter(|table| table.is("duties")) {
        for row in &table.rows {
            let text = |key| table.cell(row, key).map_or_else(String::new, |cell| cell.shown());
            let Some(post) = table.cell(row, "post") else { continue };
            let own = match_key(&text("field"));
            let holds = |field: &Field| field.words.iter().any(|word| own.contains(&match_key(word)));
            let fields = rules.field.iter().enumerate().filter(|(_, field)| holds(field));
            posts.push(Post {
                post: post.shown(),
                person: text("person"),
                fields: fields.map(|(at, _)| at).collect(),
                at: post.at,
            });
        }
    }
    let month_days = rules.days.iter().filter_map(|day| {
        let (month, day) = day.split_once('-')?;
        Some((month.parse().ok()?, day.parse().ok()?))
    });
    let month_days = month_days.collect();
    Letters { letters, month_days, fields: rules.field.into_iter().map(|field| field.name).collect(), posts }
}
