//! The built-in guests as machine code, compiled by the build script, so that a first start need not
//! compile. Knows no guest by name: code is found by the digest of the guest that it was made of.
//!
//! Whether code may run here is for wasmtime to say when it is loaded: its version, the settings, the
//! kind of processor and what the processor must have are written in it. Whatever is refused is
//! compiled, as every other guest is.

use wasmtime::Engine;

use super::cache::Compiled;

// `AHEAD`: digests of guests, sorted, with the code. Empty where the build could not make any.
include!(concat!(env!("OUT_DIR"), "/ahead.rs"));

/// The code of a guest, by the digest of its bytes.
///
/// Errors: `None` when it is no built-in guest, or its code does not fit this engine or machine.
pub(crate) fn get<C: Compiled>(engine: &Engine, guest: &[u8; 32]) -> Option<C> {
    let place = AHEAD.binary_search_by_key(&guest, |(digest, _)| digest).ok()?;
    let (_, code) = AHEAD.get(place)?;
    // SAFETY: it must be given bytes that `to_bytes` made. These are part of this program, put into
    // it by its own build, which had them from wasmtime. Who can change the program can run any code.
    unsafe { C::from_bytes(engine, code) }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};
    use wasmtime::component::Component;

    use super::*;
    use crate::evaluate::built_in;
    use crate::sandbox::{Build, Sandbox};

    /// How many built-in plugins are found as code by an engine.
    fn found(build: Build) -> usize {
        let sandbox = Sandbox::of(build).expect("the sandbox runs here");
        let digest = |bytes: &[u8]| -> [u8; 32] { Sha256::digest(bytes).into() };
        let is_found = |bytes: &[u8]| get::<Component>(sandbox.engine(), &digest(bytes)).is_some();
        built_in().iter().filter(|(_, bytes)| is_found(bytes)).count()
    }

    #[test]
    fn every_built_in_plugin_is_there_as_code() {
        assert_eq!(found(Build::Ordinary), built_in().len());
    }

    // What is held against the ordinary results must have been compiled otherwise.
    #[test]
    fn code_of_other_settings_is_refused() {
        assert_eq!(found(Build::Other), 0);
    }

    #[test]
    fn an_unknown_guest_has_no_code() {
        let sandbox = Sandbox::new().expect("the sandbox runs here");
        assert!(get::<Component>(sandbox.engine(), &[0; 32]).is_none());
    }

    #[test]
    fn the_table_can_be_searched() {
        assert!(AHEAD.is_sorted_by_key(|(digest, _)| digest));
        // The plugins, and the reader of binary workbooks.
        assert_eq!(AHEAD.len(), built_in().len() + 1);
    }
}
