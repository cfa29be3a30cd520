//! Errors of the kernel in words, each with its name.
//!
//! The words are one text that is searched, because a table of strings would need a relocation at
//! start-up for each.

use crate::sys::text;
use rustix::io::Errno;

/// A line for each error that a call of the start-up can give: its number, then its words. The numbers are
/// Linux's on every architecture that Kiln could have (asm-generic/errno.h).
const WORDS: &[u8] = b"\
1 permission denied (EPERM)
2 no such file or directory (ENOENT)
4 interrupted (EINTR)
5 input or output error (EIO)
6 no such device or address (ENXIO)
9 bad descriptor (EBADF)
11 temporarily unavailable (EAGAIN)
12 out of memory (ENOMEM)
13 permission denied (EACCES)
14 bad address (EFAULT)
16 in use (EBUSY)
17 it exists already (EEXIST)
19 no such device (ENODEV)
20 not a directory (ENOTDIR)
21 is a directory (EISDIR)
22 invalid argument (EINVAL)
23 too many open files in the system (ENFILE)
24 too many open files (EMFILE)
26 executable in use (ETXTBSY)
27 file too large (EFBIG)
28 no space left on the device (ENOSPC)
30 read-only file system (EROFS)
36 name too long (ENAMETOOLONG)
38 system call not available (ENOSYS)
40 too many symbolic links (ELOOP)
75 value too large (EOVERFLOW)
88 not a socket (ENOTSOCK)
92 protocol option not available (ENOPROTOOPT)
93 protocol not supported (EPROTONOSUPPORT)
94 socket type not supported (ESOCKTNOSUPPORT)
95 operation not supported (EOPNOTSUPP)
97 address family not supported (EAFNOSUPPORT)
98 address in use (EADDRINUSE)
99 address not available (EADDRNOTAVAIL)
100 network is down (ENETDOWN)
101 network unreachable (ENETUNREACH)
103 connection aborted (ECONNABORTED)
104 connection reset (ECONNRESET)
105 no buffer space available (ENOBUFS)
110 timed out (ETIMEDOUT)
111 connection refused (ECONNREFUSED)
112 host is down (EHOSTDOWN)
113 host unreachable (EHOSTUNREACH)
116 stale file handle (ESTALE)
122 disk quota exceeded (EDQUOT)
123 no medium (ENOMEDIUM)
";

/// The error that a system call gives by its result, which is negative.
#[inline]
pub fn of(result: isize) -> Errno {
    // Numbers that the kernel does not use, rustix answers with a panic.
    let number = (result.wrapping_neg() as i32 & 0xfff).max(1);
    Errno::from_raw_os_error(number)
}

/// The words for an error, such as `permission denied (EACCES)`, in parts.
pub fn words(why: Errno, buffer: &mut text::Buffer) -> [&[u8]; 3] {
    let number = text::decimal(why.raw_os_error() as u64, buffer);
    let lines = WORDS.split(|&byte| byte == b'\n');
    let mut known = lines.filter_map(|line| line.strip_prefix(number)?.strip_prefix(b" "));
    match known.next() {
        Some(words) => [words, b"", b""],
        None => [b"unknown error (errno ", number, b")"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(why: Errno) -> String {
        let mut buffer = text::Buffer::default();
        String::from_utf8(words(why, &mut buffer).concat()).expect("UTF-8")
    }

    #[test]
    fn errors_are_told_in_words() {
        for (why, expected) in [
            (Errno::PERM, "permission denied (EPERM)"),
            (Errno::ACCESS, "permission denied (EACCES)"),
            (Errno::NOENT, "no such file or directory (ENOENT)"),
            (Errno::NOMEM, "out of memory (ENOMEM)"),
            (Errno::MFILE, "too many open files (EMFILE)"),
            (Errno::NOSYS, "system call not available (ENOSYS)"),
            (Errno::ADDRINUSE, "address in use (EADDRINUSE)"),
            (Errno::ADDRNOTAVAIL, "address not available (EADDRNOTAVAIL)"),
            (Errno::DQUOT, "disk quota exceeded (EDQUOT)"),
            (Errno::from_raw_os_error(999), "unknown error (errno 999)"),
        ] {
            assert_eq!(told(why), expected);
        }
    }

    #[test]
    fn every_line_is_a_number_words_and_a_name() {
        let text = str::from_utf8(WORDS).expect("ASCII");
        for line in text.lines() {
            let (number, words) = line.split_once(' ').expect("a space");
            let number = number.parse().expect("a number");
            assert_eq!(told(Errno::from_raw_os_error(number)), words);
            let (_, name) = words.split_once(" (E").expect("a name");
            assert!(name.ends_with(')'), "{line}");
        }
    }
}
