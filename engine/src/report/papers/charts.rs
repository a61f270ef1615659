//! 排名图: a table with its native chart, which whoever receives it can edit.
//! Ranks nothing: the order is that of the results.

use rust_xlsxwriter::{Chart, ChartAxisCrossing, ChartDataLabel, ChartFont, Worksheet, XlsxError};

use super::super::grid::{self, Entry, Grid, Shown, Styles};
use super::super::ledger;
use super::super::template::keys::LineKey;
use super::super::template::{ChartText, Sheet, Words};
use super::circular::{self, Announced};
use super::{Named, Volume, row};
use crate::model::yearend::UnitKind;

/// The most bars of one chart: more cannot be read. What is beyond stands in further charts.
const BARS: u32 = 40;
/// Height of a bar with its gap, and of what surrounds the bars, in pixels.
const BAR: u32 = 32;
const AROUND: u32 = 110;

/// A sheet with a chart.
pub(super) struct Charted<'c, 'a> {
    pub volume: &'a Volume<'a>,
    pub sheet: &'c Sheet,
    pub block: &'c Named,
    pub text: &'c ChartText,
}

/// Draws the sheet; none where there is nothing to show.
///
/// Errors: what the writer refuses.
pub(super) fn draw(
    of: &Charted<'_, '_>,
    kind: &str,
    name: String,
    words: &Words,
    styles: &Styles,
) -> Result<Option<Worksheet>, XlsxError> {
    let Charted { volume, sheet, block, text } = of;
    let run = volume.papers.run;
    let mut grid = Grid::new(name.clone(), sheet, words);
    grid.table(block, words);
    let first = grid.next_row0();
    let value = match kind {
        "chart-rates" => {
            let lines = circular::lines(run);
            for (number, line) in (1..).zip(&lines) {
                let entry = |key: &str| {
                    let key = match key {
                        "number" => return Entry::count(number),
                        "name" => LineKey::Name,
                        "found" => LineKey::Found,
                        "closed" => LineKey::Closed,
                        "open" => LineKey::Open,
                        "overdue" => LineKey::Overdue,
                        _ => LineKey::Rate,
                    };
                    ledger::line_entry(line, key, run.ledger.rate_digits)
                };
                row(&mut grid, block, &entry);
            }
            "rate"
        }
        _ => {
            let of = if kind == "chart-villages" { UnitKind::Village } else { UnitKind::Department };
            for Announced { unit, result, digits } in circular::announced(volume, of) {
                let entry = |key: &str| match key {
                    "rank" => result.rank.map_or(Entry::text("—"), |rank| Entry::count(rank as usize)),
                    "number" => Entry::code(&*unit.unit.number),
                    "name" => Entry::text(&*unit.unit.name),
                    "class" => Entry::text(&*unit.unit.class),
                    "score" => {
                        result.score.map_or(Entry::Empty, |score| Entry::Number(score, Shown::Fixed(digits)))
                    }
                    _ => Entry::text(&*result.grade),
                };
                row(&mut grid, block, &entry);
            }
            "score"
        }
    };
    let n_rows = grid.n_rows() as u32;
    if n_rows == 0 {
        return Ok(None);
    }
    let below = first + n_rows + grid.n_below();
    let width = grid::pixels(&grid, styles).min(1_000);
    let mut worksheet = grid::draw_for_chart(&grid, styles)?;
    let (Some(names), Some(values)) = (block.position("name"), block.position(value)) else {
        return Ok(Some(worksheet));
    };
    let mut top = 8;
    let mut from = first;
    while from < first + n_rows {
        let to = (from + BARS).min(first + n_rows) - 1;
        let mut chart = Chart::new_bar();
        chart
            .add_series()
            .set_name(&*text.axis)
            .set_categories((&*name, from, names, to, names))
            .set_values((&*name, from, values, to, values))
            .set_gap(60)
            .set_data_label(ChartDataLabel::new().show_value());
        chart.title().set_name(&*text.title).set_font(ChartFont::new().set_size(14));
        chart.legend().set_hidden();
        // The first row of the table is the topmost bar; the scale stays at the bottom.
        chart.y_axis().set_reverse().set_crossing(ChartAxisCrossing::Max);
        // Left to itself, a reader leaves out names that it deems too close.
        chart.y_axis().set_label_interval(1).set_font(ChartFont::new().set_size(9));
        chart.x_axis().set_name(&*text.axis).set_min(0);
        chart.set_alt_text(&*text.title);
        let height = (to + 1 - from) * BAR + AROUND;
        chart.set_width(width).set_height(height);
        worksheet.insert_chart_with_offset(below, 0, &chart, 4, top)?;
        top += height + 12;
        from = to + 1;
    }
    Ok(Some(worksheet))
}
