//! Rule health-check: what is wrong with rules before anybody is assessed by them, each with a
//! counter-example. Looks at the year-end rules and at plugins' checklists; knows no workbook.
//!
//! What fails here refuses publication: a unit must not learn from its result that the rules have a hole.

mod enterprises;

use std::collections::BTreeSet;
use std::fmt;

pub use enterprises::lint_enterprises;

use crate::model::yearend::{Bound, GradeRange, UnitRules, YearEndRules};
use crate::model::{
    Answer, Assessed, Beside, Case, Charge, Date, Decimal, Deduction, Item, Manifest, Method, Outcome, Ratio,
    Scheme, Scope, Subject, Verdict,
};
use crate::score;

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Numbers that must add up do not.
    Sum,
    /// Scores without a grade.
    Gap,
    /// Scores with two grades.
    Overlap,
    /// A grade, case or limit that can never come to pass.
    NeverApplies,
    /// Failing something raises the score, or costs nothing.
    Raises,
    /// Saying 不涉及 changes a grade by itself.
    NotApplicable,
    /// An item that rests on nothing.
    ClauseMissing,
    /// An item whose clauses are all out of force.
    ClauseExpired,
    /// Two things under one name.
    Twice,
    /// A local rule that asks less than what it stands on.
    Laxer,
}

impl Fault {
    /// What a reader sees.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Sum => "合计不符",
            Self::Gap => "等次有缺口",
            Self::Overlap => "等次重叠",
            Self::NeverApplies => "永不适用",
            Self::Raises => "违规不失分",
            Self::NotApplicable => "缺项改变等次",
            Self::ClauseMissing => "没有依据",
            Self::ClauseExpired => "依据失效",
            Self::Twice => "重名",
            Self::Laxer => "放宽要求",
        }
    }
}

/// What is wrong with rules, where, and an example that shows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// What it is about.
    pub fault: Fault,
    /// The place, e.g. village.bands or VL-51.
    pub at: String,
    /// What is wrong, with the counter-example.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.fault.title(), self.at, self.what)
    }
}

/// Collects findings.
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, fault: Fault, at: impl Into<String>, what: impl Into<String>) {
        self.0.push(Finding { fault, at: at.into(), what: what.into() });
    }
}

/// Checks the rules of the year-end assessment.
///
/// Shape: villages first, then departments, enterprises, standardization, local items; empty when all is
/// well.
pub fn lint_rules(rules: &YearEndRules) -> Vec<Finding> {
    let mut findings = Findings(Vec::new());
    unit_rules("village", &rules.village, &mut findings);
    unit_rules("department", &rules.department, &mut findings);
    enterprises::rules(&rules.enterprise, &mut findings);
    enterprises::ladder(&rules.ladder, &mut findings);
    let mut codes = BTreeSet::new();
    for item in &rules.items {
        if !codes.insert((item.kind, &item.code)) {
            findings.add(Fault::Twice, &item.code, "本地项目编号重复");
        }
        if item.points.is_zero() {
            findings.add(Fault::NeverApplies, &item.code, "本地项目为0分,得分与扣分都不起作用");
        }
    }
    findings.0
}

fn unit_rules(at: &str, rules: &UnitRules, findings: &mut Findings) {
    let weights = rules.quarters + rules.year_end;
    if weights != Decimal::ONE {
        let whole = weights * rules.full;
        findings.add(
            Fault::Sum,
            format!("{at}.weights"),
            format!(
                "{}+{}={},应为1;各部分都得{}分的单位只得{}分",
                rules.quarters,
                rules.year_end,
                plain(weights),
                plain(rules.full),
                plain(whole)
            ),
        );
    }
    if rules.full.is_zero() {
        findings.add(Fault::NeverApplies, format!("{at}.full"), "满分为0");
    }
    let most = rules.full + rules.bonus_cap.unwrap_or_default();
    let most = rules.final_cap.map_or(most, |cap| cap.min(most));
    lint_bands(&format!("{at}.bands"), &rules.bands, rules.digits, most, findings);
    if rules.bonus_cap.is_some_and(|cap| cap.is_zero()) {
        findings.add(Fault::NeverApplies, format!("{at}.bonus.cap"), "上限为0,加分永不计入");
    }
    if let Some(veto) = rules.control_veto.as_ref().filter(|veto| !veto.measures.is_empty()) {
        veto_grade(&format!("{at}.control_veto.grade"), &veto.grade, &rules.bands, findings);
    }
    if let Some(veto) = &rules.veto {
        if veto.deaths == 0 {
            findings.add(
                Fault::NotApplicable,
                format!("{at}.veto.deaths"),
                "为0时没有人员死亡的责任事故也一票否决",
            );
        }
        veto_grade(&format!("{at}.veto.grade"), &veto.grade, &rules.bands, findings);
    }
    let classes: BTreeSet<_> = rules.classes.iter().collect();
    if classes.len() != rules.classes.len() {
        findings.add(Fault::Twice, format!("{at}.classes"), "类别重复");
    }
}

/// A veto must have a grade, and be told apart from those that a score earns.
fn veto_grade(at: &str, grade: &str, bands: &[GradeRange], findings: &mut Findings) {
    if grade.trim().is_empty() {
        findings.add(Fault::Gap, at, "为空,被否决的单位没有等次");
    } else if bands.iter().any(|band| band.grade == grade) {
        findings.add(Fault::Twice, at, format!("“{grade}”同时是等次,看不出是否否决"));
    }
}

/// Scores between two bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The lower end.
    pub low: Bound,
    /// The upper end.
    pub high: Bound,
}

impl fmt::Display for Span {
    /// As mathematics writes it: (94,95).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let open = if self.low.inclusive { '[' } else { '(' };
        let close = if self.high.inclusive { ']' } else { ')' };
        write!(f, "{open}{},{}{close}", plain(self.low.value), plain(self.high.value))
    }
}

impl Span {
    /// A score of so many digits within; the middle where it is one, otherwise the least. Errors: `None`
    /// where no score of so many digits lies within.
    fn example(&self, digits: u8) -> Option<Decimal> {
        let step = Decimal::new(1, u32::from(digits));
        let within = |score: Decimal| {
            let above = score > self.low.value || (self.low.inclusive && score == self.low.value);
            above && (score < self.high.value || (self.high.inclusive && score == self.high.value))
        };
        let middle = (self.low.value + self.high.value) / Decimal::TWO;
        let middle = middle.trunc_with_scale(u32::from(digits)).normalize();
        let least = self.low.value.trunc_with_scale(u32::from(digits));
        let candidates = [middle, least, least + step];
        candidates.into_iter().find(|score| within(*score))
    }
}

/// The scores from 0 to `most`, of so many digits, that no band holds; the highest first.
pub fn uncovered(bands: &[GradeRange], digits: u8, most: Decimal) -> Vec<Span> {
    sweep(bands, digits, most).0
}

/// Scores that no band holds, and those that two hold; the highest first.
type Swept<'b> = (Vec<Span>, Vec<(Span, &'b str, &'b str)>);

fn sweep(bands: &[GradeRange], digits: u8, most: Decimal) -> Swept<'_> {
    let zero = Bound { value: Decimal::ZERO, inclusive: true };
    let low_of = |band: &GradeRange| band.low.unwrap_or(zero);
    let top = Bound { value: most, inclusive: true };
    let mut sorted: Vec<&GradeRange> = bands.iter().filter(|band| !is_empty(band)).collect();
    // An inclusive end begins before an exclusive one.
    sorted.sort_by_key(|band| (low_of(band).value, !low_of(band).inclusive));
    // How far everything is held, and by whom.
    let mut reached = Bound { value: Decimal::ZERO, inclusive: false };
    let mut holder = "";
    let (mut gaps, mut overlaps) = (Vec::new(), Vec::new());
    let gap = |reached: Bound, to: Bound| Span {
        low: Bound { value: reached.value, inclusive: !reached.inclusive },
        high: to,
    };
    for band in sorted {
        let low = low_of(band);
        let before = Bound { value: low.value, inclusive: !low.inclusive };
        let span = gap(reached, before);
        if span.example(digits).is_some() {
            gaps.push(span);
        }
        // What has no upper end reaches the most there is; beyond it no example is one.
        let high = band.high.unwrap_or(Bound { value: most.max(low.value), inclusive: true });
        let end =
            if (high.value, high.inclusive) < (reached.value, reached.inclusive) { high } else { reached };
        let span = Span { low, high: end };
        if !holder.is_empty() && end.value >= low.value && span.example(digits).is_some() {
            overlaps.push((span, holder, &*band.grade));
        }
        if (high.value, high.inclusive) > (reached.value, reached.inclusive) {
            reached = high;
            holder = &band.grade;
        }
    }
    if reached.value < most || (reached.value == most && !reached.inclusive) {
        let span = gap(reached, top);
        if span.example(digits).is_some() {
            gaps.push(span);
        }
    }
    gaps.reverse();
    overlaps.reverse();
    (gaps, overlaps)
}

/// Whether nothing can be within.
fn is_empty(band: &GradeRange) -> bool {
    let (Some(low), Some(high)) = (band.low, band.high) else { return false };
    low.value > high.value || (low.value == high.value && !(low.inclusive && high.inclusive))
}

fn lint_bands(at: &str, bands: &[GradeRange], digits: u8, most: Decimal, findings: &mut Findings) {
    let (gaps, overlaps) = sweep(bands, digits, most);
    for gap in gaps {
        let example = gap.example(digits).map_or_else(String::new, plain);
        findings.add(Fault::Gap, at, format!("{gap} 没有等次,如 {example} 分"));
    }
    for (span, one, other) in overlaps {
        let example = span.example(digits).map_or_else(String::new, plain);
        findings.add(Fault::Overlap, at, format!("{span} 既是{one}又是{other},如 {example} 分"));
    }
    let mut grades = BTreeSet::new();
    for band in bands {
        let low = band.low.map_or(Decimal::ZERO, |low| low.value);
        if is_empty(band) {
            findings.add(Fault::NeverApplies, at, format!("{}({})没有任何分数", band.grade, band.text));
        } else if low > most {
            findings.add(
                Fault::NeverApplies,
                at,
                format!("{}({})高于最高得分{}", band.grade, band.text, plain(most)),
            );
        }
        if !grades.insert(&band.grade) {
            findings.add(Fault::Twice, at, format!("等次“{}”有两处", band.grade));
        }
    }
}

/// Checks the checklist and schemes of a plugin, on a day.
///
/// Shape: schemes first, then items in the order of the sheet; empty when all is well.
pub fn lint_manifest(manifest: &Manifest, on: Date) -> Vec<Finding> {
    let mut findings = Findings(Vec::new());
    for scheme in &manifest.schemes {
        let at = format!("{}.bands", scheme.code);
        let mut above: Option<Decimal> = None;
        let bands: Vec<_> = scheme
            .bands
            .iter()
            .map(|band| {
                let high = above.map(|value| Bound { value, inclusive: false });
                above = Some(band.lower);
                let low = Some(Bound { value: band.lower, inclusive: true });
                GradeRange { grade: band.grade.clone(), low, high, text: format!("≥{}", plain(band.lower)) }
            })
            .collect();
        if !bands.is_empty() {
            lint_bands(&at, &bands, scheme.digits, scheme.full_marks, &mut findings);
        }
        if scheme.method == Method::Weighted {
            let weights: Decimal = manifest.categories.iter().filter_map(|category| category.weight).sum();
            if weights != Decimal::ONE {
                findings.add(Fault::Sum, &scheme.code, format!("各类别权重之和为{},应为1", plain(weights)));
            }
        }
    }
    for item in &manifest.items {
        lint_cases(item, &mut findings);
        lint_clauses(manifest, item, on, &mut findings);
    }
    lint_arithmetic(manifest, &mut findings);
    findings.0
}

fn lint_cases(item: &Item, findings: &mut Findings) {
    let mut texts = BTreeSet::new();
    for case in &item.cases {
        let free = matches!(case.charge, Charge::Once(points) | Charge::Each(points) if points.is_zero());
        if free && !case.veto && case.hazard.is_none() {
            findings.add(Fault::Raises, &item.code, format!("情形“{}”扣0分,也没有其他后果", case.text));
        }
        if case.limit.is_some_and(|limit| limit.is_zero()) && case.charge != Charge::RulingOnly {
            findings.add(Fault::NeverApplies, &item.code, format!("情形“{}”最多扣0分", case.text));
        }
        if !texts.insert(&case.text) {
            findings.add(Fault::Twice, &item.code, format!("情形“{}”有两处", case.text));
        }
    }
}

fn lint_clauses(manifest: &Manifest, item: &Item, on: Date, findings: &mut Findings) {
    if item.citations.is_empty() {
        findings.add(Fault::ClauseMissing, &item.code, "没有写明依据");
        return;
    }
    let period = |citation: &crate::model::Citation| {
        let document = manifest.documents[citation.document as usize].effective;
        (citation.effective.0.or(document.0), citation.effective.1.or(document.1))
    };
    let is_in_force = |citation: &crate::model::Citation| {
        let (from, to) = period(citation);
        from.is_none_or(|from| from <= on) && to.is_none_or(|to| on <= to)
    };
    if !item.citations.iter().any(is_in_force) {
        let titles: Vec<_> = item
            .citations
            .iter()
            .map(|citation| {
                let day = |day: Option<Date>| day.map_or_else(String::new, |day| day.to_string());
                let (from, to) = period(citation);
                let title = &manifest.documents[citation.document as usize].title;
                format!("{title}{}({}—{})", citation.clause, day(from), day(to))
            })
            .collect();
        findings.add(Fault::ClauseExpired, &item.code, format!("{on}没有现行依据:{}", titles.join(";")));
    }
}

/// What the engine's own arithmetic makes of single failures and of single items that do not apply.
fn lint_arithmetic(manifest: &Manifest, findings: &mut Findings) {
    let schemes: Vec<(usize, &Scheme)> =
        manifest.schemes.iter().enumerate().filter(|(_, scheme)| scheme.method != Method::Given).collect();
    if schemes.is_empty() {
        return;
    }
    let met = vec![Verdict::Pass; manifest.items.len()];
    let Some(all_met) = scored(manifest, &met, None) else { return };
    let Some(all_failed) = scored(manifest, &vec![Verdict::Fail; manifest.items.len()], None) else { return };
    for (index, item) in manifest.items.iter().enumerate().filter(|(_, item)| item.scored) {
        let mut verdicts = met.clone();
        verdicts[index] = Verdict::Fail;
        for case in std::iter::once(None).chain(item.cases.iter().map(Some)) {
            let ruling_only = case.is_some_and(|case| case.charge == Charge::RulingOnly);
            let Some(failed) = scored(manifest, &verdicts, Some((index, case))) else { continue };
            for (position, scheme) in &schemes {
                let (before, after) = (all_met[*position].exact, failed[*position].exact);
                let raised = before.zip(after).and_then(|(before, after)| Some(!before.at_least(after)?));
                if raised == Some(true)
                    || (before == after && !ruling_only && scheme.method == Method::Deduct)
                {
                    let text = case.map_or("不合格", |case| &*case.text);
                    findings.add(
                        Fault::Raises,
                        &item.code,
                        format!("“{text}”时{}为{},全部合格时为{}", scheme.title, shown(after), shown(before)),
                    );
                }
            }
        }
        verdicts[index] = Verdict::NotApplicable;
        let one = || format!("仅 {} 不涉及", item.code);
        excused(manifest, &schemes, &verdicts, &all_met, (&item.code, &one), findings);
        let verdicts = failed_but(&verdicts);
        excused(manifest, &schemes, &verdicts, &all_failed, (&item.code, &one), findings);
    }
    for (category, known) in (0..).zip(&manifest.categories) {
        let verdicts: Vec<_> = manifest
            .items
            .iter()
            .map(|item| if item.category == category { Verdict::NotApplicable } else { Verdict::Pass })
            .collect();
        let whole = || format!("“{}”全部不涉及", known.title);
        excused(manifest, &schemes, &verdicts, &all_met, (&known.code, &whole), findings);
        let verdicts = failed_but(&verdicts);
        excused(manifest, &schemes, &verdicts, &all_failed, (&known.code, &whole), findings);
    }
}

/// The same with everything else failed instead of met.
fn failed_but(verdicts: &[Verdict]) -> Vec<Verdict> {
    let one = |verdict: &Verdict| if *verdict == Verdict::Pass { Verdict::Fail } else { *verdict };
    verdicts.iter().map(one).collect()
}

/// Says so where items that do not apply change the grade, all others being as they were.
fn excused(
    manifest: &Manifest,
    schemes: &[(usize, &Scheme)],
    verdicts: &[Verdict],
    otherwise: &[crate::model::SchemeScore],
    (at, what): (&str, &dyn Fn() -> String),
    findings: &mut Findings,
) {
    let Some(others) = verdicts.iter().find(|verdict| **verdict != Verdict::NotApplicable) else { return };
    let others = if *others == Verdict::Pass { "全部合格" } else { "全部不合格" };
    let Some(excused) = scored(manifest, verdicts, None) else { return };
    for (position, scheme) in schemes {
        let (before, after) = (&otherwise[*position], &excused[*position]);
        if before.grade != after.grade {
            findings.add(
                Fault::NotApplicable,
                at,
                format!("{},其余{others}:{}为{}{}", what(), scheme.title, shown(after.exact), after.grade),
            );
        }
    }
}

/// The scores of a sheet with these verdicts; one item fails by a case, or altogether.
fn scored(
    manifest: &Manifest,
    verdicts: &[Verdict],
    failed: Option<(usize, Option<&Case>)>,
) -> Option<Vec<crate::model::SchemeScore>> {
    let outcomes: Vec<_> = (0..)
        .zip(verdicts)
        .map(|(item, verdict)| {
            let deductions = match failed {
                Some((index, case)) if index == item as usize => deduction(&manifest.items[index], case),
                _ if *verdict == Verdict::Fail => deduction(&manifest.items[item as usize], None),
                _ => Vec::new(),
            };
            Outcome::with(item, *verdict, Beside { deductions, ..Beside::default() })
        })
        .collect();
    let subject = Subject {
        office: String::new(),
        enterprise: None,
        name: String::new(),
        code: String::new(),
        unit: String::new(),
        inspectors: String::new(),
        plugin: 0,
        kind: 0,
        date: Date::ZERO,
        tags: Vec::new(),
        facts: Vec::new(),
        tables: Vec::new(),
        indicators: Vec::new(),
        answers: vec![Answer::plain(0, Verdict::Pass, 0)],
        evidence: Vec::new(),
    };
    let assessed = Assessed { outcomes, ..Assessed::default() };
    let scored = score::score(manifest, &subject, &assessed).ok()?;
    // One score for each scheme, so that positions agree; a given scheme has none here.
    (0..)
        .zip(&manifest.schemes)
        .map(|(index, _)| {
            let known = scored.schemes.iter().find(|score| score.scheme == index).cloned();
            known.or_else(|| scored.schemes.first().cloned())
        })
        .collect()
}

/// What one case takes, once; without a case, all points.
fn deduction(item: &Item, case: Option<&Case>) -> Vec<Deduction> {
    let position = case.and_then(|case| item.cases.iter().position(|known| std::ptr::eq(known, case)));
    let points = match case.map(|case| case.charge) {
        Some(Charge::Once(points) | Charge::Each(points)) => points,
        Some(Charge::RulingOnly) => Decimal::ZERO,
        Some(Charge::AllPoints) | None => item.points,
    };
    let scope = case.map_or(Scope::Item, |case| case.scope);
    let case = position.and_then(|position| u32::try_from(position).ok());
    vec![Deduction { case, points, scope, times: 1, reason: None }]
}

fn plain(number: Decimal) -> String {
    number.normalize().to_string()
}

fn shown(exact: Option<Ratio>) -> String {
    exact.map_or_else(|| "未评定".to_owned(), crate::model::yearend::shown)
}

#[cfg(test)]
mod tests;
