//! Merged records: one hazard of several entries, and whether its closing is accepted.
//! Knows no sameness: the groups come as they are.

use std::collections::BTreeMap;

use super::rules::Rules;
use super::sameness::{Group, Subject, subject};
use crate::model::ledger::{Hazard, Refusal};
use crate::model::text::{match_key, sameness_key as norm};
use crate::model::{Date, HazardEntry, HazardLevel, LatelyMet, Problem, ProblemCode, Register};

/// Makes the hazards.
///
/// Shape: by day of discovery, village and first row; those without a day last; numbered in that order.
pub(super) fn merge(
    entries: &[HazardEntry],
    groups: Vec<Group>,
    register: &Register,
    rules: &Rules,
) -> (Vec<Hazard>, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut met = LatelyMet::default();
    let mut hazards: Vec<(usize, Hazard)> = groups
        .into_iter()
        .map(|group| (group.entries[0], record(entries, group, (register, &mut met), rules, &mut problems)))
        .collect();
    // No two begin with the same entry.
    hazards.sort_unstable_by(|(a_first, a), (b_first, b)| {
        let key = |hazard: &Hazard| (hazard.found.is_none(), hazard.found);
        key(a).cmp(&key(b)).then_with(|| a.village.cmp(&b.village)).then(a_first.cmp(b_first))
    });
    let mut hazards: Vec<Hazard> = hazards.into_iter().map(|(_, hazard)| hazard).collect();
    for (number, hazard) in (1..).zip(&mut hazards) {
        hazard.id = format!("H{number:04}");
    }
    recurrences(entries, &mut hazards);
    (hazards, problems)
}

fn record(
    entries: &[HazardEntry],
    group: Group,
    (register, met): (&Register, &mut LatelyMet),
    rules: &Rules,
    problems: &mut Vec<Problem>,
) -> Hazard {
    let mut members = group.entries;
    members.shrink_to_fit();
    // Of one source the entry that says when it was put right tells the life; then the earlier.
    members.sort_by_key(|member| {
        let entry = &entries[*member];
        (rules.rank(entry.source), entry.done.value.is_none(), entry.found.value, *member)
    });
    let lead = &entries[members[0]];
    let found = members.iter().filter_map(|member| entries[*member].found.value).min();
    let is_major = members.iter().any(|member| entries[*member].level.value == HazardLevel::Major);
    let level = if is_major { HazardLevel::Major } else { HazardLevel::General };
    let by_rule = || {
        let days = rules.deadline_days(level)?;
        found?.checked_add(jiff::Span::new().days(days)).ok()
    };
    let given = lead.deadline.value.or_else(by_rule);
    let extended = extension(lead, given, problems);
    let deadline = extended.or(given);
    for lower in &members[1..] {
        let lower = &entries[*lower];
        if let (Some(theirs), Some(at), Some(ours)) =
            (lower.deadline.value, lower.deadline.at(), lead.deadline.value)
            && theirs != ours
            && Some(theirs) != extended
        {
            problems.push(
                Problem::new(ProblemCode::DeadlineConflict, at)
                    .found(theirs.to_string())
                    .arg(ours.to_string())
                    .note(format!("同一隐患期限不同,以{}为准", lead.source.title())),
            );
        }
    }
    let refusal = refuse(lead, found, rules, problems);
    let registered = lead.enterprise.map(|id| register.get(id));
    Hazard {
        id: String::new(),
        merged: group.merged,
        found,
        level,
        enterprise: lead.enterprise,
        unit: registered.map_or_else(|| lead.unit.value.clone(), |one| met.keep(one.called())),
        village: lead.village.value.clone(),
        department: lead.department.value.clone(),
        sector: lead.sector.clone(),
        deadline,
        first_deadline: given.filter(|_| extended.is_some()),
        carried: members.iter().any(|member| entries[*member].more().carried.value),
        done: lead.done.value.filter(|_| refusal.is_none()),
        claimed: lead.done.value,
        refusal,
        fund: lead.fund.value,
        recurs: None,
        entries: members,
    }
}

/// The later deadline, where somebody approved it; what cannot be accepted is told and the first one holds.
fn extension(lead: &HazardEntry, given: Option<Date>, problems: &mut Vec<Problem>) -> Option<Date> {
    let to = lead.more().extended.value?;
    let why = if lead.more().extension_approver.value.trim().is_empty() {
        "延期无审批人,仍按原期限"
    } else if given.is_some_and(|given| to <= given) {
        "延期日期不晚于原期限,仍按原期限"
    } else {
        return Some(to);
    };
    let at = lead.more().extended.at().unwrap_or(lead.at);
    problems.push(Problem::new(ProblemCode::ExtensionRefused, at).found(to.to_string()).arg(why));
    None
}

/// Tests a closing; the first reason that fits is told at its cell.
fn refuse(
    lead: &HazardEntry,
    found: Option<Date>,
    rules: &Rules,
    problems: &mut Vec<Problem>,
) -> Option<Refusal> {
    let done = lead.done.value?;
    let evidence = rules.has_evidence(lead.source);
    let is_empty = |number: &str, pictures: &[String]| number.trim().is_empty() && pictures.is_empty();
    let (before, after) = (match_key(&lead.before.value), match_key(&lead.after.value));
    let same_number = !after.is_empty() && before == after;
    let same_bytes =
        lead.more().after_pictures.iter().any(|picture| lead.more().before_pictures.contains(picture));
    let (responsible, rechecker) = (match_key(&lead.responsible.value), match_key(&lead.rechecker.value));
    let (refusal, code, at, shown) = if found.is_some_and(|found| done < found) {
        let shown = format!("{done}<{}", found.map_or_else(String::new, |found| found.to_string()));
        (Refusal::DateOrder, ProblemCode::ClosingDateOrder, lead.done.at(), shown)
    } else if !evidence {
        return None;
    } else if is_empty(&after, &lead.more().after_pictures) {
        (Refusal::NoAfterPhoto, ProblemCode::ClosingNoAfterPhoto, lead.after.at(), String::new())
    } else if same_number || same_bytes {
        let shown = String::from(&lead.after.value);
        (Refusal::IdenticalPhoto, ProblemCode::ClosingIdenticalPhoto, lead.after.at(), shown)
    } else if !rechecker.is_empty() && responsible == rechecker {
        let shown = String::from(&lead.rechecker.value);
        (Refusal::SamePerson, ProblemCode::ClosingSamePerson, lead.rechecker.at(), shown)
    } else {
        return None;
    };
    problems.push(Problem::new(code, at.unwrap_or(lead.at)).found(shown));
    Some(refusal)
}

/// Links each hazard to the latest earlier one with the same subject and text, whose place is the same
/// or not said.
fn recurrences(entries: &[HazardEntry], hazards: &mut [Hazard]) {
    let first = |hazard: &Hazard| hazard.entries[0];
    let mut subjects: Vec<(Subject, usize)> = (0..hazards.len())
        .filter(|position| hazards[*position].found.is_some())
        .map(|position| (subject(&entries[first(&hazards[position])], first(&hazards[position])), position))
        .collect();
    subjects.sort_unstable();
    // Each subject by itself: the texts of all of them would fill the memory.
    for own in subjects.chunk_by(|(one, _), (other, _)| one == other).filter(|own| own.len() > 1) {
        // By text the latest hazard at each place, and the latest of all.
        let mut seen: BTreeMap<String, (BTreeMap<String, usize>, usize)> = BTreeMap::new();
        // In the order of the ledger: a position is that of a later one.
        for (_, position) in own {
            let entry = &entries[first(&hazards[*position])];
            let (text, place) = (norm(&entry.text.value), norm(&entry.place.value));
            if text.is_empty() {
                continue;
            }
            let before = seen.get(&text);
            let earlier = before.and_then(|(at, last)| match place.is_empty() {
                true => Some(*last),
                false => at.get(&place).copied().max(at.get("").copied()),
            });
            // Two found on one day are two, not one again.
            hazards[*position].recurs =
                earlier.filter(|earlier| hazards[*earlier].found < hazards[*position].found);
            let (at, last) = seen.entry(text).or_default();
            at.insert(place, *position);
            *last = *position;
        }
    }
}
