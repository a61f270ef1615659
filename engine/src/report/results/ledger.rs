//! The hazard ledger in `results.json`: hazards with their rows and cells, and the statistics with the
//! hazards behind each line. Serialisable form only: it counts nothing that the model has not counted.

use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Serialize, Serializer};

use super::Cell;
use super::stream::Each;
use crate::model;
use crate::model::ledger::{By, Decision, HazardState, Line, MergedBy, Refusal, Span, shown_rate};
use crate::model::{Date, Decimal, HazardEntry, Period, Provenance, Run, Text};

/// The ledger of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// Raw entries before merging.
    pub entries: usize,
    /// Hazards open on the day: what the next year opens with.
    pub open: usize,
    /// Whether 全部整改销号 may be said.
    pub all_closed: bool,
    /// Hazards, by number.
    pub hazards: Vec<Hazard>,
    /// Suspected pairs.
    pub pairs: Vec<Pair>,
    /// Tables of statistics: by month, quarter, and from January on.
    pub tables: Vec<Table>,
    /// Months as they were filed (填报口径).
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub filed: Vec<Filed>,
}

/// A month as the villages filed it; nothing in it is judged or merged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filed {
    /// The month.
    pub month: String,
    /// By unit, those that filed.
    pub by_unit: std::collections::BTreeMap<String, FiledRows>,
    /// Units whose filing is missing.
    pub missing: Vec<String>,
    /// Units whose filing must be returned.
    pub returned: Vec<String>,
    /// The sum of those that are not returned.
    pub accepted: FiledRows,
    /// What it becomes when every returned filing is corrected.
    pub after_refiling: FiledRows,
}

/// Rows of 一般 hazards, and those put right by the end of the month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FiledRows {
    /// Rows.
    pub rows: u64,
    /// Put right.
    pub fixed: u64,
}

/// One hazard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hazard {
    /// Number.
    pub id: String,
    /// `general` or `major`.
    pub level: String,
    /// `on-time`, `late`, `closed`, `overdue`, `not-due`, or `later` where found after the day.
    pub state: String,
    /// Number of the block.
    pub village: String,
    /// Name of the block.
    pub village_name: String,
    /// Supervising department.
    pub department: String,
    /// Sector.
    pub sector: String,
    /// The office's number of the enterprise, or the unit as it stands.
    pub unit: String,
    /// Name of the unit.
    pub name: String,
    /// Day of discovery.
    pub found: Option<String>,
    /// Deadline.
    pub deadline: Option<String>,
    /// The deadline before it was extended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub first_deadline: Option<String>,
    /// Whether an earlier year left it open.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub carried: bool,
    /// 挂牌督办: level and document, as typed; absent where none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub supervision: Option<Supervision>,
    /// Days since the last report of a major hazard, where they are more than the rules allow.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub report_overdue_days: Option<i32>,
    /// Documents by which a major hazard is judged, those that held on the day of its discovery.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub standards: Vec<String>,
    /// Day of the accepted closing.
    pub done: Option<String>,
    /// Day that was typed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub claimed: Option<String>,
    /// Why the closing is refused.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub refusal: Option<String>,
    /// 万元, exact.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fund_wan: Option<String>,
    /// `certain` or `decision`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub merged: Option<String>,
    /// Number of the earlier hazard that happens again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub recurs: Option<String>,
    /// Its rows, the highest source first.
    pub rows: Vec<Row>,
}

/// How a hazard is supervised from above.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supervision {
    /// 挂牌督办级别; may be empty.
    pub level: String,
    /// 督办文号; may be empty.
    pub document: String,
}

/// One entry of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// `sector`, `office`, `village` or `self-check`.
    pub source: String,
    /// Its description.
    pub at: Cell,
    /// Number within its cell, from 1.
    pub part: u32,
    /// What is wrong.
    pub text: String,
    /// Where.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub place: String,
    /// The other cells: `found`, `level`, `deadline`, `done`, `responsible`, `rechecker`, `fund`,
    /// `before`, `after`, `department`, `extended`, `extension_approver`, `supervision`,
    /// `supervision_document`, `reported`, `carried`; what stands there, and the address.
    pub cells: Vec<Field>,
}

/// A value of a row, in the row's own sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Which.
    pub key: String,
    /// What it is read as.
    pub value: String,
    /// Address, e.g. F14.
    pub cell: String,
}

/// A suspected pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// The one.
    pub one: Cell,
    /// The other.
    pub other: Cell,
    /// `same`, `different`; none: nobody has decided.
    pub decision: Option<String>,
}

/// A table of statistics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// `2026-07`, `2026-Q3`, or `2026` for the year up to the day.
    pub period: String,
    /// First day of discovery.
    pub first: String,
    /// Last day of discovery.
    pub last: String,
    /// Closed by this day.
    pub as_of: String,
    /// `sector`, `village`, `department` or `source`.
    pub by: String,
    /// Lines, the total last.
    pub lines: Vec<Figures>,
}

/// A line of statistics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Key; empty for the total and for what nothing says.
    pub key: String,
    /// What a reader sees.
    pub title: String,
    /// 排查单位数.
    pub units: u64,
    /// 一般 hazards found.
    pub found: u64,
    /// Of these closed.
    pub closed: u64,
    /// Closed on time.
    pub on_time: u64,
    /// Closed late.
    pub late: u64,
    /// Open and overdue.
    pub overdue: u64,
    /// Percent; `/` for nothing found.
    pub rate: String,
    /// Percent; `/` for nothing found.
    pub on_time_rate: String,
    /// 重大 hazards found.
    pub major_found: u64,
    /// Of these closed.
    pub major_closed: u64,
    /// 列入治理计划.
    pub planned: u64,
    /// 万元, exact; none where it does not fit.
    pub planned_fund_wan: Option<String>,
    /// Numbers of the hazards behind it.
    pub hazards: Vec<String>,
}

/// The ledger of a run, written as a [`Ledger`] is; none where the inbox holds no hazard.
pub fn ledger(run: &Run) -> Option<impl Serialize> {
    (!run.ledger.entries.is_empty()).then_some(Written(run))
}

/// Makes hazards and tables when they are written, one by one.
struct Written<'r>(&'r Run);

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let run = self.0;
        let ledger = &run.ledger;
        let open = ledger.open(run.as_of).count();
        let pair = |pair: &model::ledger::SuspectedPair| Pair {
            one: super::cell(&run.sources, ledger.entries[pair.entries.0].at),
            other: super::cell(&run.sources, ledger.entries[pair.entries.1].at),
            decision: pair.decision.map(|(decision, _)| match decision {
                Decision::Same => "same".to_owned(),
                Decision::Different => "different".to_owned(),
            }),
        };
        let mut fields = serializer.serialize_struct("Ledger", 7)?;
        fields.serialize_field("entries", &ledger.entries.len())?;
        fields.serialize_field("open", &open)?;
        fields.serialize_field("all_closed", &(open == 0))?;
        fields.serialize_field("hazards", &Each(|| ledger.hazards.iter().map(|one| hazard(run, one))))?;
        fields.serialize_field("pairs", &Each(|| ledger.pairs.iter().map(pair)))?;
        fields.serialize_field("tables", &Each(|| tables(run)))?;
        let filed = filed(run);
        if !filed.is_empty() {
            fields.serialize_field("filed", &filed)?;
        }
        fields.end()
    }
}

fn day(day: Option<Date>) -> Option<String> {
    day.map(|day| day.to_string())
}

const fn state(state: Option<HazardState>) -> &'static str {
    match state {
        Some(HazardState::OnTime) => "on-time",
        Some(HazardState::Late) => "late",
        Some(HazardState::ClosedUndated) => "closed",
        Some(HazardState::Overdue) => "overdue",
        Some(HazardState::NotDue) => "not-due",
        None => "later",
    }
}

fn hazard(run: &Run, one: &crate::model::ledger::Hazard) -> Hazard {
    let ledger = &run.ledger;
    let lead = ledger.leading(one);
    let name = one.enterprise.map_or(&*lead.unit.value, |id| &run.register.get(id).name);
    Hazard {
        id: one.id.clone(),
        level: one.level.key().to_owned(),
        state: state(one.state(run.as_of)).to_owned(),
        village: (&one.village).into(),
        village_name: ledger.village_name(&one.village).to_owned(),
        department: (&one.department).into(),
        sector: (&one.sector).into(),
        unit: (&one.unit).into(),
        name: name.to_owned(),
        found: day(one.found),
        deadline: day(one.deadline),
        first_deadline: day(one.first_deadline),
        carried: one.carried,
        supervision: {
            let (level, document) = (&lead.more().supervision.value, &lead.more().supervision_document.value);
            let is_told = !level.is_empty() || !document.is_empty();
            is_told.then(|| Supervision { level: level.into(), document: document.into() })
        },
        report_overdue_days: ledger.report_overdue(one, run.as_of),
        standards: ledger.standards_of(one).iter().map(|standard| standard.shown()).collect(),
        done: day(one.done),
        claimed: day(one.claimed.filter(|_| one.done.is_none())),
        refusal: one.refusal.map(|refusal: Refusal| refusal.key().to_owned()),
        fund_wan: one.fund.map(|fund| fund.normalize().to_string()),
        merged: one.merged.map(|merged| match merged {
            MergedBy::Certain => "certain".to_owned(),
            MergedBy::Decision => "decision".to_owned(),
        }),
        recurs: one.recurs.map(|earlier| ledger.hazards[earlier].id.clone()),
        rows: ledger.entries_of(one).map(|entry| row(run, entry)).collect(),
    }
}

fn row(run: &Run, entry: &HazardEntry) -> Row {
    let number = |number: Option<Decimal>| number.map(|number| number.normalize().to_string());
    let text = |text: &Text| Some(String::from(text)).filter(|text| !text.is_empty());
    let fields: [(&str, Option<String>, Option<Provenance>); 16] = [
        ("found", day(entry.found.value), entry.found.at()),
        ("level", Some(entry.level.value.title().to_owned()), entry.level.at()),
        ("department", text(&entry.department.value), entry.department.at()),
        ("deadline", day(entry.deadline.value), entry.deadline.at()),
        ("done", day(entry.done.value), entry.done.at()),
        ("responsible", text(&entry.responsible.value), entry.responsible.at()),
        ("rechecker", text(&entry.rechecker.value), entry.rechecker.at()),
        ("fund", number(entry.fund.value), entry.fund.at()),
        ("before", text(&entry.before.value), entry.before.at()),
        ("after", text(&entry.after.value), entry.after.at()),
        ("extended", day(entry.more().extended.value), entry.more().extended.at()),
        (
            "extension_approver",
            text(&entry.more().extension_approver.value),
            entry.more().extension_approver.at(),
        ),
        ("supervision", text(&entry.more().supervision.value), entry.more().supervision.at()),
        (
            "supervision_document",
            text(&entry.more().supervision_document.value),
            entry.more().supervision_document.at(),
        ),
        ("reported", day(entry.more().reported.value), entry.more().reported.at()),
        ("carried", entry.more().carried.value.then(|| "是".to_owned()), entry.more().carried.at()),
    ];
    Row {
        source: entry.source.key().to_owned(),
        at: super::cell(&run.sources, entry.at),
        part: entry.part,
        text: (&entry.text.value).into(),
        place: (&entry.place.value).into(),
        cells: fields
            .into_iter()
            .filter_map(|(key, value, at)| {
                Some(Field { key: key.to_owned(), value: value?, cell: at?.cell.to_string() })
            })
            .collect(),
    }
}

/// The months of the year as they were filed; nothing where nobody had to file.
fn filed(run: &Run) -> Vec<Filed> {
    let ledger = &run.ledger;
    let rows = |rows: crate::model::ledger::FiledRows| FiledRows { rows: rows.rows, fixed: rows.fixed };
    let month = |month: Period| {
        let filed = ledger.filed(&run.filings, &run.problems, &ledger.filed_report, month);
        Filed {
            month: month.to_string(),
            by_unit: filed.by_unit.into_iter().map(|(unit, of)| (unit, rows(of))).collect(),
            missing: filed.missing,
            returned: filed.returned,
            accepted: rows(filed.accepted),
            after_refiling: rows(filed.after_refiling),
        }
    };
    let months = ledger.months(run.as_of).into_iter().map(month);
    months.filter(|one| !one.by_unit.is_empty() || !one.missing.is_empty()).collect()
}

fn tables(run: &Run) -> impl Iterator<Item = Table> {
    let months = run.ledger.months(run.as_of);
    let quarters: std::collections::BTreeSet<Period> =
        months.iter().map(|month| Period::Quarter(month.year(), (month.number() - 1) / 3 + 1)).collect();
    let of_period = |period: Period| Some((period.to_string(), Span::of(period)?.up_to(run.as_of)));
    let periods = months.into_iter().chain(quarters).filter_map(of_period);
    let year = (run.as_of.year().to_string(), Span::year_to(run.as_of));
    let table = |(period, span): &(String, Span), by: By| {
        let found = run.ledger.statistics(&run.register, *span, by);
        let lines = found.lines.iter().chain([&found.total]);
        Table {
            period: period.clone(),
            first: span.first.to_string(),
            last: span.last.to_string(),
            as_of: span.as_of.to_string(),
            by: by.key().to_owned(),
            lines: lines.map(|line| figures(run, line)).collect(),
        }
    };
    let periods = periods.chain([year]);
    periods
        .flat_map(move |period| By::ALL.map(|by| (period.clone(), by)))
        .map(move |(period, by)| table(&period, by))
}

fn figures(run: &Run, line: &Line) -> Figures {
    let digits = run.ledger.rate_digits;
    Figures {
        key: line.key.clone(),
        title: line.title.clone(),
        units: line.units,
        found: line.general.found,
        closed: line.general.closed(),
        on_time: line.general.on_time,
        late: line.general.late,
        overdue: line.general.overdue,
        rate: shown_rate(line.general.rate(), digits),
        on_time_rate: shown_rate(line.general.on_time_rate(), digits),
        major_found: line.major.found,
        major_closed: line.major.closed(),
        planned: line.planned,
        planned_fund_wan: line.planned_fund.map(|fund| fund.normalize().to_string()),
        hazards: line.hazards.iter().map(|hazard| run.ledger.hazards[*hazard].id.clone()).collect(),
    }
}
