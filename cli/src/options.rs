//! Settings → options of the compiler.

use crate::compile::is_stdio;
use crate::input;
use crate::report::{self, Failure};
use crate::settings::{self, Code, Files, Grants, Limits};
use clap::ValueEnum as _;
use kiln_compiler::{
    BoundsChecks, ConfigEntry, Cpu, LinkInput, OptLevel, Options, Profile, SandboxMode, Tree,
    UnknownImports,
};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Gives what the module is called: what is said, or its file name without extension.
pub fn name(code: &Code, module: &Path) -> Option<OsString> {
    let stem = module.file_stem().filter(|_| !is_stdio(module));
    let said = code.name.as_ref().map(OsString::from);
    said.or_else(|| stem.map(OsStr::to_owned))
}

/// Gives the compiler's options.
pub fn compilation(code: &Code) -> Result<Options, Failure> {
    let mut options = Options::default();
    options.opt_level = match code.opt_level {
        settings::OptLevel::None => OptLevel::None,
        settings::OptLevel::Speed => OptLevel::Speed,
        settings::OptLevel::Size => OptLevel::SpeedAndSize,
    };
    let cpu = code.cpu.and_then(|cpu| cpu.to_possible_value());
    options.cpu = cpu.map_or(Cpu::Baseline, |cpu| {
        Cpu::named(cpu.get_name()).expect("a unit test holds the names against the compiler's")
    });
    options.unknown_imports = match code.unknown_imports {
        settings::UnknownImports::Error => UnknownImports::Error,
        settings::UnknownImports::Trap => UnknownImports::Trap,
        settings::UnknownImports::Link => UnknownImports::Link,
    };
    options.bounds_checks = match code.bounds_checks {
        settings::BoundsChecks::Guard => BoundsChecks::Guard,
        settings::BoundsChecks::Explicit => BoundsChecks::Explicit,
    };
    options.spectre = code.spectre.map(|mode| mode == settings::Spectre::On);
    options.entry.clone_from(&code.entry);
    for path in &code.link {
        let name = report::shown(&path).to_string();
        let bytes = input::read(path, "name an object or an archive in it")?;
        options.link.push(LinkInput { name, bytes });
    }
    options.profile_generate = code.profile_generate;
    for path in &code.profile_use {
        let name = report::shown(&path).to_string();
        let bytes = input::read(path, "name a profile in it")?;
        options.profiles.push(Profile { name, bytes });
    }
    if let Some(size) = code.stack_size {
        options.stack_size = size;
    }
    if code.trap_signal {
        options.bake(ConfigEntry::TrapSignal);
    }
    if code.core_dump == settings::CoreDump::Host {
        options.bake(ConfigEntry::HostDump);
    }
    Ok(options)
}

/// Bakes in the files that the program carries along.
pub fn embed(options: &mut Options, files: &Files) -> Result<(), Failure> {
    for embedded in &files.trees {
        let mut tree = Tree::read(&embedded.host).map_err(|error| {
            Failure::new(error.to_string()).maybe_help(error.advice().map(str::to_owned))
        })?;
        if files.embed_times {
            tree = tree.keep_times();
        }
        options.embed(embedded.guest.as_bytes(), tree);
    }
    Ok(())
}

/// Sets how the kernel confines the program.
pub fn confine(options: &mut Options, sandbox: &settings::Sandbox) {
    options.sandbox = match sandbox.sandbox {
        None => SandboxMode::Automatic,
        Some(settings::SandboxMode::Off) => SandboxMode::Off,
        Some(settings::SandboxMode::On) => SandboxMode::On,
        Some(settings::SandboxMode::Require) => SandboxMode::Required,
    };
    options.allow_syscalls.clone_from(&sandbox.allow_syscalls);
    options.system_files = sandbox.allow_system_files;
}

/// Sets how much the program may use.
pub fn limit(options: &mut Options, limits: &Limits) {
    options.max_memory = limits.max_memory;
    options.max_open_files = limits.max_open_files;
    options.timeout = limits.timeout;
}

/// Bakes what the program is granted into its executable. Single variables come after the whole
/// environment, so that they prevail.
pub fn bake(options: &mut Options, grants: &Grants) {
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
        options.bake(ConfigEntry::Listen(address.as_bytes()));
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
    if grants.seal {
        options.bake(ConfigEntry::Sealed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_processor_is_the_compilers() {
        for cpu in settings::Cpu::value_variants() {
            let value = cpu.to_possible_value().unwrap();
            assert!(Cpu::named(value.get_name()).is_some(), "{cpu:?}");
        }
        for target in kiln_compiler::Target::ALL {
            for name in target.cpus() {
                assert!(settings::Cpu::from_str(name, false).is_ok(), "{name}");
            }
        }
    }
}
