//! The frames of all functions, by which debuggers, profilers and exceptions of C++ walk the stack:
//! `.eh_frame` (Linux Standard Base, "Exception Frames").

use crate::Error;
use crate::compile::Code;
use crate::object::failed;
use crate::object::relocated::Section;
use crate::target::{Frames, Machine};
use gimli::write::{
    Address, CallFrameInstruction, CommonInformationEntry, EhFrame, FrameDescriptionEntry,
    FrameTable, RelocationTarget,
};
use gimli::{DW_EH_PE_pcrel, DW_EH_PE_sdata4, DwEhPe, Encoding, Format};
use object::write::{Object, StandardSection, SymbolId};
use object::{RelocationFlags, SectionKind};

/// Writes the frames of `code`, whose functions have the symbols `items`.
pub(super) fn write(
    object: &mut Object,
    machine: &Machine,
    code: &[Code],
    items: &[SymbolId],
) -> Result<(), Error> {
    let mut table = FrameTable::default();
    let common = table.add_cie(common(&machine.frames));
    for (code, number) in code.iter().zip(0..) {
        let address = Address::Symbol {
            symbol: number,
            addend: 0,
        };
        let mut entry = FrameDescriptionEntry::new(address, code.bytes.len() as u32);
        for (offset, rule) in &code.frame {
            entry.add_instruction(*offset, rule.clone());
        }
        table.add_fde(common, entry);
    }
    let mut frames = EhFrame(Section::default());
    table.write_eh_frame(&mut frames).map_err(failed)?;

    let section = object.add_section(Vec::new(), b".eh_frame".to_vec(), SectionKind::ReadOnlyData);
    object.append_section_data(section, frames.0.bytes.slice(), 8);
    // By the section, since exported functions of a shared library could be another's.
    let text = object.section_id(StandardSection::Text);
    let text = object.section_symbol(text);
    for relocation in frames.0.relocations {
        let RelocationTarget::Symbol(number) = relocation.target else {
            unreachable!("frames refer to functions only");
        };
        let relocation = object::write::Relocation {
            offset: relocation.offset as u64,
            symbol: text,
            addend: object.symbol(items[number]).value as i64,
            flags: RelocationFlags::Elf {
                r_type: machine.relocations.distance,
            },
        };
        object.add_relocation(section, relocation).map_err(failed)?;
    }
    Ok(())
}

/// Gives what all functions have in common: the place of the return address at their first instruction.
fn common(frames: &Frames) -> CommonInformationEntry {
    let encoding = Encoding {
        address_size: 8,
        format: Format::Dwarf32,
        version: 1,
    };
    let mut common = CommonInformationEntry::new(encoding, 1, -8, frames.return_address);
    common.fde_address_encoding = DwEhPe(DW_EH_PE_pcrel.0 | DW_EH_PE_sdata4.0);
    let pushed = i32::from(frames.pushed);
    common.add_instruction(CallFrameInstruction::Cfa(frames.stack_pointer, pushed));
    if pushed != 0 {
        common.add_instruction(CallFrameInstruction::Offset(frames.return_address, -pushed));
    }
    common
}
