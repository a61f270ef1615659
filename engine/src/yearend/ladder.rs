//! Standardization at the year's end: where each enterprise stands on the ladder, by the register's
//! level and certificate; and what the reviews of the year came to, by what their checklist gives.
//! Scores nothing, and knows no checklist by name.

use super::NOT_ASSESSED;
use crate::model::text::match_key;
use crate::model::yearend::ladder::{Below, Footing, Ladder, LadderRules, Review};
use crate::model::{
    Assessed, Certificate, Check, Date, EnterpriseId, Evaluation, Manifest, Plugin, Problem, ProblemCode,
    Register, YearEnd, YearEndRules,
};

/// Puts the enterprises on the ladder, as they stand on the last day of the year that is assessed.
///
/// Shape: enterprises of the ladder's sectors that exist on that day, in the order of the register.
/// A level that the ladder has not, and one without a day until which it holds, are problems: such an
/// enterprise counts as without a level. Errors: none. Source: `templates/yearend/yearend.toml`.
pub fn climb(year_end: &mut YearEnd, register: &Register, rules: &YearEndRules) -> Vec<Problem> {
    let rules = &rules.ladder;
    let Ok(day) = Date::new(year_end.year, 12, 31) else { return Vec::new() };
    let own = (0..).map(EnterpriseId).zip(&register.enterprises).filter(|(_, enterprise)| {
        enterprise.is_active(day) && rules.sectors.contains(&match_key(&enterprise.sector))
    });
    let footings = own.map(|(id, enterprise)| Footing {
        enterprise: id,
        level: level(&enterprise.standard, rules, day),
        at: enterprise.standard.at,
    });
    let footings: Vec<_> = footings.collect();
    let levels: Vec<_> = rules.levels.iter().map(|level| &*level.level).collect();
    let told = |footing: &Footing| {
        let certificate = &register.get(footing.enterprise).standard;
        let (code, at) = match footing.level {
            Err(Below::UnknownLevel) => (ProblemCode::LadderLevel, certificate.level_at),
            Err(Below::NoDay) => (ProblemCode::CertificateDay, certificate.at),
            _ => return None,
        };
        Some(Problem::new(code, at?).found(&certificate.level).arg(levels.join("、")))
    };
    let problems = footings.iter().filter_map(told).collect();
    year_end.ladder = Ladder {
        levels: rules.levels.iter().map(|level| level.level.clone()).collect(),
        below: rules.below.clone(),
        footings,
    };
    problems
}

fn level(certificate: &Certificate, rules: &LadderRules, day: Date) -> Result<usize, Below> {
    let named = match_key(&certificate.level);
    if named.is_empty() || rules.none.contains(&named) {
        return Err(Below::NoLevel);
    }
    let level = rules.levels.iter().position(|level| level.words.contains(&named));
    match (level.ok_or(Below::UnknownLevel)?, certificate.until) {
        (_, None) => Err(Below::NoDay),
        (_, Some(until)) if until < day => Err(Below::Expired(until)),
        (level, Some(_)) => Ok(level),
    }
}

/// Takes what the reviews of the year came to.
///
/// A review is a check by a checklist that gives the indicators `level_by_score` and `level`.
/// Shape: in the order of the checks. Errors: none.
pub fn take_reviews(year_end: &mut YearEnd, plugins: &[Plugin], checks: &[Check]) {
    let gives = |manifest: &Manifest, code: &str| manifest.gives.iter().any(|one| one.code == code);
    let of_year = checks.iter().enumerate().filter(|(_, check)| {
        let manifest = &plugins[check.subject.plugin].manifest;
        check.subject.date.year() == year_end.year
            && gives(manifest, "level_by_score")
            && gives(manifest, "level")
    });
    year_end.reviews = of_year
        .filter_map(|(index, check)| {
            let Evaluation::Assessed(assessed) = &check.evaluation else { return None };
            review(index, &plugins[check.subject.plugin].manifest, check, assessed)
        })
        .collect();
}

fn review(index: usize, manifest: &Manifest, check: &Check, assessed: &Assessed) -> Option<Review> {
    let given = |code: &str| {
        let position = manifest.gives.iter().position(|one| one.code == code)?;
        let found = assessed.indicators.iter().find(|one| one.indicator as usize == position)?;
        found.value.text().map(str::to_owned)
    };
    let fact = manifest.facts.iter().position(|fact| fact.code == "performance");
    let known = check.subject.facts.iter().find(|known| Some(known.fact as usize) == fact);
    let main = check.scored.as_ref()?.schemes.first()?;
    Some(Review {
        check: index,
        level_by_score: given("level_by_score").unwrap_or_else(|| NOT_ASSESSED.to_owned()),
        performance: known.and_then(|known| known.value.text()).map(str::to_owned),
        level: main.grade.clone(),
        binding: given("binding"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yearend::built_in_rules;

    /// What the register says, and where that puts an enterprise at the end of 2026.
    #[test]
    fn a_level_holds_to_the_last_day_of_its_certificate() {
        let day = Date::constant(2026, 12, 31);
        let rules = built_in_rules().ladder;
        for (written, until, expected) in [
            ("市级", Some(Date::constant(2028, 2, 15)), Ok("市")),
            ("国家 级", Some(Date::constant(2027, 1, 1)), Ok("国家")),
            ("镇", Some(day), Ok("镇")),
            ("镇级", Some(Date::constant(2026, 12, 30)), Err(Below::Expired(Date::constant(2026, 12, 30)))),
            ("省级", None, Err(Below::NoDay)),
            ("二级", Some(Date::constant(2028, 1, 1)), Err(Below::UnknownLevel)),
            ("—", Some(Date::constant(2028, 1, 1)), Err(Below::NoLevel)),
            ("无", None, Err(Below::NoLevel)),
            ("", None, Err(Below::NoLevel)),
        ] {
            let certificate = Certificate { level: written.to_owned(), until, level_at: None, at: None };
            let found = level(&certificate, &rules, day).map(|at| rules.levels[at].level.as_str());
            assert_eq!(found, expected, "{written} {until:?}");
        }
    }

    #[test]
    fn a_level_that_does_not_count_is_told_at_its_cell() {
        let provenance = |col0| crate::model::Provenance {
            source: crate::model::SourceId(0),
            sheet: 0,
            cell: crate::model::CellRef::new(2, col0),
        };
        let until = Some(Date::constant(2028, 1, 1));
        for (written, until, sector, expected) in [
            ("市级", until, "工贸企业", None),
            ("二级", until, "工贸企业", Some((ProblemCode::LadderLevel, "C3"))),
            ("市级", None, "工贸企业", Some((ProblemCode::CertificateDay, "D3"))),
            // What stands on no ladder is not asked about, nor is who has no level.
            ("二级", until, "人员密集场所", None),
            ("", None, "工贸企业", None),
        ] {
            let enterprise = crate::model::Enterprise {
                number: "E001".to_owned(),
                name: "某厂".to_owned(),
                former_name: String::new(),
                code: String::new(),
                code_valid: false,
                village: String::new(),
                sector: sector.to_owned(),
                kind: String::new(),
                venues: Vec::new(),
                department: String::new(),
                risk: String::new(),
                entered: None,
                left: None,
                standard: Certificate {
                    level: written.to_owned(),
                    until,
                    level_at: Some(provenance(2)),
                    at: Some(provenance(3)),
                },
                at: provenance(0),
            };
            let register =
                Register { enterprises: vec![enterprise], county: String::new(), town: String::new() };
            let mut year_end = YearEnd { year: 2026, ..YearEnd::default() };
            let found: Vec<_> = climb(&mut year_end, &register, &built_in_rules())
                .iter()
                .map(|problem| {
                    (problem.code, problem.at.cell.map_or_else(String::new, |cell| cell.to_string()))
                })
                .collect();
            let expected: Vec<_> = expected.map(|(code, cell)| (code, cell.to_owned())).into_iter().collect();
            assert_eq!(found, expected, "{written} {until:?}");
        }
    }
}
