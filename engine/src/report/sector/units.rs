//! 辨识: units within enterprises with the indicators the rules give, their working and their cells.
//! Knows no indicator by name: the manifest says which there are.

use std::borrow::Cow;

use super::super::grid::{Entry, Grid, Heading, Row, Shown};
use super::super::template::{Align, Block, Sheet, UnitKey, Words};
use super::super::wording;
use super::{Checked, Sector, with};
use crate::model::{Effect, Indicator, Value};

pub(super) fn lay_out<'a>(
    sector: &'a Sector<'a>,
    name: String,
    sheet: &'a Sheet,
    (units, kind): (&'a Block<UnitKey>, u32),
    words: &Words,
) -> Grid<'a> {
    let manifest = sector.manifest;
    let words = with(words, sector.kind_words(kind));
    let mut grid = Grid::new(name, sheet, &words);
    // One column for each indicator that some unit of this kind has.
    let given: Vec<u32> = (0..manifest.gives.len() as u32)
        .filter(|index| sector.unit_checks(kind).any(|checked| indicator(checked, *index).is_some()))
        .collect();
    let mut headings = Vec::new();
    for column in &units.columns {
        let heading = |text: Cow<'a, str>, align| Heading { text, min: column.min, max: column.max, align };
        if column.key != UnitKey::Indicators {
            headings.push(heading(Cow::Borrowed(&column.header), column.align));
            continue;
        }
        headings.extend(given.iter().map(|index| {
            let gives = &manifest.gives[*index as usize];
            let title = if gives.unit.is_empty() {
                gives.title.clone()
            } else {
                format!("{}({})", gives.title, gives.unit)
            };
            heading(Cow::Owned(title), Align::Center)
        }));
    }
    grid.table_with(units.caption.fill(&words), headings);
    for checked in sector.unit_checks(kind) {
        let number = grid.n_rows() + 1;
        let mut entries = Vec::new();
        for column in &units.columns {
            if column.key == UnitKey::Indicators {
                entries.extend(given.iter().map(|index| value(indicator(checked, *index))));
            } else {
                entries.push(entry(sector, checked, column.key, number));
            }
        }
        grid.row(Row::body(entries));
    }
    grid.or_none("无");
    grid
}

fn indicator<'a>(checked: &Checked<'a>, index: u32) -> Option<&'a Indicator> {
    checked.assessed?.indicators.iter().find(|indicator| indicator.indicator == index)
}

/// A number keeps the digits the rules gave it: S = 1.0000 is not 1.
fn value(indicator: Option<&Indicator>) -> Entry<'static> {
    match indicator.map(|indicator| &indicator.value) {
        None | Some(Value::Absent) => Entry::text("—"),
        Some(Value::Number(number)) => Entry::Number(*number, Shown::Fixed(number.scale().min(9) as u8)),
        Some(Value::Day(day)) => Entry::Day(*day),
        Some(other) => Entry::text(wording::value(other)),
    }
}

fn entry<'a>(sector: &Sector<'a>, checked: &Checked<'a>, key: UnitKey, number: usize) -> Entry<'a> {
    let manifest = sector.manifest;
    match key {
        UnitKey::Number => Entry::count(number),
        UnitKey::Name => Entry::text(checked.name()),
        UnitKey::Unit => Entry::text(&*checked.check.subject.unit),
        UnitKey::Date => Entry::Day(checked.check.subject.date),
        UnitKey::Indicators => Entry::Empty,
        UnitKey::Working => {
            let steps = checked.assessed.iter().flat_map(|assessed| &assessed.indicators);
            let steps = steps.flat_map(|indicator| &indicator.working).map(|reason| reason.render(manifest));
            Entry::text(steps.collect::<Vec<_>>().join("\n"))
        }
        UnitKey::Remark => {
            let mut remarks: Vec<String> = checked.failure().into_iter().collect();
            if let Some(assessed) = checked.assessed {
                for ruling in &assessed.rulings {
                    let what = match ruling.effect {
                        Effect::Veto(_) => "一票否决:",
                        Effect::Cap(_) => "等次封顶:",
                        Effect::Referral => "",
                    };
                    remarks.push(format!("{what}{}", ruling.reason.render(manifest)));
                }
                for hazard in &assessed.hazards {
                    let reason = hazard.reason.render(manifest);
                    remarks.push(
                        format!("{}隐患:{reason} {}", hazard.level.title(), hazard.clause)
                            .trim_end()
                            .to_owned(),
                    );
                }
                remarks.extend(assessed.notes.iter().map(|note| note.reason.render(manifest)));
            }
            Entry::text(remarks.join("\n"))
        }
        UnitKey::Source => {
            let mut positions: Vec<u32> = checked
                .assessed
                .iter()
                .flat_map(|assessed| &assessed.indicators)
                .flat_map(|indicator| indicator.evidence.iter().copied())
                .collect();
            positions.sort_unstable();
            positions.dedup();
            let cells = checked.cells(sector.run, positions);
            let home = checked.home().filter(|_| !cells.contains('›')).map(|home| {
                let sources = &sector.run.sources;
                format!("{} › {}", sources.get(home.source).path, sources.sheet(home.source, home.sheet))
            });
            let parts: Vec<String> =
                home.into_iter().chain(Some(cells).filter(|cells| !cells.is_empty())).collect();
            Entry::text(parts.join(" › "))
        }
    }
}
