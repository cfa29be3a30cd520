//! What can be said of a program: each is a flag of `kiln build`, and by the flag's long name a key
//! of `kiln.toml` ([`crate::config_file`]).
//!
//! A relative path whose flag has a value hint, as those of type `PathBuf` have by themselves, is
//! one that the build reads or writes: in a `kiln.toml` it starts from that file's folder. Paths
//! without are for the launch, and stay as they are.

use crate::values::{
    Dir, Embedded, Listen, Var, parse_duration, parse_name, parse_size, parse_stack_size,
    parse_stream,
};
use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{ValueEnum, ValueHint};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// All that can be said.
#[derive(Debug, clap::Args)]
pub struct Settings {
    #[command(flatten)]
    pub output: Output,

    #[command(flatten)]
    pub code: Code,

    #[command(flatten)]
    pub budget: Budget,

    #[command(flatten)]
    pub limits: Limits,

    #[command(flatten)]
    pub sandbox: Sandbox,

    #[command(flatten)]
    pub files: Files,

    #[command(flatten)]
    pub grants: Grants,
}

/// What is made of the module, and where it goes.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Output")]
pub struct Output {
    /// Where to write what is made; `-` is standard output [default: MODULE's file name with the
    /// extension of what is made, in the current directory]
    #[arg(short, long, value_name = "OUT")]
    pub output: Option<PathBuf>,

    /// What to make
    #[arg(long, value_name = "KIND", default_value = "exe")]
    pub emit: Emit,

    /// The system that it is for [default: the one of this machine]
    #[arg(long, value_name = "TARGET")]
    pub target: Option<Target>,

    /// Leave out the symbol table, which names functions in debuggers and profilers, and the names and
    /// lines that traps tell
    #[arg(long)]
    pub strip: bool,

    /// Translate the module's debug information (DWARF), so that debuggers know lines, functions and
    /// variables of its sources
    #[arg(short = 'g', long)]
    pub debug: bool,

    /// Write that debug information to a file of its own, which debuggers find beside the executable
    #[arg(long, value_name = "FILE")]
    pub debug_file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Emit {
    /// An executable
    Exe,
    /// An object to link into a program, NAME.o, with the functions of the header
    Obj,
    /// A static library of that object, libNAME.a
    Staticlib,
    /// A shared library with the same functions, libNAME.so
    Sharedlib,
    /// The C header that goes with these and with --link, NAME.h
    Header,
    /// The machine code, as text to read
    Asm,
    /// The code before optimisation in Cranelift's intermediate form, as text to read
    Clif,
    /// The same after Kiln's optimisations, as Cranelift is given it
    ClifOpt,
}

/// How the module is compiled.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Compilation")]
pub struct Code {
    /// How hard to optimise
    #[arg(short = 'O', long, value_name = "LEVEL", default_value = "2")]
    pub opt_level: OptLevel,

    /// The processors the executable must run on [default: all of the target]
    #[arg(long)]
    pub cpu: Option<Cpu>,

    /// Have the executable count how often its parts run, for --profile-use
    ///
    /// It adds the counts to the file `default.kprof` in the directory that it is started in, or to the one that
    /// KILN_PROFILE_FILE names at launch, however it ends.
    #[arg(long)]
    pub profile_generate: bool,

    /// Optimise for what an executable built with --profile-generate has counted; may be repeated
    ///
    /// Calls that run often are inlined, and code that runs seldom is laid aside. The module may have
    /// changed since: functions that are no longer as they were are compiled as without.
    #[arg(long, value_name = "FILE")]
    pub profile_use: Vec<PathBuf>,

    /// The exported function to run, which takes nothing and gives nothing or an exit status;
    /// `_initialize` is called before it, where there is one [default: `_start`, or else the one
    /// whose name is empty]
    #[arg(long, value_name = "NAME")]
    pub entry: Option<String>,

    /// What to do about imports that nothing provides
    #[arg(long, value_name = "ACTION", default_value = "error")]
    pub unknown_imports: UnknownImports,

    /// How accesses to memory are kept inside it
    #[arg(long, value_name = "HOW", default_value = "guard")]
    pub bounds_checks: BoundsChecks,

    /// Make checks of memories, tables and indirect calls also hold where the processor runs ahead of
    /// them [default: on in libraries, off in executables]
    ///
    /// A module that is not trusted could otherwise have the processor read, past a check, what else is in
    /// the process, and find it out by timing (Spectre variant 1).
    #[arg(long, value_name = "MODE")]
    pub spectre: Option<Spectre>,

    /// What the module is called in C, where its functions are NAME_..., and in the default OUT
    /// [default: MODULE's file name without extension]
    #[arg(long, value_name = "NAME", value_parser = parse_name)]
    pub name: Option<String>,

    /// Link in an object or an archive that defines imports: MODULE::NAME as the C function
    /// MODULE_NAME; may be repeated
    #[arg(long, value_name = "FILE")]
    pub link: Vec<PathBuf>,

    /// The module's debug information: a module with DWARF, or a source map [default: the file that
    /// MODULE says has it, in MODULE's directory]
    #[arg(long, value_name = "FILE")]
    pub debug_info: Option<PathBuf>,

    /// The program's stack, in bytes or with a suffix K, M or G [default: 8M]
    #[arg(long, value_name = "SIZE", value_parser = parse_stack_size)]
    pub stack_size: Option<u64>,

    /// End the program by the signal SIGABRT at a trap or an uncaught exception, for core dumps and
    /// supervisors, not with an exit status; KILN_TRAP=abort or =exit at launch prevails
    #[arg(long)]
    pub trap_signal: bool,

    /// Choose what core dumps hold; KILN_CORE_DUMP=full or =host at launch prevails
    #[arg(long, value_name = "WHAT", default_value = "full")]
    pub core_dump: CoreDump,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CoreDump {
    /// All that the program can access
    Full,
    /// The runtime alone: no memory, stack, table, global or exception of the module
    Host,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum OptLevel {
    /// Compile as fast as can be
    #[value(name = "0")]
    None,
    /// Make fast code
    #[value(name = "2")]
    Speed,
    /// Make fast code that is small
    #[value(name = "s")]
    Size,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Target {
    /// Linux on x86-64
    #[value(name = "x86_64-linux")]
    X86_64,
    /// Linux on AArch64
    #[value(name = "aarch64-linux")]
    Aarch64,
    /// Linux on RISC-V with 64 bits
    #[value(name = "riscv64-linux")]
    Riscv64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Cpu {
    /// Every x86-64 processor
    #[value(name = "x86-64")]
    X86_64,
    /// Those with SSE4.2 and POPCNT, since about 2009
    #[value(name = "x86-64-v2")]
    X86_64V2,
    /// Those with AVX2, BMI and FMA, since about 2013
    #[value(name = "x86-64-v3")]
    X86_64V3,
    /// Those with AVX-512
    #[value(name = "x86-64-v4")]
    X86_64V4,
    /// Every AArch64 processor
    #[value(name = "armv8-a")]
    Armv8A,
    /// Those with atomic instructions (LSE), since about 2017
    #[value(name = "armv8.1-a")]
    Armv8_1A,
    /// Those with dot products besides, since about 2019
    #[value(name = "armv8.4-a")]
    Armv8_4A,
    /// Every RISC-V processor for Linux; it has no SIMD
    #[value(name = "rv64gc")]
    Rv64gc,
    /// Those with vectors
    #[value(name = "rv64gcv")]
    Rv64gcv,
    /// Those of the profile RVA22
    #[value(name = "rva22u64")]
    Rva22u64,
    /// Those of the profile RVA23, with vectors
    #[value(name = "rva23u64")]
    Rva23u64,
    /// The processor of this machine
    Native,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum UnknownImports {
    /// Refuse the module, naming each import with its type
    Error,
    /// Make a call to one a trap that names it
    Trap,
    /// Leave them to the program that a library is linked into
    Link,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum BoundsChecks {
    /// By address space held around it: 8 GiB, of which only what the program uses takes memory
    Guard,
    /// By a comparison before each access, so that no address space is held: for hosts that limit
    /// it (`ulimit -v`)
    Explicit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Spectre {
    /// Mask what a check refuses, by conditional moves
    On,
    /// Leave it to the branch that the check is
    Off,
}

/// How much the compilation may use, of modules that come from strangers.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Compilation")]
pub struct Budget {
    /// The most memory that the compilation may allocate, in bytes or with a suffix K, M or G; beyond it
    /// is an error
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub max_build_memory: Option<u64>,

    /// How long the compilation may take, as in 500ms, 30s, 2m or 1h; beyond it is an error
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub max_build_time: Option<Duration>,
}

/// How much the program may use.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Limits")]
pub struct Limits {
    /// The most that the program's memories, tables (8 bytes an element) and exceptions may take
    /// together, in bytes or with a suffix K, M or G
    ///
    /// Growing beyond fails, and a program that starts with more is refused. Its stack has
    /// --stack-size; its code, embedded files and what the kernel keeps of open files do not count.
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub max_memory: Option<u64>,

    /// The most descriptors the program may have open, standard streams and granted directories
    /// among them
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_open_files: Option<u32>,

    /// How long the program may run, as in 500ms, 30s, 2m or 1h; it then ends with exit status 124
    ///
    /// The time that passes outside counts, not the processor's. Such a program may not stop itself
    /// by raising a signal. For executables only: a library runs within a program, whose time is its
    /// own.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub timeout: Option<Duration>,
}

/// How the kernel confines the program.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Sandbox")]
pub struct Sandbox {
    /// Have the kernel hold the executable to the system calls that it needs and to its grants
    /// [default: on, and off with --link]
    ///
    /// Before the module runs, the executable takes on a filter of system calls (seccomp), closes what
    /// it inherited and was not granted, and gives up what Landlock can take: other files, TCP ports,
    /// other processes. KILN_SANDBOX=off or =require at launch prevails.
    #[arg(long, value_name = "MODE", num_args = 0..=1, require_equals = true, default_missing_value = "on")]
    pub sandbox: Option<SandboxMode>,

    /// System calls that the sandbox allows besides, for what --link brings, separated by commas; turns
    /// the sandbox on
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub allow_syscalls: Vec<String>,

    /// Let the program use, through a directory that is granted, files of procfs, sysfs and their like
    /// as others
    ///
    /// Without, none is opened for writing, and of procfs none that tells what a process holds, such as
    /// `environ`, `mem` and `fd`.
    #[arg(long)]
    pub allow_system_files: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum SandboxMode {
    /// As far as the kernel can
    On,
    /// Not at all
    Off,
    /// In full: the program does not start where the kernel cannot
    Require,
}

/// The files that the program carries along.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Grants")]
pub struct Files {
    /// Bake the files in a directory into the executable, where the program finds them, read-only,
    /// in the directory GUEST; may be repeated
    ///
    /// Symbolic links stay links. A directory granted under the name GUEST, here or at launch, takes
    /// the place of the embedded one. All files have 0 for their times.
    #[arg(
        long = "embed",
        value_name = "HOST::GUEST",
        value_hint = ValueHint::DirPath,
        value_parser = OsStringValueParser::new().try_map(Embedded::parse)
    )]
    pub trees: Vec<Embedded>,

    /// Keep the times at which embedded files were last modified, which makes the executable differ
    /// from one built of the same files elsewhere
    #[arg(long, requires = "trees")]
    pub embed_times: bool,
}

/// What the program is granted.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Grants")]
pub struct Grants {
    /// Grant a directory, under another name if GUEST is given; may be repeated
    ///
    /// A relative path is resolved when the program is started. With `:ro` after GUEST, nothing in
    /// the directory can be changed.
    #[arg(
        long = "dir",
        value_name = "HOST[::GUEST[:ro]]",
        value_parser = OsStringValueParser::new().try_map(Dir::parse)
    )]
    pub dirs: Vec<Dir>,

    /// Grant an environment variable, with the value it has when the program is started unless one
    /// is given; may be repeated
    #[arg(
        long = "env",
        value_name = "NAME[=VALUE]",
        value_parser = OsStringValueParser::new().try_map(Var::parse)
    )]
    pub vars: Vec<Var>,

    /// Grant the whole environment the program is started with, but for KILN_* variables
    #[arg(long)]
    pub inherit_env: bool,

    /// What the program sees as its own name
    #[arg(long, value_name = "NAME")]
    pub argv0: Option<OsString>,

    /// Put an argument before those the program is started with; may be repeated
    #[arg(long = "arg", value_name = "ARG", allow_hyphen_values = true)]
    pub args: Vec<OsString>,

    /// Grant a socket that listens at an address, which follows the directories as the program's
    /// descriptors are numbered; may be repeated
    ///
    /// Calls on it, and on what it accepts, do not block, so that the program can serve many by
    /// `poll_oneoff`; where it does not import that, they wait. `,block` or `,nonblock` after the
    /// address says which. `LISTEN_FDS,block` says it of the sockets that the program inherits.
    #[arg(long, value_name = "IP:PORT[,block|,nonblock]", value_parser = Listen::parse)]
    pub listen: Vec<Listen>,

    /// What the program reads as standard input: a file, or `&N` for descriptor N at launch
    #[arg(
        long,
        value_name = "FILE",
        value_parser = OsStringValueParser::new().try_map(parse_stream)
    )]
    pub stdin: Option<OsString>,

    /// Where the program's standard output goes: a file, which is emptied, or `&N`
    #[arg(
        long,
        value_name = "FILE",
        value_parser = OsStringValueParser::new().try_map(parse_stream)
    )]
    pub stdout: Option<OsString>,

    /// Where the program's standard error goes: a file, which is emptied, or `&N`
    #[arg(
        long,
        value_name = "FILE",
        value_parser = OsStringValueParser::new().try_map(parse_stream)
    )]
    pub stderr: Option<OsString>,

    /// Leave it at these grants: the program ignores KILN_* variables and LISTEN_FDS
    #[arg(long)]
    pub seal: bool,
}
