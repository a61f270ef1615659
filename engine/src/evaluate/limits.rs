//! Every limit a plugin meets, each with its reason.
//! Only numbers; what guests of every kind share is in `crate::sandbox`. `inspect`, `sandbox` and
//! `recheck` put them in force, and the hostile suite in `tests/hostile/` has a plugin for each that
//! proves it fires.
//!
//! The limits of a call are the same whether one subject or a whole batch is assessed. A batch
//! that spends one is run again subject by subject, so what becomes of a subject depends on that
//! subject alone and never on its neighbours in the batch.

pub(super) use crate::sandbox::{FEATURES, THREAD_STACK, WASM_STACK};

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

// ---- before anything is compiled ------------------------------------------------------------

/// Bytes of a component. The largest honest kind, a Python plugin, has 18.4 MB; wasmtime itself
/// accepts any size.
pub const COMPONENT: usize = 32 * MIB;

/// Bytes of one function. Compile time grows faster than a function does (0.4 MB takes 0.4 s, 4 MB
/// takes 6 s and 600 MB of memory), and no limit of the sandbox reaches the compiler. The largest
/// honest function, in Python's runtime, has 427 kB.
pub const FUNCTION: usize = MIB;

/// Functions in all modules together. Python's runtime has 13,480; 30,000 compile in 2 s.
pub const FUNCTIONS: usize = 50_000;

/// Parameters of a core function. Each call copies them. Python's runtime has 18.
pub const CORE_PARAMS: usize = 64;
/// Results of a core function, for the same reason. Toolchains of today make 1.
pub const CORE_RESULTS: usize = 8;
/// Values that a block takes and gives, together. A loop of a thousand values, twenty bytes, costs the
/// compiler 20 MB; five hundred of them 9 GB. Toolchains of today make none but a single result.
pub const BLOCK_VALUES: usize = 8;

/// Locals by blocks of one function: each may be another value behind every block, of some 40 bytes in
/// the compiler. The runtimes of Python and JavaScript have at most 176,445 and 435,302.
pub const FUNCTION_LOCALS: u64 = 4_000_000;

/// What compiling all functions may cost beyond their length, in the units of `weigh`: the runtimes of
/// Python and JavaScript have 44 and 55 million. What just keeps to it compiles in the time that those
/// take, and without it a component of 100 kB takes minutes.
pub const COMPILE_WORK: u64 = 100_000_000;

// ---- while it runs --------------------------------------------------------------------------

/// Instructions of starting an instance. Apart from the budget of a call, because how much of an
/// instance's start is charged depends on the operating system.
pub const FUEL_START: u64 = 2_000_000_000;

/// Instructions of a call, about a second. A batch of 64 sheets of 60 items takes 7 million in
/// Rust and 800 million in JavaScript.
pub const FUEL_CALL: u64 = 2_000_000_000;

/// Instructions of a call for each item of the checklist, on top of [`FUEL_CALL`]: long
/// checklists have long answers. Five times what JavaScript needs for one.
pub const FUEL_ITEM: u64 = 1_000_000;

/// Instructions that each subject brings for all calls of a plugin together, beside [`FUEL_ITEM`] for
/// each item. A plugin that stays just below the limit of each call would cost a county's run a day.
pub const FUEL_SUBJECT: u64 = 10_000_000;
/// Instructions that a plugin may be ahead of its subjects: ten calls that spend all of theirs.
pub const FUEL_AHEAD: u64 = 10 * FUEL_CALL;

/// Seconds of a call by the clock, in ticks. Only a guard for what instructions do not measure:
/// the budgets above are spent in about a second, so on any usable machine they are met first
/// and results do not depend on the clock.
pub const CALL_SECONDS: u64 = 30;

/// Bytes of linear memory, all memories of an instance together; wasmtime's own limit is for each.
/// JavaScript needs 13 MB for a batch. A guest that asks for more is stopped and not merely
/// refused, so that it cannot come to another result for want of memory.
pub const MEMORY: usize = 64 * MIB;

/// Memories, tables and core instances. Python has 1, 2 and 38.
pub const MEMORIES: usize = 4;
/// See [`MEMORIES`].
pub const TABLES: usize = 8;
/// See [`MEMORIES`].
pub const INSTANCES: usize = 64;

/// Elements of all tables together, 8 bytes each on the host. JavaScript has 7,688.
pub const TABLE_ELEMENTS: usize = 20_000;

/// Bytes the host copies out of one call. A list of strings may point a million times at the same
/// bytes, so the size of the guest's memory is no bound. A batch of 64 sheets with evidence for
/// every item takes less than 1 MB, and one in columns no more than twice that.
pub const RESULT: usize = 32 * MIB;

// ---- how subjects are run -------------------------------------------------------------------

/// Subjects of a batch. A constant, so that how subjects are cut does not depend on the number of
/// threads. With a record for each answer a fresh instance costs nothing from 64 up.
pub const BATCH: usize = 64;
/// The same in columns, where a subject costs a tenth and an instance as much as before. The limits of a
/// call are those of any call: a plugin that needs more than 1/128 of them for a subject is asked one by one.
pub const BATCH_IN_COLUMNS: usize = 128;

/// Batches of one plugin that run at the same time, at most, however many threads there are: what
/// is running when a plugin is given up bounds what it can cost.
pub const WAVE: usize = 16;

/// Subjects on which a plugin may spend its instructions before it is given up and the rest of its
/// subjects are not run. An endless loop costs a second each time; a county has thousands of
/// subjects.
pub const SPENT: u32 = 4;

/// What spending the clock counts for in [`SPENT`]: it takes thirty times as long.
pub const SPENT_CLOCK: u32 = 2;

// ---- what it says about itself --------------------------------------------------------------

/// Bytes of a code, an id or a version. They become keys, file names and columns.
pub const CODE: usize = 64;
/// Bytes of a title, a name, a unit, a clause. They become cells of one line.
pub const TITLE: usize = 512;
/// Bytes of a requirement, a method, a rule, a note. A cell of a workbook holds 32,767 characters.
pub const TEXT: usize = 8 * KIB;

/// Items of a checklist. Real ones have tens to hundreds; a sheet of a workbook must stay usable.
pub const ITEMS: usize = 2_000;
/// Cases, citations or bases of one item; labels of one fact.
pub const PER_ITEM: usize = 64;
/// Rows of any other list of the manifest.
pub const LIST: usize = 1_000;
/// Phrases: every rule may have a few sentences.
pub const PHRASES: usize = 4_000;
/// Schemes, and bands of one.
pub const SCHEMES: usize = 32;
/// Points of one item, full marks of one scheme. Sums over [`ITEMS`] stay far inside an exact
/// decimal.
pub const POINTS: i64 = 1_000_000;
/// Digits after the point of a decimal: as the contract says.
pub const SCALE: u8 = 9;
/// Digits after the point of a shown score.
pub const DIGITS: u8 = 6;

// ---- what it answers ------------------------------------------------------------------------

/// Bytes of a failure's message.
pub const MESSAGE: usize = 2 * KIB;
/// Bytes of a text parameter or of an indicator that is a text.
pub const PARAM: usize = 512;
/// Parameters of one sentence, deductions of one item.
pub const PARAMS: usize = 64;
/// Positions in one list of evidence or items, steps of one working: a unit may hold hundreds of
/// substances, each of which is a step and a cell.
pub const EVIDENCE: usize = 2_000;
/// Rulings, hazards or notes of one subject.
pub const FINDINGS: usize = 1_000;

/// Golden cases of a plugin.
pub const EXAMPLES: usize = 1_000;
/// Bytes of what must come out of a golden case.
pub const EXPECTED: usize = 64 * KIB;
/// Rows, facts or answers of the subject of a golden case.
pub const EXAMPLE_ROWS: usize = 10_000;
