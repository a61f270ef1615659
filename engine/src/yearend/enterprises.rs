//! Ranks enterprises for the year: the latest check of the year by the checklists that the rules name,
//! vetoes by its rulings and by the record of accidents, ranks within classes.
//! Scores nothing: a check arrives with its score, and what scores it again is handed in.

use std::collections::BTreeMap;

use super::{NOT_ASSESSED, Objections, Standing, check_entries, ranks, told};
use crate::model::campaign::Incident;
use crate::model::text::match_key;
use crate::model::yearend::Rate;
use crate::model::yearend::enterprises::{
    ClassBy, EnterpriseInputs, EnterpriseResult, EnterpriseRules, EnterpriseVeto,
};
use crate::model::{
    Assessed, Check, Date, Decimal, Enterprise, EnterpriseId, HazardLevel, Ledger, Plugin, Problem,
    ProblemCode, Register, Scored, YearEnd, YearEndRules,
};

/// Scores a check once more, with other outcomes; none where a number does not fit.
pub type Rescore<'a> = &'a dyn Fn(&Check, &Assessed) -> Option<Scored>;

/// Ranks the enterprises that exist at the end of the year that is assessed, without objections and with them.
///
/// `last_day`: by when a hazard must be closed. Of checks of one day the later in `checks` counts; one
/// without a score counts only where there is no other.
/// Shape: one result for each such enterprise, in the order of the register. What is told of enterprises
/// (objections, bonuses) and does not fit is a problem. Errors: none.
/// Source: `templates/yearend/yearend.toml`.
pub fn rank_enterprises(
    year_end: &mut YearEnd,
    rules: &YearEndRules,
    register: &Register,
    (plugins, checks): (&[Plugin], &[Check]),
    (ledger, incidents, last_day): (&Ledger, &[Incident], Date),
    rescore: Rescore<'_>,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let self_gap = rules.self_gap;
    let rules = &rules.enterprise;
    let Ok(end) = Date::new(year_end.year, 12, 31) else { return problems };
    let latest = latest(year_end.year, rules, plugins, checks);
    let rates = rates(ledger, last_day);
    let mut vetoes: BTreeMap<EnterpriseId, Vec<EnterpriseVeto>> = BTreeMap::new();
    for incident in incidents.iter().filter(|one| disqualifies(one, rules, year_end.year)) {
        let day = incident.day.map_or_else(String::new, |day| format!("{day} "));
        let veto = EnterpriseVeto::Accident(format!("{day}死亡{}人", incident.deaths), incident.at);
        vetoes.entry(incident.enterprise.expect("disqualifies() asked for it")).or_default().push(veto);
    }
    let nothing = EnterpriseInputs::default();
    let mut result = |(id, enterprise): (EnterpriseId, &Enterprise), objections: Objections| {
        let inputs = year_end.told.get(&id).unwrap_or(&nothing);
        let check = latest.get(&id).copied();
        let told = check.and_then(|at| {
            let check = &checks[at];
            let manifest = &plugins[check.subject.plugin].manifest;
            let objected = match objections {
                Objections::Before => told::plain_check(check),
                Objections::After => {
                    told::objected(check, manifest, &inputs.objections, rescore, &mut problems)
                }
            }?;
            let scheme = manifest.schemes.get(objected.main.scheme as usize)?;
            Some(told::told(&objected, scheme, inputs, rules))
        });
        if objections == Objections::After {
            check_entries(&inputs.entries, enterprise.called(), rules.bonus_cap, &mut problems);
            if told.is_none() {
                problems.extend(inputs.objections.iter().map(|one| {
                    let problem = Problem::new(ProblemCode::ObjectionUnclear, one.at).found(&one.item);
                    problem.arg("本年没有评分的检查,没有可异议的项").note(enterprise.called())
                }));
            }
        }
        let mut vetoes = vetoes.get(&id).cloned().unwrap_or_default();
        let by_accident = !vetoes.is_empty();
        vetoes.extend(told.as_ref().and_then(|told| told.veto).map(EnterpriseVeto::Ruling));
        let grade = match &told {
            _ if by_accident => rules.veto_grade.clone(),
            Some(told) => told.grade.clone(),
            None => NOT_ASSESSED.to_owned(),
        };
        let class = match rules.class {
            ClassBy::None => "",
            ClassBy::Sector => &enterprise.sector,
            ClassBy::Kind => &enterprise.kind,
        };
        let rate = (!ledger.hazards.is_empty())
            .then(|| rates.get(&id).copied().unwrap_or(Rate { closed: 0, found: 0 }));
        let gap = told.as_ref().and_then(|told| told.gap);
        EnterpriseResult {
            enterprise: id,
            class: match_key(class),
            check,
            by_check: told.as_ref().and_then(|told| told.by_check),
            counted: told.as_ref().map_or_else(Vec::new, |told| told.counted.clone()),
            bonus: told.as_ref().map_or(Decimal::ZERO, |told| told.bonus),
            penalty: told.as_ref().map_or(Decimal::ZERO, |told| told.penalty),
            own: told.as_ref().and_then(|told| told.own),
            gap,
            gap_flagged: gap.is_some_and(|gap| gap.abs() >= self_gap),
            score: told.as_ref().and_then(|told| told.score),
            grade,
            vetoes,
            rate,
            rank: None,
            rank_without_breaker: None,
        }
    };
    let of_year = || (0..).map(EnterpriseId).zip(&register.enterprises).filter(|(_, one)| one.is_active(end));
    let mut before: Vec<_> = of_year().map(|one| result(one, Objections::Before)).collect();
    let mut after: Vec<_> = of_year().map(|one| result(one, Objections::After)).collect();
    rank(&mut before, rules);
    rank(&mut after, rules);
    (year_end.enterprises, year_end.enterprises_after) = (before, after);
    problems
}

/// Those that take part in a ranking, by class.
pub(super) fn standings(results: &[EnterpriseResult]) -> BTreeMap<String, Vec<(usize, Standing)>> {
    let mut groups: BTreeMap<String, Vec<(usize, Standing)>> = BTreeMap::new();
    for (index, result) in results.iter().enumerate() {
        if let Some(score) = result.score.filter(|_| result.vetoes.is_empty()) {
            let standing = Standing { score, rate: result.rate };
            groups.entry(result.class.clone()).or_default().push((index, standing));
        }
    }
    groups
}

fn rank(results: &mut [EnterpriseResult], rules: &EnterpriseRules) {
    for group in standings(results).into_values() {
        for (index, rank, shared) in ranks(group, &rules.ties, rules.without_hazards_first) {
            results[index].rank = rank;
            results[index].rank_without_breaker = shared;
        }
    }
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
