//! The tailoring file (调整单): what a locality sets otherwise, each with remark, date and approver; and
//! the workspace file `anping.toml` (`tailoring/workspace.rs`) that names it. Reads no rules: it changes
//! values of TOML by their keys, refuses what is locked, and keeps what the base said for the annex.

mod workspace;

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;

pub use workspace::{WORKSPACE, Workspace, WorkspaceFault};

use crate::model::Date;
use crate::model::yearend::Tailored;

/// What `anping init` writes as a tailoring file, with comments.
pub const TEMPLATE: &str = include_str!("../../templates/yearend/tailoring.toml");

/// The longest tailoring or workspace file; ours are below 10 KiB.
pub const MAX_BYTES: u64 = 1 << 20;

/// What no tailoring may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// The key, or the beginning of keys.
    pub key: String,
    /// Why.
    pub why: String,
}

/// A number set otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Of which rules: `yearend` or `filing`.
    pub rules: String,
    /// Which, e.g. village.bonus.cap.
    pub key: String,
    /// What holds here.
    pub value: toml::Value,
    /// Why.
    pub remark: String,
    /// When it was decided.
    pub date: Date,
    /// By whom.
    pub approver: String,
}

/// An item that the locality adds to a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddedItem {
    /// Whose sheet: `village` or `department`.
    pub unit: String,
    /// Code.
    pub code: String,
    /// What must be so.
    pub requirement: String,
    /// Points.
    pub points: String,
    /// Why.
    pub remark: String,
    /// When it was decided.
    pub date: Date,
    /// By whom.
    pub approver: String,
}

/// A tailoring file. Empty: the base holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tailoring {
    /// What a reader sees.
    pub title: String,
    /// What is set otherwise.
    pub changes: Vec<Change>,
    /// What is added.
    pub items: Vec<AddedItem>,
    /// The text it was read from, for the digest.
    pub text: String,
}

/// What is wrong with a tailoring file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TailoringFault {
    /// The key or code; empty for the whole file.
    pub at: String,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for TailoringFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.at.is_empty() { f.write_str(&self.what) } else { write!(f, "{}: {}", self.at, self.what) }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTailoring {
    schema: u32,
    title: String,
    #[serde(default, rename = "change")]
    changes: Vec<RawChange>,
    #[serde(default, rename = "item")]
    items: Vec<RawItem>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawChange {
    #[serde(default = "of_year_end")]
    rules: String,
    key: String,
    value: toml::Value,
    remark: String,
    date: String,
    approver: String,
}

fn of_year_end() -> String {
    "yearend".to_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawItem {
    unit: String,
    code: String,
    requirement: String,
    points: String,
    remark: String,
    date: String,
    approver: String,
}

impl Tailoring {
    /// Reads a tailoring file.
    ///
    /// Errors: every fault: a change without remark, date or approver; a key set twice.
    pub fn read(text: &str) -> Result<Self, Vec<TailoringFault>> {
        let fault = |at: &str, what: &str| TailoringFault { at: at.to_owned(), what: what.to_owned() };
        let raw: RawTailoring =
            toml::from_str(text).map_err(|wrong| vec![fault("", wrong.to_string().trim_end())])?;
        let mut faults = Vec::new();
        if raw.schema != 1 {
            faults.push(fault("schema", &format!("应为 1,现为 {}", raw.schema)));
        }
        let mut seen = BTreeSet::new();
        let mut signed = |at: &str, remark: &str, date: &str, approver: &str| {
            for (value, what) in [(remark, "没有说明 remark"), (approver, "没有批准人 approver")] {
                if value.trim().is_empty() {
                    faults.push(fault(at, what));
                }
            }
            if !seen.insert(at.to_owned()) {
                faults.push(fault(at, "调整了两次"));
            }
            let read = date.parse::<Date>();
            if read.is_err() {
                faults.push(fault(at, &format!("日期 date 应如 2026-03-01,现为 {date:?}")));
            }
            read.unwrap_or(Date::ZERO)
        };
        let mut changes = Vec::new();
        for one in raw.changes {
            let date = signed(&format!("{}:{}", one.rules, one.key), &one.remark, &one.date, &one.approver);
            let RawChange { rules, key, value, remark, approver, .. } = one;
            changes.push(Change { rules, key, value, remark, date, approver });
        }
        let mut items = Vec::new();
        for one in raw.items {
            let date = signed(&one.code, &one.remark, &one.date, &one.approver);
            let RawItem { unit, code, requirement, points, remark, approver, .. } = one;
            items.push(AddedItem { unit, code, requirement, points, remark, date, approver });
        }
        for change in &changes {
            if !matches!(&*change.rules, "yearend" | "filing") {
                faults.push(fault(&change.key, "rules 应为 yearend 或 filing"));
            }
        }
        if faults.is_empty() {
            Ok(Self { title: raw.title, changes, items, text: text.to_owned() })
        } else {
            Err(faults)
        }
    }
}

/// Sets values of a table of rules otherwise.
///
/// A key is the names of tables and values with points between them; a table in a list is named by its
/// `report`, `code`, `grade` or `key`. What the base has not (an optional value) is added beside the
/// others. Shape: one line of the annex for each change, then for each item.
/// Errors: every key that is locked, unknown, or of another type than the base's value.
pub fn apply(
    table: &mut toml::Table,
    tailoring: &Tailoring,
    rules: &str,
    locks: &[Lock],
) -> Result<Vec<Tailored>, Vec<TailoringFault>> {
    let mut annex = Vec::new();
    let mut faults = Vec::new();
    for change in tailoring.changes.iter().filter(|change| change.rules == rules) {
        let key = &change.key;
        let mut refuse = |what: String| faults.push(TailoringFault { at: format!("调整 {key}"), what });
        let within = |one: &str, other: &str| {
            one == other || one.strip_prefix(other).is_some_and(|rest| rest.starts_with('.'))
        };
        let lock = locks.iter().find(|lock| within(key, &lock.key) || within(&lock.key, key));
        if let Some(lock) = lock {
            refuse(format!("已锁定,不得调整({})", lock.why));
            continue;
        }
        if within(key, "locked") || within(key, "schema") {
            refuse("不得调整".to_owned());
            continue;
        }
        match set(table, key, change.value.clone()) {
            Ok(base) => annex.push(Tailored {
                key: key.clone(),
                base: base.as_ref().map_or_else(String::new, shown),
                local: shown(&change.value),
                remark: change.remark.clone(),
                date: change.date,
                approver: change.approver.clone(),
            }),
            Err(what) => refuse(what),
        }
    }
    if rules == "yearend" {
        annex.extend(tailoring.items.iter().map(|item| Tailored {
            key: item.code.clone(),
            base: String::new(),
            local: format!("{}({}分)", item.requirement, item.points),
            remark: item.remark.clone(),
            date: item.date,
            approver: item.approver.clone(),
        }));
    }
    if faults.is_empty() { Ok(annex) } else { Err(faults) }
}

/// By what a table in a list is named.
const NAMES: [&str; 4] = ["report", "code", "grade", "key"];

/// Sets one value, and returns what stood there.
fn set(table: &mut toml::Table, key: &str, value: toml::Value) -> Result<Option<toml::Value>, String> {
    let (path, last) = key.rsplit_once('.').map_or((None, key), |(path, last)| (Some(path), last));
    if last.is_empty() {
        return Err("键为空".to_owned());
    }
    let mut names = path.into_iter().flat_map(|path| path.split('.'));
    let mut place = table;
    while let Some(name) = names.next() {
        let unknown = || format!("没有 {name} 这一项");
        place = match place.get_mut(name).ok_or_else(unknown)? {
            toml::Value::Table(table) => table,
            toml::Value::Array(list) => {
                let wanted = names.next().ok_or_else(unknown)?;
                let is_wanted = |table: &toml::Table| {
                    NAMES.iter().any(|name| table.get(*name).and_then(toml::Value::as_str) == Some(wanted))
                };
                let mut tables = list.iter_mut().filter_map(toml::Value::as_table_mut);
                tables.find(|table| is_wanted(table)).ok_or_else(|| format!("没有 {name}.{wanted} 这一项"))?
            }
            _ => return Err(format!("{name} 之下没有可调整的项")),
        };
    }
    if let Some(known) = place.get(last).filter(|known| !known.same_type(&value)) {
        return Err(format!("应为 {},现为 {}", known.type_str(), value.type_str()));
    }
    Ok(place.insert(last.to_owned(), value))
}

/// A value as the annex shows it.
fn shown(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Array(list) => list.iter().map(shown).collect::<Vec<_>>().join("、"),
        toml::Value::Table(table) => table.values().map(shown).collect::<Vec<_>>().join(" "),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Float(number) => number.to_string(),
        toml::Value::Boolean(flag) => flag.to_string(),
        toml::Value::Datetime(time) => time.to_string(),
    }
}

#[cfg(test)]
mod tests;
