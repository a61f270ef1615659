//! Assembles the hostile plugins under `tests/hostile/` into components.
//! Knows nothing of limits or messages: the fixtures say what they do, the tests what must follow.

use std::fs;
use std::path::{Path, PathBuf};

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("hostile")
}

/// The names of all fixtures, sorted: the file names without `.wat`.
///
/// # Panics
///
/// When the folder cannot be read.
pub fn names() -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder())
        .expect("tests/hostile can be listed")
        .map(|entry| entry.expect("tests/hostile can be listed").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "wat"))
        .map(|path| path.file_stem().expect("it has a name").to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// The component of a fixture. A fixture that is a core module gets the contract's types from the
/// SDK's WIT; one that is a component is taken as it is. The plugin's id is the fixture's name.
///
/// # Panics
///
/// When the fixture is missing or wrong.
pub fn plugin(name: &str) -> Vec<u8> {
    plugin_named(name, name)
}

/// The same under another id, as long as the fixture includes `honest.part`.
///
/// # Panics
///
/// When the fixture is missing or wrong.
pub fn plugin_named(name: &str, id: &str) -> Vec<u8> {
    let read = |file: &str| {
        fs::read_to_string(folder().join(file)).unwrap_or_else(|wrong| panic!("{file}: {wrong}"))
    };
    let honest = read("honest.part").replace("{{id}}", id).replace("{{id-length}}", &id.len().to_string());
    let own = read(&format!("{name}.wat"));
    let honest = without_replaced(&honest, &own);
    let text = own.replace("  ;; include honest.part\n", &honest);
    let text = text.replace("  ;; include columns.part\n", &read("columns.part"));
    let bytes = wat::parse_str(&text).unwrap_or_else(|wrong| panic!("{name}.wat: {wrong}"));
    if text.contains("(component") { bytes } else { component(bytes) }
}

/// The honest half without the exported functions that the fixture has of its own. Functions are divided
/// by empty lines.
fn without_replaced(honest: &str, own: &str) -> String {
    let exported = |part: &str| {
        let (_, rest) = part.split_once("(export \"")?;
        rest.split('"').next().map(str::to_owned)
    };
    let is_kept = |part: &&str| match exported(part) {
        Some(name) if name != "memory" => !own.contains(&format!("(export \"{name}\")")),
        _ => true,
    };
    honest.split("\n\n").filter(is_kept).collect::<Vec<_>>().join("\n\n")
}

/// Packs a core module that exports the contract's functions, with both doors or the first.
///
/// # Panics
///
/// When it lacks one of them.
pub fn component(module: Vec<u8>) -> Vec<u8> {
    let has_columns = module.windows(COLUMNS.len()).any(|bytes| bytes == COLUMNS.as_bytes());
    let columns = has_columns.then(|| fs::read_to_string(contract().join("columns-v1/columns.wit")));
    packed(module, columns.map(|text| text.expect("the second door can be read")))
}

/// The fixture `columns` with a second door of another version, or with verdicts of another type.
///
/// # Panics
///
/// When the result is no plugin.
pub fn other_columns(version: &str, verdicts: &str) -> Vec<u8> {
    let door = fs::read_to_string(contract().join("columns-v1/columns.wit")).expect("it can be read");
    let door = door
        .replace("package anping:columns@1.0.0;", &format!("package anping:columns@{version};"))
        .replace("verdicts: list<u8>,", &format!("verdicts: list<{verdicts}>,"));
    let read = |file: &str| fs::read_to_string(folder().join(file)).expect("the fixture can be read");
    let text = read("columns.wat")
        .replace("  ;; include honest.part\n", &read("honest.part"))
        .replace("  ;; include columns.part\n", &read("columns.part"))
        .replace("{{id}}", "columns")
        .replace("{{id-length}}", "7")
        .replace(&format!("{COLUMNS}1.0.0"), &format!("{COLUMNS}{version}"));
    packed(wat::parse_str(&text).expect("the fixture is right"), Some(door))
}

/// How the exports of the second door begin.
const COLUMNS: &str = "anping:columns/assessor@";

fn contract() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/sdk/wit")
}

/// `columns`: the text of the second door, for a module that has it.
fn packed(mut module: Vec<u8>, columns: Option<String>) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let (mut package, _) = resolve.push_path(contract().join("v1")).expect("the contract can be read");
    if let Some(text) = columns {
        package = resolve.push_str("columns.wit", &text).expect("the second door can be read");
    }
    let world = resolve.select_world(&[package], Some("plugin")).expect("the contract has a world");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
        .expect("the contract's types can be embedded");
    ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .and_then(|mut encoder| encoder.encode())
        .unwrap_or_else(|wrong| panic!("the module is no plugin: {wrong:#}"))
}
