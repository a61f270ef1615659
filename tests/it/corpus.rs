//! The kept corpus of the fuzz targets, read once by the ordinary compiler: none of it brings a reader
//! down, and what is no workbook has a reason; and of what plugins could return, whatever is accepted
//! is what the contract says.

#[path = "../../engine/fuzz/returned.rs"]
mod returned;

use std::collections::BTreeMap;

use acceptance::{files_below, workspace};
use anping::intake::{FileContent, MemoryReader, built_in_layouts, sniff};

#[test]
fn every_kept_input_is_read_or_refused_with_a_reason() {
    let corpus = workspace().join("engine/fuzz/corpus");
    let layouts = built_in_layouts();
    let reader = MemoryReader::new(&layouts, None);
    let mut n_inputs = 0;
    for (name, bytes) in files_below(&corpus) {
        n_inputs += 1;
        assert_eq!(sniff(&bytes) == FileContent::Empty, bytes.is_empty(), "{name}");
        let intake = reader.read(&name, &bytes);
        assert!(!intake.tables.is_empty() || !intake.problems.is_empty(), "{name} is passed over in silence");
    }
    assert!(n_inputs >= 30, "the corpus is gone");
}

#[test]
fn every_kept_result_is_refused_with_a_reason_or_is_what_the_contract_says() {
    let plugins = returned::Plugins::load();
    let mut ends = BTreeMap::new();
    for (_, bytes) in files_below(&workspace().join("engine/fuzz/corpus/returned")) {
        *ends.entry(format!("{:?}", plugins.check(&bytes))).or_insert(0) += 1;
    }
    // A corpus of one sort alone would hold nothing against the other.
    for end in ["Accepted", "Failed", "Refused"] {
        assert!(ends.get(end).is_some_and(|n| *n >= 5), "{end}: {ends:?}");
    }
}
