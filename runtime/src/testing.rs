//! Things that unit tests share: a directory of their own, and an instance to call WASI functions for.

use crate::config::Config;
use crate::fd::{Descriptor, Kind};
use crate::given_text::Text;
use crate::guest::Memory;
use crate::host::Host;
use crate::launch::Launch;
use crate::path::{Method, Resolver};
use crate::sys::listing::Listing;
use kiln_abi::embed::{NewKind, NewNode, Writer};
use rustix::fd::OwnedFd;
use rustix::fs::{CWD, Mode, OFlags, openat};
use std::ffi::CString;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, process, ptr};

/// A directory that is removed with what it holds.
pub struct TempDir(pub PathBuf);

impl TempDir {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("kiln-runtime-{}-{count}", process::id()));
        fs::create_dir(&path).expect("creating a directory");
        TempDir(path)
    }

    /// Its path; it is not removed then.
    pub fn keep(self) -> PathBuf {
        std::mem::ManuallyDrop::new(self).0.clone()
    }

    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn open(&self) -> OwnedFd {
        open_dir(&self.0)
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub fn open_dir(path: &Path) -> OwnedFd {
    let path = CString::new(path.to_str().expect("a UTF-8 path")).expect("a path without NUL");
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    openat(CWD, &*path, flags, Mode::empty()).expect("opening a directory")
}

/// A launch with these arguments and variables, kept for good.
pub fn launch(arguments: &[&str], variables: &[&str], config: Vec<u8>) -> Launch {
    let array = |strings: &[&str]| {
        let string = |string: &&str| {
            CString::new(*string)
                .expect("no NUL")
                .into_raw()
                .cast_const()
        };
        let mut array: Vec<*const u8> = strings.iter().map(string).map(<*const _>::cast).collect();
        array.push(ptr::null());
        array.leak().as_ptr()
    };
    Launch {
        argc: arguments.len(),
        argv: array(arguments),
        envp: array(variables),
        config: config.leak(),
        given: &[],
        embedded: &[],
        is_privileged: false,
    }
}

/// An instance with one page of memory and, as descriptor 3, a preopened directory `/`.
pub struct Guest {
    pub host: Host,
    pub dir: TempDir,
    bytes: Vec<u8>,
}

/// The place where results are written.
pub const RESULT: u32 = 60000;

impl Guest {
    pub fn new(method: Method) -> Self {
        Self::beneath(TempDir::new().keep(), method)
    }

    /// One whose preopened directory exists already.
    pub fn beneath(dir: PathBuf, method: Method) -> Self {
        let dir = TempDir(dir);
        let mut host = Host::new();
        host.open(Config::EMPTY).expect("nothing can fail here");
        host.resolver = Resolver::new(method);
        let kind = Kind::Directory {
            preopen: Some(Text::plain(b"/")),
            listing: Listing::default(),
        };
        let preopen = Descriptor::owned(dir.open(), kind, false).expect("a descriptor");
        assert_eq!(host.fds.insert(preopen), Ok(3));
        Guest {
            host,
            dir,
            bytes: vec![0; 65536],
        }
    }

    pub fn memory(&mut self) -> Memory {
        Memory {
            base: self.bytes.as_mut_ptr(),
            len: self.bytes.len(),
        }
    }

    /// Puts bytes at an address and returns it with their length.
    pub fn put(&mut self, at: u32, bytes: &[u8]) -> (u32, u32) {
        self.memory().write(at, bytes).expect("inside memory");
        (at, bytes.len() as u32)
    }

    pub fn bytes(&mut self, at: u32, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.memory()
            .span(at, len as u32)
            .expect("inside memory")
            .copy_to(&mut bytes);
        bytes
    }

    /// The number written as a result.
    pub fn result(&mut self) -> u32 {
        u32::from_le_bytes(self.memory().read(RESULT).expect("inside memory"))
    }
}

/// Links in [`image`] that each lead to the next, the last to a file.
pub const CHAIN: u32 = 41;

/// An image of one tree: the files `a` and `d/a`, a chain of links from `c00`, the link `l` to `d`
/// and the link `up` out of it.
pub fn image() -> Vec<u8> {
    let chain = (0..CHAIN).map(|link| match link + 1 {
        CHAIN => (format!("c{link:02}"), "a".into()),
        next => (format!("c{link:02}"), format!("c{next:02}")),
    });
    let links = chain.chain([("l", "d"), ("up", "..")].map(|(l, t)| (l.into(), t.into())));
    let mut writer = Writer::with_capacity(0, 0);
    let mut text = |text: &str| {
        let start = writer.bytes.len();
        writer.bytes.extend_from_slice(text.as_bytes());
        start..writer.bytes.len()
    };
    let node = |name, parent, kind| NewNode {
        name,
        parent,
        time: 0,
        kind,
    };
    let last = 1 + CHAIN + 4;
    let mut nodes = vec![
        node(0..0, 0, NewKind::Directory(1..last)),
        node(text("a"), 0, NewKind::File(text("contents"))),
    ];
    for (name, target) in links {
        nodes.push(node(text(&name), 0, NewKind::Link(text(&target))));
    }
    let directory = node(text("d"), 0, NewKind::Directory(last..last + 1));
    nodes.insert(2 + CHAIN as usize, directory);
    nodes.push(node(text("a"), 2 + CHAIN, NewKind::File(text("other"))));
    nodes.iter().for_each(|node| writer.push(node));
    writer.finish().expect("a small image")
}
