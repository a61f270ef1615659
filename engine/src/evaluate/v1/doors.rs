//! The doors of a plugin: the contract's own, and the one that takes answers in columns, if it has it.
//! Knows what can be asked through each, not what an answer means.

use std::fmt;

use wasmtime::Store;
use wasmtime::component::{Instance, InstancePre};

use super::bindings::exports::anping::columns::assessor as columns;
use super::wire;
use crate::sandbox::Taken;

/// The interface of the second door, without its version.
pub(in super::super) const COLUMNS: &str = "anping:columns/assessor";

/// Through which door a plugin is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Door {
    /// A record for each answer: every plugin.
    Records,
    /// Columns of answers: plugins that offer it.
    Columns,
}

/// A door takes or gives other types than the contract's.
#[derive(Debug)]
pub(in super::super) struct OtherTypes(pub(in super::super) wasmtime::Error);

impl fmt::Display for OtherTypes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for OtherTypes {}

fn other_types(wrong: wasmtime::Error) -> wasmtime::Error {
    wasmtime::Error::new(OtherTypes(wrong))
}

/// A plugin linked to nothing, and where its doors are.
#[derive(Clone)]
pub(in super::super) struct GuestPre {
    instance: InstancePre<Taken>,
    records: wire::GuestIndices,
    columns: Option<columns::GuestIndices>,
}

impl GuestPre {
    /// Finds the doors.
    ///
    /// Errors: one lacks a function. Types are compared when an instance is made.
    pub(in super::super) fn new(instance: InstancePre<Taken>, door: Door) -> wasmtime::Result<Self> {
        let records = wire::GuestIndices::new(&instance)?;
        let columns = match door {
            Door::Records => None,
            Door::Columns => Some(columns::GuestIndices::new(&instance)?),
        };
        Ok(Self { instance, records, columns })
    }

    /// The best door it has.
    pub(in super::super) const fn door(&self) -> Door {
        if self.columns.is_some() { Door::Columns } else { Door::Records }
    }

    /// Makes the plugin one without the second door, to compare the two.
    pub(in super::super) fn close_columns(&mut self) {
        self.columns = None;
    }

    /// Makes an instance and runs its start functions.
    pub(in super::super) fn instantiate(&self, store: &mut Store<Taken>) -> wasmtime::Result<Guest<'_>> {
        Ok(Guest { instance: self.instance.instantiate(&mut *store)?, doors: self })
    }
}

/// A running instance. A door is opened, and its types compared, by who goes through it: comparing the
/// types of both would cost each batch as much as some subjects.
pub(in super::super) struct Guest<'p> {
    instance: Instance,
    doors: &'p GuestPre,
}

impl Guest<'_> {
    fn records(&self, store: &mut Store<Taken>) -> wasmtime::Result<wire::Guest> {
        self.doors.records.load(store, &self.instance).map_err(other_types)
    }

    fn columns(&self, store: &mut Store<Taken>) -> wasmtime::Result<columns::Guest> {
        let door = self.doors.columns.as_ref().ok_or_else(|| wasmtime::Error::msg("no columns"))?;
        door.load(store, &self.instance).map_err(other_types)
    }

    /// Asks what the plugin is. Errors: also when the types of any of its doors are others.
    pub(in super::super) fn describe(&self, store: &mut Store<Taken>) -> wasmtime::Result<wire::Manifest> {
        if self.doors.columns.is_some() {
            self.columns(store)?;
        }
        self.records(store)?.call_describe(store)
    }

    /// Asks for the golden cases.
    pub(in super::super) fn examples(
        &self,
        store: &mut Store<Taken>,
    ) -> wasmtime::Result<Vec<wire::Example>> {
        self.records(store)?.call_examples(store)
    }

    /// Asks about subjects.
    pub(in super::super) fn assess(
        &self,
        store: &mut Store<Taken>,
        context: &wire::Context,
        subjects: &[wire::Subject],
    ) -> wasmtime::Result<Vec<Result<wire::Assessed, wire::Failure>>> {
        self.records(store)?.call_assess(store, context, subjects)
    }

    /// As [`Self::assess`], in columns. Errors: also when there is no such door.
    pub(in super::super) fn assess_columns(
        &self,
        store: &mut Store<Taken>,
        context: &wire::Context,
        asked: &super::columns::Question,
    ) -> wasmtime::Result<columns::Assessed> {
        self.columns(store)?.call_assess(store, context, &asked.subjects, &asked.answers, &asked.known)
    }
}
