//! References outside the rows of a sheet that move with them: formulas, names, regions, anchors of
//! drawings and notes. Each function edits one part; which parts there are is said by `rows`.

use std::ops::Range;

use super::super::Refusal;
use super::super::markup::{Kind, Splices, attr, attrs, unescape, walk};
use super::super::package::damaged;
use super::super::refs::{self, Shift};
use super::refused;

/// Splices that bring a formula, which stands in `raw` with its entities, to where it belongs.
pub(super) fn formula(
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
        // No entity is longer than `&#x10FFFF;`.
        let entity = rest.strip_prefix('&').and_then(|rest| rest.bytes().take(10).position(|b| b == b';'));
        let step = match entity {
            Some(end) => end + 2,
            None => rest.chars().next().map_or(1, char::len_utf8),
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
pub(super) fn formulas(
    part: &str,
    text: &str,
    own: Option<&str>,
    shift: &Shift<'_>,
) -> Result<String, Refusal> {
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

pub(super) fn location(tag: &str, at: usize, shift: &Shift<'_>, splices: &mut Splices) {
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
pub(super) fn names(part: &str, text: &str, sheets: &[String], shift: &Shift<'_>) -> Result<String, Refusal> {
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
pub(super) fn attributes(
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

pub(super) fn region(
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
pub(super) fn drawing(part: &str, text: &str, shift: &Shift<'_>) -> Result<String, Refusal> {
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
pub(super) fn vml(part: &str, text: &str, shift: &Shift<'_>) -> Result<String, Refusal> {
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
