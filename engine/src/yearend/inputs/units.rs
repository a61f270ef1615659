//! Which units are assessed, and who is meant by a number and a name.
//! Reads the organisation and nothing of what the units did.

use std::collections::BTreeMap;

use super::{KINDS, Reading, place, text};
use crate::model::text::{match_key, without_brackets, year_in};
use crate::model::yearend::{Excused, RankBefore, RanksBefore, Unit, UnitInputs, UnitKind};
use crate::model::{
    By, EnterpriseId, Problem, ProblemCode, Provenance, Register, Resolved, Resolver, Sources, Table,
    YearEndRules,
};

/// Who is meant in a table of the assessment.
#[derive(Debug, Clone, Copy)]
pub(super) enum Whom {
    /// A village or department: position in the units.
    Unit(usize),
    /// An enterprise of the register.
    Enterprise(EnterpriseId),
}

impl<'a> Reading<'a> {
    /// The units of the organisation.
    pub(super) fn of(
        sources: &'a Sources,
        tables: &[Table],
        (register, resolver): (&'a Register, &'a Resolver<'a>),
        rules: &'a YearEndRules,
        year: i16,
    ) -> Self {
        let mut reading = Self {
            sources,
            register,
            resolver,
            rules,
            year,
            told: BTreeMap::new(),
            units: Vec::new(),
            excused: Vec::new(),
            before: RanksBefore::default(),
            by_number: BTreeMap::new(),
            by_name: BTreeMap::new(),
            begun: false,
            problems: Vec::new(),
        };
        reading.begun = tables.iter().any(|table| KINDS.iter().any(|kind| table.is(kind)));
        let mut found: BTreeMap<(UnitKind, String), Unit> = BTreeMap::new();
        for (kind, rows) in [(UnitKind::Village, "villages"), (UnitKind::Department, "departments")] {
            let classes = &rules.of(kind).classes;
            for table in tables.iter().filter(|table| table.is(rows)) {
                for row in &table.rows {
                    let number = match_key(&text(table, row, "number")).to_uppercase();
                    let assigned = rules.assigned.get(&number).map(|class| match_key(class));
                    let is_assigned = assigned.is_some();
                    let class = assigned.unwrap_or_else(|| match_key(&text(table, row, "class")));
                    let class = class.strip_suffix('类').unwrap_or(&class).to_owned();
                    let excused =
                        matches!(&*match_key(&text(table, row, "assessed")), "否" | "不参评" | "不");
                    let at = place(table, row, "number");
                    if excused && !number.is_empty() {
                        let reason = text(table, row, "reason");
                        let unit = Unit { kind, number, name: text(table, row, "name"), class, at };
                        let known = reading.excused.iter().any(|one| one.unit.number == unit.number);
                        if !known {
                            reading.excused.push(Excused { unit, reason });
                        }
                        continue;
                    }
                    if number.is_empty() || (!classes.is_empty() && !classes.contains(&class)) {
                        if class.is_empty() && !classes.is_empty() && reading.begun {
                            let problem = Problem::new(ProblemCode::AssessmentIncomplete, at);
                            reading.problems.push(problem.found("").arg("填写考核类别").note(number));
                        }
                        continue;
                    }
                    let class = if classes.is_empty() && !is_assigned { String::new() } else { class };
                    let unit =
                        Unit { kind, number: number.clone(), name: text(table, row, "name"), class, at };
                    if let Some(known) = found.get(&(kind, number.clone())) {
                        if known.name != unit.name {
                            let first = sources.show(known.at.into());
                            let problem = Problem::new(ProblemCode::AssessmentTwice, at).found(&unit.name);
                            reading.problems.push(problem.arg(first).note(number));
                        }
                        continue;
                    }
                    found.insert((kind, number), unit);
                }
            }
        }
        for unit in found.into_values() {
            let index = reading.units.len();
            reading.by_number.entry(unit.number.clone()).or_insert(index);
            let key = reading.core(&unit.name);
            if !key.is_empty() {
                reading.by_name.entry(key).and_modify(|known| *known = None).or_insert(Some(index));
            }
            reading.units.push(UnitInputs {
                unit,
                quarters: Vec::new(),
                own: None,
                verified: None,
                entries: Vec::new(),
                accidents: Vec::new(),
                breaches: Vec::new(),
                objections: Vec::new(),
                rate: None,
            });
        }
        reading
    }

    /// The part of a unit's name that tells it apart: without bracketed text, county and town, and with
    /// 村民委员会 and 村委会 as 村.
    pub(super) fn core(&self, name: &str) -> String {
        let key = match_key(&without_brackets(&match_key(name)));
        let mut core = key.as_str();
        for place in [&self.register.county, &self.register.town] {
            core = core.strip_prefix(place.as_str()).filter(|rest| !rest.is_empty()).unwrap_or(core);
        }
        for (office, place) in
            [("村民委员会", "村"), ("村委会", "村"), ("社区居民委员会", "社区"), ("社区居委会", "社区")]
        {
            if let Some(rest) = core.strip_suffix(office) {
                // 桥头村村民委员会 and 桥头村委会 are both 桥头村.
                return format!("{}{place}", rest.strip_suffix(place).unwrap_or(rest));
            }
        }
        core.to_owned()
    }

    /// The unit whose number stands in a text, apart from other letters and digits, where it is just one.
    pub(super) fn number_in(&self, text: &str) -> Option<usize> {
        let key = match_key(text).to_uppercase();
        let mut found: Vec<usize> = key
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter_map(|word| self.by_number.get(word).copied())
            .collect();
        found.dedup();
        match found.as_slice() {
            [one] => Some(*one),
            _ => None,
        }
    }

    /// Who is meant by a number and a name. A number that is known decides; one that belongs to another
    /// unit than the name is a contradiction, and nobody is meant. `beside`: where a number may stand
    /// that decides between units of one name, e.g. the name of the file.
    pub(super) fn unit(&mut self, number: &str, name: &str, beside: &str, at: Provenance) -> Option<usize> {
        let by_number = self.by_number.get(&match_key(number).to_uppercase()).copied();
        let by_name = self.by_name.get(&self.core(name)).copied();
        let shown = [number, name].join(" ").trim().to_owned();
        match (by_number, by_name) {
            (Some(one), Some(Some(other))) if one != other => {
                let of = |index: usize| {
                    let unit = &self.units[index].unit;
                    format!("{}为{}", unit.number, unit.name)
                };
                let expected = format!("{}、{}", of(one), of(other));
                self.problems
                    .push(Problem::new(ProblemCode::AssessedUnitUnclear, at).found(shown).arg(expected));
                None
            }
            (Some(unit), _) | (None, Some(Some(unit))) => Some(unit),
            (None, Some(None)) => {
                let unit = self.number_in(beside);
                if unit.is_none() {
                    self.problems.push(
                        Problem::new(ProblemCode::AssessedUnitUnclear, at)
                            .found(shown)
                            .arg("组织机构中不止一个同名单位,填写编号"),
                    );
                }
                unit
            }
            (None, None) => {
                let unit = self.number_in(name);
                if unit.is_none() {
                    self.problems.push(Problem::new(ProblemCode::AssessedUnitUnknown, at).found(shown));
                }
                unit
            }
        }
    }

    /// A unit as [`Reading::unit`] finds it, or else an enterprise: by its number, or by its name where no
    /// guess is needed. Number and name of two enterprises are a contradiction, and nobody is meant.
    pub(super) fn whom(&mut self, number: &str, name: &str, beside: &str, at: Provenance) -> Option<Whom> {
        let key = match_key(number).to_uppercase();
        let is_unit = self.by_number.contains_key(&key)
            || self.by_name.contains_key(&self.core(name))
            || self.number_in(name).is_some();
        if !is_unit {
            let by_number = self.resolver.by_number(number).or_else(|| self.resolver.by_number(&key));
            let by_name = match self.resolver.resolve(name, "") {
                Resolved::Known { id, by, .. } if by != By::Part => Some(id),
                Resolved::Known { .. } | Resolved::Ambiguous(_) | Resolved::NotListed | Resolved::Unknown => {
                    None
                }
            };
            match (by_number, by_name) {
                (Some(one), Some(other)) if one != other => {
                    let of = |id: EnterpriseId| {
                        let known = self.register.get(id);
                        format!("{}为{}", known.number, known.name)
                    };
                    let expected = format!("{}、{}", of(one), of(other));
                    let problem = Problem::new(ProblemCode::AssessedUnitUnclear, at);
                    self.problems.push(problem.found([number, name].join(" ").trim()).arg(expected));
                    return None;
                }
                (Some(id), _) | (None, Some(id)) => return Some(Whom::Enterprise(id)),
                (None, None) => {}
            }
        }
        self.unit(number, name, beside, at).map(Whom::Unit)
    }

    /// The ranks of the year before, from its own reports. Who is no longer assessed is passed over; two ranks of
    /// one unit are a contradiction, and it has none.
    pub(super) fn ranks_before(&mut self, tables: &[Table]) {
        let Some(before) = self.year.checked_sub(1) else { return };
        let is_before = |table: &&Table| table.is("ranking") && year_in(&table.title) == Some(before);
        let mut units: BTreeMap<String, Vec<RankBefore>> = BTreeMap::new();
        let mut enterprises: BTreeMap<EnterpriseId, Vec<RankBefore>> = BTreeMap::new();
        for table in tables.iter().filter(is_before) {
            for row in &table.rows {
                let name = text(table, row, "unit");
                let rank = (text(table, row, "rank"), place(table, row, "rank"));
                if rank.0.is_empty() || name.is_empty() {
                    continue;
                }
                if let Some(Some(unit)) = self.by_name.get(&self.core(&name)) {
                    units.entry(self.units[*unit].unit.number.clone()).or_default().push(rank);
                } else if let Resolved::Known { id, by, .. } = self.resolver.resolve(&name, "")
                    && by != By::Part
                {
                    enterprises.entry(id).or_default().push(rank);
                }
            }
        }
        self.before = RanksBefore { units: self.agreed(units), enterprises: self.agreed(enterprises) };
    }

    /// The one rank of each; told where there are two.
    fn agreed<K: Ord>(&mut self, ranks: BTreeMap<K, Vec<RankBefore>>) -> BTreeMap<K, RankBefore> {
        let mut agreed = BTreeMap::new();
        for (who, ranks) in ranks {
            let other = ranks.iter().find(|rank| rank.0 != ranks[0].0);
            match (other, ranks.first()) {
                (Some((rank, at)), Some((_, first))) => {
                    let first = self.sources.show((*first).into());
                    self.problems
                        .push(Problem::new(ProblemCode::AssessmentTwice, *at).found(rank).arg(first));
                }
                (None, Some(one)) => {
                    agreed.insert(who, one.clone());
                }
                (_, None) => {}
            }
        }
        agreed
    }

    /// The tables of one kind that are of the year assessed. One whose title names another year is asked
    /// about, and is used only where there is no other.
    pub(super) fn of_year<'t>(&mut self, tables: &'t [Table], kind: &str) -> Vec<&'t Table> {
        let (right, other): (Vec<_>, Vec<_>) = tables
            .iter()
            .filter(|table| table.is(kind))
            .partition(|table| year_in(&table.title).is_none_or(|year| year == self.year));
        for table in &other {
            self.other_year(table, year_in(&table.title));
        }
        if right.is_empty() { other } else { right }
    }

    /// Asks about a table of another year.
    pub(super) fn other_year(&mut self, table: &Table, year: Option<i16>) {
        let year = year.map_or_else(String::new, |year| format!("{year}年模板"));
        self.problems.push(
            Problem::new(ProblemCode::OldTemplate, table.title_at)
                .found(year)
                .arg(format!("{}年", self.year))
                .note(&table.title),
        );
    }
}
