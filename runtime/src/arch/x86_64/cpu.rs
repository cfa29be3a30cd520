//! The features of the processor, by CPUID (Intel SDM, volume 2) and XCR0 (volume 1, 13.3).

use core::arch::asm;
use core::arch::x86_64::{__cpuid, __cpuid_count, CpuidResult};
use kiln_abi::cpu::x86_64::{FEATURES, Leaf};

/// OSXSAVE, in ECX of leaf 1: XCR0 can be read.
const OSXSAVE: u32 = 1 << 27;

/// Those of the `wanted` features, as bits of [`kiln_abi::cpu`], that the processor has and that the
/// system lets programs use. Only the leaves that tell of these are asked for: each takes 3 µs in a
/// virtual machine.
pub fn cpu_features(wanted: u64) -> u64 {
    let basic = __cpuid(1);
    let is_wanted = |index: &usize| wanted >> index & 1 != 0;
    let asks = |leaf: &[Leaf]| {
        let mut wanted = (0..FEATURES.len()).filter(is_wanted);
        wanted.any(|index| leaf.contains(&FEATURES[index].place.leaf))
    };
    let none = CpuidResult {
        eax: 0,
        ebx: 0,
        ecx: 0,
        edx: 0,
    };
    let has = |leaf: u32| __cpuid(leaf & 0x8000_0000).eax >= leaf;
    let structured = [Leaf::Extended, Leaf::ExtendedMore, Leaf::ExtendedFurther];
    let extended = if asks(&structured) && has(7) {
        __cpuid_count(7, 0)
    } else {
        none
    };
    // EAX of leaf 7.0 is the highest subleaf.
    let further = if asks(&[Leaf::ExtendedFurther]) && extended.eax >= 1 {
        __cpuid_count(7, 1)
    } else {
        none
    };
    let amd = if asks(&[Leaf::Amd]) && has(0x8000_0001) {
        __cpuid(0x8000_0001)
    } else {
        none
    };
    let saved = if basic.ecx & OSXSAVE != 0 {
        // SAFETY: the processor says that there is the instruction.
        unsafe { read_xcr0() }
    } else {
        0
    };
    let mut features = 0;
    for index in (0..FEATURES.len()).filter(is_wanted) {
        let feature = &FEATURES[index].place;
        let register = match feature.leaf {
            Leaf::Basic => basic.ecx,
            Leaf::Extended => extended.ebx,
            Leaf::ExtendedMore => extended.ecx,
            Leaf::ExtendedFurther => further.eax,
            Leaf::Amd => amd.ecx,
        };
        let is_there = register >> feature.bit & 1 != 0;
        if is_there && saved & feature.state == feature.state {
            features |= 1 << index;
        }
    }
    features
}

/// The register that says which others the system saves.
///
/// # Safety
///
/// The processor must have the instruction.
unsafe fn read_xcr0() -> u64 {
    let (low, high): (u32, u32);
    // SAFETY: the caller's promise; it changes these registers alone.
    unsafe {
        asm!(
            "xgetbv",
            in("ecx") 0,
            out("eax") low,
            out("edx") high,
            options(nomem, nostack, preserves_flags),
        );
    }
    u64::from(high) << 32 | u64::from(low)
}
