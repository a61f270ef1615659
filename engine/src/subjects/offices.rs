//! 考核: the yearly sheets of villages and departments become subjects, those that they filled in
//! themselves (自评) and those that were verified (核查).
//! Reports nothing about their cells but other points than the checklist's: the year-end assessment reads the
//! same sheets and does.

use std::collections::{BTreeMap, BTreeSet};

use super::{Binder, item_key, stand};
use crate::model::text::{match_key, year_in};
use crate::model::{
    Answer, By, Cell, Date, Decimal, EnterpriseId, Item, Record, Resolved, Subject, Table, Value, Verdict,
    Written,
};

/// Numbers of villages and departments by the keys of their names, and of the numbers themselves.
pub(super) fn numbers(tables: &[Table]) -> BTreeMap<String, String> {
    let mut numbers = BTreeMap::new();
    for table in tables.iter().filter(|table| table.is("villages") || table.is("departments")) {
        for row in &table.rows {
            let shown = |key: &str| table.cell(row, key).map_or_else(String::new, Cell::shown);
            let (number, name) = (shown("number"), shown("name"));
            for key in [match_key(&name), match_key(&number)] {
                if !number.is_empty() && !key.is_empty() {
                    numbers.entry(key).or_insert_with(|| number.clone());
                }
            }
        }
    }
    numbers
}

impl Binder<'_> {
    /// Makes a subject of a sheet, assessed as of the end of its year.
    pub(super) fn assessment(&mut self, table: &Table, kind: &str) {
        let Some(codes) = table.field("code") else { return };
        let cells: Vec<_> = table.rows.iter().map(|row| item_key(&row.cells[codes].shown())).collect();
        let known =
            |plugin: &usize| cells.iter().filter(|key| self.items[*plugin].contains_key(*key)).count();
        let of_kind = |plugin: &usize| {
            let kinds = &self.plugins[*plugin].manifest.kinds;
            kinds.iter().position(|known| known.code == kind)
        };
        let best_of = |candidates: &mut dyn Iterator<Item = usize>| {
            let best = candidates.max_by_key(|plugin| (known(plugin), std::cmp::Reverse(*plugin)));
            best.filter(|plugin| known(plugin) > 0)
        };
        let mut of_units = (0..self.plugins.len()).filter(|plugin| of_kind(plugin).is_some());
        // What was verified of an enterprise is an ordinary check by the checklist of the sheet.
        let (plugin, kind, enterprise) = match best_of(&mut of_units) {
            Some(plugin) => (plugin, of_kind(&plugin).unwrap_or(0) as u32, None),
            None => {
                let enterprise = self.verified_enterprise(table, kind);
                let Some(plugin) = best_of(&mut (0..self.plugins.len())).filter(|_| enterprise.is_some())
                else {
                    return;
                };
                (plugin, 0, enterprise)
            }
        };
        let shown = |key: &str| table.info(key).map_or_else(String::new, Cell::shown);
        let year =
            year_in(&format!("{}年", shown("year").trim_end_matches('年'))).or_else(|| year_in(&table.title));
        let year = year.unwrap_or(self.as_of.year());
        let name = shown("unit");
        let mut subject = Subject {
            enterprise,
            office: self.offices.get(&match_key(&name)).cloned().unwrap_or_default(),
            name,
            code: String::new(),
            unit: String::new(),
            inspectors: if enterprise.is_some() { shown("assessor") } else { String::new() },
            plugin,
            kind,
            date: Date::new(year, 12, 31).unwrap_or(self.as_of),
            tags: self.tags(plugin, enterprise),
            facts: Vec::new(),
            tables: Vec::new(),
            indicators: Vec::new(),
            answers: Vec::new(),
            evidence: Vec::new(),
        };
        let mut seen = BTreeSet::new();
        for row in &table.rows {
            let key = item_key(&row.cells[codes].shown());
            let Some(&index) = self.items[plugin].get(&key) else { continue };
            if seen.insert(index) {
                let item = &self.plugins[plugin].manifest.items[index as usize];
                match enterprise {
                    Some(_) => self.agree(table, row, item, &subject, row.cells[codes].at),
                    None => self.agree_on_points(table, row, item),
                }
                let answer = answer(table, row, (index, item), &mut subject);
                subject.answers.push(answer);
            }
        }
        if !subject.answers.is_empty() {
            self.subjects.push(subject);
        }
    }
}

impl Binder<'_> {
    /// The enterprise that a verified sheet names: no office, and known without a guess. The year-end
    /// assessment tells of a name that nobody has.
    fn verified_enterprise(&self, table: &Table, kind: &str) -> Option<EnterpriseId> {
        let name = table.info("unit").map_or_else(String::new, Cell::shown);
        if kind != "verified" || self.offices.contains_key(&match_key(&name)) {
            return None;
        }
        match self.resolver.resolve(&name, "") {
            Resolved::Known { id, by, .. } if by != By::Part => Some(id),
            _ => None,
        }
    }
}

/// What a row says: points taken (扣分; blank is none), or points that the unit gives itself.
fn answer(table: &Table, row: &Record, (index, item): (u32, &Item), subject: &mut Subject) -> Answer {
    let own = table.field("deduction").is_none();
    let cell = table.cell(row, if own { "got" } else { "deduction" });
    let evidence = stand(subject, cell.map_or(table.at, |cell| cell.at));
    let number = |taken| {
        let verdict = if taken == Decimal::ZERO { Verdict::Pass } else { Verdict::Partial };
        (verdict, Some(taken))
    };
    let (verdict, taken) = match cell.map(|cell| &cell.value) {
        Some(Value::Verdict(Verdict::NotApplicable)) => (Verdict::NotApplicable, None),
        Some(Value::Number(points)) if points.is_sign_negative() && !points.is_zero() => {
            (Verdict::Error, None)
        }
        Some(Value::Number(got)) if own && *got > item.points => (Verdict::Error, None),
        Some(Value::Number(got)) if own => number(item.points - *got),
        Some(Value::Number(taken)) => number(*taken),
        Some(Value::Absent) if own => (Verdict::NotChecked, None),
        Some(Value::Absent) => (Verdict::Pass, None),
        _ => (Verdict::Error, None),
    };
    let remark = table.cell(row, if own { "remark" } else { "reason" });
    Answer::plain(index, verdict, evidence).with(Written {
        number: taken,
        number_evidence: taken.map(|_| evidence),
        remark: remark.map_or_else(String::new, Cell::shown),
        ..Written::NOTHING
    })
}
