//! What was made from an input once, kept in the user's cache folder: where one workbook of hundreds
//! changed, the others are neither read nor marked again. Knows neither workbooks nor reports: it keeps
//! bytes by the digest of all that they follow from, and those who keep something say what that is.
//!
//! Whatever goes wrong here, the run makes the thing anew: nothing depends on what is kept but time.

mod folder;

use std::fmt;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest, Sha256};

pub(crate) use self::folder::{Entry, Folder};

/// The first bytes of an entry; the number is the version of this layout.
const MAGIC: &[u8] = b"anping kept 1\n";
const ENDING: &str = "kept";

/// Most bytes of one entry. A list that takes more is read faster than written.
const MAX_ENTRY: u64 = 64 << 20;

/// Most bytes of all entries together: some thousand workbooks of a township, each read and marked.
const MAX_TOTAL: u64 = 512 << 20;

/// What an entry takes at least, as file systems give out room.
const BLOCK: u64 = 4096;

/// The folder, and the program whose makings lie in it.
pub struct Kept {
    folder: Folder,
    program: String,
    max_total: u64,
    /// Whether this run added something, so that older entries may have to go.
    grown: AtomicBool,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").field("program", &self.program).finish_non_exhaustive()
    }
}

/// The digest of all that an entry follows from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key([u8; 32]);

/// What an entry follows from, as bytes: what hashes alike is alike, and everything of a value is hashed.
#[derive(Default)]
struct Ingredients(Vec<u8>);

impl Hasher for Ingredients {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn finish(&self) -> u64 {
        self.0.len() as u64
    }
}

impl Kept {
    /// Opens the folder below the user's cache folder, making it if it is missing.
    ///
    /// `program`: what tells this build of the program from every other. Another build may read the
    /// same workbook otherwise.
    /// Errors: `None` when the folder cannot be made or written to, or somebody else could write to it.
    pub fn open(cache: &Path, program: &str) -> Option<Self> {
        Self::within(cache, program, MAX_TOTAL)
    }

    fn within(cache: &Path, program: &str, max_total: u64) -> Option<Self> {
        let folder = Folder::open(&cache.join(ENDING))?;
        Some(Self { folder, program: program.to_owned(), max_total, grown: AtomicBool::new(false) })
    }

    /// The key of something: what it is, and everything that it follows from.
    pub(crate) fn key(&self, what: &str, from: &[&[u8]]) -> Key {
        let mut key = Sha256::new();
        for part in [MAGIC, self.program.as_bytes(), what.as_bytes()].iter().chain(from) {
            // With its length: the end of one part is not the beginning of the next.
            key.update((part.len() as u64).to_le_bytes());
            key.update(part);
        }
        Key(key.finalize().into())
    }

    /// The same from values: those of two keys differ where the values do.
    pub(crate) fn key_of(&self, what: &str, from: &impl Hash) -> Key {
        let mut ingredients = Ingredients::default();
        from.hash(&mut ingredients);
        self.key(what, &[&ingredients.0])
    }

    /// What is kept under a key, where there is a sound entry that only this user can have written.
    pub(crate) fn get(&self, key: Key) -> Option<Vec<u8>> {
        let entry = Entry { magic: MAGIC, key: &key.0, ending: ENDING };
        self.folder.read(&entry, MAX_ENTRY)
    }

    /// Keeps bytes under a key. A run goes on without it when that is not possible.
    pub(crate) fn put(&self, key: Key, bytes: &[u8]) {
        if bytes.len() as u64 > MAX_ENTRY {
            return;
        }
        let entry = Entry { magic: MAGIC, key: &key.0, ending: ENDING };
        // Not synced: an entry that a power cut spoils is found by its digest and made anew.
        if self.folder.write(&entry, bytes, false).is_ok() {
            self.grown.store(true, Ordering::Relaxed);
        }
    }

    /// Takes away the oldest entries until the rest fits. What a killed run left half written goes by
    /// the same rule.
    fn make_room(&self) {
        let Ok(entries) = fs::read_dir(self.folder.path()) else { return };
        let mut files: Vec<_> = entries
            .flatten()
            .filter_map(|entry| {
                let about = entry.metadata().ok().filter(fs::Metadata::is_file)?;
                Some((about.modified().ok()?, entry.path(), about.len().max(BLOCK)))
            })
            .collect();
        files.sort();
        let mut total: u64 = files.iter().map(|(_, _, len)| len).sum();
        for (_, path, len) in &files {
            if total <= self.max_total {
                break;
            }
            // Another run may have been faster, or the file is held: then it is there the next time.
            if fs::remove_file(path).is_ok() {
                total -= len;
            }
        }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if *self.grown.get_mut() {
            self.make_room();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::time::{Duration, SystemTime};

    use super::*;

    fn kept_in(folder: &Path) -> Kept {
        Kept::open(folder, "program").expect("the folder is ours")
    }

    fn entries(folder: &Path) -> Vec<PathBuf> {
        let listed = fs::read_dir(folder.join("kept")).expect("the folder is there");
        let mut paths: Vec<_> = listed.map(|entry| entry.expect("an entry").path()).collect();
        paths.sort();
        paths
    }

    #[test]
    fn what_is_kept_comes_back_under_the_same_key_only() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let kept = kept_in(folder.path());
        let key = kept.key("a", &[b"one", b"two"]);
        assert_eq!(kept.get(key), None);
        kept.put(key, b"made");
        assert_eq!(kept.get(key).as_deref(), Some(&b"made"[..]));
        let others = [
            kept.key("b", &[b"one", b"two"]),
            kept.key("a", &[b"onet", b"wo"]),
            kept.key("a", &[b"one"]),
            Kept::open(folder.path(), "another program").expect("ours").key("a", &[b"one", b"two"]),
        ];
        for other in others {
            assert_eq!(kept.get(other), None);
        }
    }

    #[test]
    fn keys_differ_where_values_do() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let kept = kept_in(folder.path());
        let texts = |texts: &[&str]| kept.key_of("a", &texts);
        let keys = [
            texts(&[]),
            texts(&[""]),
            texts(&["ab", "c"]),
            texts(&["a", "bc"]),
            texts(&["abc"]),
            texts(&["abc", ""]),
            kept.key_of("b", &["abc"]),
            kept.key_of("a", &(["abc"], 1_u8)),
            kept.key_of("a", &(["abc"], 2_u8)),
            kept.key_of("a", &(["abc"], None::<u8>)),
            kept.key_of("a", &(["abc"], Some(0_u8))),
        ];
        for (n, key) in keys.iter().enumerate() {
            assert!(!keys[..n].contains(key), "{n}");
        }
        assert_eq!(texts(&["ab", "c"]), texts(&["ab", "c"]));
    }

    #[test]
    fn damage_is_as_nothing_kept() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let kept = kept_in(folder.path());
        let key = kept.key("a", &[b"one"]);
        kept.put(key, b"made");
        let [path] = &entries(folder.path())[..] else { panic!("one entry") };
        let whole = fs::read(path).expect("the entry is ours");
        for cut in 0..whole.len() {
            fs::write(path, &whole[..cut]).expect("the entry is ours");
            assert_eq!(kept.get(key), None, "{cut} bytes");
        }
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            fs::write(path, bytes).expect("the entry is ours");
            assert_eq!(kept.get(key), None, "byte {at}");
        }
        // Made anew in the place of the damaged one.
        kept.put(key, b"made");
        assert_eq!(fs::read(path).expect("the entry is ours"), whole);
    }

    #[test]
    fn an_entry_under_the_name_of_another_is_none() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let kept = kept_in(folder.path());
        let (one, other) = (kept.key("a", &[b"one"]), kept.key("a", &[b"other"]));
        kept.put(one, b"made");
        let of_one = entries(folder.path()).remove(0);
        kept.put(other, b"made otherwise");
        let of_other = entries(folder.path()).into_iter().find(|path| *path != of_one).expect("two entries");
        fs::copy(of_other, &of_one).expect("the folder is ours");
        assert_eq!(kept.get(one), None);
        assert_eq!(kept.get(other).as_deref(), Some(&b"made otherwise"[..]));
    }

    #[test]
    fn the_oldest_go_first() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let kept = Kept::within(folder.path(), "program", 3 * BLOCK).expect("the folder is ours");
        let keys: Vec<_> = (0..5_u8).map(|n| kept.key("a", &[&[n]])).collect();
        for (age, key) in keys.iter().enumerate() {
            let before = entries_or_none(folder.path());
            kept.put(*key, b"made");
            let new = entries(folder.path()).into_iter().find(|path| !before.contains(path)).expect("new");
            let day = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 - 1_000 * age as u64);
            let file = fs::File::options().write(true).open(new).expect("the entry is ours");
            file.set_modified(day).expect("times can be set");
        }
        drop(kept);
        let kept = kept_in(folder.path());
        let left: Vec<_> = keys.iter().map(|key| kept.get(*key).is_some()).collect();
        assert_eq!(left, [true, true, true, false, false]);
    }

    fn entries_or_none(folder: &Path) -> Vec<PathBuf> {
        if folder.join("kept").is_dir() { entries(folder) } else { Vec::new() }
    }

    #[cfg(unix)]
    #[test]
    fn what_others_could_have_written_is_not_used() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let kept = kept_in(folder.path());
        let key = kept.key("a", &[b"one"]);
        kept.put(key, b"made");
        let path = entries(folder.path()).remove(0);
        let open_to = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("the folder is ours");
        };
        open_to(&path, 0o666);
        assert_eq!(kept.get(key), None, "an entry that others can write to");
        open_to(&path, 0o600);
        assert!(kept.get(key).is_some());
        open_to(&folder.path().join("kept"), 0o777);
        assert_eq!(kept.get(key), None, "a folder that others can write to");
        assert!(Kept::open(folder.path(), "program").is_none());
    }
}
