//! What a locality sets otherwise in a checklist (调整单): one value by its key, held against what the
//! checklist declares that it honours. Reads no file; who decided, and why, comes with the file.
//!
//! Keys: `ITEM.points`, `ITEM.veto`, `ITEM.CASE.charge`, `ITEM.CASE.limit`, `category.CODE.weight`, and
//! `data.TABLE.ROW.COLUMN` for numbers that a plugin judges by and declares one by one.

use std::fmt;

use super::yearend::Tailored;
use super::{Charge, Decimal, Item, Manifest, Scope, Value};

/// The source of needs by which a checklist says what of it may be set otherwise.
pub const PARAMETERS: &str = "parameters";

/// A value of a checklist that a locality set otherwise, or an item that it added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalRule {
    /// Position of the item that it is about; none for weights and for numbers beside the checklist.
    pub item: Option<u32>,
    /// What, by whom, when and why.
    pub rule: Tailored,
}

/// What was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set {
    /// Position of the item that it is about.
    pub item: Option<u32>,
    /// What stood there, as a reader sees it.
    pub base: String,
    /// What stands there now, as a reader sees it.
    pub local: String,
    /// What it is: 标准分, 扣分 …
    pub what: &'static str,
}

/// Why a value cannot be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// The plugin does not say that it honours this.
    NotHonoured {
        /// What it honours, as a reader sees it.
        honoured: Vec<String>,
    },
    /// The checklist has no such item, case or category.
    Unknown,
    /// A case that costs all points, or none: it has no charge.
    NoCharge,
    /// Not a number above zero, or for numbers beside the checklist not one from zero.
    Number(String),
    /// None of item, category and total.
    NoScope(String),
    /// Laxer than what stands there.
    Laxer {
        /// What stands there.
        base: String,
        /// What would be laxer: 低于 or 高于; empty for vetoes.
        side: &'static str,
    },
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotHonoured { honoured } if honoured.is_empty() => {
                f.write_str("插件未声明可由当地调整的项,调整不会起作用")
            }
            Self::NotHonoured { honoured } => {
                write!(f, "插件未声明支持此项调整,调整不会起作用;可调整:{}", honoured.join("、"))
            }
            Self::Unknown => f.write_str("检查表中没有这一项"),
            Self::NoCharge => f.write_str("该情形扣全部分值或只作裁定,没有可调整的扣分"),
            Self::Number(found) => write!(f, "应为大于0的数,现为 {found}"),
            Self::NoScope(found) => write!(f, "应为 item、category 或 total,现为 {found}"),
            Self::Laxer { base, side: "" } => write!(f, "只能更严:现为{base},不得放宽"),
            Self::Laxer { base, side } => write!(f, "只能更严:不得{side} {base}"),
        }
    }
}

/// Whether a name is a key of a checklist; any other parameter is its plugin's own affair.
pub fn is_key(name: &str) -> bool {
    name.starts_with("data.")
        || (name.starts_with("category.") && name.ends_with(".weight"))
        || [".points", ".veto", ".charge", ".limit"].iter().any(|suffix| name.ends_with(suffix))
}

/// What a checklist says may be set otherwise in it.
fn honours(manifest: &Manifest, what: &str) -> bool {
    manifest.needs.iter().any(|need| need.source == PARAMETERS && need.indicator == what)
}

/// Whether items may be added to a checklist.
///
/// Errors: why not.
pub fn may_add(manifest: &Manifest) -> Result<(), Refused> {
    if honours(manifest, "items") { Ok(()) } else { Err(not_honoured(manifest)) }
}

fn not_honoured(manifest: &Manifest) -> Refused {
    let own = manifest.needs.iter().filter(|need| need.source == PARAMETERS);
    let honoured = own.map(|need| {
        let key = declared(&need.indicator).map_or(need.indicator.as_str(), |(key, ..)| key);
        match key {
            "points" => "标准分(points)".to_owned(),
            "charge" => "扣分(charge)".to_owned(),
            "limit" => "最多扣分(limit)".to_owned(),
            "weight" => "类别权重(weight)".to_owned(),
            "veto" => "否决(veto)".to_owned(),
            "items" => "本地项目(item)".to_owned(),
            key => key.to_owned(),
        }
    });
    Refused::NotHonoured { honoured: honoured.collect() }
}

/// Sets one value of a checklist otherwise.
///
/// Units: points, shares, or those of the plugin's number. A veto may only reach further, and a number that
/// the plugin declares with a side only go to that side: what stands there may be another layer's.
/// Errors: [`Refused`]; the checklist is as it was.
pub fn set(manifest: &mut Manifest, key: &str, value: &Value) -> Result<Set, Refused> {
    if key.starts_with("data.") {
        return set_data(manifest, key, value);
    }
    if let Some(code) = key.strip_prefix("category.").and_then(|rest| rest.strip_suffix(".weight")) {
        if !honours(manifest, "weight") {
            return Err(not_honoured(manifest));
        }
        let weight = positive(value)?;
        let category = manifest.categories.iter_mut().find(|one| one.code == code).ok_or(Refused::Unknown)?;
        // Where nothing is weighed a weight would do nothing.
        let base = category.weight.ok_or(Refused::Unknown)?;
        category.weight = Some(weight);
        return Ok(changed(None, "权重", base, weight));
    }
    let (place, what) = key.rsplit_once('.').ok_or(Refused::Unknown)?;
    if !matches!(what, "points" | "veto" | "charge" | "limit") {
        return Err(Refused::Unknown);
    }
    if !honours(manifest, what) {
        return Err(not_honoured(manifest));
    }
    match what {
        "points" => {
            let (index, item) = item(manifest, place).ok_or(Refused::Unknown)?;
            let points = positive(value)?;
            let base = std::mem::replace(&mut item.points, points);
            Ok(changed(Some(index), "标准分", base, points))
        }
        "veto" => {
            let (index, item) = item(manifest, place).ok_or(Refused::Unknown)?;
            let scope = match value {
                Value::Text(text) => SCOPES.iter().find(|(word, ..)| *text == *word),
                _ => None,
            };
            let (_, scope, title) = scope.ok_or_else(|| Refused::NoScope(shown(value)))?;
            let base = item.veto.map_or("不否决", title_of);
            if item.veto.is_some_and(|known| reach(known) >= reach(*scope)) {
                return Err(Refused::Laxer { base: base.to_owned(), side: "" });
            }
            item.veto = Some(*scope);
            let (base, local) = (base.to_owned(), (*title).to_owned());
            Ok(Set { item: Some(index), base, local, what: "不符合" })
        }
        _ => {
            let (index, item, case) = case(manifest, place).ok_or(Refused::Unknown)?;
            let points = positive(value)?;
            let case = &mut item.cases[case];
            if what == "limit" {
                let base = case.limit.replace(points).map_or_else(String::new, plain);
                let set = changed(Some(index), "最多扣分", Decimal::ZERO, points);
                return Ok(Set { base, ..set });
            }
            match &mut case.charge {
                Charge::Once(charge) | Charge::Each(charge) => {
                    let base = std::mem::replace(charge, points);
                    Ok(changed(Some(index), "扣分", base, points))
                }
                Charge::AllPoints | Charge::RulingOnly => Err(Refused::NoCharge),
            }
        }
    }
}

fn changed(item: Option<u32>, what: &'static str, base: Decimal, local: Decimal) -> Set {
    Set { item, base: plain(base), local: plain(local), what }
}

/// How far a veto reaches: words of a tailoring file, and of a reader.
const SCOPES: [(&str, Scope, &str); 3] = [
    ("item", Scope::Item, "本项不得分"),
    ("category", Scope::Category, "本类不得分"),
    ("total", Scope::Total, "一票否决"),
];

fn reach(scope: Scope) -> usize {
    SCOPES.iter().position(|(_, known, _)| *known == scope).unwrap_or(0)
}

fn title_of(scope: Scope) -> &'static str {
    SCOPES[reach(scope)].2
}

fn item<'m>(manifest: &'m mut Manifest, code: &str) -> Option<(u32, &'m mut Item)> {
    (0..).zip(&mut manifest.items).find(|(_, item)| item.code == code)
}

/// The case that `ITEM.CASE` names. A code may have points in it, so every item with which the name begins is
/// asked.
fn case<'m>(manifest: &'m mut Manifest, place: &str) -> Option<(u32, &'m mut Item, usize)> {
    (0..).zip(&mut manifest.items).find_map(|(index, item)| {
        let code = place.strip_prefix(&*item.code)?.strip_prefix('.')?;
        let case = item.cases.iter().position(|case| case.code == code)?;
        Some((index, item, case))
    })
}

fn positive(value: &Value) -> Result<Decimal, Refused> {
    match value {
        Value::Number(number) if *number > Decimal::ZERO => Ok(*number),
        other => Err(Refused::Number(shown(other))),
    }
}

/// What a plugin declares of a number beside its checklist: key, relation, value.
fn declared(indicator: &str) -> Option<(&str, &str, &str)> {
    [">=", "<=", "="].iter().find_map(|relation| {
        let (key, value) = indicator.split_once(relation)?;
        key.starts_with("data.").then_some((key, *relation, value))
    })
}

fn set_data(manifest: &mut Manifest, key: &str, value: &Value) -> Result<Set, Refused> {
    let own = manifest.needs.iter_mut().filter(|need| need.source == PARAMETERS);
    for need in own {
        let Some((known, relation, base)) = declared(&need.indicator) else { continue };
        let Ok(base) = base.parse::<Decimal>() else { continue };
        if known != key {
            continue;
        }
        let number = match value {
            Value::Number(number) if *number >= Decimal::ZERO => *number,
            other => return Err(Refused::Number(shown(other))),
        };
        let side = match relation {
            ">=" if number < base => "低于",
            "<=" if number > base => "高于",
            _ => "",
        };
        if !side.is_empty() {
            return Err(Refused::Laxer { base: plain(base), side });
        }
        need.indicator = format!("{key}{relation}{}", plain(number));
        return Ok(changed(None, "数值", base, number));
    }
    Err(not_honoured(manifest))
}

fn plain(number: Decimal) -> String {
    number.normalize().to_string()
}

fn shown(value: &Value) -> String {
    match value {
        Value::Number(number) => plain(*number),
        Value::Text(text) | Value::Fault(text) => text.into(),
        Value::Flag(flag) => flag.to_string(),
        Value::Day(day) => day.to_string(),
        Value::Absent | Value::Verdict(_) | Value::Level(_) => String::new(),
    }
}
