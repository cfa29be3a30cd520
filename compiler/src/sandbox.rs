//! The sandbox of an executable: which system calls it may make, and the filter that has the kernel
//! refuse all others.
//!
//! They are those that its WASI functions need ([`kiln_abi::contract`]) and its runtime, as far as it
//! can reach them; what is linked in brings its own, which the user lists.

mod filter;
mod profile;

use crate::Error;
use crate::note::{Note, Provider};
use crate::options::{Emit, Options, SandboxMode, Target};
use crate::target::Machine;
use kiln_abi::contract::PREVIEW1;
use kiln_abi::printable::Printable;
use kiln_abi::syscalls::{self, Call, Instruction, Names, Test};
use std::collections::BTreeMap;

pub use profile::Profile;

/// The calls that a program may make, by number.
#[derive(Clone, Debug)]
pub struct Rules {
    machine: &'static Machine,
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
    /// None at all.
    pub(crate) fn new(target: Target) -> Self {
        Self {
            machine: Machine::of(target),
            by_number: BTreeMap::new(),
        }
    }

    /// Those of a program that is described so, whether or not it has a sandbox.
    pub fn of(note: &Note) -> Self {
        let imports = note.imports.iter();
        let imports = imports.map(|import| (import.provider, &*import.name));
        // A note that names another is not of this version.
        let target = Target::named(&note.target).unwrap_or_default();
        let mut rules = Self::of_imports(target, &note.features, imports);
        for name in &note.allow_syscalls {
            rules.add(name, &[]);
        }
        rules
    }

    /// Those of a program that uses these proposals and calls these imports, each given by its provider and name.
    pub(crate) fn of_imports<'a>(
        target: Target,
        features: &[String],
        imports: impl Iterator<Item = (Provider, &'a str)>,
    ) -> Self {
        let mut rules = Self::new(target);
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
            self.add(call.name, call.tests);
        }
    }

    /// Adds a call. One that the architecture does not have, no program can make there.
    fn add(&mut self, name: &str, tests: &'static [Test]) {
        let Some((number, name)) = (self.machine.calls.find)(name) else {
            return;
        };
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
        let rules = Rules::of(note);
        Self {
            call_names: call_names(rules.machine),
            filter: filter::filter(&rules),
            flags,
        }
    }
}

/// All names, those of numbers that are none empty.
fn call_names(machine: &Machine) -> Vec<u8> {
    let name = |number| (machine.calls.name)(number).unwrap_or_default();
    Names::write((0..=machine.calls.last).map(name))
}

/// Refuses a sandbox that cannot be.
pub(crate) fn check(options: &Options) -> Result<(), Error> {
    let calls = &Machine::of(options.target).calls;
    if let Some(unknown) = options
        .allow_syscalls
        .iter()
        .find(|name| (calls.find)(name).is_none())
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
        for target in Target::ALL {
            let machine = Machine::of(target);
            let names = call_names(machine);
            let calls = (0..=machine.calls.last).filter_map(machine.calls.name);
            for name in calls {
                let mut buffer = [0; 32];
                let (number, _) = (machine.calls.find)(name).unwrap();
                let found = Names(&names).find(number as usize, &mut buffer);
                assert_eq!(found, name.as_bytes());
            }
        }
    }
}
