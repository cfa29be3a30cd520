//! Extensions of RISC-V beyond RV64GC (The RISC-V Instruction Set Manual, volume 1).

use super::{Feature, Level};

/// The way the kernel tells of a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The bit of `AT_HWCAP` for this letter: 0 for A.
    Letter(u8),
    /// A bit of the key `RISCV_HWPROBE_KEY_IMA_EXT_0` of `riscv_hwprobe` (asm/hwprobe.h).
    Probed(u8),
}

/// RV64GC with vectors, and the profiles for application processors ("RISC-V Profiles", RVA22 and RVA23).
pub const LEVELS: [Level; 3] = [
    Level {
        name: "rv64gcv",
        features: 1 << 4,
    },
    Level {
        name: "rva22u64",
        features: 0b1111,
    },
    Level {
        name: "rva23u64",
        features: (1 << 8) - 1,
    },
];

const fn feature(name: &'static str, place: Place) -> Feature<Place> {
    Feature { name, place }
}

/// All of them, each at the position of its bit. (Those of vectors longer than 128 bits change no code.)
pub const FEATURES: [Feature<Place>; 12] = [
    feature("zba", Place::Probed(3)),
    feature("zbb", Place::Probed(4)),
    feature("zbs", Place::Probed(5)),
    feature("zfhmin", Place::Probed(28)),
    feature("v", Place::Letter(b'v' - b'a')),
    feature("zfa", Place::Probed(32)),
    feature("zicond", Place::Probed(35)),
    feature("zvbb", Place::Probed(17)),
    feature("zfh", Place::Probed(27)),
    feature("zvfh", Place::Probed(30)),
    feature("zbc", Place::Probed(7)),
    feature("zbkb", Place::Probed(8)),
];
