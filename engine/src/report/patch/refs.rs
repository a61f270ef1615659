//! References within formulas, found where they stand, and what becomes of them when rows are put in.
//! Knows no parts and no cells: it sees the text of one formula at a time.

use std::ops::Range;

use crate::model::CellRef;

/// Last row of a sheet, from 0.
pub(super) const LAST_ROW0: u32 = 1_048_575;

/// One end of a reference: column, row, or both; each with whether it is absolute (`$`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    pub col: Option<(bool, u32)>,
    pub row: Option<(bool, u32)>,
}

/// A reference in a formula.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    /// Where it stands, without the sheet in front of it.
    pub span: Range<usize>,
    /// The sheet it names; none where it names none.
    pub sheet: Option<String>,
    /// Whether it leads into another workbook.
    pub foreign: bool,
    pub first: End,
    pub last: Option<End>,
}

/// A formula whose references cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unclear;

/// Rows that are put in behind a row, or taken out again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shift<'a> {
    /// The sheet they are put into.
    pub sheet: &'a str,
    /// The row behind which they come, from 0.
    pub last0: u32,
    /// How many.
    pub n: u32,
    /// Whether they are taken out.
    pub back: bool,
}

impl Shift<'_> {
    /// Where a row comes to stand.
    pub fn row(&self, row0: u32) -> u32 {
        if row0 == LAST_ROW0 {
            row0
        } else if self.back {
            if row0 > self.last0.saturating_add(self.n) { row0 - self.n } else { row0 }
        } else if row0 > self.last0 {
            row0.saturating_add(self.n).min(LAST_ROW0)
        } else {
            row0
        }
    }

    /// Where a run of rows comes to stand; one that ends with the row grows when `grows`.
    pub fn rows(&self, first: u32, last: u32, grows: bool) -> (u32, u32) {
        let (from, to) = (self.row(first), self.row(last));
        if !grows || first > self.last0 {
            return (from, to);
        }
        if self.back {
            // The run that ends with the last row put in ended with the row itself.
            if last == self.last0 + self.n { (from, self.last0) } else { (from, to) }
        } else if last == self.last0 {
            (from, last + self.n)
        } else {
            (from, to)
        }
    }

    /// Whether a row is one of those put in.
    pub fn inside(&self, row0: u32) -> bool {
        row0 > self.last0 && row0 <= self.last0.saturating_add(self.n)
    }

    /// A region such as `A1:C6`, or one cell. `None`: not a region.
    pub fn region(&self, text: &str, grows: bool) -> Option<String> {
        let (one, other) = text.split_once(':').unwrap_or((text, text));
        if let (Some(first), Some(last)) = (CellRef::parse(one), CellRef::parse(other)) {
            let (from, to) = self.rows(first.row0, last.row0, grows);
            let (first, last) = (CellRef::new(from, first.col0), CellRef::new(to, last.col0));
            return Some(if first == last { first.to_string() } else { format!("{first}:{last}") });
        }
        // Whole columns have no rows to move; whole rows do.
        let row = |text: &str| text.parse::<u32>().ok()?.checked_sub(1);
        if let (Some(first), Some(last)) = (row(one), row(other)) {
            let (from, to) = self.rows(first, last, grows);
            return Some(format!("{}:{}", from + 1, to + 1));
        }
        let letters = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_uppercase());
        (letters(one) && letters(other)).then(|| text.to_owned())
    }

    /// Several regions with blanks between them.
    pub fn regions(&self, text: &str, grows: bool) -> Option<String> {
        let moved: Option<Vec<_>> =
            text.split_ascii_whitespace().map(|text| self.region(text, grows)).collect();
        moved.map(|moved| moved.join(" "))
    }

    /// A formula. `own`: the sheet it stands in; `at`: its row, where it stands in a cell.
    ///
    /// Shape: the places that change, with what comes there.
    pub fn formula(
        &self,
        text: &str,
        own: Option<&str>,
        at: Option<u32>,
    ) -> Result<Vec<(Range<usize>, String)>, Unclear> {
        let mut changed = Vec::new();
        for reference in references(text)? {
            if reference.foreign || !same(reference.sheet.as_deref().or(own), self.sheet) {
                continue;
            }
            let (mut first, mut last) = (reference.first, reference.last);
            match (&mut first.row, last.as_mut().and_then(|end| end.row.as_mut())) {
                (Some((fixed, from)), Some((fixed_too, to))) => {
                    // In the repeated row itself `SUM(C6:E6)` means its own row; only an absolute
                    // region means the whole block.
                    let grows = at != Some(self.last0) || (*fixed && *fixed_too);
                    (*from, *to) = self.rows(*from, *to, grows);
                }
                (Some((_, row)), None) => *row = self.row(*row),
                _ => {}
            }
            if (first, last) != (reference.first, reference.last) {
                changed.push((reference.span, shown(first, last)));
            }
        }
        Ok(changed)
    }

    /// Whether a formula outside the repeated row names one cell of it: which of the many is then meant?
    pub fn picks_one(&self, text: &str, own: &str) -> Result<bool, Unclear> {
        Ok(references(text)?.iter().any(|reference| {
            !reference.foreign
                && same(reference.sheet.as_deref().or(Some(own)), self.sheet)
                && reference.last.is_none()
                && reference.first.row.is_some_and(|(_, row)| row == self.last0)
        }))
    }
}

fn same(one: Option<&str>, other: &str) -> bool {
    one.is_some_and(|one| one.to_lowercase() == other.to_lowercase())
}

/// The formula as it reads from another cell: what is not absolute moves along.
pub(super) fn translated(text: &str, rows: i64, cols: i64) -> Result<String, Unclear> {
    let moved = |(fixed, at): (bool, u32), by: i64, most: u32| -> Result<(bool, u32), Unclear> {
        let to = if fixed { i64::from(at) } else { i64::from(at) + by };
        u32::try_from(to).ok().filter(|to| *to <= most).map(|to| (fixed, to)).ok_or(Unclear)
    };
    let mut done = String::with_capacity(text.len());
    let mut at = 0;
    for reference in references(text)? {
        let end = |end: End| -> Result<End, Unclear> {
            Ok(End {
                col: end.col.map(|col| moved(col, cols, 16_383)).transpose()?,
                row: end.row.map(|row| moved(row, rows, LAST_ROW0)).transpose()?,
            })
        };
        done.push_str(&text[at..reference.span.start]);
        done.push_str(&shown(end(reference.first)?, reference.last.map(end).transpose()?));
        at = reference.span.end;
    }
    done.push_str(&text[at..]);
    Ok(done)
}

fn shown(first: End, last: Option<End>) -> String {
    let end = |end: End| {
        let dollar = |fixed: bool| if fixed { "$" } else { "" };
        let mut text = String::new();
        if let Some((fixed, col0)) = end.col {
            let letters = CellRef::new(0, col0).to_string();
            text.push_str(&format!("{}{}", dollar(fixed), letters.trim_end_matches('1')));
        }
        if let Some((fixed, row0)) = end.row {
            text.push_str(&format!("{}{}", dollar(fixed), row0 + 1));
        }
        text
    };
    last.map_or_else(|| end(first), |last| format!("{}:{}", end(first), end(last)))
}

/// `$A$1`, `$A` or `$1`, whatever of it is there.
fn end_in(word: &str) -> Option<End> {
    let part = |text: &str| text.strip_prefix('$').map_or((false, text.len()), |rest| (true, rest.len()));
    let split = word.find(|c: char| c.is_ascii_digit()).unwrap_or(word.len());
    let (mut letters, digits) = word.split_at(split);
    let fixed_row = split < word.len() && letters.ends_with('$');
    if fixed_row {
        letters = &letters[..letters.len() - 1];
    }
    let col = if letters.is_empty() {
        None
    } else {
        let (fixed, _) = part(letters);
        let letters = letters.trim_start_matches('$');
        Some((fixed, CellRef::parse(&format!("{letters}1"))?.col0))
    };
    let row =
        if digits.is_empty() { None } else { Some((fixed_row, CellRef::parse(&format!("A{digits}"))?.row0)) };
    let end = End { col, row };
    (shown(end, None) == word && (col.is_some() || row.is_some())).then_some(end)
}

/// All references of a formula, in their order.
///
/// Errors: several sheets at once (`一月:三月!A1`), or markup that is cut off.
pub(super) fn references(text: &str) -> Result<Vec<Reference>, Unclear> {
    let bytes = text.as_bytes();
    let word =
        |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'$' | b'\\' | b'?') || b >= 0x80;
    let run = |from: usize| from + bytes[from..].iter().take_while(|b| word(**b)).count();
    let mut found = Vec::new();
    let mut at = 0;
    // The sheet in front of the next reference, and whether it is another workbook's.
    let mut sheet: Option<String> = None;
    let mut foreign = false;
    while at < bytes.len() {
        let b = bytes[at];
        if b == b'"' || b == b'\'' {
            let end = quoted(bytes, at)?;
            if b == b'\'' && bytes.get(end) == Some(&b'!') {
                let name = text[at + 1..end - 1].replace("''", "'");
                foreign = name.contains('[');
                if !foreign && name.contains(':') {
                    return Err(Unclear);
                }
                sheet = Some(name);
                at = end + 1;
            } else {
                at = end;
            }
            continue;
        }
        if b == b'[' {
            // `[1]Sheet!A1`, or `[1]!name`.
            at = bracketed(bytes, at)?;
            let end = run(at);
            if bytes.get(end) == Some(&b'!') {
                sheet = Some(text[at..end].to_owned());
                foreign = true;
                at = end + 1;
            }
            continue;
        }
        if !word(b) {
            at += 1;
            (sheet, foreign) = (None, false);
            continue;
        }
        let end = run(at);
        match bytes.get(end) {
            Some(b'!') => {
                // `A:B!C1` is a run of sheets.
                if at > 0 && bytes[at - 1] == b':' {
                    return Err(Unclear);
                }
                sheet = Some(text[at..end].to_owned());
                at = end + 1;
                continue;
            }
            Some(b'[') => at = bracketed(bytes, end)?,
            Some(b'(') => at = end,
            next => {
                let one = end_in(&text[at..end]);
                let mut after = end;
                let mut other = None;
                if next == Some(&b':') {
                    let to = run(end + 1);
                    let call = matches!(bytes.get(to), Some(b'(' | b'!' | b'['));
                    if matches!(bytes.get(to), Some(b'!')) && one.is_none() {
                        return Err(Unclear);
                    }
                    if !call {
                        other = end_in(&text[end + 1..to]);
                        after = if other.is_some() { to } else { end };
                    }
                }
                let alike =
                    |a: End, b: End| a.col.is_some() == b.col.is_some() && a.row.is_some() == b.row.is_some();
                match (one, other) {
                    (Some(first), Some(last)) if alike(first, last) => {
                        let (sheet, last) = (sheet.take(), Some(last));
                        found.push(Reference { span: at..after, sheet, foreign, first, last });
                        at = after;
                    }
                    (Some(first), _) if first.col.is_some() && first.row.is_some() => {
                        let sheet = sheet.take();
                        found.push(Reference { span: at..end, sheet, foreign, first, last: None });
                        at = end;
                    }
                    _ => at = end,
                }
            }
        }
        (sheet, foreign) = (None, false);
    }
    Ok(found)
}

/// The end of a text in quotes; a doubled quote is part of it.
fn quoted(bytes: &[u8], start: usize) -> Result<usize, Unclear> {
    let mut at = start + 1;
    loop {
        let close = bytes.get(at..).and_then(|rest| rest.iter().position(|b| *b == bytes[start]));
        at += close.ok_or(Unclear)? + 1;
        if bytes.get(at) != Some(&bytes[start]) {
            return Ok(at);
        }
        at += 1;
    }
}

/// The end of what stands in square brackets; `'` protects the character behind it.
fn bracketed(bytes: &[u8], start: usize) -> Result<usize, Unclear> {
    let mut depth = 0_usize;
    let mut at = start;
    while let Some(b) = bytes.get(at) {
        match b {
            b'[' => depth += 1,
            b']' => depth -= 1,
            b'\'' => at += 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Ok(at);
        }
    }
    Err(Unclear)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(text: &str, at: u32, back: bool) -> String {
        let shift = Shift { sheet: "表 1", last0: 5, n: 2, back };
        let changed = shift.formula(text, Some("表 1"), Some(at)).expect("is clear");
        let mut done = text.to_owned();
        for (span, with) in changed.into_iter().rev() {
            done.replace_range(span, &with);
        }
        done
    }

    #[test]
    fn references_move_as_rows_come_in_behind_row_6_and_back() {
        for (before, after) in [
            // Below moves, above stays, a region that ends with the row grows.
            ("A7", "A9"),
            ("A6", "A6"),
            ("SUM(B6:B6)", "SUM(B6:B8)"),
            ("SUM(B3:B6)/$C$7", "SUM(B3:B8)/$C$9"),
            ("SUM(B3:B9)", "SUM(B3:B11)"),
            ("SUM(B3:B5)", "SUM(B3:B5)"),
            ("SUM(B:B)+SUM(7:8)", "SUM(B:B)+SUM(9:10)"),
            ("SUM(A1:A1048576)", "SUM(A1:A1048576)"),
            // Texts, functions, names, tables and other sheets are no references of ours.
            ("IF(A7=\"A7\"\"A8\",LOG10(A7),A7_x)", "IF(A9=\"A7\"\"A8\",LOG10(A9),A7_x)"),
            ("'表 1'!A7+别表!A7+[1]表!A7+'[2]表 1'!A7", "'表 1'!A9+别表!A7+[1]表!A7+'[2]表 1'!A7"),
            ("表格[[#This Row],[A7]]+A7#", "表格[[#This Row],[A7]]+A9#"),
            ("SUM(A7:INDEX(A7:A9,2))", "SUM(A9:INDEX(A9:A11,2))"),
            ("1E5+A7*1.5", "1E5+A9*1.5"),
        ] {
            assert_eq!(moved(before, 20, false), after);
            assert_eq!(moved(after, 22, true), before);
        }
    }

    #[test]
    fn the_repeated_row_means_itself_unless_it_says_so() {
        for (before, after) in [
            ("SUM(C6:E6)", "SUM(C6:E6)"),
            ("C6/SUM(C$6:C$6)", "C6/SUM(C$6:C$8)"),
            ("SUM(C$6:C6)", "SUM(C$6:C6)"),
        ] {
            assert_eq!(moved(before, 5, false), after);
            assert_eq!(moved(after, 5, true), before);
        }
    }

    #[test]
    fn a_formula_reads_from_another_cell() {
        assert_eq!(translated("A1*$B$2+C$3+$D4+E:E", 2, 1).as_deref(), Ok("B3*$B$2+D$3+$D6+F:F"));
        assert_eq!(translated("A1", -1, 0), Err(Unclear));
    }

    #[test]
    fn several_sheets_at_once_are_unclear() {
        for text in ["SUM(一月:三月!A1)", "SUM('1月:3月'!A1)", "\"open", "T[open"] {
            assert_eq!(references(text), Err(Unclear), "{text}");
        }
    }
}
