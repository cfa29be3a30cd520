//! Options of the compiler.

use crate::dwarf::DebugFile;
use crate::embed::Tree;
use crate::{Error, LinkInput};
use kiln_abi::config::{Entries, Entry};
use kiln_abi::layout::{MAX_STACK_SIZE, MIN_STACK_SIZE};
use kiln_abi::printable::Printable;
use kiln_abi::units;
use std::ffi::OsString;
use std::time::Duration;

/// Settings of a compilation, and of the executable that it makes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Options {
    /// The kind of output.
    pub emit: Emit,
    /// The module's name, where it shows: names of a library's functions begin with
    /// it, `_` standing for what C does not allow.
    pub name: String,
    /// The effort of optimisation.
    pub opt_level: OptLevel,
    /// The system that the output is for.
    pub target: Target,
    /// The processors the executable must run on.
    pub cpu: Cpu,
    /// True if the executable counts how often its parts run, in a file that `KILN_PROFILE_FILE` names at launch, or
    /// else `default.kprof`.
    pub profile_generate: bool,
    /// What such executables have counted, by which hot calls are inlined and cold code is laid aside.
    pub profiles: Vec<Profile>,
    /// The exported function that an executable runs, of type `[] -> []` or `[] -> [i32]`; a result
    /// is the exit status. An export `_initialize` is called before it. `None` stands for `_start`,
    /// or the function whose name is empty.
    pub entry: Option<String>,
    /// The treatment of imports that neither WASI nor anything else provides.
    pub unknown_imports: UnknownImports,
    /// Objects and archives linked in to provide imports: `MODULE::NAME` is the C function `MODULE_NAME` (see
    /// [`Compiler::header`](crate::Compiler::header)).
    pub link: Vec<LinkInput>,
    /// The place of the module's debug information, if not in the module: see
    /// [`debug_file_of`](crate::debug_file_of).
    pub debug_file: Option<DebugFile>,
    /// The way accesses to linear memory are kept inside it.
    pub bounds_checks: BoundsChecks,
    /// True if what a check refuses stays unused also where the processor runs ahead of the check (Spectre
    /// variant 1). `None` stands for yes in a library, whose program may have secrets, and no in an executable.
    pub spectre: Option<bool>,
    /// Bytes of stack for the guest, rounded up to whole pages.
    pub stack_size: u64,
    /// The most bytes that the linear memories of an instance, the tables it can change (8 bytes an
    /// element) and its exceptions may come to take together. `memory.grow` and `table.grow` beyond
    /// give -1. Not counted are its stack, its code and the files embedded in it.
    pub max_memory: Option<u64>,
    /// The most descriptors that the guest may have open, preopened ones and standard streams
    /// among them; to open more fails with `EMFILE`.
    pub max_open_files: Option<u32>,
    /// The time after which the executable ends itself, whatever it is at, with exit status 124.
    pub timeout: Option<Duration>,
    /// The choice whether an executable confines itself, before anything of the module runs, to the system calls
    /// that it needs and to what it is granted.
    pub sandbox: SandboxMode,
    /// System calls that the sandbox allows besides, by name, for what is linked in; they turn it on.
    pub allow_syscalls: Vec<String>,
    /// True if files of procfs, sysfs and their like, reached through a directory that is granted, are
    /// as others: to be written to, and to be read where they tell of processes.
    pub system_files: bool,
    /// True if the output's symbol table is left out, by which debuggers and profilers name its
    /// functions, with the names of functions and the lines of source that traps tell.
    pub strip: bool,
    /// True if the output has debug information, translated from the module's DWARF. What is stripped has none.
    pub debug: bool,
    /// The name of a file that gets the debug information of an executable instead
    /// ([`Artifact::debug`](crate::Artifact::debug)), by which debuggers find it beside the executable. It gets
    /// the symbols of what is stripped, too.
    pub debug_link: Option<OsString>,
    /// Preopens, environment and arguments, as an encoded run of
    /// [`ConfigEntry`](crate::ConfigEntry)s: see [`Options::bake`].
    pub(crate) config: Vec<u8>,
    /// The trees to embed, with their names in the guest, in the order of their
    /// [`ConfigEntry::Embedded`](crate::ConfigEntry::Embedded)s.
    pub(crate) embedded: Vec<(Vec<u8>, Tree)>,
}

impl Options {
    /// Refuses what cannot be had together.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if !(MIN_STACK_SIZE..=MAX_STACK_SIZE).contains(&self.stack_size) {
            let message = format!("a stack of {} bytes", self.stack_size);
            return Err(Error::new(message).help(format!("give it {}", units::STACK_SIZE)));
        }
        for entry in Entries(&self.config) {
            check_entry(entry)?;
        }
        crate::sandbox::check(self)?;
        self.check_profiles()?;
        if self.emit == Emit::Executable {
            return Ok(());
        }
        if self.debug_link.is_some() {
            return Err(
                Error::new("the debug information of a library has no file of its own")
                    .help("leave it in the library, or have objcopy take it out of a shared one"),
            );
        }
        if let Some(entry) = &self.entry {
            let message = format!(
                "a library has no entry, as `{}`",
                Printable(entry.as_bytes())
            );
            return Err(Error::new(message).help("all functions that it exports can be called"));
        }
        if self.timeout.is_some() {
            return Err(Error::new("a library cannot be given a timeout")
                .help("its functions run for as long as the program that calls them lets them"));
        }
        if Entries(&self.config).any(|entry| entry == Entry::TrapSignal) {
            return Err(Error::new("a library cannot end its traps by a signal")
                .help("a trap ends the call, with a status for the program that made it"));
        }
        let inherits = |entry| matches!(entry, Entry::InheritEnv | Entry::InheritVar(_));
        if Entries(&self.config).any(inherits) {
            let error = Error::new("a library has no launch to take environment variables from");
            return Err(error.help(
                "give it variables with their values, or leave them to the program that creates \
                 instances",
            ));
        }
        Ok(())
    }

    /// Refuses what no profile goes with.
    fn check_profiles(&self) -> Result<(), Error> {
        let uses = !self.profiles.is_empty();
        if self.profile_generate && uses {
            let error = Error::new("a profile is made or used, not both at once");
            return Err(error.help("give either `--profile-generate` or `--profile-use`"));
        }
        if self.profile_generate && self.emit != Emit::Executable {
            let error = Error::new("a library makes no profile");
            return Err(error.help(
                "make an executable with `--profile-generate`: what it counts serves a library of the same \
                 functions",
            ));
        }
        if uses && self.opt_level == OptLevel::None {
            let error = Error::new("no profile is used where nothing is optimised");
            return Err(error.help("leave out `--profile-use`, or optimise with `-O2` or `-Os`"));
        }
        Ok(())
    }

    /// Tells if what is made confines itself: a library is in a program that is another's.
    pub(crate) fn has_sandbox(&self) -> bool {
        let is_default = self.link.is_empty() || !self.allow_syscalls.is_empty();
        self.emit == Emit::Executable
            && match self.sandbox {
                SandboxMode::Automatic => is_default,
                SandboxMode::Off => false,
                SandboxMode::On | SandboxMode::Required => true,
            }
    }

    /// Tells if what is made masks speculation past its checks.
    pub(crate) fn masks_speculation(&self) -> bool {
        self.spectre.unwrap_or(self.emit != Emit::Executable)
    }

    /// Adds an entry to the configuration baked into the executable. Order counts. Trees of files
    /// are [`embedded`](Options::embed), not baked so.
    pub fn bake(&mut self, entry: crate::ConfigEntry<'_>) -> &mut Self {
        kiln_abi::config::write(&mut self.config, &entry);
        self
    }

    /// Bakes a tree of files into the executable, which the program finds, read-only, as a
    /// preopened directory of this name. It takes the place of a tree embedded before under the
    /// same name. A directory granted under the same name, at build or at launch, takes its place.
    pub fn embed(&mut self, guest: impl AsRef<[u8]>, tree: Tree) -> &mut Self {
        let guest = guest.as_ref();
        match self.embedded.iter_mut().find(|(name, _)| name == guest) {
            Some((_, older)) => *older = tree,
            None => {
                self.bake(crate::ConfigEntry::Embedded(guest));
                self.embedded.push((guest.to_owned(), tree));
            }
        }
        self
    }
}

/// Refuses what no program can be given.
fn check_entry(entry: Entry) -> Result<(), Error> {
    if let Some(text) = entry.strings().find(|text| text.contains(&0)) {
        let message = format!("there is a NUL byte in `{}`", Printable(text));
        return Err(
            Error::new(message).help("no path, variable or argument of a program can hold one")
        );
    }
    match entry {
        Entry::Env { name, .. } | Entry::InheritVar(name)
            if name.is_empty() || name.contains(&b'=') =>
        {
            let message = format!("`{}` is no name of a variable", Printable(name));
            Err(Error::new(message))
        }
        _ => Ok(()),
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            emit: Emit::Executable,
            name: "module".to_owned(),
            opt_level: OptLevel::Speed,
            target: Target::default(),
            cpu: Cpu::Baseline,
            profile_generate: false,
            profiles: Vec::new(),
            entry: None,
            unknown_imports: UnknownImports::Error,
            link: Vec::new(),
            debug_file: None,
            bounds_checks: BoundsChecks::Guard,
            spectre: None,
            stack_size: kiln_abi::layout::DEFAULT_STACK_SIZE,
            max_memory: None,
            max_open_files: None,
            timeout: None,
            sandbox: SandboxMode::Automatic,
            allow_syscalls: Vec::new(),
            system_files: false,
            strip: false,
            debug: false,
            debug_link: None,
            config: Vec::new(),
            embedded: Vec::new(),
        }
    }
}

/// What a program built with [`Options::profile_generate`] has counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Profile {
    /// The name of its file, for messages.
    pub name: String,
    /// The file's bytes.
    pub bytes: Vec<u8>,
}

/// The kind of output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Emit {
    /// A program that needs nothing but a Linux kernel.
    #[default]
    Executable,
    /// A relocatable object with the C functions of the module's header, to be linked into another
    /// program. It needs nothing else, and nothing else of it is seen.
    Object,
    /// An archive of that object (`libNAME.a`).
    StaticLibrary,
    /// A shared library with the same functions (`libNAME.so`).
    SharedLibrary,
}

/// The effort of optimisation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OptLevel {
    /// Compile as fast as can be (`-O0`).
    None,
    /// Make fast code (`-O2`).
    #[default]
    Speed,
    /// Make fast code that is small (`-Os`).
    SpeedAndSize,
}

/// The system that the output is for. It may be another than the one that Kiln runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Target {
    /// x86-64 Linux.
    X86_64,
    /// AArch64 Linux.
    Aarch64,
    /// RISC-V Linux with 64 bits (RV64GC).
    Riscv64,
}

impl Target {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::X86_64, Self::Aarch64, Self::Riscv64];

    /// The one that Kiln runs on, if it is one.
    pub const HOST: Option<Self> = if !cfg!(target_os = "linux") {
        None
    } else if cfg!(target_arch = "x86_64") {
        Some(Self::X86_64)
    } else if cfg!(target_arch = "aarch64") {
        Some(Self::Aarch64)
    } else if cfg!(target_arch = "riscv64") {
        Some(Self::Riscv64)
    } else {
        None
    };
}

/// The one that Kiln runs on, or x86-64 where that is none.
impl Default for Target {
    fn default() -> Self {
        Self::HOST.unwrap_or(Self::X86_64)
    }
}

/// The processors an executable must run on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cpu {
    /// Every processor of the target's architecture: x86-64, Armv8-A, RV64GC.
    #[default]
    Baseline,
    /// Those that a name of [`Target::cpus`] stands for.
    Level(&'static str),
    /// The processor of this machine.
    Native,
}

impl Cpu {
    /// `x86-64-v2`: SSE4.2, SSSE3, POPCNT.
    pub const V2: Self = Self::Level("x86-64-v2");
    /// `x86-64-v3`: AVX2, BMI1, BMI2, FMA, LZCNT.
    pub const V3: Self = Self::Level("x86-64-v3");
    /// `x86-64-v4`: AVX-512 F, BW, CD, DQ, VL.
    pub const V4: Self = Self::Level("x86-64-v4");
}

/// The way accesses to linear memory are kept inside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum BoundsChecks {
    /// By address space held around it, in which a bad access faults: 8 GiB for the first memory.
    #[default]
    Guard,
    /// By a comparison before each access. No address space is held beyond the memory's length, so
    /// that the executable runs where address space is limited (`ulimit -v`).
    Explicit,
}

/// The choice whether an executable confines itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SandboxMode {
    /// Yes, unless something is linked in, whose system calls cannot be known.
    #[default]
    Automatic,
    /// No.
    Off,
    /// Yes, as far as the kernel can.
    On,
    /// Yes, and it does not start where the kernel cannot.
    Required,
}

/// The treatment of imports that nothing provides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum UnknownImports {
    /// Refuse the module, naming each with its type.
    #[default]
    Error,
    /// Compile a call into a trap that names the import.
    Trap,
    /// Leave it to the program that a library is linked into to define the import's C function.
    Link,
}
