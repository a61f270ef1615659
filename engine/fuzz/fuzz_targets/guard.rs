//! A package whose parts are any bytes. The package itself is sound, so that the mutations reach the
//! parts: a line `=== name` begins a part, as in the corpus.
#![no_main]

use std::io::{Cursor, Write as _};
use std::sync::LazyLock;

use anping::intake::{Layout, MemoryReader, built_in_layouts};
use libfuzzer_sys::fuzz_target;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

static LAYOUTS: LazyLock<Vec<Layout>> = LazyLock::new(built_in_layouts);
static READER: LazyLock<MemoryReader<'static>> = LazyLock::new(|| MemoryReader::new(&LAYOUTS, None));

fuzz_target!(|bytes: &[u8]| {
    if let Some(package) = package(bytes) {
        let _ = READER.read("a.xlsx", &package);
    }
});

fn package(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let mut rest = bytes;
    while let Some(head) = rest.strip_prefix(b"=== ") {
        let line = head.iter().position(|byte| *byte == b'\n')?;
        let name = String::from_utf8_lossy(&head[..line]);
        let body = &head[line + 1..];
        let end = body.windows(5).position(|window| window == b"\n=== ").map_or(body.len(), |at| at + 1);
        writer.start_file(name, SimpleFileOptions::default()).ok()?;
        writer.write_all(&body[..end]).ok()?;
        rest = &body[end..];
    }
    Some(writer.finish().ok()?.into_inner())
}
