//! Types of preview1 (`typenames.witx`) and their layout in guest memory. Where snapshot 0 differs,
//! [`crate::wasi::snapshot0`] says how.

use super::errno::Errno;
use rustix::fs::{self, OFlags, Stat};

/// `filetype`.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileType {
    /// Unknown, or of a type WASI has no number for, such as a pipe.
    Unknown = 0,
    /// A block device.
    BlockDevice = 1,
    /// A character device.
    CharacterDevice = 2,
    /// A directory.
    Directory = 3,
    /// A regular file.
    RegularFile = 4,
    /// A datagram socket.
    SocketDgram = 5,
    /// A stream socket.
    SocketStream = 6,
    /// A symbolic link.
    SymbolicLink = 7,
}

impl From<fs::FileType> for FileType {
    #[inline]
    fn from(file_type: fs::FileType) -> Self {
        match file_type {
            fs::FileType::RegularFile => Self::RegularFile,
            fs::FileType::Directory => Self::Directory,
            fs::FileType::Symlink => Self::SymbolicLink,
            fs::FileType::CharacterDevice => Self::CharacterDevice,
            fs::FileType::BlockDevice => Self::BlockDevice,
            fs::FileType::Socket => Self::SocketStream,
            fs::FileType::Fifo | fs::FileType::Unknown => Self::Unknown,
        }
    }
}

/// Makes a type of flags: its raw form, its bits, and the check that no other bit is set.
macro_rules! flags {
    ($(#[$doc:meta])* $name:ident { $($(#[$bit_doc:meta])* $bit:ident = $value:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name(u32);

        impl $name {
            $($(#[$bit_doc])* pub const $bit: Self = Self($value);)*

            /// No flags.
            pub const NONE: Self = Self(0);

            /// Checks a guest's value: `EINVAL` for bits that mean nothing.
            #[inline]
            pub fn new(bits: u32) -> Result<Self, Errno> {
                let known = 0 $(| $value)*;
                if bits & !known == 0 { Ok(Self(bits)) } else { Err(Errno::INVAL) }
            }

            /// Tells if `flag` is set.
            #[inline]
            pub fn has(self, flag: Self) -> bool {
                self.0 & flag.0 != 0
            }

            /// As a number.
            #[inline]
            pub fn bits(self) -> u32 {
                self.0
            }
        }

        impl core::ops::BitOr for $name {
            type Output = Self;

            #[inline]
            fn bitor(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }
        }
    };
}

flags! {
    /// `lookupflags`.
    LookupFlags {
        /// Follow a symbolic link that a path ends with.
        SYMLINK_FOLLOW = 1,
    }
}

flags! {
    /// `oflags`.
    OpenFlags {
        /// Create the file if it does not exist.
        CREAT = 1,
        /// Fail if it is not a directory.
        DIRECTORY = 2,
        /// Fail if it exists.
        EXCL = 4,
        /// Truncate it.
        TRUNC = 8,
    }
}

flags! {
    /// `fdflags`.
    FdFlags {
        /// Writes go to the end.
        APPEND = 1,
        /// Data is written through.
        DSYNC = 2,
        /// Calls do not block.
        NONBLOCK = 4,
        /// Reads are synchronised too.
        RSYNC = 8,
        /// Data and metadata are written through.
        SYNC = 16,
    }
}

flags! {
    /// `fstflags`.
    SetTimeFlags {
        /// Set the time of the last access.
        ATIM = 1,
        /// Set it to now.
        ATIM_NOW = 2,
        /// Set the time of the last modification.
        MTIM = 4,
        /// Set it to now.
        MTIM_NOW = 8,
    }
}

flags! {
    /// `sdflags`.
    ShutdownFlags {
        /// No more receiving.
        RD = 1,
        /// No more sending.
        WR = 2,
    }
}

flags! {
    /// `riflags`.
    ReceiveFlags {
        /// Leave the message in the queue.
        PEEK = 1,
        /// Wait until the buffers are full.
        WAITALL = 2,
    }
}

impl FdFlags {
    const PAIRS: [(Self, OFlags); 5] = [
        (Self::APPEND, OFlags::APPEND),
        (Self::DSYNC, OFlags::DSYNC),
        (Self::NONBLOCK, OFlags::NONBLOCK),
        (Self::RSYNC, OFlags::RSYNC),
        (Self::SYNC, OFlags::SYNC),
    ];

    /// As flags of open(2).
    #[inline]
    pub fn to_linux(self) -> OFlags {
        let set = Self::PAIRS.into_iter().filter(|&(flag, _)| self.has(flag));
        set.fold(OFlags::empty(), |all, (_, linux)| all | linux)
    }

    /// From flags of open(2). On Linux `SYNC` and `RSYNC` are one flag, which includes `DSYNC`.
    #[inline]
    pub fn from_linux(flags: OFlags) -> Self {
        let set = Self::PAIRS
            .into_iter()
            .filter(|&(_, linux)| flags.contains(linux));
        set.fold(Self(0), |all, (flag, _)| all | flag)
    }
}

/// `rights`: what a descriptor can be used for. Reported, never a reason to refuse.
pub mod rights {
    /// fd_read and the like.
    pub const FD_READ: u64 = 1 << 1;
    /// fd_seek.
    pub const FD_SEEK: u64 = 1 << 2;
    /// fd_write and the like.
    pub const FD_WRITE: u64 = 1 << 6;
    /// fd_readdir.
    pub const FD_READDIR: u64 = 1 << 14;
    /// path_filestat_set_size.
    pub const PATH_FILESTAT_SET_SIZE: u64 = 1 << 19;
    /// fd_filestat_set_size.
    pub const FD_FILESTAT_SET_SIZE: u64 = 1 << 22;
    /// sock_accept.
    pub const SOCK_ACCEPT: u64 = 1 << 29;
    /// Every right.
    pub const ALL: u64 = (1 << 30) - 1;
    /// The rights on a preopened directory itself: everything with a path, fd_readdir and the
    /// filestat functions.
    pub const PREOPEN: u64 =
        ((1 << 27) - (1 << 9)) & !PATH_FILESTAT_SET_SIZE & !FD_FILESTAT_SET_SIZE;
    /// The rights on what is opened in a preopened directory: those, and everything with a file.
    pub const PREOPEN_INHERITING: u64 = ((1 << 28) - 1) & !PATH_FILESTAT_SET_SIZE;
}

/// `fdstat`.
#[derive(Clone, Copy, Debug)]
pub struct FdStat {
    /// Its type.
    pub file_type: FileType,
    /// Its flags.
    pub flags: FdFlags,
    /// The rights on it.
    pub rights_base: u64,
    /// The rights on descriptors opened through it.
    pub rights_inheriting: u64,
}

impl FdStat {
    /// As it lies in memory.
    #[inline]
    pub fn layout(&self) -> [u8; 24] {
        let mut bytes = [0; 24];
        bytes[0] = self.file_type as u8;
        bytes[2..4].copy_from_slice(&(self.flags.bits() as u16).to_le_bytes());
        bytes[8..16].copy_from_slice(&self.rights_base.to_le_bytes());
        bytes[16..].copy_from_slice(&self.rights_inheriting.to_le_bytes());
        bytes
    }
}

/// `filestat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileStat {
    /// Device.
    pub dev: u64,
    /// Serial number on the device.
    pub ino: u64,
    /// Type.
    pub file_type: FileType,
    /// Hard links to it.
    pub nlink: u64,
    /// Bytes in it.
    pub size: u64,
    /// Last access, in nanoseconds since 1970.
    pub atim: u64,
    /// Last modification.
    pub mtim: u64,
    /// Last change of status.
    pub ctim: u64,
}

impl FileStat {
    /// Describes a standard stream: by nothing but its type.
    #[inline]
    pub fn of_stream(file_type: FileType) -> Self {
        FileStat {
            dev: 0,
            ino: 0,
            file_type,
            nlink: 0,
            size: 0,
            atim: 0,
            mtim: 0,
            ctim: 0,
        }
    }

    /// As it lies in memory in preview1.
    #[inline]
    pub fn layout(&self) -> [u8; 64] {
        let mut bytes = [0; 64];
        bytes[16] = self.file_type as u8;
        let fields = [
            (0, self.dev),
            (8, self.ino),
            (24, self.nlink),
            (32, self.size),
            (40, self.atim),
            (48, self.mtim),
            (56, self.ctim),
        ];
        for (at, field) in fields {
            bytes[at..at + 8].copy_from_slice(&field.to_le_bytes());
        }
        bytes
    }
}

/// Nanoseconds since 1970, from seconds and the nanoseconds after them. A time before 1970 becomes 0,
/// one that no 64 bits hold the last that they do.
#[inline(always)]
pub fn timestamp(seconds: i64, nanoseconds: u64) -> u64 {
    match u64::try_from(seconds) {
        Ok(seconds) => seconds
            .saturating_mul(1_000_000_000)
            .saturating_add(nanoseconds),
        Err(_) => 0,
    }
}

impl From<Stat> for FileStat {
    // The types of these fields differ from one architecture to another.
    #[allow(clippy::unnecessary_cast)]
    #[inline]
    fn from(stat: Stat) -> Self {
        FileStat {
            dev: stat.st_dev,
            ino: stat.st_ino,
            file_type: fs::FileType::from_raw_mode(stat.st_mode).into(),
            nlink: stat.st_nlink as u64,
            size: stat.st_size as u64,
            atim: timestamp(stat.st_atime as i64, stat.st_atime_nsec as u64),
            mtim: timestamp(stat.st_mtime as i64, stat.st_mtime_nsec as u64),
            ctim: timestamp(stat.st_ctime as i64, stat.st_ctime_nsec as u64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::timestamp;

    #[test]
    fn times_outside_the_range_become_its_ends() {
        assert_eq!(timestamp(0, 5), 5);
        assert_eq!(
            timestamp(1_700_000_000, 999_999_999),
            1_700_000_000_999_999_999
        );
        for (seconds, nanoseconds) in [(-1, 0), (-1, 500_000_000), (i64::MIN, 999_999_999)] {
            assert_eq!(timestamp(seconds, nanoseconds), 0);
        }
        assert_eq!(timestamp(1 << 62, 1), u64::MAX);
    }
}
