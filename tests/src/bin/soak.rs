//! Runs `anping assess` many times in one process and says how much memory the process holds after each
//! tenth of the runs: what a single run forgets to give back shows only here. Linux.
//!
//! ```text
//! soak [RUNS] [INBOX]
//! ```

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::{env, fs};

use acceptance::{anping, town};

/// Grown by more than this between the second tenth of the runs and the last, it leaks. The first runs fill
/// the allocator's arenas.
const MOST_PERCENT: u64 = 10;

/// Kilobytes of memory that the process holds. Errors: the system does not say.
fn held() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

fn main() -> io::Result<ExitCode> {
    let args: Vec<_> = env::args().skip(1).collect();
    let runs: u64 = args.first().and_then(|runs| runs.parse().ok()).unwrap_or(1_000).max(20);
    let inbox = args.get(1).cloned().unwrap_or_else(|| town().to_string_lossy().into_owned());
    let outbox = tempfile::tempdir()?;
    let outbox = outbox.path().to_string_lossy().into_owned();
    let mut out = io::stdout().lock();
    let mut early = 0;
    let mut late = 0;
    for run in 1..=runs {
        // Every other run has another day, so that all reports are written and not only compared.
        let day = if run % 2 == 0 { "2026-12-30" } else { "2026-12-31" };
        let ran = anping(&["assess", &inbox, "-o", &outbox, "--as-of", day]);
        if ran.exit.code() > 1 {
            writeln!(out, "run {run}: exit {}: {}", ran.exit.code(), ran.err)?;
            return Ok(ExitCode::FAILURE);
        }
        if run % (runs / 10) == 0 {
            let Some(now) = held() else {
                writeln!(out, "the system does not say how much memory is held")?;
                return Ok(ExitCode::FAILURE);
            };
            writeln!(out, "{run} runs: {} MB", now >> 10)?;
            if run <= runs / 5 {
                early = now;
            }
            late = now;
        }
    }
    let leaks = late * 100 > early * (100 + MOST_PERCENT);
    writeln!(out, "{}: {} MB then {} MB", if leaks { "BAD" } else { "good" }, early >> 10, late >> 10)?;
    Ok(if leaks { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
