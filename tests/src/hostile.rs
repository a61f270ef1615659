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

/// Packs a core module that exports the contract's functions.
///
/// # Panics
///
/// When it lacks one of them.
pub fn component(mut module: Vec<u8>) -> Vec<u8> {
    let contract = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/sdk/wit/v1");
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(&contract).expect("the contract can be read");
    let world = resolve.select_world(&[package], Some("plugin")).expect("the contract has a world");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
        .expect("the contract's types can be embedded");
    ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .and_then(|mut encoder| encoder.encode())
        .unwrap_or_else(|wrong| panic!("the module is no plugin: {wrong:#}"))
}
