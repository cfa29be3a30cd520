//! The same module, options and compiler give the same bytes, wherever and by however many threads.

use crate::support::{Folder, Outcome};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A module of many functions of different sizes, which has something of everything that an
/// executable is made of: imports, data, tables that change and that do not, references, handlers.
fn module() -> String {
    const FUNCTIONS: usize = 400;
    let mut wat = String::from(
        r#"(module
            (import "wasi_snapshot_preview1" "fd_write"
                (func $write (param i32 i32 i32 i32) (result i32)))
            (import "wasi_unstable" "random_get" (func $random (param i32 i32) (result i32)))
            (type $step (func (param i64) (result i64)))
            (tag $tag (param i64))
            (memory (export "memory") 2)
            (memory $other i64 1)
            (global $global (mut i64) (i64.const 5))
            (data (i32.const 100) "first")
            (data (i32.const 70000) "second")
            (data $passive "passive")
            (elem declare func $random)
            (table $changed 4 funcref)
            (func (export "_start") (local i64)
                (table.set $changed (i32.const 1) (ref.func $random))
                (memory.init $passive (i32.const 0) (i32.const 0) (i32.const 7))
                (i64.store $other (i64.const 8) (global.get $global))
                (block $caught (result i64)
                    (try_table (catch $tag $caught)
                        (throw $tag (call_indirect $steps (type $step) (i64.const 1) (i32.const 7))))
                    (i64.const 0))
                global.set $global
                (drop (call $write (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0))))
"#,
    );
    let names: Vec<_> = (0..FUNCTIONS).map(|index| format!("$f{index}")).collect();
    wat += &format!("(table $steps funcref (elem {}))\n", names.join(" "));
    for (index, name) in names.iter().enumerate() {
        wat += &format!("(func {name} (type $step) (local.get 0)\n");
        for step in 0..index % 37 {
            wat += &format!("(i64.xor (i64.const {})) (i64.popcnt)\n", index * 31 + step);
        }
        wat += "(f64.convert_i64_s) (f64.ceil) (i64.trunc_f64_s))\n";
    }
    wat + ")"
}

/// What can be made of it.
const KINDS: [&str; 4] = ["exe", "obj", "staticlib", "sharedlib"];

/// A folder with the module and with files to embed, in `folder` of it.
fn write_input(to: &Folder, folder: &str, files: [&str; 3]) {
    to.write(&format!("{folder}/app.wat"), module());
    for name in files {
        to.write(
            &format!("{folder}/files/{name}"),
            format!("of {name}").repeat(500),
        );
    }
}

const FILES: [&str; 3] = ["a", "b/c", "d"];

/// What a kind of output comes to of the input in `input`, made by a command that `configure`
/// adds to.
fn built(
    folder: &Folder,
    input: &str,
    kind: &str,
    configure: impl FnOnce(&mut Command),
) -> Vec<u8> {
    let module = format!("{input}/app.wat");
    let files = format!("{input}/files::/files");
    let mut build = folder.kiln([
        "build", &module, "-o", "out", "--emit", kind, "--embed", &files,
    ]);
    configure(build.args(["--env", "A=1", "--dir", "."]));
    Outcome::of(&mut build).succeeds();
    let out = folder.path("out");
    let bytes = fs::read(&out).unwrap();
    fs::remove_file(out).unwrap();
    bytes
}

#[test]
fn threads_do_not_show() {
    let folder = Folder::new();
    write_input(&folder, ".", FILES);
    for kind in KINDS {
        let by_threads = |count: &str| {
            built(&folder, ".", kind, |build| {
                build.env("RAYON_NUM_THREADS", count);
            })
        };
        let by_one = by_threads("1");
        for count in ["2", "3", "16", "16", "16"] {
            assert!(by_one == by_threads(count), "{kind} by {count} threads");
        }
    }
}

#[test]
fn places_and_the_environment_do_not_show() {
    let folder = Folder::new();
    write_input(&folder, "one", FILES);
    write_input(&folder, "the/other", ["d", "b/c", "a"]);
    let place = folder.path("the/other");
    for kind in KINDS {
        let expected = built(&folder, "one", kind, |_| {});
        let actual = built(&folder, place.to_str().unwrap(), kind, |build| {
            build.env("HOME", &place).env("TMPDIR", &place);
            build.env("USER", "somebody").env("LANG", "tr_TR.UTF-8");
            build.env("SOURCE_DATE_EPOCH", "1").env("TZ", "Asia/Tokyo");
        });
        assert!(expected == actual, "{kind}");
    }
}

/// What Kiln makes would differ by where Kiln was built if the runtime in it told.
#[test]
fn no_place_on_this_machine_shows() {
    let folder = Folder::new();
    write_input(&folder, ".", FILES);
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let cargo_home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo_home = cargo_home.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    let places = [workspace, &folder.path("."), &cargo_home.unwrap()];
    for kind in KINDS {
        let bytes = built(&folder, ".", kind, |_| {});
        for place in places {
            let place = place.to_str().unwrap().trim_end_matches("/.");
            let shows = bytes.windows(place.len()).any(|w| w == place.as_bytes());
            assert!(!shows, "{kind} tells {place}");
        }
    }
}
