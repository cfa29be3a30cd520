//! The grants of a program when it starts: arguments, environment, directories, standard streams
//! and sockets, from the configuration baked into it ([`kiln_abi::config`]) and from the `KILN_…`
//! variables of its environment at launch, unless it is sealed. Nothing is given that neither names,
//! and the guest never sees those variables.
//!
//! Nothing is stored: what is asked for is read from where it lies each time, which for a program
//! that asks once costs least.

mod dirs;
pub mod names;
#[cfg(test)]
mod tests;

use crate::given_text::{Parts, Text};
use crate::launch::Launch;
use core::mem::discriminant;
use dirs::{Dirs, Rank};
use kiln_abi::config::{Entries, Entry};
use names::PREFIX;

pub use dirs::{Dir, Source};

/// The configuration a program runs with.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    launch: Launch,
    /// Set where any `KILN_…` variable is there, and counts.
    has_ours: bool,
}

impl Config {
    /// The configuration of a program that is given nothing.
    pub const EMPTY: Config = Config {
        launch: Launch::EMPTY,
        has_ours: false,
    };

    /// The configuration of a program launched so.
    pub fn new(launch: Launch) -> Self {
        let config = Config {
            launch,
            has_ours: false,
        };
        let is_any_ours = launch.variables_after(PREFIX).next().is_some();
        let has_ours = is_any_ours && !config.is_sealed();
        Config { has_ours, ..config }
    }

    /// The embedded files.
    pub fn embedded(self) -> &'static [u8] {
        self.launch.embedded
    }

    fn baked(self) -> Entries<'static> {
        Entries(self.launch.config)
    }

    /// Tells if an entry of this kind is baked.
    #[inline(never)]
    fn bakes(self, kind: Entry) -> bool {
        let kind = discriminant(&kind);
        self.baked().any(|entry| discriminant(&entry) == kind)
    }

    /// The baked entries, then those that the program around a library gives.
    fn entries(self) -> GivenEntries {
        GivenEntries {
            entries: self.baked(),
            rank: Rank::Baked,
            late: self.launch.given,
        }
    }

    /// Tells if what is baked is all that is ever given: where the builder says so, and where the
    /// program has rights that whoever launches it has not (setuid, setgid, file capabilities).
    pub fn is_sealed(self) -> bool {
        self.launch.is_privileged || self.bakes(Entry::Sealed)
    }

    /// Tells if a trap ends the program by SIGABRT: `KILN_TRAP` says so, or else what is baked.
    pub fn raises_on_trap(self) -> bool {
        match self.ours(b"KILN_TRAP") {
            Some(value) => value.raw() == b"abort",
            None => self.bakes(Entry::TrapSignal),
        }
    }

    /// Tells if core dumps leave out what is the guest's: `KILN_CORE_DUMP` says so, or else what is baked.
    pub fn dumps_host_alone(self) -> bool {
        match self.ours(b"KILN_CORE_DUMP") {
            Some(value) => value.raw() == b"host",
            None => self.bakes(Entry::HostDump),
        }
    }

    /// Returns the file that `KILN_PROFILE_FILE` names.
    #[cfg(feature = "standalone")]
    pub fn profile_file(self) -> Option<Text<'static>> {
        self.ours(b"KILN_PROFILE_FILE")
    }

    /// Tells if the program has rights that whoever launches it has not.
    #[cfg(feature = "standalone")]
    pub fn is_privileged(self) -> bool {
        self.launch.is_privileged
    }

    /// Overwrites the variables of the environment that are neither the program's nor the runtime's, so that
    /// neither a core dump nor somebody who reads the process's memory has them.
    ///
    /// # Safety
    ///
    /// As that of [`Launch::wipe_variables`].
    #[cfg(feature = "standalone")]
    pub unsafe fn wipe_environment(self) {
        if !self.bakes(Entry::InheritEnv) {
            // SAFETY: the caller's promise.
            unsafe { self.launch.wipe_variables(|variable| self.needs(variable)) };
        }
    }

    /// Tells if the program may come to see a variable of the environment at launch, or the runtime needs it.
    #[cfg(feature = "standalone")]
    fn needs(self, variable: &[u8]) -> bool {
        if variable.starts_with(PREFIX) {
            return self.has_ours;
        }
        let is_baked = |entry| matches!(entry, Entry::InheritVar(name) if is_name(Text::plain(name), variable));
        let mut launch = self.our_list(b"KILN_ENV");
        self.baked().any(is_baked) || launch.any(|name| is_name(name, variable))
    }

    /// Returns what `KILN_SANDBOX` says.
    #[cfg(feature = "standalone")]
    pub fn sandbox(self) -> Option<&'static [u8]> {
        self.ours(b"KILN_SANDBOX").map(Text::raw)
    }

    /// The value of a variable at launch.
    fn variable(self, name: &[u8]) -> Option<&'static [u8]> {
        let mut named = self.launch.variables_after(name);
        named.find_map(|rest| rest.strip_prefix(b"="))
    }

    /// The value of one of our own variables.
    pub(crate) fn ours(self, name: &[u8]) -> Option<Text<'static>> {
        if !self.has_ours {
            return None;
        }
        self.variable(name).map(Text::escaped)
    }

    /// The entries of one of our own variables that lists some.
    pub(crate) fn our_list(self, name: &[u8]) -> Parts<'static> {
        Parts::of(self.ours(name))
    }

    /// The names behind [`PREFIX`] of the variables that are for us, where they count.
    pub(crate) fn our_names(self) -> impl Iterator<Item = &'static [u8]> {
        let mut variables = self.launch.variables_after(PREFIX);
        core::iter::from_fn(move || {
            let rest = variables.next().filter(|_| self.has_ours)?;
            rest.split(|byte| *byte == b'=').next()
        })
    }

    /// The guest's arguments.
    pub fn arguments(self) -> impl Iterator<Item = Text<'static>> {
        let mut given = self.launch.arguments().map(Text::plain);
        let own = given.next();
        let baked = self.baked().filter_map(|entry| match entry {
            Entry::Argv0(name) => Some(Text::plain(name)),
            _ => None,
        });
        let first = self.ours(b"KILN_ARGV0").or(baked.last()).or(own);
        let arguments = self.entries().filter_map(|entry| match entry {
            Entry::Arg(argument) => Some(Text::plain(argument)),
            _ => None,
        });
        first.into_iter().chain(arguments).chain(given)
    }

    /// The guest's environment, each name once.
    pub fn environment(self) -> impl Iterator<Item = (Text<'static>, Text<'static>)> {
        let inherits_all = self.bakes(Entry::InheritEnv);
        let inherited = inherits_all
            .then(|| self.launch.variables())
            .into_iter()
            .flatten()
            .filter(|variable| !variable.starts_with(PREFIX))
            .filter_map(|variable| Text::plain(variable).split_once(b"="));
        let set = self.settings();
        let is_set = move |name, after| set.clone().skip(after).any(|(other, _)| other == name);
        let is_set_later = is_set.clone();
        let inherited = inherited.filter(move |&(name, _)| !is_set(name, 0));
        let settings = self.settings().enumerate();
        let last = settings.filter(move |&(index, (name, _))| !is_set_later(name, index + 1));
        inherited.chain(last.map(|(_, setting)| setting))
    }

    /// Variables that are named one by one; where a name comes again, the later one holds.
    fn settings(self) -> impl Iterator<Item = (Text<'static>, Text<'static>)> + Clone {
        let config = self;
        let baked = self.entries().filter_map(move |entry| match entry {
            Entry::Env { name, value } => Some((Text::plain(name), Text::plain(value))),
            Entry::InheritVar(name) => config.inherit(Text::plain(name)),
            _ => None,
        });
        let launch = self.our_list(b"KILN_ENV");
        baked.chain(
            launch
                .filter_map(move |entry| entry.split_once(b"=").or_else(|| config.inherit(entry))),
        )
    }

    fn inherit(self, name: Text<'static>) -> Option<(Text<'static>, Text<'static>)> {
        self.launch
            .variables()
            .filter(|variable| !variable.starts_with(PREFIX))
            .filter_map(|variable| Text::plain(variable).split_once(b"="))
            .find(|(other, _)| *other == name)
    }

    /// The directories to preopen. One given later takes the place of a baked one that the guest
    /// knows by the same name, and any of the host that of an embedded one.
    pub fn dirs(self) -> impl Iterator<Item = Dir<'static>> {
        let dirs = self.all_dirs();
        dirs.filter(move |dir| !self.is_replaced(*dir))
    }

    // Apart, or the iterator's code would be there twice where it is used.
    #[inline(never)]
    fn is_replaced(self, dir: Dir) -> bool {
        let mut dirs = self.all_dirs();
        dirs.any(|other| other.rank > dir.rank && other.guest == dir.guest)
    }

    fn all_dirs(self) -> Dirs {
        Dirs {
            entries: self.entries(),
            trees: 0,
            launch: self.our_list(b"KILN_DIRS"),
        }
    }

    /// Returns the replacements of standard input, output and error, where there are any.
    pub fn streams(self) -> [Option<Text<'static>>; 3] {
        let mut streams = [None; 3];
        for entry in self.entries() {
            match entry {
                Entry::Stdin(file) => streams[0] = Some(Text::plain(file)),
                Entry::Stdout(file) => streams[1] = Some(Text::plain(file)),
                Entry::Stderr(file) => streams[2] = Some(Text::plain(file)),
                _ => {}
            }
        }
        let names: [&[u8]; 3] = [b"KILN_STDIN", b"KILN_STDOUT", b"KILN_STDERR"];
        for (stream, name) in streams.iter_mut().zip(names) {
            *stream = self.ours(name).or(*stream);
        }
        streams
    }

    /// The addresses to listen at.
    pub fn listen(self) -> impl Iterator<Item = Text<'static>> {
        let mut baked = self.baked();
        let mut launch = self.our_list(b"KILN_LISTEN");
        core::iter::from_fn(move || {
            for entry in &mut baked {
                if let Entry::Listen(address) = entry {
                    return Some(Text::plain(address));
                }
            }
            launch.next()
        })
    }

    /// Counts the sockets that were handed over as descriptors from 3 up (sd_listen_fds(3)): LISTEN_FDS,
    /// unless LISTEN_PID says that they are another process's, or the program is sealed.
    pub fn handed_sockets(self, process_id: impl FnOnce() -> u32) -> u32 {
        let Some(count) = self.variable(b"LISTEN_FDS").and_then(number) else {
            return 0;
        };
        match self.variable(b"LISTEN_PID") {
            Some(pid) if number(pid) != Some(process_id()) => 0,
            _ if self.is_sealed() => 0,
            _ => count,
        }
    }
}

/// Tells if a variable has this name.
#[cfg(feature = "standalone")]
#[inline(never)]
fn is_name(name: Text, variable: &[u8]) -> bool {
    let mut rest = variable.iter();
    name.bytes()
        .chain([b'='])
        .all(|byte| rest.next() == Some(&byte))
}

/// A number in decimal.
fn number(text: &[u8]) -> Option<u32> {
    let add = |number: u32, byte: &u8| {
        let digit = char::from(*byte).to_digit(10)?;
        number.checked_mul(10)?.checked_add(digit)
    };
    let number = text.iter().try_fold(0, add)?;
    (!text.is_empty()).then_some(number)
}

/// The baked entries, then those that the program around a library gives.
#[derive(Clone, Debug)]
struct GivenEntries {
    entries: Entries<'static>,
    /// That of a directory of the host among `entries`.
    rank: Rank,
    /// The entries after `entries`.
    late: &'static [u8],
}

impl Iterator for GivenEntries {
    type Item = Entry<'static>;

    fn next(&mut self) -> Option<Entry<'static>> {
        let entry = self.entries.next();
        if entry.is_some() || self.late.is_empty() {
            return entry;
        }
        self.entries = Entries(core::mem::take(&mut self.late));
        self.rank = Rank::Late;
        self.entries.next()
    }
}
