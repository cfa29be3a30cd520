//! The sessions in `examples/README.md` go as they are written there.

use anyhow::{Context, Result};
use kiln_tests::toolchain::Toolchain;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

#[test]
fn sessions_go_as_written() -> Result<()> {
    let examples = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples"));
    let folder = TempDir::new()?;
    for entry in fs::read_dir(examples)? {
        let entry = entry?;
        fs::copy(entry.path(), folder.path().join(entry.file_name()))?;
    }
    let sources = [
        ("greet.c", Toolchain::Clang),
        ("count.rs", Toolchain::Rust),
        ("words.c", Toolchain::Reactor),
    ];
    for (source, toolchain) in sources {
        let module = toolchain.build(&examples.join(source))?;
        let name = Path::new(source).with_extension("wasm");
        fs::copy(module, folder.path().join(name))?;
    }
    let bin = folder.path().join("bin");
    fs::create_dir(&bin)?;
    symlink(env!("CARGO_BIN_EXE_kiln"), bin.join("kiln"))?;

    let readme = fs::read_to_string(examples.join("README.md"))?;
    let mut sessions = readme.split("```console\n").skip(1).peekable();
    assert!(sessions.peek().is_some(), "no sessions in the README");
    for session in sessions {
        let (session, _) = session.split_once("```").context("a session has no end")?;
        assert_eq!(replay(session, folder.path())?, session);
    }
    Ok(())
}

/// What a terminal would show if a session's commands were typed again.
fn replay(session: &str, folder: &Path) -> Result<String> {
    let mut script = String::from("exec 2>&1\n");
    for command in session.lines().filter_map(|line| line.strip_prefix("$ ")) {
        // Showing the command keeps the status of the one before.
        writeln!(script, "s=$?; cat <<'END'\n$ {command}\nEND")?;
        // Its module is there already, by the tests' own toolchain.
        let makes_module = command.contains(" --target wasm32-") || command.contains("=wasm32-");
        if !makes_module {
            writeln!(script, "(exit $s); {command}")?;
        }
    }
    // That of Rust's compiler, which is where cargo is.
    let rust = Path::new(env!("CARGO"))
        .parent()
        .context("cargo in no folder")?;
    let (bin, rust) = (folder.join("bin"), rust.display());
    let path = format!("{}:{rust}:/usr/bin:/bin", bin.display());
    let output = Command::new("/bin/sh")
        .args(["-c", &script])
        .current_dir(folder)
        .env_clear()
        .env("PATH", path)
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .output()?;
    Ok(String::from_utf8(output.stdout)?)
}
