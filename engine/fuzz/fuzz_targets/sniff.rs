//! What a file is, by any bytes; and that a foreign one is refused with its name.
#![no_main]

use anping::intake::{FileContent, sniff};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let content = sniff(bytes);
    assert_eq!(content == FileContent::Empty, bytes.is_empty());
    if let FileContent::Foreign(name) = content {
        assert!(!name.is_empty());
    }
});
