//! A bundle: what a workspace uses, in one file for offices without a network: plugins, report
//! templates, layouts, workspace settings, tailoring and lock, each with its digest. A zip package
//! that is the same bytes whenever the same files go in.
//! Reads and writes bytes only: what the files mean, and whether to trust them, is decided elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};
use std::io::{Cursor, Read as _, Write as _};

use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::{quoted, shown};

/// How the name of a bundle ends.
pub const BUNDLE_EXTENSION: &str = "anpingbundle";
/// The list of the files, in the package.
const MANIFEST: &str = "manifest.toml";

/// Bytes of a bundle. The largest honest one has a plugin in JavaScript and one in Python.
pub const MAX_BUNDLE_BYTES: u64 = 64 << 20;
/// Files of a bundle. A county has tens of layouts and templates.
pub const MAX_FILES: usize = 1_000;
/// Bytes of all files together, unpacked.
pub const MAX_UNPACKED_BYTES: u64 = 160 << 20;
/// Bytes of the list of files: [`MAX_FILES`] rows of the longest paths fit in it.
const MAX_MANIFEST_BYTES: u64 = 512 << 10;
/// Bytes of a path, which must fit below a folder on every system.
const MAX_PATH_BYTES: usize = 160;
/// Folders of a path.
const MAX_DEPTH: usize = 4;

/// A bundle: files by path, which has `/` between its parts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bundle {
    /// The files.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// What is wrong with a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BundleFault {
    /// No zip package, or a damaged one; what the reader says.
    Package(String),
    /// More bytes than a bundle may have.
    Size,
    /// More files than a bundle may have.
    Files(usize),
    /// More bytes unpacked than a bundle may have.
    Unpacked,
    /// A path that leads elsewhere, or that some system cannot have.
    Path(String),
    /// Two files that are one on some systems.
    Twice(String),
    /// The list of files is missing or none.
    Manifest(String),
    /// A file that is listed and not there.
    Missing(String),
    /// A file that is there and not listed.
    Unlisted(String),
    /// A file whose bytes are others than the list says.
    Changed(String),
}

impl BundleFault {
    /// In Chinese, in one clause.
    pub fn zh(&self) -> String {
        match self {
            Self::Package(why) => format!("不是完整的安评包:{why}"),
            Self::Size => format!("超过 {} MiB", MAX_BUNDLE_BYTES >> 20),
            Self::Files(found) => format!("有 {found} 个文件,上限 {MAX_FILES} 个"),
            Self::Unpacked => format!("解开后超过 {} MiB", MAX_UNPACKED_BYTES >> 20),
            Self::Path(path) => format!("路径“{path}”不允许"),
            Self::Twice(path) => format!("有两个 {path}"),
            Self::Manifest(why) => format!("清单 {MANIFEST} 有误:{why}"),
            Self::Missing(path) => format!("清单所列 {path} 不在包内"),
            Self::Unlisted(path) => format!("{path} 不在清单内"),
            Self::Changed(path) => format!("{path} 的内容与清单不符"),
        }
    }

    /// In English, in one clause.
    pub fn en(&self) -> String {
        match self {
            Self::Package(why) => format!("not a whole bundle: {why}"),
            Self::Size => format!("more than {} MiB", MAX_BUNDLE_BYTES >> 20),
            Self::Files(found) => format!("{found} files, at most {MAX_FILES}"),
            Self::Unpacked => format!("more than {} MiB unpacked", MAX_UNPACKED_BYTES >> 20),
            Self::Path(path) => format!("path \"{path}\" is not allowed"),
            Self::Twice(path) => format!("two files {path}"),
            Self::Manifest(why) => format!("its list {MANIFEST} is wrong: {why}"),
            Self::Missing(path) => format!("{path} is listed and not there"),
            Self::Unlisted(path) => format!("{path} is not listed"),
            Self::Changed(path) => format!("{path} differs from its digest"),
        }
    }
}

impl fmt::Display for BundleFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.zh())
    }
}

impl std::error::Error for BundleFault {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawManifest {
    schema: u32,
    #[serde(default, rename = "file")]
    files: Vec<RawFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    path: String,
    bytes: u64,
    sha256: String,
}

impl Bundle {
    /// Whether a path could be a file of a bundle: below the bundle, on every system, and visible.
    ///
    /// Errors: it is not.
    fn check_path(path: &str) -> Result<(), BundleFault> {
        let strange = |c: char| c.is_control() || matches!(c, '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
        let part_is_good = |part: &str| {
            let stem = part.split('.').next().unwrap_or(part).trim_end().to_ascii_uppercase();
            // Devices of Windows, whatever follows their name.
            let device = matches!(&*stem, "CON" | "PRN" | "AUX" | "NUL")
                || (stem.len() == 4
                    && (stem.starts_with("COM") || stem.starts_with("LPT"))
                    && stem.ends_with(|c: char| c.is_ascii_digit()));
            let edges = part.starts_with(['.', ' ']) || part.ends_with(['.', ' ']);
            !part.is_empty() && !device && !edges && !part.contains(strange)
        };
        let good = path.len() <= MAX_PATH_BYTES
            && path.split('/').count() <= MAX_DEPTH
            && path.split('/').all(part_is_good)
            && path != MANIFEST;
        if good { Ok(()) } else { Err(BundleFault::Path(shown(path))) }
    }

    /// Checks what [`Bundle::write`] and [`Bundle::read`] both promise. Errors: the first fault.
    fn check(&self) -> Result<(), BundleFault> {
        if self.files.len() > MAX_FILES {
            return Err(BundleFault::Files(self.files.len()));
        }
        let mut seen = BTreeSet::new();
        for path in self.files.keys() {
            Self::check_path(path)?;
            // Some file systems know no difference between capital and small letters.
            if !seen.insert(path.to_lowercase()) {
                return Err(BundleFault::Twice(path.clone()));
            }
        }
        let total: u64 = self.files.values().map(|bytes| bytes.len() as u64).sum();
        if total > MAX_UNPACKED_BYTES { Err(BundleFault::Unpacked) } else { Ok(()) }
    }

    /// The list of the files.
    fn manifest(&self) -> String {
        let mut text = "schema = 1\n".to_owned();
        for (path, bytes) in &self.files {
            let (path, digest) = (quoted(path), digest_of(bytes));
            // Writing to a String cannot fail.
            let _ =
                writeln!(text, "\n[[file]]\npath = {path}\nbytes = {}\nsha256 = \"{digest}\"", bytes.len());
        }
        text
    }

    /// The bundle as a file: the list first, then the files by path. The same files give the same bytes.
    ///
    /// Errors: a path that is not allowed, too many files or bytes.
    pub fn write(&self) -> Result<Vec<u8>, BundleFault> {
        self.check()?;
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(zip::DateTime::default())
            .unix_permissions(0o644);
        let manifest = self.manifest();
        let files = self.files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()));
        let package = |wrong: zip::result::ZipError| BundleFault::Package(wrong.to_string());
        for (path, bytes) in std::iter::once((MANIFEST, manifest.as_bytes())).chain(files) {
            zip.start_file(path, options).map_err(package)?;
            zip.write_all(bytes).map_err(|wrong| BundleFault::Package(wrong.to_string()))?;
        }
        let bytes = zip.finish().map_err(package)?.into_inner();
        if bytes.len() as u64 > MAX_BUNDLE_BYTES { Err(BundleFault::Size) } else { Ok(bytes) }
    }

    /// Reads a bundle, every file against its digest.
    ///
    /// No size that the package claims is believed: what comes out is counted.
    /// Errors: the first fault; a bundle that is half right is none.
    pub fn read(bytes: &[u8]) -> Result<Self, BundleFault> {
        if bytes.len() as u64 > MAX_BUNDLE_BYTES {
            return Err(BundleFault::Size);
        }
        // Counted before the directory is parsed, because each entry costs the parser memory.
        let headers = bytes.windows(4).filter(|window| window == b"PK\x01\x02").count();
        if headers > 2 * MAX_FILES {
            return Err(BundleFault::Files(headers));
        }
        let package = |wrong: String| BundleFault::Package(shown(&wrong));
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|wrong| package(wrong.to_string()))?;
        // The parser keeps one of two entries with one name; which of them is nobody's to guess.
        if archive.len() > MAX_FILES + 1 {
            return Err(BundleFault::Files(archive.len() - 1));
        }
        if Some(archive.len()) != entries_told(bytes) {
            return Err(BundleFault::Package("目录与内容不符".to_owned()));
        }
        let listed = Self::listed(&mut archive)?;
        let mut bundle = Self::default();
        let mut left = MAX_UNPACKED_BYTES;
        for index in 0..archive.len() {
            let entry = archive.by_index(index).map_err(|wrong| package(wrong.to_string()))?;
            let path = entry.name().map_err(|wrong| package(wrong.to_string()))?.into_owned();
            if path == MANIFEST {
                continue;
            }
            Self::check_path(&path)?;
            if !entry.is_file() {
                return Err(BundleFault::Path(shown(&path)));
            }
            let (size, digest) = listed.get(&path).ok_or_else(|| BundleFault::Unlisted(path.clone()))?;
            if *size > left {
                return Err(BundleFault::Unpacked);
            }
            let mut content = Vec::new();
            entry.take(size + 1).read_to_end(&mut content).map_err(|wrong| package(wrong.to_string()))?;
            if content.len() as u64 != *size || digest_of(&content) != *digest {
                return Err(BundleFault::Changed(path));
            }
            left -= size;
            if bundle.files.insert(path.clone(), content).is_some() {
                return Err(BundleFault::Twice(path));
            }
        }
        if let Some(missing) = listed.keys().find(|path| !bundle.files.contains_key(*path)) {
            return Err(BundleFault::Missing(shown(missing)));
        }
        bundle.check()?;
        Ok(bundle)
    }

    /// The list of the files: path, size in bytes and digest.
    fn listed(
        archive: &mut ZipArchive<Cursor<&[u8]>>,
    ) -> Result<BTreeMap<String, (u64, String)>, BundleFault> {
        let wrong = |why: String| BundleFault::Manifest(shown(&why));
        let entry = archive.by_name(MANIFEST).map_err(|why| wrong(why.to_string()))?;
        let mut text = String::new();
        entry.take(MAX_MANIFEST_BYTES + 1).read_to_string(&mut text).map_err(|why| wrong(why.to_string()))?;
        if text.len() as u64 > MAX_MANIFEST_BYTES {
            return Err(wrong(format!("超过 {MAX_MANIFEST_BYTES} 字节")));
        }
        let raw: RawManifest = toml::from_str(&text).map_err(|why| wrong(why.message().to_owned()))?;
        if raw.schema != 1 {
            return Err(wrong(format!("schema 应为 1,现为 {}", raw.schema)));
        }
        let mut listed = BTreeMap::new();
        for RawFile { path, bytes, sha256 } in raw.files {
            Self::check_path(&path)?;
            if listed.insert(path.clone(), (bytes, sha256)).is_some() {
                return Err(BundleFault::Twice(path));
            }
        }
        Ok(listed)
    }

    /// The files below a folder whose names end so: the rest of their paths, and their bytes.
    pub fn below<'a>(&'a self, folder: &'a str, end: &'a str) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        self.files.iter().filter_map(move |(path, bytes)| {
            let rest = path.strip_prefix(folder)?.strip_prefix('/')?;
            rest.ends_with(end).then_some((rest, bytes.as_slice()))
        })
    }
}

/// How many entries the end of a package tells, where nothing follows it.
fn entries_told(bytes: &[u8]) -> Option<usize> {
    let end = bytes.last_chunk::<22>()?;
    let number = |at: usize| usize::from(u16::from_le_bytes([end[at], end[at + 1]]));
    (end.starts_with(b"PK\x05\x06") && number(20) == 0).then(|| number(10))
}

fn digest_of(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle(files: &[(&str, &[u8])]) -> Bundle {
        Bundle { files: files.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec())).collect() }
    }

    /// A package with these entries, listed as given.
    fn package(list: &str, entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (path, bytes) in std::iter::once((MANIFEST, list.as_bytes())).chain(entries.iter().copied()) {
            zip.start_file(path, SimpleFileOptions::default()).expect("an entry");
            zip.write_all(bytes).expect("its bytes");
        }
        zip.finish().expect("a package").into_inner()
    }

    fn row(path: &str, bytes: u64, content: &[u8]) -> String {
        format!("[[file]]\npath = {}\nbytes = {bytes}\nsha256 = \"{}\"\n", quoted(path), digest_of(content))
    }

    #[test]
    fn a_bundle_is_read_as_it_was_written_and_written_the_same_twice() {
        let whole = bundle(&[
            ("anping.lock", b"schema = 1"),
            ("plugins/\u{7535}\u{68af}.wasm", &[0; 70_000]),
            ("templates/a/report.toml", b""),
            ("templates/b/report.toml", b"x"),
        ]);
        let bytes = whole.write().expect("it can be written");
        assert_eq!(bytes, whole.write().expect("it can be written"));
        assert_eq!(Bundle::read(&bytes), Ok(whole.clone()));
        let below: Vec<_> = whole.below("templates", "/report.toml").map(|(path, _)| path).collect();
        assert_eq!(below, ["a/report.toml", "b/report.toml"]);
        assert_eq!(Bundle::read(&Bundle::default().write().expect("nothing")), Ok(Bundle::default()));
    }

    #[test]
    fn paths_that_lead_elsewhere_are_refused_both_ways() {
        for path in [
            "",
            "/etc/passwd",
            "../x",
            "a/../x",
            "a//x",
            "a/",
            "./x",
            ".x",
            "a\\x",
            "C:x",
            "a\nx",
            "nul",
            "NUL.toml",
            "a/com1.wasm",
            "x.",
            "x ",
            " x",
            "a/b/c/d/e",
            "manifest.toml",
            "a*",
            "a\"",
            &"x".repeat(161),
        ] {
            let fault = BundleFault::Path(shown(path));
            assert_eq!(bundle(&[(path, b"x")]).write(), Err(fault.clone()), "{path:?}");
            let list = format!("schema = 1\n{}", row(path, 1, b"x"));
            assert_eq!(Bundle::read(&package(&list, &[])), Err(fault), "{path:?}");
        }
        for path in ["anping.toml", "调整单.toml", "plugins/a b.wasm", "a/b/c/d", "console.toml"] {
            assert!(bundle(&[(path, b"x")]).write().is_ok(), "{path:?}");
        }
        let twice = bundle(&[("a/X.toml", b""), ("a/x.toml", b"")]);
        assert_eq!(twice.write(), Err(BundleFault::Twice("a/x.toml".to_owned())));
    }

    #[test]
    fn what_does_not_hold_its_list_is_refused() {
        let one = |more: &str| format!("schema = 1\n{}{more}", row("a", 1, b"x"));
        for (list, entries, fault) in [
            (one(""), &[("a", &b"y"[..])][..], BundleFault::Changed("a".to_owned())),
            (one(""), &[("a", b"xx")], BundleFault::Changed("a".to_owned())),
            (one(""), &[("a", b"")], BundleFault::Changed("a".to_owned())),
            (one(""), &[], BundleFault::Missing("a".to_owned())),
            (one(""), &[("a", b"x"), ("b", b"x")], BundleFault::Unlisted("b".to_owned())),
            (one(&row("a", 1, b"x")), &[("a", b"x")], BundleFault::Twice("a".to_owned())),
            (one(""), &[("a", b"x"), ("../b", b"x")], BundleFault::Path("../b".to_owned())),
            (one(""), &[("a", b"x"), ("b/", b"")], BundleFault::Path("b/".to_owned())),
            (
                format!("schema = 1\n{}", row("a", u64::from(u32::MAX), b"")),
                &[("a", b"x")],
                BundleFault::Unpacked,
            ),
        ] {
            assert_eq!(Bundle::read(&package(&list, entries)), Err(fault), "{list}");
        }
        for list in ["", "schema = 2", "schema = 1\nfiles = 3", "\u{0}"] {
            let read = Bundle::read(&package(list, &[]));
            assert!(matches!(read, Err(BundleFault::Manifest(_))), "{list:?}: {read:?}");
        }
    }

    #[test]
    fn what_is_no_bundle_or_too_large_a_one_is_refused() {
        let good = bundle(&[("a", b"x")]).write().expect("it can be written");
        for bytes in [&b""[..], b"PK\x03\x04", b"not a zip", &good[..good.len() - 10], &good[..20]] {
            assert!(matches!(Bundle::read(bytes), Err(BundleFault::Package(_))), "{} bytes", bytes.len());
        }
        assert_eq!(Bundle::read(&vec![0; (64 << 20) + 1]), Err(BundleFault::Size));
        assert!(matches!(Bundle::read(&b"PK\x01\x02".repeat(5_000)), Err(BundleFault::Files(5_000))));
        let many: BTreeMap<_, _> = (0..=MAX_FILES).map(|n| (format!("{n}"), Vec::new())).collect();
        assert_eq!(Bundle { files: many }.write(), Err(BundleFault::Files(1_001)));
    }

    /// A package that claims little and yields much stops where its own list says.
    #[test]
    fn a_bomb_yields_no_more_than_its_list_says() {
        let zeros = vec![0; 40 << 20];
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let deflated = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        for (path, bytes) in
            [(MANIFEST, format!("schema = 1\n{}", row("a", 10, &[0; 10])).as_bytes()), ("a", &zeros)]
        {
            zip.start_file(path, deflated).expect("an entry");
            zip.write_all(bytes).expect("its bytes");
        }
        let bomb = zip.finish().expect("a package").into_inner();
        assert!(bomb.len() < 100_000);
        assert_eq!(Bundle::read(&bomb), Err(BundleFault::Changed("a".to_owned())));
    }

    /// A wrong byte anywhere is told or makes no difference: never other files.
    #[test]
    fn a_wrong_byte_never_gives_other_files() {
        let whole = bundle(&[("anping.lock", b"schema = 1"), ("plugins/a.wasm", &[7; 300])]);
        let bytes = whole.write().expect("it can be written");
        for at in 0..bytes.len() {
            for flip in [0x01, 0x80] {
                let mut damaged = bytes.clone();
                damaged[at] ^= flip;
                if let Ok(read) = Bundle::read(&damaged) {
                    assert_eq!(read, whole, "byte {at}");
                }
            }
        }
    }
}
