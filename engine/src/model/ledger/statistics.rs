//! Statistics of the ledger: counts by block, department, sector and source, for any span of days.
//! Pure questions; every line knows the hazards behind it. Rates are worked out from counts.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Hazard, HazardEntry, HazardSource, Ledger, Tally};
use crate::model::text::sameness_key;
use crate::model::{
    Date, Decimal, EnterpriseId, Filings, HazardLevel, Period, Problem, Ratio, Register, Severity, SourceId,
};

/// Why a rate is what it is, printed under each.
pub const RATE_MEANS: &str = "整改率=截至统计日已销号数÷期间内发现数×100%,发现数为0时记“/”";
/// The same of the rate on time.
pub const ON_TIME_RATE_MEANS: &str = "按期整改率=整改期限内销号数÷期间内发现数×100%,发现数为0时记“/”";

/// By what hazards are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// Sector (行业领域).
    Sector,
    /// 块: village.
    Village,
    /// 条: supervising department.
    Department,
    /// Who found it; of several the highest source.
    Source,
}

impl By {
    /// All, in the order of the reports.
    pub const ALL: [Self; 4] = [Self::Sector, Self::Village, Self::Department, Self::Source];

    /// What a report's reader sees.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Sector => "行业领域",
            Self::Village => "村(居)",
            Self::Department => "监管部门",
            Self::Source => "来源",
        }
    }

    /// The key in `results.json`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Sector => "sector",
            Self::Village => "village",
            Self::Department => "department",
            Self::Source => "source",
        }
    }
}

/// A span of days, both included, and the day on which closings are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First day of discovery.
    pub first: Date,
    /// Last day of discovery.
    pub last: Date,
    /// Closed by this day.
    pub as_of: Date,
}

impl Span {
    /// A month or quarter, closed by its last day. Errors: `None` beyond the calendar.
    pub fn of(period: Period) -> Option<Self> {
        let last = period.last_day()?;
        let months = i8::try_from(match period {
            Period::Month(..) => 1,
            Period::Quarter(..) => 3,
        })
        .ok()?;
        let first = Date::new(last.year(), last.month() - months + 1, 1).ok()?;
        Some(Self { first, last, as_of: last })
    }

    /// The same as far as a day: what was found or visited later is not known then.
    #[must_use]
    pub fn up_to(self, day: Date) -> Self {
        Self { last: self.last.min(day), as_of: self.as_of.min(day), ..self }
    }

    /// From the first of January to a day, closed by that day.
    pub fn year_to(day: Date) -> Self {
        Self { first: day.first_of_year(), last: day, as_of: day }
    }
}

/// One line of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    /// Sector, number of the block, department, key of the source; empty where nothing says it.
    pub key: String,
    /// What a reader sees.
    pub title: String,
    /// 排查单位数: units with a hazard, and enterprises visited, each once.
    pub units: u64,
    /// 一般 hazards.
    pub general: Tally,
    /// 重大 hazards. Never added to the general ones.
    pub major: Tally,
    /// 列入治理计划: major hazards that are not closed.
    pub planned: u64,
    /// Their money in 万元, exact; none where it does not fit.
    pub planned_fund: Option<Decimal>,
    /// The hazards behind it, positions in the ledger.
    pub hazards: Vec<usize>,
}

/// A table: its lines and their total.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statistics {
    /// By what.
    pub by: By,
    /// Which days.
    pub span: Span,
    /// Lines, in the order of the reports. Whatever has no key of its own is the last, 未注明.
    pub lines: Vec<Line>,
    /// All hazards of the span.
    pub total: Line,
}

impl Statistics {
    /// The line with this key or title; 合计 is the total.
    pub fn line(&self, name: &str) -> Option<&Line> {
        if name == self.total.title {
            return Some(&self.total);
        }
        self.lines.iter().find(|line| line.key == name || line.title == name)
    }
}

/// What one village filed for a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FiledRows {
    /// Entries of 一般 hazards on its list in force.
    pub rows: u64,
    /// Those with a day of completion by the end of the month; closings are not judged.
    pub fixed: u64,
}

/// A month as it was filed (填报口径).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filed {
    /// By unit, those that filed.
    pub by_unit: BTreeMap<String, FiledRows>,
    /// Units whose filing is missing.
    pub missing: Vec<String>,
    /// Units whose filing must be returned: something in the version in force must be put right.
    pub returned: Vec<String>,
    /// The sum of those that are not returned.
    pub accepted: FiledRows,
    /// What the sum becomes when every returned filing is corrected.
    pub after_refiling: FiledRows,
}

/// A rate in percent, rounded once, half-up; `/` for a zero denominator.
pub fn shown_rate(rate: Option<Ratio>, digits: u8) -> String {
    let percent = rate.and_then(|rate| rate.times(Ratio::whole(100))?.rounded(digits));
    percent.map_or_else(|| "/".to_owned(), |percent| percent.to_string())
}

/// Units that count once each, numbered.
#[derive(Default)]
struct Units<'h> {
    enterprises: HashMap<EnterpriseId, u32>,
    /// By unit and village as they are written.
    written: HashMap<(&'h str, &'h str), u32>,
    /// By the key of the unit, and the village.
    places: HashMap<(String, &'h str), u32>,
    n: u32,
}

impl<'h> Units<'h> {
    fn of(&mut self, hazard: &'h Hazard) -> u32 {
        if let Some(id) = hazard.enterprise {
            return self.enterprise(id);
        }
        let (unit, village): (&str, &str) = (&hazard.unit, &hazard.village);
        *self.written.entry((unit, village)).or_insert_with(|| {
            *self.places.entry((sameness_key(unit), village)).or_insert_with(|| next(&mut self.n))
        })
    }

    fn enterprise(&mut self, id: EnterpriseId) -> u32 {
        *self.enterprises.entry(id).or_insert_with(|| next(&mut self.n))
    }
}

fn next(n: &mut u32) -> u32 {
    *n += 1;
    *n
}

/// A line while it is counted.
struct Counted {
    /// Where it stands among the lines: its position in the rules, or beyond all of them.
    order: usize,
    line: Line,
    /// A unit as often as it was met.
    units: Vec<u32>,
}

/// The lines of a table while they are counted. Nothing asks for the order of what is hashed.
#[derive(Default)]
struct Counts {
    lines: Vec<Counted>,
    /// Position in the lines, by key.
    of_key: HashMap<String, usize>,
}

impl Counts {
    fn add(&mut self, order: usize, key: &str, title: String) -> usize {
        let line = Line { key: key.to_owned(), title, ..zero() };
        self.of_key.insert(key.to_owned(), self.lines.len());
        self.lines.push(Counted { order, line, units: Vec::new() });
        self.lines.len() - 1
    }

    /// The position of the line with this key.
    fn line(&mut self, key: &str) -> usize {
        if let Some(line) = self.of_key.get(key) {
            return *line;
        }
        match key {
            "" => self.add(usize::MAX, "", "未注明".to_owned()),
            key => self.add(usize::MAX - 1, key, key.to_owned()),
        }
    }

    /// The lines in the order of the reports.
    fn into_lines(mut self) -> Vec<Line> {
        self.lines.sort_by(|one, other| {
            one.order.cmp(&other.order).then_with(|| one.line.key.cmp(&other.line.key))
        });
        let close = |mut counted: Counted| {
            counted.units.sort_unstable();
            counted.units.dedup();
            Line { units: counted.units.len() as u64, ..counted.line }
        };
        self.lines.into_iter().map(close).collect()
    }
}

impl Ledger {
    /// Counts the hazards found in a span.
    ///
    /// Shape: every sector and block of the rules has its line, also with nothing in it; departments
    /// and sources have one where there is something.
    pub fn statistics(&self, register: &Register, span: Span, by: By) -> Statistics {
        let mut total = Line { title: "合计".to_owned(), ..zero() };
        // Known lines as the rules have them, then others, then what has no key.
        let mut counts = Counts::default();
        let mut units = Units::default();
        for (key, title) in self.known_keys(by) {
            counts.add(counts.lines.len(), &key, title);
        }
        // Hazards are sorted by day, so that a month costs its own hazards and not all of them.
        let before = self.hazards.partition_point(|one| one.found.is_some_and(|found| found < span.first));
        let of_span = self.hazards.iter().enumerate().skip(before);
        for (position, hazard) in of_span.take_while(|(_, one)| one.found_in(span.first, span.last)) {
            let line = counts.line(self.key_of(hazard, by));
            counts.lines[line].line.count(position, hazard, span.as_of);
            counts.lines[line].units.push(units.of(hazard));
            total.count(position, hazard, span.as_of);
        }
        // Nobody's check but the office's is logged as a visit.
        let from = self.visits.partition_point(|(day, _)| *day < span.first);
        let visited = self.visits[from..].iter().take_while(|(day, _)| *day <= span.last);
        for id in visited.map(|(_, id)| *id).collect::<BTreeSet<_>>() {
            let enterprise = register.get(id);
            let key = match by {
                By::Sector => enterprise.sector.clone(),
                By::Village => self.block_number(&enterprise.village),
                By::Department => enterprise.department.clone(),
                By::Source => HazardSource::Office.key().to_owned(),
            };
            let line = counts.line(&key);
            counts.lines[line].units.push(units.enterprise(id));
        }
        total.units = units.n.into();
        Statistics { by, span, lines: counts.into_lines(), total }
    }

    /// A month as the villages filed it.
    ///
    /// Shape: the units in order. A filing is returned when a problem that must be put right stands in
    /// the version in force; its rows are in the ledger all the same.
    pub fn filed(&self, filings: &Filings, problems: &[Problem], report: &str, month: Period) -> Filed {
        let mut filed = Filed::default();
        let Some(end) = month.last_day() else { return filed };
        let mandatory: BTreeSet<SourceId> = problems
            .iter()
            .filter(|problem| problem.severity() == Severity::Mandatory)
            .map(|problem| problem.at.source)
            .collect();
        let is_ours = |entry: &&HazardEntry, source: SourceId| {
            entry.at.source == source
                && entry.source == HazardSource::Village
                && entry.level.value == HazardLevel::General
        };
        let in_force = filings.in_force.iter().filter(|one| one.report == report && one.period == month);
        for one in in_force {
            // Entries are sorted by place.
            let from = self.entries.partition_point(|entry| entry.at.source < one.source);
            let of_source = self.entries[from..].iter().take_while(|entry| entry.at.source == one.source);
            let mut rows = FiledRows::default();
            for entry in of_source.filter(|entry| is_ours(entry, one.source)) {
                rows.rows += 1;
                rows.fixed += u64::from(entry.done.value.is_some_and(|done| done <= end));
            }
            let returned = mandatory.contains(&one.source);
            let accepted = (!returned).then_some(&mut filed.accepted);
            for sum in [Some(&mut filed.after_refiling), accepted].into_iter().flatten() {
                sum.rows += rows.rows;
                sum.fixed += rows.fixed;
            }
            if returned {
                filed.returned.push(one.unit.clone());
            }
            filed.by_unit.insert(one.unit.clone(), rows);
        }
        let reports = filings.reports.iter().filter(|known| known.report == report);
        let missing = reports.flat_map(|report| &report.missing).filter(|lapse| lapse.period == month);
        filed.missing = missing.map(|lapse| lapse.unit.clone()).collect();
        filed.missing.sort();
        filed.returned.sort();
        filed
    }

    /// The months from the first with a hazard or a visit to that of a day.
    pub fn months(&self, until: Date) -> Vec<Period> {
        let found = self.hazards.iter().filter_map(|hazard| hazard.found);
        let days = found.chain(self.visits.iter().map(|(day, _)| *day));
        // A slip of a century is one row's trouble and no reason to count a thousand months.
        let floor = until.first_of_year();
        let Some(first) = days.filter(|day| *day >= floor && *day <= until).min() else { return Vec::new() };
        let last = Period::month_of(until);
        let mut months = vec![Period::month_of(first)];
        while let Some(month) = months.last().filter(|month| **month < last) {
            months.push(month.next());
        }
        months
    }

    fn known_keys(&self, by: By) -> Vec<(String, String)> {
        match by {
            By::Sector => self.sectors.iter().map(|sector| (sector.clone(), sector.clone())).collect(),
            By::Village => {
                self.villages.iter().map(|block| (block.number.clone(), block.name.clone())).collect()
            }
            By::Department => Vec::new(),
            By::Source => HazardSource::ALL
                .into_iter()
                .map(|source| (source.key().to_owned(), source.title().to_owned()))
                .collect(),
        }
    }

    fn key_of<'h>(&self, hazard: &'h Hazard, by: By) -> &'h str {
        match by {
            By::Sector => &hazard.sector,
            By::Village => &hazard.village,
            By::Department => &hazard.department,
            By::Source => self.leading(hazard).source.key(),
        }
    }

    /// Number of a block by its name; the name where nobody knows it.
    pub fn block_number(&self, name: &str) -> String {
        let known = self.villages.iter().find(|block| block.name == name || block.number == name);
        known.map_or_else(|| name.to_owned(), |block| block.number.clone())
    }
}

fn zero() -> Line {
    Line { planned_fund: Some(Decimal::ZERO), ..Line::default() }
}

impl Line {
    fn count(&mut self, position: usize, hazard: &Hazard, as_of: Date) {
        let Some(state) = hazard.state(as_of) else { return };
        self.hazards.push(position);
        match hazard.level {
            HazardLevel::General => self.general.add(state),
            HazardLevel::Major => {
                self.major.add(state);
                if !state.closed() {
                    self.planned += 1;
                    let fund = hazard.fund.unwrap_or_default();
                    self.planned_fund = self.planned_fund.and_then(|sum| sum.checked_add(fund));
                }
            }
        }
    }
}
