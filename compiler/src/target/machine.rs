//! The facts of a target that the phases need: a value of [`Machine`] for each, in a file of its own.

use super::{Target, aarch64, riscv64, x86_64};
use crate::Error;
use cranelift_codegen::CompiledCode;
use cranelift_codegen::isa::TargetIsa;
use gimli::Register;
use gimli::write::CallFrameInstruction;
use kiln_abi::cpu::Level;
use kiln_abi::layout::Map;

/// A target's facts.
#[derive(Debug)]
pub(crate) struct Machine {
    /// Its name on the command line.
    pub name: &'static str,
    /// Cranelift's name for it.
    pub triple: &'static str,
    /// The numbers of its address map.
    pub map: Map,
    /// True if the operand of an access may hold an address below 2 GiB beside an index. Elsewhere such an address
    /// takes instructions of its own, so that accesses to a memory start from a register.
    pub has_absolute_operands: bool,
    /// The architecture of its ELF files.
    pub architecture: object::Architecture,
    /// The linker's name for the same.
    pub linker: kiln_link::Machine,
    /// The relocations that Kiln writes itself.
    pub relocations: Relocations,
    /// The registers and rules that frames are described by.
    pub frames: Frames,
    /// The name of its baseline, as `--cpu` takes it.
    pub baseline: &'static str,
    /// Other processors that `--cpu` takes.
    pub levels: &'static [Level],
    /// Names of the features beyond the baseline, in the order of their bits.
    pub features: fn() -> Vec<&'static str>,
    /// Its system calls.
    pub calls: Calls,
    /// The runtime for it, if this build of the compiler has it.
    pub runtime: Option<RuntimeObjects>,
}

/// Types of relocations in ELF.
#[derive(Debug)]
pub(crate) struct Relocations {
    /// The distance to a symbol, in 32 bits.
    pub distance: u32,
    /// An address in 32 bits.
    pub address32: u32,
    /// An address in 64 bits.
    pub address64: u32,
    /// Bytes that a relocation of a type changes. One that is not known changes an instruction.
    pub field: fn(u32) -> u64,
}

/// The registers and rules that frames are described by.
#[derive(Debug)]
pub(crate) struct Frames {
    /// The stack pointer.
    pub stack_pointer: Register,
    /// The register, or the column, of the return address.
    pub return_address: Register,
    /// Bytes on the stack at the first instruction of a function: those of the return address, where a call
    /// pushes it.
    pub pushed: u8,
    /// The rules of a function's frame, by the offset in its code from which each holds, ascending.
    pub rules: fn(&CompiledCode, &dyn TargetIsa) -> Vec<(u32, CallFrameInstruction)>,
}

/// System calls of an architecture.
#[derive(Debug)]
pub(crate) struct Calls {
    /// The architecture, as a filter sees it.
    pub architecture: u32,
    /// The same as libseccomp names it.
    pub seccomp: &'static str,
    /// The number and the name here of a call with this name elsewhere: that of generic system calls, or of
    /// x86-64.
    pub find: fn(&str) -> Option<(u32, &'static str)>,
    /// The name of a number.
    pub name: fn(u32) -> Option<&'static str>,
    /// The last number.
    pub last: u32,
}

/// The runtime, compiled: relocatable objects with a section per function, so that what is linked
/// with one keeps only what it can reach. `build.rs` makes them.
#[derive(Clone, Copy)]
pub(crate) struct RuntimeObjects {
    /// The object that every executable is linked with.
    pub executable: &'static [u8],
    /// The object that every library is combined with.
    pub library: &'static [u8],
}

impl std::fmt::Debug for RuntimeObjects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} and {} bytes",
            self.executable.len(),
            self.library.len()
        )
    }
}

impl Machine {
    /// The facts of a target.
    pub fn of(target: Target) -> &'static Self {
        match target {
            Target::X86_64 => &x86_64::MACHINE,
            Target::Aarch64 => &aarch64::MACHINE,
            Target::Riscv64 => &riscv64::MACHINE,
        }
    }

    /// The bit of a feature, by Cranelift's name without `has_`.
    pub fn feature_bit(&self, name: &str) -> Option<u64> {
        let position = (self.features)().iter().position(|known| *known == name);
        position.map(|position| 1 << position)
    }

    /// The runtime's objects; an error where this build of the compiler has none for the target.
    pub fn runtime(&self) -> Result<RuntimeObjects, Error> {
        self.runtime.ok_or_else(|| {
            let triple = self.triple;
            Error::new(format!("this build of Kiln has no runtime for {}", self.name)).help(format!(
                "run `rustup target add {triple}` and build Kiln again: its build makes the runtime for each \
                 target that is installed"
            ))
        })
    }
}
