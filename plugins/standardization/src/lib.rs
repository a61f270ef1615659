//! 安全生产标准化: the thousand-point list, and the level that score and safety performance earn
//! together. Keeps no level and no threshold: they are the bands in `checklist.toml`.

use anping_sdk::{
    Assessed, Band, Checklist, Context, Decimal, Effect, Failure, Indicator, Note, Param, Ratio, Reason,
    Ruling, Sector, Subject, Value, Verdict,
};

anping_sdk::include_checklist!();

/// The sector.
pub struct Standardization;

impl Sector for Standardization {
    fn checklist() -> &'static Checklist {
        &CHECKLIST
    }

    fn cases() -> &'static [&'static str] {
        CASES
    }

    fn rules(_: &Context, subject: &Subject, assessed: &mut Assessed) -> Result<(), Failure> {
        let Some((got, possible, score)) = score(assessed)? else { return Ok(()) };
        let bands = CHECKLIST.schemes[0].bands;
        let Some(by_score) = bands.iter().position(|band| score >= band.lower) else { return Ok(()) };
        let working = vec![got.into(), possible.into(), score.into(), bands[by_score].grade.into()];
        give(assessed, "level_by_score", bands[by_score].grade, reason("score-working", working), Vec::new());
        let Some(fact) = subject.known(&CHECKLIST, "performance") else {
            assessed.notes.push(unknown("", bands, subject.answers.first().map(|answer| answer.evidence)));
            return Ok(());
        };
        let typed = fact.value.text().unwrap_or_default();
        let Some(performance) = bands.iter().position(|band| band.grade == typed) else {
            let written = match &fact.value {
                Value::Fault(text) | Value::Text(text) => text.as_str(),
                _ => "",
            };
            assessed.notes.push(unknown(written, bands, Some(fact.evidence)));
            return Ok(());
        };
        compare_accidents(subject, assessed, typed, fact.evidence);
        let both = || vec![bands[by_score].grade.into(), bands[performance].grade.into()];
        let (level, binding, why) = match performance.cmp(&by_score) {
            std::cmp::Ordering::Greater => (performance, "安全绩效", reason("lower-performance", both())),
            std::cmp::Ordering::Less => (by_score, "评分", reason("lower-score", both())),
            std::cmp::Ordering::Equal => {
                (by_score, "", reason("levels-equal", vec![bands[by_score].grade.into()]))
            }
        };
        if performance > by_score {
            assessed.rulings.push(Ruling {
                effect: Effect::Cap(performance as u32),
                items: Vec::new(),
                reason: why.clone(),
                edition: None,
                evidence: vec![fact.evidence],
            });
        }
        give(assessed, "level", bands[level].grade, why.clone(), vec![fact.evidence]);
        if !binding.is_empty() {
            give(assessed, "binding", binding, why, vec![fact.evidence]);
        }
        Ok(())
    }
}

anping_sdk::plugin!(Standardization);

/// Notes a typed level of performance that the record of accidents speaks against.
fn compare_accidents(subject: &Subject, assessed: &mut Assessed, typed: &str, evidence: u32) {
    for [level, indicator, what, most] in PERFORMANCE.iter() {
        let known = subject.indicator_from(&CHECKLIST, "accidents", indicator);
        let (Some(known), Some(most)) = (known.filter(|_| *level == typed), Decimal::parse(most)) else {
            continue;
        };
        if let Some(people) = known.value.number().filter(|people| *people > most) {
            let params = vec![typed.into(), (*what).into(), people.into(), most.into()];
            let reason = reason("performance-beyond", params);
            assessed.notes.push(Note { reason, item: None, evidence: vec![evidence, known.evidence] });
        }
    }
}

/// Points earned, points possible, and the score as it is shown; none where nothing was checked or
/// an answer cannot be judged. The host scores too: here it only decides the level.
fn score(assessed: &Assessed) -> Result<Option<(Decimal, Decimal, Decimal)>, Failure> {
    let too_large = || Failure::new("标准化评审表的数字过大,无法精确计算");
    let (mut got, mut possible, mut checked) = (Ratio::ZERO, Ratio::ZERO, false);
    for outcome in &assessed.outcomes {
        let points = CHECKLIST.item(outcome.item).map_or(Decimal::ZERO, |item| item.points);
        match outcome.verdict {
            Verdict::Pass | Verdict::Partial | Verdict::Fail => {
                checked = true;
                possible = possible.plus(points.ratio()).ok_or_else(too_large)?;
                let lost = outcome.points_taken().map_or(Decimal::ZERO, |taken| taken.min(points));
                let lost = lost.ratio().times(Ratio::whole(-1)).ok_or_else(too_large)?;
                got = got.plus(points.ratio()).and_then(|got| got.plus(lost)).ok_or_else(too_large)?;
            }
            Verdict::NotChecked => possible = possible.plus(points.ratio()).ok_or_else(too_large)?,
            Verdict::Error => return Ok(None),
            Verdict::NotApplicable | Verdict::NotSelected | Verdict::Informational | Verdict::Waived => {}
        }
    }
    if !checked || possible == Ratio::ZERO {
        return Ok(None);
    }
    let scheme = &CHECKLIST.schemes[0];
    let share = got.over(possible).and_then(|share| share.times(scheme.full_marks.ratio()));
    let score = share.and_then(|share| share.rounded(scheme.digits)).ok_or_else(too_large)?;
    let shown = |ratio: Ratio| ratio.rounded(9).ok_or_else(too_large);
    Ok(Some((shown(got)?, shown(possible)?, score)))
}

fn give(assessed: &mut Assessed, code: &str, level: &str, why: Reason, evidence: Vec<u32>) {
    let indicator = CHECKLIST.gives_index(code).expect("the golden cases ask for every indicator");
    let value = Value::Text(level.to_owned());
    assessed.indicators.push(Indicator { indicator, value, working: vec![why], evidence });
}

fn unknown(written: &str, bands: &[Band], evidence: Option<u32>) -> Note {
    let levels = bands.iter().map(|band| band.grade).collect::<Vec<_>>().join("、");
    let reason = reason("performance-unknown", vec![Param::quote(written), levels.as_str().into()]);
    Note { reason, item: None, evidence: evidence.into_iter().collect() }
}

/// A sentence of this checklist.
fn reason(phrase: &str, params: Vec<Param>) -> Reason {
    let phrase = CHECKLIST.phrase_index(phrase).expect("the golden cases ask for every phrase");
    Reason { phrase, params }
}
