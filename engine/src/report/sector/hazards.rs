//! 重大隐患清单: failing items typed 重大 and major hazards that the rules see, one row for a check
//! and item; below it what is to be handed to the competent authority, always as a suspicion.
//! Knows no ledger: whether a hazard was put right is what the check sheet says.

use super::super::grid::{Entry, Grid, Row};
use super::super::template::{Block, HazardKey, ReferralKey, Sheet, Words};
use super::super::wording;
use super::{Checked, Line, Links, Sector};
use crate::model::{Effect, Hazard, HazardLevel, Ruling};

/// A major hazard of one check.
pub(super) struct Major<'c, 'a> {
    /// The line of the sheet, with its position, where it has one.
    pub line: Option<(usize, &'c Line<'a>)>,
    /// What the rules say about it.
    pub hazards: Vec<&'a Hazard>,
}

/// The major hazards of a check: lines in the order of the checklist, then what has no line.
pub(super) fn majors<'c, 'a>(sector: &Sector<'a>, checked: &'c Checked<'a>) -> Vec<Major<'c, 'a>> {
    let major = |hazard: &&Hazard| hazard.level == HazardLevel::Major;
    let hazards = || checked.assessed.iter().flat_map(|assessed| &assessed.hazards).filter(major);
    let mut found = Vec::new();
    for (position, line) in checked.lines.iter().enumerate() {
        let seen: Vec<_> = hazards().filter(|hazard| hazard.item == Some(line.index)).collect();
        let typed = line.score.verdict.fails() && line.answer.level == Some(HazardLevel::Major);
        if typed || !seen.is_empty() {
            found.push(Major { line: Some((position, line)), hazards: seen });
        }
    }
    for hazard in hazards() {
        let has_line = |item| checked.lines.iter().any(|line| line.index == item);
        if !hazard.item.is_some_and(has_line) {
            found.push(Major { line: None, hazards: vec![hazard] });
        }
    }
    let _ = sector;
    found
}

pub(super) fn lay_out<'a>(
    sector: &'a Sector<'a>,
    name: String,
    sheet: &'a Sheet,
    (hazards, referrals): (&'a Block<HazardKey>, &'a Block<ReferralKey>),
    words: &Words,
    links: &Links,
) -> Grid<'a> {
    let mut grid = Grid::new(name, sheet, words);
    grid.table(hazards, words);
    for (position, checked) in sector.checks.iter().enumerate() {
        for major in majors(sector, checked) {
            let number = grid.n_rows() + 1;
            let entry = |key| hazard_entry(sector, (position, checked), &major, key, number, links);
            grid.row(Row::body(hazards.columns.iter().map(|column| entry(column.key)).collect()));
        }
    }
    grid.or_none("无");

    grid.table(referrals, words);
    for (position, checked) in sector.checks.iter().enumerate() {
        let rulings = checked.assessed.iter().flat_map(|assessed| &assessed.rulings);
        for ruling in rulings.filter(|ruling| ruling.effect == Effect::Referral) {
            let number = grid.n_rows() + 1;
            let entry = |key| referral_entry(sector, (position, checked), ruling, key, number, links);
            grid.row(Row::body(referrals.columns.iter().map(|column| entry(column.key)).collect()));
        }
    }
    grid.or_none("无");
    grid
}

fn hazard_entry<'a>(
    sector: &Sector<'a>,
    (position, checked): (usize, &Checked<'a>),
    major: &Major<'_, 'a>,
    key: HazardKey,
    number: usize,
    links: &Links,
) -> Entry<'a> {
    let manifest = sector.manifest;
    let date = checked.check.subject.date;
    let line = major.line.map(|(_, line)| line);
    match key {
        HazardKey::Number => Entry::count(number),
        HazardKey::Name => Entry::text(unit_name(checked)),
        HazardKey::Code => Entry::code(checked.code()),
        HazardKey::Village => Entry::text(checked.village()),
        HazardKey::Item => {
            let code = match (line, major.hazards.first().and_then(|hazard| hazard.item)) {
                (Some(line), _) => &*line.item.code,
                (None, Some(item)) => &*manifest.items[item as usize].code,
                (None, None) => "",
            };
            Entry::link(code, major.line.and_then(|(at, _)| links.line(position, at)))
        }
        HazardKey::Hazard => {
            let mut texts = Vec::new();
            if let Some(line) = line {
                texts.push(if line.answer.written().finding.is_empty() {
                    format!("不符合:{}", line.item.requirement)
                } else {
                    line.answer.written().finding.clone()
                });
            }
            texts.extend(major.hazards.iter().map(|hazard| hazard.reason.render(manifest)));
            Entry::text(texts.join("\n"))
        }
        HazardKey::Basis => {
            let mut clauses = Vec::new();
            if let Some(line) = line {
                let basis = wording::major_basis(manifest, line.item, date);
                clauses.extend(Some(basis).filter(|basis| !basis.is_empty()));
            }
            for hazard in &major.hazards {
                let known = line.is_some_and(|line| {
                    let mut bases = line.item.major_bases.iter();
                    bases.any(|basis| Some(basis.edition) == hazard.edition && basis.clause == hazard.clause)
                });
                if let (Some(edition), false) = (hazard.edition, known) {
                    let title = &manifest.editions[edition as usize].title;
                    clauses.push(format!("{title} {}", hazard.clause).trim_end().to_owned());
                }
            }
            let clauses = match clauses.is_empty() {
                true => "检查人员判定,检查表未列判定条款".to_owned(),
                false => clauses.join("\n"),
            };
            Entry::text(clauses)
        }
        HazardKey::Found => Entry::Day(date),
        HazardKey::Deadline => Entry::day(line.and_then(|line| line.answer.written().deadline)),
        HazardKey::Done => Entry::day(line.and_then(|line| line.answer.written().done)),
        HazardKey::Source => {
            let mut positions: Vec<u32> = line.iter().map(|line| line.answer.evidence).collect();
            positions.extend(major.hazards.iter().flat_map(|hazard| &hazard.evidence));
            Entry::text(sources(sector, checked, positions))
        }
    }
}

fn referral_entry<'a>(
    sector: &Sector<'a>,
    (position, checked): (usize, &Checked<'a>),
    ruling: &Ruling,
    key: ReferralKey,
    number: usize,
    links: &Links,
) -> Entry<'a> {
    let manifest = sector.manifest;
    let date = checked.check.subject.date;
    match key {
        ReferralKey::Name => Entry::text(unit_name(checked)),
        ReferralKey::Number => Entry::link(number.to_string(), links.sheet(position)),
        ReferralKey::Code => Entry::code(checked.code()),
        ReferralKey::Village => Entry::text(checked.village()),
        ReferralKey::Items => Entry::text(wording::codes(manifest, &ruling.items)),
        ReferralKey::Statement => Entry::text(ruling.reason.render(manifest)),
        ReferralKey::Basis => {
            let bases = ruling.items.iter().filter_map(|item| {
                let item = &manifest.items[*item as usize];
                let basis = wording::major_basis(manifest, item, date);
                (!basis.is_empty()).then(|| format!("{}:{basis}", item.code))
            });
            Entry::text(bases.collect::<Vec<_>>().join("\n"))
        }
        ReferralKey::Found => Entry::Day(date),
        ReferralKey::Source => {
            let mut positions = ruling.evidence.clone();
            if positions.is_empty() {
                let of_items = checked.lines.iter().filter(|line| ruling.items.contains(&line.index));
                positions.extend(of_items.map(|line| line.answer.evidence));
            }
            Entry::text(sources(sector, checked, positions))
        }
    }
}

/// The enterprise, and the unit within it where there is one.
fn unit_name<'a>(checked: &Checked<'a>) -> String {
    let unit = &checked.check.subject.unit;
    if unit.is_empty() { checked.name().to_owned() } else { format!("{} · {unit}", checked.name()) }
}

/// `file › sheet › F8、F9`: the file once, then the cells.
fn sources(sector: &Sector<'_>, checked: &Checked<'_>, mut positions: Vec<u32>) -> String {
    positions.sort_unstable();
    positions.dedup();
    let cells = checked.cells(sector.run, positions);
    match checked.home() {
        Some(home) if !cells.is_empty() && !cells.contains('›') => {
            let sources = &sector.run.sources;
            format!(
                "{} › {} › {cells}",
                sources.get(home.source).path,
                sources.sheet(home.source, home.sheet)
            )
        }
        _ => cells,
    }
}
