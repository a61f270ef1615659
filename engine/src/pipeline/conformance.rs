//! What every plugin must do, whatever language it is written in: the suite that built-in plugins and
//! those of others pass alike. Knows no sector; that a component loads, imports nothing and keeps
//! the limits was checked by the host before.

use super::golden;
use crate::evaluate::{Example, Host, LoadedPlugin};
use crate::model::{
    Answer, CellRef, Date, Evaluation, Lang, PluginFault, Provenance, SourceId, Subject, Verdict,
};

/// What came of the suite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conformance {
    /// Golden cases.
    pub cases: usize,
    /// Sentences: what is not as it must be; empty when all is well.
    pub wrong: Vec<String>,
}

/// Runs the suite. `on`: the day of subjects that are made up; `lang`: of the sentences.
///
/// Errors: the plugin cannot give its golden cases.
pub fn run(host: &Host, plugin: &LoadedPlugin, on: Date, lang: Lang) -> Result<Conformance, PluginFault> {
    let examples = host.examples(plugin)?;
    let (cases, mismatches) = golden::check(host, plugin)?;
    let mut wrong = Vec::new();
    if cases == 0 {
        let none = lang.of(
            "没有自带算例:没有依据能说明它算得对",
            "no golden cases: nothing shows that it reckons right",
        );
        wrong.push(none.to_owned());
    }
    for mismatch in &mismatches {
        wrong.extend(
            differing(&mismatch.expected, &mismatch.found, lang)
                .into_iter()
                .map(|line| format!("{}“{}”{line}", lang.of("算例", "case "), mismatch.name)),
        );
    }
    let mut suite = Suite { host, plugin, lang, wrong };
    suite.repeats(&examples);
    suite.keeps_subjects_apart(&examples);
    suite.says_the_same_through_both_doors(&examples);
    suite.bears_every_verdict(on);
    Ok(Conformance { cases, wrong: suite.wrong })
}

/// The lines in which a result differs: number from 1 behind `expect`, what should be, what is.
fn differing(expected: &str, found: &str, lang: Lang) -> Vec<String> {
    let (expected, found): (Vec<_>, Vec<_>) =
        (expected.trim().lines().collect(), found.trim().lines().collect());
    let missing = expected.iter().enumerate().filter(|(_, line)| !found.contains(line));
    let missing = missing.map(|(at, line)| match lang {
        Lang::Zh => format!(" expect 第{}行:应有 {line}", at + 1),
        Lang::En => format!(" expect line {}: should be {line}", at + 1),
    });
    let more = lang.of(":实际多出", ": is there too:");
    let extra = found.iter().filter(|line| !expected.contains(line)).map(|line| format!("{more} {line}"));
    let lines: Vec<_> = missing.chain(extra).collect();
    let order = lang.of(":各行相同而次序不同", ": the same lines in another order");
    if lines.is_empty() { vec![order.to_owned()] } else { lines }
}

struct Suite<'a> {
    host: &'a Host,
    plugin: &'a LoadedPlugin,
    lang: Lang,
    wrong: Vec<String>,
}

impl Suite<'_> {
    /// Results as text of subjects that are evaluated together, as the first example's day and settings
    /// have it. Whether the settings can be used was seen when the cases were run.
    fn results(&self, subjects: &[Subject], like: &Example) -> Vec<String> {
        let under = self.plugin.under(&like.parameters).ok();
        let plugins = std::slice::from_ref(under.as_ref().unwrap_or(self.plugin));
        let ended = self.host.evaluate(plugins, subjects, like.as_of, &[], &|_, _| {});
        let manifest = &plugins[0].plugin.manifest;
        subjects.iter().zip(&ended).map(|(subject, ended)| golden::print(manifest, subject, ended)).collect()
    }

    fn case(&mut self, example: &Example, zh: &'static str, en: &'static str) {
        let head = self.lang.of("算例", "case ");
        self.wrong.push(format!("{head}“{}”{}", example.name, self.lang.of(zh, en)));
    }

    /// The same question twice has one answer: no randomness, no clock.
    fn repeats(&mut self, examples: &[Example]) {
        for example in examples {
            let own = std::slice::from_ref(&example.subject);
            if self.results(own, example) != self.results(own, example) {
                self.case(example, "两次运行结果不同", "two runs give different results");
            }
        }
    }

    /// A subject's result does not depend on the others of its batch, nor on their order.
    fn keeps_subjects_apart(&mut self, examples: &[Example]) {
        let Some(first) = examples.first() else { return };
        let subjects: Vec<_> = examples.iter().map(|example| example.subject.clone()).collect();
        let reversed: Vec<_> = subjects.iter().rev().cloned().collect();
        let together = self.results(&subjects, first);
        let mut backwards = self.results(&reversed, first);
        backwards.reverse();
        for (index, example) in examples.iter().enumerate() {
            let alone = self.results(&subjects[index..=index], first);
            if alone.first() != together.get(index) || together.get(index) != backwards.get(index) {
                self.case(
                    example,
                    "单独运行与成批运行结果不同",
                    "alone and in a batch it has different results",
                );
            }
        }
    }

    /// Through the second door, if it has one, come the same results as through the first.
    fn says_the_same_through_both_doors(&mut self, examples: &[Example]) {
        let Some(first) = examples.first() else { return };
        let subjects: Vec<_> = examples.iter().map(|example| example.subject.clone()).collect();
        let in_columns = self.results(&subjects, first);
        let through_records = self.plugin.clone().without_columns();
        let others = Suite { host: self.host, plugin: &through_records, lang: self.lang, wrong: Vec::new() };
        let in_records = others.results(&subjects, first);
        for (index, example) in examples.iter().enumerate() {
            if in_columns.get(index) != in_records.get(index) {
                self.case(example, "两种接口的结果不同", "through its two doors it has different results");
            }
        }
    }

    /// Whatever an inspector answers is assessed or refused with a sentence; it is never a fault.
    fn bears_every_verdict(&mut self, on: Date) {
        let manifest = &self.plugin.plugin.manifest;
        let verdicts =
            [Verdict::Pass, Verdict::Partial, Verdict::Fail, Verdict::NotApplicable, Verdict::NotChecked];
        let kinds = 0..manifest.kinds.len().max(1) as u32;
        let given: Vec<_> = kinds
            .flat_map(|kind| {
                std::iter::once((kind, None)).chain(verdicts.map(|verdict| (kind, Some(verdict))))
            })
            .collect();
        let subjects: Vec<_> =
            given.iter().map(|(kind, verdict)| made_up(manifest.items.len(), *kind, *verdict, on)).collect();
        let plugins = std::slice::from_ref(self.plugin);
        let ended = self.host.evaluate(plugins, &subjects, on, &[], &|_, _| {});
        for ((kind, verdict), ended) in given.iter().zip(ended) {
            if let Evaluation::Fault(fault) = ended {
                let kind = manifest.kinds.get(*kind as usize).map_or("", |kind| &*kind.code);
                self.wrong.push(match (self.lang, verdict) {
                    (Lang::Zh, None) => format!("对象类别 {kind}、没有任何回答:插件故障 {}", fault.zh),
                    (Lang::Zh, Some(verdict)) => {
                        format!("对象类别 {kind}、全部{}:插件故障 {}", verdict.title(), fault.zh)
                    }
                    (Lang::En, None) => format!("kind {kind}, no answers: the plugin fails: {}", fault.en),
                    (Lang::En, Some(verdict)) => {
                        format!("kind {kind}, all {}: the plugin fails: {}", verdict.key(), fault.en)
                    }
                });
            }
        }
    }
}

/// A subject that nobody wrote: every item with one answer, or none.
pub fn made_up(n_items: usize, kind: u32, verdict: Option<Verdict>, on: Date) -> Subject {
    let answer = |verdict| move |item| Answer::plain(item, verdict, 0);
    let here = Provenance { source: SourceId(0), sheet: 0, cell: CellRef::new(0, 0) };
    Subject {
        enterprise: None,
        name: "对象".to_owned(),
        code: String::new(),
        unit: String::new(),
        office: String::new(),
        inspectors: String::new(),
        plugin: 0,
        kind,
        date: on,
        tags: Vec::new(),
        facts: Vec::new(),
        tables: Vec::new(),
        indicators: Vec::new(),
        answers: verdict.map_or_else(Vec::new, |verdict| (0..n_items as u32).map(answer(verdict)).collect()),
        evidence: vec![here],
    }
}
