//! Cross-checks within and between returns, reports and forms: rules that are data, judged over figures.
//! Knows no workbook and corrects nothing: whoever has figures brings them, whoever finds a mismatch tells it.
//!
//! A statement is judged where every figure that it needs is there and is a number. What is missing is no
//! mismatch: other problems tell of it.

mod expression;
mod rules;
mod statistics;

use std::collections::{BTreeMap, BTreeSet};

pub use expression::Expression;
use expression::{Scope, Worked, exact};
pub use rules::{Grade, Lines, Relation, Rule, Rules, Statement};
pub use statistics::statistics;

use crate::model::{
    Amount, Decimal, Figure, FigureGroup, FigureLine, Place, Problem, ProblemCode, Ratio, Sources, Spot,
};

/// Of how many cells a sentence names each.
const NAMED_CELLS: usize = 3;

/// One side of a mismatch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// What it is, in words.
    pub text: String,
    /// What it comes to.
    pub shown: String,
    /// Where its figures stand.
    pub spots: Vec<Spot>,
}

/// Two numbers that should agree and do not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's number, e.g. X1.
    pub rule: String,
    /// What it demands.
    pub title: String,
    /// How serious it is.
    pub grade: Grade,
    /// The return, report or form; empty for a check between several.
    pub group: String,
    /// Its form; empty for a check between several.
    pub form: String,
    /// All forms that it is about, and those that it holds back.
    pub forms: Vec<String>,
    /// The line; empty for a check between forms.
    pub line: String,
    /// What the left side should be to the right one, in words.
    pub should: &'static str,
    /// The left side.
    pub left: Side,
    /// The right side; empty where the left one alone is impossible.
    pub right: Side,
}

impl Finding {
    /// In one clause: both sides with their cells.
    pub fn sentence(&self, sources: &Sources) -> String {
        let cells = |side: &Side| places(&side.spots, sources, None);
        let line = if self.line.is_empty() { String::new() } else { format!("“{}”", self.line) };
        let (left, right) = (&self.left, &self.right);
        let group = &self.group;
        format!(
            "{group}{line}{} {}{} 应{}{} {}{}",
            left.text,
            left.shown,
            cells(left),
            self.should,
            right.text,
            right.shown,
            cells(right)
        )
        .trim()
        .to_owned()
    }

    /// As a problem at the left side's cell, or at the right side's where that has none.
    /// Errors: `None` when neither stands in a file that came in.
    pub fn problem(&self, sources: &Sources) -> Option<Problem> {
        let cell = |side: &Side| {
            side.spots.iter().find_map(|spot| match spot {
                Spot::Cell(at) => Some(*at),
                Spot::Named(_) => None,
            })
        };
        let own = cell(&self.left);
        let at = own.or_else(|| cell(&self.right))?;
        let code = match self.grade {
            Grade::Mandatory => ProblemCode::NumbersImpossible,
            Grade::Verify => ProblemCode::NumbersDisagree,
            Grade::Hint => ProblemCode::NumbersOdd,
        };
        let (stands, other) =
            if own.is_some() { (&self.left, &self.right) } else { (&self.right, &self.left) };
        let more: &[Spot] = if stands.spots.len() > 1 { &stands.spots } else { &[] };
        let expected = if own.is_some() {
            format!(
                "{}{} {}{}",
                self.should,
                other.text,
                other.shown,
                places(&other.spots, sources, Some(at))
            )
        } else {
            format!(
                "{} {}{}{}本数",
                other.text,
                other.shown,
                places(&other.spots, sources, Some(at)),
                self.should
            )
        };
        let line = if self.line.is_empty() { String::new() } else { format!(" “{}”行", self.line) };
        let cells = places(more, sources, Some(at));
        Some(
            Problem::new(code, at)
                .found(&stands.shown)
                .column(&stands.text)
                .arg(expected.trim())
                .note(format!("{}{line} {}{cells}", self.rule, self.title)),
        )
    }
}

/// The cells of a side between brackets: those on the sheet of `beside` by their address alone.
fn places(spots: &[Spot], sources: &Sources, beside: Option<crate::model::Provenance>) -> String {
    let shown = |spot: &Spot| match (spot, beside) {
        (Spot::Cell(at), Some(other)) if (at.source, at.sheet) == (other.source, other.sheet) => {
            at.cell.to_string()
        }
        (Spot::Cell(at), _) => sources.show(Place::from(*at)),
        (Spot::Named(name), _) => name.clone(),
    };
    match spots {
        [] => String::new(),
        few if few.len() <= NAMED_CELLS => {
            format!("({})", few.iter().map(shown).collect::<Vec<_>>().join("、"))
        }
        [first, .., last] => format!("({} 至 {},共 {} 处)", shown(first), shown(last), spots.len()),
        [_] => String::new(),
    }
}

/// Judges all rules.
///
/// Shape: by rule in the order of the data, by group, line and statement. A rule without `in` is judged once.
/// Time: near linear in lines; a sum is walked once for each statement that asks for its parts.
pub fn judge(rules: &Rules, groups: &[FigureGroup]) -> Vec<Finding> {
    let mut by_form = BTreeMap::new();
    for (at, group) in groups.iter().enumerate() {
        by_form.entry(group.form.as_str()).or_insert(at);
    }
    let mut findings = Vec::new();
    for rule in &rules.rules {
        if rule.forms.is_empty() {
            let scope = Scope { groups, by_form: &by_form, here: None, before: None };
            findings.extend(rule.says.iter().filter_map(|says| says.judge(rules, rule, &scope)));
            continue;
        }
        for group in groups.iter().filter(|group| rule.forms.contains(&group.form)) {
            let before = group.before.and_then(|at| groups.get(at));
            let earlier = before.map(|before| by_label(&before.lines)).unwrap_or_default();
            let own = before.map(|_| by_label(&group.lines)).unwrap_or_default();
            for line in group.lines.iter().filter(|line| rule.lines.take(line)) {
                let scope = Scope {
                    groups,
                    by_form: &by_form,
                    here: Some((group, line)),
                    before: own
                        .get(line.label.as_str())
                        .and_then(|_| earlier.get(line.label.as_str()).copied()),
                };
                findings.extend(rule.says.iter().filter_map(|says| says.judge(rules, rule, &scope)));
            }
        }
    }
    findings
}

/// Lines by label, those whose label no other line has: nobody can tell which of two is meant.
fn by_label(lines: &[FigureLine]) -> BTreeMap<&str, &FigureLine> {
    let mut by_label: BTreeMap<&str, Option<&FigureLine>> = BTreeMap::new();
    for line in lines {
        by_label.entry(&line.label).and_modify(|one| *one = None).or_insert(Some(line));
    }
    by_label.into_iter().filter_map(|(label, line)| Some((label, line?))).collect()
}

/// Codes that say of a number that it does not agree with others of its line.
const OF_NUMBERS: [ProblemCode; 6] = [
    ProblemCode::TotalMismatch,
    ProblemCode::FixedGtFound,
    ProblemCode::RateOver100,
    ProblemCode::RateMismatch,
    ProblemCode::CountMismatch,
    ProblemCode::DeptTotalMismatch,
];

/// The findings as problems at their cells, in order. One cause is one problem: a cell of which something is
/// wrong already is not told again, nor is a line one of whose numbers is known not to agree.
pub fn problems<'a>(
    findings: &[Finding],
    sources: &Sources,
    known: impl IntoIterator<Item = &'a Problem> + Clone,
) -> Vec<Problem> {
    let row = |at: &Place| at.cell.map(|cell| (at.source, at.sheet, cell.row0));
    let mut told: BTreeSet<Place> = known.clone().into_iter().map(|problem| problem.at).collect();
    let of_numbers = known.into_iter().filter(|problem| OF_NUMBERS.contains(&problem.code));
    let rows: BTreeSet<_> = of_numbers.filter_map(|problem| row(&problem.at)).collect();
    let problems = findings.iter().filter_map(|finding| finding.problem(sources));
    problems
        .filter(|one| row(&one.at).is_none_or(|row| !rows.contains(&row)) && told.insert(one.at))
        .collect()
}

impl Statement {
    /// The mismatch, where there is one.
    fn judge(&self, rules: &Rules, rule: &Rule, scope: &Scope<'_>) -> Option<Finding> {
        let title = |key: &str| {
            let own = scope.here.and_then(|(group, _)| group.titles.get(key));
            let known = own.or_else(|| rules.names.get(key));
            known.map_or_else(|| key.to_owned(), Clone::clone)
        };
        let (left, right) = match self.relation {
            Relation::Among => return self.among(rule, scope, &title),
            Relation::IsCount => {
                let left = self.left.work_out(scope)?;
                if whole(left.value?)? {
                    return None;
                }
                (left, None)
            }
            _ => (self.left.work_out(scope)?, self.right.as_ref().map(|right| right.work_out(scope))),
        };
        let right = match right {
            Some(right) => Some(right?),
            None => None,
        };
        if let Some(right) = &right
            && self.holds(&left, right, rule.tolerance)?
        {
            return None;
        }
        let right = right.map_or_else(
            || Side { text: String::new(), shown: String::new(), spots: Vec::new() },
            |worked| {
                let as_printed = (self.relation == Relation::Prints).then_some(left.digits.unwrap_or(2));
                side(
                    self.right.as_ref().map_or_else(String::new, |one| one.shown(&title)),
                    worked,
                    as_printed,
                )
            },
        );
        Some(self.finding(rule, scope, side(self.left.shown(&title), left, None), right))
    }

    /// Whether it holds. Errors: `None` where that cannot be said exactly.
    fn holds(&self, left: &Worked, right: &Worked, tolerance: Decimal) -> Option<bool> {
        let slack = exact(tolerance)?;
        match self.relation {
            Relation::AtMost => right.value?.plus(slack)?.at_least(left.value?),
            Relation::AtLeast => left.value?.plus(slack)?.at_least(right.value?),
            Relation::Equal => {
                let one = right.value?.plus(slack)?.at_least(left.value?)?;
                Some(one && left.value?.plus(slack)?.at_least(right.value?)?)
            }
            Relation::Prints => match (left.value, right.value) {
                (None, None) => Some(true),
                (Some(printed), Some(worked)) => {
                    let digits = u8::try_from(left.digits?).ok()?;
                    Some(printed.compare(rounded(worked, digits)?)? == std::cmp::Ordering::Equal)
                }
                _ => Some(false),
            },
            Relation::CountedOf => {
                let (printed, of) = (left.value?, right.value?);
                if !whole(of)? || of == Ratio::whole(0) {
                    return None;
                }
                some_count_prints(printed, left.digits?, of)
            }
            Relation::Among | Relation::IsCount => None,
        }
    }

    /// A rate of a whole lies between the lowest and the highest of its parts.
    fn among(&self, rule: &Rule, scope: &Scope<'_>, title: &dyn Fn(&str) -> String) -> Option<Finding> {
        let left = self.left.work_out(scope)?;
        let (value, digits) = (left.value?, left.digits?);
        let Some(Expression::Parts(key)) = &self.right else { return None };
        let mut range: Option<[(Ratio, u32, &Figure); 2]> = None;
        for figure in scope.parts(key)? {
            let percent = match &figure.amount {
                Amount::Rate(percent) => *percent,
                // A part without a denominator has no share in the whole.
                Amount::NoRate => continue,
                Amount::Number(_) | Amount::Text(_) => return None,
            };
            let one = (exact(percent)?, percent.scale(), figure);
            range = Some(match range {
                None => [one, one],
                Some([low, high]) => [
                    if low.0.at_least(one.0)? { one } else { low },
                    if one.0.at_least(high.0)? { one } else { high },
                ],
            });
        }
        let [low, high] = range?;
        // Rounding keeps the order, so with as many digits there is nothing to allow for.
        let slack = |of: u32| {
            if of == digits { Some(Ratio::whole(0)) } else { half_unit(of)?.plus(half_unit(digits)?) }
        };
        let above = value.plus(slack(low.1)?)?.at_least(low.0)?;
        let below = high.0.plus(slack(high.1)?)?.at_least(value)?;
        if above && below {
            return None;
        }
        let shown = |one: &(Ratio, u32, &Figure)| format!("{}%", decimal(one.0, Some(one.1)));
        let right = Side {
            text: format!("各行{}", title(key)),
            shown: format!("{}—{}", shown(&low), shown(&high)),
            spots: vec![low.2.spot.clone(), high.2.spot.clone()],
        };
        Some(self.finding(rule, scope, side(self.left.shown(title), left, None), right))
    }

    /// The forms of a mismatch: that of the line, those that are named, those that the rule holds back.
    fn forms(&self, rule: &Rule, group: Option<&FigureGroup>) -> Vec<String> {
        let mut keys = BTreeSet::new();
        self.left.keys(&mut keys);
        if let Some(right) = &self.right {
            right.keys(&mut keys);
        }
        let named = keys.into_iter().map(|(form, _)| form).filter(|form| !form.is_empty());
        let own = group.map(|group| group.form.clone());
        let forms: BTreeSet<String> = named.chain(own).chain(rule.holds.iter().cloned()).collect();
        forms.into_iter().collect()
    }

    fn finding(&self, rule: &Rule, scope: &Scope<'_>, left: Side, right: Side) -> Finding {
        let (group, line) = scope.here.unzip();
        Finding {
            rule: rule.id.clone(),
            title: rule.title.clone(),
            grade: rule.grade,
            group: group.map_or_else(String::new, |group| group.name.clone()),
            form: group.map_or_else(String::new, |group| group.form.clone()),
            forms: self.forms(rule, group),
            line: line.map_or_else(String::new, |line| line.label.clone()),
            should: self.relation.should(),
            left,
            right,
        }
    }
}

/// A side as a sentence shows it; `as_printed`: a rate that should stand printed with so many digits.
fn side(text: String, worked: Worked, as_printed: Option<u32>) -> Side {
    let digits = worked.digits.or(as_printed);
    let shown = match worked.value {
        None => "/".to_owned(),
        Some(value) => {
            let percent = if digits.is_some() { "%" } else { "" };
            format!("{}{percent}", decimal(value, digits))
        }
    };
    Side { text, shown, spots: worked.spots }
}

/// A value with so many digits, half-up; without: as many as it needs, at most nine.
fn decimal(value: Ratio, digits: Option<u32>) -> String {
    let wanted = digits.and_then(|digits| u8::try_from(digits).ok()).unwrap_or(9);
    value.rounded(wanted).map_or_else(
        || "过大".to_owned(),
        |rounded| {
            let shown = rounded.to_string();
            match digits {
                Some(_) => shown,
                None if shown.contains('.') => shown.trim_end_matches('0').trim_end_matches('.').to_owned(),
                None => shown,
            }
        },
    )
}

/// Half-up to so many digits. Errors: `None` where it does not fit.
fn rounded(value: Ratio, digits: u8) -> Option<Ratio> {
    let rounded = value.rounded(digits)?;
    Ratio::new(rounded.mantissa.into(), 10_i128.checked_pow(rounded.scale.into())?)
}

/// Half of the last digit's unit.
fn half_unit(digits: u32) -> Option<Ratio> {
    Ratio::new(1, 10_i128.checked_pow(digits)?.checked_mul(2)?)
}

/// Whether it is a count: 0, 1, 2 …
fn whole(value: Ratio) -> Option<bool> {
    let is_whole = value.compare(Ratio::whole(value.ceiling()))? == std::cmp::Ordering::Equal;
    Some(is_whole && value.at_least(Ratio::whole(0))?)
}

/// Whether some whole number of `of`, none above it, prints as this percentage with these digits, half-up.
fn some_count_prints(printed: Ratio, digits: u32, of: Ratio) -> Option<bool> {
    if !Ratio::whole(100).at_least(printed)? || !printed.at_least(Ratio::whole(0))? {
        return Some(false);
    }
    let half = half_unit(digits)?;
    // The least count whose share is not below what prints so; it must be below what prints higher.
    let least = printed.plus(half.times(Ratio::whole(-1))?)?.times(of)?.over(Ratio::whole(100))?;
    let count = Ratio::whole(least.ceiling().max(0));
    let share = count.times(Ratio::whole(100))?.over(of)?;
    Some(!share.at_least(printed.plus(half)?)?)
}

#[cfg(test)]
mod tests;
