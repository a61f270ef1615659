//! Rows that come from the register: 表R12.
//! Keeps out what was found at an enterprise; only the day of its last check stands here.

use std::collections::BTreeMap;

use super::{Content, Row};
use crate::model::{Date, EnterpriseId, Place, Run};
use crate::report::wording;

/// 表R12: every enterprise of the register, in its order.
pub(super) fn all(run: &Run) -> Content {
    let mut last_checks: BTreeMap<_, Date> = BTreeMap::new();
    for check in &run.checks {
        let Some(enterprise) = check.subject.enterprise else { continue };
        let last = last_checks.entry(enterprise).or_insert(check.subject.date);
        *last = (*last).max(check.subject.date);
    }
    let mut n_active = 0;
    let entries = (0..).map(EnterpriseId).zip(&run.register.enterprises).map(|(id, one)| {
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
    Content {
        layout: "register",
        of: String::new(),
        entries,
        words: BTreeMap::from([("summary", summary)]),
        ..Content::default()
    }
}
