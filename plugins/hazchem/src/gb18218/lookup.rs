//! Finds a substance in tables 1 and 2 of GB 18218-2018, with its critical quantity Q and its β.
//! Knows no quantities that are present; never guesses: what is not found is said to be missing.

use anping_sdk::{Decimal, Reason, Value};

use super::{Column, as_it_stands};
use crate::{TABLE1, TABLE2_TABLE4, reason};

/// A substance found in the standard.
pub(super) struct Found {
    /// The standard's name for it; the symbol where only that is known.
    pub name: &'static str,
    /// Q, tonnes.
    pub critical: Decimal,
    /// β.
    pub beta: Decimal,
    /// How β was derived; `None`: it is the standard's own.
    pub derived: Option<&'static str>,
    /// Where it was found, e.g. 表1第57项.
    pub place: String,
    /// What a person should look at, and in which cell of the line.
    pub notes: Vec<(Column, Reason)>,
}

/// Finds a substance: by CAS number in table 1, else by name in table 1, else by symbol in table 2.
///
/// Errors: what is missing, in Chinese, and the cell where it should stand.
/// Source: GB 18218-2018, tables 1 to 4.
pub(super) fn find(name: &str, cas: &Cas, symbol: &Value) -> Result<Found, (Column, String)> {
    let named: Vec<_> = by_name(name, Listed::all());
    let mut notes = Vec::new();
    match cas {
        Cas::Absent => {}
        Cas::Valid(number) => {
            let mut listed: Vec<_> = Listed::all().filter(|listed| listed.has_cas(number)).collect();
            // One CAS number for several rows does not decide. Then a row without any may be meant
            // too: 硝酸铵肥料 is sold under the number of 硝酸铵.
            if listed.len() > 1 {
                listed.extend(named.iter().filter(|named| named.cas.is_empty()));
            }
            if !listed.is_empty() {
                let differ = !named.is_empty() && !named.iter().any(|named| listed.contains(named));
                let chosen = choose(name, listed, &mut notes);
                if differ {
                    let params =
                        vec![name.into(), number.as_str().into(), chosen.no.into(), chosen.name.into()];
                    notes.push((Column::Cas, reason("cas-name-differ", params)));
                }
                return Ok(chosen.found(notes));
            }
            if let [listed, ..] = named.as_slice() {
                let params = vec![number.as_str().into(), name.into(), listed.no.into(), listed.name.into()];
                notes.push((Column::Cas, reason("cas-not-listed", params)));
            }
        }
        Cas::WrongDigit(text) => {
            notes.push((Column::Cas, reason("cas-check-digit", vec![text.as_str().into(), name.into()])));
        }
        Cas::Malformed(text) => {
            notes.push((Column::Cas, reason("cas-malformed", vec![text.as_str().into(), name.into()])));
        }
    }
    if named.is_empty() {
        return by_symbol(name, symbol, notes);
    }
    Ok(choose(name, named, &mut notes).found(notes))
}

/// A row of table 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Listed {
    no: &'static str,
    name: &'static str,
    /// What the row is limited to, as its name says in brackets; empty: nothing.
    condition: &'static str,
    aliases: &'static str,
    cas: &'static str,
    critical_t: &'static str,
    beta: &'static str,
    beta_source: &'static str,
}

impl Listed {
    fn all() -> impl Iterator<Item = Self> {
        TABLE1.iter().map(|&[no, name, condition, aliases, cas, critical_t, beta, beta_source]| Self {
            no,
            name,
            condition,
            aliases,
            cas,
            critical_t,
            beta,
            beta_source,
        })
    }

    fn names(self) -> impl Iterator<Item = &'static str> {
        [self.name].into_iter().chain(self.aliases.split(';').filter(|alias| !alias.is_empty()))
    }

    fn has_cas(self, number: &str) -> bool {
        self.cas.split(';').any(|cas| cas == number)
    }

    fn found(self, notes: Vec<(Column, Reason)>) -> Found {
        Found {
            name: self.name,
            critical: number(self.critical_t),
            beta: number(self.beta),
            derived: (self.beta_source != "表3").then_some(self.beta_source),
            place: format!("表1第{}项", self.no),
            notes,
        }
    }
}

/// The rows that bear this name: as a whole where one does, otherwise without what the table has
/// in brackets.
fn by_name(name: &str, rows: impl IntoIterator<Item = Listed>) -> Vec<Listed> {
    if name.is_empty() {
        return Vec::new();
    }
    let mut whole = Vec::new();
    let mut bare = Vec::new();
    for row in rows {
        if row.names().any(|known| folded(known).eq(folded(name))) {
            whole.push(row);
        } else if row.names().any(|known| outside_brackets(known).eq(folded(name))) {
            bare.push(row);
        }
    }
    if whole.is_empty() { bare } else { whole }
}

/// Decides between rows by the name; undecided, takes the strictest (least Q, then greatest β).
/// `rows` is never empty.
fn choose(name: &str, rows: Vec<Listed>, notes: &mut Vec<(Column, Reason)>) -> Listed {
    let named = by_name(name, rows.iter().copied());
    let rows = if named.is_empty() { rows } else { named };
    let strictness = |row: &Listed| (number(row.critical_t), std::cmp::Reverse(number(row.beta)));
    let chosen = *rows.iter().min_by_key(|row| strictness(row)).expect("callers pass rows they found");
    let told = folded(chosen.name).eq(folded(name));
    let shown = if name.is_empty() { chosen.cas } else { name };
    if rows.len() > 1 {
        let params = vec![shown.into(), chosen.no.into(), chosen.name.into()];
        notes.push((Column::Name, reason("several-rows", params)));
    } else if !chosen.condition.is_empty() && !told {
        let params = vec![shown.into(), chosen.no.into(), chosen.condition.into()];
        notes.push((Column::Name, reason("condition", params)));
    }
    chosen
}

/// By hazard symbol; of several, the least Q and the greatest β count.
fn by_symbol(
    name: &str,
    symbol: &Value,
    mut notes: Vec<(Column, Reason)>,
) -> Result<Found, (Column, String)> {
    let text = as_it_stands(symbol);
    let between = |c: char| c.is_whitespace() || matches!(half_width(c), ';' | ',' | '、' | '/' | '+');
    let mut rows = Vec::new();
    for symbol in text.split(between).filter(|symbol| !symbol.is_empty()) {
        let row = TABLE2_TABLE4.iter().find(|[known, ..]| folded(known).eq(folded(symbol)));
        let unknown = || (Column::Symbol, format!("不在表1,危险类别符号“{symbol}”也不在表2,无法确定临界量"));
        rows.push(row.ok_or_else(unknown)?);
    }
    let critical = rows.iter().map(|[_, _, _, critical, _]| number(critical)).min();
    let beta = rows.iter().map(|[.., beta]| number(beta)).max();
    let symbols: Vec<_> = rows.iter().map(|[symbol, ..]| *symbol).collect();
    let (Some(critical), Some(beta), [first, ..]) = (critical, beta, symbols.as_slice()) else {
        let what = "按CAS号、名称均不在表1,也未填危险类别符号,无法确定临界量";
        return Err((Column::Name, what.to_owned()));
    };
    let place = symbols.join("、");
    if rows.len() > 1 {
        let params = vec![name.into(), place.as_str().into(), critical.into(), beta.into()];
        notes.push((Column::Symbol, reason("several-symbols", params)));
    }
    Ok(Found { name: first, critical, beta, derived: None, place: format!("表2 {place}"), notes })
}

/// What a cell for the CAS number holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cas {
    /// Nothing that could be one: empty, a dash, a word.
    Absent,
    /// A number whose check digit is right, in half-width characters.
    Valid(String),
    /// A number whose check digit is wrong.
    WrongDigit(String),
    /// Digits that do not have the shape of one. A spreadsheet makes a day of 7783-06-4.
    Malformed(String),
}

impl Cas {
    /// Reads a cell.
    pub fn read(value: &Value) -> Self {
        let text: String = folded(&as_it_stands(value)).collect();
        if !text.bytes().any(|byte| byte.is_ascii_digit()) {
            return Self::Absent;
        }
        let parts: Vec<_> = text.split('-').collect();
        let [first, second, check] = parts.as_slice() else { return Self::Malformed(text) };
        let all_digits = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        if !all_digits || !(2..=7).contains(&first.len()) || second.len() != 2 || check.len() != 1 {
            return Self::Malformed(text);
        }
        // From the right, the digits before the last count 1, 2, 3, … times.
        let digits = first.bytes().chain(second.bytes()).rev().map(|byte| usize::from(byte - b'0'));
        let sum: usize = digits.enumerate().map(|(index, digit)| (index + 1) * digit).sum();
        if check.parse() == Ok(sum % 10) { Self::Valid(text) } else { Self::WrongDigit(text) }
    }
}

/// The characters by which names are compared: half-width, upper case, without white space.
fn folded(text: &str) -> impl Iterator<Item = char> {
    text.chars().map(half_width).filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase())
}

fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '〔' | '【' => '[',
        '〕' | '】' => ']',
        _ => c,
    }
}

/// As [`folded`], without brackets and what stands in them.
fn outside_brackets(text: &str) -> impl Iterator<Item = char> {
    let mut depth = 0_u32;
    folded(text).filter(move |c| match c {
        '(' | '[' => {
            depth += 1;
            false
        }
        ')' | ']' => {
            depth = depth.saturating_sub(1);
            false
        }
        _ => depth == 0,
    })
}

/// A number of a table.
pub(super) fn number(text: &str) -> Decimal {
    Decimal::parse(text).expect("every number in data/ is read by a test")
}

#[cfg(test)]
mod tests;
