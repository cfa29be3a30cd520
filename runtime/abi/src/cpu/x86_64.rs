//! Extensions of x86-64 beyond its baseline.

use super::{Feature, Level};

/// The place where CPUID tells of a feature.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The leaf.
    pub leaf: Leaf,
    /// The register's bit.
    pub bit: u8,
    /// Bits of XCR0 that the system must have set, because it saves the registers.
    pub state: u64,
}

/// The levels of the x86-64 psABI ("Micro-Architecture Levels").
pub const LEVELS: [Level; 3] = [
    Level {
        name: "x86-64-v2",
        features: (1 << 6) - 1,
    },
    Level {
        name: "x86-64-v3",
        features: (1 << 12) - 1,
    },
    Level {
        name: "x86-64-v4",
        features: (1 << 15) - 1,
    },
];

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

const fn feature(name: &'static str, leaf: Leaf, bit: u8, state: u64) -> Feature<Place> {
    Feature {
        name,
        place: Place { leaf, bit, state },
    }
}

/// All of them, each at the position of its bit, in the order of [`LEVELS`].
pub const FEATURES: [Feature<Place>; 19] = [
    feature("sse3", Leaf::Basic, 0, 0),
    feature("ssse3", Leaf::Basic, 9, 0),
    feature("cmpxchg16b", Leaf::Basic, 13, 0),
    feature("sse41", Leaf::Basic, 19, 0),
    feature("sse42", Leaf::Basic, 20, 0),
    feature("popcnt", Leaf::Basic, 23, 0),
    feature("avx", Leaf::Basic, 28, AVX),
    feature("avx2", Leaf::Extended, 5, AVX),
    feature("fma", Leaf::Basic, 12, AVX),
    feature("bmi1", Leaf::Extended, 3, 0),
    feature("bmi2", Leaf::Extended, 8, 0),
    feature("lzcnt", Leaf::Amd, 5, 0),
    feature("avx512f", Leaf::Extended, 16, AVX512),
    feature("avx512dq", Leaf::Extended, 17, AVX512),
    feature("avx512vl", Leaf::Extended, 31, AVX512),
    feature("avx512vbmi", Leaf::ExtendedMore, 1, AVX512),
    feature("avx512bitalg", Leaf::ExtendedMore, 12, AVX512),
    feature("avx512vnni", Leaf::ExtendedMore, 11, AVX512),
    feature("avx_vnni", Leaf::ExtendedFurther, 4, AVX),
];
