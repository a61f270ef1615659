//! The rules of cross-checks: `templates/checks/*.toml`, read and checked.
//! Knows no figures.

use std::collections::{BTreeMap, BTreeSet};

use include_dir::{Dir, include_dir};
use serde::Deserialize;

use super::expression::Expression;
use crate::model::{Decimal, FigureLine};

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../templates/checks");

/// How serious a mismatch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grade {
    /// 强制: it cannot be; a return goes back, a report is not written without an explanation.
    Mandatory,
    /// 核实: an explanation is required.
    Verify,
    /// 提示: told only.
    Hint,
}

/// Which lines of a form are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lines {
    /// All.
    #[default]
    All,
    /// Those that are no sums.
    Leaves,
    /// Subtotals and totals.
    Sums,
}

impl Lines {
    pub(super) fn take(self, line: &FigureLine) -> bool {
        match self {
            Self::All => true,
            Self::Leaves => !line.is_sum,
            Self::Sums => line.is_sum,
        }
    }
}

/// What the left side should be to the right one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// `<=`
    AtMost,
    /// `>=`
    AtLeast,
    /// `=`
    Equal,
    /// `prints`: a printed rate is the right side, rounded half-up to the digits that are printed; `/` where the
    /// right side has no denominator.
    Prints,
    /// `among parts(…)`: between the lowest and the highest rate of the parts.
    Among,
    /// `counted of`: some whole number of the right side prints as this rate.
    CountedOf,
    /// `is a count`: a whole number, not below 0. Has no right side.
    IsCount,
}

/// Marks of the relations; the longer before those that they begin with.
const RELATIONS: [(&str, Relation); 7] = [
    (" <= ", Relation::AtMost),
    (" >= ", Relation::AtLeast),
    (" = ", Relation::Equal),
    (" prints ", Relation::Prints),
    (" among ", Relation::Among),
    (" counted of ", Relation::CountedOf),
    (" is a count", Relation::IsCount),
];

impl Relation {
    /// In a reader's words, after 应.
    pub const fn should(self) -> &'static str {
        match self {
            Self::AtMost => "不大于",
            Self::AtLeast => "不小于",
            Self::Equal | Self::Prints => "等于",
            Self::Among => "介于",
            Self::CountedOf => "能由整数算出,分母为",
            Self::IsCount => "为不小于0的整数",
        }
    }
}

/// Left side, relation, right side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The left side.
    pub left: Expression,
    /// The relation.
    pub relation: Relation,
    /// The right side; none for `is a count`.
    pub right: Option<Expression>,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its number; several rules may share one.
    pub id: String,
    /// What it demands.
    pub title: String,
    /// The forms whose lines are judged; none: judged once, between forms.
    pub forms: Vec<String>,
    /// Which lines.
    pub lines: Lines,
    /// What must hold; each of them.
    pub says: Vec<Statement>,
    /// By how much sides may differ.
    pub tolerance: Decimal,
    /// How serious a mismatch is.
    pub grade: Grade,
    /// Forms that a mismatch holds back beside those that the rule names.
    pub holds: Vec<String>,
    /// What no form of the program has yet, so that the rule speaks of forms that a locality brings; empty:
    /// nothing.
    pub awaits: String,
    /// Where the rule comes from, with how sure that is: C, S or M.
    pub source: String,
}

/// Rules, and names for what they compare.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// In the order of the data.
    pub rules: Vec<Rule>,
    /// What a reader sees, by key or form, where the figures bring no heading.
    pub names: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(default)]
    names: BTreeMap<String, String>,
    #[serde(default)]
    check: Vec<RawRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    id: String,
    title: String,
    #[serde(default, rename = "in")]
    forms: Vec<String>,
    #[serde(default)]
    lines: Lines,
    says: Vec<String>,
    #[serde(default)]
    tolerance: Option<String>,
    severity: Grade,
    #[serde(default)]
    holds: Vec<String>,
    #[serde(default)]
    awaits: String,
    source: String,
}

impl Rules {
    /// The rules that come with the program, files in the order of their names.
    pub fn built_in() -> Self {
        let mut files: Vec<_> = BUILT_IN
            .files()
            .filter(|file| file.path().extension().is_some_and(|extension| extension == "toml"))
            .collect();
        files.sort_by_key(|file| file.path());
        let mut rules = Self::default();
        for file in files {
            let own = Self::read(file.contents_utf8().unwrap_or_default());
            let own = own.expect("a test reads the built-in checks");
            rules.rules.extend(own.rules);
            rules.names.extend(own.names);
        }
        rules
    }

    /// Reads rules.
    ///
    /// Errors: every fault, with the rule it stands in.
    pub fn read(text: &str) -> Result<Self, Vec<String>> {
        let raw: Raw = toml::from_str(text).map_err(|wrong| vec![wrong.to_string().trim_end().to_owned()])?;
        let mut faults = Vec::new();
        let mut rules = Vec::new();
        for rule in raw.check {
            let mut fault = |what: String| faults.push(format!("{}: {what}", rule.id));
            if !rule.source.starts_with(['C', 'S', 'M']) {
                fault(format!("source: expected a mark C, S or M first, found {:?}", rule.source));
            }
            if rule.says.is_empty() {
                fault("says: expected a statement".to_owned());
            }
            let tolerance = rule.tolerance.as_deref().unwrap_or("0");
            let tolerance = match Decimal::from_str_exact(tolerance) {
                Ok(tolerance) if !tolerance.is_sign_negative() || tolerance.is_zero() => tolerance,
                _ => {
                    fault(format!("tolerance: expected a number from 0, found {tolerance:?}"));
                    Decimal::ZERO
                }
            };
            let mut says = Vec::new();
            for text in &rule.says {
                match statement(text) {
                    Ok(statement) => says.push(statement),
                    Err(wrong) => fault(format!("says {text:?}: {wrong}")),
                }
            }
            rules.push(Rule {
                id: rule.id,
                title: rule.title,
                forms: rule.forms,
                lines: rule.lines,
                says,
                tolerance,
                grade: rule.severity,
                holds: rule.holds,
                awaits: rule.awaits,
                source: rule.source,
            });
        }
        if faults.is_empty() { Ok(Self { rules, names: raw.names }) } else { Err(faults) }
    }

    /// The figures that the rules want, by form and key; the empty key stands for the form itself.
    pub fn wanted(&self) -> BTreeSet<(String, String)> {
        let mut wanted = BTreeSet::new();
        for rule in &self.rules {
            wanted.extend(rule.forms.iter().map(|form| (form.clone(), String::new())));
            for (form, key) in rule.keys() {
                if form.is_empty() {
                    wanted.extend(rule.forms.iter().map(|form| (form.clone(), key.clone())));
                } else {
                    wanted.insert((form, key));
                }
            }
        }
        wanted
    }

    /// The forms whose figures the rules want.
    pub fn forms(&self) -> BTreeSet<&str> {
        self.rules.iter().flat_map(|rule| &rule.forms).map(String::as_str).collect()
    }
}

impl Rule {
    /// What its statements ask for: form and key; the form is empty for that of the line that is judged.
    pub fn keys(&self) -> BTreeSet<(String, String)> {
        let mut keys = BTreeSet::new();
        for says in &self.says {
            says.left.keys(&mut keys);
            if let Some(right) = &says.right {
                right.keys(&mut keys);
            }
        }
        keys
    }
}

fn statement(text: &str) -> Result<Statement, String> {
    // Quotes hold texts to compare with; a filter within brackets has its own `=`.
    let first = RELATIONS
        .iter()
        .filter_map(|(mark, relation)| Some((outside(text, mark)?, *mark, *relation)))
        .min_by_key(|(at, ..)| *at);
    let Some((at, mark, relation)) = first else {
        return Err("expected a relation: <=, >=, =, prints, among, counted of, is a count".to_owned());
    };
    let left = Expression::read(&text[..at])?;
    let rest = &text[at + mark.len()..];
    let right = match relation {
        Relation::IsCount if rest.trim().is_empty() => None,
        Relation::IsCount => return Err("nothing stands after \"is a count\"".to_owned()),
        _ => Some(Expression::read(rest)?),
    };
    if relation == Relation::Among && !matches!(right, Some(Expression::Parts(_))) {
        return Err("among wants parts(…)".to_owned());
    }
    Ok(Statement { left, relation, right })
}

/// Where a mark stands first outside brackets.
fn outside(text: &str, mark: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, char) in text.char_indices() {
        match char {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && text[at..].starts_with(mark) {
            return Some(at);
        }
    }
    None
}
