//! Compiled guests on disk, so that a run need not compile what the last one did.
//! Knows no limits and no contract. Never fails a run: an entry that cannot be used is as none.
//!
//! An entry is machine code that runs outside the sandbox's checks, so the question is who could
//! have written it. The folder and the entry must belong to the user who runs the program, and
//! nobody else may be able to write to them: that is the boundary. The digest in an entry finds
//! damage, a cut file or a bad disk; it proves nothing about the writer, who could make it anew.
//!
//! Owner and mode are checked on Unix. Elsewhere the caller must name a folder inside the user's
//! own profile, where the system keeps others out.

use std::fs::{self, File};
use std::hash::{Hash, Hasher};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use wasmtime::component::Component;
use wasmtime::{Engine, Module};

/// The first bytes of an entry; the number is the version of this layout.
const MAGIC: &[u8; 18] = b"anping compiled 1\n";
const DIGEST: usize = 32;
const HEADER: usize = MAGIC.len() + 2 * DIGEST;

/// A ceiling for what is read back: compiled code is some four times its guest, and the largest
/// honest one has 18 MB.
const ENTRY: u64 = 512 << 20;

/// The folder, found trustworthy.
#[derive(Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
    /// The user who runs the program.
    user: User,
}

/// Compiled code that can be filed.
pub(crate) trait Compiled: Sized {
    /// As bytes; `None` when that is not possible.
    fn to_bytes(&self) -> Option<Vec<u8>>;

    /// From bytes.
    ///
    /// # Safety
    ///
    /// The bytes must be what [`Compiled::to_bytes`] made: they become machine code.
    unsafe fn from_bytes(engine: &Engine, bytes: &[u8]) -> Option<Self>;
}

impl Compiled for Component {
    fn to_bytes(&self) -> Option<Vec<u8>> {
        self.serialize().ok()
    }

    unsafe fn from_bytes(engine: &Engine, bytes: &[u8]) -> Option<Self> {
        // SAFETY: the caller's promise is the one that is asked for.
        unsafe { Self::deserialize(engine, bytes) }.ok()
    }
}

impl Compiled for Module {
    fn to_bytes(&self) -> Option<Vec<u8>> {
        self.serialize().ok()
    }

    unsafe fn from_bytes(engine: &Engine, bytes: &[u8]) -> Option<Self> {
        // SAFETY: the caller's promise is the one that is asked for.
        unsafe { Self::deserialize(engine, bytes) }.ok()
    }
}

/// What an entry is filed under: the guest and all that its compiled form depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key([u8; DIGEST]);

impl Key {
    /// The key of a guest, by the digest of its bytes. The engine's part holds wasmtime's version,
    /// all settings, and the processor's features.
    pub(crate) fn of(engine: &Engine, guest: &[u8; DIGEST]) -> Self {
        let mut key = Hashed(Sha256::new());
        key.write(MAGIC);
        key.write(guest);
        engine.precompile_compatibility_hash().hash(&mut key);
        Self(key.0.finalize().into())
    }

    fn name(&self) -> String {
        let digits: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{digits}.compiled")
    }
}

/// SHA-256 as the standard library's hasher: the engine's part of the key comes as a `Hash`, and
/// the standard hasher may differ from one release to the next.
struct Hashed(Sha256);

impl Hasher for Hashed {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        unreachable!("the digest is taken whole, from the field")
    }
}

impl Cache {
    /// Opens the folder, making it if it is missing.
    ///
    /// Errors: `None` when it cannot be made or written to, or somebody else could write to it.
    pub(crate) fn open(folder: &Path) -> Option<Self> {
        make(folder).ok()?;
        let user = User::of_new_files(folder).ok()?;
        let cache = Self { folder: folder.to_owned(), user };
        cache.trusted().then_some(cache)
    }

    /// Whether the folder itself, and not what a link leads to, is ours alone.
    fn trusted(&self) -> bool {
        fs::symlink_metadata(&self.folder).is_ok_and(|found| found.is_dir() && self.user.alone(&found))
    }

    /// The compiled guest, where there is a sound entry that only we can have written.
    pub(crate) fn get<C: Compiled>(&self, engine: &Engine, key: Key) -> Option<C> {
        if !self.trusted() {
            return None;
        }
        let payload = self.read(key).ok()??;
        // SAFETY: it must be given bytes that `to_bytes` made. These were read from a file that
        // belongs to this user and that nobody else can write to, in a folder of which the same is
        // true (checked on the open file, so it cannot be another one by now); they carry the
        // digest written with them, and the key of this guest, engine and settings.
        // Who can write there as this user can run any code as this user already. The bytes are
        // in memory, so a later change of the file does not reach them.
        unsafe { C::from_bytes(engine, &payload) }
    }

    fn read(&self, key: Key) -> io::Result<Option<Vec<u8>>> {
        let path = self.folder.join(key.name());
        let named = fs::symlink_metadata(&path)?;
        if !named.is_file() {
            return Ok(None);
        }
        let file = File::open(&path)?;
        let opened = file.metadata()?;
        if !self.user.alone(&opened) || !same_file(&named, &opened) || opened.len() > ENTRY {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        file.take(ENTRY).read_to_end(&mut bytes)?;
        let Some((header, payload)) = bytes.split_at_checked(HEADER) else { return Ok(None) };
        let (magic, rest) = header.split_at(MAGIC.len());
        let (filed, digest) = rest.split_at(DIGEST);
        let sound = magic == MAGIC && filed == key.0 && digest == Sha256::digest(payload).as_slice();
        Ok(sound.then(|| payload.to_vec()))
    }

    /// Files a compiled guest. A run goes on without it when that is not possible.
    pub(crate) fn put(&self, key: Key, guest: &impl Compiled) {
        if self.trusted()
            && let Some(payload) = guest.to_bytes()
        {
            // The next run compiles again; there is nobody to tell.
            let _ = self.write(key, &payload);
        }
    }

    /// Beside, synced, then renamed: an entry is whole or not there. Temporary files are made for
    /// the user alone.
    fn write(&self, key: Key, payload: &[u8]) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(MAGIC)?;
        file.write_all(&key.0)?;
        file.write_all(Sha256::digest(payload).as_slice())?;
        file.write_all(payload)?;
        file.as_file().sync_all()?;
        file.persist(self.folder.join(key.name())).map_err(|wrong| wrong.error)?;
        Ok(())
    }
}

#[cfg(unix)]
fn make(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(unix)]
fn same_file(a: &fs::Metadata, b: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

#[cfg(not(unix))]
fn same_file(_: &fs::Metadata, _: &fs::Metadata) -> bool {
    true
}

/// The user as the file system sees him.
#[derive(Debug)]
struct User {
    #[cfg(unix)]
    id: u32,
}

#[cfg(unix)]
impl User {
    /// The standard library cannot say who runs the program; the owner of a new file is he.
    fn of_new_files(folder: &Path) -> io::Result<Self> {
        use std::os::unix::fs::MetadataExt;
        Ok(Self { id: tempfile::tempfile_in(folder)?.metadata()?.uid() })
    }

    /// Whether he owns it and neither his group nor others may write to it.
    fn alone(&self, found: &fs::Metadata) -> bool {
        use std::os::unix::fs::MetadataExt;
        found.uid() == self.id && found.mode() & 0o022 == 0
    }
}

#[cfg(not(unix))]
impl User {
    fn of_new_files(folder: &Path) -> io::Result<Self> {
        tempfile::tempfile_in(folder).map(|_| Self {})
    }

    fn alone(&self, _: &fs::Metadata) -> bool {
        true
    }
}
