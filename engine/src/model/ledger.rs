//! The hazard ledger (隐患台账): raw rows with the cell of each value, and one record per hazard for life.
//! Knows no workbook and no rule of merging: `ledger` makes it. States and rates are questions asked of it.

mod standards;
mod statistics;

use std::collections::BTreeMap;
use std::sync::LazyLock;

pub use standards::MajorStandard;
pub use statistics::{
    By, Filed, FiledRows, Line, ON_TIME_RATE_MEANS, RATE_MEANS, Span, Statistics, shown_rate,
};

use super::{CellRef, Date, Decimal, EnterpriseId, HazardLevel, Period, Provenance, Ratio, SourceId, Text};

/// Where an entry comes from: who found the hazard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HazardSource {
    /// 行业检查: sheets that score a checklist, or list what failed on it.
    Sector,
    /// 应急办检查: the office's own checks.
    Office,
    /// 村月报: a village's monthly return.
    Village,
    /// 企业自查: an enterprise's own checks.
    SelfCheck,
}

impl HazardSource {
    /// All sources, in the order of this list.
    pub const ALL: [Self; 4] = [Self::Sector, Self::Office, Self::Village, Self::SelfCheck];

    /// What a report's reader sees.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Sector => "行业检查",
            Self::Office => "应急办检查",
            Self::Village => "村月报",
            Self::SelfCheck => "企业自查",
        }
    }

    /// The key in `results.json` and in the rules.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Sector => "sector",
            Self::Office => "office",
            Self::Village => "village",
            Self::SelfCheck => "self-check",
        }
    }

    /// Whether the authorities found it, and not the enterprise itself.
    pub const fn official(self) -> bool {
        !matches!(self, Self::SelfCheck)
    }
}

/// A value with the cell that it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told<T> {
    /// The value.
    pub value: T,
    /// The cell, or [`NOWHERE`]: an `Option` of a place is a quarter larger, and a row has a dozen.
    /// Private, so that nobody takes [`NOWHERE`] for a cell.
    at: Provenance,
}

/// Stands for no cell: no run has so many files.
const NOWHERE: Provenance =
    Provenance { source: SourceId(u32::MAX), sheet: u16::MAX, cell: CellRef::new(u32::MAX, u32::MAX) };

impl<T> Told<T> {
    /// A value and its cell; none where the sheet has no such column.
    pub fn new(value: T, at: Option<Provenance>) -> Self {
        Self { value, at: at.unwrap_or(NOWHERE) }
    }

    /// The cell; none where the sheet has no such column. For a value that a merged region spreads
    /// over rows: the region's first cell.
    pub fn at(&self) -> Option<Provenance> {
        (self.at != NOWHERE).then_some(self.at)
    }
}

impl<T: Default> Default for Told<T> {
    fn default() -> Self {
        Self::new(T::default(), None)
    }
}

/// One entry of a list that came in, as it stands: a cell with several numbered hazards is several
/// entries. Nothing in it is merged or judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HazardEntry {
    /// Whose list it stands in.
    pub source: HazardSource,
    /// Its row: the cell of its description.
    pub at: Provenance,
    /// Number of the entry within its cell, from 1.
    pub part: u32,
    /// The enterprise that is meant; none: a place, or nobody knows.
    pub enterprise: Option<EnterpriseId>,
    /// Whether the name fits several enterprises: such an entry is merged with nothing.
    pub ambiguous: bool,
    /// Name of the unit, as it stands.
    pub unit: Told<Text>,
    /// Number of the village (块), as the organisation workbook has it; as it stands where that does
    /// not know it. See [`Ledger::villages`].
    pub village: Told<Text>,
    /// Department that supervises (条); of a sector check that of the register.
    pub department: Told<Text>,
    /// Sector of the enterprise in the register; of a place the rules' word for other places.
    pub sector: Text,
    /// Day of discovery; none where the cell holds no day.
    pub found: Told<Option<Date>>,
    /// Where in the unit; empty where not said.
    pub place: Told<Text>,
    /// What is wrong: of a cell with several entries this one.
    pub text: Told<Text>,
    /// How serious, as typed through the mapping of the rules; never raised by itself.
    pub level: Told<HazardLevel>,
    /// Who puts it right.
    pub responsible: Told<Text>,
    /// Who checked it again.
    pub rechecker: Told<Text>,
    /// By when; none where not said.
    pub deadline: Told<Option<Date>>,
    /// Day on which it was put right, as typed.
    pub done: Told<Option<Date>>,
    /// Money, in 万元, exact. Of a cell with several entries the first has it.
    pub fund: Told<Option<Decimal>>,
    /// Picture before: number as typed.
    pub before: Told<Text>,
    /// Picture after: number as typed.
    pub after: Told<Text>,
    /// 复查日期, as typed: when it was looked at again. Nothing is counted by it.
    pub rechecked: Told<Option<Date>>,
    /// What few lists have columns or pictures for; none: this row has none. See [`HazardEntry::more`].
    pub more: Option<Box<More>>,
}

/// What few lists say of a hazard.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct More {
    /// 整改措施; no place where the sheet has no such column.
    pub measures: Told<Text>,
    /// 应急预案; no place where the sheet has no such column.
    pub contingency: Told<Text>,
    /// 挂牌督办级别, as typed; empty where the sheet says that there is none.
    pub supervision: Told<Text>,
    /// 督办文号, as typed.
    pub supervision_document: Told<Text>,
    /// 延期至: the deadline that was asked for instead.
    pub extended: Told<Option<Date>>,
    /// Who approved the extension.
    pub extension_approver: Told<Text>,
    /// The day of the last report on the rectification of a major hazard.
    pub reported: Told<Option<Date>>,
    /// 上年结转: whether the row says that an earlier year left it open.
    pub carried: Told<bool>,
    /// Digests of the pictures in the cell for the picture before.
    pub before_pictures: Vec<String>,
    /// Digests of the pictures in the cell for the picture after.
    pub after_pictures: Vec<String>,
}

impl HazardEntry {
    /// What few lists say; of an entry whose list has no such column nothing, at no place.
    pub fn more(&self) -> &More {
        static NOTHING: LazyLock<More> = LazyLock::new(More::default);
        self.more.as_deref().unwrap_or(&NOTHING)
    }
}

/// Why a closing is refused; the first that fits is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// Put right before it was found.
    DateOrder,
    /// No picture after.
    NoAfterPhoto,
    /// The picture after is the picture before.
    IdenticalPhoto,
    /// Who put it right checked it again.
    SamePerson,
}

impl Refusal {
    /// All, in the order in which they are tested.
    pub const ALL: [Self; 4] = [Self::DateOrder, Self::NoAfterPhoto, Self::IdenticalPhoto, Self::SamePerson];

    /// The key in `results.json`; that of the problem is `closing_` and this.
    pub const fn key(self) -> &'static str {
        match self {
            Self::DateOrder => "date_order",
            Self::NoAfterPhoto => "no_after_photo",
            Self::IdenticalPhoto => "identical_photo",
            Self::SamePerson => "same_person",
        }
    }

    /// What a report's reader sees.
    pub const fn title(self) -> &'static str {
        match self {
            Self::DateOrder => "完成日期早于发现日期",
            Self::NoAfterPhoto => "缺整改后照片",
            Self::IdenticalPhoto => "整改前后为同一照片",
            Self::SamePerson => "整改责任人与复查人为同一人",
        }
    }
}

/// By what entries became one hazard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MergedBy {
    /// Links that are certain by the rule.
    Certain,
    /// A person's decision, perhaps beside certain links.
    Decision,
}

/// One hazard, for life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hazard {
    /// `H0013`: numbered by day of discovery, village and first row.
    pub id: String,
    /// Its entries, positions in [`Ledger::entries`]: the highest source first. Never empty; the
    /// first is the one that department, deadline, closing, persons, pictures and fund come from.
    pub entries: Vec<usize>,
    /// By what the entries became one; none for a single entry.
    pub merged: Option<MergedBy>,
    /// Day of discovery: the earliest of its entries. None where no entry has a day: such a hazard is
    /// in the ledger and in no period.
    pub found: Option<Date>,
    /// 重大 where any entry says so.
    pub level: HazardLevel,
    /// The enterprise, where one is meant.
    pub enterprise: Option<EnterpriseId>,
    /// What it is called: the enterprise's number, or the unit as it stands.
    pub unit: Text,
    /// 块: number of the village, see [`Ledger::villages`].
    pub village: Text,
    /// 条: supervising department.
    pub department: Text,
    /// Sector.
    pub sector: Text,
    /// By when; none where nothing says it. Of an extension that is accepted the later day.
    pub deadline: Option<Date>,
    /// By when before it was extended; none where no extension is accepted.
    pub first_deadline: Option<Date>,
    /// Whether a row says that an earlier year left it open.
    pub carried: bool,
    /// Day of closing, of a closing that is accepted; none: open.
    pub done: Option<Date>,
    /// The day that was typed, whether accepted or not.
    pub claimed: Option<Date>,
    /// Why the closing is refused; the hazard stays open.
    pub refusal: Option<Refusal>,
    /// Money in 万元, exact.
    pub fund: Option<Decimal>,
    /// An earlier hazard with the same subject and text: position in [`Ledger::hazards`].
    pub recurs: Option<usize>,
}

/// How a hazard stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HazardState {
    /// Closed by its deadline.
    OnTime,
    /// Closed after its deadline.
    Late,
    /// Closed; nothing said by when.
    ClosedUndated,
    /// Open, and its deadline has passed.
    Overdue,
    /// Open, and not yet due; also where nothing says by when.
    NotDue,
}

impl HazardState {
    /// Whether it is closed.
    pub const fn closed(self) -> bool {
        matches!(self, Self::OnTime | Self::Late | Self::ClosedUndated)
    }

    /// What a report's reader sees.
    pub const fn title(self) -> &'static str {
        match self {
            Self::OnTime => "按期销号",
            Self::Late => "逾期销号",
            Self::ClosedUndated => "已销号",
            Self::Overdue => "逾期未销号",
            Self::NotDue => "整改中",
        }
    }
}

impl Hazard {
    /// How it stands on a day; none where it was not yet found then.
    pub fn state(&self, day: Date) -> Option<HazardState> {
        if self.found.is_some_and(|found| found > day) {
            return None;
        }
        let done = self.done.filter(|done| *done <= day);
        Some(match (done, self.deadline) {
            (Some(done), Some(deadline)) if done <= deadline => HazardState::OnTime,
            (Some(_), Some(_)) => HazardState::Late,
            (Some(_), None) => HazardState::ClosedUndated,
            (None, Some(deadline)) if deadline < day => HazardState::Overdue,
            (None, _) => HazardState::NotDue,
        })
    }

    /// Whether it was found from one day to another, both included.
    pub fn found_in(&self, first: Date, last: Date) -> bool {
        self.found.is_some_and(|found| first <= found && found <= last)
    }

    /// Whether it was found within a period.
    pub fn found_within(&self, period: Period) -> bool {
        self.found.is_some_and(|found| period.contains(found))
    }
}

/// A person's word on a suspected pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// 同一隐患
    Same,
    /// 不同隐患
    Different,
}

/// Two entries that may be one hazard: a person decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuspectedPair {
    /// Positions in [`Ledger::entries`], the lower first.
    pub entries: (usize, usize),
    /// How alike the texts are: the Dice coefficient of their pairs of characters.
    pub likeness: Ratio,
    /// What a person said, and where; none: nobody has.
    pub decision: Option<(Decision, Provenance)>,
}

/// A village of the organisation workbook, or a block that is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Number, e.g. V01.
    pub number: String,
    /// Name.
    pub name: String,
    /// Whether it is no village of the organisation workbook, but one that the rules name beside them.
    pub beside: bool,
}

/// What a year opens with, and closes with: the next year opens with the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Balance {
    /// Found before the year, not closed before it.
    pub opening: u64,
    /// Found in the year by the day.
    pub found: u64,
    /// Closed in the year by the day, whenever found.
    pub closed: u64,
}

impl Balance {
    /// Open on the day.
    pub const fn closing(&self) -> u64 {
        self.opening + self.found - self.closed
    }
}

/// A hazard that the rules of a plugin see and no list holds: a suggestion for a person, never an
/// entry by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// Position in the run's checks.
    pub check: usize,
    /// Position in the hazards of its result.
    pub hazard: usize,
    /// Where to look.
    pub at: Provenance,
}

/// The ledger of a town. Nothing in it depends on the order in which files were found.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    /// Raw entries of the filings in force, by place and part.
    pub entries: Vec<HazardEntry>,
    /// Hazards, by day of discovery, village and first row; those without a day last.
    pub hazards: Vec<Hazard>,
    /// Suspected pairs, by place.
    pub pairs: Vec<SuspectedPair>,
    /// Blocks (块): the villages by number, then what else the rules name.
    pub villages: Vec<Block>,
    /// Sectors in the order of the statistics; the last is where places belong that are no enterprise.
    pub sectors: Vec<String>,
    /// Digits of a rate in percent.
    pub rate_digits: u8,
    /// Enterprises that were visited, by day: what counts as checked beside the hazards.
    pub visits: Vec<(Date, EnterpriseId)>,
    /// What plugins see beyond the lists.
    pub suggestions: Vec<Suggestion>,
    /// What the filing log calls the report whose lists are counted as filed.
    pub filed_report: String,
    /// An open major hazard wants a report after so many days; none: the rules say nothing.
    pub report_days: Option<i32>,
    /// Documents by which major hazards are judged, in the order of the rules.
    pub major_standards: Vec<MajorStandard>,
}

impl Ledger {
    /// The hazard with this id.
    pub fn hazard(&self, id: &str) -> Option<&Hazard> {
        self.hazards.iter().find(|hazard| hazard.id == id)
    }

    /// The entries of a hazard, the highest source first.
    pub fn entries_of<'l>(&'l self, hazard: &'l Hazard) -> impl Iterator<Item = &'l HazardEntry> {
        hazard.entries.iter().map(|entry| &self.entries[*entry])
    }

    /// The entry that a hazard's life is told by: that of the highest source.
    pub fn leading(&self, hazard: &Hazard) -> &HazardEntry {
        &self.entries[hazard.entries[0]]
    }

    /// Name of a block; the number where it has none.
    pub fn village_name<'l>(&'l self, number: &'l str) -> &'l str {
        self.villages.iter().find(|block| block.number == number).map_or(number, |block| &block.name)
    }

    /// Whether a block is a village of the organisation workbook.
    pub fn is_village(&self, number: &str) -> bool {
        self.villages.iter().any(|block| block.number == number && !block.beside)
    }

    /// The year of a day up to that day: 一般 and 重大 together, each hazard once. A hazard without a day
    /// of discovery counts as found in the year: it is open, or was closed in it.
    pub fn balance(&self, day: Date) -> Balance {
        let first = day.first_of_year();
        let mut balance = Balance::default();
        for hazard in &self.hazards {
            let Some(state) = hazard.state(day) else { continue };
            let closed_before = hazard.done.is_some_and(|done| done < first);
            match hazard.found {
                Some(found) if found < first && closed_before => continue,
                Some(found) if found < first => balance.opening += 1,
                // Nobody knows when, but that an earlier year left it.
                None if hazard.carried => balance.opening += 1,
                _ => balance.found += 1,
            }
            balance.closed += u64::from(state.closed());
        }
        balance
    }

    /// Hazards that are open on a day: what the year that follows opens with.
    pub fn open(&self, day: Date) -> impl Iterator<Item = &Hazard> {
        self.hazards.iter().filter(move |hazard| hazard.state(day).is_some_and(|state| !state.closed()))
    }

    /// Days since the last report on an open major hazard, or since its discovery, where they are more than
    /// the rules allow. None where its list has no column for reports: nobody was asked.
    pub fn report_overdue(&self, hazard: &Hazard, day: Date) -> Option<i32> {
        let lead = self.leading(hazard);
        let is_open = hazard.state(day).is_some_and(|state| !state.closed());
        if hazard.level != HazardLevel::Major || !is_open || lead.more().reported.at().is_none() {
            return None;
        }
        let last = lead.more().reported.value.filter(|reported| *reported <= day).or(hazard.found)?;
        let days = last.until(day).ok()?.get_days();
        (days > self.report_days?).then_some(days)
    }

    /// Whether the statement 全部整改销号 stands on a day: not while one hazard is open.
    pub fn all_closed(&self, day: Date) -> bool {
        self.open(day).next().is_none()
    }

    /// 一般 hazards found by a day and closed by it, by village: the numbers of the closing rate. Each
    /// block of [`Ledger::villages`] is there, also with nothing found.
    pub fn closing_by_village(&self, day: Date) -> BTreeMap<&str, Tally> {
        let mut blocks: BTreeMap<&str, Tally> =
            self.villages.iter().map(|block| (block.number.as_str(), Tally::default())).collect();
        for hazard in self.hazards.iter().filter(|hazard| hazard.level == HazardLevel::General) {
            if let Some(state) = hazard.state(day).filter(|_| hazard.found.is_some()) {
                blocks.entry(&hazard.village).or_default().add(state);
            }
        }
        blocks
    }
}

/// How many hazards were found and how they stand on a day. Tallies add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Found.
    pub found: u64,
    /// Closed by their deadline.
    pub on_time: u64,
    /// Closed after their deadline.
    pub late: u64,
    /// Closed without a deadline.
    pub undated: u64,
    /// Open, deadline passed.
    pub overdue: u64,
}

impl Tally {
    /// Counts one hazard.
    pub const fn add(&mut self, state: HazardState) {
        self.found += 1;
        match state {
            HazardState::OnTime => self.on_time += 1,
            HazardState::Late => self.late += 1,
            HazardState::ClosedUndated => self.undated += 1,
            HazardState::Overdue => self.overdue += 1,
            HazardState::NotDue => {}
        }
    }

    /// Counts several hazards.
    pub fn of(states: impl IntoIterator<Item = HazardState>) -> Self {
        let mut tally = Self::default();
        for state in states {
            tally.add(state);
        }
        tally
    }

    /// Closed.
    pub const fn closed(&self) -> u64 {
        self.on_time + self.late + self.undated
    }

    /// Open.
    pub const fn open(&self) -> u64 {
        self.found - self.closed()
    }

    /// Open and not yet due.
    pub const fn not_due(&self) -> u64 {
        self.open() - self.overdue
    }

    /// 整改率: closed of found, exact; none where nothing was found.
    pub fn rate(&self) -> Option<Ratio> {
        Ratio::new(i128::from(self.closed()), i128::from(self.found))
    }

    /// 按期整改率: closed on time of all found, exact; none where nothing was found.
    pub fn on_time_rate(&self) -> Option<Ratio> {
        Ratio::new(i128::from(self.on_time), i128::from(self.found))
    }
}
