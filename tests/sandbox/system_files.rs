//! Files of procfs and its like, reached through a granted directory.

use super::*;
use kiln_tests::seccomp::{deny, deny_bits};

/// Opens a path beneath the granted directory, following links, and exits with the error number.
fn opening(path: &str, flags: u32, rights: u32) -> String {
    let len = path.len();
    format!(
        r#"(module
            (import "wasi_snapshot_preview1" "path_open" (func $path_open
                (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
            (memory (export "memory") 1)
            (data (i32.const 64) "{path}")
            (func (export "_start")
                (call $proc_exit (call $path_open (i32.const 3) (i32.const 1) (i32.const 64)
                    (i32.const {len}) (i32.const {flags}) (i64.const {rights}) (i64.const 0)
                    (i32.const 0) (i32.const 48)))))"#
    )
}

const READ: u32 = 2;
const WRITE: u32 = 64;
const DIRECTORY: u32 = 2;
const TRUNCATE: u32 = 8;
const SUCCESS: i32 = 0;
const LOOP: i32 = 32;
const PERM: i32 = 63;

#[test]
fn a_grant_does_not_give_what_processes_hold() -> Result<()> {
    let cases = [
        ("/proc", "cpuinfo", 0, READ, SUCCESS),
        ("/proc", "sys/kernel/ostype", 0, READ, SUCCESS),
        ("/proc", "self/environ", 0, READ, PERM),
        ("/proc", "self/mem", 0, READ, PERM),
        ("/proc", "self/fd", DIRECTORY, READ, PERM),
        ("/proc", "self/comm", 0, WRITE, PERM),
        // A path with a link does not say by which name procfs knows the file.
        ("/proc", "self/comm", 0, READ, LOOP),
        ("/", "proc/self/environ", 0, READ, PERM),
        ("/", "proc/cpuinfo", 0, READ, SUCCESS),
        ("/sys", "kernel", DIRECTORY, READ, SUCCESS),
        (".", "file", 1, WRITE, SUCCESS),
        (".", "file", 0, READ, SUCCESS),
    ];
    for (grant, path, flags, rights, expected) in cases {
        for mode in [SandboxMode::On, SandboxMode::Off] {
            let wat = opening(path, flags, rights);
            let program = Program::new(&wat, |options| options.sandbox = mode)?;
            fs::write(program.path("file"), "")?;
            let outcome = Outcome::of(program.command().env("KILN_DIRS", grant))?;
            assert_eq!(outcome.status, expected, "{grant} {path}: {outcome:?}");
        }
    }
    Ok(())
}

#[test]
fn a_program_can_be_built_to_have_them() -> Result<()> {
    for (path, flags, rights) in [
        ("self/environ", 0, READ),
        ("self/fd", DIRECTORY, READ),
        ("self/comm", 0, WRITE),
    ] {
        let wat = opening(path, flags, rights);
        let program = Program::new(&wat, |options| options.system_files = true)?;
        let outcome = Outcome::of(program.command().env("KILN_DIRS", "/proc"))?;
        assert_eq!(outcome.status, SUCCESS, "{path}: {outcome:?}");
    }
    Ok(())
}

/// The kernel truncates when it opens, before the runtime can see what has been opened.
#[test]
fn a_file_is_truncated_once_it_is_known_to_be_one() -> Result<()> {
    let program = Program::new(&opening("file", TRUNCATE, WRITE), |_| {})?;
    fs::write(program.path("file"), "text")?;
    let mut command = program.command();
    command.env("KILN_DIRS", ".");
    deny(&mut command, vec![(libc::SYS_openat2, libc::ENOSYS)]);
    let truncates = libc::O_TRUNC as u32;
    deny_bits(&mut command, libc::SYS_openat, 2, truncates, libc::EIO);
    let outcome = Outcome::of(&mut command)?;
    assert_eq!(outcome.status, SUCCESS, "{outcome:?}");
    assert_eq!(fs::read(program.path("file"))?, b"");
    Ok(())
}

/// A device has no length: opening it to truncate it is to open it, as on Linux.
#[test]
fn what_has_no_length_is_opened_as_if_truncated() -> Result<()> {
    let program = Program::new(&opening("null", TRUNCATE, WRITE), |_| {})?;
    let outcome = Outcome::of(program.command().env("KILN_DIRS", "/dev"))?;
    assert_eq!(outcome.status, SUCCESS, "{outcome:?}");
    Ok(())
}
