//! A test that calls every function of [`kiln_abi::contract`], but for `proc_exit`, with random descriptors, pointers, lengths
//! and flags: nothing may crash, write outside the guest's memory, leave its directory or leak a
//! descriptor. Beside that directory the guest has an embedded one.

use super::{args, clock, dir, fd, io, path, poll, proc, random, snapshot0, sock};
use crate::embed::{Open, Place};
use crate::fd::Descriptor;
use crate::given_text::Text;
use crate::guest::Memory;
use crate::host::Host;
use crate::path::Method;
use crate::sys::errno::Errno;
use crate::testing::{Guest, TempDir, image};
use kiln_abi::embed::Image;
use rustix::fs::OFlags;
use std::fs;

const ITERATIONS: u32 = 60_000;
/// Bytes of memory; as many lie before and after it, which must not change.
const LEN: usize = 8192;
const GUARD: u8 = 0xa5;

/// The place of paths, and the paths.
const PATHS: u32 = 64;
const NAMES: [&str; 14] = [
    "a",
    "b",
    "d",
    "d/",
    "d/a",
    "l",
    "l/a",
    "d/..",
    "../x",
    "..",
    "/",
    ".",
    "",
    "d/../../x",
];

/// Vigna's xorshift64*, and the length of the path whose pointer was the last.
struct Random {
    state: u64,
    path_len: u32,
}

impl Random {
    fn next(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 8) % limit
    }

    fn one_in(&mut self, chances: u64) -> bool {
        self.below(chances) == 0
    }

    fn any(&mut self) -> u32 {
        self.next() as u32
    }

    fn descriptor(&mut self) -> u32 {
        if self.one_in(20) {
            self.any()
        } else {
            3 + self.below(12) as u32
        }
    }

    fn pointer(&mut self) -> u32 {
        match self.below(8) {
            0 => self.any(),
            1 => u32::MAX - self.below(64) as u32,
            2 => LEN as u32 - self.below(64) as u32,
            _ => 1024 + self.below(6000) as u32,
        }
    }

    fn len(&mut self) -> u32 {
        match self.below(8) {
            0 => self.any(),
            1 => u32::MAX - self.below(8) as u32,
            2 => 0,
            _ => self.below(500) as u32,
        }
    }

    fn flags(&mut self) -> u32 {
        if self.one_in(20) {
            self.any()
        } else {
            self.below(32) as u32
        }
    }

    fn offset(&mut self) -> u64 {
        if self.one_in(8) {
            self.next()
        } else {
            self.below(10_000)
        }
    }

    /// A path's pointer, most often that of one of [`NAMES`]; its length is kept for the next argument.
    fn path(&mut self) -> u32 {
        if self.one_in(10) {
            self.path_len = self.len();
            return self.pointer();
        }
        let index = self.below(NAMES.len() as u64) as usize;
        self.path_len = NAMES[index].len() as u32;
        PATHS + 16 * index as u32
    }

    /// An argument of a function by its name, which says what is likely to make the call succeed.
    fn argument(&mut self, function: &str, name: &str) -> u64 {
        match (function, name) {
            // The descriptors of the test and its standard streams stay open.
            ("fd_close", "fd") | ("fd_renumber", _) => self.descriptor().max(5).into(),
            // Any other number of subscriptions could wait for ever.
            ("poll_oneoff", "count") => u64::from(self.any() as u8) << 24,
            // No signal has such a number.
            ("proc_raise", _) => self.flags().max(31).into(),
            ("path_open", "dir") => 3 + self.below(2),
            // Without synchronous writes, which take long.
            ("path_open", "fd_flags") => u64::from(self.flags() & !16),
            // Room that is really taken on the disk.
            ("fd_allocate" | "fd_pwrite" | "fd_filestat_set_size", "offset" | "size") => {
                self.offset() % 100_000
            }
            ("fd_allocate", "len") | (_, "count") => self.below(40),
            (_, "fd" | "dir" | "old_dir" | "new_dir") => self.descriptor().into(),
            (_, "path" | "old_path" | "new_path" | "target") => self.path().into(),
            (_, "path_len" | "old_path_len" | "new_path_len" | "target_len") => {
                self.path_len.into()
            }
            (_, "lookup_flags" | "old_flags") => u64::from(self.flags() % 3),
            (_, "id" | "whence" | "how" | "advice") => u64::from(self.flags() % 8),
            (_, name) if name.ends_with("flags") => self.flags().into(),
            (_, "rights_base" | "rights_inheriting") => self.next(),
            (_, "len") => self.len().into(),
            (_, "offset" | "size" | "cookie" | "precision" | "base" | "inheriting") => {
                self.offset()
            }
            (_, "atim" | "mtim") => self.offset(),
            (_, "pointers" | "bytes" | "buffers" | "buffer" | "subscriptions" | "events")
            | (_, "result" | "count_result" | "len_result" | "flags_result") => {
                self.pointer().into()
            }
            _ => unreachable!("no arguments for `{name}` of {function}"),
        }
    }
}

type Call = fn(&mut Random, &mut Host, Memory) -> Result<(), Errno>;

macro_rules! calls {
    (preview1 { $($preview1:tt)* } unstable { $($unstable:tt)* }) => {
        /// Calls of each function with random arguments.
        const CALLS: &[(&str, Call)] = calls!($($preview1)* $($unstable)*);
    };
    ($($family:ident::$name:ident($($arg:ident: $type:ty),*) needs $_:tt;)*) => {
        &[$((stringify!($name), |random, host, memory| {
            $(let $arg = random.argument(stringify!($name), stringify!($arg)) as $type;)*
            let _ = &random;
            $family::$name(host, memory, $($arg),*)
        })),*]
    };
}

kiln_abi::wasi_functions!(calls);

/// Calls a function, every tenth time `path_open`, on whose descriptors the others act.
fn call(random: &mut Random, host: &mut Host, memory: Memory) -> Result<(), Errno> {
    let opens = |(name, _): &&(&str, Call)| *name == "path_open";
    let any = &CALLS[random.below(CALLS.len() as u64) as usize];
    let (_, call) = if random.one_in(10) {
        CALLS.iter().find(opens).expect("a function of the list")
    } else {
        any
    };
    call(random, host, memory)
}

fn open_descriptors() -> usize {
    fs::read_dir("/proc/self/fd").expect("/proc").count()
}

#[test]
fn random_calls_do_no_harm() {
    let outer = TempDir::new();
    fs::write(outer.join("x"), "untouched").expect("writing a file");
    for (method, seed) in [(Method::Beneath, 0x9e37_79b9), (Method::Walk, 0x1234_5677)] {
        fs::create_dir(outer.join("jail")).expect("creating a directory");
        let mut guest = Guest::beneath(outer.join("jail"), method);
        let tree = Place::root(Image(image().leak()), 0).expect("a tree");
        let embedded = Open::new(tree, OFlags::empty());
        let embedded = Descriptor::embedded(embedded, Some(Text::plain(b"/e")));
        let embedded = guest.host.fds.insert(embedded.expect("a directory"));
        assert_eq!(embedded, Ok(4));
        let mut bytes = vec![GUARD; 3 * LEN];
        bytes[LEN..2 * LEN].fill(0);
        let memory = Memory {
            base: bytes[LEN..].as_mut_ptr(),
            len: LEN,
        };
        let mut random = Random {
            state: seed,
            path_len: 0,
        };
        let mut succeeded = 0;
        for _ in 0..ITERATIONS {
            for (index, name) in NAMES.iter().enumerate() {
                memory
                    .write(PATHS + 16 * index as u32, name.as_bytes())
                    .expect("inside");
            }
            succeeded += u32::from(call(&mut random, &mut guest.host, memory).is_ok());
        }
        assert!(
            succeeded > ITERATIONS / 20,
            "only {succeeded} calls did anything"
        );
        assert!(
            bytes[..LEN]
                .iter()
                .chain(&bytes[2 * LEN..])
                .all(|&byte| byte == GUARD)
        );
        assert_eq!(
            fs::read(outer.join("x")).expect("still there"),
            b"untouched"
        );
        let names = fs::read_dir(&outer.0).expect("still there").count();
        assert_eq!(names, 2, "something was made outside");
    }
    // Other tests open descriptors too, but not thousands.
    assert!(open_descriptors() < 200);
}
