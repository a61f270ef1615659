//! 项目统计 and 失分前十: what each item cost over all checks, and a native chart of the dearest.
//! Knows no single check.

use rust_xlsxwriter::{Chart, ChartAxisCrossing, ChartDataLabel, ChartFont, Worksheet, XlsxError};

use super::super::grid::{self, Entry, Grid, Row, Shown, Styles};
use super::super::template::{Block, ChartText, Sheet, StatisticKey, Words};
use super::{Links, Sector};
use crate::model::{Decimal, Item, Verdict};

/// How many items the chart shows.
const TOP: usize = 10;

/// The statistics of one item.
#[derive(Clone, Default)]
struct Statistic {
    /// Checks with the item on the sheet.
    sheets: usize,
    passed: usize,
    partial: usize,
    failed: usize,
    informational: usize,
    not_applicable: usize,
    not_checked: usize,
    /// Points lost.
    lost: Decimal,
    /// Points that could have been lost: of the checks in which the item was looked at.
    at_stake: Decimal,
}

impl Statistic {
    const fn checked(&self) -> usize {
        self.passed + self.partial + self.failed + self.informational
    }

    const fn applicable(&self) -> usize {
        self.checked() + self.not_checked
    }
}

/// One for each item of the checklist, in its order.
fn count(sector: &Sector<'_>) -> Vec<Statistic> {
    let mut statistics = vec![Statistic::default(); sector.manifest.items.len()];
    for (_, checked) in sector.of_kind(0) {
        for line in &checked.lines {
            let statistic = &mut statistics[line.index as usize];
            statistic.sheets += 1;
            match line.score.verdict {
                Verdict::Pass => statistic.passed += 1,
                Verdict::Partial => statistic.partial += 1,
                Verdict::Fail => statistic.failed += 1,
                Verdict::Informational => statistic.informational += 1,
                Verdict::NotApplicable | Verdict::Waived => statistic.not_applicable += 1,
                Verdict::NotChecked | Verdict::Error => statistic.not_checked += 1,
                Verdict::NotSelected => statistic.sheets -= 1,
            }
            if line.item.scored && line.score.verdict.checked() {
                statistic.lost += line.score.deducted;
                statistic.at_stake += line.score.points;
            }
        }
    }
    statistics
}

/// `lost ÷ at stake`, to one digit of a per cent, half-up; none for a denominator of zero.
fn rate(lost: Decimal, at_stake: Decimal) -> Option<Decimal> {
    let strategy = rust_decimal::RoundingStrategy::MidpointAwayFromZero;
    lost.checked_div(at_stake).map(|rate| rate.round_dp_with_strategy(3, strategy))
}

fn percent<'a>(rate: Option<Decimal>) -> Entry<'a> {
    rate.map_or(Entry::text("/"), |rate| Entry::Number(rate, Shown::Percent))
}

fn entry<'a>(
    sector: &Sector<'a>,
    (index, item, statistic): (usize, &'a Item, &Statistic),
    key: StatisticKey,
    number: usize,
    links: &Links,
) -> Entry<'a> {
    match key {
        StatisticKey::Number => Entry::count(number),
        StatisticKey::Item => Entry::link(&*item.code, links.clauses.get(&(index as u32)).cloned()),
        StatisticKey::Category => Entry::text(&*sector.manifest.categories[item.category as usize].title),
        StatisticKey::Requirement => Entry::text(&*item.requirement),
        StatisticKey::Points => Entry::points(item.points),
        StatisticKey::Applicable => Entry::count(statistic.applicable()),
        StatisticKey::Checked => Entry::count(statistic.checked()),
        StatisticKey::Passed => Entry::count(statistic.passed),
        StatisticKey::Partial => Entry::count(statistic.partial),
        StatisticKey::Failed => Entry::count(statistic.failed),
        StatisticKey::NotApplicable => Entry::count(statistic.not_applicable),
        StatisticKey::NotChecked => Entry::count(statistic.not_checked),
        StatisticKey::Lost => Entry::points(statistic.lost),
        StatisticKey::LostRate => percent(rate(statistic.lost, statistic.at_stake)),
    }
}

pub(super) fn lay_out<'a>(
    sector: &'a Sector<'a>,
    name: String,
    sheet: &'a Sheet,
    (items, total): (&'a Block<StatisticKey>, &'a str),
    words: &Words,
    links: &Links,
) -> Grid<'a> {
    let mut grid = Grid::new(name, sheet, words);
    grid.table(items, words);
    let statistics = count(sector);
    let first = grid.next_row0();
    let used = || statistics.iter().filter(|statistic| statistic.sheets > 0);
    for (index, (item, statistic)) in sector.manifest.items.iter().zip(&statistics).enumerate() {
        if statistic.sheets > 0 {
            let number = grid.n_rows() + 1;
            let entry = |key| entry(sector, (index, item, statistic), key, number, links);
            grid.row(Row::body(items.columns.iter().map(|column| entry(column.key)).collect()));
        }
    }
    let Some(last) = grid.next_row0().checked_sub(1).filter(|last| *last >= first) else {
        grid.or_none("本期没有检查");
        return grid;
    };
    let counted = |column: usize, of: fn(&Statistic) -> usize| {
        let count: usize = used().map(of).sum();
        Entry::Formula(grid::sum(column as u16, first, last), Decimal::from(count), Shown::Integer)
    };
    let mut entries: Vec<Entry<'a>> = Vec::new();
    for (column, spec) in items.columns.iter().enumerate() {
        entries.push(match spec.key {
            StatisticKey::Applicable => counted(column, Statistic::applicable),
            StatisticKey::Checked => counted(column, Statistic::checked),
            StatisticKey::Passed => counted(column, |statistic| statistic.passed),
            StatisticKey::Partial => counted(column, |statistic| statistic.partial),
            StatisticKey::Failed => counted(column, |statistic| statistic.failed),
            StatisticKey::NotApplicable => counted(column, |statistic| statistic.not_applicable),
            StatisticKey::NotChecked => counted(column, |statistic| statistic.not_checked),
            StatisticKey::Lost => {
                let lost = used().map(|statistic| statistic.lost).sum();
                Entry::Formula(grid::sum(column as u16, first, last), lost, Shown::Points)
            }
            // From the sums: a mean of rates would weigh a rare item like a common one.
            StatisticKey::LostRate => percent(rate(
                used().map(|statistic| statistic.lost).sum(),
                used().map(|statistic| statistic.at_stake).sum(),
            )),
            _ => Entry::Empty,
        });
    }
    let numbered = entries.iter().position(|entry| !matches!(entry, Entry::Empty)).unwrap_or(entries.len());
    let mut row = Row::total(entries);
    if numbered > 0 {
        row.entries[0] = Entry::text(total);
        row.spans.push((0, numbered as u16 - 1));
    }
    grid.row(row);
    grid
}

/// The dearest items, most points lost first, and their chart.
pub(super) fn draw_top(
    sector: &Sector<'_>,
    name: String,
    sheet: &Sheet,
    (items, text): (&Block<StatisticKey>, &ChartText),
    words: &Words,
    links: &Links,
    styles: &Styles,
) -> Result<Worksheet, XlsxError> {
    let mut grid = Grid::new(name.clone(), sheet, words);
    grid.table(items, words);
    let statistics = count(sector);
    let mut order: Vec<usize> =
        (0..statistics.len()).filter(|index| statistics[*index].lost > Decimal::ZERO).collect();
    order.sort_by_key(|index| (std::cmp::Reverse(statistics[*index].lost), *index));
    order.truncate(TOP);
    let first = grid.next_row0();
    for index in &order {
        let number = grid.n_rows() + 1;
        let about = (*index, &sector.manifest.items[*index], &statistics[*index]);
        let entry = |key| entry(sector, about, key, number, links);
        grid.row(Row::body(items.columns.iter().map(|column| entry(column.key)).collect()));
    }
    grid.or_none("没有失分项");
    let last = grid.next_row0() - 1;
    let below = last + 1 + grid.n_below();
    let mut worksheet = grid::draw_for_chart(&grid, styles)?;
    let columns = (items.position(StatisticKey::Item), items.position(StatisticKey::Lost));
    if let ((Some(codes), Some(lost)), false) = (columns, order.is_empty()) {
        let mut chart = Chart::new_bar();
        let name = &*name;
        chart
            .add_series()
            .set_name(&*text.axis)
            .set_categories((name, first, codes, last, codes))
            .set_values((name, first, lost, last, lost))
            .set_gap(60)
            .set_data_label(ChartDataLabel::new().show_value());
        chart.title().set_name(&*text.title).set_font(ChartFont::new().set_size(14));
        chart.legend().set_hidden();
        // The first row of the table is the topmost bar; the scale stays at the bottom.
        chart.y_axis().set_reverse().set_crossing(ChartAxisCrossing::Max);
        chart.x_axis().set_name(&*text.axis).set_min(0);
        chart.set_alt_text(&*text.title);
        let width = grid::pixels(&grid, styles);
        chart.set_width(width.min(1_100)).set_height(360);
        worksheet.insert_chart_with_offset(below + 1, 0, &chart, 4, 4)?;
    }
    worksheet.set_print_fit_to_pages(1, 1);
    Ok(worksheet)
}
