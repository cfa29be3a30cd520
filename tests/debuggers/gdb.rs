//! gdb: breakpoints by name, and the way from a function to the start of the process.

use super::{Program, from_line, printed, tool};
use anyhow::{Context, Result, ensure};
use kiln_compiler::Emit;
use std::fs;

/// Gives what gdb prints as it carries out these commands.
pub(super) fn gdb(program: &Program, commands: &[&str]) -> Result<String> {
    let mut script = String::from(
        // Without the second gdb asks the kernel not to place the program at random, which sandboxes
        // refuse. The third is for Go, whose `main` it knows.
        "set pagination off\nset disable-randomization off\nset backtrace past-main on\n",
    );
    for command in commands {
        script += command;
        script += "\n";
    }
    fs::write(program.folder.path().join("script"), script)?;
    let mut gdb = tool("gdb", program)?;
    printed(gdb.args(["--batch", "-nx", "-x", "script", "program"]))
}

/// The functions of a backtrace, the innermost first.
pub(super) fn functions(backtrace: &str) -> Vec<&str> {
    let frames = backtrace.lines().filter(|line| line.starts_with('#'));
    frames
        .filter_map(|frame| {
            let (_, name) = frame.split_once(" in ")?;
            // The library that it is in may follow.
            name.split_once(" ()").map(|(name, _)| name)
        })
        .collect()
}

/// The end of every walk through a program.
pub(super) const OUTERMOST: [&str; 6] = [
    "kiln::entry",
    "kiln::start::run",
    "kiln::arch::x86_64::switch_stack",
    "kiln::start::main",
    "kiln::start::start",
    "_start",
];

#[test]
fn a_walk_leads_from_the_guest_through_the_runtime_to_the_start() -> Result<()> {
    let program = Program::new("calls.c", |_| {})?;
    let told = gdb(&program, &["break descend", "run", "bt"])?;
    let walk = functions(from_line(&told, "#0")?);
    ensure!(walk[0] == "descend" && walk.ends_with(&OUTERMOST), "{told}");

    let told = gdb(&program, &["break 'kiln::wasi::fd_write'", "run", "bt"])?;
    let walk = functions(from_line(&told, "#0")?);
    ensure!(walk[0] == "kiln::wasi::fd_write", "{told}");
    ensure!(
        walk.contains(&"printf_core") && walk.ends_with(&OUTERMOST),
        "{told}"
    );
    Ok(())
}

#[test]
fn a_walk_leads_through_the_handler_of_a_trap() -> Result<()> {
    let program = Program::new("../../examples/trap.wat", |_| {})?;
    let stop = "break 'kiln::exit::<impl kiln::instance::Instance>::trap'";
    let told = gdb(&program, &["handle SIGSEGV nostop", stop, "run", "bt"])?;
    let told = from_line(&told, "#0")?;
    let (handler, trapped) = told
        .split_once("<signal handler called>")
        .with_context(|| format!("no signal in:\n{told}"))?;
    ensure!(
        functions(handler).contains(&"kiln::signal::handle"),
        "{told}"
    );
    let walk = functions(trapped);
    ensure!(walk[0] == "peek" && walk.ends_with(&OUTERMOST), "{told}");
    Ok(())
}

#[test]
fn a_walk_leads_from_a_library_to_its_host() -> Result<()> {
    for kind in [Emit::Object, Emit::SharedLibrary] {
        let program = Program::hosted("names.wat", kind)?;
        let commands = ["set breakpoint pending on", "break twin", "run", "bt"];
        let told = gdb(&program, &commands)?;
        let walk = functions(from_line(&told, "#0")?);
        let expected = [
            "twin",
            "wasm-function[4]",
            "trampoline[wasm-function[4]]",
            "kiln::arch::x86_64::library::enter",
            "kiln::call",
        ];
        // Then comes the library's C function, whose name gdb shows as one of Ada's.
        ensure!(walk.starts_with(&expected) && walk[6] == "main", "{told}");
    }
    Ok(())
}

#[test]
fn functions_of_every_language_can_be_stopped_at() -> Result<()> {
    for (name, function) in [
        ("calls.cc", "shapes::Square::area(int) const"),
        ("calls.rs", "calls::deep::sink"),
        // gdb takes it for one of Ada's and shows it as `main..square_[area]`.
        ("calls.go", "main.__square_.area"),
    ] {
        let program = Program::new(name, |_| {})?;
        let stop = format!("break '{function}'");
        let told = gdb(&program, &[&stop, "run", "bt"])?;
        let walk = functions(from_line(&told, "#0")?);
        let is_it = walk[0] == function || walk[0] == "main..square_[area]";
        ensure!(is_it && walk.ends_with(&OUTERMOST), "{told}");
    }
    Ok(())
}

#[test]
fn walks_are_right_at_every_instruction() -> Result<()> {
    const STEPS: usize = 300;
    let program = Program::new("calls.c", |_| {})?;
    let told = gdb(
        &program,
        &[
            "break *sink",
            "run",
            "delete",
            "set $n = 0",
            &format!("while $n < {STEPS}\necho WALK\\n\nbt\nstepi\nset $n = $n + 1\nend"),
        ],
    )?;
    let walks: Vec<_> = told.split("WALK\n").skip(1).map(functions).collect();
    ensure!(walks.len() == STEPS, "{told}");
    let caller = walks[0].get(1..).context("no caller")?;
    ensure!(
        caller[0] == "descend" && caller.ends_with(&OUTERMOST),
        "{told}"
    );
    for (walk, step) in walks.iter().zip(0..) {
        // It calls itself, however deep, until it returns.
        let own = walk.iter().take_while(|name| **name == "sink").count();
        ensure!(
            own > 0 && walk[own..] == *caller,
            "step {step}: {walk:?}\n{told}"
        );
    }
    let depth = |walk: &Vec<&str>| walk.len();
    ensure!(
        walks.iter().map(depth).max() > Some(walks[0].len()),
        "{told}"
    );
    Ok(())
}
