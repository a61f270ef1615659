//! `anping plugin accept|forget|trust|distrust`, and where a run finds its lock and the plugins that
//! it accepts. Prints and reads files; what a lock means is in `trust`.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use sha2::{Digest as _, Sha256};

use super::yearend::folder_above;
use super::{Exit, Unreadable, World};
use crate::evaluate::Host;
use crate::model::{Lang, PluginFault};
use crate::pipeline::{self, golden};
use crate::report::{self, Written};
use crate::trust::{
    self, BUNDLE_EXTENSION, Bundle, BundleFault, LOCK, Lock, MAX_BUNDLE_BYTES, MAX_LOCK_BYTES,
    MAX_SIGNATURE_BYTES, Pinned, SIGNATURE_SUFFIX, SignatureFault, Trust, TrustedKey,
};

/// The folder of plugins in a bundle.
pub(super) const PLUGINS: &str = "plugins";

/// Plugins of one folder, at most: one for each sector that there could be.
const MAX_PLUGINS: usize = 256;

/// `--plugins`, `--lock` and `--bundle`.
pub fn args(lang: Lang) -> [Arg; 3] {
    let folder = Arg::new("plugins")
        .long("plugins")
        .value_name(lang.of("文件夹", "FOLDER"))
        .action(ArgAction::Append)
        .value_parser(value_parser!(PathBuf))
        .help(lang.of("另加文件夹里的全部插件(.wasm)", "add all plugins (.wasm) of a folder"));
    let bundle = Arg::new("bundle")
        .long("bundle")
        .value_name(lang.of("安评包", "BUNDLE"))
        .value_parser(value_parser!(PathBuf))
        .help(lang.of(
            "用安评包里的插件、表式、报表模板和工作区设置",
            "use the plugins, layouts, report templates and workspace settings of a bundle",
        ));
    [folder, lock_arg(lang), bundle]
}

pub(super) fn lock_arg(lang: Lang) -> Arg {
    Arg::new("lock")
        .long("lock")
        .value_name(lang.of("文件", "FILE"))
        .value_parser(value_parser!(PathBuf))
        .help(lang.of(
            "接受哪些插件;默认取工作区设置旁、收件文件夹旁或当前文件夹的 anping.lock",
            "which plugins are accepted; default anping.lock beside the workspace file, beside the inbox, \
             or in the current folder",
        ))
}

/// Subcommands of `anping plugin`.
pub fn commands(lang: Lang) -> [Command; 4] {
    let files = Arg::new("files")
        .value_name(lang.of("插件", "FILE"))
        .required(true)
        .action(ArgAction::Append)
        .value_parser(value_parser!(PathBuf))
        .help(
            lang.of("插件文件(.wasm)或安评包(.anpingbundle)", "plugins (.wasm) or bundles (.anpingbundle)"),
        );
    let unsigned = Arg::new("unsigned").long("unsigned").action(ArgAction::SetTrue).help(lang.of(
        "原来接受的有签名、这次没有,仍然接受",
        "accept although the one that was accepted before had a signature and this has none",
    ));
    let id = Arg::new("id")
        .value_name(lang.of("插件编号", "ID"))
        .required(true)
        .help(lang.of("插件编号,如 hazchem", "id of a plugin, e.g. hazchem"));
    let key =
        || {
            Arg::new("key").value_name(lang.of("公钥", "KEY")).required(true).help(lang.of(
                "minisign 公钥(RW…),或公钥文件(.pub)",
                "a public key of minisign (RW…), or its file (.pub)",
            ))
        };
    let name = Arg::new("name")
        .long("name")
        .value_name(lang.of("单位", "OWNER"))
        .required(true)
        .help(lang.of("公钥是谁的,如 某市应急管理局", "whose key it is"));
    [
        Command::new("accept")
            .about(lang.of(
                "接受插件:核对签名、算例和结果稳定性,记入 anping.lock",
                "accept plugins: check signature, golden cases and steadiness, and pin them in anping.lock",
            ))
            .arg(files)
            .arg(unsigned)
            .arg(lock_arg(lang)),
        Command::new("forget")
            .about(lang.of("不再接受一个插件", "accept a plugin no longer"))
            .arg(id)
            .arg(lock_arg(lang)),
        Command::new("trust")
            .about(lang.of("信任一个签名公钥", "trust a signing key"))
            .arg(key())
            .arg(name)
            .arg(lock_arg(lang)),
        Command::new("distrust")
            .about(lang.of(
                "不再信任一个签名公钥;凭它接受的插件不再使用",
                "trust a signing key no longer, nor what was accepted with it",
            ))
            .arg(key())
            .arg(lock_arg(lang)),
    ]
}

/// A lock that cannot be used.
fn wrong_lock(path: &Path, fault: &trust::LockFault) -> Unreadable {
    Unreadable::Content(format!("{}: {}", path.display(), fault.0))
}

/// A short text file. Errors: it cannot be read, or is longer than such a file is.
pub(super) fn text_of(path: &Path, limit: u64) -> Result<String, Unreadable> {
    let bytes = bytes_of(path, limit)?;
    String::from_utf8(bytes).map_err(|_| Unreadable::Content(format!("{}: 不是 UTF-8 文本", path.display())))
}

/// A file. Errors: it cannot be read, or is longer than such a file is.
fn bytes_of(path: &Path, limit: u64) -> Result<Vec<u8>, Unreadable> {
    let unreadable = |source| Unreadable::File { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    fs::File::open(path).and_then(|file| file.take(limit + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    if bytes.len() as u64 > limit {
        return Err(Unreadable::Content(format!("{}: 超过 {limit} 字节", path.display())));
    }
    Ok(bytes)
}

/// A bundle, and its bytes. Errors: it cannot be read, or is none.
pub(super) fn read_bundle(path: &Path) -> Result<(Bundle, Vec<u8>), Unreadable> {
    let bytes = bytes_of(path, MAX_BUNDLE_BYTES)?;
    let wrong = |fault: BundleFault| Unreadable::Content(format!("{}: {fault}", path.display()));
    Ok((Bundle::read(&bytes).map_err(wrong)?, bytes))
}

/// The bundle that the command line names. Errors: as [`read_bundle`].
pub fn bundle_given(matches: &ArgMatches) -> Result<Option<Bundle>, Unreadable> {
    let path = matches.try_get_one::<PathBuf>("bundle").ok().flatten();
    path.map(|path| read_bundle(path).map(|(bundle, _)| bundle)).transpose()
}

/// A lock file. Errors: it cannot be read, or is none.
pub(super) fn read_lock(path: &Path) -> Result<Lock, Unreadable> {
    Lock::read(&text_of(path, MAX_LOCK_BYTES)?).map_err(|fault| wrong_lock(path, &fault))
}

// ---- for a run ------------------------------------------------------------------------------

/// The plugins of a run, and what is accepted of them.
pub struct Given {
    /// File names and bytes.
    pub plugins: Vec<(String, Vec<u8>)>,
    /// The lock.
    pub trust: Trust,
}

/// What the command line and the lock give: plugins that are named, those of the folders that are
/// named, and those that the lock accepts, where they lie.
///
/// Errors: a file or folder that was named and cannot be read; a lock that is none. An accepted plugin
/// that has gone is not one: the run tells it.
pub fn given(matches: &ArgMatches) -> anyhow::Result<Given> {
    let mut given = Given { plugins: Vec::new(), trust: Trust::default() };
    for path in matches.get_many::<PathBuf>("plugin").into_iter().flatten() {
        given.add(path, super::plugin_file(path)?);
    }
    for folder in matches.get_many::<PathBuf>("plugins").into_iter().flatten() {
        for path in plugins_in(folder)? {
            given.add(&path, super::plugin_file(&path)?);
        }
    }
    if let Some(path) = matches.try_get_one::<PathBuf>("bundle").ok().flatten() {
        for (name, bytes) in read_bundle(path)?.0.below(PLUGINS, ".wasm") {
            given.add(path, (name.to_owned(), bytes.to_vec()));
        }
    }
    let inbox = matches.try_get_one::<PathBuf>("inbox").ok().flatten();
    let inside = inbox.map(|inbox| inbox.join(LOCK)).filter(|path| path.is_file());
    let named = matches.get_one::<PathBuf>("lock");
    given.trust.not_used = inside.filter(|_| named.is_none()).map(|path| path.display().to_string());
    let Some(path) = lock_of(matches) else { return Ok(given) };
    given.trust.lock = read_lock(&path)?;
    given.trust.lock_path = Some(path.display().to_string()).filter(|path| path != LOCK);
    let folder = path.parent().unwrap_or(Path::new(""));
    for pinned in given.trust.lock.plugins.clone() {
        // One that was given already need not lie where it did.
        if given.trust.paths.contains_key(&pinned.digest) {
            continue;
        }
        match bundle_and_name(&pinned.origin) {
            Some((bundle, _)) => {
                let path = folder.join(bundle);
                let Ok((bundle, _)) = read_bundle(&path) else { continue };
                for (name, bytes) in bundle.below(PLUGINS, ".wasm") {
                    if digest_of(bytes) == pinned.digest {
                        given.add(&path, (name.to_owned(), bytes.to_vec()));
                    }
                }
            }
            None => {
                let path = folder.join(&pinned.origin);
                if let Ok(file) = super::plugin_file(&path) {
                    given.add(&path, file);
                }
            }
        }
    }
    Ok(given)
}

/// The bundle of an origin, and the plugin's path in it.
fn bundle_and_name(origin: &str) -> Option<(&str, &str)> {
    let end = format!(".{BUNDLE_EXTENSION}/");
    let at = origin.find(&end)? + end.len();
    Some((&origin[..at - 1], &origin[at..]))
}

impl Given {
    /// Adds a plugin, once.
    fn add(&mut self, path: &Path, file: (String, Vec<u8>)) {
        let digest = digest_of(&file.1);
        if self.trust.paths.insert(digest, path.display().to_string()).is_none() {
            self.plugins.push(file);
        }
    }
}

pub(super) fn digest_of(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The plugins of a folder, by name. Errors: the folder cannot be listed, or holds too many.
fn plugins_in(folder: &Path) -> Result<Vec<PathBuf>, Unreadable> {
    let unreadable = |source| Unreadable::File { path: folder.to_owned(), source };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "wasm") {
            paths.push(path);
        }
        if paths.len() > MAX_PLUGINS {
            let why = format!("{}: 插件超过 {MAX_PLUGINS} 个", folder.display());
            return Err(Unreadable::Content(why));
        }
    }
    paths.sort();
    Ok(paths)
}

/// The lock of a run: the one that is named; else the one beside the workspace file that is named;
/// else the one beside the inbox, or in the current folder.
///
/// Never one inside the inbox: what lies there was sent by others, and a lock decides whose rules hold.
/// Commands that know no inbox and no workspace have no lock unless one is named.
fn lock_of(matches: &ArgMatches) -> Option<PathBuf> {
    let path = |id: &str| matches.try_get_one::<PathBuf>(id).ok().flatten();
    if let Some(lock) = path("lock") {
        return Some(lock.clone());
    }
    let there = |path: PathBuf| path.is_file().then_some(path);
    if let Some(workspace) = path("workspace") {
        return there(workspace.with_file_name(LOCK));
    }
    let Some(inbox) = path("inbox") else {
        let knows_a_workspace = matches.try_get_one::<PathBuf>("workspace").is_ok();
        return there(PathBuf::from(LOCK)).filter(|_| knows_a_workspace);
    };
    let inside = fs::canonicalize(inbox).ok()?;
    let beside = folder_above(inbox).map(|folder| folder.join(LOCK)).filter(|_| inbox.is_dir());
    let current = Some(PathBuf::from(LOCK));
    let outside = |lock: &PathBuf| fs::canonicalize(lock).is_ok_and(|lock| !lock.starts_with(&inside));
    [beside, current].into_iter().flatten().filter_map(there).find(outside)
}

// ---- changing a lock ------------------------------------------------------------------------

/// Runs one of the subcommands of [`commands`]; `None` when it is none of them.
pub fn run(
    action: &str,
    matches: &ArgMatches,
    lang: Lang,
    world: &mut World<'_>,
) -> Option<anyhow::Result<Exit>> {
    Some(match action {
        "accept" => accept(matches, lang, world),
        "forget" => change(matches, lang, world, |lock, world| forget(lock, matches, lang, world)),
        "trust" => change(matches, lang, world, |lock, world| trust_key(lock, matches, lang, world)),
        "distrust" => change(matches, lang, world, |lock, world| distrust_key(lock, matches, lang, world)),
        _ => return None,
    })
}

/// The lock that is changed: the one that is named, or the one in the current folder.
pub(super) fn lock_path(matches: &ArgMatches) -> PathBuf {
    matches.get_one::<PathBuf>("lock").cloned().unwrap_or_else(|| PathBuf::from(LOCK))
}

/// The lock at a path; empty where there is none yet.
pub(super) fn lock_at(path: &Path) -> Result<Lock, Unreadable> {
    match read_lock(path) {
        Err(Unreadable::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            Ok(Lock::default())
        }
        read => read,
    }
}

fn write_lock(path: &Path, lock: &Lock) -> Result<(), report::Error> {
    put(path, lock.print().into_bytes())
}

/// Writes one file, whole or not at all.
pub(super) fn put(path: &Path, bytes: Vec<u8>) -> Result<(), report::Error> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    report::put(folder, &[Written { name, bytes }])
}

/// Reads the lock, changes it, and writes it where that was done.
fn change(
    matches: &ArgMatches,
    lang: Lang,
    world: &mut World<'_>,
    how: impl FnOnce(&mut Lock, &mut World<'_>) -> anyhow::Result<Exit>,
) -> anyhow::Result<Exit> {
    let path = lock_path(matches);
    let mut lock = lock_at(&path)?;
    let exit = how(&mut lock, world)?;
    if exit == Exit::Done {
        write_lock(&path, &lock)?;
        writeln!(world.out, "{} {}", lang.of("已写出", "written"), path.display())?;
    }
    Ok(exit)
}

fn forget(lock: &mut Lock, matches: &ArgMatches, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let id = matches.get_one::<String>("id").map_or("", String::as_str);
    if let Some(Pinned { version, .. }) = lock.forget(id) {
        writeln!(world.out, "{} {id} {version}", lang.of("不再接受", "no longer accepted:"))?;
        return Ok(Exit::Done);
    }
    let known: Vec<_> = lock.plugins.iter().map(|pinned| pinned.id.as_str()).collect();
    match lang {
        Lang::Zh => writeln!(world.err, "错误: 没有接受过 {id};已接受:{}", known.join("、"))?,
        Lang::En => writeln!(world.err, "error: {id} was not accepted; accepted: {}", known.join(", "))?,
    }
    Ok(Exit::Usage)
}

/// The key that the command line gives, as text or as a file.
fn key_given(matches: &ArgMatches, lang: Lang) -> Result<String, Unreadable> {
    let given = matches.get_one::<String>("key").map_or("", String::as_str);
    if let Some(key) = trust::key_in(given) {
        return Ok(key);
    }
    let no_key = || lang.of("不是 minisign 公钥", "no public key of minisign");
    let text = text_of(Path::new(given), MAX_SIGNATURE_BYTES)
        .map_err(|_| Unreadable::Content(format!("{given}: {}", no_key())))?;
    trust::key_in(&text).ok_or_else(|| Unreadable::Content(format!("{given}: {}", no_key())))
}

fn trust_key(
    lock: &mut Lock,
    matches: &ArgMatches,
    lang: Lang,
    world: &mut World<'_>,
) -> anyhow::Result<Exit> {
    let key = key_given(matches, lang)?;
    let name = matches.get_one::<String>("name").cloned().unwrap_or_default();
    lock.keys.retain(|known| known.key != key);
    writeln!(world.out, "{} {name} {key}", lang.of("信任", "trusted:"))?;
    lock.keys.push(TrustedKey { name, key });
    Ok(Exit::Done)
}

fn distrust_key(
    lock: &mut Lock,
    matches: &ArgMatches,
    lang: Lang,
    world: &mut World<'_>,
) -> anyhow::Result<Exit> {
    let key = key_given(matches, lang)?;
    let n_keys = lock.keys.len();
    lock.keys.retain(|known| known.key != key);
    if lock.keys.len() == n_keys {
        writeln!(world.err, "{}: {key}", lang.of("错误: 没有信任过", "error: was not trusted"))?;
        return Ok(Exit::Usage);
    }
    writeln!(world.out, "{} {key}", lang.of("不再信任", "no longer trusted:"))?;
    for pinned in lock.plugins.iter().filter(|pinned| pinned.signed_by.as_ref() == Some(&key)) {
        let (id, version) = (&pinned.id, &pinned.version);
        writeln!(world.out, "  {} {id} {version}", lang.of("不再使用", "no longer used:"))?;
    }
    Ok(Exit::Done)
}

/// Accepts all files or none: half of a delivery is nobody's wish.
fn accept(matches: &ArgMatches, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let lock_path = lock_path(matches);
    let mut lock = lock_at(&lock_path)?;
    let cache = world.cache.as_ref().map(|cache| cache.join("anping"));
    let hosts = [Host::new(cache)?, Host::to_compare()?];
    let mut refused = false;
    let mut accepted = BTreeSet::new();
    let files: Vec<_> = matches.get_many::<PathBuf>("files").into_iter().flatten().collect();
    let mut deliveries = Vec::new();
    for path in files {
        deliveries.extend(delivered(path, &lock_path, &lock)?);
    }
    for delivery in deliveries {
        match delivery.examine(&hosts, &lock, matches.get_flag("unsigned")) {
            Ok((pinned, cases)) if accepted.insert(pinned.id.clone()) => {
                let signer = signer_of(&lock, &pinned).map(str::to_owned);
                let before = lock.accept(pinned.clone());
                tell_accepted(&pinned, cases, signer.as_deref(), before.as_ref(), lang, world)?;
            }
            Ok((pinned, _)) => {
                refused = true;
                let line = lang.of("同一插件给了两个文件", "two files of one plugin");
                writeln!(world.err, "{} {}: {line}", pinned.id, pinned.version)?;
            }
            Err(fault) => {
                refused = true;
                writeln!(world.err, "{}", fault.line(lang))?;
            }
        }
    }
    if refused {
        let line = lang.of("未写入 anping.lock", "anping.lock was not written");
        writeln!(world.err, "{line}")?;
        return Ok(Exit::Plugin);
    }
    write_lock(&lock_path, &lock)?;
    writeln!(world.out, "{} {}", lang.of("已写出", "written"), lock_path.display())?;
    Ok(Exit::Done)
}

fn signer_of<'a>(lock: &'a Lock, pinned: &Pinned) -> Option<&'a str> {
    let key = pinned.signed_by.as_ref()?;
    lock.keys.iter().find(|trusted| trusted.key == *key).map(|trusted| trusted.name.as_str())
}

fn tell_accepted(
    pinned: &Pinned,
    cases: usize,
    signer: Option<&str>,
    before: Option<&Pinned>,
    lang: Lang,
    world: &mut World<'_>,
) -> io::Result<()> {
    let Pinned { id, version, digest, .. } = pinned;
    match lang {
        Lang::Zh => {
            writeln!(world.out, "接受 {id} {version}:算例 {cases} 个全部相符,结果稳定;sha256 {digest}")?
        }
        Lang::En => writeln!(
            world.out,
            "accepted {id} {version}: all {cases} golden cases agree, results are steady; sha256 {digest}"
        )?,
    }
    let signed = match signer {
        Some(name) => format!("{}{name}", lang.of("签名有效:", "signed by ")),
        None => lang.of("没有签名", "not signed").to_owned(),
    };
    writeln!(world.out, "  {signed}")?;
    if cases == 0 {
        let line = lang.of("没有自带算例,无从核对", "it has no golden cases to be held against");
        writeln!(world.out, "  {line}")?;
    }
    if pinned.replaces_built_in {
        let line = lang.of("替换同名的内置插件", "takes the place of the built-in plugin of that id");
        writeln!(world.out, "  {line}")?;
    }
    if let Some(Pinned { version, digest, .. }) = before.filter(|before| before.digest != *digest) {
        let line = lang.of("代替原来接受的", "takes the place of the accepted");
        writeln!(world.out, "  {line} {version} {}…", &digest[..12])?;
    }
    Ok(())
}

/// The signature beside a plugin. Errors: it is there and cannot be read.
pub(super) fn signature_of(plugin: &Path) -> Result<Option<String>, Unreadable> {
    let mut path = plugin.as_os_str().to_owned();
    path.push(SIGNATURE_SUFFIX);
    match text_of(Path::new(&path), MAX_SIGNATURE_BYTES) {
        Err(Unreadable::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        read => read.map(Some),
    }
}

/// A plugin's path from the folder of the lock, so that both can move together; where it lies
/// elsewhere, its whole path.
fn origin_from(lock: &Path, plugin: &Path) -> String {
    let folder = lock.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let whole = fs::canonicalize(plugin).unwrap_or_else(|_| plugin.to_owned());
    let below =
        fs::canonicalize(folder).ok().and_then(|folder| Some(whole.strip_prefix(folder).ok()?.to_owned()));
    match below {
        Some(below) => below.to_string_lossy().replace('\\', "/"),
        None => whole.to_string_lossy().into_owned(),
    }
}

/// A plugin as it was delivered.
struct Delivery {
    name: String,
    bytes: Vec<u8>,
    origin: String,
    /// The key it is signed with; none: nobody signed it.
    signed: Option<Result<String, SignatureFault>>,
}

/// The plugins of one file: itself, or those of a bundle. A bundle's signature is that of every plugin
/// in it that has none of its own.
///
/// Errors: the file cannot be read.
fn delivered(path: &Path, lock_path: &Path, lock: &Lock) -> anyhow::Result<Vec<Delivery>> {
    let origin = origin_from(lock_path, path);
    let signer = |bytes: &[u8], signature: &str| {
        trust::verify(bytes, signature, &lock.keys).map(|trusted| trusted.key.clone())
    };
    let beside = signature_of(path)?;
    if path.extension().is_none_or(|extension| extension != BUNDLE_EXTENSION) {
        let (name, bytes) = super::plugin_file(path)?;
        let signed = beside.map(|signature| signer(&bytes, &signature));
        return Ok(vec![Delivery { name, bytes, origin, signed }]);
    }
    let (bundle, whole) = read_bundle(path)?;
    let of_bundle = beside.map(|signature| signer(&whole, &signature));
    let plugins = bundle.below(PLUGINS, ".wasm").map(|(name, bytes)| {
        let own = bundle.files.get(&format!("{PLUGINS}/{name}{SIGNATURE_SUFFIX}"));
        let own = own.map(|own| signer(bytes, &String::from_utf8_lossy(own)));
        let signed = own.or_else(|| of_bundle.clone());
        let origin = format!("{origin}/{PLUGINS}/{name}");
        Delivery { name: name.to_owned(), bytes: bytes.to_vec(), origin, signed }
    });
    let plugins: Vec<_> = plugins.collect();
    if plugins.is_empty() {
        return Err(Unreadable::Content(format!("{}: 包内没有插件", path.display())).into());
    }
    Ok(plugins)
}

impl Delivery {
    /// Whether it may be accepted: what the lock would say of it, and its golden cases.
    ///
    /// Errors: a signature that is not believed, or that is missing where there was one; a plugin that
    /// cannot be loaded, fails its own cases, or says another thing when it is asked again.
    fn examine(self, hosts: &[Host; 2], lock: &Lock, unsigned: bool) -> Result<(Pinned, usize), PluginFault> {
        let Self { name, bytes, origin, signed } = self;
        let refuse = |plugin: &str, zh: String, en: String| PluginFault { plugin: plugin.to_owned(), zh, en };
        // Before it is run: whoever signs answers for the bytes.
        let signed_by = signed.transpose().map_err(|fault| refuse(&name, fault.zh(), fault.en()))?;
        let ordinary = golden::admit(&hosts[0], hosts[0].load(&name, &bytes)?)?;
        let other = hosts[1].load(&name, &bytes)?;
        let cases = golden::is_steady([&hosts[0], &hosts[1]], [&ordinary, &other])?;
        let (id, version) = (&ordinary.plugin.manifest.id, &ordinary.plugin.manifest.version);
        let was_signed = lock.pinned(id).is_some_and(|before| before.signed_by.is_some());
        if was_signed && signed_by.is_none() && !unsigned {
            return Err(refuse(
                &format!("{id} {version}"),
                "原来接受的有签名,这个没有;确认无误后加 --unsigned".to_owned(),
                "the one that was accepted is signed and this is not; add --unsigned if that is right"
                    .to_owned(),
            ));
        }
        let pinned = Pinned {
            id: id.clone(),
            version: version.clone(),
            digest: ordinary.plugin.digest.clone(),
            origin,
            signed_by,
            replaces_built_in: pipeline::is_built_in(id),
        };
        Ok((pinned, cases))
    }
}
