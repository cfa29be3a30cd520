//! Filters of system calls around a program, as other sandboxes have them.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// System calls, and the error that each fails with.
pub type Denied = Vec<(libc::c_long, i32)>;

/// Makes system calls fail in what a command starts.
pub fn deny(command: &mut Command, denied: Denied) {
    let mut filter = vec![statement(LOAD, 0, 0)];
    for (call, errno) in denied {
        filter.push(statement(IF_EQUAL, call as u32, 1));
        filter.push(statement(RETURN, refuse(errno), 0));
    }
    filter.push(statement(RETURN, libc::SECCOMP_RET_ALLOW, 0));
    install(command, filter);
}

/// Makes a system call fail, in what a command starts, where an argument has one of some bits.
pub fn deny_bits(command: &mut Command, call: libc::c_long, argument: u32, bits: u32, errno: i32) {
    let filter = vec![
        statement(LOAD, 0, 0),
        statement(IF_EQUAL, call as u32, 3),
        statement(LOAD, ARGUMENTS + 8 * argument, 0),
        statement(IF_ANY, bits, 1),
        statement(RETURN, refuse(errno), 0),
        statement(RETURN, libc::SECCOMP_RET_ALLOW, 0),
    ];
    install(command, filter);
}

/// A rule of a sandbox, for one system call.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// Allows it.
    Allow(u32),
    /// Allows it where the argument of this number passes a test.
    AllowIf(u32, u32, Test),
    /// Refuses it with an error of its own.
    Refuse(u32, i32),
}

/// A test of an argument.
#[derive(Clone, Copy, Debug)]
pub enum Test {
    /// Passed by this value.
    Is(u32),
    /// Passed by smaller values.
    IsBelow(u32),
    /// Passed by values with none of these bits.
    HasNone(u32),
}

/// Makes system calls fail with `EPERM` in what a command starts, but for those that a rule allows. Those with
/// numbers greater than `newest` fail with `ENOSYS`.
pub fn allow(command: &mut Command, rules: &[Rule], newest: u32) {
    let mut filter = vec![
        statement(LOAD, ARCHITECTURE, 0),
        unless(IF_EQUAL, X86_64),
        statement(RETURN, refuse(libc::EPERM), 0),
        statement(LOAD, 0, 0),
        statement(IF_GREATER, newest, 1),
        statement(RETURN, refuse(libc::ENOSYS), 0),
    ];
    for rule in rules {
        match *rule {
            Rule::Allow(call) => {
                filter.push(statement(IF_EQUAL, call, 1));
                filter.push(statement(RETURN, libc::SECCOMP_RET_ALLOW, 0));
            }
            Rule::Refuse(call, errno) => {
                filter.push(statement(IF_EQUAL, call, 1));
                filter.push(statement(RETURN, refuse(errno), 0));
            }
            Rule::AllowIf(call, argument, test) => {
                filter.extend(allow_if(call, argument, test));
            }
        }
    }
    filter.push(statement(RETURN, refuse(libc::EPERM), 0));
    install(command, filter);
}

/// Allows a system call where an argument passes a test, its upper half being 0 or, where the test is of bits,
/// anything. Afterwards the number of the system call is loaded again.
fn allow_if(call: u32, argument: u32, test: Test) -> [libc::sock_filter; 7] {
    let low = ARGUMENTS + 8 * argument;
    let passed = match test {
        Test::Is(value) => statement(IF_EQUAL, value, 1),
        Test::IsBelow(value) => unless(IF_GREATER_OR_EQUAL, value),
        Test::HasNone(bits) => unless(IF_ANY, bits),
    };
    let upper = match test {
        Test::HasNone(_) => statement(LOAD, low, 0),
        _ => statement(IF_EQUAL, 0, 3),
    };
    [
        statement(IF_EQUAL, call, 6),
        statement(LOAD, low + 4, 0),
        upper,
        statement(LOAD, low, 0),
        passed,
        statement(RETURN, libc::SECCOMP_RET_ALLOW, 0),
        statement(LOAD, 0, 0),
    ]
}

// Offsets in `struct seccomp_data` of linux/seccomp.h.
const ARCHITECTURE: u32 = 4;
const ARGUMENTS: u32 = 16;
/// `AUDIT_ARCH_X86_64` of linux/audit.h.
const X86_64: u32 = 0xc000_003e;

const LOAD: u32 = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
const IF_ANY: u32 = libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K;
const IF_GREATER: u32 = libc::BPF_JMP | libc::BPF_JGT | libc::BPF_K;
const IF_GREATER_OR_EQUAL: u32 = libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K;
const IF_EQUAL: u32 = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
const RETURN: u32 = libc::BPF_RET | libc::BPF_K;

/// A statement that skips `jf` others where it is a test that does not hold.
fn statement(code: u32, k: u32, jf: u8) -> libc::sock_filter {
    libc::sock_filter {
        code: code as u16,
        jt: 0,
        jf,
        k,
    }
}

/// A test that skips the next statement where it holds.
fn unless(code: u32, k: u32) -> libc::sock_filter {
    libc::sock_filter {
        jt: 1,
        ..statement(code, k, 0)
    }
}

fn refuse(errno: i32) -> u32 {
    libc::SECCOMP_RET_ERRNO | errno as u32
}

/// Installs a filter in what a command starts.
fn install(command: &mut Command, filter: Vec<libc::sock_filter>) {
    let prepare = move || {
        let program = libc::sock_fprog {
            len: filter.len() as u16,
            filter: filter.as_ptr().cast_mut(),
        };
        // SAFETY: both calls only read what they are given.
        let result = unsafe {
            libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
            libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &program)
        };
        match result {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    };
    // SAFETY: prctl(2) is async-signal-safe, and nothing is allocated.
    unsafe { command.pre_exec(prepare) };
}
