//! The kept corpus of the fuzz targets, read once by the ordinary compiler: none of it brings a reader
//! down, and what is no workbook has a reason.

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
