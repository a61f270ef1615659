//! Golden cases: what a plugin's own examples must give, and what they give.
//! Knows no file: the examples come out of the plugin's bytes.

use std::fmt::Write as _;

use crate::evaluate::{Host, LoadedPlugin};
use crate::model::{
    Assessed, Effect, Evaluation, HazardLevel, Manifest, PluginFault, Scored, Subject, Value,
};
use crate::score;

/// An example that came out differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// Its name.
    pub name: String,
    /// What must come out.
    pub expected: String,
    /// What came out.
    pub found: String,
}

/// Runs all examples of a plugin.
///
/// Shape: the number of examples, and those that came out differently.
/// Errors: the plugin cannot give its examples.
pub fn check(host: &Host, plugin: &LoadedPlugin) -> Result<(usize, Vec<Mismatch>), PluginFault> {
    let examples = host.examples(plugin)?;
    let mut mismatches = Vec::new();
    for example in &examples {
        let subjects = std::slice::from_ref(&example.subject);
        let evaluate = |plugin: &LoadedPlugin| {
            let ended = host.evaluate(std::slice::from_ref(plugin), subjects, example.as_of, &[], &|_, _| {});
            print(&plugin.plugin.manifest, &example.subject, &ended[0])
        };
        let found = match example.parameters.as_slice() {
            [] => evaluate(plugin),
            // What a locality may set otherwise changes the checklist, and with it what the host adds up.
            parameters => evaluate(&plugin.under(parameters)?),
        };
        if found.trim() != example.expected.trim() {
            let (name, expected) = (example.name.clone(), example.expected.clone());
            mismatches.push(Mismatch { name, expected, found });
        }
    }
    Ok((examples.len(), mismatches))
}

/// Takes a plugin into use that passes its own golden cases.
///
/// Errors: it cannot give them, or not all of them come out as it says.
pub fn admit(host: &Host, plugin: LoadedPlugin) -> Result<LoadedPlugin, PluginFault> {
    let (cases, mismatches) = check(host, &plugin)?;
    let Some(first) = mismatches.first() else { return Ok(plugin) };
    let manifest = &plugin.plugin.manifest;
    let (n, name, origin) = (mismatches.len(), &first.name, &plugin.plugin.origin);
    Err(PluginFault {
        plugin: format!("{} {}", manifest.id, manifest.version),
        zh: format!(
            "自带算例 {cases} 个中 {n} 个不符(首个:{name}),未使用;anping plugins --plugin {origin} 列出差异"
        ),
        en: format!(
            "{n} of its {cases} golden cases differ (first: {name}), not used; \
             anping plugins --plugin {origin} shows how"
        ),
    })
}

/// Whether a plugin says the same whenever it is asked: once more, beside another subject, compiled
/// in another way, and through its other door. Asked of its own golden cases, of which there may be none.
///
/// Errors: it cannot give its cases; the first case that comes out otherwise.
pub fn is_steady(hosts: [&Host; 2], plugins: [&LoadedPlugin; 2]) -> Result<usize, PluginFault> {
    let examples = hosts[0].examples(plugins[0])?;
    let manifest = &plugins[0].plugin.manifest;
    let through_records = plugins[0].clone().without_columns();
    let plugins = [plugins[0], plugins[1], &through_records];
    let hosts = [hosts[0], hosts[1], hosts[0]];
    for example in &examples {
        // Twice in one instance: what the first left behind would show in the second.
        let subjects = [example.subject.clone(), example.subject.clone()];
        let under = |which: usize| plugins[which].under(&example.parameters);
        let under = [under(0)?, under(1)?, under(2)?];
        let asked = |which: usize, subjects: &[Subject]| {
            let loaded = std::slice::from_ref(&under[which]);
            hosts[which].evaluate(loaded, subjects, example.as_of, &[], &|_, _| {})
        };
        let answers = [
            asked(0, &subjects[..1]),
            asked(0, &subjects),
            asked(1, &subjects[..1]),
            asked(2, &subjects[..1]),
        ];
        let mut answers = answers.iter().flatten().map(|evaluation| format!("{evaluation:?}"));
        let first = answers.next();
        if !answers.all(|answer| Some(answer) == first) {
            return Err(PluginFault {
                plugin: format!("{} {}", manifest.id, manifest.version),
                zh: format!(
                    "同一输入的结果不稳定(算例:{}):重复、同批、另一编译方式或另一接口下不同",
                    example.name
                ),
                en: format!(
                    "its result for the same input varies (case: {}): when repeated, beside another \
                     subject, compiled otherwise, or asked through its other door",
                    example.name
                ),
            });
        }
    }
    Ok(examples.len())
}

/// A result as text, one fact a line; the lines are described in the SDK's `case` module.
pub fn print(manifest: &Manifest, subject: &Subject, evaluation: &Evaluation) -> String {
    let assessed = match evaluation {
        Evaluation::Assessed(assessed) => assessed,
        Evaluation::Failed { message, .. } => return format!("failure {message}\n"),
        Evaluation::Fault(fault) => return format!("fault {}\n", fault.zh),
    };
    match score::score(manifest, subject, assessed) {
        Ok(scored) => print_assessed(manifest, subject, assessed, &scored),
        Err(wrong) => format!("fault {wrong}\n"),
    }
}

fn print_assessed(manifest: &Manifest, subject: &Subject, assessed: &Assessed, scored: &Scored) -> String {
    let mut lines = Vec::new();
    let code = |item: u32| manifest.items[item as usize].code.as_str();
    let codes = |items: &[u32]| items.iter().map(|item| format!(" {}", code(*item))).collect::<String>();
    if let Some(edition) = assessed.edition {
        lines.push(format!("edition {}", manifest.editions[edition as usize].id));
    }
    for scheme in &scored.schemes {
        let value = scheme.score.map_or_else(|| score::NOT_ASSESSED.to_owned(), |score| score.to_string());
        lines.push(format!("score {} {value}", manifest.schemes[scheme.scheme as usize].code));
    }
    if let Some(main) = scored.schemes.first() {
        lines.push(format!("grade {}", main.grade));
        if !subject.answers.is_empty() {
            lines.push(format!("got {}", main.got.normalize()));
            lines.push(format!("possible {}", main.possible.normalize()));
        }
    }
    let mut items: Vec<_> = scored.items.iter().filter(|item| !item.deducted.is_zero()).collect();
    items.sort_by_key(|item| item.item);
    lines
        .extend(items.iter().map(|item| format!("deduct {} {}", code(item.item), item.deducted.normalize())));
    for ruling in &assessed.rulings {
        let items = codes(&ruling.items);
        lines.push(match ruling.effect {
            Effect::Veto(_) => format!("veto{items}"),
            Effect::Cap(band) => format!("cap {}{items}", manifest.schemes[0].bands[band as usize].grade),
            Effect::Referral => {
                format!("referral {}{items}", manifest.phrases[ruling.reason.phrase as usize].code)
            }
        });
    }
    for indicator in &assessed.indicators {
        let code = &manifest.gives[indicator.indicator as usize].code;
        lines.push(format!("indicator {code} {}", show(&indicator.value)));
    }
    let item = |item: Option<u32>| item.map_or("-", code);
    for hazard in &assessed.hazards {
        let clause = if hazard.clause.is_empty() { "-" } else { &hazard.clause };
        let level = match hazard.level {
            HazardLevel::General => "general",
            HazardLevel::Major => "major",
        };
        lines.push(format!("hazard {level} {} {clause}", item(hazard.item)));
    }
    for note in &assessed.notes {
        lines.push(format!(
            "note {} {}",
            manifest.phrases[note.reason.phrase as usize].code,
            item(note.item)
        ));
    }
    lines.iter().fold(String::new(), |mut text, line| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{line}");
        text
    })
}

/// A value as a line shows it: numbers without trailing zeros, flags as yes and no.
fn show(value: &Value) -> String {
    match value {
        Value::Absent => "-".to_owned(),
        Value::Text(text) | Value::Fault(text) => text.into(),
        Value::Number(number) => number.normalize().to_string(),
        Value::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Value::Day(day) => day.to_string(),
        Value::Verdict(verdict) => verdict.key().to_owned(),
        Value::Level(level) => level.key().to_owned(),
    }
}
