//! Facts that forms are filled with: named values and lists of records, each with where it comes from.
//! Knows no form: which cell a fact belongs to is the affair of a specification.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use crate::model::{Date, Decimal};

/// A value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum FactValue {
    /// There is none: the cell stays empty.
    #[default]
    Absent,
    /// Text.
    Text(String),
    /// A number, exact, as it is to be shown.
    Number(Decimal),
    /// A day.
    Day(Date),
}

impl FactValue {
    /// As it reads within a text.
    pub fn shown(&self) -> String {
        match self {
            Self::Absent => String::new(),
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Day(day) => day.to_string(),
        }
    }
}

/// A value, and where it comes from in words (file, sheet, cell, rule).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fact {
    /// The value.
    pub value: FactValue,
    /// Where it comes from; may be empty.
    pub from: String,
}

impl From<FactValue> for Fact {
    fn from(value: FactValue) -> Self {
        Self { value, from: String::new() }
    }
}

/// One record of a list, by key.
pub type Record = BTreeMap<String, Fact>;

/// Everything a form may ask for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// Facts that stand alone.
    pub one: BTreeMap<String, Fact>,
    /// Lists of records.
    pub lists: BTreeMap<String, Vec<Record>>,
}

/// Facts in JSON that cannot be used.
#[derive(Debug)]
pub struct WrongFacts(String);

impl fmt::Display for WrongFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "facts: {}", self.0)
    }
}

impl std::error::Error for WrongFacts {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    #[serde(default)]
    facts: BTreeMap<String, WireFact>,
    #[serde(default)]
    lists: BTreeMap<String, Vec<BTreeMap<String, WireFact>>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WireFact {
    Whole(i64),
    Text(String),
    Absent(()),
    Full(Full),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Full {
    text: Option<String>,
    number: Option<String>,
    day: Option<String>,
    #[serde(default)]
    from: String,
}

impl Facts {
    /// Reads facts from JSON: `{"facts": {key: fact}, "lists": {key: [{key: fact}]}}`.
    ///
    /// A fact is a whole number, a text, `null`, or `{"number": "1.50", "from": "…"}` with one of
    /// `text`, `number`, `day`. Numbers with a fraction are texts, so that they stay exact.
    /// Errors: anything else.
    pub fn from_json(text: &str) -> Result<Self, WrongFacts> {
        let wire: Wire = serde_json::from_str(text).map_err(|error| WrongFacts(error.to_string()))?;
        let record = |record: BTreeMap<String, WireFact>| -> Result<Record, WrongFacts> {
            record.into_iter().map(|(key, fact)| Ok((key.clone(), fact.read(&key)?))).collect()
        };
        let one = record(wire.facts)?;
        let mut lists = BTreeMap::new();
        for (key, records) in wire.lists {
            lists.insert(key, records.into_iter().map(record).collect::<Result<_, _>>()?);
        }
        Ok(Self { one, lists })
    }
}

impl WireFact {
    fn read(self, key: &str) -> Result<Fact, WrongFacts> {
        let full = match self {
            Self::Absent(()) => return Ok(Fact::default()),
            Self::Whole(number) => return Ok(FactValue::Number(number.into()).into()),
            Self::Text(text) => return Ok(FactValue::Text(text).into()),
            Self::Full(full) => full,
        };
        let wrong = |what: &str| WrongFacts(format!("{key}: {what}"));
        let value = match (full.text, full.number, full.day) {
            (None, None, None) => FactValue::Absent,
            (Some(text), None, None) => FactValue::Text(text),
            (None, Some(number), None) => {
                FactValue::Number(Decimal::from_str_exact(&number).map_err(|_| wrong("not a decimal"))?)
            }
            (None, None, Some(day)) => FactValue::Day(day.parse().map_err(|_| wrong("not a day"))?),
            _ => return Err(wrong("expected one of text, number, day")),
        };
        Ok(Fact { value, from: full.from })
    }
}
