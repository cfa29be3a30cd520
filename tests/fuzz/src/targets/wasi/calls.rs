//! Calls of WASI functions: their choice, and how the guest is told to make them.

use super::model::errno;
use crate::targets::one_of;
use anyhow::Result;
use arbitrary::Unstructured;

/// Bytes of what the guest is told of a call: the function's number and nine arguments.
pub const RECORD: usize = 80;
/// The address of the guest's records, and after them the paths.
pub const RECORDS: u32 = 0x1_0000;
/// The address of the results of calls: of each the error number, and the window.
pub const LOG: u32 = 0x8_0000;
/// The address that functions write to: a number, and bytes from the one 16 further on.
pub const WINDOW: u32 = 0x1000;
/// Bytes of it.
pub const WINDOW_LEN: usize = 64;
/// Bytes of a log entry.
pub const ENTRY: usize = 4 + WINDOW_LEN;
/// The address of the description of the one buffer of a read or write.
const BUFFER: u32 = 0x800;
/// A pointer to nothing.
const NOWHERE: u32 = 0xffff_ff00;

macro_rules! functions {
    ($($variant:ident = $name:literal, $signature:literal;)*) => {
        /// A function.
        #[derive(Clone, Copy, Debug)]
        pub enum Function { $($variant,)* }

        impl Function {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];
            /// Their names, with a letter for the type of each parameter: `w` is i32, `l` is i64.
            pub const SIGNATURES: &[(&str, &str)] = &[$(($name, $signature),)*];
        }
    };
}

functions! {
    PathOpen = "path_open", "wwwwwllww";
    PathCreateDirectory = "path_create_directory", "www";
    PathRemoveDirectory = "path_remove_directory", "www";
    PathUnlinkFile = "path_unlink_file", "www";
    PathRename = "path_rename", "wwwwww";
    PathLink = "path_link", "wwwwwww";
    PathSymlink = "path_symlink", "wwwww";
    PathReadlink = "path_readlink", "wwwwww";
    PathFilestatGet = "path_filestat_get", "wwwww";
    FdClose = "fd_close", "w";
    FdRenumber = "fd_renumber", "ww";
    FdRead = "fd_read", "wwww";
    FdWrite = "fd_write", "wwww";
    FdSeek = "fd_seek", "wlww";
    FdFilestatSetSize = "fd_filestat_set_size", "wl";
    FdFilestatGet = "fd_filestat_get", "ww";
}

const NAMES: [&str; 19] = [
    "a", "b", "d", "e", "l", "ld", "out", "abs", "loop", "gone", "new", "up", "f", "s", "x", ".",
    "..", "", "secret",
];

/// A path as an argument.
#[derive(Clone, Debug)]
struct Path {
    bytes: Vec<u8>,
    is_nowhere: bool,
}

impl Path {
    fn new(input: &mut Unstructured) -> Result<Self> {
        let mut names = Vec::new();
        for _ in 0..*one_of(input, &[1, 1, 1, 1, 2, 2, 3])? {
            names.push(one_of(input, &NAMES)?.as_bytes().to_vec());
        }
        match input.int_in_range(0..=60)? {
            0 => names.push(b"\xff".to_vec()),
            1 => names.push(b"a\0b".to_vec()),
            2 => names.push(vec![b'n'; 300]),
            3..8 => names.push(Vec::new()),
            _ => {}
        }
        Ok(Path {
            bytes: names.join(&b'/'),
            is_nowhere: input.ratio(1, 60)?,
        })
    }

    fn checked(&self) -> std::result::Result<&str, u32> {
        if self.is_nowhere {
            return Err(errno::FAULT);
        }
        match std::str::from_utf8(&self.bytes) {
            Err(_) => Err(errno::ILSEQ),
            Ok(path) if path.contains('\0') => Err(errno::INVAL),
            Ok("") => Err(errno::NOENT),
            Ok(path) if path.starts_with('/') => Err(errno::PERM),
            Ok(path) => Ok(path),
        }
    }
}

/// A call with arguments, of which the function takes some.
#[derive(Clone, Debug)]
pub struct Call {
    pub function: Function,
    pub fd: u32,
    pub other_fd: u32,
    path: Path,
    other_path: Path,
    pub lookup: u32,
    pub open: u32,
    pub fd_flags: u32,
    pub rights: u64,
    pub len: u32,
    pub byte: u8,
    pub whence: u32,
    pub offset: i64,
}

impl Call {
    /// A call. Those that change which descriptors there are spare the standard streams, on which the
    /// guest tells what it has seen.
    pub fn new(input: &mut Unstructured) -> Result<Self> {
        let function = match input.ratio(1, 5)? {
            true => Function::PathOpen,
            false => *one_of(input, Function::ALL)?,
        };
        let dirs = [3, 3, 3, 3, 3, 3, 3, 4, 4, 5, 5, 6, 0, u32::MAX];
        let fds = match function {
            Function::FdClose | Function::FdRenumber => &[4, 5, 6, 7, 8, 9, 1000, u32::MAX][..],
            Function::FdRead | Function::FdWrite | Function::FdFilestatGet => {
                &[3, 4, 5, 6, 7, 8, 9, u32::MAX]
            }
            Function::FdSeek | Function::FdFilestatSetSize => &[0, 1, 3, 5, 6, 7, 8, 9, u32::MAX],
            _ => &dirs,
        };
        Ok(Call {
            function,
            fd: *one_of(input, fds)?,
            other_fd: *one_of(
                input,
                match function {
                    Function::FdRenumber => &[4, 5, 6, 7, 8, 9][..],
                    _ => &dirs,
                },
            )?,
            path: Path::new(input)?,
            other_path: Path::new(input)?,
            lookup: *one_of(input, &[0, 0, 0, 0, 0, 1, 1, 1, 1, 2])?,
            open: *one_of(input, &[0, 0, 0, 1, 1, 2, 2, 4, 5, 8, 9, 13, 3, 16])?,
            fd_flags: *one_of(input, &[0, 0, 0, 0, 0, 1, 1, 4, 5, 32])?,
            rights: *one_of(input, &[0, 2, 64, 66, 66, u64::MAX])?,
            len: input.int_in_range(0..=40)?,
            byte: input.int_in_range(b'a'..=b'z')?,
            whence: *one_of(input, &[0, 1, 2, 3])?,
            offset: input.int_in_range(-20..=90)?,
        })
    }

    /// Its path, or the error that it gives.
    pub fn path(&self) -> std::result::Result<&str, u32> {
        self.path.checked()
    }

    /// Its second path.
    pub fn other_path(&self) -> std::result::Result<&str, u32> {
        self.other_path.checked()
    }

    /// Adds its paths to those from `start` on; the arguments as the guest passes them.
    fn arguments(&self, start: u32, paths: &mut Vec<u8>) -> Vec<u64> {
        let mut place = |path: &Path| {
            let at = start + paths.len() as u32;
            paths.extend_from_slice(&path.bytes);
            let at = if path.is_nowhere { NOWHERE } else { at };
            [
                u64::from(at),
                path.bytes.len().max(usize::from(path.is_nowhere) * 512) as u64,
            ]
        };
        let [path, len] = place(&self.path);
        let [other, other_len] = place(&self.other_path);
        let [fd, other_fd, lookup] = [self.fd, self.other_fd, self.lookup].map(u64::from);
        let window = u64::from(WINDOW);
        let size = u64::from(self.len);
        match self.function {
            Function::PathOpen => {
                let [open, fd_flags] = [self.open, self.fd_flags].map(u64::from);
                vec![
                    fd,
                    lookup,
                    path,
                    len,
                    open,
                    self.rights,
                    0,
                    fd_flags,
                    window,
                ]
            }
            Function::PathCreateDirectory
            | Function::PathRemoveDirectory
            | Function::PathUnlinkFile => vec![fd, path, len],
            Function::PathRename => vec![fd, path, len, other_fd, other, other_len],
            Function::PathLink => vec![fd, lookup, path, len, other_fd, other, other_len],
            Function::PathSymlink => vec![other, other_len, fd, path, len],
            Function::PathReadlink => vec![fd, path, len, window + 16, size, window],
            Function::PathFilestatGet => vec![fd, lookup, path, len, window],
            Function::FdClose => vec![fd],
            Function::FdRenumber => vec![fd, other_fd],
            Function::FdRead | Function::FdWrite => vec![fd, BUFFER.into(), 1, window],
            Function::FdSeek => vec![fd, self.offset as u64, self.whence.into(), window],
            Function::FdFilestatSetSize => vec![fd, self.offset.unsigned_abs()],
            Function::FdFilestatGet => vec![fd, window],
        }
    }

    /// Gives what is to be compared of the window after a call that succeeded: neither what the model does not
    /// know, such as times, nor what no standard says, such as the length of a directory.
    pub fn shown(&self, window: &[u8]) -> Vec<u8> {
        match self.function {
            Function::PathOpen => window[..4].into(),
            Function::PathReadlink | Function::FdRead => {
                let count = u32::from_le_bytes([window[0], window[1], window[2], window[3]]);
                let bytes = window[16..].iter().take(count as usize);
                window[..4].iter().chain(bytes).copied().collect()
            }
            Function::FdWrite => window[..4].into(),
            Function::FdSeek => window[..8].into(),
            Function::PathFilestatGet | Function::FdFilestatGet if window[16] == 3 => vec![3],
            Function::PathFilestatGet | Function::FdFilestatGet => {
                [&window[16..17], &window[24..40]].concat()
            }
            _ => Vec::new(),
        }
    }
}

/// Gives what the guest reads: the number of calls and 12 bytes of nothing, the records, the paths.
pub fn encode(calls: &[Call]) -> Vec<u8> {
    let mut bytes = (calls.len() as u32).to_le_bytes().to_vec();
    bytes.resize(16, 0);
    let mut paths = Vec::new();
    let start = RECORDS + 16 + (calls.len() * RECORD) as u32;
    for call in calls {
        let record = bytes.len();
        // The number of the function, the buffer's length and the byte that it is filled with.
        bytes.push(call.function as u8);
        bytes.push(call.len as u8);
        bytes.push(call.byte);
        bytes.resize(record + 8, 0);
        for argument in call.arguments(start, &mut paths) {
            bytes.extend_from_slice(&argument.to_le_bytes());
        }
        bytes.resize(record + RECORD, 0);
    }
    bytes.extend(paths);
    bytes
}

/// The guest: it makes the calls that standard input tells, and writes the log.
pub fn guest() -> String {
    let mut imports = String::new();
    let mut cases = String::new();
    for (number, (name, signature)) in Function::SIGNATURES.iter().enumerate() {
        let types = signature.chars().map(|letter| match letter {
            'w' => "i32 ",
            _ => "i64 ",
        });
        let types: String = types.collect();
        imports += &format!(
            "(import \"wasi_snapshot_preview1\" \"{name}\" (func ${name} (param {types}) (result i32)))\n"
        );
        let arguments = signature.chars().enumerate().map(|(index, letter)| {
            let at = 8 + 8 * index;
            match letter {
                'w' => format!("(i32.load offset={at} (local.get $record))"),
                _ => format!("(i64.load offset={at} (local.get $record))"),
            }
        });
        let arguments: String = arguments.collect();
        cases += &format!(
            "(if (i32.eq (i32.load8_u (local.get $record)) (i32.const {number}))
                (then (local.set $error (call ${name} {arguments}))))\n"
        );
    }
    let first = RECORDS + 16;
    format!(
        r#"(module
  {imports}
  (memory (export "memory") 16)
  (func $call (param $record i32) (param $log i32) (local $error i32) (local $size i32)
    (memory.fill (i32.const {WINDOW}) (i32.const 0) (i32.const {WINDOW_LEN}))
    (local.set $size (i32.load8_u offset=1 (local.get $record)))
    (memory.fill (i32.add (i32.const {WINDOW}) (i32.const 16))
      (i32.load8_u offset=2 (local.get $record)) (local.get $size))
    (i32.store (i32.const {BUFFER}) (i32.add (i32.const {WINDOW}) (i32.const 16)))
    (i32.store offset=4 (i32.const {BUFFER}) (local.get $size))
    {cases}
    (i32.store (local.get $log) (local.get $error))
    (memory.copy (i32.add (local.get $log) (i32.const 4)) (i32.const {WINDOW}) (i32.const {WINDOW_LEN})))
  (func (export "_start") (local $at i32) (local $count i32) (local $record i32) (local $log i32)
    (local.set $at (i32.const {RECORDS}))
    (loop $more
      (i32.store (i32.const 0) (local.get $at))
      (i32.store (i32.const 4) (i32.const 65536))
      (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
      (local.set $at (i32.add (local.get $at) (i32.load (i32.const 8))))
      (br_if $more (i32.load (i32.const 8))))
    (local.set $count (i32.load (i32.const {RECORDS})))
    (local.set $record (i32.const {first}))
    (local.set $log (i32.const {LOG}))
    (loop $next
      (call $call (local.get $record) (local.get $log))
      (local.set $record (i32.add (local.get $record) (i32.const {RECORD})))
      (local.set $log (i32.add (local.get $log) (i32.const {ENTRY})))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br_if $next (local.get $count)))
    (i32.store (i32.const 0) (i32.const {LOG}))
    (i32.store (i32.const 4) (i32.sub (local.get $log) (i32.const {LOG})))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
"#
    )
}
