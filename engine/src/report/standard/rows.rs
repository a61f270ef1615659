//! What goes into the prescribed reports: the rows of each, from a finished run. The only file of
//! `standard` that knows a run.

use std::collections::BTreeMap;

use super::{Entry, Given};
use crate::model::{Date, Place, Run};
use crate::report::wording;

/// The rows of one report, and the words for its texts.
#[derive(Debug, Clone, Default)]
pub(in crate::report) struct Content {
    /// The layout: its folder's name.
    pub layout: &'static str,
    /// The rows.
    pub entries: Vec<Entry>,
    /// Words beside those every report has.
    pub words: BTreeMap<&'static str, String>,
}

/// The reports that a run has rows for, in the order of their layouts' names.
pub(in crate::report) fn contents(run: &Run) -> Vec<Content> {
    let mut contents = vec![register(run)];
    contents.retain(|content| !content.entries.is_empty());
    contents.sort_by_key(|content| content.layout);
    contents
}

/// A row in the making.
#[derive(Default)]
struct Row(Entry);

impl Row {
    /// Text; empty text leaves the cell empty.
    fn text(mut self, key: &str, text: impl Into<String>) -> Self {
        let text = text.into();
        if !text.is_empty() {
            self.0.given.insert(key.to_owned(), Given::Text(text));
        }
        self
    }

    fn day(mut self, key: &str, day: Option<Date>) -> Self {
        if let Some(day) = day {
            self.0.given.insert(key.to_owned(), Given::Day(day));
        }
        self
    }

    fn rests_on(mut self, key: &str, source: String) -> Self {
        self.0.sources.entry(key.to_owned()).or_default().push(source);
        self
    }
}

/// 表R12: every enterprise of the register, in its order.
fn register(run: &Run) -> Content {
    let mut last_checks: BTreeMap<_, Date> = BTreeMap::new();
    for check in &run.checks {
        let Some(enterprise) = check.subject.enterprise else { continue };
        let last = last_checks.entry(enterprise).or_insert(check.subject.date);
        *last = (*last).max(check.subject.date);
    }
    let mut n_active = 0;
    let entries = (0..).map(crate::model::EnterpriseId).zip(&run.register.enterprises).map(|(id, one)| {
        let is_active = one.is_active(run.as_of);
        n_active += usize::from(is_active);
        let not_yet = one.entered.is_some_and(|entered| run.as_of < entered);
        let state = if is_active {
            "在册"
        } else if not_yet {
            "尚未新增"
        } else {
            "已注销"
        };
        Row::default()
            .text("no", &*one.number)
            .text("unit", &*one.name)
            .rests_on("unit", run.sources.show(Place::from(one.at)))
            .text("code", &*one.code)
            .text("village", &*one.village)
            .text("sector", &*one.sector)
            .text("kind", &*one.kind)
            .text("venues", one.venues.join("、"))
            .text("department", &*one.department)
            .text("risk", &*one.risk)
            .day("last_check", last_checks.get(&id).copied())
            .text("state", state)
            .day("entered", one.entered)
            .day("left", one.left)
            .0
    });
    let entries: Vec<_> = entries.collect();
    let summary = format!(
        "名录共 {} 家,{}在册 {n_active} 家;空格为名录未填的内容。",
        entries.len(),
        wording::day(run.as_of)
    );
    Content { layout: "register", entries, words: BTreeMap::from([("summary", summary)]) }
}
