//! Filters of system calls around a program, as other sandboxes have them.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// System calls, and the error that each fails with.
pub type Denied = Vec<(libc::c_long, i32)>;

/// Makes system calls fail in what a command starts.
pub fn deny(command: &mut Command, denied: Denied) {
    let statement = |code: u32, k: u32, jf: u8| libc::sock_filter {
        code: code as u16,
        jt: 0,
        jf,
        k,
    };
    let mut filter = vec![statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0)];
    for (call, errno) in denied {
        let equal = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
        filter.push(statement(equal, call as u32, 1));
        let refuse = libc::SECCOMP_RET_ERRNO | errno as u32;
        filter.push(statement(libc::BPF_RET | libc::BPF_K, refuse, 0));
    }
    let end = libc::BPF_RET | libc::BPF_K;
    filter.push(statement(end, libc::SECCOMP_RET_ALLOW, 0));
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
