//! Bulk operators of constant length, which are inlined up to a limit: all lengths on both sides of it,
//! in every form of bounds check.

use crate::support::Case;
use anyhow::Result;
use kiln_compiler::{BoundsChecks, Cpu, Emit, OptLevel, Options};
use std::fmt::Write;

/// The longest length in the module, as in `bulk_host.c`.
const MAX: u32 = 80;

/// A module with a function for each length, and exports that pick one by a table.
fn module() -> String {
    let mut functions = String::new();
    let kinds = [
        (
            "copy",
            "(memory.copy (local.get 0) (local.get 1) (i32.const LEN))",
        ),
        (
            "fill",
            "(memory.fill (local.get 0) (local.get 1) (i32.const LEN))",
        ),
        (
            "fill_a5",
            "(memory.fill (local.get 0) (i32.const 0xa5) (i32.const LEN))",
        ),
    ];
    for (kind, body) in kinds {
        let (mut names, has_second) = (String::new(), body.contains("local.get 1"));
        let (ty, second) = match has_second {
            true => ("(param i32 i32)", "(local.get 1)"),
            false => ("(param i32)", ""),
        };
        for len in 0..=MAX {
            let body = body.replace("LEN", &len.to_string());
            write!(functions, "(func ${kind}{len} {ty} {body})").unwrap();
            write!(names, " ${kind}{len}").unwrap();
        }
        let len = if has_second { 2 } else { 1 };
        write!(
            functions,
            "(table ${kind} funcref (elem{names}))
             (func (export \"{kind}\") {ty} (param i32)
                (call_indirect ${kind} {ty} (local.get 0) {second} (local.get {len})))"
        )
        .unwrap();
    }
    format!("(module (memory (export \"memory\") 1 1) {functions})")
}

#[test]
fn constant_lengths_do_as_memmove_and_memset() -> Result<()> {
    let forms: [fn(&mut Options); 5] = [
        |_| {},
        |options| options.opt_level = OptLevel::None,
        |options| options.cpu = Cpu::Native,
        |options| options.bounds_checks = BoundsChecks::Explicit,
        |options| {
            options.bounds_checks = BoundsChecks::Explicit;
            options.opt_level = OptLevel::None;
        },
    ];
    for change in forms {
        let case = Case::new()?;
        let file = case.folder().join("bulk.wat");
        std::fs::write(&file, module())?;
        let case = case.with("bulk", &file, Emit::StaticLibrary, change)?;
        case.c_host("bulk_host.c")?.succeeds(&[])?;
    }
    Ok(())
}
