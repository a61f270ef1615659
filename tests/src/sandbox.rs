//! Subjects made in a test and run through a plugin in its sandbox, up to their scores.
//! Holds no expectation and reads no workbook.

use anping::evaluate::{Host, LoadedPlugin};
use anping::model::{
    Answer, Assessed, CellRef, Date, Decimal, Evaluation, KnownFact, KnownTable, Manifest, Plugin,
    Provenance, Scored, SourceId, Subject, TableRow, Value, Verdict, Written,
};
use anping::{pipeline, score};

use crate::{AS_OF, settings};

/// All built-in plugins in their sandbox.
pub struct Sandbox {
    host: Host,
    loaded: Vec<LoadedPlugin>,
}

impl Sandbox {
    /// The built-in plugins, and those given: file name and bytes.
    ///
    /// # Panics
    ///
    /// When one of them cannot be loaded.
    pub fn with(plugins: Vec<(String, Vec<u8>)>) -> Self {
        Self::under(&pipeline::Settings { plugins, ..settings() })
    }

    /// The plugins as settings have them.
    ///
    /// # Panics
    ///
    /// When one of them cannot be loaded.
    pub fn under(settings: &pipeline::Settings) -> Self {
        let (host, loaded, faults) = pipeline::load_plugins(settings).expect("a sandbox");
        assert_eq!(faults, []);
        Self { host, loaded }
    }

    /// The plugin with this id.
    ///
    /// # Panics
    ///
    /// When there is none.
    pub fn plugin(&self, id: &str) -> &Plugin {
        let found = self.loaded.iter().find(|loaded| loaded.plugin.manifest.id == id);
        &found.expect("a plugin of this id").plugin
    }

    /// What the plugins say of themselves, sorted by id.
    pub fn manifests(&self) -> impl Iterator<Item = &Manifest> {
        self.loaded.iter().map(|loaded| &loaded.plugin.manifest)
    }

    /// What a plugin says of itself.
    ///
    /// # Panics
    ///
    /// When there is none with this id.
    pub fn manifest(&self, id: &str) -> &Manifest {
        self.manifests().find(|manifest| manifest.id == id).expect("a plugin of this id")
    }

    /// A subject of a plugin's kind of check, without anything known of it.
    ///
    /// # Panics
    ///
    /// When the plugin has no such kind.
    pub fn subject(&self, id: &str, kind: &str) -> Subject {
        let plugin = self.loaded.iter().position(|loaded| loaded.plugin.manifest.id == id);
        let kinds = &self.manifest(id).kinds;
        let kind = kinds.iter().position(|known| known.code == kind).expect("a kind of the plugin");
        Subject {
            enterprise: None,
            name: "某单位".to_owned(),
            code: String::new(),
            unit: String::new(),
            office: String::new(),
            inspectors: String::new(),
            plugin: plugin.expect("manifest() found it"),
            kind: kind as u32,
            date: Date::constant(2026, 11, 5),
            tags: Vec::new(),
            facts: Vec::new(),
            tables: Vec::new(),
            indicators: Vec::new(),
            answers: Vec::new(),
            evidence: Vec::new(),
        }
    }

    /// Runs subjects of one plugin or several, and scores what comes back.
    ///
    /// # Panics
    ///
    /// When a subject cannot be assessed or scored.
    pub fn run(&self, subjects: &[Subject]) -> Vec<(Assessed, Scored)> {
        let evaluations = self.host.evaluate(&self.loaded, subjects, AS_OF, &[], &|_, _| {});
        let ended = subjects.iter().zip(evaluations);
        ended
            .map(|(subject, evaluation)| {
                let Evaluation::Assessed(assessed) = evaluation else {
                    panic!("not assessed: {evaluation:?}")
                };
                let manifest = &self.loaded[subject.plugin].plugin.manifest;
                let scored = score::score(manifest, subject, &assessed).expect("a score that fits");
                (assessed, scored)
            })
            .collect()
    }
}

/// The next place to cite: a cell of its own for each.
fn cite(subject: &mut Subject) -> u32 {
    let next = subject.evidence.len() as u32;
    subject.evidence.push(Provenance { source: SourceId(0), sheet: 0, cell: CellRef::new(next, 0) });
    next
}

/// Answers an item, by its position.
pub fn answer(subject: &mut Subject, item: usize, verdict: Verdict, number: Option<Decimal>) {
    let evidence = cite(subject);
    let plain = Answer::plain(item as u32, verdict, evidence);
    subject.answers.push(plain.with(Written { number, ..Written::NOTHING }));
}

/// Makes a fact known.
///
/// # Panics
///
/// When the plugin wants no such fact.
pub fn fact(manifest: &Manifest, subject: &mut Subject, code: &str, value: Value) {
    let fact = manifest.facts.iter().position(|fact| fact.code == code).expect("a fact of the plugin");
    let evidence = cite(subject);
    subject.facts.push(KnownFact { fact: fact as u32, value, evidence });
}

/// Adds a row to the only table that a test fills.
///
/// # Panics
///
/// When the plugin wants no such table.
pub fn row(manifest: &Manifest, subject: &mut Subject, code: &str, cells: Vec<Value>) {
    let table = manifest.tables.iter().position(|table| table.code == code).expect("a table of the plugin");
    let evidence = subject.evidence.len() as u32;
    let wanted = manifest.tables[table].columns.len();
    let mut cells = cells;
    cells.resize(wanted, Value::Absent);
    for _ in 0..wanted {
        cite(subject);
    }
    let row = TableRow { cells, evidence };
    match subject.tables.first_mut() {
        Some(known) => known.rows.push(row),
        None => subject.tables.push(KnownTable { table: table as u32, rows: vec![row] }),
    }
}

/// A sheet of a deduction scheme on which exactly so much can be earned and so much is: items that are not
/// disqualifying lose points, the first ones all of theirs.
///
/// `excused`: positions of the items that do not apply. `lost`: points taken in all.
///
/// # Panics
///
/// When the items cannot lose so much.
pub fn sheet(manifest: &Manifest, subject: &mut Subject, excused: &[usize], lost: Decimal) {
    let mut left = lost;
    for (index, item) in manifest.items.iter().enumerate() {
        if excused.contains(&index) {
            answer(subject, index, Verdict::NotApplicable, None);
            continue;
        }
        let plain = item.veto.is_none()
            && item.scored
            && item.cases.iter().all(|case| !case.veto && case.limit.is_none());
        let taken = if plain { left.min(item.points) } else { Decimal::ZERO };
        left -= taken;
        if taken.is_zero() {
            answer(subject, index, Verdict::Pass, None);
        } else {
            answer(subject, index, Verdict::Partial, Some(taken));
        }
    }
    assert!(left.is_zero(), "{} can lose {lost} only without its vetoes", manifest.id);
}

/// Positions of items whose points add up to so much, the first such choice.
///
/// # Panics
///
/// When there is none.
pub fn worth(manifest: &Manifest, points: Decimal) -> Vec<usize> {
    let mut known: Vec<(Decimal, Vec<usize>)> = vec![(Decimal::ZERO, Vec::new())];
    for (index, item) in manifest.items.iter().enumerate().filter(|(_, item)| item.veto.is_none()) {
        for at in 0..known.len() {
            let sum = known[at].0 + item.points;
            if sum <= points && known.iter().all(|(known, _)| *known != sum) {
                let more = [known[at].1.as_slice(), &[index]].concat();
                known.push((sum, more));
            }
        }
    }
    known.into_iter().find(|(sum, _)| *sum == points).expect("items of so many points together").1
}
