//! The sentences that workbooks and explanations share: days, clauses, deductions, the working of a score.
//! Knows no sheets and no files.

use std::fmt::Write as _;

use crate::model::{
    Answer, Charge, Citation, Date, Decimal, Deduction, Edition, Item, ItemScore, Manifest, Mark, Method,
    NamedScore, Outcome, Rounding, Scheme, SchemeScore, Unchecked, Value,
};

/// `2026年1月5日`: no leading zeros (GB/T 9704).
pub(super) fn day(day: Date) -> String {
    format!("{}年{}月{}日", day.year(), day.month(), day.day())
}

/// A number without trailing zeros.
pub(super) fn number(number: Decimal) -> String {
    number.normalize().to_string()
}

/// A value as a reader sees it; a number keeps its digits.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::Absent => String::new(),
        Value::Text(text) | Value::Fault(text) => text.into(),
        Value::Number(number) => number.to_string(),
        Value::Flag(true) => "是".to_owned(),
        Value::Flag(false) => "否".to_owned(),
        Value::Day(date) => date.to_string(),
        Value::Verdict(verdict) => verdict.title().to_owned(),
        Value::Level(level) => level.title().to_owned(),
    }
}

/// What is printed behind a clause that was not read in the original.
pub(super) const fn mark(mark: Mark) -> &'static str {
    match mark {
        Mark::Clause => "",
        Mark::Secondary => "(二手来源)",
        Mark::Memory => "(未核实)",
    }
}

/// The meaning of a mark.
pub(super) const fn mark_title(mark: Mark) -> &'static str {
    match mark {
        Mark::Clause => "已核对原文",
        Mark::Secondary => "二手来源",
        Mark::Memory => "未核实",
    }
}

/// Whether a day lies within a period; an open end holds everything.
pub(super) fn in_force((from, to): (Option<Date>, Option<Date>), on: Date) -> bool {
    from.is_none_or(|from| from <= on) && to.is_none_or(|to| on <= to)
}

/// The period of a citation: its own, and where it has none the document's.
pub(super) fn period(manifest: &Manifest, citation: &Citation) -> (Option<Date>, Option<Date>) {
    let document = manifest.documents[citation.document as usize].effective;
    (citation.effective.0.or(document.0), citation.effective.1.or(document.1))
}

/// A citation: document, clause, mark.
pub(super) fn citation(manifest: &Manifest, citation: &Citation) -> String {
    let document = &manifest.documents[citation.document as usize];
    // 《…》第51条 needs no space; GB 50156-2021 6.1.1 does.
    let gap = if document.title.ends_with('》') || citation.clause.is_empty() { "" } else { " " };
    format!("{}{gap}{}{}", document.title, citation.clause, mark(citation.mark))
}

/// The citations of an item that are in force on a day; where none is, all, and it says so.
pub(super) fn basis(manifest: &Manifest, item: &Item, on: Date) -> String {
    let shown = |citations: &mut dyn Iterator<Item = &Citation>| {
        citations.map(|one| citation(manifest, one)).collect::<Vec<_>>().join(";")
    };
    let current = shown(&mut item.citations.iter().filter(|one| in_force(period(manifest, one), on)));
    if !current.is_empty() || item.citations.is_empty() {
        return current;
    }
    format!("{}(检查日不在施行期内)", shown(&mut item.citations.iter()))
}

/// A clause of an edition, with its period where it is not in force on the day.
fn edition_clause(edition: &Edition, clause: &str, how: Mark, on: Date) -> String {
    let mut text = format!("{} {clause}{}", edition.title, mark(how));
    if !in_force(edition.effective, on) {
        match edition.effective {
            (Some(from), _) if from > on => _ = write!(text, "(自{}起施行)", day(from)),
            (_, Some(to)) => _ = write!(text, "(施行至{})", day(to)),
            _ => {}
        }
    }
    text
}

/// The clauses by which failing an item is a major hazard: those in force on the day first. The
/// clauses of the other editions follow with their dates, since readers on either side of a change
/// of editions look for their own number.
pub(super) fn major_basis(manifest: &Manifest, item: &Item, on: Date) -> String {
    let clauses = |current: bool| {
        item.major_bases.iter().filter_map(move |basis| {
            let edition = &manifest.editions[basis.edition as usize];
            (in_force(edition.effective, on) == current)
                .then(|| edition_clause(edition, &basis.clause, basis.mark, on))
        })
    };
    clauses(true).chain(clauses(false)).collect::<Vec<_>>().join(";")
}

/// One deduction: what, how often, how much.
pub(super) fn deduction(manifest: &Manifest, item: &Item, deduction: &Deduction) -> String {
    let case = deduction.case.map(|case| &item.cases[case as usize]);
    let reason = deduction.reason.as_ref().map(|reason| reason.render(manifest));
    let mut text = match (case, reason) {
        (Some(case), Some(reason)) => format!("{}({reason})", case.text),
        (Some(case), None) => case.text.clone(),
        (None, Some(reason)) => reason,
        (None, None) => "检查人员填报".to_owned(),
    };
    if deduction.times > 1 {
        _ = write!(text, ",{}处", deduction.times);
    }
    if deduction.points.is_zero() && case.is_some_and(|case| case.charge == Charge::RulingOnly) {
        text.push_str(",不单独扣分");
    } else {
        _ = write!(text, ",扣{}分", number(deduction.points));
    }
    text
}

/// Why an item lost points: the problem as the inspector wrote it, then each deduction, then
/// whether it was cut off.
pub(super) fn reasons(
    manifest: &Manifest,
    item: &Item,
    answer: &Answer,
    outcome: &Outcome,
    score: &ItemScore,
) -> String {
    let mut lines = Vec::new();
    if !answer.written().finding.is_empty() {
        lines.push(answer.written().finding.clone());
    }
    lines.extend(outcome.deductions().iter().map(|one| format!("[{}]", deduction(manifest, item, one))));
    if cut_off(outcome, score) {
        lines.push(format!("[扣完为止,实扣{}分]", number(score.deducted)));
    }
    if !answer.written().remark.is_empty() {
        lines.push(format!("备注:{}", answer.written().remark));
    }
    lines.join("\n")
}

/// Whether an item's deductions exceed what it could lose.
pub(super) fn cut_off(outcome: &Outcome, score: &ItemScore) -> bool {
    let own = outcome.deductions().iter().filter(|deduction| deduction.scope == crate::model::Scope::Item);
    // The sum may be beyond a decimal's range only where it is beyond the item's points as well.
    let sum = own.map(|deduction| deduction.points).try_fold(Decimal::ZERO, Decimal::checked_add);
    score.verdict.fails() && sum.is_none_or(|sum| sum > score.deducted)
}

/// How a score came about, e.g. `87÷95×100=91.5789…→91.6`.
pub(super) fn working(
    manifest: &Manifest,
    scheme: &Scheme,
    score: &SchemeScore,
    given: Option<&NamedScore>,
) -> String {
    let Some(shown) = score.score else { return "未查任何项目,不计分".to_owned() };
    match scheme.method {
        Method::Deduct => {
            let (got, possible, full) = (score.got, score.possible, scheme.full_marks);
            let start = format!("{}÷{}×{}", number(got), number(possible), number(full));
            match got.checked_mul(full).and_then(|product| product.checked_div(possible)) {
                Some(exact) if exact == shown => format!("{start}={shown}"),
                Some(exact) if exact.trunc_with_scale(4) == exact => {
                    format!("{start}={}→{shown}", number(exact))
                }
                Some(exact) => format!("{start}={}…→{shown}", exact.trunc_with_scale(4)),
                None => format!("{start}→{shown}"),
            }
        }
        Method::Weighted => {
            let weights: Vec<_> = manifest
                .categories
                .iter()
                .filter_map(|category| Some(format!("{}{}", category.title, number(category.weight?))))
                .collect();
            format!("各类别得分率按权重({})加权→{shown}", weights.join("、"))
        }
        Method::Given => {
            let steps = given
                .map(|given| given.working.iter().map(|reason| reason.render(manifest)).collect::<Vec<_>>());
            format!("{}→{shown}", steps.unwrap_or_default().join(";"))
        }
    }
}

/// The bands of a scheme: `优秀≥90、良好≥80、合格≥60、不合格<60`.
pub(super) fn bands(scheme: &Scheme) -> String {
    let mut above: Option<Decimal> = None;
    let mut shown = Vec::new();
    for band in &scheme.bands {
        shown.push(match above {
            Some(above) if band.lower.is_zero() => format!("{}<{}", band.grade, number(above)),
            _ => format!("{}≥{}", band.grade, number(band.lower)),
        });
        above = Some(band.lower);
    }
    shown.join("、")
}

/// What happens with unchecked items.
pub(super) fn unchecked(scheme: &Scheme) -> &'static str {
    match scheme.unchecked {
        Unchecked::Zero => "未查项留在应得分内、得0分,剔除未查项的得分另列,仅供参考",
        Unchecked::Exclude => "未查项不计入应得分",
    }
}

/// On which score the grade is decided.
pub(super) fn rounding(scheme: &Scheme) -> &'static str {
    match scheme.rounding {
        Rounding::ThenGrade => "修约后",
        Rounding::AfterGrade => "修约前",
    }
}

/// Codes of items, joined.
pub(super) fn codes(manifest: &Manifest, items: &[u32]) -> String {
    items.iter().map(|item| &*manifest.items[*item as usize].code).collect::<Vec<_>>().join("、")
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{self, d, date};
    use super::*;
    use crate::model::GradeBasis;

    fn check_working(got: &str, possible: &str, score: Option<&str>, expected: &str) {
        let run = fixture::run();
        let manifest = &run.plugins[1].manifest;
        let score = SchemeScore {
            scheme: 0,
            full: d(possible),
            not_applicable: d("0"),
            possible: d(possible),
            deducted: d("0"),
            got: d(got),
            exact: None,
            score: score.map(d),
            interim: None,
            grade: String::new(),
            grade_by_score: String::new(),
            basis: GradeBasis::Band,
        };
        assert_eq!(working(manifest, &manifest.schemes[0], &score, None), expected);
    }

    #[test]
    fn the_working_shows_what_was_rounded() {
        check_working("87", "95", Some("91.6"), "87÷95×100=91.5789…→91.6");
        check_working("1499", "2000", Some("75.0"), "1499÷2000×100=74.95→75.0");
        check_working("18", "20", Some("90.0"), "18÷20×100=90.0");
        check_working("0", "0", None, "未查任何项目,不计分");
        check_working("73.50", "92", Some("79.9"), "73.5÷92×100=79.8913…→79.9");
    }

    #[test]
    fn clauses_follow_the_day() {
        let run = fixture::run();
        let manifest = &run.plugins[1].manifest;
        let item = &manifest.items[0];
        for (day, expected) in [
            (
                "2026-09-29",
                "安监总管三〔2017〕121号 (二十);AQ 3067-2026 5.7.1(二手来源)(自2026年9月30日起施行)",
            ),
            (
                "2026-09-30",
                "AQ 3067-2026 5.7.1(二手来源);安监总管三〔2017〕121号 (二十)(施行至2026年9月29日)",
            ),
        ] {
            assert_eq!(major_basis(manifest, item, date(day)), expected);
        }
        let document = "《危险化学品安全法》第30、48、53条";
        assert_eq!(basis(manifest, item, date("2026-05-01")), document);
        assert_eq!(basis(manifest, item, date("2026-04-30")), format!("{document}(检查日不在施行期内)"));
    }
}
