//! `kiln run`: arguments, and the cache.

use crate::support::{Folder, HELLO, HELLO_PRINTS, Outcome, names};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;
use std::{fs, io, ptr};

const ARGS: &str = include_str!("../data/args.wat");

/// The only entry of the cache.
fn cached(folder: &Folder) -> PathBuf {
    let cache = folder.path("cache/kiln");
    match names(&cache).as_slice() {
        [only] => cache.join(only),
        entries => panic!("not one entry: {entries:?}"),
    }
}

#[test]
fn the_program_gets_its_arguments() {
    let folder = Folder::new();
    folder.write("m/args.wat", ARGS);
    for (line, args) in [
        (&[][..], &[][..]),
        (&["--"], &[]),
        (&["--", "-O", "--help"], &["-O", "--help"]),
        (&["-O", "--help", "-V"], &["-O", "--help", "-V"]),
        (&["--dir", ".", "word"], &["--dir", ".", "word"]),
        (&["word", "--dir", "x", "--"], &["word", "--dir", "x", "--"]),
        (&["--", "--", "-"], &["--", "-"]),
    ] {
        let line = ["run", "m/args.wat"].iter().chain(line);
        let printed = Outcome::of(&mut folder.kiln(line)).succeeds();
        let printed: Vec<_> = printed.split_terminator('\0').collect();
        assert_eq!(printed[0], "args.wat");
        assert_eq!(printed[1..], *args);
    }
}

#[test]
fn options_stand_before_the_module() {
    let folder = Folder::new();
    folder.write("-args.wat", ARGS);
    folder.write("args.wat", ARGS);
    folder.write("preopens.wat", include_str!("../data/preopens.wat"));
    let ran = |line: &[&str]| Outcome::of(&mut folder.kiln(["run"].iter().chain(line))).succeeds();
    assert_eq!(ran(&["--arg", "-a", "args.wat", "b"]), "args.wat\0-a\0b\0");
    assert_eq!(
        ran(&["--arg", "-a", "--", "args.wat", "-b"]),
        "args.wat\0-a\0-b\0"
    );
    assert_eq!(ran(&["--", "-args.wat", "--", "-b"]), "-args.wat\0-b\0");
    // What looks like a grant among the program's arguments grants nothing.
    assert_eq!(ran(&["preopens.wat", "--dir", "."]), "");
    assert_eq!(ran(&["--dir", ".", "preopens.wat"]), ".\n");
}

#[test]
fn the_exit_status_is_the_programs() {
    let folder = Folder::new();
    folder.write(
        "trap.wat",
        r#"(module (func (export "_start") unreachable))"#,
    );
    let told = Outcome::of(&mut folder.kiln(["run", "trap.wat"])).fails(134);
    assert!(told.starts_with("error: wasm trap: "), "{told}");
}

#[test]
fn a_second_run_finds_the_first_ones_executable() {
    let folder = Folder::new();
    folder.write("hello.wat", HELLO);
    let run = || Outcome::of(&mut folder.kiln(["run", "hello.wat"])).succeeds();
    assert_eq!(run(), HELLO_PRINTS);
    // Whatever stands there is run: proof that nothing is compiled.
    folder.built(&HELLO.replace("hello world", "other words"), &[]);
    fs::rename(folder.path("app"), cached(&folder)).unwrap();
    assert_eq!(run(), "other words\n");
}

#[test]
fn grants_and_arguments_share_an_executable() {
    let folder = Folder::new();
    folder.write("args.wat", ARGS);
    for line in [
        &["--dir", ".", "args.wat"][..],
        &["--env", "A=b", "args.wat"],
        &["--argv0", "me", "args.wat", "you"],
    ] {
        let line = ["run"].iter().chain(line);
        Outcome::of(&mut folder.kiln(line)).succeeds();
    }
    cached(&folder);
}

#[test]
fn other_modules_and_options_have_other_executables() {
    let folder = Folder::new();
    folder.write("a.wat", HELLO);
    folder.write("b.wat", HELLO.replace("hello world", "other words"));
    let run = |line: &[&str]| Outcome::of(&mut folder.kiln(["run"].iter().chain(line))).succeeds();
    assert_eq!(run(&["a.wat"]), HELLO_PRINTS);
    assert_eq!(run(&["b.wat"]), "other words\n");
    run(&["-O0", "a.wat"]);
    run(&["--cpu", "x86-64", "a.wat"]);
    // What it is without `--cpu`.
    run(&["--cpu", "native", "a.wat"]);
    run(&["--stack-size", "1M", "a.wat"]);
    run(&["-O0", "a.wat"]);
    assert_eq!(names(&folder.path("cache/kiln")).len(), 5);
}

#[test]
fn a_damaged_entry_is_made_anew() {
    let folder = Folder::new();
    folder.write("hello.wat", HELLO);
    let run = || Outcome::of(&mut folder.kiln(["run", "hello.wat"])).succeeds();
    run();
    let entry = cached(&folder);
    let whole = fs::read(&entry).unwrap();
    fs::write(&entry, "").unwrap();
    assert_eq!(run(), HELLO_PRINTS);
    assert!(fs::read(&entry).unwrap() == whole);
}

#[test]
fn without_a_cache_the_program_runs_all_the_same() {
    let folder = Folder::new();
    folder.write("hello.wat", HELLO);
    let file = folder.write("file", "");
    for cache in [file.to_str().unwrap(), "/proc", "relative"] {
        let mut run = folder.kiln(["run", "hello.wat"]);
        assert_eq!(
            Outcome::of(run.env("XDG_CACHE_HOME", cache)).succeeds(),
            HELLO_PRINTS
        );
    }
    assert_eq!(folder.names(), ["file", "hello.wat"]);
}

#[test]
fn a_cache_that_others_can_write_is_not_used() {
    let folder = Folder::new();
    folder.write("hello.wat", HELLO);
    let cache = folder.path("cache/kiln");
    fs::create_dir_all(&cache).unwrap();
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o777)).unwrap();
    let printed = Outcome::of(&mut folder.kiln(["run", "hello.wat"])).succeeds();
    assert_eq!(printed, HELLO_PRINTS);
    assert!(names(&cache).is_empty());
}

#[test]
fn the_cache_is_in_home_by_default() {
    let folder = Folder::new();
    folder.write("hello.wat", HELLO);
    let mut run = folder.kiln(["run", "hello.wat"]);
    run.env_remove("XDG_CACHE_HOME")
        .env("HOME", folder.path("home"));
    assert_eq!(Outcome::of(&mut run).succeeds(), HELLO_PRINTS);
    assert_eq!(names(&folder.path("home/.cache/kiln")).len(), 1);
}

#[test]
fn the_executable_is_for_the_processor_it_runs_on() {
    let folder = Folder::new();
    folder.write("hello.wat", HELLO);
    Outcome::of(&mut folder.kiln(["run", "hello.wat"])).succeeds();
    let inspect = |file: &str| {
        let told = Outcome::of(&mut folder.kiln(["inspect", "--json", file])).succeeds();
        serde_json::from_str::<serde_json::Value>(&told).unwrap()
    };
    let run = inspect(cached(&folder).to_str().unwrap());
    assert_eq!(run["cpu"], "native");
    let here = kiln_compiler::Cpu::Native
        .features(Default::default())
        .unwrap();
    assert_eq!(run["cpu_features"], serde_json::json!(here));
    Outcome::of(&mut folder.kiln(["build", "hello.wat"])).succeeds();
    let built = inspect("hello");
    assert_eq!(built["cpu"], "x86-64");
    assert_eq!(built["cpu_features"], serde_json::json!([]));
}

/// What `kiln run -v` says, without the paths of the cache's entries.
fn told(command: &mut Command, folder: &Folder) -> Vec<String> {
    let outcome = Outcome::of(command);
    let printed = (outcome.status, &*outcome.stdout);
    assert_eq!(printed, (Ok(0), HELLO_PRINTS), "{}", outcome.stderr);
    let cache = folder.path("cache/kiln").display().to_string();
    let line = |line: &str| match line.split_once(&cache) {
        Some((before, entry)) => {
            assert!([0, 1 + 64].contains(&entry.len()), "{entry}");
            before.to_owned() + "CACHE"
        }
        None => line.to_owned(),
    };
    outcome.stderr.lines().map(line).collect()
}

#[test]
fn a_verbose_run_tells_of_the_cache() {
    let folder = Folder::new();
    folder.write("hello.wat", HELLO);
    let run = || folder.kiln(["run", "-v", "hello.wat"]);
    let first = [
        "note: the cache does not hold the executable, which is compiled",
        "note: the cache keeps it: CACHE",
    ];
    assert_eq!(told(&mut run(), &folder), first);
    let second = ["note: the cache holds the executable: CACHE"];
    assert_eq!(told(&mut run(), &folder), second);
    let reason = "neither XDG_CACHE_HOME nor HOME is an absolute path";
    let without = [
        format!("note: the cache is not used, because {reason}"),
        "note: the executable is run from memory".to_owned(),
    ];
    assert_eq!(told(run().env_remove("XDG_CACHE_HOME"), &folder), without);
    let mode = fs::Permissions::from_mode(0o777);
    fs::set_permissions(folder.path("cache/kiln"), mode).unwrap();
    let begin = "note: the cache is not used, because others than its owner, you, can write to";
    assert_eq!(told(&mut run(), &folder)[0], format!("{begin} CACHE"));
}

/// Has a command run where /proc is an empty directory.
fn without_proc(command: &mut Command) -> &mut Command {
    let call = |result: i32| match result {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    };
    let enter = move || {
        let (none, tmpfs) = (ptr::null(), c"tmpfs".as_ptr());
        // SAFETY: the calls are given strings that end with a zero, or none, and change what only
        // this child sees. Who is not root may call them in a user namespace.
        unsafe {
            if libc::unshare(libc::CLONE_NEWNS) != 0 {
                call(libc::unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWNS))?;
            }
            let private = libc::MS_REC | libc::MS_PRIVATE;
            call(libc::mount(none, c"/".as_ptr(), none, private, ptr::null()))?;
            call(libc::mount(tmpfs, c"/proc".as_ptr(), tmpfs, 0, ptr::null()))
        }
    };
    // SAFETY: between fork and exec only system calls are made, on constants.
    unsafe { command.pre_exec(enter) }
}

#[test]
fn without_proc_programs_run_and_are_kept() {
    let folder = Folder::new();
    folder.write("hello.wat", HELLO);
    let run = || {
        let mut run = folder.kiln(["run", "-v", "hello.wat"]);
        without_proc(&mut run);
        run
    };
    assert!(told(&mut run(), &folder)[0].ends_with("which is compiled"));
    let hit = ["note: the cache holds the executable: CACHE"];
    assert_eq!(told(&mut run(), &folder), hit);
    let told = told(run().env_remove("XDG_CACHE_HOME"), &folder);
    assert_eq!(told[1], "note: the executable is run from memory");
    // What the program is given arrives this way too.
    folder.write("args.wat", ARGS);
    folder.write("environ.wat", include_str!("../data/environ.wat"));
    let mut args = folder.kiln(["run", "args.wat", "-x", "", "y"]);
    args.env_remove("XDG_CACHE_HOME");
    let printed = Outcome::of(without_proc(&mut args)).succeeds();
    assert_eq!(printed, "args.wat\0-x\0\0y\0");
    let mut environ = folder.kiln(["run", "--env", "A=1", "--env", "B", "environ.wat"]);
    environ
        .env_remove("XDG_CACHE_HOME")
        .envs([("B", "2"), ("C", "3")]);
    let printed = Outcome::of(without_proc(&mut environ)).succeeds();
    assert_eq!(printed, "A=1\0B=2\0");
}

#[test]
fn an_executable_that_may_not_run_in_the_cache_runs_from_memory() {
    let folder = Folder::new();
    folder.write("hello.wat", HELLO);
    let run = || folder.kiln(["run", "-v", "hello.wat"]);
    told(&mut run(), &folder);
    // As on a file system mounted `noexec`.
    fs::set_permissions(cached(&folder), fs::Permissions::from_mode(0o600)).unwrap();
    let told = told(&mut run(), &folder);
    let expected = [
        "note: the cache holds the executable: CACHE",
        "note: it cannot be run there: Permission denied (os error 13)",
        "note: the executable is run from memory",
    ];
    assert_eq!(told, expected);
}
