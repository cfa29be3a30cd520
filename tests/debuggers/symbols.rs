//! The symbol table: what it names, and how it is left out.

use super::{Program, printed, source, tells, tool};
use anyhow::{Context, Result, ensure};
use kiln_compiler::{Compiler, Emit, Note};
use kiln_tests::options;
use std::fs;

/// A function's line in what `nm -S` prints: address, size, type and name.
fn line<'a>(table: &'a str, name: &str) -> Result<Vec<&'a str>> {
    let mut lines = table.lines().map(|line| line.splitn(4, ' ').collect());
    lines
        .find(|line: &Vec<_>| line.get(3) == Some(&name))
        .with_context(|| format!("no `{name}` in:\n{table}"))
}

fn nm(program: &Program) -> Result<String> {
    printed(tool("nm", program)?.args(["-S", "program"]))
}

#[test]
fn nm_names_functions_of_every_language_and_of_the_runtime() -> Result<()> {
    for (name, function) in [
        ("calls.c", "descend"),
        ("calls.cc", "shapes::Square::area(int) const"),
        ("calls.rs", "calls::deep::sink"),
        ("calls.go", "main.__square_.area"),
    ] {
        let table = nm(&Program::new(name, |_| {})?)?;
        for name in [function, "kiln::wasi::fd_write", "kiln::start::main"] {
            let line = line(&table, name)?;
            ensure!(line[1] != "0000000000000000", "{line:?} has no size");
            ensure!(line[2].eq_ignore_ascii_case("t"), "{line:?} is no function");
        }
        ensure!(!table.contains("_ZN"), "names are encoded:\n{table}");
    }
    Ok(())
}

#[test]
fn functions_share_names_lack_them_or_have_strange_ones() -> Result<()> {
    let program = Program::new("names.wat", |_| {})?;
    let table = nm(&program)?;
    let twins = table.lines().filter(|line| line.ends_with(" t twin"));
    ensure!(twins.count() == 2, "{table}");
    tells(&table, " t wasm-function[2]\n")?;
    tells(&table, r" t a\u{0}b\u{1b}[31m")
}

#[test]
fn programs_run_without_symbols() -> Result<()> {
    let stripped_later = Program::new("calls.c", |_| {})?;
    let expected = stripped_later.output()?;
    printed(tool("strip", &stripped_later)?.arg("program"))?;
    let stripped = Program::new("calls.c", |options| options.strip = true)?;
    for program in [stripped_later, stripped] {
        tells(&nm(&program)?, "no symbols")?;
        ensure!(program.output()? == expected);
        let file = fs::read(program.path())?;
        ensure!(Note::read(&file)?.entry.as_deref() == Some("_start"));
    }
    Ok(())
}

#[test]
fn names_in_libraries_clash_with_no_others() -> Result<()> {
    for strip in [false, true] {
        for kind in [Emit::Object, Emit::SharedLibrary] {
            let program = Program::new("names.wat", |_| {})?;
            let mut options = options::options();
            options.emit = kind;
            options.strip = strip;
            options.name = "names".to_owned();
            let module = fs::read(source("names.wat"))?;
            let library = Compiler::new(options)?.compile(&module)?.bytes;
            fs::write(program.folder.path().join("program"), library)?;
            let table = nm(&program)?;
            ensure!(table.contains(" t twin\n") != strip, "{table}");
            ensure!(table.contains(" t kiln::call\n") != strip, "{table}");
            let global = table.lines().filter(|line| line.contains(" T "));
            for line in global {
                ensure!(line.contains(" T names_"), "{line}");
            }
        }
    }
    Ok(())
}
