//! 排名: the latest check of each unit by score, and below it the earlier checks.
//! Knows no arithmetic of scores: ranks and scores come from the run.

use super::super::grid::{self, Entry, Grid, Row, Shown};
use super::super::template::{Block, RankingKey, Sheet, Words};
use super::super::wording;
use super::{Checked, Links, Sector, hazards};
use crate::model::{Decimal, Effect};

/// Printed where a unit has no rank.
const NO_RANK: &str = "—";

pub(super) fn lay_out<'a>(
    sector: &'a Sector<'a>,
    name: String,
    sheet: &'a Sheet,
    ((latest, earlier, total), kind): ((&'a Block<RankingKey>, &'a Block<RankingKey>, &'a str), u32),
    words: &Words,
    links: &Links,
) -> Grid<'a> {
    let mut grid = Grid::new(name, sheet, words);
    let row = |block: &Block<RankingKey>, position: usize| {
        let checked = &sector.checks[position];
        Row::body(
            block.columns.iter().map(|column| entry(sector, checked, position, column.key, links)).collect(),
        )
    };

    grid.table(latest, words);
    let mut ranked: Vec<usize> = sector
        .of_kind(kind)
        .filter(|(_, checked)| checked.check.latest)
        .map(|(position, _)| position)
        .collect();
    ranked.sort_by_key(|position| order(&sector.checks[*position], *position));
    let first = grid.next_row0();
    for position in &ranked {
        grid.row(row(latest, *position));
    }
    if let Some(last) = grid.next_row0().checked_sub(1).filter(|last| *last >= first) {
        let checks = || ranked.iter().map(|position| &sector.checks[*position]);
        grid.row(totals(sector, latest, checks, total, first, last));
    }
    grid.or_none("本期没有检查");

    let others: Vec<usize> = sector
        .of_kind(kind)
        .filter(|(_, checked)| !checked.check.latest)
        .map(|(position, _)| position)
        .collect();
    if !others.is_empty() {
        grid.table(earlier, words);
        for position in others {
            grid.row(row(earlier, position));
        }
    }
    grid
}

/// Ranked units first, then vetoed ones by score, then those without a score. What is equal keeps
/// the order of the run.
fn order(checked: &Checked<'_>, position: usize) -> (u8, u32, std::cmp::Reverse<Decimal>, usize) {
    let score = checked.score().and_then(|score| score.score);
    let class = match (checked.check.rank, score) {
        (Some(_), _) => 0,
        (None, Some(_)) => 1,
        (None, None) if checked.failure().is_none() => 2,
        (None, None) => 3,
    };
    (class, checked.check.rank.unwrap_or(0), std::cmp::Reverse(score.unwrap_or(Decimal::ZERO)), position)
}

fn entry<'a>(
    sector: &Sector<'a>,
    checked: &Checked<'a>,
    position: usize,
    key: RankingKey,
    links: &Links,
) -> Entry<'a> {
    let score = checked.score();
    let scheme = sector.manifest.schemes.first();
    let shown = Shown::Fixed(scheme.map_or(1, |scheme| scheme.digits));
    // A score of nothing is no score: what could be earned is left out with it.
    let points = |of: fn(&crate::model::SchemeScore) -> Decimal| match score {
        Some(score) if score.score.is_some() => Entry::points(of(score)),
        _ => Entry::Empty,
    };
    match key {
        RankingKey::Rank => match checked.check.rank {
            Some(rank) => Entry::Number(rank.into(), Shown::Integer),
            None => Entry::text(NO_RANK),
        },
        RankingKey::Name => Entry::link(checked.name(), links.sheet(position)),
        RankingKey::Code => Entry::code(checked.code()),
        RankingKey::Village => Entry::text(checked.village()),
        RankingKey::Date => Entry::Day(checked.check.subject.date),
        RankingKey::Possible => points(|score| score.possible),
        RankingKey::Deducted => points(|score| score.deducted),
        RankingKey::Got => points(|score| score.got),
        RankingKey::Score => {
            score.and_then(|score| score.score).map_or(Entry::Empty, |score| Entry::Number(score, shown))
        }
        RankingKey::Interim => {
            score.and_then(|score| score.interim).map_or(Entry::Empty, |score| Entry::Number(score, shown))
        }
        RankingKey::Coverage => checked.scored.map_or(Entry::Empty, |scored| {
            Entry::text(format!("{}/{}", scored.coverage.checked, scored.coverage.applicable))
        }),
        RankingKey::Grade => match score {
            Some(score) => Entry::text(&*score.grade),
            None => Entry::text("未评定"),
        },
        RankingKey::Ruling => Entry::text(rulings(sector, checked)),
        RankingKey::Majors => Entry::count(hazards::majors(sector, checked).len()),
        RankingKey::Remark => Entry::text(remark(sector, checked)),
        RankingKey::Sheet => {
            Entry::link(links.sheets.get(position).cloned().unwrap_or_default(), links.sheet(position))
        }
    }
}

/// Vetoes, caps and referrals with the codes of their items.
fn rulings(sector: &Sector<'_>, checked: &Checked<'_>) -> String {
    let Some(assessed) = checked.assessed else { return String::new() };
    let shown: Vec<_> = assessed
        .rulings
        .iter()
        .map(|ruling| {
            let what = match ruling.effect {
                Effect::Veto(_) => "一票否决",
                Effect::Cap(_) => "等次封顶",
                Effect::Referral => "移送",
            };
            format!("{what}:{}", wording::codes(sector.manifest, &ruling.items))
        })
        .collect();
    shown.join("\n")
}

fn remark(sector: &Sector<'_>, checked: &Checked<'_>) -> String {
    let mut remarks = Vec::new();
    remarks.extend(checked.failure());
    if checked.enterprise.is_none() {
        remarks.push("名录中没有该单位".to_owned());
    }
    if let Some(score) = checked.score() {
        if score.score.is_none() {
            remarks.push("未查任何项目".to_owned());
        } else if !score.grade_by_score.is_empty() && score.grade_by_score != score.grade {
            remarks.push(format!("按得分为{}", score.grade_by_score));
        }
    }
    // Further named scores have no column of their own.
    if let Some(scored) = checked.scored {
        for score in scored.schemes.iter().skip(1) {
            let scheme = &sector.manifest.schemes[score.scheme as usize];
            let shown = score.score.map_or_else(|| "未评定".to_owned(), |score| score.to_string());
            remarks.push(format!("{}{shown}{}", scheme.title, score.grade));
        }
    }
    remarks.join(";")
}

fn totals<'a, 'b: 'a, I: Iterator<Item = &'a Checked<'b>>>(
    sector: &Sector<'_>,
    block: &Block<RankingKey>,
    checks: impl Fn() -> I,
    label: &'b str,
    first: u32,
    last: u32,
) -> Row<'b> {
    let digits = sector.manifest.schemes.first().map_or(1, |scheme| scheme.digits);
    let sum = |position: usize, numbers: Vec<Decimal>| {
        let total: Decimal = numbers.into_iter().sum();
        Entry::Formula(grid::sum(position as u16, first, last), total, Shown::Points)
    };
    let scored = |of: fn(&crate::model::SchemeScore) -> Decimal| -> Vec<Decimal> {
        checks().filter_map(Checked::score).filter(|score| score.score.is_some()).map(of).collect()
    };
    let mean = |position: usize, scores: Vec<Decimal>| {
        let count = Decimal::from(scores.len());
        match scores.iter().sum::<Decimal>().checked_div(count) {
            Some(mean) => {
                let range = grid::sum(position as u16, first, last).replacen("SUM", "AVERAGE", 1);
                Entry::Formula(range, mean, Shown::Fixed(digits))
            }
            None => Entry::Empty,
        }
    };
    let mut entries: Vec<Entry<'b>> = Vec::new();
    for (position, column) in block.columns.iter().enumerate() {
        entries.push(match column.key {
            RankingKey::Possible => sum(position, scored(|score| score.possible)),
            RankingKey::Deducted => sum(position, scored(|score| score.deducted)),
            RankingKey::Got => sum(position, scored(|score| score.got)),
            RankingKey::Score => mean(position, checks().filter_map(|one| one.score()?.score).collect()),
            RankingKey::Interim => mean(position, checks().filter_map(|one| one.score()?.interim).collect()),
            RankingKey::Majors => {
                let majors = checks().map(|one| hazards::majors(sector, one).len()).sum::<usize>();
                Entry::Formula(grid::sum(position as u16, first, last), Decimal::from(majors), Shown::Integer)
            }
            _ => Entry::Empty,
        });
    }
    // The label takes the columns in front of the first number.
    let numbered = entries.iter().position(|entry| !matches!(entry, Entry::Empty)).unwrap_or(entries.len());
    let mut row = Row::total(entries);
    if numbered > 0 {
        row.entries[0] = Entry::text(label);
        row.spans.push((0, numbered as u16 - 1));
    }
    row
}
