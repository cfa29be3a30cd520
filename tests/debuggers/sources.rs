//! Debug information (`-g`): lines, functions, scopes and variables of the sources.

use super::gdb::gdb;
use super::{Program, from_line, source, tells};
use anyhow::{Context, Result, ensure};
use kiln_compiler::{Compiler, OptLevel};
use kiln_tests::toolchain::Toolchain;
use object::{Object, ObjectSymbol, SymbolKind};
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
        "print *item->next",
        "print item->next->weight",
        "print &*item->next->name",
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
            "$1 = {price = 30, weight = 1.25, name = {offset = ",
            "color = RED, next = {offset = ",
            "$2 = 1.25",
            "\"fruit\"",
            "$4 = {price = 5, weight = 0.5, name = {offset = ",
            "color = GREEN, next = {offset = 0}}",
            "$5 = (struct item &) @0x7",
            "{price = 5, weight = 0.5,",
            "$6 = 0.5",
            "\"plum\"",
            "$8 = 30",
            "$9 = {1, 2, 3}",
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
        "print *next",
        "print *((0x70000000 + self.name.pointer.offset) as *mut u8)",
    ];
    let told = gdb(&program, &commands)?;
    tells_in_order(
        &told,
        &[
            "count = 2",
            "sum = 120",
            "$1 = 1.25",
            "$2 = 8",
            "$3 = shop::Item {price: 5, weight: 0.5, name: &str {pointer: ",
            "$4 = 112",
        ],
    )
}

#[test]
fn machine_code_is_the_same_with_debug_information() -> Result<()> {
    // Each function's length, since what it calls lies elsewhere where one is added.
    let functions = |module: &[u8], level, debug| -> Result<Vec<(String, u64)>> {
        let mut options = kiln_tests::options::options();
        options.debug = debug;
        options.opt_level = level;
        let artifact = Compiler::new(options)?.compile(module)?;
        let file = object::File::parse(&artifact.bytes[..])?;
        let mut functions: Vec<_> = file
            .symbols()
            .filter(|symbol| symbol.kind() == SymbolKind::Text)
            .filter_map(|symbol| Some((symbol.name().ok()?.to_owned(), symbol.size())))
            .filter(|(name, _)| name != "kiln::pointer")
            .collect();
        functions.sort();
        Ok(functions)
    };
    for (toolchain, name) in [
        (Toolchain::Debug, "shop.c"),
        (Toolchain::ClangDebug, "shop.c"),
        (Toolchain::RustDebug, "shop.rs"),
    ] {
        let module = fs::read(toolchain.build(&source(name))?)?;
        for level in [OptLevel::Speed, OptLevel::SpeedAndSize] {
            let without = functions(&module, level, false)?;
            ensure!(without.len() > 50, "{name}: {without:?}");
            let same = functions(&module, level, true)? == without;
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
