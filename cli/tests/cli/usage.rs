//! Wrong command lines, and help.

use crate::support::{Folder, HELLO, HELLO_PRINTS, Outcome};

#[test]
fn wrong_usage_exits_with_2() {
    let lines: [&[&str]; 11] = [
        &[],
        &["frobnicate"],
        &["build", "m.wasm", "--config", "x", "--no-config"],
        &["build", "m.wasm", "--cpu", "i486"],
        &["build", "m.wasm", "--stack-size", "many"],
        &["build", "m.wasm", "--dir", "::/data"],
        &["build", "m.wasm", "--env", "=value"],
        &["build", "m.wasm", "--stdin", ""],
        &["build", "m.wasm", "--stdout", "&one"],
        &["build", "m.wasm", "--listen", "localhost"],
        &["run", "m.wasm", "--dri", "."],
    ];
    for line in lines {
        let told = Outcome::of(&mut Folder::new().kiln(line)).fails(2);
        assert!(
            told.contains("Usage:") || told.contains("--help"),
            "{line:?}: {told}"
        );
    }
}

#[test]
fn the_version_is_the_packages() {
    let told = Outcome::of(&mut Folder::new().kiln(["--version"])).succeeds();
    assert_eq!(told, concat!("kiln ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn completions_are_scripts_for_the_shell() {
    for (shell, words) in [
        ("bash", "complete -F _kiln"),
        ("zsh", "#compdef kiln"),
        ("fish", "complete -c kiln"),
    ] {
        let script = Outcome::of(&mut Folder::new().kiln(["completions", shell])).succeeds();
        assert!(
            script.contains(words) && script.contains("unknown-imports"),
            "{script}"
        );
    }
    // Bash is there wherever the tests run, and finds nothing wrong with its script.
    let folder = Folder::new();
    let script = Outcome::of(&mut folder.kiln(["completions", "bash"])).succeeds();
    let mut bash = folder.command("/bin/bash");
    Outcome::of(bash.arg("-n").arg(folder.write("kiln.bash", script))).succeeds();
}

#[test]
fn help_into_a_closed_pipe_is_no_failure() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let folder = Folder::new();
    let mut help = folder.kiln(["help", "build"]);
    Outcome::of(help.stdout(writer)).succeeds();
}

#[test]
fn a_module_comes_from_standard_input() {
    let folder = Folder::new();
    let hello = folder.write("hello.wat", HELLO);
    let mut build = folder.kiln(["build", "-", "-o", "hello"]);
    build.stdin(std::fs::File::open(hello).unwrap());
    Outcome::of(&mut build).succeeds();
    let mut hello = folder.command(folder.path("hello"));
    assert_eq!(Outcome::of(&mut hello).succeeds(), HELLO_PRINTS);
}

#[test]
fn standard_input_needs_an_output_name() {
    let told = Outcome::of(&mut Folder::new().kiln(["build", "-"])).fails(1);
    assert!(told.contains("-o OUT"), "{told}");
}
