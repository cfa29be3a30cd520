//! x86-64 Linux.

mod frame;

use super::machine::{Calls, Frames, Machine, Relocations, RuntimeObjects};
use gimli::X86_64;
use kiln_abi::cpu::x86_64::{FEATURES, LEVELS};
use kiln_abi::layout::Map;
use kiln_abi::syscalls::architecture;
use object::elf;
use syscalls::x86_64::Sysno;

pub(super) static MACHINE: Machine = Machine {
    name: "x86_64-linux",
    triple: "x86_64-unknown-linux-gnu",
    map: Map::X86_64,
    has_absolute_operands: true,
    architecture: object::Architecture::X86_64,
    linker: kiln_link::Machine::X86_64,
    relocations: Relocations {
        distance: elf::R_X86_64_PC32,
        address32: elf::R_X86_64_32,
        address64: elf::R_X86_64_64,
        field,
    },
    frames: Frames {
        stack_pointer: X86_64::RSP,
        return_address: X86_64::RA,
        pushed: 8,
        rules: frame::rules,
    },
    baseline: "x86-64",
    levels: &LEVELS,
    features: || FEATURES.iter().map(|feature| feature.name).collect(),
    calls: Calls {
        architecture: architecture::X86_64,
        seccomp: "SCMP_ARCH_X86_64",
        find: |name| {
            let call: Sysno = name.parse().ok()?;
            Some((call.id() as u32, call.name()))
        },
        name: |number| Some(Sysno::new(number as usize)?.name()),
        last: Sysno::last().id() as u32,
    },
    runtime: RUNTIME,
};

/// Bytes that a relocation changes (System V psABI, 4.4).
fn field(r_type: u32) -> u64 {
    match r_type {
        elf::R_X86_64_NONE | elf::R_X86_64_TLSDESC_CALL => 0,
        elf::R_X86_64_8 | elf::R_X86_64_PC8 => 1,
        elf::R_X86_64_16 | elf::R_X86_64_PC16 => 2,
        elf::R_X86_64_64
        | elf::R_X86_64_DTPOFF64
        | elf::R_X86_64_TPOFF64
        | elf::R_X86_64_PC64
        | elf::R_X86_64_GOTOFF64
        | elf::R_X86_64_GOT64
        | elf::R_X86_64_GOTPCREL64
        | elf::R_X86_64_GOTPC64
        | elf::R_X86_64_GOTPLT64
        | elf::R_X86_64_PLTOFF64
        | elf::R_X86_64_SIZE64 => 8,
        _ => 4,
    }
}

include!(concat!(env!("OUT_DIR"), "/runtime_x86_64.rs"));
