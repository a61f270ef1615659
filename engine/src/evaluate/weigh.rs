//! Estimates what compiling a component would cost, from its bytes, before anything is compiled.
//! Compiles nothing. The compiler has no limits of its own, and a few kilobytes can make it take
//! minutes and gigabytes: a process that is out of memory ends, and all other results with it.
//!
//! What costs more than its length is known: every value that a block takes or gives is copied
//! wherever the block is entered or left; every local may be another one behind every block; and some
//! steps of the compiler look at every block for every other.

use wasmparser::{BlockType, CompositeInnerType, FuncType, FunctionBody, Operator, Parser, Payload};

use super::fault::Fault;
use super::inspect::invalid;
use super::limits;

/// Checks types and functions of all modules. The component is valid.
///
/// Errors: a type with too many values, a block that takes or gives too many, more work than all
/// functions together may make.
pub(super) fn weigh(bytes: &[u8]) -> Result<(), Fault> {
    // Modules can be in one another; each has types of its own: parameters and results.
    let mut modules: Vec<Vec<(usize, usize)>> = Vec::new();
    let mut work = 0_u64;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(invalid)? {
            Payload::Version { .. } => modules.push(Vec::new()),
            Payload::End(_) => drop(modules.pop()),
            Payload::TypeSection(section) => {
                let types = modules.last_mut().ok_or(Fault::NoContract)?;
                for group in section {
                    for subtype in group.map_err(invalid)?.into_types() {
                        types.push(match &subtype.composite_type.inner {
                            CompositeInnerType::Func(func) => arity(func)?,
                            _ => (0, 0),
                        });
                    }
                }
            }
            Payload::CodeSectionEntry(body) => {
                let types = modules.last().ok_or(Fault::NoContract)?;
                work = work.saturating_add(function(types, &body)?);
                if work > limits::COMPILE_WORK {
                    return Err(Fault::CompileWork);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn arity(func: &FuncType) -> Result<(usize, usize), Fault> {
    let (params, results) = (func.params().len(), func.results().len());
    if params > limits::CORE_PARAMS || results > limits::CORE_RESULTS {
        return Err(Fault::Values(params.max(results)));
    }
    Ok((params, results))
}

/// The work of one function, in units of which the compiler does three to six million a second. The
/// shares were measured with functions that consist of one thing only.
fn function(types: &[(usize, usize)], body: &FunctionBody<'_>) -> Result<u64, Fault> {
    let mut locals = 0_u64;
    for declared in body.get_locals_reader().map_err(invalid)? {
        locals += u64::from(declared.map_err(invalid)?.0);
    }
    let (mut blocks, mut depth, mut depths) = (1_u64, 0_u64, 0_u64);
    for operator in body.get_operators_reader().map_err(invalid)? {
        match operator.map_err(invalid)? {
            Operator::Block { blockty } | Operator::Loop { blockty } | Operator::If { blockty } => {
                blocks += 1;
                depth += 1;
                depths += depth;
                if let BlockType::FuncType(index) = blockty {
                    let (params, results) = types.get(index as usize).copied().unwrap_or_default();
                    if params + results > limits::BLOCK_VALUES {
                        return Err(Fault::Values(params + results));
                    }
                    locals += (params + results) as u64;
                }
            }
            Operator::End => depth = depth.saturating_sub(1),
            Operator::Else | Operator::Br { .. } | Operator::BrIf { .. } => blocks += 1,
            Operator::BrTable { targets } => blocks += 1 + u64::from(targets.len()),
            _ => {}
        }
    }
    // A function has at most as many blocks as bytes, and 50,000 locals beside those of its blocks:
    // nothing here comes near the end of the type.
    Ok(blocks * blocks / 16 + depths / 5 + 3 * blocks * locals / 2)
}
