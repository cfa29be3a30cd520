//! Attempts to get out of the sandbox, by a program in C (`escapes.c`) that Kiln made an executable
//! of: none may succeed, and what lies outside must stay as it was. Each is made twice, with the
//! kernel's openat2 and, under a filter that denies it that call, by the runtime's own walk.

use crate::source;
use anyhow::{Context, Result, ensure};
use kiln_tests::program::executable;
use kiln_tests::toolchain::Toolchain;
use libtest_mimic::Trial;
use std::collections::BTreeMap;
use std::ffi::CString;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

const PROGRAM: &str = include_str!("escapes.c");

/// Fewer attempts than this, and the program has not done what it should.
const ATTEMPTS: usize = 60;

/// The ways to resolve a path.
#[derive(Clone, Copy, Debug)]
enum Method {
    Openat2,
    Walk,
}

pub fn trials() -> Vec<Trial> {
    type Test = fn(Method) -> Result<()>;
    let tests: [(&str, Test); 4] = [
        ("paths and descriptors", paths),
        ("renames for 10 seconds", renames),
        ("a directory removed", removed),
        ("a file as directory", file_as_directory),
    ];
    let mut trials = Vec::new();
    for method in [Method::Openat2, Method::Walk] {
        for (name, test) in tests {
            trials.push(Trial::test(
                format!("escapes by {method:?}: {name}"),
                move || test(method).map_err(|error| format!("{error:#}").into()),
            ));
        }
    }
    trials
}

fn paths(method: Method) -> Result<()> {
    let world = World::new()?;
    let output = world.command(method, "paths", "inside")?.output()?;
    ensure!(output.status.success(), "{output:?}");
    let printed = String::from_utf8_lossy(&output.stdout);
    println!("{method:?}: {} attempts", judge(&printed)?);
    world.check()
}

fn renames(method: Method) -> Result<()> {
    let world = World::new()?;
    let mut child = world
        .command(method, "race", "inside")?
        .stdout(Stdio::piped())
        .spawn()?;
    let swap = |one: &str, other: &str| exchange(&world.path(one), &world.path(other));
    while child.try_wait()?.is_none() {
        for _ in 0..100 {
            swap("inside/swap", "inside/rel-swap")?;
            swap("inside/a/b", "elsewhere/b")?;
        }
    }
    let mut printed = String::new();
    child
        .stdout
        .context("no output")?
        .read_to_string(&mut printed)?;
    let counts = printed
        .strip_prefix("decoys ")
        .and_then(|rest| rest.trim_end().split_once(", refused "))
        .with_context(|| format!("escaped: {printed}"))?;
    print!("{method:?}: {printed}");
    ensure!(
        counts.0 != "0" && counts.1 != "0",
        "nothing raced: {printed}"
    );
    world.check()
}

fn removed(method: Method) -> Result<()> {
    let world = World::new()?;
    fs::create_dir(world.path("short-lived"))?;
    let mut child = world
        .command(method, "removed", "short-lived")?
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut output = BufReader::new(child.stdout.take().context("no output")?);
    let mut printed = String::new();
    output.read_line(&mut printed)?;
    ensure!(printed == "ready\n", "not ready: {printed}");
    fs::remove_dir(world.path("short-lived"))?;
    symlink("outside", world.path("short-lived"))?;
    child.stdin.take().context("no input")?.write_all(b"go\n")?;
    output.read_to_string(&mut printed)?;
    ensure!(child.wait()?.success(), "failed: {printed}");
    judge(&printed)?;
    world.check()
}

fn file_as_directory(method: Method) -> Result<()> {
    let world = World::new()?;
    let output = world.command(method, "paths", "secret")?.output()?;
    ensure!(
        output.status.code() == Some(1) && output.stdout.is_empty(),
        "{output:?}"
    );
    world.check()
}

/// Exchanges two files in one step.
fn exchange(one: &Path, other: &Path) -> Result<()> {
    let [one, other] = [one, other].map(|path| CString::new(path.as_os_str().as_bytes()));
    let (one, other) = (one?, other?);
    // SAFETY: both names outlive the call.
    let done = unsafe {
        libc::renameat2(
            libc::AT_FDCWD,
            one.as_ptr(),
            libc::AT_FDCWD,
            other.as_ptr(),
            libc::RENAME_EXCHANGE,
        )
    };
    ensure!(done == 0, "renameat2: {}", io::Error::last_os_error());
    Ok(())
}

/// Demands that there were attempts and that all failed; how many there were.
fn judge(printed: &str) -> Result<usize> {
    let attempts = printed.lines().filter(|line| line.starts_with("attempt "));
    let count = attempts.clone().count();
    ensure!(count >= ATTEMPTS, "only {count} attempts");
    let succeeded: Vec<_> = attempts.filter(|line| line.ends_with(": ok")).collect();
    ensure!(
        succeeded.is_empty(),
        "{} of {count} succeeded:\n{}",
        succeeded.len(),
        succeeded.join("\n")
    );
    Ok(count)
}

/// A folder with a directory to be granted, `inside`, and what must stay out of reach.
struct World {
    folder: TempDir,
    outside: BTreeMap<PathBuf, State>,
}

impl World {
    fn new() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let top = folder.path();
        for dir in ["inside/dir/deep", "inside/swap", "inside/a/b/c"] {
            fs::create_dir_all(top.join(dir))?;
        }
        for dir in ["outside/empty", "elsewhere/b/c"] {
            fs::create_dir_all(top.join(dir))?;
        }
        for file in ["secret", "outside/secret", "elsewhere/secret"] {
            fs::write(top.join(file), "secret")?;
        }
        for file in ["inside/file", "inside/swap/secret", "inside/a/secret"] {
            fs::write(top.join(file), "decoy")?;
        }
        symlink("secret", top.join("outside/link"))?;
        let absolute = |name: &str| top.join(name).to_string_lossy().into_owned();
        let links = [
            ("abs", absolute("outside")),
            ("file-abs", absolute("secret")),
        ];
        let relative = LINKS.map(|(name, target)| (name, target.to_owned()));
        for (name, target) in links.into_iter().chain(relative) {
            symlink(target, top.join("inside").join(name))?;
        }
        let outside = outside(top)?;
        Ok(Self { folder, outside })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program, in and with a directory.
    fn command(&self, method: Method, what: &str, dir: &str) -> Result<Command> {
        let module = Toolchain::Clang.build(&source("", PROGRAM)?)?;
        let mut command = Command::new(executable(&module)?);
        let dirs = format!("{}::/;/proc/self::/proc", self.path(dir).display());
        command
            .arg(what)
            .arg(self.folder.path())
            .env("KILN_DIRS", dirs)
            .current_dir(self.path("inside"))
            .stdin(Stdio::null());
        if let Method::Walk = method {
            // SAFETY: `deny_openat2` only makes system calls.
            unsafe { command.pre_exec(deny_openat2) };
        }
        Ok(command)
    }

    /// Demands that what is outside is as it was.
    fn check(&self) -> Result<()> {
        let now = outside(self.folder.path())?;
        ensure!(
            now == self.outside,
            "changed: {:?}\nto: {now:?}",
            self.outside
        );
        Ok(())
    }
}

/// Symbolic links in `inside`.
const LINKS: [(&str, &str); 21] = [
    ("rel", "../outside"),
    ("rel-swap", "../outside"),
    ("slashed", "../outside/"),
    ("dots", "dir/../../outside"),
    ("dir/up", "../../outside"),
    ("chain", "chain-2"),
    ("chain-2", "dir/chain-3"),
    ("dir/chain-3", "../rel"),
    ("parent", ".."),
    ("root", "/"),
    ("proc-root", "/proc/self/root"),
    ("proc-cwd", "/proc/self/cwd"),
    ("proc-fd", "/proc/self/fd"),
    ("proc-exe", "/proc/self/exe"),
    ("dev-fd", "/dev/fd"),
    ("loop", "loop"),
    ("file-rel", "../secret"),
    ("file-chain", "file-rel"),
    ("file-round", "../outside/../secret"),
    ("dir/file-up", "../../secret"),
    ("dangling", "../created"),
];

/// The parts of a file that show a change: its contents, links and time.
type State = (Vec<u8>, u64, i64);

/// Everything outside, but for what the test itself moves.
fn outside(top: &Path) -> Result<BTreeMap<PathBuf, State>> {
    let mut found = BTreeMap::new();
    for dir in ["", "outside", "outside/empty", "elsewhere"] {
        for entry in fs::read_dir(top.join(dir))? {
            let path = entry?.path();
            let stat = fs::symlink_metadata(&path)?;
            let is_file = stat.is_file();
            let contents = is_file.then(|| fs::read(&path)).transpose()?;
            let (links, time) = if is_file {
                (stat.nlink(), stat.mtime_nsec() + stat.mtime())
            } else {
                (0, 0)
            };
            found.insert(path, (contents.unwrap_or_default(), links, time));
        }
    }
    found.remove(&top.join("short-lived"));
    Ok(found)
}

/// Makes openat2 answer `ENOSYS` in this process and what it becomes, as before Linux 5.6.
fn deny_openat2() -> io::Result<()> {
    let deny = libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32;
    let step = |code: u32, k: u32, jt: u8, jf: u8| libc::sock_filter {
        code: code as u16,
        jt,
        jf,
        k,
    };
    // The number of the system call is the first word of what the filter is given.
    let mut filter = [
        step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0),
        step(
            libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K,
            libc::SYS_openat2 as u32,
            0,
            1,
        ),
        step(libc::BPF_RET | libc::BPF_K, deny, 0, 0),
        step(libc::BPF_RET | libc::BPF_K, libc::SECCOMP_RET_ALLOW, 0, 0),
    ];
    let program = libc::sock_fprog {
        len: filter.len() as u16,
        filter: filter.as_mut_ptr(),
    };
    // SAFETY: the program and its filter outlive the calls; the last is denied before it looks at
    // its arguments.
    unsafe {
        if libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
            || libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &program) != 0
        {
            return Err(io::Error::last_os_error());
        }
        libc::syscall(libc::SYS_openat2, 0, 0, 0, 0);
    }
    match io::Error::last_os_error() {
        error if error.raw_os_error() == Some(libc::ENOSYS) => Ok(()),
        error => Err(error),
    }
}
