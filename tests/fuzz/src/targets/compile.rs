//! Any bytes are compiled, or refused with an error: within ten seconds and a gigabyte, without a panic.

use super::{kept, module, one_of};
use crate::driver;
use anyhow::{Context, Result, ensure};
use arbitrary::Unstructured;
use kiln_compiler::{
    BoundsChecks, Compiler, Cpu, Emit, Inspection, OptLevel, Options, Text, UnknownImports,
};
use std::fs;
use std::time::{Duration, Instant};

const TIME: Duration = Duration::from_secs(10);
const MEMORY: u64 = 1 << 30;

pub fn check(input: &[u8]) -> Result<bool> {
    let mut input = Unstructured::new(input);
    let options = options(&mut input)?;
    let bytes = bytes(&mut input)?;
    let started = Instant::now();
    let compiler = Compiler::new(options).context("options that make sense")?;
    let compiled = compiler.compile(&bytes);
    if input.ratio(1, 4)? {
        let _ = Inspection::of(&bytes);
        let _ = compiler.header(&bytes);
        let _ = compiler.render(&bytes, *one_of(&mut input, &[Text::Asm, Text::Clif])?);
    }
    let took = started.elapsed();
    ensure!(took < TIME, "{took:?}: {}", kept("too long", &bytes));
    let peak = peak_memory()?;
    ensure!(peak < MEMORY, "{peak} bytes: {}", kept("too large", &bytes));
    Ok(compiled.is_ok())
}

fn options(input: &mut Unstructured) -> Result<Options> {
    let mut options = Options::default();
    options.emit = *one_of(
        input,
        &[
            Emit::Executable,
            Emit::Object,
            Emit::StaticLibrary,
            Emit::SharedLibrary,
        ],
    )?;
    let levels = [OptLevel::None, OptLevel::Speed, OptLevel::SpeedAndSize];
    options.opt_level = *one_of(input, &levels)?;
    options.cpu = *one_of(input, &[Cpu::Baseline, Cpu::V3, Cpu::V4])?;
    let checks = [None, Some(false), Some(true)].map(|spectre| {
        let both = [BoundsChecks::Guard, BoundsChecks::Explicit];
        both.map(|bounds_checks| (bounds_checks, spectre))
    });
    (options.bounds_checks, options.spectre) = *one_of(input, checks.as_flattened())?;
    options.unknown_imports = *one_of(input, &[UnknownImports::Error, UnknownImports::Trap])?;
    options.strip = input.arbitrary()?;
    options.debug = input.arbitrary()?;
    Ok(options)
}

/// The input itself, or a module with some bytes changed or its end cut off.
fn bytes(input: &mut Unstructured) -> Result<Vec<u8>> {
    if input.ratio(1, 8)? {
        return Ok(input.bytes(input.len())?.to_vec());
    }
    // One change more often than not makes it invalid.
    let changes = *one_of(input, &[0, 0, 1, 1, 2, 8])?;
    let is_cut = input.ratio(1, 8)?;
    let places: Vec<(usize, u8)> = (0..changes)
        .map(|_| Ok((input.arbitrary()?, input.arbitrary()?)))
        .collect::<Result<_>>()?;
    let mut bytes = module(input)?;
    if input.ratio(3, 4)? {
        bytes = driver::with_start(&bytes, &mut || 1)?;
    }
    for (place, value) in &places {
        let place = place % bytes.len();
        bytes[place] = *value;
    }
    if is_cut && let Some((place, _)) = places.first() {
        bytes.truncate(place % bytes.len());
    }
    Ok(bytes)
}

/// The most bytes of memory that this process has had.
fn peak_memory() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    Ok(kilobytes.context("VmHWM")?.trim().parse::<u64>()? << 10)
}
