//! WASI's error numbers (`errno` in `typenames.witx`, the same in both snapshots) and how Linux's
//! map to them: by name. They are called as rustix calls them.

macro_rules! errnos {
    ($($name:ident = $number:literal, $meaning:literal;)*) => {
        /// A WASI error number.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct Errno(u16);

        impl Errno {
            $(#[doc = $meaning] pub const $name: Self = Self($number);)*
            /// The capabilities are insufficient. Linux has no such error.
            pub const NOTCAPABLE: Self = Self(76);
        }

        impl From<rustix::io::Errno> for Errno {
            #[inline]
            fn from(errno: rustix::io::Errno) -> Self {
                match errno {
                    $(rustix::io::Errno::$name => Self::$name,)*
                    _ => Self::IO,
                }
            }
        }
    };
}

errnos! {
    TOOBIG = 1, "Argument list too long.";
    ACCESS = 2, "Permission denied.";
    ADDRINUSE = 3, "Address in use.";
    ADDRNOTAVAIL = 4, "Address not available.";
    AFNOSUPPORT = 5, "Address family not supported.";
    AGAIN = 6, "Resource unavailable, or the operation would block.";
    ALREADY = 7, "Connection already in progress.";
    BADF = 8, "Bad descriptor.";
    BADMSG = 9, "Bad message.";
    BUSY = 10, "Device or resource busy.";
    CANCELED = 11, "Operation canceled.";
    CHILD = 12, "No child processes.";
    CONNABORTED = 13, "Connection aborted.";
    CONNREFUSED = 14, "Connection refused.";
    CONNRESET = 15, "Connection reset.";
    DEADLK = 16, "Resource deadlock would occur.";
    DESTADDRREQ = 17, "Destination address required.";
    DOM = 18, "Argument out of the function's domain.";
    DQUOT = 19, "Disk quota exceeded.";
    EXIST = 20, "File exists.";
    FAULT = 21, "Bad address.";
    FBIG = 22, "File too large.";
    HOSTUNREACH = 23, "Host is unreachable.";
    IDRM = 24, "Identifier removed.";
    ILSEQ = 25, "Illegal byte sequence.";
    INPROGRESS = 26, "Operation in progress.";
    INTR = 27, "Interrupted.";
    INVAL = 28, "Invalid argument.";
    IO = 29, "Input or output error.";
    ISCONN = 30, "Socket is connected.";
    ISDIR = 31, "Is a directory.";
    LOOP = 32, "Too many levels of symbolic links.";
    MFILE = 33, "Too many open descriptors in the process.";
    MLINK = 34, "Too many links.";
    MSGSIZE = 35, "Message too large.";
    MULTIHOP = 36, "Multihop attempted.";
    NAMETOOLONG = 37, "File name too long.";
    NETDOWN = 38, "Network is down.";
    NETRESET = 39, "Connection aborted by the network.";
    NETUNREACH = 40, "Network unreachable.";
    NFILE = 41, "Too many open files in the system.";
    NOBUFS = 42, "No buffer space available.";
    NODEV = 43, "No such device.";
    NOENT = 44, "No such file or directory.";
    NOEXEC = 45, "Executable file format error.";
    NOLCK = 46, "No locks available.";
    NOLINK = 47, "Link has been severed.";
    NOMEM = 48, "Not enough memory.";
    NOMSG = 49, "No message of the desired type.";
    NOPROTOOPT = 50, "Protocol not available.";
    NOSPC = 51, "No space left on device.";
    NOSYS = 52, "Function not supported.";
    NOTCONN = 53, "Socket is not connected.";
    NOTDIR = 54, "Not a directory.";
    NOTEMPTY = 55, "Directory not empty.";
    NOTRECOVERABLE = 56, "State not recoverable.";
    NOTSOCK = 57, "Not a socket.";
    NOTSUP = 58, "Not supported.";
    NOTTY = 59, "Inappropriate I/O control operation.";
    NXIO = 60, "No such device or address.";
    OVERFLOW = 61, "Value too large.";
    OWNERDEAD = 62, "Previous owner died.";
    PERM = 63, "Operation not permitted.";
    PIPE = 64, "Broken pipe.";
    PROTO = 65, "Protocol error.";
    PROTONOSUPPORT = 66, "Protocol not supported.";
    PROTOTYPE = 67, "Protocol wrong type for socket.";
    RANGE = 68, "Result too large.";
    ROFS = 69, "Read-only file system.";
    SPIPE = 70, "Invalid seek.";
    SRCH = 71, "No such process.";
    STALE = 72, "Stale file handle.";
    TIMEDOUT = 73, "Connection timed out.";
    TXTBSY = 74, "Text file busy.";
    XDEV = 75, "Cross-device link.";
}

impl Errno {
    /// Returns the result of a WASI function: 0 where all went well.
    #[inline(always)]
    pub fn code(result: Result<(), Self>) -> u32 {
        match result {
            Ok(()) => 0,
            Err(Errno(number)) => u32::from(number),
        }
    }
}
