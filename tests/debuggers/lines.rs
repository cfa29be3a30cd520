//! Lines of source in what a trap tells, by DWARF of the module or of a file beside it.

use super::{Program, source, tells};
use anyhow::{Context, Result, ensure};
use kiln_compiler::{Artifact, Compiler, DebugFile, Emit, OptLevel, Options, debug_file_of};
use kiln_tests::toolchain::Toolchain;
use kiln_tests::{options, program};
use std::fs;
use std::path::Path;
use std::process::Command;

/// The module of `lines.c`, with DWARF.
fn module() -> Result<Vec<u8>> {
    Ok(fs::read(Toolchain::ClangDebug.build(&source("lines.c"))?)?)
}

fn compiled(module: &[u8], options: Options) -> Result<Artifact> {
    Ok(Compiler::new(options)?.compile(module)?)
}

/// Gives what a program tells of its trap.
fn told(artifact: &Artifact) -> Result<String> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("program");
    program::install(&artifact.bytes, &path)?;
    told_by(&path)
}

fn told_by(path: &Path) -> Result<String> {
    let output = Command::new(path).output()?;
    ensure!(output.status.code() == Some(134), "{output:?}");
    Ok(String::from_utf8(output.stderr)?)
}

/// Asserts that a trap of `lines.c` is told with lines, or else without.
fn tells_lines(told: &str, has_lines: bool) -> Result<()> {
    tells(told, "error: wasm trap: out of bounds memory access")?;
    let mut frames = told.lines().skip(1);
    if !has_lines {
        ensure!(
            !told.contains("lines.c") && !told.contains("inlined"),
            "{told}"
        );
        return tells(
            frames.next().unwrap_or_default(),
            "  #0 sum (wasm-function[",
        );
    }
    for (begin, end) in [
        (
            "  #0 pick (wasm-function[",
            ", inlined) at debuggers/lines.c:5:12",
        ),
        ("  #1 sum (wasm-function[", ") at debuggers/lines.c:9:29"),
        ("  #2 ", ") at debuggers/lines.c:14:27"),
    ] {
        let frame = frames.next().unwrap_or_default();
        ensure!(frame.starts_with(begin) && frame.ends_with(end), "{told}");
    }
    Ok(())
}

#[test]
fn a_trap_in_c_tells_lines_and_inlined_functions() -> Result<()> {
    let module = module()?;
    for level in [OptLevel::Speed, OptLevel::SpeedAndSize] {
        let mut options = options::options();
        options.opt_level = level;
        let artifact = compiled(&module, options)?;
        ensure!(artifact.warnings.is_empty(), "{:?}", artifact.warnings);
        tells_lines(&told(&artifact)?, true)?;
    }
    Ok(())
}

#[test]
fn a_panic_in_rust_tells_lines() -> Result<()> {
    let module = fs::read(Toolchain::RustDebug.build(&source("panics.rs"))?)?;
    let told = told(&compiled(&module, options::options())?)?;
    let frames: Vec<_> = told
        .lines()
        .filter(|line| line.starts_with("  #"))
        .collect();
    for (name, place) in [
        ("panics::number", ") at debuggers/panics.rs:5:"),
        ("panics::main", ") at debuggers/panics.rs:9:"),
    ] {
        let mut frames = frames.iter();
        let found = frames.any(|frame| frame.contains(name) && frame.contains(place));
        ensure!(found, "no {name}{place} in:\n{told}");
    }
    Ok(())
}

#[test]
fn another_file_has_the_lines() -> Result<()> {
    let whole = module()?;
    let bare = without_dwarf(&whole)?;
    tells_lines(&told(&compiled(&bare, options::options())?)?, false)?;
    ensure!(debug_file_of(&bare).is_none());
    let mut leading = bare;
    let section = b"\x13external_debug_info\x0alines.wasm";
    leading.extend([0, section.len() as u8]);
    leading.extend(section);
    ensure!(debug_file_of(&leading).as_deref() == Some("lines.wasm"));
    let mut options = options::options();
    options.debug_file = Some(DebugFile {
        name: "lines.wasm".to_owned(),
        bytes: whole,
    });
    tells_lines(&told(&compiled(&leading, options)?)?, true)
}

#[test]
fn a_librarys_message_tells_lines() -> Result<()> {
    let module = Toolchain::ClangDebug.build(&source("lines.c"))?;
    for kind in [Emit::Object, Emit::SharedLibrary] {
        let host = Program::hosted_with(&module, kind, |_| {})?;
        tells_lines(&told_by(&host.path())?, true)?;
    }
    Ok(())
}

#[test]
fn stripping_removes_names_and_lines() -> Result<()> {
    let mut options = options::options();
    options.strip = true;
    let artifact = compiled(&module()?, options)?;
    let told = told(&artifact)?;
    tells(&told, "\n  #0 (wasm-function[")?;
    ensure!(!told.contains("lines.c"), "{told}");
    let bytes = String::from_utf8_lossy(&artifact.bytes);
    ensure!(!bytes.contains("lines.c") && !bytes.contains("pick"));
    Ok(())
}

#[test]
fn damaged_dwarf_is_a_warning() -> Result<()> {
    let module = module()?;
    let start = module.windows(7).position(|bytes| bytes == b".debug_");
    let start = start.context("no DWARF")?;
    let mut warned = 0;
    for step in 0..60 {
        let at = start + 12 + step * (module.len() - start - 12) / 60;
        let mut damaged = module.clone();
        for byte in damaged.iter_mut().skip(at).take(1 + step % 5) {
            *byte ^= 0x5a;
        }
        let mut options = options::options();
        options.opt_level = OptLevel::None;
        // The sizes of sections may be what is damaged.
        if let Ok(artifact) = compiled(&damaged, options) {
            warned += usize::from(!artifact.warnings.is_empty());
            tells(
                &told(&artifact)?,
                "error: wasm trap: out of bounds memory access",
            )?;
        }
    }
    ensure!(warned > 0);
    Ok(())
}

/// A module without its sections of DWARF.
fn without_dwarf(module: &[u8]) -> Result<Vec<u8>> {
    let (header, mut rest) = module.split_at(8);
    let mut out = header.to_vec();
    while let Some(id) = rest.first() {
        let digits = rest[1..].iter().take_while(|byte| **byte >= 0x80).count() + 1;
        let len = rest[1..=digits].iter().rev();
        let len = len.fold(0, |len, byte| len << 7 | usize::from(byte & 0x7f));
        let (section, behind) = rest.split_at(1 + digits + len);
        let name = section.get(2 + digits..).context("an empty section")?;
        if *id != 0 || !name.starts_with(b".debug_") {
            out.extend_from_slice(section);
        }
        rest = behind;
    }
    Ok(out)
}
