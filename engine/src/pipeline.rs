//! The order of the steps: intake, register, returns, subjects, indicators, evaluate, score, rank. The only module that
//! knows them all; they meet here through `model`. Prints nothing and asks no clock.

pub mod conformance;
pub mod county;
pub mod fill_in;
pub mod golden;
mod plans;
pub mod rollup;
mod tailored;
pub mod upward;

pub use plans::Plans;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use crate::evaluate::{self, Host, LoadedPlugin};
use crate::intake;
use crate::kept::Kept;
use crate::model::campaign::Supervision;
use crate::model::{
    Assessed, Check, Date, Evaluation, Lang, Place, Plugin, PluginFault, Problem, ProblemCode, Provenance,
    Resolver, Role, Run, Scored, Subject, Table, YearEndRules,
};
use crate::tailoring::{Tailoring, TailoringFault};
use crate::{
    activities, by_hand, campaign, checks, filing, indicators, ledger, letters, register, report, returned,
    returns, score, signals, subjects, trust, yearend,
};

/// What a run is told beside its inbox.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The day of the assessment.
    pub as_of: Date,
    /// The unit that issues the reports; empty: as the register's title says.
    pub issuer: String,
    /// Plugins beside the built-in ones: file name and bytes. One with the id of a built-in plugin
    /// takes its place, where `trust` says so.
    pub plugins: Vec<(String, Vec<u8>)>,
    /// What the workspace accepts of them; none: the caller answers for what it gives.
    pub trust: Option<trust::Trust>,
    /// Layouts beside the built-in ones.
    pub layouts: Vec<intake::Layout>,
    /// Folder for compiled plugins; none: compile every time.
    pub cache: Option<PathBuf>,
    /// What earlier runs made of single files; none: everything is made anew.
    pub kept: Option<Arc<Kept>>,
    /// Rules of the year-end assessment; none: the built-in ones.
    pub year_end: Option<YearEndRules>,
    /// The year that is assessed; none: the one that the assessment's sheets name, or that of `as_of`.
    pub year: Option<i16>,
    /// What is filed and when; none: the built-in plan.
    pub filing: Option<filing::Plan>,
    /// Path of the register below the inbox; none: every workbook that is one.
    pub register: Option<String>,
    /// What a locality sets otherwise in checklists, one layer over the other; empty: they hold as they are.
    pub tailoring: Vec<Tailoring>,
    /// Campaigns, visits by risk colour and thresholds of signals.
    pub plans: Plans,
}

/// What is going on, for a progress display.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Workbooks are read.
    Read,
    /// Reports of the units below are read cell by cell.
    ReadReports,
    /// Subjects are evaluated.
    Evaluate,
}

/// How a run tells how far it is, and asks whether to go on.
pub trait Watch: Sync {
    /// `done` of `total` in this step.
    fn progress(&self, step: Step, done: usize, total: usize);
    /// Whether the run should stop.
    fn cancelled(&self) -> bool;
}

/// Why a run ended without a result.
#[derive(Debug)]
pub enum Error {
    /// The inbox cannot be listed.
    Intake(intake::Error),
    /// The sandbox cannot be set up.
    Evaluate(evaluate::Error),
    /// A tailoring of checklists that cannot be used; every fault.
    Tailoring(Vec<TailoringFault>),
    /// The user stopped it.
    Cancelled,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Intake(wrong) => wrong.fmt(f),
            Self::Evaluate(wrong) => wrong.fmt(f),
            Self::Tailoring(faults) => {
                let lines: Vec<_> = faults.iter().map(|fault| format!("调整单: {fault}")).collect();
                f.write_str(&lines.join("\n"))
            }
            Self::Cancelled => f.write_str("已中断"),
        }
    }
}

impl std::error::Error for Error {}

impl From<intake::Error> for Error {
    fn from(wrong: intake::Error) -> Self {
        match wrong {
            intake::Error::Cancelled => Self::Cancelled,
            wrong => Self::Intake(wrong),
        }
    }
}

impl From<evaluate::Error> for Error {
    fn from(wrong: evaluate::Error) -> Self {
        Self::Evaluate(wrong)
    }
}

/// Loads the built-in plugins and those of the settings, sorted by id, with what a locality sets otherwise
/// in their checklists; and says which could not be.
///
/// Errors: a tailoring that cannot be used; the sandbox cannot be set up. A plugin that cannot be loaded is a fault in the list.
pub fn load_plugins(settings: &Settings) -> Result<Loaded, Error> {
    let (host, loaded, faults) = load_each(settings, |_, plugin| Ok(plugin))?;
    tailored::tailored(in_waves(host, loaded, faults), &settings.tailoring)
}

/// The same for a run, where a plugin that was given must be one that the workspace accepts, and must
/// have passed its own golden cases: one that does not is a fault, and takes no built-in plugin's place.
/// A built-in plugin in whose place another was accepted is not used either where that one is not:
/// better no result than one by other rules.
pub fn plugins_to_use(settings: &Settings) -> Result<Loaded, Error> {
    let mut given = BTreeSet::new();
    let (host, mut loaded, mut faults) = load_each(settings, |host, plugin| {
        if plugin.plugin.origin == BUILT_IN {
            // Tested with the program.
            return Ok(plugin);
        }
        let id = &plugin.plugin.manifest.id;
        given.insert(id.clone());
        if let Some(trust) = &settings.trust {
            trust.judge(&plugin.plugin, is_built_in(id))?;
        }
        golden::admit(host, plugin)
    })?;
    faults.extend(settings.trust.as_ref().and_then(trust::Trust::sent));
    for pinned in settings.trust.iter().flat_map(|trust| &trust.lock.plugins) {
        let is_used = |loaded: &LoadedPlugin| loaded.plugin.digest == pinned.digest;
        if loaded.iter().any(is_used) {
            continue;
        }
        if let Some(trust) = settings.trust.as_ref().filter(|_| !given.contains(&pinned.id)) {
            faults.push(trust.missing(pinned));
        }
        if pinned.replaces_built_in {
            loaded.retain(|loaded| loaded.plugin.manifest.id != pinned.id);
        }
    }
    tailored::tailored(in_waves(host, loaded, faults), &settings.tailoring)
}

/// Where built-in plugins come from.
pub const BUILT_IN: &str = "built-in";

/// Whether there is a built-in plugin of an id.
pub fn is_built_in(id: &str) -> bool {
    evaluate::built_in().iter().any(|(built_in, _)| *built_in == id)
}

/// The sandbox, the plugins in it, and those that could not be loaded.
type Loaded = (Host, Vec<LoadedPlugin>, Vec<PluginFault>);

/// Loads the built-in plugins and those of the settings; of one id the last that was admitted.
fn load_each(
    settings: &Settings,
    mut admit: impl FnMut(&Host, LoadedPlugin) -> Result<LoadedPlugin, PluginFault>,
) -> Result<Loaded, Error> {
    let host = Host::new(settings.cache.clone())?;
    let mut loaded: Vec<LoadedPlugin> = Vec::new();
    let mut faults = Vec::new();
    let built_in = evaluate::built_in().iter().map(|(_, bytes)| (BUILT_IN, *bytes));
    let given = settings.plugins.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    let all: Vec<_> = built_in.chain(given).collect();
    // Where nothing is cached, compiling is the longest part of a small run.
    let ended: Vec<_> = all.into_par_iter().map(|(origin, bytes)| host.load(origin, bytes)).collect();
    for plugin in ended {
        match plugin.and_then(|plugin| admit(&host, plugin)) {
            Ok(plugin) => {
                loaded.retain(|known| known.plugin.manifest.id != plugin.plugin.manifest.id);
                loaded.push(plugin);
            }
            Err(fault) => faults.push(fault),
        }
    }
    Ok((host, loaded, faults))
}

/// Sorts plugins by id, and refuses those that wait for each other.
fn in_waves(host: Host, mut loaded: Vec<LoadedPlugin>, mut faults: Vec<PluginFault>) -> Loaded {
    loaded.sort_by(|a, b| a.plugin.manifest.id.cmp(&b.plugin.manifest.id));
    let plugins: Vec<Plugin> = loaded.iter().map(|loaded| loaded.plugin.clone()).collect();
    let waves = indicators::waves(&plugins);
    let stuck: Vec<_> = plugins.iter().zip(&waves).filter(|(_, wave)| wave.is_none()).collect();
    let ids: Vec<_> = stuck.iter().map(|(plugin, _)| plugin.manifest.id.as_str()).collect();
    faults.extend(stuck.iter().map(|(plugin, _)| indicators::refusal(plugin, &ids)));
    loaded.retain(|loaded| !ids.contains(&loaded.plugin.manifest.id.as_str()));
    (host, loaded, faults)
}

/// Reads an inbox and says what is wrong with it, without evaluating anything.
///
/// Shape: a run without checks; its problems are those of reading, of the register, and of the
/// sheets against their checklists.
/// Errors: as [`assess`].
pub fn check(inbox: &Path, settings: &Settings, watch: &dyn Watch) -> Result<Run, Error> {
    let (_, loaded, faults) = plugins_to_use(settings)?;
    let (run, ..) = prepare(inbox, settings, watch, &loaded, faults)?;
    Ok(sorted(run, settings))
}

/// Runs everything on an inbox.
///
/// Shape: checks sorted by plugin, kind, date and place; problems sorted by place.
/// Errors: the inbox cannot be listed, the sandbox cannot be set up, or the user stopped the run.
/// Bad data, and plugins that fail, are in the result.
pub fn assess(inbox: &Path, settings: &Settings, watch: &dyn Watch) -> Result<Run, Error> {
    let (host, loaded, faults) = plugins_to_use(settings)?;
    let (mut run, mut subjects, log) = prepare(inbox, settings, watch, &loaded, faults)?;
    subjects.sort_by_key(|subject| {
        (subject.plugin, subject.kind, subject.date, subject.evidence.first().copied())
    });
    let total = subjects.len();
    watch.progress(Step::Evaluate, 0, total);
    // Before anything is evaluated all that makes a filing come back is known.
    filing::tally(&mut run.filings, &plan(settings), &run.problems);
    let evaluations = evaluate_in_waves(&host, &loaded, &mut subjects, (&run, log), watch);
    if watch.cancelled() {
        return Err(Error::Cancelled);
    }
    for (subject, evaluation) in subjects.into_iter().zip(evaluations) {
        let manifest = &run.plugins[subject.plugin].manifest;
        let (evaluation, scored) = match evaluation {
            Evaluation::Assessed(assessed) => match score::score(manifest, &subject, &assessed) {
                Ok(scored) => (Evaluation::Assessed(assessed), Some(scored)),
                Err(wrong) => {
                    let plugin = format!("{} {}", manifest.id, manifest.version);
                    let (zh, en) = (wrong.to_string(), "points too large to be exact".to_owned());
                    (Evaluation::Fault(PluginFault { plugin, zh, en }), None)
                }
            },
            other => (other, None),
        };
        let check = Check { subject, evaluation, scored, rank: None, latest: false };
        problems_of(&check, &run.plugins[check.subject.plugin], &mut run.problems);
        run.checks.push(check);
    }
    score::rank(&run.plugins, &mut run.checks);
    let rules = year_end_rules(settings);
    yearend::take_scores(&mut run.year_end, &rules, &run.plugins, &run.checks);
    yearend::take_reviews(&mut run.year_end, &run.plugins, &run.checks);
    let last_day = year_last_day(run.year_end.year, run.as_of);
    let of_enterprises = yearend::rank_enterprises(
        &mut run.year_end,
        &rules,
        &run.register,
        (&run.plugins, &run.checks),
        (&run.ledger, &run.supervision.activities.incidents, last_day),
        &rescore(&run.plugins),
    );
    run.problems.extend(of_enterprises);
    ledger::suggest(&mut run.ledger, &run.checks);
    Ok(sorted(run, settings))
}

/// Scores a check once more, with other outcomes: what an objection gives back, or what would be put right.
pub fn rescore(plugins: &[Plugin]) -> impl Fn(&Check, &Assessed) -> Option<Scored> {
    |check, assessed| score::score(&plugins[check.subject.plugin].manifest, &check.subject, assessed).ok()
}

/// A sheet of the assessment is bound to its checklist and read for its totals; both see a wrong cell.
/// An item that the locality added is unknown to the checklist only.
fn told_once(
    mut of_subjects: Vec<Problem>,
    mut of_year_end: Vec<Problem>,
    rules: &YearEndRules,
) -> (Vec<Problem>, Vec<Problem>) {
    let is_local = |code: &str| rules.items.iter().any(|item| item.code == code.trim().to_uppercase());
    of_subjects.retain(|problem| problem.code != ProblemCode::UnknownItem || !is_local(&problem.found));
    let told: BTreeSet<_> = of_subjects.iter().map(|problem| (problem.at, problem.code)).collect();
    of_year_end.retain(|problem| !told.contains(&(problem.at, problem.code)));
    (of_subjects, of_year_end)
}

/// The rules of the year-end assessment.
fn year_end_rules(settings: &Settings) -> YearEndRules {
    settings.year_end.clone().unwrap_or_else(yearend::built_in_rules)
}

/// The last day that counts for a year: one that is assessed in the January after it still ends with
/// December.
fn year_last_day(year: i16, as_of: Date) -> Date {
    Date::new(year, 12, 31).map_or(as_of, |last| last.min(as_of))
}

/// What is filed and when.
fn plan(settings: &Settings) -> filing::Plan {
    settings.filing.clone().unwrap_or_else(filing::Plan::built_in)
}

/// Evaluates the subjects, plugins that want indicators after those that give them.
///
/// Shape: one evaluation for each subject, in order; the subjects hold what their plugins wanted.
fn evaluate_in_waves(
    host: &Host,
    loaded: &[LoadedPlugin],
    subjects: &mut [Subject],
    (run, log): (&Run, Option<Provenance>),
    watch: &dyn Watch,
) -> Vec<Evaluation> {
    let mut offers = indicators::Offers::default();
    if let Some(log) = log {
        offers.put_filings(&run.filings, log);
    }
    let records = indicators::Records::of(run);
    let waves = indicators::waves(&run.plugins);
    let last = waves.iter().flatten().max().copied().unwrap_or(0);
    let mut evaluations: Vec<Option<Evaluation>> = vec![None; subjects.len()];
    let mut done = 0;
    for wave in 0..=last {
        let own: Vec<_> =
            (0..subjects.len()).filter(|&index| waves[subjects[index].plugin] == Some(wave)).collect();
        for &index in &own {
            let plugin = &run.plugins[subjects[index].plugin];
            offers.fill(plugin, &records, &mut subjects[index]);
        }
        let batch: Cow<'_, [Subject]> = match last {
            0 => Cow::Borrowed(&*subjects),
            _ => own.iter().map(|&index| subjects[index].clone()).collect(),
        };
        let progress = |n, _| watch.progress(Step::Evaluate, done + n, subjects.len());
        let ended = host.evaluate(loaded, &batch, run.as_of, &[], &progress);
        for (&index, evaluation) in own.iter().zip(ended) {
            let plugin = &run.plugins[subjects[index].plugin];
            offers.put_evaluation(plugin, &subjects[index], &evaluation);
            // Scores are the host's: they are worked out here only where somebody waits for them.
            if let Evaluation::Assessed(assessed) = &evaluation
                && indicators::wants_score(&run.plugins, plugin)
                && let Ok(scored) = score::score(&plugin.manifest, &subjects[index], assessed)
            {
                offers.put_score(plugin, &subjects[index], &scored);
            }
            evaluations[index] = Some(evaluation);
        }
        done += own.len();
    }
    let ended = evaluations.into_iter();
    ended.map(|evaluation| evaluation.expect("a plugin without a wave is not loaded")).collect()
}

fn sorted(mut run: Run, settings: &Settings) -> Run {
    // Only a report knows which of its numbers the run gives.
    let of_by_hand = report::by_hand_problems(&run);
    run.problems.extend(of_by_hand);
    filing::tally(&mut run.filings, &plan(settings), &run.problems);
    returned::settle(&run.sources, &run.returned, &mut run.problems);
    run.problems.sort();
    run.problems.dedup();
    run
}

fn prepare(
    inbox: &Path,
    settings: &Settings,
    watch: &dyn Watch,
    loaded: &[LoadedPlugin],
    faults: Vec<PluginFault>,
) -> Result<(Run, Vec<Subject>, Option<Provenance>), Error> {
    let layouts = [settings.layouts.clone(), intake::built_in_layouts()].concat();
    let progress = |done, total| watch.progress(Step::Read, done, total);
    progress(0, 0);
    let caches = (settings.cache.as_deref(), settings.kept.as_deref());
    let mut read = intake::read_inbox_keeping(inbox, &layouts, caches, &progress, &|| watch.cancelled())?;
    if watch.cancelled() {
        return Err(Error::Cancelled);
    }
    let returned = returned::read_returned(&read.tables);
    let plan = plan(settings);
    let (mut filings, of_filings) = filing::read_filings(&mut read.sources, &read.tables, &returned, &plan);
    for superseded in &mut filings.superseded {
        let cells = |id| intake::read_cells(inbox, read.sources.get(id), settings.cache.as_deref());
        if let (Some(before), Some(after)) = (cells(superseded.older), cells(superseded.newer)) {
            superseded.cells = Some(filing::differences(&before, &after));
        }
    }
    // What was wrong with a version that was replaced is nobody's task any more; where that is only
    // supposed, it stays.
    let certain = |id| {
        let mut codes = of_filings.iter().filter(|problem| problem.at.source == id);
        codes.any(|problem| problem.code == ProblemCode::SupersededVersion)
    };
    read.problems.retain(|problem| !filings.replaced(problem.at.source) || !certain(problem.at.source));
    read.tables.retain(|table| !filings.replaced(table.at.source));
    if let Some(register) = &settings.register {
        let is_other = |table: &Table| read.sources.get(table.at.source).path != *register;
        read.tables.retain(|table| table.role != Role::Register || !is_other(table));
    }
    let plugins: Vec<Plugin> = loaded.iter().map(|loaded| loaded.plugin.clone()).collect();
    let (register, of_register) = register::read_register(&read.sources, &read.tables, settings.as_of);
    let (aliases, of_aliases) = register::read_aliases(&read.sources, &read.tables, &register);
    let resolver = Resolver::new(&register).with_aliases(&aliases);
    let (subjects, of_subjects) = subjects::bind(
        &read.sources,
        &read.tables,
        &plugins,
        &resolver,
        &register.enterprises,
        settings.as_of,
    );
    let streak = settings.plans.signals.zero_streak();
    let of_returns =
        returns::check(&read.sources, &read.tables, &register, &resolver, settings.as_of, streak);
    let (ledger, of_ledger) =
        ledger::build(&read.sources, &read.tables, &register, &resolver, &ledger::Rules::built_in());
    let of_departments = returns::departments::compare(&read.tables, &ledger);
    let visits = campaign::read_visits(&read.tables, &resolver);
    let evidence = signals::Evidence {
        sources: &read.sources,
        tables: &read.tables,
        register: &register,
        resolver: &resolver,
        ledger: &ledger,
        told: &of_returns,
    };
    let (found, of_signals) = signals::find(evidence, &settings.plans.signals);
    let supervision = Supervision {
        frequency: campaign::frequency(&register, &visits, &settings.plans.frequency, settings.as_of),
        campaigns: campaign::judge(
            &settings.plans.campaigns,
            &read.tables,
            &register,
            &resolver,
            &visits,
            &ledger,
            settings.as_of,
        ),
        letters: letters::read(&read.tables, &register),
        activities: activities::count(&read.tables, &register, &resolver),
        visits,
        signals: found,
    };
    let rules = year_end_rules(settings);
    let year = settings.year.or_else(|| yearend::year_of(&read.tables));
    let year = year.unwrap_or_else(|| settings.as_of.year());
    let (mut year_end, of_year_end) =
        yearend::read(&read.sources, &read.tables, (&register, &resolver), &rules, year);
    let last_day = year_last_day(year, settings.as_of);
    yearend::with_rates(&mut year_end, &ledger.closing_by_village(last_day));
    let mut of_ladder = yearend::climb(&mut year_end, &register, &rules);
    // A day that cannot be read is told already.
    let unreadable: BTreeSet<_> = read.problems.iter().map(|problem| problem.at).collect();
    of_ladder.retain(|problem| !unreadable.contains(&problem.at));
    let has_record = read.tables.iter().any(|table| table.is("accidents"));
    let incidents = has_record.then_some(supervision.activities.incidents.as_slice());
    let of_controls = yearend::read_controls(&mut year_end, &read.tables, &register, &resolver, incidents);
    let (by_hand, of_by_hand) = by_hand::read(&read.tables, settings.as_of);
    let (of_subjects, of_year_end) = told_once(of_subjects, of_year_end, &rules);
    let mut later: Vec<Problem> = [
        of_filings,
        of_register,
        of_aliases,
        of_returns,
        of_year_end,
        of_controls,
        of_ladder,
        of_subjects,
        of_ledger,
        of_departments,
        of_signals,
        of_by_hand,
    ]
    .into_iter()
    .flatten()
    .collect();
    let rules = checks::Rules::built_in();
    let figures = returns::figures(&read.sources, &read.tables, &rules.forms());
    let findings = checks::judge(&rules, &figures);
    let known = read.problems.iter().chain(&later);
    let of_numbers = checks::problems(&findings, &read.sources, known);
    later.extend(of_numbers);
    // What a later step says of a cell under the same code it says with more knowledge.
    let said: BTreeSet<_> = later.iter().map(|problem| (problem.at, problem.code)).collect();
    let mut problems = read.problems;
    problems.retain(|problem| !said.contains(&(problem.at, problem.code)));
    problems.extend(later);
    let issuer = if settings.issuer.is_empty() { register.town.clone() } else { settings.issuer.clone() };
    let log = read.tables.iter().find(|table| table.is("filing-log")).map(|table| table.at);
    let run = Run {
        as_of: settings.as_of,
        issuer,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        sources: read.sources,
        plugins,
        register,
        checks: Vec::new(),
        problems,
        filings,
        ledger,
        supervision,
        returned,
        year_end,
        by_hand,
        faults,
    };
    Ok((run, subjects, log))
}

/// What the rules say about a subject's data, as problems at the cells they name.
fn problems_of(check: &Check, plugin: &Plugin, problems: &mut Vec<Problem>) {
    let subject = &check.subject;
    let at = |evidence: Option<u32>| -> Option<Place> {
        let known = evidence.and_then(|index| subject.evidence.get(index as usize));
        known.or(subject.evidence.first()).map(|at: &Provenance| Place::from(*at))
    };
    match &check.evaluation {
        Evaluation::Assessed(assessed) => {
            for note in &assessed.notes {
                let Some(place) = at(note.evidence.first().copied()) else { continue };
                let phrase = &plugin.manifest.phrases[note.reason.phrase as usize].code;
                let item = note.item.map_or("", |item| &plugin.manifest.items[item as usize].code);
                let sentence = note.reason.render(&plugin.manifest);
                // A note whose phrase has the name of a problem code is that problem; the last of
                // its parameters is what the code's own sentence wants.
                let key = phrase.replace('-', "_");
                let known = ProblemCode::ALL.iter().copied().find(|code| code.key() == key);
                problems.push(match (known, note.reason.params.as_slice()) {
                    (Some(code), [found, .., last]) => Problem::new(code, place)
                        .found(found.render(&plugin.manifest))
                        .arg(last.render(&plugin.manifest))
                        .note(item),
                    _ => Problem::new(ProblemCode::PluginNote, place).arg(sentence).note(item),
                });
            }
        }
        Evaluation::Failed { message, evidence } => {
            if let Some(place) = at(*evidence) {
                problems
                    .push(Problem::new(ProblemCode::SubjectFailed, place).arg(message).note(&subject.name));
            }
        }
        Evaluation::Fault(fault) => {
            if let Some(place) = at(None) {
                let place = Place { cell: None, ..place };
                problems.push(
                    Problem::new(ProblemCode::PluginFailed, place)
                        .arg(fault.line(Lang::Zh))
                        .note(&subject.name),
                );
            }
        }
    }
}
