//! The host's side of WASI: the world of one instance, made of what the program is given when it
//! starts.

use crate::config::{Config, Dir, Source};
use crate::embed::{Open, Place};
use crate::fd::{Backing, Descriptor, Kind, Table, socket_flags};
use crate::given_text::Text;
use crate::listen::Listen;
use crate::path::system::Guard;
use crate::path::{self, Method, Resolver};
use crate::refusal::Refusal;
use crate::sys::errno::Errno;
use crate::sys::listing::Listing;
use core::ffi::CStr;
use core::net::SocketAddr;
use kiln_abi::embed::Image;
use rustix::fd::{BorrowedFd, FromRawFd, OwnedFd, RawFd};
use rustix::fs::{CWD, Mode, OFlags, fcntl_getfl, fcntl_setfl, openat};
use rustix::io::{self, fcntl_dupfd_cloexec};
use rustix::net::{self, SocketType};

/// The world of one instance.
#[derive(Debug)]
pub struct Host {
    /// Its descriptors.
    pub fds: Table,
    /// The way its paths are resolved.
    pub resolver: Resolver,
    /// Keeps it from files by which the kernel is ruled.
    pub system_files: Guard,
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
            system_files: Guard::new(),
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
        for (number, file) in config.streams().into_iter().enumerate() {
            let is_input = number == 0;
            let stream = match file {
                None => Ok(Descriptor::inherited(
                    standard_stream(number),
                    stream_kind(is_input),
                )),
                Some(file) => open_stream(file, is_input),
            };
            let name = file.unwrap_or(Text::plain(b"standard streams"));
            self.give(stream, [b"open the stream", b"openat"], name)?;
        }
        let handed = config.handed_sockets(process_id);
        for dir in config.dirs() {
            let (name, opened) = match dir.source {
                Source::Host(path) => (path, open_dir(path, dir)),
                Source::Embedded(tree) => {
                    (dir.guest, open_tree(config.embedded(), tree, dir.guest))
                }
            };
            self.give(opened, [b"open the directory", b"openat"], name)?;
        }
        self.open_sockets(config, handed)
    }

    /// Gives the program a descriptor, or tells that `what` cannot be done to `name`, by which call.
    fn give(
        &mut self,
        opened: io::Result<Descriptor>,
        what: [&'static [u8]; 2],
        name: Text<'static>,
    ) -> Result<(), Refusal> {
        let [what, call] = what;
        let (what, call, why) = match opened {
            Ok(descriptor) => match self.fds.insert(descriptor) {
                Ok(_) => return Ok(()),
                Err(Errno::MFILE) => return Err(Refusal::Descriptors { name }),
                Err(_) => (
                    b"keep a descriptor of".as_slice(),
                    b"mmap".as_slice(),
                    io::Errno::NOMEM,
                ),
            },
            Err(why) => (what, call, why),
        };
        Err(Refusal::Grant {
            what,
            call,
            name,
            why,
        })
    }

    /// Opens the sockets that listen, and takes over `handed` that the process has inherited.
    fn open_sockets(&mut self, config: Config, handed: u32) -> Result<(), Refusal> {
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
            self.give(
                open_socket(address, waits),
                [b"listen at", LISTENING],
                entry,
            )?;
        }
        for number in 0..handed {
            let socket = handed_socket(3u32.wrapping_add(number) as RawFd, handed_wait);
            let what: [&[u8]; 2] = [b"use what is handed by", b"getsockopt and fcntl"];
            self.give(socket, what, Text::plain(b"LISTEN_FDS"))?;
        }
        Ok(())
    }
}

impl Default for Host {
    fn default() -> Self {
        Self::new()
    }
}

/// The system calls that listening takes.
const LISTENING: &[u8] = b"socket, setsockopt, bind, listen and getsockopt";

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
pub(crate) fn open_host(path: Text<'static>, flags: OFlags) -> io::Result<OwnedFd> {
    let mut buffer = [0; path::MAX];
    let len = path
        .copy_to(&mut buffer[..path::MAX - 1])
        .ok_or(io::Errno::NAMETOOLONG)?
        .len();
    let path = CStr::from_bytes_until_nul(&buffer).ok();
    let path = path.filter(|path| path.count_bytes() == len);
    let path = path.ok_or(io::Errno::INVAL)?;
    openat(
        CWD,
        path,
        flags | OFlags::CLOEXEC | OFlags::NOCTTY,
        Mode::from_raw_mode(0o666),
    )
}

fn stream_kind(is_input: bool) -> Kind {
    if is_input { Kind::Input } else { Kind::Output }
}

/// Opens what stands in for a standard stream: a file, or `&N` for an inherited descriptor.
fn open_stream(file: Text<'static>, is_input: bool) -> io::Result<Descriptor> {
    let mut bytes = file.bytes();
    let fd = if bytes.next() == Some(b'&') {
        let number = bytes.try_fold(0u32, |number, byte| {
            let digit = char::from(byte).to_digit(10)?;
            number.checked_mul(10)?.checked_add(digit)
        });
        let number = number.and_then(|number| RawFd::try_from(number).ok());
        let number = number.ok_or(io::Errno::INVAL)?;
        // SAFETY: the descriptor is only borrowed for this call, which fails if it is not open.
        fcntl_dupfd_cloexec(unsafe { BorrowedFd::borrow_raw(number) }, 3)?
    } else {
        let flags = if is_input {
            OFlags::RDONLY
        } else {
            OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC
        };
        open_host(file, flags)?
    };
    Descriptor::owned(fd, stream_kind(is_input), false)
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

/// Connections that may queue up to be accepted. The kernel's own limit is lower by default, or the
/// same (net.core.somaxconn).
const BACKLOG: i32 = 4096;

/// Opens a socket that listens.
fn open_socket(address: SocketAddr, waits: bool) -> io::Result<Descriptor> {
    let family = match address {
        SocketAddr::V4(_) => net::AddressFamily::INET,
        SocketAddr::V6(_) => net::AddressFamily::INET6,
    };
    let socket = net::socket_with(family, SocketType::STREAM, socket_flags(waits), None)?;
    net::sockopt::set_socket_reuseaddr(&socket, true)?;
    net::bind(&socket, &address)?;
    net::listen(&socket, BACKLOG)?;
    Descriptor::owned_socket(socket, waits)
}

/// Takes over a socket that was handed to the process. Setting O_NONBLOCK shows in every process that
/// shares it, which cannot be helped: without, accept(2) blocks where another process was faster. It
/// is set only if it is not set yet and the socket is not to wait.
fn handed_socket(number: RawFd, waits: bool) -> io::Result<Descriptor> {
    // SAFETY: whoever started the program gave this descriptor to us; if it is not open or no
    // socket, the first call says so.
    let socket = unsafe { OwnedFd::from_raw_fd(number) };
    let descriptor = Descriptor::owned_socket(socket, waits)?;
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
