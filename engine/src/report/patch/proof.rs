//! What two packages differ in, part by part and cell by cell.
//! Knows nothing of how a patch is made, so that it can prove one.

use std::collections::BTreeMap;

use super::markup::{Kind, Splices, attr, walk, without_attr};
use super::package::{Package, damaged};
use super::strings::count;
use super::{Change, Grow, Refusal, charts, styles};
use crate::model::CellRef;

/// Everything that two packages differ in.
///
/// Shape: by part; the cells of a sheet one by one, in the order of their addresses.
/// Errors: a package that cannot be read.
pub fn changes(before: &[u8], after: &[u8]) -> Result<Vec<Change>, Refusal> {
    let (mut old, mut new) = (Package::open(before)?, Package::open(after)?);
    let (of_old, of_new) = (old.entries()?, new.entries()?);
    let mut found = Vec::new();
    for part in of_old.keys().filter(|part| !of_new.contains_key(*part)) {
        found.push(Change::Removed { part: part.clone() });
    }
    let sheets: BTreeMap<String, String> =
        old.sheets.iter().map(|sheet| (sheet.part.to_lowercase(), sheet.name.clone())).collect();
    let style_part = old.part_of("styles").map(|part| part.to_lowercase());
    let string_part = old.part_of("sharedStrings").map(|part| part.to_lowercase());
    for (part, about) in &of_new {
        match of_old.get(part) {
            None => found.push(Change::Added { part: part.clone() }),
            Some(known) if known == about => {}
            Some(_) => {
                let (text, other) = (old.text(part)?, new.text(part)?);
                if let Some(sheet) = sheets.get(part) {
                    compare_cells(part, sheet, &text, &other, &mut found)?;
                } else if Some(part) == style_part.as_ref() {
                    found.push(if styles_grew(part, &text, &other)? {
                        Change::Appended { part: part.clone() }
                    } else {
                        Change::Rewritten { part: part.clone() }
                    });
                } else if Some(part) == string_part.as_ref() {
                    found.push(if strings_grew(part, &text, &other)? {
                        Change::Appended { part: part.clone() }
                    } else {
                        Change::Rewritten { part: part.clone() }
                    });
                } else if *part == old.workbook.to_lowercase() && calculates(part, &text, &other)? {
                    found.push(Change::Recalculation);
                } else if *part == old.workbook.to_lowercase() && lists_alike(part, &text, &other)? {
                    found.push(Change::Listed { part: part.clone() });
                } else if charts::is_chart(part) && charts::without_points(part, &text)? == other {
                    found.push(Change::ChartPoints { part: part.clone() });
                } else if inserted(&text, &other) {
                    found.push(Change::Appended { part: part.clone() });
                } else {
                    found.push(Change::Rewritten { part: part.clone() });
                }
            }
        }
    }
    Ok(found)
}

/// Everything that two packages differ in, where rows were put in: they are taken out again, with all
/// references moved back, and what is left is compared. Cells are named by where they stand in the
/// package with the rows.
pub(super) fn changes_with_rows(before: &[u8], after: &[u8], rows: &[Grow]) -> Result<Vec<Change>, Refusal> {
    let mut rows: Vec<&Grow> = rows.iter().filter(|grow| grow.n_rows > 0).collect();
    if rows.is_empty() {
        return changes(before, after);
    }
    // From above: each is then named as the package had it.
    rows.sort_by_key(|grow| (&grow.sheet, grow.last_row0));
    let mut package = Package::open(after)?;
    for grow in &rows {
        super::rows::shift(&mut package, grow, true)?;
    }
    let mut found = changes(before, &package.finish()?)?;
    let down = |sheet: &str, cell: &mut CellRef| {
        let above = rows.iter().filter(|grow| grow.sheet == sheet && grow.last_row0 < cell.row0);
        cell.row0 += above.map(|grow| grow.n_rows).sum::<u32>();
    };
    for change in &mut found {
        match change {
            Change::Format { sheet, cell }
            | Change::Value { sheet, cell }
            | Change::Result { sheet, cell } => {
                down(sheet, cell);
            }
            _ => {}
        }
    }
    // The chain of calculation goes, and with it the two lines that name it.
    let old = Package::open(before)?;
    let chain = old.part_of("calcChain").map(|part| part.to_lowercase());
    if let Some(chain) = chain.filter(|part| found.contains(&Change::Removed { part: part.clone() })) {
        let mut without = Package::open(before)?;
        without.remove("calcChain")?;
        let cut = without.finish()?;
        let expected = changes(before, &cut)?;
        let gone = |change: &Change| matches!(change, Change::Removed { part } if *part == chain);
        let mut package = Package::open(after)?;
        let mut cut = Package::open(&cut)?;
        let mut same = |part: &str| Ok::<_, Refusal>(cut.text(part)? == package.text(part)?);
        let mut left = Vec::new();
        for change in found {
            let alike = match &change {
                Change::Rewritten { part } if expected.contains(&change) => same(part)?,
                change => gone(change),
            };
            if !alike {
                left.push(change);
            }
        }
        left.push(Change::CalculationChain);
        found = left;
    }
    let mut above: BTreeMap<&str, u32> = BTreeMap::new();
    for grow in rows {
        let above = above.entry(&grow.sheet).or_default();
        let first_row0 = grow.last_row0 + *above + 1;
        *above += grow.n_rows;
        found.push(Change::Rows { sheet: grow.sheet.clone(), first_row0, n_rows: grow.n_rows });
    }
    Ok(found)
}

/// Whether a workbook's own part differs only in whether its formulas are computed on opening.
fn calculates(part: &str, before: &str, after: &str) -> Result<bool, Refusal> {
    let rest = |text: &str| -> Result<String, Refusal> {
        let mut rest = String::new();
        walk(part, text, |piece| {
            if piece.name == "calcPr" {
                let tag = without_attr(piece.text, "fullCalcOnLoad");
                if super::markup::attrs(&tag).next().is_some() {
                    rest.push_str(tag.trim_end_matches(['/', '>', ' ']));
                }
            } else {
                rest.push_str(piece.text);
            }
            Ok(true)
        })?;
        Ok(rest)
    };
    Ok(rest(before)? == rest(after)?)
}

/// Whether a text is another one with something inserted at one place.
fn inserted(before: &str, after: &str) -> bool {
    let same = |(a, b): &(u8, u8)| a == b;
    let head = before.bytes().zip(after.bytes()).take_while(same).count();
    let tail = before.bytes().rev().zip(after.bytes().rev()).take_while(same).count();
    after.len() >= before.len() && head + tail >= before.len()
}

/// What a workbook's own part lists, and the rest of it.
#[derive(Default)]
struct Lists {
    sheets: Vec<String>,
    /// Defined names: their tags, texts, and the tag of the sheet they hold for.
    names: Vec<(String, String, Option<String>)>,
    rest: String,
}

/// Takes a workbook's own part apart. Left out of the rest: at which sheet a window opens.
fn listed(part: &str, text: &str) -> Result<Lists, Refusal> {
    let mut lists = Lists::default();
    let mut name = false;
    walk(part, text, |piece| {
        if piece.begins("sheet") {
            lists.sheets.push(piece.text.to_owned());
        } else if piece.name == "definedName" {
            name = piece.kind == Kind::Open;
            if piece.kind != Kind::Close {
                let local = attr(piece.text, "localSheetId").and_then(|local| local.parse::<usize>().ok());
                let sheet = local.and_then(|local| lists.sheets.get(local).cloned());
                lists.names.push((without_attr(piece.text, "localSheetId"), String::new(), sheet));
            }
        } else if name {
            if let Some((_, text, _)) = lists.names.last_mut() {
                text.push_str(piece.text);
            }
        } else if piece.begins("workbookView") {
            let tag = without_attr(&without_attr(piece.text, "activeTab"), "firstSheet");
            lists.rest.push_str(&tag);
        } else if !piece.closes("sheet") && piece.name != "definedNames" {
            lists.rest.push_str(piece.text);
        }
        Ok(true)
    })?;
    Ok(lists)
}

/// Whether a workbook lists the sheets and names it listed before, and at most one sheet before or behind them.
fn lists_alike(part: &str, before: &str, after: &str) -> Result<bool, Refusal> {
    let (old, new) = (listed(part, before)?, listed(part, after)?);
    let n_old = old.sheets.len();
    let sheets = new.sheets == old.sheets
        || new.sheets.get(1..) == Some(&old.sheets[..])
        || (new.sheets.len() == n_old + 1 && new.sheets.starts_with(&old.sheets));
    let names = new.names.starts_with(&old.names);
    Ok(sheets && names && new.rest == old.rest)
}

/// A sheet's cells as they stand, and all that is not a cell.
struct Sheet<'t> {
    /// By address; a cell that stands twice has its last markup, as for spreadsheet programs.
    cells: Vec<(CellRef, &'t str)>,
    rest: String,
    selected: bool,
}

/// Takes a sheet apart. Left out of the rest: which sheet is selected, and the spans of rows, which
/// only hint at what the cells say; a row without anything but its number is no more than its cells.
fn apart<'t>(part: &str, text: &'t str) -> Result<Sheet<'t>, Refusal> {
    let mut sheet = Sheet { cells: Vec::new(), rest: String::new(), selected: false };
    let mut at = CellRef::new(0, 0);
    let mut start = 0;
    let mut next_row0 = 0;
    let mut inside = false;
    let mut plain_row = false;
    walk(part, text, |piece| {
        if piece.name == "row" && piece.depth == 2 {
            if piece.kind != Kind::Close {
                let tag = without_attr(piece.text, "spans");
                plain_row = super::markup::attrs(&tag).all(|(name, _)| name == "r");
                let row0 =
                    attr(&tag, "r").and_then(|r| r.parse::<u32>().ok()).map_or(next_row0, |r| r.max(1) - 1);
                at = CellRef::new(row0, 0);
                next_row0 = row0.saturating_add(1);
                if !plain_row {
                    sheet.rest.push_str(tag.trim_end_matches(['/', '>']).trim_end());
                    sheet.rest.push('>');
                }
            }
            if piece.kind != Kind::Open && !plain_row {
                sheet.rest.push_str("</row>");
            }
            return Ok(true);
        }
        if piece.name == "c" && piece.depth == 3 {
            if piece.kind != Kind::Close {
                start = piece.span.start;
                if let Some(r) = attr(piece.text, "r") {
                    at = CellRef::parse(&r).ok_or_else(|| damaged(part, format!("cell {r}")))?;
                }
            }
            inside = piece.kind == Kind::Open;
            if !inside {
                sheet.cells.push((at, &text[start..piece.span.end]));
                at.col0 += 1;
            }
            return Ok(true);
        }
        if !inside {
            if piece.begins("sheetView") {
                sheet.selected |= attr(piece.text, "tabSelected").is_some();
                sheet.rest.push_str(&without_attr(piece.text, "tabSelected"));
            } else if piece.name == "sheetData" {
                sheet.rest.push_str("<sheetData>");
            } else {
                sheet.rest.push_str(piece.text);
            }
        }
        Ok(true)
    })?;
    if !sheet.cells.is_sorted_by(|a, b| a.0 < b.0) {
        sheet.cells.sort_by_key(|(at, _)| *at);
        sheet.cells.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                kept.1 = later.1;
            }
            same
        });
    }
    Ok(sheet)
}

fn compare_cells(
    part: &str,
    name: &str,
    before: &str,
    after: &str,
    found: &mut Vec<Change>,
) -> Result<(), Refusal> {
    let (before, after) = (apart(part, before)?, apart(part, after)?);
    // An empty list of rows may be written in one tag or two.
    let rest = |text: &str| text.replace("<sheetData><sheetData>", "<sheetData>");
    if rest(&before.rest) != rest(&after.rest) {
        found.push(Change::Rewritten { part: part.to_owned() });
    }
    if before.selected != after.selected {
        found.push(Change::Selection { sheet: name.to_owned() });
    }
    // Two sorted lists are laid side by side; most of their cells are equal.
    let (mut old, mut new) = (before.cells.iter().peekable(), after.cells.iter().peekable());
    loop {
        let (one, other) = match (old.peek(), new.peek()) {
            (None, None) => return Ok(()),
            (Some(one), Some(other)) if one.0 == other.0 => (old.next(), new.next()),
            (Some(one), other) if other.is_none_or(|other| one.0 < other.0) => (old.next(), None),
            _ => (None, new.next()),
        };
        let Some((cell, _)) = one.or(other) else { return Ok(()) };
        let (one, other) = (one.map(|(_, text)| *text), other.map(|(_, text)| *text));
        if one == other {
            continue;
        }
        let content = |text: Option<&str>| text.map(|text| content(part, text)).transpose();
        let same = content(one)?.unwrap_or_default() == content(other)?.unwrap_or_default();
        let (sheet, cell) = (name.to_owned(), *cell);
        let formula = |text: Option<&str>| text.map(|text| formula(part, text)).transpose();
        found.push(if same {
            Change::Format { sheet, cell }
        } else if let (Some(Some(one)), Some(Some(other))) = (formula(one)?, formula(other)?)
            && one == other
        {
            Change::Result { sheet, cell }
        } else {
            Change::Value { sheet, cell }
        });
    }
}

/// A cell's markup without its format: its type, and what stands in it.
fn content(part: &str, cell: &str) -> Result<String, Refusal> {
    let mut kept = String::new();
    walk(part, cell, |piece| {
        if piece.depth > 0 {
            kept.push_str(piece.text);
        } else if piece.kind != Kind::Close {
            // A cell without a type and without content is as good as none.
            kept.push_str(&attr(piece.text, "t").unwrap_or_default());
        }
        Ok(true)
    })?;
    Ok(kept)
}

/// A cell's markup without its result, where it has a formula.
fn formula(part: &str, cell: &str) -> Result<Option<String>, Refusal> {
    let (mut kept, mut has, mut result) = (String::new(), false, false);
    walk(part, cell, |piece| {
        has |= piece.begins("f");
        if piece.name == "v" {
            result = piece.kind == Kind::Open;
        } else if piece.depth == 0 {
            kept.push_str(&without_attr(piece.text, "t"));
        } else if !result {
            kept.push_str(piece.text);
        }
        Ok(true)
    })?;
    Ok(has.then_some(kept))
}

/// Whether every list of a style sheet begins as before, and nothing else differs.
fn styles_grew(part: &str, before: &str, after: &str) -> Result<bool, Refusal> {
    let (old, new) = (styles::lists(part, before)?, styles::lists(part, after)?);
    for (old, new) in old.iter().zip(&new) {
        let items = |text: &str, list: &Option<styles::List>| -> Vec<String> {
            list.iter().flat_map(|list| &list.items).map(|at| text[at.clone()].to_owned()).collect()
        };
        if !items(after, new).starts_with(&items(before, old)) {
            return Ok(false);
        }
    }
    Ok(without_lists(part, before)? == without_lists(part, after)?)
}

fn without_lists(part: &str, text: &str) -> Result<String, Refusal> {
    let mut rest = String::new();
    let mut skipping = false;
    walk(part, text, |piece| {
        if piece.depth == 1 && styles::LISTS.contains(&piece.name) {
            skipping = piece.kind == Kind::Open;
        } else if !skipping {
            rest.push_str(piece.text);
        }
        Ok(true)
    })?;
    Ok(rest)
}

/// Whether the shared texts begin as before.
fn strings_grew(part: &str, before: &str, after: &str) -> Result<bool, Refusal> {
    let n_old = count(part, before)?;
    let body = |text: &str| -> Result<String, Refusal> {
        let mut splices = Splices::default();
        let mut n_items = 0;
        walk(part, text, |piece| {
            if piece.depth == 0 && piece.name == "sst" {
                splices.replace(piece.span, "");
            } else if piece.depth == 1 && piece.begins("si") {
                n_items += 1;
                if n_items > n_old {
                    splices.replace(piece.span.start..text.len(), "");
                    return Ok(false);
                }
            }
            Ok(true)
        })?;
        Ok(splices.apply(text))
    };
    Ok(body(before)? == body(after)?)
}
