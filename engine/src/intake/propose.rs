//! Proposes a layout for a sheet that none knows: a mapping card that a clerk reads and corrects.
//! Decides nothing: a card counts only once somebody gives it to a run.

use std::fmt::Write as _;

use super::header::Top;
use super::layout::{Field, Kind, Layout, Name};
use super::names::normal_key;
use crate::model::Role;
use crate::model::text::without_brackets;

/// The least likeness that a card proposes: below it more of a name would have to change than
/// could stay.
const LEAST_LIKENESS: f64 = 0.5;

/// The fewest columns that must resemble a layout's; one or two are chance.
const FEWEST_COLUMNS: usize = 3;

/// Rows below each other that are tried as one header.
const HEIGHTS: u32 = 3;

/// A proposed layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// The sheet it was made from.
    pub sheet: String,
    /// The id of the layout it resembles.
    pub like: String,
    /// What a person calls that layout.
    pub title: String,
    /// The text of a `layout.toml`, with a remark at everything that a person should look at.
    pub text: String,
}

/// A column of the sheet and the field it resembles.
struct Match {
    column: usize,
    field: usize,
    likeness: f64,
}

/// A block of rows taken for the header, and what its columns resemble in a layout.
struct Guess<'l> {
    layout: &'l Layout,
    columns: Vec<(u32, Vec<String>)>,
    matches: Vec<Match>,
    sum: f64,
}

/// Makes the card of a sheet. `None` where nothing on it resembles a table of a known kind.
pub fn card(top: &Top<'_>, layouts: &[Layout], sheet: &str) -> Option<Card> {
    let mut best: Option<Guess<'_>> = None;
    for bottom0 in 0..top.rows() {
        for top0 in (bottom0.saturating_sub(HEIGHTS - 1)..=bottom0).rev() {
            let columns = top.block(top0, bottom0);
            if columns.len() < FEWEST_COLUMNS {
                continue;
            }
            for layout in layouts {
                let matches = resemble(&columns, layout);
                let sum = matches.iter().map(|found| found.likeness).sum();
                if matches.len() >= FEWEST_COLUMNS && best.as_ref().is_none_or(|best| sum > best.sum) {
                    best = Some(Guess { layout, columns: columns.clone(), matches, sum });
                }
            }
        }
    }
    let guess = best?;
    Some(Card {
        sheet: sheet.to_owned(),
        like: guess.layout.id.clone(),
        title: guess.layout.title.clone(),
        text: text(&guess, sheet),
    })
}

/// Pairs columns and fields, the most alike first; each is used once.
fn resemble(columns: &[(u32, Vec<String>)], layout: &Layout) -> Vec<Match> {
    let mut all = Vec::new();
    for (column, (_, path)) in columns.iter().enumerate() {
        for (field, known) in layout.columns.iter().enumerate() {
            let likeness = likeness(path, known);
            if likeness >= LEAST_LIKENESS {
                all.push(Match { column, field, likeness });
            }
        }
    }
    // Stable: equals stay in the order of the sheet.
    all.sort_by(|one, other| other.likeness.total_cmp(&one.likeness));
    let mut chosen: Vec<Match> = Vec::new();
    for found in all {
        if chosen.iter().all(|other| other.column != found.column && other.field != found.field) {
            chosen.push(found);
        }
    }
    chosen.sort_by_key(|found| found.column);
    chosen
}

/// How alike a header and a field's names are, from 0 to 1: the best of its names, of the lowest text
/// alone and together with the texts above it.
fn likeness(path: &[String], field: &Field) -> f64 {
    let keys: Vec<String> = path.iter().map(|text| normal_key(text)).collect();
    let Some(last) = keys.last() else { return 0.0 };
    let whole = keys.concat();
    let bare = without_brackets(last);
    let names = field.names.iter().chain(&field.like_codes);
    let likeness = |name: &Name| {
        let full = format!("{}{}", name.above.concat(), name.last);
        // By characters: the crate's bigram measure divides by bytes and finds nothing alike here.
        let with = strsim::normalized_levenshtein;
        with(last, &name.last).max(with(&whole, &full)).max(with(&bare, &without_brackets(&name.last)))
    };
    names.map(likeness).fold(0.0, f64::max)
}

/// The card as a `layout.toml`.
fn text(guess: &Guess<'_>, sheet: &str) -> String {
    let layout = guess.layout;
    let mut out = String::new();
    let _ = writeln!(out, "# 表式对照卡:由工作表“{}”按相近程度拟出,须人工核对后使用。", one_line(sheet));
    let _ = writeln!(out, "# 拟按“{}”读取。names 是表上的栏名;不对的改正,多余的整段删去。", layout.title);
    let _ = writeln!(out, "title = {}", quoted(&format!("{}({})", layout.title, one_line(sheet))));
    let (role, kind, table) = match &layout.role {
        Role::CheckSheet => ("check-sheet", None, None),
        Role::ProblemList => ("problem-list", None, None),
        Role::Matrix => ("matrix", None, None),
        Role::Register => ("register", None, None),
        Role::Aliases => ("aliases", None, None),
        Role::ReturnList => ("return-list", None, None),
        Role::Units { table, kind } => ("units", Some(kind), Some(table)),
        Role::Rows { kind } => ("rows", Some(kind), None),
    };
    let _ = writeln!(out, "role = {}", quoted(role));
    for (key, value) in [("table", table), ("kind", kind)] {
        if let Some(value) = value {
            let _ = writeln!(out, "{key} = {}", quoted(value));
        }
    }
    let _ = writeln!(out, "row_key = {}", quoted(&layout.row_key));
    for found in &guess.matches {
        let field = &layout.columns[found.field];
        let name = header_name(&guess.columns, found.column);
        let _ = writeln!(out);
        if found.likeness < 1.0 {
            let known = field.names.first().or(field.like_codes.first());
            let known = known.map_or("", |name| name.last.as_str());
            let _ = writeln!(
                out,
                "# 请核对:“{}”与“{known}”相近({:.0}%)",
                one_line(&name),
                found.likeness * 100.0
            );
        }
        let coded = !field.like_codes.is_empty()
            && field.like_codes.iter().any(|code| code.last == Name::parse(&name).last);
        let _ = writeln!(out, "[[column]]\nkey = {}", quoted(&field.key));
        let _ = writeln!(out, "{} = [{}]", if coded { "like_codes" } else { "names" }, quoted(&name));
        rest(&mut out, field, true);
    }
    for (index, field) in layout.columns.iter().enumerate() {
        if guess.matches.iter().any(|found| found.field == index) || !field.required {
            continue;
        }
        let known = field.names.first().or(field.like_codes.first());
        let known = known.map_or("", |name| name.last.as_str());
        let _ = writeln!(out, "\n# 必需而未找到:“{known}”。在 names 里填表上的栏名。");
        let _ = writeln!(out, "[[column]]\nkey = {}\nnames = []", quoted(&field.key));
        rest(&mut out, field, true);
    }
    for field in &layout.infos {
        let names: Vec<_> = field.names.iter().map(|name| quoted(&name.last)).collect();
        let _ = writeln!(out, "\n[[info]]\nkey = {}\nnames = [{}]", quoted(&field.key), names.join(", "));
        rest(&mut out, field, field.required);
    }
    let unused: Vec<_> = (0..guess.columns.len())
        .filter(|column| guess.matches.iter().all(|found| found.column != *column))
        .map(|column| one_line(&header_name(&guess.columns, column)))
        .collect();
    if !unused.is_empty() {
        let _ = writeln!(out, "\n# 没有用到的栏:{}", unused.join("、"));
    }
    out
}

/// A column's name for the card; with the text above it where the name alone stands twice.
fn header_name(columns: &[(u32, Vec<String>)], column: usize) -> String {
    let plain = |text: &String| text.replace('/', "");
    let path = &columns[column].1;
    let last = path.last().map(plain).unwrap_or_default();
    let key = normal_key(&last);
    let same =
        columns.iter().filter(|(_, path)| path.last().is_some_and(|text| normal_key(&plain(text)) == key));
    match path.len().checked_sub(2).map(|above| plain(&path[above])) {
        Some(above) if same.count() > 1 => format!("{above}/{last}"),
        _ => last,
    }
}

/// The other keys of a field.
fn rest(out: &mut String, field: &Field, required: bool) {
    let word = Kind::ALL.iter().find(|(_, kind)| *kind == field.kind).map_or("text", |(word, _)| *word);
    let _ = writeln!(out, "type = {}", quoted(word));
    for (key, is) in [
        ("required", required),
        ("spread", field.spread),
        ("entries", field.entries),
        ("adds_up", field.adds_up),
        ("quiet", field.quiet),
        ("aside", field.aside),
        ("below", field.below),
    ] {
        if is {
            let _ = writeln!(out, "{key} = true");
        }
    }
    for (key, value) in [("unit", &field.unit), ("blank", &field.blank)] {
        if !value.is_empty() {
            let _ = writeln!(out, "{key} = {}", quoted(value));
        }
    }
    if let Some(most) = field.yuan_above {
        let _ = writeln!(out, "yuan_above = {most}");
    }
    for (key, words) in
        [("same_day", &field.same_day), ("excused", &field.excused), ("nothing", &field.nothing)]
    {
        if !words.is_empty() {
            let words: Vec<_> = words.iter().map(|word| quoted(word)).collect();
            let _ = writeln!(out, "{key} = [{}]", words.join(", "));
        }
    }
}

/// Text of a workbook as a TOML string.
fn quoted(text: &str) -> String {
    format!("\"{}\"", one_line(text).replace('\\', "\\\\").replace('"', "\\\""))
}

/// Without line breaks and other control characters.
fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
