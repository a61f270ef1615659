//! Items that a locality adds to a checklist: judged by a plugin of their own beside the one whose sheet they
//! stand on, and put together again. Knows no tailoring file: it takes two loaded plugins.
//!
//! The plugin of the sheet never hears of them, so nothing of what it says can depend on them; theirs sees
//! nothing but their answers.

use super::LoadedPlugin;
use super::fault::Fault;
use super::recheck::{self, Bounds};
use crate::model::tailored::LocalRule;
use crate::model::{
    Assessed, Evaluation, Manifest, Method, Note, Outcome, Param, PluginFault, Reason, Ruling, Subject,
};

impl LoadedPlugin {
    /// Adds the items of another plugin behind the own ones. The other has the categories, tags and kinds of
    /// this one, in their order.
    ///
    /// Errors: the plugin gives its score itself, so that no item can be added to it; together they are no
    /// checklist.
    pub fn with_added(mut self, added: LoadedPlugin, rules: &[LocalRule]) -> Result<Self, PluginFault> {
        if self.plugin.manifest.schemes.first().is_some_and(|main| main.method == Method::Given) {
            return Err(PluginFault {
                plugin: self.name(),
                zh: "得分由插件自行给出,不能增加本地项目".to_owned(),
                en: "gives its score itself: no items can be added".to_owned(),
            });
        }
        let n_items = self.plugin.manifest.items.len() as u32;
        append(&mut self.plugin.manifest, &added.plugin.manifest);
        recheck::manifest(&self.plugin.manifest)
            .map_err(|violation| Fault::Manifest(violation).of(&self.name()))?;
        self.bounds = Bounds::of(&self.plugin.manifest);
        let places = (n_items..).zip(rules).map(|(item, one)| LocalRule { item: Some(item), ..one.clone() });
        self.plugin.local.extend(places);
        self.added = Some(Box::new(added));
        Ok(self)
    }

    /// How many items are the plugin's own.
    fn n_own(&self) -> u32 {
        let added = self.added.as_ref().map_or(0, |added| added.plugin.manifest.items.len());
        (self.plugin.manifest.items.len() - added) as u32
    }

    /// How many phrases are the plugin's own.
    fn n_own_phrases(&self) -> u32 {
        let added = self.added.as_ref().map_or(0, |added| added.plugin.manifest.phrases.len());
        (self.plugin.manifest.phrases.len() - added) as u32
    }
}

/// Puts items, and the documents and phrases that they refer to, behind those of a checklist.
fn append(manifest: &mut Manifest, added: &Manifest) {
    let n_documents = manifest.documents.len() as u32;
    // Keys and codes are the plugin's own: those of the added ones are told apart by what no author writes.
    manifest.documents.extend(added.documents.iter().cloned().map(|mut document| {
        document.key = format!("本地:{}", document.key);
        document
    }));
    manifest.phrases.extend(added.phrases.iter().cloned().map(|mut phrase| {
        phrase.code = format!("本地:{}", phrase.code);
        phrase
    }));
    manifest.items.extend(added.items.iter().cloned().map(|mut item| {
        for citation in &mut item.citations {
            citation.document += n_documents;
        }
        item
    }));
}

/// Subjects in two parts: what the plugins of their sheets see, and what those of the added items do.
pub(super) struct Parts<'p> {
    /// One for each subject, in order.
    pub(super) own: Vec<Subject>,
    /// The plugins of added items.
    pub(super) plugins: Vec<&'p LoadedPlugin>,
    /// Those with answers on added items; their `plugin` is a position in `plugins`.
    pub(super) added: Vec<Subject>,
    /// Which subject each of them is a part of.
    of: Vec<usize>,
}

/// Takes the answers on added items apart. `None` where there are none.
pub(super) fn split<'p>(plugins: &'p [LoadedPlugin], subjects: &[Subject]) -> Option<Parts<'p>> {
    let is_added = |subject: &Subject, item: u32| {
        let plugin = &plugins[subject.plugin];
        plugin.added.is_some() && item >= plugin.n_own()
    };
    let any = |subject: &Subject| subject.answers.iter().any(|answer| is_added(subject, answer.item));
    if plugins.iter().all(|plugin| plugin.added.is_none()) || !subjects.iter().any(any) {
        return None;
    }
    let mut parts = Parts { own: Vec::new(), plugins: Vec::new(), added: Vec::new(), of: Vec::new() };
    let positions: Vec<_> = plugins
        .iter()
        .map(|plugin| {
            let added = plugin.added.as_deref()?;
            parts.plugins.push(added);
            Some(parts.plugins.len() - 1)
        })
        .collect();
    for (index, subject) in subjects.iter().enumerate() {
        let mut own = subject.clone();
        let Some(position) = positions[subject.plugin] else {
            parts.own.push(own);
            continue;
        };
        let answers = std::mem::take(&mut own.answers);
        let (local, rest): (Vec<_>, Vec<_>) =
            answers.into_iter().partition(|answer| is_added(subject, answer.item));
        own.answers = rest;
        if !local.is_empty() {
            let n_own = plugins[subject.plugin].n_own();
            let mut part = subject.clone();
            part.plugin = position;
            part.answers = local;
            for answer in &mut part.answers {
                answer.item -= n_own;
            }
            // Facts and tables are those of the sheet's plugin.
            (part.facts, part.tables, part.indicators) = (Vec::new(), Vec::new(), Vec::new());
            parts.added.push(part);
            parts.of.push(index);
        }
        parts.own.push(own);
    }
    Some(parts)
}

impl Parts<'_> {
    /// Puts the results of both parts together: outcomes in the order of the subject's answers.
    ///
    /// Shape: one evaluation for each subject, in order. A part that failed is what the subject came to.
    pub(super) fn merge(
        self,
        plugins: &[LoadedPlugin],
        subjects: &[Subject],
        own: Vec<Evaluation>,
        added: Vec<Evaluation>,
    ) -> Vec<Evaluation> {
        let mut merged = own;
        for (index, added) in self.of.into_iter().zip(added) {
            let subject = &subjects[index];
            let plugin = &plugins[subject.plugin];
            match (&mut merged[index], added) {
                (Evaluation::Assessed(own), Evaluation::Assessed(added)) => {
                    join(own, added, subject, (plugin.n_own(), plugin.n_own_phrases()));
                }
                (Evaluation::Assessed(_), failed) => merged[index] = failed,
                (Evaluation::Failed { .. } | Evaluation::Fault(_), _) => {}
            }
        }
        merged
    }
}

fn join(own: &mut Assessed, added: Assessed, subject: &Subject, (n_items, n_phrases): (u32, u32)) {
    let item = |item: u32| item + n_items;
    let reason = |reason: Reason| Reason {
        phrase: reason.phrase + n_phrases,
        params: reason
            .params
            .into_iter()
            .map(|param| match param {
                Param::Item(found) => Param::Item(item(found)),
                other => other,
            })
            .collect(),
    };
    let mut own_outcomes = std::mem::take(&mut own.outcomes).into_iter();
    let mut added_outcomes = added.outcomes.into_iter();
    own.outcomes = subject
        .answers
        .iter()
        .filter_map(|answer| {
            if answer.item < n_items {
                return own_outcomes.next();
            }
            let mut outcome: Outcome = added_outcomes.next()?;
            outcome.item = item(outcome.item);
            outcome.edit(|beside| {
                for deduction in &mut beside.deductions {
                    deduction.reason = deduction.reason.take().map(reason);
                }
            });
            Some(outcome)
        })
        .collect();
    own.rulings.extend(added.rulings.into_iter().map(|ruling| Ruling {
        items: ruling.items.into_iter().map(item).collect(),
        reason: reason(ruling.reason),
        edition: None,
        ..ruling
    }));
    own.notes.extend(added.notes.into_iter().map(|note| Note {
        reason: reason(note.reason),
        item: note.item.map(item),
        ..note
    }));
    own.hazards.extend(added.hazards.into_iter().map(|mut hazard| {
        hazard.item = hazard.item.map(item);
        hazard.reason = reason(hazard.reason);
        hazard.edition = None;
        hazard
    }));
}
