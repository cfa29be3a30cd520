//! The tie between a function's machine code and the module, for debuggers: the wasm instruction that each
//! byte comes from.

use crate::lower::Offsets;
use cranelift_codegen::CompiledCode;

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
