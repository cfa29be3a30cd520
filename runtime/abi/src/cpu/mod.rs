//! The extensions of a processor beyond its architecture's baseline that compiled code may ask for, as
//! bits of [`crate::layout::Program::cpu_features`]. Each architecture has a list of them.

pub mod aarch64;
pub mod riscv64;
pub mod x86_64;

/// Those of the architecture that the runtime is compiled for.
#[cfg(target_arch = "aarch64")]
pub use aarch64 as here;
#[cfg(target_arch = "riscv64")]
pub use riscv64 as here;
#[cfg(target_arch = "x86_64")]
pub use x86_64 as here;

/// An extension of the instruction set.
#[derive(Clone, Copy, Debug)]
pub struct Feature<P> {
    /// Its name, that of Cranelift's setting without `has_`.
    pub name: &'static str,
    /// The place that tells of it.
    pub place: P,
}

/// Processors that `--cpu` names.
#[derive(Clone, Copy, Debug)]
pub struct Level {
    /// The name.
    pub name: &'static str,
    /// The features that all of them have, by their bits.
    pub features: u64,
}

/// The bit of a feature, by its name.
pub fn bit<P>(features: &[Feature<P>], name: &str) -> Option<u64> {
    let position = features.iter().position(|feature| feature.name == name);
    position.map(|position| 1 << position)
}
