//! A folder for one test, and commands that see of the outside nothing but it.

use std::ffi::OsStr;
use std::fs;
use std::mem::MaybeUninit;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// A folder that goes when the test ends.
pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, contents).unwrap();
        path
    }

    /// The names in it, sorted.
    pub fn names(&self) -> Vec<String> {
        names(self.0.path())
    }

    /// A command that runs in it, with an empty environment and no input.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.0.path()).env_clear();
        command.stdin(Stdio::null());
        command
    }

    /// A command for `kiln` itself, whose cache is `cache/kiln` in the folder.
    pub fn kiln<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_kiln"));
        command.env("XDG_CACHE_HOME", self.path("cache")).args(args);
        command
    }

    /// Builds a module given as text, and gives the command that runs it.
    pub fn built(&self, wat: &str, options: &[&str]) -> Command {
        self.write("app.wat", wat);
        let build = ["build", "app.wat"]
            .into_iter()
            .chain(options.iter().copied());
        Outcome::of(&mut self.kiln(build)).succeeds();
        self.command(self.path("app"))
    }
}

/// The names in a directory, sorted.
pub fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
    let mut names: Vec<_> = entries.map(|entry| name(entry.unwrap())).collect();
    names.sort();
    names
}

/// What a process left behind.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Its exit status, or the number of the signal it died of.
    pub status: Result<i32, i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    pub fn of(command: &mut Command) -> Self {
        command
            .output()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"))
            .into()
    }

    /// Demands exit status 0 and silence on standard error; gives what it printed.
    #[track_caller]
    pub fn succeeds(self) -> String {
        assert_eq!(
            (self.status, self.stderr.as_str()),
            (Ok(0), ""),
            "printed: {}",
            self.stdout
        );
        self.stdout
    }

    /// Demands this exit status and silence on standard output; gives standard error.
    #[track_caller]
    pub fn fails(self, status: i32) -> String {
        assert_eq!(
            (self.status, self.stdout.as_str()),
            (Ok(status), ""),
            "{}",
            self.stderr
        );
        self.stderr
    }
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let status = output.status;
        Self {
            status: status.code().ok_or_else(|| status.signal().unwrap()),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

/// The smallest WASI command that does something.
pub const HELLO: &str = include_str!("../../../examples/hello.wat");
/// What it prints.
pub const HELLO_PRINTS: &str = "hello world\n";

/// The command that builds a module which keeps one thread busy for seconds.
pub fn long_build(folder: &Folder) -> Command {
    folder.write("app.wat", big_module());
    let mut build = folder.kiln(["build", "app.wat"]);
    build.env("RAYON_NUM_THREADS", "1");
    build
}

fn big_module() -> String {
    const FUNCTIONS: usize = 4000;
    let mut wat =
        String::from("(module (memory (export \"memory\") 1)\n(func (export \"_start\")\n");
    for index in 0..FUNCTIONS {
        wat += &format!("(i64.store (i32.const 0) (call $f{index} (i64.load (i32.const 0))))\n");
    }
    wat += ")\n";
    for index in 0..FUNCTIONS {
        wat += &format!("(func $f{index} (param i64) (result i64) (local.get 0)\n");
        for step in 0..20 {
            let constant = index * 31 + step;
            wat += &format!("(i64.xor (i64.const {constant})) (i64.rotl (local.get 0))\n");
            wat += "(if (param i64) (result i64) (i64.eqz (local.get 0)) (then (i64.popcnt)) (else))\n";
        }
        wat += ")\n";
    }
    wat + ")"
}

/// A program of 100,000 frames, of at least 16 bytes each: they fit 8 MiB of stack but not 1 MiB.
pub const DEEP: &str = r#"(module
    (func $deep (param i32)
        (if (local.get 0) (then (call $deep (i32.sub (local.get 0) (i32.const 1))) (call $last))))
    (func $last)
    (func (export "_start") (call $deep (i32.const 100000))))"#;

/// What a process that succeeded took.
#[derive(Debug)]
pub struct Usage {
    /// Processor time.
    pub cpu: Duration,
    /// The most bytes of memory it had at a time.
    pub memory: u64,
    /// How often the kernel gave it a page.
    pub faults: i64,
}

impl Usage {
    /// Runs a command, which must succeed.
    #[expect(clippy::zombie_processes, reason = "wait4 waits for the process")]
    pub fn of(command: &mut Command) -> Self {
        let child = command.spawn().unwrap();
        let (mut status, mut usage) = (0, MaybeUninit::<libc::rusage>::uninit());
        // SAFETY: wait4(2) on a child of ours, which fills both unless it fails.
        let usage = unsafe {
            let waited = libc::wait4(child.id() as i32, &mut status, 0, usage.as_mut_ptr());
            assert_eq!(waited, child.id() as i32);
            usage.assume_init()
        };
        assert_eq!(status, 0, "{command:?}");
        let duration = |time: libc::timeval| {
            Duration::from_secs(time.tv_sec as u64) + Duration::from_micros(time.tv_usec as u64)
        };
        Self {
            cpu: duration(usage.ru_utime) + duration(usage.ru_stime),
            memory: usage.ru_maxrss as u64 * 1024,
            faults: usage.ru_minflt,
        }
    }
}
