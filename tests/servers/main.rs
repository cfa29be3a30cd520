//! Servers, given a socket that listens: a thousand requests to each, fifty at a time.

use anyhow::{Context, Result, ensure};
use kiln_tests::around::surround;
use kiln_tests::program::executable;
use kiln_tests::toolchain::Toolchain;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

const REQUESTS: usize = 1000;
const AT_A_TIME: usize = 50;
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that runs until it is dropped.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts the server that a source file in this folder makes. `mode` follows the address.
    fn start(toolchain: Toolchain, source: &str, mode: &str) -> Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = Command::new(program(toolchain, source)?);
        command.env("KILN_LISTEN", format!("{address}{mode}"));
        surround(&mut command);
        let child = command.spawn()?;
        let mut server = Server { child, address };
        let start = Instant::now();
        while TcpStream::connect(address).is_err() {
            ensure!(start.elapsed() < PATIENCE, "{source} does not listen");
            server.check()?;
            thread::sleep(Duration::from_millis(5));
        }
        Ok(server)
    }

    /// The same with a socket that it inherits.
    fn inheriting(toolchain: Toolchain, source: &str) -> Result<(Self, TcpListener)> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let mut shell = Command::new("sh");
        shell.args(["-c", "exec \"$0\" 3<&0"]);
        shell
            .arg(program(toolchain, source)?)
            .env("LISTEN_FDS", "1");
        surround(&mut shell);
        let child = shell.stdin(OwnedFd::from(listener.try_clone()?)).spawn()?;
        Ok((Server { child, address }, listener))
    }

    /// Demands that it still runs.
    fn check(&mut self) -> Result<()> {
        let ended = self.child.try_wait()?;
        ensure!(ended.is_none(), "the server has ended: {ended:?}");
        Ok(())
    }

    /// The answer to a request for `path`, without its head.
    fn get(&self, path: &str) -> Result<String> {
        let mut connection = TcpStream::connect(self.address)?;
        connection.set_read_timeout(Some(PATIENCE))?;
        // In two parts, so that the server finds the first one alone.
        write!(connection, "GET {path} HTTP/1.0\r\n")?;
        thread::yield_now();
        write!(connection, "\r\n")?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer).context("reading")?;
        let (_, body) = answer.split_once("\r\n\r\n").context("no head")?;
        Ok(body.to_owned())
    }

    fn answers_all(mut self) -> Result<()> {
        let client = |number: usize| -> Result<()> {
            for request in 0..REQUESTS / AT_A_TIME {
                let path = format!("/{number}/{request}");
                let answer = self.get(&path).with_context(|| path.clone())?;
                ensure!(answer == format!("path {path}\n"), "{path}: {answer:?}");
            }
            Ok(())
        };
        thread::scope(|scope| {
            let clients: Vec<_> = (0..AT_A_TIME)
                .map(|number| scope.spawn(move || client(number)))
                .collect();
            let mut results = clients.into_iter().map(|client| client.join().unwrap());
            results.try_for_each(|result| result)
        })?;
        self.check()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program(toolchain: Toolchain, source: &str) -> Result<std::path::PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("servers");
    executable(&toolchain.build(&folder.join(source))?)
}

#[test]
fn go_with_net_http() -> Result<()> {
    let server = Server::start(Toolchain::Go, "http.go", "")?;
    // Its other goroutines run while it waits for a connection.
    thread::sleep(Duration::from_millis(200));
    let ticks = server.get("/ticks")?;
    let count: Option<u32> = ticks
        .trim_end()
        .strip_prefix("ticks ")
        .and_then(|n| n.parse().ok());
    ensure!(count.is_some_and(|count| count > 2), "{ticks:?}");
    server.answers_all()
}

#[test]
fn go_with_an_inherited_socket() -> Result<()> {
    Server::inheriting(Toolchain::Go, "http.go")?
        .0
        .answers_all()
}

#[test]
fn rust_that_polls() -> Result<()> {
    Server::start(Toolchain::Rust, "poll.rs", "")?.answers_all()
}

#[test]
fn rust_that_waits() -> Result<()> {
    Server::start(Toolchain::Rust, "accept.rs", "")?.answers_all()
}

#[test]
fn c_that_polls() -> Result<()> {
    let server = Server::start(Toolchain::Clang, "poll.c", "")?;
    // Connections that say nothing hold up no other.
    let silent: Vec<_> = (0..20)
        .map(|_| TcpStream::connect(server.address))
        .collect();
    server.answers_all()?;
    drop(silent);
    Ok(())
}

#[test]
fn c_that_waits() -> Result<()> {
    Server::start(Toolchain::Clang, "accept.c", "")?.answers_all()
}

#[test]
fn what_waits_sends_everything() -> Result<()> {
    let server = Server::start(Toolchain::Clang, "accept.c", ",block")?;
    ensure!(server.get("/big")?.len() == 16 << 20);
    server.answers_all()
}

/// A socket that another process has made non-blocking makes no difference to a program that cannot
/// poll.
#[test]
fn c_that_waits_with_an_inherited_socket() -> Result<()> {
    let (server, listener) = Server::inheriting(Toolchain::Clang, "accept.c")?;
    ensure!(server.get("/first")? == "path /first\n");
    listener.set_nonblocking(true)?;
    ensure!(server.get("/second")? == "path /second\n");
    ensure!(server.get("/big")?.len() == 16 << 20);
    server.answers_all()
}
