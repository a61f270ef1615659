//! What is wrong with the rules for enterprises and with the ladder of standardization, each with a
//! counter-example. Knows checklists only as far as their scores are ranked.

use std::collections::BTreeSet;

use super::{Fault, Finding, Findings, lint_bands, plain};
use crate::model::text::match_key;
use crate::model::yearend::enterprises::EnterpriseRules;
use crate::model::yearend::ladder::LadderRules;
use crate::model::{Decimal, Manifest, Scheme, YearEndRules};

/// Checks the rules for enterprises by themselves.
pub(super) fn rules(rules: &EnterpriseRules, findings: &mut Findings) {
    let at = "enterprise.plugins";
    if rules.plugins.is_empty() {
        findings.add(Fault::NeverApplies, at, "没有检查表,每家企业都是未评定");
    }
    let mut seen = BTreeSet::new();
    for plugin in rules.plugins.iter().filter(|plugin| !seen.insert(*plugin)) {
        findings.add(Fault::Twice, at, format!("“{plugin}”有两处"));
    }
    if rules.bonus_cap.is_some_and(|cap| cap.is_zero()) {
        findings.add(Fault::NeverApplies, "enterprise.bonus.cap", "上限为0,加分永不计入");
    }
    if rules.veto_deaths > 0 && rules.veto_grade.trim().is_empty() {
        let what = format!("为空,发生死亡{}人责任事故的企业没有等次", rules.veto_deaths);
        findings.add(Fault::Gap, "enterprise.veto.grade", what);
    }
}

/// Checks the ladder of standardization.
pub(super) fn ladder(rules: &LadderRules, findings: &mut Findings) {
    let at = "standardization.levels";
    if rules.sectors.is_empty() {
        findings.add(Fault::NeverApplies, "standardization.sectors", "没有行业领域,没有企业计入标准化");
    }
    let mut seen = BTreeSet::new();
    for sector in rules.sectors.iter().filter(|sector| !seen.insert(*sector)) {
        findings.add(Fault::Twice, "standardization.sectors", format!("“{sector}”有两处"));
    }
    let mut seen = BTreeSet::new();
    for level in &rules.levels {
        let name = match_key(&level.level);
        if !seen.insert(name.clone()) {
            findings.add(Fault::Twice, at, format!("等级“{}”有两处", level.level));
            continue;
        }
        if level.words.is_empty() {
            let what = format!("“{}”没有写法 words,名录无论怎么写都到不了这一级", level.level);
            findings.add(Fault::NeverApplies, at, what);
            continue;
        }
        // A register that writes the level's own name must be understood, and as no other level.
        let meant = rules.levels.iter().find(|other| other.words.contains(&name));
        match meant {
            Some(other) if match_key(&other.level) == name => {}
            Some(other) => {
                let what = format!("名录写“{}”的企业计为“{}”", level.level, other.level);
                findings.add(Fault::Overlap, at, what);
            }
            None => {
                let what = format!("名录写“{}”的企业计为“{}”", level.level, rules.below);
                findings.add(Fault::Gap, at, what);
            }
        }
    }
    let below = match_key(&rules.below);
    if below.is_empty() {
        findings.add(Fault::Gap, "standardization.below", "为空,没有有效等级的企业没有称呼");
    } else if seen.contains(&below) {
        let what = format!("“{}”同时是等级,看不出有没有达标", rules.below);
        findings.add(Fault::Twice, "standardization.below", what);
    }
}

/// Lines of the locality must leave no hole, have the checklist's names, and be nowhere laxer than its own.
fn local_bands(rules: &EnterpriseRules, manifest: &Manifest, scheme: &Scheme, findings: &mut Findings) {
    let at = "enterprise.bands";
    if rules.bands.is_empty() {
        return;
    }
    let most = scheme.full_marks + rules.bonus_cap.unwrap_or_default();
    lint_bands(at, &rules.bands, scheme.digits, most, findings);
    let position = |grade: &str| scheme.bands.iter().position(|band| band.grade == grade);
    for band in &scheme.bands {
        if !rules.bands.iter().any(|local| local.grade == band.grade) {
            let what = format!("没有“{}”的等次“{}”", manifest.id, band.grade);
            findings.add(Fault::Gap, at, what);
        }
    }
    for local in &rules.bands {
        let Some(own) = position(&local.grade) else {
            findings.add(Fault::NeverApplies, at, format!("“{}”没有等次“{}”", manifest.id, local.grade));
            continue;
        };
        // The least score of the local grade is the one that the checklist may refuse it to.
        let low = local.low.map_or(Decimal::ZERO, |low| low.value);
        let step = Decimal::new(1, u32::from(scheme.digits));
        let least = if local.holds(low) { low } else { low + step };
        let by_checklist = scheme.bands.iter().position(|band| least >= band.lower);
        if let Some(known) = by_checklist.filter(|known| local.holds(least) && *known > own) {
            let what = format!(
                "{}分按本地为{},按“{}”只是{}",
                plain(least),
                local.grade,
                manifest.id,
                scheme.bands[known].grade
            );
            findings.add(Fault::Laxer, at, what);
        }
    }
}

/// Checks the rules for enterprises against the checklists that they rank by.
///
/// Shape: in the order of the rules' checklists; empty when all is well.
pub fn lint_enterprises(rules: &YearEndRules, manifests: &[&Manifest]) -> Vec<Finding> {
    let mut findings = Findings(Vec::new());
    let rules = &rules.enterprise;
    let at = "enterprise.plugins";
    let mut first: Option<(&Manifest, &Scheme)> = None;
    for id in &rules.plugins {
        let Some(manifest) = manifests.iter().find(|manifest| manifest.id == *id) else {
            findings.add(Fault::NeverApplies, at, format!("没有插件“{id}”,没有检查能按它计入排名"));
            continue;
        };
        let Some(scheme) = manifest.schemes.first() else {
            findings.add(Fault::NeverApplies, at, format!("“{id}”不评分,按它检查的企业都是未评定"));
            continue;
        };
        if rules.veto_deaths > 0 && scheme.bands.iter().any(|band| band.grade == rules.veto_grade) {
            let what = format!("“{}”同时是“{id}”的等次,看不出是否否决", rules.veto_grade);
            findings.add(Fault::Twice, "enterprise.veto.grade", what);
        }
        local_bands(rules, manifest, scheme, &mut findings);
        // Ranked together, half of the larger scale would stand before all of the smaller one.
        match first {
            Some((other, known)) if known.full_marks != scheme.full_marks => {
                let (small, large) = if known.full_marks < scheme.full_marks {
                    ((&*other.id, known.full_marks), (&**id, scheme.full_marks))
                } else {
                    ((&**id, scheme.full_marks), (&*other.id, known.full_marks))
                };
                let half = (small.1 + large.1) / Decimal::TWO;
                let what = format!(
                    "“{}”满分{}、“{}”满分{},一起排名时后者的{}分排在前者的满分之前",
                    small.0,
                    plain(small.1),
                    large.0,
                    plain(large.1),
                    plain(half)
                );
                findings.add(Fault::Sum, at, what);
            }
            Some(_) => {}
            None => first = Some((manifest, scheme)),
        }
    }
    findings.0
}
