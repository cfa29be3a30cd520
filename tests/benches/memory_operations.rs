//! `memory.copy` and `memory.fill`, sandbox checks included, against the C library's `memmove` and
//! `memset` in the same process, for sizes from 1 B to 64 MiB.
//!
//! Kiln makes a shared library of a module that repeats one operator; a loop around a call of the C
//! function does the same in the same memory. Both take turns, the shortest of many turns counts.
//! `cargo bench --bench memory_operations` prints nanoseconds and ratios (below 1: Kiln is
//! faster) as the table of `docs/memory-operations.md`. With `-- explicit` the module checks bounds
//! explicitly; numbers are sizes to measure instead of the usual ones. Nothing is asserted about time.

use anyhow::{Context, Result, ensure};
use kiln_compiler::{BoundsChecks, Compiler, Emit, Options};
use std::ffi::{CStr, CString, c_void};
use std::hint::black_box;
use std::ptr;
use std::time::{Duration, Instant};

/// Sizes on both sides of the limits between methods, Kiln's and the C library's.
const SIZES: [u32; 40] = [
    1,
    2,
    3,
    4,
    7,
    8,
    15,
    16,
    24,
    32,
    33,
    64,
    65,
    96,
    128,
    129,
    192,
    256,
    257,
    384,
    512,
    513,
    768,
    1024,
    1500,
    2047,
    2048,
    4096,
    8192,
    16384,
    65536,
    262144,
    1 << 20,
    2 << 20,
    4 << 20,
    8 << 20,
    16 << 20,
    32 << 20,
    48 << 20,
    MAX,
];

const MAX: u32 = 64 << 20;

/// Two ranges of the largest size, and room between them.
const PAGES: u32 = 2 * (MAX >> 16) + 4;

const OPERATIONS: [Operation; 7] = [
    copy("copy", |len| (0, apart(len) + 2048)),
    copy("unaligned", |len| (3, apart(len) + 2053)),
    copy("pages apart", |len| (0, apart(len) + 5)),
    copy("1 up", |_| (0, 1)),
    copy("half down", |len| (len / 2 + 1, 0)),
    fill("fill", 0),
    fill("unaligned", 5),
];

/// Something to do, and where.
struct Operation {
    name: &'static str,
    /// Gives source and target by length; a fill has no source.
    places: fn(u32) -> (u32, u32),
    is_fill: bool,
}

const fn copy(name: &'static str, places: fn(u32) -> (u32, u32)) -> Operation {
    Operation {
        name,
        places,
        is_fill: false,
    }
}

const fn fill(name: &'static str, target: u32) -> Operation {
    Operation {
        name,
        places: match target {
            0 => |_| (0, 0),
            _ => |_| (0, 5),
        },
        is_fill: true,
    }
}

/// A distance in whole pages that leaves a page between ranges of this length.
fn apart(len: u32) -> u32 {
    (len + 4096).next_multiple_of(4096)
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_explicit = arguments.iter().any(|argument| argument == "explicit");
    let sizes: Vec<u32> = arguments.iter().filter_map(|a| a.parse().ok()).collect();
    let sizes = if sizes.is_empty() { &SIZES[..] } else { &sizes };
    let library = Library::new(is_explicit)?;
    library.warm_up()?;

    print!("| bytes |");
    for operation in &OPERATIONS {
        print!(" {} |", operation.name);
    }
    println!("\n|---|{}", "---|".repeat(OPERATIONS.len()));
    for &len in sizes {
        ensure!((1..=MAX).contains(&len), "{len} bytes are not measured");
        print!("| {len} |");
        for operation in &OPERATIONS {
            let [kiln, c] = library.measure(operation, len)?;
            print!(" {kiln:.1} / {c:.1} = {:.2} |", kiln / c);
        }
        println!();
    }
    Ok(())
}

/// An instance of the module, in a library that is loaded.
struct Library {
    instance: *mut c_void,
    memory: *mut u8,
    copy: Copy,
    fill: Fill,
}

type Copy = unsafe extern "C" fn(*mut c_void, u32, u32, u32, u32) -> u32;
type Fill = unsafe extern "C" fn(*mut c_void, u32, u32, u32) -> u32;

impl Library {
    fn new(is_explicit: bool) -> Result<Self> {
        let mut options = Options::default();
        options.emit = Emit::SharedLibrary;
        options.name = "module".into();
        if is_explicit {
            options.bounds_checks = BoundsChecks::Explicit;
        }
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("module.so");
        Compiler::new(options)?
            .compile(module().as_bytes())?
            .write(&file)?;
        let path = CString::new(file.to_str().context("a path in UTF-8")?)?;
        // SAFETY: the library's functions have these types, see its header.
        unsafe {
            let library = libc::dlopen(path.as_ptr(), libc::RTLD_NOW);
            ensure!(!library.is_null(), "the library does not load");
            let find = |name: &CStr| {
                let found = libc::dlsym(library, name.as_ptr());
                ensure!(!found.is_null(), "the library has no {name:?}");
                anyhow::Ok(found)
            };
            type New = unsafe extern "C" fn(*mut *mut c_void) -> u32;
            type Start = unsafe extern "C" fn(*mut c_void) -> u32;
            type Memory = unsafe extern "C" fn(*mut c_void) -> *mut u8;
            let new: New = std::mem::transmute(find(c"module_instance_new")?);
            let start: Start = std::mem::transmute(find(c"module_instance_start")?);
            let memory: Memory = std::mem::transmute(find(c"module_instance_memory")?);
            let copy: Copy = std::mem::transmute(find(c"module_copy")?);
            let fill: Fill = std::mem::transmute(find(c"module_fill")?);
            let mut instance = ptr::null_mut();
            ensure!(new(&mut instance) == 0, "no instance");
            ensure!(start(instance) == 0, "the instance does not start");
            Ok(Library {
                instance,
                memory: memory(instance),
                copy,
                fill,
            })
        }
    }

    /// Touches all the memory, so that none of it is mapped while something is measured, and does as
    /// much as it takes for the runtime to ask which vectors the processor has.
    fn warm_up(&self) -> Result<()> {
        // SAFETY: the library checks the ranges.
        let status = unsafe { (self.fill)(self.instance, 0, PAGES << 16, 2) };
        ensure!(status == 0, "filling all the memory ends with {status}");
        Ok(())
    }

    /// Nanoseconds for one operation, by Kiln and by the C library.
    fn measure(&self, operation: &Operation, len: u32) -> Result<[f64; 2]> {
        let (from, to) = (operation.places)(len);
        let count = (200_000 / (len + 100)).clamp(1, 1000);
        let turns = match len {
            0..0x4000 => 400,
            0x4000..0x10_0000 => 100,
            0x10_0000..0x100_0000 => 20,
            _ => 8,
        };
        let mut best = [Duration::MAX; 2];
        for _ in 0..turns {
            let start = Instant::now();
            // SAFETY: the library checks the ranges.
            let status = unsafe {
                if operation.is_fill {
                    (self.fill)(self.instance, to, len, count)
                } else {
                    (self.copy)(self.instance, to, from, len, count)
                }
            };
            best[0] = best[0].min(start.elapsed());
            ensure!(status == 0, "{} ends with {status}", operation.name);

            let memmove = black_box(libc::memmove as unsafe extern "C" fn(_, _, _) -> _);
            let memset = black_box(libc::memset as unsafe extern "C" fn(_, _, _) -> _);
            let start = Instant::now();
            for _ in 0..count {
                // SAFETY: the library has just found that these ranges lie in the memory.
                unsafe {
                    let to = self.memory.add(to as usize).cast();
                    if operation.is_fill {
                        memset(to, 7, len as usize);
                    } else {
                        let from = self.memory.add(from as usize).cast_const().cast();
                        memmove(to, from, len as usize);
                    }
                }
            }
            best[1] = best[1].min(start.elapsed());
        }
        Ok(best.map(|time| time.as_secs_f64() * 1e9 / f64::from(count)))
    }
}

/// A module that repeats an operator as often as it is told.
fn module() -> String {
    format!(
        r#"(module
            (memory (export "memory") {PAGES})
            (func (export "copy")
                (param $to i32) (param $from i32) (param $len i32) (param $count i32)
                (loop $again
                    (memory.copy (local.get $to) (local.get $from) (local.get $len))
                    (local.set $count (i32.sub (local.get $count) (i32.const 1)))
                    (br_if $again (local.get $count))))
            (func (export "fill") (param $to i32) (param $len i32) (param $count i32)
                (loop $again
                    (memory.fill (local.get $to) (i32.const 7) (local.get $len))
                    (local.set $count (i32.sub (local.get $count) (i32.const 1)))
                    (br_if $again (local.get $count)))))"#
    )
}
