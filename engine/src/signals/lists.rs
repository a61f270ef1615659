//! Signals of the lists of hazards: texts, who found what, pictures.
//! Decides nothing about a hazard; a common fault at several units is a signal as well as a copied row.

use std::collections::{BTreeMap, BTreeSet};

use super::rules::Rule;
use super::{Evidence, Unit, Units, signal};
use crate::model::ledger::Refusal;
use crate::model::signal::Signal;
use crate::model::text::{match_key, sameness_key};
use crate::model::{Date, Decimal, EnterpriseId, HazardEntry, HazardSource, Provenance};

/// Whom an entry is about.
fn unit_of(entry: &HazardEntry) -> Unit {
    entry.enterprise.map_or_else(|| Unit::Place(sameness_key(&entry.unit.value)), Unit::Enterprise)
}

/// The same description at several units in the lists of one sender, or at one unit on several days.
pub(super) fn copied_texts(evidence: Evidence<'_>, rule: &Rule) -> Vec<Signal> {
    /// Rows with one text of one sender.
    #[derive(Default)]
    struct Same<'e> {
        shown: &'e str,
        units: BTreeMap<Unit, (BTreeSet<Option<Date>>, BTreeSet<Provenance>)>,
    }
    let ledger = evidence.ledger;
    let mut texts: BTreeMap<(HazardSource, &str, String), Same<'_>> = BTreeMap::new();
    for hazard in &ledger.hazards {
        // Several rows of one hazard are one finding, told once by each of its sources.
        let mut told: BTreeSet<(HazardSource, &str)> = BTreeSet::new();
        for entry in ledger.entries_of(hazard).filter(|entry| rule.sources.contains(&entry.source)) {
            let sender = match entry.source {
                HazardSource::Village | HazardSource::SelfCheck => entry.village.value.as_str(),
                HazardSource::Office | HazardSource::Sector => "",
            };
            let text = sameness_key(&entry.text.value);
            if text.chars().count() < rule.least("letters") || !told.insert((entry.source, sender)) {
                continue;
            }
            let same = texts.entry((entry.source, sender, text)).or_default();
            same.shown = &entry.text.value;
            let (days, rows) = same.units.entry(unit_of(entry)).or_default();
            days.insert(hazard.found);
            rows.insert(entry.at);
        }
    }
    let mut signals = Vec::new();
    for ((source, sender, _), same) in texts {
        let who = match sender {
            "" => source.title().to_owned(),
            sender => format!("{}{}", ledger.village_name(sender), source.title()),
        };
        if same.units.len() >= rule.least("units") {
            let rows: BTreeSet<_> = same.units.values().flat_map(|(_, rows)| rows).copied().collect();
            let fact = format!("{}个单位共{}条描述相同:{}", same.units.len(), rows.len(), same.shown);
            signals.extend(signal(rule, &who, fact, rows));
        } else {
            for (days, rows) in same.units.into_values().filter(|(days, _)| days.len() >= rule.least("days"))
            {
                let fact = format!("同一单位{}个日期描述相同:{}", days.len(), same.shown);
                signals.extend(signal(rule, &who, fact, rows));
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
    let mut official: BTreeMap<EnterpriseId, (usize, bool, BTreeSet<Provenance>)> = BTreeMap::new();
    for hazard in &evidence.ledger.hazards {
        let Some(id) = hazard.enterprise else { continue };
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
    let before = entry.before_pictures.iter().map(|one| (one.as_str(), entry.before.at));
    let after = entry.after_pictures.iter().map(|one| (one.as_str(), entry.after.at));
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
            if !entry.after_pictures.iter().any(|after| entry.before_pictures.contains(after)) {
                continue;
            }
            let cells = [entry.before.at, entry.after.at].into_iter().flatten().collect();
            let fact = "整改前后为同一照片".to_owned();
            let is_refused = hazard.refusal == Some(Refusal::IdenticalPhoto) && std::ptr::eq(lead, entry);
            let list = if is_refused { &mut refused } else { &mut others };
            list.extend(signal(rule, &hazard.id, fact, cells));
        }
    }
    (refused, others)
}
