//! Assembles a core module in text that exports the contract's functions into a component:
//! `assemble TEXT COMPONENT`. For fixtures that are kept as they were built.

use std::process::ExitCode;
use std::{env, fs};

use acceptance::hostile;

fn main() -> ExitCode {
    let args: Vec<_> = env::args_os().skip(1).collect();
    let [text, component] = &args[..] else { return ExitCode::from(2) };
    let module = fs::read(text).ok().and_then(|text| wat::parse_bytes(&text).ok().map(Vec::from));
    let Some(module) = module else { return ExitCode::FAILURE };
    match fs::write(component, hostile::component(module)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
