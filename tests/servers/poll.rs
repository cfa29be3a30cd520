//! A server that waits for all its connections at once, as `mio` does: by `poll_oneoff`.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsRawFd, FromRawFd};

#[repr(C)]
#[derive(Clone, Copy)]
struct Subscription {
    userdata: u64,
    tag: u64,
    fd: u64,
    unused: [u64; 3],
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Event {
    userdata: u64,
    error: u16,
    kind: u8,
    nbytes: u64,
    flags: u64,
}

#[link(wasm_import_module = "wasi_snapshot_preview1")]
extern "C" {
    fn poll_oneoff(
        subscriptions: *const Subscription,
        events: *mut Event,
        count: usize,
        happened: *mut usize,
    ) -> u16;
}

/// Waits until something can be read from one of these.
fn wait(fds: &[i32]) {
    let subscription = |fd: &i32| Subscription {
        userdata: 0,
        tag: 1,
        fd: *fd as u64,
        unused: [0; 3],
    };
    let subscriptions: Vec<_> = fds.iter().map(subscription).collect();
    let mut events = vec![Event::default(); fds.len()];
    let mut happened = 0;
    // SAFETY: both arrays have as many elements.
    let error = unsafe {
        let (subscriptions, events) = (subscriptions.as_ptr(), events.as_mut_ptr());
        poll_oneoff(subscriptions, events, fds.len(), &mut happened)
    };
    assert!(error == 0 && happened > 0);
}

fn main() -> std::io::Result<()> {
    // SAFETY: the descriptor is the program's from its start.
    let listener = unsafe { TcpListener::from_raw_fd(3) };
    let mut connections: Vec<(TcpStream, Vec<u8>)> = Vec::new();
    loop {
        let mut fds = vec![listener.as_raw_fd()];
        fds.extend(connections.iter().map(|(stream, _)| stream.as_raw_fd()));
        wait(&fds);
        match listener.accept() {
            Ok((connection, _)) => connections.push((connection, Vec::new())),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        connections.retain_mut(|(connection, request)| {
            let mut bytes = [0; 512];
            match connection.read(&mut bytes) {
                Ok(0) => return false,
                Ok(len) => request.extend_from_slice(&bytes[..len]),
                Err(error) => return error.kind() == ErrorKind::WouldBlock,
            }
            if !request.ends_with(b"\r\n\r\n") {
                return true;
            }
            let text = String::from_utf8_lossy(request);
            let path = text.split(' ').nth(1).unwrap_or_default();
            write!(connection, "HTTP/1.0 200 OK\r\n\r\npath {path}\n").is_err()
        });
    }
}
