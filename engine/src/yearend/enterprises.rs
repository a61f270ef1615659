//! Ranks enterprises for the year: the latest check of the year by the checklists that the rules name,
//! vetoes by its rulings and by the record of accidents, ranks within classes.
//! Scores nothing: a check arrives with its score.

use std::collections::BTreeMap;

use super::{NOT_ASSESSED, Standing, ranks};
use crate::model::campaign::Incident;
use crate::model::text::match_key;
use crate::model::yearend::Rate;
use crate::model::yearend::enterprises::{ClassBy, EnterpriseResult, EnterpriseRules, EnterpriseVeto};
use crate::model::{
    Check, Date, EnterpriseId, GradeBasis, HazardLevel, Ledger, Plugin, Register, YearEnd, YearEndRules,
};

/// Ranks the enterprises that exist at the end of the year that is assessed.
///
/// `last_day`: by when a hazard must be closed. Of checks of one day the later in `checks` counts; one
/// without a score counts only where there is no other.
/// Shape: one result for each such enterprise, in the order of the register. Errors: none.
/// Source: `templates/yearend/yearend.toml`.
pub fn rank_enterprises(
    year_end: &mut YearEnd,
    rules: &YearEndRules,
    register: &Register,
    (plugins, checks): (&[Plugin], &[Check]),
    (ledger, incidents, last_day): (&Ledger, &[Incident], Date),
) {
    let rules = &rules.enterprise;
    let Ok(end) = Date::new(year_end.year, 12, 31) else { return };
    let latest = latest(year_end.year, rules, plugins, checks);
    let rates = rates(ledger, last_day);
    let mut vetoes: BTreeMap<EnterpriseId, Vec<EnterpriseVeto>> = BTreeMap::new();
    for incident in incidents.iter().filter(|one| disqualifies(one, rules, year_end.year)) {
        let day = incident.day.map_or_else(String::new, |day| format!("{day} "));
        let veto = EnterpriseVeto::Accident(format!("{day}死亡{}人", incident.deaths), incident.at);
        vetoes.entry(incident.enterprise.expect("disqualifies() asked for it")).or_default().push(veto);
    }
    let mut results: Vec<_> = (0..)
        .map(EnterpriseId)
        .zip(&register.enterprises)
        .filter(|(_, enterprise)| enterprise.is_active(end))
        .map(|(id, enterprise)| {
            let check = latest.get(&id).copied();
            let main = check.and_then(|at| checks[at].scored.as_ref()?.schemes.first());
            let mut vetoes = vetoes.remove(&id).unwrap_or_default();
            let by_accident = !vetoes.is_empty();
            if let Some(GradeBasis::Veto(ruling)) = main.map(|main| &main.basis) {
                vetoes.push(EnterpriseVeto::Ruling(*ruling));
            }
            let grade = match main {
                _ if by_accident => rules.veto_grade.clone(),
                Some(main) if !main.grade.is_empty() => main.grade.clone(),
                _ => NOT_ASSESSED.to_owned(),
            };
            let class = match rules.class {
                ClassBy::None => "",
                ClassBy::Sector => &enterprise.sector,
                ClassBy::Kind => &enterprise.kind,
            };
            EnterpriseResult {
                enterprise: id,
                class: match_key(class),
                check,
                score: main.and_then(|main| main.score),
                grade,
                vetoes,
                rate: (!ledger.hazards.is_empty())
                    .then(|| rates.get(&id).copied().unwrap_or(Rate { closed: 0, found: 0 })),
                rank: None,
                rank_without_breaker: None,
            }
        })
        .collect();
    let mut groups: BTreeMap<String, Vec<(usize, Standing)>> = BTreeMap::new();
    for (index, result) in results.iter().enumerate() {
        if let Some(score) = result.score.filter(|_| result.vetoes.is_empty()) {
            let standing = Standing { score, rate: result.rate };
            groups.entry(result.class.clone()).or_default().push((index, standing));
        }
    }
    for group in groups.into_values() {
        for (index, rank, shared) in ranks(group, &rules.ties, rules.without_hazards_first) {
            results[index].rank = rank;
            results[index].rank_without_breaker = shared;
        }
    }
    year_end.enterprises = results;
}

fn disqualifies(incident: &Incident, rules: &EnterpriseRules, year: i16) -> bool {
    rules.veto_deaths > 0
        && incident.enterprise.is_some()
        && incident.liability == Some(true)
        && incident.deaths >= rules.veto_deaths
        && incident.day.is_none_or(|day| day.year() == year)
}

/// The check of the year that counts for each enterprise.
fn latest(
    year: i16,
    rules: &EnterpriseRules,
    plugins: &[Plugin],
    checks: &[Check],
) -> BTreeMap<EnterpriseId, usize> {
    let mut latest: BTreeMap<EnterpriseId, (bool, Date, usize)> = BTreeMap::new();
    for (index, check) in checks.iter().enumerate() {
        let subject = &check.subject;
        let Some(id) = subject.enterprise else { continue };
        // A unit within an enterprise is not the enterprise.
        if subject.date.year() != year
            || !subject.unit.is_empty()
            || !rules.plugins.contains(&plugins[subject.plugin].manifest.id)
        {
            continue;
        }
        let main = check.scored.as_ref().and_then(|scored| scored.schemes.first());
        let this = (main.is_some_and(|main| main.score.is_some()), subject.date, index);
        let known = latest.entry(id).or_insert(this);
        *known = (*known).max(this);
    }
    latest.into_iter().map(|(id, (_, _, index))| (id, index)).collect()
}

/// General hazards of each enterprise that were found by a day, and those closed by it.
fn rates(ledger: &Ledger, day: Date) -> BTreeMap<EnterpriseId, Rate> {
    let mut rates: BTreeMap<EnterpriseId, Rate> = BTreeMap::new();
    for hazard in ledger.hazards.iter().filter(|hazard| hazard.level == HazardLevel::General) {
        if let (Some(id), Some(_), Some(state)) = (hazard.enterprise, hazard.found, hazard.state(day)) {
            let rate = rates.entry(id).or_insert(Rate { closed: 0, found: 0 });
            rate.found = rate.found.saturating_add(1);
            rate.closed = rate.closed.saturating_add(u32::from(state.closed()));
        }
    }
    rates
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Decimal;
    use crate::model::yearend::Tie;

    /// Score and closed of found; ranks with the breaker and without it.
    fn check(ties: &[Tie], without_first: bool, rows: &[(i64, Option<(u32, u32)>)], expected: &[(u32, u32)]) {
        let standing = |(score, rate): &(i64, Option<(u32, u32)>)| Standing {
            score: Decimal::from(*score),
            rate: rate.map(|(closed, found)| Rate { closed, found }),
        };
        let group = rows.iter().map(standing).enumerate().collect();
        let mut found = vec![(0, 0); rows.len()];
        for (index, rank, shared) in ranks(group, ties, without_first) {
            found[index] = (rank.expect("few"), shared.expect("few"));
        }
        assert_eq!(found, expected);
    }

    #[test]
    fn equals_share_a_rank_or_are_ordered_as_declared() {
        let rows = &[(90, Some((1, 3))), (95, None), (90, Some((2, 6))), (90, Some((1, 2))), (80, None)];
        check(&[], false, rows, &[(2, 2), (1, 1), (2, 2), (2, 2), (5, 5)]);
        check(&[Tie::Rectification], false, rows, &[(3, 2), (1, 1), (3, 2), (2, 2), (5, 5)]);
        let rows = &[(90, Some((0, 0))), (90, Some((0, 4))), (90, Some((4, 4)))];
        check(&[Tie::Rectification], false, rows, &[(3, 1), (2, 1), (1, 1)]);
        check(&[Tie::Rectification], true, rows, &[(1, 1), (3, 1), (2, 1)]);
    }

    #[test]
    fn an_accident_disqualifies_by_deaths_liability_and_year() {
        let rules = crate::yearend::built_in_rules().enterprise;
        let incident =
            |deaths: u32, liability: Option<bool>, day: Option<(i16, i8, i8)>, known: bool| Incident {
                day: day.map(|(year, month, day)| Date::constant(year, month, day)),
                village: String::new(),
                enterprise: known.then_some(EnterpriseId(0)),
                deaths,
                injured: 3,
                liability,
                at: crate::model::Provenance {
                    source: crate::model::SourceId(0),
                    sheet: 0,
                    cell: crate::model::CellRef::new(0, 0),
                },
            };
        let day = Some((2026, 5, 1));
        for (one, expected) in [
            (incident(1, Some(true), day, true), true),
            (incident(0, Some(true), day, true), false),
            (incident(2, Some(false), day, true), false),
            (incident(2, None, day, true), false),
            (incident(1, Some(true), Some((2025, 12, 31)), true), false),
            // A day that cannot be read does not undo an accident: the records are of this year.
            (incident(1, Some(true), None, true), true),
            (incident(1, Some(true), day, false), false),
        ] {
            assert_eq!(disqualifies(&one, &rules, 2026), expected, "{one:?}");
        }
    }
}
