//! Engines that run a WASI command: Kiln, or a reference to check the harness
//! itself against.

use crate::host;
use crate::judge::Verdict;
use anyhow::{Context, Result, bail, ensure};
use kiln_compiler::{Artifact, BoundsChecks, Compiler, Emit, Location, Options};
use kiln_tests::target;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::ffi::OsString;
use std::fs;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::os::unix::process::ExitStatusExt;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The variable that names a reference runtime to use instead of Kiln: the path of `wasmtime`.
pub const REFERENCE: &str = "KILN_SPEC_ENGINE";

/// The time that one run may take; the slowest takes a second or two.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Proposals that the reference does not have on by default.
const REFERENCE_PROPOSALS: &str = "exceptions,function-references,wide-arithmetic,\
    custom-page-sizes,threads,shared-memory,memory64,multi-memory,tail-call,relaxed-simd,\
    extended-const,gc";

/// An engine that builds and runs programs.
pub enum Engine {
    Kiln {
        compiler: Box<Compiler>,
        /// The command `kiln`.
        command: PathBuf,
        /// Its kind of output.
        emit: Emit,
    },
    Reference(PathBuf),
}

/// The end of a process.
#[derive(Debug)]
pub struct Ended {
    /// Its exit status; none if it was killed.
    pub status: Option<i32>,
    /// Its standard error, or the signal that ended it.
    pub said: String,
}

impl Engine {
    /// Kiln, unless [`REFERENCE`] names another.
    pub fn from_environment() -> Result<Self> {
        Ok(match std::env::var_os(REFERENCE) {
            Some(path) => Self::Reference(path.into()),
            None => {
                let options = kiln_tests::options::options();
                Self::Kiln {
                    emit: options.emit,
                    compiler: Box::new(Compiler::new(options)?),
                    command: build_command()?,
                }
            }
        })
    }

    /// The same with explicit bounds checks, masked against speculation. The reference stays as it is.
    pub fn with_explicit_checks(&self) -> Result<Self> {
        let mut options = kiln_tests::options::options();
        options.bounds_checks = BoundsChecks::Explicit;
        options.spectre = Some(true);
        self.with(options)
    }

    /// The same with commands in shared libraries. The reference stays as it is.
    pub fn with_libraries(&self) -> Result<Self> {
        let mut options = kiln_tests::options::options();
        options.emit = Emit::SharedLibrary;
        self.with(options)
    }

    fn with(&self, options: Options) -> Result<Self> {
        Ok(match self {
            Self::Kiln { command, .. } => Self::Kiln {
                emit: options.emit,
                compiler: Box::new(Compiler::new(options)?),
                command: command.clone(),
            },
            Self::Reference(path) => Self::Reference(path.clone()),
        })
    }

    /// Builds a module into `path`; the message if that is refused.
    pub fn build(&self, wasm: &[u8], path: &Path) -> Result<(), String> {
        match self {
            Self::Kiln { compiler, .. } => {
                let artifact = compile(compiler, wasm)?.map_err(|error| error.to_string())?;
                write_executable(path, &artifact.bytes).map_err(|error| error.to_string())
            }
            Self::Reference(runtime) => {
                let source = with_suffix(path, ".wasm");
                fs::write(&source, wasm).map_err(|error| error.to_string())?;
                let mut command = Command::new(runtime);
                command.arg("compile").arg("-W").arg(REFERENCE_PROPOSALS);
                command.arg("-o").arg(path).arg(&source);
                match run(&mut command) {
                    Ok(Ended {
                        status: Some(0), ..
                    }) => Ok(()),
                    Ok(ended) => Err(ended.said),
                    Err(error) => Err(error.to_string()),
                }
            }
        }
    }

    /// Runs what was built, with this many arguments.
    pub fn run(&self, path: &Path, args: usize) -> Result<Ended> {
        let mut command = match self {
            Self::Kiln { emit, .. } if *emit == Emit::SharedLibrary => {
                let mut command = Command::new(std::env::current_exe()?);
                command.arg(host::HOST).arg(path);
                command
            }
            Self::Kiln { .. } => target::command(path)?,
            Self::Reference(runtime) => {
                let mut command = Command::new(runtime);
                command.arg("run").arg("--allow-precompiled");
                command.arg("-W").arg(REFERENCE_PROPOSALS).arg(path);
                command
            }
        };
        run(command.args(vec![OsString::from("-"); args]))
    }

    /// Checks that a module is refused, and at an offset if it is a binary one; the message. The
    /// reference is not asked.
    pub fn refuses(&self, module: &[u8]) -> Option<Result<String, String>> {
        let Self::Kiln { compiler, .. } = self else {
            return None;
        };
        let is_binary = module.starts_with(b"\0asm");
        Some(
            compile(compiler, module).and_then(|compiled| match compiled {
                Ok(_) => Err("was compiled".into()),
                Err(error) if is_binary && !matches!(error.location(), Location::Offset(_)) => {
                    Err(format!("refused without an offset: {error}"))
                }
                Err(error) => Ok(error.to_string()),
            }),
        )
    }

    /// The same of the command `kiln build`, given the module as a file: it must end with status 1,
    /// name the offset, and write nothing.
    pub fn command_refuses(&self, module: &Path) -> Option<Result<Verdict>> {
        let Self::Kiln { command, .. } = self else {
            return None;
        };
        let output = with_suffix(module, ".out");
        let mut build = Command::new(command);
        build.arg("build").arg(module).arg("-o").arg(&output);
        let verdict = |ended: Ended| {
            if ended.status != Some(1) || !ended.said.contains("offset") {
                Err(format!("status {:?}: {}", ended.status, ended.said.trim()))
            } else if output.exists() {
                Err("wrote an executable".into())
            } else {
                Ok(())
            }
        };
        Some(run(&mut build).map(verdict))
    }
}

/// Compiles a module; a panic of the compiler's is a failure of that module alone.
fn compile(
    compiler: &Compiler,
    wasm: &[u8],
) -> Result<Result<Artifact, kiln_compiler::Error>, String> {
    panic::catch_unwind(AssertUnwindSafe(|| compiler.compile(wasm)))
        .map_err(|_| "the compiler panicked".into())
}

/// Builds the command `kiln` into the folder that this test is built into.
fn build_command() -> Result<PathBuf> {
    let mut cargo = Command::new(env!("CARGO"));
    // From the workspace's root, so that dependencies have the features that they have in all builds.
    cargo.args(["build", "--quiet", "--bin", "kiln"]);
    cargo.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    ensure!(cargo.status()?.success(), "{cargo:?} failed");
    let own = std::env::current_exe()?;
    let folder = own.ancestors().nth(2).context("a target folder")?;
    Ok(folder.join("kiln"))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

fn write_executable(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o755);
    let mut file = options.open(path)?;
    file.set_permissions(fs::Permissions::from_mode(0o755))?;
    file.write_all(bytes)
}

/// Runs a command to its end or to the time limit.
fn run(command: &mut Command) -> Result<Ended> {
    let mut child = spawn(command)?;
    let said = listen(&mut child);
    if said.is_err() {
        child.kill()?;
    }
    let status = child.wait()?;
    let said = said?;
    Ok(Ended {
        status: status.code(),
        said: match status.signal() {
            Some(signal) => format!("killed by signal {signal}; {said}"),
            None => said,
        },
    })
}

/// Starts a command. Another thread that is about to start a process may still hold the executable
/// open for writing, inherited from when it was written: that lasts microseconds.
fn spawn(command: &mut Command) -> Result<Child> {
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command.stderr(Stdio::piped());
    for _ in 0..1000 {
        match command.spawn() {
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => {
                std::thread::sleep(Duration::from_millis(1));
            }
            other => return other.with_context(|| format!("{command:?}")),
        }
    }
    bail!("{command:?}: stays open for writing");
}

/// Gives what a process writes to standard error until it closes it, which is when it ends.
fn listen(child: &mut Child) -> Result<String> {
    let mut stderr = child.stderr.take().context("standard error")?;
    let deadline = Instant::now() + TIME_LIMIT;
    let mut said = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let left = Timespec::try_from(left)?;
        let ready = poll(&mut [PollFd::new(&stderr, PollFlags::IN)], Some(&left))?;
        if ready == 0 {
            bail!("still running after {} s", TIME_LIMIT.as_secs());
        }
        match stderr.read(&mut chunk)? {
            0 => return Ok(String::from_utf8_lossy(&said).into_owned()),
            len => said.extend_from_slice(&chunk[..len]),
        }
    }
}
