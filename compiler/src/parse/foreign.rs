//! Words for inputs that are no module: what they seem to be, and what to do about it.

use crate::Error;
use kiln_abi::leb128;

/// Beginnings of other kinds of files, their descriptions, and advice.
const BEGINNINGS: &[(&[u8], &str, &str)] = &[
    (
        b"\x7fELF",
        "this is an ELF file",
        "give the .wasm file that it may have been made from",
    ),
    (
        b"\x1f\x8b",
        "this is compressed by gzip",
        "unpack it with `gunzip`",
    ),
    (
        b"\x28\xb5\x2f\xfd",
        "this is compressed by zstd",
        "unpack it with `unzstd`",
    ),
    (
        b"\xfd7zXZ\0",
        "this is compressed by xz",
        "unpack it with `unxz`",
    ),
    (
        b"BZh",
        "this is compressed by bzip2",
        "unpack it with `bunzip2`",
    ),
    (
        b"PK\x03\x04",
        "this is a zip archive",
        "unpack it and give the .wasm file in it",
    ),
    (
        b"!<arch>\n",
        "this is an archive of object files",
        "link it into a program, as by `clang --target=wasm32-wasi -o app.wasm`",
    ),
    (
        b"BC\xc0\xde",
        "this is LLVM bitcode",
        "link it into a program, as by `clang --target=wasm32-wasi -flto -o app.wasm`",
    ),
    (
        b"MZ",
        "this is a Windows program",
        "give the .wasm file that it may have been made from",
    ),
    (
        b"\xcf\xfa\xed\xfe",
        "this is a macOS program",
        "give the .wasm file that it may have been made from",
    ),
    (b"\xff\xfe", "this is text in UTF-16", "save it as UTF-8"),
    (b"\xfe\xff", "this is text in UTF-16", "save it as UTF-8"),
    (
        b"version https://git-lfs",
        "this is a pointer to a file in Git LFS",
        "bring the file itself by `git lfs pull`",
    ),
    (
        b"#!",
        "this is a script",
        "give the .wasm file that it may run",
    ),
];

/// The message about all that is neither of the two formats.
const EXPECTED: &str = "expected a module in the binary format (.wasm) or the text format (.wat)";

/// Refuses what is known to be something else by its first bytes.
pub(super) fn check_beginning(input: &[u8]) -> Result<(), Error> {
    if input.is_empty() {
        return Err(Error::new("the file is empty").help("expected a WebAssembly module"));
    }
    let mut beginnings = BEGINNINGS.iter();
    match beginnings.find(|(beginning, ..)| input.starts_with(beginning)) {
        Some((_, what, help)) => {
            Err(Error::new(format!("{what}, not a WebAssembly module")).help(*help))
        }
        None => Ok(()),
    }
}

/// Refuses what begins like a binary module and is another kind or version of one.
pub(super) fn check_version(wasm: &[u8]) -> Result<(), Error> {
    let [_, _, _, _, rest @ ..] = wasm else {
        return Err(cut_short(wasm));
    };
    match rest {
        [1, 0, 0, 0, ..] => Ok(()),
        [_, _, 1, 0, ..] => Err(Error::new("this is a component, not a core module")
            .at(4u64)
            .help(
                "Kiln compiles core modules of WASI preview1: build for that, as with Rust's target \
                 `wasm32-wasip1`, or give the module that the component was made from",
            )),
        [a, b, c, d, ..] => {
            let version = u32::from_le_bytes([*a, *b, *c, *d]);
            Err(
                Error::new(format!("version {version} of the binary format"))
                    .at(4u64)
                    .help("Kiln reads version 1, the only one since 2017: build the module anew"),
            )
        }
        _ => Err(cut_short(wasm)),
    }
}

/// Tells if a section of a module ends behind the file's end.
pub(super) fn is_cut_short(wasm: &[u8]) -> bool {
    let mut rest = wasm.get(8..).unwrap_or_default();
    while let [_, after @ ..] = rest {
        rest = after;
        let Some(len) = leb128::read_unsigned(&mut rest) else {
            return rest.is_empty();
        };
        match usize::try_from(len).ok().and_then(|len| rest.get(len..)) {
            Some(after) => rest = after,
            None => return true,
        }
    }
    false
}

/// Says of a module that bytes are missing at its end.
pub(super) fn cut_short(wasm: &[u8]) -> Error {
    Error::new("the module is cut short")
        .at(wasm.len())
        .help("the file is not whole: build or fetch it anew")
}

/// Words for bytes that are no text and begin like nothing known.
pub(super) fn unknown_bytes() -> Error {
    Error::new("not a WebAssembly module: it does not begin with `\\0asm`")
        .at(0u64)
        .help(EXPECTED)
}

/// Words for text in which `error` was found when it was read as a module.
pub(super) fn explain(text: &str, error: Error) -> Error {
    let start = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    let begins = |words: &[&str]| {
        let is_it = |word: &&str| {
            let beginning = start.get(..word.len());
            beginning.is_some_and(|beginning| beginning.eq_ignore_ascii_case(word))
        };
        words.iter().any(is_it)
    };
    if begins(&["<!doctype", "<html", "<?xml", "<head", "<svg"]) {
        let error = Error::new("this is an HTML or XML page, not a WebAssembly module");
        return error.help("if it was downloaded, look at what the server says in it");
    }
    if is_script(text) {
        let error = Error::new("this is a script of tests (.wast), not a module");
        return error.help("give one of the modules in it, in a file of its own");
    }
    if text.contains("WebAssembly.") || begins(JAVASCRIPT) {
        let error = Error::new("this is JavaScript, not a WebAssembly module");
        return error.help("give the .wasm file that it loads");
    }
    if begins(&["(", ";"]) {
        return error;
    }
    error.help(EXPECTED)
}

/// Beginnings of JavaScript that are none of the text format.
const JAVASCRIPT: &[&str] = &[
    "//",
    "/*",
    "import ",
    "export ",
    "const ",
    "let ",
    "var ",
    "function",
    "async ",
    "(function",
    "(() =>",
    "(async",
    "\"use strict\"",
    "'use strict'",
];

/// Tells if a text is a script of modules and assertions.
fn is_script(text: &str) -> bool {
    let parsed = wast::parser::ParseBuffer::new(text);
    parsed.is_ok_and(|buffer| {
        let script = wast::parser::parse::<wast::Wast>(&buffer);
        script.is_ok_and(|script| script.directives.len() > 1)
    })
}
