//! Runs a module the two ways that the tests compare: by the runtime of record, and as the
//! executable that Kiln makes of it.

use crate::around::surround;
use crate::options::options;
use crate::target;
use crate::tools::{self, node, once, once_latest, wasmtime};
use anyhow::{Context, Result, bail, ensure};
use kiln_compiler::{BoundsChecks, Compiler, ConfigEntry, Options, Tree};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;

/// The input of a program, whoever runs it.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its name as it is told.
    pub argv0: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Its environment, name and value.
    pub env: Vec<(String, String)>,
    /// Its preopened folders: the path on the host and the name in the guest.
    pub dirs: Vec<(PathBuf, String)>,
    /// Its standard input, a pipe.
    pub stdin: Vec<u8>,
}

impl Default for Input {
    fn default() -> Self {
        Self {
            argv0: "program".into(),
            args: Vec::new(),
            env: Vec::new(),
            dirs: Vec::new(),
            stdin: Vec::new(),
        }
    }
}

/// Proposals that the runtime of record has off by default.
const PROPOSALS: [&str; 2] = ["-W", "exceptions=y"];

/// Gives what the runtime of record does with the module and this input.
pub fn by_reference(module: &Path, input: &Input) -> Result<Output> {
    let wasmtime = wasmtime()?;
    let name = format!("reference-{:016x}", hash((PROPOSALS, fs::read(module)?)));
    let compiled = once(&name, |folder| {
        let mut compile = Command::new(&wasmtime);
        compile.arg("compile").args(PROPOSALS).arg(module);
        compile.arg("-o").arg(folder.join("a.cwasm"));
        tools::run(&mut compile, "wasmtime").map(drop)
    })?;
    let mut command = limited(&wasmtime);
    command.args(["run", "--allow-precompiled", "--argv0", &input.argv0]);
    command.args(PROPOSALS);
    command.args(["-W", "max-wasm-stack=8388608"]); // as much as Kiln gives
    for (host, guest) in &input.dirs {
        command.arg("--dir");
        command.arg(format!("{}::{guest}", host.display()));
    }
    for (name, value) in &input.env {
        command.arg("--env").arg(format!("{name}={value}"));
    }
    command.arg(compiled.join("a.cwasm")).args(&input.args);
    run(&mut command, &input.stdin)
}

/// Gives what Node does with the module and this input: it knows the legacy encoding of exceptions, which
/// the runtime of record does not.
pub fn by_node(module: &Path, input: &Input) -> Result<Output> {
    let mut command = limited(&node()?);
    command
        .args(["--no-warnings", "--eval", include_str!("wasi.js")])
        .arg("--")
        .arg(module)
        .arg(&input.argv0)
        .args(&input.args);
    run(&mut command, &input.stdin)
}

/// Gives what Kiln's executable of the module does with this input, granted to it at launch.
pub fn granted_at_launch(module: &Path, input: &Input) -> Result<Output> {
    let dirs = input.dirs.iter();
    let dirs = dirs.map(|(host, guest)| format!("{}::{guest}", host.display()));
    let env = input
        .env
        .iter()
        .map(|(name, value)| format!("{name}={value}"));
    let mut command = surrounded(&executable(module)?)?;
    command
        .env("KILN_ARGV0", &input.argv0)
        .env("KILN_DIRS", launch_list(dirs))
        .env("KILN_ENV", launch_list(env))
        .args(&input.args);
    run(&mut command, &input.stdin)
}

fn launch_list(entries: impl Iterator<Item = String>) -> String {
    let escaped = entries.map(|entry| entry.replace('\\', r"\\").replace(';', r"\;"));
    escaped.collect::<Vec<_>>().join(";")
}

/// Gives what Kiln's executable of the module does with this input, baked into it when it was built. Its
/// bounds checks are explicit, so that real programs run with those too.
pub fn granted_at_build(module: &Path, input: &Input) -> Result<Output> {
    let mut options = baked(input);
    options.bounds_checks = BoundsChecks::Explicit;
    for (host, guest) in &input.dirs {
        let (host, guest) = (host.as_os_str().as_encoded_bytes(), guest.as_bytes());
        options.bake(ConfigEntry::Dir { host, guest });
    }
    let folder = tempfile::tempdir()?;
    let executable = folder.path().join("program");
    build(module, options, &executable)?;
    run(&mut surrounded(&executable)?, &input.stdin)
}

/// Gives what Kiln's executable of the module does with this input where there is nothing but itself: in a
/// root directory that holds one file. The folders are embedded in it, all else is baked into it too.
pub fn alone(module: &Path, input: &Input) -> Result<Output> {
    let mut options = baked(input);
    for (host, guest) in &input.dirs {
        options.embed(guest, Tree::read(host)?);
    }
    let root = tempfile::tempdir()?;
    build(module, options, &root.path().join("program"))?;
    let mut files = fs::read_dir(root.path())?;
    ensure!(files.next().is_some() && files.next().is_none(), "one file");
    in_root(root.path(), &input.stdin)
}

/// Gives what `/program` does in this root directory. Who is not root may change his own in a user
/// namespace.
fn in_root(root: &Path, stdin: &[u8]) -> Result<Output> {
    let ways = [
        ("chroot", [].as_slice()),
        ("unshare", &["--map-root-user", "--root"]),
    ];
    let mut complaint = String::new();
    for (tool, options) in ways {
        let mut command = limited(Path::new(tool));
        let output = run(command.args(options).arg(root).arg("/program"), stdin)?;
        // A tool's own complaints begin with its name.
        if !output.stderr.starts_with(format!("{tool}: ").as_bytes()) {
            return Ok(output);
        }
        complaint += &String::from_utf8_lossy(&output.stderr);
    }
    bail!(
        "needed: to be root, or leave to make user namespaces (unshare, of util-linux): {complaint}"
    )
}

/// All but folders, baked in.
fn baked(input: &Input) -> Options {
    let mut options = options();
    options.bake(ConfigEntry::Argv0(input.argv0.as_bytes()));
    for (name, value) in &input.env {
        let (name, value) = (name.as_bytes(), value.as_bytes());
        options.bake(ConfigEntry::Env { name, value });
    }
    for arg in &input.args {
        options.bake(ConfigEntry::Arg(arg.as_bytes()));
    }
    options
}

/// The executable that Kiln makes of a module, with nothing baked into it. Built once for each
/// build of the calling test or benchmark, which holds the compiler.
pub fn executable(module: &Path) -> Result<PathBuf> {
    let compiler = std::env::current_exe()?;
    let built = fs::metadata(&compiler)?.modified()?;
    let options = options();
    let level = options.opt_level as u8;
    let name = hash((
        compiler,
        level,
        options.target,
        options.cpu,
        fs::read(module)?,
    ));
    let name = format!("executable-{name:016x}");
    let version = format!("{:016x}", hash(built));
    let folder = once_latest(&name, &version, |folder| {
        build(module, options, &folder.join("program"))
    })?;
    Ok(folder.join("program"))
}

/// Builds an executable under these options.
pub fn build(module: &Path, options: Options, executable: &Path) -> Result<()> {
    let artifact = Compiler::new(options)?.compile(&fs::read(module)?);
    let bytes = artifact
        .with_context(|| format!("kiln: {}", module.display()))?
        .bytes;
    install(&bytes, executable)
}

/// Writes an executable that is to be run at once.
pub fn install(bytes: &[u8], executable: &Path) -> Result<()> {
    // Another process writes the final file: were it ever open for writing in this one, a child
    // forked meanwhile by another thread could hold it open and make its execution fail (ETXTBSY).
    let written = executable.with_extension("bytes");
    fs::write(&written, bytes)?;
    let mut install = Command::new("install");
    install.arg("--mode=755").arg(&written).arg(executable);
    tools::run(&mut install, "install, of GNU coreutils")?;
    Ok(fs::remove_file(written)?)
}

/// The options of `timeout` for longer than any test should run.
const LIMIT: [&str; 2] = ["--signal=KILL", "180"];

/// A command that is killed when it runs for longer than any test should. It is not told of what is
/// asked of the tests: an executable refuses variables that begin like its own.
fn limited(program: &Path) -> Command {
    let mut command = Command::new("timeout");
    command.args(LIMIT).arg(program);
    command.env_remove("KILN_BLESS");
    command
}

/// Such a command of an executable of Kiln's, with what `TEST_AROUND` names around it.
fn surrounded(executable: &Path) -> Result<Command> {
    let mut command = target::command_within(&LIMIT, executable)?;
    command.env_remove("KILN_BLESS");
    surround(&mut command);
    Ok(command)
}

fn run(command: &mut Command, stdin: &[u8]) -> Result<Output> {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .context("cannot run `timeout`, of GNU coreutils")?;
    let mut input = child
        .stdin
        .take()
        .context("a child without standard input")?;
    thread::scope(|scope| {
        let writer = scope.spawn(move || match input.write_all(stdin) {
            // A program need not read all its input.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            written => written,
        });
        let output = child.wait_with_output()?;
        writer.join().expect("writing does not panic")?;
        Ok(output)
    })
}

fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
