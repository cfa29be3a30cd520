//! Both ways of resolution, held to the same answers.

use super::*;
use crate::testing::{TempDir, open_dir};
use rustix::fs as kernel;
use std::ffi::CString;
use std::os::unix::fs::symlink;
use std::path::Path as HostPath;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use std::{fs, thread};

const METHODS: [Method; 2] = [Method::Beneath, Method::Walk];

/// A directory `jail` with things in it, and a file `secret` beside it.
fn jail() -> (TempDir, OwnedFd) {
    let outer = TempDir::new();
    let jail = outer.join("jail");
    for dir in ["", "dir", "dir/sub", "empty"] {
        fs::create_dir(jail.join(dir)).expect("creating a directory");
    }
    for (file, text) in [
        ("../secret", "secret"),
        ("file", "file"),
        ("dir/inner", "inner"),
        ("dir/sub/deep", "deep"),
    ] {
        fs::write(jail.join(file), text).expect("writing a file");
    }
    let absolute = outer.join("secret");
    for (target, link) in [
        ("file", "to-file"),
        ("dir", "to-dir"),
        ("dir/", "to-dir-slash"),
        ("file/", "to-file-slash"),
        ("new/", "to-new-slash"),
        ("../file", "dir/to-file"),
        ("sub/../../dir/sub", "dir/to-sub"),
        ("to-file", "to-to-file"),
        ("missing", "dangling"),
        ("loop", "loop"),
        ("ping", "pong"),
        ("pong", "ping"),
        ("..", "up"),
        ("../secret", "out"),
        ("../../secret", "dir/out"),
        ("../..", "dir/sub/to-root"),
        ("../../..", "dir/sub/above"),
        ("out", "to-out"),
        ("to-dir/../../secret", "winding-out"),
        ("/", "root"),
        ("/etc/passwd", "absolute"),
        ("/proc/self/root/etc/passwd", "magic"),
        (absolute.to_str().expect("a UTF-8 path"), "absolute-secret"),
        (
            jail.join("file").to_str().expect("a UTF-8 path"),
            "absolute-inside",
        ),
    ] {
        symlink(target, jail.join(link)).expect("creating a link");
    }
    let dir = open_dir(&jail);
    (outer, dir)
}

fn c(path: &str) -> CString {
    CString::new(path).expect("a path without NUL")
}

/// Opens a path and reads what is there; `/` stands for a directory.
fn read(method: Method, dir: &OwnedFd, path: &str, flags: OFlags) -> Result<String, Errno> {
    let opened = Resolver::new(method).open(dir.as_fd(), &c(path), flags, Mode::empty())?;
    if kernel::FileType::from_raw_mode(kernel::fstat(&opened)?.st_mode).is_dir() {
        return Ok("/".into());
    }
    let mut text = [0; 64];
    let len = rustix::io::read(&opened, &mut text)?;
    Ok(String::from_utf8_lossy(&text[..len]).into_owned())
}

fn check(path: &str, flags: OFlags, expected: Result<&str, Errno>) {
    let (_outer, dir) = jail();
    for method in METHODS {
        let got = read(method, &dir, path, flags);
        assert_eq!(
            got.as_deref().map_err(|errno| *errno),
            expected,
            "{path} by {method:?}"
        );
    }
}

#[test]
fn what_lies_beneath_is_found() {
    for (path, text) in [
        ("file", "file"),
        (".//./file", "file"),
        ("dir/inner", "inner"),
        ("dir//inner", "inner"),
        ("dir/sub/../../dir/./inner", "inner"),
        ("dir/../file", "file"),
        (".", "/"),
        ("./", "/"),
        ("dir/", "/"),
        ("dir/..", "/"),
        ("dir/.//", "/"),
        ("to-file", "file"),
        ("to-to-file", "file"),
        ("to-dir", "/"),
        ("to-dir/", "/"),
        ("to-dir/inner", "inner"),
        ("to-dir-slash", "/"),
        ("dir/to-file", "file"),
        ("dir/to-sub/deep", "deep"),
        ("dir/sub/to-root/file", "file"),
        ("dir/sub/to-root/dir/sub/to-root/dir/inner", "inner"),
    ] {
        check(path, OFlags::RDONLY, Ok(text));
    }
}

#[test]
fn nothing_outside_is_found() {
    for path in [
        "..",
        "../",
        "../secret",
        "./../secret",
        "dir/../../secret",
        "dir/sub/../../../secret",
        "dir/sub/../../../jail/file",
        "../jail/file",
        "empty/../../jail",
        "/",
        "//",
        "/etc/passwd",
        "up",
        "up/",
        "up/secret",
        "up/jail/file",
        "out",
        "to-out",
        "dir/out",
        "to-dir/out",
        "dir/sub/above",
        "dir/sub/above/secret",
        "dir/sub/to-root/../secret",
        "winding-out",
        "root",
        "root/etc/passwd",
        "absolute",
        "absolute-secret",
        "absolute-inside",
        "magic",
    ] {
        for flags in [
            OFlags::RDONLY,
            OFlags::PATH,
            OFlags::WRONLY | OFlags::CREATE,
        ] {
            let (_outer, dir) = jail();
            for method in METHODS {
                let got = read(method, &dir, path, flags);
                let refused = match got {
                    Err(Errno::PERM) => true,
                    // Said before it is known where the path leads.
                    Err(Errno::ISDIR) => path.ends_with('/') && flags.contains(OFlags::CREATE),
                    _ => false,
                };
                assert!(refused, "{path} by {method:?} with {flags:?}: {got:?}");
            }
        }
    }
}

#[test]
fn creating_does_not_reach_outside() {
    for path in [
        "../new",
        "up/new",
        "dir/../../new",
        "dir/sub/above/new",
        "root/new",
        "out",
    ] {
        let (outer, dir) = jail();
        for method in METHODS {
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC;
            let mode = Mode::from_raw_mode(0o600);
            let opened = Resolver::new(method).open(dir.as_fd(), &c(path), flags, mode);
            assert_eq!(opened.err(), Some(Errno::PERM), "{path} by {method:?}");
        }
        assert!(!outer.join("new").exists());
        assert_eq!(
            fs::read(outer.join("secret")).expect("still there"),
            b"secret"
        );
    }
}

#[test]
fn errors_are_those_of_the_kernel() {
    let read = OFlags::RDONLY;
    let directory = OFlags::DIRECTORY;
    let nofollow = OFlags::NOFOLLOW;
    let create = OFlags::WRONLY | OFlags::CREATE;
    for (path, flags, errno) in [
        ("missing", read, Errno::NOENT),
        ("missing/file", read, Errno::NOENT),
        ("", read, Errno::NOENT),
        ("dangling", read, Errno::NOENT),
        ("dangling/", read, Errno::NOENT),
        ("file/", read, Errno::NOTDIR),
        ("file/.", read, Errno::NOTDIR),
        ("file/..", read, Errno::NOTDIR),
        ("file/inner", read, Errno::NOTDIR),
        ("to-file/", read, Errno::NOTDIR),
        ("to-file-slash", read, Errno::NOTDIR),
        ("file", directory, Errno::NOTDIR),
        ("to-file", directory, Errno::NOTDIR),
        ("to-file", nofollow, Errno::LOOP),
        ("dangling", nofollow, Errno::LOOP),
        ("to-dir", nofollow | directory, Errno::NOTDIR),
        ("loop", read, Errno::LOOP),
        ("loop", nofollow, Errno::LOOP),
        ("loop/file", read, Errno::LOOP),
        ("ping", read, Errno::LOOP),
        ("dir", OFlags::WRONLY, Errno::ISDIR),
        ("dir/", OFlags::RDWR, Errno::ISDIR),
        ("new/", create, Errno::ISDIR),
        ("dir/new//", create, Errno::ISDIR),
        ("file/", create, Errno::ISDIR),
        ("to-dir-slash", create, Errno::ISDIR),
        ("to-new-slash", create, Errno::ISDIR),
        ("missing/new/", create, Errno::NOENT),
        ("file/new/", create, Errno::NOTDIR),
        ("up/new/", create, Errno::PERM),
        ("../", create, Errno::PERM),
        ("dir/../", create, Errno::ISDIR),
        ("dir/./", create | OFlags::EXCL, Errno::EXIST),
        ("dir/", create | OFlags::EXCL, Errno::ISDIR),
        (
            "file",
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL,
            Errno::EXIST,
        ),
        (
            "dangling",
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL,
            Errno::EXIST,
        ),
    ] {
        check(path, flags, Err(errno));
    }
    check(&"n".repeat(256), read, Err(Errno::NAMETOOLONG));
    check(&("n".repeat(256) + "/"), create, Err(Errno::ISDIR));
    check("to-dir/", nofollow | directory, Ok("/"));
}

#[test]
fn a_dangling_link_is_created_through() {
    for method in METHODS {
        let (outer, dir) = jail();
        let flags = OFlags::WRONLY | OFlags::CREATE;
        let opened =
            Resolver::new(method).open(dir.as_fd(), c"dangling", flags, Mode::from_raw_mode(0o600));
        assert!(opened.is_ok(), "by {method:?}");
        assert!(outer.join("jail/missing").exists());
    }
}

#[test]
fn forty_links_are_followed_and_no_more() {
    let (outer, dir) = jail();
    symlink("file", outer.join("jail/link1")).expect("creating a link");
    for number in 2..=41 {
        let link = outer.join(&format!("jail/link{number}"));
        symlink(format!("link{}", number - 1), link).expect("creating a link");
    }
    for method in METHODS {
        assert_eq!(
            read(method, &dir, "link40", OFlags::RDONLY).as_deref(),
            Ok("file")
        );
        assert_eq!(
            read(method, &dir, "link41", OFlags::RDONLY),
            Err(Errno::LOOP)
        );
    }
}

#[test]
fn magic_links_are_not_followed() {
    let dir = open_dir(HostPath::new("/proc/self"));
    for path in [
        "root/etc/passwd",
        "cwd/.",
        "exe",
        "fd/0",
        "ns/mnt",
        "task/../root/etc",
    ] {
        for method in METHODS {
            let got = read(method, &dir, path, OFlags::RDONLY);
            let refused = matches!(got, Err(Errno::PERM | Errno::LOOP | Errno::NOENT));
            assert!(refused, "{path} by {method:?}: {got:?}");
        }
    }
}

#[test]
fn deep_paths_are_walked() {
    let (outer, dir) = jail();
    let deep = "d/".repeat(60);
    fs::create_dir_all(outer.join("jail").join(&deep)).expect("creating directories");
    let there_and_back = deep.clone() + &"../".repeat(60) + "file";
    let too_far = deep + &"../".repeat(61) + "secret";
    for method in METHODS {
        assert_eq!(
            read(method, &dir, &there_and_back, OFlags::RDONLY).as_deref(),
            Ok("file")
        );
        assert_eq!(
            read(method, &dir, &too_far, OFlags::RDONLY),
            Err(Errno::PERM)
        );
    }
}

/// Another process (here a thread) turns a directory into a link that leads out and back, and moves
/// another up and down, while paths through both are resolved.
#[test]
fn renames_meanwhile_open_no_way_out() {
    let (outer, dir) = jail();
    let jail = outer.join("jail");
    fs::create_dir(outer.join("outside")).expect("creating a directory");
    fs::write(outer.join("outside/inner"), "secret").expect("writing a file");
    symlink("../outside", jail.join("trap")).expect("creating a link");
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let exchange = kernel::RenameFlags::EXCHANGE;
                let _ = kernel::renameat_with(&dir, c"dir", &dir, c"trap", exchange);
                let _ = fs::rename(jail.join("empty"), outer.join("empty"));
                let _ = fs::rename(outer.join("empty"), jail.join("empty"));
            }
        });
        let end = Instant::now() + Duration::from_millis(600);
        while Instant::now() < end {
            for method in METHODS {
                for path in [
                    "dir/inner",
                    "trap/inner",
                    "empty/../secret",
                    "empty/../../secret",
                ] {
                    let got = read(method, &dir, path, OFlags::RDONLY);
                    assert_ne!(got.as_deref(), Ok("secret"), "{path} by {method:?}");
                }
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
}

fn path(bytes: &[u8]) -> Result<Path, Errno> {
    let memory = Memory {
        base: bytes.as_ptr().cast_mut(),
        len: bytes.len(),
    };
    Path::relative(memory, 0, bytes.len() as u32)
}

#[test]
fn a_guests_path_is_checked_when_it_is_copied() {
    assert_eq!(path(b"").err(), Some(Errno::NOENT));
    assert_eq!(path(b"/a").err(), Some(Errno::PERM));
    assert_eq!(path(b"a\0b").err(), Some(Errno::INVAL));
    assert_eq!(path(b"a\0").err(), Some(Errno::INVAL));
    assert_eq!(path(b"a\xff").err(), Some(Errno::ILSEQ));
    assert_eq!(path(&[b'a'; MAX]).err(), Some(Errno::NAMETOOLONG));
    let longest = [b'a'; MAX - 1];
    assert_eq!(
        path(&longest).map(|path| path.as_c_str().count_bytes()),
        Ok(MAX - 1)
    );
}

#[test]
fn a_parent_is_found_with_the_name_in_it() {
    let (_outer, dir) = jail();
    for (text, name, plain) in [
        ("file", "file", true),
        ("new/", "new/", false),
        ("dir/sub/x", "x", true),
        ("dir//x//", "x//", false),
        ("./x", "x", true),
        (".", ".", false),
        ("dir/..", "..", false),
        ("dir/..//", "..//", false),
        ("dir/.", ".", false),
        ("dir/..x", "..x", true),
    ] {
        for method in METHODS {
            let mut path = path(text.as_bytes()).expect("a good path");
            let resolver = Resolver::new(method);
            let parent = resolver.parent(dir.as_fd(), &mut path).expect("a parent");
            assert_eq!(parent.name(), &*c(name), "{text}");
            assert_eq!(parent.plain().is_some(), plain, "{text}");
            let is_up = name.trim_end_matches('/') == "..";
            assert_eq!(parent.is_up(), is_up, "{text}");
        }
    }
    for text in [
        "..",
        "../x",
        "dir/../..",
        "up/x",
        "up/..",
        "dir/sub/above/x",
        "root/x",
    ] {
        for method in METHODS {
            let mut path = path(text.as_bytes()).expect("a good path");
            let parent = Resolver::new(method).parent(dir.as_fd(), &mut path).err();
            assert_eq!(parent, Some(Errno::PERM), "{text} by {method:?}");
        }
    }
}
