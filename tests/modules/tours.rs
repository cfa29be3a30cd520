//! Programs of our own in six languages, each a tour of what its standard library asks of
//! preview1.

use crate::case::Case;
use kiln_tests::toolchain::Toolchain;
use std::path::Path;

const WORDS: &str = "the quick brown fox\njumps over the lazy dog\nthe end\n";

pub fn cases() -> Vec<Case> {
    let tour = |source: &'static str, toolchain: Toolchain, status| {
        let name = format!("tour::{toolchain:?}::{source}").to_lowercase();
        Case::new(name, move || {
            let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs");
            toolchain.build(&programs.join(source))
        })
        .args(["one", "two words", "", "-3"])
        .env("GREETING", "hello; \\ and = too")
        .env("EMPTY", "")
        .stdin(WORDS)
        .folder("/w", [("in.txt", b"text of a file\n")])
        .baked()
        .status(status)
    };
    vec![
        tour("tour.c", Toolchain::Clang, 7),
        tour("tour.c", Toolchain::Zig, 7),
        tour("tour.cc", Toolchain::Clang, 3),
        tour("tour.rs", Toolchain::Rust, 11),
        tour("tour.go", Toolchain::Go, 5).env("PWD", "/"),
        tour("tour.zig", Toolchain::Zig, 13),
        tour("tour.ts", Toolchain::AssemblyScript, 9),
    ]
}
