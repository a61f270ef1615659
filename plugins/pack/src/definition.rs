//! Puts a definition into the data-driven guest, and gives its source back.
//! Knows no checklist: a definition is bytes, and so is its source.
//!
//! The guest's module has a slot of [`SLOT_MAGIC`], place and length, in its data. The definition
//! becomes a data segment on pages of its own at the end of the initial memory, and the slot says
//! where. Nothing in the guest can write there by accident: its allocator takes its memory by
//! `memory.grow`, which begins after the initial pages, and its stack and statics lie before.

use wasmparser::{DataKind, Operator, Parser, Payload};

use crate::{Error, component, not_a_module};

/// The name of the component's section that holds the source of the definition.
pub const DEFINITION_SECTION: &str = "anping:definition-source";

/// What marks the slot; place and length follow, four bytes each, little-endian.
const SLOT_MAGIC: &[u8; 16] = b"anping-slot-v1\0\x01";

/// Bytes of a page of linear memory.
const PAGE: u64 = 1 << 16;

const MEMORY: u8 = 5;
const DATA: u8 = 11;
const DATA_COUNT: u8 = 12;

/// Puts `definition` into the data-driven guest and wraps it into a component that carries `source`.
///
/// Shape: the same arguments always give the same bytes.
/// Errors: as [`component`]; `NoSlot` when the module is another.
pub fn with_definition(module: &[u8], definition: &[u8], source: &[u8]) -> Result<Vec<u8>, Error> {
    let mut component = component(&filled(module, definition)?)?;
    let mut section = Vec::new();
    unsigned(&mut section, DEFINITION_SECTION.len() as u64);
    section.extend_from_slice(DEFINITION_SECTION.as_bytes());
    section.extend_from_slice(source);
    put_section(&mut component, 0, &section);
    Ok(component)
}

/// The source that [`with_definition`] was given; `None` in a plugin made otherwise.
///
/// Errors: the bytes are no component.
pub fn definition_source(component: &[u8]) -> Result<Option<&[u8]>, Error> {
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(component) {
        match payload.map_err(not_a_module)? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::CustomSection(section) if depth == 0 && section.name() == DEFINITION_SECTION => {
                return Ok(Some(section.data()));
            }
            _ => {}
        }
    }
    Ok(None)
}

/// The definition that [`with_definition`] put into the guest: what the plugin judges by. `None` in a
/// plugin made otherwise.
///
/// Errors: the bytes are no component.
pub fn definition(component: &[u8]) -> Result<Option<&[u8]>, Error> {
    for payload in Parser::new(0).parse_all(component) {
        let Payload::DataSection(section) = payload.map_err(not_a_module)? else { continue };
        let segments: Vec<_> = section.into_iter().collect::<Result<_, _>>().map_err(not_a_module)?;
        let slot = segments.iter().find_map(|segment| {
            let at = segment.data.windows(SLOT_MAGIC.len()).position(|bytes| bytes == SLOT_MAGIC)?;
            let from = at + SLOT_MAGIC.len();
            let number = |from: usize| -> Option<u32> {
                Some(u32::from_le_bytes(segment.data.get(from..from + 4)?.try_into().ok()?))
            };
            Some((number(from)?, number(from + 4)?))
        });
        let Some((place, length)) = slot else { continue };
        let found = segments.iter().rev().find(|segment| {
            let DataKind::Active { offset_expr, .. } = &segment.kind else { return false };
            let mut operators = offset_expr.get_operators_reader();
            let is_place = matches!(
                operators.read(),
                Ok(Operator::I32Const { value }) if value.cast_unsigned() == place
            );
            is_place && segment.data.len() == length as usize
        });
        return Ok(found.map(|segment| segment.data));
    }
    Ok(None)
}

/// The module with the definition in its memory.
fn filled(module: &[u8], definition: &[u8]) -> Result<Vec<u8>, Error> {
    let pages_before = initial_pages(module)?;
    let pages = pages_before + (definition.len() as u64).div_ceil(PAGE);
    let place = u32::try_from(pages_before * PAGE).ok().filter(|_| pages * PAGE <= u64::from(u32::MAX));
    let place = place.ok_or(Error::NoSlot)?;
    let length = u32::try_from(definition.len()).map_err(|_| Error::NoSlot)?;

    let mut filled = module.get(..8).unwrap_or_default().to_vec();
    let mut n_slots = 0;
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload.map_err(not_a_module)?;
        let Some((id, range)) = payload.as_section() else { continue };
        let content = module.get(range).unwrap_or_default();
        match payload {
            Payload::MemorySection(section) => {
                let memory = section.into_iter().next().ok_or(Error::NoSlot)?.map_err(not_a_module)?;
                let mut content = vec![1, u8::from(memory.maximum.is_some())];
                unsigned(&mut content, pages);
                if let Some(maximum) = memory.maximum {
                    unsigned(&mut content, maximum.max(pages));
                }
                put_section(&mut filled, MEMORY, &content);
            }
            Payload::DataCountSection { count, .. } => {
                let mut content = Vec::new();
                unsigned(&mut content, u64::from(count) + 1);
                put_section(&mut filled, DATA_COUNT, &content);
            }
            Payload::DataSection(section) => {
                let (count, from) = (section.count(), section.range().start);
                let mut segments = None;
                for segment in section {
                    segments.get_or_insert(segment.map_err(not_a_module)?.range.start);
                }
                let start = segments.map_or(content.len(), |start| start.saturating_sub(from));
                let mut segments = content.get(start..).unwrap_or_default().to_vec();
                n_slots += fill_slots(&mut segments, place, length);
                let mut content = Vec::new();
                unsigned(&mut content, u64::from(count) + 1);
                content.extend_from_slice(&segments);
                // An active segment of memory 0: `i32.const place`, `end`.
                content.extend_from_slice(&[0, 0x41]);
                signed(&mut content, i64::from(place.cast_signed()));
                content.push(0x0b);
                unsigned(&mut content, u64::from(length));
                content.extend_from_slice(definition);
                put_section(&mut filled, DATA, &content);
            }
            _ => put_section(&mut filled, id, content),
        }
    }
    if n_slots == 1 { Ok(filled) } else { Err(Error::NoSlot) }
}

/// Pages of the module's only memory. Errors: it has none, or several, or one of another kind.
fn initial_pages(module: &[u8]) -> Result<u64, Error> {
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::MemorySection(section) = payload.map_err(not_a_module)? {
            let mut memories = section.into_iter();
            let memory = memories.next().ok_or(Error::NoSlot)?.map_err(not_a_module)?;
            let is_plain = !memory.memory64 && !memory.shared && memory.page_size_log2.is_none();
            return if is_plain && memories.next().is_none() {
                Ok(memory.initial)
            } else {
                Err(Error::NoSlot)
            };
        }
    }
    Err(Error::NoSlot)
}

/// Writes place and length behind each magic; returns how many there are.
fn fill_slots(segments: &mut [u8], place: u32, length: u32) -> usize {
    let found = segments.windows(SLOT_MAGIC.len()).enumerate().filter(|(_, bytes)| bytes == SLOT_MAGIC);
    let found: Vec<_> = found.map(|(at, _)| at + SLOT_MAGIC.len()).collect();
    for &at in &found {
        if let Some(slot) = segments.get_mut(at..at + 8) {
            slot[..4].copy_from_slice(&place.to_le_bytes());
            slot[4..].copy_from_slice(&length.to_le_bytes());
        }
    }
    found.len()
}

fn put_section(module: &mut Vec<u8>, id: u8, content: &[u8]) {
    module.push(id);
    unsigned(module, content.len() as u64);
    module.extend_from_slice(content);
}

/// LEB128, unsigned.
fn unsigned(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// LEB128, signed.
fn signed(bytes: &mut Vec<u8>, mut value: i64) {
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        let is_last = (value == 0 && low & 0x40 == 0) || (value == -1 && low & 0x40 != 0);
        if is_last {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_wasm_reads_them() {
        for (value, bytes) in [(0, &[0][..]), (127, &[127]), (128, &[0x80, 1]), (65_536, &[0x80, 0x80, 4])] {
            let mut written = Vec::new();
            unsigned(&mut written, value);
            assert_eq!(written, bytes, "{value}");
        }
        for (value, bytes) in [(63, &[63][..]), (64, &[0xc0, 0]), (-1, &[0x7f]), (65_536, &[0x80, 0x80, 4])] {
            let mut written = Vec::new();
            signed(&mut written, value);
            assert_eq!(written, bytes, "{value}");
        }
    }

    #[test]
    fn a_module_without_a_slot_is_refused() {
        for module in [&b"\0asm\x01\0\0\0"[..], b"\0asm\x01\0\0\0\x05\x03\x01\0\x01"] {
            assert_eq!(with_definition(module, b"x", b"y"), Err(Error::NoSlot));
        }
    }
}
