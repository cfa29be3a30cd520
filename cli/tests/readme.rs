//! The sessions in `README.md` and `examples/README.md` go as they are written there.
//!
//! A session is a block of code whose language is `console`. What follows `$ ` is typed into a shell;
//! a `\` at the end of a line, or a here-document (`<<EOF`), goes on with the next line. The other
//! lines are what the terminal shows: `...` on a line of its own stands for any lines, `[..]` within
//! one for any text. All sessions of a page are typed in one folder, one after the other. A block of
//! another language whose info string names a file, as in "```c hello.c", is that file.
//!
//! The tools are the tests' own, under the names users type ([`commands`]). Commands that would
//! install something, or run the whole suite, are [`UNTYPED`]: what they name is looked up instead.

mod pages;

use anyhow::{Context, Result, bail, ensure};
use kiln_tests::{commands, toolchain};
use pages::{Block, Session, code_spans, matches};
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// What looks at the words of a command in place of typing it.
type Check = fn(&[&str]) -> Result<()>;

/// Commands that are not typed, with what is checked in their place.
const UNTYPED: [(&str, Check); 6] = [
    ("cargo test", names_targets),
    ("cargo bench", names_targets),
    ("cargo doc", names_targets),
    ("cargo install", names_the_command),
    ("rustup target add", names_the_target),
    ("apt-get install", names_the_packages),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn the_readmes_sessions_go_as_written() -> Result<()> {
    let page = Page::new("README.md")?;
    copy(
        &root().join("examples"),
        &page.folder.path().join("examples"),
    )?;
    // The page's word for any module.
    let wat = r#"(module (func (export "_start")))"#;
    fs::write(page.folder.path().join("app.wasm"), wat::parse_str(wat)?)?;
    page.replay()
}

#[test]
fn the_examples_sessions_go_as_written() -> Result<()> {
    let page = Page::new("examples/README.md")?;
    copy(&root().join("examples"), page.folder.path())?;
    page.replay()
}

/// Commands in the text, such as `cargo bench --bench performance`, name targets that exist.
#[test]
fn commands_in_the_text_name_what_there_is() -> Result<()> {
    let mut looked_up = 0;
    for page in [
        "README.md",
        "examples/README.md",
        "SECURITY.md",
        "ARCHITECTURE.md",
    ] {
        for span in code_spans(&fs::read_to_string(root().join(page))?) {
            if let Some(check) = untyped(&span) {
                check(&words(&span)).with_context(|| format!("{page}: `{span}`"))?;
                looked_up += 1;
            }
        }
    }
    ensure!(looked_up > 0, "no page names a command of cargo");
    Ok(())
}

/// A page and the folder where its sessions are typed.
struct Page {
    name: &'static str,
    text: String,
    folder: TempDir,
    bin: TempDir,
}

impl Page {
    fn new(name: &'static str) -> Result<Self> {
        let page = Self {
            name,
            text: fs::read_to_string(root().join(name))?,
            folder: TempDir::new()?,
            bin: TempDir::new()?,
        };
        let bin = page.bin.path();
        symlink(env!("CARGO_BIN_EXE_kiln"), bin.join("kiln"))?;
        commands::clang(bin)?;
        commands::rust(bin)?;
        commands::go(bin)?;
        Ok(page)
    }

    fn replay(&self) -> Result<()> {
        let mut sessions = 0;
        for block in pages::blocks(&self.text) {
            if block.language() == "console" {
                self.replay_session(&block)?;
                sessions += 1;
            } else if let Some(file) = block.file() {
                let path = self.folder.path().join(file);
                fs::create_dir_all(path.parent().context("a file in no folder")?)?;
                fs::write(path, block.text)?;
            }
        }
        ensure!(sessions > 0, "no sessions in {}", self.name);
        Ok(())
    }

    fn replay_session(&self, block: &Block) -> Result<()> {
        let place = format!("{}, line {}", self.name, block.line);
        let session = Session::parse(block.text).with_context(|| place.clone())?;
        let shown = self.type_all(&session).with_context(|| place.clone())?;
        let expected = block.text;
        ensure!(
            matches(expected, &shown),
            "{place}: it is written\n{expected}\nand what is shown is\n{shown}"
        );
        Ok(())
    }

    /// What a terminal shows when a session's commands are typed.
    fn type_all(&self, session: &Session) -> Result<String> {
        let mut script = String::from("exec 2>&1\n");
        for command in &session.commands {
            // Showing the command keeps the status of the one before.
            writeln!(script, "s=$?; cat <<'END'\n$ {}\nEND", command.lines)?;
            let typed = &command.lines;
            if let Some(check) = untyped(typed) {
                check(&words(typed)).with_context(|| format!("`{typed}`"))?;
                continue;
            }
            let typed = match typed.strip_prefix("cargo run -- ") {
                Some(args) => {
                    has_one_command()?;
                    format!("kiln {args}")
                }
                None => typed.clone(),
            };
            // A folder that is changed to, and a variable that is set, stay for what follows.
            writeln!(script, "(exit $s)\n{typed}")?;
        }
        let home = self.folder.path();
        let output = Command::new("/bin/sh")
            .args(["-c", &script])
            .current_dir(home)
            .env_clear()
            .env(
                "PATH",
                format!("{}:/usr/bin:/bin", self.bin.path().display()),
            )
            .env("HOME", self.bin.path())
            .env("XDG_CACHE_HOME", self.bin.path().join("cache"))
            .output()?;
        Ok(String::from_utf8(output.stdout)?)
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

fn words(command: &str) -> Vec<&str> {
    command.split_whitespace().collect()
}

fn untyped(command: &str) -> Option<Check> {
    let command = command.strip_prefix("sudo ").unwrap_or(command);
    let is_it = |name: &str| match command.strip_prefix(name) {
        Some(rest) => rest.is_empty() || rest.starts_with(' '),
        None => false,
    };
    // With another manifest or target it is a project of the reader's.
    let is_ours = !command.contains("--target ") && !command.contains("--manifest-path ");
    let mut known = UNTYPED.iter().filter(|_| is_ours);
    let (_, check) = known.find(|(name, _)| is_it(name))?;
    Some(*check)
}

/// The workspace's packages, as cargo tells them.
fn packages() -> Result<Vec<Value>> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["metadata", "--no-deps", "--format-version=1", "--offline"])
        .current_dir(root());
    let metadata: Value = serde_json::from_slice(&cargo.output()?.stdout)?;
    let packages = metadata["packages"].as_array();
    Ok(packages.context("cargo tells no packages")?.clone())
}

/// The targets of this kind in a package.
fn targets(package: &Value, kind: &str) -> Vec<String> {
    let targets = package["targets"].as_array().into_iter().flatten();
    let of_kind = targets.filter(|target| target["kind"][0] == kind);
    of_kind
        .filter_map(|target| Some(target["name"].as_str()?.to_owned()))
        .collect()
}

/// Each `-p`, `--test` and `--bench` names what the workspace has.
fn names_targets(words: &[&str]) -> Result<()> {
    let packages = packages()?;
    for pair in words.windows(2) {
        let is_there = match pair[0] {
            "-p" => packages.iter().any(|package| package["name"] == pair[1]),
            "--test" | "--bench" => {
                let kind = pair[0].trim_start_matches('-');
                let mut all = packages.iter().flat_map(|package| targets(package, kind));
                all.any(|name| name == pair[1])
            }
            _ => true,
        };
        ensure!(is_there, "there is no `{}`", pair.join(" "));
    }
    Ok(())
}

/// `--path` names the package of the command.
fn names_the_command(words: &[&str]) -> Result<()> {
    let path = words.iter().skip_while(|word| **word != "--path").nth(1);
    let path = root().join(path.context("no --path")?).canonicalize()?;
    let manifest = path.join("Cargo.toml");
    let packages = packages()?;
    let package = packages
        .iter()
        .find(|package| package["manifest_path"].as_str().map(Path::new) == Some(&*manifest));
    let bins = targets(package.context("no package there")?, "bin");
    ensure!(bins == ["kiln"], "it has the commands {bins:?}");
    Ok(())
}

/// `cargo run` without a name runs the only command.
fn has_one_command() -> Result<()> {
    let packages = packages()?;
    let bins: Vec<_> = packages
        .iter()
        .flat_map(|package| targets(package, "bin"))
        .collect();
    ensure!(bins == ["kiln"], "`cargo run` is to choose from {bins:?}");
    Ok(())
}

/// The targets are the one that the tests have Rust compile for, or those of the runtime.
fn names_the_target(words: &[&str]) -> Result<()> {
    let build = fs::read_to_string(root().join("compiler/build.rs"))?;
    let targets = words.iter().skip_while(|word| **word != "add").skip(1);
    for target in targets {
        let is_runtimes = build.contains(&format!("triple: \"{target}\""));
        ensure!(*target == "wasm32-wasip1" || is_runtimes, "another target");
    }
    Ok(())
}

/// The packages are those that the tests install, which name a version.
fn names_the_packages(words: &[&str]) -> Result<()> {
    let known: Vec<_> = toolchain::CLANG_PACKAGES
        .iter()
        .map(|name| name.replace("-19", ""))
        .collect();
    let at = words.iter().position(|word| *word == "install");
    for word in words.iter().skip(at.context("no `install`")? + 1) {
        let is_option = word.starts_with('-');
        if !is_option && !known.contains(&word.replace("-19", "")) {
            bail!("the tests do not install {word}: {known:?}");
        }
    }
    Ok(())
}
