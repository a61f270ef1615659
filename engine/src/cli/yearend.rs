//! `anping yearend`: a whole year from inbox to outbox, with final scores, ranks, what is put up for the
//! public, what objections changed, and the sealed record.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use serde_json::Value as Json;

use super::progress::Bars;
use super::{Exit, Unreadable, World, summary};
use crate::model::yearend::{Flip, Step, Tailored, UnitKind, UnitResult};
use crate::model::{Lang, Plugin, Run, YearEndRules};
use crate::report::yearend::{Publication, explain::FILE};
use crate::report::{self, Basis, Choices, Templates, YearEndResults};
use crate::tailoring::{MAX_BYTES, Tailoring, Workspace};
use crate::yearend::{self, Objections};
use crate::{filing, lint, pipeline};

/// The command line.
pub fn command(lang: Lang) -> Command {
    Command::new("yearend")
        .about(lang.of(
            "年终考核:评分、否决、排名、公示、异议再发布和封存",
            "the year-end assessment: scores, vetoes, ranks, publication, objections and seal",
        ))
        .arg(super::inbox_arg(lang))
        .arg(super::outbox_arg(lang))
        .arg(super::as_of_arg(lang))
        .arg(workspace_arg(lang))
        .args(super::upward::args(lang))
        .arg(
            Arg::new("replay")
                .long("replay")
                .value_name(lang.of("调整单", "TAILORING"))
                .value_parser(value_parser!(PathBuf))
                .help(lang.of(
                    "同样的材料另按这份调整单重算,列出等级变化的单位",
                    "recompute the same inputs by this tailoring file and list the grades that flip",
                )),
        )
        .arg(Arg::new("reseal").long("reseal").action(ArgAction::SetTrue).help(lang.of(
            "发件中已有封存的首次结果且与本次不同时,仍以本次为准",
            "replace a sealed first result in the outbox that differs from this one",
        )))
        .arg(super::papers_arg(lang))
        .arg(super::layouts_arg(lang))
        .args(super::plugin_args(lang))
}

/// Where the workspace file is.
pub fn workspace_arg(lang: Lang) -> Arg {
    Arg::new("workspace")
        .long("workspace")
        .value_name(lang.of("文件", "FILE"))
        .value_parser(value_parser!(PathBuf))
        .help(lang.of(
            "工作区设置;默认取收件文件夹中或其上一级的 anping.toml",
            "workspace file; default anping.toml in the inbox or beside it",
        ))
}

/// Rules, a tailoring or a workspace file that cannot be used; every fault on a line of its own.
#[derive(Debug)]
pub struct WrongRules(pub Vec<String>);

impl std::fmt::Display for WrongRules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for WrongRules {}

/// A text file of the office's own. Errors: it cannot be read, or is too long to be one.
fn text_of(path: &Path) -> anyhow::Result<String> {
    let unreadable = |source| Unreadable::File { path: path.to_owned(), source };
    let file = fs::File::open(path).map_err(unreadable)?;
    let mut text = String::new();
    file.take(MAX_BYTES + 1).read_to_string(&mut text).map_err(unreadable)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(Unreadable::Content(format!("{}: 超过 {MAX_BYTES} 字节", path.display())).into());
    }
    Ok(text)
}

fn wrong_rules(files: &[&Path], faults: impl Iterator<Item = String>) -> WrongRules {
    let files: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
    let files = files.join("、");
    WrongRules(faults.map(|fault| format!("{files}: {fault}")).collect())
}

/// What a workspace file and its tailoring come to.
pub struct Local {
    /// The workspace file.
    pub workspace: Workspace,
    /// The rules of the assessment; their annex holds the differences of the filing plan as well.
    pub rules: YearEndRules,
    /// What is filed and when.
    pub filing: filing::Plan,
    /// What is set otherwise in checklists as well, one layer over the other.
    pub tailoring: Vec<Tailoring>,
}

/// The workspace file and the rules it leads to. `near`: where it is looked for when it is not given.
///
/// Errors: a file that cannot be read, and every fault of it.
pub fn local(matches: &ArgMatches, near: &Path) -> anyhow::Result<Local> {
    let given = matches.get_one::<PathBuf>("workspace").cloned();
    if given.is_none()
        && let Some(bundle) = super::trust::bundle_given(matches)?
        && let Some(local) = super::bundle::local(&bundle)?
    {
        return Ok(local);
    }
    let Some(path) = given.or_else(|| beside(near)) else {
        return Ok(Local {
            workspace: Workspace::default(),
            rules: yearend::built_in_rules(),
            filing: filing::Plan::built_in(),
            tailoring: Vec::new(),
        });
    };
    let text = text_of(&path)?;
    let workspace = checked(&text)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let files: Vec<_> = workspace.tailoring.iter().map(|file| folder.join(file)).collect();
    let texts = files.iter().map(|file| text_of(file)).collect::<anyhow::Result<Vec<_>>>()?;
    let layers = files.iter().zip(&texts).map(|(file, text)| (file.as_path(), text.as_str()));
    Ok(local_of(workspace, layers)?)
}

/// The rules of a workspace with the texts of its layers of tailoring. Errors: every fault of the first layer
/// that has one, or of what all come to.
pub fn local_of<'t>(
    workspace: Workspace,
    layers: impl Iterator<Item = (&'t Path, &'t str)>,
) -> Result<Local, WrongRules> {
    let (mut tailoring, mut paths) = (Vec::new(), Vec::new());
    for (file, text) in layers {
        tailoring.push(layer_of(file, text)?);
        paths.push(file);
    }
    let (mut rules, filing) = rules_of(&paths, &tailoring)?;
    rules.assigned.clone_from(&workspace.classes);
    Ok(Local { workspace, rules, filing, tailoring })
}

/// A workspace file whose choices can be followed. Errors: every fault of it.
pub fn checked(text: &str) -> Result<Workspace, WrongRules> {
    let workspace = Workspace::read(text).map_err(|wrong| WrongRules(vec![wrong.to_string()]))?;
    let faults = chosen(&workspace).faults();
    if faults.is_empty() {
        return Ok(workspace);
    }
    Err(WrongRules(faults.into_iter().map(|fault| format!("anping.toml: {fault}")).collect()))
}

/// What a workspace file chooses of the reports that go up.
fn chosen(workspace: &Workspace) -> Choices {
    Choices {
        score_sheet: workspace.score_sheet.clone(),
        sector_hazards: workspace.sector_hazards.clone(),
        blank: workspace.blank.clone(),
    }
}

/// The choices of the workspace file alone, for commands that follow no other part of it. Errors: as [`local`].
pub fn choices(matches: &ArgMatches, near: &Path) -> anyhow::Result<Choices> {
    let given = matches.get_one::<PathBuf>("workspace").cloned();
    match given.or_else(|| beside(near)) {
        Some(path) => Ok(chosen(&checked(&text_of(&path)?)?)),
        None => Ok(Choices::default()),
    }
}

/// The workspace file in a folder or beside it.
fn beside(near: &Path) -> Option<PathBuf> {
    let folders = [Some(near.to_owned()), folder_above(near)].into_iter().flatten();
    folders.map(|folder| folder.join("anping.toml")).find(|path| path.is_file())
}

/// The folder in which a folder lies: as it was written where its name was, else (`.`, `..`) as the
/// system says. None: it lies nowhere, or is not there.
pub(super) fn folder_above(folder: &Path) -> Option<PathBuf> {
    match folder.file_name() {
        Some(_) => folder.parent().map(Path::to_owned),
        None => fs::canonicalize(folder).ok()?.parent().map(Path::to_owned),
    }
}

/// One layer of tailoring. Errors: as [`local`].
pub fn layer_from(file: &Path) -> anyhow::Result<Tailoring> {
    Ok(layer_of(file, &text_of(file)?)?)
}

fn layer_of(file: &Path, text: &str) -> Result<Tailoring, WrongRules> {
    Tailoring::read(text).map_err(|faults| wrong_rules(&[file], faults.iter().map(ToString::to_string)))
}

/// The rules with layers of tailoring that stand in files. Errors: every fault of them.
pub fn rules_of(files: &[&Path], layers: &[Tailoring]) -> Result<(YearEndRules, filing::Plan), WrongRules> {
    let mut rules = YearEndRules::tailored(layers)
        .map_err(|faults| wrong_rules(files, faults.iter().map(ToString::to_string)))?;
    let (filing, annex) =
        filing::Plan::tailored(layers).map_err(|faults| wrong_rules(files, faults.into_iter()))?;
    rules.tailored.extend(annex);
    Ok((rules, filing))
}

/// What the health check says of rules and of the checklists that the assessment rests on.
pub fn health(rules: &YearEndRules, plugins: &[Plugin], on: crate::model::Date) -> Vec<String> {
    let mut lines: Vec<_> =
        lint::lint_rules(rules).iter().map(|finding| format!("考核规则 {finding}")).collect();
    let manifests: Vec<_> = plugins.iter().map(|plugin| &plugin.manifest).collect();
    let of_enterprises = lint::lint_enterprises(rules, &manifests);
    lines.extend(of_enterprises.iter().map(|finding| format!("考核规则 {finding}")));
    for plugin in plugins {
        let manifest = &plugin.manifest;
        let of_plugin = lint::lint_manifest(manifest, on);
        lines.extend(of_plugin.iter().map(|finding| format!("插件 {} {finding}", manifest.id)));
    }
    lines
}

/// What a publication of the year-end assessment announces.
pub(super) struct Announced {
    first: Vec<UnitResult>,
    after: Vec<UnitResult>,
    steps: Vec<Step>,
    enterprise_steps: Vec<Step>,
}

impl Announced {
    /// The results of a run by rules.
    pub(super) fn of(run: &Run, rules: &YearEndRules) -> Self {
        Self {
            first: yearend::assess(&run.year_end, rules, Objections::Before),
            after: yearend::assess(&run.year_end, rules, Objections::After),
            steps: yearend::what_if(&run.year_end, rules),
            enterprise_steps: yearend::what_if_enterprises(
                &run.year_end,
                rules,
                (&run.plugins, &run.checks),
                &pipeline::rescore(&run.plugins),
            ),
        }
    }

    /// As the reports take it.
    pub(super) fn publication<'a>(
        &'a self,
        run: &'a Run,
        rules: &'a YearEndRules,
        workspace: &'a Workspace,
        flips: Option<&'a [Flip]>,
    ) -> Publication<'a> {
        Publication {
            run,
            rules,
            first: &self.first,
            after: &self.after,
            steps: &self.steps,
            enterprise_steps: &self.enterprise_steps,
            flips,
            signature: &workspace.signature,
            wanted: &workspace.reports,
        }
    }
}

/// Runs it.
pub fn run(matches: &ArgMatches, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let path = |id: &str| matches.get_one::<PathBuf>(id).cloned().unwrap_or_default();
    let (inbox, outbox) = (path("inbox"), path("outbox"));
    let Local { workspace, mut rules, filing, tailoring } = local(matches, &inbox)?;
    let replayed = matches.get_one::<PathBuf>("replay").map(|file| replayed(file)).transpose()?;
    let templates = Templates::built_in();
    let papers = super::wanted_papers(matches, &templates, &["整改通知单", "通报", "排名图"])?;
    let names = report::yearend::names(&templates);
    if let Some(unknown) = workspace.reports.iter().find(|wanted| !names.contains(wanted)) {
        let line = format!("anping.toml: reports:没有“{unknown}”,可用:{}", names.join("、"));
        return Err(WrongRules(vec![line]).into());
    }
    let mut settings = super::settings(matches, world, world.today)?;
    settings.issuer.clone_from(&workspace.unit);
    settings.year = workspace.year;
    settings.year_end = Some(rules.clone());
    settings.filing = Some(filing);
    settings.tailoring = tailoring;
    settings.register = Some(workspace.register.clone()).filter(|register| !register.is_empty());
    let bars = Bars::new(world.terminal, lang, world.cancelled);
    let run = pipeline::assess(&inbox, &settings, &bars);
    bars.finish();
    let run = run?;
    if let Some(register) = &settings.register
        && !run.sources.came_in().any(|(_, source)| source.path == *register)
    {
        return Err(WrongRules(vec![format!("anping.toml: register:收件中没有 {register}")]).into());
    }
    let assessing = assessing(&rules, &run.plugins);
    rules.tailored.extend(of_checklists(&assessing));
    let wrong = health(&rules, &assessing, settings.as_of);
    if !wrong.is_empty() {
        let head =
            lang.of("规则体检未通过,不予发布:", "the rules fail their health check, nothing is published:");
        return Err(WrongRules(std::iter::once(head.to_owned()).chain(wrong).collect()).into());
    }
    let flips = replayed.as_ref().map(|other| yearend::replay(&run.year_end, &rules, other));
    let announced = Announced::of(&run, &rules);
    let publication = announced.publication(&run, &rules, &workspace, flips.as_deref());
    let mut files = report::workbooks(&run, &templates)?;
    let n_before = files.len();
    let results = YearEndResults { rules: &rules, results: &announced.after };
    let choices = chosen(&workspace);
    let basis = Basis { run: &run, year_end: Some(results), choices: Some(&choices) };
    let (reports, held) = super::upward::reports(basis, &super::upward::told(matches), lang, world)?;
    files.extend(reports);
    files.extend(super::returns(&run, &templates, &inbox, &settings)?);
    let of_year_end = report::yearend::make(&publication, &templates)?;
    if !matches.get_flag("reseal") {
        keep_seal(&outbox, &of_year_end, lang)?;
    }
    files.extend(of_year_end);
    let papers = report::papers::Papers { run: &run, year_end: Some(&publication), wanted: &papers };
    files.extend(report::papers::make(&papers, &templates)?);
    if world.cancelled.load(std::sync::atomic::Ordering::Relaxed) {
        return Err(pipeline::Error::Cancelled.into());
    }
    report::put_with_results(&outbox, &files, &run)?;
    summary::faults(&run, lang, world.err)?;
    print(&run, &announced.first, lang, world)?;
    writeln!(world.out, "{} {}:", lang.of("已写出到", "written to"), outbox.display())?;
    let mut names: Vec<_> = files.iter().map(|file| file.name.as_str()).collect();
    names.insert(n_before, report::RESULTS);
    for name in names {
        writeln!(world.out, "  {name}")?;
    }
    Ok(super::upward::exit(super::exit_of(&run), held))
}

/// The plugins whose checklists villages, departments and enterprises are assessed by, reviews of
/// standardization among them.
pub fn assessing(rules: &YearEndRules, plugins: &[Plugin]) -> Vec<Plugin> {
    let known = |plugin: &&Plugin| {
        let manifest = &plugin.manifest;
        matches!(&*manifest.id, "village" | "department")
            || rules.enterprise.plugins.contains(&manifest.id)
            || manifest.gives.iter().any(|one| one.code == "level_by_score")
    };
    plugins.iter().filter(known).cloned().collect()
}

/// What a locality set otherwise in checklists, for the annex of differences; the key says in which.
fn of_checklists(plugins: &[Plugin]) -> impl Iterator<Item = Tailored> {
    plugins.iter().flat_map(|plugin| {
        plugin.local.iter().map(|local| Tailored {
            key: format!("{} {}", plugin.manifest.title, local.rule.key),
            ..local.rule.clone()
        })
    })
}

/// The rules of a tailoring file by which last year's inputs are assessed again.
///
/// Errors: as [`local`]; the file sets checklists otherwise, for which the sheets would have to be judged again.
fn replayed(file: &Path) -> anyhow::Result<YearEndRules> {
    let layer = layer_from(file)?;
    let is_other = |change: &&crate::tailoring::Change| !matches!(&*change.rules, "yearend" | "filing");
    if let Some(change) = layer.changes.iter().find(is_other) {
        let what = format!("{} {}: 回放只比较考核规则,不重新评定检查表", change.rules, change.key);
        return Err(wrong_rules(&[file], std::iter::once(what)).into());
    }
    Ok(rules_of(&[file], &[layer])?.0)
}

/// A first result that was sealed stays valid: another one does not take its place unasked.
///
/// Errors: the outbox holds a sealed record with another first result, or one that was altered.
fn keep_seal(outbox: &Path, files: &[report::Written], lang: Lang) -> anyhow::Result<()> {
    let known = outbox.join(FILE);
    let Ok(text) = fs::read(&known) else { return Ok(()) };
    let digest = |text: &[u8]| {
        let record: Json = serde_json::from_slice(text).ok()?;
        let sealed = record["digest"].as_str()?.to_owned();
        let own = report::yearend::digest(&record["first"]).ok()?;
        Some((sealed, own))
    };
    let new = files.iter().find(|file| file.name == FILE).and_then(|file| digest(&file.bytes));
    let old = digest(&text);
    let shown = known.display();
    let what = match (old, new) {
        (Some((sealed, own)), _) if sealed != own => {
            lang.of("封存记录与其摘要不符,可能被改动", "the sealed record does not fit its digest")
        }
        (Some((sealed, _)), Some((new, _))) if sealed != new => lang.of(
            "已封存的首次结果与本次不同,未覆盖",
            "the sealed first result differs from this one and was not replaced",
        ),
        (None, _) => lang.of("不是封存记录,未覆盖", "it is no sealed record and was not replaced"),
        _ => return Ok(()),
    };
    let hint = lang.of(
        "提示: 换一个发件文件夹,或确认作废原结果后加 --reseal",
        "hint: choose another outbox, or add --reseal to replace it",
    );
    Err(WrongRules(vec![format!("{shown}: {what}"), hint.to_owned()]).into())
}

/// The ranking in a few lines. Errors: the stream is closed.
fn print(run: &Run, results: &[UnitResult], lang: Lang, world: &mut World<'_>) -> std::io::Result<()> {
    for kind in [UnitKind::Village, UnitKind::Department] {
        let units = run.year_end.units.iter().zip(results).filter(|(unit, _)| unit.unit.kind == kind);
        let mut units: Vec<_> = units.collect();
        units.sort_by_key(|(unit, result)| {
            (&unit.unit.class, result.rank.unwrap_or(u32::MAX), &unit.unit.number)
        });
        for (unit, result) in units {
            let rank = result.rank.map_or_else(|| "—".to_owned(), |rank| rank.to_string());
            let score = result.score.map_or_else(|| "/".to_owned(), |score| score.to_string());
            writeln!(world.out, "{rank} {} {} {score} {}", unit.unit.number, unit.unit.name, result.grade)?;
        }
    }
    if run.year_end.units.is_empty() {
        let line =
            lang.of("收件中没有组织机构,没有考核对象", "no organisation in the inbox, nobody to assess");
        writeln!(world.err, "{}: {line}", lang.of("注意", "note"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_above_is_found_however_a_folder_is_written() {
        let here = std::env::current_dir().expect("tests run in a folder");
        let above = |path: &str| folder_above(Path::new(path));
        assert_eq!(above("."), here.parent().map(Path::to_owned));
        assert_eq!(above("src/.."), here.parent().map(Path::to_owned));
        assert_eq!(above("收件"), Some(PathBuf::new()));
        assert_eq!(above("镇/收件/."), Some(PathBuf::from("镇")));
        assert_eq!(above("/"), None);
        assert_eq!(above("不存在/.."), None);
    }
}
