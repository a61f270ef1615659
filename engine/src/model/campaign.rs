//! Visits, campaigns (专项行动), letters of responsibility and activities, as counted on a day.
//! Knows no workbook and no rule: `campaign`, `letters` and `activities` make them.

use std::collections::BTreeMap;

use super::{Date, Decimal, EnterpriseId, Provenance};

/// One enterprise visited on one day, however often it was written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// The day.
    pub day: Date,
    /// Who was visited.
    pub enterprise: EnterpriseId,
    /// The rows that say so: the cells of the unit, by place. Never empty.
    pub at: Vec<Provenance>,
}

/// What the frequency plan asks of one enterprise, and what was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrequencyLine {
    /// Who.
    pub enterprise: EnterpriseId,
    /// Visits planned in the year by the risk colour; none where the plan does not know the colour.
    pub plan: Option<u32>,
    /// Visits in the year: positions in [`Supervision::visits`].
    pub visits: Vec<usize>,
}

impl FrequencyLine {
    /// Visits in the year.
    pub fn done(&self) -> u32 {
        u32::try_from(self.visits.len()).unwrap_or(u32::MAX)
    }

    /// How many visits are lacking to the plan; 0 where nothing is planned.
    pub fn lacks(&self) -> u32 {
        self.plan.unwrap_or(0).saturating_sub(self.done())
    }

    /// Whether fewer visits were made than planned.
    pub fn is_gap(&self) -> bool {
        self.lacks() > 0
    }
}

/// Enterprises of one risk colour in the frequency plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ColourCount {
    /// Visits that the plan asks of each; none where it does not know the colour.
    pub plan: Option<u32>,
    /// Enterprises.
    pub units: usize,
    /// Visits planned for all of them.
    pub planned: u64,
    /// Visits that count: of each at most as many as planned.
    pub done: u64,
    /// Enterprises below their plan.
    pub gaps: usize,
}

/// The frequency plan of a year: enterprises active at its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frequency {
    /// In the order of the register.
    pub lines: Vec<FrequencyLine>,
    /// All visits of the year, also those beyond the plan.
    pub total_visits: usize,
}

impl Frequency {
    /// Visits planned.
    pub fn planned(&self) -> u64 {
        self.lines.iter().map(|line| u64::from(line.plan.unwrap_or(0))).sum()
    }

    /// Visits that count: of each enterprise at most as many as planned.
    pub fn done(&self) -> u64 {
        self.lines.iter().map(|line| u64::from(line.done().min(line.plan.unwrap_or(0)))).sum()
    }

    /// Enterprises below their plan.
    pub fn gaps(&self) -> impl Iterator<Item = &FrequencyLine> {
        self.lines.iter().filter(|line| line.is_gap())
    }

    /// Enterprises whose risk colour the plan does not know: nothing is asked of them, and a person
    /// should see that.
    pub fn unplanned(&self) -> impl Iterator<Item = &FrequencyLine> {
        self.lines.iter().filter(|line| line.plan.is_none())
    }

    /// Counts by risk colour as the register writes it.
    ///
    /// Shape: the most planned visits first, colours that the plan does not know last; then by the colour.
    pub fn by_colour<'r>(&self, register: &'r super::Register) -> Vec<(&'r str, ColourCount)> {
        let mut colours: BTreeMap<(std::cmp::Reverse<Option<u32>>, &str), ColourCount> = BTreeMap::new();
        for line in &self.lines {
            let colour = register.get(line.enterprise).risk.trim();
            let count = colours.entry((std::cmp::Reverse(line.plan), colour)).or_default();
            count.plan = line.plan;
            count.units += 1;
            count.planned += u64::from(line.plan.unwrap_or(0));
            count.done += u64::from(line.done().min(line.plan.unwrap_or(0)));
            count.gaps += usize::from(line.is_gap());
        }
        colours.into_iter().map(|((_, colour), count)| (colour, count)).collect()
    }
}

/// One enterprise of a campaign's scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub enterprise: EnterpriseId,
    /// Where it is written that it need not be checked (停产); it then leaves the denominator.
    pub waived: Option<Provenance>,
    /// Where it is written that it was checked; empty: not covered.
    pub covered: Vec<Provenance>,
}

/// A campaign as it stands on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    /// Name of its file, without extension.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether its window is from memory: shown as 未核实.
    pub is_unverified: bool,
    /// First and last day, both included.
    pub window: (Date, Date),
    /// Whether an answer on a sheet of many enterprises covers a member, and not a visit.
    pub by_review: bool,
    /// Sources whose hazards it counts.
    pub counts: Vec<super::HazardSource>,
    /// Phases with their first and last day.
    pub phases: Vec<(String, Date, Date)>,
    /// Its scope, in the order of the register.
    pub members: Vec<Member>,
    /// Visits (家次) of its scope in the window: positions in [`Supervision::visits`]. The same visit
    /// may count in several campaigns and is one in the year's total.
    pub visits: Vec<usize>,
    /// Hazards found by it: positions in the ledger's hazards.
    pub hazards: Vec<usize>,
    /// Those of them closed by the day it is judged on.
    pub closed: usize,
}

impl Campaign {
    /// Members that must be checked.
    pub fn due(&self) -> usize {
        self.members.iter().filter(|member| member.waived.is_none()).count()
    }

    /// Members that must be checked and were.
    pub fn covered(&self) -> usize {
        self.members.iter().filter(|member| member.waived.is_none() && !member.covered.is_empty()).count()
    }
}

/// How many members of a campaign there are of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KindCount {
    /// Must be checked.
    pub due: usize,
    /// Of these checked.
    pub covered: usize,
    /// Excused.
    pub waived: usize,
}

impl Campaign {
    /// Its members by kind of enterprise (类别), as the register has it.
    pub fn by_kind<'r>(&self, register: &'r super::Register) -> BTreeMap<&'r str, KindCount> {
        let mut kinds: BTreeMap<&str, KindCount> = BTreeMap::new();
        for member in &self.members {
            let count = kinds.entry(&register.get(member.enterprise).kind).or_default();
            match member.waived {
                Some(_) => count.waived += 1,
                None => {
                    count.due += 1;
                    count.covered += usize::from(!member.covered.is_empty());
                }
            }
        }
        kinds
    }
}

/// Who signs a letter of responsibility with the town.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signer {
    /// 村居
    Village,
    /// 部门
    Department,
    /// 企业
    Enterprise(EnterpriseId),
}

/// One edge of the signing graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// What the unit is.
    pub signer: Signer,
    /// Its number, or its name where it has none.
    pub unit: String,
    /// The day of signing and the person, with the row's place; none: no row names the unit.
    pub signed: Option<(Option<Date>, String, Provenance)>,
}

impl Letter {
    /// Whether it was signed by a day.
    pub fn is_signed(&self, day: Date) -> bool {
        matches!(&self.signed, Some((Some(signed), ..)) if *signed <= day)
    }
}

/// A post of the leadership with the fields it answers for (一岗双责).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// The post, as written.
    pub post: String,
    /// The person; empty: nobody is named.
    pub person: String,
    /// Fields of [`Letters::fields`] that it holds: positions.
    pub fields: Vec<usize>,
    /// Where it stands.
    pub at: Provenance,
}

/// Letters and posts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Letters {
    /// Villages, departments, enterprises, each in the order of its workbook; whether one is due on a
    /// day depends on whether the enterprise exists then.
    pub letters: Vec<Letter>,
    /// Days of a year as of which coverage is reported: month and day.
    pub month_days: Vec<(i8, i8)>,
    /// Fields that need a post.
    pub fields: Vec<String>,
    /// Posts in the order of the workbook.
    pub posts: Vec<Post>,
}

impl Letters {
    /// Fields that no post holds by name.
    pub fn open_fields(&self) -> impl Iterator<Item = &str> {
        let held = |field: usize| self.posts.iter().any(|post| post.fields.contains(&field));
        self.fields.iter().enumerate().filter(move |(at, _)| !held(*at)).map(|(_, field)| field.as_str())
    }

    /// The days of a year as of which coverage is reported, up to a day; that day where none is before it.
    pub fn days(&self, year: i16, as_of: Date) -> Vec<Date> {
        let days = self.month_days.iter().filter_map(|(month, day)| Date::new(year, *month, *day).ok());
        let mut days: Vec<_> = days.filter(|day| *day <= as_of).collect();
        days.sort_unstable();
        if days.is_empty() {
            days.push(as_of);
        }
        days
    }

    /// Letters that are due on a day.
    pub fn due<'l>(&'l self, register: &'l super::Register, day: Date) -> impl Iterator<Item = &'l Letter> {
        self.letters.iter().filter(move |letter| match letter.signer {
            Signer::Enterprise(id) => register.get(id).is_active(day),
            Signer::Village | Signer::Department => true,
        })
    }
}

/// One drill with a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drill {
    /// Whose, as written.
    pub unit: String,
    /// The enterprise that is meant, where one is.
    pub enterprise: Option<EnterpriseId>,
    /// The day.
    pub day: Date,
    /// What it was about, as written.
    pub topic: String,
    /// On the table or for real (形式), as written; empty where not said.
    pub form: String,
    /// People who took part; none where the cell holds no number.
    pub people: Option<Decimal>,
    /// Whether it was assessed.
    pub assessed: bool,
    /// Where the day stands.
    pub at: Provenance,
}

/// One session of training with a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// For whom, as written.
    pub audience: String,
    /// The day.
    pub day: Date,
    /// Where the day stands.
    pub at: Provenance,
}

/// One accident of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// The day; none where the cell holds none that exists.
    pub day: Option<Date>,
    /// Village, as written; where that is empty, the one of the enterprise.
    pub village: String,
    /// The enterprise that is meant, where one is.
    pub enterprise: Option<EnterpriseId>,
    /// Deaths.
    pub deaths: u32,
    /// Serious injuries.
    pub injured: u32,
    /// Whether it is one of production-safety liability; none where the record does not say.
    pub liability: Option<bool>,
    /// Where its day stands.
    pub at: Provenance,
}

/// Training, drills, the safety month and accidents of a year.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Activities {
    /// Sessions with a day.
    pub sessions: u64,
    /// People at them.
    pub people: Decimal,
    /// Σ people × hours.
    pub person_hours: Decimal,
    /// Drills with a day.
    pub drills: u64,
    /// People at them.
    pub drill_people: Decimal,
    /// Drills with an assessment.
    pub assessed: u64,
    /// Safety month: group, points, points earned; from the rows, never from typed sums.
    pub safety_month: Vec<(String, Decimal, Decimal)>,
    /// Accidents.
    pub accidents: u64,
    /// Deaths in them.
    pub deaths: Decimal,
    /// Deaths in accidents of production-safety liability, by village as written.
    pub liable_deaths: BTreeMap<String, Decimal>,
    /// The drills that were counted, in the order of the tables.
    pub drill_list: Vec<Drill>,
    /// The sessions that were counted, in the order of the tables.
    pub session_list: Vec<Session>,
    /// The accidents, in the order of the tables.
    pub incidents: Vec<Incident>,
}

/// All of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Supervision {
    /// Visits, by day and enterprise.
    pub visits: Vec<Visit>,
    /// The frequency plan.
    pub frequency: Frequency,
    /// Campaigns, by id.
    pub campaigns: Vec<Campaign>,
    /// Letters and posts.
    pub letters: Letters,
    /// Activities.
    pub activities: Activities,
    /// Signals, by kind and whom they concern.
    pub signals: Vec<super::signal::Signal>,
}
