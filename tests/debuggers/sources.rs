//! Debug information (`-g`): lines, functions, scopes and variables of the sources.

use super::gdb::gdb;
use super::{Program, from_line, source, tells};
use anyhow::{Context, Result, ensure};
use kiln_compiler::{Compiler, OptLevel};
use kiln_tests::toolchain::Toolchain;
use object::{Object, ObjectSection};
use std::fs;

/// The place of the line of a source that ends with this comment, as `NAME:LINE`.
pub(super) fn place(name: &str, comment: &str) -> Result<String> {
    let text = fs::read_to_string(source(name))?;
    let line = text.lines().position(|line| line.ends_with(comment));
    let line = line.with_context(|| format!("no `{comment}` in {name}"))?;
    Ok(format!("{name}:{}", line + 1))
}

/// Asserts that these are told, in this order.
pub(super) fn tells_in_order(told: &str, expected: &[&str]) -> Result<()> {
    let mut rest = told;
    for expected in expected {
        let at = rest.find(expected);
        let at = at.with_context(|| format!("no `{expected}` in:\n{rest}\nof:\n{told}"))?;
        rest = &rest[at + expected.len()..];
    }
    Ok(())
}

#[test]
fn lines_of_c_are_stopped_at_and_stepped_through() -> Result<()> {
    let (inside, end) = (
        place("shop.c", "// in total")?,
        place("shop.c", "// end of total")?,
    );
    let (twice, main) = (place("shop.c", "// twice")?, place("shop.c", "// in main")?);
    let at_line = |program: &Program| -> Result<()> {
        let told = gdb(program, &[&format!("break {inside}"), "run", "bt"])?;
        let told = from_line(&told, "#0")?;
        tells_in_order(told, &["#0", "total (", &inside, "#1", "main (", &main])
    };
    at_line(&Program::debugged("shop.c", |_| {})?)?;
    let program = Program::debugged("shop.c", |options| options.opt_level = OptLevel::None)?;
    at_line(&program)?;
    let stop = format!("break {twice}");
    let told = gdb(&program, &[&stop, "run", "bt", "finish", "next"])?;
    let walk = from_line(&told, "#0")?;
    tells_in_order(walk, &["#0", "twice (", &twice, "total (", "main (", &main])?;
    tells(&told, "sum += price * count; // in total")?;

    let told = gdb(
        &program,
        &["break total", "run", "next", "next", "step", "bt 1"],
    )?;
    let steps = ["Breakpoint 1, total", "int sum = 0;", "#0", "twice ("];
    tells_in_order(&told, &steps)?;
    let stop = format!("break {end}");
    let told = gdb(&program, &[&stop, "run", "info breakpoints"])?;
    tells(&told, "breakpoint already hit 1 time")
}

#[test]
fn lines_of_rust_are_stopped_at_and_stepped_through() -> Result<()> {
    let (inside, main) = (
        place("shop.rs", "// in total")?,
        place("shop.rs", "// in main")?,
    );
    let program = Program::debugged("shop.rs", |_| {})?;
    let told = gdb(
        &program,
        &[&format!("break {inside}"), "run", "bt", "finish"],
    )?;
    let told = from_line(&told, "#0")?;
    tells_in_order(
        told,
        &["#0", "shop::Item::total", &inside, "shop::main", &main],
    )?;
    let told = gdb(&program, &["break shop::twice", "run", "bt"])?;
    let told = from_line(&told, "#0")?;
    tells_in_order(
        told,
        &["shop::twice", "shop::Item::total", "shop::main", &main],
    )
}

#[test]
fn variables_of_c_are_shown() -> Result<()> {
    let inside = place("shop.c", "// in total")?;
    let program = Program::debugged("shop.c", |options| options.opt_level = OptLevel::None)?;
    let stop = format!("break {inside}");
    let prints = [
        "print *item",
        "print first->weight",
        "print title",
        "print last",
    ];
    let up = ["up", "print list.price", "print numbers", "ptype list"];
    let commands = [
        &[&stop[..], "run", "info args", "info locals"],
        &prints[..],
        &up,
    ]
    .concat();
    let told = gdb(&program, &commands)?;
    tells_in_order(
        &told,
        &[
            "count = 2",
            "price = 60",
            "sum = 0",
            "$1 = {price = 30, weight = 1.25, name = 0x",
            "color = RED, next = 0x",
            "$2 = 1.25",
            "\"fruit\"",
            "$4 = {price = 5, weight = 0.5, name = 0x",
            "color = GREEN, next = 0x0}",
            "$5 = 30",
            "$6 = {1, 2, 3}",
            "type = struct item {",
        ],
    )
}

#[test]
fn variables_of_rust_are_shown() -> Result<()> {
    let inside = place("shop.rs", "// in total")?;
    let program = Program::debugged("shop.rs", |_| {})?;
    let stop = format!("break {inside}");
    let commands = [
        &stop,
        "run",
        "info args",
        "info locals",
        "print self.weight",
        "print shop::SOLD",
    ];
    let told = gdb(&program, &commands)?;
    tells_in_order(&told, &["count = 2", "sum = 120", "$1 = 1.25", "$2 = 8"])
}

#[test]
fn machine_code_is_the_same_with_debug_information() -> Result<()> {
    let text = |module: &[u8], level, debug| -> Result<Vec<u8>> {
        let mut options = kiln_tests::options::options();
        options.debug = debug;
        options.opt_level = level;
        let artifact = Compiler::new(options)?.compile(module)?;
        let file = object::File::parse(&artifact.bytes[..])?;
        let text = file.section_by_name(".text").context("no code")?;
        Ok(text.data()?.to_vec())
    };
    for (toolchain, name) in [
        (Toolchain::Debug, "shop.c"),
        (Toolchain::ClangDebug, "shop.c"),
        (Toolchain::RustDebug, "shop.rs"),
    ] {
        let module = fs::read(toolchain.build(&source(name))?)?;
        for level in [OptLevel::None, OptLevel::Speed, OptLevel::SpeedAndSize] {
            let same = text(&module, level, true)? == text(&module, level, false)?;
            ensure!(same, "{name} of {toolchain:?} at {level:?}: other code");
        }
    }
    Ok(())
}

#[test]
fn damage_is_a_warning() -> Result<()> {
    let module = Toolchain::Debug.build(&source("shop.c"))?;
    let module = fs::read(module)?;
    let mut options = kiln_tests::options::options();
    options.debug = true;
    let compiler = Compiler::new(options)?;
    let start = module.windows(11).position(|bytes| bytes == b".debug_info");
    let start = start.context("no DWARF")?;
    let mut warned = 0;
    for step in 1..20 {
        let mut damaged = module.clone();
        let mut at = start + 11 + step * step;
        while at < damaged.len() {
            damaged[at] ^= 0x55;
            at += 997;
        }
        // What damages the module itself is refused.
        if let Ok(artifact) = compiler.compile(&damaged) {
            warned += usize::from(!artifact.warnings.is_empty());
        }
    }
    ensure!(warned > 0, "no warning");
    Ok(())
}
