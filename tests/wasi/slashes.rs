//! Paths that end with slashes, by a program in C (`slashes.c`) that says of each answer if it is right:
//! with the kernel's openat2 and, where that is denied, by the runtime's own walk.

use crate::source;
use anyhow::{Context, Result, ensure};
use kiln_tests::program::executable;
use kiln_tests::seccomp::deny;
use kiln_tests::toolchain::Toolchain;
use libtest_mimic::Trial;
use std::process::Command;

const PROGRAM: &str = include_str!("slashes.c");

/// Calls that the program makes and shows.
const CALLS: usize = 36;

pub fn trials() -> Vec<Trial> {
    let trial = |(way, walks)| {
        Trial::test(format!("slashes by {way}"), move || {
            check(walks).map_err(|error| format!("{error:#}").into())
        })
    };
    [("openat2", false), ("a walk", true)].map(trial).into()
}

fn check(walks: bool) -> Result<()> {
    let module = Toolchain::Clang.build(&source("", PROGRAM)?)?;
    let folder = tempfile::tempdir()?;
    let mut command = Command::new(executable(&module)?);
    command.env("KILN_DIRS", ".").current_dir(&folder);
    if walks {
        deny(&mut command, vec![(libc::SYS_openat2, libc::ENOSYS)]);
    }
    let output = command.output()?;
    ensure!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).context("what the program shows")?;
    for line in printed.lines() {
        ensure!(line.ends_with(", right"), "{line}");
    }
    ensure!(printed.lines().count() == CALLS, "{printed}");
    Ok(())
}
