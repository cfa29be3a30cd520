//! A server by the standard library, which has nothing but calls that wait.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::fd::FromRawFd;

fn main() -> std::io::Result<()> {
    // SAFETY: the descriptor is the program's from its start.
    let listener = unsafe { TcpListener::from_raw_fd(3) };
    loop {
        let (mut connection, _) = listener.accept()?;
        let mut lines = BufReader::new(&connection).lines();
        let Some(request) = lines.next().transpose()? else {
            continue;
        };
        while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
        let path = request.split(' ').nth(1).unwrap_or_default();
        write!(connection, "HTTP/1.0 200 OK\r\n\r\npath {path}\n")?;
    }
}
