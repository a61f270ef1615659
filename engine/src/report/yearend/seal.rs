//! The sealed record of a published result: inputs by their digests, the rules, every unit's values
//! and the lines they rest on, as canonical JSON under one digest. Knows no workbook.
//!
//! The seal of the first result holds what the first result rests on and nothing else, so that it is
//! the same seal after an objection came in. The seal of a re-issue holds the first one.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};

use super::super::wording;
use super::Publication;
use super::record::{EnterpriseRecord, Record, enterprise_records, enterprise_vetoes, records};
use crate::model::yearend::enterprises::EnterpriseResult;
use crate::model::yearend::{Entry, Objection, Sense, Sheet, UnitInputs, UnitResult, UnitRules, shown};
use crate::model::{Decimal, Place, Provenance, Run, SourceId, YearEndRules};

/// Name of the file.
pub const FILE: &str = "年终考核_封存.json";

/// A sealed result.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// Digest of the first result, SHA-256, lower-case hexadecimal.
    pub first: String,
    /// Digest of the re-issue; none where no objection changed anything or came in.
    pub reissue: Option<String>,
    /// The files that the first result rests on, by position.
    pub inputs: Vec<SourceId>,
    /// Records of the first result.
    pub before: Vec<Record>,
    /// Records with objections.
    pub after: Vec<Record>,
    /// Records of the enterprises' first result.
    pub enterprises_before: Vec<EnterpriseRecord>,
    /// Those with objections.
    pub enterprises_after: Vec<EnterpriseRecord>,
    /// The whole record as text.
    pub text: Vec<u8>,
}

/// Seals a result. Errors: the serialiser's, which is our bug.
pub fn seal(publication: &Publication<'_>) -> Result<Sealed, serde_json::Error> {
    let Publication { run, rules, first, after, .. } = *publication;
    let before = records(&run.year_end, rules, first);
    let after = records(&run.year_end, rules, after);
    let enterprises_before = enterprise_records(run, &run.year_end.enterprises);
    let enterprises_after = enterprise_records(run, &run.year_end.enterprises_after);
    let inputs = rests_on(run);
    let decided = decided(run);
    let objections: BTreeSet<SourceId> = decided.iter().map(|(_, one)| one.at.source).collect();
    let files = |sources: &mut dyn Iterator<Item = SourceId>| -> Vec<Json> {
        let one = |id| {
            let source = run.sources.get(id);
            json!({ "file": source.path, "digest": source.digest })
        };
        sources.map(one).collect()
    };
    let tailored: Vec<_> = rules
        .tailored
        .iter()
        .map(|one| {
            json!({
                "key": one.key, "base": one.base, "local": one.local, "remark": one.remark,
                "date": one.date.to_string(), "approver": one.approver, "layer": one.layer,
            })
        })
        .collect();
    // Names are sorted by the serialiser, so the text is canonical.
    let first = json!({
        "as_of": run.as_of.to_string(),
        "year": run.year_end.year,
        "inputs": files(&mut inputs.iter().copied()),
        "rules": {
            "title": rules.title, "digest": rules.digest, "tailored": tailored,
            "classes": rules.assigned, "village": parts(&rules.village), "department": parts(&rules.department),
        },
        "units": units(&before),
        "enterprises": enterprises(&enterprises_before),
    });
    let first_digest = digest(&first)?;
    let reissue = (!decided.is_empty()).then(|| {
        let objections_json: Vec<_> = decided
            .iter()
            .map(|(number, one)| {
                json!({
                    "unit": number, "item": one.item, "points": one.points.map(plain),
                    "score": plain(one.score), "reason": one.reason, "approved_by": one.approved_by,
                    "date": one.date.map(|date| date.to_string()), "cell": cell(run, one.at),
                })
            })
            .collect();
        json!({
            "first": first_digest,
            "inputs": files(&mut objections.iter().copied()),
            "objections": objections_json,
            "units": units(&after),
            "enterprises": enterprises(&enterprises_after),
        })
    });
    let reissue_digest = reissue.as_ref().map(digest).transpose()?;
    let units_and_results = run.year_end.units.iter().zip(publication.first);
    let details: Vec<_> = units_and_results.map(|(unit, result)| details(run, unit, result)).collect();
    let results = run.year_end.enterprises.iter().zip(&run.year_end.enterprises_after);
    let of_enterprises: Vec<_> =
        results.map(|(first, after)| of_enterprise(run, rules, first, after)).collect();
    let whole = json!({
        "schema": 1,
        "program": run.program,
        "digest": first_digest,
        "first": first,
        "reissue_digest": reissue_digest,
        "reissue": reissue,
        "details": details,
        "enterprises": of_enterprises,
    });
    let mut text = serde_json::to_vec_pretty(&whole)?;
    text.push(b'\n');
    Ok(Sealed {
        first: first_digest,
        reissue: reissue_digest,
        inputs,
        before,
        after,
        enterprises_before,
        enterprises_after,
        text,
    })
}

/// All objections that were decided, with the number of whom they are about: units, then enterprises.
fn decided(run: &Run) -> Vec<(&str, &Objection)> {
    let of_units = run.year_end.units.iter();
    let of_units = of_units.flat_map(|unit| unit.objections.iter().map(move |one| (&*unit.unit.number, one)));
    let of_enterprises = run.year_end.told.iter();
    let of_enterprises = of_enterprises
        .flat_map(|(id, told)| told.objections.iter().map(move |one| (run.register.get(*id).called(), one)));
    of_units.chain(of_enterprises).collect()
}

/// What the final score of a kind of unit is made of.
fn parts(rules: &UnitRules) -> Json {
    json!({
        "full": plain(rules.full), "quarters": plain(rules.quarters), "year_end": plain(rules.year_end),
        "bonus_cap": rules.bonus_cap.map(plain), "digits": rules.digits,
    })
}

/// Digest of a value's canonical text. Errors: the serialiser's.
pub fn digest(value: &Json) -> Result<String, serde_json::Error> {
    let hash = Sha256::digest(serde_json::to_vec(value)?);
    Ok(hash.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn units(records: &[Record]) -> Vec<Json> {
    let one = |record: &Record| json!({ "number": record.number, "name": record.name, "kind": record.kind.title(), "values": record.json() });
    records.iter().map(one).collect()
}

fn enterprises(records: &[EnterpriseRecord]) -> Vec<Json> {
    let one = |record: &EnterpriseRecord| json!({ "number": record.number, "name": record.name, "values": record.json() });
    records.iter().map(one).collect()
}

/// The files that the first result rests on.
fn rests_on(run: &Run) -> Vec<SourceId> {
    let mut sources = BTreeSet::new();
    for result in &run.year_end.enterprises {
        sources.insert(run.register.get(result.enterprise).at.source);
        let check = result.check.and_then(|at| run.checks[at].subject.evidence.first());
        sources.extend(check.map(|at| at.source));
        let vetoes = enterprise_vetoes(run, result);
        sources.extend(vetoes.into_iter().filter_map(|(_, at)| at).map(|at| at.source));
    }
    for told in run.year_end.told.values() {
        sources.extend([&told.own, &told.verified].into_iter().flatten().map(|sheet| sheet.at.source));
        sources.extend(told.entries.iter().map(|entry| entry.at.source));
    }
    for unit in &run.year_end.units {
        sources.insert(unit.unit.at.source);
        sources.extend(unit.quarters.iter().map(|quarter| quarter.at.source));
        sources.extend([&unit.own, &unit.verified].into_iter().flatten().map(|sheet| sheet.at.source));
        sources.extend(unit.entries.iter().map(|entry| entry.at.source));
        sources.extend(unit.accidents.iter().map(|accident| accident.at.source));
        sources.extend(unit.breaches.iter().map(|breach| breach.at.source));
    }
    sources.into_iter().collect()
}

fn plain(number: Decimal) -> String {
    number.normalize().to_string()
}

/// A cell as a reader finds it.
pub(super) fn cell(run: &Run, at: Provenance) -> String {
    run.sources.show(Place::from(at))
}

/// How the checklist takes points from an item, and the clauses it rests on; empty where no plugin has it.
fn clause(run: &Run, code: &str) -> (String, String) {
    run.plugins
        .iter()
        .map(|plugin| &plugin.manifest)
        .find_map(|manifest| {
            let item = manifest.items.iter().find(|item| item.code == code)?;
            Some((item.rule_text.clone(), wording::basis(manifest, item, run.as_of)))
        })
        .unwrap_or_default()
}

/// Bonuses and penalties.
fn entries(run: &Run, entries: &[Entry]) -> Vec<Json> {
    let one = |entry: &Entry| {
        json!({
            "sense": if entry.sense == Sense::Bonus { "加分" } else { "扣分" },
            "matter": entry.matter, "points": plain(entry.points), "document": entry.document,
            "cell": cell(run, entry.at),
        })
    };
    entries.iter().map(one).collect()
}

/// What an enterprise's values rest on beside its check, which `results.json` has item by item.
fn of_enterprise(
    run: &Run,
    rules: &YearEndRules,
    first: &EnterpriseResult,
    after: &EnterpriseResult,
) -> Json {
    let enterprise = run.register.get(first.enterprise);
    let told = run.year_end.told.get(&first.enterprise);
    let sheet = |sheet: Option<&Sheet>| {
        sheet.map(|sheet| {
            json!({
                "got": plain(sheet.got), "possible": plain(sheet.possible),
                "by": sheet.signed.by, "on": sheet.signed.on, "cell": cell(run, sheet.at),
            })
        })
    };
    let check = first.check.and_then(|at| {
        let check = &run.checks[at];
        let main = check.scored.as_ref()?.schemes.first()?;
        let scheme = &run.plugins[check.subject.plugin].manifest.schemes[main.scheme as usize];
        Some(json!({
            "date": check.subject.date.to_string(), "by": check.subject.inspectors,
            "checklist": run.plugins[check.subject.plugin].manifest.checklist_title,
            "got": plain(main.got), "possible": plain(main.possible), "full": plain(scheme.full_marks),
            "score": main.score.map(|score| score.to_string()),
            "cell": check.subject.evidence.first().map(|at| cell(run, *at)),
        }))
    });
    let vetoes: Vec<_> = enterprise_vetoes(run, first)
        .into_iter()
        .map(|(why, at)| json!({ "why": why, "cell": at.map(|at| cell(run, at)) }))
        .collect();
    json!({
        "number": enterprise.number, "name": enterprise.name,
        "check": check,
        "self": sheet(told.and_then(|told| told.own.as_ref())),
        "verified": sheet(told.and_then(|told| told.verified.as_ref())),
        "entries": entries(run, told.map_or(&[], |told| &told.entries)),
        "bonus_counted": rules.enterprise.bonus_cap.is_some(),
        "vetoes": vetoes,
        "after": {
            "by_check": after.by_check.map(|score| score.to_string()),
            "final": after.score.map(|score| score.to_string()),
            "grade": after.grade, "rank": after.rank,
        },
    })
}

/// What a unit's values rest on, for whoever asks about a point.
fn details(run: &Run, unit: &UnitInputs, result: &UnitResult) -> Json {
    let sheet = |sheet: &Sheet| {
        let lines: Vec<_> = sheet
            .lines
            .iter()
            .map(|line| {
                let (case, basis) = clause(run, &line.code);
                let signed = line.signed.or(&sheet.signed);
                json!({
                    "case": case, "basis": basis,
                    "item": line.code, "category": line.category, "requirement": line.requirement,
                    "points": plain(line.points), "got": line.got.map(plain), "reason": line.reason,
                    "by": signed.by, "on": signed.on, "document": signed.document,
                    "cell": cell(run, line.at),
                })
            })
            .collect();
        json!({ "got": plain(sheet.got), "possible": plain(sheet.possible), "lines": lines })
    };
    let entries = entries(run, &unit.entries);
    let accidents: Vec<_> = unit
        .accidents
        .iter()
        .map(|one| json!({ "shown": one.shown(), "liability": one.liability, "cell": cell(run, one.at) }))
        .collect();
    let breaches: Vec<_> =
        unit.breaches.iter().map(|one| json!({ "shown": one.shown, "cell": cell(run, one.at) })).collect();
    let quarters: Vec<_> = unit
        .quarters
        .iter()
        .map(|one| json!({ "quarter": one.number, "score": one.score.map(plain), "cell": cell(run, one.at) }))
        .collect();
    json!({
        "number": unit.unit.number,
        "name": unit.unit.name,
        "exact": result.exact.map(shown),
        "quarter_mean": result.quarter_mean.map(shown),
        "year_end": result.year_end.map(shown),
        "quarters": quarters,
        "self": unit.own.as_ref().map(sheet),
        "verified": unit.verified.as_ref().map(sheet),
        "entries": entries,
        "accidents": accidents,
        "breaches": breaches,
    })
}
