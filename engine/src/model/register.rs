//! Who exists and who is meant: enterprises with their code, place and kind, and the resolution of
//! names and credit codes against them. Knows no workbook: `register` reads it from tables.
//!
//! A credit code with a wrong check character identifies nobody; a name that fits two enterprises
//! is never merged.

use std::collections::BTreeMap;

use super::text::{credit_code_valid, match_key, shared_pairs, without_brackets};
use super::{Date, Problem, ProblemCode, Provenance};

/// Position of an enterprise in [`Register::enterprises`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnterpriseId(pub u32);

/// An enterprise or venue of the register (企业名录).
#[derive(Debug, Clone)]
pub struct Enterprise {
    /// The office's own number, e.g. E001; empty where the register has none.
    pub number: String,
    /// Name as registered.
    pub name: String,
    /// Former name; empty where none.
    pub former_name: String,
    /// Unified social credit code, upper case; empty where none.
    pub code: String,
    /// Whether the code's check character is right (GB 32100-2015). A wrong code identifies nobody.
    pub code_valid: bool,
    /// Village, as written.
    pub village: String,
    /// Sector (行业领域), as written.
    pub sector: String,
    /// Kind (类别), as written, e.g. 加油站.
    pub kind: String,
    /// Kinds of venue (场所类型), one each.
    pub venues: Vec<String>,
    /// Supervising department.
    pub department: String,
    /// Risk colour.
    pub risk: String,
    /// Day from which it exists, where it is new; none: always.
    pub entered: Option<Date>,
    /// Day from which it no longer exists.
    pub left: Option<Date>,
    /// Standardization (标准化).
    pub standard: Certificate,
    /// Where it stands: the cell of its name.
    pub at: Provenance,
}

/// The level of standardization that the register names, and how long its certificate holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Certificate {
    /// Level, as written; empty where none.
    pub level: String,
    /// Last day; none where the cell holds no day.
    pub until: Option<Date>,
    /// Where the level stands; none where the register lacks the column.
    pub level_at: Option<Provenance>,
    /// Where the day stands, or else the level; none where the register has neither column.
    pub at: Option<Provenance>,
}

impl Enterprise {
    /// What a sentence calls it: the office's number, or the name where it has none.
    pub fn called(&self) -> &str {
        if self.number.is_empty() { &self.name } else { &self.number }
    }

    /// Whether it exists on a day.
    pub fn is_active(&self, day: Date) -> bool {
        self.entered.is_none_or(|entered| day >= entered) && self.left.is_none_or(|left| day < left)
    }
}

/// The register of a town. Empty when the inbox holds none.
#[derive(Debug, Clone, Default)]
pub struct Register {
    /// Enterprises in the order of the workbook.
    pub enterprises: Vec<Enterprise>,
    /// County and town, as the names of enterprises begin with them; empty where unknown.
    pub county: String,
    /// Town.
    pub town: String,
}

impl Register {
    /// The enterprise with this position; positions are only made by `register`, so it exists.
    pub fn get(&self, id: EnterpriseId) -> &Enterprise {
        &self.enterprises[id.0 as usize]
    }
}

/// What a person writes for a name that means nobody of the register.
pub const NOT_LISTED: &str = "不在名录";

/// Whom a name means, as a person decided (归属确认表).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// The name as it stands in workbooks.
    pub name: String,
    /// Who is meant; none: nobody of the register.
    pub owner: Option<EnterpriseId>,
    /// Where the decision stands.
    pub at: Provenance,
}

/// By what an enterprise is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A valid credit code.
    Code,
    /// A person's decision about the name.
    Decision,
    /// The name, as the register has it.
    Name,
    /// The core of the name or of the former name.
    Core,
    /// A part of exactly one core.
    Part,
}

/// Who is meant by a name and a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    /// One enterprise; `variant` where the name as written is not the registered one.
    Known {
        /// Who.
        id: EnterpriseId,
        /// By what.
        by: By,
        /// Whether the name differs from the register's.
        variant: bool,
    },
    /// More than one enterprise fits; nobody is meant.
    Ambiguous(Vec<EnterpriseId>),
    /// Nobody of the register, as a person decided.
    NotListed,
    /// Nobody of the register.
    Unknown,
}

/// Finds enterprises by code, then by the core of the name.
///
/// Source: the order is that of the office's own practice: a valid code decides whatever the name
/// says; then what a person decided about the name; then the core of name or former name; then a
/// core contained in exactly one other.
#[derive(Debug)]
pub struct Resolver<'a> {
    register: &'a Register,
    by_code: BTreeMap<&'a str, EnterpriseId>,
    by_number: BTreeMap<&'a str, EnterpriseId>,
    cores: BTreeMap<String, Vec<EnterpriseId>>,
    /// The cores by each run of characters that is as long as the shortest part that counts, so
    /// that a list of many rows does not walk through a register of many names for each.
    parts: BTreeMap<String, Vec<String>>,
    /// By the key of the name.
    aliases: BTreeMap<String, Option<EnterpriseId>>,
}

/// The least length of a core, in characters, that may stand for a longer one.
const CONTAINED_CORE_CHARS: usize = 4;

impl<'a> Resolver<'a> {
    /// Prepares the keys of a register.
    pub fn new(register: &'a Register) -> Self {
        let mut resolver = Self {
            register,
            by_code: BTreeMap::new(),
            by_number: BTreeMap::new(),
            cores: BTreeMap::new(),
            parts: BTreeMap::new(),
            aliases: BTreeMap::new(),
        };
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
                    resolver.cores.entry(core).or_default().push(id);
                }
            }
        }
        for core in resolver.cores.keys() {
            let chars: Vec<char> = core.chars().collect();
            for part in chars.windows(CONTAINED_CORE_CHARS) {
                let known = resolver.parts.entry(part.iter().collect()).or_default();
                if known.last() != Some(core) {
                    known.push(core.clone());
                }
            }
        }
        resolver
    }

    /// The same with what persons decided about names.
    #[must_use]
    pub fn with_aliases(mut self, aliases: &[Alias]) -> Self {
        self.aliases = aliases.iter().map(|alias| (match_key(&alias.name), alias.owner)).collect();
        self
    }

    /// Whom a name may mean: those that its core fits, then those whose core is most alike, the most
    /// alike first. A proposal for a person, never a decision.
    pub fn candidates(&self, name: &str, most: usize) -> Vec<EnterpriseId> {
        let core = self.core(name);
        let mut alike: Vec<_> = self
            .cores
            .iter()
            .flat_map(|(known, ids)| ids.iter().map(move |id| (known, id)))
            .filter_map(|(known, id)| {
                let fits = !core.is_empty() && (known.contains(&core) || core.contains(known.as_str()));
                let (shared, all) = shared_pairs(known, &core);
                // A quarter in common is little enough to miss nobody.
                (fits || (shared > 0 && shared * 4 >= all)).then_some((fits, shared, all.max(1), *id))
            })
            .collect();
        // Ratios are compared crosswise, so that they stay exact.
        alike.sort_by(|a, b| (b.0.cmp(&a.0)).then((b.1 * a.2).cmp(&(a.1 * b.2))).then(a.3.cmp(&b.3)));
        let mut seen = std::collections::BTreeSet::new();
        alike.into_iter().map(|(.., id)| id).filter(|id| seen.insert(*id)).take(most).collect()
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
            return self.known(id, By::Code, name);
        }
        match self.aliases.get(&match_key(name)) {
            Some(Some(id)) => return self.known(*id, By::Decision, name),
            Some(None) => return Resolved::NotListed,
            None => {}
        }
        let core = self.core(name);
        if core.is_empty() {
            return Resolved::Unknown;
        }
        let equal = self.known_as([&core]);
        let (found, by) = if equal.is_empty() && core.chars().count() >= CONTAINED_CORE_CHARS {
            let start: String = core.chars().take(CONTAINED_CORE_CHARS).collect();
            let holding = self.parts.get(&start).into_iter().flatten().filter(|known| known.contains(&core));
            (self.known_as(holding), By::Part)
        } else {
            (equal, By::Core)
        };
        match found.as_slice() {
            [] => Resolved::Unknown,
            [id] => self.known(*id, by, name),
            _ => Resolved::Ambiguous(found),
        }
    }

    fn known(&self, id: EnterpriseId, by: By, name: &str) -> Resolved {
        let variant = name.trim() != self.register.get(id).name.trim();
        Resolved::Known { id, by: if by == By::Core && !variant { By::Name } else { by }, variant }
    }

    /// Who is meant by two cells, and what is odd about them: a code with a wrong check character, a
    /// name that is not the registered one or fits several enterprises, a formula in its place.
    /// That nobody of the register is meant is for the caller to judge.
    pub fn identify(
        &self,
        (name, name_at): (&str, Provenance),
        code: Option<(&str, Provenance)>,
    ) -> (Resolved, Vec<Problem>) {
        let mut problems = Vec::new();
        let folded = code.map_or_else(String::new, |(code, _)| match_key(code).to_uppercase());
        if let Some((_, at)) = code.filter(|_| !folded.is_empty() && !credit_code_valid(&folded)) {
            problems.push(Problem::new(ProblemCode::UsccCheckDigit, at).found(&folded).arg("按名称匹配"));
        }
        let resolved = self.resolve(name, &folded);
        match &resolved {
            Resolved::Known { id, .. } if name.starts_with('=') => {
                let arg = format!("按文本处理;代码→{}", self.register.get(*id).called());
                problems.push(Problem::new(ProblemCode::FormulaText, name_at).found(name).arg(arg));
            }
            Resolved::Known { id, variant: true, .. } if !name.is_empty() => {
                let known = self.register.get(*id);
                let arg = [known.number.as_str(), &known.name].join(" ");
                problems.push(Problem::new(ProblemCode::NameVariant, name_at).found(name).arg(arg.trim()));
            }
            Resolved::Ambiguous(found) => {
                let names: Vec<_> = found.iter().map(|id| self.register.get(*id).called()).collect();
                problems.push(
                    Problem::new(ProblemCode::NameAmbiguous, name_at).found(name).arg(names.join("或")),
                );
            }
            _ => {}
        }
        (resolved, problems)
    }

    /// The enterprises with these cores, each once.
    fn known_as<'c>(&self, cores: impl IntoIterator<Item = &'c String>) -> Vec<EnterpriseId> {
        let ids = cores.into_iter().filter_map(|core| self.cores.get(core)).flatten().copied();
        let mut found: Vec<_> = ids.collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The part of a name that tells enterprises apart: without bracketed text, the leading county
    /// and town, and one trailing legal form.
    pub fn core(&self, name: &str) -> String {
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
    use crate::model::{CellRef, SourceId};

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
            standard: Certificate::default(),
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
                Resolved::Known { id, variant, .. } => {
                    format!("{}{}", register.get(id).number, if variant { " variant" } else { "" })
                }
                Resolved::Ambiguous(found) => format!("ambiguous {}", found.len()),
                Resolved::NotListed => "not listed".to_owned(),
                Resolved::Unknown => "unknown".to_owned(),
            };
            assert_eq!(shown, expected, "{name} {code}");
        }
    }

    #[test]
    fn a_person_decides_after_the_code_and_before_the_name() {
        let register = register();
        let at = Provenance { source: SourceId(0), sheet: 0, cell: CellRef::new(0, 0) };
        let alias = |name: &str, owner| Alias { name: name.to_owned(), owner, at };
        let aliases = [
            alias("鼎源五金", Some(EnterpriseId(4))),
            alias("宏源化工", None),
            alias("青石镇盛诚加油站", Some(EnterpriseId(1))),
        ];
        let resolver = Resolver::new(&register).with_aliases(&aliases);
        let known = |id, by, variant| Resolved::Known { id: EnterpriseId(id), by, variant };
        assert_eq!(resolver.resolve("鼎源 五金", ""), known(4, By::Decision, true));
        assert_eq!(resolver.resolve("宏源化工", ""), Resolved::NotListed);
        assert_eq!(resolver.resolve("宏源化工", "91370998MA3FAKE02T"), known(1, By::Code, true));
        assert_eq!(resolver.resolve("青石镇盛诚加油站", ""), known(1, By::Decision, true));
    }

    #[test]
    fn candidates_are_proposed_the_most_alike_first() {
        let register = register();
        let resolver = Resolver::new(&register);
        for (name, expected) in [
            ("鼎源五金", &["E009", "E010"][..]),
            ("鼎源五金加工部", &["E009", "E010"]),
            ("盛城加油站", &["E001"]),
            ("不认识", &[]),
            ("", &[]),
        ] {
            let found: Vec<_> =
                resolver.candidates(name, 5).into_iter().map(|id| &*register.get(id).number).collect();
            assert_eq!(found, expected, "{name}");
        }
    }
}
