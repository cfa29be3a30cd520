//! The processor that an instance runs on, if its code was compiled for more than the baseline.

use crate::arch;
use kiln_abi::cpu::here::{FEATURES, LEVELS};

/// Bytes that the names of all features take, each with a separator.
pub const NAMES_MAX: usize = {
    let (mut len, mut index) = (0, 0);
    while index < FEATURES.len() {
        len += FEATURES[index].name.len() + 2;
        index += 1;
    }
    len
};

/// Finds the `wanted` features that the processor or the system lacks. The question takes some
/// microseconds where a hypervisor answers it, so it is not asked for the baseline.
pub fn missing(wanted: u64) -> u64 {
    match wanted {
        0 => 0,
        _ => wanted & !arch::cpu_features(wanted),
    }
}

/// Finds the first level of the architecture that has all of these features; `None` where none has.
pub fn level(features: u64) -> Option<&'static str> {
    let level = LEVELS.iter().find(|level| features & !level.features == 0);
    level.map(|level| level.name)
}

/// Writes the names of features, with commas between them; gives what was written.
pub fn names(features: u64, buffer: &mut [u8; NAMES_MAX]) -> &[u8] {
    let mut len = 0;
    let of = FEATURES.iter().enumerate();
    for (_, feature) in of.filter(|(index, _)| features >> index & 1 != 0) {
        let separator: &[u8] = if len == 0 { b"" } else { b", " };
        for part in [separator, feature.name.as_bytes()] {
            let rest = buffer.get_mut(len..).unwrap_or_default();
            if let Some(room) = rest.get_mut(..part.len()) {
                room.copy_from_slice(part);
                len += part.len();
            }
        }
    }
    buffer.get(..len).unwrap_or_default()
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;

    fn bit(name: &str) -> Option<u64> {
        kiln_abi::cpu::bit(&FEATURES, name)
    }

    fn bits(names: &[&str]) -> u64 {
        names.iter().map(|name| bit(name).expect(name)).sum()
    }

    #[test]
    fn features_are_told_by_name_and_level() {
        let mut buffer = [0; NAMES_MAX];
        assert_eq!(names(bits(&["bmi2", "sse3"]), &mut buffer), b"sse3, bmi2");
        assert_eq!(names(u64::MAX >> 45, &mut buffer).len(), NAMES_MAX - 2);
        assert_eq!(level(bits(&["sse3", "popcnt"])), Some("x86-64-v2"));
        assert_eq!(level(bits(&["sse3", "lzcnt"])), Some("x86-64-v3"));
        assert_eq!(level(bits(&["sse3", "avx512vl"])), Some("x86-64-v4"));
        assert_eq!(level(bits(&["sse3", "avx_vnni"])), None);
    }

    #[test]
    fn the_processor_is_known_as_std_knows_it() {
        let here = arch::cpu_features(u64::MAX);
        macro_rules! check {
            ($($name:literal $std:tt),*) => {
                $(assert_eq!(
                    here & bit($name).unwrap() != 0,
                    std::arch::is_x86_feature_detected!($std),
                    $name
                );)*
            };
        }
        check!(
            "sse3" "sse3", "ssse3" "ssse3", "cmpxchg16b" "cmpxchg16b", "sse41" "sse4.1",
            "sse42" "sse4.2", "popcnt" "popcnt", "avx" "avx", "avx2" "avx2", "fma" "fma",
            "bmi1" "bmi1", "bmi2" "bmi2", "lzcnt" "lzcnt", "avx512f" "avx512f",
            "avx512dq" "avx512dq", "avx512vl" "avx512vl", "avx512vbmi" "avx512vbmi",
            "avx512bitalg" "avx512bitalg", "avx512vnni" "avx512vnni", "avx_vnni" "avxvnni"
        );
        assert_eq!(missing(here), 0);
        assert_eq!(missing(0), 0);
    }
}
