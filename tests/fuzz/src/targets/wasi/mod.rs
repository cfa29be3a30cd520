//! Calls of WASI functions with random descriptors, pointers and paths give what a model of the host says,
//! leave the tree that the model has, and neither read nor change what was not granted: with the kernel's
//! path resolution and step by step, with the sandbox and without.

mod calls;
mod model;

use crate::once;
use anyhow::{Context, Result, ensure};
use arbitrary::Unstructured;
use calls::{Call, ENTRY};
use kiln_compiler::{Compiler, Options};
use kiln_tests::program;
use kiln_tests::seccomp::deny;
use model::{Model, Node};
use std::collections::BTreeMap;
use std::fs;
use std::io::{Seek, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use tempfile::TempDir;

const CALLS: usize = 40;
const SECRET: &str = "not for the guest";

pub fn check(input: &[u8]) -> Result<bool> {
    let mut input = Unstructured::new(input);
    let mut calls = Vec::new();
    for _ in 0..input.int_in_range(CALLS / 2..=CALLS)? {
        calls.push(Call::new(&mut input)?);
    }
    let mut model = Model::new();
    model.grant(&granted(), false);
    model.grant(&fixed(), true);
    let roots = model.roots();
    let expected: Vec<_> = calls.iter().map(|call| model.call(call)).collect();
    let trees = [model.tree(roots[0]), model.tree(roots[1])];
    for walks in [false, true] {
        for is_sandboxed in [true, false] {
            let way = Way {
                walks,
                is_sandboxed,
            };
            way.check(&calls, &expected, &trees)
                .with_context(|| format!("{way:?}"))?;
        }
    }
    Ok(expected.iter().any(std::result::Result::is_ok))
}

/// The contents of the directory that can be changed.
fn granted() -> Vec<(&'static str, Node)> {
    vec![
        ("a", file("alpha")),
        ("d", directory()),
        ("d/b", file("beta")),
        ("d/e", directory()),
        ("d/up", link("../a")),
        ("l", link("a")),
        ("ld", link("d/")),
        ("out", link("../outside/secret")),
        ("up", link("..")),
        ("abs", link("/proc/self/root")),
        ("loop", link("loop")),
        ("gone", link("d/new")),
    ]
}

/// The contents of the directory that can only be read.
fn fixed() -> Vec<(&'static str, Node)> {
    vec![
        ("f", file("fixed")),
        ("d", directory()),
        ("d/s", link("../f")),
        ("x", link("../outside")),
    ]
}

fn file(text: &str) -> Node {
    Node::File(text.into())
}

fn link(target: &str) -> Node {
    Node::Link(target.to_owned())
}

fn directory() -> Node {
    Node::Directory(BTreeMap::new())
}

/// A way to run the guest.
#[derive(Clone, Copy, Debug)]
struct Way {
    /// Without openat2.
    walks: bool,
    is_sandboxed: bool,
}

type Answer = std::result::Result<Vec<u8>, u32>;

impl Way {
    fn check(
        self,
        calls: &[Call],
        expected: &[Answer],
        trees: &[BTreeMap<String, Node>; 2],
    ) -> Result<()> {
        let folder = tempfile::tempdir()?;
        let at = |name: &str| folder.path().join(name);
        build(&at("granted"), granted())?;
        build(&at("fixed"), fixed())?;
        build(&at("outside"), vec![("secret", file(SECRET))])?;
        let log = self.run(folder.path(), calls)?;
        let told = log.windows(SECRET.len());
        ensure!(
            !told.into_iter().any(|bytes| bytes == SECRET.as_bytes()),
            "the secret was read"
        );
        ensure!(log.len() == calls.len() * ENTRY, "{} bytes", log.len());
        for (number, call) in calls.iter().enumerate() {
            let entry = &log[number * ENTRY..(number + 1) * ENTRY];
            let (error, window) = entry.split_at(4);
            let answer = match u32::from_le_bytes(error.try_into()?) {
                0 => Ok(call.shown(window)),
                error => Err(error),
            };
            ensure!(
                answer == expected[number],
                "call {number} gives {answer:?}, not {:?}: {call:?}\nafter {:?}",
                expected[number],
                &calls[..number]
            );
        }
        for (name, expected) in ["granted", "fixed"].iter().zip(trees) {
            let mut found = BTreeMap::new();
            list(&at(name), "", &mut found)?;
            ensure!(found == *expected, "{name}: {found:?}, not {expected:?}");
        }
        let mut outside = BTreeMap::new();
        list(&at("outside"), "", &mut outside)?;
        ensure!(outside == BTreeMap::from([("secret".to_owned(), file(SECRET))]));
        let names = fs::read_dir(&folder)?.count();
        ensure!(names == 3, "something was made outside");
        Ok(())
    }

    /// Runs the guest in a folder; gives its log.
    fn run(self, folder: &Path, calls: &[Call]) -> Result<Vec<u8>> {
        let mut stdin = tempfile::tempfile()?;
        stdin.write_all(&calls::encode(calls))?;
        stdin.rewind()?;
        let mut command = Command::new(guest()?);
        command.env_clear().current_dir(folder).stdin(stdin);
        command.env("KILN_DIRS", "granted;fixed::fixed:ro");
        if !self.is_sandboxed {
            command.env("KILN_SANDBOX", "off");
        }
        if self.walks {
            deny(&mut command, vec![(libc::SYS_openat2, libc::ENOSYS)]);
        }
        let output = command.output()?;
        ensure!(
            output.status.success() && output.stderr.is_empty(),
            "{}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(output.stdout)
    }
}

/// The guest's executable, built once.
fn guest() -> Result<PathBuf> {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let folder = once(&FOLDER, || {
        let folder = tempfile::tempdir()?;
        let module = wat::parse_str(calls::guest())?;
        let compiled = Compiler::new(Options::default())?.compile(&module)?;
        program::install(&compiled.bytes, &folder.path().join("guest"))?;
        Ok(folder)
    })?;
    Ok(folder.path().join("guest"))
}

/// Makes a directory with entries.
fn build(dir: &Path, entries: Vec<(&str, Node)>) -> Result<()> {
    fs::create_dir(dir)?;
    for (path, node) in entries {
        let path = dir.join(path);
        match node {
            Node::File(bytes) => fs::write(path, bytes)?,
            Node::Link(target) => symlink(target, path)?,
            Node::Directory(_) => fs::create_dir(path)?,
        }
    }
    Ok(())
}

/// Finds what lies in a directory, by path.
fn list(dir: &Path, prefix: &str, found: &mut BTreeMap<String, Node>) -> Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name().into_string();
        let path = format!("{prefix}{}", name.ok().context("a name")?);
        let file_type = entry.file_type()?;
        let node = if file_type.is_dir() {
            list(&entry.path(), &format!("{path}/"), found)?;
            directory()
        } else if file_type.is_symlink() {
            let target = fs::read_link(entry.path())?.into_os_string().into_string();
            Node::Link(target.ok().context("a target")?)
        } else {
            Node::File(fs::read(entry.path())?)
        };
        found.insert(path, node);
    }
    Ok(())
}
