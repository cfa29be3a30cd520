//! Instructions of WebAssembly that the baseline of a processor lacks, as functions: the `LibCall`s
//! of Cranelift, named in [`kiln_abi::symbols`]. Results are exact, keep the sign of zero, and give
//! a NaN back quieted.

macro_rules! rounding {
    ($module:ident: $float:ident $int:ident $bits:ident; $ceil:ident $floor:ident $trunc:ident $nearest:ident) => {
        #[doc = concat!("Rounding of ", stringify!($float), ".")]
        pub mod $module {
            /// All numbers from here on are integers; those below fit the integer type.
            const INTEGRAL: $float = (1u64 << ($float::MANTISSA_DIGITS - 1)) as $float;
            /// The bit that tells a quiet NaN from a signalling one.
            const QUIET: $bits = 1 << ($float::MANTISSA_DIGITS - 2);

            /// Rounds up.
            #[inline]
            pub fn $ceil(x: $float) -> $float {
                unless_integral(x, |x| {
                    let near = toward_zero(x);
                    if near < x { near + 1.0 } else { near }
                })
            }

            /// Rounds down.
            #[inline]
            pub fn $floor(x: $float) -> $float {
                unless_integral(x, |x| {
                    let near = toward_zero(x);
                    if near > x { near - 1.0 } else { near }
                })
            }

            /// Rounds toward zero.
            #[inline]
            pub fn $trunc(x: $float) -> $float {
                unless_integral(x, toward_zero)
            }

            /// Rounds to the nearest integer, half-way cases to the even one.
            #[inline]
            pub fn $nearest(x: $float) -> $float {
                // The sum has no room for a fraction, so that the processor rounds it away.
                unless_integral(x, |x| (x.abs() + INTEGRAL) - INTEGRAL)
            }

            #[inline(always)]
            fn unless_integral(x: $float, round: impl Fn($float) -> $float) -> $float {
                if x.abs() < INTEGRAL {
                    round(x).copysign(x)
                } else if x.is_nan() {
                    $float::from_bits(x.to_bits() | QUIET)
                } else {
                    x
                }
            }

            #[inline(always)]
            fn toward_zero(x: $float) -> $float {
                // SAFETY: only called below INTEGRAL, where the integer type has room.
                (unsafe { x.to_int_unchecked::<$int>() }) as $float
            }
        }
    };
}

rounding!(single: f32 i32 u32; ceil_f32 floor_f32 trunc_f32 nearest_f32);
rounding!(double: f64 i64 u64; ceil_f64 floor_f64 trunc_f64 nearest_f64);

#[cfg(test)]
mod tests {
    use super::double::*;
    use super::single::*;

    const F32_EDGES: &[u32] = &[
        0x0000_0000,
        0x0000_0001,
        0x0080_0000,
        0x3eff_ffff,
        0x3f00_0000,
        0x3f00_0001,
        0x3f7f_ffff,
        0x3f80_0000,
        0x3fc0_0000,
        0x4020_0000,
        0x4060_0000,
        0x4aff_ffff,
        0x4b00_0000,
        0x4b00_0001,
        0x4f00_0000,
        0x5f00_0000,
        0x7f7f_ffff,
        0x7f80_0000,
        0x7f80_0001,
        0x7fc0_0000,
        0x7fff_ffff,
    ];

    /// Bit patterns of all exponents, from a linear congruential generator (Knuth's MMIX).
    fn random_bits(count: usize) -> impl Iterator<Item = u64> {
        let step = |x: &u64| {
            Some(
                x.wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407),
            )
        };
        std::iter::successors(Some(1), step)
            .map(|x| x ^ x >> 29)
            .take(count)
    }

    fn f32_inputs() -> impl Iterator<Item = f32> {
        let signed = F32_EDGES.iter().flat_map(|&bits| [bits, bits | 1 << 31]);
        signed
            .chain(random_bits(200_000).map(|bits| bits as u32))
            .map(f32::from_bits)
    }

    fn f64_inputs() -> impl Iterator<Item = f64> {
        let near_edges = f32_inputs().flat_map(|x| {
            let bits = f64::from(x).to_bits();
            [bits.wrapping_sub(1), bits, bits + 1]
        });
        let limits = [51, 52, 53, 62, 63, 64].map(|power| 2f64.powi(power));
        let around = |x: f64| [x.next_down(), x, x.next_up(), -x, x - 0.5];
        let near_limits = limits.into_iter().flat_map(around).map(f64::to_bits);
        near_edges
            .chain(near_limits)
            .chain(random_bits(200_000))
            .map(f64::from_bits)
    }

    #[track_caller]
    fn check_f32(given: impl Fn() -> String, ours: f32, expected: f32) {
        let quiet = ours.to_bits() & 1 << 22 != 0;
        let same =
            ours.to_bits() == expected.to_bits() || expected.is_nan() && ours.is_nan() && quiet;
        assert!(same, "{}: {ours:?}, not {expected:?}", given());
    }

    #[track_caller]
    fn check_f64(given: impl Fn() -> String, ours: f64, expected: f64) {
        let quiet = ours.to_bits() & 1 << 51 != 0;
        let same =
            ours.to_bits() == expected.to_bits() || expected.is_nan() && ours.is_nan() && quiet;
        assert!(same, "{}: {ours:?}, not {expected:?}", given());
    }

    #[test]
    fn rounding_f32_equals_the_standard_library() {
        for x in f32_inputs() {
            check_f32(|| format!("ceil {x:?}"), ceil_f32(x), x.ceil());
            check_f32(|| format!("floor {x:?}"), floor_f32(x), x.floor());
            check_f32(|| format!("trunc {x:?}"), trunc_f32(x), x.trunc());
            check_f32(
                || format!("nearest {x:?}"),
                nearest_f32(x),
                x.round_ties_even(),
            );
        }
    }

    #[test]
    fn rounding_f64_equals_the_standard_library() {
        for x in f64_inputs() {
            check_f64(|| format!("ceil {x:?}"), ceil_f64(x), x.ceil());
            check_f64(|| format!("floor {x:?}"), floor_f64(x), x.floor());
            check_f64(|| format!("trunc {x:?}"), trunc_f64(x), x.trunc());
            check_f64(
                || format!("nearest {x:?}"),
                nearest_f64(x),
                x.round_ties_even(),
            );
        }
    }

    #[test]
    fn rounding_keeps_the_payload_of_a_nan() {
        assert_eq!(
            floor_f32(f32::from_bits(0xff80_0005)).to_bits(),
            0xffc0_0005
        );
        let nan = f64::from_bits(0x7ff0_0000_0000_0005);
        assert_eq!(nearest_f64(nan).to_bits(), 0x7ff8_0000_0000_0005);
    }
}
