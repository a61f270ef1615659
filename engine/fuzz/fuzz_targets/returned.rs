//! What a plugin returns, by any bytes: it is refused with a reason, or it is what the contract says
//! and can be scored and printed.
#![no_main]

#[path = "../returned.rs"]
mod returned;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

static PLUGINS: LazyLock<returned::Plugins> = LazyLock::new(returned::Plugins::load);

fuzz_target!(|bytes: &[u8]| {
    PLUGINS.check(bytes);
});
