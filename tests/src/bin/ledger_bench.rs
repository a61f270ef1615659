//! How long the hazard ledger takes: 10,000, 100,000 and 1,000,000 rows with duplicates, or as many as
//! the arguments say. Run it with `cargo run --release -p acceptance --bin ledger_bench [ROWS …]`.
//! Measures merging, statistics, signals, campaigns and department counts: reading workbooks has a benchmark
//! of its own.

use std::io;
use std::time::{Duration, Instant};

use acceptance::county::{County, START, departments, place};
use anping::campaign::{self, Plan};
use anping::ledger::{self, Rules};
use anping::model::ledger::{By, Span};
use anping::model::{self, Date, Resolver};
use anping::returns;
use anping::signals::{self, Evidence};

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

fn measure(n_rows: usize, out: &mut dyn io::Write) -> io::Result<()> {
    let County { sources, tables, register } = County::of(n_rows);
    let n_enterprises = register.enterprises.len();
    let resolver = Resolver::new(&register);
    let begin = Instant::now();
    let (ledger, problems) = ledger::build(&sources, &tables, &register, &resolver, &Rules::built_in());
    let merged = begin.elapsed();
    let begin = Instant::now();
    let span = Span::year_to(Date::constant(2026, 12, 31));
    let lines: usize = By::ALL.into_iter().map(|by| ledger.statistics(&register, span, by).lines.len()).sum();
    let counted = begin.elapsed();
    let day = Date::constant(2026, 12, 31);
    let begin = Instant::now();
    let visits: Vec<_> = (0..n_rows / 10)
        .map(|n| model::campaign::Visit {
            day: START.saturating_add(jiff::Span::new().days(i64::try_from(n * 3_400 / n_rows).unwrap_or(0))),
            enterprise: model::EnterpriseId(u32::try_from(n % n_enterprises).unwrap_or(0)),
            at: vec![place(0, n, 1)],
        })
        .collect();
    let plans = Plan::built_in();
    let campaigns = campaign::judge(&plans, &tables, &register, &resolver, &visits, &ledger, day);
    let judged = begin.elapsed();
    let begin = Instant::now();
    let evidence = Evidence {
        sources: &sources,
        tables: &tables,
        register: &register,
        resolver: &resolver,
        ledger: &ledger,
        told: &[],
    };
    let (found, _) = signals::find(evidence, &signals::Rules::built_in());
    let signalled = begin.elapsed();
    let begin = Instant::now();
    let typed = departments(n_rows);
    let differ = returns::departments::compare(&typed, &ledger).len();
    let compared = begin.elapsed();
    writeln!(
        out,
        "{n_rows} rows: {} campaigns in {}, {} signals in {}, {} typed months ({differ} differ) in {}",
        campaigns.len(),
        seconds(judged),
        found.len(),
        seconds(signalled),
        typed.iter().map(|table| table.rows.len()).sum::<usize>(),
        seconds(compared),
    )?;
    writeln!(
        out,
        "{n_rows} rows: {} hazards, {} suspected pairs, {} problems; merged in {}, four tables ({lines} lines) in {}",
        ledger.hazards.len(),
        ledger.pairs.len(),
        problems.len(),
        seconds(merged),
        seconds(counted),
    )
}

fn main() -> io::Result<()> {
    let given: Vec<usize> = std::env::args().skip(1).filter_map(|arg| arg.parse().ok()).collect();
    let sizes = if given.is_empty() { vec![10_000, 100_000, 1_000_000] } else { given };
    let mut out = io::stdout().lock();
    for n_rows in sizes.into_iter().filter(|n_rows| *n_rows > 0) {
        measure(n_rows, &mut out)?;
    }
    Ok(())
}
