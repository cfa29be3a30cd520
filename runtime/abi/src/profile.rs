//! Profiles: how often each part of a program has run, as `--profile-generate` counts it and
//! `--profile-use` reads it.
//!
//! A file is a head (these eight bytes, how many functions, elements of a table, and counters), a record for each
//! function (the hash of its content, how many counters it has), a word for each element of the table that
//! indirect calls go through (the function's record, from 1 on, or 0), and the counters, function by function. All
//! are 64 bits, little-endian; zeros fill the last page. The same bytes lie in the state of a program that
//! counts, whose pages the runtime replaces by those of the file: so the counts are in it however the
//! program ends, and a further run adds to them.

/// The first bytes of a file. The last is the version of the format, and of the content that is hashed.
pub const MAGIC: [u8; 8] = *b"kprofil\x02";
/// Bytes of the head.
pub const HEAD: usize = 32;
/// Bytes of a function's record.
pub const RECORD: usize = 16;
/// Bytes of a counter, and of an element of the table.
pub const COUNTER: usize = 8;

/// Why a file is no profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// It does not begin like one.
    NoProfile,
    /// Another version of Kiln made it.
    OtherVersion,
    /// It is shorter than it says, or its numbers contradict each other.
    Inconsistent,
}

/// A profile as it lies in a file.
#[derive(Clone, Copy, Debug)]
pub struct Profile<'a> {
    records: &'a [u8],
    table: &'a [u8],
    counters: &'a [u8],
}

impl<'a> Profile<'a> {
    /// Reads a file; all that is asked of it later lies in `bytes`.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Damage> {
        let (head, rest) = bytes.split_at_checked(HEAD).ok_or(Damage::NoProfile)?;
        let (magic, numbers) = head.split_at(MAGIC.len());
        if magic != MAGIC {
            let version = MAGIC.len() - 1;
            return Err(match magic[..version] == MAGIC[..version] {
                true => Damage::OtherVersion,
                false => Damage::NoProfile,
            });
        }
        let size = |number, unit| usize::try_from(number).ok()?.checked_mul(unit);
        let mut numbers = words(numbers);
        let mut next = |unit| size(numbers.next()?, unit);
        let mut rest = rest;
        let mut part = |unit| {
            let (part, others) = rest.split_at_checked(next(unit)?)?;
            rest = others;
            Some(part)
        };
        let mut part = |unit| part(unit).ok_or(Damage::Inconsistent);
        let profile = Profile {
            records: part(RECORD)?,
            table: part(COUNTER)?,
            counters: part(COUNTER)?,
        };
        let counted = profile
            .records()
            .try_fold(0u64, |sum, (_, len)| sum.checked_add(len));
        match counted == Some((profile.counters.len() / COUNTER) as u64) {
            true => Ok(profile),
            false => Err(Damage::Inconsistent),
        }
    }

    /// The functions: the hash of each, and how many counters it has.
    fn records(self) -> impl Iterator<Item = (u64, u64)> + 'a {
        let mut words = words(self.records);
        core::iter::from_fn(move || words.next().zip(words.next()))
    }

    /// The number of the function that is an element of the table, counted as [`Profile::functions`] has them.
    pub fn element(self, index: u64) -> Option<usize> {
        let (table, _) = self.table.as_chunks();
        let record = table.get(usize::try_from(index).ok()?)?;
        usize::try_from(u64::from_le_bytes(*record))
            .ok()?
            .checked_sub(1)
    }

    /// The functions: the hash of each, and its counts.
    pub fn functions(self) -> impl Iterator<Item = (u64, impl Iterator<Item = u64> + 'a)> + 'a {
        let mut rest = self.counters;
        self.records().map(move |(hash, len)| {
            // Read: all of them together have as many counters as there are.
            let (own, others) = rest.split_at(len as usize * COUNTER);
            rest = others;
            (hash, words(own))
        })
    }
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u64> + '_ {
    let (words, _) = bytes.as_chunks();
    words.iter().map(|word| u64::from_le_bytes(*word))
}

/// Writes all of a profile but the counters, for functions of which each has a hash and so many counters, and a
/// table.
#[cfg(feature = "alloc")]
pub fn head(functions: &[(u64, u64)], table: &[Option<usize>]) -> alloc::vec::Vec<u8> {
    let counters: u64 = functions.iter().map(|(_, counters)| counters).sum();
    let mut bytes = alloc::vec::Vec::from(MAGIC);
    let numbers = [functions.len() as u64, table.len() as u64, counters];
    let records = functions
        .iter()
        .flat_map(|(hash, counters)| [*hash, *counters]);
    let table = table
        .iter()
        .map(|function| function.map_or(0, |number| number as u64 + 1));
    for word in numbers.into_iter().chain(records).chain(table) {
        bytes.extend_from_slice(&word.to_le_bytes());
    }
    bytes
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn file() -> Vec<u8> {
        let mut file = head(&[(7, 2), (9, 0), (7, 1)], &[None, Some(2)]);
        for count in [10u64, 11, 12] {
            file.extend_from_slice(&count.to_le_bytes());
        }
        file.resize(4096, 0);
        file
    }

    #[test]
    fn what_is_written_is_read() {
        let file = file();
        let functions = Profile::read(&file).unwrap().functions();
        let functions: Vec<(u64, Vec<u64>)> = functions
            .map(|(hash, counts)| (hash, counts.collect()))
            .collect();
        let expected = [(7, [10, 11].into()), (9, [].into()), (7, [12].into())];
        assert_eq!(functions, expected);
        let profile = Profile::read(&file).unwrap();
        let elements: Vec<_> = (0..4).map(|index| profile.element(index)).collect();
        assert_eq!(elements, [None, Some(2), None, None]);
    }

    #[test]
    fn damage_is_told() {
        let file = file();
        let told = |bytes: &[u8]| Profile::read(bytes).map(drop);
        assert_eq!(told(b""), Err(Damage::NoProfile));
        assert_eq!(
            told(b"\x7fELF, and so on, and so on, and so on"),
            Err(Damage::NoProfile)
        );
        assert_eq!(told(&file[..110]), Err(Damage::Inconsistent));
        let mut other = file.clone();
        other[7] = 1;
        assert_eq!(told(&other), Err(Damage::OtherVersion));
    }

    /// Whatever a byte of it says, the file is refused or read to its end.
    #[test]
    fn no_bytes_make_reading_panic() {
        let mut state = 1u64;
        let mut random = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        let mut read = 0;
        for _ in 0..100_000 {
            let mut file = file();
            file.truncate((random() % 160) as usize + 8);
            for _ in 0..random() % 4 {
                let at = random() as usize % file.len();
                file[at] = random() as u8;
            }
            if let Ok(profile) = Profile::read(&file) {
                read += usize::from(profile.element(random() % 4).is_some());
                read += profile.functions().flat_map(|(_, counts)| counts).count();
            }
        }
        assert!(read > 0);
    }
}
