//! The reports that go up, cross-checked before they are written: a mismatch holds a report back, or an
//! explanation travels with it. Prints nothing.

use std::collections::BTreeMap;

use crate::checks::{self, Grade, Rules};
use crate::model::{Date, FigureGroup, Sources};
use crate::report::{self, Basis, Remarks, Written};

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
/// concerns, with what does not agree. `before`: reports of days before, as [`report::filed_before`] reads them;
/// of each the last one of the year that is before the day of the run is compared with the new one.
/// Errors: a workbook that the writer refuses.
pub fn upward<'a>(
    of: impl Into<Basis<'a>>,
    note: &str,
    before: &[(String, Date, FigureGroup)],
) -> Result<Upward, report::Error> {
    let basis = of.into();
    let run = basis.run;
    let rules = Rules::built_in();
    let prescribed = report::Prescribed::of(basis);
    let reports = prescribed.figures(&rules.wanted());
    let judged = judge(&rules, &reports, checks::statistics(run), before, (run.as_of, &run.sources));
    let explained = !note.trim().is_empty();
    let held: Vec<String> = if explained { Vec::new() } else { judged.lines.keys().cloned().collect() };
    let remarks = Remarks { lines: judged.lines, note: note.trim().to_owned() };
    let mut written = prescribed.workbooks(&remarks)?;
    written.retain(|(which, _)| !held.contains(which));
    Ok(Upward { written, held, mismatches: judged.mismatches })
}

/// What cross-checks say of reports.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// What does not agree, by the name of each report that it holds back.
    pub lines: BTreeMap<String, Vec<String>>,
    /// All of it, and what is only worth a look.
    pub mismatches: Vec<String>,
}

/// Judges reports against each other, against `more` figures, and against what was filed before the day; `before`
/// as of [`upward`].
pub(super) fn judge(
    rules: &Rules,
    reports: &[(String, FigureGroup)],
    more: Vec<FigureGroup>,
    before: &[(String, Date, FigureGroup)],
    (as_of, sources): (Date, &Sources),
) -> Judged {
    let mut groups: Vec<FigureGroup> = reports.iter().map(|(_, group)| group.clone()).collect();
    groups.extend(more);
    for (at, (which, _)) in reports.iter().enumerate() {
        let is_earlier = |(name, day, _): &&(String, Date, FigureGroup)| {
            name == which && day.year() == as_of.year() && *day < as_of
        };
        let last = before.iter().filter(is_earlier).max_by(|a, b| (a.1, &a.2.name).cmp(&(b.1, &b.2.name)));
        if let Some((_, _, group)) = last {
            groups[at].before = Some(groups.len());
            // Only what is filed now is judged: under its own form the old report would be, too.
            groups.push(FigureGroup { form: format!("{}-before", group.form), ..group.clone() });
        }
    }
    let mut judged = Judged::default();
    for finding in &checks::judge(rules, &groups) {
        let line = format!("校验 {}:{}", finding.rule, finding.sentence(sources));
        if finding.grade != Grade::Hint {
            for (which, group) in reports {
                let own = finding.group == group.name;
                let between = finding.forms.contains(&group.form) && finding.form != group.form;
                if own || between {
                    judged.lines.entry(which.clone()).or_default().push(line.clone());
                }
            }
        }
        judged.mismatches.push(line);
    }
    judged
}
