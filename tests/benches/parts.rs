//! How long each step of a run takes by itself: `cargo bench -p acceptance [-- NAME]`. Whole runs and their
//! memory are measured from outside, by the commands in the README. Asserts no time.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use acceptance::county::{self, County};
use acceptance::{AS_OF, anping, assess, settings, town, whole_town, workspace};
use anping::evaluate::{Host, LoadedPlugin};
use anping::intake::{built_in_layouts, load_again, read_inbox};
use anping::ledger;
use anping::model::{Evaluation, Resolver, Run, Subject};
use anping::pipeline;
use anping::report::{self, Templates, results};
use anping::score;
use anping::signals::{self, Evidence};
use divan::{Bencher, black_box, counter::ItemsCount};
use tempfile::TempDir;

/// Rows of a county's lists.
const ROWS: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];

/// The sample town, once for all benches.
struct Sample {
    inbox: TempDir,
    run: Run,
}

static SAMPLE: LazyLock<Sample> = LazyLock::new(|| {
    let inbox = whole_town();
    let run = assess(inbox.path(), &settings());
    Sample { inbox, run }
});

static PLUGINS: LazyLock<(Host, Vec<LoadedPlugin>)> = LazyLock::new(|| {
    let (host, plugins, _) = pipeline::load_plugins(&settings()).expect("the sandbox can be set up");
    (host, plugins)
});

fn main() {
    divan::main();
}

/// All workbooks of the town: bytes to tables.
#[divan::bench(sample_count = 20)]
fn intake(bencher: Bencher<'_, '_>) {
    let layouts = built_in_layouts();
    let n_files = ItemsCount::new(SAMPLE.run.sources.came_in().count());
    bencher.counter(n_files).bench(|| {
        read_inbox(SAMPLE.inbox.path(), &layouts, None, &|_, _| (), &|| false).expect("the inbox is there")
    });
}

/// A county's lists as workbooks: bytes to tables.
#[divan::bench(args = ROWS, sample_count = 3)]
fn intake_lists(bencher: Bencher<'_, '_>, n_rows: usize) {
    let inbox = county::inbox(n_rows).expect("a folder that can be written");
    let layouts = built_in_layouts();
    bencher.counter(ItemsCount::new(n_rows)).bench_local(|| {
        let read = read_inbox(inbox.path(), &layouts, None, &|_, _| (), &|| false);
        let read = read.expect("the inbox is there");
        let lists = read.tables.iter().filter(|table| table.is("office-hazards"));
        let n_read: usize = lists.map(|table| table.rows.len()).sum();
        assert_eq!(n_read, n_rows, "a list that is not understood measures nothing");
    });
}

/// Whom names mean.
#[divan::bench(args = ROWS, sample_count = 5)]
fn resolve(bencher: Bencher<'_, '_>, n_rows: usize) {
    let county = County::of(n_rows);
    let resolver = Resolver::new(&county.register);
    let names = || {
        let rows = county
            .tables
            .iter()
            .flat_map(|table| table.rows.iter().filter_map(|row| table.cell(row, "unit")));
        rows.filter_map(|cell| cell.value.text())
    };
    bencher.counter(ItemsCount::new(n_rows)).bench_local(|| {
        for name in names() {
            black_box(resolver.resolve(name, ""));
        }
    });
}

/// Rows to hazards.
#[divan::bench(args = ROWS, sample_count = 3)]
fn merge(bencher: Bencher<'_, '_>, n_rows: usize) {
    let County { sources, tables, register } = County::of(n_rows);
    let resolver = Resolver::new(&register);
    let rules = ledger::Rules::built_in();
    bencher
        .counter(ItemsCount::new(n_rows))
        .bench_local(|| ledger::build(&sources, &tables, &register, &resolver, &rules));
}

/// Rows that a person should look at together.
#[divan::bench(args = ROWS, sample_count = 3)]
fn signal(bencher: Bencher<'_, '_>, n_rows: usize) {
    let County { sources, tables, register } = County::of(n_rows);
    let resolver = Resolver::new(&register);
    let (ledger, _) = ledger::build(&sources, &tables, &register, &resolver, &ledger::Rules::built_in());
    let evidence = Evidence {
        sources: &sources,
        tables: &tables,
        register: &register,
        resolver: &resolver,
        ledger: &ledger,
        told: &[],
    };
    let rules = signals::Rules::built_in();
    bencher.counter(ItemsCount::new(n_rows)).bench_local(|| signals::find(evidence, &rules));
}

/// Plugins that have checks in the town.
fn plugins() -> Vec<String> {
    let mut found: Vec<_> = SAMPLE
        .run
        .checks
        .iter()
        .map(|check| SAMPLE.run.plugins[check.subject.plugin].manifest.id.clone())
        .collect();
    found.dedup();
    found
}

/// The town's subjects of one plugin, in the sandbox.
#[divan::bench(args = plugins(), sample_count = 20)]
fn evaluate(bencher: Bencher<'_, '_>, id: &str) {
    let (host, loaded) = &*PLUGINS;
    let is_own = |subject: &&Subject| SAMPLE.run.plugins[subject.plugin].manifest.id == id;
    let subjects: Vec<Subject> =
        SAMPLE.run.checks.iter().map(|check| &check.subject).filter(is_own).cloned().collect();
    bencher
        .counter(ItemsCount::new(subjects.len()))
        .bench_local(|| host.evaluate(loaded, &subjects, AS_OF, &[], &|_, _| ()));
}

/// All checks of the town, in exact decimals.
#[divan::bench]
fn scores(bencher: Bencher<'_, '_>) {
    let run = &SAMPLE.run;
    bencher.counter(ItemsCount::new(run.checks.len())).bench_local(|| {
        for check in &run.checks {
            if let Evaluation::Assessed(assessed) = &check.evaluation {
                let manifest = &run.plugins[check.subject.plugin].manifest;
                black_box(score::score(manifest, &check.subject, assessed).is_ok());
            }
        }
    });
}

/// The town's workbooks.
#[divan::bench(sample_count = 10)]
fn reports(bencher: Bencher<'_, '_>) {
    let templates = Templates::built_in();
    bencher.bench(|| report::workbooks(&SAMPLE.run, &templates).expect("the sample is written"));
}

/// The town's workbooks that go back, marked.
#[divan::bench(sample_count = 10)]
fn returns(bencher: Bencher<'_, '_>) {
    let templates = Templates::built_in();
    let load = |source: &_| load_again(SAMPLE.inbox.path(), source);
    bencher.bench(|| report::returns(&SAMPLE.run, &templates, None, &load).expect("the sample is marked"));
}

/// `results.json` of the town.
#[divan::bench(sample_count = 20)]
fn results_json(bencher: Bencher<'_, '_>) {
    bencher.bench(|| results::write(&SAMPLE.run, &mut std::io::sink()));
}

/// One form of an authority, filled from a file of facts.
#[divan::bench(sample_count = 20)]
fn form_fill(bencher: Bencher<'_, '_>) {
    let spec = workspace().join("templates/report/monthly-report");
    let facts = workspace().join("tests/expected/forms/facts/monthly-report.json");
    let outbox = tempfile::tempdir().expect("a folder");
    let text = |path: PathBuf| path.to_string_lossy().into_owned();
    let (form, output) =
        (text(spec.join("隐患排查治理情况月报表.xlsx")), text(outbox.path().join("月报.xlsx")));
    let (spec, facts) = (text(spec), text(facts));
    bencher
        .bench_local(|| anping(&["form", "fill", &form, "--spec", &spec, "--facts", &facts, "-o", &output]));
}

/// A county's lists to the ledger's workbooks, by the command.
#[divan::bench(args = ROWS, sample_count = 1)]
fn whole_ledger(bencher: Bencher<'_, '_>, n_rows: usize) {
    let inbox = county::inbox(n_rows).expect("a folder that can be written");
    let outbox = tempfile::tempdir().expect("a folder");
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let (inbox, outbox) = (text(inbox.path()), text(outbox.path()));
    bencher.counter(ItemsCount::new(n_rows)).bench_local(|| anping(&["ledger", &inbox, "-o", &outbox]));
}

/// The demo's inbox to its outbox, by the command: cold plugins excepted, all that a clerk waits for.
#[divan::bench(sample_count = 10)]
fn whole_run(bencher: Bencher<'_, '_>) {
    let outbox = tempfile::tempdir().expect("a folder");
    let text = |path: PathBuf| path.to_string_lossy().into_owned();
    let (inbox, outbox) = (text(town()), text(outbox.path().to_owned()));
    bencher.bench_local(|| anping(&["assess", &inbox, "-o", &outbox]));
}
