//! The record kept beside a filled form, read again: which cell was filled by what, and from what run.
//! Read without the inbox. Fills nothing.

use serde_json::{Value, json};

use super::digest;
use crate::model::{Date, Period};
use crate::report::standard::Origin;
use crate::yearend::Objections;

/// From what a form was filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FromRun {
    /// The run.
    pub origin: Origin,
    /// The month it was filled for.
    pub month: Period,
    /// Whether decided objections were taken into account.
    pub objections: Objections,
}

impl FromRun {
    /// As the record holds it.
    pub fn json(&self) -> Value {
        json!({
            "program": self.origin.program,
            "as_of": self.origin.as_of.to_string(),
            "issuer": self.origin.issuer,
            "inputs": self.origin.inputs,
            "rules": self.origin.rules,
            "month": self.month.to_string(),
            "after_objections": self.objections == Objections::After,
        })
    }
}

/// The record kept beside a filled form.
#[derive(Debug, Clone)]
pub struct Kept(Value);

impl Kept {
    /// Reads a record. Errors: `None` where it is none of ours.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(bytes).ok()?;
        (value["cells"].is_array() && value["filled_sha256"].is_string()).then_some(Self(value))
    }

    /// Whether the filled form is as it was written.
    pub fn is_of(&self, filled: &[u8]) -> bool {
        self.0["filled_sha256"] == digest(filled)
    }

    /// Digest of the blank form.
    pub fn form(&self) -> &str {
        self.0["form_sha256"].as_str().unwrap_or_default()
    }

    /// Which of several copies of the form it is, from 0.
    pub fn page(&self) -> usize {
        self.0["page"].as_u64().and_then(|page| usize::try_from(page).ok()).unwrap_or(0)
    }

    /// From what run it was filled; none where facts were given as a file.
    pub fn run(&self) -> Option<FromRun> {
        let run = &self.0["run"];
        let word = |key: &str| run[key].as_str().map(str::to_owned);
        let as_of: Date = word("as_of")?.parse().ok()?;
        let origin = Origin {
            program: word("program")?,
            as_of,
            issuer: word("issuer")?,
            inputs: word("inputs")?,
            rules: word("rules")?,
        };
        let after = run["after_objections"].as_bool()?;
        let objections = if after { Objections::After } else { Objections::Before };
        Some(FromRun { origin, month: Period::in_name(&word("month")?)?, objections })
    }

    /// Whether it is the record of an annex beside a form.
    pub fn is_annex(&self) -> bool {
        self.0["annex_of_sha256"].is_string()
    }

    /// What a cell rests on, in sentences; `附页!B4` is a cell of that sheet, `B4` of the first that was filled.
    /// Errors: `None` where no such cell was filled.
    pub fn explain(&self, address: &str) -> Option<String> {
        let (sheet, cell) = match address.trim().rsplit_once('!') {
            Some((sheet, cell)) => (Some(sheet.trim_matches('\'')), cell),
            None => (None, address.trim()),
        };
        let wanted = cell.to_ascii_uppercase().replace('$', "");
        let mut cells = self.0["cells"].as_array()?.iter();
        let of_sheet = |cell: &&Value| sheet.is_none_or(|sheet| cell["sheet"] == *sheet);
        let cell = cells.find(|cell| cell["cell"] == *wanted && of_sheet(cell))?;
        let word = |key: &str| cell[key].as_str().unwrap_or_default();
        let mut lines = vec![format!("“{}”{wanted} = {}", word("sheet"), word("value"))];
        let kept = if cell["formula_kept"] == true { ",为表样自带公式的结果" } else { "" };
        lines.push(format!("填写依据:{}{kept}", word("fact")));
        if !word("from").is_empty() {
            lines.push(format!("来源:{}", word("from")));
        }
        let notes = self.0["disagreements"].as_array().map_or(&[][..], Vec::as_slice);
        for note in notes.iter().filter_map(Value::as_str) {
            lines.push(format!("校验不符:{note}"));
        }
        if let Some(note) = self.0["note"].as_str() {
            lines.push(format!("差异说明:{note}"));
        }
        Some(lines.join("\n") + "\n")
    }
}
