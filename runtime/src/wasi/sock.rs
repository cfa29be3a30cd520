//! Sockets: those that were handed in, and those accepted from them.
//!
//! A socket waits, or not ([`Kind::Socket`]). One that does not has O_NONBLOCK on the host, too. One
//! that does may have it, since the host's flag is shared with other processes where the socket was
//! inherited: so what would block is attempted, and attempted again when it is ready.

use crate::fd::{Descriptor, socket_flags};
use crate::guest::{Batch, Iovec, Memory};
use crate::host::Host;
use crate::sys::errno::Errno;
use crate::sys::types::{FdFlags, ReceiveFlags, ShutdownFlags};
use crate::transfer::{Direction, POLLIN, PollFd, Until, message, poll, waiting};
use rustix::fd::{AsRawFd, BorrowedFd, OwnedFd};
use rustix::net::{self, SocketFlags, SocketType};

const MSG_PEEK: u32 = 0x2;
const MSG_TRUNC: u32 = 0x20;
const MSG_WAITALL: u32 = 0x100;
const MSG_NOSIGNAL: u32 = 0x4000;

/// `roflags`: the message was longer than the buffers.
const RECV_DATA_TRUNCATED: u16 = 1;

/// `sock_accept`. What is accepted waits as the listening socket does, unless it is asked not to.
#[inline]
pub fn sock_accept(
    host: &mut Host,
    memory: Memory,
    fd: u32,
    flags: u32,
    result: u32,
) -> Result<(), Errno> {
    let flags = FdFlags::new(flags)?;
    memory.span(result, 4)?;
    host.fds.check_room()?;
    let listener = host.fds.get(fd)?;
    let waits = listener.waits() && !flags.has(FdFlags::NONBLOCK);
    let socket = accept(listener.socket()?, socket_flags(waits), listener.waits())?;
    let accepted = host.fds.insert(Descriptor::owned_socket(socket, waits)?)?;
    memory.write_u32(result, accepted)
}

#[inline]
fn accept(
    listener: BorrowedFd<'_>,
    flags: SocketFlags,
    waits: bool,
) -> rustix::io::Result<OwnedFd> {
    loop {
        match rustix::io::retry_on_intr(|| net::accept_with(listener, flags)) {
            Err(rustix::io::Errno::AGAIN) if waits => {
                poll(&mut [PollFd::new(listener.as_raw_fd(), POLLIN)], None)?;
            }
            result => return result,
        }
    }
}

/// `sock_recv`.
#[inline]
pub fn sock_recv(
    host: &Host,
    memory: Memory,
    fd: u32,
    buffers: u32,
    count: u32,
    flags: u32,
    len: u32,
    out_flags: u32,
) -> Result<(), Errno> {
    let flags = ReceiveFlags::new(flags)?;
    let descriptor = host.fds.get(fd)?;
    let socket = descriptor.socket()?;
    let mut linux = 0;
    if flags.has(ReceiveFlags::PEEK) {
        linux |= MSG_PEEK;
    }
    if flags.has(ReceiveFlags::WAITALL) {
        linux |= MSG_WAITALL;
    }
    memory.span(len, 4)?;
    memory.span(out_flags, 2)?;
    let mut batch: Batch = [Iovec::EMPTY; _];
    let filled = memory.buffers(buffers, count)?.fill(&mut batch)?;
    let batch = &mut batch[..filled];
    let mut told = 0;
    let mut receive = |batch: &[Iovec]| {
        let (received, flags) = message(Direction::Read, socket, batch, linux)?;
        told |= flags;
        Ok(received)
    };
    let received = if descriptor.waits() {
        // The kernel fills all buffers itself where the host's descriptor waits.
        let is_stream = net::sockopt::socket_type(socket)? == SocketType::STREAM;
        let until = match linux & (MSG_WAITALL | MSG_PEEK) {
            MSG_WAITALL if is_stream => Until::All,
            _ => Until::Some,
        };
        waiting(Direction::Read, socket, batch, until, receive)?
    } else {
        receive(batch)?
    };
    let truncated = if told & MSG_TRUNC != 0 {
        RECV_DATA_TRUNCATED
    } else {
        0
    };
    memory.write_u32(len, received as u32)?;
    memory.write(out_flags, &truncated.to_le_bytes())
}

/// `sock_send`. No flags are defined.
#[inline]
pub fn sock_send(
    host: &Host,
    memory: Memory,
    fd: u32,
    buffers: u32,
    count: u32,
    flags: u32,
    len: u32,
) -> Result<(), Errno> {
    if flags != 0 {
        return Err(Errno::INVAL);
    }
    let descriptor = host.fds.get(fd)?;
    let socket = descriptor.socket()?;
    memory.span(len, 4)?;
    let mut batch: Batch = [Iovec::EMPTY; _];
    let filled = memory.buffers(buffers, count)?.fill(&mut batch)?;
    let batch = &mut batch[..filled];
    let send = |batch: &[Iovec]| {
        message(Direction::Write, socket, batch, MSG_NOSIGNAL).map(|(sent, _)| sent)
    };
    let sent = if descriptor.waits() {
        waiting(Direction::Write, socket, batch, Until::All, send)?
    } else {
        send(batch)?
    };
    memory.write_u32(len, sent as u32)
}

/// `sock_shutdown`.
#[inline]
pub fn sock_shutdown(host: &Host, _: Memory, fd: u32, how: u32) -> Result<(), Errno> {
    let how = ShutdownFlags::new(how)?;
    let socket = host.fds.get(fd)?.socket()?;
    let how = match (how.has(ShutdownFlags::RD), how.has(ShutdownFlags::WR)) {
        (true, true) => net::Shutdown::Both,
        (true, false) => net::Shutdown::Read,
        (false, true) => net::Shutdown::Write,
        (false, false) => return Err(Errno::INVAL),
    };
    Ok(net::shutdown(socket, how)?)
}

#[cfg(test)]
mod tests {
    use super::super::{fd, io};
    use super::*;
    use crate::path::Method;
    use crate::testing::{Guest, RESULT};
    use rustix::net::{AddressFamily, socketpair};
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;
    use std::thread;
    use std::time::Duration;

    /// A guest with one end of a connection as descriptor 4, and the other end. The host's descriptor
    /// has O_NONBLOCK either way.
    fn connected(waits: bool) -> (Guest, UnixStream) {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let ends = socketpair(AddressFamily::UNIX, SocketType::STREAM, flags, None);
        let (ours, theirs) = ends.expect("two sockets");
        net::sockopt::set_socket_send_buffer_size(&ours, 4096).expect("a smaller buffer");
        let mut guest = Guest::new(Method::Automatic);
        let socket = Descriptor::owned_socket(ours, waits).expect("a descriptor");
        assert_eq!(guest.host.fds.insert(socket), Ok(4));
        let theirs = UnixStream::from(theirs);
        theirs.set_nonblocking(false).expect("a flag");
        // 2 buffers, of 10 bytes and of 40,000, and the first alone.
        let buffers = [1000u32, 10, 2000, 40_000].map(u32::to_le_bytes);
        guest.put(100, buffers.as_flattened());
        (guest, theirs)
    }

    fn later(mut theirs: UnixStream, parts: &'static [&[u8]]) -> thread::JoinHandle<UnixStream> {
        thread::spawn(move || {
            for part in parts {
                thread::sleep(Duration::from_millis(30));
                theirs.write_all(part).expect("writing");
            }
            theirs
        })
    }

    fn receive(guest: &mut Guest, count: u32, flags: u32) -> Result<u32, Errno> {
        let memory = guest.memory();
        sock_recv(
            &guest.host,
            memory,
            4,
            100,
            count,
            flags,
            RESULT,
            RESULT + 8,
        )?;
        Ok(guest.result())
    }

    #[test]
    fn what_waits_receives_what_comes() {
        let (mut guest, theirs) = connected(true);
        let theirs = later(theirs, &[b"abc"]).join().expect("written");
        assert_eq!(receive(&mut guest, 1, 0), Ok(3));
        let writer = later(theirs, &[b"de", b"fgh", b"ijk"]);
        assert_eq!(receive(&mut guest, 1, 0), Ok(2));
        let memory = guest.memory();
        assert_eq!(io::fd_read(&guest.host, memory, 4, 100, 1, RESULT), Ok(()));
        assert_eq!(guest.result(), 3);
        assert_eq!(guest.bytes(1000, 3), b"fgh");
        let theirs = writer.join().expect("written");

        // Until the buffer of ten is full, or the connection ends.
        let writer = later(theirs, &[b"123", b"45678"]);
        assert_eq!(receive(&mut guest, 1, ReceiveFlags::WAITALL.bits()), Ok(10));
        assert_eq!(guest.bytes(1000, 10), b"ijk1234567");
        drop(writer.join());
        assert_eq!(receive(&mut guest, 1, ReceiveFlags::WAITALL.bits()), Ok(1));
        assert_eq!(receive(&mut guest, 1, 0), Ok(0));
    }

    #[test]
    fn what_waits_sends_everything() {
        for by_write in [false, true] {
            let (mut guest, mut theirs) = connected(true);
            let text: Vec<u8> = (0..40_000u32).map(|index| index as u8).collect();
            guest.put(1000, b"0123456789");
            guest.put(2000, &text);
            let reader = thread::spawn(move || {
                let mut got = Vec::new();
                theirs.read_to_end(&mut got).expect("reading");
                got
            });
            let memory = guest.memory();
            let sent = match by_write {
                true => io::fd_write(&guest.host, memory, 4, 100, 2, RESULT),
                false => sock_send(&guest.host, memory, 4, 100, 2, 0, RESULT),
            };
            assert_eq!((sent, guest.result()), (Ok(()), 40_010));
            drop(guest);
            let got = reader.join().expect("read");
            assert_eq!(got, [b"0123456789", &text[..]].concat());
        }
    }

    #[test]
    fn what_does_not_wait_says_so() {
        let (mut guest, _theirs) = connected(false);
        assert_eq!(receive(&mut guest, 1, 0), Err(Errno::AGAIN));
        let memory = guest.memory();
        let read = io::fd_read(&guest.host, memory, 4, 100, 1, RESULT);
        assert_eq!(read, Err(Errno::AGAIN));
        assert_eq!(sock_send(&guest.host, memory, 4, 100, 2, 0, RESULT), Ok(()));
        assert!(guest.result() < 40_010);
        let flags = |guest: &mut Guest| {
            let memory = guest.memory();
            fd::fd_fdstat_get(&guest.host, memory, 4, RESULT).expect("a descriptor");
            u32::from(guest.bytes(RESULT, 4)[2])
        };
        let nonblock = FdFlags::NONBLOCK.bits();
        assert_eq!(flags(&mut guest), nonblock);
        assert_eq!(
            fd::fd_fdstat_set_flags(&mut guest.host, memory, 4, 0),
            Ok(())
        );
        assert_eq!(flags(&mut guest), 0);
        assert!(guest.host.fds.get(4).expect("there").waits());
        let set = fd::fd_fdstat_set_flags(&mut guest.host, memory, 4, nonblock);
        assert_eq!((set, flags(&mut guest)), (Ok(()), nonblock));
        assert_eq!(receive(&mut guest, 1, 0), Err(Errno::AGAIN));
    }
}
