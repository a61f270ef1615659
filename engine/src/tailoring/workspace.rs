//! The workspace file `anping.toml`: what an office would otherwise say at every run.
//! Reads no other file: paths in it are for `cli` to follow.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

/// What `anping init` writes, with comments.
pub const WORKSPACE: &str = include_str!("../../../templates/yearend/anping.toml");

/// A workspace file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Workspace {
    /// The unit that issues the reports; empty: as the register says.
    pub unit: String,
    /// The year that is assessed; none: the one that the sheets name, or that of the day.
    pub year: Option<i16>,
    /// Path of the register below the inbox; empty: wherever it is.
    pub register: String,
    /// Class of units by their number, over that of the organisation.
    pub classes: BTreeMap<String, String>,
    /// Paths of the tailoring files beside the workspace file, one layer over the other; empty: none.
    pub tailoring: Vec<String>,
    /// Names of the workbooks to write; empty: all.
    pub reports: Vec<String>,
    /// Signature line under the sheets; empty: as the templates have it.
    pub signature: String,
    /// Number of the form of the score sheets that go up, e.g. R6-b; empty: the default one.
    pub score_sheet: String,
    /// Number of the form of the report by sector that goes up, e.g. R1-2012; empty: the default one.
    pub sector_hazards: String,
    /// Columns of the reports that go up which stay empty where nobody gives their number: form and key.
    pub blank: Vec<String>,
}

/// What is wrong with a workspace file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkspaceFault(pub String);

impl fmt::Display for WorkspaceFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "anping.toml: {}", self.0)
    }
}

impl std::error::Error for WorkspaceFault {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    schema: u32,
    #[serde(default)]
    unit: String,
    year: Option<i16>,
    #[serde(default)]
    register: String,
    #[serde(default)]
    tailoring: OneOrMore,
    #[serde(default)]
    reports: Vec<String>,
    #[serde(default)]
    signature: String,
    #[serde(default)]
    score_sheet: String,
    #[serde(default)]
    sector_hazards: String,
    #[serde(default)]
    blank: Vec<String>,
    #[serde(default)]
    classes: BTreeMap<String, String>,
}

/// A path, or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl Default for OneOrMore {
    fn default() -> Self {
        Self::More(Vec::new())
    }
}

impl OneOrMore {
    fn read(self) -> Vec<String> {
        match self {
            Self::One(path) => vec![path].into_iter().filter(|path| !path.is_empty()).collect(),
            Self::More(paths) => paths,
        }
    }
}

impl Workspace {
    /// Reads a workspace file. Errors: TOML that is none, a key that is not known, a year beyond 1900 to 2100.
    pub fn read(text: &str) -> Result<Self, WorkspaceFault> {
        let raw: Raw =
            toml::from_str(text).map_err(|wrong| WorkspaceFault(wrong.to_string().trim_end().to_owned()))?;
        if raw.schema != 1 {
            return Err(WorkspaceFault(format!("schema 应为 1,现为 {}", raw.schema)));
        }
        if let Some(year) = raw.year.filter(|year| !(1900..=2100).contains(year)) {
            return Err(WorkspaceFault(format!("year 应为 1900 至 2100,现为 {year}")));
        }
        Ok(Self {
            unit: raw.unit,
            year: raw.year,
            register: raw.register,
            classes: raw.classes,
            tailoring: raw.tailoring.read(),
            reports: raw.reports,
            signature: raw.signature,
            score_sheet: raw.score_sheet,
            sector_hazards: raw.sector_hazards,
            blank: raw.blank,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_init_writes_is_read() {
        let read = Workspace::read(WORKSPACE).expect("the template is a workspace file");
        assert_eq!(read, Workspace { reports: Vec::new(), ..Workspace::default() });
    }

    #[test]
    fn one_layer_of_tailoring_or_several() {
        for (text, expected) in [
            ("tailoring = \"镇.toml\"", &["镇.toml"][..]),
            ("tailoring = [\"省.toml\", \"镇.toml\"]", &["省.toml", "镇.toml"]),
            ("tailoring = \"\"", &[]),
        ] {
            let read = Workspace::read(&format!("schema = 1\n{text}")).expect("a workspace file");
            assert_eq!(read.tailoring, expected, "{text}");
        }
    }

    #[test]
    fn unknown_keys_and_years_are_refused() {
        for text in ["schema = 2", "schema = 1\nyear = 20260", "schema = 1\nyaer = 2026", "schema = "] {
            assert!(Workspace::read(text).is_err(), "{text}");
        }
    }
}
