//! Which plugins a workspace accepts: the lock file `anping.lock`, the keys it trusts, and what is
//! said of a plugin that it does not know. Reads no file and runs no plugin: texts and digests in,
//! decisions out.
//!
//! A plugin cannot harm the machine, but it decides points. So a run uses what a person has accepted
//! once, byte for byte, and nothing else beside the built-in plugins.

mod bundle;
mod signature;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};

use serde::Deserialize;

pub use self::bundle::{BUNDLE_EXTENSION, Bundle, BundleFault, MAX_BUNDLE_BYTES};
pub use self::signature::{MAX_SIGNATURE_BYTES, SIGNATURE_SUFFIX, SignatureFault, key_in, verify};
use crate::model::{Plugin, PluginFault};

/// The name of the lock file.
pub const LOCK: &str = "anping.lock";

/// The longest lock file, in bytes; one with a hundred plugins has 25 KiB.
pub const MAX_LOCK_BYTES: u64 = 1 << 20;

/// A key whose signatures the workspace believes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedKey {
    /// Whose it is, as whoever trusts it says.
    pub name: String,
    /// The public key of minisign, in base 64.
    pub key: String,
}

/// A plugin that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pinned {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its bytes, lower-case hexadecimal.
    pub digest: String,
    /// Its file, from the folder of the lock.
    pub origin: String,
    /// The key that it was signed with when it was accepted.
    pub signed_by: Option<String>,
    /// Whether it was accepted in the place of a built-in plugin of the same id.
    pub replaces_built_in: bool,
}

/// What a workspace accepts. Empty: only built-in plugins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lock {
    /// Trusted keys, in the order in which they were trusted.
    pub keys: Vec<TrustedKey>,
    /// Accepted plugins, one for each id, sorted by id.
    pub plugins: Vec<Pinned>,
}

/// What is wrong with a lock file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockFault(pub String);

impl fmt::Display for LockFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{LOCK}: {}", self.0)
    }
}

impl std::error::Error for LockFault {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLock {
    schema: u32,
    #[serde(default, rename = "key")]
    keys: Vec<RawKey>,
    #[serde(default, rename = "plugin")]
    plugins: Vec<RawPinned>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawKey {
    name: String,
    key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawPinned {
    id: String,
    version: String,
    sha256: String,
    origin: String,
    signed_by: Option<String>,
    #[serde(default)]
    replaces_built_in: bool,
}

impl Lock {
    /// Reads a lock file.
    ///
    /// Errors: what is no lock file; a key that is none; an id, a key or a digest that is twice there
    /// or not of its form. A lock that is half understood would accept half of what it should.
    pub fn read(text: &str) -> Result<Self, LockFault> {
        let raw: RawLock =
            toml::from_str(text).map_err(|wrong| LockFault(wrong.to_string().trim_end().to_owned()))?;
        if raw.schema != 1 {
            return Err(LockFault(format!("schema 应为 1,现为 {}", raw.schema)));
        }
        let mut lock = Self::default();
        let mut seen = BTreeSet::new();
        for RawKey { name, key } in raw.keys {
            if key_in(&key).as_deref() != Some(key.as_str()) {
                return Err(LockFault(format!("公钥“{}”不是 minisign 公钥", shown(&key))));
            }
            if !seen.insert(key.clone()) {
                return Err(LockFault(format!("公钥“{key}”重复")));
            }
            lock.keys.push(TrustedKey { name: shown(&name), key });
        }
        for raw in raw.plugins {
            let RawPinned { id, version, sha256, origin, signed_by, replaces_built_in } = raw;
            let is_digest = |c: char| matches!(c, '0'..='9' | 'a'..='f');
            if sha256.len() != 64 || !sha256.chars().all(is_digest) {
                return Err(LockFault(format!("插件 {} 的 sha256 应为 64 位小写十六进制", shown(&id))));
            }
            let no_line = |text: &&String| text.is_empty() || text.chars().any(char::is_control);
            if [&id, &version, &origin].iter().any(no_line) {
                return Err(LockFault(format!(
                    "插件“{}”的 id、version、origin 不得为空或含不可打印字符",
                    shown(&id)
                )));
            }
            if !seen.insert(id.clone()) {
                return Err(LockFault(format!("插件 {id} 重复")));
            }
            lock.plugins.push(Pinned { id, version, digest: sha256, origin, signed_by, replaces_built_in });
        }
        lock.plugins.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(lock)
    }

    /// The lock as a file, that [`Lock::read`] reads as the same lock.
    pub fn print(&self) -> String {
        let mut text = "# 本工作区接受的插件,由 anping plugin accept 写入。\n\
                        # 运行只用这里记下的插件(逐字节相同)和内置插件;其余一律不用并说明。\n\
                        schema = 1\n"
            .to_owned();
        let mut line = |name: &str, value: &str| {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{name} = {value}");
        };
        for TrustedKey { name, key } in &self.keys {
            line("\n[[key]]\nname", &quoted(name));
            line("key", &quoted(key));
        }
        for pinned in &self.plugins {
            line("\n[[plugin]]\nid", &quoted(&pinned.id));
            line("version", &quoted(&pinned.version));
            line("sha256", &quoted(&pinned.digest));
            line("origin", &quoted(&pinned.origin));
            if let Some(key) = &pinned.signed_by {
                line("signed-by", &quoted(key));
            }
            if pinned.replaces_built_in {
                line("replaces-built-in", "true");
            }
        }
        text
    }

    /// The accepted plugin of an id.
    pub fn pinned(&self, id: &str) -> Option<&Pinned> {
        self.plugins.iter().find(|pinned| pinned.id == id)
    }

    /// Accepts a plugin, in the place of the one with its id. Returns that one.
    pub fn accept(&mut self, pinned: Pinned) -> Option<Pinned> {
        let before = self.forget(&pinned.id);
        self.plugins.push(pinned);
        self.plugins.sort_by(|a, b| a.id.cmp(&b.id));
        before
    }

    /// Accepts a plugin no longer. Returns it, if it was accepted.
    pub fn forget(&mut self, id: &str) -> Option<Pinned> {
        let index = self.plugins.iter().position(|pinned| pinned.id == id)?;
        Some(self.plugins.remove(index))
    }
}

/// A text on one line, as a message may show it.
fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => {
                // Writing to a String cannot fail.
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A lock, and where things are as a command line names them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trust {
    /// What is accepted.
    pub lock: Lock,
    /// The lock's path, where a command must name it; none: the one in the current folder.
    pub lock_path: Option<String>,
    /// Paths of the plugins that were given, by digest.
    pub paths: BTreeMap<String, String>,
    /// A lock that lies inside the inbox, and is not this one.
    pub not_used: Option<String>,
}

/// The first digits of a digest: enough to compare by eye.
fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

impl Trust {
    /// Whether a plugin that is not built in may be used. `built_in`: whether there is a built-in
    /// plugin of its id.
    ///
    /// Errors: why not, with the command that would accept it.
    pub fn judge(&self, plugin: &Plugin, built_in: bool) -> Result<(), PluginFault> {
        let manifest = &plugin.manifest;
        let (id, version) = (&manifest.id, &manifest.version);
        let key_is_trusted = |key: &String| self.lock.keys.iter().any(|trusted| trusted.key == *key);
        let (zh, en) = match self.lock.pinned(id) {
            None if built_in => (
                format!("与内置插件 {id} 同名,未经接受不得替换"),
                format!("has the id of the built-in plugin {id} and was not accepted in its place"),
            ),
            None => (format!("未在 {LOCK} 中接受"), format!("not accepted in {LOCK}")),
            Some(pinned) if pinned.digest != plugin.digest || pinned.version != *version => {
                let (before, now) = (short(&pinned.digest), short(&plugin.digest));
                let accepted = &pinned.version;
                (
                    format!("与 {LOCK} 中接受的不同(接受的是 {accepted} {before}…,现为 {version} {now}…)"),
                    format!(
                        "differs from what {LOCK} accepts ({accepted} {before}…, found {version} {now}…)"
                    ),
                )
            }
            Some(pinned) if built_in && !pinned.replaces_built_in => (
                format!("接受时还没有同名的内置插件 {id},须重新接受才能替换它"),
                format!("was accepted before there was a built-in plugin {id}"),
            ),
            Some(Pinned { signed_by: Some(key), .. }) if !key_is_trusted(key) => (
                format!("签名公钥 {key} 已不受信任"),
                format!("its signing key {key} is not trusted any more"),
            ),
            Some(_) => return Ok(()),
        };
        let path = self.paths.get(&plugin.digest).unwrap_or(&plugin.origin);
        let command = self.command("accept", path);
        Err(PluginFault {
            plugin: format!("{id} {version}"),
            zh: format!("{zh},未使用;核对来源后接受:{command}"),
            en: format!("{en}, not used; once you know where it is from: {command}"),
        })
    }

    /// What is said of an accepted plugin that a run does not find.
    pub fn missing(&self, pinned: &Pinned) -> PluginFault {
        let Pinned { id, version, origin, .. } = pinned;
        let command = self.command("forget", id);
        PluginFault {
            plugin: format!("{id} {version}"),
            zh: format!(
                "{LOCK} 中已接受,但没有找到({origin}),未使用;放回原处,用 --plugin 给出,或不再使用:{command}"
            ),
            en: format!(
                "accepted in {LOCK} but not found ({origin}), not used; \
                 put it back, give it with --plugin, or do without it: {command}"
            ),
        }
    }

    /// What is said of a lock inside the inbox: what lies there was sent by others, and a lock decides
    /// whose rules hold.
    pub fn sent(&self) -> Option<PluginFault> {
        let path = self.not_used.as_ref()?;
        let option = format!("--lock {}", argument_of_a_shell(path));
        Some(PluginFault {
            plugin: LOCK.to_owned(),
            zh: format!("收件里的 {LOCK} 不采用(收件由他人提供);移到收件旁边,或用 {option} 指明"),
            en: format!(
                "inside the inbox, which others fill, and not used; move it beside it, or say {option}"
            ),
        })
    }

    /// The command line that changes the lock.
    fn command(&self, verb: &str, argument: &str) -> String {
        let mut command = format!("anping plugin {verb} {}", argument_of_a_shell(argument));
        if let Some(path) = &self.lock_path {
            let _ = write!(command, " --lock {}", argument_of_a_shell(path));
        }
        command
    }
}

/// A text as one argument of a command line that can be pasted.
pub fn argument_of_a_shell(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '\\' | ':' | '+' | '=');
    if !text.is_empty() && text.chars().all(|c| plain(c) && (cfg!(windows) || c != '\\')) {
        text.to_owned()
    } else if cfg!(windows) {
        // A file's name cannot hold the quote there.
        format!("\"{text}\"")
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests;
