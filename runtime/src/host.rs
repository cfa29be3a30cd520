//! The host's side of WASI: the world of one instance, made of what the program is given when it
//! starts.

use crate::config::{Config, Dir, Source, Text};
use crate::embed::{Open, Place};
use crate::fd::{Backing, Descriptor, Kind, Table};
use crate::path::{self, Method, Resolver};
use crate::refusal::Refusal;
use crate::wasi::errno::Errno;
use crate::wasi::listing::Listing;
use crate::wasi::sock;
use core::ffi::CStr;
use core::net::SocketAddr;
use core::ptr;
use kiln_abi::embed::Image;
use rustix::fd::{BorrowedFd, FromRawFd, OwnedFd, RawFd};
use rustix::fs::{CWD, Mode, OFlags, fcntl_getfl, fcntl_setfl, openat};
use rustix::io::{self, fcntl_dupfd_cloexec};
use rustix::net::{self, SocketType};

/// What the kernel and the compiler hand over at start-up. The pointers are those the kernel put on
/// the first stack, which stay valid for good.
#[derive(Clone, Copy, Debug)]
pub struct Launch {
    /// Number of arguments.
    pub argc: usize,
    /// The arguments, C strings.
    pub argv: *const *const u8,
    /// The environment, C strings, ended by a null pointer.
    pub envp: *const *const u8,
    /// The baked configuration, in the format of [`kiln_abi::config`].
    pub config: &'static [u8],
    /// What the program around a library gives, in the same format.
    pub given: &'static [u8],
    /// The embedded files, in the format of [`kiln_abi::embed`].
    pub embedded: &'static [u8],
    /// Whoever launches the program has fewer rights than it: see AT_SECURE in getauxval(3).
    pub is_privileged: bool,
}

impl Launch {
    /// A launch with nothing.
    pub const EMPTY: Launch = Launch {
        argc: 0,
        argv: ptr::null(),
        envp: &ptr::null(),
        config: &[],
        given: &[],
        embedded: &[],
        is_privileged: false,
    };

    /// The arguments, the program's name first.
    pub fn arguments(self) -> impl Iterator<Item = &'static [u8]> + Clone {
        // SAFETY: `argv` has `argc` elements.
        (0..self.argc).filter_map(move |index| unsafe { word(self.argv.add(index)) })
    }

    /// The environment, each variable `NAME=VALUE`.
    pub fn variables(self) -> impl Iterator<Item = &'static [u8]> + Clone {
        let mut next = self.envp;
        core::iter::from_fn(move || {
            // SAFETY: `next` has not passed the null pointer that ends the array.
            let variable = unsafe { word(next)? };
            // SAFETY: what it pointed at was not that null pointer.
            next = unsafe { next.add(1) };
            Some(variable)
        })
    }
}

/// The string an element of `argv` or `envp` points at; `None` for the null pointer.
///
/// # Safety
///
/// `element` is a valid element of such an array, whose strings stay valid for good.
unsafe fn word(element: *const *const u8) -> Option<&'static [u8]> {
    // SAFETY: the caller's promise.
    unsafe {
        let string = *element;
        (!string.is_null()).then(|| CStr::from_ptr(string.cast()).to_bytes())
    }
}

/// The world of one instance.
#[derive(Debug)]
pub struct Host {
    /// Its descriptors.
    pub fds: Table,
    /// How its paths are resolved.
    pub resolver: Resolver,
    /// The program can call `poll_oneoff`: its sockets need not wait.
    pub can_poll: bool,
    /// The program has a time limit: it may not stop.
    pub has_timeout: bool,
    config: Config,
}

impl Host {
    /// A world with nothing in it.
    pub const fn new() -> Self {
        Host {
            fds: Table::new(),
            resolver: Resolver::new(Method::Automatic),
            can_poll: false,
            has_timeout: false,
            config: Config::EMPTY,
        }
    }

    /// Arguments and environment.
    pub fn config(&self) -> Config {
        self.config
    }

    /// Fills the world with what `config` gives; the error says what could not be given and why.
    pub fn open(&mut self, config: Config) -> Result<(), Refusal> {
        self.config = config;
        let standard = [Kind::Input, Kind::Output, Kind::Output];
        for (number, (kind, file)) in standard.into_iter().zip(config.streams()).enumerate() {
            let stream = match file {
                None => Descriptor::inherited(standard_stream(number), kind),
                Some(file) => {
                    open_stream(file, kind).map_err(refused(b"open the stream", b"openat", file))?
                }
            };
            let name = file.unwrap_or(Text::plain(b"standard streams"));
            self.fds.insert(stream).map_err(no_room(name))?;
        }
        let handed = config.handed_sockets(process_id) as usize;
        for dir in config.dirs() {
            let (name, opened) = match dir.source {
                Source::Host(path) => (path, open_dir(path, dir)),
                Source::Embedded(tree) => {
                    (dir.guest, open_tree(config.embedded(), tree, dir.guest))
                }
            };
            let opened = opened.map_err(refused(b"open the directory", b"openat", name))?;
            self.fds.insert(opened).map_err(no_room(name))?;
        }
        self.open_sockets(config, handed)
    }

    /// Opens the sockets that listen, and takes over `handed` that the process has inherited.
    fn open_sockets(&mut self, config: Config, handed: usize) -> Result<(), Refusal> {
        let mut handed_wait = !self.can_poll;
        for entry in config.listen() {
            let listen = Listen::parse(entry).ok_or(Refusal::Malformed {
                variable: "KILN_LISTEN",
                entry,
                problem: "it is not an address to listen at, IP:PORT[,block|,nonblock]",
            })?;
            let waits = listen.waits.unwrap_or(!self.can_poll);
            let Some(address) = listen.address else {
                handed_wait = waits;
                continue;
            };
            let socket =
                open_socket(address, waits).map_err(refused(b"listen at", LISTENING, entry))?;
            self.fds.insert(socket).map_err(no_room(entry))?;
        }
        for number in (3..RawFd::MAX).take(handed) {
            let name = Text::plain(b"LISTEN_FDS");
            let socket = handed_socket(number, handed_wait);
            let socket = socket.map_err(refused(
                b"use what is handed by",
                b"getsockopt and fcntl",
                name,
            ))?;
            self.fds.insert(socket).map_err(no_room(name))?;
        }
        Ok(())
    }
}

impl Default for Host {
    fn default() -> Self {
        Self::new()
    }
}

/// Makes a kernel's error the refusal to do `what` to `name`.
fn refused(
    what: &'static [u8],
    call: &'static [u8],
    name: Text<'static>,
) -> impl FnOnce(io::Errno) -> Refusal {
    move |why| Refusal::Grant {
        what,
        call,
        name,
        why,
    }
}

/// The system calls that listening takes.
const LISTENING: &[u8] = b"socket, setsockopt, bind, listen and getsockopt";

/// Makes the error of a full table the refusal to give the program `name`.
fn no_room(name: Text<'static>) -> impl FnOnce(Errno) -> Refusal {
    move |error| match error {
        Errno::MFILE => Refusal::Descriptors { name },
        _ => refused(b"keep a descriptor of", b"mmap", name)(io::Errno::NOMEM),
    }
}

fn process_id() -> u32 {
    rustix::process::getpid().as_raw_nonzero().get() as u32
}

/// One of the process's own standard streams.
fn standard_stream(number: usize) -> BorrowedFd<'static> {
    // SAFETY: nothing in this program closes descriptors 0 to 2, and where one was closed when it
    // started, using it fails with EBADF: no other descriptor is kept at its number
    // ([`Descriptor::owned`]).
    unsafe { BorrowedFd::borrow_raw(number as RawFd) }
}

/// Opens a host's path, relative to where the program was started.
fn open_host(path: Text<'static>, flags: OFlags) -> io::Result<OwnedFd> {
    let mut buffer = [0; path::MAX];
    let len = path
        .copy_to(&mut buffer[..path::MAX - 1])
        .ok_or(io::Errno::NAMETOOLONG)?
        .len();
    let path = CStr::from_bytes_with_nul(&buffer[..=len]).map_err(|_| io::Errno::INVAL)?;
    openat(
        CWD,
        path,
        flags | OFlags::CLOEXEC | OFlags::NOCTTY,
        Mode::from_raw_mode(0o666),
    )
}

/// Opens what stands in for a standard stream: a file, or `&N` for an inherited descriptor.
fn open_stream(file: Text<'static>, kind: Kind) -> io::Result<Descriptor> {
    let mut digits = file
        .bytes()
        .skip(1)
        .map(|byte| char::from(byte).to_digit(10));
    let fd = if file.bytes().next() == Some(b'&') {
        let number = digits.try_fold(0u32, |number, digit| {
            number.checked_mul(10)?.checked_add(digit?)
        });
        let number = number.and_then(|number| RawFd::try_from(number).ok());
        let number = number.ok_or(io::Errno::INVAL)?;
        // SAFETY: the descriptor is only borrowed for this call, which fails if it is not open.
        fcntl_dupfd_cloexec(unsafe { BorrowedFd::borrow_raw(number) }, 3)?
    } else {
        let write = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC;
        open_host(
            file,
            if let Kind::Input = kind {
                OFlags::RDONLY
            } else {
                write
            },
        )?
    };
    Descriptor::owned(fd, kind, false)
}

fn open_dir(path: Text<'static>, dir: Dir<'static>) -> io::Result<Descriptor> {
    let fd = open_host(path, OFlags::RDONLY | OFlags::DIRECTORY)?;
    let kind = Kind::Directory {
        preopen: Some(dir.guest),
        listing: Listing::default(),
    };
    Descriptor::owned(fd, kind, dir.is_read_only)
}

/// Opens an embedded tree, which fails only where the image is damaged.
fn open_tree(image: &'static [u8], number: u32, guest: Text<'static>) -> io::Result<Descriptor> {
    let root = Place::root(Image(image), number).ok_or(io::Errno::IO)?;
    Descriptor::embedded(Open::new(root, OFlags::empty()), Some(guest)).map_err(|_| io::Errno::IO)
}

/// An entry of what to listen at: `IP:PORT`, or `LISTEN_FDS` for the sockets that are inherited, then
/// perhaps `,block` or `,nonblock`.
struct Listen {
    /// None for those that are inherited.
    address: Option<SocketAddr>,
    /// Whether calls that would block wait, if the entry says.
    waits: Option<bool>,
}

impl Listen {
    fn parse(entry: Text<'_>) -> Option<Self> {
        let mut buffer = [0; 80];
        let entry = str::from_utf8(entry.copy_to(&mut buffer)?).ok()?;
        let (address, waits) = match entry.split_once(',') {
            Some((address, "block")) => (address, Some(true)),
            Some((address, "nonblock")) => (address, Some(false)),
            Some(_) => return None,
            None => (entry, None),
        };
        let address = match address {
            "LISTEN_FDS" => None,
            address => Some(address.parse().ok()?),
        };
        Some(Listen { address, waits })
    }
}

/// Connections that may queue up to be accepted. The kernel's own limit is lower by default, or the
/// same (net.core.somaxconn).
const BACKLOG: i32 = 4096;

/// Opens a socket that listens.
fn open_socket(address: SocketAddr, waits: bool) -> io::Result<Descriptor> {
    let family = match address {
        SocketAddr::V4(_) => net::AddressFamily::INET,
        SocketAddr::V6(_) => net::AddressFamily::INET6,
    };
    let socket = net::socket_with(family, SocketType::STREAM, sock::flags(waits), None)?;
    net::sockopt::set_socket_reuseaddr(&socket, true)?;
    net::bind(&socket, &address)?;
    net::listen(&socket, BACKLOG)?;
    sock::descriptor(socket, waits)
}

/// Takes over a socket that was handed to the process. Setting O_NONBLOCK shows in every process that
/// shares it, which cannot be helped: without, accept(2) blocks where another process was faster. It
/// is set only if it is not set yet and the socket is not to wait.
fn handed_socket(number: RawFd, waits: bool) -> io::Result<Descriptor> {
    // SAFETY: whoever started the program gave this descriptor to us; if it is not open or no
    // socket, the first call says so.
    let socket = unsafe { OwnedFd::from_raw_fd(number) };
    let descriptor = sock::descriptor(socket, waits)?;
    if let Backing::Host(fd) = descriptor.backing()
        && !waits
    {
        let flags = fcntl_getfl(fd)?;
        if !flags.contains(OFlags::NONBLOCK) {
            fcntl_setfl(fd, flags | OFlags::NONBLOCK)?;
        }
    }
    Ok(descriptor)
}
