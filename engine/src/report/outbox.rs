//! Puts files into the outbox, whole or not at all.
//! Knows nothing of what is in them.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tempfile::TempPath;

use super::{Error, Written};

/// What goes before the names of our temporary files, and after them: a file of this run, and what
/// it replaced. A kill leaves some behind; the next run takes them away.
pub(super) const PREFIX: &str = ".anping-";
pub(super) const NEW: &str = ".tmp";
const OLD: &str = ".old";

/// Stands in the outbox while files are renamed, which is the only time at which an end of the
/// process (a power cut, a kill) can leave some files of this run beside some of the last. Whoever
/// finds it knows; the next run takes it away.
const UNFINISHED: &str = "输出未完成,请重新运行.txt";

const UNFINISHED_TEXT: &str =
    "上次运行在替换输出文件时中断,这里可能新旧文件并存。请重新运行;运行完成后本文件自动消失。\r\n";

/// Threads that write files. Each waits for the disk most of the time, and a disk that is asked to sync
/// several files at once does it in one go.
const WRITERS: usize = 16;
/// Bytes of a file that are compared at a time.
const PIECE: usize = 256 << 10;

/// Puts files into the outbox, whole or not at all: all are written beside their places and
/// synced, and only then renamed into them; while they are, a file says so. Files of earlier runs with the same names are
/// replaced, nothing else is touched; a file that stands there already, byte for byte, is left as it is.
/// When a rename fails, what was renamed before is put back.
/// Another run that writes to the same outbox is waited for. What a killed one left beside its files
/// is taken away: unfinished files before, replaced ones after these are in their places.
///
/// Errors: a name that leaves the outbox, and the first file or folder that cannot be written.
pub fn put(outbox: &Path, files: &[Written]) -> Result<(), Error> {
    put_with(outbox, files, &[])
}

/// Writes the content of a file.
pub(super) type Write<'a> = &'a (dyn Fn(&mut dyn io::Write) -> io::Result<()> + Sync);

/// What stands in a file.
enum Content<'a> {
    Bytes(&'a [u8]),
    /// Written piece by piece.
    Made(Write<'a>),
}

/// The same with files, by name, that are too large to be held: each is written straight to the disk.
pub(super) fn put_with(outbox: &Path, files: &[Written], made: &[(&str, Write<'_>)]) -> Result<(), Error> {
    let files = files.iter().map(|file| (&*file.name, Content::Bytes(&file.bytes)));
    let made = made.iter().map(|(name, write)| (*name, Content::Made(*write)));
    // The large ones first: the others are written beside them.
    let mut contents = Vec::new();
    let mut targets = Vec::new();
    for (name, content) in made.chain(files) {
        targets.push(target(outbox, name)?);
        contents.push(content);
    }
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Outbox { path, source }
    };
    fs::create_dir_all(outbox).map_err(failed(outbox))?;
    let alone = Alone::in_folder(outbox);

    let mut folders = BTreeSet::new();
    for target in &targets {
        let folder = target.parent().unwrap_or(outbox);
        if folders.insert(folder.to_owned()) {
            fs::create_dir_all(folder).map_err(failed(folder))?;
            alone.sweep(folder, NEW);
        }
    }
    let written = write_all(&contents.iter().zip(&targets).collect::<Vec<_>>());
    let mut beside = Vec::new();
    let mut changed = Vec::new();
    for (written, target) in written.into_iter().zip(targets) {
        if let Some(temporary) = written.map_err(failed(&target))? {
            beside.push(temporary);
            changed.push(target);
        }
    }
    let unfinished = outbox.join(UNFINISHED);
    if changed.is_empty() {
        // An earlier run may have been killed between its last rename and the end.
        drop(fs::remove_file(&unfinished));
        for folder in &folders {
            alone.sweep(folder, OLD);
        }
        return Ok(());
    }
    fs::write(&unfinished, UNFINISHED_TEXT).map_err(failed(&unfinished))?;
    sync_folder(outbox);
    let renamed = rename_all(beside, &changed);
    for folder in &folders {
        sync_folder(folder);
    }
    // After an error the old files are back, so nothing is unfinished either way.
    drop(fs::remove_file(&unfinished));
    if renamed.is_ok() {
        for folder in &folders {
            alone.sweep(folder, OLD);
        }
    }
    renamed
}

/// The right to take away what lies in an outbox under our prefix: as long as this is held, no other
/// run writes there, so whatever lies there was left by one that was killed.
///
/// The lock is on the folder itself and leaves no file. Systems and shares that lock no folder give
/// no right: there, leftovers stay.
pub(super) struct Alone {
    lock: Option<File>,
}

impl Alone {
    /// Waits until no other run writes to the folder.
    pub(super) fn in_folder(folder: &Path) -> Self {
        let lock = File::open(folder).ok().filter(|folder| folder.lock().is_ok());
        Self { lock }
    }

    /// Takes away files under our prefix with this ending. One that cannot be removed stays: it
    /// spoils nothing.
    pub(super) fn sweep(&self, folder: &Path, ending: &str) {
        if self.lock.is_none() {
            return;
        }
        let Ok(entries) = fs::read_dir(folder) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let ours = name.to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(ending));
            if ours && entry.file_type().is_ok_and(|kind| kind.is_file()) {
                drop(fs::remove_file(entry.path()));
            }
        }
    }
}

/// The place of a file. A name has parts divided by `/`, none of which leads elsewhere.
fn target(outbox: &Path, name: &str) -> Result<PathBuf, Error> {
    let mut path = outbox.to_owned();
    for part in name.split('/') {
        let strange = |c: char| c.is_control() || matches!(c, '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
        if part.is_empty() || part.starts_with('.') || part.contains(strange) {
            return Err(Error::Name { name: name.to_owned() });
        }
        path.push(part);
    }
    Ok(path)
}

/// Writes files beside their places, several at a time.
///
/// Shape: for each file, in order, what was written; none where the same bytes stand in its place.
fn write_all(files: &[(&Content<'_>, &PathBuf)]) -> Vec<io::Result<Option<TempPath>>> {
    let next = AtomicUsize::new(0);
    let some = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(file) = files.get(index) else { return done };
            done.push((index, write_beside(file.0, file.1)));
        }
    };
    let mut done: Vec<_> = std::thread::scope(|scope| {
        let spawn = |_| thread::Builder::new().spawn_scoped(scope, some).ok();
        let helpers: Vec<_> = (1..WRITERS.min(files.len())).filter_map(spawn).collect();
        // Where no thread can be had, this one does it all.
        let own = some();
        let of_helpers = helpers.into_iter().flat_map(|helper| match helper.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        own.into_iter().chain(of_helpers).collect()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, written)| written).collect()
}

/// Writes a file beside its place; nothing where the same bytes stand there already.
fn write_beside(content: &Content<'_>, target: &Path) -> io::Result<Option<TempPath>> {
    if let Content::Bytes(bytes) = content
        && stands_already(target, bytes.len() as u64, *bytes)
    {
        return Ok(None);
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(NEW);
    // A report is meant for the office, not only for the one who made it.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(target.parent().unwrap_or(Path::new(".")))?;
    match content {
        Content::Bytes(bytes) => file.write_all(bytes)?,
        Content::Made(write) => {
            let mut out = io::BufWriter::with_capacity(PIECE, file.as_file_mut());
            write(&mut out)?;
            out.flush()?;
            drop(out);
            let made = file.reopen()?;
            if stands_already(target, made.metadata()?.len(), made) {
                return Ok(None);
            }
        }
    }
    file.as_file().sync_all()?;
    // The handle is closed here: a town may have more reports than a process may hold files open.
    Ok(Some(file.into_temp_path()))
}

/// Whether what is read stands at a place, so many bytes, in a file of its own.
fn stands_already(target: &Path, len: u64, wanted: impl io::Read) -> bool {
    let same_length = |about: fs::Metadata| about.is_file() && about.len() == len;
    fs::symlink_metadata(target).is_ok_and(same_length)
        && File::open(target).and_then(|there| are_same(there, wanted)).unwrap_or(false)
}

/// Whether two readers give the same; piece by piece, for it may be much.
fn are_same(one: impl io::Read, other: impl io::Read) -> io::Result<bool> {
    let mut readers = (io::BufReader::with_capacity(PIECE, one), io::BufReader::with_capacity(PIECE, other));
    loop {
        let (left, right) = (readers.0.fill_buf()?, readers.1.fill_buf()?);
        let n = left.len().min(right.len());
        if n == 0 || left[..n] != right[..n] {
            return Ok(left.is_empty() && right.is_empty());
        }
        readers.0.consume(n);
        readers.1.consume(n);
    }
}

/// What a rename did, to be undone when a later one fails.
enum Done {
    /// A file was replaced; the old one is kept here.
    Replaced(TempPath),
    /// There was none before.
    Created,
}

fn rename_all(beside: Vec<TempPath>, targets: &[PathBuf]) -> Result<(), Error> {
    let mut done: Vec<Done> = Vec::with_capacity(targets.len());
    for (temporary, target) in beside.into_iter().zip(targets) {
        let renamed = keep_old(target).and_then(|old| {
            temporary.persist(target).map_err(|error| error.error)?;
            Ok(old)
        });
        match renamed {
            Ok(old) => done.push(old.map_or(Done::Created, Done::Replaced)),
            Err(source) => {
                for (one, target) in done.into_iter().zip(targets).rev() {
                    // What cannot be put back is left new: there is nothing better to do, and the
                    // error that is reported is the one that began it.
                    match one {
                        Done::Replaced(old) => drop(old.persist(target)),
                        Done::Created => drop(fs::remove_file(target)),
                    }
                }
                return Err(Error::Outbox { path: target.clone(), source });
            }
        }
    }
    Ok(())
}

/// A second name, or where the file system has none a copy, of what stands at a place. The place
/// itself is never empty on the way.
fn keep_old(target: &Path) -> io::Result<Option<TempPath>> {
    match fs::symlink_metadata(target) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
        Ok(about) if about.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
        Ok(_) => {}
    }
    let folder = target.parent().unwrap_or(Path::new("."));
    let kept = tempfile::Builder::new().prefix(PREFIX).suffix(OLD).make_in(folder, |path| {
        fs::hard_link(target, path).or_else(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Err(error),
            _ => fs::copy(target, path).map(|_| ()),
        })
    })?;
    Ok(Some(kept.into_temp_path()))
}

/// Makes the renames last. File systems that cannot sync a folder have nothing to sync.
fn sync_folder(folder: &Path) {
    if cfg!(unix)
        && let Ok(folder) = File::open(folder)
    {
        drop(folder.sync_all());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::Lang;

    fn written(files: &[(&str, &str)]) -> Vec<Written> {
        files
            .iter()
            .map(|(name, text)| Written { name: (*name).to_owned(), bytes: text.as_bytes().to_vec() })
            .collect()
    }

    fn listing(folder: &Path) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        for entry in walkdir::WalkDir::new(folder) {
            let entry = entry.expect("the folder is ours");
            if entry.file_type().is_file() {
                let name = entry
                    .path()
                    .strip_prefix(folder)
                    .expect("it is below")
                    .to_string_lossy()
                    .replace('\\', "/");
                found.insert(name, fs::read_to_string(entry.path()).expect("it is text"));
            }
        }
        found
    }

    fn expected(files: &[(&str, &str)]) -> BTreeMap<String, String> {
        files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn files_are_replaced_and_others_left_alone() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let outbox = folder.path().join("out");
        put(&outbox, &written(&[("a.xlsx", "1"), ("下级/b.json", "2")])).expect("an empty outbox");
        fs::write(outbox.join("mine.txt"), "m").expect("the outbox is ours");
        put(&outbox, &written(&[("a.xlsx", "3")])).expect("an outbox with files");
        assert_eq!(listing(&outbox), expected(&[("a.xlsx", "3"), ("下级/b.json", "2"), ("mine.txt", "m")]));
    }

    /// When the file was last written, and what number the system gave it.
    #[cfg(unix)]
    fn identity(path: &Path) -> (u64, std::time::SystemTime) {
        use std::os::unix::fs::MetadataExt as _;
        let about = fs::metadata(path).expect("it is there");
        (about.ino(), about.modified().expect("a time"))
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_stands_there_already_is_left_as_it_is() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let outbox = folder.path();
        let names: Vec<String> = (0..50).map(|n| format!("下级/{n}.xlsx")).collect();
        let of = |changed: usize| -> Vec<Written> {
            let text = |n: usize| if n == changed { "new" } else { "old" };
            let one = |(n, name): (usize, &String)| Written {
                name: name.clone(),
                bytes: text(n).as_bytes().to_vec(),
            };
            names.iter().enumerate().map(one).collect()
        };
        put(outbox, &of(usize::MAX)).expect("an empty outbox");
        let before: Vec<_> = names.iter().map(|name| identity(&outbox.join(name))).collect();
        fs::write(outbox.join(UNFINISHED), UNFINISHED_TEXT).expect("the outbox is ours");
        put(outbox, &of(usize::MAX)).expect("the same files");
        assert!(!outbox.join(UNFINISHED).exists(), "what a killed run said is over");
        put(outbox, &of(7)).expect("one other file");
        for (n, name) in names.iter().enumerate() {
            let text = fs::read_to_string(outbox.join(name)).expect("it is there");
            assert_eq!(text, if n == 7 { "new" } else { "old" }, "{name}");
            assert_eq!(identity(&outbox.join(name)) == before[n], n != 7, "{name}");
        }
        assert_eq!(listing(outbox).len(), names.len());
    }

    #[test]
    fn a_file_that_cannot_be_replaced_leaves_the_outbox_as_it_was() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let outbox = folder.path();
        put(outbox, &written(&[("a.xlsx", "old")])).expect("an empty outbox");
        fs::create_dir(outbox.join("c.xlsx")).expect("the outbox is ours");
        let error = put(outbox, &written(&[("a.xlsx", "new"), ("b.xlsx", "new"), ("c.xlsx", "new")]))
            .expect_err("c.xlsx is a folder");
        assert!(!outbox.join(UNFINISHED).exists(), "the old files are back");
        assert!(matches!(error, Error::Outbox { ref path, .. } if path.ends_with("c.xlsx")), "{error}");
        assert_eq!(listing(outbox), expected(&[("a.xlsx", "old")]));
    }

    #[cfg(unix)]
    #[test]
    fn what_a_killed_run_left_is_taken_away() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let outbox = folder.path();
        let kept = [".anping-notes", ".mine.tmp", "anping-a.tmp", "mine.old"];
        fs::create_dir(outbox.join("下级")).expect("the outbox is ours");
        for name in [".anping-a1.tmp", ".anping-b2.old", "下级/.anping-c3.tmp"].iter().chain(&kept) {
            fs::write(outbox.join(name), "left").expect("the outbox is ours");
        }
        fs::create_dir(outbox.join(".anping-folder.tmp")).expect("the outbox is ours");
        put(outbox, &written(&[("a.xlsx", "1"), ("下级/b.json", "2")])).expect("an outbox with leftovers");
        let mut left = expected(&[("a.xlsx", "1"), ("下级/b.json", "2")]);
        left.extend(kept.map(|name| (name.to_owned(), "left".to_owned())));
        assert_eq!(listing(outbox), left);
        assert!(outbox.join(".anping-folder.tmp").is_dir(), "folders are never ours");
    }

    #[cfg(unix)]
    #[test]
    fn replaced_files_of_a_killed_run_stay_until_new_ones_are_there() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let outbox = folder.path();
        fs::write(outbox.join(".anping-b2.old"), "left").expect("the outbox is ours");
        fs::create_dir(outbox.join("c.xlsx")).expect("the outbox is ours");
        put(outbox, &written(&[("c.xlsx", "new")])).expect_err("c.xlsx is a folder");
        assert_eq!(listing(outbox), expected(&[(".anping-b2.old", "left")]));
    }

    #[test]
    fn names_stay_in_the_outbox() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["", "/a", "../a", "a//b", "a/../b", "a\\b", "C:a", ".hidden", "a/"] {
            let error = put(folder.path(), &written(&[(name, "x")])).expect_err(name);
            assert!(matches!(error, Error::Name { .. }), "{name}");
        }
        assert!(listing(folder.path()).is_empty());
    }

    #[test]
    fn an_outbox_that_is_a_file_is_an_error() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let outbox = folder.path().join("out");
        fs::write(&outbox, "x").expect("the folder is ours");
        let error = put(&outbox, &written(&[("a", "x")])).expect_err("the outbox is a file");
        let message = error.message(Lang::Zh);
        assert!(message.contains("out 无法写入,输出目录未改动: 不是文件夹\n提示: "), "{message}");
        assert_eq!(listing(folder.path()), expected(&[("out", "x")]));
    }
}
