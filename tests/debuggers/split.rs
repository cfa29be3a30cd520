//! Debug information in a file of its own (`--debug-file`).

use super::gdb::gdb;
use super::sources::{place, tells_in_order};
use super::{Program, source};
use anyhow::{Context, Result, ensure};
use kiln_compiler::Compiler;
use kiln_tests::options::options;
use kiln_tests::program;
use kiln_tests::toolchain::Toolchain;
use object::{Object, ObjectSection};
use std::fmt::Write as _;
use std::fs;

/// The name that the executable gives the file.
const FILE: &str = "program.debug";

/// Builds a program and the file beside it.
fn split(strip: bool) -> Result<Program> {
    let mut options = options();
    options.debug_link = Some(FILE.into());
    options.strip = strip;
    options.opt_level = kiln_compiler::OptLevel::None;
    let module = fs::read(Toolchain::Debug.build(&source("shop.c"))?)?;
    let artifact = Compiler::new(options)?.compile(&module)?;
    let folder = tempfile::tempdir()?;
    let program = Program { folder };
    program::install(&artifact.bytes, &program.path())?;
    let debug = artifact.debug.context("no debug information")?;
    fs::write(program.folder.path().join(FILE), debug)?;
    Ok(program)
}

/// Asserts that gdb knows lines and variables of the program.
fn is_known(program: &Program) -> Result<()> {
    let inside = place("shop.c", "// in total")?;
    let stop = format!("break {inside}");
    let told = gdb(program, &[&stop, "run", "bt", "print item->price"])?;
    let expected = ["#0", "total (", &inside, "main (", "_start", "$1 = 30"];
    tells_in_order(&told, &expected)
}

#[test]
fn gdb_finds_the_file_beside_the_executable() -> Result<()> {
    let whole = Program::debugged("shop.c", |_| {})?.output()?;
    for strip in [false, true] {
        let program = split(strip)?;
        ensure!(program.output()? == whole, "it runs otherwise");
        is_known(&program)?;
        let bytes = fs::read(program.path())?;
        let file = object::File::parse(&bytes[..])?;
        let names: Vec<_> = file
            .sections()
            .filter_map(|section| Some(section.name().ok()?.to_owned()))
            .collect();
        let has = |name: &str| names.iter().any(|known| known == name);
        let has_debug = names.iter().any(|name| name.starts_with(".debug_"));
        ensure!(has(".gnu_debuglink") && !has_debug, "{names:?}");
        ensure!(has(".symtab") != strip, "{names:?}");
    }
    Ok(())
}

#[test]
fn gdb_finds_the_file_by_the_build_id() -> Result<()> {
    let program = split(true)?;
    let bytes = fs::read(program.path())?;
    let id = object::File::parse(&bytes[..])?.build_id()?;
    let id = id.context("no build ID")?.iter();
    let id = id.fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    let folder = program.folder.path();
    let place = folder.join("store/.build-id").join(&id[..2]);
    fs::create_dir_all(&place)?;
    let stored = place.join(format!("{}.debug", &id[2..]));
    fs::rename(folder.join(FILE), stored)?;
    let script = [
        "set debug-file-directory store",
        "file program",
        "info line total",
    ];
    tells_in_order(&gdb(&program, &script)?, &["Line ", "shop.c"])
}
