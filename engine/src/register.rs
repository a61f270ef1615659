//! Who exists: reads the register of enterprises from its tables.
//! Knows no checklist; who is meant by a name is for `model::register` to say.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::register::NOT_LISTED;
use crate::model::text::{credit_code_valid, match_key};
use crate::model::{
    Alias, Cell, Certificate, Date, Enterprise, EnterpriseId, Problem, ProblemCode, Provenance, Record,
    Register, Role, Sources, Table,
};

/// Reads the register from the tables that hold one.
///
/// Shape: enterprises in the order of the tables and rows; `as_of` says which year is assessed.
/// Errors: none; what is wrong with a row becomes a problem.
pub fn read_register(sources: &Sources, tables: &[Table], as_of: Date) -> (Register, Vec<Problem>) {
    let year_end = Date::new(as_of.year(), 12, 31).unwrap_or(as_of);
    let mut register = Register::default();
    let mut problems = Vec::new();
    let mut codes: BTreeMap<String, Provenance> = BTreeMap::new();
    for table in tables.iter().filter(|table| table.role == Role::Register) {
        if register.town.is_empty() {
            (register.county, register.town) = place_in_title(&table.title);
        }
        for row in &table.rows {
            let enterprise = enterprise(table, row);
            let code = table.cell(row, "credit_code");
            if let Some(code) = code.filter(|_| !enterprise.code.is_empty()) {
                if !enterprise.code_valid {
                    problems.push(
                        Problem::new(ProblemCode::UsccCheckDigit, code.at)
                            .found(&enterprise.code)
                            .arg("代码不得用于匹配"),
                    );
                } else if let Some(other) = codes.insert(enterprise.code.clone(), code.at) {
                    let other = sources.show(other.into());
                    problems.push(
                        Problem::new(ProblemCode::CodeTwice, code.at).found(&enterprise.code).arg(other),
                    );
                }
            }
            if let Some(until) = table.cell(row, "standard_until")
                && until.value.day().is_some_and(|day| day < year_end)
                && enterprise.is_active(year_end)
            {
                problems
                    .push(Problem::new(ProblemCode::CertificateExpired, until.at).found(until.raw.trim()));
            }
            if !enterprise.name.is_empty() {
                register.enterprises.push(enterprise);
            }
        }
    }
    (register, problems)
}

/// Reads what persons decided about names (归属确认表).
///
/// Shape: in the order of the tables and rows; a row without a decision is left out, and so is a
/// name with two. Errors: none; what cannot be used becomes a problem.
pub fn read_aliases(sources: &Sources, tables: &[Table], register: &Register) -> (Vec<Alias>, Vec<Problem>) {
    let mut aliases: Vec<Alias> = Vec::new();
    let mut problems = Vec::new();
    let mut disputed = BTreeSet::new();
    let mut by_name: BTreeMap<String, usize> = BTreeMap::new();
    for table in tables.iter().filter(|table| table.role == Role::Aliases) {
        for row in &table.rows {
            let (Some(name), Some(owner)) = (table.cell(row, "name"), table.cell(row, "owner")) else {
                continue;
            };
            let (name, text) = (name.shown(), owner.shown());
            if name.is_empty() || text.is_empty() {
                continue;
            }
            let refuse = |why: String| {
                Problem::new(ProblemCode::AliasUnclear, owner.at).found(&text).arg(why).note(&name)
            };
            let Some(decided) = owner_in(&text, register) else {
                problems.push(refuse("名录中的编号或全称,或“不在名录”".to_owned()));
                continue;
            };
            let alias = Alias { name: name.clone(), owner: decided, at: owner.at };
            match by_name.get(&match_key(&name)) {
                Some(&known) if aliases[known].owner == alias.owner => {}
                Some(&known) => {
                    let other = sources.show(aliases[known].at.into());
                    problems.push(refuse(format!("与 {other} 不一致,均不采用")));
                    disputed.insert(known);
                }
                None => {
                    by_name.insert(match_key(&name), aliases.len());
                    aliases.push(alias);
                }
            }
        }
    }
    let kept = aliases.into_iter().enumerate().filter(|(index, _)| !disputed.contains(index));
    (kept.map(|(_, alias)| alias).collect(), problems)
}

/// Whom a decision means: a number, a name, or both as the table offers them; `Some(None)` for nobody
/// of the register. Errors: `None` where it means nobody for certain.
fn owner_in(text: &str, register: &Register) -> Option<Option<EnterpriseId>> {
    if match_key(text) == NOT_LISTED {
        return Some(None);
    }
    let key = match_key(text).to_uppercase();
    let mut found = (0..).map(EnterpriseId).zip(&register.enterprises).filter(|(_, enterprise)| {
        let (number, name) = (match_key(&enterprise.number), match_key(&enterprise.name));
        let (number, name) = (number.to_uppercase(), name.to_uppercase());
        key == name || (!number.is_empty() && (key == number || key == format!("{number}{name}")))
    });
    let first = found.next().map(|(id, _)| id)?;
    found.next().is_none().then_some(Some(first))
}

fn enterprise(table: &Table, row: &Record) -> Enterprise {
    let text = |key: &str| table.cell(row, key).map_or_else(String::new, Cell::shown);
    let code = match_key(&text("credit_code")).to_uppercase();
    let changed = table.cell(row, "changed").and_then(|cell| cell.value.day());
    let status = match_key(&text("status"));
    Enterprise {
        number: text("number"),
        name: text("name"),
        former_name: text("former_name"),
        code_valid: credit_code_valid(&code),
        code,
        village: text("village"),
        sector: text("sector"),
        kind: text("kind"),
        venues: text("venues")
            .split(['、', ',', '\u{FF0C}', ';', '\u{FF1B}', '/'])
            .map(str::trim)
            .filter(|venue| !venue.is_empty())
            .map(str::to_owned)
            .collect(),
        department: text("department"),
        risk: text("risk"),
        entered: changed.filter(|_| status == "新增"),
        left: changed.filter(|_| status == "注销"),
        standard: Certificate {
            level: text("standard_level"),
            until: table.cell(row, "standard_until").and_then(|cell| cell.value.day()),
            level_at: table.cell(row, "standard_level").map(|cell| cell.at),
            at: table
                .cell(row, "standard_until")
                .or_else(|| table.cell(row, "standard_level"))
                .map(|cell| cell.at),
        },
        at: table.cell(row, "name").map_or(table.at, |cell| cell.at),
    }
}

/// County and town at the beginning of a title such as 平川县青石镇2026年生产经营单位名录; empty where
/// the title does not begin with them.
fn place_in_title(title: &str) -> (String, String) {
    let title = match_key(title);
    let end_of = |text: &str, marks: &[char]| text.find(marks).map(|at| at + marks[0].len_utf8());
    let county = end_of(&title, &['县', '区', '市']).unwrap_or(0);
    let rest = &title[county..];
    let town = match rest.find("街道") {
        Some(at) => Some(at + "街道".len()),
        None => end_of(rest, &['镇', '乡']),
    };
    match town {
        Some(town) => (title[..county].to_owned(), rest[..town].to_owned()),
        None => (String::new(), String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_begin_titles() {
        for (title, county, town) in [
            ("平川县青石镇2026年生产经营单位名录", "平川县", "青石镇"),
            ("青石镇企业名录", "", "青石镇"),
            ("海城区东风街道企业名录", "海城区", "东风街道"),
            ("企业名录", "", ""),
        ] {
            assert_eq!(place_in_title(title), (county.to_owned(), town.to_owned()), "{title}");
        }
    }
}
