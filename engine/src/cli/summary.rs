//! What a run came to, in a few lines or as JSON.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use unicode_width::UnicodeWidthStr as _;

use crate::model::{Effect, Evaluation, Lang, Problem, Run, Severity};
use crate::score::NOT_ASSESSED;

/// The summary of a run, as JSON.
#[derive(Serialize)]
struct Summary<'a> {
    /// Schema of this object.
    schema: u32,
    as_of: String,
    files: usize,
    sectors: Vec<Sector<'a>>,
    problems: Counts,
    plugin_faults: Vec<String>,
    written: Vec<&'a str>,
}

#[derive(Serialize)]
struct Sector<'a> {
    plugin: &'a str,
    title: &'a str,
    kind: &'a str,
    checks: usize,
    grades: BTreeMap<&'a str, usize>,
    vetoes: usize,
    referrals: usize,
    failed: usize,
}

#[derive(Serialize)]
struct Counts {
    mandatory: usize,
    verify: usize,
    hint: usize,
}

fn counts(problems: &[Problem]) -> Counts {
    let of = |severity| problems.iter().filter(|problem| problem.severity() == severity).count();
    Counts { mandatory: of(Severity::Mandatory), verify: of(Severity::Verify), hint: of(Severity::Hint) }
}

fn sectors(run: &Run) -> Vec<Sector<'_>> {
    let mut sectors = Vec::new();
    for (index, plugin) in run.plugins.iter().enumerate() {
        let manifest = &plugin.manifest;
        for (kind, term) in (0..).zip(&manifest.kinds) {
            let own = || {
                run.checks
                    .iter()
                    .filter(move |check| check.subject.plugin == index && check.subject.kind == kind)
            };
            if own().next().is_none() {
                continue;
            }
            let mut sector = Sector {
                plugin: &manifest.id,
                title: &manifest.title,
                kind: &term.title,
                checks: own().count(),
                grades: BTreeMap::new(),
                vetoes: 0,
                referrals: 0,
                failed: 0,
            };
            for check in own() {
                let Evaluation::Assessed(assessed) = &check.evaluation else {
                    sector.failed += 1;
                    continue;
                };
                let has = |of: fn(&Effect) -> bool| assessed.rulings.iter().any(|ruling| of(&ruling.effect));
                sector.vetoes += usize::from(has(|effect| matches!(effect, Effect::Veto(_))));
                sector.referrals += usize::from(has(|effect| matches!(effect, Effect::Referral)));
                let main = check.scored.as_ref().and_then(|scored| scored.schemes.first());
                if let Some(main) = main.filter(|main| !main.grade.is_empty()) {
                    *sector.grades.entry(main.grade.as_str()).or_default() += 1;
                }
            }
            sectors.push(sector);
        }
    }
    sectors
}

/// Prints the summary as JSON. `written`: names of the files in the outbox.
pub fn json(run: &Run, written: &[&str], out: &mut dyn Write) -> anyhow::Result<()> {
    let summary = Summary {
        schema: 1,
        as_of: run.as_of.to_string(),
        files: run.sources.came_in().count(),
        sectors: sectors(run),
        problems: counts(&run.problems),
        plugin_faults: run.faults.iter().map(|fault| fault.line(Lang::Zh)).collect(),
        written: written.to_vec(),
    };
    serde_json::to_writer_pretty(&mut *out, &summary)?;
    writeln!(out)?;
    Ok(())
}

/// Prints the summary for a person.
pub fn text(run: &Run, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let files = run.sources.came_in().count();
    match lang {
        Lang::Zh => writeln!(out, "评定日期 {},读取 {files} 个文件", run.as_of)?,
        Lang::En => writeln!(out, "as of {}, {files} files read", run.as_of)?,
    }
    let sectors = sectors(run);
    let head = |sector: &Sector<'_>| format!("{} · {}", sector.title, sector.kind);
    let width = sectors.iter().map(|sector| head(sector).width()).max().unwrap_or(0);
    for sector in &sectors {
        let manifest = run.plugins.iter().map(|plugin| &plugin.manifest).find(|m| m.id == sector.plugin);
        let bands = manifest.into_iter().flat_map(|manifest| &manifest.schemes[0].bands);
        let order = bands.map(|band| band.grade.as_str()).chain([NOT_ASSESSED]);
        let mut parts: Vec<_> = order
            .filter_map(|grade| sector.grades.get(grade).map(|count| format!("{grade} {count}")))
            .collect();
        for (count, zh, en) in [
            (sector.vetoes, "一票否决", "vetoed"),
            (sector.referrals, "移送", "referred"),
            (sector.failed, "无法评定", "failed"),
        ] {
            if count > 0 {
                parts.push(format!("{} {count}", lang.of(zh, en)));
            }
        }
        let head = head(sector);
        let pad = " ".repeat(width - head.width());
        writeln!(
            out,
            "  {head}{pad}  {:>3} {}  {}",
            sector.checks,
            lang.of("份", "checks"),
            parts.join(" · ")
        )?;
    }
    let counts = counts(&run.problems);
    writeln!(
        out,
        "{}: {} {} · {} {} · {} {}",
        lang.of("问题", "problems"),
        Severity::Mandatory.title(lang),
        counts.mandatory,
        Severity::Verify.title(lang),
        counts.verify,
        Severity::Hint.title(lang),
        counts.hint
    )
}

/// Prints what plugins did wrong, one line each, the same line once.
pub fn faults(run: &Run, lang: Lang, err: &mut dyn Write) -> io::Result<()> {
    let of_checks = run.checks.iter().filter_map(|check| match &check.evaluation {
        Evaluation::Fault(fault) => Some(fault),
        _ => None,
    });
    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    for fault in run.faults.iter().chain(of_checks) {
        *counted.entry(fault.line(lang)).or_default() += 1;
    }
    for (line, count) in counted {
        match count {
            1 => writeln!(err, "{line}")?,
            _ => writeln!(err, "{line} ×{count}")?,
        }
    }
    Ok(())
}
