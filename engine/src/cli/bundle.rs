//! `anping bundle`: plugins, templates, layouts, workspace settings and lock in one file, for offices
//! without a network; and what a run takes out of one. Prints and reads files; the format and its
//! limits are in `trust`.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, Command, value_parser};

use super::assess::WrongTemplates;
use super::trust::{self, PLUGINS};
use super::yearend::{Local, checked, local_of, workspace_arg};
use super::{Exit, Unreadable, World, WrongLayouts};
use crate::evaluate::Host;
use crate::intake::{self, Layout};
use crate::model::Lang;
use crate::pipeline::{self, golden};
use crate::report::{self, Templates, Written};
use crate::tailoring::MAX_BYTES;
use crate::trust::{
    BUNDLE_EXTENSION, Bundle, LOCK, Lock, Pinned, SIGNATURE_SUFFIX, verify as verify_signature,
};

const WORKSPACE: &str = "anping.toml";
const TEMPLATES: &str = "templates";
const LAYOUTS: &str = "layouts";

/// The command line.
pub fn command(lang: Lang) -> Command {
    let file = || {
        Arg::new("file")
            .value_name(lang.of("安评包", "BUNDLE"))
            .required(true)
            .value_parser(value_parser!(PathBuf))
            .help(lang.of("安评包(.anpingbundle)", "a bundle (.anpingbundle)"))
    };
    Command::new("bundle")
        .about(lang.of(
            "把插件、模板、表式、工作区设置打成一个安评包,供不联网的单位使用",
            "pack plugins, templates, layouts and settings into one file for offices without a network",
        ))
        .args_conflicts_with_subcommands(true)
        .subcommand_negates_reqs(true)
        .disable_help_subcommand(true)
        .arg(
            Arg::new("output")
                .short('o')
                .long("output")
                .value_name(lang.of("安评包", "BUNDLE"))
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help(lang.of("写到哪个文件(.anpingbundle)", "which file to write (.anpingbundle)")),
        )
        .arg(workspace_arg(lang))
        .arg(
            Arg::new("templates")
                .long("templates")
                .value_name(lang.of("文件夹", "FOLDER"))
                .value_parser(value_parser!(PathBuf))
                .help(lang.of("自备的报表模板文件夹", "folder of report templates")),
        )
        .arg(super::layouts_arg(lang))
        .args(super::plugin_args(lang))
        .subcommand(
            Command::new("verify")
                .about(lang.of(
                    "核对安评包:逐个文件的摘要、签名、插件算例,以及本工作区是否已接受",
                    "check a bundle: digests, signature, golden cases, and what is accepted here",
                ))
                .arg(file())
                .arg(trust::lock_arg(lang)),
        )
        .subcommand(
            Command::new("open")
                .about(lang.of("把安评包解开到一个文件夹", "unpack a bundle into a folder"))
                .arg(file())
                .arg(
                    Arg::new("folder")
                        .value_name(lang.of("文件夹", "FOLDER"))
                        .required(true)
                        .value_parser(value_parser!(PathBuf))
                        .help(
                            lang.of(
                                "解到哪里;已有的不同文件不覆盖",
                                "where to; other files are not replaced",
                            ),
                        ),
                )
                .arg(trust::lock_arg(lang)),
        )
}

/// Runs it.
pub fn run(matches: &ArgMatches, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    match matches.subcommand() {
        Some(("verify", matches)) => verify(matches, lang, world),
        Some(("open", matches)) => open(matches, lang, world),
        _ => make(matches, lang, world),
    }
}

// ---- what a run takes -----------------------------------------------------------------------

/// A file of a bundle as text. Errors: it is none.
fn text_in<'a>(bundle: &'a Bundle, path: &str) -> Result<Option<&'a str>, Unreadable> {
    let Some(bytes) = bundle.files.get(path) else { return Ok(None) };
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() as u64 <= MAX_BYTES);
    text.map(Some).ok_or_else(|| Unreadable::Content(format!("{path}: 不是 UTF-8 文本,或过长")))
}

/// The texts of one kind: the folder of each, and its text. Errors: one that is none.
fn texts_in(bundle: &Bundle, folder: &str, name: &str) -> Result<Vec<(String, String)>, Unreadable> {
    let mut texts = Vec::new();
    for (path, _) in bundle.below(folder, name) {
        let whole = format!("{folder}/{path}");
        let text = text_in(bundle, &whole)?.unwrap_or_default();
        texts.push((path.trim_end_matches(name).to_owned(), text.to_owned()));
    }
    Ok(texts)
}

/// The layouts of a bundle. Errors: every fault of them.
pub fn layouts(bundle: Option<&Bundle>) -> anyhow::Result<Vec<Layout>> {
    let Some(bundle) = bundle else { return Ok(Vec::new()) };
    let (mut layouts, mut faults) = (Vec::new(), Vec::new());
    for (id, text) in texts_in(bundle, LAYOUTS, "/layout.toml")? {
        match intake::parse_layout(&id, &text) {
            Ok(layout) => layouts.push(Layout { given: true, ..layout }),
            Err(found) => faults.extend(found),
        }
    }
    if faults.is_empty() { Ok(layouts) } else { Err(WrongLayouts(faults).into()) }
}

/// The report templates of a bundle; the built-in ones where it has none. Errors: every fault of them.
pub fn templates(bundle: Option<&Bundle>) -> anyhow::Result<Templates> {
    let texts = bundle.map(|bundle| texts_in(bundle, TEMPLATES, "/report.toml")).transpose()?;
    match texts.filter(|texts| !texts.is_empty()) {
        Some(texts) => Ok(Templates::read(texts).map_err(WrongTemplates)?),
        None => Ok(Templates::built_in()),
    }
}

/// The workspace settings of a bundle with their tailoring; `None` where it has none.
///
/// Errors: every fault of them.
pub fn local(bundle: &Bundle) -> anyhow::Result<Option<Local>> {
    let Some(text) = text_in(bundle, WORKSPACE)? else { return Ok(None) };
    let workspace = checked(text)?;
    let paths = workspace.tailoring.clone();
    let layer = |path: &String| {
        let text = text_in(bundle, path)?;
        text.ok_or_else(|| Unreadable::Content(format!("{WORKSPACE}: tailoring:包内没有 {path}")))
    };
    let texts = paths.iter().map(layer).collect::<Result<Vec<_>, _>>()?;
    let layers = paths.iter().zip(texts).map(|(path, text)| (Path::new(path), text));
    Ok(Some(local_of(workspace, layers)?))
}

// ---- making one -----------------------------------------------------------------------------

fn make(matches: &ArgMatches, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let output = matches.get_one::<PathBuf>("output").cloned().unwrap_or_default();
    if output.extension().is_none_or(|extension| extension != BUNDLE_EXTENSION) {
        let name = output.display();
        writeln!(
            world.err,
            "{}: {name} → .{BUNDLE_EXTENSION}",
            lang.of("错误: 文件名的结尾", "error: name")
        )?;
        return Ok(Exit::Usage);
    }
    let settings = super::settings(matches, world, world.today)?;
    let (_, loaded, faults) = pipeline::plugins_to_use(&settings)?;
    for fault in &faults {
        writeln!(world.err, "{}", fault.line(lang))?;
    }
    if !faults.is_empty() {
        writeln!(world.err, "{}", lang.of("未写出安评包", "no bundle was written"))?;
        return Ok(Exit::Plugin);
    }
    let trust = settings.trust.unwrap_or_default();
    let mut bundle = Bundle::default();
    let mut lock = Lock { keys: trust.lock.keys.clone(), plugins: Vec::new() };
    for plugin in loaded.iter().map(|loaded| &loaded.plugin) {
        let Some(pinned) = trust.lock.pinned(&plugin.manifest.id) else { continue };
        let is_it = |(_, bytes): &&(String, Vec<u8>)| trust::digest_of(bytes) == plugin.digest;
        let Some((name, bytes)) = settings.plugins.iter().find(is_it) else { continue };
        let origin = format!("{PLUGINS}/{}.wasm", pinned.id);
        let path = trust.paths.get(&plugin.digest).map(PathBuf::from).unwrap_or_default();
        if let Some(signature) = signature_for(&path, name)? {
            bundle.files.insert(format!("{origin}{SIGNATURE_SUFFIX}"), signature);
        }
        bundle.files.insert(origin.clone(), bytes.clone());
        lock.accept(Pinned { origin, ..pinned.clone() });
    }
    if lock != Lock::default() {
        bundle.files.insert(LOCK.to_owned(), lock.print().into_bytes());
    }
    for (id, folder, name) in [("templates", TEMPLATES, "report.toml"), ("layouts", LAYOUTS, "layout.toml")] {
        if let Some(from) = matches.get_one::<PathBuf>(id) {
            add_folder(&mut bundle, from, folder, name)?;
        }
    }
    add_workspace(&mut bundle, matches)?;
    if bundle.files.is_empty() {
        writeln!(world.err, "{}", lang.of("错误: 没有可打包的内容", "error: nothing to pack"))?;
        return Ok(Exit::Usage);
    }
    // What could not be used after it was opened is not handed out.
    templates(Some(&bundle))?;
    layouts(Some(&bundle))?;
    local(&bundle)?;
    let bytes = bundle.write().map_err(|fault| Unreadable::Content(fault.zh()))?;
    trust::put(&output, bytes)?;
    list(&bundle, lang, world)?;
    writeln!(world.out, "{} {}", lang.of("已写出", "written"), output.display())?;
    Ok(Exit::Done)
}

/// The signature of a plugin: beside it, or in the bundle that it came out of.
fn signature_for(path: &Path, name: &str) -> Result<Option<Vec<u8>>, Unreadable> {
    if path.extension().is_some_and(|extension| extension == BUNDLE_EXTENSION) {
        let (mut bundle, _) = trust::read_bundle(path)?;
        return Ok(bundle.files.remove(&format!("{PLUGINS}/{name}{SIGNATURE_SUFFIX}")));
    }
    Ok(trust::signature_of(path)?.map(String::into_bytes))
}

/// Adds the file of one name in each folder of a folder. Errors: one cannot be read.
fn add_folder(bundle: &mut Bundle, from: &Path, folder: &str, name: &str) -> anyhow::Result<()> {
    let unreadable = |source| Unreadable::File { path: from.to_owned(), source };
    let mut any = false;
    for entry in fs::read_dir(from).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let file = path.join(name);
        if file.is_file() {
            let own = path.file_name().unwrap_or_default().to_string_lossy();
            let text = trust::text_of(&file, MAX_BYTES)?;
            bundle.files.insert(format!("{folder}/{own}/{name}"), text.into_bytes());
            any = true;
        }
    }
    if any { Ok(()) } else { Err(Unreadable::Content(format!("{}: */{name} ?", from.display())).into()) }
}

/// Adds the workspace file and its tailoring. Errors: one cannot be read.
fn add_workspace(bundle: &mut Bundle, matches: &ArgMatches) -> anyhow::Result<()> {
    let given = matches.get_one::<PathBuf>("workspace").cloned();
    let Some(path) = given.or_else(|| Some(PathBuf::from(WORKSPACE)).filter(|path| path.is_file())) else {
        return Ok(());
    };
    let text = trust::text_of(&path, MAX_BYTES)?;
    let workspace = checked(&text)?;
    bundle.files.insert(WORKSPACE.to_owned(), text.into_bytes());
    let folder = path.parent().unwrap_or(Path::new(""));
    for file in workspace.tailoring {
        let text = trust::text_of(&folder.join(&file), MAX_BYTES)?;
        bundle.files.insert(file, text.into_bytes());
    }
    Ok(())
}

fn list(bundle: &Bundle, lang: Lang, world: &mut World<'_>) -> std::io::Result<()> {
    for (path, bytes) in &bundle.files {
        writeln!(world.out, "  {path} {} {}", bytes.len(), lang.of("字节", "bytes"))?;
    }
    Ok(())
}

// ---- looking into one -----------------------------------------------------------------------

/// The lock of the workspace that looks at a bundle: the one that is named, or the one in the current
/// folder; empty where there is none.
fn lock_here(matches: &ArgMatches) -> Result<Lock, Unreadable> {
    trust::lock_at(&trust::lock_path(matches))
}

/// Who signed a bundle, of those who are trusted; `None`: nobody did. Errors: the signature is not
/// believed, or cannot be read.
fn signer(path: &Path, whole: &[u8], lock: &Lock, lang: Lang) -> anyhow::Result<Option<String>> {
    let Some(signature) = trust::signature_of(path)? else { return Ok(None) };
    match verify_signature(whole, &signature, &lock.keys) {
        Ok(trusted) => Ok(Some(trusted.name.clone())),
        Err(fault) => {
            let why = if lang == Lang::Zh { fault.zh() } else { fault.en() };
            Err(Unreadable::Content(format!("{}: {why}", path.display())).into())
        }
    }
}

fn verify(matches: &ArgMatches, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let path = matches.get_one::<PathBuf>("file").cloned().unwrap_or_default();
    let (bundle, whole) = trust::read_bundle(&path)?;
    let lock = lock_here(matches)?;
    let signer = signer(&path, &whole, &lock, lang)?;
    list(&bundle, lang, world)?;
    templates(Some(&bundle))?;
    layouts(Some(&bundle))?;
    local(&bundle)?;
    if let Some(text) = text_in(&bundle, LOCK)? {
        Lock::read(text).map_err(|fault| Unreadable::Content(fault.to_string()))?;
    }
    let host = Host::new(world.cache.as_ref().map(|cache| cache.join("anping")))?;
    let mut bad = false;
    for (name, bytes) in bundle.below(PLUGINS, ".wasm") {
        match host.load(name, bytes).and_then(|plugin| golden::admit(&host, plugin)) {
            Ok(plugin) => {
                let (id, version) = (&plugin.plugin.manifest.id, &plugin.plugin.manifest.version);
                let accepted = lock.pinned(id).is_some_and(|pinned| pinned.digest == plugin.plugin.digest);
                let state = match accepted {
                    true => lang.of("本工作区已接受", "accepted here"),
                    false => lang.of("本工作区未接受", "not accepted here"),
                };
                writeln!(
                    world.out,
                    "{id} {version}: {}, {state}",
                    lang.of("算例全部相符", "golden cases agree")
                )?;
            }
            Err(fault) => {
                bad = true;
                writeln!(world.err, "{}", fault.line(lang))?;
            }
        }
    }
    if bad {
        return Ok(Exit::Plugin);
    }
    tell_signer(signer.as_deref(), lang, world)?;
    writeln!(
        world.out,
        "{}",
        lang.of("安评包完整,逐个文件与摘要相符", "the bundle is whole, every file as its digest says")
    )?;
    Ok(Exit::Done)
}

fn tell_signer(signer: Option<&str>, lang: Lang, world: &mut World<'_>) -> std::io::Result<()> {
    match signer {
        Some(name) => writeln!(world.out, "{}{name}", lang.of("签名有效:", "signed by ")),
        None => writeln!(world.out, "{}", lang.of("没有签名", "not signed")),
    }
}

/// Unpacks all but the lock, which says whom the sender trusts. Where a trusted key signed the bundle
/// its lock is believed as well.
fn open(matches: &ArgMatches, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let path = matches.get_one::<PathBuf>("file").cloned().unwrap_or_default();
    let folder = matches.get_one::<PathBuf>("folder").cloned().unwrap_or_default();
    let (bundle, whole) = trust::read_bundle(&path)?;
    let signer = signer(&path, &whole, &lock_here(matches)?, lang)?;
    let mut files = Vec::new();
    for (name, bytes) in &bundle.files {
        if name == LOCK && signer.is_none() {
            continue;
        }
        let target = folder.join(name);
        if fs::symlink_metadata(&target).is_ok() && fs::read(&target).ok().as_ref() != Some(bytes) {
            let line = lang.of(
                "已存在且内容不同,未覆盖;没有写出任何文件",
                "exists, differs and was not replaced; nothing was written",
            );
            writeln!(world.err, "{}: {} {line}", lang.of("错误", "error"), target.display())?;
            return Ok(Exit::Output);
        }
        files.push(Written { name: name.clone(), bytes: bytes.clone() });
    }
    report::put(&folder, &files)?;
    for file in &files {
        writeln!(world.out, "{}", folder.join(&file.name).display())?;
    }
    tell_signer(signer.as_deref(), lang, world)?;
    let plugins: Vec<_> =
        bundle.below(PLUGINS, ".wasm").map(|(name, _)| format!("{PLUGINS}/{name}")).collect();
    if signer.is_none() && !plugins.is_empty() {
        let line = lang.of(
            "包内插件尚未接受;核对来源后运行",
            "its plugins are not accepted; once you know where it is from",
        );
        let argument = |path: &Path| crate::trust::argument_of_a_shell(&path.display().to_string());
        let files: Vec<_> = plugins.iter().map(|path| argument(&folder.join(path))).collect();
        let lock = argument(&folder.join(LOCK));
        writeln!(world.out, "{line}: anping plugin accept {} --lock {lock}", files.join(" "))?;
    }
    Ok(Exit::Done)
}
