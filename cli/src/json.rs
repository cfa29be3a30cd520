//! JSON as it is printed.

use crate::report::Failure;
use kiln_abi::printable::is_control;
use serde::Serialize;
use std::fmt::Write as _;

/// A value as JSON of several lines, the last one ended. What would control a terminal is escaped.
pub fn print(value: &impl Serialize) -> Result<String, Failure> {
    let json = serde_json::to_string_pretty(value);
    let json = json.map_err(|error| Failure::new(error.to_string()))?;
    Ok(escaped(&json) + "\n")
}

/// JSON in which what would control a terminal is escaped, which can only be in its strings.
fn escaped(json: &str) -> String {
    let mut shown = String::new();
    for c in json.chars() {
        if c != '\n' && is_control(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(c);
        }
    }
    shown
}
