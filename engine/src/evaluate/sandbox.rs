//! One engine, its settings, and calls under limits.
//! Knows no manifest and no subject: it starts guests, calls them, and says how a call ended.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use wasmtime::component::{Component, Linker};
use wasmtime::{
    Config, Engine, OperatorCost, OptLevel, ResourceLimiter, Store, Strategy, Trap, VariableOperatorCost,
    WasmFeatures,
};

use super::Error;
use super::fault::{Fault, clause};
use super::limits;
use super::v1::{Guest, GuestPre};

/// The settings under which plugins are compiled and run.
fn config() -> Config {
    let mut config = Config::new();
    config
        // The other compiler of wasmtime had several holes in its sandbox.
        .strategy(Strategy::Cranelift)
        .cranelift_opt_level(OptLevel::Speed)
        // A NaN's bits differ between processors.
        .cranelift_nan_canonicalization(true)
        .wasm_features(WasmFeatures::all(), false)
        .wasm_features(limits::FEATURES, true)
        // Counts instructions: the same on every machine.
        .consume_fuel(true)
        // And the clock beside it, for what instructions do not measure.
        .epoch_interruption(true)
        .max_wasm_stack(limits::WASM_STACK)
        // Frames are worth nothing to an office, and sector plugins are stripped.
        .wasm_backtrace_max_frames(None);
    let mut cost = OperatorCost::new();
    cost.variable =
        VariableOperatorCost { memory_grow_per_page: limits::FUEL_PAGE, ..VariableOperatorCost::new() };
    config.operator_cost(cost);
    config
}

/// What an instance has taken of what is counted by the host.
#[derive(Debug, Default)]
pub(super) struct Taken {
    memory: usize,
    elements: usize,
    /// The limit it ran into, if any: kept here because the error that ends a call may be another.
    over: Option<Fault>,
}

impl Taken {
    fn refuse(&mut self, over: Fault) -> wasmtime::Result<bool> {
        self.over.get_or_insert(over);
        // An error ends the call at once; `false` would let the guest go on without the memory.
        Err(wasmtime::Error::msg("beyond the limit"))
    }
}

impl ResourceLimiter for Taken {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // The guest's own maximum is part of the guest: it sees that it cannot grow, everywhere.
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let total = self.memory.saturating_add(desired.saturating_sub(current));
        if total > limits::MEMORY {
            return self.refuse(Fault::Memory);
        }
        self.memory = total;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        // We allowed it and the system did not: what the guest makes of that would be a result that
        // depends on the machine.
        self.refuse(Fault::HostMemory).map(|_| ())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let total = self.elements.saturating_add(desired.saturating_sub(current));
        if total > limits::TABLE_ELEMENTS {
            return self.refuse(Fault::Table);
        }
        self.elements = total;
        Ok(true)
    }

    fn table_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.refuse(Fault::HostMemory).map(|_| ())
    }

    fn memories(&self) -> usize {
        limits::MEMORIES
    }

    fn tables(&self) -> usize {
        limits::TABLES
    }

    fn instances(&self) -> usize {
        limits::INSTANCES
    }
}

/// One engine for all plugins, with the clock that guards their calls.
pub(super) struct Sandbox {
    engine: Engine,
    _clock: Clock,
}

impl Sandbox {
    pub(super) fn new() -> Result<Self, Error> {
        let engine = Engine::new(&config()).map_err(|wrong| Error::Engine(format!("{wrong:#}")))?;
        let clock = Clock::start(&engine).map_err(Error::Thread)?;
        Ok(Self { engine, _clock: clock })
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Compiles a component that `inspect` found right.
    pub(super) fn compile(&self, bytes: &[u8]) -> Result<Component, Fault> {
        // Compilers are outside of wasmtime's promise not to panic on hostile input. Nothing is
        // left behind by a compilation that was given up.
        let compile = std::panic::AssertUnwindSafe(|| Component::from_binary(&self.engine, bytes));
        match std::panic::catch_unwind(compile) {
            Ok(compiled) => compiled.map_err(|wrong| Fault::NotCompiled(reason(&wrong))),
            Err(_) => Err(Fault::NotCompiled("compiler panicked".to_owned())),
        }
    }

    /// Links a component to nothing at all, and finds the contract's functions in it.
    pub(super) fn link(&self, component: &Component) -> Result<GuestPre<Taken>, Fault> {
        Linker::new(&self.engine)
            .instantiate_pre(component)
            .and_then(GuestPre::new)
            .map_err(|wrong| Fault::OtherTypes(reason(&wrong)))
    }

    /// Makes a fresh instance, runs its start functions, and calls it once.
    ///
    /// `fuel`: instructions of the call, apart from those of the start.
    pub(super) fn call<R>(
        &self,
        guest: &GuestPre<Taken>,
        fuel: u64,
        call: impl FnOnce(&Guest, &mut Store<Taken>) -> wasmtime::Result<R>,
    ) -> Result<R, Fault> {
        let mut store = Store::new(&self.engine, Taken::default());
        store.limiter(|taken| taken);
        store.set_hostcall_fuel(limits::RESULT);
        // Before the instance is made: its start functions are the plugin's code too.
        arm(&mut store, limits::FUEL_START, TICKS)?;
        let instance = guest.instantiate(&mut store).map_err(|wrong| {
            let ended = |wrong: &wasmtime::Error| Fault::NotStarted(reason(wrong));
            why(store.data(), &wrong, limits::FUEL_START, ended)
        })?;
        arm(&mut store, fuel, TICKS)?;
        call(&instance, &mut store).map_err(|wrong| {
            // The error's type is private to wasmtime; the hostile suite notices when its words
            // change.
            let ended = |wrong: &wasmtime::Error| match reason(wrong) {
                text if text.contains("fuel allocated for hostcalls") => Fault::Result,
                text => Fault::NotAValue(text),
            };
            why(store.data(), &wrong, fuel, ended)
        })
    }
}

/// The clock's budget of a call.
const TICKS: u64 = limits::CALL_SECONDS * 1000 / limits::TICK_MILLIS;

/// Fills both budgets. Without this a store has none of either, and everything traps at once.
fn arm(store: &mut Store<Taken>, fuel: u64, ticks: u64) -> Result<(), Fault> {
    store.set_epoch_deadline(ticks);
    store.set_fuel(fuel).map_err(|wrong| Fault::NotStarted(reason(&wrong)))
}

/// How a call ended, from the surest sign down: what the host refused, what trap it was, and at
/// last where it happened.
fn why(
    taken: &Taken,
    wrong: &wasmtime::Error,
    fuel: u64,
    otherwise: impl FnOnce(&wasmtime::Error) -> Fault,
) -> Fault {
    if let Some(over) = &taken.over {
        return over.clone();
    }
    match wrong.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => Fault::Fuel(fuel),
        Some(Trap::Interrupt) => Fault::Clock,
        Some(Trap::StackOverflow) => Fault::Stack,
        Some(Trap::UnreachableCodeReached) => Fault::Trap("unreachable".to_owned()),
        Some(trap) => Fault::Trap(clause(trap.to_string().trim_start_matches("wasm trap: "))),
        None => otherwise(wrong),
    }
}

/// The innermost cause: the outer ones say which function was called.
fn reason(wrong: &wasmtime::Error) -> String {
    clause(&wrong.root_cause().to_string())
}

/// Advances the engine's epoch while the sandbox lives.
struct Clock {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Clock {
    fn start(engine: &Engine) -> std::io::Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let engine = engine.weak();
        let tick = Duration::from_millis(limits::TICK_MILLIS);
        let thread = std::thread::Builder::new().name("anping-clock".to_owned()).spawn(move || {
            while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(tick) {
                let Some(engine) = engine.upgrade() else { return };
                engine.increment_epoch();
            }
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        // Without a sender the thread wakes at once and ends.
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A clock that panicked has nothing left to clean up.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use wasmtime::{Instance, Module};

    use super::*;

    /// `(module (func (export "f") (loop (br 0))))`
    const LOOPS: &[u8] = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x07\x05\x01\x01f\0\0\
        \x0a\x09\x01\x07\0\x03\x40\x0c\0\x0b\x0b";

    /// How an endless loop ends under these budgets.
    fn ends(fuel: u64, ticks: u64) -> Fault {
        let sandbox = Sandbox::new().expect("the sandbox runs here");
        let module = Module::from_binary(sandbox.engine(), LOOPS).expect("it is a module");
        let mut store = Store::new(sandbox.engine(), Taken::default());
        store.limiter(|taken| taken);
        arm(&mut store, fuel, ticks).expect("budgets can be set");
        let instance = Instance::new(&mut store, &module, &[]).expect("it starts");
        let looped =
            instance.get_typed_func::<(), ()>(&mut store, "f").expect("it is there").call(&mut store, ());
        why(store.data(), &looped.expect_err("it never returns"), fuel, |wrong| panic!("{wrong:?}"))
    }

    // In the hostile suite the instructions are always spent before the clock is, as they should be.
    #[test]
    fn the_clock_stops_what_has_instructions_left() {
        assert_eq!(ends(u64::MAX / 2, 2), Fault::Clock);
        assert_eq!(ends(1_000_000, TICKS), Fault::Fuel(1_000_000));
    }

    #[test]
    fn memories_are_counted_together() {
        let mut taken = Taken::default();
        let half = limits::MEMORY / 2;
        let mut grow = |current, desired| taken.memory_growing(current, desired, None).ok();
        assert_eq!(grow(0, half), Some(true));
        assert_eq!(grow(0, half - 1), Some(true));
        assert_eq!(grow(half - 1, half), Some(true));
        assert_eq!(grow(half, half + 1), None);
        assert_eq!(taken.over, Some(Fault::Memory));
    }

    #[test]
    fn a_guest_that_meets_its_own_maximum_has_taken_nothing() {
        let mut taken = Taken::default();
        for _ in 0..100 {
            assert_eq!(taken.memory_growing(0, limits::MEMORY, Some(1)).ok(), Some(false));
            assert_eq!(taken.table_growing(0, limits::TABLE_ELEMENTS, Some(1)).ok(), Some(false));
        }
        assert_eq!(taken.memory_growing(0, limits::MEMORY, None).ok(), Some(true));
        assert_eq!(taken.table_growing(0, limits::TABLE_ELEMENTS, None).ok(), Some(true));
        assert_eq!(taken.over, None);
    }
}
