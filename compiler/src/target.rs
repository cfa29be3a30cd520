//! Options → the Cranelift target that code is compiled for.

use crate::Error;
use crate::options::{Cpu, OptLevel, Options};
use cranelift_codegen::isa::{self, OwnedTargetIsa, TargetIsa};
use cranelift_codegen::settings::{self, Configurable};

// Levels of the x86-64 psABI ("Micro-Architecture Levels"), by Cranelift's names for what each adds.
const V2: &[&str] = &[
    "has_sse3",
    "has_ssse3",
    "has_cmpxchg16b",
    "has_sse41",
    "has_sse42",
    "has_popcnt",
];
const V3: &[&str] = &[
    "has_avx",
    "has_avx2",
    "has_bmi1",
    "has_bmi2",
    "has_fma",
    "has_lzcnt",
];
const V4: &[&str] = &["has_avx512f", "has_avx512dq", "has_avx512vl"];

/// The target for `options`. Some modules need frame pointers
/// ([`Module::needs_frame_pointers`](crate::module::Module::needs_frame_pointers)); others have the
/// register for themselves.
pub(crate) fn target(options: &Options, frame_pointers: bool) -> Result<OwnedTargetIsa, Error> {
    let flags = flags(options.opt_level, BACKTRACKING, frame_pointers);
    finish(builder(options.cpu)?, flags)
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
            finish(builder(options.cpu)?, flags)
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
    pub fn features(self) -> Result<Vec<String>, Error> {
        let flags = settings::Flags::new(settings::builder());
        let isa = builder(self)?
            .finish(flags)
            .map_err(|error| Error::new(format!("target settings: {error}")))?;
        Ok(features(&*isa))
    }
}

/// Extensions of the instruction set that a target has.
pub(crate) fn features(isa: &dyn TargetIsa) -> Vec<String> {
    let flags = isa.isa_flags().into_iter();
    flags
        .filter(|flag| flag.as_bool() == Some(true))
        .filter_map(|flag| Some(flag.name.strip_prefix("has_")?.to_owned()))
        .collect()
}

/// The same as bits of [`kiln_abi::cpu`], for the program to check at its start.
pub(crate) fn feature_bits(isa: &dyn TargetIsa) -> u64 {
    let features = features(isa);
    let bits = features.iter().map(|name| {
        kiln_abi::cpu::bit(name).expect("a unit test holds the list against Cranelift's")
    });
    bits.fold(0, |bits, bit| bits | bit)
}

fn builder(cpu: Cpu) -> Result<isa::Builder, Error> {
    if cpu == Cpu::Native {
        return cranelift_native::builder().map_err(|e| Error::new(format!("--cpu native: {e}")));
    }
    let mut builder = isa::lookup_by_name("x86_64-unknown-linux-gnu")
        .map_err(|error| Error::new(format!("x86-64 is not compiled in: {error}")))?;
    let levels: &[&[&str]] = match cpu {
        Cpu::Baseline | Cpu::Native => &[],
        Cpu::V2 => &[V2],
        Cpu::V3 => &[V2, V3],
        Cpu::V4 => &[V2, V3, V4],
    };
    for feature in levels.iter().copied().flatten() {
        builder
            .enable(feature)
            .map_err(|error| Error::new(format!("CPU feature {feature}: {error}")))?;
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
        assert_eq!(names.len(), kiln_abi::cpu::FEATURES.len());
        for name in names {
            assert!(kiln_abi::cpu::bit(name).is_some(), "{name}");
        }
    }

    #[test]
    fn the_baseline_asks_for_nothing() {
        let options = Options::default();
        let baseline = target(&options, false).unwrap();
        assert_eq!(feature_bits(&*baseline), 0);
    }
}
