//! Hands arguments, streams, locale and today's date to `cli::run`.

use std::io::{self, IsTerminal as _, Write as _};
use std::panic;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anping::cli::{self, Exit, World};
use anping::model::{Date, Lang};
use jiff::Timestamp;
use jiff::tz::Offset;

fn main() -> ExitCode {
    refuse_instead_of_dying();
    share_memory_between_threads();
    let cancelled = Arc::new(AtomicBool::new(false));
    let wish = Arc::clone(&cancelled);
    // Without a handler Ctrl-C ends the process at once, which also leaves no half outbox.
    let _ = ctrlc::set_handler(move || {
        if wish.swap(true, Ordering::Relaxed) {
            // Asked twice: outputs are written beside and renamed, so ending here leaves none half.
            std::process::exit(i32::from(Exit::Interrupted.code()));
        }
    });
    // A reader's panic on a damaged workbook is caught and becomes a problem of that file; only a
    // panic that ends the process is worth a word.
    panic::set_hook(Box::new(|info| {
        *LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner) = info.to_string()
    }));
    let ended = panic::catch_unwind(|| {
        let terminal = io::stderr().is_terminal();
        let mut out = io::BufWriter::new(io::stdout());
        let mut err = io::stderr();
        let mut world = World {
            today: today(),
            lang: locale(),
            cache: dirs::cache_dir(),
            program: program(),
            terminal,
            out: &mut out,
            err: &mut err,
            cancelled: &cancelled,
        };
        let exit = cli::run(std::env::args_os(), &mut world);
        // A reader that closed the pipe has what it wanted.
        let _ = out.flush();
        exit
    });
    let exit = ended.unwrap_or_else(|_| {
        let said = LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = writeln!(
            io::stderr(),
            "程序自身的错误,请连同下面一行报告 / a bug, please report it with this line:\n{said}"
        );
        Exit::Bug
    });
    ExitCode::from(exit.code())
}

/// A file beyond the limit of its size (`ulimit -f`) is an error of the write, like a full disk, and
/// not the end of the process without a word.
#[cfg(unix)]
fn refuse_instead_of_dying() {
    // SAFETY: called first, while there is one thread; ignoring a signal installs no handler.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
}

#[cfg(not(unix))]
fn refuse_instead_of_dying() {}

/// What one thread frees another may use: by default each has a heap of its own, and a county's workbooks,
/// read in some threads, leave theirs empty and large while others make the ledger and the reports.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn share_memory_between_threads() {
    // As many heaps as threads can run at once: seldom does one wait for another.
    let n_heaps =
        std::thread::available_parallelism().map_or(1, |n| libc::c_int::try_from(n.get()).unwrap_or(1));
    // SAFETY: called first, while there is one thread; the call sets a number of the allocator.
    unsafe { libc::mallopt(libc::M_ARENA_MAX, n_heaps) };
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn share_memory_between_threads() {}

/// What the last panic said.
static LAST_PANIC: Mutex<String> = Mutex::new(String::new());

/// What tells this build from every other without reading all of it: version, length and time of the
/// running file. None where the system does not say.
fn program() -> Option<String> {
    let about = std::env::current_exe().ok()?.metadata().ok()?;
    let built = about.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(format!("{} {} {}", env!("CARGO_PKG_VERSION"), about.len(), built.as_nanos()))
}

/// Today in China, whatever the machine's time zone: the offices have one civil date.
fn today() -> Date {
    Offset::constant(8).to_datetime(Timestamp::now()).date()
}

/// English where the locale names another language than Chinese; Chinese otherwise.
fn locale() -> Lang {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty());
    match set.as_deref() {
        None | Some("C" | "POSIX" | "C.UTF-8" | "C.utf8") => Lang::Zh,
        Some(value) if value.starts_with("zh") => Lang::Zh,
        Some(_) => Lang::En,
    }
}
