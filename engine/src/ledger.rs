//! The hazard ledger: entries of every list become hazards, each once, with their closings judged.
//! Reads no file and knows no checklist; what a locality may set otherwise is data, `templates/ledger/rules.toml`.

mod blocks;
mod decisions;
mod entries;
mod records;
mod rules;
mod sameness;
mod suggestions;
#[cfg(test)]
mod tests;

pub use rules::Rules;
pub use suggestions::suggest;

use crate::model::{Date, EnterpriseId, Ledger, Problem, Register, Resolved, Resolver, Sources, Table};

/// Makes the ledger from the tables of the filings in force.
///
/// Shape: see [`Ledger`]; problems in the order of the steps. A list enters the ledger whatever else is
/// wrong with its filing.
/// Errors: none; what cannot be used is a problem.
pub fn build(
    sources: &Sources,
    tables: &[Table],
    register: &Register,
    resolver: &Resolver<'_>,
    rules: &Rules,
) -> (Ledger, Vec<Problem>) {
    let blocks = blocks::Blocks::of(tables, rules);
    let entries = entries::read(sources, tables, register, resolver, &blocks, rules);
    let (decided, mut problems) = decisions::read(sources, tables, &entries);
    problems.extend(entries::several_in_a_cell(&entries));
    problems.extend(entries::unknown_finders(tables));
    let links = sameness::link(&entries, &decided, rules);
    problems.extend(links.problems);
    let (hazards, of_records) = records::merge(&entries, links.groups, register, rules);
    problems.extend(of_records);
    let ledger = Ledger {
        entries,
        hazards,
        pairs: links.pairs,
        villages: blocks.list,
        sectors: rules.sector_order(),
        rate_digits: rules.rate_digits,
        visits: visits(tables, resolver),
        suggestions: Vec::new(),
        filed_report: rules.filed_report().to_owned(),
        report_days: rules.report_days,
        major_standards: rules.major_standards.clone(),
    };
    (ledger, problems)
}

/// Enterprises that were visited, each once a day.
fn visits(tables: &[Table], resolver: &Resolver<'_>) -> Vec<(Date, EnterpriseId)> {
    let mut visits = Vec::new();
    for table in tables.iter().filter(|table| table.is("visits")) {
        let (Some(date), Some(unit)) = (table.field("date"), table.field("unit")) else { continue };
        let code = table.field("credit_code");
        for row in &table.rows {
            let Some(day) = row.cells[date].value.day() else { continue };
            let code = code.map_or_else(String::new, |code| entries::code_key(&row.cells[code]));
            if let Resolved::Known { id, .. } = resolver.resolve(&row.cells[unit].shown(), &code) {
                visits.push((day, id));
            }
        }
    }
    visits.sort_unstable();
    visits.dedup();
    visits
}
