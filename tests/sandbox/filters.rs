//! System calls that other sandboxes, and other kernels, refuse to a program.

use kiln_tests::seccomp::Denied;

/// The system calls that Docker's default profile refuses to a container without capabilities, on a
/// kernel that has them all ("Seccomp security profiles for Docker", docs.docker.com).
pub fn docker() -> Denied {
    use libc::*;
    let refused = [
        SYS_acct,
        SYS_add_key,
        SYS_bpf,
        SYS_clock_adjtime,
        SYS_clock_settime,
        SYS_delete_module,
        SYS_fanotify_init,
        SYS_finit_module,
        SYS_get_mempolicy,
        SYS_init_module,
        SYS_io_uring_enter,
        SYS_io_uring_register,
        SYS_io_uring_setup,
        SYS_ioperm,
        SYS_iopl,
        SYS_kexec_file_load,
        SYS_kexec_load,
        SYS_keyctl,
        SYS_lookup_dcookie,
        SYS_mbind,
        SYS_mount,
        SYS_move_pages,
        SYS_nfsservctl,
        SYS_open_by_handle_at,
        SYS_perf_event_open,
        SYS_pivot_root,
        SYS_quotactl,
        SYS_reboot,
        SYS_request_key,
        SYS_set_mempolicy,
        SYS_setns,
        SYS_settimeofday,
        SYS_swapoff,
        SYS_swapon,
        SYS_sysfs,
        SYS__sysctl,
        SYS_umount2,
        SYS_unshare,
        SYS_uselib,
        SYS_userfaultfd,
        SYS_ustat,
        SYS_vhangup,
    ];
    let refused = refused.into_iter().map(|call| (call, EPERM));
    refused.chain([(SYS_clone3, ENOSYS)]).collect()
}

/// A kernel without Landlock.
pub fn without_landlock() -> Denied {
    let calls = [
        libc::SYS_landlock_create_ruleset,
        libc::SYS_landlock_add_rule,
        libc::SYS_landlock_restrict_self,
    ];
    calls.into_iter().map(|call| (call, libc::ENOSYS)).collect()
}

/// A sandbox that lets no other filter be installed within.
pub fn without_seccomp() -> Denied {
    vec![(libc::SYS_seccomp, libc::EPERM)]
}

/// A kernel as before seccomp(2), close_range(2), openat2(2) and Landlock.
pub fn old_kernel() -> Denied {
    let mut denied = without_landlock();
    let calls = [libc::SYS_seccomp, libc::SYS_close_range, libc::SYS_openat2];
    denied.extend(calls.map(|call| (call, libc::ENOSYS)));
    denied
}
