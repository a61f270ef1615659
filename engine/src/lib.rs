//! anping (安评): workbooks in, sandboxed checklists, the superior's Excel forms out.
//!
//! The map, the invariants and the reasons are in `ARCHITECTURE.md`. Steps never import each
//! other; they meet in `pipeline` through `model`.

pub mod activities;
mod authoring;
pub mod by_hand;
pub mod calendar;
pub mod campaign;
pub mod checks;
pub mod cli;
pub mod evaluate;
pub mod filing;
pub mod indicators;
pub mod intake;
pub mod kept;
pub mod ledger;
pub mod letters;
pub mod lint;
pub mod model;
pub mod pipeline;
pub mod register;
pub mod report;
mod returned;
pub mod returns;
mod sandbox;
pub mod score;
pub mod signals;
pub mod subjects;
pub mod tailoring;
pub mod trust;
pub mod yearend;
