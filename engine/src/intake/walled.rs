//! Reads binary workbooks (xls, et, xlsb) behind a wall: their parsers are a guest of the sandbox.
//! Knows no cell: it hands bytes in, and turns the answer, or the guest's end, into a book.
//!
//! These parsers reserve memory by what a file claims, panic and loop. The guest can call nothing of
//! the host; its memory, its instructions and its time are counted, and what it answers is read with
//! the same mistrust as a file. Whatever it does, the worst is a refusal of the file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anping_reader::wire::{self, Fault, Format, MAX_ANSWER};
use sha2::{Digest, Sha256};
use wasmtime::{Linker, Module};

use super::Refusal;
use super::book::{Book, Sheet};
use super::grid::{Content, GridCell};
use super::limits::{
    MAX_COLS, MAX_MERGES, MAX_ROWS, MAX_SHEETS, MAX_VALUES, READER_FUEL_BYTE, READER_FUEL_MOST,
    READER_FUEL_START, READER_MEMORY, READER_SECONDS,
};
use super::package::{Drawn, Region, hex};
use crate::model::{CellRef, ProblemCode};
use crate::sandbox::{Cache, Ended, Key, Room, Sandbox, THREAD_STACK, ahead, arm};

static READER: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/reader.wasm"));

const ROOM: Room = Room { memory: READER_MEMORY, memories: 1, tables: 1, elements: 10_000, instances: 1 };

/// The wall. Built when the first file needs it: most inboxes hold no binary workbook.
pub struct Wall {
    cache: Option<PathBuf>,
    built: OnceLock<Result<Built, String>>,
}

struct Built {
    sandbox: Sandbox,
    module: Module,
}

impl Wall {
    /// `cache`: folder for compiled code, where what was compiled ahead does not fit; none: compiled for
    /// every inbox then.
    pub fn new(cache: Option<&Path>) -> Self {
        Self { cache: cache.map(Path::to_owned), built: OnceLock::new() }
    }

    /// Reads a workbook. `drawn`: the pictures that the host has found, by part of the package.
    ///
    /// Errors: a refusal, whatever happens behind the wall.
    pub fn read(&self, format: Format, bytes: &[u8], drawn: Drawn) -> Result<Book, Refusal> {
        // On a thread of its own, whose stack holds the guest's and the compiler's.
        let answer = std::thread::scope(|scope| {
            let thread =
                std::thread::Builder::new().name("anping-reader".to_owned()).stack_size(THREAD_STACK);
            let read = thread.spawn_scoped(scope, || self.ask(format, bytes)).map_err(|wrong| {
                Refusal::new(ProblemCode::FileUnreadable, format!("无法启动读取线程:{wrong}"), "")
            })?;
            read.join().unwrap_or_else(|_| Err(chaos()))
        })?;
        match wire::decode(&answer) {
            Some(Ok(book)) => take(book, drawn),
            Some(Err(Fault::Password)) => Err(Refusal::new(ProblemCode::FileEncrypted, "", "加密的工作簿")),
            Some(Err(Fault::TooLong)) => Err(too_long()),
            Some(Err(Fault::Damaged(why))) => Err(Refusal::damaged(format!("内部结构有误:{why}"))),
            None => Err(chaos()),
        }
    }

    fn built(&self) -> Result<&Built, Refusal> {
        let built = self.built.get_or_init(|| {
            let sandbox = Sandbox::new().map_err(|wrong| format!("{wrong:?}"))?;
            let digest = Sha256::digest(READER).into();
            if let Some(module) = ahead::get(sandbox.engine(), &digest) {
                return Ok(Built { sandbox, module });
            }
            let cache = self.cache.as_deref().and_then(Cache::open);
            let key = Key::of(sandbox.engine(), &digest);
            if let Some(module) = cache.as_ref().and_then(|cache| cache.get(sandbox.engine(), key)) {
                return Ok(Built { sandbox, module });
            }
            let module =
                Module::from_binary(sandbox.engine(), READER).map_err(|wrong| format!("{wrong:#}"))?;
            if let Some(cache) = &cache {
                cache.put(key, &module);
            }
            Ok(Built { sandbox, module })
        });
        built.as_ref().map_err(|why| {
            Refusal::new(ProblemCode::FileUnreadable, format!("本机无法运行读取程序:{why}"), "")
        })
    }

    /// Lets the guest read the bytes; its answer as it stands.
    fn ask(&self, format: Format, bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
        let built = self.built()?;
        let mut store = built.sandbox.store(ROOM);
        let fuel = READER_FUEL_START + READER_FUEL_BYTE * bytes.len() as u64;
        let fuel = fuel.min(READER_FUEL_MOST);
        let asked = (|| -> wasmtime::Result<Option<Vec<u8>>> {
            arm(&mut store, fuel, READER_SECONDS)?;
            // A crate of the guest leaves four functions of a browser's glue among its imports and
            // never calls them. Here a call would end the guest; it can reach nothing.
            let mut linker = Linker::new(built.sandbox.engine());
            linker.define_unknown_imports_as_traps(&built.module)?;
            let guest = linker.instantiate(&mut store, &built.module)?;
            let memory =
                guest.get_memory(&mut store, "memory").ok_or_else(|| wasmtime::Error::msg("memory"))?;
            let allocate = guest.get_typed_func::<u32, u32>(&mut store, "allocate")?;
            let read = guest.get_typed_func::<(u32, u32, u32), u64>(&mut store, "read")?;
            let len = u32::try_from(bytes.len())?;
            let at = allocate.call(&mut store, len)?;
            memory.write(&mut store, at as usize, bytes)?;
            let answer = read.call(&mut store, (format.number(), at, len))?;
            let (at, len) = ((answer >> 32) as usize, (answer & 0xFFFF_FFFF) as usize);
            if len > MAX_ANSWER {
                return Ok(None);
            }
            let end = at.saturating_add(len);
            Ok(memory.data(&store).get(at..end).map(<[u8]>::to_vec))
        })();
        match asked {
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => Err(chaos()),
            Err(wrong) => Err(match store.data().ended(&wrong) {
                Ended::Memory | Ended::HostMemory => Refusal::limit(
                    format!("读取所需内存不超过 {} MB", READER_MEMORY >> 20),
                    format!("超过 {} MB", READER_MEMORY >> 20),
                ),
                Ended::Fuel | Ended::Clock => {
                    Refusal::limit("读取时间不超过上限", "一直读不完,文件可能已损坏")
                }
                Ended::Stack | Ended::Table | Ended::Trap(_) | Ended::Other(_) => chaos(),
            }),
        }
    }
}

/// The parser gave up without a word.
fn chaos() -> Refusal {
    Refusal::damaged("内部结构混乱,无法解析".to_owned())
}

fn too_long() -> Refusal {
    Refusal::limit(
        format!("读出的内容不超过 {} MB", MAX_ANSWER >> 20),
        format!("超过 {} MB", MAX_ANSWER >> 20),
    )
}

/// Checks the guest's book and makes it ours.
fn take(book: wire::Book, mut drawn: Drawn) -> Result<Book, Refusal> {
    if book.sheets.len() > MAX_SHEETS {
        return Err(Refusal::limit(format!("不超过 {MAX_SHEETS} 张工作表"), book.sheets.len()));
    }
    if book.sheets.is_empty() {
        return Err(Refusal::damaged("工作簿内没有工作表".to_owned()));
    }
    let outside = |cell: &wire::Cell| cell.row0 >= MAX_ROWS || cell.col0 >= MAX_COLS;
    if book.sheets.iter().any(|sheet| sheet.cells.iter().any(outside)) {
        return Err(Refusal::damaged("有单元格超出表格范围".to_owned()));
    }
    if book.sheets.iter().map(|sheet| sheet.cells.len()).sum::<usize>() > MAX_VALUES {
        return Err(Refusal::limit(
            format!("不超过 {MAX_VALUES} 个有内容的单元格"),
            format!("超过 {MAX_VALUES}"),
        ));
    }
    let mut sheets = Vec::with_capacity(book.sheets.len());
    for sheet in book.sheets {
        if sheet.merges.len() > MAX_MERGES {
            return Err(Refusal::limit(
                format!("每张表不超过 {MAX_MERGES} 处合并"),
                format!("超过 {MAX_MERGES}"),
            ));
        }
        let merges = sheet.merges.iter().filter_map(|[top, left, bottom, right]| {
            Region::new(CellRef::new(*top, *left), CellRef::new(*bottom, *right))
        });
        let mut comments: BTreeMap<CellRef, String> = BTreeMap::new();
        for ([row0, col0], text) in sheet.comments {
            if row0 < MAX_ROWS && col0 < MAX_COLS {
                comments.entry(CellRef::new(row0, col0)).or_default().push_str(&text);
            }
        }
        let mut pictures = drawn.remove(&sheet.part.to_lowercase()).unwrap_or_default();
        for ([row0, col0], digest) in &sheet.pictures {
            if *row0 < MAX_ROWS && *col0 < MAX_COLS {
                pictures.entry(CellRef::new(*row0, *col0)).or_default().push(hex(digest));
            }
        }
        sheets.push(Sheet {
            visible: sheet.visible,
            merges: merges.collect(),
            hidden_rows: sheet.hidden_rows,
            hidden_cols: sheet
                .hidden_cols
                .iter()
                .flat_map(|[first, last]| *first..=(*last).min(MAX_COLS))
                .take(MAX_COLS as usize)
                .collect(),
            percents: sheet.percents.iter().map(|[row0, col0]| CellRef::new(*row0, *col0)).collect(),
            comments,
            pictures,
            cells: sheet.cells.into_iter().map(cell).collect(),
            name: sheet.name,
        });
    }
    Ok(Book { epoch_1904: book.epoch_1904, sheets })
}

fn cell(cell: wire::Cell) -> GridCell<'static> {
    let content = match cell.value {
        wire::Value::Text(text) => Content::Text(text.into()),
        wire::Value::Number(number) => Content::Number(number),
        wire::Value::Serial(serial) => Content::Serial(serial),
        wire::Value::IsoDate(day) => Content::IsoDate(day),
        wire::Value::Flag(flag) => Content::Flag(flag),
        wire::Value::Error(error) => Content::Error(error),
        wire::Value::Uncalculated => Content::Uncalculated,
    };
    GridCell { at: CellRef::new(cell.row0, cell.col0), content, formula: cell.formula }
}
