//! Whole runs: one binary with many modules, so that it links once.

mod commands;
mod determinism;
mod filings;
mod golden;
mod hostile_plugins;
mod hostile_workbooks;
mod layout_cards;
mod names;
mod returns;
mod sample_town;
mod strength;
mod tidy;
mod understanding;
