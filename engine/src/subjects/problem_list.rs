//! 问题清单式: a sheet that lists only what was wrong at checks of a whole checklist. Each unit on
//! it becomes a subject: listed items fail, named ones do not apply, all others were met.
//! Knows no rule: what a failing costs is for the checklist to say.

use std::collections::BTreeMap;

use super::{Binder, item_key, stand};
use crate::model::text::match_key;
use crate::model::{Answer, Cell, Problem, ProblemCode, Provenance, Record, Table, Value, Verdict};

impl Binder<'_> {
    /// Makes a subject of each unit that a list names.
    pub(super) fn problem_list(&mut self, table: &Table) {
        let Some(codes) = table.field("code") else { return };
        let is_coded = |row: &Record| row.cells[codes].value != Value::Absent;
        let plugin = match table.rows.iter().any(is_coded) {
            true => self.plugin_for(table, codes),
            false => self.plugin_by_title(table),
        };
        let Some(plugin) = plugin else { return };
        let key = |row: &Record| ["unit", "credit_code", "date"].map(|key| table.cell(row, key).cloned());
        for group in table.rows.chunk_by(|one, other| key(one) == key(other)) {
            self.listed_unit(table, group, plugin, codes);
        }
    }

    /// The plugin whose title stands in the sheet's: of a list that names no item.
    fn plugin_by_title(&mut self, table: &Table) -> Option<usize> {
        let title = match_key(&table.title);
        let named = |plugin: &usize| title.contains(&match_key(&self.plugins[*plugin].manifest.title));
        let found = (0..self.plugins.len()).find(named);
        if found.is_none() && !table.rows.is_empty() {
            self.problems.push(Problem::new(ProblemCode::NoPlugin, table.at).arg(&table.title));
        }
        found
    }

    fn listed_unit(&mut self, table: &Table, group: &[Record], plugin: usize, codes: usize) {
        let manifest = &self.plugins[plugin].manifest;
        let first = &group[0];
        let cell = |key: &str| table.cell(first, key);
        let shown = |key: &str| cell(key).map_or_else(String::new, Cell::shown);
        let at = |key: &str| cell(key).map_or(table.at, |cell| cell.at);
        let Some(date) = cell("date").and_then(|cell| cell.value.day()) else {
            let why = "没有可用的检查日期,不能选定判定标准,该单位未评定";
            self.problems
                .push(Problem::new(ProblemCode::SubjectFailed, at("date")).arg(why).note(shown("unit")));
            return;
        };
        let code = match_key(&shown("credit_code")).to_uppercase();
        let name = (shown("unit"), at("unit"));
        let code = (code, cell("credit_code").map(|cell| cell.at));
        let mut subject = self.subject(name, code, plugin, date);
        subject.inspectors = shown("inspectors");
        if subject.tags.is_empty() {
            let why = "名录中查不到该单位的类别,不知道哪些检查项适用";
            self.problems
                .push(Problem::new(ProblemCode::SubjectFailed, at("unit")).found(&subject.name).arg(why));
            return;
        }
        let mut failing: BTreeMap<u32, &Record> = BTreeMap::new();
        for row in group {
            let code = &row.cells[codes];
            let nothing = table.cell(row, "finding").is_none_or(|cell| cell.value == Value::Absent);
            if code.value == Value::Absent && nothing {
                continue;
            }
            let Some(index) = self.known_item(plugin, &code.shown(), code.at) else { continue };
            if let Some(first) = failing.get(&index) {
                let first = self.sources.show(first.cells[codes].at.into());
                self.problems
                    .push(Problem::new(ProblemCode::ItemTwice, code.at).found(code.shown()).arg(first));
                continue;
            }
            self.agree(table, row, &manifest.items[index as usize], &subject, code.at);
            failing.insert(index, row);
        }
        let mut excused: BTreeMap<u32, Provenance> = BTreeMap::new();
        for cell in group.iter().filter_map(|row| table.cell(row, "not_applicable")) {
            let shown = cell.shown();
            let codes = shown.split(|c: char| c.is_whitespace() || "、,\u{FF0C};\u{FF1B}/".contains(c));
            for code in codes.filter(|code| !code.is_empty()) {
                if let Some(index) = self.known_item(plugin, code, cell.at) {
                    excused.insert(index, cell.at);
                }
            }
        }
        let checked_at = stand(&mut subject, at("unit"));
        for (index, item) in (0..).zip(&manifest.items) {
            let applies =
                item.applies.is_empty() || item.applies.iter().any(|tag| subject.tags.contains(tag));
            let answer = match (failing.get(&index), excused.get(&index)) {
                (Some(row), _) => self.answer(table, row, index, item, &mut subject),
                (None, Some(at)) => {
                    let evidence = stand(&mut subject, *at);
                    Answer::plain(index, Verdict::NotApplicable, evidence)
                }
                (None, None) if applies => Answer::plain(index, Verdict::Pass, checked_at),
                (None, None) => continue,
            };
            subject.answers.push(answer);
        }
        self.subjects.push(subject);
    }

    /// The position of an item; a code that the checklist lacks is a problem.
    pub(super) fn known_item(&mut self, plugin: usize, code: &str, at: Provenance) -> Option<u32> {
        let index = self.items[plugin].get(&item_key(code)).copied();
        if index.is_none() {
            self.problems.push(Problem::new(ProblemCode::UnknownItem, at).found(code).column("编号"));
        }
        index
    }
}
