//! Turns `checklist.toml`, `cases/` and `data/` into Rust.

fn main() {
    anping_sdk::build::generate();
}
