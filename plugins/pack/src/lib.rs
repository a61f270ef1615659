//! Turns a compiled plugin (a core wasm module) into a component.
//! Knows nothing of checklists: the contract's type travels inside the module.

use std::fmt;

/// Why a module cannot become a component.
#[derive(Debug)]
pub struct NotAComponent(String);

impl fmt::Display for NotAComponent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the module cannot become a component: {}", self.0)
    }
}

impl std::error::Error for NotAComponent {}

/// Wraps the core module of a plugin into a component, validated.
///
/// Shape: the bytes of a `.wasm` built for `wasm32-unknown-unknown` against the SDK.
/// Errors: the module imports something, or lacks what the contract exports.
pub fn component(module: &[u8]) -> Result<Vec<u8>, NotAComponent> {
    wit_component::ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(|mut encoder| encoder.encode())
        .map_err(|wrong| NotAComponent(format!("{wrong:#}")))
}
