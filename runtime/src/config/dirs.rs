//! The directories that a program is given, and which takes the place of which.

use super::GivenEntries;
use crate::given_text::{Parts, Text};
use kiln_abi::config::Entry;
use kiln_abi::grants;

/// A directory to preopen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dir<'a> {
    /// Its place.
    pub source: Source<'a>,
    /// The guest's name for it.
    pub guest: Text<'a>,
    /// Nothing in it may be changed.
    pub is_read_only: bool,
    pub(super) rank: Rank,
}

/// The way a directory came to be given. The higher rank takes the place of the lower where the guest
/// knows both by one name.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(super) enum Rank {
    Embedded,
    Baked,
    /// Not until the program was started, or an instance created.
    Late,
}

/// The place of a directory to preopen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Source<'a> {
    /// At a path on the host.
    Host(Text<'a>),
    /// Among the embedded trees, under this number.
    Embedded(u32),
}

impl<'a> Dir<'a> {
    /// Reads `HOST[::GUEST[:ro]]`.
    pub(crate) fn parse(entry: Text<'a>) -> Result<Self, grants::Problem> {
        let (host, guest, is_read_only) = match entry.split_once(b"::") {
            None => {
                grants::check_lone_path(entry.raw())?;
                (entry, entry, false)
            }
            Some((host, guest)) => {
                grants::check_path(host.raw())?;
                let (raw, is_read_only) = grants::parse_guest(guest.raw(), guest.is_escaped())?;
                (host, guest.with_raw(raw), is_read_only)
            }
        };
        Ok(Dir {
            source: Source::Host(host),
            guest,
            is_read_only,
            rank: Rank::Late,
        })
    }
}

/// All directories, those too that others take the place of.
#[derive(Clone, Debug)]
pub(super) struct Dirs {
    pub(super) entries: GivenEntries,
    /// The number of embedded trees that have come by.
    pub(super) trees: u32,
    pub(super) launch: Parts<'static>,
}

impl Iterator for Dirs {
    type Item = Dir<'static>;

    fn next(&mut self) -> Option<Dir<'static>> {
        while let Some(entry) = self.entries.next() {
            let (source, guest, is_read_only) = match entry {
                Entry::Dir { host, guest } => (Source::Host(Text::plain(host)), guest, false),
                Entry::ReadOnlyDir { host, guest } => {
                    (Source::Host(Text::plain(host)), guest, true)
                }
                Entry::Embedded(guest) => {
                    self.trees += 1;
                    (Source::Embedded(self.trees - 1), guest, true)
                }
                _ => continue,
            };
            let rank = match source {
                Source::Host(_) => self.entries.rank,
                Source::Embedded(_) => Rank::Embedded,
            };
            return Some(Dir {
                source,
                guest: Text::plain(guest),
                is_read_only,
                rank,
            });
        }
        // Malformed ones were refused at the start ([`crate::variables`]).
        self.launch.find_map(|entry| Dir::parse(entry).ok())
    }
}
