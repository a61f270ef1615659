//! 归属确认表: names that nobody could be found for, with whom they resemble, and a cell to say whom
//! they mean. Decides nothing: similarity proposes, a person disposes.

use std::collections::BTreeMap;

use rust_xlsxwriter::{DataValidation, DataValidationErrorStyle, XlsxError};

use super::grid::{self, Drawn, Entry, Grid, Row, Styles};
use super::template::{Block, NameKey, Sheet, Words};
use crate::model::register::NOT_LISTED;
use crate::model::text::match_key;
use crate::model::{EnterpriseId, Place, ProblemCode, Resolver, Run};

/// The most candidates that are proposed for a name.
const MAX_CANDIDATES: usize = 5;
/// The longest list of choices that a cell can carry, in UTF-16 units with its commas.
const MAX_CHOICES: usize = 255;

/// A name without an owner.
struct Name<'r> {
    name: &'r str,
    n_places: usize,
    first: Place,
}

/// The names of a run that mean nobody for certain, in the order of their first places.
fn names(run: &Run) -> Vec<Name<'_>> {
    let mut by_key: BTreeMap<String, Name<'_>> = BTreeMap::new();
    for problem in &run.problems {
        if matches!(problem.code, ProblemCode::NameAmbiguous | ProblemCode::UnitUnknown)
            && !problem.found.trim().is_empty()
        {
            let name = Name { name: &problem.found, n_places: 0, first: problem.at };
            by_key.entry(match_key(&problem.found)).or_insert(name).n_places += 1;
        }
    }
    let mut names: Vec<_> = by_key.into_values().collect();
    names.sort_by_key(|name| name.first);
    names
}

/// Draws the sheet; none where every name has its owner.
///
/// Errors: what the writer refuses.
pub(super) fn draw(
    run: &Run,
    name: String,
    sheet: &Sheet,
    block: &Block<NameKey>,
    words: &Words,
    styles: &Styles,
) -> Result<Option<Drawn>, XlsxError> {
    let names = names(run);
    if names.is_empty() {
        return Ok(None);
    }
    let resolver = Resolver::new(&run.register);
    let mut grid = Grid::new(name, sheet, words);
    grid.table(block, words);
    let first_row0 = grid.next_row0();
    let mut choices = Vec::new();
    for name in &names {
        let candidates: Vec<_> = resolver.candidates(name.name, MAX_CANDIDATES);
        let shown: Vec<_> = candidates.iter().map(|id| label(run, *id)).collect();
        let number = grid.n_rows() + 1;
        let entry = |key| match key {
            NameKey::Number => Entry::count(number),
            NameKey::Name => Entry::text(name.name.to_owned()),
            NameKey::Count => Entry::count(name.n_places),
            NameKey::Place => Entry::text(run.sources.show(name.first)),
            NameKey::Candidates => Entry::text(shown.join("\n")),
            NameKey::Owner => Entry::Empty,
        };
        grid.row(Row::body(block.columns.iter().map(|column| entry(column.key)).collect()));
        choices.push(shown);
    }
    let mut sheet = grid::draw(&grid, styles)?;
    if let Some(column) = block.position(NameKey::Owner) {
        for (row0, shown) in (first_row0..).zip(choices) {
            let mut fitting = Vec::new();
            let mut left = MAX_CHOICES - NOT_LISTED.encode_utf16().count();
            for choice in shown.into_iter().filter(|choice| !choice.contains([',', '"'])) {
                let size = choice.encode_utf16().count() + 1;
                if size <= left {
                    left -= size;
                    fitting.push(choice);
                }
            }
            fitting.push(NOT_LISTED.to_owned());
            // Other enterprises of the register may be typed.
            let choice = DataValidation::new()
                .allow_list_strings(&fitting)?
                .set_error_style(DataValidationErrorStyle::Information);
            sheet.frame.add_data_validation(row0, column, row0, column, &choice)?;
        }
    }
    Ok(Some(sheet))
}

/// An enterprise as it is chosen: number and name.
fn label(run: &Run, id: EnterpriseId) -> String {
    let enterprise = run.register.get(id);
    format!("{} {}", enterprise.number, enterprise.name).trim().to_owned()
}
