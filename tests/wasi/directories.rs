//! Listing directories that change meanwhile, on several file systems, by a program in C
//! (`directories.c`). On ramfs the kernel's offsets in a directory are indexes, which a removal shifts.

use anyhow::{Context, Result, ensure};
use kiln_compiler::Tree;
use kiln_tests::program::{build, executable};
use kiln_tests::toolchain::Toolchain;
use libtest_mimic::Trial;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Mounts a file system of type `$1` at the directory `$0`, and becomes the command that follows; in
/// a mount namespace, for which whoever is not root needs a user namespace.
const MOUNTED: &str = r#"
inside='mount -t "$1" none "$0" && shift && exec "$@"'
unshare --mount true 2>/dev/null || user=--map-root-user
exec unshare $user --mount sh -c "$inside" "$0" "$@"
"#;

/// `.`, `..` and the files that the program has made in the end.
const LISTED: &str = "1502\n";

pub fn trials() -> Vec<Trial> {
    let trial = |name: &str, test: fn() -> Result<()>| {
        Trial::test(format!("directories: {name}"), move || {
            test().map_err(|error| format!("{error:#}").into())
        })
    };
    vec![
        trial("ramfs", || mounted("ramfs")),
        trial("tmpfs", || mounted("tmpfs")),
        trial("where temporary files are", as_it_is),
        trial("embedded", embedded),
    ]
}

fn module() -> Result<PathBuf> {
    Toolchain::Clang.build(&Path::new(env!("CARGO_MANIFEST_DIR")).join("wasi/directories.c"))
}

fn mounted(kind: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut command = Command::new("sh");
    command.args(["-c", MOUNTED]).arg(folder.path()).arg(kind);
    command.arg(executable(&module()?)?);
    prints(&mut command, folder.path(), LISTED)
        .context("needed: unshare and mount, of util-linux, and leave to make user namespaces")
}

fn as_it_is() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut command = Command::new(executable(&module()?)?);
    prints(&mut command, folder.path(), LISTED)
}

fn embedded() -> Result<()> {
    let tree = tempfile::tempdir()?;
    for number in 0..1000 {
        fs::write(tree.path().join(format!("{number:0>40}")), "")?;
    }
    let mut options = kiln_tests::options::options();
    options.embed("/r", Tree::read(tree.path())?);
    let folder = tempfile::tempdir()?;
    let program = folder.path().join("program");
    build(&module()?, options, &program)?;
    prints(Command::new(program).arg("/r"), folder.path(), "1002\n")
}

/// Runs the program with a directory as `/d`.
fn prints(command: &mut Command, dir: &Path, expected: &str) -> Result<()> {
    let output = command
        .env("KILN_DIRS", format!("{}::/d", dir.display()))
        .output()?;
    let printed = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success() && printed == expected, "{output:?}");
    Ok(())
}
