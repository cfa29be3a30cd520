//! Names of functions as their authors wrote them: those that Rust's and C++'s compilers mangle are
//! turned back. A stranger may have made the name, and a mangled name can stand for one that is
//! exponentially longer; so what would be longer than [`LIMIT`] stays mangled.

use cpp_demangle::{BorrowedSymbol, DemangleOptions, ParseOptions};
use std::borrow::Cow;
use std::fmt::{self, Write};

/// The length in bytes of the longest name that is turned back into, and of the longest that is tried.
const LIMIT: usize = 1024;
/// The number of pieces that a demangled name may be written in; one may be empty.
const PIECES: usize = 16 * LIMIT;
/// The depth of nested parts of a C++ name, which are read and written recursively.
const DEPTH: u32 = 96;

/// Turns a mangled name of Rust or C++ back into what was written in the source, without the hash of
/// a Rust name and the result type of a C++ template; any other name stays as it is. The text may
/// hold any character that the name does or encodes: escape it where it is shown.
pub fn demangled(name: &str) -> Cow<'_, str> {
    let found = match name.len() {
        ..=LIMIT if is_rust(name) => rust(name),
        ..=LIMIT if name.starts_with("_Z") => cpp(name),
        _ => None,
    };
    found.map_or(Cow::Borrowed(name), Cow::Owned)
}

/// Tells names that rustc mangled from those of C++, which the older of its two ways looks like but
/// for the hash at the end.
fn is_rust(name: &str) -> bool {
    let hash = name.rsplit_once("17h").map(|(_, hash)| hash.as_bytes());
    let has_hash = hash.and_then(|hash| hash.split_at_checked(16));
    let has_hash = has_hash.is_some_and(|(hash, end)| {
        hash.iter().all(u8::is_ascii_hexdigit) && matches!(end, [b'E'] | [b'E', b'.', ..])
    });
    name.starts_with("_R") || (name.starts_with("_ZN") && has_hash)
}

fn rust(name: &str) -> Option<String> {
    let symbol = rustc_demangle::try_demangle(name).ok()?;
    let mut text = Bounded::default();
    write!(text, "{symbol:#}").ok()?;
    Some(text.text)
}

fn cpp(name: &str) -> Option<String> {
    let reading = ParseOptions::default().recursion_limit(DEPTH);
    let writing = DemangleOptions::new()
        .no_return_type()
        .recursion_limit(DEPTH);
    let symbol = BorrowedSymbol::new_with_options(name.as_bytes(), &reading).ok()?;
    let mut text = Bounded::default();
    symbol.structured_demangle(&mut text, &writing).ok()?;
    Some(text.text)
}

/// Text that refuses to grow beyond the limits.
#[derive(Default)]
struct Bounded {
    text: String,
    pieces: usize,
}

impl Write for Bounded {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        self.pieces += 1;
        if self.pieces > PIECES || self.text.len() + piece.len() > LIMIT {
            return Err(fmt::Error);
        }
        self.text.push_str(piece);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn names_of_each_language() {
        for (name, expected) in [
            // Rust, in both manglings; the linker may add a suffix.
            (
                "_ZN4core3fmt9Formatter3pad17h0123456789abcdefE",
                "core::fmt::Formatter::pad",
            ),
            (
                "_ZN4core3fmt9Formatter3pad17h0123456789abcdefE.llvm.8CDE",
                "core::fmt::Formatter::pad",
            ),
            (
                "_ZN60_$LT$alloc..string..String$u20$as$u20$core..fmt..Display$GT$3fmt17h0123456789abcdefE",
                "<alloc::string::String as core::fmt::Display>::fmt",
            ),
            (
                "_RNvNtNtCs1234_7mycrate3foo3bar3baz",
                "mycrate::foo::bar::baz",
            ),
            // C++.
            ("_ZN5space3fooEibc", "space::foo(int, bool, char)"),
            (
                "_ZNSt6vectorIiSaIiEE9push_backERKi",
                "std::vector<int, std::allocator<int> >::push_back(int const&)",
            ),
            ("_ZN12_GLOBAL__N_11fEv", "(anonymous namespace)::f()"),
            ("_Z3maxIiET_S0_S0_", "max<int>(int, int)"),
            // Go, C, and what only looks mangled.
            ("runtime.(*mheap).allocSpan", "runtime.(*mheap).allocSpan"),
            ("_start", "_start"),
            ("_Zebra", "_Zebra"),
            ("_Red", "_Red"),
            ("_ZN3foo", "_ZN3foo"),
            (
                "_ZN1a17h\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}E",
                "_ZN1a17h\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}E",
            ),
            ("", ""),
        ] {
            assert_eq!(demangled(name), expected);
        }
    }

    /// A C++ name of which every type is twice the one before.
    fn doubling(times: usize) -> String {
        let mut name = String::from("_Z1fN1aIiiEE");
        for substitution in 0..times {
            let seq = match substitution {
                0 => String::new(),
                _ => to_base36(substitution),
            };
            name += &format!("N1bIS{seq}_S{seq}_EE");
        }
        name
    }

    fn to_base36(number: usize) -> String {
        let digits = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let number = number - 1;
        match number {
            ..36 => char::from(digits[number]).to_string(),
            _ => to_base36(number / 36) + &to_base36(number % 36 + 1),
        }
    }

    #[test]
    fn names_that_expand_without_end_stay_as_they_are() {
        let started = Instant::now();
        let deep = |open: &str, times, end: &str| open.repeat(times) + end;
        for name in [
            doubling(100),
            format!("_Z1f{}i", deep("P", 900, "")),
            format!("_Z1f{}i", deep("F", 900, "")),
            format!("_Z1f{}", deep("N1aI", 200, &"EE".repeat(100))),
            format!("_RMC0{}", deep("T", 900, "hE")),
            format!("_RMC0{}", deep("RB_", 300, "")),
            format!("_RIC0{}E", deep("TB3_B3_E", 100, "")),
        ] {
            let shown = demangled(&name);
            assert!(shown.len() <= LIMIT.max(name.len()), "{name}");
        }
        let long = format!("_ZN{0}{1}Ev", 2000, "a".repeat(2000));
        assert_eq!(demangled(&long), long);
        assert!(started.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn every_beginning_and_every_mutation_of_a_name_is_answered() {
        let mut random = 1u64;
        let mut next = move |below: usize| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random as usize % below
        };
        let letters = b"_ZNSIJELFPRKTDXcvhiplgtdtsrsz0123456789B.$aCMY";
        for name in [
            "_ZNSt6vectorIiSaIiEE9push_backERKi",
            "_ZNKSt8functionIFvRKN5boost10shared_ptrIN3abcEEEEEclES6_",
            "_ZN5folly6detail8function14FunctionTraitsIFvvEE9callSmallIZNS_4Core10doCallbackEvEUlvE_EEvRNS1_4DataE",
            "_RINvNtC3std3mem8align_ofjdE",
            "_RNvXs_C7mycrateINtB4_3FoopEINtB4_3BarNtNtC3std3fmt5DebugE3fmt",
            "_ZN60_$LT$alloc..string..String$u20$as$u20$core..fmt..Display$GT$3fmt17h0123456789abcdefE",
        ] {
            for end in 0..name.len() {
                demangled(&name[..end]);
            }
            for _ in 0..2000 {
                let mut bytes = name.as_bytes().to_vec();
                for _ in 0..1 + next(6) {
                    let at = 2 + next(bytes.len() - 2);
                    bytes[at] = letters[next(letters.len())];
                }
                demangled(std::str::from_utf8(&bytes).unwrap());
            }
        }
    }
}
