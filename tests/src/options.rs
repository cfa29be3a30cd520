//! The options under which the suites build.

use crate::target::target;
use kiln_compiler::{OptLevel, Options};

/// The variable that names another level of optimisation, as `kiln build -O` does: `0`, `2` or `s`.
/// Without the prefix `KILN_`, because executables refuse unknown variables that begin with it.
const LEVEL: &str = "TEST_OPT";

/// The default options, at the level that `TEST_OPT` names, for the target that `TEST_TARGET` names.
pub fn options() -> Options {
    let mut options = Options::default();
    options.opt_level = match std::env::var(LEVEL).as_deref() {
        Err(_) | Ok("2") => OptLevel::Speed,
        Ok("0") => OptLevel::None,
        Ok("s") => OptLevel::SpeedAndSize,
        Ok(other) => panic!("{LEVEL}={other}: 0, 2 or s"),
    };
    (options.target, options.cpu) = target();
    options
}
