//! Reads the binary workbook formats (xls, et, xlsb) into a flat list of cells.
//! Made to be a guest of the sandbox: parsers of these formats panic, loop and reserve memory by
//! what a file claims, and here that ends a guest and not the program. Calls nothing of the host.
//!
//! The host writes a file's bytes to the place that [`allocate`] gives it and calls [`read`], which
//! answers with the place of a [`wire`] message.

mod binary;
mod compound;
mod drawing;
#[cfg(target_family = "wasm")]
mod guest;
pub mod wire;
mod xls;
mod xlsb;

pub use self::compound::top_names;

/// Reads a file of this format.
///
/// Errors: what is wrong with it. A parser may panic as well.
pub fn read(format: wire::Format, bytes: &[u8]) -> Result<wire::Book, wire::Fault> {
    match format {
        wire::Format::Xls => xls::read(bytes),
        wire::Format::Xlsb => xlsb::read(bytes),
    }
}
