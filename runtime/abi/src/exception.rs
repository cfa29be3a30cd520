//! Exceptions: the record of one that is thrown, and the table that leads from a call's return
//! address to its handlers.
//!
//! The table ([`crate::symbols::EXCEPTION_TABLE`]) is a little-endian `u32` count, that many
//! [`CallSite`]s (four `u32`s each) sorted by return address, then all [`Handler`]s (two `u32`s
//! each). It is read only when something is thrown: a call that nothing is thrown through costs
//! what any call does.

/// An exception that was thrown; its payload follows, each value at its own alignment (see
/// [`payload_offsets`]).
#[repr(C, align(16))]
#[derive(Clone, Copy, Debug)]
pub struct Exception {
    /// Index of its tag in the module.
    pub tag: u32,
    /// Bytes of payload that follow.
    pub payload_len: u32,
    /// The return address of the call that made it, in the function that throws it first: what cleans up
    /// catches it and throws it again.
    pub thrown_at: u64,
}

const _: () = assert!(size_of::<Exception>() == 16);

/// The tag of a [`Handler`] that takes any exception.
pub const ANY_TAG: u32 = u32::MAX;

/// A call that has handlers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallSite {
    /// Offset of the call's return address from [`crate::symbols::TEXT`].
    pub return_offset: u32,
    /// Bytes from the caller's stack pointer at the call up to its frame pointer.
    pub frame_size: u32,
    /// Index of its first handler.
    pub first: u32,
    /// The number of handlers it has, tried in order.
    pub count: u32,
}

/// A place to resume at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handler {
    /// The tag it takes, or [`ANY_TAG`].
    pub tag: u32,
    /// Offset from [`crate::symbols::TEXT`] of where to resume.
    pub landing_offset: u32,
}

const CALL_SITE_LEN: usize = 16;
const HANDLER_LEN: usize = 8;

/// The table as the runtime reads it.
#[derive(Clone, Copy, Debug)]
pub struct ExceptionTable<'a>(pub &'a [u8]);

impl ExceptionTable<'_> {
    /// Gives where an exception with `tag` resumes in the function that made the call returning to
    /// `return_offset`: the landing place and the caller's frame size.
    #[inline]
    pub fn find(&self, return_offset: u32, tag: u32) -> Option<(u32, u32)> {
        let (count, rest) = self.0.split_first_chunk()?;
        let (sites, handlers) =
            rest.split_at_checked(u32::from_le_bytes(*count) as usize * CALL_SITE_LEN)?;
        let site = call_site(sites.as_chunks().0, return_offset)?;
        let (handlers, _) = handlers.as_chunks::<HANDLER_LEN>();
        let handlers = handlers.get(site.first as usize..)?;
        handlers
            .iter()
            .take(site.count as usize)
            .find_map(|handler| {
                let handled = word(handler, 0);
                (handled == tag || handled == ANY_TAG)
                    .then_some((word(handler, 4), site.frame_size))
            })
    }
}

#[inline]
fn call_site(sites: &[[u8; CALL_SITE_LEN]], return_offset: u32) -> Option<CallSite> {
    let (mut low, mut high) = (0, sites.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let site = sites.get(middle)?;
        let found = word(site, 0);
        if found == return_offset {
            return Some(CallSite {
                return_offset,
                frame_size: word(site, 4),
                first: word(site, 8),
                count: word(site, 12),
            });
        }
        if found < return_offset {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    None
}

/// The word at an offset of a record, within it.
#[inline]
fn word<const N: usize>(record: &[u8; N], at: usize) -> u32 {
    u32::from_le_bytes([record[at], record[at + 1], record[at + 2], record[at + 3]])
}

/// Gives where the values of a payload lie, in bytes from the start of the [`Exception`], given their
/// sizes (4, 8 or 16): each at the next multiple of its size.
#[inline]
pub fn payload_offsets(sizes: impl IntoIterator<Item = u32>) -> impl Iterator<Item = u32> {
    let mut end = size_of::<Exception>() as u32;
    sizes.into_iter().map(move |size| {
        let offset = end.next_multiple_of(size);
        end = offset + size;
        offset
    })
}

#[cfg(feature = "alloc")]
pub use write::ExceptionTableWriter;

#[cfg(feature = "alloc")]
mod write {
    use super::{CallSite, Handler};
    use alloc::vec::Vec;

    /// Collects call sites in order of return address, then gives the table's bytes.
    #[derive(Debug, Default)]
    pub struct ExceptionTableWriter {
        sites: Vec<CallSite>,
        handlers: Vec<Handler>,
    }

    impl ExceptionTableWriter {
        /// Adds a call that has handlers.
        #[inline]
        pub fn call_site(
            &mut self,
            return_offset: u32,
            frame_size: u32,
            handlers: impl IntoIterator<Item = Handler>,
        ) {
            let first = self.handlers.len() as u32;
            self.handlers.extend(handlers);
            let count = self.handlers.len() as u32 - first;
            self.sites.push(CallSite {
                return_offset,
                frame_size,
                first,
                count,
            });
        }

        /// The finished table; empty where no call has handlers.
        #[inline]
        pub fn finish(self) -> Vec<u8> {
            if self.sites.is_empty() {
                return Vec::new();
            }
            let sites = self.sites.iter();
            let sites = sites.flat_map(|s| [s.return_offset, s.frame_size, s.first, s.count]);
            let handlers = self.handlers.iter().flat_map(|h| [h.tag, h.landing_offset]);
            let words = [self.sites.len() as u32]
                .into_iter()
                .chain(sites)
                .chain(handlers);
            words.flat_map(u32::to_le_bytes).collect()
        }
    }

    #[cfg(test)]
    mod tests {
        use super::super::{ANY_TAG, ExceptionTable};
        use super::*;

        #[test]
        #[inline]
        fn the_first_handler_that_takes_the_tag_is_found() {
            let mut writer = ExceptionTableWriter::default();
            let handler = |tag, landing_offset| Handler {
                tag,
                landing_offset,
            };
            writer.call_site(10, 32, [handler(1, 100), handler(2, 200)]);
            writer.call_site(20, 48, [handler(2, 300), handler(ANY_TAG, 400)]);
            let bytes = writer.finish();
            let table = ExceptionTable(&bytes);
            assert_eq!(table.find(10, 2), Some((200, 32)));
            assert_eq!(table.find(10, 3), None);
            assert_eq!(table.find(20, 2), Some((300, 48)));
            assert_eq!(table.find(20, 9), Some((400, 48)));
            assert_eq!(table.find(15, 2), None);
        }
    }
}
