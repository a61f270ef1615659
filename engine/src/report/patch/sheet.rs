//! What stands in a workbook, as far as whoever fills it must know: texts, formulas, merged regions,
//! protection, lists of permitted values, names. Changes nothing.

use std::collections::BTreeMap;

use super::Refusal;
use super::markup::{Kind, attr, flag, unescape, walk};
use super::package::{Package, damaged};
use super::styles::Styles;
use super::{depends, refs};
use crate::model::CellRef;

/// Most cells that are looked at: a form has thousands.
const MAX_CELLS: usize = 2_000_000;

/// A region of cells; both corners belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Region {
    /// Top left.
    pub first: CellRef,
    /// Bottom right.
    pub last: CellRef,
}

impl Region {
    /// Reads `A1:C3` or `A1`. Errors: `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (one, other) = text.split_once(':').unwrap_or((text, text));
        Some(Self { first: CellRef::parse(one)?, last: CellRef::parse(other)? })
    }

    /// Whether a cell belongs to it.
    pub fn has(&self, at: CellRef) -> bool {
        (self.first.row0..=self.last.row0).contains(&at.row0)
            && (self.first.col0..=self.last.col0).contains(&at.col0)
    }
}

/// What stands in a cell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stands {
    /// Its text or its number as written; empty where it only has a format.
    pub text: String,
    /// Whether parts of its text look different.
    pub rich: bool,
    /// Its formula, without `=`; of cells that share one, only the first has the text.
    pub formula: Option<String>,
    /// Whether a protected sheet keeps it from being changed.
    pub locked: bool,
}

/// A sheet.
#[derive(Debug, Clone, Default)]
pub struct SheetView {
    /// Its name.
    pub name: String,
    /// Cells that are there, blank ones with a format among them.
    pub cells: BTreeMap<CellRef, Stands>,
    /// Merged regions, sorted.
    pub merges: Vec<Region>,
    /// Whether it is protected.
    pub protected: bool,
    /// Regions that take only some values, where the form lists them: in the rule itself, or in cells.
    pub lists: Vec<(Vec<Region>, Vec<String>)>,
    /// Such rules whose values stand in cells: regions, and the formula that names the cells.
    rules: Vec<(Vec<Region>, String)>,
}

impl SheetView {
    /// The merged region a cell belongs to, or the cell alone.
    pub fn region(&self, at: CellRef) -> Region {
        let merged = self.merges.iter().find(|region| region.has(at));
        merged.copied().unwrap_or(Region { first: at, last: at })
    }

    /// What stands in a cell.
    pub fn at(&self, at: CellRef) -> Stands {
        // A cell that is not there is locked like any other.
        self.cells.get(&at).cloned().unwrap_or(Stands { locked: true, ..Stands::default() })
    }
}

/// A workbook.
#[derive(Debug, Clone, Default)]
pub struct BookView {
    /// Its sheets with cells, in its order.
    pub sheets: Vec<SheetView>,
    /// Names of one cell or region: the name, the sheet, the cell at its top left.
    pub names: Vec<(String, String, CellRef)>,
}

/// Looks at a workbook.
///
/// Errors: what is no workbook, or is damaged or too large.
pub fn look(bytes: &[u8]) -> Result<BookView, Refusal> {
    let mut package = Package::open(bytes)?;
    let part = package.part_of("styles").ok_or_else(|| damaged("styles", "missing"))?;
    let styles = Styles::new(&part, package.text(&part)?)?;
    let strings = match package.part_of("sharedStrings") {
        Some(part) => shared(&part, &package.text(&part)?)?,
        None => Vec::new(),
    };
    let mut book = BookView::default();
    let mut n_cells = 0;
    for sheet in package.sheets.clone() {
        let text = package.text(&sheet.part)?;
        let view = sheet_view(&sheet.name, (&sheet.part, &text), &styles, &strings, &mut n_cells)?;
        book.sheets.extend(view);
    }
    let workbook = package.workbook.clone();
    let text = package.text(&workbook)?;
    let mut open = None;
    let mut named: BTreeMap<String, Vec<String>> = BTreeMap::new();
    walk(&workbook, &text, |piece| {
        if piece.name == "definedName" && piece.kind == Kind::Open {
            open = Some((attr(piece.text, "name").unwrap_or_default(), piece.span.end));
        } else if piece.closes("definedName")
            && let Some((name, start)) = open.take()
        {
            let formula = unescape(&text[start..piece.span.start]);
            let found = refs::references(&formula).unwrap_or_default();
            named.entry(name.to_lowercase()).or_default().push(formula.clone());
            if let [one] = found.as_slice()
                && let (Some(sheet), Some((_, col0)), Some((_, row0))) =
                    (&one.sheet, one.first.col, one.first.row)
                && !one.foreign
                && !name.starts_with("_xlnm.")
            {
                book.names.push((name, sheet.clone(), CellRef::new(row0, col0)));
            }
        }
        Ok(true)
    })?;
    for at in 0..book.sheets.len() {
        let rules = std::mem::take(&mut book.sheets[at].rules);
        let known = rules.into_iter().filter_map(|(regions, formula)| {
            let words = book.words(at, &regions, &formula, &named)?;
            Some((regions, words))
        });
        let known: Vec<_> = known.collect();
        book.sheets[at].lists.extend(known);
    }
    Ok(book)
}

impl BookView {
    /// The values that a rule takes from cells.
    ///
    /// Errors: `None` where the cells cannot be told: computed, in another workbook, or others for each
    /// cell of the rule.
    fn words(
        &self,
        own: usize,
        regions: &[Region],
        formula: &str,
        named: &BTreeMap<String, Vec<String>>,
    ) -> Option<Vec<String>> {
        let one_cell = matches!(regions, [only] if only.first == only.last);
        let (formula, by_name) = match named.get(&formula.trim().to_lowercase()).map(Vec::as_slice) {
            Some([meant]) => (meant.as_str(), true),
            // The same name on several sheets.
            Some(_) => return None,
            None => (formula.trim(), false),
        };
        let references = refs::references(formula).ok()?;
        let [reference] = references.as_slice() else { return None };
        let before = &formula[..reference.span.start];
        let is_whole = reference.span.end == formula.len() && (before.is_empty() || before.ends_with('!'));
        let ends = std::iter::once(reference.first).chain(reference.last);
        let is_fixed = ends.flat_map(|end| [end.col, end.row]).flatten().all(|(fixed, _)| fixed);
        if !is_whole || reference.foreign || !is_fixed && (by_name || !one_cell) {
            return None;
        }
        let sheet = match &reference.sheet {
            Some(name) => {
                self.sheets.iter().find(|sheet| sheet.name.to_lowercase() == name.to_lowercase())?
            }
            None if by_name => return None,
            None => &self.sheets[own],
        };
        let region = depends::region(reference);
        let cells = sheet.cells.range(region.first..=region.last).filter(|(at, _)| region.has(**at));
        let words = cells.map(|(_, stands)| stands.text.trim().to_owned()).filter(|word| !word.is_empty());
        // A list that is empty permits nothing, which nobody means.
        Some(words.collect::<Vec<_>>()).filter(|words| !words.is_empty())
    }
}

/// The shared texts, each with whether its parts look different.
fn shared(part: &str, text: &str) -> Result<Vec<(String, bool)>, Refusal> {
    let mut found: Vec<(String, bool)> = Vec::new();
    let (mut reading, mut phonetic) = (false, false);
    walk(part, text, |piece| {
        match (piece.name, piece.kind) {
            ("si", Kind::Open | Kind::Alone) => found.push((String::new(), false)),
            ("r", Kind::Open) => {
                if let Some(last) = found.last_mut() {
                    last.1 = true;
                }
            }
            ("rPh", kind) => phonetic = kind == Kind::Open,
            ("t", kind) => reading = kind == Kind::Open,
            ("", _) if reading && !phonetic => {
                if let Some(last) = found.last_mut() {
                    last.0.push_str(&unescape(piece.text));
                }
            }
            _ => {}
        }
        Ok(true)
    })?;
    Ok(found)
}

/// A sheet; none for what has no cells, such as a sheet of a chart.
fn sheet_view(
    name: &str,
    (part, text): (&str, &str),
    styles: &Styles,
    strings: &[(String, bool)],
    n_cells: &mut usize,
) -> Result<Option<SheetView>, Refusal> {
    let mut sheet = SheetView { name: name.to_owned(), ..SheetView::default() };
    let mut is_sheet = false;
    let (mut next_row0, mut at) = (0, CellRef::new(0, 0));
    let mut stands = Stands::default();
    let mut kind = String::new();
    let (mut inside, mut reading) = (false, "");
    let mut list: Option<(Vec<Region>, String)> = None;
    let (mut listing, mut regions_follow) = (false, false);
    walk(part, text, |piece| {
        let opens = matches!(piece.kind, Kind::Open | Kind::Alone);
        match piece.name {
            "sheetData" => is_sheet = true,
            "row" if opens && piece.depth == 2 => {
                let row = attr(piece.text, "r").and_then(|r| r.parse::<u32>().ok());
                let row0 = row.map_or(next_row0, |row| row.max(1) - 1);
                at = CellRef::new(row0, 0);
                next_row0 = row0.saturating_add(1);
            }
            "c" if piece.depth == 3 => {
                if opens {
                    if let Some(r) = attr(piece.text, "r") {
                        at = CellRef::parse(&r).ok_or_else(|| damaged(part, format!("cell {r}")))?;
                    }
                    let style = attr(piece.text, "s").and_then(|s| s.parse().ok()).unwrap_or(0);
                    stands = Stands { locked: styles.locked(style), ..Stands::default() };
                    kind = attr(piece.text, "t").unwrap_or_default();
                    inside = piece.kind == Kind::Open;
                }
                if piece.kind != Kind::Open {
                    *n_cells += 1;
                    if *n_cells > MAX_CELLS {
                        return Err(Refusal::TooLarge);
                    }
                    if kind == "s" {
                        let index = stands.text.trim().parse::<usize>().ok();
                        let (text, rich) = index.and_then(|i| strings.get(i)).cloned().unwrap_or_default();
                        (stands.text, stands.rich) = (text, rich);
                    }
                    sheet.cells.insert(at, std::mem::take(&mut stands));
                    at.col0 = (at.col0 + 1).min(16_383);
                    inside = false;
                }
            }
            "f" if inside => {
                if opens {
                    stands.formula = Some(String::new());
                }
                reading = if piece.kind == Kind::Open { "f" } else { "" };
            }
            "v" | "t" if inside => reading = if piece.kind == Kind::Open { "v" } else { "" },
            "r" if inside && opens => stands.rich = true,
            "" if inside && reading == "f" => {
                if let Some(formula) = &mut stands.formula {
                    formula.push_str(&unescape(piece.text));
                }
            }
            "" if inside && reading == "v" => stands.text.push_str(&unescape(piece.text)),
            "mergeCell" if opens => {
                let region = attr(piece.text, "ref").unwrap_or_default();
                let region = Region::parse(&region);
                sheet.merges.push(region.ok_or_else(|| damaged(part, "merged region"))?);
            }
            "sheetProtection" if opens => sheet.protected |= flag(piece.text, "sheet"),
            "dataValidation" if piece.kind == Kind::Open => {
                let regions = attr(piece.text, "sqref").unwrap_or_default();
                let regions: Vec<_> = regions.split_ascii_whitespace().filter_map(Region::parse).collect();
                let is_list = attr(piece.text, "type").as_deref() == Some("list");
                // The form only warns where it does not show an error.
                let strict = flag(piece.text, "showErrorMessage")
                    && matches!(attr(piece.text, "errorStyle").as_deref(), None | Some("stop"));
                list = (is_list && strict).then(|| (regions, String::new()));
            }
            "formula1" => listing = piece.kind == Kind::Open,
            // Rules that look at another sheet name their cells in an element of their own.
            "sqref" => regions_follow = piece.kind == Kind::Open,
            "" if regions_follow => {
                if let Some((regions, _)) = &mut list {
                    let named = unescape(piece.text);
                    regions.extend(named.split_ascii_whitespace().filter_map(Region::parse));
                }
            }
            "" if listing => {
                if let Some((_, text)) = &mut list {
                    text.push_str(&unescape(piece.text));
                }
            }
            "dataValidation" => {
                let Some((regions, text)) = list.take() else { return Ok(true) };
                match text.trim().strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
                    Some(words) => {
                        let words = words.split(',').map(|word| word.trim().to_owned()).collect();
                        sheet.lists.push((regions, words));
                    }
                    None => sheet.rules.push((regions, text)),
                }
            }
            _ => {}
        }
        Ok(true)
    })?;
    sheet.merges.sort();
    Ok(is_sheet.then_some(sheet))
}
