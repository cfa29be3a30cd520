//! Names of a module as C identifiers. In the names of exports and imports, which must stay apart, a
//! byte outside `[A-Za-z0-9_]` becomes `_x` and its two hexadecimal digits, and so does a digit at
//! the start of a symbol.

use crate::module::WasmName;
use std::fmt::Write as _;

/// Gives what all names of a module start with: its own name, with `_` for what C does not allow.
pub(super) fn prefix(module: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let name: String = module.chars().map(allowed).collect();
    match name.bytes().next() {
        None => "module".to_owned(),
        Some(b'0'..=b'9') => format!("_{name}"),
        Some(_) => name,
    }
}

/// The symbol of an exported function.
pub(super) fn export_symbol(prefix: &str, export: &str) -> String {
    format!("{prefix}_{}", escaped(export))
}

/// The symbol of a function on instances.
pub(super) fn instance_symbol(prefix: &str, function: &str) -> String {
    format!("{prefix}_instance_{function}")
}

/// The symbol of the function that an import is bound to.
pub(crate) fn import_symbol(module: WasmName, name: WasmName) -> String {
    format!("{}_{}", identifier(module.0), escaped(name.0))
}

fn identifier(name: &str) -> String {
    match name.bytes().next() {
        Some(first @ b'0'..=b'9') => format!("_x{first:02x}{}", escaped(&name[1..])),
        _ => escaped(name),
    }
}

fn escaped(name: &str) -> String {
    let mut out = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'_' {
            out.push(byte.into());
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "_x{byte:02x}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symbol(module: &str, name: &str) -> String {
        import_symbol(WasmName(module), WasmName(name))
    }

    #[test]
    fn names_become_identifiers() {
        assert_eq!(prefix("my-app.v2"), "my_app_v2");
        assert_eq!(prefix("7zip"), "_7zip");
        assert_eq!(prefix(""), "module");
        assert_eq!(export_symbol("app", "add one"), "app_add_x20one");
        assert_eq!(export_symbol("app", "3d"), "app_3d");
        assert_eq!(symbol("env", "naïve"), "env_na_xc3_xafve");
        assert_eq!(symbol("0", "f"), "_x30_f");
        assert_eq!(symbol("wasi:io/x", "f"), "wasi_x3aio_x2fx_f");
    }
}
