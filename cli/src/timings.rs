//! `kiln build --timings`: where the time and memory of a compilation went.

use crate::output;
use crate::report::Failure;
use anstyle::Style;
use kiln_abi::printable::Printable;
use kiln_compiler::Timings;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

/// Functions in the table. The JSON has all of them.
const SHOWN: usize = 12;

/// Prints a table on standard error or, where there is a file, writes JSON to it.
pub fn tell(timings: &Timings, file: Option<&Path>) -> Result<(), Failure> {
    let Some(file) = file else {
        anstream::eprint!("{}", table(timings));
        return Ok(());
    };
    let json = serde_json::to_string_pretty(timings);
    let json = json.map_err(|error| Failure::new(error.to_string()))? + "\n";
    output::write(file, json.as_bytes(), 0o666)
}

fn table(timings: &Timings) -> String {
    let bold = Style::new().bold();
    let mut text = String::new();
    let total: Duration = timings.phases.iter().map(|phase| phase.time).sum();
    let _ = writeln!(
        text,
        "{bold}{:<10}{:>10}{:>8}{:>13}{bold:#}",
        "phase", "ms", "%", "peak memory"
    );
    for phase in &timings.phases {
        let peak = phase.peak_memory.map_or(String::new(), mebibytes);
        let _ = writeln!(
            text,
            "{:<10}{:>10}{:>8.1}{peak:>13}",
            phase.name,
            milliseconds(phase.time),
            100.0 * phase.time.as_secs_f64() / total.as_secs_f64().max(1e-9)
        );
    }
    let _ = writeln!(
        text,
        "lower, optimize and compile: the sum over all functions, on {} threads\n",
        timings.threads
    );
    let _ = writeln!(
        text,
        "{bold}{:>10}{:>10}{:>10}{:>12}{:>12}  slowest of {} functions{bold:#}",
        "lower ms",
        "optimize",
        "compile",
        "wasm bytes",
        "code bytes",
        timings.functions.len()
    );
    for function in timings.functions.iter().take(SHOWN) {
        let _ = writeln!(
            text,
            "{:>10}{:>10}{:>10}{:>12}{:>12}  {}",
            milliseconds(function.lower),
            milliseconds(function.optimize),
            milliseconds(function.compile),
            function.wasm_bytes,
            function.code_bytes,
            Printable(function.name.as_bytes())
        );
    }
    text
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1e3)
}
