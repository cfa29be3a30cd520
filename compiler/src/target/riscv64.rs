//! RISC-V Linux with 64 bits.

use super::link_register::{self, Prologue};
use super::machine::{Calls, Frames, Machine, Relocations, RuntimeObjects};
use gimli::RiscV;
use kiln_abi::cpu::riscv64::{FEATURES, LEVELS};
use kiln_abi::layout::Map;
use kiln_abi::syscalls::architecture;
use object::elf;
use syscalls::riscv64::Sysno;

pub(super) static MACHINE: Machine = Machine {
    name: "riscv64-linux",
    triple: "riscv64gc-unknown-linux-gnu",
    map: Map::RISCV64,
    has_absolute_operands: false,
    architecture: object::Architecture::Riscv64,
    linker: kiln_link::Machine::Riscv64,
    relocations: Relocations {
        distance: elf::R_RISCV_32_PCREL,
        address32: elf::R_RISCV_32,
        address64: elf::R_RISCV_64,
        field,
    },
    frames: Frames {
        stack_pointer: RiscV::SP,
        return_address: RiscV::RA,
        pushed: 0,
        rules: |code, isa| link_register::rules(code, isa, &PROLOGUE),
    },
    baseline: "rv64gc",
    levels: &LEVELS,
    features: || FEATURES.iter().map(|feature| feature.name).collect(),
    calls: Calls {
        architecture: architecture::RISCV64,
        seccomp: "SCMP_ARCH_RISCV64",
        find: |name| {
            // The architecture has the newer call alone.
            let name = if name == "renameat" {
                "renameat2"
            } else {
                name
            };
            let call: Sysno = name.parse().ok()?;
            Some((call.id() as u32, call.name()))
        },
        name: |number| Some(Sysno::new(number as usize)?.name()),
        last: Sysno::last().id() as u32,
    },
    runtime: RUNTIME,
};

/// `addi sp, sp, -16`, `sd ra, 8(sp)`, `sd s0, 0(sp)` and `mv s0, sp`.
const PROLOGUE: Prologue = Prologue {
    frame_pointer: RiscV::X8,
    return_address: RiscV::RA,
    stores: 8,
};

/// Bytes that a relocation changes ("RISC-V ELF Specification", relocations).
fn field(r_type: u32) -> u64 {
    match r_type {
        elf::R_RISCV_NONE | elf::R_RISCV_ALIGN | elf::R_RISCV_RELAX => 0,
        elf::R_RISCV_ADD8
        | elf::R_RISCV_SUB8
        | elf::R_RISCV_SUB6
        | elf::R_RISCV_SET6
        | elf::R_RISCV_SET8
        | elf::R_RISCV_SET_ULEB128
        | elf::R_RISCV_SUB_ULEB128 => 1,
        elf::R_RISCV_ADD16
        | elf::R_RISCV_SUB16
        | elf::R_RISCV_SET16
        | elf::R_RISCV_RVC_BRANCH
        | elf::R_RISCV_RVC_JUMP => 2,
        elf::R_RISCV_64
        | elf::R_RISCV_ADD64
        | elf::R_RISCV_SUB64
        | elf::R_RISCV_CALL
        | elf::R_RISCV_CALL_PLT => 8,
        _ => 4,
    }
}

include!(concat!(env!("OUT_DIR"), "/runtime_riscv64.rs"));
