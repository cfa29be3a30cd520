//! The resources that a program may ask for, as far as the WASI functions that it imports tell, and
//! the flags that grant them.

use super::{Grant, Import};
use crate::note::Provider;

/// The resources, the flags that grant each, and the functions that ask for it: by their whole
/// names, or by how they begin where that ends in `_`.
const GRANTS: &[(&str, &[&str], &[&str])] = &[
    (
        "files and directories",
        &["--dir HOST[::GUEST]", "--embed HOST::GUEST"],
        &["path_"],
    ),
    (
        "environment variables",
        &["--env NAME[=VALUE]", "--inherit-env"],
        &["environ_get"],
    ),
    ("sockets that listen", &["--listen IP:PORT"], &["sock_"]),
    ("arguments", &[], &["args_get"]),
    (
        "standard streams",
        &[],
        &["fd_read", "fd_write", "fd_pread", "fd_pwrite"],
    ),
    (
        "clocks",
        &[],
        &["clock_res_get", "clock_time_get", "poll_oneoff"],
    ),
    ("random numbers", &[], &["random_get"]),
];

/// Gives what these imports ask for.
pub(super) fn grants(imports: &[Import]) -> Vec<Grant> {
    let asked = GRANTS.iter().map(|(what, flags, functions)| {
        let asks = |import: &&Import| {
            import.provider == Provider::Wasi
                && functions
                    .iter()
                    .any(|function| match function.ends_with('_') {
                        true => import.name.starts_with(function),
                        false => import.name == *function,
                    })
        };
        let mut names: Vec<String> = Vec::new();
        for import in imports.iter().filter(asks) {
            if !names.contains(&import.name) {
                names.push(import.name.clone());
            }
        }
        Grant {
            what,
            flags: flags.to_vec(),
            imports: names,
        }
    });
    asked.filter(|grant| !grant.imports.is_empty()).collect()
}
