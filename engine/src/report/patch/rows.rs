//! Rows put in behind a row of a sheet, as copies of it, with every reference in the package that must
//! move; and the same taken out again, for the proof. What it has no rule for, it refuses.
//! Knows no form: which row is repeated, and how often, is said by the caller.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::Range;

use super::markup::{Kind, Splices, attr, attrs, escape, flag, unescape, walk, with_attr, without_attr};
use super::package::{Package, damaged};
use super::refs::{self, Shift};
use super::{Grow, Refusal};
use crate::model::CellRef;

/// What a sheet may have when rows are put in: each of these is moved, or has nothing to move.
const SHEET: [&str; 30] = [
    "sheetPr",
    "dimension",
    "sheetViews",
    "sheetFormatPr",
    "cols",
    "sheetData",
    "sheetCalcPr",
    "protectedRanges",
    "autoFilter",
    "sortState",
    "mergeCells",
    "phoneticPr",
    "conditionalFormatting",
    "dataValidations",
    "hyperlinks",
    "printOptions",
    "pageMargins",
    "pageSetup",
    "headerFooter",
    "rowBreaks",
    "colBreaks",
    "ignoredErrors",
    "drawing",
    "legacyDrawing",
    "legacyDrawingHF",
    "picture",
    "tableParts",
    "extLst",
    "customProperties",
    "AlternateContent",
];
/// What an extension of a sheet may hold.
const EXTENSIONS: [&str; 3] = ["conditionalFormattings", "dataValidations", "sparklineGroups"];
/// What a sheet may lead to.
const RELATIONS: [&str; 9] = [
    "drawing",
    "vmlDrawing",
    "comments",
    "threadedComment",
    "table",
    "hyperlink",
    "printerSettings",
    "image",
    "customProperty",
];

/// Puts rows in, or takes them out again (`back`).
///
/// Errors: what the rules do not cover, with the reason.
pub(super) fn shift(package: &mut Package<'_>, grow: &Grow, back: bool) -> Result<(), Refusal> {
    let no_sheet = || Refusal::NoSheet { sheet: grow.sheet.clone() };
    let shift = Shift { sheet: &grow.sheet, last0: grow.last_row0, n: grow.n_rows, back };
    if shift.n == 0 {
        return Ok(());
    }
    let own = package.sheets.iter().find(|sheet| sheet.name == grow.sheet).ok_or_else(no_sheet)?.clone();
    let text = package.text(&own.part)?;
    if !back {
        permitted(package, &own.part, &text, &shift)?;
    }
    let moved = sheet(&own.part, &text, &shift)?;
    package.replace(&own.part, moved);
    // The parts that belong to the sheet.
    let (mut drawings, mut notes, mut shapes, mut tables) = (vec![], vec![], vec![], vec![]);
    for relation in package.relations_from(&own.part)? {
        match relation.kind.rsplit('/').next().unwrap_or_default() {
            "drawing" => drawings.push(relation.target),
            "comments" | "threadedComment" => notes.push(relation.target),
            "vmlDrawing" => shapes.push(relation.target),
            "table" => tables.push(relation.target),
            _ => {}
        }
    }
    for part in drawings {
        edit(package, &part, |part, text| drawing(part, text, &shift))?;
    }
    for part in notes {
        edit(package, &part, |part, text| {
            attributes(part, text, &|name| matches!(name, "comment" | "threadedComment"), &shift, false)
        })?;
    }
    for part in shapes {
        edit(package, &part, |part, text| vml(part, text, &shift))?;
    }
    for part in &tables {
        edit(package, part, |part, text| {
            attributes(
                part,
                text,
                &|name| matches!(name, "table" | "autoFilter" | "sortState" | "sortCondition"),
                &shift,
                true,
            )
        })?;
    }
    // Formulas anywhere else.
    let others: Vec<_> = package.sheets.iter().filter(|sheet| sheet.part != own.part).cloned().collect();
    for other in others {
        edit(package, &other.part, |part, text| formulas(part, text, Some(&other.name), &shift))?;
    }
    for part in package
        .parts(|name| name.ends_with(".xml") && (name.contains("/charts/") || name.contains("/tables/")))
    {
        let own = tables.iter().any(|table| table.to_lowercase() == part).then_some(&*grow.sheet);
        edit(package, &part, |part, text| formulas(part, text, own, &shift))?;
    }
    let workbook = package.workbook.clone();
    let sheets: Vec<String> = package.sheets.iter().map(|sheet| sheet.name.clone()).collect();
    edit(package, &workbook, |part, text| names(part, text, &sheets, &shift))
}

fn edit(
    package: &mut Package<'_>,
    part: &str,
    how: impl Fn(&str, &str) -> Result<String, Refusal>,
) -> Result<(), Refusal> {
    let text = package.text(part)?;
    let moved = how(part, &text)?;
    if moved != text {
        package.replace(part, moved);
    }
    Ok(())
}

fn refused(what: impl Into<String>) -> Refusal {
    Refusal::Growth { what: what.into() }
}

/// Whether there is a rule for everything the sheet has.
fn permitted(package: &mut Package<'_>, part: &str, text: &str, shift: &Shift<'_>) -> Result<(), Refusal> {
    if !package.parts(|name| name.contains("pivotcache") || name.contains("pivottables/")).is_empty() {
        return Err(refused("工作簿有数据透视表"));
    }
    if !package.parts(|name| name.ends_with("vbaproject.bin")).is_empty() {
        return Err(refused("工作簿有宏"));
    }
    if !package.parts(|name| name.ends_with("connections.xml") || name.contains("querytables/")).is_empty() {
        return Err(refused("工作簿有数据连接"));
    }
    for relation in package.relations_from(part)? {
        let kind = relation.kind.rsplit('/').next().unwrap_or_default();
        if !RELATIONS.contains(&kind) {
            return Err(refused(format!("工作表带有 {kind}")));
        }
    }
    let mut extension = false;
    let mut bottom0 = 0;
    walk(part, text, |piece| {
        let opens = matches!(piece.kind, Kind::Open | Kind::Alone);
        if opens && piece.depth == 1 {
            match piece.name {
                "sheetProtection" if flag(piece.text, "sheet") => return Err(refused("工作表受保护")),
                "sheetProtection" => {}
                name if !SHEET.contains(&name) => return Err(refused(format!("工作表带有 {name}"))),
                _ => {}
            }
            extension = piece.name == "extLst";
        } else if opens && extension && piece.depth == 3 && !EXTENSIONS.contains(&piece.name) {
            return Err(refused(format!("工作表带有扩展 {}", piece.name)));
        } else if piece.begins("pane") {
            let rows =
                attr(piece.text, "ySplit").and_then(|rows| rows.split('.').next()?.parse::<u32>().ok());
            if rows.is_some_and(|rows| rows > shift.last0) {
                return Err(refused("明细行在冻结窗格之内"));
            }
        } else if piece.begins("row") && piece.depth == 2 {
            bottom0 = attr(piece.text, "r").and_then(|r| r.parse::<u32>().ok()).unwrap_or(0).max(bottom0);
        } else if piece.begins("hyperlink") || piece.begins("mergeCell") {
            let region = attr(piece.text, "ref").unwrap_or_default();
            let (from, to) = rows_of(&region).ok_or_else(|| damaged(part, format!("region {region}")))?;
            if to == shift.last0 && from < to && piece.name == "mergeCell" {
                return Err(refused(format!("明细行有纵向合并单元格 {region}")));
            }
            if piece.name == "hyperlink" && (from..=to).contains(&shift.last0) {
                return Err(refused(format!("明细行有超链接 {region}")));
            }
        } else if matches!(piece.name, "controls" | "oleObjects") && opens {
            return Err(refused("工作表有控件或嵌入对象"));
        }
        Ok(true)
    })?;
    if bottom0.saturating_add(shift.n) > refs::LAST_ROW0 {
        return Err(refused("行数超出工作表上限"));
    }
    Ok(())
}

fn rows_of(region: &str) -> Option<(u32, u32)> {
    let (one, other) = region.split_once(':').unwrap_or((region, region));
    Some((CellRef::parse(one)?.row0, CellRef::parse(other)?.row0))
}

/// Splices that bring a formula, which stands in `raw` with its entities, to where it belongs.
fn formula(
    (part, raw): (&str, Range<usize>),
    text: &str,
    own: Option<&str>,
    at: Option<u32>,
    shift: &Shift<'_>,
    splices: &mut Splices,
) -> Result<(), Refusal> {
    let written = &text[raw.clone()];
    let unclear = |_| refused(format!("{part} 的公式无法移动:{written}"));
    if written.contains("<!") {
        return Err(unclear(refs::Unclear));
    }
    let (plain, places) = places(written);
    for (span, with) in shift.formula(&plain, own, at).map_err(unclear)? {
        splices.replace(raw.start + places[span.start]..raw.start + places[span.end], with);
    }
    Ok(())
}

/// A text without entities, and for each of its bytes (and its end) where it stands in the markup.
fn places(raw: &str) -> (String, Vec<usize>) {
    let (mut plain, mut places) = (String::with_capacity(raw.len()), Vec::with_capacity(raw.len() + 1));
    let mut at = 0;
    while at < raw.len() {
        let rest = &raw[at..];
        let step = match rest.find(';') {
            Some(end) if rest.starts_with('&') => end + 1,
            _ => rest.chars().next().map_or(1, char::len_utf8),
        };
        let text = unescape(&rest[..step]);
        places.extend((0..text.len()).map(|i| if text.len() == step { at + i } else { at }));
        plain.push_str(&text);
        at += step;
    }
    places.push(raw.len());
    (plain, places)
}

/// Formulas and locations of a part that stand between tags, and of other sheets' cells.
fn formulas(part: &str, text: &str, own: Option<&str>, shift: &Shift<'_>) -> Result<String, Refusal> {
    let mut splices = Splices::default();
    let mut open = None;
    walk(part, text, |piece| {
        let holds = matches!(
            piece.name,
            "f" | "formula" | "formula1" | "formula2" | "calculatedColumnFormula" | "totalsRowFormula"
        );
        if holds && piece.kind == Kind::Open {
            open = Some(piece.span.end);
        } else if holds && piece.kind == Kind::Close {
            if let Some(start) = open.take() {
                formula((part, start..piece.span.start), text, own, None, shift, &mut splices)?;
            }
        } else if piece.begins("hyperlink") {
            location(piece.text, piece.span.start, shift, &mut splices);
        }
        Ok(true)
    })?;
    Ok(splices.apply(text))
}

fn location(tag: &str, at: usize, shift: &Shift<'_>, splices: &mut Splices) {
    if let Some((_, value)) = attrs(tag).find(|(name, _)| *name == "location") {
        // What is no formula (a name with odd characters) leads nowhere that moves.
        let (plain, places) = places(&tag[value.clone()]);
        for (span, with) in shift.formula(&plain, None, None).unwrap_or_default() {
            let start = at + value.start;
            splices.replace(start + places[span.start]..start + places[span.end], with);
        }
    }
}

/// Names of the workbook.
fn names(part: &str, text: &str, sheets: &[String], shift: &Shift<'_>) -> Result<String, Refusal> {
    let mut splices = Splices::default();
    let mut open = None;
    walk(part, text, |piece| {
        if piece.name == "definedName" && piece.kind == Kind::Open {
            let local = attr(piece.text, "localSheetId").and_then(|id| id.parse::<usize>().ok());
            open = Some((piece.span.end, local.and_then(|local| sheets.get(local))));
        } else if piece.closes("definedName")
            && let Some((start, own)) = open.take()
        {
            let own = own.map(String::as_str);
            formula((part, start..piece.span.start), text, own, None, shift, &mut splices)?;
        }
        Ok(true)
    })?;
    Ok(splices.apply(text))
}

/// Regions in the `ref` of some elements.
fn attributes(
    part: &str,
    text: &str,
    which: &dyn Fn(&str) -> bool,
    shift: &Shift<'_>,
    grows: bool,
) -> Result<String, Refusal> {
    let mut splices = Splices::default();
    walk(part, text, |piece| {
        if matches!(piece.kind, Kind::Open | Kind::Alone) && which(piece.name) {
            region(part, (piece.text, piece.span), "ref", shift, grows, &mut splices)?;
        }
        Ok(true)
    })?;
    Ok(splices.apply(text))
}

fn region(
    part: &str,
    (tag, span): (&str, Range<usize>),
    name: &str,
    shift: &Shift<'_>,
    grows: bool,
    splices: &mut Splices,
) -> Result<(), Refusal> {
    if let Some((_, at)) = attrs(tag).find(|(known, _)| *known == name) {
        let old = &tag[at.clone()];
        let new = shift.regions(old, grows).ok_or_else(|| damaged(part, format!("region {old}")))?;
        if new != old {
            splices.replace(span.start + at.start..span.start + at.end, new);
        }
    }
    Ok(())
}

/// Anchors of pictures, charts and shapes.
fn drawing(part: &str, text: &str, shift: &Shift<'_>) -> Result<String, Refusal> {
    let mut splices = Splices::default();
    let (mut fixed, mut with_cells, mut end, mut from_moved) = (false, true, false, false);
    let mut open = None;
    walk(part, text, |piece| {
        match (piece.name, piece.kind) {
            ("twoCellAnchor" | "oneCellAnchor", Kind::Open) => {
                let how = attr(piece.text, "editAs").unwrap_or_default();
                (fixed, with_cells) = (how == "absolute", how != "oneCell");
            }
            ("from", Kind::Open) => end = false,
            ("to", Kind::Open) => end = true,
            ("row", Kind::Open) => open = Some(piece.span.end),
            ("row", Kind::Close) => {
                let Some(start) = open.take() else { return Ok(true) };
                let old = &text[start..piece.span.start];
                let row0: u32 = old.trim().parse().map_err(|_| damaged(part, format!("row {old}")))?;
                let new = if fixed || (end && !with_cells && !from_moved) { row0 } else { shift.row(row0) };
                if !end {
                    from_moved = new != row0;
                }
                if new != row0 {
                    splices.replace(start..piece.span.start, new.to_string());
                }
            }
            _ => {}
        }
        Ok(true)
    })?;
    Ok(splices.apply(text))
}

/// Notes' shapes: their row, and the rows of their corners.
fn vml(part: &str, text: &str, shift: &Shift<'_>) -> Result<String, Refusal> {
    let mut splices = Splices::default();
    let mut open = None;
    walk(part, text, |piece| {
        if matches!(piece.name, "Row" | "Anchor") && piece.kind == Kind::Open {
            open = Some(piece.span.end);
        } else if matches!(piece.name, "Row" | "Anchor") && piece.kind == Kind::Close {
            let Some(start) = open.take() else { return Ok(true) };
            let mut at = start;
            for (index, old) in text[start..piece.span.start].split(',').enumerate() {
                let is_row = piece.name == "Row" || index == 2 || index == 6;
                if is_row {
                    let word = old.trim();
                    let row0: u32 = word.parse().map_err(|_| damaged(part, format!("row {old}")))?;
                    let begin = at + (old.len() - old.trim_start().len());
                    let new = shift.row(row0);
                    if new != row0 {
                        splices.replace(begin..begin + word.len(), new.to_string());
                    }
                }
                at += old.len() + 1;
            }
        }
        Ok(true)
    })?;
    Ok(splices.apply(text))
}

/// A formula that several cells share: where it is written, its text, its region.
struct Master {
    at: CellRef,
    text: String,
}

/// The formulas that cells of a sheet share, by number.
fn masters(part: &str, text: &str) -> Result<BTreeMap<String, Master>, Refusal> {
    let mut found = BTreeMap::new();
    each_formula(part, text, |at, tag, raw| {
        if attr(tag, "t").as_deref() == Some("shared") && !raw.is_empty() {
            let si = attr(tag, "si").unwrap_or_default();
            found.insert(si, Master { at, text: unescape(&text[raw]) });
        }
        Ok(())
    })?;
    Ok(found)
}

/// Calls `each` for every formula of a sheet: its cell, its tag, and where its text stands.
fn each_formula(
    part: &str,
    text: &str,
    mut each: impl FnMut(CellRef, &str, Range<usize>) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let mut at = CellRef::new(0, 0);
    let mut next_row0 = 0;
    let mut open: Option<(String, usize)> = None;
    walk(part, text, |piece| {
        match (piece.name, piece.depth, piece.kind) {
            ("row", 2, Kind::Open) => {
                let row0 = attr(piece.text, "r")
                    .and_then(|r| r.parse::<u32>().ok())
                    .map_or(next_row0, |r| r.max(1) - 1);
                at = CellRef::new(row0, 0);
                next_row0 = row0.saturating_add(1);
            }
            ("c", 3, Kind::Open | Kind::Alone) => {
                if let Some(r) = attr(piece.text, "r") {
                    at = CellRef::parse(&r).ok_or_else(|| damaged(part, format!("cell {r}")))?;
                }
            }
            ("c", 3, Kind::Close) => at.col0 += 1,
            ("f", 4, Kind::Open) => open = Some((piece.text.to_owned(), piece.span.end)),
            ("f", 4, Kind::Alone) => each(at, piece.text, piece.span.end..piece.span.end)?,
            ("f", 4, Kind::Close) => {
                if let Some((tag, start)) = open.take() {
                    each(at, &tag, start..piece.span.start)?;
                }
            }
            _ => {}
        }
        if piece.name == "c" && piece.depth == 3 && piece.kind == Kind::Alone {
            at.col0 += 1;
        }
        Ok(true)
    })
}

fn applied(shift: &Shift<'_>, text: &str, at: u32) -> Result<String, refs::Unclear> {
    let mut done = text.to_owned();
    for (span, with) in shift.formula(text, Some(shift.sheet), Some(at))?.into_iter().rev() {
        done.replace_range(span, &with);
    }
    Ok(done)
}

/// Checks the formulas of the sheet that grows, before anything moves.
fn formulas_permitted(
    part: &str,
    text: &str,
    masters: &BTreeMap<String, Master>,
    shift: &Shift<'_>,
) -> Result<(), Refusal> {
    each_formula(part, text, |at, tag, raw| {
        let kind = attr(tag, "t").unwrap_or_default();
        let unclear = |_| refused(format!("{at} 的公式无法移动"));
        if kind == "dataTable" {
            return Err(refused(format!("{at} 是模拟运算表")));
        }
        let region = attr(tag, "ref");
        if let Some((from, to)) = region.as_deref().and_then(rows_of) {
            if kind == "array" && (from..=to).contains(&shift.last0) {
                return Err(refused(format!("{at} 的数组公式经过明细行")));
            }
            if from <= shift.last0 && to > shift.last0 {
                return Err(refused(format!("{at} 的公式区域跨过明细行")));
            }
        }
        let mut written = unescape(&text[raw]);
        if kind == "shared" {
            let si = attr(tag, "si").unwrap_or_default();
            let master = masters.get(&si).ok_or_else(|| damaged(part, format!("shared formula {si}")))?;
            let (rows, cols) = distance(master.at, at);
            written = refs::translated(&master.text, rows, cols).map_err(unclear)?;
            // Cells that share a formula must still be able to, each from its new place.
            let to = CellRef::new(shift.row(at.row0), at.col0);
            let home = CellRef::new(shift.row(master.at.row0), master.at.col0);
            let (rows, cols) = distance(home, to);
            let shared = applied(shift, &master.text, master.at.row0)
                .and_then(|text| refs::translated(&text, rows, cols))
                .map_err(unclear)?;
            if shared != applied(shift, &written, at.row0).map_err(unclear)? {
                return Err(refused(format!("{at} 的共享公式移动后不再一致")));
            }
        }
        if at.row0 != shift.last0 && shift.picks_one(&written, shift.sheet).map_err(unclear)? {
            return Err(refused(format!("{at} 的公式只引用明细行的一个单元格")));
        }
        Ok(())
    })
}

fn distance(from: CellRef, to: CellRef) -> (i64, i64) {
    (i64::from(to.row0) - i64::from(from.row0), i64::from(to.col0) - i64::from(from.col0))
}

/// The row that is repeated, in pieces.
#[derive(Default)]
struct Template {
    span: Range<usize>,
    found: bool,
}

/// The sheet itself.
#[expect(clippy::too_many_lines, reason = "one pass over the part; each element has its one rule here")]
fn sheet(part: &str, text: &str, shift: &Shift<'_>) -> Result<String, Refusal> {
    let masters = masters(part, text)?;
    if !shift.back {
        formulas_permitted(part, text, &masters, shift)?;
    }
    let mut splices = Splices::default();
    let mut row0 = 0;
    let mut next_row0 = 0;
    let mut row_start = 0;
    let mut template = Template::default();
    // A text between tags that is a formula or regions.
    let mut open: Option<usize> = None;
    let mut merges: Vec<String> = Vec::new();
    let (mut merge_list, mut n_dropped, mut breaks, mut in_data) = (None, 0_u32, false, false);
    walk(part, text, |piece| {
        let opens = matches!(piece.kind, Kind::Open | Kind::Alone);
        if piece.name == "row" && piece.depth == 2 {
            if opens {
                row_start = piece.span.start;
                row0 = attr(piece.text, "r")
                    .and_then(|r| r.parse::<u32>().ok())
                    .map_or(next_row0, |r| r.max(1) - 1);
                next_row0 = row0.saturating_add(1);
                if let Some((_, at)) = attrs(piece.text).find(|(name, _)| *name == "r") {
                    let new = shift.row(row0);
                    if new != row0 && !(shift.back && shift.inside(row0)) {
                        splices.replace(
                            piece.span.start + at.start..piece.span.start + at.end,
                            (new + 1).to_string(),
                        );
                    }
                } else if row0 >= shift.last0 {
                    return Err(refused("行没有行号"));
                }
            }
            if piece.kind != Kind::Open {
                let whole = row_start..piece.span.end;
                if shift.back && shift.inside(row0) {
                    splices.replace(whole, "");
                } else if row0 == shift.last0 {
                    template = Template { span: whole, found: true };
                }
            }
            return Ok(true);
        }
        if shift.back && in_data && shift.inside(row0) && piece.depth > 1 {
            return Ok(true);
        }
        match piece.name {
            "c" if piece.depth == 3 && opens => {
                if let Some((_, at)) = attrs(piece.text).find(|(name, _)| *name == "r") {
                    let cell = &piece.text[at.clone()];
                    let cell = CellRef::parse(cell).ok_or_else(|| damaged(part, format!("cell {cell}")))?;
                    let new = shift.row(cell.row0);
                    if new != cell.row0 {
                        let new = CellRef::new(new, cell.col0).to_string();
                        splices.replace(piece.span.start + at.start..piece.span.start + at.end, new);
                    }
                }
            }
            "f" | "formula" | "formula1" | "formula2" | "sqref" if piece.depth > 1 => {
                let in_cell = piece.name == "f" && in_data;
                if opens && in_cell {
                    region(part, (piece.text, piece.span.clone()), "ref", shift, false, &mut splices)?;
                }
                if piece.kind == Kind::Open {
                    open = Some(piece.span.end);
                } else if piece.kind == Kind::Close
                    && let Some(start) = open.take()
                {
                    let raw = start..piece.span.start;
                    if piece.name == "sqref" {
                        let old = &text[raw.clone()];
                        let new =
                            shift.regions(old, true).ok_or_else(|| damaged(part, format!("region {old}")))?;
                        if new != old {
                            splices.replace(raw, new);
                        }
                    } else {
                        let at = in_cell.then_some(if shift.back { shift.row(row0) } else { row0 });
                        formula((part, raw), text, Some(shift.sheet), at, shift, &mut splices)?;
                    }
                }
            }
            "sheetData" if piece.depth == 1 => in_data = piece.kind == Kind::Open,
            "mergeCells" if opens => merge_list = Some(piece.span.clone()),
            "mergeCell" if opens => {
                let old = attr(piece.text, "ref").unwrap_or_default();
                let (from, to) = rows_of(&old).ok_or_else(|| damaged(part, format!("region {old}")))?;
                if shift.back && shift.inside(from) && shift.inside(to) {
                    splices.replace(piece.span, "");
                    n_dropped += 1;
                    return Ok(true);
                }
                if from == to && from == shift.last0 {
                    merges.push(piece.text.to_owned());
                }
                region(part, (piece.text, piece.span), "ref", shift, false, &mut splices)?;
            }
            "mergeCells" if piece.kind == Kind::Close => {
                let Some(tag) = merge_list.clone() else { return Ok(true) };
                let mut n_new = 0_i64 - i64::from(n_dropped);
                if !shift.back {
                    let mut cloned = String::new();
                    for k in 1..=shift.n {
                        for merge in &merges {
                            let region = attr(merge, "ref").unwrap_or_default();
                            let down = |text: &str| {
                                CellRef::parse(text).map(|at| CellRef::new(at.row0 + k, at.col0).to_string())
                            };
                            let (one, other) = region.split_once(':').unwrap_or((&region, &region));
                            let (Some(one), Some(other)) = (down(one), down(other)) else { continue };
                            // An element with content would need its closing tag; none has any.
                            if !merge.ends_with("/>") {
                                return Err(damaged(part, "mergeCell with content"));
                            }
                            cloned.push_str(&with_attr(merge, "ref", &format!("{one}:{other}")));
                            n_new += 1;
                        }
                    }
                    splices.insert(piece.span.start, cloned);
                }
                let open = &text[tag.clone()];
                if let Some(count) = attr(open, "count").and_then(|count| count.parse::<i64>().ok()) {
                    let count = (count + n_new).max(0).to_string();
                    splices.replace(tag, with_attr(open, "count", &count));
                }
            }
            "dimension" | "autoFilter" | "sortState" | "sortCondition" if opens => {
                region(part, (piece.text, piece.span), "ref", shift, true, &mut splices)?;
            }
            "conditionalFormatting" | "dataValidation" | "protectedRange" | "ignoredError" if opens => {
                region(part, (piece.text, piece.span), "sqref", shift, true, &mut splices)?;
            }
            "hyperlink" if opens => {
                region(part, (piece.text, piece.span.clone()), "ref", shift, false, &mut splices)?;
                location(piece.text, piece.span.start, shift, &mut splices);
            }
            "rowBreaks" => breaks = opens,
            "brk" if opens && breaks => {
                if let Some((_, at)) = attrs(piece.text).find(|(name, _)| *name == "id") {
                    // A break with number n stands above the row n counted from 0.
                    let id: u32 = piece.text[at.clone()].parse().map_err(|_| damaged(part, "row break"))?;
                    let new = shift.row(id);
                    if new != id {
                        splices
                            .replace(piece.span.start + at.start..piece.span.start + at.end, new.to_string());
                    }
                }
            }
            _ => {}
        }
        Ok(true)
    })?;
    if !shift.back {
        if !template.found {
            return Err(refused(format!("没有第 {} 行", shift.last0 + 1)));
        }
        let moved = template_moved(part, &text[template.span.clone()], shift)?;
        let mut copies = String::new();
        for k in 1..=shift.n {
            copies.push_str(&copy(part, &moved, shift.last0, k, &masters, shift)?);
        }
        splices.insert(template.span.end, copies);
    }
    Ok(splices.apply(text))
}

/// The repeated row with its formulas moved, as it will stand: copies are made from it.
fn template_moved(part: &str, row: &str, shift: &Shift<'_>) -> Result<String, Refusal> {
    let mut splices = Splices::default();
    let mut open = None;
    walk(part, row, |piece| {
        if piece.name == "f" && piece.kind == Kind::Open {
            open = Some(piece.span.end);
        } else if piece.closes("f")
            && let Some(start) = open.take()
        {
            let raw = start..piece.span.start;
            formula((part, raw), row, Some(shift.sheet), Some(shift.last0), shift, &mut splices)?;
        }
        Ok(true)
    })?;
    Ok(splices.apply(row))
}

/// The k-th copy of a row: its cells with their formats and formulas, without results.
fn copy(
    part: &str,
    row: &str,
    last0: u32,
    k: u32,
    masters: &BTreeMap<String, Master>,
    shift: &Shift<'_>,
) -> Result<String, Refusal> {
    let mut splices = Splices::default();
    let mut at = CellRef::new(last0, 0);
    let mut cell: Option<(Range<usize>, String)> = None;
    let mut formula: Option<(Range<usize>, String)> = None;
    let mut done: Option<Range<usize>> = None;
    let to = last0 + k;
    let unclear = |_| refused(format!("第 {} 行的公式不能复制", last0 + 1));
    walk(part, row, |piece| {
        match (piece.name, piece.kind) {
            ("row", Kind::Open | Kind::Alone) => {
                splices.replace(piece.span, with_attr(piece.text, "r", &(to + 1).to_string()));
            }
            ("c", Kind::Open | Kind::Alone) => {
                if let Some(r) = attr(piece.text, "r") {
                    at = CellRef::parse(&r).ok_or_else(|| damaged(part, format!("cell {r}")))?;
                }
                let tag = with_attr(piece.text, "r", &CellRef::new(to, at.col0).to_string());
                if piece.kind == Kind::Alone {
                    splices.replace(piece.span, tag);
                    at.col0 += 1;
                } else {
                    cell = Some((piece.span, tag));
                    done = None;
                }
            }
            ("f", Kind::Open) => formula = Some((piece.span, piece.text.to_owned())),
            ("f", Kind::Alone) => formula = Some((piece.span.clone(), piece.text.to_owned())),
            ("f", Kind::Close) => {
                if let Some((open, _)) = &mut formula {
                    done = Some(open.end..piece.span.start);
                    open.end = piece.span.end;
                }
            }
            ("c", Kind::Close) => {
                let Some((open, tag)) = cell.take() else { return Ok(true) };
                match formula.take() {
                    None => splices.replace(open, tag),
                    Some((_, f)) => {
                        let own = done.take().map_or_else(String::new, |raw| unescape(&row[raw]));
                        let shared = attr(&f, "t").as_deref() == Some("shared");
                        let text = if shared && own.is_empty() {
                            let si = attr(&f, "si").unwrap_or_default();
                            let master = masters.get(&si).ok_or_else(|| damaged(part, "shared formula"))?;
                            let (rows, cols) = distance(master.at, CellRef::new(last0, at.col0));
                            let text = refs::translated(&master.text, rows, cols).map_err(unclear)?;
                            applied(shift, &text, last0).map_err(unclear)?
                        } else {
                            own
                        };
                        let text = refs::translated(&text, i64::from(k), 0).map_err(unclear)?;
                        let prefix = super::package::prefix(&tag);
                        let tag = without_attr(&tag, "t");
                        let f = format!("{tag}<{prefix}f>{}</{prefix}f></{prefix}c>", escape(&text));
                        splices.replace(open.start..piece.span.end, f);
                    }
                }
                at.col0 += 1;
            }
            _ => {}
        }
        Ok(true)
    })?;
    Ok(splices.apply(row))
}
