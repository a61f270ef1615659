//! The workbook of one campaign: coverage with its rates and their 口径, visits, what was found, who was not
//! visited, and the cells behind it. Counts nothing that the model has not counted.

use std::collections::BTreeSet;

use rust_xlsxwriter::XlsxError;

use super::grid::{self, Entry, Grid, Row, Shown, Styles};
use super::results::campaign::percent;
use super::sheet_name::SheetNames;
use super::template::{Block, Content, Per, Report, Templates, Words};
use super::{Error, Written, free_name, words};
use crate::model::campaign::{Campaign, Member};
use crate::model::ledger::{HazardState, RATE_MEANS};
use crate::model::{Decimal, Enterprise, Place, Provenance, Run, SourceId};

/// Why the coverage is what it is, printed under it.
const COVERAGE_MEANS: &str = "覆盖率=应查单位中已查的家数÷应查家数×100%,免查的不在分母,应查为0时记“/”";
/// The most rows of one table: Excel has a last row. `results.json` has all.
const MAX_LISTED: usize = 200_000;

/// Makes the workbooks of a campaign.
///
/// Shape: one for each template of campaigns, in the order of their names.
/// Errors: a workbook that the writer refuses.
pub fn campaign(run: &Run, one: &Campaign, templates: &Templates) -> Result<Vec<Written>, Error> {
    let mut words = words(run);
    words.extend(own_words(run, one));
    let mut taken = BTreeSet::new();
    let mut written = Vec::new();
    for report in templates.reports.iter().filter(|report| report.per == Per::Campaign) {
        let bytes = make(run, one, report, &words)
            .map_err(|source| Error::Workbook { report: format!("{} {}", report.name, one.id), source })?;
        written.push(Written { name: free_name(&report.file.fill(&words), "", &mut taken), bytes });
    }
    Ok(written)
}

fn own_words(run: &Run, one: &Campaign) -> Words {
    let sources: Vec<_> = one.counts.iter().map(|source| source.title()).collect();
    let counted = match sources.as_slice() {
        [] => "本行动不统计隐患".to_owned(),
        sources => format!("只计{}在起止日期内有记录的一般隐患,同一隐患计一次", sources.join("、")),
    };
    let covered_by = match one.by_review {
        true => "检查表(一表多企)中有检查结果的单位为已查,不计家次",
        false => "检查登记中起止日期内有记录的单位为已查;同一单位同日计一家次,不论检查任务",
    };
    let mark = if one.is_unverified { "(起止日期未核实)" } else { "" };
    Words::from([
        ("campaign", one.name.clone()),
        ("first", one.window.0.to_string()),
        ("last", one.window.1.to_string()),
        ("until", one.window.1.min(run.as_of).to_string()),
        ("window_mark", mark.to_owned()),
        ("covered_by", covered_by.to_owned()),
        ("counted", counted),
        ("rate_means", RATE_MEANS.to_owned()),
        ("coverage_means", COVERAGE_MEANS.to_owned()),
    ])
}

fn make(run: &Run, one: &Campaign, report: &Report, words: &Words) -> Result<Vec<u8>, XlsxError> {
    let styles = Styles::new(report);
    let mut names = SheetNames::default();
    let mut sheets = Vec::new();
    for sheet in &report.sheets {
        let Content::Named { kind, blocks } = &sheet.content else { continue };
        let mut grid = Grid::new(names.take(&sheet.name.fill(words), ""), sheet, words);
        let book = Book { run, one, words };
        for (at, block) in blocks.iter().enumerate() {
            grid.table(block, words);
            for row in book.rows(kind, at, block) {
                grid.row(Row::body(row));
            }
            grid.or_none("无");
        }
        sheets.push(grid::draw(&grid, &styles)?);
    }
    grid::workbook(&styles, sheets, &report.file.fill(words), run.as_of)
}

/// A number of the campaign, what it is a part of where it is a rate, and what it means.
struct Figure<'a> {
    name: &'static str,
    value: Entry<'a>,
    of: Option<(usize, usize)>,
    means: String,
}

struct Book<'a> {
    run: &'a Run,
    one: &'a Campaign,
    words: &'a Words,
}

impl<'a> Book<'a> {
    /// The rows of a block of a kind, by its position in the kind.
    fn rows(&self, kind: &str, block: usize, columns: &Block<&'static str>) -> Vec<Vec<Entry<'a>>> {
        let keys: Vec<&str> = columns.columns.iter().map(|column| column.key).collect();
        match (kind, block) {
            ("campaign-coverage", 0) => self.figures(&keys),
            ("campaign-coverage", 1) => self.kinds(&keys),
            ("campaign-coverage", _) => self.phases(&keys),
            ("campaign-visits", _) => self.visits(&keys),
            ("campaign-hazards", _) => self.hazards(&keys),
            ("campaign-uncovered", 0) => {
                self.members(&keys, |member| member.waived.is_none() && member.covered.is_empty())
            }
            ("campaign-uncovered", _) => self.members(&keys, |member| member.waived.is_some()),
            ("campaign-trace", 0) => {
                self.members(&keys, |member| member.waived.is_none() && !member.covered.is_empty())
            }
            _ => self.inputs(&keys),
        }
    }

    fn show(&self, places: &[Provenance]) -> Entry<'a> {
        let shown: Vec<_> = places.iter().map(|at| self.run.sources.show(Place::from(*at))).collect();
        Entry::text(shown.join("\n"))
    }

    /// A rate as a number with its digits; `/` for a zero denominator.
    fn rate(&self, part: usize, whole: usize) -> Entry<'a> {
        let digits = self.run.ledger.rate_digits;
        match percent(part, whole, digits).parse::<Decimal>() {
            Ok(rate) => Entry::Number(rate, Shown::Fixed(digits)),
            Err(_) => Entry::text("/"),
        }
    }

    fn figures(&self, keys: &[&str]) -> Vec<Vec<Entry<'a>>> {
        let one = self.one;
        let waived = one.members.iter().filter(|member| member.waived.is_some()).count();
        let (due, covered, all) = (one.due(), one.covered(), one.members.len());
        let (hazards, closed) = (one.hazards.len(), one.closed);
        let means = |word: &str| self.words.get(word).cloned().unwrap_or_default();
        let count = |name, n: usize, means: String| Figure { name, value: Entry::count(n), of: None, means };
        let rate = |name, part: usize, whole: usize, means: &str| Figure {
            name,
            value: self.rate(part, whole),
            of: Some((part, whole)),
            means: means.to_owned(),
        };
        let figures = [
            count("范围内单位数", all, "企业名录中属于本行动范围的单位".to_owned()),
            count("免查数", waived, "检查表中注明停产等免查状态的单位,不在分母".to_owned()),
            count("应查数", due, "范围内单位数-免查数".to_owned()),
            count("已查数", covered, means("covered_by")),
            count("未查数", due - covered, "应查数-已查数,名单见“未走访名单”".to_owned()),
            rate("覆盖率(%)", covered, due, COVERAGE_MEANS),
            rate("覆盖率(%,分母含免查)", covered, all, "已查家数÷范围内单位数×100%,为0时记“/”"),
            count("检查家次", one.visits.len(), "同一次检查可计入几个行动,全年合计只计一次".to_owned()),
            count("一般隐患数", hazards, means("counted")),
            count("已销号数", closed, format!("截至{}销号且销号未被退回", means("until"))),
            rate("整改率(%)", closed, hazards, RATE_MEANS),
        ];
        let row = |figure: Figure<'a>| {
            let cell = |key: &&str| match *key {
                "name" => Entry::text(figure.name),
                "value" => figure.value.clone(),
                "part" => figure.of.map_or(Entry::Empty, |(part, _)| Entry::count(part)),
                "whole" => figure.of.map_or(Entry::Empty, |(_, whole)| Entry::count(whole)),
                _ => Entry::text(figure.means.clone()),
            };
            keys.iter().map(cell).collect()
        };
        figures.into_iter().map(row).collect()
    }

    fn kinds(&self, keys: &[&str]) -> Vec<Vec<Entry<'a>>> {
        let kinds = self.one.by_kind(&self.run.register);
        let row = |(kind, of): (&'a str, crate::model::campaign::KindCount)| {
            let cell = |key: &&str| match *key {
                "kind" => Entry::text(if kind.is_empty() { "未注明" } else { kind }),
                "due" => Entry::count(of.due),
                "covered" => Entry::count(of.covered),
                "waived" => Entry::count(of.waived),
                _ => self.rate(of.covered, of.due),
            };
            keys.iter().map(cell).collect()
        };
        kinds.into_iter().map(row).collect()
    }

    fn phases(&self, keys: &[&str]) -> Vec<Vec<Entry<'a>>> {
        let row = |(name, first, last): &'a (String, crate::model::Date, crate::model::Date)| {
            let days = self.one.visits.iter().map(|at| self.run.supervision.visits[*at].day);
            let n_visits = days.filter(|day| first <= day && day <= last).count();
            let cell = |key: &&str| match *key {
                "phase" => Entry::text(&**name),
                "from" => Entry::Day(*first),
                "to" => Entry::Day(*last),
                _ => Entry::count(n_visits),
            };
            keys.iter().map(cell).collect()
        };
        self.one.phases.iter().map(row).collect()
    }

    fn visits(&self, keys: &[&str]) -> Vec<Vec<Entry<'a>>> {
        let row = |(number, at): (usize, &usize)| {
            let visit = &self.run.supervision.visits[*at];
            let enterprise = self.run.register.get(visit.enterprise);
            let cell = |key: &&str| match *key {
                "number" => Entry::count(number),
                "date" => Entry::Day(visit.day),
                "source" => self.show(&visit.at),
                key => of_enterprise(enterprise, key),
            };
            keys.iter().map(cell).collect()
        };
        (1..).zip(self.one.visits.iter().take(MAX_LISTED)).map(row).collect()
    }

    fn hazards(&self, keys: &[&str]) -> Vec<Vec<Entry<'a>>> {
        let (run, until) = (self.run, self.one.window.1.min(self.run.as_of));
        let row = |(number, at): (usize, &usize)| {
            let hazard = &run.ledger.hazards[*at];
            let lead = run.ledger.leading(hazard);
            let places: Vec<_> = run.ledger.entries_of(hazard).map(|entry| entry.at).collect();
            let cell = |key: &&str| match *key {
                "number" => Entry::count(number),
                "id" => Entry::code(&*hazard.id),
                "unit" => {
                    Entry::text(hazard.enterprise.map_or(&*lead.unit.value, |id| &*run.register.get(id).name))
                }
                "village" => Entry::text(run.ledger.village_name(&hazard.village)),
                "text" => Entry::text(&*lead.text.value),
                "found" => Entry::day(hazard.found),
                "deadline" => Entry::day(hazard.deadline),
                "done" => Entry::day(hazard.done.filter(|done| *done <= until)),
                "state" => Entry::text(hazard.state(until).map_or("", HazardState::title)),
                _ => self.show(&places),
            };
            keys.iter().map(cell).collect()
        };
        (1..).zip(self.one.hazards.iter().take(MAX_LISTED)).map(row).collect()
    }

    fn members(&self, keys: &[&str], is_wanted: impl Fn(&Member) -> bool) -> Vec<Vec<Entry<'a>>> {
        let row = |(number, member): (usize, &'a Member)| {
            let enterprise = self.run.register.get(member.enterprise);
            let cell = |key: &&str| match *key {
                "number" => Entry::count(number),
                "source" => match (member.waived, member.covered.as_slice()) {
                    (Some(at), _) => self.show(&[at]),
                    (None, []) => self.show(&[enterprise.at]),
                    (None, covered) => self.show(covered),
                },
                key => of_enterprise(enterprise, key),
            };
            keys.iter().map(cell).collect()
        };
        let wanted = self.one.members.iter().filter(|member| is_wanted(member));
        (1..).zip(wanted.take(MAX_LISTED)).map(row).collect()
    }

    /// The files that anything of the campaign rests on.
    fn inputs(&self, keys: &[&str]) -> Vec<Vec<Entry<'a>>> {
        let mut used: BTreeSet<SourceId> = BTreeSet::new();
        for member in &self.one.members {
            used.extend(member.covered.iter().chain(&member.waived).map(|at| at.source));
            used.insert(self.run.register.get(member.enterprise).at.source);
        }
        used.extend(
            self.one.visits.iter().flat_map(|at| &self.run.supervision.visits[*at].at).map(|at| at.source),
        );
        let hazards = self.one.hazards.iter().map(|at| &self.run.ledger.hazards[*at]);
        used.extend(hazards.flat_map(|one| self.run.ledger.entries_of(one)).map(|entry| entry.at.source));
        let row = |(number, id): (usize, SourceId)| {
            let source = self.run.sources.get(id);
            let cell = |key: &&str| match *key {
                "number" => Entry::count(number),
                "file" => Entry::text(&*source.path),
                "bytes" => Entry::Number(Decimal::from(source.len), Shown::Integer),
                _ => Entry::code(&*source.digest),
            };
            keys.iter().map(cell).collect()
        };
        (1..).zip(used).map(row).collect()
    }
}

pub(super) fn of_enterprise<'a>(enterprise: &'a Enterprise, key: &str) -> Entry<'a> {
    match key {
        "unit-number" => Entry::code(enterprise.called()),
        "name" => Entry::text(&*enterprise.name),
        "village" => Entry::text(&*enterprise.village),
        "sector" => Entry::text(&*enterprise.sector),
        "kind" => Entry::text(&*enterprise.kind),
        "risk" => Entry::text(&*enterprise.risk),
        _ => Entry::text(&*enterprise.department),
    }
}
