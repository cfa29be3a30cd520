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
        &["run", "--dri", ".", "m.wasm"],
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

/// What is told of a command line that is wrong.
#[track_caller]
fn told(folder: &Folder, line: &[&str]) -> String {
    Outcome::of(&mut folder.kiln(line)).fails(2)
}

#[test]
fn a_file_for_a_command_is_told_the_commands() {
    let folder = Folder::new();
    folder.write("src/module", HELLO);
    for file in ["app.wasm", "src/gone.wat", "src/module"] {
        let expected = format!(
            "error: `{file}` is not a command\nhelp: `kiln run {file}` runs a module, `kiln build \
             {file}` makes an executable of it\n"
        );
        assert_eq!(told(&folder, &[file]), expected);
        assert_eq!(told(&folder, &[file, "--dir", "."]), expected);
    }
    folder.built(HELLO, &[]);
    let told = told(&folder, &["./app"]);
    assert!(told.contains("help: `kiln inspect ./app` tells"), "{told}");
}

#[test]
fn only_similar_names_are_suggested() {
    let folder = Folder::new();
    folder.write("m.wat", HELLO);
    for (line, suggestion) in [
        (&["run", "--dri", ".", "m.wat"][..], "'--dir'"),
        (&["build", "--max-mem", "1M", "m.wat"], "'--max-memory'"),
        (&["build", "--cpu", "x86_64", "m.wat"], "'x86-64'"),
        (&["bulid", "m.wat"], "'build'"),
        (
            &["--dir", ".", "run", "m.wat"],
            "follow the command: `kiln build --dir`",
        ),
    ] {
        let told = told(&folder, line);
        assert!(
            told.contains("tip: ") && told.contains(suggestion),
            "{told}"
        );
    }
    for line in [
        &["build", "--target", "x", "m.wat"][..],
        &["build", "--mount", "x", "m.wat"],
        &["run", "--volume", "x", "m.wat"],
        &["run", "-x", "m.wat"],
        &["build", "--cpu", "pentium", "m.wat"],
        &["build", "--emit", "native", "m.wat"],
        &["install"],
        &["compile", "m.wat"],
    ] {
        let told = told(&folder, line);
        assert!(!told.contains("tip: "), "{told}");
        // The usage line names no other flag either.
        let usage = told.lines().find(|line| line.starts_with("Usage: "));
        assert!(usage.is_none_or(|usage| !usage.contains("--")), "{told}");
    }
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
