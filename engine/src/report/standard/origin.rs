//! From what a report was made, as it stands on its sheet 溯源: enough to make it again.

use sha2::{Digest as _, Sha256};

use super::{ORIGIN_COLUMN, TRACE};
use crate::model::rollup::Received;
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
/// In place of the rules' digest, where reports were added up.
const ADDED_UP: &str = "由下级报表汇总";
/// What does not agree, a line each, and why, where somebody said so.
pub(in crate::report) const MISMATCH: &str = "校验不符";
pub(in crate::report) const NOTE: &str = "差异说明";
/// What units below said of their numbers, and where; one level up and further.
pub(in crate::report) const BELOW: &str = "下级说明";
/// Digest of the rules of the year-end assessment, where the report was made with its results.
pub const YEAR_END_RULES: &str = "考核规则摘要";
/// Columns that the locality leaves empty instead of 0.
pub(in crate::report) const BLANK: &str = "留空栏目";

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
            // What a locality set otherwise are rules as well.
            for local in &plugin.local {
                rules.update(format!("{}\0{}\n", local.rule.key, local.rule.local));
            }
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

    /// Of reports that were added up from those of the units below: no rule judged anything.
    pub fn added_up(received: &Received) -> Self {
        let mut inputs = Sha256::new();
        for (_, source) in received.sources.came_in() {
            inputs.update(format!("{}\0{}\n", source.path, source.digest));
        }
        let inputs = inputs.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Self {
            program: received.program.clone(),
            as_of: received.as_of,
            issuer: received.issuer.clone(),
            inputs,
            rules: ADDED_UP.to_owned(),
        }
    }

    /// Whether it is that of a report that was added up from those of the units below.
    pub fn is_added_up(&self) -> bool {
        self.rules == ADDED_UP
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

    /// What does not agree and why, as it stands on 溯源: the mismatches in order, and the explanation; empty
    /// where there is none.
    pub fn remarks(sheets: &[SheetCells]) -> (Vec<String>, String) {
        let cells = sheets.iter().find(|(name, _)| name == TRACE).map_or(&[][..], |(_, cells)| cells);
        let column = |col0: u32| {
            let of_column = cells.iter().filter(move |(at, _)| at.col0 == col0);
            of_column.map(|(at, text)| (at.row0, text)).collect::<std::collections::BTreeMap<_, _>>()
        };
        let (names, values) = (column(ORIGIN_COLUMN.into()), column(u32::from(ORIGIN_COLUMN) + 1));
        let named = |wanted: &str| {
            let rows = names.iter().filter(|(_, name)| name.as_str() == wanted);
            rows.filter_map(|(row0, _)| Some((*values.get(row0)?).clone())).collect::<Vec<_>>()
        };
        (named(MISMATCH), named(NOTE).concat())
    }

    /// What 溯源 says under a name; empty where it does not say it.
    pub fn value_of(sheets: &[SheetCells], name: &str) -> String {
        let cells = sheets.iter().find(|(sheet, _)| sheet == TRACE).map_or(&[][..], |(_, cells)| cells);
        let first = cells.iter().find(|(_, text)| text == LAYOUT);
        let column = first.map_or(u32::from(ORIGIN_COLUMN), |(at, _)| at.col0);
        let Some((at, _)) = cells.iter().find(|(at, text)| at.col0 == column && text == name) else {
            return String::new();
        };
        let beside = cells.iter().find(|(other, _)| other.row0 == at.row0 && other.col0 == column + 1);
        beside.map_or_else(String::new, |(_, text)| text.clone())
    }

    /// Reads layout and origin back from the cells of a report's workbook.
    ///
    /// Errors: `None` when there is no 溯源, or it lacks one of them.
    pub fn read(sheets: &[SheetCells]) -> Option<(String, Self)> {
        let (_, cells) = sheets.iter().find(|(name, _)| name == TRACE)?;
        // A paper's 溯源 has them in its first columns.
        let (first, _) = cells.iter().find(|(_, text)| text == LAYOUT)?;
        let value = |name: &str| {
            let (at, _) = cells.iter().find(|(at, text)| at.col0 == first.col0 && text == name)?;
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
