//! Counts the lines, words and bytes of the files its arguments name, or of standard input.

use std::fs;
use std::io::{self, Read};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut files = std::env::args().skip(1).peekable();
    let all_counted = match files.peek() {
        Some(_) => files.fold(true, |so_far, file| count(&file, fs::read(&file)) && so_far),
        None => count("-", read_stdin()),
    };
    if all_counted {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn read_stdin() -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::stdin().read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Says what there is in a file, or why it cannot be read; whether it could.
fn count(name: &str, contents: io::Result<Vec<u8>>) -> bool {
    let bytes = match contents {
        Ok(bytes) => bytes,
        Err(error) => {
            eprintln!("{name}: {error}");
            return false;
        }
    };
    let lines = bytes.iter().filter(|&&byte| byte == b'\n').count();
    let words = bytes
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty())
        .count();
    println!(
        "{lines} lines, {words} words, {} bytes: {name}",
        bytes.len()
    );
    true
}
