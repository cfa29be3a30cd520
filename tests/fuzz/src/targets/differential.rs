//! Modules of wasm-smith do under Kiln, in every way, what they do under Wasmtime.

use super::{compare, module};
use crate::driver;
use crate::ways::Way;
use anyhow::Result;
use arbitrary::Unstructured;

/// Arguments of functions, beside any number.
const EDGES: [u64; 12] = [
    0,
    1,
    2,
    u64::MAX,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    1 << 16,
    1 << 63,
    0x7fc0_0000,
    0x7ff8_0000_0000_0000,
    0x3ff0_0000_3f80_0000,
];

pub fn check(input: &[u8]) -> Result<bool> {
    let mut input = Unstructured::new(input);
    let numbers: [u64; 16] = input.arbitrary()?;
    let mut next = numbers.iter().cycle();
    let mut argument = || {
        let number = *next.next().unwrap_or(&0);
        match number & 3 {
            0 => number >> 2,
            _ => EDGES[(number >> 2) as usize % EDGES.len()],
        }
    };
    let module = driver::with_start(&module(&mut input)?, &mut argument)?;
    compare(&module, Way::all())
}
