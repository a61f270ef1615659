//! 一表多企: each row of a matrix becomes a subject, with the listed columns as its profile.
//! Knows no rule: that a failing column costs all its points is for the checklist to say.

use super::{Binder, stand};
use crate::model::text::match_key;
use crate::model::{Answer, Cell, Table, Value, Verdict, Written};

/// The kind of a subject on a matrix, where the checklist tells it from an ordinary check.
const KIND: &str = "matrix";

/// The state of an enterprise that is not checked while it lasts.
const CLOSED: &str = "停产";

impl Binder<'_> {
    /// Makes a subject of each row.
    pub(super) fn matrix(&mut self, table: &Table) {
        let codes: Vec<_> = table.items.iter().map(|(_, cell)| cell).collect();
        let Some(plugin) = self.plugin_of(table, &codes) else { return };
        let Some(date) = self.check_date(table) else { return };
        let kinds = &self.plugins[plugin].manifest.kinds;
        let kind = kinds.iter().position(|kind| kind.code == KIND).unwrap_or(0) as u32;
        let columns: Vec<_> = table
            .items
            .iter()
            .filter_map(|(field, code)| Some((*field, self.known_item(plugin, &code.shown(), code.at)?)))
            .collect();
        for row in &table.rows {
            let cell = |key: &str| table.cell(row, key);
            let shown = |key: &str| cell(key).map_or_else(String::new, Cell::shown);
            let name_at = cell("unit").map_or(table.at, |cell| cell.at);
            let code = match_key(&shown("credit_code")).to_uppercase();
            let of_code = (code, cell("credit_code").map(|cell| cell.at));
            // Who is meant in the rows of a matrix, and what is odd about it, is told with the other
            // lists: here it would be said twice.
            let told = self.problems.len();
            let mut subject = self.subject((shown("unit"), name_at), of_code, plugin, date);
            self.problems.truncate(told);
            subject.kind = kind;
            let closed = cell("state").filter(|state| match_key(&state.shown()).starts_with(CLOSED));
            for &(field, item) in &columns {
                let cell = &row.cells[field];
                let (verdict, at) = match (closed, &cell.value) {
                    (Some(state), _) => (Verdict::Waived, state.at),
                    (None, Value::Verdict(verdict)) => (*verdict, cell.at),
                    // Blank and unknown words were reported by intake; they count as not checked.
                    (None, _) => (Verdict::NotChecked, cell.at),
                };
                let evidence = stand(&mut subject, at);
                let written = Written { remark: shown("remark"), ..Written::NOTHING };
                subject.answers.push(Answer::plain(item, verdict, evidence).with(written));
            }
            self.subjects.push(subject);
        }
    }
}
