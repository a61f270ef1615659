//! Ranks within a sector. Knows no sheet: it orders checks that have scores.

use std::collections::BTreeMap;

use crate::model::{Check, Decimal, EnterpriseId, GradeBasis, Plugin};

/// Who a check is of: the enterprise where it is known, else the name as written.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    Known(EnterpriseId),
    Named(String),
}

fn who(check: &Check) -> (usize, u32, Who, String) {
    let subject = &check.subject;
    let who = match subject.enterprise {
        Some(id) => Who::Known(id),
        None => Who::Named(subject.name.clone()),
    };
    (subject.plugin, subject.kind, who, subject.unit.clone())
}

/// Marks the latest check of each enterprise by each plugin and kind, and ranks those of a kind by
/// the shown main score, highest first. Equal scores share a rank and the next is skipped. A vetoed or unscored
/// check has no rank.
///
/// Shape: `checks` sorted by plugin, kind, date and place; sets `latest` and `rank`.
/// Errors: none.
pub fn rank(plugins: &[Plugin], checks: &mut [Check]) {
    let mut latest = BTreeMap::new();
    for (index, check) in checks.iter().enumerate() {
        let at_least_as_late = latest
            .get(&who(check))
            .is_none_or(|&known: &usize| checks[known].subject.date <= check.subject.date);
        if at_least_as_late {
            latest.insert(who(check), index);
        }
    }
    for check in checks.iter_mut() {
        check.latest = false;
        check.rank = None;
    }
    for &index in latest.values() {
        checks[index].latest = true;
    }
    let kinds = |plugin: usize| {
        (0..plugins[plugin].manifest.kinds.len().max(1) as u32).map(move |kind| (plugin, kind))
    };
    for (plugin, kind) in (0..plugins.len()).flat_map(kinds) {
        let own = |check: &Check| check.subject.plugin == plugin && check.subject.kind == kind;
        let mut scores: Vec<Decimal> =
            checks.iter().filter(|check| own(check)).filter_map(ranked_score).collect();
        scores.sort_unstable_by(|a, b| b.cmp(a));
        for check in checks.iter_mut().filter(|check| own(check)) {
            let Some(score) = ranked_score(check) else { continue };
            let better = scores.partition_point(|other| *other > score);
            check.rank = Some(better as u32 + 1);
        }
    }
}

/// The score by which a check ranks; none where it does not take part.
fn ranked_score(check: &Check) -> Option<Decimal> {
    let main = check.scored.as_ref()?.schemes.first()?;
    let takes_part = check.latest && !matches!(main.basis, GradeBasis::Veto(_));
    main.score.filter(|_| takes_part)
}
