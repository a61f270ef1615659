//! The sheet of control indicators: each limit with what happened. Counts nothing.

use super::super::super::grid::{Entry, Grid};
use super::super::seal::cell;
use super::{Drawing, Named, fixed};
use crate::model::yearend::{exact, rounded};
use crate::model::{Decimal, Ratio};

impl Drawing<'_> {
    /// Limits in the order of their tables. A limit of 0 has no rate: nothing may happen, or it is exceeded.
    pub(super) fn controls(&self, grid: &mut Grid<'_>, block: &Named) {
        let run = self.publication.run;
        let digits = self.publication.rules.rate_digits;
        for control in &run.year_end.controls {
            let rate = control.actual.and_then(|actual| {
                let percent = Ratio::whole(i128::from(actual)).times(Ratio::whole(100))?;
                rounded(percent.over(exact(control.target)?)?, digits)
            });
            let state = match control.is_exceeded() {
                None => "缺事故台账",
                Some(true) => "突破",
                Some(false) => "控制内",
            };
            let number = grid.n_rows() + 1;
            let entry = |key: &str| match key {
                "number" => Entry::count(number),
                "unit" => Entry::text(control.name.clone()),
                "measure" => Entry::text(control.measure.title()),
                "target" => Entry::points(control.target.normalize()),
                "actual" => control
                    .actual
                    .map_or_else(|| Entry::text("/"), |actual| Entry::points(Decimal::from(actual))),
                "rate" => fixed(rate, digits),
                "state" => Entry::text(state),
                _ => Entry::text(cell(run, control.at)),
            };
            self.row(grid, block, &entry);
        }
    }
}
