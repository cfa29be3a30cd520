//! The values of options that have a syntax of their own: directories, embedded trees, variables,
//! standard streams, sizes, durations.

use kiln_abi::{grants, units};
use std::ffi::{OsStr, OsString};
use std::net::SocketAddr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::time::Duration;

/// A directory that is granted: `HOST[::GUEST[:ro]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dir {
    /// Its path on the host.
    pub host: OsString,
    /// The name the program knows it by.
    pub guest: OsString,
    /// Nothing in it may be changed.
    pub is_read_only: bool,
}

impl Dir {
    pub fn parse(typed: OsString) -> Result<Self, &'static str> {
        let bytes = typed.as_bytes();
        let (host, guest, is_read_only) = match bytes.windows(2).position(|pair| pair == b"::") {
            Some(at) => {
                grants::check_path(&bytes[..at])?;
                let (guest, is_read_only) = grants::parse_guest(&bytes[at + 2..], false)?;
                (&bytes[..at], guest, is_read_only)
            }
            None => {
                grants::check_lone_path(bytes)?;
                (bytes, bytes, false)
            }
        };
        Ok(Self {
            host: OsStr::from_bytes(host).into(),
            guest: OsStr::from_bytes(guest).into(),
            is_read_only,
        })
    }
}

/// A directory whose files are embedded: `HOST::GUEST`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Embedded {
    /// Its path on the host.
    pub host: PathBuf,
    /// The name the program knows it by.
    pub guest: OsString,
}

impl Embedded {
    pub fn parse(typed: OsString) -> Result<Self, &'static str> {
        if !typed.as_bytes().windows(2).any(|pair| pair == b"::") {
            return Err("`::` and the directory's name in the program are missing");
        }
        match Dir::parse(typed)? {
            Dir {
                is_read_only: true, ..
            } => Err("what is embedded is read-only in any case: leave out `:ro`"),
            Dir { host, guest, .. } => Ok(Self {
                host: host.into(),
                guest,
            }),
        }
    }
}

/// A module's name, which becomes a part of file names.
pub fn parse_name(typed: &str) -> Result<String, &'static str> {
    if typed.is_empty() || typed.contains('/') {
        return Err("a name is not empty and has no `/` in it");
    }
    Ok(typed.to_owned())
}

/// An environment variable that is granted: `NAME[=VALUE]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Var {
    /// Its name.
    pub name: OsString,
    /// Its value; where there is none, the one it has when the program is started.
    pub value: Option<OsString>,
}

impl Var {
    pub fn parse(typed: OsString) -> Result<Self, &'static str> {
        let bytes = typed.as_bytes();
        let (name, value) = match bytes.iter().position(|&byte| byte == b'=') {
            Some(at) => (&bytes[..at], Some(&bytes[at + 1..])),
            None => (bytes, None),
        };
        if name.is_empty() {
            return Err("the variable's name is empty");
        }
        Ok(Self {
            name: OsStr::from_bytes(name).into(),
            value: value.map(|value| OsStr::from_bytes(value).into()),
        })
    }
}

/// A socket that listens: `IP:PORT[,block|,nonblock]`, or `LISTEN_FDS` for those that are inherited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen(String);

impl Listen {
    pub fn parse(typed: &str) -> Result<Self, &'static str> {
        let (address, mode) = typed.split_once(',').unwrap_or((typed, ""));
        if !(matches!(mode, "block" | "nonblock") || address == typed) {
            return Err("what follows the comma is neither `block` nor `nonblock`");
        }
        let address = match (address, address.parse::<SocketAddr>()) {
            (_, Ok(address)) => address.to_string(),
            ("LISTEN_FDS", _) if !mode.is_empty() => address.to_owned(),
            _ => return Err("not an IP address and a port, such as 127.0.0.1:8080 or [::1]:8080"),
        };
        let mode = &typed[typed.find(',').unwrap_or(typed.len())..];
        Ok(Self(address + mode))
    }

    /// As the runtime reads it.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// Gives what stands in for a standard stream: a file, or `&N` for descriptor N at launch.
pub fn parse_stream(typed: OsString) -> Result<OsString, &'static str> {
    let is_number = |digits: &[u8]| {
        let digits = str::from_utf8(digits).ok();
        digits.is_some_and(|digits| digits.parse::<u16>().is_ok())
    };
    match typed.as_bytes() {
        [b'&', digits @ ..] if !is_number(digits) => {
            Err("`&` is not followed by a descriptor's number")
        }
        path => grants::check_path(path).map(|()| typed),
    }
}

/// A number of bytes, with a suffix K, M or G for powers of 1024.
pub fn parse_size(typed: &str) -> Result<u64, &'static str> {
    units::parse_size(typed.as_bytes())
        .ok_or("not a number of bytes above 0, such as 65536, 64K, 8M or 1G")
}

/// A number of bytes that a stack can have.
pub fn parse_stack_size(typed: &str) -> Result<u64, String> {
    units::parse_stack_size(typed.as_bytes()).ok_or_else(|| format!("not {}", units::STACK_SIZE))
}

/// A number with a unit of time.
pub fn parse_duration(typed: &str) -> Result<Duration, &'static str> {
    units::parse_duration(typed.as_bytes())
        .map(Duration::from_nanos)
        .ok_or("not a duration above 0, such as 500ms, 30s, 2m or 1h")
}

/// A number of bytes as [`parse_size`] reads it, with the largest suffix that is exact.
pub fn show_size(bytes: u64) -> String {
    let units = [(30, "G"), (20, "M"), (10, "K")];
    let is_exact = |shift: u32| bytes >> shift << shift == bytes && bytes >> shift > 0;
    match units.iter().find(|(shift, _)| is_exact(*shift)) {
        Some((shift, suffix)) => format!("{}{suffix}", bytes >> shift),
        None => bytes.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dir(typed: &str) -> Result<(String, String, bool), &'static str> {
        let dir = Dir::parse(typed.into())?;
        let text = |part: OsString| part.into_string().unwrap();
        Ok((text(dir.host), text(dir.guest), dir.is_read_only))
    }

    #[test]
    fn directories() {
        let dirs = |host: &str, guest: &str, ro| Ok((host.to_owned(), guest.to_owned(), ro));
        assert_eq!(dir("."), dirs(".", ".", false));
        assert_eq!(dir("/srv::/data"), dirs("/srv", "/data", false));
        assert_eq!(dir("/srv::/data:ro"), dirs("/srv", "/data", true));
        assert_eq!(dir("a:b::c::/d"), dirs("a:b", "c::/d", false));
        assert_eq!(dir("./~::~"), dirs("./~", "~", false));
        for wrong in [
            "",
            "::/data",
            "/srv::",
            "/srv:::ro",
            "a:ro",
            "h::/d:rw",
            "h::/d:RO",
            "~",
            "~/x::/d",
        ] {
            assert!(dir(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn embedded() {
        let tree = Embedded::parse("lib/x::/usr/lib".into()).unwrap();
        let expected = ("lib/x".into(), "/usr/lib".into());
        assert_eq!((tree.host, tree.guest), expected);
        for wrong in ["", "lib", "lib:/x", "::/x", "lib::", "lib::/x:ro"] {
            assert!(Embedded::parse(wrong.into()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn variables() {
        let var = |typed: &str| Var::parse(typed.into());
        let some = |name: &str, value: Option<&str>| {
            Ok(Var {
                name: name.into(),
                value: value.map(Into::into),
            })
        };
        assert_eq!(var("HOME"), some("HOME", None));
        assert_eq!(var("A="), some("A", Some("")));
        assert_eq!(var("A=b=c"), some("A", Some("b=c")));
        assert!(var("").is_err());
        assert!(var("=b").is_err());
    }

    #[test]
    fn sockets_that_listen() {
        for (typed, read) in [
            ("127.0.0.1:80", "127.0.0.1:80"),
            ("127.0.0.1:80,block", "127.0.0.1:80,block"),
            ("[::0:1]:0,nonblock", "[::1]:0,nonblock"),
            ("LISTEN_FDS,block", "LISTEN_FDS,block"),
        ] {
            assert_eq!(Listen::parse(typed), Ok(Listen(read.into())));
        }
        for wrong in [
            "",
            "80",
            "localhost:80",
            "1.2.3.4:80,",
            "1.2.3.4:80,both",
            ",block",
            "LISTEN_FDS",
        ] {
            assert!(Listen::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn streams() {
        for right in ["note.txt", "/dev/null", "&0", "&12", "a&b"] {
            assert_eq!(parse_stream(right.into()), Ok(right.into()));
        }
        for wrong in ["", "&", "&x", "&-1", "&99999", "~/in"] {
            assert!(parse_stream(wrong.into()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sizes_are_shown_as_they_are_read() {
        for (size, shown) in [
            (8 << 20, "8M"),
            (1 << 40, "1024G"),
            (65 << 10, "65K"),
            (7, "7"),
        ] {
            assert_eq!(show_size(size), shown);
            assert_eq!(parse_size(shown), Ok(size));
        }
    }
}
