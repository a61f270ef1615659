//! Who exists, and who is meant: the register of enterprises from its tables, and the resolution
//! of names and credit codes against it. Knows no checklist.
//!
//! A credit code with a wrong check character identifies nobody; a name that fits two enterprises
//! is never merged.

use std::collections::BTreeMap;

use crate::model::text::{credit_code_valid, match_key, without_brackets};
use crate::model::{
    Cell, Enterprise, EnterpriseId, Problem, ProblemCode, Provenance, Record, Register, Role, Sources, Table,
};

/// Reads the register from the tables that hold one.
///
/// Shape: enterprises in the order of the tables and rows.
/// Errors: none; what is wrong with a row becomes a problem.
pub fn read_register(sources: &Sources, tables: &[Table]) -> (Register, Vec<Problem>) {
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
                    problems.push(Problem::new(ProblemCode::UsccCheckDigit, code.at).found(&enterprise.code));
                } else if let Some(other) = codes.insert(enterprise.code.clone(), code.at) {
                    let other = sources.show(other.into());
                    problems.push(
                        Problem::new(ProblemCode::CodeTwice, code.at).found(&enterprise.code).arg(other),
                    );
                }
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

/// Who is meant by a name and a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    /// One enterprise; `variant` where the name as written is not the registered one.
    Known {
        /// Who.
        id: EnterpriseId,
        /// Whether the name differs from the register's.
        variant: bool,
    },
    /// More than one enterprise fits; nobody is meant.
    Ambiguous(Vec<EnterpriseId>),
    /// Nobody of the register.
    Unknown,
}

/// Finds enterprises by code, then by the core of the name.
///
/// Source: the order is that of the office's own practice: a valid code decides whatever the name
/// says; then the core of name or former name; then a core contained in exactly one other.
#[derive(Debug)]
pub struct Resolver<'a> {
    register: &'a Register,
    by_code: BTreeMap<&'a str, EnterpriseId>,
    by_number: BTreeMap<&'a str, EnterpriseId>,
    cores: Vec<(String, EnterpriseId)>,
}

/// The least length of a core, in characters, that may stand for a longer one.
const CONTAINED_CORE_CHARS: usize = 4;

impl<'a> Resolver<'a> {
    /// Prepares the keys of a register.
    pub fn new(register: &'a Register) -> Self {
        let mut resolver =
            Self { register, by_code: BTreeMap::new(), by_number: BTreeMap::new(), cores: Vec::new() };
        for (id, enterprise) in (0..).map(EnterpriseId).zip(&register.enterprises) {
            if enterprise.code_valid {
                resolver.by_code.entry(&enterprise.code).or_insert(id);
            }
            if !enterprise.number.is_empty() {
                resolver.by_number.entry(&enterprise.number).or_insert(id);
            }
            for name in [&enterprise.name, &enterprise.former_name] {
                let core = resolver.core(name);
                if !core.is_empty() {
                    resolver.cores.push((core, id));
                }
            }
        }
        resolver
    }

    /// Whether there is a register at all.
    pub fn is_empty(&self) -> bool {
        self.register.enterprises.is_empty()
    }

    /// The enterprise with the office's own number.
    pub fn by_number(&self, number: &str) -> Option<EnterpriseId> {
        self.by_number.get(number.trim()).copied()
    }

    /// Who is meant. `code` in upper case, without spaces; a wrong one is not used.
    pub fn resolve(&self, name: &str, code: &str) -> Resolved {
        if let Some(&id) = self.by_code.get(code) {
            return self.known(id, name);
        }
        let core = self.core(name);
        if core.is_empty() {
            return Resolved::Unknown;
        }
        let equal = self.matching(|known| *known == core);
        let found = if equal.is_empty() && core.chars().count() >= CONTAINED_CORE_CHARS {
            self.matching(|known| known.contains(&core))
        } else {
            equal
        };
        match found.as_slice() {
            [] => Resolved::Unknown,
            [id] => self.known(*id, name),
            _ => Resolved::Ambiguous(found),
        }
    }

    fn known(&self, id: EnterpriseId, name: &str) -> Resolved {
        Resolved::Known { id, variant: name.trim() != self.register.get(id).name.trim() }
    }

    fn matching(&self, fits: impl Fn(&String) -> bool) -> Vec<EnterpriseId> {
        let mut found: Vec<_> = self.cores.iter().filter(|(core, _)| fits(core)).map(|(_, id)| *id).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The part of a name that tells enterprises apart: without bracketed text, the leading county
    /// and town, and one trailing legal form.
    fn core(&self, name: &str) -> String {
        let key = match_key(&without_brackets(&match_key(name)));
        let mut core = key.as_str();
        for place in [&self.register.county, &self.register.town] {
            core = core.strip_prefix(place.as_str()).unwrap_or(core);
        }
        for form in ["有限责任公司", "有限公司", "厂"] {
            if let Some(rest) = core.strip_suffix(form) {
                core = rest;
                break;
            }
        }
        core.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CellRef, SourceId, Value};

    fn register() -> Register {
        let enterprise = |number: &str, name: &str, former_name: &str, code: &str| Enterprise {
            number: number.to_owned(),
            name: name.to_owned(),
            former_name: former_name.to_owned(),
            code: code.to_owned(),
            code_valid: credit_code_valid(code),
            village: String::new(),
            sector: String::new(),
            kind: String::new(),
            venues: Vec::new(),
            department: String::new(),
            risk: String::new(),
            entered: None,
            left: None,
            at: Provenance { source: SourceId(0), sheet: 0, cell: CellRef::new(0, 0) },
        };
        Register {
            enterprises: vec![
                enterprise("E001", "青石镇盛诚加油站", "", "91370998MA3FAKE01P"),
                enterprise("E002", "平川县青石镇宏源化工仓储有限公司", "", "91370998MA3FAKE02T"),
                enterprise("E006", "瑞康服装厂", "青石镇昌晟服装厂", "92370998MA3FAKE067"),
                enterprise("E009", "青石镇鼎源五金制品厂", "", "92370998MA3FAKE09D"),
                enterprise("E010", "青石镇鼎源五金配件有限公司", "", "91370998MA3FAKE0AK"),
                enterprise("E012", "兴捷机械制造有限公司", "", "91370998MA3FAKE0CR"),
            ],
            county: "平川县".to_owned(),
            town: "青石镇".to_owned(),
        }
    }

    #[test]
    fn names_and_codes_resolve() {
        let register = register();
        let resolver = Resolver::new(&register);
        for (name, code, expected) in [
            ("青石镇盛诚加油站", "91370998MA3FAKE01P", "E001"),
            ("平川县青石镇盛诚加油站", "", "E001 variant"),
            // A valid code decides whatever the name says.
            ("随便什么名字", "91370998MA3FAKE02T", "E002 variant"),
            ("兴捷(青石)机械制造", "91370998MA3FAKE0CR", "E012 variant"),
            // A wrong code identifies nobody, even where the register carries the same.
            ("瑞康服装厂", "92370998MA3FAKE067", "E006"),
            ("不认识的厂", "92370998MA3FAKE067", "unknown"),
            ("昌晟服装厂", "", "E006 variant"),
            ("宏源化工", "", "E002 variant"),
            ("宏源", "", "unknown"),
            ("鼎源五金", "", "ambiguous 2"),
            ("鼎源 五金制品", "", "E009 variant"),
            ("", "", "unknown"),
        ] {
            let shown = match resolver.resolve(name, code) {
                Resolved::Known { id, variant } => {
                    format!("{}{}", register.get(id).number, if variant { " variant" } else { "" })
                }
                Resolved::Ambiguous(found) => format!("ambiguous {}", found.len()),
                Resolved::Unknown => "unknown".to_owned(),
            };
            assert_eq!(shown, expected, "{name} {code}");
        }
    }

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

    #[test]
    fn shown_values_keep_what_stands_there() {
        let at = Provenance { source: SourceId(0), sheet: 0, cell: CellRef::new(0, 0) };
        let cell = Cell { value: Value::Text("甲".to_owned()), raw: " 甲 ".to_owned(), at };
        assert_eq!(cell.shown(), "甲");
    }
}
