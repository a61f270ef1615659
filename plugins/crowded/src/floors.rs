//! Reads the table of floors into storeys. A storey of which a row cannot be used is left out
//! with a note for each cell at fault: a sum over what is left would look like the whole.
//! Knows no densities and no widths.

use anping_sdk::{Assessed, Decimal, Note, Param, Row, Subject, Value};

use crate::{CHECKLIST, USES, own, reason};

// Columns of the table, as `checklist.toml` orders them; a test compares.
pub const FLOOR: usize = 0;
pub const USE: usize = 1;
pub const AREA: usize = 2;
pub const SEATS: usize = 3;
pub const EXITS: usize = 4;
pub const WIDTH: usize = 5;
pub const RATING: usize = 6;
pub const DEPTH: usize = 7;

/// The most rows that are read. A row may leave five notes, and a host takes no more than 1,000 for
/// one subject; a building of this many storeys and uses is not a township's.
const ROWS: usize = 150;

/// What a room is used for, and how many people that stands for.
#[derive(Debug, Clone, Copy)]
pub struct Use {
    /// Its name, as sentences give it.
    pub name: &'static str,
    /// The group of `data/density.toml`; empty where seats are counted.
    pub density: &'static str,
    /// Percent of density or of seats.
    pub percent: Decimal,
    /// Whether below ground it counts as a crowded hall.
    pub is_hall: bool,
    /// Whether it is a place of entertainment or a shop.
    pub is_direct: bool,
    /// Letter of its mark.
    pub mark: &'static str,
}

/// A part of a storey with one use.
#[derive(Debug, Clone)]
pub struct Space {
    /// What it is used for.
    pub usage: Use,
    /// Area in m², or seats, as its use counts; above zero.
    pub amount: Decimal,
}

/// One storey.
#[derive(Debug, Clone)]
pub struct Floor {
    /// Its name, as sentences give it: 3层, 地下1层.
    pub name: String,
    /// From 1 at the ground upwards, from -1 downwards; never 0.
    pub level: i32,
    /// Its parts, in the order of the table.
    pub spaces: Vec<Space>,
    /// Number of safe exits, where known.
    pub exits: Option<Decimal>,
    /// Their total clear width in m, where known.
    pub width: Option<Decimal>,
    /// Fire-resistance rating as written; empty where not known.
    pub rating: String,
    /// Difference of height to the exit at the ground in m, where known.
    pub depth: Option<Decimal>,
    /// Where its rows stand.
    pub evidence: Vec<u32>,
}

impl Floor {
    /// Whether exits too few or too narrow are a major hazard by themselves here: shops, places of
    /// entertainment, and whatever lies below ground.
    pub fn is_direct(&self) -> bool {
        self.level < 0 || self.spaces.iter().any(|space| space.usage.is_direct)
    }
}

/// Reads the storeys.
///
/// Shape: one floor for each level, in the order in which they first stand in the table, and
/// whether every row could be used. Blank rows are skipped; a table of too many rows is not read.
pub fn read(subject: &Subject, assessed: &mut Assessed) -> (Vec<Floor>, bool) {
    let mut by_level: Vec<(i32, Vec<&Row>)> = Vec::new();
    let mut is_whole = true;
    let is_blank = |row: &&Row| row.cells.iter().all(|cell| matches!(cell, Value::Absent));
    let rows: Vec<_> = subject.rows(&CHECKLIST, "floors").iter().filter(|row| !is_blank(row)).collect();
    if let Some(row) = rows.get(ROWS) {
        let params = vec![Decimal::new(ROWS as i64, 0).into()];
        push(assessed, "rows-too-many", params, place(row, FLOOR));
        return (Vec::new(), false);
    }
    for row in rows {
        let Some(level) = written(row, FLOOR).as_deref().and_then(level) else {
            let text = written(row, FLOOR).unwrap_or_default();
            push(assessed, "floor-unreadable", vec![Param::quote(&text)], place(row, FLOOR));
            is_whole = false;
            continue;
        };
        match by_level.iter_mut().find(|(known, _)| *known == level) {
            Some((_, rows)) => rows.push(row),
            None => by_level.push((level, vec![row])),
        }
    }
    let mut floors = Vec::new();
    for (level, rows) in by_level {
        match floor(level, &rows, assessed) {
            Some(floor) => floors.push(floor),
            None => is_whole = false,
        }
    }
    (floors, is_whole)
}

fn floor(level: i32, rows: &[&Row], assessed: &mut Assessed) -> Option<Floor> {
    let name = if level < 0 { format!("地下{}层", -level) } else { format!("{level}层") };
    let spaces: Vec<_> = rows.iter().map(|row| space(&name, row, assessed)).collect();
    let exits = shared(&name, rows, EXITS, assessed);
    let width = shared(&name, rows, WIDTH, assessed);
    let rating = shared(&name, rows, RATING, assessed);
    let depth = shared(&name, rows, DEPTH, assessed);
    let rating = match rating? {
        Some(Value::Text(rating)) => rating.split_whitespace().collect(),
        _ => String::new(),
    };
    let number = |value: Option<Value>| value.and_then(|value| value.number());
    Some(Floor {
        level,
        spaces: spaces.into_iter().collect::<Option<_>>()?,
        exits: number(exits?),
        width: number(width?),
        rating,
        depth: number(depth?),
        evidence: rows.iter().map(|row| row.evidence).collect(),
        name,
    })
}

/// Reads use and amount of one row.
fn space(floor: &str, row: &Row, assessed: &mut Assessed) -> Option<Space> {
    let text = written(row, USE).unwrap_or_default();
    let Some(usage) = usage(&text) else {
        push(assessed, "use-unknown", vec![floor.into(), Param::quote(&text)], place(row, USE));
        return None;
    };
    let column = if usage.density.is_empty() { SEATS } else { AREA };
    let title = title(column);
    match row.cells.get(column) {
        Some(Value::Number(amount)) if amount.is_positive() => Some(Space { usage, amount: *amount }),
        None | Some(Value::Absent) => {
            push(assessed, "cell-missing", vec![floor.into(), title.into()], place(row, column));
            None
        }
        Some(_) => {
            let text = written(row, column).unwrap_or_default();
            let params = vec![floor.into(), title.into(), Param::quote(&text)];
            push(assessed, "cell-unusable", params, place(row, column));
            None
        }
    }
}

/// The value that the rows of one storey share in a column: it may stand in one of them or in
/// all, but not be two.
///
/// Errors: `None`, with a note, when rows differ or a cell is at fault; `Some(None)`: not known.
fn shared(floor: &str, rows: &[&Row], column: usize, assessed: &mut Assessed) -> Option<Option<Value>> {
    let mut shared: Option<&Value> = None;
    for row in rows {
        let Some(value) = row.cells.get(column) else { continue };
        let is_usable = match value {
            Value::Absent => continue,
            Value::Number(number) => {
                number.mantissa >= 0 && (column != EXITS || number.ratio() == whole(*number))
            }
            Value::Text(_) => column == RATING,
            _ => false,
        };
        if !is_usable {
            let text = written(row, column).unwrap_or_default();
            let params = vec![floor.into(), title(column).into(), Param::quote(&text)];
            push(assessed, "cell-unusable", params, place(row, column));
            return None;
        }
        if shared.is_some_and(|known| known != value) {
            push(assessed, "cells-differ", vec![floor.into(), title(column).into()], place(row, column));
            return None;
        }
        shared = Some(value);
    }
    Some(shared.cloned())
}

fn whole(number: Decimal) -> anping_sdk::Ratio {
    anping_sdk::Ratio::whole(number.ratio().ceiling())
}

fn title(column: usize) -> &'static str {
    CHECKLIST.tables.first().and_then(|table| table.columns.get(column)).map_or("", |column| column.title)
}

/// Where a cell of a row stands.
fn place(row: &Row, column: usize) -> u32 {
    row.evidence + column as u32
}

fn push(assessed: &mut Assessed, code: &str, params: Vec<Param>, evidence: u32) {
    let item = own(CHECKLIST.item_index(crate::exits::ITEM));
    assessed.notes.push(Note { reason: reason(code, params), item: Some(item), evidence: vec![evidence] });
}

/// What stands in a cell, as text; `None` when nothing does.
fn written(row: &Row, column: usize) -> Option<String> {
    match row.cells.get(column)? {
        Value::Text(text) | Value::Fault(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Flag(_) | Value::Day(_) | Value::Absent => None,
    }
}

/// The use with this name or alias; white space does not count.
pub fn usage(text: &str) -> Option<Use> {
    let text: String = text.split_whitespace().collect();
    let row = USES
        .iter()
        .find(|[name, aliases, ..]| *name == text || aliases.split(' ').any(|alias| alias == text));
    let [name, _, _, density, percent, hall, direct, mark] = row.filter(|_| !text.is_empty())?;
    Some(Use {
        name,
        density,
        percent: Decimal::parse(percent).expect("a test reads each percentage"),
        is_hall: *hall == "yes",
        is_direct: *direct == "yes",
        mark,
    })
}

/// The level of a storey as people write it: 1, 1层, 1F, F1, 一层, 首层, 地上二层, 二楼, -1, B1,
/// 负一层, 地下1层. From 1 at the ground upwards, from -1 downwards.
///
/// Errors: `None` for anything else, a range of storeys among it.
pub fn level(text: &str) -> Option<i32> {
    let text: String = text.split_whitespace().collect::<String>().to_uppercase();
    let after = |prefixes: &[&str]| prefixes.iter().find_map(|prefix| text.strip_prefix(prefix));
    let (sign, rest) = match after(&["地下", "负", "-", "B"]) {
        Some(rest) => (-1, rest),
        None => (1, after(&["地上", "F"]).unwrap_or(&text)),
    };
    let rest = rest.strip_prefix('第').unwrap_or(rest);
    let number = ["层", "楼", "F"].iter().find_map(|unit| rest.strip_suffix(unit)).unwrap_or(rest);
    let n = if number == "首" && sign > 0 { 1 } else { storey_number(number)? };
    (1..=200).contains(&n).then_some(sign * n)
}

/// 12, １２, 十二, 二十一; at most three digits, or 99 in Chinese numerals.
fn storey_number(text: &str) -> Option<i32> {
    let chars: Vec<char> = text.chars().collect();
    let latin =
        |&c: &char| c.to_digit(10).or_else(|| u32::from(c).checked_sub('０'.into()).filter(|n| *n < 10));
    let digits: Option<Vec<u32>> = chars.iter().map(latin).collect();
    if let Some(digits) = digits.filter(|digits| (1..=3).contains(&digits.len())) {
        return Some(digits.into_iter().fold(0, |n, digit| n * 10 + digit as i32));
    }
    let chinese = |c: char| "一二三四五六七八九".chars().position(|known| known == c).map(|n| n as i32 + 1);
    match chars[..] {
        ['十'] => Some(10),
        ['十', ones] => Some(10 + chinese(ones)?),
        [tens, '十'] => Some(chinese(tens)? * 10),
        [tens, '十', ones] => Some(chinese(tens)? * 10 + chinese(ones)?),
        [ones] => chinese(ones),
        _ => None,
    }
}
