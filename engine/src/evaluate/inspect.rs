//! Looks at a plugin's bytes before the sandbox sees them: size, imports, contract version.
//! Runs nothing and compiles nothing: the compiler has no limits of its own.

use wasmparser::{Encoding, Parser, Payload, Validator};

use super::fault::{Fault, Foreign, clause};
use super::limits;
use super::v1::{COLUMNS, Door};

/// The exported interface, without its version.
const CONTRACT: &str = "anping:plugin/assessor";

/// Checks sizes, imports and the contract's version.
///
/// Shape: the best door that the plugin has. One of a later version than this program knows is not
/// used; the other is there in any case.
/// Errors: the first thing wrong, in the order in which a reader can do something about it.
pub(super) fn look(bytes: &[u8]) -> Result<Door, Fault> {
    if bytes.len() > limits::COMPONENT {
        return Err(Fault::Size(bytes.len()));
    }
    if !bytes.starts_with(b"\0asm") {
        let compiled = bytes.starts_with(b"\x7fELF");
        return Err(Fault::Foreign(if compiled { Foreign::Compiled } else { Foreign::Unknown }));
    }
    // Nested modules and components come as payloads between a `Version` and an `End`.
    let mut depth = 0_usize;
    let mut functions = 0_usize;
    let mut imports = Vec::new();
    let mut contract = None;
    let mut door = Door::Records;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(invalid)? {
            Payload::Version { encoding, .. } => {
                if depth == 0 && encoding == Encoding::Module {
                    return Err(Fault::Foreign(Foreign::Module));
                }
                depth += 1;
            }
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::CodeSectionStart { count, .. } => {
                functions += count as usize;
                if functions > limits::FUNCTIONS {
                    return Err(Fault::Functions);
                }
            }
            Payload::CodeSectionEntry(body) => {
                let length = body.range().len();
                if length > limits::FUNCTION {
                    return Err(Fault::Function(length));
                }
            }
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section {
                    imports.push(import.map_err(invalid)?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                for export in section {
                    let name = export.map_err(invalid)?.name.name;
                    let Some((interface, version)) = name.split_once('@') else { continue };
                    if interface == CONTRACT {
                        contract = Some(version.to_owned());
                    } else if interface == COLUMNS && supported(version).is_ok() {
                        door = Door::Columns;
                    }
                }
            }
            _ => {}
        }
    }
    // The version comes first: a plugin for another contract may well import what that one allows.
    match &contract {
        Some(version) => supported(version)?,
        None if imports.is_empty() => return Err(Fault::NoContract),
        None => {}
    }
    match imports.first() {
        Some(import) => Err(Fault::Import(clause(import))),
        None => Ok(door),
    }
}

/// Checks the whole component against the rules of its format, with the features of
/// [`limits::FEATURES`] only. Apart from [`look`] because it takes as long as the component is
/// large; code that is taken from the cache was checked before it was compiled.
pub(super) fn validate(bytes: &[u8]) -> Result<(), Fault> {
    Validator::new_with_features(limits::FEATURES).validate_all(bytes).map(|_| ()).map_err(invalid)
}

pub(super) fn invalid(wrong: wasmparser::BinaryReaderError) -> Fault {
    Fault::Invalid(clause(wrong.message()))
}

/// Version 1.0 of the contract is frozen: whatever differs in it is another version.
fn supported(version: &str) -> Result<(), Fault> {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().ok());
    match (parts.next().flatten(), parts.next().flatten()) {
        (Some(1), Some(0)) => Ok(()),
        (Some(0), _) => Err(Fault::TooOld(clause(version))),
        (Some(_), Some(_)) => Err(Fault::TooNew(clause(version))),
        _ => Err(Fault::NoContract),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_says_which_side_is_behind() {
        for (version, wrong) in [
            ("1.0.0", None),
            ("1.0.7", None),
            ("1.1.0", Some(Fault::TooNew("1.1.0".to_owned()))),
            ("2.0.0", Some(Fault::TooNew("2.0.0".to_owned()))),
            ("0.9.0", Some(Fault::TooOld("0.9.0".to_owned()))),
            ("one", Some(Fault::NoContract)),
        ] {
            assert_eq!(supported(version).err(), wrong, "{version}");
        }
    }

    #[test]
    fn what_is_no_component_is_told_apart() {
        let module = b"\0asm\x01\0\0\0";
        for (bytes, foreign) in [
            (&b"(component)"[..], Foreign::Unknown),
            (b"", Foreign::Unknown),
            (b"PK\x03\x04", Foreign::Unknown),
            (b"\x7fELF\x02", Foreign::Compiled),
            (module, Foreign::Module),
        ] {
            assert_eq!(look(bytes), Err(Fault::Foreign(foreign)), "{bytes:?}");
        }
    }

    #[test]
    fn a_cut_or_empty_component_is_refused() {
        let empty = b"\0asm\x0d\0\x01\0";
        assert_eq!(look(empty), Err(Fault::NoContract));
        for length in 4..empty.len() {
            assert!(matches!(look(&empty[..length]), Err(Fault::Invalid(_))), "{length} bytes");
        }
    }
}
