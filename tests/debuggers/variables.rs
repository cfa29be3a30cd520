//! Variables in gdb: classes, references, slices, what changes, and what is inlined.

use super::Program;
use super::gdb::gdb;
use super::sources::{place, tells_in_order};
use anyhow::Result;
use kiln_compiler::OptLevel;

/// Gives what gdb prints of a program that stops at the line with this comment.
fn shown(name: &str, comment: &str, commands: &[&str]) -> Result<String> {
    let program = Program::debugged(name, |options| options.opt_level = OptLevel::None)?;
    let stop = format!("break {}", place(name, comment)?);
    gdb(&program, &[&[&stop[..], "run"], commands].concat())
}

#[test]
fn classes_of_cpp_are_shown() -> Result<()> {
    let commands = [
        "print first",
        "print *first.next",
        "print first.next->price",
        "print &*first.name",
        "print count",
        "print *counts.__begin_",
        "print shop::Item::made",
        "ptype first",
        "step",
        "print *this",
        "print price",
        "finish",
    ];
    tells_in_order(
        &shown("shop.cc", "// in total", &commands)?,
        &[
            "$1 = (const shop::Item &) @0x7",
            "static made = 2, price = 30, next = {offset = ",
            "$2 = (const shop::Item &) @0x7",
            "static made = 2, price = 5, next = {offset = 0}}",
            "$3 = 5",
            "\"pear\"",
            "$5 = (int &) @0x7",
            ": 1",
            "$6 = (int &) @0x7",
            ": 1",
            "$7 = 2",
            "type = const class shop::Item : public shop::Named {",
            "shop::Item::cost (this=0x7",
            "price = 30, next = {",
            "$9 = 30",
            "Value returned is $10 = 60",
        ],
    )
}

#[test]
fn pointers_and_slices_of_zig_are_followed() -> Result<()> {
    let commands = [
        "info args",
        "print *here",
        "print here->next->price",
        "print &*here->name.ptr",
        "print sold",
    ];
    tells_in_order(
        &shown("shop.zig", "// in total", &commands)?,
        &[
            "count = 2",
            "$1 = {weight = 1.25, price = 30, name = {ptr = {offset = ",
            "$2 = 5",
            "\"pear\"",
            "$4 = 7",
        ],
    )
}

#[test]
fn strings_vectors_and_enums_of_rust_are_shown() -> Result<()> {
    // What it stops in is inlined.
    let commands = [
        "info locals",
        "info args",
        "up",
        "print *first",
        "print second",
        "print outcome",
        "print title.vec.len",
        "print *((0x70000000 + title.vec.buf.inner.ptr.pointer.pointer.offset) as *mut [u8; 5])",
        "print *((0x70000000 + numbers.buf.inner.ptr.pointer.pointer.offset) as *mut [u32; 3])",
        "print drawing.extra",
        "print drawing.queue.len",
    ];
    tells_in_order(
        &shown("kinds.rs", "// in scaled", &commands)?,
        &[
            "product = 12",
            "side = 3\nby = 4\n",
            "kinds::area (drawing=0x7",
            "$1 = kinds::Shape::Circle(1.5)",
            "$2 = kinds::Shape::Square{side: 7, name: alloc::string::String {",
            "$3 = core::result::Result<u32, alloc::string::String>::Err(",
            "$4 = 5\n",
            "$5 = [116, 105, 116, 108, 101]",
            "$6 = [10, 20, 30]",
            "$7 = core::option::Option<alloc::boxed::Box<i64, alloc::alloc::Global>>::Some(",
            "$8 = 2\n",
        ],
    )
}

#[test]
fn a_variable_is_watched() -> Result<()> {
    for (name, second) in [
        ("shop.c", "New value = 120"),
        ("shop.zig", "New value = 60"),
    ] {
        let commands = ["delete", "watch sum", "continue", "info watchpoints"];
        let told = shown(name, "// in total", &commands)?;
        tells_in_order(&told, &["Old value = 0", second, "already hit 1 time"])?;
    }
    Ok(())
}

#[test]
fn variables_are_known_in_what_is_never_returned_to() -> Result<()> {
    let commands = ["up", "info locals"];
    let told = shown("ends.c", "// in end", &commands)?;
    tells_in_order(&told, &["main () at", "prices = {30, 5}", "code = 0"])
}
