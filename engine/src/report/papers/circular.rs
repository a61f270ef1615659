//! 通报: what a period came to, in sentences and tables: hazards, ranks, the worst, what was not filed.
//! Says nothing that a table of the run does not say; a sentence without its data is left out.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::super::grid::{Entry, Grid, Shown};
use super::super::ledger;
use super::super::template::Words;
use super::super::template::keys::{Key as _, LineKey};
use super::super::yearend::record;
use super::subjects::Subject;
use super::{Named, Volume, row};
use crate::model::ledger::{By, Line, Span, shown_rate};
use crate::model::yearend::{UnitInputs, UnitKind, UnitResult};
use crate::model::{Run, Tally};

/// How many of the worst are named.
const WORST: usize = 10;
/// How many names a sentence holds; the tables have all.
const NAMED: usize = 10;

/// A unit with its result, and the digits of its score.
#[derive(Clone, Copy)]
pub(super) struct Announced<'a> {
    pub unit: &'a UnitInputs,
    pub result: &'a UnitResult,
    pub digits: u8,
}

/// Units of one kind by class and rank, objections taken into account; those without a rank last,
/// vetoed ones after the others. Empty where there is no year-end assessment.
pub(super) fn announced<'a>(volume: &Volume<'a>, kind: UnitKind) -> Vec<Announced<'a>> {
    let Some(publication) = volume.papers.year_end else { return Vec::new() };
    let digits = publication.rules.of(kind).digits;
    let units = publication.run.year_end.units.iter().zip(publication.after);
    let mut own: Vec<_> = units
        .filter(|(unit, _)| unit.unit.kind == kind)
        .map(|(unit, result)| Announced { unit, result, digits })
        .collect();
    own.sort_by_key(|Announced { unit, result, .. }| {
        (&unit.unit.class, result.rank.unwrap_or(u32::MAX), result.is_vetoed(), &unit.unit.number)
    });
    own
}

/// The hazards of the year by village.
pub(super) fn lines(run: &Run) -> Vec<Line> {
    if run.ledger.hazards.is_empty() {
        return Vec::new();
    }
    run.ledger.statistics(&run.register, Span::year_to(run.as_of), By::Village).lines
}

/// Subjects with open hazards: most major ones first, then most overdue, then most; equals keep the
/// order of the register.
fn worst<'s, 'a>(volume: &'s Volume<'a>) -> Vec<&'s Subject<'a>> {
    let run = volume.papers.run;
    let mut open: Vec<_> = volume
        .subjects
        .all
        .iter()
        .map(|one| ((one.n_major(run), one.n_overdue(run), one.open(run).count()), one))
        .filter(|((.., open), _)| *open > 0)
        .collect();
    open.sort_by_key(|(counts, _)| std::cmp::Reverse(*counts));
    open.into_iter().map(|(_, one)| one).take(WORST).collect()
}

/// A unit that did not file, or filed late.
struct Lapsed<'a> {
    unit: &'a str,
    report: &'a str,
    late: Vec<String>,
    missing: Vec<String>,
}

fn lapsed(run: &Run) -> Vec<Lapsed<'_>> {
    let mut by_unit: BTreeMap<(&str, &str), Lapsed<'_>> = BTreeMap::new();
    for report in &run.filings.reports {
        for (lapses, is_late) in [(&report.late, true), (&report.missing, false)] {
            for lapse in lapses {
                let (unit, report) = (&*lapse.unit, &*report.report);
                let new = || Lapsed { unit, report, late: Vec::new(), missing: Vec::new() };
                let one = by_unit.entry((unit, report)).or_insert_with(new);
                if is_late { &mut one.late } else { &mut one.missing }.push(lapse.period.shown());
            }
        }
    }
    by_unit.into_values().collect()
}

/// What the numbers of units stand for.
fn unit_names(run: &Run) -> BTreeMap<&str, &str> {
    let enterprises = run.register.enterprises.iter().map(|one| (&*one.number, &*one.name));
    let blocks = run.ledger.villages.iter().map(|one| (&*one.number, &*one.name));
    let units = run.year_end.units.iter().map(|one| (&*one.unit.number, &*one.unit.name));
    enterprises.chain(blocks).chain(units).filter(|(number, _)| !number.is_empty()).collect()
}

/// Lays the tables out; false where none of them holds anything.
pub(super) fn lay_out<'a>(
    grid: &mut Grid<'a>,
    volume: &'a Volume<'a>,
    blocks: &'a [Named],
    words: &Words,
) -> bool {
    let [villages, departments, of_lines, of_worst, lapses] = blocks else { return false };
    let run = volume.papers.run;
    let mut says = false;
    for (block, kind) in [(villages, UnitKind::Village), (departments, UnitKind::Department)] {
        let units = announced(volume, kind);
        if units.is_empty() {
            continue;
        }
        says = true;
        grid.table(block, words);
        for one in units {
            row(grid, block, &|key| announced_entry(volume, one, key));
        }
    }
    let lines = lines(run);
    if !lines.is_empty() {
        says = true;
        grid.table(of_lines, words);
        for line in &lines {
            let digits = run.ledger.rate_digits;
            let entry = |key: &str| {
                LineKey::parse(key).map_or(Entry::Empty, |key| ledger::line_entry(line, key, digits))
            };
            row(grid, of_lines, &entry);
        }
        grid.table(of_worst, words);
        for (number, subject) in (1..).zip(worst(volume)) {
            row(grid, of_worst, &|key| worst_entry(run, subject, key, number));
        }
        grid.or_none("无");
    }
    if !run.filings.reports.is_empty() {
        says = true;
        let names = unit_names(run);
        grid.table(lapses, words);
        for (number, lapsed) in (1..).zip(lapsed(run)) {
            let entry = |key: &str| match key {
                "number" => Entry::count(number),
                "unit" => Entry::code(lapsed.unit),
                "name" => Entry::text(names.get(lapsed.unit).copied().unwrap_or("")),
                "report" => Entry::text(lapsed.report),
                "late" => Entry::text(lapsed.late.join("、")),
                _ => Entry::text(lapsed.missing.join("、")),
            };
            row(grid, lapses, &entry);
        }
        grid.or_none("无");
    }
    says
}

fn announced_entry<'a>(volume: &Volume<'a>, one: Announced<'a>, key: &str) -> Entry<'a> {
    let Announced { unit, result, digits } = one;
    match key {
        "rank" => result.rank.map_or(Entry::text("—"), |rank| Entry::count(rank as usize)),
        "number" => Entry::code(&*unit.unit.number),
        "name" => Entry::text(&*unit.unit.name),
        "class" => Entry::text(&*unit.unit.class),
        "final" => result.score.map_or(Entry::Empty, |score| Entry::Number(score, Shown::Fixed(digits))),
        "grade" => Entry::text(&*result.grade),
        "veto" => Entry::text(record::veto(unit, result).unwrap_or_default()),
        _ => {
            let digits = volume.papers.year_end.map_or(2, |publication| publication.rules.rate_digits);
            Entry::text(record::rate(unit.rate, digits).unwrap_or_default())
        }
    }
}

fn worst_entry<'a>(run: &'a Run, subject: &Subject<'a>, key: &str, number: usize) -> Entry<'a> {
    match key {
        "number" => Entry::count(number),
        "name" => Entry::text(subject.name),
        "village" => Entry::text(subject.village),
        "department" => Entry::text(subject.department),
        "open" => Entry::count(subject.open(run).count()),
        "major" => Entry::count(subject.n_major(run)),
        "overdue" => Entry::count(subject.n_overdue(run)),
        "longest" => {
            let days = subject
                .open(run)
                .filter_map(|one| one.deadline)
                .map(|deadline| deadline.until(run.as_of).map_or(0, |span| span.get_days()));
            let longest = days.max().and_then(|days| usize::try_from(days).ok()).filter(|days| *days > 0);
            longest.map_or(Entry::Empty, Entry::count)
        }
        _ => Entry::text(subject.open(run).map(|one| &*one.id).collect::<Vec<_>>().join("、")),
    }
}

/// The sentences, each empty where there is nothing to say.
pub(super) fn words(volume: &Volume<'_>) -> Words {
    let run = volume.papers.run;
    let mut words = Words::new();
    let digits = run.ledger.rate_digits;
    if !run.ledger.hazards.is_empty() {
        let total = run.ledger.statistics(&run.register, Span::year_to(run.as_of), By::Village).total;
        words.insert("of_ledger", of_tally("一般隐患", &total.general, digits));
        words.insert("of_major", of_tally("重大隐患", &total.major, digits));
        let all_closed = ledger::words(run).remove("all_closed").unwrap_or_default();
        words.insert("all_closed", all_closed);
        let lines = lines(run);
        let with_rate = lines.iter().filter_map(|line| Some((line.general.rate()?, line)));
        // Of equal rates the first is as good as any; all are in the table.
        let lowest = with_rate.min_by(|(one, first), (other, second)| {
            one.compare(*other).unwrap_or(Ordering::Equal).then_with(|| first.key.cmp(&second.key))
        });
        let mut text = Vec::new();
        if let Some((rate, line)) = lowest.filter(|(_, line)| line.general.open() > 0) {
            let rate = shown_rate(Some(rate), digits);
            text.push(format!("一般隐患整改率最低的是{}({rate}%)", line.title));
        }
        if let Some(subject) = worst(volume).first() {
            let (major, overdue) = (subject.n_major(run), subject.n_overdue(run));
            let of = [("重大", major), ("逾期", overdue)].map(|(what, n)| match n {
                0 => String::new(),
                n => format!(",其中{what}{n}条"),
            });
            let open = subject.open(run).count();
            text.push(format!("未销号隐患最突出的是{}({open}条{})", subject.name, of.concat()));
        }
        words.insert("of_worst", sentence(text));
    }
    words.insert("of_checks", sentence(of_checks(run)));
    for (key, kind) in [("of_villages", UnitKind::Village), ("of_departments", UnitKind::Department)] {
        words.insert(key, of_units(&announced(volume, kind), kind));
    }
    let vetoes: Vec<_> = [UnitKind::Village, UnitKind::Department]
        .into_iter()
        .flat_map(|kind| announced(volume, kind))
        .filter_map(|one| Some(format!("{}({})", one.unit.unit.name, record::veto(one.unit, one.result)?)))
        .collect();
    if !vetoes.is_empty() {
        words.insert("of_vetoes", format!("被一票否决的单位:{}。", vetoes.join("、")));
    }
    let filings = run.filings.reports.iter().filter(|report| report.due > 0).map(|report| {
        let rate = |rate: Option<crate::model::Decimal>| {
            rate.map_or_else(|| "/".to_owned(), |rate| format!("{rate}%"))
        };
        format!(
            "{}应报{}份、已报{}份,完整率{}、及时率{}",
            report.report,
            report.due,
            report.received,
            rate(report.completeness()),
            rate(report.timeliness())
        )
    });
    words.insert("of_filings", sentence(filings.collect()));
    words.insert("of_lapses", of_lapses(run));
    words
}

/// Clauses as one sentence; empty where there are none.
fn sentence(clauses: Vec<String>) -> String {
    if clauses.is_empty() { String::new() } else { format!("{}。", clauses.join(";")) }
}

fn of_tally(what: &str, tally: &Tally, digits: u8) -> String {
    if tally.found == 0 {
        return format!("本年未发现{what}。");
    }
    format!(
        "本年发现{what}{}条,已销号{}条,未销号{}条(其中逾期{}条),整改率{}%,按期整改率{}%。",
        tally.found,
        tally.closed(),
        tally.open(),
        tally.overdue,
        shown_rate(tally.rate(), digits),
        shown_rate(tally.on_time_rate(), digits)
    )
}

/// Each sector: how many units, by grade.
fn of_checks(run: &Run) -> Vec<String> {
    let mut clauses = Vec::new();
    for (position, plugin) in run.plugins.iter().enumerate() {
        let manifest = &plugin.manifest;
        let latest = run.checks.iter().filter(|check| {
            check.latest && check.subject.plugin == position && check.subject.office.is_empty()
        });
        let mut n_units = 0;
        let mut grades: BTreeMap<(usize, &str), usize> = BTreeMap::new();
        for score in latest.filter_map(|check| check.scored.as_ref()?.schemes.first()) {
            n_units += 1;
            let bands = &manifest.schemes[score.scheme as usize].bands;
            let order = bands.iter().position(|band| band.grade == score.grade).unwrap_or(bands.len());
            if !score.grade.is_empty() {
                *grades.entry((order, &score.grade)).or_default() += 1;
            }
        }
        if n_units > 0 {
            let grades: Vec<_> = grades.iter().map(|((_, grade), n)| format!("{grade}{n}家")).collect();
            let grades =
                if grades.is_empty() { String::new() } else { format!(",其中{}", grades.join("、")) };
            clauses.push(format!("{}检查评定{n_units}家{grades}", manifest.title));
        }
    }
    clauses
}

/// How many were assessed and ranked, the grades, the first and the last.
fn of_units(units: &[Announced<'_>], kind: UnitKind) -> String {
    if units.is_empty() {
        return String::new();
    }
    let ranked: Vec<_> = units.iter().filter(|one| one.result.rank.is_some()).collect();
    let mut grades: Vec<(&str, Vec<&str>)> = Vec::new();
    for one in units.iter().filter(|one| !one.result.grade.is_empty()) {
        let name = &*one.unit.unit.name;
        match grades.iter_mut().find(|(grade, _)| *grade == one.result.grade) {
            Some((_, names)) => names.push(name),
            None => grades.push((&one.result.grade, vec![name])),
        }
    }
    let grades = grades.iter().map(|(grade, names)| {
        if names.len() <= NAMED {
            format!("{grade}{}个({})", names.len(), names.join("、"))
        } else {
            format!("{grade}{}个", names.len())
        }
    });
    let mut text = vec![format!("{}参加考核{}个、排名{}个", kind.title(), units.len(), ranked.len())];
    text.extend(grades);
    let shown = |one: &&&Announced<'_>| {
        let score = one.result.score.map_or_else(|| "未评定".to_owned(), |score| format!("{score}分"));
        let class = &one.unit.unit.class;
        let class = if class.is_empty() { String::new() } else { format!("{class}类") };
        format!("{class}第{}名{}({score})", one.result.rank.unwrap_or(0), one.unit.unit.name)
    };
    let named: Vec<_> = ranked.iter().take(NAMED).map(|one| shown(&one)).collect();
    if !named.is_empty() {
        text.push(format!("名次为{}", named.join("、")));
    }
    if let Some(last) = ranked.last().filter(|_| ranked.len() > NAMED) {
        text.push(format!("末位为{}", shown(&last)));
    }
    sentence(text)
}

fn of_lapses(run: &Run) -> String {
    let lapsed = lapsed(run);
    if lapsed.is_empty() {
        return if run.filings.reports.is_empty() {
            String::new()
        } else {
            "各项报送均按期。".to_owned()
        };
    }
    let names = unit_names(run);
    let of = |periods: &dyn Fn(&Lapsed<'_>) -> Vec<String>| -> Vec<String> {
        let own = lapsed.iter().map(|one| (one, periods(one))).filter(|(_, periods)| !periods.is_empty());
        own.map(|(one, periods)| {
            let name = names.get(one.unit).copied().unwrap_or(one.unit);
            format!("{name}({} {})", one.report, periods.join("、"))
        })
        .collect()
    };
    let mut text = Vec::new();
    for (what, list) in [("未报", of(&|one| one.missing.clone())), ("逾期报送", of(&|one| one.late.clone()))]
    {
        match list.len() {
            0 => {}
            n if n <= NAMED => text.push(format!("{what}:{}", list.join("、"))),
            n => text.push(format!("{what}{n}个,名单见表")),
        }
    }
    sentence(text)
}
