//! The fuzz targets of Kiln. Each takes any bytes, makes an input of them, and fails if Kiln does what it
//! must not. `tests/bounded.rs` runs each on a few inputs; `libfuzzer/` has them as programs of
//! libFuzzer, which `tests/fuzz/long` runs for hours.

mod driver;
mod outcome;
mod reference;
mod smith;
mod targets;
mod ways;

use anyhow::{Context, Result};
use std::sync::OnceLock;

/// A check of one input. False where the input says nothing, as where a stack was exhausted.
pub type Check = fn(&[u8]) -> Result<bool>;

/// The input of this number: bytes by xorshift64*.
pub fn input(number: u64) -> Vec<u8> {
    const LEN: usize = 6000;
    let mut state = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut next = || {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) as u8
    };
    (0..LEN).map(|_| next()).collect()
}

/// All targets, by name.
pub const TARGETS: [(&str, Check); 9] = [
    ("compile", targets::compile::check),
    ("differential", targets::differential::check),
    ("mutate", targets::mutate::check),
    ("addresses", targets::addresses::check),
    ("exceptions", targets::exceptions::check),
    ("loops", targets::loops::check),
    ("configuration", targets::configuration::check),
    ("objects", targets::objects::check),
    ("wasi", targets::wasi::check),
];

/// Runs the target of this name on an input.
///
/// # Panics
///
/// If the check fails.
pub fn check(name: &str, input: &[u8]) {
    let found = TARGETS.iter().find(|(target, _)| *target == name);
    let checked = found
        .context("no such target")
        .and_then(|(_, check)| check(input));
    if let Err(error) = checked {
        panic!("{name}: {error:?}");
    }
}

/// Gives what `cell` holds, made where it holds nothing. Two threads may make it; one is dropped then.
fn once<T>(cell: &OnceLock<T>, make: impl FnOnce() -> Result<T>) -> Result<&T> {
    match cell.get() {
        Some(made) => Ok(made),
        None => {
            let made = make()?;
            Ok(cell.get_or_init(|| made))
        }
    }
}
