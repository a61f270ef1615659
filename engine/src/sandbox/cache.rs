//! Compiled guests on disk, so that a run need not compile what the last one did.
//! Knows no limits and no contract. Never fails a run: an entry that cannot be used is as none.
//!
//! An entry is machine code that runs outside the sandbox's checks, so the question is who could
//! have written it; [`Folder`] answers that.

use std::hash::{Hash, Hasher};
use std::path::Path;

use sha2::{Digest, Sha256};
use wasmtime::component::Component;
use wasmtime::{Engine, Module};

use crate::kept::{Entry, Folder};

/// The first bytes of an entry; the number is the version of this layout.
const MAGIC: &[u8; 18] = b"anping compiled 1\n";
const DIGEST: usize = 32;

/// A ceiling for what is read back: compiled code is some four times its guest, and the largest
/// honest one has 18 MB.
const MAX_ENTRY: u64 = 512 << 20;

/// The folder, found trustworthy.
#[derive(Debug)]
pub(crate) struct Cache(Folder);

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

    fn entry(&self) -> Entry<'_> {
        Entry { magic: MAGIC, key: &self.0, ending: "compiled" }
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
        Folder::open(folder).map(Self)
    }

    /// The compiled guest, where there is a sound entry that only we can have written.
    pub(crate) fn get<C: Compiled>(&self, engine: &Engine, key: Key) -> Option<C> {
        let payload = self.0.read(&key.entry(), MAX_ENTRY)?;
        // SAFETY: it must be given bytes that `to_bytes` made. These were read from a file that
        // belongs to this user and that nobody else can write to, in a folder of which the same is
        // true (checked on the open file, so it cannot be another one by now); they carry the
        // digest written with them, and the key of this guest, engine and settings.
        // Who can write there as this user can run any code as this user already. The bytes are
        // in memory, so a later change of the file does not reach them.
        unsafe { C::from_bytes(engine, &payload) }
    }

    /// Files a compiled guest. A run goes on without it when that is not possible.
    pub(crate) fn put(&self, key: Key, guest: &impl Compiled) {
        if let Some(payload) = guest.to_bytes() {
            // The next run compiles again; there is nobody to tell.
            let _ = self.0.write(&key.entry(), &payload, true);
        }
    }
}
