//! Rows of 表R8: checks by the authorities, by sector. A township reports the checks; documents,
//! penalties and fines are others' to fill in and stay empty.
//! Keeps out what a visit is: that is the ledger's and the campaigns' question.

use std::collections::{BTreeMap, BTreeSet};

use super::hazards::{named, this_year};
use super::{Content, Row};
use crate::model::ledger::{HazardState, Span};
use crate::model::{EnterpriseId, Place, Run};

/// What others fill in: no workbook of a township has it.
const NOT_OURS: [&str; 6] =
    ["documents", "penalties", "halted", "closures_asked", "fines_daily", "fines_accident"];

/// 表R8: cumulative since the first of January. A unit is supervised that stands in the register on the
/// day of the run; it counts as checked once, however often it was visited.
pub(super) fn by_sector(run: &Run) -> Content {
    let span = Span::year_to(run.as_of);
    let visits = run.supervision.visits.iter();
    let visits: Vec<_> = visits.filter(|visit| (span.first..=span.last).contains(&visit.day)).collect();
    if visits.is_empty() {
        return Content { layout: "enforcement", ..Content::default() };
    }
    // Sectors in the order of the statistics, then those that it does not know.
    let mut sectors: Vec<&str> = run.ledger.sectors.iter().map(String::as_str).collect();
    let mut others: BTreeSet<&str> = run.register.enterprises.iter().map(|one| &*one.sector).collect();
    others.extend(this_year(run).map(|(_, hazard)| &*hazard.sector));
    others.retain(|sector| !sectors.contains(sector));
    sectors.extend(others);

    let mut supervised: BTreeMap<&str, BTreeSet<EnterpriseId>> = BTreeMap::new();
    for (id, one) in (0..).map(EnterpriseId).zip(&run.register.enterprises) {
        if one.is_active(run.as_of) {
            supervised.entry(&one.sector).or_default().insert(id);
        }
    }
    let nobody = BTreeSet::new();
    let entries = sectors.into_iter().map(|sector| {
        let units = supervised.get(sector).unwrap_or(&nobody);
        let own = visits.iter().filter(|visit| run.register.get(visit.enterprise).sector == sector);
        let mut row = Row::default().text("sector", if sector.is_empty() { "其他" } else { sector });
        let mut checked = BTreeSet::new();
        let mut n_visits = 0;
        for visit in own {
            n_visits += 1;
            let name = &run.register.get(visit.enterprise).name;
            let places: Vec<_> = visit.at.iter().map(|at| run.sources.show(Place::from(*at))).collect();
            let place = format!("{name} {}", places.join("、"));
            // A unit that has left since was visited, but is no longer one of those supervised.
            if units.contains(&visit.enterprise) && checked.insert(visit.enterprise) {
                row = row.rests_on("checked", place.clone());
            }
            row = row.rests_on("visits", place);
        }
        for id in units {
            row = row.rests_on("supervised", run.sources.show(Place::from(run.register.get(*id).at)));
        }
        let (mut n_found, mut n_closed) = (0, 0);
        for (_, hazard) in this_year(run).filter(|(_, hazard)| hazard.sector == sector) {
            n_found += 1;
            row = row.rests_on("found", named(run, hazard));
            if hazard.state(run.as_of).is_some_and(HazardState::closed) {
                n_closed += 1;
                row = row.rests_on("closed", named(run, hazard));
            }
        }
        row = row
            .count("supervised", units.len())
            .count("checked", checked.len())
            .count("visits", n_visits)
            .count("found", n_found)
            .count("closed", n_closed);
        NOT_OURS.iter().fold(row, |row, key| row.unknown(key)).0
    });
    Content { layout: "enforcement", entries: entries.collect(), ..Content::default() }
}
