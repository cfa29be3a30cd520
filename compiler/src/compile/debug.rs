//! The tie between a function's machine code and the module, for debuggers: the wasm instruction that each
//! byte comes from.

use crate::lower::Offsets;
use cranelift_codegen::isa::TargetIsa;
use cranelift_codegen::{CompiledCode, LabelValueLoc};
use std::ops::Range;

/// Bytes of machine code that come from one place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub start: u32,
    pub end: u32,
    /// 0 for the function itself, else the number of one inlined into it.
    pub function: u32,
    /// Offset in the module.
    pub offset: u32,
}

/// Divides a function's code; `body_start` is what comes before any instruction of the body.
pub(super) fn spans(code: &CompiledCode, offsets: &Offsets, body_start: u32) -> Vec<Span> {
    let first = Span {
        start: 0,
        end: 0,
        function: 0,
        offset: body_start,
    };
    let mut spans = vec![first];
    for location in code.buffer.get_srclocs_sorted() {
        if location.loc.is_default() {
            continue;
        }
        let (function, offset) = offsets.place(location.loc.bits());
        // What lies between is what the register allocator added.
        if let Some(last) = spans.last_mut() {
            last.end = location.start;
        }
        spans.push(Span {
            start: location.start,
            end: location.end,
            function,
            offset,
        });
    }
    if let Some(last) = spans.last_mut() {
        last.end = code.code_buffer().len() as u32;
    }
    spans.retain(|span| span.start < span.end);
    spans
}

/// A local of a function of the module, where machine code holds it.
#[derive(Debug)]
pub(crate) struct Local {
    /// As in [`Span`].
    pub function: u32,
    /// [`INSTANCE`](crate::lower::INSTANCE) for that of a library.
    pub index: u32,
    /// Bytes of its value.
    pub size: u8,
    /// It is held in a vector register.
    pub is_vector: bool,
    pub places: Vec<(Range<u32>, LocalPlace)>,
}

/// The place of a local.
#[derive(Clone, Copy, Debug)]
pub(crate) enum LocalPlace {
    /// In a register, by its number in DWARF.
    Register(u16),
    /// At this offset from the canonical frame address.
    Frame(i64),
}

/// Lists the locals that are held anywhere, by function and index.
pub(super) fn locals(code: &CompiledCode, offsets: &Offsets, isa: &dyn TargetIsa) -> Vec<Local> {
    let mut locals: Vec<Local> = Vec::new();
    for (label, ranges) in &code.value_labels_ranges {
        let Some((function, index, ty)) = offsets.label(label.as_u32()) else {
            continue;
        };
        let places = ranges.iter().filter_map(|range| {
            let place = match range.loc {
                LabelValueLoc::Reg(register) => {
                    LocalPlace::Register(isa.map_regalloc_reg_to_dwarf(register).ok()?)
                }
                LabelValueLoc::CFAOffset(offset) => LocalPlace::Frame(offset),
            };
            Some((range.start..range.end, place))
        });
        let mut places: Vec<_> = places.collect();
        if let Some(offset) = kept_at(code, label.as_u32()) {
            keep(&mut places, code.code_buffer().len() as u32, offset);
        }
        locals.push(Local {
            function,
            index,
            size: ty.bytes() as u8,
            is_vector: !ty.is_int(),
            places,
        });
    }
    locals.sort_by_key(|local| (local.function, local.index));
    locals
}

/// Finds where the frame keeps the local of a label, as an offset from the canonical frame address.
fn kept_at(code: &CompiledCode, label: u32) -> Option<i64> {
    // What is pushed above the frame pointer: itself and the return address.
    const ABOVE: i64 = 16;
    let layout = code.buffer.frame_layout()?;
    let mut slots = layout.stackslots.values();
    let slot = slots.find(|slot| slot.key.is_some_and(|key| key.bits() == u64::from(label)))?;
    Some(i64::from(slot.offset) - i64::from(layout.frame_to_fp_offset) - ABOVE)
}

/// Places a local in the frame from where its first value is held nowhere else.
fn keep(places: &mut Vec<(Range<u32>, LocalPlace)>, end: u32, offset: i64) {
    places.sort_by_key(|(range, _)| range.start);
    places.truncate(1);
    if let Some((first, _)) = places.first()
        && first.end < end
    {
        places.push((first.end..end, LocalPlace::Frame(offset)));
    }
}
