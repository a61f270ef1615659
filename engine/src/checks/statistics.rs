//! What a run counts itself, as figures: the other side of checks of what is filed and what goes up.
//! Knows no rule.

use crate::model::ledger::{Hazard, Span};
use crate::model::yearend::{Excused, UnitKind};
use crate::model::{Amount, Decimal, Figure, FigureGroup, HazardLevel, Run, Spot};

/// Statistics of a run.
///
/// Shape: `ledger` (year: hazards found from the first of January to the day of the run; `left`: found before
/// and still open when the year began; `major_open`: open major ones, whenever found; `elsewhere`: found by the
/// day, open on it, and not of an enterprise that exists on it), `organisation`, `register`, `campaign` for each
/// campaign, and `assessment` where units are assessed (`excused`: those that are not, with a reason).
pub fn statistics(run: &Run) -> Vec<FigureGroup> {
    let year = Span::year_to(run.as_of);
    let hazards = &run.ledger.hazards;
    let of_year = |level| {
        let of_level = hazards.iter().filter(move |one| one.level == level);
        of_level.filter(|one| one.found_in(year.first, year.last)).count()
    };
    let is_left = |level| {
        let of_level = hazards.iter().filter(move |one| one.level == level);
        let was_open = of_level.filter(|one| {
            one.found.is_some_and(|found| found < year.first)
                && one.done.is_none_or(|done| done >= year.first)
        });
        was_open.count()
    };
    let major_open = run.ledger.open(run.as_of).filter(|one| one.level == HazardLevel::Major).count();
    let elsewhere = |level| {
        let open = run.ledger.open(run.as_of).filter(move |one| one.level == level);
        let is_elsewhere = |one: &&Hazard| {
            one.found.is_some() && one.enterprise.is_none_or(|id| !run.register.get(id).is_active(run.as_of))
        };
        open.filter(is_elsewhere).count()
    };
    let (general, major) = (HazardLevel::General, HazardLevel::Major);
    let register = &run.register.enterprises;
    let mut groups = vec![
        counts(
            "ledger",
            "隐患台账",
            &[
                ("general_found", of_year(general)),
                ("major_found", of_year(major)),
                ("general_left", is_left(general)),
                ("major_left", is_left(major)),
                ("major_open", major_open),
                ("general_elsewhere", elsewhere(general)),
                ("major_elsewhere", elsewhere(major)),
            ],
        ),
        counts(
            "organisation",
            "组织机构",
            &[("villages", run.ledger.villages.iter().filter(|block| !block.beside).count())],
        ),
        counts(
            "register",
            "企业名录",
            &[
                ("known", register.len()),
                ("active", register.iter().filter(|one| one.is_active(run.as_of)).count()),
            ],
        ),
    ];
    for one in &run.supervision.campaigns {
        let figures = [
            ("due", one.due()),
            ("covered", one.covered()),
            ("visits", one.visits.len()),
            ("known", one.members.len()),
        ];
        groups.push(counts("campaign", &one.name, &figures));
    }
    let villages = run.year_end.units.iter().filter(|unit| unit.unit.kind == UnitKind::Village).count();
    if villages > 0 {
        let is_explained = |one: &&Excused| one.unit.kind == UnitKind::Village && !one.reason.is_empty();
        let excused = run.year_end.excused.iter().filter(is_explained).count();
        groups.push(counts("assessment", "年度考核", &[("villages", villages), ("excused", excused)]));
    }
    groups
}

fn counts(form: &str, name: &str, figures: &[(&str, usize)]) -> FigureGroup {
    let figure = |(key, count): &(&str, usize)| {
        let spot = Spot::Named(name.to_owned());
        ((*key).to_owned(), Figure { amount: Amount::Number(Decimal::from(*count)), spot })
    };
    FigureGroup::of_one(form, name, figures.iter().map(figure))
}
