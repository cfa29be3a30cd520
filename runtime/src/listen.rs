//! The text of a socket to listen at. The address is read here, because the parser of `core` takes
//! 3 KB: it reads more kinds of text, and keeps more of them apart.

use crate::given_text::Text;
use core::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

/// An entry of what to listen at: `IP:PORT`, or `LISTEN_FDS` for the sockets that are inherited, then
/// perhaps `,block` or `,nonblock`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Listen {
    /// None for those that are inherited.
    pub address: Option<SocketAddr>,
    /// Set where calls that would block wait, if the entry says.
    pub waits: Option<bool>,
}

impl Listen {
    /// Reads an entry.
    pub fn parse(entry: Text<'_>) -> Option<Self> {
        let mut buffer = [0; 80];
        let entry: &[u8] = entry.copy_to(&mut buffer)?;
        let mut parts = entry.splitn(2, |byte| *byte == b',');
        let address = parts.next()?;
        let waits = match parts.next() {
            None => None,
            Some(b"block") => Some(true),
            Some(b"nonblock") => Some(false),
            Some(_) => return None,
        };
        let address = match address {
            b"LISTEN_FDS" => None,
            rest => Some(Reader { rest }.address()?),
        };
        Some(Listen { address, waits })
    }
}

/// Reads an address as `str::parse` does.
#[derive(Clone, Copy)]
struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn address(mut self) -> Option<SocketAddr> {
        let address = if self.byte(b'[').is_some() {
            let ip = self.v6()?;
            let scope = match self.byte(b'%') {
                Some(()) => self.number(10, usize::MAX)?,
                None => 0,
            };
            self.byte(b']')?;
            SocketAddr::V6(SocketAddrV6::new(ip, self.port()?, 0, scope))
        } else {
            let ip = self.v4()?;
            SocketAddr::V4(SocketAddrV4::new(ip, self.port()?))
        };
        self.rest.is_empty().then_some(address)
    }

    fn byte(&mut self, byte: u8) -> Option<()> {
        self.rest = self.rest.strip_prefix(&[byte])?;
        Some(())
    }

    fn port(&mut self) -> Option<u16> {
        self.byte(b':')?;
        self.number(10, usize::MAX)?.try_into().ok()
    }

    /// A number of one digit or more, `most` at most.
    fn number(&mut self, base: u32, most: usize) -> Option<u32> {
        let (mut number, mut count) = (0u32, 0);
        while let Some((&byte, rest)) = self.rest.split_first()
            && let Some(digit) = char::from(byte).to_digit(base)
        {
            number = number.checked_mul(base)?.checked_add(digit)?;
            count += 1;
            self.rest = rest;
        }
        (1..=most).contains(&count).then_some(number)
    }

    fn v4(&mut self) -> Option<Ipv4Addr> {
        let mut octets = [0; 4];
        for (index, octet) in octets.iter_mut().enumerate() {
            if index > 0 {
                self.byte(b'.')?;
            }
            let before = self.rest;
            *octet = self.number(10, 3)?.try_into().ok()?;
            // Others take it for an octal number.
            if before.starts_with(b"0") && before.len() - self.rest.len() > 1 {
                return None;
            }
        }
        Some(Ipv4Addr::from_octets(octets))
    }

    fn v6(&mut self) -> Option<Ipv6Addr> {
        let mut groups = [0; 8];
        let (head, ends_with_v4) = self.groups(&mut groups);
        if head < groups.len() {
            // Zeros are left out, before which there is no IPv4 address.
            if ends_with_v4 {
                return None;
            }
            self.byte(b':')?;
            self.byte(b':')?;
            let mut last = [0; 7];
            let (tail, _) = self.groups(last.get_mut(..7 - head)?);
            let last = last.iter().take(tail).rev();
            groups
                .iter_mut()
                .rev()
                .zip(last)
                .for_each(|(to, from)| *to = *from);
        }
        Some(Ipv6Addr::from_segments(groups))
    }

    /// Reads as many groups as there are, the last two perhaps as an IPv4 address. Gives how many, and
    /// if that was there.
    fn groups(&mut self, groups: &mut [u16]) -> (usize, bool) {
        let mut count = 0;
        while count < groups.len() {
            let mut next = *self;
            if count > 0 && next.byte(b':').is_none() {
                break;
            }
            let mut v4 = next;
            if let Some([first, second, ..]) = groups.get_mut(count..)
                && let Some(ip) = v4.v4()
            {
                let [a, b, c, d] = ip.octets();
                *first = u16::from_be_bytes([a, b]);
                *second = u16::from_be_bytes([c, d]);
                *self = v4;
                return (count + 2, true);
            }
            let Some(number) = next.number(16, 4) else {
                break;
            };
            if let Some(group) = groups.get_mut(count) {
                *group = number as u16;
            }
            count += 1;
            *self = next;
        }
        (count, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<SocketAddr> {
        Reader {
            rest: text.as_bytes(),
        }
        .address()
    }

    #[test]
    fn addresses_are_read_as_the_standard_library_reads_them() {
        for text in [
            "127.0.0.1:80",
            "0.0.0.0:0",
            "255.255.255.255:65535",
            "1.2.3.4:00080",
            "1.2.3.4:65536",
            "1.2.3.4:4294967376",
            "1.2.3.4:",
            "1.2.3.4",
            "1.2.3:80",
            "1.2.3.4.5:80",
            "1.2.3.256:80",
            "01.2.3.4:80",
            "00.2.3.4:80",
            "0.0.0.00:80",
            "1.2.3.0004:80",
            "1.2.3.4:80 ",
            " 1.2.3.4:80",
            "1.2.3.4:+80",
            "localhost:80",
            ":80",
            "",
            "[::]:80",
            "[::1]:80",
            "[1::]:80",
            "[1:2:3:4:5:6:7:8]:80",
            "[1:2:3:4:5:6:7]:80",
            "[1:2:3:4:5:6:7:8:9]:80",
            "[1:2:3:4:5:6:7::]:80",
            "[::2:3:4:5:6:7:8]:80",
            "[1::3:4:5:6:7:8]:80",
            "[1:2:3:4::5:6:7:8]:80",
            "[1::2::3]:80",
            "[:1]:80",
            "[1:]:80",
            "[:::]:80",
            "[12345::]:80",
            "[00001::]:80",
            "[0001::]:80",
            "[g::]:80",
            "[aBcD::eF]:80",
            "[::ffff:1.2.3.4]:80",
            "[::1.2.3.4]:80",
            "[1:2:3:4:5:6:1.2.3.4]:80",
            "[1:2:3:4:5:6:7:1.2.3.4]:80",
            "[1.2.3.4::]:80",
            "[1:1.2.3.4::]:80",
            "[::1.2.3.4:5]:80",
            "[::1.2.3.04]:80",
            "[fe80::1%7]:80",
            "[fe80::1%4294967295]:80",
            "[fe80::1%4294967296]:80",
            "[fe80::1%]:80",
            "[fe80::1%eth0]:80",
            "[::1]80",
            "[::1]",
            "[::1:80",
            "::1:80",
        ] {
            assert_eq!(read(text), text.parse().ok(), "{text}");
        }
    }

    #[test]
    fn an_entry_may_say_if_calls_wait() {
        let listen = |text: &'static str| Listen::parse(Text::plain(text.as_bytes()));
        let address = "127.0.0.1:80".parse().ok();
        for (text, address, waits) in [
            ("127.0.0.1:80", address, None),
            ("127.0.0.1:80,block", address, Some(true)),
            ("127.0.0.1:80,nonblock", address, Some(false)),
            ("LISTEN_FDS", None, None),
            ("LISTEN_FDS,nonblock", None, Some(false)),
        ] {
            assert_eq!(listen(text), Some(Listen { address, waits }), "{text}");
        }
        for wrong in ["", ",block", "LISTEN_FDS,", "127.0.0.1:80,block,block"] {
            assert_eq!(listen(wrong), None, "{wrong}");
        }
        let escaped = Listen::parse(Text::escaped(br"127.0.0.1\:80"));
        assert_eq!(
            escaped,
            Some(Listen {
                address,
                waits: None
            })
        );
    }
}
