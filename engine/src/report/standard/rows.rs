//! What goes into the prescribed reports: the rows of each, from a finished run, a module for each
//! source of rows. The only place of `standard` that knows a run.

mod drills;
mod enforcement;
mod hazards;
mod hazchem;
mod letters;
mod quarters;
mod ranking;
mod register;
mod score_sheets;

pub(in crate::report) use hazards::{groups, is_last};

use std::collections::BTreeMap;

use super::{Entry, Given};
use crate::model::yearend::{exact, rounded};
use crate::model::{Date, Decimal, Ratio};
use crate::report::Basis;

/// The rows of one report, and the words for its texts.
#[derive(Debug, Clone, Default)]
pub(in crate::report) struct Content {
    /// The layout: its folder's name.
    pub layout: &'static str,
    /// Of what, where a run has several of one layout: the campaign. Empty where there is one.
    pub of: String,
    /// The rows.
    pub entries: Vec<Entry>,
    /// Words beside those every report has.
    pub words: BTreeMap<&'static str, String>,
    /// Digits of columns, by key, where the rules of the assessment say them.
    pub digits: BTreeMap<&'static str, u8>,
}

/// The reports that there are rows for, in the order of their layouts' names.
pub(in crate::report) fn contents(basis: Basis<'_>) -> Vec<Content> {
    let run = basis.run;
    let mut contents = vec![
        register::all(run),
        letters::by_kind(run),
        enforcement::by_sector(run),
        hazards::by_sector(run, basis.choices.is_some_and(|choices| !choices.sector_hazards.is_empty())),
        hazards::by_block(run),
        hazards::majors(run),
        hazards::supervised(run),
        hazards::accepted(run),
        hazchem::units(run),
        drills::of_year(run),
    ];
    contents.extend(quarters::of_enterprises(run));
    contents.extend(hazards::campaigns(run));
    contents.extend(score_sheets::verified(run));
    if let Some(year_end) = basis.year_end {
        contents.extend(ranking::of_units(run, year_end));
        contents.push(ranking::of_enterprises(run, year_end.rules));
    }
    contents.retain(|content| !content.entries.is_empty());
    contents.sort_by(|a, b| (a.layout, &a.of).cmp(&(b.layout, &b.of)));
    contents
}

/// A row in the making.
#[derive(Default)]
struct Row(Entry);

impl Row {
    /// Text; empty text leaves the cell empty.
    fn text(mut self, key: &str, text: impl Into<String>) -> Self {
        let text = text.into();
        if !text.is_empty() {
            self.0.given.insert(key.to_owned(), Given::Text(text));
        }
        self
    }

    fn number(mut self, key: &str, number: Decimal) -> Self {
        self.0.given.insert(key.to_owned(), Given::Number(number));
        self
    }

    fn given_number(self, key: &str, number: Option<Decimal>) -> Self {
        match number {
            Some(number) => self.number(key, number),
            None => self.unknown(key),
        }
    }

    /// An exact number with all its digits where they end within 6, otherwise with 4; empty where there is none.
    fn exact(self, key: &str, number: Option<Ratio>) -> Self {
        let shown = number.and_then(|number| {
            let ends = rounded(number, 6).filter(|decimal| exact(*decimal) == Some(number));
            ends.or_else(|| rounded(number, 4))
        });
        self.given_number(key, shown.map(|shown| shown.normalize()))
    }

    fn count(self, key: &str, count: usize) -> Self {
        self.number(key, count.into())
    }

    /// Nobody told it: the cell stays empty, where a count that is not given would be 0.
    fn unknown(mut self, key: &str) -> Self {
        self.0.given.insert(key.to_owned(), Given::Unknown);
        self
    }

    fn day(mut self, key: &str, day: Option<Date>) -> Self {
        if let Some(day) = day {
            self.0.given.insert(key.to_owned(), Given::Day(day));
        }
        self
    }

    fn rests_on(mut self, key: &str, source: String) -> Self {
        self.0.sources.entry(key.to_owned()).or_default().push(source);
        self
    }
}
