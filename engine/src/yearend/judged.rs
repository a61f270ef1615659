//! Takes what a checklist's plugin made of a sheet in place of what stands in its cells: a plugin knows
//! the item's own points, and what a rule takes. Judges nothing itself.

use std::collections::BTreeMap;

use crate::model::yearend::{Line, Sheet};
use crate::model::{Check, Decimal, Plugin, Provenance, Scored, SourceId, Verdict, YearEnd, YearEndRules};

/// Puts scores into the sheets that were judged.
///
/// A check belongs to the sheet that its evidence begins on. Items of the checklist have the plugin's
/// points; items that the locality added stay as they stand; what neither knows leaves the sheet, and is
/// told where the rows were bound. A sheet without a result stays as it is.
/// Errors: none.
pub fn take_scores(year_end: &mut YearEnd, rules: &YearEndRules, plugins: &[Plugin], checks: &[Check]) {
    let mut judged: BTreeMap<(SourceId, u16), (&Plugin, &Check, &Scored)> = BTreeMap::new();
    for check in checks {
        if let (Some(first), Some(scored)) = (check.subject.evidence.first(), &check.scored)
            && scored.schemes.first().is_some_and(|scheme| scheme.score.is_some())
        {
            let plugin = &plugins[check.subject.plugin];
            judged.entry((first.source, first.sheet)).or_insert((plugin, check, scored));
        }
    }
    if judged.is_empty() {
        return;
    }
    for unit in &mut year_end.units {
        let kind = unit.unit.kind;
        let is_local = |code: &str| rules.items.iter().any(|item| item.kind == kind && item.code == code);
        for sheet in [&mut unit.own, &mut unit.verified].into_iter().flatten() {
            if let Some(known) = judged.get(&(sheet.at.source, sheet.at.sheet)) {
                judge(sheet, *known, &is_local);
            }
        }
    }
}

fn judge(
    sheet: &mut Sheet,
    (plugin, check, scored): (&Plugin, &Check, &Scored),
    is_local: &dyn Fn(&str) -> bool,
) {
    let Some(scheme) = scored.schemes.first() else { return };
    let items = &plugin.manifest.items;
    let by_code: BTreeMap<&str, _> =
        scored.items.iter().map(|item| (&*items[item.item as usize].code, item)).collect();
    let (mut got, mut possible) = (scheme.got, scheme.possible);
    let mut lines: Vec<Line> = Vec::new();
    for mut line in std::mem::take(&mut sheet.lines) {
        if let Some(item) = by_code.get(&*line.code) {
            let applies = !matches!(
                item.verdict,
                Verdict::NotApplicable | Verdict::NotSelected | Verdict::Waived | Verdict::Informational
            );
            line.points = item.points;
            line.got = applies.then_some(item.got);
            if let Some(at) = evidence_of(check, item.answer) {
                line.at = at;
            }
        } else if is_local(&line.code) {
            if let Some(earned) = line.got {
                got += earned;
                possible += line.points;
            }
        } else {
            continue;
        }
        lines.push(line);
    }
    (sheet.got, sheet.possible) = (got.max(Decimal::ZERO), possible);
    sheet.lines = lines;
}

/// Where an answer's number stands; where its verdict does when it has none.
fn evidence_of(check: &Check, answer: usize) -> Option<Provenance> {
    let answer = check.subject.answers.get(answer)?;
    let position = answer.written().number_evidence.unwrap_or(answer.evidence);
    check.subject.evidence.get(position as usize).copied()
}
