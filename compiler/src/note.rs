//! The description of a file that Kiln makes, in itself: an ELF note, `.note.kiln`, whose description is a
//! [`Note`] as JSON. It is mapped with the program, which never reads it, so that no stripping takes
//! it away.
//!
//! The note begins with the lengths of its owner's name and of its description and with its type,
//! four bytes each; name and description follow, each filled up to a multiple of four (System V
//! ABI, "Note Section").

mod debugging;
mod make;
mod read;

pub use debugging::Debugging;
use serde::{Deserialize, Serialize};

/// The section that holds the note.
pub(crate) const SECTION: &str = ".note.kiln";
/// The note's owner.
const OWNER: &str = "Kiln";
/// The note's type: the layout of its description. Fields may be added without another.
const TYPE: u32 = 1;

/// The description of a file that Kiln made. Strings that were not UTF-8 have U+FFFD where they
/// were not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Note {
    /// The version of Kiln that made it.
    pub kiln: String,
    /// The module it was made of.
    pub module: Module,
    /// The processor architecture and the system it runs on.
    pub target: String,
    /// The processors it runs on, as `--cpu` names them.
    pub cpu: String,
    /// Extensions of the instruction set that it needs, by Cranelift's names.
    pub cpu_features: Vec<String>,
    /// The name of the exported function that an executable runs.
    #[serde(default)]
    pub entry: Option<String>,
    /// The effort of optimisation, as `-O` says it.
    pub opt_level: String,
    /// The way accesses to linear memory are kept inside it, as `--bounds-checks` names it.
    pub bounds_checks: String,
    /// True if checks also hold for speculative execution, as `--spectre` says it.
    #[serde(default)]
    pub spectre: bool,
    /// True if it counts how often its parts run, for a profile.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub profile_generate: bool,
    /// The functions that profiles knew when it was compiled, and all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile_use: Option<(usize, usize)>,
    /// Bytes of stack.
    pub stack_size: u64,
    /// The WebAssembly proposals that the module uses.
    pub features: Vec<String>,
    /// The imports that may be called.
    pub imports: Vec<Import>,
    /// The program's grants.
    pub grants: Grants,
    /// The program's limits.
    pub limits: Limits,
    /// True if a trap or an uncaught exception ends it by SIGABRT.
    #[serde(default)]
    pub trap_signal: bool,
    /// Set where core dumps hold nothing of the module's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub host_dump: bool,
    /// The detail in which a trap tells of functions: "names and lines", "names", or "indices".
    #[serde(default)]
    pub traps_tell: Option<String>,
    /// True if it is deaf to grants at launch.
    pub sealed: bool,
    /// True if it confines itself to the system calls that [`Rules`](crate::sandbox::Rules) lists.
    #[serde(default)]
    pub sandbox: bool,
    /// True if it does not start where the kernel cannot confine it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sandbox_required: bool,
    /// System calls that it may make for the sake of what was linked in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow_syscalls: Vec<String>,
    /// True if files of procfs and its like are to it as others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub system_files: bool,
}

/// A module, in the binary format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Module {
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// The number of bytes it has.
    pub size: u64,
}

/// A function that the module imports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// The module it is imported from.
    pub module: String,
    /// Its name there.
    pub name: String,
    /// Its provider.
    pub provider: Provider,
}

/// The provider of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Provider {
    /// Kiln, as WASI defines it.
    Wasi,
    /// An object linked in, or the program that a library is linked into.
    User,
    /// Kiln: a call does nothing, since outside its toolchain's own host there is nothing to do.
    NoOp,
    /// Nothing: a call traps.
    Nothing,
}

/// A program's grants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Grants {
    /// Directories, in order.
    pub dirs: Vec<Dir>,
    /// Embedded directories, in order.
    pub embedded: Vec<Embedded>,
    /// Environment variables, in order.
    pub env: Vec<Var>,
    /// True if it is given the whole environment at launch, but for variables named above.
    pub inherit_env: bool,
    /// Its own name as it sees it, if that is not the one it is called by.
    pub argv0: Option<String>,
    /// Arguments before those at launch.
    pub args: Vec<String>,
    /// The replacement of standard input.
    pub stdin: Option<String>,
    /// The replacement of standard output.
    pub stdout: Option<String>,
    /// The replacement of standard error.
    pub stderr: Option<String>,
    /// Addresses at which sockets listen.
    pub listen: Vec<String>,
}

/// A directory that is granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dir {
    /// Its path on the host.
    pub host: String,
    /// The name the program knows it by.
    pub guest: String,
    /// True if nothing in it may be changed.
    pub read_only: bool,
}

/// A directory that is embedded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Embedded {
    /// The name the program knows it by.
    pub guest: String,
    /// The number of files in it and below.
    pub files: u64,
    /// The number of bytes they have.
    pub bytes: u64,
}

/// An environment variable that is granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Var {
    /// Its name.
    pub name: String,
    /// Its value; `None` where it is the one at launch.
    pub value: Option<String>,
}

/// The limits of a program, as far as it has any.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of all linear memories, tables and exceptions together.
    pub max_memory: Option<u64>,
    /// Open descriptors.
    pub max_open_files: Option<u32>,
    /// Seconds that it may run.
    pub timeout: Option<f64>,
}

/// The whole note for this description.
fn encode(description: &[u8]) -> Vec<u8> {
    let name = [OWNER.as_bytes(), b"\0"].concat();
    let mut note = Vec::new();
    // A description of 4 GiB would be refused by the linker.
    for word in [name.len() as u32, description.len() as u32, TYPE] {
        note.extend_from_slice(&word.to_le_bytes());
    }
    for part in [&name, description] {
        note.extend_from_slice(part);
        note.resize(note.len().next_multiple_of(4), 0);
    }
    note
}
