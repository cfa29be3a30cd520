//! The names of the `KILN_…` variables of a launch.

/// Their prefix.
pub const PREFIX: &[u8] = b"KILN_";

/// The names behind `KILN_`.
pub const NAMES: [&str; 16] = [
    "DIRS",
    "ENV",
    "ARGV0",
    "STDIN",
    "STDOUT",
    "STDERR",
    "LISTEN",
    "MAX_MEMORY",
    "STACK_SIZE",
    "MAX_OPEN_FILES",
    "TIMEOUT",
    "BACKTRACE",
    "TRAP",
    "SANDBOX",
    "CORE_DUMP",
    "PROFILE_FILE",
];

/// [`NAMES`] in full, for people.
pub const LIST: &str = "KILN_DIRS, KILN_ENV, KILN_ARGV0, KILN_STDIN, KILN_STDOUT, \
    KILN_STDERR, KILN_LISTEN, KILN_MAX_MEMORY, KILN_STACK_SIZE, KILN_MAX_OPEN_FILES, KILN_TIMEOUT, \
    KILN_BACKTRACE, KILN_TRAP, KILN_SANDBOX, KILN_CORE_DUMP, KILN_PROFILE_FILE";

/// A name in full.
pub fn in_full(name: &str) -> [&[u8]; 2] {
    [PREFIX, name.as_bytes()]
}
