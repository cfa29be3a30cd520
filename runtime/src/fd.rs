//! The guest's descriptors: what each number stands for, and the table of them.

use crate::embed::{Open, Place};
use crate::given_text::Text;
use crate::growable::Growable;
use crate::sys::errno::Errno;
use crate::sys::listing::Listing;
use crate::sys::types::FileType;
use core::cell::Cell;
use rustix::fd::{AsRawFd, BorrowedFd, OwnedFd};
use rustix::io::{self, fcntl_dupfd_cloexec};
use rustix::net::{self, SocketFlags, SocketType};

/// A guest's descriptor.
#[derive(Debug)]
pub struct Descriptor {
    handle: Handle,
    /// The rights on it.
    pub kind: Kind,
    /// Nothing may be changed through it.
    pub is_read_only: bool,
    /// Its index in the list of `poll_oneoff`, as long as a call of that lasts.
    pub poll_index: Cell<usize>,
}

/// The object behind it.
#[derive(Debug)]
enum Handle {
    Owned(OwnedFd),
    /// One of the process's own standard streams, which stays open for last words.
    Inherited(BorrowedFd<'static>),
    /// A file or directory of an embedded tree.
    Embedded(Open),
}

/// The object that a function on a descriptor acts on.
#[derive(Clone, Copy, Debug)]
pub enum Backing<'a> {
    /// A descriptor of the host.
    Host(BorrowedFd<'a>),
    /// A file or directory of an embedded tree.
    Embedded(&'a Open),
}

/// Borrows a descriptor; unlike `as_fd`, it does not ask if there is one.
#[inline(always)]
fn borrow(fd: &OwnedFd) -> BorrowedFd<'_> {
    let number = fd.as_raw_fd();
    // SAFETY: it is open, and the kernel gives no open descriptor the number -1.
    unsafe {
        core::hint::assert_unchecked(number != -1);
        BorrowedFd::borrow_raw(number)
    }
}

impl<'a> Backing<'a> {
    /// The host's descriptor; an embedded tree refuses, since what is to be done changes something.
    #[inline(always)]
    pub fn changed_on_host(
        self,
        refuse: impl FnOnce(Place) -> Errno,
    ) -> Result<BorrowedFd<'a>, Errno> {
        match self {
            Backing::Host(fd) => Ok(fd),
            Backing::Embedded(open) => Err(refuse(open.place)),
        }
    }
}

/// The kinds of descriptor.
#[derive(Debug)]
pub enum Kind {
    /// Standard input: a stream to read.
    Input,
    /// Standard output or error: a stream to write.
    Output,
    /// Anything opened by path but a directory.
    File(FileType),
    /// A directory.
    Directory {
        /// The name the guest was given it by, if it was given.
        preopen: Option<Text<'static>>,
        /// Its position in a listing, for `fd_readdir`.
        listing: Listing,
    },
    /// A socket.
    Socket {
        /// Its type.
        file_type: FileType,
        /// Calls that would block wait, whether or not the host's descriptor has O_NONBLOCK. The
        /// guest sees this alone.
        waits: bool,
    },
}

/// The flags for a new socket whose descriptor waits, or not.
#[inline]
pub fn socket_flags(waits: bool) -> SocketFlags {
    let mut flags = SocketFlags::CLOEXEC;
    flags.set(SocketFlags::NONBLOCK, !waits);
    flags
}

/// Gives a host's descriptor a number from 3 up. Lower ones come up where the process was started without
/// standard streams, and would be taken for those.
#[cold]
#[inline(never)]
fn above_streams(fd: OwnedFd) -> io::Result<OwnedFd> {
    fcntl_dupfd_cloexec(&fd, 3)
}

impl Descriptor {
    /// Takes over a host's descriptor.
    #[inline]
    pub fn owned(fd: OwnedFd, kind: Kind, is_read_only: bool) -> io::Result<Self> {
        let fd = if fd.as_raw_fd() < 3 {
            above_streams(fd)?
        } else {
            fd
        };
        Ok(Descriptor {
            handle: Handle::Owned(fd),
            kind,
            is_read_only,
            poll_index: Cell::new(0),
        })
    }

    /// Takes over a host's socket, which has O_NONBLOCK unless the descriptor waits.
    #[inline]
    pub fn owned_socket(socket: OwnedFd, waits: bool) -> io::Result<Self> {
        let file_type = match net::sockopt::socket_type(&socket)? {
            SocketType::DGRAM => FileType::SocketDgram,
            _ => FileType::SocketStream,
        };
        Self::owned(socket, Kind::Socket { file_type, waits }, false)
    }

    /// Lends one of the process's standard streams.
    #[inline]
    pub fn inherited(fd: BorrowedFd<'static>, kind: Kind) -> Self {
        Descriptor {
            handle: Handle::Inherited(fd),
            kind,
            is_read_only: false,
            poll_index: Cell::new(0),
        }
    }

    /// Opens a file or directory of an embedded tree, known by a name if it is given to the guest.
    #[inline]
    pub fn embedded(open: Open, preopen: Option<Text<'static>>) -> Result<Self, Errno> {
        let kind = match open.place.file_type()? {
            FileType::Directory => Kind::Directory {
                preopen,
                listing: Listing::default(),
            },
            other => Kind::File(other),
        };
        Ok(Descriptor {
            handle: Handle::Embedded(open),
            kind,
            is_read_only: false,
            poll_index: Cell::new(0),
        })
    }

    /// Returns the object behind it, of any kind.
    #[inline(always)]
    pub fn backing(&self) -> Backing<'_> {
        match &self.handle {
            Handle::Owned(fd) => Backing::Host(borrow(fd)),
            Handle::Inherited(fd) => Backing::Host(*fd),
            Handle::Embedded(open) => Backing::Embedded(open),
        }
    }

    /// Tells if it is of an embedded tree.
    #[inline]
    pub fn is_embedded(&self) -> bool {
        matches!(self.handle, Handle::Embedded(_))
    }

    /// Returns the object behind it if bytes can be read from it. That it was opened for
    /// that, the kernel checks.
    #[inline(always)]
    pub fn readable(&self) -> Result<Backing<'_>, Errno> {
        match self.kind {
            Kind::Output | Kind::Directory { .. } => Err(Errno::BADF),
            _ => Ok(self.backing()),
        }
    }

    /// Returns the object behind it if bytes can be written to it.
    #[inline(always)]
    pub fn writable(&self) -> Result<Backing<'_>, Errno> {
        match self.kind {
            Kind::Input | Kind::Directory { .. } => Err(Errno::BADF),
            _ => Ok(self.backing()),
        }
    }

    /// Returns the object behind it if it has a position.
    #[inline]
    pub fn seekable(&self) -> Result<Backing<'_>, Errno> {
        match self.kind {
            Kind::Input | Kind::Output | Kind::Socket { .. } => Err(Errno::SPIPE),
            Kind::Directory { .. } => Err(Errno::BADF),
            Kind::File(_) => Ok(self.backing()),
        }
    }

    /// Returns the object behind a file.
    #[inline]
    pub fn file(&self) -> Result<Backing<'_>, Errno> {
        match self.kind {
            Kind::File(_) => Ok(self.backing()),
            _ => Err(Errno::BADF),
        }
    }

    /// The host's descriptor of a socket.
    #[inline]
    pub fn socket(&self) -> Result<BorrowedFd<'_>, Errno> {
        match (&self.kind, self.backing()) {
            (Kind::Socket { .. }, Backing::Host(fd)) => Ok(fd),
            _ => Err(Errno::NOTSOCK),
        }
    }

    /// Tells if it is a socket whose calls wait.
    #[inline(always)]
    pub fn waits(&self) -> bool {
        matches!(self.kind, Kind::Socket { waits: true, .. })
    }

    /// Returns the object behind a directory.
    #[inline]
    pub fn directory(&self) -> Result<Backing<'_>, Errno> {
        match self.kind {
            Kind::Directory { .. } => Ok(self.backing()),
            _ => Err(Errno::BADF),
        }
    }

    /// Returns the object behind a directory in which things may be changed, as far as it is the host's to
    /// say.
    #[inline]
    pub fn changeable_directory(&self) -> Result<Backing<'_>, Errno> {
        let directory = self.directory()?;
        self.check_changeable()?;
        Ok(directory)
    }

    /// Refuses a change to what may not be changed.
    #[inline]
    pub fn check_changeable(&self) -> Result<(), Errno> {
        if self.is_read_only {
            Err(Errno::PERM)
        } else {
            Ok(())
        }
    }
}

/// Descriptors that need no mapping.
const INLINE: usize = 12;

/// The guest's descriptors by number.
#[derive(Debug)]
pub struct Table {
    slots: Growable<Option<Descriptor>, INLINE>,
    /// No number below is free.
    lowest_free: usize,
    /// Numbers from here on are not given.
    limit: u64,
}

impl Table {
    /// No descriptors.
    #[inline]
    pub const fn new() -> Self {
        Table {
            slots: Growable::new(),
            lowest_free: 0,
            limit: u64::MAX,
        }
    }

    /// The numbers that descriptors can have are below this.
    #[inline]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Tells if it has none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Lets the guest have this many descriptors at most.
    #[inline]
    pub fn limit_to(&mut self, count: u64) {
        self.limit = count;
    }

    /// Refuses where no further descriptor may be had. What opens one asks first, as the kernel
    /// does, lest it leave traces and fail.
    #[inline]
    pub fn check_room(&mut self) -> Result<(), Errno> {
        while let Some(Some(_)) = self.slots.get(self.lowest_free) {
            self.lowest_free += 1;
        }
        if self.lowest_free as u64 >= self.limit {
            return Err(Errno::MFILE);
        }
        Ok(())
    }

    /// The descriptor with this number.
    #[inline(always)]
    pub fn get(&self, fd: u32) -> Result<&Descriptor, Errno> {
        match self.slots.get(fd as usize) {
            Some(Some(descriptor)) => Ok(descriptor),
            _ => Err(Errno::BADF),
        }
    }

    /// The descriptor with this number, to change.
    #[inline]
    pub fn get_mut(&mut self, fd: u32) -> Result<&mut Descriptor, Errno> {
        match self.slots.get_mut(fd as usize) {
            Some(Some(descriptor)) => Ok(descriptor),
            _ => Err(Errno::BADF),
        }
    }

    /// Gives a descriptor the lowest free number.
    #[inline]
    pub fn insert(&mut self, descriptor: Descriptor) -> Result<u32, Errno> {
        self.check_room()?;
        loop {
            match self.slots.get_mut(self.lowest_free) {
                None => self.slots.grow()?,
                Some(free) => {
                    *free = Some(descriptor);
                    self.lowest_free += 1;
                    return Ok(self.lowest_free as u32 - 1);
                }
            }
        }
    }

    /// Takes a descriptor out of the table; dropping it closes it.
    #[inline]
    pub fn remove(&mut self, fd: u32) -> Result<Descriptor, Errno> {
        let slot = self.slots.get_mut(fd as usize).ok_or(Errno::BADF)?;
        let descriptor = slot.take().ok_or(Errno::BADF)?;
        self.lowest_free = self.lowest_free.min(fd as usize);
        Ok(descriptor)
    }

    /// Gives the descriptor `from` the number `to`, closing what that was.
    #[inline]
    pub fn renumber(&mut self, from: u32, to: u32) -> Result<(), Errno> {
        self.get(from)?;
        self.get(to)?;
        if from != to {
            let descriptor = self.remove(from)?;
            *self.get_mut(to)? = descriptor;
        }
        Ok(())
    }
}

impl Default for Table {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream() -> Descriptor {
        // SAFETY: only borrowed, and not used.
        let stdin = unsafe { BorrowedFd::borrow_raw(0) };
        Descriptor::inherited(stdin, Kind::Input)
    }

    #[test]
    fn the_lowest_free_number_is_given() {
        let mut table = Table::new();
        for number in 0..300 {
            assert_eq!(table.insert(stream()), Ok(number));
        }
        for number in [200, 7, 30] {
            assert!(table.remove(number).is_ok());
            assert_eq!(table.get(number).err(), Some(Errno::BADF));
        }
        assert_eq!(
            [(); 4].map(|()| table.insert(stream())),
            [7, 30, 200, 300].map(Ok)
        );
        assert_eq!(table.remove(5000).err(), Some(Errno::BADF));
        assert_eq!(table.remove(u32::MAX).err(), Some(Errno::BADF));
    }

    #[test]
    fn no_more_are_had_than_allowed() {
        let mut table = Table::new();
        table.limit_to(20);
        for number in 0..20 {
            assert_eq!(table.insert(stream()), Ok(number));
        }
        assert_eq!(table.check_room(), Err(Errno::MFILE));
        assert_eq!(table.insert(stream()), Err(Errno::MFILE));
        assert_eq!(table.renumber(3, 12), Ok(()));
        assert_eq!(table.check_room(), Ok(()));
        assert_eq!(table.insert(stream()), Ok(3));
        assert_eq!(table.insert(stream()), Err(Errno::MFILE));
    }

    #[test]
    fn renumbering_frees_one_number_and_keeps_the_other() {
        let mut table = Table::new();
        for _ in 0..4 {
            assert!(table.insert(stream()).is_ok());
        }
        table.get_mut(1).expect("just inserted").is_read_only = true;
        assert_eq!(table.renumber(1, 3), Ok(()));
        assert_eq!(table.renumber(1, 3), Err(Errno::BADF));
        assert_eq!(table.renumber(3, 9), Err(Errno::BADF));
        assert_eq!(table.renumber(3, 3), Ok(()));
        assert!(table.get(3).expect("still there").is_read_only);
        assert_eq!(table.insert(stream()), Ok(1));
    }
}
