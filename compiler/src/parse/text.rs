//! The text format → the binary format, and words for inputs that are neither.

use crate::Error;
use std::borrow::Cow;

/// Assembles a module given as text; refuses anything else by saying what it seems to be.
pub(crate) fn to_binary(input: &[u8]) -> Result<Cow<'_, [u8]>, Error> {
    if input.is_empty() {
        return Err(Error::new("the file is empty").help("expected a WebAssembly module"));
    }
    if input.starts_with(b"\x7fELF") {
        return Err(Error::new("this is an ELF file, not a WebAssembly module")
            .help("give the .wasm file that it may have been made from"));
    }
    let text =
        match std::str::from_utf8(input) {
            Ok(text) if !text.contains('\0') => text,
            _ => {
                return Err(Error::new(
                    "not a WebAssembly module: it does not begin with `\\0asm`",
                )
                .at(0u64)
                .help("expected a module in the binary format (.wasm) or the text format (.wat)"));
            }
        };
    let wasm = wat::parse_str(text).map_err(|error| from_wat(&error, text))?;
    Ok(Cow::Owned(wasm))
}

// `wat::Error` prints itself over several lines, the second of which reads `--> <anon>:LINE:COL`;
// it offers its parts in no other way.
fn from_wat(error: &wat::Error, text: &str) -> Error {
    let printed = error.to_string();
    let mut lines = printed.lines();
    let message = lines.next().unwrap_or("syntax error").trim();
    let place = lines.next().and_then(|line| {
        let mut parts = line.rsplitn(3, ':');
        let column = parts.next()?.trim().parse().ok()?;
        Some((parts.next()?.trim().parse().ok()?, column))
    });
    let error = Error::new(message);
    let error = match place {
        Some((line, column)) => error.at_text(line, column),
        None => error,
    };
    if text.trim_start().starts_with(['(', ';']) {
        return error;
    }
    error.help("expected a module in the binary format (.wasm) or the text format (.wat)")
}
