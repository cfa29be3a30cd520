//! Surroundings of a program: other sandboxes, and kernels without what Kiln's own needs. `TEST_AROUND` puts
//! one around every executable that the suites run.

use crate::docker;
use crate::seccomp::{Denied, allow, deny};
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// The variable that names what is around the programs of the suites.
const VARIABLE: &str = "TEST_AROUND";

/// The surroundings of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Around {
    /// Those of the test.
    Nothing,
    /// Docker's default profile.
    Docker,
    /// A kernel without Landlock.
    NoLandlock,
    /// A sandbox that lets no other filter be installed within.
    NoSeccomp,
    /// A kernel as before seccomp(2), close_range(2), openat2(2) and Landlock.
    OldKernel,
    /// Three times Docker's default profile and Landlock, each within the last.
    Nested,
}

impl Around {
    /// All of them, with their names.
    pub const ALL: [(&str, Self); 6] = [
        ("nothing", Self::Nothing),
        ("docker", Self::Docker),
        ("no-landlock", Self::NoLandlock),
        ("no-seccomp", Self::NoSeccomp),
        ("old-kernel", Self::OldKernel),
        ("nested", Self::Nested),
    ];

    /// Puts these around what a command starts.
    pub fn apply(self, command: &mut Command) {
        match self {
            Self::Nothing => {}
            Self::Docker => in_docker(command),
            Self::NoLandlock => deny(command, without_landlock()),
            Self::NoSeccomp => deny(command, without_seccomp()),
            Self::OldKernel => deny(command, old_kernel()),
            Self::Nested => {
                for _ in 0..3 {
                    in_docker(command);
                    in_landlock(command);
                }
            }
        }
    }
}

/// Puts what `TEST_AROUND` names around what a command starts, an executable of Kiln's. Where nothing of it takes
/// away what Kiln's own sandbox needs, the executable must have its sandbox.
///
/// # Panics
///
/// If it names nothing known.
pub fn surround(command: &mut Command) {
    let Ok(name) = std::env::var(VARIABLE) else {
        return;
    };
    let found = Around::ALL.iter().find(|(known, _)| *known == name);
    let Some((_, around)) = found else {
        let names = Around::ALL.map(|(name, _)| name).join(", ");
        panic!("{VARIABLE}={name}: one of {names}");
    };
    if let Around::Nothing | Around::Docker | Around::Nested = around {
        command.env("KILN_SANDBOX", "require");
    }
    around.apply(command);
}

/// Puts Docker's default profile around what a command starts.
pub fn in_docker(command: &mut Command) {
    allow(command, &docker::rules(), docker::NEWEST);
}

/// The system calls that a kernel without Landlock does not have.
pub fn without_landlock() -> Denied {
    let calls = [
        libc::SYS_landlock_create_ruleset,
        libc::SYS_landlock_add_rule,
        libc::SYS_landlock_restrict_self,
    ];
    calls.into_iter().map(|call| (call, libc::ENOSYS)).collect()
}

/// The system call that a sandbox refuses where it lets no other filter be installed within.
pub fn without_seccomp() -> Denied {
    vec![(libc::SYS_seccomp, libc::EPERM)]
}

fn old_kernel() -> Denied {
    let mut denied = without_landlock();
    let calls = [libc::SYS_seccomp, libc::SYS_close_range, libc::SYS_openat2];
    denied.extend(calls.map(|call| (call, libc::ENOSYS)));
    denied
}

/// Puts Landlock around what a command starts, as another sandbox may.
pub fn in_landlock(command: &mut Command) {
    // SAFETY: the closure makes system calls only.
    unsafe { command.pre_exec(confine) };
}

/// `struct landlock_path_beneath_attr` of linux/landlock.h.
#[repr(C, packed)]
struct Beneath {
    allowed: u64,
    dir: libc::c_int,
}

/// Confines the process: no device can be made. Files can be moved between directories, which a ruleset
/// forbids unless it says so.
fn confine() -> io::Result<()> {
    const MAKE_BLOCK: u64 = 1 << 11;
    const REFER: u64 = 1 << 13;
    const PATH_BENEATH: libc::c_int = 1;
    let handled = MAKE_BLOCK | REFER;
    // SAFETY: the kernel reads the records given.
    let done = unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        let ruleset = libc::syscall(libc::SYS_landlock_create_ruleset, &raw const handled, 8, 0);
        let rule = Beneath {
            allowed: REFER,
            dir: libc::open(c"/".as_ptr(), libc::O_PATH | libc::O_CLOEXEC),
        };
        match libc::syscall(
            libc::SYS_landlock_add_rule,
            ruleset,
            PATH_BENEATH,
            &raw const rule,
            0,
        ) {
            0 => libc::syscall(libc::SYS_landlock_restrict_self, ruleset, 0),
            error => error,
        }
    };
    match done {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
