//! A whole file of any bytes, whatever its format: sniffed, guarded, read and understood. Every cell
//! that comes out is within a sheet.
#![no_main]

use std::sync::LazyLock;

use anping::intake::{Layout, MemoryReader, built_in_layouts};
use libfuzzer_sys::fuzz_target;

static LAYOUTS: LazyLock<Vec<Layout>> = LazyLock::new(built_in_layouts);
static READER: LazyLock<MemoryReader<'static>> = LazyLock::new(|| MemoryReader::new(&LAYOUTS, None));

fuzz_target!(|bytes: &[u8]| {
    let intake = READER.read("a.xlsx", bytes);
    for row in intake.tables.iter().flat_map(|table| &table.rows) {
        assert!(row.cells.iter().all(|cell| cell.at.cell.row0 < 1 << 20 && cell.at.cell.col0 < 1 << 14));
    }
    assert!(!intake.tables.is_empty() || !intake.problems.is_empty(), "a file is read, or refused with a reason");
});
