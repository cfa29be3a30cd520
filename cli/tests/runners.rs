//! `kiln run` where other tools ask for a command that runs what they built: cargo, go and CTest.

use anyhow::Result;
use kiln_tests::commands;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

/// A project, and the tools that build it.
struct Project(TempDir);

impl Project {
    fn new(files: &[(&str, &str)]) -> Result<Self> {
        let project = Self(TempDir::new()?);
        for (name, text) in files {
            let path = project.path(name);
            fs::create_dir_all(path.parent().unwrap())?;
            fs::write(path, text)?;
        }
        fs::create_dir(project.path("bin"))?;
        symlink(env!("CARGO_BIN_EXE_kiln"), project.path("bin/kiln"))?;
        Ok(project)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Types a command, and gives its exit status and what it writes.
    fn types(&self, line: &str) -> Result<(Option<i32>, String)> {
        let path = format!("{}:/usr/bin:/bin", self.path("bin").display());
        let output = Command::new("/bin/sh")
            .args(["-c", &format!("exec 2>&1; {line}")])
            .current_dir(self.0.path())
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.path("home"))
            .output()?;
        Ok((output.status.code(), String::from_utf8(output.stdout)?))
    }

    /// Types a command that must end with this exit status; gives what it writes.
    #[track_caller]
    fn ends(&self, status: i32, line: &str) -> String {
        let (ended, written) = self.types(line).unwrap();
        assert_eq!(ended, Some(status), "{line}: {written}");
        written
    }
}

/// Demands each of these parts.
#[track_caller]
fn assert_has(written: &str, parts: &[&str]) {
    for part in parts {
        assert!(written.contains(part), "no {part:?}: {written}");
    }
}

#[test]
fn cargo_tests_and_runs() -> Result<()> {
    let main = r#"
        fn main() {
            let args: Vec<_> = std::env::args().skip(1).collect();
            println!("{args:?}, {}", std::fs::read_to_string("note.txt").unwrap());
        }

        #[test]
        fn files_are_granted() {
            assert_eq!(std::fs::read_to_string("note.txt").unwrap(), "granted");
        }

        #[test]
        #[ignore]
        fn fails() {
            assert_eq!(std::fs::read_to_string("note.txt").unwrap(), "refused");
        }
    "#;
    let manifest = "[package]\nname = \"guest\"\nedition = \"2021\"\n[workspace]\n";
    let files = [
        ("Cargo.toml", manifest),
        ("src/main.rs", main),
        ("note.txt", "granted"),
    ];
    let project = Project::new(&files)?;
    commands::rust(&project.path("bin"))?;
    let cargo =
        |line: &str| format!("CARGO_TARGET_WASM32_WASIP1_RUNNER='kiln run --dir .' cargo {line}");
    let target = "--target wasm32-wasip1";
    let tested = project.ends(0, &cargo(&format!("test --quiet {target}")));
    assert_has(&tested, &["test result: ok. 1 passed; 0 failed; 1 ignored"]);
    let listed = project.ends(0, &cargo(&format!("test {target} -- --list")));
    assert_has(&listed, &["files_are_granted: test", "fails: test"]);
    // A panic is a trap there, and cargo ends as the program did.
    let failed = project.ends(134, &cargo(&format!("test {target} -- --ignored")));
    assert_has(&failed, &["test fails ...", "error: wasm trap"]);
    let ran = project.ends(
        0,
        &cargo(&format!("run --quiet {target} -- --dir a -- --version")),
    );
    assert_eq!(ran, "[\"--dir\", \"a\", \"--\", \"--version\"], granted\n");
    Ok(())
}

#[test]
fn go_tests() -> Result<()> {
    let test = r#"
        package guest
        import ("os"; "testing")
        func TestReads(t *testing.T) {
            text, err := os.ReadFile("testdata/note.txt")
            if err != nil || string(text) != "granted" { t.Fatal(string(text), err) }
        }
        func TestFails(t *testing.T) {
            if os.Args[len(os.Args)-1] == "fail" { t.Fatal("as it was asked to") }
        }
    "#;
    let files = [
        ("go.mod", "module guest\n"),
        ("guest_test.go", test),
        ("testdata/note.txt", "granted"),
    ];
    let project = Project::new(&files)?;
    commands::go(&project.path("bin"))?;
    let go = "GOOS=wasip1 GOARCH=wasm go test -exec 'kiln run --dir / --env PWD' -v";
    let tested = project.ends(0, go);
    assert_has(
        &tested,
        &["--- PASS: TestReads", "--- PASS: TestFails", "ok  \tguest"],
    );
    let some = project.ends(0, &format!("{go} -run Reads -count 2"));
    assert_eq!(some.matches("--- PASS: TestReads").count(), 2, "{some}");
    assert!(!some.contains("TestFails"), "{some}");
    let failed = project.ends(1, &format!("{go} -args fail"));
    assert_has(
        &failed,
        &["--- FAIL: TestFails", "as it was asked to", "FAIL\tguest"],
    );
    Ok(())
}

#[test]
fn ctest_runs_tests() -> Result<()> {
    let source = r#"
        #include <stdio.h>
        #include <string.h>
        int main(int argc, char **argv) {
            if (argc == 2 && !strcmp(argv[1], "--version")) return puts("tool 1.0") < 0;
            FILE *file = fopen("note.txt", "r");
            return file == NULL || argc != 3 || strcmp(argv[1], "--dir") || strcmp(argv[2], "/");
        }
    "#;
    let lists = r#"
        cmake_minimum_required(VERSION 3.20)
        project(tool C)
        enable_testing()
        add_executable(tool tool.c)
        add_test(NAME version COMMAND tool --version)
        set_tests_properties(version PROPERTIES PASS_REGULAR_EXPRESSION "^tool 1.0\n$")
        add_test(NAME file COMMAND tool --dir / WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
        add_test(NAME fails COMMAND tool --fail)
        set_tests_properties(fails PROPERTIES WILL_FAIL TRUE)
    "#;
    let files = [
        ("CMakeLists.txt", lists),
        ("tool.c", source),
        ("note.txt", ""),
    ];
    let project = Project::new(&files)?;
    commands::clang(&project.path("bin"))?;
    commands::cmake(&project.path("bin"))?;
    project.ends(
        0,
        "cmake -G Ninja -S . -B build -D CMAKE_SYSTEM_NAME=WASI -D CMAKE_C_COMPILER=clang \
         -D CMAKE_C_COMPILER_TARGET=wasm32-wasi \
         -D CMAKE_CROSSCOMPILING_EMULATOR='kiln;run;--dir;.'",
    );
    project.ends(0, "cmake --build build");
    let tested = project.ends(0, "ctest --test-dir build --output-on-failure");
    assert_has(&tested, &["100% tests passed", "out of 3"]);
    Ok(())
}
