//! Makes workbooks for tests, honest ones and others.

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::model::CellRef;

/// A workbook under construction. Every part can be replaced by anything.
#[derive(Clone)]
pub struct Book {
    /// Name and content of the parts.
    pub parts: Vec<(String, Vec<u8>)>,
}

const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

impl Book {
    /// A workbook of these sheets: name, state (`visible`, `hidden`) and XML.
    pub fn new(sheets: &[(&str, &str, &str)]) -> Self {
        let mut listed = String::new();
        let mut relations = format!(
            "<Relationship Id='st' Type='{RELATIONS}/styles' Target='styles.xml'/>\
             <Relationship Id='ss' Type='{RELATIONS}/sharedStrings' Target='sharedStrings.xml'/>"
        );
        let mut book = Self { parts: Vec::new() };
        for (index, (name, state, xml)) in sheets.iter().enumerate() {
            listed.push_str(&format!(
                "<sheet name='{name}' sheetId='{0}' state='{state}' r:id='r{0}'/>",
                index + 1
            ));
            relations.push_str(&format!(
                "<Relationship Id='r{0}' Type='{RELATIONS}/worksheet' Target='worksheets/sheet{0}.xml'/>",
                index + 1
            ));
            book = book.with(&format!("xl/worksheets/sheet{}.xml", index + 1), xml);
        }
        book.with(
            "_rels/.rels",
            format!("<Relationships><Relationship Id='a' Type='{RELATIONS}/officeDocument' Target='xl/workbook.xml'/></Relationships>"),
        )
        .with("xl/workbook.xml", format!("<workbook><workbookPr/><sheets>{listed}</sheets></workbook>"))
        .with("xl/_rels/workbook.xml.rels", format!("<Relationships>{relations}</Relationships>"))
        .with("xl/styles.xml", "<styleSheet><cellXfs><xf numFmtId='0'/><xf numFmtId='14'/></cellXfs></styleSheet>")
    }

    /// A workbook with one visible sheet.
    pub fn one(xml: &str) -> Self {
        Self::new(&[("检查评分", "visible", xml)])
    }

    /// Adds or replaces a part.
    pub fn with(mut self, name: &str, content: impl AsRef<[u8]>) -> Self {
        self.parts.retain(|(known, _)| known != name);
        self.parts.push((name.to_owned(), content.as_ref().to_vec()));
        self
    }

    /// Takes a part away.
    pub fn without(mut self, name: &str) -> Self {
        self.parts.retain(|(known, _)| known != name);
        self
    }

    /// Changes the text of a part.
    pub fn change(mut self, name: &str, from: &str, to: &str) -> Self {
        let (_, content) = self.parts.iter_mut().find(|(known, _)| known == name).expect("the part is there");
        let text = String::from_utf8(content.clone()).expect("parts are text");
        assert!(text.contains(from), "{name} has no {from}");
        *content = text.replace(from, to).into_bytes();
        self
    }

    /// The file.
    pub fn bytes(&self) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in &self.parts {
            writer.start_file(name.as_str(), SimpleFileOptions::default()).expect("memory can be written");
            writer.write_all(content).expect("memory can be written");
        }
        writer.finish().expect("memory can be written").into_inner()
    }
}

/// Sheet XML around rows, and what follows them.
pub fn sheet(rows: &str, after: &str) -> String {
    format!("<worksheet><dimension ref='A1'/><sheetData>{rows}</sheetData>{after}</worksheet>")
}

/// Sheet XML from lines of cells parted by `|`. A cell is text; `#1.5` a number, `@46246` a number
/// shown as a day, `!#N/A` an error, `=` a formula without a value; nothing is an empty cell.
/// A line that begins with `~` is hidden.
pub fn grid(lines: &str, merges: &[&str]) -> String {
    let mut rows = String::new();
    for (row0, line) in lines.lines().enumerate() {
        let (hidden, line) = line.strip_prefix('~').map_or(("", line), |line| (" hidden='1'", line));
        rows.push_str(&format!("<row r='{}'{hidden}>", row0 + 1));
        for (col0, cell) in line.split('|').enumerate() {
            let at = CellRef::new(row0 as u32, col0 as u32);
            let cell = cell.trim_matches(' ');
            let mut chars = cell.chars();
            rows.push_str(&match (chars.next(), chars.as_str()) {
                (None, _) => continue,
                (Some('#'), number) => format!("<c r='{at}'><v>{number}</v></c>"),
                (Some('@'), serial) => format!("<c r='{at}' s='1'><v>{serial}</v></c>"),
                (Some('!'), error) => format!("<c r='{at}' t='e'><v>{error}</v></c>"),
                (Some('='), "") => format!("<c r='{at}'><f>A1+1</f></c>"),
                _ => format!("<c r='{at}' t='inlineStr'><is><t>{cell}</t></is></c>"),
            });
        }
        rows.push_str("</row>");
    }
    let merges: String = merges.iter().map(|range| format!("<mergeCell ref='{range}'/>")).collect();
    sheet(&rows, &format!("<mergeCells>{merges}</mergeCells>"))
}
