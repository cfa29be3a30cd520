//! `poll_oneoff`: waiting for clocks and descriptors.

use super::clock::nanoseconds;
use super::io::available;
use crate::fd::{Backing, Descriptor};
use crate::guest::Memory;
use crate::host::Host;
use crate::scratch::Scratch;
use crate::sys::errno::Errno;
use crate::transfer::{POLLIN, POLLOUT, PollFd, poll as wait};
use rustix::fd::{AsRawFd, RawFd};
use rustix::time::{ClockId, clock_gettime};

/// The offsets of those fields of a `subscription` that the snapshots put in different places.
pub(super) struct Layout {
    /// Its length in bytes.
    pub len: u32,
    /// Offset of a clock's id.
    pub clock_id: usize,
    /// Offset of a clock's time.
    pub timeout: usize,
    /// Offset of a clock's flags.
    pub clock_flags: usize,
}

const SUBSCRIPTION: Layout = Layout {
    len: 48,
    clock_id: 16,
    timeout: 24,
    clock_flags: 40,
};

/// Longest `subscription` of any snapshot.
const MAX_LEN: usize = 56;
/// Bytes of an `event`.
const EVENT_LEN: u32 = 32;

/// `poll_oneoff`.
#[inline]
pub fn poll_oneoff(
    host: &Host,
    memory: Memory,
    subscriptions: u32,
    events: u32,
    count: u32,
    result: u32,
) -> Result<(), Errno> {
    poll(
        host,
        memory,
        &SUBSCRIPTION,
        subscriptions,
        events,
        count,
        result,
    )
}

/// An event that is waited for.
#[derive(Clone, Copy)]
enum Awaited<'a> {
    /// Until a clock, by its place in [`Now`], has reached a time.
    Clock { clock: usize, deadline: u64 },
    /// That reading a descriptor would not block.
    Read(&'a Descriptor),
    /// That writing to it would not block.
    Write(&'a Descriptor),
}

/// One `subscription`.
struct Subscription<'a> {
    userdata: [u8; 8],
    awaited: Awaited<'a>,
}

/// The times of the real-time and of the monotonic clock, in nanoseconds.
type Now = [u64; 2];

#[inline]
fn now() -> Now {
    [ClockId::Realtime, ClockId::Monotonic].map(|clock| nanoseconds(clock_gettime(clock)))
}

const POLLERR: i16 = 0x8;
const POLLHUP: i16 = 0x10;
const POLLNVAL: i16 = 0x20;

/// The subscriptions of a call, read afresh whenever they are needed: there is no allocator to keep
/// them in, and there may be any number.
struct Subscriptions<'a> {
    host: &'a Host,
    memory: Memory,
    layout: &'a Layout,
    array: u32,
    count: u32,
    started: Now,
}

impl<'a> Subscriptions<'a> {
    #[inline]
    fn iter(&self) -> impl Iterator<Item = Result<Subscription<'a>, Errno>> {
        (0..self.count).map(|index| self.get(index))
    }

    #[inline]
    fn get(&self, index: u32) -> Result<Subscription<'a>, Errno> {
        let span = self
            .memory
            .span(self.array + index * self.layout.len, self.layout.len)?;
        let mut bytes = [0; MAX_LEN];
        span.copy_to(&mut bytes);
        let field = |at: usize| u64::from_le_bytes(*bytes[at..].first_chunk().unwrap_or(&[0; 8]));
        let descriptor = |field| self.host.fds.get(field as u32);
        let awaited = match bytes[8] {
            0 => self.clock(
                field(self.layout.clock_id) as u32,
                field(self.layout.timeout),
                field(self.layout.clock_flags) as u16,
            )?,
            1 => Awaited::Read(descriptor(field(16))?),
            2 => Awaited::Write(descriptor(field(16))?),
            _ => return Err(Errno::INVAL),
        };
        Ok(Subscription {
            userdata: field(0).to_le_bytes(),
            awaited,
        })
    }

    #[inline]
    fn clock(&self, id: u32, timeout: u64, flags: u16) -> Result<Awaited<'a>, Errno> {
        let clock = id as usize;
        let started = *self.started.get(clock).ok_or(Errno::INVAL)?;
        let deadline = match flags {
            0 => started.saturating_add(timeout),
            1 => timeout,
            _ => return Err(Errno::INVAL),
        };
        Ok(Awaited::Clock { clock, deadline })
    }
}

/// Waits until at least one of the subscriptions has come about, and writes an event for each that
/// has, in their order.
#[inline]
pub(super) fn poll(
    host: &Host,
    memory: Memory,
    layout: &Layout,
    subscriptions: u32,
    events: u32,
    count: u32,
    result: u32,
) -> Result<(), Errno> {
    if count == 0 {
        return Err(Errno::INVAL);
    }
    let len = |each: u32| count.checked_mul(each).ok_or(Errno::FAULT);
    memory.span(subscriptions, len(layout.len)?)?;
    memory.span(events, len(EVENT_LEN)?)?;
    memory.span(result, 4)?;
    let subscriptions = Subscriptions {
        host,
        memory,
        layout,
        array: subscriptions,
        count,
        started: now(),
    };
    let mut fds = Watched::new(&subscriptions)?;
    loop {
        wait(fds.all(), next_deadline(&subscriptions)?)?;
        let written = write_events(&subscriptions, &fds, events)?;
        if written > 0 {
            return memory.write_u32(result, written);
        }
    }
}

/// The host's descriptors that a call waits for, each once: ppoll(2) takes no more than a process may
/// have open (RLIMIT_NOFILE), and a guest may subscribe to any number of clocks, and to a descriptor
/// any number of times.
struct Watched {
    fds: Scratch<PollFd, 16>,
    len: usize,
}

impl Watched {
    #[inline]
    fn new(subscriptions: &Subscriptions) -> Result<Self, Errno> {
        let most = subscriptions
            .host
            .fds
            .len()
            .min(subscriptions.count as usize);
        let mut watched = Watched {
            fds: Scratch::new(most, PollFd::NONE)?,
            len: 0,
        };
        for subscription in subscriptions.iter() {
            let (descriptor, backing, events) = match subscription?.awaited {
                Awaited::Clock { .. } => continue,
                Awaited::Read(descriptor) => (descriptor, descriptor.readable()?, POLLIN),
                Awaited::Write(descriptor) => (descriptor, descriptor.writable()?, POLLOUT),
            };
            if let Backing::Host(fd) = backing {
                watched.add(descriptor, fd.as_raw_fd(), events);
            }
        }
        Ok(watched)
    }

    #[inline]
    fn add(&mut self, descriptor: &Descriptor, fd: RawFd, events: i16) {
        if let Some(index) = self.index(descriptor) {
            self.fds[index].watch(events);
        } else {
            descriptor.poll_index.set(self.len);
            self.fds[self.len] = PollFd::new(fd, events);
            self.len += 1;
        }
    }

    /// Finds a descriptor in the list. It notes its index itself. A note from an earlier call is found
    /// out, since there another descriptor of the host is in the list, or none: no two of the guest's
    /// stand for the same.
    #[inline]
    fn index(&self, descriptor: &Descriptor) -> Option<usize> {
        let Backing::Host(fd) = descriptor.backing() else {
            return None;
        };
        let index = descriptor.poll_index.get();
        let watched = self.fds[..self.len].get(index)?;
        (watched.fd() == fd.as_raw_fd()).then_some(index)
    }

    #[inline]
    fn all(&mut self) -> &mut [PollFd] {
        &mut self.fds[..self.len]
    }

    /// Returns what has come about of `events`, and what nobody need wait for.
    #[inline]
    fn returned(&self, descriptor: &Descriptor, events: i16) -> i16 {
        let returned = self
            .index(descriptor)
            .map_or(0, |index| self.fds[index].returned);
        returned & (events | POLLERR | POLLHUP | POLLNVAL)
    }
}

/// Nanoseconds until the first clock comes to its time, if there are clocks; none where an embedded
/// file is waited for, since it is always ready.
#[inline]
fn next_deadline(subscriptions: &Subscriptions) -> Result<Option<u64>, Errno> {
    let now = now();
    let mut first: Option<u64> = None;
    for subscription in subscriptions.iter() {
        let left = match subscription?.awaited {
            Awaited::Clock { clock, deadline } => deadline.saturating_sub(now[clock]),
            Awaited::Read(descriptor) | Awaited::Write(descriptor) if descriptor.is_embedded() => 0,
            _ => continue,
        };
        first = Some(first.map_or(left, |first| first.min(left)));
    }
    Ok(first)
}

#[inline]
fn write_events(subscriptions: &Subscriptions, fds: &Watched, events: u32) -> Result<u32, Errno> {
    let now = now();
    let mut written = 0;
    for subscription in subscriptions.iter() {
        let subscription = subscription?;
        let ready = |descriptor: &Descriptor, events| match fds.returned(descriptor, events) {
            0 if !descriptor.is_embedded() => None,
            returned => Some(returned),
        };
        let event = match subscription.awaited {
            Awaited::Clock { clock, deadline } => (now[clock] >= deadline).then_some(Event::CLOCK),
            Awaited::Read(descriptor) => {
                ready(descriptor, POLLIN).map(|returned| Event::read(descriptor, returned))
            }
            Awaited::Write(descriptor) => ready(descriptor, POLLOUT).map(Event::write),
        };
        let Some(event) = event else { continue };
        let at = events + written * EVENT_LEN;
        subscriptions
            .memory
            .write(at, &event.layout(subscription.userdata))?;
        written += 1;
    }
    Ok(written)
}

/// One `event`.
struct Event {
    error: u16,
    event_type: u8,
    nbytes: u64,
    is_hung_up: bool,
}

impl Event {
    const CLOCK: Event = Event {
        error: 0,
        event_type: 0,
        nbytes: 0,
        is_hung_up: false,
    };

    #[inline]
    fn read(descriptor: &Descriptor, returned: i16) -> Self {
        let event = Self::of(1, returned);
        match available(descriptor) {
            // What can be read although nothing is there is the end.
            Ok(nbytes) => Event {
                nbytes,
                is_hung_up: nbytes == 0,
                ..event
            },
            // Only a socket that listens and some devices do not tell.
            Err(_) => event,
        }
    }

    #[inline]
    fn write(returned: i16) -> Self {
        Self::of(2, returned)
    }

    #[inline]
    fn of(event_type: u8, returned: i16) -> Self {
        let result = if returned & POLLNVAL != 0 {
            Err(Errno::BADF)
        } else {
            Ok(())
        };
        Event {
            error: Errno::code(result) as u16,
            event_type,
            // Nobody knows how much could be written, but it is not nothing.
            nbytes: 1,
            is_hung_up: returned & (POLLHUP | POLLERR) != 0,
        }
    }

    /// As it lies in memory, in either snapshot.
    #[inline]
    fn layout(&self, userdata: [u8; 8]) -> [u8; EVENT_LEN as usize] {
        let mut bytes = [0; EVENT_LEN as usize];
        bytes[..8].copy_from_slice(&userdata);
        bytes[8..10].copy_from_slice(&self.error.to_le_bytes());
        bytes[10] = self.event_type;
        bytes[16..24].copy_from_slice(&self.nbytes.to_le_bytes());
        bytes[24] = u8::from(self.is_hung_up);
        bytes
    }
}
