//! Grants and limits that are misspelt or malformed, at build, in a `kiln.toml` and at launch: each
//! is refused with the reason, and nothing is granted.

use crate::support::{Folder, HELLO, HELLO_PRINTS, Outcome};

const PREOPENS: &str = include_str!("../data/preopens.wat");

#[test]
fn variables_that_are_none_are_told_with_the_nearest() {
    let folder = Folder::new();
    let mut app = folder.built(PREOPENS, &[]);
    for (variable, told) in [
        ("KILN_DIR", "there is KILN_DIRS\n"),
        ("KILN_ENVS", "there is KILN_ENV\n"),
        ("KILN_MAX_MEM", "there is KILN_MAX_MEMORY\n"),
        ("KILN_STDOT", "there is KILN_STDOUT\n"),
        ("KILN_FROBNICATE", "there are KILN_DIRS, KILN_ENV, "),
    ] {
        let expected = format!("error: {variable} is no variable of Kiln's\nhelp: {told}");
        let actual = Outcome::of(app.env_clear().env(variable, ".")).fails(1);
        assert!(actual.starts_with(&expected), "{actual}");
    }
    // `kiln run` hands its own environment on.
    let mut run = folder.kiln(["run", "app.wat"]);
    let told = Outcome::of(run.env("KILN_DIR", ".")).fails(1);
    assert!(told.contains("there is KILN_DIRS"), "{told}");
}

#[test]
fn a_sealed_program_runs_with_any_variable() {
    let folder = Folder::new();
    let mut app = folder.built(HELLO, &["--seal"]);
    app.env("KILN_DIR", ".").env("KILN_ENV", "=x");
    assert_eq!(Outcome::of(&mut app).succeeds(), HELLO_PRINTS);
}

/// A flag, the variable that says the same at launch, a value of both, and why it is refused.
const REFUSED: &[(&str, &str, &str, &str)] = &[
    ("--dir", "KILN_DIRS", "h::/d:rw", "is not `:ro`"),
    ("--dir", "KILN_DIRS", "~/x::/d", "write the path out"),
    ("--dir", "KILN_DIRS", "~", "write the path out"),
    ("--dir", "KILN_DIRS", "data:ro", "HOST::GUEST:ro"),
    ("--dir", "KILN_DIRS", "/srv::", "is empty"),
    ("--dir", "KILN_DIRS", "::/d", "is empty"),
    ("--env", "KILN_ENV", "=x", "is empty"),
    ("--stdin", "KILN_STDIN", "~/in", "write the path out"),
    ("--stdout", "KILN_STDOUT", "", "is empty"),
    ("--stack-size", "KILN_STACK_SIZE", "1", "64K to 128G"),
    (
        "--stack-size",
        "KILN_STACK_SIZE",
        "99999999G",
        "64K to 128G",
    ),
];

#[test]
fn what_is_malformed_is_refused_everywhere() {
    let folder = Folder::new();
    let mut app = folder.built(HELLO, &[]);
    for &(flag, variable, value, reason) in REFUSED {
        let build = ["build", "app.wat", "-o", "other", flag, value];
        let told = Outcome::of(&mut folder.kiln(build)).fails(2);
        assert!(told.contains(reason) && told.contains(flag), "{told}");

        let key = flag.trim_start_matches("--");
        folder.write("kiln.toml", format!("{key} = {}", literal(flag, value)));
        let told = Outcome::of(&mut folder.kiln(["build", "app.wat", "-o", "other"])).fails(1);
        assert!(
            told.contains(reason) && told.contains("kiln.toml"),
            "{told}"
        );

        let told = Outcome::of(app.env_clear().env(variable, value)).fails(1);
        assert!(told.contains(reason) && told.contains(variable), "{told}");
        assert!(told.contains(&format!("`{value}`")), "{told}");
    }
    assert!(!folder.names().contains(&"other".to_owned()));
}

fn literal(flag: &str, value: &str) -> String {
    match flag {
        "--dir" | "--env" => format!("['{value}']"),
        _ => format!("'{value}'"),
    }
}

#[test]
fn a_nul_byte_in_a_kiln_toml_is_refused() {
    let folder = Folder::new();
    folder.write("app.wat", HELLO);
    folder.write("kiln.toml", "arg = [\"a\\u0000b\"]");
    let told =
        Outcome::of(&mut folder.kiln(["build", "app.wat", "--config", "kiln.toml"])).fails(1);
    assert!(told.contains("NUL byte in `a\\u{0}b`"), "{told}");
    assert_eq!(folder.names(), ["app.wat", "kiln.toml"]);
}
