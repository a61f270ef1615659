//! Reads an inbox of workbooks into tables with their problems.
//! Knows no checklist and no register: what a row means is for later steps.
//!
//! One file goes through these hands, each with one errand:
//!
//! | module | errand |
//! | --- | --- |
//! | `sniff` | says by the bytes what the file is; refuses what we do not read, with the true reason |
//! | `package` | the guard of zip packages: inflates within `limits`, finds the parts, digests of pictures |
//! | `markup` | the strict tokeniser of everything that is XML |
//! | `xlsx` | the cells of a package: shared texts and sheets |
//! | `walled` | xls, et, xlsb: their parsers run as a guest of the sandbox |
//! | `ods`, `xml2003`, `page`, `delimited` | readers of our own for formats made of text |
//! | `encoding` | bytes of a text to text |
//! | `book` | a workbook in memory, filled within `limits` |
//! | `grid` | a sheet's cells as a sparse grid, with what hangs on them, whatever the format |
//! | `names` | texts as headers, labels and words are compared |
//! | `export` | a sheet's values as a spreadsheet program exports them |
//! | `layout` | kinds of tables as data, from `templates/intake/` |
//! | `header` | finds the header that a layout fits, the title and the information block |
//! | `table` | rows to records |
//! | `values` | a cell to a typed value, and everything odd about it |
//! | `propose` | a mapping card for a sheet that no layout knows |
//! | `kept` | what was made of a file, for the next run |
//!
//! What counts as a file of the inbox: whatever the extension claims to be a workbook or a table
//! (`xlsx`, `xls`, `et`, `ods`, `csv` …), and whatever is a workbook by its bytes under another
//! name. The rest (read-me files, pictures, documents), lock files (`~$`, `.~`) and hidden files are
//! passed over without a word: an inbox holds letters too.

mod book;
mod delimited;
mod encoding;
mod export;
mod grid;
mod header;
mod kept;
mod layout;
mod limits;
mod markup;
mod names;
mod ods;
mod package;
mod page;
mod propose;
mod sniff;
mod table;
#[cfg(test)]
mod tests;
mod values;
mod walled;
mod xlsx;
mod xml2003;

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

pub use self::export::{Exported, NotExported, export, export_all};
pub use self::layout::{Field, Kind, Layout, Name, built_in_layouts, parse_layout, read_layouts};
pub use self::package::stream::{NotPlain, Row, Streamed, Texts, Value as StreamedValue, stream};
pub use self::propose::Card;
pub use self::sniff::{Content as FileContent, sniff};

use self::book::Book;
use self::grid::{Content as CellContent, Grid, GridCell, Workbook};
use self::header::{Binding, Catalogue, Found, Top};
use self::kept::Keeping;
use self::limits::{MAX_FILE_BYTES, MAX_INFLATED_BYTES, MAX_PROBLEMS, SMALL_INFLATED_BYTES};
use self::package::{Drawn, Opened};
use self::sniff::Content;
use self::table::{Kept, SheetId, read_table};
use self::walled::Wall;
use crate::model::{
    CellRef, Place, Problem, ProblemCode, Role, SheetCells, Source, SourceId, Sources, Table,
};

/// Most tables below each other, and beside each other, on a sheet; forms have two or three.
const MAX_TABLES: usize = 8;

/// What an inbox holds.
#[derive(Debug, Default)]
pub struct Intake {
    /// The files, sorted by path, bytewise; refused ones too.
    pub sources: Sources,
    /// The tables that a layout knows, by source, sheet and row.
    pub tables: Vec<Table>,
    /// Everything that is wrong, by place.
    pub problems: Vec<Problem>,
}

/// Why an inbox cannot be read at all.
#[derive(Debug)]
pub enum Error {
    /// The folder or file itself cannot be listed.
    Unlisted {
        /// As given.
        root: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The caller's `cancelled` said so.
    Cancelled,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unlisted { root, .. } => write!(f, "inbox {} cannot be listed", root.display()),
            Self::Cancelled => f.write_str("reading the inbox was cancelled"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unlisted { source, .. } => Some(source),
            Self::Cancelled => None,
        }
    }
}

/// Why a file is not read: what becomes of it is one [`Problem`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    code: ProblemCode,
    /// What should be.
    arg: String,
    /// What is.
    found: String,
    /// Whether the budget of inflated bytes was the reason.
    spent: bool,
}

impl Refusal {
    fn new(code: ProblemCode, arg: impl Into<String>, found: impl Into<String>) -> Self {
        Self { code, arg: arg.into(), found: found.into(), spent: false }
    }

    fn damaged(found: String) -> Self {
        Self::new(ProblemCode::FileDamaged, "完整的工作簿", found)
    }

    fn limit(arg: impl Into<String>, found: impl fmt::Display) -> Self {
        Self::new(ProblemCode::FileBeyondLimit, arg, found.to_string())
    }

    fn spent() -> Self {
        let arg = format!("解压后不超过 {} MB", MAX_INFLATED_BYTES >> 20);
        Self { spent: true, ..Self::limit(arg, "更大") }
    }
}

/// Reads every file below a folder, or a single file.
///
/// Shape: as in [`Intake`]; nothing in it depends on the order in which the system lists files.
/// Of files with the same bytes the first by path is read, the others get `duplicate_file`.
/// `cache` is a folder for the compiled reader of binary workbooks; none: compiled when it is needed.
/// `progress` hears the number of files done and of all; `cancelled` is asked before each file.
/// Errors: the root cannot be listed, or `cancelled` said yes. Whatever is wrong with a file is a
/// problem.
pub fn read_inbox(
    root: &Path,
    layouts: &[Layout],
    cache: Option<&Path>,
    progress: &(dyn Fn(usize, usize) + Sync),
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<Intake, Error> {
    read_inbox_keeping(root, layouts, (cache, None), progress, cancelled)
}

/// The same where files that were read before, by the same program and the same layouts, are not read
/// again: their tables and problems are taken from what was kept, and what is read is kept.
///
/// Shape and errors: as [`read_inbox`], whatever is kept.
pub fn read_inbox_keeping(
    root: &Path,
    layouts: &[Layout],
    (cache, kept): (Option<&Path>, Option<&crate::kept::Kept>),
    progress: &(dyn Fn(usize, usize) + Sync),
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<Intake, Error> {
    let keeping = kept.map(|kept| Keeping::new(kept, layouts));
    read_with((&Readers::new(cache), keeping.as_ref()), root, layouts, progress, cancelled)
}

fn read_with(
    (readers, keeping): (&Readers, Option<&Keeping<'_>>),
    root: &Path,
    layouts: &[Layout],
    progress: &(dyn Fn(usize, usize) + Sync),
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<Intake, Error> {
    let listed = list(root)?;
    let total = listed.len();
    let done = AtomicUsize::new(0);
    let catalogue = Catalogue::new(layouts);
    let files: Vec<Option<FileRead>> = listed
        .into_par_iter()
        .enumerate()
        .map(|(index, listed)| {
            if cancelled() {
                return None;
            }
            let id = SourceId(u32::try_from(index).unwrap_or(u32::MAX));
            let reader = FileReader { id, catalogue: &catalogue, readers, keeping, cards: None };
            let file = reader.read(listed);
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
            Some(file)
        })
        .collect();
    let files = files.into_iter().collect::<Option<Vec<_>>>().ok_or(Error::Cancelled)?;

    let mut intake = Intake::default();
    let mut first_with: BTreeMap<String, String> = BTreeMap::new();
    for (index, file) in files.into_iter().enumerate() {
        let FileRead { source, tables, problems } = file;
        let id = SourceId(u32::try_from(index).unwrap_or(u32::MAX));
        let first = first_with.get(&source.digest).filter(|_| !source.digest.is_empty() && source.len > 0);
        if let Some(first) = first {
            intake.problems.push(Problem::new(ProblemCode::DuplicateFile, id).arg(first));
        } else {
            first_with.insert(source.digest.clone(), source.path.clone());
            intake.tables.extend(tables);
            intake.problems.extend(problems);
        }
        intake.sources.0.push(source);
    }
    intake.tables.sort_by_key(|table| table.at);
    intake.problems.sort();
    Ok(intake)
}

/// Reads files that are in memory, each as if it were an inbox of its own.
pub struct MemoryReader<'l> {
    catalogue: Catalogue<'l>,
    readers: Readers,
}

impl<'l> MemoryReader<'l> {
    /// `cache` as in [`read_inbox`].
    pub fn new(layouts: &'l [Layout], cache: Option<&Path>) -> Self {
        Self { catalogue: Catalogue::new(layouts), readers: Readers::new(cache) }
    }

    /// Reads a file of this name. Whatever is wrong with it is a problem.
    pub fn read(&self, path: &str, bytes: &[u8]) -> Intake {
        let (catalogue, readers) = (&self.catalogue, &self.readers);
        let reader = FileReader { id: SourceId(0), catalogue, readers, keeping: None, cards: None };
        let bytes =
            if bytes.len() as u64 > MAX_FILE_BYTES { Err(too_large(bytes.len() as u64)) } else { Ok(bytes) };
        let FileRead { source, tables, problems } = reader.file(path.to_owned(), bytes);
        Intake { sources: Sources(vec![source]), tables, problems }
    }
}

/// Reads a file of an inbox once more. Errors: `None` when it is no longer there, or no longer the
/// one that was read.
pub fn load_again(root: &Path, source: &Source) -> Option<Vec<u8>> {
    let file = if root.is_file() { root.to_owned() } else { root.join(&source.path) };
    load(&file).ok().filter(|bytes| digest(bytes) == source.digest)
}

/// The cells of a workbook's visible sheets, as a person sees them: name of the sheet, cells by
/// address. `cache` as in [`read_inbox`].
///
/// Errors: `None` when it is no longer the one that was read, or is not a workbook with cells.
pub fn read_cells(root: &Path, source: &Source, cache: Option<&Path>) -> Option<Vec<SheetCells>> {
    cells_of(&load_again(root, source)?, cache)
}

/// The cells of one workbook by itself, as [`read_cells`] gives them.
///
/// Errors: `None` when it cannot be read, or is not a workbook with cells.
pub fn read_workbook_cells(file: &Path, cache: Option<&Path>) -> Option<Vec<SheetCells>> {
    cells_of(&load(file).ok()?, cache)
}

/// The cells of a workbook that is at hand as bytes, as [`read_cells`] gives them.
///
/// Errors: `None` when it cannot be read, or is not a workbook with cells.
pub fn cells_of(bytes: &[u8], cache: Option<&Path>) -> Option<Vec<SheetCells>> {
    let read = Readers::new(cache).workbook(bytes, &mut |_, workbook| {
        let mut sheets = Vec::new();
        for (index, (name, _)) in workbook.sheets().into_iter().enumerate().filter(|(_, (_, seen))| *seen) {
            let grid = workbook.grid(index)?;
            let cells = grid.cells.iter().map(|cell| (cell.at, cell.shown(grid.epoch_1904))).collect();
            sheets.push((name, cells));
        }
        Ok(sheets)
    });
    read.ok()
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Proposes a layout for each sheet of a workbook that no layout knows.
///
/// Shape: the file as [`read_inbox`] reads it, and the cards in the order of the sheets.
/// Errors: the file cannot be listed. Whatever is wrong with it is a problem.
pub fn propose(file: &Path, layouts: &[Layout]) -> Result<(Intake, Vec<Card>), Error> {
    let catalogue = Catalogue::new(layouts);
    let (readers, cards) = (Readers::new(None), Mutex::new(Vec::new()));
    let mut intake = Intake::default();
    if let Some(listed) = list(file)?.into_iter().next() {
        let (catalogue, readers, cards) = (&catalogue, &readers, Some(&cards));
        let reader = FileReader { id: SourceId(0), catalogue, readers, keeping: None, cards };
        let FileRead { source, tables, problems } = reader.read(listed);
        intake = Intake { sources: Sources(vec![source]), tables, problems };
    }
    Ok((intake, cards.into_inner().unwrap_or_else(PoisonError::into_inner)))
}

/// A file of the inbox.
struct Listed {
    /// Path below the inbox, with `/`.
    path: String,
    file: PathBuf,
    /// Why it could not even be listed.
    fault: Option<io::Error>,
}

/// Lists the files of the inbox, sorted by path.
fn list(root: &Path) -> Result<Vec<Listed>, Error> {
    let unlisted = |source| Error::Unlisted { root: root.to_owned(), source };
    let meta = root.metadata().map_err(unlisted)?;
    if meta.is_file() {
        let path = root.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        return Ok(vec![Listed { path, file: root.to_owned(), fault: None }]);
    }
    root.read_dir().map_err(unlisted)?;
    let hidden = |name: &str| name.starts_with("~$") || name.starts_with('.');
    let walk = WalkDir::new(root)
        .min_depth(1)
        .into_iter()
        .filter_entry(|entry| !hidden(&entry.file_name().to_string_lossy()));
    let mut found = Vec::new();
    for entry in walk {
        match entry {
            Ok(entry) if entry.file_type().is_file() => {
                found.push(Listed { path: below(root, entry.path()), file: entry.into_path(), fault: None });
            }
            Ok(_) => {}
            Err(error) => {
                let file = error.path().unwrap_or(root).to_owned();
                let fault = error.into_io_error().unwrap_or_else(|| io::Error::other("loop of links"));
                found.push(Listed { path: below(root, &file), file, fault: Some(fault) });
            }
        }
    }
    let mut found: Vec<_> = found
        .into_par_iter()
        .filter(|listed| listed.fault.is_some() || is_claimed(&listed.path) || is_workbook(&listed.file))
        .collect();
    found.sort_by(|one, other| one.path.as_bytes().cmp(other.path.as_bytes()));
    Ok(found)
}

fn below(root: &Path, path: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

/// A format that is read: its name, and the extensions that claim it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Format {
    name: &'static str,
    extensions: &'static [&'static str],
}

const XLSX: Format = Format { name: "xlsx", extensions: &["xlsx", "xlsm", "xltx", "xltm"] };
const XLSB: Format = Format { name: "xlsb", extensions: &["xlsb"] };
const XLS: Format = Format { name: "xls", extensions: &["xls", "xlt", "et", "ett"] };
const ODS: Format = Format { name: "ods", extensions: &["ods", "ots", "fods"] };
const TEXT: Format = Format { name: "csv", extensions: &["csv", "tsv"] };
const PAGE: Format = Format { name: "网页表格(HTML)", extensions: &[] };
const XML_2003: Format = Format { name: "XML 表格 2003", extensions: &[] };

impl Format {
    /// Whether the file is text in an encoding that must be found out.
    fn is_text(self) -> bool {
        [TEXT, PAGE, XML_2003].contains(&self)
    }
}

/// Whether an extension claims to be a workbook or a table.
fn is_claimed(path: &str) -> bool {
    let extension = extension(path);
    [XLSX, XLSB, XLS, ODS, TEXT].iter().any(|format| format.extensions.contains(&extension.as_str()))
}

/// The extension in lower case; empty where there is none.
fn extension(path: &str) -> String {
    path.rsplit_once('.').map_or_else(String::new, |(_, extension)| extension.to_ascii_lowercase())
}

/// Whether a file of another name is a workbook all the same. Looks at the first bytes of every
/// file, and at the rest only where these are promising.
fn is_workbook(file: &Path) -> bool {
    let looks = || -> io::Result<bool> {
        let mut open = File::open(file)?;
        let mut head = [0; 8];
        open.read_exact(&mut head)?;
        if !matches!(sniff(&head), Content::Zip | Content::Xls | Content::Foreign("OLE 复合文档")) {
            return Ok(false);
        }
        let mut bytes = head.to_vec();
        open.take(MAX_FILE_BYTES).read_to_end(&mut bytes)?;
        Ok(match sniff(&bytes) {
            Content::Zip => {
                sniff::find(&bytes, b"xl/workbook.") || sniff::find(&bytes, b"opendocument.spreadsheet")
            }
            Content::Xls => true,
            _ => false,
        })
    };
    looks().unwrap_or(false)
}

/// What came of one file.
struct FileRead {
    source: Source,
    tables: Vec<Table>,
    problems: Vec<Problem>,
}

/// What all files are read with.
struct Readers {
    wall: Wall,
    /// Held while a file is read that may take much memory, so that memory does not grow with the
    /// number of processors.
    turn: Mutex<()>,
}

impl Readers {
    fn new(cache: Option<&Path>) -> Self {
        Self { wall: Wall::new(cache), turn: Mutex::new(()) }
    }

    /// Reads a file of any format and hands the workbook to `then`. The second wall: should a parser
    /// panic for all the guard did, the file is damaged and the run goes on.
    ///
    /// Errors: why the file is not read.
    fn workbook<R>(
        &self,
        bytes: &[u8],
        then: &mut dyn FnMut(Format, &mut Workbook) -> Result<R, Refusal>,
    ) -> Result<R, Refusal> {
        let read = catch_unwind(AssertUnwindSafe(|| self.dispatch(bytes, then)));
        read.unwrap_or_else(|_| Err(Refusal::damaged("内部结构混乱,无法解析".to_owned())))
    }

    fn dispatch<R>(
        &self,
        bytes: &[u8],
        then: &mut dyn FnMut(Format, &mut Workbook) -> Result<R, Refusal>,
    ) -> Result<R, Refusal> {
        let large = bytes.len() as u64 > SMALL_INFLATED_BYTES;
        let mut text = |format, read: fn(&[u8]) -> Result<Book, Refusal>| {
            let _turn = large.then(|| self.turn());
            then(format, &mut Workbook::Book(read(bytes)?))
        };
        match sniff(bytes) {
            Content::Empty => Err(Refusal::new(ProblemCode::FileEmpty, "", "0 字节")),
            Content::Encrypted => Err(Refusal::new(ProblemCode::FileEncrypted, "", "加密的工作簿")),
            Content::Pointer => Err(Refusal::new(
                ProblemCode::FileForeign,
                "指针文件或快捷方式,真正的文件不在其中",
                "指针文件",
            )),
            Content::Foreign(name) => Err(Refusal::new(ProblemCode::FileForeign, name, name)),
            Content::OldXls => {
                let name = "xls(Excel 4.0 及更早)工作簿";
                Err(Refusal::new(ProblemCode::FileFormat, name, name))
            }
            Content::Html => text(PAGE, page::read),
            Content::SpreadsheetMl => text(XML_2003, xml2003::read),
            Content::FlatOds => text(ODS, ods::read_flat),
            Content::Text => text(TEXT, delimited::read),
            Content::Xls => self.walled(XLS, anping_reader::wire::Format::Xls, bytes, Drawn::new(), then),
            Content::Zip => match self.zip(bytes, SMALL_INFLATED_BYTES, then) {
                Err(refusal) if refusal.spent => {
                    let _turn = self.turn();
                    self.zip(bytes, MAX_INFLATED_BYTES, then)
                }
                read => read,
            },
        }
    }

    fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn walled<R>(
        &self,
        format: Format,
        guest: anping_reader::wire::Format,
        bytes: &[u8],
        drawn: Drawn,
        then: &mut dyn FnMut(Format, &mut Workbook) -> Result<R, Refusal>,
    ) -> Result<R, Refusal> {
        // The guest may take its whole memory for the smallest file.
        let _turn = self.turn();
        then(format, &mut Workbook::Book(self.wall.read(guest, bytes, drawn)?))
    }

    fn zip<R>(
        &self,
        bytes: &[u8],
        budget: u64,
        then: &mut dyn FnMut(Format, &mut Workbook) -> Result<R, Refusal>,
    ) -> Result<R, Refusal> {
        match package::open(bytes, budget)? {
            Opened::Xlsx(package) => then(XLSX, &mut Workbook::Package(Box::new(package))),
            Opened::Ods(content, digests) => {
                let book = ods::read(&content, &digests)?;
                drop(content);
                then(ODS, &mut Workbook::Book(book))
            }
            Opened::Xlsb(drawn) => self.walled(XLSB, anping_reader::wire::Format::Xlsb, bytes, drawn, then),
            Opened::Foreign(name) => Err(Refusal::new(ProblemCode::FileForeign, name, name)),
        }
    }
}

struct FileReader<'r> {
    id: SourceId,
    catalogue: &'r Catalogue<'r>,
    readers: &'r Readers,
    /// What was made of files before, and where it is kept.
    keeping: Option<&'r Keeping<'r>>,
    /// Where cards for unknown sheets go, if anybody wants them.
    cards: Option<&'r Mutex<Vec<Card>>>,
}

impl FileReader<'_> {
    fn read(&self, listed: Listed) -> FileRead {
        let bytes = match listed.fault {
            Some(fault) => Err(Refusal::new(ProblemCode::FileUnreadable, fault.to_string(), "")),
            None => load(&listed.file),
        };
        self.file(listed.path, bytes)
    }

    fn file(&self, path: String, bytes: Result<impl AsRef<[u8]>, Refusal>) -> FileRead {
        let mut source = Source { path, digest: String::new(), len: 0, sheets: Vec::new(), missing: false };
        let read = bytes.and_then(|bytes| {
            let bytes = bytes.as_ref();
            source.len = bytes.len() as u64;
            source.digest = digest(bytes);
            self.understand_once(bytes, &mut source)
        });
        match read {
            Ok((tables, problems)) => FileRead { source, tables, problems },
            Err(refusal) => {
                let problem = Problem::new(refusal.code, self.id).found(refusal.found).arg(refusal.arg);
                FileRead { source, tables: Vec::new(), problems: vec![problem] }
            }
        }
    }

    /// Understands a file unless that was done before. A refusal is not kept: it may be the machine's.
    fn understand_once(
        &self,
        bytes: &[u8],
        source: &mut Source,
    ) -> Result<(Vec<Table>, Vec<Problem>), Refusal> {
        let Some(keeping) = self.keeping else { return self.understand(bytes, source) };
        let key = keeping.key(&source.digest, &extension(&source.path));
        if let Some((sheets, tables, problems)) = keeping.get(key, self.id) {
            source.sheets = sheets;
            return Ok((tables, problems));
        }
        let (tables, problems) = self.understand(bytes, source)?;
        keeping.put(key, source, &tables, &problems);
        Ok((tables, problems))
    }

    fn understand(&self, bytes: &[u8], source: &mut Source) -> Result<(Vec<Table>, Vec<Problem>), Refusal> {
        let extension = extension(&source.path);
        self.readers.workbook(bytes, &mut |format, workbook| {
            let (tables, mut problems) = self.workbook(format, workbook, source)?;
            if !format.extensions.contains(&extension.as_str()) {
                let code = ProblemCode::WrongExtension;
                problems.push(Problem::new(code, self.id).found(&extension).arg(format.name));
            }
            Ok((tables, problems))
        })
    }

    fn workbook(
        &self,
        format: Format,
        workbook: &mut Workbook,
        source: &mut Source,
    ) -> Result<(Vec<Table>, Vec<Problem>), Refusal> {
        let sheets = workbook.sheets();
        source.sheets = sheets.iter().map(|(name, _)| name.clone()).collect();
        let mut form = String::new();
        if let Some(meta) = sheets.iter().position(|(name, visible)| name == "_meta" && !visible) {
            let grid = workbook.grid(meta)?;
            let key = grid.cells.iter().find(|cell| cell.at.col0 == 0 && cell.text() == Some("form"));
            let value = key.and_then(|key| grid.get(CellRef::new(key.at.row0, 1)));
            form = value.and_then(GridCell::text).unwrap_or_default().trim().to_owned();
        }
        let mut tables = Vec::new();
        let mut kept = Kept::default();
        let mut unknown = Found::Unknown;
        for (index, (name, _)) in sheets.iter().enumerate().filter(|(_, (_, visible))| *visible) {
            let id = SheetId { source: self.id, sheet: u16::try_from(index).unwrap_or(u16::MAX) };
            let grid = workbook.grid(index)?;
            if format.is_text() {
                self.broken_text(id, &grid.cells, &mut kept.problems);
            }
            match self.sheet(id, &grid, &form, &mut kept, &mut tables)? {
                Found::Bound(_) => {}
                found => {
                    if let Some(cards) = self.cards
                        && let Some(card) = propose::card(&Top::new(&grid), self.catalogue.layouts, name)
                    {
                        cards.lock().unwrap_or_else(PoisonError::into_inner).push(card);
                    }
                    if unknown == Found::Unknown {
                        unknown = found;
                    }
                }
            }
        }
        // A list of ours beside nothing else is no workbook that anybody sent.
        let nothing_sent = tables.iter().all(|table: &Table| table.role == Role::ReturnList);
        if let (true, Found::Near(layout, missing)) = (nothing_sent, &unknown)
            && self.catalogue.layouts[*layout].given
        {
            let layout = &self.catalogue.layouts[*layout].title;
            kept.problems
                .push(Problem::new(ProblemCode::ColumnMissing, self.id).arg(missing.join("、")).note(layout));
        } else if nothing_sent {
            let unknown = Problem::new(ProblemCode::LayoutUnknown, self.id).arg(self.why_unknown(&unknown));
            kept.problems.push(unknown);
        }
        Ok((tables, kept.into_problems(self.id)))
    }

    /// Reads the tables of a sheet: below each other, and beside each other under one header row.
    /// Shape: what came of looking for the first.
    fn sheet(
        &self,
        id: SheetId,
        grid: &Grid<'_>,
        form: &str,
        kept: &mut Kept,
        tables: &mut Vec<Table>,
    ) -> Result<Found, Refusal> {
        let mut first = Found::Unknown;
        let mut base = CellRef::new(0, 0);
        for count in 0..MAX_TABLES {
            let mut top = Top::within(grid, base);
            let mut found = top.find(self.catalogue, grid);
            // The widest table of a sheet may stand below another.
            while let Found::Bound(binding) = &found {
                let titles = header::titles_above(grid, base.row0, binding.top0);
                let above = Top::between(grid, base, titles);
                let Found::Bound(upper) = above.find(self.catalogue, grid) else { break };
                (top, found) = (above, Found::Bound(Binding { end0: Some(titles), ..upper }));
            }
            let Found::Bound(binding) = &mut found else {
                return Ok(if count == 0 { found } else { first });
            };
            if binding.end0.is_none() {
                binding.end0 = header::next_table(grid, binding, self.catalogue);
            }
            let end0 = binding.end0;
            tables.push(self.table(id, grid, &top, binding, form, kept)?);
            let rows = binding.top0..=binding.bottom0;
            let mut left = binding.columns.last().map_or(u32::MAX, |column| column.col0);
            for _ in 0..MAX_TABLES {
                let right = CellRef::new(base.row0, left.saturating_add(1));
                let beside = Top::between(grid, right, end0.unwrap_or(u32::MAX));
                let Found::Bound(other) = beside.find(self.catalogue, grid) else { break };
                if !rows.contains(&other.bottom0) {
                    break;
                }
                left = other.columns.last().map_or(u32::MAX, |column| column.col0);
                let other = Binding { end0, ..other };
                tables.push(self.table(id, grid, &beside, &other, form, kept)?);
            }
            if count == 0 {
                first = found;
            }
            match end0 {
                Some(end0) => base = CellRef::new(end0, 0),
                None => break,
            }
        }
        Ok(first)
    }

    fn table(
        &self,
        id: SheetId,
        grid: &Grid<'_>,
        top: &Top<'_>,
        binding: &Binding,
        form: &str,
        kept: &mut Kept,
    ) -> Result<Table, Refusal> {
        let n_problems = kept.problems.len();
        let table = read_table(id, grid, top, binding, self.catalogue, form, kept)?;
        // What stands in a list of ours is not the sender's mistake.
        if matches!(table.role, Role::ReturnList | Role::Aliases) {
            kept.problems.truncate(n_problems);
        }
        Ok(table)
    }

    /// Reports cells whose bytes are no text in the file's encoding.
    fn broken_text(&self, sheet: SheetId, cells: &[GridCell<'_>], problems: &mut Vec<Problem>) {
        let broken = |cell: &&GridCell<'_>| matches!(&cell.content, CellContent::Text(text) if text.contains('\u{FFFD}'));
        for cell in cells.iter().filter(broken).take(MAX_PROBLEMS) {
            let place = Place { source: self.id, sheet: Some(sheet.sheet), cell: Some(cell.at) };
            let found: String = cell.text().unwrap_or_default().chars().take(40).collect();
            problems.push(Problem::new(ProblemCode::TextBroken, place).found(found));
        }
    }

    fn why_unknown(&self, found: &Found) -> String {
        let title = |layout: usize| self.catalogue.layouts[layout].title.as_str();
        match found {
            Found::Near(layout, missing) => {
                format!("最接近的表式:{},缺少栏目:{}", title(*layout), missing.join("、"))
            }
            Found::Ambiguous(one, other) => format!("同时符合两种表式:{}、{}", title(*one), title(*other)),
            // Not the list of all layouts: it is long, and tells the sender nothing of his workbook.
            _ => "一种已知的表式".to_owned(),
        }
    }
}

fn too_large(len: u64) -> Refusal {
    let megabytes = |len: u64| format!("{} MB", len.div_ceil(1 << 20));
    Refusal::new(ProblemCode::FileTooLarge, megabytes(MAX_FILE_BYTES), megabytes(len))
}

/// Reads a file's bytes, no more than a workbook may have.
fn load(file: &Path) -> Result<Vec<u8>, Refusal> {
    let unreadable = |error: io::Error| Refusal::new(ProblemCode::FileUnreadable, error.to_string(), "");
    let open = File::open(file).map_err(unreadable)?;
    let len = open.metadata().map_err(unreadable)?.len();
    if len > MAX_FILE_BYTES {
        return Err(too_large(len));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(len).unwrap_or(0) + 1);
    // The file may grow while it is read.
    open.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(too_large(bytes.len() as u64));
    }
    Ok(bytes)
}
