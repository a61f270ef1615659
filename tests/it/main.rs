//! Whole runs: one binary with many modules, so that it links once.

mod authoring;
mod campaign;
mod commands;
mod corpus;
mod determinism;
mod filings;
mod forms;
mod golden;
mod hostile_plugins;
mod hostile_workbooks;
mod layout_cards;
mod ledger;
mod names;
mod pairs;
mod prescribed;
mod responsibility;
mod returns;
mod rollup;
mod sample_town;
mod strength;
mod tidy;
mod understanding;
mod yearend;
