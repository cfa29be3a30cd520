//! A plan and options → the note of what is made of them.

use super::{Dir, Embedded, Grants, Import, Limits, Module, Note, Provider, Var};
use crate::module;
use crate::options::{BoundsChecks, OptLevel, Options, SandboxMode};
use crate::plan::{self, ImportBinding};
use crate::target::Machine;
use kiln_abi::config::{Entries, Entry};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

impl Note {
    /// The note of what is made of a module whose imports are bound so.
    pub(crate) fn new(
        module: &module::Module,
        reached_imports: &[u32],
        bindings: &[ImportBinding],
        entry: &plan::Entry,
        cpu_features: Vec<String>,
        has_lines: bool,
        options: &Options,
    ) -> Self {
        let imports = reached_imports.iter();
        Note {
            kiln: env!("CARGO_PKG_VERSION").into(),
            module: Module::of(module.wasm),
            target: options.target.name().into(),
            cpu: options.cpu.name(options.target).into(),
            cpu_features,
            entry: entry.name.map(|name| name.0.to_owned()),
            opt_level: opt_level(options.opt_level).into(),
            bounds_checks: bounds_checks(options.bounds_checks).into(),
            spectre: options.masks_speculation(),
            profile_generate: options.profile_generate,
            profile_use: None,
            stack_size: options
                .stack_size
                .next_multiple_of(Machine::of(options.target).map.page),
            features: module.features.names(),
            imports: imports
                .map(|&index| import(module, bindings, index))
                .collect(),
            grants: grants(options),
            limits: Limits {
                max_memory: options.max_memory,
                max_open_files: options.max_open_files,
                timeout: options.timeout.map(|timeout| timeout.as_secs_f64()),
            },
            trap_signal: Entries(&options.config).any(|entry| entry == Entry::TrapSignal),
            host_dump: Entries(&options.config).any(|entry| entry == Entry::HostDump),
            traps_tell: Some(traps_tell(options.strip, has_lines).into()),
            sealed: Entries(&options.config).any(|entry| entry == Entry::Sealed),
            sandbox: options.has_sandbox(),
            sandbox_required: options.sandbox == SandboxMode::Required,
            allow_syscalls: options.allow_syscalls.clone(),
            system_files: options.system_files,
        }
    }

    /// The note as a section holds it.
    pub(crate) fn to_section(&self) -> Result<Vec<u8>, crate::Error> {
        let description = serde_json::to_vec(self)
            .map_err(|error| crate::Error::new(format!("cannot write the note: {error}")))?;
        Ok(super::encode(&description))
    }
}

impl Module {
    /// Identifies a module by its bytes.
    pub(crate) fn of(wasm: &[u8]) -> Self {
        Self {
            sha256: sha256(wasm),
            size: wasm.len() as u64,
        }
    }
}

fn sha256(bytes: &[u8]) -> String {
    let mut hex = String::new();
    for byte in Sha256::digest(bytes) {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

fn traps_tell(strip: bool, has_lines: bool) -> &'static str {
    match (strip, has_lines) {
        (true, _) => "indices",
        (false, false) => "names",
        (false, true) => "names and lines",
    }
}

fn opt_level(level: OptLevel) -> &'static str {
    match level {
        OptLevel::None => "0",
        OptLevel::Speed => "2",
        OptLevel::SpeedAndSize => "s",
    }
}

fn bounds_checks(checks: BoundsChecks) -> &'static str {
    match checks {
        BoundsChecks::Guard => "guard",
        BoundsChecks::Explicit => "explicit",
    }
}

fn import(module: &module::Module, bindings: &[ImportBinding], index: u32) -> Import {
    let import = &module.imports[index as usize];
    Import {
        module: import.module.0.into(),
        name: import.name.0.into(),
        provider: match bindings[index as usize] {
            ImportBinding::Runtime(_) => Provider::Wasi,
            ImportBinding::User(_) => Provider::User,
            ImportBinding::NoOp => Provider::NoOp,
            ImportBinding::Trap => Provider::Nothing,
        },
    }
}

fn grants(options: &Options) -> Grants {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let dir = |host, guest, read_only| Dir {
        host: text(host),
        guest: text(guest),
        read_only,
    };
    let var = |name, value: Option<&[u8]>| Var {
        name: text(name),
        value: value.map(text),
    };
    let embedded = options.embedded.iter().map(|(guest, tree)| Embedded {
        guest: text(guest),
        files: tree.files() as u64,
        bytes: tree.bytes(),
    });
    let mut grants = Grants {
        embedded: embedded.collect(),
        ..Grants::default()
    };
    for entry in Entries(&options.config) {
        match entry {
            Entry::Dir { host, guest } => grants.dirs.push(dir(host, guest, false)),
            Entry::ReadOnlyDir { host, guest } => grants.dirs.push(dir(host, guest, true)),
            Entry::Env { name, value } => grants.env.push(var(name, Some(value))),
            Entry::InheritVar(name) => grants.env.push(var(name, None)),
            Entry::InheritEnv => grants.inherit_env = true,
            Entry::Argv0(name) => grants.argv0 = Some(text(name)),
            Entry::Arg(arg) => grants.args.push(text(arg)),
            Entry::Stdin(file) => grants.stdin = Some(text(file)),
            Entry::Stdout(file) => grants.stdout = Some(text(file)),
            Entry::Stderr(file) => grants.stderr = Some(text(file)),
            Entry::Listen(address) => grants.listen.push(text(address)),
            // The rest is no grant.
            _ => {}
        }
    }
    grants
}
