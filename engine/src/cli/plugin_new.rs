//! `anping plugin new|build`: a plugin begun, as a workbook or as a crate, and a crate made a component.
//! Prints, writes the files and calls cargo; what a component is, is `anping_pack`'s affair.

use std::path::{Path, PathBuf};
use std::process::Command as Process;

use clap::ArgMatches;

use super::{Exit, Unreadable, World};
use crate::authoring;
use crate::model::Lang;
use crate::report::{self, Written};

/// What a plugin is compiled for: no operating system, so nothing that could be imported.
const TARGET: &str = "wasm32-unknown-unknown";
/// The most that is read of what was compiled.
const MAX_BYTES: u64 = 64 << 20;

/// The files of a crate to begin with: path, and text with places {id} and {sdk}.
const TEMPLATE: [(&str, &str); 5] = [
    ("Cargo.toml", include_str!("../../data/plugin-template/Cargo.toml.txt")),
    ("build.rs", include_str!("../../data/plugin-template/build.rs.txt")),
    ("src/lib.rs", include_str!("../../data/plugin-template/lib.rs.txt")),
    ("checklist.toml", include_str!("../../data/plugin-template/checklist.toml.txt")),
    ("cases/one-point-lost.case", include_str!("../../data/plugin-template/cases/one-point-lost.case.txt")),
];

/// Begins a plugin: `NAME.xlsx`, or the folder `NAME`.
pub fn new(matches: &ArgMatches, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let path = matches.get_one::<PathBuf>("name").cloned().unwrap_or_default();
    let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let is_id = id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !is_id {
        let why = lang.of(
            "名称只用小写字母、数字和连字符,以字母开头",
            "a name is lower-case letters, digits and hyphens, and begins with a letter",
        );
        writeln!(world.err, "{id}: {why}")?;
        return Ok(Exit::Usage);
    }
    let parent = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let target = if matches.get_flag("rust") { path.clone() } else { path.with_extension("xlsx") };
    if target.exists() {
        let why = lang.of("已存在,未改动", "exists already and was left as it is");
        return Err(Unreadable::Content(format!("{}: {why}", target.display())).into());
    }
    if matches.get_flag("rust") {
        // Beside the SDK the crate is a member of its workspace; elsewhere it stands alone.
        let beside = parent.join("sdk").join("Cargo.toml").is_file();
        let sdk = match matches.get_one::<PathBuf>("sdk") {
            Some(sdk) => std::fs::canonicalize(sdk)
                .map_err(|source| Unreadable::File { path: sdk.clone(), source })?
                .to_string_lossy()
                .replace('\\', "/"),
            None if beside => "../sdk".to_owned(),
            None => {
                let why = lang
                    .of("请用 --sdk 指明 SDK 所在的文件夹(plugins/sdk)", "give the SDK's folder with --sdk");
                writeln!(world.err, "{why}")?;
                return Ok(Exit::Usage);
            }
        };
        let mut files: Vec<_> = TEMPLATE
            .iter()
            .map(|(name, text)| (*name, text.replace("{id}", &id).replace("{sdk}", &sdk)))
            .collect();
        if matches.get_one::<PathBuf>("sdk").is_some() {
            files[0].1.push_str("\n[workspace]\n");
            // The versions that the SDK was tested with; without them cargo would look for newer ones.
            let lock = Path::new(&sdk).join("../../Cargo.lock");
            files.extend(std::fs::read_to_string(lock).ok().map(|text| ("Cargo.lock", text)));
        }
        let files = files.into_iter();
        let written: Vec<_> =
            files.map(|(name, text)| Written { name: name.to_owned(), bytes: text.into_bytes() }).collect();
        report::put(&path, &written)?;
    } else {
        let bytes = authoring::write(&authoring::example(&id))?;
        let name = format!("{id}.xlsx");
        report::put(parent, &[Written { name, bytes }])?;
    }
    let next = if matches.get_flag("rust") {
        format!("anping plugin build {0}", target.display())
    } else {
        format!("anping plugin pack {0}", target.display())
    };
    writeln!(world.out, "{} {}", lang.of("已写出", "written"), target.display())?;
    writeln!(world.out, "{}: {next}", lang.of("下一步", "next"))?;
    Ok(Exit::Done)
}

/// Compiles a crate and makes it a component: `NAME.wasm` beside the crate's manifest, or the output.
pub fn build(matches: &ArgMatches, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let folder = matches.get_one::<PathBuf>("folder").cloned().unwrap_or_default();
    let content = |why: String| Unreadable::Content(format!("{}: {why}", folder.display()));
    let manifest = folder.join("Cargo.toml");
    let text = std::fs::read_to_string(&manifest)
        .map_err(|source| Unreadable::File { path: manifest.clone(), source })?;
    let table: toml::Table = toml::from_str(&text).map_err(|wrong| content(wrong.to_string()))?;
    let package = table.get("package").and_then(|package| package.get("name")).and_then(toml::Value::as_str);
    let package = package.ok_or_else(|| content("Cargo.toml: package.name".to_owned()))?;
    let made = folder.join("target").join("plugin");
    let ended = Process::new("cargo")
        .args(["build", "--release", "--quiet", "--target", TARGET, "--target-dir"])
        .arg(&made)
        .arg("--manifest-path")
        .arg(&manifest)
        .output()
        .map_err(|wrong| {
            content(format!("{}: {wrong}", lang.of("没有 cargo,不能编译", "no cargo to compile with")))
        })?;
    if !ended.status.success() {
        // What the compiler says names item, file and line.
        write!(world.err, "{}", String::from_utf8_lossy(&ended.stderr))?;
        return Ok(Exit::Plugin);
    }
    let module = made.join(TARGET).join("release").join(format!("{}.wasm", package.replace('-', "_")));
    let is_bounded = module.metadata().is_ok_and(|about| about.len() <= MAX_BYTES);
    if !is_bounded {
        return Err(content(format!("{}: 64 MB", module.display())).into());
    }
    let bytes = std::fs::read(&module).map_err(|source| Unreadable::File { path: module.clone(), source })?;
    let component = match anping_pack::component(&bytes) {
        Ok(component) => component,
        Err(wrong) => {
            writeln!(world.err, "{package}: {wrong}")?;
            return Ok(Exit::Plugin);
        }
    };
    let output = matches.get_one::<PathBuf>("output").cloned();
    let output = output.unwrap_or_else(|| folder.join(format!("{package}.wasm")));
    let parent = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = output.file_name().unwrap_or_default().to_string_lossy().into_owned();
    report::put(parent, &[Written { name, bytes: component }])?;
    writeln!(world.out, "{} {}", lang.of("已写出", "written"), output.display())?;
    Ok(Exit::Done)
}
