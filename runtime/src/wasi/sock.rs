//! Sockets: those that were handed in, and those accepted from them.

use super::errno::Errno;
use super::types::{FdFlags, FileType, ReceiveFlags, ShutdownFlags};
use crate::fd::{Descriptor, Kind};
use crate::guest::{Batch, Iovec, Memory};
use crate::host::Host;
use crate::transfer::{Direction, message};
use rustix::fd::OwnedFd;
use rustix::net::{self, SocketFlags, SocketType};

const MSG_PEEK: u32 = 0x2;
const MSG_TRUNC: u32 = 0x20;
const MSG_WAITALL: u32 = 0x100;
const MSG_NOSIGNAL: u32 = 0x4000;

/// `roflags`: the message was longer than the buffers.
const RECV_DATA_TRUNCATED: u16 = 1;

/// A descriptor for a socket of the host.
pub fn descriptor(socket: OwnedFd) -> rustix::io::Result<Descriptor> {
    let file_type = match net::sockopt::socket_type(&socket)? {
        SocketType::DGRAM => FileType::SocketDgram,
        _ => FileType::SocketStream,
    };
    Descriptor::owned(socket, Kind::Socket(file_type), false)
}

/// `sock_accept`.
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
    let listener = host.fds.get(fd)?.socket()?;
    let mut linux = SocketFlags::CLOEXEC;
    linux.set(SocketFlags::NONBLOCK, flags.has(FdFlags::NONBLOCK));
    let socket = rustix::io::retry_on_intr(|| net::accept_with(listener, linux))?;
    let accepted = host.fds.insert(descriptor(socket)?)?;
    memory.write_u32(result, accepted)
}

/// `sock_recv`.
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
    let socket = host.fds.get(fd)?.socket()?;
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
    let (received, linux) = message(Direction::Read, socket, &batch[..filled], linux)?;
    let truncated = if linux & MSG_TRUNC != 0 {
        RECV_DATA_TRUNCATED
    } else {
        0
    };
    memory.write_u32(len, received as u32)?;
    memory.write(out_flags, &truncated.to_le_bytes())
}

/// `sock_send`. No flags are defined.
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
    let socket = host.fds.get(fd)?.socket()?;
    memory.span(len, 4)?;
    let mut batch: Batch = [Iovec::EMPTY; _];
    let filled = memory.buffers(buffers, count)?.fill(&mut batch)?;
    let (sent, _) = message(Direction::Write, socket, &batch[..filled], MSG_NOSIGNAL)?;
    memory.write_u32(len, sent as u32)
}

/// `sock_shutdown`.
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
