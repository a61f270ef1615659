//! The sheet of letters of responsibility: coverage on the days that the rules name, links and persons
//! that are missing, and the posts with their fields. Counts nothing that the model cannot say.

use std::borrow::Cow;

use super::super::super::grid::{Entry, Grid, Heading, Row};
use super::super::seal::cell;
use super::{Drawing, Named, fixed};
use crate::model::campaign::{Letter, Signer};
use crate::model::yearend::rounded;
use crate::model::{Date, Ratio};

/// A signer without the position of its enterprise.
const fn title(signer: Signer) -> &'static str {
    match signer {
        Signer::Village => "村(居)",
        Signer::Department => "部门",
        Signer::Enterprise(_) => "企业",
    }
}

impl Drawing<'_> {
    /// Due, signed and the rate on each day: by who signs, and in all.
    pub(super) fn coverage(&self, grid: &mut Grid<'_>, block: &Named) {
        let run = self.publication.run;
        let letters = &run.supervision.letters;
        let digits = self.publication.rules.rate_digits;
        for day in letters.days(run.year_end.year, run.as_of) {
            let due: Vec<&Letter> = letters.due(&run.register, day).collect();
            for of in ["村(居)", "部门", "企业", "合计"] {
                let own = || due.iter().filter(|letter| of == "合计" || title(letter.signer) == of);
                let (n_due, n_signed) = (own().count(), own().filter(|letter| letter.is_signed(day)).count());
                let percent = || {
                    let exact = Ratio::new(n_signed as i128 * 100, i128::try_from(n_due).ok()?)?;
                    rounded(exact, digits)
                };
                let entry = |key: &str| match key {
                    "day" => Entry::Day(day),
                    "of" => Entry::text(of),
                    "due" => Entry::count(n_due),
                    "signed" => Entry::count(n_signed),
                    "missing" => Entry::count(n_due - n_signed),
                    _ => fixed(percent(), digits),
                };
                let entries = block.columns.iter().map(|column| entry(column.key)).collect();
                grid.row(if of == "合计" { Row::total(entries) } else { Row::body(entries) });
            }
        }
    }

    /// Letters that are not signed on one of the days, and signed ones without a person or beyond the day.
    pub(super) fn missing(&self, grid: &mut Grid<'_>, block: &Named) {
        let run = self.publication.run;
        let letters = &run.supervision.letters;
        let days = letters.days(run.year_end.year, run.as_of);
        for letter in &letters.letters {
            let is_due = |day: &&Date| match letter.signer {
                Signer::Enterprise(id) => run.register.get(id).is_active(**day),
                Signer::Village | Signer::Department => true,
            };
            let open: Vec<_> = days.iter().filter(is_due).filter(|day| !letter.is_signed(**day)).collect();
            let (signed, person, at) = match &letter.signed {
                Some((day, person, at)) => (*day, person.as_str(), Some(*at)),
                None => (None, "", None),
            };
            let nobody = signed.is_some() && person.is_empty();
            if open.is_empty() && !nobody {
                continue;
            }
            let mut lacks = Vec::new();
            if !open.is_empty() {
                let open: Vec<_> = open.iter().map(ToString::to_string).collect();
                lacks.push(format!("{} 未签", open.join("、")));
            }
            if at.is_none() {
                lacks.push("台账中没有该单位".to_owned());
            }
            if nobody {
                lacks.push("缺签字人".to_owned());
            }
            let (name, over) = match letter.signer {
                Signer::Enterprise(id) => {
                    let enterprise = run.register.get(id);
                    (enterprise.name.clone(), enterprise.village.clone())
                }
                Signer::Village | Signer::Department => {
                    let units = run.year_end.units.iter().map(|unit| &unit.unit);
                    let name = units.into_iter().find(|unit| unit.number == letter.unit);
                    (name.map_or_else(String::new, |unit| unit.name.clone()), run.register.town.clone())
                }
            };
            let number = grid.n_rows() + 1;
            let entry = |key: &str| match key {
                "number" => Entry::count(number),
                "of" => Entry::text(title(letter.signer)),
                "unit" => Entry::text(format!("{} {name}", letter.unit).trim_end().to_owned()),
                "over" => Entry::text(over.clone()),
                "signed" => Entry::day(signed),
                "person" => Entry::text(person.to_owned()),
                "lacks" => Entry::text(lacks.join(";")),
                _ => at.map_or(Entry::Empty, |at| Entry::text(cell(run, at))),
            };
            self.row(grid, block, &entry);
        }
    }

    /// Posts with the fields they answer for by name, and the fields that nobody does.
    pub(super) fn duties(&self, grid: &mut Grid<'_>, block: &Named) {
        let run = self.publication.run;
        let letters = &run.supervision.letters;
        // One column of the template stands for all fields.
        let headings = block.columns.iter().flat_map(|column| {
            let texts = match column.key {
                "field" => letters.fields.clone(),
                _ => vec![column.header.to_string()],
            };
            let heading = |text| Heading {
                text: Cow::Owned(text),
                min: column.min,
                max: column.max,
                align: column.align,
            };
            texts.into_iter().map(heading).collect::<Vec<_>>()
        });
        grid.table_with(block.caption.fill(self.words), headings.collect());
        let n_fields = letters.fields.len();
        let line = |own: &dyn Fn(&str) -> Entry<'static>, field: &dyn Fn(usize) -> Entry<'static>| {
            let columns = block.columns.iter();
            let entries = columns.flat_map(|column| match column.key {
                "field" => (0..n_fields).map(field).collect::<Vec<_>>(),
                key => vec![own(key)],
            });
            entries.collect::<Vec<_>>()
        };
        for post in &letters.posts {
            let own = |key: &str| match key {
                "post" => Entry::text(post.post.clone()),
                "person" if post.person.is_empty() => Entry::text("缺负责人"),
                "person" => Entry::text(post.person.clone()),
                _ => Entry::text(cell(run, post.at)),
            };
            let holds = |field| Entry::text(if post.fields.contains(&field) { "●" } else { "" });
            grid.row(Row::body(line(&own, &holds)));
        }
        if letters.posts.is_empty() {
            return;
        }
        let own = |key: &str| Entry::text(if key == "post" { "缺口" } else { "" });
        let open: Vec<&str> = letters.open_fields().collect();
        let gap = |field: usize| {
            Entry::text(if open.contains(&&*letters.fields[field]) { "无人分管" } else { "" })
        };
        grid.row(Row::total(line(&own, &gap)));
    }
}
