//! Plugins, checks, problems and signals of a run in the form of `results.json`.
//! Counts nothing and looks nothing up but names and sentences.

use std::collections::BTreeSet;

use super::{
    Cell, Check, Citation, Coverage, Deduction, Edition, Hazard, Indicator, Item, ItemResult, LocalRule,
    MajorBasis, Note, Plugin, Problem, Ruling, Scheme, SchemeScore, Signal, Status, cell,
};
use crate::model::{
    self, Effect, Evaluation, GradeBasis, Lang, Manifest, Provenance, Reason, Run, Scope, Sources,
};
use crate::report::wording;

fn days((from, to): (Option<model::Date>, Option<model::Date>)) -> (Option<String>, Option<String>) {
    (from.map(|day| day.to_string()), to.map(|day| day.to_string()))
}

pub fn plugin(plugin: &model::Plugin) -> Plugin {
    let manifest = &plugin.manifest;
    Plugin {
        id: manifest.id.clone(),
        version: manifest.version.clone(),
        title: manifest.title.clone(),
        checklist: manifest.checklist_title.clone(),
        digest: plugin.digest.clone(),
        origin: plugin.origin.clone(),
        editions: manifest
            .editions
            .iter()
            .map(|edition| {
                let (from, to) = days(edition.effective);
                let (id, title, note) = (edition.id.clone(), edition.title.clone(), edition.note.clone());
                Edition { id, title, from, to, note }
            })
            .collect(),
        items: manifest.items.iter().map(|one| item(manifest, one)).collect(),
        schemes: manifest
            .schemes
            .iter()
            .map(|scheme| Scheme {
                code: scheme.code.clone(),
                title: scheme.title.clone(),
                full_marks: wording::number(scheme.full_marks),
                bands: wording::bands(scheme),
                veto_grade: scheme.veto_grade.clone(),
                source: scheme.source.clone(),
            })
            .collect(),
        local: plugin.local.iter().map(|local| local_rule(manifest, local)).collect(),
    }
}

fn local_rule(manifest: &Manifest, local: &model::tailored::LocalRule) -> LocalRule {
    let rule = local.rule.clone();
    LocalRule {
        item: local.item.map(|item| manifest.items[item as usize].code.clone()),
        key: rule.key,
        base: rule.base,
        local: rule.local,
        remark: rule.remark,
        date: rule.date.to_string(),
        approver: rule.approver,
        layer: rule.layer,
    }
}

fn item(manifest: &Manifest, item: &model::Item) -> Item {
    Item {
        code: item.code.clone(),
        category: manifest.categories[item.category as usize].title.clone(),
        requirement: item.requirement.clone(),
        method: item.method.clone(),
        points: wording::number(item.points),
        scored: item.scored,
        veto: item.veto.is_some(),
        citations: item
            .citations
            .iter()
            .map(|citation| {
                let (from, to) = days(wording::period(manifest, citation));
                Citation {
                    document: manifest.documents[citation.document as usize].title.clone(),
                    clause: citation.clause.clone(),
                    from,
                    to,
                    mark: citation.mark.letter().to_owned(),
                    text: wording::citation(manifest, citation),
                }
            })
            .collect(),
        major: item
            .major_bases
            .iter()
            .map(|basis| MajorBasis {
                edition: manifest.editions[basis.edition as usize].id.clone(),
                clause: basis.clause.clone(),
                kind: match basis.major {
                    model::MajorMark::None => "none",
                    model::MajorMark::Direct => "direct",
                    model::MajorMark::Element => "element",
                }
                .to_owned(),
                mark: basis.mark.letter().to_owned(),
            })
            .collect(),
    }
}

/// What is looked up while one check is turned into its wire form.
struct Context<'a> {
    sources: &'a Sources,
    manifest: &'a Manifest,
    evidence: &'a [Provenance],
}

impl Context<'_> {
    fn cells(&self, positions: impl IntoIterator<Item = u32>) -> Vec<Cell> {
        let mut seen = BTreeSet::new();
        let places = positions.into_iter().filter_map(|position| self.evidence.get(position as usize));
        let cells = places.filter(|at| seen.insert(**at)).map(|at| cell(self.sources, *at));
        cells.collect()
    }

    fn code(&self, item: u32) -> String {
        self.manifest.items[item as usize].code.clone()
    }

    fn edition(&self, edition: Option<u32>) -> Option<String> {
        edition.map(|edition| self.manifest.editions[edition as usize].id.clone())
    }

    fn text(&self, reason: &Reason) -> String {
        reason.render(self.manifest)
    }

    fn ruling(&self, ruling: &model::Ruling) -> Ruling {
        let bands = self.manifest.schemes.first().map(|scheme| &scheme.bands);
        Ruling {
            effect: match ruling.effect {
                Effect::Veto(_) => "veto",
                Effect::Cap(_) => "cap",
                Effect::Referral => "referral",
            }
            .to_owned(),
            cap: match ruling.effect {
                Effect::Cap(band) => bands.and_then(|bands| Some(bands.get(band as usize)?.grade.clone())),
                _ => None,
            },
            items: ruling.items.iter().map(|item| self.code(*item)).collect(),
            text: self.text(&ruling.reason),
            edition: self.edition(ruling.edition),
            evidence: self.cells(ruling.evidence.iter().copied()),
        }
    }

    fn item_result(
        &self,
        answer: &model::Answer,
        outcome: &model::Outcome,
        score: &model::ItemScore,
    ) -> ItemResult {
        let item = &self.manifest.items[score.item as usize];
        let evidence = [Some(answer.evidence), answer.written().number_evidence].into_iter().flatten();
        ItemResult {
            item: item.code.clone(),
            verdict: score.verdict.key().to_owned(),
            written: (answer.verdict != score.verdict).then(|| answer.verdict.key().to_owned()),
            points: wording::number(score.points),
            deducted: wording::number(score.deducted),
            got: wording::number(score.got),
            cut_off: wording::cut_off(outcome, score),
            finding: answer.written().finding.clone(),
            level: answer.level.map(|level| level.key().to_owned()),
            deadline: answer.written().deadline.map(|day| day.to_string()),
            done: answer.written().done.map(|day| day.to_string()),
            remark: answer.written().remark.clone(),
            deductions: outcome
                .deductions()
                .iter()
                .map(|deduction| Deduction {
                    case: deduction.case.map(|case| item.cases[case as usize].code.clone()),
                    points: wording::number(deduction.points),
                    times: deduction.times,
                    scope: match deduction.scope {
                        Scope::Item => "item",
                        Scope::Category => "category",
                        Scope::Total => "total",
                    }
                    .to_owned(),
                    text: wording::deduction(self.manifest, item, deduction),
                })
                .collect(),
            evidence: self.cells(evidence.chain(outcome.evidence().iter().copied())),
        }
    }

    fn scheme_score(&self, score: &model::SchemeScore, assessed: Option<&model::Assessed>) -> SchemeScore {
        let scheme = &self.manifest.schemes[score.scheme as usize];
        let given =
            assessed.and_then(|assessed| assessed.scores.iter().find(|given| given.scheme == score.scheme));
        let (basis, ruling) = match score.basis {
            GradeBasis::Band => ("band", None),
            GradeBasis::Veto(ruling) => ("veto", Some(ruling)),
            GradeBasis::Cap(ruling) => ("cap", Some(ruling)),
            GradeBasis::NotAssessed => ("not-assessed", None),
            GradeBasis::None => ("none", None),
        };
        SchemeScore {
            scheme: scheme.code.clone(),
            full: wording::number(score.full),
            not_applicable: wording::number(score.not_applicable),
            possible: wording::number(score.possible),
            deducted: wording::number(score.deducted),
            got: wording::number(score.got),
            score: score.score.map(|score| score.to_string()),
            interim: score.interim.map(|score| score.to_string()),
            working: wording::working(self.manifest, scheme, score, given),
            grade: score.grade.clone(),
            grade_by_score: score.grade_by_score.clone(),
            basis: basis.to_owned(),
            ruling,
        }
    }
}

pub fn check(run: &Run, check: &model::Check) -> Check {
    let subject = &check.subject;
    let manifest = &run.plugins[subject.plugin].manifest;
    let context = Context { sources: &run.sources, manifest, evidence: &subject.evidence };
    let known = subject.enterprise.map(|id| run.register.get(id));
    let (status, message, assessed) = match &check.evaluation {
        Evaluation::Assessed(assessed) => (Status::Assessed, String::new(), Some(assessed)),
        Evaluation::Failed { message, .. } => (Status::Failed, message.clone(), None),
        Evaluation::Fault(fault) => (Status::Fault, fault.zh.clone(), None),
    };
    let kind = manifest.kinds.get(subject.kind as usize);
    let scored = check.scored.as_ref();
    let items = match (assessed, scored) {
        (Some(assessed), Some(scored)) => assessed
            .outcomes
            .iter()
            .zip(&scored.items)
            .filter_map(|(outcome, score)| {
                Some(context.item_result(subject.answers.get(score.answer)?, outcome, score))
            })
            .collect(),
        _ => Vec::new(),
    };
    Check {
        plugin: manifest.id.clone(),
        kind: kind.map_or_else(String::new, |kind| kind.code.clone()),
        kind_title: kind.map_or_else(String::new, |kind| kind.title.clone()),
        number: known.map_or_else(String::new, |known| known.number.clone()),
        name: known.map_or_else(|| crate::report::owner_name(subject).to_owned(), |known| known.name.clone()),
        written_name: subject.name.clone(),
        code: known.map(|known| &known.code).filter(|code| !code.is_empty()).unwrap_or(&subject.code).clone(),
        village: known.map_or_else(String::new, |known| known.village.clone()),
        unit: subject.unit.clone(),
        inspectors: subject.inspectors.clone(),
        date: subject.date.to_string(),
        latest: check.latest,
        rank: check.rank,
        status,
        message,
        edition: context.edition(assessed.and_then(|assessed| assessed.edition)),
        coverage: scored.map(|scored| Coverage {
            items: scored.coverage.items,
            applicable: scored.coverage.applicable,
            checked: scored.coverage.checked,
        }),
        schemes: scored
            .map(|scored| scored.schemes.iter().map(|score| context.scheme_score(score, assessed)).collect())
            .unwrap_or_default(),
        items,
        rulings: assessed
            .map(|assessed| assessed.rulings.iter().map(|ruling| context.ruling(ruling)).collect())
            .unwrap_or_default(),
        indicators: assessed
            .map(|assessed| assessed.indicators.iter().map(|one| indicator(&context, one)).collect())
            .unwrap_or_default(),
        hazards: assessed
            .map(|assessed| assessed.hazards.iter().map(|one| hazard(&context, one)).collect())
            .unwrap_or_default(),
        notes: assessed
            .map(|assessed| {
                let note = |note: &model::Note| Note {
                    item: note.item.map(|item| context.code(item)),
                    text: context.text(&note.reason),
                    evidence: context.cells(note.evidence.iter().copied()),
                };
                assessed.notes.iter().map(note).collect()
            })
            .unwrap_or_default(),
    }
}

fn indicator(context: &Context<'_>, indicator: &model::Indicator) -> Indicator {
    let gives = &context.manifest.gives[indicator.indicator as usize];
    Indicator {
        code: gives.code.clone(),
        title: gives.title.clone(),
        value: wording::value(&indicator.value),
        unit: gives.unit.clone(),
        working: indicator.working.iter().map(|step| context.text(step)).collect(),
        evidence: context.cells(indicator.evidence.iter().copied()),
    }
}

fn hazard(context: &Context<'_>, hazard: &model::Hazard) -> Hazard {
    Hazard {
        level: hazard.level.key().to_owned(),
        item: hazard.item.map(|item| context.code(item)),
        text: context.text(&hazard.reason),
        edition: context.edition(hazard.edition),
        clause: hazard.clause.clone(),
        evidence: context.cells(hazard.evidence.iter().copied()),
    }
}

pub fn signal(sources: &Sources, signal: &model::signal::Signal) -> Signal {
    Signal {
        code: signal.code.key().to_owned(),
        who: signal.who.clone(),
        fact: signal.fact.clone(),
        basis: signal.basis.clone(),
        rows: signal.rows.iter().map(|at| cell(sources, *at)).collect(),
    }
}

pub fn problem(sources: &Sources, problem: &model::Problem) -> Problem {
    Problem {
        code: problem.code.key().to_owned(),
        severity: problem.severity().key().to_owned(),
        source: problem.at.source.0,
        sheet: problem.at.sheet.map(|sheet| sources.sheet(problem.at.source, sheet).to_owned()),
        cell: problem.at.cell.map(|cell| cell.to_string()),
        column: problem.column.clone(),
        found: problem.found.clone(),
        expected: problem.expected(Lang::Zh),
        note: problem.note.clone(),
        explanation: problem.explanation.clone(),
    }
}
