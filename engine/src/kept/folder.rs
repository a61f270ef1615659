//! A folder of entries that only the user who runs the program can have written.
//! Knows nothing of what is in them.
//!
//! The folder and the entry must belong to that user, and nobody else may be able to write to them:
//! that is the boundary. The digest in an entry finds damage, a cut file or a bad disk; it proves
//! nothing about the writer, who could make it anew.
//!
//! Owner and mode are checked on Unix. Elsewhere the caller must name a folder inside the user's own
//! profile, where the system keeps others out.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

const DIGEST: usize = 32;

/// The folder, found trustworthy.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    /// The user who runs the program.
    user: User,
}

/// What an entry is filed under.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<'e> {
    /// What the bytes begin with.
    pub magic: &'e [u8],
    /// The digest of all that it follows from; its name, and what stands in it.
    pub key: &'e [u8; DIGEST],
    /// Ending of its name.
    pub ending: &'e str,
}

impl Entry<'_> {
    fn name(&self) -> String {
        let digits: String = self.key.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{digits}.{}", self.ending)
    }
}

impl Folder {
    /// Opens the folder, making it if it is missing.
    ///
    /// Errors: `None` when it cannot be made or written to, or somebody else could write to it.
    pub(crate) fn open(path: &Path) -> Option<Self> {
        make(path).ok()?;
        let user = User::of_new_files(path).ok()?;
        let folder = Self { path: path.to_owned(), user };
        folder.trusted().then_some(folder)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the folder itself, and not what a link leads to, is ours alone.
    fn trusted(&self) -> bool {
        fs::symlink_metadata(&self.path).is_ok_and(|found| found.is_dir() && self.user.alone(&found))
    }

    /// The bytes of an entry of at most so many, where there is a sound one that only we can have
    /// written.
    pub(crate) fn read(&self, entry: &Entry<'_>, most: u64) -> Option<Vec<u8>> {
        if !self.trusted() {
            return None;
        }
        self.read_sound(entry, most).ok()?
    }

    fn read_sound(&self, entry: &Entry<'_>, most: u64) -> io::Result<Option<Vec<u8>>> {
        let path = self.path.join(entry.name());
        let named = fs::symlink_metadata(&path)?;
        if !named.is_file() {
            return Ok(None);
        }
        let file = File::open(&path)?;
        let opened = file.metadata()?;
        let header = entry.magic.len() + 2 * DIGEST;
        let most = most + header as u64;
        if !self.user.alone(&opened) || !same_file(&named, &opened) || opened.len() > most {
            return Ok(None);
        }
        let mut bytes = Vec::with_capacity(usize::try_from(opened.len()).unwrap_or(0));
        file.take(most).read_to_end(&mut bytes)?;
        let Some((header, payload)) = bytes.split_at_checked(header) else { return Ok(None) };
        let (magic, rest) = header.split_at(entry.magic.len());
        let (filed, digest) = rest.split_at(DIGEST);
        let sound =
            magic == entry.magic && filed == entry.key && digest == Sha256::digest(payload).as_slice();
        let n_header = header.len();
        Ok(sound.then(|| {
            bytes.drain(..n_header);
            bytes
        }))
    }

    /// Files an entry: beside, synced where asked, then renamed, so that it is whole or not there.
    /// Temporary files are made for the user alone.
    ///
    /// Errors: as the system says, or the folder is no longer ours alone.
    pub(crate) fn write(&self, entry: &Entry<'_>, payload: &[u8], synced: bool) -> io::Result<()> {
        if !self.trusted() {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let mut file = tempfile::NamedTempFile::new_in(&self.path)?;
        file.write_all(entry.magic)?;
        file.write_all(entry.key)?;
        file.write_all(Sha256::digest(payload).as_slice())?;
        file.write_all(payload)?;
        if synced {
            file.as_file().sync_all()?;
        }
        file.persist(self.path.join(entry.name())).map_err(|wrong| wrong.error)?;
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
