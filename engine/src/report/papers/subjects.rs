//! Who papers are about: enterprises of the register and the places that lists name, each with all
//! that the run knows of it. Knows no workbook.

use std::collections::BTreeMap;

use super::super::template::Words;
use super::super::wording;
use crate::model::ledger::Hazard;
use crate::model::{Check, EnterpriseId, HazardEntry, HazardLevel, HazardState, Provenance, Run, SourceId};

/// An enterprise, or a place that is none.
#[derive(Debug)]
pub(super) struct Subject<'a> {
    /// Who, where the register knows.
    pub enterprise: Option<EnterpriseId>,
    /// The office's own number; empty where none.
    pub number: &'a str,
    /// Name as registered, or as it stands in the list.
    pub name: &'a str,
    /// Credit code; empty where none.
    pub code: &'a str,
    /// Village.
    pub village: &'a str,
    /// Supervising department.
    pub department: &'a str,
    /// Sector.
    pub sector: &'a str,
    /// Its hazards, in the order of the ledger.
    pub hazards: Vec<&'a Hazard>,
    /// Its checks, in the order of the run.
    pub checks: Vec<&'a Check>,
}

impl<'a> Subject<'a> {
    /// Its hazards that are open on the day of the run.
    pub fn open<'s>(&'s self, run: &'s Run) -> impl Iterator<Item = &'a Hazard> + 's {
        let is_open = |one: &&Hazard| one.state(run.as_of).is_some_and(|state| !state.closed());
        self.hazards.iter().copied().filter(is_open)
    }

    /// How many of the open ones are major.
    pub fn n_major(&self, run: &Run) -> usize {
        self.open(run).filter(|one| one.level == HazardLevel::Major).count()
    }

    /// How many of the open ones are overdue.
    pub fn n_overdue(&self, run: &Run) -> usize {
        self.open(run).filter(|one| one.state(run.as_of) == Some(HazardState::Overdue)).count()
    }

    /// What the texts of its sheet may hold.
    pub fn words(&self, run: &Run) -> Words {
        let undated = self.open(run).filter(|one| one.deadline.is_none()).count();
        let first = self.open(run).filter_map(|one| one.deadline).min();
        let mut deadlines = Vec::new();
        if let Some(first) = first {
            deadlines.push(format!("最早一项的整改期限为{}", wording::day(first)));
        }
        if undated > 0 {
            deadlines.push(format!("{undated}项的检查清单未注明整改期限,由检查人员在表内填写"));
        }
        let short_name = format!("{} {}", self.number, self.name).trim().to_owned();
        Words::from([
            ("name", self.name.to_owned()),
            ("short_name", short_name),
            ("code", self.code.to_owned()),
            ("village", self.village.to_owned()),
            ("department", self.department.to_owned()),
            ("own_open", self.open(run).count().to_string()),
            ("own_overdue", self.n_overdue(run).to_string()),
            ("own_major", self.n_major(run).to_string()),
            ("deadlines", deadlines.join(";")),
        ])
    }
}

/// The row of a sheet.
type RowAt = (SourceId, u16, u32);

/// All subjects of a run: the register in its order, then others by village and name.
pub(super) struct Subjects<'a> {
    /// They.
    pub all: Vec<Subject<'a>>,
    /// Failed answers by the row they stand in: check, and position of the answer.
    answers: BTreeMap<RowAt, (&'a Check, usize)>,
    run: &'a Run,
}

impl<'a> Subjects<'a> {
    /// Of a run.
    pub fn of(run: &'a Run) -> Self {
        let ids = (0..).map(EnterpriseId).zip(&run.register.enterprises);
        let mut all: Vec<Subject<'a>> = ids
            .map(|(id, enterprise)| Subject {
                enterprise: Some(id),
                number: &enterprise.number,
                name: &enterprise.name,
                code: &enterprise.code,
                village: &enterprise.village,
                department: &enterprise.department,
                sector: &enterprise.sector,
                hazards: Vec::new(),
                checks: Vec::new(),
            })
            .collect();
        let mut others: BTreeMap<(&'a str, &'a str), Subject<'a>> = BTreeMap::new();
        let other = |village: &'a str, name: &'a str| Subject {
            enterprise: None,
            number: "",
            name,
            code: "",
            village,
            department: "",
            sector: "",
            hazards: Vec::new(),
            checks: Vec::new(),
        };
        for hazard in &run.ledger.hazards {
            match hazard.enterprise.and_then(|id| all.get_mut(id.0 as usize)) {
                Some(subject) => subject.hazards.push(hazard),
                None => {
                    let village = run.ledger.village_name(&hazard.village);
                    let subject =
                        others.entry((village, &hazard.unit)).or_insert_with(|| other(village, &hazard.unit));
                    if subject.department.is_empty() {
                        (subject.department, subject.sector) = (&hazard.department, &hazard.sector);
                    }
                    subject.hazards.push(hazard);
                }
            }
        }
        let mut answers = BTreeMap::new();
        for check in &run.checks {
            // Villages and departments are assessed elsewhere.
            if check.subject.office.is_empty() {
                let known = check.subject.enterprise.and_then(|id| all.get_mut(id.0 as usize));
                known.into_iter().for_each(|subject| subject.checks.push(check));
            }
            for (position, answer) in check.subject.answers.iter().enumerate() {
                let at = check.subject.evidence.get(answer.evidence as usize);
                if let Some(at) =
                    at.filter(|_| answer.verdict.fails() || !answer.written().finding.is_empty())
                {
                    answers.entry(row_at(*at)).or_insert((check, position));
                }
            }
        }
        all.extend(others.into_values());
        Self { all, answers, run }
    }

    /// On which clause a hazard rests: that of the checklist's item where a check sheet found it; empty
    /// where no list says one.
    pub fn basis(&self, hazard: &Hazard) -> String {
        let entries = self.run.ledger.entries_of(hazard);
        let found = |entry: &HazardEntry| self.answers.get(&row_at(entry.at));
        let Some((check, answer)) = entries.filter_map(found).next() else { return String::new() };
        let manifest = &self.run.plugins[check.subject.plugin].manifest;
        let Some(item) = manifest.items.get(check.subject.answers[*answer].item as usize) else {
            return String::new();
        };
        let day = check.subject.date;
        let mut basis = vec![wording::basis(manifest, item, day)];
        if hazard.level == HazardLevel::Major {
            basis.push(wording::major_basis(manifest, item, day));
        }
        basis.retain(|text| !text.is_empty());
        format!("{}:{}", item.code, if basis.is_empty() { item.requirement.clone() } else { basis.join(";") })
    }
}

fn row_at(at: Provenance) -> RowAt {
    (at.source, at.sheet, at.cell.row0)
}
