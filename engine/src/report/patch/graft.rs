//! Puts a sheet of our own before the others, or behind them, with the formats, texts and print titles it has.
//! Knows nothing of what stands on it: the sheet comes drawn, as a workbook of its own.

use super::markup::{Kind, Splices, attr, attrs, escape, flag, walk, with_attr, without_attr};
use super::package::{Package, damaged, prefix};
use super::strings::Strings;
use super::styles::Styles;
use super::{Front, Refusal};

/// Puts the sheet in front, behind, or over the one it replaces.
///
/// Errors: what the package or the drawn workbook lacks.
pub(super) fn graft(
    package: &mut Package<'_>,
    front: &Front,
    styles: &mut Styles,
    strings: &mut Strings,
) -> Result<(), Refusal> {
    let mut donor = Package::open(&front.workbook)?;
    let part = donor.sheets.first().ok_or(Refusal::Foreign)?.part.clone();
    let sheet = donor.text(&part)?;
    let offset = match donor.part_of("styles") {
        Some(part) => styles.graft(&donor.text(&part)?)?,
        None => 0,
    };
    let texts = match donor.part_of("sharedStrings") {
        Some(part) => items(&part, &donor.text(&part)?)?,
        None => Vec::new(),
    };
    let sheet = renumbered(&part, &sheet, offset, &texts, strings)?;
    let workbook = donor.workbook.clone();
    let names = defined_names(&workbook, &donor.text(&workbook)?)?;

    if front.behind {
        // Drawn as the only sheet of its workbook, it is the selected one there.
        let id = package.add_worksheet(unselected(&part, &sheet)?)?;
        let workbook = package.workbook.clone();
        let text = package.text(&workbook)?;
        let text = list(&workbook, &text, (&front.name, &id), &names, Some(package.sheets.len()))?;
        package.replace(&workbook, text);
        return Ok(());
    }
    let replaced = front.replaces.as_ref();
    let replaced = replaced.and_then(|name| package.sheets.iter().position(|sheet| sheet.name == *name));
    for (index, other) in package.sheets.clone().iter().enumerate() {
        if Some(index) != replaced && package.has(&other.part) {
            unselect(package, &other.part)?;
        }
    }
    let workbook = package.workbook.clone();
    let text = package.text(&workbook)?;
    let text = match replaced {
        Some(index) => {
            let part = package.sheets[index].part.clone();
            package.replace(&part, sheet);
            open_at(&workbook, &text, index)?
        }
        None => {
            let id = package.add_worksheet(sheet)?;
            list(&workbook, &open_at(&workbook, &text, 0)?, (&front.name, &id), &names, None)?
        }
    };
    package.replace(&workbook, text);
    Ok(())
}

/// What stands between the tags of each shared text.
fn items(part: &str, text: &str) -> Result<Vec<String>, Refusal> {
    let mut found = Vec::new();
    let mut start = 0;
    walk(part, text, |piece| {
        if piece.name == "si" && piece.depth == 1 {
            match piece.kind {
                Kind::Open => start = piece.span.end,
                Kind::Close => found.push(text[start..piece.span.start].to_owned()),
                _ => found.push(String::new()),
            }
        }
        Ok(true)
    })?;
    Ok(found)
}

/// Name and text of the drawn workbook's defined names.
fn defined_names(part: &str, text: &str) -> Result<Vec<(String, String)>, Refusal> {
    let mut found = Vec::new();
    let mut open: Option<(String, usize)> = None;
    walk(part, text, |piece| {
        if piece.name == "definedName" {
            match piece.kind {
                Kind::Open => open = Some((attr(piece.text, "name").unwrap_or_default(), piece.span.end)),
                _ => {
                    if let Some((name, start)) = open.take() {
                        found.push((name, text[start..piece.span.start].to_owned()));
                    }
                }
            }
        }
        Ok(true)
    })?;
    Ok(found)
}

/// The drawn sheet with the numbers that its formats and texts have in the package.
fn renumbered(
    part: &str,
    text: &str,
    offset: usize,
    texts: &[String],
    strings: &mut Strings,
) -> Result<String, Refusal> {
    let mut splices = Splices::default();
    let mut shared: Option<(std::ops::Range<usize>, String)> = None;
    let mut value = 0;
    walk(part, text, |piece| {
        if matches!(piece.kind, Kind::Open | Kind::Alone) {
            let name = if piece.name == "col" { "style" } else { "s" };
            let style = attr(piece.text, name).filter(|_| matches!(piece.name, "c" | "row" | "col"));
            let mut tag = piece.text.to_owned();
            if let Some(style) = style.and_then(|style| style.parse::<usize>().ok()) {
                tag = with_attr(&tag, name, &(style + offset).to_string());
            }
            if piece.name == "c" && attr(piece.text, "t").as_deref() == Some("s") {
                shared = Some((piece.span, tag));
            } else if tag != piece.text {
                splices.replace(piece.span, tag);
            } else if piece.name == "v" {
                value = piece.span.start;
            }
        } else if piece.closes("v")
            && let Some((at, tag)) = shared.take()
        {
            let number = text[value..piece.span.start].trim_start_matches("<v>");
            let item = number.parse::<usize>().ok().and_then(|number| texts.get(number));
            let item = item.ok_or_else(|| damaged(part, format!("text {number}")))?;
            let whole = value..piece.span.end;
            match strings.item(item.clone()) {
                Some(index) => {
                    splices.replace(at, tag);
                    splices.replace(whole, format!("<v>{index}</v>"));
                }
                None => {
                    splices.replace(at, with_attr(&tag, "t", "inlineStr"));
                    splices.replace(whole, format!("<is>{item}</is>"));
                }
            }
        }
        Ok(true)
    })?;
    Ok(splices.apply(text))
}

/// Takes the selection from a sheet. Two selected sheets are a group: what is typed into one would
/// stand in both.
fn unselect(package: &mut Package<'_>, part: &str) -> Result<(), Refusal> {
    let text = package.text(part)?;
    let without = unselected(part, &text)?;
    if without != text {
        package.replace(part, without);
    }
    Ok(())
}

/// The sheet without its selection.
fn unselected(part: &str, text: &str) -> Result<String, Refusal> {
    let mut splices = Splices::default();
    walk(part, text, |piece| {
        if piece.begins("sheetView") && flag(piece.text, "tabSelected") {
            splices.replace(piece.span.clone(), without_attr(piece.text, "tabSelected"));
        }
        Ok(piece.name != "sheetData")
    })?;
    Ok(splices.apply(text))
}

/// Lets every window of the workbook open at a sheet.
fn open_at(part: &str, text: &str, index: usize) -> Result<String, Refusal> {
    let mut splices = Splices::default();
    walk(part, text, |piece| {
        if piece.begins("workbookView") {
            let tag = without_attr(&without_attr(piece.text, "firstSheet"), "activeTab");
            let tag = if index > 0 { with_attr(&tag, "activeTab", &index.to_string()) } else { tag };
            splices.replace(piece.span, tag);
        }
        Ok(true)
    })?;
    Ok(splices.apply(text))
}

/// Lists the new sheet before the others, or behind so many. Names that hold for one sheet are told by its
/// position, so all of them move by one where it stands before them.
fn list(
    part: &str,
    text: &str,
    (name, relation): (&str, &str),
    names: &[(String, String)],
    behind: Option<usize>,
) -> Result<String, Refusal> {
    let mut splices = Splices::default();
    let mut root = String::new();
    let (mut sheet_id, mut id_name, mut id_space) = (0_u32, "r:id".to_owned(), String::new());
    let mut place = None;
    // Where the list of names may begin, and where it ends.
    let (mut after_sheets, mut names_end) = (None, None);
    walk(part, text, |piece| {
        if piece.depth == 0 && piece.kind == Kind::Open {
            piece.text.clone_into(&mut root);
        }
        if piece.begins("sheet") {
            let id = attr(piece.text, "sheetId").and_then(|id| id.parse().ok()).unwrap_or(0);
            sheet_id = sheet_id.max(id);
            if let Some((key, _)) = attrs(piece.text).find(|(key, _)| key.ends_with(":id")) {
                key.clone_into(&mut id_name);
            }
        }
        if piece.depth == 1 {
            match (piece.name, piece.kind) {
                ("sheets", Kind::Open) if behind.is_none() => place = Some(piece.span.end),
                ("sheets" | "functionGroups" | "externalReferences", Kind::Close | Kind::Alone) => {
                    if piece.name == "sheets" && piece.kind == Kind::Close && behind.is_some() {
                        place = Some(piece.span.start);
                    }
                    after_sheets = Some(piece.span.end);
                }
                ("definedNames", Kind::Close) => names_end = Some(piece.span.start),
                ("definedNames", Kind::Alone) => splices.replace(piece.span.clone(), ""),
                _ => {}
            }
        }
        if behind.is_none()
            && piece.begins("definedName")
            && let Some(local) = attr(piece.text, "localSheetId").and_then(|local| local.parse::<u32>().ok())
        {
            let moved = local.saturating_add(1).to_string();
            splices.replace(piece.span, with_attr(piece.text, "localSheetId", &moved));
        }
        Ok(true)
    })?;
    let place = place.ok_or_else(|| damaged(part, "no sheets"))?;
    let prefix = prefix(&root);
    let space = id_name.trim_end_matches(":id");
    if !attrs(&root).any(|(key, _)| key == format!("xmlns:{space}")) {
        const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        id_space = format!(" xmlns:{space}=\"{RELATIONS}\"");
    }
    splices.insert(
        place,
        format!(
            "<{prefix}sheet{id_space} name=\"{}\" sheetId=\"{}\" {id_name}=\"{relation}\"/>",
            escape(name),
            sheet_id.saturating_add(1)
        ),
    );
    if !names.is_empty() {
        let local = behind.unwrap_or(0);
        let listed: String = names
            .iter()
            .map(|(name, text)| {
                let name = escape(name);
                format!(
                    "<{prefix}definedName name=\"{name}\" localSheetId=\"{local}\">{text}</{prefix}definedName>"
                )
            })
            .collect();
        match (names_end, after_sheets) {
            (Some(end), _) => splices.insert(end, listed),
            (None, Some(after)) => {
                splices.insert(after, format!("<{prefix}definedNames>{listed}</{prefix}definedNames>"));
            }
            (None, None) => {}
        }
    }
    Ok(splices.apply(text))
}
