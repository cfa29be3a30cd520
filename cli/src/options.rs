//! What the command line means to the compiler.

use crate::args;
use kiln_compiler::{ConfigEntry, Cpu, OptLevel, Options, UnknownImports};
use std::os::unix::ffi::OsStrExt;

/// How a module is to be compiled.
pub fn compilation(code: &args::Code) -> Options {
    let mut options = Options::default();
    options.opt_level = match code.opt_level {
        args::OptLevel::None => OptLevel::None,
        args::OptLevel::Speed => OptLevel::Speed,
        args::OptLevel::Size => OptLevel::SpeedAndSize,
    };
    options.cpu = match code.cpu {
        args::Cpu::Baseline => Cpu::Baseline,
        args::Cpu::V2 => Cpu::V2,
        args::Cpu::V3 => Cpu::V3,
        args::Cpu::V4 => Cpu::V4,
        args::Cpu::Native => Cpu::Native,
    };
    options.unknown_imports = match code.unknown_imports {
        args::UnknownImports::Error => UnknownImports::Error,
        args::UnknownImports::Trap => UnknownImports::Trap,
    };
    if let Some(size) = code.stack_size {
        options.stack_size = size;
    }
    options
}

/// Bakes what the program is granted into its executable. Single variables come after the whole
/// environment, so that they prevail.
pub fn bake(options: &mut Options, grants: &args::Grants) {
    for dir in &grants.dirs {
        let (host, guest) = (dir.host.as_bytes(), dir.guest.as_bytes());
        options.bake(if dir.is_read_only {
            ConfigEntry::ReadOnlyDir { host, guest }
        } else {
            ConfigEntry::Dir { host, guest }
        });
    }
    if grants.inherit_env {
        options.bake(ConfigEntry::InheritEnv);
    }
    for var in &grants.vars {
        let name = var.name.as_bytes();
        options.bake(match &var.value {
            Some(value) => ConfigEntry::Env {
                name,
                value: value.as_bytes(),
            },
            None => ConfigEntry::InheritVar(name),
        });
    }
    if let Some(argv0) = &grants.argv0 {
        options.bake(ConfigEntry::Argv0(argv0.as_bytes()));
    }
    for arg in &grants.args {
        options.bake(ConfigEntry::Arg(arg.as_bytes()));
    }
    for address in &grants.listen {
        options.bake(ConfigEntry::Listen(address.to_string().as_bytes()));
    }
    if let Some(file) = &grants.stdin {
        options.bake(ConfigEntry::Stdin(file.as_bytes()));
    }
    if let Some(file) = &grants.stdout {
        options.bake(ConfigEntry::Stdout(file.as_bytes()));
    }
    if let Some(file) = &grants.stderr {
        options.bake(ConfigEntry::Stderr(file.as_bytes()));
    }
}
