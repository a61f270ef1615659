//! Places for instances that are used again: a fresh instance for each batch would otherwise be given its
//! memory page by page, which takes longer than what it computes. Decides no limit: what an instance may take
//! is counted by the host, and a place holds more.

use wasmtime::{Enabled, PoolingAllocationConfig};

/// Bytes of a memory that stay with its place. Sector plugins write some 200 KB in a batch; what an
/// instance writes beyond goes back to the system.
const KEPT: usize = 1 << 20;
/// The same of a table: some hundred functions, of 8 bytes each.
const TABLE_KEPT: usize = 64 << 10;

/// Instances of each thread that may be alive. A thread has one at a time; the others are for threads that
/// other pools have.
const OF_THREAD: usize = 2;
/// Instances beside those of the threads.
const BESIDE: usize = 8;

/// What the largest component that may run has, counted by the host before it takes a place (`Room`).
const CORE_INSTANCES: u32 = 64;
/// See [`CORE_INSTANCES`].
const MEMORIES: u32 = 4;
/// See [`CORE_INSTANCES`].
const TABLES: u32 = 8;

/// What a component may declare at all. More than the host lets run, so that it is the host who refuses, in
/// its own words and alike on every machine.
const DECLARED: u32 = 100_000;
/// Memories of a module, of which the language has no more here. All of them are walked over whenever a
/// module is let go.
const MODULE_MEMORIES: u32 = 1;
/// Tables that the language lets a module have.
const MODULE_TABLES: u32 = 100;
/// Elements of a table, which the language bounds to this.
const ELEMENTS: usize = 10_000_000;
/// Bytes of what the engine keeps for an instance; grows with its functions. No place is set aside for it.
const INSTANCE: usize = 64 << 20;

/// Places for the threads of this process; none where the system cannot tell which pages an instance wrote:
/// without that, all that might have been written is cleared, and nothing is won.
///
/// What one instance wrote is cleared, or set to what the component begins with, before the next one has the
/// place.
pub(super) fn kept() -> Option<PoolingAllocationConfig> {
    if !PoolingAllocationConfig::is_pagemap_scan_available() {
        return None;
    }
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = rayon::current_num_threads().max(processors);
    let places = u32::try_from(OF_THREAD * threads + BESIDE).ok()?;
    let mut config = PoolingAllocationConfig::new();
    config
        .pagemap_scan(Enabled::Yes)
        .linear_memory_keep_resident(KEPT)
        .table_keep_resident(TABLE_KEPT)
        .max_unused_warm_slots(places)
        .total_component_instances(places)
        .total_core_instances(places * CORE_INSTANCES)
        .total_memories(places * MEMORIES)
        .total_tables((places * TABLES).max(MODULE_TABLES))
        .max_core_instances_per_component(DECLARED)
        .max_memories_per_component(DECLARED)
        .max_tables_per_component(DECLARED)
        .max_tables_per_module(DECLARED)
        .max_memories_per_module(MODULE_MEMORIES)
        .table_elements(ELEMENTS)
        .max_component_instance_size(INSTANCE)
        .max_core_instance_size(INSTANCE);
    Some(config)
}
