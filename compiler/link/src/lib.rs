//! Links relocatable objects into a static, position-independent ELF executable, or into a
//! shared library.
//!
//! Everything happens in memory and in this process: no linker, file or environment of the machine
//! takes part. Sections that nothing reaches from `_start`, or from what a library exports, are
//! dropped. What the linker would merely warn about is an error here.
//!
//! The linker, libwild, is generic over its file system and slow to compile for each one, which is
//! why this crate holds nothing else and its face is not generic.

mod files;

use files::Files;
pub use files::{is_archive, is_object};
use std::borrow::Cow;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError};

/// A relocatable ELF object, or an archive (`ar`) of them, whose members are taken as needed.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// Its name in errors; differs from that of every other input.
    pub name: &'a str,
    /// Its contents. What is owned is not copied, which counts where it is large.
    pub bytes: Cow<'a, [u8]>,
}

/// The machine that objects and output are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Machine {
    /// x86-64.
    X86_64,
    /// AArch64.
    Aarch64,
    /// RISC-V with 64 bits.
    Riscv64,
}

impl Machine {
    /// Its name in errors.
    pub fn name(self) -> &'static str {
        match self {
            Machine::X86_64 => "x86-64",
            Machine::Aarch64 => "AArch64",
            Machine::Riscv64 => "RISC-V",
        }
    }

    /// `e_machine` of its ELF files.
    fn number(self) -> u16 {
        match self {
            Machine::X86_64 => 62,
            Machine::Aarch64 => 183,
            Machine::Riscv64 => 243,
        }
    }

    /// The linker's name for it, as `-m` takes it.
    fn emulation(self) -> &'static str {
        match self {
            Machine::X86_64 => "elf_x86_64",
            Machine::Aarch64 => "aarch64linux",
            Machine::Riscv64 => "elf64lriscv",
        }
    }
}

/// Options of the linker.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LinkOptions {
    /// The machine.
    pub machine: Machine,
    /// The kind of output.
    pub output: Output,
    /// Leaves the output without symbols but those that it exports.
    pub strip: bool,
    /// Keeps debug information.
    pub debug: bool,
    /// Writes a build ID, which is a hash of the output.
    pub build_id: bool,
    /// Bytes that the output may not exceed, against objects that ask for absurd sizes.
    pub max_size: u64,
}

/// The kind of output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// An executable that starts at the symbol `_start` and needs nothing.
    Executable,
    /// A shared library that exports the objects' global symbols. What they leave undefined is
    /// looked for when it is loaded.
    SharedLibrary {
        /// The name that programs linked with it look for (`DT_SONAME`).
        soname: String,
    },
}

impl Default for LinkOptions {
    fn default() -> Self {
        Self {
            machine: Machine::X86_64,
            output: Output::Executable,
            strip: false,
            debug: false,
            build_id: false,
            max_size: 4 << 30,
        }
    }
}

/// Why objects could not be linked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// An input that cannot be linked at all.
    #[error("`{name}` is neither an {machine} ELF object nor an archive", machine = .machine.name())]
    NotAnObject {
        /// The input's name.
        name: String,
        /// The machine that it should be for.
        machine: Machine,
    },
    /// Two inputs have one name.
    #[error("two objects to link are named `{0}`")]
    DuplicateName(String),
    /// The linker's own words: which symbol is undefined, which section malformed.
    #[error("{0}")]
    Failed(String),
    /// The linker has a bug, which malformed objects may have led it to.
    #[error("the linker broke off: {0}")]
    Panicked(String),
}

// Besides what these say, libwild's defaults matter: it applies RELRO, resolves everything at start
// (`-z now`), drops unreachable sections and writes no build ID unless told to.
const ARGUMENTS: [&str; 7] = [
    "ld",
    "--gc-sections",
    "--no-identity-comment",
    "--hash-style=gnu",
    "-znoexecstack",
    "-o",
    files::OUTPUT,
];
// The runtime relocates executables, and reads packed relocations: 8 bytes for up to 63 words, not 24 for
// each.
const EXECUTABLE: [&str; 5] = [
    "-static",
    "-pie",
    "--no-dynamic-linker",
    "--eh-frame-hdr",
    "-zpack-relative-relocs",
];
// Its signal handlers stay installed when it is closed. What a user links in may throw exceptions.
const SHARED_LIBRARY: [&str; 4] = ["-shared", "-znodelete", "--eh-frame-hdr", "-soname"];

/// Links under way in this process.
static UNDER_WAY: AtomicUsize = AtomicUsize::new(0);

/// Keeps panics of the linker off standard error: while anything is linked, the process's panic hook tells
/// nothing, because [`LinkError::Panicked`] tells it. For programs; a library leaves its host's hook alone.
pub fn silence_panics() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let hook = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if UNDER_WAY.load(Ordering::Relaxed) == 0 {
                hook(panic);
            }
        }));
    });
}

/// Links `inputs`.
pub fn link(inputs: Vec<Input<'_>>, options: &LinkOptions) -> Result<Vec<u8>, LinkError> {
    let paths = inputs.iter().map(files::input_path).collect();
    let files = Files::new(inputs, options)?;
    UNDER_WAY.fetch_add(1, Ordering::Relaxed);
    // Nothing that a panic may have left half done is looked at again.
    let linked = catch_unwind(AssertUnwindSafe(|| run(paths, files, options)));
    UNDER_WAY.fetch_sub(1, Ordering::Relaxed);
    linked
        .map_err(|panic| LinkError::Panicked(panic_message(&*panic)))?
        .map_err(|error| LinkError::Failed(error.to_string().trim_end().to_owned()))
}

fn run(paths: Vec<String>, files: Files, options: &LinkOptions) -> libwild::error::Result<Vec<u8>> {
    let mut arguments: Vec<String> = ARGUMENTS.map(str::to_owned).into();
    arguments.extend(["-m", options.machine.emulation()].map(str::to_owned));
    let strip = match (options.strip, options.debug) {
        (true, _) => Some("--strip-all"),
        // That of what the user links in would not be complete.
        (false, false) => Some("--strip-debug"),
        (false, true) => None,
    };
    arguments.extend(strip.map(str::to_owned));
    if options.build_id {
        arguments.push("--build-id=fast".to_owned());
    }
    match &options.output {
        Output::Executable => arguments.extend(EXECUTABLE.map(str::to_owned)),
        Output::SharedLibrary { soname } => {
            arguments.extend(SHARED_LIBRARY.map(str::to_owned));
            arguments.push(soname.clone());
        }
    }
    arguments.extend(paths);
    let arguments = || arguments.iter().map(String::as_str);
    let warnings = Arc::new(Mutex::new(Vec::new()));

    let mut args = libwild::Args::new(arguments)?;
    let sink = Arc::clone(&warnings);
    args.on_warning(Box::new(move |warning| {
        let mut warnings = sink.lock().unwrap_or_else(PoisonError::into_inner);
        warnings.push(warning.warning().to_owned());
    }));
    args.parse(arguments)?;

    let linker = libwild::Linker::with_file_system(files);
    drop(linker.run(&args)?);

    let warnings = warnings.lock().unwrap_or_else(PoisonError::into_inner);
    if !warnings.is_empty() {
        libwild::bail!("{}", warnings.join("\n"));
    }
    linker.file_system().take_output()
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
        .to_owned()
}
