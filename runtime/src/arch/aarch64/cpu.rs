//! The features of the processor, as the kernel tells programs of them (getauxval(3)).

use kiln_abi::cpu::aarch64::FEATURES;

/// Those of the `wanted` features, as bits of [`kiln_abi::cpu`], that the processor has and that the
/// system lets programs use.
pub fn cpu_features(wanted: u64) -> u64 {
    let (first, second) = rustix::param::linux_hwcap();
    let mut features = 0;
    for (feature, index) in FEATURES.iter().zip(0..) {
        let word = if feature.place.is_second {
            second
        } else {
            first
        };
        features |= ((word as u64) >> feature.place.bit & 1) << index;
    }
    features & wanted
}
