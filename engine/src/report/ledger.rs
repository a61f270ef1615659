//! Sheets of the hazard ledger: 台账, 未销号清单, 销号退回单, 合并复核单, and the statistics.
//! Counts and decides nothing: hazards, states and lines come as they are.

use std::borrow::Cow;

use rust_xlsxwriter::{DataValidation, XlsxError};

use super::grid::{self, Drawn, Entry, Grid, Row, Shown, Styles};
use super::template::{Block, Content, LedgerKey, LedgerPart, LineKey, PairKey, Sheet, Words};
use crate::model::ledger::MajorStandard;
use crate::model::ledger::{
    By, Decision, Hazard, HazardState, Line, MergedBy, ON_TIME_RATE_MEANS, RATE_MEANS, Refusal, Span,
    Statistics,
};
use crate::model::{Decimal, HazardEntry, HazardLevel, Period, Place, Provenance, Ratio, Run, Tally};

/// The most hazards that a sheet lists one by one: Excel has a last row. `results.json` has all.
const MAX_LISTED: usize = 200_000;

/// What the sheets' texts may say of the ledger.
pub(super) fn words(run: &Run) -> Words {
    let ledger = &run.ledger;
    let count = |n: usize| n.to_string();
    let of = |wanted: &dyn Fn(&Hazard) -> bool| ledger.hazards.iter().filter(|hazard| wanted(hazard)).count();
    let open = ledger.open(run.as_of).count();
    let balance = ledger.balance(run.as_of);
    let undecided = ledger.pairs.iter().filter(|pair| pair.decision.is_none()).count();
    let overdue = of(&|hazard| hazard.state(run.as_of) == Some(HazardState::Overdue));
    Words::from([
        ("n_entries", count(ledger.entries.len())),
        ("n_hazards", count(ledger.hazards.len())),
        ("n_open", count(open)),
        ("n_overdue", count(overdue)),
        ("n_refused", count(of(&|hazard| hazard.refusal.is_some()))),
        ("n_undecided", count(undecided)),
        ("n_undated", count(of(&|hazard| hazard.found.is_none()))),
        ("n_suggested", count(ledger.suggestions.len())),
        ("n_signals", count(run.supervision.signals.len())),
        ("opening", balance.opening.to_string()),
        ("found_this_year", balance.found.to_string()),
        ("closed_this_year", balance.closed.to_string()),
        ("closing", balance.closing().to_string()),
        (
            "all_closed",
            match open {
                0 => "截至该日已全部整改销号。".to_owned(),
                open => format!("尚有{open}条未销号,不得表述为“全部整改销号”。"),
            },
        ),
        ("reconciled", reconciled(run)),
        ("rate_means", RATE_MEANS.to_owned()),
        ("on_time_rate_means", ON_TIME_RATE_MEANS.to_owned()),
    ])
}

/// Blocks and departments against the total, with the name of what is neither.
fn reconciled(run: &Run) -> String {
    let table = |by| run.ledger.statistics(&run.register, Span::year_to(run.as_of), by);
    let (blocks, departments) = (table(By::Village), table(By::Department));
    let part = |table: &Statistics, own: &dyn Fn(&Line) -> bool| -> u64 {
        table.lines.iter().filter(|line| own(line)).map(|line| line.general.found).sum()
    };
    let is_village = |line: &Line| run.ledger.is_village(&line.key);
    let villages = part(&blocks, &is_village);
    let mut text = format!("块:各村(居){villages}条");
    for line in blocks.lines.iter().filter(|line| !is_village(line) && line.general.found > 0) {
        text.push_str(&format!(",{}{}条", line.title, line.general.found));
    }
    text.push_str(&format!(",合计{}条;条:", part(&blocks, &|_| true)));
    let named = departments.lines.iter().filter(|line| line.general.found > 0);
    let named: Vec<_> = named.map(|line| format!("{}{}条", line.title, line.general.found)).collect();
    text.push_str(&format!("{},合计{}条。", named.join(","), part(&departments, &|_| true)));
    text
}

/// Draws a sheet; none where nothing would stand in it.
///
/// Errors: what the writer refuses.
pub(super) fn draw(
    run: &Run,
    name: String,
    sheet: &Sheet,
    words: &Words,
    styles: &Styles,
) -> Result<Option<Drawn>, XlsxError> {
    let mut grid = Grid::new(name, sheet, words);
    match &sheet.content {
        _ if run.ledger.entries.is_empty() => Ok(None),
        Content::Ledger { part: LedgerPart::Refused, .. }
            if run.ledger.hazards.iter().all(|hazard| hazard.refusal.is_none()) =>
        {
            Ok(None)
        }
        // Nothing is left for the next year.
        Content::Ledger { part: LedgerPart::CarryOver, .. } if run.ledger.all_closed(run.as_of) => Ok(None),
        Content::Ledger { part, hazards } => {
            grid.table(hazards, words);
            lay_out_hazards(&mut grid, run, *part, hazards);
            Ok(Some(grid::draw(&grid, styles)?))
        }
        Content::LedgerStatistics { lines } => {
            lay_out_statistics(&mut grid, run, lines, words);
            Ok(Some(grid::draw(&grid, styles)?))
        }
        Content::MergeReview { pairs } => draw_review(run, grid, pairs, words, styles),
        _ => Ok(None),
    }
}

fn lay_out_hazards<'a>(grid: &mut Grid<'a>, run: &'a Run, part: LedgerPart, block: &'a Block<LedgerKey>) {
    let is_part = |hazard: &&Hazard| match part {
        LedgerPart::Whole => true,
        LedgerPart::Open | LedgerPart::CarryOver => {
            hazard.state(run.as_of).is_some_and(|state| !state.closed())
        }
        LedgerPart::Refused => hazard.refusal.is_some(),
    };
    let own: Vec<_> = run.ledger.hazards.iter().filter(is_part).collect();
    let n_own = own.len();
    grid.made_rows(n_own.min(MAX_LISTED), move |index| {
        let entry = |key| hazard_entry(run, own[index], key, index + 1);
        Row::body(block.columns.iter().map(|column| entry(column.key)).collect())
    });
    if n_own > MAX_LISTED {
        let more = n_own - MAX_LISTED;
        grid.across(format!("其余{more}条未逐条列出,明细见 results.json"));
    }
    grid.or_none("无");
}

pub(super) fn hazard_entry<'a>(run: &'a Run, hazard: &'a Hazard, key: LedgerKey, number: usize) -> Entry<'a> {
    let ledger = &run.ledger;
    let lead = ledger.leading(hazard);
    match key {
        LedgerKey::Number => Entry::count(number),
        LedgerKey::Id => Entry::code(&*hazard.id),
        LedgerKey::Level => Entry::text(hazard.level.title()),
        LedgerKey::State => Entry::text(state(run, hazard)),
        LedgerKey::Village => Entry::text(ledger.village_name(&hazard.village)),
        LedgerKey::Department => Entry::text(&*hazard.department),
        LedgerKey::Sector => Entry::text(&*hazard.sector),
        LedgerKey::Unit => Entry::text(unit_name(run, lead)),
        LedgerKey::Place => Entry::text(&*lead.place.value),
        LedgerKey::Text => Entry::text(&*lead.text.value),
        LedgerKey::Found => Entry::day(hazard.found),
        LedgerKey::Deadline => Entry::day(hazard.deadline),
        LedgerKey::Done => Entry::day(hazard.done),
        LedgerKey::Overdue => match (hazard.state(run.as_of), hazard.deadline) {
            (Some(HazardState::Overdue), Some(deadline)) => {
                let days = deadline.until(run.as_of).map_or(0, |span| span.get_days());
                Entry::count(usize::try_from(days).unwrap_or(0))
            }
            _ => Entry::Empty,
        },
        LedgerKey::Fund => hazard.fund.map_or(Entry::Empty, |fund| Entry::Number(fund, Shown::Fixed(2))),
        LedgerKey::Responsible => Entry::text(&*lead.responsible.value),
        LedgerKey::Rechecker => Entry::text(&*lead.rechecker.value),
        LedgerKey::Finders => {
            let mut finders: Vec<_> = ledger.entries_of(hazard).map(|entry| entry.source.title()).collect();
            finders.dedup();
            Entry::text(finders.join("、"))
        }
        LedgerKey::Merged => Entry::text(match hazard.merged {
            None => String::new(),
            Some(MergedBy::Certain) => format!("{}条合并(规则)", hazard.entries.len()),
            Some(MergedBy::Decision) => format!("{}条合并(复核)", hazard.entries.len()),
        }),
        LedgerKey::Recurs => hazard.recurs.map_or(Entry::Empty, |earlier| {
            Entry::text(format!("再次发生,前次{}", ledger.hazards[earlier].id))
        }),
        LedgerKey::Rows => {
            let rows: Vec<_> = ledger.entries_of(hazard).map(|entry| row_of(run, entry)).collect();
            Entry::text(rows.join("\n"))
        }
        LedgerKey::Refusal => Entry::text(hazard.refusal.map_or("", Refusal::title)),
        LedgerKey::RefusedAt => match refused_at(hazard, lead) {
            Some(at) => Entry::text(run.sources.show(Place::from(at))),
            None => Entry::Empty,
        },
        LedgerKey::Lacking => Entry::text(lacking(hazard, lead)),
        LedgerKey::Code => Entry::code(hazard.enterprise.map_or("", |id| &*run.register.get(id).code)),
        LedgerKey::Source => Entry::text(lead.source.title()),
        LedgerKey::FirstDeadline => Entry::day(hazard.first_deadline.or(hazard.deadline)),
        LedgerKey::Extended => Entry::day(hazard.first_deadline.and(hazard.deadline)),
        LedgerKey::Approver => Entry::text(&*lead.more().extension_approver.value),
        LedgerKey::Supervision => Entry::text(&*lead.more().supervision.value),
        LedgerKey::Document => Entry::text(&*lead.more().supervision_document.value),
        LedgerKey::Reported => Entry::day(lead.more().reported.value),
        LedgerKey::Before => Entry::text(&*lead.before.value),
        LedgerKey::After => Entry::text(&*lead.after.value),
        LedgerKey::Watch => Entry::text(watch(run, hazard, lead)),
        LedgerKey::Standard => Entry::text(standards(ledger.standards_of(hazard))),
    }
}

/// The state as a reader sees it; a refused closing is named.
fn state(run: &Run, hazard: &Hazard) -> Cow<'static, str> {
    match (hazard.state(run.as_of), hazard.refusal) {
        (None, _) => Cow::Borrowed("统计日后发现"),
        (Some(state), Some(_)) if !state.closed() => Cow::Owned(format!("{}(销号退回)", state.title())),
        (Some(state), _) => Cow::Borrowed(state.title()),
    }
}

/// What a reader calls a unit: the registered name, or what stands in the list.
pub(super) fn unit_name<'a>(run: &'a Run, entry: &'a HazardEntry) -> &'a str {
    entry.enterprise.map_or(&entry.unit.value, |id| &run.register.get(id).name)
}

/// Where an entry stands: file, sheet, cell, and its number in the cell.
fn row_of(run: &Run, entry: &HazardEntry) -> String {
    let at = run.sources.show(Place::from(entry.at));
    let part = if entry.part > 1 { format!(" 第{}条", entry.part) } else { String::new() };
    let found = entry.found.value.map_or_else(String::new, |found| format!("({found})"));
    format!("{}{found}:{at}{part}", entry.source.title())
}

/// The cell that a refusal is about.
fn refused_at(hazard: &Hazard, lead: &HazardEntry) -> Option<Provenance> {
    let at = match hazard.refusal? {
        Refusal::DateOrder => lead.done.at(),
        Refusal::NoAfterPhoto | Refusal::IdenticalPhoto => lead.after.at(),
        Refusal::SamePerson => lead.rechecker.at(),
    };
    Some(at.unwrap_or(lead.at))
}

/// Which of the five elements (五落实) of an open major hazard its row does not show.
fn lacking(hazard: &Hazard, lead: &HazardEntry) -> String {
    if hazard.level != HazardLevel::Major || hazard.done.is_some() {
        return String::new();
    }
    let elements = [
        ("措施", lead.more().measures.value.is_empty(), lead.more().measures.at().is_some()),
        ("责任", lead.responsible.value.is_empty(), lead.responsible.at().is_some()),
        ("资金", hazard.fund.is_none(), lead.fund.at().is_some()),
        ("时限", hazard.deadline.is_none(), lead.deadline.at().is_some()),
        ("预案", lead.more().contingency.value.is_empty(), lead.more().contingency.at().is_some()),
    ];
    let of = |has_column: bool| -> Vec<&str> {
        let lacking = elements.iter().filter(|(_, empty, column)| *empty && *column == has_column);
        lacking.map(|(name, ..)| *name).collect()
    };
    let (empty, unseen) = (of(true), of(false));
    let mut text = Vec::new();
    if !empty.is_empty() {
        text.push(format!("未填{}", empty.join("、")));
    }
    if !unseen.is_empty() {
        text.push(format!("表内无{}栏", unseen.join("、")));
    }
    text.join(";")
}

/// What the life of a hazard shows beside its dates: extension, supervision, reports, an earlier year.
fn watch(run: &Run, hazard: &Hazard, lead: &HazardEntry) -> String {
    let mut text = Vec::new();
    if let Some(first) = hazard.first_deadline {
        text.push(format!("原期限{first},经{}审批延期", lead.more().extension_approver.value));
    }
    if hazard.carried {
        text.push("上年结转".to_owned());
    }
    let supervision = [&*lead.more().supervision.value, &*lead.more().supervision_document.value];
    let supervision: Vec<_> = supervision.into_iter().filter(|part| !part.is_empty()).collect();
    if !supervision.is_empty() {
        text.push(format!("挂牌督办:{}", supervision.join(" ")));
    }
    if let Some(days) = run.ledger.report_overdue(hazard, run.as_of) {
        text.push(format!("已{days}天无治理进展报告(间隔要求未核实)"));
    }
    text.join(";")
}

/// By which documents a hazard is judged major; in a transition those of both editions.
fn standards(standards: Vec<&MajorStandard>) -> String {
    standards.iter().map(|standard| standard.shown()).collect::<Vec<_>>().join("、")
}

fn lay_out_statistics<'a>(grid: &mut Grid<'a>, run: &'a Run, block: &'a Block<LineKey>, words: &Words) {
    let digits = run.ledger.rate_digits;
    let mut words = words.clone();
    let table =
        |grid: &mut Grid<'a>, words: &mut Words, caption: String, lines: Vec<Line>, total: Option<Line>| {
            words.insert("table", caption);
            grid.table(block, words);
            for line in &lines {
                grid.row(Row::body(line_entries(block, line, digits)));
            }
            match &total {
                Some(total) => grid.row(Row::total(line_entries(block, total, digits))),
                None => grid.or_none("无"),
            }
        };
    let year = Span::year_to(run.as_of);
    for by in By::ALL {
        let Statistics { lines, total, .. } = run.ledger.statistics(&run.register, year, by);
        let caption = format!("按{}({}至{})", by.title(), year.first, year.last);
        table(grid, &mut words, caption, lines, Some(total));
    }
    let months = run.ledger.months(run.as_of);
    let mut quarters: Vec<Period> = Vec::new();
    for month in &months {
        let quarter = Period::Quarter(month.year(), (month.number() - 1) / 3 + 1);
        if quarters.last() != Some(&quarter) {
            quarters.push(quarter);
        }
    }
    for (caption, periods) in
        [("按月(当月发现,截至月末销号)", months), ("按季(当季发现,截至季末销号)", quarters)]
    {
        let lines = periods.into_iter().filter_map(|period| {
            let span = Span::of(period)?.up_to(run.as_of);
            let total = run.ledger.statistics(&run.register, span, By::Source).total;
            Some(Line { title: period.shown(), ..total })
        });
        table(grid, &mut words, caption.to_owned(), lines.collect(), None);
    }
}

fn line_entries<'a>(block: &Block<LineKey>, line: &Line, digits: u8) -> Vec<Entry<'a>> {
    block.columns.iter().map(|column| line_entry(line, column.key, digits)).collect()
}

/// A column of a line of the statistics.
pub(super) fn line_entry<'a>(line: &Line, key: LineKey, digits: u8) -> Entry<'a> {
    let count = |n: u64| Entry::Number(Decimal::from(n), Shown::Integer);
    let (general, major): (&Tally, &Tally) = (&line.general, &line.major);
    let rate = |rate: Option<Ratio>| percent(rate, digits);
    match key {
        LineKey::Name => Entry::text(line.title.clone()),
        LineKey::Units => count(line.units),
        LineKey::Found => count(general.found),
        LineKey::Closed => count(general.closed()),
        LineKey::Rate => rate(general.rate()),
        LineKey::OnTime => count(general.on_time),
        LineKey::OnTimeRate => rate(general.on_time_rate()),
        LineKey::Late => count(general.late),
        LineKey::Open => count(general.open()),
        LineKey::Overdue => count(general.overdue),
        LineKey::NotDue => count(general.not_due()),
        LineKey::MajorFound => count(major.found),
        LineKey::MajorClosed => count(major.closed()),
        LineKey::MajorRate => rate(major.rate()),
        LineKey::Planned => count(line.planned),
        LineKey::PlannedFund => match line.planned_fund {
            Some(fund) => Entry::Number(fund, Shown::Fixed(2)),
            None => Entry::text("数值过大"),
        },
    }
}

/// A rate in percent as a number with its digits; `/` for a zero denominator.
pub(super) fn percent<'a>(rate: Option<Ratio>, digits: u8) -> Entry<'a> {
    let percent = rate.and_then(|rate| rate.times(Ratio::whole(100))?.rounded(digits));
    percent.map_or(Entry::text("/"), |percent| {
        Entry::Number(Decimal::new(percent.mantissa, u32::from(percent.scale)), Shown::Fixed(digits))
    })
}

/// The review workbook: each suspected pair with a cell to answer in. Dropped back into the inbox it is
/// read by `templates/intake/merge-decisions`.
fn draw_review<'a>(
    run: &'a Run,
    mut grid: Grid<'a>,
    block: &'a Block<PairKey>,
    words: &Words,
    styles: &Styles,
) -> Result<Option<Drawn>, XlsxError> {
    let ledger = &run.ledger;
    if ledger.pairs.is_empty() {
        return Ok(None);
    }
    grid.table(block, words);
    let first = grid.next_row0();
    for pair in ledger.pairs.iter().take(MAX_LISTED) {
        let (one, other) = (&ledger.entries[pair.entries.0], &ledger.entries[pair.entries.1]);
        let number = grid.n_rows() + 1;
        let file = |entry: &HazardEntry| Entry::text(&*run.sources.get(entry.at.source).path);
        let line = |entry: &HazardEntry| Entry::Number(Decimal::from(entry.at.cell.row0 + 1), Shown::Integer);
        let entry = |key| match key {
            PairKey::Number => Entry::count(number),
            PairKey::Unit => Entry::text(unit_name(run, one)),
            PairKey::Place => Entry::text(&*one.place.value),
            PairKey::File1 => file(one),
            PairKey::Row1 => line(one),
            PairKey::Found1 => Entry::day(one.found.value),
            PairKey::Text1 => Entry::text(&*one.text.value),
            PairKey::File2 => file(other),
            PairKey::Row2 => line(other),
            PairKey::Found2 => Entry::day(other.found.value),
            PairKey::Text2 => Entry::text(&*other.text.value),
            PairKey::Likeness => percent(Some(pair.likeness), 0),
            PairKey::Decision => Entry::text(match pair.decision {
                Some((Decision::Same, _)) => "同一隐患",
                Some((Decision::Different, _)) => "不同隐患",
                None => "",
            }),
        };
        grid.row(Row::body(block.columns.iter().map(|column| entry(column.key)).collect()));
    }
    let last = grid.next_row0().saturating_sub(1);
    let mut sheet = grid::draw(&grid, styles)?;
    if let Some(column) = block.position(PairKey::Decision) {
        let choice = DataValidation::new().allow_list_strings(&["同一隐患", "不同隐患"])?;
        sheet.frame.add_data_validation(first, column, last, column, &choice)?;
    }
    Ok(Some(sheet))
}
