//! The grants of a program when it starts: arguments, environment, directories, standard streams
//! and sockets, from the configuration baked into it ([`kiln_abi::config`]) and from the `KILN_…`
//! variables of its environment at launch, unless it is sealed. Nothing is given that neither names,
//! and the guest never sees those variables.
//!
//! Nothing is stored: what is asked for is read from where it lies each time, which for a program
//! that asks once costs least.

use crate::host::Launch;
use kiln_abi::config::{Entries, Entry};
use kiln_abi::grants;

/// Prefix of the variables that are for us.
pub(crate) const PREFIX: &[u8] = b"KILN_";

/// Bytes as they were given: perhaps with `\` before those that would mean something.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    raw: &'a [u8],
    is_escaped: bool,
}

impl<'a> Text<'a> {
    /// Bytes that mean themselves.
    pub const fn plain(raw: &'a [u8]) -> Self {
        let is_escaped = false;
        Text { raw, is_escaped }
    }

    /// Bytes in which `\` makes the byte after it mean itself.
    pub const fn escaped(raw: &'a [u8]) -> Self {
        let is_escaped = true;
        Text { raw, is_escaped }
    }

    /// Returns the bytes that it means.
    pub fn bytes(self) -> impl Iterator<Item = u8> + Clone + 'a {
        let mut rest = self.raw.iter();
        core::iter::from_fn(move || match rest.next() {
            Some(b'\\') if self.is_escaped => Some(*rest.next().unwrap_or(&b'\\')),
            byte => byte.copied(),
        })
    }

    /// Its bytes as they lie, if they mean themselves.
    pub fn as_plain(self) -> Option<&'a [u8]> {
        (!self.is_escaped).then_some(self.raw)
    }

    /// Its bytes as they lie, perhaps with `\` before some.
    pub(crate) fn raw(self) -> &'a [u8] {
        self.raw
    }

    /// Counts the bytes that it means.
    pub fn len(self) -> usize {
        if self.is_escaped {
            self.bytes().count()
        } else {
            self.raw.len()
        }
    }

    /// Tells if it means no bytes.
    pub fn is_empty(self) -> bool {
        self.raw.is_empty()
    }

    /// Copies what it means to the start of `buffer`; `None` where that is too small.
    pub fn copy_to(self, buffer: &mut [u8]) -> Option<&mut [u8]> {
        let len = self.len();
        let copy = buffer.get_mut(..len)?;
        copy.iter_mut()
            .zip(self.bytes())
            .for_each(|(to, byte)| *to = byte);
        Some(copy)
    }

    /// Splits at the first `separator` that is not escaped.
    fn split_once(self, separator: &[u8]) -> Option<(Text<'a>, Text<'a>)> {
        let mut at = 0;
        loop {
            let (before, rest) = self.raw.split_at_checked(at)?;
            if let Some(after) = rest.strip_prefix(separator) {
                let part = |raw| Text { raw, ..self };
                return Some((part(before), part(after)));
            }
            at += match rest.first()? {
                b'\\' if self.is_escaped => 2,
                _ => 1,
            };
        }
    }
}

/// The parts of a text between separators `;`, without empty ones.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts<'a> {
    rest: Option<Text<'a>>,
}

impl<'a> Iterator for Parts<'a> {
    type Item = Text<'a>;

    fn next(&mut self) -> Option<Text<'a>> {
        loop {
            let rest = self.rest?;
            let (first, after) = match rest.split_once(b";") {
                Some((first, after)) => (first, Some(after)),
                None => (rest, None),
            };
            self.rest = after;
            if !first.is_empty() {
                return Some(first);
            }
        }
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Text) -> bool {
        self.bytes().eq(other.bytes())
    }
}

/// A directory to preopen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dir<'a> {
    /// Its place.
    pub source: Source<'a>,
    /// The guest's name for it.
    pub guest: Text<'a>,
    /// Nothing in it may be changed.
    pub is_read_only: bool,
    rank: Rank,
}

/// The way a directory came to be given. The higher rank takes the place of the lower where the guest
/// knows both by one name.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
enum Rank {
    Embedded,
    Baked,
    /// Not until the program was started, or an instance created.
    Late,
}

/// The place of a directory to preopen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Source<'a> {
    /// At a path on the host.
    Host(Text<'a>),
    /// Among the embedded trees, under this number.
    Embedded(u32),
}

impl<'a> Dir<'a> {
    /// Reads `HOST[::GUEST[:ro]]`.
    pub(crate) fn parse(entry: Text<'a>) -> Result<Self, grants::Problem> {
        let (host, guest, is_read_only) = match entry.split_once(b"::") {
            None => {
                grants::check_lone_path(entry.raw)?;
                (entry, entry, false)
            }
            Some((host, guest)) => {
                grants::check_path(host.raw)?;
                let (raw, is_read_only) = grants::parse_guest(guest.raw, guest.is_escaped)?;
                (host, Text { raw, ..guest }, is_read_only)
            }
        };
        Ok(Dir {
            source: Source::Host(host),
            guest,
            is_read_only,
            rank: Rank::Late,
        })
    }
}

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
        self.launch.is_privileged || self.baked().any(|entry| matches!(entry, Entry::Sealed))
    }

    /// Tells if a trap ends the program by SIGABRT: `KILN_TRAP` says so, or else what is baked.
    pub fn raises_on_trap(self) -> bool {
        match self.ours(b"KILN_TRAP") {
            Some(value) => value.raw() == b"abort",
            None => self.baked().any(|entry| entry == Entry::TrapSignal),
        }
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
        Parts {
            rest: self.ours(name),
        }
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
        let inherits_all = self.baked().any(|entry| matches!(entry, Entry::InheritEnv));
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

/// All directories, those too that others take the place of.
#[derive(Clone, Debug)]
struct Dirs {
    entries: GivenEntries,
    /// The number of embedded trees that have come by.
    trees: u32,
    launch: Parts<'static>,
}

impl Iterator for Dirs {
    type Item = Dir<'static>;

    fn next(&mut self) -> Option<Dir<'static>> {
        while let Some(entry) = self.entries.next() {
            let (source, guest, is_read_only) = match entry {
                Entry::Dir { host, guest } => (Source::Host(Text::plain(host)), guest, false),
                Entry::ReadOnlyDir { host, guest } => {
                    (Source::Host(Text::plain(host)), guest, true)
                }
                Entry::Embedded(guest) => {
                    self.trees += 1;
                    (Source::Embedded(self.trees - 1), guest, true)
                }
                _ => continue,
            };
            let rank = match source {
                Source::Host(_) => self.entries.rank,
                Source::Embedded(_) => Rank::Embedded,
            };
            return Some(Dir {
                source,
                guest: Text::plain(guest),
                is_read_only,
                rank,
            });
        }
        // Malformed ones were refused at the start ([`crate::variables`]).
        self.launch.find_map(|entry| Dir::parse(entry).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::launch;
    use kiln_abi::config::write;

    fn text(text: Text) -> String {
        String::from_utf8(text.bytes().collect()).expect("UTF-8")
    }

    fn config(arguments: &[&str], variables: &[&str], entries: &[Entry]) -> Config {
        let mut baked = Vec::new();
        entries.iter().for_each(|entry| write(&mut baked, entry));
        Config::new(launch(arguments, variables, baked))
    }

    fn environment(config: Config) -> Vec<String> {
        let join = |(name, value)| format!("{}={}", text(name), text(value));
        config.environment().map(join).collect()
    }

    fn dirs(config: Config) -> Vec<(String, String, bool)> {
        let dirs = config.dirs().map(|dir| {
            let source = match dir.source {
                Source::Host(path) => text(path),
                Source::Embedded(number) => format!("embedded {number}"),
            };
            (source, text(dir.guest), dir.is_read_only)
        });
        dirs.collect()
    }

    #[test]
    fn nothing_is_given_that_nobody_names() {
        let config = config(&["app", "x"], &["HOME=/root", "PATH=/bin"], &[]);
        assert!(environment(config).is_empty());
        assert!(dirs(config).is_empty());
        assert_eq!(config.streams(), [None; 3]);
        assert_eq!(
            config.arguments().map(text).collect::<Vec<_>>(),
            ["app", "x"]
        );
    }

    #[test]
    fn the_later_setting_of_a_variable_holds() {
        let launch = [
            "A=outer",
            "B=outer",
            "KILN_ENV=A=launch;C;D=x\\;y\\\\z;;NONE",
            "C=c",
            "=odd",
        ];
        let entries = [
            Entry::Env {
                name: b"A",
                value: b"baked",
            },
            Entry::Env {
                name: b"A",
                value: b"again",
            },
            Entry::InheritVar(b"B"),
            Entry::InheritVar(b"MISSING"),
            Entry::InheritVar(b"KILN_ENV"),
        ];
        let expected = ["B=outer", "A=launch", "C=c", "D=x;y\\z"];
        assert_eq!(environment(config(&[], &launch, &entries)), expected);
        assert_eq!(
            environment(config(&[], &launch[..2], &entries)),
            ["A=again", "B=outer"]
        );
    }

    #[test]
    fn what_is_inherited_whole_leaves_out_our_own_variables() {
        let launch = [
            "A=1",
            "KILN_DIRS=/",
            "KILN_TIMEOUT=1s",
            "B=2",
            "KILN_ENV=B=3",
        ];
        let inherited = environment(config(&[], &launch, &[Entry::InheritEnv]));
        assert_eq!(inherited, ["A=1", "B=3"]);
    }

    #[test]
    fn a_directory_given_at_launch_replaces_the_baked_one_of_that_name() {
        let baked = [
            Entry::Dir {
                host: b"data",
                guest: b"/",
            },
            Entry::ReadOnlyDir {
                host: b"share",
                guest: b"/share",
            },
        ];
        let launch = ["KILN_DIRS=/tmp::/;/a\\:\\::b;/x::/y:ro;/x::/y\\:ro"];
        let dir = |host: &str, guest: &str, ro| (host.into(), guest.into(), ro);
        let expected = [
            dir("share", "/share", true),
            dir("/tmp", "/", false),
            dir("/a:::b", "/a:::b", false),
            dir("/x", "/y", true),
            dir("/x", "/y:ro", false),
        ];
        assert_eq!(dirs(config(&[], &launch, &baked)), expected);
        assert_eq!(dirs(config(&[], &[], &baked))[0], dir("data", "/", false));
    }

    #[test]
    fn any_directory_of_the_host_replaces_an_embedded_one_of_that_name() {
        let baked = [
            Entry::Embedded(b"/a"),
            Entry::Dir {
                host: b"data",
                guest: b"/b",
            },
            Entry::Embedded(b"/b"),
            Entry::Embedded(b"/c"),
            Entry::Embedded(b"/d"),
        ];
        let dir = |source: &str, guest: &str, ro| (source.into(), guest.into(), ro);
        let expected = [
            dir("embedded 0", "/a", true),
            dir("data", "/b", false),
            dir("embedded 3", "/d", true),
            dir("/tmp", "/c", false),
        ];
        assert_eq!(dirs(config(&[], &["KILN_DIRS=/tmp::/c"], &baked)), expected);
        assert_eq!(
            dirs(config(&[], &["KILN_DIRS=/tmp::/c"], &baked[..1])).len(),
            2
        );
    }

    #[test]
    fn arguments_are_the_name_then_the_baked_ones_then_the_given() {
        let baked = [Entry::Arg(b"-v"), Entry::Argv0(b"name"), Entry::Arg(b"-x")];
        let all = |variables: &[&str]| {
            let config = config(&["app", "one", "two"], variables, &baked);
            config.arguments().map(text).collect::<Vec<_>>()
        };
        assert_eq!(all(&[]), ["name", "-v", "-x", "one", "two"]);
        assert_eq!(
            all(&["KILN_ARGV0=other\\\\"]),
            ["other\\", "-v", "-x", "one", "two"]
        );
    }

    #[test]
    fn a_sealed_program_is_given_what_is_baked_alone() {
        let baked = [
            Entry::Sealed,
            Entry::InheritEnv,
            Entry::Argv0(b"name"),
            Entry::Stdin(b"in"),
        ];
        let launch = [
            "A=b",
            "KILN_DIRS=/",
            "KILN_ENV=A=c",
            "KILN_ARGV0=other",
            "KILN_STDIN=&0",
            "KILN_STDOUT=out",
            "KILN_LISTEN=127.0.0.1:0",
            "LISTEN_FDS=1",
        ];
        let config = config(&["app"], &launch, &baked);
        assert_eq!(config.dirs().count() + config.listen().count(), 0);
        assert_eq!(config.handed_sockets(|| 5), 0);
        assert_eq!(config.arguments().map(text).collect::<Vec<_>>(), ["name"]);
        let streams = config.streams().map(|stream| stream.map(text));
        assert_eq!(streams, [Some("in".into()), None, None]);
        let environment = config.environment();
        let names: Vec<_> = environment.map(|(name, _)| text(name)).collect();
        assert_eq!(names, ["A", "LISTEN_FDS"]);
    }

    #[test]
    fn streams_and_sockets_are_taken_from_launch_first() {
        let baked = [
            Entry::Stdin(b"in"),
            Entry::Stdout(b"out"),
            Entry::Listen(b"[::1]:1"),
        ];
        let launch = [
            "KILN_STDOUT=&2",
            "KILN_LISTEN=127.0.0.1:0;0.0.0.0:80",
            "LISTEN_FDS=2",
        ];
        let config = config(&[], &launch, &baked);
        assert_eq!(
            config.streams().map(|stream| stream.map(text)),
            [Some("in".into()), Some("&2".into()), None]
        );
        let listen: Vec<String> = config.listen().map(text).collect();
        assert_eq!(listen, ["[::1]:1", "127.0.0.1:0", "0.0.0.0:80"]);
        assert_eq!(config.handed_sockets(|| 5), 2);
        let with_pid =
            |pid| super::tests::config(&[], &["LISTEN_FDS=1", pid], &[]).handed_sockets(|| 5);
        assert_eq!(
            [
                with_pid("LISTEN_PID=5"),
                with_pid("LISTEN_PID=6"),
                with_pid("LISTEN_PID=x")
            ],
            [1, 0, 0]
        );
    }
}
