//! What every guest runs in: one engine, its settings, its clock, and what an instance may take.
//! The only module beside `evaluate` and `intake` that calls `wasmtime`; knows neither plugins nor
//! workbooks, so that both have the same walls.

pub(crate) mod ahead;
mod cache;
mod places;
mod settings;

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use wasmtime::{Engine, ResourceLimiter, Store, Trap};

pub(crate) use self::cache::{Cache, Key};
pub(crate) use self::settings::{Build, FEATURES, WASM_STACK};

/// Milliseconds between two ticks of the clock.
const TICK_MILLIS: u64 = 100;

/// Bytes of stack of the threads that compile and run guests. Must hold [`WASM_STACK`] with room
/// for the host beneath it, or a deep guest ends the process and not the call; the compiler recurses
/// too, deeper than the guest can.
pub(crate) const THREAD_STACK: usize = 8 << 20;

/// What an instance may take of what is counted by the host.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    /// Bytes of linear memory, all memories together; wasmtime's own limit is for each.
    pub memory: usize,
    /// Memories.
    pub memories: usize,
    /// Tables.
    pub tables: usize,
    /// Elements of all tables together, 8 bytes each on the host.
    pub elements: usize,
    /// Core instances.
    pub instances: usize,
}

/// How a call ended that did not return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The instructions are spent.
    Fuel,
    /// The clock is spent.
    Clock,
    /// It asked for more memory than there is for it.
    Memory,
    /// It asked for memory that it may have and the machine has not.
    HostMemory,
    /// It asked for more table elements than there are for it.
    Table,
    /// It recursed too deep.
    Stack,
    /// It trapped; what the trap is called.
    Trap(String),
    /// Something else; the innermost cause.
    Other(String),
}

/// What an instance has taken.
#[derive(Debug)]
pub(crate) struct Taken {
    room: Room,
    memory: usize,
    elements: usize,
    /// The limit it ran into, if any: kept here because the error that ends a call may be another.
    over: Option<Ended>,
}

impl Taken {
    const fn of(room: Room) -> Self {
        Self { room, memory: 0, elements: 0, over: None }
    }

    fn refuse(&mut self, over: Ended) -> wasmtime::Result<bool> {
        self.over.get_or_insert(over);
        // An error ends the call at once; `false` would let the guest go on without the memory.
        Err(wasmtime::Error::msg("beyond the limit"))
    }

    /// How a call ended, from the surest sign down: what the host refused, what trap it was, and at
    /// last where it happened.
    pub(crate) fn ended(&self, wrong: &wasmtime::Error) -> Ended {
        if let Some(over) = &self.over {
            return over.clone();
        }
        match wrong.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) => Ended::Fuel,
            Some(Trap::Interrupt) => Ended::Clock,
            Some(Trap::StackOverflow) => Ended::Stack,
            Some(Trap::UnreachableCodeReached) => Ended::Trap("unreachable".to_owned()),
            Some(trap) => Ended::Trap(trap.to_string().trim_start_matches("wasm trap: ").to_owned()),
            None => Ended::Other(wrong.root_cause().to_string()),
        }
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
        if total > self.room.memory {
            return self.refuse(Ended::Memory);
        }
        self.memory = total;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        // We allowed it and the system did not: what the guest makes of that would be a result that
        // depends on the machine.
        self.refuse(Ended::HostMemory).map(|_| ())
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
        if total > self.room.elements {
            return self.refuse(Ended::Table);
        }
        self.elements = total;
        Ok(true)
    }

    fn table_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.refuse(Ended::HostMemory).map(|_| ())
    }

    fn memories(&self) -> usize {
        self.room.memories
    }

    fn tables(&self) -> usize {
        self.room.tables
    }

    fn instances(&self) -> usize {
        self.room.instances
    }
}

/// Why there is no sandbox. Never a guest's fault.
#[derive(Debug)]
pub(crate) enum Error {
    /// The engine does not run on this machine with our settings.
    Engine(String),
    /// The clock's thread could not be started.
    Thread(std::io::Error),
}

/// One engine, with the clock that guards calls.
pub(crate) struct Sandbox {
    engine: Engine,
    _clock: Clock,
}

impl Sandbox {
    /// Sets it up. Errors: the machine cannot run it.
    pub(crate) fn new() -> Result<Self, Error> {
        Self::of(Build::Ordinary)
    }

    /// The same with guests compiled in one of the ways.
    pub(crate) fn of(build: Build) -> Result<Self, Error> {
        let engine = engine(build).map_err(|wrong| Error::Engine(format!("{wrong:#}")))?;
        let clock = Clock::start(&engine).map_err(Error::Thread)?;
        Ok(Self { engine, _clock: clock })
    }

    /// What guests are compiled for.
    pub(crate) const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// A place for one instance. Calls need [`arm`] first.
    pub(crate) fn store(&self, room: Room) -> Store<Taken> {
        let mut store = Store::new(&self.engine, Taken::of(room));
        store.limiter(|taken| taken);
        store
    }
}

fn engine(build: Build) -> wasmtime::Result<Engine> {
    let config = settings::native(build);
    if build == Build::Ordinary
        && let Some(places) = places::kept()
    {
        // Where the system does not let so much be set aside, every instance has a place of its own.
        if let Ok(engine) = Engine::new(config.clone().allocation_strategy(places)) {
            return Ok(engine);
        }
    }
    Engine::new(&config)
}

/// Fills both budgets of a store: instructions, and seconds by the clock. Without this it has none
/// of either, and everything traps at once. Errors: as the engine says.
pub(crate) fn arm(store: &mut Store<Taken>, fuel: u64, seconds: u64) -> wasmtime::Result<()> {
    store.set_epoch_deadline(seconds * 1000 / TICK_MILLIS);
    store.set_fuel(fuel)
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
        let tick = Duration::from_millis(TICK_MILLIS);
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

    const ROOM: Room = Room { memory: 1 << 20, memories: 1, tables: 1, elements: 10, instances: 1 };

    /// How an endless loop ends under these budgets.
    fn ends(fuel: u64, seconds: u64) -> Ended {
        let sandbox = Sandbox::new().expect("the sandbox runs here");
        let module = Module::from_binary(sandbox.engine(), LOOPS).expect("it is a module");
        let mut store = sandbox.store(ROOM);
        arm(&mut store, fuel, seconds).expect("budgets can be set");
        let instance = Instance::new(&mut store, &module, &[]).expect("it starts");
        let looped =
            instance.get_typed_func::<(), ()>(&mut store, "f").expect("it is there").call(&mut store, ());
        store.data().ended(&looped.expect_err("it never returns"))
    }

    // In the hostile suite the instructions are always spent before the clock is, as they should be.
    #[test]
    fn the_clock_stops_what_has_instructions_left() {
        assert_eq!(ends(u64::MAX / 2, 1), Ended::Clock);
        assert_eq!(ends(1_000_000, 30), Ended::Fuel);
    }

    // Were the places not to be had, everything would work, and take longer.
    #[test]
    fn places_are_used_again_where_the_system_can_tell_what_was_written() {
        let is_kept = |build| {
            let sandbox = Sandbox::of(build).expect("the sandbox runs here");
            sandbox.engine().pooling_allocator_metrics().is_some()
        };
        assert_eq!(is_kept(Build::Ordinary), places::kept().is_some());
        assert!(!is_kept(Build::Other));
    }

    #[test]
    fn memories_are_counted_together() {
        let mut taken = Taken::of(ROOM);
        let half = ROOM.memory / 2;
        let mut grow = |current, desired| taken.memory_growing(current, desired, None).ok();
        assert_eq!(grow(0, half), Some(true));
        assert_eq!(grow(0, half - 1), Some(true));
        assert_eq!(grow(half - 1, half), Some(true));
        assert_eq!(grow(half, half + 1), None);
        assert_eq!(taken.over, Some(Ended::Memory));
    }

    #[test]
    fn a_guest_that_meets_its_own_maximum_has_taken_nothing() {
        let mut taken = Taken::of(ROOM);
        for _ in 0..100 {
            assert_eq!(taken.memory_growing(0, ROOM.memory, Some(1)).ok(), Some(false));
            assert_eq!(taken.table_growing(0, ROOM.elements, Some(1)).ok(), Some(false));
        }
        assert_eq!(taken.memory_growing(0, ROOM.memory, None).ok(), Some(true));
        assert_eq!(taken.table_growing(0, ROOM.elements, None).ok(), Some(true));
        assert_eq!(taken.over, None);
    }
}
