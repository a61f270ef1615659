//! The tailoring file (调整单): what a locality sets otherwise, each with remark, date and approver; and
//! the workspace file `anping.toml` (`tailoring/workspace.rs`) that names it. Reads no rules: it changes
//! values of TOML by their keys, refuses what is locked, and keeps what the base said for the annex.

mod checklists;
mod workspace;

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;

pub use checklists::{OfPlugin, of_plugins};
pub use workspace::{WORKSPACE, Workspace, WorkspaceFault};

use crate::model::yearend::Tailored;
use crate::model::{Date, Decimal};

/// What `anping init` writes as a tailoring file, with comments.
pub const TEMPLATE: &str = include_str!("../../templates/yearend/tailoring.toml");

/// The longest tailoring or workspace file; ours are below 10 KiB.
pub const MAX_BYTES: u64 = 1 << 20;

/// What no tailoring may change, or only to one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// Of which rules.
    pub rules: String,
    /// The key, or the beginning of keys.
    pub key: String,
    /// To which side a number may still be changed.
    pub only: Only,
    /// Why.
    pub why: String,
}

/// To which side a locked number may be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Only {
    /// To none.
    #[default]
    Nothing,
    /// Upwards.
    Higher,
    /// Downwards.
    Lower,
}

/// A number set otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Of which rules: `yearend`, `filing`, or the id of the plugin whose checklist it is.
    pub rules: String,
    /// Which, e.g. village.bonus.cap; of a checklist, VL-61.points.
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

/// An item that the locality adds to a checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddedItem {
    /// Whose: the id of the plugin.
    pub unit: String,
    /// Code of the category that it stands in; empty: the last.
    pub category: String,
    /// Code.
    pub code: String,
    /// What must be so.
    pub requirement: String,
    /// How to check it; may be empty.
    pub method: String,
    /// Points.
    pub points: String,
    /// The deduction rule in print; may be empty.
    pub rule: String,
    /// The ways to fail it; may be none.
    pub cases: Vec<AddedCase>,
    /// What failing it takes: `item`, `category` or `total`; none: points only.
    pub veto: Option<String>,
    /// Codes of the tags that it applies to; empty: to all.
    pub applies: Vec<String>,
    /// The document and clause that it rests on; empty: the tailoring file itself.
    pub basis: String,
    /// How well that is known: C, S or M.
    pub mark: String,
    /// Why.
    pub remark: String,
    /// When it was decided.
    pub date: Date,
    /// By whom.
    pub approver: String,
}

/// One way in which an added item can fail.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddedCase {
    /// Code, unique in the item.
    pub code: String,
    /// As the locality words it.
    pub text: String,
    /// Points, once.
    pub once: Option<String>,
    /// Points for each occurrence.
    pub each: Option<String>,
    /// Whether it costs all points.
    #[serde(default)]
    pub all: bool,
    /// The most that it may take.
    pub limit: Option<String>,
}

/// A tailoring file: one layer over the base, or over the layers before it. Empty: what is below holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tailoring {
    /// What a reader sees.
    pub title: String,
    /// What is set otherwise.
    pub changes: Vec<Change>,
    /// What is added.
    pub items: Vec<AddedItem>,
    /// What the layers after this one may not change.
    pub locks: Vec<Lock>,
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
    #[serde(default, rename = "locked")]
    locks: Vec<RawLock>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLock {
    #[serde(default = "of_year_end")]
    rules: String,
    key: String,
    #[serde(default)]
    only: Only,
    why: String,
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

/// What is said of a basis that nobody vouches for.
fn from_memory() -> String {
    "M".to_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawItem {
    unit: String,
    #[serde(default)]
    category: String,
    code: String,
    requirement: String,
    #[serde(default)]
    method: String,
    points: String,
    #[serde(default)]
    rule: String,
    #[serde(default, rename = "case")]
    cases: Vec<AddedCase>,
    veto: Option<String>,
    #[serde(default)]
    applies: Vec<String>,
    #[serde(default)]
    basis: String,
    #[serde(default = "from_memory")]
    mark: String,
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
            let date = signed(&format!("{}:{}", one.unit, one.code), &one.remark, &one.date, &one.approver);
            items.push(one.added(date));
        }
        let locks = raw.locks.into_iter().map(RawLock::read).collect();
        if faults.is_empty() {
            Ok(Self { title: raw.title, changes, items, locks, text: text.to_owned() })
        } else {
            Err(faults)
        }
    }
}

impl RawLock {
    fn read(self) -> Lock {
        let Self { rules, key, only, why } = self;
        Lock { rules, key, only, why }
    }
}

impl RawItem {
    fn added(self, date: Date) -> AddedItem {
        let Self { unit, category, code, requirement, method, points, rule, cases, .. } = self;
        let Self { veto, applies, basis, mark, remark, approver, .. } = self;
        AddedItem {
            unit,
            category,
            code,
            requirement,
            method,
            points,
            rule,
            cases,
            veto,
            applies,
            basis,
            mark,
            remark,
            date,
            approver,
        }
    }
}

impl Lock {
    /// Whether a change of a key is within it.
    fn holds(&self, rules: &str, key: &str) -> bool {
        self.rules == rules && (within(key, &self.key) || within(&self.key, key))
    }

    /// Why a change is refused; none where it goes to the side that is left.
    fn refuses(&self, base: &str, local: &str) -> Option<String> {
        let (base, local) = (base.parse::<Decimal>(), local.parse::<Decimal>());
        let said = match (self.only, base, local) {
            (Only::Higher, Ok(base), Ok(local)) if local >= base => return None,
            (Only::Lower, Ok(base), Ok(local)) if local <= base => return None,
            (Only::Nothing, ..) => "已锁定,不得调整",
            (Only::Higher, ..) => "只能调高",
            (Only::Lower, ..) => "只能调低",
        };
        Some(format!("{said}({})", self.why))
    }
}

/// Whether a key is another, or stands under it.
fn within(one: &str, other: &str) -> bool {
    one == other || one.strip_prefix(other).is_some_and(|rest| rest.starts_with('.'))
}

impl Change {
    /// The line of the annex for it.
    fn annex(&self, layer: &Tailoring, base: String, local: String) -> Tailored {
        Tailored {
            key: self.key.clone(),
            base,
            local,
            remark: self.remark.clone(),
            date: self.date,
            approver: self.approver.clone(),
            layer: layer.title.clone(),
        }
    }
}

/// Sets values of a table of rules otherwise, one layer over the other.
///
/// A key is the names of tables and values with points between them; a table in a list is named by its
/// `report`, `code`, `grade` or `key`. What the base has not (an optional value) is added beside the
/// others. Shape: one line of the annex for each change, then for each item.
/// Errors: every key that is locked, unknown, or of another type than the base's value.
pub fn apply(
    table: &mut toml::Table,
    layers: &[Tailoring],
    rules: &str,
    locks: &[Lock],
) -> Result<Vec<Tailored>, Vec<TailoringFault>> {
    let mut annex = Vec::new();
    let mut faults = Vec::new();
    let mut locks = locks.to_vec();
    for layer in layers {
        for change in layer.changes.iter().filter(|change| change.rules == rules) {
            let key = &change.key;
            let mut refuse = |what: String| faults.push(TailoringFault { at: format!("调整 {key}"), what });
            let lock = locks.iter().find(|lock| lock.holds(rules, key));
            if let Some(why) =
                lock.filter(|lock| lock.only == Only::Nothing).and_then(|lock| lock.refuses("", ""))
            {
                refuse(why);
                continue;
            }
            if within(key, "locked") || within(key, "schema") {
                refuse("不得调整".to_owned());
                continue;
            }
            match set(table, key, change.value.clone()) {
                Ok(base) => {
                    let (base, local) = (base.as_ref().map_or_else(String::new, shown), shown(&change.value));
                    if let Some(why) = lock.and_then(|lock| lock.refuses(&base, &local)) {
                        refuse(why);
                    }
                    annex.push(change.annex(layer, base, local));
                }
                Err(what) => refuse(what),
            }
        }
        locks.extend(layer.locks.iter().cloned());
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
