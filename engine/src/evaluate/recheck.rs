//! Checks what a plugin says against the contract, whatever language it is written in: every
//! position exists, every number is within its bounds, every text can be printed.
//! Knows neither wasm nor scoring: it works on the model's nouns, so that lies are rows of a test.

use std::collections::BTreeSet;
use std::fmt;

use super::{Example, limits};
use crate::model::{
    Answer, Assessed, Beside, Charge, Date, Decimal, Deduction, Effect, Fact, Item, Manifest, Method,
    Outcome, Param, Phrase, Reason, Scheme, Scope, Subject, Value, Verdict,
};

/// What the contract forbids, and where it stands in what the plugin returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Violation {
    /// The path, e.g. `outcomes[3].deductions[0].points`.
    pub(super) at: String,
    /// What is wrong there.
    pub(super) breach: Breach,
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Breach {
    /// A position past the end of what it refers to.
    Position { found: u64, len: usize },
    /// Another number of elements than there must be.
    Count { found: usize, expected: usize },
    /// More elements than there may be.
    TooMany { found: usize, limit: usize },
    /// No element, or an empty text, where there must be one.
    Empty,
    /// A text longer than it may be, in bytes.
    TooLong { found: usize, limit: usize },
    /// A character that is not for printing: control, direction override, non-character.
    Unprintable(u32),
    /// A text that is not of the wanted form.
    Form(String),
    /// A code, position or name that occurs twice.
    Twice(String),
    /// More digits after the point than there may be.
    Digits { found: u8, limit: u8 },
    /// A number below what it must be.
    Below { found: Decimal, least: Decimal },
    /// A number above what it must be.
    Above { found: Decimal, most: Decimal },
    /// Zero where the number must be above it.
    NotPositive(Decimal),
    /// No day of the calendar from 1900 to 9999.
    Day { year: u16, month: u8, day: u8 },
    /// The first day after the last.
    Period(Date, Date),
    /// Bands that do not descend to 0.
    Bands,
    /// An outcome for another item than the answer's.
    OtherItem { found: u32, expected: u32 },
    /// Full points for what nobody looked at.
    Passed(Verdict),
    /// Points taken although the verdict costs none.
    CostsNothing(Verdict),
    /// A deduction on another scope than its case's.
    OtherScope,
    /// A score of its own for a scheme that the host computes.
    NotGiven,
    /// A weighted scheme over a category without a weight.
    NoWeight,
    /// A row of a column behind a later one, or of a subject that failed.
    Order(u32),
}

impl Violation {
    pub(super) fn zh(&self) -> String {
        format!("{} {}", self.at, self.breach.zh())
    }

    pub(super) fn en(&self) -> String {
        format!("{}: {}", self.at, self.breach.en())
    }

    /// Puts a field's name or an element's position before the path.
    fn inside(self, field: impl fmt::Display) -> Self {
        let dot = if self.at.is_empty() || self.at.starts_with('[') { "" } else { "." };
        Self { at: format!("{field}{dot}{}", self.at), breach: self.breach }
    }
}

impl From<Breach> for Violation {
    fn from(breach: Breach) -> Self {
        Self { at: String::new(), breach }
    }
}

impl Breach {
    fn zh(&self) -> String {
        match self {
            Self::Position { found, len } => format!("指向第 {found} 个(从 0 起),共 {len} 个"),
            Self::Count { found, expected } => format!("有 {found} 个,应为 {expected} 个"),
            Self::TooMany { found, limit } => format!("有 {found} 个,上限 {limit} 个"),
            Self::Empty => "为空".to_owned(),
            Self::TooLong { found, limit } => format!("长 {found} 字节,上限 {limit} 字节"),
            Self::Unprintable(code) => format!("含不可打印字符 U+{code:04X}"),
            Self::Form(found) => format!("“{found}”格式不符"),
            Self::Twice(found) => format!("“{found}”重复"),
            Self::Digits { found, limit } => format!("有 {found} 位小数,上限 {limit} 位"),
            Self::Below { found, least } => format!("为 {found},小于 {least}"),
            Self::Above { found, most } => format!("为 {found},大于 {most}"),
            Self::NotPositive(found) => format!("为 {found},应大于 0"),
            Self::Day { year, month, day } => format!("{year}-{month}-{day} 不是有效日期"),
            Self::Period(from, to) => format!("起始日 {from} 晚于终止日 {to}"),
            Self::Bands => "等次下限应由高到低,最后一档为 0".to_owned(),
            Self::OtherItem { found, expected } => {
                format!("为第 {found} 个检查项,应为第 {expected} 个(从 0 起)")
            }
            Self::Passed(verdict) => format!("把“{}”改判为“合格”", verdict.title()),
            Self::CostsNothing(verdict) => format!("判定为“{}”却有扣分", verdict.title()),
            Self::OtherScope => "与扣分情形的作用范围不符".to_owned(),
            Self::NotGiven => "该得分由程序计算,插件不得自行给出".to_owned(),
            Self::NoWeight => "缺少权重,而有评分方案按权重计算".to_owned(),
            Self::Order(found) => format!("属于第 {found} 个答案(从 0 起),次序不对或该对象未评估"),
        }
    }

    fn en(&self) -> String {
        match self {
            Self::Position { found, len } => format!("position {found} of {len}, counted from 0"),
            Self::Count { found, expected } => format!("expected {expected}, found {found}"),
            Self::TooMany { found, limit } => format!("at most {limit}, found {found}"),
            Self::Empty => "empty".to_owned(),
            Self::TooLong { found, limit } => format!("at most {limit} bytes, found {found}"),
            Self::Unprintable(code) => format!("character U+{code:04X} cannot be printed"),
            Self::Form(found) => format!("\"{found}\" is not of the wanted form"),
            Self::Twice(found) => format!("\"{found}\" occurs twice"),
            Self::Digits { found, limit } => format!("at most {limit} digits after the point, found {found}"),
            Self::Below { found, least } => format!("{found} is below {least}"),
            Self::Above { found, most } => format!("{found} is above {most}"),
            Self::NotPositive(found) => format!("{found} is not above 0"),
            Self::Day { year, month, day } => format!("{year}-{month}-{day} is not a day"),
            Self::Period(from, to) => format!("begins on {from}, after its end on {to}"),
            Self::Bands => "lower bounds must descend to 0".to_owned(),
            Self::OtherItem { found, expected } => {
                format!("item {found}, expected {expected}, counted from 0")
            }
            Self::Passed(verdict) => format!("\"{}\" became \"pass\"", verdict.key()),
            Self::CostsNothing(verdict) => format!("points taken under \"{}\"", verdict.key()),
            Self::OtherScope => "not the scope of its case".to_owned(),
            Self::NotGiven => "this score is computed by the program".to_owned(),
            Self::NoWeight => "no weight, and a scheme weighs categories".to_owned(),
            Self::Order(found) => {
                format!("a row of answer {found}, counted from 0, out of order or of a failed subject")
            }
        }
    }
}

/// Says where a violation was found, from the inside out. The text is only made when there is one:
/// thousands of answers are right for each that is wrong.
pub(super) trait Within {
    /// Puts a field's name before the path.
    fn within(self, field: impl fmt::Display) -> Self;
    /// Puts an element of a list before the path.
    fn at(self, list: &str, index: usize) -> Self;
}

impl<T> Within for Result<T, Violation> {
    fn within(self, field: impl fmt::Display) -> Self {
        self.map_err(|inner| inner.inside(field))
    }

    fn at(self, list: &str, index: usize) -> Self {
        self.map_err(|inner| inner.inside(format_args!("{list}[{index}]")))
    }
}

type Checked = Result<(), Violation>;

// ---- texts, positions, numbers --------------------------------------------------------------

/// Whether a character must not reach a terminal or a workbook: controls, which a terminal obeys;
/// marks that turn the direction of a line, which make it read as another; what XML cannot hold.
pub(super) fn unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}'
            | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// A text of one line.
fn line(text: &str, limit: usize) -> Checked {
    if text.len() > limit {
        return Err(Breach::TooLong { found: text.len(), limit }.into());
    }
    match text.chars().find(|&c| unprintable(c)) {
        Some(c) => Err(Breach::Unprintable(c.into()).into()),
        None => Ok(()),
    }
}

/// A text that may have several lines.
fn paragraph(text: &str, limit: usize) -> Checked {
    if text.len() > limit {
        return Err(Breach::TooLong { found: text.len(), limit }.into());
    }
    text.split('\n').try_for_each(|part| line(part, limit))
}

fn filled(text: &str, limit: usize) -> Checked {
    if text.trim().is_empty() {
        return Err(Breach::Empty.into());
    }
    line(text, limit)
}

/// A code: printable, without white space, not empty.
fn code(text: &str) -> Checked {
    filled(text, limits::CODE)?;
    if text.chars().any(char::is_whitespace) {
        return Err(Breach::Form(text.to_owned()).into());
    }
    Ok(())
}

fn unique<'a>(list: &str, codes: impl Iterator<Item = &'a str>) -> Checked {
    let mut seen = BTreeSet::new();
    for (index, text) in codes.enumerate() {
        let new = seen.insert(text);
        let checked = if new { code(text) } else { Err(Breach::Twice(text.to_owned()).into()) };
        checked.at(list, index)?;
    }
    Ok(())
}

fn at_most<T>(list: &[T], limit: usize) -> Checked {
    if list.len() > limit {
        return Err(Breach::TooMany { found: list.len(), limit }.into());
    }
    Ok(())
}

fn position(found: u32, len: usize) -> Checked {
    if (found as usize) < len { Ok(()) } else { Err(Breach::Position { found: found.into(), len }.into()) }
}

fn positions(list: &[u32], len: usize, limit: usize) -> Checked {
    at_most(list, limit)?;
    list.iter().try_for_each(|&found| position(found, len))
}

fn maybe_position(found: Option<u32>, len: usize) -> Checked {
    found.map_or(Ok(()), |found| position(found, len))
}

fn positive(number: Decimal) -> Checked {
    if number <= Decimal::ZERO {
        return Err(Breach::NotPositive(number).into());
    }
    at_most_number(number, Decimal::from(limits::POINTS))
}

fn not_negative(number: Decimal) -> Checked {
    if number < Decimal::ZERO {
        return Err(Breach::Below { found: number, least: Decimal::ZERO }.into());
    }
    Ok(())
}

fn at_most_number(number: Decimal, most: Decimal) -> Checked {
    if number > most { Err(Breach::Above { found: number, most }.into()) } else { Ok(()) }
}

fn period((from, to): (Option<Date>, Option<Date>)) -> Checked {
    match (from, to) {
        (Some(from), Some(to)) if from > to => Err(Breach::Period(from, to).into()),
        _ => Ok(()),
    }
}

fn each<T>(list: &str, elements: &[T], check: impl Fn(&T) -> Checked) -> Checked {
    elements.iter().enumerate().try_for_each(|(index, element)| check(element).at(list, index))
}

// ---- the manifest ---------------------------------------------------------------------------

/// Checks all that a plugin says about itself.
///
/// Errors: the first violation, in the order of the contract.
pub(super) fn manifest(m: &Manifest) -> Checked {
    id(&m.id).within("id")?;
    version(&m.version).within("version")?;
    filled(&m.title, limits::TITLE).within("title")?;
    filled(&m.checklist_title, limits::TITLE).within("checklist-title")?;
    sizes(m)?;

    unique("editions", m.editions.iter().map(|e| e.id.as_str()))?;
    each("editions", &m.editions, |e| {
        filled(&e.title, limits::TITLE).within("title")?;
        paragraph(&e.note, limits::TEXT).within("note")?;
        period(e.effective)
    })?;
    unique("kinds", m.kinds.iter().map(|t| t.code.as_str()))?;
    each("kinds", &m.kinds, |t| filled(&t.title, limits::TITLE).within("title"))?;
    unique("tags", m.tags.iter().map(|t| t.code.as_str()))?;
    each("tags", &m.tags, |t| filled(&t.title, limits::TITLE).within("title"))?;
    unique("documents", m.documents.iter().map(|d| d.key.as_str()))?;
    each("documents", &m.documents, |d| {
        filled(&d.title, limits::TITLE).within("title")?;
        line(&d.number, limits::TITLE).within("number")?;
        period(d.effective)
    })?;
    let weighted = m.schemes.iter().any(|scheme| scheme.method == Method::Weighted);
    unique("categories", m.categories.iter().map(|c| c.code.as_str()))?;
    each("categories", &m.categories, |c| {
        filled(&c.title, limits::TITLE).within("title")?;
        match c.weight {
            Some(weight) => positive(weight).within("weight"),
            None if weighted => Err(Violation::from(Breach::NoWeight)).within("weight"),
            None => Ok(()),
        }
    })?;
    unique("items", m.items.iter().map(|i| i.code.as_str()))?;
    each("items", &m.items, |i| item(m, i))?;
    unique("facts", m.facts.iter().map(|f| f.code.as_str()))?;
    each("facts", &m.facts, fact)?;
    unique("tables", m.tables.iter().map(|t| t.code.as_str()))?;
    each("tables", &m.tables, |t| {
        filled(&t.title, limits::TITLE).within("title")?;
        at_most(&t.columns, limits::LIST).within("columns")?;
        unique("columns", t.columns.iter().map(|c| c.code.as_str()))?;
        each("columns", &t.columns, fact)
    })?;
    each("needs", &m.needs, |n| {
        code(&n.source).within("source")?;
        code(&n.indicator).within("indicator")
    })?;
    unique("gives", m.gives.iter().map(|g| g.code.as_str()))?;
    each("gives", &m.gives, |g| {
        filled(&g.title, limits::TITLE).within("title")?;
        line(&g.unit, limits::CODE).within("unit")
    })?;
    unique("phrases", m.phrases.iter().map(|p| p.code.as_str()))?;
    each("phrases", &m.phrases, |p| {
        filled(&p.text, limits::TITLE).within("text")?;
        if places(&p.text).is_none() { Err(Breach::Form(p.text.clone()).into()) } else { Ok(()) }
    })?;
    unique("schemes", m.schemes.iter().map(|s| s.code.as_str()))?;
    each("schemes", &m.schemes, |s| scheme(m, s))
}

/// Ids become names of files and of sheets.
fn id(text: &str) -> Checked {
    code(text)?;
    let plain = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if plain { Ok(()) } else { Err(Breach::Form(text.to_owned()).into()) }
}

fn version(text: &str) -> Checked {
    code(text)?;
    let plain = text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+'));
    if plain { Ok(()) } else { Err(Breach::Form(text.to_owned()).into()) }
}

/// Whether a plugin can be named in a message by what it calls itself.
pub(super) fn named(own_id: &str, own_version: &str) -> bool {
    id(own_id).is_ok() && version(own_version).is_ok()
}

/// How many elements each list has. First, so that nothing below walks an endless list.
fn sizes(m: &Manifest) -> Checked {
    at_most(&m.editions, limits::LIST).within("editions")?;
    at_most(&m.kinds, limits::LIST).within("kinds")?;
    at_most(&m.tags, limits::LIST).within("tags")?;
    at_most(&m.documents, limits::LIST).within("documents")?;
    at_most(&m.categories, limits::LIST).within("categories")?;
    at_most(&m.items, limits::ITEMS).within("items")?;
    at_most(&m.facts, limits::LIST).within("facts")?;
    at_most(&m.tables, limits::LIST).within("tables")?;
    at_most(&m.needs, limits::LIST).within("needs")?;
    at_most(&m.gives, limits::LIST).within("gives")?;
    at_most(&m.phrases, limits::PHRASES).within("phrases")?;
    at_most(&m.schemes, limits::SCHEMES).within("schemes")?;
    let some = |empty: bool| if empty { Err(Violation::from(Breach::Empty)) } else { Ok(()) };
    some(m.kinds.is_empty()).within("kinds")?;
    some(m.schemes.is_empty()).within("schemes")?;
    // A plugin that only gives scores of its own may do without items.
    let computed = m.schemes.iter().any(|scheme| scheme.method != Method::Given);
    some(computed && m.items.is_empty()).within("items")
}

fn item(m: &Manifest, item: &Item) -> Checked {
    position(item.category, m.categories.len()).within("category")?;
    paragraph(&item.requirement, limits::TEXT).within("requirement")?;
    if item.requirement.trim().is_empty() {
        return Err(Violation::from(Breach::Empty)).within("requirement");
    }
    paragraph(&item.method, limits::TEXT).within("method")?;
    positive(item.points).within("points")?;
    paragraph(&item.rule_text, limits::TEXT).within("rule-text")?;
    at_most(&item.cases, limits::PER_ITEM).within("cases")?;
    unique("cases", item.cases.iter().map(|case| case.code.as_str()))?;
    each("cases", &item.cases, |case| {
        paragraph(&case.text, limits::TEXT).within("text")?;
        match case.charge {
            Charge::Once(points) | Charge::Each(points) => positive(points).within("charge")?,
            Charge::AllPoints | Charge::RulingOnly => {}
        }
        case.limit.map_or(Ok(()), positive).within("limit")
    })?;
    at_most(&item.citations, limits::PER_ITEM).within("citations")?;
    each("citations", &item.citations, |citation| {
        position(citation.document, m.documents.len()).within("document")?;
        line(&citation.clause, limits::TITLE).within("clause")?;
        period(citation.effective)
    })?;
    at_most(&item.major_bases, limits::PER_ITEM).within("major-bases")?;
    each("major-bases", &item.major_bases, |basis| {
        position(basis.edition, m.editions.len()).within("edition")?;
        line(&basis.clause, limits::TITLE).within("clause")
    })?;
    positions(&item.applies, m.tags.len(), limits::LIST).within("applies")
}

fn fact(fact: &Fact) -> Checked {
    filled(&fact.title, limits::TITLE).within("title")?;
    at_most(&fact.aliases, limits::PER_ITEM).within("aliases")?;
    each("aliases", &fact.aliases, |alias| filled(alias, limits::TITLE))?;
    line(&fact.unit, limits::CODE).within("unit")
}

fn scheme(m: &Manifest, scheme: &Scheme) -> Checked {
    filled(&scheme.title, limits::TITLE).within("title")?;
    positive(scheme.full_marks).within("full-marks")?;
    if scheme.digits > limits::DIGITS {
        let breach = Breach::Digits { found: scheme.digits, limit: limits::DIGITS };
        return Err(Violation::from(breach)).within("digits");
    }
    at_most(&scheme.bands, limits::SCHEMES).within("bands")?;
    each("bands", &scheme.bands, |band| filled(&band.grade, limits::CODE).within("grade"))?;
    // Every score has a grade: bounds descend, the last is 0.
    let descend = scheme.bands.windows(2).all(|pair| pair[0].lower > pair[1].lower);
    let to_zero = scheme.bands.last().is_none_or(|band| band.lower.is_zero());
    if !descend || !to_zero {
        return Err(Violation::from(Breach::Bands)).within("bands");
    }
    line(&scheme.veto_grade, limits::CODE).within("veto-grade")?;
    let vetoes = m.items.iter().any(|item| item.veto.is_some() || item.cases.iter().any(|case| case.veto));
    if vetoes && !scheme.bands.is_empty() && scheme.veto_grade.trim().is_empty() {
        return Err(Violation::from(Breach::Empty)).within("veto-grade");
    }
    line(&scheme.source, limits::TITLE).within("source")
}

/// How many parameters a sentence takes: one more than its highest place.
///
/// Errors: `None` when a place has a number that no parameter can have.
fn places(text: &str) -> Option<usize> {
    let mut count = 0;
    for part in text.split('{').skip(1) {
        // Braces around anything but digits are text.
        let Some((place, _)) = part.split_once('}') else { continue };
        if place.is_empty() || !place.bytes().all(|b| b.is_ascii_digit()) {
            continue;
        }
        let place: usize = place.parse().ok()?;
        if place >= limits::PARAMS {
            return None;
        }
        count = count.max(place + 1);
    }
    Some(count)
}

// ---- the answer -----------------------------------------------------------------------------

/// What answers are checked against: a manifest that was found right, and what follows from it.
#[derive(Debug, Clone)]
pub(super) struct Bounds {
    /// For each phrase, how many parameters it takes.
    places: Vec<usize>,
    /// Points of all items together.
    total: Decimal,
    /// For each item, what failing it costs where the inspector entered nothing: all its points, by the
    /// sentence `all-points`. Made once for all who fail it; empty where the plugin has no such sentence.
    all_points: Vec<Outcome>,
}

impl Bounds {
    /// The bounds of a checked manifest.
    pub(super) fn of(m: &Manifest) -> Self {
        let places = |phrase: &Phrase| places(&phrase.text).expect("phrases were checked with the manifest");
        let mut sentences = (0..).zip(&m.phrases);
        let sentence = sentences.find(|(_, phrase)| phrase.code == "all-points" && places(phrase) == 1);
        let all_points = sentence.map_or_else(Vec::new, |(phrase, _)| {
            (0..).zip(&m.items).map(|(index, item)| all_points(phrase, index, item)).collect()
        });
        Self {
            places: m.phrases.iter().map(places).collect(),
            total: m.items.iter().map(|item| item.points).sum(),
            all_points,
        }
    }

    /// Bounds of a plugin of which nothing is known but these.
    #[cfg(test)]
    pub(super) const fn with_all_points(all_points: Vec<Outcome>) -> Self {
        Self { places: Vec::new(), total: Decimal::ZERO, all_points }
    }

    /// The outcome of an item that fails without any points entered; nothing where the plugin has no
    /// sentence for it.
    pub(super) fn all_points(&self, item: u32) -> Option<&Outcome> {
        self.all_points.get(item as usize)
    }

    /// Checks the result for one subject.
    ///
    /// Errors: the first violation, in the order of the contract.
    pub(super) fn assessed(&self, m: &Manifest, subject: &Subject, a: &Assessed) -> Checked {
        let cells = subject.evidence.len();
        maybe_position(a.edition, m.editions.len()).within("edition")?;
        if a.outcomes.len() != subject.answers.len() {
            let breach = Breach::Count { found: a.outcomes.len(), expected: subject.answers.len() };
            return Err(Violation::from(breach)).within("outcomes");
        }
        for (index, (outcome, answer)) in a.outcomes.iter().zip(&subject.answers).enumerate() {
            // Most are a verdict and nothing else: all that can be wrong with these is seen at once. What
            // most others have beside it was made here, of a manifest that was found right.
            let is_own = outcome.item == answer.item && (outcome.item as usize) < m.items.len();
            let is_right = if outcome.is_plain() {
                outcome.verdict != Verdict::Pass || answer.verdict.checked()
            } else {
                outcome.verdict == Verdict::Fail
                    && self.all_points(outcome.item).is_some_and(|all| all.shares(outcome))
            };
            if is_own && is_right {
                continue;
            }
            self.outcome(m, cells, answer, outcome).at("outcomes", index)?;
        }
        at_most(&a.rulings, limits::FINDINGS).within("rulings")?;
        each("rulings", &a.rulings, |ruling| {
            if let Effect::Cap(band) = ruling.effect {
                position(band, m.schemes.first().map_or(0, |main| main.bands.len())).within("effect.cap")?;
            }
            positions(&ruling.items, m.items.len(), limits::EVIDENCE).within("items")?;
            self.reason(m, &ruling.reason).within("reason")?;
            maybe_position(ruling.edition, m.editions.len()).within("edition")?;
            positions(&ruling.evidence, cells, limits::EVIDENCE).within("evidence")
        })?;
        once("indicators", a.indicators.iter().map(|i| i.indicator))?;
        each("indicators", &a.indicators, |indicator| {
            position(indicator.indicator, m.gives.len()).within("indicator")?;
            match &indicator.value {
                Value::Text(text) => line(text, limits::PARAM),
                Value::Fault(text) => filled(text, limits::PARAM),
                _ => Ok(()),
            }
            .within("value")?;
            self.reasons(m, &indicator.working).within("working")?;
            positions(&indicator.evidence, cells, limits::EVIDENCE).within("evidence")
        })?;
        at_most(&a.hazards, limits::FINDINGS).within("hazards")?;
        each("hazards", &a.hazards, |hazard| {
            maybe_position(hazard.item, m.items.len()).within("item")?;
            self.reason(m, &hazard.reason).within("reason")?;
            maybe_position(hazard.edition, m.editions.len()).within("edition")?;
            line(&hazard.clause, limits::TITLE).within("clause")?;
            positions(&hazard.evidence, cells, limits::EVIDENCE).within("evidence")
        })?;
        once("scores", a.scores.iter().map(|s| s.scheme))?;
        each("scores", &a.scores, |score| {
            position(score.scheme, m.schemes.len()).within("scheme")?;
            if m.schemes[score.scheme as usize].method != Method::Given {
                return Err(Violation::from(Breach::NotGiven)).within("scheme");
            }
            score.value.map_or(Ok(()), not_negative).within("value")?;
            score
                .value
                .map_or(Ok(()), |v| at_most_number(v, Decimal::from(limits::POINTS)))
                .within("value")?;
            self.reasons(m, &score.working).within("working")
        })?;
        at_most(&a.notes, limits::FINDINGS).within("notes")?;
        each("notes", &a.notes, |note| {
            self.reason(m, &note.reason).within("reason")?;
            maybe_position(note.item, m.items.len()).within("item")?;
            positions(&note.evidence, cells, limits::EVIDENCE).within("evidence")
        })
    }

    fn outcome(&self, m: &Manifest, cells: usize, answer: &Answer, outcome: &Outcome) -> Checked {
        position(outcome.item, m.items.len()).within("item")?;
        if outcome.item != answer.item {
            let breach = Breach::OtherItem { found: outcome.item, expected: answer.item };
            return Err(Violation::from(breach)).within("item");
        }
        // What nobody looked at cannot have been in order.
        if outcome.verdict == Verdict::Pass && !answer.verdict.checked() {
            return Err(Violation::from(Breach::Passed(answer.verdict))).within("verdict");
        }
        if !outcome.deductions().is_empty() && !outcome.verdict.fails() {
            return Err(Violation::from(Breach::CostsNothing(outcome.verdict))).within("deductions");
        }
        at_most(outcome.deductions(), limits::PARAMS).within("deductions")?;
        let item = &m.items[outcome.item as usize];
        each("deductions", outcome.deductions(), |deduction| self.deduction(m, item, answer, deduction))?;
        positions(outcome.evidence(), cells, limits::EVIDENCE).within("evidence")
    }

    fn deduction(&self, m: &Manifest, item: &Item, answer: &Answer, deduction: &Deduction) -> Checked {
        if let Some(case) = deduction.case {
            position(case, item.cases.len()).within("deduction-case")?;
            if item.cases[case as usize].scope != deduction.scope {
                return Err(Violation::from(Breach::OtherScope)).within("scope");
            }
        }
        not_negative(deduction.points).within("points")?;
        // An inspector may have entered more than the item bears; `score` cuts that off (扣完为止)
        // and shows it. A rule may not think up more.
        let bears = if deduction.scope == Scope::Item { item.points } else { self.total };
        let entered = answer.written().number.unwrap_or_default();
        at_most_number(deduction.points, bears.max(entered)).within("points")?;
        if deduction.times == 0 {
            return Err(Violation::from(Breach::Empty)).within("times");
        }
        deduction.reason.as_ref().map_or(Ok(()), |reason| self.reason(m, reason)).within("reason")
    }

    fn reasons(&self, m: &Manifest, reasons: &[Reason]) -> Checked {
        at_most(reasons, limits::EVIDENCE)?;
        reasons.iter().enumerate().try_for_each(|(index, reason)| self.reason(m, reason).at("", index))
    }

    /// A sentence: it exists, and has as many parameters as places. A place left over would be
    /// printed as `{1}`, a parameter left over would be lost.
    fn reason(&self, m: &Manifest, reason: &Reason) -> Checked {
        position(reason.phrase, self.places.len()).within("phrase")?;
        let expected = self.places[reason.phrase as usize];
        if reason.params.len() != expected {
            return Err(Violation::from(Breach::Count { found: reason.params.len(), expected }))
                .within("params");
        }
        each("params", &reason.params, |param| match param {
            Param::Text(text) => line(text, limits::PARAM),
            Param::Item(found) => position(*found, m.items.len()),
            Param::Number(_) | Param::Day(_) => Ok(()),
        })
    }
}

fn all_points(phrase: u32, index: u32, item: &Item) -> Outcome {
    let reason = Reason { phrase, params: vec![Param::Number(item.points)] };
    let (points, scope) = (item.points, Scope::Item);
    let all = Deduction { case: None, points, scope, times: 1, reason: Some(reason) };
    Outcome::with(index, Verdict::Fail, Beside { deductions: vec![all], evidence: Vec::new() })
}

/// Each position at most once.
fn once(list: &str, found: impl Iterator<Item = u32>) -> Checked {
    let mut seen = BTreeSet::new();
    for (index, found) in found.enumerate() {
        if !seen.insert(found) {
            return Err(Violation::from(Breach::Twice(found.to_string()))).at(list, index);
        }
    }
    Ok(())
}

/// Checks a failure: it says something, and its evidence exists.
pub(super) fn failure(subject: &Subject, message: &str, evidence: Option<u32>) -> Checked {
    filled(message, limits::MESSAGE).within("failure.message")?;
    maybe_position(evidence, subject.evidence.len()).within("failure.evidence")
}

// ---- golden cases ---------------------------------------------------------------------------

/// Checks the name, the expectation and the subject of a golden case: it comes back to the plugin
/// as if intake had made it, so it must be as intake makes them.
pub(super) fn example(m: &Manifest, e: &Example) -> Checked {
    filled(&e.name, limits::TITLE).within("name")?;
    paragraph(&e.expected, limits::EXPECTED).within("expected")?;
    at_most(&e.parameters, limits::LIST).within("context.parameters")?;
    each("context.parameters", &e.parameters, |(name, v)| {
        filled(name, limits::TITLE).within("name")?;
        value(v).within("value")
    })?;
    let s = &e.subject;
    let cells = s.evidence.len();
    position(s.kind, m.kinds.len()).within("subject.kind")?;
    positions(&s.tags, m.tags.len(), limits::LIST).within("subject.tags")?;
    at_most(&s.facts, limits::EXAMPLE_ROWS).within("subject.facts")?;
    each("subject.facts", &s.facts, |fact| {
        position(fact.fact, m.facts.len()).within("fact")?;
        value(&fact.value).within("value")?;
        position(fact.evidence, cells).within("evidence")
    })?;
    at_most(&s.tables, limits::LIST).within("subject.tables")?;
    each("subject.tables", &s.tables, |table| {
        position(table.table, m.tables.len()).within("table")?;
        let width = m.tables[table.table as usize].columns.len();
        at_most(&table.rows, limits::EXAMPLE_ROWS).within("rows")?;
        each("rows", &table.rows, |row| {
            if row.cells.len() != width {
                let breach = Breach::Count { found: row.cells.len(), expected: width };
                return Err(Violation::from(breach)).within("cells");
            }
            each("cells", &row.cells, value)?;
            // Cell n of a row stands n positions after its first.
            let last = u64::from(row.evidence) + width.saturating_sub(1) as u64;
            if last >= cells as u64 {
                return Err(Violation::from(Breach::Position { found: last, len: cells })).within("evidence");
            }
            Ok(())
        })
    })?;
    at_most(&s.indicators, limits::EXAMPLE_ROWS).within("subject.indicators")?;
    each("subject.indicators", &s.indicators, |indicator| {
        position(indicator.need, m.needs.len()).within("need")?;
        value(&indicator.value).within("value")?;
        position(indicator.evidence, cells).within("evidence")
    })?;
    at_most(&s.answers, limits::EXAMPLE_ROWS).within("subject.answers")?;
    once("subject.answers", s.answers.iter().map(|a| a.item))?;
    each("subject.answers", &s.answers, |answer| {
        position(answer.item, m.items.len()).within("item")?;
        answer.written().number.map_or(Ok(()), not_negative).within("number")?;
        line(&answer.written().remark, limits::TEXT).within("remark")?;
        position(answer.evidence, cells).within("evidence")
    })
}

fn value(value: &Value) -> Checked {
    match value {
        Value::Text(text) | Value::Fault(text) => paragraph(text, limits::TEXT),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
