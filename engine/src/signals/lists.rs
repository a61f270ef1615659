//! Signals of the lists of hazards: texts, who found what, pictures.
//! Decides nothing about a hazard; a common fault at several units is a signal as well as a copied row.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::rules::Rule;
use super::{Evidence, Unit, Units, signal};
use crate::model::ledger::Refusal;
use crate::model::signal::Signal;
use crate::model::text::{match_key, sameness_key};
use crate::model::{Date, Decimal, EnterpriseId, HazardEntry, HazardSource, Provenance};

/// Numbers in the place of texts: each is folded once, and rows are then told apart by numbers. A county
/// has a million rows, and maps keyed by their texts would be larger than any cache of the processor.
#[derive(Default)]
struct Numbers<'e> {
    of_written: HashMap<&'e str, u32>,
    of_folded: HashMap<String, u32>,
    /// By number, how many letters the folded text has.
    letters: Vec<usize>,
}

impl<'e> Numbers<'e> {
    /// The number of all texts that are the same but for spaces, marks and widths.
    fn of(&mut self, text: &'e str) -> u32 {
        if let Some(number) = self.of_written.get(text) {
            return *number;
        }
        let folded = sameness_key(text);
        let n_letters = folded.chars().count();
        let next = u32::try_from(self.letters.len()).unwrap_or(u32::MAX);
        let number = *self.of_folded.entry(folded).or_insert(next);
        if number == next {
            self.letters.push(n_letters);
        }
        self.of_written.insert(text, number);
        number
    }
}

/// Whom an entry is about: an enterprise, or the place with this number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum About {
    Enterprise(EnterpriseId),
    Place(u32),
}

/// A row of a list with one text of one sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct SameRow {
    /// Position of sender and text.
    same: u32,
    about: About,
    found: Option<Date>,
    at: Provenance,
}

/// The same description at several units in the lists of one sender, or at one unit on several days.
pub(super) fn copied_texts(evidence: Evidence<'_>, rule: &Rule) -> Vec<Signal> {
    let ledger = evidence.ledger;
    let (mut texts, mut places) = (Numbers::default(), Numbers::default());
    // Of each sender and text: its position, and the text as it was written last.
    let mut positions: HashMap<(HazardSource, &str, u32), u32> = HashMap::new();
    let mut shown: Vec<(HazardSource, &str, &str)> = Vec::new();
    let mut rows: Vec<SameRow> = Vec::new();
    for hazard in &ledger.hazards {
        // Several rows of one hazard are one finding, told once by each of its sources.
        let mut told: Vec<(HazardSource, &str)> = Vec::new();
        for entry in ledger.entries_of(hazard).filter(|entry| rule.sources.contains(&entry.source)) {
            let sender = match entry.source {
                HazardSource::Village | HazardSource::SelfCheck => entry.village.value.as_str(),
                HazardSource::Office | HazardSource::Sector => "",
            };
            let text = texts.of(&entry.text.value);
            if texts.letters[text as usize] < rule.least("letters") || told.contains(&(entry.source, sender))
            {
                continue;
            }
            told.push((entry.source, sender));
            let next = u32::try_from(shown.len()).unwrap_or(u32::MAX);
            let same = *positions.entry((entry.source, sender, text)).or_insert(next);
            if same == next {
                shown.push((entry.source, sender, ""));
            }
            shown[same as usize].2 = &entry.text.value;
            let about = match entry.enterprise {
                Some(id) => About::Enterprise(id),
                None => About::Place(places.of(&entry.unit.value)),
            };
            rows.push(SameRow { same, about, found: hazard.found, at: entry.at });
        }
    }
    rows.sort_unstable();
    let mut signals = Vec::new();
    for rows in rows.chunk_by(|one, other| one.same == other.same) {
        let (source, sender, shown) = shown[rows[0].same as usize];
        let who = match sender {
            "" => source.title().to_owned(),
            sender => format!("{}{}", ledger.village_name(sender), source.title()),
        };
        let cells = |rows: &[SameRow]| -> BTreeSet<Provenance> { rows.iter().map(|row| row.at).collect() };
        let units = || rows.chunk_by(|one, other| one.about == other.about);
        let n_units = units().count();
        if n_units >= rule.least("units") {
            let cells = cells(rows);
            let fact = format!("{n_units}个单位共{}条描述相同:{shown}", cells.len());
            signals.extend(signal(rule, &who, fact, cells));
        } else {
            for rows in units() {
                let n_days = rows.chunk_by(|one, other| one.found == other.found).count();
                if n_days >= rule.least("days") {
                    let fact = format!("同一单位{n_days}个日期描述相同:{shown}");
                    signals.extend(signal(rule, &who, fact, cells(rows)));
                }
            }
        }
    }
    signals
}

/// Enterprises that filed self-checks without a hazard while others found several there.
pub(super) fn self_found(evidence: Evidence<'_>, rule: &Rule) -> Vec<Signal> {
    #[derive(Default)]
    struct Own {
        n_returns: usize,
        found: Decimal,
        rows: BTreeSet<Provenance>,
    }
    let mut units = Units::new(evidence);
    let mut own: BTreeMap<EnterpriseId, Own> = BTreeMap::new();
    for table in evidence.tables.iter().filter(|table| table.is("self-check-summary")) {
        let (Some(unit), Some(found)) = (table.field("unit"), table.field("found")) else { continue };
        let code = table.field("credit_code");
        for row in &table.rows {
            let (unit, found) = (&row.cells[unit], &row.cells[found]);
            let code =
                code.map_or_else(String::new, |code| match_key(&row.cells[code].shown()).to_uppercase());
            let (Some(Unit::Enterprise(id)), Some(number)) =
                (units.of(unit.shown(), code), found.value.number())
            else {
                continue;
            };
            let own = own.entry(id).or_default();
            own.n_returns += 1;
            own.found = own.found.saturating_add(number);
            own.rows.insert(found.at);
        }
    }
    // Only those that said something of themselves are looked up again.
    let mut official: BTreeMap<EnterpriseId, (usize, bool, BTreeSet<Provenance>)> = BTreeMap::new();
    for hazard in &evidence.ledger.hazards {
        let Some(id) = hazard.enterprise.filter(|id| own.contains_key(id)) else { continue };
        let (n_official, any_own, rows) = official.entry(id).or_default();
        let (mut by_others, mut by_itself) = (false, false);
        for entry in evidence.ledger.entries_of(hazard) {
            match entry.source.official() {
                true => {
                    by_others = true;
                    rows.insert(entry.at);
                }
                false => by_itself = true,
            }
        }
        *n_official += usize::from(by_others);
        *any_own |= by_itself;
    }
    let mut signals = Vec::new();
    for (id, own) in own {
        let Some((n_official, false, rows)) = official.remove(&id) else { continue };
        if own.n_returns < rule.least("returns")
            || !own.found.is_zero()
            || n_official < rule.least("official")
        {
            continue;
        }
        let fact = format!("自查{}次报送均为0条,其他来源发现{n_official}条", own.n_returns);
        let rows = own.rows.into_iter().chain(rows).collect();
        signals.extend(signal(rule, &evidence.register.get(id).name, fact, rows));
    }
    signals
}

/// The pictures of an entry with the cells they stand in.
fn pictures(entry: &HazardEntry) -> impl Iterator<Item = (&str, Provenance)> {
    let before = entry.more().before_pictures.iter().map(|one| (one.as_str(), entry.before.at()));
    let after = entry.more().after_pictures.iter().map(|one| (one.as_str(), entry.after.at()));
    before.chain(after).map(|(picture, at)| (picture, at.unwrap_or(entry.at)))
}

/// One picture as evidence of several hazards.
pub(super) fn shared_pictures(evidence: Evidence<'_>, rule: &Rule) -> Vec<Signal> {
    let ledger = evidence.ledger;
    let mut used: BTreeMap<&str, (BTreeSet<usize>, BTreeSet<Provenance>)> = BTreeMap::new();
    for (position, hazard) in ledger.hazards.iter().enumerate() {
        for (picture, at) in ledger.entries_of(hazard).flat_map(pictures) {
            let (hazards, cells) = used.entry(picture).or_default();
            hazards.insert(position);
            cells.insert(at);
        }
    }
    let mut signals = Vec::new();
    for (hazards, cells) in used.into_values().filter(|(hazards, _)| hazards.len() >= rule.least("hazards")) {
        // The parts of one cell share what stands beside them: that is one row and no second use.
        if cells.len() < 2 {
            continue;
        }
        let ids: Vec<_> = hazards.iter().map(|at| ledger.hazards[*at].id.as_str()).collect();
        let fact = format!("同一照片用于{}条隐患", ids.len());
        let shown = if ids.len() > 5 { format!("{}等", ids[..5].join("、")) } else { ids.join("、") };
        signals.extend(signal(rule, shown, fact, cells));
    }
    signals
}

/// One picture before and after: those whose closing is refused for it, and the others.
pub(super) fn before_is_after(evidence: Evidence<'_>, rule: &Rule) -> (Vec<Signal>, Vec<Signal>) {
    let ledger = evidence.ledger;
    let (mut refused, mut others) = (Vec::new(), Vec::new());
    for hazard in &ledger.hazards {
        let lead = ledger.leading(hazard);
        for entry in ledger.entries_of(hazard) {
            if !entry.more().after_pictures.iter().any(|after| entry.more().before_pictures.contains(after)) {
                continue;
            }
            let cells = [entry.before.at(), entry.after.at()].into_iter().flatten().collect();
            let fact = "整改前后为同一照片".to_owned();
            let is_refused = hazard.refusal == Some(Refusal::IdenticalPhoto) && std::ptr::eq(lead, entry);
            let list = if is_refused { &mut refused } else { &mut others };
            list.extend(signal(rule, &hazard.id, fact, cells));
        }
    }
    (refused, others)
}
