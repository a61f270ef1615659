//! From what a report was made, as it stands on its sheet 溯源: enough to make it again.

use sha2::{Digest as _, Sha256};

use super::{ORIGIN_COLUMN, TRACE};
use crate::model::{Date, Run, SheetCells};

/// From what a report was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Version of the program.
    pub program: String,
    /// The day of the assessment.
    pub as_of: Date,
    /// The unit that issued it.
    pub issuer: String,
    /// SHA-256 over paths and digests of all files that came in.
    pub inputs: String,
    /// SHA-256 over ids, versions and digests of all plugins.
    pub rules: String,
}

const LAYOUT: &str = "版式";
const PROGRAM: &str = "程序版本";
const AS_OF: &str = "截止日期";
const ISSUER: &str = "填报单位";
const INPUTS: &str = "输入摘要";
const RULES: &str = "规则摘要";
/// Why numbers do not agree, where somebody said so.
pub(in crate::report) const NOTE: &str = "差异说明";

impl Origin {
    /// Of a run.
    pub fn of(run: &Run) -> Self {
        let mut inputs = Sha256::new();
        for (_, source) in run.sources.came_in() {
            inputs.update(format!("{}\0{}\n", source.path, source.digest));
        }
        let mut rules = Sha256::new();
        for plugin in &run.plugins {
            rules.update(format!("{}\0{}\0{}\n", plugin.manifest.id, plugin.manifest.version, plugin.digest));
        }
        let digest = |of: Sha256| of.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Self {
            program: run.program.clone(),
            as_of: run.as_of,
            issuer: run.issuer.clone(),
            inputs: digest(inputs),
            rules: digest(rules),
        }
    }

    /// As names and values, with the layout of the report.
    pub fn named(&self, layout: &str) -> [(&'static str, String); 6] {
        [
            (LAYOUT, layout.to_owned()),
            (PROGRAM, self.program.clone()),
            (AS_OF, self.as_of.to_string()),
            (ISSUER, self.issuer.clone()),
            (INPUTS, self.inputs.clone()),
            (RULES, self.rules.clone()),
        ]
    }

    /// The explanation of what does not agree, as it stands on 溯源; empty where there is none.
    pub fn note(sheets: &[SheetCells]) -> String {
        let cells = sheets.iter().find(|(name, _)| name == TRACE).map_or(&[][..], |(_, cells)| cells);
        let named = cells.iter().find(|(at, text)| at.col0 == u32::from(ORIGIN_COLUMN) && text == NOTE);
        let beside = named.and_then(|(at, _)| {
            let is_beside =
                |other: &crate::model::CellRef| other.row0 == at.row0 && other.col0 == at.col0 + 1;
            cells.iter().find(|(other, _)| is_beside(other))
        });
        beside.map_or_else(String::new, |(_, text)| text.clone())
    }

    /// Reads layout and origin back from the cells of a report's workbook.
    ///
    /// Errors: `None` when there is no 溯源, or it lacks one of them.
    pub fn read(sheets: &[SheetCells]) -> Option<(String, Self)> {
        let (_, cells) = sheets.iter().find(|(name, _)| name == TRACE)?;
        let value = |name: &str| {
            let (at, _) =
                cells.iter().find(|(at, text)| at.col0 == u32::from(ORIGIN_COLUMN) && text == name)?;
            let beside = |(other, _): &&(crate::model::CellRef, String)| {
                other.row0 == at.row0 && other.col0 == at.col0 + 1
            };
            Some(cells.iter().find(beside).map_or_else(String::new, |(_, text)| text.clone()))
        };
        let origin = Self {
            program: value(PROGRAM)?,
            as_of: value(AS_OF)?.parse().ok()?,
            issuer: value(ISSUER)?,
            inputs: value(INPUTS)?,
            rules: value(RULES)?,
        };
        Some((value(LAYOUT)?, origin))
    }
}
