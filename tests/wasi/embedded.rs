//! Embedded files, by a program in C that shows what every function answers (`embedded.c`): it must
//! show of an embedded tree what it shows of the same tree on a file system mounted read-only.

use crate::{SNAPSHOTS, source};
use anyhow::{Context, Result, ensure};
use kiln_compiler::Tree;
use kiln_tests::program::{build, executable};
use kiln_tests::toolchain::Toolchain;
use libtest_mimic::Trial;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

const PROGRAM: &str = include_str!("embedded.c");

/// Mounts the directory `$0` onto itself, read-only, and becomes the command that follows; in a mount
/// namespace, for which whoever is not root needs a user namespace.
const READ_ONLY: &str = r#"
inside='mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
unshare --mount true 2>/dev/null || user=--map-root-user
exec unshare $user --mount sh -c "$inside" "$0" "$@"
"#;

/// Fewer answers than this, and the program has not done what it should.
const ANSWERS: usize = 2000;

pub fn trials() -> Vec<Trial> {
    let trial = |(snapshot, choice)| {
        Trial::test(format!("{snapshot}: embedded"), move || {
            compare(choice).map_err(|error| format!("{error:#}").into())
        })
    };
    SNAPSHOTS.map(trial).into()
}

fn compare(choice: &str) -> Result<()> {
    let module = Toolchain::Clang.build(&source(choice, PROGRAM)?)?;
    let tree = furnish()?;
    let expected = mounted(&executable(&module)?, tree.path()).context("mounted")?;

    let mut options = kiln_tests::options::options();
    options.embed("/r", Tree::read(tree.path())?);
    let folder = tempfile::tempdir()?;
    let program = folder.path().join("program");
    build(&module, options, &program)?;
    drop(tree);
    let actual = output(&mut Command::new(program), "").context("embedded")?;

    for (number, (expected, actual)) in expected.lines().zip(actual.lines()).enumerate() {
        ensure!(
            expected == actual,
            "line {}:\n  mounted:  {expected}\n  embedded: {actual}",
            number + 1
        );
    }
    let (wanted, found) = (expected.lines().count(), actual.lines().count());
    ensure!(
        wanted == found && found > ANSWERS,
        "{found} of {wanted} lines"
    );
    Ok(())
}

/// Gives what the program shows of a tree that is mounted read-only.
fn mounted(program: &Path, tree: &Path) -> Result<String> {
    let mut command = Command::new("sh");
    command.args(["-c", READ_ONLY]).arg(tree).arg(program);
    output(&mut command, &format!("{}::/r", tree.display()))
        .context("needed: unshare and mount, of util-linux, and leave to make user namespaces")
}

/// Gives what the program shows, given these directories and after them an empty one that can be changed.
fn output(command: &mut Command, dirs: &str) -> Result<String> {
    let other = tempfile::tempdir()?;
    let dirs = format!("{dirs};{}::/w", other.path().display());
    let output = command.env("KILN_DIRS", dirs).output()?;
    ensure!(output.status.success(), "{output:?}");
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn furnish() -> Result<TempDir> {
    let folder = tempfile::tempdir()?;
    let top = folder.path();
    for dir in ["dir/deep", "many", "empty-dir"] {
        fs::create_dir_all(top.join(dir))?;
    }
    for (name, text) in [
        ("file", "some text in a file\n"),
        ("empty", ""),
        ("dir/inner", "inner\n"),
        ("dir/deep/leaf", "leaf\n"),
    ] {
        fs::write(top.join(name), text)?;
    }
    for number in 0..300 {
        fs::write(top.join(format!("many/{number:03}")), "")?;
    }
    for (name, target) in LINKS {
        symlink(target, top.join(name))?;
    }
    Ok(folder)
}

const LINKS: [(&str, &str); 10] = [
    ("link", "file"),
    ("to-dir", "dir"),
    ("chain", "to-dir"),
    ("dangling", "nowhere"),
    ("loop", "loop"),
    ("up", ".."),
    ("far", "dir/../../x"),
    ("absolute", "/etc"),
    ("dir/back", "../file"),
    ("dir/far-up", "../../x"),
];
