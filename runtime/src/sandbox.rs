//! The sandbox of an executable: from here on the kernel holds the process to what the program was
//! built and launched to do, whatever code comes to run in it.
//!
//! It is set up last, when all that the program is granted has been opened and before anything of the
//! module runs: no rights by execve(2); of the descriptors those granted ([`close_others`]); of the file
//! system the granted directories ([`landlock`]); of the system calls those in the compiler's filter
//! ([`install_filter`]). A call that the filter stops ends the program with a message.
//!
//! A means that the kernel has not, or another sandbox around this one refuses, is left out, unless the
//! program is to have it (`KILN_SANDBOX=require`).

mod landlock;

use crate::arch::{self, SignalContext};
use crate::config::Config;
use crate::fd::Backing;
use crate::host::Host;
use crate::instance::Instance;
use crate::program::{self, Confinement};
use crate::refusal::Refusal;
use crate::state::STATE;
use crate::sys::text;
use crate::{exit, sigaction, signal};
use core::ffi::c_int;
use kiln_abi::syscalls::{
    FILTER_MAX, IF_EQUAL, Instruction, MOVES_FILES, OWN_PROCESS, REFUSE, REQUIRED, RETURN,
    STATUS_SANDBOX, STOP, architecture,
};
use linux_raw_sys::general::{__NR_close_range, __NR_seccomp, SA_RESETHAND, SIGSYS, siginfo_t};
use rustix::io::{self, Errno};
use rustix::process::getpid;
use rustix::thread::set_no_new_privs;

/// Confines the process to what `host` holds and the program's filter allows.
pub fn enter(host: &Host, config: Config) -> Result<(), Refusal> {
    let confinement = program::confinement();
    let said = config.sandbox();
    if confinement.filter.is_empty() {
        return match said {
            Some(b"require") => Err(Refusal::NoSandbox),
            _ => Ok(()),
        };
    }
    if said == Some(b"off") {
        return Ok(());
    }
    let is_required = confinement.flags & REQUIRED != 0 || said == Some(b"require");
    let check = |done: io::Result<()>, what, call| match done {
        Err(why) if is_required => Err(Refusal::Cannot { what, call, why }),
        _ => Ok(()),
    };
    close_others(host);
    let done = set_no_new_privs(true);
    check(done, b"give up new privileges", b"prctl")?;
    let moves_files = confinement.flags & MOVES_FILES != 0;
    let done = landlock::confine(host, moves_files);
    check(done, b"confine files", b"landlock_restrict_self")?;
    // Without the handler the kernel ends the program all the same.
    let _ = signal::catch(SIGSYS, enter_stopped, SA_RESETHAND);
    let _ = sigaction::unblock(SIGSYS);
    check(
        install_filter(&confinement),
        b"confine system calls",
        b"seccomp",
    )
}

/// Closes what the process has inherited and not been granted. A kernel without the call (before 5.9)
/// may leave those above the usual limit open.
fn close_others(host: &Host) {
    const USUAL_LIMIT: u32 = 1024;
    let mut first = 3;
    loop {
        let kept = host_descriptors(host).filter(|fd| *fd >= first).min();
        let end = kept.unwrap_or(u32::MAX);
        if end > first {
            let last = kept.map_or(u32::MAX, |kept| kept - 1);
            // SAFETY: nothing of the runtime's uses a descriptor of the range.
            let closed =
                unsafe { arch::syscall4(__NR_close_range, first as usize, last as usize, 0, 0) };
            if closed != 0 {
                // SAFETY: as above.
                (first..end.min(USUAL_LIMIT)).for_each(|fd| unsafe { rustix::io::close(fd as _) });
            }
        }
        match kept {
            Some(kept) => first = kept + 1,
            None => return,
        }
    }
}

/// The host's numbers of the program's descriptors.
fn host_descriptors(host: &Host) -> impl Iterator<Item = u32> {
    use rustix::fd::AsRawFd;
    (0..host.fds.len() as u32).filter_map(|fd| match host.fds.get(fd).ok()?.backing() {
        Backing::Host(fd) => u32::try_from(fd.as_raw_fd()).ok(),
        Backing::Embedded(_) => None,
    })
}

/// `struct sock_fprog` of linux/filter.h.
#[repr(C)]
struct Filter {
    len: u16,
    instructions: *const Instruction,
}

/// Installs the filter, with the number of this process in it.
fn install_filter(confinement: &Confinement) -> io::Result<()> {
    const END: Instruction = Instruction {
        code: RETURN,
        jump_true: 0,
        jump_false: 0,
        operand: STOP,
    };
    let mut copy = [END; FILTER_MAX];
    let copy = copy.get_mut(..confinement.filter.len());
    let copy = copy.ok_or(Errno::INVAL)?;
    copy.copy_from_slice(confinement.filter);
    let process = getpid().as_raw_nonzero().get() as u32;
    for instruction in copy.iter_mut() {
        if instruction.code == IF_EQUAL && instruction.operand == OWN_PROCESS {
            instruction.operand = process;
        }
    }
    match install(copy) {
        // A kernel that cannot send the signal lets the calls fail.
        Err(Errno::INVAL | Errno::OPNOTSUPP) => {
            let stops = |i: &&mut Instruction| i.code == RETURN && i.operand == STOP;
            copy.iter_mut()
                .filter(stops)
                .for_each(|i| i.operand = REFUSE);
            install(copy)
        }
        installed => installed,
    }
}

fn install(instructions: &[Instruction]) -> io::Result<()> {
    const SECCOMP_SET_MODE_FILTER: usize = 1;
    let filter = Filter {
        len: instructions.len() as u16,
        instructions: instructions.as_ptr(),
    };
    let filter = (&raw const filter).addr();
    // SAFETY: the kernel copies the filter, and only reads it.
    sigaction::checked(unsafe {
        arch::syscall4(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, filter, 0)
    })
}

arch::signal_entry!(enter_stopped, stopped);

/// Ends the program because of a system call that the filter has stopped.
unsafe extern "C" fn stopped(_: c_int, info: *mut siginfo_t, _: *mut SignalContext) {
    // SAFETY: the kernel fills in `_sigsys` for this signal, unless some process sent it, when the code
    // is not positive.
    let (code, call) = unsafe {
        let info = &(*info).__bindgen_anon_1.__bindgen_anon_1;
        (info.si_code, info._sifields._sigsys)
    };
    let confinement = program::confinement();
    if code > 0 {
        let mut number = text::Buffer::default();
        let is_ours = call._arch == architecture::HERE;
        let mut name = [0; 32];
        let name = match is_ours {
            true => confinement.names.find(call._syscall as usize, &mut name),
            false => b"",
        };
        exit::say(&[
            b"the sandbox ended the program, which may not make the system call ",
            if name.is_empty() { b"of number" } else { name },
            b" (",
            text::decimal(call._syscall as u32 as u64, &mut number),
            b")",
        ]);
        // SAFETY: the program is at an end, whatever the signal has interrupted.
        let instance = unsafe { Instance::of(STATE) };
        if !instance.host.config().raises_on_trap() {
            exit::exit(STATUS_SANDBOX);
        }
    }
    // Blocked until the handler returns, then it takes its default action.
    sigaction::send_again(SIGSYS as c_int);
}
