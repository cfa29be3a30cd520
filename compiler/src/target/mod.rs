//! Options → the target that code is compiled for: the facts of it ([`Machine`]), and Cranelift's settings.
//!
//! A target is a file here, a folder in `runtime/src/arch/`, and a row of the lists that name all of them.

mod aarch64;
mod link_register;
mod machine;
mod riscv64;
mod x86_64;

pub(crate) use machine::{Frames, Machine, Relocations};

use crate::Error;
use crate::options::{Cpu, OptLevel, Options, Target};
use cranelift_codegen::isa::{self, OwnedTargetIsa, TargetIsa};
use cranelift_codegen::settings::{self, Configurable};

/// The target for `options`. Some modules need frame pointers
/// ([`Module::needs_frame_pointers`](crate::module::Module::needs_frame_pointers)); others have the
/// register for themselves.
pub(crate) fn target(options: &Options, frame_pointers: bool) -> Result<OwnedTargetIsa, Error> {
    let flags = flags(options.opt_level, BACKTRACKING, frame_pointers);
    finish(builder(options.target, options.cpu)?, flags)
}

/// Targets like that of [`target`] that compile without optimisation.
pub(crate) struct CheapTargets {
    /// With the register allocator of any other.
    pub unoptimised: OwnedTargetIsa,
    /// With one that takes a single pass. It knows no calls that end a block, as those with exception
    /// handlers do.
    pub single_pass: OwnedTargetIsa,
}

impl CheapTargets {
    /// Those for `options`.
    pub fn new(options: &Options, frame_pointers: bool) -> Result<Self, Error> {
        let make = |algorithm| {
            let flags = flags(OptLevel::None, algorithm, frame_pointers);
            finish(builder(options.target, options.cpu)?, flags)
        };
        Ok(Self {
            unoptimised: make(BACKTRACKING)?,
            single_pass: make("single_pass")?,
        })
    }
}

/// Cranelift's register allocator for good code.
const BACKTRACKING: &str = "backtracking";

fn finish(
    builder: isa::Builder,
    flags: Result<settings::Flags, settings::SetError>,
) -> Result<OwnedTargetIsa, Error> {
    let failed = |error: &dyn std::fmt::Display| Error::new(format!("target settings: {error}"));
    let flags = flags.map_err(|error| failed(&error))?;
    builder.finish(flags).map_err(|error| failed(&error))
}

fn flags(
    opt_level: OptLevel,
    register_allocator: &str,
    frame_pointers: bool,
) -> Result<settings::Flags, settings::SetError> {
    let mut flags = settings::builder();
    let opt_level = match opt_level {
        OptLevel::None => "none",
        OptLevel::Speed => "speed",
        OptLevel::SpeedAndSize => "speed_and_size",
    };
    flags.set("regalloc_algorithm", register_allocator)?;
    flags.set("opt_level", opt_level)?;
    // Names are resolved by the linker in one image: references are relative to the code's own
    // place, and need no table, although the image may lie anywhere.
    flags.set("is_pic", "false")?;
    flags.set("use_colocated_libcalls", "true")?;
    // Large frames touch every page on the way, so that none jumps over the stack's guard.
    flags.set("enable_probestack", "true")?;
    flags.set("probestack_strategy", "inline")?;
    flags.set("enable_multi_ret_implicit_sret", "true")?;
    flags.set("unwind_info", "true")?;
    flags.set(
        "preserve_frame_pointers",
        if frame_pointers { "true" } else { "false" },
    )?;
    flags.set(
        "enable_verifier",
        if cfg!(debug_assertions) {
            "true"
        } else {
            "false"
        },
    )?;
    Ok(settings::Flags::new(flags))
}

impl Cpu {
    /// Extensions of the instruction set that code for these processors may use; for
    /// [`Cpu::Native`] those of this machine's. Code runs wherever there are these.
    pub fn features(self, target: Target) -> Result<Vec<String>, Error> {
        let flags = settings::Flags::new(settings::builder());
        let isa = builder(target, self)?
            .finish(flags)
            .map_err(|error| Error::new(format!("target settings: {error}")))?;
        Ok(features(Machine::of(target), &*isa))
    }

    /// The name that the command line takes.
    pub fn name(self, target: Target) -> &'static str {
        match self {
            Cpu::Baseline => Machine::of(target).baseline,
            Cpu::Level(name) => name,
            Cpu::Native => "native",
        }
    }

    /// The processors of this name.
    pub fn named(name: &str) -> Option<Self> {
        if name == "native" {
            return Some(Cpu::Native);
        }
        let mut machines = Target::ALL.into_iter().map(Machine::of);
        machines.find_map(|machine| {
            let levels = machine.levels.iter().map(|level| level.name);
            let mut names = [machine.baseline].into_iter().chain(levels);
            names.find(|known| *known == name).map(Cpu::Level)
        })
    }
}

impl Target {
    /// The target's name: `ARCHITECTURE-linux`.
    pub fn name(self) -> &'static str {
        Machine::of(self).name
    }

    /// The target of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|target| target.name() == name)
    }

    /// The processors that `--cpu` takes for the target, but for the native one: the baseline first.
    pub fn cpus(self) -> impl Iterator<Item = &'static str> {
        let machine = Machine::of(self);
        let levels = machine.levels.iter().map(|level| level.name);
        [machine.baseline].into_iter().chain(levels)
    }
}

/// Tells if a target has vectors of 128 bits: in RISC-V they are an extension.
pub(crate) fn has_vectors(machine: &Machine, isa: &dyn TargetIsa) -> bool {
    let is_optional = machine.feature_bit("v").is_some();
    !is_optional || features(machine, isa).iter().any(|name| name == "v")
}

/// Extensions of the instruction set that a target has beyond its baseline.
pub(crate) fn features(machine: &Machine, isa: &dyn TargetIsa) -> Vec<String> {
    let flags = isa.isa_flags().into_iter();
    flags
        .filter(|flag| flag.as_bool() == Some(true))
        .filter_map(|flag| Some(flag.name.strip_prefix("has_")?.to_owned()))
        .filter(|name| machine.feature_bit(name).is_some())
        .collect()
}

/// The same as bits of [`kiln_abi::cpu`], for the program to check at its start.
pub(crate) fn feature_bits(machine: &Machine, isa: &dyn TargetIsa) -> u64 {
    let features = features(machine, isa);
    let bits = features.iter().filter_map(|name| machine.feature_bit(name));
    bits.fold(0, |bits, bit| bits | bit)
}

fn builder(target: Target, cpu: Cpu) -> Result<isa::Builder, Error> {
    let machine = Machine::of(target);
    if cpu == Cpu::Native {
        if Target::HOST != Some(target) {
            return Err(
                Error::new(format!("this machine is no {}", machine.name)).help(
                    "name the processors to build for: `--cpu native` is the one of this machine",
                ),
            );
        }
        return cranelift_native::builder().map_err(|e| Error::new(format!("--cpu native: {e}")));
    }
    let mut builder = isa::lookup_by_name(machine.triple)
        .map_err(|error| Error::new(format!("{} is not compiled in: {error}", machine.name)))?;
    let name = cpu.name(target);
    if name == machine.baseline {
        return Ok(builder);
    }
    let level = machine.levels.iter().find(|level| level.name == name);
    let level = level.ok_or_else(|| {
        let known: Vec<_> = target.cpus().collect();
        Error::new(format!("`{name}` is no processor of {}", machine.name))
            .help(format!("there are {}", known.join(", ")))
    })?;
    let mut enable = |feature: &str| {
        builder
            .enable(feature)
            .map_err(|error| Error::new(format!("CPU feature {feature}: {error}")))
    };
    for (name, bit) in (machine.features)().into_iter().zip(0..) {
        if level.features >> bit & 1 == 0 {
            continue;
        }
        enable(&format!("has_{name}"))?;
        // Vectors have 128 bits at least (RISC-V "V" Extension, 18.3), which is all that SIMD takes.
        if (target, name) == (Target::Riscv64, "v") {
            enable("zvl128b")?;
        }
    }
    Ok(builder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runtime_knows_every_feature() {
        let builder = isa::lookup_by_name("x86_64-unknown-linux-gnu").unwrap();
        let settings = builder
            .iter()
            .filter(|setting| setting.name.starts_with("has_"));
        let names: Vec<_> = settings
            .map(|setting| &setting.name["has_".len()..])
            .collect();
        let machine = Machine::of(Target::X86_64);
        assert_eq!(names.len(), (machine.features)().len());
        for name in names {
            assert!(machine.feature_bit(name).is_some(), "{name}");
        }
    }

    #[test]
    fn the_baseline_asks_for_nothing() {
        for target in Target::ALL {
            let options = Options {
                target,
                ..Options::default()
            };
            let baseline = super::target(&options, false).unwrap();
            assert_eq!(feature_bits(Machine::of(target), &*baseline), 0);
        }
    }

    #[test]
    fn each_level_asks_for_its_features() {
        for target in Target::ALL {
            let machine = Machine::of(target);
            for level in machine.levels {
                let options = Options {
                    target,
                    cpu: Cpu::named(level.name).unwrap(),
                    ..Options::default()
                };
                let isa = super::target(&options, false).unwrap();
                assert_eq!(
                    feature_bits(machine, &*isa),
                    level.features,
                    "{}",
                    level.name
                );
            }
        }
    }
}
