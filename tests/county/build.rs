//! Makes `checklist.toml` into Rust.

fn main() {
    anping_sdk::build::generate();
}
