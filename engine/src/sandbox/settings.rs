//! The settings under which guests are compiled and run. The build script reads this file too: it
//! compiles the built-in guests ahead, and code made under other settings is refused at run time.
//! Knows only `wasmtime`: nothing of this crate may be named here.

use wasmtime::{
    Config, OperatorCost, OptLevel, RegallocAlgorithm, Result, Strategy, VariableOperatorCost, WasmFeatures,
};

/// What the language of a guest may have. Whatever is off cannot be attacked. Threads, relaxed
/// SIMD and asynchrony would make results depend on the machine; several memories, 64-bit
/// memories, garbage collection, exceptions and tail calls are used by no guest toolchain that
/// makes plugins today. Python needs `EXTENDED_CONST`.
pub(crate) const FEATURES: WasmFeatures = WasmFeatures::MUTABLE_GLOBAL
    .union(WasmFeatures::SATURATING_FLOAT_TO_INT)
    .union(WasmFeatures::SIGN_EXTENSION)
    .union(WasmFeatures::REFERENCE_TYPES)
    .union(WasmFeatures::MULTI_VALUE)
    .union(WasmFeatures::BULK_MEMORY)
    .union(WasmFeatures::SIMD)
    .union(WasmFeatures::EXTENDED_CONST)
    .union(WasmFeatures::FLOATS)
    .union(WasmFeatures::COMPONENT_MODEL);

/// Instructions that a grown page of memory costs, so that growing is not free work.
const FUEL_PAGE: u8 = 100;

/// Bytes of wasm stack. Honest recursion is shallow: Python's interpreter stays below a quarter.
pub(crate) const WASM_STACK: usize = 512 << 10;

/// How guests are compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Build {
    /// As in every run.
    Ordinary,
    /// Otherwise wherever the results must not depend on it: without optimisation, with another
    /// allocator of registers, with bounds that are tested and not trapped, with memories that are
    /// initialised by code. Slow; what comes out differently under it is no result.
    Other,
}

/// The settings for compiling on the machine that runs, with all that its processor can.
pub(crate) fn native(build: Build) -> Config {
    let mut config = Config::new();
    config
        // The other compiler of wasmtime had several holes in its sandbox.
        .strategy(Strategy::Cranelift)
        .cranelift_opt_level(OptLevel::Speed)
        // A NaN's bits differ between processors.
        .cranelift_nan_canonicalization(true)
        .wasm_features(WasmFeatures::all(), false)
        .wasm_features(FEATURES, true)
        // Counts instructions: the same on every machine.
        .consume_fuel(true)
        // And the clock beside it, for what instructions do not measure.
        .epoch_interruption(true)
        .max_wasm_stack(WASM_STACK)
        // Frames are worth nothing to an office, and sector plugins are stripped.
        .wasm_backtrace_max_frames(None);
    let mut cost = OperatorCost::new();
    cost.variable = VariableOperatorCost { memory_grow_per_page: FUEL_PAGE, ..VariableOperatorCost::new() };
    config.operator_cost(cost);
    if build == Build::Other {
        config
            .cranelift_opt_level(OptLevel::None)
            .cranelift_regalloc_algorithm(RegallocAlgorithm::SinglePass)
            .signals_based_traps(false)
            .memory_reservation(0)
            .memory_guard_size(0)
            .memory_init_cow(false);
    }
    config
}

/// The settings for compiling ahead: as [`native`] in every run, but with nothing that only some
/// processors of the kind have, so that the code runs on all of them.
///
/// `target`: as the Rust compiler names it.
///
/// Errors: a target that wasmtime does not know.
#[allow(dead_code, reason = "the build script's")]
pub(crate) fn ahead(target: &str) -> Result<Config> {
    let mut config = native(Build::Ordinary);
    config.target(target)?;
    Ok(config)
}
