//! Signals (提示信号): rows that a person should look at together, each kind by a rule that is data.
//! Accuses nobody and changes nothing: no hazard, closing, score or grade depends on a signal.

mod checks;
mod lists;
mod rules;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use rules::Rule;
pub use rules::Rules;

use crate::model::signal::Signal;
use crate::model::text::{match_key, sameness_key};
use crate::model::{
    EnterpriseId, Ledger, Period, Place, Problem, ProblemCode, Provenance, Register, Resolved, Resolver,
    Sources, Table,
};

/// So many further rows stand in the note of a signal's problem; the sheet of the signals has all.
const MOST_NOTED: usize = 5;

/// What signals are looked for in.
#[derive(Clone, Copy)]
pub struct Evidence<'e> {
    /// Files.
    pub sources: &'e Sources,
    /// Tables of the filings in force.
    pub tables: &'e [Table],
    /// Who exists.
    pub register: &'e Register,
    /// Whom a name means.
    pub resolver: &'e Resolver<'e>,
    /// The ledger.
    pub ledger: &'e Ledger,
    /// What the checks of returns told: streaks of returns without a hazard are among it.
    pub told: &'e [Problem],
}

/// Finds the signals.
///
/// Shape: by code and whom they concern. Each is also a problem at its first row, but for what the checks
/// of returns or the closing gate have told already.
/// Errors: none.
pub fn find(evidence: Evidence<'_>, rules: &Rules) -> (Vec<Signal>, Vec<Problem>) {
    let mut signals = Vec::new();
    signals.extend(lists::copied_texts(evidence, rules.of("copied-text")));
    signals.extend(lists::self_found(evidence, rules.of("self-found")));
    signals.extend(checks::all_pass(evidence, rules.of("all-pass")));
    signals.extend(checks::many_places(evidence, rules.of("many-places")));
    signals.extend(lists::shared_pictures(evidence, rules.of("shared-picture")));
    let mut problems: Vec<_> = signals.iter().map(|signal| problem(evidence, signal)).collect();
    let (refused, of_refused) = lists::before_is_after(evidence, rules.of("shared-picture"));
    problems.extend(of_refused.iter().map(|signal| problem(evidence, signal)));
    signals.extend(refused);
    signals.extend(of_refused);
    signals.extend(zero_streaks(evidence, rules.of("zero-streak")));
    signals.sort();
    (signals, problems)
}

/// A signal, its rows sorted. None without a row.
fn signal(rule: &Rule, who: impl Into<String>, fact: String, rows: BTreeSet<Provenance>) -> Option<Signal> {
    let rows: Vec<_> = rows.into_iter().collect();
    let basis = rule.basis.clone();
    (!rows.is_empty()).then(|| Signal { code: rule.code, who: who.into(), fact, basis, rows })
}

/// The signal as a problem at its first row.
fn problem(evidence: Evidence<'_>, signal: &Signal) -> Problem {
    let further = signal.rows.iter().skip(1);
    let mut noted: Vec<_> =
        further.take(MOST_NOTED).map(|at| evidence.sources.show(Place::from(*at))).collect();
    let n_more = signal.rows.len().saturating_sub(1 + MOST_NOTED);
    if n_more > 0 {
        noted.push(format!("另{n_more}处"));
    }
    let note = if noted.is_empty() { String::new() } else { format!("另见 {}", noted.join("、")) };
    // The first row is there: `signal` makes none without.
    Problem::new(signal.code, signal.rows[0]).found(&signal.fact).arg(&signal.who).note(note)
}

/// Streaks of returns without a hazard, as the checks of returns told them, with the months that show them.
fn zero_streaks(evidence: Evidence<'_>, rule: &Rule) -> Vec<Signal> {
    let streaks: Vec<_> =
        evidence.told.iter().filter(|problem| problem.code == ProblemCode::ZeroStreak).collect();
    if streaks.is_empty() {
        return Vec::new();
    }
    let lists: BTreeMap<_, bool> = evidence
        .tables
        .iter()
        .filter(|table| table.is("village-hazards"))
        .map(|table| (table.at.source, table.rows.is_empty()))
        .collect();
    // A village's returns have the same title but for the period.
    let village = |table: &Table| -> String {
        match_key(&table.title).chars().filter(|letter| !letter.is_ascii_digit()).collect()
    };
    let mut by_village: BTreeMap<String, BTreeMap<Period, &Table>> = BTreeMap::new();
    let mut by_source = BTreeMap::new();
    for table in evidence.tables.iter().filter(|table| table.is("village-summary")) {
        let Some(period) = Period::in_text(&match_key(&table.title)) else { continue };
        by_village.entry(village(table)).or_default().insert(period, table);
        by_source.insert(table.at.source, (table, period));
    }
    let found_at = |table: &Table| {
        let total = table.totals.last().and_then(|total| table.cell(total, "found"));
        total.map_or(table.at, |cell| cell.at)
    };
    let mut signals = Vec::new();
    for problem in streaks {
        let Some((table, last)) = by_source.get(&problem.at.source) else { continue };
        let mut rows = BTreeSet::from([found_at(table)]);
        let mut after = *last;
        let earlier =
            by_village.get(&village(table)).into_iter().flat_map(|months| months.range(..*last).rev());
        for (period, table) in earlier {
            let is_empty = lists.get(&table.at.source).copied().unwrap_or(false);
            if !is_empty || !period.is_followed_by(after) {
                break;
            }
            rows.insert(found_at(table));
            after = *period;
        }
        let (who, fact) = (table.title.clone(), format!("{},{}", problem.found, problem.note));
        let basis = rule.basis.clone();
        signals.push(Signal { code: problem.code, who, fact, basis, rows: rows.into_iter().collect() });
    }
    signals
}

/// Whom a row is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Unit {
    Enterprise(EnterpriseId),
    /// Folded name.
    Place(String),
}

/// Whom names mean, each looked up once.
struct Units<'e> {
    evidence: Evidence<'e>,
    known: BTreeMap<(String, String), Option<Unit>>,
}

impl<'e> Units<'e> {
    fn new(evidence: Evidence<'e>) -> Self {
        Self { evidence, known: BTreeMap::new() }
    }

    /// The unit of a name and a credit code; none where there is no name.
    fn of(&mut self, name: String, code: String) -> Option<Unit> {
        let resolver = self.evidence.resolver;
        self.known
            .entry((name, code))
            .or_insert_with_key(|(name, code)| match resolver.resolve(name, code) {
                Resolved::Known { id, .. } => Some(Unit::Enterprise(id)),
                _ => Some(sameness_key(name)).filter(|key| !key.is_empty()).map(Unit::Place),
            })
            .clone()
    }
}
