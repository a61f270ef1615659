//! Reports of the year-end assessment: the result workbook, what is put up for the public, what an
//! objection changed, and the sealed record. Decides nothing: scores and ranks come as they are.

pub mod explain;
pub mod record;
mod seal;
mod sheets;

pub use seal::{Sealed, digest, seal};

use std::collections::BTreeSet;

use super::template::{Per, Words};
use super::{Error, Templates, Written, free_name, words};
use crate::model::yearend::{Flip, Step, UnitResult};
use crate::model::{Run, YearEndRules};

/// All that the reports of a year-end assessment are made from.
#[derive(Debug, Clone, Copy)]
pub struct Publication<'a> {
    /// The run, with what is known of the units.
    pub run: &'a Run,
    /// The rules.
    pub rules: &'a YearEndRules,
    /// The first result, one for each unit.
    pub first: &'a [UnitResult],
    /// The result with objections.
    pub after: &'a [UnitResult],
    /// What would help each unit.
    pub steps: &'a [Step],
    /// What would help each enterprise.
    pub enterprise_steps: &'a [Step],
    /// Units whose grade flips under other rules; none: nothing was compared.
    pub flips: Option<&'a [Flip]>,
    /// Signature line; empty: as the templates have it.
    pub signature: &'a str,
    /// Names of the workbooks that are wanted, without extension; empty: all.
    pub wanted: &'a [String],
}

/// The names under which a workspace file can ask for workbooks, in the order of the templates.
pub fn names(templates: &Templates) -> Vec<String> {
    let reports = templates.reports.iter().filter(|report| report.per == Per::YearEnd);
    reports.map(|report| report.file.fill(&Words::new()).trim_end_matches(".xlsx").to_owned()).collect()
}

/// Makes the workbooks of the year-end assessment and the sealed record.
///
/// Shape: one workbook for each template of the year-end assessment, in the order of their names;
/// the sealed record last.
/// Errors: a workbook that the writer refuses.
pub fn make(publication: &Publication<'_>, templates: &Templates) -> Result<Vec<Written>, Error> {
    let sealed = seal(publication).map_err(Error::Results)?;
    let words = sheets::words(publication, &sealed, words(publication.run));
    let mut taken = BTreeSet::new();
    let mut written = Vec::new();
    for report in templates.reports.iter().filter(|report| report.per == Per::YearEnd) {
        let file = report.file.fill(&words);
        let stem = file.trim_end_matches(".xlsx");
        if !publication.wanted.is_empty() && !publication.wanted.iter().any(|wanted| wanted == stem) {
            continue;
        }
        let made = sheets::make(publication, report, &words, &sealed)
            .map_err(|source| Error::Workbook { report: report.name.clone(), source })?;
        if let Some(bytes) = made {
            written.push(Written { name: free_name(&file, "", &mut taken), bytes });
        }
    }
    written.push(Written { name: free_name(seal::FILE, "", &mut taken), bytes: sealed.text.clone() });
    Ok(written)
}
