//! Runs plugins on subjects, in the sandbox.
//! Knows no workbooks and adds up no points: it says what each plugin answered, re-checked, or what
//! the plugin did wrong.
//!
//! A plugin is untrusted. Its bytes are looked at before they are compiled (`inspect`), it runs under
//! limits (`limits`, `sandbox`), and what it says is checked against the contract (`recheck`).

mod added;
mod fault;
mod inspect;
mod limits;
mod recheck;
mod sandbox;
mod spelled;
mod v1;
mod weigh;

use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use self::fault::Fault;
use self::recheck::{Bounds, Breach, Violation, Within};
use self::sandbox::Sandbox;
use self::v1::{Door, GuestPre, Unsayable, columns, wire};
use crate::model::{Assessed, Date, Evaluation, Plugin, PluginFault, Subject, Value, tailored};
use crate::sandbox::{Build, Cache, Key, ahead};

include!(concat!(env!("OUT_DIR"), "/plugins.rs"));

/// The sector plugins inside the program: id and component, sorted by id.
pub fn built_in() -> &'static [(&'static str, &'static [u8])] {
    BUILT_IN
}

/// Reads a plugin's file, at most one byte more than a plugin may have: [`Host::load`] then says
/// that it is too large.
///
/// Errors: what the system says of the file.
pub fn read_plugin(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limits::COMPONENT as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Why there is no host at all. Never a plugin's fault.
#[derive(Debug)]
pub enum Error {
    /// The engine does not run on this machine with our settings.
    Engine(String),
    /// No thread could be started.
    Thread(std::io::Error),
    /// No pool of threads could be started.
    Threads(rayon::ThreadPoolBuildError),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Engine(why) => write!(f, "the sandbox cannot be set up: {why}"),
            Self::Thread(_) | Self::Threads(_) => f.write_str("the sandbox cannot start its threads"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Engine(_) => None,
            Self::Thread(why) => Some(why),
            Self::Threads(why) => Some(why),
        }
    }
}

/// Loads and runs plugins: one engine, its clock, its threads, and the cache of compiled code.
pub struct Host {
    sandbox: Sandbox,
    cache: Option<Cache>,
    /// Threads with a stack that holds a guest's.
    threads: rayon::ThreadPool,
}

/// A plugin, ready to run.
#[derive(Clone)]
pub struct LoadedPlugin {
    /// What it says about itself, its digest and its origin.
    pub plugin: Plugin,
    guest: GuestPre,
    bounds: Bounds,
    /// Instructions of one call.
    fuel: u64,
    /// What the plugin is told at every call: what a locality sets otherwise in its checklist.
    parameters: Vec<(String, Value)>,
    /// The plugin that judges the items which a locality added.
    added: Option<Box<LoadedPlugin>>,
}

impl LoadedPlugin {
    /// The plugin as it is under parameters: told them at every call, and held against the checklist that
    /// they make. Names that are no keys of a checklist are the plugin's own affair.
    ///
    /// Errors: a value that cannot be set in this checklist, or that makes it one which is none.
    pub fn under(&self, parameters: &[(String, Value)]) -> Result<Self, PluginFault> {
        let mut plugin = self.plugin.clone();
        for (name, value) in parameters.iter().filter(|(name, _)| tailored::is_key(name)) {
            tailored::set(&mut plugin.manifest, name, value).map_err(|refused| PluginFault {
                plugin: self.name(),
                zh: format!("参数 {name}: {refused}"),
                en: format!("parameter {name} cannot be set: {refused}"),
            })?;
        }
        recheck::manifest(&plugin.manifest)
            .map_err(|violation| Fault::Manifest(violation).of(&self.name()))?;
        let bounds = Bounds::of(&plugin.manifest);
        let parameters = [self.parameters.as_slice(), parameters].concat();
        let (guest, fuel) = (self.guest.clone(), self.fuel);
        Ok(Self { plugin, guest, bounds, fuel, parameters, added: None })
    }

    /// `id version`, as messages name it.
    fn name(&self) -> String {
        format!("{} {}", self.plugin.manifest.id, self.plugin.manifest.version)
    }

    /// The plugin as one that takes a record for each answer and no columns: to hold what comes through
    /// the two doors against each other.
    #[must_use]
    pub fn without_columns(mut self) -> Self {
        self.guest.close_columns();
        self.added = self.added.map(|added| Box::new(added.without_columns()));
        self
    }

    /// Whether it takes answers in columns.
    pub fn has_columns(&self) -> bool {
        self.guest.door() == Door::Columns
    }
}

impl fmt::Debug for LoadedPlugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoadedPlugin").field("name", &self.name()).finish_non_exhaustive()
    }
}

/// A golden case of a plugin.
#[derive(Debug, Clone)]
pub struct Example {
    /// Name, unique in the plugin.
    pub name: String,
    /// The day of the assessment.
    pub as_of: Date,
    /// Local settings.
    pub parameters: Vec<(String, Value)>,
    /// The subject. Its `plugin` is 0; its evidence stands nowhere.
    pub subject: Subject,
    /// What must come out, one fact a line.
    pub expected: String,
}

impl Host {
    /// Sets up the sandbox, with as many threads as the current rayon pool has.
    ///
    /// `cache`: folder for compiled code, made if it is missing; not used when somebody else could
    /// write to it. `None`: whatever is not compiled ahead is compiled each time.
    ///
    /// Errors: the machine cannot run the sandbox.
    pub fn new(cache: Option<PathBuf>) -> Result<Self, Error> {
        Self::of(Build::Ordinary, cache.as_deref().and_then(Cache::open))
    }

    /// A host that compiles otherwise, against which results are held: what differs there depends on
    /// the machine. Slower, and without a cache.
    ///
    /// Errors: as [`Host::new`].
    pub fn to_compare() -> Result<Self, Error> {
        Self::of(Build::Other, None)
    }

    fn of(build: Build, cache: Option<Cache>) -> Result<Self, Error> {
        let threads = rayon::ThreadPoolBuilder::new()
            .num_threads(rayon::current_num_threads())
            .stack_size(limits::THREAD_STACK)
            .thread_name(|index| format!("anping-sandbox-{index}"))
            .build()
            .map_err(Error::Threads)?;
        Ok(Self { sandbox: Sandbox::of(build)?, cache, threads })
    }

    /// Checks a plugin's bytes, compiles them unless that was done before, asks the plugin what it
    /// is, and checks that.
    ///
    /// `origin`: `built-in`, or the file's name; names the plugin until it has said its own.
    ///
    /// Errors: the first thing wrong with it.
    pub fn load(&self, origin: &str, bytes: &[u8]) -> Result<LoadedPlugin, PluginFault> {
        self.threads.install(|| self.load_here(origin, bytes))
    }

    fn load_here(&self, origin: &str, bytes: &[u8]) -> Result<LoadedPlugin, PluginFault> {
        let unnamed = |fault: Fault| fault.of(origin);
        let door = inspect::look(bytes).map_err(unnamed)?;
        let digest: [u8; 32] = Sha256::digest(bytes).into();
        let component = self.component(&digest, bytes).map_err(unnamed)?;
        let guest = self.sandbox.link(&component, door).map_err(unnamed)?;
        // Called once and kept: that it says the same at every call need not be believed.
        let described = self
            .sandbox
            .call(&guest, limits::FUEL_CALL, |guest, store| guest.describe(store))
            .0
            .map_err(unnamed)?;
        let named = named(origin, &described);
        let manifest = v1::manifest(described)
            .and_then(|manifest| recheck::manifest(&manifest).map(|()| manifest))
            .map_err(|violation| Fault::Manifest(violation).of(&named))?;
        let bounds = Bounds::of(&manifest);
        let fuel = limits::FUEL_CALL + limits::FUEL_ITEM * manifest.items.len() as u64;
        let plugin = Plugin { manifest, digest: hex(&digest), origin: origin.to_owned(), local: Vec::new() };
        Ok(LoadedPlugin { plugin, guest, bounds, fuel, parameters: Vec::new(), added: None })
    }

    fn component(&self, digest: &[u8; 32], bytes: &[u8]) -> Result<wasmtime::component::Component, Fault> {
        if let Some(component) = ahead::get(self.sandbox.engine(), digest) {
            return Ok(component);
        }
        let key = Key::of(self.sandbox.engine(), digest);
        if let Some(cache) = &self.cache
            && let Some(component) = cache.get(self.sandbox.engine(), key)
        {
            return Ok(component);
        }
        inspect::validate(bytes)?;
        weigh::weigh(bytes)?;
        let component = self.sandbox.compile(bytes)?;
        if let Some(cache) = &self.cache {
            cache.put(key, &component);
        }
        Ok(component)
    }

    /// Assesses every subject by its plugin.
    ///
    /// Shape: one evaluation for each subject, in the order of the subjects, the same for any number
    /// of threads. `progress` is told how many of how many are done, from any thread.
    ///
    /// A subject on which a plugin fails is a [`Evaluation::Fault`] and spoils no other, with one
    /// exception: a plugin that spends its time on several subjects is given up, and its remaining
    /// subjects are faults without having been run.
    pub fn evaluate(
        &self,
        plugins: &[LoadedPlugin],
        subjects: &[Subject],
        as_of: Date,
        parameters: &[(String, Value)],
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Vec<Evaluation> {
        let Some(parts) = added::split(plugins, subjects) else {
            let plugins: Vec<_> = plugins.iter().collect();
            return self.evaluate_own(&plugins, subjects, as_of, parameters, progress);
        };
        let own: Vec<_> = plugins.iter().collect();
        let own = self.evaluate_own(&own, &parts.own, as_of, parameters, progress);
        let local = self.evaluate_own(&parts.plugins, &parts.added, as_of, &[], &|_, _| {});
        parts.merge(plugins, subjects, own, local)
    }

    fn evaluate_own(
        &self,
        plugins: &[&LoadedPlugin],
        subjects: &[Subject],
        as_of: Date,
        parameters: &[(String, Value)],
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Vec<Evaluation> {
        let run =
            Run { sandbox: &self.sandbox, subjects, as_of, parameters, done: AtomicUsize::new(0), progress };
        let mut of_plugin = vec![Vec::new(); plugins.len()];
        for (index, subject) in subjects.iter().enumerate() {
            of_plugin
                .get_mut(subject.plugin)
                .expect("subjects are made for the plugins they are evaluated with")
                .push(index);
        }
        let evaluated: Vec<Vec<(usize, Evaluation)>> = self.threads.install(|| {
            plugins
                .par_iter()
                .zip(of_plugin)
                .map(|(plugin, subjects)| run.plugin(plugin, &subjects))
                .collect()
        });
        let mut in_order: Vec<_> = evaluated.into_iter().flatten().collect();
        in_order.sort_unstable_by_key(|(index, _)| *index);
        in_order.into_iter().map(|(_, evaluation)| evaluation).collect()
    }

    /// Asks a plugin for its golden cases.
    ///
    /// Errors: what [`Host::load`] would report; a case that refers to what its checklist lacks.
    pub fn examples(&self, plugin: &LoadedPlugin) -> Result<Vec<Example>, PluginFault> {
        self.threads
            .install(|| {
                let (given, _) =
                    self.sandbox.call(&plugin.guest, plugin.fuel, |guest, store| guest.examples(store));
                examples(plugin, given?).map_err(Fault::Answer)
            })
            .map_err(|fault| fault.of(&plugin.name()))
    }
}

fn examples(plugin: &LoadedPlugin, given: Vec<wire::Example>) -> Result<Vec<Example>, Violation> {
    if given.len() > limits::EXAMPLES {
        let breach = Breach::TooMany { found: given.len(), limit: limits::EXAMPLES };
        return Err(Violation { at: "examples".to_owned(), breach });
    }
    let mut names = std::collections::BTreeSet::new();
    let mut examples = Vec::with_capacity(given.len());
    for (index, example) in given.into_iter().enumerate() {
        let checked = v1::example(example).and_then(|e| {
            recheck::example(&plugin.plugin.manifest, &e)?;
            if names.insert(e.name.clone()) { Ok(e) } else { Err(Breach::Twice(e.name).into()) }
        });
        examples.push(checked.at("examples", index)?);
    }
    Ok(examples)
}

/// The name a plugin gives itself, where it can be printed; else where it came from.
fn named(origin: &str, described: &wire::Manifest) -> String {
    if recheck::named(&described.id, &described.version) {
        format!("{} {}", described.id, described.version)
    } else {
        origin.to_owned()
    }
}

/// Lower-case hexadecimal.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string does not fail");
        text
    })
}

/// One run over all subjects.
struct Run<'a> {
    sandbox: &'a Sandbox,
    subjects: &'a [Subject],
    as_of: Date,
    parameters: &'a [(String, Value)],
    done: AtomicUsize,
    progress: &'a (dyn Fn(usize, usize) + Sync),
}

/// What came back for a subject: a result that could be read or not, or a failure.
type Answered = Result<Result<Assessed, Violation>, wire::Failure>;

/// Evaluations with the positions of their subjects.
type Evaluated = Vec<(usize, Evaluation)>;

impl Run<'_> {
    /// Evaluates the subjects of one plugin, given by position, in waves of batches.
    ///
    /// A wave runs in parallel; after it, batches that failed are run again subject by subject, in
    /// order, and it is decided whether to go on. Waves begin with a single batch and double, so a
    /// plugin that loops at once costs one batch, and one that behaves soon uses every thread.
    /// Nothing of this depends on the number of threads.
    fn plugin(&self, plugin: &LoadedPlugin, subjects: &[usize]) -> Evaluated {
        let parameters = [plugin.parameters.as_slice(), self.parameters].concat();
        let context = v1::context(self.as_of, &parameters);
        let context = match &context {
            Ok(context) => context,
            Err(unsayable) => {
                let failed: Evaluated = subjects.iter().map(|&index| (index, failed(unsayable))).collect();
                self.report(failed.len());
                return failed;
            }
        };
        let mut evaluated = Vec::with_capacity(subjects.len());
        let mut batches = subjects.chunks(limits::BATCH);
        let mut wave = 1;
        let mut spending = Spending::of(plugin);
        while batches.len() > 0 && spending.given_up.is_none() {
            let now: Vec<_> = batches.by_ref().take(wave).collect();
            let ended: Vec<_> =
                now.into_par_iter().map(|batch| (batch, self.batch(plugin, context, batch))).collect();
            wave = (2 * wave).min(limits::WAVE);
            for (batch, (result, fuel)) in ended {
                spending.take(batch.len(), fuel);
                match result {
                    Ok(results) => evaluated.extend(results),
                    Err(_) => {
                        wave = 1;
                        evaluated.extend(self.one_by_one(plugin, context, batch, &mut spending));
                    }
                }
            }
        }
        for batch in batches {
            evaluated.extend(self.one_by_one(plugin, context, batch, &mut spending));
        }
        evaluated
    }

    /// Runs one batch in one fresh instance.
    ///
    /// Shape: the evaluations, and the instructions that it took.
    /// Errors: what ended the call; it may be the fault of any of the batch's subjects.
    fn batch(
        &self,
        plugin: &LoadedPlugin,
        context: &wire::Context,
        batch: &[usize],
    ) -> (Result<Evaluated, Fault>, u64) {
        let mut evaluated = Vec::with_capacity(batch.len());
        let mut asked = Vec::with_capacity(batch.len());
        let (answers, fuel) = match plugin.guest.door() {
            Door::Records => self.in_records(plugin, context, batch, &mut asked, &mut evaluated),
            Door::Columns => self.in_columns(plugin, context, batch, &mut asked, &mut evaluated),
        };
        let answers = match answers {
            Ok(answers) => answers,
            Err(fault) => return (Err(fault), fuel),
        };
        for (index, answer) in asked.into_iter().zip(answers) {
            let evaluation = checked(plugin, &self.subjects[index], answer)
                .unwrap_or_else(|violation| Evaluation::Fault(Fault::Answer(violation).of(&plugin.name())));
            evaluated.push((index, evaluation));
        }
        self.report(batch.len());
        (Ok(evaluated), fuel)
    }

    /// Asks about a batch with a record for each answer. Who was asked about is left in `asked`, who
    /// cannot be in `evaluated`.
    ///
    /// Shape: what came back for those who were asked about, and the instructions.
    fn in_records(
        &self,
        plugin: &LoadedPlugin,
        context: &wire::Context,
        batch: &[usize],
        asked: &mut Vec<usize>,
        evaluated: &mut Evaluated,
    ) -> (Result<Vec<Answered>, Fault>, u64) {
        let mut sent = Vec::with_capacity(batch.len());
        for &index in batch {
            match v1::subject(&self.subjects[index], plugin.plugin.manifest.wants_remarks) {
                Ok(subject) => {
                    sent.push(subject);
                    asked.push(index);
                }
                Err(unsayable) => evaluated.push((index, failed(&unsayable))),
            }
        }
        if sent.is_empty() {
            return (Ok(Vec::new()), 0);
        }
        let (answers, fuel) =
            self.sandbox.call(&plugin.guest, plugin.fuel, |guest, store| guest.assess(store, context, &sent));
        let answers = answers.and_then(|answers| {
            if answers.len() != asked.len() {
                let breach = Breach::Count { found: answers.len(), expected: asked.len() };
                return Err(Fault::Answer(Violation { at: "assess".to_owned(), breach }));
            }
            Ok(answers.into_iter().map(|answer| answer.map(v1::assessed)).collect())
        });
        (answers, fuel)
    }

    /// The same in columns.
    fn in_columns(
        &self,
        plugin: &LoadedPlugin,
        context: &wire::Context,
        batch: &[usize],
        asked: &mut Vec<usize>,
        evaluated: &mut Evaluated,
    ) -> (Result<Vec<Answered>, Fault>, u64) {
        let n_answers = batch.iter().map(|&index| self.subjects[index].answers.len()).sum();
        let mut question = columns::Question::with_room(batch.len(), n_answers);
        for &index in batch {
            match question.add(&self.subjects[index], plugin.plugin.manifest.wants_remarks) {
                Ok(()) => asked.push(index),
                Err(unsayable) => evaluated.push((index, failed(&unsayable))),
            }
        }
        if question.is_empty() {
            return (Ok(Vec::new()), 0);
        }
        let (came, fuel) = self
            .sandbox
            .call(&plugin.guest, plugin.fuel, |guest, store| guest.assess_columns(store, context, &question));
        let subjects = asked.iter().map(|&index| &self.subjects[index]);
        let results = |came| columns::results(subjects, came, &plugin.bounds).map_err(Fault::Answer);
        (came.and_then(results), fuel)
    }

    /// Runs the subjects of a failed batch, each in a fresh instance, until the plugin is given up.
    /// In order, so that it does not depend on the number of threads which of them are run.
    fn one_by_one(
        &self,
        plugin: &LoadedPlugin,
        context: &wire::Context,
        batch: &[usize],
        spending: &mut Spending,
    ) -> Evaluated {
        let mut evaluated = Vec::with_capacity(batch.len());
        for &index in batch {
            let fault = match &spending.given_up {
                Some(last) => Fault::GivenUp(Box::new(last.clone())),
                None => {
                    let (result, fuel) = self.batch(plugin, context, &[index]);
                    // What this subject may take was counted with its batch.
                    spending.take(0, fuel);
                    match result {
                        Ok(results) => {
                            evaluated.extend(results);
                            continue;
                        }
                        Err(fault) => {
                            spending.add(&fault);
                            fault
                        }
                    }
                }
            };
            evaluated.push((index, Evaluation::Fault(fault.of(&plugin.name()))));
            self.report(1);
        }
        evaluated
    }

    fn report(&self, more: usize) {
        let done = self.done.fetch_add(more, Ordering::Relaxed) + more;
        (self.progress)(done, self.subjects.len());
    }
}

/// What a plugin has spent, in vain and in all.
struct Spending {
    spent: u32,
    /// Instructions that are left: a start, and what each subject brings.
    left: u64,
    /// What a subject brings.
    of_subject: u64,
    /// Set once it was too much: the last fault.
    given_up: Option<Fault>,
}

impl Spending {
    fn of(plugin: &LoadedPlugin) -> Self {
        let items = plugin.plugin.manifest.items.len() as u64;
        let of_subject = limits::FUEL_SUBJECT + limits::FUEL_ITEM * items;
        Self { spent: 0, left: limits::FUEL_AHEAD, of_subject, given_up: None }
    }

    fn add(&mut self, fault: &Fault) {
        self.spent += fault.spent();
        if self.spent >= limits::SPENT {
            self.given_up = Some(fault.clone());
        }
    }

    /// Counts the instructions of a call. Batches are counted in their order after their wave, so that it
    /// does not depend on the number of threads when it is too much.
    fn take(&mut self, subjects: usize, fuel: u64) {
        self.left = self.left.saturating_add(self.of_subject.saturating_mul(subjects as u64));
        match self.left.checked_sub(fuel) {
            Some(left) => self.left = left,
            None => {
                self.left = 0;
                self.given_up.get_or_insert(Fault::Slow(self.of_subject));
            }
        }
    }
}

fn failed(unsayable: &Unsayable) -> Evaluation {
    Evaluation::Failed { message: unsayable.message.clone(), evidence: unsayable.evidence }
}

/// What a run makes of a plugin that returns for a subject what any bytes spell: how every answer is
/// read and re-checked, without the sandbox. Empty bytes are an honest answer.
///
/// Shape: as [`Host::evaluate`] gives it for the subject.
pub fn judge_spelled(plugin: &LoadedPlugin, subject: &Subject, bytes: &[u8]) -> Evaluation {
    let answer = spelled::answer(&plugin.plugin.manifest, subject, bytes).map(v1::assessed);
    checked(plugin, subject, answer)
        .unwrap_or_else(|violation| Evaluation::Fault(Fault::Answer(violation).of(&plugin.name())))
}

/// Re-checks the answer for one subject.
fn checked(plugin: &LoadedPlugin, subject: &Subject, answer: Answered) -> Result<Evaluation, Violation> {
    match answer {
        Ok(assessed) => {
            let assessed = assessed?;
            plugin.bounds.assessed(&plugin.plugin.manifest, subject, &assessed)?;
            Ok(Evaluation::Assessed(assessed))
        }
        Err(failure) => {
            recheck::failure(subject, &failure.message, failure.evidence)?;
            Ok(Evaluation::Failed { message: failure.message, evidence: failure.evidence })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_plugins_load_under_the_name_of_their_folder() {
        let host = Host::new(None).expect("the sandbox runs here");
        for (id, bytes) in built_in() {
            let plugin = host.load("built-in", bytes).unwrap_or_else(|fault| panic!("{id}: {fault:?}"));
            assert_eq!(plugin.plugin.manifest.id, *id);
            assert_eq!(plugin.plugin.digest, hex(&Sha256::digest(bytes)));
        }
        assert!(built_in().is_sorted_by_key(|(id, _)| id));
    }

    #[test]
    fn digests_are_lower_case_hexadecimal() {
        assert_eq!(hex(&[0x00, 0x0f, 0xa0, 0xff]), "000fa0ff");
    }
}
