//! Puts what a locality sets otherwise into the plugins of a run: parameters, the host's own copy of their
//! checklists, and items that were added. Reads no file and judges nothing.

use super::{Error, Loaded};
use crate::authoring;
use crate::evaluate::{Host, LoadedPlugin};
use crate::model::tailored::LocalRule;
use crate::model::{Lang, PluginFault};
use crate::tailoring::{OfPlugin, Tailoring, TailoringFault, of_plugins};

/// The plugins as they are under layers of tailoring.
///
/// Errors: every fault of the tailoring. A plugin never runs by other rules than those that were asked for.
pub(super) fn tailored((host, loaded, faults): Loaded, layers: &[Tailoring]) -> Result<Loaded, Error> {
    if layers.is_empty() {
        return Ok((host, loaded, faults));
    }
    let manifests: Vec<_> = loaded.iter().map(|loaded| &loaded.plugin.manifest).collect();
    let changes = of_plugins(layers, &manifests).map_err(Error::Tailoring)?;
    let mut refused = Vec::new();
    let mut plugins = Vec::with_capacity(loaded.len());
    for (plugin, change) in loaded.into_iter().zip(changes) {
        match one(&host, plugin, change) {
            Ok(plugin) => plugins.push(plugin),
            Err(faults) => refused.extend(faults),
        }
    }
    if refused.is_empty() { Ok((host, plugins, faults)) } else { Err(Error::Tailoring(refused)) }
}

/// One plugin as it is under layers of tailoring, of which only what is of its checklist is read.
///
/// Errors: as [`tailored`].
pub(super) fn alone(host: &Host, plugin: LoadedPlugin, layers: &[Tailoring]) -> Result<LoadedPlugin, Error> {
    let id = &plugin.plugin.manifest.id;
    let mut layers = layers.to_vec();
    for layer in &mut layers {
        layer.changes.retain(|change| change.rules == *id);
        layer.items.retain(|item| item.unit == *id);
    }
    let mut changes = of_plugins(&layers, &[&plugin.plugin.manifest]).map_err(Error::Tailoring)?;
    one(host, plugin, changes.pop().unwrap_or_default()).map_err(Error::Tailoring)
}

fn one(host: &Host, mut plugin: LoadedPlugin, change: OfPlugin) -> Result<LoadedPlugin, Vec<TailoringFault>> {
    let of_plugin = |fault: PluginFault| {
        vec![TailoringFault { at: format!("插件 {}", fault.plugin), what: fault.line(Lang::Zh) }]
    };
    if !change.parameters.is_empty() {
        plugin = plugin.under(&change.parameters).map_err(of_plugin)?;
        for (item, notes) in &change.notes {
            let rule = &mut plugin.plugin.manifest.items[*item as usize].rule_text;
            *rule = format!("{rule}〔{}〕", notes.join(";"));
        }
        plugin.plugin.local = change.rules;
    }
    if change.items.is_empty() {
        return Ok(plugin);
    }
    let bytes = authoring::pack_items(&plugin.plugin.manifest, &change.items)?;
    let added = host.load("调整单", &bytes).map_err(of_plugin)?;
    let rules: Vec<_> =
        change.items.iter().map(|(item, layer)| LocalRule { item: None, rule: item.annex(layer) }).collect();
    plugin.with_added(added, &rules).map_err(of_plugin)
}
