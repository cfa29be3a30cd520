//! What building and running need of the machine: nothing.

use crate::support::{Folder, HELLO, HELLO_PRINTS, Outcome};
use rustix::process::{chdir, chroot};
use rustix::thread::{UnshareFlags, unshare_unsafe};
use std::ffi::CString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;

#[test]
fn building_needs_no_path() {
    let folder = Folder::new();
    folder.write("hello.wat", HELLO);
    let mut build = folder.kiln(["build", "hello.wat"]);
    Outcome::of(build.env("PATH", "")).succeeds();
    let mut hello = folder.command(folder.path("hello"));
    assert_eq!(Outcome::of(&mut hello).succeeds(), HELLO_PRINTS);
}

#[test]
fn an_executable_runs_alone_in_an_empty_root() {
    let folder = Folder::new();
    folder.built(HELLO, &[]);
    fs::create_dir(folder.path("root")).unwrap();
    fs::rename(folder.path("app"), folder.path("root/app")).unwrap();

    let root = CString::new(folder.path("root").as_os_str().as_bytes()).unwrap();
    let mut app = folder.command("/app");
    let enter = move || {
        if chroot(&root).is_err() {
            // Whoever is not root may be it in a user namespace.
            // SAFETY: the child has one thread and no state that a user namespace divides.
            unsafe { unshare_unsafe(UnshareFlags::NEWUSER)? };
            chroot(&root)?;
        }
        Ok(chdir("/")?)
    };
    // SAFETY: between fork and exec only system calls are made, on a string made before.
    unsafe { app.pre_exec(enter) };
    assert_eq!(Outcome::of(&mut app).succeeds(), HELLO_PRINTS);
}
