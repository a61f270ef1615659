//! What the sides of a check are: sums and rates of named figures, read from text and worked out exactly.
//! Knows no rule and no relation.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Amount, Decimal, Figure, FigureGroup, FigureLine, Ratio, Spot};

/// How deep an expression may be nested: nobody writes more, and the reader calls itself.
const MAX_DEPTH: usize = 8;

/// One side of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// A number.
    Number(Decimal),
    /// `key`: the figure of the line that is judged.
    Here(String),
    /// `R1.key`: of the total of that form.
    Total(String, String),
    /// `R1["label"].key`: of a line of that form.
    Line(String, String, String),
    /// `parts(key)`: the figures of the lines that the line adds up; where a number is wanted, their sum.
    Parts(String),
    /// `sum(R2, key)`: of all lines that are no sums, of all of that form.
    Over(String, String),
    /// `before(key)`: the figure of the same line one period before.
    Before(String),
    /// `pct(a, b)`: a in a hundred of b.
    Percent(Box<Self>, Box<Self>),
    /// `a - b + c`; `false` takes the term off.
    Sum(Vec<(bool, Self)>),
    /// `count(R5a)`: lines of a form that are no sums; `count(R5a, closed = "")`: those with this text.
    Count(String, Option<(String, String)>),
    /// `or0(a)`: the same, or 0 where there is no such line or it is empty.
    OrZero(Box<Self>),
}

/// What an expression comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Worked {
    /// The value; none: a rate whose denominator is 0.
    pub value: Option<Ratio>,
    /// Of a rate that stands printed: its digits.
    pub digits: Option<u32>,
    /// Where it comes from, in order.
    pub spots: Vec<Spot>,
}

/// What an expression is worked out over.
pub(super) struct Scope<'g> {
    /// All groups.
    pub groups: &'g [FigureGroup],
    /// The groups by form; the first of each.
    pub by_form: &'g BTreeMap<&'g str, usize>,
    /// Group and line that are judged; none for a check between forms.
    pub here: Option<(&'g FigureGroup, &'g FigureLine)>,
    /// The same line one period before.
    pub before: Option<&'g FigureLine>,
}

impl Expression {
    /// Reads an expression. Errors: what cannot be read.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        sum(text.trim(), 0)
    }

    /// Works it out. Errors: `None` where something it needs is missing, is no number, or is too large to
    /// be exact: nothing can be said then.
    pub(super) fn work_out(&self, scope: &Scope<'_>) -> Option<Worked> {
        let one = |figure: &Figure| {
            let (value, digits) = match &figure.amount {
                Amount::Number(number) => (Some(exact(*number)?), None),
                Amount::Rate(percent) => (Some(exact(*percent)?), Some(percent.scale())),
                Amount::NoRate => (None, None),
                Amount::Text(_) => return None,
            };
            Some(Worked { value, digits, spots: vec![figure.spot.clone()] })
        };
        match self {
            Self::Number(number) => {
                Some(Worked { value: Some(exact(*number)?), digits: None, spots: Vec::new() })
            }
            Self::Here(key) => one(scope.here?.1.figures.get(key)?),
            Self::Before(key) => one(scope.before?.figures.get(key)?),
            Self::Total(form, key) => one(scope.form(form)?.total()?.figures.get(key)?),
            Self::Line(form, label, key) => {
                let line = scope.form(form)?.lines.iter().find(|line| line.label == *label)?;
                one(line.figures.get(key)?)
            }
            Self::Parts(key) => {
                let figures = scope.parts(key)?;
                let mut sum = Ratio::whole(0);
                let mut spots = Vec::with_capacity(figures.len());
                for figure in figures {
                    let Amount::Number(number) = &figure.amount else { return None };
                    sum = sum.plus(exact(*number)?)?;
                    spots.push(figure.spot.clone());
                }
                Some(Worked { value: Some(sum), digits: None, spots })
            }
            Self::Over(form, key) => {
                let mut sum: Option<Ratio> = None;
                let mut spots = Vec::new();
                for line in
                    scope.groups.iter().filter(|group| group.form == *form).flat_map(|group| &group.lines)
                {
                    if line.is_sum {
                        continue;
                    }
                    let figure = line.figures.get(key)?;
                    let Amount::Number(number) = &figure.amount else { return None };
                    let known = sum.unwrap_or(Ratio::whole(0));
                    sum = Some(known.plus(exact(*number)?)?);
                    spots.push(figure.spot.clone());
                }
                Some(Worked { value: Some(sum?), digits: None, spots })
            }
            Self::Percent(part, whole) => {
                let (part, whole) = (part.work_out(scope)?, whole.work_out(scope)?);
                let value = match (part.value?, whole.value?) {
                    (_, whole) if whole == Ratio::whole(0) => None,
                    (part, whole) => Some(part.over(whole)?.times(Ratio::whole(100))?),
                };
                Some(Worked { value, digits: None, spots: [part.spots, whole.spots].concat() })
            }
            Self::Sum(terms) => {
                let mut sum = Ratio::whole(0);
                let mut spots = Vec::new();
                for (sign, term) in terms {
                    let term = term.work_out(scope)?;
                    let value = term.value?;
                    let value = if *sign { value } else { value.times(Ratio::whole(-1))? };
                    sum = sum.plus(value)?;
                    spots.extend(term.spots);
                }
                Some(Worked { value: Some(sum), digits: None, spots })
            }
            Self::Count(form, filter) => {
                let group = scope.form(form)?;
                let counted = group.lines.iter().filter(|line| !line.is_sum).filter(|line| {
                    filter.as_ref().is_none_or(|(key, text)| match line.figures.get(key) {
                        Some(Figure { amount: Amount::Text(found), .. }) => found == text,
                        Some(_) => false,
                        None => text.is_empty(),
                    })
                });
                let n = i128::try_from(counted.count()).ok()?;
                let spots = vec![Spot::Named(group.name.clone())];
                Some(Worked { value: Some(Ratio::whole(n)), digits: None, spots })
            }
            Self::OrZero(of) => {
                Some(of.work_out(scope).filter(|worked| worked.value.is_some()).unwrap_or(Worked {
                    value: Some(Ratio::whole(0)),
                    digits: None,
                    spots: Vec::new(),
                }))
            }
        }
    }

    /// In a reader's words; `title` gives those of a key.
    pub(super) fn shown(&self, title: &dyn Fn(&str) -> String) -> String {
        match self {
            Self::Number(number) => number.normalize().to_string(),
            Self::Here(key) => title(key),
            Self::Total(form, key) => format!("{}的{}", title(form), title(key)),
            Self::Line(form, label, key) => format!("{}“{label}”的{}", title(form), title(key)),
            Self::Parts(key) => format!("各行{}之和", title(key)),
            Self::Over(form, key) => format!("各{}{}之和", title(form), title(key)),
            Self::Before(key) => format!("上期{}", title(key)),
            Self::Percent(part, whole) => format!("{}÷{}×100%", part.shown(title), whole.shown(title)),
            Self::Sum(terms) => {
                let mut shown = String::new();
                for (nth, (sign, term)) in terms.iter().enumerate() {
                    if nth > 0 || !sign {
                        shown.push(if *sign { '+' } else { '−' });
                    }
                    shown.push_str(&term.shown(title));
                }
                shown
            }
            Self::Count(form, None) => format!("{}的行数", title(form)),
            Self::Count(form, Some((key, text))) if text.is_empty() => {
                format!("{}“{}”为空的行数", title(form), title(key))
            }
            Self::Count(form, Some((key, text))) => {
                format!("{}“{}”为“{text}”的行数", title(form), title(key))
            }
            Self::OrZero(of) => of.shown(title),
        }
    }

    /// The keys that it asks of the line that is judged, and of forms: form (empty for the own) and key.
    pub(super) fn keys(&self, keys: &mut BTreeSet<(String, String)>) {
        let mut put = |form: &str, key: &str| keys.insert((form.to_owned(), key.to_owned()));
        match self {
            Self::Number(_) => {}
            Self::Here(key) | Self::Parts(key) | Self::Before(key) => {
                put("", key);
            }
            Self::Total(form, key)
            | Self::Line(form, _, key)
            | Self::Over(form, key)
            | Self::Count(form, Some((key, _))) => {
                put(form, key);
            }
            Self::Count(form, None) => {
                put(form, "");
            }
            Self::Percent(part, whole) => {
                part.keys(keys);
                whole.keys(keys);
            }
            Self::Sum(terms) => terms.iter().for_each(|(_, term)| term.keys(keys)),
            Self::OrZero(of) => of.keys(keys),
        }
    }
}

impl<'g> Scope<'g> {
    fn form(&self, form: &str) -> Option<&'g FigureGroup> {
        self.groups.get(*self.by_form.get(form)?)
    }

    /// The figures of the lines that the judged one adds up. Errors: `None` where one of them lacks it.
    pub(super) fn parts(&self, key: &str) -> Option<Vec<&'g Figure>> {
        let (group, line) = self.here?;
        if line.parts.is_empty() {
            return None;
        }
        line.parts.iter().map(|at| group.lines.get(*at)?.figures.get(key)).collect()
    }
}

/// A decimal as a ratio. Errors: `None` where it does not fit.
pub(super) fn exact(number: Decimal) -> Option<Ratio> {
    Ratio::new(number.mantissa(), 10_i128.checked_pow(number.scale())?)
}

/// Cuts a text where a mark stands that is within no brackets and no quotes.
fn cut<'t>(text: &'t str, marks: &[&str]) -> Option<(&'t str, usize, &'t str)> {
    let (mut depth, mut quoted) = (0_usize, false);
    for (at, char) in text.char_indices() {
        match char {
            '"' => quoted = !quoted,
            '(' | '[' if !quoted => depth += 1,
            ')' | ']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && !quoted {
            for (nth, mark) in marks.iter().enumerate() {
                if let Some(rest) = text[at..].strip_prefix(mark) {
                    return Some((&text[..at], nth, rest));
                }
            }
        }
    }
    None
}

/// `a - b + c`, with blanks around the signs: names may hold a `-`.
fn sum(text: &str, depth: usize) -> Result<Expression, String> {
    if depth > MAX_DEPTH {
        return Err("nested too deep".to_owned());
    }
    let mut terms = Vec::new();
    let (mut rest, mut sign) = (text, true);
    while let Some((term_of, nth, after)) = cut(rest, &[" + ", " - "]) {
        terms.push((sign, term(term_of.trim(), depth)?));
        (sign, rest) = (nth == 0, after);
    }
    let last = term(rest.trim(), depth)?;
    if terms.is_empty() {
        return Ok(last);
    }
    terms.push((sign, last));
    Ok(Expression::Sum(terms))
}

fn term(text: &str, depth: usize) -> Result<Expression, String> {
    let wrong = || format!("expected a key, a number or a function, found {text:?}");
    let name = |text: &str| {
        let text = text.trim();
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let is_name = text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(fits);
        if is_name { Ok(text.to_owned()) } else { Err(wrong()) }
    };
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return Decimal::from_str_exact(text).map(Expression::Number).map_err(|_| wrong());
    }
    if let Some((function, inside)) = text.strip_suffix(')').and_then(|text| text.split_once('(')) {
        return match function {
            "parts" => Ok(Expression::Parts(name(inside)?)),
            "before" => Ok(Expression::Before(name(inside)?)),
            "sum" => {
                let (form, _, key) = cut(inside, &[","]).ok_or_else(wrong)?;
                Ok(Expression::Over(name(form)?, name(key)?))
            }
            "or0" => Ok(Expression::OrZero(Box::new(sum(inside.trim(), depth + 1)?))),
            "pct" => {
                let (part, _, whole) = cut(inside, &[","]).ok_or_else(wrong)?;
                let side = |text: &str| Ok::<_, String>(Box::new(sum(text.trim(), depth + 1)?));
                Ok(Expression::Percent(side(part)?, side(whole)?))
            }
            "count" => match cut(inside, &[","]) {
                None => Ok(Expression::Count(name(inside)?, None)),
                Some((form, _, filter)) => {
                    let (key, text) = filter.split_once('=').ok_or_else(wrong)?;
                    let text = text.trim().strip_prefix('"').and_then(|text| text.strip_suffix('"'));
                    Ok(Expression::Count(name(form)?, Some((name(key)?, text.ok_or_else(wrong)?.to_owned()))))
                }
            },
            _ => Err(wrong()),
        };
    }
    if let Some((form, rest)) = text.split_once("[\"") {
        let (label, key) = rest.split_once("\"].").ok_or_else(wrong)?;
        return Ok(Expression::Line(name(form)?, label.to_owned(), name(key)?));
    }
    match text.split_once('.') {
        Some((form, key)) => Ok(Expression::Total(name(form)?, name(key)?)),
        None => Ok(Expression::Here(name(text)?)),
    }
}
