//! The two functions that the host calls. The only place with raw addresses.
//! Trusts the host and nobody else: addresses come from the host, bytes from a stranger.

use std::alloc::{Layout, alloc};

use crate::wire::{Fault, Format, encode};

/// Reserves a place for a file of this length. 0 when there is none.
#[unsafe(no_mangle)]
pub extern "C" fn allocate(len: u32) -> u32 {
    let Ok(layout) = Layout::from_size_align(len.max(1) as usize, 1) else { return 0 };
    // SAFETY: the layout is not empty. The place is never given back: an instance reads one file.
    let place = unsafe { alloc(layout) };
    place as u32
}

/// Reads the file at this place. Returns place and length of the answer, the length in the lower
/// half.
#[unsafe(no_mangle)]
pub extern "C" fn read(format: u32, at: u32, len: u32) -> u64 {
    // SAFETY: the host passes what `allocate` gave it for this length, filled.
    let bytes = unsafe { std::slice::from_raw_parts(at as *const u8, len as usize) };
    let book = match Format::from_number(format) {
        Some(format) => crate::read(format, bytes),
        None => Err(Fault::Damaged("unknown format".to_owned())),
    };
    let answer = encode(book).leak();
    (u64::from(answer.as_ptr() as u32) << 32) | answer.len() as u64
}
