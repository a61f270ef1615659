//! Rows that come from the hazard ledger: 表R1, 表R3, 表R4, 表R5a and 表R5b.
//! Keeps out how a hazard is judged: states and levels are the ledger's.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{Content, Row};
use crate::model::ledger::{Hazard, HazardState, Span, Told};
use crate::model::{Date, Decimal, EnterpriseId, HazardLevel, Place, Provenance, Run, SourceId, Text};
use crate::report::standard::Entry;
use crate::report::wording;

/// Which hazards stand in which line.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lines {
    row: Vec<Line>,
    supervision: Vec<Supervision>,
}

/// By which word of 挂牌督办级别 a hazard counts in a column; the first that fits.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Supervision {
    key: String,
    words: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    label: String,
    sectors: Vec<String>,
    #[serde(default)]
    below: Vec<Leaf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Leaf {
    label: String,
    kinds: Vec<String>,
}

const LINES: &str = include_str!("../../../../../templates/standard/sector-hazards/rows.toml");
/// The line of a group, and of the form, for whatever fits no other.
const OTHER_KIND: &str = "其他";
const OTHER_SECTOR: &str = "其他单位";
/// The line for what earlier years left open.
const LEFT_OVER: &str = "上年及以前遗留";

/// The lines of a layout in their order, each with the lines below it. Empty where they are not data.
pub(in crate::report) fn groups(layout: &str) -> Vec<(String, Vec<String>)> {
    if layout != "sector-hazards" {
        return Vec::new();
    }
    let lines: Lines = toml::from_str(LINES).expect("a test reads the built-in lines");
    let leaves = |line: Line| {
        let named = line.below.into_iter().map(|leaf| leaf.label).collect::<Vec<_>>();
        let other = (!named.is_empty()).then(|| OTHER_KIND.to_owned());
        (line.label, named.into_iter().chain(other).collect())
    };
    lines.row.into_iter().map(leaves).collect()
}

/// Whether a line stands behind all that a locality may have put in, and how far behind.
pub(in crate::report) fn is_last(label: &str) -> Option<usize> {
    [OTHER_SECTOR, LEFT_OVER].iter().position(|known| *known == label)
}

/// What a line counts: positions of hazards, who was looked at, and which enterprises should be.
#[derive(Debug, Default, Clone)]
struct Bucket {
    hazards: Vec<usize>,
    units: BTreeSet<String>,
    due: Vec<EnterpriseId>,
}

/// What names a hazard in 溯源: its number and the cell of its leading row.
pub(super) fn named(run: &Run, hazard: &Hazard) -> String {
    format!("{} {}", hazard.id, run.sources.show(Place::from(run.ledger.leading(hazard).at)))
}

/// Who is meant, as one of a set: an enterprise once, whatever it is called.
fn unit_key(run: &Run, hazard: &Hazard) -> String {
    match hazard.enterprise {
        Some(id) => format!("#{}", id.0),
        None => format!("{} {}", hazard.village, run.ledger.leading(hazard).unit.value),
    }
}

/// The same of some hazards as they stand on a day.
pub(super) fn counts_on(run: &Run, hazards: &[usize], label_key: &str, label: &str, day: Date) -> Entry {
    let bucket = Bucket { hazards: hazards.to_vec(), ..Bucket::default() };
    counts_of(run, &bucket, label_key, label, day)
}

/// The counts of a bucket on the day of the run, each with the hazards behind it.
fn counts(run: &Run, bucket: &Bucket, label_key: &str, label: &str) -> Entry {
    counts_of(run, bucket, label_key, label, run.as_of)
}

fn counts_of(run: &Run, bucket: &Bucket, label_key: &str, label: &str, day: Date) -> Entry {
    let pick = |wanted: &dyn Fn(&Hazard) -> bool| -> Vec<&Hazard> {
        bucket.hazards.iter().map(|at| &run.ledger.hazards[*at]).filter(|hazard| wanted(hazard)).collect()
    };
    let closed = |hazard: &Hazard| hazard.state(day).is_some_and(HazardState::closed);
    let is = |level: HazardLevel| move |hazard: &Hazard| hazard.level == level;
    let (general, major) = (is(HazardLevel::General), is(HazardLevel::Major));
    let planned = pick(&|hazard| major(hazard) && !closed(hazard));
    let mut row = Row::default().text(label_key, label).count("units", bucket.units.len());
    for (key, hazards) in [
        ("general_found", pick(&general)),
        ("general_closed", pick(&|hazard| general(hazard) && closed(hazard))),
        ("major_found", pick(&major)),
        ("major_closed", pick(&|hazard| major(hazard) && closed(hazard))),
    ] {
        row = row.count(key, hazards.len());
        for hazard in hazards {
            row = row.rests_on(key, named(run, hazard));
        }
    }
    for (nth, key) in ELEMENTS.into_iter().enumerate() {
        let told: Vec<_> =
            planned.iter().filter_map(|hazard| Some((*hazard, elements(run, hazard)[nth]?))).collect();
        if told.len() < planned.len() {
            // Nobody wrote it down: whoever files the report fills it in.
            row = row.unknown(key);
            continue;
        }
        let with: Vec<_> = told.into_iter().filter(|(_, has)| *has).map(|(hazard, _)| hazard).collect();
        row = row.count(key, with.len());
        for hazard in with {
            row = row.rests_on(key, named(run, hazard));
        }
    }
    let mut funds = planned.iter().filter_map(|hazard| hazard.fund);
    row = row.given_number("fund", funds.try_fold(Decimal::ZERO, Decimal::checked_add));
    for hazard in planned.iter().filter(|hazard| hazard.fund.is_some()) {
        row = row.rests_on("fund", named(run, hazard));
    }
    row.0
}

/// The elements that a plan of rectification should have (五落实), by the columns that count them.
const ELEMENTS: [&str; 5] = ["with_goal", "with_funds", "with_staff", "with_deadline", "with_contingency"];

/// Whether a hazard's plan has each element, by what its own row says; none: its list has no such column.
fn elements(run: &Run, hazard: &Hazard) -> [Option<bool>; 5] {
    let leading = run.ledger.leading(hazard);
    let text = |told: &Told<Text>| told.at().map(|_| !told.value.is_empty());
    [
        text(&leading.more().measures),
        leading.fund.at().map(|_| leading.fund.value.is_some()),
        text(&leading.responsible),
        leading.deadline.at().map(|_| hazard.deadline.is_some()),
        text(&leading.more().contingency),
    ]
}

/// The columns that the form has beside the others since 2012: who should be looked at and was, plans with all five
/// elements, major hazards under supervision by level, and the money of general ones.
fn appended(run: &Run, bucket: &Bucket, levels: &[Supervision], entry: Entry) -> Entry {
    let mut row = Row(entry).count("due_units", bucket.due.len());
    let mut n_checked = 0;
    for id in &bucket.due {
        let one = run.register.get(*id);
        row = row.rests_on("due_units", run.sources.show(Place::from(one.at)));
        if bucket.units.contains(&format!("#{}", id.0)) {
            n_checked += 1;
            row = row.rests_on("checked_units", run.sources.show(Place::from(one.at)));
        }
    }
    row = row.count("checked_units", n_checked);
    let hazards: Vec<&Hazard> = bucket.hazards.iter().map(|at| &run.ledger.hazards[*at]).collect();
    let of_level = |level| hazards.iter().copied().filter(move |hazard| hazard.level == level);
    let (mut n_whole, mut is_known) = (0, true);
    for hazard in
        of_level(HazardLevel::Major).filter(|one| !one.state(run.as_of).is_some_and(HazardState::closed))
    {
        let has = elements(run, hazard);
        is_known &= has.iter().all(Option::is_some);
        if has.iter().all(|has| *has == Some(true)) {
            n_whole += 1;
            row = row.rests_on("whole_plans", named(run, hazard));
        }
    }
    row = if is_known { row.count("whole_plans", n_whole) } else { row.unknown("whole_plans") };
    let mut listed: BTreeMap<&str, usize> = BTreeMap::new();
    for hazard in of_level(HazardLevel::Major) {
        let text = &run.ledger.leading(hazard).more().supervision.value;
        if text.is_empty() {
            continue;
        }
        let fits = |level: &&Supervision| level.words.iter().any(|word| text.contains(word.as_str()));
        let key = levels.iter().find(fits).map_or("listed_other", |level| &*level.key);
        for key in ["listed", key] {
            *listed.entry(key).or_default() += 1;
            row = row.rests_on(key, named(run, hazard));
        }
    }
    for (key, count) in listed {
        row = row.count(key, count);
    }
    let mut funds = of_level(HazardLevel::General).filter_map(|hazard| hazard.fund);
    row = row.given_number("general_fund", funds.try_fold(Decimal::ZERO, Decimal::checked_add));
    for hazard in of_level(HazardLevel::General).filter(|hazard| hazard.fund.is_some()) {
        row = row.rests_on("general_fund", named(run, hazard));
    }
    row.0
}

/// Positions of the hazards found from the first of January to the day of the run.
pub(super) fn this_year(run: &Run) -> impl Iterator<Item = (usize, &Hazard)> {
    let span = Span::year_to(run.as_of);
    let hazards = run.ledger.hazards.iter().enumerate();
    hazards.filter(move |(_, hazard)| hazard.found_in(span.first, span.last))
}

/// Hazards of earlier years that were still open when this one began, with their positions.
fn carried_over(run: &Run) -> impl Iterator<Item = (usize, &Hazard)> {
    let first = Span::year_to(run.as_of).first;
    let hazards = run.ledger.hazards.iter().enumerate();
    hazards.filter(move |(_, hazard)| {
        hazard.found.is_some_and(|found| found < first) && hazard.done.is_none_or(|done| done >= first)
    })
}

/// Whether a hazard was found by a day and is open on it.
pub(super) fn carried_into(hazard: &Hazard, day: Date) -> bool {
    hazard.found.is_some_and(|found| found <= day) && hazard.done.is_none_or(|done| done > day)
}

/// 表R1: cumulative since the first of January; what earlier years left stands in a line of its own. `with_more`:
/// a variant with the columns of [`appended`] is asked for.
pub(super) fn by_sector(run: &Run, with_more: bool) -> Content {
    let lines: Lines = toml::from_str(LINES).expect("a test reads the built-in lines");
    let line_of =
        |sector: &str| lines.row.iter().position(|line| line.sectors.iter().any(|own| own == sector));
    // A kind begins with what it is: 使用危化品的生产单位 is a user, not a producer.
    let leaf_of = |line: &Line, kind: &str| {
        let leaves = line.below.iter().enumerate();
        let words = leaves.flat_map(|(leaf, spec)| spec.kinds.iter().map(move |word| (leaf, word)));
        let found = words.filter_map(|(leaf, word)| Some((kind.find(word.as_str())?, leaf)));
        found.min().map(|(_, leaf)| leaf)
    };
    // By line, then by leaf; none: what fits no other.
    let mut buckets: BTreeMap<(Option<usize>, Option<usize>), Bucket> = BTreeMap::new();
    let place = |sector: &str, kind: &str| {
        let line = line_of(sector);
        (line, line.and_then(|line| leaf_of(&lines.row[line], kind)))
    };
    for (at, hazard) in this_year(run) {
        let kind = hazard.enterprise.map_or("", |id| &*run.register.get(id).kind);
        let bucket = buckets.entry(place(&hazard.sector, kind)).or_default();
        bucket.hazards.push(at);
        bucket.units.insert(unit_key(run, hazard));
    }
    let span = Span::year_to(run.as_of);
    for visit in run.supervision.visits.iter().filter(|visit| (span.first..=span.last).contains(&visit.day)) {
        let one = run.register.get(visit.enterprise);
        let bucket = buckets.entry(place(&one.sector, &one.kind)).or_default();
        bucket.units.insert(format!("#{}", visit.enterprise.0));
    }
    let left = carried_over(run).map(|(at, _)| at).collect();
    let left = Bucket { hazards: left, ..Bucket::default() };
    if buckets.is_empty() && left.hazards.is_empty() {
        return Content { layout: "sector-hazards", ..Content::default() };
    }
    if with_more {
        for (id, one) in (0..).map(EnterpriseId).zip(&run.register.enterprises) {
            if one.is_active(run.as_of) {
                buckets.entry(place(&one.sector, &one.kind)).or_default().due.push(id);
            }
        }
    }
    let line = |bucket: &Bucket, label: &str| {
        let entry = counts(run, bucket, "sector", label);
        if with_more { appended(run, bucket, &lines.supervision, entry) } else { entry }
    };
    let take = |buckets: &mut BTreeMap<_, Bucket>, key, label: &str| {
        line(&buckets.remove(&key).unwrap_or_default(), label)
    };
    let mut entries = Vec::new();
    for (at, line) in lines.row.iter().enumerate() {
        if line.below.is_empty() {
            entries.push(take(&mut buckets, (Some(at), None), &line.label));
            continue;
        }
        let mut below: Vec<Entry> = (0..)
            .zip(&line.below)
            .map(|(leaf, spec)| take(&mut buckets, (Some(at), Some(leaf)), &spec.label))
            .collect();
        if buckets.contains_key(&(Some(at), None)) {
            below.push(take(&mut buckets, (Some(at), None), OTHER_KIND));
        }
        entries.push(Entry { below, ..Row::default().text("sector", &*line.label).0 });
    }
    entries.push(take(&mut buckets, (None, None), OTHER_SECTOR));
    if !left.hazards.is_empty() {
        entries.push(line(&left, LEFT_OVER));
    }
    Content { layout: "sector-hazards", entries, ..Content::default() }
}

/// 表R3: by block, cumulative since the first of January. Which of the columns that no
/// workbook fills are 0 and which stay empty is for the layout to say.
pub(super) fn by_block(run: &Run) -> Content {
    let mut buckets: BTreeMap<&str, Bucket> = BTreeMap::new();
    for (at, hazard) in this_year(run) {
        let bucket = buckets.entry(&hazard.village).or_default();
        bucket.hazards.push(at);
    }
    let span = Span::year_to(run.as_of);
    let mut visits: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for visit in run.supervision.visits.iter().filter(|visit| (span.first..=span.last).contains(&visit.day)) {
        let village = run.ledger.block_number(&run.register.get(visit.enterprise).village);
        let seen = visit.at.iter().map(|at| run.sources.show(Place::from(*at)));
        visits.entry(village).or_default().push(seen.collect::<Vec<_>>().join("、"));
    }
    let mut numbers: BTreeSet<&str> = buckets.keys().copied().collect();
    numbers.extend(visits.keys().map(String::as_str));
    let rows = numbers.into_iter().map(|number| {
        let bucket = buckets.get(number).cloned().unwrap_or_default();
        let mut row = Row(counts(run, &bucket, "unit", run.ledger.village_name(number)));
        row.0.given.remove("units");
        let seen = visits.get(number).map_or(&[][..], Vec::as_slice);
        row = row.count("visits", seen.len());
        for place in seen {
            row = row.rests_on("visits", place.clone());
        }
        row.0
    });
    Content { layout: "inspection", entries: rows.collect(), ..Content::default() }
}

/// A hazard as a row of the lists.
fn listed(run: &Run, hazard: &Hazard) -> Row {
    let leading = run.ledger.leading(hazard);
    let name = hazard.enterprise.map_or(&*leading.unit.value, |id| &*run.register.get(id).name);
    let code = hazard.enterprise.map_or("", |id| &*run.register.get(id).code);
    let state = hazard.state(run.as_of).map_or("", HazardState::title);
    let mut row = Row::default()
        .text("id", &*hazard.id)
        .text("unit", name)
        .text("code", code)
        .text("village", run.ledger.village_name(&hazard.village))
        .text("department", &*hazard.department)
        .text("sector", &*hazard.sector)
        .text("level", hazard.level.title())
        .text("place", &*leading.place.value)
        .text("text", &*leading.text.value)
        .text("responsible", &*leading.responsible.value)
        .text("rechecker", &*leading.rechecker.value)
        .text("measures", &*leading.more().measures.value)
        .text("contingency", &*leading.more().contingency.value)
        .text("supervision", &*leading.more().supervision.value)
        .text("supervisor", &*leading.more().supervision_document.value)
        .text("state", state)
        .day("found", hazard.found)
        .day("rechecked", leading.rechecked.value.filter(|day| *day <= run.as_of))
        .day("deadline", hazard.deadline)
        // What was done after the day of the report is not known on it.
        .day("done", hazard.done.filter(|done| *done <= run.as_of))
        .day("closed", hazard.done.filter(|_| hazard.state(run.as_of).is_some_and(HazardState::closed)))
        .given_number("fund", hazard.fund);
    for entry in run.ledger.entries_of(hazard) {
        row = row.rests_on("text", run.sources.show(Place::from(entry.at)));
    }
    if let (Some(at), Some(_)) = (leading.rechecked.at(), row.0.given.get("rechecked")) {
        row = row.rests_on("rechecked", run.sources.show(Place::from(at)));
    }
    row
}

/// 表R5a: the major hazards found this year, and those that earlier years left: as many open ones as 表R1
/// has 列入治理计划.
pub(super) fn majors(run: &Run) -> Content {
    let known = this_year(run).chain(carried_over(run)).map(|(_, hazard)| hazard);
    let mut hazards: Vec<&Hazard> = known.filter(|hazard| hazard.level == HazardLevel::Major).collect();
    hazards.sort_by_key(|hazard| (hazard.found, &hazard.id));
    let entries = hazards.into_iter().map(|hazard| {
        let source = run.ledger.leading(hazard).source.title();
        listed(run, hazard).text("source", source).0
    });
    Content { layout: "major-hazards", entries: entries.collect(), ..Content::default() }
}

/// 表R5b: the major hazards that are open and stand under supervision (挂牌督办), as their lists say.
pub(super) fn supervised(run: &Run) -> Content {
    let is_open = |hazard: &&Hazard| !hazard.state(run.as_of).is_none_or(HazardState::closed);
    let is_supervised = |hazard: &&Hazard| {
        hazard.level == HazardLevel::Major && !run.ledger.leading(hazard).more().supervision.value.is_empty()
    };
    let mut hazards: Vec<&Hazard> = run.ledger.hazards.iter().filter(is_open).filter(is_supervised).collect();
    hazards.sort_by_key(|hazard| (hazard.found, &hazard.id));
    let entries = hazards.into_iter().map(|hazard| listed(run, hazard).0);
    Content { layout: "supervised-hazards", entries: entries.collect(), ..Content::default() }
}

/// 表R5c: a page for each major hazard of 表R5a that is said to be put right.
pub(super) fn accepted(run: &Run) -> Content {
    let known = this_year(run).chain(carried_over(run)).map(|(_, hazard)| hazard);
    let is_done = |day: Date| day <= run.as_of;
    let mut hazards: Vec<(&Hazard, Date)> = known
        .filter(|hazard| hazard.level == HazardLevel::Major)
        .filter_map(|hazard| Some((hazard, hazard.claimed.filter(|day| is_done(*day))?)))
        .collect();
    hazards.sort_by_key(|(hazard, _)| (hazard.found, &hazard.id));
    let page = |(hazard, day): (&Hazard, Date)| {
        let mut rectified = format!("来源表填报的整改完成日期:{}。", wording::day(day));
        if let Some(refusal) = hazard.refusal {
            rectified.push_str(&format!("台账未予销号:{}。", refusal.title()));
        }
        let leading = run.ledger.leading(hazard);
        let mut row = listed(run, hazard).text("rectified", rectified);
        if let Some(at) = leading.done.at() {
            row = row.rests_on("rectified", run.sources.show(Place::from(at)));
            if hazard.refusal.is_none() {
                row = row.rests_on("closed", run.sources.show(Place::from(at)));
            }
        }
        row.0
    };
    let entries = hazards.into_iter().map(page).collect();
    Content { layout: "major-acceptance", entries, ..Content::default() }
}

/// What the checks say of a hazard beyond its entry: who looked, and the clause.
struct Checked {
    /// By enterprise and day.
    inspectors: BTreeMap<(EnterpriseId, Date), BTreeSet<String>>,
    /// By the row of the item's answer: source, sheet and row from 0.
    bases: BTreeMap<(SourceId, u16, u32), String>,
}

fn row_of(at: Provenance) -> (SourceId, u16, u32) {
    (at.source, at.sheet, at.cell.row0)
}

impl Checked {
    fn of(run: &Run) -> Self {
        let (mut inspectors, mut bases) = (BTreeMap::new(), BTreeMap::new());
        for check in &run.checks {
            let subject = &check.subject;
            if let Some(enterprise) = subject.enterprise.filter(|_| !subject.inspectors.is_empty()) {
                let known: &mut BTreeSet<String> = inspectors.entry((enterprise, subject.date)).or_default();
                known.insert(subject.inspectors.clone());
            }
            let manifest = &run.plugins[subject.plugin].manifest;
            for answer in &subject.answers {
                let item = &manifest.items[answer.item as usize];
                let Some(at) = subject.evidence.get(answer.evidence as usize) else { continue };
                bases.insert(row_of(*at), wording::basis(manifest, item, subject.date));
            }
        }
        Self { inspectors, bases }
    }

    /// Adds 检查人员 and 判定依据, where a check of that day and a row of its sheet know them.
    fn add(&self, run: &Run, hazard: &Hazard, row: Row) -> Row {
        let key = hazard.enterprise.zip(hazard.found);
        let inspectors = key.and_then(|key| self.inspectors.get(&key));
        let inspectors: Vec<_> = inspectors.into_iter().flatten().map(String::as_str).collect();
        let bases: BTreeSet<_> =
            run.ledger.entries_of(hazard).filter_map(|entry| self.bases.get(&row_of(entry.at))).collect();
        let bases: Vec<_> = bases.into_iter().map(String::as_str).collect();
        row.text("inspectors", inspectors.join("、")).text("basis", bases.join(";"))
    }
}

/// 表R4: the hazards of each campaign that has some, by unit. 复查日期 is what the leading row has in a column
/// of its own, and stays empty otherwise: the day of putting right is another.
pub(super) fn campaigns(run: &Run) -> Vec<Content> {
    let checked = Checked::of(run);
    let campaigns = run.supervision.campaigns.iter().filter(|campaign| !campaign.hazards.is_empty());
    campaigns
        .map(|campaign| {
            let mut hazards: Vec<&Hazard> =
                campaign.hazards.iter().filter_map(|at| run.ledger.hazards.get(*at)).collect();
            hazards.sort_by_key(|hazard| (hazard.enterprise, hazard.unit.clone(), hazard.found, hazard.id.clone()));
            let is_major = |hazard: &&&Hazard| hazard.level == HazardLevel::Major;
            let majors = hazards.iter().filter(is_major).count();
            let closed = hazards.iter().filter(|hazard| {
                hazard.done.is_some_and(|done| done <= campaign.window.1.min(run.as_of))
            });
            let closed = closed.count();
            let rate = super::super::percent(closed.into(), hazards.len().into(), 1);
            let summary = format!(
                "合计:应查单位 {} 家,已查 {} 家,检查 {} 家次;发现隐患 {} 项(一般 {}、重大 {majors}),截至{}已整改 {closed} 项,整改率 {rate}。",
                campaign.due(),
                campaign.covered(),
                campaign.visits.len(),
                hazards.len(),
                hazards.len() - majors,
                wording::day(campaign.window.1.min(run.as_of)),
            );
            Content {
                layout: "hazard-list",
                of: campaign.id.clone(),
                entries: hazards.iter().map(|hazard| checked.add(run, hazard, listed(run, hazard)).0).collect(),
                words: BTreeMap::from([("campaign", campaign.name.clone()), ("summary", summary)]),
                ..Content::default()
            }
        })
        .collect()
}
