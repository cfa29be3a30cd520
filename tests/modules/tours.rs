//! Programs of our own: in six languages a tour of what the standard library asks of preview1, and
//! one in C that tells what every call on files answers.

use crate::case::Case;
use anyhow::Result;
use kiln_tests::toolchain::Toolchain;
use std::path::{Path, PathBuf};

const WORDS: &str = "the quick brown fox\njumps over the lazy dog\nthe end\n";

pub fn cases() -> Vec<Case> {
    let files = Case::new("files.c::clang", || build("files.c", Toolchain::Clang));
    vec![
        tour("tour.c", Toolchain::Clang, 7),
        tour("tour.c", Toolchain::Zig, 7),
        tour("tour.cc", Toolchain::Clang, 3),
        tour("tour.rs", Toolchain::Rust, 11),
        tour("tour.go", Toolchain::Go, 5).env("PWD", "/"),
        tour("tour.zig", Toolchain::Zig, 13),
        tour("tour.ts", Toolchain::AssemblyScript, 9),
        files.stdin("input\n").folder("/w", []),
    ]
}

fn tour(source: &'static str, toolchain: Toolchain, status: i32) -> Case {
    let name = format!("{source}::{toolchain:?}").to_lowercase();
    Case::new(name, move || build(source, toolchain))
        .args(["one", "two words", "", "-3"])
        .env("GREETING", "hello; \\ and = too")
        .env("EMPTY", "")
        .stdin(WORDS)
        .folder("/w", [("in.txt", b"text of a file\n")])
        .baked()
        .status(status)
}

/// The module built from one of our programs.
pub fn build(source: &str, toolchain: Toolchain) -> Result<PathBuf> {
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs");
    toolchain.build(&programs.join(source))
}
