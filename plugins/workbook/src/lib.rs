//! The guest whose checklist and rules are data: bytes that `anping-pack` puts into its memory.
//! Knows no workbook; who wrote the definition, and where, is the packer's affair.

mod bonus;
mod rules;

use std::sync::OnceLock;

use anping_sdk::definition::{Definition, resolve};
use anping_sdk::{
    Answer, Assessed, Checklist, Context, Deduction, Failure, Item, Outcome, Scope, Sector, Subject,
    in_force, judge_answer,
};

/// A checklist that was written in a workbook.
pub struct Workbook;

anping_sdk::plugin!(Workbook);

/// Where the definition lies. The packer finds the slot by its first bytes, and writes the rest.
#[repr(C)]
struct Slot {
    magic: [u8; 16],
    place: u32,
    length: u32,
}

#[used]
static SLOT: Slot = Slot { magic: *b"anping-slot-v1\0\x01", place: 0, length: 0 };

/// The definition's bytes; empty before it is packed.
fn bytes() -> &'static [u8] {
    // SAFETY: a static can be read. Volatile, because the compiler knows nothing of the packer.
    let (place, length) = unsafe {
        (std::ptr::read_volatile(&raw const SLOT.place), std::ptr::read_volatile(&raw const SLOT.length))
    };
    if length == 0 {
        return &[];
    }
    // SAFETY: the packer put so many bytes there, on pages that nothing else uses.
    unsafe { std::slice::from_raw_parts(std::ptr::with_exposed_provenance(place as usize), length as usize) }
}

struct Loaded {
    definition: Definition,
    checklist: Checklist,
    cases: &'static [&'static str],
}

/// Decodes the definition, once in the life of an instance.
fn loaded() -> &'static Loaded {
    static LOADED: OnceLock<Loaded> = OnceLock::new();
    LOADED.get_or_init(|| {
        let definition = Definition::from_bytes(bytes()).expect("the packer wrote these bytes");
        let checklist =
            resolve(&definition.checklist, &definition.version).expect("the packer resolved it before");
        let cases: Vec<&'static str> =
            definition.cases.iter().map(|case| &*Box::leak(case.clone().into_boxed_str())).collect();
        Loaded { definition, checklist, cases: cases.leak() }
    })
}

impl Sector for Workbook {
    fn checklist() -> &'static Checklist {
        in_force(&loaded().checklist)
    }

    fn cases() -> &'static [&'static str] {
        loaded().cases
    }

    fn judge(item: &'static Item, answer: &Answer) -> Outcome {
        judge(item, answer)
    }

    fn rules(context: &Context, subject: &Subject, assessed: &mut Assessed) -> Result<(), Failure> {
        let _ = context;
        let (definition, checklist) = (&loaded().definition, Self::checklist());
        anping_sdk::rule_major_hazards(checklist, subject, assessed);
        rules::apply(definition, checklist, subject, assessed)?;
        bonus::score(definition, checklist, subject, assessed)
    }
}

/// Judges by the general rule; then a deduction that was entered on an item whose cases all act on
/// its category, or on the sheet, acts there.
fn judge(item: &'static Item, answer: &Answer) -> Outcome {
    let mut outcome = judge_answer(item, answer);
    let Some(scope) = item.cases.first().map(|case| case.scope).filter(|scope| *scope != Scope::Item) else {
        return outcome;
    };
    if item.cases.iter().all(|case| case.scope == scope) {
        // What the inspector did not number costs all points of the item, and no more.
        let is_entered = |deduction: &&mut Deduction| deduction.reason.is_none();
        if !outcome.is_plain() {
            outcome.edit(|listed| {
                listed.deductions.iter_mut().filter(is_entered).for_each(|entered| entered.scope = scope);
            });
        }
    }
    outcome
}
