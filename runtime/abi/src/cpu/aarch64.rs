//! Extensions of AArch64 beyond Armv8.0-A (Arm Architecture Reference Manual, A2.3).

use super::{Feature, Level};

/// The bit of `AT_HWCAP` by which the kernel tells of a feature (asm/hwcap.h).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Set where the bit is one of `AT_HWCAP2`.
    pub is_second: bool,
    /// Its number.
    pub bit: u8,
}

/// Versions of the architecture.
pub const LEVELS: [Level; 2] = [
    Level {
        name: "armv8.1-a",
        features: 0b1,
    },
    Level {
        name: "armv8.4-a",
        features: 0b11,
    },
];

const fn feature(name: &'static str, is_second: bool, bit: u8) -> Feature<Place> {
    Feature {
        name,
        place: Place { is_second, bit },
    }
}

/// All of them, each at the position of its bit.
pub const FEATURES: [Feature<Place>; 5] = [
    feature("lse", false, 8),
    feature("dotprod", false, 20),
    feature("fp16", false, 10),
    feature("pauth", false, 30),
    feature("i8mm", true, 13),
];
