//! Exits of a storey against what its people need: number, and total clear width.
//! Decides nothing: a width below the rule is a note with its working, because densities and
//! widths are known from second hand only, and because the inspector saw the place.
//!
//! Each storey is judged by its own people. Stairs that also carry those of the storeys above may
//! have to be wider still.

use std::cmp::Ordering;

use anping_sdk::{
    Assessed, Decimal, HazardLevel, Mark, Note, Param, Ratio, Reason, Subject, Value, mark_words,
};

use crate::floors::{self, Floor};
use crate::occupancy::{self, People, within};
use crate::{CHECKLIST, EXITS, Standing, WIDTH, indicator, mark, own, reason, weaker};

/// The item that asks for exits and widths.
pub const ITEM: &str = "CR-C01";

/// How far a width or a number of exits falls short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shortfall {
    /// Not at all.
    None,
    /// An element (综合判定).
    Element,
    /// A major hazard by itself, if it is as computed (直接判定).
    Direct,
}

/// The clauses and thresholds of `data/exits.toml`.
struct Rule {
    direct: &'static str,
    element: &'static str,
    percent: Decimal,
    least: Decimal,
    small_area: Decimal,
    small_people: Decimal,
    clause: &'static str,
    mark: Mark,
}

impl Rule {
    fn read() -> Self {
        let [direct, element, percent, least, small_area, small_people, clause, its_mark] = EXITS[0];
        let number = |text: &str| Decimal::parse(text).expect("a test reads each threshold");
        Self {
            direct,
            element,
            percent: number(percent),
            least: number(least),
            small_area: number(small_area),
            small_people: number(small_people),
            clause,
            mark: mark(its_mark),
        }
    }
}

/// A storey with what its people need. Ratios are exact; index 0 is the low end of the densities.
struct Width<'a> {
    floor: &'a Floor,
    people: &'a [People; 2],
    required: [Ratio; 2],
    measured: Decimal,
    /// Measured in percent of required.
    share: [Ratio; 2],
    working: [Reason; 2],
    mark: Mark,
}

/// Gives people and widths, and notes what falls short.
///
/// Shape: `people_*` only when every row of the table could be used, since a sum over a part
/// would look like the whole; the widths of the worst of the storeys that were measured.
/// Source: `data/`; GB 35181-2017 6.5 and 7.3.3.
pub fn check(subject: &Subject, assessed: &mut Assessed) {
    let Some(standing) = Standing::on(assessed.edition) else { return };
    let (floors, mut is_whole) = floors::read(subject, assessed);
    let mut counted = Vec::new();
    for floor in &floors {
        match occupancy::people(floor, assessed) {
            Some(people) => counted.push((floor, people)),
            None => is_whole = false,
        }
    }
    if counted.is_empty() {
        return;
    }
    if is_whole {
        give_people(&counted, assessed);
    }
    let rule = Rule::read();
    let has = |tag: &str| CHECKLIST.tag_index(tag).is_some_and(|tag| subject.tags.contains(&tag));
    let mut worst_sure = Shortfall::None;
    let mut worst_possible = Shortfall::None;
    let mut short_floor = None;
    let mut widths = Vec::new();
    for (floor, people) in &counted {
        let is_direct = floor.is_direct() || has("YL");
        let is_exempt = !(has("XX") || has("YL_LN")) && is_small(floor, people, &rule);
        let few = few_exits(floor, is_direct, is_exempt, &rule, &standing, assessed);
        let mut short = [few, few];
        match width_of(floor, people, assessed) {
            Some(width) => {
                let found = shortfalls(&width, is_direct, &rule);
                note_width(&width, found, &rule, &standing, assessed);
                short = [short[0].max(found[0]), short[1].max(found[1])];
                widths.push(width);
            }
            None => is_whole = false,
        }
        if short[0] > worst_sure {
            short_floor = Some(floor.name.as_str());
        }
        worst_sure = worst_sure.max(short[0]);
        worst_possible = worst_possible.max(short[1]);
    }
    give_widths(&widths, assessed);
    let nothing_direct = is_whole && worst_possible < Shortfall::Direct;
    contradictions(subject, assessed, short_floor, nothing_direct, &rule, &standing);
}

/// A small storey at the ground, for which one exit is enough.
fn is_small(floor: &Floor, people: &[People; 2], rule: &Rule) -> bool {
    let by_area = floor.spaces.iter().filter(|space| !space.usage.density.is_empty());
    let area = by_area.clone().try_fold(Ratio::ZERO, |sum, space| sum.plus(space.amount.ratio()));
    let at_most = |ratio: Ratio, most: Decimal| {
        ratio.compare(most.ratio()).is_some_and(|order| order != Ordering::Greater)
    };
    floor.level == 1
        && by_area.count() == floor.spaces.len()
        && area.is_some_and(|area| at_most(area, rule.small_area))
        && at_most(Ratio::whole(people[1].count), rule.small_people)
}

fn few_exits(
    floor: &Floor,
    is_direct: bool,
    is_exempt: bool,
    rule: &Rule,
    standing: &Standing,
    assessed: &mut Assessed,
) -> Shortfall {
    let Some(exits) = floor.exits.filter(|exits| *exits < rule.least && !is_exempt) else {
        return Shortfall::None;
    };
    let (short, clause) =
        if is_direct { (Shortfall::Direct, rule.direct) } else { (Shortfall::Element, rule.element) };
    let params = vec![
        floor.name.as_str().into(),
        exits.into(),
        rule.least.into(),
        rule.clause.into(),
        mark_words(rule.mark).into(),
        standing.cited.into(),
        clause.into(),
    ];
    push(floor, standing.reason("exits-few", params), assessed);
    short
}

/// What the people of a storey need, where its width was measured.
///
/// Errors: `None`; with a note where the table has no width for it or a number does not fit.
fn width_of<'a>(floor: &'a Floor, people: &'a [People; 2], assessed: &mut Assessed) -> Option<Width<'a>> {
    let measured = floor.width?;
    let Some((per_hundred, its_mark)) = per_hundred(floor) else {
        occupancy::note(floor, assessed, "width-missing", vec![floor.name.as_str().into()]);
        return None;
    };
    let width = compare(floor, people, measured, per_hundred, its_mark);
    if width.is_none() {
        occupancy::note(floor, assessed, "number-too-large", vec![floor.name.as_str().into()]);
    }
    width
}

fn compare<'a>(
    floor: &'a Floor,
    people: &'a [People; 2],
    measured: Decimal,
    per_hundred: Decimal,
    its_mark: Mark,
) -> Option<Width<'a>> {
    let required =
        |people: &People| Ratio::whole(people.count).times(per_hundred.ratio())?.over(Ratio::whole(100));
    let required = [required(&people[0])?, required(&people[1])?];
    let share = |required: Ratio| {
        let share = measured.ratio().over(required)?.times(Ratio::whole(100))?;
        // What cannot be shown cannot be explained.
        share.rounded(2).map(|_| share)
    };
    let working = |people: &People, required: Ratio| {
        let params = vec![
            floor.name.as_str().into(),
            Decimal::new(i64::try_from(people.count).ok()?, 0).into(),
            per_hundred.into(),
            required.rounded(4)?.into(),
            mark_words(its_mark).into(),
        ];
        Some(reason("width-required", params))
    };
    let working = [working(&people[0], required[0])?, working(&people[1], required[1])?];
    let mark = weaker(its_mark, weaker(people[0].mark, people[1].mark));
    let share = [share(required[0])?, share(required[1])?];
    Some(Width { floor, people, required, measured, share, working, mark })
}

/// The least clear width for each 100 people, with its mark.
///
/// Source: GB 50016-2014 (2018) table 5.5.21-1, GB 55037-2022 7.4.7 (memory).
fn per_hundred(floor: &Floor) -> Option<(Decimal, Mark)> {
    let is_hall = floor.spaces.iter().any(|space| space.usage.is_hall);
    let row = WIDTH.iter().find(|[side, from, to, ratings, ..]| match *side {
        "above" => {
            floor.level > 0
                && within(Decimal::new(floor.level.into(), 0), from, to)
                && ratings.split(' ').any(|rating| rating == floor.rating)
        }
        "hall" => floor.level < 0 && is_hall,
        // Deeper than `from`, at most `to`.
        _ => {
            floor.level < 0
                && !is_hall
                && floor.depth.is_some_and(|depth| {
                    within(depth, from, to) && depth > Decimal::parse(from).unwrap_or(depth)
                })
        }
    })?;
    Some((Decimal::parse(row[4])?, mark(row[5])))
}

/// How far the measured width falls short, at each end of the densities. Compared unrounded.
fn shortfalls(width: &Width<'_>, is_direct: bool, rule: &Rule) -> [Shortfall; 2] {
    let below = |share: Ratio, percent: Ratio| share.compare(percent) == Some(Ordering::Less);
    width.share.map(|share| {
        if is_direct && below(share, rule.percent.ratio()) {
            Shortfall::Direct
        } else if below(share, Ratio::whole(100)) {
            Shortfall::Element
        } else {
            Shortfall::None
        }
    })
}

/// Notes what is certain at the low end, and what only the high end makes of it.
fn note_width(
    width: &Width<'_>,
    found: [Shortfall; 2],
    rule: &Rule,
    standing: &Standing,
    assessed: &mut Assessed,
) {
    let [sure, possible] = found;
    let mut note = |short: Shortfall, code: &str| {
        let mut params = vec![
            width.floor.name.as_str().into(),
            range(width.people.each_ref().map(|people| Decimal::new(people.count as i64, 0))),
            range(width.required.map(shown)),
            width.measured.into(),
            // The share is least where most is required.
            range([shown(width.share[1]), shown(width.share[0])]),
        ];
        let clause = match short {
            Shortfall::Direct => {
                params.push(rule.percent.into());
                rule.direct
            }
            _ => rule.element,
        };
        params.extend([standing.cited.into(), clause.into(), mark_words(width.mark).into()]);
        push(width.floor, standing.reason(code, params), assessed);
    };
    match sure {
        Shortfall::Direct => note(sure, "width-direct"),
        Shortfall::Element => note(sure, "width-element"),
        Shortfall::None => {}
    }
    match possible {
        Shortfall::Direct if sure < possible => note(possible, "width-direct-pending"),
        Shortfall::Element if sure < possible => note(possible, "width-element-pending"),
        _ => {}
    }
}

fn push(floor: &Floor, reason: Reason, assessed: &mut Assessed) {
    let item = own(CHECKLIST.item_index(ITEM));
    assessed.notes.push(Note { reason, item: Some(item), evidence: floor.evidence.clone() });
}

/// For show: two digits.
fn shown(ratio: Ratio) -> Decimal {
    ratio.rounded(2).expect("compare() rounds the same widths to four digits and the same shares to two")
}

/// A number, or a range of two.
fn range([low, high]: [Decimal; 2]) -> Param {
    if low == high { low.into() } else { format!("{low}~{high}").as_str().into() }
}

fn give_people(counted: &[(&Floor, [People; 2])], assessed: &mut Assessed) {
    for (end, code) in ["people_min", "people_max"].into_iter().enumerate() {
        let sum: i128 = counted.iter().map(|(_, people)| people[end].count).sum();
        let Ok(sum) = i64::try_from(sum) else { return };
        let working = counted.iter().flat_map(|(_, people)| people[end].working.iter().cloned()).collect();
        let evidence = counted.iter().flat_map(|(floor, _)| floor.evidence.iter().copied()).collect();
        assessed.indicators.push(indicator(code, Value::Number(Decimal::new(sum, 0)), working, evidence));
    }
}

/// Gives the widths of the storey whose measured width is the least share of what it needs, by
/// the high end; of two equal ones the first.
fn give_widths(widths: &[Width<'_>], assessed: &mut Assessed) {
    let Some(worst) = widths.iter().reduce(|worst, next| {
        if next.share[1].compare(worst.share[1]) == Some(Ordering::Less) { next } else { worst }
    }) else {
        return;
    };
    let share_working = |end: usize| {
        let required = shown(worst.required[end]);
        let share = shown(worst.share[end]);
        let params =
            vec![worst.floor.name.as_str().into(), worst.measured.into(), required.into(), share.into()];
        vec![reason("width-share", params)]
    };
    for (code, value, working) in [
        ("required_width_min", shown(worst.required[0]), vec![worst.working[0].clone()]),
        ("required_width_max", shown(worst.required[1]), vec![worst.working[1].clone()]),
        ("measured_width", worst.measured, Vec::new()),
        ("width_rate_min", shown(worst.share[1]), share_working(1)),
        ("width_rate_max", shown(worst.share[0]), share_working(0)),
    ] {
        let evidence = worst.floor.evidence.clone();
        assessed.indicators.push(indicator(code, Value::Number(value), working, evidence));
    }
}

/// Notes where the inspector's word on the item and the computed widths do not go together.
fn contradictions(
    subject: &Subject,
    assessed: &mut Assessed,
    short_floor: Option<&str>,
    nothing_direct: bool,
    rule: &Rule,
    standing: &Standing,
) {
    let item = own(CHECKLIST.item_index(ITEM));
    let Some(index) = subject.answers.iter().position(|answer| answer.item == item) else { return };
    let answer = &subject.answers[index];
    let fails = assessed.outcomes.get(index).is_some_and(|outcome| outcome.verdict.fails());
    let reason = match short_floor {
        Some(floor) if !fails => reason("exits-contradict-pass", vec![Param::Item(item), floor.into()]),
        _ if fails && nothing_direct && answer.level == Some(HazardLevel::Major) => {
            let params = vec![Param::Item(item), standing.cited.into(), rule.direct.into()];
            standing.reason("exits-contradict-major", params)
        }
        _ => return,
    };
    assessed.notes.push(Note { reason, item: Some(item), evidence: vec![answer.evidence] });
}
