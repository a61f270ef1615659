//! What layers of tailoring come to for the checklists of plugins: parameters for the plugins, items to add,
//! and the annex. Sets the values in the host's own copy of a checklist; the plugin is told the same.

use std::collections::BTreeMap;

use super::{AddedItem, Lock, Tailoring, TailoringFault};
use crate::model::tailored::{self, LocalRule, Refused};
use crate::model::yearend::Tailored;
use crate::model::{Decimal, Manifest, Value};

/// What no layer may change in the checklists inside the program.
const NATIONAL: &str = include_str!("../../../templates/yearend/national.toml");

/// Rules that are no checklist.
const OTHER_RULES: [&str; 2] = ["yearend", "filing"];

/// What a locality sets otherwise in one checklist.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OfPlugin {
    /// What the plugin is told: key and value.
    pub parameters: Vec<(String, Value)>,
    /// What is added, and the title of the layer that adds it.
    pub items: Vec<(AddedItem, String)>,
    /// Sentences to be printed beside an item's rule, by the item's position.
    pub notes: BTreeMap<u32, Vec<String>>,
    /// What differs, without the items.
    pub rules: Vec<LocalRule>,
}

/// What layers of tailoring come to for each checklist.
///
/// Shape: one for each manifest, in order. A later layer changes what an earlier one made of the base.
/// Errors: every change of a checklist that is not there, of what its plugin does not honour, of what an
/// earlier layer locked; every item that cannot be added.
pub fn of_plugins(
    layers: &[Tailoring],
    manifests: &[&Manifest],
) -> Result<Vec<OfPlugin>, Vec<TailoringFault>> {
    let national =
        Tailoring::read(NATIONAL).expect("the locks inside the program are valid: a test reads them");
    let mut made: Vec<(Manifest, OfPlugin)> =
        manifests.iter().map(|manifest| ((*manifest).clone(), OfPlugin::default())).collect();
    let mut locks = national.locks;
    let mut faults = Vec::new();
    for layer in layers {
        for change in &layer.changes {
            if OTHER_RULES.contains(&&*change.rules) {
                continue;
            }
            let mut refuse = |what: String| {
                faults.push(TailoringFault { at: format!("调整 {} {}", change.rules, change.key), what });
            };
            let Some((manifest, own)) = made.iter_mut().find(|(manifest, _)| manifest.id == change.rules)
            else {
                refuse(unknown(&change.rules, manifests));
                continue;
            };
            if let Err(what) = own.change(manifest, layer, change, &locks) {
                refuse(what);
            }
        }
        for item in &layer.items {
            let at = format!("本地项目 {}", item.code);
            let found = made.iter_mut().find(|(manifest, _)| manifest.id == item.unit);
            let what = match found {
                None => unknown(&item.unit, manifests),
                Some((manifest, own)) => match own.add(manifest, layer, item) {
                    Ok(()) => continue,
                    Err(what) => what,
                },
            };
            faults.push(TailoringFault { at, what });
        }
        locks.extend(layer.locks.iter().cloned());
    }
    if faults.is_empty() { Ok(made.into_iter().map(|(_, own)| own).collect()) } else { Err(faults) }
}

fn unknown(id: &str, manifests: &[&Manifest]) -> String {
    let known: Vec<_> = manifests.iter().map(|manifest| &*manifest.id).collect();
    format!("没有检查表 {id:?};rules(本地项目的 unit)应为 yearend、filing 或 {}", known.join("、"))
}

impl OfPlugin {
    fn change(
        &mut self,
        manifest: &mut Manifest,
        layer: &Tailoring,
        change: &super::Change,
        locks: &[Lock],
    ) -> Result<(), String> {
        let value = value(&change.value)?;
        let set = tailored::set(manifest, &change.key, &value).map_err(|refused| refused.to_string())?;
        let mut held = locks.iter().filter(|lock| lock.holds(&change.rules, &change.key));
        if let Some(why) = held.find_map(|lock| lock.refuses(&set.base, &set.local)) {
            return Err(why);
        }
        self.parameters.retain(|(key, _)| *key != change.key);
        self.parameters.push((change.key.clone(), value));
        let from = if set.base.is_empty() { String::new() } else { format!("{}→", set.base) };
        if let Some(item) = set.item {
            self.notes.entry(item).or_default().push(format!(
                "本地调整:{}{from}{}({} {})",
                set.what, set.local, change.approver, change.date
            ));
        }
        let rule = change.annex(layer, set.base, set.local);
        self.rules.push(LocalRule { item: set.item, rule });
        Ok(())
    }

    fn add(&mut self, manifest: &Manifest, layer: &Tailoring, item: &AddedItem) -> Result<(), String> {
        tailored::may_add(manifest).map_err(|refused: Refused| refused.to_string())?;
        let is_taken = manifest.items.iter().any(|known| known.code.eq_ignore_ascii_case(&item.code))
            || self.items.iter().any(|(known, _)| known.code.eq_ignore_ascii_case(&item.code));
        if is_taken {
            return Err("检查表中已有此编号".to_owned());
        }
        let known: Vec<_> = manifest.categories.iter().map(|category| &*category.code).collect();
        if !item.category.is_empty() && !known.contains(&&*item.category) {
            return Err(format!("category 应为 {},现为 {:?}", known.join("、"), item.category));
        }
        self.items.push((item.clone(), layer.title.clone()));
        Ok(())
    }
}

impl AddedItem {
    /// The line of the annex for it.
    pub fn annex(&self, layer: &str) -> Tailored {
        Tailored {
            key: self.code.clone(),
            base: String::new(),
            local: format!("{}({}分)", self.requirement, self.points),
            remark: self.remark.clone(),
            date: self.date,
            approver: self.approver.clone(),
            layer: layer.to_owned(),
        }
    }
}

/// A value as parameters have it. Errors: a float, which is not exact; what is no value of a checklist.
fn value(value: &toml::Value) -> Result<Value, String> {
    match value {
        toml::Value::Integer(number) => Ok(Value::Number(Decimal::from(*number))),
        toml::Value::String(text) => {
            Ok(text.trim().parse::<Decimal>().map_or_else(|_| Value::Text(text.trim().into()), Value::Number))
        }
        other => Err(format!("应为带引号的数,如 \"0.5\",现为 {}", other.type_str())),
    }
}
