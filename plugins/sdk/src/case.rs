//! Golden cases as text: a subject, and what must come out of it. One file a case, under
//! `plugins/<sector>/cases/`.
//!
//! ```text
//! # 加油站证照过期:否决,分数照算
//! date 2026-07-16
//! tags G
//! answer HC-A01 fail 5 major
//! answer HC-A02 pass
//! fact licence_limit_kg 300
//! row substances 苯 | 71-43-2 | 5 |
//! expect
//! score 37.5
//! grade 不合格
//! ```
//!
//! Lines before `expect` build the subject; `kind CODE` chooses its kind, `as-of DATE` the day of
//! assessment (default: the day of the check), `param NAME VALUE` a local setting, `given SOURCE
//! INDICATOR NUMBER` an indicator from elsewhere. All lines
//! after it are what the host prints, in this order, numbers without trailing zeros unless a
//! scheme says how many digits:
//!
//! ```text
//! edition ID                        the edition used, where there is one
//! score SCHEME VALUE                one line a scheme; VALUE is 未评定 where nothing was checked
//! grade GRADE                       by the main scheme, after rulings
//! got POINTS / possible POINTS      of the main scheme, exact (two lines)
//! deduct ITEM POINTS                each item that lost points, in checklist order, after cutting off
//! veto ITEM…                        each veto
//! cap GRADE ITEM…                   each cap
//! referral PHRASE ITEM…             each referral, by the code of its phrase
//! indicator CODE VALUE              each indicator
//! hazard LEVEL ITEM CLAUSE          each hazard; - for none
//! note PHRASE ITEM                  each note; - for none
//! failure MESSAGE                   instead of all this, where the subject cannot be assessed
//! ```
//!
//! The lines from `score` to `deduct` are left out for a subject without answers.

use std::fmt::Write as _;

use crate::assessed::{Assessed, Effect, Param, Reason};
use crate::checklist::{Checklist, Date, HazardLevel, ValueKind};
use crate::exact::Decimal;
use crate::subject::{Context, Subject, VERDICT_WORDS, Value};

/// A golden case.
#[derive(Debug, Clone)]
pub struct Case {
    /// The first comment line.
    pub name: String,
    /// What is the same for all subjects.
    pub context: Context,
    /// The subject.
    pub subject: Subject,
    /// What must come out.
    pub expected: String,
}

/// Reads a golden case.
///
/// Errors: the number of the line from 1, and what is wrong with it.
pub fn read(checklist: &Checklist, text: &str) -> Result<Case, String> {
    let (given, expected) = text.split_once("\nexpect\n").ok_or("no line `expect`")?;
    let name = given.lines().next().and_then(|line| line.strip_prefix('#')).ok_or("line 1: a name, `# …`")?;
    let mut subject = None;
    let mut as_of = None;
    let mut parameters = Vec::new();
    for (index, line) in given.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let at = |what: &str| format!("line {}: {what}: {line}", index + 1);
        let (word, rest) = line.split_once(' ').ok_or_else(|| at("a word and a value"))?;
        let rest = rest.trim();
        match word {
            "date" => subject = Some(Subject::checked_on(Date::parse(rest).ok_or_else(|| at("not a date"))?)),
            "as-of" => as_of = Some(Date::parse(rest).ok_or_else(|| at("not a date"))?),
            "param" => {
                let (name, value) = rest.split_once(' ').ok_or_else(|| at("a name and a value"))?;
                let value =
                    Decimal::parse(value).map_or_else(|| Value::Text(value.to_owned()), Value::Number);
                parameters.push((name.to_owned(), value));
            }
            _ => {
                let so_far = subject.take().ok_or_else(|| at("`date` comes first"))?;
                subject = Some(extend(checklist, so_far, word, rest).ok_or_else(|| at("cannot be read"))?);
            }
        }
    }
    let subject = subject.ok_or("no line `date`")?;
    let context = Context { as_of: as_of.unwrap_or(subject.date), parameters };
    Ok(Case { name: name.trim().to_owned(), context, subject, expected: expected.to_owned() })
}

/// Prints what a plugin says of a subject, in the lines of a golden case: all but those from
/// `score` to `deduct`, which are the host's to work out. For native tests.
pub fn print(checklist: &Checklist, assessed: &Assessed) -> String {
    let item = |item: &u32| checklist.items.get(*item as usize).map_or("?", |item| item.code);
    let or_none = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
    let phrase = |phrase: u32| checklist.phrases.get(phrase as usize).map_or("?", |phrase| phrase.code);
    let mut lines = String::new();
    let mut line = |words: &[&str]| {
        // A ruling that rests on no item ends with its word.
        let _ = writeln!(lines, "{}", words.join(" ").trim_end());
    };
    if let Some(edition) = assessed.edition.and_then(|edition| checklist.editions.get(edition as usize)) {
        line(&["edition", edition.id]);
    }
    // Vetoes, then caps, then referrals, each in the order of the rules.
    for wanted in 0..3 {
        for ruling in &assessed.rulings {
            let items = ruling.items.iter().map(item).collect::<Vec<_>>().join(" ");
            match (wanted, ruling.effect) {
                (0, Effect::Veto(_)) => line(&["veto", &items]),
                (1, Effect::Cap(band)) => {
                    let bands = checklist.schemes.first().map_or(&[][..], |scheme| scheme.bands);
                    line(&["cap", bands.get(band as usize).map_or("?", |band| band.grade), &items]);
                }
                (2, Effect::Referral) => line(&["referral", phrase(ruling.reason.phrase), &items]),
                _ => {}
            }
        }
    }
    for indicator in &assessed.indicators {
        let code = checklist.gives.get(indicator.indicator as usize).map_or("?", |gives| gives.code);
        line(&["indicator", code, &show(&indicator.value)]);
    }
    for hazard in &assessed.hazards {
        let level = match hazard.level {
            HazardLevel::General => "general",
            HazardLevel::Major => "major",
        };
        line(&["hazard", level, hazard.item.as_ref().map_or("-", item), &or_none(&hazard.clause)]);
    }
    for note in &assessed.notes {
        line(&["note", phrase(note.reason.phrase), note.item.as_ref().map_or("-", item)]);
    }
    lines
}

/// Renders every sentence of a result as a reader will see it: of rulings, indicators, hazards and
/// notes, in this order. For native tests.
///
/// Errors: the code of a phrase whose places are not those of its parameters; a host refuses it.
pub fn sentences(checklist: &Checklist, assessed: &Assessed) -> Result<Vec<String>, String> {
    let rulings = assessed.rulings.iter().map(|ruling| &ruling.reason);
    let workings = assessed.indicators.iter().flat_map(|indicator| &indicator.working);
    let hazards = assessed.hazards.iter().map(|hazard| &hazard.reason);
    let notes = assessed.notes.iter().map(|note| &note.reason);
    let reasons = rulings.chain(workings).chain(hazards).chain(notes);
    reasons.map(|reason| render(checklist, reason)).collect()
}

fn render(checklist: &Checklist, reason: &Reason) -> Result<String, String> {
    let phrase = checklist.phrases.get(reason.phrase as usize).ok_or("a phrase that does not exist")?;
    let mut text = phrase.text.to_owned();
    for (index, param) in reason.params.iter().enumerate() {
        let place = format!("{{{index}}}");
        if !text.contains(&place) {
            return Err(format!("{}: no place {place}", phrase.code));
        }
        let param = match param {
            Param::Number(number) => show(&Value::Number(*number)),
            Param::Text(text) => text.clone(),
            Param::Day(day) => show(&Value::Day(*day)),
            Param::Item(item) => checklist.item(*item).map_or("?", |item| item.code).to_owned(),
        };
        text = text.replace(&place, &param);
    }
    if text.contains('{') { Err(format!("{}: places left over", phrase.code)) } else { Ok(text) }
}

/// A value as golden cases show it: numbers without trailing zeros.
fn show(value: &Value) -> String {
    match value {
        Value::Absent => "-".to_owned(),
        Value::Text(text) => text.clone(),
        Value::Number(number) => {
            let text = number.to_string();
            if text.contains('.') {
                text.trim_end_matches('0').trim_end_matches('.').to_owned()
            } else {
                text
            }
        }
        Value::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Value::Day(day) => format!("{:04}-{:02}-{:02}", day.year, day.month, day.day),
        Value::Fault(text) => format!("?{text}"),
    }
}

fn extend(checklist: &Checklist, mut subject: Subject, word: &str, rest: &str) -> Option<Subject> {
    match word {
        "kind" => {
            subject.kind = checklist.kind_index(rest)?;
            Some(subject)
        }
        "tags" => rest.split_whitespace().try_fold(subject, |subject, code| subject.tag(checklist, code)),
        "fact" => {
            let (code, text) = rest.split_once(' ')?;
            let kind = checklist.facts[checklist.fact_index(code)? as usize].kind;
            subject.fact(checklist, code, value(kind, text)?)
        }
        "row" => {
            let (code, cells) = rest.split_once(' ')?;
            let columns = checklist.tables[checklist.table_index(code)? as usize].columns;
            let cells: Vec<_> = cells.split('|').map(str::trim).collect();
            if cells.len() != columns.len() {
                return None;
            }
            let cells = columns
                .iter()
                .zip(cells)
                .map(|(column, text)| value(column.kind, text))
                .collect::<Option<_>>()?;
            subject.row(checklist, code, cells)
        }
        "given" => {
            let [source, indicator, number] = rest.split_whitespace().collect::<Vec<_>>()[..] else {
                return None;
            };
            subject.indicator(checklist, source, indicator, value(ValueKind::Number, number)?)
        }
        "answer" => {
            let mut words = rest.split_whitespace();
            let code = words.next()?;
            let verdict = words.next()?;
            let verdict = VERDICT_WORDS.iter().find(|(name, _)| *name == verdict)?.1;
            let (mut number, mut level) = (None, None);
            for word in words {
                match word {
                    "major" => level = Some(HazardLevel::Major),
                    "general" => level = Some(HazardLevel::General),
                    _ => number = Some(Decimal::parse(word)?),
                }
            }
            subject.answer(checklist, code, verdict, number, level)
        }
        _ => None,
    }
}

fn value(kind: ValueKind, text: &str) -> Option<Value> {
    Some(match (kind, text) {
        (_, "") => Value::Absent,
        (_, fault) if fault.starts_with('?') => Value::Fault(fault[1..].to_owned()),
        (ValueKind::Text, text) => Value::Text(text.to_owned()),
        (ValueKind::Number, text) => Value::Number(Decimal::parse(text)?),
        (ValueKind::Flag, "yes") => Value::Flag(true),
        (ValueKind::Flag, "no") => Value::Flag(false),
        (ValueKind::Flag, _) => return None,
        (ValueKind::Day, text) => Value::Day(Date::parse(text)?),
    })
}
