//! The entries that the program gives an instance before its start, in the format of those that are
//! baked, so that all is read alike.

use crate::sys::pages;
use core::ptr;
use core::slice;
use kiln_abi::config::{Entry, encode};
use kiln_abi::layout::here::HOST_PAGE;
use rustix::io::{self, Errno};
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};

/// Encoded entries in memory of their own.
#[derive(Debug)]
pub struct Given {
    start: *mut u8,
    len: usize,
    mapped: usize,
}

impl Default for Given {
    fn default() -> Self {
        Given {
            start: ptr::null_mut(),
            len: 0,
            mapped: 0,
        }
    }
}

impl Given {
    /// Adds an entry.
    pub fn push(&mut self, entry: &Entry) -> io::Result<()> {
        let mut len = self.len;
        encode(entry, |bytes| len += bytes.len());
        if len > self.mapped {
            self.grow(len)?;
        }
        encode(entry, |bytes| {
            // SAFETY: there is room for `len` bytes now, and an entry's strings lie elsewhere.
            unsafe {
                ptr::copy_nonoverlapping(bytes.as_ptr(), self.start.add(self.len), bytes.len())
            };
            self.len += bytes.len();
        });
        Ok(())
    }

    fn grow(&mut self, len: usize) -> io::Result<()> {
        let len = len.max(self.mapped * 2);
        let len = len
            .checked_next_multiple_of(HOST_PAGE as usize)
            .ok_or(Errno::NOMEM)?;
        let access = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: the mapping is ours, and none of it is borrowed while `self` is unique.
        let start = unsafe {
            if self.mapped == 0 {
                mmap_anonymous(ptr::null_mut(), len, access, MapFlags::PRIVATE)?
            } else {
                pages::resize(self.start.cast(), self.mapped, len)?
            }
        };
        self.start = start.cast();
        self.mapped = len;
        Ok(())
    }

    /// All entries, encoded.
    ///
    /// # Safety
    ///
    /// They must not be used when an entry has been added or `self` is gone.
    pub unsafe fn entries(&self) -> &'static [u8] {
        if self.mapped == 0 {
            return &[];
        }
        // SAFETY: so many bytes have been written; the caller vouches for how long they stay.
        unsafe { slice::from_raw_parts(self.start, self.len) }
    }
}

impl Drop for Given {
    fn drop(&mut self) {
        if self.mapped != 0 {
            // SAFETY: the mapping is ours, and nobody uses it any more. Unmapping it cannot fail.
            let _ = unsafe { munmap(self.start.cast(), self.mapped) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Source};
    use crate::given_text::Text;
    use crate::launch::Launch;
    use kiln_abi::config::Entries;
    use std::string::String;
    use std::vec::Vec;

    fn entry(value: &[u8]) -> Entry<'_> {
        let name = b"NAME";
        Entry::Env { name, value }
    }

    #[test]
    fn entries_of_any_number_and_size_are_kept() {
        let mut given = Given::default();
        let long = [b'x'; 10_000];
        let values: [&[u8]; 3] = [b"", b"short", &long];
        for _ in 0..100 {
            for value in values {
                given.push(&entry(value)).expect("mapping memory");
            }
        }
        // SAFETY: nothing is added while they are read.
        let entries = Entries(unsafe { given.entries() });
        assert_eq!(entries.clone().count(), 300);
        for (found, value) in entries.zip(values.into_iter().cycle()) {
            assert_eq!(found, entry(value));
        }
    }

    #[test]
    fn what_is_given_comes_after_what_is_baked_and_prevails() {
        let mut baked = Vec::new();
        let dir = |host, guest| Entry::Dir { host, guest };
        for entry in [
            Entry::Arg(b"baked"),
            entry(b"baked"),
            dir(b"/baked", b"/"),
            dir(b"/lib", b"/lib"),
            Entry::Stdout(b"/baked"),
        ] {
            kiln_abi::config::write(&mut baked, &entry);
        }
        let mut given = Given::default();
        for entry in [
            Entry::Arg(b"given"),
            entry(b"given"),
            dir(b"/given", b"/"),
            Entry::Stdout(b"&7"),
        ] {
            given.push(&entry).expect("mapping memory");
        }
        let config = Config::new(Launch {
            config: baked.leak(),
            // SAFETY: `given` lives to the end.
            given: unsafe { given.entries() },
            ..Launch::EMPTY
        });
        let text = |text: Text| String::from_utf8(text.bytes().collect()).unwrap();
        let arguments: Vec<_> = config.arguments().map(text).collect();
        assert_eq!(arguments, ["baked", "given"]);
        let values: Vec<_> = config.environment().map(|(_, value)| text(value)).collect();
        assert_eq!(values, ["given"]);
        let dirs: Vec<_> = config.dirs().map(|dir| dir.source).collect();
        let host = |path| Source::Host(Text::plain(path));
        assert_eq!(dirs, [host(b"/lib"), host(b"/given")]);
        assert_eq!(config.streams()[1].map(text), Some("&7".into()));
    }
}
