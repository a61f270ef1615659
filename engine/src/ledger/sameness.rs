//! Which entries are one hazard: certain links, and pairs that a person must decide.
//! Knows no workbook and no record: it returns groups of positions.
//!
//! Source: the office's rule. Certain: one subject, equal texts, equal places or none on one side, at
//! most so many days apart. Suspected: not certain, one subject and place, close in time, texts alike.
//! Nothing here compares each entry with each other: entries are put into buckets by subject, sorted
//! by day, and compared within a window that has a bound.

use std::collections::BTreeMap;

use super::decisions::Decided;
use super::rules::Rules;
use crate::model::ledger::{Decision, MergedBy, SuspectedPair};
use crate::model::text::sameness_key as norm;
use crate::model::{Date, EnterpriseId, HazardEntry, Problem, ProblemCode, Ratio, Text};

/// Entries that are one hazard, positions in ascending order, and by what.
pub(super) struct Group {
    pub(super) entries: Vec<usize>,
    pub(super) merged: Option<MergedBy>,
}

/// What was linked.
pub(super) struct Links {
    /// Each entry once, groups by their first entry.
    pub(super) groups: Vec<Group>,
    pub(super) pairs: Vec<SuspectedPair>,
    pub(super) problems: Vec<Problem>,
}

/// Whom an entry is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    Enterprise(EnterpriseId),
    /// Folded name, and village.
    Place(String, Text),
    /// A name that fits several enterprises, or none at all: like nobody else. Position of the entry.
    Nobody(usize),
}

/// Whom an entry is about; `position` is its own.
pub(super) fn subject(entry: &HazardEntry, position: usize) -> Subject {
    match entry.enterprise {
        Some(id) => Subject::Enterprise(id),
        None if entry.ambiguous => Subject::Nobody(position),
        None => match norm(&entry.unit.value) {
            name if name.is_empty() => Subject::Nobody(position),
            name => Subject::Place(name, entry.village.value.clone()),
        },
    }
}

/// What is compared of an entry, worked out once.
struct Key {
    position: usize,
    day: Date,
    place: String,
    text: String,
    /// The set it certainly belongs to.
    certain: usize,
}

/// Links the entries.
pub(super) fn link(entries: &[HazardEntry], decided: &Decided, rules: &Rules) -> Links {
    let mut sets = Sets::new(entries.len());
    let mut subjects: Vec<(Subject, usize)> = (0..entries.len())
        // Without a day nothing says that it is the same.
        .filter(|position| entries[*position].found.value.is_some())
        .map(|position| (subject(&entries[position], position), position))
        .filter(|(subject, _)| !matches!(subject, Subject::Nobody(_)))
        .collect();
    subjects.sort_unstable();
    let mut pairs = Vec::new();
    let mut problems = Vec::new();
    // What is compared is worked out for one subject at a time: of all of them it would fill the memory.
    for own in subjects.chunk_by(|(one, _), (other, _)| one == other).filter(|own| own.len() > 1) {
        let mut keys: Vec<Key> = own.iter().filter_map(|(_, position)| key(entries, *position)).collect();
        keys.sort_by_key(|key| (key.day, key.position));
        certain(&keys, rules.certain_days, &mut sets);
        for key in &mut keys {
            key.certain = sets.root(key.position);
        }
        suspected(&keys, entries, rules, &mut pairs, &mut problems);
    }
    drop(subjects);
    pairs.sort_by_key(|pair| pair.entries);
    let mut by_decision = Vec::new();
    for pair in &mut pairs {
        pair.decision = decided.of(pair.entries);
        match pair.decision {
            Some((Decision::Same, _)) => {
                sets.join(pair.entries.0, pair.entries.1);
                by_decision.push(pair.entries.0);
            }
            Some((Decision::Different, _)) => {}
            None => problems.push(undecided(entries, pair)),
        }
    }
    problems.extend(decided.unused(&pairs));
    // A set is named by its smallest position, which comes first.
    let mut groups: Vec<Group> = Vec::new();
    let mut group_of: Vec<usize> = Vec::with_capacity(entries.len());
    for position in 0..entries.len() {
        let root = sets.root(position);
        if root == position {
            group_of.push(groups.len());
            groups.push(Group { entries: vec![position], merged: None });
        } else {
            let group = group_of[root];
            group_of.push(group);
            groups[group].entries.push(position);
            groups[group].merged = Some(MergedBy::Certain);
        }
    }
    for position in by_decision {
        groups[group_of[position]].merged = Some(MergedBy::Decision);
    }
    Links { groups, pairs, problems }
}

/// Errors: `None` without a day, or without a text.
fn key(entries: &[HazardEntry], position: usize) -> Option<Key> {
    let entry = &entries[position];
    let (day, text) = (entry.found.value?, norm(&entry.text.value));
    let place = norm(&entry.place.value);
    (!text.is_empty()).then_some(Key { position, day, place, text, certain: position })
}

fn undecided(entries: &[HazardEntry], pair: &SuspectedPair) -> Problem {
    let (one, other) = (&entries[pair.entries.0], &entries[pair.entries.1]);
    Problem::new(ProblemCode::MergeUndecided, other.at).found(&other.text.value).arg(&one.text.value)
}

fn days_between(from: Date, to: Date) -> i32 {
    // Both are days of the calendar, so that the difference is one of days and fits.
    from.until(to).map_or(i32::MAX, |span| span.get_days())
}

/// Joins what is certainly the same among the entries of one subject, sorted by day.
///
/// Two entries with equal texts and places are joined through those between them, so that neighbours
/// suffice. One without a place reaches every entry of its window; the windows of later ones begin and
/// end later, so that each step is joined once. Time: that of sorting.
fn certain(keys: &[Key], window: i32, sets: &mut Sets) {
    let mut by_text: BTreeMap<&str, Vec<&Key>> = BTreeMap::new();
    for key in keys {
        by_text.entry(&key.text).or_default().push(key);
    }
    for same in by_text.values().filter(|same| same.len() > 1) {
        let mut last_at: BTreeMap<&str, &Key> = BTreeMap::new();
        for key in same {
            if let Some(before) = last_at.insert(&key.place, key)
                && days_between(before.day, key.day) <= window
            {
                sets.join(before.position, key.position);
            }
        }
        // Every step before this one is joined by a window, or never will be.
        let mut joined = 0;
        let (mut from, mut to) = (0, 0);
        for key in same.iter().filter(|key| key.place.is_empty()) {
            while days_between(same[from].day, key.day) > window {
                from += 1;
            }
            while to < same.len() && days_between(key.day, same[to].day) <= window {
                to += 1;
            }
            for step in from.max(joined)..to.saturating_sub(1) {
                sets.join(same[step].position, same[step + 1].position);
            }
            joined = joined.max(to.saturating_sub(1));
        }
    }
}

/// A text as it is compared for likeness: its pairs of neighbouring characters, sorted.
struct Pairs(Vec<(char, char)>);

impl Pairs {
    fn of(text: &str) -> Self {
        let mut pairs: Vec<_> = text.chars().zip(text.chars().skip(1)).collect();
        pairs.sort_unstable();
        Self(pairs)
    }

    /// The Dice coefficient, where it is at least the bound. Two texts of one character have none.
    fn alike(&self, other: &Self, bound: Ratio) -> Option<Ratio> {
        let ratio = |shared: usize, all: usize| {
            Ratio::new(i128::try_from(2 * shared).ok()?, i128::try_from(all).ok()?)
                .filter(|likeness| likeness.at_least(bound) == Some(true))
        };
        let (one, other) = (&self.0, &other.0);
        let all = one.len() + other.len();
        // What could be shared at most is not enough.
        ratio(one.len().min(other.len()), all)?;
        let (mut i, mut j, mut shared) = (0, 0, 0);
        while let (Some(a), Some(b)) = (one.get(i), other.get(j)) {
            shared += usize::from(a == b);
            i += usize::from(a <= b);
            j += usize::from(b <= a);
        }
        ratio(shared, all)
    }
}

/// Pairs of entries of one subject, sorted by day, that may be one hazard.
///
/// An entry is compared with a bounded number of those before it; where the bound cuts, it is told at
/// the entry. Time: linear in entries times the bound.
fn suspected(
    keys: &[Key],
    entries: &[HazardEntry],
    rules: &Rules,
    pairs: &mut Vec<SuspectedPair>,
    problems: &mut Vec<Problem>,
) {
    let mut by_place: BTreeMap<&str, Vec<&Key>> = BTreeMap::new();
    for key in keys.iter().filter(|key| !key.place.is_empty()) {
        by_place.entry(&key.place).or_default().push(key);
    }
    for near in by_place.values().filter(|near| near.len() > 1) {
        let texts: Vec<Pairs> = near.iter().map(|key| Pairs::of(&key.text)).collect();
        let (mut from, mut cut, n_before) = (0, None, pairs.len());
        for (to, key) in near.iter().enumerate() {
            while days_between(near[from].day, key.day) > rules.suspected_days {
                from += 1;
            }
            let first = from.max(to.saturating_sub(rules.most_compared));
            if first > from {
                cut = cut.or(Some(key.position));
            }
            for other in first..to {
                if near[other].certain == key.certain {
                    continue;
                }
                let Some(likeness) = texts[other].alike(&texts[to], rules.likeness) else { continue };
                if pairs.len() - n_before == rules.most_pairs {
                    cut = cut.or(Some(key.position));
                    break;
                }
                let (a, b) = (near[other].position, key.position);
                pairs.push(SuspectedPair { entries: (a.min(b), a.max(b)), likeness, decision: None });
            }
        }
        if let Some(position) = cut {
            let entry = &entries[position];
            problems.push(
                Problem::new(ProblemCode::HazardsTooMany, entry.at)
                    .found(&entry.unit.value)
                    .arg(near.len().to_string())
                    .arg(rules.most_compared.to_string())
                    .note(&entry.place.value),
            );
        }
    }
}

/// Disjoint sets of positions.
struct Sets(Vec<usize>);

impl Sets {
    fn new(n: usize) -> Self {
        Self((0..n).collect())
    }

    /// The smallest position of a set.
    fn root(&mut self, mut position: usize) -> usize {
        while self.0[position] != position {
            self.0[position] = self.0[self.0[position]];
            position = self.0[position];
        }
        position
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        self.0[one.max(other)] = one.min(other);
    }
}
