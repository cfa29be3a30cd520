//! Runs a program once, by itself or under another command, and takes what it writes.

use crate::engines::Built;
use anyhow::{Context, Result, ensure};
use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::mem::MaybeUninit;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

/// A program's input.
#[derive(Clone, Debug, Default)]
pub struct Input {
    pub args: Vec<String>,
    /// Variables, as `NAME=VALUE`.
    pub env: Vec<String>,
    /// Folders: the path on the host and the name in the guest.
    pub dirs: Vec<(PathBuf, String)>,
    /// The file that is standard input; empty without one.
    pub stdin: Option<PathBuf>,
}

/// The outcome of a run that succeeded.
pub struct Outcome {
    pub stdout: Vec<u8>,
    /// User and system time of the process with all its threads.
    pub cpu_time: Duration,
}

/// Runs the program. `wrapper` is a command that runs it, such as a profiler; empty for none.
pub fn run(built: &Built, input: &Input, wrapper: &[&OsStr]) -> Result<Outcome> {
    let program = built.command(input)?;
    let mut command = match wrapper {
        [] => program,
        [first, rest @ ..] => {
            let mut command = Command::new(first);
            command
                .args(rest)
                .arg(program.get_program())
                .args(program.get_args())
                .env_clear();
            let variables = program.get_envs();
            command.envs(variables.filter_map(|(name, value)| Some((name, value?))));
            command
        }
    };
    let stdin = match &input.stdin {
        Some(path) => Stdio::from(File::open(path).with_context(|| path.display().to_string())?),
        None => Stdio::null(),
    };
    command
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    finish(&mut command).with_context(|| format!("{command:?}"))
}

/// Waits for the process by wait4(2), which alone tells the processor time of one child.
fn finish(command: &mut Command) -> Result<Outcome> {
    let mut child = command.spawn()?;
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let (mut stdout, mut stderr) = (
        child.stdout.take().context("no standard output")?,
        child.stderr.take().context("no standard error")?,
    );
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| stderr.read_to_end(&mut err));
        stdout.read_to_end(&mut out)?;
        reader.join().expect("reading does not panic")
    })?;
    let (mut status, mut usage) = (0, MaybeUninit::<libc::rusage>::uninit());
    let pid = i32::try_from(child.id())?;
    // SAFETY: the pointers are to locals; the child has not been waited for by anyone else.
    let waited = unsafe { libc::wait4(pid, &mut status, 0, usage.as_mut_ptr()) };
    ensure!(waited == pid, "wait4: {}", std::io::Error::last_os_error());
    // SAFETY: wait4 has succeeded, and then it has filled the record.
    let usage = unsafe { usage.assume_init() };
    ensure!(
        status == 0,
        "wait status {status}: {}",
        String::from_utf8_lossy(&err)
    );
    let duration = |time: libc::timeval| {
        Duration::from_secs(time.tv_sec as u64) + Duration::from_micros(time.tv_usec as u64)
    };
    Ok(Outcome {
        stdout: out,
        cpu_time: duration(usage.ru_utime) + duration(usage.ru_stime),
    })
}
