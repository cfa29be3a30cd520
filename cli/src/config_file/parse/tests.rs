//! Texts of `kiln.toml`, right and wrong.

use super::*;
use std::collections::BTreeSet;

fn flags(text: &str) -> Vec<String> {
    let settings = parse(text, Path::new("sub")).unwrap();
    let flag = |setting: &Setting| setting.as_flag().into_string().unwrap();
    settings.iter().map(flag).collect()
}

/// The message, what it points at, and the help.
fn problem(text: &str) -> (String, &str, String) {
    let problem = parse(text, Path::new("")).unwrap_err();
    (
        problem.message,
        &text[problem.span],
        problem.help.unwrap_or_default(),
    )
}

#[test]
fn values_become_flags() {
    let text = r#"
        stack-size = 0x1_0000
        opt-level = "s"
        inherit-env = true
        env = ["A=b", "HOME"]
        arg = "-x"
    "#;
    let expected = [
        "--stack-size=65536",
        "--opt-level=s",
        "--inherit-env",
        "--env=A=b",
        "--env=HOME",
        "--arg=-x",
    ];
    assert_eq!(flags(text), expected);
    assert!(flags("inherit-env = false\nenv = []").is_empty());
}

#[test]
fn paths_of_the_build_start_from_the_files_folder() {
    let text = "module = 'a.wasm'\noutput = 'bin/a'\ndir = ['data']\nstdin = 'in'";
    let expected = [
        "--module=sub/a.wasm",
        "--output=sub/bin/a",
        "--dir=data",
        "--stdin=in",
    ];
    assert_eq!(flags(text), expected);
    assert_eq!(flags("output = '/a'"), ["--output=/a"]);
    assert_eq!(flags("output = '-'"), ["--output=-"]);
}

#[test]
fn problems_are_pointed_at() {
    let (message, at, help) = problem("opt-levl = 2");
    assert_eq!((&*message, at), ("unknown key `opt-levl`", "opt-levl"));
    assert_eq!(help, "there is a key `opt-level`");

    for other in ["prefix", "mount", "\"\\u001b[31m\""] {
        let (message, _, help) = problem(&format!("{other} = 2"));
        assert!(help.starts_with("the keys are the long flags"), "{help}");
        assert!(!message.contains('\u{1b}'), "{message}");
    }

    let (message, at, help) = problem("cpu = 'i486'");
    assert_eq!((&*message, at), ("bad value for `cpu`", "'i486'"));
    assert!(help.ends_with("\"rva23u64\" or \"native\""), "{help}");

    let (message, at, _) = problem("dir = ['.', '::/data']");
    assert_eq!(at, "'::/data'");
    assert!(
        message.starts_with("bad value for `dir`: the path on the host"),
        "{message}"
    );

    let (message, at, _) = problem("stack-size = 'many'");
    assert_eq!(at, "'many'");
    assert!(message.contains("not a size from 64K"), "{message}");
}

#[test]
fn values_of_another_kind_are_refused() {
    for (text, message, at) in [
        (
            "inherit-env = 1",
            "`inherit-env` must be `true` or `false`",
            "1",
        ),
        ("dir = [['a']]", "`dir` must be a list of strings", "['a']"),
        ("dir = true", "`dir` must be a list of strings", "true"),
        ("cpu = ['native']", "`cpu` must be a string", "['native']"),
    ] {
        let (told, pointed, _) = problem(text);
        assert_eq!((&*told, pointed), (message, at));
    }
}

#[test]
fn what_says_where_settings_come_from_is_no_setting() {
    for key in ["config", "no-config", "verbose", "help"] {
        let text = format!("{key} = true");
        assert_eq!(problem(&text).0, format!("unknown key `{key}`"));
    }
}

#[test]
fn the_example_in_the_readme_has_every_key() {
    let (_, readme) = include_str!("../../../README.md")
        .split_once("```toml\n")
        .unwrap();
    let (example, _) = readme.split_once("```").unwrap();
    parse(example, Path::new("")).unwrap();
    let table = DeTable::parse(example).unwrap();
    let said: BTreeSet<_> = table
        .get_ref()
        .keys()
        .map(|key| key.get_ref().to_string())
        .collect();
    let keys = keys();
    let known = keys.get_arguments().filter_map(Arg::get_long);
    assert_eq!(said, known.map(str::to_owned).collect());
}
