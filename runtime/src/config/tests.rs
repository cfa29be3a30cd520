//! Tests of launches together with what is baked.

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
