//! Who exists: reads the register of enterprises from its tables.
//! Knows no checklist; who is meant by a name is for `model::register` to say.

use std::collections::BTreeMap;

use crate::model::text::{credit_code_valid, match_key};
use crate::model::{
    Cell, Date, Enterprise, Problem, ProblemCode, Provenance, Record, Register, Role, Sources, Table,
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
