//! `kiln.toml`: where it is found, what it says, and how it is wrong.

use crate::support::{Folder, HELLO, HELLO_PRINTS, Outcome};
use std::fs;

const ARGS: &str = include_str!("../data/args.wat");
const ENVIRON: &str = include_str!("../data/environ.wat");

/// A folder with a module that prints its arguments, and this `kiln.toml`.
fn folder(toml: &str) -> Folder {
    let folder = Folder::new();
    folder.write("app.wat", ARGS);
    folder.write("kiln.toml", toml);
    folder
}

#[track_caller]
fn printed(folder: &Folder, program: &str) -> Vec<String> {
    let printed = Outcome::of(&mut folder.command(folder.path(program))).succeeds();
    printed.split_terminator('\0').map(str::to_owned).collect()
}

#[track_caller]
fn kiln(folder: &Folder, line: &[&str]) -> String {
    Outcome::of(&mut folder.kiln(line)).succeeds()
}

#[test]
fn the_file_alone_says_what_to_build() {
    let folder = folder("module = 'app.wat'\noutput = 'args'\nargv0 = 'me'\narg = ['-x', 'y']\n");
    kiln(&folder, &["build"]);
    assert_eq!(printed(&folder, "args"), ["me", "-x", "y"]);
    let ran = kiln(&folder, &["run", "--", "--", "-z"]);
    assert_eq!(ran, "me\0-x\0y\0-z\0");
    assert_eq!(kiln(&folder, &["run"]), "me\0-x\0y\0");
}

#[test]
fn a_file_that_is_named_holds_for_any_module() {
    let folder = folder("module = 'app.wat'\nargv0 = 'me'");
    folder.write("other.wat", ARGS);
    let line = ["build", "other.wat", "--config", "kiln.toml"];
    kiln(&folder, &line);
    assert_eq!(printed(&folder, "other"), ["me"]);
    let line = ["run", "--config", "kiln.toml", "other.wat", "z"];
    assert_eq!(kiln(&folder, &line), "me\0z\0");
    kiln(&folder, &["build", "--config", "kiln.toml"]);
    assert_eq!(printed(&folder, "app"), ["me"]);
}

#[test]
fn flags_prevail_and_add_to_lists() {
    let folder = folder("argv0 = 'file'\narg = ['a']\nstack-size = '64K'\nopt-level = 0\n");
    let config = ["--config", "kiln.toml"];
    let line = ["build", "app.wat", "--arg", "b", "--argv0", "flag", "-O2"];
    kiln(&folder, &[&line[..], &config].concat());
    assert_eq!(printed(&folder, "app"), ["flag", "a", "b"]);
    let line = [&["run"], &config[..], &["--argv0", "flag", "app.wat", "c"]].concat();
    assert_eq!(kiln(&folder, &line), "flag\0a\0c\0");
}

#[test]
fn paths_of_the_build_start_from_the_files_folder_and_others_from_the_launch() {
    let folder = Folder::new();
    folder.write(
        "src/kiln.toml",
        "module = 'app.wat'\noutput = '../bin/app'\ndir = ['data::/']",
    );
    folder.write("src/app.wat", include_str!("../data/read.wat"));
    folder.write("data/note.txt", "of the launch\n");
    fs::create_dir(folder.path("bin")).unwrap();
    kiln(&folder, &["build", "--config", "src/kiln.toml"]);
    let mut app = folder.command(folder.path("bin/app"));
    assert_eq!(Outcome::of(&mut app).succeeds(), "of the launch\n");
}

#[test]
fn a_verbose_build_tells_of_the_file() {
    let folder = folder("");
    let line = ["build", "-v", "app.wat", "--config", "kiln.toml"];
    let outcome = Outcome::of(&mut folder.kiln(line));
    assert_eq!((outcome.status, outcome.stdout.as_str()), (Ok(0), ""));
    let told: Vec<_> = outcome.stderr.lines().collect();
    assert_eq!(told[0], "note: settings are taken from kiln.toml");
    assert!(told[1].ends_with(" bytes are written to app"), "{told:?}");
}

#[test]
fn no_file_and_no_module() {
    for line in [
        &["build"][..],
        &["run"],
        &["run", "--"],
        &["run", "--", "--", "x"],
        &["build", "--no-config"],
    ] {
        let told = Outcome::of(&mut Folder::new().kiln(line)).fails(1);
        assert!(told.starts_with("error: no module is named"), "{told}");
        assert!(told.contains("help: name one"), "{told}");
    }
}

#[test]
fn a_named_file_must_be_there() {
    let folder = folder("");
    let line = ["build", "app.wat", "--config", "gone.toml"];
    let told = Outcome::of(&mut folder.kiln(line)).fails(1);
    assert!(
        told.starts_with("error: cannot read gone.toml: No such file"),
        "{told}"
    );
    let told = Outcome::of(&mut folder.kiln(["build", "--config", "kiln.toml"])).fails(1);
    assert!(told.starts_with("error: no module is named"), "{told}");
}

#[test]
fn errors_point_at_the_place() {
    for (toml, told) in [
        (
            "module = 'app.wat'\nopt-levl = 2\n",
            "error: kiln.toml: unknown key `opt-levl` (at line 2, column 1)\n  \
               |\n2 | opt-levl = 2\n  | ^^^^^^^^\n\
             help: there is a key `opt-level`\n",
        ),
        (
            "dir = [\n  '.',\n\t'x::' ]",
            "error: kiln.toml: bad value for `dir`: the name in the program is empty \
             (at line 3, column 2)\n  |\n3 | \t'x::' ]\n  | \t^^^^^\n",
        ),
        (
            "opt-level = 3",
            "error: kiln.toml: bad value for `opt-level` (at line 1, column 13)\n  \
               |\n1 | opt-level = 3\n  |             ^\n\
             help: it can be \"0\", \"2\" or \"s\"\n",
        ),
        (
            "inherit-env = 'yes'",
            "error: kiln.toml: `inherit-env` must be `true` or `false` (at line 1, column 15)\n  \
               |\n1 | inherit-env = 'yes'\n  |               ^^^^^\n",
        ),
    ] {
        for line in [&["build"][..], &["build", "app.wat"], &["run", "app.wat"]] {
            assert_eq!(Outcome::of(&mut folder(toml).kiln(line)).fails(1), told);
        }
    }
}

#[test]
fn a_file_that_is_no_toml_is_pointed_at_too() {
    let told = Outcome::of(&mut folder("env = [\n  'A'\n  'B' ]\n").kiln(["build"])).fails(1);
    assert!(told.starts_with("error: kiln.toml: "), "{told}");
    assert!(told.contains("(at line 3, column 3)\n"), "{told}");
    let folder = folder("");
    folder.write("kiln.toml", b"argv0 = '\xff'");
    let told = Outcome::of(&mut folder.kiln(["build"])).fails(1);
    assert_eq!(told, "error: kiln.toml: not UTF-8 text\n");
}

#[test]
fn what_is_granted_by_the_file_is_not_in_the_cached_executable() {
    let folder = Folder::new();
    folder.write("app.wat", ENVIRON);
    folder.write("kiln.toml", "module = 'app.wat'\nenv = ['A=1']");
    assert_eq!(kiln(&folder, &["run"]), "A=1\0");
    assert_eq!(kiln(&folder, &["run", "app.wat"]), "");
}

#[test]
fn code_is_printed_as_text() {
    let folder = Folder::new();
    folder.write("app.wat", HELLO);
    for (emit, part) in [("clif", "function "), ("asm", "push %rbp")] {
        let printed = kiln(&folder, &["build", "app.wat", "--emit", emit, "-o", "-"]);
        assert!(printed.contains(part), "{printed}");
        kiln(&folder, &["build", "app.wat", "--emit", emit]);
        let written = fs::read_to_string(folder.path(&format!("app.{emit}"))).unwrap();
        assert_eq!(written, printed);
    }
}

#[test]
fn an_executable_goes_to_standard_output_when_asked() {
    let folder = Folder::new();
    folder.write("app.wat", HELLO);
    let mut build = folder.kiln(["build", "app.wat", "-o", "-"]);
    let app = build.output().unwrap().stdout;
    kiln(&folder, &["build", "app.wat"]);
    assert!(fs::read(folder.path("app")).unwrap() == app);
    let mut app = folder.command(folder.path("app"));
    assert_eq!(Outcome::of(&mut app).succeeds(), HELLO_PRINTS);
}
