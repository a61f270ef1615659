//! Items that a locality adds to a checklist, as a plugin of their own: the guest that judges by data is
//! given them, so that their rules run in the sandbox like any other's. Reads no file.

use anping_sdk::definition::{
    CaseFile, CategoryFile, ChecklistFile, CitationFile, Definition, DocumentFile, ItemFile, SchemeFile,
    TermFile, resolve,
};

use super::{Error, bytes};
use crate::model::Manifest;
use crate::tailoring::{AddedItem, TailoringFault};

/// What every such item is of.
const VERSION: &str = "1.0.0";

/// Makes the plugin of the items that a locality adds to a checklist.
///
/// Shape: kinds, tags and categories are those of the checklist, in their order; each item rests on the
/// document that it names, or on the file that adds it. The same items always give the same bytes.
/// Errors: every item that is none of a checklist; the guest does not take the definition.
pub fn pack_items(
    manifest: &Manifest,
    items: &[(AddedItem, String)],
) -> Result<Vec<u8>, Vec<TailoringFault>> {
    let checklist = ChecklistFile {
        id: format!("{}-local", manifest.id),
        title: format!("{}本地项目", manifest.title),
        checklist_title: manifest.checklist_title.clone(),
        kind: manifest.kinds.iter().map(term).collect(),
        tag: manifest.tags.iter().map(term).collect(),
        document: documents(items),
        category: manifest
            .categories
            .iter()
            .map(|category| CategoryFile {
                code: category.code.clone(),
                title: category.title.clone(),
                weight: None,
            })
            .collect(),
        // Never used: the checklist's own schemes score. A definition must have one.
        scheme: vec![SchemeFile {
            code: "local".to_owned(),
            title: "本地项目".to_owned(),
            method: "deduct".to_owned(),
            full_marks: "100".to_owned(),
            digits: 2,
            rounding: "then-grade".to_owned(),
            unchecked: "zero".to_owned(),
            convert_not_applicable: true,
            source: "调整单".to_owned(),
            ..SchemeFile::default()
        }],
        item: items.iter().enumerate().map(|(index, (item, _))| written(index, item, manifest)).collect(),
        ..ChecklistFile::default()
    };
    if let Err(faults) = resolve(&checklist, VERSION) {
        let told = |fault: anping_sdk::definition::Fault| TailoringFault {
            at: format!("本地项目 {}", fault.code),
            what: format!("{} 的值 {:?} 不能使用", fault.field, fault.found),
        };
        return Err(faults.into_iter().map(told).collect());
    }
    let definition = Definition { version: VERSION.to_owned(), checklist, ..Definition::default() };
    bytes(&definition, &[]).map_err(|wrong: Error| {
        vec![TailoringFault { at: "本地项目".to_owned(), what: wrong.to_string() }]
    })
}

fn term(term: &crate::model::Term) -> TermFile {
    TermFile { code: term.code.clone(), title: term.title.clone() }
}

/// One document for each item: what it rests on in words, and from which day on.
fn documents(items: &[(AddedItem, String)]) -> Vec<DocumentFile> {
    let document = |(index, (item, layer)): (usize, &(AddedItem, String))| DocumentFile {
        key: key(index),
        title: if item.basis.is_empty() { format!("{layer}({})", item.approver) } else { item.basis.clone() },
        number: String::new(),
        from: Some(item.date.to_string()),
        to: None,
    };
    items.iter().enumerate().map(document).collect()
}

fn key(index: usize) -> String {
    format!("d{index}")
}

fn written(index: usize, item: &AddedItem, manifest: &Manifest) -> ItemFile {
    let last = manifest.categories.last().map_or_else(String::new, |category| category.code.clone());
    let cases: Vec<_> = item.cases.iter().map(|case| &*case.text).collect();
    ItemFile {
        code: item.code.clone(),
        category: if item.category.is_empty() { last } else { item.category.clone() },
        requirement: item.requirement.clone(),
        method: item.method.clone(),
        points: item.points.clone(),
        rule: if item.rule.is_empty() { cases.join(";") } else { item.rule.clone() },
        mark: item.mark.clone(),
        scored: true,
        applies: item.applies.clone(),
        veto: item.veto.clone(),
        citations: vec![CitationFile { document: key(index), ..CitationFile::default() }],
        case: item
            .cases
            .iter()
            .map(|case| CaseFile {
                code: case.code.clone(),
                text: case.text.clone(),
                once: case.once.clone(),
                each: case.each.clone(),
                all: case.all,
                limit: case.limit.clone(),
                ..CaseFile::default()
            })
            .collect(),
        ..ItemFile::default()
    }
}
