//! Calls of plugins under limits, in the walls that all guests share.
//! Knows no manifest and no subject: it compiles, links and calls plugins, and says how a call ended.

use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};

use super::Error;
use super::fault::{Fault, clause};
use super::limits;
use super::v1::{Door, Guest, GuestPre, OtherTypes};
use crate::sandbox::{self, Build, Ended, Room, arm};

pub(super) use crate::sandbox::Taken;

const ROOM: Room = Room {
    memory: limits::MEMORY,
    memories: limits::MEMORIES,
    tables: limits::TABLES,
    elements: limits::TABLE_ELEMENTS,
    instances: limits::INSTANCES,
};

/// One engine for all plugins.
pub(super) struct Sandbox(sandbox::Sandbox);

impl Sandbox {
    pub(super) fn of(build: Build) -> Result<Self, Error> {
        sandbox::Sandbox::of(build).map(Self).map_err(|wrong| match wrong {
            sandbox::Error::Engine(why) => Error::Engine(why),
            sandbox::Error::Thread(why) => Error::Thread(why),
        })
    }

    pub(super) fn engine(&self) -> &Engine {
        self.0.engine()
    }

    /// Compiles a component that `inspect` found right.
    pub(super) fn compile(&self, bytes: &[u8]) -> Result<Component, Fault> {
        // Compilers are outside of wasmtime's promise not to panic on hostile input. Nothing is
        // left behind by a compilation that was given up.
        let compile = std::panic::AssertUnwindSafe(|| Component::from_binary(self.engine(), bytes));
        match std::panic::catch_unwind(compile) {
            Ok(compiled) => compiled.map_err(|wrong| Fault::NotCompiled(reason(&wrong))),
            Err(_) => Err(Fault::NotCompiled("compiler panicked".to_owned())),
        }
    }

    /// Links a component to nothing at all, and finds the functions of its doors.
    pub(super) fn link(&self, component: &Component, door: Door) -> Result<GuestPre, Fault> {
        Linker::new(self.engine())
            .instantiate_pre(component)
            .and_then(|instance| GuestPre::new(instance, door))
            .map_err(|wrong| Fault::OtherTypes(reason(&wrong)))
    }

    /// Makes a fresh instance, runs its start functions, and calls it once.
    ///
    /// `fuel`: instructions of the call, apart from those of the start.
    /// Shape: what it returned, and the instructions that the call took.
    pub(super) fn call<R>(
        &self,
        guest: &GuestPre,
        fuel: u64,
        call: impl FnOnce(&Guest<'_>, &mut Store<Taken>) -> wasmtime::Result<R>,
    ) -> (Result<R, Fault>, u64) {
        let mut store = self.0.store(ROOM);
        store.set_hostcall_fuel(limits::RESULT);
        let instance = match start(guest, &mut store, fuel) {
            Ok(instance) => instance,
            Err(fault) => return (Err(fault), 0),
        };
        let returned = call(&instance, &mut store).map_err(|wrong| {
            if let Some(OtherTypes(why)) = wrong.downcast_ref() {
                return Fault::OtherTypes(reason(why));
            }
            // The error's type is private to wasmtime; the hostile suite notices when its words
            // change.
            let ended = |text: String| match text {
                text if text.contains("fuel allocated for hostcalls") => Fault::Result,
                text => Fault::NotAValue(text),
            };
            why(store.data().ended(&wrong), fuel, ended)
        });
        let left = store.get_fuel().unwrap_or(0);
        (returned, fuel.saturating_sub(left))
    }
}

/// Makes an instance, runs its start functions, and arms it for a call.
fn start<'g>(guest: &'g GuestPre, store: &mut Store<Taken>, fuel: u64) -> Result<Guest<'g>, Fault> {
    let unarmed = |wrong: wasmtime::Error| Fault::NotStarted(reason(&wrong));
    // Before the instance is made: its start functions are the plugin's code too.
    arm(store, limits::FUEL_START, limits::CALL_SECONDS).map_err(unarmed)?;
    let instance = guest
        .instantiate(&mut *store)
        .map_err(|wrong| why(store.data().ended(&wrong), limits::FUEL_START, Fault::NotStarted))?;
    arm(store, fuel, limits::CALL_SECONDS).map_err(unarmed)?;
    Ok(instance)
}

/// The fault that an end is.
fn why(ended: Ended, fuel: u64, otherwise: impl FnOnce(String) -> Fault) -> Fault {
    match ended {
        Ended::Fuel => Fault::Fuel(fuel),
        Ended::Clock => Fault::Clock,
        Ended::Memory => Fault::Memory,
        Ended::HostMemory => Fault::HostMemory,
        Ended::Table => Fault::Table,
        Ended::Stack => Fault::Stack,
        Ended::Trap(trap) => Fault::Trap(clause(&trap)),
        Ended::Other(cause) => otherwise(clause(&cause)),
    }
}

/// The innermost cause: the outer ones say which function was called.
fn reason(wrong: &wasmtime::Error) -> String {
    clause(&wrong.root_cause().to_string())
}
