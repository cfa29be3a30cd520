//! The sandbox of an executable: which system calls it may make, and the filter that has the kernel
//! refuse all others.
//!
//! They are those that its WASI functions need ([`kiln_abi::contract`]) and its runtime, as far as it
//! can reach them; what is linked in brings its own, which the user lists.

mod filter;
mod profile;

use crate::Error;
use crate::note::{Note, Provider};
use crate::options::{Emit, Options, SandboxMode};
use ::syscalls::Sysno;
use kiln_abi::contract::PREVIEW1;
use kiln_abi::printable::Printable;
use kiln_abi::syscalls::{self, Call, Instruction, Names, Test};
use std::collections::BTreeMap;

pub use profile::Profile;

/// The calls that a program may make, by number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    by_number: BTreeMap<u32, Rule>,
}

/// A call that a program may make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name.
    pub name: &'static str,
    /// The arguments that it may have: all tests of one of these must hold.
    pub alternatives: Vec<&'static [Test]>,
}

impl Rule {
    /// Tells if its arguments may be any.
    pub fn is_unconditional(&self) -> bool {
        self.alternatives.iter().any(|tests| tests.is_empty())
    }
}

impl Rules {
    /// Those of a program that is described so, whether or not it has a sandbox.
    pub fn of(note: &Note) -> Self {
        let imports = note.imports.iter();
        let imports = imports.map(|import| (import.provider, &*import.name));
        let mut rules = Self::of_imports(&note.features, imports);
        let by_name = note.allow_syscalls.iter().filter_map(|name| by_name(name));
        for call in by_name {
            rules.add(call.name(), call.id() as u32, &[]);
        }
        rules
    }

    /// Those of a program that uses these proposals and calls these imports, each given by its provider and name.
    pub(crate) fn of_imports<'a>(
        features: &[String],
        imports: impl Iterator<Item = (Provider, &'a str)>,
    ) -> Self {
        let mut rules = Self::default();
        rules.allow(syscalls::RUNTIME);
        if features.iter().any(|feature| feature == "threads") {
            rules.allow(syscalls::ATOMICS);
        }
        let functions = imports.filter(|(provider, _)| *provider == Provider::Wasi);
        for (_, name) in functions {
            let function = PREVIEW1.iter().find(|known| known.name == name);
            let groups = function.map_or(&[][..], |function| function.calls);
            groups.iter().for_each(|calls| rules.allow(calls));
        }
        rules
    }

    /// The calls, in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.by_number.values()
    }

    fn allow(&mut self, calls: &[Call]) {
        for call in calls {
            self.add(call.name, call.number, call.tests);
        }
    }

    fn add(&mut self, name: &'static str, number: u32, tests: &'static [Test]) {
        let rule = self.by_number.entry(number).or_insert(Rule {
            name,
            alternatives: Vec::new(),
        });
        if !rule.alternatives.contains(&tests) {
            rule.alternatives.push(tests);
        }
    }
}

/// The data by which an executable confines itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sandbox {
    /// The kernel's filter; empty where there is no sandbox.
    pub filter: Vec<Instruction>,
    /// The names of all calls: see [`kiln_abi::symbols::CALL_NAMES`].
    pub call_names: Vec<u8>,
    /// Bits of [`kiln_abi::syscalls`].
    pub flags: u64,
}

impl Sandbox {
    /// The sandbox of a program that is described so.
    pub fn new(note: &Note) -> Self {
        let mut flags = 0;
        if note.sandbox_required {
            flags |= syscalls::REQUIRED;
        }
        if note.system_files {
            flags |= syscalls::SYSTEM_FILES;
        }
        if !note.sandbox {
            return Self {
                flags,
                ..Self::default()
            };
        }
        let moves = ["path_rename", "path_link"];
        if note
            .imports
            .iter()
            .any(|import| moves.contains(&&*import.name))
        {
            flags |= syscalls::MOVES_FILES;
        }
        Self {
            filter: filter::filter(&Rules::of(note)),
            call_names: call_names(),
            flags,
        }
    }
}

/// All names, those of numbers that are none empty.
fn call_names() -> Vec<u8> {
    let last = Sysno::last().id() as usize;
    let name = |number| Sysno::new(number).map_or("", |call| call.name());
    Names::write((0..=last).map(name))
}

fn by_name(name: &str) -> Option<Sysno> {
    name.parse().ok()
}

/// Refuses a sandbox that cannot be.
pub(crate) fn check(options: &Options) -> Result<(), Error> {
    if let Some(unknown) = options
        .allow_syscalls
        .iter()
        .find(|name| by_name(name).is_none())
    {
        let message = format!("`{}` is no system call", Printable(unknown.as_bytes()));
        return Err(Error::new(message).help("syscalls(2) lists their names"));
    }
    let is_on = matches!(options.sandbox, SandboxMode::On | SandboxMode::Required);
    let wants = is_on || !options.allow_syscalls.is_empty();
    if options.emit != Emit::Executable && wants {
        return Err(Error::new("a library has no sandbox")
            .help("it runs in the process of the program that uses it, which can confine itself"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_is_found_by_its_number() {
        let names = call_names();
        for call in Sysno::iter() {
            let mut buffer = [0; 32];
            let found = Names(&names).find(call.id() as usize, &mut buffer);
            assert_eq!(found, call.name().as_bytes());
        }
    }
}
