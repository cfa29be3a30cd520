//! Code, data and tables → one relocatable ELF object, which the linker joins with the runtime.

mod data;
mod debug;
mod relocated;
mod text;
mod unwind;

use crate::Error;
use crate::compile::Code;
use crate::embed;
use crate::lines::Lines;
use crate::plan::Plan;
use cranelift_codegen::ir::LibCall;
use cranelift_object::{ObjectBuilder, ObjectModule};
use kiln_abi::symbols;

/// An object.
pub(crate) struct Emitted {
    pub bytes: Vec<u8>,
    /// Sentences on debug information that is left out.
    pub warnings: Vec<String>,
}

/// Emits the object of an executable or a library.
pub(crate) fn emit(plan: &Plan, code: &[Code], lines: &Lines) -> Result<Emitted, Error> {
    let embedded = embed::image(plan.launch.embedded.iter().map(|(_, tree)| tree))?;
    let note = plan.note.to_section()?;
    let isa = plan.isa.clone();
    let builder = ObjectBuilder::new(isa, "module", Box::new(libcall_symbol)).map_err(failed)?;
    let mut text = text::Text::new(ObjectModule::new(builder));
    for code in code {
        text.define(plan, code)?;
    }
    let (mut product, layout) = text.finish(code.iter().map(|code| code.item.shown_name(plan)));
    let trap_sites = layout.sites(plan, code, &product.object);
    let exception_table = layout.exception_table(code, &product.object);
    unwind::write(&mut product.object, plan.machine, code, &layout.items)?;
    let warnings = match plan.translates_debug {
        true => debug::write(&mut product.object, plan, code, &layout.items)?,
        false => Vec::new(),
    };
    let mut data = data::DataWriter::new(&mut product.object, &layout);
    data.referenced(plan).map_err(failed)?;
    let lines = data.lines(plan, lines).map_err(failed)?;
    data.profile(plan).map_err(failed)?;
    data.program(plan, &trap_sites, &exception_table, embedded, lines);
    data.note(&note);
    let bytes = product.emit().map_err(failed)?;
    Ok(Emitted { bytes, warnings })
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::new(format!("cannot emit the object: {error}"))
}

fn libcall_symbol(call: LibCall) -> String {
    let symbol = match call {
        LibCall::CeilF32 => symbols::CEIL_F32,
        LibCall::CeilF64 => symbols::CEIL_F64,
        LibCall::FloorF32 => symbols::FLOOR_F32,
        LibCall::FloorF64 => symbols::FLOOR_F64,
        LibCall::TruncF32 => symbols::TRUNC_F32,
        LibCall::TruncF64 => symbols::TRUNC_F64,
        LibCall::NearestF32 => symbols::NEAREST_F32,
        LibCall::NearestF64 => symbols::NEAREST_F64,
        LibCall::X86Pshufb => symbols::X86_PSHUFB,
        // Any other is undefined at the link, which names it.
        other => return format!("{other:?}"),
    };
    symbol.into()
}
