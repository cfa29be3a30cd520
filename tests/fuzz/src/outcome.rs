//! The outcome of a program, in terms that all engines have.

use anyhow::{Context, Result, bail};
use std::process::Output;

/// The output of a program, and its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The bytes of standard output.
    pub printed: Vec<u8>,
    /// Its end.
    pub end: End,
    /// A hash of the exported memory at the end, if that can be seen from outside.
    pub memory: Option<u64>,
}

/// The end of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It returned.
    Returned,
    /// It threw an exception that it does not catch.
    Threw,
    /// It trapped.
    Trapped(Kind),
}

macro_rules! kinds {
    ($($name:ident = $($words:literal)|+;)*) => {
        /// The kind of a trap, as far as the specification tells them apart.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind { $(#[allow(missing_docs)] $name,)* }

        impl Kind {
            /// The kind that Kiln tells in these words.
            fn of_words(words: &str) -> Option<Self> {
                $($(if words.starts_with($words) { return Some(Self::$name); })+)*
                None
            }
        }
    };
}

kinds! {
    Unreachable = "unreachable executed";
    Memory = "out of bounds memory access";
    Table = "out of bounds table access" | "undefined element";
    NullElement = "uninitialized element";
    CallType = "indirect call type mismatch";
    DivisionByZero = "integer divide by zero";
    Overflow = "integer overflow";
    Conversion = "invalid conversion to integer";
    Null = "null reference" | "null function reference" | "null exception reference";
    Alignment = "unaligned atomic";
    Stack = "call stack exhausted";
}

impl Outcome {
    /// That of an executable of Kiln, or of the host of `library.c`, which tells the same in the same way.
    pub fn of(output: Output) -> Result<Self> {
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        let memory = told.lines().find_map(|line| line.strip_prefix("memory "));
        let memory = memory.map(|hash| u64::from_str_radix(hash, 16)).transpose();
        let trap = told.strip_prefix("error: wasm trap: ");
        let end = match (output.status.code(), trap) {
            (Some(0), None) => End::Returned,
            (Some(1), None) if told.starts_with("error: uncaught exception") => End::Threw,
            (Some(134), Some(words)) => {
                End::Trapped(Kind::of_words(words).with_context(|| told.clone())?)
            }
            _ => bail!("{}: {told}", output.status),
        };
        Ok(Self {
            printed: output.stdout,
            end,
            memory: memory.context("a hash")?,
        })
    }

    /// Equality, but for memory where one does not tell it.
    pub fn agrees(&self, other: &Self) -> bool {
        let is_memory_same = match (self.memory, other.memory) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        is_memory_same && self.printed == other.printed && self.end == other.end
    }
}

/// Bytes at the beginning and at the end of a memory that are looked at.
const LOOKED_AT: usize = 1 << 20;

/// The hash that [`Outcome::memory`] is.
pub fn hash(bytes: &[u8]) -> u64 {
    let step = |sum: u64, byte: &u8| (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
    let len = bytes.len().min(LOOKED_AT);
    let ends = bytes[..len].iter().chain(&bytes[bytes.len() - len..]);
    ends.fold(0xcbf2_9ce4_8422_2325, step)
}
