//! Arguments and expected results of a script's commands, as bit patterns.
//!
//! Every expected number is a pattern and a mask: a result matches if it agrees in the bits of the
//! mask. The specification's two NaN patterns are such masks, so that one comparison serves all.

use wast::core::{AbstractHeapType, HeapType, NanPattern, V128Pattern, WastArgCore, WastRetCore};
use wast::token::{F32, F64};
use wast::{WastArg, WastRet};

/// An argument of an invocation.
#[derive(Clone, Copy, Debug)]
pub enum Arg {
    I32(u32),
    I64(u64),
    F32(u32),
    F64(u64),
    V128(u128),
    /// Null, of the parameter's type.
    Null,
    /// The host's external value of this number.
    Extern(u32),
}

/// The expectation of a result.
#[derive(Clone, Debug)]
pub enum Expected {
    /// A number whose bits under `mask` are `bits`.
    Number { bits: u128, mask: u128 },
    /// A null reference.
    Null,
    /// Any reference but null.
    NonNull,
    /// The host's external value of this number.
    Extern(u32),
    /// Any one of these.
    Either(Vec<Expected>),
}

/// The proposal that values of a command need and Kiln does not have.
pub const GARBAGE_COLLECTION: &str = "garbage collection";

impl Arg {
    pub fn new(arg: &WastArg<'_>) -> Result<Self, &'static str> {
        let WastArg::Core(arg) = arg else {
            return Err("needs the component model");
        };
        Ok(match arg {
            WastArgCore::I32(value) => Self::I32(*value as u32),
            WastArgCore::I64(value) => Self::I64(*value as u64),
            WastArgCore::F32(value) => Self::F32(value.bits),
            WastArgCore::F64(value) => Self::F64(value.bits),
            WastArgCore::V128(value) => Self::V128(u128::from_le_bytes(value.to_le_bytes())),
            WastArgCore::RefNull(ty) if is_plain(ty) => Self::Null,
            WastArgCore::RefExtern(number) => Self::Extern(*number),
            WastArgCore::RefNull(_) | WastArgCore::RefHost(_) => return Err(GARBAGE_COLLECTION),
        })
    }
}

impl Expected {
    pub fn new(expected: &WastRet<'_>) -> Result<Self, &'static str> {
        match expected {
            WastRet::Core(expected) => Self::core(expected),
            _ => Err("needs the component model"),
        }
    }

    fn core(expected: &WastRetCore<'_>) -> Result<Self, &'static str> {
        let exact = |bits: u128| Self::Number {
            bits,
            mask: u128::MAX,
        };
        Ok(match expected {
            WastRetCore::I32(value) => exact((*value as u32).into()),
            WastRetCore::I64(value) => exact((*value as u64).into()),
            WastRetCore::F32(pattern) => {
                let (bits, mask) = float32(pattern);
                Self::Number {
                    bits: bits.into(),
                    mask: mask.into(),
                }
            }
            WastRetCore::F64(pattern) => {
                let (bits, mask) = float64(pattern);
                Self::Number {
                    bits: bits.into(),
                    mask: mask.into(),
                }
            }
            WastRetCore::V128(pattern) => {
                let (bits, mask) = vector(pattern);
                Self::Number { bits, mask }
            }
            WastRetCore::RefNull(ty) if ty.as_ref().is_none_or(is_plain) => Self::Null,
            WastRetCore::RefExtern(None) | WastRetCore::RefFunc(_) => Self::NonNull,
            WastRetCore::RefExtern(Some(number)) => Self::Extern(*number),
            WastRetCore::Either(cases) => {
                Self::Either(cases.iter().map(Self::core).collect::<Result<_, _>>()?)
            }
            _ => return Err(GARBAGE_COLLECTION),
        })
    }
}

/// Tells if a type of null exists without garbage collection.
fn is_plain(ty: &HeapType<'_>) -> bool {
    use AbstractHeapType::{Exn, Extern, Func, NoExn, NoExtern, NoFunc};
    match ty {
        HeapType::Abstract { shared, ty } => {
            !shared && matches!(ty, Func | Extern | Exn | NoFunc | NoExtern | NoExn)
        }
        HeapType::Concrete(_) => true,
        HeapType::Exact(_) => false,
    }
}

/// Bits and mask of a pattern. A canonical NaN has any sign and just the top bit of its payload;
/// an arithmetic one has that bit and any others.
fn float32(pattern: &NanPattern<F32>) -> (u32, u32) {
    match pattern {
        NanPattern::CanonicalNan => (0x7fc0_0000, 0x7fff_ffff),
        NanPattern::ArithmeticNan => (0x7fc0_0000, 0x7fc0_0000),
        NanPattern::Value(value) => (value.bits, u32::MAX),
    }
}

fn float64(pattern: &NanPattern<F64>) -> (u64, u64) {
    match pattern {
        NanPattern::CanonicalNan => (0x7ff8_0000_0000_0000, 0x7fff_ffff_ffff_ffff),
        NanPattern::ArithmeticNan => (0x7ff8_0000_0000_0000, 0x7ff8_0000_0000_0000),
        NanPattern::Value(value) => (value.bits, u64::MAX),
    }
}

fn vector(pattern: &V128Pattern) -> (u128, u128) {
    let exact = |bits| (bits, u128::MAX);
    match pattern {
        V128Pattern::I8x16(lanes) => exact(join(lanes.map(|lane| lane as u8))),
        V128Pattern::I16x8(lanes) => exact(join(lanes.map(|lane| lane as u16))),
        V128Pattern::I32x4(lanes) => exact(join(lanes.map(|lane| lane as u32))),
        V128Pattern::I64x2(lanes) => exact(join(lanes.map(|lane| lane as u64))),
        V128Pattern::F32x4(lanes) => {
            let lanes = lanes.map(|lane| float32(&lane));
            (
                join(lanes.map(|lane| lane.0)),
                join(lanes.map(|lane| lane.1)),
            )
        }
        V128Pattern::F64x2(lanes) => {
            let lanes = lanes.map(|lane| float64(&lane));
            (
                join(lanes.map(|lane| lane.0)),
                join(lanes.map(|lane| lane.1)),
            )
        }
    }
}

/// Lanes as one number, lane 0 lowest.
fn join<T: Into<u128>, const N: usize>(lanes: [T; N]) -> u128 {
    let width = 128 / N;
    let mut bits = 0;
    for (index, lane) in lanes.into_iter().enumerate() {
        bits |= lane.into() << (index * width);
    }
    bits
}
