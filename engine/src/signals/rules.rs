//! Thresholds of the signals: a file for each kind under `templates/signals/`, which a locality may set otherwise.
//! Looks at no row.

use std::collections::{BTreeMap, BTreeSet};

use include_dir::{Dir, include_dir};
use serde::Deserialize;

use crate::model::signal::ZeroStreak;
use crate::model::{HazardSource, ProblemCode};

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../templates/signals");

/// The kinds: name of the file, code of its problem, and the thresholds it must have.
const KINDS: [(&str, ProblemCode, &[&str]); 6] = [
    ("all-pass", ProblemCode::SignalAllPass, &["items", "sheets", "percent"]),
    ("copied-text", ProblemCode::SignalCopiedText, &["units", "days", "letters"]),
    ("many-places", ProblemCode::SignalManyPlaces, &["units_a_day", "units_an_hour", "minutes"]),
    ("self-found", ProblemCode::SignalSelfFound, &["official", "returns"]),
    ("shared-picture", ProblemCode::SignalSharedPicture, &["hazards"]),
    ("zero-streak", ProblemCode::ZeroStreak, &["months", "enterprises"]),
];

/// The rules of all signals.
#[derive(Debug, Clone)]
pub struct Rules(BTreeMap<&'static str, Rule>);

/// The rule of one kind.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) code: ProblemCode,
    /// Whose numbers they are.
    pub(super) basis: String,
    /// Lists that are looked at; empty: the kind does not ask.
    pub(super) sources: BTreeSet<HazardSource>,
    least: BTreeMap<String, u32>,
}

/// How sure a rule's numbers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Mark {
    C,
    S,
    M,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    schema: u32,
    mark: Mark,
    basis: String,
    #[serde(default)]
    sources: Vec<String>,
    least: BTreeMap<String, u32>,
}

impl Rule {
    /// A threshold, at least 1. The names were checked when the rule was read.
    pub(super) fn least(&self, name: &str) -> usize {
        self.least.get(name).map_or(usize::MAX, |least| usize::try_from(*least).unwrap_or(usize::MAX))
    }
}

impl Rules {
    /// The rules inside the program.
    pub fn built_in() -> Self {
        let mut rules = Self(BTreeMap::new());
        for file in BUILT_IN.files() {
            let id = file.path().file_stem().and_then(|stem| stem.to_str());
            if let (Some(id), Some(text)) = (id, file.contents_utf8()) {
                rules.set(id, text).expect("the built-in rules are valid: a test reads them");
            }
        }
        rules
    }

    /// Reads the rule of one kind, which takes the place of the one that is there.
    ///
    /// `id`: name of its file without ending. Errors: what is wrong with it.
    pub fn set(&mut self, id: &str, text: &str) -> Result<(), String> {
        let kind = KINDS.iter().find(|(known, ..)| *known == id);
        let (id, code, names) = kind.ok_or_else(|| {
            let known: Vec<_> = KINDS.iter().map(|(known, ..)| *known).collect();
            format!("expected one of {}, found {id:?}", known.join(", "))
        })?;
        let raw: Raw = toml::from_str(text).map_err(|wrong| wrong.to_string().trim_end().to_owned())?;
        if raw.schema != 1 {
            return Err(format!("expected schema 1, found {}", raw.schema));
        }
        for name in *names {
            let found = raw.least.get(*name).copied().unwrap_or(0);
            if !(1..=1_000_000).contains(&found) {
                return Err(format!("least.{name}: expected 1 to 1000000, found {found}"));
            }
        }
        if let Some(other) = raw.least.keys().find(|name| !names.contains(&name.as_str())) {
            return Err(format!("least.{other}: expected one of {}", names.join(", ")));
        }
        let mut sources = BTreeSet::new();
        for key in &raw.sources {
            let source = HazardSource::ALL.into_iter().find(|source| source.key() == key);
            sources.insert(source.ok_or_else(|| format!("sources: {key:?} is not known"))?);
        }
        let unsure = if raw.mark == Mark::M { "(未核实)" } else { "" };
        let basis = format!("{}{unsure}", raw.basis);
        self.0.insert(id, Rule { code: *code, basis, sources, least: raw.least });
        Ok(())
    }

    /// The rule of returns without a hazard, which the checks of returns ask.
    pub fn zero_streak(&self) -> ZeroStreak {
        let rule = self.of("zero-streak");
        ZeroStreak { months: rule.least("months"), enterprises: rule.least("enterprises") }
    }

    /// The rule of a kind. Every kind has one inside the program, and none is ever taken away.
    pub(super) fn of(&self, id: &str) -> &Rule {
        self.0.get(id).expect("every kind has a built-in rule: a test reads them")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_rule_and_a_wrong_one_is_refused() {
        let mut rules = Rules::built_in();
        assert_eq!(rules.0.len(), KINDS.len());
        let good = BUILT_IN.get_file("copied-text.toml").and_then(|file| file.contents_utf8());
        let good = good.expect("the rule of copied texts");
        rules.set("copied-text", good).expect("it is right");
        for (from, to, message) in [
            ("schema = 1", "schema = 2", "schema 1"),
            ("units = 3", "units = 0", "least.units"),
            ("units = 3", "unit = 3", "least.units"),
            ("letters = 6", "letters = 6\nwords = 2", "least.words"),
            ("\"office\"", "\"county\"", "county"),
            ("mark = \"S\"", "mark = \"Z\"", "mark"),
        ] {
            assert!(good.contains(from), "{from}");
            let wrong = rules.set("copied-text", &good.replace(from, to)).expect_err(to);
            assert!(wrong.contains(message), "{to}: {wrong}");
        }
        assert!(rules.set("guilt", good).is_err());
        rules.set("copied-text", &good.replace("\"S\"", "\"M\"")).expect("from memory is shown, not refused");
        assert!(rules.of("copied-text").basis.ends_with("(未核实)"));
    }
}
