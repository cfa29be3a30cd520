//! The features of the processor, as the kernel tells programs of them (getauxval(3), riscv_hwprobe(2)).

use super::syscall5;
use kiln_abi::cpu::riscv64::{FEATURES, Place};
use linux_raw_sys::general::__NR_riscv_hwprobe;

/// `RISCV_HWPROBE_KEY_IMA_EXT_0` of asm/hwprobe.h.
const KEY_EXTENSIONS: i64 = 4;

/// Those of the `wanted` features, as bits of [`kiln_abi::cpu`], that the processor has and that the
/// system lets programs use.
pub fn cpu_features(wanted: u64) -> u64 {
    let (letters, _) = rustix::param::linux_hwcap();
    let mut pair = [KEY_EXTENSIONS, 0];
    let address = (&raw mut pair).addr();
    // SAFETY: the call writes the pair. A kernel before 6.4 has no such call, and tells of no such feature.
    let result = unsafe { syscall5(__NR_riscv_hwprobe, [address, 1, 0, 0, 0]) };
    let probed = if result == 0 { pair[1] as u64 } else { 0 };
    let mut features = 0;
    for (feature, index) in FEATURES.iter().zip(0..) {
        let bit = match feature.place {
            Place::Letter(letter) => letters as u64 >> letter,
            Place::Probed(bit) => probed >> bit,
        };
        features |= (bit & 1) << index;
    }
    features & wanted
}
