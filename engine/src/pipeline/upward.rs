//! The reports that go up, cross-checked before they are written: a mismatch holds a report back, or an
//! explanation travels with it. Prints nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::checks::{self, Finding, Grade, Rules};
use crate::model::{FigureGroup, Run};
use crate::report::{self, Remarks, Written};

/// What came out.
#[derive(Debug, Default)]
pub struct Upward {
    /// The reports that may go up: what they are, and their files.
    pub written: Vec<(String, Written)>,
    /// What those are that are held back, because numbers do not agree and nobody has explained why.
    pub held: Vec<String>,
    /// What does not agree, or is worth a look; each a clause that begins with the rule's number.
    pub mismatches: Vec<String>,
}

/// Makes the prescribed reports of a run, checked against each other and against the run's own statistics.
///
/// `note`: why numbers do not agree; empty: nobody says. It is printed below each report that a mismatch
/// concerns, with what does not agree. `extra` figures are judged with the rest: of a test, or of a period before.
/// Errors: a workbook that the writer refuses.
pub fn upward(run: &Run, note: &str, extra: Vec<FigureGroup>) -> Result<Upward, report::Error> {
    let rules = Rules::built_in();
    let reports = report::prescribed_figures(run, &rules.wanted());
    let mut groups: Vec<FigureGroup> = extra;
    groups.extend(reports.iter().map(|(_, group)| group.clone()));
    groups.extend(checks::statistics(run));
    let findings = checks::judge(&rules, &groups);
    // What is not about a report is told where it stands, in the return.
    let forms: BTreeSet<&str> = reports.iter().map(|(_, group)| group.form.as_str()).collect();
    let findings: Vec<&Finding> =
        findings.iter().filter(|one| one.forms.iter().any(|form| forms.contains(form.as_str()))).collect();
    let mut lines: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut mismatches = Vec::new();
    for finding in findings {
        let line = format!("校验 {}:{}", finding.rule, finding.sentence(&run.sources));
        if finding.grade != Grade::Hint {
            for (which, group) in &reports {
                let own = finding.group == group.name;
                let between = finding.forms.contains(&group.form) && finding.form != group.form;
                if own || between {
                    lines.entry(which.clone()).or_default().push(line.clone());
                }
            }
        }
        mismatches.push(line);
    }
    let explained = !note.trim().is_empty();
    let held: Vec<String> = if explained { Vec::new() } else { lines.keys().cloned().collect() };
    let remarks = Remarks { lines, note: note.trim().to_owned() };
    let mut written = report::prescribed_with(run, &remarks)?;
    written.retain(|(which, _)| !held.contains(which));
    Ok(Upward { written, held, mismatches })
}
