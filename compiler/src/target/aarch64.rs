//! AArch64 Linux.

use super::link_register::{self, Prologue};
use super::machine::{Calls, Frames, Machine, Relocations, RuntimeObjects};
use gimli::AArch64;
use kiln_abi::cpu::aarch64::{FEATURES, LEVELS};
use kiln_abi::layout::Map;
use kiln_abi::syscalls::architecture;
use object::elf;
use syscalls::aarch64::Sysno;

pub(super) static MACHINE: Machine = Machine {
    name: "aarch64-linux",
    triple: "aarch64-unknown-linux-gnu",
    map: Map::AARCH64,
    has_absolute_operands: false,
    architecture: object::Architecture::Aarch64,
    linker: kiln_link::Machine::Aarch64,
    relocations: Relocations {
        distance: elf::R_AARCH64_PREL32,
        address32: elf::R_AARCH64_ABS32,
        address64: elf::R_AARCH64_ABS64,
        field,
    },
    frames: Frames {
        stack_pointer: AArch64::SP,
        return_address: AArch64::X30,
        pushed: 0,
        rules: |code, isa| link_register::rules(code, isa, &PROLOGUE),
    },
    baseline: "armv8-a",
    levels: &LEVELS,
    features: || FEATURES.iter().map(|feature| feature.name).collect(),
    calls: Calls {
        architecture: architecture::AARCH64,
        seccomp: "SCMP_ARCH_AARCH64",
        find: |name| match name {
            // The kernel's own name for it differs (asm-generic/unistd.h), libseccomp's does not.
            "newfstatat" => Some((Sysno::fstatat.id() as u32, "newfstatat")),
            _ => {
                let call: Sysno = name.parse().ok()?;
                Some((call.id() as u32, call.name()))
            }
        },
        name: |number| Some(Sysno::new(number as usize)?.name()),
        last: Sysno::last().id() as u32,
    },
    runtime: RUNTIME,
};

/// `stp x29, x30, [sp, #-16]!` and `mov x29, sp`.
const PROLOGUE: Prologue = Prologue {
    frame_pointer: AArch64::X29,
    return_address: AArch64::X30,
    stores: 0,
};

/// Bytes that a relocation changes ("ELF for the Arm 64-bit Architecture", relocation).
fn field(r_type: u32) -> u64 {
    match r_type {
        elf::R_AARCH64_NONE | elf::R_AARCH64_TLSDESC_CALL => 0,
        elf::R_AARCH64_ABS16 | elf::R_AARCH64_PREL16 => 2,
        elf::R_AARCH64_ABS64 | elf::R_AARCH64_PREL64 => 8,
        _ => 4,
    }
}

include!(concat!(env!("OUT_DIR"), "/runtime_aarch64.rs"));
