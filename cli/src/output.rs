//! Files that appear whole or not at all.
//!
//! Bytes go to a temporary file beside the one that is meant, which then takes its name. So a
//! build that fails or is interrupted leaves nothing behind and what was there untouched, and a
//! program that is running can be built anew.

use crate::compile::is_stdio;
use crate::report::{self, Failure};
use rustix::fs::Access;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;
use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

/// Refuses, before a long compilation, an output that cannot be written or is one of the files `others`;
/// `flag` names another.
pub fn check(out: &Path, others: &[&Path], flag: &str) -> Result<(), Failure> {
    if is_stdio(out) {
        return Ok(());
    }
    let existing = match fs::metadata(out) {
        Ok(existing) => existing,
        Err(_) if out.as_os_str().as_bytes().ends_with(b"/") => {
            let message = format!("cannot write {}: it names a directory", report::shown(&out));
            return Err(Failure::new(message).help(format!("name a file in it with `{flag}`")));
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return writable(parent(out)).map_err(|error| cannot_write(out, &error));
        }
        Err(error) => return Err(cannot_write(out, &error)),
    };
    let identity = |file: &fs::Metadata| (file.dev(), file.ino());
    if existing.is_dir() {
        let message = format!("cannot write {}: it is a directory", report::shown(&out));
        return Err(Failure::new(message).help(format!("name a file with `{flag}`")));
    }
    let is_it = |other: &&&Path| {
        fs::metadata(other).is_ok_and(|other| identity(&other) == identity(&existing))
    };
    if let Some(other) = others.iter().find(is_it) {
        let message = format!("the output would overwrite {}", report::shown(other));
        return Err(Failure::new(message).help(format!("name another with `{flag}`")));
    }
    Ok(())
}

/// Writes a file with these permissions, less the umask. Devices and pipes are written to; any
/// other file is replaced.
pub fn write(out: &Path, bytes: &[u8], mode: u32) -> Result<(), Failure> {
    if is_stdio(out) {
        return to_stdout(&mut io::stdout().lock(), bytes);
    }
    let written = match fs::metadata(out) {
        Ok(existing) if is_stream(&existing) => OpenOptions::new()
            .write(true)
            .open(out)
            .and_then(|mut stream| stream.write_all(bytes)),
        // What a symbolic link points to is replaced, not the link.
        Ok(_) => fs::canonicalize(out).and_then(|target| replace(&target, bytes, mode)),
        Err(_) => replace(out, bytes, mode),
    };
    written.map_err(|error| cannot_write(out, &error))
}

/// Writes text to standard output, with its colours where that is a terminal.
pub fn print(text: &str) -> Result<(), Failure> {
    to_stdout(&mut anstream::stdout().lock(), text.as_bytes())
}

// A reader that has seen enough is no failure.
fn to_stdout(stdout: &mut impl Write, bytes: &[u8]) -> Result<(), Failure> {
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(cannot_write(Path::new("standard output"), &error))
        }
        _ => Ok(()),
    }
}

/// Puts a file in place of whatever has this name, with these permissions less the umask.
pub fn replace(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    remove_unfinished_on_signals();
    let mut unfinished = unfinished_file();
    let mut file = tempfile::Builder::new()
        .prefix(".kiln-")
        .permissions(Permissions::from_mode(mode))
        .tempfile_in(parent(path))?;
    *unfinished = Some(file.path().to_owned());
    drop(unfinished);

    file.write_all(bytes)?;

    let mut unfinished = unfinished_file();
    file.persist(path)?;
    *unfinished = None;
    Ok(())
}

fn cannot_write(out: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("cannot write {}: {error}", report::shown(&out)))
}

fn is_stream(file: &fs::Metadata) -> bool {
    let kind = file.file_type();
    kind.is_char_device() || kind.is_block_device() || kind.is_fifo()
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != "" => parent,
        _ => Path::new("."),
    }
}

fn writable(dir: &Path) -> io::Result<()> {
    Ok(rustix::fs::access(dir, Access::WRITE_OK | Access::EXEC_OK)?)
}

/// The file that is being written. Held locked while that file is made or takes its final name, so
/// that a signal falls before or after, never between.
static UNFINISHED: Mutex<Option<PathBuf>> = Mutex::new(None);

fn unfinished_file() -> MutexGuard<'static, Option<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes a thread wait for the signals by which people end programs, remove what is unfinished, and
/// let the signal end this one as it would have.
fn remove_unfinished_on_signals() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        let heeded = [SIGHUP, SIGINT, SIGTERM].into_iter().filter(is_heeded);
        // Without a handler a signal may leave a temporary file behind, and that is all.
        let Ok(mut signals) = Signals::new(heeded) else {
            return;
        };
        std::thread::spawn(move || {
            for signal in signals.forever() {
                let unfinished = unfinished_file();
                if let Some(path) = &*unfinished {
                    let _ = fs::remove_file(path);
                }
                let _ = emulate_default_handler(signal);
            }
        });
    });
}

/// Tells if a signal is not ignored, as `nohup` and shells' background jobs ask.
fn is_heeded(signal: &i32) -> bool {
    // SAFETY: all-zero bytes are a valid `sigaction`: integers and a nullable handler.
    let mut current: libc::sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: a null new action only asks for the current one, for which there is room.
    let asked = unsafe { libc::sigaction(*signal, std::ptr::null(), &mut current) };
    asked == 0 && current.sa_sigaction != libc::SIG_IGN
}
