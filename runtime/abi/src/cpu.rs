//! The extensions of a processor beyond the x86-64 baseline that compiled code may ask for, as bits of
//! [`crate::layout::Program::cpu_features`].

/// An extension of the instruction set.
#[derive(Clone, Copy, Debug)]
pub struct Feature {
    /// Its name, that of Cranelift's setting without `has_`.
    pub name: &'static str,
    /// The level of the psABI that demands it: 2 to 4, or 0 for none.
    pub level: u8,
    /// The leaf of CPUID that tells of it.
    pub leaf: Leaf,
    /// The register's bit.
    pub bit: u8,
    /// Bits of XCR0 that the system must have set, because it saves the registers.
    pub state: u64,
}

/// A leaf of CPUID with a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaf {
    /// Leaf 1, ECX.
    Basic,
    /// Leaf 7, EBX.
    Extended,
    /// Leaf 7, ECX.
    ExtendedMore,
    /// Leaf 7.1, EAX.
    ExtendedFurther,
    /// Leaf 0x8000_0001, ECX.
    Amd,
}

/// XMM and YMM registers.
const AVX: u64 = 0b110;
/// Those, mask registers, and ZMM registers.
const AVX512: u64 = 0b1110_0110;

const fn feature(name: &'static str, level: u8, leaf: Leaf, bit: u8, state: u64) -> Feature {
    Feature {
        name,
        level,
        leaf,
        bit,
        state,
    }
}

/// All of them, each at the position of its bit.
pub const FEATURES: [Feature; 19] = [
    feature("sse3", 2, Leaf::Basic, 0, 0),
    feature("ssse3", 2, Leaf::Basic, 9, 0),
    feature("cmpxchg16b", 2, Leaf::Basic, 13, 0),
    feature("sse41", 2, Leaf::Basic, 19, 0),
    feature("sse42", 2, Leaf::Basic, 20, 0),
    feature("popcnt", 2, Leaf::Basic, 23, 0),
    feature("avx", 3, Leaf::Basic, 28, AVX),
    feature("avx2", 3, Leaf::Extended, 5, AVX),
    feature("fma", 3, Leaf::Basic, 12, AVX),
    feature("bmi1", 3, Leaf::Extended, 3, 0),
    feature("bmi2", 3, Leaf::Extended, 8, 0),
    feature("lzcnt", 3, Leaf::Amd, 5, 0),
    feature("avx512f", 4, Leaf::Extended, 16, AVX512),
    feature("avx512dq", 4, Leaf::Extended, 17, AVX512),
    feature("avx512vl", 4, Leaf::Extended, 31, AVX512),
    feature("avx512vbmi", 0, Leaf::ExtendedMore, 1, AVX512),
    feature("avx512bitalg", 0, Leaf::ExtendedMore, 12, AVX512),
    feature("avx512vnni", 0, Leaf::ExtendedMore, 11, AVX512),
    feature("avx_vnni", 0, Leaf::ExtendedFurther, 4, AVX),
];

/// The bit of a feature, by its name.
pub fn bit(name: &str) -> Option<u64> {
    let position = FEATURES.iter().position(|feature| feature.name == name);
    position.map(|position| 1 << position)
}
