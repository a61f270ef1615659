//! 条款: the documents, clauses and editions that the items of this workbook rest on.
//! Knows no checks beyond which items they have.

use std::collections::{BTreeMap, BTreeSet};

use super::super::grid::{self, Entry, Grid, Row};
use super::super::template::{Block, CitationKey, DocumentKey, EditionKey, MajorKey, Sheet, Words};
use super::super::wording;
use super::Sector;
use crate::model::MajorMark;

type Blocks<'a> =
    (&'a Block<DocumentKey>, &'a Block<CitationKey>, &'a Block<EditionKey>, &'a Block<MajorKey>);

/// The sheet, and the place of the first clause of each item.
pub(super) fn lay_out<'a>(
    sector: &'a Sector<'a>,
    name: String,
    sheet: &'a Sheet,
    (documents, citations, editions, majors): Blocks<'a>,
    words: &Words,
) -> (Grid<'a>, BTreeMap<u32, String>) {
    let manifest = sector.manifest;
    let mut grid = Grid::new(name.clone(), sheet, words);
    let mut places = BTreeMap::new();
    let items: BTreeSet<u32> =
        sector.checks.iter().flat_map(|checked| checked.lines.iter().map(|line| line.index)).collect();
    let items = || items.iter().map(|index| (*index, &manifest.items[*index as usize]));

    // Items by the document they cite.
    let mut cited: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for (index, item) in items() {
        for citation in &item.citations {
            cited.entry(citation.document).or_default().insert(index);
        }
    }
    grid.table(documents, words);
    for (document, by) in &cited {
        let document = &manifest.documents[*document as usize];
        let number = grid.n_rows() + 1;
        let entry = |key| match key {
            DocumentKey::Number => Entry::count(number),
            DocumentKey::Document => Entry::text(&*document.title),
            DocumentKey::DocumentNumber => Entry::text(&*document.number),
            DocumentKey::From => Entry::day(document.effective.0),
            DocumentKey::To => Entry::day(document.effective.1),
            DocumentKey::Items => Entry::count(by.len()),
        };
        grid.row(Row::body(documents.columns.iter().map(|column| entry(column.key)).collect()));
    }
    grid.or_none("无");

    grid.table(citations, words);
    for (index, item) in items() {
        for citation in &item.citations {
            places.entry(index).or_insert_with(|| grid::place(&name, grid.next_row0(), 0));
            let (from, to) = wording::period(manifest, citation);
            let entry = |key| match key {
                CitationKey::Item => Entry::code(&*item.code),
                CitationKey::Requirement => Entry::text(&*item.requirement),
                CitationKey::Document => Entry::text(&*manifest.documents[citation.document as usize].title),
                CitationKey::Clause if citation.clause.is_empty() => Entry::text("全文"),
                CitationKey::Clause => Entry::text(&*citation.clause),
                CitationKey::From => Entry::day(from),
                CitationKey::To => Entry::day(to),
                CitationKey::Mark => Entry::text(wording::mark_title(citation.mark)),
            };
            grid.row(Row::body(citations.columns.iter().map(|column| entry(column.key)).collect()));
        }
    }
    grid.or_none("无");

    grid.table(editions, words);
    for edition in &manifest.editions {
        let entry = |key| match key {
            EditionKey::Id => Entry::text(&*edition.id),
            EditionKey::Edition => Entry::text(&*edition.title),
            EditionKey::From => Entry::day(edition.effective.0),
            EditionKey::To => Entry::day(edition.effective.1),
            EditionKey::Note => Entry::text(&*edition.note),
        };
        grid.row(Row::body(editions.columns.iter().map(|column| entry(column.key)).collect()));
    }
    grid.or_none("无");

    grid.table(majors, words);
    for (_, item) in items() {
        for basis in &item.major_bases {
            let entry = |key| match key {
                MajorKey::Item => Entry::code(&*item.code),
                MajorKey::Requirement => Entry::text(&*item.requirement),
                MajorKey::Edition => Entry::text(&*manifest.editions[basis.edition as usize].title),
                MajorKey::Clause => Entry::text(&*basis.clause),
                MajorKey::Kind => Entry::text(match basis.major {
                    MajorMark::Direct => "直接判定",
                    MajorMark::Element => "综合判定要素",
                    MajorMark::None => "",
                }),
                MajorKey::Mark => Entry::text(wording::mark_title(basis.mark)),
            };
            grid.row(Row::body(majors.columns.iter().map(|column| entry(column.key)).collect()));
        }
    }
    grid.or_none("无");
    (grid, places)
}
