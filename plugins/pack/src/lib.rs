//! Turns a compiled plugin (a core wasm module) into a component.
//! Knows nothing of checklists: the contract's types travel inside the module, in a section that
//! the SDK put there. The same module always gives the same bytes.

mod definition;

use std::fmt;

pub use definition::{DEFINITION_SECTION, definition, definition_source, with_definition};

use wasmparser::{Parser, Payload};

/// The interface a plugin exports, without its version.
const CONTRACT: &str = "anping:plugin/assessor@";

/// Why a module cannot become a plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The bytes are no core wasm module.
    NotAModule(String),
    /// The module wants something from outside, which no plugin gets.
    Import {
        /// From where, e.g. `wasi_snapshot_preview1`.
        module: String,
        /// What, e.g. `fd_write`.
        name: String,
    },
    /// It does not export the contract: it was built without the SDK's `plugin!`.
    NoContract,
    /// It has no place for a definition, or more than one: it is not the data-driven guest.
    NoSlot,
    /// It names the contract but lacks what goes with it.
    Incomplete(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAModule(why) => write!(f, "not a core wasm module: {why}"),
            Self::Import { module, name } => {
                write!(
                    f,
                    "imports {module}::{name}; build for wasm32-unknown-unknown, a plugin imports nothing"
                )
            }
            Self::NoContract => f.write_str("exports no assessor; does it call anping_sdk::plugin!?"),
            Self::NoSlot => f.write_str("has no place for a definition"),
            Self::Incomplete(why) => write!(f, "cannot become a component: {why}"),
        }
    }
}

impl std::error::Error for Error {}

/// Wraps the core module of a plugin into a component, validated.
///
/// Shape: the bytes of a `.wasm` built for `wasm32-unknown-unknown` against the SDK.
/// Errors: the module imports something, or lacks what the contract exports.
pub fn component(module: &[u8]) -> Result<Vec<u8>, Error> {
    refuse_imports(module)?;
    let component = wit_component::ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(|mut encoder| encoder.encode())
        .map_err(|wrong| Error::Incomplete(format!("{wrong:#}")))?;
    // A module without the SDK's section becomes a component all the same: an empty one.
    if exports_contract(&component)? { Ok(component) } else { Err(Error::NoContract) }
}

fn refuse_imports(module: &[u8]) -> Result<(), Error> {
    for payload in Parser::new(0).parse_all(module) {
        match payload.map_err(not_a_module)? {
            Payload::Version { encoding: wasmparser::Encoding::Component, .. } => {
                return Err(Error::NotAModule("it is a component already".to_owned()));
            }
            Payload::ImportSection(section) => {
                if let Some(import) = section.into_imports().next() {
                    let import = import.map_err(not_a_module)?;
                    return Err(Error::Import {
                        module: import.module.to_owned(),
                        name: import.name.to_owned(),
                    });
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn exports_contract(component: &[u8]) -> Result<bool, Error> {
    for payload in Parser::new(0).parse_all(component) {
        if let Payload::ComponentExportSection(section) = payload.map_err(not_a_module)? {
            for export in section {
                if export.map_err(not_a_module)?.name.name.starts_with(CONTRACT) {
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
}

fn not_a_module(wrong: wasmparser::BinaryReaderError) -> Error {
    Error::NotAModule(wrong.message().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module of one type, `() -> ()`, and one import of it.
    const IMPORTS: &[u8] = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x02\x0c\x01\x03env\x04time\0\0";

    #[test]
    fn what_is_no_plugin_is_told_apart() {
        let import = Error::Import { module: "env".to_owned(), name: "time".to_owned() };
        for (bytes, wrong) in [(&b"\0asm\x01\0\0\0"[..], Error::NoContract), (IMPORTS, import)] {
            assert_eq!(component(bytes), Err(wrong));
        }
        for bytes in [&b""[..], b"(module)", b"\0asm\x01\0\0", b"\0asm\x0d\0\x01\0", &IMPORTS[..20]] {
            assert!(matches!(component(bytes), Err(Error::NotAModule(_))), "{bytes:?}");
        }
    }
}
