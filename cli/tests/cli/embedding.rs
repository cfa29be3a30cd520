//! Files baked into executables.

use crate::support::{Folder, Outcome};
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::process::Command;
use std::time::{Duration, SystemTime};

const PREOPENS: &str = include_str!("../data/preopens.wat");
const READ: &str = include_str!("../data/read.wat");

/// A folder with two directories that hold one name with different contents.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("assets/note.txt", "embedded");
    folder.write("dir/note.txt", "of the host");
    folder
}

fn printed(command: &mut Command) -> String {
    Outcome::of(command).succeeds()
}

#[test]
fn an_embedded_file_is_read_when_its_source_is_gone() {
    let folder = folder();
    let mut app = folder.built(READ, &["--embed", "assets::/data"]);
    fs::remove_dir_all(folder.path("assets")).unwrap();
    assert_eq!(printed(&mut app), "embedded");
}

#[test]
fn a_directory_of_the_same_name_takes_the_place_of_an_embedded_one() {
    let folder = folder();
    let embed = ["--embed", "assets::/data"];
    let mut app = folder.built(READ, &embed);
    assert_eq!(printed(app.env("KILN_DIRS", "dir::/data")), "of the host");
    assert_eq!(printed(app.env("KILN_DIRS", "dir::/other")), "embedded");
    for baked in [
        [embed, ["--dir", "dir::/data"]],
        [["--dir", "dir::/data"], embed],
    ] {
        let mut app = folder.built(READ, baked.as_flattened());
        assert_eq!(printed(&mut app), "of the host");
        let launch = app.env("KILN_DIRS", "assets::/data");
        assert_eq!(printed(launch), "embedded");
    }
    let twice = [["--embed", "dir::/data"], embed];
    assert_eq!(
        printed(&mut folder.built(READ, twice.as_flattened())),
        "embedded"
    );
}

#[test]
fn embedded_directories_are_preopened() {
    let folder = folder();
    let options = [
        "--embed",
        "assets::/a",
        "--embed",
        "dir::b",
        "--dir",
        ".::/c",
    ];
    let names = printed(&mut folder.built(PREOPENS, &options));
    let mut names: Vec<_> = names.lines().collect();
    names.sort();
    assert_eq!(names, ["/a", "/c", "b"]);
}

#[test]
fn a_sealed_executable_keeps_its_files() {
    let folder = folder();
    let mut app = folder.built(READ, &["--embed", "assets::/data", "--seal"]);
    assert_eq!(printed(app.env("KILN_DIRS", "dir::/data")), "embedded");
}

#[test]
fn times_make_a_difference_on_request_only() {
    let folder = folder();
    let build = |minutes: u64, options: &[&str]| {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(60 * minutes);
        let file = File::open(folder.path("assets/note.txt")).unwrap();
        file.set_modified(time).unwrap();
        folder.built(READ, &[&["--embed", "assets::/data"], options].concat());
        fs::read(folder.path("app")).unwrap()
    };
    assert!(build(1, &[]) == build(2, &[]));
    assert!(build(1, &["--embed-times"]) != build(2, &["--embed-times"]));
}

#[test]
fn kiln_toml_embeds_what_lies_beside_it() {
    let folder = folder();
    folder.write("project/app.wat", READ);
    folder.write("project/assets/note.txt", "of the project");
    folder.write("project/kiln.toml", "embed = ['assets::/data']");
    let line = [
        "build",
        "project/app.wat",
        "-o",
        "app",
        "--config",
        "project/kiln.toml",
    ];
    Outcome::of(&mut folder.kiln(line)).succeeds();
    assert_eq!(
        printed(&mut folder.command(folder.path("app"))),
        "of the project"
    );
}

#[test]
fn run_heeds_changed_files() {
    let folder = folder();
    folder.write("app.wat", READ);
    let mut run = folder.kiln(["run", "--embed", "assets::/data", "app.wat"]);
    assert_eq!(printed(&mut run), "embedded");
    assert_eq!(printed(&mut run), "embedded");
    folder.write("assets/note.txt", "changed!");
    assert_eq!(printed(&mut run), "changed!");
}

#[test]
fn inspect_tells_what_is_embedded() {
    let folder = folder();
    folder.write("dir/more/empty", "");
    folder.built(READ, &["--embed", "assets::/data", "--embed", "dir::/dir"]);
    let shown = printed(&mut folder.kiln(["inspect", "app"]));
    let rows =
        "embed          1 file, 8 bytes, as /data\n               2 files, 11 bytes, as /dir\n";
    assert!(shown.contains(rows), "{shown}");
}

#[test]
fn what_cannot_be_embedded_is_named() {
    let folder = folder();
    folder.write("app.wat", READ);
    let refused = |tree: &str| {
        let build = ["build", "app.wat", "--embed", tree];
        let told = Outcome::of(&mut folder.kiln(build)).fails(1);
        assert!(!folder.path("app").exists());
        told
    };
    assert!(refused("missing::/x").contains("cannot embed `missing`: No such file"));
    assert!(refused("app.wat::/x").contains("cannot embed `app.wat`: Not a directory"));
    File::create(folder.path("dir/huge"))
        .unwrap()
        .set_len(5 << 30)
        .unwrap();
    let told = refused("dir::/x");
    assert!(
        told.contains("5368709143 bytes; an executable holds at most 1073741824"),
        "{told}"
    );
    assert!(
        told.contains("help: the largest is `huge`, of 5368709120 bytes"),
        "{told}"
    );
    fs::remove_file(folder.path("dir/huge")).unwrap();
    symlink("/dev/null", folder.path("dir/link")).unwrap();
    Outcome::of(&mut folder.kiln(["build", "app.wat", "--embed", "dir::/x"])).succeeds();
}
