//! Builds the guests (the sector plugins, and the reader of binary workbooks) and embeds them in the
//! program, with the machine code that a first start would otherwise have to compile.
//! Knows no sector: a folder under `plugins/` with a `checklist.toml` is one.

// The build compiles in one way only, and the constants are the program's.
#[allow(dead_code)]
#[path = "src/sandbox/settings.rs"]
mod settings;

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};
use wasmtime::Engine;

/// The parsers that run in the sandbox.
const READER: &str = "anping-reader";

/// The guest that judges by a checklist written in a workbook.
const WORKBOOK: &str = "anping-workbook";

/// What guests are compiled for: no operating system, so nothing that could be imported.
const TARGET: &str = "wasm32-unknown-unknown";

fn main() {
    let engine = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let root = engine.parent().expect("the engine lies in the workspace");
    let plugins = root.join("plugins");

    // A new sector changes the folder; a changed one, its files. Both rebuild the SDK's users.
    println!("cargo::rerun-if-changed={}", plugins.display());
    println!("cargo::rerun-if-changed={}", engine.join("reader").display());
    println!("cargo::rerun-if-changed={}", root.join("Cargo.lock").display());
    println!("cargo::rerun-if-changed={}", root.join("Cargo.toml").display());
    // Embedded by include_dir, which does not tell cargo.
    println!("cargo::rerun-if-changed={}", root.join("templates").display());

    ensure_target();
    // Built by itself: together, the features that one guest wants would change the others.
    let reader = module(&build(root, &out, &[READER]), READER);
    fs::write(out.join("reader.wasm"), &reader).expect("the output folder can be written");
    let mut ahead = Ahead::new(&out);
    ahead.add(READER, &reader, Engine::precompile_module);

    let workbook = module(&build(root, &out, &[WORKBOOK]), WORKBOOK);
    fs::write(out.join("workbook.wasm"), workbook).expect("the output folder can be written");

    let sectors = sectors(&plugins);
    let mut list = String::from("static BUILT_IN: &[(&str, &[u8])] = &[\n");
    if !sectors.is_empty() {
        let names: Vec<_> = sectors.iter().map(|sector| sector.crate_name.as_str()).collect();
        let built = build(root, &out, &names);
        for sector in &sectors {
            let module = module(&built, &sector.crate_name);
            let component = anping_pack::component(&module)
                .unwrap_or_else(|wrong| panic!("plugin {}: {wrong}", sector.id));
            let path = out.join(format!("{}.wasm", sector.id));
            ahead.add(&sector.id, &component, Engine::precompile_component);
            fs::write(&path, component).unwrap_or_else(|wrong| panic!("{}: {wrong}", path.display()));
            writeln!(list, "    ({:?}, include_bytes!({:?})),", sector.id, path.display().to_string())
                .expect("writing to a string does not fail");
        }
    }
    list.push_str("];\n");
    fs::write(out.join("plugins.rs"), list).expect("the output folder can be written");
    fs::write(out.join("ahead.rs"), ahead.list()).expect("the output folder can be written");
}

/// Guests as machine code of the target.
struct Ahead<'a> {
    out: &'a Path,
    /// None where there is no code for the target: the program then compiles on its first start.
    engine: Option<Engine>,
    /// Digests of guests, with the files of their code.
    made: BTreeMap<Vec<u8>, PathBuf>,
}

impl<'a> Ahead<'a> {
    fn new(out: &'a Path) -> Self {
        println!("cargo::rerun-if-changed=src/sandbox/settings.rs");
        let target = env::var("TARGET").expect("cargo sets it");
        // The compiler for this machine's kind of processor is the only one here.
        let engine = settings::ahead(&target).and_then(|config| Engine::new(&config));
        if let Err(wrong) = &engine {
            println!("cargo::warning=no code ahead for {target}, a first start will compile: {wrong:#}");
        }
        Self { out, engine: engine.ok(), made: BTreeMap::new() }
    }

    /// Compiles a guest, unless the last build did it with the same engine.
    fn add(
        &mut self,
        name: &str,
        guest: &[u8],
        compile: impl Fn(&Engine, &[u8]) -> wasmtime::Result<Vec<u8>>,
    ) {
        let Some(engine) = &self.engine else { return };
        let digest = Sha256::digest(guest).to_vec();
        let mut settings = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut settings);
        let made_of = format!("{digest:?} {}", settings.finish());
        let (code, note) = (self.out.join(format!("{name}.code")), self.out.join(format!("{name}.code-of")));
        let is_made = code.is_file() && fs::read_to_string(&note).is_ok_and(|noted| noted == made_of);
        if !is_made {
            let compiled = compile(engine, guest).unwrap_or_else(|wrong| panic!("{name}: {wrong:#}"));
            // The note last: a build that was stopped in between compiles again.
            let written = fs::write(&note, "").and_then(|()| fs::write(&code, compiled));
            written.and_then(|()| fs::write(&note, made_of)).expect("the output folder can be written");
        }
        self.made.insert(digest, code);
    }

    /// The table that the program searches, sorted by digest.
    fn list(&self) -> String {
        let mut list = String::from("static AHEAD: &[([u8; 32], &[u8])] = &[\n");
        for (digest, code) in &self.made {
            writeln!(list, "    ({digest:?}, include_bytes!({:?})),", code.display().to_string())
                .expect("writing to a string does not fail");
        }
        list.push_str("];\n");
        list
    }
}

/// The module of a crate.
fn module(built: &Path, crate_name: &str) -> Vec<u8> {
    let path = built.join(format!("{}.wasm", crate_name.replace('-', "_")));
    fs::read(&path).unwrap_or_else(|wrong| panic!("{}: {wrong}", path.display()))
}

/// A folder with a checklist.
struct Sector {
    /// The folder's name; the plugin's id.
    id: String,
    /// The name in its manifest.
    crate_name: String,
}

/// The sectors, sorted by id.
fn sectors(plugins: &Path) -> Vec<Sector> {
    let mut sectors: Vec<_> = fs::read_dir(plugins)
        .expect("the plugins folder can be listed")
        .map(|entry| entry.expect("the plugins folder can be listed").path())
        .filter(|path| path.join("checklist.toml").is_file())
        .map(|path| {
            let id = path.file_name().and_then(|name| name.to_str()).expect("sectors have plain names");
            Sector { id: id.to_owned(), crate_name: crate_name(&path.join("Cargo.toml")) }
        })
        .collect();
    sectors.sort_by(|a, b| a.id.cmp(&b.id));
    sectors
}

/// The first `name = "…"` of a manifest: that of its package. Reading it properly would cost a
/// TOML parser in every build.
fn crate_name(manifest: &Path) -> String {
    let text = fs::read_to_string(manifest).unwrap_or_else(|wrong| panic!("{}: {wrong}", manifest.display()));
    let name = text.lines().find_map(|line| {
        line.strip_prefix("name")?.trim().strip_prefix('=')?.trim().strip_prefix('"')?.strip_suffix('"')
    });
    name.unwrap_or_else(|| panic!("{}: no package name", manifest.display())).to_owned()
}

/// Sees to it that the target's standard library is there: a bare toolchain lacks it.
fn ensure_target() {
    let libraries = rustc(&["--print", "target-libdir", "--target", TARGET]);
    let there = libraries.is_some_and(|folder| Path::new(&folder).is_dir());
    if there {
        return;
    }
    let added = Command::new("rustup").args(["target", "add", TARGET]).status();
    if !added.is_ok_and(|status| status.success()) {
        panic!("the guests need the target {TARGET}: run `rustup target add {TARGET}` and build again");
    }
}

/// Builds crates with an own cargo, in an own target folder, and returns where the modules are. The outer cargo holds the lock of its folder until this script ends.
fn build(root: &Path, out: &Path, crates: &[&str]) -> PathBuf {
    let target = shared_folder(out).join("plugins");
    let mut cargo = Command::new(env::var_os("CARGO").expect("cargo sets it"));
    cargo
        .current_dir(root)
        .args(["build", "--profile", "plugin", "--target", TARGET, "--target-dir"])
        .arg(&target);
    for name in crates {
        cargo.args(["--package", name]);
    }
    // The outer cargo has resolved already, so the lock file is complete and sources are there.
    if root.join("Cargo.lock").is_file() {
        cargo.arg("--locked");
    }
    // What was meant for the outer build (a linter as compiler, flags for this machine, another
    // target) must not reach the plugins: their bytes are in every report's provenance.
    for (name, _) in env::vars_os() {
        if leaks(&name) {
            cargo.env_remove(name);
        }
    }
    // Paths of this machine end up in panic messages; names in their place are the same everywhere.
    cargo.env("CARGO_ENCODED_RUSTFLAGS", remapped(root).join("\x1f"));
    let status = cargo.status().expect("cargo runs");
    assert!(status.success(), "the guests do not build: {status}");
    target.join(TARGET).join("plugin")
}

/// The target folder of the outer build: `…/PROFILE/build/anping-HASH/out` lies in it. Debug,
/// release and test builds then share one build of the plugins.
fn shared_folder(out: &Path) -> &Path {
    out.ancestors().nth(4).unwrap_or(out)
}

/// Whether a variable of the outer build would change the plugins.
fn leaks(name: &OsString) -> bool {
    let Some(name) = name.to_str() else { return false };
    matches!(
        name,
        "RUSTFLAGS"
            | "CARGO_ENCODED_RUSTFLAGS"
            | "RUSTDOCFLAGS"
            | "RUSTC_WRAPPER"
            | "RUSTC_WORKSPACE_WRAPPER"
            | "CLIPPY_ARGS"
            | "CARGO_TARGET_DIR"
            | "CARGO_BUILD_TARGET"
            | "CARGO_BUILD_TARGET_DIR"
            | "CARGO_BUILD_RUSTFLAGS"
            | "CARGO_BUILD_RUSTC_WRAPPER"
            | "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER"
            | "CARGO_INCREMENTAL"
            | "OUT_DIR"
            | "TARGET"
            | "HOST"
            | "PROFILE"
            | "OPT_LEVEL"
            | "DEBUG"
    ) || name.starts_with("CARGO_PROFILE_")
        || name.starts_with("CARGO_TARGET_WASM32")
        || name.starts_with("CARGO_CFG_")
        || name.starts_with("CARGO_PKG_")
        || name.starts_with("CARGO_FEATURE_")
        || name.starts_with("DEP_")
}

/// Flags that put the same names in the place of this machine's paths.
fn remapped(root: &Path) -> Vec<String> {
    let mut flags = vec![format!("--remap-path-prefix={}=anping", root.display())];
    let home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")));
    if let Some(home) = home {
        flags.push(format!("--remap-path-prefix={}=cargo", home.display()));
    }
    // Where the library's sources are installed, the compiler names them by their place on this
    // machine; elsewhere by the commit they were built from.
    if let (Some(sysroot), Some(commit)) = (rustc(&["--print", "sysroot"]), commit()) {
        flags.push(format!("--remap-path-prefix={sysroot}/lib/rustlib/src/rust=/rustc/{commit}"));
    }
    flags
}

fn commit() -> Option<String> {
    Some(rustc(&["-vV"])?.lines().find_map(|line| line.strip_prefix("commit-hash: "))?.to_owned())
}

/// What the compiler prints.
///
/// Errors: `None` when it fails.
fn rustc(arguments: &[&str]) -> Option<String> {
    let output = Command::new(env::var_os("RUSTC").expect("cargo sets it")).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
