//! How a prescribed report looks: `templates/standard/<name>/layout.toml`, read and checked.
//! Knows no numbers.

use std::collections::BTreeMap;
use std::fmt;

use include_dir::{Dir, include_dir};
use serde::Deserialize;

use super::card::{Card, RawCard};
use super::{Cell, Sheet};
use crate::model::Date;

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../templates/standard");

/// A layout, checked.
#[derive(Debug, Clone)]
pub struct Layout {
    /// Its folder's name.
    pub name: String,
    /// Number of the form, e.g. R1.
    pub form: String,
    /// The layout in whose place it can be chosen; empty: it is no variant.
    pub instead_of: String,
    /// Name of the workbook, with places.
    pub file: String,
    /// Title, with places.
    pub title: String,
    /// Above the title, e.g. 附件1; empty for nothing.
    pub attachment: String,
    /// Below the title at the left and at the right, with places.
    pub line: [String; 2],
    /// Signature line below the rows; empty for none.
    pub signature: String,
    /// Notes at the end.
    pub notes: Vec<String>,
    /// First and last day on which the form is to be used.
    pub valid: (Option<Date>, Option<Date>),
    /// Fonts by use.
    pub fonts: Fonts,
    /// Paper.
    pub paper: Paper,
    /// Columns from left to right.
    pub columns: Vec<Column>,
    /// The column that carries the label of a sum.
    pub(in crate::report) label: usize,
    /// Where a group stands to its rows.
    pub(super) subtotal: At,
    /// Whether groups are not shown, only their rows.
    pub(super) flat: bool,
    /// The page that each row is; none: a row is a line of a table.
    pub(super) card: Option<Card>,
    /// Where the total stands; none: there is none.
    pub(super) total: Option<At>,
    /// Columns whose equal neighbours, from row to row, are drawn as one: not beyond the first.
    pub(in crate::report) grouped: Vec<usize>,
    /// How the reports of the level below become one; none: they do not.
    pub roll_up: Option<RollUp>,
    /// The column that takes the sender's name in front, where rows are put below each other.
    pub(in crate::report) sender: Option<usize>,
    /// What a subject is known by, in a list in which it may stand once a day: the column of its code, and those of
    /// the first day on which it belongs to the sender and of the first on which it no longer does.
    pub(in crate::report) unique: Option<(usize, usize, usize)>,
    /// Notes in place of the others, one level up.
    roll_up_notes: Vec<String>,
    /// What may be entered by hand; none: nothing.
    pub(super) by_hand: Option<HandUse>,
}

/// What may be entered by hand (手工补录) where the run gives nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HandUse {
    /// Numbers of rows that the report has.
    Cells,
    /// Whole rows as well.
    Rows,
}

/// How the reports of several units become one report of the level above.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RollUp {
    /// Rows of one label become one row, with the sums of their numbers.
    Labels,
    /// All rows of a unit become one row, under the unit's name.
    Units,
    /// The rows of all units stand below each other.
    Rows,
}

/// Before or after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum At {
    /// Before.
    First,
    /// After.
    Last,
}

/// Fonts: an xlsx names one font a cell and embeds none.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fonts {
    /// Of the title.
    pub title: Font,
    /// Of headings.
    pub header: Font,
    /// Of rows, lines and signatures.
    pub body: Font,
    /// Of notes.
    pub note: Font,
}

/// A font.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Font {
    /// Its name.
    pub name: String,
    /// Points.
    pub size: f64,
}

/// Paper and margins.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paper {
    /// A3 or A4.
    pub size: Size,
    /// Whether the long edge is at the top.
    pub landscape: bool,
    /// Top, bottom, left and right, in millimetres.
    pub margins_mm: [f64; 4],
}

impl Paper {
    /// Width and height as it lies, in millimetres.
    pub(super) const fn size_mm(&self) -> (f64, f64) {
        let (short, long) = match self.size {
            Size::A3 => (297.0, 420.0),
            Size::A4 => (210.0, 297.0),
        };
        if self.landscape { (long, short) } else { (short, long) }
    }
}

/// Size of the paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Size {
    /// 297 × 420 mm.
    A3,
    /// 210 × 297 mm.
    A4,
}

/// A column.
#[derive(Debug, Clone)]
pub struct Column {
    /// Key under which rows give its values.
    pub key: String,
    /// Headings from the top to its own; an empty one is an empty cell.
    pub head: Vec<String>,
    /// Unit below the headings; empty: the heading reaches down to the rows.
    pub unit: String,
    /// What stands in it.
    pub show: Show,
    /// Digits after the point, of money and rates.
    pub digits: u8,
    /// Width in Latin characters.
    pub width: f64,
    /// How it is worked out, where it is not given.
    pub expression: Option<Expression>,
    /// Whether it stays empty where nobody gives its number; otherwise a count is then 0.
    pub blank: bool,
}

impl Column {
    /// Whether a number that nobody gives is 0: the forms want zeros written.
    pub(super) const fn is_zero_unless_given(&self) -> bool {
        self.show.is_summed() && self.expression.is_none() && !self.blank
    }
}

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Show {
    /// Text, at the left.
    Text,
    /// Short text, in the middle.
    Word,
    /// A code that must not become a number.
    Code,
    /// A day.
    Day,
    /// The number of the row, counted from 1 by the report itself.
    Number,
    /// Pieces: whole, summed.
    Count,
    /// Money and quantities: fixed digits, summed.
    Amount,
    /// Points: as many digits as they have, not summed.
    Points,
    /// A rate, worked out.
    Rate,
}

impl Show {
    /// Whether groups and totals add it up.
    pub const fn is_summed(self) -> bool {
        matches!(self, Self::Count | Self::Amount)
    }
}

/// How a column is worked out from others of the row: positions of columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// A sum of terms; `false` takes the term off.
    Sum(Vec<(bool, usize)>),
    /// The first in a hundred of the second.
    Percent(usize, usize),
}

/// What is wrong with a layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayoutFault {
    /// Its folder's name.
    pub layout: String,
    /// Where in it.
    pub at: String,
    /// What.
    pub what: String,
}

impl fmt::Display for LayoutFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.layout, self.at, self.what)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    form: String,
    /// Name of the layout in whose place this one can be chosen.
    #[serde(default)]
    instead_of: String,
    file: String,
    title: String,
    #[serde(default)]
    attachment: String,
    #[serde(default)]
    line: [String; 2],
    #[serde(default)]
    signature: String,
    #[serde(default)]
    notes: Vec<String>,
    valid_from: Option<String>,
    valid_to: Option<String>,
    fonts: Fonts,
    paper: Paper,
    /// Key of the column with the labels; the first where it is not said.
    label: Option<String>,
    #[serde(default = "first")]
    subtotal: At,
    total: Option<At>,
    /// Show no groups, only their rows.
    #[serde(default)]
    flat: bool,
    /// A page for each row.
    card: Option<RawCard>,
    #[serde(default)]
    grouped: Vec<String>,
    roll_up: Option<RollUp>,
    /// Key of the column that takes the sender's name.
    sender: Option<String>,
    #[serde(default)]
    roll_up_notes: Vec<String>,
    unique: Option<RawUnique>,
    /// What may be entered by hand.
    by_hand: Option<HandUse>,
    column: Vec<RawColumn>,
}

/// Keys of the columns by which a subject stands once in all lists.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawUnique {
    key: String,
    from: String,
    until: String,
}

const fn first() -> At {
    At::First
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawColumn {
    key: String,
    head: Vec<String>,
    #[serde(default)]
    unit: String,
    show: Show,
    digits: Option<u8>,
    width: f64,
    expr: Option<String>,
    /// Leave it empty where nobody gives its number.
    #[serde(default)]
    blank: bool,
}

/// The most columns a layout may have: an A3 page cannot show more.
const MAX_COLUMNS: usize = 64;
/// The most levels of headings.
const MAX_LEVELS: usize = 5;

impl Layout {
    /// The layouts that come with the program, sorted by name.
    pub fn built_in() -> Vec<Self> {
        let mut layouts: Vec<_> = BUILT_IN
            .dirs()
            .filter_map(|folder| {
                let name = folder.path().to_str()?;
                let text = folder.get_file(folder.path().join("layout.toml"))?.contents_utf8()?;
                Some(Self::read(name, text).expect("a test reads every built-in layout"))
            })
            .collect();
        layouts.sort_by(|a: &Self, b| a.name.cmp(&b.name));
        layouts
    }

    /// Sets what a locality leaves empty (form and key), and digits that its rules say (key).
    pub(in crate::report) fn choose(&mut self, blank: &[String], digits: &BTreeMap<&'static str, u8>) {
        for column in &mut self.columns {
            let own = format!("{}.{}", self.form, column.key);
            column.blank |= blank.contains(&own);
            column.digits = digits.get(&*column.key).copied().unwrap_or(column.digits).min(9);
        }
    }

    /// The number of the form: a variant's is that of the form in whose place it stands, R1 of R1-2012.
    pub fn report(&self) -> &str {
        match self.form.split_once('-') {
            Some((form, _)) if !self.instead_of.is_empty() => form,
            _ => &self.form,
        }
    }

    /// The layout whose lines it has: of a variant the one in whose place it stands.
    pub(in crate::report) fn base_name(&self) -> &str {
        if self.instead_of.is_empty() { &self.name } else { &self.instead_of }
    }

    /// Whether it has a line that stands for all rows.
    pub(in crate::report) const fn has_total(&self) -> bool {
        self.total.is_some()
    }

    /// Whether its title or headings have a place of this name.
    pub(in crate::report) fn has_place(&self, name: &str) -> bool {
        let place = format!("{{{name}}}");
        let mut heads = self.columns.iter().flat_map(|column| &column.head);
        self.title.contains(&place) || heads.any(|head| head.contains(&place))
    }

    /// Makes it fit a report of the level above: its own notes, and in lists as many digits as the units' numbers
    /// have.
    pub(in crate::report) fn set_up(&mut self, sheet: &Sheet) {
        if !self.roll_up_notes.is_empty() {
            self.notes.clone_from(&self.roll_up_notes);
        }
        if self.roll_up != Some(RollUp::Rows) {
            return;
        }
        for (position, column) in
            self.columns.iter_mut().enumerate().filter(|(_, one)| one.show == Show::Amount)
        {
            let digits = sheet.lines.iter().filter_map(|line| match &line.cells[position] {
                Cell::Number(number) => u8::try_from(number.normalize().scale()).ok(),
                _ => None,
            });
            column.digits = digits.fold(column.digits, u8::max).min(9);
        }
    }

    /// Whether the form is to be used on a day.
    pub fn is_valid(&self, day: Date) -> bool {
        self.valid.0.is_none_or(|from| from <= day) && self.valid.1.is_none_or(|to| day <= to)
    }

    /// Reads a layout.
    ///
    /// Errors: every fault, each with its place.
    pub fn read(name: &str, text: &str) -> Result<Self, Vec<LayoutFault>> {
        let fault = |at: &str, what: String| LayoutFault { layout: name.to_owned(), at: at.to_owned(), what };
        let raw: Raw = match toml::from_str(text) {
            Ok(raw) => raw,
            Err(wrong) => return Err(vec![fault("layout.toml", wrong.to_string().trim_end().to_owned())]),
        };
        let mut faults = Vec::new();
        if raw.column.is_empty() || raw.column.len() > MAX_COLUMNS {
            faults.push(fault("column", format!("expected 1 to {MAX_COLUMNS}, found {}", raw.column.len())));
        }
        let mut positions = BTreeMap::new();
        for (position, column) in raw.column.iter().enumerate() {
            if !column.key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
                faults.push(fault(&column.key, "expected a key of a-z and _".to_owned()));
            }
            if positions.insert(column.key.clone(), position).is_some() {
                faults.push(fault(&column.key, "this key stands twice".to_owned()));
            }
        }
        let mut day = |at: &str, text: &Option<String>| {
            text.as_ref().and_then(|text| {
                let day = text.parse().ok();
                if day.is_none() {
                    faults.push(fault(at, format!("expected a date like 2026-01-31, found {text:?}")));
                }
                day
            })
        };
        let valid = (day("valid_from", &raw.valid_from), day("valid_to", &raw.valid_to));
        let mut position_of = |at: &str, key: &str| {
            positions.get(key).copied().unwrap_or_else(|| {
                faults.push(fault(at, format!("no column {key:?}")));
                0
            })
        };
        let label = raw.label.as_ref().map_or(0, |key| position_of("label", key));
        let grouped = raw.grouped.iter().map(|key| position_of("grouped", key)).collect();
        let sender = raw.sender.as_ref().map(|key| position_of("sender", key));
        let unique = raw.unique.as_ref().map(|unique| {
            let mut of = |key| position_of("unique", key);
            (of(&unique.key), of(&unique.from), of(&unique.until))
        });
        let mut columns: Vec<Column> = Vec::new();
        for column in &raw.column {
            let expression = column.expr.as_ref().and_then(|text| {
                let read = expression(text, &positions);
                if read.is_none() {
                    let what = format!("expected pct(a,b) or a-b+c of known columns, found {text:?}");
                    faults.push(fault(&column.key, what));
                }
                read
            });
            if column.head.is_empty() || column.head.len() > MAX_LEVELS {
                faults.push(fault(&column.key, format!("expected 1 to {MAX_LEVELS} headings")));
            }
            let rate = column.show == Show::Rate;
            if rate != matches!(expression, Some(Expression::Percent(..))) && column.expr.is_some() {
                faults.push(fault(&column.key, "pct(…) goes with show = \"rate\"".to_owned()));
            }
            if !(1.0..=200.0).contains(&column.width) {
                faults.push(fault(
                    &column.key,
                    format!("expected a width of 1 to 200, found {}", column.width),
                ));
            }
            columns.push(Column {
                key: column.key.clone(),
                head: column.head.clone(),
                unit: column.unit.clone(),
                show: column.show,
                digits: column.digits.unwrap_or(if rate { 1 } else { 2 }).min(9),
                width: column.width,
                expression,
                blank: column.blank,
            });
        }
        let card = match raw.card.map(RawCard::placed).transpose() {
            Ok(card) => card,
            Err(wrong) => {
                faults.push(fault("card", wrong));
                None
            }
        };
        for column in columns.iter().filter(|_| card.is_some()) {
            // A page has no formulas: its numbers stand within sentences.
            if column.expression.is_some() || raw.total.is_some() {
                faults.push(fault(&column.key, "a page has no total and no expressions".to_owned()));
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self {
            name: name.to_owned(),
            form: raw.form,
            instead_of: raw.instead_of,
            file: raw.file,
            title: raw.title,
            attachment: raw.attachment,
            line: raw.line,
            signature: raw.signature,
            notes: raw.notes,
            valid,
            fonts: raw.fonts,
            paper: raw.paper,
            columns,
            label,
            subtotal: raw.subtotal,
            flat: raw.flat,
            card,
            total: raw.total,
            grouped,
            roll_up: raw.roll_up,
            sender,
            unique,
            roll_up_notes: raw.roll_up_notes,
            by_hand: raw.by_hand,
        })
    }

    /// How many rows of headings there are, without that of the units.
    pub fn n_levels(&self) -> usize {
        self.columns.iter().map(|column| column.head.len()).max().unwrap_or(0)
    }

    /// Whether a row of units stands below the headings.
    pub fn has_units(&self) -> bool {
        self.columns.iter().any(|column| !column.unit.is_empty())
    }

    /// The cells of the headings: first row, first column, last row, last column, all counted from 0
    /// at the first heading, and text. Neighbours with the same name under the same parent are one
    /// cell; a column's own heading reaches down to its unit, or to the rows where it has none.
    pub fn headings(&self) -> Vec<(u32, u16, u32, u16, &str)> {
        let n_levels = self.n_levels();
        let mut cells = Vec::new();
        for level in 0..n_levels {
            let mut column = 0;
            while column < self.columns.len() {
                let head = &self.columns[column].head;
                let own = head.len() - 1;
                let first = column;
                column += 1;
                if level > own {
                    continue;
                }
                if level == own {
                    let unit = &self.columns[first].unit;
                    let last = n_levels - 1 + usize::from(unit.is_empty() && self.has_units());
                    cells.push((level as u32, first as u16, last as u32, first as u16, &*head[level]));
                    continue;
                }
                let same =
                    |other: &Column| other.head.len() > level + 1 && other.head[..=level] == head[..=level];
                while !head[level].is_empty() && self.columns.get(column).is_some_and(same) {
                    column += 1;
                }
                cells.push((level as u32, first as u16, level as u32, (column - 1) as u16, &*head[level]));
            }
        }
        cells
    }
}

/// Reads `pct(a,b)` or a sum like `a-b+c`. Errors: `None` for anything else.
fn expression(text: &str, positions: &BTreeMap<String, usize>) -> Option<Expression> {
    let position = |key: &str| positions.get(key.trim()).copied();
    if let Some(inside) = text.strip_prefix("pct(").and_then(|rest| rest.strip_suffix(')')) {
        let (part, whole) = inside.split_once(',')?;
        return Some(Expression::Percent(position(part)?, position(whole)?));
    }
    let mut terms = Vec::new();
    let mut sign = true;
    let mut rest = text;
    loop {
        let end = rest.find(['+', '-']).unwrap_or(rest.len());
        terms.push((sign, position(&rest[..end])?));
        let Some(next) = rest[end..].chars().next() else { break };
        sign = next == '+';
        rest = &rest[end + 1..];
    }
    Some(Expression::Sum(terms))
}
