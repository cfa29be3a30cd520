//! Filters of system calls around a program, as other sandboxes have them.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// System calls, and the error that each fails with.
pub type Denied = Vec<(libc::c_long, i32)>;

/// Makes system calls fail in what a command starts.
pub fn deny(command: &mut Command, denied: Denied) {
    let mut filter = vec![statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0)];
    for (call, errno) in denied {
        filter.push(statement(IF_EQUAL, call as u32, 1));
        filter.push(statement(RETURN, refuse(errno), 0));
    }
    filter.push(statement(RETURN, libc::SECCOMP_RET_ALLOW, 0));
    install(command, filter);
}

/// Makes a system call fail, in what a command starts, where an argument has one of some bits.
pub fn deny_bits(command: &mut Command, call: libc::c_long, argument: u32, bits: u32, errno: i32) {
    const LOAD: u32 = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
    const IF_ANY: u32 = libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K;
    // `struct seccomp_data` of linux/seccomp.h: the arguments follow 16 bytes, 8 bytes each.
    let filter = vec![
        statement(LOAD, 0, 0),
        statement(IF_EQUAL, call as u32, 3),
        statement(LOAD, 16 + 8 * argument, 0),
        statement(IF_ANY, bits, 1),
        statement(RETURN, refuse(errno), 0),
        statement(RETURN, libc::SECCOMP_RET_ALLOW, 0),
    ];
    install(command, filter);
}

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
