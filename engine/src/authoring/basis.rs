//! What a checklist rests on: 依据文件 and the sheet 依据 become documents, 依据条款 becomes citations.
//! Knows no law: a document that is not listed is refused at its cell and not made up.

use anping_sdk::definition::{CitationFile, DocumentFile};

use super::table::{Fault, Table, optional};
use crate::model::text::match_key;

/// What a short name of a law leaves out.
const STATE: &str = "中华人民共和国";

/// Where one document ends and the next begins; outside of 《》 and brackets.
const BETWEEN_DOCUMENTS: [char; 4] = ['、', ';', '\u{FF1B}', '\n'];
/// Where one citation ends; 第八条、第九条 is one.
const BETWEEN_CITATIONS: [char; 3] = [';', '\u{FF1B}', '\n'];

/// The longest name of a document that is looked for, in characters: a bound for cells full of text.
const MAX_NAME: usize = 200;

/// The documents of a checklist, and what each may be called by.
#[derive(Debug, Default)]
pub struct Basis {
    /// In the order they are listed, titles as they are written, with 《》 or without.
    pub documents: Vec<DocumentFile>,
    names: Vec<Vec<String>>,
}

impl Basis {
    /// The documents of the line 依据文件, and those of the sheet 依据.
    ///
    /// Shape: one that stands on both is the sheet's, which says more.
    /// Errors: a line of the sheet without a title, of an earlier title, or with a day that is none.
    pub fn read(line: &str, sheet: &Table<'_>, faults: &mut Vec<Fault>) -> Self {
        let mut basis = Self::default();
        for (row0, row) in sheet.rows() {
            let get = |column| sheet.get(row, column);
            let title = get("名称");
            if bare(title).is_empty() || basis.find(bare(title)).is_some() {
                faults.push(sheet.fault(row0, "名称", title, "不空、不重复的文件名称"));
                continue;
            }
            for column in ["生效日期", "失效日期"] {
                let day = get(column);
                if !day.is_empty() && anping_sdk::Date::parse(day).is_none() {
                    faults.push(sheet.fault(row0, column, day, "日期,如 2026-05-01,或留空"));
                }
            }
            let dates = (optional(get("生效日期")), optional(get("失效日期")));
            basis.add(title, get("文号"), get("简称"), dates);
        }
        for document in split(line, &BETWEEN_DOCUMENTS) {
            let (title, number) = title_and_number(document);
            if !bare(title).is_empty() && basis.find(bare(title)).is_none() {
                basis.add(title, number, "", (None, None));
            }
        }
        basis
    }

    fn add(&mut self, title: &str, number: &str, short: &str, (from, to): (Option<String>, Option<String>)) {
        let name = bare(title);
        let names = [name, name.strip_prefix(STATE).unwrap_or_default(), bare(short), number];
        let names: Vec<_> = names.into_iter().map(match_key).filter(|name| !name.is_empty()).collect();
        self.names.push(names);
        let key = format!("D{}", self.documents.len() + 1);
        let (title, number) = (title.to_owned(), number.to_owned());
        self.documents.push(DocumentFile { key, title, number, from, to });
    }

    /// The document that is called so.
    fn find(&self, name: &str) -> Option<&DocumentFile> {
        let name = match_key(name);
        let at = self.names.iter().position(|names| names.contains(&name))?;
        self.documents.get(at)
    }

    /// The citations of a cell. Each may end in how sure it is, `(C)`; without, it is as sure as its item.
    ///
    /// Errors: what should stand in the cell instead.
    pub fn citations(&self, cell: &str) -> Result<Vec<CitationFile>, String> {
        split(cell, &BETWEEN_CITATIONS).into_iter().map(|one| self.citation(one)).collect()
    }

    fn citation(&self, text: &str) -> Result<CitationFile, String> {
        let marks = [
            ("C", "(C)", "\u{FF08}C\u{FF09}"),
            ("S", "(S)", "\u{FF08}S\u{FF09}"),
            ("M", "(M)", "\u{FF08}M\u{FF09}"),
        ];
        let marked = marks.iter().find_map(|(mark, narrow, wide)| {
            let rest = text.strip_suffix(narrow).or_else(|| text.strip_suffix(wide))?;
            Some((rest.trim_end(), (*mark).to_owned()))
        });
        let (text, mark) = marked.map_or((text, None), |(rest, mark)| (rest, Some(mark)));
        let quoted = text.strip_prefix('《').and_then(|rest| rest.rsplit_once('》'));
        let found = match quoted {
            Some((name, clause)) => self.find(name).map(|document| (document, clause)),
            None => self.unquoted(text),
        };
        let (document, clause) = found.ok_or_else(|| {
            let titles: Vec<_> = self.documents.iter().map(|document| document.title.as_str()).collect();
            format!("所列依据文件之一及其条款({});没有列出的文件先写入“依据文件”", titles.join("、"))
        })?;
        Ok(CitationFile {
            document: document.key.clone(),
            clause: clause.trim().to_owned(),
            mark,
            ..CitationFile::default()
        })
    }

    /// A citation without 《》: it begins with a document's name, the longest that fits, or it is a clause
    /// of the only document there is.
    fn unquoted<'t>(&self, text: &'t str) -> Option<(&DocumentFile, &'t str)> {
        let ends = text.char_indices().map(|(at, c)| at + c.len_utf8()).take(MAX_NAME);
        let parts: Vec<_> = ends.map(|at| text.split_at(at)).collect();
        let named = parts.iter().rev().find_map(|(name, clause)| Some((self.find(name)?, *clause)));
        if named.is_some() {
            return named;
        }
        let is_clause = text.starts_with(|c: char| c == '第' || c == '附' || c.is_ascii_digit());
        match self.documents.as_slice() {
            [only] if is_clause => Some((only, text)),
            _ => None,
        }
    }
}

/// The name without 《》.
fn bare(name: &str) -> &str {
    let name = name.trim();
    name.strip_prefix('《').and_then(|rest| rest.strip_suffix('》')).unwrap_or(name)
}

/// `《办法》(某发〔2026〕3号)`: what stands in the last brackets is a number where it ends with 号; 试行 is
/// a part of the title.
fn title_and_number(document: &str) -> (&str, &str) {
    let inside = document.strip_suffix([')', '\u{FF09}']);
    let parted = inside.and_then(|rest| rest.rsplit_once(['(', '\u{FF08}']));
    match parted.filter(|(_, number)| number.trim_end().ends_with('号')) {
        Some((title, number)) => (title.trim(), number.trim()),
        None => (document, ""),
    }
}

/// Parts of a text that are not empty; a mark inside of 《》 or brackets parts nothing.
fn split<'t>(text: &'t str, between: &[char]) -> Vec<&'t str> {
    let mut depth = 0_usize;
    let parts = text.split(|c: char| {
        match c {
            '《' | '(' | '\u{FF08}' => depth += 1,
            '》' | ')' | '\u{FF09}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && between.contains(&c)
    });
    parts.map(str::trim).filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authoring::Sheets;

    /// Documents as `title|number`, citations as `title clause mark`.
    fn told(line: &str, cell: &str) -> (Vec<String>, Result<Vec<String>, String>) {
        let sheets = Sheets(Vec::new());
        let mut faults = Vec::new();
        let basis = Basis::read(line, &Table::of(&sheets, "依据"), &mut faults);
        assert!(faults.is_empty(), "{faults:?}");
        let documents = basis.documents.iter().map(|d| format!("{}|{}", d.title, d.number)).collect();
        let cited = basis.citations(cell).map(|all| {
            let one = |c: CitationFile| {
                let document = basis.documents.iter().find(|d| d.key == c.document).expect("it is listed");
                format!("{} {} {}", document.title, c.clause, c.mark.unwrap_or_default())
            };
            all.into_iter().map(one).collect()
        });
        (documents, cited)
    }

    #[test]
    fn documents_and_clauses_are_read_as_they_are_usually_written() {
        let check = |line: &str, cell: &str, documents: &[&str], cited: &[&str]| {
            let (read, citations) = told(line, cell);
            assert_eq!(read, documents, "{line}");
            assert_eq!(citations.expect("all are listed"), cited, "{cell}");
        };
        let both = "《中华人民共和国安全生产法》(主席令第88号)、《某镇检查办法、细则(试行)》";
        let listed = ["《中华人民共和国安全生产法》|主席令第88号", "《某镇检查办法、细则(试行)》|"];
        check(
            both,
            "《安全生产法》第二十一条、第二十二条(C);某镇检查办法、细则(试行)第3条",
            &listed,
            &["《中华人民共和国安全生产法》 第二十一条、第二十二条 C", "《某镇检查办法、细则(试行)》 第3条 "],
        );
        check("某镇检查办法(试行)", "第八条(S)", &["某镇检查办法(试行)|"], &["某镇检查办法(试行) 第八条 S"]);
        check("某办法;某办法附则", "某办法附则第1条", &["某办法|", "某办法附则|"], &["某办法附则 第1条 "]);
        check("某办法", "", &["某办法|"], &[]);
    }

    #[test]
    fn a_document_that_is_not_listed_is_not_made_up() {
        let check = |line: &str, cell: &str| {
            let wrong = told(line, cell).1.expect_err("it is not listed");
            assert!(wrong.contains("先写入“依据文件”"), "{wrong}");
        };
        check("某办法", "《消防法》第二条");
        check("某办法", "消防法第二条");
        check("某办法、另一办法", "第二条");
        check("某办法", "《某办法第二条");
    }
}
