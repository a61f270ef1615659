//! 评分表: one check, a row an item, with subtotals, the working of the score and the rulings.
//! Knows no arithmetic of scores: sums are formulas only where they give what `score` says.

use super::super::grid::{self, Entry, Grid, Row, Shown, Tone};
use super::super::template::{Block, ScoreKey, ScoreLabels, Sheet, Words};
use super::super::wording;
use super::{Checked, Line, Links, Sector, hazards};
use crate::model::{CellRef, Decimal, Effect, Unchecked, Verdict};

/// The row, from 0, of the first item on every score sheet of a template.
pub(super) fn first_row0(sheet: &Sheet, items: &Block<ScoreKey>, words: &Words) -> u32 {
    let mut grid = Grid::new(String::new(), sheet, words);
    grid.table(items, words);
    grid.next_row0()
}

/// The row of each line: a subtotal follows the last line of each category.
pub(super) fn rows0(checked: &Checked<'_>, first: u32) -> Vec<u32> {
    let mut row = first;
    let mut rows = Vec::with_capacity(checked.lines.len());
    for category in categories(checked) {
        rows.extend(row..row + category.len() as u32);
        row += category.len() as u32 + 1;
    }
    rows
}

/// The lines of each category.
fn categories<'c, 'a>(checked: &'c Checked<'a>) -> impl Iterator<Item = &'c [Line<'a>]> {
    checked.lines.chunk_by(|one, next| one.item.category == next.item.category)
}

pub(super) fn lay_out<'a>(
    sector: &'a Sector<'a>,
    position: usize,
    sheet: &'a Sheet,
    (items, labels): (&'a Block<ScoreKey>, &'a ScoreLabels),
    words: &Words,
    links: &Links,
) -> Grid<'a> {
    let checked = &sector.checks[position];
    let words = sector.check_words(checked, words);
    let mut grid = Grid::new(links.sheets[position].clone(), sheet, &words);
    grid.table(items, &words);

    let mut at = 0;
    let mut subtotals = Vec::new();
    for lines in categories(checked) {
        let first_index = grid.n_rows();
        let first = grid.next_row0();
        for line in lines {
            let entry = |key| entry(sector, checked, (position, at), line, key, labels, links);
            grid.row(Row::body(items.columns.iter().map(|column| entry(column.key)).collect()));
            at += 1;
        }
        if let Some(column) = items.position(ScoreKey::Category) {
            grid.tall(first_index, grid.n_rows() - 1, column);
        }
        subtotals.push(grid.next_row0());
        let last = grid.next_row0() - 1;
        grid.row(sums(items, &labels.subtotal, |column, key| {
            Entry::Formula(
                grid::sum(column, first, last),
                lines.iter().filter_map(|line| points(sector, line, key)).sum(),
                Shown::Points,
            )
        }));
    }
    summary(&mut grid, sector, checked, items, labels, &subtotals);
    grid
}

/// What a line adds to a column of points; none where the cell holds no number.
fn points(sector: &Sector<'_>, line: &Line<'_>, key: ScoreKey) -> Option<Decimal> {
    let score = line.score;
    if !line.item.scored {
        return None;
    }
    match key {
        ScoreKey::Points => (score.verdict != Verdict::NotSelected).then_some(score.points),
        ScoreKey::Deducted => (score.verdict.fails() || !score.deducted.is_zero()).then_some(score.deducted),
        ScoreKey::Got => match score.verdict {
            Verdict::Pass | Verdict::Partial | Verdict::Fail => Some(score.got),
            Verdict::NotChecked | Verdict::Error => {
                let zero =
                    sector.manifest.schemes.first().is_none_or(|scheme| scheme.unchecked == Unchecked::Zero);
                zero.then_some(score.got)
            }
            _ => (!score.got.is_zero()).then_some(score.got),
        },
        _ => None,
    }
}

fn entry<'a>(
    sector: &Sector<'a>,
    checked: &Checked<'a>,
    (position, at): (usize, usize),
    line: &Line<'a>,
    key: ScoreKey,
    labels: &'a ScoreLabels,
    links: &Links,
) -> Entry<'a> {
    let manifest = sector.manifest;
    let date = checked.check.subject.date;
    let Line { item, answer, outcome, score, .. } = *line;
    match key {
        // Links stand in short cells: some readers neither wrap nor break a long link.
        ScoreKey::Item if line.lost() => Entry::link(&*item.code, links.clauses.get(&line.index).cloned()),
        ScoreKey::Item => Entry::code(&*item.code),
        ScoreKey::Category => Entry::text(&*manifest.categories[item.category as usize].title),
        ScoreKey::Requirement => Entry::text(&*item.requirement),
        ScoreKey::Method => Entry::text(&*item.method),
        ScoreKey::Points if !item.scored => Entry::text(Verdict::Informational.title()),
        ScoreKey::Points | ScoreKey::Deducted => {
            points(sector, line, key).map_or(Entry::Empty, Entry::points)
        }
        ScoreKey::Got => match points(sector, line, key) {
            Some(got) => Entry::points(got),
            None if !item.scored => Entry::Empty,
            None if score.verdict == Verdict::NotApplicable => Entry::text(&*labels.excused),
            None => Entry::text(score.verdict.title()),
        },
        ScoreKey::Verdict => Entry::text(score.verdict.title()),
        ScoreKey::Reason => Entry::text(wording::reasons(manifest, item, answer, outcome, score)),
        ScoreKey::Basis => Entry::text(wording::basis(manifest, item, date)),
        ScoreKey::Major if line.lost() => Entry::text(wording::major_basis(manifest, item, date)),
        ScoreKey::Major => Entry::Empty,
        ScoreKey::Source => {
            let cells = [Some(answer.evidence), answer.written().number_evidence.filter(|_| line.lost())];
            let mut cells: Vec<u32> =
                cells.into_iter().flatten().chain(outcome.evidence().iter().copied()).collect();
            cells.dedup();
            Entry::link(checked.cells(sector.run, cells), links.evidence.get(&(position, at)).cloned())
        }
    }
}

/// A row with a label in front and sums in the columns of points.
fn sums<'a>(items: &Block<ScoreKey>, label: &'a str, sum: impl Fn(u16, ScoreKey) -> Entry<'a>) -> Row<'a> {
    let entries: Vec<Entry<'a>> = items
        .columns
        .iter()
        .enumerate()
        .map(|(column, spec)| match spec.key {
            ScoreKey::Points | ScoreKey::Deducted | ScoreKey::Got => sum(column as u16, spec.key),
            _ => Entry::Empty,
        })
        .collect();
    let first_is_text = matches!(entries.first(), Some(Entry::Empty));
    let mut row = Row::total(entries);
    // A template may begin with the points; then there is no room for a label.
    if first_is_text {
        row.entries[0] = Entry::text(label);
        row.spans.push((0, label_columns(items) - 1));
    }
    row
}

/// How many columns stand in front of the points; at least one, which labels take.
fn label_columns(items: &Block<ScoreKey>) -> u16 {
    let numbered = |key: ScoreKey| matches!(key, ScoreKey::Points | ScoreKey::Deducted | ScoreKey::Got);
    items.columns.iter().position(|column| numbered(column.key)).unwrap_or(items.columns.len()).max(1) as u16
}

/// The rows below the items.
fn summary<'a>(
    grid: &mut Grid<'a>,
    sector: &'a Sector<'a>,
    checked: &Checked<'a>,
    items: &Block<ScoreKey>,
    labels: &'a ScoreLabels,
    subtotals: &[u32],
) {
    let manifest = sector.manifest;
    let n_columns = grid.n_columns();
    let split = label_columns(items);
    let note = |grid: &mut Grid<'a>, label: &'a str, text: String| {
        grid.row(Row::labelled(label, text, split, n_columns));
    };
    if let (Some(score), Some(scored)) = (checked.score(), checked.scored) {
        let of = |key| checked.lines.iter().filter_map(|line| points(sector, line, key)).sum::<Decimal>();
        // What acts on a category or on the whole sheet stands on no line of its own.
        let (lines_deducted, lines_got) = (of(ScoreKey::Deducted), of(ScoreKey::Got));
        let other = score.deducted - lines_deducted;
        let mut added: Vec<u32> = subtotals.to_vec();
        if !other.is_zero() && lines_got - score.got == other {
            added.push(grid.next_row0());
            grid.row(sums(items, &labels.other_deductions, |_, key| match key {
                ScoreKey::Deducted => Entry::points(other),
                ScoreKey::Got => Entry::points(-other),
                _ => Entry::Empty,
            }));
        }
        let adjusted = added.len() > subtotals.len();
        let total_row = grid.next_row0();
        grid.row(sums(items, &labels.total, |column, key| {
            let (stated, lines) = match key {
                ScoreKey::Points => (score.full, of(key)),
                ScoreKey::Deducted => {
                    (score.deducted, lines_deducted + if adjusted { other } else { Decimal::ZERO })
                }
                _ => (score.got, lines_got - if adjusted { other } else { Decimal::ZERO }),
            };
            // Excel takes 255 arguments.
            if stated == lines && added.len() <= 255 {
                let cells: Vec<_> =
                    added.iter().map(|row| CellRef::new(*row, column.into()).to_string()).collect();
                Entry::Formula(format!("=SUM({})", cells.join(",")), stated, Shown::Points)
            } else {
                Entry::points(stated)
            }
        }));
        let excused_row = grid.next_row0();
        let only_points = |entry: Entry<'a>| {
            move |_: u16, key| if key == ScoreKey::Points { entry.clone() } else { Entry::Empty }
        };
        grid.row(sums(items, &labels.not_applicable, only_points(Entry::points(score.not_applicable))));
        let possible = match items.position(ScoreKey::Points) {
            Some(column) if score.full - score.not_applicable == score.possible => {
                let cell = |row| CellRef::new(row, column.into());
                let formula = format!("={}-{}", cell(total_row), cell(excused_row));
                Entry::Formula(formula, score.possible, Shown::Points)
            }
            _ => Entry::points(score.possible),
        };
        grid.row(sums(items, &labels.possible, only_points(possible)));

        for score in &scored.schemes {
            let scheme = &manifest.schemes[score.scheme as usize];
            let given =
                checked.assessed.and_then(|a| a.scores.iter().find(|given| given.scheme == score.scheme));
            let working = wording::working(manifest, scheme, score, given);
            let first = score.scheme == 0;
            let label = if first { &*labels.score } else { &*scheme.title };
            // The score is a value and not a formula: Excel's ROUND works on binary fractions and
            // may fall on the other side of a tie than the exact score does.
            let got = items.position(ScoreKey::Got).filter(|column| *column >= split);
            let mut row = Row::labelled(label, working, split, n_columns);
            if let (Some(column), Some(shown)) = (got, score.score) {
                let text = std::mem::replace(&mut row.entries[usize::from(split)], Entry::Empty);
                row.entries[usize::from(column)] = Entry::Number(shown, Shown::Fixed(scheme.digits));
                row.spans.truncate(1);
                if column + 1 < n_columns {
                    row.entries[usize::from(column) + 1] = text;
                    row.spans.push((column + 1, n_columns - 1));
                }
            }
            row.tone = Tone::Total;
            grid.row(row);
            if first && scored.coverage.checked < scored.coverage.applicable {
                let interim = score.interim.map_or_else(|| "—".to_owned(), |interim| interim.to_string());
                let left = scored.coverage.applicable - scored.coverage.checked;
                let text = format!(
                    "{interim}(应查{}项,已查{}项,未查{left}项)",
                    scored.coverage.applicable, scored.coverage.checked
                );
                note(grid, &labels.interim, text);
            }
            if !score.grade.is_empty() {
                let text = if score.grade_by_score.is_empty() || score.grade_by_score == score.grade {
                    score.grade.clone()
                } else {
                    format!("{}(按得分为{})", score.grade, score.grade_by_score)
                };
                note(grid, &labels.grade, text);
            }
        }
    }
    let rulings = |wanted: fn(Effect) -> bool| {
        let rulings = checked.assessed.iter().flat_map(|assessed| &assessed.rulings);
        rulings.filter(move |ruling| wanted(ruling.effect)).collect::<Vec<_>>()
    };
    let shown = |ruling: &&crate::model::Ruling| {
        let mut text =
            format!("{}:{}", wording::codes(manifest, &ruling.items), ruling.reason.render(manifest));
        for item in &ruling.items {
            let basis = wording::basis(manifest, &manifest.items[*item as usize], checked.check.subject.date);
            if !basis.is_empty() {
                text.push_str(&format!("(依据:{basis})"));
            }
        }
        text
    };
    let vetoes: Vec<_> = rulings(|effect| matches!(effect, Effect::Veto(_))).iter().map(shown).collect();
    note(grid, &labels.veto, if vetoes.is_empty() { "无".to_owned() } else { vetoes.join("\n") });
    let caps: Vec<_> = rulings(|effect| matches!(effect, Effect::Cap(_))).iter().map(shown).collect();
    if !caps.is_empty() {
        note(grid, &labels.cap, caps.join("\n"));
    }
    let referrals: Vec<_> = rulings(|effect| effect == Effect::Referral)
        .iter()
        .map(|ruling| {
            format!("{}({})", ruling.reason.render(manifest), wording::codes(manifest, &ruling.items))
        })
        .collect();
    if !referrals.is_empty() {
        note(grid, &labels.referral, referrals.join("\n"));
    }
    let majors = hazards::majors(sector, checked).len();
    note(
        grid,
        &labels.hazards,
        if majors == 0 { "无".to_owned() } else { format!("{majors}项,见重大隐患清单") },
    );
    if let Some(assessed) = checked.assessed
        && !assessed.notes.is_empty()
    {
        let notes: Vec<_> = assessed.notes.iter().map(|note| note.reason.render(manifest)).collect();
        note(grid, &labels.note, notes.join("\n"));
    }
}
