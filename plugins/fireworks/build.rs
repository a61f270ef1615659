//! Makes `checklist.toml`, `data/` and `cases/` into Rust.

fn main() {
    anping_sdk::build::generate();
}
