//! lldb: breakpoints at lines, steps, variables, and pointers that are followed, also those within structures.

use super::sources::{place, tells_in_order};
use super::{Program, printed, tool};
use anyhow::Result;
use kiln_compiler::OptLevel;
use std::fs;

/// Gives what lldb prints as it carries out these commands.
fn lldb(program: &Program, commands: &[&str]) -> Result<String> {
    let mut script = String::from(
        // As for gdb: sandboxes refuse to place the program elsewhere than at random. To evaluate an
        // expression, lldb has the program map memory, which Kiln's own sandbox refuses.
        "settings set target.disable-aslr false\nsettings set use-color false\n\
         settings set target.env-vars KILN_SANDBOX=off\n",
    );
    for command in commands {
        script += command;
        script += "\n";
    }
    fs::write(program.folder.path().join("script"), script)?;
    let mut lldb = tool("lldb", program)?;
    printed(lldb.args(["--batch", "--no-lldbinit", "-s", "script", "program"]))
}

/// The command that stops where a line of a source ends with this comment.
fn stop(name: &str, comment: &str) -> Result<String> {
    let place = place(name, comment)?;
    let (file, line) = place.split_once(':').unwrap_or_default();
    Ok(format!("breakpoint set --file {file} --line {line}"))
}

#[test]
fn c_is_stepped_through_and_its_variables_are_shown() -> Result<()> {
    let program = Program::debugged("shop.c", |options| options.opt_level = OptLevel::None)?;
    let told = lldb(
        &program,
        &[
            &stop("shop.c", "// in total")?,
            "run",
            "bt 2",
            "frame variable count price",
            "print title",
            "print *item",
            "print *item->next",
            "print item->next->weight",
            "x/s &*item->next->name",
            "next",
            "up",
            "frame variable numbers",
        ],
    )?;
    let expected = [
        "stop reason = breakpoint 1.1",
        "`total(first=0x",
        "count=2) at shop.c:",
        "`main at shop.c:",
        "(int) count = 2",
        "(int) price = 60",
        "\"fruit\"",
        "price = 30",
        "weight = 1.25",
        "price = 5",
        "weight = 0.5",
        "(double) $3 = 0.5",
        "\"plum\"",
        "stop reason = step over",
        "([0] = 1, [1] = 2, [2] = 3)",
    ];
    tells_in_order(&told, &expected)
}

#[test]
fn classes_of_cpp_are_shown() -> Result<()> {
    let program = Program::debugged("shop.cc", |options| options.opt_level = OptLevel::None)?;
    let told = lldb(
        &program,
        &[
            &stop("shop.cc", "// in total")?,
            "run",
            "frame variable count sum",
            "print first",
            "print *first.next",
            "print *counts.__begin_",
            "target variable shop::Item::made",
            "step",
            "bt 2",
            "frame variable this->price",
            "finish",
        ],
    )?;
    tells_in_order(
        &told,
        &[
            "(int &) count = 0x",
            "(int) sum = 0",
            "price = 30",
            "price = 5",
            "(int) $2 = 1",
            "(int) shop::Item::made = 2",
            "stop reason = step in",
            "shop::Item::cost(this=0x",
            "shop::total(first=0x",
            "(int) this->price = 30",
            "(int) $3 = 60",
        ],
    )
}

#[test]
fn variables_of_rust_and_zig_are_shown() -> Result<()> {
    for (name, commands, expected) in [
        (
            "shop.rs",
            ["print self->weight", "print *self->name.pointer"],
            ["(double) $0 = 0.5", "$1 = 'p'"],
        ),
        (
            "shop.zig",
            ["print here->weight", "print here->next->price"],
            ["(double) $0 = 1.25", "(int) $1 = 5"],
        ),
    ] {
        let comment = if name == "shop.rs" {
            "// end of total"
        } else {
            "// in total"
        };
        let program = Program::debugged(name, |options| options.opt_level = OptLevel::None)?;
        let stop = stop(name, comment)?;
        let commands = [
            &stop,
            "run",
            "frame variable count",
            commands[0],
            commands[1],
        ];
        let told = lldb(&program, &commands)?;
        let expected = [
            "stop reason = breakpoint 1.1",
            "count = 2",
            expected[0],
            expected[1],
        ];
        tells_in_order(&told, &expected)?;
    }
    Ok(())
}

#[test]
fn strings_and_vectors_of_rust_are_shown() -> Result<()> {
    let program = Program::debugged("kinds.rs", |options| options.opt_level = OptLevel::None)?;
    let commands = [
        &stop("kinds.rs", "// in scaled")?,
        "run",
        "frame variable",
        "up",
        "frame variable title.vec.len numbers.len",
        "frame variable drawing->shapes.len drawing->queue.len",
    ];
    tells_in_order(
        &lldb(&program, &commands)?,
        &[
            "(unsigned int) side = 3",
            "(unsigned int) by = 4",
            "(unsigned int) product = 12",
            "title.vec.len = 5",
            "numbers.len = 3",
            "drawing->shapes.len = 3",
            "drawing->queue.len = 2",
        ],
    )
}
